//! Circuits that come, go, and never come.
use crate::support::*;
use osisession::ErrorKind;
use osisession::decnet::*;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn neighbours_are_known() {
    let (there, here) = pair();
    assert_eq!(here.neighbour().expect("one").address, address("1.1"));
    assert_eq!(there.neighbour().expect("one").address, address("1.2"));
    assert!(matches!(here.next_circuit_event(), Some(CircuitEvent::Up(Some(_)))));
    assert!(here.counters().octets_sent > 0 && here.counters().octets_received > 0);
    assert_eq!(here.local_address(), None);
}

#[test]
fn datagrams_carry_a_circuit_too() {
    let free = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (one, two) = (free(), free());
    let there = started(DecnetConfig::new(address("1.1"), Circuit::udp(&one, &two)));
    let here = started(DecnetConfig::new(address("1.2"), Circuit::udp(&two, &one)));
    assert_eq!(there.local_address(), Some(one));
    let (link, answering) = linked(&there, &here);
    for number in 0..100 {
        link.send_wait(pattern(number, number * 50), LONG).expect("sent");
        assert_eq!(answering.receive(LONG).expect("a message"), pattern(number, number * 50));
    }
}

#[test]
fn links_outlive_a_loss_of_the_circuit() {
    let there = started(listening());
    let relay = Relay::new(there.local_address().expect("it listens"));
    let here = started(connecting_to(&relay.address));
    let (link, answering) = linked(&there, &here);
    for round in 0..5 {
        relay.cut();
        for number in 0..20 {
            link.send_wait(pattern(round + number, 700), LONG).expect("sent");
            answering.send_wait(pattern(round + number, 90), LONG).expect("sent");
        }
        for number in 0..20 {
            assert_eq!(answering.receive(LONG).expect("a message"), pattern(round + number, 700));
            assert_eq!(link.receive(LONG).expect("a message"), pattern(round + number, 90));
        }
    }
    let mut downs = 0;
    while let Some(event) = here.next_circuit_event() {
        downs += usize::from(matches!(event, CircuitEvent::Down(_)));
    }
    assert!(downs >= 1, "the circuit was never lost");
}

#[test]
fn a_neighbour_that_cannot_prove_itself_stays_outside() {
    let mut config = listening();
    config.demand = Some("SESAME".into());
    let there = started(config);
    let mut config = connecting(&there);
    config.verification = "WRONG".into();
    let here = started(config);
    let error = there.wait_up(Some(Duration::from_millis(500))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let text = format!("{error} {:?}", error.details());
    assert!(error.details().found.is_some(), "{text}");
    assert!(!text.contains("SESAME") && !text.contains("WRONG"), "{text}");
    assert!(matches!(there.next_circuit_event(), Some(CircuitEvent::Down(_))));
    drop(here);
    let mut config = connecting(&there);
    config.verification = "SESAME".into();
    let here = started(config);
    here.wait_up(LONG).expect("let in");
    there.wait_up(LONG).expect("let in");
}

#[test]
fn nobody_at_the_other_end() {
    // A port that was free a moment ago.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let here = started(connecting_to(&gone));
    let error = here.wait_up(Some(Duration::from_millis(300))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.details().found.as_ref().is_some_and(|found| found.contains("refused")), "{error:?}");
    // It comes: then the circuit comes by itself.
    let there = started(DecnetConfig::new(address("1.1"), Circuit::listen(&gone)));
    here.wait_up(LONG).expect("a circuit");
    there.wait_up(LONG).expect("a circuit");
}

#[test]
fn one_neighbour_at_a_time_and_only_those_expected() {
    let (there, here) = pair();
    let mut stranger = TcpStream::connect(there.local_address().unwrap()).expect("connected");
    stranger.set_read_timeout(LONG).unwrap();
    assert_eq!(stranger.read(&mut [0; 10]).expect("closed in order"), 0);
    assert!(here.is_up());

    let circuit = Circuit::Listen { address: "127.0.0.1:0".into(), from: vec!["192.0.2.1".parse().unwrap()] };
    let there = started(DecnetConfig::new(address("1.1"), circuit));
    let mut stranger = TcpStream::connect(there.local_address().unwrap()).expect("connected");
    stranger.set_read_timeout(LONG).unwrap();
    assert_eq!(stranger.read(&mut [0; 10]).expect("closed in order"), 0);
}

#[test]
fn a_caller_that_speaks_something_else_does_not_stay() {
    let there = started(listening());
    let local = there.local_address().unwrap();
    for octets in [&b"GET / HTTP/1.0\r\n\r\n"[..], &[0; 100], &[0xff; 5_000], &[4, 0, 0, 0, 1, 2, 3, 4]] {
        let mut stranger = TcpStream::connect(&local).expect("connected");
        stranger.set_read_timeout(LONG).unwrap();
        let _ = stranger.write_all(octets);
        let mut sink = Vec::new();
        // In order or by a reset: it is closed.
        let _ = stranger.read_to_end(&mut sink);
        assert!(!there.is_up());
        // Until the node has noticed, it serves nobody else.
        std::thread::sleep(Duration::from_millis(20));
    }
    let here = started(connecting(&there));
    here.wait_up(LONG).expect("a circuit");
}

#[test]
fn a_silent_caller_is_closed_after_the_time_of_an_initialization() {
    let mut config = listening();
    config.limits.hello = Duration::from_secs(1);
    let there = started(config);
    let mut stranger = TcpStream::connect(there.local_address().unwrap()).expect("connected");
    stranger.set_read_timeout(LONG).unwrap();
    let mut sink = Vec::new();
    stranger.read_to_end(&mut sink).expect("closed in order");
    assert!(!sink.is_empty(), "our initialization came");
}

#[test]
fn configurations_that_cannot_be() {
    let wrong = |config: DecnetConfig, kind: ErrorKind| {
        let error = DecnetEndpoint::new(config).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    };
    wrong(connecting_to("memory:x"), ErrorKind::Invalid);
    wrong(connecting_to("a b"), ErrorKind::Invalid);
    wrong(connecting_to("no.such.host.invalid:700"), ErrorKind::Transport);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let text = taken.local_addr().unwrap().to_string();
    wrong(DecnetConfig::new(address("1.1"), Circuit::listen(&text)), ErrorKind::Transport);
    let mut config = listening();
    config.verification = vec![b'x'; 65].into();
    wrong(config, ErrorKind::Invalid);
    let mut config = listening();
    config.block_size = 100;
    wrong(config, ErrorKind::Invalid);
    wrong(DecnetConfig::new(address("1.1"), Circuit::udp("127.0.0.1:0", "[::1]:700")), ErrorKind::Invalid);
}
