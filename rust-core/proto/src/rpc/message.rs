//! What goes over the session: the header of each message (`docs/rpc.md`, section 2), and what both sides say when they connect
//! (section 3). Numbers are big-endian.
use crate::error::{Error, Layer, Result};
use bitflags::bitflags;
use bytes::Bytes;

/// Names an association: 16 octets that the initiator draws at random, once.
pub type AssociationId = [u8; 16];

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A request that wants a response.
    Request = 1,
    /// The response.
    Response = 2,
    /// The answer to a request that could not be carried out; the code says why.
    Error = 3,
    /// The caller does not wait any more.
    Cancel = 4,
    /// A request without response.
    OneWay = 5,
    /// All requests below this identifier are settled: what is kept for them may go.
    Acknowledge = 6,
}

impl Kind {
    const fn from_octet(octet: u8) -> Option<Kind> {
        Some(match octet {
            1 => Kind::Request,
            2 => Kind::Response,
            3 => Kind::Error,
            4 => Kind::Cancel,
            5 => Kind::OneWay,
            6 => Kind::Acknowledge,
            _ => return None,
        })
    }
}

bitflags! {
    /// Flags of a message; reserved bits are zero.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct Flags: u8 {
        /// A request that may have been sent before.
        const REPEATED = 0x01;
        /// A request that may be carried out twice: its response need not be kept.
        const IDEMPOTENT = 0x02;
    }
}

/// Codes of [`Kind::Error`]. From [`code::APPLICATION`] on they are the application's own.
pub mod code {
    /// Too much is under way; the request was not carried out.
    pub const BUSY: u16 = 1;
    /// The request is too old to know whether it was carried out.
    pub const FORGOTTEN: u16 = 2;
    /// The request was begun, and the process that carried it out ended.
    pub const INTERRUPTED: u16 = 3;
    /// The request was cancelled by its caller.
    pub const CANCELLED: u16 = 4;
    /// The request was not answered within the responder's own time.
    pub const OVERDUE: u16 = 5;
    /// The responder's application gave no answer.
    pub const UNANSWERED: u16 = 6;
    /// The first code of the application.
    pub const APPLICATION: u16 = 0x100;
}

/// The 12 octets before each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// More about it.
    pub flags: Flags,
    /// See [`code`]; 0 but in errors.
    pub code: u16,
    /// The request: counted from 1 by the side that asks.
    pub id: u64,
}

impl Header {
    /// Octets of a header.
    pub const LENGTH: usize = 12;

    /// The header and what follows it, in one S-DATA.
    pub fn encode(self, data: &[u8]) -> Bytes {
        let mut octets = Vec::with_capacity(Header::LENGTH + data.len());
        octets.extend([self.kind as u8, self.flags.bits()]);
        octets.extend(self.code.to_be_bytes());
        octets.extend(self.id.to_be_bytes());
        octets.extend_from_slice(data);
        octets.into()
    }

    /// The header and what follows it.
    ///
    /// # Errors
    /// `Peer`: too short, an unknown kind, a reserved bit, a code where there is none or none where one is needed, the identifier 0.
    pub fn decode(message: &Bytes) -> Result<(Header, Bytes)> {
        let Some((head, _)) = message.split_first_chunk::<{ Header::LENGTH }>() else {
            return Err(wrong("message", "the message is shorter than its header", message.len())
                .with_expected("at least 12 octets", message.len().to_string()));
        };
        let [kind, flags, c0, c1, id @ ..] = *head;
        let kind = Kind::from_octet(kind).ok_or_else(|| {
            wrong("kind", "there is no such kind of message", 0).with_expected("1 to 6", kind.to_string())
        })?;
        let allowed = match kind {
            Kind::Request => Flags::all(),
            Kind::Response | Kind::Error | Kind::Cancel | Kind::OneWay | Kind::Acknowledge => Flags::empty(),
        };
        let flags = Flags::from_bits(flags).filter(|flags| allowed.contains(*flags)).ok_or_else(|| {
            wrong("flags", "a reserved flag is set", 1)
                .with_expected(format!("bits of {:#04x}", allowed.bits()), format!("{flags:#04x}"))
        })?;
        let code = u16::from_be_bytes([c0, c1]);
        if (code != 0) != (kind == Kind::Error) {
            return Err(wrong("code", "a code belongs to errors, and to them alone", 2)
                .with_expected(if code == 0 { "not 0" } else { "0" }, code.to_string()));
        }
        let id = u64::from_be_bytes(id);
        if id == 0 {
            return Err(wrong("identifier", "the identifier is zero", 4));
        }
        Ok((Header { kind, flags, code, id }, message.slice(Header::LENGTH..)))
    }
}

fn wrong(parameter: &'static str, text: &'static str, offset: usize) -> Error {
    Error::peer(Layer::Session, text)
        .with_pdu("RPC")
        .with_parameter(parameter)
        .with_offset(offset)
        .with_clause("docs/rpc.md 2")
}

/// What each side says of itself in the SS-user data of S-CONNECT: 40 octets, before any data of the application.
///
/// Question and answer begin with different octets, so that a peer that echoes cannot pass for one that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The association.
    pub association: AssociationId,
    /// This side knows of earlier connections of the association, and what it was asked on them.
    pub resumed: bool,
    /// The lowest identifier of an own request without outcome, or the next one's: nothing below is asked again.
    pub low: u64,
    /// The highest identifier of a request of the other side that came here; 0 if none did.
    pub seen: u64,
}

impl Hello {
    /// Octets of it.
    pub const LENGTH: usize = 40;
    const QUESTION: [u8; 4] = *b"ORPC";
    const ANSWER: [u8; 4] = *b"orpc";
    const VERSION: u8 = 1;

    /// As SS-user data of the S-CONNECT request (`question`) or of the response.
    pub fn encode(&self, question: bool) -> Bytes {
        let mut octets = Vec::with_capacity(Hello::LENGTH);
        octets.extend(if question { Hello::QUESTION } else { Hello::ANSWER });
        octets.extend([Hello::VERSION, u8::from(self.resumed), 0, 0]);
        octets.extend(self.association);
        octets.extend(self.low.to_be_bytes());
        octets.extend(self.seen.to_be_bytes());
        octets.into()
    }

    /// From the SS-user data of an S-CONNECT indication (`question`) or confirm. What follows it is the application's.
    ///
    /// # Errors
    /// `Peer`: it is not there, or of another version, or wrong in itself.
    pub fn decode(octets: &[u8], question: bool) -> Result<Hello> {
        let wrong = |parameter, text, offset| wrong(parameter, text, offset).with_clause("docs/rpc.md 3");
        let Some(head) = octets.first_chunk::<{ Hello::LENGTH }>() else {
            return Err(wrong("hello", "the peer does not speak of requests and responses", octets.len())
                .with_expected("at least 40 octets", octets.len().to_string()));
        };
        let [m0, m1, m2, m3, version, flags, r0, r1, rest @ ..] = *head;
        let magic = if question { Hello::QUESTION } else { Hello::ANSWER };
        if [m0, m1, m2, m3] != magic {
            return Err(
                wrong("hello", "the peer does not speak of requests and responses", 0).with_octets(head)
            );
        }
        if version != Hello::VERSION {
            return Err(wrong("version", "another version", 4).with_expected("1", version.to_string()));
        }
        if flags > 1 || r0 != 0 || r1 != 0 {
            return Err(wrong("flags", "a reserved bit is set", 5).with_octets(&[flags, r0, r1]));
        }
        let mut association = [0; 16];
        association.copy_from_slice(&rest[..16]);
        let number = |at: usize| rest[at..at + 8].iter().fold(0, |n, octet| n << 8 | u64::from(*octet));
        let (low, seen) = (number(16), number(24));
        if low == 0 {
            return Err(wrong("low", "the identifier is zero", 24));
        }
        Ok(Hello { association, resumed: flags == 1, low, seen })
    }
}
