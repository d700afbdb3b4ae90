//! AppleTalk nodes and routers over UDP multicast on the loopback interface.
#![cfg(unix)]
mod shared;

use osisession::appletalk::{
    ClientOptions, Entity, EtherTalk, LocalTalkUdp, Name, NetworkRange, NodeAddress, NodeEvent, PortId,
    RouterEvent, RouterOptions, RouterPort, Seed, ZoneClient, ZoneName, ZoneRouter,
};
use osisession::proto::zip::limits::LinkLimits;
use osisession::{Error, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);

fn zone(text: &str) -> ZoneName {
    ZoneName::from_text(text).expect("a zone name")
}

fn name(text: &str) -> Name {
    Name::from_text(text).expect("a name")
}

/// A segment that nobody else of this host has: its UDP port is one that was free.
fn segment() -> LocalTalkUdp {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a socket");
    let port = socket.local_addr().expect("an address").port();
    LocalTalkUdp::at(Ipv4Addr::LOCALHOST).with_port(port)
}

fn quick() -> LinkLimits {
    let mut link = LinkLimits::default();
    link.enquiry_interval = Duration::from_millis(20);
    link
}

fn options() -> ClientOptions {
    let mut options = ClientOptions::default();
    options.link = quick();
    options.limits.lookup_interval = Duration::from_millis(300);
    options.limits.net_info_interval = Duration::from_millis(500);
    options
}

/// A router between two segments, of networks 100 and 200.
fn router(segments: &[LocalTalkUdp]) -> ZoneRouter {
    let mut options = RouterOptions::default();
    options.limits.link = quick();
    options.limits.verify_interval = Duration::from_millis(100);
    options.limits.send_interval = Duration::from_secs(1);
    let ports = segments
        .iter()
        .zip([(100, "Near"), (200, "Fär")])
        .map(|(segment, (network, name))| RouterPort {
            segment: segment.clone().into(),
            seed: Some(Seed {
                range: NetworkRange::single(network).expect("a number"),
                zones: vec![zone(name)],
            }),
            node: Some(254),
        })
        .collect();
    ZoneRouter::open(ports, options).expect("a router")
}

/// Ends the threads that drive others, however the test ends.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn nodes_and_a_router_on_two_segments() {
    let segments = [segment(), segment()];
    let mut router = router(&segments);
    let mut active = 0;
    while active < 2 {
        let event = router.next_event(LONG).expect("the network").expect("an event");
        active += usize::from(matches!(event, RouterEvent::PortActive { .. }));
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let stop = &stop;
        let guard = Stop(stop);
        scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                router.dispatch(Duration::from_millis(20)).expect("the network");
            }
        });
        let mut far = ZoneClient::open(segments[1].clone(), options()).expect("a node");
        let joined = far.join(LONG).expect("a router");
        assert_eq!(joined.network, NetworkRange::single(200).ok());
        far.register(name("Printer"), name("LaserWriter"), 130, LONG).expect("the name");
        let address = joined.address;
        scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                far.dispatch(Duration::from_millis(20)).expect("the network");
            }
        });
        let mut near = ZoneClient::open(segments[0].clone(), options()).expect("a node");
        let joined = near.join(LONG).expect("a router");
        assert_eq!((joined.address.network, joined.router.map(|router| router.node)), (100, Some(254)));
        assert_eq!(near.my_zone(LONG).expect("a zone"), zone("Near"));
        assert_eq!(near.local_zones(LONG).expect("zones"), [zone("Near")]);
        assert_eq!(near.zone_list(LONG).expect("zones"), [zone("Near"), zone("Fär")]);
        let entity = Entity::from_text("printer:=@FäR").expect("an entity");
        let found = near.look_up(entity, LONG).expect("a look-up");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].address.at(), found[0].address.socket), (address, 130));
        assert!(near.echo(address, b"hello", LONG).expect("an echo") < LONG);
        let nobody = Entity::from_text("=:=@Nowhere").expect("an entity");
        assert!(near.look_up(nobody, LONG).expect("a look-up").is_empty());
        drop(guard);
    });
}

#[test]
fn a_node_without_a_router() {
    let mut node = ZoneClient::open(segment(), options()).expect("a node");
    let joined = node.join(LONG).expect("an address");
    assert_eq!((joined.network, joined.router, joined.address.network), (None, None, 0));
    assert_eq!(node.zone_list(LONG).expect_err("no router").kind(), ErrorKind::Refused);
    assert!(matches!(node.next_event(LONG), Ok(Some(NodeEvent::Alone { .. }))));
    assert_eq!(node.next_event(Duration::from_millis(10)), Ok(None));
    node.register(name("Alone"), name("Test"), 130, LONG).expect("the name");
    let found = node.look_up(Entity::from_text("=:test").expect("an entity"), LONG).expect("a look-up");
    assert_eq!(found.len(), 1);
    assert!(node.unregister(&name("ALONE"), &name("TEST")));
}

#[test]
fn two_nodes_that_want_the_same_number() {
    let segment = segment();
    let mut wants = options();
    wants.node = Some(77);
    let mut first = ZoneClient::open(segment.clone(), wants.clone()).expect("a node");
    assert_eq!(first.join(LONG).expect("an address").address.node, 77);
    let stop = AtomicBool::new(false);
    let second = std::thread::scope(|scope| -> Result<u8, Error> {
        let stop = &stop;
        let guard = Stop(stop);
        scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                first.dispatch(Duration::from_millis(5)).expect("the network");
            }
        });
        let joined = ZoneClient::open(segment, wants)?.join(LONG)?;
        drop(guard);
        Ok(joined.address.node)
    });
    assert_ne!(second.expect("an address"), 77);
}

#[test]
fn a_wait_that_ends() {
    let mut node = ZoneClient::open(segment(), options()).expect("a node");
    let began = Instant::now();
    let error = node.join(Duration::from_millis(20)).expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(began.elapsed() < LONG);
    let mut router = router(&[segment()]);
    assert!(router.take_down(PortId(7)).is_err());
    router.take_down(PortId(0)).expect("a port");
    assert!(matches!(router.next_event(LONG), Ok(Some(RouterEvent::PortDown { .. }))));
}

#[test]
fn interfaces_that_cannot_be_had() {
    let at = |interface: &str| {
        let node = ZoneClient::open(EtherTalk::at(interface), ClientOptions::default());
        let ports = vec![RouterPort { segment: EtherTalk::at(interface).into(), seed: None, node: None }];
        let router = ZoneRouter::open(ports, RouterOptions::default());
        let (node, router) = (node.expect_err("no such Ethernet"), router.expect_err("no such Ethernet"));
        assert_eq!(node, router);
        node
    };
    if cfg!(all(feature = "ethernet", target_os = "linux")) {
        let error = at("osi0none").to_string();
        assert!(error.contains("there is no interface osi0none in this network namespace"), "{error}");
        assert_eq!(at("").kind(), ErrorKind::Invalid);
        // The loopback interface is everywhere: with the capability it is known that it is no Ethernet, without it nothing.
        let error = at("lo").to_string();
        let said = ["lo is no Ethernet", "the interface lo is down", "CAP_NET_RAW"];
        assert!(said.iter().any(|said| error.contains(said)), "{error}");
    } else {
        assert!(at("eth0").to_string().contains("it needs Linux and the feature"), "{}", at("eth0"));
    }
}
