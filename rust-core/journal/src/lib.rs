//! Where a dialogue keeps what must survive the loss of its process.
//!
//! A [`Journal`] holds one append-only log of records for each dialogue. A record is a run of octets that the journal does not look
//! into. The owner of a dialogue [opens](Journal::open) its log, gets all records since the last checkpoint, in order, and appends.
//!
//! ```
//! use osisession_journal::{Durability, Journal, MemoryJournal};
//! # fn main() -> osisession_journal::Result<()> {
//! let journal = MemoryJournal::default();
//! let mut opened = journal.open(b"orders")?;
//! assert!(opened.records.is_empty());
//! let token = opened.log.append(&["first".into(), "second".into()], Durability::Sync)?;
//! opened.log.wait(token, None)?;
//! // From here on both records survive.
//! # Ok(())
//! # }
//! ```
//!
//! | store | survives | who may open a dialogue |
//! |---|---|---|
//! | [`MemoryJournal`] | nothing: tests, and dialogues that only have to survive connections | one owner in the process |
//! | [`RedbJournal`] (feature `redb`, default) | process and machine, in one file | one process has the file, one owner in it |
//! | `EtcdJournal` (feature `etcd`) | the machine: a cluster of etcd | one owner in all processes that use the cluster |
//! | [`OwnJournal`] over an [`OwnStore`] | what your store keeps | as your store says, one owner in this process |
//! | your own | what you say | whoever you say; the contract is that of [`Journal`] and [`Log`] |
#![forbid(unsafe_code)]

mod error;
#[cfg(feature = "etcd")]
mod etcd;
mod frame;
mod group;
mod journal;
mod memory;
mod own;
#[cfg(feature = "redb")]
mod redb;

#[cfg(feature = "redb")]
pub use self::redb::{DialogueReport, Inspection, RedbJournal, RedbOptions};
pub use bytes::Bytes;
pub use error::{Damage, Error, Result};
#[cfg(feature = "etcd")]
pub use etcd::{EtcdJournal, EtcdOptions, EtcdTls};
pub use journal::{
    Compacted, Durability, Journal, Log, MAX_NAME, Notify, Opened, Progress, Quota, Token, Usage,
};
pub use memory::{MemoryJournal, MemoryOptions};
pub use own::{OwnChange, OwnJournal, OwnStore};
