//! What goes wrong below the session, and that the others do not notice.
use crate::support::*;
use osisession::*;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// CR without selectors, as any stack may send it.
const CR: &[u8] = b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00";

/// TPKT and DT around a TSDU.
fn dt(tsdu: &[u8]) -> Vec<u8> {
    let mut octets = vec![3, 0, 0, 7 + tsdu.len() as u8, 2, 0xf0, 0x80];
    octets.extend_from_slice(tsdu);
    octets
}

fn short() -> SessionConfig {
    let mut config = SessionConfig::default();
    config.limits.connect_timeout = Duration::from_millis(100);
    config
}

/// An endpoint with a listener of little patience, served in the background.
fn callee() -> (Endpoint, Listener) {
    let endpoint = started();
    let mut config = ListenerConfig::default();
    config.session.limits.connect_timeout = Duration::from_millis(500);
    config.session.limits.tpkt_header_timeout = Duration::from_millis(500);
    config.max_connecting_per_source = 100;
    config.early_refusal_from = 100;
    let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
    (endpoint, listener)
}

fn dial(listener: &Listener) -> TcpStream {
    let stream = TcpStream::connect(listener.local_address()).expect("connected");
    stream.set_read_timeout(LONG).expect("set");
    stream
}

/// As [`dial`], with the transport connection confirmed.
fn t_connected(listener: &Listener) -> TcpStream {
    let mut stream = dial(listener);
    stream.write_all(CR).expect("sent");
    let mut header = [0; 4];
    stream.read_exact(&mut header).expect("TPKT");
    let mut cc = vec![0; usize::from(header[3]) - 4];
    stream.read_exact(&mut cc).expect("CC");
    assert_eq!(cc[1], 0xd0, "CC");
    stream
}

/// Everything that comes until the end of file or a reset.
fn drain(stream: &mut TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return octets,
            Ok(count) => octets.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return octets,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_closed_port_refuses() {
    let address = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("bound").to_string();
    let endpoint = endpoint();
    let session = connect_to(&endpoint, &address, SessionConfig::default());
    let (reason, error) = abort(&session);
    assert_eq!(reason, PAbortReason::TransportDisconnect);
    assert_eq!((error.kind(), error.layer()), (ErrorKind::Transport, Layer::Network), "{error:?}");
    assert!(error.to_string().starts_with(&format!("connection refused by {address}")), "{error}");
    assert_eq!(error.details().state, Some("STA01B"));
    assert_eq!(session.next_event(LONG).expect_err("over").kind(), ErrorKind::Closed);
    assert_eq!(endpoint.next_timeout(), None, "nothing is left behind");
}

#[test]
fn an_unknown_name_is_an_event() {
    let endpoint = endpoint();
    let session = connect_to(&endpoint, "no-such-host.invalid:102", SessionConfig::default());
    let (_, error) = abort(&session);
    assert!(error.to_string().contains("no-such-host.invalid:102"), "{error}");
    let session = connect_to(&endpoint, "memory:nobody", SessionConfig::default());
    let (_, error) = abort(&session);
    assert!(error.to_string().contains("connection refused by memory:nobody"), "{error}");
}

#[test]
fn a_name_with_several_addresses_is_tried_in_order() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    let port = listener.local_address().rsplit_once(':').expect("a port").1.to_owned();
    // On most systems ::1 comes first, where nobody listens.
    let session = connect_to(&endpoint, &format!("localhost:{port}"), SessionConfig::default());
    answer(&listener.accept(LONG).expect("a caller"));
    session.wait_connected(LONG).expect("connected");
    assert!(session.peer_address().expect("an address").contains("127.0.0.1"));
}

#[test]
fn a_silent_peer_is_given_up_step_by_step() {
    let endpoint = endpoint();
    // A listener that nobody accepts from: TCP is up, and then nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = silent.local_addr().expect("bound").to_string();
    let session = connect_to(&endpoint, &address, short());
    let (_, error) = abort(&session);
    assert_eq!((error.kind(), error.layer()), (ErrorKind::TimedOut, Layer::Transport), "{error:?}");
    assert!(
        error.to_string().contains(&format!("no answer to the CR (T-CONNECT) from {address}")),
        "{error}"
    );

    // T-CONNECT is confirmed, and then nothing.
    let session = connect_to(&endpoint, &address, short());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (first, _) = silent.accept().expect("the first attempt");
            let (mut stream, _) = silent.accept().expect("the second attempt");
            let mut cr = [0; 512];
            assert!(stream.read(&mut cr).expect("CR") > 6);
            stream.write_all(&[3, 0, 0, 11, 6, 0xd0, cr[8], cr[9], 0, 1, 0]).expect("CC");
            drain(&mut stream);
            drop(first);
        });
        let (_, error) = abort(&session);
        assert_eq!((error.kind(), error.layer()), (ErrorKind::TimedOut, Layer::Session), "{error:?}");
        assert!(error.to_string().contains("ACCEPT"), "{error}");
    });
}

#[test]
fn hostile_callers_do_not_disturb_the_others() {
    let (endpoint, listener) = callee();
    let caller = started();
    let (steady, other) = connected(&caller, &listener);

    // Silence before the CR.
    let mut silent = dial(&listener);
    // Half a TPKT header; half a TPKT.
    let mut header = dial(&listener);
    header.write_all(&[3, 0]).expect("sent");
    let mut half = dial(&listener);
    half.write_all(&CR[..7]).expect("sent");
    // A CR, and then silence; and half a TPKT after the T-CONNECT.
    let mut mute = t_connected(&listener);
    let mut stuck = t_connected(&listener);
    stuck.write_all(b"\x03\x00\x01").expect("sent");
    // Garbage of several kinds.
    let mut http = dial(&listener);
    http.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("sent");
    let mut data_first = dial(&listener);
    data_first.write_all(&dt(&[1, 0])).expect("sent");
    let mut no_session = t_connected(&listener);
    no_session.write_all(&dt(b"\xff\xff\xff")).expect("sent");
    // Data before the CC, which the caller had to await.
    let mut hasty = dial(&listener);
    hasty.write_all(&[CR, &dt(&[1, 0])].concat()).expect("sent");
    // There, and gone.
    drop(dial(&listener));
    // Half closed at once.
    let mut half_closed = dial(&listener);
    half_closed.shutdown(Shutdown::Write).expect("done");

    for _ in 0..3 {
        whole_life(&caller, &listener);
    }
    for stream in [&mut silent, &mut header, &mut half, &mut http, &mut data_first, &mut half_closed] {
        assert_eq!(drain(stream), b"", "no CR, no answer");
    }
    drain(&mut hasty);
    for stream in [&mut mute, &mut stuck, &mut no_session] {
        drain(stream);
    }
    steady.data_request("still here").expect("sent");
    assert_eq!(data(&other), "still here");
    assert!(listener.try_accept().is_none());
    drop(endpoint);
}

#[test]
fn too_many_silent_callers_are_turned_away() {
    // One source: its share, and with several sources the share of all.
    for (in_all, per_source) in [(100, 3), (3, 100)] {
        let endpoint = started();
        let mut config = ListenerConfig::default();
        config.max_connecting = in_all;
        config.max_connecting_per_source = per_source;
        config.early_refusal_from = 100;
        config.session.limits.connect_timeout = Duration::from_millis(700);
        let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
        // One less than the limit, and there is room for a whole life: it takes its place for a moment only.
        let mut silent: Vec<TcpStream> = (0..2).map(|_| dial(&listener)).collect();
        for _ in 0..3 {
            whole_life(&started(), &listener);
        }
        // The limit is reached; one more is closed at once, and those before it are not.
        silent.push(dial(&listener));
        assert_eq!(drain(&mut dial(&listener)), b"");
        for stream in &mut silent {
            stream.set_nonblocking(true).expect("set");
            let error = stream.read(&mut [0; 1]).expect_err("still open");
            assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
            stream.set_nonblocking(false).expect("set");
        }
        let counters = endpoint.counters();
        assert_eq!((counters.callers, counters.callers_turned_away), (7, 1), "{counters:?}");
        // Their time is over: the places are free again, within a second.
        let begin = Instant::now();
        silent.iter_mut().for_each(|stream| assert_eq!(drain(stream), b""));
        whole_life(&started(), &listener);
        assert!(begin.elapsed() < Duration::from_millis(700 + 1_000));
    }
}

#[test]
fn what_an_endpoint_did_is_counted() {
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    whole_life(&caller, &listener);
    let (initiator, responder) = connected(&caller, &listener);
    initiator.u_abort_request("").expect("sent");
    responder.next_event(LONG).expect("the abort");
    let (ours, theirs) = (caller.counters(), callee.counters());
    assert_eq!((ours.calls, ours.callers, theirs.calls, theirs.callers), (2, 0, 0, 2));
    for counters in [ours, theirs] {
        assert_eq!((counters.established, counters.released, counters.aborted), (2, 1, 1), "{counters:?}");
    }
    assert!(ours.octets_sent > 100);
    drive(&[], || caller.counters().octets_sent == callee.counters().octets_received);
    let mut stranger = t_connected(&listener);
    stranger.write_all(&dt(b"\x0d\x06\x16\x01\x08\x14\x01\x00")).expect("sent");
    drain(&mut stranger);
    assert_eq!(callee.counters().callers_refused, 1);
}

/// A peer without a library: connected, its session accepted.
fn raw_session(listener: &Listener) -> (TcpStream, Session) {
    let mut stream = t_connected(listener);
    // CN: version 2, duplex.
    let cn = b"\x0d\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02";
    stream.write_all(&dt(cn)).expect("sent");
    let session = listener.accept(LONG).expect("a caller");
    answer(&session);
    let mut header = [0; 4];
    stream.read_exact(&mut header).expect("TPKT");
    let mut ac = vec![0; usize::from(header[3]) - 4];
    stream.read_exact(&mut ac).expect("AC");
    assert_eq!(ac[3], 0x0e, "AC");
    (stream, session)
}

#[test]
fn the_end_of_a_peer_is_described() {
    let (_endpoint, listener) = callee();
    // An orderly end of TCP, in the middle of a session.
    let (stream, session) = raw_session(&listener);
    let peer = stream.local_addr().expect("bound").to_string();
    assert_eq!(session.peer_address(), Some(peer.clone()));
    drop(stream);
    let (reason, error) = abort(&session);
    assert_eq!(reason, PAbortReason::TransportDisconnect);
    assert_eq!(error.to_string().split(" [").next(), Some(&*format!("connection closed by {peer}")));
    assert_eq!(error.details().state, Some("STA713"), "{error:?}");

    // A reset: closing with octets unread.
    let (stream, session) = raw_session(&listener);
    let peer = stream.local_addr().expect("bound").to_string();
    session.data_request("never read").expect("sent");
    std::thread::sleep(Duration::from_millis(20));
    drop(stream);
    let (_, error) = abort(&session);
    assert_eq!(
        error.to_string().split(" [").next(),
        Some(&*format!("connection reset by {peer}")),
        "{error}"
    );

    // The end within a packet.
    let (mut stream, session) = raw_session(&listener);
    stream.write_all(&dt(&[1, 0, 1, 0, 9])[..9]).expect("sent");
    stream.shutdown(Shutdown::Write).expect("done");
    let (_, error) = abort(&session);
    assert_eq!(error.layer(), Layer::Tpkt, "{error:?}");

    // A header that never ends.
    let (mut stream, session) = raw_session(&listener);
    stream.write_all(&[3]).expect("sent");
    let (_, error) = abort(&session);
    assert_eq!(error.layer(), Layer::Tpkt, "{error:?}");
    assert_eq!(drain(&mut stream), b"");

    // A protocol error is answered by an ABORT before the end.
    let (mut stream, session) = raw_session(&listener);
    stream.write_all(&dt(&[0x08, 0x00])).expect("sent");
    let (reason, error) = abort(&session);
    assert_eq!((reason, error.kind()), (PAbortReason::ProtocolError, ErrorKind::Peer), "{error:?}");
    stream.shutdown(Shutdown::Write).expect("done");
    assert_eq!(drain(&mut stream).get(7), Some(&0x19), "AB");
}

#[test]
fn the_last_spdu_arrives_before_the_end() {
    let (_endpoint, listener) = callee();
    let caller = started();
    for _ in 0..20 {
        let (initiator, responder) = connected(&caller, &listener);
        // Unread octets on both sides must not turn the close into a reset.
        initiator.data_request(vec![1; 100_000]).expect("sent");
        responder.data_request(vec![2; 100_000]).expect("sent");
        responder.u_abort_request("the end").expect("sent");
        drop(responder);
        assert_eq!(data(&initiator).len(), 100_000);
        assert_eq!(initiator.next_event(LONG), Ok(Event::UAbortIndication("the end".into())));
    }
}

#[test]
fn dropping_an_open_session_aborts_it() {
    let (endpoint, listener) = callee();
    let caller = started();
    let (initiator, responder) = connected(&caller, &listener);
    let clone = initiator.clone();
    drop(initiator);
    assert!(!clone.is_over(), "a handle is left");
    drop(clone);
    assert!(matches!(responder.next_event(LONG), Ok(Event::UAbortIndication(_))));

    let (initiator, responder) = connected(&caller, &listener);
    responder.close();
    responder.close();
    assert!(matches!(initiator.next_event(LONG), Ok(Event::UAbortIndication(_))));
    assert_eq!(responder.data_request("x").expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(initiator.data_request("x").expect_err("over").kind(), ErrorKind::Closed);

    // A session that is still on its way, and one that nobody accepted.
    drop(connect(&caller, &listener));
    let session = connect(&caller, &listener);
    endpoint.close();
    assert!(session.wait_connected(LONG).is_err());
}

#[test]
fn closing_an_endpoint_ends_everything() {
    let callee = endpoint();
    let listener = listen(&callee);
    let caller = started();
    let (initiator, responder) = connected(&caller, &listener);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| responder.next_event(None));
        let acceptor = scope.spawn(|| listener.accept(None).map(drop));
        std::thread::sleep(Duration::from_millis(20));
        callee.close();
        assert_eq!(waiter.join().expect("no panic").expect_err("closed").kind(), ErrorKind::Closed);
        assert_eq!(acceptor.join().expect("no panic").expect_err("closed").kind(), ErrorKind::Closed);
    });
    callee.close();
    assert!(callee.is_closed());
    assert!(matches!(initiator.next_event(LONG), Ok(Event::UAbortIndication(_))));
    assert_eq!(callee.dispatch(Some(Duration::ZERO)).expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(callee.start().expect_err("closed").kind(), ErrorKind::Closed);
    assert!(callee.open(SessionConfig::default()).is_err());
    assert!(callee.connect("127.0.0.1:1", ConnectRequest::default(), SessionConfig::default()).is_err());
    assert!(callee.listen("127.0.0.1:0", ListenerConfig::default()).is_err());
}

/// Descriptors of this process; `None` where the system does not show them.
fn descriptors() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

#[test]
fn no_descriptor_is_left_behind() {
    // In a process of its own: other tests open and close descriptors all the time.
    if std::env::var_os("COUNT_DESCRIPTORS").is_none() {
        let outcome = std::process::Command::new(std::env::current_exe().expect("a test binary"))
            .args(["--exact", "failures::no_descriptor_is_left_behind", "--nocapture"])
            .env("COUNT_DESCRIPTORS", "1")
            .output()
            .expect("it runs");
        assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
        return;
    }
    let life = || {
        let (caller, callee) = (started(), started());
        let listener = listen(&callee);
        whole_life(&caller, &listener);
        let (initiator, responder) = connected(&caller, &listener);
        drop(initiator);
        drop(connect(&caller, &listener));
        drop(dial(&listener));
        // A handler that holds its own session is let go at the end.
        let held = responder.clone();
        responder.set_handler(Some(Box::new(move |_, _| {
            let _ = held.id();
        })));
    };
    let before = descriptors();
    for _ in 0..5 {
        life();
    }
    // An endpoint whose last handle is in a handler goes when that is dropped, in the background thread.
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while descriptors() != before {
        assert!(std::time::Instant::now() < end, "{:?} descriptors, {before:?} before", descriptors());
        std::thread::sleep(Duration::from_millis(5));
    }
}
