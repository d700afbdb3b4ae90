//! The table of functions, for programs that load the library at run time.
//!
//! New functions go to the end of the list; none is ever taken out or moved. The C struct in the header is made from this
//! list and from the declarations, by the generator of the header.
use crate::data::*;
use crate::diagnosis::*;
use crate::dialogue::*;
use crate::durable::*;
use crate::endpoint::*;
use crate::event::*;
use crate::journal::*;
use crate::library::*;
use crate::listener::*;
use crate::log::*;
use crate::primitive::*;
use crate::process::*;
use crate::profile::*;
use crate::record::*;
use crate::rpc::*;
use crate::rpc_server::*;
use crate::scp::*;
use crate::scp_link::*;
use crate::session::*;
use crate::spdu::*;
use crate::status::*;
use crate::stream::*;
use crate::tls::*;
use crate::transport::*;
use crate::zip::*;
use crate::zip_event::*;
use crate::zip_request::*;
use crate::zip_router::*;
use std::ffi::c_void;

#[repr(C)]
struct Api<const N: usize> {
    struct_size: u32,
    version: u32,
    functions: [*const c_void; N],
}

// SAFETY: addresses of functions, never written.
unsafe impl<const N: usize> Sync for Api<N> {}

macro_rules! api {
    ($($function:ident,)*) => {
        const FUNCTIONS: usize = [$(stringify!($function)),*].len();

        static API: Api<FUNCTIONS> = Api {
            struct_size: size_of::<Api<FUNCTIONS>>() as u32,
            version: OSISESSION_API_VERSION,
            functions: [$($function as *const c_void),*],
        };
    };
}

api! {
    osisession_version,
    osisession_abi_version,
    osisession_status_name,
    osisession_event_name,
    osisession_endpoint_new,
    osisession_endpoint_free,
    osisession_endpoint_close,
    osisession_endpoint_dispatch,
    osisession_endpoint_start,
    osisession_endpoint_stop,
    osisession_endpoint_descriptor,
    osisession_endpoint_next_timeout_ns,
    osisession_endpoint_next_ready,
    osisession_listen,
    osisession_listener_accept,
    osisession_listener_local_address,
    osisession_listener_close,
    osisession_listener_free,
    osisession_connect,
    osisession_session_open,
    osisession_session_set_callbacks,
    osisession_session_wait_connected,
    osisession_session_wait_writable,
    osisession_session_is_writable,
    osisession_session_properties,
    osisession_session_peer_address,
    osisession_session_history,
    osisession_session_next_trace,
    osisession_session_close,
    osisession_session_free,
    osisession_next_event,
    osisession_event_free,
    osisession_connect_request,
    osisession_connect_response,
    osisession_connect_response_negative,
    osisession_data_request,
    osisession_expedited_data_request,
    osisession_typed_data_request,
    osisession_capability_data_request,
    osisession_capability_data_response,
    osisession_token_give_request,
    osisession_token_please_request,
    osisession_control_give_request,
    osisession_sync_minor_request,
    osisession_sync_minor_response,
    osisession_sync_major_request,
    osisession_sync_major_response,
    osisession_resynchronize_request,
    osisession_resynchronize_response,
    osisession_u_exception_report_request,
    osisession_activity_start_request,
    osisession_activity_resume_request,
    osisession_activity_interrupt_request,
    osisession_activity_interrupt_response,
    osisession_activity_discard_request,
    osisession_activity_discard_response,
    osisession_activity_end_request,
    osisession_activity_end_response,
    osisession_release_request,
    osisession_release_response,
    osisession_release_response_negative,
    osisession_u_abort_request,
    osisession_transport_indicate_connect,
    osisession_transport_indicate_connect_confirm,
    osisession_transport_indicate_data,
    osisession_transport_indicate_expedited_data,
    osisession_transport_indicate_disconnect,
    osisession_transport_next_request,
    osisession_transport_wants_data,
    osisession_transport_request_free,
    osisession_decode,
    osisession_endpoint_next_refusal,
    osisession_spdu_decode,
    osisession_spdu_decode_unit,
    osisession_spdu_encode,
    osisession_event_retain,
    osisession_data_request_vectored,
    osisession_data_request_lent,
    osisession_connect_over_stream,
    osisession_listener_accept_stream,
    osisession_stream_feed,
    osisession_stream_drain,
    osisession_stream_pending,
    osisession_stream_finish,
    osisession_stream_free,
    osisession_endpoint_wake,
    osisession_session_limits,
    osisession_tls_new,
    osisession_tls_free,
    osisession_session_tls_info,
    osisession_session_peer_certificate,
    osisession_record,
    osisession_set_log,
    osisession_endpoint_new_with,
    osisession_endpoint_counters,
    osisession_connect_over_socket,
    osisession_listener_accept_socket,
    osisession_session_number,
    osisession_data_piece_request,
    osisession_profile,
    osisession_scp_endpoint_new,
    osisession_scp_endpoint_free,
    osisession_scp_endpoint_close,
    osisession_scp_endpoint_define_node,
    osisession_scp_endpoint_wait_up,
    osisession_scp_endpoint_state,
    osisession_scp_endpoint_local_address,
    osisession_scp_endpoint_dispatch,
    osisession_scp_endpoint_start,
    osisession_scp_endpoint_stop,
    osisession_scp_endpoint_descriptor,
    osisession_scp_endpoint_next_timeout_ns,
    osisession_scp_endpoint_next_ready,
    osisession_scp_listen,
    osisession_scp_listener_accept,
    osisession_scp_listener_free,
    osisession_scp_connect,
    osisession_scp_wait_connected,
    osisession_scp_accept,
    osisession_scp_reject,
    osisession_scp_send,
    osisession_scp_interrupt,
    osisession_scp_next_event,
    osisession_scp_disconnect,
    osisession_scp_abort,
    osisession_scp_link_free,
    osisession_scp_event_free,
    osisession_session_diagnosis,
    osisession_session_report,
    osisession_endpoint_refusal_diagnosis,
    osisession_endpoint_refusal_report,
    osisession_zip_node_new,
    osisession_zip_node_free,
    osisession_zip_node_dispatch,
    osisession_zip_node_start,
    osisession_zip_node_stop,
    osisession_zip_node_descriptor,
    osisession_zip_node_next_timeout_ns,
    osisession_zip_node_join,
    osisession_zip_node_state,
    osisession_zip_next_event,
    osisession_zip_name_text,
    osisession_zip_name_octets,
    osisession_zip_name_same,
    osisession_zip_zones,
    osisession_zip_zones_request,
    osisession_zip_lookup,
    osisession_zip_lookup_request,
    osisession_zip_cancel,
    osisession_zip_register,
    osisession_zip_register_request,
    osisession_zip_unregister,
    osisession_zip_pick_zone,
    osisession_zip_echo,
    osisession_zip_echo_request,
    osisession_zip_router_new,
    osisession_zip_router_free,
    osisession_zip_router_dispatch,
    osisession_zip_router_start,
    osisession_zip_router_stop,
    osisession_zip_router_descriptor,
    osisession_zip_router_next_timeout_ns,
    osisession_zip_router_next_event,
    osisession_zip_router_state,
    osisession_zip_router_port_state,
    osisession_zip_router_tables,
    osisession_zip_tables_free,
    osisession_zip_router_take_down,
    osisession_zip_router_bring_up,
    osisession_zip_router_rename_zone,
    osisession_zip_event_free,
    osisession_rpc_client_new,
    osisession_rpc_client_free,
    osisession_rpc_client_open,
    osisession_rpc_client_state,
    osisession_rpc_client_next_event,
    osisession_rpc_client_reset,
    osisession_rpc_client_release,
    osisession_rpc_request,
    osisession_rpc_start,
    osisession_rpc_next_outcome,
    osisession_rpc_cancel,
    osisession_rpc_one_way,
    osisession_rpc_outcome_free,
    osisession_rpc_server_new,
    osisession_rpc_server_free,
    osisession_rpc_server_local_address,
    osisession_rpc_server_serve,
    osisession_rpc_server_next_request,
    osisession_rpc_incoming_look,
    osisession_rpc_incoming_respond,
    osisession_rpc_incoming_fail,
    osisession_rpc_incoming_free,
    osisession_rpc_client_resumed,
    osisession_journal_open,
    osisession_journal_memory,
    osisession_journal_own,
    osisession_journal_free,
    osisession_durable_node_new,
    osisession_durable_node_free,
    osisession_durable_listen,
    osisession_durable_dial,
    osisession_durable_accept,
    osisession_durable_find,
    osisession_durable_dialogue,
    osisession_dialogue_free,
    osisession_dialogue_send,
    osisession_dialogue_wait,
    osisession_dialogue_receive,
    osisession_dialogue_message_free,
    osisession_dialogue_commit,
    osisession_dialogue_look,
    osisession_dialogue_label,
    osisession_dialogue_next_event,
    osisession_dialogue_reconnect,
    osisession_dialogue_hold_open,
    osisession_dialogue_close,
}

/// All functions of the library in one table, for programs that load it at run time: with dlopen, this is the one name to
/// look up.
///
/// `version`: OSISESSION_API_VERSION. The table is static. It only ever grows at its end: before a function that is younger
/// than the program's first version, ask OSISESSION_API_HAS. NULL if the library has no such version. Never fails
/// otherwise; any thread.
#[unsafe(no_mangle)]
pub extern "C" fn osisession_get_api(version: u32) -> *const osisession_api {
    if version == OSISESSION_API_VERSION { (&raw const API).cast() } else { std::ptr::null() }
}

/// All functions of the library, see `osisession_get_api`.
pub struct osisession_api {
    _never: (),
}
