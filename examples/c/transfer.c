/* Sends a file that arrives whatever happens: kill either side at any time and start it again. Speaks with 'osisession send' and 'receive'.
 *
 * Usage: transfer send FILE ADDRESS JOURNAL | transfer receive ADDRESS FOLDER JOURNAL */
#define _POSIX_C_SOURCE 200809L
#include "sha256.h"

#include <fcntl.h>
#include <osisession.h>
#include <stdlib.h>
#include <unistd.h>

enum { OFFER = 1, CHUNK, END, RESULT }; /* the first octet of each message */
enum { SIZE = 65536, OFFERED = 46, FOREVER = -1 };

/* What cannot be done ends the program: it is started again, and goes on. */
static void must(int32_t status, const char *what)
{
  if (status == OSISESSION_OK) return;
  fprintf(stderr, "%s: %s\n", what, osisession_status_name(status));
  exit(1);
}

static void need(int is_so, const char *what)
{
  if (is_so) return;
  perror(what);
  exit(1);
}

static void put(uint8_t *to, uint64_t number, int octets)
{
  while (octets-- > 0) {
    to[octets] = (uint8_t)number;
    number >>= 8;
  }
}

static uint64_t take_number(const uint8_t *from)
{
  uint64_t number = 0;
  int at;
  for (at = 0; at < 8; at++) number = number << 8 | from[at];
  return number;
}

static osisession_durable_node *node_on(const char *path)
{
  osisession_journal *journal = NULL;
  osisession_durable_node *node = NULL;
  osisession_durable_config config;
  OSISESSION_INIT(&config);
  config.durability = OSISESSION_DURABLE_CHECKPOINT;
  must(osisession_journal_open(path, &journal, NULL), path);
  must(osisession_durable_node_new(journal, &config, &node, NULL), "node");
  osisession_journal_free(journal);
  return node;
}

/* A message's place says what is in it, and the journal says how many there were. */
static void send_file(const char *path, const char *address, const char *journal)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  static uint8_t message[9 + SIZE];
  uint8_t digest[32];
  uint64_t length, place, chunks;
  FILE *file = fopen(path, "rb");
  osisession_durable_node *node = node_on(journal);
  osisession_dialogue *dialogue = NULL;
  osisession_dialogue_state state;
  osisession_dialogue_message result;
  need(file != NULL && sha256_of(file, digest, &length) == 0, path);
  chunks = (length + SIZE - 1) / SIZE;
  if (osisession_durable_find(node, "transfer", 8, &dialogue, NULL) == OSISESSION_OK) {
    must(osisession_dialogue_reconnect(dialogue, address, NULL), address);
  } else {
    osisession_durable_dial_params params;
    OSISESSION_INIT(&params);
    params.label.data = (const uint8_t *)"transfer";
    params.label.length = 8;
    must(osisession_durable_dial(node, address, &params, &dialogue, NULL), address);
  }
  OSISESSION_INIT(&state);
  must(osisession_dialogue_look(dialogue, &state, NULL), "state");
  for (place = state.sent; place < chunks + 2; place++) {
    size_t octets = 1;
    if (place == 0) {
      message[0] = OFFER;
      message[1] = 1;
      put(message + 2, length, 8);
      put(message + 10, SIZE, 4);
      memcpy(message + 14, digest, sizeof digest);
      octets = OFFERED + strlen(name);
      memcpy(message + OFFERED, name, strlen(name));
    } else if (place <= chunks) {
      message[0] = CHUNK;
      put(message + 1, (place - 1) * SIZE, 8);
      need(fseeko(file, (off_t)((place - 1) * SIZE), SEEK_SET) == 0, path);
      octets = 9 + fread(message + 9, 1, SIZE, file);
    } else {
      message[0] = END;
    }
    must(osisession_dialogue_send(dialogue, message, octets, FOREVER, NULL, NULL), "send");
  }
  OSISESSION_INIT(&result);
  must(osisession_dialogue_receive(dialogue, FOREVER, &result, NULL), "result");
  /* A receiver that has closed may be gone before it could say so. */
  osisession_dialogue_close(dialogue, 5000, NULL);
  osisession_durable_node_free(node);
  need(unlink(journal) == 0, journal);
  if (result.data.length < 2 || result.data.data[0] != RESULT || result.data.data[1] != 0) {
    fprintf(stderr, "not taken: %.*s\n", result.data.length < 2 ? 0 : (int)result.data.length - 2, (const char *)result.data.data + 2);
    exit(1);
  }
  printf("%.*s\n", (int)result.data.length - 2, (const char *)result.data.data + 2);
  osisession_dialogue_message_free(&result);
  osisession_dialogue_free(dialogue);
  fclose(file);
}

/* Where the octets are until all have come, and where the offer is. */
typedef struct {
  char part[4096], note[4096], name[4096];
} paths;

static paths paths_of(osisession_dialogue *dialogue, const char *folder)
{
  paths p;
  osisession_dialogue_state state;
  char id[33];
  int at;
  OSISESSION_INIT(&state);
  must(osisession_dialogue_look(dialogue, &state, NULL), "state");
  for (at = 0; at < 16; at++) snprintf(id + 2 * at, 3, "%02x", state.id[at]);
  need(snprintf(p.part, sizeof p.part, "%s/.%s.part", folder, id) < (int)sizeof p.part, folder);
  snprintf(p.note, sizeof p.note, "%s/.%s.offer", folder, id);
  p.name[0] = 0;
  return p;
}

static void store(const char *path, const uint8_t *data, size_t length)
{
  char fresh[4100];
  int file;
  snprintf(fresh, sizeof fresh, "%s.new", path);
  file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  need(file >= 0 && write(file, data, length) == (ssize_t)length && fsync(file) == 0 && close(file) == 0, fresh);
  need(rename(fresh, path) == 0, path);
}

/* What is wrong with the file; NULL if nothing is. Finds its name. */
static const char *check(paths *p, const char *folder)
{
  uint8_t offer[4096], digest[32];
  uint64_t length;
  size_t got;
  FILE *file = fopen(p->note, "rb");
  need(file != NULL, p->note);
  got = fread(offer, 1, sizeof offer - 1, file);
  fclose(file);
  offer[got] = 0;
  if (got < OFFERED || offer[OFFERED - 1] == '.' || strchr((char *)offer + OFFERED - 1, '/') != NULL) return "the name is not that of a file in a folder";
  if (snprintf(p->name, sizeof p->name, "%s/%s", folder, (char *)offer + OFFERED - 1) >= (int)sizeof p->name) return "the name is too long";
  file = fopen(p->part, "r+b");
  need(file != NULL && fsync(fileno(file)) == 0 && sha256_of(file, digest, &length) == 0, p->part);
  fclose(file);
  return length != take_number(offer + 1) || memcmp(digest, offer + 13, sizeof digest) != 0 ? "what arrived is not what was sent" : NULL;
}

/* Takes one message. What it says is on the disk before it is committed: all that is not committed comes again after a kill. */
static int take(osisession_dialogue *dialogue, paths *p, const char *folder)
{
  osisession_dialogue_message message;
  const uint8_t *body;
  int32_t status;
  int done = 1;
  OSISESSION_INIT(&message);
  status = osisession_dialogue_receive(dialogue, FOREVER, &message, NULL);
  if (status == OSISESSION_E_CLOSED) return 0;
  must(status, "receive");
  body = message.data.data + 1;
  if (message.data.data[0] == OFFER) {
    store(p->part, body, 0);
    store(p->note, body, message.data.length - 1);
  } else if (message.data.data[0] == CHUNK && message.data.length >= 9) {
    const int file = open(p->part, O_WRONLY);
    const size_t length = message.data.length - 9;
    need(file >= 0 && pwrite(file, body + 8, length, (off_t)take_number(body)) == (ssize_t)length, p->part);
    done = message.position % 64 == 0;
    need((!done || fsync(file) == 0) && close(file) == 0, p->part);
  } else if (message.data.data[0] == END) {
    uint8_t result[4096] = {RESULT, 0};
    const char *wrong = check(p, folder), *text = wrong ? wrong : p->name + strlen(folder) + 1;
    if (wrong) {
      result[1] = 1;
      unlink(p->note);
    }
    memcpy(result + 2, text, strlen(text));
    must(osisession_dialogue_send(dialogue, result, 2 + strlen(text), FOREVER, NULL, NULL), "result");
  } else {
    must(OSISESSION_E_PEER, "the peer does not send a file");
  }
  if (done) must(osisession_dialogue_commit(dialogue, message.position, NULL), "commit");
  osisession_dialogue_message_free(&message);
  return 1;
}

/* Takes one file; one of the same name is replaced. */
static void receive_file(const char *address, const char *folder, const char *journal)
{
  osisession_durable_node *node = node_on(journal);
  osisession_dialogue *dialogue = NULL;
  osisession_dialogue_state state;
  paths p;
  char local[80];
  size_t index;
  OSISESSION_INIT(&state);
  /* One that is not finished goes first. */
  for (index = 0; osisession_durable_dialogue(node, index, &dialogue, NULL) == OSISESSION_OK; index++) {
    must(osisession_dialogue_look(dialogue, &state, NULL), "state");
    p = paths_of(dialogue, folder);
    if (state.state != OSISESSION_DIALOGUE_CLOSED || access(p.note, F_OK) == 0) break;
    osisession_dialogue_free(dialogue);
    dialogue = NULL;
  }
  must(osisession_durable_listen(node, address, local, sizeof local, NULL, NULL), address);
  printf("%s\n", local);
  fflush(stdout);
  if (dialogue == NULL) must(osisession_durable_accept(node, FOREVER, &dialogue, NULL), "accept");
  p = paths_of(dialogue, folder);
  while (take(dialogue, &p, folder)) continue;
  must(osisession_dialogue_look(dialogue, &state, NULL), "state");
  if (state.state != OSISESSION_DIALOGUE_CLOSED) must(state.error.status, "the dialogue is broken");
  if (access(p.note, F_OK) == 0 && check(&p, folder) == NULL) {
    need(rename(p.part, p.name) == 0 && unlink(p.note) == 0, p.name);
    printf("%s\n", p.name + strlen(folder) + 1);
  }
  osisession_dialogue_free(dialogue);
  osisession_durable_node_free(node);
}

int main(int argc, char **argv)
{
  if (argc == 5 && strcmp(argv[1], "send") == 0) {
    send_file(argv[2], argv[3], argv[4]);
  } else if (argc == 5 && strcmp(argv[1], "receive") == 0) {
    receive_file(argv[2], argv[3], argv[4]);
  } else {
    fprintf(stderr, "usage: transfer send FILE ADDRESS JOURNAL | transfer receive ADDRESS FOLDER JOURNAL\n");
    return 2;
  }
  return 0;
}
