/*
 * What is known when a connection fails, and what happened before.
 *
 *   cc errors.c -losisession && ./a.out [ADDRESS]
 */
#include <osisession.h>
#include <stdio.h>

int main(int count, char **arguments)
{
  const char *address = count > 1 ? arguments[1] : "memory:nobody";
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_error_info error;
  char history[4096];
  int32_t status;

  OSISESSION_INIT(&error);
  status = osisession_endpoint_new(&endpoint, &error);
  if (status == OSISESSION_OK) status = osisession_connect(endpoint, address, NULL, NULL, &session, &error);
  if (status == OSISESSION_OK) status = osisession_session_wait_connected(session, -1, NULL, &error);
  if (status == OSISESSION_OK) {
    printf("%s answers\n", address);
  } else {
    static const char *const layers[] = {"api", "session", "transport", "tpkt", "network"};
    printf("status:    %s\n", osisession_status_name(status));
    printf("layer:     %s\n", error.layer < 5 ? layers[error.layer] : "?");
    printf("text:      %s\n", error.text);
    if (error.reason >= 0) printf("reason:    %ld\n", (long)error.reason);
    if (error.spdu[0] != 0) printf("spdu:      %s\n", error.spdu);
    if (error.parameter[0] != 0) printf("parameter: %s\n", error.parameter);
    if (error.octet_offset >= 0) printf("octet:     %ld\n", (long)error.octet_offset);
    if (error.clause[0] != 0) printf("clause:    %s\n", error.clause);
    if (error.state[0] != 0) printf("state:     %s, event %s\n", error.state, error.event);
  }
  if (osisession_session_history(session, history, sizeof history, NULL, NULL) == OSISESSION_OK)
    printf("history:\n%s", history);
  osisession_session_free(session);
  osisession_endpoint_free(endpoint);
  return 0;
}
