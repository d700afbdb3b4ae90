//! The codec beside Wireshark's session dissector: SPDUs of every kind, and every difference known and explained in
//! `differences.tsv`.
mod pdml;

use osisession_proto::x225::parameter::{TokenAssignment, Tokens, TransportDisconnect, Versions};
use osisession_proto::x225::spdu::{DecodeContext, EncodeContext, Kind, Spdu, decode, emit};
use osisession_testkit::bench::Rng;
use osisession_testkit::generate::{questions, spdu};
use osisession_testkit::tsv;
use pdml::{Field, Way, dissect};
use std::collections::{BTreeMap, BTreeSet};

/// A TSDU and what it is.
struct Case {
    kind: Kind,
    tsdu: Vec<u8>,
    context: DecodeContext,
}

/// SPDUs of every kind, whole, in segments, with few and with many parameters.
fn cases() -> Vec<Case> {
    let mut rng = Rng::new(20);
    let mut cases = Vec::new();
    for kind in Kind::ALL {
        for round in 0..24u32 {
            // All parameters, none, and any.
            let choices = match round {
                0 | 1 => (1 << questions(*kind)) - 1,
                2 => 0,
                _ => rng.next_u64() as u32,
            };
            let version = if round % 8 == 7 { Versions::V1 } else { Versions::V2 };
            let mut made = spdu(*kind, choices, version, round % 2 == 1, &mut rng);
            if *kind != Kind::CN {
                made.user_data.truncate(400);
            }
            let context = EncodeContext {
                max_tsdu: if round % 6 == 5 && *kind != Kind::CN { 220 } else { 0 },
                ..made.context
            };
            let mut tsdus = Vec::new();
            let tokens = if matches!(kind, Kind::DT | Kind::MIP) && round == 3 {
                Tokens::DATA | Tokens::MAJOR_ACTIVITY
            } else {
                Tokens::empty()
            };
            if emit(tokens, made.builder(), &context, &mut |tsdu| tsdus.push(tsdu.to_bytes())).is_err() {
                // Too large for segments of this size, all parameters being in the first.
                let whole = EncodeContext { max_tsdu: 0, ..context };
                emit(tokens, made.builder(), &whole, &mut |tsdu| tsdus.push(tsdu.to_bytes())).expect("valid");
            }
            for (index, tsdu) in tsdus.iter().enumerate() {
                let context = DecodeContext {
                    flow: made.context.flow,
                    version,
                    symmetric: Some(made.context.symmetric),
                    upper_limit: made.context.upper_limit,
                    continuing: (index > 0).then_some(*kind),
                    ..DecodeContext::default()
                };
                cases.push(Case { kind: *kind, tsdu: tsdu.to_vec(), context });
            }
        }
    }
    cases
}

/// What one side says of an SPDU: a number or a text under a name.
type Said = BTreeMap<String, String>;

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// One more value under a name that can stand there twice (the Activity Identifiers of AR).
fn add(said: &mut Said, name: &str, value: &str) {
    let all = said.entry(name.to_owned()).or_default();
    if !all.is_empty() {
        all.push(' ');
    }
    all.push_str(value);
}

/// What the codec says, under Wireshark's names.
fn ours(spdu: &Spdu<'_>, kind: Kind, base: usize) -> Said {
    let mut said = Said::new();
    let octets = spdu.octets();
    let header = if octets[1] == 255 { 4 } else { 2 };
    let behind = if spdu.kind().has_user_information() { spdu.user_data().len() } else { 0 };
    said.insert("type".into(), octets[0].to_string());
    said.insert("name".into(), kind.title().to_lowercase());
    said.insert("length".into(), (octets.len() - header - behind).to_string());
    for unit in spdu.units() {
        let at = unit.offset - base;
        said.insert(format!("{at} code"), unit.code.to_string());
        said.insert(format!("{at} length"), unit.value.len().to_string());
        let header = if unit.value.len() < 255 { 2 } else { 4 };
        let all = &octets[at..at + header + unit.value.len()];
        said.insert(format!("{at} octets"), hex(all));
        if !unit.value.is_empty() {
            value(&mut said, spdu, unit.code, unit.value);
        }
    }
    said
}

/// What the octets of a parameter mean.
fn value(said: &mut Said, spdu: &Spdu<'_>, code: u8, octets: &[u8]) {
    let mut say = |name: &str, value: String| add(said, &format!("ses.{name}"), &value);
    let bit = |is: bool| u8::from(is).to_string();
    let text = || String::from_utf8_lossy(octets).into_owned();
    match code {
        9 => say("called_ss_user_reference", hex(octets)),
        10 => say("calling_ss_user_reference", hex(octets)),
        11 => say("common_reference", hex(octets)),
        12 => say("additional_reference_information", hex(octets)),
        16 => {
            let tokens = spdu.token_item().unwrap_or_default();
            say("data_token", bit(tokens.contains(Tokens::DATA)));
            say("synchronize_token", bit(tokens.contains(Tokens::SYNCHRONIZE_MINOR)));
            say("major.token", bit(tokens.contains(Tokens::MAJOR_ACTIVITY)));
            say("release_token", bit(tokens.contains(Tokens::RELEASE)));
        }
        17 => {
            type Td = TransportDisconnect;
            let bits = spdu.transport_disconnect().unwrap_or_default();
            say("transport_flags.connection", bit(bits.contains(Td::RELEASE)));
            say("transport_flags.user_abort", bit(bits.contains(Td::USER_ABORT)));
            say("transport_flags.protocol_error", bit(bits.contains(Td::PROTOCOL_ERROR)));
            say("transport_flags.no_reason", bit(bits.contains(Td::NO_REASON)));
            say(
                "transport_flags.implementation_restriction",
                bit(bits.contains(Td::IMPLEMENTATION_RESTRICTION)),
            );
        }
        19 => say("connect.f1", bit(spdu.extended_concatenation())),
        20 => {
            let units = spdu.functional_units().unwrap_or_default();
            let names = [
                "half_duplex",
                "duplex",
                "expedited_data",
                "minor_resynchronize",
                "major_resynchronize",
                "resynchronize",
                "activity_management",
                "negotiated_release",
                "capability_data",
                "exception_data",
                "typed_data",
                "symm_sync",
                "data_sep",
            ];
            for (shift, name) in names.iter().enumerate() {
                say(name, bit(units.bits() >> shift & 1 != 0));
            }
        }
        21 => {
            let sizes = spdu.tsdu_maximum_size().unwrap_or_default();
            say("proposed_tsdu_maximum_size_i2r", sizes.initiator_to_responder.to_string());
            say("proposed_tsdu_maximum_size_r2i", sizes.responder_to_initiator.to_string());
        }
        22 => {
            let versions = spdu.versions().unwrap_or(Versions::empty());
            say("protocol_version1", bit(versions.contains(Versions::V1)));
            say("protocol_version2", bit(versions.contains(Versions::V2)));
        }
        23 => say("initial_serial_number", text()),
        25 => {
            let enclosure = spdu.enclosure().map_or(0, |enclosure| enclosure as u8);
            say("beginning_of_SSDU", bit(enclosure & 1 != 0));
            say("end_of_SSDU", bit(enclosure & 2 != 0));
        }
        26 => {
            let sides = spdu.token_setting().map_or(0, TokenAssignment::to_octet);
            say("data_token_setting", (sides & 3).to_string());
            say("synchronize_minor_token_setting", (sides >> 2 & 3).to_string());
            say("major_activity_token_setting", (sides >> 4 & 3).to_string());
            say("release_token_setting", (sides >> 6).to_string());
        }
        41 => say("activity_identifier", hex(octets)),
        42 => say("serial_number", spdu.serial_number().map_or_else(String::new, |_| text())),
        51 => say("calling_session_selector", hex(octets)),
        52 => say("called_session_selector", hex(octets)),
        54 => say("second_serial_number", text()),
        55 => say("second_initial_serial_number", text()),
        57 => say("large_initial_serial_number", text()),
        58 => say("large_second_initial_serial_number", text()),
        50 => {
            if let Some(reason) = spdu.reason() {
                say("reason_code", reason.to_string());
            }
        }
        _ => {}
    }
}

/// What Wireshark says.
fn theirs(fields: &[Field], base: usize) -> Said {
    let mut said = Said::new();
    let mut unit = 0;
    for field in fields {
        let at = field.at.saturating_sub(base);
        match field.name.as_str() {
            "ses.type" => {
                said.insert("type".into(), field.show.clone());
                said.insert("name".into(), field.line.to_lowercase());
            }
            "ses.length" => drop(said.insert("length".into(), field.show.clone())),
            "ses.parameter_type" => {
                unit = at;
                said.insert(format!("{at} code"), field.show.clone());
                if field.line.contains("nknown") {
                    said.insert(format!("{at} name"), field.line.clone());
                }
            }
            "ses.parameter_length" => drop(said.insert(format!("{unit} length"), field.show.clone())),
            "" if !field.value.is_empty() => drop(said.insert(format!("{at} octets"), field.value.clone())),
            "ses.req.flags" | "ses.connect.flags" | "ses.version.flags" | "ses.tken_item.flags" => {}
            "ses.enclosure.flags" | "ses.transport_flags" | "" => {}
            // Wireshark's own putting together.
            reassembly if reassembly.starts_with("ses.segment") || reassembly.starts_with("ses.reass") => {}
            name => {
                let octets = ["reference", "selector", "identifier"].iter().any(|kind| name.contains(kind));
                let number = field.show.strip_prefix("0x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
                let value = if octets { field.value.clone() } else { field.show.clone() };
                add(&mut said, name, &number.map_or(value, |number| number.to_string()));
            }
        }
    }
    said
}

/// A difference without what is accidental in it: places, values.
fn general(name: &str) -> String {
    match name.split_once(' ') {
        Some((at, what)) if at.parse::<usize>().is_ok() => format!("parameter {what}"),
        _ => name.to_owned(),
    }
}

fn compare(
    case: &Case,
    spdu: &Spdu<'_>,
    kind: Kind,
    fields: &[Field],
    found: &mut BTreeMap<(String, String), String>,
) {
    let base = spdu.offset();
    let (ours, theirs) = (ours(spdu, kind, base), theirs(fields, base));
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for name in names {
        let (our, their) = (ours.get(name), theirs.get(name));
        let same = match (name.as_str(), our, their) {
            ("name", Some(our), Some(their)) => their.contains(our.as_str()),
            (_, our, their) => our == their,
        };
        if same {
            continue;
        }
        // Which parameter it is about.
        let at = name.split(' ').next().and_then(|at| at.parse::<usize>().ok());
        let code = at.and_then(|at| spdu.units().iter().find(|unit| unit.offset - base == at));
        let what = match code {
            Some(unit) => format!("{} of {}", general(name), unit.code),
            None => general(name),
        };
        found
            .entry((kind.name().to_owned(), what))
            .or_insert_with(|| format!("ours {our:?}, theirs {their:?}, in {}", hex(&case.tsdu)));
    }
}

#[test]
fn wireshark_sees_the_same_but_for_what_is_explained() {
    let Some(tshark) = pdml::tshark() else {
        let ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "false" | "0"));
        assert!(!ci, "CI needs tshark");
        eprintln!("skipped: there is no tshark (Debian: tshark)");
        return;
    };
    let cases = cases();
    let tsdus: Vec<Vec<u8>> = cases.iter().map(|case| case.tsdu.clone()).collect();
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for way in [Way::Network, Way::Direct] {
        for (case, shown) in cases.iter().zip(dissect(&tshark, way, &tsdus)) {
            let decoded = decode(&case.tsdu, &case.context).expect("valid");
            if shown.is_empty() && way == Way::Network {
                let why = format!("first octets {}", hex(&case.tsdu[..case.tsdu.len().min(8)]));
                found.entry((case.kind.name().to_owned(), "not recognized above COTP".into())).or_insert(why);
                continue;
            }
            if shown.is_empty() {
                let what = "not known to the dissector".into();
                found.entry((case.kind.name().to_owned(), what)).or_insert_with(|| hex(&case.tsdu));
                continue;
            }
            if shown.len() != decoded.spdus().len() {
                let what = if shown.len() < decoded.spdus().len() { "fewer SPDUs" } else { "more SPDUs" };
                found.entry((case.kind.name().to_owned(), what.into())).or_insert_with(|| hex(&case.tsdu));
            }
            for (spdu, fields) in decoded.spdus().iter().zip(&shown) {
                // What was sent, where the octets alone do not tell.
                let kind = if spdu.kind() == Kind::MAA { case.kind } else { spdu.kind() };
                compare(case, spdu, kind, fields, &mut found);
                seen.insert(kind);
            }
        }
    }
    let table = tsv::rows(include_str!("differences.tsv"));
    let known: BTreeSet<(String, String)> =
        table.iter().map(|row| (row["spdu"].to_owned(), row["difference"].to_owned())).collect();
    let unknown: Vec<String> = found
        .iter()
        .filter(|(key, _)| !known.contains(key))
        .map(|((kind, what), example)| format!("{kind}\t{what}\t{}", &example[..example.len().min(200)]))
        .collect();
    assert!(unknown.is_empty(), "differences that differences.tsv does not explain:\n{}", unknown.join("\n"));
    // The table is exact for one version; another may have learnt.
    let gone: Vec<_> = known.iter().filter(|key| !found.contains_key(key)).collect();
    let version = pdml::version(&tshark);
    assert!(gone.is_empty() || !version.contains("4.0."), "differences that are no more: {gone:?}");
    let unseen: Vec<_> = Kind::ALL.iter().filter(|kind| !seen.contains(kind)).collect();
    assert_eq!(unseen, [&Kind::UD], "never compared");
    assert!(table.iter().all(|row| !row["explanation"].is_empty()));
}
