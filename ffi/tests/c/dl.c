/* The library loaded at run time: one name, one table; unloading and ending threads do no harm. Argument: its path. */
#define _POSIX_C_SOURCE 200809L
#include <osisession.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

typedef const osisession_api *(*get_api)(uint32_t version);

static const osisession_api *api;
static pthread_barrier_t used, closed;

static int converse(void)
{
  osisession_endpoint *endpoint = NULL;
  osisession_listener *listener = NULL;
  osisession_session *initiator = NULL, *responder = NULL;
  osisession_event event;
  char address[64];
  int good = 0;
  OSISESSION_INIT(&event);
  if (api->endpoint_new(&endpoint, NULL) == OSISESSION_OK &&
      api->listen(endpoint, "127.0.0.1:0", NULL, &listener, NULL) == OSISESSION_OK &&
      api->listener_local_address(listener, address, sizeof address, NULL, NULL) == OSISESSION_OK &&
      api->connect(endpoint, address, NULL, NULL, &initiator, NULL) == OSISESSION_OK &&
      api->listener_accept(listener, 30000, &responder, NULL) == OSISESSION_OK &&
      api->next_event(responder, 30000, &event, NULL) == OSISESSION_OK &&
      api->connect_response(responder, NULL, NULL) == OSISESSION_OK &&
      api->session_wait_connected(initiator, 30000, NULL, NULL) == OSISESSION_OK)
    good = event.type == OSISESSION_CONNECT_INDICATION;
  api->event_free(&event);
  api->session_free(initiator);
  api->session_free(responder);
  api->listener_free(listener);
  api->endpoint_free(endpoint);
  return good;
}

/* Uses the library, and ends only after dlclose. */
static void *thread(void *unused)
{
  (void)unused;
  const int good = converse();
  pthread_barrier_wait(&used);
  pthread_barrier_wait(&closed);
  return good ? &api : NULL;
}

int main(int count, char **arguments)
{
  void *result = NULL;
  pthread_t worker;
  union {
    void *object;
    get_api function;
  } symbol;
  void *library = count > 1 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (library == NULL) {
    printf("Bail out! %s\n", count > 1 ? dlerror() : "no path");
    return 1;
  }
  symbol.object = dlsym(library, "osisession_get_api");
  if (symbol.object == NULL) return 1;
  api = symbol.function(OSISESSION_API_VERSION);
  if (api == NULL || api->api_version != OSISESSION_API_VERSION || api->struct_size != sizeof *api) return 1;
  if (!OSISESSION_API_HAS(api, decode) || symbol.function(0) != NULL || symbol.function(1000) != NULL) return 1;
  printf("ok 1 - the table is there: %s\n", api->version());
  pthread_barrier_init(&used, NULL, 2);
  pthread_barrier_init(&closed, NULL, 2);
  if (pthread_create(&worker, NULL, thread, NULL) != 0) return 1;
  pthread_barrier_wait(&used);
  if (!converse() || dlclose(library) != 0) return 1;
  pthread_barrier_wait(&closed);
  pthread_join(worker, &result);
  printf("%s 2 - a thread ends after dlclose\n", result == NULL ? "not ok" : "ok");
  printf("1..2\n");
  return result == NULL;
}
