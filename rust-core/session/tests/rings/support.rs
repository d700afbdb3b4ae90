//! What the tests share.
use osisession::*;
use std::time::{Duration, Instant};

/// Long enough that only a fault reaches it.
pub(crate) const LONG: Option<Duration> = Some(Duration::from_secs(20));

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(EndpointConfig::default()).expect("an endpoint")
}

/// An endpoint with a background thread.
pub(crate) fn started() -> Endpoint {
    let endpoint = endpoint();
    endpoint.start().expect("a thread");
    endpoint
}

/// Listens at a free port.
pub(crate) fn listen(endpoint: &Endpoint) -> Listener {
    endpoint.listen("127.0.0.1:0", ListenerConfig::default()).expect("a listener")
}

pub(crate) fn connect(endpoint: &Endpoint, listener: &Listener) -> Session {
    connect_to(endpoint, &listener.local_address(), SessionConfig::default())
}

pub(crate) fn connect_to(endpoint: &Endpoint, address: &str, config: SessionConfig) -> Session {
    endpoint.connect(address, ConnectRequest::default(), config).expect("an attempt")
}

/// Takes the S-CONNECT indication and accepts.
pub(crate) fn answer(session: &Session) -> ConnectIndication {
    let indication = match session.next_event(LONG).expect("an indication") {
        Event::ConnectIndication(indication) => *indication,
        other => panic!("{other:?}"),
    };
    session.connect_response(ConnectResponse::default()).expect("accepted");
    indication
}

/// A session between two endpoints: initiator, responder. Each is driven by whoever waits, or by its thread.
pub(crate) fn connected(caller: &Endpoint, listener: &Listener) -> (Session, Session) {
    connected_with(caller, listener, SessionConfig::default())
}

pub(crate) fn connected_with(
    caller: &Endpoint,
    listener: &Listener,
    config: SessionConfig,
) -> (Session, Session) {
    let initiator = connect_to(caller, &listener.local_address(), config);
    let responder = std::thread::scope(|scope| {
        let responder = scope.spawn(|| {
            let session = listener.accept(LONG).expect("a caller");
            answer(&session);
            session
        });
        initiator.wait_connected(LONG).expect("connected");
        responder.join().expect("no panic")
    });
    (initiator, responder)
}

/// The data of the next event, which is an S-DATA indication.
pub(crate) fn data(session: &Session) -> Bytes {
    match session.next_event(LONG).expect("an event") {
        Event::DataIndication(data) => data,
        other => panic!("{other:?}"),
    }
}

/// Drives all of them until something is the case.
pub(crate) fn drive(endpoints: &[&Endpoint], mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < end, "it did not happen");
        for endpoint in endpoints {
            endpoint.dispatch(Some(Duration::from_millis(1))).expect("dispatched");
        }
    }
}

/// Why the session came to an end.
pub(crate) fn abort(session: &Session) -> (PAbortReason, Error) {
    loop {
        match session.next_event(LONG).expect("an event") {
            Event::PAbortIndication(reason, Some(error)) => return (reason, error),
            Event::DataIndication(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// A whole life: connect, data both ways, release.
pub(crate) fn whole_life(caller: &Endpoint, listener: &Listener) {
    let (initiator, responder) = connected(caller, listener);
    initiator.data_request("ping").expect("sent");
    assert_eq!(data(&responder), "ping");
    responder.data_request("pong").expect("sent");
    assert_eq!(data(&initiator), "pong");
    initiator.release_request("bye").expect("sent");
    assert_eq!(responder.next_event(LONG), Ok(Event::ReleaseIndication("bye".into())));
    responder.release_response("ciao").expect("sent");
    assert_eq!(initiator.next_event(LONG), Ok(Event::ReleaseConfirm("ciao".into())));
    assert_eq!(initiator.next_event(LONG).expect_err("over").kind(), ErrorKind::Closed);
    assert_eq!(responder.next_event(LONG).expect_err("over").kind(), ErrorKind::Closed);
    assert!(initiator.is_over() && responder.is_over());
}
