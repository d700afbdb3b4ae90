//! Makes `include/osisession_dl.h` from `include/osisession.h`: the same functions, each by way of the table.
use crate::generate::{Declaration, declaration, names_in_table};

const HEAD: &str = r#"/**
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
 * Loads the library. `path`: NULL looks for "@SONAME@" where the system looks for libraries.
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
  const char *const name = path == NULL ? "@SONAME@" : path;
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
"#;

const TAIL: &str = r"
#ifdef __cplusplus
}  // extern C
#endif

#endif /* OSISESSION_DL_IMPLEMENTATION */
";

/// The loader's text, from that of the header.
pub(crate) fn loader(header: &str, soname: &str) -> String {
    let mut text = HEAD.replace("@SONAME@", soname);
    for name in names_in_table() {
        if name != "osisession_status_name" {
            text.push_str(&function(&declaration(header, &name)));
        }
    }
    text + TAIL
}

/// One function: the table's if it is there, or a result that says that it is not.
fn function(Declaration { name, returns, parameters }: &Declaration) -> String {
    let field = name.trim_start_matches("osisession_");
    let passed = names(parameters).join(", ");
    let (give, otherwise) = match returns.trim_end() {
        "int32_t" => {
            let error = if names(parameters).contains(&"error") { "error" } else { "NULL" };
            ("return ", format!("return osisession_dl_missing_(\"{name}\", {error})"))
        }
        "uint32_t" | "uint64_t" | "int64_t" | "size_t" => ("return ", "return 0".to_owned()),
        "const char *" => ("return ", "return \"\"".to_owned()),
        "void" => ("", "return".to_owned()),
        other => {
            panic!("{name}: say in the generator of the loader what a missing function of type {other} gives")
        }
    };
    format!(
        "\nOSISESSION_DL_LOCAL_ {returns}{name}{parameters}\n{{\n  if (!OSISESSION_DL_HAS({field})) {otherwise};\n  \
         {give}osisession_dl_table_->{field}({passed});\n}}\n"
    )
}

/// The names of parameters: "(const void *data, void (*free)(void *), size_t length)" has data, free and length.
fn names(parameters: &str) -> Vec<&str> {
    let inside = &parameters[1..parameters.len() - 1];
    if inside == "void" {
        return Vec::new();
    }
    let mut depth = 0;
    let parts = inside.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts
        .map(|part| match part.split_once("(*") {
            Some((_, pointer)) => pointer.split(')').next().unwrap_or(pointer),
            None => part.rsplit([' ', '*']).next().unwrap_or(part),
        })
        .collect()
}
