//! A node on a link of its own: frames in, frames out.
use super::event::{EchoId, LookupId, NodeEvent, Output, RequestId};
use super::machine::{MachineConfig, Stored, ZoneMachine};
use crate::error::Result;
use crate::time::Instant;
use crate::zip::address::{Mac, NodeAddress};
use crate::zip::call::ZoneCall;
use crate::zip::limits::LinkLimits;
use crate::zip::link::{Claim, Link, Medium};
use crate::zip::name::{Name, ZoneName};
use crate::zip::nbp::Entity;
use bytes::Bytes;

/// How a node on a link behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// What carries its frames.
    pub medium: Medium,
    /// The node.
    pub machine: MachineConfig,
    /// Limits and timers of the link.
    pub link: LinkLimits,
}

impl ClientConfig {
    /// The usual node. `seed` should differ from start to start, and from node to node.
    pub fn new(medium: Medium, seed: u64) -> ClientConfig {
        let machine = MachineConfig::new(medium.is_extended(), seed);
        ClientConfig { medium, machine, link: LinkLimits::default() }
    }

    /// The same node with what its last run has left, or what its user wants.
    #[must_use]
    pub fn with_stored(mut self, address: Option<NodeAddress>, zone: Option<ZoneName>) -> ClientConfig {
        self.machine.stored = Stored { address, zone };
        self
    }
}

/// A node on a link. Frames, requests and time go in; events, frames and the next deadline come out.
///
/// After each call take [`ZoneClient::poll_frame`] and [`ZoneClient::poll_event`] until both are dry, then ask
/// [`ZoneClient::next_timeout`].
#[derive(Debug)]
pub struct ZoneClient {
    machine: ZoneMachine,
    link: Link,
}

impl ZoneClient {
    /// A node that is not started.
    pub fn new(config: ClientConfig) -> ZoneClient {
        let link = Link::new(config.medium, config.link, config.machine.seed);
        let mut machine = config.machine;
        machine.extended = config.medium.is_extended();
        ZoneClient { machine: ZoneMachine::new(machine), link }
    }

    /// The node.
    pub fn machine(&self) -> &ZoneMachine {
        &self.machine
    }

    /// The link.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Zone multicast addresses that the station has to receive, besides [`Mac::BROADCAST`].
    pub fn groups(&self) -> &[Mac] {
        self.link.groups()
    }

    /// Starts the node, or starts it again.
    pub fn start(&mut self, now: Instant) {
        self.machine.start(now);
        self.settle(now);
    }

    /// Stops the node.
    pub fn stop(&mut self, now: Instant) {
        self.machine.stop(now);
        self.settle(now);
    }

    /// Picks a zone.
    ///
    /// # Errors
    /// `Refused`: as [`ZoneMachine::pick`].
    pub fn pick(&mut self, zone: ZoneName, now: Instant) -> Result<()> {
        let result = self.machine.pick(zone, now);
        self.settle(now);
        result
    }

    /// Asks the router for zones.
    ///
    /// # Errors
    /// `Refused`, `LimitHit`: as [`ZoneMachine::call`].
    pub fn call(&mut self, call: ZoneCall, now: Instant) -> Result<RequestId> {
        let result = self.machine.call(call, now);
        self.settle(now);
        result
    }

    /// Looks an entity up.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as [`ZoneMachine::look_up`].
    pub fn look_up(&mut self, entity: Entity, now: Instant) -> Result<LookupId> {
        let result = self.machine.look_up(entity, now);
        self.settle(now);
        result
    }

    /// Gives up a look-up or a registration.
    pub fn cancel(&mut self, lookup: LookupId) {
        self.machine.cancel(lookup);
    }

    /// Registers a name.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as [`ZoneMachine::register`].
    pub fn register(&mut self, object: Name, kind: Name, socket: u8, now: Instant) -> Result<LookupId> {
        let result = self.machine.register(object, kind, socket, now);
        self.settle(now);
        result
    }

    /// Takes a name back; false if it is not registered.
    pub fn unregister(&mut self, object: &Name, kind: &Name) -> bool {
        self.machine.unregister(object, kind)
    }

    /// Sends an echo request.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`: as [`ZoneMachine::echo`].
    pub fn echo(&mut self, to: NodeAddress, data: &[u8], now: Instant) -> Result<EchoId> {
        let result = self.machine.echo(to, data, now);
        self.settle(now);
        result
    }

    /// A frame has come; on LocalTalk over UDP, a payload.
    pub fn frame(&mut self, octets: &Bytes, now: Instant) {
        self.link.frame(octets, now);
        self.settle(now);
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.link.handle_timeout(now);
        self.settle(now);
        self.machine.handle_timeout(now);
        self.settle(now);
    }

    /// The next deadline.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.link.next_timeout().into_iter().chain(self.machine.next_timeout()).min()
    }

    /// Takes a frame to send; on LocalTalk over UDP, a payload.
    pub fn poll_frame(&mut self) -> Option<Bytes> {
        self.link.poll_frame()
    }

    /// Takes an event.
    pub fn poll_event(&mut self) -> Option<NodeEvent> {
        self.machine.poll_event()
    }

    /// Carries what one side wants to the other until both are dry.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.machine.poll_output() {
                match output {
                    Output::Claim { networks, nodes, hint } => self.link.claim(networks, nodes, hint, now),
                    Output::Release => self.link.release(now),
                    Output::Network(network) => self.link.set_network(network),
                    Output::Send(datagram, hop) => self.link.send(datagram, hop, now),
                    Output::Join(group) => self.link.join(group),
                    Output::Leave(group) => self.link.leave(group),
                }
            } else if let Some(claim) = self.link.poll_claim() {
                match claim {
                    Claim::Held(address) => self.machine.claimed(address, now),
                    Claim::Exhausted => self.machine.exhausted(now),
                }
            } else if let Some(arrival) = self.link.poll_arrival() {
                self.machine.received(&arrival.datagram, now);
            } else {
                break;
            }
        }
    }
}
