//! Two engines hand in hand: nothing is lost, storing takes no time unless a test says so, and each word can be looked at.
use std::collections::VecDeque;

use osisession_proto::Bytes;
use osisession_proto::time::{Duration, Instant};

use crate::config::Config;
use crate::control::{Block, DialogueId, Kind, Seal, Status};
use crate::dialogue::Dialogue;
use crate::effect::{Agreed, Cause, Connection, Effect, Event, Primitive, Token};
use crate::establish::{ConnectRequest, Refusal};
use crate::record::Record;

pub(super) const DID: DialogueId = DialogueId([9; 16]);

pub(super) struct Duo {
    pub(super) engines: [Option<Dialogue>; 2],
    pub(super) configs: [Config; 2],
    pub(super) journals: [Vec<Bytes>; 2],
    pub(super) events: [Vec<Event>; 2],
    pub(super) syncs: [u64; 2],
    /// Syncs are answered at once.
    pub(super) disk: [bool; 2],
    pub(super) waiting: [Option<Token>; 2],
    pub(super) identities: [Bytes; 2],
    pub(super) agreed: Agreed,
    /// The network carries what is sent.
    pub(super) cable: bool,
    /// Everything that was sent, by whom.
    pub(super) said: Vec<(usize, Effect)>,
    /// (maker, name at node 0, name at node 1), both ends open.
    pub(super) links: Vec<(Connection, Connection)>,
    pub(super) now: Instant,
    /// Records that a sync has made durable.
    pub(super) stored: [usize; 2],
    /// How many effects are still carried out; then everything stands still.
    pub(super) budget: Option<usize>,
    incoming: u64,
    queue: VecDeque<(usize, Effect)>,
}

impl Duo {
    pub(super) fn new(configs: [Config; 2]) -> Duo {
        Duo {
            engines: [None, None],
            configs,
            journals: [Vec::new(), Vec::new()],
            events: [Vec::new(), Vec::new()],
            syncs: [0; 2],
            disk: [true; 2],
            waiting: [None; 2],
            identities: [Bytes::new(), Bytes::new()],
            agreed: Agreed::ALL,
            cable: true,
            said: Vec::new(),
            links: Vec::new(),
            now: Instant::from_millis(1_000),
            stored: [0; 2],
            budget: None,
            incoming: 0,
            queue: VecDeque::new(),
        }
    }

    /// A dialogue that is open and connected.
    pub(super) fn connected(configs: [Config; 2]) -> Duo {
        let mut duo = Duo::new(configs);
        duo.open();
        assert!(duo.engines[1].is_some());
        assert_eq!([duo.state(0), duo.state(1)], ["connected"; 2]);
        duo
    }

    pub(super) fn open(&mut self) {
        self.engines[0] = Some(Dialogue::open(self.configs[0].clone(), DID, self.now));
        self.settle();
    }

    pub(super) fn state(&self, x: usize) -> &'static str {
        self.engines[x].as_ref().map_or("none", |engine| engine.progress().state)
    }

    pub(super) fn engine(&mut self, x: usize) -> &mut Dialogue {
        self.engines[x].as_mut().expect("an engine")
    }

    pub(super) fn send(&mut self, x: usize, text: &str) -> u64 {
        let now = self.now;
        let position = self.engine(x).send(Bytes::copy_from_slice(text.as_bytes()), now).expect("room");
        self.settle();
        position
    }

    /// Time passes, deadline by deadline.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..10_000 {
            let next =
                self.engines.iter().flatten().filter_map(|engine| Some(engine.next_timeout()?.0)).min();
            let Some(at) = next.filter(|&at| at <= end) else {
                self.now = end;
                return self.settle();
            };
            self.now = self.now.max(at);
            let now = self.now;
            self.engines.iter_mut().flatten().for_each(|engine| engine.handle_timeout(now));
            self.settle();
        }
        panic!("deadlines without end");
    }

    /// The connection is lost; both hear of it.
    pub(super) fn lose(&mut self) {
        let now = self.now;
        for engine in self.engines.iter_mut().flatten() {
            if let Some(connection) = engine.current {
                engine.disconnected(connection, &Cause::Lost, now);
            }
        }
        self.links.clear();
        self.settle();
    }

    /// The process dies and starts again from its journal.
    pub(super) fn restart(&mut self, x: usize) {
        let config = self.configs[x].clone();
        self.waiting[x] = None;
        let engine = Dialogue::restore(config, &self.journals[x], None, self.now).expect("a journal");
        self.engines[x] = Some(engine);
        self.settle();
    }

    pub(super) fn messages(&self, x: usize) -> Vec<(u64, String)> {
        let text = |data: &Bytes| String::from_utf8_lossy(data).into_owned();
        let message = |event: &Event| match event {
            Event::Message { position, data } => Some((*position, text(data))),
            _ => None,
        };
        self.events[x].iter().filter_map(message).collect()
    }

    pub(super) fn heard(&self, x: usize, event: &Event) -> bool {
        self.events[x].contains(event)
    }

    pub(super) fn records(&self, x: usize) -> Vec<Record> {
        self.journals[x].iter().map(|octets| Record::decode(octets).expect("a record")).collect()
    }

    /// A request that did not come from the other engine.
    pub(super) fn request(&mut self, x: usize, block: &Block, identity: &'static [u8]) -> Vec<Effect> {
        let user_data = block.encode(Seal::Checksum, &[]);
        self.request_octets(x, user_data, identity)
    }

    pub(super) fn request_octets(
        &mut self,
        x: usize,
        user_data: Bytes,
        identity: &'static [u8],
    ) -> Vec<Effect> {
        self.incoming += 1;
        let connection = Connection::Incoming(1_000 + self.incoming);
        let identity = Bytes::from_static(identity);
        let request = ConnectRequest { connection, user_data, identity, agreed: self.agreed };
        let now = self.now;
        self.engine(x).connect_indication(&request, now);
        let mut effects = Vec::new();
        while let Some(effect) = self.engine(x).poll_effect() {
            effects.push(effect);
        }
        effects
    }

    pub(super) fn settle(&mut self) {
        for _ in 0..100_000 {
            let mut quiet = true;
            for x in 0..2 {
                loop {
                    if self.budget == Some(0) {
                        return;
                    }
                    let Some(effect) = self.engines[x].as_mut().and_then(Dialogue::poll_effect) else {
                        break;
                    };
                    self.budget = self.budget.map(|budget| budget - 1);
                    quiet = false;
                    match effect {
                        Effect::Append(record) => self.journals[x].push(record),
                        Effect::Sync(token) => {
                            self.syncs[x] += 1;
                            self.waiting[x] = Some(token);
                        }
                        effect => self.queue.push_back((x, effect)),
                    }
                }
                if self.disk[x]
                    && let Some(token) = self.waiting[x].take()
                {
                    let now = self.now;
                    self.stored[x] = self.journals[x].len();
                    self.engine(x).stored(token, now);
                    quiet = false;
                }
                while let Some(event) = self.engines[x].as_mut().and_then(Dialogue::poll_event) {
                    self.events[x].push(event);
                }
            }
            if let Some((x, effect)) = self.queue.pop_front() {
                quiet = false;
                self.said.push((x, effect.clone()));
                if self.cable {
                    self.carry(x, effect);
                }
            }
            if quiet {
                return;
            }
        }
        panic!("no end");
    }

    /// The process dies, the disk keeps some of what was not synced, and of what is on its way something may still arrive.
    pub(super) fn crash(&mut self, x: usize, records: usize, arrives: bool) {
        self.budget = None;
        self.engines[x] = None;
        self.waiting[x] = None;
        self.journals[x].truncate(self.stored[x] + records);
        self.stored[x] = self.journals[x].len();
        let flying = core::mem::take(&mut self.queue);
        for (from, effect) in flying {
            if from == x && arrives && self.engines[1 - x].is_some() {
                self.carry(x, effect);
            }
        }
        self.links.clear();
        let now = self.now;
        if let Some(engine) = &mut self.engines[1 - x]
            && let Some(connection) = engine.current
        {
            engine.disconnected(connection, &Cause::Lost, now);
        }
        if !self.journals[x].is_empty() {
            self.restart(x);
        }
    }

    fn other(&self, x: usize, connection: Connection) -> Option<Connection> {
        self.links.iter().rev().find_map(|&(a, b)| match x {
            0 => (a == connection).then_some(b),
            _ => (b == connection).then_some(a),
        })
    }

    fn carry(&mut self, x: usize, effect: Effect) {
        let (now, y) = (self.now, 1 - x);
        match effect {
            Effect::Connect { connection, user_data } => {
                self.incoming += 1;
                let name = Connection::Incoming(self.incoming);
                self.links.push(if x == 0 { (connection, name) } else { (name, connection) });
                let identity = self.identities[x].clone();
                let request = ConnectRequest { connection: name, user_data, identity, agreed: self.agreed };
                match &mut self.engines[y] {
                    Some(engine) => engine.connect_indication(&request, now),
                    None => match Dialogue::admit(self.configs[y].clone(), &request, now) {
                        Ok(engine) => self.engines[y] = Some(engine),
                        Err(user_data) => {
                            self.queue.push_back((y, Effect::Refuse { connection: name, user_data }));
                        }
                    },
                }
            }
            Effect::Accept { connection, user_data } => {
                if let Some(name) = self.other(x, connection) {
                    let (identity, agreed) = (self.identities[x].clone(), self.agreed);
                    self.engine(y).connect_confirm(name, user_data, identity, agreed, now);
                }
            }
            Effect::Refuse { connection, user_data } => {
                if let Some(name) = self.other(x, connection) {
                    let refusal = Refusal { temporary: false, user_data: Some(user_data) };
                    self.engine(y).connect_refused(name, &refusal, now);
                }
            }
            Effect::Send { connection, primitive } => {
                if let Some(name) = self.other(x, connection) {
                    self.engine(y).network(name, primitive, now);
                }
            }
            Effect::Disconnect { connection, user_data } => {
                if let Some(name) = self.other(x, connection) {
                    let cause = user_data.map_or(Cause::Lost, Cause::Aborted);
                    self.engine(y).disconnected(name, &cause, now);
                }
            }
            Effect::Append(_) | Effect::Sync(_) | Effect::Pause(_) | Effect::Unpause(_) => {}
        }
    }

    /// How often a service was sent by `x`.
    pub(super) fn count(&self, x: usize, is: impl Fn(&Primitive) -> bool) -> usize {
        let sent = |effect: &Effect| matches!(effect, Effect::Send { primitive, .. } if is(primitive));
        self.said.iter().filter(|(from, effect)| *from == x && sent(effect)).count()
    }
}

/// A block of the peer of node `x` in a dialogue of this file.
pub(super) fn block(kind: Kind, epoch: u64, rcv: u64, snd: u64) -> Block {
    Block { kind, did: DID, epoch, rcv, snd, low: 1, status: Status::Ok, seen: None }
}

/// The status of the refusal among these effects.
pub(super) fn refusal(effects: &[Effect]) -> Option<Status> {
    effects.iter().find_map(|effect| match effect {
        Effect::Refuse { user_data, .. } => {
            Some(Block::decode(user_data, Seal::Checksum).expect("a block").0.status)
        }
        _ => None,
    })
}
