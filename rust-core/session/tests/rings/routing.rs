//! Which listener gets a caller, and what the others are told.
use crate::support::*;
use osisession::*;
use std::time::Duration;

fn listener(
    endpoint: &Endpoint,
    address: &str,
    t: Option<&'static [u8]>,
    s: Option<&'static [u8]>,
) -> Listener {
    let mut config = ListenerConfig::default();
    config.t_selector = t.map(Bytes::from_static);
    config.session_selector = s.map(Bytes::from_static);
    endpoint.listen(address, config).expect("a listener")
}

fn call(endpoint: &Endpoint, address: &str, t: &'static [u8], s: &'static [u8]) -> Session {
    let mut config = SessionConfig::default();
    config.called_t_selector = Bytes::from_static(t);
    let request = ConnectRequest { called_selector: Bytes::from_static(s), ..ConnectRequest::default() };
    endpoint.connect(address, request, config).expect("an attempt")
}

#[test]
fn selectors_choose_the_listener() {
    for address in ["127.0.0.1:0", "memory:selectors"] {
        let (caller, callee) = (started(), started());
        let ab = listener(&callee, address, Some(b"A"), Some(b"b"));
        let address = ab.local_address();
        let ac = listener(&callee, &address, Some(b"A"), Some(b"c"));
        let any = listener(&callee, &address, Some(b"D"), None);
        let cases = [(&ab, &b"A"[..], &b"b"[..]), (&ac, b"A", b"c"), (&any, b"D", b"x"), (&any, b"D", b"")];
        for (expected, t, s) in cases {
            let initiator = call(&caller, &address, t, s);
            let responder = expected.accept(LONG).expect("a caller");
            assert_eq!(answer(&responder).called_selector, s);
            initiator.wait_connected(LONG).expect("connected");
        }
        let session = call(&caller, &address, b"A", b"x");
        let error = session.wait_connected(LONG).expect_err("rejected");
        assert_eq!(error.details().reason, Some(u32::from(refuse_reason::SELECTOR_UNKNOWN)), "{error:?}");

        let session = call(&caller, &address, b"X", b"b");
        let error = session.wait_connected(LONG).expect_err("refused");
        assert_eq!((error.layer(), error.details().pdu), (Layer::Transport, Some("DR")), "{error:?}");
        assert_eq!(error.details().reason, Some(3), "{error:?}");
        for listener in [&ab, &ac, &any] {
            assert!(listener.try_accept().is_none());
        }
    }
}

#[test]
fn the_named_listener_goes_before_the_one_that_answers_any() {
    let endpoint = endpoint();
    let any = listener(&endpoint, "127.0.0.1:0", None, None);
    let named = listener(&endpoint, &any.local_address(), Some(b"A"), Some(b"a"));
    let first = call(&endpoint, &any.local_address(), b"A", b"a");
    named.accept(LONG).expect("a caller").close();
    let second = call(&endpoint, &any.local_address(), b"A", b"b");
    any.accept(LONG).expect("a caller").close();
    assert!(first.wait_connected(LONG).is_err());
    assert!(second.wait_connected(LONG).is_err());
}

#[test]
fn the_same_selectors_twice_are_refused() {
    for address in ["127.0.0.1:0", "memory:twice"] {
        let endpoint = endpoint();
        let first = listener(&endpoint, address, Some(b"A"), None);
        let mut config = ListenerConfig::default();
        config.t_selector = Some(Bytes::from_static(b"A"));
        let again = endpoint.listen(&first.local_address(), config.clone());
        assert_eq!(again.expect_err("taken").kind(), ErrorKind::Invalid);
        // The failed attempt took nothing away.
        let session = call(&endpoint, &first.local_address(), b"A", b"");
        first.accept(LONG).expect("a caller").close();
        assert!(session.wait_connected(LONG).is_err());
        // Another endpoint cannot share the address, until it is free again.
        let other = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
        other.listen(&first.local_address(), config.clone()).expect_err("in use");
        let address = first.local_address();
        drop(first);
        other.listen(&address, config).expect("free again");
    }
}

#[test]
fn a_closed_listener_refuses_those_who_wait() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    let address = listener.local_address();
    let waiting = connect(&endpoint, &listener);
    drive(
        &[&endpoint],
        || matches!(endpoint.next_ready(), Some(Ready::Listener(ready)) if ready.id() == listener.id()),
    );
    listener.close();
    listener.close();
    assert!(listener.is_closed());
    assert_eq!(listener.accept(LONG).expect_err("closed").kind(), ErrorKind::Closed);
    let error = waiting.wait_connected(LONG).expect_err("refused");
    assert_eq!(error.details().reason, Some(0), "{error:?}");
    let late = connect_to(&endpoint, &address, SessionConfig::default());
    let error = late.wait_connected(LONG).expect_err("nobody there");
    assert!(error.to_string().contains("connection refused by 127.0.0.1"), "{error:?}");
}

#[test]
fn a_full_listener_says_that_it_is_congested() {
    let endpoint = endpoint();
    let mut config = ListenerConfig::default();
    config.backlog = 1;
    let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
    let sessions = [connect(&endpoint, &listener), connect(&endpoint, &listener)];
    let mut rejected = None;
    drive(&[&endpoint], || {
        rejected = sessions.iter().find_map(|session| session.try_next_event());
        rejected.is_some()
    });
    let Some(Event::ConnectConfirmNegative(rejection)) = rejected else { panic!("{rejected:?}") };
    assert_eq!(rejection.reason, refuse_reason::USER_CONGESTION);
    answer(&listener.accept(LONG).expect("the other one"));
}

#[test]
fn the_user_may_reject() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    let initiator = connect(&endpoint, &listener);
    let responder = listener.accept(LONG).expect("a caller");
    let reject = ConnectReject {
        reason: refuse_reason::USER_DATA,
        user_data: "not today".into(),
        ..ConnectReject::default()
    };
    responder.connect_response_negative(reject).expect("sent");
    match initiator.next_event(LONG) {
        Ok(Event::ConnectConfirmNegative(rejection)) => {
            assert_eq!(
                (rejection.reason, &rejection.user_data[..]),
                (refuse_reason::USER_DATA, &b"not today"[..])
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn wrong_arguments_are_refused_at_once() {
    let endpoint = endpoint();
    let invalid = |outcome: Result<Session>| {
        assert_eq!(outcome.expect_err("refused").kind(), ErrorKind::Invalid);
    };
    invalid(endpoint.connect("", ConnectRequest::default(), SessionConfig::default()));
    invalid(endpoint.connect("127.0.0.1:port", ConnectRequest::default(), SessionConfig::default()));
    let mut config = SessionConfig::default();
    config.called_t_selector = Bytes::from_static(&[0; 33]);
    invalid(endpoint.connect("127.0.0.1:102", ConnectRequest::default(), config));
    let request =
        ConnectRequest { called_selector: Bytes::from_static(&[0; 17]), ..ConnectRequest::default() };
    invalid(endpoint.connect("127.0.0.1:102", request, SessionConfig::default()));
    let mut config = ListenerConfig::default();
    config.session_selector = Some(Bytes::from_static(&[0; 17]));
    assert_eq!(endpoint.listen("127.0.0.1:0", config).expect_err("refused").kind(), ErrorKind::Invalid);
    let error = endpoint.listen("192.0.2.1:0", ListenerConfig::default()).expect_err("not ours");
    assert_eq!((error.kind(), error.layer()), (ErrorKind::Transport, Layer::Network), "{error:?}");
    assert_eq!(endpoint.next_timeout(), None);
    assert_eq!(endpoint.dispatch(Some(Duration::ZERO)), Ok(0));
}
