//! Frames of LocalTalk (Inside AppleTalk ch. 1), and of LocalTalk over UDP: the same behind a sender id.
use crate::error::{Error, Result};
use crate::zip::octets::{LLAP, Reader};
use bytes::{BufMut, Bytes, BytesMut};

/// The multicast group of LocalTalk over UDP.
pub const LTOUDP_GROUP: [u8; 4] = [239, 192, 76, 84];
/// The UDP port of LocalTalk over UDP.
pub const LTOUDP_PORT: u16 = 1954;
/// Octets of the largest data of a frame.
const MAX_DATA: usize = 600;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A datagram with a short header.
    Short,
    /// A datagram with a long header.
    Long,
    /// ENQ: does anybody hold this node id?
    Enquiry,
    /// ACK: yes.
    Acknowledge,
    /// RTS, of the wire only.
    RequestToSend,
    /// CTS, of the wire only.
    ClearToSend,
}

/// A frame without its check sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The node it goes to; 255 is every one.
    pub destination: u8,
    /// The node it comes from.
    pub source: u8,
    /// What it is.
    pub kind: Kind,
    /// The datagram; empty in control frames.
    pub data: Bytes,
}

impl Frame {
    /// A control frame.
    pub fn control(kind: Kind, destination: u8, source: u8) -> Frame {
        Frame { destination, source, kind, data: Bytes::new() }
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// `Peer`: not a frame of LLAP; with the field and its offset.
    pub fn decode(octets: &Bytes) -> Result<Frame> {
        let mut reader = Reader::new(octets, LLAP, "LLAP");
        let (destination, source) = (reader.u8("destination")?, reader.u8("source")?);
        let kind = match reader.u8("type")? {
            0x01 => Kind::Short,
            0x02 => Kind::Long,
            0x81 => Kind::Enquiry,
            0x82 => Kind::Acknowledge,
            0x84 => Kind::RequestToSend,
            0x85 => Kind::ClearToSend,
            other => {
                return Err(reader
                    .fault(2, "type", "no type of LLAP")
                    .with_expected("01, 02, 81, 82, 84 or 85", format!("{other:02x}")));
            }
        };
        match kind {
            Kind::Short | Kind::Long if !(2..=MAX_DATA).contains(&reader.left()) => {
                return Err(reader.fault(3, "data", "a frame has 2 to 600 octets of data"));
            }
            Kind::Short | Kind::Long => {}
            Kind::Enquiry | Kind::Acknowledge | Kind::RequestToSend | Kind::ClearToSend => reader.end()?,
        }
        Ok(Frame { destination, source, kind, data: reader.rest() })
    }

    /// Writes the frame.
    ///
    /// # Errors
    /// `Invalid`: more than 600 octets of data.
    pub fn encode(&self) -> Result<Bytes> {
        if self.data.len() > MAX_DATA {
            return Err(Error::invalid("a frame has at most 600 octets of data").with_clause(LLAP.document));
        }
        let kind = match self.kind {
            Kind::Short => 0x01,
            Kind::Long => 0x02,
            Kind::Enquiry => 0x81,
            Kind::Acknowledge => 0x82,
            Kind::RequestToSend => 0x84,
            Kind::ClearToSend => 0x85,
        };
        let mut out = BytesMut::with_capacity(3 + self.data.len());
        out.put_slice(&[self.destination, self.source, kind]);
        out.put_slice(&self.data);
        Ok(out.freeze())
    }
}

/// Takes the sender id off the payload of a UDP datagram; what is left is a frame.
///
/// # Errors
/// `Peer`: fewer octets than a sender id and a header of LLAP, or more than the largest frame has.
pub fn from_udp(octets: &Bytes) -> Result<(u32, Bytes)> {
    let mut reader = Reader::new(octets, LLAP, "LToUDP");
    if !(7..=4 + 3 + MAX_DATA).contains(&octets.len()) {
        return Err(reader
            .fault(0, "length", "no frame of LocalTalk over UDP")
            .with_expected("7 to 607 octets", format!("{}", octets.len())));
    }
    let sender = u32::from_be_bytes(reader.array("sender")?);
    Ok((sender, reader.rest()))
}

/// Puts a sender id before a frame.
pub fn to_udp(sender: u32, frame: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(4 + frame.len());
    out.put_u32(sender);
    out.put_slice(frame);
    out.freeze()
}
