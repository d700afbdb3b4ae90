//! AppleTalk zone information: the router.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::process::Alive;
use crate::record;
use crate::status::*;
use crate::zip::{invalid, nanoseconds_until, next, set, set_link, set_size, set_time};
use crate::zip_event::{self, Names, osisession_zip_event, osisession_zip_name};
use osisession::appletalk::{
    NetworkRange, PortId, RouterOptions, RouterPort, Seed, Shared, ZoneName, ZoneRouter,
};
use osisession::proto::zip::router::port_table::State;
use osisession::proto::zip::router::route;
use std::ffi::c_char;
use std::sync::Arc;

/// A router of AppleTalk networks. Made by `osisession_zip_router_new`, ended by `osisession_zip_router_free`. All its functions may be called from any
/// thread.
pub struct osisession_zip_router {
    _never: (),
}

/// Router flag: answer queries by Replies with several whole lists where they fit, instead of an Extended Reply for each network.
pub const OSISESSION_ZIP_PACK_REPLIES: u32 = 0x01;

/// State of a port: it is getting an address, compares its seed with what other routers say, or learns its network from them.
pub const OSISESSION_ZIP_PORT_STARTING: u32 = 1;
/// State of a port: it has no seed, and has heard no router of its network.
pub const OSISESSION_ZIP_PORT_WAITING: u32 = 2;
/// State of a port: it routes.
pub const OSISESSION_ZIP_PORT_ACTIVE: u32 = 3;
/// State of a port: its seed is not what other routers of the network say.
pub const OSISESSION_ZIP_PORT_CONFLICT: u32 = 4;
/// State of a port: there is no address for it.
pub const OSISESSION_ZIP_PORT_FAILED: u32 = 5;
/// State of a port: it was taken down.
pub const OSISESSION_ZIP_PORT_DOWN: u32 = 6;

/// State of a route: the router is connected to the network.
pub const OSISESSION_ZIP_ROUTE_DIRECT: u32 = 1;
/// State of a route: confirmed.
pub const OSISESSION_ZIP_ROUTE_GOOD: u32 = 2;
/// State of a route: not confirmed for a while.
pub const OSISESSION_ZIP_ROUTE_SUSPECT: u32 = 3;
/// State of a route: not confirmed for long, or said to be unreachable. It is not used.
pub const OSISESSION_ZIP_ROUTE_BAD: u32 = 4;

/// Flag of routes: an extended network, which may have several numbers and zones.
pub const OSISESSION_ZIP_ROUTE_EXTENDED: u32 = 0x01;
/// Flag of routes: all zones of the network are known.
pub const OSISESSION_ZIP_ROUTE_ZONES_KNOWN: u32 = 0x02;

/// A port of a router. Initialize it by memset: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_port {
    /// Where its network is, as in osisession_zip_node_config.
    pub segment: *const c_char,
    /// The numbers of the network, as far as they are known here; a network of LocalTalk has one. 0: learn numbers and zones from other routers.
    pub range_start: u32,
    /// The last of them.
    pub range_end: u32,
    /// Its zones in UTF-8, the default one first; a network of LocalTalk has one.
    pub zones: *const osisession_octets,
    /// How many.
    pub zone_count: usize,
    /// The node id to try first, 1 to 254, of which 128 to 254 are for servers. 0: one at random.
    pub node: u32,
    /// 0.
    pub reserved: u32,
}

/// How a router behaves. Every field but `ports`: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_router_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_ZIP_PACK_REPLIES.
    pub flags: u32,
    /// Its ports.
    pub ports: *const osisession_zip_port,
    /// How many, 1 to 256.
    pub port_count: usize,
    /// How often a node id is asked for before it is taken. 0: 8.
    pub enquiries: u32,
    /// Milliseconds between. 0: 250 ms.
    pub enquiry_interval_ms: u32,
    /// Milliseconds between the routing tables that it sends. 0: 10 s.
    pub send_interval_ms: u32,
    /// Milliseconds after which a route that was not confirmed is worse by one step. 0: 20 s.
    pub validity_ms: u32,
    /// Milliseconds between queries for zones that are missing. 0: 10 s.
    pub query_interval_ms: u32,
    /// Milliseconds between the questions of a port that starts. 0: 1 s.
    pub verify_interval_ms: u32,
    /// How often a port with a seed asks before it is alone. 0: 3.
    pub verify_tries: u32,
    /// Milliseconds for which a port stays down before it can be brought up. 0: 10 min.
    pub bringback_ms: u32,
    /// Networks in the routing table. 0: 4,096.
    pub routes: u32,
    /// Zones altogether. 0: 65,536.
    pub zones: u32,
    /// Answers in one second on one port. 0: 1,000.
    pub answers_per_second: u32,
    /// 0.
    pub reserved: u32,
}
sized!(osisession_zip_router_config, reserved: u32);

/// Where a router stands.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_routing {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// Networks in its routing table.
    pub routes: u32,
    /// Zones that it knows.
    pub zones: u32,
    /// 0.
    pub reserved: u32,
    /// Datagrams received.
    pub received: u64,
    /// Datagrams that could not be read.
    pub malformed: u64,
    /// Datagrams that nobody had asked for, or that are not for a router.
    pub ignored: u64,
    /// Datagrams passed on.
    pub forwarded: u64,
    /// Datagrams that had nowhere to go.
    pub unroutable: u64,
    /// Datagrams that had passed too many routers.
    pub hops_exceeded: u64,
    /// What limits have cost.
    pub limited: u64,
    /// Queries that it sent.
    pub queries: u64,
    /// Networks that others asked for, and were told of.
    pub answered: u64,
    /// How often the network has failed the background thread, which goes on.
    pub failures: u64,
}
sized!(osisession_zip_routing, failures: u64);

/// Where a port of a router stands.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_port_state {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_ZIP_PORT_STARTING to OSISESSION_ZIP_PORT_DOWN.
    pub state: u32,
    /// The port's network number; 0: not known.
    pub network: u32,
    /// Its node id; 0: it has none.
    pub node: u32,
    /// The first number of its network; 0: it does not route.
    pub range_start: u32,
    /// The last one.
    pub range_end: u32,
}
sized!(osisession_zip_port_state, range_end: u32);

/// A network in the routing table. It lives as long as the tables.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_route {
    /// The first number of the network.
    pub range_start: u32,
    /// The last one.
    pub range_end: u32,
    /// How many routers are between, 0 to 15.
    pub distance: u32,
    /// The port that leads there.
    pub port: u32,
    /// Network number of the next router.
    pub next_network: u32,
    /// Its node id; 0: this router is connected to the network.
    pub next_node: u32,
    /// OSISESSION_ZIP_ROUTE_DIRECT to OSISESSION_ZIP_ROUTE_BAD.
    pub state: u32,
    /// OSISESSION_ZIP_ROUTE_EXTENDED, OSISESSION_ZIP_ROUTE_ZONES_KNOWN.
    pub flags: u32,
    /// Its zones, once all of them are known.
    pub zones: *const osisession_zip_name,
    /// How many.
    pub zone_count: usize,
}

/// The tables of a router at one time. Initialize it by OSISESSION_INIT, free it by `osisession_zip_tables_free`: what it points to lives until then.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_tables {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The library's; leave it alone.
    pub owner: u64,
    /// The routing table.
    pub routes: *const osisession_zip_route,
    /// How many networks.
    pub route_count: usize,
    /// Every zone that is known, in the order of GetZoneList.
    pub zones: *const osisession_zip_name,
    /// How many.
    pub zone_count: usize,
}
sized!(osisession_zip_tables, zone_count: usize);

const NO_TABLES: osisession_zip_tables = osisession_zip_tables {
    struct_size: size_of::<osisession_zip_tables>() as u32,
    reserved: 0,
    owner: 0,
    routes: std::ptr::null(),
    route_count: 0,
    zones: std::ptr::null(),
    zone_count: 0,
};

struct RouterObject {
    router: Shared<ZoneRouter>,
    _alive: Alive,
}

/// What tables point to. Addresses in it are those of its own memory, which does not move.
struct TablesObject {
    _names: Names,
    routes: Vec<osisession_zip_route>,
    zones: Vec<osisession_zip_name>,
    _of_routes: Vec<osisession_zip_name>,
}

// SAFETY: the addresses are of memory that the object owns and nobody writes.
unsafe impl Send for TablesObject {}
// SAFETY: as above.
unsafe impl Sync for TablesObject {}

static ROUTERS: Table<RouterObject> = Table::new(Kind::ZipRouter);
static TABLES: Table<TablesObject> = Table::new(Kind::ZipTables);

fn find(router: *mut osisession_zip_router) -> Result<Arc<RouterObject>> {
    ROUTERS.get(router as usize)
}

/// # Safety
/// As every function of this ABI.
unsafe fn port(from: &osisession_zip_port) -> Result<RouterPort> {
    // SAFETY: the caller's promises.
    let segment = unsafe { string(from.segment, "the segment of a port")? }.parse()?;
    if from.reserved != 0 {
        return Err(invalid("reserved of a port is not 0: it was not initialized".into()));
    }
    let node = match from.node {
        0 => None,
        node => Some(
            u8::try_from(node)
                .ok()
                .filter(|node| *node != 255)
                .ok_or_else(|| invalid(format!("node id {node} is not 1 to 254")))?,
        ),
    };
    if from.range_start == 0 && from.range_end == 0 && from.zone_count == 0 {
        return Ok(RouterPort { segment, seed: None, node });
    }
    let number = |number: u32| {
        u16::try_from(number).map_err(|_| invalid(format!("network number {number} is above 65279")))
    };
    let range = NetworkRange::new(number(from.range_start)?, number(from.range_end)?)?;
    if from.zone_count > 255 {
        return Err(Failure::owned(OSISESSION_E_LENGTH, format!("{} zones are too many", from.zone_count)));
    }
    if from.zones.is_null() && from.zone_count != 0 {
        return Err(Failure::null("zones"));
    }
    let mut zones = Vec::new();
    for at in 0..from.zone_count {
        // SAFETY: the caller's promises: as many as it says.
        let zone = unsafe { from.zones.add(at).read_unaligned().copy("a zone")? };
        let text = std::str::from_utf8(&zone).map_err(|_| invalid("a zone is not UTF-8".into()))?;
        zones.push(ZoneName::from_text(text)?);
    }
    Ok(RouterPort { segment, seed: Some(Seed { range, zones }), node })
}

/// # Safety
/// As every function of this ABI.
unsafe fn config(from: *const osisession_zip_router_config) -> Result<(Vec<RouterPort>, RouterOptions)> {
    if from.is_null() {
        return Err(Failure::null("config"));
    }
    // SAFETY: the caller's promises.
    let c = unsafe { read_sized(from, "the configuration of the router")? };
    if c.flags & !OSISESSION_ZIP_PACK_REPLIES != 0 {
        return Err(invalid(format!("flags {:#x} mean nothing", c.flags & !OSISESSION_ZIP_PACK_REPLIES)));
    }
    if c.ports.is_null() {
        return Err(Failure::null("ports"));
    }
    if c.port_count == 0 || c.port_count > 256 {
        return Err(Failure::owned(
            OSISESSION_E_LENGTH,
            format!("a router cannot have {} ports", c.port_count),
        ));
    }
    let mut ports = Vec::new();
    for at in 0..c.port_count {
        // SAFETY: the caller's promises: as many as it says.
        ports.push(unsafe { port(&c.ports.add(at).read_unaligned())? });
    }
    let mut options = RouterOptions::default();
    options.pack_replies = c.flags & OSISESSION_ZIP_PACK_REPLIES != 0;
    let limits = &mut options.limits;
    set_link(&mut limits.link, c.enquiries, c.enquiry_interval_ms);
    set_time(&mut limits.send_interval, c.send_interval_ms);
    set_time(&mut limits.validity, c.validity_ms);
    set_time(&mut limits.query_interval, c.query_interval_ms);
    set_time(&mut limits.verify_interval, c.verify_interval_ms);
    set(&mut limits.verify_tries, c.verify_tries);
    set_time(&mut limits.bringback, c.bringback_ms);
    set_size(&mut limits.routes, c.routes);
    set_size(&mut limits.zones, c.zones);
    set(&mut limits.answers_per_second, c.answers_per_second);
    Ok((ports, options))
}

/// Makes a router, and starts its ports. It routes while it is driven: by `osisession_zip_router_start`, by `osisession_zip_router_dispatch`, or from
/// your event loop.
///
/// `config`: copied, with its ports. `router` receives the handle, to be ended by `osisession_zip_router_free`. Any thread.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_LENGTH (too many ports or zones, or none), OSISESSION_E_INVALID (a seed that can never
/// work: the error names the port), OSISESSION_E_TRANSPORT (no such interface, no route for multicasts, no descriptor).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_new(
    config: *const osisession_zip_router_config,
    router: *mut *mut osisession_zip_router,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_new", |a| {
        a.params(config).out_handle("router", router).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        call(error, || {
            let (ports, options) = self::config(config)?;
            check_out(router, "router")?;
            crate::process::check()?;
            let made = Shared::new(ZoneRouter::open(ports, options)?)?;
            let (handle, _) =
                ROUTERS.insert_value(RouterObject { router: made, _alive: Alive::counted() })?;
            write_out(router, handle as *mut osisession_zip_router);
            Ok(())
        })
    }
}

/// Ends a router and its handle: it says nothing more. Calls of other threads that wait for it return OSISESSION_E_CLOSED.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_free(router: *mut osisession_zip_router) -> i32 {
    let _recorded = record::call("osisession_zip_router_free", |a| {
        a.handle(router);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !router.is_null() {
                ROUTERS.remove(router as usize)?.router.close();
            }
            Ok(())
        })
    }
}

/// Drives a router once, as `osisession_zip_node_dispatch` drives a node.
///
/// `timeout_ms`: how long to wait until there is something to do, milliseconds; 0 does not wait, negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the network fails; the router can be driven again).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_dispatch(
    router: *mut osisession_zip_router,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_dispatch", |a| {
        a.handle(router).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(router)?.router.dispatch(timeout(timeout_ms))?)) }
}

/// Starts a background thread that drives the router. Does nothing if it runs already. Failures of the network do not end it: they are counted
/// (`failures` of `osisession_zip_router_state`).
///
/// Errors: those of the handle, OSISESSION_E_CLOSED, OSISESSION_E_TRANSPORT (the system gives no thread).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_start(
    router: *mut osisession_zip_router,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_start", |a| {
        a.handle(router).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(router)?.router.start()?)) }
}

/// Stops the background thread, and waits for its end. Does nothing if there is none.
///
/// Errors: those of the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_stop(
    router: *mut osisession_zip_router,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_stop", |a| {
        a.handle(router).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            find(router)?.router.stop();
            Ok(())
        })
    }
}

/// A descriptor that is readable when `osisession_zip_router_dispatch` has something to do. To be watched, never read or closed. It is valid until
/// the router is freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_descriptor(
    router: *mut osisession_zip_router,
    descriptor: *mut i32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_descriptor", |a| {
        a.handle(router).out(descriptor).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(descriptor, "descriptor")?;
            write_out(descriptor, find(router)?.router.descriptor());
            Ok(())
        })
    }
}

/// When `osisession_zip_router_dispatch` is due though the descriptor is quiet: `nanoseconds` receives the time from now; 0 if it is due, -1 if
/// nothing waits for time. Ask again after each call on the router.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_next_timeout_ns(
    router: *mut osisession_zip_router,
    nanoseconds: *mut i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_next_timeout_ns", |a| {
        a.handle(router).out_i64("nanoseconds", nanoseconds).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(nanoseconds, "nanoseconds")?;
            write_out(nanoseconds, nanoseconds_until(find(router)?.router.next_timeout()?));
            Ok(())
        })
    }
}

/// Takes the next event of a router.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 does not wait, negative waits for ever. If nothing else drives the router, the waiting caller does;
/// with 0 it drives as well. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives the event, to be freed. Events
/// that nobody takes: 1,024 are kept, then the oldest go.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_WOULD_BLOCK (nothing there,
/// `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_TRANSPORT (the network fails), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_next_event(
    router: *mut osisession_zip_router,
    timeout_ms: i64,
    event: *mut osisession_zip_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_next_event", |a| {
        a.handle(router).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let router = find(router)?;
            zip_event::check(event)?;
            let told = next(timeout_ms, router.router.next_event(timeout(timeout_ms))?)?;
            zip_event::fill_router(event, &told)
        })
    }
}

/// Where a router stands.
///
/// `state`: initialized by OSISESSION_INIT. Any thread.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_state(
    router: *mut osisession_zip_router,
    state: *mut osisession_zip_routing,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_state", |a| {
        a.handle(router).out(state).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let router = &find(router)?.router;
            check_sized_out(state, "state")?;
            let failures = router.failures().0;
            let read = router.with(|router| {
                let engine = router.engine();
                let counters = engine.counters();
                osisession_zip_routing {
                    struct_size: size_of::<osisession_zip_routing>() as u32,
                    routes: u32::try_from(engine.route_count()).unwrap_or(u32::MAX),
                    zones: u32::try_from(engine.zone_count()).unwrap_or(u32::MAX),
                    reserved: 0,
                    received: counters.received,
                    malformed: counters.malformed,
                    ignored: counters.ignored,
                    forwarded: counters.forwarded,
                    unroutable: counters.unroutable,
                    hops_exceeded: counters.hops_exceeded,
                    limited: counters.limited,
                    queries: counters.queries,
                    answered: counters.answered,
                    failures,
                }
            })?;
            write_sized(state, &read);
            Ok(())
        })
    }
}

/// Where a port of a router stands.
///
/// `port`: its place in the configuration. `state`: initialized by OSISESSION_INIT. Any thread.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no such port), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_port_state(
    router: *mut osisession_zip_router,
    port: u32,
    state: *mut osisession_zip_port_state,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_port_state", |a| {
        a.handle(router).number(port).out(state).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let router = &find(router)?.router;
            check_sized_out(state, "state")?;
            let read = router.with(|router| read_port(router, port))?;
            let read = read.ok_or_else(|| invalid(format!("the router has no port {port}")))?;
            write_sized(state, &read);
            Ok(())
        })
    }
}

fn read_port(router: &ZoneRouter, number: u32) -> Option<osisession_zip_port_state> {
    let engine = router.engine();
    let port = PortId(number as usize);
    let state = match engine.state(port)? {
        State::Off | State::Claiming | State::Verifying | State::Moving | State::Learning => {
            OSISESSION_ZIP_PORT_STARTING
        }
        State::Waiting => OSISESSION_ZIP_PORT_WAITING,
        State::Active => OSISESSION_ZIP_PORT_ACTIVE,
        State::Conflict => OSISESSION_ZIP_PORT_CONFLICT,
        State::Failed => OSISESSION_ZIP_PORT_FAILED,
        State::Down => OSISESSION_ZIP_PORT_DOWN,
    };
    let address = engine.link(port).and_then(|link| link.address());
    let direct = engine.routes().find(|route| route.state == route::State::Direct && route.port == port.0);
    Some(osisession_zip_port_state {
        struct_size: size_of::<osisession_zip_port_state>() as u32,
        state,
        network: address.map_or(0, |address| address.network.into()),
        node: address.map_or(0, |address| address.node.into()),
        range_start: direct.map_or(0, |route| route.range.start().into()),
        range_end: direct.map_or(0, |route| route.range.end().into()),
    })
}

/// The tables of a router as they are now.
///
/// `tables`: initialized by OSISESSION_INIT or freed by `osisession_zip_tables_free`; receives the tables, to be freed. Any thread.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_tables(
    router: *mut osisession_zip_router,
    tables: *mut osisession_zip_tables,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_tables", |a| {
        a.handle(router).out(tables).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let router = &find(router)?.router;
            check_sized_out(tables, "the tables")?;
            if (&raw const (*tables).owner).read_unaligned() != 0 {
                return Err(Failure::new(
                    OSISESSION_E_NOT_FREED,
                    "the tables still own memory: osisession_zip_tables_free first (or OSISESSION_INIT a struct never filled)",
                ));
            }
            let object = router.with(|router| read_tables(router))?;
            let (owner, object) = TABLES.insert_value(object)?;
            let mut read = NO_TABLES;
            read.owner = owner as u64;
            if !object.routes.is_empty() {
                (read.routes, read.route_count) = (object.routes.as_ptr(), object.routes.len());
            }
            if !object.zones.is_empty() {
                (read.zones, read.zone_count) = (object.zones.as_ptr(), object.zones.len());
            }
            write_sized(tables, &read);
            Ok(())
        })
    }
}

fn read_tables(router: &ZoneRouter) -> TablesObject {
    let engine = router.engine();
    let mut names = Names::default();
    let zones: Vec<usize> = engine.zones().map(|zone| names.add(zone.name())).collect();
    // Each route with the places of its zones, one after the other.
    let mut of_routes = Vec::new();
    let mut routes = Vec::new();
    for route in engine.routes() {
        let from = of_routes.len();
        let known = engine.zones_of(route.range.start());
        of_routes.extend(known.unwrap_or_default().iter().map(|zone| names.add(zone.name())));
        let state = match route.state {
            route::State::Direct => OSISESSION_ZIP_ROUTE_DIRECT,
            route::State::Good => OSISESSION_ZIP_ROUTE_GOOD,
            route::State::Suspect => OSISESSION_ZIP_ROUTE_SUSPECT,
            route::State::Bad | route::State::Worse | route::State::Gone => OSISESSION_ZIP_ROUTE_BAD,
        };
        let flags = if route.extended { OSISESSION_ZIP_ROUTE_EXTENDED } else { 0 }
            | if known.is_some() { OSISESSION_ZIP_ROUTE_ZONES_KNOWN } else { 0 };
        let route = osisession_zip_route {
            range_start: route.range.start().into(),
            range_end: route.range.end().into(),
            distance: route.distance.into(),
            port: u32::try_from(route.port).unwrap_or(u32::MAX),
            next_network: route.next.map_or(0, |next| next.network.into()),
            next_node: route.next.map_or(0, |next| next.node.into()),
            state,
            flags,
            zones: std::ptr::null(),
            zone_count: of_routes.len() - from,
        };
        routes.push((from, route));
    }
    // All are there: from now on the memory of the names stays where it is.
    let of_routes: Vec<_> = of_routes.into_iter().map(|at| names.lend(at)).collect();
    let lend = |(from, mut route): (usize, osisession_zip_route)| {
        if let Some(zones) = of_routes.get(from..from + route.zone_count).filter(|zones| !zones.is_empty()) {
            route.zones = zones.as_ptr();
        }
        route
    };
    let routes = routes.into_iter().map(lend).collect();
    let zones = zones.into_iter().map(|at| names.lend(at)).collect();
    TablesObject { _names: names, routes, zones, _of_routes: of_routes }
}

/// Frees what tables point to and makes them ready to be filled again.
///
/// NULL, zeroed tables, and tables that were freed are all fine. Freeing a second copy returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_tables_free(tables: *mut osisession_zip_tables) -> i32 {
    let _recorded = record::call("osisession_zip_tables_free", |a| {
        a.out(tables);
    });
    // SAFETY: the caller's promise: NULL, zeroed, or initialized with its size.
    unsafe {
        call(std::ptr::null_mut(), || {
            if tables.is_null() || tables.cast::<u32>().read_unaligned() == 0 {
                return Ok(());
            }
            check_sized_out(tables, "the tables")?;
            let owner = (&raw const (*tables).owner).read_unaligned();
            write_sized(tables, &NO_TABLES);
            match owner {
                0 => Ok(()),
                owner => TABLES.remove(usize::try_from(owner).unwrap_or(usize::MAX)).map(drop),
            }
        })
    }
}

fn port_id(port: u32) -> PortId {
    PortId(port as usize)
}

/// Takes a port down. Its network is told to be unreachable, its zones go.
///
/// `port`: its place in the configuration.
///
/// Errors: those of the handle, OSISESSION_E_INVALID (no such port), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_take_down(
    router: *mut osisession_zip_router,
    port: u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_take_down", |a| {
        a.handle(router).number(port).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(router)?.router.with(|router| router.take_down(port_id(port)))??)) }
}

/// Starts a port again that was taken down, that has failed, or whose seed was in conflict.
///
/// `port`: its place in the configuration.
///
/// Errors: those of the handle, OSISESSION_E_INVALID (no such port), OSISESSION_E_REFUSED (it is up; it was taken down, and `bringback_ms` is not over:
/// until then other routers may still know its old zones), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_bring_up(
    router: *mut osisession_zip_router,
    port: u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_bring_up", |a| {
        a.handle(router).number(port).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(router)?.router.with(|router| router.bring_up(port_id(port)))??)) }
}

/// Gives a zone of a network another name, and tells the nodes there (ZIP Notify).
///
/// `network`: a number of the network. `old_name`, `new_name`: in UTF-8.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (no such network or zone; the new name is taken),
/// OSISESSION_E_LIMIT, OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_router_rename_zone(
    router: *mut osisession_zip_router,
    network: u32,
    old_name: *const c_char,
    new_name: *const c_char,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_router_rename_zone", |a| {
        a.handle(router).number(network).text(old_name).text(new_name).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let router = find(router)?;
            let network = u16::try_from(network)
                .map_err(|_| invalid(format!("network number {network} is above 65279")))?;
            let old = ZoneName::from_text(&string(old_name, "old_name")?)?;
            let new = ZoneName::from_text(&string(new_name, "new_name")?)?;
            Ok(router.router.with(|router| router.rename_zone(network, old, new))??)
        })
    }
}
