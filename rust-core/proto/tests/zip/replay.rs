//! The recorded exchange, replayed to the router and to nodes of ours.
use crate::world::{range, zone};
use bytes::Bytes;
use osisession_proto::Instant;
use osisession_proto::zip::address::{ddp_type, socket};
use osisession_proto::zip::call::ZonePage;
use osisession_proto::zip::link::{Medium, elap, llap};
use osisession_proto::zip::{
    ClientConfig, Datagram, Entity, Mac, Message, Name, NetworkRange, NodeAddress, NodeEvent, PortConfig,
    PortId, RouterConfig, RouterEvent, ZoneCall, ZoneClient, ZoneName, ZoneRouter, atp, nbp, rtmp,
};
use osisession_testkit::tsv::{self, Row};
use std::collections::{BTreeMap, BTreeSet};

const ROUTER_MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const E_MAC: Mac = Mac([2, 0xaa, 0xbb, 0xcc, 0xdd, 1]);

fn rows() -> Vec<Row> {
    tsv::rows(include_str!("../../../testkit/data/zip/tashrouter-exchange.tsv"))
}

fn recorded(n: u32) -> Bytes {
    let n = n.to_string();
    tsv::octets(rows().into_iter().find(|row| row["n"] == n).expect("a frame")["hex"]).into()
}

fn ether_zones() -> Vec<ZoneName> {
    let departments = (0..40).map(|at| zone(&format!("Department Number {at:02}")));
    [zone("Ether Default"), zone("Twilight"), zone("Café")].into_iter().chain(departments).collect()
}

/// A frame taken apart: where it goes on its link, and the datagram.
fn open(link: &str, frame: &Bytes) -> Option<(String, Datagram)> {
    let llap = |octets: &Bytes| {
        let frame = llap::Frame::decode(octets).expect("a frame");
        let datagram = match frame.kind {
            llap::Kind::Short => Datagram::decode_short(frame.destination, frame.source, &frame.data),
            llap::Kind::Long => Datagram::decode_long(&frame.data),
            _ => return None,
        };
        Some((frame.destination.to_string(), datagram.expect("a datagram")))
    };
    match link {
        "ltoudp" => llap(&llap::from_udp(frame).expect("a payload").1),
        "backbone-localtalk" => llap(frame),
        _ => {
            let frame = elap::Frame::decode(frame).expect("a frame");
            let datagram = || Datagram::decode_long(&frame.data).expect("a datagram");
            (frame.protocol == elap::Protocol::Ddp).then(|| (frame.destination.to_string(), datagram()))
        }
    }
}

/// What a frame means, and the zones in it: a list's order is each router's own, and so is where it is cut.
fn meaning(link: &str, frame: &Bytes) -> Option<(String, Vec<Name>)> {
    let (to, datagram) = open(link, frame)?;
    let mut zones = Vec::new();
    let data = &datagram.data;
    let what = match datagram.kind {
        ddp_type::RTMP => {
            let mut data = rtmp::Data::decode(data).expect("data");
            data.routes.sort_by_key(|route| route.range);
            format!("{data:?}")
        }
        ddp_type::NBP => format!("{:?}", nbp::Packet::decode(data).expect("a packet")),
        ddp_type::ATP => {
            let packet = atp::Packet::decode(data).expect("a packet");
            let page = ZonePage::decode(&packet).expect("a page");
            zones.extend(page.zones.iter().map(|zone| *zone.name()));
            format!("{} {:?} last {}", packet.tid, packet.function, page.last)
        }
        ddp_type::ZIP => match Message::decode(data).expect("a message") {
            Message::ExtendedReply { count, network, zones: list } => {
                zones.extend(list.iter().map(|zone| *zone.name()));
                format!("ExtendedReply {count} {network}")
            }
            other => format!("{other:?}"),
        },
        _ => format!("{data:?}"),
    };
    let Datagram { header, destination, source, kind, hops, .. } = datagram;
    Some((format!("{link} {to} {header:?} {source} > {destination} type {kind} hops {hops}: {what}"), zones))
}

/// Where the independent router does otherwise, and what this one does instead: (frame, text there, text here).
const DIFFERENCES: [(&str, &str, &str); 6] = [
    // It leaves * in the look-up.
    ("125", "@*", "@LToUDP Zone"),
    ("131", "@*", "@LToUDP Zone"),
    // It broadcasts to an asker in the startup range.
    (
        "149",
        "09:00:07:ff:ff:ff Long { checksum: true } 2006.125:6 > 0.255:6",
        "02:aa:bb:cc:dd:01 Long { checksum: true } 2006.125:6 > 65280.77:6",
    ),
    // It answers from the address of the port, this one from the address that was asked: a requester of ATP compares it.
    ("199", "Short 0.254:6 > 0.10:202", "Long { checksum: true } 2006.125:6 > 1000.10:202"),
    ("201", "Short 0.254:6 > 0.10:202", "Long { checksum: true } 2006.125:6 > 1000.10:202"),
    ("203", "Short 0.254:6 > 0.10:201", "Long { checksum: true } 2006.125:6 > 1000.10:201"),
];

/// What the independent router leaves unanswered and this one answers, by transaction: an exactly-once request, and one with two bits.
const ANSWERED_HERE: [u16; 2] = [0x1007, 0x1008];

type Window = (Vec<String>, BTreeMap<String, BTreeSet<Name>>);

#[test]
fn the_router_answers_as_the_recorded_one() {
    let seeded = |medium, range: NetworkRange, zones, node| {
        PortConfig::seeded(medium, range, zones).with_hint(NodeAddress::new(range.start(), node))
    };
    let ethertalk = Medium::EtherTalk { mac: ROUTER_MAC };
    let config = RouterConfig::new(
        vec![
            seeded(
                Medium::LocalTalkUdp { sender: 0x6d2e },
                range(1000, 1000),
                vec![zone("LToUDP Zone")],
                254,
            ),
            PortConfig::seeded(ethertalk, range(2000, 2009), ether_zones())
                .with_hint(NodeAddress::new(2006, 125)),
            seeded(Medium::LocalTalk, range(3000, 3000), vec![zone("Backbone")], 254),
        ],
        1,
    );
    let links = ["ltoudp", "ethertalk", "backbone-localtalk"];
    let mut router = ZoneRouter::new(config).expect("a router");
    // Started so that its ten seconds are those of the recording, whose time 0 is 40 s here.
    let at = |seconds: f64| Instant::from_nanos(((seconds + 40.0) * 1e9) as u64);
    router.start(Instant::from_millis(9_790));
    let drain = |router: &mut ZoneRouter, until: Instant| {
        let mut frames = Vec::new();
        loop {
            while let Some((PortId(port), frame)) = router.poll_frame() {
                frames.push((links[port], frame));
            }
            match router.next_timeout().filter(|next| *next <= until) {
                Some(next) => router.handle_timeout(next),
                None => break frames,
            }
        }
    };
    drain(&mut router, at(3.0));
    let active = |event: &RouterEvent| matches!(event, RouterEvent::PortActive { .. });
    let mut events: Vec<RouterEvent> = std::iter::from_fn(|| router.poll_event()).collect();
    assert_eq!(events.iter().filter(|event| active(event)).count(), 3, "{events:?}");

    let rows: Vec<Row> = rows()
        .into_iter()
        .filter(|row| row["link"] != "far-ethertalk" && row["seconds"].parse::<f64>().expect("seconds") > 3.0)
        .collect();
    let mut next = 0;
    let mut routing = [Vec::new(), Vec::new()];
    let (mut compared, mut answered, mut lists) = (0, 0, [BTreeMap::new(), BTreeMap::new()]);
    while next < rows.len() {
        // Frames of others, and all frames of the router until somebody else sends again.
        let run = |from: usize, router: bool| {
            rows[from..].iter().take_while(|row| (row["from"] == "router") == router).count()
        };
        let stimuli = &rows[next..next + run(next, false)];
        next += stimuli.len();
        let after = &rows[next..next + run(next, true)];
        next += after.len();
        let mut theirs: Window = Default::default();
        let end = rows.get(next).map_or(110.0, |row| row["seconds"].parse().expect("seconds"));
        for row in after {
            let frame = tsv::octets(row["hex"]).into();
            // AARP and LLAP are compared octet by octet by the tests of the link.
            let Some((mut text, zones)) = meaning(row["link"], &frame) else { continue };
            if let Some((_, there, here)) = DIFFERENCES.iter().find(|of| of.0 == row["n"]) {
                assert!(text.contains(there), "{}: {text}", row["n"]);
                text = text.replace(there, here);
            }
            theirs.0.push(text);
            theirs.1.entry(row["step"].to_string()).or_default().extend(zones);
        }
        let mut frames = Vec::new();
        for row in stimuli {
            let port = links.iter().position(|link| *link == row["link"]).expect("a link");
            let now = at(row["seconds"].parse().expect("seconds"));
            frames.extend(drain(&mut router, now));
            router.frame(PortId(port), &tsv::octets(row["hex"]).into(), now).expect("a port");
        }
        frames.extend(drain(&mut router, at(end - 0.000_1)));
        let step = after.first().or(stimuli.last()).map(|row| row["step"].to_string()).expect("a step");
        let mut ours: Window = Default::default();
        for (link, frame) in frames {
            let Some((text, zones)) = meaning(link, &frame) else { continue };
            if ANSWERED_HERE.iter().any(|tid| text.contains(&format!("{tid} Response"))) {
                answered += 1;
                continue;
            }
            ours.0.push(text);
            ours.1.entry(step.clone()).or_default().extend(zones);
        }
        let number = stimuli.first().map_or("-", |row| row["n"]);
        // Routing data go out by the clock, not because of what came: they are compared for themselves, in their order.
        for (all, window) in routing.iter_mut().zip([&mut ours.0, &mut theirs.0]) {
            let (data, rest) =
                window.drain(..).partition(|text: &String| text.contains(":1 > 0.255:1 type 1 "));
            *window = rest;
            // It counts the age of routes by a clock of twenty seconds, this one by each route's own: at the end they go at other times.
            all.extend(Vec::from_iter(data).into_iter().filter(|_| end <= 99.5));
        }
        ours.0.sort();
        theirs.0.sort();
        assert_eq!(ours.0, theirs.0, "after frame {number}");
        compared += ours.0.len();
        for (all, window) in lists.iter_mut().zip([ours.1, theirs.1]) {
            for (step, zones) in window {
                all.entry(step).or_insert_with(BTreeSet::new).extend(zones);
            }
        }
    }
    for all in &mut routing {
        // One tick is one moment on three links.
        all.chunks_mut(3).for_each(<[String]>::sort);
    }
    assert_eq!(routing[0], routing[1]);
    assert_eq!((answered, routing[0].len()), (2, 27));
    for (step, zones) in &lists[0] {
        let other = lists[1].get(step).expect("a step of the recording");
        let difference: Vec<&Name> = zones.symmetric_difference(other).collect();
        assert!(difference.is_empty(), "{step}: {difference:?}");
    }
    assert_eq!(lists[0].len(), lists[1].len());
    assert!(lists[0].len() > 15 && compared > 50, "{} lists, {compared} frames", lists[0].len());
    events = std::iter::from_fn(|| router.poll_event()).collect();
    for (start, count) in [(4000, 3), (5000, 2), (6000, 1)] {
        let known = |event: &RouterEvent| matches!(event, RouterEvent::ZonesKnown { range, zones } if range.start() == start && *zones == count);
        assert!(events.iter().any(known), "{start}: {events:?}");
    }
    assert!(router.zones_of(5000).is_none() && router.zones_of(6000).is_none(), "withdrawn");
}

// ---- nodes ----

struct Node {
    client: ZoneClient,
    link: &'static str,
    now: Instant,
    events: Vec<NodeEvent>,
}

impl Node {
    fn new(link: &'static str, medium: Medium, address: NodeAddress) -> Node {
        let mut config = ClientConfig::new(medium, 5).with_stored(Some(address), None);
        config.machine.client_socket = 202;
        let mut node = Node { client: ZoneClient::new(config), link, now: Instant::ZERO, events: Vec::new() };
        node.client.start(node.now);
        node
    }

    /// The next frame it sends, later if need be.
    fn sends(&mut self) -> Bytes {
        loop {
            if let Some(frame) = self.client.poll_frame() {
                return frame;
            }
            self.now = self.client.next_timeout().expect("a deadline");
            self.client.handle_timeout(self.now);
        }
    }

    fn takes(&mut self, frame: &Bytes) {
        self.client.frame(frame, self.now);
        while let Some(event) = self.client.poll_event() {
            self.events.push(event);
        }
    }

    /// It sends what was recorded but for transaction and id; gives those of its own.
    fn sends_recorded(&mut self, n: u32) -> (u16, u8) {
        let frame = self.sends();
        let ((to, own), (expected_to, expected)) =
            (open(self.link, &frame).expect("ours"), open(self.link, &recorded(n)).expect("recorded"));
        let ours = match own.kind {
            ddp_type::ATP => (atp::Packet::decode(&own.data).expect("a packet").tid, 0),
            ddp_type::NBP => (0, nbp::Packet::decode(&own.data).expect("a packet").id),
            _ => (0, 0),
        };
        let mut own_as_recorded = set_ids(own, ids(&expected));
        if own_as_recorded.kind == ddp_type::ZIP {
            // The recorded node asked from a socket of its own; the ZIP stub has socket 6.
            assert_eq!(own_as_recorded.source.socket, socket::ZIP);
            own_as_recorded.source.socket = expected.source.socket;
        }
        assert_eq!((to, own_as_recorded), (expected_to, expected), "frame {n}");
        ours
    }

    /// It takes what was recorded, as the answer to its own transaction and id.
    fn takes_recorded(&mut self, n: u32, own: (u16, u8)) {
        let frame = recorded(n);
        let (_, datagram) = open(self.link, &frame).expect("a datagram");
        let mut datagram = set_ids(datagram, own);
        if datagram.kind == ddp_type::ZIP {
            datagram.destination.socket = socket::ZIP;
        }
        let data = datagram.encode().expect("a datagram");
        let frame = match self.link {
            "ltoudp" => {
                let (sender, inner) = llap::from_udp(&frame).expect("a payload");
                let inner = llap::Frame { data, ..llap::Frame::decode(&inner).expect("a frame") };
                llap::to_udp(sender, &inner.encode().expect("a frame"))
            }
            _ => elap::Frame { data, ..elap::Frame::decode(&frame).expect("a frame") }
                .encode()
                .expect("a frame"),
        };
        self.takes(&frame);
    }

    fn zones(&self) -> Vec<ZoneName> {
        match self.events.last() {
            Some(NodeEvent::Zones { zones, .. }) => zones.clone(),
            other => panic!("{other:?}"),
        }
    }
}

fn ids(datagram: &Datagram) -> (u16, u8) {
    match datagram.kind {
        ddp_type::ATP => (atp::Packet::decode(&datagram.data).expect("a packet").tid, 0),
        ddp_type::NBP => (0, nbp::Packet::decode(&datagram.data).expect("a packet").id),
        _ => (0, 0),
    }
}

fn set_ids(mut datagram: Datagram, (tid, id): (u16, u8)) -> Datagram {
    match datagram.kind {
        ddp_type::ATP => {
            let packet = atp::Packet { tid, ..atp::Packet::decode(&datagram.data).expect("a packet") };
            datagram.data = packet.encode().expect("a packet");
        }
        ddp_type::NBP => {
            let packet = nbp::Packet { id, ..nbp::Packet::decode(&datagram.data).expect("a packet") };
            datagram.data = packet.encode().expect("a packet");
        }
        _ => {}
    }
    datagram
}

/// A is up on LocalTalk as it was when it was recorded.
fn node_a() -> Node {
    let mut node = Node::new("ltoudp", Medium::LocalTalkUdp { sender: 0x0a0a_0a0a }, NodeAddress::new(0, 10));
    for n in 47..=54 {
        assert_eq!(node.sends(), recorded(n), "{n}");
    }
    assert_eq!(node.sends(), recorded(63));
    node.takes(&recorded(64));
    let own = node.sends_recorded(86);
    node.takes_recorded(87, own);
    assert!(node.events.contains(&NodeEvent::Zone { zone: zone("LToUDP Zone") }), "{:?}", node.events);
    node
}

#[test]
fn a_localtalk_node_does_as_the_recorded_one() {
    let mut node = node_a();
    assert_eq!(node.client.machine().router(), Some(NodeAddress::new(1000, 254)));
    assert_eq!(node.client.machine().address(), Some(NodeAddress::new(1000, 10)));
    // The whole list, over two pages.
    node.client.call(ZoneCall::GetZoneList, node.now).expect("a router");
    for (asked, answered) in [(111, 112), (113, 114)] {
        let own = node.sends_recorded(asked);
        node.takes_recorded(answered, own);
    }
    let list = node.zones();
    assert_eq!(list.len(), 47);
    for name in
        ["LToUDP Zone", "Backbone", "Far Default", "Far Side", "twilight", "Café", "Department Number 39"]
    {
        assert!(list.iter().any(|known| known.matches(&zone(name))), "{name}");
    }
    node.client.call(ZoneCall::GetLocalZones, node.now).expect("a router");
    let own = node.sends_recorded(119);
    node.takes_recorded(120, own);
    assert_eq!(node.zones(), [zone("LToUDP Zone")]);
    // Look-ups: here, in a named zone, in a far one.
    for (text, asked, answered) in [
        ("session peer:=@*", 124, Some(126)),
        ("session peer:=@ltoudp zone", 127, Some(129)),
        ("=:=@No Such Zone", 133, None),
        ("=:=@twilight", 134, None),
    ] {
        let entity = Entity::from_text(text).expect("an entity");
        let lookup = node.client.look_up(entity, node.now).expect("a look-up");
        let own = node.sends_recorded(asked);
        if let Some(answered) = answered {
            node.takes_recorded(answered, own);
            // Once more is not twice.
            node.takes_recorded(answered, own);
            let found = |event: &&NodeEvent| matches!(event, NodeEvent::Found { lookup: of, tuple } if *of == lookup && tuple.address.node == 20 && tuple.address.socket == 130);
            assert_eq!(node.events.iter().filter(found).count(), 1, "{text}");
        }
        node.client.cancel(lookup);
    }
    // An echo from the other network comes with a hop, and goes back by way of the router.
    node.takes(&recorded(197));
    let (to, reply) = open("ltoudp", &node.sends()).expect("a datagram");
    assert_eq!(
        (to.as_str(), reply.destination.at(), reply.data),
        ("254", NodeAddress::new(2003, 9), Bytes::from_static(b"\x02far"))
    );
}

#[test]
fn a_node_with_a_name_answers_as_the_recorded_one() {
    let medium = Medium::LocalTalkUdp { sender: 0x0b0b_0b0b };
    let mut node = Node::new("ltoudp", medium, NodeAddress::new(0, 20));
    for n in 55..=62 {
        assert_eq!(node.sends(), recorded(n), "{n}");
    }
    node.sends();
    node.takes(&recorded(88));
    node.sends();
    let name = |text: &str| Name::from_text(text).expect("a name");
    node.client.register(name("Session Peer"), name("SessionTest"), 130, node.now).expect("a name");
    while node.client.machine().names().count() == 0 {
        node.now = node.client.next_timeout().expect("a deadline");
        node.client.handle_timeout(node.now);
    }
    while node.client.poll_frame().is_some() {}
    for (asked, answered) in [(125, 126), (128, 129), (131, 132), (191, 192)] {
        node.takes(&recorded(asked));
        assert_eq!(node.sends(), recorded(answered), "{answered}");
    }
    node.takes(&recorded(238));
    let (to, answer) = open("ltoudp", &node.sends()).expect("a datagram");
    assert_eq!((to.as_str(), answer.destination.at()), ("254", NodeAddress::new(5001, 7)));
}

#[test]
fn an_ethertalk_node_does_as_the_recorded_one() {
    let medium = Medium::EtherTalk { mac: E_MAC };
    let mut node = Node::new("ethertalk", medium, NodeAddress::new(0xff00, 77));
    for n in 138..=147 {
        assert_eq!(node.sends(), recorded(n), "{n}");
    }
    assert_eq!(node.sends(), recorded(148));
    node.takes(&recorded(149));
    let probe = elap::Frame::decode(&node.sends()).expect("a frame");
    let probe = elap::Aarp::decode(&probe.data).expect("a probe");
    assert_eq!(probe.function, elap::AarpFunction::Probe);
    assert!(range(2000, 2009).contains(probe.source.network));

    // With the address that was recorded, as after a restart.
    let mut node = Node::new("ethertalk", medium, NodeAddress::new(2003, 9));
    let probes: Vec<Row> = rows()
        .into_iter()
        .filter(|row| row["from"] == "E" && row["meaning"].contains("Probe 02aabbccdd01 = 2003.9"))
        .collect();
    assert_eq!(probes.len(), 10);
    for row in probes {
        assert_eq!(node.sends()[..], tsv::octets(row["hex"]), "{}", row["n"]);
    }
    node.sends();
    node.takes(&recorded(149));
    let NodeEvent::Up { address, range: own, router, zone: first, choice } = &node.events[0] else {
        panic!("up")
    };
    assert_eq!((*address, *own), (NodeAddress::new(2003, 9), range(2000, 2009)));
    assert_eq!((*router, *first, *choice), (NodeAddress::new(2006, 125), Some(zone("Ether Default")), true));
    assert_eq!(node.client.groups(), [Mac([9, 0, 7, 0, 0, 0x59])]);
    node.client.call(ZoneCall::GetLocalZones, node.now).expect("a router");
    for (asked, answered) in [(177, 178), (179, 180)] {
        let own = node.sends_recorded(asked);
        node.takes_recorded(answered, own);
    }
    let every: BTreeSet<ZoneName> = node.zones().into_iter().collect();
    assert_eq!(every, ether_zones().into_iter().collect());
    // Another zone: one that is there, one that is not.
    node.client.pick(zone("CAFÉ"), node.now).expect("up");
    node.sends_recorded(181);
    node.takes_recorded(182, (0, 0));
    assert_eq!(node.events.last(), Some(&NodeEvent::Picked { zone: zone("CAFÉ") }));
    assert_eq!(node.client.groups(), [Mac([9, 0, 7, 0, 0, 0x6e])]);
    node.client.pick(zone("Backbone"), node.now).expect("up");
    node.sends_recorded(183);
    node.takes_recorded(184, (0, 0));
    assert!(matches!(node.events.last(), Some(NodeEvent::PickFailed { .. })));
    assert_eq!(node.client.machine().zone(), Some(zone("CAFÉ")));
    let entity = Entity::from_text("=:SessionTest@LToUDP Zone").expect("an entity");
    let lookup = node.client.look_up(entity, node.now).expect("a look-up");
    let own = node.sends_recorded(190);
    node.takes_recorded(193, own);
    let found = |event: &NodeEvent| matches!(event, NodeEvent::Found { lookup: of, tuple } if *of == lookup && tuple.address.network == 1000);
    assert!(node.events.iter().any(found));
}
