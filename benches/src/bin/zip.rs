//! AppleTalk: the list of 1,000 zones between a node and a router in memory, queries that a router answers, octets of memory per zone.
use bytes::Bytes;
use osisession_proto::Instant;
use osisession_proto::time::Duration;
use osisession_proto::zip::address::{ddp_type, socket};
use osisession_proto::zip::limits::RouterLimits;
use osisession_proto::zip::link::{Medium, llap};
use osisession_proto::zip::{
    Address, ClientConfig, Datagram, Mac, Message, NetworkRange, NodeAddress, NodeEvent, PortConfig, PortId,
    RouterConfig, ZoneCall, ZoneClient, ZoneName, ZoneRouter, ddp,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant as Clock;

struct Counting;

static HEAP: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator, which keeps the contract; only a counter is added.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HEAP.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HEAP.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Networks beside the one where the node is, with so many zones each: a router of 1,000 zones.
const NETWORKS: u16 = 4;
const ZONES: usize = 250;
const LISTS: u32 = 200;
const QUERIES: u32 = 200_000;

fn router(zones: usize) -> ZoneRouter {
    let here = NetworkRange::single(1000).expect("a network");
    let mut ports = vec![
        PortConfig::seeded(Medium::LocalTalk, here, vec![ZoneName::from_text("Zone 0 0").expect("a zone")])
            .with_hint(NodeAddress::new(1000, 254)),
    ];
    for port in 1..=NETWORKS {
        let zones =
            (0..zones).map(|zone| ZoneName::from_text(&format!("Zone {port} {zone}")).expect("a zone"));
        // One of them is also that of the node, so that there are 1,000 in all.
        let zones = zones.skip(usize::from(port == 1)).collect();
        let range = NetworkRange::new(2000 + port * 10, 2009 + port * 10).expect("a range");
        ports.push(PortConfig::seeded(
            Medium::EtherTalk { mac: Mac([2, 0, 0, 0, 0, port as u8]) },
            range,
            zones,
        ));
    }
    let mut config = RouterConfig::new(ports, 1);
    config.limits = RouterLimits::default();
    config.limits.answers_per_second = u32::MAX;
    let mut router = ZoneRouter::new(config).expect("a router");
    let mut now = Instant::ZERO;
    router.start(now);
    while now < Instant::from_millis(60_000) {
        now = now + Duration::from_millis(50);
        router.handle_timeout(now);
        while router.poll_frame().is_some() {}
        while router.poll_event().is_some() {}
    }
    assert_eq!(router.route_count(), usize::from(NETWORKS) + 1);
    router
}

/// Everything that one of them wants sent arrives at the other.
fn carry(router: &mut ZoneRouter, node: &mut ZoneClient, now: Instant) -> u32 {
    let mut frames = 0;
    loop {
        if let Some((port, frame)) = router.poll_frame() {
            if port == PortId(0) {
                frames += 1;
                node.frame(&frame, now);
            }
        } else if let Some(frame) = node.poll_frame() {
            frames += 1;
            router.frame(PortId(0), &frame, now).expect("a port");
        } else {
            return frames;
        }
    }
}

fn lists(router: &mut ZoneRouter) {
    let mut node = ZoneClient::new(ClientConfig::new(Medium::LocalTalk, 2));
    let mut now = Instant::from_millis(60_000);
    node.start(now);
    let mut up = false;
    while !up {
        now = now + Duration::from_millis(50);
        router.handle_timeout(now);
        node.handle_timeout(now);
        carry(router, &mut node, now);
        while let Some(event) = node.poll_event() {
            up |= matches!(event, NodeEvent::Up { .. });
        }
    }
    let (mut frames, began) = (0, Clock::now());
    for _ in 0..LISTS {
        let asked = node.call(ZoneCall::GetZoneList, now).expect("asked");
        let mut zones = 0;
        while zones == 0 {
            frames += carry(router, &mut node, now);
            while let Some(event) = node.poll_event() {
                if let NodeEvent::Zones { request, zones: list, .. } = event
                    && request == asked
                {
                    zones = list.len();
                }
            }
            now = now + Duration::from_millis(1);
        }
        assert_eq!(zones, usize::from(NETWORKS) * ZONES);
    }
    let took = began.elapsed().as_secs_f64();
    println!(
        "lists of 1,000 zones: {:.0} a second, {} frames each, {:.2} µs a frame",
        f64::from(LISTS) / took,
        frames / LISTS,
        took * 1e6 / f64::from(frames),
    );
}

/// A frame of LocalTalk with a short datagram.
fn short(to: u8, from: u8, kind: u8, data: Bytes) -> Bytes {
    let at = |node| Address::new(0, node, socket::ZIP);
    let mut datagram = Datagram::new(at(to), at(from), kind, data);
    datagram.header = ddp::Header::Short;
    let data = datagram.encode().expect("a datagram");
    llap::Frame { destination: to, source: from, kind: llap::Kind::Short, data }.encode().expect("a frame")
}

fn queries(router: &mut ZoneRouter) {
    let now = Instant::from_millis(100_000);
    let query = Message::Query { networks: vec![1000] }.encode().expect("a message");
    let frame = short(254, 10, ddp_type::ZIP, query);
    let began = Clock::now();
    for _ in 0..QUERIES {
        router.frame(PortId(0), &frame, now).expect("a port");
        let answer = std::iter::from_fn(|| router.poll_frame()).last();
        black_box(answer.expect("an answer"));
    }
    let answered = began.elapsed().as_secs_f64();
    // The same packets read and written, and nothing known.
    let zone = ZoneName::from_text("Zone 0 0").expect("a zone");
    let began = Clock::now();
    for _ in 0..QUERIES {
        let read = llap::Frame::decode(&frame).expect("a frame");
        let datagram = Datagram::decode_short(254, 10, &read.data).expect("a datagram");
        let Ok(Message::Query { networks }) = Message::decode(&datagram.data) else { panic!("a Query") };
        let tuples = networks.iter().map(|network| (*network, zone)).collect();
        let reply = Message::Reply { count: 1, tuples }.encode().expect("a message");
        black_box(short(10, 254, ddp_type::ZIP, reply));
    }
    let bare = began.elapsed().as_secs_f64();
    println!(
        "queries answered: {:.0} a second, {:.2} of reading and writing the packets alone",
        f64::from(QUERIES) / answered,
        bare / answered,
    );
}

fn main() {
    let before = HEAP.load(Ordering::Relaxed);
    let few = router(2);
    let small = HEAP.load(Ordering::Relaxed) - before;
    let mut many = router(ZONES);
    let large = HEAP.load(Ordering::Relaxed) - before - small;
    let zones = usize::from(NETWORKS) * (ZONES - 2);
    println!("memory: {} octets a zone", (large - small) / zones);
    drop(few);
    lists(&mut many);
    queries(&mut many);
}
