/* Serves one session: prints its address, answers in capitals, agrees to the release. Usage: echo ADDRESS */
#include <ctype.h>
#include <osisession.h>
#include <stdio.h>

static int failed(const char *what, const osisession_error_info *error)
{
  fprintf(stderr, "%s: %s\n", what, error->text);
  return 1;
}

int main(int argc, char **argv)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL;
  osisession_session *session = NULL;
  osisession_listener_config config;
  osisession_event event;
  osisession_error_info error;
  char address[64];
  int32_t status;
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&event);
  OSISESSION_INIT(&error);
  config.session_selector.data = (const uint8_t *)"echo";
  config.session_selector.length = 4;

  if (osisession_endpoint_new(&endpoint, &error)) return failed("endpoint", &error);
  if (osisession_listen(endpoint, argc > 1 ? argv[1] : "", &config, &listener, &error) ||
      osisession_listener_local_address(listener, address, sizeof address, NULL, &error))
    return failed("listen", &error);
  printf("%s\n", address);
  fflush(stdout);
  if (osisession_listener_accept(listener, -1, &session, &error)) return failed("accept", &error);
  while ((status = osisession_next_event(session, -1, &event, &error)) == OSISESSION_OK) {
    char answer[256];
    size_t length = 0;
    switch (event.type) {
    case OSISESSION_CONNECT_INDICATION:
      status = osisession_connect_response(session, NULL, &error);
      break;
    case OSISESSION_DATA_INDICATION:
      for (; length < event.user_data.length && length < sizeof answer; length++)
        answer[length] = (char)toupper(event.user_data.data[length]);
      status = osisession_data_request(session, answer, length, &error);
      break;
    case OSISESSION_RELEASE_INDICATION:
      status = osisession_release_response(session, NULL, 0, &error);
      break;
    default:
      printf("%s\n", osisession_event_name(event.type));
    }
    osisession_event_free(&event);
    if (status) break;
  }
  osisession_session_free(session);
  osisession_listener_free(listener);
  osisession_endpoint_free(endpoint);
  /* The session has ended, and its last event was taken. */
  return status == OSISESSION_E_CLOSED ? 0 : failed("session", &error);
}
