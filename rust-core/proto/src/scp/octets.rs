//! Reading fields: each one is compared with what is left before it is used.
use crate::error::{Error, Layer, Result};
use bytes::{BufMut, Bytes, BytesMut};

/// Where a codec's faults belong: their layer, and the document that defines the message.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub(super) layer: Layer,
    pub(super) document: &'static str,
}

/// Session control.
pub(super) const SESSION_CONTROL: Source =
    Source { layer: Layer::Session, document: "DNA Session Control 1.0.0" };
/// Network services protocol.
pub(super) const NSP: Source = Source { layer: Layer::Transport, document: "DNA NSP 4.0.1" };
/// Routing layer.
pub(super) const ROUTING: Source = Source { layer: Layer::Network, document: "DNA Routing 2.0.0" };

/// A cursor over one message. It keeps what an error has to say: the message, the field, the offset.
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

    /// Names the message, once its first octet has told.
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
    }

    /// The next octets, as many as asked for.
    pub(super) fn take(&mut self, count: usize, field: &'static str) -> Result<Bytes> {
        if self.left() < count {
            let found = format!("{}", self.left());
            return Err(self
                .fault(self.at, field, "the message ends inside a field")
                .with_expected(format!("{count} octets"), found));
        }
        let from = self.at;
        self.at += count;
        Ok(self.octets.slice(from..self.at))
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8> {
        let octets = self.take(1, field)?;
        Ok(octets.first().copied().unwrap_or_default())
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16> {
        let octets = self.take(2, field)?;
        match octets[..] {
            [low, high] => Ok(u16::from_le_bytes([low, high])),
            _ => Err(self.fault(self.at, field, "two octets expected")),
        }
    }

    /// The next two octets without taking them.
    pub(super) fn peek_u16(&self) -> Option<u16> {
        match self.octets.get(self.at..self.at.checked_add(2)?)? {
            [low, high] => Some(u16::from_le_bytes([*low, *high])),
            _ => None,
        }
    }

    /// An image field "I-n": one length octet of at most `max`, then as many octets. `too_long` is the reason code that
    /// an error carries if the length is above `max`.
    pub(super) fn image(&mut self, max: usize, field: &'static str, too_long: Option<u32>) -> Result<Bytes> {
        let at = self.at;
        let length = usize::from(self.u8(field)?);
        if length > max {
            let error = self
                .fault(at, field, "an image field is too long")
                .with_expected(format!("at most {max} octets"), format!("{length}"));
            return Err(match too_long {
                Some(reason) => error.with_reason(reason),
                None => error,
            });
        }
        self.take(length, field)
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> Bytes {
        let from = self.at;
        self.at = self.octets.len();
        self.octets.slice(from..)
    }
}

/// Writes an image field after comparing its length; the caller's mistake if it is too long.
pub(super) fn put_image(out: &mut BytesMut, octets: &[u8], max: usize, field: &'static str) -> Result<()> {
    match u8::try_from(octets.len()) {
        Ok(length) if octets.len() <= max => {
            out.put_u8(length);
            out.put_slice(octets);
            Ok(())
        }
        _ => Err(Error::invalid(format!("{field} has at most {max} octets"))
            .with_parameter(field)
            .with_expected(format!("at most {max} octets"), format!("{}", octets.len()))),
    }
}
