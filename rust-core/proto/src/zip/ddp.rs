//! Datagrams: long and short headers, and the checksum (Inside AppleTalk ch. 4).
use super::address::{Address, NodeAddress};
use super::name::checksum;
use super::octets::{DDP, Reader};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};

/// Octets of data that a datagram carries.
pub const MAX_DATA: usize = 586;
/// Octets of the long header.
pub const LONG_HEADER: usize = 13;
/// Octets of the short header.
pub const SHORT_HEADER: usize = 5;
/// The hop count that no router passes on to another router.
pub const MAX_HOPS: u8 = 15;
/// Where the checked part of a datagram with a long header begins: behind the checksum, so that routers can change the hop count.
const CHECKED_FROM: usize = 4;

/// The header that a datagram came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// 5 octets; the nodes stand in the header of the link, both on the same network.
    Short,
    /// 13 octets.
    Long {
        /// True if the datagram has a checksum.
        checksum: bool,
    },
}

/// A datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The header.
    pub header: Header,
    /// Where it goes. With a short header its network is 0.
    pub destination: Address,
    /// Where it comes from. With a short header its network is 0.
    pub source: Address,
    /// What it carries: [`ddp_type`](super::address::ddp_type).
    pub kind: u8,
    /// Routers that it has passed, 0 to 15.
    pub hops: u8,
    /// The data, at most 586 octets.
    pub data: Bytes,
}

impl Datagram {
    /// A datagram with a long header and a checksum that has not passed a router.
    pub fn new(destination: Address, source: Address, kind: u8, data: Bytes) -> Datagram {
        Datagram { header: Header::Long { checksum: true }, destination, source, kind, hops: 0, data }
    }

    /// Reads a datagram with a short header; `destination` and `source` are the nodes of the frame.
    ///
    /// # Errors
    /// `Peer`: not a whole datagram; with the field and its offset.
    pub fn decode_short(destination: u8, source: u8, octets: &Bytes) -> Result<Datagram> {
        let mut reader = Reader::new(octets, DDP, "DDP short");
        let length = reader.u16("length")?;
        if length & 0xfc00 != 0 {
            return Err(reader.fault(0, "length", "bits above the length are set"));
        }
        measure(&reader, length, octets.len(), SHORT_HEADER)?;
        let (to, from, kind) =
            (reader.u8("destination socket")?, reader.u8("source socket")?, reader.u8("type")?);
        let data = reader.rest();
        let destination = Address::new(0, destination, to);
        let source = Address::new(0, source, from);
        Ok(Datagram { header: Header::Short, destination, source, kind, hops: 0, data })
    }

    /// Reads a datagram with a long header and checks its checksum.
    ///
    /// # Errors
    /// `Peer`: not a whole datagram, or not the octets that were sent; with the field and its offset.
    pub fn decode_long(octets: &Bytes) -> Result<Datagram> {
        let mut reader = Reader::new(octets, DDP, "DDP long");
        let first = reader.u16("length")?;
        if first & 0xc000 != 0 {
            return Err(reader.fault(0, "hop count", "bits above the hop count are set"));
        }
        let hops = (first >> 10 & 0x0f) as u8;
        measure(&reader, first & 0x03ff, octets.len(), LONG_HEADER)?;
        let sum = reader.u16("checksum")?;
        let (to, from) = (reader.u16("destination network")?, reader.u16("source network")?);
        let (to_node, from_node) = (reader.u8("destination node")?, reader.u8("source node")?);
        let (to_socket, from_socket) = (reader.u8("destination socket")?, reader.u8("source socket")?);
        let kind = reader.u8("type")?;
        let computed = checksum(octets.get(CHECKED_FROM..).unwrap_or_default());
        if sum != 0 && sum != computed {
            return Err(reader
                .fault(2, "checksum", "the checksum is wrong")
                .with_expected(format!("{computed:04x}"), format!("{sum:04x}")));
        }
        let destination = Address::new(to, to_node, to_socket);
        let source = Address::new(from, from_node, from_socket);
        let header = Header::Long { checksum: sum != 0 };
        Ok(Datagram { header, destination, source, kind, hops, data: reader.rest() })
    }

    /// Writes the datagram with its header.
    ///
    /// # Errors
    /// `Invalid`: more than 586 octets of data, or a hop count above 15.
    pub fn encode(&self) -> Result<Bytes> {
        if self.data.len() > MAX_DATA {
            return Err(Error::invalid("a datagram has at most 586 octets of data")
                .with_clause(DDP.document)
                .with_expected("at most 586", format!("{}", self.data.len())));
        }
        if self.hops > MAX_HOPS {
            return Err(Error::invalid("a hop count is at most 15").with_clause(DDP.document));
        }
        let mut out = BytesMut::with_capacity(LONG_HEADER + self.data.len());
        match self.header {
            Header::Short => {
                out.put_u16((SHORT_HEADER + self.data.len()) as u16);
                out.put_slice(&[self.destination.socket, self.source.socket, self.kind]);
                out.put_slice(&self.data);
            }
            Header::Long { checksum: wanted } => {
                out.put_u16(u16::from(self.hops) << 10 | (LONG_HEADER + self.data.len()) as u16);
                out.put_u16(0);
                out.put_u16(self.destination.network);
                out.put_u16(self.source.network);
                out.put_slice(&[self.destination.node, self.source.node]);
                out.put_slice(&[self.destination.socket, self.source.socket, self.kind]);
                out.put_slice(&self.data);
                if wanted {
                    let sum = checksum(out.get(CHECKED_FROM..).unwrap_or_default()).to_be_bytes();
                    if let Some(place) = out.get_mut(2..4) {
                        place.copy_from_slice(&sum);
                    }
                }
            }
        }
        Ok(out.freeze())
    }

    /// The node that it comes from.
    pub fn from(&self) -> NodeAddress {
        self.source.at()
    }
}

fn measure(reader: &Reader<'_>, length: u16, found: usize, header: usize) -> Result<()> {
    let length = usize::from(length);
    if length != found || length < header {
        return Err(reader
            .fault(0, "length", "the length is not that of the datagram")
            .with_expected(format!("{length} octets"), format!("{found}")));
    }
    if length > header + MAX_DATA {
        return Err(reader
            .fault(0, "length", "a datagram has at most 586 octets of data")
            .with_expected("at most 586", format!("{}", length - header)));
    }
    Ok(())
}
