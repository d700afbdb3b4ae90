/*
 * The answering half of `cargo xtask demo`; the other half is examples/python/demo_initiator.py.
 *
 * Usage: demo_responder RECEIVED
 *
 * Listens on a free port of 127.0.0.1 and prints it. Two listeners share that address: callers are routed by session
 * selector.
 *   "file"  duplex: what comes is kept, written to RECEIVED, and sent back
 *   "ask"   half-duplex: answers questions about the file; the data token is asked for before an answer and given back after
 * Then one caller with a selector that nobody has is expected, who is refused without reaching either.
 *
 * Everything happens in this one thread: the calls that wait drive the endpoint.
 */
#include <inttypes.h>
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT 20000 /* milliseconds for anything */

static osisession_error_info error;

/* The file as it came. */
static uint8_t *file;
static size_t file_length;

/* A call that must succeed. */
static void must(int32_t status, const char *what)
{
  if (status == OSISESSION_OK) return;
  printf("FAILED: %s: %s: %s\n", what, osisession_status_name(status), error.text);
  exit(1);
}

static void check(int holds, const char *what)
{
  if (holds) return;
  printf("FAILED: %s\n", what);
  exit(1);
}

static osisession_octets text(const char *string)
{
  osisession_octets octets;
  octets.data = (const uint8_t *)string;
  octets.length = strlen(string);
  return octets;
}

/* Prints what the session has noted since the last time: primitives, SPDUs, transport. */
static void show(osisession_session *session)
{
  char line[4096];
  while (osisession_session_next_trace(session, line, sizeof line, NULL, NULL) == OSISESSION_OK) printf("%s\n", line);
}

/* The next event, shown; 0 once the session is over. */
static int next(osisession_session *session, osisession_event *event)
{
  const int32_t status = osisession_next_event(session, WAIT, event, &error);
  show(session);
  if (status == OSISESSION_E_CLOSED) return 0;
  must(status, "waiting for an event");
  return 1;
}

/* The next event, which must be of this type. */
static void expect(osisession_session *session, uint32_t type, osisession_event *event)
{
  check(next(session, event), "the session ended early");
  if (event->type == type) return;
  printf("FAILED: expected %s, got %s\n", osisession_event_name(type), osisession_event_name(event->type));
  exit(1);
}

static osisession_listener *listen_for(osisession_endpoint *endpoint, const char *address, const char *selector)
{
  osisession_session_config session;
  osisession_listener_config config;
  osisession_listener *listener = NULL;
  OSISESSION_INIT(&session);
  OSISESSION_INIT(&config);
  session.flags = OSISESSION_SESSION_TRACE;
  config.t_selector = text("demo");
  config.session_selector = text(selector);
  config.session = &session;
  must(osisession_listen(endpoint, address, &config, &listener, &error), "listen");
  return listener;
}

/* Takes the next caller and accepts it with these functional units. */
static osisession_session *accept_with(osisession_listener *listener, uint32_t functional_units)
{
  osisession_session *session = NULL;
  osisession_connect_response_params response;
  osisession_event event;
  OSISESSION_INIT(&response);
  OSISESSION_INIT(&event);
  must(osisession_listener_accept(listener, WAIT, &session, &error), "accept");
  expect(session, OSISESSION_CONNECT_INDICATION, &event);
  printf("called by \"%.*s\": %.*s\n", (int)event.calling_selector.length, (const char *)event.calling_selector.data,
         (int)event.user_data.length, (const char *)event.user_data.data);
  osisession_event_free(&event);
  response.functional_units = functional_units;
  response.tsdu_maximum_to_responder = 1024;
  response.tsdu_maximum_to_initiator = 512;
  must(osisession_connect_response(session, &response, &error), "S-CONNECT response");
  show(session);
  return session;
}

static void send_data(osisession_session *session, const void *octets, size_t length)
{
  int32_t status;
  while ((status = osisession_data_request(session, octets, length, &error)) == OSISESSION_E_WOULD_BLOCK)
    must(osisession_session_wait_writable(session, WAIT, &error), "waiting for room");
  must(status, "S-DATA request");
  show(session);
}

/* Agrees to the release and waits for the end of the session. */
static void release(osisession_session *session, const char *last_words)
{
  osisession_event event;
  OSISESSION_INIT(&event);
  must(osisession_release_response(session, last_words, strlen(last_words), &error), "S-RELEASE response");
  check(!next(session, &event), "an event after the release");
  osisession_session_free(session);
}

static void serve_file(osisession_listener *listener)
{
  osisession_session *session;
  osisession_event event;
  char last_words[64];
  printf("== Session 1: duplex, the file comes and goes back\n");
  OSISESSION_INIT(&event);
  session = accept_with(listener, OSISESSION_FU_DUPLEX | OSISESSION_FU_EXCEPTIONS);
  for (;;) {
    check(next(session, &event), "the session ended before its release");
    if (event.type == OSISESSION_RELEASE_INDICATION) break;
    check(event.type == OSISESSION_DATA_INDICATION, osisession_event_name(event.type));
    file = realloc(file, file_length + event.user_data.length);
    check(file != NULL, "out of memory");
    memcpy(file + file_length, event.user_data.data, event.user_data.length);
    file_length += event.user_data.length;
    send_data(session, event.user_data.data, event.user_data.length);
    osisession_event_free(&event);
  }
  osisession_event_free(&event);
  snprintf(last_words, sizeof last_words, "%zu octets", file_length);
  release(session, last_words);
}

/* The octets of line `number` of the file, the first being 1; NULL if there is no such line. */
static const uint8_t *find_line(size_t number, size_t *length)
{
  size_t at = 0, end;
  for (; number > 1; number--) {
    while (at < file_length && file[at] != '\n') at++;
    if (at++ >= file_length) return NULL;
  }
  for (end = at; end < file_length && file[end] != '\n'; end++) continue;
  *length = end - at;
  return file + at;
}

/* Answers LENGTH, SUM and LINE n; gives the octets of the answer. */
static size_t answer(osisession_octets question, char *to, size_t capacity)
{
  char word[32];
  size_t number = 0, length = 0;
  const uint8_t *line;
  snprintf(word, sizeof word, "%.*s", (int)question.length, (const char *)question.data);
  if (strcmp(word, "LENGTH") == 0) return (size_t)snprintf(to, capacity, "%zu", file_length);
  if (strcmp(word, "SUM") == 0) {
    uint32_t sum = 0;
    size_t at;
    for (at = 0; at < file_length; at++) sum = (sum + file[at]) % 65536;
    return (size_t)snprintf(to, capacity, "%" PRIu32, sum);
  }
  if (sscanf(word, "LINE %zu", &number) == 1 && number > 0 && (line = find_line(number, &length)) != NULL) {
    const size_t start = (size_t)snprintf(to, capacity, "%zu: ", number);
    if (length > 60) length = 60;
    memcpy(to + start, line, length);
    return start + length;
  }
  return (size_t)snprintf(to, capacity, "no such line");
}

static void serve_questions(osisession_listener *listener)
{
  osisession_session *session;
  osisession_event event;
  char reply[128];
  size_t length;
  printf("== Session 2: half-duplex, the data token goes back and forth\n");
  OSISESSION_INIT(&event);
  session = accept_with(listener, OSISESSION_FU_HALF_DUPLEX);
  for (;;) {
    check(next(session, &event), "the session ended before its release");
    if (event.type == OSISESSION_RELEASE_INDICATION) break;
    check(event.type == OSISESSION_DATA_INDICATION, osisession_event_name(event.type));
    length = answer(event.user_data, reply, sizeof reply);
    osisession_event_free(&event);
    /* Only the owner of the data token may send. */
    must(osisession_token_please_request(session, OSISESSION_TOKEN_DATA, NULL, 0, &error), "S-TOKEN-PLEASE request");
    expect(session, OSISESSION_TOKEN_GIVE_INDICATION, &event);
    osisession_event_free(&event);
    send_data(session, reply, length);
    expect(session, OSISESSION_TOKEN_PLEASE_INDICATION, &event);
    osisession_event_free(&event);
    must(osisession_token_give_request(session, OSISESSION_TOKEN_DATA, NULL, 0, &error), "S-TOKEN-GIVE request");
    show(session);
  }
  osisession_event_free(&event);
  release(session, "good bye");
}

static void refuse_a_stranger(osisession_endpoint *endpoint)
{
  char ladder[8192];
  osisession_error_info refusal;
  int32_t status;
  int waits;
  printf("== Session 3: a session selector that nobody has\n");
  OSISESSION_INIT(&refusal);
  for (waits = 0;; waits++) {
    status = osisession_endpoint_next_refusal(endpoint, &refusal, ladder, sizeof ladder, NULL, &error);
    if (status != OSISESSION_E_WOULD_BLOCK) break;
    check(waits < 1000, "nobody was refused");
    must(osisession_endpoint_dispatch(endpoint, WAIT, NULL, &error), "dispatch");
  }
  must(status, "the refusal");
  printf("%s\n", ladder);
  printf("refused: %s\n", refusal.text);
  printf("  SPDU %s, reason %" PRId64 ", clause %s\n", refusal.spdu, refusal.reason, refusal.clause);
  check(refusal.reason == OSISESSION_REFUSE_SELECTOR_UNKNOWN, "not refused for its selector");
}

int main(int argc, char **argv)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *files, *questions;
  char address[64];
  FILE *received;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc != 2) {
    fprintf(stderr, "usage: demo_responder RECEIVED\n");
    return 2;
  }
  OSISESSION_INIT(&error);
  must(osisession_endpoint_new(&endpoint, &error), "endpoint");
  files = listen_for(endpoint, "127.0.0.1:0", "file");
  must(osisession_listener_local_address(files, address, sizeof address, NULL, &error), "address");
  questions = listen_for(endpoint, address, "ask");
  printf("listening on %s\n", address);

  serve_file(files);
  received = fopen(argv[1], "wb");
  check(received != NULL && fwrite(file, 1, file_length, received) == file_length && fclose(received) == 0,
        "cannot write what was received");
  serve_questions(questions);
  refuse_a_stranger(endpoint);

  osisession_listener_free(files);
  osisession_listener_free(questions);
  osisession_endpoint_free(endpoint);
  free(file);
  return 0;
}
