//! Bounded queues, both ways.
use crate::support::*;
use osisession::*;
use std::time::Duration;

const CHUNK: usize = 32 * 1024;

fn small() -> SessionConfig {
    let mut config = SessionConfig::default();
    config.limits.queued_send_octets = 128 * 1024;
    config.limits.queued_event_octets = 128 * 1024;
    config
}

/// Sends until the queue is full. Returns how many chunks went.
fn fill(session: &Session, endpoints: &[&Endpoint]) -> u32 {
    let mut sent = 0_u32;
    let mut quiet = 0;
    // The system's buffers take some megabytes; when nothing moves for a while, the queue is full indeed.
    while quiet < 20 {
        match session.data_request(chunk(sent)) {
            Ok(()) => {
                sent += 1;
                quiet = 0;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error:?}");
                assert!(!session.is_writable());
                quiet += 1;
                for endpoint in endpoints {
                    endpoint.dispatch(Some(Duration::from_millis(1))).expect("dispatched");
                }
            }
        }
        assert!(sent < 10_000, "there is no end");
    }
    sent
}

fn chunk(number: u32) -> Vec<u8> {
    let mut data = vec![0; CHUNK];
    data[..4].copy_from_slice(&number.to_be_bytes());
    data
}

fn check(data: &[u8], number: u32) {
    assert_eq!(data.len(), CHUNK);
    assert_eq!(data[..4], number.to_be_bytes());
}

fn one_way(address: &str) {
    let (caller, callee) = (endpoint(), endpoint());
    let mut config = ListenerConfig::default();
    config.session = small();
    let listener = callee.listen(address, config).expect("a listener");
    let (initiator, responder) = connected_with(&caller, &listener, small());
    let sent = fill(&initiator, &[&caller, &callee]);
    assert!(sent > 4, "a queue's worth at least: {sent}");
    // Nothing that refuses for lack of room changes anything, and the rest of the service goes on.
    assert_eq!(
        initiator.wait_writable(Some(Duration::from_millis(10))).expect_err("full").kind(),
        ErrorKind::TimedOut
    );
    let mut got = 0;
    let mut writable = false;
    drive(&[&caller, &callee], || {
        while let Some(event) = responder.try_next_event() {
            check(event.user_data(), got);
            got += 1;
        }
        while let Some(ready) = caller.next_ready() {
            let Ready::Session(session) = ready else { panic!() };
            writable |= session.is_writable();
        }
        got == sent
    });
    assert!(writable, "the initiator was told about room");
    initiator.wait_writable(LONG).expect("room");
    initiator.data_request("more").expect("sent");
    drive(&[&caller, &callee], || responder.try_next_event() == Some(Event::DataIndication("more".into())));
}

#[test]
fn a_slow_reader_over_tcp() {
    one_way("127.0.0.1:0");
}

#[test]
fn a_slow_reader_over_memory() {
    one_way("memory:slow-reader");
}

#[test]
fn both_ways_at_once_do_not_deadlock() {
    let (caller, callee) = (started(), started());
    let mut config = ListenerConfig::default();
    config.session = small();
    let listener = callee.listen("127.0.0.1:0", config).expect("a listener");
    let (initiator, responder) = connected_with(&caller, &listener, small());
    let chunks = 400;
    let send = |session: &Session| {
        for number in 0..chunks {
            while let Err(error) = session.data_request(chunk(number)) {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                session.wait_writable(LONG).expect("room");
            }
        }
    };
    let receive = |session: &Session| {
        for number in 0..chunks {
            check(&data(session), number);
        }
    };
    std::thread::scope(|scope| {
        for session in [&initiator, &responder] {
            scope.spawn(move || send(session));
            scope.spawn(move || receive(session));
        }
    });
}

#[test]
fn a_flood_of_small_events_counts_too() {
    let (caller, callee) = (endpoint(), endpoint());
    let mut config = ListenerConfig::default();
    config.session = small();
    let listener = callee.listen("memory:small-events", config).expect("a listener");
    let (initiator, responder) = connected(&caller, &listener);
    let mut sent = 0;
    while initiator.data_request("x").is_ok() {
        sent += 1;
        if sent % 1000 == 0 {
            caller.dispatch(Some(Duration::ZERO)).expect("dispatched");
            callee.dispatch(Some(Duration::ZERO)).expect("dispatched");
        }
        assert!(sent < 1_000_000, "there is no end");
    }
    let mut got = 0;
    drive(&[&caller, &callee], || {
        while let Some(event) = responder.try_next_event() {
            assert_eq!(event, Event::DataIndication("x".into()));
            got += 1;
        }
        got == sent
    });
}

#[test]
fn a_session_with_a_handler_is_named_when_it_is_writable_again() {
    let (caller, callee) = (endpoint(), endpoint());
    let mut config = ListenerConfig::default();
    config.session = small();
    let listener = callee.listen("memory:handler-room", config).expect("a listener");
    let (initiator, responder) = connected_with(&caller, &listener, small());
    initiator.set_handler(Some(Box::new(|_, event| panic!("{event:?}"))));
    while caller.next_ready().is_some() {}
    fill(&initiator, &[&caller, &callee]);
    drive(&[&caller, &callee], || {
        while responder.try_next_event().is_some() {}
        matches!(caller.next_ready(), Some(Ready::Session(session)) if session.is_writable())
    });
}

#[test]
fn a_large_ssdu_arrives_whole() {
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    let (initiator, responder) = connected(&caller, &listener);
    let large: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
    initiator.data_request(large.clone()).expect("sent");
    assert_eq!(data(&responder), large);
}
