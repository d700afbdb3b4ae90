//! The engine and the model under the same random schedule: after each step their states, and what is in flight, are the same.
use std::io::Write as _;
use std::process::{Command, Stdio};

use osisession_proto::Bytes;
use osisession_proto::time::{Duration, Instant};

use super::model::{Item, Message, Model, Step};
use super::net::Net;
use crate::config::{Checkpoint, Config, DialogueLimits, Retry};
use crate::control::{Block, DialogueId, Seal};
use crate::dialogue::{Dialogue, Role, Rule};
use crate::effect::{Agreed, Cause, Connection, Effect, Event, Primitive, Token};
use crate::establish::{ConnectRequest, Refusal};
use crate::record::Record;
use crate::table::State;

/// splitmix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

#[derive(Clone, Debug)]
enum Wire {
    Connect(Bytes),
    Accept(Bytes),
    Refuse(Bytes),
    Service(Primitive),
    End(Option<Bytes>),
}

struct Node {
    engine: Dialogue,
    journal: Vec<Bytes>,
    stored: usize,
    sync: Option<(Token, usize)>,
    /// Engine's names of connections.
    names: Vec<(Connection, u64)>,
    handed: Vec<Message>,
}

struct Pair {
    nodes: Vec<Node>,
    net: Net<Wire>,
    model: Model,
    now: Instant,
    trace: Vec<String>,
    /// How often each kind of model step was taken.
    taken: [u64; 10],
}

const FAR: Duration = Duration::from_secs(1 << 30);

fn config() -> Config {
    Config {
        // One open sync point, placed by time or on request, as in the model; nothing else happens by itself.
        checkpoint: Checkpoint { messages: u64::MAX, octets: usize::MAX, open: 1, ..Checkpoint::default() },
        retry: Retry { first: FAR, longest: FAR, responder: FAR, lived: FAR, ..Retry::default() },
        limits: DialogueLimits {
            connect_timeout: FAR,
            answer_timeout: FAR,
            storage_timeout: FAR,
            ..DialogueLimits::default()
        },
        overdue: None,
        keepalive: None,
        can_connect: false,
        ..Config::default()
    }
}

fn restore(journal: &[Bytes], now: Instant) -> Dialogue {
    let mut engine =
        Dialogue::restore(config(), journal, None, now).expect("a journal that the engine wrote");
    engine.config.can_connect = true;
    engine.pace.next = Some(now + FAR);
    engine
}

fn message(data: &Bytes) -> Message {
    (data[0], data[1])
}

impl Pair {
    fn new(trace: bool) -> Pair {
        let now = Instant::from_millis(1);
        let node = |role| {
            let created = Record::Created { did: DialogueId([7; 16]), role, profile: Bytes::new() };
            let bound = Record::Bound { identity: Bytes::new() };
            let journal = vec![created.encode(), bound.encode()];
            let engine = restore(&journal, now);
            Node { engine, stored: journal.len(), journal, sync: None, names: Vec::new(), handed: Vec::new() }
        };
        let mut pair = Pair {
            nodes: vec![node(Role::Initiator), node(Role::Responder)],
            net: Net::new(),
            model: Model::new(),
            now,
            trace: Vec::new(),
            taken: [0; 10],
        };
        if trace {
            pair.trace.push(pair.model.python());
        }
        pair
    }

    fn note(&mut self) {
        if !self.trace.is_empty() {
            self.trace.push(self.model.python());
        }
    }

    fn step(&mut self, step: Step) {
        assert!(self.model.step(step), "the model has no step {step:?} here: {:?}", self.model);
        self.taken[match step {
            Step::Take(_) => 0,
            Step::SyncOut(_) => 1,
            Step::SyncIn(_) => 2,
            Step::Connect(_) => 3,
            Step::Data(_) => 4,
            Step::Point(_) => 5,
            Step::Answer(_) => 6,
            Step::Receive(..) => 7,
        }] += 1;
        self.note();
    }

    fn conn(&self, x: usize, name: Connection) -> u64 {
        self.nodes[x].names.iter().rev().find(|(own, _)| *own == name).expect("a connection that was made").1
    }

    fn name(&self, x: usize, conn: u64) -> Connection {
        self.nodes[x]
            .names
            .iter()
            .rev()
            .find(|(_, id)| *id == conn)
            .map_or(Connection::Incoming(conn), |(name, _)| *name)
    }

    /// Carries out what the engine wants, with messages or without. Connection steps of the model are taken by the caller.
    fn drain(&mut self, x: usize, mut data: usize) {
        loop {
            let node = &mut self.nodes[x];
            if let Some(current) = node.engine.current {
                node.engine.set_writable(current, data > 0, self.now);
            }
            let Some(effect) = node.engine.poll_effect() else { break };
            match effect {
                Effect::Append(record) => node.journal.push(record),
                Effect::Sync(token) => {
                    assert!(node.sync.is_none(), "two syncs at once");
                    node.sync = Some((token, node.journal.len()));
                }
                Effect::Connect { connection, user_data } => {
                    let id = self.net.connect(x, Wire::Connect(user_data));
                    self.nodes[x].names.push((connection, id));
                    self.step(Step::Connect(x));
                }
                Effect::Accept { connection, user_data } => {
                    let id = self.conn(x, connection);
                    self.net.attach(id, x);
                    self.net.push(id, x, Wire::Accept(user_data));
                }
                Effect::Refuse { connection, user_data } => {
                    let id = self.conn(x, connection);
                    self.net.refuse(id, x, Wire::Refuse(user_data));
                }
                Effect::Send { connection, primitive } => {
                    let id = self.conn(x, connection);
                    let step = match &primitive {
                        Primitive::Data(_) => {
                            data -= 1;
                            Some(Step::Data(x))
                        }
                        Primitive::Sync(_) => Some(Step::Point(x)),
                        Primitive::SyncConfirm(_) => Some(Step::Answer(x)),
                        Primitive::Please(_) | Primitive::Start(_) | Primitive::Resume { .. } => None,
                        other => panic!("{other:?} is not in the model"),
                    };
                    self.net.push(id, x, Wire::Service(primitive));
                    if let Some(step) = step {
                        self.step(step);
                    }
                }
                Effect::Disconnect { connection, user_data } => {
                    let id = self.conn(x, connection);
                    self.net.detach(id, x, Wire::End(user_data));
                }
                Effect::Pause(_) | Effect::Unpause(_) => panic!("nothing fills here"),
            }
        }
        let node = &mut self.nodes[x];
        while let Some(event) = node.engine.poll_event() {
            match event {
                Event::Message { position, data } => {
                    node.handed.truncate(position as usize - 1);
                    node.handed.push(message(&data));
                }
                Event::Accepted(_)
                | Event::Confirmed(_)
                | Event::Connecting { .. }
                | Event::Connected { .. }
                | Event::Detached { .. } => {}
                other => panic!("{other:?} must not happen"),
            }
        }
    }

    /// The journal stores all that it was given; the model syncs what it has.
    fn flush(&mut self, x: usize, steps: bool) {
        if steps {
            if !self.model.nodes[x].log_volatile.is_empty() {
                self.step(Step::SyncOut(x));
            }
            if !self.model.nodes[x].inbox_volatile.is_empty() {
                self.step(Step::SyncIn(x));
            }
        }
        self.drain(x, 0);
        while let Some((token, _)) = self.nodes[x].sync.take() {
            let node = &mut self.nodes[x];
            node.stored = node.journal.len();
            // The model stores all there is in one step: as if the sync had been asked for just now.
            let marks = node.engine.marks();
            if let Some(flight) = &mut node.engine.ledger.flight {
                flight.1 = marks;
            }
            node.engine.stored(token, self.now);
            self.drain(x, 0);
        }
    }

    fn receive(&mut self, id: u64, x: usize) {
        let Some(at) = self.net.index(id) else { return };
        let (attached, maker) = (self.net.conns[at].attached[x], self.net.conns[at].maker);
        match self.net.head(id, x) {
            None => return,
            Some(Wire::Connect(_) | Wire::End(_)) if maker != x => {}
            Some(_) if attached => {}
            Some(_) => return,
        }
        let Some(item) = self.net.pop(id, x) else { return };
        let name = self.name(x, id);
        let now = self.now;
        let node = &mut self.nodes[x];
        match item {
            Wire::Connect(user_data) => {
                node.names.push((name, id));
                let identity = Bytes::new();
                let request = ConnectRequest { connection: name, user_data, identity, agreed: Agreed::ALL };
                node.engine.connect_indication(&request, now);
                // The epoch is stored (W4), and with it what stands before it in the journal.
                if node.engine.state == State::Answering && !self.model.nodes[x].log_volatile.is_empty() {
                    self.step(Step::SyncOut(x));
                }
                self.step(Step::Receive(id, x));
                if self.nodes[x].engine.state == State::Answering {
                    self.flush(x, false);
                }
            }
            Wire::Accept(user_data) => {
                node.engine.connect_confirm(name, user_data, Bytes::new(), Agreed::ALL, now);
                self.step(Step::Receive(id, x));
            }
            Wire::Refuse(user_data) => {
                self.net.detach(id, x, Wire::End(None));
                let refusal = Refusal { temporary: false, user_data: Some(user_data) };
                let current = node.engine.current == Some(name);
                node.engine.connect_refused(name, &refusal, now);
                self.step(Step::Receive(id, x));
                if current {
                    // The model remembers the epoch of a refusal over a crash.
                    self.nodes[x].engine.flush();
                    self.nodes[x].engine.handle_timeout(now);
                    self.flush(x, true);
                }
            }
            Wire::Service(primitive) => {
                let known = !matches!(
                    primitive,
                    Primitive::Please(_) | Primitive::Start(_) | Primitive::Resume { .. }
                );
                node.engine.network(name, primitive, now);
                if known {
                    self.step(Step::Receive(id, x));
                }
            }
            Wire::End(user_data) => {
                if attached {
                    self.net.detach(id, x, Wire::End(None));
                    let cause = user_data.map_or(Cause::Lost, Cause::Aborted);
                    node.engine.disconnected(name, &cause, now);
                } else {
                    self.net.forget_if_over(id);
                }
                self.step(Step::Receive(id, x));
            }
        }
        self.drain(x, 0);
    }

    /// Translates a cut in our channel, which also holds what the model has not.
    fn modelled(&self, id: u64, x: usize, keep: usize) -> usize {
        let at = self.net.index(id).expect("a connection");
        self.net.conns[at].channels[x].iter().take(keep).filter(|wire| item(wire).is_some()).count()
    }

    fn act(&mut self, random: &mut Random) {
        let x = random.below(2) as usize;
        let busy: Vec<(u64, usize)> =
            self.net.conns.iter().flat_map(|conn| [(conn.id, 0), (conn.id, 1)]).collect();
        match random.below(100) {
            0..12 if self.model.nodes[x].taken < 250 => {
                let data = vec![x as u8, self.model.nodes[x].taken];
                self.step(Step::Take(x));
                self.nodes[x].engine.send(data.into(), self.now).expect("room");
                self.drain(x, 0);
            }
            12..24 => self.flush(x, true),
            24..36 => {
                let count = 1 + random.below(3) as usize;
                self.drain(x, count);
            }
            36..42 if self.nodes[x].engine.state == State::Detached => {
                self.nodes[x].engine.reconnect(self.now).expect("open");
                if !self.model.nodes[x].log_volatile.is_empty() {
                    self.step(Step::SyncOut(x));
                }
                self.flush(x, false);
            }
            42..52 => {
                self.now = self.now + Duration::from_millis(60);
                for x in 0..2 {
                    self.nodes[x].engine.handle_timeout(self.now);
                    self.drain(x, 0);
                }
            }
            52..96 if !busy.is_empty() => {
                let (id, x) = busy[random.below(busy.len() as u64) as usize];
                for _ in 0..1 + random.below(4) {
                    self.receive(id, x);
                }
            }
            96..98 => {
                let mut keep = Vec::new();
                let mut kept = Vec::new();
                for conn in self.net.conns.iter().rev().filter(|conn| conn.attached[x]) {
                    let n = random.below(conn.channels[x].len() as u64 + 1) as usize;
                    keep.push((conn.id, n));
                    kept.push((conn.id, self.modelled(conn.id, x, n)));
                }
                for (id, n) in keep {
                    self.net.cut(id, x, n);
                    self.net.detach(id, x, Wire::End(None));
                }
                self.model.crash(x, &kept);
                self.taken[8] += 1;
                self.note();
                let node = &mut self.nodes[x];
                node.journal.truncate(node.stored);
                node.sync = None;
                node.names.clear();
                node.handed.clear();
                node.engine = restore(&node.journal, self.now);
                self.drain(x, 0);
            }
            98.. if !busy.is_empty() => {
                let (id, _) = busy[random.below(busy.len() as u64) as usize];
                let at = self.net.index(id).expect("a connection");
                if self.net.conns[at].attached == [false, false] {
                    return;
                }
                let keep =
                    [0, 1].map(|x| random.below(self.net.conns[at].channels[x].len() as u64 + 1) as usize);
                let kept = [0, 1].map(|x| self.modelled(id, x, keep[x]));
                // What only our channel holds keeps a connection in it alive that the model forgets: cut it away.
                self.net.break_off(id, keep, || Wire::End(None));
                self.model.break_off(id, kept);
                self.taken[9] += 1;
                self.note();
            }
            _ => {}
        }
    }

    fn compare(&self) {
        for x in 0..2 {
            let (engine, model) = (&self.nodes[x].engine, &self.model.nodes[x]);
            let up = model.stage == 2;
            let stage = match engine.state {
                State::Detached => 0,
                State::Preparing | State::Connecting => 1,
                State::Answering | State::Leading | State::Following => 2,
                other => panic!("{other:?} is not in the model"),
            };
            assert_eq!(stage, model.stage, "stage of {x}");
            assert_eq!(engine.current.map(|name| self.conn(x, name)), model.conn, "connection of {x}");
            assert_eq!(engine.epoch, model.epoch, "epoch of {x}");
            assert_eq!(engine.outbox.durable, model.log.len() as u64, "log of {x}");
            let taken = (model.log.len() + model.log_volatile.len()) as u64;
            assert_eq!(engine.outbox.taken(), taken, "volatile log of {x}");
            assert_eq!(engine.inbox.durable, model.inbox.len() as u64, "inbox of {x}");
            let all = || model.inbox.iter().chain(&model.inbox_volatile).copied();
            assert!(engine.inbox.waiting().map(|(_, data)| message(data)).eq(all()), "messages in {x}");
            let waiting = model.log.iter().chain(&model.log_volatile).skip(engine.outbox.confirmed as usize);
            assert!(
                engine.outbox.waiting().map(|(_, data)| message(data)).eq(waiting.copied()),
                "messages from {x}"
            );
            assert_eq!(self.nodes[x].handed, model.inbox, "handed out at {x}");
            // W6: after a crash an older value will do, until the next connection.
            assert!(
                engine.outbox.confirmed == model.confirmed
                    || !up && engine.outbox.confirmed < model.confirmed
            );
            if up {
                assert_eq!(engine.outbox.sent, model.sent, "sent by {x}");
                assert_eq!(engine.points.open > 0, model.point_open, "open point of {x}");
                assert_eq!(!engine.points.owed.is_empty(), model.answer_owed, "owed by {x}");
                if x == 0 {
                    assert_eq!(engine.points.advertised, model.advertised, "advertised by {x}");
                }
            }
        }
        for conn in &self.model.net.conns {
            let at = self.net.index(conn.id).expect("the connection");
            let own = &self.net.conns[at];
            assert_eq!(own.attached, conn.attached);
            for x in 0..2 {
                let ours: Vec<_> = own.channels[x].iter().filter_map(item).collect();
                assert!(ours.iter().eq(&conn.channels[x]), "{:?}\n{:?}", own.channels[x], conn.channels[x]);
            }
        }
        self.model.check().expect("the promises");
    }
}

/// What the model sees of an item.
fn item(wire: &Wire) -> Option<Item> {
    let block = |octets: &Bytes| Block::decode(octets, Seal::Checksum).expect("a block of ours").0;
    Some(match wire {
        Wire::Connect(data) => Item::Request { epoch: block(data).epoch, rcv: block(data).rcv },
        Wire::Accept(data) => Item::Accept { rcv: block(data).rcv },
        Wire::Refuse(data) => Item::Refuse { epoch: block(data).epoch },
        Wire::End(_) => Item::End,
        Wire::Service(Primitive::Data(data)) => Item::Data(message(data)),
        Wire::Service(Primitive::Sync(data)) => Item::Point { rcv: block(data).rcv },
        Wire::Service(Primitive::SyncConfirm(data)) => Item::Answer { rcv: block(data).rcv },
        Wire::Service(_) => return None,
    })
}

/// With one rule removed from both engines.
pub(super) fn run_without(seed: u64, actions: usize, rule: Rule) {
    let mut random = Random(seed);
    let mut pair = Pair::new(false);
    for _ in 0..actions {
        pair.nodes.iter_mut().for_each(|node| node.engine.removed = Some(rule));
        pair.act(&mut random);
        pair.compare();
    }
}

fn run(seed: u64, actions: usize, trace: bool) -> Pair {
    let mut random = Random(seed);
    let mut pair = Pair::new(trace);
    for _ in 0..actions {
        pair.act(&mut random);
        pair.compare();
    }
    pair
}

#[test]
fn engine_takes_the_steps_of_the_model() {
    let mut taken = [0; 10];
    for seed in 0..3_000 {
        let pair = run(seed, 150, false);
        taken.iter_mut().zip(pair.taken).for_each(|(all, one)| *all += one);
    }
    assert!(taken.iter().all(|&n| n > 1_000), "a kind of step was hardly taken: {taken:?}");
}

/// The model in Python says of each step that the Rust one took whether it has it.
#[test]
fn steps_are_those_of_the_model_in_python() {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../testkit/data/dialogue/recovery_model.py");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../testkit/data/dialogue/check_trace.py");
    let child =
        Command::new("python3").args([script, model]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(std::env::var_os("CI").is_none(), "python3 is missing");
            eprintln!("skipped: python3 is missing");
            return;
        }
        Err(error) => panic!("python3: {error}"),
    };
    let mut input = child.stdin.take().expect("a pipe");
    let mut steps = 0;
    for seed in 0..150 {
        let pair = run(seed, 100, true);
        steps += pair.trace.len() - 1;
        for state in &pair.trace {
            writeln!(input, "{state}").expect("python reads");
        }
        writeln!(input).expect("python reads");
    }
    drop(input);
    let output = child.wait_with_output().expect("python ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.trim(), format!("{steps} steps, each one of the model"));
    assert!(steps > 3_000);
}
