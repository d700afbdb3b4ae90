//! Hostile callers in a row: memory and descriptors stay flat, and the listener serves.
use crate::process::{ALONE, setting, usage};
use osisession::*;
use osisession_testkit::bench::Rng;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CR: &[u8] = b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00";
/// Version 2, duplex.
const CN: &[u8] = b"\x0d\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02";
const ATTACKERS: u64 = 4;

fn dt(tsdu: &[u8], end: bool) -> Vec<u8> {
    let length = (7 + tsdu.len()) as u16;
    let [high, low] = length.to_be_bytes();
    [&[3, 0, high, low, 2, 0xf0, if end { 0x80 } else { 0 }], tsdu].concat()
}

fn tpkt(length: u16, content: &[u8]) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    [&[3, 0, high, low], content].concat()
}

/// What an attacker sends: after each part but the last it waits for an answer.
fn attack(rng: &mut Rng) -> Vec<Vec<u8>> {
    let random = |rng: &mut Rng, most: usize| -> Vec<u8> {
        (0..1 + rng.below(most)).map(|_| rng.below(256) as u8).collect()
    };
    let connected = |last: Vec<u8>| vec![CR.to_vec(), last];
    let established = |last: Vec<u8>| vec![CR.to_vec(), dt(CN, true), last];
    match rng.below(19) {
        // A port scan.
        0 => vec![],
        1 => vec![random(rng, 200)],
        2 => vec![b"GET / HTTP/1.1\r\nHost: device\r\n\r\n".to_vec()],
        // A ClientHello.
        3 => vec![b"\x16\x03\x01\x00\x75\x01\x00\x00\x71\x03\x03".to_vec()],
        4 => vec![tpkt(rng.below(8) as u16, CR)],
        5 => vec![tpkt(65_535, &random(rng, 3_000))],
        // Class 4 alone, and a size nobody has.
        6 => vec![b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x40".to_vec()],
        7 => vec![b"\x03\x00\x00\x0e\x09\xe0\x00\x00\x00\x01\x00\xc0\x01\xff".to_vec()],
        8 => connected(vec![]),
        // Half of a TPDU; data that does not wait for the CC.
        9 => vec![CR[..1 + rng.below(CR.len() - 1)].to_vec()],
        10 => vec![[CR, &dt(CN, true)].concat()],
        11 => connected(dt(&random(rng, 60), true)),
        12 => established(vec![]),
        // An SSDU that does not end, and a TSDU that does not.
        13 => established(dt(b"\x01\x00\x01\x03\x19\x01\x01more to come", true)),
        14 => established([dt(&[7; 2_000], false), dt(&[7; 2_000], false)].concat()),
        // A second CONNECT, an answer to nothing, an ABORT.
        15 => established(dt(CN, true)),
        16 => established(dt(b"\x0a\x00", true)),
        17 => established(dt(b"\x19\x03\x11\x01\x02", true)),
        // A valid exchange, with octets changed.
        _ => {
            let mut parts = established(dt(b"\x01\x00\x01\x00data", true));
            parts.push(dt(b"\x09\x00", true));
            for _ in 0..1 + rng.below(3) {
                let part = rng.below(parts.len());
                let at = rng.below(parts[part].len());
                parts[part][at] = rng.below(256) as u8;
            }
            parts
        }
    }
}

/// One hostile connection, from one of many addresses.
fn strike(target: SocketAddr, rng: &mut Rng) {
    let source = Ipv4Addr::new(127, 0, 1 + rng.below(16) as u8, 1 + rng.below(250) as u8);
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((source, 0)).into()).expect("bound");
    if socket.connect(&target.into()).is_err() {
        return;
    }
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let mut buffer = [0; 256];
    let parts = attack(rng);
    for (number, part) in parts.iter().enumerate() {
        // The other side may have closed already.
        if part.len() < 100 && rng.one_in(8) {
            let _ = part.iter().try_for_each(|octet| stream.write_all(std::slice::from_ref(octet)));
        } else {
            let _ = stream.write_all(part);
        }
        if number + 1 < parts.len() {
            // A part with a changed length may get none.
            stream.set_read_timeout(Some(Duration::from_millis(20))).expect("set");
            let _ = stream.read(&mut buffer);
            stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        }
    }
    if rng.one_in(4) {
        let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        return;
    }
    let _ = stream.shutdown(Shutdown::Write);
    loop {
        match stream.read(&mut buffer) {
            Ok(1..) => {}
            // Its end came, one way or the other.
            Ok(0) => return,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return,
            Err(error) => panic!("the listener keeps a caller who has left: {error}"),
        }
    }
}

/// `OSISESSION_HOSTILE`: how many connections, 10,000 by default.
#[test]
fn hostile_connections_in_a_row() {
    let _alone = ALONE.lock();
    let count = setting("OSISESSION_HOSTILE", 10_000);
    let endpoint = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    endpoint.start().expect("a thread");
    let listener = endpoint.listen("127.0.0.1:0", ListenerConfig::default()).expect("a listener");
    let target: SocketAddr = listener.local_address().parse().expect("an address");
    let answering = listener.clone();
    std::thread::spawn(move || {
        while let Ok(session) = answering.accept(None) {
            // A session lives as long as somebody holds it: here until its last event.
            let mut kept = Some(session.clone());
            session.set_handler(Some(Box::new(move |session, event| {
                let over = match event {
                    Event::ConnectIndication(_) => {
                        session.connect_response(ConnectResponse::default()).is_err()
                    }
                    Event::DataIndication(data) => session.data_request(data).is_err(),
                    Event::ReleaseIndication(_) => session.release_response("").is_ok(),
                    Event::PAbortIndication(..) | Event::UAbortIndication(_) => true,
                    _ => false,
                };
                if over {
                    drop(kept.take());
                }
            })));
        }
    });
    let caller = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    let serves = || {
        let session = caller
            .connect(&target.to_string(), ConnectRequest::default(), SessionConfig::default())
            .expect("asked");
        session.wait_connected(Some(Duration::from_secs(20))).expect("it serves");
        session.data_request("still there?").expect("sent");
        let echo = session.next_event(Some(Duration::from_secs(20)));
        assert_eq!(echo, Ok(Event::DataIndication("still there?".into())));
        session.release_request("").expect("sent");
        assert!(matches!(session.next_event(Some(Duration::from_secs(20))), Ok(Event::ReleaseConfirm(_))));
    };
    let rounds = 20;
    let done = AtomicU64::new(0);
    let mut first = None;
    for round in 0..rounds {
        std::thread::scope(|scope| {
            for attacker in 0..ATTACKERS {
                let done = &done;
                scope.spawn(move || {
                    let mut rng = Rng::new(round * ATTACKERS + attacker);
                    for _ in 0..count / rounds / ATTACKERS {
                        strike(target, &mut rng);
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        serves();
        while endpoint.next_refusal().is_some() {}
        let now = usage();
        println!("{:>8} hostile connections: {now:?}", done.load(Ordering::Relaxed));
        // What the allocator and the threads keep for good is there after a fifth.
        if round == rounds / 5 {
            first = Some(now);
        }
    }
    // Sessions that ended a moment ago are still being taken down.
    std::thread::sleep(Duration::from_millis(500));
    let (first, last) = (first.expect("measured"), usage());
    println!("{:?}", endpoint.counters());
    assert!(last.resident_kib <= first.resident_kib + 4_096, "memory grows: {first:?}, {last:?}");
    assert!(last.descriptors <= first.descriptors + 8, "descriptors grow: {first:?}, {last:?}");
}
