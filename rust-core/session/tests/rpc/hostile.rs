//! Peers that do what they must not, and limits.
use crate::support::*;
use osisession::proto::rpc::{Flags, Header, Hello, Kind};
use osisession::rpc::*;
use osisession::{
    Bytes, ConnectConfirm, ConnectRequest, ConnectResponse, Endpoint, Error, ErrorKind, Event as Indication,
    ListenerConfig, Session, SessionConfig, connect_failure, refuse_reason,
};
use std::sync::mpsc;
use std::time::Duration;

const ANYONE: [u8; 16] = [9; 16];

fn hello(question: bool, association: [u8; 16]) -> Bytes {
    Hello { association, resumed: false, low: 1, seen: 0 }.encode(question)
}

fn message(kind: Kind, code: u16, id: u64, data: &str) -> Bytes {
    Header { kind, flags: Flags::empty(), code, id }.encode(data.as_bytes())
}

/// A server by hand: it answers the first request with these octets, and says what became of the session.
fn answering(
    endpoint: &Endpoint,
    octets: impl Fn(u64) -> Bytes + Send + 'static,
) -> (String, mpsc::Receiver<Indication>) {
    let listener = endpoint.listen("127.0.0.1:0", ListenerConfig::default()).expect("a listener");
    let address = listener.local_address();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok(session) = listener.accept(None) {
            while let Ok(event) = session.next_event(None) {
                match event {
                    Indication::ConnectIndication(connect) => {
                        let asked = Hello::decode(&connect.user_data, true).expect("a hello");
                        let user_data = hello(false, asked.association);
                        let response = ConnectResponse { user_data, ..ConnectResponse::default() };
                        session.connect_response(response).expect("accepted");
                    }
                    Indication::DataIndication(data) => {
                        let (header, _) = Header::decode(&data).expect("a message");
                        let _ = session.data_request(octets(header.id));
                    }
                    other => drop(send.send(other)),
                }
            }
        }
    });
    (address, receive)
}

#[test]
fn hostile_answers() {
    let (near, far) = (started(), started());
    type Wrong = fn(u64) -> Bytes;
    let wrong: [(&str, Wrong); 8] = [
        ("message", |_| "short".into()),
        ("kind", |_| Bytes::from_static(&[9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ("flags", |id| Bytes::from([&[2, 0x80, 0, 0][..], &id.to_be_bytes()].concat())),
        ("code", |id| message(Kind::Response, 7, id, "")),
        ("code", |id| message(Kind::Error, 0, id, "")),
        ("identifier", |_| message(Kind::Response, 0, 0, "")),
        ("identifier", |id| message(Kind::Response, 0, id + 1, "never asked")),
        ("identifier", |_| message(Kind::Error, 4, u64::MAX, "never asked")),
    ];
    for (parameter, octets) in wrong {
        let (address, seen) = answering(&far, octets);
        let mut config = hasty();
        config.circuit.trip_after = Some(1);
        let client = Client::new(&near, &address, config).expect("a client");
        // It is sent again to a peer that does not remember: never. What it did is not known.
        let failure = client.request("hello", Some(LONG)).expect_err("no answer");
        assert!(failure.is_unknown(), "{parameter}: {failure:?}");
        let down = event(&client, |event| matches!(event, osisession::circuit::Event::Down { .. }));
        match down {
            osisession::circuit::Event::Down { error: Some(error) } => {
                assert_eq!(error.kind(), ErrorKind::Peer, "{error}");
                assert_eq!(error.details().parameter.as_deref(), Some(parameter), "{error}");
                assert!(error.details().clause.as_deref().is_some_and(|c| c.starts_with("docs/rpc.md")));
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(seen.recv_timeout(LONG), Ok(Indication::UAbortIndication(_))), "{parameter}");
    }
}

#[test]
fn an_answer_that_is_too_long() {
    let (near, far) = (started(), started());
    let (address, seen) = answering(&far, |id| message(Kind::Response, 0, id, "eleven byte"));
    let mut config = hasty();
    config.calls.max_message = 10;
    config.circuit.trip_after = Some(1);
    let client = Client::new(&near, &address, config).expect("a client");
    let failure = client.request("hello", Some(LONG)).expect_err("no answer");
    assert!(failure.is_unknown(), "{failure:?}");
    assert!(matches!(seen.recv_timeout(LONG), Ok(Indication::UAbortIndication(_))));
    let failure = client.request("eleven byte", Some(LONG)).expect_err("too long");
    assert!(matches!(&failure, Failure::Refused(error) if error.kind() == ErrorKind::Invalid), "{failure:?}");
}

#[test]
fn answers_given_twice_and_for_others_association() {
    let (near, far) = (started(), started());
    // Twice the same answer: the second is nobody's.
    let (address, _seen) = answering(&far, |id| message(Kind::Response, 0, id, "answer"));
    let client = Client::new(&near, &address, hasty()).expect("a client");
    for _ in 0..3 {
        assert_eq!(client.request("hello", Some(LONG)), Ok("answer".into()));
    }
    // Another association.
    let listener = far.listen("127.0.0.1:0", ListenerConfig::default()).expect("a listener");
    let client = Client::new(&near, &listener.local_address(), hasty()).expect("a client");
    let call = client.start("hello", Options::default()).expect("asked");
    let session = listener.accept(Some(LONG)).expect("a caller");
    let response = ConnectResponse { user_data: hello(false, [8; 16]), ..ConnectResponse::default() };
    session.connect_response(response).expect("accepted");
    match call.wait().expect_err("another association") {
        Failure::NotDone { why: Why::Unreachable, error } => {
            assert_eq!(error.details().parameter.as_deref(), Some("association"));
        }
        other => panic!("{other:?}"),
    }
}

/// A client by hand.
fn caller(endpoint: &Endpoint, address: &str, user_data: Bytes) -> (Session, Result<ConnectConfirm, Error>) {
    let request = ConnectRequest { user_data, ..ConnectRequest::default() };
    let session = endpoint.connect(address, request, SessionConfig::default()).expect("an attempt");
    let outcome = match session.wait_outcome(Some(LONG)).expect("an outcome") {
        Indication::ConnectConfirm(confirm) => Ok(*confirm),
        other => Err(connect_failure(&other)),
    };
    (session, outcome)
}

#[test]
fn hostile_callers() {
    let (near, far) = (started(), started());
    let (server, count) = echo(&far);
    let address = server.local_address();
    let mut other_version = hello(true, ANYONE).to_vec();
    other_version[4] = 2;
    for user_data in [Bytes::new(), "hello".into(), hello(false, ANYONE), other_version.into()] {
        let (_, outcome) = caller(&near, &address, user_data);
        let error = outcome.expect_err("refused");
        assert_eq!(error.details().reason, Some(refuse_reason::USER.into()), "{error}");
        assert!(matches!(server.next_event(Some(LONG)), Ok(ServerEvent::Refused(_))));
    }
    let flagged = |kind: u8, flags: u8| Bytes::from([&[kind, flags, 0, 0][..], &1u64.to_be_bytes()].concat());
    let wrong = [
        "short".into(),
        flagged(7, 0),
        flagged(1, 4),
        flagged(5, 1),
        message(Kind::Response, 0, 1, "never asked"),
        message(Kind::Error, 1, 1, "never asked"),
    ];
    for octets in wrong {
        let (session, outcome) = caller(&near, &address, hello(true, ANYONE));
        outcome.expect("accepted");
        session.data_request(octets).expect("sent");
        assert!(matches!(session.next_event(Some(LONG)), Ok(Indication::UAbortIndication(_))));
        loop {
            match server.next_event(Some(LONG)).expect("an event") {
                ServerEvent::Violation(peer, error) => {
                    assert_eq!((peer.association(), error.kind()), (ANYONE, ErrorKind::Peer));
                    break;
                }
                ServerEvent::Up(_) | ServerEvent::Down(..) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    // Others were not disturbed.
    assert_eq!(client(&near, &server).request("hello", Some(LONG)), Ok("hello".into()));
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[test]
fn a_request_that_comes_twice_is_carried_out_once() {
    let (near, far) = (started(), started());
    let (server, count) = echo(&far);
    let (session, outcome) = caller(&near, &server.local_address(), hello(true, ANYONE));
    outcome.expect("accepted");
    for _ in 0..5 {
        session.data_request(message(Kind::Request, 0, 1, "once")).expect("sent");
        let answer = session.next_event(Some(LONG)).expect("an answer");
        assert_eq!(answer, Indication::DataIndication(message(Kind::Response, 0, 1, "once")));
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[test]
fn limits_of_requests() {
    let (near, far) = (started(), started());
    let mut config = ServerConfig::default();
    config.calls.max_executing = 2;
    let server = Server::new(&far, "127.0.0.1:0", config).expect("a server");
    let mut config = hasty();
    config.calls.max_open = 3;
    let client = Client::new(&near, &server.local_address(), config).expect("a client");
    let calls: Vec<Call> =
        (0..3).map(|_| client.start("work", Options::within(LONG)).expect("asked")).collect();
    let refused = client.start("one more", Options::default()).expect_err("too many");
    assert!(
        matches!(&refused, Failure::Refused(error) if error.kind() == ErrorKind::LimitHit),
        "{refused:?}"
    );
    match calls[2].wait().expect_err("the server has two") {
        Failure::NotDone { why: Why::Busy, error } => assert_eq!(error.kind(), ErrorKind::LimitHit),
        other => panic!("{other:?}"),
    }
    for call in &calls[..2] {
        server.next_request(Some(LONG)).expect("a request").respond("done").expect("answered");
        assert_eq!(call.wait(), Ok("done".into()));
    }
    let mut zero = hasty();
    zero.calls.max_open = 0;
    assert_eq!(Client::new(&near, "127.0.0.1:1", zero).expect_err("zero").kind(), ErrorKind::Invalid);
    let mut zero = ServerConfig::default();
    zero.calls.results = 0;
    assert_eq!(Server::new(&near, "127.0.0.1:0", zero).expect_err("zero").kind(), ErrorKind::Invalid);
}

#[test]
fn an_answer_that_takes_too_long() {
    let (near, far) = (started(), started());
    let mut config = ServerConfig::default();
    config.calls.answer_within = Some(Duration::from_millis(30));
    let server = Server::new(&far, "127.0.0.1:0", config).expect("a server");
    let client = client(&near, &server);
    let call = client.start("slow", Options::within(LONG)).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    assert_eq!(call.wait(), Err(Failure::Answered { code: code::OVERDUE, data: Bytes::new() }));
    assert!(request.is_cancelled());
    assert_eq!(request.respond("late").expect_err("overdue").kind(), ErrorKind::Refused);
}

#[test]
fn a_flood_that_wants_no_answer_waits_at_the_door() {
    let (near, far) = (started(), started());
    let mut config = ServerConfig::default();
    config.service.max_waiting = 10;
    config.service.threads = 1;
    config.listener.session.limits.queued_event_octets = 8 << 10;
    let server = Server::new(&far, "127.0.0.1:0", config).expect("a server");
    let (session, outcome) = caller(&near, &server.local_address(), hello(true, ANYONE));
    outcome.expect("accepted");
    let octets = message(Kind::OneWay, 0, 1, &"x".repeat(8 << 10));
    // As long as nobody takes them, the flood fills pipes and stops.
    let mut sent = 0u64;
    loop {
        match session.data_request(octets.clone()) {
            Ok(()) => sent += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                if session.wait_writable(Some(Duration::from_millis(300))).is_err() {
                    break;
                }
            }
        }
        assert!(sent < 100_000, "it is held nowhere");
    }
    // And all of it comes once somebody does.
    let (send, receive) = mpsc::channel();
    server.serve(move |request| send.send(request.data().len()).unwrap());
    for _ in 0..sent {
        assert_eq!(receive.recv_timeout(LONG).expect("a request"), 8 << 10);
    }
}
