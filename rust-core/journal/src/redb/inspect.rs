//! Looking into a file that nobody uses, without changing it.
use super::file::Mode;
use super::store::RedbStore;
use crate::error::{Damage, Result};
use crate::journal::{Quota, Usage};
use bytes::Bytes;
use std::path::Path;

/// What a file holds. Nothing is written to it: a repair after a crash, if one is due, is made in memory.
///
/// Verifying is opening it and looking at [`Inspection::damages`].
pub struct Inspection {
    store: RedbStore,
}

/// One dialogue in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DialogueReport {
    /// Its name.
    pub name: Vec<u8>,
    /// What it holds; if it is damaged, what of it can be trusted.
    pub usage: Usage,
    /// How many records it ever had before the first one that is there.
    pub before: u64,
    /// What is damaged.
    pub damage: Option<Damage>,
}

impl Inspection {
    /// Reads and verifies the whole file. Other processes may look at the same time; a process that has it open for writing excludes
    /// this.
    ///
    /// # Errors
    /// `InUse`, `Storage`. `Damaged`: the file as a whole cannot be trusted.
    pub fn open(path: impl AsRef<Path>) -> Result<Inspection> {
        Ok(Inspection { store: RedbStore::open(path.as_ref(), Mode::Look, Quota::default(), 32 << 20)? })
    }

    /// Octets of the file.
    pub fn octets(&self) -> u64 {
        self.store.length()
    }

    /// How many commits were made.
    pub fn commits(&self) -> u64 {
        self.store.index().summary.commit
    }

    /// All records of all dialogues.
    pub fn usage(&self) -> Usage {
        self.store.index().summary.usage
    }

    /// The dialogues, in the order of their names.
    pub fn dialogues(&self) -> Vec<DialogueReport> {
        let report = |(name, entry): (&Vec<u8>, &super::index::Entry)| DialogueReport {
            name: name.clone(),
            usage: entry.usage,
            before: entry.first,
            damage: entry.damage.clone(),
        };
        self.store.index().dialogues.iter().map(report).collect()
    }

    /// All damage there is, by dialogue.
    pub fn damages(&self) -> Vec<Damage> {
        self.dialogues().into_iter().filter_map(|dialogue| dialogue.damage).collect()
    }

    /// The records of a dialogue, in order, up to the first that cannot be trusted. None if there is no such dialogue.
    ///
    /// # Errors
    /// `Storage`; `Damaged`, if the file changed under the reader.
    pub fn records(&self, dialogue: &[u8]) -> Result<Vec<Bytes>> {
        self.store.read(dialogue)
    }
}

impl std::fmt::Debug for Inspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspection").field("usage", &self.usage()).finish_non_exhaustive()
    }
}
