//! Vectors, hostile octets, and two engines back to back.
use super::tpdu::{Data, Tpdu};
use super::{Class0, Config, tpkt};
use crate::error::{Error, ErrorKind, Layer};
use crate::time::{Duration, Instant};
use crate::x225::port::{TransportIndication, TransportRequest, Tsdu};
use bytes::{Bytes, BytesMut};

mod engine;
mod hostile;
mod leniency;
mod pair;
mod vectors;

const NOW: Instant = Instant::ZERO;

/// A row of the vectors.
struct Vector {
    valid: bool,
    name: &'static str,
    context: &'static str,
    octets: Vec<u8>,
    reaction: &'static str,
}

/// Octets from hexadecimal, in which `{ab*9}` stands for nine times `ab`.
fn hex(text: &str) -> Vec<u8> {
    let plain = |digits: &str| -> Vec<u8> {
        assert!(digits.len().is_multiple_of(2), "odd number of digits in {digits}");
        (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
    };
    let Some((before, rest)) = text.split_once('{') else { return plain(text) };
    let (repeated, after) = rest.split_once('}').unwrap();
    let (unit, times) = repeated.split_once('*').unwrap();
    [plain(before), plain(unit).repeat(times.parse().unwrap()), hex(after)].concat()
}

fn vectors() -> Vec<Vector> {
    let rows: Vec<Vector> = include_str!("../../../../testkit/data/transport/vectors.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .map(|line| {
            let columns: Vec<&'static str> = line.split('\t').collect();
            let octets = hex(columns[3]);
            assert_eq!(octets.len(), columns[4].parse::<usize>().unwrap(), "{}", columns[1]);
            Vector {
                valid: columns[0] == "valid",
                name: columns[1],
                context: columns[2],
                octets,
                reaction: columns[6],
            }
        })
        .collect();
    assert!(rows.len() >= 50, "only {} rows", rows.len());
    rows
}

/// A configuration with a few things changed.
fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

/// What was fed to an engine becomes what it indicates.
fn feed(engine: &mut Class0, octets: &[u8]) {
    engine.received(&mut BytesMut::from(octets), NOW);
}

fn output(engine: &mut Class0) -> Vec<u8> {
    let pieces = std::iter::from_fn(|| engine.poll_output());
    pieces.inspect(|piece| assert!(!piece.is_empty(), "a piece without an octet")).flatten().collect()
}

fn indications(engine: &mut Class0) -> Vec<TransportIndication> {
    std::iter::from_fn(|| engine.poll_indication()).collect()
}

/// TPDUs of a stream.
fn tpdus(stream: &[u8]) -> Vec<Tpdu> {
    let mut stream = BytesMut::from(stream);
    let list =
        std::iter::from_fn(|| tpkt::split(&mut stream).unwrap().map(|t| Tpdu::decode(t).unwrap())).collect();
    assert!(stream.is_empty(), "the stream ends inside a packet");
    list
}

/// A responder that waits for CR.
fn listening(config: Config) -> Class0 {
    let mut engine = Class0::responder(config, 2);
    engine.network_connected(NOW);
    engine
}

/// An initiator that waits for CC.
fn calling(config: Config, reference: u16) -> Class0 {
    let expedited = config.expedited;
    let mut engine = Class0::initiator(config, reference);
    engine.request(TransportRequest::Connect { expedited }, NOW).unwrap();
    engine.network_connected(NOW);
    assert!(!output(&mut engine).is_empty());
    engine
}

/// An engine in data transfer; with the expedited flow if the configuration allows it.
fn open(config: Config) -> Class0 {
    let expedited = config.expedited;
    let mut engine = listening(config);
    feed(&mut engine, &hex("0300000e09e00000000100c60101"));
    assert_eq!(indications(&mut engine), [TransportIndication::Connect { expedited }]);
    engine.request(TransportRequest::ConnectResponse { expedited }, NOW).unwrap();
    output(&mut engine);
    assert!(engine.is_open());
    engine
}

/// The error of the T-DISCONNECT indication, which must be the last thing.
#[track_caller]
fn disconnected(engine: &mut Class0) -> Option<Error> {
    let mut list = indications(engine);
    assert!(engine.is_closed());
    match list.pop() {
        Some(TransportIndication::Disconnect(error)) => error,
        other => panic!("no T-DISCONNECT indication but {other:?}"),
    }
}

#[track_caller]
fn failed(engine: &mut Class0) -> Error {
    disconnected(engine).expect("an error")
}

fn data(octets: impl Into<Bytes>) -> TransportRequest {
    TransportRequest::Data(Tsdu { header: octets.into(), user_data: Bytes::new() })
}
