//! What can go wrong with a journal, and what is still true then.
use std::fmt;
use std::sync::Arc;

/// Result of a call on a journal.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call on a journal failed. What was reported as durable before stays durable after every one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The caller passed something that can never be right: an empty name, a record above the store's limit.
    Invalid(String),
    /// The journal, or this dialogue, has an owner already.
    InUse {
        /// The file or dialogue.
        what: String,
        /// What is known of its owner.
        owner: String,
    },
    /// The append would pass a limit. Nothing of it was taken. A checkpoint makes room.
    Quota {
        /// The limit by name: "octets per dialogue".
        limit: &'static str,
        /// Its value.
        value: u64,
        /// What it would have become.
        wanted: u64,
    },
    /// More is waiting to be written than the limit allows. Nothing of it was taken. Wait for something to become durable.
    Busy {
        /// Octets that wait.
        waiting: u64,
        /// The limit.
        limit: u64,
    },
    /// The store holds something that was not written there. Nothing of this dialogue (or, as [`Damage::dialogue`] says, of the
    /// whole journal) is handed out.
    Damaged(Arc<Damage>),
    /// Reading, writing or syncing failed. Final for this journal (or, with etcd, for this log): what was not durable may or may
    /// not be there. Close it, and open it again.
    Storage {
        /// What was being done.
        operation: &'static str,
        /// The system's or the store's words.
        cause: String,
    },
    /// Ownership of the dialogue went to somebody else, or may have. Final for this log.
    Lost {
        /// The dialogue.
        dialogue: String,
        /// Why.
        cause: String,
    },
    /// The journal was closed.
    Closed,
    /// The wait ended because its time was over. What was appended is still on its way.
    TimedOut,
}

impl Error {
    /// A failure of the store.
    pub fn storage(operation: &'static str, cause: impl fmt::Display) -> Error {
        Error::Storage { operation, cause: cause.to_string() }
    }

    /// Damage.
    pub fn damaged(damage: Damage) -> Error {
        Error::Damaged(Arc::new(damage))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Invalid(text) => f.write_str(text),
            Error::InUse { what, owner } => write!(f, "{what} is in use by {owner}"),
            Error::Quota { limit, value, wanted } => {
                write!(f, "journal quota: {limit} is {value}, and this would make it {wanted}")
            }
            Error::Busy { waiting, limit } => {
                write!(f, "journal: {waiting} octets wait to be written, the limit is {limit}")
            }
            Error::Damaged(damage) => write!(f, "journal damaged: {damage}"),
            Error::Storage { operation, cause } => write!(f, "journal: cannot {operation}: {cause}"),
            Error::Lost { dialogue, cause } => {
                write!(f, "journal: dialogue {dialogue} is not ours any more: {cause}")
            }
            Error::Closed => f.write_str("the journal is closed"),
            Error::TimedOut => f.write_str("not durable in time"),
        }
    }
}

impl std::error::Error for Error {}

/// What is damaged, and up to where the journal can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// The dialogue concerned; `None`: the whole journal.
    pub dialogue: Option<Vec<u8>>,
    /// Where: a file and offset, a key.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// The first record that cannot be trusted, counted from the first that should be there; `None` when not even that is known.
    pub record: Option<u64>,
    /// What should be there.
    pub expected: Option<String>,
    /// What is there.
    pub found: Option<String>,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(dialogue) = &self.dialogue {
            write!(f, "dialogue {}: ", name_text(dialogue))?;
        }
        write!(f, "{}: {}", self.place, self.what)?;
        if let Some(record) = self.record {
            write!(f, " (records from {record} on cannot be trusted)")?;
        }
        match (&self.expected, &self.found) {
            (Some(expected), Some(found)) => write!(f, ", expected {expected}, found {found}"),
            (Some(expected), None) => write!(f, ", expected {expected}"),
            (None, Some(found)) => write!(f, ", found {found}"),
            (None, None) => Ok(()),
        }
    }
}

/// A dialogue's name for people: text if it is printable ASCII, else hex.
pub(crate) fn name_text(name: &[u8]) -> String {
    if name.iter().all(|octet| octet.is_ascii_graphic()) {
        return String::from_utf8_lossy(name).into_owned();
    }
    name.iter().map(|octet| format!("{octet:02x}")).collect()
}
