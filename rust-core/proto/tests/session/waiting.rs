//! No state waits for the peer for ever (limit `answer_timeout`), and a peer cannot open points without end.
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::{ExceptionReason, ResyncType};
use osisession_proto::x225::port::TransportIndication;
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::spm::Config;
use osisession_proto::x225::*;
use osisession_proto::{Bytes, ErrorKind};
use osisession_testkit::bench::{Pair, Side};
use std::collections::BTreeSet;
use std::time::Duration;

use FunctionalUnits as Fu;

const A: Side = Side::Initiator;
const LIMIT: Duration = Duration::from_secs(7);

fn none() -> Bytes {
    Bytes::new()
}

fn session(units: Fu) -> Pair {
    let mut config = Config::default();
    config.limits.answer_timeout = LIMIT;
    config.limits.open_sync_points = 3;
    let mut pair = Pair::new(config.clone(), config, true, 1);
    let request = ConnectRequest {
        functional_units: units,
        initial_serial_number: Some(1),
        extended_control: true,
        ..ConnectRequest::default()
    };
    pair.establish(request, ConnectResponse { functional_units: units, ..ConnectResponse::default() });
    pair
}

fn resynchronize() -> Request {
    let first = Some(Resync { kind: ResyncType::Abandon, serial_number: None });
    Request::Resynchronize(Box::new(Resynchronize { first, ..Resynchronize::default() }))
}

/// Requests of the initiator, and PREPARE SPDUs that reach it, which lead to each state that waits for the peer.
fn ways() -> Vec<(State, Fu, Vec<Request>, &'static [u8])> {
    let start = || Request::ActivityStart(Bytes::from_static(b"work"), none());
    let act = Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT;
    let major = Fu::DUPLEX | Fu::MAJOR_SYNC | Fu::RESYNCHRONIZE;
    let exceptions = Fu::HALF_DUPLEX | Fu::EXCEPTIONS;
    vec![
        (State::STA03, Fu::DUPLEX, vec![Request::Release(none())], &[]),
        (State::STA04A, major, vec![Request::SyncMajor(none())], &[]),
        (State::STA04B, act, vec![start(), Request::ActivityEnd(none())], &[]),
        (State::STA05A, major, vec![resynchronize()], &[]),
        (State::STA05B, act, vec![start(), Request::ActivityInterrupt(None, none())], &[]),
        (State::STA05C, act, vec![start(), Request::ActivityDiscard(None, none())], &[]),
        (State::STA06, major, vec![resynchronize()], &[2]),
        (State::STA15A, major, vec![Request::SyncMajor(none())], &[1]),
        (State::STA15B, major, vec![], &[2]),
        (State::STA15C, major, vec![resynchronize()], &[3]),
        (State::STA18, act, vec![Request::ControlGive(none())], &[]),
        (
            State::STA19,
            exceptions,
            vec![
                Request::TokenGive(Tokens::DATA, none()),
                Request::UExceptionReport(ExceptionReason::NonSpecific, none()),
            ],
            &[],
        ),
        (State::STA21, act | Fu::CAPABILITY_DATA, vec![Request::CapabilityData(none())], &[]),
    ]
}

#[test]
fn a_peer_that_never_answers_is_given_up() {
    let mut states = BTreeSet::new();
    for (state, units, requests, prepares) in ways() {
        states.insert(state);
        let mut pair = session(units);
        for request in requests {
            let name = request.name();
            pair.request(A, request).unwrap_or_else(|error| panic!("{state}: {name}: {error}"));
        }
        for prepare in prepares {
            let octets = Bytes::copy_from_slice(&[7, 3, 24, 1, *prepare]);
            let now = pair.now;
            pair.machine_mut(A).transport(TransportIndication::ExpeditedData(octets), now);
        }
        assert_eq!(pair.machine(A).state(), state);
        // Nothing is delivered: the peer is silent.
        pair.advance(LIMIT - Duration::from_millis(1));
        assert_eq!((pair.machine(A).state(), pair.events(A)), (state, vec![]));
        pair.advance(Duration::from_millis(1));
        assert_eq!(pair.machine(A).state(), State::STA16, "{state}");
        let events = pair.events(A);
        let [Event::PAbortIndication(reason, Some(error))] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*reason, PAbortReason::ImplementationRestriction);
        assert_eq!((error.kind(), error.details().state), (ErrorKind::TimedOut, Some(state.name())));
        pair.advance(Duration::from_secs(31));
        assert_eq!(pair.machine(A).state(), State::STA01, "TIM ends it");
    }
    // A state that waits for the peer in the transcription of Annex A is here, or has a timer of its own.
    let ours = ["STA01A", "STA01B", "STA01C", "STA01D", "STA02A", "STA02B", "STA15D", "STA16"];
    for row in osisession_testkit::tsv::states() {
        let waits_for = row["waits_for"];
        let user = waits_for == "-" || waits_for.starts_with('S') || waits_for.starts_with("a recovery");
        let tested = states.iter().any(|state| state.name() == row["id"]);
        assert_eq!(tested, !user && !ours.contains(&row["id"]), "{}: {waits_for}", row["id"]);
    }
}

#[test]
fn an_answer_in_time_ends_the_wait() {
    let mut pair = session(Fu::DUPLEX | Fu::MAJOR_SYNC);
    pair.request(A, Request::SyncMajor(none())).unwrap();
    pair.advance(LIMIT - Duration::from_millis(1));
    pair.settle();
    pair.request(Side::Responder, Request::SyncMajorResponse(none())).unwrap();
    pair.settle();
    pair.advance(LIMIT * 10);
    assert_eq!(pair.machine(A).state(), State::STA713);
    assert_eq!(pair.machine(A).next_timeout(), None);
}

#[test]
fn points_that_nobody_confirms_are_limited() {
    let mut pair = session(Fu::DUPLEX | Fu::MINOR_SYNC);
    let point = || Request::SyncMinor { explicit: false, data_separation: false, user_data: none() };
    for _ in 0..3 {
        pair.request(A, point()).unwrap();
    }
    pair.settle();
    assert_eq!(pair.events(Side::Responder).len(), 3);
    pair.request(Side::Responder, Request::SyncMinorResponse(1, none())).unwrap();
    pair.settle();
    pair.request(A, point()).unwrap();
    pair.settle();
    assert!(matches!(
        pair.events(Side::Responder)[..],
        [Event::SyncMinorIndication { serial_number: 4, .. }]
    ));
    pair.request(A, point()).unwrap();
    pair.settle();
    let events = pair.events(Side::Responder);
    let [_, Event::PAbortIndication(reason, Some(error))] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*reason, PAbortReason::ImplementationRestriction);
    assert_eq!((error.kind(), error.details().pdu), (ErrorKind::LimitHit, Some("MIP")));
}
