//! Whole nodes: circuit, NSP and session control together.
use crate::world::{Random, message};
use bytes::{Bytes, BytesMut};
use osisession_proto::scp::nsp::FlowControl;
use osisession_proto::scp::routing::control::Control;
use osisession_proto::scp::{
    AccessControl, ConnectOptions, EndUser, Event, LinkId, Medium, Node, NodeAddress, NodeConfig, NodeEvent,
    NodeName, Object, Reason, Received, multinet,
};
use osisession_proto::time::Duration;
use osisession_proto::{ErrorKind, Instant};
use osisession_testkit::tsv;
use std::collections::VecDeque;

fn address(text: &str) -> NodeAddress {
    text.parse().expect("an address")
}

fn config(at: &str, medium: Medium) -> NodeConfig {
    NodeConfig::new(address(at), medium)
}

/// Two nodes and what lies between them.
struct Wire {
    nodes: [Node; 2],
    /// Octets under way, by receiver: a stream, or datagrams.
    streams: [BytesMut; 2],
    datagrams: [VecDeque<Bytes>; 2],
    medium: Medium,
    now: Instant,
    random: Random,
    loss: u64,
    cut: bool,
    events: [Vec<NodeEvent>; 2],
}

impl Wire {
    fn new(configs: [NodeConfig; 2], seed: u64) -> Wire {
        let medium = configs[0].medium;
        let nodes = configs.map(|config| Node::new(config).expect("a node"));
        let mut wire = Wire {
            nodes,
            streams: Default::default(),
            datagrams: Default::default(),
            medium,
            now: Instant::from_millis(10),
            random: Random::new(seed),
            loss: 0,
            cut: false,
            events: Default::default(),
        };
        wire.connect();
        wire
    }

    fn connect(&mut self) {
        self.cut = false;
        self.streams = Default::default();
        for node in &mut self.nodes {
            node.network_connected(self.now);
        }
    }

    fn disconnect(&mut self) {
        self.cut = true;
        for node in &mut self.nodes {
            node.network_closed(None, self.now);
        }
    }

    /// Moves octets until nothing moves.
    fn flow(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            for index in 0..2 {
                while let Some(octets) = self.nodes[index].poll_output() {
                    moved = true;
                    assert!(!self.cut, "output without a network");
                    if self.random.percent(self.loss) {
                        continue;
                    }
                    match self.medium {
                        Medium::MultinetTcp => self.streams[1 - index].extend_from_slice(&octets),
                        Medium::MultinetUdp | Medium::Ethernet => self.datagrams[1 - index].push_back(octets),
                    }
                }
                // A stream comes in pieces of any size.
                let mut waiting = core::mem::take(&mut self.streams[index]);
                let mut stream = BytesMut::new();
                while !waiting.is_empty() {
                    moved = true;
                    let length = 1 + self.random.below(700.min(waiting.len() as u64)) as usize;
                    stream.unsplit(waiting.split_to(length.min(waiting.len())));
                    self.nodes[index].received(&mut stream, self.now);
                }
                assert!(stream.is_empty(), "half a packet was sent");
                while let Some(datagram) = self.datagrams[index].pop_front() {
                    moved = true;
                    self.nodes[index].datagram(&datagram, self.now);
                }
                while let Some(event) = self.nodes[index].poll_event() {
                    self.events[index].push(event);
                }
            }
        }
    }

    /// Lets the next deadline come; false if there is none within a time.
    fn wait(&mut self, at_most: Duration) -> bool {
        let next = self.nodes.iter().filter_map(Node::next_timeout).min();
        match next {
            Some(next) if next <= self.now + at_most => {
                self.now = self.now.max(next);
                for node in &mut self.nodes {
                    node.handle_timeout(self.now);
                }
                self.flow();
                true
            }
            _ => false,
        }
    }

    fn take(&mut self, index: usize) -> Vec<NodeEvent> {
        core::mem::take(&mut self.events[index])
    }

    fn links(&mut self, index: usize) -> Vec<Event> {
        self.take(index)
            .into_iter()
            .filter_map(|event| match event {
                NodeEvent::Link(event) => Some(event),
                NodeEvent::CircuitUp(_) | NodeEvent::CircuitDown(_) => None,
            })
            .collect()
    }

    /// A link from node 0 to object 200 of node 1, open at both ends.
    fn open(&mut self) -> [LinkId; 2] {
        self.nodes[1].listen(Object::numbered(200)).expect("an object");
        let destination = self.nodes[1].address();
        let (user, now) = (EndUser::Number(200), self.now);
        let ours = self.nodes[0].connect(destination, user, ConnectOptions::default(), now).expect("room");
        self.flow();
        let offers = self.links(1);
        let [Event::Offered(offer)] = &offers[..] else { panic!("{offers:?}") };
        assert_eq!(offer.node, self.nodes[0].address());
        self.nodes[1].accept(offer.link, "yes", self.now).expect("offered");
        self.flow();
        let answer = self.links(0);
        assert!(matches!(&answer[..], [Event::Accepted { data, .. }] if data == "yes"), "{answer:?}");
        assert!(matches!(self.links(1)[..], [Event::Running { .. }]));
        [ours, offer.link]
    }
}

fn pair(medium: Medium) -> [NodeConfig; 2] {
    [config("1.1", medium), config("1.2", medium)]
}

#[test]
fn two_nodes_talk_over_every_medium() {
    for medium in [Medium::MultinetTcp, Medium::MultinetUdp, Medium::Ethernet] {
        let mut wire = Wire::new(pair(medium), 1);
        wire.flow();
        assert!(wire.nodes.iter().all(Node::is_up), "{medium:?}");
        assert!(wire.take(0).iter().any(|event| matches!(event, NodeEvent::CircuitUp(_))));
        wire.take(1);
        let [a, b] = wire.open();
        for (index, link) in [(0, a), (1, b)] {
            for number in 0..200 {
                let message = message(9, index == 0, number, 4_000);
                while wire.nodes[index].send(link, message.clone(), wire.now).is_err() {
                    wire.flow();
                }
            }
            wire.nodes[index].interrupt(link, "urgent", wire.now).expect("the first is free");
        }
        wire.flow();
        let mut received = [0_u64; 2];
        let mut interrupts = [0; 2];
        for _ in 0..10_000 {
            for (index, link) in [(0, a), (1, b)] {
                while let Some(got) = wire.nodes[index].receive(link, wire.now).expect("open") {
                    match got {
                        Received::Message(octets) => {
                            assert_eq!(octets, message(9, index == 1, received[index], 4_000));
                            received[index] += 1;
                        }
                        Received::Interrupt(octets) => {
                            assert_eq!(octets, "urgent");
                            interrupts[index] += 1;
                        }
                    }
                }
            }
            wire.flow();
            if received == [200, 200] || !wire.wait(Duration::from_secs(1)) {
                break;
            }
        }
        assert_eq!((received, interrupts), ([200, 200], [1, 1]), "{medium:?}");
        wire.take(0);
        wire.take(1);
        wire.nodes[0].disconnect(a, "that is all", wire.now).expect("open");
        wire.flow();
        while wire.wait(Duration::from_secs(1)) {}
        assert!(matches!(wire.links(0)[..], [Event::Closed { .. }]), "{medium:?}");
        let end = wire.links(1);
        assert!(
            matches!(&end[..], [Event::Disconnected { reason: Reason::BY_END_USER, data, .. }] if data == "that is all"),
            "{end:?}"
        );
        assert_eq!(wire.nodes.each_ref().map(Node::links), [0, 0]);
    }
}

#[test]
fn a_lossy_datagram_circuit_carries_everything() {
    for seed in 1..=60 {
        let mut configs = pair(Medium::MultinetUdp);
        for config in &mut configs {
            config.limits.transmissions = 40;
            config.limits.hello = Duration::from_secs(30);
        }
        configs[0].flow_control = FlowControl::Message;
        configs[1].demand = Some("SECRET".into());
        configs[0].verification = "SECRET".into();
        let mut wire = Wire::new(configs, seed);
        wire.flow();
        while !wire.nodes.iter().all(Node::is_up) {
            assert!(wire.wait(Duration::from_secs(60)));
        }
        wire.take(0);
        wire.take(1);
        let [a, b] = wire.open();
        wire.loss = 15;
        let mut sent = [0_u64; 2];
        let mut received = [0_u64; 2];
        while received != [60, 60] {
            for (index, link) in [(0, a), (1, b)] {
                while sent[index] < 60
                    && wire.nodes[index]
                        .send(link, message(1, index == 0, sent[index], 2_000), wire.now)
                        .is_ok()
                {
                    sent[index] += 1;
                }
                while let Some(Received::Message(octets)) =
                    wire.nodes[index].receive(link, wire.now).expect("open")
                {
                    assert_eq!(octets, message(1, index == 1, received[index], 2_000));
                    received[index] += 1;
                }
            }
            wire.flow();
            assert!(wire.wait(Duration::from_secs(60)), "{sent:?} {received:?}");
            assert!(wire.now < Instant::from_millis(3_600_000), "{sent:?} {received:?}");
        }
    }
}

/// A TCP connection that is cut at any moment, in the middle of packets too: what was under way is lost with it, and repeated. Every message
/// once and in order, and an orderly end.
#[test]
fn a_circuit_that_is_cut_again_and_again_loses_nothing() {
    let mut cuts = 0;
    for seed in 1..=60 {
        let mut configs = pair(Medium::MultinetTcp);
        for config in &mut configs {
            config.limits.transmissions = 60;
        }
        configs[seed as usize % 2].flow_control =
            [FlowControl::None, FlowControl::Segment, FlowControl::Message][seed as usize % 3];
        let mut wire = Wire::new(configs, seed);
        wire.flow();
        let [a, b] = wire.open();
        let mut sent = [0_u64; 2];
        let mut received = [0_u64; 2];
        while received != [40, 40] {
            for (index, link) in [(0, a), (1, b)] {
                let burst = wire.random.below(6);
                for _ in 0..burst {
                    let text = message(1, index == 0, sent[index], 2_000);
                    if sent[index] < 40 && wire.nodes[index].send(link, text, wire.now).is_ok() {
                        sent[index] += 1;
                    }
                }
            }
            if wire.random.percent(20) {
                cuts += 1;
                // What the nodes have written is lost; of one direction perhaps not.
                for index in 0..2 {
                    let arrives = wire.random.percent(30);
                    let mut stream = BytesMut::new();
                    while let Some(octets) = wire.nodes[index].poll_output() {
                        stream.extend_from_slice(&octets);
                    }
                    if arrives {
                        let length = wire.random.below(stream.len() as u64 + 1) as usize;
                        stream.truncate(length);
                        let now = wire.now;
                        wire.nodes[1 - index].received(&mut stream, now);
                    }
                }
                wire.disconnect();
                let down = wire.random.below(8_000);
                let until = wire.now + Duration::from_millis(down);
                while let Some(next) = wire.nodes.iter().filter_map(Node::next_timeout).min()
                    && next <= until
                {
                    assert!(wire.wait(until - wire.now));
                }
                wire.now = until;
                wire.connect();
            }
            wire.flow();
            for (index, link) in [(0, a), (1, b)] {
                while let Some(Received::Message(octets)) =
                    wire.nodes[index].receive(link, wire.now).expect("open")
                {
                    assert_eq!(octets, message(1, index == 1, received[index], 2_000), "seed {seed}");
                    received[index] += 1;
                }
            }
            wire.flow();
            assert!(wire.wait(Duration::from_secs(60)), "seed {seed}: {sent:?} {received:?}");
            assert!(wire.now < Instant::from_millis(7_200_000), "seed {seed}: {sent:?} {received:?}");
        }
        wire.links(0);
        wire.links(1);
        wire.nodes[0].disconnect(a, "bye", wire.now).expect("open");
        wire.flow();
        for _ in 0..200 {
            wire.wait(Duration::from_secs(10));
        }
        assert!(matches!(wire.links(0)[..], [.., Event::Closed { .. }]), "seed {seed}");
        assert!(matches!(&wire.links(1)[..], [.., Event::Disconnected { data, .. }] if data == "bye"));
        assert_eq!(wire.nodes.each_ref().map(Node::links), [0, 0], "seed {seed}");
    }
    assert!(cuts > 200, "{cuts}");
}

#[test]
fn links_outlive_a_circuit_that_comes_back_and_not_one_that_does_not() {
    let mut wire = Wire::new(pair(Medium::MultinetTcp), 3);
    wire.flow();
    wire.take(0);
    wire.take(1);
    let [a, b] = wire.open();
    wire.disconnect();
    wire.nodes[0].send(a, "across the gap", wire.now).expect("open");
    wire.flow();
    assert!(matches!(wire.take(0)[..], [NodeEvent::CircuitDown(_)]));
    wire.take(1);
    assert!(wire.wait(Duration::from_secs(3)));
    wire.connect();
    wire.flow();
    while wire.nodes[1].receive(b, wire.now).expect("open").is_none() {
        assert!(wire.wait(Duration::from_secs(5)));
    }
    wire.take(0);
    wire.take(1);
    // For good now.
    wire.disconnect();
    wire.nodes[0].send(a, "lost", wire.now).expect("open");
    while wire.wait(Duration::from_secs(100)) {}
    for index in 0..2 {
        let events = wire.links(index);
        assert!(
            matches!(events[..], [Event::Disconnected { reason: Reason::UNREACHABLE, .. }]),
            "{index}: {events:?}"
        );
    }
    assert_eq!(wire.nodes.each_ref().map(Node::links), [0, 0]);
}

#[test]
fn a_restart_is_noticed_by_the_peer() {
    let mut wire = Wire::new(pair(Medium::MultinetUdp), 4);
    wire.flow();
    wire.take(0);
    wire.take(1);
    let [a, _] = wire.open();
    let mut again = config("1.2", Medium::MultinetUdp);
    again.seed = 1_000;
    wire.nodes[1] = Node::new(again).expect("a node");
    wire.nodes[1].network_connected(wire.now);
    wire.nodes[0].send(a, "is anybody there", wire.now).expect("open");
    wire.flow();
    let events = wire.take(0);
    let down = events.iter().any(|event| matches!(event, NodeEvent::CircuitDown(_)));
    let up = events.iter().any(|event| matches!(event, NodeEvent::CircuitUp(_)));
    let lost = |event: &NodeEvent| {
        matches!(event, NodeEvent::Link(Event::Disconnected { reason: Reason::NO_LINK, .. }))
    };
    let gone = events.iter().any(lost);
    // The message may have gone before the restart was known; then it goes again.
    if !gone {
        while wire.wait(Duration::from_secs(3)) && wire.events[0].is_empty() {}
    }
    assert!(down && up && (gone || wire.take(0).iter().any(lost)), "{events:?}");
}

#[test]
fn verification_right_and_wrong() {
    for (given, good) in [("SECRET", true), ("secret", false), ("", false)] {
        let mut configs = pair(Medium::MultinetTcp);
        configs[0].demand = Some("SECRET".into());
        configs[1].verification = given.into();
        let mut wire = Wire::new(configs, 5);
        wire.flow();
        assert_eq!(wire.nodes[0].is_up(), good, "{given}");
        assert_eq!(wire.nodes[0].wants_restart(), !good, "{given}");
        if !good {
            match &wire.take(0)[..] {
                [NodeEvent::CircuitDown(error)] => {
                    assert_eq!(error.kind(), ErrorKind::Peer);
                    assert_eq!(error.details().pdu, Some("verification"));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_silent_neighbour_is_given_up() {
    let mut node = Node::new(config("1.2", Medium::MultinetTcp)).expect("a node");
    let start = Instant::from_millis(10);
    node.network_connected(start);
    assert!(node.poll_output().is_some());
    let deadline = node.next_timeout().expect("the init timer");
    assert_eq!(deadline - start, Duration::from_secs(10));
    node.handle_timeout(deadline);
    assert!(node.wants_restart());
    assert!(matches!(node.poll_event(), Some(NodeEvent::CircuitDown(_))));
    // What comes on the old connection is not read.
    let mut stream = BytesMut::from(&[1, 2, 3][..]);
    node.received(&mut stream, deadline);
    assert!(stream.is_empty());
    node.network_closed(None, deadline);
    node.network_connected(deadline);
    assert!(!node.wants_restart());
    let again = node.poll_output().expect("an initialization");
    assert!(matches!(Control::decode(&again.slice(4..)), Ok(Control::Initialization(_))));
}

#[test]
fn impossible_lengths_and_noise_end_the_connection_only() {
    for seed in 1..=200 {
        let mut random = Random::new(seed);
        let medium = [Medium::MultinetTcp, Medium::MultinetUdp, Medium::Ethernet][seed as usize % 3];
        let mut node = Node::new(config("1.2", medium)).expect("a node");
        let mut now = Instant::from_millis(10);
        let known: Vec<Vec<u8>> = tsv::rows(include_str!("../../../testkit/data/scp/vectors.tsv"))
            .iter()
            .filter(|row| matches!(row["layer"], "routing" | "multinet-tcp" | "ethernet" | "nsp"))
            .map(|row| tsv::octets(row["hex"]))
            .collect();
        let mut stream = BytesMut::new();
        node.network_connected(now);
        for _ in 0..400 {
            let mut octets = known[random.below(known.len() as u64) as usize].clone();
            if random.percent(50) {
                let at = random.below(octets.len() as u64) as usize;
                octets[at] = random.next() as u8;
            }
            if medium == Medium::MultinetTcp {
                if random.percent(70) {
                    octets = multinet::frame_tcp(&octets).expect("short").to_vec();
                }
                stream.extend_from_slice(&octets);
                node.received(&mut stream, now);
                assert!(stream.len() < 2_000);
            } else {
                let mut framed = vec![0; 4];
                framed.extend_from_slice(&octets);
                node.datagram(&framed.into(), now);
                node.datagram(&octets.into(), now);
            }
            while node.poll_output().is_some() {}
            if random.percent(80) {
                while node.poll_event().is_some() {}
            }
            if node.wants_restart() {
                node.network_closed(None, now);
                stream.clear();
                node.network_connected(now);
            }
            now = now + Duration::from_millis(random.below(300));
            node.handle_timeout(now);
        }
        let mut waiting = 0;
        while node.poll_event().is_some() {
            waiting += 1;
        }
        assert!(waiting <= 20, "{waiting}");
    }
}

#[test]
fn names_and_access_control_travel() {
    let mut wire = Wire::new(pair(Medium::MultinetTcp), 6);
    wire.flow();
    wire.take(1);
    let name = NodeName::new("callee").expect("a name");
    wire.nodes[0].define_node(name, address("1.2"));
    wire.nodes[1].define_node(NodeName::new("CALLER").expect("a name"), address("1.1"));
    wire.nodes[1].listen(Object::named("THING")).expect("an object");
    let options = ConnectOptions {
        source: Some(EndUser::NameWithCodes { group: 1, user: 2, name: "ME".into() }),
        access: Some(AccessControl { user: "U".into(), password: "P".into(), account: "A".into() }),
        user_data: Some("0123456789abcdef".into()),
        proxy: true,
        proxy_by_codes: true,
    };
    let link = wire.nodes[0].connect("Callee", EndUser::named("thing"), options, wire.now).expect("known");
    wire.flow();
    let offers = wire.links(1);
    let [Event::Offered(offer)] = &offers[..] else { panic!("{offers:?}") };
    assert_eq!(offer.node_name.as_ref().map(NodeName::as_str), Some("CALLER"));
    assert_eq!(offer.source.to_string(), "[1,2]\"ME\"");
    assert_eq!(offer.user_data, "0123456789abcdef");
    assert!(offer.proxy && offer.proxy_by_codes);
    wire.nodes[1].reject(offer.link, Reason::OBJECT_BUSY, "later", wire.now).expect("offered");
    wire.flow();
    let answer = wire.links(0);
    assert!(
        matches!(&answer[..], [Event::Rejected { link: rejected, reason: Reason::OBJECT_BUSY, data }]
            if *rejected == link && data == "later"),
        "{answer:?}"
    );
}

/// The exchange between two PyDECnet nodes: with what one of them sent, our node sends what the other one did, octet by octet. The
/// exception is its block size, which does not fit the segment size that it announces.
#[test]
fn a_recorded_exchange_with_a_mirror_is_repeated() {
    let rows = tsv::rows(include_str!("../../../testkit/data/scp/mirror-exchange.tsv"));
    let mut config = config("1.2", Medium::MultinetTcp);
    config.seed = 0x6d94;
    config.block_size = 580;
    let mut node = Node::new(config).expect("a node");
    let now = Instant::from_millis(10);
    let mut ours: VecDeque<Vec<u8>> = VecDeque::new();
    let take = |node: &mut Node, ours: &mut VecDeque<Vec<u8>>| {
        while let Some(octets) = node.poll_output() {
            ours.push_back(octets[4..].to_vec());
        }
    };
    node.network_connected(now);
    take(&mut node, &mut ours);
    let mut link = None;
    for row in &rows {
        let mut octets = tsv::octets(row["octets"]);
        if row["from"] == "A" {
            let mut stream = BytesMut::from(&multinet::frame_tcp(&octets).expect("short")[..]);
            node.received(&mut stream, now);
        } else {
            match row["message"] {
                "init" => octets[4..6].copy_from_slice(&580_u16.to_le_bytes()),
                "CI" => {
                    let source = Some(EndUser::named("PyDECnet"));
                    let options = ConnectOptions { source, ..ConnectOptions::default() };
                    let to = EndUser::Number(25);
                    link = Some(node.connect(address("1.1"), to, options, now).expect("room"));
                }
                "segment" => {
                    let link = link.expect("a link");
                    node.send(link, &b"\0testing 1 2 3"[..], now).expect("open");
                }
                "DI" => {
                    let link = link.expect("a link");
                    let reply = node.receive(link, now).expect("open");
                    assert_eq!(reply, Some(Received::Message(Bytes::from_static(b"\x01testing 1 2 3"))));
                    // The reply has no acknowledgement yet: it may wait, and the disconnect ends that.
                    node.disconnect(link, "", now).expect("open");
                }
                _ => {}
            }
            take(&mut node, &mut ours);
            // Our first hello goes as soon as the circuit is up, theirs when its timer says so.
            let at = ours.iter().position(|sent| *sent == octets);
            let at =
                at.unwrap_or_else(|| panic!("{}: expected {octets:02x?}, have {ours:02x?}", row["message"]));
            ours.remove(at);
        }
        take(&mut node, &mut ours);
    }
    assert!(ours.is_empty(), "{ours:02x?}");
    let events: Vec<_> = core::iter::from_fn(|| node.poll_event()).collect();
    assert!(matches!(events.last(), Some(NodeEvent::Link(Event::Closed { .. }))), "{events:?}");
    assert_eq!(node.links(), 0);
}
