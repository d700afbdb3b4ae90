//! The session: events, callbacks, and what is known about it. The primitives are in `primitive.rs`.
use crate::boundary::*;
use crate::config::{limits_of, osisession_session_config};
use crate::data::Releases;
use crate::endpoint::EndpointObject;
use crate::error_info::osisession_error_info;
use crate::event::{self, EventObject, osisession_event};
use crate::handle::{Kind, Table};
use crate::record;
use crate::status::*;
use osisession::{Diagnosis, Event, Session, TransportPort, Witness, connect_failure};
use parking_lot::Mutex;
use std::ffi::{c_char, c_void};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// A session connection of X.215. Made by `osisession_connect`, `osisession_listener_accept` or `osisession_session_open`,
/// ended by `osisession_session_free`. All its functions may be called from any thread, also at the same time.
pub struct osisession_session {
    _never: (),
}

/// Behind a session's handle.
pub(crate) struct SessionObject {
    pub(crate) session: Session,
    /// Only for a transport of the caller's own.
    pub(crate) port: Option<TransportPort>,
    endpoint: Weak<EndpointObject>,
    /// Of the endpoint.
    pub(crate) releases: Arc<Releases>,
    /// A trace line that was asked for and did not fit.
    trace_line: Mutex<Option<String>>,
    /// The user was told that the session is open.
    confirmed: AtomicBool,
    /// Why it ended, once the user was told.
    failed: Mutex<Option<Diagnosis>>,
    /// Of the endpoint.
    witness: Option<Witness>,
}

impl SessionObject {
    /// Keeps what a report will be about, of an event that goes to the user.
    fn told(&self, event: &Event) {
        match event {
            Event::ConnectConfirm(_) => self.confirmed.store(true, Ordering::Relaxed),
            Event::ConnectConfirmNegative(_) | Event::UAbortIndication(_) | Event::PAbortIndication(..) => {
                self.told_of_the_end(event);
            }
            _ => {}
        }
    }

    #[cold]
    fn told_of_the_end(&self, event: &Event) {
        let connecting = !self.confirmed.load(Ordering::Relaxed) && self.session.properties().initiator;
        let diagnosis = if connecting { Diagnosis::of_outcome(event) } else { Diagnosis::of_event(event) };
        *self.failed.lock() = diagnosis.map(|diagnosis| diagnosis.with_history(self.session.history()));
    }

    /// Why there is no session, or no longer one, with the packets that were seen.
    pub(crate) fn diagnosis(&self) -> Result<Diagnosis> {
        let nothing = || Failure::new(OSISESSION_E_WOULD_BLOCK, "no failure of this session was told yet");
        let diagnosis = self.failed.lock().clone().ok_or_else(nothing)?;
        Ok(match &self.witness {
            Some(witness) => diagnosis.with_packets(witness, self.session.id()),
            None => diagnosis,
        })
    }
}

static SESSIONS: Table<SessionObject> = Table::new(Kind::Session);

/// Under which numbers a session's octets are recorded: its endpoint's and its own.
pub(crate) fn identity(handle: usize) -> Option<(u64, u64)> {
    let object = SESSIONS.get(handle).ok()?;
    Some((object.endpoint.upgrade()?.number, object.session.id()))
}

pub(crate) fn exists(handle: usize) -> bool {
    SESSIONS.get(handle).is_ok()
}

pub(crate) fn take_in(
    endpoint: &Arc<EndpointObject>,
    session: Session,
    port: Option<TransportPort>,
) -> Result<usize> {
    let id = session.id();
    let (handle, _) = SESSIONS.insert(|_| SessionObject {
        session,
        port,
        endpoint: Arc::downgrade(endpoint),
        releases: endpoint.releases.clone(),
        trace_line: Mutex::new(None),
        confirmed: AtomicBool::new(false),
        failed: Mutex::new(None),
        witness: endpoint.witness.clone(),
    })?;
    endpoint.know(id, handle);
    Ok(handle)
}

/// Runs the body of a function on a session. After a panic the session is closed, for nobody knows what it is in.
///
/// # Safety
/// As [`call`].
pub(crate) unsafe fn on_session(
    handle: *mut osisession_session,
    error: *mut osisession_error_info,
    body: impl FnOnce(&SessionObject) -> Result,
) -> i32 {
    let mut found = None;
    // SAFETY: the caller's promise.
    let status = unsafe {
        call(error, || {
            let object = &*found.insert(SESSIONS.get(handle as usize)?);
            catch_unwind(AssertUnwindSafe(|| body(object))).unwrap_or_else(|panic| {
                let _ = catch_unwind(AssertUnwindSafe(|| object.session.close()));
                resume_unwind(panic)
            })
        })
    };
    if let Some(object) = found {
        object.releases.run();
    }
    status
}

/// Callbacks of a session. Called from `osisession_endpoint_dispatch` (also that of the background thread) and from calls
/// that wait and so drive the endpoint; never by two threads at once, with nothing locked: a callback may call
/// anything, `osisession_session_free` of its own session included. A C++ exception that leaves a callback ends the process (abort);
/// osisession.hpp keeps it and throws it on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_callbacks {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// Handed to each callback.
    pub user_data: *mut c_void,
    /// An event. It is lent until the callback returns: do not free it; what is to be kept is copied, or kept without a copy
    /// by `osisession_event_retain`.
    pub on_event: Option<
        unsafe extern "C-unwind" fn(
            session: *mut osisession_session,
            event: *const osisession_event,
            user_data: *mut c_void,
        ),
    >,
    /// May be NULL. Called once, when no callback with this `user_data` runs or will run any more: after the callbacks were
    /// replaced, or after the session ended or was freed.
    pub on_release: Option<unsafe extern "C-unwind" fn(user_data: *mut c_void)>,
}
sized!(osisession_callbacks, on_release: Option<unsafe extern "C-unwind" fn(*mut c_void)>);

struct Callbacks(osisession_callbacks);

// SAFETY: the caller promises (header) that the callbacks with their user data may be called from the thread that drives.
unsafe impl Send for Callbacks {}

impl Callbacks {
    fn event(&self, handle: usize, event: Event) {
        let Some(on_event) = self.0.on_event else { return };
        // A handle that was freed gets no more events.
        let Ok(session) = SESSIONS.get(handle) else { return };
        session.told(&event);
        drop(session);
        let object = EventObject::new(event);
        let lent = object.lend();
        let _shown = event::Shown::new(&object, &raw const lent);
        let _recorded = record::callback(handle, &raw const lent);
        // SAFETY: the caller's promise; the event lives until the callback returns.
        unsafe { on_event(handle as *mut osisession_session, &raw const lent, self.0.user_data) };
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        if let Some(on_release) = self.0.on_release {
            // SAFETY: the caller's promise; dropped once.
            unsafe { on_release(self.0.user_data) };
        }
    }
}

/// Sets the callbacks: from now on events, those that wait included, go there and not to `osisession_next_event`.
///
/// `callbacks`: copied; NULL, or `on_event` NULL, takes them away.
///
/// Errors: those of the handle, OSISESSION_E_STRUCT_SIZE. On an error nothing is kept, and `on_release` is not called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_set_callbacks(
    session: *mut osisession_session,
    callbacks: *const osisession_callbacks,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_set_callbacks", |a| {
        a.handle(session).params(callbacks).error(error);
    });
    let handle = session as usize;
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            let table = read_sized(callbacks, "the callbacks")?;
            if table.on_event.is_none() {
                object.session.set_handler(None);
                return Ok(());
            }
            let callbacks = Callbacks(table);
            object.session.set_handler(Some(Box::new(move |_, event| callbacks.event(handle, event))));
            Ok(())
        })
    }
}

/// Takes the next event (X.215 indications and confirms).
///
/// `timeout_ms`: how long to wait, milliseconds; 0 takes what is there without driving the endpoint, negative waits for
/// ever. If nothing else drives the endpoint, the waiting caller does. `event`: initialized by OSISESSION_INIT or freed by
/// `osisession_event_free`; receives the event, to be freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED,
/// OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED (the session is
/// over and its last event was taken).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_next_event(
    session: *mut osisession_session,
    timeout_ms: i64,
    event: *mut osisession_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_next_event", |a| {
        a.handle(session).number(timeout_ms).out_event(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            event::check(event)?;
            let taken = if timeout_ms == 0 {
                // Asked in this order, an event that ends the session cannot slip between the two questions.
                let over = object.session.is_over();
                match object.session.try_next_event() {
                    Some(taken) => taken,
                    None if over => {
                        return Err(Failure::new(
                            OSISESSION_E_CLOSED,
                            "the session is over, and its events were taken",
                        ));
                    }
                    None => return Err(Failure::new(OSISESSION_E_WOULD_BLOCK, "no event is there")),
                }
            } else {
                object.session.next_event(timeout(timeout_ms))?
            };
            object.told(&taken);
            event::fill(event, taken)
        })
    }
}

/// Waits for the S-CONNECT confirm of a session made by `osisession_connect` (X.225 7.4).
///
/// `timeout_ms`: milliseconds; negative waits for ever (the session's own limit still holds). `event`: may be NULL; as for
/// `osisession_next_event`, receives OSISESSION_CONNECT_CONFIRM. A rejection or an abort becomes an error with all that is
/// known: its layer, its reason code, its text.
///
/// Errors: those of the handle, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_PEER (rejected or aborted;
/// `reason` of `error`), OSISESSION_E_TRANSPORT (not to be reached), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (the next
/// event is another one and stays), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_wait_connected(
    session: *mut osisession_session,
    timeout_ms: i64,
    event: *mut osisession_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_wait_connected", |a| {
        a.handle(session).number(timeout_ms).out_event(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            if !event.is_null() {
                event::check(event)?;
            }
            let outcome = object.session.wait_outcome(timeout(timeout_ms))?;
            object.told(&outcome);
            match outcome {
                Event::ConnectConfirm(_) if event.is_null() => Ok(()),
                Event::ConnectConfirm(_) => event::fill(event, outcome),
                other => Err(connect_failure(&other).into()),
            }
        })
    }
}

/// Waits until the send queue has room again after OSISESSION_E_WOULD_BLOCK from a data request.
///
/// `timeout_ms`: milliseconds; 0 does not wait, negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_wait_writable(
    session: *mut osisession_session,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_wait_writable", |a| {
        a.handle(session).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { on_session(session, error, |object| Ok(object.session.wait_writable(timeout(timeout_ms))?)) }
}

/// The number of a session within its endpoint, by which log lines name it.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_number(
    session: *mut osisession_session,
    number: *mut u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_number", |a| {
        a.handle(session).out_u64("number", number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            check_out(number, "number")?;
            write_out(number, object.session.id());
            Ok(())
        })
    }
}

/// Whether a data request would be taken: `writable` receives 1 or 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_is_writable(
    session: *mut osisession_session,
    writable: *mut u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_is_writable", |a| {
        a.handle(session).out_u32("writable", writable).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            check_out(writable, "writable")?;
            write_out(writable, object.session.is_writable().into());
            Ok(())
        })
    }
}

/// Properties flag: this side sent CONNECT.
pub const OSISESSION_PROPERTY_INITIATOR: u32 = 0x01;
/// Properties flag: the session is over.
pub const OSISESSION_PROPERTY_OVER: u32 = 0x02;
/// Properties flag: the transport expedited flow is available (TEXP).
pub const OSISESSION_PROPERTY_TRANSPORT_EXPEDITED: u32 = 0x04;
/// Properties flag: extended concatenation may be sent to the peer.
pub const OSISESSION_PROPERTY_EXTENDED_CONCATENATION: u32 = 0x08;
/// Properties flag: an activity is in progress (Vact).
pub const OSISESSION_PROPERTY_ACTIVITY: u32 = 0x10;

/// What was negotiated, and where the session stands: a snapshot (X.225 5.9, A.5.4).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_properties {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_PROPERTY_... flags.
    pub flags: u32,
    /// Functional units selected (OSISESSION_FU_...); 0 before the ACCEPT.
    pub functional_units: u32,
    /// Protocol version selected (OSISESSION_VERSION_...); 0 before the ACCEPT.
    pub version: u32,
    /// Maximum TSDU size selected from initiator to responder, octets; 0: not limited.
    pub tsdu_maximum_to_responder: u32,
    /// Maximum TSDU size selected from responder to initiator, octets; 0: not limited.
    pub tsdu_maximum_to_initiator: u32,
    /// Tokens that exist (AV).
    pub available_tokens: u32,
    /// Tokens that are here (OWNED).
    pub owned_tokens: u32,
    /// V(A), V(M), V(R); with symmetric synchronize those of the sending flow.
    pub serial_numbers: [u64; 3],
    /// V(Ar), V(Mr), V(Rr); without symmetric synchronize the same as above.
    pub receiving_serial_numbers: [u64; 3],
    /// TSDUs sent.
    pub tsdus_sent: u64,
    /// TSDUs received.
    pub tsdus_received: u64,
    /// Octets in TSDUs sent.
    pub octets_sent: u64,
    /// Octets in TSDUs received.
    pub octets_received: u64,
    /// State of Annex A, such as "STA713"; ends with NUL.
    pub state: [c_char; 8],
    /// Deviations of the peer in SPDUs that were accepted so far, one bit each as in the documentation of leniencies; 0: none.
    pub leniencies: u32,
    /// Kinds of deviation of the peer in TPKT and COTP that were accepted so far.
    pub forgiven: u32,
}
sized!(osisession_properties, state: [c_char; 8]);

/// The limits and timers that hold for a session.
///
/// `limits`: initialized by OSISESSION_INIT; receives them in the fields of the configuration that are limits, the others are
/// 0. What is more than a field holds is the largest number of the field.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_limits(
    session: *mut osisession_session,
    limits: *mut osisession_session_config,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_limits", |a| {
        a.handle(session).out(limits).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            check_sized_out(limits, "limits")?;
            write_sized(limits, &limits_of(&object.session.limits()));
            Ok(())
        })
    }
}

/// What was negotiated, and where the session stands.
///
/// `properties`: initialized by OSISESSION_INIT; receives the snapshot.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_properties(
    session: *mut osisession_session,
    properties: *mut osisession_properties,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_properties", |a| {
        a.handle(session).out(properties).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            check_sized_out(properties, "properties")?;
            let p = object.session.properties();
            let flag = |on: bool, flag: u32| if on { flag } else { 0 };
            let mut state = [0; 8];
            for (to, from) in state.iter_mut().take(7).zip(p.state.name().bytes()) {
                *to = from as c_char;
            }
            let snapshot = osisession_properties {
                struct_size: size_of::<osisession_properties>() as u32,
                flags: flag(p.initiator, OSISESSION_PROPERTY_INITIATOR)
                    | flag(object.session.is_over(), OSISESSION_PROPERTY_OVER)
                    | flag(p.transport_expedited, OSISESSION_PROPERTY_TRANSPORT_EXPEDITED)
                    | flag(p.extended_concatenation, OSISESSION_PROPERTY_EXTENDED_CONCATENATION)
                    | flag(p.activity_in_progress, OSISESSION_PROPERTY_ACTIVITY),
                functional_units: p.functional_units.bits().into(),
                version: p.version.bits().into(),
                tsdu_maximum_to_responder: p.tsdu_maximum_size.initiator_to_responder.into(),
                tsdu_maximum_to_initiator: p.tsdu_maximum_size.responder_to_initiator.into(),
                available_tokens: p.available_tokens.bits().into(),
                owned_tokens: p.owned_tokens.bits().into(),
                serial_numbers: p.serial_numbers,
                receiving_serial_numbers: p.receiving_serial_numbers,
                tsdus_sent: p.tsdus[0],
                tsdus_received: p.tsdus[1],
                octets_sent: p.octets[0],
                octets_received: p.octets[1],
                state,
                leniencies: p.leniencies.bits(),
                forgiven: object.session.forgiven().len() as u32,
            };
            write_sized(properties, &snapshot);
            Ok(())
        })
    }
}

/// The peer's address as text, such as "192.0.2.7:40123"; empty for a transport of the caller's own.
///
/// `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`.
///
/// Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_peer_address(
    session: *mut osisession_session,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_peer_address", |a| {
        a.handle(session).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            let address = object.session.peer_address().unwrap_or_default();
            write_text(&address, buffer, capacity, needed)
        })
    }
}

/// What happened: the last transitions of Annex A, oldest first, one line each, "STA02A ACsp -> STA713 (Table A.8)", with
/// the seconds since the endpoint was made before it.
///
/// `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`. `needed` may grow between two calls.
///
/// Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_history(
    session: *mut osisession_session,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_history", |a| {
        a.handle(session).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            let mut text = String::new();
            for t in object.session.history() {
                let _ = write!(text, "{:?}: {} {} -> {}", t.at, t.from.name(), t.event, t.to.name());
                let _ = match t.table {
                    "" => writeln!(text, " (no row)"),
                    table => writeln!(text, " (Table {table})"),
                };
            }
            write_text(&text, buffer, capacity, needed)
        })
    }
}

/// Takes the next line of the ladder: primitives, SPDUs and transport primitives as they passed. Needs
/// OSISESSION_SESSION_TRACE in the configuration.
///
/// `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`. A line that does not fit stays for the next
/// call.
///
/// Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL, OSISESSION_E_WOULD_BLOCK (no line is there).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_next_trace(
    session: *mut osisession_session,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_next_trace", |a| {
        a.handle(session).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            let mut waiting = object.trace_line.lock();
            let line = match waiting.take() {
                Some(line) => line,
                None => match object.session.next_trace() {
                    Some(record) => record.to_line(),
                    None => return Err(Failure::new(OSISESSION_E_WOULD_BLOCK, "no trace line is there")),
                },
            };
            write_text(&line, buffer, capacity, needed).inspect_err(|_| *waiting = Some(line))
        })
    }
}

/// Aborts the session if it is still open (S-U-ABORT, X.225 7.9), and forgets its events. The handle stays valid and
/// answers OSISESSION_E_CLOSED; calling it again does nothing.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_close(
    session: *mut osisession_session,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_session_close", |a| {
        a.handle(session).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        on_session(session, error, |object| {
            object.session.close();
            Ok(())
        })
    }
}

/// Closes a session (see `osisession_session_close`) and ends its handle. Calls on it in other threads end with an error or
/// as they would have ended; no callback begins after this returns. Release a session before freeing it: freeing an open
/// one aborts it.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_session_free(session: *mut osisession_session) -> i32 {
    let _recorded = record::call("osisession_session_free", |a| {
        a.handle(session);
    });
    let mut releases = None;
    // SAFETY: no pointer is used.
    let status = unsafe {
        call(std::ptr::null_mut(), || {
            if session.is_null() {
                return Ok(());
            }
            let object = SESSIONS.remove(session as usize)?;
            releases = Some(object.releases.clone());
            if let Some(endpoint) = object.endpoint.upgrade() {
                endpoint.forget(object.session.id());
            }
            object.session.close();
            object.session.set_handler(None);
            Ok(())
        })
    };
    if let Some(releases) = releases {
        releases.run();
    }
    status
}
