//! Where the records of an association go.
#[cfg(feature = "durable")]
use osisession_journal::{Durability, Error as Failure, Log, Token, Usage};
#[cfg(feature = "durable")]
use osisession_proto::Bytes;
use osisession_proto::Error;
use osisession_proto::transfer::{Engine, Record};

/// The log of an association; none at all for one in memory.
#[derive(Default)]
pub(super) struct Keep {
    #[cfg(feature = "durable")]
    log: Option<Box<dyn Log>>,
    #[cfg(feature = "durable")]
    appended: Token,
    /// What the log could not take at once.
    #[cfg(feature = "durable")]
    waiting: Vec<Bytes>,
    /// What the last checkpoint had.
    #[cfg(feature = "durable")]
    base: Usage,
    /// The record in front of the engine's.
    #[cfg(feature = "durable")]
    first: Bytes,
}

/// A log is replaced by a checkpoint when it has so many records, or octets, and has grown threefold.
#[cfg(feature = "durable")]
const RECORDS: u64 = 4_096;
#[cfg(feature = "durable")]
const OCTETS: u64 = 4 << 20;

impl Keep {
    #[cfg(feature = "durable")]
    pub(super) fn new(log: Box<dyn Log>, first: Bytes) -> Keep {
        let base = log.usage();
        Keep { log: Some(log), base, first, ..Keep::default() }
    }

    /// Whom to tell when something became durable.
    #[cfg(feature = "durable")]
    pub(super) fn watch(&mut self, notify: osisession_journal::Notify) {
        if let Some(log) = &mut self.log {
            log.watch(Some(notify));
        }
    }

    /// Takes what is to be kept. `true`: all of it is durable, and what follows from it may happen.
    #[cfg(feature = "durable")]
    pub(super) fn store(&mut self, engine: &mut Engine) -> Result<bool, Error> {
        let records = std::iter::from_fn(|| engine.poll_journal());
        let Some(log) = &mut self.log else {
            records.for_each(drop);
            return Ok(true);
        };
        self.waiting.extend(records.map(|record: Record| record.encode()));
        if !self.waiting.is_empty() {
            let usage = log.usage();
            let grown = usage.records > RECORDS.max(self.base.records.saturating_mul(3))
                || usage.octets > OCTETS.max(self.base.octets.saturating_mul(3));
            let taken = if grown {
                let snapshot = engine.snapshot();
                let first = std::iter::once(self.first.clone());
                let snapshot: Vec<Bytes> = first.chain(snapshot.iter().map(Record::encode)).collect();
                self.base = Usage::of(&snapshot);
                log.checkpoint(&snapshot, Durability::Sync)
            } else {
                log.append(&self.waiting, Durability::Sync)
            };
            match taken {
                Ok(token) => {
                    self.appended = token;
                    self.waiting.clear();
                }
                Err(Failure::Busy { .. }) => return Ok(false),
                Err(failure) => return Err(crate::durable::journal_error(&failure)),
            }
        }
        let progress = log.progress();
        if progress.durable >= self.appended {
            return Ok(true);
        }
        match progress.failed {
            Some(failure) => Err(crate::durable::journal_error(&failure)),
            None => Ok(false),
        }
    }

    /// There is a log.
    pub(super) fn is_kept(&self) -> bool {
        #[cfg(feature = "durable")]
        return self.log.is_some();
        #[cfg(not(feature = "durable"))]
        false
    }

    /// The log had no room for a moment.
    #[cfg(feature = "durable")]
    pub(super) fn is_blocked(&self) -> bool {
        !self.waiting.is_empty()
    }

    #[cfg(not(feature = "durable"))]
    pub(super) fn store(&mut self, engine: &mut Engine) -> Result<bool, Error> {
        std::iter::from_fn(|| engine.poll_journal()).for_each(|record: Record| drop(record));
        Ok(true)
    }

    #[cfg(not(feature = "durable"))]
    pub(super) fn is_blocked(&self) -> bool {
        false
    }
}
