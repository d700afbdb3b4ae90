//! Ethernets: their frames in datagrams of UDP, which needs no privileges, and what packet sockets say without them.
use super::support::*;
use osisession::ErrorKind;
use osisession::decnet::*;
use osisession::proto::scp::ethernet::{ALL_END_NODES, ALL_ROUTERS, Frame};
use osisession::proto::scp::routing::control::Control;
use osisession::{Bytes, proto::Error};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A socket that plays the rest of a node's Ethernet.
fn wire() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
    socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a socket");
    socket
}

/// A node whose Ethernet is that socket.
fn node(at: &str, wire: &UdpSocket) -> DecnetConfig {
    let remote = wire.local_addr().expect("bound").to_string();
    let mut config = DecnetConfig::new(address(at), Circuit::ethernet_udp("127.0.0.1:0", &remote));
    config.limits.hello = Duration::from_secs(1);
    config
}

/// The next frame of the node that fits.
fn frame(wire: &UdpSocket, mut fits: impl FnMut(&Frame) -> bool) -> Frame {
    let end = Instant::now() + Duration::from_secs(20);
    let mut buffer = [0; 2_000];
    loop {
        assert!(Instant::now() < end, "no such frame");
        let Ok(count) = wire.recv(&mut buffer) else { continue };
        let octets = Bytes::copy_from_slice(&buffer[..count]);
        assert!(octets.len() >= 60, "frames are padded");
        let frame = Frame::decode(&octets).expect("readable").expect("DECnet");
        if fits(&frame) {
            return frame;
        }
    }
}

/// Carries frames between Ethernets until it is dropped, and keeps them.
struct Bridge {
    seen: Arc<Mutex<Vec<Frame>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Bridge {
    fn new(sides: [(UdpSocket, &DecnetEndpoint); 2]) -> Bridge {
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let [(one, first), (two, second)] = sides;
        for (socket, node) in [(&one, first), (&two, second)] {
            socket.connect(node.local_socket_address().expect("it has a socket")).expect("connected");
        }
        let copy = |socket: &UdpSocket| socket.try_clone().expect("a descriptor");
        let ways = [(copy(&one), copy(&two)), (two, one)];
        let threads = ways.map(|(from, into)| {
            let (seen, stop) = (seen.clone(), stop.clone());
            std::thread::spawn(move || {
                let mut buffer = [0; 2_000];
                while !stop.load(Ordering::Relaxed) {
                    let Ok(count) = from.recv(&mut buffer) else { continue };
                    let octets = Bytes::copy_from_slice(&buffer[..count]);
                    let frame = Frame::decode(&octets).expect("readable").expect("DECnet");
                    seen.lock().expect("no panic").push(frame);
                    let _ = into.send(&octets);
                }
            })
        });
        Bridge { seen, stop, threads: threads.into() }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().expect("no panic"));
    }
}

#[test]
fn links_over_an_ethernet_without_a_router() {
    let (one, two) = (wire(), wire());
    let there = started(node("1.1", &one));
    let here = started(node("1.2", &two));
    let bridge = Bridge::new([(one, &there), (two, &here)]);
    here.wait_up(LONG).expect("an Ethernet needs no neighbour");
    assert!(here.neighbour().is_none());
    let (link, answering) = linked(&there, &here);
    for number in 0..200 {
        let message = pattern(number, number * 17);
        link.send(message.clone()).expect("taken");
        assert_eq!(answering.receive(LONG).expect("a message"), message);
        answering.send(message.clone()).expect("taken");
        assert_eq!(link.receive(LONG).expect("a message"), message);
    }
    link.disconnect("done").expect("running");
    assert!(matches!(answering.next_event(LONG), Ok(LinkEvent::Disconnected { data, .. }) if data == "done"));
    let seen = std::mem::take(&mut *bridge.seen.lock().expect("no panic"));
    let stations = [address("1.1").station(), address("1.2").station()];
    for frame in &seen {
        assert!(stations.contains(&frame.source), "{frame:?}");
        assert!(stations.contains(&frame.destination) || frame.destination == ALL_ROUTERS, "{frame:?}");
        // Below 576 octets with a short header, whichever way they may have to go.
        assert!(frame.packet.len() <= 576 + 15, "{frame:?}");
    }
    assert!(seen.len() > 400);
}

#[test]
fn larger_blocks_where_all_are_on_the_same_ethernet() {
    let (one, two) = (wire(), wire());
    let large = |mut config: DecnetConfig| {
        config.block_size = 1_483;
        started(config)
    };
    let (there, here) = (large(node("1.1", &one)), large(node("1.2", &two)));
    let bridge = Bridge::new([(one, &there), (two, &here)]);
    let (link, answering) = linked(&there, &here);
    let message = pattern(1, 20_000);
    link.send(message.clone()).expect("taken");
    assert_eq!(answering.receive(LONG).expect("a message"), message);
    let longest = bridge.seen.lock().expect("no panic").iter().map(|frame| frame.packet.len()).max();
    // 1,498 at most; how many acknowledgements ride along decides the rest.
    assert!(longest.is_some_and(|longest| (1_490..=1_498).contains(&longest)), "{longest:?}");
    let mut config = node("1.3", &wire());
    config.block_size = 1_484;
    let error = DecnetEndpoint::new(config).expect_err("no frame takes it");
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

/// A router of level 2, 1,498 octets, priority 64, which says hello every 15 seconds and names no other.
fn router_hello(id: NodeAddress) -> Bytes {
    let mut packet = vec![0x0b, 2, 0, 0];
    packet.extend_from_slice(&id.station());
    packet.extend_from_slice(&[2, 0xda, 5, 64, 0, 15, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    let frame = Frame { destination: ALL_END_NODES, source: id.station(), packet: packet.into() };
    frame.encode().expect("a frame")
}

#[test]
fn the_designated_router_is_found_and_used() {
    let wire = wire();
    let here = started(node("1.2", &wire));
    wire.connect(here.local_socket_address().expect("it has a socket")).expect("connected");
    let hello = |frame: &Frame| match Control::decode(&frame.packet) {
        Ok(Control::EndNodeHello(hello)) => Some(hello),
        _ => None,
    };
    let first = frame(&wire, |frame| hello(frame).is_some());
    assert_eq!((first.source, first.destination), (address("1.2").station(), ALL_ROUTERS));
    let first = hello(&first).expect("a hello");
    assert_eq!((first.id, first.neighbor, first.timer), (address("1.2"), None, 1));
    // A call to somebody unknown goes straight to the station that node would have.
    let link = here.connect(address("1.9"), EndUser::Number(25), ConnectOptions::default()).expect("a call");
    frame(&wire, |frame| frame.destination == address("1.9").station());
    // A router says hello: the node names it in its own, and sends it what is for nodes it has not heard.
    let router = router_hello(address("1.1"));
    wire.send(&router).expect("sent");
    let named = frame(&wire, |frame| hello(frame).is_some_and(|hello| hello.neighbor.is_some()));
    assert_eq!(hello(&named).and_then(|hello| hello.neighbor), Some(address("1.1")));
    let _second =
        here.connect(address("1.8"), EndUser::Number(25), ConnectOptions::default()).expect("a call");
    frame(&wire, |frame| frame.destination == address("1.1").station());
    // Octets that are no frames of DECnet, or none at all, do no harm.
    for junk in [&b""[..], b"x", &[0; 60], &[0xff; 1_600], &router[..20]] {
        wire.send(junk).expect("sent");
    }
    frame(&wire, |frame| hello(frame).is_some());
    drop(link);
    assert!(here.is_up());
}

#[test]
fn interfaces_that_cannot_be_had() {
    let at = |interface: &str| -> Error {
        let config = DecnetConfig::new(address("1.2"), Circuit::ethernet(interface));
        DecnetEndpoint::new(config).expect_err("no such Ethernet")
    };
    if cfg!(all(feature = "ethernet", target_os = "linux")) {
        let error = at("osi0none");
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(
            error.to_string().contains("there is no interface osi0none in this network namespace"),
            "{error}"
        );
        let error = at("a-name-that-no-interface-can-have");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        // The loopback interface is everywhere. Without the capability that is what is missing; one that is down may come up, and is waited
        // for; one that is up is no Ethernet.
        match DecnetEndpoint::new(DecnetConfig::new(address("1.2"), Circuit::ethernet("lo"))) {
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains("lo is no Ethernet") || error.contains("CAP_NET_RAW"), "{error}");
            }
            Ok(waiting) => {
                let error = waiting.wait_up(Some(Duration::from_millis(50))).expect_err("no circuit");
                assert!(error.to_string().contains("the interface lo is down"), "{error}");
            }
        }
    } else {
        assert!(at("eth0").to_string().contains("it needs Linux and the feature"), "{}", at("eth0"));
    }
}
