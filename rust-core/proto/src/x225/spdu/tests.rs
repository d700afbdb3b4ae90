//! The private tables of the codec against the reference tables, and what cannot be seen from outside.
use super::decode::DecodeContext;
use super::parameters::{Coding, Parameter, Presence, is_defined, name_of, parameters};
use super::*;
use crate::x225::parameter::*;
use osisession_testkit::tsv;

fn coding(kind: Kind, row: &tsv::Row) -> Coding {
    let encoding = row["encoding"];
    match encoding.split(' ').next().unwrap_or_default() {
        "group" => Coding::Group,
        "octets" => Coding::Octets,
        "serial" => Coding::Serial,
        "unsigned" => Coding::Digits,
        "u16" => Coding::TsduSizes,
        "bits:protocol-options" => Coding::Options,
        "bits:version" => Coding::Versions,
        "pairs:token-setting" => Coding::TokenSetting,
        "bits:token" => Coding::TokenItem,
        "bits16:functional-units" => Coding::Requirements,
        "bits:enclosure" => Coding::Enclosure,
        "bits:transport-disconnect" => Coding::TransportDisconnect,
        "bits:sync-type-minor" | "bits:sync-type-major" => Coding::SyncType,
        "u8:resync-type" => Coding::ResyncType,
        "u8:prepare-type" => Coding::PrepareType,
        "u8:reason-refuse" => Coding::RefuseReason,
        "u8:reason-exception" => Coding::ExceptionReason,
        "bits:data-overflow" => Coding::DataOverflow,
        _ => panic!("{kind}: encoding {encoding}"),
    }
}

/// The longest value, and what the row says of user data in version 1.
fn longest(row: &tsv::Row) -> (usize, Option<usize>) {
    match row["max_len"] {
        "-" | "spdu<=65539" => (65_535, None),
        "6, or the negotiated Upper Limit Serial Number (0 = unlimited)" => (18, None),
        "v1 512 / v2 spdu<=65539" => (65_535, Some(512)),
        // One octet is the reason.
        "v1 513 / v2 spdu<=65539" => (65_535, Some(512)),
        "v1 not allowed / v2 spdu<=65539" => (65_535, Some(0)),
        "v1 9 / v2 9 on the expedited flow / v2 spdu<=65539 on the normal flow" => (65_535, Some(9)),
        number => (number.parse().unwrap_or_else(|_| panic!("length {number}")), None),
    }
}

#[test]
fn every_parameter_is_as_transcribed() {
    let rows = tsv::parameters();
    let mut compared = 0;
    for kind in Kind::ALL.iter().copied() {
        let mut expected = Vec::new();
        let mut has_user_information = false;
        for row in rows.iter().filter(|row| row["spdu"] == kind.name() && row["source"] != "Amd.2") {
            compared += 1;
            if row["kind"] == "UIF" {
                has_user_information = true;
                continue;
            }
            let name = row["name"];
            let (max, version_1) = longest(row);
            if let Some(limit) = version_1 {
                assert_eq!(kind.version_1_user_data(), Some(limit), "{kind} {name}");
            }
            expected.push(Parameter {
                group: row["parent_pgi"].parse().ok(),
                code: row["code"].parse().expect("a code"),
                name,
                presence: match row["presence"] {
                    "M" => Presence::Mandatory,
                    // Nobody confirms that UNIT DATA must have it: read as version 1 when it is absent.
                    "NM" | "M?" => Presence::Optional,
                    "C" => Presence::Conditional,
                    other => panic!("presence {other}"),
                },
                min: row["min_len"].parse().expect("a length"),
                max,
                coding: coding(kind, row),
            });
        }
        assert_eq!(parameters(kind), expected, "{kind}");
        assert_eq!(kind.has_user_information(), has_user_information, "{kind}");
    }
    let amendments = rows.iter().filter(|row| row["source"] == "Amd.2").count();
    let continuations = rows.iter().filter(|row| row["spdu"].starts_with('(') && row["source"] != "Amd.2");
    assert_eq!(compared + amendments + continuations.count(), rows.len(), "a row was left out");
}

#[test]
fn codes_are_defined_reserved_or_unknown() {
    let base: Vec<u8> = tsv::parameters()
        .iter()
        .filter(|row| row["source"] == "base" && row["code"] != "-")
        .map(|row| row["code"].parse().expect("a code"))
        .collect();
    let reserved: Vec<u8> = tsv::values()
        .iter()
        .filter(|row| row["set"] == "t62-reserved")
        .map(|row| row["mask_or_value"].parse().expect("a code"))
        .collect();
    assert_eq!(reserved.len(), 23);
    for code in 0..=255u8 {
        assert_eq!(is_defined(code), base.contains(&code), "{code}");
        assert_eq!(name_of(code) == Some("reserved by T.62"), reserved.contains(&code), "{code}");
        if is_defined(code) {
            assert!(name_of(code).is_some(), "{code}");
        }
        assert!(!(is_defined(code) && reserved.contains(&code)), "{code}");
    }
}

/// "half-duplex functional unit" names HALF_DUPLEX.
fn names<'n>(meaning: &str, all: impl Iterator<Item = &'n str>) -> bool {
    let meaning: String = meaning
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    all.into_iter().any(|name| meaning.starts_with(name))
}

/// True if a strict reader takes an SPDU with this octet in this parameter.
fn takes(spdu: SpduBuilder, code: u8, octet: u8) -> bool {
    let flow = if spdu.kind() == Kind::PR { Flow::Expedited } else { Flow::Normal };
    let mut tsdu = Vec::new();
    if let Some(prefix) = spdu.kind().basic_prefix() {
        tsdu.extend([prefix.si(), 0]);
    }
    tsdu.extend(spdu.unit(None, code, &[octet]).encode_unchecked());
    decode(&tsdu, &DecodeContext { flow, ..DecodeContext::default() }).is_ok()
}

/// Every octet that `set` lists for it is taken, and no other.
fn only_listed(set: &str, spdu: &SpduBuilder, code: u8) {
    let listed: Vec<u8> = tsv::values()
        .iter()
        .filter(|row| row["set"] == set)
        .filter_map(|row| row["mask_or_value"].parse().ok())
        .collect();
    assert!(listed.len() > 2, "{set}");
    for octet in 0..=255u8 {
        assert_eq!(takes(spdu.clone(), code, octet), listed.contains(&octet), "{set} {octet}");
    }
}

#[test]
fn every_bit_and_value_is_as_transcribed() {
    let resync = SpduBuilder::new(Kind::RS).serial_number(1);
    only_listed("resync-type", &resync, 27);
    let second = SpduBuilder::new(Kind::RS).resync_type(ResyncType::Set).serial_number(1);
    only_listed("resync-type", &second.second_serial_number(1), 53);
    only_listed("prepare-type", &SpduBuilder::new(Kind::PR), 24);
    for kind in [Kind::ED, Kind::AI, Kind::AD] {
        only_listed("reason-exception", &SpduBuilder::new(kind), 50);
    }
    for row in tsv::values() {
        let (set, item, meaning) = (row["set"], row["item"], row["meaning"]);
        let label = format!("{set}, {item}: {meaning}");
        if row["source"] == "Amd.1 gap" {
            continue;
        }
        let hex = |text: &str| u16::from_str_radix(text, 16).unwrap_or_else(|_| panic!("{label}"));
        let mask = || u8::try_from(hex(row["mask_or_value"])).expect("an octet");
        let number = || row["mask_or_value"].parse::<u8>().ok();
        let is_reserved = meaning.starts_with("reserved");
        match set {
            "functional-units" if item == "default" => {
                assert_eq!(FunctionalUnits::DEFAULT_WHEN_ABSENT.bits(), hex(row["mask_or_value"]), "{label}");
            }
            "functional-units" => {
                let bits = hex(row["mask_or_value"]);
                let known = FunctionalUnits::from_bits_truncate(bits);
                if row["source"] == "base" && !is_reserved {
                    assert_eq!(known.bits(), bits, "{label}");
                    assert!(names(meaning, known.iter_names().map(|(name, _)| name)), "{label}");
                } else {
                    // Amendment 2 and what is reserved.
                    assert!(known.is_empty(), "{label}");
                }
            }
            "version" => {
                let known = Versions::from_bits_truncate(mask());
                assert_eq!(known.is_empty(), is_reserved, "{label}");
                assert!(is_reserved || meaning == format!("protocol version {known}"), "{label}");
            }
            "protocol-options" => {
                let spdu = SpduBuilder::new(Kind::CN).unit(Some(5), 19, &[mask()]).encode_unchecked();
                let decoded = decode(&spdu, &DecodeContext::default()).expect("reserved bits are ignored");
                assert_eq!(decoded.spdus()[0].extended_concatenation(), !is_reserved, "{label}");
            }
            "token" => {
                let known = Tokens::from_bits_truncate(mask());
                assert_eq!(known.bits(), if is_reserved { 0 } else { mask() }, "{label}");
                let spoken = meaning.trim_end_matches(" token").replace('/', "-");
                assert!(is_reserved || names(&spoken, known.iter_names().map(|(n, _)| n)), "{label}");
            }
            "token-setting" if item.starts_with("pair") => {
                let octet = number().expect("a pair");
                let (sides, reserved) = TokenAssignment::from_octet(octet);
                assert_eq!(is_reserved, reserved == Tokens::DATA, "{label}");
                assert!(is_reserved || sides.data as u8 == octet, "{label}");
            }
            "token-setting" => {
                // With all bits set the pair has the reserved value.
                let (_, token) = TokenAssignment::from_octet(mask());
                let spoken = meaning.trim_end_matches(" token").replace('/', "-");
                assert!(names(&spoken, token.iter_names().map(|(name, _)| name)), "{label}");
                assert_eq!(token.iter().count(), 1, "{label}");
                let mut open = TokenAssignment::default();
                open.set(token, TokenSide::AcceptorChooses);
                assert_eq!(open.to_octet(), mask() & 0xaa, "{label}");
            }
            "enclosure" if item == "value" => {
                let expected = match mask() {
                    0 => ("middle", Enclosure::Middle),
                    1 => ("first", Enclosure::First),
                    2 => ("last", Enclosure::Last),
                    _ => ("only", Enclosure::Single),
                };
                assert!(meaning.starts_with(expected.0), "{label}");
                assert_eq!(Enclosure::from_bits(mask()), expected.1, "{label}");
            }
            "enclosure" => {
                let expected = match item {
                    "bit 1" => Enclosure::First,
                    "bit 2" => Enclosure::Last,
                    _ => Enclosure::Middle,
                };
                assert_eq!(Enclosure::from_bits(mask()), expected, "{label}");
            }
            "transport-disconnect" => {
                let known = TransportDisconnect::from_bits_truncate(mask());
                assert_eq!(known.bits(), if is_reserved { 0 } else { mask() }, "{label}");
                let expected = match item {
                    "bit 1" => TransportDisconnect::RELEASE,
                    "bit 2" => TransportDisconnect::USER_ABORT,
                    "bit 3" => TransportDisconnect::PROTOCOL_ERROR,
                    "bit 4" => TransportDisconnect::NO_REASON,
                    "bit 5" => TransportDisconnect::IMPLEMENTATION_RESTRICTION,
                    _ => TransportDisconnect::empty(),
                };
                assert_eq!(known, expected, "{label}");
            }
            "sync-type-minor" => {
                let spdu = SpduBuilder::new(Kind::MIP).serial_number(1);
                assert!(takes(spdu, 15, mask()), "reserved bits are ignored: {label}");
            }
            // Bit 1 is always set.
            "sync-type-major" => {
                let spdu = SpduBuilder::new(Kind::MAP).serial_number(1);
                assert_eq!(takes(spdu, 15, mask()), !is_reserved, "{label}");
            }
            "data-overflow" => {
                let spdu = SpduBuilder::new(Kind::CN).versions(Versions::V2).user_data(vec![0; 10_240]);
                assert_eq!(takes(spdu, 60, mask()), !is_reserved, "{label}");
            }
            "resync-type" => {
                let known = match number() {
                    Some(0) => ("restart", ResyncType::Restart as u8),
                    Some(1) => ("abandon", ResyncType::Abandon as u8),
                    _ => ("set", ResyncType::Set as u8),
                };
                assert_eq!((meaning, number()), (known.0, Some(known.1)), "{label}");
            }
            "prepare-type" => {
                let known = match number() {
                    Some(1) => ("MAJOR SYNC ACK", PrepareType::MajorSyncAck as u8),
                    Some(2) => ("RESYNCHRONIZE (", PrepareType::Resynchronize as u8),
                    Some(3) => ("RESYNCHRONIZE ACK", PrepareType::ResynchronizeAck as u8),
                    _ => ("ABORT", PrepareType::Abort as u8),
                };
                assert!(meaning.starts_with(known.0) && number() == Some(known.1), "{label}");
            }
            "reason-refuse" => {
                let (code, word) = match number().expect("a code") {
                    0 => (refuse_reason::USER, "not specified"),
                    1 => (refuse_reason::USER_CONGESTION, "temporary congestion"),
                    2 => (refuse_reason::USER_DATA, "user data"),
                    129 => (refuse_reason::SELECTOR_UNKNOWN, "selector unknown"),
                    130 => (refuse_reason::USER_NOT_ATTACHED, "not attached to"),
                    131 => (refuse_reason::CONGESTION, "SPM congestion at connect time"),
                    132 => (refuse_reason::VERSIONS, "protocol versions not supported"),
                    133 => (refuse_reason::SPM, "SPM, reason not specified"),
                    134 => (refuse_reason::RESTRICTION, "implementation restriction"),
                    other => panic!("reason {other}"),
                };
                assert_eq!(Some(code), number(), "{label}");
                let text = refuse_reason::text(code);
                assert!(meaning.contains(word) && text.contains(word), "{label}: {text}");
            }
            "reason-exception" => {
                let known = number().and_then(ExceptionReason::from_code);
                assert_eq!(known.is_none(), is_reserved, "{label}");
                assert_eq!(known.map(|reason| reason as u8), number(), "{label}");
            }
            // Two parts of the library that are not this one: the machine, and the test above.
            "t-disconnect-reason" | "t62-reserved" => {}
            _ => panic!("nothing is known of {label}"),
        }
    }
}

#[test]
fn plain_data_is_read_without_allocation() {
    let tsdu = [&[1, 0, 1, 0][..], &[7; 1000]].concat();
    let context =
        DecodeContext { version: Versions::V2, segmenting: Segmenting::NotSelected, ..Default::default() };
    let decoded = decode(&tsdu, &context).expect("valid");
    assert!(!decoded.spdus.spilled() && !decoded.used.spilled());
    assert!(decoded.spdus.iter().all(|spdu| !spdu.units.spilled()));
    assert!(std::ptr::eq(decoded.spdus[1].user_data(), &tsdu[4..]));
}

#[test]
fn disorder_that_is_forgiven_stays_small() {
    // The same empty parameter as often as it fits.
    for code in [17, 193, 26, 20] {
        let mut tsdu = vec![13, 255, 255, 254];
        tsdu.extend([code, 0].repeat(32_767));
        let context = DecodeContext { leniency: Leniency::TOLERANT, ..DecodeContext::default() };
        let error = decode(&tsdu, &context).expect_err("more units than codes");
        assert!(error.details().offset.is_some_and(|at| at < 4 * 1024), "{error}");
    }
    // What order allows is taken: every code that nobody has defined.
    let unknown: Vec<u8> = (0..=255).filter(|code| !is_defined(*code)).collect();
    let mut field: Vec<u8> = unknown.iter().flat_map(|code| [*code, 0]).collect();
    let mut tsdu = vec![13, 255];
    tsdu.extend(u16::try_from(field.len()).expect("small").to_be_bytes());
    tsdu.append(&mut field);
    let decoded = decode(&tsdu, &DecodeContext::default()).expect("unknown parameters are skipped");
    assert_eq!(decoded.spdus()[0].units().len(), unknown.len());
}
