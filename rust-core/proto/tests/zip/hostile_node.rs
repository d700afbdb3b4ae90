//! Nodes and links whose peers break rules.
use crate::hostile::short;
use crate::world::{Kind, Weather, World, range, zone};
use bytes::Bytes;
use osisession_proto::zip::address::{BROADCAST, ddp_type, socket};
use osisession_proto::zip::call::{ZonePage, ZoneRequest};
use osisession_proto::zip::limits::LinkLimits;
use osisession_proto::zip::link::{Claim, Hop, Link, Medium, elap, llap};
use osisession_proto::zip::node::table::State;
use osisession_proto::zip::{
    Address, ClientConfig, Datagram, Entity, Mac, Message, NodeAddress, NodeEvent, ZoneCall, ZoneClient, atp,
    nbp, rtmp,
};
use osisession_proto::{ErrorKind, Instant};

pub(crate) struct Victim {
    pub(crate) client: ZoneClient,
    now: Instant,
}

impl Victim {
    pub(crate) fn new(change: impl FnOnce(&mut ClientConfig)) -> Victim {
        let mut config =
            ClientConfig::new(Medium::LocalTalk, 1).with_stored(Some(NodeAddress::new(0, 10)), None);
        change(&mut config);
        let mut victim = Victim { client: ZoneClient::new(config), now: Instant::ZERO };
        victim.client.start(victim.now);
        while victim.client.machine().address().is_none() {
            victim.step();
        }
        let sender = NodeAddress::new(1000, 254);
        let data = rtmp::Data { sender, link: rtmp::Link::Nonextended, routes: Vec::new() };
        let frame = short(BROADCAST, 254, [socket::RTMP; 2], ddp_type::RTMP, data.encode().expect("data"));
        victim.client.frame(&frame, victim.now);
        assert_eq!(victim.client.machine().state(), State::Up);
        while victim.client.poll_frame().is_some() {}
        victim
    }

    fn step(&mut self) {
        self.now = self.client.next_timeout().expect("a deadline");
        self.client.handle_timeout(self.now);
    }

    /// Answers the calls that it sends; what it tells at the end.
    fn answer(&mut self, mut page: impl FnMut(ZoneRequest) -> (Vec<u8>, u16, bool)) -> NodeEvent {
        for _ in 0..10_000 {
            while let Some(event) = self.client.poll_event() {
                if matches!(event, NodeEvent::Zones { .. } | NodeEvent::RequestFailed { .. }) {
                    return event;
                }
            }
            let Some(frame) = self.client.poll_frame() else {
                self.step();
                continue;
            };
            let frame = llap::Frame::decode(&frame).expect("a frame");
            let asked =
                Datagram::decode_short(frame.destination, frame.source, &frame.data).expect("a datagram");
            if asked.kind != ddp_type::ATP {
                continue;
            }
            let packet = atp::Packet::decode(&asked.data).expect("a packet");
            let (data, count, last) = page(ZoneRequest::decode(&packet).expect("a request"));
            let [high, low] = count.to_be_bytes();
            let answer = atp::Packet::response(packet.tid, [u8::from(last), 0, high, low], data.into());
            let octets = answer.encode().expect("a packet");
            let sockets = [asked.source.socket, socket::ZIP];
            self.client.frame(&short(10, 254, sockets, ddp_type::ATP, octets), self.now);
        }
        panic!("a call that does not end");
    }

    fn failure(&mut self, page: impl FnMut(ZoneRequest) -> (Vec<u8>, u16, bool)) -> ErrorKind {
        self.client.call(ZoneCall::GetZoneList, self.now).expect("a router");
        match self.answer(page) {
            NodeEvent::RequestFailed { error, .. } => error.kind(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn zone_lists_that_do_not_end() {
    let mut victim = Victim::new(|config| config.machine.limits.pages = 100);
    assert_eq!(victim.failure(|_| (b"\x04Loop".to_vec(), 1, false)), ErrorKind::LimitHit);
    assert_eq!(victim.failure(|_| (Vec::new(), 0, false)), ErrorKind::Peer);
    assert_eq!(victim.failure(|_| (b"\x00".to_vec(), 1, true)), ErrorKind::Peer);
    assert_eq!(victim.failure(|_| (vec![33; 34], 1, true)), ErrorKind::Peer);
    assert_eq!(victim.failure(|_| (b"\x04Zone".to_vec(), 2, true)), ErrorKind::Peer);
    let mut victim = Victim::new(|config| config.machine.limits.zones = 1_000);
    let many = |request: ZoneRequest| {
        let names: Vec<u8> = (0..96u16)
            .flat_map(|at| [&[5u8][..], format!("{:05}", request.start + at).as_bytes()].concat())
            .collect();
        (names, 96, false)
    };
    assert_eq!(victim.failure(many), ErrorKind::LimitHit);
    let mut silent = Victim::new(|_| {});
    silent.client.call(ZoneCall::GetZoneList, silent.now).expect("a router");
    while silent.client.next_timeout().is_some() {
        silent.step();
    }
    let timed_out = |event: &NodeEvent| matches!(event, NodeEvent::RequestFailed { error, .. } if error.kind() == ErrorKind::TimedOut);
    assert!(std::iter::from_fn(|| silent.client.poll_event()).any(|event| timed_out(&event)));
}

#[test]
fn answers_that_are_not_the_routers() {
    let mut victim = Victim::new(|_| {});
    victim.client.call(ZoneCall::GetLocalZones, victim.now).expect("a router");
    let frame = llap::Frame::decode(&victim.client.poll_frame().expect("a request")).expect("a frame");
    let asked = Datagram::decode_short(frame.destination, frame.source, &frame.data).expect("a datagram");
    let packet = atp::Packet::decode(&asked.data).expect("a packet");
    let page = |tid: u16| ZonePage { last: true, zones: vec![zone("Forged")] }.packet(tid).expect("a page");
    let before = victim.client.machine().counters().ignored;
    let to = asked.source.socket;
    let mut sequence = page(packet.tid);
    sequence.bitmap = 1;
    for (from, sockets, packet) in [
        (66, [to, socket::ZIP], page(packet.tid)),
        (254, [to, 77], page(packet.tid)),
        (254, [to, socket::ZIP], page(packet.tid.wrapping_add(9))),
        (254, [to, socket::ZIP], sequence),
    ] {
        let octets = packet.encode().expect("a packet");
        victim.client.frame(&short(10, from, sockets, ddp_type::ATP, octets), victim.now);
    }
    assert_eq!(victim.client.machine().counters().ignored, before + 4);
    assert!(
        std::iter::from_fn(|| victim.client.poll_event())
            .all(|event| !matches!(event, NodeEvent::Zones { .. }))
    );
}

#[test]
fn floods_of_names_and_echoes() {
    let mut victim = Victim::new(|config| {
        config.machine.limits.found = 10;
        config.machine.limits.answers_per_second = 25;
    });
    let any = Entity::from_text("=:=@*").expect("an entity");
    let lookup = victim.client.look_up(any, victim.now).expect("a look-up");
    let frame = llap::Frame::decode(&victim.client.poll_frame().expect("a request")).expect("a frame");
    let asked = Datagram::decode_short(frame.destination, frame.source, &frame.data).expect("a datagram");
    let id = nbp::Packet::decode(&asked.data).expect("a packet").id;
    let entity = Entity::from_text("a:b@*").expect("an entity");
    for node in 1..=100 {
        let tuple = nbp::Tuple { address: Address::new(1000, node, 130), enumerator: 1, entity };
        for id in [id, id.wrapping_add(1)] {
            let packet = nbp::Packet { function: nbp::Function::LookUpReply, id, tuples: vec![tuple; 15] };
            let data = packet.encode().expect("a packet");
            victim.client.frame(&short(10, node.max(11), [socket::NBP; 2], ddp_type::NBP, data), victim.now);
        }
    }
    while victim.client.next_timeout().is_some_and(|at| at < victim.now + std::time::Duration::from_secs(4)) {
        victim.step();
        if victim.now.as_nanos() > 60_000_000_000 {
            break;
        }
    }
    let events: Vec<NodeEvent> = std::iter::from_fn(|| victim.client.poll_event()).collect();
    assert_eq!(events.iter().filter(|event| matches!(event, NodeEvent::Found { .. })).count(), 10);
    assert!(events.contains(&NodeEvent::LookedUp { lookup, count: 10, more: true }));
    while victim.client.poll_frame().is_some() {}
    for _ in 0..1_000 {
        let echo = short(10, 11, [socket::AEP, 200], ddp_type::AEP, Bytes::from_static(b"\x01x"));
        victim.client.frame(&echo, victim.now);
    }
    assert_eq!(std::iter::from_fn(|| victim.client.poll_frame()).count(), 25);
}

#[test]
fn a_station_that_has_every_address() {
    for medium in [Medium::LocalTalk, Medium::EtherTalk { mac: Mac([2, 0, 0, 0, 0, 1]) }] {
        let mut link = Link::new(medium, LinkLimits::default(), 1);
        let now = Instant::ZERO;
        link.claim(range(10, 12), (1, 100), Some(NodeAddress::new(11, 50)), now);
        let (mut tried, mut first) = (std::collections::BTreeSet::new(), None);
        while let Some(frame) = link.poll_frame() {
            let answer = match medium {
                Medium::EtherTalk { mac } => {
                    let frame = elap::Frame::decode(&frame).expect("a frame");
                    let probe = elap::Aarp::decode(&frame.data).expect("a probe");
                    first.get_or_insert(probe.source);
                    assert!(tried.insert(probe.source), "each address once");
                    let other = Mac([2, 9, 9, 9, 9, 9]);
                    let function = elap::AarpFunction::Response;
                    let data =
                        elap::Aarp { function, source_mac: other, destination_mac: mac, ..probe }.encode();
                    let protocol = elap::Protocol::Aarp;
                    elap::Frame { destination: mac, source: other, protocol, data }.encode().expect("a frame")
                }
                _ => {
                    let frame = llap::Frame::decode(&frame).expect("a frame");
                    first.get_or_insert(NodeAddress::new(11, frame.source));
                    assert!(tried.insert(NodeAddress::new(0, frame.source)), "each address once");
                    llap::Frame { kind: llap::Kind::Acknowledge, ..frame }.encode().expect("a frame")
                }
            };
            link.frame(&answer, now);
        }
        assert_eq!(first, Some(NodeAddress::new(11, 50)));
        assert_eq!(link.poll_claim(), Some(Claim::Exhausted));
        // The hint is tried for itself, and its turn in the row as well.
        let all = if medium.is_extended() { 300 } else { 100 };
        assert!((all - 1..=all).contains(&tried.len()), "{}", tried.len());
        assert_eq!(link.next_timeout(), None);
    }
}

#[test]
fn a_link_keeps_little_for_stations_that_do_not_answer() {
    let limits = LinkLimits::default();
    let (most, resolving) = (limits.waiting, limits.resolving);
    let mut link = Link::new(Medium::EtherTalk { mac: Mac([2, 0, 0, 0, 0, 1]) }, limits, 1);
    let mut now = Instant::ZERO;
    link.claim(range(10, 12), (1, 253), None, now);
    while link.address().is_none() {
        now = link.next_timeout().expect("a deadline");
        link.handle_timeout(now);
    }
    let own = link.address().expect("an address").socket(99);
    for node in 1..=200u8 {
        for _ in 0..50 {
            let to = NodeAddress::new(12, node);
            let datagram = Datagram::new(to.socket(9), own, 99, Bytes::from_static(&[0; 500]));
            link.send(datagram, Hop::Node(to), now);
        }
    }
    let lost = link.counters().lost;
    assert_eq!(lost, 200 * 50 - (most * resolving) as u64);
    for _ in 0..20 {
        let Some(next) = link.next_timeout() else { break };
        now = next;
        link.handle_timeout(now);
    }
    assert_eq!((link.next_timeout(), link.counters().lost), (None, 200 * 50));
}

/// Answers of AARP that nobody asked for, more than the table holds: it stays within its limit, and an answer that was asked for is taken.
#[test]
fn a_flood_of_answers_of_aarp() {
    let limits = LinkLimits::default();
    let (most, own_mac) = (limits.stations, Mac([2, 0, 0, 0, 0, 1]));
    let mut link = Link::new(Medium::EtherTalk { mac: own_mac }, limits, 1);
    let mut now = Instant::ZERO;
    link.claim(range(10, 99), (1, 253), None, now);
    while link.address().is_none() {
        now = link.next_timeout().expect("a deadline");
        link.handle_timeout(now);
    }
    while link.poll_frame().is_some() {}
    let own = link.address().expect("an address");
    let answer = |from: NodeAddress, mac: Mac| {
        let function = elap::AarpFunction::Response;
        let packet = elap::Aarp {
            function,
            source_mac: mac,
            source: from,
            destination_mac: own_mac,
            destination: own,
        };
        let protocol = elap::Protocol::Aarp;
        let frame = elap::Frame { destination: own_mac, source: mac, protocol, data: packet.encode() };
        frame.encode().expect("a frame")
    };
    let forged = Mac([2, 6, 6, 6, 6, 6]);
    for network in 100..140 {
        for node in 1..=253 {
            link.frame(&answer(NodeAddress::new(network, node), forged), now);
        }
    }
    assert!(40 * 253 > most);
    // What was learned is sent to directly, the rest has to be asked for: that many of them fit.
    let send = |link: &mut Link, to: NodeAddress| {
        let datagram = Datagram::new(to.socket(9), own.socket(9), 99, Bytes::from_static(b"x"));
        link.send(datagram, Hop::Node(to), now);
        let frame = elap::Frame::decode(&link.poll_frame().expect("a frame")).expect("readable");
        (frame.protocol, frame.destination)
    };
    assert_eq!(send(&mut link, NodeAddress::new(100, 1)), (elap::Protocol::Ddp, forged));
    assert_eq!(send(&mut link, NodeAddress::new(139, 253)), (elap::Protocol::Aarp, Mac::BROADCAST));
    let honest = (NodeAddress::new(12, 7), Mac([2, 0, 0, 0, 0, 7]));
    assert_eq!(send(&mut link, honest.0), (elap::Protocol::Aarp, Mac::BROADCAST));
    link.frame(&answer(honest.0, honest.1), now);
    let waited = elap::Frame::decode(&link.poll_frame().expect("what waited")).expect("readable");
    assert_eq!((waited.protocol, waited.destination), (elap::Protocol::Ddp, honest.1));
    assert_eq!(send(&mut link, honest.0), (elap::Protocol::Ddp, honest.1));
    // Of those that were forged one had to go.
    assert_eq!(send(&mut link, NodeAddress::new(100, 1)).0, elap::Protocol::Aarp);
}

#[test]
fn a_notify_of_a_stranger() {
    let mut world = World::new(1, Weather::FAIR, &[Kind::EtherTalk]);
    let zones = vec![zone("One"), zone("Two")];
    world.router(&[(0, Some((range(10, 12), zones)))]);
    let node = world.node(0, None);
    world.start_router(0);
    world.run(20);
    world.start_node(node);
    world.run(20);
    assert_eq!(world.client(node).machine().zone(), Some(zone("One")));
    let (to, now) = (Mac::BROADCAST, world.now);
    let router = world.client(node).machine().router().expect("a router");
    let notify = osisession_proto::zip::message::Notify {
        flags: 0,
        old_zone: zone("One"),
        multicast: None,
        new_zone: zone("Forged"),
    };
    let data = Message::Notify(notify).encode().expect("a message");
    for from in [NodeAddress::new(11, 250), router] {
        let datagram =
            Datagram::new(NodeAddress::EVERYONE.socket(6), from.socket(6), ddp_type::ZIP, data.clone());
        let data = datagram.encode().expect("a datagram");
        let source = Mac([2, 6, 6, 6, 6, 6]);
        let frame = elap::Frame { destination: to, source, protocol: elap::Protocol::Ddp, data };
        world.act(node, |client, _| client.frame(&frame.encode().expect("a frame"), now));
        world.run(10);
        // By default the router is asked, whoever seems to have said it; and it knows better.
        assert_eq!(world.client(node).machine().zone(), Some(zone("One")));
    }
    let renamed =
        |event: &NodeEvent| matches!(event, NodeEvent::Renamed { .. } | NodeEvent::PickFailed { .. });
    assert!(!world.node_events[node].iter().any(renamed));
}
