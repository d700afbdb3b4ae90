//! A transport entity reads anything, in any pieces: no panic, and the pieces make no difference.
//!
//! Input: an octet of settings, an octet that seeds the cuts, then what comes from the network.
#![no_main]
use libfuzzer_sys::fuzz_target;
use osisession_proto::transport::{Class0, Config, Tpdu};
use osisession_proto::x225::port::{TransportIndication, TransportRequest, Tsdu};
use osisession_proto::{Bytes, Instant};
use osisession_testkit::bench::Rng;

const NOW: Instant = Instant::from_millis(1);

#[derive(Debug, PartialEq)]
struct Outcome {
    indications: Vec<TransportIndication>,
    output: Vec<u8>,
    rest: Vec<u8>,
    forgiven: usize,
}

fn engine(settings: u8) -> Class0 {
    let mut config = Config::default();
    config.tolerant = settings & 1 != 0;
    config.expedited = settings & 2 != 0;
    let initiator = settings & 4 != 0;
    let mut engine = if initiator { Class0::initiator(config, 1) } else { Class0::responder(config, 1) };
    engine.network_connected(NOW);
    if initiator {
        let _ = engine.request(TransportRequest::Connect { expedited: settings & 8 != 0 }, NOW);
    }
    if settings & 16 != 0 {
        let peer: &[u8] = match (initiator, settings & 32 != 0) {
            (true, false) => b"\x03\0\0\x0b\x06\xd0\0\x01\0\x02\0",
            (true, true) => b"\x03\0\0\x0e\x09\xd0\0\x01\0\x02\0\xc6\x01\x01",
            (false, false) => b"\x03\0\0\x0b\x06\xe0\0\0\0\x02\0",
            (false, true) => b"\x03\0\0\x0e\x09\xe0\0\0\0\x02\0\xc6\x01\x01",
        };
        engine.received(&mut peer.into(), NOW);
        let _ = engine.request(TransportRequest::ConnectResponse { expedited: settings & 32 != 0 }, NOW);
    }
    engine
}

fn feed(settings: u8, pieces: &[&[u8]]) -> Outcome {
    let mut engine = engine(settings);
    let mut buffer = bytes::BytesMut::new();
    let mut indications = Vec::new();
    let mut output = Vec::new();
    let mut drain = |engine: &mut Class0| {
        while let Some(indication) = engine.poll_indication() {
            indications.push(indication);
        }
        while let Some(piece) = engine.poll_output() {
            output.extend_from_slice(&piece);
        }
    };
    // What waits when the peer goes wrong is dropped: the answers so far must be out first.
    drain(&mut engine);
    for piece in pieces {
        buffer.extend_from_slice(piece);
        engine.received(&mut buffer, NOW);
        assert!(buffer.len() <= 65_534, "{} octets are left", buffer.len());
        assert!(engine.missing_octets() > 0 || engine.is_closed());
        drain(&mut engine);
    }
    let rest = buffer.to_vec();
    // Whatever happened, it takes requests without a panic, and comes to an end.
    let data = Tsdu { header: Bytes::from_static(b"abc"), user_data: Bytes::new() };
    let _ = engine.request(TransportRequest::Data(data), NOW);
    drain(&mut engine);
    if settings & 64 != 0 {
        while let Some(at) = engine.next_timeout() {
            engine.handle_timeout(at);
        }
    }
    let _ = engine.request(TransportRequest::Disconnect { reason: 1 }, NOW);
    engine.network_closed(None, NOW);
    drain(&mut engine);
    assert!(engine.is_closed() && engine.wants_close());
    for indication in &mut indications {
        if let TransportIndication::Disconnect(Some(error)) = indication {
            // An error shows the octets that were there.
            error.details_mut().octets.clear();
        }
    }
    let over = indications.iter().filter(|i| matches!(i, TransportIndication::Disconnect(_))).count();
    assert!(over <= 1, "{indications:?}");
    Outcome { indications, output, rest, forgiven: engine.forgiven().len() }
}

fuzz_target!(|input: &[u8]| {
    let [settings, seed, octets @ ..] = input else { return };
    let mut rng = Rng::new(u64::from(*seed));
    let mut pieces = Vec::new();
    let mut left = octets;
    while !left.is_empty() {
        let most = *rng.pick(&[1, 4, 16, 1_000]);
        let (piece, after) = left.split_at(left.len().min(1 + rng.below(most)));
        pieces.push(piece);
        left = after;
    }
    let whole = feed(*settings, &[octets]);
    assert_eq!(whole, feed(*settings, &pieces));
    if let Ok(tpdu) = Tpdu::decode(Bytes::copy_from_slice(octets)) {
        assert!(!tpdu.to_string().is_empty());
        assert_eq!(tpdu.encode().expect("what was read can be written"), octets);
    }
});
