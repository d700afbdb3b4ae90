/* Data from pieces and from lent memory, events that are kept, and octets that the program carries itself. */
#include "pair.h"

static int given_back;

static void give_back(const void *data, size_t length, void *user_data)
{
  CHECK(data == user_data && length == 70000);
  given_back++;
}

static void gathered_from_pieces(void)
{
  pair p;
  const osisession_octets pieces[] = {{(const uint8_t *)"three", 5}, {NULL, 0}, {(const uint8_t *)" pieces", 7}};
  const osisession_octets wrong[] = {{NULL, 3}};
  const osisession_octets endless[] = {{(const uint8_t *)"x", SIZE_MAX}};
  pair_open(&p, "memory:pieces", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_data_request_vectored(p.initiator, pieces, 3, error_info()));
  expect_data(p.responder, OSISESSION_DATA_INDICATION, "three pieces");
  STATUS(OSISESSION_E_INVALID, osisession_data_request_vectored(p.initiator, pieces, 0, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_data_request_vectored(p.initiator, NULL, 1, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_data_request_vectored(p.initiator, wrong, 1, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_data_request_vectored(p.initiator, endless, 1, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_data_request_vectored(p.initiator, pieces, 65537, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_data_request_vectored(NULL, pieces, 3, error_info()));
  pair_free(&p);
}

static void an_ssdu_in_pieces(void)
{
  pair p;
  osisession_event event;
  static uint8_t octets[100000];
  size_t received = 0;
  int pieces = 0;
  memset(octets, 7, sizeof octets);
  pair_open(&p, "memory:in pieces", OSISESSION_FU_DUPLEX, OSISESSION_SESSION_PIECES);
  OK(osisession_data_piece_request(p.responder, octets, sizeof octets, 0, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_data_request(p.responder, "x", 1, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_data_piece_request(p.responder, octets, 1, 4, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_data_piece_request(p.responder, NULL, 1, 0, error_info()));
  OK(osisession_data_piece_request(p.responder, octets, sizeof octets, OSISESSION_PIECE_END, error_info()));
  do {
    expect(p.initiator, OSISESSION_DATA_INDICATION, &event);
    CHECK(event.user_data.length == 0 || event.user_data.data[0] == 7);
    received += event.user_data.length;
    pieces++;
    CHECK(pieces < 1000);
    if ((event.flags & OSISESSION_EVENT_MORE) == 0) break;
    OK(osisession_event_free(&event));
  } while (pieces < 1000);
  OK(osisession_event_free(&event));
  CHECK(received == 2 * sizeof octets && pieces > 2);
  pair_free(&p);
}

static void lent_memory_is_given_back_once(void)
{
  pair p;
  osisession_event event;
  uint8_t *data = malloc(70000);
  memset(data, 7, 70000);
  given_back = 0;
  pair_open(&p, "memory:lent", OSISESSION_FU_DUPLEX, 0);
  OK(osisession_data_request_lent(p.initiator, data, 70000, give_back, data, error_info()));
  expect(p.responder, OSISESSION_DATA_INDICATION, &event);
  CHECK(event.user_data.length == 70000 && event.user_data.data[69999] == 7);
  OK(osisession_event_free(&event));
  OK(osisession_endpoint_dispatch(p.endpoint, 0, NULL, error_info()));
  CHECK(given_back == 1);

  /* What fails leaves the memory to its owner. */
  STATUS(OSISESSION_E_NULL, osisession_data_request_lent(p.initiator, data, 70000, NULL, data, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_data_request_lent(p.initiator, data, 0, give_back, data, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_data_request_lent(p.initiator, NULL, 9, give_back, data, error_info()));
  OK(osisession_session_close(p.responder, error_info()));
  expect(p.initiator, OSISESSION_U_ABORT_INDICATION, &event);
  OK(osisession_event_free(&event));
  STATUS(OSISESSION_E_CLOSED, osisession_data_request_lent(p.initiator, data, 70000, give_back, data, error_info()));
  CHECK(given_back == 1);
  pair_free(&p);
  CHECK(given_back == 1);
  free(data);
}

static void lent_memory_comes_back_when_everything_is_freed(void)
{
  pair p;
  int accepted = 0;
  uint8_t *data = malloc(70000);
  memset(data, 7, 70000);
  given_back = 0;
  pair_open(&p, "127.0.0.1:0", OSISESSION_FU_DUPLEX, 0);
  /* Nobody takes it: it piles up until the queue is full. */
  while (osisession_data_request_lent(p.initiator, data, 70000, give_back, data, NULL) == OSISESSION_OK) accepted++;
  CHECK(accepted > 3 && given_back < accepted);
  pair_free(&p);
  CHECK(given_back == accepted);
  free(data);
}

typedef struct keeper {
  osisession_event kept;
  int events;
} keeper;

static void keep(osisession_session *session, const osisession_event *event, void *user_data)
{
  keeper *k = user_data;
  (void)session;
  k->events++;
  OSISESSION_INIT(&k->kept);
  OK(osisession_event_retain(event, &k->kept, error_info()));
}

static void an_event_is_kept_beyond_its_callback(void)
{
  pair p;
  keeper k = {{0}, 0};
  osisession_callbacks callbacks;
  osisession_event copy, nothing;
  pair_open(&p, "memory:kept", OSISESSION_FU_DUPLEX, 0);
  OSISESSION_INIT(&callbacks);
  callbacks.on_event = keep;
  callbacks.user_data = &k;
  OK(osisession_session_set_callbacks(p.responder, &callbacks, error_info()));
  OK(osisession_data_request(p.initiator, "to be kept", 10, error_info()));
  while (k.events == 0) OK(osisession_endpoint_dispatch(p.endpoint, 100, NULL, error_info()));
  CHECK(k.kept.type == OSISESSION_DATA_INDICATION && same(k.kept.user_data, "to be kept"));
  OSISESSION_INIT(&copy);
  OK(osisession_event_retain(&k.kept, &copy, error_info()));
  CHECK(copy.user_data.data == k.kept.user_data.data);
  OK(osisession_event_free(&k.kept));
  CHECK(same(copy.user_data, "to be kept"));
  OK(osisession_event_free(&copy));
  OSISESSION_INIT(&nothing);
  STATUS(OSISESSION_E_INVALID, osisession_event_retain(&nothing, &copy, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_event_retain(NULL, &copy, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_event_retain(&nothing, NULL, error_info()));
  pair_free(&p);
}

/* Carries octets both ways until nothing moves, `step` at a time. */
static void carry(osisession_endpoint *endpoint, osisession_stream *a, osisession_stream *b, size_t step)
{
  uint8_t buffer[4096];
  size_t moved = 1;
  while (moved != 0) {
    osisession_stream *ends[2] = {a, b};
    int from;
    moved = 0;
    OK(osisession_endpoint_dispatch(endpoint, 0, NULL, error_info()));
    for (from = 0; from < 2; from++) {
      size_t length = 0, taken = 0, done = 0;
      if (osisession_stream_drain(ends[from], buffer, step, &length, NULL) != OSISESSION_OK) continue;
      while (done < length) {
        OK(osisession_stream_feed(ends[1 - from], buffer + done, length - done, &taken, error_info()));
        done += taken;
      }
      moved += length;
    }
  }
}

static void octets_that_the_program_carries(void)
{
  osisession_endpoint *endpoint;
  osisession_listener *listener;
  osisession_session *initiator, *responder;
  osisession_stream *near, *far;
  osisession_event event;
  size_t pending = 1, taken;
  MUST(osisession_endpoint_new(&endpoint, error_info()));
  MUST(osisession_listen(endpoint, "memory:carried", NULL, &listener, error_info()));
  MUST(osisession_connect_over_stream(endpoint, "serial line", NULL, NULL, &initiator, &near, error_info()));
  MUST(osisession_listener_accept_stream(listener, NULL, &far, error_info()));
  carry(endpoint, near, far, 5);
  MUST(osisession_listener_accept(listener, 0, &responder, error_info()));
  expect(responder, OSISESSION_CONNECT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_connect_response(responder, NULL, error_info()));
  carry(endpoint, near, far, 4096);
  expect(initiator, OSISESSION_CONNECT_CONFIRM, &event);
  OK(osisession_event_free(&event));
  OK(osisession_data_request(initiator, "by hand", 7, error_info()));
  OK(osisession_endpoint_dispatch(endpoint, 0, NULL, error_info()));
  OK(osisession_stream_pending(near, &pending, error_info()));
  CHECK(pending == 4 + 3 + 4 + 7);
  carry(endpoint, near, far, 4096);
  expect_data(responder, OSISESSION_DATA_INDICATION, "by hand");
  OK(osisession_stream_finish(near, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_stream_feed(near, "x", 1, &taken, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_stream_feed(far, NULL, 1, &taken, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_stream_drain(far, NULL, 1, &taken, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_stream_pending(far, NULL, error_info()));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_stream_finish((osisession_stream *)initiator, error_info()));
  OK(osisession_stream_free(far));
  STATUS(OSISESSION_E_STALE, osisession_stream_free(far));
  OK(osisession_stream_free(NULL));
  expect(responder, OSISESSION_P_ABORT_INDICATION, &event);
  OK(osisession_event_free(&event));
  OK(osisession_session_free(initiator));
  OK(osisession_session_free(responder));
  OK(osisession_stream_free(near));
  OK(osisession_listener_free(listener));
  OK(osisession_endpoint_free(endpoint));
}

int main(void)
{
  RUN(gathered_from_pieces);
  RUN(an_ssdu_in_pieces);
  RUN(lent_memory_is_given_back_once);
  RUN(lent_memory_comes_back_when_everything_is_freed);
  RUN(an_event_is_kept_beyond_its_callback);
  RUN(octets_that_the_program_carries);
  return harness_end();
}
