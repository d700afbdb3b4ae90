//! A port: how it comes to route.
use super::config::{PortId, RouterEvent, Seed};
use super::port_table::{self, Action, Event, State};
use super::service::ZoneRouter;
use super::zit::Parts;
use crate::error::{Error, Layer, Result};
use crate::time::Instant;
use crate::zip::address::{NetworkRange, NodeAddress, ddp_type, socket};
use crate::zip::ddp::Datagram;
use crate::zip::limits::Rate;
use crate::zip::link::{Hop, Link};
use crate::zip::message::{Message, NetInfo};
use crate::zip::name::{Name, ZoneName};
use crate::zip::rtmp;
use bytes::Bytes;

/// A port of a router.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) link: Link,
    pub(super) seed: Option<Seed>,
    pub(super) hint: Option<NodeAddress>,
    pub(super) state: State,
    pub(super) address: Option<NodeAddress>,
    pub(super) range: Option<NetworkRange>,
    pub(super) default_zone: Option<ZoneName>,
    pub(super) list: Option<Vec<ZoneName>>,
    pub(super) parts: Parts,
    pub(super) tries: u32,
    pub(super) ask_at: Option<Instant>,
    pub(super) down_at: Option<Instant>,
    pub(super) rate: Rate,
    pub(super) conflict: Option<Error>,
}

impl Port {
    pub(super) fn new(link: Link, seed: Option<Seed>, hint: Option<NodeAddress>) -> Port {
        Port {
            link,
            seed,
            hint,
            state: State::Off,
            address: None,
            range: None,
            default_zone: None,
            list: None,
            parts: Parts::default(),
            tries: 0,
            ask_at: None,
            down_at: None,
            rate: Rate::default(),
            conflict: None,
        }
    }

    pub(super) fn is_extended(&self) -> bool {
        self.link.medium().is_extended()
    }

    /// The range and the address of a port that routes.
    pub(super) fn active(&self) -> Option<(NetworkRange, NodeAddress)> {
        match self.state {
            State::Active => Some((self.range?, self.address?)),
            State::Off
            | State::Claiming
            | State::Verifying
            | State::Waiting
            | State::Moving
            | State::Learning
            | State::Conflict
            | State::Failed
            | State::Down => None,
        }
    }

    /// Sends from a socket of this port on its link.
    pub(super) fn send(
        &mut self,
        to: NodeAddress,
        sockets: [u8; 2],
        kind: u8,
        data: Bytes,
        hop: Hop,
        now: Instant,
    ) {
        let own = self.address.unwrap_or_default();
        let [to_socket, own_socket] = sockets;
        let datagram = Datagram::new(to.socket(to_socket), own.socket(own_socket), kind, data);
        self.link.send(datagram, hop, now);
    }
}

impl ZoneRouter {
    pub(super) fn port_event(&mut self, at: usize, event: Event, now: Instant) {
        let Some(port) = self.ports.get_mut(at) else { return };
        let cell = port_table::cell(port.state, event);
        let before = port.state;
        port.state = cell.next;
        for action in cell.actions {
            self.port_act(at, *action, before, now);
        }
    }

    fn port_act(&mut self, at: usize, action: Action, before: State, now: Instant) {
        let limits = self.config.limits.clone();
        let Some(port) = self.ports.get_mut(at) else { return };
        let id = PortId(at);
        match action {
            Action::Forget => {
                port.range = port.seed.as_ref().map(|seed| seed.range);
                port.default_zone = port.seed.as_ref().and_then(|seed| seed.zones.first().copied());
                port.list = port.seed.as_ref().map(|seed| seed.zones.clone());
                port.address = None;
                port.parts.clear();
                port.conflict = None;
            }
            Action::Claim => {
                let nodes = if port.is_extended() { (1, 253) } else { (128, 254) };
                let networks = port.range.unwrap_or(NetworkRange::ANY);
                let hint = port.hint;
                port.link.claim(networks, nodes, hint, now);
            }
            Action::ClaimInRange => {
                let networks = port.range.unwrap_or(NetworkRange::ANY);
                let hint = port.address.map(|own| NodeAddress::new(networks.start(), own.node));
                port.link.claim(networks, (1, 253), hint, now);
            }
            Action::Release => {
                port.link.release(now);
                port.address = None;
            }
            Action::ResetTries => port.tries = 0,
            Action::Ask => {
                port.tries += 1;
                port.ask_at = Some(now + limits.verify_interval);
                self.port_ask(at, now);
            }
            Action::StopAsking => port.ask_at = None,
            Action::LearnRange => {
                if !port.is_extended() {
                    let network = port.range.map(|range| range.start()).unwrap_or_default();
                    port.link.set_network(network);
                    port.address = port.address.map(|own| NodeAddress::new(network, own.node));
                }
            }
            Action::Activate => self.activate(at, now),
            Action::Deactivate => {
                port.down_at = Some(now);
                if let Some(range) = port.range {
                    self.routes.disconnect(range, limits.validity, now);
                    // Another router may still have a way there: then its zones are asked for anew.
                    self.zit.lose(range);
                    self.zit.gain(range);
                }
            }
            Action::TellActive => {
                if let Some((range, address)) = port.active() {
                    self.tell(RouterEvent::PortActive { port: id, address, range });
                }
            }
            Action::TellConflict => {
                // Once is enough: a router that repeats itself every ten seconds would fill the queue.
                let error = port.conflict.clone();
                if before != State::Active || !self.conflicts.contains(&at) {
                    self.conflicts.insert(at);
                    if let Some(error) = error {
                        self.tell(RouterEvent::PortConflict { port: id, error });
                    }
                }
            }
            Action::TellFailed => self.tell(RouterEvent::PortFailed { port: id }),
            Action::TellDown => {
                self.conflicts.remove(&at);
                self.tell(RouterEvent::PortDown { port: id });
            }
        }
    }

    /// What a port that starts asks the other routers of its network.
    fn port_ask(&mut self, at: usize, now: Instant) {
        let Some(port) = self.ports.get_mut(at) else { return };
        let everyone = NodeAddress::EVERYONE;
        if port.is_extended() {
            if let Ok(data) = (Message::GetNetInfo { zone: Name::EMPTY }).encode() {
                port.send(everyone, [socket::ZIP; 2], ddp_type::ZIP, data, Hop::Everyone, now);
            }
        } else {
            let data = rtmp::Request::Network.encode();
            port.send(everyone, [socket::RTMP; 2], ddp_type::RTMP_REQUEST, data, Hop::Everyone, now);
        }
        if let Some(range) = port.range
            && let Ok(data) = (Message::Query { networks: vec![range.start()] }).encode()
        {
            port.send(everyone, [socket::ZIP; 2], ddp_type::ZIP, data, Hop::Everyone, now);
        }
    }

    fn activate(&mut self, at: usize, now: Instant) {
        let Some(port) = self.ports.get(at) else { return };
        let (Some(range), Some(zones)) = (port.range, port.list.clone()) else { return };
        let (extended, learned) = (port.is_extended(), port.seed.is_none());
        let count = zones.len();
        if let Err(other) = self.routes.connect(at, range, extended) {
            self.tell(RouterEvent::RouteOverlaps { told: range, known: other });
        }
        let stored = if learned {
            self.zit.gain(range);
            self.zit.whole(range, zones, &self.config.limits).map(|_| ())
        } else {
            self.zit.seed(range, zones, &self.config.limits)
        };
        match stored {
            Ok(()) => self.tell(RouterEvent::ZonesKnown { range, zones: count }),
            Err(error) => self.limited(error),
        }
        self.send_rtmp(at, now);
    }

    /// A router of the port's network says which range it has: by RTMP, or by a reply to GetNetInfo.
    pub(super) fn port_hears_range(&mut self, at: usize, range: NetworkRange, now: Instant) {
        let Some(port) = self.ports.get_mut(at) else { return };
        let network = port.address.map(|own| own.network).unwrap_or_default();
        match port.range {
            Some(own) if own != range => {
                let error = conflict("the network has another range", own.to_string(), range.to_string());
                port.conflict = Some(error);
                self.port_event(at, Event::Differs, now);
            }
            Some(_) => {}
            None if port.state == State::Waiting => {
                port.range = Some(range);
                let inside = !port.is_extended() || range.contains(network);
                self.port_event(at, if inside { Event::HeardInside } else { Event::HeardOutside }, now);
            }
            None => {}
        }
    }

    /// Another router of the port's network answers GetNetInfo.
    pub(super) fn port_net_info(&mut self, at: usize, info: &NetInfo, now: Instant) {
        self.port_hears_range(at, info.range, now);
        let Some(port) = self.ports.get_mut(at) else { return };
        let Some(zone) = info.default_zone else { return };
        match port.default_zone {
            Some(own) if !own.matches(&zone) => {
                let error =
                    conflict("the network has another default zone", own.to_string(), zone.to_string());
                port.conflict = Some(error);
                self.port_event(at, Event::Differs, now);
            }
            Some(_) => {}
            None if port.range == Some(info.range) => {
                port.default_zone = Some(zone);
                self.port_known(at, now);
            }
            None => {}
        }
    }

    /// Another router of the port's network has given its whole zones list.
    pub(super) fn port_list(&mut self, at: usize, zones: Vec<ZoneName>, now: Instant) {
        let Some(port) = self.ports.get_mut(at) else { return };
        match port.list.as_ref().filter(|_| port.state != State::Learning) {
            Some(own) => {
                let missing = |list: &[ZoneName], of: &[ZoneName]| {
                    of.iter().find(|zone| !list.iter().any(|other| other.matches(zone))).copied()
                };
                let differs = missing(&zones, own).or_else(|| missing(own, &zones));
                if let Some(zone) = differs {
                    let counts = (format!("{} zones", own.len()), format!("{}", zones.len()));
                    let error = conflict("the network has another zones list", counts.0, counts.1);
                    port.conflict = Some(error.with_parameter(zone.to_string()));
                    self.port_event(at, Event::Differs, now);
                }
            }
            None => {
                if !port.is_extended() {
                    port.default_zone = zones.first().copied();
                }
                port.list = Some(zones);
                self.port_known(at, now);
            }
        }
    }

    fn port_known(&mut self, at: usize, now: Instant) {
        let known = self.ports.get(at).is_some_and(|port| {
            port.default_zone.is_some_and(|default| {
                port.list.as_ref().is_some_and(|list| list.iter().any(|zone| zone.matches(&default)))
            })
        });
        if known && self.port_fits(at).is_ok() {
            self.port_event(at, Event::Known, now);
        }
    }

    /// Nobody has said anything else about the network in time.
    pub(super) fn port_unopposed(&mut self, at: usize, now: Instant) {
        let event = match self.port_fits(at) {
            Err(error) => {
                if let Some(port) = self.ports.get_mut(at) {
                    port.conflict = Some(error);
                }
                Event::Differs
            }
            Ok(()) => Event::AskTimerLast,
        };
        let state = self.ports.get(at).map(|port| port.state);
        self.port_event(at, if state == Some(State::Verifying) { event } else { Event::AskTimerLast }, now);
    }

    /// Compares the range of a port with the routing table.
    fn port_fits(&self, at: usize) -> Result<()> {
        let Some(range) = self.ports.get(at).and_then(|port| port.range) else { return Ok(()) };
        match self.routes.obstacle(&range) {
            None => Ok(()),
            Some(other) => Err(conflict(
                "numbers of the network are those of another one",
                range.to_string(),
                other.to_string(),
            )),
        }
    }

    /// True while what other routers say of the port's zones is wanted.
    pub(super) fn port_asks(&self, at: usize) -> bool {
        self.ports.get(at).is_some_and(|port| match port.state {
            State::Verifying | State::Waiting | State::Learning => true,
            State::Off
            | State::Claiming
            | State::Moving
            | State::Active
            | State::Conflict
            | State::Failed
            | State::Down => false,
        })
    }
}

fn conflict(text: &'static str, expected: String, found: String) -> Error {
    Error::peer(Layer::Session, text).with_expected(expected, found).with_clause("Inside AppleTalk ch. 8")
}
