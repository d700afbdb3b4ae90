//! What a process does to the library: fork, and signals.
use crate::boundary::*;
use crate::endpoint::osisession_endpoint;
use crate::status::*;
use osisession::Endpoint;
use std::ffi::c_int;
use std::os::fd::BorrowedFd;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

/// Endpoints that are alive.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// This process is the child of one that had endpoints: its locks may be held by threads that do not exist here.
static FORKED: AtomicBool = AtomicBool::new(false);

extern "C" fn in_child() {
    if ALIVE.load(Ordering::Relaxed) > 0 {
        FORKED.store(true, Ordering::Relaxed);
    }
}

/// Says no in the child of a fork, before any lock is touched.
pub(crate) fn check() -> Result {
    if !FORKED.load(Ordering::Relaxed) {
        return Ok(());
    }
    Err(Failure::new(
        OSISESSION_E_FORKED,
        "this process was forked while there were endpoints: the child cannot use the library until it calls exec",
    ))
}

/// An endpoint that is alive, and its place among those that can be woken.
pub(crate) struct Alive {
    wake: Option<&'static Wake>,
}

impl Alive {
    pub(crate) fn new(endpoint: &Endpoint, handle: usize) -> Alive {
        let mut alive = Alive::counted();
        alive.wake = Wake::claim(endpoint, handle);
        alive
    }

    /// One that signal handlers cannot wake.
    pub(crate) fn counted() -> Alive {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // SAFETY: the handler touches two atomics, and the library is never unloaded (see `osisession_get_api`).
            unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        });
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Alive { wake: None }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(wake) = self.wake {
            wake.handle.store(0, Ordering::Release);
        }
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A descriptor that wakes the endpoint with this handle. Descriptors are never closed but used again: a late write wakes
/// somebody for nothing, and hits nothing else.
struct Wake {
    /// 0: free; 1: being taken.
    handle: AtomicUsize,
    /// -1: not made yet.
    descriptor: AtomicI32,
}

const MAX_WAKES: usize = 1_024;

static WAKES: [Wake; MAX_WAKES] =
    [const { Wake { handle: AtomicUsize::new(0), descriptor: AtomicI32::new(-1) } }; MAX_WAKES];

impl Wake {
    fn claim(endpoint: &Endpoint, handle: usize) -> Option<&'static Wake> {
        let free =
            |wake: &&Wake| wake.handle.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        let wake = WAKES.iter().find(free)?;
        let mut descriptor = wake.descriptor.load(Ordering::Relaxed);
        if descriptor < 0 {
            descriptor = event_descriptor();
            wake.descriptor.store(descriptor, Ordering::Relaxed);
        }
        if descriptor < 0 {
            wake.handle.store(0, Ordering::Release);
            return None;
        }
        // SAFETY: open, and never closed.
        let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
        if endpoint.wake_on(borrowed).is_err() {
            wake.handle.store(0, Ordering::Release);
            return None;
        }
        wake.handle.store(handle, Ordering::Release);
        Some(wake)
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn event_descriptor() -> c_int {
    // SAFETY: no pointer is passed.
    unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn event_descriptor() -> c_int {
    -1
}

/// Makes a call that waits in `osisession_endpoint_dispatch` return, or the next one not wait. The only function that may be
/// called from a signal handler; also from any thread. It takes no lock, allocates nothing, and leaves errno as it was.
///
/// Errors: OSISESSION_E_NULL_HANDLE, OSISESSION_E_STALE (no endpoint that is alive has this handle), OSISESSION_E_UNSUPPORTED
/// (this system has no eventfd, or more than 1,024 endpoints are alive).
#[unsafe(no_mangle)]
pub extern "C" fn osisession_endpoint_wake(endpoint: *mut osisession_endpoint) -> i32 {
    let handle = endpoint as usize;
    if handle == 0 {
        return OSISESSION_E_NULL_HANDLE;
    }
    let mut full = true;
    for wake in &WAKES {
        match wake.handle.load(Ordering::Acquire) {
            0 => full = false,
            known if known == handle && handle > 1 => return write(wake.descriptor.load(Ordering::Relaxed)),
            _ => {}
        }
    }
    if full { OSISESSION_E_UNSUPPORTED } else { OSISESSION_E_STALE }
}

fn write(descriptor: c_int) -> i32 {
    let one = 1u64.to_ne_bytes();
    // SAFETY: errno of this thread is always there; the buffer is ours.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        // An eventfd that is full has woken whoever waits.
        libc::write(descriptor, one.as_ptr().cast(), one.len());
        *errno = before;
    }
    OSISESSION_OK
}
