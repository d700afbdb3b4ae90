//! Status codes: what every call returns.
use osisession::ErrorKind;
use std::ffi::{CStr, c_char};

/// Success.
pub const OSISESSION_OK: i32 = 0;

/// Argument: a pointer that is needed is NULL, or is NULL although its length is not 0.
pub const OSISESSION_E_NULL: i32 = -100;
/// Argument: `struct_size` is 0 or too small (see OSISESSION_INIT), or the struct has fields set that this version of the
/// library does not know.
pub const OSISESSION_E_STRUCT_SIZE: i32 = -101;
/// Argument: a value that can never be right; nothing was sent and nothing changed.
pub const OSISESSION_E_INVALID: i32 = -102;
/// Argument: a length is larger than any object can be.
pub const OSISESSION_E_LENGTH: i32 = -103;
/// Argument: the buffer is too small; the octets needed were written.
pub const OSISESSION_E_BUFFER_TOO_SMALL: i32 = -104;
/// Argument: the event or transport request still owns octets from before; free it first.
pub const OSISESSION_E_NOT_FREED: i32 = -105;

/// Handle: NULL.
pub const OSISESSION_E_NULL_HANDLE: i32 = -200;
/// Handle: the value never was a handle of this library.
pub const OSISESSION_E_FOREIGN_HANDLE: i32 = -201;
/// Handle: of another kind, such as a listener where a session is needed.
pub const OSISESSION_E_WRONG_KIND: i32 = -202;
/// Handle: it was freed.
pub const OSISESSION_E_STALE: i32 = -203;
/// The process is the child of a fork of a process that had endpoints: it cannot use the library until it calls exec.
pub const OSISESSION_E_FORKED: i32 = -204;

/// Not now: not allowed in this state or without this token; nothing was sent and nothing changed (X.225 A.4.1.1).
pub const OSISESSION_E_REFUSED: i32 = -300;
/// Not on this session: the call is for sessions over the caller's own transport.
pub const OSISESSION_E_NO_TRANSPORT_PORT: i32 = -301;

/// Limit: a configured limit was reached.
pub const OSISESSION_E_LIMIT: i32 = -400;
/// Limit: too many objects are alive in this process.
pub const OSISESSION_E_TOO_MANY: i32 = -401;

/// Transport: refused, lost, or not to be reached.
pub const OSISESSION_E_TRANSPORT: i32 = -500;

/// Peer: it rejected, aborted, or broke the protocol.
pub const OSISESSION_E_PEER: i32 = -600;

/// The time of a wait was over.
pub const OSISESSION_E_TIMED_OUT: i32 = -700;
/// Nothing is there now, or the send queue is full. Waiting, or trying again later, helps.
pub const OSISESSION_E_WOULD_BLOCK: i32 = -701;
/// The session is over and its last event was taken, or the session, listener or endpoint is closed.
pub const OSISESSION_E_CLOSED: i32 = -702;

/// Loader (osisession_dl.h): no library is loaded, or the file cannot be.
pub const OSISESSION_E_NOT_LOADED: i32 = -800;
/// Loader: the library that is loaded is older than the program's header and has no such function.
pub const OSISESSION_E_UNSUPPORTED: i32 = -801;

/// Internal: a fault of this library. The object concerned is closed; others go on.
pub const OSISESSION_E_INTERNAL: i32 = -900;

/// The status of an error kind.
pub(crate) fn of_kind(kind: ErrorKind) -> i32 {
    match kind {
        ErrorKind::Invalid => OSISESSION_E_INVALID,
        ErrorKind::Refused => OSISESSION_E_REFUSED,
        ErrorKind::Peer => OSISESSION_E_PEER,
        ErrorKind::LimitHit => OSISESSION_E_LIMIT,
        ErrorKind::Transport => OSISESSION_E_TRANSPORT,
        ErrorKind::Closed => OSISESSION_E_CLOSED,
        ErrorKind::TimedOut => OSISESSION_E_TIMED_OUT,
        ErrorKind::WouldBlock => OSISESSION_E_WOULD_BLOCK,
        _ => OSISESSION_E_INTERNAL,
    }
}

/// The name of a status code, such as "OSISESSION_E_STALE"; "OSISESSION_E_UNKNOWN" for a value that is none.
///
/// The string is static. Never fails; any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub extern "C" fn osisession_status_name(status: i32) -> *const c_char {
    name(status).as_ptr()
}

pub(crate) fn name(status: i32) -> &'static CStr {
    match status {
        OSISESSION_OK => c"OSISESSION_OK",
        OSISESSION_E_NULL => c"OSISESSION_E_NULL",
        OSISESSION_E_STRUCT_SIZE => c"OSISESSION_E_STRUCT_SIZE",
        OSISESSION_E_INVALID => c"OSISESSION_E_INVALID",
        OSISESSION_E_LENGTH => c"OSISESSION_E_LENGTH",
        OSISESSION_E_BUFFER_TOO_SMALL => c"OSISESSION_E_BUFFER_TOO_SMALL",
        OSISESSION_E_NOT_FREED => c"OSISESSION_E_NOT_FREED",
        OSISESSION_E_NULL_HANDLE => c"OSISESSION_E_NULL_HANDLE",
        OSISESSION_E_FOREIGN_HANDLE => c"OSISESSION_E_FOREIGN_HANDLE",
        OSISESSION_E_WRONG_KIND => c"OSISESSION_E_WRONG_KIND",
        OSISESSION_E_STALE => c"OSISESSION_E_STALE",
        OSISESSION_E_FORKED => c"OSISESSION_E_FORKED",
        OSISESSION_E_REFUSED => c"OSISESSION_E_REFUSED",
        OSISESSION_E_NO_TRANSPORT_PORT => c"OSISESSION_E_NO_TRANSPORT_PORT",
        OSISESSION_E_LIMIT => c"OSISESSION_E_LIMIT",
        OSISESSION_E_TOO_MANY => c"OSISESSION_E_TOO_MANY",
        OSISESSION_E_TRANSPORT => c"OSISESSION_E_TRANSPORT",
        OSISESSION_E_PEER => c"OSISESSION_E_PEER",
        OSISESSION_E_TIMED_OUT => c"OSISESSION_E_TIMED_OUT",
        OSISESSION_E_WOULD_BLOCK => c"OSISESSION_E_WOULD_BLOCK",
        OSISESSION_E_CLOSED => c"OSISESSION_E_CLOSED",
        OSISESSION_E_NOT_LOADED => c"OSISESSION_E_NOT_LOADED",
        OSISESSION_E_UNSUPPORTED => c"OSISESSION_E_UNSUPPORTED",
        OSISESSION_E_INTERNAL => c"OSISESSION_E_INTERNAL",
        _ => c"OSISESSION_E_UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_name_and_no_two_share_one() {
        let source = include_str!("status.rs");
        let mut seen = std::collections::HashSet::new();
        let mut codes = 0;
        for line in source.lines().filter(|line| line.starts_with("pub const OSISESSION_")) {
            let mut words = line["pub const ".len()..].trim_end_matches(';').split([':', '=', ' ']);
            let constant = words.next().unwrap();
            let code: i32 = words.next_back().unwrap().parse().unwrap();
            assert_eq!(name(code).to_str().unwrap(), constant);
            assert!(seen.insert(code), "{constant} has the number of another");
            codes += 1;
        }
        assert_eq!(codes, 24);
        assert_eq!(name(-1), c"OSISESSION_E_UNKNOWN");
    }
}
