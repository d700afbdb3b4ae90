//! The layout of every struct: Rust and C must agree on it.
//!
//! The test writes a C file of static assertions from what this compiler made, and lets the C compiler read it with the
//! header. A struct whose fields are not all listed here does not compile.
use crate::boundary::Sized32;
use crate::config::*;
use crate::error_info::*;
use crate::event::*;
use crate::octets::*;
use crate::session::*;
use crate::spdu::*;
use crate::table::osisession_get_api;
use crate::tls::*;
use crate::transport::*;
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
    layouts! {
    osisession_octets { data, length }
    osisession_connection_identifier { ss_user_reference, common_reference, additional_reference }
    osisession_old_connection { called_reference, calling_reference, common_reference,
        additional_reference }
    osisession_error_info { struct_size, status, layer, kind, octet_offset, reason, spdu, parameter,
        clause, state, event, octets, octets_length, reserved, text }
    osisession_event { struct_size, r#type, owner, user_data, present, flags, tokens, token_sides, reason,
        functional_units, versions, upper_limit_serial_number, tsdu_maximum_to_responder,
        tsdu_maximum_to_initiator, resync_type, second_resync_type, serial_number, second_serial_number,
        calling_selector, called_selector, connection_identifier, activity_identifier,
        old_activity_identifier, old_connection, error }
    osisession_spdu_context { struct_size, flags, version, upper_limit, tokens_known, available_tokens }
    osisession_spdu { struct_size, count, si, order, offset, length, user_data_offset, user_data_length,
        unit_count, leniencies, mnemonic, name }
    osisession_spdu_unit { struct_size, group, code, known, offset, value_offset, value_length, name,
        meaning }
    osisession_spdu_value { group, code, value }
    osisession_session_config { struct_size, flags, functional_units, versions, calling_t_selector,
        called_t_selector, max_tpdu_size, connect_timeout_ms, tim_ms, tpkt_header_timeout_ms,
        tsdu_timeout_ms, history, tsdu_reassembly, ssdu_reassembly, connect_user_data,
        queued_event_octets, queued_send_octets, answer_timeout_ms, tsdu_timeout_per_kib_ms,
        control_spdu_burst, control_spdu_rate, queued_expedited, min_tsdu_size, open_sync_points, trace,
        tls }
    osisession_listener_config { struct_size, backlog, max_connecting, reserved, t_selector,
        session_selector, session }
    osisession_connect_params { struct_size, flags, present, functional_units, versions, token_sides,
        tsdu_maximum_to_responder, tsdu_maximum_to_initiator, upper_limit_serial_number, reserved,
        initial_serial_number, second_initial_serial_number, calling_selector, called_selector,
        connection_identifier, user_data }
    osisession_callbacks { struct_size, reserved, user_data, on_event, on_release }
    osisession_properties { struct_size, flags, functional_units, version, tsdu_maximum_to_responder,
        tsdu_maximum_to_initiator, available_tokens, owned_tokens, serial_numbers,
        receiving_serial_numbers, tsdus_sent, tsdus_received, octets_sent, octets_received, state }
    osisession_connect_response_params { struct_size, flags, present, functional_units, token_sides,
        please_tokens, tsdu_maximum_to_responder, tsdu_maximum_to_initiator, upper_limit_serial_number,
        reserved, initial_serial_number, second_initial_serial_number, responding_selector,
        connection_identifier, user_data }
    osisession_connect_reject_params { struct_size, present, reason, functional_units,
        connection_identifier, user_data }
    osisession_resynchronize_params { struct_size, present, resync_type, second_resync_type, token_sides,
        reserved, serial_number, second_serial_number, user_data }
    osisession_activity_resume_params { struct_size, present, activity_identifier,
        old_activity_identifier, serial_number, second_serial_number, old_connection, user_data }
    osisession_transport_request { struct_size, r#type, owner, header, user_data, expedited, reason }
    osisession_tls_config { struct_size, flags, min_version, max_version, certificate_chain, private_key,
        trust_anchors, crls, crl_count, certificate_chain_file, private_key_file, trust_anchors_file,
        server_name }
    osisession_tls_info { struct_size, flags, version, peer_certificates, cipher_suite }
    }
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
        osisession_tls_info
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
