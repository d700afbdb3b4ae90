//! Frames of EtherTalk phase 2 (Inside AppleTalk ch. 3) and the packets of AARP in them (ch. 2).
use crate::error::{Error, Result};
use crate::zip::address::{Mac, NodeAddress};
use crate::zip::octets::{AARP, ELAP, Reader};
use bytes::{BufMut, Bytes, BytesMut};

/// Octets that the shortest frame is padded to.
const MIN_FRAME: usize = 60;
/// Octets of an 802.3 frame behind its length.
const MAX_LENGTH: usize = 1500;
/// 802.2 and SNAP before a datagram.
const SNAP_DDP: [u8; 8] = [0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b];
/// 802.2 and SNAP before a packet of AARP.
const SNAP_AARP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 0x80, 0xf3];

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A datagram with a long header.
    Ddp,
    /// A packet of AARP.
    Aarp,
}

/// An Ethernet frame without its check sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The station or group it goes to.
    pub destination: Mac,
    /// The station it comes from.
    pub source: Mac,
    /// What it carries.
    pub protocol: Protocol,
    /// The packet, without the pad.
    pub data: Bytes,
}

impl Frame {
    /// Reads a frame.
    ///
    /// # Errors
    /// `Peer`: not a frame of EtherTalk phase 2; with the field and its offset.
    pub fn decode(octets: &Bytes) -> Result<Frame> {
        let mut reader = Reader::new(octets, ELAP, "EtherTalk");
        let (destination, source) = (Mac(reader.array("destination")?), Mac(reader.array("source")?));
        let length = usize::from(reader.u16("length")?);
        if length > MAX_LENGTH {
            return Err(reader.fault(12, "length", "an Ethernet II frame, not one of phase 2"));
        }
        if length < SNAP_DDP.len() || length > reader.left() {
            let found = format!("{}", reader.left());
            return Err(reader
                .fault(12, "length", "the length is not that of the frame")
                .with_expected(format!("{length} octets"), found));
        }
        let protocol = match reader.array("SNAP")? {
            SNAP_DDP => Protocol::Ddp,
            SNAP_AARP => Protocol::Aarp,
            _ => return Err(reader.fault(14, "SNAP", "not a protocol of AppleTalk")),
        };
        let data = reader.take(length - SNAP_DDP.len(), "data")?;
        Ok(Frame { destination, source, protocol, data })
    }

    /// Writes the frame, padded to 60 octets.
    ///
    /// # Errors
    /// `Invalid`: more data than a frame takes.
    pub fn encode(&self) -> Result<Bytes> {
        let length = SNAP_DDP.len() + self.data.len();
        if length > MAX_LENGTH {
            return Err(Error::invalid("a frame has at most 1,492 octets of data").with_clause(ELAP.document));
        }
        let mut out = BytesMut::with_capacity(MIN_FRAME.max(14 + length));
        out.put_slice(&self.destination.0);
        out.put_slice(&self.source.0);
        out.put_u16(length as u16);
        out.put_slice(match self.protocol {
            Protocol::Ddp => &SNAP_DDP,
            Protocol::Aarp => &SNAP_AARP,
        });
        out.put_slice(&self.data);
        if out.len() < MIN_FRAME {
            out.put_bytes(0, MIN_FRAME - out.len());
        }
        Ok(out.freeze())
    }
}

/// What a packet of AARP is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AarpFunction {
    /// Which station has this address?
    Request,
    /// This one.
    Response,
    /// Does anybody have the address that I want?
    Probe,
}

/// A packet of AARP for Ethernet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aarp {
    /// What it is.
    pub function: AarpFunction,
    /// The sender's station.
    pub source_mac: Mac,
    /// The sender's address; the one it wants, in a probe.
    pub source: NodeAddress,
    /// The station it is for; 0 in requests and probes.
    pub destination_mac: Mac,
    /// The address asked for; the one the sender wants, in a probe.
    pub destination: NodeAddress,
}

impl Aarp {
    /// Reads a packet.
    ///
    /// # Errors
    /// `Peer`: not AARP for AppleTalk on Ethernet; with the field and its offset.
    pub fn decode(octets: &Bytes) -> Result<Aarp> {
        let mut reader = Reader::new(octets, AARP, "AARP");
        if reader.array("hardware and protocol")? != [0, 1, 0x80, 0x9b, 6, 4] {
            return Err(reader.fault(0, "hardware and protocol", "not AppleTalk on Ethernet"));
        }
        let function = match reader.u16("function")? {
            1 => AarpFunction::Request,
            2 => AarpFunction::Response,
            3 => AarpFunction::Probe,
            other => {
                return Err(reader
                    .fault(6, "function", "no function of AARP")
                    .with_expected("1, 2 or 3", format!("{other}")));
            }
        };
        let source_mac = Mac(reader.array("source hardware address")?);
        let source = address(&mut reader, "source address")?;
        let destination_mac = Mac(reader.array("destination hardware address")?);
        let destination = address(&mut reader, "destination address")?;
        reader.end()?;
        Ok(Aarp { function, source_mac, source, destination_mac, destination })
    }

    /// Writes the packet.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(28);
        out.put_slice(&[0, 1, 0x80, 0x9b, 6, 4]);
        out.put_u16(match self.function {
            AarpFunction::Request => 1,
            AarpFunction::Response => 2,
            AarpFunction::Probe => 3,
        });
        out.put_slice(&self.source_mac.0);
        put_address(&mut out, self.source);
        out.put_slice(&self.destination_mac.0);
        put_address(&mut out, self.destination);
        out.freeze()
    }
}

fn address(reader: &mut Reader<'_>, field: &'static str) -> Result<NodeAddress> {
    let at = reader.at();
    if reader.u8(field)? != 0 {
        return Err(reader.fault(at, field, "an octet that has to be 0"));
    }
    Ok(NodeAddress { network: reader.u16(field)?, node: reader.u8(field)? })
}

fn put_address(out: &mut BytesMut, address: NodeAddress) {
    out.put_u8(0);
    out.put_u16(address.network);
    out.put_u8(address.node);
}
