//! AppleTalk zone information: the node and how it is driven. Its requests are in `zip_request.rs`, what it tells in `zip_event.rs`.
use crate::boundary::*;
use crate::error_info::{osisession_error_info, put};
use crate::handle::{Kind, Table};
use crate::process::Alive;
use crate::record;
use crate::status::*;
use crate::zip_event::{self, osisession_zip_event};
use osisession::appletalk::{ClientOptions, Name, Segment, Shared, ZoneClient};
use osisession::proto::zip::limits::LinkLimits;
use osisession::proto::zip::node::table::State;
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

/// A node of an AppleTalk network. Made by `osisession_zip_node_new`, ended by `osisession_zip_node_free`. All its functions may be called from any
/// thread.
pub struct osisession_zip_node {
    _never: (),
}

/// Node flag: take a node id of servers, 128 to 254, instead of one of users, 1 to 127.
pub const OSISESSION_ZIP_SERVER: u32 = 0x01;

/// State of a node: it is getting an address, and looking for a router.
pub const OSISESSION_ZIP_JOINING: u32 = 1;
/// State of a node: it knows its network and a router.
pub const OSISESSION_ZIP_UP: u32 = 2;
/// State of a node: it has an address, and no router; or one that has come and has not said yet what network this is.
pub const OSISESSION_ZIP_ALONE: u32 = 3;
/// State of a node: there is a router, which does not route for this node's address.
pub const OSISESSION_ZIP_STRANDED: u32 = 4;
/// State of a node: every address that it tried is taken.
pub const OSISESSION_ZIP_FAILED: u32 = 5;

/// How a node behaves. Every field but `segment`: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_node_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_ZIP_SERVER.
    pub flags: u32,
    /// Where its network is: "ltoudp" is LocalTalk over UDP (multicast group 239.192.76.84, port 1954) at an interface that the system chooses,
    /// "ltoudp:192.168.1.7" at the interface with this address, "ltoudp:192.168.1.7:2000" with another UDP port; "ethertalk:eth0" is
    /// EtherTalk phase 2 at an interface: Linux, and the capability CAP_NET_RAW.
    pub segment: *const c_char,
    /// The node id to try first, 1 to 254: that of its last run. 0: one at random.
    pub node: u32,
    /// How often a node id is asked for before it is taken. 0: 8.
    pub enquiries: u32,
    /// Milliseconds between. 0: 250 ms.
    pub enquiry_interval_ms: u32,
    /// How often a router is asked for before there is none. 0: 3.
    pub net_info_tries: u32,
    /// Milliseconds between. 0: 1 s.
    pub net_info_interval_ms: u32,
    /// Milliseconds of silence after which the router is lost. 0: 50 s.
    pub router_age_ms: u32,
    /// How often a page of a zone list is asked for. 0: 5.
    pub request_tries: u32,
    /// Milliseconds between. 0: 2 s.
    pub request_interval_ms: u32,
    /// How often a look-up or a registration is sent. 0: 3.
    pub lookup_tries: u32,
    /// Milliseconds between, and after the last one. 0: 1 s.
    pub lookup_interval_ms: u32,
    /// Milliseconds after which an echo is lost. 0: 5 s.
    pub echo_timeout_ms: u32,
    /// Answers to look-ups and echoes of others in one second. 0: 1,000.
    pub answers_per_second: u32,
    /// Zones of one list. 0: 65,536.
    pub zones: u32,
    /// Entities that one look-up finds. 0: 1,024.
    pub found: u32,
    /// Names that are registered at the same time. 0: 256.
    pub names: u32,
    /// Calls about zones at the same time. 0: 16.
    pub requests: u32,
    /// Look-ups and registrations at the same time, at most 255. 0: 64.
    pub lookups: u32,
}
sized!(osisession_zip_node_config, lookups: u32);

/// Where a node stands.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_state {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_ZIP_JOINING to OSISESSION_ZIP_FAILED.
    pub state: u32,
    /// The node's network number; 0: not known.
    pub network: u32,
    /// Its node id, 1 to 254; 0: it has none yet.
    pub node: u32,
    /// The first number of its network; 0: not known.
    pub range_start: u32,
    /// The last one.
    pub range_end: u32,
    /// The router's network number.
    pub router_network: u32,
    /// The router's node id; 0: there is no router.
    pub router_node: u32,
    /// Octets of `zone`; 0: the zone is not known.
    pub zone_length: u32,
    /// Names that this node has registered.
    pub names: u32,
    /// Its zone, in its own octets (Mac OS Roman).
    pub zone: [u8; 32],
    /// The same in UTF-8. Ends with NUL.
    pub zone_text: [c_char; 104],
    /// Datagrams received.
    pub received: u64,
    /// Datagrams that could not be read.
    pub malformed: u64,
    /// Datagrams that were not for this node, or that nobody had asked for.
    pub ignored: u64,
    /// What limits have cost: answers, events, datagrams.
    pub limited: u64,
    /// How often the network has failed the background thread, which goes on.
    pub failures: u64,
}
sized!(osisession_zip_state, failures: u64);

pub(crate) struct NodeObject {
    pub(crate) node: Shared<ZoneClient>,
    _alive: Alive,
}

static NODES: Table<NodeObject> = Table::new(Kind::ZipNode);

pub(crate) fn find(node: *mut osisession_zip_node) -> Result<Arc<NodeObject>> {
    NODES.get(node as usize)
}

pub(crate) fn invalid(text: String) -> Failure {
    Failure::owned(OSISESSION_E_INVALID, text)
}

/// Sets what is not 0.
pub(crate) fn set<T: From<u32>>(to: &mut T, value: u32) {
    if value != 0 {
        *to = value.into();
    }
}

pub(crate) fn set_size(to: &mut usize, value: u32) {
    if value != 0 {
        *to = usize::try_from(value).unwrap_or(usize::MAX);
    }
}

pub(crate) fn set_time(to: &mut Duration, milliseconds: u32) {
    if milliseconds != 0 {
        *to = Duration::from_millis(milliseconds.into());
    }
}

pub(crate) fn set_link(to: &mut LinkLimits, enquiries: u32, enquiry_interval_ms: u32) {
    set(&mut to.enquiries, enquiries);
    set_time(&mut to.enquiry_interval, enquiry_interval_ms);
}

/// With `timeout_ms` 0, "not yet" is no end of a wait.
pub(crate) fn next<E>(timeout_ms: i64, event: Option<E>) -> Result<E> {
    event.ok_or_else(|| match timeout_ms {
        0 => Failure::new(OSISESSION_E_WOULD_BLOCK, "nothing there"),
        _ => Failure::new(OSISESSION_E_TIMED_OUT, "no event within the time given"),
    })
}

/// # Safety
/// As every function of this ABI.
unsafe fn config(from: *const osisession_zip_node_config) -> Result<(Segment, ClientOptions)> {
    if from.is_null() {
        return Err(Failure::null("config"));
    }
    // SAFETY: the caller's promises.
    let (c, segment) = unsafe {
        let c = read_sized(from, "the configuration of the node")?;
        (c, string(c.segment, "segment")?)
    };
    if c.flags & !OSISESSION_ZIP_SERVER != 0 {
        return Err(invalid(format!("flags {:#x} mean nothing", c.flags & !OSISESSION_ZIP_SERVER)));
    }
    let mut options = ClientOptions::default();
    options.server = c.flags & OSISESSION_ZIP_SERVER != 0;
    if c.node != 0 {
        let node = u8::try_from(c.node).ok().filter(|node| *node != 255);
        options.node = Some(node.ok_or_else(|| invalid(format!("node id {} is not 1 to 254", c.node)))?);
    }
    set_link(&mut options.link, c.enquiries, c.enquiry_interval_ms);
    let limits = &mut options.limits;
    set(&mut limits.net_info_tries, c.net_info_tries);
    set_time(&mut limits.net_info_interval, c.net_info_interval_ms);
    set_time(&mut limits.router_age, c.router_age_ms);
    set(&mut limits.request_tries, c.request_tries);
    set_time(&mut limits.request_interval, c.request_interval_ms);
    set(&mut limits.lookup_tries, c.lookup_tries);
    set_time(&mut limits.lookup_interval, c.lookup_interval_ms);
    set_time(&mut limits.echo_timeout, c.echo_timeout_ms);
    set(&mut limits.answers_per_second, c.answers_per_second);
    set_size(&mut limits.zones, c.zones);
    set_size(&mut limits.found, c.found);
    set_size(&mut limits.names, c.names);
    set_size(&mut limits.requests, c.requests);
    set_size(&mut limits.lookups, c.lookups);
    Ok((segment.parse()?, options))
}

/// Makes a node on an AppleTalk network. It is getting its address; nothing happens until it is driven: by `osisession_zip_node_dispatch`, by
/// `osisession_zip_node_start`, from your event loop, or by any call that waits. While nothing drives it it answers nobody: others do not find
/// its names.
///
/// `config`: copied. `node` receives the handle, to be ended by `osisession_zip_node_free`. Any thread.
///
/// Nobody is authenticated on a segment of LocalTalk over UDP: whoever can send to its group can claim to be a router.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (no such interface, no route for multicasts, no
/// descriptor).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_new(
    config: *const osisession_zip_node_config,
    node: *mut *mut osisession_zip_node,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_new", |a| {
        a.params(config).out_handle("node", node).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        call(error, || {
            let (segment, options) = self::config(config)?;
            check_out(node, "node")?;
            crate::process::check()?;
            let made = Shared::new(ZoneClient::open(segment, options)?)?;
            let (handle, _) = NODES.insert_value(NodeObject { node: made, _alive: Alive::counted() })?;
            write_out(node, handle as *mut osisession_zip_node);
            Ok(())
        })
    }
}

/// Ends a node and its handle. Its names are gone; calls of other threads that wait for it return OSISESSION_E_CLOSED.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_free(node: *mut osisession_zip_node) -> i32 {
    let _recorded = record::call("osisession_zip_node_free", |a| {
        a.handle(node);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !node.is_null() {
                NODES.remove(node as usize)?.node.close();
            }
            Ok(())
        })
    }
}

/// Drives a node once: does what there is to do.
///
/// `timeout_ms`: how long to wait until there is something to do, milliseconds; 0 does not wait, negative waits for ever. Afterwards take its events.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the network fails; the node can be driven again).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_dispatch(
    node: *mut osisession_zip_node,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_dispatch", |a| {
        a.handle(node).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(node)?.node.dispatch(timeout(timeout_ms))?)) }
}

/// Starts a background thread that drives the node. Does nothing if it runs already. Failures of the network do not end it: they are counted
/// (`failures` of `osisession_zip_node_state`).
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_start(
    node: *mut osisession_zip_node,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_start", |a| {
        a.handle(node).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(node)?.node.start()?)) }
}

/// Stops the background thread, and waits for its end. Does nothing if there is none.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_stop(
    node: *mut osisession_zip_node,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_stop", |a| {
        a.handle(node).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(node)?.node.stop();
            Ok(())
        })
    }
}

/// A descriptor that is readable when `osisession_zip_node_dispatch` has something to do. To be watched, never read or closed. It is valid until
/// the node is freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_descriptor(
    node: *mut osisession_zip_node,
    descriptor: *mut i32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_descriptor", |a| {
        a.handle(node).out(descriptor).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(descriptor, "descriptor")?;
            write_out(descriptor, find(node)?.node.descriptor());
            Ok(())
        })
    }
}

/// Nanoseconds until something is due, as C has it: -1 for never.
pub(crate) fn nanoseconds_until(due: Option<Duration>) -> i64 {
    due.map_or(-1, |due| i64::try_from(due.as_nanos()).unwrap_or(i64::MAX))
}

/// When `osisession_zip_node_dispatch` is due though the descriptor is quiet: `nanoseconds` receives the time from now; 0 if it is due, -1 if
/// nothing waits for time. Ask again after each call on the node.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_next_timeout_ns(
    node: *mut osisession_zip_node,
    nanoseconds: *mut i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_next_timeout_ns", |a| {
        a.handle(node).out_i64("nanoseconds", nanoseconds).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(nanoseconds, "nanoseconds")?;
            write_out(nanoseconds, nanoseconds_until(find(node)?.node.next_timeout()?));
            Ok(())
        })
    }
}

/// Waits until a node has an address, and knows a router or that there is none (`osisession_zip_node_state` tells).
///
/// `timeout_ms`: milliseconds; negative waits for ever. If nothing else drives the node, the waiting caller does.
///
/// Errors: those of the handle, OSISESSION_E_TIMED_OUT, OSISESSION_E_TRANSPORT (the network fails, or every node id is taken), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_join(
    node: *mut osisession_zip_node,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_join", |a| {
        a.handle(node).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(node)?.node.join(timeout(timeout_ms)).map(drop)?)) }
}

/// Where a node stands.
///
/// `state`: initialized by OSISESSION_INIT. Any thread.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_node_state(
    node: *mut osisession_zip_node,
    state: *mut osisession_zip_state,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_node_state", |a| {
        a.handle(node).out(state).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = &find(node)?.node;
            check_sized_out(state, "state")?;
            let failures = node.failures().0;
            let read = node.with(|client| read_state(client, failures))?;
            write_sized(state, &read);
            Ok(())
        })
    }
}

fn read_state(client: &ZoneClient, failures: u64) -> osisession_zip_state {
    let machine = client.engine().machine();
    let (address, router, range) = (machine.address(), machine.router(), machine.range());
    let counters = machine.counters();
    let mut read = osisession_zip_state {
        struct_size: size_of::<osisession_zip_state>() as u32,
        state: match machine.state() {
            State::Off | State::Probe1 | State::Ask | State::Probe2 => OSISESSION_ZIP_JOINING,
            State::Up => OSISESSION_ZIP_UP,
            State::Alone | State::AskZone => OSISESSION_ZIP_ALONE,
            State::Stranded => OSISESSION_ZIP_STRANDED,
            State::Failed => OSISESSION_ZIP_FAILED,
        },
        network: address.map_or(0, |address| address.network.into()),
        node: address.map_or(0, |address| address.node.into()),
        range_start: range.map_or(0, |range| range.start().into()),
        range_end: range.map_or(0, |range| range.end().into()),
        router_network: router.map_or(0, |router| router.network.into()),
        router_node: router.map_or(0, |router| router.node.into()),
        zone_length: 0,
        names: u32::try_from(machine.names().count()).unwrap_or(u32::MAX),
        zone: [0; 32],
        zone_text: [0; 104],
        received: counters.received,
        malformed: counters.malformed,
        ignored: counters.ignored,
        limited: counters.limited,
        failures,
    };
    if let Some(zone) = machine.zone() {
        for (to, from) in read.zone.iter_mut().zip(zone.octets()) {
            *to = *from;
        }
        read.zone_length = zone.octets().len() as u32;
        put(&mut read.zone_text, &zone.to_string());
    }
    read
}

/// Takes the next event of a node. The answers that blocking calls wait for are no events.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. If nothing else drives the node, the waiting caller does;
/// with 0 it drives as well. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives the event, to be freed. Events
/// that nobody takes: 4,096 are kept, then the oldest go.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there,
/// `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_TRANSPORT (the network fails), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_next_event(
    node: *mut osisession_zip_node,
    timeout_ms: i64,
    event: *mut osisession_zip_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_next_event", |a| {
        a.handle(node).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            zip_event::check(event)?;
            let told = next(timeout_ms, node.node.next_event(timeout(timeout_ms))?)?;
            zip_event::fill_node(event, told)
        })
    }
}

/// A name in UTF-8, of its octets in Mac OS Roman.
///
/// `octets`, `length`: at most 32. `buffer`, `capacity`, `needed`: as for `osisession_listener_local_address`; 97 octets are always enough. Any thread.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_INVALID (too long), OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_name_text(
    octets: *const c_void,
    length: usize,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_name_text", |a| {
        a.octets(octets, length).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let name = Name::new(view(octets, length, "octets")?)?;
            write_text(&name.to_string(), buffer, capacity, needed)
        })
    }
}

/// The octets of a name in Mac OS Roman, of its text in UTF-8.
///
/// `buffer`, `capacity`: where they go, without a NUL; 32 octets are always enough. `needed`: may be NULL; receives how many they are, also if the
/// buffer is too small. Any thread.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_INVALID (a character that Mac OS Roman does not have, more than 32 octets), OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_name_octets(
    text: *const c_char,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_name_octets", |a| {
        a.text(text).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let name = Name::from_text(&string(text, "text")?)?;
            write_octets(name.octets(), buffer, capacity, needed)
        })
    }
}

/// Whether two names are the same to AppleTalk, which does not tell capital letters from small ones: `same` receives 1 or 0.
///
/// `a`, `a_length`, `b`, `b_length`: octets in Mac OS Roman, at most 32 each. Any thread.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_INVALID (too long).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_name_same(
    a: *const c_void,
    a_length: usize,
    b: *const c_void,
    b_length: usize,
    same: *mut i32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_name_same", |r| {
        r.octets(a, a_length).octets(b, b_length).out(same).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(same, "same")?;
            let (a, b) = (Name::new(view(a, a_length, "a")?)?, Name::new(view(b, b_length, "b")?)?);
            write_out(same, a.matches(&b).into());
            Ok(())
        })
    }
}
