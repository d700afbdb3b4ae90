//! TPKT that the caller carries: octets in, octets out, no socket of ours.
use crate::boundary::*;
use crate::config::*;
use crate::endpoint::{on_endpoint, osisession_endpoint};
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::listener::{self, osisession_listener};
use crate::record;
use crate::session::{self, osisession_session};
use osisession::OctetStream;
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// The far side of a connection whose octets (TPKT, RFC 1006) the caller carries. Made by `osisession_connect_over_stream` or
/// `osisession_listener_accept_stream`, ended by `osisession_stream_free`. All its functions may be called from any thread;
/// none waits. What is fed is looked at when the endpoint is driven, and that may make something to drain.
pub struct osisession_stream {
    _never: (),
}

static STREAMS: Table<OctetStream> = Table::new(Kind::Stream);

fn find(handle: *mut osisession_stream) -> Result<Arc<OctetStream>> {
    STREAMS.get(handle as usize)
}

/// As `osisession_connect`, over octets that the caller carries: T-CONNECT and S-CONNECT in TPKT (RFC 1006), no socket.
///
/// `peer` names the other side in errors (may be NULL). `params`, `config`: NULL for the defaults; copied. `session` and `stream`
/// receive handles, to be ended by `osisession_session_free` and `osisession_stream_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_connect_over_stream(
    endpoint: *mut osisession_endpoint,
    peer: *const c_char,
    params: *const osisession_connect_params,
    config: *const osisession_session_config,
    session: *mut *mut osisession_session,
    stream: *mut *mut osisession_stream,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_connect_over_stream", |a| {
        a.handle(endpoint)
            .text(peer)
            .params(params)
            .params(config)
            .out_handle("session", session)
            .out_handle("stream", stream)
            .error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_endpoint(endpoint, error, |endpoint| {
            check_out(session, "session")?;
            check_out(stream, "stream")?;
            let peer = if peer.is_null() { "the peer".to_owned() } else { string(peer, "peer")? };
            let request = connect_request(params)?;
            let (made, octets) =
                endpoint.endpoint.connect_over_stream(&peer, request, session_config(config)?)?;
            let (octets, _) = STREAMS.insert(|_| octets)?;
            let handle = session::take_in(endpoint, made, None)?;
            write_out(session, handle as *mut osisession_session);
            write_out(stream, octets as *mut osisession_stream);
            Ok(())
        })
    }
}

/// Lets a caller in whose octets (TPKT, RFC 1006) the caller of this function carries. It is routed, limited and accepted
/// (`osisession_listener_accept`) as those that come over the network.
///
/// `peer` names it in errors (may be NULL). `stream` receives the handle, to be ended by `osisession_stream_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_listener_accept_stream(
    listener: *mut osisession_listener,
    peer: *const c_char,
    stream: *mut *mut osisession_stream,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_listener_accept_stream", |a| {
        a.handle(listener).text(peer).out_handle("stream", stream).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let listener = listener::find(listener)?;
            check_out(stream, "stream")?;
            let peer = if peer.is_null() { "a caller".to_owned() } else { string(peer, "peer")? };
            let (handle, _) = {
                let octets = listener.listener.accept_stream(&peer)?;
                STREAMS.insert(|_| octets)?
            };
            write_out(stream, handle as *mut osisession_stream);
            Ok(())
        })
    }
}

/// Gives octets that came from the peer. `taken` receives how many were taken: fewer than `length` while the session's user
/// does not take its events, or the endpoint is not driven.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_CLOSED (the connection is over, or
/// `osisession_stream_finish` was called).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_stream_feed(
    stream: *mut osisession_stream,
    octets: *const c_void,
    length: usize,
    taken: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_stream_feed", |a| {
        a.handle(stream).octets(octets, length).out(taken).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let stream = find(stream)?;
            check_out(taken, "taken")?;
            write_out(taken, stream.feed(view(octets, length, "octets")?)?);
            Ok(())
        })
    }
}

/// Takes octets that go to the peer. `length` receives how many; 0: nothing to send now. They are gone from the stream when
/// this returns OSISESSION_OK.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_CLOSED (all was taken, and nothing more
/// will come: close the network connection).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_stream_drain(
    stream: *mut osisession_stream,
    buffer: *mut c_void,
    capacity: usize,
    length: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_stream_drain", |a| {
        a.handle(stream).buffer(buffer, capacity).out(length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let stream = find(stream)?;
            check_out(length, "length")?;
            check_octets(buffer, capacity, "the buffer")?;
            // The caller's memory need not be initialized, so nothing of ours may look at it.
            let mut part = [0; 16 << 10];
            let mut done = 0;
            while done < capacity {
                let room = part.len().min(capacity - done);
                let count = match stream.drain(&mut part[..room]) {
                    Ok(0) => break,
                    Ok(count) => count,
                    Err(_) if done > 0 => break,
                    Err(error) => return Err(error.into()),
                };
                std::ptr::copy_nonoverlapping(part.as_ptr(), buffer.cast::<u8>().add(done), count);
                done += count;
            }
            write_out(length, done);
            Ok(())
        })
    }
}

/// Octets that wait to be drained. `pending` receives the number.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_stream_pending(
    stream: *mut osisession_stream,
    pending: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_stream_pending", |a| {
        a.handle(stream).out(pending).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let stream = find(stream)?;
            check_out(pending, "pending")?;
            write_out(pending, stream.pending());
            Ok(())
        })
    }
}

/// The peer will send nothing more: the end of its stream.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_stream_finish(
    stream: *mut osisession_stream,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_stream_finish", |a| {
        a.handle(stream).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(stream)?.finish();
            Ok(())
        })
    }
}

/// Ends a stream: for the session, the network is gone.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_stream_free(stream: *mut osisession_stream) -> i32 {
    let _recorded = record::call("osisession_stream_free", |a| {
        a.handle(stream);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if stream.is_null() {
                return Ok(());
            }
            STREAMS.remove(stream as usize).map(drop)
        })
    }
}
