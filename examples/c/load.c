/*
 * The library loaded at run time: no import library, one name to look up, one table with every function.
 *
 *   cc load.c -ldl && ./a.out /usr/lib/libosisession.so.0
 */
#include <dlfcn.h>
#include <osisession.h>
#include <stdio.h>
#include <string.h>

typedef const osisession_api *(*get_api_function)(uint32_t version);

int main(int count, char **arguments)
{
  void *library = dlopen(count > 1 ? arguments[1] : "libosisession.so.0", RTLD_NOW | RTLD_LOCAL);
  void *symbol = library == NULL ? NULL : dlsym(library, "osisession_get_api");
  get_api_function get_api;
  const osisession_api *api;
  osisession_endpoint *endpoint = NULL;
  int32_t status;

  if (symbol == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  /* ISO C has no cast from an object's address to a function's. */
  memcpy(&get_api, &symbol, sizeof get_api);
  api = get_api(OSISESSION_API_VERSION);
  /* A table of an older library is shorter: ask before using what is younger than your first version. */
  if (api == NULL || !OSISESSION_API_HAS(api, decode)) {
    fprintf(stderr, "the library is too old\n");
    return 1;
  }
  status = api->endpoint_new(&endpoint, NULL);
  printf("osisession %s: %s\n", api->version(), api->status_name(status));
  api->endpoint_free(endpoint);
  /* The library stays mapped until the process ends. */
  dlclose(library);
  return 0;
}
