//! Multinet circuits: routing packets over TCP or UDP, framing only.
//!
//! Four octets go before each packet. Over TCP: its length, little endian, and two octets 0. Over UDP: a sequence number that
//! receivers ignore, and two octets 0. The port is 700 for both, unless agreed otherwise. Over UDP there is no sign of a peer's
//! start: see [`Circuit`](super::routing::Circuit) for what that needs.
use super::octets::{ROUTING, Reader};
use crate::error::Result;
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Octets before each packet.
pub const HEADER: usize = 4;
/// The port of Multinet circuits, TCP and UDP.
pub const PORT: u16 = 700;
/// The longest packet that is taken from a stream, unless configured: an Ethernet's worth.
pub const MAX_PACKET: usize = 1_600;

/// Frames a packet for TCP. `None` if it is longer than the length field can say.
pub fn frame_tcp(packet: &[u8]) -> Option<Bytes> {
    let length = u16::try_from(packet.len()).ok()?;
    let mut out = BytesMut::with_capacity(HEADER + packet.len());
    out.put_u16_le(length);
    out.put_u16_le(0);
    out.put_slice(packet);
    Some(out.freeze())
}

/// Takes the next packet from the front of a stream; `None` while it is not complete. Packets of length 0 are skipped.
///
/// # Errors
/// `Peer`: a length above `max`. The stream cannot be followed any more.
pub fn deframe_tcp(stream: &mut BytesMut, max: usize) -> Result<Option<Bytes>> {
    loop {
        let [low, high, _, _, ..] = stream[..] else { return Ok(None) };
        let length = usize::from(u16::from_le_bytes([low, high]));
        if length > max {
            let head = stream.split().freeze();
            return Err(Reader::new(&head, ROUTING, "Multinet")
                .fault(0, "length", "a packet is longer than this circuit takes")
                .with_expected(format!("at most {max} octets"), format!("{length}")));
        }
        if stream.len() < HEADER + length {
            return Ok(None);
        }
        stream.advance(HEADER);
        let packet = stream.split_to(length).freeze();
        if !packet.is_empty() {
            return Ok(Some(packet));
        }
    }
}

/// Frames a packet for UDP with its sequence number.
pub fn frame_udp(sequence: u16, packet: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(HEADER + packet.len());
    out.put_u16_le(sequence);
    out.put_u16_le(0);
    out.put_slice(packet);
    out.freeze()
}

/// The packet of a datagram; `None` if it holds none.
pub fn deframe_udp(datagram: &Bytes) -> Option<Bytes> {
    (datagram.len() > HEADER).then(|| datagram.slice(HEADER..))
}
