/* An initiator and a responder over loopback. */
#ifndef PAIR_H
#define PAIR_H

#include "harness.h"

typedef struct pair {
  osisession_endpoint *endpoint;
  osisession_listener *listener;
  osisession_session *initiator;
  osisession_session *responder;
} pair;

/* Waits for the next event and checks its type. The event is to be freed. */
static inline void expect(osisession_session *session, uint32_t type, osisession_event *event)
{
  OSISESSION_INIT(event);
  MUST(osisession_next_event(session, SOON, event, error_info()));
  if (event->type != type) {
    char what[512];
    snprintf(what, sizeof what, "got %s, not %s%s%s", osisession_event_name(event->type), osisession_event_name(type),
             event->error == NULL ? "" : ": ", event->error == NULL ? "" : event->error->text);
    harness_fail(__FILE__, __LINE__, what);
  }
}

/* The same, with its user data, and freed. */
static inline void expect_data(osisession_session *session, uint32_t type, const char *wanted)
{
  osisession_event event;
  expect(session, type, &event);
  CHECK(same(event.user_data, wanted));
  OK(osisession_event_free(&event));
}

static inline void pair_listen(pair *p, const char *address, char *reached, size_t capacity)
{
  memset(p, 0, sizeof *p);
  MUST(osisession_endpoint_new(&p->endpoint, error_info()));
  MUST(osisession_listen(p->endpoint, address, NULL, &p->listener, error_info()));
  MUST(osisession_listener_local_address(p->listener, reached, capacity, NULL, error_info()));
}

/* Connects with these functional units, and with the serial number 1 where one is needed. */
static inline void pair_open(pair *p, const char *address, uint32_t functional_units, uint32_t flags)
{
  char reached[64];
  osisession_event event;
  osisession_session_config config;
  osisession_connect_params request;
  osisession_connect_response_params response;

  pair_listen(p, address, reached, sizeof reached);
  OSISESSION_INIT(&config);
  config.flags = flags;
  OSISESSION_INIT(&request);
  request.functional_units = functional_units;
  if ((functional_units & OSISESSION_FU_ACTIVITY_MANAGEMENT) == 0 &&
      (functional_units & (OSISESSION_FU_MINOR_SYNC | OSISESSION_FU_MAJOR_SYNC | OSISESSION_FU_RESYNCHRONIZE)) != 0) {
    request.present = OSISESSION_HAS_SERIAL_NUMBER;
    request.initial_serial_number = 1;
  }
  request.calling_selector = text("caller");
  request.called_selector = text("called");
  request.connection_identifier.common_reference = text("261123");
  request.user_data = text("may I?");
  MUST(osisession_connect(p->endpoint, reached, &request, &config, &p->initiator, error_info()));
  MUST(osisession_listener_accept(p->listener, SOON, &p->responder, error_info()));

  expect(p->responder, OSISESSION_CONNECT_INDICATION, &event);
  CHECK(same(event.calling_selector, "caller") && same(event.called_selector, "called"));
  CHECK(same(event.connection_identifier.common_reference, "261123"));
  CHECK(same(event.user_data, "may I?"));
  CHECK(event.functional_units == functional_units);
  OK(osisession_event_free(&event));

  OSISESSION_INIT(&response);
  response.functional_units = functional_units;
  response.user_data = text("you may");
  MUST(osisession_connect_response(p->responder, &response, error_info()));

  OSISESSION_INIT(&event);
  MUST(osisession_session_wait_connected(p->initiator, SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_CONNECT_CONFIRM);
  CHECK(same(event.user_data, "you may") && same(event.called_selector, "called"));
  CHECK(event.functional_units == functional_units && event.versions == OSISESSION_VERSION_2);
  OK(osisession_event_free(&event));
}

static inline void pair_release(pair *p)
{
  osisession_event event;
  OK(osisession_release_request(p->initiator, "enough", 6, error_info()));
  expect_data(p->responder, OSISESSION_RELEASE_INDICATION, "enough");
  OK(osisession_release_response(p->responder, "farewell", 8, error_info()));
  expect_data(p->initiator, OSISESSION_RELEASE_CONFIRM, "farewell");
  OSISESSION_INIT(&event);
  STATUS(OSISESSION_E_CLOSED, osisession_next_event(p->initiator, SOON, &event, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_next_event(p->initiator, 0, &event, error_info()));
}

static inline void pair_free(pair *p)
{
  OK(osisession_session_free(p->initiator));
  OK(osisession_session_free(p->responder));
  OK(osisession_listener_free(p->listener));
  OK(osisession_endpoint_free(p->endpoint));
}

#endif
