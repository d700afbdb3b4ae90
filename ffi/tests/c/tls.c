/* TLS below TPKT. The argument is a folder with the certificates of a small network: anchors.pem, station.pem,
 * station.key, centre.pem, centre.key. */
#include "pair.h"

static char path[3][512];

static const char *file(int slot, const char *folder, const char *name)
{
  snprintf(path[slot], sizeof path[slot], "%s/%s", folder, name);
  return path[slot];
}

static const char *folder;

static osisession_tls *tls_of(const char *chain, const char *key, uint32_t flags)
{
  osisession_tls *tls = NULL;
  osisession_tls_config config;
  OSISESSION_INIT(&config);
  config.flags = flags;
  config.certificate_chain_file = file(0, folder, chain);
  config.private_key_file = file(1, folder, key);
  config.trust_anchors_file = file(2, folder, "anchors.pem");
  MUST(osisession_tls_new(&config, &tls, error_info()));
  return tls;
}

static void open_pair(pair *p, osisession_tls *here, osisession_tls *there)
{
  char reached[64];
  osisession_event event;
  osisession_session_config config;
  osisession_listener_config listening;

  memset(p, 0, sizeof *p);
  MUST(osisession_endpoint_new(&p->endpoint, error_info()));
  OSISESSION_INIT(&config);
  config.tls = there;
  OSISESSION_INIT(&listening);
  listening.session = &config;
  MUST(osisession_listen(p->endpoint, "127.0.0.1:0", &listening, &p->listener, error_info()));
  MUST(osisession_listener_local_address(p->listener, reached, sizeof reached, NULL, error_info()));
  config.tls = here;
  MUST(osisession_connect(p->endpoint, reached, NULL, &config, &p->initiator, error_info()));
  MUST(osisession_listener_accept(p->listener, SOON, &p->responder, error_info()));
  expect(p->responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  MUST(osisession_connect_response(p->responder, NULL, error_info()));
  OSISESSION_INIT(&event);
  MUST(osisession_session_wait_connected(p->initiator, SOON, &event, error_info()));
  OK(osisession_event_free(&event));
}

static void both_sides_show_certificates(void)
{
  pair p;
  osisession_tls_info info;
  uint8_t certificate[2048];
  size_t needed = 0;
  osisession_tls *station = tls_of("station.pem", "station.key", 0);
  osisession_tls *centre = tls_of("centre.pem", "centre.key", 0);

  open_pair(&p, centre, station);
  OSISESSION_INIT(&info);
  OK(osisession_session_tls_info(p.responder, &info, error_info()));
  CHECK(info.version == OSISESSION_TLS_1_3 && info.peer_certificates == 1 && info.flags == 0);
  CHECK(strncmp(info.cipher_suite, "TLS13_", 6) == 0);
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL,
         osisession_session_peer_certificate(p.responder, 0, NULL, 0, &needed, error_info()));
  CHECK(needed > 100 && needed < sizeof certificate);
  OK(osisession_session_peer_certificate(p.responder, 0, certificate, needed, NULL, error_info()));
  /* A SEQUENCE in DER. */
  CHECK(certificate[0] == 0x30 && certificate[1] == 0x82);
  STATUS(OSISESSION_E_INVALID,
         osisession_session_peer_certificate(p.responder, 1, certificate, needed, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_session_peer_certificate(p.responder, 0, NULL, 9, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_session_tls_info(p.responder, NULL, error_info()));
  OK(osisession_data_request(p.initiator, "secret", 6, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "secret");
  pair_release(&p);
  pair_free(&p);

  /* The same peers again. */
  open_pair(&p, centre, station);
  OSISESSION_INIT(&info);
  OK(osisession_session_tls_info(p.initiator, &info, error_info()));
  /* A ticket comes after the handshake; the release above came after the ticket. The other listener is the same TLS. */
  CHECK(info.flags == OSISESSION_TLS_RESUMED && info.peer_certificates == 1);
  pair_release(&p);
  pair_free(&p);
  OK(osisession_tls_free(station));
  OK(osisession_tls_free(centre));
}

static void who_is_refused_learns_why(void)
{
  pair p;
  char reached[64];
  osisession_event event;
  osisession_session_config config;
  osisession_listener_config listening;
  osisession_tls_config nobody;
  osisession_tls *station = tls_of("station.pem", "station.key", 0);
  osisession_tls *stranger = NULL;

  memset(&p, 0, sizeof p);
  MUST(osisession_endpoint_new(&p.endpoint, error_info()));
  OSISESSION_INIT(&config);
  config.tls = station;
  OSISESSION_INIT(&listening);
  listening.session = &config;
  MUST(osisession_listen(p.endpoint, "127.0.0.1:0", &listening, &p.listener, error_info()));
  MUST(osisession_listener_local_address(p.listener, reached, sizeof reached, NULL, error_info()));
  OSISESSION_INIT(&nobody);
  nobody.trust_anchors_file = file(2, folder, "anchors.pem");
  MUST(osisession_tls_new(&nobody, &stranger, error_info()));
  config.tls = stranger;
  MUST(osisession_connect(p.endpoint, reached, NULL, &config, &p.initiator, error_info()));
  OSISESSION_INIT(&event);
  STATUS(OSISESSION_E_TRANSPORT, osisession_session_wait_connected(p.initiator, SOON, &event, error_info()));
  CHECK(harness_error.layer == OSISESSION_LAYER_NETWORK);
  CHECK(strstr(harness_error.text, "certificate_required (116)") != NULL);
  OK(osisession_session_free(p.initiator));
  OK(osisession_listener_free(p.listener));
  OK(osisession_endpoint_free(p.endpoint));
  OK(osisession_tls_free(station));
  OK(osisession_tls_free(stranger));
}

static void mistakes(void)
{
  osisession_tls *tls = NULL;
  osisession_tls_config config;
  osisession_session_config session;
  osisession_session *initiator = NULL;
  osisession_endpoint *endpoint = NULL;
  osisession_tls_info info;
  pair p;

  OSISESSION_INIT(&config);
  STATUS(OSISESSION_E_NULL, osisession_tls_new(&config, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_tls_new(&config, &tls, error_info()));
  CHECK(strstr(harness_error.text, "trust_anchors") != NULL);
  config.trust_anchors_file = file(2, folder, "anchors.pem");
  config.flags = 0x80;
  STATUS(OSISESSION_E_INVALID, osisession_tls_new(&config, &tls, error_info()));
  config.flags = 0;
  config.min_version = 0x0302;
  STATUS(OSISESSION_E_INVALID, osisession_tls_new(&config, &tls, error_info()));
  config.min_version = OSISESSION_TLS_1_3;
  config.crl_count = 1;
  STATUS(OSISESSION_E_NULL, osisession_tls_new(&config, &tls, error_info()));
  config.crl_count = 0;
  config.private_key_file = file(1, folder, "nothing.key");
  STATUS(OSISESSION_E_INVALID, osisession_tls_new(&config, &tls, error_info()));
  CHECK(strstr(harness_error.text, "nothing.key") != NULL);
  config.private_key_file = NULL;
  config.struct_size = 4;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_tls_new(&config, &tls, error_info()));
  config.struct_size = sizeof config;
  OK(osisession_tls_new(&config, &tls, error_info()));
  OK(osisession_tls_free(tls));
  STATUS(OSISESSION_E_STALE, osisession_tls_free(tls));
  OK(osisession_tls_free(NULL));

  MUST(osisession_endpoint_new(&endpoint, error_info()));
  OSISESSION_INIT(&session);
  session.tls = tls;
  STATUS(OSISESSION_E_STALE, osisession_connect(endpoint, "127.0.0.1:1", NULL, &session, &initiator, error_info()));
  session.tls = (osisession_tls *)(void *)endpoint;
  STATUS(OSISESSION_E_WRONG_KIND,
         osisession_connect(endpoint, "127.0.0.1:1", NULL, &session, &initiator, error_info()));
  OK(osisession_endpoint_free(endpoint));

  /* Without TLS. */
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  OSISESSION_INIT(&info);
  OK(osisession_session_tls_info(p.initiator, &info, error_info()));
  CHECK(info.version == 0 && info.peer_certificates == 0 && info.cipher_suite[0] == 0);
  STATUS(OSISESSION_E_INVALID, osisession_session_peer_certificate(p.initiator, 0, NULL, 0, NULL, error_info()));
  pair_free(&p);
}

int main(int count, char **arguments)
{
  if (count != 2) return 2;
  folder = arguments[1];
  RUN(both_sides_show_certificates);
  RUN(who_is_refused_learns_why);
  RUN(mistakes);
  return harness_end();
}
