//! The library itself: its versions, and its codec for tools.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::record;
use osisession::proto::x225::spdu::{DecodeContext, Described, decode};
use std::ffi::{c_char, c_void};
use std::fmt::Write;

/// Version of the function table that this header describes (see `osisession_get_api`).
pub const OSISESSION_API_VERSION: u32 = 1;

/// The library's version, such as "0.1.0". The string is static. Never fails; any thread.
#[unsafe(no_mangle)]
pub extern "C" fn osisession_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The newest function table that the library has (OSISESSION_API_VERSION when it was built). Never fails; any thread.
#[unsafe(no_mangle)]
pub extern "C" fn osisession_abi_version() -> u32 {
    OSISESSION_API_VERSION
}

/// Reads a TSDU and says in words what it carries: one line for each SPDU in the order of the wire, then one for each of its
/// parameters, with the octet offset. It needs no connection, and so it takes whatever some connection could have agreed.
///
/// `tsdu`, `length`: one whole TSDU, at least one octet. `buffer`, `capacity`, `needed`: as for
/// `osisession_listener_local_address`. What is wrong with a TSDU is in `error`: the SPDU, the parameter, the octet, the
/// clause of X.225 8.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_PEER (it is no valid TSDU), OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_decode(
    tsdu: *const c_void,
    length: usize,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_decode", |a| {
        a.octets(tsdu, length).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid.
    unsafe {
        call(error, || {
            let tsdu = octets(tsdu, length, "tsdu")?;
            write_text(&describe(&tsdu)?, buffer, capacity, needed)
        })
    }
}

fn describe(tsdu: &[u8]) -> Result<String> {
    let decoded = decode(tsdu, &DecodeContext::unknown())?;
    let mut text = String::new();
    for spdu in decoded.spdus() {
        let kind = spdu.kind();
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            text,
            "{} {} ({}), {} octets",
            spdu.offset(),
            kind.name(),
            kind.title(),
            spdu.octets().len()
        );
        lines(&mut text, &spdu.describe(), 1);
        if spdu.user_data().is_empty() {
            continue;
        }
        let _ = writeln!(text, "  user data {} octets", spdu.user_data().len());
    }
    for used in decoded.leniencies() {
        let _ = writeln!(text, "{} accepted though not conforming: {:?}", used.offset, used.leniency);
    }
    Ok(text)
}

fn lines(text: &mut String, parameters: &[Described<'_>], depth: usize) {
    for parameter in parameters {
        let _ = write!(text, "{:depth$}{} ", "", parameter.offset, depth = 2 * depth);
        let _ = match parameter.name {
            Some(name) => write!(text, "{name}"),
            None => write!(text, "unknown parameter {}", parameter.code),
        };
        let _ = match parameter.meaning.as_str() {
            "" => writeln!(text),
            meaning => writeln!(text, ": {meaning}"),
        };
        lines(text, &parameter.inside, depth + 1);
    }
}
