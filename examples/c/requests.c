/* Requests and responses. `requests serve ADDRESS` answers in capitals; `requests ADDRESS WORD...` asks, all at once, and prints the answers. */
#include <ctype.h>
#include <osisession.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT 10000 /* milliseconds */

static int failed(const char *what, const osisession_error_info *error)
{
  fprintf(stderr, "%s: %s\n", what, error->text);
  return 1;
}

/* Called from several threads at once. */
static void answer(osisession_rpc_incoming *request, void *user_data)
{
  osisession_rpc_incoming_info info;
  (void)user_data;
  OSISESSION_INIT(&info);
  if (osisession_rpc_incoming_look(request, &info, NULL) == OSISESSION_OK) {
    char *text = malloc(info.data.length + 1);
    size_t i;
    for (i = 0; text != NULL && i < info.data.length; i++) text[i] = (char)toupper(info.data.data[i]);
    if (text != NULL) osisession_rpc_incoming_respond(request, text, info.data.length, NULL);
    free(text);
  }
  osisession_rpc_incoming_free(request);
}

static int serve(osisession_endpoint *endpoint, const char *address, osisession_error_info *error)
{
  osisession_rpc_server *server = NULL;
  char local[80];
  if (osisession_rpc_server_new(endpoint, address, NULL, &server, error) ||
      osisession_rpc_server_local_address(server, local, sizeof local, NULL, error) ||
      osisession_rpc_server_serve(server, answer, NULL, error))
    return failed("serve", error);
  printf("%s\n", local);
  fflush(stdout);
  while (osisession_endpoint_dispatch(endpoint, -1, NULL, error) == OSISESSION_OK) {
  }
  return failed("dispatch", error);
}

static int ask(osisession_endpoint *endpoint, const char *address, int count, char **words, osisession_error_info *error)
{
  osisession_rpc_client *client = NULL;
  osisession_rpc_outcome *outcomes = calloc((size_t)count, sizeof *outcomes);
  osisession_rpc_params params;
  uint64_t id;
  int i;
  OSISESSION_INIT(&params);
  params.timeout_ms = WAIT;
  if (outcomes == NULL) return 1;
  if (osisession_rpc_client_new(endpoint, address, NULL, &client, error)) return failed("client", error);
  for (i = 0; i < count; i++)
    if (osisession_rpc_start(client, words[i], strlen(words[i]), &params, &id, error)) return failed("start", error);
  for (i = 0; i < count; i++) { /* They come in any order, numbered from 1. */
    osisession_rpc_outcome outcome;
    OSISESSION_INIT(&outcome);
    if (osisession_rpc_next_outcome(client, -1, &outcome, error)) return failed("outcome", error);
    outcomes[outcome.id - 1] = outcome;
  }
  for (i = 0; i < count; i++) {
    if (outcomes[i].kind != OSISESSION_RPC_RESPONSE) return failed("request", outcomes[i].error);
    printf("%.*s\n", (int)outcomes[i].data.length, (const char *)outcomes[i].data.data);
    osisession_rpc_outcome_free(&outcomes[i]);
  }
  free(outcomes);
  if (osisession_rpc_client_release(client, WAIT, error)) return failed("release", error);
  osisession_rpc_client_free(client);
  return 0;
}

int main(int argc, char **argv)
{
  osisession_endpoint *endpoint = NULL;
  osisession_error_info error;
  int status;
  OSISESSION_INIT(&error);
  if (argc < 3) {
    fprintf(stderr, "usage: requests serve ADDRESS | requests ADDRESS WORD...\n");
    return 2;
  }
  if (osisession_endpoint_new(&endpoint, &error)) return failed("endpoint", &error);
  status = strcmp(argv[1], "serve") == 0 ? serve(endpoint, argv[2], &error) : ask(endpoint, argv[1], argc - 2, argv + 2, &error);
  osisession_endpoint_free(endpoint);
  return status;
}
