//! An end node on an Ethernet: hellos, the designated router, where to send (DNA Routing 2.0.0, broadcast circuits).
use super::super::address::NodeAddress;
use super::super::ethernet::{ALL_END_NODES, ALL_ROUTERS, Frame, MAX_PACKET};
use super::super::limits::Limits;
use super::circuit::seconds;
use super::control::{Control, EndNodeHello, TEST_OCTET};
use super::packet::{DataPacket, strip_padding};
use crate::error::{Error, Result};
use crate::time::{Duration, Instant};
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, VecDeque};

/// The least time between hellos that a new router is told: of those who claim to be one there may be many.
const ANNOUNCE: Duration = Duration::from_secs(1);
/// Octets of test data in our hellos.
const TEST_DATA: usize = 2;

/// An end node's circuit on an Ethernet.
#[derive(Debug)]
pub struct Broadcast {
    address: NodeAddress,
    limits: Limits,
    up: bool,
    hello_timer: Option<Instant>,
    /// When a new router was last told at once that this node is here.
    announced: Option<Instant>,
    /// The designated router, and until when it is believed in.
    router: Option<(NodeAddress, Instant)>,
    /// Where nodes were heard last.
    stations: BTreeMap<NodeAddress, [u8; 6]>,
    out: VecDeque<Bytes>,
    packets: VecDeque<DataPacket>,
    dropped: u64,
    last_error: Option<Error>,
}

impl Broadcast {
    /// A circuit that is down.
    pub fn new(address: NodeAddress, limits: Limits) -> Broadcast {
        Broadcast {
            address,
            limits,
            up: false,
            hello_timer: None,
            announced: None,
            router: None,
            stations: BTreeMap::new(),
            out: VecDeque::new(),
            packets: VecDeque::new(),
            dropped: 0,
            last_error: None,
        }
    }

    /// True while the interface is up: an end node needs no router to talk to its Ethernet.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// The designated router, if one is known.
    pub fn router(&self) -> Option<NodeAddress> {
        self.router.map(|(router, _)| router)
    }

    /// Frames that were dropped: unreadable, or not for this node.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The last frame that could not be read: what, where, why.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    /// The interface is up.
    pub fn link_up(&mut self, now: Instant) {
        self.up = true;
        self.hello(now);
    }

    /// The interface is lost.
    pub fn link_lost(&mut self) {
        self.up = false;
        self.hello_timer = None;
        self.router = None;
        self.stations.clear();
        self.out.clear();
    }

    fn hello(&mut self, now: Instant) {
        let hello = Control::EndNodeHello(EndNodeHello {
            id: self.address,
            block_size: MAX_PACKET as u16,
            neighbor: self.router(),
            timer: seconds(self.limits.hello),
            test_data: Bytes::from_static(&[TEST_OCTET; TEST_DATA]),
        });
        let mut packet = BytesMut::with_capacity(48);
        if hello.encode(&mut packet).is_ok() {
            self.send(ALL_ROUTERS, packet.freeze());
        }
        self.hello_timer = Some(now + self.limits.hello.max(Duration::from_secs(1)));
    }

    fn send(&mut self, destination: [u8; 6], packet: Bytes) {
        if let Some(frame) = (Frame { destination, source: self.address.station(), packet }).encode() {
            self.out.push_back(frame);
        }
    }

    /// A frame came.
    pub fn received(&mut self, frame: &Bytes, now: Instant) {
        if let Err(error) = self.read(frame, now) {
            self.dropped += 1;
            self.last_error = Some(error);
        }
    }

    fn read(&mut self, octets: &Bytes, now: Instant) -> Result<()> {
        let Some(frame) = Frame::decode(octets)? else { return Ok(()) };
        let own = self.address.station();
        if !self.up || frame.source == own || ![own, ALL_END_NODES, ALL_ROUTERS].contains(&frame.destination)
        {
            self.dropped += 1;
            return Ok(());
        }
        let packet = strip_padding(&frame.packet)?;
        if packet.first().is_some_and(|first| first & 1 == 0) {
            let data = DataPacket::decode(&packet)?;
            if data.destination != self.address || frame.destination != own {
                self.dropped += 1;
                return Ok(());
            }
            self.heard(data.source, frame.source);
            self.packets.push_back(data);
            return Ok(());
        }
        match Control::decode(&packet)? {
            // Routers choose among themselves; the last one that speaks to our area is it.
            Control::RouterHello(hello) if hello.id.area() == self.address.area() => {
                let timer = Duration::from_secs(u64::from(hello.timer.max(1))).saturating_mul(3);
                let new = self.router() != Some(hello.id);
                self.router = Some((hello.id, now + timer.min(self.limits.listen_max)));
                self.heard(hello.id, frame.source);
                if new && self.announced.is_none_or(|at| now - at >= ANNOUNCE) {
                    self.announced = Some(now);
                    self.hello(now);
                }
            }
            Control::RouterHello(_) | Control::EndNodeHello(_) | Control::Routing => {}
            Control::Initialization(_) | Control::Verification { .. } | Control::Hello { .. } => {
                self.dropped += 1;
            }
        }
        Ok(())
    }

    /// Remembers where a node was heard. A flood of forged sources makes it forget, not grow.
    fn heard(&mut self, node: NodeAddress, station: [u8; 6]) {
        if self.stations.len() >= self.limits.stations && !self.stations.contains_key(&node) {
            self.stations.clear();
        }
        if self.limits.stations > 0 {
            self.stations.insert(node, station);
        }
    }

    /// The frame for a packet of ours: to where the node was heard, else to the router, else straight to the node.
    pub fn frame(&self, packet: &DataPacket) -> Option<Bytes> {
        let destination = self
            .stations
            .get(&packet.destination)
            .copied()
            .or_else(|| self.router().map(NodeAddress::station))
            .unwrap_or_else(|| packet.destination.station());
        let mut long = BytesMut::with_capacity(super::packet::LONG_HEADER + packet.payload.len());
        packet.encode_long(&mut long);
        Frame { destination, source: self.address.station(), packet: long.freeze() }.encode()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some((router, until)) = self.router
            && until <= now
        {
            self.router = None;
            self.stations.remove(&router);
        }
        if self.hello_timer.is_some_and(|at| at <= now) {
            self.hello(now);
        }
    }

    /// When [`Broadcast::handle_timeout`] has something to do next.
    pub fn next_timeout(&self) -> Option<Instant> {
        [self.hello_timer, self.router.map(|(_, until)| until)].into_iter().flatten().min()
    }

    /// The next hello to send.
    pub fn poll_frame(&mut self) -> Option<Bytes> {
        self.out.pop_front()
    }

    /// The next packet for this node.
    pub fn poll_packet(&mut self) -> Option<DataPacket> {
        self.packets.pop_front()
    }
}
