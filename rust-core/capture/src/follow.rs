//! Connections and their decoders.
use crate::file::{CaptureError, File};
use crate::packet::{Segment, segment};
use crate::tcp::{Chunk, Order};
use osisession_proto::x225::passive::{Direction, Item, Passive, SIGNATURE, looks_like_tpkt};
use osisession_proto::x225::spdu::Leniency;
use osisession_proto::{Instant, Limits};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

/// Connections that are followed at a time; the one that was silent for longest goes first.
const MAX_CONNECTIONS: usize = 4_096;

/// What to look for, and how to read it.
#[derive(Clone, Debug)]
pub struct Options {
    /// TCP ports of the transport service.
    pub ports: Vec<u16>,
    /// Follow connections on other ports too, if they begin with what looks like a TPKT.
    pub any_port: bool,
    /// Limits of the decoders.
    pub limits: Limits,
    /// What the decoders forgive.
    pub leniency: Leniency,
}

impl Default for Options {
    /// Port 102, tolerant.
    fn default() -> Options {
        Options { ports: vec![102], any_port: false, limits: Limits::default(), leniency: Leniency::TOLERANT }
    }
}

/// A TCP connection of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Counted from 1, in the order of the capture.
    pub number: usize,
    /// The side that opened it, as far as the capture shows; [`Direction::Forward`] goes from here.
    pub first: SocketAddr,
    /// The other side.
    pub second: SocketAddr,
}

/// Something that was seen on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The connection.
    pub connection: Arc<Connection>,
    /// What was seen.
    pub item: Item,
}

/// What a capture holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Packets.
    pub packets: u64,
    /// Packets that are no TCP, or cannot be read.
    pub other: u64,
    /// Connections that were followed.
    pub connections: usize,
}

/// Both ends, the smaller first.
type Key = (SocketAddr, SocketAddr);

struct Follower {
    /// Known once it is worth following.
    connection: Option<Arc<Connection>>,
    first: SocketAddr,
    second: SocketAddr,
    orders: [Order; 2],
    /// `None`: nothing but octets of another protocol.
    passive: Option<Box<Passive>>,
    /// SYN of the side that opened it.
    opened: Option<u32>,
    /// When it was used last, in packets.
    used: u64,
    seen: Instant,
}

/// Reads a capture.
pub struct Capture {
    file: Option<File>,
    options: Options,
    followers: HashMap<Key, Follower>,
    by_use: BTreeMap<u64, Key>,
    items: VecDeque<Seen>,
    failure: Option<CaptureError>,
    statistics: Statistics,
    consumed: u64,
}

impl Capture {
    /// Begins to read a pcap or pcapng file.
    ///
    /// # Errors
    /// It is neither.
    pub fn new(reader: Box<dyn Read + Send>, options: Options) -> Result<Capture, CaptureError> {
        Ok(Capture {
            file: Some(File::new(reader)?),
            options,
            followers: HashMap::new(),
            by_use: BTreeMap::new(),
            items: VecDeque::new(),
            failure: None,
            statistics: Statistics::default(),
            consumed: 0,
        })
    }

    /// Octets of the file that were read.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// What was read until now.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// What is seen next; `None` at the end of the capture.
    ///
    /// # Errors
    /// The file is broken here. All that stands before it was delivered; then comes `None`.
    pub fn next_item(&mut self) -> Result<Option<Seen>, CaptureError> {
        loop {
            if let Some(seen) = self.items.pop_front() {
                return Ok(Some(seen));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if !self.step() {
                return Ok(None);
            }
        }
    }

    /// Reads one block of the file; `false` if there is nothing more.
    pub fn step(&mut self) -> bool {
        let Some(mut file) = self.file.take() else { return false };
        let more = file.block(&mut |link, octets, now| {
            self.statistics.packets += 1;
            match segment(link, octets) {
                Some(segment) => self.take(&segment, now),
                None => self.statistics.other += 1,
            }
        });
        self.consumed = file.consumed();
        match more {
            Ok(true) => self.file = Some(file),
            Ok(false) => self.finish_all(),
            Err(error) => {
                self.failure = Some(error);
                self.finish_all();
            }
        }
        true
    }

    /// What was seen and not taken yet, without reading on.
    pub fn poll(&mut self) -> Option<Seen> {
        self.items.pop_front()
    }

    fn take(&mut self, segment: &Segment<'_>, now: Instant) {
        let key =
            if segment.from <= segment.to { (segment.from, segment.to) } else { (segment.to, segment.from) };
        let opens = segment.syn && segment.acknowledgment.is_none();
        let is_another = self
            .followers
            .get(&key)
            .is_some_and(|old| opens && (old.opened != Some(segment.sequence) || old.first != segment.from));
        if is_another {
            self.finish(key);
        }
        let mut follower = match self.followers.remove(&key) {
            Some(follower) => {
                self.by_use.remove(&follower.used);
                follower
            }
            None => match self.begin(segment, now) {
                Some(follower) => follower,
                None => return,
            },
        };
        if opens {
            follower.opened = Some(segment.sequence);
        }
        follower.used = self.statistics.packets;
        follower.seen = now;
        self.advance(&mut follower, segment, now);
        self.by_use.insert(follower.used, key);
        self.followers.insert(key, follower);
        while self.followers.len() > MAX_CONNECTIONS {
            let Some((_, oldest)) = self.by_use.first_key_value() else { break };
            self.finish(*oldest);
        }
    }

    /// A connection that was not seen before; `None` if it is not to be looked at.
    fn begin(&self, segment: &Segment<'_>, now: Instant) -> Option<Follower> {
        let known = |address: &SocketAddr| self.options.ports.contains(&address.port());
        if !self.options.any_port && !known(&segment.from) && !known(&segment.to) {
            return None;
        }
        // Without a SYN, the side on the known port is the one that was called.
        let answers = segment.acknowledgment.is_some();
        let backward = if segment.syn { answers } else { known(&segment.from) && !known(&segment.to) };
        let (first, second) = if backward { (segment.to, segment.from) } else { (segment.from, segment.to) };
        Some(Follower {
            connection: None,
            first,
            second,
            orders: [Order::default(), Order::default()],
            passive: Some(Box::new(Passive::new(self.options.limits.clone(), self.options.leniency))),
            opened: None,
            used: 0,
            seen: now,
        })
    }

    fn advance(&mut self, follower: &mut Follower, segment: &Segment<'_>, now: Instant) {
        let direction = if segment.from == follower.first { Direction::Forward } else { Direction::Backward };
        let [forward, backward] = &mut follower.orders;
        let (order, other) = match direction {
            Direction::Forward => (forward, backward),
            Direction::Backward => (backward, forward),
        };
        let mut answered = Vec::new();
        if let Some(acknowledgment) = segment.acknowledgment {
            other.acknowledged(acknowledgment, &mut answered);
        }
        let mut chunks = Vec::new();
        if segment.syn && !order.is_started() {
            order.start(segment.sequence);
            if let Some(passive) = &mut follower.passive {
                passive.begin(direction);
            }
        }
        if segment.rst {
            order.flush(&mut chunks);
        } else {
            let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
            if !segment.payload.is_empty() || segment.fin {
                order.segment(sequence, segment.fin, segment.payload, &mut chunks);
            }
        }
        self.decode(follower, direction.reverse(), answered, now);
        self.decode(follower, direction, chunks, now);
    }

    fn decode(&mut self, follower: &mut Follower, direction: Direction, chunks: Vec<Chunk>, now: Instant) {
        for chunk in chunks {
            if let Chunk::Data(data) = &chunk
                && follower.connection.is_none()
                && follower.passive.is_some()
            {
                self.judge(follower, data);
            }
            let Some(passive) = &mut follower.passive else { return };
            match chunk {
                Chunk::Data(data) => passive.stream(direction, &data, now),
                Chunk::Gap => passive.lost(direction, now),
                Chunk::End => passive.end(direction, now),
            }
            self.drain(follower);
        }
    }

    /// The first octets of a connection: is it worth following?
    fn judge(&mut self, follower: &mut Follower, data: &[u8]) {
        let by_port =
            [follower.first, follower.second].iter().any(|end| self.options.ports.contains(&end.port()));
        let by_looks = data.len() >= SIGNATURE && looks_like_tpkt(data) == Some(true);
        if !by_port && !by_looks {
            follower.passive = None;
            return;
        }
        self.statistics.connections += 1;
        follower.connection = Some(Arc::new(Connection {
            number: self.statistics.connections,
            first: follower.first,
            second: follower.second,
        }));
    }

    fn drain(&mut self, follower: &mut Follower) {
        let (Some(passive), Some(connection)) = (&mut follower.passive, &follower.connection) else { return };
        while let Some(item) = passive.poll() {
            self.items.push_back(Seen { connection: Arc::clone(connection), item });
        }
    }

    fn finish(&mut self, key: Key) {
        let Some(mut follower) = self.followers.remove(&key) else { return };
        self.by_use.remove(&follower.used);
        let now = follower.seen;
        for (index, direction) in [Direction::Forward, Direction::Backward].into_iter().enumerate() {
            let mut chunks = Vec::new();
            follower.orders[index].flush(&mut chunks);
            self.decode(&mut follower, direction, chunks, now);
        }
        if let Some(passive) = &mut follower.passive {
            passive.stop(now);
        }
        self.drain(&mut follower);
    }

    /// In the order in which they were used last, so that the same file always gives the same items.
    fn finish_all(&mut self) {
        while let Some((_, key)) = self.by_use.first_key_value() {
            self.finish(*key);
        }
    }
}

impl core::fmt::Debug for Capture {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Capture")
            .field("consumed", &self.consumed)
            .field("statistics", &self.statistics)
            .finish_non_exhaustive()
    }
}
