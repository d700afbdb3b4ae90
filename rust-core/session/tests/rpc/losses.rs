//! Sessions that are lost, closed when idle, opened again; and what becomes of requests then.
use crate::support::*;
use osisession::ErrorKind;
use osisession::circuit::{Circuit, Event, State};
use osisession::rpc::*;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Carried out twice would be seen: how often each request came.
type Counts = Arc<Mutex<HashMap<Vec<u8>, u32>>>;

fn counting(endpoint: &osisession::Endpoint) -> (Server, Counts) {
    let server = Server::new(endpoint, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let counts = Counts::default();
    let count = counts.clone();
    server.serve(move |request| {
        let data = request.data().clone();
        *count.lock().unwrap().entry(data.to_vec()).or_default() += 1;
        std::thread::sleep(Duration::from_micros(200));
        let _ = request.respond(data);
    });
    (server, counts)
}

#[test]
fn cuts_in_the_middle_lose_nothing_and_double_nothing() {
    let (near, far) = (started(), started());
    let (server, counts) = counting(&far);
    let cable = Cable::to(server.local_address());
    let client = Client::new(&near, &cable.address, hasty()).expect("a client");
    std::thread::scope(|scope| {
        for caller in 0..8u8 {
            let client = &client;
            scope.spawn(move || {
                for round in 0..100u8 {
                    let data = vec![caller, round];
                    assert_eq!(client.request(data.clone(), Some(LONG)), Ok(data.into()));
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..20 {
                std::thread::sleep(Duration::from_millis(15));
                cable.cut();
            }
        });
    });
    let counts = counts.lock().unwrap();
    assert_eq!(counts.len(), 800);
    assert!(counts.values().all(|count| *count == 1), "none was carried out twice");
    assert!(cable.calls.load(Ordering::SeqCst) > 3, "it was cut");
}

#[test]
fn a_peer_that_starts_anew_does_not_know() {
    let (near, far) = (started(), started());
    let server = Server::new(&far, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let address = server.local_address();
    let client = Client::new(&near, &address, hasty()).expect("a client");
    let once = client.start("once", Options::default()).expect("asked");
    let often = client.start("often", Options::default().idempotent()).expect("asked");
    let requests = [server.next_request(Some(LONG)), server.next_request(Some(LONG))];
    // The process ends, another one takes its place.
    drop(server);
    far.close();
    drop(requests);
    let far = started();
    let mut again = None;
    until(|| {
        again = Server::new(&far, &address, ServerConfig::default()).ok();
        again.is_some()
    });
    let server = again.expect("a server");
    match once.wait().expect_err("nobody knows") {
        Failure::Unknown { why: Why::PeerForgot, error } => assert_eq!(error.kind(), ErrorKind::Transport),
        other => panic!("{other:?}"),
    }
    let request = server.next_request(Some(LONG)).expect("a request");
    assert_eq!(request.data(), "often");
    request.respond("done").expect("answered");
    assert_eq!(often.wait(), Ok("done".into()));
}

#[test]
fn a_client_that_was_away_too_long_is_forgotten() {
    let (near, far) = (started(), started());
    let mut config = ServerConfig::default();
    config.remember = Duration::from_millis(50);
    let server = Server::new(&far, "127.0.0.1:0", config).expect("a server");
    let cable = Cable::to(server.local_address());
    let client = Client::new(&near, &cable.address, hasty()).expect("a client");
    let call = client.start("once", Options::default()).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    cable.refuse(true);
    cable.cut();
    let forgotten = loop {
        match server.next_event(Some(LONG)).expect("an event") {
            ServerEvent::Forgotten(association) => break association,
            ServerEvent::Up(peer) | ServerEvent::Down(peer, _) => {
                assert_eq!(peer.association(), client.association());
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(forgotten, client.association());
    assert!(server.clients().is_empty());
    assert_eq!(request.respond("late").expect_err("forgotten").kind(), ErrorKind::Closed);
    cable.refuse(false);
    let failure = call.wait().expect_err("nobody knows");
    assert!(matches!(failure, Failure::Unknown { why: Why::PeerForgot, .. }), "{failure:?}");
}

#[test]
fn the_longest_away_makes_room() {
    let (near, far) = (started(), started());
    let mut config = ServerConfig::default();
    config.max_clients = 2;
    let server = Server::new(&far, "127.0.0.1:0", config).expect("a server");
    server.serve(|request| {
        let _ = request.respond("");
    });
    let clients: Vec<Client> = (0..3).map(|_| client(&near, &server)).collect();
    for client in &clients[..2] {
        client.request("", Some(LONG)).expect("answered");
    }
    // Both are connected: the third has to wait.
    let failure = clients[2].request("", Some(Duration::from_millis(200))).expect_err("no room");
    assert!(matches!(failure, Failure::NotDone { why: Why::Deadline, .. }), "{failure:?}");
    let refused = loop {
        if let ServerEvent::Refused(error) = server.next_event(Some(LONG)).expect("an event") {
            break error;
        }
    };
    assert_eq!(refused.kind(), ErrorKind::LimitHit);
    clients[0].release(Some(LONG)).expect("released");
    clients[2].request("", Some(LONG)).expect("there is room");
    assert_eq!(server.clients().len(), 2);
}

#[test]
fn idle_sessions_are_closed_and_opened_again() {
    for half_duplex in [false, true] {
        let (near, far) = (started(), started());
        let (server, _) = echo(&far);
        let mut config = hasty();
        config.half_duplex = half_duplex;
        config.circuit.idle_after = Some(Duration::from_millis(30));
        let client = Client::new(&near, &server.local_address(), config).expect("a client");
        for round in 0..3u8 {
            assert_eq!(client.request(vec![round], Some(LONG)), Ok(vec![round].into()));
            // In order, and seen so by both.
            let down = event(&client, |event| matches!(event, Event::Down { .. }));
            assert_eq!(down, Event::Down { error: None }, "half duplex: {half_duplex}");
            let progress = client.progress();
            assert_eq!((progress.state, progress.circuit), (State::Idle, Circuit::Closed));
            loop {
                match server.next_event(Some(LONG)).expect("an event") {
                    ServerEvent::Down(_, Some(error)) => {
                        assert!(error.to_string().contains("released"), "{error}");
                        break;
                    }
                    ServerEvent::Up(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(server.clients().len(), 1, "one association over three sessions");
    }
}

#[test]
fn a_long_answer_is_not_idle() {
    let (near, far) = (started(), started());
    let server = Server::new(&far, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let mut config = hasty();
    config.circuit.idle_after = Some(Duration::from_millis(20));
    let client = Client::new(&near, &server.local_address(), config).expect("a client");
    let call = client.start("long work", Options::within(LONG)).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    std::thread::sleep(Duration::from_millis(120));
    assert!(client.is_connected(), "somebody waits");
    request.respond("done").expect("answered");
    assert_eq!(call.wait(), Ok("done".into()));
}

#[test]
fn a_dead_peer_opens_the_circuit_and_a_living_one_closes_it() {
    let (near, far) = (started(), started());
    let (server, _) = echo(&far);
    let cable = Cable::to(server.local_address());
    cable.refuse(true);
    let mut config = hasty();
    config.circuit.trip_after = Some(3);
    let client = Client::new(&near, &cable.address, config).expect("a client");
    let failure = client.request("hello", Some(LONG)).expect_err("nobody is there");
    match &failure {
        Failure::NotDone { why: Why::Unreachable, error } => {
            assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(cable.calls.load(Ordering::SeqCst), 3);
    let progress = client.progress();
    assert_eq!((progress.state, progress.circuit, progress.failures), (State::Tripped, Circuit::Open, 3));
    assert!(progress.next.is_some_and(|next| next <= Duration::from_secs(30)));
    assert!(progress.last.is_some());
    // Nobody is kept waiting now, and nobody calls.
    let failure = client.request("hello", Some(LONG)).expect_err("the circuit is open");
    assert!(
        matches!(&failure, Failure::Refused(error) if error.kind() == ErrorKind::Transport),
        "{failure:?}"
    );
    assert_eq!(cable.calls.load(Ordering::SeqCst), 3);
    let mut attempts = Vec::new();
    event(&client, |event| {
        match event {
            Event::Attempt { failures } => attempts.push(*failures),
            Event::Failed { error, .. } => assert_eq!(error.kind(), ErrorKind::Transport),
            Event::Circuit(_) => {}
            other => panic!("{other:?}"),
        }
        *event == Event::Circuit(Circuit::Open)
    });
    assert_eq!(attempts, [0, 1, 2]);
    // One attempt decides. It fails: open again.
    client.reset();
    event(&client, |event| *event == Event::Circuit(Circuit::HalfOpen));
    let failure = client.request("hello", Some(LONG)).expect_err("the attempt fails");
    assert!(matches!(failure, Failure::NotDone { why: Why::Unreachable, .. }), "{failure:?}");
    assert_eq!(cable.calls.load(Ordering::SeqCst), 4);
    assert_eq!(client.progress().circuit, Circuit::Open);
    // It succeeds: closed.
    cable.refuse(false);
    client.reset();
    assert_eq!(client.progress().circuit, Circuit::HalfOpen);
    assert_eq!(client.request("hello", Some(LONG)), Ok("hello".into()));
    let progress = client.progress();
    assert_eq!((progress.state, progress.circuit, progress.failures), (State::Up, Circuit::Closed, 0));
    assert_eq!(progress.last, None);
    event(&client, |event| *event == Event::Circuit(Circuit::Closed));
}

#[test]
fn an_open_circuit_is_tried_after_its_time() {
    let (near, far) = (started(), started());
    let (server, _) = echo(&far);
    let cable = Cable::to(server.local_address());
    cable.refuse(true);
    let mut config = hasty();
    config.circuit.trip_after = Some(1);
    config.circuit.open_circuit = Duration::from_millis(20);
    let client = Client::new(&near, &cable.address, config).expect("a client");
    client.request("hello", Some(LONG)).expect_err("nobody is there");
    cable.refuse(false);
    event(&client, |event| *event == Event::Circuit(Circuit::HalfOpen));
    assert_eq!(client.request("hello", Some(LONG)), Ok("hello".into()));
    assert_eq!(client.progress().circuit, Circuit::Closed);
}

#[test]
fn what_was_sent_before_the_circuit_opened_is_unknown() {
    let (near, far) = (started(), started());
    let server = Server::new(&far, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let cable = Cable::to(server.local_address());
    let mut config = hasty();
    config.circuit.trip_after = Some(2);
    let client = Client::new(&near, &cable.address, config).expect("a client");
    let sent = client.start("sent", Options::default()).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    cable.refuse(true);
    cable.cut();
    event(&client, |event| matches!(event, Event::Down { .. }));
    let failure = sent.wait().expect_err("nobody knows");
    assert!(matches!(failure, Failure::Unknown { why: Why::Unreachable, .. }), "{failure:?}");
    request.respond("for nobody").expect("the server still knows the client");
}

#[test]
fn a_peer_that_refuses_for_good_stops_attempts() {
    let endpoint = started();
    // A listener of sessions that knows nothing of requests and responses.
    let listener = endpoint.listen("127.0.0.1:0", osisession::ListenerConfig::default()).expect("a listener");
    let client = Client::new(&endpoint, &listener.local_address(), hasty()).expect("a client");
    let call = client.start("hello", Options::default()).expect("asked");
    let session = listener.accept(Some(LONG)).expect("a caller");
    session.connect_response(osisession::ConnectResponse::default()).expect("accepted");
    match call.wait().expect_err("no such peer") {
        Failure::NotDone { why: Why::Unreachable, error } => {
            assert_eq!(error.kind(), ErrorKind::Peer);
            assert_eq!(error.details().parameter.as_deref(), Some("hello"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(client.progress().state, State::Stopped);
    let failure = client.request("hello", Some(LONG)).expect_err("stopped");
    assert!(matches!(&failure, Failure::Refused(error) if error.kind() == ErrorKind::Peer), "{failure:?}");
    client.reset();
    assert_eq!(client.progress().state, State::Idle);
}

#[test]
fn kept_open_without_being_asked() {
    let (near, far) = (started(), started());
    let (server, _) = echo(&far);
    let cable = Cable::to(server.local_address());
    let mut config = hasty();
    config.circuit.keep_open = true;
    let client = Client::new(&near, &cable.address, config).expect("a client");
    for _ in 0..3 {
        event(&client, |event| *event == Event::Up);
        cable.cut();
        let down = event(&client, |event| matches!(event, Event::Down { .. }));
        assert!(matches!(down, Event::Down { error: Some(_) }), "{down:?}");
    }
    event(&client, |event| *event == Event::Up);
    assert_eq!(client.request("hello", Some(LONG)), Ok("hello".into()));
}

#[test]
fn a_second_session_of_an_association_takes_over() {
    let (near, far) = (started(), started());
    let server = Server::new(&far, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let mut config = hasty();
    config.association = Some([7; 16]);
    let first = Client::new(&near, &server.local_address(), config.clone()).expect("a client");
    first.open(Some(LONG)).expect("open");
    let second = Client::new(&near, &server.local_address(), config).expect("a client");
    second.open(Some(LONG)).expect("open");
    event(&first, |event| matches!(event, Event::Down { error: Some(_) }));
    assert_eq!(server.clients().len(), 1);
}
