/*
 * Events pushed to callbacks, which run inside osisession_endpoint_dispatch and may call anything.
 *
 *   cc callbacks.c -losisession && ./a.out
 */
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int over = 0;

static void on_event(osisession_session *session, const osisession_event *event, void *user_data)
{
  const char *who = (const char *)user_data;
  printf("%s: %s\n", who, osisession_event_name(event->type));
  switch (event->type) {
  case OSISESSION_CONNECT_INDICATION:
    osisession_connect_response(session, NULL, NULL);
    break;
  case OSISESSION_CONNECT_CONFIRM:
    osisession_data_request(session, "ping", 4, NULL);
    break;
  case OSISESSION_DATA_INDICATION:
    /* The octets are lent until this function returns; a request copies what it is given. */
    if (strcmp(who, "called") == 0)
      osisession_data_request(session, event->user_data.data, event->user_data.length, NULL);
    else
      osisession_release_request(session, NULL, 0, NULL);
    break;
  case OSISESSION_RELEASE_INDICATION:
    osisession_release_response(session, NULL, 0, NULL);
    break;
  case OSISESSION_P_ABORT_INDICATION:
    if (event->error != NULL) fprintf(stderr, "%s: %s\n", who, event->error->text);
    over = 1;
    break;
  default:
    over = 1;
  }
}

static void must(int32_t status)
{
  if (status == OSISESSION_OK) return;
  fprintf(stderr, "%s\n", osisession_status_name(status));
  exit(1);
}

int main(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL;
  osisession_session *caller = NULL, *called = NULL;
  osisession_callbacks callbacks;

  must(osisession_endpoint_new(&endpoint, NULL));
  must(osisession_listen(endpoint, "memory:callbacks", NULL, &listener, NULL));
  OSISESSION_INIT(&callbacks);
  callbacks.on_event = on_event;

  must(osisession_connect(endpoint, "memory:callbacks", NULL, NULL, &caller, NULL));
  callbacks.user_data = "caller";
  must(osisession_session_set_callbacks(caller, &callbacks, NULL));

  must(osisession_listener_accept(listener, 5000, &called, NULL));
  callbacks.user_data = "called";
  must(osisession_session_set_callbacks(called, &callbacks, NULL));

  while (!over) must(osisession_endpoint_dispatch(endpoint, 5000, NULL, NULL));

  osisession_session_free(caller);
  osisession_session_free(called);
  osisession_listener_free(listener);
  osisession_endpoint_free(endpoint);
  return 0;
}
