//! Errors by value: what went wrong, in which layer, at which octet, and which clause says so.
use crate::boundary::Failure;
use osisession::{Error, ErrorKind, Layer};
use std::ffi::c_char;
use std::fmt::Write;

/// Layer: the caller's use of this library.
pub const OSISESSION_LAYER_API: u32 = 0;
/// Layer: the session protocol (X.225).
pub const OSISESSION_LAYER_SESSION: u32 = 1;
/// Layer: the transport protocol (X.224 class 0).
pub const OSISESSION_LAYER_TRANSPORT: u32 = 2;
/// Layer: framing over TCP (RFC 1006 TPKT).
pub const OSISESSION_LAYER_TPKT: u32 = 3;
/// Layer: the network below, TCP or the caller's own transport.
pub const OSISESSION_LAYER_NETWORK: u32 = 4;

/// Kind: none, or one that this header does not know.
pub const OSISESSION_KIND_NONE: u32 = 0;
/// Kind: the caller's mistake.
pub const OSISESSION_KIND_INVALID: u32 = 1;
/// Kind: not allowed in this state or without this token.
pub const OSISESSION_KIND_REFUSED: u32 = 2;
/// Kind: the peer's doing.
pub const OSISESSION_KIND_PEER: u32 = 3;
/// Kind: a limit was reached.
pub const OSISESSION_KIND_LIMIT: u32 = 4;
/// Kind: the transport failed.
pub const OSISESSION_KIND_TRANSPORT: u32 = 5;
/// Kind: closed.
pub const OSISESSION_KIND_CLOSED: u32 = 6;
/// Kind: a time was over.
pub const OSISESSION_KIND_TIMED_OUT: u32 = 7;
/// Kind: not now, but later.
pub const OSISESSION_KIND_WOULD_BLOCK: u32 = 8;
/// Kind: a fault of this library.
pub const OSISESSION_KIND_INTERNAL: u32 = 9;

/// What is known about a failure. Filled by value: nothing in it points into the library, and nothing needs freeing.
///
/// Set `struct_size` (OSISESSION_INIT does) and pass it as the last argument of a call. It is written when the call fails,
/// and left alone when the call succeeds; the library never writes more than `struct_size` octets. All strings end with
/// NUL; an empty string means "not known".
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_error_info {
    /// Octets of this struct as the caller knows it.
    pub struct_size: u32,
    /// The status that the call returned (OSISESSION_E_...).
    pub status: i32,
    /// Which layer speaks (OSISESSION_LAYER_...).
    pub layer: u32,
    /// Whose fault it is (OSISESSION_KIND_...).
    pub kind: u32,
    /// Octets from the start of the TSDU, TPDU or TPKT to the fault; -1 if not known.
    pub octet_offset: i64,
    /// Reason code of the protocol (REFUSE, ABORT, DR); -1 if there is none.
    pub reason: i64,
    /// The SPDU or TPDU concerned: "CN", "MIP", "CR".
    pub spdu: [c_char; 8],
    /// The parameter concerned: "Connect/Accept Item.Version Number".
    pub parameter: [c_char; 64],
    /// The clause or table: "X.225 8.3.1".
    pub clause: [c_char; 48],
    /// State of Annex A: "STA713".
    pub state: [c_char; 8],
    /// Event of Annex A: "SDTreq".
    pub event: [c_char; 16],
    /// First octets received from the peer.
    pub octets: [u8; 16],
    /// How many of `octets` are meant, 0 to 16.
    pub octets_length: u32,
    /// 0.
    pub reserved: u32,
    /// A sentence that a person can act on, in English (UTF-8).
    pub text: [c_char; 256],
}

pub(crate) fn put<const N: usize>(field: &mut [c_char; N], text: &str) {
    let mut end = text.len().min(N - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    for (to, from) in field.iter_mut().zip(&text.as_bytes()[..end]) {
        *to = *from as c_char;
    }
}

pub(crate) fn kind_number(kind: ErrorKind) -> u32 {
    match kind {
        ErrorKind::Invalid => OSISESSION_KIND_INVALID,
        ErrorKind::Refused => OSISESSION_KIND_REFUSED,
        ErrorKind::Peer => OSISESSION_KIND_PEER,
        ErrorKind::LimitHit => OSISESSION_KIND_LIMIT,
        ErrorKind::Transport => OSISESSION_KIND_TRANSPORT,
        ErrorKind::Closed => OSISESSION_KIND_CLOSED,
        ErrorKind::TimedOut => OSISESSION_KIND_TIMED_OUT,
        ErrorKind::WouldBlock => OSISESSION_KIND_WOULD_BLOCK,
        ErrorKind::Internal => OSISESSION_KIND_INTERNAL,
        _ => OSISESSION_KIND_NONE,
    }
}

pub(crate) fn layer_number(layer: Layer) -> u32 {
    match layer {
        Layer::Session => OSISESSION_LAYER_SESSION,
        Layer::Transport => OSISESSION_LAYER_TRANSPORT,
        Layer::Tpkt => OSISESSION_LAYER_TPKT,
        Layer::Network => OSISESSION_LAYER_NETWORK,
        _ => OSISESSION_LAYER_API,
    }
}

impl osisession_error_info {
    pub(crate) fn empty() -> osisession_error_info {
        osisession_error_info {
            struct_size: size_of::<osisession_error_info>() as u32,
            status: 0,
            layer: OSISESSION_LAYER_API,
            kind: OSISESSION_KIND_NONE,
            octet_offset: -1,
            reason: -1,
            spdu: [0; 8],
            parameter: [0; 64],
            clause: [0; 48],
            state: [0; 8],
            event: [0; 16],
            octets: [0; 16],
            octets_length: 0,
            reserved: 0,
            text: [0; 256],
        }
    }

    /// An error of the facade, which arrives from a call or inside an event.
    pub(crate) fn of_error(error: &Error) -> osisession_error_info {
        let details = error.details();
        let mut info = osisession_error_info::empty();
        info.status = crate::status::of_kind(error.kind());
        info.layer = layer_number(error.layer());
        info.kind = kind_number(error.kind());
        info.octet_offset = details.offset.and_then(|offset| i64::try_from(offset).ok()).unwrap_or(-1);
        info.reason = details.reason.map_or(-1, i64::from);
        put(&mut info.spdu, details.pdu.unwrap_or_default());
        put(&mut info.parameter, details.parameter.as_deref().unwrap_or_default());
        put(&mut info.clause, details.clause.as_deref().unwrap_or_default());
        put(&mut info.state, details.state.unwrap_or_default());
        put(&mut info.event, details.event.unwrap_or_default());
        let octets = &details.octets[..details.octets.len().min(info.octets.len())];
        info.octets[..octets.len()].copy_from_slice(octets);
        info.octets_length = octets.len() as u32;
        let mut text = details.text.to_string();
        if let (Some(expected), Some(found)) = (&details.expected, &details.found) {
            let _ = write!(text, ": expected {expected}, found {found}");
        }
        put(&mut info.text, &text);
        info
    }

    pub(crate) fn of_failure(failure: &Failure) -> osisession_error_info {
        match failure {
            Failure::Facade(error) => osisession_error_info::of_error(error),
            Failure::Here { status, text } => {
                let mut info = osisession_error_info::empty();
                info.status = *status;
                info.kind = match status / 100 {
                    -1 | -2 => OSISESSION_KIND_INVALID,
                    -3 => OSISESSION_KIND_REFUSED,
                    -4 => OSISESSION_KIND_LIMIT,
                    -7 if *status == crate::status::OSISESSION_E_TIMED_OUT => OSISESSION_KIND_TIMED_OUT,
                    -7 if *status == crate::status::OSISESSION_E_CLOSED => OSISESSION_KIND_CLOSED,
                    -7 => OSISESSION_KIND_WOULD_BLOCK,
                    _ => OSISESSION_KIND_INTERNAL,
                };
                put(&mut info.text, text);
                info
            }
        }
    }
}

/// The smallest `struct_size` of an error struct: size and status.
const SMALLEST: usize = 8;

/// Checks that an error struct can be filled if need be.
///
/// # Safety
/// `error` is NULL or points to at least four octets that can be read.
pub(crate) unsafe fn check(error: *mut osisession_error_info) -> Result<(), i32> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the caller's promise; read without assuming alignment.
    let size = unsafe { (&raw const (*error).struct_size).read_unaligned() };
    if (size as usize) < SMALLEST { Err(crate::status::OSISESSION_E_STRUCT_SIZE) } else { Ok(()) }
}

/// Fills the caller's struct as far as it goes.
///
/// # Safety
/// `error` is NULL or points to as many writable octets as its `struct_size` says.
pub(crate) unsafe fn fill(error: *mut osisession_error_info, failure: &Failure) {
    if error.is_null() {
        return;
    }
    let mut info = osisession_error_info::of_failure(failure);
    // SAFETY: the caller's promise; at most `struct_size` octets are written, without assuming alignment.
    unsafe {
        let size = (&raw const (*error).struct_size).read_unaligned();
        info.struct_size = size;
        let length = (size as usize).min(size_of::<osisession_error_info>());
        std::ptr::copy_nonoverlapping((&raw const info).cast::<u8>(), error.cast::<u8>(), length);
        let text = std::mem::offset_of!(osisession_error_info, text);
        if length > text {
            // A text that was cut still ends with NUL.
            error.cast::<u8>().add(length - 1).write(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn text(field: &[c_char]) -> &str {
        let octets = unsafe { std::slice::from_raw_parts(field.as_ptr().cast::<u8>(), field.len()) };
        CStr::from_bytes_until_nul(octets).unwrap().to_str().unwrap()
    }

    #[test]
    fn everything_that_is_known_arrives() {
        let error = Error::peer(Layer::Session, "version unknown")
            .with_pdu("CN")
            .with_parameter("Connect/Accept Item.Version Number")
            .with_offset(9)
            .with_clause("X.225 8.3.1")
            .with_cell("STA01A", "CN")
            .with_reason(132)
            .with_expected("1 or 2", "4")
            .with_octets(&[13, 2, 0]);
        let info = osisession_error_info::of_error(&error);
        assert_eq!(info.status, crate::status::OSISESSION_E_PEER);
        assert_eq!((info.layer, info.kind), (OSISESSION_LAYER_SESSION, OSISESSION_KIND_PEER));
        assert_eq!((info.octet_offset, info.reason), (9, 132));
        assert_eq!(text(&info.spdu), "CN");
        assert_eq!(text(&info.parameter), "Connect/Accept Item.Version Number");
        assert_eq!(text(&info.clause), "X.225 8.3.1");
        assert_eq!((text(&info.state), text(&info.event)), ("STA01A", "CN"));
        assert_eq!(&info.octets[..info.octets_length as usize], [13, 2, 0]);
        assert_eq!(text(&info.text), "version unknown: expected 1 or 2, found 4");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let info = osisession_error_info::of_error(&Error::invalid("é".repeat(200)));
        assert_eq!(text(&info.text), "é".repeat(127));
    }

    #[test]
    fn a_short_struct_is_never_overrun() {
        let failure = Failure::new(crate::status::OSISESSION_E_NULL, "a sentence");
        let whole = size_of::<osisession_error_info>();
        for size in SMALLEST..=whole {
            let mut memory = vec![0xa5u8; whole + 8];
            memory[..4].copy_from_slice(&(size as u32).to_ne_bytes());
            unsafe {
                check(memory.as_mut_ptr().cast()).unwrap();
                fill(memory.as_mut_ptr().cast(), &failure);
            }
            assert_eq!(memory[..4], (size as u32).to_ne_bytes());
            assert_eq!(memory[4..8], crate::status::OSISESSION_E_NULL.to_ne_bytes());
            assert!(memory[size..].iter().all(|octet| *octet == 0xa5), "size {size}");
            let start = std::mem::offset_of!(osisession_error_info, text);
            assert!(size <= start || memory[start..size].contains(&0), "size {size}");
        }
    }
}
