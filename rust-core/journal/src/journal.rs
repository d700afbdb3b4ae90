//! The contract between a dialogue and the place where it keeps its records.
use crate::error::{Error, Result};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// Longest name of a dialogue, in octets. An identifier of 16 octets, or a few words.
pub const MAX_NAME: usize = 255;

/// A place in a log: how much was appended to it since it was opened. A later one includes all earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Token(pub u64);

/// How soon what is appended has to survive. What survives is always a prefix of what was appended: a record is never durable
/// before those in front of it, whatever their levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Durability {
    /// Begin at once to make it durable, together with whatever else waits (group commit).
    #[default]
    Sync,
    /// It may wait for the next commit, whoever asks for it, or for the delay that the store has for this.
    Lazy,
    /// Keep it in memory. It becomes durable only when something behind it does, or [`Log::sync`] is called.
    Memory,
}

/// Limits of what a journal holds, each in its own right. What an append would pass is refused whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Octets of all records of one dialogue. Default 64 MiB.
    pub dialogue_octets: u64,
    /// Records of one dialogue. Default 1,000,000.
    pub dialogue_records: u64,
    /// Octets of all records of the journal. Default 4 GiB.
    pub journal_octets: u64,
    /// Records of the journal. Default 64,000,000.
    pub journal_records: u64,
    /// Dialogues in the journal. Default 100,000.
    pub dialogues: u64,
    /// Octets of one record. Default 16 MiB.
    pub record_octets: u64,
    /// Octets that wait to be written, of all dialogues. Default 64 MiB.
    pub waiting_octets: u64,
}

impl Default for Quota {
    fn default() -> Quota {
        Quota {
            dialogue_octets: 64 << 20,
            dialogue_records: 1_000_000,
            journal_octets: 4 << 30,
            journal_records: 64_000_000,
            dialogues: 100_000,
            record_octets: 16 << 20,
            waiting_octets: 64 << 20,
        }
    }
}

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Records.
    pub records: u64,
    /// Octets of the records themselves.
    pub octets: u64,
}

impl Usage {
    /// The sum of these records.
    pub fn of(records: &[Bytes]) -> Usage {
        Usage {
            records: records.len() as u64,
            octets: records.iter().map(|record| record.len() as u64).sum(),
        }
    }
}

impl std::ops::Add for Usage {
    type Output = Usage;
    fn add(self, other: Usage) -> Usage {
        Usage {
            records: self.records.saturating_add(other.records),
            octets: self.octets.saturating_add(other.octets),
        }
    }
}

impl std::ops::Sub for Usage {
    type Output = Usage;
    fn sub(self, other: Usage) -> Usage {
        Usage {
            records: self.records.saturating_sub(other.records),
            octets: self.octets.saturating_sub(other.octets),
        }
    }
}

/// What compaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Octets on the disk before; 0 when the store cannot say.
    pub before: u64,
    /// And after.
    pub after: u64,
}

/// How far a log is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// All up to here survives.
    pub durable: Token,
    /// All up to here was appended.
    pub appended: Token,
    /// The log has failed, for good. `durable` is still true.
    pub failed: Option<Error>,
}

/// Called when [`Log::progress`] has something new. It may come on any thread, must not block, and may call `progress` of no log:
/// let it wake whoever will.
pub type Notify = Arc<dyn Fn() + Send + Sync>;

/// A log, and what it held when it was opened.
pub struct Opened {
    /// The records since the last checkpoint, in order.
    pub records: Vec<Bytes>,
    /// The log.
    pub log: Box<dyn Log>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

/// A journal: logs by the names of their dialogues.
///
/// # For those who bring their own
/// 1. A log has one owner at a time, among all who can reach the store. Whoever loses ownership without knowing must not be able
///    to append: check it where the write happens, not before.
/// 2. Records come back as they were appended: same octets, same order, none missing, none twice. What survives is a prefix.
/// 3. What [`Log::progress`] calls durable survives whatever the store says that it survives. A write or sync that failed is never
///    called durable, even if a later one succeeds: fail the log, and let it be opened again.
/// 4. A checkpoint takes the place of everything before it in one step: after a crash there is either all of the old or all of the new.
/// 5. Detect damage (a checksum for each record, a gapless sequence) and report it as [`Error::Damaged`]; hand out nothing behind it.
/// 6. Appending does not wait for the disk, and nothing is called back from within a call.
pub trait Journal: Send + Sync {
    /// Takes the log of this dialogue, making an empty one if there is none.
    ///
    /// # Errors
    /// `InUse`: it has an owner. `Damaged`. `Quota`: too many dialogues. `Invalid`: a name of no or more than 255 octets. `Storage`.
    fn open(&self, dialogue: &[u8]) -> Result<Opened>;

    /// Removes a dialogue and all its records, durably. It is no error if there is none.
    ///
    /// # Errors
    /// `InUse`: it has an owner. `Storage`.
    fn remove(&self, dialogue: &[u8]) -> Result<()>;

    /// The names of all dialogues that have a log, in order of their octets.
    ///
    /// # Errors
    /// `Storage`, `Closed`.
    fn dialogues(&self) -> Result<Vec<Vec<u8>>>;

    /// Gives space that is not used any more back to the system. Slow; appends wait meanwhile.
    ///
    /// # Errors
    /// `Storage`, `Closed`.
    fn compact(&self) -> Result<Compacted>;
}

/// The log of one dialogue. Dropping it gives up ownership; what was appended at [`Durability::Sync`] or [`Durability::Lazy`] is
/// still written.
pub trait Log: Send {
    /// Puts records at the end, all or none. Does not wait.
    ///
    /// # Errors
    /// `Quota`, `Busy`: nothing was taken. What made the log fail: final.
    fn append(&mut self, records: &[Bytes], durability: Durability) -> Result<Token>;

    /// Puts these records in the place of all that was appended before, in one step. Does not wait.
    ///
    /// # Errors
    /// As [`Log::append`]. Quotas count what is there afterwards.
    fn checkpoint(&mut self, snapshot: &[Bytes], durability: Durability) -> Result<Token>;

    /// Begins to make all that was appended durable. Does not wait: [`Log::progress`] tells, and [`Log::watch`] when to look.
    ///
    /// # Errors
    /// What made the log fail.
    fn sync(&mut self) -> Result<Token>;

    /// How far the log is.
    fn progress(&self) -> Progress;

    /// Whom to tell when `progress` has something new; the last one set is told. `None`: nobody.
    fn watch(&mut self, notify: Option<Notify>);

    /// Makes all up to `token` durable and waits for that, at most this long.
    ///
    /// # Errors
    /// `TimedOut`. What made the log fail. `Invalid`: so much was never appended.
    fn wait(&mut self, token: Token, timeout: Option<Duration>) -> Result<()>;

    /// What the log holds, with what is not durable yet.
    fn usage(&self) -> Usage;

    /// How much it may hold by the quota of one dialogue; `None` if the store does not say. Whoever fills a log keeps what it
    /// needs to hold well below this.
    fn capacity(&self) -> Option<Usage> {
        None
    }
}

/// Refuses names that no store takes.
pub(crate) fn check_name(dialogue: &[u8]) -> Result<()> {
    if dialogue.is_empty() || dialogue.len() > MAX_NAME {
        return Err(Error::Invalid(format!(
            "the name of a dialogue has 1 to {MAX_NAME} octets, not {}",
            dialogue.len()
        )));
    }
    Ok(())
}

impl Quota {
    /// What one dialogue may have.
    pub(crate) fn of_dialogue(&self) -> Usage {
        Usage { records: self.dialogue_records, octets: self.dialogue_octets }
    }

    /// Would this be too much?
    pub(crate) fn check(&self, dialogue: Usage, journal: Usage, records: &[Bytes]) -> Result<()> {
        let longest = records.iter().map(|record| record.len() as u64).max().unwrap_or(0);
        for (limit, value, wanted) in [
            ("octets of a record", self.record_octets, longest),
            ("octets per dialogue", self.dialogue_octets, dialogue.octets),
            ("records per dialogue", self.dialogue_records, dialogue.records),
            ("octets of the journal", self.journal_octets, journal.octets),
            ("records of the journal", self.journal_records, journal.records),
        ] {
            if wanted > value {
                return Err(Error::Quota { limit, value, wanted });
            }
        }
        Ok(())
    }
}
