//! The listener: where callers arrive.
use crate::boundary::*;
use crate::endpoint::EndpointObject;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::record;
use crate::session::{self, osisession_session};
use crate::status::*;
use osisession::Listener;
use std::ffi::c_char;
use std::sync::{Arc, Weak};

/// A listener: where callers arrive. Made by `osisession_listen`, ended by `osisession_listener_free`. All its functions may
/// be called from any thread.
pub struct osisession_listener {
    _never: (),
}

/// Behind a listener's handle.
pub(crate) struct ListenerObject {
    pub(crate) listener: Listener,
    endpoint: Weak<EndpointObject>,
}

static LISTENERS: Table<ListenerObject> = Table::new(Kind::Listener);

pub(crate) fn exists(handle: usize) -> bool {
    LISTENERS.get(handle).is_ok()
}

/// Where a listener listens.
pub(crate) fn address(handle: usize) -> Option<String> {
    LISTENERS.get(handle).ok().map(|object| object.listener.local_address())
}

pub(crate) fn take_in(endpoint: &Arc<EndpointObject>, listener: Listener) -> Result<usize> {
    let id = listener.id();
    let (handle, _) =
        LISTENERS.insert(|_| ListenerObject { listener, endpoint: Arc::downgrade(endpoint) })?;
    endpoint.know(id, handle);
    Ok(handle)
}

pub(crate) fn find(handle: *mut osisession_listener) -> Result<Arc<ListenerObject>> {
    LISTENERS.get(handle as usize)
}

/// Accepts a caller. The session's next event is its S-CONNECT indication (X.225 7.1).
///
/// `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. `session` receives the handle,
/// to be ended by `osisession_session_free`. If nothing else drives the endpoint, the waiting caller does.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nobody there, `timeout_ms` 0),
/// OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_listener_accept(
    listener: *mut osisession_listener,
    timeout_ms: i64,
    session: *mut *mut osisession_session,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_listener_accept", |a| {
        a.handle(listener).number(timeout_ms).out_handle("session", session).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let listener = find(listener)?;
            check_out(session, "session")?;
            let closed = || Failure::new(OSISESSION_E_CLOSED, "the listener is closed");
            let accepted = if timeout_ms == 0 {
                match listener.listener.try_accept() {
                    Some(accepted) => accepted,
                    None if listener.listener.is_closed() => return Err(closed()),
                    None => return Err(Failure::new(OSISESSION_E_WOULD_BLOCK, "no caller is there")),
                }
            } else {
                listener.listener.accept(timeout(timeout_ms))?
            };
            let endpoint = listener.endpoint.upgrade().ok_or_else(closed)?;
            let handle = session::take_in(&endpoint, accepted, None)?;
            write_out(session, handle as *mut osisession_session);
            Ok(())
        })
    }
}

/// Lets a caller in on a TCP connection that was accepted elsewhere: by a supervisor, or another listener. It is routed, limited and
/// accepted (`osisession_listener_accept`) as those that come here by themselves.
///
/// `descriptor`: a connected TCP socket, as for `osisession_connect_over_socket`.
///
/// Errors: those of the handle, OSISESSION_E_INVALID (no connected TCP socket), OSISESSION_E_LIMIT (too many callers are
/// without their CONNECT), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_listener_accept_socket(
    listener: *mut osisession_listener,
    descriptor: i32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_listener_accept_socket", |a| {
        a.handle(listener).number(descriptor).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let listener = find(listener)?;
            listener.listener.accept_socket(crate::endpoint::duplicate(descriptor)?)?;
            Ok(())
        })
    }
}

/// Where it listens, with the port that the system chose: "127.0.0.1:40123", "memory:NAME".
///
/// `buffer` receives the text with its NUL; `needed` (may be NULL) receives the octets for that, also if the buffer is too
/// small. `buffer` NULL with `capacity` 0 asks for `needed` alone.
///
/// Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_listener_local_address(
    listener: *mut osisession_listener,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_listener_local_address", |a| {
        a.handle(listener).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || write_text(&find(listener)?.listener.local_address(), buffer, capacity, needed)) }
}

/// Stops listening. Callers that were not accepted are refused. The handle stays valid; calling it again does nothing.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_listener_close(
    listener: *mut osisession_listener,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_listener_close", |a| {
        a.handle(listener).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(listener)?.listener.close();
            Ok(())
        })
    }
}

/// Closes a listener and ends its handle. Sessions that were accepted live on.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_listener_free(listener: *mut osisession_listener) -> i32 {
    let _recorded = record::call("osisession_listener_free", |a| {
        a.handle(listener);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if listener.is_null() {
                return Ok(());
            }
            let object = LISTENERS.remove(listener as usize)?;
            if let Some(endpoint) = object.endpoint.upgrade() {
                endpoint.forget(object.listener.id());
            }
            object.listener.close();
            Ok(())
        })
    }
}
