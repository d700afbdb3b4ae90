//! The service primitives of X.215: one function for each request and response.
//!
//! All of them: any thread, also inside callbacks; never wait; what they are given is copied before they return. A request
//! that fails sent nothing and changed nothing (X.225 A.4.1.1).
use crate::boundary::*;
use crate::config::*;
use crate::error_info::osisession_error_info;
use crate::event::{OSISESSION_EVENT_DATA_SEPARATION, OSISESSION_EVENT_EXPLICIT};
use crate::record;
use crate::session::{on_session, osisession_session};
use crate::status::*;
use osisession::{Bytes, ExceptionReason, Request};
use std::ffi::c_void;

/// # Safety
/// As every function of this ABI: pointers are NULL or valid.
unsafe fn request(
    session: *mut osisession_session,
    error: *mut osisession_error_info,
    make: impl FnOnce() -> Result<Request>,
) -> i32 {
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            object.session.request(make()?)?;
            Ok(())
        })
    }
}

/// As [`request`], for the requests to which the provider gives a serial number.
///
/// # Safety
/// As there; `serial_number` is NULL or can be written.
unsafe fn numbered_request(
    session: *mut osisession_session,
    serial_number: *mut u64,
    error: *mut osisession_error_info,
    make: impl FnOnce() -> Result<Request>,
) -> i32 {
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            let accepted = object.session.request(make()?)?;
            write_out(serial_number, accepted.serial_number.unwrap_or_default());
            Ok(())
        })
    }
}

fn exception_reason(code: u32) -> Result<ExceptionReason> {
    u8::try_from(code).ok().and_then(ExceptionReason::from_code).ok_or_else(|| {
        Failure::owned(OSISESSION_E_INVALID, format!("exception reason {code} is none (X.225 8.3.28, PI 50)"))
    })
}

fn sync_minor(flags: u32, user_data: Bytes) -> Result<Request> {
    if flags & !(OSISESSION_EVENT_EXPLICIT | OSISESSION_EVENT_DATA_SEPARATION) != 0 {
        return Err(Failure::owned(
            OSISESSION_E_INVALID,
            format!("flags {flags:#x} has bits that mean nothing"),
        ));
    }
    let (explicit, data_separation) =
        (flags & OSISESSION_EVENT_EXPLICIT != 0, flags & OSISESSION_EVENT_DATA_SEPARATION != 0);
    Ok(Request::SyncMinor { explicit, data_separation, user_data })
}

fn given<T>(params: *const T) -> Result<*const T> {
    if params.is_null() { Err(Failure::null("params")) } else { Ok(params) }
}

/// No reason is given, in the interrupt and discard requests.
pub const OSISESSION_NO_REASON: u32 = 0xffff_ffff;

fn optional_reason(code: u32) -> Result<Option<ExceptionReason>> {
    if code == OSISESSION_NO_REASON { Ok(None) } else { exception_reason(code).map(Some) }
}

/// S-CONNECT request (X.215 Table 4, X.225 7.1), for a session made by `osisession_session_open`. `params`: NULL
/// for the defaults.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_LIMIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_connect_request(
    session: *mut osisession_session,
    params: *const osisession_connect_params,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_connect_request", |a| {
        a.handle(session).params(params).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::Connect(Box::new(connect_request(params)?)))) }
}

/// S-CONNECT response, accept (X.225 7.4, ACCEPT SPDU): answers OSISESSION_CONNECT_INDICATION. `params`: NULL for
/// the defaults.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_LIMIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_connect_response(
    session: *mut osisession_session,
    params: *const osisession_connect_response_params,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_connect_response", |a| {
        a.handle(session).params(params).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::ConnectResponse(Box::new(connect_response(params)?)))) }
}

/// S-CONNECT response, reject (X.225 7.5, REFUSE SPDU): answers OSISESSION_CONNECT_INDICATION. The session is
/// over. `params`: NULL for reason 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_connect_response_negative(
    session: *mut osisession_session,
    params: *const osisession_connect_reject_params,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_connect_response_negative", |a| {
        a.handle(session).params(params).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::ConnectResponseNegative(Box::new(connect_reject(params)?))))
    }
}

/// S-DATA request (X.225 7.11, DATA TRANSFER SPDU). `user_data`, `length`: at least one octet; segmented as
/// negotiated. Under half-duplex the data token is needed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_WOULD_BLOCK (the send queue is full: `osisession_session_wait_writable`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_data_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_data_request", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::Data(octets(user_data, length, "user_data")?))) }
}

/// S-EXPEDITED-DATA request (X.225 7.12, EXPEDITED SPDU). `user_data`, `length`: 1 to 14 octets.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_expedited_data_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_expedited_data_request", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::ExpeditedData(octets(user_data, length, "user_data")?))) }
}

/// S-TYPED-DATA request (X.225 7.13, TYPED DATA SPDU): without the data token. `user_data`, `length`: at least
/// one octet.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_WOULD_BLOCK (the send queue is full).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_typed_data_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_typed_data_request", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::TypedData(octets(user_data, length, "user_data")?))) }
}

/// S-CAPABILITY-DATA request (X.225 7.14, CAPABILITY DATA SPDU). `user_data`, `length`: SS-user data; may be NULL
/// with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_capability_data_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_capability_data_request", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::CapabilityData(octets(user_data, length, "user_data")?)))
    }
}

/// S-CAPABILITY-DATA response (X.225 7.15, CAPABILITY DATA ACK SPDU). `user_data`, `length`: SS-user data; may be
/// NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_capability_data_response(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_capability_data_response", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::CapabilityDataResponse(octets(user_data, length, "user_data")?))
        })
    }
}

/// S-TOKEN-GIVE request (X.225 7.16, GIVE TOKENS SPDU). `tokens`: OSISESSION_TOKEN_...; they must be here.
/// `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_token_give_request(
    session: *mut osisession_session,
    tokens: u32,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_token_give_request", |a| {
        a.handle(session).number(tokens).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::TokenGive(self::tokens(tokens)?, octets(user_data, length, "user_data")?))
        })
    }
}

/// S-TOKEN-PLEASE request (X.225 7.17, PLEASE TOKENS SPDU). `tokens`: OSISESSION_TOKEN_...; they must be with the
/// peer. `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_token_please_request(
    session: *mut osisession_session,
    tokens: u32,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_token_please_request", |a| {
        a.handle(session).number(tokens).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::TokenPlease(self::tokens(tokens)?, octets(user_data, length, "user_data")?))
        })
    }
}

/// S-CONTROL-GIVE request (X.225 7.18, GIVE TOKENS CONFIRM SPDU): all available tokens. `user_data`, `length`:
/// SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_control_give_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_control_give_request", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::ControlGive(octets(user_data, length, "user_data")?))) }
}

/// S-SYNC-MINOR request (X.225 7.20, MINOR SYNC POINT SPDU). `flags`: OSISESSION_EVENT_EXPLICIT (a confirmation
/// is wanted), OSISESSION_EVENT_DATA_SEPARATION, or 0. `user_data`, `length`: SS-user data; may be NULL with
/// length 0. `serial_number` (may be NULL) receives the number of the point.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_sync_minor_request(
    session: *mut osisession_session,
    flags: u32,
    user_data: *const c_void,
    length: usize,
    serial_number: *mut u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_sync_minor_request", |a| {
        a.handle(session)
            .number(flags)
            .octets(user_data, length)
            .out_u64("serial_number", serial_number)
            .error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        numbered_request(session, serial_number, error, || {
            sync_minor(flags, octets(user_data, length, "user_data")?)
        })
    }
}

/// S-SYNC-MINOR response (X.225 7.21, MINOR SYNC ACK SPDU): confirms every point up to `serial_number`.
/// `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_sync_minor_response(
    session: *mut osisession_session,
    serial_number: u64,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_sync_minor_response", |a| {
        a.handle(session).number(serial_number).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::SyncMinorResponse(serial_number, octets(user_data, length, "user_data")?))
        })
    }
}

/// S-SYNC-MAJOR request (X.225 7.22, MAJOR SYNC POINT SPDU). `user_data`, `length`: SS-user data; may be NULL
/// with length 0. `serial_number` (may be NULL) receives the number of the point.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_sync_major_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    serial_number: *mut u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_sync_major_request", |a| {
        a.handle(session).octets(user_data, length).out_u64("serial_number", serial_number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        numbered_request(session, serial_number, error, || {
            Ok(Request::SyncMajor(octets(user_data, length, "user_data")?))
        })
    }
}

/// S-SYNC-MAJOR response (X.225 7.23, MAJOR SYNC ACK SPDU). `user_data`, `length`: SS-user data; may be NULL with
/// length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_sync_major_response(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_sync_major_response", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::SyncMajorResponse(octets(user_data, length, "user_data")?)))
    }
}

/// S-RESYNCHRONIZE request (X.225 7.24, RESYNCHRONIZE SPDU). `params`: not NULL; at least one resync type.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_resynchronize_request(
    session: *mut osisession_session,
    params: *const osisession_resynchronize_params,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_resynchronize_request", |a| {
        a.handle(session).params(params).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::Resynchronize(Box::new(resynchronize(given(params)?)?))))
    }
}

/// S-RESYNCHRONIZE response (X.225 7.25, RESYNCHRONIZE ACK SPDU). `params`: NULL takes everything from the
/// indication, with the tokens on the requestor's side.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_resynchronize_response(
    session: *mut osisession_session,
    params: *const osisession_resynchronize_params,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_resynchronize_response", |a| {
        a.handle(session).params(params).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::ResynchronizeResponse(Box::new(resynchronize(params)?))))
    }
}

/// S-U-EXCEPTION-REPORT request (X.225 7.28, EXCEPTION DATA SPDU). `reason`: OSISESSION_EXCEPTION_....
/// `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_u_exception_report_request(
    session: *mut osisession_session,
    reason: u32,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_u_exception_report_request", |a| {
        a.handle(session).number(reason).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::UExceptionReport(exception_reason(reason)?, octets(user_data, length, "user_data")?))
        })
    }
}

/// S-ACTIVITY-START request (X.225 7.29, ACTIVITY START SPDU). `identifier`, `identifier_length`: activity
/// identifier, 1 to 6 octets. `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_start_request(
    session: *mut osisession_session,
    identifier: *const c_void,
    identifier_length: usize,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_start_request", |a| {
        a.handle(session).octets(identifier, identifier_length).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::ActivityStart(
                octets(identifier, identifier_length, "identifier")?,
                octets(user_data, length, "user_data")?,
            ))
        })
    }
}

/// S-ACTIVITY-RESUME request (X.225 7.30, ACTIVITY RESUME SPDU). `params`: not NULL.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_resume_request(
    session: *mut osisession_session,
    params: *const osisession_activity_resume_params,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_resume_request", |a| {
        a.handle(session).params(params).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::ActivityResume(Box::new(activity_resume(given(params)?)?))))
    }
}

/// S-ACTIVITY-INTERRUPT request (X.225 7.31, ACTIVITY INTERRUPT SPDU). `reason`: OSISESSION_EXCEPTION_... or
/// OSISESSION_NO_REASON. `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_interrupt_request(
    session: *mut osisession_session,
    reason: u32,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_interrupt_request", |a| {
        a.handle(session).number(reason).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::ActivityInterrupt(optional_reason(reason)?, octets(user_data, length, "user_data")?))
        })
    }
}

/// S-ACTIVITY-INTERRUPT response (X.225 7.32, ACTIVITY INTERRUPT ACK SPDU). `user_data`, `length`: SS-user data;
/// may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_interrupt_response(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_interrupt_response", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::ActivityInterruptResponse(octets(user_data, length, "user_data")?))
        })
    }
}

/// S-ACTIVITY-DISCARD request (X.225 7.33, ACTIVITY DISCARD SPDU). `reason`: OSISESSION_EXCEPTION_... or
/// OSISESSION_NO_REASON. `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_discard_request(
    session: *mut osisession_session,
    reason: u32,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_discard_request", |a| {
        a.handle(session).number(reason).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::ActivityDiscard(optional_reason(reason)?, octets(user_data, length, "user_data")?))
        })
    }
}

/// S-ACTIVITY-DISCARD response (X.225 7.34, ACTIVITY DISCARD ACK SPDU). `user_data`, `length`: SS-user data; may
/// be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_discard_response(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_discard_response", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::ActivityDiscardResponse(octets(user_data, length, "user_data")?))
        })
    }
}

/// S-ACTIVITY-END request (X.225 7.35, ACTIVITY END SPDU). `user_data`, `length`: SS-user data; may be NULL with
/// length 0. `serial_number` (may be NULL) receives the number of the point.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_end_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    serial_number: *mut u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_end_request", |a| {
        a.handle(session).octets(user_data, length).out_u64("serial_number", serial_number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        numbered_request(session, serial_number, error, || {
            Ok(Request::ActivityEnd(octets(user_data, length, "user_data")?))
        })
    }
}

/// S-ACTIVITY-END response (X.225 7.36, ACTIVITY END ACK SPDU). `user_data`, `length`: SS-user data; may be NULL
/// with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_activity_end_response(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_activity_end_response", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::ActivityEndResponse(octets(user_data, length, "user_data")?)))
    }
}

/// S-RELEASE request (X.225 7.6, FINISH SPDU). All available tokens must be here. `user_data`, `length`: SS-user
/// data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_release_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_release_request", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::Release(octets(user_data, length, "user_data")?))) }
}

/// S-RELEASE response, affirmative (X.225 7.7, DISCONNECT SPDU). The session is over. `user_data`, `length`:
/// SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_release_response(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_release_response", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || Ok(Request::ReleaseResponse(octets(user_data, length, "user_data")?)))
    }
}

/// S-RELEASE response, negative (X.225 7.8, NOT FINISHED SPDU); only with the negotiated release functional unit.
/// The session goes on. `user_data`, `length`: SS-user data; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_release_response_negative(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_release_response_negative", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        request(session, error, || {
            Ok(Request::ReleaseResponseNegative(octets(user_data, length, "user_data")?))
        })
    }
}

/// S-U-ABORT request (X.225 7.9, ABORT SPDU). The session is over. `user_data`, `length`: at most 9 octets with
/// protocol version 1; may be NULL with length 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_u_abort_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_u_abort_request", |a| {
        a.handle(session).octets(user_data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { request(session, error, || Ok(Request::UAbort(octets(user_data, length, "user_data")?))) }
}
