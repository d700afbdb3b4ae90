//! DECnet: logical links, and what they tell.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::scp::{self, Number, ScpEndpoint, osisession_scp_endpoint};
use crate::status::*;
use osisession::decnet::{
    AccessControl, ConnectOptions, EndUser, IncomingLink, LinkEvent, LogicalLink, Reason,
};
use osisession::{Bytes, ErrorKind};
use parking_lot::Mutex;
use std::ffi::{c_char, c_void};
use std::sync::{Arc, Weak};

/// A logical link. Made by `osisession_scp_connect` or `osisession_scp_listener_accept`, ended by `osisession_scp_link_free`. All its functions may be
/// called from any thread, also at the same time.
pub struct osisession_scp_link {
    _never: (),
}

/// A connect from another node, to be accepted or rejected.
pub const OSISESSION_SCP_CALL: u32 = 1;
/// Our connect was accepted; the link is open. `user_data`: accept data.
pub const OSISESSION_SCP_ACCEPTED: u32 = 2;
/// The caller has our acceptance; the link is open. Sending was possible before.
pub const OSISESSION_SCP_RUNNING: u32 = 3;
/// A message, which may be empty.
pub const OSISESSION_SCP_MESSAGE: u32 = 4;
/// An interrupt message, 1 to 16 octets. It may have overtaken messages.
pub const OSISESSION_SCP_INTERRUPT: u32 = 5;
/// A send was answered with OSISESSION_E_WOULD_BLOCK; now there is room.
pub const OSISESSION_SCP_SEND_READY: u32 = 6;
/// An interrupt was answered with OSISESSION_E_WOULD_BLOCK; now the peer takes one.
pub const OSISESSION_SCP_INTERRUPT_READY: u32 = 7;
/// Our connect was rejected, or could not be delivered. The last event.
pub const OSISESSION_SCP_REJECTED: u32 = 8;
/// The link ended without our asking for it, after everything that came before. The last event.
pub const OSISESSION_SCP_DISCONNECTED: u32 = 9;
/// The end that was asked for here is complete. The last event.
pub const OSISESSION_SCP_CLOSED: u32 = 10;

/// Reason: rejected or disconnected by the end user.
pub const OSISESSION_SCP_REASON_BY_END_USER: u32 = 0;
/// Reason: nobody answers to that object.
pub const OSISESSION_SCP_REASON_NO_SUCH_OBJECT: u32 = 4;
/// Reason: aborted by the end user.
pub const OSISESSION_SCP_REASON_ABORTED: u32 = 9;
/// Reason: user name or password not accepted.
pub const OSISESSION_SCP_REASON_ACCESS_REFUSED: u32 = 34;
/// Reason: the object did not answer in time, or failed.
pub const OSISESSION_SCP_REASON_NO_ANSWER: u32 = 38;
/// Reason: the node cannot be reached, or was lost.
pub const OSISESSION_SCP_REASON_UNREACHABLE: u32 = 39;

/// Flag of connects: `user`, `password` and `account` are there.
pub const OSISESSION_SCP_ACCESS: u32 = 0x01;
/// Flag of connects: the caller asks to be let in by who it is.
pub const OSISESSION_SCP_PROXY: u32 = 0x02;

/// What a connect says. Every field but the object: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_scp_connect_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_SCP_ACCESS, OSISESSION_SCP_PROXY.
    pub flags: u32,
    /// The object's number, 1 to 255; 0: by `object_name`.
    pub object_number: u32,
    /// Who calls, by number, 1 to 255; 0: by `source_name`.
    pub source_number: u32,
    /// Group code of the source.
    pub source_group: u32,
    /// User code of the source. With neither the source is by name alone.
    pub source_user: u32,
    /// The object's name, at most 16 octets.
    pub object_name: osisession_octets,
    /// Who calls, at most 16 octets, 12 with codes; empty: "OSISESSION".
    pub source_name: osisession_octets,
    /// User name, at most 39 octets. The three travel in clear.
    pub user: osisession_octets,
    /// Password, at most 39 octets.
    pub password: osisession_octets,
    /// Account, at most 39 octets.
    pub account: osisession_octets,
    /// User data, at most 16 octets.
    pub user_data: osisession_octets,
}
sized!(osisession_scp_connect_params, user_data: osisession_octets);

/// What a link tells. Initialize it by OSISESSION_INIT, free it by `osisession_scp_event_free`: what it points to lives until then.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_scp_event {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_SCP_CALL to OSISESSION_SCP_CLOSED.
    pub r#type: u32,
    /// The library's; leave it alone.
    pub owner: u64,
    /// Why: of OSISESSION_SCP_REJECTED and OSISESSION_SCP_DISCONNECTED.
    pub reason: u32,
    /// Of OSISESSION_SCP_CALL: OSISESSION_SCP_ACCESS, OSISESSION_SCP_PROXY.
    pub flags: u32,
    /// The message, or what came with the connect, accept, reject or disconnect (at most 16 octets).
    pub user_data: osisession_octets,
    /// Of OSISESSION_SCP_DISCONNECTED: the peer's fault; NULL: it broke no rule.
    pub error: *const osisession_error_info,
    /// Of OSISESSION_SCP_CALL, as what follows: the node that calls, "1.2". Ends with NUL.
    pub node: [c_char; 8],
    /// Its name, if it is known. Ends with NUL.
    pub node_name: [c_char; 8],
    /// The number by which the object was called; 0: by name.
    pub object_number: u32,
    /// Who calls, by number; 0: by name.
    pub source_number: u32,
    /// Group code of the source; 0 without.
    pub source_group: u32,
    /// User code of the source; 0 without.
    pub source_user: u32,
    /// The name by which the object was called.
    pub object_name: osisession_octets,
    /// Who calls.
    pub source_name: osisession_octets,
    /// User name.
    pub user: osisession_octets,
    /// Password; empty where the object has accounts, which were checked.
    pub password: osisession_octets,
    /// Account.
    pub account: osisession_octets,
}
sized!(osisession_scp_event, account: osisession_octets);

const EMPTY: osisession_scp_event = osisession_scp_event {
    struct_size: size_of::<osisession_scp_event>() as u32,
    r#type: 0,
    owner: 0,
    reason: 0,
    flags: 0,
    user_data: osisession_octets::NONE,
    error: std::ptr::null(),
    node: [0; 8],
    node_name: [0; 8],
    object_number: 0,
    source_number: 0,
    source_group: 0,
    source_user: 0,
    object_name: osisession_octets::NONE,
    source_name: osisession_octets::NONE,
    user: osisession_octets::NONE,
    password: osisession_octets::NONE,
    account: osisession_octets::NONE,
};

/// What an event points to.
#[derive(Default)]
struct EventObject {
    user_data: Bytes,
    object_name: Bytes,
    source_name: Bytes,
    access: Option<AccessControl>,
    password: Bytes,
    error: Option<Box<osisession_error_info>>,
}

static EVENTS: Table<EventObject> = Table::new(Kind::ScpEvent);

/// Checks that an event can be filled before anything is done.
///
/// # Safety
/// `event` is NULL or points to as many octets as its `struct_size` says.
pub(crate) unsafe fn check(event: *mut osisession_scp_event) -> Result {
    // SAFETY: the caller's promise; the smallest size reaches beyond `owner`.
    unsafe {
        check_sized_out(event, "the event")?;
        if (&raw const (*event).owner).read_unaligned() != 0 {
            return Err(Failure::new(
                OSISESSION_E_NOT_FREED,
                "the event still owns octets: osisession_scp_event_free first (or OSISESSION_INIT a struct never filled)",
            ));
        }
    }
    Ok(())
}

/// # Safety
/// As [`check`], which was called.
unsafe fn fill(to: *mut osisession_scp_event, mut c: osisession_scp_event, object: EventObject) -> Result {
    let (owner, object) = EVENTS.insert_value(object)?;
    c.owner = owner as u64;
    c.user_data = osisession_octets::lend(&object.user_data);
    c.object_name = osisession_octets::lend(&object.object_name);
    c.source_name = osisession_octets::lend(&object.source_name);
    c.error = object.error.as_ref().map_or(std::ptr::null(), |error| &raw const **error);
    if let Some(access) = &object.access {
        c.flags |= OSISESSION_SCP_ACCESS;
        c.user = osisession_octets::lend(&access.user);
        c.password = osisession_octets::lend(&object.password);
        c.account = osisession_octets::lend(&access.account);
    }
    // SAFETY: the caller's promise.
    unsafe { write_sized(to, &c) };
    Ok(())
}

/// # Safety
/// As [`fill`].
unsafe fn fill_event(to: *mut osisession_scp_event, event: LinkEvent) -> Result {
    let (mut c, mut object) = (EMPTY, EventObject::default());
    c.r#type = match event {
        LinkEvent::Accepted { data } => {
            object.user_data = data;
            OSISESSION_SCP_ACCEPTED
        }
        LinkEvent::Running => OSISESSION_SCP_RUNNING,
        LinkEvent::Message(data) => {
            object.user_data = data;
            OSISESSION_SCP_MESSAGE
        }
        LinkEvent::Interrupt(data) => {
            object.user_data = data;
            OSISESSION_SCP_INTERRUPT
        }
        LinkEvent::SendReady => OSISESSION_SCP_SEND_READY,
        LinkEvent::InterruptReady => OSISESSION_SCP_INTERRUPT_READY,
        LinkEvent::Rejected { reason, data } => {
            c.reason = reason.code().into();
            object.user_data = data;
            OSISESSION_SCP_REJECTED
        }
        LinkEvent::Disconnected { reason, data, error } => {
            c.reason = reason.code().into();
            object.user_data = data;
            object.error = error.map(|error| Box::new(osisession_error_info::of_error(&error)));
            OSISESSION_SCP_DISCONNECTED
        }
        LinkEvent::Closed => OSISESSION_SCP_CLOSED,
    };
    // SAFETY: the caller's promise.
    unsafe { fill(to, c, object) }
}

fn call_event(call: &IncomingLink) -> (osisession_scp_event, EventObject) {
    let (mut c, mut object) = (EMPTY, EventObject::default());
    c.r#type = OSISESSION_SCP_CALL;
    crate::error_info::put(&mut c.node, &call.node().to_string());
    crate::error_info::put(&mut c.node_name, call.node_name().map(|name| name.as_str()).unwrap_or_default());
    if call.is_proxy() {
        c.flags |= OSISESSION_SCP_PROXY;
    }
    c.object_number = call.destination().number().unwrap_or(0).into();
    object.object_name = call.destination().name().cloned().unwrap_or_default();
    c.source_number = call.source().number().unwrap_or(0).into();
    object.source_name = call.source().name().cloned().unwrap_or_default();
    if let EndUser::NameWithCodes { group, user, .. } = call.source() {
        (c.source_group, c.source_user) = ((*group).into(), (*user).into());
    }
    object.user_data = call.user_data().clone();
    object.access = call.access().cloned();
    object.password = object
        .access
        .as_ref()
        .map(|access| Bytes::copy_from_slice(access.password.reveal()))
        .unwrap_or_default();
    (c, object)
}

enum Stage {
    /// Not answered yet.
    Called(IncomingLink),
    Open(LogicalLink),
    /// Rejected, or freed.
    Gone,
}

/// Behind the handle of a link.
struct LinkObject {
    id: u32,
    stage: Mutex<Stage>,
    endpoint: Weak<ScpEndpoint>,
}

static LINKS: Table<LinkObject> = Table::new(Kind::ScpLink);

fn take_in(endpoint: &Arc<ScpEndpoint>, id: u32, stage: Stage) -> Result<usize> {
    let object = LinkObject { id, stage: Mutex::new(stage), endpoint: Arc::downgrade(endpoint) };
    let (handle, _) = LINKS.insert_value(object)?;
    endpoint.know(Number::Link(id), handle);
    Ok(handle)
}

/// # Safety
/// `event` is NULL or was [`check`]ed.
pub(crate) unsafe fn take_in_call(
    endpoint: &Arc<ScpEndpoint>,
    call: IncomingLink,
    event: *mut osisession_scp_event,
) -> Result<usize> {
    let told = (!event.is_null()).then(|| call_event(&call));
    let handle = take_in(endpoint, call.id(), Stage::Called(call))?;
    if let Some((c, object)) = told {
        // SAFETY: the caller's promise.
        unsafe { fill(event, c, object)? };
    }
    Ok(handle)
}

impl LinkObject {
    /// The link, once it was accepted or where it is the caller's.
    fn open(&self) -> Result<LogicalLink> {
        match &*self.stage.lock() {
            Stage::Called(_) => Err(Failure::new(OSISESSION_E_REFUSED, "the connect was not accepted yet")),
            Stage::Open(link) => Ok(link.clone()),
            Stage::Gone => Err(Failure::new(OSISESSION_E_CLOSED, "the connect was rejected here")),
        }
    }

    /// The connect that is to be answered; `Gone` is left behind.
    fn called(&self) -> Result<IncomingLink> {
        let mut stage = self.stage.lock();
        match std::mem::replace(&mut *stage, Stage::Gone) {
            Stage::Called(call) => Ok(call),
            Stage::Open(link) => {
                *stage = Stage::Open(link);
                Err(Failure::new(OSISESSION_E_REFUSED, "the link is no connect that waits for an answer"))
            }
            Stage::Gone => Err(Failure::new(OSISESSION_E_CLOSED, "the connect was answered already")),
        }
    }
}

fn open(handle: *mut osisession_scp_link) -> Result<LogicalLink> {
    LINKS.get(handle as usize)?.open()
}

fn invalid(text: String) -> Failure {
    Failure::owned(OSISESSION_E_INVALID, text)
}

/// An end user of numbers and a name, as the structs have it.
fn end_user(what: &str, number: u32, group: u32, user: u32, name: Bytes) -> Result<EndUser> {
    let code =
        |code: u32| u16::try_from(code).map_err(|_| invalid(format!("{what}: code {code} is above 65535")));
    match u8::try_from(number).map_err(|_| invalid(format!("{what}: number {number} is above 255")))? {
        0 if group == 0 && user == 0 => Ok(EndUser::Name(name)),
        0 => Ok(EndUser::NameWithCodes { group: code(group)?, user: code(user)?, name }),
        number if name.is_empty() => Ok(EndUser::Number(number)),
        _ => Err(invalid(format!("{what} has a number and a name: it is called by one of them"))),
    }
}

/// Calls an object at a node. The call does not wait; the outcome is an event (`osisession_scp_wait_connected`).
///
/// `node`: "1.1", or a name of the table. `params`: copied. `link` receives the handle.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (a field that cannot be sent; a node name that cannot
/// be, reason 10, or is not known, reason 2), OSISESSION_E_LIMIT (too many links), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_connect(
    endpoint: *mut osisession_scp_endpoint,
    node: *const c_char,
    params: *const osisession_scp_connect_params,
    link: *mut *mut osisession_scp_link,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_connect", |a| {
        a.handle(endpoint).text(node).params(params).out_handle("link", link).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = scp::find(endpoint)?;
            let node = string(node, "node")?;
            if params.is_null() {
                return Err(Failure::null("params"));
            }
            let p = read_sized(params, "the parameters of the connect")?;
            check_out(link, "link")?;
            let known = OSISESSION_SCP_ACCESS | OSISESSION_SCP_PROXY;
            if p.flags & !known != 0 {
                return Err(invalid(format!("flags {:#x} mean nothing", p.flags & !known)));
            }
            let object = end_user("the object", p.object_number, 0, 0, p.object_name.copy("object_name")?)?;
            let source = p.source_name.copy("source_name")?;
            let has_source = p.source_number != 0 || !source.is_empty();
            let source = end_user("the source", p.source_number, p.source_group, p.source_user, source)?;
            let access = AccessControl {
                user: p.user.copy("user")?,
                password: p.password.copy("password")?.into(),
                account: p.account.copy("account")?,
            };
            let user_data = p.user_data.copy("user_data")?;
            let options = ConnectOptions {
                source: has_source.then_some(source),
                access: (p.flags & OSISESSION_SCP_ACCESS != 0).then_some(access),
                user_data: (!user_data.is_empty()).then_some(user_data),
                proxy: p.flags & OSISESSION_SCP_PROXY != 0,
                proxy_by_codes: false,
            };
            let made = endpoint.endpoint.connect(node.as_str(), object, options)?;
            let handle = take_in(&endpoint, made.id(), Stage::Open(made))?;
            write_out(link, handle as *mut osisession_scp_link);
            Ok(())
        })
    }
}

/// Waits for the answer to a connect.
///
/// `timeout_ms`: milliseconds; negative waits for ever (the node gives up after a time of its own). `event`: may be NULL; as for
/// `osisession_scp_next_event`, receives OSISESSION_SCP_ACCEPTED. A rejection becomes an error with its reason code and, as its octets, the reject data.
///
/// Errors: those of the handle, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_PEER (rejected), OSISESSION_E_TRANSPORT (the node cannot
/// be reached), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (the answer was taken already), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_wait_connected(
    link: *mut osisession_scp_link,
    timeout_ms: i64,
    event: *mut osisession_scp_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_wait_connected", |a| {
        a.handle(link).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let link = open(link)?;
            if !event.is_null() {
                check(event)?;
            }
            let data = link.wait_connected(timeout(timeout_ms))?;
            if event.is_null() {
                return Ok(());
            }
            fill_event(event, LinkEvent::Accepted { data })
        })
    }
}

/// Accepts a connect. Messages can be sent at once.
///
/// `data`, `length`: accept data, at most 16 octets.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (too long; the connect still waits), OSISESSION_E_REFUSED (the link is no
/// connect that waits), OSISESSION_E_CLOSED (the caller has given up).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_accept(
    link: *mut osisession_scp_link,
    data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_accept", |a| {
        a.handle(link).octets(data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let object = LINKS.get(link as usize)?;
            let data = short(data, length)?;
            let accepted = object.called()?.accept(data)?;
            *object.stage.lock() = Stage::Open(accepted);
            Ok(())
        })
    }
}

/// Rejects a connect. The link is over, and still to be freed.
///
/// `reason`: 0 to 65535, but not 1, 41 or 42; the usual one is OSISESSION_SCP_REASON_BY_END_USER. `data`, `length`: reject data, at most 16 octets.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (the connect still waits), OSISESSION_E_REFUSED (the link is no connect that
/// waits), OSISESSION_E_CLOSED (the caller has given up).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_reject(
    link: *mut osisession_scp_link,
    reason: u32,
    data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_reject", |a| {
        a.handle(link).number(reason).octets(data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let object = LINKS.get(link as usize)?;
            let data = short(data, length)?;
            let reason = u16::try_from(reason).map(Reason::new).ok().filter(|reason| reason.may_be_sent());
            let reason = reason.ok_or_else(|| invalid("this reason cannot be sent".into()))?;
            Ok(object.called()?.reject(reason, data)?)
        })
    }
}

/// Data that go with a connect, accept, reject or disconnect.
///
/// # Safety
/// As [`octets`].
unsafe fn short(data: *const c_void, length: usize) -> Result<Bytes> {
    // SAFETY: the caller's promise.
    let data = unsafe { octets(data, length, "data")? };
    if data.len() > 16 {
        return Err(invalid(format!("at most 16 octets go with this request, not {}", data.len())));
    }
    Ok(data)
}

/// With `timeout_ms` 0, "not yet" is no end of a wait.
fn not_yet(timeout_ms: i64, error: osisession::Error) -> Failure {
    if timeout_ms == 0 && error.kind() == ErrorKind::TimedOut {
        return Failure::new(OSISESSION_E_WOULD_BLOCK, "not now; waiting, or trying again later, helps");
    }
    error.into()
}

/// Sends a message of any length, which may be empty.
///
/// `timeout_ms`: how long to wait for room in the send queue, milliseconds; 0 does not wait, negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_WOULD_BLOCK (no room, `timeout_ms` 0; OSISESSION_SCP_SEND_READY will tell),
/// OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (not open yet, or its end was asked for), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_send(
    link: *mut osisession_scp_link,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_send", |a| {
        a.handle(link).octets(data, length).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let link = open(link)?;
            let data = octets(data, length, "data")?;
            if timeout_ms == 0 {
                return Ok(link.send(data)?);
            }
            Ok(link.send_wait(data, timeout(timeout_ms))?)
        })
    }
}

/// Sends an interrupt message of 1 to 16 octets. It may overtake messages.
///
/// `timeout_ms`: how long to wait until the peer takes one, milliseconds; 0 does not wait, negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_WOULD_BLOCK (the peer takes none, `timeout_ms` 0;
/// OSISESSION_SCP_INTERRUPT_READY will tell), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_interrupt(
    link: *mut osisession_scp_link,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_interrupt", |a| {
        a.handle(link).octets(data, length).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let link = open(link)?;
            let data = octets(data, length, "data")?;
            if timeout_ms == 0 {
                return Ok(link.interrupt(data)?);
            }
            Ok(link.interrupt_wait(data, timeout(timeout_ms))?)
        })
    }
}

/// Takes the next event of a link.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. If nothing else drives the node, the waiting caller does.
/// `event`: initialized by OSISESSION_INIT or freed by `osisession_scp_event_free`; receives the event, to be freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there,
/// `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (a connect that was not accepted yet), OSISESSION_E_CLOSED (the link is over and
/// its last event was taken).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_next_event(
    link: *mut osisession_scp_link,
    timeout_ms: i64,
    event: *mut osisession_scp_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_next_event", |a| {
        a.handle(link).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let link = open(link)?;
            check(event)?;
            let next = link.next_event(timeout(timeout_ms)).map_err(|error| not_yet(timeout_ms, error))?;
            fill_event(event, next)
        })
    }
}

/// Ends a link in order: what was sent is acknowledged first, and what the peer sends meanwhile can still be taken. OSISESSION_SCP_CLOSED is the last event.
///
/// `data`, `length`: at most 16 octets.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (not answered yet, or its end was asked for),
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_disconnect(
    link: *mut osisession_scp_link,
    data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_disconnect", |a| {
        a.handle(link).octets(data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(open(link)?.disconnect(short(data, length)?)?)) }
}

/// Ends a link at once: what was not sent is dropped.
///
/// `data`, `length`: at most 16 octets.
///
/// Errors: as of `osisession_scp_disconnect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_abort(
    link: *mut osisession_scp_link,
    data: *const c_void,
    length: usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_abort", |a| {
        a.handle(link).octets(data, length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(open(link)?.abort(short(data, length)?)?)) }
}

/// Ends the handle of a link. A link that is open is aborted, a connect that was not answered is rejected with reason 38; a disconnect that was
/// asked for goes on as long as the node lives.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_link_free(link: *mut osisession_scp_link) -> i32 {
    let _recorded = record::call("osisession_scp_link_free", |a| {
        a.handle(link);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if link.is_null() {
                return Ok(());
            }
            let object = LINKS.remove(link as usize)?;
            if let Some(endpoint) = object.endpoint.upgrade() {
                endpoint.forget(Number::Link(object.id));
            }
            let stage = std::mem::replace(&mut *object.stage.lock(), Stage::Gone);
            // Not under the lock; and at once, though another thread may be waiting in a call on it.
            match stage {
                Stage::Open(link) => link.close(),
                Stage::Called(call) => drop(call),
                Stage::Gone => {}
            }
            Ok(())
        })
    }
}

/// Frees what an event points to and makes it ready to be filled again.
///
/// NULL, a zeroed event, and an event that was freed are all fine. Freeing a second copy of the same event returns OSISESSION_E_STALE and does no
/// harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_event_free(event: *mut osisession_scp_event) -> i32 {
    let _recorded = record::call("osisession_scp_event_free", |a| {
        a.out(event);
    });
    // SAFETY: the caller's promise: NULL, zeroed, or initialized with its size.
    unsafe {
        call(std::ptr::null_mut(), || {
            if event.is_null() || event.cast::<u32>().read_unaligned() == 0 {
                return Ok(());
            }
            check_sized_out(event, "the event")?;
            let owner = (&raw const (*event).owner).read_unaligned();
            write_sized(event, &EMPTY);
            match owner {
                0 => Ok(()),
                owner => EVENTS.remove(usize::try_from(owner).unwrap_or(usize::MAX)).map(drop),
            }
        })
    }
}
