//! Ethernet frames of DECnet: type 60-03, with a length of their own (DNA Routing 2.0.0, broadcast circuits).
use super::octets::{ROUTING, Reader};
use crate::error::Result;
use bytes::{BufMut, Bytes, BytesMut};

/// All routers: end nodes send their hello here.
pub const ALL_ROUTERS: [u8; 6] = [0xab, 0x00, 0x00, 0x03, 0x00, 0x00];
/// All end nodes: the designated router's hello.
pub const ALL_END_NODES: [u8; 6] = [0xab, 0x00, 0x00, 0x04, 0x00, 0x00];
/// The shortest frame, without its check sequence; shorter ones are padded.
pub const MIN_FRAME: usize = 60;
/// The longest packet of the routing layer in a frame.
pub const MAX_PACKET: usize = 1_498;

const TYPE: u16 = 0x6003;
const HEADER: usize = 16;

/// A frame.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Where it goes.
    pub destination: [u8; 6],
    /// Where it comes from.
    pub source: [u8; 6],
    /// The packet of the routing layer, without the padding of the frame.
    pub packet: Bytes,
}

impl core::fmt::Debug for Frame {
    /// Without the packet, which may hold a password.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:02x?} -> {:02x?}, {} octets", self.source, self.destination, self.packet.len())
    }
}

impl Frame {
    /// Reads a frame; `None` if it is of another protocol.
    ///
    /// # Errors
    /// `Peer`: the length reaches past the frame's end, or is above 1498.
    pub fn decode(frame: &Bytes) -> Result<Option<Frame>> {
        let mut reader = Reader::new(frame, ROUTING, "frame");
        let destination = station(&reader.take(6, "destination")?);
        let source = station(&reader.take(6, "source")?);
        if reader.u16("type")?.swap_bytes() != TYPE {
            return Ok(None);
        }
        let at = reader.at();
        let length = usize::from(reader.u16("length")?);
        if length == 0 || length > MAX_PACKET {
            return Err(reader
                .fault(at, "length", "a packet of impossible length")
                .with_expected(format!("1 to {MAX_PACKET}"), format!("{length}")));
        }
        Ok(Some(Frame { destination, source, packet: reader.take(length, "packet")? }))
    }

    /// The octets of the frame, padded, without a check sequence; `None` if the packet is longer than 1498 octets.
    pub fn encode(&self) -> Option<Bytes> {
        let length = u16::try_from(self.packet.len()).ok().filter(|_| self.packet.len() <= MAX_PACKET)?;
        let mut out = BytesMut::with_capacity((HEADER + self.packet.len()).max(MIN_FRAME));
        out.put_slice(&self.destination);
        out.put_slice(&self.source);
        out.put_u16(TYPE);
        out.put_u16_le(length);
        out.put_slice(&self.packet);
        if out.len() < MIN_FRAME {
            out.put_bytes(0, MIN_FRAME - out.len());
        }
        Some(out.freeze())
    }
}

fn station(octets: &[u8]) -> [u8; 6] {
    let mut station = [0; 6];
    for (to, from) in station.iter_mut().zip(octets) {
        *to = *from;
    }
    station
}
