//! An end node: session control, NSP and routing over one circuit, as one engine.
use super::address::{NodeAddress, NodeName};
use super::ethernet;
use super::limits::Limits;
use super::message::{EndUser, Password};
use super::multinet;
use super::nsp::message::DATA_OVERHEAD;
use super::nsp::{self, FlowControl, LinkId, Nsp};
use super::object::Object;
use super::port::table::State;
use super::reason::Reason;
use super::routing::broadcast::Broadcast;
use super::routing::circuit::{self, Circuit, Neighbour};
use super::routing::packet::{DataPacket, LONG_HEADER, SHORT_HEADER};
use super::session::{self, ConnectOptions, Destination, Event, ObjectId, Received, SessionControl};
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::time::Instant;
use bytes::{Bytes, BytesMut};
use core::fmt;
use std::collections::VecDeque;

/// Events of circuits that wait for the user; of more, the oldest go.
const CIRCUIT_EVENTS: usize = 16;

/// What carries the packets of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// Multinet over a TCP connection: [`Node::received`] takes its stream.
    MultinetTcp,
    /// Multinet over UDP: [`Node::datagram`] takes its datagrams.
    MultinetUdp,
    /// An Ethernet: [`Node::datagram`] takes its frames, without their check sequence.
    Ethernet,
}

/// How a node behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeConfig {
    /// The node's address.
    pub address: NodeAddress,
    /// What carries its packets.
    pub medium: Medium,
    /// Limits and timers.
    pub limits: Limits,
    /// The largest packet that the node takes, in octets, counted with a short header; at least [`Limits::min_block_size`], on an
    /// Ethernet at most 1,483. Default 576.
    pub block_size: u16,
    /// What the neighbour has to prove itself with, up to 64 octets. Default: nothing.
    pub demand: Option<Password>,
    /// What the node proves itself with if the neighbour asks, up to 64 octets. Default: empty.
    pub verification: Password,
    /// The flow control that the node asks of its peers. Default: none, only stop and go.
    pub flow_control: FlowControl,
    /// Send interrupt messages without credit: for peers that never give one. Default: false.
    pub ignore_interrupt_credit: bool,
    /// Where link addresses begin: it should differ from start to start, so that old messages find no link.
    pub seed: u16,
}

impl NodeConfig {
    /// The usual node.
    pub fn new(address: NodeAddress, medium: Medium) -> NodeConfig {
        NodeConfig {
            address,
            medium,
            limits: Limits::default(),
            block_size: 576,
            demand: None,
            verification: Password::default(),
            flow_control: FlowControl::None,
            ignore_interrupt_credit: false,
            seed: 0,
        }
    }
}

/// What a node tells.
#[derive(Clone, Debug)]
pub enum NodeEvent {
    /// The circuit runs; the neighbour, unless the circuit is an Ethernet.
    CircuitUp(Option<Neighbour>),
    /// The circuit does not run any more. Links stay, and go on if it comes back before their retransmission limit.
    CircuitDown(Error),
    /// Of a link.
    Link(Event),
}

#[derive(Debug)]
enum Below {
    PointToPoint(Circuit),
    Broadcast(Broadcast),
}

/// An end node. Octets, requests and time go in; events, octets and the next deadline come out.
///
/// After each call take [`Node::poll_output`] and [`Node::poll_event`] until both are dry, look at [`Node::wants_restart`], then ask
/// [`Node::next_timeout`]. While nothing can be written, leave the output where it is: messages are made when they are taken.
pub struct Node {
    config: NodeConfig,
    control: SessionControl,
    nsp: Nsp,
    below: Below,
    connected: bool,
    restart: bool,
    sequence: u16,
    circuit_events: VecDeque<NodeEvent>,
    now: Instant,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("address", &self.config.address)
            .field("control", &self.control)
            .field("nsp", &self.nsp)
            .field("below", &self.below)
            .finish_non_exhaustive()
    }
}

impl Node {
    /// A node whose network is not connected.
    ///
    /// # Errors
    /// `Invalid`: a verification above 64 octets, or a block size that is too small or larger than a packet may be.
    pub fn new(config: NodeConfig) -> Result<Node> {
        let limits = &config.limits;
        let longest =
            |password: &Password| password.reveal().len() > super::routing::control::MAX_VERIFICATION;
        if longest(&config.verification) || config.demand.as_ref().is_some_and(longest) {
            return Err(Error::invalid("a verification has at most 64 octets"));
        }
        let block_size = usize::from(config.block_size);
        let largest = match config.medium {
            Medium::MultinetTcp | Medium::MultinetUdp => limits.packet_octets,
            Medium::Ethernet => limits.packet_octets.min(ethernet::MAX_PACKET - (LONG_HEADER - SHORT_HEADER)),
        };
        if config.block_size < limits.min_block_size || block_size > largest {
            return Err(Error::invalid("the block size is outside of its limits").with_expected(
                format!("{} to {largest} octets", limits.min_block_size),
                format!("{block_size}"),
            ));
        }
        let below = match config.medium {
            Medium::MultinetTcp | Medium::MultinetUdp => {
                let mut circuit = circuit::Config::new(config.address);
                circuit.limits = limits.clone();
                circuit.block_size = config.block_size;
                circuit.datagrams = config.medium == Medium::MultinetUdp;
                circuit.demand = config.demand.clone();
                circuit.verification = config.verification.clone();
                Below::PointToPoint(Circuit::new(circuit))
            }
            Medium::Ethernet => Below::Broadcast(Broadcast::new(config.address, limits.clone())),
        };
        let session = session::Config {
            limits: limits.clone(),
            ignore_interrupt_credit: config.ignore_interrupt_credit,
        };
        let transport = nsp::Config {
            limits: limits.clone(),
            flow_control: config.flow_control,
            ..nsp::Config::default()
        };
        let mut node = Node {
            control: SessionControl::new(session),
            nsp: Nsp::new(transport, config.seed),
            below,
            connected: false,
            restart: false,
            sequence: 0,
            circuit_events: VecDeque::new(),
            now: Instant::ZERO,
            config,
        };
        let own = node.own_segment();
        node.nsp.set_segments(own, own);
        Ok(node)
    }

    /// The largest segment that fits what this node takes in one packet.
    fn own_segment(&self) -> u16 {
        // On an Ethernet too: a router may have to take the packet, with a short header, to a circuit of that block size.
        segment(self.config.block_size, SHORT_HEADER)
    }

    /// The node's address.
    pub fn address(&self) -> NodeAddress {
        self.config.address
    }

    /// The neighbour, while a Multinet circuit runs.
    pub fn neighbour(&self) -> Option<Neighbour> {
        match &self.below {
            Below::PointToPoint(circuit) => circuit.neighbour(),
            Below::Broadcast(_) => None,
        }
    }

    /// True while packets can flow.
    pub fn is_up(&self) -> bool {
        match &self.below {
            Below::PointToPoint(circuit) => circuit.neighbour().is_some(),
            Below::Broadcast(broadcast) => broadcast.is_up(),
        }
    }

    /// What NSP counted since the start.
    pub fn counters(&self) -> nsp::Counters {
        self.nsp.counters()
    }

    /// The last message that could not be read: what, where, why.
    pub fn last_error(&self) -> Option<&Error> {
        self.nsp.last_error()
    }

    /// How many links there are, those included whose last event was not taken or whose end is not confirmed.
    pub fn links(&self) -> usize {
        self.control.ports().max(self.nsp.links())
    }

    /// The state of a link; `Closed` if there is none.
    pub fn state(&self, link: LinkId) -> State {
        self.control.state(link)
    }

    /// The node at the other end of a link.
    pub fn node_of(&self, link: LinkId) -> Option<NodeAddress> {
        self.control.node_of(link)
    }

    /// Makes the name of a node known.
    pub fn define_node(&mut self, name: NodeName, address: NodeAddress) {
        self.control.define_node(name, address);
    }

    /// Declares an object. Errors: as [`SessionControl::listen`].
    ///
    /// # Errors
    /// `Invalid`, `Refused`.
    pub fn listen(&mut self, object: Object) -> Result<ObjectId> {
        self.control.listen(object)
    }

    /// Ends an object; its links stay.
    pub fn unlisten(&mut self, object: ObjectId) {
        self.control.unlisten(object);
    }

    /// Calls an object at a node. The answer is an event. It may be called before the circuit runs; the connect is repeated.
    ///
    /// # Errors
    /// `Invalid`, `LimitHit`: as [`SessionControl::connect`].
    pub fn connect(
        &mut self,
        node: impl Into<Destination>,
        object: EndUser,
        options: ConnectOptions,
        now: Instant,
    ) -> Result<LinkId> {
        self.act(now, |control| control.connect(node, object, options, now))
    }

    /// Accepts an offered link.
    ///
    /// # Errors
    /// `Invalid`, `Refused`, `Closed`: as [`SessionControl::accept`].
    pub fn accept(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        self.act(now, |control| control.accept(link, data, now))
    }

    /// Rejects an offered link.
    ///
    /// # Errors
    /// `Invalid`, `Refused`, `Closed`: as [`SessionControl::reject`].
    pub fn reject(
        &mut self,
        link: LinkId,
        reason: Reason,
        data: impl Into<Bytes>,
        now: Instant,
    ) -> Result<()> {
        self.act(now, |control| control.reject(link, reason, data, now))
    }

    /// Sends a message.
    ///
    /// # Errors
    /// `WouldBlock`, `Refused`, `Closed`: as [`SessionControl::send`].
    pub fn send(&mut self, link: LinkId, message: impl Into<Bytes>, now: Instant) -> Result<()> {
        self.act(now, |control| control.send(link, message, now))
    }

    /// Sends an interrupt message.
    ///
    /// # Errors
    /// `Invalid`, `WouldBlock`, `Refused`, `Closed`: as [`SessionControl::interrupt`].
    pub fn interrupt(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        self.act(now, |control| control.interrupt(link, data, now))
    }

    /// Ends a link in order.
    ///
    /// # Errors
    /// `Invalid`, `Refused`, `Closed`: as [`SessionControl::disconnect`].
    pub fn disconnect(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        self.act(now, |control| control.disconnect(link, data, now))
    }

    /// Ends a link at once.
    ///
    /// # Errors
    /// `Invalid`, `Refused`, `Closed`: as [`SessionControl::abort`].
    pub fn abort(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        self.act(now, |control| control.abort(link, data, now))
    }

    /// Takes what came on a link.
    ///
    /// # Errors
    /// `Closed`: as [`SessionControl::receive`].
    pub fn receive(&mut self, link: LinkId, now: Instant) -> Result<Option<Received>> {
        self.act(now, |control| control.receive(link, now))
    }

    fn act<T>(&mut self, now: Instant, request: impl FnOnce(&mut SessionControl) -> T) -> T {
        self.now = now;
        let result = request(&mut self.control);
        self.settle();
        result
    }

    /// Hands on what session control and NSP have for each other, until neither has anything.
    fn settle(&mut self) {
        loop {
            if let Some(request) = self.control.poll_nsp() {
                self.nsp.request(request, self.now);
            } else if let Some(indication) = self.nsp.poll_indication() {
                self.control.nsp(indication, self.now);
            } else {
                break;
            }
        }
    }

    /// The network is there: the TCP connection is up, the UDP socket is bound, the interface is open.
    pub fn network_connected(&mut self, now: Instant) {
        self.now = now;
        self.connected = true;
        self.restart = false;
        match &mut self.below {
            Below::PointToPoint(circuit) => circuit.link_up(now),
            Below::Broadcast(broadcast) => {
                if !broadcast.is_up() {
                    broadcast.link_up(now);
                    self.tell(NodeEvent::CircuitUp(None));
                }
            }
        }
        self.take_circuit();
    }

    /// The network is gone; why, if that is known.
    pub fn network_closed(&mut self, error: Option<Error>, now: Instant) {
        self.now = now;
        self.connected = false;
        let error = error.unwrap_or_else(|| {
            Error::new(ErrorKind::Transport, Layer::Network, "the peer closed the connection of the circuit")
        });
        match &mut self.below {
            Below::PointToPoint(circuit) => circuit.link_lost(error, now),
            Below::Broadcast(broadcast) => {
                if broadcast.is_up() {
                    broadcast.link_lost();
                    self.tell(NodeEvent::CircuitDown(error));
                }
            }
        }
        self.take_circuit();
    }

    /// Octets of the TCP connection came. Whole packets are taken from the front; the beginning of one stays: append to it and call again.
    pub fn received(&mut self, stream: &mut BytesMut, now: Instant) {
        self.now = now;
        while self.connected && !self.restart {
            let packet = multinet::deframe_tcp(stream, self.config.limits.packet_octets);
            let Below::PointToPoint(circuit) = &mut self.below else { break };
            match packet {
                Ok(Some(packet)) => circuit.received(&packet, now),
                Ok(None) => break,
                Err(error) => circuit.link_bad(error, now),
            }
            self.take_circuit();
        }
        if self.restart || !self.connected {
            stream.clear();
        }
    }

    /// A datagram of the UDP socket or a frame of the Ethernet came.
    pub fn datagram(&mut self, datagram: &Bytes, now: Instant) {
        self.now = now;
        match &mut self.below {
            Below::PointToPoint(circuit) => {
                if let Some(packet) = multinet::deframe_udp(datagram)
                    && packet.len() <= self.config.limits.packet_octets
                {
                    circuit.received(&packet, now);
                }
            }
            Below::Broadcast(broadcast) => broadcast.received(datagram, now),
        }
        self.take_circuit();
    }

    fn take_circuit(&mut self) {
        loop {
            let event = match &mut self.below {
                Below::PointToPoint(circuit) => circuit.poll_event(),
                Below::Broadcast(broadcast) => broadcast.poll_packet().map(circuit::Event::Packet),
            };
            match event {
                None => break,
                Some(circuit::Event::Packet(packet)) => {
                    self.nsp.received(packet.source, packet.returned, &packet.payload, self.now);
                    self.settle();
                }
                Some(circuit::Event::Up(neighbour)) => {
                    // Both ends have to be able to take the packet.
                    let own = self.own_segment();
                    self.nsp.set_segments(own, own.min(segment(neighbour.block_size, SHORT_HEADER)));
                    self.tell(NodeEvent::CircuitUp(Some(neighbour)));
                }
                Some(circuit::Event::Down(error)) => self.tell(NodeEvent::CircuitDown(error)),
                Some(circuit::Event::Restart(error)) => {
                    self.restart = true;
                    // If it never ran, nobody was told yet why.
                    let told = matches!(self.circuit_events.back(), Some(NodeEvent::CircuitDown(last)) if *last == error);
                    if !told {
                        self.tell(NodeEvent::CircuitDown(error));
                    }
                }
            }
        }
    }

    fn tell(&mut self, event: NodeEvent) {
        // A circuit that comes and goes while nobody listens must not fill the memory.
        if self.circuit_events.len() >= CIRCUIT_EVENTS {
            self.circuit_events.pop_front();
        }
        self.circuit_events.push_back(event);
    }

    /// True if the TCP connection has to be closed and made anew: then call [`Node::network_closed`] and, when it is up,
    /// [`Node::network_connected`].
    pub fn wants_restart(&self) -> bool {
        self.restart
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        match &mut self.below {
            Below::PointToPoint(circuit) => circuit.handle_timeout(now),
            Below::Broadcast(broadcast) => broadcast.handle_timeout(now),
        }
        self.take_circuit();
        self.nsp.handle_timeout(now);
        self.control.handle_timeout(now);
        self.settle();
        if !self.is_up() {
            self.drop_output();
        }
    }

    /// When [`Node::handle_timeout`] has something to do next.
    pub fn next_timeout(&self) -> Option<Instant> {
        let below = match &self.below {
            Below::PointToPoint(circuit) => circuit.next_timeout(),
            Below::Broadcast(broadcast) => broadcast.next_timeout(),
        };
        [below, self.nsp.next_timeout(), self.control.next_timeout()].into_iter().flatten().min()
    }

    /// The next message for another node; what is for this node comes back at once.
    fn next_message(&mut self) -> Option<nsp::Packet> {
        loop {
            let message = self.nsp.poll_packet()?;
            if message.destination != self.config.address {
                return Some(message);
            }
            self.nsp.received(self.config.address, false, &message.octets, self.now);
            self.settle();
        }
    }

    /// Without a circuit messages are lost, as in any network: their timers have to run.
    fn drop_output(&mut self) {
        while self.next_message().is_some() {}
    }

    /// What is to be written next: octets of the stream, one datagram, or one frame.
    pub fn poll_output(&mut self) -> Option<Bytes> {
        if !self.connected {
            self.drop_output();
            return None;
        }
        let control = match &mut self.below {
            Below::PointToPoint(circuit) => circuit.poll_packet(),
            Below::Broadcast(broadcast) => match broadcast.poll_frame() {
                Some(frame) => return Some(frame),
                None => None,
            },
        };
        if let Some(packet) = control {
            return self.framed(&packet);
        }
        if !self.is_up() {
            self.drop_output();
            return None;
        }
        loop {
            let message = self.next_message()?;
            let packet = DataPacket {
                destination: message.destination,
                source: self.config.address,
                return_requested: message.return_requested,
                returned: false,
                visits: 0,
                payload: message.octets,
            };
            let framed = match &self.below {
                Below::PointToPoint(circuit) => {
                    let short = circuit.frame(&packet);
                    self.framed(&short)
                }
                Below::Broadcast(broadcast) => broadcast.frame(&packet),
            };
            if framed.is_some() {
                return framed;
            }
        }
    }

    fn framed(&mut self, packet: &[u8]) -> Option<Bytes> {
        match self.config.medium {
            Medium::MultinetTcp => multinet::frame_tcp(packet),
            Medium::MultinetUdp => {
                self.sequence = self.sequence.wrapping_add(1);
                Some(multinet::frame_udp(self.sequence, packet))
            }
            Medium::Ethernet => None,
        }
    }

    /// What has happened. After the last event of a link its name means nothing any more.
    pub fn poll_event(&mut self) -> Option<NodeEvent> {
        self.circuit_events.pop_front().or_else(|| self.control.poll_event().map(NodeEvent::Link))
    }
}

/// User data in one segment, for a block size.
fn segment(block_size: u16, header: usize) -> u16 {
    let overhead = u16::try_from(header + DATA_OVERHEAD).unwrap_or(u16::MAX);
    block_size.saturating_sub(overhead).max(1)
}
