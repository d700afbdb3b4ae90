//! Properties of the codec under a seed: written and read again is the same, segmented and put together is the same, and
//! strict and tolerant reading agree wherever nothing had to be forgiven.
use osisession_proto::Bytes;
use osisession_proto::error::ErrorKind;
use osisession_proto::x225::parameter::*;
use osisession_proto::x225::port::Tsdu;
use osisession_proto::x225::spdu::{
    Category, Complete, DecodeContext, Decoded, EncodeContext, Flow, Kind, Leniency, MAX_SPDU, Reassembly,
    Segmenting, Spdu, SpduBuilder, decode, emit,
};
use osisession_testkit::bench::Rng;
use osisession_testkit::tsv;

/// A parameter: the group around it, its code, its value.
type Parameter = (Option<u8>, u8, Vec<u8>);

/// A valid SPDU as a list, in the order of transmission, and its user data.
struct Sample {
    kind: Kind,
    parameters: Vec<Parameter>,
    user_data: Bytes,
}

impl Sample {
    /// The builder, with the parameters set in any order.
    fn builder(&self, rng: &mut Rng) -> SpduBuilder {
        let mut left = self.parameters.clone();
        let mut spdu = SpduBuilder::new(self.kind);
        while !left.is_empty() {
            let (group, code, value) = left.swap_remove(rng.below(left.len()));
            spdu = spdu.unit(group, code, &value);
        }
        spdu.user_data(self.user_data.clone())
    }
}

fn octets(rng: &mut Rng, min: usize, max: usize) -> Vec<u8> {
    let length = min + rng.below(max - min + 1);
    (0..length).map(|_| rng.below(256) as u8).collect()
}

fn digits(rng: &mut Rng, max: usize) -> Vec<u8> {
    let length = 1 + rng.below(max);
    (0..length).map(|_| b'0' + rng.below(10) as u8).collect()
}

/// Lengths near the thresholds of the length indicator come often (X.225 8.2.5).
fn some_length(rng: &mut Rng, max: usize) -> usize {
    match rng.below(6) {
        0 => 0,
        1 => rng.below(20).min(max),
        2 => (240 + rng.below(30)).min(max),
        3 => (500 + rng.below(20)).min(max),
        4 => max - rng.below(max.min(8) + 1),
        _ => rng.below(max + 1),
    }
}

/// Any valid SPDU of this kind. `version_2`: user data beyond the limits of version 1; `symmetric`: the serial numbers of it.
fn sample(kind: Kind, version_2: bool, symmetric: bool, rng: &mut Rng) -> Sample {
    let mut parameters: Vec<Parameter> = Vec::new();
    let own = |code: u8, value: Vec<u8>| (None, code, value);
    let maybe = |rng: &mut Rng| rng.below(2) == 1;
    if matches!(kind, Kind::CN | Kind::AC | Kind::RF) {
        for (code, max) in [(if kind == Kind::CN { 10 } else { 9 }, 64), (11, 64), (12, 4)] {
            if maybe(rng) {
                parameters.push((Some(1), code, octets(rng, 1, max)));
            }
        }
    }
    let limit = match (version_2, kind.version_1_user_data()) {
        (_, None) | (true, Some(_)) => 66_000,
        (false, Some(limit)) => limit,
    };
    let mut data = match kind {
        Kind::OA | Kind::GTA | Kind::AA | Kind::PR | Kind::ER => 0,
        Kind::DT | Kind::TD | Kind::UD => 1 + some_length(rng, 2_000),
        Kind::EX => 1 + rng.below(14),
        Kind::CN if version_2 => some_length(rng, 10_240),
        Kind::CDO => some_length(rng, 65_528),
        _ if limit == 0 => 0,
        _ => some_length(rng, limit.min(65_000)),
    };
    match kind {
        Kind::CN | Kind::AC => {
            let large = maybe(rng);
            if maybe(rng) {
                parameters.push((Some(5), 19, vec![rng.below(2) as u8]));
                if maybe(rng) {
                    parameters.push((Some(5), 21, octets(rng, 4, 4)));
                }
            }
            if version_2 {
                parameters.push((Some(5), 22, vec![2]));
            }
            if !large && maybe(rng) {
                parameters.push((Some(5), 23, digits(rng, 6)));
            }
            if maybe(rng) {
                parameters.push((Some(5), 26, vec![rng.below(256) as u8 & 0x55]));
            }
            if large {
                parameters.push((Some(5), 56, vec![18]));
                parameters.push((Some(5), 57, digits(rng, 18)));
                parameters.push((Some(5), 58, digits(rng, 18)));
            } else if maybe(rng) {
                parameters.push((Some(5), 55, digits(rng, 6)));
            }
            if kind == Kind::AC && maybe(rng) {
                parameters.push(own(16, vec![0x10]));
            }
            parameters.push(own(20, vec![rng.below(32) as u8, rng.below(256) as u8]));
            for code in [51, 52] {
                if maybe(rng) {
                    parameters.push(own(code, octets(rng, 1, 16)));
                }
            }
            if kind == Kind::CN && data == 10_240 {
                parameters.push(own(60, vec![1]));
            }
        }
        Kind::OA => {
            if maybe(rng) {
                parameters.push(own(21, octets(rng, 4, 4)));
            }
            parameters.push(own(22, vec![2]));
        }
        Kind::CDO => parameters.push(own(25, vec![if data == 0 || maybe(rng) { 2 } else { 0 }])),
        Kind::RF => {
            if maybe(rng) {
                parameters.push(own(17, vec![rng.below(2) as u8]));
            }
            if data > 0 {
                if maybe(rng) {
                    parameters.push(own(20, vec![0, 2]));
                }
                parameters.push(own(50, vec![2]));
            } else if maybe(rng) {
                parameters.push(own(50, vec![*rng.pick(&[0, 1, 129, 130, 131, 132, 133, 134])]));
            }
        }
        Kind::FN if maybe(rng) => parameters.push(own(17, vec![rng.below(2) as u8])),
        Kind::AB => {
            if maybe(rng) {
                parameters.push(own(17, vec![3]));
            } else {
                parameters.push(own(17, vec![5]));
                parameters.push(own(49, octets(rng, 1, 9)));
                data = 0;
            }
        }
        Kind::GT | Kind::PT => parameters.push(own(16, vec![*rng.pick(&[1, 4, 0x10, 0x40, 0x55])])),
        Kind::MIP | Kind::MIA | Kind::MAP | Kind::AE => {
            match kind {
                Kind::MAP => parameters.push(own(15, vec![1])),
                Kind::MIP if maybe(rng) => parameters.push(own(15, vec![1 + rng.below(3) as u8])),
                _ => {}
            }
            parameters.push(own(42, digits(rng, 6)));
        }
        Kind::MAA | Kind::AEA => parameters.push(own(if symmetric { 54 } else { 42 }, digits(rng, 6))),
        Kind::RS | Kind::RA => {
            parameters.push(own(26, vec![rng.below(256) as u8 & 0x55]));
            let types = kind == Kind::RS || symmetric;
            let first = !symmetric || maybe(rng);
            let pairs = [(first, 27, 42), (symmetric && (!first || maybe(rng)), 53, 54)];
            for (present, resync_type, number) in pairs {
                if present && types {
                    parameters.push(own(resync_type, vec![rng.below(3) as u8]));
                }
                if present {
                    parameters.push(own(number, digits(rng, 6)));
                }
            }
        }
        Kind::PR => {
            parameters.push(own(24, vec![if symmetric { 2 } else { 1 + rng.below(4) as u8 }]));
            if symmetric {
                parameters.push(own(27, vec![rng.below(3) as u8]));
            }
        }
        Kind::ER => parameters.push(own(49, octets(rng, 1, 3_000))),
        Kind::ED => parameters.push(own(50, vec![*rng.pick(&[0, 1, 3, 5, 6, 128])])),
        Kind::AI | Kind::AD if maybe(rng) => parameters.push(own(50, vec![*rng.pick(&[0, 3, 128])])),
        Kind::AS => parameters.push(own(41, octets(rng, 1, 6))),
        Kind::AR => {
            for (code, max) in [(9, 64), (10, 64), (11, 64), (12, 4)] {
                if maybe(rng) {
                    parameters.push((Some(33), code, octets(rng, 1, max)));
                }
            }
            parameters.push((Some(33), 41, octets(rng, 1, 6)));
            parameters.push((Some(33), 42, digits(rng, 6)));
            if symmetric {
                parameters.push((Some(33), 54, digits(rng, 6)));
            }
            parameters.push(own(41, octets(rng, 1, 6)));
        }
        Kind::UD => {
            parameters.push(own(22, vec![1]));
            parameters.push(own(51, octets(rng, 1, 16)));
        }
        _ => {}
    }
    Sample { kind, parameters, user_data: octets(rng, data, data).into() }
}

fn contexts(kind: Kind, version_2: bool, symmetric: bool) -> (EncodeContext, DecodeContext) {
    let version = if version_2 { Versions::V2 } else { Versions::V1 };
    let flow = if matches!(kind, Kind::EX | Kind::PR) { Flow::Expedited } else { Flow::Normal };
    let encode = EncodeContext { version, flow, symmetric, ..EncodeContext::default() };
    let decode = DecodeContext {
        version,
        flow,
        symmetric: Some(symmetric),
        segmenting: Segmenting::NotSelected,
        extended_concatenation: false,
        available_tokens: Some(Tokens::all()),
        ..DecodeContext::default()
    };
    (encode, decode)
}

/// The parameters that were read, without groups and without what carries user data.
fn read_parameters(spdu: &Spdu<'_>) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for unit in spdu.units() {
        let carrier = matches!((spdu.kind(), unit.code), (Kind::MIA, 46) | (_, 193 | 194));
        let group = unit.group.is_none() && matches!(unit.code, 1 | 5 | 33);
        let value = match (spdu.kind(), unit.code) {
            // The user data of a REFUSE stands behind the reason.
            (Kind::RF, 50) => unit.value[..1].to_vec(),
            _ => unit.value.to_vec(),
        };
        if !carrier && !group {
            parameters.push((unit.group, unit.code, value));
        }
    }
    parameters
}

/// The kind that a reader reports: AEA has the coding of MAA.
fn read_as(kind: Kind) -> Kind {
    if kind == Kind::AEA { Kind::MAA } else { kind }
}

#[test]
fn written_and_read_again_is_the_same() {
    let mut rng = Rng::new(0x5e55);
    for kind in Kind::ALL.iter().copied() {
        for round in 0..120 {
            let (version_2, symmetric) = (round % 2 == 0, round % 4 < 2);
            let version_2 = version_2 || matches!(kind, Kind::OA | Kind::CDO);
            let sample = sample(kind, version_2, symmetric, &mut rng);
            let label = format!("{kind} in round {round}");
            let (encode, context) = contexts(kind, version_2, symmetric);
            let spdu = sample.builder(&mut rng);
            let octets = spdu.encode(&encode).unwrap_or_else(|error| panic!("{label}: {error}"));
            let mut tsdu = kind.basic_prefix().map_or(Vec::new(), |prefix| vec![prefix.si(), 0]);
            tsdu.extend_from_slice(&octets);
            let decoded = decode(&tsdu, &context).unwrap_or_else(|error| panic!("{label}: {error}"));
            assert!(decoded.leniencies().is_empty(), "{label}");
            let read = decoded.spdus().last().expect("at least one");
            assert_eq!(read.kind(), read_as(kind), "{label}");
            assert_eq!(read_parameters(read), sample.parameters, "{label}");
            assert_eq!(read.user_data(), sample.user_data, "{label}");
            assert_eq!(read.octets(), octets, "{label}");
            // The length indicator has three octets from 255 on, and only then.
            let parameters =
                octets.len() - if kind.has_user_information() { sample.user_data.len() } else { 0 };
            let expected = if parameters - 2 < 255 { parameters - 2 } else { 255 };
            assert_eq!(usize::from(octets[1]), expected, "{label}");
        }
    }
}

/// Everything that `emit` gives, or its error, after which it gave nothing.
fn emitted(tokens: Tokens, spdu: SpduBuilder, context: &EncodeContext) -> Result<Vec<Tsdu>, ErrorKind> {
    let mut tsdus = Vec::new();
    match emit(tokens, spdu, context, &mut |tsdu| tsdus.push(tsdu)) {
        Ok(()) => Ok(tsdus),
        Err(error) => {
            assert!(tsdus.is_empty(), "{error}");
            Err(error.kind())
        }
    }
}

/// Reads the TSDUs in order; the whole SSDU comes with the last of them.
fn put_together(tsdus: &[Tsdu], context: &DecodeContext, label: &str) -> Complete {
    let mut reassembly = Reassembly::new(1 << 20);
    for (index, tsdu) in tsdus.iter().enumerate() {
        let octets = tsdu.to_bytes();
        let context = DecodeContext { continuing: reassembly.in_progress(), ..*context };
        let decoded = decode(&octets, &context).unwrap_or_else(|error| panic!("{label}, {index}: {error}"));
        assert!(decoded.leniencies().is_empty(), "{label}");
        let spdu = decoded.spdus().last().expect("at least one");
        let prefix = if decoded.spdus().len() == 2 { decoded.spdus()[0].token_item() } else { None };
        let last = index + 1 == tsdus.len();
        assert!(last || prefix.is_none(), "tokens move with the last segment only: {label}");
        match reassembly.push(spdu, &octets).unwrap_or_else(|error| panic!("{label}, {index}: {error}")) {
            Some(whole) => {
                assert!(last, "{label}");
                assert_eq!(reassembly.in_progress(), None);
                return whole;
            }
            None => assert!(!last && reassembly.in_progress() == Some(spdu.kind()), "{label}"),
        }
    }
    panic!("{label}: the SSDU is not whole")
}

#[test]
fn segmented_and_put_together_is_the_same() {
    let mut rng = Rng::new(0x6350);
    let mut segmented = 0;
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.is_segmentable()) {
        for round in 0..60 {
            let symmetric = round % 2 == 1;
            let sample = sample(kind, true, symmetric, &mut rng);
            let (encode, mut context) = contexts(kind, true, symmetric);
            let max_tsdu =
                *rng.pick(&[0, 0, 9, 16, 32, 64, 128, 255, 256, 257, 300, 512, 1_024, 4_096, 65_535]);
            let max_tsdu = if max_tsdu == 0 { 0 } else { max_tsdu + rng.below(4) };
            let encode = EncodeContext { max_tsdu, ..encode };
            if kind.is_data() && max_tsdu != 0 {
                context.segmenting = Segmenting::Selected;
            }
            let takes_tokens = kind.basic_prefix().is_some() && !kind.prefix_without_tokens();
            let tokens = if takes_tokens && round % 3 == 0 { Tokens::DATA } else { Tokens::empty() };
            let data = sample.user_data.len();
            let label = format!("{kind}, {data} octets in TSDUs of {max_tsdu}, round {round}");
            let tsdus = match emitted(tokens, sample.builder(&mut rng), &encode) {
                Ok(tsdus) => tsdus,
                Err(error) => {
                    // Only where the parameters alone fill a TSDU, or leave no octet for user data.
                    assert_eq!(error, ErrorKind::Invalid, "{label}");
                    let octets: usize = sample.parameters.iter().map(|(_, _, value)| value.len() + 6).sum();
                    assert!(max_tsdu != 0 && octets + 24 > max_tsdu, "{label}");
                    continue;
                }
            };
            segmented += usize::from(tsdus.len() > 1);
            for tsdu in &tsdus {
                assert!(max_tsdu == 0 || tsdu.len() <= max_tsdu, "{label}: {}", tsdu.len());
                assert!(kind.is_data() || tsdu.len() <= MAX_SPDU + 5, "{label}: {}", tsdu.len());
            }
            if kind.is_data() {
                // User information is the caller's own buffer.
                let range = sample.user_data.as_ptr_range();
                for tsdu in tsdus.iter().filter(|tsdu| !tsdu.user_data.is_empty()) {
                    assert!(range.contains(&tsdu.user_data.as_ptr()), "{label}");
                }
            }
            let whole = put_together(&tsdus, &context, &label);
            assert_eq!(whole.user_data, sample.user_data, "{label}");
            let first = decode(&whole.first, &context).expect("read before");
            let read = first.spdus().last().expect("at least one");
            assert_eq!(read.kind(), read_as(kind), "{label}");
            let mut parameters = read_parameters(read);
            parameters.retain(|(_, code, _)| *code != 25);
            assert_eq!(parameters, sample.parameters, "{label}");
            let prefix = decode(
                &tsdus.last().expect("some").to_bytes(),
                &DecodeContext { continuing: (tsdus.len() > 1).then_some(kind), ..context },
            )
            .expect("read before")
            .spdus()[0]
                .token_item();
            if kind.category() == Category::Two {
                assert_eq!(prefix, (!tokens.is_empty()).then_some(tokens), "{label}");
            }
        }
    }
    assert!(segmented > 300, "{segmented} were segmented at all");
}

#[test]
fn segments_are_as_large_as_they_may_be() {
    let none = Tokens::empty();
    let data = |length: usize| Bytes::from(vec![7; length]);
    let pieces = |kind, length, max_tsdu| {
        let context = EncodeContext { max_tsdu, ..EncodeContext::default() };
        let spdu = SpduBuilder::new(kind).user_data(data(length));
        emitted(none, spdu, &context).map(|tsdus| tsdus.len())
    };
    // DT and TD: the limit less 7 and less 5 octets (X.225 6.3.5, 8.3.11, 8.3.13).
    assert_eq!((pieces(Kind::DT, 93, 100), pieces(Kind::DT, 94, 100)), (Ok(1), Ok(2)));
    assert_eq!((pieces(Kind::DT, 186, 100), pieces(Kind::DT, 187, 100)), (Ok(2), Ok(3)));
    assert_eq!((pieces(Kind::TD, 95, 100), pieces(Kind::TD, 96, 100)), (Ok(1), Ok(2)));
    assert_eq!(pieces(Kind::DT, 1 << 20, 0), Ok(1));
    // Tokens take 3 octets of the last segment, and of no other.
    let with_tokens = |length: usize| {
        let context = EncodeContext { max_tsdu: 100, ..EncodeContext::default() };
        let spdu = SpduBuilder::new(Kind::DT).user_data(data(length));
        let sizes = |tsdus: Vec<Tsdu>| tsdus.iter().map(Tsdu::len).collect::<Vec<_>>();
        emitted(Tokens::DATA, spdu, &context).map(sizes)
    };
    assert_eq!(with_tokens(90), Ok(vec![100]));
    assert_eq!(with_tokens(93 + 90), Ok(vec![100, 100]));
    assert_eq!(with_tokens(93 + 91), Ok(vec![100, 98, 10]), "the last segment may be empty");
    // FN: 65531 octets without Transport Disconnect fill the SPDU; 65528 a middle segment.
    assert_eq!((pieces(Kind::FN, 65_531, 0), pieces(Kind::FN, 65_532, 0)), (Ok(1), Ok(2)));
    assert_eq!(pieces(Kind::FN, 2 * 65_528, 0), Ok(2));
    assert_eq!(pieces(Kind::FN, 2 * 65_528 + 1, 0), Ok(3));
    let with_disconnect = |length: usize| {
        let spdu = SpduBuilder::new(Kind::FN)
            .transport_disconnect(TransportDisconnect::RELEASE)
            .user_data(data(length));
        emitted(none, spdu, &EncodeContext::default()).map(|tsdus| tsdus.len())
    };
    assert_eq!((with_disconnect(65_528), with_disconnect(65_529)), (Ok(1), Ok(2)));
    // One octet of room is enough: 7 octets of FN are SI, LI, Enclosure Item, and a User Data unit of none.
    assert_eq!((pieces(Kind::FN, 20, 8), pieces(Kind::FN, 20, 7)), (Ok(20), Err(ErrorKind::Invalid)));
}

#[test]
fn segments_out_of_sequence_are_refused() {
    let context = DecodeContext { segmenting: Segmenting::Selected, ..contexts(Kind::DT, true, false).1 };
    let feed = |reassembly: &mut Reassembly, hex: &str| {
        let tsdu = Bytes::from(tsv::octets(hex));
        let decoded = decode(&tsdu, &context).unwrap_or_else(|error| panic!("{hex}: {error}"));
        let whole = reassembly.push(decoded.spdus().last().expect("one"), &tsdu);
        whole.map(|whole| whole.map(|whole| whole.user_data))
    };
    let (first, middle, last) = ("0100010319010161", "0100010319010062", "0100010319010263");
    let (td_last, single, finish) = ("210319010264", "0100010319010365", "0900");
    for before in [middle, last, td_last] {
        let error = feed(&mut Reassembly::new(99), before).expect_err(before);
        assert_eq!(error.kind(), ErrorKind::Peer, "{before}");
    }
    for between in [first, single, td_last, finish] {
        let mut reassembly = Reassembly::new(99);
        assert_eq!(feed(&mut reassembly, first), Ok(None));
        let error = feed(&mut reassembly, between).expect_err(between);
        assert_eq!(
            (error.kind(), error.details().parameter.as_deref()),
            (ErrorKind::Peer, Some("Enclosure Item"))
        );
    }
    let mut reassembly = Reassembly::new(99);
    assert_eq!(feed(&mut reassembly, first), Ok(None));
    assert_eq!(feed(&mut reassembly, middle), Ok(None));
    assert_eq!(feed(&mut reassembly, last), Ok(Some(Bytes::from_static(b"abc"))));
    assert_eq!(feed(&mut reassembly, single), Ok(Some(Bytes::from_static(b"e"))));
    assert_eq!(feed(&mut reassembly, first), Ok(None));
    reassembly.cancel();
    assert_eq!(feed(&mut reassembly, single), Ok(Some(Bytes::from_static(b"e"))));
    let mut reassembly = Reassembly::new(2);
    assert_eq!(feed(&mut reassembly, first), Ok(None));
    assert_eq!(feed(&mut reassembly, middle), Ok(None));
    let error = feed(&mut reassembly, last).expect_err("three octets");
    assert_eq!(error.kind(), ErrorKind::LimitHit);
}

/// Strict reading takes less than tolerant reading, and both say the same where nothing was forgiven.
fn compare<'t>(octets: &'t [u8], strict: &DecodeContext) -> Option<Decoded<'t>> {
    let tolerant = DecodeContext { leniency: Leniency::TOLERANT, ..*strict };
    match (decode(octets, strict), decode(octets, &tolerant)) {
        (Ok(strict), Ok(tolerant)) => {
            assert_eq!(strict, tolerant, "{octets:02x?}");
            assert!(tolerant.leniencies().is_empty(), "{octets:02x?}");
            Some(tolerant)
        }
        (Ok(_), Err(error)) => panic!("only strict reading takes {octets:02x?}: {error}"),
        (Err(error), Ok(tolerant)) => {
            assert!(!tolerant.leniencies().is_empty(), "nothing was forgiven in {octets:02x?}: {error}");
            Some(tolerant)
        }
        (Err(error), Err(_)) => {
            let details = error.details();
            assert_eq!(error.kind(), ErrorKind::Peer, "{octets:02x?}");
            assert!(details.clause.is_some(), "{octets:02x?}: {error}");
            assert!(details.offset.is_some_and(|at| at <= octets.len()), "{octets:02x?}: {error}");
            assert_eq!(details.octets, octets[..octets.len().min(16)]);
            None
        }
    }
}

#[test]
fn strict_and_tolerant_reading_agree_where_nothing_is_forgiven() {
    let strict = contexts(Kind::DT, true, false).1;
    let variants = [
        strict,
        DecodeContext { version: Versions::V1, ..strict },
        DecodeContext { extended_concatenation: true, segmenting: Segmenting::Selected, ..strict },
        DecodeContext { flow: Flow::Expedited, symmetric: Some(true), ..strict },
        DecodeContext::default(),
    ];
    let (mut read, mut refused) = (0, 0);
    let mut look = |octets: &[u8]| {
        for context in &variants {
            match compare(octets, context) {
                Some(decoded) => {
                    read += 1;
                    // The SPDUs cover the TSDU, each once, in order.
                    let mut at = 0;
                    for spdu in decoded.spdus() {
                        assert_eq!(spdu.offset(), at);
                        at += spdu.octets().len();
                    }
                    assert_eq!(at, octets.len());
                    assert_eq!(decoded.processing_order().count(), decoded.spdus().len());
                }
                None => refused += 1,
            }
        }
    };
    let mut rng = Rng::new(0x0dd);
    for row in tsv::vectors() {
        let octets = tsv::octets(row["hex"]);
        if octets.len() > 600 {
            // The head decides, and the end: what lies between is user data.
            look(&octets);
            look(&octets[..octets.len() - 1]);
            continue;
        }
        for end in 0..=octets.len() {
            look(&octets[..end]);
        }
        let mut changed = octets.clone();
        for at in 0..octets.len() {
            for value in
                [0, 1, 2, 25, 193, 254, 255, octets[at] ^ 1, octets[at].wrapping_add(1), rng.below(256) as u8]
            {
                changed[at] = value;
                look(&changed);
            }
            changed[at] = octets[at];
        }
        // Two at a time, and an octet more or less somewhere.
        for _ in 0..40 {
            let mut odd = octets.clone();
            for _ in 0..2 {
                let at = rng.below(odd.len());
                odd[at] = rng.below(256) as u8;
            }
            look(&odd);
            odd.insert(rng.below(octets.len()), rng.below(256) as u8);
            look(&odd);
            odd.remove(rng.below(octets.len()));
            look(&odd);
        }
    }
    assert!(read > 10_000 && refused > 50_000, "{read} read, {refused} refused");
}
