//! Whole lives without trouble of the network, and callers that speak of something else.
use crate::support::*;
use osisession::transfer::*;
use osisession::{
    ConnectRequest, ErrorKind, Event as Indication, FunctionalUnits, SessionConfig, refuse_reason,
};
use osisession_journal::{Journal, MemoryJournal};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn apdus_both_ways_and_an_orderly_end() {
    let (one, two) = (endpoint(), endpoint());
    let acceptor = listen(&two, None);
    let caller = call(&one, &acceptor.local_address(), None);
    caller.open(LONG).expect("a connection");
    let called = acceptor.accept(LONG).expect("a caller");
    for round in 0..5 {
        let (there, back) = (apdu(100_000, round), apdu(50_000, round));
        let (first, second) = (send(&caller, &there), send(&called, &back));
        assert_eq!(take(&called), Delivery { number: u64::from(round) + 1, data: there });
        assert_eq!(take(&caller).data, back);
        assert_eq!(outcome(&caller, first), Outcome::Delivered);
        assert_eq!(outcome(&called, second), Outcome::Delivered);
    }
    caller.close(LONG).expect("an end");
    assert!(caller.is_closed());
    called.wait_until(LONG, |progress| progress.link == LinkState::Down).expect("released");
    assert_eq!(caller.send("late", SendOptions::default()).unwrap_err().kind(), ErrorKind::Refused);
}

/// Without a background thread who waits drives.
#[test]
fn who_waits_drives() {
    let endpoint = osisession::Endpoint::new(Default::default()).expect("an endpoint");
    let acceptor = listen(&endpoint, None);
    let caller = call(&endpoint, &acceptor.local_address(), None);
    let id = send(&caller, &apdu(10_000, 0));
    assert_eq!(outcome(&caller, id), Outcome::Delivered);
    let called = acceptor.accept(LONG).expect("a caller");
    assert_eq!(take(&called).data, apdu(10_000, 0));
    caller.close(LONG).expect("an end");
}

#[test]
fn a_large_apdu_with_and_without_checkpoints() {
    for checkpoint in [0, 63] {
        let (one, two) = (endpoint(), endpoint());
        let mut config = AcceptorConfig::default();
        config.transfer.checkpoint_size = checkpoint;
        let acceptor = Acceptor::listen(&two, "127.0.0.1:0", config).expect("an acceptor");
        let caller =
            Association::call(&one, &acceptor.local_address(), CallConfig::default()).expect("a caller");
        let data = apdu(20 << 20, 1);
        let id = send(&caller, &data);
        let called = acceptor.accept(LONG).expect("a caller");
        assert!(take(&called).data == data);
        assert_eq!(outcome(&caller, id), Outcome::Delivered);
    }
}

#[test]
fn progress_is_shown() {
    let (one, two) = (endpoint(), endpoint());
    let acceptor = listen(&two, None);
    let caller = call(&one, &acceptor.local_address(), None);
    let id = send(&caller, &apdu(10_000, 0));
    outcome(&caller, id);
    let mut confirmed = Vec::new();
    loop {
        match caller.next_event(LONG).expect("an event") {
            Event::Progress { id: of, confirmed: octets, total } => {
                assert_eq!((of, total), (id, 10_000));
                confirmed.push(octets);
            }
            Event::Settled { .. } => break,
            _ => {}
        }
    }
    assert_eq!(confirmed.last(), Some(&9_216));
    assert!(confirmed.is_sorted());
}

#[test]
fn an_association_rests_and_comes_back() {
    let (one, two) = (endpoint(), endpoint());
    let acceptor = listen(&two, None);
    let caller = call(&one, &acceptor.local_address(), None);
    caller.open(LONG).expect("a connection");
    let called = acceptor.accept(LONG).expect("a caller");
    for round in 0..3 {
        caller.rest();
        caller.wait_until(LONG, |progress| progress.link == LinkState::Down).expect("rest");
        let id = send(&caller, &apdu(5_000, round));
        assert_eq!(take(&called).data, apdu(5_000, round));
        assert_eq!(outcome(&caller, id), Outcome::Delivered);
    }
    assert_eq!(acceptor.associations(), 1);
}

/// Both processes end and start again with their journals: what was not delivered goes on, what was not taken comes again.
#[test]
fn restarts_of_both_sides() {
    let journals: [Arc<dyn Journal>; 2] =
        [0, 1].map(|_| Arc::new(MemoryJournal::default()) as Arc<dyn Journal>);
    let mut numbers = Vec::new();
    let mut sent = 0;
    for round in 0..4_u8 {
        let (one, two) = (endpoint(), endpoint());
        let acceptor = listen(&two, Some(&journals[1]));
        let caller = call(&one, &acceptor.local_address(), Some(&journals[0]));
        caller.open(LONG).expect("a connection");
        let called = acceptor.accept(LONG).expect("a caller, or the one of before");
        if round > 0 {
            // What was not taken in the round before.
            let again = take(&called);
            assert_eq!((again.number, again.data), (u64::from(round), apdu(30_000, round - 1)));
        }
        sent += 1;
        let id = send(&caller, &apdu(30_000, round));
        let arrived = called.receive(LONG).expect("an APDU");
        numbers.push(arrived.number);
        assert_eq!(outcome(&caller, id), Outcome::Delivered);
        assert_eq!(acceptor.associations(), 1);
        drop((called, acceptor, caller));
        one.close();
        two.close();
    }
    assert_eq!(numbers, (1..=sent).collect::<Vec<u64>>());
}

/// A sender that starts again in the middle goes on.
#[test]
fn a_sender_starts_again() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::default());
    let two = endpoint();
    let acceptor = listen(&two, None);
    let data = apdu(3 << 20, 7);
    let mut called = None;
    for _ in 0..4 {
        let one = endpoint();
        let caller = call(&one, &acceptor.local_address(), Some(&journal));
        if called.is_none() {
            send(&caller, &data);
            called = Some(acceptor.accept(LONG).expect("a caller"));
        }
        let so_far = caller.progress().sending.map_or(0, |(_, _, confirmed, _)| confirmed);
        let _ = caller.wait_until(Some(Duration::from_secs(2)), |progress| {
            progress.sending.is_some_and(|(_, _, confirmed, _)| confirmed > so_far + 200_000)
        });
        drop(caller);
        one.close();
    }
    let one = endpoint();
    let _caller = call(&one, &acceptor.local_address(), Some(&journal));
    let called = called.expect("a caller");
    assert!(take(&called).data == data);
    assert!(called.receive(Some(Duration::from_millis(200))).is_err());
    assert_eq!(acceptor.associations(), 1);
}

#[test]
fn callers_that_speak_of_something_else_are_refused() {
    let (one, two) = (endpoint(), endpoint());
    let acceptor = listen(&two, None);
    let address = acceptor.local_address();
    let refused = |request: ConnectRequest| {
        let session = one.connect(&address, request, SessionConfig::default()).expect("a session");
        match session.next_event(LONG) {
            Ok(Indication::ConnectConfirmNegative(rejection)) => {
                (rejection.reason, rejection.user_data.to_vec())
            }
            other => panic!("{other:?}"),
        }
    };
    // No RTORQ.
    let request = ConnectRequest { functional_units: UNITS, user_data: "hello".into(), ..Default::default() };
    assert_eq!(refused(request), (refuse_reason::USER, vec![]));
    // Not its functional units.
    let mut opening =
        Opening { checkpoint_size: 1, window_size: 3, two_way: true, recover: None, user_data: "".into() };
    let request = ConnectRequest {
        functional_units: FunctionalUnits::DUPLEX,
        user_data: opening.encode_request(),
        ..Default::default()
    };
    assert_eq!(refused(request), (refuse_reason::USER_DATA, vec![0x31, 3, 0x80, 1, 3]));
    // An association that is not known.
    opening.recover =
        Some(Reference { calling: "x".into(), common: "261123210000Z".into(), additional: "".into() });
    let request =
        ConnectRequest { functional_units: UNITS, user_data: opening.encode_request(), ..Default::default() };
    assert_eq!(refused(request), (refuse_reason::USER_DATA, vec![0x31, 3, 0x80, 1, 1]));
    assert_eq!(acceptor.associations(), 0);
}

#[test]
fn there_are_no_more_associations_than_the_limit() {
    let (one, two) = (endpoint(), endpoint());
    let mut config = AcceptorConfig::default();
    (config.transfer, config.max_associations) = (quick(), 2);
    let acceptor = Acceptor::listen(&two, "127.0.0.1:0", config).expect("an acceptor");
    let address = acceptor.local_address();
    let callers: Vec<_> = (0..2).map(|_| call(&one, &address, None)).collect();
    callers.iter().for_each(|caller| caller.open(LONG).expect("a connection"));
    let third = call(&one, &address, None);
    let busy = third.wait_until(LONG, |progress| progress.failures > 1).expect("busy");
    assert_ne!(busy.link, LinkState::Up);
    // One goes for good, with its state: there is room.
    let gone = acceptor.accept(LONG).expect("a caller");
    gone.abort();
    third.open(LONG).expect("a connection");
    assert_eq!(acceptor.associations(), 2);
}

#[test]
fn nobody_there_and_nothing_to_wait_for() {
    let one = endpoint();
    let mut config = CallConfig::default();
    config.transfer = quick();
    config.transfer.recovery_time = Duration::from_millis(200);
    let caller = Association::call(&one, "127.0.0.1:1", config).expect("an association");
    let id = send(&caller, &apdu(10, 0));
    assert_eq!(outcome(&caller, id), Outcome::NotDelivered(Why::GivenUp));
    assert!(caller.receive(LONG).is_err() && caller.is_closed());
    let mut config = CallConfig::default();
    config.transfer.window_size = 0;
    assert_eq!(Association::call(&one, "127.0.0.1:1", config).unwrap_err().kind(), ErrorKind::Invalid);
}
