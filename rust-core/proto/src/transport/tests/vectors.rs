//! Every row of the vectors: decoded, encoded again, and fed to an engine.
use super::*;

/// TPDUs of class 0, by mnemonic, that an engine sends.
const SENT: [&str; 6] = ["CR", "CC", "DR", "DT", "ED", "ER"];

#[test]
fn valid_rows_decode_and_encode_again() {
    let mut sent = std::collections::BTreeSet::new();
    for row in vectors().iter().filter(|row| row.valid) {
        let mut stream = BytesMut::from(&row.octets[..]);
        let mut again = Vec::new();
        while let Some(octets) = tpkt::split(&mut stream).unwrap() {
            let tpdu = Tpdu::decode(octets).unwrap_or_else(|error| panic!("{}: {error}", row.name));
            assert!(row.name.starts_with(&tpdu.mnemonic().to_lowercase()), "{}: {tpdu}", row.name);
            let octets = tpdu.encode().unwrap();
            again.extend(tpkt::header(octets.len()).unwrap());
            again.extend(octets);
            sent.insert(tpdu.mnemonic());
        }
        assert!(stream.is_empty(), "{}", row.name);
        let mut expected = row.octets.clone();
        expected[1] = 0; // reserved: ignored on receipt, sent as 0
        assert_eq!(again, expected, "{}", row.name);
    }
    assert!(SENT.iter().all(|mnemonic| sent.contains(mnemonic)), "{sent:?}");
}

#[test]
fn valid_rows_mean_what_they_say() {
    let line = |name: &str| {
        let rows = vectors();
        let row = rows.iter().find(|row| row.name == name).unwrap();
        tpdus(&row.octets)[0].to_string()
    };
    for (name, expected) in [
        ("cr-minimal", "CR (Connection Request) src 0001 class 0"),
        (
            "cr-selector-order",
            "CR (Connection Request) src beef class 0, called T-selector 534553, calling T-selector 41, TPDU size 2048",
        ),
        ("cr-size-8192", "CR (Connection Request) src 0001 class 0, TPDU size 8192"),
        ("cr-expedited", "CR (Connection Request) src 0002 class 0, expedited"),
        ("cr-user-data", "CR (Connection Request) src 0006 class 0, 2 octets of user data"),
        ("cr-unknown-parameter", "CR (Connection Request) src 0007 class 0, parameter 99 00"),
        ("cr-class2-alt0", "CR (Connection Request) src 0003 class 2, options 1, alternative classes 00"),
        (
            "cr-class2-expedited",
            "CR (Connection Request) src 0004 class 2, options 1, additional options 21, alternative classes 00",
        ),
        (
            "cc-size-selectors",
            "CC (Connection Confirm) dst 0001 src 0002 class 0, TPDU size 1024, calling T-selector 0001, \
             responding T-selector 0001",
        ),
        ("cc-preferred-size", "CC (Connection Confirm) dst 0005 src 0006 class 0, preferred TPDU size 32768"),
        ("cc-expedited", "CC (Connection Confirm) dst 0002 src 000a class 0, TPDU size 2048, expedited"),
        ("dr-refuse-address", "DR (Disconnect Request) dst 0001 src 0000, reason 03: address unknown"),
        (
            "dr-refuse-congestion",
            "DR (Disconnect Request) dst 0001 src 0000, reason 01: congestion at the TSAP",
        ),
        ("dc-class2", "DC (Disconnect Confirm) dst 000b src 0003"),
        ("dt-eot", "DT (Data) 5 octets, end of TSDU"),
        ("dt-empty-last", "DT (Data) 2 octets"),
        ("ed-rfc1006", "ED (Expedited Data) 5 octets"),
        (
            "er-class0",
            "ER (TPDU Error) dst 0001, cause 03: invalid parameter value, rejected 11e00000000100c00102",
        ),
        ("er-class0-type", "ER (TPDU Error) dst 0001, cause 02: invalid TPDU type, rejected 0230"),
        ("dt-class2", "DT (Data) dst 000b 2 octets, end of TSDU"),
        ("ed-class2", "ED (Expedited Data) dst 000b 1 octet"),
        ("ea-class2", "EA (Expedited Data Acknowledgement) dst 0003, number 0"),
    ] {
        assert_eq!(line(name), expected, "{name}");
    }
}

/// An engine in the state in which a row can arrive.
fn engine_for(row: &Vector, tolerant: bool) -> Class0 {
    let config = config(|c| {
        c.tolerant = tolerant;
        c.expedited = row.context.ends_with("expedited negotiated") || row.name == "cc-expedited";
    });
    if row.name.starts_with("cr-") || row.name == "dt-before-cr" || row.name == "second-cr" {
        return listening(config);
    }
    if row.name.starts_with("cc-") || row.name.starts_with("dr-") {
        let reference = match row.name {
            "cc-expedited" => 2,
            "cc-class2" => 3,
            "cc-preferred-size" => 5,
            _ => 1,
        };
        return calling(config, reference);
    }
    match row.name {
        "tpkt-version-2" | "tpkt-length-0" | "tpkt-length-6" | "li-255" | "li-overrun" => listening(config),
        // The largest TPDU needs an agreement on it: a CC without a size leaves the receiver with the default.
        "dt-max" => {
            let mut engine = calling(config, 1);
            feed(&mut engine, &hex("0300000b06d00001000200"));
            assert_eq!(
                engine.poll_indication(),
                Some(TransportIndication::ConnectConfirm { expedited: false })
            );
            engine
        }
        _ => open(config),
    }
}

#[test]
fn engines_take_valid_rows() {
    for row in vectors().iter().filter(|row| row.valid) {
        for tolerant in [true, false] {
            let mut engine = engine_for(row, tolerant);
            feed(&mut engine, &row.octets);
            let name = row.name;
            match (name.split('-').next().unwrap(), row.context) {
                // What class 0 does not have, or cannot agree to.
                (_, "RFC 2126 class 2") => {
                    let error = failed(&mut engine);
                    assert_eq!((error.kind(), error.layer()), (ErrorKind::Peer, Layer::Transport), "{name}");
                }
                ("cc", _) if name == "cc-class2" => {
                    assert_eq!(failed(&mut engine).details().parameter.as_deref(), Some("class"));
                }
                ("cr", _) if name == "cr-class2-nonblocking-reverse" => {
                    assert_eq!(failed(&mut engine).details().reason, Some(0x82));
                    assert_eq!(output(&mut engine), hex("0300000b06800009000082"));
                }
                ("cr", _) => {
                    assert_eq!(
                        indications(&mut engine),
                        [TransportIndication::Connect { expedited: false }],
                        "{name}"
                    );
                    assert!(engine.forgiven().is_empty(), "{name}: {:?}", engine.forgiven());
                }
                ("cc", _) => {
                    let expedited = name == "cc-expedited";
                    assert_eq!(
                        indications(&mut engine),
                        [TransportIndication::ConnectConfirm { expedited }],
                        "{name}"
                    );
                    assert!(
                        engine.is_open() && engine.forgiven().is_empty(),
                        "{name}: {:?}",
                        engine.forgiven()
                    );
                    let size = match name {
                        "cc-size-selectors" => 1024,
                        "cc-preferred-size" => 32768,
                        "cc-expedited" => 2048,
                        _ => 2048,
                    };
                    assert_eq!(engine.tpdu_size(), size, "{name}");
                }
                ("dr", _) => {
                    let error = failed(&mut engine);
                    assert_eq!(error.kind(), ErrorKind::Transport);
                    let (reason, words) = match name {
                        "dr-refuse-address" => (3, "address unknown"),
                        _ => (1, "congestion at the TSAP"),
                    };
                    assert_eq!(error.details().reason, Some(reason));
                    assert!(error.details().text.ends_with(words), "{error}");
                }
                ("er", _) => {
                    let error = failed(&mut engine);
                    assert_eq!(error.details().pdu, Some("ER"));
                    assert!(output(&mut engine).is_empty(), "an ER is never answered");
                }
                ("dt", _) => {
                    let user_data = match name {
                        "dt-max" => vec![0x41; 65_528],
                        _ => row.octets[7..]
                            .iter()
                            .copied()
                            .take(if name == "dt-eot" { 5 } else { 2 })
                            .collect(),
                    };
                    assert_eq!(
                        indications(&mut engine),
                        [TransportIndication::Data(user_data.into())],
                        "{name}"
                    );
                }
                ("ed", _) => {
                    let user_data = Bytes::copy_from_slice(&row.octets[7..]);
                    assert_eq!(
                        indications(&mut engine),
                        [TransportIndication::ExpeditedData(user_data)],
                        "{name}"
                    );
                }
                (other, _) => panic!("{other}"),
            }
        }
    }
}

/// What an engine must do with a malformed row.
enum Reaction {
    /// Close, without an answer: layer, TPDU, offset.
    Close(Layer, Option<&'static str>, usize),
    /// ER with this cause, then close.
    Er(u8, usize),
    /// DR with this reason, then close.
    Dr(u8),
    /// Go on.
    Accept,
}

fn reaction(name: &str, tolerant: bool) -> Reaction {
    use Reaction::*;
    let (transport, tpkt) = (Layer::Transport, Layer::Tpkt);
    match name {
        "tpkt-version-2" => Close(tpkt, None, 0),
        "tpkt-length-0" | "tpkt-length-6" => Close(tpkt, None, 2),
        "li-255" | "li-overrun" | "cr-li-5" => Er(0, 0),
        "cr-class-5" => Er(3, 6),
        "cr-size-6" | "cr-size-length-2" | "cc-wrong-ref" | "cc-unknown-parameter" | "dt-nr-nonzero"
            if tolerant =>
        {
            Accept
        }
        "cr-size-6" => Er(3, 9),
        "cr-size-length-2" => Er(3, 8),
        "cr-selector-long" => Dr(3),
        "cr-over-128" => Er(3, 128),
        "cc-wrong-ref" => Close(transport, Some("CC"), 2),
        "cc-class-not-proposed" => Close(transport, Some("CC"), 6),
        "cc-unknown-parameter" => Close(transport, Some("CC"), 7),
        "dt-li-1" | "dt-li-4-in-class0" => Close(transport, Some("DT"), 0),
        "dt-before-cr" => Close(transport, Some("DT"), 1),
        "dt-nr-nonzero" => Close(transport, Some("DT"), 2),
        "ed-not-negotiated" => Close(transport, Some("ED"), 1),
        "ed-17" => Close(transport, Some("ED"), 3),
        "dc-in-class0" => Close(transport, Some("DC"), 1),
        "ak-in-class0" => Close(transport, Some("AK"), 1),
        "unknown-code" => Close(transport, None, 1),
        "second-cr" => Close(transport, Some("CR"), 1),
        _ => panic!("no reaction is told for {name}"),
    }
}

#[test]
fn engines_react_to_malformed_rows() {
    for row in vectors().iter().filter(|row| !row.valid) {
        for tolerant in [true, false] {
            let name = row.name;
            let mut engine = engine_for(row, tolerant);
            feed(&mut engine, &row.octets);
            if let Reaction::Accept = reaction(name, tolerant) {
                assert!(!engine.is_closed(), "{name}: {:?}", indications(&mut engine));
                assert_eq!(engine.forgiven().len(), 1, "{name}");
                let told = row.reaction;
                assert!(told.contains("ignore") || name == "cc-wrong-ref", "{name}: {told}");
                continue;
            }
            let error = failed(&mut engine);
            let answer = output(&mut engine);
            assert!(engine.wants_close());
            assert_eq!(error.kind(), ErrorKind::Peer, "{name}");
            let details = error.details();
            assert!(details.clause.is_some(), "{name}: {error}");
            match reaction(name, tolerant) {
                Reaction::Close(layer, pdu, offset) => {
                    assert_eq!(
                        (error.layer(), details.pdu, details.offset),
                        (layer, pdu, Some(offset)),
                        "{name}"
                    );
                    assert!(answer.is_empty(), "{name}");
                }
                Reaction::Er(cause, offset) => {
                    assert_eq!((details.pdu, details.offset), (Some("CR"), Some(offset)), "{name}");
                    let [Tpdu::Er { cause: sent, parameters, .. }] = &tpdus(&answer)[..] else {
                        panic!("{name}")
                    };
                    assert_eq!(*sent, cause, "{name}");
                    assert_eq!(parameters[0].code, 0xc1);
                    assert_eq!(parameters[0].value, row.octets[4..=4 + offset], "{name}");
                }
                Reaction::Dr(reason) => {
                    assert_eq!(details.reason, Some(reason.into()), "{name}");
                    let [Tpdu::Dr(dr)] = &tpdus(&answer)[..] else { panic!("{name}") };
                    assert_eq!((dr.destination_reference, dr.source_reference, dr.reason), (1, 0, reason));
                }
                Reaction::Accept => unreachable!(),
            }
        }
    }
}
