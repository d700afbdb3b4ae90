//! Callers that were refused before any listener saw them.
use osisession::*;
use std::time::{Duration, Instant};

const WAIT: Option<Duration> = Some(Duration::from_secs(20));

fn listener(endpoint: &Endpoint) -> Listener {
    let mut config = ListenerConfig::default();
    config.session_selector = Some("right".into());
    config.session.trace = true;
    endpoint.listen("127.0.0.1:0", config).unwrap()
}

fn call(endpoint: &Endpoint, address: &str, selector: &'static str) -> Session {
    let request = ConnectRequest { called_selector: selector.into(), ..ConnectRequest::default() };
    endpoint.connect(address, request, SessionConfig::default()).unwrap()
}

#[test]
fn both_sides_learn_why_a_selector_was_refused() {
    let endpoint = Endpoint::new(EndpointConfig::default()).unwrap();
    let listener = listener(&endpoint);
    assert!(endpoint.next_refusal().is_none());
    let error = call(&endpoint, &listener.local_address(), "wrong").wait_connected(WAIT).unwrap_err();
    assert_eq!(error.details().reason, Some(refuse_reason::SELECTOR_UNKNOWN.into()));

    let refusal = endpoint.next_refusal().expect("the responder's side knows it too");
    assert_eq!(refusal.error.details().reason, Some(refuse_reason::SELECTOR_UNKNOWN.into()));
    assert_eq!(refusal.local_address, listener.local_address());
    assert!(refusal.peer_address.starts_with("127.0.0.1:"), "{}", refusal.peer_address);
    let ladder: Vec<String> = refusal.trace.iter().map(TraceRecord::to_line).collect();
    assert!(ladder.iter().any(|line| line.contains("<-- CN")), "{ladder:?}");
    assert!(ladder.iter().any(|line| line.contains("--> RF")), "{ladder:?}");
    assert!(endpoint.next_refusal().is_none(), "told once");
    assert!(listener.try_accept().is_none(), "nobody is let in");
}

#[test]
fn an_accepted_caller_is_no_refusal_and_a_flood_of_refusals_is_bounded() {
    let endpoint = Endpoint::new(EndpointConfig::default()).unwrap();
    let listener = listener(&endpoint);
    let good = call(&endpoint, &listener.local_address(), "right");
    let accepted = listener.accept(WAIT).unwrap();
    accepted.connect_response(ConnectResponse::default()).unwrap();
    good.wait_connected(WAIT).unwrap();
    assert!(endpoint.next_refusal().is_none());

    for _ in 0..70 {
        call(&endpoint, &listener.local_address(), "wrong").wait_connected(WAIT).unwrap_err();
    }
    assert_eq!(std::iter::from_fn(|| endpoint.next_refusal()).count(), 64);
}

#[test]
fn a_refusal_ends_a_dispatch() {
    let (endpoint, caller) = (
        Endpoint::new(EndpointConfig::default()).unwrap(),
        Endpoint::new(EndpointConfig::default()).unwrap(),
    );
    let listener = listener(&endpoint);
    caller.start().unwrap();
    let _session = call(&caller, &listener.local_address(), "wrong");
    let start = Instant::now();
    let refusal = loop {
        endpoint.dispatch(WAIT).unwrap();
        if let Some(refusal) = endpoint.next_refusal() {
            break refusal;
        }
        assert!(start.elapsed() < Duration::from_secs(20));
    };
    assert_eq!(refusal.error.details().pdu, Some("CN"));
}
