/**
 * @file
 *
 * osisession_dl.h - osisession loaded at run time, under the same function names.
 *
 * Generated from the library's sources: do not edit.
 *
 * The program needs no library when it is linked, and starts without one. In exactly one source file:
 *
 *     #define OSISESSION_DL_IMPLEMENTATION
 *     #include <osisession_dl.h>
 *
 * All others include osisession.h, osisession.hpp or this header as usual. Call osisession_dl_open before anything else;
 * then every function of osisession.h does what it says there. Link with -ldl where dlopen needs it, and never with
 * -losisession too.
 *
 * No call goes astray: without a library every call that returns a status returns OSISESSION_E_NOT_LOADED; a function that is
 * younger than the library that was found returns OSISESSION_E_UNSUPPORTED. Other results are then 0, or a text that is
 * never NULL. OSISESSION_DL_HAS(spdu_encode) asks before.
 *
 * C99 or C++11, and the dlopen of POSIX.
 */

#ifndef OSISESSION_DL_H
#define OSISESSION_DL_H

#include "osisession.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Loads the library. `path`: NULL looks for "libosisession.so.0" where the system looks for libraries.
 *
 * Once it is loaded, further calls count, whatever their path. Call it, and `osisession_dl_close`, from one thread at a time, and
 * while no other thread is inside the library.
 *
 * Errors: OSISESSION_E_NOT_LOADED (there is no such file, or it is something else), OSISESSION_E_UNSUPPORTED (it has no
 * function table of this header's OSISESSION_API_VERSION).
 */
int32_t osisession_dl_open(const char *path, struct osisession_error_info *error);

/**
 * Undoes one `osisession_dl_open`. After the last, no function works until the next. The code stays in memory: threads that
 * used it may end whenever they like.
 *
 * Errors: OSISESSION_E_NOT_LOADED.
 */
int32_t osisession_dl_close(void);

/**
 * The table of the library that is loaded, or NULL. Not for functions that are younger than the library: see OSISESSION_API_HAS.
 */
const struct osisession_api *osisession_dl_api(void);

/**
 * Whether a library is loaded that has this function: OSISESSION_DL_HAS(spdu_encode).
 */
#define OSISESSION_DL_HAS(function) \
  (osisession_dl_api() != NULL && OSISESSION_API_HAS(osisession_dl_api(), function))

#ifdef __cplusplus
}  // extern "C"
#endif

#endif /* OSISESSION_DL_H */

#if defined(OSISESSION_DL_IMPLEMENTATION) && !defined(OSISESSION_DL_IMPLEMENTED)
#define OSISESSION_DL_IMPLEMENTED

#include <dlfcn.h>
#include <stdio.h>

/* The names stay inside the program or plug-in: another one in the same process may have its own. */
#if !defined(OSISESSION_DL_LOCAL_) && defined(__GNUC__)
#define OSISESSION_DL_LOCAL_ __attribute__((visibility("hidden")))
#elif !defined(OSISESSION_DL_LOCAL_)
#define OSISESSION_DL_LOCAL_
#endif

#ifdef __cplusplus
extern "C" {
#endif

static void *osisession_dl_library_ = NULL;
static const struct osisession_api *osisession_dl_table_ = NULL;
static unsigned long osisession_dl_count_ = 0;

/* Says why in `error`, in as much of it as the caller knows. */
static inline int32_t osisession_dl_fail_(int32_t status, const char *what, const char *why,
                                          struct osisession_error_info *error)
{
  struct osisession_error_info made;
  if (error == NULL || error->struct_size < offsetof(struct osisession_error_info, layer)) return status;
  OSISESSION_INIT(&made);
  made.struct_size = error->struct_size;
  made.status = status;
  made.layer = OSISESSION_LAYER_API;
  made.kind = OSISESSION_KIND_INVALID;
  made.octet_offset = -1;
  made.reason = -1;
  snprintf(made.text, sizeof made.text, "%s: %s", what, why);
  memcpy(error, &made, error->struct_size < sizeof made ? error->struct_size : sizeof made);
  return status;
}

static inline int32_t osisession_dl_missing_(const char *name, struct osisession_error_info *error)
{
  return osisession_dl_table_ == NULL
           ? osisession_dl_fail_(OSISESSION_E_NOT_LOADED, name, "no library is loaded (osisession_dl_open)", error)
           : osisession_dl_fail_(OSISESSION_E_UNSUPPORTED, name, "the library that is loaded has no such function", error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dl_open(const char *path, struct osisession_error_info *error)
{
  typedef const struct osisession_api *(*osisession_dl_get_api_)(uint32_t);
  const char *const name = path == NULL ? "libosisession.so.0" : path;
  const char *why;
  void *library, *symbol;
  osisession_dl_get_api_ get_api;
  const struct osisession_api *table;
  if (osisession_dl_table_ != NULL) {
    osisession_dl_count_++;
    return OSISESSION_OK;
  }
  library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    why = dlerror();
    return osisession_dl_fail_(OSISESSION_E_NOT_LOADED, name, why == NULL ? "it cannot be loaded" : why, error);
  }
  symbol = dlsym(library, "osisession_get_api");
  if (symbol == NULL) {
    dlclose(library);
    return osisession_dl_fail_(OSISESSION_E_NOT_LOADED, name, "it is not osisession", error);
  }
  /* POSIX has the address of a function fit into that of an object; the languages do not. */
  memcpy(&get_api, &symbol, sizeof get_api);
  table = get_api(OSISESSION_API_VERSION);
  if (table == NULL) {
    dlclose(library);
    return osisession_dl_fail_(OSISESSION_E_UNSUPPORTED, name, "it has no function table of this version", error);
  }
  osisession_dl_library_ = library;
  osisession_dl_table_ = table;
  osisession_dl_count_ = 1;
  return OSISESSION_OK;
}

OSISESSION_DL_LOCAL_ int32_t osisession_dl_close(void)
{
  if (osisession_dl_table_ == NULL) return OSISESSION_E_NOT_LOADED;
  if (--osisession_dl_count_ == 0) {
    osisession_dl_table_ = NULL;
    dlclose(osisession_dl_library_);
    osisession_dl_library_ = NULL;
  }
  return OSISESSION_OK;
}

OSISESSION_DL_LOCAL_ const struct osisession_api *osisession_dl_api(void)
{
  return osisession_dl_table_;
}

OSISESSION_DL_LOCAL_ const struct osisession_api *osisession_get_api(uint32_t version)
{
  return version == OSISESSION_API_VERSION ? osisession_dl_table_ : NULL;
}

/* The statuses of the loader have a name before there is a library, and beside one that does not know them. */
OSISESSION_DL_LOCAL_ const char *osisession_status_name(int32_t status)
{
  if (status == OSISESSION_E_NOT_LOADED) return "OSISESSION_E_NOT_LOADED";
  if (status == OSISESSION_E_UNSUPPORTED) return "OSISESSION_E_UNSUPPORTED";
  return OSISESSION_DL_HAS(status_name) ? osisession_dl_table_->status_name(status) : "OSISESSION_E_UNKNOWN";
}

OSISESSION_DL_LOCAL_ const char *osisession_version(void)
{
  if (!OSISESSION_DL_HAS(version)) return "";
  return osisession_dl_table_->version();
}

OSISESSION_DL_LOCAL_ uint32_t osisession_abi_version(void)
{
  if (!OSISESSION_DL_HAS(abi_version)) return 0;
  return osisession_dl_table_->abi_version();
}

OSISESSION_DL_LOCAL_ const char *osisession_event_name(uint32_t event_type)
{
  if (!OSISESSION_DL_HAS(event_name)) return "";
  return osisession_dl_table_->event_name(event_type);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_new(struct osisession_endpoint **endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_new)) return osisession_dl_missing_("osisession_endpoint_new", error);
  return osisession_dl_table_->endpoint_new(endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_free(struct osisession_endpoint *endpoint)
{
  if (!OSISESSION_DL_HAS(endpoint_free)) return osisession_dl_missing_("osisession_endpoint_free", NULL);
  return osisession_dl_table_->endpoint_free(endpoint);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_close(struct osisession_endpoint *endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_close)) return osisession_dl_missing_("osisession_endpoint_close", error);
  return osisession_dl_table_->endpoint_close(endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_dispatch(struct osisession_endpoint *endpoint, int64_t timeout_ms, size_t *count, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_dispatch)) return osisession_dl_missing_("osisession_endpoint_dispatch", error);
  return osisession_dl_table_->endpoint_dispatch(endpoint, timeout_ms, count, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_start(struct osisession_endpoint *endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_start)) return osisession_dl_missing_("osisession_endpoint_start", error);
  return osisession_dl_table_->endpoint_start(endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_stop(struct osisession_endpoint *endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_stop)) return osisession_dl_missing_("osisession_endpoint_stop", error);
  return osisession_dl_table_->endpoint_stop(endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_descriptor(struct osisession_endpoint *endpoint, int32_t *descriptor, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_descriptor)) return osisession_dl_missing_("osisession_endpoint_descriptor", error);
  return osisession_dl_table_->endpoint_descriptor(endpoint, descriptor, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_next_timeout_ns(struct osisession_endpoint *endpoint, int64_t *nanoseconds, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_next_timeout_ns)) return osisession_dl_missing_("osisession_endpoint_next_timeout_ns", error);
  return osisession_dl_table_->endpoint_next_timeout_ns(endpoint, nanoseconds, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_next_ready(struct osisession_endpoint *endpoint, struct osisession_session **session, struct osisession_listener **listener, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_next_ready)) return osisession_dl_missing_("osisession_endpoint_next_ready", error);
  return osisession_dl_table_->endpoint_next_ready(endpoint, session, listener, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_listen(struct osisession_endpoint *endpoint, const char *address, const struct osisession_listener_config *config, struct osisession_listener **listener, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(listen)) return osisession_dl_missing_("osisession_listen", error);
  return osisession_dl_table_->listen(endpoint, address, config, listener, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_listener_accept(struct osisession_listener *listener, int64_t timeout_ms, struct osisession_session **session, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(listener_accept)) return osisession_dl_missing_("osisession_listener_accept", error);
  return osisession_dl_table_->listener_accept(listener, timeout_ms, session, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_listener_local_address(struct osisession_listener *listener, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(listener_local_address)) return osisession_dl_missing_("osisession_listener_local_address", error);
  return osisession_dl_table_->listener_local_address(listener, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_listener_close(struct osisession_listener *listener, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(listener_close)) return osisession_dl_missing_("osisession_listener_close", error);
  return osisession_dl_table_->listener_close(listener, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_listener_free(struct osisession_listener *listener)
{
  if (!OSISESSION_DL_HAS(listener_free)) return osisession_dl_missing_("osisession_listener_free", NULL);
  return osisession_dl_table_->listener_free(listener);
}

OSISESSION_DL_LOCAL_ int32_t osisession_connect(struct osisession_endpoint *endpoint, const char *address, const struct osisession_connect_params *params, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(connect)) return osisession_dl_missing_("osisession_connect", error);
  return osisession_dl_table_->connect(endpoint, address, params, config, session, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_open(struct osisession_endpoint *endpoint, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_open)) return osisession_dl_missing_("osisession_session_open", error);
  return osisession_dl_table_->session_open(endpoint, config, session, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_set_callbacks(struct osisession_session *session, const struct osisession_callbacks *callbacks, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_set_callbacks)) return osisession_dl_missing_("osisession_session_set_callbacks", error);
  return osisession_dl_table_->session_set_callbacks(session, callbacks, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_wait_connected(struct osisession_session *session, int64_t timeout_ms, struct osisession_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_wait_connected)) return osisession_dl_missing_("osisession_session_wait_connected", error);
  return osisession_dl_table_->session_wait_connected(session, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_wait_writable(struct osisession_session *session, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_wait_writable)) return osisession_dl_missing_("osisession_session_wait_writable", error);
  return osisession_dl_table_->session_wait_writable(session, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_is_writable(struct osisession_session *session, uint32_t *writable, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_is_writable)) return osisession_dl_missing_("osisession_session_is_writable", error);
  return osisession_dl_table_->session_is_writable(session, writable, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_properties(struct osisession_session *session, struct osisession_properties *properties, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_properties)) return osisession_dl_missing_("osisession_session_properties", error);
  return osisession_dl_table_->session_properties(session, properties, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_peer_address(struct osisession_session *session, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_peer_address)) return osisession_dl_missing_("osisession_session_peer_address", error);
  return osisession_dl_table_->session_peer_address(session, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_history(struct osisession_session *session, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_history)) return osisession_dl_missing_("osisession_session_history", error);
  return osisession_dl_table_->session_history(session, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_next_trace(struct osisession_session *session, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_next_trace)) return osisession_dl_missing_("osisession_session_next_trace", error);
  return osisession_dl_table_->session_next_trace(session, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_close(struct osisession_session *session, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_close)) return osisession_dl_missing_("osisession_session_close", error);
  return osisession_dl_table_->session_close(session, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_free(struct osisession_session *session)
{
  if (!OSISESSION_DL_HAS(session_free)) return osisession_dl_missing_("osisession_session_free", NULL);
  return osisession_dl_table_->session_free(session);
}

OSISESSION_DL_LOCAL_ int32_t osisession_next_event(struct osisession_session *session, int64_t timeout_ms, struct osisession_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(next_event)) return osisession_dl_missing_("osisession_next_event", error);
  return osisession_dl_table_->next_event(session, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_event_free(struct osisession_event *event)
{
  if (!OSISESSION_DL_HAS(event_free)) return osisession_dl_missing_("osisession_event_free", NULL);
  return osisession_dl_table_->event_free(event);
}

OSISESSION_DL_LOCAL_ int32_t osisession_connect_request(struct osisession_session *session, const struct osisession_connect_params *params, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(connect_request)) return osisession_dl_missing_("osisession_connect_request", error);
  return osisession_dl_table_->connect_request(session, params, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_connect_response(struct osisession_session *session, const struct osisession_connect_response_params *params, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(connect_response)) return osisession_dl_missing_("osisession_connect_response", error);
  return osisession_dl_table_->connect_response(session, params, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_connect_response_negative(struct osisession_session *session, const struct osisession_connect_reject_params *params, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(connect_response_negative)) return osisession_dl_missing_("osisession_connect_response_negative", error);
  return osisession_dl_table_->connect_response_negative(session, params, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_data_request(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(data_request)) return osisession_dl_missing_("osisession_data_request", error);
  return osisession_dl_table_->data_request(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_expedited_data_request(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(expedited_data_request)) return osisession_dl_missing_("osisession_expedited_data_request", error);
  return osisession_dl_table_->expedited_data_request(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_typed_data_request(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(typed_data_request)) return osisession_dl_missing_("osisession_typed_data_request", error);
  return osisession_dl_table_->typed_data_request(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_capability_data_request(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(capability_data_request)) return osisession_dl_missing_("osisession_capability_data_request", error);
  return osisession_dl_table_->capability_data_request(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_capability_data_response(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(capability_data_response)) return osisession_dl_missing_("osisession_capability_data_response", error);
  return osisession_dl_table_->capability_data_response(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_token_give_request(struct osisession_session *session, uint32_t tokens, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(token_give_request)) return osisession_dl_missing_("osisession_token_give_request", error);
  return osisession_dl_table_->token_give_request(session, tokens, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_token_please_request(struct osisession_session *session, uint32_t tokens, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(token_please_request)) return osisession_dl_missing_("osisession_token_please_request", error);
  return osisession_dl_table_->token_please_request(session, tokens, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_control_give_request(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(control_give_request)) return osisession_dl_missing_("osisession_control_give_request", error);
  return osisession_dl_table_->control_give_request(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_sync_minor_request(struct osisession_session *session, uint32_t flags, const void *user_data, size_t length, uint64_t *serial_number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(sync_minor_request)) return osisession_dl_missing_("osisession_sync_minor_request", error);
  return osisession_dl_table_->sync_minor_request(session, flags, user_data, length, serial_number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_sync_minor_response(struct osisession_session *session, uint64_t serial_number, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(sync_minor_response)) return osisession_dl_missing_("osisession_sync_minor_response", error);
  return osisession_dl_table_->sync_minor_response(session, serial_number, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_sync_major_request(struct osisession_session *session, const void *user_data, size_t length, uint64_t *serial_number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(sync_major_request)) return osisession_dl_missing_("osisession_sync_major_request", error);
  return osisession_dl_table_->sync_major_request(session, user_data, length, serial_number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_sync_major_response(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(sync_major_response)) return osisession_dl_missing_("osisession_sync_major_response", error);
  return osisession_dl_table_->sync_major_response(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_resynchronize_request(struct osisession_session *session, const struct osisession_resynchronize_params *params, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(resynchronize_request)) return osisession_dl_missing_("osisession_resynchronize_request", error);
  return osisession_dl_table_->resynchronize_request(session, params, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_resynchronize_response(struct osisession_session *session, const struct osisession_resynchronize_params *params, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(resynchronize_response)) return osisession_dl_missing_("osisession_resynchronize_response", error);
  return osisession_dl_table_->resynchronize_response(session, params, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_u_exception_report_request(struct osisession_session *session, uint32_t reason, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(u_exception_report_request)) return osisession_dl_missing_("osisession_u_exception_report_request", error);
  return osisession_dl_table_->u_exception_report_request(session, reason, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_start_request(struct osisession_session *session, const void *identifier, size_t identifier_length, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_start_request)) return osisession_dl_missing_("osisession_activity_start_request", error);
  return osisession_dl_table_->activity_start_request(session, identifier, identifier_length, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_resume_request(struct osisession_session *session, const struct osisession_activity_resume_params *params, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_resume_request)) return osisession_dl_missing_("osisession_activity_resume_request", error);
  return osisession_dl_table_->activity_resume_request(session, params, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_interrupt_request(struct osisession_session *session, uint32_t reason, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_interrupt_request)) return osisession_dl_missing_("osisession_activity_interrupt_request", error);
  return osisession_dl_table_->activity_interrupt_request(session, reason, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_interrupt_response(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_interrupt_response)) return osisession_dl_missing_("osisession_activity_interrupt_response", error);
  return osisession_dl_table_->activity_interrupt_response(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_discard_request(struct osisession_session *session, uint32_t reason, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_discard_request)) return osisession_dl_missing_("osisession_activity_discard_request", error);
  return osisession_dl_table_->activity_discard_request(session, reason, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_discard_response(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_discard_response)) return osisession_dl_missing_("osisession_activity_discard_response", error);
  return osisession_dl_table_->activity_discard_response(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_end_request(struct osisession_session *session, const void *user_data, size_t length, uint64_t *serial_number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_end_request)) return osisession_dl_missing_("osisession_activity_end_request", error);
  return osisession_dl_table_->activity_end_request(session, user_data, length, serial_number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_activity_end_response(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(activity_end_response)) return osisession_dl_missing_("osisession_activity_end_response", error);
  return osisession_dl_table_->activity_end_response(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_release_request(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(release_request)) return osisession_dl_missing_("osisession_release_request", error);
  return osisession_dl_table_->release_request(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_release_response(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(release_response)) return osisession_dl_missing_("osisession_release_response", error);
  return osisession_dl_table_->release_response(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_release_response_negative(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(release_response_negative)) return osisession_dl_missing_("osisession_release_response_negative", error);
  return osisession_dl_table_->release_response_negative(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_u_abort_request(struct osisession_session *session, const void *user_data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(u_abort_request)) return osisession_dl_missing_("osisession_u_abort_request", error);
  return osisession_dl_table_->u_abort_request(session, user_data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_indicate_connect(struct osisession_session *session, uint32_t expedited, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(transport_indicate_connect)) return osisession_dl_missing_("osisession_transport_indicate_connect", error);
  return osisession_dl_table_->transport_indicate_connect(session, expedited, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_indicate_connect_confirm(struct osisession_session *session, uint32_t expedited, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(transport_indicate_connect_confirm)) return osisession_dl_missing_("osisession_transport_indicate_connect_confirm", error);
  return osisession_dl_table_->transport_indicate_connect_confirm(session, expedited, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_indicate_data(struct osisession_session *session, const void *tsdu, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(transport_indicate_data)) return osisession_dl_missing_("osisession_transport_indicate_data", error);
  return osisession_dl_table_->transport_indicate_data(session, tsdu, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_indicate_expedited_data(struct osisession_session *session, const void *tsdu, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(transport_indicate_expedited_data)) return osisession_dl_missing_("osisession_transport_indicate_expedited_data", error);
  return osisession_dl_table_->transport_indicate_expedited_data(session, tsdu, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_indicate_disconnect(struct osisession_session *session, const char *reason, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(transport_indicate_disconnect)) return osisession_dl_missing_("osisession_transport_indicate_disconnect", error);
  return osisession_dl_table_->transport_indicate_disconnect(session, reason, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_next_request(struct osisession_session *session, struct osisession_transport_request *request, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(transport_next_request)) return osisession_dl_missing_("osisession_transport_next_request", error);
  return osisession_dl_table_->transport_next_request(session, request, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_wants_data(struct osisession_session *session, uint32_t *wanted, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(transport_wants_data)) return osisession_dl_missing_("osisession_transport_wants_data", error);
  return osisession_dl_table_->transport_wants_data(session, wanted, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_transport_request_free(struct osisession_transport_request *request)
{
  if (!OSISESSION_DL_HAS(transport_request_free)) return osisession_dl_missing_("osisession_transport_request_free", NULL);
  return osisession_dl_table_->transport_request_free(request);
}

OSISESSION_DL_LOCAL_ int32_t osisession_decode(const void *tsdu, size_t length, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(decode)) return osisession_dl_missing_("osisession_decode", error);
  return osisession_dl_table_->decode(tsdu, length, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_next_refusal(struct osisession_endpoint *endpoint, struct osisession_error_info *refusal, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_next_refusal)) return osisession_dl_missing_("osisession_endpoint_next_refusal", error);
  return osisession_dl_table_->endpoint_next_refusal(endpoint, refusal, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_spdu_decode(const void *tsdu, size_t length, const struct osisession_spdu_context *context, uint32_t index, struct osisession_spdu *spdu, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(spdu_decode)) return osisession_dl_missing_("osisession_spdu_decode", error);
  return osisession_dl_table_->spdu_decode(tsdu, length, context, index, spdu, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_spdu_decode_unit(const void *tsdu, size_t length, const struct osisession_spdu_context *context, uint32_t index, uint32_t unit_index, struct osisession_spdu_unit *unit, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(spdu_decode_unit)) return osisession_dl_missing_("osisession_spdu_decode_unit", error);
  return osisession_dl_table_->spdu_decode_unit(tsdu, length, context, index, unit_index, unit, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_spdu_encode(const char *mnemonic, const struct osisession_spdu_value *values, size_t count, const void *user_data, size_t user_data_length, const struct osisession_spdu_context *context, uint32_t mode, void *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(spdu_encode)) return osisession_dl_missing_("osisession_spdu_encode", error);
  return osisession_dl_table_->spdu_encode(mnemonic, values, count, user_data, user_data_length, context, mode, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_event_retain(const struct osisession_event *event, struct osisession_event *kept, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(event_retain)) return osisession_dl_missing_("osisession_event_retain", error);
  return osisession_dl_table_->event_retain(event, kept, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_data_request_vectored(struct osisession_session *session, const struct osisession_octets *pieces, size_t count, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(data_request_vectored)) return osisession_dl_missing_("osisession_data_request_vectored", error);
  return osisession_dl_table_->data_request_vectored(session, pieces, count, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_data_request_lent(struct osisession_session *session, const void *data, size_t length, osisession_release_fn release, void *user_data, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(data_request_lent)) return osisession_dl_missing_("osisession_data_request_lent", error);
  return osisession_dl_table_->data_request_lent(session, data, length, release, user_data, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_connect_over_stream(struct osisession_endpoint *endpoint, const char *peer, const struct osisession_connect_params *params, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_stream **stream, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(connect_over_stream)) return osisession_dl_missing_("osisession_connect_over_stream", error);
  return osisession_dl_table_->connect_over_stream(endpoint, peer, params, config, session, stream, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_listener_accept_stream(struct osisession_listener *listener, const char *peer, struct osisession_stream **stream, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(listener_accept_stream)) return osisession_dl_missing_("osisession_listener_accept_stream", error);
  return osisession_dl_table_->listener_accept_stream(listener, peer, stream, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_stream_feed(struct osisession_stream *stream, const void *octets, size_t length, size_t *taken, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(stream_feed)) return osisession_dl_missing_("osisession_stream_feed", error);
  return osisession_dl_table_->stream_feed(stream, octets, length, taken, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_stream_drain(struct osisession_stream *stream, void *buffer, size_t capacity, size_t *length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(stream_drain)) return osisession_dl_missing_("osisession_stream_drain", error);
  return osisession_dl_table_->stream_drain(stream, buffer, capacity, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_stream_pending(struct osisession_stream *stream, size_t *pending, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(stream_pending)) return osisession_dl_missing_("osisession_stream_pending", error);
  return osisession_dl_table_->stream_pending(stream, pending, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_stream_finish(struct osisession_stream *stream, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(stream_finish)) return osisession_dl_missing_("osisession_stream_finish", error);
  return osisession_dl_table_->stream_finish(stream, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_stream_free(struct osisession_stream *stream)
{
  if (!OSISESSION_DL_HAS(stream_free)) return osisession_dl_missing_("osisession_stream_free", NULL);
  return osisession_dl_table_->stream_free(stream);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_wake(struct osisession_endpoint *endpoint)
{
  if (!OSISESSION_DL_HAS(endpoint_wake)) return osisession_dl_missing_("osisession_endpoint_wake", NULL);
  return osisession_dl_table_->endpoint_wake(endpoint);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_limits(struct osisession_session *session, struct osisession_session_config *limits, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_limits)) return osisession_dl_missing_("osisession_session_limits", error);
  return osisession_dl_table_->session_limits(session, limits, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_tls_new(const struct osisession_tls_config *config, struct osisession_tls **tls, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(tls_new)) return osisession_dl_missing_("osisession_tls_new", error);
  return osisession_dl_table_->tls_new(config, tls, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_tls_free(struct osisession_tls *tls)
{
  if (!OSISESSION_DL_HAS(tls_free)) return osisession_dl_missing_("osisession_tls_free", NULL);
  return osisession_dl_table_->tls_free(tls);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_tls_info(struct osisession_session *session, struct osisession_tls_info *info, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_tls_info)) return osisession_dl_missing_("osisession_session_tls_info", error);
  return osisession_dl_table_->session_tls_info(session, info, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_peer_certificate(struct osisession_session *session, size_t index, uint8_t *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_peer_certificate)) return osisession_dl_missing_("osisession_session_peer_certificate", error);
  return osisession_dl_table_->session_peer_certificate(session, index, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_record(const char *path, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(record)) return osisession_dl_missing_("osisession_record", error);
  return osisession_dl_table_->record(path, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_set_log(osisession_log_fn log, uint32_t level, void *user_data, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(set_log)) return osisession_dl_missing_("osisession_set_log", error);
  return osisession_dl_table_->set_log(log, level, user_data, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_new_with(const struct osisession_endpoint_config *config, struct osisession_endpoint **endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_new_with)) return osisession_dl_missing_("osisession_endpoint_new_with", error);
  return osisession_dl_table_->endpoint_new_with(config, endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_counters(struct osisession_endpoint *endpoint, struct osisession_counters *counters, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_counters)) return osisession_dl_missing_("osisession_endpoint_counters", error);
  return osisession_dl_table_->endpoint_counters(endpoint, counters, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_connect_over_socket(struct osisession_endpoint *endpoint, int32_t descriptor, const struct osisession_connect_params *params, const struct osisession_session_config *config, struct osisession_session **session, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(connect_over_socket)) return osisession_dl_missing_("osisession_connect_over_socket", error);
  return osisession_dl_table_->connect_over_socket(endpoint, descriptor, params, config, session, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_listener_accept_socket(struct osisession_listener *listener, int32_t descriptor, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(listener_accept_socket)) return osisession_dl_missing_("osisession_listener_accept_socket", error);
  return osisession_dl_table_->listener_accept_socket(listener, descriptor, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_number(struct osisession_session *session, uint64_t *number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_number)) return osisession_dl_missing_("osisession_session_number", error);
  return osisession_dl_table_->session_number(session, number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_data_piece_request(struct osisession_session *session, const void *user_data, size_t length, uint32_t flags, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(data_piece_request)) return osisession_dl_missing_("osisession_data_piece_request", error);
  return osisession_dl_table_->data_piece_request(session, user_data, length, flags, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_profile(uint32_t profile, struct osisession_session_config *config, struct osisession_connect_params *request, struct osisession_connect_response_params *response, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(profile)) return osisession_dl_missing_("osisession_profile", error);
  return osisession_dl_table_->profile(profile, config, request, response, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_new(const struct osisession_scp_config *config, struct osisession_scp_endpoint **endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_new)) return osisession_dl_missing_("osisession_scp_endpoint_new", error);
  return osisession_dl_table_->scp_endpoint_new(config, endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_free(struct osisession_scp_endpoint *endpoint)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_free)) return osisession_dl_missing_("osisession_scp_endpoint_free", NULL);
  return osisession_dl_table_->scp_endpoint_free(endpoint);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_close(struct osisession_scp_endpoint *endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_close)) return osisession_dl_missing_("osisession_scp_endpoint_close", error);
  return osisession_dl_table_->scp_endpoint_close(endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_define_node(struct osisession_scp_endpoint *endpoint, const char *name, const char *address, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_define_node)) return osisession_dl_missing_("osisession_scp_endpoint_define_node", error);
  return osisession_dl_table_->scp_endpoint_define_node(endpoint, name, address, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_wait_up(struct osisession_scp_endpoint *endpoint, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_wait_up)) return osisession_dl_missing_("osisession_scp_endpoint_wait_up", error);
  return osisession_dl_table_->scp_endpoint_wait_up(endpoint, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_state(struct osisession_scp_endpoint *endpoint, struct osisession_scp_state *state, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_state)) return osisession_dl_missing_("osisession_scp_endpoint_state", error);
  return osisession_dl_table_->scp_endpoint_state(endpoint, state, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_local_address(struct osisession_scp_endpoint *endpoint, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_local_address)) return osisession_dl_missing_("osisession_scp_endpoint_local_address", error);
  return osisession_dl_table_->scp_endpoint_local_address(endpoint, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_dispatch(struct osisession_scp_endpoint *endpoint, int64_t timeout_ms, size_t *count, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_dispatch)) return osisession_dl_missing_("osisession_scp_endpoint_dispatch", error);
  return osisession_dl_table_->scp_endpoint_dispatch(endpoint, timeout_ms, count, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_start(struct osisession_scp_endpoint *endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_start)) return osisession_dl_missing_("osisession_scp_endpoint_start", error);
  return osisession_dl_table_->scp_endpoint_start(endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_stop(struct osisession_scp_endpoint *endpoint, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_stop)) return osisession_dl_missing_("osisession_scp_endpoint_stop", error);
  return osisession_dl_table_->scp_endpoint_stop(endpoint, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_descriptor(struct osisession_scp_endpoint *endpoint, int32_t *descriptor, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_descriptor)) return osisession_dl_missing_("osisession_scp_endpoint_descriptor", error);
  return osisession_dl_table_->scp_endpoint_descriptor(endpoint, descriptor, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_next_timeout_ns(struct osisession_scp_endpoint *endpoint, int64_t *nanoseconds, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_next_timeout_ns)) return osisession_dl_missing_("osisession_scp_endpoint_next_timeout_ns", error);
  return osisession_dl_table_->scp_endpoint_next_timeout_ns(endpoint, nanoseconds, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_endpoint_next_ready(struct osisession_scp_endpoint *endpoint, struct osisession_scp_link **link, struct osisession_scp_listener **listener, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_endpoint_next_ready)) return osisession_dl_missing_("osisession_scp_endpoint_next_ready", error);
  return osisession_dl_table_->scp_endpoint_next_ready(endpoint, link, listener, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_listen(struct osisession_scp_endpoint *endpoint, const struct osisession_scp_object *object, struct osisession_scp_listener **listener, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_listen)) return osisession_dl_missing_("osisession_scp_listen", error);
  return osisession_dl_table_->scp_listen(endpoint, object, listener, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_listener_accept(struct osisession_scp_listener *listener, int64_t timeout_ms, struct osisession_scp_link **link, struct osisession_scp_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_listener_accept)) return osisession_dl_missing_("osisession_scp_listener_accept", error);
  return osisession_dl_table_->scp_listener_accept(listener, timeout_ms, link, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_listener_free(struct osisession_scp_listener *listener)
{
  if (!OSISESSION_DL_HAS(scp_listener_free)) return osisession_dl_missing_("osisession_scp_listener_free", NULL);
  return osisession_dl_table_->scp_listener_free(listener);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_connect(struct osisession_scp_endpoint *endpoint, const char *node, const struct osisession_scp_connect_params *params, struct osisession_scp_link **link, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_connect)) return osisession_dl_missing_("osisession_scp_connect", error);
  return osisession_dl_table_->scp_connect(endpoint, node, params, link, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_wait_connected(struct osisession_scp_link *link, int64_t timeout_ms, struct osisession_scp_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_wait_connected)) return osisession_dl_missing_("osisession_scp_wait_connected", error);
  return osisession_dl_table_->scp_wait_connected(link, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_accept(struct osisession_scp_link *link, const void *data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_accept)) return osisession_dl_missing_("osisession_scp_accept", error);
  return osisession_dl_table_->scp_accept(link, data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_reject(struct osisession_scp_link *link, uint32_t reason, const void *data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_reject)) return osisession_dl_missing_("osisession_scp_reject", error);
  return osisession_dl_table_->scp_reject(link, reason, data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_send(struct osisession_scp_link *link, const void *data, size_t length, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_send)) return osisession_dl_missing_("osisession_scp_send", error);
  return osisession_dl_table_->scp_send(link, data, length, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_interrupt(struct osisession_scp_link *link, const void *data, size_t length, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_interrupt)) return osisession_dl_missing_("osisession_scp_interrupt", error);
  return osisession_dl_table_->scp_interrupt(link, data, length, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_next_event(struct osisession_scp_link *link, int64_t timeout_ms, struct osisession_scp_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_next_event)) return osisession_dl_missing_("osisession_scp_next_event", error);
  return osisession_dl_table_->scp_next_event(link, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_disconnect(struct osisession_scp_link *link, const void *data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_disconnect)) return osisession_dl_missing_("osisession_scp_disconnect", error);
  return osisession_dl_table_->scp_disconnect(link, data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_abort(struct osisession_scp_link *link, const void *data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(scp_abort)) return osisession_dl_missing_("osisession_scp_abort", error);
  return osisession_dl_table_->scp_abort(link, data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_link_free(struct osisession_scp_link *link)
{
  if (!OSISESSION_DL_HAS(scp_link_free)) return osisession_dl_missing_("osisession_scp_link_free", NULL);
  return osisession_dl_table_->scp_link_free(link);
}

OSISESSION_DL_LOCAL_ int32_t osisession_scp_event_free(struct osisession_scp_event *event)
{
  if (!OSISESSION_DL_HAS(scp_event_free)) return osisession_dl_missing_("osisession_scp_event_free", NULL);
  return osisession_dl_table_->scp_event_free(event);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_diagnosis(struct osisession_session *session, struct osisession_diagnosis *diagnosis, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_diagnosis)) return osisession_dl_missing_("osisession_session_diagnosis", error);
  return osisession_dl_table_->session_diagnosis(session, diagnosis, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_session_report(struct osisession_session *session, uint32_t format, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(session_report)) return osisession_dl_missing_("osisession_session_report", error);
  return osisession_dl_table_->session_report(session, format, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_refusal_diagnosis(struct osisession_endpoint *endpoint, struct osisession_diagnosis *diagnosis, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_refusal_diagnosis)) return osisession_dl_missing_("osisession_endpoint_refusal_diagnosis", error);
  return osisession_dl_table_->endpoint_refusal_diagnosis(endpoint, diagnosis, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_endpoint_refusal_report(struct osisession_endpoint *endpoint, uint32_t format, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(endpoint_refusal_report)) return osisession_dl_missing_("osisession_endpoint_refusal_report", error);
  return osisession_dl_table_->endpoint_refusal_report(endpoint, format, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_new(const struct osisession_zip_node_config *config, struct osisession_zip_node **node, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_new)) return osisession_dl_missing_("osisession_zip_node_new", error);
  return osisession_dl_table_->zip_node_new(config, node, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_free(struct osisession_zip_node *node)
{
  if (!OSISESSION_DL_HAS(zip_node_free)) return osisession_dl_missing_("osisession_zip_node_free", NULL);
  return osisession_dl_table_->zip_node_free(node);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_dispatch(struct osisession_zip_node *node, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_dispatch)) return osisession_dl_missing_("osisession_zip_node_dispatch", error);
  return osisession_dl_table_->zip_node_dispatch(node, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_start(struct osisession_zip_node *node, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_start)) return osisession_dl_missing_("osisession_zip_node_start", error);
  return osisession_dl_table_->zip_node_start(node, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_stop(struct osisession_zip_node *node, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_stop)) return osisession_dl_missing_("osisession_zip_node_stop", error);
  return osisession_dl_table_->zip_node_stop(node, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_descriptor(struct osisession_zip_node *node, int32_t *descriptor, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_descriptor)) return osisession_dl_missing_("osisession_zip_node_descriptor", error);
  return osisession_dl_table_->zip_node_descriptor(node, descriptor, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_next_timeout_ns(struct osisession_zip_node *node, int64_t *nanoseconds, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_next_timeout_ns)) return osisession_dl_missing_("osisession_zip_node_next_timeout_ns", error);
  return osisession_dl_table_->zip_node_next_timeout_ns(node, nanoseconds, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_join(struct osisession_zip_node *node, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_join)) return osisession_dl_missing_("osisession_zip_node_join", error);
  return osisession_dl_table_->zip_node_join(node, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_node_state(struct osisession_zip_node *node, struct osisession_zip_state *state, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_node_state)) return osisession_dl_missing_("osisession_zip_node_state", error);
  return osisession_dl_table_->zip_node_state(node, state, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_next_event(struct osisession_zip_node *node, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_next_event)) return osisession_dl_missing_("osisession_zip_next_event", error);
  return osisession_dl_table_->zip_next_event(node, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_name_text(const void *octets, size_t length, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_name_text)) return osisession_dl_missing_("osisession_zip_name_text", error);
  return osisession_dl_table_->zip_name_text(octets, length, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_name_octets(const char *text, uint8_t *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_name_octets)) return osisession_dl_missing_("osisession_zip_name_octets", error);
  return osisession_dl_table_->zip_name_octets(text, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_name_same(const void *a, size_t a_length, const void *b, size_t b_length, int32_t *same, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_name_same)) return osisession_dl_missing_("osisession_zip_name_same", error);
  return osisession_dl_table_->zip_name_same(a, a_length, b, b_length, same, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_zones(struct osisession_zip_node *node, uint32_t which, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_zones)) return osisession_dl_missing_("osisession_zip_zones", error);
  return osisession_dl_table_->zip_zones(node, which, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_zones_request(struct osisession_zip_node *node, uint32_t which, uint32_t *number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_zones_request)) return osisession_dl_missing_("osisession_zip_zones_request", error);
  return osisession_dl_table_->zip_zones_request(node, which, number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_lookup(struct osisession_zip_node *node, const char *entity, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_lookup)) return osisession_dl_missing_("osisession_zip_lookup", error);
  return osisession_dl_table_->zip_lookup(node, entity, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_lookup_request(struct osisession_zip_node *node, const char *entity, uint32_t *number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_lookup_request)) return osisession_dl_missing_("osisession_zip_lookup_request", error);
  return osisession_dl_table_->zip_lookup_request(node, entity, number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_cancel(struct osisession_zip_node *node, uint32_t number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_cancel)) return osisession_dl_missing_("osisession_zip_cancel", error);
  return osisession_dl_table_->zip_cancel(node, number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_register(struct osisession_zip_node *node, const char *object, const char *type, uint32_t socket, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_register)) return osisession_dl_missing_("osisession_zip_register", error);
  return osisession_dl_table_->zip_register(node, object, type, socket, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_register_request(struct osisession_zip_node *node, const char *object, const char *type, uint32_t socket, uint32_t *number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_register_request)) return osisession_dl_missing_("osisession_zip_register_request", error);
  return osisession_dl_table_->zip_register_request(node, object, type, socket, number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_unregister(struct osisession_zip_node *node, const char *object, const char *type, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_unregister)) return osisession_dl_missing_("osisession_zip_unregister", error);
  return osisession_dl_table_->zip_unregister(node, object, type, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_pick_zone(struct osisession_zip_node *node, const char *zone, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_pick_zone)) return osisession_dl_missing_("osisession_zip_pick_zone", error);
  return osisession_dl_table_->zip_pick_zone(node, zone, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_echo(struct osisession_zip_node *node, uint32_t network, uint32_t to, const void *data, size_t length, int64_t timeout_ms, int64_t *nanoseconds, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_echo)) return osisession_dl_missing_("osisession_zip_echo", error);
  return osisession_dl_table_->zip_echo(node, network, to, data, length, timeout_ms, nanoseconds, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_echo_request(struct osisession_zip_node *node, uint32_t network, uint32_t to, const void *data, size_t length, uint32_t *number, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_echo_request)) return osisession_dl_missing_("osisession_zip_echo_request", error);
  return osisession_dl_table_->zip_echo_request(node, network, to, data, length, number, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_new(const struct osisession_zip_router_config *config, struct osisession_zip_router **router, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_new)) return osisession_dl_missing_("osisession_zip_router_new", error);
  return osisession_dl_table_->zip_router_new(config, router, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_free(struct osisession_zip_router *router)
{
  if (!OSISESSION_DL_HAS(zip_router_free)) return osisession_dl_missing_("osisession_zip_router_free", NULL);
  return osisession_dl_table_->zip_router_free(router);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_dispatch(struct osisession_zip_router *router, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_dispatch)) return osisession_dl_missing_("osisession_zip_router_dispatch", error);
  return osisession_dl_table_->zip_router_dispatch(router, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_start(struct osisession_zip_router *router, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_start)) return osisession_dl_missing_("osisession_zip_router_start", error);
  return osisession_dl_table_->zip_router_start(router, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_stop(struct osisession_zip_router *router, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_stop)) return osisession_dl_missing_("osisession_zip_router_stop", error);
  return osisession_dl_table_->zip_router_stop(router, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_descriptor(struct osisession_zip_router *router, int32_t *descriptor, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_descriptor)) return osisession_dl_missing_("osisession_zip_router_descriptor", error);
  return osisession_dl_table_->zip_router_descriptor(router, descriptor, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_next_timeout_ns(struct osisession_zip_router *router, int64_t *nanoseconds, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_next_timeout_ns)) return osisession_dl_missing_("osisession_zip_router_next_timeout_ns", error);
  return osisession_dl_table_->zip_router_next_timeout_ns(router, nanoseconds, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_next_event(struct osisession_zip_router *router, int64_t timeout_ms, struct osisession_zip_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_next_event)) return osisession_dl_missing_("osisession_zip_router_next_event", error);
  return osisession_dl_table_->zip_router_next_event(router, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_state(struct osisession_zip_router *router, struct osisession_zip_routing *state, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_state)) return osisession_dl_missing_("osisession_zip_router_state", error);
  return osisession_dl_table_->zip_router_state(router, state, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_port_state(struct osisession_zip_router *router, uint32_t port, struct osisession_zip_port_state *state, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_port_state)) return osisession_dl_missing_("osisession_zip_router_port_state", error);
  return osisession_dl_table_->zip_router_port_state(router, port, state, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_tables(struct osisession_zip_router *router, struct osisession_zip_tables *tables, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_tables)) return osisession_dl_missing_("osisession_zip_router_tables", error);
  return osisession_dl_table_->zip_router_tables(router, tables, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_tables_free(struct osisession_zip_tables *tables)
{
  if (!OSISESSION_DL_HAS(zip_tables_free)) return osisession_dl_missing_("osisession_zip_tables_free", NULL);
  return osisession_dl_table_->zip_tables_free(tables);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_take_down(struct osisession_zip_router *router, uint32_t port, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_take_down)) return osisession_dl_missing_("osisession_zip_router_take_down", error);
  return osisession_dl_table_->zip_router_take_down(router, port, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_bring_up(struct osisession_zip_router *router, uint32_t port, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_bring_up)) return osisession_dl_missing_("osisession_zip_router_bring_up", error);
  return osisession_dl_table_->zip_router_bring_up(router, port, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_router_rename_zone(struct osisession_zip_router *router, uint32_t network, const char *old_name, const char *new_name, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(zip_router_rename_zone)) return osisession_dl_missing_("osisession_zip_router_rename_zone", error);
  return osisession_dl_table_->zip_router_rename_zone(router, network, old_name, new_name, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_zip_event_free(struct osisession_zip_event *event)
{
  if (!OSISESSION_DL_HAS(zip_event_free)) return osisession_dl_missing_("osisession_zip_event_free", NULL);
  return osisession_dl_table_->zip_event_free(event);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_new(struct osisession_endpoint *endpoint, const char *address, const struct osisession_rpc_client_config *config, struct osisession_rpc_client **client, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_client_new)) return osisession_dl_missing_("osisession_rpc_client_new", error);
  return osisession_dl_table_->rpc_client_new(endpoint, address, config, client, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_free(struct osisession_rpc_client *client)
{
  if (!OSISESSION_DL_HAS(rpc_client_free)) return osisession_dl_missing_("osisession_rpc_client_free", NULL);
  return osisession_dl_table_->rpc_client_free(client);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_open(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_client_open)) return osisession_dl_missing_("osisession_rpc_client_open", error);
  return osisession_dl_table_->rpc_client_open(client, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_state(struct osisession_rpc_client *client, struct osisession_rpc_state *state, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_client_state)) return osisession_dl_missing_("osisession_rpc_client_state", error);
  return osisession_dl_table_->rpc_client_state(client, state, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_next_event(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_rpc_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_client_next_event)) return osisession_dl_missing_("osisession_rpc_client_next_event", error);
  return osisession_dl_table_->rpc_client_next_event(client, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_reset(struct osisession_rpc_client *client, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_client_reset)) return osisession_dl_missing_("osisession_rpc_client_reset", error);
  return osisession_dl_table_->rpc_client_reset(client, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_release(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_client_release)) return osisession_dl_missing_("osisession_rpc_client_release", error);
  return osisession_dl_table_->rpc_client_release(client, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_request(struct osisession_rpc_client *client, const void *data, size_t length, const struct osisession_rpc_params *params, struct osisession_rpc_outcome *outcome, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_request)) return osisession_dl_missing_("osisession_rpc_request", error);
  return osisession_dl_table_->rpc_request(client, data, length, params, outcome, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_start(struct osisession_rpc_client *client, const void *data, size_t length, const struct osisession_rpc_params *params, uint64_t *id, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_start)) return osisession_dl_missing_("osisession_rpc_start", error);
  return osisession_dl_table_->rpc_start(client, data, length, params, id, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_next_outcome(struct osisession_rpc_client *client, int64_t timeout_ms, struct osisession_rpc_outcome *outcome, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_next_outcome)) return osisession_dl_missing_("osisession_rpc_next_outcome", error);
  return osisession_dl_table_->rpc_next_outcome(client, timeout_ms, outcome, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_cancel(struct osisession_rpc_client *client, uint64_t id, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_cancel)) return osisession_dl_missing_("osisession_rpc_cancel", error);
  return osisession_dl_table_->rpc_cancel(client, id, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_one_way(struct osisession_rpc_client *client, const void *data, size_t length, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_one_way)) return osisession_dl_missing_("osisession_rpc_one_way", error);
  return osisession_dl_table_->rpc_one_way(client, data, length, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_outcome_free(struct osisession_rpc_outcome *outcome)
{
  if (!OSISESSION_DL_HAS(rpc_outcome_free)) return osisession_dl_missing_("osisession_rpc_outcome_free", NULL);
  return osisession_dl_table_->rpc_outcome_free(outcome);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_server_new(struct osisession_endpoint *endpoint, const char *address, const struct osisession_rpc_server_config *config, struct osisession_rpc_server **server, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_server_new)) return osisession_dl_missing_("osisession_rpc_server_new", error);
  return osisession_dl_table_->rpc_server_new(endpoint, address, config, server, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_server_free(struct osisession_rpc_server *server)
{
  if (!OSISESSION_DL_HAS(rpc_server_free)) return osisession_dl_missing_("osisession_rpc_server_free", NULL);
  return osisession_dl_table_->rpc_server_free(server);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_server_local_address(struct osisession_rpc_server *server, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_server_local_address)) return osisession_dl_missing_("osisession_rpc_server_local_address", error);
  return osisession_dl_table_->rpc_server_local_address(server, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_server_serve(struct osisession_rpc_server *server, osisession_rpc_on_request on_request, void *user_data, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_server_serve)) return osisession_dl_missing_("osisession_rpc_server_serve", error);
  return osisession_dl_table_->rpc_server_serve(server, on_request, user_data, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_server_next_request(struct osisession_rpc_server *server, int64_t timeout_ms, struct osisession_rpc_incoming **request, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_server_next_request)) return osisession_dl_missing_("osisession_rpc_server_next_request", error);
  return osisession_dl_table_->rpc_server_next_request(server, timeout_ms, request, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_incoming_look(struct osisession_rpc_incoming *request, struct osisession_rpc_incoming_info *info, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_incoming_look)) return osisession_dl_missing_("osisession_rpc_incoming_look", error);
  return osisession_dl_table_->rpc_incoming_look(request, info, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_incoming_respond(struct osisession_rpc_incoming *request, const void *data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_incoming_respond)) return osisession_dl_missing_("osisession_rpc_incoming_respond", error);
  return osisession_dl_table_->rpc_incoming_respond(request, data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_incoming_fail(struct osisession_rpc_incoming *request, uint32_t code, const void *data, size_t length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_incoming_fail)) return osisession_dl_missing_("osisession_rpc_incoming_fail", error);
  return osisession_dl_table_->rpc_incoming_fail(request, code, data, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_incoming_free(struct osisession_rpc_incoming *request)
{
  if (!OSISESSION_DL_HAS(rpc_incoming_free)) return osisession_dl_missing_("osisession_rpc_incoming_free", NULL);
  return osisession_dl_table_->rpc_incoming_free(request);
}

OSISESSION_DL_LOCAL_ int32_t osisession_rpc_client_resumed(struct osisession_rpc_client *client, uint64_t *numbers, size_t capacity, size_t *count, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(rpc_client_resumed)) return osisession_dl_missing_("osisession_rpc_client_resumed", error);
  return osisession_dl_table_->rpc_client_resumed(client, numbers, capacity, count, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_journal_open(const char *path, struct osisession_journal **journal, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(journal_open)) return osisession_dl_missing_("osisession_journal_open", error);
  return osisession_dl_table_->journal_open(path, journal, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_journal_memory(struct osisession_journal **journal, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(journal_memory)) return osisession_dl_missing_("osisession_journal_memory", error);
  return osisession_dl_table_->journal_memory(journal, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_journal_own(const struct osisession_journal_store *store, struct osisession_journal **journal, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(journal_own)) return osisession_dl_missing_("osisession_journal_own", error);
  return osisession_dl_table_->journal_own(store, journal, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_journal_free(struct osisession_journal *journal)
{
  if (!OSISESSION_DL_HAS(journal_free)) return osisession_dl_missing_("osisession_journal_free", NULL);
  return osisession_dl_table_->journal_free(journal);
}

OSISESSION_DL_LOCAL_ int32_t osisession_durable_node_new(struct osisession_journal *journal, const struct osisession_durable_config *config, struct osisession_durable_node **node, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(durable_node_new)) return osisession_dl_missing_("osisession_durable_node_new", error);
  return osisession_dl_table_->durable_node_new(journal, config, node, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_durable_node_free(struct osisession_durable_node *node)
{
  if (!OSISESSION_DL_HAS(durable_node_free)) return osisession_dl_missing_("osisession_durable_node_free", NULL);
  return osisession_dl_table_->durable_node_free(node);
}

OSISESSION_DL_LOCAL_ int32_t osisession_durable_listen(struct osisession_durable_node *node, const char *address, char *buffer, size_t capacity, size_t *needed, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(durable_listen)) return osisession_dl_missing_("osisession_durable_listen", error);
  return osisession_dl_table_->durable_listen(node, address, buffer, capacity, needed, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_durable_dial(struct osisession_durable_node *node, const char *address, const struct osisession_durable_dial_params *params, struct osisession_dialogue **dialogue, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(durable_dial)) return osisession_dl_missing_("osisession_durable_dial", error);
  return osisession_dl_table_->durable_dial(node, address, params, dialogue, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_durable_accept(struct osisession_durable_node *node, int64_t timeout_ms, struct osisession_dialogue **dialogue, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(durable_accept)) return osisession_dl_missing_("osisession_durable_accept", error);
  return osisession_dl_table_->durable_accept(node, timeout_ms, dialogue, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_durable_find(struct osisession_durable_node *node, const void *label, size_t length, struct osisession_dialogue **dialogue, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(durable_find)) return osisession_dl_missing_("osisession_durable_find", error);
  return osisession_dl_table_->durable_find(node, label, length, dialogue, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_durable_dialogue(struct osisession_durable_node *node, size_t index, struct osisession_dialogue **dialogue, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(durable_dialogue)) return osisession_dl_missing_("osisession_durable_dialogue", error);
  return osisession_dl_table_->durable_dialogue(node, index, dialogue, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_free(struct osisession_dialogue *dialogue)
{
  if (!OSISESSION_DL_HAS(dialogue_free)) return osisession_dl_missing_("osisession_dialogue_free", NULL);
  return osisession_dl_table_->dialogue_free(dialogue);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_send(struct osisession_dialogue *dialogue, const void *data, size_t length, int64_t timeout_ms, uint64_t *position, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_send)) return osisession_dl_missing_("osisession_dialogue_send", error);
  return osisession_dl_table_->dialogue_send(dialogue, data, length, timeout_ms, position, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_wait(struct osisession_dialogue *dialogue, uint32_t what, uint64_t position, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_wait)) return osisession_dl_missing_("osisession_dialogue_wait", error);
  return osisession_dl_table_->dialogue_wait(dialogue, what, position, timeout_ms, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_receive(struct osisession_dialogue *dialogue, int64_t timeout_ms, struct osisession_dialogue_message *message, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_receive)) return osisession_dl_missing_("osisession_dialogue_receive", error);
  return osisession_dl_table_->dialogue_receive(dialogue, timeout_ms, message, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_message_free(struct osisession_dialogue_message *message)
{
  if (!OSISESSION_DL_HAS(dialogue_message_free)) return osisession_dl_missing_("osisession_dialogue_message_free", NULL);
  return osisession_dl_table_->dialogue_message_free(message);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_commit(struct osisession_dialogue *dialogue, uint64_t position, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_commit)) return osisession_dl_missing_("osisession_dialogue_commit", error);
  return osisession_dl_table_->dialogue_commit(dialogue, position, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_look(struct osisession_dialogue *dialogue, struct osisession_dialogue_state *state, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_look)) return osisession_dl_missing_("osisession_dialogue_look", error);
  return osisession_dl_table_->dialogue_look(dialogue, state, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_label(struct osisession_dialogue *dialogue, void *buffer, size_t capacity, size_t *length, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_label)) return osisession_dl_missing_("osisession_dialogue_label", error);
  return osisession_dl_table_->dialogue_label(dialogue, buffer, capacity, length, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_next_event(struct osisession_dialogue *dialogue, int64_t timeout_ms, struct osisession_dialogue_event *event, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_next_event)) return osisession_dl_missing_("osisession_dialogue_next_event", error);
  return osisession_dl_table_->dialogue_next_event(dialogue, timeout_ms, event, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_reconnect(struct osisession_dialogue *dialogue, const char *address, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_reconnect)) return osisession_dl_missing_("osisession_dialogue_reconnect", error);
  return osisession_dl_table_->dialogue_reconnect(dialogue, address, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_hold_open(struct osisession_dialogue *dialogue, int32_t hold, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_hold_open)) return osisession_dl_missing_("osisession_dialogue_hold_open", error);
  return osisession_dl_table_->dialogue_hold_open(dialogue, hold, error);
}

OSISESSION_DL_LOCAL_ int32_t osisession_dialogue_close(struct osisession_dialogue *dialogue, int64_t timeout_ms, struct osisession_error_info *error)
{
  if (!OSISESSION_DL_HAS(dialogue_close)) return osisession_dl_missing_("osisession_dialogue_close", error);
  return osisession_dl_table_->dialogue_close(dialogue, timeout_ms, error);
}

#ifdef __cplusplus
}  // extern C
#endif

#endif /* OSISESSION_DL_IMPLEMENTATION */
