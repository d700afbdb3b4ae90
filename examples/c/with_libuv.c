/*
 * The library inside a libuv loop: one poll handle, and one timer that is set anew before each wait. An echo server; it
 * calls itself once, and ends.
 *
 *   cc with_libuv.c $(pkg-config --cflags --libs osisession libuv) && ./a.out
 */
#define _POSIX_C_SOURCE 200809L
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static osisession_endpoint *endpoint = NULL;
static osisession_session *caller = NULL, *called = NULL;
static uv_poll_t poll_handle;
static uv_timer_t timer;
static uv_prepare_t before_wait;

static void must(int32_t status)
{
  if (status == OSISESSION_OK) return;
  fprintf(stderr, "%s\n", osisession_status_name(status));
  exit(1);
}

/* With its handles closed, the loop has nothing more to wait for. */
static void end(void)
{
  if (uv_is_closing((uv_handle_t *)&timer)) return;
  uv_close((uv_handle_t *)&poll_handle, NULL);
  uv_close((uv_handle_t *)&timer, NULL);
  uv_close((uv_handle_t *)&before_wait, NULL);
}

static void take(osisession_session *session)
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
    if (event.type == OSISESSION_RELEASE_CONFIRM || event.type == OSISESSION_P_ABORT_INDICATION) end();
    osisession_event_free(&event);
  }
}

static void drive(void)
{
  osisession_session *session;
  osisession_listener *listener;
  must(osisession_endpoint_dispatch(endpoint, 0, NULL, NULL));
  while (osisession_endpoint_next_ready(endpoint, &session, &listener, NULL) == OSISESSION_OK) {
    if (session != NULL) take(session);
    while (listener != NULL && osisession_listener_accept(listener, 0, &called, NULL) == OSISESSION_OK) take(called);
  }
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
  (void)handle, (void)status, (void)events;
  drive();
}

static void on_due(uv_timer_t *handle)
{
  (void)handle;
  drive();
}

/* Before the loop waits: for how long at most. */
static void on_wait(uv_prepare_t *handle)
{
  int64_t due;
  (void)handle;
  must(osisession_endpoint_next_timeout_ns(endpoint, &due, NULL));
  if (due < 0)
    uv_timer_stop(&timer);
  else
    uv_timer_start(&timer, on_due, (uint64_t)(due / 1000000 + (due % 1000000 != 0)), 0);
}

int main(void)
{
  uv_loop_t *const loop = uv_default_loop();
  osisession_listener *listener = NULL;
  char address[64];
  int32_t descriptor;

  must(osisession_endpoint_new(&endpoint, NULL));
  must(osisession_endpoint_descriptor(endpoint, &descriptor, NULL));
  uv_poll_init(loop, &poll_handle, descriptor);
  uv_poll_start(&poll_handle, UV_READABLE, on_readable);
  uv_timer_init(loop, &timer);
  uv_prepare_init(loop, &before_wait);
  uv_prepare_start(&before_wait, on_wait);

  must(osisession_listen(endpoint, "127.0.0.1:0", NULL, &listener, NULL));
  must(osisession_listener_local_address(listener, address, sizeof address, NULL, NULL));
  must(osisession_connect(endpoint, address, NULL, NULL, &caller, NULL));
  uv_run(loop, UV_RUN_DEFAULT);

  osisession_session_free(caller);
  osisession_session_free(called);
  osisession_listener_free(listener);
  osisession_endpoint_free(endpoint);
  uv_loop_close(loop);
  return 0;
}
