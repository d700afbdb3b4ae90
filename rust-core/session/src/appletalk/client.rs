//! A node.
use super::driver::{Driver, Engine, random};
use super::segment::Segment;
use crate::{clock, errors};
use osisession_proto::error::{Error, Result};
use osisession_proto::zip::limits::{LinkLimits, NodeLimits};
use osisession_proto::zip::nbp::Tuple;
use osisession_proto::zip::node::table::State;
use osisession_proto::zip::node::{EchoId, LookupId, NodeEvent, RequestId};
use osisession_proto::zip::{
    self, ClientConfig, Entity, Mac, Name, NetworkRange, NodeAddress, ZoneCall, ZoneName,
};
use osisession_proto::{Bytes, ErrorKind, Instant, Layer};
use std::collections::{BTreeMap, VecDeque};
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
    /// Answers to what calls wait for: nobody else takes them.
    answers: BTreeMap<Asked, VecDeque<NodeEvent>>,
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    Zones(RequestId),
    Names(LookupId),
    Echo(EchoId),
}

impl Asked {
    /// What an event is the answer to.
    fn of(event: &NodeEvent) -> Option<Asked> {
        match event {
            NodeEvent::Zones { request, .. } | NodeEvent::RequestFailed { request, .. } => {
                Some(Asked::Zones(*request))
            }
            NodeEvent::Found { lookup, .. }
            | NodeEvent::LookedUp { lookup, .. }
            | NodeEvent::Registered { lookup, .. }
            | NodeEvent::NameTaken { lookup, .. } => Some(Asked::Names(*lookup)),
            NodeEvent::Echoed { echo, .. } | NodeEvent::EchoLost { echo } => Some(Asked::Echo(*echo)),
            _ => None,
        }
    }
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
        Ok(ZoneClient { driver, events: VecDeque::new(), answers: BTreeMap::new() })
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
        self.driver.next_timeout()
    }

    /// Does what there is to do; waits for it, at most this long.
    ///
    /// # Errors
    /// `Transport`: the network fails.
    pub fn dispatch(&mut self, timeout: Duration) -> Result<()> {
        let result = self.driver.turn(timeout);
        self.collect();
        result
    }

    /// Takes the engine's events, and sorts them.
    fn collect(&mut self) {
        while let Some(event) = self.driver.engine.poll_event() {
            if let Some(answers) = Asked::of(&event).and_then(|asked| self.answers.get_mut(&asked)) {
                answers.push_back(event);
                continue;
            }
            if self.events.len() >= EVENTS {
                self.events.pop_front();
            }
            self.events.push_back(event);
        }
    }

    /// Sends what a request has made, and takes what it has told at once.
    fn settle(&mut self) -> Result<()> {
        let result = self.driver.flush();
        self.collect();
        result
    }

    /// Takes an event that is there.
    pub fn poll_event(&mut self) -> Option<NodeEvent> {
        self.events.pop_front()
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

    /// Keeps the answers to something for the call that waits for them, until [`ZoneClient::release`].
    pub(super) fn reserve(&mut self, asked: Asked) {
        self.answers.insert(asked, VecDeque::new());
    }

    /// Reserves the answers, and sends what was asked.
    pub(super) fn reserved(&mut self, asked: Asked) -> Result<()> {
        self.reserve(asked);
        self.settle().inspect_err(|_| {
            self.release(asked);
            if let Asked::Names(lookup) = asked {
                self.cancel(lookup);
            }
        })
    }

    pub(super) fn release(&mut self, asked: Asked) {
        self.answers.remove(&asked);
    }

    fn answer(&mut self, asked: Asked) -> Option<NodeEvent> {
        self.answers.get_mut(&asked)?.pop_front()
    }

    /// The answer to a call about zones, if it has come.
    pub(super) fn zones_answer(&mut self, request: RequestId) -> Option<Result<Vec<ZoneName>>> {
        match self.answer(Asked::Zones(request))? {
            NodeEvent::Zones { zones, .. } => Some(Ok(zones)),
            NodeEvent::RequestFailed { error, .. } => Some(Err(error)),
            _ => None,
        }
    }

    /// Moves what a look-up has found to `found`; done when it is over: true if a limit was reached.
    pub(super) fn lookup_answer(&mut self, lookup: LookupId, found: &mut Vec<Tuple>) -> Option<Result<bool>> {
        loop {
            match self.answer(Asked::Names(lookup))? {
                NodeEvent::Found { tuple, .. } => found.push(tuple),
                NodeEvent::LookedUp { more, .. } => return Some(Ok(more)),
                _ => {}
            }
        }
    }

    /// How a registration has ended, if it has.
    pub(super) fn register_answer(&mut self, lookup: LookupId) -> Option<Result<()>> {
        match self.answer(Asked::Names(lookup))? {
            NodeEvent::Registered { .. } => Some(Ok(())),
            NodeEvent::NameTaken { holder, .. } => {
                let text = format!("{} has the name", holder.address);
                Some(Err(Error::refused(text).with_parameter(holder.entity.to_string())))
            }
            _ => None,
        }
    }

    /// How an echo has ended, if it has.
    pub(super) fn echo_answer(&mut self, echo: EchoId) -> Option<Result<()>> {
        match self.answer(Asked::Echo(echo))? {
            NodeEvent::Echoed { .. } => Some(Ok(())),
            NodeEvent::EchoLost { .. } => Some(Err(errors::timed_out("echo"))),
            _ => None,
        }
    }

    /// Asks the router for zones and does not wait: the answer is [`NodeEvent::Zones`] or [`NodeEvent::RequestFailed`].
    ///
    /// # Errors
    /// `Refused`: no router is known. `LimitHit`: too many calls at the same time. `Transport`: the network fails; an event may still come.
    pub fn begin_call(&mut self, call: ZoneCall) -> Result<RequestId> {
        let request = self.ask_zones(call)?;
        self.settle()?;
        Ok(request)
    }

    /// Begins a look-up and does not wait: [`NodeEvent::Found`] for each entity, then [`NodeEvent::LookedUp`].
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as the engine's. `Transport`: the network fails, and there is no look-up.
    pub fn begin_look_up(&mut self, entity: Entity) -> Result<LookupId> {
        let lookup = self.driver.engine.look_up(entity, clock::now())?;
        self.settle().inspect_err(|_| self.driver.engine.cancel(lookup))?;
        Ok(lookup)
    }

    /// Begins to register a name and does not wait: [`NodeEvent::Registered`] or [`NodeEvent::NameTaken`] tells.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as the engine's. `Transport`: the network fails, and there is no registration.
    pub fn begin_register(&mut self, object: Name, kind: Name, socket: u8) -> Result<LookupId> {
        let lookup = self.driver.engine.register(object, kind, socket, clock::now())?;
        self.settle().inspect_err(|_| self.driver.engine.cancel(lookup))?;
        Ok(lookup)
    }

    /// Sends an echo request and does not wait: [`NodeEvent::Echoed`] or [`NodeEvent::EchoLost`] tells.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as the engine's. `Transport`: the network fails; an event may still come.
    pub fn begin_echo(&mut self, to: NodeAddress, data: &[u8]) -> Result<EchoId> {
        let echo = self.driver.engine.echo(to, data, clock::now())?;
        self.settle()?;
        Ok(echo)
    }

    /// Gives up a look-up or a registration: no more is told of it. One that is over already is let be.
    pub fn cancel(&mut self, lookup: LookupId) {
        self.driver.engine.cancel(lookup);
    }

    /// Picks a zone of an extended network: [`NodeEvent::Picked`] or [`NodeEvent::PickFailed`] tells.
    ///
    /// # Errors
    /// `Refused`: the network is nonextended, or the node is not up. `Transport`: the network fails.
    pub fn pick(&mut self, zone: ZoneName) -> Result<()> {
        self.driver.engine.pick(zone, clock::now())?;
        self.settle()
    }

    pub(super) fn ask_zones(&mut self, call: ZoneCall) -> Result<RequestId> {
        self.driver.engine.call(call, clock::now())
    }

    pub(super) fn ask_look_up(&mut self, entity: Entity) -> Result<LookupId> {
        self.driver.engine.look_up(entity, clock::now())
    }

    pub(super) fn ask_register(&mut self, object: Name, kind: Name, socket: u8) -> Result<LookupId> {
        self.driver.engine.register(object, kind, socket, clock::now())
    }

    pub(super) fn ask_echo(&mut self, to: NodeAddress, data: &[u8]) -> Result<EchoId> {
        self.driver.engine.echo(to, data, clock::now())
    }

    /// What the node knows, once it has joined.
    pub(super) fn joined(&self) -> Option<Result<Joined>> {
        let machine = self.driver.engine.machine();
        match machine.state() {
            State::Up | State::Alone => {}
            State::Failed => {
                let taken = std::io::Error::new(std::io::ErrorKind::AddrInUse, "every address is taken");
                return Some(Err(errors::system(&taken, "joining the network")));
            }
            State::Off | State::Probe1 | State::Ask | State::Probe2 | State::AskZone | State::Stranded => {
                return None;
            }
        }
        let address = machine.address()?;
        Some(Ok(Joined { address, network: machine.range(), router: machine.router() }))
    }

    /// Waits until the node has an address, and knows a router or that there is none.
    ///
    /// # Errors
    /// `Transport`: the network fails, or every address is taken. `TimedOut`.
    pub fn join(&mut self, timeout: Duration) -> Result<Joined> {
        self.wait(timeout, "answer of a router", |client| client.joined())
    }

    fn call(&mut self, call: ZoneCall, timeout: Duration) -> Result<Vec<ZoneName>> {
        let request = self.ask_zones(call)?;
        self.reserve(Asked::Zones(request));
        let result = self.wait(timeout, "answer of the router", |client| client.zones_answer(request));
        self.release(Asked::Zones(request));
        result
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
        first(self.call(ZoneCall::GetMyZone, timeout)?)
    }

    /// Looks an entity up, such as `=:LaserWriter@*`, for as long as the node's limits say.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as the engine's. `TimedOut`: the time given is over before. `Transport`: the network fails.
    pub fn look_up(&mut self, entity: Entity, timeout: Duration) -> Result<Vec<Tuple>> {
        let lookup = self.ask_look_up(entity)?;
        self.reserve(Asked::Names(lookup));
        let mut found = Vec::new();
        let result =
            self.wait(timeout, "end of the look-up", |client| client.lookup_answer(lookup, &mut found));
        self.release(Asked::Names(lookup));
        self.cancel(lookup);
        result.map(|_| found)
    }

    /// Registers a name of this node at a socket of it, if nobody in the zone has it.
    ///
    /// # Errors
    /// `Refused`: somebody has the name, or as the engine's. `Invalid`, `LimitHit`: as the engine's. `TimedOut`, `Transport`.
    pub fn register(&mut self, object: Name, kind: Name, socket: u8, timeout: Duration) -> Result<()> {
        let lookup = self.ask_register(object, kind, socket)?;
        self.reserve(Asked::Names(lookup));
        let result = self.wait(timeout, "end of the registration", |client| client.register_answer(lookup));
        self.release(Asked::Names(lookup));
        self.cancel(lookup);
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
        let echo = self.ask_echo(to, data)?;
        self.reserve(Asked::Echo(echo));
        let result = self.wait(timeout, "echo", |client| client.echo_answer(echo));
        self.release(Asked::Echo(echo));
        result.map(|()| began.elapsed())
    }
}

/// The one zone of an answer to GetMyZone.
pub(super) fn first(zones: Vec<ZoneName>) -> Result<ZoneName> {
    zones.first().copied().ok_or_else(|| {
        Error::peer(osisession_proto::Layer::Session, "the router does not know the zone of this network")
    })
}
