//! Makes `include/osisession.h` from the sources of the crate.
#![allow(dead_code, reason = "each test program uses its part")]

use std::path::Path;

/// In the order in which a reader wants them.
const SOURCES: [&str; 33] = [
    "status.rs",
    "error_info.rs",
    "octets.rs",
    "tls.rs",
    "config.rs",
    "profile.rs",
    "event.rs",
    "library.rs",
    "spdu.rs",
    "endpoint.rs",
    "process.rs",
    "record/mod.rs",
    "log.rs",
    "listener.rs",
    "session.rs",
    "cause.rs",
    "diagnosis.rs",
    "primitive.rs",
    "data.rs",
    "stream.rs",
    "transport.rs",
    "scp.rs",
    "scp_link.rs",
    "zip.rs",
    "zip_event.rs",
    "zip_request.rs",
    "zip_router.rs",
    "rpc.rs",
    "rpc_server.rs",
    "journal.rs",
    "durable.rs",
    "dialogue.rs",
    "table.rs",
];

const INTRODUCTION: &str = r#"/**
 * @file
 *
 * osisession.h - the OSI session layer (X.215, X.225) over RFC 1006, memory, or a transport of your own.
 *
 * Generated from the library's sources: do not edit.
 *
 * Handles. An osisession_endpoint, _listener, _session, _tls, osisession_scp_..., osisession_zip_..., osisession_rpc_..., osisession_journal, osisession_durable_node or osisession_dialogue pointer is a key and never an address: the library
 * looks it up and never dereferences it. NULL, a value that never was a handle, a handle of another kind and one that was freed each
 * have a status of their own, and do no harm. Each is made by one function and ended by its ..._free; no other
 * call ends or consumes an argument.
 *
 * Statuses. Every call that can fail returns an int32_t: OSISESSION_OK, or a negative number by range (argument -1xx, handle
 * -2xx, not now -3xx, limit -4xx, transport -5xx, peer -6xx, time over, nothing there or closed -7xx, loader -8xx, internal
 * -9xx). "Errors: those of the handle" means -2xx. OSISESSION_E_INTERNAL is possible everywhere and not repeated.
 * Out-parameters are written on success only, except `error` (written on failure only) and `needed`.
 *
 * Structs. Those that begin with `struct_size` are set to zero and sized by OSISESSION_INIT(&it); zero is always the default.
 *
 * Memory. Everything that is passed in is copied before the call returns, but for the memory that is lent to
 * osisession_data_request_lent. What comes out belongs to the library and lives as
 * long as is said there; free() never touches it.
 *
 * Threads. Every function may be called from any thread at any time, on the same handles too. Nothing is locked while
 * a callback runs, so a callback may call anything. No function blocks, except those with `timeout_ms`, and the resolution
 * of host names. From a signal handler only osisession_endpoint_wake may be called.
 *
 * Processes. In the child of a fork of a process with endpoints every call on a handle returns OSISESSION_E_FORKED; call
 * exec or _exit there. The library is never unloaded, also not by dlclose. At the end of the process nothing is waited for.
 *
 * Texts are UTF-8 and end with NUL.
 */"#;

const CONVENIENCES: &str = r#"
/**
 * Makes a struct that begins with `struct_size` ready: OSISESSION_INIT(&event).
 */
#define OSISESSION_INIT(pointer) osisession_init_struct((pointer), sizeof *(pointer))

/**
 * What OSISESSION_INIT does: all zero, then the size.
 */
static inline void osisession_init_struct(void *pointer, size_t size)
{
  const uint32_t struct_size = (uint32_t)size;
  memset(pointer, 0, size);
  memcpy(pointer, &struct_size, sizeof struct_size);
}

/**
 * `token_sides` from one OSISESSION_SIDE_... for each token (X.225 8.3.1, PI 26).
 */
#define OSISESSION_TOKEN_SIDES(data, synchronize_minor, major_activity, release) \
  ((uint32_t)(data) | (uint32_t)(synchronize_minor) << 2 | (uint32_t)(major_activity) << 4 | (uint32_t)(release) << 6)

/**
 * The side of one token (OSISESSION_TOKEN_...) in `token_sides`.
 */
#define OSISESSION_TOKEN_SIDE(token_sides, token) \
  (((uint32_t)(token_sides) / (uint32_t)(token)) & 3u)

/**
 * Whether a table of functions, perhaps of an older library, has this one: OSISESSION_API_HAS(api, next_event).
 */
#define OSISESSION_API_HAS(api, function) \
  ((api)->struct_size >= offsetof(osisession_api, function) + sizeof (api)->function)
"#;

/// The header's text.
pub(crate) fn header() -> String {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config {
        language: cbindgen::Language::C,
        cpp_compat: true,
        style: cbindgen::Style::Both,
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        include_guard: Some("OSISESSION_H".to_owned()),
        header: Some(INTRODUCTION.to_owned()),
        no_includes: true,
        sys_includes: ["stddef.h", "stdint.h", "string.h"].map(str::to_owned).to_vec(),
        usize_is_size_t: true,
        line_length: 110,
        ..cbindgen::Config::default()
    };
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(crate_folder.join("src").join(source));
    }
    let mut out = Vec::new();
    builder.generate().expect("the sources are readable for cbindgen").write(&mut out);
    let text = String::from_utf8(out).expect("a header is text");
    let text = parenthesize_negative_numbers(&text);
    let end = text.rfind("#ifdef __cplusplus").expect("the closing brace of extern \"C\"");
    let (body, tail) = text.split_at(end);
    format!("{body}{}{CONVENIENCES}\n{tail}", table(&text))
}

/// `#define X -1` is a trap in `2-X`.
fn parenthesize_negative_numbers(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match line.rsplit_once(" -").filter(|_| line.starts_with("#define ")) {
            Some((name, number)) => out.push_str(&format!("{name} (-{number})")),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// The names in the list of `table.rs`, in order.
pub(crate) fn names_in_table() -> Vec<String> {
    let source = include_str!("../../src/table.rs");
    let list = source.split_once("\napi! {\n").expect("the list begins").1;
    let list = list.split_once("\n}").expect("the list ends").0;
    list.lines().map(|line| line.trim().trim_end_matches(',').to_owned()).collect()
}

/// A function as the header declares it.
pub(crate) struct Declaration {
    pub(crate) name: String,
    /// "const char *", "int32_t ".
    pub(crate) returns: String,
    /// With the parentheses, on one line.
    pub(crate) parameters: String,
}

/// Finds a function in the header's text.
pub(crate) fn declaration(text: &str, name: &str) -> Declaration {
    let at = text.find(&format!("{name}(")).unwrap_or_else(|| panic!("{name} is not declared"));
    let start = text[..at].rfind("\n\n").map_or(0, |start| start + 2);
    let start = text[start..at].rfind("*/\n").map_or(start, |end| start + end + 3);
    let end = at + text[at..].find(';').expect("a declaration ends");
    let parameters: Vec<&str> = text[at + name.len()..end].split_whitespace().collect();
    Declaration {
        name: name.to_owned(),
        returns: text[start..at].to_owned(),
        parameters: parameters.join(" "),
    }
}

/// The struct of function pointers, each as it was declared.
fn table(text: &str) -> String {
    let mut fields = String::new();
    for name in names_in_table() {
        let Declaration { returns, parameters, .. } = declaration(text, &name);
        let field = name.trim_start_matches("osisession_");
        fields.push_str(&format!("  /** {name}() */\n  {returns}(*{field}){parameters};\n"));
    }
    format!(
        "/**\n * All functions of the library, each under its name without `osisession_`, see `osisession_get_api`.\n */\n\
         struct osisession_api {{\n  /**\n   * Octets of the table as the library has it.\n   */\n  uint32_t struct_size;\n  \
         /**\n   * OSISESSION_API_VERSION of the table.\n   */\n  uint32_t api_version;\n{fields}}};\n"
    )
}
