/*
 * The library inside a GLib main loop: a source that watches one descriptor and one deadline. An echo server; it calls
 * itself once, and ends.
 *
 *   cc with_glib.c $(pkg-config --cflags --libs osisession glib-2.0) && ./a.out
 */
#include <glib-unix.h>
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct endpoint_source {
  GSource source;
  osisession_endpoint *endpoint;
  gpointer watched;
} endpoint_source;

static GMainLoop *loop;
static osisession_session *caller = NULL, *called = NULL;

static void must(int32_t status)
{
  if (status == OSISESSION_OK) return;
  fprintf(stderr, "%s\n", osisession_status_name(status));
  exit(1);
}

/* Before the loop waits: for how long at most. */
static gboolean prepare(GSource *source, gint *milliseconds)
{
  int64_t due;
  must(osisession_endpoint_next_timeout_ns(((endpoint_source *)source)->endpoint, &due, NULL));
  *milliseconds = due < 0 ? -1 : (gint)MIN(due / 1000000 + (due % 1000000 != 0), G_MAXINT);
  return due == 0;
}

/* After it waited: is there something to do? */
static gboolean check(GSource *source)
{
  gint milliseconds;
  return g_source_query_unix_fd(source, ((endpoint_source *)source)->watched) != 0 || prepare(source, &milliseconds);
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
  must(osisession_endpoint_dispatch(((endpoint_source *)source)->endpoint, 0, NULL, NULL));
  return callback == NULL ? G_SOURCE_CONTINUE : callback(data);
}

static GSourceFuncs functions = {prepare, check, dispatch, NULL, NULL, NULL};

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
    if (event.type == OSISESSION_RELEASE_CONFIRM || event.type == OSISESSION_P_ABORT_INDICATION)
      g_main_loop_quit(loop);
    osisession_event_free(&event);
  }
}

/* Whoever got something. */
static gboolean on_ready(gpointer endpoint)
{
  osisession_session *session;
  osisession_listener *listener;
  while (osisession_endpoint_next_ready(endpoint, &session, &listener, NULL) == OSISESSION_OK) {
    if (session != NULL) take(session);
    while (listener != NULL && osisession_listener_accept(listener, 0, &called, NULL) == OSISESSION_OK) take(called);
  }
  return G_SOURCE_CONTINUE;
}

int main(void)
{
  endpoint_source *const source = (endpoint_source *)g_source_new(&functions, sizeof(endpoint_source));
  osisession_listener *listener = NULL;
  char address[64];
  int32_t descriptor;

  must(osisession_endpoint_new(&source->endpoint, NULL));
  must(osisession_endpoint_descriptor(source->endpoint, &descriptor, NULL));
  source->watched = g_source_add_unix_fd(&source->source, descriptor, G_IO_IN);
  g_source_set_callback(&source->source, on_ready, source->endpoint, NULL);
  g_source_attach(&source->source, NULL);

  must(osisession_listen(source->endpoint, "127.0.0.1:0", NULL, &listener, NULL));
  must(osisession_listener_local_address(listener, address, sizeof address, NULL, NULL));
  must(osisession_connect(source->endpoint, address, NULL, NULL, &caller, NULL));
  loop = g_main_loop_new(NULL, FALSE);
  g_main_loop_run(loop);

  osisession_session_free(caller);
  osisession_session_free(called);
  osisession_listener_free(listener);
  g_source_destroy(&source->source);
  osisession_endpoint_free(source->endpoint);
  g_source_unref(&source->source);
  g_main_loop_unref(loop);
  return 0;
}
