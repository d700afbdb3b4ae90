/* What a replayed program needs: recorded handles and addresses become those of today, peers play what was recorded of them. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <osisession.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Seconds after which what was recorded will not happen any more. */
#define PATIENCE 5

static int differences, calls;

static void differ(long number, const char *what, const char *got, const char *recorded)
{
  differences++;
  printf("call %ld: %s: now %s, recorded %s\n", number, what, got, recorded);
  fflush(stdout);
}

static void expect_number(long number, const char *what, uint64_t got, uint64_t recorded)
{
  if (got != recorded) {
    char now[24], then[24];
    snprintf(now, sizeof now, "%" PRIu64, got);
    snprintf(then, sizeof then, "%" PRIu64, recorded);
    differ(number, what, now, then);
  }
}

static void expect_status(long number, const char *what, int32_t got, int32_t recorded)
{
  calls++;
  if (got != recorded) differ(number, what, osisession_status_name(got), osisession_status_name(recorded));
}

/* Octets from their hexadecimal form; never given back, the program is short. */
static uint8_t *octets(const char *hex, size_t *length)
{
  static const char digits[] = "0123456789abcdef";
  const size_t count = strlen(hex) / 2;
  uint8_t *made = malloc(count + 1);
  if (made == NULL) abort();
  for (size_t i = 0; i < count; i++)
    made[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 | (strchr(digits, hex[2 * i + 1]) - digits));
  if (length != NULL) *length = count;
  return made;
}

static inline const void *X(const char *hex)
{
  return octets(hex, NULL);
}

static inline osisession_octets O(const char *hex)
{
  osisession_octets made = {NULL, 0};
  made.data = octets(hex, &made.length);
  return made;
}

static void expect_octets(long number, const char *what, osisession_octets got, const char *hex)
{
  size_t length = 0;
  uint8_t *recorded = octets(hex, &length);
  if (got.length != length || (length != 0 && memcmp(got.data, recorded, length) != 0)) differ(number, what, "others", "these octets");
  free(recorded);
}

/* Recorded handles, and those of today. A recorded one that was never given out stays what it was: a wrong one. */
#define HANDLES 65536
static struct {
  uint64_t recorded;
  void *now;
} handles[HANDLES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t slot(uint64_t recorded)
{
  size_t at = (size_t)((recorded * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
  for (size_t i = 0; i < HANDLES && handles[at].recorded != 0 && handles[at].recorded != recorded; i++) at = (at + 1) % HANDLES;
  return at;
}

static inline void *H(uint64_t recorded)
{
  pthread_mutex_lock(&lock);
  const size_t at = slot(recorded);
  void *now = handles[at].recorded == recorded && recorded != 0 ? handles[at].now : (void *)(uintptr_t)recorded;
  pthread_mutex_unlock(&lock);
  return now;
}

static inline void SET(uint64_t recorded, void *now)
{
  pthread_mutex_lock(&lock);
  const size_t at = slot(recorded);
  if (handles[at].recorded != 0 && handles[at].recorded != recorded) abort();
  handles[at].recorded = recorded;
  handles[at].now = now;
  pthread_mutex_unlock(&lock);
}

/* The program's own event variables, by their recorded addresses. */
#define VARIABLES 4096
static struct {
  uint64_t address;
  osisession_event event;
} variables[VARIABLES];

static inline osisession_event *E(uint64_t address)
{
  for (size_t i = 0; i < VARIABLES; i++) {
    if (variables[i].address == 0) {
      variables[i].address = address;
      OSISESSION_INIT(&variables[i].event);
    }
    if (variables[i].address == address) return &variables[i].event;
  }
  abort();
}

#define ENDPOINTS 64
static osisession_endpoint *endpoints[ENDPOINTS];
static size_t endpoint_count;

static inline void endpoint_made(osisession_endpoint *endpoint)
{
  if (endpoint_count < ENDPOINTS) endpoints[endpoint_count++] = endpoint;
}

/* Lets everything go on for a moment. */
static inline void nudge(void)
{
  int driven = 0;
  for (size_t i = 0; i < endpoint_count; i++)
    driven |= osisession_endpoint_dispatch(endpoints[i], 1, NULL, NULL) == OSISESSION_OK;
  if (!driven) usleep(1000);
}

static inline time_t late(void)
{
  return time(NULL) + PATIENCE;
}

static inline int is_early(int32_t status)
{
  return status == OSISESSION_E_WOULD_BLOCK || status == OSISESSION_E_TIMED_OUT;
}

/* Peers. */
enum step { EXPECT, SEND, END };
struct play {
  enum step step;
  const char *hex;
};
struct peer {
  const char *name;
  const struct play *plays;
  size_t count;
  int listener, connection;
  char address[64];
  size_t received;
  pthread_t thread;
  struct peer *next;
};
static struct peer *peers;

static void peer_run(struct peer *peer)
{
  for (size_t i = 0; i < peer->count; i++) {
    if (peer->plays[i].step == END) {
      shutdown(peer->connection, SHUT_WR);
      continue;
    }
    size_t length = 0, done = 0;
    uint8_t *recorded = octets(peer->plays[i].hex, &length);
    uint8_t *now = malloc(length + 1);
    while (now != NULL && done < length) {
      const ssize_t count = peer->plays[i].step == SEND ? send(peer->connection, recorded + done, length - done, MSG_NOSIGNAL)
                                                        : recv(peer->connection, now + done, length - done, 0);
      if (count <= 0) break;
      done += (size_t)count;
      if (peer->plays[i].step == EXPECT) {
        pthread_mutex_lock(&lock);
        peer->received += (size_t)count;
        pthread_mutex_unlock(&lock);
      }
    }
    if (peer->plays[i].step == EXPECT && (done < length || memcmp(recorded, now, length) != 0)) {
      pthread_mutex_lock(&lock);
      differences++;
      printf("connection %s: step %zu: %zu octets came of %zu, or others: recorded %s\n", peer->name, i, done, length, peer->plays[i].hex);
      pthread_mutex_unlock(&lock);
      i = peer->count;
    }
    free(recorded);
    free(now);
  }
  char rest[4096];
  while (recv(peer->connection, rest, sizeof rest, 0) > 0) {}
  close(peer->connection);
}

static void *peer_called(void *argument)
{
  struct peer *peer = argument;
  peer->connection = accept(peer->listener, NULL, NULL);
  close(peer->listener);
  if (peer->connection >= 0) peer_run(peer);
  return NULL;
}

static void *peer_calling(void *argument)
{
  struct peer *peer = argument;
  peer_run(peer);
  return NULL;
}

static struct peer *peer_new(const char *name, const struct play *plays, size_t count)
{
  struct peer *peer = calloc(1, sizeof *peer);
  if (peer == NULL) abort();
  peer->name = name;
  peer->plays = plays;
  peer->count = count;
  peer->next = peers;
  peers = peer;
  return peer;
}

/* What went out before a wait was over goes out before the next step. */
static inline void wait_for_peer(long number, const char *name, size_t octets_sent)
{
  const time_t end = late();
  struct peer *peer = peers;
  while (peer != NULL && strcmp(peer->name, name) != 0) peer = peer->next;
  for (;;) {
    pthread_mutex_lock(&lock);
    const size_t now = peer == NULL ? octets_sent : peer->received;
    pthread_mutex_unlock(&lock);
    if (now >= octets_sent) return;
    if (time(NULL) > end) {
      expect_number(number, "octets sent before", now, octets_sent);
      return;
    }
    nudge();
  }
}

static void peer_socket(int descriptor)
{
  const struct timeval patience = {PATIENCE, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

/* Where somebody waits who answers as recorded. */
static inline const char *peer_listen(const char *name, const struct play *plays, size_t count)
{
  struct peer *peer = peer_new(name, plays, count);
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  peer_socket(peer->listener);
  if (bind(peer->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(peer->listener, 1) != 0 ||
      getsockname(peer->listener, (struct sockaddr *)&address, &length) != 0 ||
      pthread_create(&peer->thread, NULL, peer_called, peer) != 0)
    abort();
  snprintf(peer->address, sizeof peer->address, "127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
  return peer->address;
}

/* Where the listener is today. */
static inline const char *listening(uint64_t recorded)
{
  char *text = malloc(64);
  if (text == NULL || osisession_listener_local_address(H(recorded), text, 64, NULL, NULL) != OSISESSION_OK) return "127.0.0.1:1";
  return text;
}

/* A connection to there. */
static inline int dial(const char *at)
{
  struct sockaddr_in address;
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)atoi(strrchr(at, ':') + 1));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return -1;
  return descriptor;
}

/* A caller comes, as recorded. */
static inline void peer_call(const char *name, uint64_t listener, const struct play *plays, size_t count)
{
  const char *at = strrchr(listening(listener), ':');
  struct peer *peer = peer_new(name, plays, count);
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)atoi(at + 1));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer->connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  peer_socket(peer->connection);
  if (connect(peer->connection, (struct sockaddr *)&address, sizeof address) != 0 ||
      pthread_create(&peer->thread, NULL, peer_calling, peer) != 0)
    abort();
}

/* Callbacks: the n-th of a session does what the n-th of it did. */
static void on_recorded_event(uint64_t session, long count, const osisession_event *event);
#define CALLBACKS 4096
static struct {
  uint64_t session;
  long count;
} callbacks[CALLBACKS];

static long *callback_count(uint64_t session)
{
  for (size_t i = 0; i < CALLBACKS; i++) {
    if (callbacks[i].session == 0) callbacks[i].session = session;
    if (callbacks[i].session == session) return &callbacks[i].count;
  }
  abort();
}

static inline void replay_on_event(osisession_session *session, const osisession_event *event, void *user_data)
{
  (void)session;
  const uint64_t recorded = (uint64_t)(uintptr_t)user_data;
  on_recorded_event(recorded, *callback_count(recorded) + 1, event);
  pthread_mutex_lock(&lock);
  ++*callback_count(recorded);
  pthread_mutex_unlock(&lock);
}

static inline void wait_for_callbacks(long number, uint64_t session, long count)
{
  const time_t end = late();
  for (;;) {
    pthread_mutex_lock(&lock);
    const long now = *callback_count(session);
    pthread_mutex_unlock(&lock);
    if (now >= count) return;
    if (time(NULL) > end) {
      expect_number(number, "callbacks", (uint64_t)now, (uint64_t)count);
      return;
    }
    nudge();
  }
}

static inline void replay_release(const void *data, size_t length, void *user_data)
{
  (void)data, (void)length, (void)user_data;
}

static inline int replay_end(void)
{
  for (struct peer *peer = peers; peer != NULL; peer = peer->next) pthread_join(peer->thread, NULL);
  printf("%d calls, %d differences\n", calls, differences);
  return differences == 0 ? 0 : 1;
}
