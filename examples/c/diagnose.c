/*
 * Why there is no session: what passed, what the peer probably wants, what to try.
 *
 *   cc diagnose.c -losisession && ./a.out [ADDRESS [json]]
 */
#include <osisession.h>
#include <stdio.h>

int main(int count, char **arguments)
{
  const char *address = count > 1 ? arguments[1] : "memory:nobody";
  const uint32_t format = count > 2 ? OSISESSION_REPORT_JSON : OSISESSION_REPORT_TEXT;
  osisession_endpoint_config config;
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_diagnosis diagnosis;
  static char report[65536];

  /* Without this flag all is known but the packets. */
  OSISESSION_INIT(&config);
  config.flags = OSISESSION_ENDPOINT_WITNESS;
  if (osisession_endpoint_new_with(&config, &endpoint, NULL) != OSISESSION_OK) return 1;
  if (osisession_connect(endpoint, address, NULL, NULL, &session, NULL) != OSISESSION_OK) return 1;
  if (osisession_session_wait_connected(session, -1, NULL, NULL) == OSISESSION_OK) {
    printf("%s answers\n", address);
  } else if (osisession_session_report(session, format, report, sizeof report, NULL, NULL) == OSISESSION_OK) {
    fputs(report, stdout);
    /* The same by value, for a program that decides: causes are by hundreds. */
    OSISESSION_INIT(&diagnosis);
    osisession_session_diagnosis(session, &diagnosis, NULL);
    if (diagnosis.cause < 300) puts("\na matter of the network: trying again later may help");
  }
  osisession_session_free(session);
  osisession_endpoint_free(endpoint);
  return 0;
}
