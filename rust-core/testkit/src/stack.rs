//! Two whole stacks, session machine on class 0 engine, over links that misbehave, on virtual time.
//!
//! What passes between the machines here is what the rings pass between them, without a lock, a socket or a clock.
use crate::bench::Side;
use crate::fault::{Arrival, Faults, Link};
use bytes::BytesMut;
use osisession_proto::transport::{self, Class0};
use osisession_proto::x225::Spm;
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::x225::primitive::{Event, Request};
use osisession_proto::x225::spm::{Accepted, Config};
use osisession_proto::{Error, ErrorKind, Instant, Layer};
use std::collections::VecDeque;
use std::time::Duration;

/// After our end of the stream, and with nothing left to write: how long the peer's is awaited.
const LINGER: Duration = Duration::from_secs(2);
/// How long the last octets may take without one of them being taken.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// One side: its machines, and what is between them and its link.
#[derive(Debug)]
pub struct Stack {
    /// The session machine.
    pub spm: Spm,
    class0: Class0,
    input: BytesMut,
    output: VecDeque<u8>,
    /// Events that were not taken.
    pub events: VecDeque<Event>,
    /// A responder without CONNECT is not awaited longer.
    connect_deadline: Option<Instant>,
    linger: Option<Instant>,
    finished: bool,
    peer_finished: bool,
    /// The connection is gone.
    pub gone: bool,
}

impl Stack {
    fn new(side: Side, config: Config, transport: transport::Config, now: Instant) -> Stack {
        let deadline = now + config.limits.connect_timeout;
        let class0 = match side {
            Side::Initiator => Class0::initiator(transport, 1),
            Side::Responder => Class0::responder(transport, 2),
        };
        Stack {
            spm: Spm::new(config),
            class0,
            input: BytesMut::new(),
            output: VecDeque::new(),
            events: VecDeque::new(),
            connect_deadline: matches!(side, Side::Responder).then_some(deadline),
            linger: None,
            finished: false,
            peer_finished: false,
            gone: false,
        }
    }

    fn pump(&mut self, now: Instant) {
        loop {
            if let Some(indication) = self.class0.poll_indication() {
                self.spm.transport(indication, now);
            } else if let Some(request) = self.spm.poll_transport() {
                let is_connect = matches!(request, TransportRequest::Connect { .. });
                if let Err(error) = self.class0.request(request, now)
                    && is_connect
                {
                    self.spm.transport(TransportIndication::Disconnect(Some(error)), now);
                }
            } else if let Some(event) = self.spm.poll_event() {
                if matches!(event, Event::ConnectIndication(_)) {
                    self.connect_deadline = None;
                }
                self.events.push_back(event);
            } else {
                return;
            }
        }
    }

    fn lost(&mut self, error: Option<Error>, now: Instant) {
        self.class0.network_closed(error, now);
        self.gone = true;
        self.output.clear();
        self.linger = None;
        self.connect_deadline = None;
    }

    /// Writes, and ends the stream where that is due. True if something happened.
    fn write(&mut self, link: &mut Link, now: Instant) -> bool {
        if self.gone {
            return false;
        }
        while let Some(piece) = self.class0.poll_output() {
            self.output.extend(piece.iter());
        }
        let taken = if self.output.is_empty() { 0 } else { link.offer(self.output.make_contiguous(), now) };
        self.output.drain(..taken);
        if !self.class0.wants_close() {
            return taken > 0;
        }
        if !self.output.is_empty() {
            if taken > 0 || self.linger.is_none() {
                self.linger = Some(now + LAST_WRITES);
            }
            return taken > 0;
        }
        if !self.finished {
            link.finish();
            self.finished = true;
            self.linger = Some(now + LINGER);
            return true;
        }
        if self.peer_finished {
            self.lost(None, now);
            return true;
        }
        false
    }

    fn arrival(&mut self, arrival: Arrival, now: Instant) {
        if self.gone {
            return;
        }
        match arrival {
            Arrival::Octets(octets) => {
                self.input.extend_from_slice(&octets);
                self.class0.received(&mut self.input, now);
            }
            Arrival::End => {
                self.peer_finished = true;
                self.class0.network_closed(None, now);
            }
            Arrival::Reset => {
                let error = Error::new(ErrorKind::Transport, Layer::Network, "connection reset by the link");
                self.lost(Some(error), now);
            }
        }
        self.pump(now);
    }

    fn next_timeout(&self) -> Option<Instant> {
        let session = self.spm.next_timeout().map(|(at, _)| at);
        [self.class0.next_timeout(), session, self.connect_deadline, self.linger].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.linger.is_some_and(|at| now >= at) {
            self.lost(None, now);
        }
        self.class0.handle_timeout(now);
        self.pump(now);
        self.spm.handle_timeout(now);
        self.pump(now);
        if self.connect_deadline.is_some_and(|at| now >= at) {
            self.connect_deadline = None;
            self.class0.refuse(0, now);
            self.spm.transport(TransportIndication::Disconnect(None), now);
            self.pump(now);
        }
    }
}

/// Two stacks and the connection between them.
#[derive(Debug)]
pub struct Stacks {
    stacks: [Stack; 2],
    links: [Link; 2],
    /// The clock of both.
    pub now: Instant,
}

impl Stacks {
    /// Two stacks whose connection is just up. `faults`: of what the initiator sends, and of what the responder sends.
    pub fn new(
        configs: [Config; 2],
        transport: &transport::Config,
        faults: [Faults; 2],
        seed: u64,
    ) -> Stacks {
        let now = Instant::from_millis(1);
        let [ours, theirs] = configs;
        let mut stacks = [
            Stack::new(Side::Initiator, ours, transport.clone(), now),
            Stack::new(Side::Responder, theirs, transport.clone(), now),
        ];
        for stack in &mut stacks {
            stack.class0.network_connected(now);
        }
        let [there, back] = faults;
        let links = [Link::new(there, seed), Link::new(back, !seed)];
        Stacks { stacks, links, now }
    }

    /// One side.
    pub fn side(&mut self, side: Side) -> &mut Stack {
        &mut self.stacks[side as usize]
    }

    /// Octets that have arrived: what the initiator sent, what the responder sent.
    pub fn arrived(&self) -> [u64; 2] {
        [self.links[0].arrived(), self.links[1].arrived()]
    }

    /// The user of one side acts.
    ///
    /// # Errors
    /// As the machine says.
    pub fn request(&mut self, side: Side, request: Request) -> Result<Accepted, Error> {
        let now = self.now;
        let stack = self.side(side);
        let accepted = stack.spm.request(request, now);
        stack.pump(now);
        accepted
    }

    /// Everything that happens at this time; true if anything did.
    pub fn step(&mut self) -> bool {
        let mut happened = false;
        for (from, to) in [(0, 1), (1, 0)] {
            happened |= self.stacks[from].write(&mut self.links[from], self.now);
            while let Some(arrival) = self.links[from].poll(self.now) {
                happened = true;
                if arrival == Arrival::Reset {
                    self.links[to].cut();
                    self.stacks[from].arrival(Arrival::Reset, self.now);
                }
                self.stacks[to].arrival(arrival, self.now);
            }
        }
        happened
    }

    /// Lets time pass until something is due. False: nothing ever is.
    pub fn wait(&mut self) -> bool {
        let links = self.links.iter().filter_map(Link::next_arrival);
        let stacks = self.stacks.iter().filter_map(Stack::next_timeout);
        let Some(at) = links.chain(stacks).min() else { return false };
        self.now = self.now.max(at);
        let now = self.now;
        for stack in &mut self.stacks {
            stack.handle_timeout(now);
        }
        true
    }

    /// What is due next, for a test that says what is left behind.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.stacks.iter().filter_map(Stack::next_timeout).min()
    }
}
