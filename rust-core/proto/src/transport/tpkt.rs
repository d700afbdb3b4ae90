//! TPKT: one TPDU per packet on a TCP stream (RFC 1006 6).
//!
//! ```text
//! octet 1    03        version
//! octet 2    00        reserved: sent as 0, ignored on receipt
//! octet 3,4  length    of the whole packet with these 4 octets, 7..=65535
//! octet 5..  TPDU
//! ```
//!
//! A bad header leaves no way to find the next one: the connection must be closed.
use crate::error::{Error, Layer, Result};
use bytes::{Buf, Bytes, BytesMut};

/// The only version.
pub const VERSION: u8 = 3;
/// Octets of the header.
pub const HEADER: usize = 4;
/// Octets of the shortest packet: a header and the shortest TPDU of RFC 1006.
pub const MIN: usize = 7;
/// Octets of the longest packet.
pub const MAX: usize = 65_535;
/// Octets of the longest TPDU.
pub const MAX_TPDU: usize = MAX - HEADER;

/// The header of a packet that carries a TPDU of this many octets; `None` if no packet can.
pub fn header(tpdu: usize) -> Option<[u8; HEADER]> {
    let length = u16::try_from(tpdu.checked_add(HEADER)?).ok()?;
    if usize::from(length) < MIN {
        return None;
    }
    let [high, low] = length.to_be_bytes();
    Some([VERSION, 0, high, low])
}

/// Octets of the packet that starts here, header included; `None` while the header is not complete.
///
/// Each octet is judged as soon as it is there, so that a peer that speaks something else is found out early.
///
/// # Errors
/// The version is not 3, or the length is below 7.
pub fn packet_length(octets: &[u8]) -> Result<Option<usize>> {
    match *octets {
        [] => Ok(None),
        [version, ..] if version != VERSION => Err(Error::peer(Layer::Tpkt, foreign(version))
            .with_parameter("version")
            .with_expected("03 hex", format!("{version:02x} hex"))
            .with_offset(0)
            .with_clause("RFC 1006 6")
            .with_octets(octets)),
        [_, _, high, low, ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            if length < MIN {
                return Err(Error::peer(Layer::Tpkt, "TPKT length is too small")
                    .with_parameter("length")
                    .with_expected("7 to 65535 octets", length.to_string())
                    .with_offset(2)
                    .with_clause("RFC 1006 6")
                    .with_octets(octets));
            }
            Ok(Some(length))
        }
        _ => Ok(None),
    }
}

/// Says what the first octet looks like when it is no TPKT: the usual mistakes of configuration.
fn foreign(version: u8) -> &'static str {
    match version {
        0x16 => "TPKT version is not 3 (this looks like TLS on a plain port)",
        0x15 => "TPKT version is not 3 (this looks like a TLS alert: the port wants TLS)",
        b'A'..=b'Z' => "TPKT version is not 3 (this looks like a text protocol)",
        _ => "TPKT version is not 3",
    }
}

/// Takes the TPDU of the first packet, without copying it; `None` while the packet is not complete.
///
/// # Errors
/// The header is bad. Nothing was taken.
pub fn split(octets: &mut BytesMut) -> Result<Option<Bytes>> {
    match packet_length(octets)? {
        Some(length) if length <= octets.len() => {
            let mut packet = octets.split_to(length).freeze();
            packet.advance(HEADER);
            Ok(Some(packet))
        }
        _ => Ok(None),
    }
}
