/*
 * A program that gets sessions where the library is installed, and runs without where it is not: osisession_dl.h has the same
 * functions, and looks for the library at run time.
 *
 *   cc legacy.c -ldl && ./a.out [/usr/lib/libosisession.so.0]
 */
#define OSISESSION_DL_IMPLEMENTATION
#include <osisession_dl.h>
#include <stdio.h>

int main(int count, char **arguments)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL;
  osisession_session *caller = NULL, *called = NULL;
  osisession_event event;
  osisession_error_info error;
  OSISESSION_INIT(&event);
  OSISESSION_INIT(&error);

  if (osisession_dl_open(count > 1 ? arguments[1] : NULL, &error)) {
    printf("no sessions here: %s\n", error.text);
    return 0;
  }
  printf("osisession %s\n", osisession_version());
  /* Younger than the first version of the library: an older one may be installed. */
  if (OSISESSION_DL_HAS(spdu_encode)) printf("SPDUs can be made, too\n");

  if (osisession_endpoint_new(&endpoint, &error) ||
      osisession_listen(endpoint, "memory:legacy", NULL, &listener, &error) ||
      osisession_connect(endpoint, "memory:legacy", NULL, NULL, &caller, &error) ||
      osisession_listener_accept(listener, 10000, &called, &error) ||
      osisession_connect_response(called, NULL, &error) ||
      osisession_session_wait_connected(caller, 10000, &event, &error)) {
    fprintf(stderr, "%s\n", error.text);
    return 1;
  }
  printf("%s\n", osisession_event_name(event.type));

  osisession_event_free(&event);
  osisession_session_free(caller);
  osisession_session_free(called);
  osisession_listener_free(listener);
  osisession_endpoint_free(endpoint);
  osisession_dl_close();
  return 0;
}
