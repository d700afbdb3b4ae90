//! What the tests of hostile peers share.
use osisession::*;
use std::time::{Duration, Instant};

/// Long enough that only a fault reaches it.
pub(crate) const LONG: Option<Duration> = Some(Duration::from_secs(30));

/// CR without selectors, as any stack may send it.
pub(crate) const CR: &[u8] = b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00";

/// CONNECT: version 2, duplex (X.225 8.3.1).
pub(crate) const CN: &[u8] = b"\x0d\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02";

/// TPKT and DT around a TSDU that fits one.
pub(crate) fn dt(tsdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(7 + tsdu.len()).expect("it fits a TPKT");
    let mut octets = vec![3, 0];
    octets.extend_from_slice(&length.to_be_bytes());
    octets.extend_from_slice(&[2, 0xf0, 0x80]);
    octets.extend_from_slice(tsdu);
    octets
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(EndpointConfig::default()).expect("an endpoint")
}

/// An endpoint with a background thread.
pub(crate) fn started() -> Endpoint {
    let endpoint = endpoint();
    endpoint.start().expect("a thread");
    endpoint
}

/// Waits until something is the case.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < end, "it did not happen: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Drives all of them until something is the case.
pub(crate) fn drive(what: &str, endpoints: &[&Endpoint], mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < end, "it did not happen: {what}");
        for endpoint in endpoints {
            endpoint.dispatch(Some(Duration::from_millis(1))).expect("dispatched");
        }
    }
}
