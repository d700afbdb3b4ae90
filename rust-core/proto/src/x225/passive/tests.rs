use super::*;
use crate::error::ErrorKind;
use crate::transport::tpkt;

const CN: &str = "0d180506130100160102140200023302000134020001c1024142";
const AC: &str = "0e1005061301001601021402000234020001";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn packet(tpdu: &[u8]) -> Vec<u8> {
    [&tpkt::header(tpdu.len()).unwrap()[..], tpdu].concat()
}

fn dt(tsdu: &[u8]) -> Vec<u8> {
    packet(&[&[2, 0xf0, 0x80], tsdu].concat())
}

fn data(text: &str) -> Vec<u8> {
    [b"\x01\x00\x01\x00", text.as_bytes()].concat()
}

fn drain(passive: &mut Passive) -> Vec<Item> {
    core::iter::from_fn(|| passive.poll()).collect()
}

/// A word for each item but TPDUs.
fn words(items: &[Item]) -> Vec<String> {
    let word = |item: &Item| match &item.content {
        Content::Tpdu(_) => None,
        Content::Tsdu(tsdu) if tsdu.fault.is_some() => {
            Some(if tsdu.is_whole { "bad" } else { "rest" }.into())
        }
        Content::Tsdu(tsdu) => Some(tsdu.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" ")),
        Content::Ssdu { kind, user_data } => {
            Some(format!("SSDU {kind} {}", String::from_utf8_lossy(user_data)))
        }
        Content::Negotiated(_) => Some("negotiated".into()),
        Content::Fault(_) => Some("fault".into()),
        Content::Skipped { octets } => Some(format!("skipped {octets}")),
        Content::Lost => Some("lost".into()),
    };
    items.iter().filter_map(word).collect()
}

/// TSDUs in one direction or the other: "> hex".
fn tsdus(passive: &mut Passive, lines: &[(Direction, &[u8])]) -> Vec<String> {
    for (direction, octets) in lines {
        passive.tsdu(*direction, Flow::Normal, Bytes::copy_from_slice(octets), Instant::ZERO);
    }
    words(&drain(passive))
}

use Direction::{Backward, Forward};

#[test]
fn a_stream_in_pieces_of_any_size() {
    let stream: Vec<u8> =
        [packet(&[6, 0xe0, 0, 0, 0, 1, 0]), dt(&hex(CN)), dt(&data("one")), dt(&data("two"))].concat();
    for size in 1..=stream.len() {
        let mut passive = Passive::default();
        for piece in stream.chunks(size) {
            passive.stream(Forward, piece, Instant::ZERO);
        }
        assert_eq!(words(&drain(&mut passive)), ["CN", "GT DT", "GT DT"], "{size}");
        passive.end(Forward, Instant::ZERO);
        assert_eq!(drain(&mut passive), []);
    }
}

#[test]
fn begins_anywhere_in_the_stream() {
    let last = dt(&data("the last"));
    let stream = [dt(&hex(CN)), dt(&data("one")), dt(&data("two")), last.clone()].concat();
    for start in 1..=stream.len() - last.len() {
        let mut passive = Passive::default();
        passive.stream(Forward, &stream[start..], Instant::ZERO);
        let words = words(&drain(&mut passive));
        assert_eq!(words.last().unwrap(), "GT DT", "from {start}");
        assert!(words.iter().all(|word| word == "GT DT" || word.starts_with("skipped")), "{words:?}");
    }
}

#[test]
fn a_loss_anywhere_costs_no_more_than_what_it_touches() {
    let packets = [dt(&hex(CN)), dt(&data("one")), dt(&data("two")), dt(&data("three"))];
    let stream = packets.concat();
    let end_of_second = packets[0].len() + packets[1].len();
    for start in packets[0].len()..end_of_second {
        for end in start + 1..=end_of_second {
            let mut passive = Passive::default();
            passive.stream(Forward, &stream[..start], Instant::ZERO);
            passive.lost(Forward, Instant::ZERO);
            passive.stream(Forward, &stream[end..], Instant::ZERO);
            let mut words = words(&drain(&mut passive));
            words.retain(|word| !word.starts_with("skipped"));
            assert_eq!(words, ["CN", "lost", "GT DT", "GT DT"], "{start}..{end}");
        }
    }
}

#[test]
fn the_rest_of_a_tsdu_is_not_judged() {
    let mut passive = Passive::default();
    passive.stream(Forward, &dt(b"\xff\xffrest"), Instant::ZERO);
    passive.stream(Forward, &dt(b"\xff\xffwhole"), Instant::ZERO);
    assert_eq!(words(&drain(&mut passive)), ["rest", "bad"]);
}

#[test]
fn what_does_not_begin_with_a_tpkt() {
    // Without the beginning nobody can say more than that it belongs to nothing.
    let mut passive = Passive::default();
    passive.stream(Forward, b"GET / HTTP/1.1\r\n", Instant::ZERO);
    passive.stop(Instant::ZERO);
    assert_eq!(words(&drain(&mut passive)), ["skipped 16"]);
    // With it, it is a fault.
    let mut passive = Passive::default();
    passive.begin(Forward);
    passive.stream(Forward, b"GET / HTTP/1.1\r\n", Instant::ZERO);
    assert_eq!(words(&drain(&mut passive)), ["fault"]);
}

#[test]
fn a_bad_header_is_a_fault_and_reading_goes_on_behind_it() {
    let mut passive = Passive::default();
    passive.stream(Forward, &dt(&data("one")), Instant::ZERO);
    passive.stream(Forward, b"\x04\x00\x00\x09junk", Instant::ZERO);
    passive.stream(Forward, &dt(&data("two")), Instant::ZERO);
    assert_eq!(words(&drain(&mut passive)), ["GT DT", "fault", "skipped 8", "GT DT"]);
}

#[test]
fn an_end_in_the_middle_is_a_fault() {
    let mut passive = Passive::default();
    let packet = dt(&data("one"));
    passive.stream(Forward, &packet[..packet.len() - 1], Instant::ZERO);
    passive.end(Forward, Instant::ZERO);
    assert_eq!(words(&drain(&mut passive)), ["fault"]);
}

#[test]
fn a_tsdu_in_several_tpdus() {
    let tsdu = data("a longer text");
    let mut passive = Passive::default();
    passive.begin(Forward);
    for (index, part) in tsdu.chunks(4).enumerate() {
        let last = (index + 1) * 4 >= tsdu.len();
        let header = [2, 0xf0, if last { 0x80 } else { 0 }];
        passive.stream(Forward, &packet(&[&header[..], part].concat()), Instant::ZERO);
    }
    let items = drain(&mut passive);
    let Content::Tsdu(observed) = &items.last().unwrap().content else { panic!("{items:?}") };
    assert_eq!(observed.octets, tsdu);
    assert!(observed.is_whole);
    assert_eq!(observed.decode().unwrap().spdus()[1].user_data(), b"a longer text");
}

#[test]
fn a_tsdu_beyond_the_limit_is_passed_over() {
    let limits = Limits { tsdu_reassembly: 64, ..Limits::default() };
    let mut passive = Passive::new(limits, Leniency::TOLERANT);
    passive.begin(Forward);
    for _ in 0..10 {
        passive.stream(Forward, &packet(&[&[2, 0xf0, 0][..], &[0x55; 20]].concat()), Instant::ZERO);
    }
    passive.stream(Forward, &dt(b"end of it"), Instant::ZERO);
    passive.stream(Forward, &dt(&data("next")), Instant::ZERO);
    let items = drain(&mut passive);
    assert_eq!(words(&items), ["fault", "GT DT"]);
    assert!(items.iter().any(|item| match &item.content {
        Content::Fault(error) => error.kind() == ErrorKind::LimitHit,
        _ => false,
    }));
}

#[test]
fn what_was_negotiated() {
    let cn = hex(
        "0d4201120a0563616c6c410b04636f6d310c030102030516130101150404000200160103170231301a012637013514020c3a330141340a535341502d3030303031c101aa",
    );
    let ac = hex("0e1f05131301001504020001001601021702313037013614020822340142c10177");
    let mut passive = Passive::default();
    // 0822: duplex, resynchronize, symmetric synchronize.
    assert_eq!(tsdus(&mut passive, &[(Backward, &cn), (Forward, &ac)]), ["CN", "AC", "negotiated"]);
    let properties = passive.properties().unwrap();
    assert_eq!(properties.initiator, Backward);
    assert_eq!(properties.version, Versions::V2);
    assert_eq!(
        properties.functional_units,
        FunctionalUnits::DUPLEX | FunctionalUnits::RESYNCHRONIZE | FunctionalUnits::SYMMETRIC_SYNC
    );
    let sizes = TsduSizes { initiator_to_responder: 512, responder_to_initiator: 256 };
    assert_eq!(properties.tsdu_maximum_size, sizes);
    assert_eq!(properties.initial_serial_number, Some(10));
    assert_eq!(properties.second_initial_serial_number, Some(6));
    assert!(properties.initiator_extended_concatenation && !properties.responder_extended_concatenation);
    assert_eq!(&properties.calling_selector[..], b"A");
    assert_eq!(&properties.called_selector[..], b"SSAP-00001");
    assert_eq!(&properties.responding_selector[..], b"B");
}

#[test]
fn what_was_negotiated_is_used_to_read_on() {
    let mut passive = Passive::new(Limits::default(), Leniency::STRICT);
    // A maximum TSDU size in both directions: data needs an Enclosure Item from here on.
    let cn = hex("0d12050c13010015040100010016010214020002");
    let ac = [&[0x0e][..], &cn[1..]].concat();
    assert_eq!(tsdus(&mut passive, &[(Forward, &cn), (Backward, &ac)]), ["CN", "AC", "negotiated"]);
    assert_eq!(tsdus(&mut passive, &[(Forward, &data("x"))]), ["bad"]);
    let first = hex("0100010319010161");
    let last = hex("0100010319010262");
    assert_eq!(tsdus(&mut passive, &[(Forward, &first), (Forward, &last)]), ["GT DT", "GT DT", "SSDU DT ab"]);
    // Another CONNECT: nothing of this holds.
    assert_eq!(tsdus(&mut passive, &[(Forward, &hex(CN)), (Backward, &hex(AC))]), ["CN", "AC", "negotiated"]);
    assert_eq!(tsdus(&mut passive, &[(Forward, &data("x"))]), ["GT DT"]);
}

#[test]
fn an_accept_is_judged_by_what_was_proposed() {
    let mut passive = Passive::default();
    // Half-duplex, where duplex was proposed.
    let ac = hex("0e0c050613010016010214020001");
    assert_eq!(tsdus(&mut passive, &[(Forward, &hex(CN)), (Backward, &ac)])[..2], ["CN", "bad"]);
}

#[test]
fn si_42_is_what_it_answers() {
    let mut passive = Passive::default();
    let map = hex("010029060f01012a0133");
    let ae = hex("010029032a0134");
    let ack = hex("02002a032a0133");
    let words = tsdus(&mut passive, &[(Forward, &map), (Backward, &ack), (Forward, &ae), (Backward, &ack)]);
    assert_eq!(words, ["GT MAP", "PT MAA", "GT AE", "PT AEA"]);
}

#[test]
fn later_segments_without_a_first_one() {
    let later = hex("0907190102c1026162");
    let single = hex("0a00");
    let mut passive = Passive::default();
    // At first, their beginning may have passed unseen.
    assert_eq!(tsdus(&mut passive, &[(Forward, &later)]), ["FN"]);
    assert_eq!(tsdus(&mut passive, &[(Forward, &single), (Forward, &later)]), ["DN", "bad"]);
    passive.lost(Forward, Instant::ZERO);
    assert_eq!(tsdus(&mut passive, &[(Forward, &later)]), ["lost", "FN"]);
    // In extended concatenation the data comes before the synchronization point that stands before it.
    let mut passive = Passive::default();
    assert_eq!(tsdus(&mut passive, &[(Forward, &hex("010031032a013601031901027a"))]), ["GT MIP DT"]);
}

#[test]
fn connect_data_that_overflows() {
    let cn = [&hex("0dff28130506130100160102140200023c0101c2ff2800")[..], &[b'E'; 10_240]].concat();
    let middle = hex("0f07190100c1026162");
    let last = hex("0f07190102c1026364");
    let mut passive = Passive::default();
    for tsdu in [&cn, &middle, &last] {
        passive.tsdu(Forward, Flow::Normal, Bytes::copy_from_slice(tsdu), Instant::ZERO);
    }
    let items = drain(&mut passive);
    let Content::Ssdu { kind, user_data } = &items.last().unwrap().content else {
        panic!("{:?}", words(&items))
    };
    assert_eq!((*kind, user_data.len()), (Kind::CN, 10_244));
    assert!(user_data.ends_with(b"Eabcd"));

    let limits = Limits { connect_user_data: 10_242, ..Limits::default() };
    let mut passive = Passive::new(limits, Leniency::TOLERANT);
    assert_eq!(
        tsdus(&mut passive, &[(Forward, &cn), (Forward, &middle), (Forward, &last)]),
        ["CN", "CDO", "bad"]
    );
}

#[test]
fn any_octets_do_no_harm() {
    let mut seed = 0x5eed_u64;
    let mut next = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 33) % below
    };
    let valid =
        [dt(&hex(CN)), dt(&data("one")), dt(&hex("0100010319010161")), dt(&hex("1903110103"))].concat();
    for _ in 0..300 {
        let mut passive = Passive::default();
        let mut octets = valid.repeat(3);
        for _ in 0..next(30) {
            let at = usize::try_from(next(octets.len() as u64)).unwrap();
            octets[at] = u8::try_from(next(256)).unwrap();
        }
        let size = 1 + usize::try_from(next(40)).unwrap();
        for (index, piece) in octets.chunks(size).enumerate() {
            let direction = if next(2) == 0 { Forward } else { Backward };
            passive.stream(direction, piece, Instant::ZERO);
            if index % 17 == 16 {
                passive.lost(direction, Instant::ZERO);
            }
            assert!(passive.halves.iter().all(|half| half.buffer.len() <= tpkt::MAX));
        }
        passive.end(Forward, Instant::ZERO);
        passive.stop(Instant::ZERO);
        assert!(drain(&mut passive).len() <= octets.len());
    }
}

#[test]
fn signatures() {
    assert_eq!(looks_like_tpkt(b""), None);
    assert_eq!(looks_like_tpkt(&[3, 0, 0]), None);
    assert_eq!(looks_like_tpkt(&[3, 1]), Some(false));
    assert_eq!(looks_like_tpkt(&[3, 0, 0, 7, 2, 0xf0]), Some(true));
    assert_eq!(looks_like_tpkt(&[3, 0, 0, 6, 2, 0xf0]), Some(false), "shorter than any packet");
    assert_eq!(looks_like_tpkt(&[3, 0, 0, 11, 6, 0xe0]), Some(true));
    assert_eq!(looks_like_tpkt(&[3, 0, 0, 10, 6, 0xe0]), Some(false), "the header does not fit");
    assert_eq!(looks_like_tpkt(&[3, 0, 0, 20, 0x08, 0x02]), Some(false), "Q.931 in a TPKT");
}
