//! Records for a journal: what must survive this process so that no request is carried out twice (`docs/rpc.md`, section 6). The
//! journal frames and checks them; a record is a kind, an identifier, and the rest.
use super::config::Retry;
use crate::error::{Error, ErrorKind, Layer, Result};
use bytes::Bytes;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A connection of the association came up: from here on the peer may know of requests.
    Attached,
    /// An own request, before it is sent.
    Asked {
        /// Its identifier.
        id: u64,
        /// What a loss means for it.
        retry: Retry,
        /// What is asked.
        data: Bytes,
    },
    /// An own request has its outcome, before that is reported.
    Settled(u64),
    /// The next own request gets this identifier or a higher one.
    Next(u64),
    /// A request of the peer that must not be carried out twice, before it is given to the application.
    Began(u64),
    /// Its response, before it is sent.
    Finished {
        /// Its identifier.
        id: u64,
        /// 0 for a response, otherwise the code of the error.
        code: u16,
        /// The response.
        data: Bytes,
    },
    /// Nothing is known of requests of the peer up to this one, but what other records say.
    Floor(u64),
}

impl Record {
    /// As octets.
    pub fn encode(&self) -> Bytes {
        let (kind, id, head, data): (u8, u64, &[u8], &[u8]) = match self {
            Record::Attached => (1, 0, &[], &[]),
            Record::Asked { id, retry, data } => match retry {
                Retry::AtMostOnce => (2, *id, &[0], data),
                Retry::Idempotent => (2, *id, &[1], data),
            },
            Record::Settled(id) => (3, *id, &[], &[]),
            Record::Next(id) => (4, *id, &[], &[]),
            Record::Began(id) => (5, *id, &[], &[]),
            Record::Finished { id, code, data } => (6, *id, &code.to_be_bytes(), data),
            Record::Floor(id) => (7, *id, &[], &[]),
        };
        let mut octets = Vec::with_capacity(9 + head.len() + data.len());
        octets.push(kind);
        octets.extend(id.to_be_bytes());
        octets.extend_from_slice(head);
        octets.extend_from_slice(data);
        octets.into()
    }

    /// From octets.
    ///
    /// # Errors
    /// `Invalid`: this is no such record.
    pub fn decode(octets: &Bytes) -> Result<Record> {
        let wrong = |text: &'static str, offset| {
            Error::new(ErrorKind::Invalid, Layer::Session, text)
                .with_pdu("RPC record")
                .with_offset(offset)
                .with_octets(octets)
                .with_clause("docs/rpc.md 6")
        };
        let Some((head, _)) = octets.split_first_chunk::<9>() else {
            return Err(wrong("the record is cut short", octets.len()));
        };
        let [kind, id @ ..] = *head;
        let (id, rest) = (u64::from_be_bytes(id), octets.slice(9..));
        let record = match (kind, &rest[..]) {
            (1, []) => Record::Attached,
            (2, [0, ..]) => Record::Asked { id, retry: Retry::AtMostOnce, data: rest.slice(1..) },
            (2, [1, ..]) => Record::Asked { id, retry: Retry::Idempotent, data: rest.slice(1..) },
            (3, []) => Record::Settled(id),
            (4, []) => Record::Next(id),
            (5, []) => Record::Began(id),
            (6, [a, b, ..]) => {
                Record::Finished { id, code: u16::from_be_bytes([*a, *b]), data: rest.slice(2..) }
            }
            (7, []) => Record::Floor(id),
            (1..=7, _) => return Err(wrong("the rest of the record does not fit its kind", 9)),
            _ => return Err(wrong("there is no such kind of record", 0)),
        };
        match id {
            0 if !matches!(record, Record::Attached | Record::Floor(_)) => {
                Err(wrong("the identifier is zero", 1))
            }
            u64::MAX => Err(wrong("the identifier is too high", 1)),
            _ => Ok(record),
        }
    }
}
