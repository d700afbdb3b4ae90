//! A journal in one file.
mod disk;
mod file;
mod index;
mod inspect;
#[cfg(test)]
mod power;
mod store;

use crate::error::Result;
use crate::group::{Group, Pace};
use crate::journal::{Compacted, Journal, Opened, Quota, Usage};
use file::Mode;
use std::path::Path;
use std::time::Duration;
use store::RedbStore;

pub use inspect::{DialogueReport, Inspection};

/// How a [`RedbJournal`] works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedbOptions {
    /// Limits.
    pub quota: Quota,
    /// Make the file if there is none, or an empty one. Default true. With false a file that is gone is an error, and not a journal
    /// without dialogues.
    pub create: bool,
    /// How long something at [`crate::Durability::Lazy`] waits for company. Default 200 ms.
    pub lazy_delay: Duration,
    /// Octets of one commit, at most, unless a single append has more. Default 8 MiB.
    pub commit_octets: u64,
    /// Memory for pages of the file, in octets. Default 32 MiB.
    pub cache_octets: usize,
}

impl Default for RedbOptions {
    fn default() -> RedbOptions {
        RedbOptions {
            quota: Quota::default(),
            create: true,
            lazy_delay: Duration::from_millis(200),
            commit_octets: 8 << 20,
            cache_octets: 32 << 20,
        }
    }
}

/// A journal in one file, on top of the database `redb`, with a thread of its own that writes. Opening it reads and verifies the whole
/// file. One process at a time has it; the operating system lets go of the file when the process dies.
pub struct RedbJournal {
    group: Group,
}

impl RedbJournal {
    /// Opens the journal in this file, with default options; makes it if there is none.
    ///
    /// # Errors
    /// As [`RedbJournal::with_options`].
    pub fn open(path: impl AsRef<Path>) -> Result<RedbJournal> {
        RedbJournal::with_options(path, RedbOptions::default())
    }

    /// Opens the journal in this file.
    ///
    /// # Errors
    /// `InUse`: a process has it; its number is in the error. `Damaged`: the file as a whole cannot be trusted; damage to a single dialogue is
    /// reported when that is opened. `Storage`: the system says no.
    pub fn with_options(path: impl AsRef<Path>, options: RedbOptions) -> Result<RedbJournal> {
        let mode = if options.create { Mode::Create } else { Mode::Open };
        let RedbOptions { quota, lazy_delay, commit_octets, cache_octets, .. } = options;
        let store = RedbStore::open(path.as_ref(), mode, quota.clone(), cache_octets)?;
        Ok(RedbJournal { group: Group::new(store, Pace { quota, lazy_delay, commit_octets })? })
    }

    /// What the journal holds, with what is not durable yet.
    pub fn usage(&self) -> Usage {
        self.group.usage()
    }

    /// Writes what was appended at [`crate::Durability::Sync`] and [`crate::Durability::Lazy`], and lets go of the file. Logs that are
    /// still open fail with `Closed`. Dropping the journal does the same and keeps the error to itself.
    ///
    /// # Errors
    /// `Storage`: not all could be written.
    pub fn close(mut self) -> Result<()> {
        self.group.close()
    }
}

impl Journal for RedbJournal {
    fn open(&self, dialogue: &[u8]) -> Result<Opened> {
        self.group.open(dialogue)
    }

    fn remove(&self, dialogue: &[u8]) -> Result<()> {
        self.group.remove(dialogue)
    }

    fn dialogues(&self) -> Result<Vec<Vec<u8>>> {
        self.group.dialogues()
    }

    fn compact(&self) -> Result<Compacted> {
        self.group.compact()
    }
}
