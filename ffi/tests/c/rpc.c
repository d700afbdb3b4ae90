/* Requests and responses over loopback, and what a caller can do wrong. */
#define _GNU_SOURCE
#include "harness.h"

#include <sys/wait.h>
#include <unistd.h>

static osisession_endpoint *endpoint_started(void)
{
  osisession_endpoint *endpoint = NULL;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_endpoint_start(endpoint, error_info()));
  return endpoint;
}

static osisession_rpc_server *server_at(osisession_endpoint *endpoint, const osisession_rpc_server_config *config)
{
  osisession_rpc_server *server = NULL;
  MUST(osisession_rpc_server_new(endpoint, "127.0.0.1:0", config, &server, error_info()));
  return server;
}

static osisession_rpc_client *client_of(osisession_endpoint *endpoint, osisession_rpc_server *server,
                                        const osisession_rpc_client_config *config)
{
  osisession_rpc_client *client = NULL;
  char address[80];
  size_t needed = 0;
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_rpc_server_local_address(server, NULL, 0, &needed, error_info()));
  CHECK(needed > 10 && needed <= sizeof address);
  MUST(osisession_rpc_server_local_address(server, address, sizeof address, NULL, error_info()));
  MUST(osisession_rpc_client_new(endpoint, address, config, &client, error_info()));
  return client;
}

/* Answers with what was asked; "fail" and "drop" are exceptions. */
static void answer(osisession_rpc_incoming *request, void *user_data)
{
  osisession_rpc_incoming_info info;
  (void)user_data;
  OSISESSION_INIT(&info);
  if (osisession_rpc_incoming_look(request, &info, NULL) == OSISESSION_OK) {
    if (same(info.data, "fail"))
      osisession_rpc_incoming_fail(request, OSISESSION_RPC_CODE_APPLICATION + 1, "because", 7, NULL);
    else if (!same(info.data, "drop"))
      osisession_rpc_incoming_respond(request, info.data.data, info.data.length, NULL);
  }
  osisession_rpc_incoming_free(request);
}

static void asked_and_answered(void)
{
  osisession_endpoint *endpoint = endpoint_started();
  osisession_rpc_server *server = server_at(endpoint, NULL);
  osisession_rpc_client *client = client_of(endpoint, server, NULL);
  osisession_rpc_outcome outcome, copy;
  osisession_rpc_state state;
  OK(osisession_rpc_server_serve(server, answer, NULL, error_info()));
  OSISESSION_INIT(&state);
  OK(osisession_rpc_client_state(client, &state, error_info()));
  CHECK(state.state == OSISESSION_RPC_STATE_IDLE && state.circuit == OSISESSION_RPC_CIRCUIT_CLOSED);
  CHECK(state.next_ms == -1 && state.failures == 0 && state.waiting == 0 && state.last_status == 0);
  OSISESSION_INIT(&outcome);
  MUST(osisession_rpc_request(client, "hello", 5, NULL, &outcome, error_info()));
  CHECK(outcome.kind == OSISESSION_RPC_RESPONSE && same(outcome.data, "hello") && outcome.error == NULL && outcome.id == 1);
  STATUS(OSISESSION_E_NOT_FREED, osisession_rpc_request(client, "hello", 5, NULL, &outcome, error_info()));
  copy = outcome;
  OK(osisession_rpc_outcome_free(&outcome));
  OK(osisession_rpc_outcome_free(&outcome));
  STATUS(OSISESSION_E_STALE, osisession_rpc_outcome_free(&copy));
  OK(osisession_rpc_outcome_free(NULL));
  MUST(osisession_rpc_request(client, "fail", 4, NULL, &outcome, error_info()));
  CHECK(outcome.kind == OSISESSION_RPC_ERROR && outcome.code == 257 && same(outcome.data, "because"));
  CHECK(outcome.error != NULL && outcome.error->status == OSISESSION_E_PEER && outcome.error->reason == 257);
  OK(osisession_rpc_outcome_free(&outcome));
  MUST(osisession_rpc_request(client, "drop", 4, NULL, &outcome, error_info()));
  CHECK(outcome.kind == OSISESSION_RPC_ERROR && outcome.code == OSISESSION_RPC_CODE_UNANSWERED);
  OK(osisession_rpc_outcome_free(&outcome));
  OK(osisession_rpc_client_state(client, &state, error_info()));
  CHECK(state.state == OSISESSION_RPC_STATE_UP);
  OK(osisession_rpc_client_release(client, SOON, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_rpc_request(client, "hello", 5, NULL, &outcome, error_info()));
  OK(osisession_rpc_client_free(client));
  STATUS(OSISESSION_E_STALE, osisession_rpc_client_free(client));
  OK(osisession_rpc_server_free(server));
  OK(osisession_endpoint_free(endpoint));
}

static void outcomes_from_a_queue(void)
{
  osisession_endpoint *endpoint = endpoint_started();
  osisession_rpc_server *server = server_at(endpoint, NULL);
  osisession_rpc_client *client = client_of(endpoint, server, NULL);
  osisession_rpc_incoming *requests[10];
  osisession_rpc_incoming_info info;
  osisession_rpc_outcome outcome;
  uint64_t id;
  int i, seen = 0;
  char data[2];
  OSISESSION_INIT(&outcome);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_rpc_next_outcome(client, 0, &outcome, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_rpc_next_outcome(client, 5, &outcome, error_info()));
  for (i = 0; i < 10; i++) {
    data[0] = (char)('0' + i);
    MUST(osisession_rpc_start(client, data, 1, NULL, &id, error_info()));
    CHECK(id == (uint64_t)i + 1);
  }
  OSISESSION_INIT(&info);
  for (i = 0; i < 10; i++) MUST(osisession_rpc_server_next_request(server, SOON, &requests[i], error_info()));
  /* In the other direction. */
  for (i = 9; i >= 0; i--) {
    OK(osisession_rpc_incoming_look(requests[i], &info, error_info()));
    CHECK(info.flags == 0 && info.data.length == 1);
    data[0] = (char)info.data.data[0];
    data[1] = '!';
    OK(osisession_rpc_incoming_respond(requests[i], data, 2, error_info()));
    STATUS(OSISESSION_E_REFUSED, osisession_rpc_incoming_respond(requests[i], data, 2, error_info()));
    OK(osisession_rpc_incoming_look(requests[i], &info, error_info()));
    OK(osisession_rpc_incoming_free(requests[i]));
    STATUS(OSISESSION_E_STALE, osisession_rpc_incoming_look(requests[i], &info, error_info()));
  }
  for (i = 0; i < 10; i++) {
    MUST(osisession_rpc_next_outcome(client, SOON, &outcome, error_info()));
    CHECK(outcome.kind == OSISESSION_RPC_RESPONSE && outcome.data.length == 2);
    CHECK(outcome.data.data[0] == '0' + (int)outcome.id - 1 && outcome.data.data[1] == '!');
    seen |= 1 << outcome.id;
    OK(osisession_rpc_outcome_free(&outcome));
  }
  CHECK(seen == 0x7fe);
  OK(osisession_rpc_client_free(client));
  OK(osisession_rpc_server_free(server));
  OK(osisession_endpoint_free(endpoint));
}

typedef struct noted {
  int count;
  uint64_t id;
  uint32_t kind;
  uint32_t why;
  int32_t status;
  char text[16];
} noted;

static void note(const osisession_rpc_outcome *outcome, void *user_data)
{
  noted *n = user_data;
  n->count++;
  n->id = outcome->id;
  n->kind = outcome->kind;
  n->why = outcome->why;
  n->status = outcome->error == NULL ? 0 : outcome->error->status;
  memcpy(n->text, outcome->data.data, outcome->data.length < 15 ? outcome->data.length : 15);
}

/* Everything in one thread: the caller's, which drives. */
static void callbacks_in_the_callers_loop(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_rpc_server_config config;
  osisession_rpc_params params;
  osisession_rpc_server *server;
  osisession_rpc_client *client;
  noted n;
  uint64_t id = 0;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  OSISESSION_INIT(&config);
  config.flags = OSISESSION_RPC_NO_THREADS;
  server = server_at(endpoint, &config);
  client = client_of(endpoint, server, NULL);
  OK(osisession_rpc_server_serve(server, answer, NULL, error_info()));
  OSISESSION_INIT(&params);
  params.on_outcome = note;
  params.user_data = &n;
  memset(&n, 0, sizeof n);
  MUST(osisession_rpc_start(client, "hello", 5, &params, &id, error_info()));
  while (n.count == 0) MUST(osisession_endpoint_dispatch(endpoint, SOON, NULL, error_info()));
  CHECK(n.count == 1 && n.id == id && n.kind == OSISESSION_RPC_RESPONSE && strcmp(n.text, "hello") == 0);
  /* Closing is an outcome, too. */
  memset(&n, 0, sizeof n);
  MUST(osisession_rpc_start(client, "never", 5, &params, NULL, error_info()));
  OK(osisession_rpc_client_free(client));
  while (n.count == 0) MUST(osisession_endpoint_dispatch(endpoint, SOON, NULL, error_info()));
  CHECK(n.kind == OSISESSION_RPC_UNKNOWN && n.why == OSISESSION_RPC_CLOSED && n.status == OSISESSION_E_CLOSED);
  OK(osisession_rpc_server_free(server));
  OK(osisession_endpoint_free(endpoint));
}

static void what_is_known(void)
{
  osisession_endpoint *endpoint = endpoint_started();
  osisession_rpc_server *server = server_at(endpoint, NULL);
  osisession_rpc_client *client = client_of(endpoint, server, NULL);
  osisession_rpc_incoming *request = NULL;
  osisession_rpc_incoming_info info;
  osisession_rpc_params params;
  osisession_rpc_outcome outcome;
  uint64_t id = 0;
  OSISESSION_INIT(&outcome);
  OSISESSION_INIT(&params);
  OSISESSION_INIT(&info);
  MUST(osisession_rpc_client_open(client, SOON, error_info()));
  params.timeout_ms = 20;
  MUST(osisession_rpc_request(client, "slow", 4, &params, &outcome, error_info()));
  CHECK(outcome.kind == OSISESSION_RPC_UNKNOWN && outcome.why == OSISESSION_RPC_DEADLINE);
  CHECK(outcome.error != NULL && outcome.error->status == OSISESSION_E_TIMED_OUT);
  OK(osisession_rpc_outcome_free(&outcome));
  MUST(osisession_rpc_server_next_request(server, SOON, &request, error_info()));
  do OK(osisession_rpc_incoming_look(request, &info, error_info()));
  while ((info.flags & OSISESSION_RPC_WITHDRAWN) == 0);
  OK(osisession_rpc_incoming_free(request));
  /* Cancelled. */
  MUST(osisession_rpc_start(client, "work", 4, NULL, &id, error_info()));
  MUST(osisession_rpc_server_next_request(server, SOON, &request, error_info()));
  OK(osisession_rpc_cancel(client, id, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_rpc_incoming_fail(request, 5, NULL, 0, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_rpc_incoming_fail(request, 65536, NULL, 0, error_info()));
  OK(osisession_rpc_incoming_fail(request, OSISESSION_RPC_CODE_CANCELLED, NULL, 0, error_info()));
  OK(osisession_rpc_incoming_free(request));
  MUST(osisession_rpc_next_outcome(client, SOON, &outcome, error_info()));
  CHECK(outcome.kind == OSISESSION_RPC_ERROR && outcome.code == OSISESSION_RPC_CODE_CANCELLED && outcome.id == id);
  OK(osisession_rpc_outcome_free(&outcome));
  STATUS(OSISESSION_E_REFUSED, osisession_rpc_cancel(client, id, error_info()));
  /* One way. */
  OK(osisession_rpc_one_way(client, "fire", 4, SOON, error_info()));
  MUST(osisession_rpc_server_next_request(server, SOON, &request, error_info()));
  OK(osisession_rpc_incoming_look(request, &info, error_info()));
  CHECK(info.flags == OSISESSION_RPC_ONE_WAY && info.id == 0 && same(info.data, "fire"));
  /* A request outlives its server, and its octets too. */
  OK(osisession_rpc_client_free(client));
  OK(osisession_rpc_server_free(server));
  CHECK(same(info.data, "fire"));
  OK(osisession_rpc_incoming_respond(request, NULL, 0, error_info()));
  OK(osisession_rpc_incoming_free(request));
  STATUS(OSISESSION_E_STALE, osisession_rpc_server_next_request(server, 0, &request, error_info()));
  OK(osisession_endpoint_free(endpoint));
}

static void the_circuit(void)
{
  osisession_endpoint *endpoint = endpoint_started();
  osisession_rpc_client_config config;
  osisession_rpc_client *client = NULL;
  osisession_rpc_outcome outcome;
  osisession_rpc_state state;
  osisession_rpc_event event;
  uint32_t types = 0;
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&outcome);
  OSISESSION_INIT(&state);
  OSISESSION_INIT(&event);
  config.trip_after = 2;
  config.first_delay_ms = 1;
  config.association = text("sixteen octets!!");
  MUST(osisession_rpc_client_new(endpoint, "127.0.0.1:1", &config, &client, error_info()));
  MUST(osisession_rpc_request(client, "hello", 5, NULL, &outcome, error_info()));
  CHECK(outcome.kind == OSISESSION_RPC_NOT_DONE && outcome.why == OSISESSION_RPC_UNREACHABLE);
  CHECK(outcome.error != NULL && outcome.error->status == OSISESSION_E_TRANSPORT);
  OK(osisession_rpc_outcome_free(&outcome));
  OK(osisession_rpc_client_state(client, &state, error_info()));
  CHECK(state.state == OSISESSION_RPC_STATE_TRIPPED && state.circuit == OSISESSION_RPC_CIRCUIT_OPEN);
  CHECK(state.failures == 2 && state.next_ms > 0 && state.next_ms <= 30000);
  CHECK(state.last_status == OSISESSION_E_TRANSPORT && memcmp(state.association, "sixteen octets!!", 16) == 0);
  STATUS(OSISESSION_E_TRANSPORT, osisession_rpc_request(client, "hello", 5, NULL, &outcome, error_info()));
  STATUS(OSISESSION_E_TRANSPORT, osisession_rpc_client_open(client, SOON, error_info()));
  while (osisession_rpc_client_next_event(client, 0, &event, error_info()) == OSISESSION_OK) {
    types = types << 4 | event.type;
    if (event.type == OSISESSION_RPC_EVENT_FAILED) CHECK(event.error.status == OSISESSION_E_TRANSPORT);
    if (event.type == OSISESSION_RPC_EVENT_CIRCUIT) CHECK(event.circuit == OSISESSION_RPC_CIRCUIT_OPEN);
  }
  CHECK(types == 0x23231);
  OK(osisession_rpc_client_reset(client, error_info()));
  MUST(osisession_rpc_client_next_event(client, SOON, &event, error_info()));
  CHECK(event.type == OSISESSION_RPC_EVENT_CIRCUIT && event.circuit == OSISESSION_RPC_CIRCUIT_HALF_OPEN);
  STATUS(OSISESSION_E_TIMED_OUT, osisession_rpc_client_next_event(client, 5, &event, error_info()));
  OK(osisession_rpc_client_free(client));
  OK(osisession_endpoint_free(endpoint));
}

static void half_duplex_and_idle(void)
{
  osisession_endpoint *endpoint = endpoint_started();
  osisession_rpc_server *server = server_at(endpoint, NULL);
  osisession_rpc_client_config config;
  osisession_rpc_client *client;
  osisession_rpc_outcome outcome;
  osisession_rpc_event event;
  int i;
  OK(osisession_rpc_server_serve(server, answer, NULL, error_info()));
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&outcome);
  OSISESSION_INIT(&event);
  config.flags = OSISESSION_RPC_HALF_DUPLEX;
  config.idle_after_ms = 20;
  client = client_of(endpoint, server, &config);
  for (i = 0; i < 3; i++) {
    MUST(osisession_rpc_request(client, "hello", 5, NULL, &outcome, error_info()));
    CHECK(outcome.kind == OSISESSION_RPC_RESPONSE && same(outcome.data, "hello"));
    OK(osisession_rpc_outcome_free(&outcome));
    do MUST(osisession_rpc_client_next_event(client, SOON, &event, error_info()));
    while (event.type != OSISESSION_RPC_EVENT_DOWN);
    CHECK(event.error.status == 0);
  }
  OK(osisession_rpc_client_free(client));
  OK(osisession_rpc_server_free(server));
  OK(osisession_endpoint_free(endpoint));
}

/* In a process of its own: asks, and is gone before the answer comes. */
static void ask_and_die(int from_parent, const char *journal)
{
  char address[80];
  const ssize_t length = read(from_parent, address, sizeof address - 1);
  osisession_endpoint *endpoint;
  osisession_rpc_client *client = NULL;
  osisession_rpc_client_config config;
  osisession_rpc_outcome outcome;
  if (length <= 0) _exit(1);
  address[length] = 0;
  endpoint = endpoint_started();
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&outcome);
  config.journal = journal;
  MUST(osisession_rpc_client_new(endpoint, address, &config, &client, error_info()));
  MUST(osisession_rpc_start(client, "once", 4, NULL, NULL, error_info()));
  MUST(osisession_rpc_request(client, "seen", 4, NULL, &outcome, error_info()));
  _exit(9);
}

static osisession_rpc_incoming *next_of(osisession_rpc_server *server, const char *data)
{
  osisession_rpc_incoming *request = NULL;
  osisession_rpc_incoming_info info;
  OSISESSION_INIT(&info);
  MUST(osisession_rpc_server_next_request(server, 30000, &request, error_info()));
  OK(osisession_rpc_incoming_look(request, &info, error_info()));
  CHECK(same(info.data, data));
  return request;
}

/* The first one: a process with threads must not fork. */
static void what_a_process_asked_that_is_gone(void)
{
  char path[] = "/tmp/osisession-rpc-XXXXXX", file[64], address[80];
  int to_child[2], status = 0;
  pid_t child;
  osisession_endpoint *endpoint;
  osisession_rpc_server *server;
  osisession_rpc_client *client = NULL, *second = NULL;
  osisession_rpc_client_config config;
  osisession_rpc_incoming *once, *seen;
  osisession_rpc_outcome outcome;
  uint64_t numbers[4] = {77, 77, 77, 77};
  size_t count = 0;
  CHECK(mkdtemp(path) != NULL && pipe(to_child) == 0);
  snprintf(file, sizeof file, "%s/client", path);
  child = fork();
  if (child == 0) ask_and_die(to_child[0], file);
  endpoint = endpoint_started();
  server = server_at(endpoint, NULL);
  MUST(osisession_rpc_server_local_address(server, address, sizeof address, NULL, error_info()));
  CHECK(write(to_child[1], address, strlen(address)) == (ssize_t)strlen(address));
  once = next_of(server, "once");
  seen = next_of(server, "seen");
  OK(osisession_rpc_incoming_respond(seen, NULL, 0, error_info()));
  OK(osisession_rpc_incoming_free(seen));
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 9);
  OK(osisession_rpc_incoming_respond(once, "the answer", 10, error_info()));
  OK(osisession_rpc_incoming_free(once));
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&outcome);
  config.journal = file;
  MUST(osisession_rpc_client_new(endpoint, address, &config, &client, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_rpc_client_new(endpoint, address, &config, &second, error_info()));
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_rpc_client_resumed(client, NULL, 0, &count, error_info()));
  CHECK(count == 1);
  STATUS(OSISESSION_E_NULL, osisession_rpc_client_resumed(client, NULL, 4, &count, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_rpc_client_resumed(NULL, numbers, 4, &count, error_info()));
  OK(osisession_rpc_client_resumed(client, numbers, 4, NULL, error_info()));
  CHECK(numbers[0] == 1 && numbers[1] == 77);
  MUST(osisession_rpc_next_outcome(client, 30000, &outcome, error_info()));
  CHECK(outcome.id == 1 && outcome.kind == OSISESSION_RPC_RESPONSE && same(outcome.data, "the answer"));
  OK(osisession_rpc_outcome_free(&outcome));
  OK(osisession_rpc_client_free(client));
  OK(osisession_rpc_server_free(server));
  OK(osisession_endpoint_free(endpoint));
  close(to_child[0]);
  close(to_child[1]);
  CHECK(unlink(file) == 0 && rmdir(path) == 0);
}

static void arguments_that_cannot_be(void)
{
  osisession_endpoint *endpoint = endpoint_started();
  osisession_rpc_server *server = server_at(endpoint, NULL), *no_server = NULL;
  osisession_rpc_client *client = client_of(endpoint, server, NULL), *no_client = NULL;
  osisession_rpc_client_config client_config;
  osisession_rpc_server_config server_config;
  osisession_rpc_params params;
  osisession_rpc_outcome outcome;
  osisession_rpc_state state;
  osisession_rpc_incoming *request = NULL;
  static char large[(1 << 20) + 1];
  OSISESSION_INIT(&client_config);
  OSISESSION_INIT(&server_config);
  OSISESSION_INIT(&params);
  OSISESSION_INIT(&outcome);
  OSISESSION_INIT(&state);
  STATUS(OSISESSION_E_NULL, osisession_rpc_client_new(endpoint, NULL, NULL, &no_client, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_rpc_client_new(endpoint, "127.0.0.1:1", NULL, NULL, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_rpc_client_new(NULL, "127.0.0.1:1", NULL, &no_client, error_info()));
  client_config.flags = 0x80;
  STATUS(OSISESSION_E_INVALID, osisession_rpc_client_new(endpoint, "127.0.0.1:1", &client_config, &no_client, error_info()));
  client_config.flags = 0;
  client_config.association = text("short");
  STATUS(OSISESSION_E_INVALID, osisession_rpc_client_new(endpoint, "127.0.0.1:1", &client_config, &no_client, error_info()));
  client_config.struct_size = 4;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_rpc_client_new(endpoint, "127.0.0.1:1", &client_config, &no_client, error_info()));
  server_config.flags = 0x80;
  STATUS(OSISESSION_E_INVALID, osisession_rpc_server_new(endpoint, "127.0.0.1:0", &server_config, &no_server, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_rpc_server_new(endpoint, "a b", NULL, &no_server, error_info()));
  CHECK(no_client == NULL && no_server == NULL);
  STATUS(OSISESSION_E_NULL, osisession_rpc_request(client, NULL, 1, NULL, &outcome, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_rpc_request(client, "x", 1, NULL, NULL, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_rpc_request(client, "x", SIZE_MAX, NULL, &outcome, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_rpc_request(client, large, sizeof large, NULL, &outcome, error_info()));
  params.flags = 0x80;
  STATUS(OSISESSION_E_INVALID, osisession_rpc_request(client, "x", 1, &params, &outcome, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_rpc_client_state(client, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_rpc_server_serve(server, NULL, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_rpc_server_next_request(server, 0, NULL, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_rpc_server_next_request(server, 0, &request, error_info()));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_rpc_client_reset((osisession_rpc_client *)server, error_info()));
  STATUS(OSISESSION_E_FOREIGN_HANDLE, osisession_rpc_client_reset((osisession_rpc_client *)&state, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_rpc_incoming_respond(NULL, NULL, 0, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_rpc_cancel(client, 99, error_info()));
  OK(osisession_rpc_client_free(NULL));
  OK(osisession_rpc_server_free(NULL));
  OK(osisession_rpc_incoming_free(NULL));
  /* The endpoint goes first. */
  OK(osisession_endpoint_free(endpoint));
  STATUS(OSISESSION_E_CLOSED, osisession_rpc_request(client, "x", 1, NULL, &outcome, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_rpc_server_next_request(server, -1, &request, error_info()));
  OK(osisession_rpc_client_free(client));
  OK(osisession_rpc_server_free(server));
}

int main(void)
{
  RUN(what_a_process_asked_that_is_gone);
  RUN(asked_and_answered);
  RUN(outcomes_from_a_queue);
  RUN(callbacks_in_the_callers_loop);
  RUN(what_is_known);
  RUN(the_circuit);
  RUN(half_duplex_and_idle);
  RUN(arguments_that_cannot_be);
  return harness_end();
}
