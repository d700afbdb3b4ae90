//! One engine: deadlines, the end, and requests at the wrong time.
use super::*;
use crate::transport::tpdu::{Connect, Parameter};

const MS: fn(u64) -> Duration = Duration::from_millis;

fn receive(engine: &mut Class0, octets: &mut BytesMut, more: &str, at: Instant) {
    octets.extend_from_slice(&hex(more));
    engine.received(octets, at);
}

#[test]
fn half_a_header_has_a_deadline() {
    let mut engine = open(Config::default());
    let limit = Config::default().limits.tpkt_header_timeout;
    let mut octets = BytesMut::new();
    assert_eq!(engine.next_timeout(), None);
    receive(&mut engine, &mut octets, "03", NOW + MS(10));
    receive(&mut engine, &mut octets, "00", NOW + MS(20));
    let deadline = NOW + MS(10) + limit;
    assert_eq!(engine.next_timeout(), Some(deadline));
    assert_eq!(engine.missing_octets(), 2);
    engine.handle_timeout(Instant::from_nanos(deadline.as_nanos() - 1));
    assert!(engine.is_open());
    engine.handle_timeout(deadline);
    let error = failed(&mut engine);
    assert_eq!((error.kind(), error.layer()), (ErrorKind::Transport, Layer::Tpkt));
    assert_eq!(error.details().text, "peer stopped inside a TPKT header after 2 of 4 octets");
    assert_eq!(engine.next_timeout(), None);
    assert!(engine.wants_close());
}

#[test]
fn a_tpkt_and_a_tsdu_have_a_deadline_that_grows_with_what_came() {
    let limits = Config::default().limits;
    let mut engine = open(Config::default());
    let mut octets = BytesMut::new();
    receive(&mut engine, &mut octets, "0300100702f000", NOW + MS(5));
    assert_eq!(engine.next_timeout(), Some(NOW + MS(5) + limits.tsdu_timeout));
    receive(&mut engine, &mut octets, "{00*2048}", NOW + MS(900));
    assert_eq!(
        engine.next_timeout(),
        Some(NOW + MS(5) + limits.tsdu_timeout + 2 * limits.tsdu_timeout_per_kib)
    );
    receive(&mut engine, &mut octets, "{00*2048}", NOW + MS(950));
    assert!(octets.is_empty());
    // The TPKT is complete, the TSDU is not: 4096 octets of it.
    let deadline = NOW + MS(5) + limits.tsdu_timeout + 4 * limits.tsdu_timeout_per_kib;
    assert_eq!(engine.next_timeout(), Some(deadline));
    engine.handle_timeout(deadline);
    let error = failed(&mut engine);
    assert_eq!(error.layer(), Layer::Transport);
    assert_eq!(error.details().text, "peer stopped inside a TSDU, after 4096 octets");
}

#[test]
fn a_tpkt_that_stops_is_told_with_its_octets() {
    let mut engine = listening(Config::default());
    let mut octets = BytesMut::new();
    receive(&mut engine, &mut octets, "0300001611e0", NOW);
    assert_eq!(engine.missing_octets(), 16);
    engine.handle_timeout(engine.next_timeout().unwrap());
    assert_eq!(failed(&mut engine).details().text, "peer stopped inside a TPKT after 6 of 22 octets");
}

#[test]
fn a_complete_tsdu_ends_the_deadline() {
    let mut engine = open(Config::default());
    let mut octets = BytesMut::new();
    receive(&mut engine, &mut octets, "0300000802f0004103", NOW);
    assert!(engine.next_timeout().is_some());
    receive(&mut engine, &mut octets, "00000802f08042", NOW + MS(1));
    assert_eq!(engine.next_timeout(), None);
    assert_eq!(indications(&mut engine), [TransportIndication::Data(Bytes::from_static(b"AB"))]);
}

#[test]
fn deadlines_rest_while_reading_rests() {
    let mut engine = open(Config::default());
    let mut octets = BytesMut::new();
    receive(&mut engine, &mut octets, "0300000802f0004103", NOW);
    let before = engine.next_timeout().unwrap();
    engine.set_reading(false, NOW + MS(100));
    engine.set_reading(false, NOW + MS(200));
    assert_eq!(engine.next_timeout(), None);
    engine.handle_timeout(before + MS(1));
    assert!(engine.is_open());
    engine.set_reading(true, NOW + MS(60_100));
    engine.set_reading(true, NOW + MS(70_000));
    assert_eq!(engine.next_timeout(), Some(before + MS(60_000)));
}

#[test]
fn a_fin_is_an_orderly_end_only_between_tsdus() {
    let end = |engine: &mut Class0, fed: &str| {
        feed(engine, &hex(fed));
        engine.network_closed(None, NOW);
        assert!(engine.wants_close());
        disconnected(engine).map(|error| error.details().text.to_string())
    };
    let open = || super::open(Config::default());
    assert_eq!(end(&mut open(), "0300000802f08041"), None);
    let text = "peer closed the connection inside a TPKT header after 3 of 4 octets";
    assert_eq!(end(&mut open(), "030000").as_deref(), Some(text));
    let text = "peer closed the connection inside a TPKT after 7 of 8 octets";
    assert_eq!(end(&mut open(), "0300000802f080").as_deref(), Some(text));
    let text = "peer closed the connection inside a TSDU, after 1 octet";
    assert_eq!(end(&mut open(), "0300000802f00041").as_deref(), Some(text));
    let text = "peer closed the connection without a CR";
    assert_eq!(end(&mut listening(Config::default()), "").as_deref(), Some(text));
    let text = "peer closed the connection instead of answering the CR";
    assert_eq!(end(&mut calling(Config::default(), 1), "").as_deref(), Some(text));
}

#[test]
fn a_reset_is_told_as_it_is() {
    let reset = Error::new(ErrorKind::Transport, Layer::Network, "connection reset by peer");
    let mut engine = open(Config::default());
    engine.request(data("queued"), NOW).unwrap();
    engine.network_closed(Some(reset.clone()), NOW);
    assert_eq!(failed(&mut engine), reset);
    assert_eq!((engine.pending_output_octets(), engine.poll_output()), (0, None));
    engine.network_closed(Some(reset), NOW);
    assert_eq!(engine.poll_indication(), None, "it is told once");
}

#[test]
fn a_tcp_connection_that_never_comes_up_is_told() {
    let error = Error::new(ErrorKind::Transport, Layer::Network, "connection refused");
    let mut engine = Class0::initiator(Config::default(), 1);
    engine.request(TransportRequest::Connect { expedited: false }, NOW).unwrap();
    engine.network_closed(Some(error.clone()), NOW);
    assert_eq!(failed(&mut engine), error);
}

#[test]
fn a_disconnect_request_flushes_first_and_hears_nothing_more() {
    let mut engine = open(Config::default());
    feed(&mut engine, &hex("0300000802f08041"));
    engine.request(data("last words"), NOW).unwrap();
    engine.request(TransportRequest::Disconnect { reason: 1 }, NOW).unwrap();
    assert!(engine.is_closed() && !engine.wants_close());
    engine.network_closed(None, NOW);
    feed(&mut engine, &hex("0300000802f08042"));
    assert_eq!(engine.poll_indication(), None);
    assert_eq!(engine.pending_output_octets(), 17);
    assert_eq!(output(&mut engine)[7..], *b"last words");
    assert!(engine.wants_close());
    assert_eq!(engine.request(data("too late"), NOW).unwrap_err().kind(), ErrorKind::Refused);
}

#[test]
fn a_disconnect_request_instead_of_a_response_refuses() {
    for reason in [None, Some(2)] {
        let mut engine = listening(Config::default());
        feed(&mut engine, &hex("0300000b06e00000123400"));
        match reason {
            None => engine.request(TransportRequest::Disconnect { reason: 1 }, NOW).unwrap(),
            Some(reason) => engine.refuse(reason, NOW),
        }
        let expected = [hex("0300000b0680123400"), vec![0, reason.unwrap_or(0)]].concat();
        assert_eq!(output(&mut engine), expected);
        assert!(engine.wants_close());
    }
}

#[test]
fn a_fault_of_the_peer_keeps_what_was_queued_from_being_sent_but_not_half_a_tpdu() {
    let mut engine = open(Config::default());
    let user_data = Bytes::from(vec![7; 100]);
    for _ in 0..2 {
        let tsdu = Tsdu { header: Bytes::from_static(&[1, 0]), user_data: user_data.clone() };
        engine.request(TransportRequest::Data(tsdu), NOW).unwrap();
    }
    let mut written = engine.poll_output().unwrap().to_vec();
    assert_eq!(written.len(), 9);
    feed(&mut engine, &[0]);
    assert!(!engine.wants_close());
    written.extend(output(&mut engine));
    assert_eq!(tpdus(&written).len(), 1);
    assert!(engine.wants_close());
}

#[test]
fn requests_at_the_wrong_time_change_nothing() {
    let connect = || TransportRequest::Connect { expedited: false };
    let response = || TransportRequest::ConnectResponse { expedited: false };
    let refused = |engine: &mut Class0, request| {
        let error = engine.request(request, NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert_eq!(engine.pending_output_octets(), 0);
    };
    let mut caller = Class0::initiator(Config::default(), 0);
    refused(&mut caller, response());
    refused(&mut caller, data("early"));
    caller.request(connect(), NOW).unwrap();
    refused(&mut caller, connect());
    let mut callee = listening(Config::default());
    refused(&mut callee, connect());
    refused(&mut callee, response());
    let mut engine = open(Config::default());
    refused(&mut engine, response());
    refused(&mut engine, TransportRequest::ExpeditedData(Bytes::from_static(b"x")));

    let invalid = |engine: &mut Class0, request| {
        assert_eq!(engine.request(request, NOW).unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(engine.pending_output_octets(), 0);
    };
    invalid(&mut engine, data(""));
    let mut engine = open(config(|c| c.expedited = true));
    invalid(&mut engine, TransportRequest::ExpeditedData(Bytes::new()));
    invalid(&mut engine, TransportRequest::ExpeditedData(Bytes::from_static(&[0; 17])));
    let mut engine = Class0::initiator(config(|c| c.called_t_selector = vec![0; 33].into()), 1);
    invalid(&mut engine, connect());
}

#[test]
fn a_cr_waits_for_the_network_and_an_own_reference_is_never_zero() {
    let mut engine = Class0::initiator(config(|c| c.max_tpdu_size = 1024), 0);
    engine.request(TransportRequest::Connect { expedited: true }, NOW).unwrap();
    assert_eq!(engine.poll_output(), None);
    engine.network_connected(NOW);
    assert_eq!(output(&mut engine), hex("0300000e09e00000000100c0010a"));
    // The request may also come second.
    let mut engine = Class0::initiator(Config::default(), 7);
    engine.network_connected(NOW);
    assert_eq!(engine.poll_output(), None);
    engine.request(TransportRequest::Connect { expedited: false }, NOW).unwrap();
    assert_eq!(output(&mut engine), hex("030000120de00000000700c0010bf00201ff"));
}

/// The CC of a responder with this limit, to a CR with these parameters.
fn confirm(max_tpdu_size: usize, parameters: &str) -> Vec<u8> {
    let mut engine = listening(config(|c| c.max_tpdu_size = max_tpdu_size));
    let parameters = hex(parameters);
    let length = u8::try_from(parameters.len()).unwrap();
    feed(&mut engine, &[&[3, 0, 0, 11 + length, 6 + length, 0xe0, 0, 0, 0, 1, 0], &parameters[..]].concat());
    engine.request(TransportRequest::ConnectResponse { expedited: false }, NOW).unwrap();
    output(&mut engine).split_off(11)
}

#[test]
fn a_responder_states_the_size_by_the_parameter_it_was_asked_with() {
    for (maximum, asked, answered) in [
        (65_531, "", "c0010d"),
        (1_500, "", "c0010a"),
        (65_531, "c0010a", "c0010a"),
        (512, "c0010d", "c00109"),
        (0, "c0010d", "c00107"),
        (65_531, "c0010df00201ff", "f00201ff"),
        (65_531, "f00400ffffff", "f00201ff"),
        (65_531, "f00101", "f00101"),
        (1_500, "c0010df00201ff", "f0010b"),
        // The last of duplicates counts; an invalid one in a CR counts as absent.
        (65_531, "c0010dc00108", "c00108"),
        (65_531, "f00100c0010b", "c0010b"),
        // Selectors are returned.
        (65_531, "c0010bc10141c20142", "c0010bc10141c20142"),
    ] {
        assert_eq!(confirm(maximum, asked), hex(answered), "{maximum} {asked}");
    }
}

/// An initiator with this limit after a CC with these parameters.
fn confirmed(tolerant: bool, max_tpdu_size: usize, parameters: &str) -> Result<usize, Error> {
    let mut engine = calling(
        config(|c| {
            c.max_tpdu_size = max_tpdu_size;
            c.tolerant = tolerant;
        }),
        1,
    );
    let parameters = hex(parameters);
    let length = u8::try_from(parameters.len()).unwrap();
    feed(&mut engine, &[&[3, 0, 0, 11 + length, 6 + length, 0xd0, 0, 1, 0, 2, 0], &parameters[..]].concat());
    if engine.is_open() { Ok(engine.tpdu_size()) } else { Err(failed(&mut engine)) }
}

#[test]
fn an_initiator_takes_the_size_that_the_cc_states() {
    for (maximum, answered, size) in [
        (65_531, "", 2048),
        (1_024, "", 1024),
        (65_531, "c00107", 128),
        (65_531, "f00201ff", 65_408),
        (65_531, "f00101", 128),
        (65_531, "c0010af00102", 256),
    ] {
        for tolerant in [true, false] {
            assert_eq!(confirmed(tolerant, maximum, answered), Ok(size), "{maximum} {answered}");
        }
    }
    // More than was proposed: the proposal holds, or it is an error.
    for (maximum, answered, size) in
        [(1_024, "c0010d", 1024), (1_024, "f00201ff", 1024), (20_000, "f00201ff", 19_968)]
    {
        assert_eq!(confirmed(true, maximum, answered), Ok(size), "{maximum} {answered}");
        let error = confirmed(false, maximum, answered).unwrap_err();
        assert_eq!((error.details().pdu, error.details().offset), (Some("CC"), Some(9)), "{error}");
    }
    for answered in ["c00106", "c0020a0a", "f00100", "f000", "f0050000000001"] {
        assert_eq!(confirmed(true, 65_531, answered).unwrap_err().kind(), ErrorKind::Peer, "{answered}");
    }
}

#[test]
fn called_t_selectors_are_checked_before_the_indication() {
    let cr = |selector: &'static [u8]| {
        let cr = Connect {
            source_reference: 9,
            parameters: vec![Parameter::new(0xc2, selector)],
            ..Connect::default()
        };
        let octets = Tpdu::Cr(cr).encode().unwrap();
        [&tpkt::header(octets.len()).unwrap()[..], &octets].concat()
    };
    let known = |list: &[&'static [u8]]| Some(list.iter().map(|s| Bytes::from_static(s)).collect::<Vec<_>>());
    for (local, octets, taken) in [
        (None, cr(b"any"), true),
        (known(&[b"A", b"B"]), cr(b"B"), true),
        (known(&[b"A", b"B"]), cr(b"C"), false),
        (known(&[b"A", b"B"]), cr(b""), false),
        (known(&[b""]), cr(b""), true),
        (known(&[b""]), hex("0300000b06e00000000900"), true),
        (known(&[]), hex("0300000b06e00000000900"), false),
    ] {
        let mut engine = listening(Config::default());
        engine.set_local_t_selectors(local.clone());
        feed(&mut engine, &octets);
        assert_eq!(!engine.is_closed(), taken, "{local:?} {octets:02x?}");
        if !taken {
            let error = failed(&mut engine);
            assert_eq!(error.details().reason, Some(3));
            assert_eq!(output(&mut engine), hex("0300000b06800009000003"));
        }
    }
}

#[test]
fn classes_other_than_0_need_it_as_an_alternative() {
    for (class, parameters, taken) in [
        (0x00, "", true),
        (0x10, "", true),
        (0x21, "", false),
        (0x21, "c70100", true),
        (0x40, "c702213000", false),
        (0x40, "c703213000", true),
        (0x40, "c7020050", false),
    ] {
        let parameters = hex(parameters);
        let Ok(length) = u8::try_from(parameters.len()) else { unreachable!() };
        let mut engine = listening(Config::default());
        feed(
            &mut engine,
            &[&[3, 0, 0, 11 + length, 6 + length, 0xe0, 0, 0, 0, 1, class], &parameters[..]].concat(),
        );
        assert_eq!(!engine.is_closed(), taken, "{class:02x} {parameters:02x?}");
    }
}

#[test]
fn only_small_tsdus_are_copied() {
    for (length, copied) in [(100, true), (4000, false)] {
        let mut engine = open(Config::default());
        let header = tpkt::header(3 + length).unwrap();
        let mut octets = BytesMut::from(&[&header[..], &[2, 0xf0, 0x80], &vec![1; length]].concat()[..]);
        let buffer = octets.as_ptr() as usize + 7;
        engine.received(&mut octets, NOW);
        let Some(TransportIndication::Data(tsdu)) = engine.poll_indication() else { panic!() };
        assert_eq!((tsdu.len(), tsdu.as_ptr() as usize != buffer), (length, copied));
    }
}

#[test]
fn user_data_is_written_from_the_buffer_it_came_in() {
    let mut engine = open(config(|c| c.max_tpdu_size = 1024));
    let user_data = Bytes::from(vec![7; 3000]);
    let tsdu = Tsdu { header: Bytes::from_static(&[1, 0]), user_data: user_data.clone() };
    engine.request(TransportRequest::Data(tsdu), NOW).unwrap();
    let expected = engine.pending_output_octets();
    let pieces: Vec<Bytes> = std::iter::from_fn(|| engine.poll_output()).collect();
    assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), expected);
    assert_eq!(expected, 3002 + 3 * 7);
    let inside = user_data.as_ptr_range();
    let shared: usize = pieces.iter().filter(|p| inside.contains(&p.as_ptr())).map(Bytes::len).sum();
    assert_eq!(shared, 3000);
}

#[test]
fn a_tpkt_holds_7_to_65535_octets() {
    assert_eq!(tpkt::header(2), None);
    assert_eq!(tpkt::header(3), Some([3, 0, 0, 7]));
    assert_eq!(tpkt::header(65_531), Some([3, 0, 0xff, 0xff]));
    assert_eq!(tpkt::header(65_532), None);
    assert_eq!(tpkt::header(usize::MAX), None);
    assert_eq!(tpkt::packet_length(&[3, 0, 0]).unwrap(), None);
    assert_eq!(tpkt::packet_length(&[3, 0, 0, 7]).unwrap(), Some(7));
}

#[test]
fn what_does_not_fit_a_tpdu_is_not_encoded() {
    let parameters = |length: usize| vec![Parameter::new(0x99, vec![0; length])];
    for (tpdu, fits) in [
        (Tpdu::Cr(Connect { parameters: parameters(246), ..Connect::default() }), true),
        (Tpdu::Cr(Connect { parameters: parameters(247), ..Connect::default() }), false),
        (Tpdu::Cr(Connect { parameters: parameters(256), ..Connect::default() }), false),
        (Tpdu::Cc(Connect { class: 5, ..Connect::default() }), false),
        (Tpdu::Cc(Connect { credit: 16, ..Connect::default() }), false),
        (Tpdu::Dt(Data { number: 128, ..Data::default() }), false),
    ] {
        let encoded = tpdu.encode();
        assert_eq!(encoded.is_ok(), fits, "{tpdu}");
        match encoded {
            Ok(octets) => assert_eq!(Tpdu::decode(octets.into()).unwrap(), tpdu),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Invalid),
        }
    }
}
