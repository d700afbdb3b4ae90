//! AppleTalk zone information: what nodes and routers tell.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::status::*;
use crate::zip_request;
use osisession::appletalk::{Name, NetworkRange, NodeAddress, NodeEvent, RouterEvent, Tuple, ZoneName};
use osisession::{Bytes, Error};
use std::ffi::c_char;

/// Of a node: it knows its network and a router. `network`, `node`: its address; `range_start`, `range_end`; `router_network`, `router_node`;
/// `zone`, unless it is told later. Flag OSISESSION_ZIP_CHOICE. Keep address and zone for the next start.
pub const OSISESSION_ZIP_EVENT_UP: u32 = 1;
/// Of a node: no router has answered. `network`, `node`: its address, which is final.
pub const OSISESSION_ZIP_EVENT_ALONE: u32 = 2;
/// Of a node: `zone` is that of its network.
pub const OSISESSION_ZIP_EVENT_ZONE: u32 = 3;
/// Of a node: no router is heard any more.
pub const OSISESSION_ZIP_EVENT_ROUTER_LOST: u32 = 4;
/// Of a node: a router has come that does not route for its address. `range_start`, `range_end`: the network as the router says it.
pub const OSISESSION_ZIP_EVENT_STRANDED: u32 = 5;
/// Of a node: every address that it tried is taken.
pub const OSISESSION_ZIP_EVENT_FAILED: u32 = 6;
/// Of a node: `zone`, which was picked, is its zone now. Register names again: they may clash with names of this zone.
pub const OSISESSION_ZIP_EVENT_PICKED: u32 = 7;
/// Of a node: `zone`, which was picked, is none of its network, or no router has said so. `error`: why.
pub const OSISESSION_ZIP_EVENT_PICK_FAILED: u32 = 8;
/// Of a node: its zone, until now `old_zone`, is called `zone` from now on.
pub const OSISESSION_ZIP_EVENT_RENAMED: u32 = 9;
/// Of a node: a router says that `old_zone` is called `zone` from now on.
pub const OSISESSION_ZIP_EVENT_RENAME_HINT: u32 = 10;
/// Of a node: the answer to a call about zones. `number`: the call; `call`: what was asked; `zones`, `zone_count`: each once, in the router's order.
pub const OSISESSION_ZIP_EVENT_ZONES: u32 = 11;
/// Of a node: a call about zones has no answer, or none that can be used. `number`: the call; `error`: why.
pub const OSISESSION_ZIP_EVENT_ZONES_FAILED: u32 = 12;
/// Of a node: a look-up has found an entity. `number`: the look-up; `entities`: one. Each is told once.
pub const OSISESSION_ZIP_EVENT_FOUND: u32 = 13;
/// Of a node: a look-up is over. `number`: the look-up; `count`: how many entities were found, flag OSISESSION_ZIP_MORE. From
/// `osisession_zip_lookup`: `entities`, `entity_count` are what was found.
pub const OSISESSION_ZIP_EVENT_LOOKED_UP: u32 = 14;
/// Of a node: a name is registered: look-ups find it from now on. `number`: the registration; `entities`: one, the name.
pub const OSISESSION_ZIP_EVENT_REGISTERED: u32 = 15;
/// Of a node: somebody has the name. `number`: the registration; `entities`: one, the name and who has it.
pub const OSISESSION_ZIP_EVENT_NAME_TAKEN: u32 = 16;
/// Of a node: an echo has come back. `number`: the request; `network`, `node`: who has answered; `data` as they came.
pub const OSISESSION_ZIP_EVENT_ECHOED: u32 = 17;
/// Of a node: an echo has not come back. `number`: the request.
pub const OSISESSION_ZIP_EVENT_ECHO_LOST: u32 = 18;

/// Of a router: `port` routes. `network`, `node`: its address; `range_start`, `range_end`.
pub const OSISESSION_ZIP_EVENT_PORT_ACTIVE: u32 = 32;
/// Of a router: another router of the network says something else about it. `port`; `error`: what differs. A port that has not routed yet does
/// not begin.
pub const OSISESSION_ZIP_EVENT_PORT_CONFLICT: u32 = 33;
/// Of a router: there is no address for `port`.
pub const OSISESSION_ZIP_EVENT_PORT_FAILED: u32 = 34;
/// Of a router: `port` was taken down.
pub const OSISESSION_ZIP_EVENT_PORT_DOWN: u32 = 35;
/// Of a router: the network `range_start` to `range_end` has come into the routing table.
pub const OSISESSION_ZIP_EVENT_ROUTE_GAINED: u32 = 36;
/// Of a router: the network `range_start` to `range_end` has gone out of the routing table, and its zones with it.
pub const OSISESSION_ZIP_EVENT_ROUTE_LOST: u32 = 37;
/// Of a router: a neighbour tells of a network `range_start` to `range_end`, of which some numbers are those of `known_start` to `known_end`. It is
/// not believed.
pub const OSISESSION_ZIP_EVENT_ROUTE_OVERLAPS: u32 = 38;
/// Of a router: all zones of the network `range_start` to `range_end` are known. `count`: how many they are.
pub const OSISESSION_ZIP_EVENT_ZONES_KNOWN: u32 = 39;
/// Of a router: a limit was reached, and something was not taken. `error`: which one.
pub const OSISESSION_ZIP_EVENT_LIMITED: u32 = 40;

/// Flag of events: the zone is the default one of the network, and others can be picked.
pub const OSISESSION_ZIP_CHOICE: u32 = 0x01;
/// Flag of events: a limit was reached; there may be more entities.
pub const OSISESSION_ZIP_MORE: u32 = 0x02;

/// A name, which lives as long as the struct says that it is in.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_name {
    /// Its own octets, at most 32, in Mac OS Roman.
    pub octets: osisession_octets,
    /// The same in UTF-8. Ends with NUL; a name with a NUL in it ends early here. NULL: there is no name.
    pub text: *const c_char,
}

/// Something that can be found by its name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_entity {
    /// Its own name.
    pub object: osisession_zip_name,
    /// Its type, such as "LaserWriter".
    pub r#type: osisession_zip_name,
    /// Its zone; "*" is that of the node that asked.
    pub zone: osisession_zip_name,
    /// Network number of the node that it is at.
    pub network: u32,
    /// Node id.
    pub node: u32,
    /// Its socket there.
    pub socket: u32,
    /// Tells names at the same socket apart.
    pub enumerator: u32,
}

/// What a node or a router tells. Initialize it by OSISESSION_INIT, free it by `osisession_zip_event_free`: what it points to lives until then.
/// Fields that the type of event does not name are 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_zip_event {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_ZIP_EVENT_...
    pub r#type: u32,
    /// The library's; leave it alone.
    pub owner: u64,
    /// What was asked: the number that the request gave.
    pub number: u32,
    /// OSISESSION_ZIP_GET_...
    pub call: u32,
    /// OSISESSION_ZIP_CHOICE, OSISESSION_ZIP_MORE.
    pub flags: u32,
    /// The port of the router, by its place in the configuration.
    pub port: u32,
    /// Network number of a node or port.
    pub network: u32,
    /// Its node id.
    pub node: u32,
    /// First number of a network.
    pub range_start: u32,
    /// Last number of it.
    pub range_end: u32,
    /// First number of another network.
    pub known_start: u32,
    /// Last number of it.
    pub known_end: u32,
    /// Network number of the router.
    pub router_network: u32,
    /// Its node id.
    pub router_node: u32,
    /// How many entities or zones.
    pub count: u64,
    /// A zone.
    pub zone: osisession_zip_name,
    /// Its name until now.
    pub old_zone: osisession_zip_name,
    /// Zones.
    pub zones: *const osisession_zip_name,
    /// How many.
    pub zone_count: usize,
    /// Entities.
    pub entities: *const osisession_zip_entity,
    /// How many.
    pub entity_count: usize,
    /// The data of an echo.
    pub data: osisession_octets,
    /// Why; NULL: nothing failed.
    pub error: *const osisession_error_info,
}
sized!(osisession_zip_event, error: *const osisession_error_info);

pub(crate) const NO_NAME: osisession_zip_name =
    osisession_zip_name { octets: osisession_octets::NONE, text: std::ptr::null() };

const EMPTY: osisession_zip_event = osisession_zip_event {
    struct_size: size_of::<osisession_zip_event>() as u32,
    r#type: 0,
    owner: 0,
    number: 0,
    call: 0,
    flags: 0,
    port: 0,
    network: 0,
    node: 0,
    range_start: 0,
    range_end: 0,
    known_start: 0,
    known_end: 0,
    router_network: 0,
    router_node: 0,
    count: 0,
    zone: NO_NAME,
    old_zone: NO_NAME,
    zones: std::ptr::null(),
    zone_count: 0,
    entities: std::ptr::null(),
    entity_count: 0,
    data: osisession_octets::NONE,
    error: std::ptr::null(),
};

/// Names with their texts in one piece of memory. They are lent once all are there.
#[derive(Default)]
pub(crate) struct Names {
    memory: Vec<u8>,
    /// Where each begins, and its length; its text follows, with its NUL.
    places: Vec<(usize, usize)>,
}

impl Names {
    /// Takes a name in; its place.
    pub(crate) fn add(&mut self, name: &Name) -> usize {
        self.places.push((self.memory.len(), name.len()));
        self.memory.extend_from_slice(name.octets());
        self.memory.extend_from_slice(name.to_string().as_bytes());
        self.memory.push(0);
        self.places.len() - 1
    }

    /// The name at a place. It lives as long as this, unless a name is added.
    pub(crate) fn lend(&self, at: usize) -> osisession_zip_name {
        let Some((start, length)) = self.places.get(at).copied() else { return NO_NAME };
        let octets = self.memory.get(start..start + length).unwrap_or_default();
        let text = self.memory.get(start + length..).unwrap_or_default();
        osisession_zip_name { octets: osisession_octets::lend(octets), text: text.as_ptr().cast() }
    }
}

/// What an event points to. Addresses in it are those of its own memory, which does not move.
#[derive(Default)]
struct EventObject {
    _names: Names,
    zones: Vec<osisession_zip_name>,
    entities: Vec<osisession_zip_entity>,
    data: Bytes,
    error: Option<Box<osisession_error_info>>,
}

// SAFETY: the addresses are of memory that the object owns and nobody writes.
unsafe impl Send for EventObject {}
// SAFETY: as above.
unsafe impl Sync for EventObject {}

static EVENTS: Table<EventObject> = Table::new(Kind::ZipEvent);

/// What is told, before it is C's.
#[derive(Default)]
pub(crate) struct Told<'a> {
    pub(crate) zone: Option<&'a ZoneName>,
    pub(crate) old_zone: Option<&'a ZoneName>,
    pub(crate) zones: &'a [ZoneName],
    pub(crate) entities: &'a [Tuple],
    pub(crate) data: Bytes,
    pub(crate) error: Option<&'a Error>,
}

/// Checks that an event can be filled before anything is done.
///
/// # Safety
/// `event` is NULL or points to as many octets as its `struct_size` says.
pub(crate) unsafe fn check(event: *mut osisession_zip_event) -> Result {
    // SAFETY: the caller's promise; the smallest size reaches beyond `owner`.
    unsafe {
        check_sized_out(event, "the event")?;
        if (&raw const (*event).owner).read_unaligned() != 0 {
            return Err(Failure::new(
                OSISESSION_E_NOT_FREED,
                "the event still owns octets: osisession_zip_event_free first (or OSISESSION_INIT a struct never filled)",
            ));
        }
    }
    Ok(())
}

/// # Safety
/// As [`check`], which was called.
unsafe fn fill(to: *mut osisession_zip_event, mut c: osisession_zip_event, told: Told<'_>) -> Result {
    let mut names = Names::default();
    let zone = told.zone.map(|zone| names.add(zone.name()));
    let old_zone = told.old_zone.map(|zone| names.add(zone.name()));
    let zones: Vec<usize> = told.zones.iter().map(|zone| names.add(zone.name())).collect();
    let parts = |tuple: &Tuple, names: &mut Names| {
        let entity = &tuple.entity;
        [names.add(&entity.object), names.add(&entity.kind), names.add(&entity.zone)]
    };
    let entities: Vec<_> = told.entities.iter().map(|tuple| (tuple, parts(tuple, &mut names))).collect();
    // All are there: from now on the memory of the names stays where it is.
    let lent = |(tuple, [object, kind, zone]): (&Tuple, [usize; 3])| osisession_zip_entity {
        object: names.lend(object),
        r#type: names.lend(kind),
        zone: names.lend(zone),
        network: tuple.address.network.into(),
        node: tuple.address.node.into(),
        socket: tuple.address.socket.into(),
        enumerator: tuple.enumerator.into(),
    };
    let entities: Vec<_> = entities.into_iter().map(lent).collect();
    let zones: Vec<_> = zones.into_iter().map(|at| names.lend(at)).collect();
    c.zone = zone.map_or(NO_NAME, |at| names.lend(at));
    c.old_zone = old_zone.map_or(NO_NAME, |at| names.lend(at));
    let error = told.error.map(|error| Box::new(osisession_error_info::of_error(error)));
    let object = EventObject { _names: names, zones, entities, data: told.data, error };
    let (owner, object) = EVENTS.insert_value(object)?;
    c.owner = owner as u64;
    if !object.zones.is_empty() {
        (c.zones, c.zone_count) = (object.zones.as_ptr(), object.zones.len());
    }
    if !object.entities.is_empty() {
        (c.entities, c.entity_count) = (object.entities.as_ptr(), object.entities.len());
    }
    c.data = osisession_octets::lend(&object.data);
    c.error = object.error.as_ref().map_or(std::ptr::null(), |error| &raw const **error);
    // SAFETY: the caller's promise.
    unsafe { write_sized(to, &c) };
    Ok(())
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn at(c: &mut osisession_zip_event, address: NodeAddress) {
    (c.network, c.node) = (address.network.into(), address.node.into());
}

fn over(c: &mut osisession_zip_event, range: NetworkRange) {
    (c.range_start, c.range_end) = (range.start().into(), range.end().into());
}

/// The answer to a call about zones, for the one who waited.
///
/// # Safety
/// As [`fill`].
pub(crate) unsafe fn fill_zones(to: *mut osisession_zip_event, call: u32, zones: &[ZoneName]) -> Result {
    let c =
        osisession_zip_event { r#type: OSISESSION_ZIP_EVENT_ZONES, call, count: count(zones.len()), ..EMPTY };
    // SAFETY: the caller's promise.
    unsafe { fill(to, c, Told { zones, ..Told::default() }) }
}

/// What a look-up has found, for the one who waited.
///
/// # Safety
/// As [`fill`].
pub(crate) unsafe fn fill_found(to: *mut osisession_zip_event, entities: &[Tuple], more: bool) -> Result {
    let c = osisession_zip_event {
        r#type: OSISESSION_ZIP_EVENT_LOOKED_UP,
        count: count(entities.len()),
        flags: if more { OSISESSION_ZIP_MORE } else { 0 },
        ..EMPTY
    };
    // SAFETY: the caller's promise.
    unsafe { fill(to, c, Told { entities, ..Told::default() }) }
}

/// # Safety
/// As [`fill`].
pub(crate) unsafe fn fill_node(to: *mut osisession_zip_event, event: NodeEvent) -> Result {
    let (mut c, mut told, mut one) = (EMPTY, Told::default(), None);
    c.r#type = match &event {
        NodeEvent::Up { address, range, router, zone, choice } => {
            at(&mut c, *address);
            over(&mut c, *range);
            (c.router_network, c.router_node) = (router.network.into(), router.node.into());
            c.flags = if *choice { OSISESSION_ZIP_CHOICE } else { 0 };
            told.zone = zone.as_ref();
            OSISESSION_ZIP_EVENT_UP
        }
        NodeEvent::Alone { address } => {
            at(&mut c, *address);
            OSISESSION_ZIP_EVENT_ALONE
        }
        NodeEvent::Zone { zone } => {
            told.zone = Some(zone);
            OSISESSION_ZIP_EVENT_ZONE
        }
        NodeEvent::RouterLost => OSISESSION_ZIP_EVENT_ROUTER_LOST,
        NodeEvent::Stranded { range } => {
            over(&mut c, *range);
            OSISESSION_ZIP_EVENT_STRANDED
        }
        NodeEvent::Failed => OSISESSION_ZIP_EVENT_FAILED,
        NodeEvent::Picked { zone } => {
            told.zone = Some(zone);
            OSISESSION_ZIP_EVENT_PICKED
        }
        NodeEvent::PickFailed { zone, error } => {
            (told.zone, told.error) = (Some(zone), Some(error));
            OSISESSION_ZIP_EVENT_PICK_FAILED
        }
        NodeEvent::Renamed { old, new } => {
            (told.zone, told.old_zone) = (Some(new), Some(old));
            OSISESSION_ZIP_EVENT_RENAMED
        }
        NodeEvent::RenameHint(notify) => {
            (told.zone, told.old_zone) = (Some(&notify.new_zone), Some(&notify.old_zone));
            OSISESSION_ZIP_EVENT_RENAME_HINT
        }
        NodeEvent::Zones { request, call, zones } => {
            (c.number, c.call, c.count) = (request.0, zip_request::number_of(*call), count(zones.len()));
            told.zones = zones;
            OSISESSION_ZIP_EVENT_ZONES
        }
        NodeEvent::RequestFailed { request, error } => {
            c.number = request.0;
            told.error = Some(error);
            OSISESSION_ZIP_EVENT_ZONES_FAILED
        }
        NodeEvent::Found { lookup, tuple } => {
            (c.number, one) = (lookup.0, Some(*tuple));
            OSISESSION_ZIP_EVENT_FOUND
        }
        NodeEvent::LookedUp { lookup, count: found, more } => {
            (c.number, c.count) = (lookup.0, count(*found));
            c.flags = if *more { OSISESSION_ZIP_MORE } else { 0 };
            OSISESSION_ZIP_EVENT_LOOKED_UP
        }
        NodeEvent::Registered { lookup, entity } => {
            let address = osisession::appletalk::Address::new(0, 0, 0);
            (c.number, one) = (lookup.0, Some(Tuple { address, enumerator: 0, entity: *entity }));
            OSISESSION_ZIP_EVENT_REGISTERED
        }
        NodeEvent::NameTaken { lookup, holder } => {
            (c.number, one) = (lookup.0, Some(*holder));
            OSISESSION_ZIP_EVENT_NAME_TAKEN
        }
        NodeEvent::Echoed { echo, from, data } => {
            c.number = echo.0;
            at(&mut c, from.at());
            told.data = data.clone();
            OSISESSION_ZIP_EVENT_ECHOED
        }
        NodeEvent::EchoLost { echo } => {
            c.number = echo.0;
            OSISESSION_ZIP_EVENT_ECHO_LOST
        }
        // One that is younger than this function.
        _ => 0,
    };
    told.entities = one.as_slice();
    // SAFETY: the caller's promise.
    unsafe { fill(to, c, told) }
}

/// # Safety
/// As [`fill`].
pub(crate) unsafe fn fill_router(to: *mut osisession_zip_event, event: &RouterEvent) -> Result {
    let (mut c, mut told) = (EMPTY, Told::default());
    let number = |port: &osisession::appletalk::PortId| u32::try_from(port.0).unwrap_or(u32::MAX);
    c.r#type = match event {
        RouterEvent::PortActive { port, address, range } => {
            c.port = number(port);
            at(&mut c, *address);
            over(&mut c, *range);
            OSISESSION_ZIP_EVENT_PORT_ACTIVE
        }
        RouterEvent::PortConflict { port, error } => {
            (c.port, told.error) = (number(port), Some(error));
            OSISESSION_ZIP_EVENT_PORT_CONFLICT
        }
        RouterEvent::PortFailed { port } => {
            c.port = number(port);
            OSISESSION_ZIP_EVENT_PORT_FAILED
        }
        RouterEvent::PortDown { port } => {
            c.port = number(port);
            OSISESSION_ZIP_EVENT_PORT_DOWN
        }
        RouterEvent::RouteGained { range } => {
            over(&mut c, *range);
            OSISESSION_ZIP_EVENT_ROUTE_GAINED
        }
        RouterEvent::RouteLost { range } => {
            over(&mut c, *range);
            OSISESSION_ZIP_EVENT_ROUTE_LOST
        }
        RouterEvent::RouteOverlaps { told: told_range, known } => {
            over(&mut c, *told_range);
            (c.known_start, c.known_end) = (known.start().into(), known.end().into());
            OSISESSION_ZIP_EVENT_ROUTE_OVERLAPS
        }
        RouterEvent::ZonesKnown { range, zones } => {
            over(&mut c, *range);
            c.count = count(*zones);
            OSISESSION_ZIP_EVENT_ZONES_KNOWN
        }
        RouterEvent::Limited(error) => {
            told.error = Some(error);
            OSISESSION_ZIP_EVENT_LIMITED
        }
        // One that is younger than this function.
        _ => 0,
    };
    // SAFETY: the caller's promise.
    unsafe { fill(to, c, told) }
}

/// Frees what an event points to and makes it ready to be filled again.
///
/// NULL, a zeroed event, and an event that was freed are all fine. Freeing a second copy of the same event returns OSISESSION_E_STALE and does no
/// harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_event_free(event: *mut osisession_zip_event) -> i32 {
    let _recorded = record::call("osisession_zip_event_free", |a| {
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
