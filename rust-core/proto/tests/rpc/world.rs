//! Two engines over two session machines on virtual time.
use osisession_proto::rpc::{Config, Engine, Event, Hello, Link, Record};
use osisession_proto::x225::port::TransportIndication;
use osisession_proto::x225::primitive::{ConnectRequest, ConnectResponse};
use osisession_proto::x225::spm;
use osisession_proto::x225::{self, FunctionalUnits};
use osisession_proto::{Bytes, Instant};
use osisession_testkit::bench::{Pair, Side};
use std::time::Duration;

pub(crate) const SIDES: [Side; 2] = [Side::Initiator, Side::Responder];
pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;
pub(crate) const ASSOCIATION: [u8; 16] = *b"an association!!";

pub(crate) struct World {
    pub(crate) pair: Pair,
    pub(crate) units: FunctionalUnits,
    pub(crate) engines: [Engine; 2],
    pub(crate) configs: [Config; 2],
    pub(crate) told: [Vec<Event>; 2],
    /// What a restart finds.
    pub(crate) stored: [Vec<Bytes>; 2],
    pub(crate) connected: bool,
    pub(crate) connections: u64,
    /// S-TOKEN-GIVE and S-TOKEN-PLEASE requests.
    pub(crate) tokens: [u64; 2],
}

impl World {
    pub(crate) fn new(units: FunctionalUnits, configs: [Config; 2], seed: u64) -> World {
        let engines = configs.clone().map(|config| Engine::new(config, ASSOCIATION).unwrap());
        let mut world = World {
            pair: Pair::new(spm::Config::default(), spm::Config::default(), false, seed),
            units,
            engines,
            configs,
            told: Default::default(),
            stored: Default::default(),
            connected: false,
            connections: 0,
            tokens: [0; 2],
        };
        world.connect();
        world
    }

    pub(crate) fn now(&self) -> Instant {
        self.pair.now
    }

    /// A new session connection of the association.
    pub(crate) fn connect(&mut self) {
        self.connections += 1;
        let seed = self.pair.rng.next_u64();
        let now = self.pair.now;
        self.pair = Pair::new(spm::Config::default(), spm::Config::default(), false, seed);
        self.pair.now = now;
        let (question, answer) = (self.engines[A].hello(true), self.engines[B].hello(false));
        let request = ConnectRequest {
            functional_units: self.units,
            user_data: question.clone(),
            ..ConnectRequest::default()
        };
        let response = ConnectResponse {
            functional_units: self.units,
            user_data: answer.clone(),
            ..ConnectResponse::default()
        };
        self.pair.establish(request, response);
        for (at, (hello, question)) in [(answer, false), (question, true)].into_iter().enumerate() {
            let hello = Hello::decode(&hello, question).unwrap();
            let link = Link::of(&self.pair.machine(SIDES[at]).properties());
            self.engines[at].attach(link, &hello, now).unwrap();
        }
        self.connected = true;
        self.pump();
    }

    /// Gives each layer what the other has for it, without delivering anything.
    pub(crate) fn pump(&mut self) {
        let now = self.pair.now;
        loop {
            let mut moved = false;
            for at in [A, B] {
                for event in self.pair.events(SIDES[at]) {
                    moved = true;
                    let over =
                        matches!(event, x225::Event::UAbortIndication(_) | x225::Event::PAbortIndication(..));
                    let given_back = self.engines[at].session(event, now);
                    assert_eq!(over, given_back.is_some(), "{given_back:?}");
                    self.connected &= !over;
                }
                while let Some(record) = self.engines[at].poll_journal() {
                    self.stored[at].push(record.encode());
                }
                while let Some(request) = self.engines[at].poll_session() {
                    moved = true;
                    self.tokens[at] += u64::from(matches!(
                        request,
                        x225::Request::TokenGive(..) | x225::Request::TokenPlease(..)
                    ));
                    let over = matches!(request, x225::Request::UAbort(_));
                    let name = request.name();
                    let accepted = self.pair.request(SIDES[at], request);
                    accepted.unwrap_or_else(|error| panic!("{name} of {at}: {error}"));
                    self.connected &= !over;
                }
                while let Some(event) = self.engines[at].poll_event() {
                    self.told[at].push(event);
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Until nothing moves.
    pub(crate) fn settle(&mut self) {
        self.pump();
        while self.pair.deliver() {
            self.pump();
        }
    }

    pub(crate) fn take(&mut self, at: usize) -> Vec<Event> {
        std::mem::take(&mut self.told[at])
    }

    /// The network fails: what was under way is lost, in part or in whole.
    pub(crate) fn cut(&mut self) {
        let now = self.pair.now;
        for side in SIDES {
            self.pair.machine_mut(side).transport(TransportIndication::Disconnect(None), now);
            self.pair.collect(side);
        }
        self.pump();
        self.connected = false;
        assert!(!self.engines[A].is_attached() && !self.engines[B].is_attached());
    }

    pub(crate) fn advance(&mut self, time: Duration) {
        self.pair.now = self.pair.now + time;
        for engine in &mut self.engines {
            engine.handle_timeout(self.pair.now);
        }
        self.pump();
    }

    /// The process of one side ends and starts again with its journal; the connection is lost with it.
    pub(crate) fn restart(&mut self, at: usize) {
        if self.connected {
            self.cut();
        }
        let records = self.stored[at].clone();
        self.engines[at] = Engine::restore(self.configs[at].clone(), ASSOCIATION, records).unwrap();
        // In place of the old records.
        self.stored[at] = self.engines[at].snapshot().iter().map(Record::encode).collect();
    }
}
