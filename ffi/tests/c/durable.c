/* Durable dialogues over loopback, a store of the program's own, and what a caller can do wrong. */
#define _GNU_SOURCE
#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { WAIT = 30000, NAMES = 8, RECORDS = 4096 };

/* A store in memory, as a program's own. One lock: two journals may share it one after the other. */
typedef struct store {
  pthread_mutex_t lock;
  struct {
    char name[300];
    size_t length;
    int open;
    struct {
      unsigned char *data;
      size_t length;
    } records[RECORDS];
    size_t count;
  } logs[NAMES];
  size_t count;
  atomic_int ended, commits, fail;
} store;

static void store_init(store *s)
{
  memset(s, 0, sizeof *s);
  pthread_mutex_init(&s->lock, NULL);
}

static size_t store_find(store *s, const void *name, size_t length)
{
  size_t at;
  for (at = 0; at < s->count; at++)
    if (s->logs[at].length == length && memcmp(s->logs[at].name, name, length) == 0) break;
  return at;
}

static void store_clear(store *s, size_t at)
{
  size_t record;
  for (record = 0; record < s->logs[at].count; record++) free(s->logs[at].records[record].data);
  s->logs[at].count = 0;
}

static int32_t store_open(void *user, const void *name, size_t length, osisession_journal_give give, void *context)
{
  store *s = user;
  int32_t status = OSISESSION_OK;
  size_t at, record;
  pthread_mutex_lock(&s->lock);
  at = store_find(s, name, length);
  if (at < s->count && s->logs[at].open) status = OSISESSION_E_REFUSED;
  for (record = 0; status == OSISESSION_OK && at < s->count && record < s->logs[at].count; record++)
    status = give(context, s->logs[at].records[record].data, s->logs[at].records[record].length);
  if (status == OSISESSION_OK && at == s->count && s->count < NAMES && length <= sizeof s->logs[at].name) {
    memcpy(s->logs[at].name, name, length);
    s->logs[at].length = length;
    s->count++;
  }
  if (status == OSISESSION_OK && at < s->count) s->logs[at].open = 1;
  pthread_mutex_unlock(&s->lock);
  return status;
}

static void store_close(void *user, const void *name, size_t length)
{
  store *s = user;
  size_t at;
  pthread_mutex_lock(&s->lock);
  at = store_find(s, name, length);
  if (at < s->count) s->logs[at].open = 0;
  pthread_mutex_unlock(&s->lock);
}

static int32_t store_commit(void *user, const osisession_journal_change *changes, size_t count)
{
  store *s = user;
  size_t change, record;
  if (s->fail) return -7;
  pthread_mutex_lock(&s->lock);
  for (change = 0; change < count; change++) {
    const size_t at = store_find(s, changes[change].dialogue.data, changes[change].dialogue.length);
    if (changes[change].replaces) store_clear(s, at);
    for (record = 0; record < changes[change].record_count && s->logs[at].count < RECORDS; record++) {
      const osisession_octets octets = changes[change].records[record];
      unsigned char *copy = malloc(octets.length + 1);
      memcpy(copy, octets.data, octets.length);
      s->logs[at].records[s->logs[at].count].data = copy;
      s->logs[at].records[s->logs[at].count].length = octets.length;
      s->logs[at].count++;
    }
  }
  s->commits++;
  pthread_mutex_unlock(&s->lock);
  return OSISESSION_OK;
}

static int32_t store_remove(void *user, const void *name, size_t length)
{
  store *s = user;
  size_t at;
  pthread_mutex_lock(&s->lock);
  at = store_find(s, name, length);
  if (at < s->count) store_clear(s, at);
  pthread_mutex_unlock(&s->lock);
  return OSISESSION_OK;
}

static int32_t store_dialogues(void *user, osisession_journal_give give, void *context)
{
  store *s = user;
  size_t at;
  int32_t status = OSISESSION_OK;
  pthread_mutex_lock(&s->lock);
  for (at = 0; at < s->count && status == OSISESSION_OK; at++)
    if (s->logs[at].count > 0) status = give(context, s->logs[at].name, s->logs[at].length);
  pthread_mutex_unlock(&s->lock);
  return status;
}

static void store_end(void *user)
{
  ((store *)user)->ended++;
}

static osisession_journal *journal_on(store *s)
{
  osisession_journal *journal = NULL;
  osisession_journal_store functions;
  OSISESSION_INIT(&functions);
  functions.user_data = s;
  functions.open = store_open;
  functions.close = store_close;
  functions.commit = store_commit;
  functions.remove = store_remove;
  functions.dialogues = store_dialogues;
  functions.end = store_end;
  MUST(osisession_journal_own(&functions, &journal, error_info()));
  return journal;
}

static void store_free(store *s)
{
  size_t at;
  for (at = 0; at < s->count; at++) store_clear(s, at);
  pthread_mutex_destroy(&s->lock);
}

static osisession_durable_node *node_on(osisession_journal *journal, const osisession_durable_config *config)
{
  osisession_durable_node *node = NULL;
  MUST(osisession_durable_node_new(journal, config, &node, error_info()));
  OK(osisession_journal_free(journal));
  return node;
}

static osisession_durable_node *node_in_memory(const osisession_durable_config *config)
{
  osisession_journal *journal = NULL;
  MUST(osisession_journal_memory(&journal, error_info()));
  return node_on(journal, config);
}

static void expect(osisession_dialogue *dialogue, const char *data, uint64_t position)
{
  osisession_dialogue_message message, copy;
  OSISESSION_INIT(&message);
  MUST(osisession_dialogue_receive(dialogue, WAIT, &message, error_info()));
  CHECK(same(message.data, data) && message.position == position);
  copy = message;
  OK(osisession_dialogue_message_free(&message));
  OK(osisession_dialogue_message_free(&message));
  STATUS(OSISESSION_E_STALE, osisession_dialogue_message_free(&copy));
}

static void begun_sent_confirmed_closed(void)
{
  osisession_durable_node *near_node = node_in_memory(NULL), *far_node = node_in_memory(NULL);
  osisession_dialogue *here = NULL, *there = NULL, *found = NULL, *none = NULL;
  osisession_durable_dial_params params;
  osisession_dialogue_state state;
  osisession_dialogue_event event;
  char address[80], label[8];
  uint64_t position = 0;
  size_t length = 0;
  MUST(osisession_durable_listen(far_node, "127.0.0.1:0", address, sizeof address, NULL, error_info()));
  OSISESSION_INIT(&params);
  params.label = text("orders");
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_durable_find(near_node, "orders", 6, &none, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_durable_accept(far_node, 0, &none, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_durable_accept(far_node, 10, &none, error_info()));
  MUST(osisession_durable_dial(near_node, address, &params, &here, error_info()));
  OK(osisession_durable_find(near_node, "orders", 6, &found, error_info()));
  OK(osisession_dialogue_label(found, label, sizeof label, &length, error_info()));
  CHECK(length == 6 && memcmp(label, "orders", 6) == 0);
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_dialogue_label(found, label, 2, NULL, error_info()));
  OK(osisession_dialogue_free(found));
  STATUS(OSISESSION_E_STALE, osisession_dialogue_free(found));
  MUST(osisession_durable_accept(far_node, WAIT, &there, error_info()));
  OK(osisession_dialogue_send(here, "first", 5, WAIT, &position, error_info()));
  CHECK(position == 1);
  OK(osisession_dialogue_send(here, "second", 6, WAIT, NULL, error_info()));
  OK(osisession_dialogue_wait(here, OSISESSION_DIALOGUE_ACCEPTED, 2, WAIT, error_info()));
  OK(osisession_dialogue_wait(here, OSISESSION_DIALOGUE_CONFIRMED, 0, WAIT, error_info()));
  expect(there, "first", 1);
  expect(there, "second", 2);
  OK(osisession_dialogue_commit(there, 2, error_info()));
  OK(osisession_dialogue_wait(there, OSISESSION_DIALOGUE_COMMITTED, 2, WAIT, error_info()));
  OK(osisession_dialogue_send(there, "answer", 6, WAIT, NULL, error_info()));
  expect(here, "answer", 1);
  OSISESSION_INIT(&state);
  OK(osisession_dialogue_look(here, &state, error_info()));
  CHECK(state.state == OSISESSION_DIALOGUE_CONNECTED && state.initiator == 1 && state.sent == 2 && state.confirmed == 2);
  CHECK(state.received == 1 && state.committed == 0 && state.confirmed_octets == 11 && state.next_ms == -1);
  CHECK(state.error.status == OSISESSION_OK);
  OSISESSION_INIT(&event);
  OK(osisession_dialogue_next_event(here, WAIT, &event, error_info()));
  CHECK(event.type == OSISESSION_DIALOGUE_EVENT_CONNECTING && event.epoch == 1 && event.attempt == 1);
  /* Closing waits until the application is done with what came. */
  OK(osisession_dialogue_commit(here, 1, error_info()));
  OK(osisession_dialogue_close(here, WAIT, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_dialogue_receive(there, WAIT, &(osisession_dialogue_message){.struct_size = sizeof(osisession_dialogue_message)}, error_info()));
  OK(osisession_dialogue_look(there, &state, error_info()));
  CHECK(state.state == OSISESSION_DIALOGUE_CLOSED && state.initiator == 0);
  STATUS(OSISESSION_E_CLOSED, osisession_dialogue_send(here, "late", 4, 0, NULL, error_info()));
  OK(osisession_dialogue_free(here));
  OK(osisession_dialogue_free(there));
  OK(osisession_durable_node_free(near_node));
  OK(osisession_durable_node_free(far_node));
}

static atomic_int news_count;

static void on_news(void *user_data)
{
  atomic_int *count = user_data;
  ++*count;
}

/* Both processes "end" while there is something on its way; the program's own stores are all that is left. */
static void a_store_of_the_programs_own(void)
{
  static store ours, theirs;
  osisession_durable_node *near_node, *far_node;
  osisession_dialogue *here = NULL, *there = NULL;
  osisession_durable_dial_params params;
  osisession_durable_config config;
  osisession_dialogue_state state;
  char address[80];
  int round;
  store_init(&ours);
  store_init(&theirs);
  OSISESSION_INIT(&config);
  config.on_news = on_news;
  config.user_data = &news_count;
  config.first_delay_ms = 10;
  config.longest_delay_ms = 50;
  near_node = node_on(journal_on(&ours), &config);
  far_node = node_on(journal_on(&theirs), NULL);
  MUST(osisession_durable_listen(far_node, "127.0.0.1:0", address, sizeof address, NULL, error_info()));
  OSISESSION_INIT(&params);
  params.label = text("orders");
  MUST(osisession_durable_dial(near_node, address, &params, &here, error_info()));
  OK(osisession_dialogue_send(here, "one", 3, WAIT, NULL, error_info()));
  OK(osisession_dialogue_wait(here, OSISESSION_DIALOGUE_CONFIRMED, 1, WAIT, error_info()));
  MUST(osisession_durable_accept(far_node, WAIT, &there, error_info()));
  expect(there, "one", 1);
  OK(osisession_dialogue_commit(there, 1, error_info()));
  OK(osisession_dialogue_wait(there, OSISESSION_DIALOGUE_COMMITTED, 1, WAIT, error_info()));
  for (round = 0; round < 3; round++) {
    /* The far one is away while something is sent; then the near one goes before it is confirmed. */
    char said[16];
    snprintf(said, sizeof said, "round %d", round);
    OK(osisession_dialogue_free(there));
    OK(osisession_durable_node_free(far_node));
    OK(osisession_dialogue_send(here, said, strlen(said), WAIT, NULL, error_info()));
    OK(osisession_dialogue_wait(here, OSISESSION_DIALOGUE_ACCEPTED, (uint64_t)round + 2, WAIT, error_info()));
    OK(osisession_durable_node_free(near_node));
    STATUS(OSISESSION_E_CLOSED, osisession_dialogue_send(here, "x", 1, 0, NULL, error_info()));
    OK(osisession_dialogue_free(here));
    near_node = node_on(journal_on(&ours), &config);
    far_node = node_on(journal_on(&theirs), NULL);
    MUST(osisession_durable_listen(far_node, address, NULL, 0, NULL, error_info()));
    MUST(osisession_durable_find(near_node, "orders", 6, &here, error_info()));
    MUST(osisession_durable_dialogue(far_node, 0, &there, error_info()));
    STATUS(OSISESSION_E_WOULD_BLOCK, osisession_durable_dialogue(far_node, 1, &there, error_info()));
    OK(osisession_dialogue_reconnect(here, NULL, error_info()));
    expect(there, said, (uint64_t)round + 2);
    OK(osisession_dialogue_commit(there, (uint64_t)round + 2, error_info()));
    OK(osisession_dialogue_wait(there, OSISESSION_DIALOGUE_COMMITTED, (uint64_t)round + 2, WAIT, error_info()));
  }
  CHECK(ours.commits > 3 && theirs.commits > 3 && news_count > 0);
  /* A store that fails: what is not stored is not accepted. */
  ours.fail = 1;
  OK(osisession_dialogue_send(here, "never", 5, WAIT, NULL, error_info()));
  STATUS(OSISESSION_E_INTERNAL, osisession_dialogue_wait(here, OSISESSION_DIALOGUE_ACCEPTED, 5, WAIT, error_info()));
  CHECK(strstr(harness_error.text, "-7") != NULL);
  OSISESSION_INIT(&state);
  OK(osisession_dialogue_look(here, &state, error_info()));
  CHECK(state.error.status != OSISESSION_OK);
  OK(osisession_dialogue_free(here));
  OK(osisession_dialogue_free(there));
  OK(osisession_durable_node_free(near_node));
  OK(osisession_durable_node_free(far_node));
  CHECK(ours.ended == 4 && theirs.ended == 4);
  /* A record that was changed is found, and the dialogue is not served. */
  theirs.logs[0].records[0].data[theirs.logs[0].records[0].length - 1] ^= 1;
  far_node = node_on(journal_on(&theirs), NULL);
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_durable_dialogue(far_node, 0, &there, error_info()));
  OK(osisession_durable_node_free(far_node));
  store_free(&ours);
  store_free(&theirs);
}

static int32_t on_caller(const osisession_durable_caller *caller, void *user_data)
{
  CHECK(caller->struct_size == sizeof *caller && caller->address.length > 8);
  ++*(atomic_int *)user_data;
  return OSISESSION_DURABLE_REFUSE;
}

static void a_caller_that_is_refused(void)
{
  static atomic_int asked;
  osisession_durable_config config;
  osisession_durable_node *near_node = node_in_memory(NULL), *far_node;
  osisession_dialogue *here = NULL;
  osisession_dialogue_event event;
  char address[80];
  OSISESSION_INIT(&config);
  config.on_caller = on_caller;
  config.user_data = &asked;
  far_node = node_in_memory(&config);
  MUST(osisession_durable_listen(far_node, "127.0.0.1:0", address, sizeof address, NULL, error_info()));
  MUST(osisession_durable_dial(near_node, address, NULL, &here, error_info()));
  OSISESSION_INIT(&event);
  do MUST(osisession_dialogue_next_event(here, WAIT, &event, error_info()));
  while (event.type != OSISESSION_DIALOGUE_EVENT_STOPPED);
  CHECK(asked == 1);
  OK(osisession_dialogue_free(here));
  OK(osisession_durable_node_free(near_node));
  OK(osisession_durable_node_free(far_node));
}

static uint64_t cursor(const uint8_t *id, const void *label, size_t length, void *user_data)
{
  CHECK(id != NULL && (length == 0 || label != NULL));
  return *(uint64_t *)user_data;
}

/* The application says itself how far it is: what it did not finish comes again. */
static void the_applications_own_count(void)
{
  static store theirs;
  static uint64_t done;
  osisession_durable_config config;
  osisession_durable_node *near_node, *far_node;
  osisession_dialogue *here = NULL, *there = NULL;
  char address[80];
  store_init(&theirs);
  OSISESSION_INIT(&config);
  config.flags = OSISESSION_DURABLE_APPLICATION;
  config.cursor = cursor;
  config.user_data = &done;
  near_node = node_in_memory(NULL);
  far_node = node_on(journal_on(&theirs), &config);
  MUST(osisession_durable_listen(far_node, "127.0.0.1:0", address, sizeof address, NULL, error_info()));
  MUST(osisession_durable_dial(near_node, address, NULL, &here, error_info()));
  OK(osisession_dialogue_send(here, "one", 3, WAIT, NULL, error_info()));
  OK(osisession_dialogue_send(here, "two", 3, WAIT, NULL, error_info()));
  MUST(osisession_durable_accept(far_node, WAIT, &there, error_info()));
  expect(there, "one", 1);
  expect(there, "two", 2);
  OK(osisession_dialogue_free(there));
  OK(osisession_durable_node_free(far_node));
  done = 1;
  far_node = node_on(journal_on(&theirs), &config);
  MUST(osisession_durable_dialogue(far_node, 0, &there, error_info()));
  MUST(osisession_durable_listen(far_node, address, NULL, 0, NULL, error_info()));
  expect(there, "two", 2);
  OK(osisession_dialogue_free(here));
  OK(osisession_dialogue_free(there));
  OK(osisession_durable_node_free(near_node));
  OK(osisession_durable_node_free(far_node));
  store_free(&theirs);
}

static void arguments_that_cannot_be(void)
{
  static store shelf;
  osisession_journal *journal = NULL, *no_journal = NULL;
  osisession_journal_store functions;
  osisession_durable_node *node, *no_node = NULL;
  osisession_durable_config config;
  osisession_durable_dial_params params;
  osisession_dialogue *dialogue = NULL, *none = NULL;
  osisession_dialogue_message message;
  osisession_dialogue_event event;
  osisession_dialogue_state state;
  static char large[1 << 20];
  char small[2];
  size_t needed = 0;
  store_init(&shelf);
  STATUS(OSISESSION_E_NULL, osisession_journal_open(NULL, &no_journal, error_info()));
  STATUS(OSISESSION_E_INTERNAL, osisession_journal_open("/no/such/folder/journal", &no_journal, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_journal_memory(NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_journal_own(NULL, &no_journal, error_info()));
  OSISESSION_INIT(&functions);
  STATUS(OSISESSION_E_NULL, osisession_journal_own(&functions, &no_journal, error_info()));
  functions.open = store_open;
  functions.commit = store_commit;
  functions.remove = store_remove;
  functions.dialogues = store_dialogues;
  functions.user_data = &shelf;
  functions.flags = 1;
  STATUS(OSISESSION_E_INVALID, osisession_journal_own(&functions, &no_journal, error_info()));
  functions.flags = 0;
  functions.struct_size = 8;
  STATUS(OSISESSION_E_STRUCT_SIZE, osisession_journal_own(&functions, &no_journal, error_info()));
  CHECK(no_journal == NULL);
  MUST(osisession_journal_memory(&journal, error_info()));
  OSISESSION_INIT(&config);
  OSISESSION_INIT(&params);
  OSISESSION_INIT(&message);
  OSISESSION_INIT(&event);
  OSISESSION_INIT(&state);
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_durable_node_new(NULL, NULL, &no_node, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_durable_node_new(journal, NULL, NULL, error_info()));
  config.durability = 9;
  STATUS(OSISESSION_E_INVALID, osisession_durable_node_new(journal, &config, &no_node, error_info()));
  config.durability = 0;
  config.flags = OSISESSION_DURABLE_APPLICATION;
  STATUS(OSISESSION_E_NULL, osisession_durable_node_new(journal, &config, &no_node, error_info()));
  config.flags = 0x80;
  STATUS(OSISESSION_E_INVALID, osisession_durable_node_new(journal, &config, &no_node, error_info()));
  CHECK(no_node == NULL);
  node = node_on(journal, NULL);
  STATUS(OSISESSION_E_STALE, osisession_journal_free(journal));
  STATUS(OSISESSION_E_STALE, osisession_durable_node_new(journal, NULL, &no_node, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_durable_listen(node, NULL, NULL, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_durable_listen(node, "127.0.0.1:0", NULL, 9, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_durable_listen(node, "a b", NULL, 0, NULL, error_info()));
  STATUS(OSISESSION_E_BUFFER_TOO_SMALL, osisession_durable_listen(node, "127.0.0.1:0", small, sizeof small, &needed, error_info()));
  CHECK(needed > 10);
  STATUS(OSISESSION_E_NULL, osisession_durable_dial(node, NULL, NULL, &none, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_durable_dial(node, "127.0.0.1:1", NULL, NULL, error_info()));
  params.label.data = (const uint8_t *)large;
  params.label.length = sizeof large;
  STATUS(OSISESSION_E_INVALID, osisession_durable_dial(node, "127.0.0.1:1", &params, &none, error_info()));
  params.label.data = NULL;
  STATUS(OSISESSION_E_NULL, osisession_durable_dial(node, "127.0.0.1:1", &params, &none, error_info()));
  CHECK(none == NULL);
  MUST(osisession_durable_dial(node, "127.0.0.1:1", NULL, &dialogue, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_dialogue_send(dialogue, NULL, 0, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_dialogue_send(dialogue, NULL, 3, 0, NULL, error_info()));
  STATUS(OSISESSION_E_LENGTH, osisession_dialogue_send(dialogue, "x", SIZE_MAX, 0, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_dialogue_send(dialogue, large, sizeof large, 0, NULL, error_info()));
  STATUS(OSISESSION_E_INVALID, osisession_dialogue_wait(dialogue, 77, 1, 0, error_info()));
  OK(osisession_dialogue_send(dialogue, "x", 1, 0, NULL, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_dialogue_wait(dialogue, OSISESSION_DIALOGUE_CONFIRMED, 1, 0, error_info()));
  STATUS(OSISESSION_E_TIMED_OUT, osisession_dialogue_wait(dialogue, OSISESSION_DIALOGUE_CONFIRMED, 1, 20, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_dialogue_receive(dialogue, 0, &message, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_dialogue_receive(dialogue, 0, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_dialogue_look(dialogue, NULL, error_info()));
  STATUS(OSISESSION_E_NULL, osisession_dialogue_next_event(dialogue, 0, NULL, error_info()));
  STATUS(OSISESSION_E_WOULD_BLOCK, osisession_dialogue_close(dialogue, 0, error_info()));
  OK(osisession_dialogue_hold_open(dialogue, 1, error_info()));
  OK(osisession_dialogue_reconnect(dialogue, "127.0.0.1:2", error_info()));
  STATUS(OSISESSION_E_WRONG_KIND, osisession_dialogue_commit((osisession_dialogue *)node, 1, error_info()));
  STATUS(OSISESSION_E_FOREIGN_HANDLE, osisession_dialogue_commit((osisession_dialogue *)&state, 1, error_info()));
  STATUS(OSISESSION_E_NULL_HANDLE, osisession_dialogue_commit(NULL, 1, error_info()));
  OK(osisession_dialogue_free(NULL));
  OK(osisession_journal_free(NULL));
  OK(osisession_durable_node_free(NULL));
  OK(osisession_dialogue_message_free(NULL));
  /* The node goes first. */
  OK(osisession_durable_node_free(node));
  STATUS(OSISESSION_E_STALE, osisession_durable_node_free(node));
  STATUS(OSISESSION_E_STALE, osisession_durable_accept(node, 0, &none, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_dialogue_reconnect(dialogue, NULL, error_info()));
  STATUS(OSISESSION_E_CLOSED, osisession_dialogue_receive(dialogue, -1, &message, error_info()));
  OK(osisession_dialogue_look(dialogue, &state, error_info()));
  OK(osisession_dialogue_free(dialogue));
  store_free(&shelf);
}

static void a_journal_in_a_file(void)
{
  char path[] = "/tmp/osisession-durable-XXXXXX", file[64];
  osisession_journal *journal = NULL, *second = NULL;
  osisession_durable_node *node;
  osisession_dialogue *dialogue = NULL;
  osisession_durable_dial_params params;
  osisession_dialogue_state state;
  CHECK(mkdtemp(path) != NULL);
  snprintf(file, sizeof file, "%s/journal", path);
  MUST(osisession_journal_open(file, &journal, error_info()));
  STATUS(OSISESSION_E_REFUSED, osisession_journal_open(file, &second, error_info()));
  node = node_on(journal, NULL);
  OSISESSION_INIT(&params);
  params.label = text("kept");
  MUST(osisession_durable_dial(node, "127.0.0.1:1", &params, &dialogue, error_info()));
  OK(osisession_dialogue_send(dialogue, "a message", 9, WAIT, NULL, error_info()));
  OK(osisession_dialogue_wait(dialogue, OSISESSION_DIALOGUE_ACCEPTED, 1, WAIT, error_info()));
  OK(osisession_durable_node_free(node));
  OK(osisession_dialogue_free(dialogue));
  MUST(osisession_journal_open(file, &journal, error_info()));
  node = node_on(journal, NULL);
  MUST(osisession_durable_find(node, "kept", 4, &dialogue, error_info()));
  OSISESSION_INIT(&state);
  OK(osisession_dialogue_look(dialogue, &state, error_info()));
  CHECK(state.sent == 1 && state.accepted == 1 && state.confirmed == 0);
  OK(osisession_dialogue_free(dialogue));
  OK(osisession_durable_node_free(node));
  CHECK(unlink(file) == 0 && rmdir(path) == 0);
}

int main(void)
{
  RUN(begun_sent_confirmed_closed);
  RUN(a_store_of_the_programs_own);
  RUN(a_caller_that_is_refused);
  RUN(the_applications_own_count);
  RUN(arguments_that_cannot_be);
  RUN(a_journal_in_a_file);
  return harness_end();
}
