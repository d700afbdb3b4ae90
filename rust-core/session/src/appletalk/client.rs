//! A node.
use super::driver::{Driver, Engine, random};
use super::segment::Segment;
use crate::{clock, errors};
use osisession_proto::error::{Error, Result};
use osisession_proto::zip::limits::{LinkLimits, NodeLimits};
use osisession_proto::zip::nbp::Tuple;
use osisession_proto::zip::node::NodeEvent;
use osisession_proto::zip::node::table::State;
use osisession_proto::zip::{
    self, ClientConfig, Entity, Mac, Name, NetworkRange, NodeAddress, ZoneCall, ZoneName,
};
use osisession_proto::{Bytes, ErrorKind, Instant, Layer};
use std::collections::VecDeque;
use std::os::fd::RawFd;
use std::time::{Duration, Instant as SystemInstant};

/// Events that wait for the user while calls wait for others; of more, the oldest go.
const EVENTS: usize = 4_096;

fn no_link() -> Error {
    Error::new(ErrorKind::Internal, Layer::Api, "a node without a link")
}

/// How a node behaves.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientOptions {
    /// The node id that it would like: that of its last run. Default: one at random.
    pub node: Option<u8>,
    /// The network of that node id, on an extended network: that of its last run. Default: none, the node id counts on LocalTalk alone.
    pub network: Option<u16>,
    /// The zone that it would like, on an extended network: that of its last run. Default: the network's default zone.
    pub zone: Option<ZoneName>,
    /// True for a node id of servers, 128 to 254. Default: of users, 1 to 127.
    pub server: bool,
    /// Limits and timers of the node.
    pub limits: NodeLimits,
    /// Limits and timers of the link.
    pub link: LinkLimits,
}

/// What a node knows when it has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Its address; network 0 if there is no router.
    pub address: NodeAddress,
    /// Its network; `None` if there is no router.
    pub network: Option<NetworkRange>,
    /// The router.
    pub router: Option<NodeAddress>,
}

impl Engine for zip::ZoneClient {
    fn frame(&mut self, _port: usize, octets: &Bytes, now: Instant) {
        zip::ZoneClient::frame(self, octets, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        zip::ZoneClient::handle_timeout(self, now);
    }

    fn next_timeout(&self) -> Option<Instant> {
        zip::ZoneClient::next_timeout(self)
    }

    fn poll_frame(&mut self) -> Option<(usize, Bytes)> {
        zip::ZoneClient::poll_frame(self).map(|frame| (0, frame))
    }

    fn groups(&self, _port: usize) -> &[Mac] {
        zip::ZoneClient::groups(self)
    }
}

/// A node on LocalTalk over UDP or EtherTalk.
///
/// Calls that wait take a timeout, and drive the node while they wait. Between calls it does not answer anybody: keep
/// [`ZoneClient::dispatch`] or [`ZoneClient::next_event`] going if others have to find its names.
#[derive(Debug)]
pub struct ZoneClient {
    driver: Driver<zip::ZoneClient>,
    events: VecDeque<NodeEvent>,
}

impl ZoneClient {
    /// Opens a socket on a segment, and starts the node.
    ///
    /// # Errors
    /// `Transport`: the system does not let it, such as without a route for multicasts, or without the capability that EtherTalk
    /// needs. `Invalid`: a network or an interface that cannot be one.
    pub fn open(segment: impl Into<Segment>, options: ClientOptions) -> Result<ZoneClient> {
        let segment = segment.into();
        let network = options.network.map(NetworkRange::single).transpose()?;
        let hint = segment.hint(options.node, network);
        let mut driver = Driver::open(vec![segment], |media| {
            // One segment, one medium.
            let medium = media.first().copied().ok_or_else(no_link)?;
            let mut config = ClientConfig::new(medium, random()).with_stored(hint, options.zone);
            config.machine.server = options.server;
            config.machine.limits = options.limits;
            config.link = options.link;
            Ok(zip::ZoneClient::new(config))
        })?;
        driver.engine.start(clock::now());
        driver.flush()?;
        Ok(ZoneClient { driver, events: VecDeque::new() })
    }

    /// The engine, to look at.
    pub fn engine(&self) -> &zip::ZoneClient {
        &self.driver.engine
    }

    /// A descriptor that is readable when there is something to do.
    pub fn descriptor(&self) -> RawFd {
        self.driver.descriptor()
    }

    /// How long nothing has to be done but for frames; `None` for ever.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.driver.engine.next_timeout().map(|at| at - clock::now())
    }

    /// Does what there is to do; waits for it, at most this long.
    ///
    /// # Errors
    /// `Transport`: the network fails.
    pub fn dispatch(&mut self, timeout: Duration) -> Result<()> {
        self.driver.turn(timeout)?;
        while let Some(event) = self.driver.engine.poll_event() {
            if self.events.len() >= EVENTS {
                self.events.pop_front();
            }
            self.events.push_back(event);
        }
        Ok(())
    }

    /// The next event; `None` if there is none in this time.
    ///
    /// # Errors
    /// `Transport`: the network fails.
    pub fn next_event(&mut self, timeout: Duration) -> Result<Option<NodeEvent>> {
        let end = SystemInstant::now() + timeout;
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            let left = end.saturating_duration_since(SystemInstant::now());
            self.dispatch(left)?;
            if self.events.is_empty() && left.is_zero() {
                return Ok(None);
            }
        }
    }

    /// Drives the node until something is so.
    fn wait<T>(
        &mut self,
        timeout: Duration,
        what: &'static str,
        mut done: impl FnMut(&mut ZoneClient) -> Option<Result<T>>,
    ) -> Result<T> {
        let end = SystemInstant::now() + timeout;
        loop {
            if let Some(result) = done(self) {
                return result;
            }
            let left = end.saturating_duration_since(SystemInstant::now());
            if left.is_zero() {
                return Err(errors::timed_out(what));
            }
            self.dispatch(left)?;
        }
    }

    /// Takes the first event of a kind out of those that wait.
    fn take<T>(&mut self, mut of: impl FnMut(&NodeEvent) -> Option<T>) -> Option<T> {
        let (at, value) =
            self.events.iter().enumerate().find_map(|(at, event)| of(event).map(|value| (at, value)))?;
        self.events.remove(at);
        Some(value)
    }

    /// Waits until the node has an address, and knows a router or that there is none.
    ///
    /// # Errors
    /// `Transport`: the network fails, or every address is taken. `TimedOut`.
    pub fn join(&mut self, timeout: Duration) -> Result<Joined> {
        self.wait(timeout, "answer of a router", |client| {
            let machine = client.driver.engine.machine();
            match machine.state() {
                State::Up | State::Alone => {}
                State::Failed => {
                    let taken = std::io::Error::new(std::io::ErrorKind::AddrInUse, "every address is taken");
                    return Some(Err(errors::system(&taken, "joining the network")));
                }
                State::Off
                | State::Probe1
                | State::Ask
                | State::Probe2
                | State::AskZone
                | State::Stranded => return None,
            }
            let address = machine.address()?;
            Some(Ok(Joined { address, network: machine.range(), router: machine.router() }))
        })
    }

    fn call(&mut self, call: ZoneCall, timeout: Duration) -> Result<Vec<ZoneName>> {
        let request = self.driver.engine.call(call, clock::now())?;
        self.wait(timeout, "answer of the router", |client| {
            client.take(|event| match event {
                NodeEvent::Zones { request: of, zones, .. } if *of == request => Some(Ok(zones.clone())),
                NodeEvent::RequestFailed { request: of, error } if *of == request => Some(Err(error.clone())),
                _ => None,
            })
        })
    }

    /// Every zone of the internet, in the router's order.
    ///
    /// # Errors
    /// `Refused`: no router is known. `TimedOut`, `Peer`, `LimitHit`: the router's answers. `Transport`: the network fails.
    pub fn zone_list(&mut self, timeout: Duration) -> Result<Vec<ZoneName>> {
        self.call(ZoneCall::GetZoneList, timeout)
    }

    /// The zones of the node's network.
    ///
    /// # Errors
    /// As [`ZoneClient::zone_list`].
    pub fn local_zones(&mut self, timeout: Duration) -> Result<Vec<ZoneName>> {
        self.call(ZoneCall::GetLocalZones, timeout)
    }

    /// The node's zone. On an extended network the node knows it since it joined; elsewhere the router is asked.
    ///
    /// # Errors
    /// As [`ZoneClient::zone_list`]; `Peer`: the router does not know it.
    pub fn my_zone(&mut self, timeout: Duration) -> Result<ZoneName> {
        if self.driver.engine.link().medium().is_extended() {
            let zone = self.driver.engine.machine().zone();
            return zone.ok_or_else(|| Error::refused("no router is known, which alone knows the zones"));
        }
        let zones = self.call(ZoneCall::GetMyZone, timeout)?;
        zones
            .first()
            .copied()
            .ok_or_else(|| Error::peer(Layer::Session, "the router does not know the zone of this network"))
    }

    /// Moves the node to another zone of its extended network; [`NodeEvent`]s say whether the router knows it.
    ///
    /// # Errors
    /// `Refused`: as the engine's. `Transport`: the network fails.
    pub fn pick(&mut self, zone: ZoneName) -> Result<()> {
        self.driver.engine.pick(zone, clock::now())?;
        self.driver.flush()
    }

    /// Looks an entity up, such as `=:LaserWriter@*`, for as long as the node's limits say.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as the engine's. `TimedOut`: the time given is over before. `Transport`: the network fails.
    pub fn look_up(&mut self, entity: Entity, timeout: Duration) -> Result<Vec<Tuple>> {
        let lookup = self.driver.engine.look_up(entity, clock::now())?;
        let mut found = Vec::new();
        let result = self.wait(timeout, "end of the look-up", |client| {
            let tuple = |event: &NodeEvent| match event {
                NodeEvent::Found { lookup: of, tuple } if *of == lookup => Some(*tuple),
                _ => None,
            };
            while let Some(tuple) = client.take(tuple) {
                found.push(tuple);
            }
            client.take(|event| match event {
                NodeEvent::LookedUp { lookup: of, .. } if *of == lookup => Some(Ok(())),
                _ => None,
            })
        });
        self.driver.engine.cancel(lookup);
        result.map(|()| found)
    }

    /// Registers a name of this node at a socket of it, if nobody in the zone has it.
    ///
    /// # Errors
    /// `Refused`: somebody has the name, or as the engine's. `Invalid`, `LimitHit`: as the engine's. `TimedOut`, `Transport`.
    pub fn register(&mut self, object: Name, kind: Name, socket: u8, timeout: Duration) -> Result<()> {
        let lookup = self.driver.engine.register(object, kind, socket, clock::now())?;
        let result = self.wait(timeout, "end of the registration", |client| {
            client.take(|event| match event {
                NodeEvent::Registered { lookup: of, .. } if *of == lookup => Some(Ok(())),
                NodeEvent::NameTaken { lookup: of, holder } if *of == lookup => {
                    let text = format!("{} has the name", holder.address);
                    Some(Err(Error::refused(text).with_parameter(holder.entity.to_string())))
                }
                _ => None,
            })
        });
        if result.is_err() {
            self.driver.engine.cancel(lookup);
        }
        result
    }

    /// Takes a name back; false if it is not registered.
    pub fn unregister(&mut self, object: &Name, kind: &Name) -> bool {
        self.driver.engine.unregister(object, kind)
    }

    /// Sends an echo request; how long it took to come back.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as the engine's. `TimedOut`: it did not come back. `Transport`: the network fails.
    pub fn echo(&mut self, to: NodeAddress, data: &[u8], timeout: Duration) -> Result<Duration> {
        let began = SystemInstant::now();
        let echo = self.driver.engine.echo(to, data, clock::now())?;
        self.wait(timeout, "echo", |client| {
            client.take(|event| match event {
                NodeEvent::Echoed { echo: of, .. } if *of == echo => Some(Ok(began.elapsed())),
                NodeEvent::EchoLost { echo: of } if *of == echo => Some(Err(errors::timed_out("echo"))),
                _ => None,
            })
        })
    }
}
