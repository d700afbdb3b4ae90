//! Peers that break rules, or that keep them in bad faith: what routers make of it, and what it costs them.
use crate::hostile_node::Victim;
use crate::world::{Random, range, zone};
use bytes::Bytes;
use osisession_proto::zip::address::{BROADCAST, ddp_type, socket};
use osisession_proto::zip::call::{ZonePage, ZoneRequest};
use osisession_proto::zip::limits::RouterLimits;
use osisession_proto::zip::link::{Medium, llap};
use osisession_proto::zip::{
    Address, ClientConfig, Datagram, Mac, Message, Name, NetworkRange, NodeAddress, PortConfig, PortId,
    RouterConfig, RouterEvent, ZoneCall, ZoneClient, ZoneName, ZoneRouter, atp, rtmp,
};
use osisession_proto::{ErrorKind, Instant};
use osisession_testkit::tsv;

fn vectors() -> Vec<(String, String, bool, Bytes)> {
    tsv::rows(include_str!("../../../testkit/data/zip/vectors.tsv"))
        .iter()
        .map(|row| {
            (row["id"].into(), row["layer"].into(), row["valid"] == "yes", tsv::octets(row["hex"]).into())
        })
        .collect()
}

/// A frame of LocalTalk with a short datagram.
pub(crate) fn short(to: u8, from: u8, sockets: [u8; 2], kind: u8, data: Bytes) -> Bytes {
    let [to_socket, from_socket] = sockets;
    let mut datagram =
        Datagram::new(Address::new(0, to, to_socket), Address::new(0, from, from_socket), kind, data);
    datagram.header = osisession_proto::zip::ddp::Header::Short;
    let data = datagram.encode().expect("a datagram");
    llap::Frame { destination: to, source: from, kind: llap::Kind::Short, data }.encode().expect("a frame")
}

/// A router with one LocalTalk port, 1000.254, and one EtherTalk port, 2000-2009; up.
struct Bench {
    router: ZoneRouter,
    now: Instant,
}

impl Bench {
    fn new(limits: RouterLimits) -> Bench {
        let ethertalk = Medium::EtherTalk { mac: Mac([2, 0, 0, 0, 0, 1]) };
        let ports = vec![
            PortConfig::seeded(Medium::LocalTalk, range(1000, 1000), vec![zone("Local Zone")])
                .with_hint(NodeAddress::new(1000, 254)),
            PortConfig::seeded(
                ethertalk,
                range(2000, 2009),
                (0..200).map(|at| zone(&format!("{at:032}"))).collect(),
            ),
        ];
        let mut config = RouterConfig::new(ports, 3);
        config.limits = limits;
        let mut bench = Bench { router: ZoneRouter::new(config).expect("a router"), now: Instant::ZERO };
        bench.router.start(bench.now);
        bench.pass(30);
        assert_eq!(bench.router.route_count(), 2);
        bench
    }

    fn pass(&mut self, seconds: u64) -> Vec<(usize, Bytes)> {
        let end = self.now + std::time::Duration::from_secs(seconds);
        let mut frames = Vec::new();
        loop {
            while let Some((PortId(port), frame)) = self.router.poll_frame() {
                frames.push((port, frame));
            }
            match self.router.next_timeout().filter(|next| *next <= end) {
                Some(next) => {
                    self.now = next;
                    self.router.handle_timeout(next);
                }
                None => break,
            }
        }
        self.now = end;
        frames
    }

    fn bring(&mut self, frame: &Bytes) -> Vec<(usize, Bytes)> {
        self.router.frame(PortId(0), frame, self.now).expect("a port");
        std::iter::from_fn(|| self.router.poll_frame()).map(|(PortId(port), frame)| (port, frame)).collect()
    }

    fn zip(&mut self, from: u8, message: &Message) -> Vec<(usize, Bytes)> {
        let data = message.encode().expect("a message");
        self.bring(&short(254, from, [socket::ZIP; 2], ddp_type::ZIP, data))
    }

    fn tell_routes(&mut self, from: u8, routes: Vec<(u16, u8)>) {
        let of = |(start, distance)| rtmp::Route { range: range(start, start), extended: false, distance };
        for page in routes.chunks(150) {
            let routes = page.iter().copied().map(of).collect();
            let sender = NodeAddress::new(1000, from);
            let data = rtmp::Data { sender, link: rtmp::Link::Nonextended, routes }.encode().expect("data");
            self.bring(&short(BROADCAST, from, [socket::RTMP; 2], ddp_type::RTMP, data));
        }
    }

    fn events(&mut self) -> Vec<RouterEvent> {
        std::iter::from_fn(|| self.router.poll_event()).collect()
    }
}

#[test]
fn malformed_vectors_have_no_answer() {
    let mut bench = Bench::new(RouterLimits::default());
    let mut brought = 0;
    for (id, layer, valid, octets) in vectors() {
        let kind = match &layer[..] {
            "zip" => ddp_type::ZIP,
            "atp" => ddp_type::ATP,
            "nbp" => ddp_type::NBP,
            "rtmp-data" => ddp_type::RTMP,
            _ => continue,
        };
        // B04 is for an extended network, A17 and A15 are for a requester.
        if valid || id == "B04" {
            continue;
        }
        let at = match kind {
            ddp_type::NBP => socket::NBP,
            ddp_type::RTMP => socket::RTMP,
            _ => socket::ZIP,
        };
        let before = bench.router.counters();
        assert!(bench.bring(&short(254, 10, [at, at], kind, octets)).is_empty(), "{id}");
        let after = bench.router.counters();
        assert_eq!(after.received, before.received + 1, "{id}");
        assert_eq!(after.malformed + after.ignored, before.malformed + before.ignored + 1, "{id}");
        brought += 1;
    }
    assert_eq!(brought, 28);
    assert_eq!((bench.router.route_count(), bench.router.zone_count()), (2, 201));
}

#[test]
fn zone_names_of_0_and_33_octets_change_nothing() {
    let mut bench = Bench::new(RouterLimits::default());
    bench.tell_routes(10, vec![(5000, 0)]);
    for name in [&b"\x00"[..], b"\x21SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS", b"\x01*"] {
        for first in [b"\x02\x01\x13\x88", b"\x08\x01\x13\x88"] {
            let data = [&first[..], name].concat();
            bench.bring(&short(254, 10, [socket::ZIP; 2], ddp_type::ZIP, data.into()));
        }
    }
    assert_eq!(bench.router.counters().malformed, 6);
    assert!(bench.router.zones_of(5000).is_none());
    let zones = vec![zone("Good")];
    bench.zip(10, &Message::ExtendedReply { count: 1, network: 5000, zones: zones.clone() });
    assert_eq!(bench.router.zones_of(5000), Some(&zones[..]));
}

#[test]
fn replies_that_nobody_asked_for() {
    let mut bench = Bench::new(RouterLimits::default());
    bench.tell_routes(10, vec![(5000, 0), (6000, 0)]);
    let part =
        |count, network, name: &str| Message::ExtendedReply { count, network, zones: vec![zone(name)] };
    // About an unknown network, by a stranger, about its own networks.
    bench.zip(10, &part(1, 7777, "Unknown"));
    bench.zip(11, &part(1, 5000, "Stranger"));
    bench.zip(10, &part(1, 1000, "Own"));
    bench.zip(10, &part(1, 2000, "Own"));
    bench.zip(11, &Message::Reply { count: 1, tuples: vec![(6000, zone("Stranger"))] });
    assert_eq!(bench.router.zone_count(), 201);
    assert!(bench.router.zones_of(5000).is_none() && bench.router.zones_of(6000).is_none());
    // Two halves of two routers are no whole, and neither is one half twice.
    bench.zip(10, &part(2, 5000, "A"));
    bench.zip(11, &part(2, 5000, "B"));
    bench.zip(10, &part(2, 5000, "a"));
    assert!(bench.router.zones_of(5000).is_none());
    // Another count is another list.
    bench.zip(10, &part(3, 5000, "B"));
    bench.zip(10, &part(3, 5000, "C"));
    assert!(bench.router.zones_of(5000).is_none());
    bench.zip(10, &part(3, 5000, "D"));
    assert_eq!(bench.router.zones_of(5000).map(<[ZoneName]>::len), Some(3));
    // What is known stays as it is.
    bench.zip(10, &part(1, 5000, "Other"));
    assert_eq!(bench.router.zones_of(5000).map(<[ZoneName]>::len), Some(3));
}

#[test]
fn a_flood_of_queries() {
    let mut limits = RouterLimits::default();
    limits.answers_per_second = 50;
    let mut bench = Bench::new(limits);
    let networks: Vec<u16> = std::iter::repeat_n([2003, 2004, 1000], 85).flatten().collect();
    let mut answers = 0;
    for _ in 0..1_000 {
        // Each network is answered once for each query, whatever its numbers.
        let frames = bench.zip(10, &Message::Query { networks: networks.clone() });
        assert!(frames.len() <= 1 + 200usize.div_ceil(16));
        answers += frames.len();
    }
    assert_eq!(answers, 50);
    assert!(bench.router.counters().limited > 900);
    bench.pass(2);
    assert!(!bench.zip(10, &Message::Query { networks }).is_empty(), "the next second");
}

#[test]
fn more_zones_than_fit_in_a_packet() {
    let mut bench = Bench::new(RouterLimits::default());
    let frames = bench.zip(10, &Message::Query { networks: vec![2000] });
    let mut zones = Vec::new();
    for (_, frame) in &frames {
        let frame = llap::Frame::decode(frame).expect("a frame");
        let datagram =
            Datagram::decode_short(frame.destination, frame.source, &frame.data).expect("a datagram");
        let Ok(Message::ExtendedReply { count: 200, network: 2000, zones: part }) =
            Message::decode(&datagram.data)
        else {
            panic!("an Extended Reply")
        };
        assert!(part.len() <= 16);
        zones.extend(part);
    }
    assert_eq!((frames.len(), zones.len()), (13, 200));
    // Page by page, from the start and from behind the end.
    let mut start = 1;
    let mut pages = 0;
    loop {
        let request =
            ZoneRequest { call: ZoneCall::GetZoneList, start }.packet(7).encode().expect("a request");
        let frames = bench.bring(&short(254, 10, [socket::ZIP, 200], ddp_type::ATP, request));
        let frame = llap::Frame::decode(&frames[0].1).expect("a frame");
        let datagram = Datagram::decode_short(10, 254, &frame.data).expect("a datagram");
        let page = ZonePage::decode(&atp::Packet::decode(&datagram.data).expect("a packet")).expect("a page");
        start += page.zones.len() as u16;
        pages += 1;
        if page.last {
            break;
        }
    }
    assert_eq!((start, pages), (202, 12));
}

#[test]
fn tables_have_limits() {
    let mut limits = RouterLimits::default();
    (limits.routes, limits.zones, limits.memberships) = (20, 230, 240);
    limits.part_zones = 40;
    let mut bench = Bench::new(limits);
    bench.events();
    bench.tell_routes(10, (3000..5000).map(|network| (network, 0)).collect());
    assert_eq!(bench.router.route_count(), 20);
    let full = bench.events().into_iter().filter(|event| matches!(event, RouterEvent::Limited(_))).count();
    assert_eq!(full, 1, "told once");
    // Numbers of the networks that the router itself has.
    bench.tell_routes(10, vec![(2004, 0), (1000, 0)]);
    let overlaps = |event: &RouterEvent| matches!(event, RouterEvent::RouteOverlaps { told, .. } if told.start() == 2004);
    assert_eq!(bench.events().iter().filter(|event| overlaps(event)).count(), 1);
    let names = |prefix: &str, count: usize| -> Vec<ZoneName> {
        (0..count).map(|at| zone(&format!("{prefix}{at}"))).collect()
    };
    let list =
        |network, zones: Vec<ZoneName>| Message::ExtendedReply { count: zones.len() as u8, network, zones };
    bench.zip(10, &list(3000, names("a", 20)));
    assert_eq!(bench.router.zone_count(), 221);
    bench.zip(10, &list(3001, names("b", 20)));
    assert_eq!((bench.router.zone_count(), bench.router.zones_of(3001)), (221, None));
    bench.zip(10, &list(3002, names("A", 20)));
    assert_eq!(bench.router.zones_of(3002), None, "the same zones on another network count as well");
    let limited = bench.events().into_iter().filter_map(|event| match event {
        RouterEvent::Limited(error) => Some(error.kind()),
        _ => None,
    });
    assert_eq!(limited.collect::<Vec<_>>(), [ErrorKind::LimitHit; 2]);
    // Halves of lists, of many networks.
    for network in 3003..3015 {
        let zones = names("half", 10);
        bench.zip(10, &Message::ExtendedReply { count: 255, network, zones });
    }
    let kept = bench.router.zone_information().filter(|(_, state)| format!("{state:?}") == "Partial").count();
    assert_eq!(kept, 4);
}

#[test]
fn queries_are_repeated_in_turns_and_never_too_many() {
    let mut limits = RouterLimits::default();
    limits.queries_per_interval = 2;
    let mut bench = Bench::new(limits);
    bench.tell_routes(10, (3000..4000).map(|network| (network, 0)).collect());
    let mut asked = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let mut sent = 0;
        for (port, frame) in bench.pass(10) {
            let Ok(frame) = llap::Frame::decode(&frame) else { continue };
            if port != 0 || frame.destination != 10 {
                continue;
            }
            let datagram = Datagram::decode_short(10, 254, &frame.data).expect("a datagram");
            let Ok(Message::Query { networks }) = Message::decode(&datagram.data) else { panic!("a Query") };
            asked.extend(networks);
            sent += 1;
        }
        assert_eq!(sent, 2);
        bench.tell_routes(10, (3000..4000).map(|network| (network, 0)).collect());
    }
    assert_eq!(asked.len(), 1_000);
}

#[test]
fn a_route_that_is_withdrawn_by_a_stranger_stays() {
    let mut bench = Bench::new(RouterLimits::default());
    bench.tell_routes(10, vec![(5000, 0)]);
    bench.zip(10, &Message::Reply { count: 1, tuples: vec![(5000, zone("Five"))] });
    bench.tell_routes(11, vec![(5000, 31)]);
    assert!(bench.router.routes().any(|route| route.range.start() == 5000 && route.is_usable()));
    bench.tell_routes(10, vec![(5000, 31)]);
    assert!(bench.router.routes().any(|route| route.range.start() == 5000 && !route.is_usable()));
    // Again and again does not keep it.
    for _ in 0..5 {
        bench.pass(9);
        bench.tell_routes(10, vec![(5000, 31)]);
    }
    assert_eq!((bench.router.route_count(), bench.router.zones_of(5000)), (2, None));
    // A distance that is too far is no route, and neither is one told by a packet that was routed.
    bench.tell_routes(10, vec![(5000, 15), (5001, 31)]);
    assert_eq!(bench.router.route_count(), 2);
}

#[test]
fn datagrams_in_a_circle_end() {
    let mut bench = Bench::new(RouterLimits::default());
    bench.tell_routes(10, vec![(5000, 3)]);
    let frame = |to: u16, hops: u8| {
        let mut datagram =
            Datagram::new(Address::new(to, 7, 99), Address::new(1000, 10, 99), 99, Bytes::new());
        datagram.hops = hops;
        let data = datagram.encode().expect("a datagram");
        llap::Frame { destination: 254, source: 10, kind: llap::Kind::Long, data }.encode().expect("a frame")
    };
    assert_eq!(bench.bring(&frame(5000, 14)).len(), 1);
    assert_eq!(bench.bring(&frame(5000, 15)).len(), 0);
    assert_eq!(bench.router.counters().hops_exceeded, 1);
    // The last router still delivers: AARP asks for the node.
    assert_eq!(bench.bring(&frame(2001, 15)).len(), 1);
    assert_eq!(bench.bring(&frame(9999, 0)).len(), 0);
    assert_eq!(bench.router.counters().unroutable, 1);
}

/// Recorded frames, changed at random, to a router and to nodes: nothing panics, nothing grows.
#[test]
fn changed_frames_of_the_recording() {
    let rows = tsv::rows(include_str!("../../../testkit/data/zip/tashrouter-exchange.tsv"));
    let frames = |link: &str| -> Vec<Vec<u8>> {
        rows.iter().filter(|row| row["link"] == link).map(|row| tsv::octets(row["hex"])).collect()
    };
    let (local, ether) = (frames("backbone-localtalk"), frames("ethertalk"));
    let udp: Vec<Vec<u8>> = frames("ltoudp").iter().map(|frame| frame[4..].to_vec()).collect();
    let mut random = Random::new(11);
    let mut limits = RouterLimits::default();
    limits.routes = 50;
    let mut bench = Bench::new(limits);
    let mut local_node = Victim::new(|_| {});
    let config = ClientConfig::new(Medium::EtherTalk { mac: Mac([2, 0xaa, 0xbb, 0xcc, 0xdd, 1]) }, 1);
    let mut ether_node = ZoneClient::new(config.with_stored(Some(NodeAddress::new(2003, 9)), None));
    ether_node.start(Instant::ZERO);
    for round in 0..40_000u64 {
        let pool = if round % 3 == 0 {
            &ether
        } else if round % 3 == 1 {
            &local
        } else {
            &udp
        };
        let mut octets = random_of(pool, &mut random).clone();
        for _ in 0..random.below(4) {
            let at = random.below(octets.len() as u64) as usize;
            octets[at] = random.next() as u8;
        }
        // Checksums would stop most of it.
        let at = if round % 3 == 0 { 24 } else { 5 };
        if round % 3 == 0 || octets.get(2) == Some(&2) {
            octets.get_mut(at..at + 2).into_iter().for_each(|sum| sum.fill(0));
        }
        if random.percent(10) {
            octets.truncate(random.below(octets.len() as u64) as usize);
        }
        let frame = Bytes::from(octets);
        let port = usize::from(round % 3 == 0);
        bench.router.frame(PortId(port), &frame, bench.now).expect("a port");
        if port == 1 {
            ether_node.frame(&frame, bench.now);
        } else {
            local_node.client.frame(&frame, bench.now);
        }
        if round % 50 == 0 {
            bench.pass(1);
            let now = bench.now;
            ether_node.handle_timeout(now);
            local_node.client.handle_timeout(now);
            while ether_node.poll_frame().is_some() || local_node.client.poll_frame().is_some() {}
            while ether_node.poll_event().is_some() || local_node.client.poll_event().is_some() {}
        }
        assert!(bench.router.route_count() <= 50);
    }
    let counters = bench.router.counters();
    assert!(
        counters.malformed > 1_000 && counters.answered > 100 && counters.forwarded > 100,
        "{counters:?}"
    );
}

fn random_of<'a>(pool: &'a [Vec<u8>], random: &mut Random) -> &'a Vec<u8> {
    &pool[random.below(pool.len() as u64) as usize]
}

#[test]
fn configurations_that_can_never_work() {
    let local = Medium::LocalTalk;
    let ether = Medium::EtherTalk { mac: Mac([2, 0, 0, 0, 0, 1]) };
    let one = || vec![zone("One")];
    for ports in [
        vec![PortConfig::seeded(local, range(1, 2), one())],
        vec![PortConfig::seeded(local, range(1, 1), vec![zone("One"), zone("Two")])],
        vec![PortConfig::seeded(ether, range(1, 1), Vec::new())],
        vec![PortConfig::seeded(ether, range(1, 1), vec![zone("One"), zone("ONE")])],
        vec![PortConfig::seeded(ether, range(1, 5), one()), PortConfig::seeded(ether, range(5, 9), one())],
        vec![PortConfig::seeded(ether, range(1, 1), (0..256).map(|at| zone(&format!("{at}"))).collect())],
    ] {
        let error = ZoneRouter::new(RouterConfig::new(ports, 1)).expect_err("it can never work");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    for (start, end) in [(0, 0), (0, 5), (9, 8), (1, 0xff00)] {
        assert!(NetworkRange::new(start, end).is_err());
    }
    assert!(Name::new(&[0; 33]).is_err());
}
