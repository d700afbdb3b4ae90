//! Octet strings inside structs.
use crate::boundary::{Result, octets};
use osisession::Bytes;

/// Octets. In what the caller passes: `data` may be NULL if `length` is 0, and is copied before the call returns. In what
/// the library gives: `data` is NULL if `length` is 0, is never followed by a NUL, and lives as long as the struct says.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_octets {
    /// The first octet.
    pub data: *const u8,
    /// How many.
    pub length: usize,
}

impl osisession_octets {
    pub(crate) const NONE: osisession_octets = osisession_octets { data: std::ptr::null(), length: 0 };

    /// Lends octets of the library.
    pub(crate) fn lend(bytes: &[u8]) -> osisession_octets {
        if bytes.is_empty() {
            return osisession_octets::NONE;
        }
        osisession_octets { data: bytes.as_ptr(), length: bytes.len() }
    }

    /// Copies octets of the caller.
    ///
    /// # Safety
    /// `data` is NULL or points to `length` octets that can be read.
    pub(crate) unsafe fn copy(self, what: &str) -> Result<Bytes> {
        // SAFETY: the caller's promise.
        unsafe { octets(self.data.cast(), self.length, what) }
    }

    /// As [`osisession_octets::copy`]; NULL is "not given", which is not the same as empty.
    ///
    /// # Safety
    /// As there.
    pub(crate) unsafe fn copy_optional(self, what: &str) -> Result<Option<Bytes>> {
        if self.data.is_null() && self.length == 0 {
            return Ok(None);
        }
        // SAFETY: the caller's promise.
        unsafe { self.copy(what) }.map(Some)
    }
}
