//! Requests and responses: the client. The server is in `rpc_server.rs`.
use crate::boundary::*;
use crate::config::{self, osisession_session_config};
use crate::endpoint::{self, osisession_endpoint};
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::status::*;
use osisession::Bytes;
use osisession::circuit::{Circuit, Event, State};
use osisession::durable::journal_error;
use osisession::journal::RedbJournal;
use osisession::rpc::{
    Answer, AssociationId, Client, ClientConfig, Failure as Failed, Options, RequestJournal, Retry, Why,
};
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

/// Asks a server, over a session that it keeps. Made by `osisession_rpc_client_new`, ended by `osisession_rpc_client_free`. All its functions may be
/// called from any thread.
pub struct osisession_rpc_client {
    _never: (),
}

/// Client flag: only one side speaks at a time; the token is passed by itself.
pub const OSISESSION_RPC_HALF_DUPLEX: u32 = 0x01;
/// Client flag: open the session although nobody asks for anything, and again after a loss.
pub const OSISESSION_RPC_KEEP_OPEN: u32 = 0x02;
/// Client flag: the circuit never opens; attempts go on for ever.
pub const OSISESSION_RPC_NEVER_TRIP: u32 = 0x04;

/// Request flag: to carry it out twice does no harm; it is sent again to any peer.
pub const OSISESSION_RPC_IDEMPOTENT: u32 = 0x01;

/// The response came.
pub const OSISESSION_RPC_RESPONSE: u32 = 1;
/// The peer answered with an error.
pub const OSISESSION_RPC_ERROR: u32 = 2;
/// It certainly was not carried out.
pub const OSISESSION_RPC_NOT_DONE: u32 = 3;
/// Nobody knows whether it was carried out.
pub const OSISESSION_RPC_UNKNOWN: u32 = 4;

/// Its deadline passed.
pub const OSISESSION_RPC_DEADLINE: u32 = 1;
/// It was cancelled.
pub const OSISESSION_RPC_CANCELLED: u32 = 2;
/// The peer had too much under way.
pub const OSISESSION_RPC_BUSY: u32 = 3;
/// The connection was lost, and the peer does not know any more what it was asked.
pub const OSISESSION_RPC_PEER_FORGOT: u32 = 4;
/// The peer's process ended while it carried it out.
pub const OSISESSION_RPC_INTERRUPTED: u32 = 5;
/// The client was closed.
pub const OSISESSION_RPC_CLOSED: u32 = 6;
/// There is no connection, and no attempt is made for now.
pub const OSISESSION_RPC_UNREACHABLE: u32 = 7;

/// Code of an error: its caller cancelled it.
pub const OSISESSION_RPC_CODE_CANCELLED: u32 = 4;
/// Code of an error: it was not answered within the peer's own time.
pub const OSISESSION_RPC_CODE_OVERDUE: u32 = 5;
/// Code of an error: the peer's application gave no answer.
pub const OSISESSION_RPC_CODE_UNANSWERED: u32 = 6;
/// The first code of the application's own, up to 65535.
pub const OSISESSION_RPC_CODE_APPLICATION: u32 = 256;

/// The session is not there, and nobody wants it.
pub const OSISESSION_RPC_STATE_IDLE: u32 = 0;
/// An attempt to open the session is under way.
pub const OSISESSION_RPC_STATE_OPENING: u32 = 1;
/// The next attempt waits for its time.
pub const OSISESSION_RPC_STATE_WAITING: u32 = 2;
/// The session is there.
pub const OSISESSION_RPC_STATE_UP: u32 = 3;
/// The session is being closed because it is not used.
pub const OSISESSION_RPC_STATE_CLOSING: u32 = 4;
/// The circuit is open: no attempt for now.
pub const OSISESSION_RPC_STATE_TRIPPED: u32 = 5;
/// The circuit is half open: who asks next makes the attempt that decides.
pub const OSISESSION_RPC_STATE_ARMED: u32 = 6;
/// That attempt is under way.
pub const OSISESSION_RPC_STATE_TRIAL: u32 = 7;
/// Refused for good, or closed.
pub const OSISESSION_RPC_STATE_STOPPED: u32 = 8;

/// Circuit: attempts are made.
pub const OSISESSION_RPC_CIRCUIT_CLOSED: u32 = 0;
/// Circuit: too many attempts failed, none is made for now.
pub const OSISESSION_RPC_CIRCUIT_OPEN: u32 = 1;
/// Circuit: one attempt is made, and decides.
pub const OSISESSION_RPC_CIRCUIT_HALF_OPEN: u32 = 2;

/// The circuit opened, is tried, or closed (`circuit`).
pub const OSISESSION_RPC_EVENT_CIRCUIT: u32 = 1;
/// An attempt is made (`failures` before it).
pub const OSISESSION_RPC_EVENT_ATTEMPT: u32 = 2;
/// An attempt failed (`error`, `next_ms`).
pub const OSISESSION_RPC_EVENT_FAILED: u32 = 3;
/// The session is up.
pub const OSISESSION_RPC_EVENT_UP: u32 = 4;
/// The session is gone (`error`; its status 0: it was closed because nobody used it).
pub const OSISESSION_RPC_EVENT_DOWN: u32 = 5;
/// No attempt is made any more before `osisession_rpc_client_reset` (`error`).
pub const OSISESSION_RPC_EVENT_STOPPED: u32 = 6;

/// How a client behaves. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_rpc_client_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_RPC_HALF_DUPLEX, OSISESSION_RPC_KEEP_OPEN, OSISESSION_RPC_NEVER_TRIP.
    pub flags: u32,
    /// The session below; NULL: as always.
    pub session: *const osisession_session_config,
    /// Calling session selector, at most 16 octets.
    pub calling_selector: osisession_octets,
    /// Called session selector, at most 16 octets.
    pub called_selector: osisession_octets,
    /// What the application says in S-CONNECT.
    pub user_data: osisession_octets,
    /// The name of the association, 16 octets; empty: drawn at random.
    pub association: osisession_octets,
    /// Octets of one message, both ways. 0: 1 MiB.
    pub max_message: u64,
    /// Requests without an outcome. 0: 64.
    pub max_open: u32,
    /// Attempts that fail one after the other until the circuit opens. 0: 5.
    pub trip_after: u32,
    /// Milliseconds before the second attempt; more before those that follow. 0: 200.
    pub first_delay_ms: u32,
    /// The longest of these delays. 0: 30,000.
    pub longest_delay_ms: u32,
    /// Milliseconds that an attempt may take. 0: 10,000.
    pub open_within_ms: u32,
    /// Milliseconds that the circuit stays open; more after attempts in vain. 0: 30,000.
    pub open_circuit_ms: u32,
    /// Close the session when nothing was under way for so many milliseconds; the next request opens it again. 0: never.
    pub idle_after_ms: u32,
    /// 0.
    pub reserved: u32,
    /// A file where requests are kept, so that none is carried out twice and each gets its outcome also when this process ends meanwhile; NULL: they are
    /// not. The association is then the one of the file. See `osisession_rpc_client_resumed`.
    pub journal: *const c_char,
}
sized!(osisession_rpc_client_config, journal: *const c_char);

/// What became of a request. Initialized by OSISESSION_INIT, freed by `osisession_rpc_outcome_free`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_rpc_outcome {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_RPC_RESPONSE to OSISESSION_RPC_UNKNOWN.
    pub kind: u32,
    /// The library's; leave it alone.
    pub owner: u64,
    /// The number of the request.
    pub id: u64,
    /// Of OSISESSION_RPC_ERROR: OSISESSION_RPC_CODE_..., or the application's own.
    pub code: u32,
    /// Of OSISESSION_RPC_NOT_DONE and OSISESSION_RPC_UNKNOWN: OSISESSION_RPC_DEADLINE to OSISESSION_RPC_UNREACHABLE.
    pub why: u32,
    /// The response, or what the peer says about its error.
    pub data: osisession_octets,
    /// With all that is known; NULL with a response.
    pub error: *const osisession_error_info,
}
sized!(osisession_rpc_outcome, error: *const osisession_error_info);

/// Gets the outcome of a request. It is lent until the function returns: do not free it.
///
/// Called once, in the thread that drives the endpoint, with nothing locked: it may call anything. A C++ exception must not leave it.
pub type osisession_rpc_on_outcome =
    Option<unsafe extern "C-unwind" fn(outcome: *const osisession_rpc_outcome, user_data: *mut c_void)>;

/// How one request is to be treated. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_rpc_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_RPC_IDEMPOTENT.
    pub flags: u32,
    /// Milliseconds until the caller stops waiting, which settles the request. 0: never.
    pub timeout_ms: u64,
    /// Of `osisession_rpc_start`: gets the outcome; NULL: it waits for `osisession_rpc_next_outcome`.
    pub on_outcome: osisession_rpc_on_outcome,
    /// Handed to it.
    pub user_data: *mut c_void,
}
sized!(osisession_rpc_params, user_data: *mut c_void);

/// Where a client's session stands.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_rpc_state {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_RPC_STATE_...
    pub state: u32,
    /// OSISESSION_RPC_CIRCUIT_...
    pub circuit: u32,
    /// Attempts that failed, one after the other.
    pub failures: u32,
    /// Requests without an outcome.
    pub waiting: u32,
    /// The status of the last attempt that failed; 0 since the session is up.
    pub last_status: i32,
    /// Milliseconds until the next attempt is made, or may be made; -1: none is due.
    pub next_ms: i64,
    /// The name of the association.
    pub association: [u8; 16],
}
sized!(osisession_rpc_state, association: [u8; 16]);

/// What happened to a client's session.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_rpc_event {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_RPC_EVENT_...
    pub r#type: u32,
    /// OSISESSION_RPC_CIRCUIT_...
    pub circuit: u32,
    /// Attempts that failed.
    pub failures: u32,
    /// Milliseconds until the next attempt; -1: when somebody asks.
    pub next_ms: i64,
    /// Why; its status is 0 where there is nothing to say.
    pub error: osisession_error_info,
}
sized!(osisession_rpc_event, error: osisession_error_info);

static CLIENTS: Table<Client> = Table::new(Kind::RpcClient);

/// What an outcome points to.
pub(crate) struct OutcomeObject {
    data: Bytes,
    error: Option<Box<osisession_error_info>>,
}

static OUTCOMES: Table<OutcomeObject> = Table::new(Kind::RpcOutcome);

fn invalid(text: String) -> Failure {
    Failure::owned(OSISESSION_E_INVALID, text)
}

pub(crate) fn milliseconds(to: &mut Duration, milliseconds: u32) {
    if milliseconds != 0 {
        *to = Duration::from_millis(milliseconds.into());
    }
}

pub(crate) fn size(to: &mut usize, number: u64) {
    if number != 0 {
        *to = usize::try_from(number).unwrap_or(usize::MAX);
    }
}

/// The file that a client or a server keeps its requests in.
///
/// # Safety
/// As every function of this ABI.
pub(crate) unsafe fn journal(path: *const c_char) -> Result<Option<RequestJournal>> {
    if path.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promises.
    let path = unsafe { string(path, "journal")? };
    let opened = RedbJournal::open(path).map_err(|error| journal_error(&error))?;
    Ok(Some(RequestJournal::new(Arc::new(opened), "")))
}

/// # Safety
/// As every function of this ABI.
unsafe fn client_config(from: *const osisession_rpc_client_config) -> Result<ClientConfig> {
    // SAFETY: the caller's promises.
    let (c, session, octets) = unsafe {
        let c = read_sized(from, "the configuration of the client")?;
        let octets = [
            c.calling_selector.copy("calling_selector")?,
            c.called_selector.copy("called_selector")?,
            c.user_data.copy("user_data")?,
            c.association.copy("association")?,
        ];
        (c, config::session_config(c.session)?, octets)
    };
    let known = OSISESSION_RPC_HALF_DUPLEX | OSISESSION_RPC_KEEP_OPEN | OSISESSION_RPC_NEVER_TRIP;
    if c.flags & !known != 0 {
        return Err(invalid(format!("flags {:#x} mean nothing", c.flags & !known)));
    }
    let mut config = ClientConfig::default();
    config.session = session;
    let association;
    [config.calling_selector, config.called_selector, config.user_data, association] = octets;
    if !association.is_empty() {
        let name = AssociationId::try_from(&association[..]);
        config.association = Some(name.map_err(|_| invalid("an association has 16 octets".to_owned()))?);
    }
    config.half_duplex = c.flags & OSISESSION_RPC_HALF_DUPLEX != 0;
    size(&mut config.calls.max_message, c.max_message);
    size(&mut config.calls.max_open, c.max_open.into());
    let circuit = &mut config.circuit;
    circuit.keep_open = c.flags & OSISESSION_RPC_KEEP_OPEN != 0;
    if c.trip_after != 0 {
        circuit.trip_after = Some(c.trip_after);
    }
    if c.flags & OSISESSION_RPC_NEVER_TRIP != 0 {
        circuit.trip_after = None;
    }
    milliseconds(&mut circuit.first_delay, c.first_delay_ms);
    milliseconds(&mut circuit.longest_delay, c.longest_delay_ms);
    milliseconds(&mut circuit.open_within, c.open_within_ms);
    milliseconds(&mut circuit.open_circuit, c.open_circuit_ms);
    // SAFETY: the caller's promises.
    config.journal = unsafe { journal(c.journal)? };
    let circuit = &mut config.circuit;
    circuit.idle_after = (c.idle_after_ms != 0).then(|| Duration::from_millis(c.idle_after_ms.into()));
    Ok(config)
}

fn find(handle: *mut osisession_rpc_client) -> Result<Arc<Client>> {
    CLIENTS.get(handle as usize)
}

/// Makes a client of the server at `address`, which is as for `osisession_connect`. Nothing is opened before the first request, unless
/// OSISESSION_RPC_KEEP_OPEN says so; where the session is opened, a host name is looked up, which blocks.
///
/// `endpoint`: where it lives; it drives the client as it drives sessions. `config`: copied; NULL is all zero. `client` receives the handle.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_new(
    endpoint: *mut osisession_endpoint,
    address: *const c_char,
    config: *const osisession_rpc_client_config,
    client: *mut *mut osisession_rpc_client,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_client_new", |a| {
        a.handle(endpoint).text(address).params(config).out_handle("client", client).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        endpoint::on_endpoint(endpoint, error, |endpoint| {
            let address = string(address, "address")?;
            let config = client_config(config)?;
            check_out(client, "client")?;
            let made = Client::new(&endpoint.endpoint, &address, config)?;
            let (handle, _) = CLIENTS.insert_value(made)?;
            write_out(client, handle as *mut osisession_rpc_client);
            Ok(())
        })
    }
}

/// Closes a client and ends its handle: the session is aborted, and every request without outcome gets one.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_free(client: *mut osisession_rpc_client) -> i32 {
    let _recorded = record::call("osisession_rpc_client_free", |a| {
        a.handle(client);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !client.is_null() {
                CLIENTS.remove(client as usize)?.close();
            }
            Ok(())
        })
    }
}

/// Opens the session if it is not there, and waits for it.
///
/// `timeout_ms`: how long to wait, milliseconds; negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED; where no attempt is made now, what the last one failed with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_open(
    client: *mut osisession_rpc_client,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_client_open", |a| {
        a.handle(client).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(client)?.open(timeout(timeout_ms))?)) }
}

/// Where the session stands, and the circuit.
///
/// `state`: initialized by OSISESSION_INIT.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_state(
    client: *mut osisession_rpc_client,
    state: *mut osisession_rpc_state,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_client_state", |a| {
        a.handle(client).out(state).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let client = find(client)?;
            check_sized_out(state, "the state")?;
            let progress = client.progress();
            let c = osisession_rpc_state {
                struct_size: 0,
                state: state_number(progress.state),
                circuit: circuit_number(progress.circuit),
                failures: progress.failures,
                waiting: u32::try_from(progress.waiting).unwrap_or(u32::MAX),
                last_status: progress.last.map_or(OSISESSION_OK, |error| of_kind(error.kind())),
                next_ms: next_ms(progress.next),
                association: client.association(),
            };
            write_sized(state, &c);
            Ok(())
        })
    }
}

fn next_ms(next: Option<Duration>) -> i64 {
    next.map_or(-1, |next| i64::try_from(next.as_millis()).unwrap_or(i64::MAX))
}

fn circuit_number(circuit: Circuit) -> u32 {
    match circuit {
        Circuit::Closed => OSISESSION_RPC_CIRCUIT_CLOSED,
        Circuit::Open => OSISESSION_RPC_CIRCUIT_OPEN,
        Circuit::HalfOpen => OSISESSION_RPC_CIRCUIT_HALF_OPEN,
    }
}

fn state_number(state: State) -> u32 {
    match state {
        State::Idle => OSISESSION_RPC_STATE_IDLE,
        State::Opening => OSISESSION_RPC_STATE_OPENING,
        State::Waiting => OSISESSION_RPC_STATE_WAITING,
        State::Up => OSISESSION_RPC_STATE_UP,
        State::Closing => OSISESSION_RPC_STATE_CLOSING,
        State::Tripped => OSISESSION_RPC_STATE_TRIPPED,
        State::Armed => OSISESSION_RPC_STATE_ARMED,
        State::Trial => OSISESSION_RPC_STATE_TRIAL,
        State::Stopped => OSISESSION_RPC_STATE_STOPPED,
    }
}

/// Takes what happened to the session next; the last 256 events are kept.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `event`: initialized by OSISESSION_INIT; nothing in it is
/// to be freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0),
/// OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_next_event(
    client: *mut osisession_rpc_client,
    timeout_ms: i64,
    event: *mut osisession_rpc_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_client_next_event", |a| {
        a.handle(client).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let client = find(client)?;
            check_sized_out(event, "the event")?;
            let told = match timeout_ms {
                0 => client.try_next_event().ok_or_else(|| nothing("no event is there"))?,
                _ => client.next_event(timeout(timeout_ms))?,
            };
            write_sized(event, &event_for_c(&told)?);
            Ok(())
        })
    }
}

pub(crate) fn nothing(text: &'static str) -> Failure {
    Failure::new(OSISESSION_E_WOULD_BLOCK, text)
}

fn event_for_c(event: &Event) -> Result<osisession_rpc_event> {
    let mut c = osisession_rpc_event {
        struct_size: 0,
        r#type: 0,
        circuit: 0,
        failures: 0,
        next_ms: -1,
        error: osisession_error_info::empty(),
    };
    let info = osisession_error_info::of_error;
    c.r#type = match event {
        Event::Circuit(circuit) => {
            c.circuit = circuit_number(*circuit);
            OSISESSION_RPC_EVENT_CIRCUIT
        }
        Event::Attempt { failures } => {
            c.failures = *failures;
            OSISESSION_RPC_EVENT_ATTEMPT
        }
        Event::Failed { error, next } => {
            (c.error, c.next_ms) = (info(error), next_ms(*next));
            OSISESSION_RPC_EVENT_FAILED
        }
        Event::Up => OSISESSION_RPC_EVENT_UP,
        Event::Down { error } => {
            c.error = error.as_ref().map_or(c.error, info);
            OSISESSION_RPC_EVENT_DOWN
        }
        Event::Stopped(error) => {
            c.error = info(error);
            OSISESSION_RPC_EVENT_STOPPED
        }
        _ => return Err(Failure::new(OSISESSION_E_INTERNAL, "an event that has no number")),
    };
    Ok(c)
}

/// Makes the next attempt at once, also where the circuit is open or attempts were stopped.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_reset(
    client: *mut osisession_rpc_client,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_client_reset", |a| {
        a.handle(client).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(client)?.reset();
            Ok(())
        })
    }
}

/// Releases the session in order and closes the client. The handle stays valid, and is still to be freed.
///
/// `timeout_ms`: how long the release may take, milliseconds; negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_TIMED_OUT (the session was aborted).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_release(
    client: *mut osisession_rpc_client,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_client_release", |a| {
        a.handle(client).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(client)?.release(timeout(timeout_ms))?)) }
}

// Asking.

fn why_number(why: Why) -> u32 {
    match why {
        Why::Deadline => OSISESSION_RPC_DEADLINE,
        Why::Cancelled => OSISESSION_RPC_CANCELLED,
        Why::Busy => OSISESSION_RPC_BUSY,
        Why::PeerForgot => OSISESSION_RPC_PEER_FORGOT,
        Why::Interrupted => OSISESSION_RPC_INTERRUPTED,
        Why::Closed => OSISESSION_RPC_CLOSED,
        Why::Unreachable => OSISESSION_RPC_UNREACHABLE,
    }
}

/// The outcome for C, without its owner; `Err` if it never became a request.
fn outcome_for_c(id: u64, answer: Answer) -> Result<(osisession_rpc_outcome, OutcomeObject)> {
    let error =
        answer.as_ref().err().map(|failed| Box::new(osisession_error_info::of_error(&failed.error())));
    let (kind, code, why, data) = match answer {
        Ok(data) => (OSISESSION_RPC_RESPONSE, 0, 0, data),
        Err(Failed::Answered { code, data }) => (OSISESSION_RPC_ERROR, u32::from(code), 0, data),
        Err(Failed::NotDone { why, .. }) => (OSISESSION_RPC_NOT_DONE, 0, why_number(why), Bytes::new()),
        Err(Failed::Unknown { why, .. }) => (OSISESSION_RPC_UNKNOWN, 0, why_number(why), Bytes::new()),
        Err(other) => return Err(other.error().into()),
    };
    let object = OutcomeObject { data, error };
    let c = osisession_rpc_outcome {
        struct_size: size_of::<osisession_rpc_outcome>() as u32,
        kind,
        owner: 0,
        id,
        code,
        why,
        data: osisession_octets::lend(&object.data),
        error: object.error.as_ref().map_or(std::ptr::null(), |error| &raw const **error),
    };
    Ok((c, object))
}

/// Checks that an outcome can be filled before anything is done.
///
/// # Safety
/// `outcome` is NULL or points to as many octets as its `struct_size` says.
unsafe fn check(outcome: *mut osisession_rpc_outcome) -> Result {
    // SAFETY: the caller's promise; the smallest size reaches beyond `owner`.
    unsafe {
        check_sized_out(outcome, "the outcome")?;
        if (&raw const (*outcome).owner).read_unaligned() != 0 {
            return Err(Failure::new(
                OSISESSION_E_NOT_FREED,
                "the outcome still owns octets: osisession_rpc_outcome_free first (or OSISESSION_INIT a struct never filled)",
            ));
        }
    }
    Ok(())
}

/// # Safety
/// As [`check`], which was called.
unsafe fn fill(to: *mut osisession_rpc_outcome, id: u64, answer: Answer) -> Result {
    let (mut c, object) = outcome_for_c(id, answer)?;
    let (owner, _) = OUTCOMES.insert_value(object)?;
    c.owner = owner as u64;
    // SAFETY: the caller's promise.
    unsafe { write_sized(to, &c) };
    Ok(())
}

/// # Safety
/// As every function of this ABI.
unsafe fn params(from: *const osisession_rpc_params) -> Result<(osisession_rpc_params, Options)> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the parameters of the request")? };
    if c.flags & !OSISESSION_RPC_IDEMPOTENT != 0 {
        return Err(invalid(format!("flags {:#x} mean nothing", c.flags & !OSISESSION_RPC_IDEMPOTENT)));
    }
    let retry = match c.flags & OSISESSION_RPC_IDEMPOTENT {
        0 => Retry::AtMostOnce,
        _ => Retry::Idempotent,
    };
    let timeout = (c.timeout_ms != 0).then(|| Duration::from_millis(c.timeout_ms));
    Ok((c, Options { timeout, retry }))
}

struct UserData(*mut c_void);

// SAFETY: the caller promises (header) that the function may be called from the thread that drives.
unsafe impl Send for UserData {}

impl UserData {
    fn get(&self) -> *mut c_void {
        self.0
    }
}

/// Asks, and waits for the outcome. It is carried out at most once, or, with OSISESSION_RPC_IDEMPOTENT, as often as losses of the connection ask for.
///
/// `data`, `length`: what is asked. `params`: NULL is all zero; its `on_outcome` is not called. `outcome`: initialized by OSISESSION_INIT or
/// freed; receives what became of the request, to be freed by `osisession_rpc_outcome_free`. If nothing else drives the endpoint, the waiting caller does.
///
/// OSISESSION_OK: the request has its outcome; look at its `kind`. Errors, with which it never became a request and was not carried out: those of the
/// handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_INVALID (too long), OSISESSION_E_LIMIT, OSISESSION_E_CLOSED;
/// where the circuit is open, what the last attempt failed with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_request(
    client: *mut osisession_rpc_client,
    data: *const c_void,
    length: usize,
    params: *const osisession_rpc_params,
    outcome: *mut osisession_rpc_outcome,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_request", |a| {
        a.handle(client).octets(data, length).params(params).out(outcome).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let client = find(client)?;
            check(outcome)?;
            let data = octets(data, length, "data")?;
            let (_, options) = self::params(params)?;
            let asked = client.start(data, options).map_err(|failed| failed.error())?;
            let (id, answer) = (asked.id(), asked.wait());
            fill(outcome, id, answer)
        })
    }
}

/// Asks and does not wait. Any number of requests may be under way, as far as `max_open` goes.
///
/// `params`: NULL is all zero. With `on_outcome` that gets the outcome, exactly once, unless this call fails; without, it waits for
/// `osisession_rpc_next_outcome`. `id` (may be NULL) receives the number of the request; with `on_outcome` that may be called before this call returns.
///
/// Errors: as of `osisession_rpc_request`; OSISESSION_E_LIMIT also if as many outcomes as `max_open` were not taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_start(
    client: *mut osisession_rpc_client,
    data: *const c_void,
    length: usize,
    params: *const osisession_rpc_params,
    id: *mut u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_start", |a| {
        a.handle(client).octets(data, length).params(params).out_u64("id", id).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let client = find(client)?;
            let data = octets(data, length, "data")?;
            let (c, options) = self::params(params)?;
            let asked = match c.on_outcome {
                None => client.start_queued(data, options),
                Some(on_outcome) => {
                    let user_data = UserData(c.user_data);
                    let done = move |id, answer: Answer| {
                        if let Ok((lent, _object)) = outcome_for_c(id, answer) {
                            on_outcome(&raw const lent, user_data.get());
                        }
                    };
                    client.start_with(data, options, done)
                }
            };
            write_out(id, asked.map_err(|failed| failed.error())?);
            Ok(())
        })
    }
}

/// Takes the next outcome of a request that was started without `on_outcome`.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `outcome`: as for `osisession_rpc_request`; its `id` says which
/// request it is.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms`
/// 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED (the client is closed, and all were taken).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_next_outcome(
    client: *mut osisession_rpc_client,
    timeout_ms: i64,
    outcome: *mut osisession_rpc_outcome,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_next_outcome", |a| {
        a.handle(client).number(timeout_ms).out(outcome).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let client = find(client)?;
            check(outcome)?;
            let (id, answer) = match timeout_ms {
                0 => client.try_next_outcome().ok_or_else(|| nothing("no outcome is there"))?,
                _ => client.next_outcome(timeout(timeout_ms))?,
            };
            fill(outcome, id, answer)
        })
    }
}

/// Stops a request as far as that is possible. It still gets its outcome: one that was not sent is not done, otherwise what the peer says, or that nobody
/// knows.
///
/// Errors: those of the handle, OSISESSION_E_REFUSED (it has its outcome).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_cancel(
    client: *mut osisession_rpc_client,
    id: u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_cancel", |a| {
        a.handle(client).number(id).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(client)?.cancel(id)?)) }
}

/// Asks for something without response: at most once, and if the session is lost perhaps not at all.
///
/// `timeout_ms`: how long opening the session may take, milliseconds; negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (too long), OSISESSION_E_TIMED_OUT, OSISESSION_E_LIMIT, OSISESSION_E_CLOSED; where no
/// attempt is made now, what the last one failed with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_one_way(
    client: *mut osisession_rpc_client,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_one_way", |a| {
        a.handle(client).octets(data, length).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let client = find(client)?;
            let data = octets(data, length, "data")?;
            Ok(client.one_way(&data, timeout(timeout_ms))?)
        })
    }
}

/// Frees what an outcome points to and makes it ready to be filled again.
///
/// NULL, a zeroed outcome, and one that was freed are all fine. Freeing a second copy of the same outcome returns OSISESSION_E_STALE and does no
/// harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_outcome_free(outcome: *mut osisession_rpc_outcome) -> i32 {
    let _recorded = record::call("osisession_rpc_outcome_free", |a| {
        a.out(outcome);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(std::ptr::null_mut(), || {
            if outcome.is_null() || outcome.cast::<u32>().read_unaligned() == 0 {
                return Ok(());
            }
            check_sized_out(outcome, "the outcome")?;
            let owner = (&raw const (*outcome).owner).read_unaligned();
            let empty = osisession_rpc_outcome {
                struct_size: 0,
                kind: 0,
                owner: 0,
                id: 0,
                code: 0,
                why: 0,
                data: osisession_octets::NONE,
                error: std::ptr::null(),
            };
            write_sized(outcome, &empty);
            match owner {
                0 => Ok(()),
                owner => OUTCOMES.remove(usize::try_from(owner).unwrap_or(usize::MAX)).map(drop),
            }
        })
    }
}

/// The numbers of the requests that were without outcome in the journal when the client was made. They go on; what becomes of them is taken by
/// `osisession_rpc_next_outcome`, and `osisession_rpc_cancel` ends them.
///
/// `numbers`: room for `capacity` numbers; may be NULL if `capacity` is 0. `count` (may be NULL) receives how many there are. Any thread; does not wait.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_BUFFER_TOO_SMALL: nothing was written but `count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_rpc_client_resumed(
    client: *mut osisession_rpc_client,
    numbers: *mut u64,
    capacity: usize,
    count: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_rpc_client_resumed", |a| {
        a.handle(client).buffer(numbers, capacity).out(count).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let client = find(client)?;
            let resumed = client.resumed();
            if capacity > 0 {
                check_out(numbers, "numbers")?;
            }
            if !count.is_null() {
                count.write(resumed.len());
            }
            if resumed.len() > capacity {
                let text = format!("there are {} numbers", resumed.len());
                return Err(Failure::owned(OSISESSION_E_BUFFER_TOO_SMALL, text));
            }
            for (index, number) in resumed.iter().enumerate() {
                numbers.add(index).write(*number);
            }
            Ok(())
        })
    }
}
