//! Two nodes, a network, two disks and time, all made up: one seed is one story. What may go wrong is in [`Faults`].
use std::collections::{BTreeMap, VecDeque};

use osisession_proto::Bytes;
use osisession_proto::time::{Duration, Instant};

use super::compare::Random;
use crate::config::{Checkpoint, Config, Delivery, DialogueLimits, Durability};
use crate::control::{Block, DialogueId, Seal};
use crate::dialogue::{Dialogue, Life, Rule};
use crate::effect::{Agreed, Cause, Connection, Effect, Event, Primitive, Stop, Token};
use crate::establish::{ConnectRequest, Refusal};

/// What may go wrong. Chances are per thousand of the moments at which it could.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    pub(super) crash: u64,
    pub(super) break_off: u64,
    pub(super) half_open: u64,
    pub(super) connect_lost: u64,
    pub(super) slow_disk: u64,
    pub(super) disk_failure: u64,
    pub(super) clock_jump: u64,
    pub(super) replay: u64,
    pub(super) backup: u64,
}

impl Faults {
    pub(super) const ALL: Faults = Faults {
        crash: 30,
        break_off: 15,
        half_open: 10,
        connect_lost: 60,
        slow_disk: 3,
        disk_failure: 2,
        clock_jump: 4,
        replay: 8,
        backup: 0,
    };
}

/// Why a story did not end well.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// One of the promises is broken.
    Promise(String),
    /// The engine said or did something that it should not.
    Conduct(String),
}

macro_rules! tally {
    ($($field:ident)+) => {
        /// What happened in a story, or in many, for tests that ask whether enough did.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct Tally { $(pub(super) $field: u64),+ }

        impl Tally {
            pub(super) fn add(&mut self, other: &Tally) { $(self.$field += other.$field;)+ }

            pub(super) fn all(&self) -> Vec<(&'static str, u64)> { vec![$((stringify!($field), self.$field)),+] }
        }
    };
}

tally! {
    delivered connections crashes lost_records breaks half_open connects_lost stalls
    disk_failures clock_jumps replays superseded collisions stale idle_closes activities_ended
    pauses blocked snapshots backups diverged broken closed
}

#[derive(Clone, Debug)]
enum Wire {
    Connect(Bytes),
    Accept(Bytes),
    Refuse(Bytes),
    Service(Primitive),
    End(Cause),
}

struct Conn {
    names: [Option<Connection>; 2],
    open: [bool; 2],
    queues: [VecDeque<Wire>; 2],
    last: [u64; 2],
    /// Nothing passes any more, and nobody is told.
    dead: bool,
    /// Nothing that is sent from now on passes, but for the news of the end.
    deaf: bool,
    paused: [bool; 2],
    maker: usize,
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    /// The head of the channel from `from` arrives.
    Arrive {
        conn: usize,
        from: usize,
    },
    Timer {
        x: usize,
        process: u64,
    },
    App {
        x: usize,
    },
    Stored {
        x: usize,
        process: u64,
        token: Token,
        upto: usize,
    },
    DiskFails {
        x: usize,
        process: u64,
    },
    Restart {
        x: usize,
    },
}

struct Node {
    engine: Option<Dialogue>,
    config: Config,
    agreed: Agreed,
    process: u64,
    down: bool,
    journal: Vec<Bytes>,
    stored: usize,
    /// Added to the world's time.
    clock: u64,
    timer: Option<u64>,
    /// Messages by position: what this node accepted, as far as it remembers.
    log: Vec<u64>,
    /// Last position that was reported as accepted.
    accepted: u64,
    /// Messages of the peer by position, in the application's own store.
    got: Vec<u64>,
    committed: u64,
    /// Last position that was reported as committed for good.
    committed_told: u64,
    budget: u64,
    serial: u64,
    backup: Option<(Vec<Bytes>, usize)>,
    eager: u64,
}

pub(super) struct World {
    random: Random,
    faults: Faults,
    time: u64,
    number: u64,
    agenda: BTreeMap<(u64, u64), Happening>,
    conns: Vec<Conn>,
    nodes: [Node; 2],
    old_requests: Vec<(usize, Bytes)>,
    calm: bool,
    old_disk: u64,
    closing: bool,
    removed: Option<Rule>,
    /// Since a backup was restored with loss: what each side held then. More may never come.
    diverged: Option<[u64; 2]>,
    pub(super) tally: Tally,
}

const MS: u64 = 1_000_000;
type Done = Result<(), Failure>;

fn conduct(text: impl Into<String>) -> Failure {
    Failure::Conduct(text.into())
}

fn promise(text: impl Into<String>) -> Failure {
    Failure::Promise(text.into())
}

fn payload(x: usize, serial: u64, size: u64) -> Bytes {
    let mut data = vec![x as u8; 9 + size as usize];
    data[1..9].copy_from_slice(&serial.to_be_bytes());
    data.into()
}

fn serial_of(data: &Bytes) -> u64 {
    u64::from_be_bytes(data[1..9].try_into().expect("eight octets"))
}

impl World {
    pub(super) fn new(seed: u64, faults: Faults, removed: Option<Rule>) -> World {
        let mut random = Random(seed);
        let r = &mut random;
        let activities = r.below(5) > 0;
        let idle = r.below(3) == 0;
        let durability = [Durability::EveryMessage, Durability::EveryMessage, Durability::EveryCheckpoint];
        let node = |x: usize, r: &mut Random| {
            let small = r.below(3) == 0;
            let config = Config {
                durability: durability[r.below(3) as usize],
                delivery: if r.below(4) == 0 { Delivery::Application } else { Delivery::Inbox },
                checkpoint: Checkpoint {
                    messages: 1 + r.below(16),
                    open: 1 + r.below(4) as usize,
                    per_activity: if r.below(3) == 0 { 1 + r.below(5) } else { 900_000 },
                    ..Checkpoint::default()
                },
                limits: DialogueLimits {
                    outbox_messages: if small { 4 } else { 4_096 },
                    inbox_messages: if small { 3 } else { 4_096 },
                    ..DialogueLimits::default()
                },
                can_connect: x == 0 || idle || r.below(2) == 0,
                idle: idle.then(|| Duration::from_millis(100 + r.below(3_000))),
                overdue: None,
                seed: r.next(),
                ..Config::default()
            };
            Node {
                engine: None,
                config,
                agreed: Agreed { activities, minor_sync: true },
                process: 0,
                down: false,
                journal: Vec::new(),
                stored: 0,
                clock: r.below(1_000) * MS,
                timer: None,
                log: Vec::new(),
                accepted: 0,
                got: Vec::new(),
                committed: 0,
                committed_told: 0,
                budget: r.below(30),
                serial: 0,
                backup: None,
                eager: 1 + r.below(40),
            }
        };
        let nodes = [node(0, r), node(1, r)];
        World {
            old_disk: random.below(2),
            random,
            faults,
            time: 0,
            number: 0,
            agenda: BTreeMap::new(),
            conns: Vec::new(),
            nodes,
            old_requests: Vec::new(),
            calm: false,
            closing: false,
            removed,
            diverged: None,
            tally: Tally::default(),
        }
    }

    /// The story: trouble, then calm in which everything must arrive, then the close.
    pub(super) fn run(&mut self) -> Done {
        self.story()?;
        let lives = |life: fn(&Life) -> bool| {
            self.nodes
                .iter()
                .filter(|node| node.engine.as_ref().is_some_and(|engine| life(&engine.life)))
                .count()
        };
        let broken = lives(|life| matches!(life, Life::Broken(_)));
        let closed = lives(|life| *life == Life::Closed);
        if self.diverged.is_some() && broken == 0 && closed == 0 {
            return Err(promise(format!("went on with an old copy: {}", self.picture())));
        }
        self.tally.broken += u64::from(broken > 0);
        Ok(())
    }

    fn story(&mut self) -> Done {
        self.start(0)?;
        for x in 0..2 {
            self.plan(self.time, Happening::App { x });
        }
        self.go_on(|world| world.time > 8_000 * MS)?;
        self.calm = true;
        self.go_on(|world| world.settled() || world.time > 400_000 * MS)?;
        if self.given_up() {
            return Ok(());
        }
        if !self.settled() {
            return Err(conduct(format!("no progress: {}", self.picture())));
        }
        self.closing = true;
        let both = self.random.below(4) == 0;
        let first = self.random.below(2) as usize;
        for x in 0..2 {
            if both || x == first {
                let now = self.now(x);
                self.engine(x)?.close(now).map_err(|error| conduct(error.to_string()))?;
                self.drain(x)?;
            }
        }
        // Trouble also meets the close.
        self.calm = self.random.below(2) == 0;
        let trouble_ends = self.time + 5_000 * MS;
        self.go_on(|world| world.closed() || world.time > trouble_ends)?;
        self.calm = true;
        let end = self.time + 300_000 * MS;
        self.go_on(|world| world.closed() || world.time > end)?;
        if self.given_up() {
            return Ok(());
        }
        if !self.closed() {
            return Err(conduct(format!("not closed: {}", self.picture())));
        }
        if (0..2).any(|x| self.nodes[x].log != self.nodes[1 - x].got) {
            return Err(promise(format!("closed over a difference: {}", self.picture())));
        }
        self.tally.closed += 1;
        Ok(())
    }

    fn picture(&self) -> String {
        let node = |x: usize| {
            let node = &self.nodes[x];
            let engine = node.engine.as_ref();
            format!(
                "{x}: down {} got {} of {} budget {} {:?} {:?} {:?} {:?} {:?}",
                node.down,
                node.got.len(),
                self.nodes[1 - x].log.len(),
                node.budget,
                engine.map(Dialogue::progress),
                engine.map(|engine| (engine.state, engine.next_timeout(), engine.now)),
                engine.map(|engine| &engine.points),
                engine.map(|engine| &engine.close),
                engine.map(|engine| &engine.ledger),
            )
        };
        format!("time {} ms, {}\n{}", self.time / MS, node(0), node(1))
    }

    fn go_on(&mut self, done: impl Fn(&World) -> bool) -> Done {
        let mut turns = 0;
        while !done(self) && !self.broken() {
            turns += 1;
            if turns > 2_000_000 {
                return Err(conduct(format!("no end: {}", self.picture())));
            }
            let Some(((time, _), happening)) = self.agenda.pop_first() else { break };
            self.time = time;
            self.happen(happening)?;
        }
        Ok(())
    }

    /// With a restored backup: as far as it goes. Without, a broken dialogue is an error and never comes here.
    fn broken(&self) -> bool {
        let broken =
            |node: &Node| node.engine.as_ref().is_some_and(|engine| matches!(engine.life, Life::Broken(_)));
        self.nodes.iter().all(broken)
    }

    /// Where backups are restored: one side has said that it is broken. The other hears of it when they meet.
    fn given_up(&self) -> bool {
        // Closed on one side: who restores a copy after that, and knows no address, meets nobody any more.
        let over = |node: &Node| {
            node.engine.as_ref().is_some_and(|engine| match engine.life {
                Life::Broken(_) => true,
                Life::Closed => self.tally.backups > 0,
                Life::Open => false,
            })
        };
        (self.faults.backup > 0 || self.removed.is_some()) && self.nodes.iter().any(over)
    }

    fn settled(&self) -> bool {
        (0..2).all(|x| {
            let (own, peer) = (&self.nodes[x], &self.nodes[1 - x]);
            let quiet = own.engine.as_ref().is_some_and(|engine| {
                engine.outbox.confirmed == engine.outbox.taken()
                    && engine.inbox.handed == engine.inbox.committed
            });
            !own.down && own.budget == 0 && quiet && own.log == peer.got
        })
    }

    fn closed(&self) -> bool {
        self.nodes.iter().all(|node| node.engine.as_ref().is_some_and(|engine| engine.life == Life::Closed))
    }

    fn plan(&mut self, time: u64, happening: Happening) {
        self.number += 1;
        self.agenda.insert((time, self.number), happening);
    }

    fn now(&self, x: usize) -> Instant {
        Instant::from_nanos(self.time + self.nodes[x].clock)
    }

    fn engine(&mut self, x: usize) -> Result<&mut Dialogue, Failure> {
        self.nodes[x].engine.as_mut().ok_or_else(|| conduct("no engine"))
    }

    fn chance(&mut self, per_mille: u64) -> bool {
        !self.calm && self.random.below(1_000) < per_mille
    }

    /// A process starts: from its journal, or for the first time.
    fn start(&mut self, x: usize) -> Done {
        let now = self.now(x);
        let node = &mut self.nodes[x];
        node.down = false;
        node.process += 1;
        node.timer = None;
        let config = node.config.clone();
        let mut engine = if node.journal.is_empty() {
            if x == 1 {
                // It is made when someone asks for it.
                node.engine = None;
                node.log.clear();
                node.got.clear();
                if node.accepted + node.committed_told > 0 {
                    return Err(promise("the whole dialogue is forgotten"));
                }
                node.committed = 0;
                return Ok(());
            }
            Dialogue::open(config, DialogueId([9; 16]), now)
        } else {
            let cursor = (config.delivery == Delivery::Application).then_some(node.committed);
            Dialogue::restore(config, &node.journal, cursor, now)
                .map_err(|error| conduct(format!("restore of {x}: {error}")))?
        };
        engine.removed = self.removed;
        if engine.outbox.taken() < node.accepted {
            return Err(promise(format!("{x} forgot messages that it had accepted")));
        }
        node.log.truncate(engine.outbox.taken() as usize);
        if engine.inbox.committed < node.committed_told {
            return Err(promise(format!("{x} forgot what was committed")));
        }
        // What it had committed, and the journal does not know, it gets again.
        node.committed = engine.inbox.committed;
        node.engine = Some(engine);
        self.check()?;
        self.drain(x)
    }

    /// The process dies. Of what was not synced the disk keeps a prefix.
    fn crash(&mut self, x: usize) -> Done {
        self.tally.crashes += 1;
        let extra = self.nodes[x].journal.len() - self.nodes[x].stored;
        let keep = self.random.below(extra as u64 + 1) as usize;
        self.tally.lost_records += (extra - keep) as u64;
        let node = &mut self.nodes[x];
        node.journal.truncate(node.stored + keep);
        node.stored = node.journal.len();
        node.engine = None;
        node.down = true;
        node.process += 1;
        // One side's disk only: two old copies that fit each other are a dialogue that nobody can tell from a true one.
        let backup = self.faults.backup > 0
            && x as u64 == self.old_disk
            && self.nodes[x].backup.is_some()
            && self.chance(self.faults.backup);
        for conn in 0..self.conns.len() {
            if backup {
                self.conns[conn].queues[x].clear();
            }
            if self.conns[conn].open[x] {
                self.cut(conn, x);
            }
        }
        if backup {
            self.part(1 - x)?;
            self.restore_backup(x);
        }
        let pause = self.random.below(3_000) * MS;
        self.plan(self.time + pause, Happening::Restart { x });
        Ok(())
    }

    /// A node hears at once that its connection is gone: what it then has is all that it will ever have of the old times.
    fn part(&mut self, x: usize) -> Done {
        let now = self.now(x);
        if let Some(engine) = &mut self.nodes[x].engine
            && let Some(connection) = engine.current
        {
            engine.disconnected(connection, &Cause::Lost, now);
            if let Some(conn) = self.find(x, connection) {
                self.conns[conn].open[x] = false;
            }
            return self.drain(x);
        }
        Ok(())
    }

    /// The disk is replaced by an old copy, and the application's store with it.
    fn restore_backup(&mut self, x: usize) {
        let node = &mut self.nodes[x];
        let Some((journal, got)) = node.backup.take() else { return };
        let config = node.config.clone();
        let cursor = (config.delivery == Delivery::Application).then_some(got as u64);
        let Ok(probe) = Dialogue::restore(config, &journal, cursor, Instant::ZERO) else { return };
        self.tally.backups += 1;
        node.stored = journal.len();
        node.journal = journal;
        let held = probe.inbox.held().max(probe.inbox.durable);
        node.got.truncate(got.min(held as usize));
        node.committed = node.committed.min(got as u64).max(probe.inbox.committed);
        node.log.truncate(probe.outbox.taken() as usize);
        node.accepted = node.accepted.min(probe.outbox.taken());
        node.committed_told = node.committed_told.min(probe.inbox.committed);
        let (confirmed, at_peer) = match (&self.nodes[1 - x].engine, self.nodes[1 - x].down) {
            (Some(peer), _) => (peer.outbox.confirmed, peer.inbox.held().max(peer.inbox.durable)),
            // Both are down: what the journal of the other one says.
            (None, _) => {
                let peer = &self.nodes[1 - x];
                let cursor = (peer.config.delivery == Delivery::Application).then_some(peer.committed);
                match Dialogue::restore(peer.config.clone(), &peer.journal, cursor, Instant::ZERO) {
                    Ok(peer) => (peer.outbox.confirmed, peer.inbox.held()),
                    Err(_) => (0, 0),
                }
            }
        };
        if self.diverged.is_none() && (confirmed > probe.inbox.durable || at_peer > probe.outbox.taken()) {
            let mut held = [at_peer; 2];
            held[x] = probe.inbox.held();
            self.diverged = Some(held);
            self.tally.diverged += 1;
        }
    }

    /// A connection ends for node `x`'s peer; what is in flight arrives up to some point.
    fn cut(&mut self, conn: usize, x: usize) {
        let keep = self.random.below(self.conns[conn].queues[x].len() as u64 + 1) as usize;
        let c = &mut self.conns[conn];
        c.open[x] = false;
        c.queues[x].truncate(keep);
        c.queues[1 - x].clear();
        self.send(conn, x, Wire::End(Cause::Lost));
    }

    fn send(&mut self, conn: usize, from: usize, wire: Wire) {
        if self.conns[conn].deaf && !matches!(wire, Wire::End(Cause::Lost)) {
            return;
        }
        let delay = match self.random.below(20) {
            0 => self.random.below(400) * MS,
            _ => self.random.below(5) * MS,
        };
        let c = &mut self.conns[conn];
        c.queues[from].push_back(wire);
        c.last[from] = c.last[from].max(self.time + delay);
        let at = c.last[from];
        self.plan(at, Happening::Arrive { conn, from });
    }

    fn happen(&mut self, happening: Happening) -> Done {
        match happening {
            Happening::Arrive { conn, from } => self.arrive(conn, from),
            Happening::Timer { x, process } => {
                if self.nodes[x].process == process {
                    self.nodes[x].timer = None;
                    let now = self.now(x);
                    if let Some(engine) = &mut self.nodes[x].engine {
                        engine.handle_timeout(now);
                        return self.drain(x);
                    }
                }
                Ok(())
            }
            Happening::App { x } => self.app(x),
            Happening::Stored { x, process, token, upto } => {
                if self.nodes[x].process == process {
                    let now = self.now(x);
                    let node = &mut self.nodes[x];
                    node.stored = node.stored.max(upto.min(node.journal.len()));
                    if let Some(engine) = &mut node.engine {
                        engine.stored(token, now);
                    }
                    return self.drain(x);
                }
                Ok(())
            }
            Happening::DiskFails { x, process } => {
                if self.nodes[x].process == process {
                    let now = self.now(x);
                    self.engine(x)?.storage_failed(now);
                    self.drain(x)?;
                    return self.crash(x);
                }
                Ok(())
            }
            Happening::Restart { x } => {
                if self.nodes[x].down {
                    return self.start(x);
                }
                Ok(())
            }
        }
    }

    fn arrive(&mut self, conn: usize, from: usize) -> Done {
        let x = 1 - from;
        if self.conns[conn].dead {
            return Ok(());
        }
        if self.conns[conn].paused[x] && !matches!(self.conns[conn].queues[from].front(), Some(Wire::End(_)))
        {
            self.plan(self.time + 20 * MS, Happening::Arrive { conn, from });
            return Ok(());
        }
        let Some(wire) = self.conns[conn].queues[from].pop_front() else { return Ok(()) };
        let now = self.now(x);
        let then = self.now(from);
        if let (Some(name), true) = (self.conns[conn].names[from], self.conns[conn].queues[from].len() < 8)
            && self.conns[conn].open[from]
            && let Some(engine) = &mut self.nodes[from].engine
        {
            engine.set_writable(name, true, then);
            self.drain(from)?;
        }
        if let Wire::Connect(user_data) = wire {
            self.request(conn, x, user_data)?;
            return self.drain(x);
        }
        let (Some(name), true) = (self.conns[conn].names[x], self.conns[conn].open[x]) else { return Ok(()) };
        let agreed = self.nodes[x].agreed;
        let Some(engine) = &mut self.nodes[x].engine else { return Ok(()) };
        match wire {
            Wire::Connect(_) => {}
            Wire::Accept(user_data) => engine.connect_confirm(name, user_data, Bytes::new(), agreed, now),
            Wire::Refuse(user_data) => {
                self.conns[conn].open = [false; 2];
                engine.connect_refused(name, &Refusal { temporary: true, user_data: Some(user_data) }, now);
            }
            Wire::Service(primitive) => engine.network(name, primitive, now),
            Wire::End(cause) => {
                self.conns[conn].open[x] = false;
                engine.disconnected(name, &cause, now);
            }
        }
        self.drain(x)?;
        self.trouble(conn, x)
    }

    fn request(&mut self, conn: usize, x: usize, user_data: Bytes) -> Done {
        let now = self.now(x);
        if self.nodes[x].down || self.conns[conn].names[x].is_some() {
            self.send(conn, x, Wire::End(Cause::Lost));
            return Ok(());
        }
        let name = Connection::Incoming(conn as u64);
        self.conns[conn].names[x] = Some(name);
        self.conns[conn].open[x] = true;
        let identity = Bytes::new();
        let request = ConnectRequest { connection: name, user_data, identity, agreed: self.nodes[x].agreed };
        match &mut self.nodes[x].engine {
            Some(engine) => engine.connect_indication(&request, now),
            None => match Dialogue::admit(self.nodes[x].config.clone(), &request, now) {
                Ok(mut engine) => {
                    engine.removed = self.removed;
                    self.nodes[x].process += 1;
                    self.nodes[x].timer = None;
                    self.nodes[x].engine = Some(engine);
                }
                Err(user_data) => {
                    self.conns[conn].open[x] = false;
                    self.send(conn, x, Wire::Refuse(user_data));
                }
            },
        }
        Ok(())
    }

    /// What may go wrong after something arrived.
    fn trouble(&mut self, conn: usize, x: usize) -> Done {
        if self.chance(self.faults.break_off) {
            self.tally.breaks += 1;
            let c = &self.conns[conn];
            if c.open[0] || c.open[1] {
                for side in 0..2 {
                    // Each side hears of it when it hears of it.
                    let keep = self.random.below(self.conns[conn].queues[side].len() as u64 + 1) as usize;
                    self.conns[conn].queues[side].truncate(keep);
                    self.conns[conn].last[side] += self.random.below(2_000) * MS;
                    self.send(conn, side, Wire::End(Cause::Lost));
                }
            }
        }
        if self.chance(self.faults.half_open) {
            self.tally.half_open += 1;
            let notices = self.random.below(3) as usize;
            self.conns[conn].deaf = true;
            self.conns[conn].queues = [VecDeque::new(), VecDeque::new()];
            if notices < 2 {
                // One side is told, the other waits for an answer that never comes.
                self.send(conn, notices, Wire::End(Cause::Lost));
            } else {
                self.conns[conn].dead = true;
            }
        }
        if self.chance(self.faults.crash) {
            let x = self.random.below(2) as usize;
            if !self.nodes[x].down && self.nodes[x].process > 0 {
                self.crash(x)?;
            }
        }
        if self.chance(self.faults.clock_jump) {
            self.tally.clock_jumps += 1;
            let jump = self.random.below(20_000) * MS;
            let node = &mut self.nodes[x];
            let back = self.random.below(2) == 0;
            node.clock = if back { node.clock.saturating_sub(jump) } else { node.clock + jump };
            node.timer = None;
            return self.drain(x);
        }
        if self.chance(self.faults.replay) && !self.old_requests.is_empty() {
            self.tally.replays += 1;
            let n = self.random.below(self.old_requests.len() as u64) as usize;
            let (from, user_data) = self.old_requests[n].clone();
            self.connection(from);
            let conn = self.conns.len() - 1;
            self.conns[conn].open[from] = false;
            self.request(conn, 1 - from, user_data)?;
            return self.drain(1 - from);
        }
        if self.faults.backup > 0 && self.random.below(40) == 0 {
            let node = &mut self.nodes[x];
            if !node.down && node.stored > 0 {
                node.backup = Some((node.journal[..node.stored].to_vec(), node.committed as usize));
            }
        }
        Ok(())
    }

    fn connection(&mut self, maker: usize) {
        self.conns.push(Conn {
            names: [None, None],
            open: [maker == 0, maker == 1],
            queues: [VecDeque::new(), VecDeque::new()],
            last: [0, 0],
            dead: false,
            deaf: false,
            paused: [false; 2],
            maker,
        });
    }

    fn find(&self, x: usize, name: Connection) -> Option<usize> {
        match name {
            Connection::Incoming(n) => Some(n as usize),
            Connection::Outgoing(_) => {
                self.conns.iter().rposition(|conn| conn.maker == x && conn.names[x] == Some(name))
            }
        }
    }

    /// Carries out what the engine wants.
    fn drain(&mut self, x: usize) -> Done {
        while let Some(effect) = self.nodes[x].engine.as_mut().and_then(Dialogue::poll_effect) {
            match effect {
                Effect::Append(record) => self.nodes[x].journal.push(record),
                Effect::Sync(token) => self.sync(x, token),
                Effect::Connect { connection, user_data } => {
                    self.tally.connections += 1;
                    self.connection(x);
                    let conn = self.conns.len() - 1;
                    self.conns[conn].names[x] = Some(connection);
                    self.old_requests.push((x, user_data.clone()));
                    if self.chance(self.faults.connect_lost) {
                        self.tally.connects_lost += 1;
                        self.conns[conn].dead = self.random.below(2) == 0;
                        self.conns[conn].last[x] = self.time + self.random.below(15_000) * MS;
                    }
                    self.send(conn, x, Wire::Connect(user_data));
                }
                Effect::Accept { connection, user_data } => self.tell(x, connection, Wire::Accept(user_data)),
                Effect::Refuse { connection, user_data } => {
                    let status = Block::decode(&user_data, Seal::Checksum).map(|(block, _)| block.status);
                    match status {
                        Ok(crate::Status::Collision) => self.tally.collisions += 1,
                        Ok(crate::Status::Stale) => self.tally.stale += 1,
                        _ => {}
                    }
                    self.tell(x, connection, Wire::Refuse(user_data));
                    if let Some(conn) = self.find(x, connection) {
                        self.conns[conn].open[x] = false;
                    }
                }
                Effect::Send { connection, primitive } => {
                    match primitive {
                        Primitive::Interrupt => self.tally.idle_closes += 1,
                        Primitive::End => self.tally.activities_ended += 1,
                        _ => {}
                    }
                    let data = matches!(primitive, Primitive::Data(_));
                    let last = matches!(primitive, Primitive::ReleaseConfirm(_));
                    self.tell(x, connection, Wire::Service(primitive));
                    let Some(conn) = self.find(x, connection) else { continue };
                    if last {
                        self.conns[conn].open[x] = false;
                    }
                    if data && self.conns[conn].queues[x].len() > 16 {
                        let now = self.now(x);
                        self.engine(x)?.set_writable(connection, false, now);
                    }
                }
                Effect::Pause(connection) | Effect::Unpause(connection) => {
                    if let Some(conn) = self.find(x, connection) {
                        let pause = effect == Effect::Pause(connection);
                        self.tally.pauses += u64::from(pause);
                        self.conns[conn].paused[x] = pause;
                    }
                }
                Effect::Disconnect { connection, user_data } => {
                    let superseded =
                        user_data.as_ref().and_then(|data| Block::decode(data, Seal::Checksum).ok());
                    if superseded.is_some_and(|(block, _)| block.status == crate::Status::Superseded) {
                        self.tally.superseded += 1;
                    }
                    let cause = user_data.map_or(Cause::Lost, Cause::Aborted);
                    self.tell(x, connection, Wire::End(cause));
                    if let Some(conn) = self.find(x, connection) {
                        self.conns[conn].open[x] = false;
                    }
                }
            }
        }
        self.check()?;
        if let Some((at, _)) = self.nodes[x].engine.as_ref().and_then(Dialogue::next_timeout) {
            if at <= self.now(x) && self.nodes[x].engine.as_ref().is_some_and(|engine| engine.now >= at) {
                return Err(conduct(format!("a deadline that was met stays: {}", self.picture())));
            }
            let at = at.as_nanos().saturating_sub(self.nodes[x].clock).max(self.time);
            if self.nodes[x].timer.is_none_or(|planned| at < planned) {
                self.nodes[x].timer = Some(at);
                let process = self.nodes[x].process;
                self.plan(at, Happening::Timer { x, process });
            }
        }
        Ok(())
    }

    fn tell(&mut self, x: usize, connection: Connection, wire: Wire) {
        if let Some(conn) = self.find(x, connection)
            && self.conns[conn].open[x]
        {
            self.send(conn, x, wire);
        }
    }

    fn sync(&mut self, x: usize, token: Token) {
        let process = self.nodes[x].process;
        let upto = self.nodes[x].journal.len();
        let mut delay = 100_000 + self.random.below(3_000_000);
        if self.chance(self.faults.slow_disk) {
            self.tally.stalls += 1;
            delay = self.random.below(45_000) * MS;
        }
        if self.chance(self.faults.disk_failure) {
            self.tally.disk_failures += 1;
            self.plan(self.time + delay, Happening::DiskFails { x, process });
        } else {
            self.plan(self.time + delay, Happening::Stored { x, process, token, upto });
        }
    }

    /// The application: sends, listens, commits, now and then.
    fn app(&mut self, x: usize) -> Done {
        let pause = 1 + self.random.below(self.nodes[x].eager * 4);
        self.plan(self.time + pause * MS, Happening::App { x });
        if self.nodes[x].engine.is_none() {
            return Ok(());
        }
        if self.closing
            && self.calm
            && self.nodes[x].engine.as_ref().is_some_and(|engine| engine.life == Life::Open)
        {
            // A crash forgets the wish to close; the application repeats it.
            let now = self.now(x);
            self.engine(x)?.close(now).map_err(|error| conduct(error.to_string()))?;
        }
        if !self.closing {
            for _ in 0..self.random.below(5) {
                self.send_one(x)?;
            }
        }
        for _ in 0..self.random.below(12) {
            let Some(event) = self.engine(x)?.poll_event() else { break };
            self.hear(x, event)?;
        }
        let handed = self.engine(x)?.inbox.handed;
        if handed > self.nodes[x].committed && self.random.below(3) > 0 {
            let position = handed - self.random.below(handed - self.nodes[x].committed);
            let now = self.now(x);
            // Its own store first.
            self.nodes[x].committed = position;
            self.engine(x)?.commit(position, now).map_err(|error| conduct(error.to_string()))?;
        }
        self.drain(x)?;
        if self.random.below(200) == 0 && self.nodes[x].config.durability != Durability::MemoryOnly {
            // The journal is compacted: what was appended is durable with it.
            self.tally.snapshots += 1;
            let journal = self.engine(x)?.snapshot();
            self.nodes[x].stored = journal.len();
            self.nodes[x].journal = journal;
        }
        Ok(())
    }

    fn send_one(&mut self, x: usize) -> Done {
        if self.nodes[x].budget == 0 {
            return Ok(());
        }
        let serial = self.nodes[x].serial;
        let size = self.random.below(40);
        let now = self.now(x);
        match self.engine(x)?.send(payload(x, serial, size), now) {
            Ok(position) => {
                let node = &mut self.nodes[x];
                node.budget -= 1;
                node.serial += 1;
                node.log.push(serial);
                if position != node.log.len() as u64 {
                    return Err(conduct(format!("{x} numbers message {position}, it is {}", node.log.len())));
                }
                self.drain(x)
            }
            Err(error) if error.kind() == osisession_proto::ErrorKind::WouldBlock => {
                self.tally.blocked += 1;
                Ok(())
            }
            Err(_) if self.faults.backup > 0 || self.removed.is_some() => Ok(()),
            Err(error) => Err(conduct(error.to_string())),
        }
    }

    fn hear(&mut self, x: usize, event: Event) -> Done {
        match event {
            Event::Message { position, data } => {
                self.tally.delivered += 1;
                if let Some(held) = self.diverged {
                    return match position <= held[x] {
                        true => Ok(()),
                        false => Err(promise(
                            "a message was delivered although one side had lost what the other has",
                        )),
                    };
                }
                let serial = serial_of(&data);
                let sent = self.nodes[1 - x].log.get(position as usize - 1).copied();
                if sent != Some(serial) || usize::from(data[0]) != 1 - x {
                    return Err(promise(format!(
                        "P1: {x} got {serial} as {position}, the peer had accepted {sent:?}"
                    )));
                }
                let node = &mut self.nodes[x];
                if position as usize == node.got.len() + 1 {
                    node.got.push(serial);
                } else if position as usize > node.got.len() {
                    return Err(promise(format!("P1: {x} got {position} after {}", node.got.len())));
                } else if position <= node.committed_told {
                    return Err(promise(format!("{x} got {position} again, it had committed it")));
                }
                Ok(())
            }
            Event::Accepted(position) => {
                self.nodes[x].accepted = position;
                Ok(())
            }
            Event::Committed(position) => {
                self.nodes[x].committed_told = position;
                Ok(())
            }
            Event::Broken { status, .. } => {
                if self.faults.backup > 0 || self.removed.is_some() {
                    return Ok(());
                }
                Err(conduct(format!("{x} is broken: {status}; {}", self.picture())))
            }
            Event::Stopped(why)
                if why != Stop::Storage && self.removed.is_none() && self.diverged.is_none() =>
            {
                Err(conduct(format!("{x} stopped: {why:?}")))
            }
            Event::Violation(error) if self.removed.is_none() => Err(conduct(format!("{x}: {error}"))),
            Event::Stopped(_)
            | Event::Violation(_)
            | Event::Confirmed(_)
            | Event::Writable
            | Event::Connecting { .. }
            | Event::Connected { .. }
            | Event::Detached { .. }
            | Event::Overdue
            | Event::StorageStalled
            | Event::PeerClosing
            | Event::Closed
            | Event::Forget => Ok(()),
        }
    }

    /// P1 and P2, as far as they can be seen at any moment.
    fn check(&mut self) -> Done {
        if self.diverged.is_some() {
            return Ok(());
        }
        for x in 0..2 {
            let (own, peer) = (&self.nodes[x], &self.nodes[1 - x]);
            let Some(receiver) = &peer.engine else { continue };
            let stored = receiver.inbox.durable;
            if stored > own.log.len() as u64 && !own.down {
                return Err(promise(format!(
                    "P1: {} holds {stored}, {x} remembers {}",
                    1 - x,
                    own.log.len()
                )));
            }
            for (position, data) in receiver.inbox.waiting() {
                let sent = own.log.get(position as usize - 1).copied();
                if position <= stored && !own.down && sent != Some(serial_of(data)) {
                    return Err(promise(format!(
                        "P1: {} holds {data:?} as {position}, {x} accepted {sent:?}",
                        1 - x
                    )));
                }
            }
            if let Some(sender) = &own.engine
                && sender.outbox.confirmed > stored
            {
                let confirmed = sender.outbox.confirmed;
                return Err(promise(format!(
                    "P2: {x} holds {confirmed} as confirmed, the peer has {stored}"
                )));
            }
        }
        Ok(())
    }
}
