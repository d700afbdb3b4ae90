//! Octet strings with their meaning, both ways; hostile changes of all of them.
use osisession_proto::x225::parameter::{FunctionalUnits, Tokens, Versions};
use osisession_proto::x225::spdu::{
    DecodeContext, Flow, Kind, Leniency, Segmenting, Spdu, SpduBuilder, check_accept, check_connect, decode,
};
use osisession_testkit::tsv;

/// What the context column of a row says; default: version 2, the normal flow, no segmenting, not symmetric, all tokens.
fn context(row: &tsv::Row) -> (DecodeContext, FunctionalUnits) {
    let mut context = DecodeContext {
        version: Versions::V2,
        segmenting: Segmenting::NotSelected,
        extended_concatenation: false,
        symmetric: Some(false),
        available_tokens: Some(Tokens::all()),
        ..DecodeContext::default()
    };
    let mut proposed = FunctionalUnits::all();
    for part in row["context"].split("; ") {
        match part {
            "version 1" => context.version = Versions::V1,
            "version 2" => {}
            "expedited flow" => context.flow = Flow::Expedited,
            "segmenting selected" => context.segmenting = Segmenting::Selected,
            "extended concatenation agreed" => context.extended_concatenation = true,
            "symmetric sync" => context.symmetric = Some(true),
            other => match (other.strip_prefix("CN proposed "), other.strip_prefix("available tokens ")) {
                (Some(hex), _) => {
                    let bits = u16::from_str_radix(hex, 16).expect("hexadecimal");
                    proposed = FunctionalUnits::from_bits_truncate(bits);
                }
                (_, Some(hex)) => {
                    let bits = u8::from_str_radix(hex, 16).expect("hexadecimal");
                    context.available_tokens = Some(Tokens::from_bits_truncate(bits));
                }
                _ => panic!("context {other}"),
            },
        }
    }
    // A later segment of MAP looks like AE; the first segment decided.
    if row["name"] == "gt-map-segment-last" {
        context.continuing = Some(Kind::MAP);
    }
    (context, proposed)
}

fn negotiation(spdu: &Spdu<'_>, proposed: FunctionalUnits) -> osisession_proto::error::Result<()> {
    match spdu.kind() {
        Kind::CN => check_connect(spdu),
        Kind::AC if spdu.enclosure().is_none_or(|e| e as u8 & 1 != 0) => check_accept(spdu, proposed),
        _ => Ok(()),
    }
}

fn rows(kind: &str) -> Vec<tsv::Row> {
    tsv::vectors().into_iter().filter(|row| row["kind"] == kind).collect()
}

#[test]
fn valid_rows_are_read_and_written() {
    let rows = rows("valid");
    assert!(rows.len() > 90);
    for row in rows {
        let name = row["name"];
        let octets = tsv::octets(row["hex"]);
        assert_eq!(octets.len().to_string(), row["octets"], "{name}");
        let (context, proposed) = context(&row);
        let decoded = decode(&octets, &context).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(decoded.leniencies().is_empty(), "{name}");
        for spdu in decoded.spdus() {
            negotiation(spdu, proposed).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        // The name begins with the mnemonics, prefix first, or with the one that stands alone.
        let read: Vec<String> =
            decoded.spdus().iter().map(|spdu| spdu.kind().name().to_lowercase()).collect();
        let named: Vec<&str> = name.split('-').filter(|word| *word != "ext").collect();
        let expected =
            read.iter().map(|kind| if kind == "maa" && name.contains("aea") { "aea" } else { kind });
        for (kind, word) in expected.zip(&named) {
            if *word == "token" || *word == "looks" {
                break;
            }
            let same = kind == *word || *word == "alone" || *word == "mia" && kind == "mia";
            assert!(
                same || read.len() > 1 && named.len() < read.len() || !is_mnemonic(word),
                "{name}: {read:?}"
            );
        }
        // Written again from what was read, every octet is the same, unless the row is valid but not canonical.
        let mut rewritten = Vec::new();
        for spdu in decoded.spdus() {
            rewritten.extend(rebuild(spdu).encode_unchecked());
        }
        match not_canonical(name) {
            None => assert_eq!(rewritten, octets, "{name}"),
            Some(reason) => assert_ne!(rewritten, octets, "{name} is canonical after all: {reason}"),
        }
    }
}

fn is_mnemonic(word: &str) -> bool {
    Kind::ALL.iter().any(|kind| kind.name().eq_ignore_ascii_case(word))
}

/// Valid octets that a canonical writer would not produce.
fn not_canonical(name: &str) -> Option<&'static str> {
    Some(match name {
        "cn-half-duplex-minor-isn" => "PI 55 is sent empty",
        "cn-empty-units" => "empty groups and units",
        "cn-unknown-and-reserved" => "an unknown unit of length 0",
        "gt-empty-token-dt" => "an empty Token Item",
        "pt-ed-demand-token" => "an empty User Data unit",
        _ => return None,
    })
}

/// The same SPDU by the builder: every parameter that has a value.
pub(crate) fn rebuild(spdu: &Spdu<'_>) -> SpduBuilder {
    let mut built = SpduBuilder::new(spdu.kind());
    let carriers: &[u8] = match spdu.kind() {
        Kind::MIA => &[46],
        Kind::RF => &[],
        _ => &[193, 194],
    };
    for unit in spdu.units() {
        let carrier = unit.group.is_none() && carriers.contains(&unit.code);
        let group = unit.group.is_none() && matches!(unit.code, 1 | 5 | 33);
        if !carrier && !group && !unit.value.is_empty() {
            built = built.unit(unit.group, unit.code, unit.value);
        }
    }
    // The user data of a REFUSE stands in its Reason Code, which was taken over whole.
    if spdu.kind() == Kind::RF { built } else { built.user_data(spdu.user_data().to_vec()) }
}

#[test]
fn the_builder_accepts_what_the_valid_rows_say() {
    use osisession_proto::x225::spdu::EncodeContext;
    for row in rows("valid") {
        let name = row["name"];
        let octets = tsv::octets(row["hex"]);
        let (context, _) = context(&row);
        let encode = EncodeContext {
            version: context.version,
            flow: context.flow,
            symmetric: context.symmetric == Some(true),
            ..EncodeContext::default()
        };
        let decoded = decode(&octets, &context).expect("valid");
        for spdu in decoded.spdus() {
            // Unknown parameters are read and skipped, but never written by the checked way.
            let unknown = matches!(name, "cn-empty-units" | "cn-unknown-and-reserved");
            let outcome = rebuild(spdu).encode(&encode);
            assert_eq!(outcome.is_err(), unknown, "{name}: {outcome:?}");
        }
    }
}

#[test]
fn malformed_rows_are_refused() {
    let rows = rows("malformed");
    assert!(rows.len() > 70);
    for row in rows {
        let name = row["name"];
        let octets = tsv::octets(row["hex"]);
        let (context, proposed) = context(&row);
        let outcome = decode(&octets, &context)
            .and_then(|decoded| decoded.spdus().iter().try_for_each(|spdu| negotiation(spdu, proposed)));
        let error = match outcome {
            Ok(()) => panic!("{name} is accepted: {}", row["meaning_or_reason"]),
            Err(error) => error,
        };
        let details = error.details();
        assert!(details.offset.is_some_and(|at| at <= octets.len()), "{name}: {error}");
        assert!(details.clause.is_some(), "{name}: {error}");
    }
}

#[test]
fn tolerant_reading_accepts_what_real_stacks_send() {
    let cases: [(&str, Leniency); 12] = [
        ("bad-data-without-gt", Leniency::BARE_DATA),
        ("bad-cat2-alone", Leniency::MISSING_PREFIX),
        ("bad-pt-mip", Leniency::WRONG_PREFIX),
        ("bad-order-group", Leniency::ORDER),
        ("bad-duplicate", Leniency::DUPLICATE),
        ("bad-known-pi-wrong-place", Leniency::MISPLACED_PARAMETER),
        ("bad-ac-enclosure-3", Leniency::ENCLOSURE_SINGLE),
        ("bad-dt-enclosure-missing", Leniency::ENCLOSURE_MISSING),
        ("bad-ab-no-tdisc", Leniency::ABORT_WITHOUT_REASON),
        ("bad-ab-data-without-user", Leniency::ABORT_DATA),
        ("bad-ab-v1-10", Leniency::ABORT_DATA),
        ("bad-rs-order", Leniency::ORDER),
    ];
    let rows = rows("malformed");
    for (name, leniency) in cases {
        let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no row {name}"));
        let octets = tsv::octets(row["hex"]);
        let (context, _) = context(row);
        let tolerant = DecodeContext { leniency, ..context };
        let decoded = decode(&octets, &tolerant).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(decoded.leniencies().iter().any(|used| used.leniency == leniency), "{name}");
        let without = DecodeContext { leniency: Leniency::TOLERANT - leniency, ..context };
        let reported = decode(&octets, &without).map(|decoded| decoded.leniencies().to_vec());
        assert!(reported.as_ref().is_err() || !reported.unwrap().is_empty(), "{name}");
    }
}

#[test]
fn truncations_and_changed_octets_never_panic() {
    for row in tsv::vectors() {
        let octets = tsv::octets(row["hex"]);
        let (strict, _) = context(&row);
        let contexts = [
            strict,
            DecodeContext { leniency: Leniency::TOLERANT, ..strict },
            DecodeContext::unknown(),
            DecodeContext { flow: Flow::Expedited, ..DecodeContext::unknown() },
        ];
        let read = |octets: &[u8]| {
            for context in &contexts {
                if let Ok(decoded) = decode(octets, context) {
                    for spdu in decoded.processing_order() {
                        assert!(!spdu.to_string().is_empty());
                        let _ = (spdu.describe(), spdu.user_data(), spdu.old_connection(), spdu.reason());
                        let _ = (check_connect(spdu), check_accept(spdu, FunctionalUnits::all()));
                    }
                }
            }
        };
        let head = octets.len().min(48);
        for end in (0..head).chain([octets.len()]) {
            read(&octets[..end]);
        }
        let mut changed = octets.clone();
        for at in 0..head {
            for value in 0..=255 {
                changed[at] = value;
                read(&changed[..changed.len().min(600)]);
            }
            changed[at] = octets[at];
        }
    }
}
