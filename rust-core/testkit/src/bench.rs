//! Two machines back to back on virtual time: one seed, one clock, a transport whose expedited flow may overtake.
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::x225::primitive::{ConnectRequest, ConnectResponse, Event, Request};
use osisession_proto::x225::spm::{Accepted, Config, Spm};
use osisession_proto::{Bytes, Error, Instant};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// A small generator of pseudo-random numbers (SplitMix64): the same seed gives the same run everywhere.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator with this seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next_u64() % bound as u64).expect("below a usize")
    }

    /// True once in `n` on average.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// One of the two machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The session initiator.
    Initiator,
    /// The session responder.
    Responder,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::Initiator => Side::Responder,
            Side::Responder => Side::Initiator,
        }
    }
}

/// What is under way in one direction. An expedited item may arrive before normal items sent earlier, never after normal
/// items sent later (X.214).
#[derive(Clone, Debug, Default)]
struct Link {
    normal: VecDeque<(u64, TransportIndication)>,
    expedited: VecDeque<(u64, TransportIndication)>,
    sent: u64,
}

/// Two machines and the transport between them.
#[derive(Clone, Debug)]
pub struct Pair {
    machines: [Spm; 2],
    links: [Link; 2],
    events: [Vec<Event>; 2],
    /// The clock of both.
    pub now: Instant,
    /// The source of all choices.
    pub rng: Rng,
    /// The transport provides an expedited flow.
    pub expedited: bool,
}

fn index(side: Side) -> usize {
    match side {
        Side::Initiator => 0,
        Side::Responder => 1,
    }
}

impl Pair {
    /// Two machines with these configurations.
    pub fn new(initiator: Config, responder: Config, expedited: bool, seed: u64) -> Pair {
        Pair {
            machines: [Spm::new(initiator), Spm::new(responder)],
            links: Default::default(),
            events: Default::default(),
            now: Instant::from_millis(1),
            rng: Rng::new(seed),
            expedited,
        }
    }

    /// Two machines that have connected: both are in data transfer, and no event is left.
    ///
    /// # Panics
    /// If they do not connect.
    pub fn connected(request: ConnectRequest, response: ConnectResponse, expedited: bool, seed: u64) -> Pair {
        let mut pair = Pair::new(Config::default(), Config::default(), expedited, seed);
        pair.establish(request, response);
        pair
    }

    /// Connects two fresh machines.
    ///
    /// # Panics
    /// If they do not connect.
    pub fn establish(&mut self, request: ConnectRequest, response: ConnectResponse) {
        self.request(Side::Initiator, Request::Connect(Box::new(request))).expect("S-CONNECT request");
        self.settle();
        let events = self.events(Side::Responder);
        assert!(matches!(events[..], [Event::ConnectIndication(_)]), "{events:?}");
        self.request(Side::Responder, Request::ConnectResponse(Box::new(response)))
            .expect("S-CONNECT response");
        self.settle();
        let events = self.events(Side::Initiator);
        assert!(matches!(events[0], Event::ConnectConfirm(_)), "{events:?}");
    }

    /// One of the machines.
    pub fn machine(&self, side: Side) -> &Spm {
        &self.machines[index(side)]
    }

    /// One of the machines, to be poked directly. Call [`Pair::collect`] afterwards.
    pub fn machine_mut(&mut self, side: Side) -> &mut Spm {
        &mut self.machines[index(side)]
    }

    /// The user of one side acts.
    ///
    /// # Errors
    /// As the machine says.
    pub fn request(&mut self, side: Side, request: Request) -> Result<Accepted, Error> {
        let accepted = self.machines[index(side)].request(request, self.now);
        self.collect(side);
        accepted
    }

    /// Events of one side since last asked.
    pub fn events(&mut self, side: Side) -> Vec<Event> {
        core::mem::take(&mut self.events[index(side)])
    }

    /// A TSDU that no machine sent arrives at this side.
    pub fn inject(&mut self, side: Side, tsdu: &[u8]) {
        let indication = TransportIndication::Data(Bytes::copy_from_slice(tsdu));
        self.machines[index(side)].transport(indication, self.now);
        self.collect(side);
    }

    /// Takes what one machine wants sent and told.
    pub fn collect(&mut self, side: Side) {
        let at = index(side);
        while let Some(request) = self.machines[at].poll_transport() {
            let link = &mut self.links[at];
            link.sent += 1;
            let sent = link.sent;
            match request {
                TransportRequest::Connect { expedited } => {
                    let expedited = expedited && self.expedited;
                    link.normal.push_back((sent, TransportIndication::Connect { expedited }));
                }
                TransportRequest::ConnectResponse { expedited } => {
                    link.normal.push_back((sent, TransportIndication::ConnectConfirm { expedited }));
                }
                TransportRequest::Data(tsdu) => {
                    link.normal.push_back((sent, TransportIndication::Data(tsdu.to_bytes())));
                }
                TransportRequest::DataPart { tsdu, end } => {
                    let octets = tsdu.to_bytes();
                    link.normal.push_back((sent, TransportIndication::DataPart { octets, end }));
                }
                TransportRequest::ExpeditedData(octets) => {
                    assert!(octets.len() <= 16, "T-EXPEDITED-DATA of {} octets", octets.len());
                    link.expedited.push_back((sent, TransportIndication::ExpeditedData(octets)));
                }
                TransportRequest::Disconnect { .. } => {
                    link.normal.push_back((sent, TransportIndication::Disconnect(None)));
                }
            }
        }
        while let Some(event) = self.machines[at].poll_event() {
            self.events[at].push(event);
        }
    }

    /// What may arrive next: from which side, and on the expedited flow or not.
    pub fn arrivals(&self) -> Vec<(Side, bool)> {
        let mut choices = Vec::new();
        for (from, link) in [Side::Initiator, Side::Responder].into_iter().zip(&self.links) {
            let oldest_expedited = link.expedited.front().map(|(sent, _)| *sent);
            if oldest_expedited.is_some() {
                choices.push((from, true));
            }
            if let Some((sent, _)) = link.normal.front()
                && oldest_expedited.is_none_or(|expedited| *sent < expedited)
            {
                choices.push((from, false));
            }
        }
        choices
    }

    /// One of the [`Pair::arrivals`] happens.
    pub fn arrive(&mut self, (from, expedited): (Side, bool)) {
        let link = &mut self.links[index(from)];
        let item = if expedited { link.expedited.pop_front() } else { link.normal.pop_front() };
        let Some((_, indication)) = item else { return };
        let to = index(from.other());
        if matches!(indication, TransportIndication::Disconnect(_)) {
            // Nothing arrives from a transport connection that is gone.
            self.links[to] = Link { sent: self.links[to].sent, ..Link::default() };
        }
        self.machines[to].transport(indication, self.now);
        self.collect(from.other());
    }

    /// Delivers one item, chosen by the generator. `false` if nothing is under way.
    pub fn deliver(&mut self) -> bool {
        let choices = self.arrivals();
        if choices.is_empty() {
            return false;
        }
        let choice = *self.rng.pick(&choices);
        self.arrive(choice);
        true
    }

    /// A number for where both machines and the transport stand (see [`Spm::fingerprint`]).
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (machine, link) in self.machines.iter().zip(&self.links) {
            machine.fingerprint().hash(&mut hasher);
            // Which normal items an expedited one may overtake counts, not when they were sent.
            let overtaken =
                link.expedited.front().map(|(at, _)| link.normal.iter().filter(|n| n.0 < *at).count());
            overtaken.hash(&mut hasher);
            for (_, item) in link.normal.iter().chain(&link.expedited) {
                match item {
                    TransportIndication::Data(octets) => (1, octets).hash(&mut hasher),
                    TransportIndication::ExpeditedData(octets) => (2, octets).hash(&mut hasher),
                    other => format!("{other:?}").hash(&mut hasher),
                }
            }
        }
        hasher.finish()
    }

    /// Delivers until nothing is under way.
    pub fn settle(&mut self) {
        while self.deliver() {}
    }

    /// Lets time pass on both sides.
    pub fn advance(&mut self, duration: Duration) {
        self.now = self.now + duration;
        for side in [Side::Initiator, Side::Responder] {
            self.machines[index(side)].handle_timeout(self.now);
            self.collect(side);
        }
    }

    /// True if nothing is under way.
    pub fn is_quiet(&self) -> bool {
        self.links.iter().all(|link| link.normal.is_empty() && link.expedited.is_empty())
    }
}
