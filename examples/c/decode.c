/*
 * Reads a TSDU in hexadecimal and says what it carries.
 *
 *   cc decode.c -losisession && ./a.out 0907110101c1026869
 */
#include <osisession.h>
#include <stdio.h>

int main(int count, char **arguments)
{
  const char *digits = count > 1 ? arguments[1] : "0907110101c1026869";
  uint8_t tsdu[4096];
  char text[16384];
  size_t length = 0;
  unsigned octet;
  osisession_error_info error;
  int32_t status;

  while (length < sizeof tsdu && sscanf(digits + 2 * length, "%2x", &octet) == 1) tsdu[length++] = (uint8_t)octet;
  OSISESSION_INIT(&error);
  status = osisession_decode(tsdu, length, text, sizeof text, NULL, &error);
  if (status != OSISESSION_OK) {
    fprintf(stderr, "octet %ld: %s (%s)\n", (long)error.octet_offset, error.text, error.clause);
    return 1;
  }
  printf("%s", text);
  return 0;
}
