//! Encode then decode, and decode then encode.
use osisession_proto::x225::parameter::Versions;
use osisession_proto::x225::spdu::{DecodeContext, EncodeContext, Kind, Spdu, SpduBuilder, decode};
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

/// Behind its prefix if it needs one (X.225 Table 8).
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
