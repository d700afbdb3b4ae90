//! The router as its user sees it, and where a datagram goes in it.
use super::config::{Counters, PortId, RouterConfig, RouterEvent};
use super::port::Port;
use super::port_table::{Event, State};
use super::route::{Route, Routes};
use super::zit::Zit;
use crate::error::{Error, Result};
use crate::time::Instant;
use crate::zip::address::NetworkRange;
use crate::zip::link::{Claim, Link};
use crate::zip::name::ZoneName;
use crate::zip::random::Random;
use bytes::Bytes;
use std::collections::{BTreeSet, VecDeque};

/// A router. Frames, requests and time go in; events, frames and the next deadline come out.
///
/// After each call take [`ZoneRouter::poll_frame`] and [`ZoneRouter::poll_event`] until both are dry, then ask
/// [`ZoneRouter::next_timeout`].
#[derive(Debug)]
pub struct ZoneRouter {
    pub(super) config: RouterConfig,
    pub(super) ports: Vec<Port>,
    pub(super) routes: Routes,
    pub(super) zit: Zit,
    pub(super) conflicts: BTreeSet<usize>,
    /// Overlaps that were told: each one once.
    pub(super) overlaps: BTreeSet<(NetworkRange, NetworkRange)>,
    /// True once the user was told that the routing table is full.
    pub(super) full: bool,
    pub(super) events: VecDeque<RouterEvent>,
    pub(super) counters: Counters,
    pub(super) last_error: Option<Error>,
    pub(super) send_at: Option<Instant>,
    pub(super) query_at: Option<Instant>,
    /// Where the queries of the next interval begin, if one interval cannot take all.
    pub(super) query_from: u16,
}

impl ZoneRouter {
    /// A router whose ports are not started.
    ///
    /// # Errors
    /// `Invalid`: a seed that can never work; the port is named.
    pub fn new(config: RouterConfig) -> Result<ZoneRouter> {
        config.check()?;
        let mut random = Random::new(config.seed);
        let ports = config
            .ports
            .iter()
            .map(|port| {
                let link = Link::new(port.medium, config.limits.link.clone(), random.next());
                Port::new(link, port.seed.clone(), port.hint)
            })
            .collect();
        Ok(ZoneRouter {
            ports,
            routes: Routes::default(),
            zit: Zit::default(),
            conflicts: BTreeSet::new(),
            overlaps: BTreeSet::new(),
            full: false,
            events: VecDeque::new(),
            counters: Counters::default(),
            last_error: None,
            send_at: None,
            query_at: None,
            query_from: 0,
            config,
        })
    }

    /// Starts every port that is not started.
    pub fn start(&mut self, now: Instant) {
        self.send_at.get_or_insert(now + self.config.limits.send_interval);
        self.query_at.get_or_insert(now + self.config.limits.query_interval);
        for at in 0..self.ports.len() {
            self.port_event(at, Event::Start, now);
        }
        self.settle(now);
    }

    /// Starts a port again that was taken down, that has failed, or whose seed was in conflict.
    ///
    /// # Errors
    /// `Invalid`: no such port. `Refused`: it is up, or it was taken down and the bringback time is not over: until then other
    /// routers may still know its old zones.
    pub fn bring_up(&mut self, port: PortId, now: Instant) -> Result<()> {
        let bringback = self.config.limits.bringback;
        let own = self.port(port)?;
        if let Some(down) = own.down_at
            && now < down + bringback
        {
            return Err(
                Error::refused("the bringback time is not over").with_clause("Inside AppleTalk ch. 8")
            );
        }
        match own.state {
            State::Off | State::Conflict | State::Failed | State::Down => {}
            State::Claiming
            | State::Verifying
            | State::Waiting
            | State::Moving
            | State::Learning
            | State::Active => {
                return Err(Error::refused("the port is up"));
            }
        }
        self.port_event(port.0, Event::Start, now);
        self.settle(now);
        Ok(())
    }

    /// Takes a port down. Its network is told to be unreachable, its zones go.
    ///
    /// # Errors
    /// `Invalid`: no such port.
    pub fn take_down(&mut self, port: PortId, now: Instant) -> Result<()> {
        self.port(port)?;
        self.port_event(port.0, Event::TakeDown, now);
        self.settle(now);
        Ok(())
    }

    /// Gives a port another seed, for its next start.
    ///
    /// # Errors
    /// `Invalid`: no such port, or a seed that can never work.
    pub fn set_seed(&mut self, port: PortId, seed: Option<super::config::Seed>) -> Result<()> {
        self.port(port)?;
        let mut config = self.config.clone();
        if let Some(own) = config.ports.get_mut(port.0) {
            own.seed = seed.clone();
        }
        config.check()?;
        self.config = config;
        if let Some(own) = self.ports.get_mut(port.0) {
            own.seed = seed;
        }
        Ok(())
    }

    /// A frame has come at a port; on LocalTalk over UDP, a payload.
    ///
    /// # Errors
    /// `Invalid`: no such port. What is wrong with the frame is counted, and no error.
    pub fn frame(&mut self, port: PortId, octets: &Bytes, now: Instant) -> Result<()> {
        let Some(own) = self.ports.get_mut(port.0) else { return Err(no_port(port)) };
        own.link.frame(octets, now);
        self.settle(now);
        Ok(())
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Instant) {
        for at in 0..self.ports.len() {
            if let Some(port) = self.ports.get_mut(at) {
                port.link.handle_timeout(now);
                if port.ask_at.is_some_and(|due| due <= now) {
                    let more = port.tries < self.config.limits.verify_tries;
                    if more {
                        self.port_event(at, Event::AskTimer, now);
                    } else {
                        self.port_unopposed(at, now);
                    }
                }
            }
        }
        for range in self.routes.handle_timeout(self.config.limits.validity, now) {
            self.zit.lose(range);
            self.tell(RouterEvent::RouteLost { range });
        }
        if self.query_at.is_some_and(|at| at <= now) {
            self.query_at = Some(now + self.config.limits.query_interval);
            self.zit.tidy(now);
            self.send_queries(now);
        }
        if self.send_at.is_some_and(|at| at <= now) {
            self.send_at = Some(now + self.config.limits.send_interval);
            for at in 0..self.ports.len() {
                self.send_rtmp(at, now);
            }
        }
        self.settle(now);
    }

    /// The next deadline.
    pub fn next_timeout(&self) -> Option<Instant> {
        // Plain loops: what the optimizer makes of chained iterators here, valgrind takes for a read of memory never written.
        let mut next = self.routes.next_timeout();
        let mut meet = |at: Option<Instant>| {
            if at.is_some() && (next.is_none() || at < next) {
                next = at;
            }
        };
        meet(self.send_at);
        meet(self.query_at);
        for port in &self.ports {
            meet(port.link.next_timeout());
            meet(port.ask_at);
        }
        next
    }

    /// Takes a frame to send, with the port that it goes out at.
    pub fn poll_frame(&mut self) -> Option<(PortId, Bytes)> {
        self.ports
            .iter_mut()
            .enumerate()
            .find_map(|(at, port)| port.link.poll_frame().map(|frame| (PortId(at), frame)))
    }

    /// Takes an event.
    pub fn poll_event(&mut self) -> Option<RouterEvent> {
        self.events.pop_front()
    }

    /// The state of a port.
    pub fn state(&self, port: PortId) -> Option<State> {
        self.ports.get(port.0).map(|port| port.state)
    }

    /// The link of a port.
    pub fn link(&self, port: PortId) -> Option<&Link> {
        self.ports.get(port.0).map(|port| &port.link)
    }

    /// The routing table.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// How many networks are in the routing table.
    pub fn route_count(&self) -> usize {
        self.routes.len()
    }

    /// How many zones are known.
    pub fn zone_count(&self) -> usize {
        self.zit.len()
    }

    /// Every zone that is known, in the order of GetZoneList.
    pub fn zones(&self) -> impl Iterator<Item = &ZoneName> {
        self.zit.zones()
    }

    /// The zones of the network that has this number, once all of them are known.
    pub fn zones_of(&self, network: u16) -> Option<&[ZoneName]> {
        self.zit.list(network)
    }

    /// Networks with the state of their zone information.
    pub fn zone_information(&self) -> impl Iterator<Item = (NetworkRange, super::zit::State)> {
        self.zit.entries().map(|entry| (entry.range, entry.state))
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The last datagram that could not be read: what, where, why.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    fn port(&self, port: PortId) -> Result<&Port> {
        self.ports.get(port.0).ok_or_else(|| no_port(port))
    }

    pub(super) fn tell(&mut self, event: RouterEvent) {
        if self.events.len() >= self.config.limits.queued_events {
            self.events.pop_front();
            self.counters.limited += 1;
        }
        self.events.push_back(event);
    }

    pub(super) fn limited(&mut self, error: Error) {
        self.counters.limited += 1;
        self.tell(RouterEvent::Limited(error));
    }

    /// Takes what came on the links until they are dry.
    pub(super) fn settle(&mut self, now: Instant) {
        for at in 0..self.ports.len() {
            while let Some(port) = self.ports.get_mut(at) {
                if let Some(claim) = port.link.poll_claim() {
                    let event = match claim {
                        Claim::Held(address) => {
                            let network = port.range.map(|range| range.start()).unwrap_or_default();
                            port.link.set_network(network);
                            port.address = Some(match port.is_extended() {
                                true => address,
                                false => crate::zip::NodeAddress::new(network, address.node),
                            });
                            if port.seed.is_some() { Event::ClaimedSeed } else { Event::Claimed }
                        }
                        Claim::Exhausted => Event::Exhausted,
                    };
                    self.port_event(at, event, now);
                } else if let Some(arrival) = port.link.poll_arrival() {
                    self.counters.received += 1;
                    self.arrived(at, arrival, now);
                } else {
                    break;
                }
            }
        }
    }
}

fn no_port(port: PortId) -> Error {
    Error::invalid("no such port").with_parameter(format!("port {}", port.0))
}
