//! Truncated and altered vectors: no panic, and the same outcome however the octets are cut.
use super::*;

/// What came out of an engine.
#[derive(Debug, PartialEq)]
struct Outcome {
    indications: Vec<TransportIndication>,
    output: Vec<u8>,
    closed: bool,
    forgiven: usize,
}

/// The same outcome, except that an error shows only the octets that were there.
fn outcome(engine: &mut Class0) -> Outcome {
    let mut indications = indications(engine);
    for indication in &mut indications {
        if let TransportIndication::Disconnect(Some(error)) = indication {
            error.details_mut().octets.clear();
        }
    }
    Outcome {
        indications,
        output: output(engine),
        closed: engine.is_closed(),
        forgiven: engine.forgiven().len(),
    }
}

fn engines(tolerant: bool) -> [Class0; 4] {
    let config = config(|c| {
        c.tolerant = tolerant;
        c.expedited = true;
    });
    let plain = super::config(|c| c.tolerant = tolerant);
    [listening(config.clone()), calling(config.clone(), 1), open(config), open(plain)]
}

/// Feeds `octets` in one piece and octet by octet, ends the stream, and compares.
fn both_ways(octets: &[u8]) {
    for tolerant in [true, false] {
        for (mut whole, mut slow) in engines(tolerant).into_iter().zip(engines(tolerant)) {
            let mut buffer = BytesMut::from(octets);
            whole.received(&mut buffer, NOW);
            let mut rest = BytesMut::new();
            for octet in octets {
                rest.extend_from_slice(&[*octet]);
                slow.received(&mut rest, NOW);
            }
            assert_eq!(buffer, rest, "{octets:02x?}");
            whole.network_closed(None, NOW);
            slow.network_closed(None, NOW);
            assert_eq!(outcome(&mut whole), outcome(&mut slow), "{octets:02x?}");
        }
    }
}

#[test]
fn truncations() {
    for row in vectors() {
        // The longest vector repeats one octet: its beginning and end say it all.
        let cuts =
            (0..=row.octets.len().min(200)).chain(row.octets.len().saturating_sub(1)..=row.octets.len());
        for cut in cuts.filter(|&cut| cut <= 200 || row.octets.len() > 200) {
            if cut <= 200 {
                both_ways(&row.octets[..cut]);
            } else {
                let mut engine = open(Config::default());
                feed(&mut engine, &row.octets[..cut]);
                assert_eq!(indications(&mut engine).len(), usize::from(cut == row.octets.len()));
            }
        }
    }
}

#[test]
fn single_octet_changes() {
    for row in vectors().iter().filter(|row| row.octets.len() <= 200) {
        for at in 0..row.octets.len() {
            for value in 0..=u8::MAX {
                let mut octets = row.octets.clone();
                octets[at] = value;
                // Fast over all values; cutting is compared where the structure is, at a few values.
                for mut engine in engines(value & 1 == 0) {
                    feed(&mut engine, &octets);
                }
                if [0x00, 0x01, 0x7f, 0x80, 0xff].contains(&value) || value == row.octets[at] ^ 0x10 {
                    both_ways(&octets);
                }
            }
        }
    }
}

/// What decodes, encodes to something that decodes to the same; every line can be shown.
#[test]
fn whatever_decodes_encodes_again() {
    let mut decoded = 0;
    for row in vectors().iter().filter(|row| row.octets.len() <= 200) {
        let tpdu = row.octets.get(4..).unwrap_or_default();
        for at in 0..tpdu.len() {
            for value in 0..=u8::MAX {
                let mut octets = tpdu.to_vec();
                octets[at] = value;
                if let Ok(tpdu) = Tpdu::decode(octets.clone().into()) {
                    assert_eq!(tpdu.encode().unwrap(), octets);
                    assert!(tpdu.to_string().starts_with(tpdu.mnemonic()));
                    decoded += 1;
                }
            }
        }
    }
    assert!(decoded > 10_000, "{decoded}");
}

#[test]
fn what_is_no_tpkt_is_found_out_at_the_first_octet() {
    for (first, hint) in [(0x16, "TLS"), (b'G', "text protocol")] {
        let mut engine = listening(Config::default());
        feed(&mut engine, &[first]);
        let error = failed(&mut engine);
        assert!(error.to_string().contains(hint), "{error}");
        assert_eq!(error.layer(), Layer::Tpkt);
    }
}

#[test]
fn dts_without_data_take_no_memory_and_no_time() {
    let limits = Config::default().limits;
    let mut engine = open(Config::default());
    let mut at = NOW;
    for _ in 0..10_000 {
        at = at + Duration::from_millis(1);
        engine.received(&mut BytesMut::from(&hex("0300000702f000")[..]), at);
    }
    assert!(indications(&mut engine).is_empty());
    // The deadline counts from the first of them and does not move.
    let first = NOW + Duration::from_millis(1);
    assert_eq!(engine.next_timeout(), Some(first + limits.tsdu_timeout));
}
