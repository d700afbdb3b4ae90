/* A session of osisession beside another Rust library. */
#include "pair.h"

uint32_t second_library(uint32_t times);

int main(void)
{
  pair p;
  if (second_library(3) != 3) return 1;
  pair_open(&p, "memory:two", OSISESSION_FU_DUPLEX, 0);
  pair_release(&p);
  pair_free(&p);
  return second_library(2) == 2 ? harness_failed_checks : 1;
}
