//! `osisession zip`: zones and names of an AppleTalk internet, and a router of one.
pub(crate) mod args;
mod config;

use crate::command::{Context, Stop};
use args::{Command, Link, Zip};
use osisession::appletalk::{
    ClientOptions, Entity, EtherTalk, LocalTalkUdp, Name, PortId, RouterEvent, RouterOptions, Segment,
    ZoneClient, ZoneName, ZoneRouter,
};
use osisession::{Error, ErrorKind};
use serde_json::json;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Why there is nothing to print.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command was called wrongly.
    Usage(String),
    /// The output cannot be written.
    Output(io::Error),
    /// There is no answer.
    Session(Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        if error.kind() == ErrorKind::Invalid {
            Failure::Usage(error.to_string())
        } else {
            Failure::Session(error)
        }
    }
}

/// Runs the command; true if there is an answer. What goes wrong on the network is told on `err`.
pub(crate) fn run(args: &Zip, context: &mut Context<'_>) -> Result<bool, Stop> {
    let Context { out, err, .. } = context;
    let result = match &args.command {
        Command::Zones(args) => zones(args, out),
        Command::Myzone(args) => my_zone(&args.link, out),
        Command::Lookup(args) => look_up(args, out),
        Command::Route(args) => route(args, out),
    };
    match result {
        Ok(answered) => Ok(answered),
        Err(Failure::Session(error)) => {
            writeln!(err, "osisession: {error}")?;
            Ok(false)
        }
        Err(Failure::Usage(text)) => Err(Stop::Usage(text)),
        Err(Failure::Output(error)) => Err(Stop::Output(error)),
    }
}

/// A node that has joined, and what is left of the time.
fn join(link: &Link) -> Result<(ZoneClient, Instant), Failure> {
    let end = Instant::now() + Duration::from_secs(link.timeout);
    let mut options = ClientOptions::default();
    options.node = link.node;
    options.zone = link.zone.as_deref().map(ZoneName::from_text).transpose()?;
    let segment: Segment = match &link.ethernet {
        Some(interface) => EtherTalk::at(interface).into(),
        None => LocalTalkUdp::at(link.interface).with_port(link.udp_port).into(),
    };
    let mut node = ZoneClient::open(segment, options)?;
    node.join(left(end))?;
    Ok((node, end))
}

fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

/// A name as text that a terminal can take: names come from anybody.
fn shown(name: &Name) -> String {
    let mut text = String::new();
    for character in name.to_string().chars() {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn zone_line(zone: &ZoneName, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json {
        writeln!(out, "{}", json!({ "zone": zone.to_string(), "octets": hex(zone.octets()) }))
    } else {
        writeln!(out, "{}", shown(zone.name()))
    }
}

fn zones(args: &args::Zones, out: &mut dyn Write) -> Result<bool, Failure> {
    let (mut node, end) = join(&args.link)?;
    let zones = if args.local { node.local_zones(left(end))? } else { node.zone_list(left(end))? };
    for zone in &zones {
        zone_line(zone, args.link.json, out)?;
    }
    Ok(!zones.is_empty())
}

fn my_zone(link: &Link, out: &mut dyn Write) -> Result<bool, Failure> {
    let (mut node, end) = join(link)?;
    let zone = node.my_zone(left(end))?;
    let machine = node.engine().machine();
    let text =
        |address: Option<osisession::appletalk::NodeAddress>| address.map(|address| address.to_string());
    let (address, router) = (text(machine.address()), text(machine.router()));
    let network = machine.range().map(|range| range.to_string());
    if link.json {
        let zone = json!({ "zone": zone.to_string(), "octets": hex(zone.octets()), "address": address, "router": router, "network": network });
        writeln!(out, "{zone}")?;
    } else {
        let or = |text: Option<String>| text.unwrap_or_else(|| "none".into());
        writeln!(out, "zone     {}", shown(zone.name()))?;
        writeln!(out, "network  {}", or(network))?;
        writeln!(out, "address  {}", or(address))?;
        writeln!(out, "router   {}", or(router))?;
    }
    Ok(true)
}

fn look_up(args: &args::Lookup, out: &mut dyn Write) -> Result<bool, Failure> {
    let entity = Entity::from_text(&args.entity)?;
    let (mut node, end) = join(&args.link)?;
    let found = node.look_up(entity, left(end))?;
    for tuple in &found {
        let Entity { object, kind, zone } = &tuple.entity;
        if args.link.json {
            let line = json!({
                "address": tuple.address.at().to_string(),
                "socket": tuple.address.socket,
                "object": object.to_string(),
                "type": kind.to_string(),
                "zone": zone.to_string(),
            });
            writeln!(out, "{line}")?;
        } else {
            writeln!(
                out,
                "{:<14} {}:{}@{}",
                tuple.address.to_string(),
                shown(object),
                shown(kind),
                shown(zone)
            )?;
        }
    }
    Ok(!found.is_empty())
}

fn route(args: &args::Route, out: &mut dyn Write) -> Result<bool, Failure> {
    let file = args.config.display();
    let text = std::fs::read_to_string(&args.config)
        .map_err(|error| Failure::Usage(format!("cannot read {file}: {error}")))?;
    let ports = config::parse(&text).map_err(|error| Failure::Usage(format!("{file}: {error}")))?;
    let mut router = ZoneRouter::open(ports, RouterOptions::default())?;
    let end = args.r#for.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    loop {
        // An hour is as good as for ever: the loop goes on.
        let wait = end.map_or(Duration::from_secs(3_600), left);
        match router.next_event(wait)? {
            Some(event) => {
                writeln!(out, "{}", said(&event))?;
                out.flush()?;
            }
            None if end.is_some_and(|end| left(end).is_zero()) => return Ok(true),
            None => {}
        }
    }
}

fn said(event: &RouterEvent) -> String {
    let number = |port: &PortId| port.0 + 1;
    match event {
        RouterEvent::PortActive { port, address, range } => {
            format!("port {} routes: network {range}, address {address}", number(port))
        }
        RouterEvent::PortConflict { port, error } => format!("port {}: {error}", number(port)),
        RouterEvent::PortFailed { port } => format!("port {}: every address is taken", number(port)),
        RouterEvent::PortDown { port } => format!("port {} is down", number(port)),
        RouterEvent::RouteGained { range } => format!("network {range} can be reached"),
        RouterEvent::RouteLost { range } => format!("network {range} is lost"),
        RouterEvent::RouteOverlaps { told, known } => {
            format!("a neighbour tells of network {told}, which is partly {known}: not believed")
        }
        RouterEvent::ZonesKnown { range, zones } => format!("network {range} has {zones} zones"),
        RouterEvent::Limited(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}
