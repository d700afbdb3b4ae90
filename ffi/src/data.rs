//! S-DATA without a copy in between: from several pieces, and from memory that the caller lends.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::octets::osisession_octets;
use crate::record;
use crate::session::{on_session, osisession_session};
use crate::status::*;
use osisession::{Bytes, Request};
use parking_lot::Mutex;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Pieces in one request.
const MAX_PIECES: usize = 65_536;

/// Gives lent memory back: from now on it may be changed or freed. See `osisession_data_request_lent`.
pub type osisession_release_fn =
    Option<unsafe extern "C-unwind" fn(data: *const c_void, length: usize, user_data: *mut c_void)>;

/// Memory that the library is done with.
struct Release {
    data: *const c_void,
    length: usize,
    release: unsafe extern "C-unwind" fn(*const c_void, usize, *mut c_void),
    user_data: *mut c_void,
}

// SAFETY: the caller promises (header) that its function may be called from any thread that calls the library.
unsafe impl Send for Release {}

/// What is to be given back at the end of the next call, of one endpoint.
#[derive(Default)]
pub(crate) struct Releases {
    /// There may be some: most calls look at nothing else.
    some: AtomicBool,
    list: Mutex<Vec<Release>>,
}

impl Releases {
    fn push(&self, release: Release) {
        self.list.lock().push(release);
        self.some.store(true, Ordering::Release);
    }

    /// Gives everything back, unless a callback of the caller is running further up.
    pub(crate) fn run(&self) {
        while self.some.load(Ordering::Acquire) && is_outermost() {
            self.some.store(false, Ordering::Release);
            let done = std::mem::take(&mut *self.list.lock());
            for Release { data, length, release, user_data } in done {
                // SAFETY: the caller's promise; each is in the list once.
                unsafe { release(data, length, user_data) };
            }
        }
    }
}

const UNDECIDED: u8 = 0;
const ACCEPTED: u8 = 1;
const DROPPED: u8 = 2;

/// Memory of the caller as the owner of a buffer.
struct Lent {
    release: Option<Release>,
    /// A request that fails leaves the memory to the caller.
    state: Arc<AtomicU8>,
    releases: Arc<Releases>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        match &self.release {
            // SAFETY: the caller's promise: readable and unchanged until it is given back.
            Some(r) => unsafe { std::slice::from_raw_parts(r.data.cast(), r.length) },
            None => &[],
        }
    }
}

// SAFETY: the octets are only read, and the rest is `Send`.
unsafe impl Sync for Lent {}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.state.swap(DROPPED, Ordering::AcqRel) == ACCEPTED
            && let Some(release) = self.release.take()
        {
            self.releases.push(release);
        }
    }
}

/// S-DATA request (X.225 7.11) whose user data is gathered from several pieces, in order.
///
/// `pieces`, `count`: at most 65,536, each as in other structs; together at least one octet. Copied before the call returns.
///
/// Errors: as `osisession_data_request`; OSISESSION_E_LENGTH (too many pieces).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_data_request_vectored(
    session: *mut osisession_session,
    pieces: *const osisession_octets,
    count: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_data_request_vectored", |a| {
        a.handle(session).list(pieces, count).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            if pieces.is_null() && count != 0 {
                return Err(Failure::null("pieces"));
            }
            if count > MAX_PIECES {
                return Err(Failure::owned(
                    OSISESSION_E_LENGTH,
                    format!("{count} pieces are more than {MAX_PIECES}"),
                ));
            }
            let mut whole = Vec::new();
            for at in 0..count {
                let piece = pieces.add(at).read_unaligned();
                let octets = view(piece.data.cast(), piece.length, "a piece")?;
                whole.try_reserve(octets.len()).map_err(|_| {
                    Failure::new(OSISESSION_E_LENGTH, "there is no memory for the pieces together")
                })?;
                whole.extend_from_slice(octets);
            }
            object.session.request(Request::Data(whole.into()))?;
            Ok(())
        })
    }
}

/// S-DATA request (X.225 7.11) without a copy: the memory is lent until `release` is called, and goes to the network from
/// where it lies.
///
/// `data`, `length`: at least one octet; readable and unchanged until it is given back. `release`: called once if this call
/// returned OSISESSION_OK, when the octets have left or never will; not called if it failed. It is called at the end of a
/// call on the endpoint or one of its sessions, in the thread of that call, with nothing locked, never inside another
/// callback; so somebody must go on calling (with a background thread alone it waits for your next call). When the last
/// handle is freed, everything has been given back. It may call anything. `user_data` is handed to it.
///
/// Errors: as `osisession_data_request`; OSISESSION_E_NULL also for `release`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_data_request_lent(
    session: *mut osisession_session,
    data: *const c_void,
    length: usize,
    release: osisession_release_fn,
    user_data: *mut c_void,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_data_request_lent", |a| {
        a.handle(session).octets(data, length).function(release.is_some()).own(user_data).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            view(data, length, "data")?;
            let Some(release) = release else { return Err(Failure::null("release")) };
            let state = Arc::new(AtomicU8::new(UNDECIDED));
            let again = Release { data, length, release, user_data };
            let lent = Lent {
                release: (length != 0).then_some(Release { ..again }),
                state: state.clone(),
                releases: object.releases.clone(),
            };
            object.session.request(Request::Data(Bytes::from_owner(lent)))?;
            let before = state.compare_exchange(UNDECIDED, ACCEPTED, Ordering::AcqRel, Ordering::Acquire);
            if before.is_err() {
                // It left while the request was being made.
                object.releases.push(again);
            }
            Ok(())
        })
    }
}

/// Data piece flag: the SSDU is whole with this piece.
pub const OSISESSION_PIECE_END: u32 = 0x01;
/// Data piece flag: of an S-TYPED-DATA request.
pub const OSISESSION_PIECE_TYPED: u32 = 0x02;

/// A piece of an S-DATA or S-TYPED-DATA request, sent as it is given: nothing here holds the whole SSDU, and the peer sees one. Until the
/// piece with OSISESSION_PIECE_END nothing else can be asked for but expedited data and an abort, which then is a T-DISCONNECT.
///
/// `user_data`, `length`: at least one octet, but for the last piece behind others. `flags`: OSISESSION_PIECE_...
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (also over a transport of the
/// caller's own, and where SSDUs are segmented), OSISESSION_E_CLOSED, OSISESSION_E_WOULD_BLOCK (the send queue is full).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_data_piece_request(
    session: *mut osisession_session,
    user_data: *const c_void,
    length: usize,
    flags: u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_data_piece_request", |a| {
        a.handle(session).octets(user_data, length).number(flags).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            if flags & !(OSISESSION_PIECE_END | OSISESSION_PIECE_TYPED) != 0 {
                return Err(Failure::owned(
                    OSISESSION_E_INVALID,
                    format!("flags {flags:#x} has bits that mean nothing"),
                ));
            }
            let octets = octets(user_data, length, "user_data")?;
            let (typed, end) = (flags & OSISESSION_PIECE_TYPED != 0, flags & OSISESSION_PIECE_END != 0);
            object.session.request(Request::DataPiece { typed, octets, end })?;
            Ok(())
        })
    }
}
