//! A dialogue made again from its journal, and the shortest journal that says the same.
use core::fmt;

use osisession_proto::Bytes;
use osisession_proto::time::Instant;

use crate::config::{Config, Delivery};
use crate::dialogue::{Dialogue, Life, Role};
use crate::effect::Effect;
use crate::record::{Record, RecordError};
use crate::table::State;

/// Why a journal is not that of a dialogue. The index counts records from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// No records: there never was a dialogue.
    Empty,
    /// A record cannot be read.
    Record {
        /// Which.
        index: usize,
        /// Why.
        error: RecordError,
    },
    /// The first record is not `Created`, or a later one is.
    Created {
        /// Which.
        index: usize,
    },
    /// A position is not the one that follows, or lies beyond what the journal has.
    Position {
        /// Which.
        index: usize,
        /// The position there.
        found: u64,
        /// What was expected, or the highest that would do.
        expected: u64,
    },
    /// `Base` after messages, or twice.
    Base {
        /// Which.
        index: usize,
    },
    /// An epoch that is lower than one before.
    Epoch {
        /// Which.
        index: usize,
        /// The epoch there.
        found: u64,
        /// The one before.
        before: u64,
    },
    /// A journal without the peer's messages, restored without the application's cursor, or the other way round.
    Delivery,
    /// The application's cursor lies below what it had committed: it runs on an old copy of its store.
    Cursor {
        /// The application's.
        found: u64,
        /// What it had committed.
        committed: u64,
    },
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::Empty => f.write_str("journal: no records"),
            RestoreError::Record { index, error } => write!(f, "journal, record {index}: {error}"),
            RestoreError::Created { index } => {
                write!(f, "journal, record {index}: the first record, and only it, is Created")
            }
            RestoreError::Position { index, found, expected } => {
                write!(f, "journal, record {index}: position {found}, expected {expected}")
            }
            RestoreError::Base { index } => write!(f, "journal, record {index}: Base after messages"),
            RestoreError::Epoch { index, found, before } => {
                write!(f, "journal, record {index}: epoch {found} after {before}")
            }
            RestoreError::Delivery => {
                f.write_str("journal: the application's cursor is missing, or not wanted")
            }
            RestoreError::Cursor { found, committed } => {
                write!(f, "the application's cursor is {found}, it had committed {committed}")
            }
        }
    }
}

impl core::error::Error for RestoreError {}

impl Dialogue {
    /// Makes a dialogue again from all records of its journal, in order. `cursor` is the application's own position, for
    /// [`Delivery::Application`] and only for it. Messages that were not committed are handed out again.
    ///
    /// # Errors
    /// The records are not those of one dialogue, in order; the first that does not fit is named. Nothing can be continued then.
    pub fn restore<'a>(
        config: Config,
        records: impl IntoIterator<Item = &'a Bytes>,
        cursor: Option<u64>,
        now: Instant,
    ) -> Result<Dialogue, RestoreError> {
        if cursor.is_some() != (config.delivery == Delivery::Application) {
            return Err(RestoreError::Delivery);
        }
        let mut records = records.into_iter().enumerate();
        let decode =
            |index, octets| Record::decode(octets).map_err(|error| RestoreError::Record { index, error });
        let (index, first) = records.next().ok_or(RestoreError::Empty)?;
        let Record::Created { did, role, profile } = decode(index, first)? else {
            return Err(RestoreError::Created { index });
        };
        let mut dialogue = Dialogue::new(config, did, role, now);
        dialogue.config.profile = profile;
        for (index, octets) in records {
            dialogue.replay(index, decode(index, octets)?)?;
        }
        dialogue.settle(cursor)?;
        dialogue.pace.next = Some(now);
        if role == Role::Responder {
            dialogue.schedule(core::time::Duration::ZERO);
        }
        dialogue.round();
        Ok(dialogue)
    }

    fn replay(&mut self, index: usize, record: Record) -> Result<(), RestoreError> {
        let follows = |found: u64, last: u64| {
            if last.checked_add(1) == Some(found) {
                Ok(())
            } else {
                Err(RestoreError::Position { index, found, expected: last.saturating_add(1) })
            }
        };
        let within = |found: u64, limit: u64| {
            if found <= limit {
                Ok(())
            } else {
                Err(RestoreError::Position { index, found, expected: limit })
            }
        };
        match record {
            Record::Created { .. } => return Err(RestoreError::Created { index }),
            Record::Bound { identity } => self.bound = Some(identity),
            Record::Epoch { epoch, seen } => {
                if epoch < self.epoch {
                    return Err(RestoreError::Epoch { index, found: epoch, before: self.epoch });
                }
                within(seen, epoch)?;
                self.epoch = epoch;
                self.seen = self.seen.max(seen);
            }
            Record::Out { position, data } => {
                follows(position, self.outbox.taken())?;
                self.outbox.push(data);
            }
            Record::In { position, data } => {
                follows(position, self.inbox.held())?;
                // Counted as if it came on a connection that started at its end.
                self.inbox.arrived = self.inbox.held();
                self.inbox.receive(data);
            }
            Record::Drop { position } => {
                within(position, self.inbox.held())?;
                self.inbox.durable = position.max(self.inbox.committed);
                self.inbox.drop_volatile();
            }
            Record::Confirmed { position } => {
                within(position, self.outbox.taken())?;
                self.outbox.confirm(position);
            }
            Record::Cursor { position } => {
                if self.config.delivery == Delivery::Inbox {
                    within(position, self.inbox.held())?;
                    self.inbox.commit(position);
                } else {
                    self.inbox.durable = self.inbox.durable.max(position);
                }
            }
            Record::Closing => {
                self.close.wanted = true;
                self.close.recorded = true;
            }
            Record::Closed => {
                self.life = Life::Closed;
                self.closed_since = Some(self.now);
            }
            Record::Broken { status } => self.life = Life::Broken(status),
            Record::Base { out, inbox } => {
                if self.outbox.taken() > 0 || self.inbox.held() > 0 {
                    return Err(RestoreError::Base { index });
                }
                self.outbox = crate::outbox::Outbox::at(out);
                self.inbox = crate::inbox::Inbox::at(inbox);
            }
        }
        Ok(())
    }

    /// What was read back is durable.
    fn settle(&mut self, cursor: Option<u64>) -> Result<(), RestoreError> {
        if let Some(found) = cursor {
            let committed = self.inbox.durable;
            if found < committed {
                return Err(RestoreError::Cursor { found, committed });
            }
            self.inbox = crate::inbox::Inbox::at(found);
        } else {
            self.inbox.durable = self.inbox.held();
            self.inbox.arrived = self.inbox.durable;
            self.inbox.cursor = self.inbox.committed;
        }
        self.outbox.durable = self.outbox.taken();
        self.outbox.reach = self.outbox.durable;
        self.outbox.sent = self.outbox.confirmed;
        self.outbox.confirmed_octets = 0;
        Ok(())
    }

    /// The shortest journal that says what this one says. It may take the place of the whole journal at any time, in one step:
    /// with it everything that was appended so far is durable, and a sync that was asked for before may be called stored.
    /// Records that wait as [`crate::Effect::Append`] are in it, and are taken out of the queue.
    pub fn snapshot(&mut self) -> Vec<Bytes> {
        self.effects.retain(|effect| !matches!(effect, Effect::Append(_)));
        let profile = self.config.profile.clone();
        let mut records = vec![Record::Created { did: self.did, role: self.role, profile }];
        records.extend(self.bound.clone().map(|identity| Record::Bound { identity }));
        records.push(Record::Epoch { epoch: self.epoch, seen: self.seen.min(self.epoch) });
        let inbox = self.inbox.committed;
        records.push(Record::Base { out: self.outbox.confirmed, inbox });
        let outgoing = self.outbox.waiting();
        records.extend(outgoing.map(|(position, data)| Record::Out { position, data: data.clone() }));
        match self.config.delivery {
            Delivery::Inbox => {
                let incoming = self.inbox.waiting();
                records.extend(incoming.map(|(position, data)| Record::In { position, data: data.clone() }));
            }
            Delivery::Application => records.push(Record::Cursor { position: self.inbox.durable }),
        }
        match self.life {
            // W10 is written, DN may be about to go.
            Life::Open if self.state == State::Parting => records.push(Record::Closed),
            Life::Open if self.close.recorded => records.push(Record::Closing),
            Life::Open => {}
            Life::Closed => records.push(Record::Closed),
            Life::Broken(status) => records.push(Record::Broken { status }),
        }
        records.iter().map(Record::encode).collect()
    }
}
