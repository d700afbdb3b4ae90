//! ISO transport over TCP: TPKT framing and COTP class 0, without a socket.
//!
//! [`Class0`] turns the octets of a TCP stream into the transport service of X.214 that the session machine uses
//! ([`TransportIndication`](crate::x225::port::TransportIndication)), and its requests
//! ([`TransportRequest`](crate::x225::port::TransportRequest)) into octets to write.
//!
//! | module | what it is | source |
//! |---|---|---|
//! | [`tpkt`] | one TPDU per packet, on a stream | RFC 1006 6 |
//! | [`tpdu`] | encoding of TPDUs, classes 0 and 2 | X.224 13, RFC 1006 5, RFC 2126 |
//! | [`class0`] | the engine: establishment, data, expedited data, the end | X.224 6 and 8, RFC 1006 5 |
//!
//! Offsets in errors count octets from 0: from the length indicator in a TPDU, from the version in a TPKT.
//!
//! Two sides, without a network between them:
//!
//! ```
//! use bytes::BytesMut;
//! use osisession_proto::Instant;
//! use osisession_proto::transport::{Class0, Config};
//! use osisession_proto::x225::port::{TransportIndication, TransportRequest};
//!
//! let now = Instant::ZERO;
//! let mut caller = Class0::initiator(Config::default(), 1);
//! let mut callee = Class0::responder(Config::default(), 2);
//! callee.network_connected(now);
//! caller.request(TransportRequest::Connect { expedited: false }, now)?;
//! caller.network_connected(now);
//!
//! let mut wire = BytesMut::new();
//! while let Some(chunk) = caller.poll_output() {
//!     wire.extend_from_slice(&chunk);
//! }
//! callee.received(&mut wire, now);
//! assert_eq!(callee.poll_indication(), Some(TransportIndication::Connect { expedited: false }));
//! # Ok::<(), osisession_proto::Error>(())
//! ```

pub mod class0;
mod negotiation;
mod outbox;
pub mod tpdu;
pub mod tpkt;

#[cfg(test)]
mod tests;

pub use class0::{Class0, Config};
pub use tpdu::Tpdu;
