//! Each service once, both ways.
use osisession_proto::Bytes;
use osisession_proto::ErrorKind;
use osisession_proto::x225::names::State;
use osisession_proto::x225::port::TransportIndication;
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::*;
use osisession_testkit::bench::{Pair, Side};

fn pair(units: FunctionalUnits, expedited: bool) -> Pair {
    let request = ConnectRequest {
        functional_units: units,
        initial_serial_number: Some(1),
        second_initial_serial_number: units.contains(FunctionalUnits::SYMMETRIC_SYNC).then_some(100),
        extended_control: expedited,
        ..ConnectRequest::default()
    };
    Pair::connected(
        request,
        ConnectResponse { functional_units: units, ..ConnectResponse::default() },
        expedited,
        1,
    )
}

fn data(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Asks, delivers, and gives what the other side was told.
fn ask(pair: &mut Pair, side: Side, request: Request) -> Vec<Event> {
    let name = request.name();
    pair.request(side, request).unwrap_or_else(|error| panic!("{name}: {error}"));
    pair.settle();
    pair.events(side.other())
}

const A: Side = Side::Initiator;
const B: Side = Side::Responder;

#[test]
fn data_goes_both_ways_and_release_is_orderly() {
    let mut pair = pair(FunctionalUnits::DUPLEX, false);
    assert_eq!(ask(&mut pair, A, Request::Data(data("to b"))), [Event::DataIndication(data("to b"))]);
    assert_eq!(ask(&mut pair, B, Request::Data(data("to a"))), [Event::DataIndication(data("to a"))]);
    assert_eq!(ask(&mut pair, A, Request::Release(data("bye"))), [Event::ReleaseIndication(data("bye"))]);
    // Data of the acceptor is still delivered before the DISCONNECT.
    assert_eq!(ask(&mut pair, B, Request::Data(data("late"))), [Event::DataIndication(data("late"))]);
    assert_eq!(ask(&mut pair, B, Request::ReleaseResponse(data("ok"))), [Event::ReleaseConfirm(data("ok"))]);
    for side in [A, B] {
        assert_eq!(pair.machine(side).state(), State::STA01);
        assert!(pair.machine(side).is_over());
    }
}

#[test]
fn long_data_is_segmented_by_the_negotiated_size() {
    let request = ConnectRequest {
        tsdu_maximum_size: TsduSizes { initiator_to_responder: 200, responder_to_initiator: 300 },
        ..ConnectRequest::default()
    };
    let response = ConnectResponse {
        tsdu_maximum_size: TsduSizes { initiator_to_responder: 200, responder_to_initiator: 300 },
        ..ConnectResponse::default()
    };
    let mut pair = Pair::connected(request, response, false, 1);
    for length in [1, 192, 193, 194, 386, 10_000] {
        let octets: Vec<u8> = (0..length).map(|i| i as u8).collect();
        for side in [A, B] {
            let before = pair.machine(side).properties().tsdus[0];
            let events = ask(&mut pair, side, Request::Data(octets.clone().into()));
            assert_eq!(events, [Event::DataIndication(octets.clone().into())]);
            let sent = pair.machine(side).properties().tsdus[0] - before;
            let room = if side == A { 193 } else { 293 };
            assert_eq!(sent, (length as u64).div_ceil(room), "{length} octets");
        }
    }
}

#[test]
fn the_data_token_is_asked_for_and_given() {
    let mut pair = pair(FunctionalUnits::HALF_DUPLEX, false);
    let refused = pair.request(B, Request::Data(data("no"))).expect_err("the token is not here");
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.to_string().contains("data token"), "{refused}");
    let please = ask(&mut pair, B, Request::TokenPlease(Tokens::DATA, Bytes::new()));
    assert_eq!(please, [Event::TokenPleaseIndication(Tokens::DATA, Bytes::new())]);
    let give = ask(&mut pair, A, Request::TokenGive(Tokens::DATA, Bytes::new()));
    assert_eq!(give, [Event::TokenGiveIndication(Tokens::DATA, Bytes::new())]);
    assert_eq!(ask(&mut pair, B, Request::Data(data("yes"))), [Event::DataIndication(data("yes"))]);
    assert!(pair.request(A, Request::Data(data("no"))).is_err());
    // To release, a side needs every token.
    assert!(pair.request(A, Request::Release(Bytes::new())).is_err());
    assert_eq!(ask(&mut pair, B, Request::Release(Bytes::new())), [Event::ReleaseIndication(Bytes::new())]);
    assert_eq!(
        ask(&mut pair, A, Request::ReleaseResponse(Bytes::new())),
        [Event::ReleaseConfirm(Bytes::new())]
    );
}

#[test]
fn a_release_may_be_refused_with_the_release_token() {
    let mut pair = pair(FunctionalUnits::DUPLEX | FunctionalUnits::NEGOTIATED_RELEASE, false);
    ask(&mut pair, A, Request::Release(Bytes::new()));
    let events = ask(&mut pair, B, Request::ReleaseResponseNegative(data("stay")));
    assert_eq!(events, [Event::ReleaseConfirmNegative(data("stay"))]);
    assert_eq!(ask(&mut pair, A, Request::Data(data("on"))), [Event::DataIndication(data("on"))]);
}

#[test]
fn two_releases_collide() {
    let mut pair = pair(FunctionalUnits::DUPLEX, false);
    pair.request(A, Request::Release(data("a"))).expect("no token exists");
    pair.request(B, Request::Release(data("b"))).expect("no token exists");
    pair.settle();
    assert_eq!(pair.events(A), [Event::ReleaseIndication(data("b"))]);
    assert_eq!(pair.events(B), [Event::ReleaseIndication(data("a"))]);
    // The responder must wait for the initiator's answer.
    assert!(pair.request(B, Request::ReleaseResponse(Bytes::new())).is_err());
    let events = ask(&mut pair, A, Request::ReleaseResponse(Bytes::new()));
    assert_eq!(events, [Event::ReleaseConfirm(Bytes::new())]);
    let events = ask(&mut pair, B, Request::ReleaseResponse(Bytes::new()));
    assert_eq!(events, [Event::ReleaseConfirm(Bytes::new())]);
    assert!(pair.machine(A).is_over() && pair.machine(B).is_over());
}

#[test]
fn typed_expedited_and_capability_data() {
    let units = FunctionalUnits::HALF_DUPLEX
        | FunctionalUnits::TYPED_DATA
        | FunctionalUnits::EXPEDITED_DATA
        | FunctionalUnits::ACTIVITY_MANAGEMENT
        | FunctionalUnits::CAPABILITY_DATA;
    let mut pair = pair(units, true);
    assert_eq!(ask(&mut pair, B, Request::TypedData(data("t"))), [Event::TypedDataIndication(data("t"))]);
    assert_eq!(
        ask(&mut pair, B, Request::ExpeditedData(data("x"))),
        [Event::ExpeditedDataIndication(data("x"))]
    );
    assert!(pair.request(B, Request::ExpeditedData(vec![0; 15].into())).is_err());
    assert_eq!(
        ask(&mut pair, A, Request::CapabilityData(data("c"))),
        [Event::CapabilityDataIndication(data("c"))]
    );
    let events = ask(&mut pair, B, Request::CapabilityDataResponse(data("d")));
    assert_eq!(events, [Event::CapabilityDataConfirm(data("d"))]);
}

#[test]
fn sync_points_are_numbered_and_confirmed() {
    let units = FunctionalUnits::DUPLEX | FunctionalUnits::MINOR_SYNC | FunctionalUnits::MAJOR_SYNC;
    let mut pair = pair(units, false);
    let minor = |explicit| Request::SyncMinor { explicit, data_separation: false, user_data: Bytes::new() };
    let accepted = pair.request(A, minor(true)).expect("accepted");
    assert_eq!(accepted.serial_number, Some(1));
    let accepted = pair.request(A, minor(false)).expect("accepted");
    assert_eq!(accepted.serial_number, Some(2));
    pair.settle();
    let numbers: Vec<_> = pair
        .events(B)
        .into_iter()
        .map(|event| match event {
            Event::SyncMinorIndication { serial_number, explicit, .. } => (serial_number, explicit),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(numbers, [(1, true), (2, false)]);
    assert!(pair.request(B, Request::SyncMinorResponse(3, Bytes::new())).is_err());
    let events = ask(&mut pair, B, Request::SyncMinorResponse(2, data("m")));
    assert_eq!(events, [Event::SyncMinorConfirm(2, data("m"))]);
    assert_eq!(pair.request(A, Request::SyncMajor(data("M"))).expect("accepted").serial_number, Some(3));
    pair.settle();
    assert_eq!(pair.events(B), [Event::SyncMajorIndication(3, data("M"))]);
    let events = ask(&mut pair, B, Request::SyncMajorResponse(Bytes::new()));
    assert_eq!(events, [Event::SyncMajorConfirm(None, Bytes::new())]);
    for side in [A, B] {
        assert_eq!(pair.machine(side).properties().serial_numbers, [4, 4, 4]);
    }
}

/// What ISODE does when it was called: its DISCONNECT does not wait for that of the initiator.
#[test]
fn a_disconnect_before_ours_waits_for_it_after_a_collision_unless_strict() {
    let finish = [0x09, 0x03, 0x11, 0x01, 0x01];
    let disconnect = [0x0a, 0x05, 0xc1, 0x03, b'b', b'y', b'e'];
    for strict in [false, true] {
        let mut config = spm::Config::default();
        config.strict = strict;
        let mut pair = Pair::new(config, spm::Config::default(), false, 1);
        pair.establish(ConnectRequest::default(), ConnectResponse::default());
        pair.request(A, Request::Release(Bytes::new())).expect("release");
        pair.inject(A, &finish);
        assert_eq!(pair.events(A), [Event::ReleaseIndication(Bytes::new())]);
        pair.inject(A, &disconnect);
        let events = pair.events(A);
        if strict {
            assert!(
                matches!(events[..], [Event::PAbortIndication(PAbortReason::ProtocolError, _)]),
                "{events:?}"
            );
            continue;
        }
        assert_eq!(events, []);
        assert_eq!(pair.machine(A).properties().leniencies, spdu::Leniency::EARLY_DISCONNECT);
        pair.request(A, Request::ReleaseResponse(Bytes::new())).expect("release response");
        assert_eq!(pair.events(A), [Event::ReleaseConfirm(data("bye"))]);
        assert!(pair.machine(A).is_over());

        // Twice is once too often.
        let mut pair = Pair::connected(ConnectRequest::default(), ConnectResponse::default(), false, 1);
        pair.request(A, Request::Release(Bytes::new())).expect("release");
        for tsdu in [&finish[..], &disconnect, &disconnect] {
            pair.inject(A, tsdu);
        }
        let events = pair.events(A);
        assert!(
            matches!(
                events[..],
                [Event::ReleaseIndication(_), Event::PAbortIndication(PAbortReason::ProtocolError, _)]
            ),
            "{events:?}"
        );
    }
}

/// Many a server answers FINISH by closing the connection.
#[test]
fn a_close_instead_of_disconnect_is_a_release_only_where_nothing_else_can_be_meant() {
    let lost = || Some(osisession_proto::Error::peer(osisession_proto::Layer::Network, "reset"));
    let negotiated = FunctionalUnits::DUPLEX | FunctionalUnits::NEGOTIATED_RELEASE;
    let cases = [
        // Strict; the units; crossed by a FINISH that was answered; the error of the T-DISCONNECT; is it a release?
        (false, FunctionalUnits::DUPLEX, false, None, true),
        (true, FunctionalUnits::DUPLEX, false, None, false),
        (false, negotiated, false, None, false),
        (false, FunctionalUnits::DUPLEX, true, None, false),
        (false, FunctionalUnits::DUPLEX, false, lost(), false),
    ];
    for (strict, units, crossed, error, released) in cases {
        let mut config = spm::Config::default();
        config.strict = strict;
        let mut pair = Pair::new(config, spm::Config::default(), false, 1);
        let request = ConnectRequest { functional_units: units, ..ConnectRequest::default() };
        let response = ConnectResponse { functional_units: units, ..ConnectResponse::default() };
        pair.establish(request, response);
        pair.request(A, Request::Release(Bytes::new())).expect("release");
        if crossed {
            pair.inject(A, &[0x09, 0x03, 0x11, 0x01, 0x01]);
            assert_eq!(pair.events(A), [Event::ReleaseIndication(Bytes::new())]);
            pair.request(A, Request::ReleaseResponse(Bytes::new())).expect("release response");
            assert_eq!(pair.machine(A).state(), State::STA03);
        }
        let machine = pair.machine_mut(A);
        while machine.poll_transport().is_some() {}
        assert_eq!(machine.may_be_released_by_close(), released || error.is_some());
        machine.transport(TransportIndication::Disconnect(error), osisession_proto::Instant::ZERO);
        assert!(
            machine.poll_transport().is_none(),
            "nothing is asked of a transport connection that is gone"
        );
        assert_eq!(machine.state(), State::STA01);
        let used = if released { spdu::Leniency::RELEASE_BY_CLOSE } else { spdu::Leniency::empty() };
        assert_eq!(machine.properties().leniencies, used);
        let events: Vec<Event> = std::iter::from_fn(|| machine.poll_event()).collect();
        match &events[..] {
            [Event::ReleaseConfirm(data)] => assert!(released && data.is_empty()),
            [Event::PAbortIndication(PAbortReason::TransportDisconnect, Some(_))] => assert!(!released),
            other => panic!("{other:?}"),
        }
    }
}

/// What ISODE does: after two points that nobody confirmed it acknowledges an abandon with V(A), the number of the first.
#[test]
fn an_abandon_acknowledged_with_an_old_number_goes_on_with_it_unless_strict() {
    for strict in [false, true] {
        let mut config = spm::Config::default();
        config.strict = strict;
        let mut pair = Pair::new(config, spm::Config::default(), false, 1);
        let units = FunctionalUnits::DUPLEX | FunctionalUnits::MINOR_SYNC | FunctionalUnits::RESYNCHRONIZE;
        let request = ConnectRequest {
            functional_units: units,
            initial_serial_number: Some(1),
            ..ConnectRequest::default()
        };
        pair.establish(request, ConnectResponse { functional_units: units, ..ConnectResponse::default() });
        for _ in 0..2 {
            ask(
                &mut pair,
                A,
                Request::SyncMinor { explicit: true, data_separation: false, user_data: Bytes::new() },
            );
        }
        assert_eq!(pair.machine(A).properties().serial_numbers, [1, 3, 0]);
        let abandon = Resynchronize {
            first: Some(Resync { kind: parameter::ResyncType::Abandon, serial_number: None }),
            ..Resynchronize::default()
        };
        ask(&mut pair, A, Request::Resynchronize(Box::new(abandon)));
        // PT, RA: all tokens to the requestor, serial number 1.
        pair.inject(A, &[0x02, 0x00, 0x22, 0x06, 0x1a, 0x01, 0x00, 0x2a, 0x01, 0x31]);
        let events = pair.events(A);
        let properties = pair.machine(A).properties();
        if strict {
            assert!(
                matches!(events[..], [Event::PAbortIndication(PAbortReason::ProtocolError, _)]),
                "{events:?}"
            );
            assert!(properties.leniencies.is_empty());
        } else {
            let [Event::ResynchronizeConfirm(confirm)] = &events[..] else { panic!("{events:?}") };
            assert_eq!(confirm.first.and_then(|first| first.serial_number), Some(1));
            assert_eq!(properties.serial_numbers, [1, 1, 0]);
            assert_eq!(properties.leniencies, spdu::Leniency::ABANDON_NUMBER);
            assert_eq!(properties.owned_tokens, Tokens::SYNCHRONIZE_MINOR);
        }
    }
}

#[test]
fn resynchronize_restarts_at_a_number() {
    let units = FunctionalUnits::HALF_DUPLEX | FunctionalUnits::MINOR_SYNC | FunctionalUnits::RESYNCHRONIZE;
    for expedited in [false, true] {
        let mut pair = pair(units, expedited);
        for _ in 0..3 {
            ask(
                &mut pair,
                A,
                Request::SyncMinor { explicit: true, data_separation: false, user_data: Bytes::new() },
            );
        }
        let restart = Resync { kind: parameter::ResyncType::Restart, serial_number: Some(2) };
        let request = Resynchronize {
            first: Some(restart),
            tokens: TokenAssignment::all(TokenSide::Acceptor),
            ..Resynchronize::default()
        };
        let events = ask(&mut pair, A, Request::Resynchronize(Box::new(request)));
        let [Event::ResynchronizeIndication(indication)] = &events[..] else { panic!("{events:?}") };
        assert_eq!(indication.first, Some(restart));
        let events = ask(&mut pair, B, Request::ResynchronizeResponse(Box::default()));
        let [Event::ResynchronizeConfirm(confirm)] = &events[..] else { panic!("{events:?}") };
        assert_eq!(confirm.first, Some(restart));
        for side in [A, B] {
            assert_eq!(pair.machine(side).properties().serial_numbers, [2, 2, 0]);
        }
        assert_eq!(pair.machine(B).properties().owned_tokens, Tokens::DATA | Tokens::SYNCHRONIZE_MINOR);
        assert_eq!(pair.machine(A).properties().owned_tokens, Tokens::empty());
    }
}

#[test]
fn activities_start_are_interrupted_and_resumed() {
    let units = FunctionalUnits::HALF_DUPLEX
        | FunctionalUnits::MINOR_SYNC
        | FunctionalUnits::ACTIVITY_MANAGEMENT
        | FunctionalUnits::EXCEPTIONS;
    for expedited in [false, true] {
        let mut pair = pair(units, expedited);
        let events = ask(&mut pair, A, Request::ActivityStart(data("act1"), Bytes::new()));
        assert_eq!(events, [Event::ActivityStartIndication(data("act1"), Bytes::new())]);
        ask(
            &mut pair,
            A,
            Request::SyncMinor { explicit: true, data_separation: false, user_data: Bytes::new() },
        );
        let events = ask(
            &mut pair,
            B,
            Request::UExceptionReport(parameter::ExceptionReason::SequenceError, Bytes::new()),
        );
        assert_eq!(
            events,
            [Event::UExceptionReportIndication(parameter::ExceptionReason::SequenceError, Bytes::new())]
        );
        let events = ask(&mut pair, A, Request::ActivityInterrupt(None, Bytes::new()));
        assert_eq!(events, [Event::ActivityInterruptIndication(None, Bytes::new())]);
        let events = ask(&mut pair, B, Request::ActivityInterruptResponse(Bytes::new()));
        assert_eq!(events, [Event::ActivityInterruptConfirm(Bytes::new())]);
        let resume = ActivityResume {
            activity_identifier: data("act2"),
            old_activity_identifier: data("act1"),
            serial_number: 1,
            old_connection: Some(OldConnection { common_reference: data("c"), ..OldConnection::default() }),
            ..ActivityResume::default()
        };
        let events = ask(&mut pair, A, Request::ActivityResume(Box::new(resume.clone())));
        assert_eq!(events, [Event::ActivityResumeIndication(Box::new(resume))]);
        let events = ask(&mut pair, A, Request::ActivityEnd(Bytes::new()));
        assert_eq!(events, [Event::ActivityEndIndication(2, Bytes::new())]);
        let events = ask(&mut pair, B, Request::ActivityEndResponse(Bytes::new()));
        assert_eq!(events, [Event::ActivityEndConfirm(None, Bytes::new())]);
        let events = ask(&mut pair, A, Request::ControlGive(Bytes::new()));
        assert_eq!(events, [Event::ControlGiveIndication(Bytes::new())]);
        let events = ask(&mut pair, B, Request::ActivityStart(data("act3"), Bytes::new()));
        assert_eq!(events.len(), 1);
        let events = ask(&mut pair, B, Request::ActivityDiscard(None, Bytes::new()));
        assert_eq!(events, [Event::ActivityDiscardIndication(None, Bytes::new())]);
        let events = ask(&mut pair, A, Request::ActivityDiscardResponse(Bytes::new()));
        assert_eq!(events, [Event::ActivityDiscardConfirm(Bytes::new())]);
    }
}

#[test]
fn a_user_abort_reaches_the_other_user() {
    for (expedited, length) in [(false, 3), (true, 9), (true, 10), (false, 5000)] {
        let mut pair = pair(FunctionalUnits::DUPLEX, expedited);
        let octets = Bytes::from(vec![7; length]);
        let events = ask(&mut pair, A, Request::UAbort(octets.clone()));
        assert_eq!(events, [Event::UAbortIndication(octets)]);
        for side in [A, B] {
            assert_eq!(pair.machine(side).state(), State::STA01, "{expedited} {length}");
        }
    }
}
