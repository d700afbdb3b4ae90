//! The rules of the checked model, written from their meaning: what each node may do, and what comes of it. The model itself
//! stands in `rust-core/testkit/data/dialogue`; `compare.rs` has Python check that this one takes only steps that it has.
use std::fmt::Write;

use super::net::Net;

/// A message: who accepted it, and as the how-manieth.
pub(super) type Message = (u8, u8);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Request { epoch: u64, rcv: u64 },
    Accept { rcv: u64 },
    Refuse { epoch: u64 },
    Data(Message),
    Point { rcv: u64 },
    Answer { rcv: u64 },
    End,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) log: Vec<Message>,
    pub(super) log_volatile: Vec<Message>,
    pub(super) inbox: Vec<Message>,
    pub(super) inbox_volatile: Vec<Message>,
    pub(super) confirmed: u64,
    pub(super) epoch: u64,
    /// 0 detached, 1 connecting, 2 up.
    pub(super) stage: u8,
    pub(super) conn: Option<u64>,
    pub(super) sent: u64,
    pub(super) point_open: bool,
    pub(super) answer_owed: bool,
    pub(super) advertised: u64,
    pub(super) taken: u8,
    pub(super) crashes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Take(usize),
    SyncOut(usize),
    SyncIn(usize),
    Connect(usize),
    Data(usize),
    Point(usize),
    Answer(usize),
    Receive(u64, usize),
}

#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) nodes: [Node; 2],
    pub(super) net: Net<Item>,
    pub(super) breaks: u64,
}

impl Node {
    fn leave(&mut self) {
        self.inbox_volatile.clear();
        self.stage = 0;
        self.conn = None;
        self.sent = 0;
        self.point_open = false;
        self.answer_owed = false;
        self.advertised = 0;
    }

    fn stored_in(&self) -> u64 {
        self.inbox.len() as u64
    }
}

impl Model {
    pub(super) fn new() -> Model {
        Model { nodes: [Node::default(), Node::default()], net: Net::new(), breaks: 0 }
    }

    /// Takes a step; `false` if the rules do not allow it now.
    #[must_use]
    pub(super) fn step(&mut self, step: Step) -> bool {
        match step {
            Step::Take(x) => {
                let node = &mut self.nodes[x];
                node.log_volatile.push((x as u8, node.taken));
                node.taken += 1;
                true
            }
            Step::SyncOut(x) => {
                let node = &mut self.nodes[x];
                let some = !node.log_volatile.is_empty();
                node.log.append(&mut node.log_volatile);
                some
            }
            Step::SyncIn(x) => {
                let node = &mut self.nodes[x];
                let some = !node.inbox_volatile.is_empty();
                node.inbox.append(&mut node.inbox_volatile);
                some
            }
            Step::Connect(x) => {
                let node = &mut self.nodes[x];
                if node.stage != 0 {
                    return false;
                }
                node.epoch += 1;
                node.stage = 1;
                node.inbox_volatile.clear();
                let request = Item::Request { epoch: node.epoch, rcv: node.stored_in() };
                node.conn = Some(self.net.connect(x, request));
                true
            }
            Step::Data(x) => {
                let node = &mut self.nodes[x];
                let (Some(conn), true) = (node.conn, node.stage == 2 && node.sent < node.log.len() as u64)
                else {
                    return false;
                };
                let message = node.log[node.sent as usize];
                node.sent += 1;
                self.net.push(conn, x, Item::Data(message));
                true
            }
            Step::Point(x) => {
                let node = &mut self.nodes[x];
                let news = node.sent > node.confirmed || node.stored_in() > node.advertised;
                let (Some(conn), true) = (node.conn, x == 0 && node.stage == 2 && !node.point_open && news)
                else {
                    return false;
                };
                node.point_open = true;
                node.advertised = node.stored_in();
                let item = Item::Point { rcv: node.stored_in() };
                self.net.push(conn, x, item);
                true
            }
            Step::Answer(x) => {
                let node = &mut self.nodes[x];
                let ready = node.stage == 2 && node.answer_owed && node.inbox_volatile.is_empty();
                let (Some(conn), true) = (node.conn, ready) else { return false };
                node.answer_owed = false;
                let item = Item::Answer { rcv: node.stored_in() };
                self.net.push(conn, x, item);
                true
            }
            Step::Receive(conn, x) => self.receive(conn, x),
        }
    }

    fn receive(&mut self, conn: u64, x: usize) -> bool {
        let Some(at) = self.net.index(conn) else { return false };
        let attached = self.net.conns[at].attached[x];
        let calling = self.net.conns[at].maker == x;
        let Some(item) = self.net.pop(conn, x) else { return false };
        if !attached {
            return !calling
                && match item {
                    Item::Request { epoch, rcv } => {
                        self.request(conn, x, epoch, rcv);
                        true
                    }
                    Item::End => {
                        self.net.forget_if_over(conn);
                        true
                    }
                    _ => false,
                };
        }
        let current = self.nodes[x].conn == Some(conn);
        let node = &mut self.nodes[x];
        match item {
            Item::Request { .. } => return false,
            Item::End => {
                self.net.detach(conn, x, Item::End);
                if current {
                    node.leave();
                }
            }
            Item::Refuse { epoch } => {
                self.net.detach(conn, x, Item::End);
                if current {
                    node.leave();
                    node.epoch = node.epoch.max(epoch);
                }
            }
            Item::Accept { rcv } => {
                if current && node.stage == 1 {
                    node.stage = 2;
                    node.sent = rcv;
                    node.confirmed = node.confirmed.max(rcv);
                    node.advertised = node.stored_in();
                }
            }
            Item::Data(message) => {
                if current && node.stage == 2 {
                    node.inbox_volatile.push(message);
                }
            }
            Item::Point { rcv } => {
                if current {
                    node.confirmed = node.confirmed.max(rcv);
                    node.answer_owed = true;
                }
            }
            Item::Answer { rcv } => {
                if current {
                    node.confirmed = node.confirmed.max(rcv);
                    node.point_open = false;
                }
            }
        }
        true
    }

    fn request(&mut self, conn: u64, x: usize, epoch: u64, rcv: u64) {
        let node = &mut self.nodes[x];
        let own_attempt_lost = epoch == node.epoch && node.stage == 1 && x == 1;
        let stale = epoch <= node.epoch && !own_attempt_lost;
        let collision = node.stage == 1 && x == 0;
        if stale || collision {
            self.net.refuse(conn, x, Item::Refuse { epoch: node.epoch });
            return;
        }
        if node.stage != 0 {
            if let Some(old) = node.conn {
                self.net.detach(old, x, Item::End);
            }
            node.leave();
        }
        self.net.attach(conn, x);
        node.epoch = epoch;
        node.stage = 2;
        node.conn = Some(conn);
        node.sent = rcv;
        node.confirmed = node.confirmed.max(rcv);
        node.point_open = false;
        node.answer_owed = false;
        node.advertised = node.stored_in();
        node.inbox_volatile.clear();
        self.net.push(conn, x, Item::Accept { rcv: node.stored_in() });
    }

    /// Node `x` crashes; of what it had sent on each connection a prefix goes on its way.
    pub(super) fn crash(&mut self, x: usize, keep: &[(u64, usize)]) {
        for &(conn, keep) in keep {
            self.net.cut(conn, x, keep);
            self.net.detach(conn, x, Item::End);
        }
        let node = &mut self.nodes[x];
        node.leave();
        node.log_volatile.clear();
        node.crashes += 1;
    }

    pub(super) fn break_off(&mut self, conn: u64, keep: [usize; 2]) {
        self.net.break_off(conn, keep, || Item::End);
        self.breaks += 1;
    }

    /// P1 and P2.
    pub(super) fn check(&self) -> Result<(), String> {
        for x in 0..2 {
            let (own, peer) = (&self.nodes[x], &self.nodes[1 - x]);
            let accepted: Vec<_> = own.log.iter().chain(&own.log_volatile).copied().collect();
            if !accepted.starts_with(&peer.inbox) {
                return Err(format!(
                    "P1: inbox of {} is {:?}, accepted were {accepted:?}",
                    1 - x,
                    peer.inbox
                ));
            }
            if own.confirmed > peer.stored_in() {
                return Err(format!(
                    "P2: {x} holds {} as confirmed, the peer has {}",
                    own.confirmed,
                    peer.stored_in()
                ));
            }
        }
        Ok(())
    }

    /// The state as the model in Python writes it.
    pub(super) fn python(&self) -> String {
        let mut out = String::from("((");
        for node in &self.nodes {
            let list = |messages: &[Message]| {
                messages.iter().fold(String::from("("), |text, (x, n)| text + &format!("({x},{n}),")) + ")"
            };
            let _ = write!(
                out,
                "({},{},{},{},{},{},{},{},{},{},{},{},{},{}),",
                list(&node.log),
                list(&node.log_volatile),
                list(&node.inbox),
                list(&node.inbox_volatile),
                node.confirmed,
                node.epoch,
                node.stage,
                node.conn.map_or(-1, |conn| conn as i64),
                node.sent,
                u8::from(node.point_open),
                u8::from(node.answer_owed),
                node.advertised,
                node.taken,
                node.crashes,
            );
        }
        out.push_str("),(");
        for conn in &self.net.conns {
            let _ = write!(out, "({},{},(", conn.id, conn.maker);
            for channel in &conn.channels {
                out.push('(');
                for item in channel {
                    let _ = match item {
                        Item::Request { epoch, rcv } => write!(out, "('CN',{epoch},{rcv}),"),
                        Item::Accept { rcv } => write!(out, "('AC',{rcv}),"),
                        Item::Refuse { epoch } => write!(out, "('RF',{epoch}),"),
                        Item::Data((x, n)) => write!(out, "('DT',({x},{n})),"),
                        Item::Point { rcv } => write!(out, "('MIP',{rcv}),"),
                        Item::Answer { rcv } => write!(out, "('MIA',{rcv}),"),
                        Item::End => write!(out, "('EOF',),"),
                    };
                }
                out.push_str("),");
            }
            let _ = write!(out, "),({},{})),", u8::from(conn.attached[0]), u8::from(conn.attached[1]));
        }
        let _ = write!(out, "),{},{})", self.net.made, self.breaks);
        out
    }
}
