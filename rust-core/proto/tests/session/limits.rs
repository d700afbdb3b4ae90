//! Each limit of a session at one less, at itself, and at one more. Those of the transport are beside it, those of the sockets in
//! `osisession`'s tests; `answer_timeout` and `open_sync_points` in `waiting.rs`.
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::{TsduSizes, refuse_reason};
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::spm::Config;
use osisession_proto::x225::*;
use osisession_proto::{Bytes, ErrorKind, Instant};
use osisession_testkit::bench::{Pair, Side};
use std::time::Duration;

const A: Side = Side::Initiator;
const B: Side = Side::Responder;
const MS: Duration = Duration::from_millis(1);

fn limited(set: impl Fn(&mut Config)) -> Config {
    let mut config = Config::default();
    set(&mut config);
    config
}

fn units(units: FunctionalUnits) -> (ConnectRequest, ConnectResponse) {
    (
        ConnectRequest { functional_units: units, ..ConnectRequest::default() },
        ConnectResponse { functional_units: units, ..ConnectResponse::default() },
    )
}

fn aborted(pair: &mut Pair, side: Side) -> Option<ErrorKind> {
    match pair.events(side).pop() {
        Some(Event::PAbortIndication(_, Some(error))) => Some(error.kind()),
        _ => None,
    }
}

#[test]
fn connect_timeout() {
    let limit = Duration::from_millis(70);
    let mut pair = Pair::new(limited(|c| c.limits.connect_timeout = limit), Config::default(), false, 1);
    pair.request(A, Request::Connect(Box::default())).unwrap();
    pair.advance(limit - MS);
    assert!(pair.events(A).is_empty());
    pair.advance(MS);
    assert_eq!(aborted(&mut pair, A), Some(ErrorKind::TimedOut));
}

#[test]
fn tim() {
    for (wait, state) in [(69, State::STA16), (70, State::STA01), (71, State::STA01)] {
        let mut pair = Pair::new(limited(|c| c.limits.tim = 70 * MS), Config::default(), false, 1);
        pair.establish(ConnectRequest::default(), ConnectResponse::default());
        let now = pair.now;
        pair.machine_mut(A).request(Request::UAbort(Bytes::new()), now).unwrap();
        while pair.machine_mut(A).poll_transport().is_some() {}
        pair.advance(wait * MS);
        assert_eq!(pair.machine(A).state(), state, "{wait}");
    }
}

/// In one CONNECT, and with CONNECT DATA OVERFLOW; asked for, and received.
#[test]
fn connect_user_data() {
    for limit in [100, 20_000] {
        let few = || limited(|c| c.limits.connect_user_data = limit);
        for (octets, fits) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
            let request = || {
                let user_data = Bytes::from(vec![7; octets]);
                Request::Connect(Box::new(ConnectRequest { user_data, ..ConnectRequest::default() }))
            };
            let mut asking = Pair::new(few(), Config::default(), false, 1);
            let asked = asking.request(A, request()).map(drop).map_err(|error| error.kind());
            assert_eq!(asked, if fits { Ok(()) } else { Err(ErrorKind::LimitHit) }, "{octets} of {limit}");

            let mut pair = Pair::new(Config::default(), few(), false, 1);
            pair.request(A, request()).unwrap();
            pair.settle();
            let told = match &pair.events(B)[..] {
                [Event::ConnectIndication(indication)] => Some(indication.user_data.len()),
                _ => None,
            };
            assert_eq!(told, fits.then_some(octets), "{octets} of {limit}");
            if !fits {
                match &pair.events(A)[..] {
                    // The CONNECT alone is too much, or its overflow: in STA01D there is no session yet to abort (X.225 A.4.1.2).
                    [Event::ConnectConfirmNegative(refusal)] => {
                        assert_eq!(refusal.reason, refuse_reason::RESTRICTION);
                    }
                    [Event::PAbortIndication(reason, _)] => {
                        assert_eq!(*reason, PAbortReason::TransportDisconnect);
                    }
                    other => panic!("{octets} of {limit}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn ssdu_reassembly() {
    let sizes = TsduSizes { initiator_to_responder: 200, responder_to_initiator: 200 };
    for (octets, fits) in [(999, true), (1_000, true), (1_001, false)] {
        let mut pair = Pair::new(Config::default(), limited(|c| c.limits.ssdu_reassembly = 1_000), false, 1);
        pair.establish(
            ConnectRequest { tsdu_maximum_size: sizes, ..ConnectRequest::default() },
            ConnectResponse { tsdu_maximum_size: sizes, ..ConnectResponse::default() },
        );
        let data = Bytes::from(vec![7; octets]);
        pair.request(A, Request::Data(data.clone())).unwrap();
        pair.settle();
        if fits {
            assert_eq!(pair.events(B), [Event::DataIndication(data)]);
        } else {
            assert_eq!(aborted(&mut pair, B), Some(ErrorKind::LimitHit), "{octets}");
            assert!(matches!(
                pair.events(A)[..],
                [Event::PAbortIndication(PAbortReason::ImplementationRestriction, _)]
            ));
        }
    }
}

/// While an RA is on its way, expedited data that belongs behind it is held back (X.225 Table A.6 \[10\]).
#[test]
fn queued_expedited() {
    for (count, fits) in [(2, true), (3, true), (4, false)] {
        let mut pair = Pair::new(limited(|c| c.limits.queued_expedited = 3), Config::default(), true, 1);
        let (mut request, response) =
            units(FunctionalUnits::DUPLEX | FunctionalUnits::EXPEDITED_DATA | FunctionalUnits::RESYNCHRONIZE);
        request.initial_serial_number = Some(1);
        pair.establish(request, response);
        let first = Some(Resync { kind: parameter::ResyncType::Abandon, serial_number: None });
        let ask = Resynchronize { first, ..Resynchronize::default() };
        pair.request(A, Request::Resynchronize(Box::new(ask))).unwrap();
        pair.settle();
        pair.request(B, Request::ResynchronizeResponse(Box::default())).unwrap();
        for _ in 0..count {
            pair.request(B, Request::ExpeditedData(Bytes::from_static(b"now"))).unwrap();
        }
        // PREPARE and the expedited data overtake the RA.
        while let Some(&first) = pair.arrivals().iter().find(|(from, expedited)| *from == B && *expedited) {
            pair.arrive(first);
        }
        if fits {
            assert_eq!(pair.events(A), []);
            pair.settle();
            let told = pair.events(A);
            assert!(matches!(told[0], Event::ResynchronizeConfirm(_)), "{told:?}");
            assert_eq!(told.len(), 1 + count);
        } else {
            assert_eq!(aborted(&mut pair, A), Some(ErrorKind::LimitHit));
        }
    }
}

const PLEASE: [u8; 5] = [0x02, 0x03, 0x10, 0x01, 0x01];

fn half_duplex(limits: impl Fn(&mut Config)) -> Pair {
    let mut pair = Pair::new(Config::default(), limited(limits), false, 1);
    let (request, response) = units(FunctionalUnits::HALF_DUPLEX);
    pair.establish(request, response);
    pair
}

#[test]
fn control_spdu_burst() {
    // The CONNECT, which had no user data either, was the first of them.
    for (count, fits) in [(8, true), (9, true), (10, false)] {
        let mut pair = half_duplex(|c| {
            c.limits.control_spdu_burst = 10;
            c.limits.control_spdu_rate = 0;
        });
        (0..count).for_each(|_| pair.inject(B, &PLEASE));
        assert_eq!(aborted(&mut pair, B).is_none(), fits, "{count}");
    }
}

#[test]
fn control_spdu_rate() {
    // At 20 per second one is earned in 50 ms.
    for (interval, fits) in [(49, false), (50, true), (51, true)] {
        let mut pair = half_duplex(|c| {
            c.limits.control_spdu_burst = 2;
            c.limits.control_spdu_rate = 20;
        });
        pair.inject(B, &PLEASE);
        for _ in 0..100 {
            pair.advance(interval * MS);
            pair.inject(B, &PLEASE);
        }
        assert_eq!(aborted(&mut pair, B).is_none(), fits, "{interval}");
    }
}

#[test]
fn min_tsdu_size() {
    for (proposed, settled) in [(299, 0), (300, 300), (301, 301)] {
        let mut pair = Pair::new(Config::default(), limited(|c| c.limits.min_tsdu_size = 300), false, 1);
        let sizes = TsduSizes { initiator_to_responder: 0, responder_to_initiator: proposed };
        pair.establish(
            ConnectRequest { tsdu_maximum_size: sizes, ..ConnectRequest::default() },
            ConnectResponse { tsdu_maximum_size: sizes, ..ConnectResponse::default() },
        );
        assert_eq!(pair.machine(B).properties().tsdu_maximum_size.responder_to_initiator, settled);
    }
}

#[test]
fn history_and_trace() {
    for limit in [0_usize, 1, 5] {
        let config = limited(|c| {
            c.limits.history = limit;
            c.limits.trace = limit;
            c.trace = true;
        });
        let mut pair = Pair::new(config, Config::default(), false, 1);
        pair.establish(ConnectRequest::default(), ConnectResponse::default());
        for _ in 0..10 {
            pair.request(A, Request::Data(Bytes::from_static(b"x"))).unwrap();
        }
        assert_eq!(pair.machine(A).history().count(), limit);
        let mut records = 0;
        while pair.machine_mut(A).poll_trace().is_some() {
            records += 1;
        }
        // The last one is always kept.
        assert_eq!(records, limit.max(1));
        assert!(pair.now > Instant::ZERO);
    }
}
