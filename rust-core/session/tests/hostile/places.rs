//! Places at a listener: how many callers may be without their CONNECT, and when a place is free again.
use crate::support::*;
use osisession::*;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A listener that never refuses early, and is patient.
fn listen(endpoint: &Endpoint, set: impl FnOnce(&mut ListenerConfig)) -> Listener {
    let mut config = ListenerConfig::default();
    config.early_refusal_from = usize::MAX;
    config.session.limits.connect_timeout = Duration::from_secs(60);
    set(&mut config);
    endpoint.listen("127.0.0.1:0", config).expect("a listener")
}

#[test]
fn max_connecting() {
    const LIMIT: usize = 12;
    let endpoint = endpoint();
    let listener = listen(&endpoint, |config| config.max_connecting = LIMIT);
    let mut callers: Vec<OctetStream> =
        (0..LIMIT).map(|n| listener.accept_stream("stream").unwrap_or_else(|e| panic!("{n}: {e}"))).collect();
    let error = listener.accept_stream("one too many").expect_err("full");
    assert_eq!(error.kind(), ErrorKind::LimitHit);
    assert_eq!(error.details().expected.as_deref(), Some("at most 12 (max_connecting)"));
    // One leaves, one may come.
    callers.pop();
    drive("a place", &[&endpoint], || match listener.accept_stream("next") {
        Ok(next) => {
            callers.push(next);
            true
        }
        Err(_) => false,
    });
    listener.accept_stream("one too many").expect_err("full");
}

/// Calls from an address of this machine; `None` where the system has that address not.
fn dial_from(listener: &Listener, source: Ipv4Addr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((source, 0)).into()).expect("an address of this machine");
    let address: SocketAddr = listener.local_address().parse().expect("an address");
    socket.connect(&address.into()).expect("connected");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(LONG).expect("set");
    stream
}

/// The peer ended it, and sent nothing.
fn is_ended(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).expect("set");
    let ended = match stream.read(&mut [0; 16]) {
        Ok(0) => true,
        Ok(_) => panic!("an answer to nothing"),
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    };
    stream.set_nonblocking(false).expect("set");
    ended
}

#[test]
fn max_connecting_per_source() {
    const LIMIT: usize = 5;
    // Other addresses of the loopback interface can be called from on Linux alone.
    let sources = if cfg!(target_os = "linux") { 2 } else { 1 };
    let endpoint = started();
    let listener = listen(&endpoint, |config| config.max_connecting_per_source = LIMIT);
    let mut kept = Vec::new();
    for source in 1..=sources {
        let source = Ipv4Addr::new(127, 0, 0, source);
        let before = endpoint.counters();
        let mut callers: Vec<TcpStream> = (0..LIMIT).map(|_| dial_from(&listener, source)).collect();
        until("all come", || endpoint.counters().callers == before.callers + LIMIT as u64);
        assert_eq!(endpoint.counters().callers_turned_away, before.callers_turned_away);
        let mut one_more = dial_from(&listener, source);
        until("it is turned away", || is_ended(&mut one_more));
        assert_eq!(endpoint.counters().callers_turned_away, before.callers_turned_away + 1);
        assert!(callers.iter_mut().all(|caller| !is_ended(caller)), "the others stay");
        kept.extend(callers);
    }
}

#[test]
fn early_refusal_from() {
    const LIMIT: usize = 6;
    // At the next number a coin is tossed: of 50 attempts one is refused, or this test fails once in 2^50 runs.
    let endpoint = endpoint();
    let mut refused = 0;
    for _ in 0..50 {
        let mut config = ListenerConfig::default();
        config.early_refusal_from = LIMIT;
        config.max_connecting = LIMIT + 2;
        let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
        // Up to the limit none is refused, nor is the one that exceeds it: it meets as many as are allowed.
        let _callers: Vec<OctetStream> =
            (0..=LIMIT).map(|_| listener.accept_stream("early").expect("never refused")).collect();
        match listener.accept_stream("tossed") {
            Ok(_last) => {
                assert!(listener.accept_stream("full").is_err(), "max_connecting holds in any case");
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::LimitHit);
                refused += 1;
            }
        }
    }
    assert!((1..50).contains(&refused), "{refused} of 50");
}

#[test]
fn backlog() {
    const LIMIT: usize = 3;
    let endpoint = started();
    let listener = listen(&endpoint, |config| config.backlog = LIMIT);
    let call = || {
        let request = ConnectRequest::default();
        endpoint.connect(&listener.local_address(), request, SessionConfig::default()).expect("an attempt")
    };
    let before = endpoint.counters();
    let _waiting: Vec<Session> = (0..LIMIT).map(|_| call()).collect();
    until("all wait", || endpoint.counters().callers == before.callers + LIMIT as u64);
    // Each has said CONNECT before the next one is refused.
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(endpoint.counters().callers_refused, 0);
    let error = call().wait_connected(LONG).expect_err("full");
    assert_eq!(error.details().reason, Some(refuse_reason::USER_CONGESTION.into()));
    assert_eq!(endpoint.counters().callers_refused, 1);
    drop(listener.try_accept().expect("the first"));
    assert!(
        call()
            .wait_connected(Some(Duration::from_millis(50)))
            .is_err_and(|e| e.kind() == ErrorKind::TimedOut)
    );
}

/// Calls, sends these octets, and says how long the listener bore with it.
fn borne(listener: &Listener, octets: &[u8]) -> Duration {
    use std::io::Write;
    let begin = Instant::now();
    let mut stream = dial_from(listener, Ipv4Addr::LOCALHOST);
    stream.write_all(octets).expect("sent");
    let mut buffer = [0; 256];
    while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
    begin.elapsed()
}

#[test]
fn a_place_is_free_within_a_second_of_its_deadline() {
    let endpoint = started();
    let connect = Duration::from_millis(400);
    let header = Duration::from_millis(200);
    let body = Duration::from_millis(300);
    for (what, octets, deadline) in [
        ("nothing", &b""[..], connect),
        ("one octet", &[3], header),
        ("half a header", &[3, 0], header),
        ("half a CR", &CR[..9], body),
        ("a CR alone", CR, connect),
        ("half a CONNECT", &[CR, &dt(CN)[..15]].concat(), body),
    ] {
        // A machine that is busy elsewhere may be late once, a library that is late is so always.
        let in_time = (0..5)
            .any(|_| late(&endpoint, octets, deadline, [connect, header, body]) < Duration::from_secs(1));
        assert!(in_time, "{what}: the place is free too late");
    }
}

/// How much later than its deadline the place of a caller that sends these octets is somebody else's.
fn late(endpoint: &Endpoint, octets: &[u8], deadline: Duration, limits: [Duration; 3]) -> Duration {
    let [connect, header, body] = limits;
    // There is one place.
    let listener = listen(endpoint, |config| {
        config.max_connecting = 1;
        config.session.limits.connect_timeout = connect;
        config.session.limits.tpkt_header_timeout = header;
        config.session.limits.tsdu_timeout = body;
        config.session.limits.tsdu_timeout_per_kib = Duration::ZERO;
    });
    let begin = Instant::now();
    let borne = borne(&listener, octets);
    assert!(borne >= deadline, "only {borne:?} of {deadline:?}");
    while let Err(error) = listener.accept_stream("next") {
        assert_eq!(error.kind(), ErrorKind::LimitHit);
        assert!(begin.elapsed() < Duration::from_secs(30), "the place is not free");
        std::thread::sleep(Duration::from_millis(1));
    }
    begin.elapsed() - deadline
}
