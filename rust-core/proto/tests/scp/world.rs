//! Two stacks of session control and NSP on a network that loses, doubles and reorders, on virtual time, under a seed.
use bytes::Bytes;
use osisession_proto::Instant;
use osisession_proto::scp::nsp::{self, FlowControl, Nsp, Packet};
use osisession_proto::scp::session::{self, ConnectOptions, Event, Received, SessionControl};
use osisession_proto::scp::{EndUser, Limits, LinkId, NodeAddress, Object, Reason};
use osisession_proto::time::Duration;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

/// A small generator: the same seed, the same run.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit.max(1)
    }

    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What the network does and what the users want.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) loss: u64,
    pub(crate) double: u64,
    pub(crate) jitter_millis: u64,
    pub(crate) links: usize,
    pub(crate) messages: u64,
    pub(crate) largest: u64,
    /// Percent of links that are aborted at some time.
    pub(crate) aborts: u64,
    pub(crate) flow_control: [FlowControl; 2],
    pub(crate) segment: [u16; 2],
    pub(crate) limits: Limits,
    /// Percent of user turns in which nothing is received.
    pub(crate) lazy: u64,
}

impl Default for Scene {
    fn default() -> Scene {
        Scene {
            loss: 10,
            double: 5,
            jitter_millis: 80,
            links: 6,
            messages: 40,
            largest: 3_000,
            aborts: 0,
            flow_control: [FlowControl::None; 2],
            segment: [559; 2],
            limits: Limits::default(),
            lazy: 20,
        }
    }
}

/// The content of a message that everybody can compute.
pub(crate) fn message(pair: u32, caller: bool, index: u64, largest: u64) -> Bytes {
    let mut random = Random::new(u64::from(pair) << 24 ^ index << 1 ^ u64::from(caller));
    random.next();
    let length = match random.below(10) {
        0 => 0,
        1 => random.below(4),
        _ => random.below(largest + 1),
    };
    (0..length).map(|_| random.next() as u8).collect::<Vec<u8>>().into()
}

fn interrupt(pair: u32, caller: bool, index: u64) -> Bytes {
    let mut octets = vec![u8::from(caller)];
    octets.extend_from_slice(&pair.to_le_bytes());
    octets.extend_from_slice(&index.to_le_bytes());
    octets.into()
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Rejected(Reason, Bytes),
    Disconnected(Reason, Bytes),
    Closed,
}

pub(crate) struct Talk {
    pub(crate) pair: u32,
    pub(crate) caller: bool,
    pub(crate) open: bool,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) interrupts_sent: u64,
    pub(crate) interrupts_received: u64,
    pub(crate) ending: bool,
    pub(crate) abort_at: Option<u64>,
    pub(crate) end: Option<End>,
}

struct Stack {
    address: NodeAddress,
    control: SessionControl,
    nsp: Nsp,
    talks: BTreeMap<LinkId, Talk>,
    done: Vec<Talk>,
    readable: VecDeque<LinkId>,
    next_turn: Instant,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Delivery(core::cmp::Reverse<(Instant, u64)>, usize, Vec<u8>, bool);

pub(crate) struct World {
    scene: Scene,
    random: Random,
    now: Instant,
    stacks: [Stack; 2],
    network: BinaryHeap<Delivery>,
    count: u64,
    to_call: usize,
    pairs: u32,
    pub(crate) wakeups: u64,
}

pub(crate) struct Outcome {
    pub(crate) done: Vec<Talk>,
    pub(crate) counters: [nsp::Counters; 2],
    pub(crate) elapsed: Duration,
}

impl World {
    pub(crate) fn new(scene: Scene, seed: u64) -> World {
        let mut random = Random::new(seed);
        let mut stack = |index: usize| {
            let mut control = SessionControl::new(
                // Only its limits matter here.
                session_config(&scene.limits),
            );
            control.listen(Object::named("TALK")).expect("an object");
            let mut config = nsp::Config::default();
            config.limits = scene.limits.clone();
            config.flow_control = scene.flow_control[index];
            config.receive_segment = scene.segment[index];
            config.send_segment = 1_400;
            Stack {
                address: NodeAddress::new(1, 1 + index as u16).expect("an address"),
                control,
                nsp: Nsp::new(config, random.next() as u16),
                talks: BTreeMap::new(),
                done: Vec::new(),
                readable: VecDeque::new(),
                next_turn: Instant::ZERO,
            }
        };
        let stacks = [stack(0), stack(1)];
        World {
            to_call: scene.links,
            scene,
            random,
            now: Instant::ZERO,
            stacks,
            network: BinaryHeap::new(),
            count: 0,
            pairs: 0,
            wakeups: 0,
        }
    }

    /// Runs until every link is closed.
    pub(crate) fn run(mut self) -> Outcome {
        let limit = Instant::ZERO + Duration::from_secs(4 * 3_600);
        loop {
            self.settle();
            let idle = self.to_call == 0
                && self.stacks.iter().all(|stack| {
                    stack.talks.is_empty() && stack.nsp.links() == 0 && stack.control.ports() == 0
                });
            if idle && self.network.is_empty() {
                break;
            }
            let next = self
                .stacks
                .iter()
                .flat_map(|stack| {
                    [stack.nsp.next_timeout(), stack.control.next_timeout(), Some(stack.next_turn)]
                })
                .chain([self.network.peek().map(|delivery| delivery.0.0.0)])
                .flatten()
                .min()
                .expect("users always have a next turn");
            assert!(next < limit, "not over after four hours: {}", self.describe());
            self.now = self.now.max(next);
            self.wakeups += 1;
            self.deliver();
            for index in 0..2 {
                let stack = &mut self.stacks[index];
                stack.nsp.handle_timeout(self.now);
                stack.control.handle_timeout(self.now);
                if stack.next_turn <= self.now {
                    self.turn(index);
                    let pause = 1 + self.random.below(100);
                    self.stacks[index].next_turn = self.now + Duration::from_millis(pause);
                }
            }
        }
        let [mut a, b] = self.stacks;
        a.done.extend(b.done);
        Outcome {
            done: a.done,
            counters: [a.nsp.counters(), b.nsp.counters()],
            elapsed: self.now - Instant::ZERO,
        }
    }

    fn describe(&self) -> String {
        self.stacks
            .iter()
            .flat_map(|stack| {
                stack.talks.iter().map(|(link, talk)| {
                    format!(
                        "{link:?} pair {} {:?} {:?} sent {} received {} stopped {}; ",
                        talk.pair,
                        stack.control.state(*link),
                        stack.nsp.state(*link),
                        talk.sent,
                        talk.received,
                        stack.nsp.is_stopped(*link),
                    )
                })
            })
            .collect()
    }

    fn settle(&mut self) {
        for index in 0..2 {
            loop {
                let stack = &mut self.stacks[index];
                if let Some(request) = stack.control.poll_nsp() {
                    stack.nsp.request(request, self.now);
                } else if let Some(indication) = stack.nsp.poll_indication() {
                    stack.control.nsp(indication, self.now);
                } else if let Some(packet) = stack.nsp.poll_packet() {
                    self.transmit(index, &packet);
                } else if let Some(event) = stack.control.poll_event() {
                    self.event(index, event);
                } else {
                    break;
                }
            }
        }
    }

    fn transmit(&mut self, from: usize, packet: &Packet) {
        assert_eq!(packet.destination, self.stacks[1 - from].address);
        if self.random.percent(self.scene.loss) {
            return;
        }
        let copies = if self.random.percent(self.scene.double) { 2 } else { 1 };
        for _ in 0..copies {
            let mut delay = 1 + self.random.below(self.scene.jitter_millis + 1);
            // Without jitter nothing overtakes anything.
            if self.scene.jitter_millis > 0 && self.random.percent(2) {
                delay += self.random.below(3_000);
            }
            self.count += 1;
            let at = self.now + Duration::from_millis(delay);
            self.network.push(Delivery(
                core::cmp::Reverse((at, self.count)),
                1 - from,
                packet.octets.to_vec(),
                false,
            ));
        }
    }

    fn deliver(&mut self) {
        while self.network.peek().is_some_and(|delivery| delivery.0.0.0 <= self.now) {
            let Some(Delivery(_, to, octets, returned)) = self.network.pop() else { break };
            let source = self.stacks[1 - to].address;
            self.stacks[to].nsp.received(source, returned, &octets.into(), self.now);
        }
    }

    fn event(&mut self, index: usize, event: Event) {
        let stack = &mut self.stacks[index];
        let link = event.link();
        let end = |stack: &mut Stack, end| {
            let mut talk = stack.talks.remove(&link).expect("one last event of each link");
            talk.end = Some(end);
            stack.done.push(talk);
        };
        match event {
            Event::Offered(offer) => {
                let pair = u32::from_le_bytes(offer.user_data[..4].try_into().expect("four octets"));
                stack.talks.insert(link, Talk::new(pair, false));
                if pair % 7 == 3 {
                    stack.control.reject(link, Reason::BY_END_USER, "no thanks", self.now).expect("offered");
                    stack.talks.get_mut(&link).expect("there").ending = true;
                } else {
                    stack.control.accept(link, "welcome", self.now).expect("offered");
                }
            }
            Event::Accepted { data, .. } => {
                assert_eq!(data, "welcome");
                stack.talks.get_mut(&link).expect("a talk").open = true;
            }
            Event::Running { .. } => stack.talks.get_mut(&link).expect("a talk").open = true,
            Event::Readable { .. } => stack.readable.push_back(link),
            Event::SendReady { .. } | Event::InterruptReady { .. } => {
                assert!(stack.talks.contains_key(&link), "an event after the last");
            }
            Event::Rejected { reason, data, .. } => end(stack, End::Rejected(reason, data)),
            Event::Disconnected { reason, data, error, .. } => {
                assert!(error.is_none(), "{error:?}");
                end(stack, End::Disconnected(reason, data));
            }
            Event::Closed { .. } => end(stack, End::Closed),
        }
    }

    /// A user does something.
    fn turn(&mut self, index: usize) {
        if self.to_call > 0 && self.random.percent(30) {
            self.to_call -= 1;
            self.pairs += 1;
            let pair = self.pairs;
            let destination = self.stacks[1 - index].address;
            let options = ConnectOptions {
                user_data: Some(pair.to_le_bytes().to_vec().into()),
                ..ConnectOptions::default()
            };
            let stack = &mut self.stacks[index];
            let link = stack
                .control
                .connect(destination, EndUser::named("talk"), options, self.now)
                .expect("there is room");
            let mut talk = Talk::new(pair, true);
            if self.random.percent(self.scene.aborts) {
                talk.abort_at = Some(self.random.below(self.scene.messages * 2));
            }
            stack.talks.insert(link, talk);
        }
        self.receive(index);
        let (now, scene) = (self.now, &self.scene);
        let stack = &mut self.stacks[index];
        for (link, talk) in &mut stack.talks {
            if !talk.open || talk.ending {
                continue;
            }
            if talk.abort_at.is_some_and(|at| talk.sent + talk.received >= at) {
                talk.ending = stack.control.abort(*link, "enough", now).is_ok();
                continue;
            }
            while talk.sent < scene.messages {
                let next = message(talk.pair, talk.caller, talk.sent, scene.largest);
                if stack.control.send(*link, next, now).is_err() {
                    break;
                }
                talk.sent += 1;
            }
            if self.random.percent(20) {
                let octets = interrupt(talk.pair, talk.caller, talk.interrupts_sent);
                if stack.control.interrupt(*link, octets, now).is_ok() {
                    talk.interrupts_sent += 1;
                }
            }
            // The last receiver disconnects: here the caller, when it has everything.
            if talk.caller && talk.sent == scene.messages && talk.received == scene.messages {
                stack.control.disconnect(*link, "done", now).expect("open");
                talk.ending = true;
            }
        }
    }

    fn receive(&mut self, index: usize) {
        for _ in 0..self.stacks[index].readable.len() {
            let stack = &mut self.stacks[index];
            let Some(link) = stack.readable.pop_front() else { break };
            if self.random.percent(self.scene.lazy) {
                stack.readable.push_back(link);
                continue;
            }
            while let Ok(Some(received)) = stack.control.receive(link, self.now) {
                let talk = stack.talks.get_mut(&link).expect("nothing comes after the last event");
                match received {
                    Received::Message(octets) => {
                        let expected = message(talk.pair, !talk.caller, talk.received, self.scene.largest);
                        assert_eq!(octets, expected, "message {} of pair {}", talk.received, talk.pair);
                        talk.received += 1;
                    }
                    Received::Interrupt(octets) => {
                        assert_eq!(octets, interrupt(talk.pair, !talk.caller, talk.interrupts_received));
                        talk.interrupts_received += 1;
                    }
                }
            }
        }
    }
}

pub(crate) fn session_config(limits: &Limits) -> session::Config {
    let mut config = session::Config::default();
    config.limits = limits.clone();
    config
}

impl Talk {
    fn new(pair: u32, caller: bool) -> Talk {
        Talk {
            pair,
            caller,
            open: false,
            sent: 0,
            received: 0,
            interrupts_sent: 0,
            interrupts_received: 0,
            ending: false,
            abort_at: None,
            end: None,
        }
    }
}
