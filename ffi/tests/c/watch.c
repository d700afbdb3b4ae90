/* Looking on: log lines, counters, capture files, the recorder's number of a session; and sockets made elsewhere. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

typedef struct heard {
  int lines[6];
  int with_error;
  int secrets;
  uint64_t session;
  char peer[64];
} heard;

static void hear(const osisession_log_line *line, void *user_data)
{
  heard *h = user_data;
  CHECK(line->struct_size >= sizeof *line && line->level >= 1 && line->level <= 5);
  h->lines[line->level]++;
  if (line->error != NULL) h->with_error++;
  if (strstr(line->text, "secret") != NULL) h->secrets++;
  if (line->session != 0) h->session = line->session;
  if (line->peer[0] != 0) snprintf(h->peer, sizeof h->peer, "%s", line->peer);
  /* With nothing locked, so anything may be called. */
  OK(osisession_session_free(NULL));
}

static void lines_of_the_log(void)
{
  heard h;
  pair p;
  uint64_t number = 0;
  memset(&h, 0, sizeof h);
  STATUS(OSISESSION_E_INVALID, osisession_set_log(hear, 0, &h, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_set_log(hear, 6, &h, error_info()));
  OK(osisession_set_log(hear, OSISESSION_LOG_INFO, &h, error_info()));
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  CHECK(h.lines[OSISESSION_LOG_INFO] == 2);
  CHECK(h.lines[OSISESSION_LOG_DEBUG] == 0 && h.lines[OSISESSION_LOG_TRACE] == 0);
  OK(osisession_set_log(hear, OSISESSION_LOG_TRACE, &h, error_info()));
  OK(osisession_data_request(p.initiator, "secret", 6, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "secret");
  CHECK(h.lines[OSISESSION_LOG_TRACE] >= 2 && h.secrets == 0);
  OK(osisession_session_number(p.responder, &number, error_info()));
  CHECK(number != 0 && h.session == number);
  CHECK(strncmp(h.peer, "127.0.0.1:", 10) == 0);
  STATUS(OSISESSION_E_NULL, osisession_session_number(p.responder, NULL, error_info()));
  CHECK(osisession_expedited_data_request(p.initiator, "x", 1, NULL) == OSISESSION_E_REFUSED);
  CHECK(h.lines[OSISESSION_LOG_DEBUG] >= 1 && h.with_error >= 1);
  memset(&h, 0, sizeof h);
  OK(osisession_set_log(NULL, 0, NULL, error_info()));
  pair_free(&p);
  CHECK(h.lines[OSISESSION_LOG_INFO] == 0 && h.lines[OSISESSION_LOG_TRACE] == 0);
}

static void counters_of_an_endpoint(void)
{
  pair p;
  osisession_counters counters;
  OSISESSION_INIT(&counters);
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_endpoint_counters(p.endpoint, &counters, error_info()));
  CHECK(counters.calls == 1 && counters.callers == 1 && counters.established == 2);
  CHECK(counters.octets_sent > 50 && counters.octets_sent == counters.octets_received);
  OK(osisession_u_abort_request(p.initiator, NULL, 0, error_info()));
  expect_data(p.responder, OSISESSION_U_ABORT_INDICATION, "");
  OK(osisession_endpoint_counters(p.endpoint, &counters, error_info()));
  CHECK(counters.aborted == 2 && counters.released == 0 && counters.callers_turned_away == 0);
  STATUS(OSISESSION_E_NULL, osisession_endpoint_counters(p.endpoint, NULL, error_info()));
  pair_free(&p);
}

static void a_capture_file(void)
{
  char path[] = "/tmp/osisession-capture-XXXXXX";
  const int descriptor = mkstemp(path);
  osisession_endpoint_config config;
  osisession_endpoint *endpoint = NULL;
  osisession_session *session = NULL;
  osisession_event event;
  unsigned char head[24];
  long length;
  FILE *file;
  CHECK(descriptor >= 0);
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&event);
  config.capture_file = "/nowhere/at/all";
  STATUS(OSISESSION_E_TRANSPORT, osisession_endpoint_new_with(&config, &endpoint, error_info()));
  CHECK(endpoint == NULL && strstr(harness_error.text, "/nowhere/at/all") != NULL);
  config.capture_file = path;
  config.flags = 0x80000000u;
  STATUS(OSISESSION_E_INVALID, osisession_endpoint_new_with(&config, &endpoint, error_info()));
  config.flags = 0;
  OK(osisession_endpoint_new_with(&config, &endpoint, error_info()));
  {
    osisession_listener *listener = NULL;
    MUST(osisession_listen(endpoint, "memory:captured", NULL, &listener, error_info()));
    MUST(osisession_connect(endpoint, "memory:captured", NULL, NULL, &session, error_info()));
    {
      osisession_session *called = NULL;
      MUST(osisession_listener_accept(listener, SOON, &called, error_info()));
      OK(osisession_connect_response(called, NULL, error_info()));
      MUST(osisession_session_wait_connected(session, SOON, NULL, error_info()));
      OK(osisession_data_request(session, "seen in the file", 16, error_info()));
      expect(called, OSISESSION_CONNECT_INDICATION, &event);
      OK(osisession_event_free(&event));
      expect_data(called, OSISESSION_DATA_INDICATION, "seen in the file");
      OK(osisession_session_free(called));
    }
    OK(osisession_session_free(session));
    OK(osisession_listener_free(listener));
  }
  OK(osisession_endpoint_free(endpoint));
  file = fopen(path, "rb");
  CHECK(file != NULL && fread(head, 1, sizeof head, file) == sizeof head);
  CHECK(head[0] == 0xd4 && head[1] == 0xc3 && head[2] == 0xb2 && head[3] == 0xa1);
  fseek(file, 0, SEEK_END);
  length = ftell(file);
  CHECK(length > 500);
  fclose(file);
  unlink(path);
  close(descriptor);
}

static void sockets_made_elsewhere(void)
{
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  const int elsewhere = socket(AF_INET, SOCK_STREAM, 0), ours = socket(AF_INET, SOCK_STREAM, 0);
  int theirs;
  pair p;
  char reached[64];
  osisession_event event;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(elsewhere, (struct sockaddr *)&address, sizeof address) == 0 && listen(elsewhere, 1) == 0);
  CHECK(getsockname(elsewhere, (struct sockaddr *)&address, &size) == 0);
  pair_listen(&p, "memory:sockets", reached, sizeof reached);
  STATUS(OSISESSION_E_INVALID, osisession_connect_over_socket(p.endpoint, -1, NULL, NULL, &p.initiator, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_connect_over_socket(p.endpoint, 1 << 20, NULL, NULL, &p.initiator, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_listener_accept_socket(p.listener, elsewhere, error_info()));
  CHECK(connect(ours, (struct sockaddr *)&address, sizeof address) == 0);
  theirs = accept(elsewhere, NULL, NULL);
  OK(osisession_listener_accept_socket(p.listener, theirs, error_info()));
  MUST(osisession_connect_over_socket(p.endpoint, ours, NULL, NULL, &p.initiator, error_info()));
  close(theirs);
  close(ours);
  close(elsewhere);
  MUST(osisession_listener_accept(p.listener, SOON, &p.responder, error_info()));
  expect(p.responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_connect_response(p.responder, NULL, error_info()));
  OK(osisession_session_wait_connected(p.initiator, SOON, NULL, error_info()));
  OK(osisession_session_free(p.initiator));
  p.initiator = NULL;
  expect_data(p.responder, OSISESSION_U_ABORT_INDICATION, "");
  pair_free(&p);
}

static void presets(void)
{
  uint32_t profile;
  osisession_session_config config;
  osisession_connect_params request;
  osisession_connect_response_params response;
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&request);
  OSISESSION_INIT(&response);
  STATUS(OSISESSION_E_INVALID, osisession_profile(0, &config, &request, &response, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_profile(5, &config, &request, &response, error_info()));
  CHECK(config.flags == 0 && config.functional_units == 0);
  OK(osisession_profile(OSISESSION_PROFILE_STRICT, &config, NULL, NULL, error_info()));
  CHECK(config.flags == OSISESSION_SESSION_STRICT && config.functional_units == 0 && config.max_tpdu_size == 0);
  config.struct_size = 3;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_profile(OSISESSION_PROFILE_MMS, &config, NULL, NULL, error_info()));

  for (profile = OSISESSION_PROFILE_MMS; profile <= OSISESSION_PROFILE_STRICT; profile++) {
    osisession_endpoint *endpoint = NULL;
    osisession_listener *listener = NULL;
    osisession_session *initiator = NULL, *responder = NULL;
    osisession_listener_config listening;
    osisession_properties properties;
    osisession_event event;
    char address[64];
    OSISESSION_INIT(&config);
    OSISESSION_INIT(&request);
    OSISESSION_INIT(&response);
    OSISESSION_INIT(&listening);
    OSISESSION_INIT(&properties);
    config.history = 7;
    OK(osisession_profile(profile, &config, &request, &response, error_info()));
    CHECK(config.history == 7);
    if (profile == OSISESSION_PROFILE_MMS) {
      CHECK(config.functional_units == OSISESSION_FU_DUPLEX && config.versions == OSISESSION_VERSION_2);
      CHECK(config.called_t_selector.length == 2 && memcmp(config.called_t_selector.data, "\0\1", 2) == 0);
      CHECK(request.called_selector.length == 2 && memcmp(request.called_selector.data, "\0\1", 2) == 0);
      CHECK(request.flags == OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION);
    }
    listening.session = &config;
    MUST(osisession_endpoint_new(&endpoint, error_info()));
    MUST(osisession_listen(endpoint, "127.0.0.1:0", &listening, &listener, error_info()));
    MUST(osisession_listener_local_address(listener, address, sizeof address, NULL, error_info()));
    MUST(osisession_connect(endpoint, address, &request, &config, &initiator, error_info()));
    MUST(osisession_listener_accept(listener, SOON, &responder, error_info()));
    expect(responder, OSISESSION_CONNECT_INDICATION, &event);
    OK(osisession_event_free(&event));
    MUST(osisession_connect_response(responder, &response, error_info()));
    MUST(osisession_session_wait_connected(initiator, SOON, NULL, error_info()));
    OK(osisession_session_properties(initiator, &properties, error_info()));
    CHECK(properties.leniencies == 0 && properties.forgiven == 0 && properties.version == OSISESSION_VERSION_2);
    CHECK(properties.functional_units == (profile == OSISESSION_PROFILE_X400 ? 0x249u : OSISESSION_FU_DUPLEX));
    OK(osisession_session_free(initiator));
    OK(osisession_session_free(responder));
    OK(osisession_listener_free(listener));
    OK(osisession_endpoint_free(endpoint));
  }
}

int main(void)
{
  RUN(lines_of_the_log);
  RUN(counters_of_an_endpoint);
  RUN(a_capture_file);
  RUN(sockets_made_elsewhere);
  RUN(presets);
  return harness_end();
}
