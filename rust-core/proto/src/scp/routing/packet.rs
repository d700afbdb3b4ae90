//! Data packets of the routing layer, short and long, and padding (DNA Routing 2.0.0, packet formats).
use super::super::address::NodeAddress;
use super::super::octets::{ROUTING, Reader};
use crate::error::Result;
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Octets of a short header.
pub const SHORT_HEADER: usize = 6;
/// Octets of a long header.
pub const LONG_HEADER: usize = 21;

const SHORT: u8 = 0b010;
const LONG: u8 = 0b110;
const RETURN_REQUESTED: u8 = 0x08;
const RETURNED: u8 = 0x10;
const INTRA_ETHERNET: u8 = 0x20;
const RESERVED: u8 = 0x40;

/// A data packet: a message of NSP on its way between two nodes.
#[derive(Clone, PartialEq, Eq)]
pub struct DataPacket {
    /// Where it goes.
    pub destination: NodeAddress,
    /// Where it comes from. In a returned packet: the node that could not be reached.
    pub source: NodeAddress,
    /// RQR: send it back if it cannot be delivered.
    pub return_requested: bool,
    /// RTS: it is being sent back.
    pub returned: bool,
    /// Nodes that it passed, 0 to 63.
    pub visits: u8,
    /// The message of NSP.
    pub payload: Bytes,
}

impl core::fmt::Debug for DataPacket {
    /// Without the payload, which may hold a password.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} -> {}, {} octets", self.source, self.destination, self.payload.len())
    }
}

/// Takes the padding off a packet: if bit 7 of the first octet is set, the other bits say how many octets to skip, this one
/// included. One level only.
///
/// # Errors
/// `Peer`: the padding has no length, reaches the end, or is followed by padding again.
pub fn strip_padding(packet: &Bytes) -> Result<Bytes> {
    let reader = Reader::new(packet, ROUTING, "padding");
    let Some(&first) = packet.first() else {
        return Err(reader.fault(0, "FLAGS", "an empty packet"));
    };
    if first & 0x80 == 0 {
        return Ok(packet.clone());
    }
    let length = usize::from(first & 0x7f);
    match packet.get(length) {
        _ if length == 0 => Err(reader.fault(0, "padding", "padding without a length")),
        None => Err(reader.fault(0, "padding", "nothing but padding")),
        Some(next) if next & 0x80 != 0 => Err(reader.fault(length, "padding", "padding behind padding")),
        Some(_) => Ok(packet.slice(length..)),
    }
}

impl DataPacket {
    /// Reads a data packet, short or long, without padding.
    ///
    /// # Errors
    /// `Peer`: a reserved flag, a node address that cannot be, or the end before the end of the header.
    pub fn decode(packet: &Bytes) -> Result<DataPacket> {
        let mut reader = Reader::new(packet, ROUTING, "data packet");
        let flags = reader.u8("FLAGS")?;
        if flags & RESERVED != 0 {
            return Err(reader.fault(0, "FLAGS", "a reserved bit is set"));
        }
        let (destination, source, visits) = match flags & 7 {
            SHORT => {
                let destination = node(&mut reader, "DSTNODE")?;
                let source = node(&mut reader, "SRCNODE")?;
                (destination, source, reader.u8("FORWARD")?)
            }
            LONG => {
                reader.take(2, "D-AREA")?;
                let destination = station(&mut reader, "D-ID")?;
                reader.take(2, "S-AREA")?;
                let source = station(&mut reader, "S-ID")?;
                reader.u8("NL2")?;
                let visits = reader.u8("VISIT-CT")?;
                reader.take(2, "S-CLASS")?;
                (destination, source, visits)
            }
            _ => return Err(reader.fault(0, "FLAGS", "neither a short nor a long data packet")),
        };
        Ok(DataPacket {
            destination,
            source,
            return_requested: flags & RETURN_REQUESTED != 0,
            returned: flags & RETURNED != 0,
            visits: visits & 0x3f,
            payload: reader.rest(),
        })
    }

    fn flags(&self) -> u8 {
        (if self.return_requested { RETURN_REQUESTED } else { 0 })
            | (if self.returned { RETURNED } else { 0 })
    }

    /// Appends the short form, for circuits from point to point.
    pub fn encode_short(&self, out: &mut BytesMut) {
        out.put_u8(SHORT | self.flags());
        out.put_u16_le(self.destination.bits());
        out.put_u16_le(self.source.bits());
        out.put_u8(self.visits & 0x3f);
        out.put_slice(&self.payload);
    }

    /// Appends the long form, for Ethernets.
    pub fn encode_long(&self, out: &mut BytesMut) {
        out.put_u8(LONG | INTRA_ETHERNET | self.flags());
        out.put_u16_le(0);
        out.put_slice(&self.destination.station());
        out.put_u16_le(0);
        out.put_slice(&self.source.station());
        out.put_slice(&[0, self.visits & 0x3f, 0, 0]);
        out.put_slice(&self.payload);
    }
}

/// A node address that may not be 0.
pub(super) fn node(reader: &mut Reader<'_>, field: &'static str) -> Result<NodeAddress> {
    let at = reader.at();
    let bits = reader.u16(field)?;
    NodeAddress::from_bits(bits).ok_or_else(|| {
        reader
            .fault(at, field, "not the address of a node")
            .with_expected("area.node", format!("{}.{}", bits >> 10, bits & 1023))
    })
}

/// A station address of the form AA-00-04-00-LL-HH.
pub(super) fn station(reader: &mut Reader<'_>, field: &'static str) -> Result<NodeAddress> {
    let at = reader.at();
    let mut octets = reader.take(6, field)?;
    let mut id = [0; 6];
    octets.copy_to_slice(&mut id);
    NodeAddress::from_station(id).ok_or_else(|| reader.fault(at, field, "not the station address of a node"))
}
