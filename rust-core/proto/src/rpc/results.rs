//! What the responder remembers: which requests of the peer it has seen, and what it answered.
use super::config::Config;
use super::record::Record;
use super::table::Answer;
use crate::time::Instant;
use bytes::Bytes;
use std::collections::BTreeMap;

/// What is known of one request of the peer.
#[derive(Clone, Debug)]
enum Entry {
    Executing { idempotent: bool, due: Option<Instant> },
    Unwanted { due: Option<Instant> },
    Done { code: u16, data: Bytes },
    Interrupted,
}

/// The requests of the peer, and the responses that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Results {
    entries: BTreeMap<u64, Entry>,
    /// Of what is no entry: nothing is known up to here, nothing came after.
    floor: u64,
    /// The highest request that must not be carried out twice.
    seen: u64,
    executing: usize,
    kept: usize,
    octets: usize,
}

impl Results {
    pub(super) fn state(&self, id: u64, idempotent: bool) -> Answer {
        match self.entries.get(&id) {
            Some(Entry::Executing { .. }) => Answer::Executing,
            Some(Entry::Unwanted { .. }) => Answer::Unwanted,
            Some(Entry::Done { .. }) => Answer::Done,
            Some(Entry::Interrupted) => Answer::Interrupted,
            None if id <= self.floor && !idempotent => Answer::Forgotten,
            None => Answer::New,
        }
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Requests that the application has.
    pub(super) fn executing(&self) -> usize {
        self.executing
    }

    pub(super) fn begin(&mut self, id: u64, idempotent: bool, due: Option<Instant>) {
        self.executing += 1;
        if !idempotent {
            self.seen = self.seen.max(id);
        }
        self.entries.insert(id, Entry::Executing { idempotent, due });
    }

    pub(super) fn due(&self, id: u64) -> Option<Instant> {
        match self.entries.get(&id)? {
            Entry::Executing { due, .. } | Entry::Unwanted { due } => *due,
            Entry::Done { .. } | Entry::Interrupted => None,
        }
    }

    pub(super) fn is_idempotent(&self, id: u64) -> bool {
        matches!(self.entries.get(&id), Some(Entry::Executing { idempotent: true, .. }))
    }

    pub(super) fn kept(&self, id: u64) -> Option<(u16, Bytes)> {
        match self.entries.get(&id)? {
            Entry::Done { code, data } => Some((*code, data.clone())),
            Entry::Executing { .. } | Entry::Unwanted { .. } | Entry::Interrupted => None,
        }
    }

    pub(super) fn abandon(&mut self, id: u64) {
        let due = self.due(id);
        self.entries.insert(id, Entry::Unwanted { due });
    }

    pub(super) fn drop(&mut self, id: u64) {
        match self.entries.remove(&id) {
            Some(Entry::Executing { .. } | Entry::Unwanted { .. }) => self.executing -= 1,
            Some(Entry::Done { data, .. }) => {
                self.kept -= 1;
                self.octets -= data.len();
            }
            Some(Entry::Interrupted) => self.kept -= 1,
            None => {}
        }
    }

    /// Keeps a response. Gives the new floor if older ones had to go.
    pub(super) fn store(&mut self, id: u64, code: u16, data: Bytes, config: &Config) -> Option<u64> {
        self.drop(id);
        self.kept += 1;
        self.octets += data.len();
        self.entries.insert(id, Entry::Done { code, data });
        let before = self.floor;
        while self.kept > config.results || self.octets > config.result_octets {
            let oldest = self.entries.iter().find(|(_, entry)| entry.is_kept()).map(|(id, _)| *id);
            let Some(oldest) = oldest else { break };
            self.drop(oldest);
            self.floor = self.floor.max(oldest);
        }
        (self.floor > before).then_some(self.floor)
    }

    /// Identifiers below this one of which something is known.
    pub(super) fn below(&self, low: u64) -> Vec<u64> {
        self.entries.range(..low).map(|(id, _)| *id).collect()
    }

    /// Nothing below comes again. Gives the new floor if it is one.
    pub(super) fn raise(&mut self, low: u64) -> Option<u64> {
        let floor = low.saturating_sub(1);
        (floor > self.floor).then(|| {
            self.floor = floor;
            floor
        })
    }

    /// Takes a record of the journal in the order of the journal.
    pub(super) fn replay(&mut self, record: &Record) {
        match record {
            Record::Began(id) => {
                self.drop(*id);
                self.begin(*id, false, None);
            }
            Record::Finished { id, code, data } => {
                self.drop(*id);
                self.seen = self.seen.max(*id);
                self.kept += 1;
                self.octets += data.len();
                self.entries.insert(*id, Entry::Done { code: *code, data: data.clone() });
            }
            Record::Floor(floor) => {
                self.floor = self.floor.max(*floor);
                self.seen = self.seen.max(*floor);
                let gone: Vec<u64> =
                    self.entries.range(..=*floor).filter(|(_, e)| e.is_kept()).map(|(id, _)| *id).collect();
                gone.into_iter().for_each(|id| self.drop(id));
            }
            Record::Attached | Record::Asked { .. } | Record::Settled(_) | Record::Next(_) => {}
        }
    }

    /// The journal is at its end: what was begun and not finished never will be.
    pub(super) fn replayed(&mut self) {
        let begun: Vec<u64> =
            self.entries.iter().filter(|(_, entry)| !entry.is_kept()).map(|(id, _)| *id).collect();
        for id in begun {
            self.drop(id);
            if id > self.floor {
                self.kept += 1;
                self.entries.insert(id, Entry::Interrupted);
            }
        }
    }

    /// Records from which this can be made again.
    pub(super) fn records(&self, into: &mut Vec<Record>) {
        if self.floor > 0 {
            into.push(Record::Floor(self.floor));
        }
        for (id, entry) in &self.entries {
            match entry {
                Entry::Executing { idempotent: true, .. } => {}
                Entry::Executing { idempotent: false, .. } | Entry::Unwanted { .. } | Entry::Interrupted => {
                    into.push(Record::Began(*id));
                }
                Entry::Done { code, data } => {
                    into.push(Record::Finished { id: *id, code: *code, data: data.clone() });
                }
            }
        }
    }
}

impl Entry {
    fn is_kept(&self) -> bool {
        matches!(self, Entry::Done { .. } | Entry::Interrupted)
    }
}
