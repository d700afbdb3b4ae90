//! What goes wrong, and who is told what (X.225 A.4).
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::TsduSizes;
use osisession_proto::x225::port::TransportIndication;
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::spm::{Config, Spm};
use osisession_proto::{Bytes, ErrorKind, Instant};
use osisession_testkit::bench::{Pair, Side};
use std::time::Duration;

fn connected() -> Pair {
    Pair::connected(ConnectRequest::default(), ConnectResponse::default(), false, 1)
}

fn aborted(pair: &mut Pair, side: Side) -> (PAbortReason, osisession_proto::Error) {
    let events = pair.events(side);
    match events.into_iter().next_back() {
        Some(Event::PAbortIndication(reason, Some(error))) => (reason, error),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_spdu_out_of_place_aborts_both_sides() {
    let mut pair = connected();
    // NOT FINISHED though nobody asked to release.
    pair.inject(Side::Responder, &[0x08, 0x00]);
    let (reason, error) = aborted(&mut pair, Side::Responder);
    assert_eq!(reason, PAbortReason::ProtocolError);
    assert_eq!(error.kind(), ErrorKind::Peer);
    assert_eq!((error.details().state, error.details().event), (Some("STA713"), Some("NF")));
    assert_eq!(error.details().clause.as_deref(), Some("X.225 A.4.1.2"));
    assert_eq!(pair.machine(Side::Responder).state(), State::STA16);
    pair.settle();
    let (reason, error) = aborted(&mut pair, Side::Initiator);
    assert_eq!(reason, PAbortReason::ProtocolError);
    // What the peer objects to comes back as Reflect Parameter Values.
    assert_eq!(error.details().octets, [0x08, 0x00]);
    assert_eq!(pair.machine(Side::Initiator).state(), State::STA01);
    assert_eq!(pair.machine(Side::Responder).state(), State::STA01);
}

#[test]
fn an_unreadable_spdu_says_where() {
    let mut pair = connected();
    pair.inject(Side::Initiator, &[0x09, 0x04, 0xc1, 0x09, 0x01, 0x02]);
    let (reason, error) = aborted(&mut pair, Side::Initiator);
    assert_eq!(reason, PAbortReason::ProtocolError);
    assert_eq!(error.details().pdu, Some("FN"));
    assert!(error.details().offset.is_some(), "{error:?}");
    assert!(error.details().clause.is_some(), "{error:?}");
}

#[test]
fn an_invalid_abort_is_not_answered() {
    let mut pair = connected();
    pair.inject(Side::Initiator, &[0x19, 0x09, 0x11]);
    assert!(matches!(pair.events(Side::Initiator)[..], [Event::PAbortIndication(..)]));
    assert_eq!(pair.machine(Side::Initiator).state(), State::STA01);
}

#[test]
fn garbage_instead_of_connect_is_answered_or_dropped() {
    for (octets, answered) in
        [(&[0x0d, 0x05, 0x14, 0x01, 0x02, 0x00, 0x00][..], true), (b"GET / HTTP/1.0", false)]
    {
        let mut spm = Spm::new(Config::default());
        spm.transport(TransportIndication::Connect { expedited: false }, Instant::ZERO);
        assert!(spm.poll_transport().is_some());
        spm.transport(TransportIndication::Data(Bytes::copy_from_slice(octets)), Instant::ZERO);
        let first = spm.poll_transport().expect("an answer");
        let refused = matches!(&first, osisession_proto::x225::port::TransportRequest::Data(tsdu) if tsdu.header[0] == 12);
        assert_eq!(refused, answered, "{first:?}");
        assert!(spm.poll_event().is_none());
        assert!(spm.is_over());
    }
}

#[test]
fn a_lost_transport_connection_is_reported() {
    let mut pair = connected();
    let now = pair.now;
    pair.machine_mut(Side::Initiator).transport(TransportIndication::Disconnect(None), now);
    pair.collect(Side::Initiator);
    let (reason, error) = aborted(&mut pair, Side::Initiator);
    assert_eq!(reason, PAbortReason::TransportDisconnect);
    assert_eq!(error.details().state, Some("STA713"));
    let refused = pair.request(Side::Initiator, Request::Data(Bytes::from_static(b"x"))).expect_err("over");
    assert_eq!(refused.kind(), ErrorKind::Closed);
}

#[test]
fn a_silent_peer_is_given_up() {
    let mut config = Config::default();
    config.limits.connect_timeout = Duration::from_secs(10);
    let mut pair = Pair::new(config, Config::default(), false, 1);
    pair.request(Side::Initiator, Request::Connect(Box::default())).expect("accepted");
    let (at, _) = pair.machine(Side::Initiator).next_timeout().expect("a deadline");
    assert_eq!(at, pair.now + Duration::from_secs(10));
    pair.advance(Duration::from_millis(9_999));
    assert!(pair.events(Side::Initiator).is_empty());
    pair.advance(Duration::from_millis(1));
    let (reason, error) = aborted(&mut pair, Side::Initiator);
    assert_eq!(reason, PAbortReason::TransportDisconnect);
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains("T-CONNECT confirm"), "{error}");
}

#[test]
fn tim_ends_the_wait_after_an_abort() {
    let mut pair = connected();
    let now = pair.now;
    pair.machine_mut(Side::Initiator).request(Request::UAbort(Bytes::new()), now).expect("accepted");
    // The peer never sees it and never disconnects.
    while pair.machine_mut(Side::Initiator).poll_transport().is_some() {}
    assert_eq!(pair.machine(Side::Initiator).state(), State::STA16);
    pair.advance(Duration::from_secs(30));
    assert_eq!(pair.machine(Side::Initiator).state(), State::STA01);
}

#[test]
fn a_flood_of_control_spdus_is_cut_off() {
    let mut config = Config::default();
    config.limits.control_spdu_burst = 10;
    let units = osisession_proto::x225::FunctionalUnits::HALF_DUPLEX;
    let mut pair = Pair::new(Config::default(), config, false, 1);
    pair.establish(
        ConnectRequest { functional_units: units, ..ConnectRequest::default() },
        ConnectResponse { functional_units: units, ..ConnectResponse::default() },
    );
    for _ in 0..9 {
        pair.inject(Side::Responder, &[0x02, 0x03, 0x10, 0x01, 0x01]);
    }
    assert!(pair.events(Side::Responder).iter().all(|e| matches!(e, Event::TokenPleaseIndication(..))));
    pair.inject(Side::Responder, &[0x02, 0x03, 0x10, 0x01, 0x01]);
    let (reason, error) = aborted(&mut pair, Side::Responder);
    assert_eq!(reason, PAbortReason::ImplementationRestriction);
    assert_eq!(error.kind(), ErrorKind::LimitHit);
}

#[test]
fn a_peer_that_goes_on_after_an_abort_gets_no_second_one_and_no_more_time() {
    let sizes = TsduSizes { initiator_to_responder: 300, responder_to_initiator: 300 };
    let request = ConnectRequest { tsdu_maximum_size: sizes, ..ConnectRequest::default() };
    let response = ConnectResponse { tsdu_maximum_size: sizes, ..ConnectResponse::default() };
    let mut pair = Pair::connected(request, response, false, 1);
    pair.inject(Side::Responder, b"\x01\x00\x01\x03\x19\x01\x01the first half of an SSDU");
    pair.request(Side::Responder, Request::UAbort(Bytes::new())).unwrap();
    let sent = pair.machine(Side::Responder).properties().tsdus[0];
    let deadline = pair.machine(Side::Responder).next_timeout();
    assert!(deadline.is_some());
    for octets in [&b"\x01\x00\x01\x03\x19\x01\x02the other half"[..], b"\x08\x00", b"\xff\x07"] {
        pair.now = pair.now + Duration::from_secs(1);
        pair.inject(Side::Responder, octets);
        assert_eq!(pair.machine(Side::Responder).state(), State::STA16);
    }
    assert_eq!(pair.machine(Side::Responder).next_timeout(), deadline);
    assert_eq!(pair.machine(Side::Responder).properties().tsdus[0], sent);
    assert!(pair.events(Side::Responder).is_empty());
}

#[test]
fn a_clock_that_goes_backwards_does_no_harm() {
    let mut pair = connected();
    pair.now = Instant::from_millis(1_000_000);
    pair.request(Side::Initiator, Request::UAbort(Bytes::new())).unwrap();
    let deadline = pair.machine(Side::Initiator).next_timeout().expect("TIM runs");
    pair.now = Instant::ZERO;
    pair.advance(Duration::from_secs(1));
    assert_eq!(pair.machine(Side::Initiator).next_timeout(), Some(deadline), "TIM neither fires nor moves");
    for earlier in [999_999, 0, 1_000_000, 5] {
        pair.now = Instant::from_millis(earlier);
        pair.inject(Side::Responder, b"\x01\x00\x01\x00data");
    }
    assert_eq!(pair.events(Side::Responder).len(), 4);
    pair.settle();
    assert!(matches!(pair.events(Side::Responder)[..], [Event::UAbortIndication(_)]));
}
