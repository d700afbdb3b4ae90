/* Why there is no session: cause, hints, what passed; by value, as text, as JSON. */
#define _POSIX_C_SOURCE 200809L
#include "pair.h"

static char report[16384];

static osisession_endpoint *witness_new(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_endpoint_config config;
  OSISESSION_INIT(&config);
  config.flags = OSISESSION_ENDPOINT_WITNESS;
  MUST(osisession_endpoint_new_with(&config, &endpoint, error_info()));
  return endpoint;
}

/* The diagnosis, with this cause, and the text and JSON of the same. */
static osisession_diagnosis explained(osisession_session *session, uint32_t cause, const char *word)
{
  osisession_diagnosis found;
  char wanted[80];
  size_t needed = 0;
  OSISESSION_INIT(&found);
  OK(osisession_session_diagnosis(session, &found, error_info()));
  CHECK(found.cause == cause && strcmp(found.word, word) == 0);
  if (found.cause != cause) printf("# %s: %s\n", found.word, found.summary);
  CHECK(found.summary[0] != 0 && found.tries[0] != 0);
  /* As text it begins with the sentence. */
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL,
         osisession_session_report(session, OSISESSION_REPORT_TEXT, NULL, 0, &needed, error_info()));
  CHECK(needed > strlen(found.summary) && needed < sizeof report);
  OK(osisession_session_report(session, OSISESSION_REPORT_TEXT, report, needed, NULL, error_info()));
  CHECK(strlen(report) + 1 == needed && strncmp(report, found.summary, strlen(found.summary)) == 0);
  CHECK(strstr(report, found.wants) != NULL);
  OK(osisession_session_report(session, OSISESSION_REPORT_JSON, report, sizeof report, &needed, error_info()));
  CHECK(strlen(report) + 1 == needed && strchr(report, '\n') == NULL);
  snprintf(wanted, sizeof wanted, "{\"cause\":\"%s\",\"layer\":\"", word);
  CHECK(strncmp(report, wanted, strlen(wanted)) == 0 && report[needed - 2] == '}');
  return found;
}

static void nobody_answers(void)
{
  osisession_endpoint *endpoint = witness_new();
  osisession_session *session = NULL;
  osisession_diagnosis found;
  MUST(osisession_connect(endpoint, "127.0.0.1:1", NULL, NULL, &session, error_info()));
  /* Nothing is said before it is known. */
  OSISESSION_INIT(&found);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_session_diagnosis(session, &found, error_info()));
  CHECK(found.cause == OSISESSION_CAUSE_NONE);
  STATUS(OSISESSION_E_TRANSPORT, osisession_session_wait_connected(session, SOON, NULL, error_info()));
  found = explained(session, OSISESSION_CAUSE_TCP_REFUSED, "tcp-refused");
  CHECK(found.layer == OSISESSION_LAYER_NETWORK && found.stage == OSISESSION_STAGE_NETWORK);
  CHECK(found.kind == OSISESSION_KIND_TRANSPORT && found.flags == 0 && found.octet == -1);
  CHECK(strstr(found.summary, "127.0.0.1:1") != NULL && strchr(found.tries, '\n') != NULL);
  CHECK(found.sent[0] == 0 && found.received[0] == 0);
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
}

/* Both sides of a REFUSE: who called, and who was called. */
static void a_selector_that_nobody_has(void)
{
  osisession_endpoint *caller = witness_new(), *called = NULL;
  osisession_listener *listener = NULL;
  osisession_listener_config config;
  osisession_connect_params params;
  osisession_session *session = NULL;
  osisession_diagnosis found;
  osisession_event event;
  osisession_error_info refusal;
  char address[64], who[256];
  size_t needed = 0;
  MUST(osisession_endpoint_new(&called, error_info()));
  OK(osisession_endpoint_start(called, error_info()));
  OSISESSION_INIT(&config);
  config.session_selector = text("S1");
  MUST(osisession_listen(called, "127.0.0.1:0", &config, &listener, error_info()));
  MUST(osisession_listener_local_address(listener, address, sizeof address, NULL, error_info()));
  OSISESSION_INIT(&params);
  params.called_selector = text("S2");
  MUST(osisession_connect(caller, address, &params, NULL, &session, error_info()));
  /* Told by an event this time. */
  expect(session, OSISESSION_CONNECT_CONFIRM_NEGATIVE, &event);
  OK(osisession_event_free(&event));
  found = explained(session, OSISESSION_CAUSE_REFUSE_SELECTOR, "refuse-selector");
  CHECK(found.layer == OSISESSION_LAYER_SESSION && found.stage == OSISESSION_STAGE_SESSION_CONNECT);
  CHECK(found.reason == OSISESSION_REFUSE_SELECTOR_UNKNOWN && strcmp(found.pdu, "RF") == 0);
  CHECK(strstr(found.wants, "another called session selector") != NULL);
  /* What passed: the last packets, and in the report all of them. */
  CHECK(strstr(found.received, "RF") != NULL && strstr(found.sent, "CN") != NULL);
  CHECK(strstr(report, "\"history\":[{\"from\":\"STA01\"") != NULL && strstr(report, "\"hex\":\"0300") != NULL);

  OSISESSION_INIT(&found);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_endpoint_refusal_diagnosis(called, &found, error_info()));
  OSISESSION_INIT(&refusal);
  OK(osisession_endpoint_next_refusal(called, &refusal, who, sizeof who, NULL, error_info()));
  OK(osisession_endpoint_refusal_diagnosis(called, &found, error_info()));
  CHECK(found.reason == OSISESSION_REFUSE_SELECTOR_UNKNOWN && strncmp(found.summary, "127.0.0.1:", 10) == 0);
  OK(osisession_endpoint_refusal_report(called, OSISESSION_REPORT_JSON, report, sizeof report, &needed, error_info()));
  CHECK(strncmp(report, "{\"cause\":", 9) == 0 && strlen(report) + 1 == needed);
  STATUS(OSISESSION_E_INVALID, osisession_endpoint_refusal_report(called, 2, report, sizeof report, NULL, error_info()));
  OK(osisession_session_free(session));
  OK(osisession_listener_free(listener));
  OK(osisession_endpoint_free(called));
  OK(osisession_endpoint_free(caller));
}

/* A name without an address. */
static void a_name_that_nobody_has(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_diagnosis found;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_connect(endpoint, "no-such-host.invalid", NULL, NULL, &session, error_info()));
  CHECK(osisession_session_wait_connected(session, SOON, NULL, error_info()) < 0);
  found = explained(session, OSISESSION_CAUSE_NAME_UNKNOWN, "name-unknown");
  CHECK(strstr(found.summary, "no-such-host.invalid") != NULL && found.wants[0] == 0);
  CHECK(strncmp(found.tries, "check the spelling", 18) == 0);
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
}

/* The same abort says something else before and after the ACCEPT. */
static void an_abort_by_the_peers_user(void)
{
  pair p;
  osisession_event event;
  osisession_diagnosis found;
  char address[64];
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_u_abort_request(p.responder, "why", 3, error_info()));
  expect_data(p.initiator, OSISESSION_U_ABORT_INDICATION, "why");
  found = explained(p.initiator, OSISESSION_CAUSE_USER_ABORT, "user-abort");
  CHECK(found.stage == OSISESSION_STAGE_OPEN && found.flags == 0);
  /* Nobody witnessed it. */
  CHECK(found.received[0] == 0 && strstr(report, "\"received\":[]") != NULL);
  /* One's own abort is no failure. */
  OSISESSION_INIT(&found);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_session_diagnosis(p.responder, &found, error_info()));
  pair_free(&p);

  pair_listen(&p, "127.0.0.1:0", address, sizeof address);
  MUST(osisession_connect(p.endpoint, address, NULL, NULL, &p.initiator, error_info()));
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  expect(p.responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_u_abort_request(p.responder, NULL, 0, error_info()));
  STATUS(OSISESSION_E_PEER, osisession_session_wait_connected(p.initiator, SOON, NULL, error_info()));
  found = explained(p.initiator, OSISESSION_CAUSE_ABORT_WHILE_CONNECTING, "abort-while-connecting");
  CHECK(found.stage == OSISESSION_STAGE_SESSION_CONNECT);
  pair_free(&p);
}

/* A protocol error of the peer, asked for inside the callback that is shown it, on a transport of the program's own. */
static void on_event(osisession_session *session, const osisession_event *event, void *user_data)
{
  if (event->type != OSISESSION_P_ABORT_INDICATION) return;
  ++*(int *)user_data;
  {
    const osisession_diagnosis found = explained(session, OSISESSION_CAUSE_PEER_VIOLATION, "peer-violation");
    CHECK(found.flags == OSISESSION_DIAGNOSIS_VIOLATION && found.octet == 0 && found.kind == OSISESSION_KIND_PEER);
    CHECK(strncmp(found.clause, "X.225 ", 6) == 0);
  }
}

static void a_violation_inside_the_callback(void)
{
  static const uint8_t garbage[] = {0xee, 1, 0};
  static const uint8_t connect[] = {13, 12, 5, 6, 19, 1, 0, 22, 1, 2, 20, 2, 0, 2};
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_callbacks callbacks;
  int shown = 0, turns;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_session_open(endpoint, NULL, &session, error_info()));
  OSISESSION_INIT(&callbacks);
  callbacks.on_event = on_event;
  callbacks.user_data = &shown;
  OK(osisession_session_set_callbacks(session, &callbacks, error_info()));
  OK(osisession_transport_indicate_connect(session, 0, error_info()));
  OK(osisession_transport_indicate_data(session, connect, sizeof connect, error_info()));
  OK(osisession_connect_response(session, NULL, error_info()));
  OK(osisession_transport_indicate_data(session, garbage, sizeof garbage, error_info()));
  for (turns = 0; shown == 0 && turns < 100; turns++) OK(osisession_endpoint_dispatch(endpoint, 10, NULL, error_info()));
  CHECK(shown == 1);
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
}

static void mistakes(void)
{
  pair p;
  osisession_diagnosis found;
  osisession_endpoint_config config;
  osisession_endpoint *endpoint = NULL;
  osisession_diagnosis *const none = NULL;
  size_t needed = 77;
  struct {
    osisession_diagnosis known;
    uint64_t later;
  } newer;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OSISESSION_INIT(&found);
  /* An open session has nothing to explain, and a released one neither. */
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_session_diagnosis(p.initiator, &found, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_session_report(p.initiator, 0, report, sizeof report, &needed, error_info()));
  CHECK(needed == 77);
  OK(osisession_u_abort_request(p.responder, NULL, 0, error_info()));
  expect_data(p.initiator, OSISESSION_U_ABORT_INDICATION, "");
  STATUS(OSISESSION_E_NULL, osisession_session_diagnosis(p.initiator, none, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_endpoint_refusal_diagnosis(p.endpoint, none, error_info()));
  memset(&found, 0, sizeof found);
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_session_diagnosis(p.initiator, &found, error_info()));
  found.struct_size = sizeof found - 1;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_session_diagnosis(p.initiator, &found, error_info()));
  CHECK(found.cause == OSISESSION_CAUSE_NONE);
  /* A program of the future has room for more; what is not known here stays. */
  OSISESSION_INIT(&newer.known);
  newer.known.struct_size = sizeof newer;
  newer.later = 7;
  OK(osisession_session_diagnosis(p.initiator, &newer.known, error_info()));
  CHECK(newer.known.cause == OSISESSION_CAUSE_USER_ABORT && newer.later == 7 && newer.known.struct_size == sizeof newer);
  STATUS(OSISESSION_E_INVALID, osisession_session_report(p.initiator, 2, report, sizeof report, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_session_report(p.initiator, 0, NULL, 1, NULL, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_session_report(p.initiator, 0, report, SIZE_MAX, NULL, error_info()));
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_session_report(p.initiator, 0, report, 5, &needed, error_info()));
  CHECK(needed > 5 && needed < sizeof report);
  /* It outlives the endpoint, and ends with the session. */
  OK(osisession_endpoint_free(p.endpoint));
  OSISESSION_INIT(&found);
  OK(osisession_session_diagnosis(p.initiator, &found, error_info()));
  STATUS(OSISESSION_E_STALE, osisession_endpoint_refusal_diagnosis(p.endpoint, &found, error_info()));
  OK(osisession_session_free(p.initiator));
  STATUS(OSISESSION_E_STALE, osisession_session_diagnosis(p.initiator, &found, error_info()));
  OK(osisession_session_free(p.responder));
  OK(osisession_listener_free(p.listener));
  OSISESSION_INIT(&config);
  config.flags = 0x02;
  STATUS(OSISESSION_E_INVALID, osisession_endpoint_new_with(&config, &endpoint, error_info()));
}

int main(void)
{
  RUN(nobody_answers);
  RUN(a_selector_that_nobody_has);
  RUN(a_name_that_nobody_has);
  RUN(an_abort_by_the_peers_user);
  RUN(a_violation_inside_the_callback);
  RUN(mistakes);
  return harness_end();
}
