//! Why there is no session: the report of the facade, as fields, as text and as JSON.
use crate::boundary::*;
use crate::cause;
use crate::endpoint::{on_endpoint, osisession_endpoint};
use crate::error_info::{kind_number, layer_number, osisession_error_info, put};
use crate::record;
use crate::session::{on_session, osisession_session};
use crate::status::*;
use osisession::Diagnosis;
use osisession::diagnosis::{Packet, Stage};
use std::ffi::c_char;

/// Stage: it cannot be told.
pub const OSISESSION_STAGE_UNKNOWN: u32 = 0;
/// Stage: TCP, or what stands for it, was not up.
pub const OSISESSION_STAGE_NETWORK: u32 = 1;
/// Stage: during the TLS handshake, or in TLS.
pub const OSISESSION_STAGE_TLS: u32 = 2;
/// Stage: CR was sent or awaited, CC not there (X.224 6.5).
pub const OSISESSION_STAGE_TRANSPORT_CONNECT: u32 = 3;
/// Stage: CONNECT was sent or awaited, ACCEPT not there (X.225 7.1).
pub const OSISESSION_STAGE_SESSION_CONNECT: u32 = 4;
/// Stage: the session was open.
pub const OSISESSION_STAGE_OPEN: u32 = 5;
/// Stage: FINISH was sent or received (X.225 7.6).
pub const OSISESSION_STAGE_RELEASE: u32 = 6;

/// Diagnosis flag: the peer broke a rule, or said that we did; otherwise it is a matter of configuration, of the network, or of
/// this program.
pub const OSISESSION_DIAGNOSIS_VIOLATION: u32 = 0x01;

/// Format of a report: some lines for people; they begin with a sentence, and each ends with a newline.
pub const OSISESSION_REPORT_TEXT: u32 = 0;
/// Format of a report: one JSON object on one line, with the keys of the documentation, all packets and the last transitions.
pub const OSISESSION_REPORT_JSON: u32 = 1;

/// Why there is no session, or no longer one. Filled by value: nothing in it points into the library, and nothing needs freeing. All
/// strings end with NUL; an empty string means "not known", or "not the question". What does not fit is cut; the report
/// (`osisession_session_report`) has all of it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_diagnosis {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// The row of the table of causes (OSISESSION_CAUSE_...).
    pub cause: u32,
    /// The layer whose question it is (OSISESSION_LAYER_...): a connection that is closed instead of an answer to CONNECT is one
    /// of the session, not of the network.
    pub layer: u32,
    /// How far it had come (OSISESSION_STAGE_...).
    pub stage: u32,
    /// OSISESSION_DIAGNOSIS_... flags.
    pub flags: u32,
    /// Whose fault it is (OSISESSION_KIND_...).
    pub kind: u32,
    /// The octet at fault, from the start of the TSDU, TPDU or TPKT that `pdu` names, the first is 0; -1 if not known.
    pub octet: i64,
    /// Reason code of DR, ER, REFUSE or ABORT; -1 if there is none.
    pub reason: i64,
    /// The cause in a word, which stays as it is: "tcp-refused".
    pub word: [c_char; 32],
    /// The SPDU or TPDU: "CN", "DR".
    pub pdu: [c_char; 8],
    /// The clause that speaks of it: "X.225 8.3.5".
    pub clause: [c_char; 48],
    /// One sentence that says what happened.
    pub summary: [c_char; 512],
    /// What the peer probably wants. "Probably" is meant: it is what such an end usually means.
    pub wants: [c_char; 512],
    /// What to try, the most promising first: lines with a newline between them.
    pub tries: [c_char; 1024],
    /// The last packet that was sent, in words; empty without OSISESSION_ENDPOINT_WITNESS, or if none was.
    pub sent: [c_char; 256],
    /// The last packet that came, in words.
    pub received: [c_char; 256],
}
sized!(osisession_diagnosis, received: [c_char; 256]);

fn stage_number(stage: Stage) -> u32 {
    match stage {
        Stage::Network => OSISESSION_STAGE_NETWORK,
        Stage::Tls => OSISESSION_STAGE_TLS,
        Stage::TransportConnect => OSISESSION_STAGE_TRANSPORT_CONNECT,
        Stage::SessionConnect => OSISESSION_STAGE_SESSION_CONNECT,
        Stage::Open => OSISESSION_STAGE_OPEN,
        Stage::Release => OSISESSION_STAGE_RELEASE,
        _ => OSISESSION_STAGE_UNKNOWN,
    }
}

fn last(packets: &[Packet]) -> String {
    packets.last().map(Packet::describe).unwrap_or_default()
}

impl osisession_diagnosis {
    fn of(diagnosis: &Diagnosis) -> osisession_diagnosis {
        let details = diagnosis.error.details();
        let mut c = osisession_diagnosis {
            struct_size: size_of::<osisession_diagnosis>() as u32,
            cause: cause::number(diagnosis.cause),
            layer: layer_number(diagnosis.layer),
            stage: stage_number(diagnosis.stage),
            flags: if diagnosis.is_violation() { OSISESSION_DIAGNOSIS_VIOLATION } else { 0 },
            kind: kind_number(diagnosis.error.kind()),
            octet: diagnosis.octet.and_then(|octet| i64::try_from(octet).ok()).unwrap_or(-1),
            reason: details.reason.map_or(-1, i64::from),
            word: [0; 32],
            pdu: [0; 8],
            clause: [0; 48],
            summary: [0; 512],
            wants: [0; 512],
            tries: [0; 1024],
            sent: [0; 256],
            received: [0; 256],
        };
        put(&mut c.word, diagnosis.cause.word());
        put(&mut c.pdu, diagnosis.pdu.unwrap_or_default());
        put(&mut c.clause, diagnosis.clause.as_deref().unwrap_or_default());
        put(&mut c.summary, &diagnosis.summary);
        put(&mut c.wants, &diagnosis.wants);
        put(&mut c.tries, &diagnosis.tries.join("\n"));
        put(&mut c.sent, &last(&diagnosis.sent));
        put(&mut c.received, &last(&diagnosis.received));
        c
    }
}

/// # Safety
/// As every function of this ABI.
unsafe fn fill(to: *mut osisession_diagnosis, find: impl FnOnce() -> Result<Diagnosis>) -> Result {
    // SAFETY: the caller's promises.
    unsafe {
        check_sized_out(to, "diagnosis")?;
        write_sized(to, &osisession_diagnosis::of(&find()?));
    }
    Ok(())
}

/// # Safety
/// As every function of this ABI.
unsafe fn write(
    format: u32,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    find: impl FnOnce() -> Result<Diagnosis>,
) -> Result {
    let text = match format {
        // A peer's octets can be in it: a NUL would end the text for C.
        OSISESSION_REPORT_TEXT => find()?.to_string().replace('\0', "\u{fffd}"),
        OSISESSION_REPORT_JSON => find()?.to_json(),
        _ => return Err(Failure::owned(OSISESSION_E_INVALID, format!("format {format} is not 0 or 1"))),
    };
    // SAFETY: the caller's promises.
    unsafe { write_text(&text, buffer, capacity, needed) }
}

/// Why a session did not come to be, or ended otherwise than by release: cause, what the peer probably wants, what to try.
///
/// It is there as soon as this user was told of the end: by the event (OSISESSION_CONNECT_CONFIRM_NEGATIVE,
/// OSISESSION_U_ABORT_INDICATION, OSISESSION_P_ABORT_INDICATION), taken or shown to a callback, or by an error of
/// `osisession_session_wait_connected`. It stays until the session is freed. `diagnosis`: initialized by OSISESSION_INIT. Any
/// thread; also inside callbacks.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing has failed, or
/// this user was not told yet).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_diagnosis(
    session: *mut osisession_session,
    diagnosis: *mut osisession_diagnosis,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_diagnosis", |a| {
        a.handle(session).out(diagnosis).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { on_session(session, error, |object| fill(diagnosis, || object.diagnosis())) }
}

/// The same as a report: all that is known, the packets (OSISESSION_ENDPOINT_WITNESS) and the last transitions included.
///
/// `format`: OSISESSION_REPORT_TEXT or OSISESSION_REPORT_JSON. `buffer`, `capacity`, `needed`: as for
/// `osisession_listener_local_address`. Any thread; also inside callbacks.
///
/// Errors: those of the handle, OSISESSION_E_INVALID (no such format), OSISESSION_E_BUFFER_TOO_SMALL,
/// OSISESSION_E_WOULD_BLOCK (nothing has failed, or this user was not told yet).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_report(
    session: *mut osisession_session,
    format: u32,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_report", |a| {
        a.handle(session).number(format).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| write(format, buffer, capacity, needed, || object.diagnosis()))
    }
}

/// Why a caller was refused before any listener saw it: of the one that `osisession_endpoint_next_refusal` gave last.
///
/// `diagnosis`: initialized by OSISESSION_INIT; its `summary` begins with the caller's address. Any thread; also inside callbacks.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (none was taken yet).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_refusal_diagnosis(
    endpoint: *mut osisession_endpoint,
    diagnosis: *mut osisession_diagnosis,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_refusal_diagnosis", |a| {
        a.handle(endpoint).out(diagnosis).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { on_endpoint(endpoint, error, |object| fill(diagnosis, || object.diagnosis())) }
}

/// The same as a report.
///
/// `format`, `buffer`, `capacity`, `needed`: as for `osisession_session_report`. Any thread; also inside callbacks.
///
/// Errors: those of the handle, OSISESSION_E_INVALID (no such format), OSISESSION_E_BUFFER_TOO_SMALL,
/// OSISESSION_E_WOULD_BLOCK (none was taken yet).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_refusal_report(
    endpoint: *mut osisession_endpoint,
    format: u32,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_refusal_report", |a| {
        a.handle(endpoint).number(format).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_endpoint(endpoint, error, |object| write(format, buffer, capacity, needed, || object.diagnosis()))
    }
}

#[cfg(test)]
mod tests {
    use osisession::diagnosis::Cause;

    #[test]
    fn no_row_of_the_table_is_cut() {
        for cause in Cause::ALL {
            assert!(cause.word().len() < 32, "{cause:?}");
            // A REFUSE adds versions and functional units to it.
            assert!(cause.wants().len() < 512 - 200, "{cause:?}");
            assert!(cause.tries().join("\n").len() < 1024, "{cause:?}");
        }
    }
}
