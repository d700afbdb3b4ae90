//! Every limit of `Limits`, one below it, at it, and one above it: the machines alone, on a clock of the test's own.
use bytes::BytesMut;
use osisession::*;
use osisession_proto::Instant;
use osisession_proto::transport::{Class0, Config as TransportConfig};
use osisession_proto::x225::names::State;
use osisession_proto::x225::spm::{Config, Spm};
use osisession_testkit::bench::{Pair, Side};
use std::time::Duration;

use FunctionalUnits as Fu;
use Side::{Initiator, Responder};

const TICK: Duration = Duration::from_nanos(1);

/// Every field of `Limits` by its name: one that is added has to be added here, with a test.
#[test]
fn every_limit_has_its_test() {
    let tested = [
        "answer_timeout",
        "connect_timeout",
        "connect_user_data",
        "control_spdu_burst",
        "control_spdu_rate",
        "history",
        "min_tsdu_size",
        "open_sync_points",
        "queued_event_octets",
        "queued_expedited",
        "queued_send_octets",
        "ssdu_reassembly",
        "tim",
        "tpkt_header_timeout",
        "trace",
        "tsdu_reassembly",
        "tsdu_timeout",
        "tsdu_timeout_per_kib",
    ];
    let shown = format!("{:?}", Limits::default());
    let fields = shown.trim_start_matches("Limits {").trim_end_matches('}').split(", ");
    let mut fields: Vec<&str> =
        fields.map(|field| field.split_once(": ").expect("a name and a value").0.trim()).collect();
    fields.sort_unstable();
    assert_eq!(fields, tested);
}

#[test]
fn the_defaults_are_those_that_are_promised() {
    let limits = Limits::default();
    let seconds = Duration::from_secs;
    assert_eq!(
        (
            limits.connect_timeout,
            limits.tpkt_header_timeout,
            limits.tsdu_timeout,
            limits.tsdu_timeout_per_kib
        ),
        (seconds(10), seconds(5), seconds(30), seconds(1))
    );
    assert_eq!(
        (limits.tsdu_reassembly, limits.control_spdu_burst, limits.control_spdu_rate),
        (1 << 20, 1_000, 100)
    );
    assert_eq!(limits.queued_event_octets, 1 << 20);
    let listener = ListenerConfig::default();
    assert_eq!(
        (listener.max_connecting, listener.max_connecting_per_source, listener.early_refusal_from),
        (100, 10, 10)
    );
}

/// A session machine's configuration with other limits.
fn limited(set: impl FnOnce(&mut Limits)) -> Config {
    let mut config = Config::default();
    set(&mut config.limits);
    config
}

/// The error of the abort that is the last event of this side.
fn aborted(pair: &mut Pair, side: Side) -> Error {
    match pair.events(side).into_iter().next_back() {
        Some(Event::PAbortIndication(_, Some(error))) => error,
        other => panic!("{other:?}"),
    }
}

/// Two machines with these functional units, the responder's with other limits.
fn session(units: Fu, set: impl FnOnce(&mut Limits)) -> Pair {
    let mut pair = Pair::new(Config::default(), limited(set), true, 1);
    let request = ConnectRequest {
        functional_units: units,
        initial_serial_number: Some(1),
        extended_control: true,
        ..ConnectRequest::default()
    };
    pair.establish(request, ConnectResponse { functional_units: units, ..ConnectResponse::default() });
    pair
}

// Time.

/// What is due at `at` is not done a tick earlier, and is done then; and later, if nobody looked in time.
fn due(mut make: impl FnMut() -> Spm, at: Instant, over: impl Fn(&mut Spm) -> bool) {
    for (late, expected) in [(None, false), (Some(Duration::ZERO), true), (Some(TICK), true)] {
        let mut spm = make();
        let (due, _) = spm.next_timeout().expect("a deadline");
        assert_eq!(due, at);
        let now = match late {
            None => Instant::from_nanos(at.as_nanos() - 1),
            Some(late) => at + late,
        };
        spm.handle_timeout(now);
        assert_eq!(over(&mut spm), expected, "{late:?}");
    }
}

#[test]
fn connect_timeout() {
    const LIMIT: Duration = Duration::from_secs(3);
    let begin = Instant::from_millis(5);
    let config = || limited(|limits| limits.connect_timeout = LIMIT);
    let over = |spm: &mut Spm| {
        while spm.poll_transport().is_some() {}
        match spm.poll_event() {
            None => spm.is_over(),
            Some(Event::PAbortIndication(PAbortReason::TransportDisconnect, Some(error))) => {
                assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
                assert!(spm.is_over());
                true
            }
            Some(other) => panic!("{other:?}"),
        }
    };
    let called = |spm: &mut Spm| spm.request(Request::Connect(Box::default()), begin).map(drop);
    // Without T-CONNECT confirm, without ACCEPT: the time runs from the request.
    let waiting = || {
        let mut spm = Spm::new(config());
        called(&mut spm).expect("asked");
        spm
    };
    due(waiting, begin + LIMIT, over);
    let confirmed = || {
        let mut spm = waiting();
        let later = begin + Duration::from_secs(2);
        spm.transport(TransportIndication::ConnectConfirm { expedited: false }, later);
        assert_eq!(spm.state(), State::STA02A);
        spm
    };
    due(confirmed, begin + LIMIT, over);
    // A responder without CONNECT.
    let accepted = || {
        let mut spm = Spm::new(config());
        spm.transport(TransportIndication::Connect { expedited: false }, begin);
        assert_eq!(spm.state(), State::STA01C);
        spm
    };
    due(accepted, begin + LIMIT, over);
}

#[test]
fn tim() {
    const LIMIT: Duration = Duration::from_secs(4);
    let make = || {
        let mut pair = Pair::new(limited(|limits| limits.tim = LIMIT), Config::default(), false, 1);
        pair.now = Instant::from_millis(5);
        pair.establish(ConnectRequest::default(), ConnectResponse::default());
        pair.request(Initiator, Request::UAbort(Bytes::new())).expect("asked");
        pair.machine(Initiator).clone()
    };
    due(make, Instant::from_millis(5) + LIMIT, |spm| spm.is_over() && spm.state() == State::STA01);
}

#[test]
fn answer_timeout() {
    const LIMIT: Duration = Duration::from_secs(4);
    let make = || {
        let mut pair =
            Pair::new(limited(|limits| limits.answer_timeout = LIMIT), Config::default(), false, 1);
        pair.now = Instant::from_millis(5);
        pair.establish(ConnectRequest::default(), ConnectResponse::default());
        pair.request(Initiator, Request::Release(Bytes::new())).expect("asked");
        pair.machine(Initiator).clone()
    };
    due(make, Instant::from_millis(5) + LIMIT, |spm| match spm.poll_event() {
        None => false,
        Some(Event::PAbortIndication(_, Some(error))) => error.kind() == ErrorKind::TimedOut,
        Some(other) => panic!("{other:?}"),
    });
    // Zero is none.
    let mut pair =
        Pair::new(limited(|limits| limits.answer_timeout = Duration::ZERO), Config::default(), false, 1);
    pair.establish(ConnectRequest::default(), ConnectResponse::default());
    pair.request(Initiator, Request::Release(Bytes::new())).expect("asked");
    assert_eq!(pair.machine(Initiator).next_timeout(), None);
}

/// A class 0 engine in data transfer, whose limits are set.
fn transport(set: impl FnOnce(&mut TransportConfig)) -> Class0 {
    let mut config = TransportConfig::default();
    set(&mut config);
    let mut class0 = Class0::responder(config, 7);
    class0.network_connected(Instant::ZERO);
    let mut cr = BytesMut::from(crate::support::CR);
    class0.received(&mut cr, Instant::ZERO);
    assert!(matches!(class0.poll_indication(), Some(TransportIndication::Connect { .. })));
    class0.request(TransportRequest::ConnectResponse { expedited: false }, Instant::ZERO).expect("answered");
    while class0.poll_output().is_some() {}
    assert!(class0.is_open());
    class0
}

/// As [`due`], for the transport.
fn transport_due(mut make: impl FnMut() -> Class0, at: Instant, layer: Layer) {
    for (now, expected) in [(Instant::from_nanos(at.as_nanos() - 1), false), (at, true), (at + TICK, true)] {
        let mut class0 = make();
        assert_eq!(class0.next_timeout(), Some(at));
        class0.handle_timeout(now);
        assert_eq!(class0.is_closed(), expected, "{now:?}");
        if expected {
            let Some(TransportIndication::Disconnect(Some(error))) = class0.poll_indication() else {
                panic!("it says nothing")
            };
            assert_eq!((error.kind(), error.layer()), (ErrorKind::Transport, layer), "{error}");
        }
    }
}

#[test]
fn tpkt_header_timeout() {
    const LIMIT: Duration = Duration::from_millis(700);
    let begin = Instant::from_millis(9);
    let set = |config: &mut TransportConfig| config.limits.tpkt_header_timeout = LIMIT;
    for octets in 1..4 {
        let make = || {
            let mut class0 = transport(set);
            let mut buffer = BytesMut::new();
            for octet in &[3, 0, 0][..octets] {
                // Later octets of the header do not prolong it.
                buffer.extend_from_slice(&[*octet]);
                let now = begin + TICK * buffer.len() as u32;
                class0.received(&mut buffer, now);
            }
            class0
        };
        transport_due(make, begin + TICK + LIMIT, Layer::Tpkt);
    }
}

#[test]
fn tsdu_timeout_and_what_each_kib_adds() {
    let (base, per_kib) = (Duration::from_secs(2), Duration::from_millis(300));
    let begin = Instant::from_millis(9);
    let set = |config: &mut TransportConfig| {
        config.limits.tsdu_timeout = base;
        config.limits.tsdu_timeout_per_kib = per_kib;
    };
    // A DT that is not the last one, with so many octets of user data: KiB are counted whole.
    for (octets, kib) in [(1, 0), (1023, 0), (1024, 1), (1025, 1), (2047, 1), (2048, 2), (10_240, 10)] {
        let make = || {
            let mut class0 = transport(set);
            let mut packet = vec![3, 0];
            packet.extend_from_slice(&(octets as u16 + 7).to_be_bytes());
            packet.extend_from_slice(&[2, 0xf0, 0]);
            packet.resize(octets + 7, 1);
            class0.received(&mut BytesMut::from(&packet[..]), begin);
            class0
        };
        transport_due(make, begin + base + per_kib * kib, Layer::Transport);
    }
    // The same within a TPKT, whose header counts too.
    for (octets, kib) in [(4, 0), (1023, 0), (1024, 1), (2048, 2)] {
        let make = || {
            let mut class0 = transport(set);
            let mut packet = vec![3, 0, 0xff, 0xff, 2, 0xf0, 0x80];
            packet.resize(octets, 1);
            class0.received(&mut BytesMut::from(&packet[..octets]), begin);
            class0
        };
        transport_due(make, begin + base + per_kib * kib, Layer::Tpkt);
    }
}

// Sizes.

#[test]
fn tsdu_reassembly() {
    const LIMIT: usize = 1_000;
    for parts in [1, 2, 3] {
        for length in [LIMIT - 1, LIMIT, LIMIT + 1] {
            let mut class0 = transport(|config| config.limits.tsdu_reassembly = LIMIT);
            let tsdu = vec![7; length];
            let size = length.div_ceil(parts);
            let pieces: Vec<&[u8]> = tsdu.chunks(size).collect();
            for (number, piece) in pieces.iter().enumerate() {
                let mut packet = crate::support::dt(piece);
                if number + 1 < pieces.len() {
                    packet[6] = 0;
                }
                class0.received(&mut BytesMut::from(&packet[..]), Instant::ZERO);
            }
            match class0.poll_indication() {
                Some(TransportIndication::Data(data)) => {
                    assert!(length <= LIMIT);
                    assert_eq!(data, tsdu);
                }
                Some(TransportIndication::Disconnect(Some(error))) => {
                    assert!(length > LIMIT);
                    assert_eq!((error.kind(), error.layer()), (ErrorKind::LimitHit, Layer::Transport));
                    assert_eq!(error.details().expected.as_deref(), Some("at most 1000 octets"));
                    assert!(class0.is_closed());
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// S-DATA in segments of 200 octets, of so many octets in all.
fn segmented(length: usize, limit: usize) -> (Pair, std::result::Result<Bytes, Error>) {
    let sizes = TsduSizes { initiator_to_responder: 200, responder_to_initiator: 200 };
    let mut pair = Pair::new(Config::default(), limited(|limits| limits.ssdu_reassembly = limit), false, 1);
    pair.establish(
        ConnectRequest { tsdu_maximum_size: sizes, ..ConnectRequest::default() },
        ConnectResponse { tsdu_maximum_size: sizes, ..ConnectResponse::default() },
    );
    pair.request(Initiator, Request::Data(vec![9; length].into())).expect("sent");
    pair.settle();
    let outcome = match pair.events(Responder).into_iter().next_back() {
        Some(Event::DataIndication(data)) => Ok(data),
        Some(Event::PAbortIndication(_, Some(error))) => Err(error),
        other => panic!("{other:?}"),
    };
    (pair, outcome)
}

#[test]
fn ssdu_reassembly() {
    const LIMIT: usize = 5_000;
    for length in [LIMIT - 1, LIMIT] {
        assert_eq!(segmented(length, LIMIT).1.expect("within the limit").len(), length);
    }
    let (mut pair, outcome) = segmented(LIMIT + 1, LIMIT);
    let error = outcome.expect_err("above the limit");
    assert_eq!((error.kind(), error.layer()), (ErrorKind::LimitHit, Layer::Session), "{error}");
    aborted(&mut pair, Initiator);
}

#[test]
fn connect_user_data() {
    // Within the CONNECT, beyond 512 octets (version 2), and in CONNECT DATA OVERFLOW beyond 10,240.
    for limit in [100, 2_000, 15_000] {
        for length in [limit - 1, limit, limit + 1] {
            let set = |limits: &mut Limits| limits.connect_user_data = limit;
            let connect = || {
                let user_data = Bytes::from(vec![5; length]);
                Request::Connect(Box::new(ConnectRequest { user_data, ..ConnectRequest::default() }))
            };
            // Ours: such a request is not sent.
            let mut spm = Spm::new(limited(set));
            let outcome = spm.request(connect(), Instant::ZERO);
            assert_eq!(outcome.is_ok(), length <= limit, "{length}");
            if let Err(error) = outcome {
                assert_eq!(error.kind(), ErrorKind::LimitHit);
                assert!(spm.poll_transport().is_none());
            }
            // A caller's.
            let mut pair = Pair::new(Config::default(), limited(set), false, 1);
            pair.request(Initiator, connect()).expect("asked");
            pair.settle();
            let events = pair.events(Responder);
            if length <= limit {
                let [Event::ConnectIndication(indication)] = &events[..] else { panic!("{events:?}") };
                assert_eq!(indication.user_data.len(), length);
            } else {
                assert!(
                    !events.iter().any(|event| matches!(event, Event::ConnectIndication(_))),
                    "{limit}: {length}"
                );
                let events = pair.events(Initiator);
                assert!(
                    matches!(events[..], [Event::ConnectConfirmNegative(_) | Event::PAbortIndication(..)]),
                    "{events:?}"
                );
                assert!(pair.machine(Responder).is_over(), "{length}");
            }
        }
    }
}

#[test]
fn queued_expedited() {
    const LIMIT: usize = 3;
    for count in [LIMIT - 1, LIMIT, LIMIT + 1] {
        let mut pair =
            Pair::new(limited(|limits| limits.queued_expedited = LIMIT), Config::default(), true, 1);
        let units = Fu::DUPLEX | Fu::EXPEDITED_DATA;
        let request = ConnectRequest { functional_units: units, ..ConnectRequest::default() };
        pair.request(Initiator, Request::Connect(Box::new(request))).expect("asked");
        pair.settle();
        assert!(matches!(pair.events(Responder)[..], [Event::ConnectIndication(_)]));
        let now = pair.now;
        // EX overtakes ACCEPT: it has to wait for it (X.225 Table A.9, STA02A).
        for n in 0..count {
            let octets = Bytes::copy_from_slice(&[5, 0, n as u8]);
            pair.machine_mut(Initiator).transport(TransportIndication::ExpeditedData(octets), now);
        }
        pair.collect(Initiator);
        if count > LIMIT {
            let error = aborted(&mut pair, Initiator);
            assert_eq!(error.kind(), ErrorKind::LimitHit, "{error}");
            continue;
        }
        assert_eq!(pair.events(Initiator), []);
        let response = ConnectResponse { functional_units: units, ..ConnectResponse::default() };
        pair.request(Responder, Request::ConnectResponse(Box::new(response))).expect("accepted");
        pair.settle();
        let events = pair.events(Initiator);
        assert!(matches!(events[0], Event::ConnectConfirm(_)), "{events:?}");
        assert_eq!(events.len(), 1 + count, "{events:?}");
    }
}

#[test]
fn open_sync_points() {
    const LIMIT: u64 = 4;
    let point = || Request::SyncMinor { explicit: false, data_separation: false, user_data: Bytes::new() };
    let mut pair = session(Fu::DUPLEX | Fu::MINOR_SYNC, |limits| limits.open_sync_points = LIMIT);
    for number in 1..=LIMIT {
        pair.request(Initiator, point()).expect("asked");
        pair.settle();
        let events = pair.events(Responder);
        assert!(
            matches!(events[..], [Event::SyncMinorIndication { serial_number, .. }] if serial_number == number),
            "{events:?}"
        );
    }
    pair.request(Initiator, point()).expect("asked");
    pair.settle();
    let error = aborted(&mut pair, Responder);
    assert_eq!((error.kind(), error.details().pdu), (ErrorKind::LimitHit, Some("MIP")));
}

/// A PLEASE TOKENS without user data.
const PT: &[u8] = &[0x02, 0x03, 0x10, 0x01, 0x01];

#[test]
fn control_spdu_burst() {
    const LIMIT: u32 = 20;
    let mut pair = session(Fu::HALF_DUPLEX, |limits| {
        limits.control_spdu_burst = LIMIT;
        limits.control_spdu_rate = 0;
    });
    // The CONNECT was one.
    for _ in 1..LIMIT {
        pair.inject(Responder, PT);
        let events = pair.events(Responder);
        assert!(matches!(events[..], [Event::TokenPleaseIndication(..)]), "{events:?}");
    }
    // What carries user data is free.
    pair.request(Initiator, Request::Data("data".into())).expect("sent");
    pair.settle();
    assert_eq!(pair.events(Responder), [Event::DataIndication("data".into())]);
    pair.inject(Responder, PT);
    assert_eq!(aborted(&mut pair, Responder).kind(), ErrorKind::LimitHit);
}

#[test]
fn control_spdu_rate() {
    const RATE: u32 = 50;
    let exhausted = || {
        let mut pair = session(Fu::HALF_DUPLEX, |limits| {
            limits.control_spdu_burst = 10;
            limits.control_spdu_rate = RATE;
        });
        for _ in 1..10 {
            pair.inject(Responder, PT);
        }
        pair.events(Responder);
        pair
    };
    // As many as are allowed, for ten seconds: exactly at the rate.
    let interval = Duration::from_secs(1) / RATE;
    let mut pair = exhausted();
    for n in 0..10 * RATE {
        pair.now = pair.now + interval;
        pair.inject(Responder, PT);
        let events = pair.events(Responder);
        assert!(matches!(events[..], [Event::TokenPleaseIndication(..)]), "{n}: {events:?}");
    }
    // One tick early is one too many.
    let mut pair = exhausted();
    pair.now = pair.now + (interval - TICK);
    pair.inject(Responder, PT);
    assert_eq!(aborted(&mut pair, Responder).kind(), ErrorKind::LimitHit);
}

#[test]
fn min_tsdu_size() {
    const LIMIT: u16 = 300;
    for (proposed, selected) in [(LIMIT - 1, 0), (LIMIT, LIMIT), (LIMIT + 1, LIMIT + 1)] {
        let mut pair = Pair::new(Config::default(), limited(|limits| limits.min_tsdu_size = LIMIT), false, 1);
        let sizes = TsduSizes { initiator_to_responder: 5_000, responder_to_initiator: proposed };
        pair.establish(
            ConnectRequest { tsdu_maximum_size: sizes, ..ConnectRequest::default() },
            ConnectResponse { tsdu_maximum_size: sizes, ..ConnectResponse::default() },
        );
        for side in [Initiator, Responder] {
            let sizes = pair.machine(side).properties().tsdu_maximum_size;
            assert_eq!((sizes.initiator_to_responder, sizes.responder_to_initiator), (5_000, selected));
        }
    }
}

#[test]
fn history_and_trace() {
    const LIMIT: usize = 5;
    let set = |limits: &mut Limits| {
        limits.history = LIMIT;
        limits.trace = LIMIT;
    };
    // Each indication of data is a transition and leaves two records: what came, and what was told.
    for count in [LIMIT - 1, LIMIT, LIMIT + 1] {
        let mut config = limited(set);
        config.trace = true;
        let mut pair = Pair::new(Config::default(), config, false, 1);
        pair.establish(ConnectRequest::default(), ConnectResponse::default());
        let before = pair.machine(Responder).history().count();
        while pair.machine_mut(Responder).poll_trace().is_some() {}
        for n in 0..count {
            pair.inject(Responder, &[1, 0, 1, 0, n as u8]);
        }
        let machine = pair.machine_mut(Responder);
        assert_eq!(machine.history().count(), (before + count).min(LIMIT));
        let last = machine.history().last().expect("one").event.name();
        assert_eq!(last, "DT");
        let records = std::iter::from_fn(|| machine.poll_trace()).collect::<Vec<_>>();
        assert_eq!(records.len(), (2 * count).min(LIMIT));
        assert!(matches!(records.last().expect("one").what, Trace::Event(_)), "the oldest go first");
    }
    for count in [LIMIT / 2, LIMIT / 2 + 1] {
        let mut config = limited(|limits| limits.trace = 2 * (LIMIT / 2));
        config.trace = true;
        let mut pair = Pair::new(Config::default(), config, false, 1);
        pair.establish(ConnectRequest::default(), ConnectResponse::default());
        while pair.machine_mut(Responder).poll_trace().is_some() {}
        (0..count).for_each(|_| pair.inject(Responder, &[1, 0, 1, 0, 9]));
        assert_eq!(std::iter::from_fn(|| pair.machine_mut(Responder).poll_trace()).count(), 4);
    }
}

// Queues.

/// A session over a transport of the test's own, in data transfer.
fn ported(set: impl FnOnce(&mut Limits)) -> (Endpoint, Session, TransportPort) {
    let endpoint = crate::support::endpoint();
    let mut config = SessionConfig::default();
    set(&mut config.limits);
    let (session, port) = endpoint.open(config).expect("opened");
    session.connect_request(ConnectRequest::default()).expect("asked");
    while port.next_request().is_some() {}
    port.indication(TransportIndication::ConnectConfirm { expedited: false }).expect("told");
    while port.next_request().is_some() {}
    // ACCEPT, version 2, duplex.
    let accept = b"\x0e\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02";
    port.indication(TransportIndication::Data(Bytes::from_static(accept))).expect("told");
    assert!(matches!(session.try_next_event(), Some(Event::ConnectConfirm(_))));
    (endpoint, session, port)
}

#[test]
fn queued_event_octets() {
    const LIMIT: usize = 10_000;
    /// What an event counts besides its user data.
    const EACH: usize = 128;
    let queue = |octets: usize| {
        let (endpoint, session, port) = ported(|limits| limits.queued_event_octets = LIMIT);
        let mut left = octets;
        while left > 0 {
            // No event is left with less than it costs.
            let event = if left > 2_000 { 1_000 } else { left };
            let mut tsdu = vec![1, 0, 1, 0];
            tsdu.resize(4 + event - EACH, 7);
            port.indication(TransportIndication::Data(tsdu.into())).expect("told");
            left -= event;
        }
        (endpoint, session, port)
    };
    for (octets, wants) in [(LIMIT - 1, true), (LIMIT, false), (LIMIT + 1, false)] {
        let (_endpoint, session, port) = queue(octets);
        assert_eq!(port.wants_data(), wants, "{octets}");
        while session.try_next_event().is_some() {}
        assert!(port.wants_data());
    }
}

#[test]
fn queued_send_octets() {
    const LIMIT: usize = 10_000;
    /// GIVE TOKENS and DATA TRANSFER before the user data.
    const HEADERS: usize = 4;
    for (octets, writable) in [(LIMIT - 1, true), (LIMIT, false), (LIMIT + 1, false)] {
        let (_endpoint, session, port) = ported(|limits| limits.queued_send_octets = LIMIT);
        session.data_request(vec![1; octets - HEADERS]).expect("the queue is empty");
        assert_eq!(session.is_writable(), writable, "{octets}");
        let outcome = session.data_request("more");
        assert_eq!(outcome.is_ok(), writable, "{octets}");
        if let Err(error) = outcome {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            assert_eq!(error.details().found.as_deref(), Some("10000"), "{error:?}");
        }
        // Control is not data: a release is never shut in.
        session.release_request(Bytes::new()).expect("asked");
        while port.next_request().is_some() {}
    }
}
