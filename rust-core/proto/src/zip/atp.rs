//! As much of the transaction protocol as the three calls need: requests at least once, answered by one packet (Inside AppleTalk ch. 9).
use super::octets::{ATP, Reader};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};

/// Octets of data behind the header.
pub const MAX_DATA: usize = 578;

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// TReq.
    Request,
    /// TResp.
    Response,
    /// TRel.
    Release,
}

/// A packet of ATP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// TReq, TResp or TRel.
    pub function: Function,
    /// XO: to be executed exactly once.
    pub exactly_once: bool,
    /// EOM: the last packet of a response.
    pub end_of_message: bool,
    /// STS: the requester should send its bitmap at once.
    pub send_status: bool,
    /// The timer of a release, 0 to 7.
    pub timer: u8,
    /// The bitmap of a request, the sequence number of a response.
    pub bitmap: u8,
    /// The transaction.
    pub tid: u16,
    /// The user bytes.
    pub user: [u8; 4],
    /// The data, at most 578 octets.
    pub data: Bytes,
}

impl Packet {
    /// A request for one response packet.
    pub fn request(tid: u16, user: [u8; 4]) -> Packet {
        let data = Bytes::new();
        Packet {
            function: Function::Request,
            exactly_once: false,
            end_of_message: false,
            send_status: false,
            timer: 0,
            bitmap: 1,
            tid,
            user,
            data,
        }
    }

    /// A response of one packet.
    pub fn response(tid: u16, user: [u8; 4], data: Bytes) -> Packet {
        let function = Function::Response;
        Packet { function, end_of_message: true, bitmap: 0, data, ..Packet::request(tid, user) }
    }

    /// Reads the data of a datagram of type 3.
    ///
    /// # Errors
    /// `Peer`: not a packet of ATP; with the field and its offset.
    pub fn decode(octets: &Bytes) -> Result<Packet> {
        let mut reader = Reader::new(octets, ATP, "ATP");
        let control = reader.u8("control")?;
        let function = match control >> 6 {
            1 => Function::Request,
            2 => Function::Response,
            3 => Function::Release,
            _ => return Err(reader.fault(0, "control", "no function of ATP")),
        };
        reader.set_pdu(match function {
            Function::Request => "TReq",
            Function::Response => "TResp",
            Function::Release => "TRel",
        });
        let bitmap = reader.u8("bitmap")?;
        if function == Function::Request && bitmap == 0 {
            return Err(reader.fault(1, "bitmap", "a request for no response"));
        }
        if function == Function::Response && bitmap > 7 {
            return Err(reader.fault(1, "sequence number", "a response has at most 8 packets"));
        }
        let tid = reader.u16("transaction")?;
        let user = reader.array("user bytes")?;
        if reader.left() > MAX_DATA {
            return Err(reader.fault(8, "data", "a packet of ATP has at most 578 octets of data"));
        }
        Ok(Packet {
            function,
            exactly_once: control & 0x20 != 0,
            end_of_message: control & 0x10 != 0,
            send_status: control & 0x08 != 0,
            timer: control & 0x07,
            bitmap,
            tid,
            user,
            data: reader.rest(),
        })
    }

    /// Writes the packet.
    ///
    /// # Errors
    /// `Invalid`: more than 578 octets of data, or a timer above 7.
    pub fn encode(&self) -> Result<Bytes> {
        if self.data.len() > MAX_DATA || self.timer > 7 {
            return Err(Error::invalid(
                "a packet of ATP has at most 578 octets of data, and a timer of at most 7",
            )
            .with_clause(ATP.document));
        }
        let function = match self.function {
            Function::Request => 0x40,
            Function::Response => 0x80,
            Function::Release => 0xc0,
        };
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        let control = function
            | bit(self.exactly_once, 0x20)
            | bit(self.end_of_message, 0x10)
            | bit(self.send_status, 0x08)
            | self.timer;
        let mut out = BytesMut::with_capacity(8 + self.data.len());
        out.put_slice(&[control, self.bitmap]);
        out.put_u16(self.tid);
        out.put_slice(&self.user);
        out.put_slice(&self.data);
        Ok(out.freeze())
    }
}
