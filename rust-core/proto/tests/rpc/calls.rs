//! One connection: correlation, deadlines, cancellation, turns, limits.
use crate::world::{A, B, World};
use osisession_proto::ErrorKind;
use osisession_proto::rpc::*;
use osisession_proto::x225::FunctionalUnits as Fu;
use osisession_proto::{Bytes, Instant};
use std::time::Duration;

fn world(units: Fu) -> World {
    World::new(units, Default::default(), 1)
}

fn data(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn outcome(id: u64, outcome: Outcome) -> Event {
    Event::Outcome { id, outcome }
}

fn ask(world: &mut World, at: usize, text: &'static str) -> u64 {
    let now = world.now();
    world.engines[at].request(data(text), Options::default(), now).unwrap()
}

fn answer(world: &mut World, at: usize, id: u64, text: &'static str) {
    let now = world.now();
    world.engines[at].respond(id, data(text), now).unwrap();
}

#[test]
fn many_requests_are_under_way_and_answered_in_any_order() {
    for units in [Fu::DUPLEX, Fu::HALF_DUPLEX] {
        let mut world = world(units);
        let ids: Vec<u64> = (0..20).map(|_| ask(&mut world, A, "what?")).collect();
        let back = ask(&mut world, B, "and you?");
        world.settle();
        let asked = world.take(B);
        assert_eq!(asked.len(), 20);
        assert_eq!(world.take(A), [Event::Request { id: back, data: data("and you?") }]);
        for id in ids.iter().rev() {
            answer(&mut world, B, *id, "that");
        }
        answer(&mut world, A, back, "fine");
        world.settle();
        let expected: Vec<Event> =
            ids.iter().rev().map(|id| outcome(*id, Outcome::Response(data("that")))).collect();
        assert_eq!(world.take(A), expected, "{units}");
        assert_eq!(world.take(B), [outcome(back, Outcome::Response(data("fine")))]);
        assert!(world.engines.iter().all(Engine::is_idle));
    }
}

#[test]
fn the_token_goes_there_and_back_and_then_rests() {
    let mut world = world(Fu::HALF_DUPLEX);
    let id = ask(&mut world, A, "q");
    world.settle();
    assert_eq!(world.tokens, [1, 0], "given with the request");
    answer(&mut world, B, id, "a");
    world.settle();
    assert_eq!(world.tokens, [1, 1], "given back with the response");
    assert_eq!(world.take(A), [outcome(id, Outcome::Response(data("a")))]);
    // Both ask, both wait: the token rests where it is.
    world.take(B);
    let ids = [ask(&mut world, A, "x"), ask(&mut world, B, "y")];
    world.settle();
    let after = world.tokens;
    world.advance(Duration::from_secs(60));
    world.settle();
    assert_eq!(world.tokens, after);
    answer(&mut world, B, ids[0], "x'");
    answer(&mut world, A, ids[1], "y'");
    world.settle();
    assert_eq!(world.take(A)[1], outcome(ids[0], Outcome::Response(data("x'"))));
    assert_eq!(world.take(B)[1], outcome(ids[1], Outcome::Response(data("y'"))));
}

#[test]
fn who_speaks_long_lets_the_other_speak() {
    let mut config = Config::default();
    config.turn_messages = 3;
    let mut world = World::new(Fu::HALF_DUPLEX, [config.clone(), config], 3);
    let ids: Vec<u64> = (0..12).map(|_| ask(&mut world, A, "q")).collect();
    let back = ask(&mut world, B, "r");
    // A has not spoken when the request of B for the token comes.
    let now = world.now();
    let please = osisession_proto::x225::Event::TokenPleaseIndication(
        osisession_proto::x225::Tokens::DATA,
        Bytes::new(),
    );
    assert!(world.engines[A].session(please, now).is_none());
    let mut said = 0;
    loop {
        match world.engines[A].poll_session().unwrap() {
            osisession_proto::x225::Request::Data(_) => said += 1,
            osisession_proto::x225::Request::TokenGive(..) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((said, ids.len(), back), (3, 12, 1));
}

#[test]
fn a_deadline_settles_a_request_and_late_responses_are_dropped() {
    for units in [Fu::DUPLEX, Fu::HALF_DUPLEX, Fu::HALF_DUPLEX | Fu::TYPED_DATA] {
        let mut world = world(units);
        let now = world.now();
        let options = Options { deadline: Some(now + Duration::from_secs(1)), ..Options::default() };
        let id = world.engines[A].request(data("slow"), options, now).unwrap();
        world.settle();
        assert_eq!(world.take(B), [Event::Request { id, data: data("slow") }]);
        assert_eq!(world.engines[A].next_timeout(), options.deadline);
        world.advance(Duration::from_secs(1));
        assert_eq!(world.take(A), [outcome(id, Outcome::Unknown(Why::Deadline))]);
        world.settle();
        assert_eq!(world.take(B), [Event::Cancelled(id)], "{units}");
        answer(&mut world, B, id, "too late");
        let next = ask(&mut world, A, "next");
        world.settle();
        answer(&mut world, B, next, "in time");
        world.settle();
        assert_eq!(world.take(A), [outcome(next, Outcome::Response(data("in time")))]);
        assert_eq!(
            world.engines[A].request(data("x"), options, world.now()).unwrap_err().kind(),
            ErrorKind::TimedOut
        );
    }
}

#[test]
fn a_deadline_before_the_request_left_means_not_done() {
    let mut world = world(Fu::HALF_DUPLEX);
    let now = world.now();
    let options = Options { deadline: Some(now + Duration::from_secs(1)), ..Options::default() };
    // B has no token, and A's machine does not hear that it wants it.
    let id = world.engines[B].request(data("q"), options, now).unwrap();
    world.pump();
    world.advance(Duration::from_secs(1));
    assert_eq!(world.take(B), [outcome(id, Outcome::NotDone(Why::Deadline))]);
    world.settle();
    assert_eq!(world.take(A), []);
}

#[test]
fn cancelling_before_and_after_sending() {
    let mut world = world(Fu::HALF_DUPLEX);
    let now = world.now();
    let id = ask(&mut world, B, "never leaves");
    world.engines[B].cancel(id, now).unwrap();
    world.settle();
    assert_eq!(world.take(B), [outcome(id, Outcome::NotDone(Why::Cancelled))]);
    assert_eq!(world.engines[B].cancel(id, now).unwrap_err().kind(), ErrorKind::Refused);
    let ids = [ask(&mut world, A, "one"), ask(&mut world, A, "two")];
    world.settle();
    world.take(B);
    for id in ids {
        world.engines[A].cancel(id, now).unwrap();
    }
    world.settle();
    assert_eq!(world.take(B), ids.map(Event::Cancelled));
    world.engines[B].fail(ids[0], code::CANCELLED, Bytes::new(), now).unwrap();
    answer(&mut world, B, ids[1], "was done already");
    world.settle();
    let cancelled = Outcome::Error { code: code::CANCELLED, data: Bytes::new() };
    let done = Outcome::Response(data("was done already"));
    assert_eq!(world.take(A), [outcome(ids[0], cancelled), outcome(ids[1], done)]);
}

#[test]
fn limits_of_both_sides() {
    let mut config = Config::default();
    config.max_open = 3;
    config.max_executing = 2;
    config.max_message = 5;
    let mut world = World::new(Fu::DUPLEX, [config.clone(), config], 1);
    let ids = ["one", "two", "three"].map(|text| ask(&mut world, A, text));
    let now = world.now();
    let kind =
        |data, world: &mut World| world.engines[A].request(data, Options::default(), now).unwrap_err().kind();
    assert_eq!(kind(data("four"), &mut world), ErrorKind::LimitHit);
    assert_eq!(kind(data("longer"), &mut world), ErrorKind::Invalid);
    world.settle();
    assert_eq!(world.take(B).len(), 2);
    assert_eq!(world.take(A), [outcome(ids[2], Outcome::NotDone(Why::Busy))]);
    assert_eq!(world.engines[B].respond(ids[0], data("longer"), now).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(world.engines[B].respond(ids[2], data("no"), now).unwrap_err().kind(), ErrorKind::Refused);
    answer(&mut world, B, ids[0], "yes");
    assert_eq!(world.engines[B].respond(ids[0], data("no"), now).unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(
        world.engines[B].fail(ids[1], code::BUSY, Bytes::new(), now).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    world.engines[B].fail(ids[1], 400, data("sorry"), now).unwrap();
    world.settle();
    let error = Outcome::Error { code: 400, data: data("sorry") };
    assert_eq!(world.take(A), [outcome(ids[0], Outcome::Response(data("yes"))), outcome(ids[1], error)]);
    let mut config = Config::default();
    config.results = 0;
    assert_eq!(Engine::new(config, [0; 16]).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_request_that_takes_too_long_is_answered_for_the_application() {
    let mut world = world(Fu::DUPLEX);
    let id = ask(&mut world, A, "q");
    world.settle();
    world.take(B);
    world.advance(Duration::from_secs(301));
    assert_eq!(world.take(B), [Event::Cancelled(id)]);
    world.settle();
    assert_eq!(world.take(A), [outcome(id, Outcome::Error { code: code::OVERDUE, data: Bytes::new() })]);
    assert!(world.engines[B].respond(id, data("late"), Instant::ZERO).is_err());
    assert_eq!(world.engines[B].next_timeout(), None);
}

#[test]
fn one_way_requests_have_no_outcome() {
    let mut world = world(Fu::HALF_DUPLEX);
    let now = world.now();
    world.engines[A].one_way(b"to whom it may concern", now).unwrap();
    world.settle();
    assert_eq!(world.take(B), [Event::OneWay(data("to whom it may concern"))]);
    world.cut();
    assert_eq!(world.engines[A].one_way(b"x", now).unwrap_err().kind(), ErrorKind::Refused);
}

#[test]
fn what_a_peer_must_not_do_aborts_the_session() {
    let header = |kind, code, id| Header { kind, flags: Flags::empty(), code, id }.encode(b"");
    let bad: [(&str, Bytes, bool); 5] = [
        ("no message", data("hello"), false),
        ("an answer to nothing", header(Kind::Response, 0, 2), false),
        ("an answer to what is not sent", header(Kind::Response, 0, 1), false),
        ("a request as typed data", header(Kind::Request, 0, 1), true),
        (
            "too long",
            Header { kind: Kind::OneWay, flags: Flags::empty(), code: 0, id: 1 }.encode(&[0; 2000]),
            false,
        ),
    ];
    for (what, message, typed) in bad {
        let mut config = Config::default();
        config.max_message = 1999;
        let mut world = World::new(Fu::DUPLEX | Fu::TYPED_DATA, [config.clone(), config], 1);
        let now = world.now();
        // Open, but not sent: nothing is polled.
        let id = ask(&mut world, A, "q");
        let event = if typed {
            osisession_proto::x225::Event::TypedDataIndication(message)
        } else {
            osisession_proto::x225::Event::DataIndication(message)
        };
        assert!(world.engines[A].session(event, now).is_none());
        let told = world.engines[A].poll_event();
        assert!(matches!(told, Some(Event::Violation(_))), "{what}: {told:?}");
        assert!(!world.engines[A].is_attached());
        world.settle();
        assert!(!world.connected, "{what}");
        // The request goes over the next connection.
        world.connect();
        world.settle();
        assert_eq!(world.take(B), [Event::Request { id, data: data("q") }], "{what}");
    }
}

#[test]
fn a_peer_that_asks_and_does_not_read_is_stopped() {
    let mut config = Config::default();
    config.max_executing = 1;
    config.max_queued = 10;
    let mut world = World::new(Fu::DUPLEX, [config.clone(), config], 1);
    let now = world.now();
    for id in 1..=20 {
        let message = Header { kind: Kind::Request, flags: Flags::empty(), code: 0, id }.encode(b"q");
        world.engines[B].session(osisession_proto::x225::Event::DataIndication(message), now);
    }
    assert!(!world.engines[B].is_attached());
    assert!(matches!(world.engines[B].poll_event(), Some(Event::Request { id: 1, .. })));
    let told = world.engines[B].poll_event();
    assert!(
        matches!(&told, Some(Event::Violation(error)) if error.kind() == ErrorKind::LimitHit),
        "{told:?}"
    );
    assert_eq!(world.engines[B].poll_event(), None);
}
