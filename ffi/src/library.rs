//! The library itself: its versions.
use std::ffi::c_char;

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
