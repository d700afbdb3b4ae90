/* Calls a responder, sends a line, prints the answer. Usage: hello ADDRESS */
#include <osisession.h>
#include <stdio.h>

#define WAIT 10000 /* milliseconds */

static int failed(const char *what, const osisession_error_info *error)
{
  fprintf(stderr, "%s: %s\n", what, error->text);
  return 1;
}

int main(int argc, char **argv)
{
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_connect_params params;
  osisession_event event;
  osisession_error_info error;
  OSISESSION_INIT(&params);
  OSISESSION_INIT(&event);
  OSISESSION_INIT(&error);
  params.called_selector.data = (const uint8_t *)"echo";
  params.called_selector.length = 4;

  if (osisession_endpoint_new(&endpoint, &error)) return failed("endpoint", &error);
  if (osisession_connect(endpoint, argc > 1 ? argv[1] : "", &params, NULL, &session, &error) ||
      osisession_session_wait_connected(session, WAIT, NULL, &error))
    return failed("connect", &error);
  if (osisession_data_request(session, "hello, session", 14, &error) ||
      osisession_next_event(session, WAIT, &event, &error))
    return failed("data", &error);
  printf("%.*s\n", (int)event.user_data.length, (const char *)event.user_data.data);
  osisession_event_free(&event);
  if (osisession_release_request(session, NULL, 0, &error) ||
      osisession_next_event(session, WAIT, &event, &error)) /* S-RELEASE confirm */
    return failed("release", &error);
  osisession_event_free(&event);
  osisession_session_free(session);
  osisession_endpoint_free(endpoint);
  return 0;
}
