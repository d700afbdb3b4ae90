/* A walk through the whole ABI: every primitive, every way of driving, every way of taking events. */
#define _POSIX_C_SOURCE 200809L
#include "pair.h"

#include <poll.h>

#define FU(name) OSISESSION_FU_##name

static void data_in_both_directions(void)
{
  pair p;
  pair_open(&p, "127.0.0.1:0", FU(DUPLEX), 0);
  OK(osisession_data_request(p.initiator, "ping", 4, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "ping");
  OK(osisession_data_request(p.responder, "pong", 4, error_info()));
  expect_data(p.initiator, OSISESSION_DATA_INDICATION, "pong");
  pair_release(&p);
  pair_free(&p);
}

static void in_memory(void)
{
  pair p;
  pair_open(&p, "memory:walk", FU(DUPLEX) | FU(TYPED_DATA), 0);
  OK(osisession_typed_data_request(p.responder, "typed", 5, error_info()));
  expect_data(p.initiator, OSISESSION_TYPED_DATA_INDICATION, "typed");
  pair_release(&p);
  pair_free(&p);
}

static void tokens_and_exceptions(void)
{
  pair p;
  osisession_event event;
  osisession_properties properties;
  pair_open(&p, "127.0.0.1:0", FU(HALF_DUPLEX) | FU(EXCEPTIONS), 0);
  STATUS(OSISESSION_E_REFUSED, osisession_data_request(p.responder, "mine", 4, error_info()));
  CHECK(harness_error.kind == OSISESSION_KIND_REFUSED && harness_error.text[0] != 0);
  OK(osisession_token_please_request(p.responder, OSISESSION_TOKEN_DATA, "please", 6, error_info()));
  expect(p.initiator, OSISESSION_TOKEN_PLEASE_INDICATION, &event);
  CHECK(event.tokens == OSISESSION_TOKEN_DATA && same(event.user_data, "please"));
  OK(osisession_event_free(&event));
  OK(osisession_token_give_request(p.initiator, OSISESSION_TOKEN_DATA, NULL, 0, error_info()));
  expect(p.responder, OSISESSION_TOKEN_GIVE_INDICATION, &event);
  CHECK(event.tokens == OSISESSION_TOKEN_DATA && event.owner == 0);
  OSISESSION_INIT(&properties);
  OK(osisession_session_properties(p.responder, &properties, error_info()));
  CHECK(properties.owned_tokens == OSISESSION_TOKEN_DATA && properties.available_tokens == OSISESSION_TOKEN_DATA);
  OK(osisession_data_request(p.responder, "mine", 4, error_info()));
  expect_data(p.initiator, OSISESSION_DATA_INDICATION, "mine");
  OK(osisession_u_exception_report_request(p.initiator, OSISESSION_EXCEPTION_DEMAND_DATA_TOKEN, "back", 4, error_info()));
  expect(p.responder, OSISESSION_U_EXCEPTION_REPORT_INDICATION, &event);
  CHECK(event.reason == OSISESSION_EXCEPTION_DEMAND_DATA_TOKEN && same(event.user_data, "back"));
  OK(osisession_event_free(&event));
  pair_free(&p);
}

static void synchronization(void)
{
  pair p;
  osisession_event event;
  osisession_resynchronize_params resync;
  uint64_t number = 99;
  pair_open(&p, "127.0.0.1:0", FU(DUPLEX) | FU(MINOR_SYNC) | FU(MAJOR_SYNC) | FU(RESYNCHRONIZE), 0);

  OK(osisession_sync_minor_request(p.initiator, OSISESSION_EVENT_EXPLICIT, "one", 3, &number, error_info()));
  CHECK(number == 1);
  expect(p.responder, OSISESSION_SYNC_MINOR_INDICATION, &event);
  CHECK(event.serial_number == 1 && event.flags == OSISESSION_EVENT_EXPLICIT && same(event.user_data, "one"));
  OK(osisession_event_free(&event));
  OK(osisession_sync_minor_response(p.responder, 1, "seen", 4, error_info()));
  expect(p.initiator, OSISESSION_SYNC_MINOR_CONFIRM, &event);
  CHECK(event.serial_number == 1 && same(event.user_data, "seen"));
  OK(osisession_event_free(&event));

  OK(osisession_sync_major_request(p.initiator, NULL, 0, &number, error_info()));
  CHECK(number == 2);
  expect(p.responder, OSISESSION_SYNC_MAJOR_INDICATION, &event);
  CHECK(event.serial_number == 2);
  OK(osisession_sync_major_response(p.responder, NULL, 0, error_info()));
  expect_data(p.initiator, OSISESSION_SYNC_MAJOR_CONFIRM, "");

  OSISESSION_INIT(&resync);
  STATUS(OSISESSION_E_NULL, osisession_resynchronize_request(p.initiator, NULL, error_info()));
  resync.present = OSISESSION_HAS_RESYNC | OSISESSION_HAS_SERIAL_NUMBER;
  resync.resync_type = OSISESSION_RESYNC_SET;
  resync.serial_number = 40;
  resync.token_sides = OSISESSION_TOKEN_SIDES(0, OSISESSION_SIDE_ACCEPTOR, OSISESSION_SIDE_ACCEPTOR, 0);
  OK(osisession_resynchronize_request(p.initiator, &resync, error_info()));
  expect(p.responder, OSISESSION_RESYNCHRONIZE_INDICATION, &event);
  CHECK((event.present & OSISESSION_HAS_RESYNC) != 0 && event.resync_type == OSISESSION_RESYNC_SET);
  CHECK(event.serial_number == 40);
  CHECK(OSISESSION_TOKEN_SIDE(event.token_sides, OSISESSION_TOKEN_MAJOR_ACTIVITY) == OSISESSION_SIDE_ACCEPTOR);
  OK(osisession_event_free(&event));
  OK(osisession_resynchronize_response(p.responder, &resync, error_info()));
  expect(p.initiator, OSISESSION_RESYNCHRONIZE_CONFIRM, &event);
  OK(osisession_event_free(&event));
  OK(osisession_sync_minor_request(p.responder, 0, NULL, 0, &number, error_info()));
  CHECK(number == 40);
  expect(p.initiator, OSISESSION_SYNC_MINOR_INDICATION, &event);
  CHECK(event.serial_number == 40 && event.flags == 0);
  pair_free(&p);
}

static void activities(void)
{
  pair p;
  osisession_event event;
  osisession_activity_resume_params resume;
  uint64_t number = 0;
  pair_open(&p, "127.0.0.1:0", FU(HALF_DUPLEX) | FU(MINOR_SYNC) | FU(ACTIVITY_MANAGEMENT) | FU(CAPABILITY_DATA), 0);

  OK(osisession_capability_data_request(p.initiator, "can you?", 8, error_info()));
  expect_data(p.responder, OSISESSION_CAPABILITY_DATA_INDICATION, "can you?");
  OK(osisession_capability_data_response(p.responder, "I can", 5, error_info()));
  expect_data(p.initiator, OSISESSION_CAPABILITY_DATA_CONFIRM, "I can");

  OK(osisession_activity_start_request(p.initiator, "act1", 4, "go", 2, error_info()));
  expect(p.responder, OSISESSION_ACTIVITY_START_INDICATION, &event);
  CHECK(same(event.activity_identifier, "act1") && same(event.user_data, "go"));
  OK(osisession_event_free(&event));
  OK(osisession_data_request(p.initiator, "page", 4, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "page");
  OK(osisession_activity_interrupt_request(p.initiator, OSISESSION_EXCEPTION_LOCAL_USER_ERROR, NULL, 0, error_info()));
  expect(p.responder, OSISESSION_ACTIVITY_INTERRUPT_INDICATION, &event);
  CHECK((event.present & OSISESSION_HAS_REASON) != 0 && event.reason == OSISESSION_EXCEPTION_LOCAL_USER_ERROR);
  OK(osisession_activity_interrupt_response(p.responder, NULL, 0, error_info()));
  expect_data(p.initiator, OSISESSION_ACTIVITY_INTERRUPT_CONFIRM, "");

  OSISESSION_INIT(&resume);
  resume.activity_identifier = text("act2");
  resume.old_activity_identifier = text("act1");
  resume.serial_number = 6;
  OK(osisession_activity_resume_request(p.initiator, &resume, error_info()));
  expect(p.responder, OSISESSION_ACTIVITY_RESUME_INDICATION, &event);
  CHECK(same(event.activity_identifier, "act2") && same(event.old_activity_identifier, "act1"));
  CHECK(event.serial_number == 6);
  OK(osisession_event_free(&event));
  OK(osisession_activity_end_request(p.initiator, NULL, 0, &number, error_info()));
  CHECK(number == 7);
  expect(p.responder, OSISESSION_ACTIVITY_END_INDICATION, &event);
  CHECK(event.serial_number == 7);
  OK(osisession_activity_end_response(p.responder, NULL, 0, error_info()));
  expect_data(p.initiator, OSISESSION_ACTIVITY_END_CONFIRM, "");

  OK(osisession_activity_start_request(p.initiator, "act3", 4, NULL, 0, error_info()));
  expect(p.responder, OSISESSION_ACTIVITY_START_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_activity_discard_request(p.initiator, OSISESSION_NO_REASON, NULL, 0, error_info()));
  expect(p.responder, OSISESSION_ACTIVITY_DISCARD_INDICATION, &event);
  CHECK((event.present & OSISESSION_HAS_REASON) == 0);
  OK(osisession_activity_discard_response(p.responder, NULL, 0, error_info()));
  expect_data(p.initiator, OSISESSION_ACTIVITY_DISCARD_CONFIRM, "");

  OK(osisession_control_give_request(p.initiator, NULL, 0, error_info()));
  expect_data(p.responder, OSISESSION_CONTROL_GIVE_INDICATION, "");
  pair_free(&p);
}

static void expedited_data(void)
{
  /* Over memory and with the flow agreed; TCP peers rarely have one. */
  pair p;
  char reached[64];
  osisession_session_config config;
  osisession_listener_config listener;
  osisession_connect_params request;
  osisession_connect_response_params response;
  osisession_event event;
  memset(&p, 0, sizeof p);
  OSISESSION_INIT(&config);
  config.flags = OSISESSION_SESSION_TRANSPORT_EXPEDITED;
  OSISESSION_INIT(&listener);
  listener.session = &config;
  MUST(osisession_endpoint_new(&p.endpoint, error_info()));
  MUST(osisession_listen(p.endpoint, "127.0.0.1:0", &listener, &p.listener, error_info()));
  MUST(osisession_listener_local_address(p.listener, reached, sizeof reached, NULL, error_info()));
  OSISESSION_INIT(&request);
  request.functional_units = FU(DUPLEX) | FU(EXPEDITED_DATA);
  MUST(osisession_connect(p.endpoint, reached, &request, &config, &p.initiator, error_info()));
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  expect(p.responder, OSISESSION_CONNECT_INDICATION, &event);
  CHECK((event.flags & OSISESSION_EVENT_TRANSPORT_EXPEDITED) != 0);
  OK(osisession_event_free(&event));
  OSISESSION_INIT(&response);
  response.functional_units = request.functional_units;
  OK(osisession_connect_response(p.responder, &response, error_info()));
  OK(osisession_session_wait_connected(p.initiator, SOON, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_expedited_data_request(p.initiator, "fifteen octets!", 15, error_info()));
  OK(osisession_expedited_data_request(p.initiator, "urgent", 6, error_info()));
  expect_data(p.responder, OSISESSION_EXPEDITED_DATA_INDICATION, "urgent");
  pair_free(&p);
}

static void negotiated_release(void)
{
  pair p;
  pair_open(&p, "127.0.0.1:0", FU(DUPLEX) | FU(NEGOTIATED_RELEASE), 0);
  OK(osisession_release_request(p.initiator, NULL, 0, error_info()));
  expect_data(p.responder, OSISESSION_RELEASE_INDICATION, "");
  OK(osisession_release_response_negative(p.responder, "stay", 4, error_info()));
  expect_data(p.initiator, OSISESSION_RELEASE_CONFIRM_NEGATIVE, "stay");
  OK(osisession_data_request(p.initiator, "all right", 9, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "all right");
  pair_release(&p);
  pair_free(&p);
}

static void abort_by_the_user(void)
{
  pair p;
  pair_open(&p, "127.0.0.1:0", FU(DUPLEX), 0);
  OK(osisession_u_abort_request(p.initiator, "no more", 7, error_info()));
  expect_data(p.responder, OSISESSION_U_ABORT_INDICATION, "no more");
  STATUS(OSISESSION_E_CLOSED, osisession_data_request(p.responder, "x", 1, error_info()));
  pair_free(&p);
}

static void rejection_by_the_user(void)
{
  pair p;
  char reached[64];
  osisession_connect_reject_params reject;
  osisession_event event;
  pair_listen(&p, "127.0.0.1:0", reached, sizeof reached);
  MUST(osisession_connect(p.endpoint, reached, NULL, NULL, &p.initiator, error_info()));
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  expect(p.responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OSISESSION_INIT(&reject);
  reject.reason = OSISESSION_REFUSE_USER_DATA;
  reject.user_data = text("not today");
  OK(osisession_connect_response_negative(p.responder, &reject, error_info()));
  expect(p.initiator, OSISESSION_CONNECT_CONFIRM_NEGATIVE, &event);
  CHECK(event.reason == OSISESSION_REFUSE_USER_DATA && same(event.user_data, "not today"));
  OK(osisession_event_free(&event));
  pair_free(&p);
}

static void what_is_known(void)
{
  pair p;
  char buffer[4096];
  size_t needed = 0;
  int lines = 0;
  int32_t status;
  osisession_properties properties;
  osisession_session_config limits;
  pair_open(&p, "127.0.0.1:0", FU(DUPLEX), OSISESSION_SESSION_TRACE);
  OSISESSION_INIT(&properties);
  OK(osisession_session_properties(p.initiator, &properties, error_info()));
  CHECK(properties.flags & OSISESSION_PROPERTY_INITIATOR);
  CHECK(properties.functional_units == FU(DUPLEX) && properties.version == OSISESSION_VERSION_2);
  CHECK(strcmp(properties.state, "STA713") == 0);
  CHECK(properties.tsdus_sent == 1 && properties.tsdus_received == 1 && properties.octets_sent > 0);

  OSISESSION_INIT(&limits);
  OK(osisession_session_limits(p.initiator, &limits, error_info()));
  CHECK(limits.connect_timeout_ms == 10000 && limits.answer_timeout_ms == 300000 && limits.history == 32);
  CHECK(limits.tsdu_reassembly == 1 << 20 && limits.open_sync_points == 1000000 && limits.flags == 0);

  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_session_history(p.initiator, NULL, 0, &needed, error_info()));
  CHECK(needed > 1 && needed <= sizeof buffer);
  OK(osisession_session_history(p.initiator, buffer, sizeof buffer, &needed, error_info()));
  CHECK(strlen(buffer) + 1 == needed);
  CHECK(strstr(buffer, "-> STA713 (Table A.") != NULL);
  OK(osisession_session_peer_address(p.initiator, buffer, sizeof buffer, NULL, error_info()));
  CHECK(strncmp(buffer, "127.0.0.1:", 10) == 0);

  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_session_next_trace(p.initiator, buffer, 2, &needed, error_info()));
  while ((status = osisession_session_next_trace(p.initiator, buffer, sizeof buffer, &needed, error_info())) ==
         OSISESSION_OK) {
    if (lines++ == 0) CHECK(strlen(buffer) + 1 == needed || lines > 1);
  }
  CHECK(status == OSISESSION_E_WOULD_BLOCK);
  CHECK(lines >= 6);
  pair_free(&p);
}

/* Polls descriptors as an event loop does, and takes everything from whoever is named. */
static void an_event_loop_of_the_callers_own(void)
{
  pair p;
  char reached[64];
  int got_data = 0, connected = 0, rounds = 0;
  pair_listen(&p, "127.0.0.1:0", reached, sizeof reached);
  MUST(osisession_connect(p.endpoint, reached, NULL, NULL, &p.initiator, error_info()));
  while (!got_data && rounds++ < 1000) {
    struct pollfd watched;
    int64_t due = 0;
    osisession_session *session = NULL;
    osisession_listener *listener = NULL;
    int32_t descriptor = -1;
    MUST(osisession_endpoint_descriptor(p.endpoint, &descriptor, error_info()));
    MUST(osisession_endpoint_next_timeout_ns(p.endpoint, &due, error_info()));
    watched.fd = descriptor;
    watched.events = POLLIN;
    watched.revents = 0;
    poll(&watched, 1, due < 0 || due > INT64_C(1000000000) ? 1000 : (int)(due / 1000000) + 1);
    OK(osisession_endpoint_dispatch(p.endpoint, 0, NULL, error_info()));
    while (osisession_endpoint_next_ready(p.endpoint, &session, &listener, error_info()) == OSISESSION_OK) {
      osisession_event event;
      CHECK((session == NULL) != (listener == NULL));
      if (listener != NULL) {
        CHECK(listener == p.listener);
        while (osisession_listener_accept(listener, 0, &session, error_info()) == OSISESSION_OK) p.responder = session;
        session = p.responder;
      }
      if (session == NULL) continue;
      CHECK(session == p.initiator || session == p.responder);
      OSISESSION_INIT(&event);
      while (osisession_next_event(session, 0, &event, error_info()) == OSISESSION_OK) {
        if (event.type == OSISESSION_CONNECT_INDICATION) OK(osisession_connect_response(session, NULL, error_info()));
        if (event.type == OSISESSION_CONNECT_CONFIRM) {
          connected = 1;
          OK(osisession_data_request(session, "loop", 4, error_info()));
        }
        if (event.type == OSISESSION_DATA_INDICATION) got_data = same(event.user_data, "loop");
        OK(osisession_event_free(&event));
      }
    }
  }
  CHECK(connected && got_data);
  pair_free(&p);
}

static void a_background_thread(void)
{
  pair p;
  char reached[64];
  osisession_event event;
  pair_listen(&p, "127.0.0.1:0", reached, sizeof reached);
  OK(osisession_endpoint_start(p.endpoint, error_info()));
  OK(osisession_endpoint_start(p.endpoint, error_info()));
  MUST(osisession_connect(p.endpoint, reached, NULL, NULL, &p.initiator, error_info()));
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  expect(p.responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_connect_response(p.responder, NULL, error_info()));
  OK(osisession_session_wait_connected(p.initiator, SOON, NULL, error_info()));
  OK(osisession_data_request(p.initiator, "thread", 6, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "thread");
  OK(osisession_endpoint_stop(p.endpoint, error_info()));
  pair_release(&p);
  pair_free(&p);
}

typedef struct heard {
  uint32_t types[8];
  int count;
  int released;
  int answers;
} heard;

static void on_event(osisession_session *session, const osisession_event *event, void *user_data)
{
  heard *to = (heard *)user_data;
  if (to->count < 8) to->types[to->count] = event->type;
  to->count++;
  if (event->type == OSISESSION_CONNECT_INDICATION) OK(osisession_connect_response(session, NULL, error_info()));
  if (event->type == OSISESSION_CONNECT_CONFIRM) OK(osisession_data_request(session, "push", 4, error_info()));
  if (event->type == OSISESSION_DATA_INDICATION && same(event->user_data, "push"))
    to->answers += osisession_data_request(session, "back", 4, error_info()) == OSISESSION_OK;
  if (event->type == OSISESSION_DATA_INDICATION && same(event->user_data, "back"))
    OK(osisession_release_request(session, NULL, 0, error_info()));
  if (event->type == OSISESSION_RELEASE_INDICATION)
    OK(osisession_release_response(session, NULL, 0, error_info()));
}

static void on_release(void *user_data)
{
  ((heard *)user_data)->released++;
}

static void callbacks(void)
{
  pair p;
  char reached[64];
  osisession_callbacks table;
  heard initiator, responder;
  int rounds = 0;
  memset(&initiator, 0, sizeof initiator);
  memset(&responder, 0, sizeof responder);
  pair_listen(&p, "127.0.0.1:0", reached, sizeof reached);
  OSISESSION_INIT(&table);
  table.on_event = on_event;
  table.on_release = on_release;
  table.user_data = &initiator;
  MUST(osisession_connect(p.endpoint, reached, NULL, NULL, &p.initiator, error_info()));
  OK(osisession_session_set_callbacks(p.initiator, &table, error_info()));
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  table.user_data = &responder;
  OK(osisession_session_set_callbacks(p.responder, &table, error_info()));
  while (initiator.count < 3 && rounds++ < 1000) OK(osisession_endpoint_dispatch(p.endpoint, 1000, NULL, error_info()));
  CHECK(initiator.count == 3 && responder.count == 3 && responder.answers == 1);
  CHECK(initiator.types[0] == OSISESSION_CONNECT_CONFIRM && initiator.types[1] == OSISESSION_DATA_INDICATION &&
        initiator.types[2] == OSISESSION_RELEASE_CONFIRM);
  CHECK(responder.types[0] == OSISESSION_CONNECT_INDICATION && responder.types[2] == OSISESSION_RELEASE_INDICATION);
  pair_free(&p);
  CHECK(initiator.released == 1 && responder.released == 1);
}

/* Hands transport requests of one session to the other as indications, until both are quiet. */
static int pump(osisession_session *from, osisession_session *to)
{
  int moved = 0;
  osisession_transport_request request;
  OSISESSION_INIT(&request);
  while (osisession_transport_next_request(from, &request, error_info()) == OSISESSION_OK) {
    uint8_t tsdu[512];
    moved++;
    switch (request.type) {
    case OSISESSION_T_CONNECT_REQUEST:
      OK(osisession_transport_indicate_connect(to, request.expedited, error_info()));
      break;
    case OSISESSION_T_CONNECT_RESPONSE:
      OK(osisession_transport_indicate_connect_confirm(to, request.expedited, error_info()));
      break;
    case OSISESSION_T_DATA_REQUEST:
      CHECK(request.header.length + request.user_data.length <= sizeof tsdu);
      if (request.header.length != 0) memcpy(tsdu, request.header.data, request.header.length);
      if (request.user_data.length != 0)
        memcpy(tsdu + request.header.length, request.user_data.data, request.user_data.length);
      OK(osisession_transport_indicate_data(to, tsdu, request.header.length + request.user_data.length, error_info()));
      break;
    case OSISESSION_T_EXPEDITED_DATA_REQUEST:
      OK(osisession_transport_indicate_expedited_data(to, request.header.data, request.header.length, error_info()));
      break;
    case OSISESSION_T_DISCONNECT_REQUEST:
      osisession_transport_indicate_disconnect(to, "the peer hung up", error_info());
      break;
    default:
      harness_fail(__FILE__, __LINE__, "unknown transport request");
    }
    OK(osisession_transport_request_free(&request));
  }
  return moved;
}

static void a_transport_of_the_callers_own(void)
{
  pair p;
  osisession_event event;
  uint32_t wanted = 9;
  memset(&p, 0, sizeof p);
  MUST(osisession_endpoint_new(&p.endpoint, error_info()));
  MUST(osisession_session_open(p.endpoint, NULL, &p.initiator, error_info()));
  MUST(osisession_session_open(p.endpoint, NULL, &p.responder, error_info()));
  OK(osisession_transport_wants_data(p.initiator, &wanted, error_info()));
  CHECK(wanted == 1);
  OK(osisession_connect_request(p.initiator, NULL, error_info()));
  while (pump(p.initiator, p.responder) + pump(p.responder, p.initiator) != 0) continue;
  OSISESSION_INIT(&event);
  OK(osisession_next_event(p.responder, 0, &event, error_info()));
  CHECK(event.type == OSISESSION_CONNECT_INDICATION);
  OK(osisession_event_free(&event));
  OK(osisession_connect_response(p.responder, NULL, error_info()));
  while (pump(p.initiator, p.responder) + pump(p.responder, p.initiator) != 0) continue;
  OK(osisession_next_event(p.initiator, 0, &event, error_info()));
  CHECK(event.type == OSISESSION_CONNECT_CONFIRM);
  OK(osisession_event_free(&event));
  OK(osisession_data_request(p.initiator, "mine", 4, error_info()));
  while (pump(p.initiator, p.responder) + pump(p.responder, p.initiator) != 0) continue;
  OK(osisession_next_event(p.responder, 0, &event, error_info()));
  CHECK(event.type == OSISESSION_DATA_INDICATION && same(event.user_data, "mine"));
  OK(osisession_event_free(&event));
  OK(osisession_transport_indicate_disconnect(p.responder, "cable cut", error_info()));
  OK(osisession_next_event(p.responder, 0, &event, error_info()));
  CHECK(event.type == OSISESSION_P_ABORT_INDICATION && event.reason == OSISESSION_P_ABORT_TRANSPORT_DISCONNECT);
  CHECK(event.error != NULL && strstr(event.error->text, "cable cut") != NULL);
  OK(osisession_event_free(&event));
  STATUS(OSISESSION_E_CLOSED, osisession_next_event(p.responder, 0, &event, error_info()));
  OK(osisession_session_free(p.initiator));
  OK(osisession_session_free(p.responder));
  OK(osisession_endpoint_free(p.endpoint));
}

/* Fills the send queue until it is full, then lets it drain. */
static void back_pressure(void)
{
  pair p;
  char reached[64];
  static char block[65536];
  int32_t status = OSISESSION_OK;
  uint32_t writable = 9;
  size_t sent = 0, received = 0;
  osisession_event event;
  osisession_session_config config;
  pair_listen(&p, "127.0.0.1:0", reached, sizeof reached);
  OSISESSION_INIT(&config);
  config.queued_send_octets = 65536;
  MUST(osisession_connect(p.endpoint, reached, NULL, &config, &p.initiator, error_info()));
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  expect(p.responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_connect_response(p.responder, NULL, error_info()));
  OK(osisession_session_wait_connected(p.initiator, SOON, NULL, error_info()));
  while (sent < 1000 * sizeof block &&
         (status = osisession_data_request(p.initiator, block, sizeof block, error_info())) == OSISESSION_OK)
    sent += sizeof block;
  CHECK(status == OSISESSION_E_WOULD_BLOCK);
  OK(osisession_session_is_writable(p.initiator, &writable, error_info()));
  CHECK(writable == 0);
  while (received < sent) {
    expect(p.responder, OSISESSION_DATA_INDICATION, &event);
    received += event.user_data.length;
    OK(osisession_event_free(&event));
  }
  CHECK(received == sent);
  OK(osisession_session_wait_writable(p.initiator, SOON, error_info()));
  OK(osisession_session_is_writable(p.initiator, &writable, error_info()));
  CHECK(writable == 1);
  pair_free(&p);
}

static void decode_for_tools(void)
{
  /* FINISH with Transport Disconnect "released" and two octets of user data (X.225 8.3.6). */
  static const uint8_t finish[] = {9, 7, 17, 1, 1, 193, 2, 'h', 'i'};
  char buffer[1024];
  size_t needed = 0;
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_decode(finish, sizeof finish, NULL, 0, &needed, error_info()));
  OK(osisession_decode(finish, sizeof finish, buffer, sizeof buffer, &needed, error_info()));
  CHECK(strlen(buffer) + 1 == needed);
  CHECK(strstr(buffer, "FN (FINISH)") != NULL && strstr(buffer, "Transport Disconnect: released") != NULL);
  /* The length of the parameter field says more than there is. */
  STATUS(OSISESSION_E_PEER, osisession_decode(finish, sizeof finish - 1, buffer, sizeof buffer, NULL, error_info()));
  CHECK(harness_error.layer == OSISESSION_LAYER_SESSION && harness_error.octet_offset >= 0);
  CHECK(strncmp(harness_error.clause, "X.225 8", 7) == 0);
  STATUS(OSISESSION_E_PEER, osisession_decode(finish, 0, buffer, sizeof buffer, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_decode(NULL, 4, buffer, sizeof buffer, NULL, error_info()));
}

int main(void)
{
  RUN(data_in_both_directions);
  RUN(in_memory);
  RUN(tokens_and_exceptions);
  RUN(synchronization);
  RUN(activities);
  RUN(expedited_data);
  RUN(negotiated_release);
  RUN(abort_by_the_user);
  RUN(rejection_by_the_user);
  RUN(what_is_known);
  RUN(an_event_loop_of_the_callers_own);
  RUN(a_background_thread);
  RUN(callbacks);
  RUN(a_transport_of_the_callers_own);
  RUN(back_pressure);
  RUN(decode_for_tools);
  return harness_end();
}
