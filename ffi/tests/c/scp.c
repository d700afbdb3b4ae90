/* DECnet: two nodes over loopback, and what a caller can do wrong with their handles. */
#include "harness.h"

typedef struct nodes {
  osisession_scp_endpoint *there;
  osisession_scp_endpoint *here;
} nodes;

static osisession_scp_endpoint *node(const char *address, const char *circuit)
{
  osisession_scp_config config;
  osisession_scp_endpoint *endpoint = NULL;
  OSISESSION_INIT(&config);
  config.address = address;
  config.circuit = circuit;
  config.queued_send_octets = 20000;
  MUST(osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  return endpoint;
}

/* 1.1, whose circuit listens, and 1.2; each has a thread. */
static void nodes_open(nodes *n)
{
  char circuit[80] = "tcp:";
  n->there = node("1.1", "listen:127.0.0.1:0");
  MUST(osisession_scp_endpoint_start(n->there, error_info()));
  MUST(osisession_scp_endpoint_local_address(n->there, circuit + 4, sizeof circuit - 4, NULL, error_info()));
  n->here = node("1.2", circuit);
  MUST(osisession_scp_endpoint_start(n->here, error_info()));
  MUST(osisession_scp_endpoint_define_node(n->here, "THERE", "1.1", error_info()));
  MUST(osisession_scp_endpoint_define_node(n->there, "here", "1.2", error_info()));
  MUST(osisession_scp_endpoint_wait_up(n->here, SOON, error_info()));
  MUST(osisession_scp_endpoint_wait_up(n->there, SOON, error_info()));
}

static void nodes_free(nodes *n)
{
  OK(osisession_scp_endpoint_free(n->here));
  OK(osisession_scp_endpoint_free(n->there));
}

static osisession_scp_listener *listen_at(osisession_scp_endpoint *endpoint, uint32_t number, const char *name)
{
  osisession_scp_object object;
  osisession_scp_listener *listener = NULL;
  OSISESSION_INIT(&object);
  object.number = number;
  object.name = text(name);
  MUST(osisession_scp_listen(endpoint, &object, &listener, error_info()));
  return listener;
}

static osisession_scp_link *call_object(osisession_scp_endpoint *endpoint, uint32_t number, const char *name)
{
  osisession_scp_connect_params params;
  osisession_scp_link *link = NULL;
  OSISESSION_INIT(&params);
  params.object_number = number;
  params.object_name = text(name);
  MUST(osisession_scp_connect(endpoint, "THERE", &params, &link, error_info()));
  return link;
}

/* The next event, which has this type; to be freed. That there is room again is passed over. */
static void expect(osisession_scp_link *link, uint32_t type, osisession_scp_event *event)
{
  OSISESSION_INIT(event);
  do {
    OK(osisession_scp_event_free(event));
    MUST(osisession_scp_next_event(link, SOON, event, error_info()));
  } while (event->type == OSISESSION_SCP_SEND_READY || event->type == OSISESSION_SCP_INTERRUPT_READY);
  if (event->type != type) {
    char what[80];
    snprintf(what, sizeof what, "event %u, not %u", (unsigned)event->type, (unsigned)type);
    harness_fail(__FILE__, __LINE__, what);
  }
}

static void expect_data(osisession_scp_link *link, uint32_t type, const char *wanted)
{
  osisession_scp_event event;
  expect(link, type, &event);
  CHECK(same(event.user_data, wanted));
  OK(osisession_scp_event_free(&event));
}

/* Both ends of a link. */
static void link_open(nodes *n, osisession_scp_link **link, osisession_scp_link **answering)
{
  osisession_scp_listener *listener = listen_at(n->there, 0, "PEER");
  *link = call_object(n->here, 0, "peer");
  MUST(osisession_scp_listener_accept(listener, SOON, answering, NULL, error_info()));
  MUST(osisession_scp_accept(*answering, NULL, 0, error_info()));
  MUST(osisession_scp_wait_connected(*link, SOON, NULL, error_info()));
  expect_data(*answering, OSISESSION_SCP_RUNNING, "");
  OK(osisession_scp_listener_free(listener));
}

static void a_call_with_everything(void)
{
  nodes n;
  osisession_scp_state state;
  osisession_scp_listener *listener;
  osisession_scp_connect_params params;
  osisession_scp_link *link = NULL, *answering = NULL;
  osisession_scp_event event;
  static char large[9000];
  int i;
  nodes_open(&n);
  OSISESSION_INIT(&state);
  OK(osisession_scp_endpoint_state(n.here, &state, error_info()));
  CHECK(state.up == 1 && state.neighbour_block_size == 576 && strcmp(state.neighbour, "1.1") == 0);
  CHECK(state.octets_sent > 0 && state.octets_received > 0 && state.links == 0);
  listener = listen_at(n.there, 200, "OBJECT");
  OSISESSION_INIT(&params);
  params.flags = OSISESSION_SCP_ACCESS;
  params.object_number = 200;
  params.source_name = text("ME");
  params.source_group = 1;
  params.source_user = 2;
  params.user = text("user");
  params.password = text("password");
  params.account = text("account");
  params.user_data = text("data");
  MUST(osisession_scp_connect(n.here, "1.1", &params, &link, error_info()));
  OSISESSION_INIT(&event);
  MUST(osisession_scp_listener_accept(listener, SOON, &answering, &event, error_info()));
  CHECK(event.type == OSISESSION_SCP_CALL && event.flags == OSISESSION_SCP_ACCESS);
  CHECK(strcmp(event.node, "1.2") == 0 && strcmp(event.node_name, "HERE") == 0);
  CHECK(event.object_number == 200 && event.object_name.length == 0);
  CHECK(event.source_number == 0 && event.source_group == 1 && event.source_user == 2 && same(event.source_name, "ME"));
  CHECK(same(event.user, "user") && same(event.password, "password") && same(event.account, "account"));
  CHECK(same(event.user_data, "data"));
  OK(osisession_scp_event_free(&event));
  /* Nothing but an answer is taken before it was answered. */
  STATUS(OSISESSION_E_REFUSED, osisession_scp_send(answering, "x", 1, 0, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_scp_accept(answering, "seventeen octets!", 17, error_info()));
  OK(osisession_scp_accept(answering, "welcome", 7, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_scp_accept(answering, NULL, 0, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_scp_reject(answering, 0, NULL, 0, error_info()));
  OSISESSION_INIT(&event);
  OK(osisession_scp_wait_connected(link, SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_SCP_ACCEPTED && same(event.user_data, "welcome"));
  STATUS(OSISESSION_E_NOT_FREED, osisession_scp_next_event(link, 0, &event, error_info()));
  OK(osisession_scp_event_free(&event));
  STATUS(OSISESSION_E_REFUSED, osisession_scp_wait_connected(link, SOON, NULL, error_info()));
  expect_data(answering, OSISESSION_SCP_RUNNING, "");
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_scp_next_event(link, 0, &event, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_scp_next_event(link, 1, &event, error_info()));

  for (i = 0; i < 20; i++) {
    memset(large, 'a' + i, sizeof large);
    OK(osisession_scp_send(link, large, (size_t)i * 450, -1, error_info()));
  }
  for (i = 0; i < 20; i++) {
    memset(large, 'a' + i, sizeof large);
    expect(answering, OSISESSION_SCP_MESSAGE, &event);
    CHECK(event.user_data.length == (size_t)i * 450);
    CHECK(event.user_data.length == 0 || memcmp(event.user_data.data, large, event.user_data.length) == 0);
    OK(osisession_scp_event_free(&event));
  }
  OK(osisession_scp_interrupt(answering, "now", 3, 0, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_scp_interrupt(answering, "again", 5, 0, error_info()));
  expect_data(link, OSISESSION_SCP_INTERRUPT, "now");
  OK(osisession_scp_interrupt(answering, "again", 5, SOON, error_info()));
  expect_data(link, OSISESSION_SCP_INTERRUPT, "again");
  STATUS(OSISESSION_E_INVALID, osisession_scp_interrupt(link, "seventeen octets!", 17, 0, error_info()));

  OK(osisession_scp_disconnect(link, "bye", 3, error_info()));
  expect_data(link, OSISESSION_SCP_CLOSED, "");
  expect(answering, OSISESSION_SCP_DISCONNECTED, &event);
  CHECK(event.reason == OSISESSION_SCP_REASON_BY_END_USER && same(event.user_data, "bye") && event.error == NULL);
  OK(osisession_scp_event_free(&event));
  STATUS(OSISESSION_E_CLOSED, osisession_scp_next_event(answering, SOON, &event, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_scp_send(link, "late", 4, 0, error_info()));
  OK(osisession_scp_link_free(link));
  OK(osisession_scp_link_free(answering));
  OK(osisession_scp_listener_free(listener));
  nodes_free(&n);
}

static void rejects(void)
{
  nodes n;
  osisession_scp_listener *listener;
  osisession_scp_link *link, *call = NULL;
  osisession_scp_event event;
  nodes_open(&n);
  listener = listen_at(n.there, 0, "NO");
  link = call_object(n.here, 0, "NO");
  MUST(osisession_scp_listener_accept(listener, SOON, &call, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_scp_reject(call, 41, NULL, 0, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_scp_reject(call, 65536, NULL, 0, error_info()));
  OK(osisession_scp_reject(call, 33, "not now", 7, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_scp_accept(call, NULL, 0, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_scp_send(call, "x", 1, 0, error_info()));
  OK(osisession_scp_link_free(call));
  STATUS(OSISESSION_E_PEER, osisession_scp_wait_connected(link, SOON, NULL, error_info()));
  CHECK(harness_error.reason == 33 && harness_error.octets_length == 7 && memcmp(harness_error.octets, "not now", 7) == 0);
  OK(osisession_scp_link_free(link));

  link = call_object(n.here, 99, "");
  expect(link, OSISESSION_SCP_REJECTED, &event);
  CHECK(event.reason == OSISESSION_SCP_REASON_NO_SUCH_OBJECT);
  OK(osisession_scp_event_free(&event));
  OK(osisession_scp_link_free(link));
  /* A call that is freed without an answer. */
  link = call_object(n.here, 0, "NO");
  MUST(osisession_scp_listener_accept(listener, SOON, &call, NULL, error_info()));
  OK(osisession_scp_link_free(call));
  expect(link, OSISESSION_SCP_REJECTED, &event);
  CHECK(event.reason == OSISESSION_SCP_REASON_NO_ANSWER);
  OK(osisession_scp_event_free(&event));
  OK(osisession_scp_link_free(link));
  OK(osisession_scp_listener_free(listener));
  nodes_free(&n);
}

static void accounts(void)
{
  nodes n;
  osisession_scp_account account;
  osisession_scp_object object;
  osisession_scp_listener *listener = NULL;
  osisession_scp_connect_params params;
  osisession_scp_link *link = NULL, *call = NULL;
  osisession_scp_event event;
  nodes_open(&n);
  memset(&account, 0, sizeof account);
  account.user = text("SMITH");
  account.password = text("sesame");
  OSISESSION_INIT(&object);
  object.name = text("SAFE");
  object.accounts = &account;
  object.account_count = 1;
  MUST(osisession_scp_listen(n.there, &object, &listener, error_info()));
  OSISESSION_INIT(&params);
  params.object_name = text("SAFE");
  params.flags = OSISESSION_SCP_ACCESS;
  params.user = text("smith");
  params.password = text("guess");
  MUST(osisession_scp_connect(n.here, "1.1", &params, &link, error_info()));
  expect(link, OSISESSION_SCP_REJECTED, &event);
  CHECK(event.reason == OSISESSION_SCP_REASON_ACCESS_REFUSED);
  OK(osisession_scp_event_free(&event));
  OK(osisession_scp_link_free(link));
  params.password = text("sesame");
  MUST(osisession_scp_connect(n.here, "1.1", &params, &link, error_info()));
  OSISESSION_INIT(&event);
  MUST(osisession_scp_listener_accept(listener, SOON, &call, &event, error_info()));
  CHECK(same(event.user, "smith") && event.password.length == 0);
  OK(osisession_scp_event_free(&event));
  OK(osisession_scp_link_free(call));
  OK(osisession_scp_link_free(link));
  OK(osisession_scp_listener_free(listener));
  nodes_free(&n);
}

/* One thread, which drives a node that calls itself. */
static void an_event_loop_of_the_callers(void)
{
  osisession_scp_endpoint *self = node("1.1", "listen:127.0.0.1:0");
  osisession_scp_listener *listener, *ready_listener;
  osisession_scp_link *link, *answering = NULL, *ready;
  osisession_scp_event event;
  size_t count;
  int32_t descriptor = -1, echoed = 0, rounds;
  int64_t due = -2;
  OK(osisession_scp_endpoint_define_node(self, "THERE", "1.1", error_info()));
  OK(osisession_scp_endpoint_descriptor(self, &descriptor, error_info()));
  CHECK(descriptor >= 0);
  OK(osisession_scp_endpoint_next_timeout_ns(self, &due, error_info()));
  CHECK(due >= -1);
  listener = listen_at(self, 0, "SELF");
  link = call_object(self, 0, "SELF");
  for (rounds = 0; rounds < 1000 && !echoed; rounds++) {
    int32_t status = osisession_scp_endpoint_next_ready(self, &ready, &ready_listener, error_info());
    if (status == OSISESSION_E_WOULD_BLOCK) {
      OK(osisession_scp_endpoint_dispatch(self, 10, &count, error_info()));
      continue;
    }
    OK(status);
    CHECK((ready == NULL) != (ready_listener == NULL));
    if (ready_listener != NULL) {
      CHECK(ready_listener == listener);
      OK(osisession_scp_listener_accept(listener, 0, &answering, NULL, error_info()));
      OK(osisession_scp_accept(answering, NULL, 0, error_info()));
      continue;
    }
    CHECK(ready == link || ready == answering);
    OSISESSION_INIT(&event);
    while (osisession_scp_next_event(ready, 0, &event, error_info()) == OSISESSION_OK) {
      if (event.type == OSISESSION_SCP_ACCEPTED) OK(osisession_scp_send(link, "hello", 5, 0, error_info()));
      if (event.type == OSISESSION_SCP_MESSAGE && ready == answering)
        OK(osisession_scp_send(answering, event.user_data.data, event.user_data.length, 0, error_info()));
      if (event.type == OSISESSION_SCP_MESSAGE && ready == link) echoed = same(event.user_data, "hello");
      OK(osisession_scp_event_free(&event));
    }
  }
  CHECK(echoed);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_scp_listener_accept(listener, 0, &answering, NULL, error_info()));
  OK(osisession_scp_link_free(link));
  OK(osisession_scp_link_free(answering));
  OK(osisession_scp_listener_free(listener));
  OK(osisession_scp_endpoint_free(self));
}

static char buffer[100];
static osisession_scp_event an_event;

typedef int32_t (*any_call)(void *handle, osisession_error_info *error);

#define CALL(name, expression) \
  static int32_t name(void *h, osisession_error_info *error) { return (expression); }
#define E ((osisession_scp_endpoint *)h)
#define L ((osisession_scp_listener *)h)
#define K ((osisession_scp_link *)h)

static osisession_scp_object an_object;
static osisession_scp_connect_params some_params;
static osisession_scp_state a_state;
static osisession_scp_link *a_link;
static osisession_scp_listener *a_listener;
static int32_t a_number;
static int64_t a_time;
static size_t a_size;

CALL(e_close, osisession_scp_endpoint_close(E, error))
CALL(e_define, osisession_scp_endpoint_define_node(E, "NAME", "1.1", error))
CALL(e_wait, osisession_scp_endpoint_wait_up(E, 0, error))
CALL(e_state, osisession_scp_endpoint_state(E, &a_state, error))
CALL(e_local, osisession_scp_endpoint_local_address(E, buffer, sizeof buffer, NULL, error))
CALL(e_dispatch, osisession_scp_endpoint_dispatch(E, 0, &a_size, error))
CALL(e_start, osisession_scp_endpoint_start(E, error))
CALL(e_stop, osisession_scp_endpoint_stop(E, error))
CALL(e_descriptor, osisession_scp_endpoint_descriptor(E, &a_number, error))
CALL(e_timeout, osisession_scp_endpoint_next_timeout_ns(E, &a_time, error))
CALL(e_ready, osisession_scp_endpoint_next_ready(E, &a_link, &a_listener, error))
CALL(e_listen, osisession_scp_listen(E, &an_object, &a_listener, error))
CALL(e_connect, osisession_scp_connect(E, "1.1", &some_params, &a_link, error))
CALL(l_accept, osisession_scp_listener_accept(L, 0, &a_link, NULL, error))
CALL(k_wait, osisession_scp_wait_connected(K, 0, NULL, error))
CALL(k_accept, osisession_scp_accept(K, NULL, 0, error))
CALL(k_reject, osisession_scp_reject(K, 0, NULL, 0, error))
CALL(k_send, osisession_scp_send(K, "x", 1, 0, error))
CALL(k_interrupt, osisession_scp_interrupt(K, "x", 1, 0, error))
CALL(k_next, osisession_scp_next_event(K, 0, &an_event, error))
CALL(k_disconnect, osisession_scp_disconnect(K, NULL, 0, error))
CALL(k_abort, osisession_scp_abort(K, NULL, 0, error))

static const struct {
  const char *name;
  any_call call;
  int kind;
} calls[] = {
#define ROW(name, kind) {#name, name, kind},
  ROW(e_close, 0) ROW(e_define, 0) ROW(e_wait, 0) ROW(e_state, 0) ROW(e_local, 0) ROW(e_dispatch, 0) ROW(e_start, 0)
  ROW(e_stop, 0) ROW(e_descriptor, 0) ROW(e_timeout, 0) ROW(e_ready, 0) ROW(e_listen, 0) ROW(e_connect, 0)
  ROW(l_accept, 1) ROW(k_wait, 2) ROW(k_accept, 2) ROW(k_reject, 2) ROW(k_send, 2) ROW(k_interrupt, 2) ROW(k_next, 2)
  ROW(k_disconnect, 2) ROW(k_abort, 2)
#undef ROW
};

static void prepare(void)
{
  OSISESSION_INIT(&an_event);
  OSISESSION_INIT(&an_object);
  an_object.number = 77;
  OSISESSION_INIT(&some_params);
  some_params.object_number = 77;
  OSISESSION_INIT(&a_state);
}

static void wrong(size_t i, void *value, int32_t wanted)
{
  int32_t status;
  prepare();
  status = calls[i].call(value, error_info());
  if (status != wanted || harness_error.status != status || harness_error.text[0] == 0) {
    char what[128];
    snprintf(what, sizeof what, "%s gave %s, not %s", calls[i].name, osisession_status_name(status),
             osisession_status_name(wanted));
    harness_fail(__FILE__, __LINE__, what);
  }
  if (calls[i].call(value, NULL) != status) harness_fail(__FILE__, __LINE__, "another status without an error struct");
}

static void every_call_with_every_wrong_handle(void)
{
  nodes n;
  size_t i;
  int on_the_stack = 0;
  osisession_scp_link *link, *answering;
  void *stale[3], *other[3];
  osisession_endpoint *sessions = NULL;
  nodes_open(&n);
  link_open(&n, &link, &answering);
  MUST(osisession_endpoint_new(&sessions, error_info()));
  stale[0] = n.there;
  stale[1] = listen_at(n.here, 0, "STALE");
  stale[2] = answering;
  OK(osisession_scp_link_free(answering));
  OK(osisession_scp_listener_free((osisession_scp_listener *)stale[1]));
  OK(osisession_scp_endpoint_free(n.there));
  other[0] = link;
  other[1] = n.here;
  other[2] = n.here;
  for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    wrong(i, NULL, OSISESSION_E_NULL_HANDLE);
    wrong(i, stale[calls[i].kind], OSISESSION_E_STALE);
    wrong(i, other[calls[i].kind], OSISESSION_E_WRONG_KIND);
    wrong(i, sessions, OSISESSION_E_WRONG_KIND);
    wrong(i, &on_the_stack, OSISESSION_E_FOREIGN_HANDLE);
    wrong(i, (void *)(uintptr_t)0xdeadbeef, OSISESSION_E_FOREIGN_HANDLE);
    wrong(i, (void *)UINTPTR_MAX, OSISESSION_E_FOREIGN_HANDLE);
  }
  /* And a new handle where an old one is needed. */
  STATUS(OSISESSION_E_WRONG_KIND, osisession_endpoint_start((osisession_endpoint *)(void *)n.here, error_info()));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_endpoint_free((osisession_endpoint *)(void *)n.here));
  OK(osisession_scp_endpoint_free(NULL));
  OK(osisession_scp_listener_free(NULL));
  OK(osisession_scp_link_free(NULL));
  OK(osisession_scp_event_free(NULL));
  STATUS(OSISESSION_E_STALE, osisession_scp_endpoint_free(n.there));
  STATUS(OSISESSION_E_STALE, osisession_scp_listener_free((osisession_scp_listener *)stale[1]));
  STATUS(OSISESSION_E_STALE, osisession_scp_link_free((osisession_scp_link *)stale[2]));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_scp_link_free((osisession_scp_link *)(void *)n.here));
  OK(osisession_scp_link_free(link));
  OK(osisession_scp_endpoint_free(n.here));
  OK(osisession_endpoint_free(sessions));
}

static void arguments_that_cannot_be(void)
{
  osisession_scp_config config;
  osisession_scp_endpoint *endpoint = NULL;
  osisession_scp_listener *listener = NULL;
  osisession_scp_link *link = NULL;
  osisession_scp_account account;
  static const char *const addresses[] = {"64.1", "1.1024", "0.1", "1", "", "name"};
  static const char *const circuits[] = {"", "tcp:", "udp:a", "listen:memory:x", "listen:a b", "session"};
  size_t i;
  OSISESSION_INIT(&config);
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_new(NULL, &endpoint, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  config.address = "1.1";
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  config.circuit = "listen:127.0.0.1:0";
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_new(&config, NULL, error_info()));
  config.flags = 0x80;
  STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  config.flags = 0;
  config.flow_control = 3;
  STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  config.flow_control = 0;
  config.block_size = 100;
  STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  config.block_size = 65536;
  STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  config.block_size = 0;
  config.struct_size = 8;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  config.struct_size = sizeof config;
  for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
    config.address = addresses[i];
    STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  }
  config.address = "1.1";
  for (i = 0; i < sizeof circuits / sizeof circuits[0]; i++) {
    config.circuit = circuits[i];
    STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_new(&config, &endpoint, error_info()));
  }
  CHECK(endpoint == NULL);
  endpoint = node("1.1", "listen:127.0.0.1:0");
  STATUS(OSISESSION_E_TIMED_OUT, osisession_scp_endpoint_wait_up(endpoint, 10, error_info()));
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_scp_endpoint_local_address(endpoint, NULL, 0, &a_size, error_info()));
  CHECK(a_size > strlen("127.0.0.1:"));
  STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_define_node(endpoint, "TOOLONG", "1.1", error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_scp_endpoint_define_node(endpoint, "NAME", "x", error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_define_node(endpoint, NULL, "1.1", error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_define_node(endpoint, "NAME", NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_state(endpoint, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_descriptor(endpoint, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_next_timeout_ns(endpoint, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_next_ready(endpoint, NULL, &listener, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_endpoint_next_ready(endpoint, &link, NULL, error_info()));

  prepare();
  STATUS(OSISESSION_E_NULL, osisession_scp_listen(endpoint, NULL, &listener, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_listen(endpoint, &an_object, NULL, error_info()));
  an_object.number = 0;
  STATUS(OSISESSION_E_INVALID, osisession_scp_listen(endpoint, &an_object, &listener, error_info()));
  an_object.number = 256;
  STATUS(OSISESSION_E_INVALID, osisession_scp_listen(endpoint, &an_object, &listener, error_info()));
  an_object.number = 7;
  an_object.name = text("seventeen octets!");
  STATUS(OSISESSION_E_INVALID, osisession_scp_listen(endpoint, &an_object, &listener, error_info()));
  an_object.name = text("");
  an_object.account_count = 1;
  STATUS(OSISESSION_E_NULL, osisession_scp_listen(endpoint, &an_object, &listener, error_info()));
  memset(&account, 0, sizeof account);
  account.user.length = 5;
  an_object.accounts = &account;
  STATUS(OSISESSION_E_NULL, osisession_scp_listen(endpoint, &an_object, &listener, error_info()));
  an_object.account_count = SIZE_MAX;
  STATUS(OSISESSION_E_LENGTH, osisession_scp_listen(endpoint, &an_object, &listener, error_info()));
  an_object.account_count = 0;
  an_object.accounts = NULL;
  OK(osisession_scp_listen(endpoint, &an_object, &listener, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_scp_listen(endpoint, &an_object, &a_listener, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_listener_accept(listener, 0, NULL, NULL, error_info()));
  an_event.struct_size = 3;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_scp_listener_accept(listener, 0, &link, &an_event, error_info()));

  prepare();
  STATUS(OSISESSION_E_NULL, osisession_scp_connect(endpoint, NULL, &some_params, &link, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_connect(endpoint, "1.1", NULL, &link, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_connect(endpoint, "1.1", &some_params, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "NOBODY", &some_params, &link, error_info()));
  CHECK(harness_error.reason == 2);
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "not a name", &some_params, &link, error_info()));
  CHECK(harness_error.reason == 10);
  some_params.flags = 0x40;
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "1.1", &some_params, &link, error_info()));
  some_params.flags = 0;
  some_params.object_name = text("both");
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "1.1", &some_params, &link, error_info()));
  some_params.object_name = text("");
  some_params.object_number = 0;
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "1.1", &some_params, &link, error_info()));
  some_params.object_number = 300;
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "1.1", &some_params, &link, error_info()));
  some_params.object_number = 7;
  some_params.source_name = text("ME");
  some_params.source_group = 65536;
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "1.1", &some_params, &link, error_info()));
  some_params.source_group = 0;
  some_params.user_data = text("seventeen octets!");
  STATUS(OSISESSION_E_INVALID, osisession_scp_connect(endpoint, "1.1", &some_params, &link, error_info()));
  some_params.user_data = text("");
  some_params.password.length = 5;
  STATUS(OSISESSION_E_NULL, osisession_scp_connect(endpoint, "1.1", &some_params, &link, error_info()));
  CHECK(link == NULL);
  OK(osisession_scp_listener_free(listener));
  OK(osisession_scp_endpoint_free(endpoint));
}

static void events_and_links_outlive_what_they_came_from(void)
{
  nodes n;
  osisession_scp_link *link, *answering;
  osisession_scp_event event, copy;
  size_t i;
  nodes_open(&n);
  link_open(&n, &link, &answering);
  OK(osisession_scp_send(link, "one", 3, 0, error_info()));
  expect(answering, OSISESSION_SCP_MESSAGE, &event);
  copy = event;
  nodes_free(&n);
  CHECK(same(event.user_data, "one"));
  OK(osisession_scp_event_free(&event));
  OK(osisession_scp_event_free(&event));
  STATUS(OSISESSION_E_STALE, osisession_scp_event_free(&copy));
  memset(&event, 0, sizeof event);
  OK(osisession_scp_event_free(&event));
  STATUS(OSISESSION_E_CLOSED, osisession_scp_send(link, "x", 1, -1, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_scp_send(link, NULL, 1, 0, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_scp_send(link, "x", SIZE_MAX, 0, error_info()));
  /* Whatever is called, it returns. */
  for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    prepare();
    if (calls[i].kind == 2) CHECK(calls[i].call(link, error_info()) < 0);
    OK(osisession_scp_event_free(&an_event));
  }
  OK(osisession_scp_link_free(link));
  OK(osisession_scp_link_free(answering));
}

int main(void)
{
  RUN(a_call_with_everything);
  RUN(rejects);
  RUN(accounts);
  RUN(an_event_loop_of_the_callers);
  RUN(every_call_with_every_wrong_handle);
  RUN(arguments_that_cannot_be);
  RUN(events_and_links_outlive_what_they_came_from);
  return harness_end();
}
