//! Octets of control blocks and records: vectors both ways, and everything that is wrong.
use osisession_proto::Bytes;

use super::compare::Random;
use crate::control::KEYED_LENGTH as KEYED;
use crate::control::{Authenticator, Block, BlockError, DialogueId, Kind, Seal, Status};
use crate::crc32c;
use crate::dialogue::Role;
use crate::record::{Record, RecordError};

/// No cryptography: enough to see that the tag is made of the right octets and compared.
struct Toy;

impl Authenticator for Toy {
    fn tag(&self, octets: &[u8]) -> [u8; 16] {
        let mut tag = [0x5A_u8; 16];
        octets.iter().enumerate().for_each(|(i, octet)| tag[i % 16] = tag[i % 16].rotate_left(3) ^ octet);
        tag
    }
}

fn hex(text: &str) -> Bytes {
    let digits: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn block() -> Block {
    Block {
        kind: Kind::Recover,
        did: DialogueId(*b"0123456789abcdef"),
        epoch: 7,
        rcv: 0x0102,
        snd: 0x0304,
        low: 0x0201,
        status: Status::Ok,
        seen: Some(3),
    }
}

/// Every field of the layout stands where it should; the checksum was computed by another program.
const VECTOR: &str = "4f534451 02 83 003e 30313233343536373839616263646566
    0000000000000007 0000000000000102 0000000000000304 0000000000000201 0000 CRC";

#[test]
fn crc32c_vectors() {
    // RFC 3720 B.4, and the usual check value.
    assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
    assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
    let rising: Vec<u8> = (0..32).collect();
    assert_eq!(crc32c(&rising), 0x46DD_794E);
}

#[test]
fn control_block_vector() {
    let octets = hex(&VECTOR.replace("CRC", CHECKSUM));
    assert_eq!(octets.len(), 62);
    assert_eq!(block().encode(Seal::Checksum, b""), octets);
    assert_eq!(Block::decode(&octets, Seal::Checksum), Ok((block(), Bytes::new())));
    let with_data = block().encode(Seal::Checksum, b"application");
    assert_eq!(with_data[..62], octets[..]);
    assert_eq!(Block::decode(&with_data, Seal::Checksum), Ok((block(), Bytes::from_static(b"application"))));
}

/// CRC32C of the 58 octets before it, by a bitwise implementation in Python.
const CHECKSUM: &str = "8aab27fd";

#[test]
fn every_kind_and_status_survives() {
    for &kind in Kind::ALL {
        for &status in Status::ALL {
            for seal in [Seal::Checksum, Seal::Key(&Toy)] {
                let block = Block { kind, status, seen: None, ..block() };
                let octets = block.encode(seal, b"x");
                assert_eq!(octets.len(), seal.length() + 1);
                assert_eq!(&octets[..4], if kind.is_answer() { b"OSDA" } else { b"OSDQ" });
                assert_eq!(Block::decode(&octets, seal), Ok((block, Bytes::from_static(b"x"))));
            }
        }
    }
}

#[test]
fn no_damage_goes_unseen() {
    for seal in [Seal::Checksum, Seal::Key(&Toy)] {
        let good = block().encode(seal, b"");
        for length in 0..good.len() {
            let cut = good.slice(..length);
            assert!(matches!(Block::decode(&cut, seal), Err(BlockError::Short { .. })), "cut at {length}");
        }
        for bit in 0..good.len() * 8 {
            let mut octets = good.to_vec();
            octets[bit / 8] ^= 1 << (bit % 8);
            assert!(Block::decode(&octets.into(), seal).is_err(), "bit {bit}");
        }
    }
    // The seal of one configuration is no seal in the other.
    let plain = block().encode(Seal::Checksum, &[0; 40]);
    let keyed = block().encode(Seal::Key(&Toy), &[0; 40]);
    assert_eq!(
        Block::decode(&plain, Seal::Key(&Toy)),
        Err(BlockError::Length { expected: KEYED, found: 62 })
    );
    assert_eq!(Block::decode(&keyed, Seal::Checksum), Err(BlockError::Length { expected: 62, found: 74 }));
}

/// A block with one field overwritten, and the checksum made right again.
fn forged(at: usize, field: &[u8]) -> Bytes {
    let mut octets = block().encode(Seal::Checksum, b"").to_vec();
    octets[at..at + field.len()].copy_from_slice(field);
    let crc = crc32c(&octets[..58]);
    octets[58..].copy_from_slice(&crc.to_be_bytes());
    octets.into()
}

#[test]
fn bad_blocks_are_named() {
    let decode = |octets: &Bytes| Block::decode(octets, Seal::Checksum).unwrap_err();
    assert_eq!(decode(&forged(0, b"OSDX")), BlockError::Magic(*b"OSDX"));
    assert_eq!(decode(&forged(4, &[0])), BlockError::Kind(0));
    assert_eq!(decode(&forged(4, &[12])), BlockError::Kind(12));
    assert_eq!(decode(&forged(0, b"OSDA")), BlockError::Echo(Kind::Recover), "an echo is no answer");
    assert_eq!(decode(&forged(6, &[0xFF, 0xFF])), BlockError::Length { expected: 62, found: 0xFFFF });
    assert_eq!(decode(&forged(48, &0u64.to_be_bytes())), BlockError::Low);
    assert_eq!(
        decode(&forged(48, &0x0306u64.to_be_bytes())),
        BlockError::Window { low: 0x0306, snd: 0x0304 }
    );
    assert_eq!(decode(&forged(56, &[0, 15])), BlockError::Status(15));
    assert!(Block::decode(&forged(48, &0x0305u64.to_be_bytes()), Seal::Checksum).is_ok(), "an empty window");
    assert_eq!(decode(&Bytes::from_static(b"some other layer's user data")), BlockError::Magic(*b"some"));
    assert_eq!(decode(&Bytes::new()), BlockError::Short { expected: 62, found: 0 });
    for &status in Status::ALL {
        assert!(!status.text().is_empty());
    }
}

fn records() -> Vec<(&'static str, Record)> {
    let did = DialogueId(*b"0123456789abcdef");
    let data = Bytes::from_static(b"data");
    vec![
        (
            "01 30313233343536373839616263646566 00 64617461",
            Record::Created { did, role: Role::Initiator, profile: data.clone() },
        ),
        (
            "01 30313233343536373839616263646566 01",
            Record::Created { did, role: Role::Responder, profile: Bytes::new() },
        ),
        ("02 64617461", Record::Bound { identity: data.clone() }),
        ("02", Record::Bound { identity: Bytes::new() }),
        ("03 0000000000000102 0000000000000003", Record::Epoch { epoch: 0x0102, seen: 3 }),
        ("04 0000000000000102 64617461", Record::Out { position: 0x0102, data: data.clone() }),
        ("05 0000000000000102 64617461", Record::In { position: 0x0102, data }),
        ("06 ffffffffffffffff", Record::Drop { position: u64::MAX }),
        ("07 0000000000000102", Record::Confirmed { position: 0x0102 }),
        ("08 0000000000000102", Record::Cursor { position: 0x0102 }),
        ("09", Record::Closing),
        ("0a", Record::Closed),
        ("0b 0004", Record::Broken { status: Status::YouRegressed }),
        ("0c 0000000000000102 0000000000000003", Record::Base { out: 0x0102, inbox: 3 }),
    ]
}

#[test]
fn record_vectors() {
    for (text, record) in records() {
        let octets = hex(text);
        assert_eq!(record.encode(), octets, "{record:?}");
        assert_eq!(Record::decode(&octets), Ok(record));
    }
}

#[test]
fn bad_records_are_named() {
    assert_eq!(Record::decode(&Bytes::new()), Err(RecordError::Empty));
    assert_eq!(Record::decode(&hex("00")), Err(RecordError::Kind(0)));
    assert_eq!(Record::decode(&hex("0d")), Err(RecordError::Kind(13)));
    assert_eq!(Record::decode(&hex("01 30313233343536373839616263646566 02")), Err(RecordError::Role(2)));
    assert_eq!(Record::decode(&hex("0b 00ff")), Err(RecordError::Status(255)));
    assert_eq!(Record::decode(&hex("09 00")), Err(RecordError::Long { kind: 9, found: 2 }));
    assert_eq!(Record::decode(&hex("07 0000000000000102 00")), Err(RecordError::Long { kind: 7, found: 10 }));
    for (text, record) in records() {
        let octets = hex(text);
        let fixed = match record {
            Record::Created { .. } => 18,
            Record::Bound { .. } => 1,
            Record::Out { .. } | Record::In { .. } => 9,
            _ => octets.len(),
        };
        for length in 1..fixed {
            let short = RecordError::Short { kind: octets[0], found: length };
            assert_eq!(Record::decode(&octets.slice(..length)), Err(short), "{record:?}");
        }
    }
}

#[test]
fn random_octets_decode_to_what_encodes_to_them() {
    let mut random = Random(5);
    let mut good = 0;
    for _ in 0..100_000 {
        let length = random.below(40) as usize;
        let mut octets: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        if let Some(first) = octets.first_mut() {
            *first %= 14;
        }
        let octets = Bytes::from(octets);
        if let Ok(record) = Record::decode(&octets) {
            assert_eq!(record.encode(), octets);
            good += 1;
        }
        let _ = Block::decode(&octets, Seal::Checksum);
    }
    assert!(good > 1_000);
}
