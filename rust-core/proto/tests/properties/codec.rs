//! Encode then decode, and decode then encode.
use osisession_proto::x225::parameter::Versions;
use osisession_proto::x225::spdu::{DecodeContext, EncodeContext, Kind, Spdu, SpduBuilder, Unit, decode};
use osisession_testkit::bench::Rng;
use osisession_testkit::generate::{Generated, questions, spdu};

/// A strict reader on the connection for which an SPDU was made.
pub(crate) fn reader(context: &EncodeContext) -> DecodeContext {
    DecodeContext {
        flow: context.flow,
        version: context.version,
        symmetric: Some(context.symmetric),
        upper_limit: context.upper_limit,
        ..DecodeContext::default()
    }
}

/// SI 42 says nothing of whether a major synchronization point or an activity is confirmed (X.225 8.3.36).
pub(crate) fn as_read(kind: Kind) -> Kind {
    if kind == Kind::AEA { Kind::MAA } else { kind }
}

/// Where user data stands, if not behind the parameters.
fn carrier(made: &Generated) -> Option<u8> {
    match made.kind {
        kind if kind.has_user_information() => None,
        Kind::MIA => Some(46),
        Kind::CN if made.user_data.len() > 512 => Some(194),
        _ => Some(193),
    }
}

/// What the parameters of an SPDU are, in order, user data included, without groups.
fn flat(made: &Generated) -> Vec<(Option<u8>, u8, Vec<u8>)> {
    let mut units = made.units.clone();
    if made.user_data.is_empty() {
        return units;
    }
    match (made.kind, carrier(made)) {
        (Kind::RF, _) => {
            let reason = units.iter_mut().find(|unit| (unit.0, unit.1) == (None, 50)).expect("a reason");
            reason.2.extend_from_slice(&made.user_data);
        }
        (_, Some(code)) => units.push((None, code, made.user_data.clone())),
        (_, None) => {}
    }
    units
}

/// Clause 8.2 once more, by another way than the encoder's: from the last octet to the first.
fn reference(made: &Generated) -> Vec<u8> {
    fn prepend(field: &mut Vec<u8>, code: u8, value: &[u8]) {
        let mut unit = vec![code];
        match value.len() {
            short @ 0..=254 => unit.push(short as u8),
            long => unit.extend([255, (long / 256) as u8, (long % 256) as u8]),
        }
        unit.extend_from_slice(value);
        field.splice(0..0, unit);
    }
    let mut field = Vec::new();
    let mut group: Option<(u8, Vec<u8>)> = None;
    for (around, code, value) in flat(made).iter().rev() {
        if let Some((open, inside)) = &group
            && *around != Some(*open)
        {
            prepend(&mut field, *open, inside);
            group = None;
        }
        match around {
            Some(around) => prepend(&mut group.get_or_insert((*around, Vec::new())).1, *code, value),
            None => prepend(&mut field, *code, value),
        }
    }
    if let Some((open, inside)) = &group {
        prepend(&mut field, *open, inside);
    }
    let mut octets = Vec::new();
    prepend(&mut octets, made.kind.si(), &field);
    if made.kind.has_user_information() {
        octets.extend_from_slice(&made.user_data);
    }
    octets
}

/// Behind its prefix if it needs one (X.225 Table 7).
fn in_tsdu(kind: Kind, octets: &[u8]) -> Vec<u8> {
    let mut tsdu = kind.basic_prefix().map_or_else(Vec::new, |prefix| vec![prefix.si(), 0]);
    tsdu.extend_from_slice(octets);
    tsdu
}

/// The same SPDU by the builder, from what was read.
fn rebuild(spdu: &Spdu<'_>) -> SpduBuilder {
    let carrier: &[u8] = match spdu.kind() {
        Kind::MIA => &[46],
        Kind::RF => &[],
        _ => &[193, 194],
    };
    let mut built = SpduBuilder::new(spdu.kind());
    for unit in spdu.units() {
        let group = unit.group.is_none() && [1, 5, 33].contains(&unit.code);
        let carries = unit.group.is_none() && carrier.contains(&unit.code);
        if !group && !carries {
            built = built.unit(unit.group, unit.code, unit.value);
        }
    }
    if spdu.kind() == Kind::RF { built } else { built.user_data(spdu.user_data().to_vec()) }
}

fn both_ways(made: &Generated, what: &str) {
    let octets = made.builder().encode(&made.context).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(octets, reference(made), "{what}");
    let tsdu = in_tsdu(made.kind, &octets);
    let decoded = decode(&tsdu, &reader(&made.context)).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(decoded.leniencies().is_empty(), "{what}");
    let spdu = decoded.spdus().last().expect("at least one");
    assert_eq!(spdu.kind(), as_read(made.kind), "{what}");
    assert_eq!(spdu.octets(), octets, "{what}");
    assert_eq!(spdu.user_data(), made.user_data, "{what}");
    let read: Vec<_> = spdu
        .units()
        .iter()
        .filter(|unit| unit.group.is_some() || ![1, 5, 33].contains(&unit.code))
        .map(|unit| (unit.group, unit.code, unit.value.to_vec()))
        .collect();
    assert_eq!(read, flat(made), "{what}");
    for unit in spdu.units() {
        assert_eq!(tsdu[unit.offset], unit.code, "{what}: the offset of {}", unit.code);
    }
    assert_eq!(rebuild(spdu).encode_unchecked(), octets, "{what}");
    // What is written in any other order is put in order.
    let reversed = made.units.iter().rev().fold(
        SpduBuilder::new(made.kind).user_data(made.user_data.clone()),
        |built, (group, code, value)| built.unit(*group, *code, value),
    );
    assert_eq!(reversed.encode_unchecked(), octets, "{what}");
}

#[test]
fn every_combination_of_parameters_survives_both_ways() {
    for kind in Kind::ALL {
        // Every combination where there are few; a fair sample where there are very many.
        let combinations = 1u32 << questions(*kind);
        let (step, rounds) = if combinations > 1024 { (101, 1) } else { (1, 40) };
        for version in [Versions::V1, Versions::V2] {
            for symmetric in [false, true] {
                for choices in (0..combinations).step_by(step) {
                    for round in 0..rounds {
                        let seed = u64::from(choices) << 8 | round;
                        let made = spdu(*kind, choices, version, symmetric, &mut Rng::new(seed));
                        both_ways(&made, &format!("{kind}, version {version}, {symmetric}, seed {seed}"));
                    }
                }
            }
        }
    }
}

#[test]
fn user_data_of_a_refuse_needs_its_reason() {
    // The first octet of the user data must not pass for the Reason Code (X.225 8.3.5).
    for data in [&[2, 1, 1][..], &[1], &[2]] {
        let outcome = SpduBuilder::new(Kind::RF).user_data(data.to_vec()).encode(&EncodeContext::default());
        assert!(outcome.is_err(), "{data:?}: {outcome:?}");
    }
}

#[test]
fn major_sync_point_and_activity_end_do_not_pass_for_each_other() {
    // Both have SI 41; the Sync Type Item tells them apart (X.225 8.3.22, 8.3.35).
    let context = EncodeContext::default();
    let major = SpduBuilder::new(Kind::MAP).serial_number(4);
    assert!(major.encode(&context).is_err());
    assert!(major.sync_type(1).encode(&context).is_ok());
    let end = SpduBuilder::new(Kind::AE).serial_number(4);
    assert!(end.encode(&context).is_ok());
    assert!(end.sync_type(1).encode(&context).is_err());
}

#[test]
fn what_the_checked_encoder_writes_a_strict_reader_reads() {
    // Any parameter with any value: refused, or read back as it was set.
    let mut rng = Rng::new(5);
    let mut written = 0;
    for _ in 0..200_000 {
        let kind = *rng.pick(Kind::ALL);
        let version = *rng.pick(&[Versions::V1, Versions::V2]);
        let choices = rng.next_u64() as u32;
        let mut made = spdu(kind, choices, version, rng.one_in(2), &mut rng);
        for _ in 0..1 + rng.below(2) {
            let value: Vec<u8> = (0..rng.below(4)).map(|_| rng.below(60) as u8).collect();
            let code =
                *rng.pick(&[15, 16, 17, 19, 20, 22, 23, 24, 25, 26, 27, 41, 42, 49, 50, 51, 53, 54, 60]);
            let group = if matches!(kind, Kind::CN | Kind::AC) && rng.one_in(2) { Some(5) } else { None };
            match rng.below(3) {
                0 => made.units.retain(|unit| unit.1 != code),
                1 => made.units.push((group, code, value)),
                _ => made.user_data = value,
            }
        }
        // The rest of a long Reason Code is user data.
        made.units.retain(|unit| kind != Kind::RF || unit.1 != 50 || unit.2.len() == 1);
        let Ok(octets) = made.builder().encode(&made.context) else { continue };
        if octets.len() == 2 && matches!(kind, Kind::GT | Kind::PT) {
            continue; // A prefix, which is never alone.
        }
        written += 1;
        let tsdu = in_tsdu(kind, &octets);
        let later = made.units.iter().any(|unit| unit.1 == 25 && unit.2.first().is_some_and(|o| o & 1 == 0));
        let context = DecodeContext { continuing: later.then_some(kind), ..reader(&made.context) };
        let decoded = decode(&tsdu, &context).unwrap_or_else(|error| panic!("{made:?}: {error}"));
        let read = decoded.spdus().last().expect("at least one");
        assert_eq!((read.kind(), read.user_data()), (as_read(kind), &made.user_data[..]), "{made:?}");
    }
    assert!(written > 20_000, "{written}");
}

/// Why a valid SPDU may be other than a canonical writer would have it.
fn not_canonical(spdu: &Spdu<'_>) -> Option<&'static str> {
    let carrier = |unit: &Unit<'_>| unit.group.is_none() && matches!(unit.code, 46 | 193 | 194);
    let group = |unit: &Unit<'_>| unit.group.is_none() && [1, 5, 33].contains(&unit.code);
    for unit in spdu.units() {
        if unit.value.is_empty() && group(unit) {
            return Some("an empty group");
        }
        if unit.value.is_empty() && carrier(unit) {
            return Some("an empty user data unit");
        }
        if unit.code == 194 && unit.value.len() <= 512 {
            return Some("short user data in Extended User Data");
        }
    }
    None
}

#[test]
fn what_a_strict_reader_accepts_is_written_the_same_again() {
    let mut rng = Rng::new(7);
    let (mut accepted, mut refused, mut other) = (0, 0, 0);
    for _ in 0..100_000 {
        let kind = *rng.pick(Kind::ALL);
        let mut made = spdu(
            kind,
            rng.next_u64() as u32,
            *rng.pick(&[Versions::V1, Versions::V2]),
            rng.one_in(2),
            &mut rng,
        );
        if kind != Kind::CN {
            made.user_data.truncate(40);
        }
        // What a writer leaves out, and a reader takes for absent (X.225 8.2.5).
        if rng.one_in(16) && kind != Kind::MIA {
            made.user_data.clear();
            made.units.push((None, if rng.one_in(2) { 193 } else { 1 }, Vec::new()));
        }
        let mut tsdu = in_tsdu(kind, &made.builder().encode_unchecked());
        // A few octets become others, are taken out or put in.
        for _ in 0..1 + rng.below(2) {
            let at = rng.below(tsdu.len());
            match rng.below(4) {
                0 if tsdu.len() > 1 => drop(tsdu.remove(at)),
                1 => tsdu.insert(at, rng.below(64) as u8),
                2 => tsdu[at] = rng.below(64) as u8,
                _ => tsdu[at] ^= 1 << rng.below(8),
            }
        }
        let Ok(decoded) = decode(&tsdu, &reader(&made.context)) else {
            refused += 1;
            continue;
        };
        accepted += 1;
        let again: Vec<u8> =
            decoded.spdus().iter().flat_map(|spdu| rebuild(spdu).encode_unchecked()).collect();
        match decoded.spdus().iter().find_map(not_canonical) {
            None => assert_eq!(again, tsdu, "{decoded:?}"),
            Some(_) => other += 1,
        }
    }
    assert!(accepted > 20_000 && refused > 20_000 && other > 100, "{accepted} {refused} {other}");
}
