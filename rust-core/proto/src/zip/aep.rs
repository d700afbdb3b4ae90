//! Echo (Inside AppleTalk ch. 6).
use super::octets::{AEP, Reader};
use crate::error::Result;
use bytes::{BufMut, Bytes, BytesMut};

/// Octets of data behind the function.
pub const MAX_DATA: usize = 585;

/// A packet of AEP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// True for a reply.
    pub reply: bool,
    /// The data, returned as they came.
    pub data: Bytes,
}

impl Echo {
    /// Reads the data of a datagram of type 4.
    ///
    /// # Errors
    /// `Peer`: neither a request nor a reply.
    pub fn decode(octets: &Bytes) -> Result<Echo> {
        let mut reader = Reader::new(octets, AEP, "AEP");
        let reply = match reader.u8("function")? {
            1 => false,
            2 => true,
            other => {
                return Err(reader
                    .fault(0, "function", "no function of AEP")
                    .with_expected("1 or 2", format!("{other}")));
            }
        };
        Ok(Echo { reply, data: reader.rest() })
    }

    /// Writes the packet.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(1 + self.data.len());
        out.put_u8(if self.reply { 2 } else { 1 });
        out.put_slice(&self.data);
        out.freeze()
    }
}
