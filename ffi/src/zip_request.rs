//! AppleTalk zone information: what a node asks for.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::record;
use crate::zip::{find, invalid, osisession_zip_node};
use crate::zip_event::{self, osisession_zip_event};
use osisession::appletalk::{Entity, LookupId, Name, NodeAddress, ZoneCall, ZoneName};
use std::ffi::{c_char, c_void};

/// Call about zones: every zone of the internet (GetZoneList).
pub const OSISESSION_ZIP_GET_ZONE_LIST: u32 = 1;
/// Call about zones: those of the node's network (GetLocalZones).
pub const OSISESSION_ZIP_GET_LOCAL_ZONES: u32 = 2;
/// Call about zones: that of the node (GetMyZone).
pub const OSISESSION_ZIP_GET_MY_ZONE: u32 = 3;

pub(crate) fn number_of(call: ZoneCall) -> u32 {
    match call {
        ZoneCall::GetZoneList => OSISESSION_ZIP_GET_ZONE_LIST,
        ZoneCall::GetLocalZones => OSISESSION_ZIP_GET_LOCAL_ZONES,
        ZoneCall::GetMyZone => OSISESSION_ZIP_GET_MY_ZONE,
    }
}

fn call_of(number: u32) -> Result<ZoneCall> {
    match number {
        OSISESSION_ZIP_GET_ZONE_LIST => Ok(ZoneCall::GetZoneList),
        OSISESSION_ZIP_GET_LOCAL_ZONES => Ok(ZoneCall::GetLocalZones),
        OSISESSION_ZIP_GET_MY_ZONE => Ok(ZoneCall::GetMyZone),
        other => Err(invalid(format!("call {other} is none of OSISESSION_ZIP_GET_..."))),
    }
}

fn socket_of(number: u32) -> Result<u8> {
    u8::try_from(number).map_err(|_| invalid(format!("socket {number} is above 254")))
}

fn address_of(network: u32, node: u32) -> Result<NodeAddress> {
    match (u16::try_from(network), u8::try_from(node)) {
        (Ok(network), Ok(node)) => Ok(NodeAddress::new(network, node)),
        _ => Err(invalid(format!("{network}.{node} is no address of a node"))),
    }
}

/// Asks the router for zones, and waits for the answer.
///
/// `which`: OSISESSION_ZIP_GET_.... `timeout_ms`: milliseconds; negative waits as long as the node tries. If nothing else drives the node, the waiting
/// caller does. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives OSISESSION_ZIP_EVENT_ZONES, to be freed:
/// `zones`, each once, in the router's order; one zone for OSISESSION_ZIP_GET_MY_ZONE.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (no router
/// is known), OSISESSION_E_TIMED_OUT (also: the router does not answer), OSISESSION_E_PEER (its answer breaks a rule, or it does not know the zone),
/// OSISESSION_E_LIMIT (too many calls at the same time, a list that is too long), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_zones(
    node: *mut osisession_zip_node,
    which: u32,
    timeout_ms: i64,
    event: *mut osisession_zip_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_zones", |a| {
        a.handle(node).number(which).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        call(error, || {
            let node = find(node)?;
            let call = call_of(which)?;
            zip_event::check(event)?;
            let zones = node.node.zones(call, timeout(timeout_ms))?;
            zip_event::fill_zones(event, which, &zones)
        })
    }
}

/// Asks the router for zones. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_ZONES or OSISESSION_ZIP_EVENT_ZONES_FAILED.
///
/// `which`: OSISESSION_ZIP_GET_.... `number` receives what the event will name.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (no router is known), OSISESSION_E_LIMIT (too many calls at
/// the same time), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_zones_request(
    node: *mut osisession_zip_node,
    which: u32,
    number: *mut u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_zones_request", |a| {
        a.handle(node).number(which).out_u32("number", number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let call = call_of(which)?;
            check_out(number, "number")?;
            write_out(number, node.node.with(|client| client.begin_call(call))??.0);
            Ok(())
        })
    }
}

/// Looks names up, and waits until the look-up is over: it takes as long as the node's configuration says, 3 s by default, for nobody knows how
/// many will answer.
///
/// `entity`: "OBJECT:TYPE@ZONE" in UTF-8; "=" is any object or type, one "≈" in it any octets, "*" or nothing behind the type the own zone.
/// `timeout_ms`: milliseconds; negative waits for the end. `event`: initialized by OSISESSION_INIT or freed by `osisession_zip_event_free`; receives
/// OSISESSION_ZIP_EVENT_LOOKED_UP, to be freed: `entities`, `entity_count`, which may be 0.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_NOT_FREED, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (the node has
/// no address yet), OSISESSION_E_LIMIT (too many look-ups at the same time), OSISESSION_E_TIMED_OUT (it was not over in this time, and is given up),
/// OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_lookup(
    node: *mut osisession_zip_node,
    entity: *const c_char,
    timeout_ms: i64,
    event: *mut osisession_zip_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_lookup", |a| {
        a.handle(node).text(entity).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let entity = Entity::from_text(&string(entity, "entity")?)?;
            zip_event::check(event)?;
            let (found, more) = node.node.look_up(entity, timeout(timeout_ms))?;
            zip_event::fill_found(event, &found, more)
        })
    }
}

/// Begins to look names up. The call does not wait: OSISESSION_ZIP_EVENT_FOUND tells each entity, then OSISESSION_ZIP_EVENT_LOOKED_UP the end.
///
/// `entity`: as for `osisession_zip_lookup`. `number` receives what the events will name, and `osisession_zip_cancel` takes.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (the node has no address yet), OSISESSION_E_LIMIT,
/// OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_lookup_request(
    node: *mut osisession_zip_node,
    entity: *const c_char,
    number: *mut u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_lookup_request", |a| {
        a.handle(node).text(entity).out_u32("number", number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let entity = Entity::from_text(&string(entity, "entity")?)?;
            check_out(number, "number")?;
            write_out(number, node.node.with(|client| client.begin_look_up(entity))??.0);
            Ok(())
        })
    }
}

/// Gives up a look-up or a registration: no more is told of it. One that is over is let be.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_cancel(
    node: *mut osisession_zip_node,
    number: u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_cancel", |a| {
        a.handle(node).number(number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(node)?.node.with(|client| client.cancel(LookupId(number)))?)) }
}

/// # Safety
/// As every function of this ABI.
unsafe fn names(object: *const c_char, kind: *const c_char) -> Result<(Name, Name)> {
    // SAFETY: the caller's promises.
    let (object, kind) = unsafe { (string(object, "object")?, string(kind, "type")?) };
    Ok((Name::from_text(&object)?, Name::from_text(&kind)?))
}

/// Registers a name of this node in its zone, if nobody there has it, and waits until that is known: it takes as long as a look-up.
///
/// `object`, `type`: 1 to 32 octets each, in UTF-8 here, without wildcards. `socket`: where it is at this node, 1 to 254. `timeout_ms`: milliseconds;
/// negative waits for the end. The name is there until it is unregistered or the node is freed, and is found while the node is driven.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (somebody has the name; the node has no address yet),
/// OSISESSION_E_LIMIT (too many names), OSISESSION_E_TIMED_OUT (it was not known in this time, and is given up), OSISESSION_E_TRANSPORT,
/// OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_register(
    node: *mut osisession_zip_node,
    object: *const c_char,
    r#type: *const c_char,
    socket: u32,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_register", |a| {
        a.handle(node).text(object).text(r#type).number(socket).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let (object, kind) = names(object, r#type)?;
            Ok(node.node.register(object, kind, socket_of(socket)?, timeout(timeout_ms))?)
        })
    }
}

/// Begins to register a name. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_REGISTERED or OSISESSION_ZIP_EVENT_NAME_TAKEN.
///
/// `object`, `type`, `socket`: as for `osisession_zip_register`. `number` receives what the event will name, and `osisession_zip_cancel` takes.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (this node has the name; it has no address yet),
/// OSISESSION_E_LIMIT, OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_register_request(
    node: *mut osisession_zip_node,
    object: *const c_char,
    r#type: *const c_char,
    socket: u32,
    number: *mut u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_register_request", |a| {
        a.handle(node).text(object).text(r#type).number(socket).out_u32("number", number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let (object, kind) = names(object, r#type)?;
            let socket = socket_of(socket)?;
            check_out(number, "number")?;
            write_out(number, node.node.with(|client| client.begin_register(object, kind, socket))??.0);
            Ok(())
        })
    }
}

/// Takes a name back.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (it is not registered), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_unregister(
    node: *mut osisession_zip_node,
    object: *const c_char,
    r#type: *const c_char,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_unregister", |a| {
        a.handle(node).text(object).text(r#type).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let (object, kind) = names(object, r#type)?;
            if node.node.with(|client| client.unregister(&object, &kind))? {
                return Ok(());
            }
            Err(Failure::new(crate::status::OSISESSION_E_REFUSED, "the name is not registered"))
        })
    }
}

/// Picks a zone of an extended network, whose nodes have a choice. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_PICKED or
/// OSISESSION_ZIP_EVENT_PICK_FAILED.
///
/// `zone`: in UTF-8.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (a network of LocalTalk has one zone; there is no router),
/// OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_pick_zone(
    node: *mut osisession_zip_node,
    zone: *const c_char,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_pick_zone", |a| {
        a.handle(node).text(zone).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let zone = ZoneName::from_text(&string(zone, "zone")?)?;
            Ok(node.node.with(|client| client.pick(zone))??)
        })
    }
}

/// Sends an echo request (AEP), and waits until it comes back.
///
/// `network`, `to`: the address of a node; network 0 is the own one. `data`, `length`: at most 581 octets. `timeout_ms`: milliseconds; negative waits as
/// long as the node does, 5 s by default. `nanoseconds`: may be NULL; receives how long it took.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID (no address; too long), OSISESSION_E_REFUSED (the node has no address yet),
/// OSISESSION_E_LIMIT, OSISESSION_E_TIMED_OUT (it did not come back), OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_echo(
    node: *mut osisession_zip_node,
    network: u32,
    to: u32,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    nanoseconds: *mut i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_echo", |a| {
        a.handle(node).number(network).number(to).octets(data, length).number(timeout_ms);
        a.out_i64("nanoseconds", nanoseconds).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let to = address_of(network, to)?;
            let data = octets(data, length, "data")?;
            let took = node.node.echo(to, &data, timeout(timeout_ms))?;
            write_out(nanoseconds, i64::try_from(took.as_nanos()).unwrap_or(i64::MAX));
            Ok(())
        })
    }
}

/// Sends an echo request. The call does not wait; the outcome is an event, OSISESSION_ZIP_EVENT_ECHOED or OSISESSION_ZIP_EVENT_ECHO_LOST.
///
/// `network`, `to`, `data`, `length`: as for `osisession_zip_echo`. `number` receives what the event will name.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_REFUSED, OSISESSION_E_LIMIT (too many echoes at the same time),
/// OSISESSION_E_TRANSPORT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_zip_echo_request(
    node: *mut osisession_zip_node,
    network: u32,
    to: u32,
    data: *const c_void,
    length: usize,
    number: *mut u32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_zip_echo_request", |a| {
        a.handle(node).number(network).number(to).octets(data, length);
        a.out_u32("number", number).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let to = address_of(network, to)?;
            let data = octets(data, length, "data")?;
            check_out(number, "number")?;
            write_out(number, node.node.with(|client| client.begin_echo(to, &data))??.0);
            Ok(())
        })
    }
}
