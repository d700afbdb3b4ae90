//! Two engines, the session machines of their connection, and the journals of both.
use osisession_proto::transfer::{
    Config, Engine, Event, LinkState, Opening, Record, RefuseReason, Role, refuse,
};
use osisession_proto::x225::port::TransportIndication;
use osisession_proto::x225::{self, Request, spm};
use osisession_proto::{Bytes, Instant};
use osisession_testkit::bench::{Pair, Side};
use std::time::Duration;

pub(crate) const SIDES: [Side; 2] = [Side::Initiator, Side::Responder];
pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;

pub(crate) fn role(at: usize) -> Role {
    match at {
        A => Role::Initiator {
            calling: Bytes::from_static(b"initiator"),
            common: Bytes::from_static(b"261123210000Z"),
        },
        _ => Role::Responder,
    }
}

pub(crate) struct World {
    pub(crate) pair: Pair,
    pub(crate) configs: [Config; 2],
    pub(crate) engines: [Engine; 2],
    /// What a restart finds.
    pub(crate) stored: [Vec<Bytes>; 2],
    pub(crate) told: [Vec<Event>; 2],
    /// Requests that were made, by their names.
    pub(crate) said: [Vec<&'static str>; 2],
    pub(crate) connections: u64,
    /// The responder has not noticed that its connection is gone: what it sends goes nowhere.
    pub(crate) stale: bool,
    /// Nothing passes the network.
    pub(crate) deaf: bool,
    /// The responder refuses recovery, as a peer without memory does.
    pub(crate) refuses_recovery: bool,
    /// The responder refuses everybody, for so many calls.
    pub(crate) busy: u32,
}

impl World {
    pub(crate) fn new(configs: [Config; 2], seed: u64) -> World {
        let engine = |at: usize| Engine::new(configs[at].clone(), role(at), seed ^ at as u64).unwrap();
        World {
            pair: Pair::new(spm::Config::default(), spm::Config::default(), false, seed),
            engines: [engine(A), engine(B)],
            configs,
            stored: Default::default(),
            told: Default::default(),
            said: Default::default(),
            connections: 0,
            stale: false,
            deaf: false,
            refuses_recovery: false,
            busy: 0,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.pair.now
    }

    fn fresh_pair(&mut self) {
        let (seed, now) = (self.pair.rng.next_u64(), self.pair.now);
        self.pair = Pair::new(spm::Config::default(), spm::Config::default(), false, seed);
        self.pair.now = now;
    }

    fn called(&mut self, indication: &x225::primitive::ConnectIndication) {
        let now = self.pair.now;
        let opening = Opening::read(indication).expect("an RTORQ");
        let refusal = if self.busy > 0 {
            self.busy -= 1;
            Some(RefuseReason::Busy)
        } else if self.refuses_recovery && opening.recover.is_some() {
            Some(RefuseReason::CannotRecover)
        } else {
            None
        };
        if let Some(reason) = refusal {
            self.pair.request(Side::Responder, refuse(reason)).expect("S-CONNECT response");
            return;
        }
        self.stale = false;
        let _ = self.engines[B].called(indication, &opening, now);
    }

    /// Gives each layer what the other has for it, without delivering anything.
    pub(crate) fn pump(&mut self) {
        loop {
            let mut moved = false;
            for at in [A, B] {
                let now = self.pair.now;
                for event in self.pair.events(SIDES[at]) {
                    moved = true;
                    match event {
                        x225::Event::ConnectIndication(indication) => self.called(&indication),
                        event => self.engines[at].session(event, now),
                    }
                }
                moved |= self.pump_engine(at);
            }
            if !moved {
                return;
            }
        }
    }

    fn pump_engine(&mut self, at: usize) -> bool {
        let mut moved = false;
        loop {
            while let Some(record) = self.engines[at].poll_journal() {
                let octets = record.encode();
                assert_eq!(Record::decode(&octets).unwrap(), record);
                self.stored[at].push(octets);
            }
            while let Some(event) = self.engines[at].poll_event() {
                moved = true;
                self.told[at].push(event);
            }
            let Some(request) = self.engines[at].poll_session() else { return moved };
            moved = true;
            let now = self.pair.now;
            self.said[at].push(request.name());
            if matches!(request, Request::Connect(_)) {
                let link = self.engines[B].progress().link;
                self.stale = matches!(link, LinkState::Up | LinkState::Releasing);
                if self.stale && self.pair.rng.one_in(2) {
                    self.disconnect(B);
                    self.stale = false;
                }
                self.fresh_pair();
                self.deaf = false;
                self.connections += 1;
            }
            if self.stale && at == B {
                continue;
            }
            if let Err(error) = self.pair.request(SIDES[at], request.clone()) {
                let harmless = matches!(request, Request::TokenPlease(..) | Request::UAbort(_));
                assert!(harmless, "{} of {at}: {error}", request.name());
                self.engines[at].not_sent(&request, error, now);
            }
        }
    }

    /// Until nothing moves.
    pub(crate) fn settle(&mut self) {
        self.pump();
        while self.deliver() {}
    }

    /// Something arrives. `false` if nothing is under way.
    pub(crate) fn deliver(&mut self) -> bool {
        let moved = !self.deaf && self.pair.deliver();
        self.pump();
        moved
    }

    fn disconnect(&mut self, at: usize) {
        let now = self.pair.now;
        self.pair.machine_mut(SIDES[at]).transport(TransportIndication::Disconnect(None), now);
        self.pair.collect(SIDES[at]);
        if at == B && std::mem::take(&mut self.stale) {
            // Its machine went with the connection before.
            let lost =
                x225::Event::PAbortIndication(x225::primitive::PAbortReason::TransportDisconnect, None);
            self.engines[at].session(lost, now);
        }
        for event in self.pair.events(SIDES[at]) {
            if !matches!(event, x225::Event::ConnectIndication(_)) {
                self.engines[at].session(event, now);
            }
        }
        self.pump_engine(at);
    }

    /// The network fails: what is under way is lost.
    pub(crate) fn cut(&mut self) {
        for at in [B, A] {
            self.disconnect(at);
        }
        self.pump();
    }

    /// The network fails, and one side notices, or nobody.
    pub(crate) fn cut_silently(&mut self, at: Option<usize>) {
        self.deaf = true;
        if let Some(at) = at {
            self.disconnect(at);
        }
        self.pump();
    }

    /// Time passes up to the next deadline, at most so long.
    pub(crate) fn advance(&mut self, most: Duration) {
        let limit = self.pair.now + most;
        let next = self.engines.iter().filter_map(Engine::next_timeout).min();
        let to = next.map_or(limit, |next| next.max(self.pair.now).min(limit));
        self.pair.now = to;
        for at in [A, B] {
            self.engines[at].handle_timeout(to);
            self.pump_engine(at);
        }
        self.pump();
    }

    /// The process of one side ends and starts again with its journal; the connection is lost with it.
    pub(crate) fn restart(&mut self, at: usize) {
        // The other side sees the loss; this one sees nothing any more.
        self.disconnect(1 - at);
        let now = self.pair.now;
        let records = self.stored[at].clone();
        let engine = Engine::restore(self.configs[at].clone(), role(at), 7, records, now).unwrap();
        // A snapshot says the same as all the records before it.
        let snapshot: Vec<Bytes> = engine.snapshot().iter().map(Record::encode).collect();
        let again = Engine::restore(self.configs[at].clone(), role(at), 7, snapshot.clone(), now).unwrap();
        let octets: Vec<Bytes> = again.snapshot().iter().map(Record::encode).collect();
        assert_eq!(octets, snapshot);
        self.stored[at] = snapshot;
        self.engines[at] = again;
        self.fresh_pair();
        if at == A {
            self.engines[A].open(now);
        }
        self.pump();
    }

    /// Until both have nothing to do any more, or so much time has passed.
    pub(crate) fn run(&mut self, most: Duration) {
        let end = self.pair.now + most;
        self.settle();
        while self.pair.now < end {
            let next = self.engines.iter().filter_map(Engine::next_timeout).min();
            if next.is_none() {
                return;
            }
            self.advance(end.saturating_duration_since(self.pair.now));
            self.settle();
        }
    }

    /// The process of the responder ends, and nothing is kept.
    pub(crate) fn lose_memory(&mut self, at: usize) {
        self.disconnect(1 - at);
        self.stored[at].clear();
        self.engines[at] = Engine::new(self.configs[at].clone(), role(at), 9).unwrap();
        self.fresh_pair();
        self.pump();
    }

    pub(crate) fn is_up(&self) -> bool {
        self.engines.iter().all(|engine| engine.progress().link == LinkState::Up)
    }

    pub(crate) fn take(&mut self, at: usize) -> Vec<Event> {
        std::mem::take(&mut self.told[at])
    }

    /// The APDUs that arrived since last asked; they are taken.
    pub(crate) fn arrived(&mut self, at: usize) -> Vec<Bytes> {
        let mut all = Vec::new();
        for event in self.take(at) {
            if let Event::Arrived { number, data } = event {
                self.engines[at].taken(number);
                all.push(data);
            }
        }
        self.pump_engine(at);
        all
    }
}
