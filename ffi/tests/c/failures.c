/* What goes wrong outside: each failure says whose fault it is, in which layer, and why. */
#define _POSIX_C_SOURCE 200809L
#include "pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A TCP socket at 127.0.0.1 and a port of the system's choice, written as an address. */
static int raw_bind(char *address, size_t capacity)
{
  struct sockaddr_in name;
  socklen_t size = sizeof name;
  const int raw = socket(AF_INET, SOCK_STREAM, 0);
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (raw < 0 || bind(raw, (struct sockaddr *)&name, sizeof name) != 0 ||
      getsockname(raw, (struct sockaddr *)&name, &size) != 0) {
    perror("raw_bind");
    exit(1);
  }
  snprintf(address, capacity, "127.0.0.1:%u", (unsigned)ntohs(name.sin_port));
  return raw;
}

static int raw_connect(const char *address)
{
  struct sockaddr_in name;
  struct timeval patience;
  const int raw = socket(AF_INET, SOCK_STREAM, 0);
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons((uint16_t)atoi(strchr(address, ':') + 1));
  patience.tv_sec = SOON / 1000;
  patience.tv_usec = 0;
  setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (raw < 0 || connect(raw, (struct sockaddr *)&name, sizeof name) != 0) {
    perror("raw_connect");
    exit(1);
  }
  return raw;
}

/* Connects, and gives back the status of waiting; what is known is in harness_error. */
static int32_t try_to_connect(const char *address, const osisession_connect_params *params,
                              const osisession_session_config *config)
{
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  int32_t status;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_connect(endpoint, address, params, config, &session, error_info()));
  status = osisession_session_wait_connected(session, SOON, NULL, error_info());
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
  return status;
}

static void nobody_listens(void)
{
  char address[64];
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_event event;
  const int raw = raw_bind(address, sizeof address);
  STATUS(OSISESSION_E_TRANSPORT, try_to_connect(address, NULL, NULL));
  CHECK(harness_error.layer == OSISESSION_LAYER_NETWORK && harness_error.kind == OSISESSION_KIND_TRANSPORT);
  CHECK(strstr(harness_error.text, address) != NULL);
  /* The same as an event. */
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_connect(endpoint, address, NULL, NULL, &session, error_info()));
  expect(session, OSISESSION_P_ABORT_INDICATION, &event);
  CHECK(event.reason == OSISESSION_P_ABORT_TRANSPORT_DISCONNECT && event.error != NULL);
  CHECK(event.error->layer == OSISESSION_LAYER_NETWORK && strstr(event.error->text, address) != NULL);
  OK(osisession_event_free(&event));
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
  close(raw);
}

static void the_peer_is_silent(void)
{
  char address[64];
  osisession_session_config config;
  const int raw = raw_bind(address, sizeof address);
  listen(raw, 1);
  OSISESSION_INIT(&config);
  config.connect_timeout_ms = 200;
  CHECK(try_to_connect(address, NULL, &config) < OSISESSION_OK);
  CHECK(harness_error.status == OSISESSION_E_TRANSPORT || harness_error.status == OSISESSION_E_TIMED_OUT);
  /* It says what was waited for. */
  CHECK(strstr(harness_error.text, "T-CONNECT") != NULL);
  close(raw);
}

/* A server that answers the first TPKT with these octets, and hangs up if told to. */
static int32_t answered_with(const char *octets, size_t length, int hang_up)
{
  char address[64];
  uint8_t request[512];
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_session_config config;
  int32_t status;
  int peer;
  const int raw = raw_bind(address, sizeof address);
  listen(raw, 1);
  OSISESSION_INIT(&config);
  config.connect_timeout_ms = SOON;
  config.tpkt_header_timeout_ms = 200;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  OK(osisession_endpoint_start(endpoint, error_info()));
  MUST(osisession_connect(endpoint, address, NULL, &config, &session, error_info()));
  peer = accept(raw, NULL, NULL);
  CHECK(read(peer, request, sizeof request) > 7);
  /* A CR TPDU in a TPKT (RFC 1006 6, X.224 13.3). */
  CHECK(request[0] == 3 && request[5] == 0xe0);
  CHECK(write(peer, octets, length) == (ssize_t)length);
  if (hang_up) close(peer);
  status = osisession_session_wait_connected(session, SOON, NULL, error_info());
  if (!hang_up) close(peer);
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
  close(raw);
  return status;
}

static void the_peer_speaks_something_else(void)
{
  CHECK(answered_with("HTTP/1.1 400 Bad Request\r\n\r\n", 28, 0) < 0);
  CHECK(harness_error.layer == OSISESSION_LAYER_TPKT && harness_error.octet_offset == 0);
  CHECK(harness_error.octets_length >= 4 && memcmp(harness_error.octets, "HTTP", 4) == 0);
}

static void the_peer_sends_half_a_header_and_waits(void)
{
  CHECK(answered_with("\3\0\0", 3, 0) < 0);
  CHECK(harness_error.layer == OSISESSION_LAYER_TPKT);
}

static void the_peer_sends_half_a_header_and_hangs_up(void)
{
  CHECK(answered_with("\3\0\0", 3, 1) < 0);
  CHECK(harness_error.layer == OSISESSION_LAYER_TPKT || harness_error.layer == OSISESSION_LAYER_NETWORK);
}

/* A caller that sends half a header gets no session, and is hung up on; another caller is served meanwhile. */
static void a_caller_sends_half_a_header(void)
{
  pair p;
  char address[64];
  uint8_t answer[16];
  osisession_listener_config listener;
  osisession_session_config config;
  osisession_event event;
  int raw;
  memset(&p, 0, sizeof p);
  OSISESSION_INIT(&config);
  config.tpkt_header_timeout_ms = 200;
  OSISESSION_INIT(&listener);
  listener.session = &config;
  MUST(osisession_endpoint_new(&p.endpoint, error_info()));
  MUST(osisession_listen(p.endpoint, "127.0.0.1:0", &listener, &p.listener, error_info()));
  MUST(osisession_listener_local_address(p.listener, address, sizeof address, NULL, error_info()));
  OK(osisession_endpoint_start(p.endpoint, error_info()));
  raw = raw_connect(address);
  CHECK(write(raw, "\3\0", 2) == 2);
  MUST(osisession_connect(p.endpoint, address, NULL, NULL, &p.initiator, error_info()));
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  expect(p.responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  /* The end or a reset, and not the end of our patience. */
  {
    const ssize_t length = read(raw, answer, sizeof answer);
    CHECK(length == 0 || (length < 0 && errno == ECONNRESET));
  }
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_listener_accept(p.listener, 0, &p.responder, error_info()));
  close(raw);
  pair_free(&p);
}

static void selectors_that_nobody_has(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL;
  osisession_listener_config config;
  osisession_connect_params params;
  osisession_session_config session;
  osisession_error_info refusal;
  char address[64], who[256];
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  OK(osisession_endpoint_start(endpoint, error_info()));
  OSISESSION_INIT(&config);
  config.t_selector = text("T1");
  config.session_selector = text("S1");
  MUST(osisession_listen(endpoint, "127.0.0.1:0", &config, &listener, error_info()));
  MUST(osisession_listener_local_address(listener, address, sizeof address, NULL, error_info()));

  OSISESSION_INIT(&session);
  OSISESSION_INIT(&params);
  session.called_t_selector = text("T1");
  params.called_selector = text("S2");
  STATUS(OSISESSION_E_PEER, try_to_connect(address, &params, &session));
  CHECK(harness_error.layer == OSISESSION_LAYER_SESSION);
  CHECK(harness_error.reason == OSISESSION_REFUSE_SELECTOR_UNKNOWN);
  /* The called side knows it too. */
  OSISESSION_INIT(&refusal);
  STATUS(OSISESSION_E_NULL, osisession_endpoint_next_refusal(endpoint, NULL, who, sizeof who, NULL, error_info()));
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL,
         osisession_endpoint_next_refusal(endpoint, &refusal, NULL, 0, NULL, error_info()));
  CHECK(refusal.status == OSISESSION_OK);
  OK(osisession_endpoint_next_refusal(endpoint, &refusal, who, sizeof who, NULL, error_info()));
  CHECK(refusal.reason == OSISESSION_REFUSE_SELECTOR_UNKNOWN && strstr(who, address) != NULL);
  STATUS(OSISESSION_E_WOULD_BLOCK,
         osisession_endpoint_next_refusal(endpoint, &refusal, who, sizeof who, NULL, error_info()));

  session.called_t_selector = text("T2");
  params.called_selector = text("S1");
  CHECK(try_to_connect(address, &params, &session) < 0);
  /* DISCONNECT REQUEST, reason 3: address unknown (X.224 13.5.3). */
  CHECK(harness_error.layer == OSISESSION_LAYER_TRANSPORT && harness_error.reason == 3);
  OK(osisession_listener_free(listener));
  OK(osisession_endpoint_free(endpoint));
}

/* An SPDU that no standard knows reaches the user as an abort that says where and why. */
static void a_protocol_error_of_the_peer(void)
{
  static const uint8_t garbage[] = {0xee, 1, 0};
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_transport_request request;
  osisession_event event;
  /* CONNECT: protocol options 0, version 2, duplex (X.225 8.3.1). */
  static const uint8_t connect[] = {13, 12, 5, 6, 19, 1, 0, 22, 1, 2, 20, 2, 0, 2};
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_session_open(endpoint, NULL, &session, error_info()));
  OK(osisession_transport_indicate_connect(session, 0, error_info()));
  OK(osisession_transport_indicate_data(session, connect, sizeof connect, error_info()));
  expect(session, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_connect_response(session, NULL, error_info()));
  OK(osisession_transport_indicate_data(session, garbage, sizeof garbage, error_info()));
  expect(session, OSISESSION_P_ABORT_INDICATION, &event);
  CHECK(event.reason == OSISESSION_P_ABORT_PROTOCOL_ERROR && event.error != NULL);
  CHECK(event.error->kind == OSISESSION_KIND_PEER && event.error->layer == OSISESSION_LAYER_SESSION);
  CHECK(event.error->octets_length >= 1 && event.error->octets[0] == 0xee);
  CHECK(strncmp(event.error->clause, "X.225 ", 6) == 0 && event.error->octet_offset == 0);
  OK(osisession_event_free(&event));
  /* What goes to the peer ends with an ABORT (SI 25). */
  OSISESSION_INIT(&request);
  {
    int aborted = 0;
    while (osisession_transport_next_request(session, &request, error_info()) == OSISESSION_OK) {
      aborted |= request.type == OSISESSION_T_DATA_REQUEST && request.header.data[0] == 25;
      OK(osisession_transport_request_free(&request));
    }
    CHECK(aborted);
  }
  OK(osisession_session_free(session));
  OK(osisession_endpoint_free(endpoint));
}

int main(void)
{
  RUN(nobody_listens);
  RUN(the_peer_is_silent);
  RUN(the_peer_speaks_something_else);
  RUN(the_peer_sends_half_a_header_and_waits);
  RUN(the_peer_sends_half_a_header_and_hangs_up);
  RUN(a_caller_sends_half_a_header);
  RUN(selectors_that_nobody_has);
  RUN(a_protocol_error_of_the_peer);
  return harness_end();
}
