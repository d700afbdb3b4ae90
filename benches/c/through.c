/* What the C boundary costs: a call through a handle, and S-DATA over memory. Prints nanoseconds. */
#define _POSIX_C_SOURCE 200809L
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALLS 5000000
#define MESSAGES 200000

#define MUST(call) \
  do { \
    if ((call) != OSISESSION_OK) { \
      fprintf(stderr, "%s failed\n", #call); \
      exit(1); \
    } \
  } while (0)

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int32_t bare(void *handle, void *error)
{
  (void)error;
  return handle == NULL ? -1 : 0;
}

int main(void)
{
  osisession_endpoint *endpoint;
  osisession_listener *listener;
  osisession_session *initiator, *responder;
  osisession_event event;
  int32_t (*volatile function)(void *, void *) = bare;
  static const size_t sizes[] = {64, 65536};
  double start;
  int at;

  MUST(osisession_endpoint_new(&endpoint, NULL));
  MUST(osisession_listen(endpoint, "memory:bench", NULL, &listener, NULL));
  MUST(osisession_connect(endpoint, "memory:bench", NULL, NULL, &initiator, NULL));
  MUST(osisession_listener_accept(listener, 1000, &responder, NULL));
  OSISESSION_INIT(&event);
  MUST(osisession_next_event(responder, 1000, &event, NULL));
  MUST(osisession_event_free(&event));
  MUST(osisession_connect_response(responder, NULL, NULL));
  OSISESSION_INIT(&event);
  MUST(osisession_session_wait_connected(initiator, 1000, &event, NULL));
  MUST(osisession_event_free(&event));

  start = now();
  for (at = 0; at < CALLS; at++) function(initiator, NULL);
  printf("bare %.2f\n", (now() - start) / CALLS);
  start = now();
  for (at = 0; at < CALLS; at++) {
    uint32_t writable;
    osisession_session_is_writable(initiator, &writable, NULL);
  }
  printf("handle %.2f\n", (now() - start) / CALLS);

  for (at = 0; at < 2; at++) {
    const size_t size = sizes[at];
    const int messages = size > 1000 ? MESSAGES / 20 : MESSAGES;
    char *data = malloc(size);
    int sent;
    memset(data, 7, size);
    start = now();
    for (sent = 0; sent < messages; sent++) {
      MUST(osisession_data_request(initiator, data, size, NULL));
      OSISESSION_INIT(&event);
      MUST(osisession_next_event(responder, 1000, &event, NULL));
      if (event.user_data.length != size) exit(1);
      MUST(osisession_event_free(&event));
    }
    printf("data %zu %.1f\n", size, (now() - start) / messages);
    free(data);
  }
  MUST(osisession_session_free(initiator));
  MUST(osisession_session_free(responder));
  MUST(osisession_listener_free(listener));
  MUST(osisession_endpoint_free(endpoint));
  return 0;
}
