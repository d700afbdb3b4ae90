/*
 * The library inside an event loop of your own: one descriptor and one deadline to watch. An echo server; it calls itself
 * once, and ends.
 *
 *   cc event_loop.c -losisession && ./a.out
 */
#define _POSIX_C_SOURCE 200809L
#include <osisession.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static int over = 0;

static void must(int32_t status)
{
  if (status == OSISESSION_OK) return;
  fprintf(stderr, "%s\n", osisession_status_name(status));
  exit(1);
}

static void take(osisession_session *session, const osisession_session *caller)
{
  osisession_event event;
  OSISESSION_INIT(&event);
  while (osisession_next_event(session, 0, &event, NULL) == OSISESSION_OK) {
    printf("%s: %s\n", session == caller ? "caller" : "called", osisession_event_name(event.type));
    if (event.type == OSISESSION_CONNECT_INDICATION) must(osisession_connect_response(session, NULL, NULL));
    if (event.type == OSISESSION_CONNECT_CONFIRM) must(osisession_data_request(session, "echo", 4, NULL));
    if (event.type == OSISESSION_DATA_INDICATION && session != caller)
      must(osisession_data_request(session, event.user_data.data, event.user_data.length, NULL));
    if (event.type == OSISESSION_DATA_INDICATION && session == caller)
      must(osisession_release_request(session, NULL, 0, NULL));
    if (event.type == OSISESSION_RELEASE_INDICATION) must(osisession_release_response(session, NULL, 0, NULL));
    if (event.type == OSISESSION_RELEASE_CONFIRM || event.type == OSISESSION_P_ABORT_INDICATION) over = 1;
    osisession_event_free(&event);
  }
}

int main(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL, *ready_listener = NULL;
  osisession_session *caller = NULL, *called = NULL, *ready = NULL;
  char address[64];
  int32_t descriptor;

  must(osisession_endpoint_new(&endpoint, NULL));
  must(osisession_endpoint_descriptor(endpoint, &descriptor, NULL));
  must(osisession_listen(endpoint, "127.0.0.1:0", NULL, &listener, NULL));
  must(osisession_listener_local_address(listener, address, sizeof address, NULL, NULL));
  must(osisession_connect(endpoint, address, NULL, NULL, &caller, NULL));

  while (!over) {
    struct pollfd watched;
    int64_t due;
    watched.fd = descriptor;
    watched.events = POLLIN;
    must(osisession_endpoint_next_timeout_ns(endpoint, &due, NULL));
    poll(&watched, 1, due < 0 ? -1 : (int)(due / 1000000) + 1);
    must(osisession_endpoint_dispatch(endpoint, 0, NULL, NULL));
    while (osisession_endpoint_next_ready(endpoint, &ready, &ready_listener, NULL) == OSISESSION_OK) {
      if (ready != NULL) take(ready, caller);
      while (ready_listener != NULL &&
             osisession_listener_accept(ready_listener, 0, &called, NULL) == OSISESSION_OK)
        take(called, caller);
    }
  }

  osisession_session_free(caller);
  osisession_session_free(called);
  osisession_listener_free(listener);
  osisession_endpoint_free(endpoint);
  return 0;
}
