//! A transport of the caller's own (X.214), as values.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::session::{on_session, osisession_session};
use crate::status::*;
use osisession::{Error, ErrorKind, Layer, TransportIndication, TransportPort, TransportRequest};
use std::ffi::{c_char, c_void};

/// No request.
pub const OSISESSION_T_NONE: u32 = 0;
/// T-CONNECT request: `expedited` asks for the expedited flow.
pub const OSISESSION_T_CONNECT_REQUEST: u32 = 1;
/// T-CONNECT response, accept: `expedited` agrees to the expedited flow.
pub const OSISESSION_T_CONNECT_RESPONSE: u32 = 2;
/// T-DATA request: one TSDU, `header` followed by `user_data`.
pub const OSISESSION_T_DATA_REQUEST: u32 = 3;
/// T-EXPEDITED-DATA request: one TSDU of at most 16 octets, `header`. It goes before queued normal data.
pub const OSISESSION_T_EXPEDITED_DATA_REQUEST: u32 = 4;
/// T-DISCONNECT request, after everything before it was sent: `reason` is the session's octet.
pub const OSISESSION_T_DISCONNECT_REQUEST: u32 = 5;

/// What the session asks of the caller's transport. Freed as an event is: by `osisession_transport_request_free`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_transport_request {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_T_...
    pub r#type: u32,
    /// The library's own: who owns the octets. 0: nothing to free.
    pub owner: u64,
    /// First part of the TSDU: SPDU headers and parameters.
    pub header: osisession_octets,
    /// Second part of the TSDU: user information.
    pub user_data: osisession_octets,
    /// 1: the expedited flow is wanted or agreed.
    pub expedited: u32,
    /// 0 protocol error, 1 normal, 2 normal though reuse was wanted.
    pub reason: u32,
}
sized!(osisession_transport_request, reason: u32);

const EMPTY: osisession_transport_request = osisession_transport_request {
    struct_size: size_of::<osisession_transport_request>() as u32,
    r#type: OSISESSION_T_NONE,
    owner: 0,
    header: osisession_octets::NONE,
    user_data: osisession_octets::NONE,
    expedited: 0,
    reason: 0,
};

static REQUESTS: Table<TransportRequest> = Table::new(Kind::TransportRequest);

fn lend(request: &TransportRequest) -> osisession_transport_request {
    let mut c = EMPTY;
    c.r#type = match request {
        TransportRequest::Connect { expedited } => {
            c.expedited = u32::from(*expedited);
            OSISESSION_T_CONNECT_REQUEST
        }
        TransportRequest::ConnectResponse { expedited } => {
            c.expedited = u32::from(*expedited);
            OSISESSION_T_CONNECT_RESPONSE
        }
        // A caller's transport is not asked for parts.
        TransportRequest::Data(tsdu) | TransportRequest::DataPart { tsdu, .. } => {
            c.header = osisession_octets::lend(&tsdu.header);
            c.user_data = osisession_octets::lend(&tsdu.user_data);
            OSISESSION_T_DATA_REQUEST
        }
        TransportRequest::ExpeditedData(octets) => {
            c.header = osisession_octets::lend(octets);
            OSISESSION_T_EXPEDITED_DATA_REQUEST
        }
        TransportRequest::Disconnect { reason } => {
            c.reason = u32::from(*reason);
            OSISESSION_T_DISCONNECT_REQUEST
        }
    };
    c
}

fn port(port: &Option<TransportPort>) -> Result<&TransportPort> {
    port.as_ref().ok_or_else(|| {
        Failure::new(OSISESSION_E_NO_TRANSPORT_PORT, "the session was not made by osisession_session_open")
    })
}

/// # Safety
/// As every function of this ABI.
unsafe fn indicate(
    session: *mut osisession_session,
    error: *mut osisession_error_info,
    make: impl FnOnce() -> Result<TransportIndication>,
) -> i32 {
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            port(&object.port)?.indication(make()?)?;
            Ok(())
        })
    }
}

/// Tells a session that its transport got a T-CONNECT indication: it is the responder.
///
/// `expedited`: 1 if the expedited flow is proposed and can be provided, otherwise 0. After each indication take
/// `osisession_transport_next_request` until OSISESSION_E_WOULD_BLOCK. A transport event that the machine does not expect is
/// no error of this call: X.225 Annex A says what happens, and it arrives as an event.
///
/// Errors: those of the handle, OSISESSION_E_NO_TRANSPORT_PORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_indicate_connect(
    session: *mut osisession_session,
    expedited: u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_transport_indicate_connect", |a| {
        a.handle(session).number(expedited).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { indicate(session, error, || Ok(TransportIndication::Connect { expedited: expedited != 0 })) }
}

/// Tells a session that its transport got a T-CONNECT confirm.
///
/// `expedited`: 1 if the expedited flow was agreed, otherwise 0. Errors: as for
/// `osisession_transport_indicate_connect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_indicate_connect_confirm(
    session: *mut osisession_session,
    expedited: u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_transport_indicate_connect_confirm", |a| {
        a.handle(session).number(expedited).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        indicate(session, error, || Ok(TransportIndication::ConnectConfirm { expedited: expedited != 0 }))
    }
}

/// Tells a session that its transport got a T-DATA indication: one whole TSDU, copied.
///
/// Errors: as for `osisession_transport_indicate_connect`, OSISESSION_E_NULL, OSISESSION_E_LENGTH.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_indicate_data(
    session: *mut osisession_session,
    tsdu: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_transport_indicate_data", |a| {
        a.handle(session).octets(tsdu, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { indicate(session, error, || Ok(TransportIndication::Data(octets(tsdu, length, "tsdu")?))) }
}

/// Tells a session that its transport got a T-EXPEDITED-DATA indication: one whole TSDU, copied.
///
/// Errors: as for `osisession_transport_indicate_data`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_indicate_expedited_data(
    session: *mut osisession_session,
    tsdu: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_transport_indicate_expedited_data", |a| {
        a.handle(session).octets(tsdu, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        indicate(session, error, || Ok(TransportIndication::ExpeditedData(octets(tsdu, length, "tsdu")?)))
    }
}

/// Tells a session that its transport connection is gone or never came up: a T-DISCONNECT indication.
///
/// `reason`: why, in words; NULL if it is not known. It comes back in the `error` of the S-P-ABORT indication.
///
/// Errors: as for `osisession_transport_indicate_connect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_indicate_disconnect(
    session: *mut osisession_session,
    reason: *const c_char,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_transport_indicate_disconnect", |a| {
        a.handle(session).text(reason).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        indicate(session, error, || {
            let why = if reason.is_null() { None } else { Some(string(reason, "reason")?) };
            let why = why.map(|text| Error::new(ErrorKind::Transport, Layer::Network, text));
            Ok(TransportIndication::Disconnect(why))
        })
    }
}

/// Takes the next thing that a session asks of the caller's transport, in order.
///
/// `request`: initialized by OSISESSION_INIT or freed by `osisession_transport_request_free`; receives the request, to be
/// freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED,
/// OSISESSION_E_NO_TRANSPORT_PORT, OSISESSION_E_WOULD_BLOCK (nothing there).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_next_request(
    session: *mut osisession_session,
    request: *mut osisession_transport_request,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_transport_next_request", |a| {
        a.handle(session).out(request).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            check_sized_out(request, "the transport request")?;
            if (&raw const (*request).owner).read_unaligned() != 0 {
                return Err(Failure::new(
                    OSISESSION_E_NOT_FREED,
                    "the transport request still owns octets: osisession_transport_request_free first",
                ));
            }
            let taken = port(&object.port)?
                .next_request()
                .ok_or_else(|| Failure::new(OSISESSION_E_WOULD_BLOCK, "no transport request is there"))?;
            let c = match &taken {
                TransportRequest::Data(_) | TransportRequest::ExpeditedData(_) => {
                    let (owner, taken) = REQUESTS.insert(|_| taken)?;
                    osisession_transport_request { owner: owner as u64, ..lend(&taken) }
                }
                _ => lend(&taken),
            };
            write_sized(request, &c);
            Ok(())
        })
    }
}

/// Whether the session takes more data: `wanted` receives 1, or 0 while its user has too many octets unread. Then stop
/// reading from the transport.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_NO_TRANSPORT_PORT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_wants_data(
    session: *mut osisession_session,
    wanted: *mut u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_transport_wants_data", |a| {
        a.handle(session).out_u32("wanted", wanted).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            check_out(wanted, "wanted")?;
            write_out(wanted, port(&object.port)?.wants_data().into());
            Ok(())
        })
    }
}

/// Frees the octets of a transport request and makes it ready to be filled again. As `osisession_event_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_transport_request_free(
    request: *mut osisession_transport_request,
) -> i32 {
    let _recorded = record::call("osisession_transport_request_free", |a| {
        a.out(request);
    });
    // SAFETY: the caller's promise: NULL, zeroed, or initialized with its size.
    unsafe {
        call(std::ptr::null_mut(), || {
            if request.is_null() || request.cast::<u32>().read_unaligned() == 0 {
                return Ok(());
            }
            check_sized_out(request, "the transport request")?;
            let owner = (&raw const (*request).owner).read_unaligned();
            write_sized(request, &EMPTY);
            match owner {
                0 => Ok(()),
                owner => REQUESTS.remove(usize::try_from(owner).unwrap_or(usize::MAX)).map(drop),
            }
        })
    }
}
