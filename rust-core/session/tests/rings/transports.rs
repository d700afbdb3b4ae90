//! TCP over IPv6, pipes, and transports of the caller's own.
use crate::support::*;
use osisession::*;
use std::time::Duration;

#[test]
fn over_memory() {
    let (caller, callee) = (started(), started());
    let listener = callee.listen("memory:over", ListenerConfig::default()).expect("a listener");
    assert_eq!(listener.local_address(), "memory:over");
    for _ in 0..3 {
        whole_life(&caller, &listener);
    }
    let (initiator, _responder) = connected(&caller, &listener);
    assert_eq!(initiator.peer_address().as_deref(), Some("memory:over"));
    // The peer's endpoint goes away altogether.
    callee.close();
    assert!(matches!(initiator.next_event(LONG), Ok(Event::UAbortIndication(_))));
}

#[test]
fn over_ipv6() {
    let endpoint = started();
    let Ok(listener) = endpoint.listen("[::1]:0", ListenerConfig::default()) else {
        eprintln!("no IPv6 here");
        return;
    };
    assert!(listener.local_address().starts_with("[::1]:"));
    whole_life(&endpoint, &listener);
}

#[test]
fn small_tpdus_carry_everything() {
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    let mut config = SessionConfig::default();
    config.max_tpdu_size = 128;
    let (initiator, responder) = connected_with(&caller, &listener, config);
    let large: Vec<u8> = (0..100_000_u32).map(|i| (i % 241) as u8).collect();
    responder.data_request(large.clone()).expect("sent");
    assert_eq!(data(&initiator), large);
}

#[test]
fn the_expedited_flow_is_agreed() {
    let (caller, callee) = (started(), started());
    let mut config = ListenerConfig::default();
    config.session.transport_expedited = true;
    let listener = callee.listen("127.0.0.1:0", config.clone()).expect("a listener");
    let units = FunctionalUnits::DUPLEX | FunctionalUnits::EXPEDITED_DATA;
    let request = ConnectRequest { functional_units: units, ..ConnectRequest::default() };
    let initiator = caller.connect(&listener.local_address(), request, config.session).expect("an attempt");
    let responder = listener.accept(LONG).expect("a caller");
    let Ok(Event::ConnectIndication(indication)) = responder.next_event(LONG) else { panic!() };
    assert_eq!(indication.functional_units, units);
    responder
        .connect_response(ConnectResponse { functional_units: units, ..ConnectResponse::default() })
        .expect("sent");
    assert!(initiator.wait_connected(LONG).expect("connected").transport_expedited);
    initiator.expedited_data_request("now").expect("sent");
    assert_eq!(responder.next_event(LONG), Ok(Event::ExpeditedDataIndication("now".into())));
}

#[test]
fn a_transport_connection_is_used_again() {
    let (caller, callee) = (started(), started());
    let mut config = ListenerConfig::default();
    config.session.reuse_transport = true;
    let listener = callee.listen("127.0.0.1:0", config.clone()).expect("a listener");
    let (initiator, responder) = connected_with(&caller, &listener, config.session);
    for round in 0..3 {
        initiator.data_request(format!("{round}")).expect("sent");
        assert_eq!(data(&responder), format!("{round}"));
        initiator.release_request(Bytes::new()).expect("sent");
        assert!(matches!(responder.next_event(LONG), Ok(Event::ReleaseIndication(_))));
        responder.release_response(Bytes::new()).expect("sent");
        assert!(matches!(initiator.next_event(LONG), Ok(Event::ReleaseConfirm(_))));
        assert!(initiator.is_over());
        assert_eq!(initiator.state(), State::STA01C);
        initiator.connect_request(ConnectRequest::default()).expect("sent");
        answer(&responder);
        initiator.wait_connected(LONG).expect("connected");
        assert!(!initiator.is_over());
    }
}

/// Carries values between two ports, both ways, until nothing moves.
fn carry(a: &TransportPort, b: &TransportPort) {
    let mut moved = true;
    while moved {
        moved = false;
        for (from, to) in [(a, b), (b, a)] {
            while let Some(request) = from.next_request() {
                moved = true;
                // A refusal means that the other side is over already.
                let _ = to.indication(match request {
                    TransportRequest::Connect { expedited } => TransportIndication::Connect { expedited },
                    TransportRequest::ConnectResponse { expedited } => {
                        TransportIndication::ConnectConfirm { expedited }
                    }
                    TransportRequest::Data(tsdu) => TransportIndication::Data(tsdu.to_bytes()),
                    TransportRequest::ExpeditedData(data) => TransportIndication::ExpeditedData(data),
                    TransportRequest::DataPart { tsdu, end } => {
                        TransportIndication::DataPart { octets: tsdu.to_bytes(), end }
                    }
                    TransportRequest::Disconnect { .. } => TransportIndication::Disconnect(None),
                });
            }
        }
    }
}

#[test]
fn over_connections_that_were_made_elsewhere() {
    let (caller, callee) = (started(), started());
    // Nobody comes here by himself.
    let listener = callee.listen("memory:elsewhere", ListenerConfig::default()).expect("a listener");
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let elsewhere = std::net::TcpListener::bind(address).expect("bound");
        let ours = std::net::TcpStream::connect(elsewhere.local_addr().unwrap()).expect("connected");
        let here = ours.local_addr().unwrap().to_string();
        listener.accept_socket(elsewhere.accept().expect("accepted").0.into()).expect("taken");
        let session = caller
            .connect_over_socket(ours.into(), ConnectRequest::default(), SessionConfig::default())
            .expect("an attempt");
        let responder = listener.accept(LONG).expect("a caller");
        answer(&responder);
        session.wait_connected(LONG).expect("connected");
        assert_eq!(responder.peer_address(), Some(here));
        session.data_request("over a socket").expect("sent");
        assert_eq!(data(&responder), "over a socket");
        session.release_request(Bytes::new()).expect("sent");
        assert_eq!(responder.next_event(LONG), Ok(Event::ReleaseIndication(Bytes::new())));
        responder.release_response(Bytes::new()).expect("sent");
        assert_eq!(session.next_event(LONG), Ok(Event::ReleaseConfirm(Bytes::new())));
    }
    let refused = |socket: std::os::fd::OwnedFd, text: &str| {
        let copy = socket.try_clone().expect("a copy");
        for error in [
            listener.accept_socket(socket).expect_err(text),
            caller
                .connect_over_socket(copy, ConnectRequest::default(), SessionConfig::default())
                .expect_err(text),
        ] {
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().contains(text), "{error}");
        }
    };
    refused(std::net::UdpSocket::bind("127.0.0.1:0").unwrap().into(), "no TCP socket");
    refused(std::os::unix::net::UnixStream::pair().unwrap().0.into(), "no TCP socket");
    refused(std::fs::File::open("/dev/null").unwrap().into(), "no TCP socket");
    refused(std::net::TcpListener::bind("127.0.0.1:0").unwrap().into(), "not connected");
    listener.close();
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let ours = std::net::TcpStream::connect(elsewhere.local_addr().unwrap()).expect("connected");
    assert_eq!(listener.accept_socket(ours.into()).expect_err("closed").kind(), ErrorKind::Closed);
}

#[test]
fn over_a_transport_of_the_callers_own() {
    let endpoint = endpoint();
    let mut config = SessionConfig::default();
    config.trace = true;
    let (initiator, near) = endpoint.open(config).expect("a session");
    let (responder, far) = endpoint.open(SessionConfig::default()).expect("a session");
    assert_eq!(initiator.peer_address(), None);
    initiator.connect_request(ConnectRequest::default()).expect("asked");
    carry(&near, &far);
    answer(&responder);
    carry(&near, &far);
    initiator.wait_connected(LONG).expect("connected");
    assert_eq!(initiator.properties().functional_units, FunctionalUnits::DUPLEX);
    assert!(initiator.properties().initiator && !responder.properties().initiator);
    initiator.data_request("ping").expect("sent");
    carry(&near, &far);
    assert_eq!(responder.try_next_event(), Some(Event::DataIndication("ping".into())));
    initiator.release_request(Bytes::new()).expect("sent");
    carry(&near, &far);
    assert!(matches!(responder.try_next_event(), Some(Event::ReleaseIndication(_))));
    responder.release_response(Bytes::new()).expect("sent");
    carry(&near, &far);
    assert!(matches!(initiator.try_next_event(), Some(Event::ReleaseConfirm(_))));
    assert!(initiator.is_over() && responder.is_over());
    assert_eq!(
        near.indication(TransportIndication::Data("late".into())).expect_err("over").kind(),
        ErrorKind::Closed
    );
    assert!(!initiator.history().is_empty());
    assert!(std::iter::from_fn(|| initiator.next_trace()).count() > 4);
}

#[test]
fn the_callers_transport_is_lost_or_slow() {
    let endpoint = endpoint();
    let mut config = SessionConfig::default();
    config.limits.queued_send_octets = 10_000;
    config.limits.queued_event_octets = 10_000;
    let (initiator, near) = endpoint.open(config.clone()).expect("a session");
    let (responder, far) = endpoint.open(config).expect("a session");
    initiator.connect_request(ConnectRequest::default()).expect("asked");
    carry(&near, &far);
    answer(&responder);
    carry(&near, &far);
    initiator.wait_connected(LONG).expect("connected");

    while initiator.data_request(vec![0; 1000]).is_ok() {}
    assert_eq!(initiator.data_request("x").expect_err("full").kind(), ErrorKind::WouldBlock);
    carry(&near, &far);
    initiator.wait_writable(Some(Duration::ZERO)).expect("room");
    assert!(!far.wants_data());
    while responder.try_next_event().is_some() {}
    assert!(far.wants_data());

    // Another thread's port wakes who waits.
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| abort(&responder));
        std::thread::sleep(Duration::from_millis(20));
        drop(far);
        let (reason, error) = waiter.join().expect("no panic");
        assert_eq!(reason, PAbortReason::TransportDisconnect);
        assert!(error.to_string().contains("the transport port was dropped"), "{error}");
    });

    // Closing asks the transport to end.
    initiator.close();
    let requests: Vec<TransportRequest> = std::iter::from_fn(|| near.next_request()).collect();
    assert!(matches!(requests[..], [TransportRequest::Data(_), ..]), "an ABORT: {requests:?}");
}

#[test]
fn a_port_that_never_confirms_is_given_up() {
    let endpoint = endpoint();
    let mut config = SessionConfig::default();
    config.limits.connect_timeout = Duration::from_millis(50);
    let (session, port) = endpoint.open(config).expect("a session");
    session.connect_request(ConnectRequest::default()).expect("asked");
    assert!(endpoint.next_timeout().is_some_and(|timeout| timeout <= Duration::from_millis(50)));
    let (_, error) = abort(&session);
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    assert_eq!(port.next_request(), Some(TransportRequest::Connect { expedited: false }));
    assert!(matches!(port.next_request(), Some(TransportRequest::Disconnect { .. })));
}

/// The caller carries octets between two sessions, `step` at a time, and drives the endpoint by itself.
fn pump(endpoint: &Endpoint, ends: [&OctetStream; 2], step: usize) {
    let mut buffer = vec![0; step];
    loop {
        endpoint.dispatch(Some(Duration::ZERO)).expect("driven");
        let mut moved = 0;
        for (from, to) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            let count = from.drain(&mut buffer).unwrap_or(0);
            let mut octets = &buffer[..count];
            while !octets.is_empty() {
                octets = &octets[to.feed(octets).expect("room")..];
                moved += 1;
            }
        }
        if moved == 0 {
            return;
        }
    }
}

#[test]
fn over_a_stream_that_the_caller_carries() {
    for step in [1, 7, 100_000] {
        let endpoint = endpoint();
        let listener =
            endpoint.listen(&format!("memory:stream {step}"), ListenerConfig::default()).expect("a listener");
        let (initiator, near) = endpoint
            .connect_over_stream("the other side", ConnectRequest::default(), SessionConfig::default())
            .expect("a session");
        let far = listener.accept_stream("a caller").expect("a stream");
        assert_eq!(initiator.peer_address().as_deref(), Some("the other side"));
        pump(&endpoint, [&near, &far], step);
        let responder = listener.try_accept().expect("a caller");
        assert_eq!(responder.peer_address().as_deref(), Some("a caller"));
        answer(&responder);
        pump(&endpoint, [&near, &far], step);
        assert!(matches!(initiator.try_next_event(), Some(Event::ConnectConfirm(_))));
        let data = vec![7; 100_000];
        initiator.data_request(data.clone()).expect("sent");
        pump(&endpoint, [&near, &far], step);
        assert_eq!(responder.try_next_event(), Some(Event::DataIndication(data.into())));
        assert_eq!((near.pending(), far.pending()), (0, 0));
        drop(far);
        endpoint.dispatch(Some(Duration::ZERO)).expect("driven");
        assert!(matches!(responder.try_next_event(), Some(Event::PAbortIndication(..))));
        near.finish();
        endpoint.dispatch(Some(Duration::ZERO)).expect("driven");
        let Some(Event::PAbortIndication(_, Some(error))) = initiator.try_next_event() else {
            panic!("no loss was told")
        };
        assert!(error.to_string().contains("the other side"), "{error}");
        assert_eq!(near.feed(b"more").expect_err("over").kind(), ErrorKind::Closed);
        listener.close();
        assert_eq!(listener.accept_stream("late").expect_err("closed").kind(), ErrorKind::Closed);
    }
}
