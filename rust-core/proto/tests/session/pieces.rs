//! SSDUs in pieces: what the peer sees, and what happens when something comes in between.
use osisession_proto::x225::names::State;
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::spm::Config;
use osisession_proto::x225::*;
use osisession_proto::{Bytes, ErrorKind};
use osisession_testkit::bench::{Pair, Side};

const A: Side = Side::Initiator;
const B: Side = Side::Responder;

fn pair(units: FunctionalUnits) -> Pair {
    let mut config = Config::default();
    config.pieces = true;
    let mut pair = Pair::new(config.clone(), config, false, 1);
    let request = ConnectRequest {
        functional_units: units,
        initial_serial_number: Some(1),
        ..ConnectRequest::default()
    };
    pair.establish(request, ConnectResponse { functional_units: units, ..ConnectResponse::default() });
    pair.settle();
    pair.events(A);
    pair.events(B);
    pair
}

/// With fewer octets than 64 it is not known what a TSDU is.
fn long(text: &str) -> Bytes {
    text.repeat(64).into()
}

fn piece(text: &str, end: bool) -> Request {
    Request::DataPiece { typed: false, octets: long(text), end }
}

fn told(text: &str, end: bool) -> Event {
    Event::DataPiece { typed: false, octets: long(text), end }
}

#[test]
fn each_piece_arrives_as_it_is_sent() {
    let mut pair = pair(FunctionalUnits::DUPLEX);
    for (text, end) in [("one", false), ("two", false), ("", true)] {
        pair.request(A, piece(text, end)).expect("sent");
        pair.settle();
        assert_eq!(pair.events(B), [told(text, end)]);
    }
    // A whole one is S-DATA; and afterwards everything is as before.
    pair.request(A, piece("whole", true)).expect("sent");
    pair.request(B, Request::Data("back".into())).expect("sent");
    pair.settle();
    assert_eq!(pair.events(B), [Event::DataIndication(long("whole"))]);
    assert_eq!(pair.events(A), [Event::DataIndication("back".into())]);
    // Three TSDUs in all for A: the CONNECT, and two SSDUs.
    assert_eq!(pair.machine(A).properties().tsdus[0], 3);
    assert_eq!(pair.machine(B).properties().tsdus[1], 3);
    assert_eq!(pair.machine(A).properties().octets[0], pair.machine(B).properties().octets[1]);
}

#[test]
fn typed_data_has_pieces_too() {
    let mut pair = pair(FunctionalUnits::HALF_DUPLEX | FunctionalUnits::TYPED_DATA);
    // B has no data token and needs none.
    for (text, end) in [("typed", false), ("end", true)] {
        let request = Request::DataPiece { typed: true, octets: long(text), end };
        pair.request(B, request).expect("sent");
        pair.settle();
        assert_eq!(pair.events(A), [Event::DataPiece { typed: true, octets: long(text), end }]);
    }
    let refused = pair.request(B, piece("not mine", false)).expect_err("no token");
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.to_string().contains("token"), "{refused}");
    // Nothing of it was opened.
    pair.request(B, Request::TokenPlease(Tokens::DATA, Bytes::new())).expect("sent");
}

#[test]
fn nothing_else_goes_in_between() {
    let mut pair =
        pair(FunctionalUnits::DUPLEX | FunctionalUnits::TYPED_DATA | FunctionalUnits::RESYNCHRONIZE);
    pair.request(A, piece("open", false)).expect("sent");
    for request in [
        Request::Data("other".into()),
        Request::TypedData("other".into()),
        Request::DataPiece { typed: true, octets: "other".into(), end: false },
        Request::Release(Bytes::new()),
        piece("", false),
    ] {
        let name = request.name();
        let error = pair.request(A, request).expect_err(name);
        assert!(matches!(error.kind(), ErrorKind::Refused | ErrorKind::Invalid), "{name}: {error}");
    }
    pair.request(A, piece("end", true)).expect("sent");
    pair.request(A, Request::Release(Bytes::new())).expect("sent");
    pair.settle();
    assert_eq!(
        pair.events(B),
        [told("open", false), told("end", true), Event::ReleaseIndication(Bytes::new())]
    );
}

#[test]
fn where_pieces_cannot_be_they_are_refused() {
    // A transport that takes whole TSDUs.
    let mut whole = Pair::connected(ConnectRequest::default(), ConnectResponse::default(), false, 1);
    let refused = whole.request(A, piece("x", false)).expect_err("whole TSDUs");
    assert!(refused.to_string().contains("whole TSDUs"), "{refused}");
    whole.request(A, piece("x", true)).expect("S-DATA");
    // Segmenting.
    let mut config = Config::default();
    config.pieces = true;
    let mut pair = Pair::new(config.clone(), config, false, 1);
    let tsdu_maximum_size = TsduSizes { initiator_to_responder: 200, responder_to_initiator: 0 };
    let request = ConnectRequest { tsdu_maximum_size, ..ConnectRequest::default() };
    pair.establish(request, ConnectResponse { tsdu_maximum_size, ..ConnectResponse::default() });
    pair.settle();
    let refused = pair.request(A, piece("x", false)).expect_err("segmented");
    assert!(refused.to_string().contains("segmented"), "{refused}");
    pair.request(B, piece("x", false)).expect("the other direction");
    // Nothing is invalid before there is a session.
    let mut none = Pair::new(Config::default(), Config::default(), false, 1);
    assert_eq!(none.request(A, piece("", false)).expect_err("empty").kind(), ErrorKind::Invalid);
    assert_eq!(none.request(A, piece("x", false)).expect_err("no session").kind(), ErrorKind::Refused);
}

#[test]
fn an_abort_in_the_middle_is_the_end_of_the_transport() {
    let mut pair = pair(FunctionalUnits::DUPLEX);
    pair.request(A, piece("open", false)).expect("sent");
    pair.request(A, Request::UAbort("why".into())).expect("aborted");
    pair.settle();
    let events = pair.events(B);
    assert_eq!(events[0], told("open", false));
    assert!(matches!(events[1], Event::PAbortIndication(PAbortReason::TransportDisconnect, _)), "{events:?}");
    assert!(pair.machine(A).is_over() && pair.machine(B).is_over());
    assert_eq!(pair.request(A, piece("more", true)).expect_err("over").kind(), ErrorKind::Closed);
}

#[test]
fn a_peer_that_aborts_or_purges_ends_the_sending() {
    let units = FunctionalUnits::DUPLEX | FunctionalUnits::RESYNCHRONIZE | FunctionalUnits::MINOR_SYNC;
    let mut pair = pair(units);
    pair.request(A, piece("open", false)).expect("sent");
    let resync = Resynchronize {
        first: Some(Resync { kind: parameter::ResyncType::Abandon, serial_number: None }),
        ..Resynchronize::default()
    };
    pair.request(B, Request::Resynchronize(Box::new(resync))).expect("sent");
    pair.settle();
    let events = pair.events(A);
    let [Event::ResynchronizeIndication(indication)] = &events[..] else { panic!("{events:?}") };
    let answer = (**indication).clone();
    assert!(pair.request(A, piece("late", true)).is_err());
    pair.request(A, Request::ResynchronizeResponse(Box::new(answer))).expect("sent");
    pair.settle();
    // B had the beginning, asked to forget it, and gets no more of it.
    let events = pair.events(B);
    assert!(
        matches!(
            &events[..],
            [Event::ResynchronizeConfirm(_)] | [Event::DataPiece { .. }, Event::ResynchronizeConfirm(_)]
        ),
        "{events:?}"
    );
    pair.request(A, piece("anew", false)).expect("sent");
    pair.request(B, Request::UAbort(Bytes::new())).expect("sent");
    pair.settle();
    assert!(pair.events(A).contains(&Event::UAbortIndication(Bytes::new())));
    assert!(pair.machine(A).is_over() && pair.machine(B).is_over());
    assert_eq!(pair.machine(A).state(), State::STA01);
}

#[test]
fn what_is_no_plain_data_waits_for_its_end() {
    use osisession_proto::x225::port::TransportIndication;
    let mut config = Config::default();
    config.pieces = true;
    config.limits.tsdu_reassembly = 1_000;
    let now = osisession_proto::Instant::from_millis(1);
    // A CONNECT in parts of one octet.
    let mut machine = osisession_proto::x225::spm::Spm::new(config);
    machine.transport(TransportIndication::Connect { expedited: false }, now);
    while machine.poll_transport().is_some() {}
    let cn = b"\x0d\x12\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02\xc1\x04user";
    for (at, octet) in cn.iter().enumerate() {
        assert_eq!(machine.poll_event(), None);
        let part = TransportIndication::DataPart {
            octets: Bytes::copy_from_slice(&[*octet]),
            end: at + 1 == cn.len(),
        };
        machine.transport(part, now);
    }
    assert!(matches!(machine.poll_event(), Some(Event::ConnectIndication(_))));
    machine.request(Request::ConnectResponse(Box::default()), now).expect("accepted");
    // Data whose header comes in parts: nothing is lost.
    let tsdu = [&b"\x01\x00\x01\x00"[..], &[7; 100]].concat();
    let mut got = Vec::new();
    for (at, octet) in tsdu.iter().enumerate() {
        let octets = Bytes::copy_from_slice(&[*octet]);
        machine.transport(TransportIndication::DataPart { octets, end: at + 1 == tsdu.len() }, now);
        while let Some(event) = machine.poll_event() {
            let Event::DataPiece { octets, typed: false, .. } = event else { panic!("{event:?}") };
            got.extend_from_slice(&octets);
        }
    }
    assert_eq!(got, [7; 100]);
    // So little that nothing is known before its end.
    for (octets, end) in [("\x01\x00\x01", false), ("\x00short", true)] {
        machine.transport(TransportIndication::DataPart { octets: octets.into(), end }, now);
    }
    assert_eq!(machine.poll_event(), Some(Event::DataIndication("short".into())));
    // Anything else has its limit.
    while machine.poll_transport().is_some() {}
    for _ in 0..11 {
        let octets = Bytes::from_static(&[0xff; 100]);
        machine.transport(TransportIndication::DataPart { octets, end: false }, now);
    }
    let Some(Event::PAbortIndication(_, Some(error))) = machine.poll_event() else { panic!("aborted") };
    assert_eq!(error.kind(), ErrorKind::LimitHit);
}
