/* osisession_dl.h: with no library, the wrong one, an older one, today's. Arguments: today's, an older one. */
#define _POSIX_C_SOURCE 200809L
#define OSISESSION_DL_IMPLEMENTATION
#include <osisession_dl.h>

#include "pair.h"

static const char *todays, *older;

static void without_a_library(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_event event;
  OSISESSION_INIT(&event);
  CHECK(osisession_dl_api() == NULL && osisession_get_api(OSISESSION_API_VERSION) == NULL);
  CHECK(!OSISESSION_DL_HAS(version));
  STATUS(OSISESSION_E_NOT_LOADED, osisession_endpoint_new(&endpoint, error_info()));
  CHECK(endpoint == NULL && harness_error.status == OSISESSION_E_NOT_LOADED);
  CHECK(strstr(harness_error.text, "osisession_endpoint_new") != NULL);
  STATUS(OSISESSION_E_NOT_LOADED, osisession_endpoint_new(&endpoint, NULL));
  STATUS(OSISESSION_E_NOT_LOADED, osisession_event_free(&event));
  STATUS(OSISESSION_E_NOT_LOADED, osisession_dl_close());
  CHECK(strcmp(osisession_version(), "") == 0 && osisession_abi_version() == 0);
  CHECK(strcmp(osisession_status_name(OSISESSION_E_NOT_LOADED), "OSISESSION_E_NOT_LOADED") == 0);
  CHECK(strcmp(osisession_status_name(OSISESSION_E_NULL), "OSISESSION_E_UNKNOWN") == 0);
}

static void files_that_are_something_else(void)
{
  /* The error of a program that knows less of the struct. */
  struct {
    osisession_error_info info;
    char behind[8];
  } shorter;
  STATUS(OSISESSION_E_NOT_LOADED, osisession_dl_open("/nowhere/libosisession.so", error_info()));
  CHECK(strstr(harness_error.text, "/nowhere/libosisession.so") != NULL);
  STATUS(OSISESSION_E_NOT_LOADED, osisession_dl_open("libm.so.6", error_info()));
  CHECK(strcmp(harness_error.text, "libm.so.6: it is not osisession") == 0);
  CHECK(osisession_dl_api() == NULL);
  memset(&shorter, 0x55, sizeof shorter);
  shorter.info.struct_size = offsetof(osisession_error_info, octet_offset);
  STATUS(OSISESSION_E_NOT_LOADED, osisession_dl_open("libm.so.6", &shorter.info));
  CHECK(shorter.info.status == OSISESSION_E_NOT_LOADED && shorter.info.kind == OSISESSION_KIND_INVALID);
  CHECK(shorter.info.octet_offset == 0x5555555555555555);
}

static void an_older_library(void)
{
  char text[256];
  const uint8_t disconnect[] = {9, 0};
  pair p;
  MUST(osisession_dl_open(older, error_info()));
  CHECK(OSISESSION_DL_HAS(transport_request_free) && !OSISESSION_DL_HAS(decode));
  STATUS(OSISESSION_E_UNSUPPORTED,
         osisession_decode(disconnect, sizeof disconnect, text, sizeof text, NULL, error_info()));
  CHECK(harness_error.status == OSISESSION_E_UNSUPPORTED && strstr(harness_error.text, "osisession_decode") != NULL);
  CHECK(strcmp(osisession_status_name(OSISESSION_E_UNSUPPORTED), "OSISESSION_E_UNSUPPORTED") == 0);
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  pair_release(&p);
  pair_free(&p);
  OK(osisession_dl_close());
  CHECK(osisession_dl_api() == NULL);
}

static void todays_library(void)
{
  char text[256];
  const uint8_t disconnect[] = {9, 0};
  pair p;
  MUST(osisession_dl_open(todays, error_info()));
  MUST(osisession_dl_open("/nowhere/is/not/looked/at", error_info()));
  CHECK(osisession_get_api(OSISESSION_API_VERSION) == osisession_dl_api());
  /* Were the library's table bound to this program's functions of the same names, this would never end. */
  CHECK(osisession_version()[0] != 0 && osisession_abi_version() == OSISESSION_API_VERSION);
  OK(osisession_decode(disconnect, sizeof disconnect, text, sizeof text, NULL, error_info()));
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_dl_close());
  pair_release(&p);
  pair_free(&p);
  OK(osisession_dl_close());
  STATUS(OSISESSION_E_NOT_LOADED, osisession_dl_close());
}

int main(int count, char **arguments)
{
  if (count != 3) return 2;
  todays = arguments[1];
  older = arguments[2];
  RUN(without_a_library);
  RUN(files_that_are_something_else);
  RUN(an_older_library);
  RUN(todays_library);
  return harness_end();
}
