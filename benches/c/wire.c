/* The client of benches/src/bin/wire in C: wire ADDRESS WORK COUNT SIZE. Prints seconds. */
#define _POSIX_C_SOURCE 200809L
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MUST(call) \
  do { \
    if ((call) != OSISESSION_OK) { \
      fprintf(stderr, "%s failed\n", #call); \
      exit(1); \
    } \
  } while (0)

static osisession_endpoint *endpoint;

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static osisession_session *open_session(const char *address)
{
  osisession_session *session = NULL;
  MUST(osisession_connect(endpoint, address, NULL, NULL, &session, NULL));
  MUST(osisession_session_wait_connected(session, -1, NULL, NULL));
  return session;
}

static size_t receive(osisession_session *session)
{
  osisession_event event;
  size_t length;
  OSISESSION_INIT(&event);
  MUST(osisession_next_event(session, -1, &event, NULL));
  length = event.user_data.length;
  osisession_event_free(&event);
  return length;
}

static void release_session(osisession_session *session)
{
  MUST(osisession_release_request(session, NULL, 0, NULL));
  receive(session);
  osisession_session_free(session);
}

static void nothing(const void *data, size_t length, void *user_data)
{
  (void)data, (void)length, (void)user_data;
}

/* Large ones are lent, as a program does that cares for speed; for small ones a copy is cheaper than giving back. */
static int32_t data_request(osisession_session *session, const void *message, size_t length)
{
  if (length < 4096) return osisession_data_request(session, message, length, NULL);
  return osisession_data_request_lent(session, message, length, nothing, NULL, NULL);
}

static void send_message(osisession_session *session, const void *message, size_t length)
{
  int32_t status;
  while ((status = data_request(session, message, length)) == OSISESSION_E_WOULD_BLOCK)
    MUST(osisession_session_wait_writable(session, -1, NULL));
  MUST(status);
}

int main(int argc, char **argv)
{
  const char *address, *work;
  size_t count, size, i;
  unsigned char *message;
  double begin;
  if (argc != 5) return 2;
  address = argv[1], work = argv[2];
  count = (size_t)atol(argv[3]), size = (size_t)atol(argv[4]);
  message = malloc(size + 1);
  memset(message, 7, size + 1);
  MUST(osisession_endpoint_new(&endpoint, NULL));
  if (strcmp(work, "connect") == 0) {
    begin = now();
    for (i = 0; i < count; i++) release_session(open_session(address));
    printf("%f\n", now() - begin);
  } else {
    osisession_session *session = open_session(address);
    const int echo = strcmp(work, "echo") == 0;
    if (echo) message[0] = 'e';
    begin = now();
    for (i = 0; i < count; i++) {
      send_message(session, message, size);
      if (echo) receive(session);
    }
    if (!echo) {
      send_message(session, "a", 1);
      receive(session);
    }
    printf("%f\n", now() - begin);
    release_session(session);
  }
  osisession_endpoint_free(endpoint);
  return 0;
}
