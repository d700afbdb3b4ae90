/* walk.c, with the library loaded at run time: the same names, nothing linked. Argument: the library's path. */
#define OSISESSION_DL_IMPLEMENTATION
#define main walk_main
#include "walk.c"
#undef main

#include <osisession_dl.h>

int main(int count, char **arguments)
{
  int result;
  MUST(osisession_dl_open(count > 1 ? arguments[1] : NULL, error_info()));
  result = walk_main();
  OK(osisession_dl_close());
  return result + harness_failed_checks;
}
