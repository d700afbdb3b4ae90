//! A node over somebody's DDP: what it knows, and what its user can ask of it.
use super::event::{Counters, EchoId, LookupId, NodeEvent, Output, RequestId};
use super::names::Names;
use super::table::{Event, State};
use super::zones::Requests;
use crate::error::{Error, Layer, Result};
use crate::time::Instant;
use crate::zip::address::{Address, Mac, NetworkRange, NodeAddress, ddp_type, socket};
use crate::zip::aep::{self, Echo};
use crate::zip::call::ZoneCall;
use crate::zip::ddp::Datagram;
use crate::zip::limits::{NodeLimits, Rate};
use crate::zip::link::Hop;
use crate::zip::message::{NetInfo, Notify};
use crate::zip::name::{Name, ZoneName};
use crate::zip::nbp::{Entity, Tuple};
use crate::zip::random::Random;
use crate::zip::rtmp;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// What to make of a Notify, which anybody on the network can send (Inside AppleTalk ch. 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyPolicy {
    /// Take the new name, if it comes from a router that was heard.
    Accept,
    /// Ask the router whether it is true: the safe way. Default.
    #[default]
    Ask,
    /// Leave it to the user: [`NodeEvent::RenameHint`].
    Tell,
    /// Ignore it.
    Ignore,
}

/// What a node keeps between its runs, so that it comes back as what it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Its address.
    pub address: Option<NodeAddress>,
    /// Its zone.
    pub zone: Option<ZoneName>,
}

/// How a node behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MachineConfig {
    /// True on an extended network (EtherTalk), false on a nonextended one (LocalTalk).
    pub extended: bool,
    /// What the last run has left, or what the user wants.
    pub stored: Stored,
    /// True to choose a node id of servers on LocalTalk, 128 to 254. Default: of users, 1 to 127.
    pub server: bool,
    /// The dynamic socket, 128 to 254, that calls and echo requests come from. Default 253.
    pub client_socket: u8,
    /// What to make of a Notify.
    pub notify: NotifyPolicy,
    /// Limits and timers.
    pub limits: NodeLimits,
    /// Where transactions begin: it should differ from start to start, so that old answers find no request.
    pub seed: u64,
}

impl MachineConfig {
    /// The usual node.
    pub fn new(extended: bool, seed: u64) -> MachineConfig {
        MachineConfig {
            extended,
            stored: Stored::default(),
            server: false,
            client_socket: 253,
            notify: NotifyPolicy::default(),
            limits: NodeLimits::default(),
            seed,
        }
    }
}

/// A zone that the user has picked, or that a Notify has told.
#[derive(Debug)]
pub(super) struct Pick {
    pub(super) zone: ZoneName,
    pub(super) tries: u32,
    pub(super) at: Instant,
    /// The old name, if a Notify was the cause.
    pub(super) renames: Option<ZoneName>,
}

/// A node over somebody's DDP: datagrams, requests and time go in; events, datagrams and the next deadline come out.
///
/// After each call take [`ZoneMachine::poll_output`] and [`ZoneMachine::poll_event`] until both are dry, then ask
/// [`ZoneMachine::next_timeout`].
#[derive(Debug)]
pub struct ZoneMachine {
    pub(super) config: MachineConfig,
    pub(super) state: State,
    pub(super) address: Option<NodeAddress>,
    pub(super) range: NetworkRange,
    pub(super) router: Option<NodeAddress>,
    pub(super) zone: Option<ZoneName>,
    pub(super) multicast: Option<Mac>,
    pub(super) startup: bool,
    /// Routers that were heard on this network: a Notify may come from each of them.
    pub(super) routers: Vec<NodeAddress>,
    pub(super) tries: u32,
    pub(super) ask_at: Option<Instant>,
    pub(super) router_at: Option<Instant>,
    pub(super) pick: Option<Pick>,
    pub(super) my_zone: Option<RequestId>,
    /// What the event being handled came with.
    pub(super) reply: Option<(NetInfo, NodeAddress)>,
    pub(super) rtmp: Option<rtmp::Data>,
    pub(super) notify: Option<Notify>,
    pub(super) claimed: NodeAddress,
    pub(super) requests: Requests,
    pub(super) names: Names,
    pub(super) echoes: BTreeMap<EchoId, (NodeAddress, Bytes, Instant)>,
    pub(super) next_echo: u32,
    pub(super) answers: Rate,
    pub(super) outputs: VecDeque<Output>,
    pub(super) events: VecDeque<NodeEvent>,
    pub(super) counters: Counters,
    pub(super) last_error: Option<Error>,
}

impl ZoneMachine {
    /// A node that is not started.
    pub fn new(config: MachineConfig) -> ZoneMachine {
        let mut random = Random::new(config.seed);
        ZoneMachine {
            state: State::Off,
            address: None,
            range: NetworkRange::ANY,
            router: None,
            zone: None,
            multicast: None,
            startup: false,
            routers: Vec::new(),
            tries: 0,
            ask_at: None,
            router_at: None,
            pick: None,
            my_zone: None,
            reply: None,
            rtmp: None,
            notify: None,
            claimed: NodeAddress::default(),
            requests: Requests::new(random.next() as u16),
            names: Names::new(random.next() as u8),
            echoes: BTreeMap::new(),
            next_echo: 0,
            answers: Rate::default(),
            outputs: VecDeque::new(),
            events: VecDeque::new(),
            counters: Counters::default(),
            last_error: None,
            config,
        }
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// The node's address, provisional until it is up.
    pub fn address(&self) -> Option<NodeAddress> {
        self.address
    }

    /// The node's network; `None` while it is not known.
    pub fn range(&self) -> Option<NetworkRange> {
        Some(self.range).filter(|range| range.start() != 0)
    }

    /// The router that is used.
    pub fn router(&self) -> Option<NodeAddress> {
        self.router
    }

    /// The node's zone; `None` for `*`, while it is not known.
    pub fn zone(&self) -> Option<ZoneName> {
        self.zone
    }

    /// The multicast address of the zone; `None` if its nodes are reached by broadcast.
    pub fn multicast(&self) -> Option<Mac> {
        self.multicast
    }

    /// What to keep for the next start.
    pub fn stored(&self) -> Stored {
        self.config.stored
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The last datagram that could not be read: what, where, why.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    /// Names that are registered or being registered.
    pub fn names(&self) -> impl Iterator<Item = &Tuple> {
        self.names.registered()
    }

    /// Starts the node, or starts it again.
    pub fn start(&mut self, now: Instant) {
        self.event(Event::Start, now);
    }

    /// Stops the node. Calls, look-ups and names are gone, without events.
    pub fn stop(&mut self, now: Instant) {
        self.event(Event::Stop, now);
    }

    /// The address that was wanted is the node's own.
    pub fn claimed(&mut self, address: NodeAddress, now: Instant) {
        self.claimed = address;
        self.event(Event::Claimed, now);
    }

    /// There is no address of those that were wanted.
    pub fn exhausted(&mut self, now: Instant) {
        let more = self.state == State::Probe1 && self.config.extended && !self.startup;
        self.event(if more { Event::Exhausted } else { Event::ExhaustedLast }, now);
    }

    /// Picks a zone of this network. The answer is [`NodeEvent::Picked`] or [`NodeEvent::PickFailed`].
    ///
    /// # Errors
    /// `Refused`: not up, on a nonextended network, or while another zone is picked.
    pub fn pick(&mut self, zone: ZoneName, now: Instant) -> Result<()> {
        if !self.config.extended {
            return Err(Error::refused("a nonextended network has one zone, and its nodes have no choice"));
        }
        if self.pick.is_some() {
            return Err(Error::refused("a zone is being picked"));
        }
        if self.state != State::Up {
            return Err(Error::refused("no router is known").with_cell(self.state.name(), "Pick"));
        }
        self.begin_pick(zone, None, now);
        Ok(())
    }

    pub(super) fn begin_pick(&mut self, zone: ZoneName, renames: Option<ZoneName>, now: Instant) {
        self.pick = Some(Pick { zone, tries: 0, at: now, renames });
        self.event(Event::Pick, now);
    }

    /// Asks the router for zones. The answer is [`NodeEvent::Zones`] or [`NodeEvent::RequestFailed`].
    ///
    /// # Errors
    /// `Refused`: no router is known. `LimitHit`: too many calls.
    pub fn call(&mut self, call: ZoneCall, now: Instant) -> Result<RequestId> {
        let Some(router) = self.router else {
            return Err(Error::refused("no router is known").with_cell(self.state.name(), call.name()));
        };
        let (request, packet) = self.requests.begin(call, router, &self.config.limits, now)?;
        self.send_request(router, packet);
        Ok(request)
    }

    /// Looks an entity up: [`NodeEvent::Found`] for each one, then [`NodeEvent::LookedUp`].
    ///
    /// # Errors
    /// `Refused`: no address, or another zone without a router. `Invalid`: an empty object or type. `LimitHit`: too many look-ups.
    pub fn look_up(&mut self, entity: Entity, now: Instant) -> Result<LookupId> {
        if self.address.is_none() {
            return Err(Error::refused("the node has no address").with_cell(self.state.name(), "look-up"));
        }
        if self.router.is_none() && !self.is_own_zone(&entity.zone) {
            return Err(Error::refused("another zone is reached by a router, and none is known"));
        }
        let lookup = self.names.look_up(entity, &self.config.limits, now)?;
        self.send_lookup(lookup);
        Ok(lookup)
    }

    /// Gives up a look-up or a registration, without events.
    pub fn cancel(&mut self, lookup: LookupId) {
        self.names.cancel(lookup);
    }

    /// Registers a name of this node in its zone: looks whether it is free, then answers look-ups for it.
    ///
    /// # Errors
    /// `Refused`: no address, or the name is this node's already. `Invalid`: an empty or wild object or type, or socket 0 or 255.
    /// `LimitHit`: too many names.
    pub fn register(&mut self, object: Name, kind: Name, at: u8, now: Instant) -> Result<LookupId> {
        let Some(own) = self.address else {
            return Err(Error::refused("the node has no address").with_cell(self.state.name(), "register"));
        };
        let entity = Entity { object, kind, zone: Name::HERE };
        let lookup = self.names.register(entity, own.socket(at), &self.config.limits, now)?;
        self.send_lookup(lookup);
        Ok(lookup)
    }

    /// Takes a name back; false if it is not registered.
    pub fn unregister(&mut self, object: &Name, kind: &Name) -> bool {
        self.names.unregister(object, kind)
    }

    /// Sends an echo request. The answer is [`NodeEvent::Echoed`] or [`NodeEvent::EchoLost`].
    ///
    /// # Errors
    /// `Refused`: no address. `Invalid`: more than 581 octets. `LimitHit`: too many echoes.
    pub fn echo(&mut self, to: NodeAddress, data: &[u8], now: Instant) -> Result<EchoId> {
        if self.address.is_none() {
            return Err(Error::refused("the node has no address").with_cell(self.state.name(), "echo"));
        }
        if data.len() + 4 > aep::MAX_DATA {
            return Err(Error::invalid("an echo request has at most 581 octets"));
        }
        if self.echoes.len() >= self.config.limits.echoes {
            return Err(Error::limit(Layer::Transport, "too many echo requests at the same time"));
        }
        let echo = EchoId(self.next_echo);
        self.next_echo = self.next_echo.wrapping_add(1);
        // Four octets of our own tell the requests of one node apart.
        let mut octets = echo.0.to_be_bytes().to_vec();
        octets.extend_from_slice(data);
        let octets = Bytes::from(octets);
        self.echoes.insert(echo, (to, octets.clone(), now + self.config.limits.echo_timeout));
        let packet = Echo { reply: false, data: octets };
        self.send(to.socket(socket::AEP), self.config.client_socket, ddp_type::AEP, packet.encode());
        Ok(echo)
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.ask_at.is_some_and(|at| at <= now) {
            let more = self.tries < self.config.limits.net_info_tries;
            self.event(if more { Event::AskTimer } else { Event::AskTimerLast }, now);
        }
        if let Some(pick) = self.pick.as_ref().filter(|pick| pick.at <= now) {
            let more = pick.tries < self.config.limits.net_info_tries;
            self.event(if more { Event::PickTimer } else { Event::PickTimerLast }, now);
        }
        if self.router_at.is_some_and(|at| at <= now) {
            self.router_at = None;
            self.event(Event::RouterTimer, now);
        }
        self.requests_timeout(now);
        self.names_timeout(now);
        let late: Vec<EchoId> =
            self.echoes.iter().filter(|(_, echo)| echo.2 <= now).map(|(id, _)| *id).collect();
        for echo in late {
            self.echoes.remove(&echo);
            self.tell(NodeEvent::EchoLost { echo });
        }
    }

    /// The next deadline.
    pub fn next_timeout(&self) -> Option<Instant> {
        [self.ask_at, self.router_at, self.requests.next_timeout(), self.names.next_timeout()]
            .into_iter()
            .flatten()
            .chain(self.pick.as_ref().map(|pick| pick.at))
            .chain(self.echoes.values().map(|echo| echo.2))
            .min()
    }

    /// Takes what the layers below have to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Takes an event.
    pub fn poll_event(&mut self) -> Option<NodeEvent> {
        self.events.pop_front()
    }

    /// True if the zone is this node's own: by its name, or because no name means the asker's.
    pub(super) fn is_own_zone(&self, zone: &Name) -> bool {
        zone.is_here() || self.zone.is_some_and(|own| own.name().matches(zone))
    }

    /// Sends to a socket: direct, by broadcast or by way of the router (Inside AppleTalk ch. 4).
    pub(super) fn send(&mut self, to: Address, from: u8, kind: u8, data: Bytes) {
        let Some(own) = self.address else { return };
        let hop = match self.router {
            _ if to.node == crate::zip::address::BROADCAST => Hop::Everyone,
            _ if to.network == 0 || to.network > crate::zip::address::LAST_NETWORK => Hop::Node(to.at()),
            Some(router) if !self.range.contains(to.network) => Hop::Node(router),
            Some(_) | None => Hop::Node(to.at()),
        };
        self.put(Output::Send(Datagram::new(to, own.socket(from), kind, data), hop));
    }

    pub(super) fn put(&mut self, output: Output) {
        // Only datagrams may be lost: the rest is rare, and the caller has asked for it.
        if matches!(output, Output::Send(..)) && self.outputs.len() >= self.config.limits.queued_outputs {
            self.counters.limited += 1;
            return;
        }
        self.outputs.push_back(output);
    }

    /// Tells the user; what a peer has caused may be lost if the user does not listen.
    pub(super) fn tell(&mut self, event: NodeEvent) {
        if self.events.len() >= self.config.limits.queued_events
            && matches!(
                event,
                NodeEvent::Found { .. }
                    | NodeEvent::Renamed { .. }
                    | NodeEvent::RenameHint(_)
                    | NodeEvent::RouterLost
            )
        {
            self.counters.limited += 1;
            return;
        }
        self.events.push_back(event);
    }
}
