/* What a caller can do wrong: each mistake has its own answer, and none does harm. */
#include "pair.h"

#define PATTERN 0x5a

/* One function that takes a handle first, with everything else right. */
typedef int32_t (*session_call)(osisession_session *session, osisession_error_info *error);

#define CALL(name, expression) \
  static int32_t name(osisession_session *session, osisession_error_info *error) { return (expression); }

static char buffer[256];
static osisession_event an_event;
static osisession_properties some_properties;
static osisession_callbacks some_callbacks;
static osisession_resynchronize_params resync;
static osisession_activity_resume_params resume;
static osisession_transport_request t_request;
static uint32_t a_flag;
static osisession_diagnosis a_diagnosis;

CALL(c_next_event, osisession_next_event(session, 0, &an_event, error))
CALL(c_set_callbacks, osisession_session_set_callbacks(session, &some_callbacks, error))
CALL(c_wait_connected, osisession_session_wait_connected(session, 0, NULL, error))
CALL(c_wait_writable, osisession_session_wait_writable(session, 0, error))
CALL(c_is_writable, osisession_session_is_writable(session, &a_flag, error))
CALL(c_properties, osisession_session_properties(session, &some_properties, error))
CALL(c_peer_address, osisession_session_peer_address(session, buffer, sizeof buffer, NULL, error))
CALL(c_history, osisession_session_history(session, buffer, sizeof buffer, NULL, error))
CALL(c_next_trace, osisession_session_next_trace(session, buffer, sizeof buffer, NULL, error))
CALL(c_diagnosis, osisession_session_diagnosis(session, &a_diagnosis, error))
CALL(c_report, osisession_session_report(session, OSISESSION_REPORT_TEXT, buffer, sizeof buffer, NULL, error))
CALL(c_close, osisession_session_close(session, error))
CALL(c_connect, osisession_connect_request(session, NULL, error))
CALL(c_connect_response, osisession_connect_response(session, NULL, error))
CALL(c_connect_reject, osisession_connect_response_negative(session, NULL, error))
CALL(c_data, osisession_data_request(session, "x", 1, error))
CALL(c_expedited, osisession_expedited_data_request(session, "x", 1, error))
CALL(c_typed, osisession_typed_data_request(session, "x", 1, error))
CALL(c_capability, osisession_capability_data_request(session, "x", 1, error))
CALL(c_capability_rsp, osisession_capability_data_response(session, "x", 1, error))
CALL(c_give, osisession_token_give_request(session, OSISESSION_TOKEN_DATA, NULL, 0, error))
CALL(c_please, osisession_token_please_request(session, OSISESSION_TOKEN_DATA, NULL, 0, error))
CALL(c_control, osisession_control_give_request(session, NULL, 0, error))
CALL(c_minor, osisession_sync_minor_request(session, 0, NULL, 0, NULL, error))
CALL(c_minor_rsp, osisession_sync_minor_response(session, 1, NULL, 0, error))
CALL(c_major, osisession_sync_major_request(session, NULL, 0, NULL, error))
CALL(c_major_rsp, osisession_sync_major_response(session, NULL, 0, error))
CALL(c_resync, osisession_resynchronize_request(session, &resync, error))
CALL(c_resync_rsp, osisession_resynchronize_response(session, &resync, error))
CALL(c_exception, osisession_u_exception_report_request(session, 0, NULL, 0, error))
CALL(c_start, osisession_activity_start_request(session, "a", 1, NULL, 0, error))
CALL(c_resume, osisession_activity_resume_request(session, &resume, error))
CALL(c_interrupt, osisession_activity_interrupt_request(session, OSISESSION_NO_REASON, NULL, 0, error))
CALL(c_interrupt_rsp, osisession_activity_interrupt_response(session, NULL, 0, error))
CALL(c_discard, osisession_activity_discard_request(session, OSISESSION_NO_REASON, NULL, 0, error))
CALL(c_discard_rsp, osisession_activity_discard_response(session, NULL, 0, error))
CALL(c_end, osisession_activity_end_request(session, NULL, 0, NULL, error))
CALL(c_end_rsp, osisession_activity_end_response(session, NULL, 0, error))
CALL(c_release, osisession_release_request(session, NULL, 0, error))
CALL(c_release_rsp, osisession_release_response(session, NULL, 0, error))
CALL(c_release_rsp_neg, osisession_release_response_negative(session, NULL, 0, error))
CALL(c_abort, osisession_u_abort_request(session, NULL, 0, error))
CALL(c_t_connect, osisession_transport_indicate_connect(session, 0, error))
CALL(c_t_confirm, osisession_transport_indicate_connect_confirm(session, 0, error))
CALL(c_t_data, osisession_transport_indicate_data(session, "x", 1, error))
CALL(c_t_expedited, osisession_transport_indicate_expedited_data(session, "x", 1, error))
CALL(c_t_disconnect, osisession_transport_indicate_disconnect(session, NULL, error))
CALL(c_t_next, osisession_transport_next_request(session, &t_request, error))
CALL(c_t_wants, osisession_transport_wants_data(session, &a_flag, error))

static const struct {
  const char *name;
  session_call call;
} session_calls[] = {
#define ROW(name) {#name, name},
  ROW(c_next_event) ROW(c_set_callbacks) ROW(c_wait_connected) ROW(c_wait_writable) ROW(c_is_writable)
  ROW(c_properties) ROW(c_peer_address) ROW(c_history) ROW(c_next_trace) ROW(c_diagnosis) ROW(c_report) ROW(c_close) ROW(c_connect)
  ROW(c_connect_response) ROW(c_connect_reject) ROW(c_data) ROW(c_expedited) ROW(c_typed) ROW(c_capability)
  ROW(c_capability_rsp) ROW(c_give) ROW(c_please) ROW(c_control) ROW(c_minor) ROW(c_minor_rsp) ROW(c_major)
  ROW(c_major_rsp) ROW(c_resync) ROW(c_resync_rsp) ROW(c_exception) ROW(c_start) ROW(c_resume) ROW(c_interrupt)
  ROW(c_interrupt_rsp) ROW(c_discard) ROW(c_discard_rsp) ROW(c_end) ROW(c_end_rsp) ROW(c_release)
  ROW(c_release_rsp) ROW(c_release_rsp_neg) ROW(c_abort) ROW(c_t_connect) ROW(c_t_confirm) ROW(c_t_data)
  ROW(c_t_expedited) ROW(c_t_disconnect) ROW(c_t_next) ROW(c_t_wants)
#undef ROW
};
#define SESSION_CALLS (sizeof session_calls / sizeof session_calls[0])

static void on_nothing(osisession_session *session, const osisession_event *event, void *user_data)
{
  (void)session;
  (void)event;
  (void)user_data;
}

static void prepare(void)
{
  OSISESSION_INIT(&an_event);
  OSISESSION_INIT(&some_properties);
  OSISESSION_INIT(&a_diagnosis);
  OSISESSION_INIT(&some_callbacks);
  some_callbacks.on_event = on_nothing;
  OSISESSION_INIT(&resync);
  resync.present = OSISESSION_HAS_RESYNC;
  resync.resync_type = OSISESSION_RESYNC_ABANDON;
  OSISESSION_INIT(&resume);
  resume.activity_identifier = resume.old_activity_identifier = text("a");
  OSISESSION_INIT(&t_request);
}

static void every_session_call_with_every_wrong_handle(void)
{
  pair p;
  size_t i, j;
  int on_the_stack = 0;
  int *on_the_heap = (int *)malloc(sizeof *on_the_heap);
  osisession_session *stale;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  stale = p.responder;
  OK(osisession_session_free(p.responder));
  {
    const struct {
      void *value;
      int32_t status;
    } wrong[] = {
      {NULL, OSISESSION_E_NULL_HANDLE},
      {stale, OSISESSION_E_STALE},
      {p.listener, OSISESSION_E_WRONG_KIND},
      {p.endpoint, OSISESSION_E_WRONG_KIND},
      {&on_the_stack, OSISESSION_E_FOREIGN_HANDLE},
      {on_the_heap, OSISESSION_E_FOREIGN_HANDLE},
      {(void *)(uintptr_t)1, OSISESSION_E_FOREIGN_HANDLE},
      {(void *)(uintptr_t)0xdeadbeef, OSISESSION_E_FOREIGN_HANDLE},
      {(void *)UINTPTR_MAX, OSISESSION_E_FOREIGN_HANDLE},
      {(void *)((uintptr_t)p.initiator + (uintptr_t)0x10000), OSISESSION_E_FOREIGN_HANDLE},
    };
    for (i = 0; i < SESSION_CALLS; i++) {
      for (j = 0; j < sizeof wrong / sizeof wrong[0]; j++) {
        int32_t status;
        prepare();
        status = session_calls[i].call((osisession_session *)wrong[j].value, error_info());
        if (status != wrong[j].status || harness_error.status != status || harness_error.text[0] == 0) {
          char what[128];
          snprintf(what, sizeof what, "%s with value %u gave %s", session_calls[i].name, (unsigned)j,
                   osisession_status_name(status));
          harness_fail(__FILE__, __LINE__, what);
        }
        /* The same without anybody who wants to know why. */
        if (session_calls[i].call((osisession_session *)wrong[j].value, NULL) != status)
          harness_fail(__FILE__, __LINE__, "another status without an error struct");
      }
    }
    for (j = 1; j < sizeof wrong / sizeof wrong[0]; j++)
      STATUS(wrong[j].status, osisession_session_free((osisession_session *)wrong[j].value));
  }
  /* The session that was all the while there is as it was. */
  OK(osisession_session_free(p.initiator));
  STATUS(OSISESSION_E_STALE, osisession_session_free(p.initiator));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_listener_free((osisession_listener *)(void *)p.endpoint));
  OK(osisession_listener_free(p.listener));
  STATUS(OSISESSION_E_STALE, osisession_listener_free(p.listener));
  STATUS(OSISESSION_E_STALE, osisession_listener_close(p.listener, error_info()));
  OK(osisession_endpoint_free(p.endpoint));
  STATUS(OSISESSION_E_STALE, osisession_endpoint_free(p.endpoint));
  free(on_the_heap);
}

static void freeing_null_is_fine(void)
{
  OK(osisession_endpoint_free(NULL));
  OK(osisession_listener_free(NULL));
  OK(osisession_session_free(NULL));
  OK(osisession_event_free(NULL));
  OK(osisession_transport_request_free(NULL));
}

static void endpoint_and_listener_calls_with_wrong_handles(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL;
  osisession_session *session = NULL;
  int32_t descriptor;
  int64_t due;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_session_open(endpoint, NULL, &session, error_info()));
#define BOTH(call_with) \
  do { \
    STATUS(OSISESSION_E_NULL_HANDLE, call_with(NULL)); \
    STATUS(OSISESSION_E_WRONG_KIND, call_with((void *)session)); \
    STATUS(OSISESSION_E_FOREIGN_HANDLE, call_with((void *)&session)); \
  } while (0)
#define E_DISPATCH(h) osisession_endpoint_dispatch((osisession_endpoint *)(h), 0, NULL, error_info())
#define E_START(h) osisession_endpoint_start((osisession_endpoint *)(h), error_info())
#define E_STOP(h) osisession_endpoint_stop((osisession_endpoint *)(h), error_info())
#define E_CLOSE(h) osisession_endpoint_close((osisession_endpoint *)(h), error_info())
#define E_DESCRIPTOR(h) osisession_endpoint_descriptor((osisession_endpoint *)(h), &descriptor, error_info())
#define E_TIMEOUT(h) osisession_endpoint_next_timeout_ns((osisession_endpoint *)(h), &due, error_info())
#define E_DIAGNOSIS(h) osisession_endpoint_refusal_diagnosis((osisession_endpoint *)(h), &a_diagnosis, error_info())
#define E_REPORT(h) osisession_endpoint_refusal_report((osisession_endpoint *)(h), 0, buffer, 99, NULL, error_info())
#define E_READY(h) osisession_endpoint_next_ready((osisession_endpoint *)(h), &session, &listener, error_info())
#define E_LISTEN(h) osisession_listen((osisession_endpoint *)(h), "127.0.0.1:0", NULL, &listener, error_info())
#define E_CONNECT(h) osisession_connect((osisession_endpoint *)(h), "127.0.0.1:1", NULL, NULL, &session, error_info())
#define E_OPEN(h) osisession_session_open((osisession_endpoint *)(h), NULL, &session, error_info())
#define L_ACCEPT(h) osisession_listener_accept((osisession_listener *)(h), 0, &session, error_info())
#define L_ADDRESS(h) osisession_listener_local_address((osisession_listener *)(h), buffer, 99, NULL, error_info())
#define L_CLOSE(h) osisession_listener_close((osisession_listener *)(h), error_info())
  BOTH(E_DISPATCH);
  BOTH(E_START);
  BOTH(E_STOP);
  BOTH(E_CLOSE);
  BOTH(E_DESCRIPTOR);
  BOTH(E_TIMEOUT);
  BOTH(E_DIAGNOSIS);
  BOTH(E_REPORT);
  BOTH(E_READY);
  BOTH(E_LISTEN);
  BOTH(E_CONNECT);
  BOTH(E_OPEN);
  BOTH(L_ACCEPT);
  BOTH(L_ADDRESS);
  BOTH(L_CLOSE);
  CHECK(listener == NULL);
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
}

static void null_arguments(void)
{
  pair p;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  STATUS(OSISESSION_E_NULL, osisession_endpoint_new(NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_listen(p.endpoint, NULL, NULL, &p.listener, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_listen(p.endpoint, "127.0.0.1:0", NULL, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_connect(p.endpoint, NULL, NULL, NULL, &p.initiator, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_connect(p.endpoint, "127.0.0.1:1", NULL, NULL, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_session_open(p.endpoint, NULL, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_listener_accept(p.listener, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_next_event(p.initiator, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_session_properties(p.initiator, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_session_is_writable(p.initiator, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_data_request(p.initiator, NULL, 3, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_data_request(p.initiator, "x", SIZE_MAX, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_data_request(p.initiator, NULL, 0, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_activity_resume_request(p.initiator, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_session_history(p.initiator, NULL, 10, NULL, error_info()));
  /* Nothing of this disturbed the session. */
  pair_release(&p);
  pair_free(&p);
}

static void wrong_values(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL;
  osisession_session *session = NULL;
  osisession_connect_params params;
  osisession_session_config config;
  char long_selector[40];
  memset(long_selector, 'x', sizeof long_selector);
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_listen(endpoint, "not an address!", NULL, &listener, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_listen(endpoint, "127.0.0.1:99999", NULL, &listener, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_connect(endpoint, "\xff\xfe", NULL, NULL, &session, error_info()));
  OSISESSION_INIT(&params);
  params.functional_units = 0x8000;
  STATUS(OSISESSION_E_INVALID, osisession_connect(endpoint, "127.0.0.1:1", &params, NULL, &session, error_info()));
  OSISESSION_INIT(&params);
  params.called_selector.data = (const uint8_t *)long_selector;
  params.called_selector.length = 17;
  STATUS(OSISESSION_E_INVALID, osisession_connect(endpoint, "127.0.0.1:1", &params, NULL, &session, error_info()));
  CHECK(harness_error.kind == OSISESSION_KIND_INVALID && harness_error.clause[0] != 0);
  OSISESSION_INIT(&params);
  params.tsdu_maximum_to_initiator = 70000;
  STATUS(OSISESSION_E_INVALID, osisession_connect(endpoint, "127.0.0.1:1", &params, NULL, &session, error_info()));
  OSISESSION_INIT(&config);
  config.called_t_selector.data = (const uint8_t *)long_selector;
  config.called_t_selector.length = 33;
  STATUS(OSISESSION_E_INVALID, osisession_connect(endpoint, "127.0.0.1:1", NULL, &config, &session, error_info()));
  OSISESSION_INIT(&config);
  config.flags = 0x80000000u;
  STATUS(OSISESSION_E_INVALID, osisession_connect(endpoint, "127.0.0.1:1", NULL, &config, &session, error_info()));
  CHECK(session == NULL && listener == NULL);
  OK(osisession_endpoint_free(endpoint));
}

static void structs_without_their_size(void)
{
  pair p;
  osisession_connect_params params;
  osisession_event event;
  osisession_error_info error;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  memset(&params, 0, sizeof params);
  STATUS(OSISESSION_E_STRUCT_SIZE,
         osisession_connect(p.endpoint, "127.0.0.1:1", &params, NULL, &p.responder, error_info()));
  memset(&params, 0xff, sizeof params);
  STATUS(OSISESSION_E_STRUCT_SIZE,
         osisession_connect(p.endpoint, "127.0.0.1:1", &params, NULL, &p.responder, error_info()));
  memset(&event, 0, sizeof event);
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_next_event(p.initiator, 0, &event, error_info()));
  memset(&error, 0, sizeof error);
  CHECK(osisession_data_request(p.initiator, "x", 1, &error) == OSISESSION_E_STRUCT_SIZE);
  pair_free(&p);
}

/* A struct of a program that is newer than the library: fine as long as what is new is zero. */
static void structs_of_a_newer_program(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  struct {
    osisession_session_config config;
    uint64_t what_is_new;
  } newer;
  struct {
    osisession_error_info error;
    uint8_t what_is_new[64];
  } newer_error;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  memset(&newer, 0, sizeof newer);
  newer.config.struct_size = (uint32_t)sizeof newer;
  OK(osisession_session_open(endpoint, &newer.config, &session, error_info()));
  OK(osisession_session_free(session));
  newer.what_is_new = 1;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_session_open(endpoint, &newer.config, &session, error_info()));
  memset(&newer_error, PATTERN, sizeof newer_error);
  newer_error.error.struct_size = (uint32_t)sizeof newer_error;
  CHECK(osisession_session_open(NULL, NULL, &session, &newer_error.error) == OSISESSION_E_NULL_HANDLE);
  CHECK(newer_error.error.status == OSISESSION_E_NULL_HANDLE && newer_error.what_is_new[0] == PATTERN);
  CHECK(newer_error.error.struct_size == sizeof newer_error);
  OK(osisession_endpoint_free(endpoint));
}

static int untouched(const void *memory, size_t size)
{
  size_t i;
  for (i = 0; i < size; i++)
    if (((const uint8_t *)memory)[i] != PATTERN) return 0;
  return 1;
}

static void out_parameters_are_untouched_on_failure(void)
{
  pair p;
  osisession_session *session;
  osisession_listener *listener;
  osisession_event event;
  uint64_t number;
  size_t count;
  uint32_t flag;
  char small[4];
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  memset(&session, PATTERN, sizeof session);
  memset(&listener, PATTERN, sizeof listener);
  memset(&number, PATTERN, sizeof number);
  memset(&count, PATTERN, sizeof count);
  memset(&flag, PATTERN, sizeof flag);
  memset(small, PATTERN, sizeof small);
  STATUS(OSISESSION_E_INVALID, osisession_connect(p.endpoint, "?:", NULL, NULL, &session, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_listener_accept(p.listener, 0, &session, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_listener_accept(p.listener, 1, &session, error_info()));
  while (osisession_endpoint_next_ready(p.endpoint, &session, &listener, error_info()) == OSISESSION_OK) continue;
  memset(&session, PATTERN, sizeof session);
  memset(&listener, PATTERN, sizeof listener);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_endpoint_next_ready(p.endpoint, &session, &listener, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_sync_minor_request(p.initiator, 0, NULL, 0, &number, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_endpoint_dispatch(NULL, 0, &count, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_session_is_writable(NULL, &flag, error_info()));
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL,
         osisession_session_history(p.initiator, small, sizeof small, NULL, error_info()));
  CHECK(untouched(&session, sizeof session) && untouched(&listener, sizeof listener));
  CHECK(untouched(&number, sizeof number) && untouched(&count, sizeof count) && untouched(&flag, sizeof flag));
  CHECK(untouched(small, sizeof small));
  memset(&event, PATTERN, sizeof event);
  event.struct_size = (uint32_t)sizeof event;
  event.owner = 0;
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_next_event(p.initiator, 0, &event, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_next_event(p.initiator, 1, &event, error_info()));
  CHECK(untouched(&event.type, sizeof event.type) && untouched(&event.user_data, sizeof event.user_data));
  pair_free(&p);
}

static void events_are_freed_once(void)
{
  pair p;
  osisession_event event, copy;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_data_request(p.initiator, "one", 3, error_info()));
  OK(osisession_data_request(p.initiator, "two", 3, error_info()));
  expect(p.responder, OSISESSION_DATA_INDICATION, &event);
  STATUS(OSISESSION_E_NOT_FREED, osisession_next_event(p.responder, SOON, &event, error_info()));
  CHECK(same(event.user_data, "one"));
  copy = event;
  OK(osisession_event_free(&event));
  OK(osisession_event_free(&event));
  STATUS(OSISESSION_E_STALE, osisession_event_free(&copy));
  OK(osisession_next_event(p.responder, SOON, &event, error_info()));
  CHECK(same(event.user_data, "two"));
  /* Octets outlive the session and the endpoint. */
  pair_free(&p);
  CHECK(same(event.user_data, "two"));
  OK(osisession_event_free(&event));
  memset(&event, 0, sizeof event);
  OK(osisession_event_free(&event));
}

static void after_the_endpoint_was_freed(void)
{
  pair p;
  osisession_event event;
  osisession_session *session = NULL;
  size_t i;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_endpoint_free(p.endpoint));
  STATUS(OSISESSION_E_STALE, osisession_endpoint_dispatch(p.endpoint, 0, NULL, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_data_request(p.initiator, "x", 1, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_listener_accept(p.listener, SOON, &session, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_listener_accept(p.listener, 0, &session, error_info()));
  OSISESSION_INIT(&event);
  while (osisession_next_event(p.initiator, SOON, &event, error_info()) == OSISESSION_OK) osisession_event_free(&event);
  STATUS(OSISESSION_E_CLOSED, osisession_next_event(p.initiator, SOON, &event, error_info()));
  /* Whatever is called, it returns. */
  for (i = 0; i < SESSION_CALLS; i++) {
    prepare();
    CHECK(session_calls[i].call(p.initiator, error_info()) <= 0);
  }
  OK(osisession_session_free(p.initiator));
  OK(osisession_session_free(p.responder));
  OK(osisession_listener_free(p.listener));
}

static void transport_calls_need_a_transport_of_the_callers_own(void)
{
  pair p;
  size_t i;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  for (i = 0; i < SESSION_CALLS; i++) {
    if (strncmp(session_calls[i].name, "c_t_", 4) != 0) continue;
    prepare();
    STATUS(OSISESSION_E_NO_TRANSPORT_PORT, session_calls[i].call(p.initiator, error_info()));
  }
  pair_release(&p);
  pair_free(&p);
}

/* What a callback may do: everything. */
typedef struct inside {
  pair *p;
  int calls;
  int released;
  int waited;
} inside;

static void frees_itself(osisession_session *session, const osisession_event *event, void *user_data)
{
  inside *to = (inside *)user_data;
  osisession_event other;
  to->calls++;
  OSISESSION_INIT(&other);
  CHECK(same(event->user_data, "go"));
  OK(osisession_session_free(session));
  STATUS(OSISESSION_E_STALE, osisession_session_free(session));
  STATUS(OSISESSION_E_STALE, osisession_data_request(session, "x", 1, error_info()));
  /* Its own octets stay until it returns. */
  CHECK(same(event->user_data, "go"));
}

static void frees_everything(osisession_session *session, const osisession_event *event, void *user_data)
{
  inside *to = (inside *)user_data;
  (void)event;
  to->calls++;
  OK(osisession_listener_free(to->p->listener));
  OK(osisession_session_free(to->p->initiator));
  OK(osisession_endpoint_free(to->p->endpoint));
  OK(osisession_session_free(session));
}

static void waits_for_another(osisession_session *session, const osisession_event *event, void *user_data)
{
  inside *to = (inside *)user_data;
  osisession_event other;
  to->calls++;
  if (!same(event->user_data, "go")) return;
  OK(osisession_data_request(session, "echo", 4, error_info()));
  OSISESSION_INIT(&other);
  to->waited = osisession_next_event(to->p->initiator, SOON, &other, error_info()) == OSISESSION_OK &&
               same(other.user_data, "echo");
  OK(osisession_event_free(&other));
  OK(osisession_session_set_callbacks(session, NULL, error_info()));
}

static void on_release(void *user_data)
{
  ((inside *)user_data)->released++;
}

static void run_inside(void (*callback)(osisession_session *, const osisession_event *, void *), pair *p, inside *to)
{
  int rounds = 0;
  memset(to, 0, sizeof *to);
  to->p = p;
  pair_open(p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  prepare();
  some_callbacks.on_event = callback;
  some_callbacks.on_release = on_release;
  some_callbacks.user_data = to;
  OK(osisession_session_set_callbacks(p->responder, &some_callbacks, error_info()));
  OK(osisession_data_request(p->initiator, "go", 2, error_info()));
  OK(osisession_data_request(p->initiator, "more", 4, error_info()));
  while (to->calls == 0 && rounds++ < 1000) OK(osisession_endpoint_dispatch(p->endpoint, 1000, NULL, error_info()));
}

static void a_callback_frees_its_session(void)
{
  pair p;
  inside to;
  run_inside(frees_itself, &p, &to);
  CHECK(to.calls == 1);
  OK(osisession_endpoint_dispatch(p.endpoint, 100, NULL, error_info()));
  CHECK(to.calls == 1 && to.released == 1);
  OK(osisession_session_free(p.initiator));
  OK(osisession_listener_free(p.listener));
  OK(osisession_endpoint_free(p.endpoint));
}

static void a_callback_frees_everything(void)
{
  pair p;
  inside to;
  run_inside(frees_everything, &p, &to);
  CHECK(to.calls == 1 && to.released == 1);
  STATUS(OSISESSION_E_STALE, osisession_endpoint_free(p.endpoint));
}

static void a_callback_waits(void)
{
  pair p;
  inside to;
  run_inside(waits_for_another, &p, &to);
  CHECK(to.waited && to.released == 1);
  pair_free(&p);
}

int main(void)
{
  RUN(every_session_call_with_every_wrong_handle);
  RUN(freeing_null_is_fine);
  RUN(endpoint_and_listener_calls_with_wrong_handles);
  RUN(null_arguments);
  RUN(wrong_values);
  RUN(structs_without_their_size);
  RUN(structs_of_a_newer_program);
  RUN(out_parameters_are_untouched_on_failure);
  RUN(events_are_freed_once);
  RUN(after_the_endpoint_was_freed);
  RUN(transport_calls_need_a_transport_of_the_callers_own);
  RUN(a_callback_frees_its_session);
  RUN(a_callback_frees_everything);
  RUN(a_callback_waits);
  return harness_end();
}
