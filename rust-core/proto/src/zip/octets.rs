//! Reading fields: each one is compared with what is left before it is used. AppleTalk is big-endian throughout.
use super::name::{MAX_NAME, Name, ZoneName};
use crate::error::{Error, Layer, Result};
use bytes::{BufMut, Bytes, BytesMut};

/// Where a codec's faults belong: their layer, and the chapter that defines the packet.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub(super) layer: Layer,
    pub(super) document: &'static str,
}

/// Zone information protocol.
pub(super) const ZIP: Source = Source { layer: Layer::Session, document: "Inside AppleTalk ch. 8" };
/// Name binding protocol.
pub(super) const NBP: Source = Source { layer: Layer::Session, document: "Inside AppleTalk ch. 7" };
/// AppleTalk transaction protocol.
pub(super) const ATP: Source = Source { layer: Layer::Transport, document: "Inside AppleTalk ch. 9" };
/// Routing table maintenance protocol.
pub(super) const RTMP: Source = Source { layer: Layer::Network, document: "Inside AppleTalk ch. 5" };
/// AppleTalk echo protocol.
pub(super) const AEP: Source = Source { layer: Layer::Transport, document: "Inside AppleTalk ch. 6" };
/// Datagram delivery protocol.
pub(super) const DDP: Source = Source { layer: Layer::Network, document: "Inside AppleTalk ch. 4" };
/// EtherTalk link access protocol.
pub(super) const ELAP: Source = Source { layer: Layer::Network, document: "Inside AppleTalk ch. 3" };
/// AppleTalk address resolution protocol.
pub(super) const AARP: Source = Source { layer: Layer::Network, document: "Inside AppleTalk ch. 2" };
/// LocalTalk link access protocol.
pub(super) const LLAP: Source = Source { layer: Layer::Network, document: "Inside AppleTalk ch. 1" };

/// A cursor over one packet. It keeps what an error has to say: the packet, the field, the offset.
pub(super) struct Reader<'a> {
    octets: &'a Bytes,
    at: usize,
    source: Source,
    pdu: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(octets: &'a Bytes, source: Source, pdu: &'static str) -> Reader<'a> {
        Reader { octets, at: 0, source, pdu }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Names the packet, once its first octet has told.
    pub(super) fn set_pdu(&mut self, pdu: &'static str) {
        self.pdu = pdu;
    }

    pub(super) fn left(&self) -> usize {
        self.octets.len() - self.at
    }

    /// A fault at an offset.
    pub(super) fn fault(&self, at: usize, field: &'static str, text: impl Into<String>) -> Error {
        Error::peer(self.source.layer, text.into())
            .with_pdu(self.pdu)
            .with_parameter(field)
            .with_offset(at)
            .with_clause(self.source.document)
            .with_octets(self.octets)
    }

    /// The next octets, as many as asked for.
    pub(super) fn take(&mut self, count: usize, field: &'static str) -> Result<Bytes> {
        if self.left() < count {
            let found = format!("{}", self.left());
            return Err(self
                .fault(self.at, field, "the packet ends inside a field")
                .with_expected(format!("{count} octets"), found));
        }
        let from = self.at;
        self.at += count;
        Ok(self.octets.slice(from..self.at))
    }

    pub(super) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N]> {
        let at = self.at;
        let octets = self.take(N, field)?;
        <[u8; N]>::try_from(&octets[..]).map_err(|_| self.fault(at, field, "the packet ends inside a field"))
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8> {
        let [octet] = self.array(field)?;
        Ok(octet)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array(field)?))
    }

    /// A name with its length before it: 0 to 32 octets.
    pub(super) fn name(&mut self, field: &'static str) -> Result<Name> {
        let at = self.at;
        let length = usize::from(self.u8(field)?);
        if length > MAX_NAME {
            return Err(self
                .fault(at, field, "a name is too long")
                .with_expected("at most 32 octets", format!("{length}")));
        }
        let octets = self.take(length, field)?;
        Name::new(&octets).map_err(|_| self.fault(at, field, "a name is too long"))
    }

    /// A zone name with its length before it: 1 to 32 octets, and not `*`.
    pub(super) fn zone(&mut self, field: &'static str) -> Result<ZoneName> {
        let at = self.at;
        let name = self.name(field)?;
        ZoneName::from_name(name).map_err(|error| self.fault(at, field, error.details().text.to_string()))
    }

    /// Refuses anything that is left.
    pub(super) fn end(&self) -> Result<()> {
        if self.left() == 0 {
            return Ok(());
        }
        Err(self.fault(self.at, "data", "octets behind the last field"))
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> Bytes {
        let from = self.at;
        self.at = self.octets.len();
        self.octets.slice(from..)
    }
}

/// Writes a name with its length before it.
pub(super) fn put_name(out: &mut BytesMut, name: &Name) {
    out.put_u8(name.len() as u8);
    out.put_slice(name.octets());
}
