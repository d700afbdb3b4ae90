//! S-CONNECT: what is negotiated, and how it is refused (X.225 7.1 to 7.5).
use osisession_proto::Bytes;
use osisession_proto::x225::names::State;
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::spm::{Config, LocalSelector};
use osisession_proto::x225::*;
use osisession_testkit::bench::{Pair, Side};

fn connect(request: ConnectRequest) -> Request {
    Request::Connect(Box::new(request))
}

#[test]
fn selectors_versions_and_sizes_are_negotiated() {
    let mut pair = Pair::new(Config::default(), Config::default(), false, 1);
    let request = ConnectRequest {
        calling_selector: Bytes::from_static(b"\x00\x01"),
        called_selector: Bytes::from_static(b"\x00\x02"),
        tsdu_maximum_size: TsduSizes { initiator_to_responder: 2048, responder_to_initiator: 4096 },
        user_data: Bytes::from_static(b"hello"),
        ..ConnectRequest::default()
    };
    pair.request(Side::Initiator, connect(request)).expect("accepted");
    pair.settle();
    let [Event::ConnectIndication(indication)] = &pair.events(Side::Responder)[..] else { panic!() };
    assert_eq!(&indication.calling_selector[..], b"\x00\x01");
    assert_eq!(&indication.called_selector[..], b"\x00\x02");
    assert_eq!(indication.version, Versions::V2);
    assert_eq!(&indication.user_data[..], b"hello");
    let response = ConnectResponse {
        tsdu_maximum_size: TsduSizes { initiator_to_responder: 1024, responder_to_initiator: 0 },
        user_data: Bytes::from_static(b"welcome"),
        ..ConnectResponse::default()
    };
    pair.request(Side::Responder, Request::ConnectResponse(Box::new(response))).expect("accepted");
    pair.settle();
    let [Event::ConnectConfirm(confirm)] = &pair.events(Side::Initiator)[..] else { panic!() };
    assert_eq!(&confirm.responding_selector[..], b"\x00\x02");
    assert_eq!(confirm.version, Versions::V2);
    assert_eq!(confirm.functional_units, FunctionalUnits::DUPLEX);
    // Zero wins (X.225 8.3.1): not limited from the responder to the initiator.
    assert_eq!(
        confirm.tsdu_maximum_size,
        TsduSizes { initiator_to_responder: 1024, responder_to_initiator: 0 }
    );
    assert_eq!(&confirm.user_data[..], b"welcome");
    for side in [Side::Initiator, Side::Responder] {
        assert_eq!(pair.machine(side).state(), State::STA713);
    }
}

#[test]
fn large_connect_data_overflows_and_arrives_whole() {
    for size in [512, 513, 10_240, 10_241, 40_000, 65_536] {
        let mut pair = Pair::new(Config::default(), Config::default(), false, 1);
        let data: Vec<u8> = (0..size).map(|i| i as u8).collect();
        let request = ConnectRequest {
            user_data: data.clone().into(),
            tsdu_maximum_size: TsduSizes { initiator_to_responder: 3000, responder_to_initiator: 3000 },
            ..ConnectRequest::default()
        };
        pair.request(Side::Initiator, connect(request)).expect("accepted");
        pair.settle();
        let [Event::ConnectIndication(indication)] = &pair.events(Side::Responder)[..] else {
            panic!("{size} octets")
        };
        assert_eq!(indication.user_data, data, "{size} octets");
        let response = ConnectResponse { user_data: data.clone().into(), ..ConnectResponse::default() };
        let outcome = pair.request(Side::Responder, Request::ConnectResponse(Box::new(response)));
        if size == 512 {
            // Both versions were proposed, and version 2 is selected: any size may answer.
            assert!(outcome.is_ok());
        }
        outcome.expect("accepted");
        pair.settle();
        let [Event::ConnectConfirm(confirm)] = &pair.events(Side::Initiator)[..] else { panic!() };
        assert_eq!(confirm.user_data, data, "{size} octets");
    }
}

#[test]
fn refusals_name_their_reason() {
    let selector = |selector: &'static [u8], attached| LocalSelector {
        selector: Bytes::from_static(selector),
        attached,
    };
    let mut config = Config::default();
    config.selectors = Some(vec![selector(b"\x01", true), selector(b"\x02", false)]);
    let mut only_v1 = config.clone();
    only_v1.versions = Versions::V1;
    let cases: [(&Config, &'static [u8], Versions, u8); 3] = [
        (&config, b"\x07", Versions::default(), refuse_reason(129)),
        (&config, b"\x02", Versions::default(), refuse_reason(130)),
        (&only_v1, b"\x01", Versions::V2, refuse_reason(132)),
    ];
    for (responder, called, versions, reason) in cases {
        let mut pair = Pair::new(Config::default(), responder.clone(), false, 1);
        let request = ConnectRequest {
            called_selector: Bytes::from_static(called),
            versions,
            ..ConnectRequest::default()
        };
        pair.request(Side::Initiator, connect(request)).expect("accepted");
        pair.settle();
        assert!(pair.events(Side::Responder).is_empty());
        let refusal = pair.machine(Side::Responder).refusal().expect("why");
        assert_eq!(refusal.details().reason, Some(u32::from(reason)));
        let [Event::ConnectConfirmNegative(rejection)] = &pair.events(Side::Initiator)[..] else { panic!() };
        assert_eq!(rejection.reason, reason);
        assert!(rejection.error.as_ref().expect("explained").details().clause.is_some());
        for side in [Side::Initiator, Side::Responder] {
            assert_eq!(pair.machine(side).state(), State::STA01);
            assert!(pair.machine(side).is_over());
        }
    }
}

fn refuse_reason(code: u8) -> u8 {
    code
}

#[test]
fn the_user_refuses_with_data() {
    let mut pair = Pair::new(Config::default(), Config::default(), false, 1);
    pair.request(Side::Initiator, connect(ConnectRequest::default())).expect("accepted");
    pair.settle();
    pair.events(Side::Responder);
    let reject = ConnectReject {
        reason: 2,
        user_data: Bytes::from_static(b"not today"),
        functional_units: Some(FunctionalUnits::HALF_DUPLEX),
        ..ConnectReject::default()
    };
    pair.request(Side::Responder, Request::ConnectResponseNegative(Box::new(reject))).expect("accepted");
    pair.settle();
    let [Event::ConnectConfirmNegative(rejection)] = &pair.events(Side::Initiator)[..] else { panic!() };
    assert_eq!(rejection.reason, 2);
    assert_eq!(&rejection.user_data[..], b"not today");
    assert_eq!(rejection.functional_units, Some(FunctionalUnits::HALF_DUPLEX));
}

#[test]
fn the_acceptor_chooses_token_sides() {
    let request = ConnectRequest {
        functional_units: FunctionalUnits::HALF_DUPLEX | FunctionalUnits::MINOR_SYNC,
        initial_serial_number: Some(7),
        tokens: TokenAssignment {
            data: TokenSide::AcceptorChooses,
            synchronize_minor: TokenSide::Acceptor,
            ..TokenAssignment::default()
        },
        ..ConnectRequest::default()
    };
    let response = ConnectResponse {
        functional_units: FunctionalUnits::HALF_DUPLEX | FunctionalUnits::MINOR_SYNC,
        tokens: TokenAssignment { data: TokenSide::Acceptor, ..TokenAssignment::default() },
        please_tokens: Tokens::DATA,
        ..ConnectResponse::default()
    };
    let pair = Pair::connected(request, response, false, 1);
    let owned = |side| pair.machine(side).properties().owned_tokens;
    assert_eq!(owned(Side::Initiator), Tokens::empty());
    assert_eq!(owned(Side::Responder), Tokens::DATA | Tokens::SYNCHRONIZE_MINOR);
    assert_eq!(pair.machine(Side::Initiator).properties().serial_numbers, [7, 7, 0]);
}

#[test]
fn a_wrong_request_changes_nothing() {
    let mut pair = Pair::new(Config::default(), Config::default(), false, 1);
    let too_long = ConnectRequest { called_selector: vec![0; 17].into(), ..ConnectRequest::default() };
    let no_duplex =
        ConnectRequest { functional_units: FunctionalUnits::TYPED_DATA, ..ConnectRequest::default() };
    for request in [too_long, no_duplex] {
        let error = pair.request(Side::Initiator, connect(request)).expect_err("refused");
        assert_eq!(error.kind(), osisession_proto::ErrorKind::Invalid);
        assert!(error.details().parameter.is_some());
        assert_eq!(pair.machine(Side::Initiator).state(), State::STA01);
        assert!(pair.is_quiet());
    }
    let error = pair.request(Side::Initiator, Request::Data(Bytes::from_static(b"x"))).expect_err("refused");
    assert_eq!(error.kind(), osisession_proto::ErrorKind::Refused);
    assert!(pair.is_quiet());
}

/// Feeds an initiator that proposed duplex with this ACCEPT.
fn answered(accept: &[u8], strict: bool) -> osisession_proto::x225::spm::Spm {
    use osisession_proto::x225::port::TransportIndication;
    let now = osisession_proto::Instant::ZERO;
    let mut config = Config::default();
    config.strict = strict;
    let mut spm = osisession_proto::x225::spm::Spm::new(config);
    spm.request(connect(ConnectRequest::default()), now).expect("accepted");
    spm.transport(TransportIndication::ConnectConfirm { expedited: false }, now);
    spm.transport(TransportIndication::Data(Bytes::copy_from_slice(accept)), now);
    spm
}

#[test]
fn an_accept_without_requirements_means_as_proposed_unless_strict() {
    use osisession_proto::x225::spdu::Leniency;
    let absent: &[u8] = &[0x0e, 0x08, 0x05, 0x06, 0x13, 0x01, 0x00, 0x16, 0x01, 0x02];
    let none: &[u8] = &[0x0e, 0x0c, 0x05, 0x06, 0x13, 0x01, 0x00, 0x16, 0x01, 0x02, 0x14, 0x02, 0, 0];
    for accept in [absent, none] {
        let mut tolerant = answered(accept, false);
        assert!(matches!(tolerant.poll_event(), Some(Event::ConnectConfirm(_))));
        assert!(tolerant.properties().leniencies.contains(Leniency::ABSENT_REQUIREMENTS));
        let mut strict = answered(accept, true);
        assert!(matches!(strict.poll_event(), Some(Event::PAbortIndication(PAbortReason::ProtocolError, _))));
    }
}
