//! The journal's side of one dialogue: what the engine appends goes into its log in order, and what became durable is told back.
use osisession_dialogue::{Dialogue as Engine, Status, Token};
use osisession_journal::{self as journal, Error as Failure, Log, Usage};
use osisession_proto::{Bytes, Instant};
use std::time::Duration;

/// When a log is replaced by a checkpoint (see [`super::DurableLimits`]).
#[derive(Clone, Copy)]
pub(super) struct Compaction {
    pub(super) octets: u64,
    pub(super) records: u64,
}

/// The limit of a journal that no checkpoint helps against.
const RECORD: &str = "octets of a record";
/// How soon a log that had no room is tried again.
const AGAIN: Duration = Duration::from_millis(50);
/// A log must have grown to so many times its last checkpoint before it is worth the next one.
const GROWTH: u64 = 3;
/// Longest time that a sync waits for as many messages as the last one had. It waits at most half of what that took.
const LONGEST_GATHER: Duration = Duration::from_millis(2);

/// The sync that the engine waits for.
#[derive(Clone, Copy)]
struct Flight {
    token: Token,
    /// It has ended when the log is durable up to here.
    upto: journal::Token,
    /// Messages up to this position are in it.
    out: u64,
    since: Instant,
    /// It has ended, and the next one may gather until then.
    gather: Option<Instant>,
}

/// The log of a dialogue; none at all for one in memory.
pub(super) struct Store {
    log: Option<Box<dyn Log>>,
    /// What waits to be given to the log; then a sync, if the engine wants one.
    records: Vec<Bytes>,
    wanted: Option<Token>,
    flight: Option<Flight>,
    /// Messages that the last sync had.
    batch: u64,
    /// Messages up to this position are durable. The engine may hear of it a moment later.
    pub(super) accepted: u64,
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
        Store {
            log,
            records: Vec::new(),
            wanted: None,
            flight: None,
            batch: 0,
            accepted: 0,
            compaction,
            base,
            blocked: false,
            failed: None,
        }
    }

    pub(super) fn append(&mut self, record: Bytes) {
        self.records.push(record);
    }

    pub(super) fn sync(&mut self, token: Token) {
        self.wanted = Some(token);
    }

    /// When [`Store::settle`] is due although nothing has happened.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let again = self.blocked.then(|| now + AGAIN);
        let gather = self.flight.and_then(|flight| flight.gather);
        again.into_iter().chain(gather).min()
    }

    /// Gives to the log what waits, and to the engine what became durable. To be called when the engine has no more effects: a
    /// snapshot then says all that was appended. True if the engine was told something.
    pub(super) fn settle(&mut self, engine: &mut Engine, now: Instant) -> bool {
        let outcome = match self.failed {
            Some(_) => Ok(false),
            None => self.write(engine, now).and_then(|()| self.look(engine, now)),
        };
        if self.failed.is_some() || outcome.is_err() {
            self.records.clear();
            self.wanted = None;
        }
        outcome.unwrap_or_else(|failure| {
            self.failed = Some(failure);
            engine.storage_failed(now);
            true
        })
    }

    fn write(&mut self, engine: &mut Engine, now: Instant) -> Result<(), Failure> {
        self.blocked = false;
        let Some(log) = &mut self.log else {
            self.records.clear();
            return Ok(());
        };
        if !self.records.is_empty() {
            // The engine asks for a sync where it needs one; what it can do without is durable a little later.
            match log.append(&self.records, journal::Durability::Lazy) {
                Ok(_) => self.records.clear(),
                // Nothing makes room for a record that is longer than the journal takes.
                Err(failure @ Failure::Quota { limit: RECORD, .. }) => return Err(failure),
                // A checkpoint takes the place of the log and of what waits. Where even that finds no room, all waits until
                // messages are confirmed, or the writer has caught up.
                Err(Failure::Quota { .. } | Failure::Busy { .. }) => {
                    if !self.checkpoint(engine)? {
                        self.blocked = true;
                        return Ok(());
                    }
                    self.records.clear();
                }
                Err(failure) => return Err(failure),
            }
        }
        let Some(log) = &mut self.log else { return Ok(()) };
        if let Some(token) = self.wanted.take() {
            // It takes along what the engine appended behind its wish.
            let (upto, out) = (log.sync()?, engine.progress().sent);
            self.flight = Some(Flight { token, upto, out, since: now, gather: None });
        }
        let (usage, base) = (log.usage(), self.base);
        let grown = usage.octets > self.compaction.octets.max(base.octets.saturating_mul(GROWTH))
            || usage.records > self.compaction.records.max(base.records.saturating_mul(GROWTH));
        if grown {
            self.checkpoint(engine)?;
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
        if let Some(flight) = &mut self.flight
            && progress.durable >= flight.upto
        {
            // Who waited for this sync comes back when it has heard of it. The engine hears of it when as many are back, because it
            // then asks for the next one at once: two halves would take two syncs.
            let expected = flight.out - self.accepted.min(flight.out);
            if flight.gather.is_none() {
                let gather = ((now - flight.since) / 2).min(LONGEST_GATHER);
                flight.gather = Some(now + gather);
                self.batch = expected;
            }
            self.accepted = self.accepted.max(flight.out);
            let back = engine.progress().sent - flight.out;
            if self.batch > 1 && back < self.batch && flight.gather.is_some_and(|until| now < until) {
                return Ok(false);
            }
            let token = flight.token;
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
