//! The one place where calls from C come in: panics stop here, pointers are checked here.
use crate::error_info::{self, osisession_error_info};
use crate::record;
use crate::status::*;
use osisession::{Bytes, Error};
use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;

/// Why a call fails.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library behind the boundary says so.
    Facade(Error),
    /// The boundary itself says so.
    Here {
        /// OSISESSION_E_...
        status: i32,
        /// A sentence.
        text: Cow<'static, str>,
    },
}

impl Failure {
    pub(crate) fn new(status: i32, text: &'static str) -> Failure {
        Failure::Here { status, text: Cow::Borrowed(text) }
    }

    pub(crate) fn owned(status: i32, text: String) -> Failure {
        Failure::Here { status, text: Cow::Owned(text) }
    }

    pub(crate) fn null(what: &str) -> Failure {
        Failure::owned(OSISESSION_E_NULL, format!("{what} is NULL"))
    }

    pub(crate) fn status(&self) -> i32 {
        match self {
            Failure::Facade(error) => of_kind(error.kind()),
            Failure::Here { status, .. } => *status,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Facade(error)
    }
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

thread_local! {
    /// How many calls from C this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// No call from C is running in this thread.
pub(crate) fn is_outermost() -> bool {
    DEPTH.try_with(Cell::get).unwrap_or(0) == 0
}

struct Entered;

impl Entered {
    fn new() -> Entered {
        // A thread that is ending has no counter any more; it still may call.
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

/// A panic that ends at the boundary is the caller's to report: it becomes a status, and nothing goes to the standard
/// error of the host. All other panics keep the hook that was there.
fn silence_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) == 0 {
                before(info);
            }
        }));
    });
}

/// Runs the body of one function of the C ABI.
///
/// # Safety
/// `error` is NULL or points to as many writable octets as its `struct_size` says.
pub(crate) unsafe fn call(error: *mut osisession_error_info, body: impl FnOnce() -> Result) -> i32 {
    // SAFETY: the caller's promise.
    if let Err(status) = unsafe { error_info::check(error) } {
        return status;
    }
    silence_caught_panics();
    let entered = Entered::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| match body() {
        Ok(()) => OSISESSION_OK,
        Err(failure) => {
            // SAFETY: the caller's promise.
            unsafe { error_info::fill(error, &failure) };
            failure.status()
        }
    }));
    let status = outcome.unwrap_or_else(|panic| {
        let failure = Failure::owned(
            OSISESSION_E_INTERNAL,
            format!("a fault of this library, please report it: {}", panic_text(&*panic)),
        );
        // A payload may panic when it is dropped; better leak it.
        std::mem::forget(panic);
        // SAFETY: the caller's promise.
        unsafe { error_info::fill(error, &failure) };
        OSISESSION_E_INTERNAL
    });
    drop(entered);
    record::passed(status);
    status
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "no further text"
    }
}

/// A time in milliseconds: negative is for ever.
pub(crate) fn timeout(milliseconds: i64) -> Option<Duration> {
    u64::try_from(milliseconds).ok().map(Duration::from_millis)
}

pub(crate) fn check_octets(data: *const c_void, length: usize, what: &str) -> Result {
    if data.is_null() && length != 0 {
        return Err(Failure::owned(
            OSISESSION_E_NULL,
            format!("{what} is NULL though its length is {length}"),
        ));
    }
    if length > isize::MAX as usize {
        return Err(Failure::owned(OSISESSION_E_LENGTH, format!("{what} cannot have {length} octets")));
    }
    Ok(())
}

/// Looks at the caller's octets.
///
/// # Safety
/// `data` is NULL or points to `length` octets that can be read, for as long as the view is used.
pub(crate) unsafe fn view<'a>(data: *const c_void, length: usize, what: &str) -> Result<&'a [u8]> {
    check_octets(data, length, what)?;
    if length == 0 {
        return Ok(&[]);
    }
    // SAFETY: the caller's promise; checked against NULL and the largest object.
    Ok(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) })
}

/// Copies the caller's octets.
///
/// # Safety
/// `data` is NULL or points to `length` octets that can be read.
pub(crate) unsafe fn octets(data: *const c_void, length: usize, what: &str) -> Result<Bytes> {
    // SAFETY: the caller's promise.
    unsafe { view(data, length, what) }.map(Bytes::copy_from_slice)
}

/// Copies a string of the caller.
///
/// # Safety
/// `text` is NULL or points to a string that ends with NUL.
pub(crate) unsafe fn string(text: *const c_char, what: &str) -> Result<String> {
    if text.is_null() {
        return Err(Failure::null(what));
    }
    // SAFETY: the caller's promise.
    match unsafe { CStr::from_ptr(text) }.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Failure::owned(OSISESSION_E_INVALID, format!("{what} is not UTF-8"))),
    }
}

/// A struct of the C ABI that begins with its size; all octets zero is a valid value of it.
///
/// # Safety
/// `repr(C)`, begins with `struct_size: u32`, and has no field for which zero octets are no value.
pub(crate) unsafe trait Sized32: Copy {
    /// The smallest size that was ever published.
    const SMALLEST: usize;
}

/// Makes a struct of integers and pointers a sized one; names the last field of its first publication, which fixes the
/// smallest size for ever.
macro_rules! sized {
    ($type:ty, $last:ident: $field:ty) => {
        // SAFETY: repr(C), integers and pointers (and function pointers in `Option`) alone, the size first.
        unsafe impl $crate::boundary::Sized32 for $type {
            const SMALLEST: usize = std::mem::offset_of!($type, $last) + size_of::<$field>();
        }
    };
}
pub(crate) use sized;

/// The largest size that is believed: more is a struct that nobody initialized.
const LARGEST: usize = 1 << 16;

/// Reads a sized struct of the caller: what is not there is zero, what is too much must be zero. NULL reads as all zero.
///
/// # Safety
/// `from` is NULL or points to as many octets as its `struct_size` says.
pub(crate) unsafe fn read_sized<T: Sized32>(from: *const T, what: &str) -> Result<T> {
    // SAFETY: all zero is a value of `T` (its trait's promise).
    let mut value: T = unsafe { std::mem::zeroed() };
    if from.is_null() {
        return Ok(value);
    }
    // SAFETY: the caller's promise, and that of the trait: the size comes first.
    let size = unsafe { from.cast::<u32>().read_unaligned() } as usize;
    check_size::<T>(size, what)?;
    // SAFETY: the caller's promise; at most the size of either is copied.
    unsafe {
        let known = size.min(size_of::<T>());
        std::ptr::copy_nonoverlapping(from.cast::<u8>(), (&raw mut value).cast::<u8>(), known);
        if (known..size).any(|at| from.cast::<u8>().add(at).read() != 0) {
            return Err(Failure::owned(
                OSISESSION_E_STRUCT_SIZE,
                format!("{what} has fields set that this version of the library does not know"),
            ));
        }
    }
    Ok(value)
}

fn check_size<T: Sized32>(size: usize, what: &str) -> Result {
    if (T::SMALLEST..=LARGEST).contains(&size) {
        return Ok(());
    }
    Err(Failure::owned(
        OSISESSION_E_STRUCT_SIZE,
        format!("struct_size of {what} is {size}, not {} (see OSISESSION_INIT)", size_of::<T>()),
    ))
}

/// Checks that a sized struct can be written before anything is done.
///
/// # Safety
/// `to` is NULL or points to as many octets as its `struct_size` says.
pub(crate) unsafe fn check_sized_out<T: Sized32>(to: *mut T, what: &str) -> Result {
    if to.is_null() {
        return Err(Failure::null(what));
    }
    // SAFETY: the caller's promise.
    check_size::<T>(unsafe { to.cast::<u32>().read_unaligned() } as usize, what)
}

/// Writes a sized struct as far as the caller's goes. Call [`check_sized_out`] before.
///
/// # Safety
/// As there.
pub(crate) unsafe fn write_sized<T: Sized32>(to: *mut T, value: &T) {
    // SAFETY: the caller's promise; `struct_size` itself is left as it is.
    unsafe {
        let size = (to.cast::<u32>().read_unaligned() as usize).min(size_of::<T>());
        let from = std::ptr::from_ref(value).cast::<u8>();
        std::ptr::copy_nonoverlapping(from.add(4), to.cast::<u8>().add(4), size - 4);
    }
}

/// Checks an out-parameter before anything is done.
pub(crate) fn check_out<T>(to: *mut T, what: &str) -> Result {
    if to.is_null() { Err(Failure::null(what)) } else { Ok(()) }
}

/// Writes an out-parameter unless it is NULL.
///
/// # Safety
/// `to` is NULL or can be written.
pub(crate) unsafe fn write_out<T>(to: *mut T, value: T) {
    if !to.is_null() {
        // SAFETY: the caller's promise.
        unsafe { to.write_unaligned(value) };
    }
}

/// Copies a text with its NUL to the caller's buffer; `needed` is written also when the buffer is too small.
///
/// # Safety
/// `buffer` is NULL or has `capacity` writable octets; `needed` is NULL or can be written.
pub(crate) unsafe fn write_text(
    text: &str,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> Result {
    check_octets(buffer.cast(), capacity, "the buffer")?;
    let length = text.len() + 1;
    // SAFETY: the caller's promise.
    unsafe { write_out(needed, length) };
    if capacity < length {
        return Err(Failure::owned(
            OSISESSION_E_BUFFER_TOO_SMALL,
            format!("the buffer has {capacity} octets, {length} are needed"),
        ));
    }
    // SAFETY: the buffer is not NULL, for its capacity is not 0, and the text with its NUL fits.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast::<u8>(), text.len());
        buffer.add(text.len()).write(0);
    }
    Ok(())
}

/// As [`write_text`], for octets, without a NUL.
///
/// # Safety
/// As there.
pub(crate) unsafe fn write_octets(
    octets: &[u8],
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> Result {
    check_octets(buffer.cast(), capacity, "the buffer")?;
    // SAFETY: the caller's promise.
    unsafe { write_out(needed, octets.len()) };
    if capacity < octets.len() {
        let text = format!("the buffer has {capacity} octets, {} are needed", octets.len());
        return Err(Failure::owned(OSISESSION_E_BUFFER_TOO_SMALL, text));
    }
    if !octets.is_empty() {
        // SAFETY: the buffer is not NULL, for its capacity is not 0, and the octets fit.
        unsafe { std::ptr::copy_nonoverlapping(octets.as_ptr(), buffer, octets.len()) };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Now {
        struct_size: u32,
        old: u32,
        new: u64,
    }
    // SAFETY: integers alone, the size first.
    unsafe impl Sized32 for Now {
        const SMALLEST: usize = 8;
    }

    fn status<T>(result: Result<T>) -> i32 {
        result.map(|_| 0).unwrap_or_else(|failure| failure.status())
    }

    #[test]
    fn a_panic_becomes_a_status_with_its_text_and_the_next_call_works() {
        let mut info = osisession_error_info::of_error(&Error::invalid(""));
        let status = unsafe { call(&raw mut info, || panic!("number {}", 7)) };
        assert_eq!((status, info.status), (OSISESSION_E_INTERNAL, OSISESSION_E_INTERNAL));
        let text: Vec<u8> = info.text.iter().map(|c| *c as u8).take_while(|c| *c != 0).collect();
        assert!(String::from_utf8(text).unwrap().ends_with("number 7"));
        assert_eq!(unsafe { call(std::ptr::null_mut(), || Ok(())) }, OSISESSION_OK);
        assert_eq!(DEPTH.get(), 0);
    }

    #[test]
    fn an_older_and_a_newer_struct_are_read() {
        #[repr(C)]
        struct Newer {
            now: Now,
            later: u64,
        }
        let read = |newer: &Newer| unsafe { read_sized((&raw const *newer).cast::<Now>(), "it") };
        let mut newer = Newer { now: Now { struct_size: 8, old: 1, new: 2 }, later: 3 };
        assert_eq!(read(&newer).unwrap(), Now { struct_size: 8, old: 1, new: 0 });
        newer.now.struct_size = 24;
        assert_eq!(status(read(&newer)), OSISESSION_E_STRUCT_SIZE);
        newer.later = 0;
        assert_eq!(read(&newer).unwrap(), newer.now);
        for size in [0, 7, u32::MAX] {
            newer.now.struct_size = size;
            assert_eq!(status(read(&newer)), OSISESSION_E_STRUCT_SIZE);
        }
    }

    #[test]
    fn a_shorter_struct_is_never_overrun() {
        let mut to = Now { struct_size: 8, old: 1, new: 2 };
        unsafe { write_sized(&raw mut to, &Now { struct_size: 99, old: 5, new: 6 }) };
        assert_eq!(to, Now { struct_size: 8, old: 5, new: 2 });
    }

    #[test]
    fn octets_and_texts_are_checked() {
        unsafe {
            assert!(octets(std::ptr::null(), 0, "data").unwrap().is_empty());
            assert_eq!(status(octets(std::ptr::null(), 1, "data")), OSISESSION_E_NULL);
            assert_eq!(status(octets(c"x".as_ptr().cast(), usize::MAX, "data")), OSISESSION_E_LENGTH);
            assert_eq!(status(string(c"\xff".as_ptr(), "address")), OSISESSION_E_INVALID);
            let (mut buffer, mut needed) = ([1 as c_char; 4], 0);
            assert_eq!(
                status(write_text("1234", buffer.as_mut_ptr(), 4, &raw mut needed)),
                OSISESSION_E_BUFFER_TOO_SMALL
            );
            assert_eq!((buffer[0], needed), (1, 5));
            assert_eq!(status(write_text("123", buffer.as_mut_ptr(), 4, std::ptr::null_mut())), 0);
            assert_eq!(buffer.map(|c| c as u8), *b"123\0");
        }
    }
}
