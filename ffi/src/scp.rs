//! DECnet: the node, its circuit, its objects. Links are in `scp_link.rs`.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::process::Alive;
use crate::record;
use crate::scp_link::{self, osisession_scp_link};
use crate::status::*;
use osisession::decnet::{
    Account, DecnetConfig, DecnetEndpoint, DecnetReady, FlowControl, Object, ObjectListener,
};
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::ffi::c_char;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A DECnet Phase IV end node: its circuit, its objects, its logical links. Made by `osisession_scp_endpoint_new`, ended by
/// `osisession_scp_endpoint_free`. All its functions may be called from any thread.
pub struct osisession_scp_endpoint {
    _never: (),
}

/// An object that can be called. Made by `osisession_scp_listen`, ended by `osisession_scp_listener_free`. All its functions may be called
/// from any thread.
pub struct osisession_scp_listener {
    _never: (),
}

/// Flow control: none, only stop and go.
pub const OSISESSION_SCP_FLOW_NONE: u32 = 0;
/// Flow control: by segments.
pub const OSISESSION_SCP_FLOW_SEGMENT: u32 = 1;
/// Flow control: by messages.
pub const OSISESSION_SCP_FLOW_MESSAGE: u32 = 2;

/// Endpoint flag: send interrupt messages without credit, for peers that never give one.
pub const OSISESSION_SCP_IGNORE_INTERRUPT_CREDIT: u32 = 0x01;
/// Endpoint flag: the neighbour has to prove itself with `demand`, which may be empty.
pub const OSISESSION_SCP_DEMAND: u32 = 0x02;

/// How a DECnet node behaves. Every field but `address` and `circuit`: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_scp_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_SCP_IGNORE_INTERRUPT_CREDIT, OSISESSION_SCP_DEMAND.
    pub flags: u32,
    /// The node's own address: "1.2", area 1 to 63, node 1 to 1023.
    pub address: *const c_char,
    /// What connects it: "tcp:HOST:PORT", "listen:HOST:PORT[,SOURCE]..." or "udp:LOCAL:PORT,HOST:PORT", by Multinet; "eth:INTERFACE",
    /// an Ethernet (Linux, with the capability CAP_NET_RAW); "ethudp:LOCAL:PORT,HOST:PORT", an Ethernet in UDP datagrams.
    pub circuit: *const c_char,
    /// What the node proves itself with if the neighbour asks, at most 64 octets. It travels in clear.
    pub verification: osisession_octets,
    /// What the neighbour has to prove itself with, at most 64 octets (OSISESSION_SCP_DEMAND). It travels in clear.
    pub demand: osisession_octets,
    /// The largest packet that the node takes, octets. 0: 576.
    pub block_size: u32,
    /// The flow control that is asked of peers (OSISESSION_SCP_FLOW_...).
    pub flow_control: u32,
    /// Milliseconds until a lost TCP connection is opened again; more after attempts in vain. 0: 1 s.
    pub retry_ms: u32,
    /// Milliseconds that opening a TCP connection may take. 0: 30 s.
    pub connect_timeout_ms: u32,
    /// Milliseconds from a connect to its answer; then it is rejected with 38. 0: 30 s.
    pub outgoing_timeout_ms: u32,
    /// Milliseconds from a connect of a peer to the object's answer; then it is rejected with 38. 0: 30 s.
    pub incoming_timeout_ms: u32,
    /// Milliseconds between hellos on the circuit, whole seconds. 0: 10 s.
    pub hello_ms: u32,
    /// Links at a time. 0: 1,024.
    pub links: u32,
    /// Octets of one link that were not acknowledged; above it sending would block. 0: 1 MiB.
    pub queued_send_octets: u64,
    /// Octets of one link that were received and not taken. 0: 1 MiB.
    pub queued_receive_octets: u64,
    /// Octets of one received message. 0: 16 MiB.
    pub message_octets: u64,
}
sized!(osisession_scp_config, message_octets: u64);

/// An account that an object checks its callers against.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_scp_account {
    /// User name, compared without regard to case.
    pub user: osisession_octets,
    /// Password.
    pub password: osisession_octets,
    /// The account that the caller has to name; `data` NULL: any.
    pub account: osisession_octets,
}

/// What can be called.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_scp_object {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// Its number, 1 to 255 (128 to 255 are free for everybody's use); 0: by name alone.
    pub number: u32,
    /// Its name, at most 16 octets; empty: by number alone.
    pub name: osisession_octets,
    /// Who may call; NULL: anyone.
    pub accounts: *const osisession_scp_account,
    /// How many accounts.
    pub account_count: usize,
    /// Links at a time; further callers are told 6, object too busy. 0: 256.
    pub max_links: u32,
    /// 0.
    pub reserved: u32,
}
sized!(osisession_scp_object, reserved: u32);

/// Where a node stands.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_scp_state {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// 1: packets can flow; else 0.
    pub up: u32,
    /// Links, those included whose end is not confirmed.
    pub links: u32,
    /// The largest packet that the neighbour takes, octets; 0: there is none at present.
    pub neighbour_block_size: u32,
    /// The neighbour's address, "1.1"; empty: there is none at present. Ends with NUL.
    pub neighbour: [c_char; 8],
    /// Octets read from the network.
    pub octets_received: u64,
    /// Octets written to it.
    pub octets_sent: u64,
    /// NSP messages that were sent again.
    pub repeated: u64,
}
sized!(osisession_scp_state, repeated: u64);

/// Behind the handle of a node.
pub(crate) struct ScpEndpoint {
    pub(crate) endpoint: DecnetEndpoint,
    known: Mutex<Known>,
    _alive: Alive,
}

/// A link or a listener by the number that the node gave.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Number {
    Link(u32),
    Listener(u32),
}

#[derive(Default)]
struct Known {
    handles: HashMap<Number, usize>,
    /// Got something before their handle was there, as happens when another thread asks.
    early: BTreeSet<Number>,
    /// Have their handle now, and are to be reported.
    late: Vec<Number>,
}

impl ScpEndpoint {
    pub(crate) fn know(&self, number: Number, handle: usize) {
        let mut known = self.known.lock();
        known.handles.insert(number, handle);
        if known.early.remove(&number) {
            known.late.push(number);
        }
    }

    pub(crate) fn forget(&self, number: Number) {
        let mut known = self.known.lock();
        known.handles.remove(&number);
        known.early.remove(&number);
    }

    fn next_ready(&self) -> Option<(Number, usize)> {
        loop {
            {
                let mut known = self.known.lock();
                while let Some(number) = known.late.pop() {
                    if let Some(handle) = known.handles.get(&number) {
                        return Some((number, *handle));
                    }
                }
            }
            let (number, over) = match self.endpoint.next_ready()? {
                DecnetReady::Link(link) => (Number::Link(link.id()), link.is_over()),
                DecnetReady::Listener(listener) => (Number::Listener(listener.id()), false),
                // Where the circuit stands is asked for.
                _ => continue,
            };
            let mut known = self.known.lock();
            match known.handles.get(&number) {
                Some(handle) => return Some((number, *handle)),
                // Bounded: there are as many as the node allows, and each goes with its handle.
                None if !over => drop(known.early.insert(number)),
                None => {}
            }
        }
    }
}

struct ListenerObject {
    listener: ObjectListener,
    endpoint: Weak<ScpEndpoint>,
}

static ENDPOINTS: Table<ScpEndpoint> = Table::new(Kind::ScpEndpoint);
static LISTENERS: Table<ListenerObject> = Table::new(Kind::ScpListener);

pub(crate) fn find(handle: *mut osisession_scp_endpoint) -> Result<Arc<ScpEndpoint>> {
    ENDPOINTS.get(handle as usize)
}

fn invalid(text: String) -> Failure {
    Failure::owned(OSISESSION_E_INVALID, text)
}

/// # Safety
/// As every function of this ABI.
unsafe fn config(from: *const osisession_scp_config) -> Result<DecnetConfig> {
    if from.is_null() {
        return Err(Failure::null("config"));
    }
    // SAFETY: the caller's promises.
    let (c, address, circuit) = unsafe {
        let c = read_sized(from, "the configuration of the node")?;
        (c, string(c.address, "address")?, string(c.circuit, "circuit")?)
    };
    let known = OSISESSION_SCP_IGNORE_INTERRUPT_CREDIT | OSISESSION_SCP_DEMAND;
    if c.flags & !known != 0 {
        return Err(invalid(format!("flags {:#x} mean nothing", c.flags & !known)));
    }
    let mut config = DecnetConfig::new(address.parse()?, circuit.parse()?);
    // SAFETY: the caller's promises.
    unsafe {
        config.verification = c.verification.copy("verification")?.into();
        let demand = c.demand.copy("demand")?;
        config.demand = (c.flags & OSISESSION_SCP_DEMAND != 0).then(|| demand.into());
    }
    config.ignore_interrupt_credit = c.flags & OSISESSION_SCP_IGNORE_INTERRUPT_CREDIT != 0;
    config.flow_control = match c.flow_control {
        OSISESSION_SCP_FLOW_NONE => FlowControl::None,
        OSISESSION_SCP_FLOW_SEGMENT => FlowControl::Segment,
        OSISESSION_SCP_FLOW_MESSAGE => FlowControl::Message,
        other => return Err(invalid(format!("flow_control {other} is none of OSISESSION_SCP_FLOW_..."))),
    };
    if c.block_size != 0 {
        config.block_size = u16::try_from(c.block_size)
            .map_err(|_| invalid(format!("block_size {} is above 65535", c.block_size)))?;
    }
    let time = |to: &mut Duration, milliseconds: u32| {
        if milliseconds != 0 {
            *to = Duration::from_millis(milliseconds.into());
        }
    };
    time(&mut config.retry, c.retry_ms);
    time(&mut config.connect_timeout, c.connect_timeout_ms);
    time(&mut config.limits.outgoing_timeout, c.outgoing_timeout_ms);
    time(&mut config.limits.incoming_timeout, c.incoming_timeout_ms);
    time(&mut config.limits.hello, c.hello_ms);
    let size = |to: &mut usize, octets: u64| {
        if octets != 0 {
            *to = usize::try_from(octets).unwrap_or(usize::MAX);
        }
    };
    size(&mut config.limits.ports, c.links.into());
    size(&mut config.limits.links, c.links.into());
    size(&mut config.limits.queued_send_octets, c.queued_send_octets);
    size(&mut config.limits.queued_receive_octets, c.queued_receive_octets);
    size(&mut config.limits.message_octets, c.message_octets);
    Ok(config)
}

/// Makes a DECnet node. Its circuit is being opened; nothing happens until it is driven: by `osisession_scp_endpoint_dispatch`, by
/// `osisession_scp_endpoint_start`, from your event loop, or by any call that waits. Looking up host names blocks.
///
/// `config`: copied. `endpoint` receives the handle. Any thread.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (a name that is not found, a port that
/// is taken, no descriptor).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_new(
    config: *const osisession_scp_config,
    endpoint: *mut *mut osisession_scp_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_new", |a| {
        a.params(config).out_handle("endpoint", endpoint).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        call(error, || {
            let config = self::config(config)?;
            check_out(endpoint, "endpoint")?;
            crate::process::check()?;
            let made = DecnetEndpoint::new(config)?;
            let object = ScpEndpoint { endpoint: made, known: Mutex::default(), _alive: Alive::counted() };
            let (handle, _) = ENDPOINTS.insert_value(object)?;
            write_out(endpoint, handle as *mut osisession_scp_endpoint);
            Ok(())
        })
    }
}

/// Closes a node and ends its handle. Its links are aborted, its circuit is closed; handles of links and listeners stay valid, answer
/// OSISESSION_E_CLOSED, and are still to be freed.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_free(endpoint: *mut osisession_scp_endpoint) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_free", |a| {
        a.handle(endpoint);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !endpoint.is_null() {
                ENDPOINTS.remove(endpoint as usize)?.endpoint.close();
            }
            Ok(())
        })
    }
}

/// Aborts all links, ends all objects, closes the circuit and stops the background thread. The handle stays valid. Calling it again does
/// nothing. Any thread.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_close(
    endpoint: *mut osisession_scp_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_close", |a| {
        a.handle(endpoint).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(endpoint)?.endpoint.close();
            Ok(())
        })
    }
}

/// Makes the name of a node known, or changes its address.
///
/// `name`: 1 to 6 letters and digits. `address`: "1.1".
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_define_node(
    endpoint: *mut osisession_scp_endpoint,
    name: *const c_char,
    address: *const c_char,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_define_node", |a| {
        a.handle(endpoint).text(name).text(address).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = find(endpoint)?;
            let (name, address) = (string(name, "name")?, string(address, "address")?);
            Ok(endpoint.endpoint.define_node(&name, address.parse()?)?)
        })
    }
}

/// Waits until the circuit runs. Links can be asked for before.
///
/// `timeout_ms`: milliseconds; negative waits for ever. If nothing else drives the node, the waiting caller does.
///
/// Errors: those of the handle, OSISESSION_E_TIMED_OUT (with the last failure of the circuit), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_wait_up(
    endpoint: *mut osisession_scp_endpoint,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_wait_up", |a| {
        a.handle(endpoint).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(endpoint)?.endpoint.wait_up(timeout(timeout_ms))?)) }
}

/// Where a node stands.
///
/// `state`: initialized by OSISESSION_INIT. Any thread.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_state(
    endpoint: *mut osisession_scp_endpoint,
    state: *mut osisession_scp_state,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_state", |a| {
        a.handle(endpoint).out(state).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = &find(endpoint)?.endpoint;
            check_sized_out(state, "state")?;
            let (neighbour, counters) = (endpoint.neighbour(), endpoint.counters());
            let mut read = osisession_scp_state {
                struct_size: size_of::<osisession_scp_state>() as u32,
                up: endpoint.is_up().into(),
                links: u32::try_from(endpoint.links()).unwrap_or(u32::MAX),
                neighbour_block_size: neighbour.map_or(0, |neighbour| neighbour.block_size.into()),
                neighbour: [0; 8],
                octets_received: counters.octets_received,
                octets_sent: counters.octets_sent,
                repeated: endpoint.nsp_counters().repeated,
            };
            if let Some(neighbour) = neighbour {
                crate::error_info::put(&mut read.neighbour, &neighbour.address.to_string());
            }
            write_sized(state, &read);
            Ok(())
        })
    }
}

/// Where the circuit listens, or its UDP socket is, with the port that the system chose: "127.0.0.1:40123". Empty where this end opens a TCP
/// connection. `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`.
///
/// Errors: those of the handle, OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_local_address(
    endpoint: *mut osisession_scp_endpoint,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_local_address", |a| {
        a.handle(endpoint).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let address = find(endpoint)?.endpoint.local_address().unwrap_or_default();
            write_text(&address, buffer, capacity, needed)
        })
    }
}

/// Drives a node once, as `osisession_endpoint_dispatch` does.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system refuses to wait).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_dispatch(
    endpoint: *mut osisession_scp_endpoint,
    timeout_ms: i64,
    count: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_dispatch", |a| {
        a.handle(endpoint).number(timeout_ms).out(count).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let done = find(endpoint)?.endpoint.dispatch(timeout(timeout_ms))?;
            write_out(count, done);
            Ok(())
        })
    }
}

/// Starts a background thread that drives the node. Does nothing if it runs already.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_start(
    endpoint: *mut osisession_scp_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_start", |a| {
        a.handle(endpoint).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(endpoint)?.endpoint.start()?)) }
}

/// Stops the background thread, and waits for its end. Does nothing if there is none.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_stop(
    endpoint: *mut osisession_scp_endpoint,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_stop", |a| {
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

/// A descriptor that is readable when `osisession_scp_endpoint_dispatch` has something to do. To be watched, never read or closed. It is valid until
/// the endpoint is freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_descriptor(
    endpoint: *mut osisession_scp_endpoint,
    descriptor: *mut i32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_descriptor", |a| {
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

/// When `osisession_scp_endpoint_dispatch` is due though the descriptor is quiet: `nanoseconds` receives the time from now; 0 if it is due, -1 if
/// nothing waits for time.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_next_timeout_ns(
    endpoint: *mut osisession_scp_endpoint,
    nanoseconds: *mut i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_next_timeout_ns", |a| {
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

/// The next link or listener that got something since it was last named here. Take all its events (or connects) until
/// OSISESSION_E_WOULD_BLOCK: it is named again only when it gets more.
///
/// One of `link` and `listener` receives the handle, the same that was given when it was made; the other becomes NULL.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nobody got anything).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_endpoint_next_ready(
    endpoint: *mut osisession_scp_endpoint,
    link: *mut *mut osisession_scp_link,
    listener: *mut *mut osisession_scp_listener,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_endpoint_next_ready", |a| {
        a.handle(endpoint).out_handle("link", link).out_handle("listener", listener).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(link, "link")?;
            check_out(listener, "listener")?;
            let (number, handle) = find(endpoint)?
                .next_ready()
                .ok_or(Failure::new(OSISESSION_E_WOULD_BLOCK, "no link and no listener got anything"))?;
            let is_link = matches!(number, Number::Link(_));
            write_out(link, if is_link { handle as *mut _ } else { std::ptr::null_mut() });
            write_out(listener, if is_link { std::ptr::null_mut() } else { handle as *mut _ });
            Ok(())
        })
    }
}

/// # Safety
/// As every function of this ABI.
unsafe fn object(from: *const osisession_scp_object) -> Result<Object> {
    /// More is a count that nobody initialized.
    const MOST_ACCOUNTS: usize = 65_536;
    if from.is_null() {
        return Err(Failure::null("object"));
    }
    // SAFETY: the caller's promises.
    let (o, name) = unsafe {
        let o = read_sized(from, "the object")?;
        (o, o.name.copy("name")?)
    };
    let number = u8::try_from(o.number).map_err(|_| invalid(format!("object number {}", o.number)))?;
    let mut object = match (number, name.is_empty()) {
        (0, true) => return Err(invalid("an object has a number or a name".into())),
        (0, false) => Object::named(name),
        (number, true) => Object::numbered(number),
        (number, false) => Object::numbered(number).with_name(name),
    };
    if o.max_links != 0 {
        object.max_links = o.max_links as usize;
    }
    if o.accounts.is_null() {
        if o.account_count != 0 {
            return Err(Failure::null("accounts"));
        }
        return Ok(object);
    }
    if o.account_count > MOST_ACCOUNTS {
        return Err(Failure::owned(
            OSISESSION_E_LENGTH,
            format!("{} accounts are too many", o.account_count),
        ));
    }
    let mut accounts = Vec::new();
    for at in 0..o.account_count {
        // SAFETY: the caller's promises: as many as it says.
        unsafe {
            let account = o.accounts.add(at).read_unaligned();
            accounts.push(Account {
                user: account.user.copy("user")?,
                password: account.password.copy("password")?.into(),
                account: account.account.copy_optional("account")?,
            });
        }
    }
    Ok(object.with_accounts(accounts))
}

/// Declares an object: from now on it can be called.
///
/// `object`: copied. `listener` receives the handle, to be ended by `osisession_scp_listener_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (another object has its
/// number or its name), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_listen(
    endpoint: *mut osisession_scp_endpoint,
    object: *const osisession_scp_object,
    listener: *mut *mut osisession_scp_listener,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_listen", |a| {
        a.handle(endpoint).params(object).out_handle("listener", listener).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let endpoint = find(endpoint)?;
            let object = self::object(object)?;
            check_out(listener, "listener")?;
            let made = endpoint.endpoint.listen(object)?;
            let number = Number::Listener(made.id());
            let object = ListenerObject { listener: made, endpoint: Arc::downgrade(&endpoint) };
            let (handle, _) = LISTENERS.insert_value(object)?;
            endpoint.know(number, handle);
            write_out(listener, handle as *mut osisession_scp_listener);
            Ok(())
        })
    }
}

/// Takes a connect to an object. It is to be answered by `osisession_scp_accept` or `osisession_scp_reject`; a link that is freed before is rejected
/// with reason 38.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. `link` receives the handle, to be ended by
/// `osisession_scp_link_free`. `event`: may be NULL; as for `osisession_scp_next_event`, receives OSISESSION_SCP_CALL: who calls, with what.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nobody there,
/// `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_listener_accept(
    listener: *mut osisession_scp_listener,
    timeout_ms: i64,
    link: *mut *mut osisession_scp_link,
    event: *mut scp_link::osisession_scp_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_scp_listener_accept", |a| {
        a.handle(listener).number(timeout_ms).out_handle("link", link).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let object = LISTENERS.get(listener as usize)?;
            check_out(link, "link")?;
            if !event.is_null() {
                scp_link::check(event)?;
            }
            let closed = || Failure::new(OSISESSION_E_CLOSED, "the endpoint is closed");
            let incoming = match object.listener.accept(timeout(timeout_ms)) {
                Err(late) if timeout_ms == 0 && late.kind() == osisession::ErrorKind::TimedOut => {
                    return Err(Failure::new(OSISESSION_E_WOULD_BLOCK, "no connect is there"));
                }
                incoming => incoming?,
            };
            let endpoint = object.endpoint.upgrade().ok_or_else(closed)?;
            let handle = scp_link::take_in_call(&endpoint, incoming, event)?;
            write_out(link, handle as *mut osisession_scp_link);
            Ok(())
        })
    }
}

/// Ends an object and its handle. Connects that nobody has taken are rejected with reason 38; its links live on.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_scp_listener_free(listener: *mut osisession_scp_listener) -> i32 {
    let _recorded = record::call("osisession_scp_listener_free", |a| {
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
                endpoint.forget(Number::Listener(object.listener.id()));
            }
            object.listener.close();
            Ok(())
        })
    }
}
