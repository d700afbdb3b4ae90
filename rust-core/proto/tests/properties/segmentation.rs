//! What `emit` cuts, `Reassembly` puts together, at every maximum TSDU size (X.225 6.3.5).
use crate::codec::{as_read, reader};
use osisession_proto::error::ErrorKind;
use osisession_proto::x225::parameter::{Enclosure, Tokens, Versions};
use osisession_proto::x225::port::Tsdu;
use osisession_proto::x225::spdu::{
    Complete, DecodeContext, EncodeContext, Kind, Reassembly, Segmenting, decode, emit,
};
use osisession_testkit::bench::Rng;
use osisession_testkit::generate::{Generated, questions, spdu};

/// Octets of the parameter field without user data, with an Enclosure Item if there is to be one.
fn parameters(made: &Generated, enclosure: bool) -> usize {
    let bare = Generated { user_data: Vec::new(), ..made.clone() };
    let octets = bare.builder().encode_unchecked();
    let indicator = if octets[1] == 255 { 3 } else { 1 };
    octets.len() - 1 - indicator + if enclosure { 3 } else { 0 }
}

/// Octets of a unit or an SPDU with this much inside.
fn unit(length: usize) -> usize {
    length + if length < 255 { 2 } else { 4 }
}

/// Octets of an SPDU that is not data, with so much user data.
fn size(made: &Generated, parameters: usize, data: usize) -> usize {
    match (data, made.kind) {
        (0, _) => unit(parameters),
        // The user data of a REFUSE stands behind the reason in the same unit.
        (_, Kind::RF) => {
            let with_reason = unit(1 + data) - unit(1);
            unit(parameters + with_reason)
        }
        _ => unit(parameters + unit(data)),
    }
}

/// True if a segment with one octet of user data, or the whole, fits: then `emit` has no excuse.
fn must_fit(made: &Generated, tokens: Tokens, limit: usize) -> bool {
    let prefix = |tokens: bool| match (made.kind.basic_prefix(), tokens) {
        (None, _) => 0,
        (Some(_), false) => 2,
        (Some(_), true) => 5,
    };
    let last = prefix(!tokens.is_empty());
    if made.kind.is_data() {
        return last + 5 < limit;
    }
    let whole = last + size(made, parameters(made, false), made.user_data.len()) <= limit;
    let segments = made.kind.is_segmentable()
        && made.context.version == Versions::V2
        && !made.user_data.is_empty()
        && prefix(false) + size(made, parameters(made, true), 1) <= limit
        && last + unit(3 + unit(1)) <= limit;
    whole || segments
}

fn put_together(made: &Generated, tsdus: &[Tsdu], tokens: Tokens, what: &str) -> Complete {
    let mut reassembly = Reassembly::new(made.user_data.len());
    for (index, tsdu) in tsdus.iter().enumerate() {
        let octets = tsdu.to_bytes();
        let data = made.kind.is_data();
        let context = DecodeContext {
            segmenting: if data { Segmenting::Selected } else { Segmenting::Unknown },
            extended_concatenation: false,
            continuing: reassembly.in_progress(),
            ..reader(&made.context)
        };
        let decoded = decode(&octets, &context).unwrap_or_else(|error| panic!("{what}: {index}: {error}"));
        let segment = decoded.spdus().last().expect("at least one");
        assert_eq!(segment.kind(), as_read(made.kind), "{what}");
        let last = index + 1 == tsdus.len();
        let expected = match (tsdus.len(), index) {
            (1, _) if data => Some(Enclosure::Single),
            (1, _) if made.kind == Kind::CDO => segment.enclosure(),
            (1, _) => None,
            (_, 0) => Some(Enclosure::First),
            _ if last => Some(Enclosure::Last),
            _ => Some(Enclosure::Middle),
        };
        assert_eq!(segment.enclosure(), expected, "{what}: {index}");
        if made.kind.basic_prefix().is_some() {
            let moved = decoded.spdus()[0].token_item().unwrap_or_default();
            assert_eq!(moved, if last { tokens } else { Tokens::empty() }, "{what}: {index}");
        }
        let complete = reassembly.push(segment, &octets).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(complete.is_some(), last, "{what}: {index}");
        if let Some(complete) = complete {
            assert_eq!(reassembly.in_progress(), None, "{what}");
            return complete;
        }
    }
    panic!("{what}: no last segment");
}

fn there_and_back(made: &Generated, tokens: Tokens, limit: usize, what: &str) -> usize {
    let context = EncodeContext { max_tsdu: limit, ..made.context };
    let mut tsdus = Vec::new();
    let outcome = emit(tokens, made.builder(), &context, &mut |tsdu| tsdus.push(tsdu));
    let fits = must_fit(made, tokens, limit);
    assert_eq!(outcome.is_ok(), fits, "{what}: {outcome:?}");
    if let Err(error) = outcome {
        assert!(tsdus.is_empty(), "{what}: something was sent all the same");
        assert_eq!(error.kind(), ErrorKind::Invalid, "{what}");
        return 0;
    }
    for tsdu in &tsdus {
        assert!(tsdu.len() <= limit && !tsdu.is_empty(), "{what}: a TSDU of {} octets", tsdu.len());
    }
    let whole = put_together(made, &tsdus, tokens, what);
    assert_eq!(whole.user_data, made.user_data, "{what}");
    // The first TSDU has all the parameters.
    let decoded = decode(&whole.first, &reader(&made.context)).expect("read before");
    let first = decoded.spdus().last().expect("at least one");
    for (group, code, value) in &made.units {
        let there = first.units().iter().any(|unit| {
            let refuse = made.kind == Kind::RF && *code == 50;
            let same = unit.value == value || refuse && unit.value.starts_with(value);
            unit.group == *group && unit.code == *code && same
        });
        assert!(there, "{what}: parameter {code} is gone");
    }
    tsdus.len()
}

/// Small ones one by one; then the edges of the length indicator, and the largest.
fn limits() -> impl Iterator<Item = usize> {
    (1..48).chain([64, 127, 128, 200]).chain(250..275).chain([512, 1_000, 4_096, 65_535])
}

#[test]
fn what_is_cut_is_put_together() {
    let mut segmented = std::collections::BTreeSet::new();
    for kind in Kind::ALL {
        // The expedited flow has TSDUs of its own, and UNIT DATA has no connection.
        if matches!(kind, Kind::EX | Kind::PR | Kind::UD) {
            continue;
        }
        for limit in limits() {
            for seed in 0..6 {
                let mut rng = Rng::new(seed << 16 | limit as u64);
                let choices = rng.next_u64() as u32 | 1 << (questions(*kind) - 1);
                let version = if seed == 0 { Versions::V1 } else { Versions::V2 };
                let mut made = spdu(*kind, choices, version, rng.one_in(2), &mut rng);
                // Very many segments show nothing that many do not.
                made.user_data.truncate(limit.max(10) * 12);
                if *kind == Kind::CN {
                    made.user_data.truncate(512);
                    made.units.retain(|unit| unit.1 != 60);
                }
                let movable = kind.basic_prefix().is_some() && !kind.prefix_without_tokens();
                let tokens = if movable && rng.one_in(2) { Tokens::DATA } else { Tokens::empty() };
                let what = format!("{kind}, {limit} octets, seed {seed}");
                if there_and_back(&made, tokens, limit, &what) > 1 {
                    segmented.insert(*kind);
                }
            }
        }
    }
    let all = Kind::ALL.iter().copied().filter(|kind| kind.is_segmentable()).collect();
    assert_eq!(segmented, all);
}

#[test]
fn data_of_every_length_around_every_limit() {
    for kind in [Kind::DT, Kind::TD, Kind::MIP, Kind::RF, Kind::AC] {
        for limit in (1..80usize).chain(250..275) {
            let mut rng = Rng::new(limit as u64);
            let mut made = spdu(kind, 0, Versions::V2, false, &mut rng);
            if kind == Kind::RF {
                made.units = vec![(None, 50, vec![2])];
            }
            for length in (1..24).chain(limit.saturating_sub(20)..limit + 8).chain(2 * limit - 2..2 * limit) {
                made.user_data = vec![0x5a; length.max(1)];
                for tokens in [Tokens::empty(), Tokens::DATA] {
                    if tokens.is_empty() || kind.basic_prefix().is_some() {
                        there_and_back(&made, tokens, limit, &format!("{kind}, {length} in {limit}"));
                    }
                }
            }
        }
    }
}

#[test]
fn without_a_limit_only_the_length_indicator_cuts() {
    let mut rng = Rng::new(1);
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.is_segmentable() && !kind.is_data()) {
        let mut made = spdu(kind, 0, Versions::V2, false, &mut rng);
        if kind == Kind::RF {
            made.units = vec![(None, 50, vec![2])];
        }
        if kind == Kind::AB {
            made.units = vec![(None, 17, vec![3])];
        }
        for length in (65_480..65_540).chain([200_000]) {
            made.user_data = vec![7; length];
            let mut tsdus = Vec::new();
            emit(Tokens::empty(), made.builder(), &made.context, &mut |tsdu| tsdus.push(tsdu))
                .unwrap_or_else(|error| panic!("{kind}: {length}: {error}"));
            let whole = put_together(&made, &tsdus, Tokens::empty(), &format!("{kind}, {length} octets"));
            assert_eq!(whole.user_data.len(), length, "{kind}");
            assert!(whole.user_data.iter().all(|octet| *octet == 7), "{kind}");
        }
    }
    // Data is not cut at all.
    for kind in [Kind::DT, Kind::TD] {
        let mut made = spdu(kind, 0, Versions::V2, false, &mut rng);
        made.user_data = vec![7; 200_000];
        let mut tsdus = Vec::new();
        emit(Tokens::empty(), made.builder(), &made.context, &mut |tsdu| tsdus.push(tsdu)).expect("emitted");
        assert_eq!(tsdus.len(), 1, "{kind}");
    }
}

#[test]
fn a_segment_out_of_place_is_refused() {
    let mut made = spdu(Kind::DT, 0, Versions::V2, false, &mut Rng::new(3));
    made.user_data = (0..=255).collect();
    let context = EncodeContext { max_tsdu: 64, ..made.context };
    let mut tsdus = Vec::new();
    emit(Tokens::empty(), made.builder(), &context, &mut |tsdu| tsdus.push(tsdu.to_bytes()))
        .expect("emitted");
    assert!(tsdus.len() > 3);
    // Any order of any of them, against the rule in one line: only First begins, and only what was begun goes on.
    let mut rng = Rng::new(9);
    for _ in 0..2_000 {
        let order: Vec<usize> = (0..tsdus.len()).map(|_| rng.below(tsdus.len())).collect();
        let last = tsdus.len() - 1;
        let mut open = false;
        let legal = order.iter().all(|index| {
            let fits = open != (*index == 0);
            open = *index != last;
            fits
        });
        let mut reassembly = Reassembly::new(64 * tsdus.len());
        let mut complete = 0;
        let failed = order.iter().any(|index| {
            let decoded = decode(&tsdus[*index], &reader(&context)).expect("a valid TSDU");
            match reassembly.push(&decoded.spdus()[1], &tsdus[*index]) {
                Ok(whole) => {
                    complete += usize::from(whole.is_some());
                    false
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Peer, "{error}");
                    true
                }
            }
        });
        assert_eq!(failed, !legal, "{order:?}");
        assert!(complete <= order.len() / 2, "{order:?}");
    }
    // One octet too many for the limit.
    let mut reassembly = Reassembly::new(255);
    let outcome: Result<Vec<_>, _> = tsdus
        .iter()
        .map(|tsdu| reassembly.push(&decode(tsdu, &reader(&context)).expect("valid").spdus()[1], tsdu))
        .collect();
    assert_eq!(outcome.expect_err("too large").kind(), ErrorKind::LimitHit);
}
