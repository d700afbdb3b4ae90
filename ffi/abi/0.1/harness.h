/* A very small harness: one line in the manner of TAP for each test, exit status 1 if one failed. */
#ifndef HARNESS_H
#define HARNESS_H

#include <inttypes.h>
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Long enough for a slow machine under valgrind; no test depends on it being reached, except where it says so. */
#define SOON 30000

static const char *harness_test = "";
static int harness_number = 0;
static int harness_failed_checks = 0;
static int harness_failed_tests = 0;
static osisession_error_info harness_error;

static inline void harness_fail(const char *file, int line, const char *what)
{
  harness_failed_checks++;
  printf("# %s:%d: in \"%s\": %s\n", file, line, harness_test, what);
  fflush(stdout);
}

static inline void harness_status(const char *file, int line, const char *call, int32_t got, int32_t wanted)
{
  if (got != wanted) {
    char what[512];
    snprintf(what, sizeof what, "%.120s gave %s, not %s: %.200s", call, osisession_status_name(got),
             osisession_status_name(wanted), harness_error.text);
    harness_fail(file, line, what);
  }
}

/* To be passed as `error` to the calls under test; the check of the status prints it. */
static inline osisession_error_info *error_info(void)
{
  OSISESSION_INIT(&harness_error);
  return &harness_error;
}

#define CHECK(condition) \
  do { \
    if (!(condition)) harness_fail(__FILE__, __LINE__, "not true: " #condition); \
  } while (0)

#define STATUS(wanted, call) harness_status(__FILE__, __LINE__, #call, (call), (wanted))
#define OK(call) STATUS(OSISESSION_OK, call)

/* What cannot go on after a failure stops the program. */
#define MUST(call) \
  do { \
    const int32_t must_status = (call); \
    harness_status(__FILE__, __LINE__, #call, must_status, OSISESSION_OK); \
    if (must_status != OSISESSION_OK) { \
      printf("Bail out!\n"); \
      exit(1); \
    } \
  } while (0)

#define RUN(test) \
  do { \
    harness_test = #test; \
    harness_failed_checks = 0; \
    test(); \
    harness_number++; \
    if (harness_failed_checks != 0) harness_failed_tests++; \
    printf("%s %d - %s\n", harness_failed_checks == 0 ? "ok" : "not ok", harness_number, #test); \
    fflush(stdout); \
  } while (0)

static inline int harness_end(void)
{
  printf("1..%d\n", harness_number);
  return harness_failed_tests == 0 ? 0 : 1;
}

static inline osisession_octets text(const char *octets)
{
  osisession_octets view;
  view.data = (const uint8_t *)octets;
  view.length = strlen(octets);
  return view;
}

static inline int same(osisession_octets octets, const char *wanted)
{
  return octets.length == strlen(wanted) && (octets.length == 0 || memcmp(octets.data, wanted, octets.length) == 0);
}

#endif
