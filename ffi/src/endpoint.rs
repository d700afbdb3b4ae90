//! The endpoint: one user of the library, with everything that lives in it.
use crate::boundary::*;
use crate::config::*;
use crate::data::Releases;
use crate::error_info::{self, osisession_error_info};
use crate::handle::{Kind, Table};
use crate::listener::{self, osisession_listener};
use crate::process::Alive;
use crate::record;
use crate::session::{self, osisession_session};
use crate::status::*;
use osisession::{CaptureWriter, Diagnosis, Endpoint, EndpointConfig, Ready, Refusal, Witness};
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::ffi::c_char;
use std::fs::File;
use std::io::BufWriter;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

/// An endpoint: one user of the library, its listeners, its sessions and its reactor. Made by `osisession_endpoint_new`,
/// ended by `osisession_endpoint_free`. All its functions may be called from any thread.
pub struct osisession_endpoint {
    _never: (),
}

/// Behind an endpoint's handle.
pub(crate) struct EndpointObject {
    pub(crate) endpoint: Endpoint,
    /// Under which its connections are recorded.
    pub(crate) number: u64,
    known: Mutex<Known>,
    /// A refusal that was asked for and did not fit.
    refusal: Mutex<Option<Refusal>>,
    /// Why the refused caller that was taken last was refused.
    refused: Mutex<Option<Diagnosis>>,
    /// The last packets of its sessions (OSISESSION_ENDPOINT_WITNESS).
    pub(crate) witness: Option<Witness>,
    /// Lent memory that is to be given back.
    pub(crate) releases: Arc<Releases>,
    _alive: Alive,
}

/// The handles of what lives in an endpoint, by the numbers that the endpoint gave.
#[derive(Default)]
struct Known {
    handles: HashMap<u64, usize>,
    /// Got something before their handle was there, as happens when another thread drives the endpoint.
    early: BTreeSet<u64>,
    /// Have their handle now, and are to be reported.
    late: Vec<u64>,
}

/// A session that is never given a handle (nobody accepts it) must not make this grow for ever.
const MAX_EARLY: usize = 4_096;

impl EndpointObject {
    pub(crate) fn know(&self, id: u64, handle: usize) {
        let mut known = self.known.lock();
        known.handles.insert(id, handle);
        if known.early.remove(&id) {
            known.late.push(id);
        }
    }

    pub(crate) fn forget(&self, id: u64) {
        self.known.lock().handles.remove(&id);
    }

    /// Why the refused caller that was taken last was refused.
    pub(crate) fn diagnosis(&self) -> Result<Diagnosis> {
        let nothing = || Failure::new(OSISESSION_E_WOULD_BLOCK, "no refused caller was taken yet");
        self.refused.lock().clone().ok_or_else(nothing)
    }

    /// The handle that has something to take.
    fn next_ready(&self) -> Option<usize> {
        loop {
            {
                let mut known = self.known.lock();
                while let Some(id) = known.late.pop() {
                    if let Some(handle) = known.handles.get(&id) {
                        return Some(*handle);
                    }
                }
            }
            let (id, over) = match self.endpoint.next_ready()? {
                Ready::Session(session) => (session.id(), session.is_over()),
                Ready::Listener(listener) => (listener.id(), listener.is_closed()),
                _ => continue,
            };
            let mut known = self.known.lock();
            if let Some(handle) = known.handles.get(&id) {
                return Some(*handle);
            }
            if !over && known.early.len() < MAX_EARLY {
                known.early.insert(id);
            }
        }
    }
}

static ENDPOINTS: Table<EndpointObject> = Table::new(Kind::Endpoint);

pub(crate) fn find(handle: *mut osisession_endpoint) -> Result<Arc<EndpointObject>> {
    ENDPOINTS.get(handle as usize)
}

/// As [`call`], and then gives back what was lent to the endpoint.
///
/// # Safety
/// As there.
pub(crate) unsafe fn on_endpoint(
    handle: *mut osisession_endpoint,
    error: *mut osisession_error_info,
    body: impl FnOnce(&Arc<EndpointObject>) -> Result,
) -> i32 {
    let mut releases = None;
    // SAFETY: the caller's promise.
    let status = unsafe {
        call(error, || {
            let endpoint = find(handle)?;
            releases = Some(endpoint.releases.clone());
            body(&endpoint)
        })
    };
    if let Some(releases) = releases {
        releases.run();
    }
    status
}

/// Makes an endpoint. Nothing runs until it is driven: by `osisession_endpoint_dispatch` in a thread of yours, by
/// `osisession_endpoint_start`, from your event loop (`osisession_endpoint_descriptor`), or by any call that waits.
///
/// `endpoint` receives the handle. Any thread.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_TRANSPORT (the system gives no descriptor).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_new(
    endpoint: *mut *mut osisession_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_new", |a| {
        a.out_handle("endpoint", endpoint).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe { call(error, || make(std::ptr::null(), endpoint)) }
}

/// Endpoint flag: remember the last packets of each session, for reports (`osisession_session_report`): 8 in each direction, 1,024
/// octets of each at most, of the last 256 sessions. User data is in them. It costs a copy of what passes.
pub const OSISESSION_ENDPOINT_WITNESS: u32 = 0x01;

/// How an endpoint behaves. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_endpoint_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_ENDPOINT_... flags.
    pub flags: u32,
    /// A file, written anew, that receives what passes in all sessions as a capture (pcap): TPKT in made-up TCP segments to port
    /// 102, which Wireshark opens. What was in TLS is in it in the clear. Should it not be writable later on, the capture ends
    /// and the sessions go on. NULL: no capture.
    pub capture_file: *const c_char,
}
sized!(osisession_endpoint_config, capture_file: *const c_char);

/// As `osisession_endpoint_new`, with a configuration.
///
/// `config`: NULL for the defaults; copied. `endpoint` receives the handle. Any thread.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (the system gives no descriptor, or the capture file
/// cannot be written).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_new_with(
    config: *const osisession_endpoint_config,
    endpoint: *mut *mut osisession_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_new_with", |a| {
        a.params(config).out_handle("endpoint", endpoint).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || make(config, endpoint)) }
}

/// # Safety
/// As every function of this ABI.
unsafe fn make(config: *const osisession_endpoint_config, endpoint: *mut *mut osisession_endpoint) -> Result {
    // SAFETY: the caller's promises.
    let asked = unsafe { read_sized(config, "the endpoint configuration")? };
    check_out(endpoint, "endpoint")?;
    if asked.flags & !OSISESSION_ENDPOINT_WITNESS != 0 {
        return Err(Failure::owned(OSISESSION_E_INVALID, format!("flags {:#x} mean nothing", asked.flags)));
    }
    crate::process::check()?;
    let capture = if asked.capture_file.is_null() {
        None
    } else {
        // SAFETY: the caller's promises.
        let path = unsafe { string(asked.capture_file, "capture_file")? };
        Some(capture(&path)?)
    };
    let number = record::endpoint_number();
    let mut config = EndpointConfig::default();
    let witness = (asked.flags & OSISESSION_ENDPOINT_WITNESS != 0).then(Witness::new);
    config.tap = record::tap(number, capture, witness.clone());
    let made = Endpoint::new(config)?;
    let (handle, _) = ENDPOINTS.insert(|handle| EndpointObject {
        _alive: Alive::new(&made, handle),
        endpoint: made,
        number,
        known: Mutex::default(),
        refusal: Mutex::default(),
        refused: Mutex::default(),
        witness,
        releases: Arc::default(),
    })?;
    // SAFETY: the caller's promises; checked against NULL.
    unsafe { write_out(endpoint, handle as *mut osisession_endpoint) };
    Ok(())
}

fn capture(path: &str) -> Result<CaptureWriter<BufWriter<File>>> {
    let writer = File::create(path).and_then(|file| CaptureWriter::new(BufWriter::new(file)));
    writer
        .map_err(|cause| Failure::owned(OSISESSION_E_TRANSPORT, format!("{path} cannot be written: {cause}")))
}

/// What an endpoint has done so far. Each number only ever grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_counters {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// Sessions that were asked for from here.
    pub calls: u64,
    /// Connections that callers opened to listeners.
    pub callers: u64,
    /// Callers that were closed at once: too many were without their CONNECT (`osisession_listener_config`).
    pub callers_turned_away: u64,
    /// Callers that were answered with a refusal.
    pub callers_refused: u64,
    /// Session connections that were established, in either role.
    pub established: u64,
    /// Session connections that were released in order (X.225 7.6 to 7.8).
    pub released: u64,
    /// Session connections that were aborted, by either user or provider, or lost.
    pub aborted: u64,
    /// Octets read from networks and pipes.
    pub octets_received: u64,
    /// Octets written to them.
    pub octets_sent: u64,
}
sized!(osisession_counters, octets_sent: u64);

/// Reads the counters of an endpoint, one after the other.
///
/// `counters`: initialized by OSISESSION_INIT. Any thread.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_counters(
    endpoint: *mut osisession_endpoint,
    counters: *mut osisession_counters,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_counters", |a| {
        a.handle(endpoint).out(counters).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_endpoint(endpoint, error, |object| {
            check_sized_out(counters, "counters")?;
            let read = object.endpoint.counters();
            let snapshot = osisession_counters {
                struct_size: size_of::<osisession_counters>() as u32,
                reserved: 0,
                calls: read.calls,
                callers: read.callers,
                callers_turned_away: read.callers_turned_away,
                callers_refused: read.callers_refused,
                established: read.established,
                released: read.released,
                aborted: read.aborted,
                octets_received: read.octets_received,
                octets_sent: read.octets_sent,
            };
            write_sized(counters, &snapshot);
            Ok(())
        })
    }
}

/// Closes an endpoint (see `osisession_endpoint_close`) and ends its handle. Its listeners and sessions are closed; their
/// handles stay valid, answer OSISESSION_E_CLOSED, and are still to be freed.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_free(endpoint: *mut osisession_endpoint) -> i32 {
    let _recorded = record::call("osisession_endpoint_free", |a| {
        a.handle(endpoint);
    });
    let mut releases = None;
    // SAFETY: no pointer is used.
    let status = unsafe {
        call(std::ptr::null_mut(), || {
            if endpoint.is_null() {
                return Ok(());
            }
            let object = ENDPOINTS.remove(endpoint as usize)?;
            releases = Some(object.releases.clone());
            object.endpoint.close();
            Ok(())
        })
    };
    if let Some(releases) = releases {
        releases.run();
    }
    status
}

/// Closes all listeners, aborts all sessions (X.225 7.9) and stops the background thread. The handle stays valid. Calling
/// it again does nothing. Any thread; also inside callbacks.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_close(
    endpoint: *mut osisession_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_close", |a| {
        a.handle(endpoint).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_endpoint(endpoint, error, |object| {
            object.endpoint.close();
            Ok(())
        })
    }
}

/// Drives the endpoint once: waits for something to do, does it, calls callbacks.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. `count` (may be NULL) receives
/// how many sessions and listeners got something; 0 if the time was over. Any thread; one drives at a time, others wait.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system refuses to wait).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_dispatch(
    endpoint: *mut osisession_endpoint,
    timeout_ms: i64,
    count: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_dispatch", |a| {
        a.handle(endpoint).number(timeout_ms).out(count).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_endpoint(endpoint, error, |object| {
            let done = object.endpoint.dispatch(timeout(timeout_ms))?;
            write_out(count, done);
            Ok(())
        })
    }
}

/// Starts a background thread that drives the endpoint; callbacks then come from that thread. Does nothing if it runs
/// already. There is never a thread that nobody asked for.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_start(
    endpoint: *mut osisession_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_start", |a| {
        a.handle(endpoint).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(endpoint)?.endpoint.start()?;
            Ok(())
        })
    }
}

/// Stops the background thread, and waits for its end unless called from it. Does nothing if there is none.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_stop(
    endpoint: *mut osisession_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_stop", |a| {
        a.handle(endpoint).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(endpoint)?.endpoint.stop();
            Ok(())
        })
    }
}

/// A descriptor that is readable when `osisession_endpoint_dispatch` has something to do: for poll, epoll, libuv, GLib. To
/// be watched, never read or closed. It is valid until the endpoint is freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_descriptor(
    endpoint: *mut osisession_endpoint,
    descriptor: *mut i32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_descriptor", |a| {
        a.handle(endpoint).out(descriptor).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(descriptor, "descriptor")?;
            write_out(descriptor, find(endpoint)?.endpoint.descriptor());
            Ok(())
        })
    }
}

/// When `osisession_endpoint_dispatch` is due though the descriptor is quiet.
///
/// `nanoseconds` receives the time from now; 0 if it is due, -1 if nothing waits for time.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_next_timeout_ns(
    endpoint: *mut osisession_endpoint,
    nanoseconds: *mut i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_next_timeout_ns", |a| {
        a.handle(endpoint).out_i64("nanoseconds", nanoseconds).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(nanoseconds, "nanoseconds")?;
            let due = find(endpoint)?.endpoint.next_timeout();
            let clamp = |due: Duration| i64::try_from(due.as_nanos()).unwrap_or(i64::MAX);
            write_out(nanoseconds, due.map_or(-1, clamp));
            Ok(())
        })
    }
}

/// The next session or listener that got something since it was last named here. Take all its events (or sessions to
/// accept) until OSISESSION_E_WOULD_BLOCK: it is named again only when it gets more. Sessions with callbacks are not named
/// for events. A session that was just accepted has its S-CONNECT indication to take.
///
/// One of `session` and `listener` receives the handle, the same that was given when it was made; the other becomes NULL.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nobody got anything).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_next_ready(
    endpoint: *mut osisession_endpoint,
    session: *mut *mut osisession_session,
    listener: *mut *mut osisession_listener,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_next_ready", |a| {
        a.handle(endpoint).out_handle("session", session).out_handle("listener", listener).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(session, "session")?;
            check_out(listener, "listener")?;
            let endpoint = find(endpoint)?;
            while let Some(handle) = endpoint.next_ready() {
                if session::exists(handle) {
                    write_out(session, handle as *mut osisession_session);
                    write_out(listener, std::ptr::null_mut());
                    return Ok(());
                }
                if listener::exists(handle) {
                    write_out(session, std::ptr::null_mut());
                    write_out(listener, handle as *mut osisession_listener);
                    return Ok(());
                }
            }
            Err(Failure::new(OSISESSION_E_WOULD_BLOCK, "no session and no listener got anything"))
        })
    }
}

/// The next caller that was refused before any listener saw it: for an unknown session selector, a version that is not
/// there, a CONNECT that cannot be accepted (X.225 8.3.5). The last 64 are kept.
///
/// `refusal`: not NULL; receives why, with the reason code of the REFUSE SPDU. `buffer`, `capacity`, `needed`: as for
/// `osisession_listener_local_address`, receives one line "CALLER at LOCAL", then the lines of the ladder if the listener's
/// sessions have OSISESSION_SESSION_TRACE. A text that does not fit stays for the next call.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_BUFFER_TOO_SMALL,
/// OSISESSION_E_WOULD_BLOCK (nobody was refused).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_endpoint_next_refusal(
    endpoint: *mut osisession_endpoint,
    refusal: *mut osisession_error_info,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_endpoint_next_refusal", |a| {
        a.handle(endpoint).out(refusal).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = find(endpoint)?;
            check_out(refusal, "refusal")?;
            error_info::check(refusal)
                .map_err(|status| Failure::new(status, "struct_size of refusal is too small"))?;
            let mut unfit = endpoint.refusal.lock();
            let next = match unfit.take().or_else(|| endpoint.endpoint.next_refusal()) {
                Some(next) => next,
                None => return Err(Failure::new(OSISESSION_E_WOULD_BLOCK, "nobody was refused")),
            };
            let mut text = format!("{} at {}", next.peer_address, next.local_address);
            for record in &next.trace {
                text.push('\n');
                text.push_str(&record.to_line());
            }
            match write_text(&text, buffer, capacity, needed) {
                Ok(()) => {
                    *endpoint.refused.lock() = Some(Diagnosis::of_refusal(&next));
                    error_info::fill(refusal, &Failure::Facade(next.error));
                }
                Err(failure) => {
                    *unfit = Some(next);
                    return Err(failure);
                }
            }
            Ok(())
        })
    }
}

/// Listens for callers.
///
/// `address`: "127.0.0.1:102", "[::1]:0" (any free port), "0.0.0.0:102", a name with or without port (102, RFC 1006; 3782 with TLS), or
/// "memory:NAME" within this process. `config`: NULL for the defaults; copied. `listener` receives the handle, to be ended
/// by `osisession_listener_free`. Several listeners may share an address: callers are routed by T-selector, then by session
/// selector; an unknown T-selector is answered with DR reason 3 (X.224 13.5.3), an unknown session selector with REFUSE
/// reason 129 (X.225 8.3.5).
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (address, selectors),
/// OSISESSION_E_TRANSPORT (the system refuses), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_listen(
    endpoint: *mut osisession_endpoint,
    address: *const c_char,
    config: *const osisession_listener_config,
    listener: *mut *mut osisession_listener,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_listen", |a| {
        a.handle(endpoint).text(address).params(config).out_handle("listener", listener).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = find(endpoint)?;
            check_out(listener, "listener")?;
            let address = string(address, "address")?;
            let made = endpoint.endpoint.listen(&address, listener_config(config)?)?;
            write_out(listener, listener::take_in(&endpoint, made)? as *mut osisession_listener);
            Ok(())
        })
    }
}

/// Connects: TCP, T-CONNECT, S-CONNECT request (X.215 S-CONNECT, X.225 7.1). Does not wait: the outcome is an event,
/// OSISESSION_CONNECT_CONFIRM, OSISESSION_CONNECT_CONFIRM_NEGATIVE, or OSISESSION_P_ABORT_INDICATION whose `error` says how
/// far it came; or call `osisession_session_wait_connected`.
///
/// `address`: as for `osisession_listen`. `params`, `config`: NULL for the defaults; copied with all octets they point to.
/// `session` receives the handle, to be ended by `osisession_session_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (the address cannot be
/// read, or a parameter can never be right), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_connect(
    endpoint: *mut osisession_endpoint,
    address: *const c_char,
    params: *const osisession_connect_params,
    config: *const osisession_session_config,
    session: *mut *mut osisession_session,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_connect", |a| {
        a.handle(endpoint)
            .text(address)
            .params(params)
            .params(config)
            .out_handle("session", session)
            .error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = find(endpoint)?;
            check_out(session, "session")?;
            let address = string(address, "address")?;
            let request = connect_request(params)?;
            let made = endpoint.endpoint.connect(&address, request, session_config(config)?)?;
            let handle = session::take_in(&endpoint, made, None)?;
            write_out(session, handle as *mut osisession_session);
            Ok(())
        })
    }
}

/// As `osisession_connect`, over a TCP connection that exists already.
///
/// `descriptor`: a connected TCP socket. The library works on a duplicate: close yours, at once or later; until then the
/// peer does not see the end of the connection. It is made non-blocking. `params`, `config`: NULL for the defaults; copied. `session`
/// receives the handle, to be ended by `osisession_session_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no connected TCP socket, or
/// a parameter can never be right), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_connect_over_socket(
    endpoint: *mut osisession_endpoint,
    descriptor: i32,
    params: *const osisession_connect_params,
    config: *const osisession_session_config,
    session: *mut *mut osisession_session,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_connect_over_socket", |a| {
        a.handle(endpoint)
            .number(descriptor)
            .params(params)
            .params(config)
            .out_handle("session", session)
            .error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = find(endpoint)?;
            check_out(session, "session")?;
            let request = connect_request(params)?;
            let config = session_config(config)?;
            let socket = duplicate(descriptor)?;
            let made = endpoint.endpoint.connect_over_socket(socket, request, config)?;
            let handle = session::take_in(&endpoint, made, None)?;
            write_out(session, handle as *mut osisession_session);
            Ok(())
        })
    }
}

/// The caller's descriptor stays the caller's.
pub(crate) fn duplicate(descriptor: i32) -> Result<OwnedFd> {
    // SAFETY: no pointer is passed; a number that is no descriptor is refused by the system.
    let copy = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) };
    if copy < 0 {
        return Err(Failure::owned(OSISESSION_E_INVALID, format!("descriptor {descriptor} is not open")));
    }
    // SAFETY: made just now, and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// A session over a transport of the caller's own (X.214). It becomes the initiator by `osisession_connect_request`, the
/// responder by `osisession_transport_indicate_connect`. What happens on the transport is told by
/// `osisession_transport_indicate_...`; what the session wants from it comes from `osisession_transport_next_request`.
///
/// `config`: NULL for the defaults; copied. `session` receives the handle, to be ended by `osisession_session_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_open(
    endpoint: *mut osisession_endpoint,
    config: *const osisession_session_config,
    session: *mut *mut osisession_session,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_open", |a| {
        a.handle(endpoint).params(config).out_handle("session", session).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = find(endpoint)?;
            check_out(session, "session")?;
            let (made, port) = endpoint.endpoint.open(session_config(config)?)?;
            let handle = session::take_in(&endpoint, made, Some(port))?;
            write_out(session, handle as *mut osisession_session);
            Ok(())
        })
    }
}
