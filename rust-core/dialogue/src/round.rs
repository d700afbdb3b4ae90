//! The round that is made after each input: what has become possible or due; and what all files of the engine use.
use osisession_proto::Bytes;
use osisession_proto::time::{Duration, Instant};

use crate::config::{Delivery, Durability};
use crate::control::{Block, Kind, Status};
use crate::dialogue::{Dialogue, Life, Role, Rule};
use crate::effect::{Effect, Event, Primitive, Stop};
use crate::ledger::Marks;
use crate::record::Record;
use crate::table::State;

impl Dialogue {
    /// Whether a rule stands. Outside the tests of this crate each one does.
    #[inline]
    pub(crate) fn holds(&self, rule: Rule) -> bool {
        #[cfg(test)]
        if self.removed == Some(rule) {
            return false;
        }
        let _ = rule;
        true
    }

    pub(crate) fn memory_only(&self) -> bool {
        self.config.durability == Durability::MemoryOnly
    }

    /// Appends a record; its number.
    pub(crate) fn append(&mut self, record: &Record, urgent: bool) -> u64 {
        self.ledger.appended += 1;
        if !self.memory_only() {
            self.effects.push_back(Effect::Append(record.encode()));
        }
        if urgent {
            self.ledger.urgent = self.ledger.appended;
        }
        self.ledger.appended
    }

    /// Appends a message, which is stored as the level of durability says.
    pub(crate) fn append_message(&mut self, record: &Record, octets: usize) {
        let each = self.config.durability == Durability::EveryMessage;
        self.append(record, each);
        if !each {
            self.ledger.messages += 1;
            self.ledger.octets = self.ledger.octets.saturating_add(octets);
            let checkpoint = &self.config.checkpoint;
            if self.ledger.messages >= checkpoint.messages || self.ledger.octets >= checkpoint.octets {
                self.flush();
            } else if self.ledger.flush_at.is_none() {
                self.ledger.flush_at = Some(self.now + checkpoint.interval);
            }
        }
    }

    /// All that was appended should be stored now.
    pub(crate) fn flush(&mut self) {
        self.ledger.urgent = self.ledger.appended;
    }

    /// Whether a record is durable.
    pub(crate) fn is_stored(&self, record: u64) -> bool {
        self.memory_only() || self.ledger.durable >= record
    }

    pub(crate) fn marks(&self) -> Marks {
        Marks {
            records: self.ledger.appended,
            out: self.outbox.taken(),
            inbox: match self.config.delivery {
                Delivery::Inbox => self.inbox.held(),
                Delivery::Application => self.inbox.durable,
            },
            cursor: self.inbox.committed,
        }
    }

    pub(crate) fn apply(&mut self, marks: Marks) {
        self.outbox.durable = self.outbox.durable.max(marks.out);
        self.inbox.durable = self.inbox.durable.max(marks.inbox);
        self.inbox.cursor = self.inbox.cursor.max(marks.cursor);
    }

    /// What may be told to the peer as received, on the current connection.
    pub(crate) fn rcv(&self) -> u64 {
        // The application may have committed, of what an earlier connection brought, more than this one has repeated so far.
        self.inbox.durable.min(self.inbox.arrived)
    }

    pub(crate) fn block(&self, kind: Kind, rcv: u64, status: Status) -> Block {
        let seen =
            self.epoch.checked_sub(self.seen).filter(|_| self.seen > 0).and_then(|n| u8::try_from(n).ok());
        Block {
            kind,
            did: self.did,
            epoch: self.epoch,
            rcv,
            snd: self.outbox.durable,
            low: self.outbox.confirmed + 1,
            status,
            seen: seen.filter(|&seen| seen < 0x80),
        }
    }

    pub(crate) fn octets(&self, kind: Kind, status: Status) -> Bytes {
        self.block(kind, self.rcv(), status).encode(self.config.seal(), &[])
    }

    pub(crate) fn put(&mut self, primitive: Primitive) {
        if let Some(connection) = self.current {
            self.effects.push_back(Effect::Send { connection, primitive });
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        if self.events.len() >= self.config.limits.events {
            self.events.pop_front();
            self.events_lost += 1;
        }
        self.events.push_back(event);
    }

    /// No more attempts until the application asks.
    pub(crate) fn stop(&mut self, why: Stop) {
        if !self.stopped && self.life == Life::Open {
            self.stopped = true;
            self.tell(Event::Stopped(why));
        }
    }

    /// The dialogue can never go on. `status` is what was found, the speaker being this side.
    pub(crate) fn broken(&mut self, status: Status) {
        if self.life != Life::Open {
            return;
        }
        self.life = Life::Broken(status);
        self.append(&Record::Broken { status }, true);
        let (confirmed, taken) = (self.outbox.confirmed, self.outbox.taken());
        let unconfirmed = (taken > confirmed).then_some(confirmed + 1..=taken);
        self.tell(Event::Broken { status, confirmed, unconfirmed });
    }

    pub(crate) fn outbox_has_room(&self) -> bool {
        let limits = &self.config.limits;
        self.outbox.len() < limits.outbox_messages && self.outbox.octets < limits.outbox_octets
    }

    /// Someone has something to say: an idle dialogue connects again at once.
    pub(crate) fn wake(&mut self) {
        self.last_traffic = self.now;
        if self.idle {
            self.idle = false;
            self.pace.next = Some(self.now);
        }
    }

    /// Made after each input: looks at what has become possible or due.
    pub(crate) fn round(&mut self) {
        if self.memory_only() {
            let marks = self.marks();
            self.apply(marks);
        }
        self.attend_deadlines();
        self.attend_link();
        self.attend_points();
        self.attend_parting();
        self.attend_retry();
        self.attend_journal();
    }

    fn attend_deadlines(&mut self) {
        if self.link.answer_by.is_some_and(|at| at <= self.now)
            || self.points.answer_by.is_some_and(|at| at <= self.now)
        {
            self.abort(Status::Late);
        }
        if self.overdue_at().is_some_and(|at| at <= self.now) {
            self.detached_since = None;
            self.tell(Event::Overdue);
        }
        if self.closed_since.is_some_and(|since| since + self.config.retention <= self.now) {
            self.closed_since = None;
            self.tell(Event::Forget);
        }
    }

    pub(crate) fn overdue_at(&self) -> Option<Instant> {
        let since = self.detached_since.filter(|_| self.life == Life::Open && !self.idle)?;
        Some(since + self.config.overdue?)
    }

    fn attend_journal(&mut self) {
        if self.memory_only() {
            self.ledger.durable = self.ledger.appended;
            self.ledger.flush_at = None;
            return;
        }
        if self.ledger.flush_at.is_some_and(|at| at <= self.now) {
            self.ledger.flush_at = None;
            self.flush();
        }
        let marks = self.marks();
        if let Some(token) = self.ledger.begin(marks, self.now) {
            self.effects.push_back(Effect::Sync(token));
        }
        let timeout = self.config.limits.storage_timeout;
        if let Some((_, _, since)) = self.ledger.flight
            && !self.ledger.stalled
            && since + timeout <= self.now
        {
            self.ledger.stalled = true;
            self.abort(Status::Storage);
            self.tell(Event::StorageStalled);
        }
    }

    fn attend_retry(&mut self) {
        if self.state != State::Detached || !self.wants_connection() {
            return;
        }
        match self.pace.next {
            Some(at) if at <= self.now => self.begin_attempt(),
            Some(_) => {}
            None => self.schedule(Duration::ZERO),
        }
    }

    pub(crate) fn wants_connection(&self) -> bool {
        self.life == Life::Open
            && self.config.can_connect
            && !self.stopped
            && !self.idle
            && !self.ledger.stalled
            && !self.ledger.failed
    }

    pub(crate) fn schedule(&mut self, floor: Duration) {
        let patience = match self.role {
            Role::Initiator => Duration::ZERO,
            Role::Responder => self.config.retry.responder,
        };
        self.pace.schedule(self.now, floor.max(patience), &self.config.retry);
    }
}

pub(crate) fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
