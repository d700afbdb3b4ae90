//! The journal's side of one dialogue: what the engine appends goes into its log in order, and what became durable is told back.
use osisession_dialogue::{Dialogue as Engine, Status, Token};
use osisession_journal::{self as journal, Error as Failure, Log, Usage};
use osisession_proto::{Bytes, Instant};
use std::collections::VecDeque;

/// What waits to be given to the log.
enum Wish {
    Append(Bytes),
    Sync(Token),
}

/// When a log is replaced by a checkpoint (see [`super::DurableLimits`]).
#[derive(Clone, Copy)]
pub(super) struct Compaction {
    pub(super) octets: u64,
    pub(super) records: u64,
}

/// The limit of a journal that no checkpoint helps against.
const RECORD: &str = "octets of a record";
/// A log must have grown to so many times its last checkpoint before it is worth the next one.
const GROWTH: u64 = 3;

/// The log of a dialogue; none at all for one in memory.
pub(super) struct Store {
    log: Option<Box<dyn Log>>,
    wishes: VecDeque<Wish>,
    /// The sync that the engine waits for, and from where on it is done.
    flight: Option<(Token, journal::Token)>,
    compaction: Compaction,
    /// What the last checkpoint had.
    base: Usage,
    /// The log has no room, or is busy: try again.
    pub(super) blocked: bool,
    /// Why nothing more can be stored, for good.
    pub(super) failed: Option<Failure>,
}

impl Store {
    pub(super) fn new(log: Option<Box<dyn Log>>, compaction: Compaction) -> Store {
        let base = log.as_ref().map(|log| log.usage()).unwrap_or_default();
        Store { log, wishes: VecDeque::new(), flight: None, compaction, base, blocked: false, failed: None }
    }

    pub(super) fn append(&mut self, record: Bytes) {
        self.wishes.push_back(Wish::Append(record));
    }

    pub(super) fn sync(&mut self, token: Token) {
        self.wishes.push_back(Wish::Sync(token));
    }

    /// Gives to the log what waits, and to the engine what became durable. To be called when the engine has no more effects: a
    /// snapshot then says all that was appended. True if the engine was told something.
    pub(super) fn settle(&mut self, engine: &mut Engine, now: Instant) -> bool {
        if self.failed.is_some() {
            self.wishes.clear();
            return false;
        }
        let outcome = self.write(engine).and_then(|()| self.look(engine, now));
        outcome.unwrap_or_else(|failure| {
            self.failed = Some(failure);
            self.wishes.clear();
            engine.storage_failed(now);
            true
        })
    }

    fn write(&mut self, engine: &mut Engine) -> Result<(), Failure> {
        self.blocked = false;
        let Some(log) = &mut self.log else {
            self.wishes.clear();
            return Ok(());
        };
        while !self.wishes.is_empty() {
            let records: Vec<Bytes> = self
                .wishes
                .iter()
                .map_while(|wish| match wish {
                    Wish::Append(record) => Some(record.clone()),
                    Wish::Sync(_) => None,
                })
                .collect();
            if !records.is_empty() {
                // The engine asks for a sync where it needs one; what it can do without is durable a little later.
                match log.append(&records, journal::Durability::Lazy) {
                    Ok(_) => drop(self.wishes.drain(..records.len())),
                    // Nothing makes room for a record that is longer than the journal takes.
                    Err(failure @ Failure::Quota { limit: RECORD, .. }) => return Err(failure),
                    Err(Failure::Quota { .. } | Failure::Busy { .. }) => {
                        return self.make_room(engine);
                    }
                    Err(failure) => return Err(failure),
                }
            }
            if let Some(Wish::Sync(token)) = self.wishes.front() {
                self.flight = Some((*token, log.sync()?));
                self.wishes.pop_front();
            }
        }
        let (usage, base) = (log.usage(), self.base);
        let grown = usage.octets > self.compaction.octets.max(base.octets.saturating_mul(GROWTH))
            || usage.records > self.compaction.records.max(base.records.saturating_mul(GROWTH));
        if grown {
            self.checkpoint(engine)?;
        }
        Ok(())
    }

    /// The log did not take what waits. A checkpoint takes the place of the log and of what waits; where even that finds no room,
    /// all waits until messages are confirmed, or the writer has caught up.
    fn make_room(&mut self, engine: &mut Engine) -> Result<(), Failure> {
        if !self.checkpoint(engine)? {
            self.blocked = true;
            return Ok(());
        }
        let Some(log) = &mut self.log else { return Ok(()) };
        self.wishes.retain(|wish| matches!(wish, Wish::Sync(_)));
        if let Some(Wish::Sync(token)) = self.wishes.pop_front() {
            self.flight = Some((token, log.sync()?));
        }
        Ok(())
    }

    /// Replaces the log by the shortest one that says the same; false if there is no room for that.
    fn checkpoint(&mut self, engine: &mut Engine) -> Result<bool, Failure> {
        let Some(log) = &mut self.log else { return Ok(true) };
        let snapshot = engine.snapshot();
        match log.checkpoint(&snapshot, journal::Durability::Sync) {
            Ok(_) => {
                self.base = Usage::of(&snapshot);
                Ok(true)
            }
            Err(Failure::Quota { .. } | Failure::Busy { .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn look(&mut self, engine: &mut Engine, now: Instant) -> Result<bool, Failure> {
        let Some(log) = &self.log else { return Ok(false) };
        let progress = log.progress();
        if let Some((token, upto)) = self.flight
            && progress.durable >= upto
        {
            self.flight = None;
            engine.stored(token, now);
            return Ok(true);
        }
        progress.failed.map_or(Ok(false), Err)
    }

    /// Begins to make durable what nobody has asked for yet: before the node ends.
    pub(super) fn flush(&mut self) -> Option<journal::Token> {
        self.log.as_mut().and_then(|log| log.sync().ok())
    }

    pub(super) fn wait(
        &mut self,
        token: journal::Token,
        timeout: std::time::Duration,
    ) -> Result<(), Failure> {
        self.log.as_mut().map_or(Ok(()), |log| log.wait(token, Some(timeout)))
    }

    /// What callers are told after a failure: whether it is worth to ask the journal again.
    pub(super) fn retry_status(&self) -> Status {
        match &self.failed {
            Some(Failure::Lost { .. } | Failure::Storage { .. }) => Status::Busy,
            _ => Status::Storage,
        }
    }

    pub(super) fn has_log(&self) -> bool {
        self.log.is_some()
    }
}
