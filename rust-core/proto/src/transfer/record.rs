//! What must survive, as records for a journal: the state of an engine is what its records say, one after the other.
//!
//! | octets | what |
//! |---|---|
//! | 1 | kind |
//! | 8 each | numbers, big-endian |
//! | 4 + n each | octets, but for the last field, which takes the rest |
use super::pdu::Reference;
use crate::error::{Error, Result};
use bytes::Bytes;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// A session connection of the association is established.
    Connected {
        /// Its number at the initiator.
        number: u64,
        /// Its name.
        reference: Reference,
    },
    /// The peer does not know the association any more, or it is over: names of connections and what is of the peer's are void.
    Forgotten,
    /// An APDU of the user's.
    Queued {
        /// Its number.
        id: u64,
        /// Its priority.
        priority: u32,
        /// The APDU.
        data: Bytes,
    },
    /// The user does not want it any more.
    Cancelled(u64),
    /// Its activity starts.
    Started {
        /// The APDU.
        id: u64,
        /// The number of the activity.
        activity: u32,
        /// The connection.
        on: Reference,
    },
    /// A number for an activity is used up by a resumption.
    Numbered(u32),
    /// The peer has confirmed a checkpoint.
    Confirmed {
        /// The APDU.
        id: u64,
        /// The checkpoint.
        serial: u64,
        /// Octets before it.
        offset: u64,
    },
    /// S-ACTIVITY-END is requested.
    Ended(u64),
    /// It is to be sent anew.
    Renewed {
        /// The APDU.
        id: u64,
        /// The peer has said that it had not been completed.
        proven: bool,
    },
    /// It has its outcome.
    Settled(u64),
    /// An activity of the peer's.
    Began {
        /// Number of ours.
        key: u64,
        /// Its identifier.
        activity: Bytes,
        /// The connection.
        on: Reference,
    },
    /// It is resumed under another name.
    Named {
        /// Number of ours.
        key: u64,
        /// Its identifier.
        activity: Bytes,
        /// The connection.
        on: Reference,
    },
    /// A checkpoint of the peer's, and the octets before it.
    Secured {
        /// Number of ours.
        key: u64,
        /// The checkpoint.
        serial: u64,
        /// What came since the last one.
        data: Bytes,
    },
    /// The peer goes back to a checkpoint.
    CutBack {
        /// Number of ours.
        key: u64,
        /// The checkpoint.
        serial: u64,
    },
    /// The whole APDU is here: it is delivered with this number.
    Completed {
        /// Number of ours.
        key: u64,
        /// Of the delivery.
        number: u64,
        /// What came since the last checkpoint.
        data: Bytes,
    },
    /// The activity is discarded.
    Dropped(u64),
    /// The user has taken a delivery.
    Taken(u64),
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(mut self, number: u64) -> Writer {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    fn octets(mut self, octets: &[u8]) -> Writer {
        // Names only: they are short.
        let octets = &octets[..octets.len().min(1 << 16)];
        self.0.extend_from_slice(&(octets.len() as u32).to_be_bytes());
        self.0.extend_from_slice(octets);
        self
    }

    fn reference(self, of: &Reference) -> Writer {
        self.octets(&of.calling).octets(&of.common).octets(&of.additional)
    }

    fn rest(mut self, octets: &[u8]) -> Bytes {
        self.0.extend_from_slice(octets);
        self.0.into()
    }
}

struct Reader<'a>(&'a Bytes, usize);

impl Reader<'_> {
    fn wrong(&self) -> Error {
        Error::invalid("a record of a transfer cannot be read").with_offset(self.1)
    }

    fn take(&mut self, count: usize) -> Result<Bytes> {
        let end = self.1.checked_add(count).filter(|end| *end <= self.0.len()).ok_or_else(|| self.wrong())?;
        let taken = self.0.slice(self.1..end);
        self.1 = end;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64> {
        let octets = self.take(8)?;
        Ok(octets.iter().fold(0, |n, octet| n << 8 | u64::from(*octet)))
    }

    fn small(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| self.wrong())
    }

    fn octets(&mut self) -> Result<Bytes> {
        let length = self.take(4)?.iter().fold(0, |n, octet| n << 8 | usize::from(*octet));
        self.take(length)
    }

    fn reference(&mut self) -> Result<Reference> {
        Ok(Reference { calling: self.octets()?, common: self.octets()?, additional: self.octets()? })
    }

    fn rest(&mut self) -> Bytes {
        let rest = self.0.slice(self.1..);
        self.1 = self.0.len();
        rest
    }
}

impl Record {
    /// As octets.
    pub fn encode(&self) -> Bytes {
        let kind = |kind| Writer(vec![kind]);
        match self {
            Record::Connected { number, reference } => kind(1).number(*number).reference(reference).rest(&[]),
            Record::Forgotten => kind(2).rest(&[]),
            Record::Queued { id, priority, data } => {
                kind(3).number(*id).number((*priority).into()).rest(data)
            }
            Record::Cancelled(id) => kind(4).number(*id).rest(&[]),
            Record::Started { id, activity, on } => {
                kind(5).number(*id).number((*activity).into()).reference(on).rest(&[])
            }
            Record::Numbered(activity) => kind(6).number((*activity).into()).rest(&[]),
            Record::Confirmed { id, serial, offset } => {
                kind(7).number(*id).number(*serial).number(*offset).rest(&[])
            }
            Record::Ended(id) => kind(8).number(*id).rest(&[]),
            Record::Renewed { id, proven } => kind(9).number(*id).number((*proven).into()).rest(&[]),
            Record::Settled(id) => kind(10).number(*id).rest(&[]),
            Record::Began { key, activity, on } => {
                kind(11).number(*key).octets(activity).reference(on).rest(&[])
            }
            Record::Named { key, activity, on } => {
                kind(12).number(*key).octets(activity).reference(on).rest(&[])
            }
            Record::Secured { key, serial, data } => kind(13).number(*key).number(*serial).rest(data),
            Record::CutBack { key, serial } => kind(14).number(*key).number(*serial).rest(&[]),
            Record::Completed { key, number, data } => kind(15).number(*key).number(*number).rest(data),
            Record::Dropped(key) => kind(16).number(*key).rest(&[]),
            Record::Taken(number) => kind(17).number(*number).rest(&[]),
        }
    }

    /// From octets.
    ///
    /// # Errors
    /// `Invalid`: they are no record.
    pub fn decode(octets: &Bytes) -> Result<Record> {
        let mut from = Reader(octets, 0);
        let kind = from.take(1)?;
        let record = match kind[..] {
            [1] => Record::Connected { number: from.number()?, reference: from.reference()? },
            [2] => Record::Forgotten,
            [3] => Record::Queued { id: from.number()?, priority: from.small()?, data: from.rest() },
            [4] => Record::Cancelled(from.number()?),
            [5] => Record::Started { id: from.number()?, activity: from.small()?, on: from.reference()? },
            [6] => Record::Numbered(from.small()?),
            [7] => Record::Confirmed { id: from.number()?, serial: from.number()?, offset: from.number()? },
            [8] => Record::Ended(from.number()?),
            [9] => Record::Renewed { id: from.number()?, proven: from.number()? == 1 },
            [10] => Record::Settled(from.number()?),
            [11] => Record::Began { key: from.number()?, activity: from.octets()?, on: from.reference()? },
            [12] => Record::Named { key: from.number()?, activity: from.octets()?, on: from.reference()? },
            [13] => Record::Secured { key: from.number()?, serial: from.number()?, data: from.rest() },
            [14] => Record::CutBack { key: from.number()?, serial: from.number()? },
            [15] => Record::Completed { key: from.number()?, number: from.number()?, data: from.rest() },
            [16] => Record::Dropped(from.number()?),
            [17] => Record::Taken(from.number()?),
            _ => return Err(from.wrong()),
        };
        if from.1 < octets.len() {
            return Err(from.wrong());
        }
        Ok(record)
    }
}
