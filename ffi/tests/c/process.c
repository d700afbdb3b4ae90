/* What a process does to the library: fork, signals, threads, its end. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"

/* The exit status of a child that runs this. */
static int in_child(int (*body)(void *), void *data)
{
  int status = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    /* By exec, as a child should; and a checker of memory then does not look for what the parent's threads have. */
    char leave[32];
    snprintf(leave, sizeof leave, "exit %d", body(data));
    execl("/bin/sh", "sh", "-c", leave, (char *)NULL);
    _exit(99);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

static int uses_the_library(void *data)
{
  pair p;
  (void)data;
  pair_open(&p, "memory:child", OSISESSION_FU_DUPLEX, 0);
  if (osisession_data_request(p.initiator, "x", 1, NULL) != OSISESSION_OK) return 2;
  pair_free(&p);
  return harness_failed_checks == 0 ? 0 : 3;
}

static void a_child_of_a_process_without_endpoints_may_use_it(void)
{
  CHECK(in_child(uses_the_library, NULL) == 0);
}

static int uses_what_is_its_parents(void *data)
{
  const pair *p = data;
  osisession_endpoint *endpoint = NULL;
  osisession_event event;
  osisession_error_info error;
  OSISESSION_INIT(&event);
  OSISESSION_INIT(&error);
  if (osisession_data_request(p->initiator, "x", 1, &error) != OSISESSION_E_FORKED) return 2;
  if (strstr(error.text, "exec") == NULL) return 3;
  if (osisession_next_event(p->responder, 1000, &event, NULL) != OSISESSION_E_FORKED) return 4;
  if (osisession_endpoint_dispatch(p->endpoint, -1, NULL, NULL) != OSISESSION_E_FORKED) return 5;
  if (osisession_endpoint_new(&endpoint, NULL) != OSISESSION_E_FORKED || endpoint != NULL) return 6;
  if (osisession_listener_free(p->listener) != OSISESSION_E_FORKED) return 7;
  if (osisession_session_free(p->initiator) != OSISESSION_E_FORKED) return 8;
  if (osisession_endpoint_free(p->endpoint) != OSISESSION_E_FORKED) return 9;
  if (osisession_session_free(NULL) != OSISESSION_OK) return 10;
  return 0;
}

static void a_child_cannot_use_what_is_its_parents(void)
{
  pair p;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_endpoint_start(p.endpoint, error_info()));
  CHECK(in_child(uses_what_is_its_parents, &p) == 0);
  /* And the parent goes on as if nothing had been. */
  OK(osisession_data_request(p.initiator, "still here", 10, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "still here");
  pair_free(&p);
}

static osisession_endpoint *to_wake;
static volatile sig_atomic_t woken = 1;

static void on_signal(int number)
{
  (void)number;
  woken = osisession_endpoint_wake(to_wake);
}

static void a_signal_handler_wakes(void)
{
  pair p;
  size_t count = 9;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  pair_open(&p, "memory:signal", OSISESSION_FU_DUPLEX, 0);
  while (osisession_endpoint_dispatch(p.endpoint, 0, &count, NULL) == OSISESSION_OK && count != 0) {
  }
  to_wake = p.endpoint;
  /* Before the wait begins: it does not begin. Three times: the descriptor is never read. */
  for (int turn = 0; turn < 3; turn++) {
    woken = 1;
    CHECK(raise(SIGUSR1) == 0 && woken == OSISESSION_OK);
    OK(osisession_endpoint_dispatch(p.endpoint, -1, &count, error_info()));
    CHECK(count == 0);
  }
  /* Without a wake-up the time is waited for. */
  OK(osisession_endpoint_dispatch(p.endpoint, 1, &count, error_info()));
  pair_free(&p);
  STATUS(OSISESSION_E_STALE, osisession_endpoint_wake(to_wake));
  STATUS(OSISESSION_E_STALE, osisession_endpoint_wake((osisession_endpoint *)(uintptr_t)1));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_endpoint_wake(NULL));
}

#define THREADS 3
#define REQUESTS 400

static void *sends(void *data)
{
  const pair *p = data;
  int sent = 0;
  while (sent < REQUESTS) {
    int32_t status = osisession_data_request(p->initiator, "from a thread", 13, NULL);
    if (status == OSISESSION_OK) sent++;
    else if (status != OSISESSION_E_WOULD_BLOCK || osisession_session_wait_writable(p->initiator, SOON, NULL) != OSISESSION_OK)
      return data;
  }
  return NULL;
}

static void many_threads_in_one_session(void)
{
  pair p;
  pthread_t threads[THREADS];
  void *failed;
  int at;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  for (at = 0; at < THREADS; at++) CHECK(pthread_create(&threads[at], NULL, sends, &p) == 0);
  for (at = 0; at < THREADS * REQUESTS; at++) expect_data(p.responder, OSISESSION_DATA_INDICATION, "from a thread");
  for (at = 0; at < THREADS; at++) CHECK(pthread_join(threads[at], &failed) == 0 && failed == NULL);
  pair_free(&p);
}

static void *waits(void *data)
{
  osisession_event event;
  OSISESSION_INIT(&event);
  return (void *)(intptr_t)osisession_next_event(data, SOON, &event, NULL);
}

static void freed_under_a_thread_that_waits(void)
{
  pair p;
  pthread_t thread;
  void *status;
  pair_open(&p, "memory:freed", OSISESSION_FU_DUPLEX, 0);
  CHECK(pthread_create(&thread, NULL, waits, p.responder) == 0);
  OK(osisession_session_free(p.responder));
  CHECK(pthread_join(thread, &status) == 0);
  /* It waited already, or it came too late. */
  CHECK((intptr_t)status == OSISESSION_E_CLOSED || (intptr_t)status == OSISESSION_E_STALE);
  p.responder = NULL;
  pair_free(&p);
}

static int leaves_everything_behind(void *data)
{
  pair p;
  (void)data;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  if (osisession_endpoint_start(p.endpoint, NULL) != OSISESSION_OK) return 2;
  exit(0);
}

static void the_process_may_end_at_any_time(void)
{
  CHECK(in_child(leaves_everything_behind, NULL) == 0);
}

static char *content(const char *path)
{
  static char text[1 << 16];
  FILE *file = fopen(path, "r");
  memset(text, 0, sizeof text);
  if (file != NULL) {
    const size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = 0;
    fclose(file);
  }
  return text;
}

static void calls_are_recorded_while_asked_for(void)
{
  char path[] = "/tmp/osisession-record-XXXXXX";
  const int descriptor = mkstemp(path);
  const char *text;
  pair p;
  CHECK(descriptor >= 0);
  STATUS(OSISESSION_E_TRANSPORT, osisession_record("/nowhere/at/all", error_info()));
  CHECK(strstr(harness_error.text, "/nowhere/at/all") != NULL);
  OK(osisession_record(path, error_info()));
  pair_open(&p, "memory:recorded", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_data_request(p.initiator, "once", 4, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_data_request(NULL, "x", 1, error_info()));
  OK(osisession_record(NULL, error_info()));
  OK(osisession_data_request(p.initiator, "twice", 5, error_info()));
  OK(osisession_record(NULL, error_info()));
  pair_free(&p);
  text = content(path);
  CHECK(strncmp(text, "osisession-record 1 ", 20) == 0);
  CHECK(strstr(text, "> osisession_listen ") != NULL);
  CHECK(strstr(text, " x\"6f6e6365\" 4 error\n") != NULL);
  CHECK(strstr(text, " sent x\"") != NULL);
  CHECK(strstr(text, " < -201\n") != NULL || strstr(text, " < -200\n") != NULL);
  CHECK(strstr(text, "7477696365") == NULL);
  unlink(path);
  close(descriptor);
}

static int says_nothing_in_the_file_of_its_parent(void *data)
{
  (void)data;
  return osisession_session_free((osisession_session *)(uintptr_t)12345) == OSISESSION_OK ? 2 : 0;
}

static void a_child_does_not_write_into_the_record(void)
{
  char path[] = "/tmp/osisession-record-XXXXXX";
  const int descriptor = mkstemp(path);
  CHECK(descriptor >= 0);
  OK(osisession_record(path, error_info()));
  CHECK(in_child(says_nothing_in_the_file_of_its_parent, NULL) == 0);
  OK(osisession_session_free(NULL));
  OK(osisession_record(NULL, error_info()));
  CHECK(strstr(content(path), "osisession_session_free 0x0\n") != NULL);
  CHECK(strstr(content(path), "osisession_session_free 0x3039\n") == NULL);
  unlink(path);
  close(descriptor);
}

int main(void)
{
  RUN(calls_are_recorded_while_asked_for);
  RUN(a_child_does_not_write_into_the_record);
  RUN(a_child_of_a_process_without_endpoints_may_use_it);
  RUN(the_process_may_end_at_any_time);
  RUN(a_child_cannot_use_what_is_its_parents);
  RUN(a_signal_handler_wakes);
  RUN(many_threads_in_one_session);
  RUN(freed_under_a_thread_that_waits);
  return harness_end();
}
