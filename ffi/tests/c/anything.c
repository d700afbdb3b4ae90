/* A program that calls anything: random functions with live, stale, foreign and NULL handles of any kind, random sizes, flags and
 * lengths, callbacks that call anything. It must not crash, hang or leak. Usage: anything [CALLS [SEED]] */
#include "harness.h"

#define POOL 48
#define NAMES 3

static uint64_t state;
static void *pool[POOL];
static unsigned long calls, accepted;
static int depth;
static uint8_t memory[70000];

static uint64_t any(void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static unsigned below(unsigned n)
{
  return (unsigned)(any() % n);
}

/* A handle: mostly of the pool, which keeps those that were freed; sometimes NULL, sometimes any number. */
static void *handle(void)
{
  switch (below(16)) {
    case 0: return NULL;
    case 1: return (void *)(uintptr_t)any();
    case 2: return (void *)((uintptr_t)pool[below(POOL)] ^ (uintptr_t)1 << below(64));
    default: return pool[below(POOL)];
  }
}

/* Everything that was ever made is freed in the end, once more if need be. */
static void **all;
static size_t made_in_all, room;

static void keep(void *made)
{
  if (made == NULL) return;
  pool[below(POOL)] = made;
  if (made_in_all == room) {
    room = room == 0 ? 1024 : 2 * room;
    all = realloc(all, room * sizeof *all);
    if (all == NULL) abort();
  }
  all[made_in_all++] = made;
}

/* Lengths at the edges; with `data` NULL any length may be claimed. */
static const void *octets(size_t *length)
{
  static const size_t lengths[] = {0, 1, 2, 14, 15, 16, 17, 512, 513, 4096, 65000, 70000};
  if (below(24) == 0) {
    *length = below(2) ? SIZE_MAX : (size_t)any();
    return NULL;
  }
  *length = lengths[below(sizeof lengths / sizeof *lengths)];
  return below(16) == 0 && *length == 0 ? NULL : memory;
}

static osisession_octets some(void)
{
  osisession_octets it;
  it.data = octets(&it.length);
  if (it.length > 64 && it.data != NULL) it.length = below(40);
  return it;
}

/* A struct's size: mostly right. A larger one is never claimed than there is. */
#define SIZED(it) \
  do { \
    OSISESSION_INIT(&(it)); \
    if (below(12) == 0) (it).struct_size = below((unsigned)sizeof(it) + 1); \
  } while (0)

static uint32_t number(void)
{
  static const uint32_t numbers[] = {0, 1, 2, 3, 4, 0x40, 0x55, 0xff, 0x349, 0x1fff, 0xffff, 0x10000, 0x7fffffff, 0xffffffff};
  return below(2) ? numbers[below(sizeof numbers / sizeof *numbers)] : below(1024);
}

static void one(void);

static void on_event(osisession_session *session, const osisession_event *event, void *user_data)
{
  osisession_event kept;
  (void)session;
  (void)user_data;
  if (below(4) == 0) {
    OSISESSION_INIT(&kept);
    if (osisession_event_retain(event, &kept, NULL) == OSISESSION_OK) osisession_event_free(&kept);
  }
  if (depth < 3) one();
}

static void on_release(void *user_data)
{
  (void)user_data;
  if (depth < 3 && below(2)) one();
}

static long lent;

static void give_back(const void *data, size_t length, void *user_data)
{
  (void)length;
  (void)user_data;
  if (data != memory) abort();
  lent--;
}

static const char *address(void)
{
  static const char *const names[] = {"memory:any 0", "memory:any 1", "memory:any 2", "memory:", "", "not an address!", "127.0.0.1:0", ":::"};
  return below(20) == 0 ? NULL : names[below(3) ? below(NAMES) : below(8)];
}

static void connect_params(osisession_connect_params *it)
{
  SIZED(*it);
  it->functional_units = below(3) ? 0 : number() & 0x1fff;
  if (below(4) == 0) it->called_selector = some();
  if (below(4) == 0) it->present = number();
  if (below(4) == 0) it->user_data = some();
  if (below(4) == 0) it->versions = number();
}

static int32_t call(void)
{
  void *h = handle();
  size_t length, needed = 0;
  const void *data = octets(&length);
  osisession_error_info error;
  osisession_error_info *e = NULL;
  if (below(2)) {
    SIZED(error);
    e = &error;
  }
  switch (below(49)) {
    case 0:
    case 1: {
      osisession_endpoint *made = NULL;
      int32_t status = osisession_endpoint_new(below(16) ? &made : NULL, e);
      keep(made);
      return status;
    }
    case 2: return osisession_endpoint_free(below(3) ? NULL : h);
    case 3: return osisession_session_free(below(2) ? NULL : h);
    case 4: return osisession_listener_free(below(2) ? NULL : h);
    case 5: return osisession_stream_free(below(2) ? NULL : h);
    case 6:
    case 7:
    case 8:
    case 9:
    case 10: return osisession_endpoint_dispatch(h, 0, below(2) ? &needed : NULL, e);
    case 11: {
      osisession_listener *made = NULL;
      osisession_listener_config config;
      int32_t status;
      SIZED(config);
      if (below(3) == 0) config.t_selector = some();
      if (below(3) == 0) config.backlog = number();
      status = osisession_listen(h, address(), below(2) ? &config : NULL, &made, e);
      keep(made);
      return status;
    }
    case 12:
    case 13: {
      osisession_session *made = NULL;
      osisession_connect_params params;
      osisession_session_config config;
      int32_t status;
      connect_params(&params);
      SIZED(config);
      config.flags = below(2) ? 0 : number() & 0xff;
      config.queued_event_octets = below(3) ? 0 : 1 + number();
      status = osisession_connect(h, address(), below(2) ? &params : NULL, below(2) ? &config : NULL, &made, e);
      keep(made);
      return status;
    }
    case 14: {
      osisession_session *made = NULL;
      int32_t status = osisession_session_open(h, NULL, &made, e);
      keep(made);
      return status;
    }
    case 15:
    case 16: {
      osisession_session *made = NULL;
      int32_t status = osisession_listener_accept(h, 0, &made, e);
      keep(made);
      return status;
    }
    case 17: {
      osisession_session *made = NULL;
      osisession_stream *stream = NULL;
      int32_t status = osisession_connect_over_stream(h, address(), NULL, NULL, &made, &stream, e);
      keep(made);
      keep(stream);
      return status;
    }
    case 18: {
      osisession_stream *stream = NULL;
      int32_t status = osisession_listener_accept_stream(h, address(), &stream, e);
      keep(stream);
      return status;
    }
    case 19: return osisession_stream_feed(h, data, length, &needed, e);
    case 20: return osisession_stream_drain(h, below(8) ? memory : NULL, below(8) ? below(sizeof memory) : 0, &needed, e);
    case 21: return osisession_stream_finish(h, e);
    case 22:
    case 23:
    case 24: {
      osisession_event event;
      int32_t status;
      SIZED(event);
      status = osisession_next_event(h, 0, &event, e);
      if (status == OSISESSION_OK && osisession_event_free(&event) != OSISESSION_OK) abort();
      return status;
    }
    case 25: {
      osisession_callbacks callbacks;
      SIZED(callbacks);
      callbacks.on_event = below(4) ? on_event : NULL;
      callbacks.on_release = below(2) ? on_release : NULL;
      return osisession_session_set_callbacks(h, below(4) ? &callbacks : NULL, e);
    }
    case 26:
    case 27: return osisession_connect_response(h, NULL, e);
    case 28: {
      osisession_connect_params params;
      connect_params(&params);
      return osisession_connect_request(h, below(2) ? &params : NULL, e);
    }
    case 29: return osisession_data_request(h, data, length, e);
    case 30: {
      int32_t status = osisession_data_request_lent(h, data, length, below(8) ? give_back : NULL, NULL, e);
      if (status == OSISESSION_OK) lent++;
      return status;
    }
    case 31: {
      osisession_octets pieces[3];
      pieces[0] = some();
      pieces[1] = some();
      pieces[2] = some();
      return osisession_data_request_vectored(h, below(8) ? pieces : NULL, below(4), e);
    }
    case 32: return osisession_expedited_data_request(h, data, length, e);
    case 33: return osisession_token_give_request(h, number(), data, length, e);
    case 34: return osisession_token_please_request(h, number(), data, length, e);
    case 35: return osisession_sync_major_request(h, data, length, NULL, e);
    case 36: return osisession_release_request(h, data, length, e);
    case 37: return osisession_release_response(h, data, length, e);
    case 38: return osisession_u_abort_request(h, data, length, e);
    case 39: return osisession_session_close(below(4) ? NULL : h, e);
    case 40: {
      osisession_properties properties;
      SIZED(properties);
      return osisession_session_properties(h, below(16) ? &properties : NULL, e);
    }
    case 41: {
      char text[64];
      return osisession_session_history(h, below(8) ? text : NULL, below(8) ? below(sizeof text + 1) : 0, &needed, e);
    }
    case 42: {
      osisession_transport_request request;
      int32_t status;
      SIZED(request);
      status = osisession_transport_next_request(h, &request, e);
      if (status == OSISESSION_OK) osisession_transport_request_free(&request);
      return status;
    }
    case 43: return osisession_transport_indicate_data(h, data, length, e);
    case 44: return osisession_transport_indicate_connect(h, number() & 3, e);
    case 45: {
      osisession_diagnosis diagnosis;
      SIZED(diagnosis);
      return below(4) ? osisession_session_diagnosis(h, below(16) ? &diagnosis : NULL, e)
                      : osisession_endpoint_refusal_diagnosis(h, below(16) ? &diagnosis : NULL, e);
    }
    case 46: {
      char text[512];
      const size_t room = below(8) ? below(sizeof text + 1) : 0;
      return below(4) ? osisession_session_report(h, below(3), below(8) ? text : NULL, room, &needed, e)
                      : osisession_endpoint_refusal_report(h, below(3), below(8) ? text : NULL, room, &needed, e);
    }
    case 47: {
      osisession_endpoint *made = NULL;
      osisession_endpoint_config config;
      int32_t status;
      SIZED(config);
      config.flags = below(4) ? OSISESSION_ENDPOINT_WITNESS : number();
      status = osisession_endpoint_new_with(&config, &made, e);
      keep(made);
      return status;
    }
    default: return osisession_endpoint_wake(h);
  }
}

static void one(void)
{
  int32_t status;
  depth++;
  status = call();
  calls++;
  accepted += status == OSISESSION_OK;
  if (status > 0 || strcmp(osisession_status_name(status), "OSISESSION_E_UNKNOWN") == 0 || status == OSISESSION_E_INTERNAL) {
    printf("# status %d after %lu calls\n", (int)status, calls);
    abort();
  }
  depth--;
}

int main(int argc, char **argv)
{
  const unsigned long most = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
  const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  size_t at;
  state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  memset(memory, 'x', sizeof memory);
  printf("# seed %" PRIu64 "\n", seed);
  while (calls < most) one();
  /* No more calls from callbacks. */
  depth = 3;
  for (at = 0; at < made_in_all; at++) {
    osisession_session_free(all[at]);
    osisession_listener_free(all[at]);
    osisession_stream_free(all[at]);
    osisession_endpoint_free(all[at]);
  }
  printf("# %lu calls, %lu accepted, %lu objects\n", calls, accepted, (unsigned long)made_in_all);
  free(all);
  if (lent != 0) {
    printf("not ok 1 - anything: %ld pieces of memory were not given back\n1..1\n", lent);
    return 1;
  }
  if (accepted < most / 50) {
    printf("not ok 1 - anything: hardly anything was accepted\n1..1\n");
    return 1;
  }
  printf("ok 1 - anything\n1..1\n");
  return 0;
}
