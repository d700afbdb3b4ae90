//! What the journal holds: a log of these records, each a run of octets that the store does not look into.
//!
//! The store adds length, checksum and order; a record adds its kind and its fields. The first octet is the kind; integers
//! are big-endian; what follows the fixed fields of a kind is its data, to the end of the record.
use core::fmt;

use osisession_proto::Bytes;

use crate::Role;
use crate::control::{DialogueId, Status, array};

/// One record. The rules W1 to W10 are those of `docs/dialogue.md`, section 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// W1: a dialogue begins. Always the first record.
    Created {
        /// Its name.
        did: DialogueId,
        /// Which side this is.
        role: Role,
        /// What the owner of the journal wants to find again: address of the peer, profile. Opaque.
        profile: Bytes,
    },
    /// The peer has taken the dialogue; from now on it is recovered, never begun again. With the peer's authenticated
    /// identity, empty if there is none.
    Bound {
        /// Opaque.
        identity: Bytes,
    },
    /// W3, W4: an epoch is used.
    Epoch {
        /// The epoch.
        epoch: u64,
        /// The highest that the peer is known to have stored.
        seen: u64,
    },
    /// W2: a message in the outbox.
    Out {
        /// Its position; each one is one more than the one before.
        position: u64,
        /// The message.
        data: Bytes,
    },
    /// W5: a message in the inbox.
    In {
        /// Its position; each one is one more than the one before.
        position: u64,
        /// The message.
        data: Bytes,
    },
    /// Input above this position was dropped with its connection: the peer sends it again.
    Drop {
        /// The last that counts.
        position: u64,
    },
    /// W6: the peer has stored our messages up to here. Written lazily.
    Confirmed {
        /// The last of them.
        position: u64,
    },
    /// The application is done with the peer's messages up to here.
    Cursor {
        /// The last of them.
        position: u64,
    },
    /// W9: the closer is about to release.
    Closing,
    /// W10: the dialogue is over: a tombstone.
    Closed,
    /// The dialogue can never go on.
    Broken {
        /// Seen from here: the speaker is this side.
        status: Status,
    },
    /// In a compacted journal: the positions before its first `Out` and `In`.
    Base {
        /// Confirmed messages of the outbox, left out.
        out: u64,
        /// Committed messages of the inbox, left out.
        inbox: u64,
    },
}

/// Why octets are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// No octets.
    Empty,
    /// Octet 0 is no kind that this version knows.
    Kind(u8),
    /// The fixed fields are cut off.
    Short {
        /// The kind.
        kind: u8,
        /// Octets that there are.
        found: usize,
    },
    /// Octets behind the last field.
    Long {
        /// The kind.
        kind: u8,
        /// Octets that there are.
        found: usize,
    },
    /// A role that is neither initiator nor responder.
    Role(u8),
    /// A status that nobody defined.
    Status(u16),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::Empty => f.write_str("empty record"),
            RecordError::Kind(kind) => write!(f, "record of kind {kind}, which this version does not know"),
            RecordError::Short { kind, found } => {
                write!(f, "record of kind {kind} ends after {found} octets")
            }
            RecordError::Long { kind, found } => {
                write!(f, "record of kind {kind} has {found} octets, too many")
            }
            RecordError::Role(role) => write!(f, "record, octet 17: role {role}"),
            RecordError::Status(status) => write!(f, "record, octet 1: status {status}"),
        }
    }
}

impl core::error::Error for RecordError {}

impl Record {
    /// The octets.
    pub fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(
            17 + match self {
                Record::Out { data, .. } | Record::In { data, .. } => data.len(),
                Record::Created { profile: data, .. } | Record::Bound { identity: data } => data.len() + 1,
                Record::Epoch { .. }
                | Record::Drop { .. }
                | Record::Confirmed { .. }
                | Record::Cursor { .. }
                | Record::Closing
                | Record::Closed
                | Record::Broken { .. }
                | Record::Base { .. } => 0,
            },
        );
        out.push(self.kind());
        match self {
            Record::Created { did, role, profile } => {
                out.extend_from_slice(&did.0);
                out.push(match role {
                    Role::Initiator => 0,
                    Role::Responder => 1,
                });
                out.extend_from_slice(profile);
            }
            Record::Bound { identity } => out.extend_from_slice(identity),
            Record::Out { position, data } | Record::In { position, data } => {
                out.extend_from_slice(&position.to_be_bytes());
                out.extend_from_slice(data);
            }
            Record::Drop { position } | Record::Confirmed { position } | Record::Cursor { position } => {
                out.extend_from_slice(&position.to_be_bytes());
            }
            Record::Epoch { epoch: first, seen: second } | Record::Base { out: first, inbox: second } => {
                out.extend_from_slice(&first.to_be_bytes());
                out.extend_from_slice(&second.to_be_bytes());
            }
            Record::Closing | Record::Closed => {}
            Record::Broken { status } => out.extend_from_slice(&status.code().to_be_bytes()),
        }
        out.into()
    }

    /// The number of the kind, octet 0.
    pub const fn kind(&self) -> u8 {
        match self {
            Record::Created { .. } => 1,
            Record::Bound { .. } => 2,
            Record::Epoch { .. } => 3,
            Record::Out { .. } => 4,
            Record::In { .. } => 5,
            Record::Drop { .. } => 6,
            Record::Confirmed { .. } => 7,
            Record::Cursor { .. } => 8,
            Record::Closing => 9,
            Record::Closed => 10,
            Record::Broken { .. } => 11,
            Record::Base { .. } => 12,
        }
    }

    /// The record of these octets.
    ///
    /// # Errors
    /// What is wrong with them, at which octet.
    pub fn decode(octets: &Bytes) -> Result<Record, RecordError> {
        let found = octets.len();
        let kind = *octets.first().ok_or(RecordError::Empty)?;
        let short = RecordError::Short { kind, found };
        let number = |at| array(octets, at).map(u64::from_be_bytes).ok_or(short);
        let data = |at: usize| if at <= found { Ok(octets.slice(at..)) } else { Err(short) };
        let (record, end) = match kind {
            1 => {
                let did = DialogueId(array(octets, 1).ok_or(short)?);
                let role = match octets.get(17) {
                    Some(0) => Role::Initiator,
                    Some(1) => Role::Responder,
                    Some(&other) => return Err(RecordError::Role(other)),
                    None => return Err(short),
                };
                (Record::Created { did, role, profile: data(18)? }, found)
            }
            2 => (Record::Bound { identity: data(1)? }, found),
            3 => (Record::Epoch { epoch: number(1)?, seen: number(9)? }, 17),
            4 => (Record::Out { position: number(1)?, data: data(9)? }, found),
            5 => (Record::In { position: number(1)?, data: data(9)? }, found),
            6 => (Record::Drop { position: number(1)? }, 9),
            7 => (Record::Confirmed { position: number(1)? }, 9),
            8 => (Record::Cursor { position: number(1)? }, 9),
            9 => (Record::Closing, 1),
            10 => (Record::Closed, 1),
            11 => {
                let code = array(octets, 1).map(u16::from_be_bytes).ok_or(short)?;
                (Record::Broken { status: Status::from_code(code).ok_or(RecordError::Status(code))? }, 3)
            }
            12 => (Record::Base { out: number(1)?, inbox: number(9)? }, 17),
            other => return Err(RecordError::Kind(other)),
        };
        if found > end {
            return Err(RecordError::Long { kind, found });
        }
        Ok(record)
    }
}
