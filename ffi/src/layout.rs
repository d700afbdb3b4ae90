//! The layout of every struct: Rust and C must agree on it.
//!
//! The test writes a C file of static assertions from what this compiler made, and lets the C compiler read it with the
//! header. A struct whose fields are not all listed here does not compile.
use crate::boundary::Sized32;
use crate::config::*;
use crate::diagnosis::*;
use crate::dialogue::*;
use crate::durable::*;
use crate::endpoint::*;
use crate::error_info::*;
use crate::event::*;
use crate::journal::*;
use crate::log::*;
use crate::octets::*;
use crate::rpc::*;
use crate::rpc_server::*;
use crate::scp::*;
use crate::scp_link::*;
use crate::session::*;
use crate::spdu::*;
use crate::structs::structs;
use crate::table::osisession_get_api;
use crate::tls::*;
use crate::transport::*;
use crate::zip::*;
use crate::zip_event::*;
use crate::zip_router::*;
use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Assertions on each struct, and the names of all.
macro_rules! layouts {
    ($($name:ident { $($field:ident),* })*) => {{
        let mut text = String::new();
        $(
            let _ = |$name { $($field: _),* }: $name| ();
            let name = stringify!($name);
            writeln!(text, "SIZE({name}, {})", size_of::<$name>()).unwrap();
            $(
                let field = stringify!($field).trim_start_matches("r#");
                writeln!(text, "OFFSET({name}, {field}, {})", std::mem::offset_of!($name, $field)).unwrap();
            )*
        )*
        (text, vec![$(stringify!($name)),*])
    }};
}

/// The name and the smallest size that is taken of structs with `struct_size`.
macro_rules! smallest {
    ($($name:ident),* $(,)?) => {
        [$((stringify!($name), <$name as Sized32>::SMALLEST)),*]
    };
}

fn assertions() -> (String, Vec<&'static str>) {
    structs!(layouts)
}

/// The table begins with its size and version; then each function has one pointer.
fn table() -> String {
    // SAFETY: the table is static and begins with its size.
    let size = unsafe { osisession_get_api(crate::library::OSISESSION_API_VERSION).cast::<u32>().read() };
    let mut text = format!("SIZE(osisession_api, {size})\n");
    let source = include_str!("table.rs");
    let list = source.split_once("\napi! {\n").unwrap().1.split_once("\n}").unwrap().0;
    for (number, name) in list.lines().enumerate() {
        let field = name.trim().trim_end_matches(',').trim_start_matches("osisession_");
        let offset = 8 + number * size_of::<fn()>();
        writeln!(text, "OFFSET(osisession_api, {field}, {offset})").unwrap();
    }
    text
}

/// Lets the C compiler read a header and what is said about it.
fn compile(include: &Path, text: &str) {
    let text = format!(
        "#include <osisession.h>\n\
         #define SIZE(name, size) _Static_assert(sizeof(name) == (size), #name);\n\
         #define SMALLEST(name, size) _Static_assert(sizeof(name) >= (size), #name);\n\
         #define OFFSET(name, field, at) _Static_assert(offsetof(name, field) == (at), #name \".\" #field);\n{text}"
    );
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command.args(["-std=c11", "-fsyntax-only", "-x", "c", "-I"]).arg(include).arg("-");
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a C compiler runs");
    child.stdin.take().expect("it is piped").write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn rust_and_c_agree_on_every_struct() {
    let (text, mut names) = assertions();
    let header = include_str!("../../include/osisession.h");
    let mut declared: Vec<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("typedef struct ").and_then(|line| line.strip_suffix(" {")))
        .collect();
    declared.sort_unstable();
    names.sort_unstable();
    assert_eq!(names, declared);
    compile(&root().join("../include"), &(text + &table()));
}

/// Structs of programs that were compiled with any header so far are not too small for this library.
#[test]
fn published_sizes_are_taken() {
    let smallest = smallest![
        osisession_event,
        osisession_spdu_context,
        osisession_spdu,
        osisession_spdu_unit,
        osisession_session_config,
        osisession_listener_config,
        osisession_connect_params,
        osisession_callbacks,
        osisession_properties,
        osisession_connect_response_params,
        osisession_connect_reject_params,
        osisession_resynchronize_params,
        osisession_activity_resume_params,
        osisession_transport_request,
        osisession_tls_config,
        osisession_tls_info,
        osisession_log_line,
        osisession_endpoint_config,
        osisession_counters,
        osisession_scp_config,
        osisession_scp_object,
        osisession_scp_state,
        osisession_scp_connect_params,
        osisession_scp_event,
        osisession_diagnosis,
        osisession_zip_node_config,
        osisession_zip_state,
        osisession_zip_event,
        osisession_zip_router_config,
        osisession_zip_routing,
        osisession_zip_port_state,
        osisession_zip_tables,
        osisession_rpc_client_config,
        osisession_rpc_outcome,
        osisession_rpc_params,
        osisession_rpc_state,
        osisession_rpc_event,
        osisession_rpc_server_config,
        osisession_rpc_incoming_info,
        osisession_journal_store,
        osisession_durable_caller,
        osisession_durable_config,
        osisession_durable_dial_params,
        osisession_dialogue_state,
        osisession_dialogue_message,
        osisession_dialogue_event
    ];
    let (text, _) = assertions();
    let with_a_size = text.lines().filter(|line| line.contains(", struct_size, ")).count();
    // That of errors has a rule of its own: any size that has room for the status.
    assert_eq!(smallest.len() + 1, with_a_size);
    for folder in std::fs::read_dir(root().join("abi")).unwrap() {
        let include = folder.unwrap().path();
        let header = std::fs::read_to_string(include.join("osisession.h")).unwrap();
        let mut text = String::new();
        // A struct that came later has no published size there.
        for (name, size) in
            smallest.iter().filter(|(name, _)| header.contains(&format!("typedef struct {name} {{")))
        {
            writeln!(text, "SMALLEST({name}, {size})").unwrap();
        }
        assert!(!text.is_empty(), "{} declares structs", include.display());
        compile(&include, &text);
    }
}
