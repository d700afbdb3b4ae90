//! One link: frames and time in, datagrams and frames out.
use super::candidates::Candidates;
use super::elap::{self, Aarp, AarpFunction};
use super::llap;
use super::resolver::{Fate, Resolver};
use super::table::{self, Action, Event, State};
use crate::error::{Error, Result};
use crate::time::Instant;
use crate::zip::address::{BROADCAST, Mac, NetworkRange, NodeAddress};
use crate::zip::ddp::{Datagram, Header};
use crate::zip::limits::LinkLimits;
use crate::zip::random::Random;
use bytes::Bytes;
use std::collections::VecDeque;

/// What carries the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// LocalTalk: frames of LLAP without their check sequence.
    LocalTalk,
    /// LocalTalk over UDP: payloads, with this sender id. Choose it at random; frames that carry it are one's own.
    LocalTalkUdp {
        /// The sender id.
        sender: u32,
    },
    /// EtherTalk phase 2: Ethernet frames without their check sequence.
    EtherTalk {
        /// The station's own address.
        mac: Mac,
    },
}

impl Medium {
    /// True for a link whose network is extended: a range of numbers, many zones, zone multicasts.
    pub const fn is_extended(self) -> bool {
        match self {
            Medium::LocalTalk | Medium::LocalTalkUdp { .. } => false,
            Medium::EtherTalk { .. } => true,
        }
    }
}

/// Where a datagram goes on its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// To a node.
    Node(NodeAddress),
    /// To every node.
    Everyone,
    /// To the nodes of a zone.
    Group(Mac),
}

/// A datagram that came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The datagram.
    pub datagram: Datagram,
    /// True if its frame was for more than this node.
    pub everyone: bool,
}

/// How a claim ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The address is one's own. On LocalTalk its network is 0.
    Held(NodeAddress),
    /// Every address that was tried is somebody else's.
    Exhausted,
}

/// What a link counted since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames received.
    pub received: u64,
    /// Frames that could not be read.
    pub malformed: u64,
    /// Frames and datagrams that a limit has cost, and datagrams for stations that do not answer.
    pub lost: u64,
    /// Frames made.
    pub sent: u64,
}

/// A link.
#[derive(Debug)]
pub struct Link {
    pub(super) medium: Medium,
    pub(super) limits: LinkLimits,
    pub(super) random: Random,
    pub(super) state: State,
    pub(super) address: Option<NodeAddress>,
    pub(super) candidates: Option<Candidates>,
    pub(super) trying: NodeAddress,
    pub(super) tries: u32,
    pub(super) try_at: Option<Instant>,
    pub(super) claim: Option<(NetworkRange, (u8, u8), Option<NodeAddress>)>,
    pub(super) resolver: Resolver,
    pub(super) groups: Vec<Mac>,
    pub(super) asker: Mac,
    pub(super) frames: VecDeque<Bytes>,
    pub(super) arrived: VecDeque<Arrival>,
    pub(super) claims: VecDeque<Claim>,
    pub(super) counters: Counters,
    pub(super) last_error: Option<Error>,
}

impl Link {
    /// A link without an address.
    pub fn new(medium: Medium, limits: LinkLimits, seed: u64) -> Link {
        Link {
            medium,
            limits,
            random: Random::new(seed),
            state: State::Idle,
            address: None,
            candidates: None,
            trying: NodeAddress::default(),
            tries: 0,
            try_at: None,
            claim: None,
            resolver: Resolver::default(),
            groups: Vec::new(),
            asker: Mac::default(),
            frames: VecDeque::new(),
            arrived: VecDeque::new(),
            claims: VecDeque::new(),
            counters: Counters::default(),
            last_error: None,
        }
    }

    /// The medium.
    pub fn medium(&self) -> Medium {
        self.medium
    }

    /// The state of the address.
    pub fn state(&self) -> State {
        self.state
    }

    /// The address that is held.
    pub fn address(&self) -> Option<NodeAddress> {
        self.address
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The last frame that could not be read: what, where, why.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    /// Wants an address: `hint` if it is free, else another one of `networks` (on LocalTalk they do not count) and of `nodes`, both ends
    /// included. The answer is a [`Claim`]. An address that is held is given back.
    pub fn claim(
        &mut self,
        networks: NetworkRange,
        nodes: (u8, u8),
        hint: Option<NodeAddress>,
        now: Instant,
    ) {
        self.claim = Some((networks, nodes, hint));
        self.event(Event::Claim, now);
    }

    /// Gives the address back.
    pub fn release(&mut self, now: Instant) {
        self.event(Event::Release, now);
    }

    /// Tells a nonextended link its network, as a router said it.
    pub fn set_network(&mut self, network: u16) {
        if let Some(address) = self.address.as_mut().filter(|_| !self.medium.is_extended()) {
            address.network = network;
        }
    }

    /// Listens to a zone.
    pub fn join(&mut self, group: Mac) {
        if !self.groups.contains(&group) && self.groups.len() < self.limits.groups {
            self.groups.push(group);
        }
    }

    /// Listens to it no more.
    pub fn leave(&mut self, group: Mac) {
        self.groups.retain(|own| *own != group);
    }

    /// The multicast addresses that the station has to receive, besides [`Mac::BROADCAST`].
    pub fn groups(&self) -> &[Mac] {
        &self.groups
    }

    /// Sends a datagram. Without an address it is lost.
    pub fn send(&mut self, mut datagram: Datagram, hop: Hop, now: Instant) {
        let Some(own) = self.address else {
            self.counters.lost += 1;
            return;
        };
        match self.medium {
            Medium::LocalTalk | Medium::LocalTalkUdp { .. } => {
                let near = |network: u16| network == 0 || network == own.network;
                // Both ends on the link and no router passed: the short header (Inside AppleTalk ch. 4).
                let short = near(datagram.destination.network)
                    && near(datagram.source.network)
                    && datagram.hops == 0
                    && datagram.source.node == own.node
                    && datagram.destination.node != 0;
                if short {
                    datagram.header = Header::Short;
                }
                let destination = match hop {
                    Hop::Node(node) => node.node,
                    Hop::Everyone | Hop::Group(_) => BROADCAST,
                };
                let kind = if short { llap::Kind::Short } else { llap::Kind::Long };
                let frame = datagram
                    .encode()
                    .and_then(|data| llap::Frame { destination, source: own.node, kind, data }.encode());
                self.emit(frame);
            }
            Medium::EtherTalk { .. } => {
                if datagram.header == Header::Short {
                    datagram.header = Header::Long { checksum: true };
                }
                let Ok(octets) = datagram.encode() else {
                    self.counters.lost += 1;
                    return;
                };
                match hop {
                    Hop::Everyone => self.ethernet(Mac::BROADCAST, elap::Protocol::Ddp, octets),
                    Hop::Group(group) => self.ethernet(group, elap::Protocol::Ddp, octets),
                    Hop::Node(node) => match self.resolver.resolve(node, octets, &self.limits, now) {
                        Fate::Send(mac, octets) => self.ethernet(mac, elap::Protocol::Ddp, octets),
                        Fate::Ask => self.ask(node),
                        Fate::Wait => {}
                        Fate::Lost => self.counters.lost += 1,
                    },
                }
            }
        }
    }

    /// A frame has come, or on LocalTalk over UDP a payload.
    pub fn frame(&mut self, octets: &Bytes, now: Instant) {
        self.counters.received += 1;
        let result = match self.medium {
            Medium::LocalTalk => self.localtalk(octets, now),
            Medium::LocalTalkUdp { sender } => match llap::from_udp(octets) {
                Ok((from, _)) if from == sender => Ok(()),
                Ok((_, frame)) => self.localtalk(&frame, now),
                Err(error) => Err(error),
            },
            Medium::EtherTalk { mac } => self.ethertalk(mac, octets, now),
        };
        if let Err(error) = result {
            self.counters.malformed += 1;
            self.last_error = Some(error);
        }
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.try_at.is_some_and(|at| at <= now) {
            let most = if self.medium.is_extended() { self.limits.probes } else { self.limits.enquiries };
            self.event(if self.tries < most { Event::TryTimer } else { Event::TryTimerLast }, now);
        }
        let (ask, lost) = self.resolver.handle_timeout(&self.limits, now);
        self.counters.lost += lost;
        for node in ask {
            self.ask(node);
        }
    }

    /// The next deadline.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.try_at.into_iter().chain(self.resolver.next_timeout()).min()
    }

    /// Takes a frame to send; on LocalTalk over UDP a payload.
    pub fn poll_frame(&mut self) -> Option<Bytes> {
        self.frames.pop_front()
    }

    /// Takes a datagram that has come.
    pub fn poll_arrival(&mut self) -> Option<Arrival> {
        self.arrived.pop_front()
    }

    /// Takes the outcome of a claim.
    pub fn poll_claim(&mut self) -> Option<Claim> {
        self.claims.pop_front()
    }

    pub(super) fn event(&mut self, event: Event, now: Instant) {
        let cell = table::cell(self.state, event);
        self.state = cell.next;
        for action in cell.actions {
            self.act(*action, now);
        }
    }

    fn act(&mut self, action: Action, now: Instant) {
        match action {
            Action::ChooseFirst => {
                let Some((networks, nodes, hint)) = self.claim else { return };
                let most = self.limits.candidates;
                let mut candidates = if self.medium.is_extended() {
                    let networks =
                        if networks == NetworkRange::ANY { crate::zip::address::STARTUP } else { networks };
                    Candidates::new(networks, nodes, hint, most, &mut self.random)
                } else {
                    // A node id of LocalTalk is tried for itself; the network comes from a router later.
                    let hint = hint.map(|hint| NodeAddress::new(0, hint.node));
                    Candidates::new(NetworkRange::NONE, nodes, hint, most, &mut self.random)
                };
                self.trying = candidates.next().unwrap_or_default();
                self.candidates = Some(candidates);
                self.tries = 0;
            }
            Action::ChooseNext => {
                if let Some(next) = self.candidates.as_mut().and_then(Iterator::next) {
                    self.trying = next;
                }
                self.tries = 0;
            }
            Action::Try => {
                self.tries += 1;
                let (node, tried) = (self.trying.node, self.trying);
                match self.medium {
                    Medium::LocalTalk | Medium::LocalTalkUdp { .. } => {
                        self.try_at = Some(now + self.limits.enquiry_interval);
                        self.emit(llap::Frame::control(llap::Kind::Enquiry, node, node).encode());
                    }
                    Medium::EtherTalk { mac } => {
                        self.try_at = Some(now + self.limits.probe_interval);
                        self.send_aarp(
                            Mac::BROADCAST,
                            AarpFunction::Probe,
                            (mac, tried),
                            (Mac::default(), tried),
                        );
                    }
                }
            }
            Action::StopTimer => self.try_at = None,
            Action::Take => self.address = Some(self.trying),
            Action::Drop => {
                self.address = None;
                self.resolver.clear();
            }
            Action::Defend => {
                let own = self.address.unwrap_or_default();
                match self.medium {
                    Medium::LocalTalk | Medium::LocalTalkUdp { .. } => {
                        self.emit(llap::Frame::control(llap::Kind::Acknowledge, own.node, own.node).encode());
                    }
                    Medium::EtherTalk { mac } => {
                        let to = self.asker;
                        self.send_aarp(to, AarpFunction::Response, (mac, own), (to, own));
                    }
                }
            }
            Action::TellClaimed => self.claims.push_back(Claim::Held(self.trying)),
            Action::TellExhausted => self.claims.push_back(Claim::Exhausted),
        }
    }

    fn ask(&mut self, node: NodeAddress) {
        if let (Medium::EtherTalk { mac }, Some(own)) = (self.medium, self.address) {
            self.send_aarp(Mac::BROADCAST, AarpFunction::Request, (mac, own), (Mac::default(), node));
        }
    }

    fn send_aarp(
        &mut self,
        to: Mac,
        function: AarpFunction,
        (source_mac, source): (Mac, NodeAddress),
        (destination_mac, destination): (Mac, NodeAddress),
    ) {
        let packet = Aarp { function, source_mac, source, destination_mac, destination };
        self.ethernet(to, elap::Protocol::Aarp, packet.encode());
    }

    pub(super) fn ethernet(&mut self, destination: Mac, protocol: elap::Protocol, data: Bytes) {
        if let Medium::EtherTalk { mac } = self.medium {
            self.emit(elap::Frame { destination, source: mac, protocol, data }.encode());
        }
    }

    fn emit(&mut self, frame: Result<Bytes>) {
        match frame {
            Ok(frame) if self.frames.len() < self.limits.queued_frames => {
                self.counters.sent += 1;
                self.frames.push_back(match self.medium {
                    Medium::LocalTalkUdp { sender } => llap::to_udp(sender, &frame),
                    Medium::LocalTalk | Medium::EtherTalk { .. } => frame,
                });
            }
            _ => self.counters.lost += 1,
        }
    }
}
