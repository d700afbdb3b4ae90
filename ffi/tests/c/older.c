/*
 * An older library: the table of today's, which is the file LIBRARY, ends before OLDER_ENDS_BEFORE. What lies behind its end
 * is no function.
 */
#include <dlfcn.h>
#include <osisession.h>

#define LENGTH offsetof(osisession_api, OLDER_ENDS_BEFORE)

const osisession_api *osisession_get_api(uint32_t version)
{
  static unsigned char older[sizeof(osisession_api)];
  const osisession_api *(*get_api)(uint32_t);
  const uint32_t length = LENGTH;
  void *const library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  void *const symbol = library == NULL ? NULL : dlsym(library, "osisession_get_api");
  if (symbol == NULL) return NULL;
  memcpy(&get_api, &symbol, sizeof get_api);
  if (get_api(version) == NULL) return NULL;
  memset(older, 0x55, sizeof older);
  memcpy(older, get_api(version), LENGTH);
  memcpy(older, &length, sizeof length);
  return (const osisession_api *)(const void *)older;
}
