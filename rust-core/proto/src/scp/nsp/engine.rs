//! The NSP of a node: all its links, and what belongs to none (DNA NSP 4.0.1, receive dispatch).
use super::super::address::NodeAddress;
use super::super::reason::Reason;
use super::config::{Config, Counters, Packet};
use super::link::Link;
use super::message::{Addresses, Hidden, Message};
use super::service::{LinkId, NspIndication, NspRequest};
use super::table::{self, Action, Event, State};
use crate::error::Error;
use crate::time::Instant;
use bytes::{Bytes, BytesMut};
use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What led to an event: as much of it as the actions need.
#[derive(Default)]
pub(super) struct Input {
    pub(super) node: Option<NodeAddress>,
    pub(super) message: Option<Message>,
    pub(super) link: Option<LinkId>,
    pub(super) data: Bytes,
    pub(super) connect: Hidden,
    pub(super) reason: Option<Reason>,
    pub(super) error: Option<Error>,
}

/// The NSP of one node.
///
/// After each call take [`Nsp::poll_indication`] and [`Nsp::poll_packet`] until both are dry, then ask [`Nsp::next_timeout`].
/// Indications are bounded only if they are taken.
pub struct Nsp {
    pub(super) config: Config,
    pub(super) links: BTreeMap<u16, Link>,
    by_id: BTreeMap<LinkId, u16>,
    /// Links that peers asked for: the key against a second port for a repeated connect.
    by_remote: BTreeMap<(NodeAddress, u16), u16>,
    /// Incoming links in state CR.
    offered: usize,
    last_local: u16,
    last_id: u32,
    pub(super) replies: VecDeque<Packet>,
    ready: VecDeque<u16>,
    deadlines: BTreeSet<(Instant, u16)>,
    pub(super) indications: VecDeque<NspIndication>,
    pub(super) counters: Counters,
    last_error: Option<Error>,
    now: Instant,
}

impl fmt::Debug for Nsp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nsp").field("links", &self.links.len()).field("counters", &self.counters).finish()
    }
}

impl Nsp {
    /// An NSP without links. `seed` is where link addresses begin: after a restart it should differ from the last one, so that old
    /// messages find no link.
    pub fn new(config: Config, seed: u16) -> Nsp {
        Nsp {
            config,
            links: BTreeMap::new(),
            by_id: BTreeMap::new(),
            by_remote: BTreeMap::new(),
            offered: 0,
            last_local: seed,
            last_id: 0,
            replies: VecDeque::new(),
            ready: VecDeque::new(),
            deadlines: BTreeSet::new(),
            indications: VecDeque::new(),
            counters: Counters::default(),
            last_error: None,
            now: Instant::ZERO,
        }
    }

    /// Sets the segment sizes, when the block size of a circuit is known. What links have announced stays.
    pub fn set_segments(&mut self, receive: u16, send: u16) {
        self.config.receive_segment = receive.max(1);
        self.config.send_segment = send.max(1);
    }

    /// What was counted since the start.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The last message that could not be read: what, where, why.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    /// How many links there are, ending ones included.
    pub fn links(&self) -> usize {
        self.links.len()
    }

    /// The state of a link; `Closed` if there is none of this name.
    pub fn state(&self, link: LinkId) -> State {
        self.by_id.get(&link).and_then(|local| self.links.get(local)).map_or(State::Closed, |link| link.state)
    }

    /// The addresses of a link: ours and the peer's, which is 0 while it is not known.
    pub fn addresses(&self, link: LinkId) -> Option<Addresses> {
        let link = self.links.get(self.by_id.get(&link)?)?;
        Some(Addresses { destination: link.remote, source: link.local })
    }

    /// Session control acts. A request that the link's state does not know is ignored: what came from the network before it
    /// has ended the link, and session control will hear of it.
    pub fn request(&mut self, request: NspRequest, now: Instant) {
        self.now = now;
        let local = self.by_id.get(&request.link()).copied();
        let link = Some(request.link());
        match request {
            NspRequest::Connect { destination, data, .. } => {
                if local.is_none() {
                    let input = Input { node: Some(destination), connect: data, link, ..Input::default() };
                    self.run(None, Event::ConnectRequest, input);
                }
            }
            NspRequest::Accept { data, .. } => {
                let phase_ii = local
                    .and_then(|local| self.links.get(&local))
                    .is_some_and(|link| link.peer.version.is_phase_ii());
                let event = if phase_ii { Event::AcceptRequestPhaseII } else { Event::AcceptRequest };
                self.run(local, event, Input { data, ..Input::default() });
            }
            NspRequest::Disconnect { reason, data, .. } => {
                let input = Input { reason: Some(reason), data, ..Input::default() };
                self.run(local, Event::DisconnectRequest, input);
            }
            NspRequest::Forget { .. } => self.run(local, Event::ForgetRequest, Input::default()),
            NspRequest::Data { message, .. } => {
                self.run(local, Event::DataRequest, Input { data: message, ..Input::default() });
            }
            NspRequest::Interrupt { data, .. } => {
                self.run(local, Event::InterruptRequest, Input { data, ..Input::default() });
            }
            NspRequest::Taken { messages, octets, .. } => {
                let Some(local) = local else { return };
                let Some(link) = self.links.get_mut(&local).filter(|link| link.state == State::Running)
                else {
                    return;
                };
                let result = link.taken(messages, octets, &self.config, &mut self.indications);
                self.faulted(local, result);
                self.touch(local);
            }
            NspRequest::InterruptTaken { .. } => {
                let Some(local) = local else { return };
                let Some(link) = self.links.get_mut(&local).filter(|link| link.state == State::Running)
                else {
                    return;
                };
                link.untaken_interrupts = link.untaken_interrupts.saturating_sub(1);
                link.wanted.interrupts = link.wanted.interrupts.saturating_add(1).min(127);
                self.touch(local);
            }
        }
    }

    /// A message came from a node. `returned`: it is one of ours that could not be delivered (RTS).
    pub fn received(&mut self, source: NodeAddress, returned: bool, octets: &Bytes, now: Instant) {
        self.now = now;
        let message = match Message::decode(octets) {
            Ok(message) => message,
            Err(error) => {
                self.counters.malformed += 1;
                self.last_error = Some(error);
                return;
            }
        };
        let event = match &message {
            Message::NoOperation => return,
            Message::ConnectInitiate { source: link, .. } if returned => {
                let local = self.links.get(link).filter(|ours| ours.node == source).map(|ours| ours.local);
                if local.is_some() {
                    self.run(local, Event::ConnectReturned, Input::default());
                }
                return;
            }
            _ if returned => return,
            Message::ConnectInitiate { source: remote, .. } => {
                let known = self.by_remote.get(&(source, *remote)).copied();
                let limits = &self.config.limits;
                let room = self.links.len() < limits.links.min(usize::from(u16::MAX))
                    && self.by_remote.len() < limits.incoming_links
                    && self.offered < limits.offered_links;
                let event = if known.is_some() || room {
                    Event::ConnectInitiate
                } else {
                    self.counters.refused_connects += 1;
                    Event::ConnectInitiateNoRoom
                };
                let input = Input { node: Some(source), message: Some(message), ..Input::default() };
                self.run(known, event, input);
                return;
            }
            Message::ConnectAck { .. } => Event::ConnectAck,
            Message::ConnectConfirm { .. } => Event::ConnectConfirm,
            Message::DisconnectInitiate { .. } => Event::DisconnectInitiate,
            Message::DisconnectConfirm { reason: Reason::NO_LINK | Reason::COMPLETE, .. } => Event::NoLink,
            Message::DisconnectConfirm { .. } => Event::DisconnectConfirm,
            Message::Data(_) => Event::Data,
            Message::Interrupt(_) => Event::Interrupt,
            Message::LinkService(_) => Event::LinkService,
            Message::DataAck { .. } => Event::DataAck,
            Message::OtherAck { .. } => Event::OtherAck,
        };
        let local = self.link_of(source, &message);
        if local.is_none() {
            self.counters.unknown_links += 1;
        }
        let input = Input { node: Some(source), message: Some(message), ..Input::default() };
        self.run(local, event, input);
    }

    /// The link that a message other than a connect initiate belongs to.
    fn link_of(&self, source: NodeAddress, message: &Message) -> Option<u16> {
        let addresses = match message {
            // It has no source address.
            Message::ConnectAck { destination } => {
                return self
                    .links
                    .get(destination)
                    .filter(|link| link.node == source && link.remote == 0)
                    .map(|link| link.local);
            }
            Message::Data(segment) => segment.addresses,
            Message::Interrupt(interrupt) => interrupt.addresses,
            Message::LinkService(service) => service.addresses,
            Message::DataAck { addresses, .. }
            | Message::OtherAck { addresses, .. }
            | Message::ConnectConfirm { addresses, .. }
            | Message::DisconnectInitiate { addresses, .. }
            | Message::DisconnectConfirm { addresses, .. } => *addresses,
            Message::NoOperation | Message::ConnectInitiate { .. } => return None,
        };
        let link = self.links.get(&addresses.destination)?;
        let ours = link.node == source
            && match link.state {
                State::ConnectInitiated | State::ConnectDelivered => true,
                State::Closed
                | State::ConnectReceived
                | State::ConnectConfirmed
                | State::Running
                | State::DisconnectInitiated => link.remote == addresses.source,
            };
        ours.then_some(link.local)
    }

    /// Does what the cell says.
    fn run(&mut self, local: Option<u16>, event: Event, input: Input) {
        let now = self.now;
        let state = local.and_then(|local| self.links.get(&local)).map_or(State::Closed, |link| link.state);
        let cell = table::cell(state, event);
        let mut local = local;
        if let Some(link) = local.and_then(|local| self.links.get_mut(&local)) {
            link.state = cell.next;
            if input.message.is_some() {
                link.heard = now;
            }
            if link.id.is_incoming() && state == State::ConnectReceived && cell.next != state {
                self.offered = self.offered.saturating_sub(1);
            }
        }
        let mut fault = Ok(());
        for action in cell.actions {
            if *action == Action::Open {
                local = self.open(&input, cell.next);
                // No address is free: the connect is lost, as on a network, and timers tell.
                if local.is_none() {
                    return;
                }
                continue;
            }
            let result = self.perform(*action, local, &input, now);
            fault = fault.and(result);
        }
        let Some(local) = local else { return };
        if cell.next == State::Closed {
            self.remove(local);
            return;
        }
        self.touch(local);
        self.faulted(local, fault);
    }

    fn faulted(&mut self, local: u16, result: Result<(), Error>) {
        if let Err(error) = result {
            self.run(Some(local), Event::PeerFault, Input { error: Some(error), ..Input::default() });
        }
    }

    fn open(&mut self, input: &Input, state: State) -> Option<u16> {
        if self.links.len() >= self.config.limits.links.min(usize::from(u16::MAX)) {
            return None;
        }
        // Addresses go round the whole range: one that was freed comes back as late as possible.
        let local = loop {
            self.last_local = self.last_local.wrapping_add(1);
            if self.last_local != 0 && !self.links.contains_key(&self.last_local) {
                break self.last_local;
            }
        };
        let node = input.node?;
        let id = input.link.unwrap_or_else(|| {
            loop {
                self.last_id = self.last_id.wrapping_add(1);
                let id = LinkId::of_provider(self.last_id);
                if !self.by_id.contains_key(&id) {
                    break id;
                }
            }
        });
        let mut link = Link::new(id, local, node, state, self.now);
        if let Some(Message::ConnectInitiate { source, .. }) = &input.message {
            link.remote = *source;
            self.by_remote.insert((node, *source), local);
            self.offered += 1;
        }
        self.by_id.insert(id, local);
        self.links.insert(local, link);
        Some(local)
    }

    fn remove(&mut self, local: u16) {
        let Some(link) = self.links.remove(&local) else { return };
        self.by_id.remove(&link.id);
        if link.id.is_incoming() {
            self.by_remote.remove(&(link.node, link.remote));
        }
        if let Some(at) = link.indexed {
            self.deadlines.remove(&(at, local));
        }
        if link.ready {
            // While nothing can be sent, nobody else takes it out: a peer that calls and hangs up could make this grow.
            self.ready.retain(|ready| *ready != local);
        }
    }

    /// A link may have something to send, and its deadline may have moved.
    fn touch(&mut self, local: u16) {
        let Some(link) = self.links.get_mut(&local) else { return };
        if !core::mem::replace(&mut link.ready, true) {
            self.ready.push_back(local);
        }
        self.index(local);
    }

    fn index(&mut self, local: u16) {
        let Some(link) = self.links.get_mut(&local) else { return };
        let deadline = link.deadline(&self.config.limits);
        if deadline != link.indexed {
            if let Some(old) = core::mem::replace(&mut link.indexed, deadline) {
                self.deadlines.remove(&(old, local));
            }
            if let Some(new) = deadline {
                self.deadlines.insert((new, local));
            }
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        while let Some(&(at, local)) = self.deadlines.first() {
            if at > now {
                break;
            }
            self.deadlines.remove(&(at, local));
            let Some(link) = self.links.get_mut(&local) else { continue };
            link.indexed = None;
            match link.expire(&self.config.limits, now) {
                Some(event) => self.run(Some(local), event, Input::default()),
                None => self.touch(local),
            }
        }
    }

    /// When [`Nsp::handle_timeout`] has something to do next.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// What session control is told next.
    pub fn poll_indication(&mut self) -> Option<NspIndication> {
        self.indications.pop_front()
    }

    /// What the routing layer is to send next. It counts as sent at the time of the last call that had a time: if there is no circuit, take
    /// it nevertheless and drop it, as a network would.
    pub fn poll_packet(&mut self) -> Option<Packet> {
        if let Some(reply) = self.replies.pop_front() {
            return Some(reply);
        }
        // One message per link and turn: no link waits for another one's bulk.
        while let Some(local) = self.ready.pop_front() {
            let Some(link) = self.links.get_mut(&local).filter(|link| link.ready) else { continue };
            match link.next_message(&self.config, &mut self.counters, self.now) {
                Some(message) => {
                    self.ready.push_back(local);
                    let node = link.node;
                    self.index(local);
                    if let Some(packet) = packet(node, &message) {
                        return Some(packet);
                    }
                }
                None => {
                    link.ready = false;
                    self.index(local);
                }
            }
        }
        None
    }

    /// True if the peer of a link has told us to stop sending data.
    pub fn is_stopped(&self, link: LinkId) -> bool {
        self.by_id.get(&link).and_then(|local| self.links.get(local)).is_some_and(|link| link.stopped)
    }
}

pub(super) fn packet(destination: NodeAddress, message: &Message) -> Option<Packet> {
    let mut octets = BytesMut::with_capacity(64);
    // Only user data above 16 octets cannot be written, and session control has refused those.
    message.encode(&mut octets).ok()?;
    Some(Packet {
        destination,
        return_requested: matches!(message, Message::ConnectInitiate { .. }),
        octets: octets.freeze(),
    })
}
