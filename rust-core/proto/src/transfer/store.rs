//! What must survive: changed by records only, so that a restart finds what was there.
use super::pdu::Reference;
use super::record::Record;
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, VecDeque};

/// Connections of the association whose names are remembered.
const NAMES: usize = 32;
/// Names of one activity that are remembered.
const ALIASES: usize = 32;

/// An APDU of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outbound {
    pub(super) id: u64,
    pub(super) priority: u32,
    pub(super) data: Bytes,
    /// The number of its activity, and the connection on which that was started.
    pub(super) started: Option<(u32, Reference)>,
    /// The last checkpoint confirmed, and the octets before it.
    pub(super) confirmed: (u64, usize),
    /// Its activity may have come to its end at the peer.
    pub(super) ended: bool,
    /// An activity before may have.
    pub(super) doubt: bool,
    pub(super) cancelled: bool,
}

/// An APDU of the peer's, or the mark of one that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inbound {
    pub(super) key: u64,
    names: VecDeque<(Reference, Bytes)>,
    pub(super) data: BytesMut,
    /// Octets before each checkpoint.
    pub(super) checkpoints: Vec<(u64, usize)>,
    pub(super) complete: bool,
}

impl Inbound {
    /// The octets before a checkpoint; 0 is the beginning.
    pub(super) fn offset(&self, serial: u64) -> Option<usize> {
        if serial == 0 {
            return Some(0);
        }
        let at = self.checkpoints.binary_search_by_key(&serial, |(serial, _)| *serial).ok()?;
        self.checkpoints.get(at).map(|(_, offset)| *offset)
    }

    fn is_named(&self, on: &Reference, activity: &Bytes) -> bool {
        self.names.iter().any(|(of, name)| of == on && name == activity)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Store {
    /// The connections of the association, the newest last.
    connections: VecDeque<Reference>,
    pub(super) connection_number: u64,
    pub(super) outbound: Vec<Outbound>,
    pub(super) next_id: u64,
    /// The highest number of an activity.
    pub(super) activity: u32,
    pub(super) inbound: VecDeque<Inbound>,
    pub(super) next_key: u64,
    pub(super) deliveries: BTreeMap<u64, Bytes>,
    pub(super) next_delivery: u64,
    max_interrupted: usize,
    completed_marks: usize,
}

impl Store {
    pub(super) fn new(max_interrupted: usize, completed_marks: usize) -> Store {
        Store {
            max_interrupted,
            completed_marks,
            next_id: 1,
            next_key: 1,
            next_delivery: 1,
            ..Store::default()
        }
    }

    /// The connection that was established last.
    pub(super) fn last_connection(&self) -> Option<&Reference> {
        self.connections.back()
    }

    pub(super) fn knows(&self, reference: &Reference) -> bool {
        self.connections.contains(reference)
    }

    pub(super) fn outbound(&self, id: u64) -> Option<&Outbound> {
        self.outbound.iter().find(|apdu| apdu.id == id)
    }

    fn outbound_mut(&mut self, id: u64) -> Option<&mut Outbound> {
        self.outbound.iter_mut().find(|apdu| apdu.id == id)
    }

    pub(super) fn inbound(&self, key: u64) -> Option<&Inbound> {
        self.inbound.iter().find(|apdu| apdu.key == key)
    }

    fn inbound_mut(&mut self, key: u64) -> Option<&mut Inbound> {
        self.inbound.iter_mut().find(|apdu| apdu.key == key)
    }

    /// The activity of this name.
    pub(super) fn find(&self, on: &Reference, activity: &Bytes) -> Option<&Inbound> {
        self.inbound.iter().rev().find(|apdu| apdu.is_named(on, activity))
    }

    pub(super) fn apply(&mut self, record: &Record) {
        match record {
            Record::Connected { number, reference } => {
                self.connection_number = self.connection_number.max(*number);
                self.connections.retain(|known| known != reference);
                if self.connections.len() >= NAMES {
                    self.connections.pop_front();
                }
                self.connections.push_back(reference.clone());
            }
            Record::Forgotten => {
                self.connections.clear();
                self.inbound.clear();
            }
            Record::Queued { id, priority, data } => {
                self.next_id = self.next_id.max(id.saturating_add(1));
                self.outbound.push(Outbound {
                    id: *id,
                    priority: *priority,
                    data: data.clone(),
                    started: None,
                    confirmed: (0, 0),
                    ended: false,
                    doubt: false,
                    cancelled: false,
                });
            }
            Record::Cancelled(id) => {
                if let Some(apdu) = self.outbound_mut(*id) {
                    apdu.cancelled = true;
                }
            }
            Record::Started { id, activity, on } => {
                self.activity = self.activity.max(*activity);
                if let Some(apdu) = self.outbound_mut(*id) {
                    apdu.started = Some((*activity, on.clone()));
                }
            }
            Record::Numbered(activity) => self.activity = self.activity.max(*activity),
            Record::Confirmed { id, serial, offset } => {
                if let Some(apdu) = self.outbound_mut(*id) {
                    let offset = usize::try_from(*offset).unwrap_or(usize::MAX).min(apdu.data.len());
                    apdu.confirmed = (*serial, offset);
                }
            }
            Record::Ended(id) => {
                if let Some(apdu) = self.outbound_mut(*id) {
                    apdu.ended = true;
                }
            }
            Record::Renewed { id, proven } => {
                if let Some(apdu) = self.outbound_mut(*id) {
                    apdu.doubt |= apdu.ended && !proven;
                    (apdu.started, apdu.confirmed, apdu.ended) = (None, (0, 0), false);
                }
            }
            Record::Settled(id) => self.outbound.retain(|apdu| apdu.id != *id),
            Record::Began { key, activity, on } => self.begin(*key, activity, on),
            Record::Named { key, activity, on } => {
                if let Some(apdu) = self.inbound_mut(*key) {
                    if apdu.names.len() >= ALIASES {
                        // The first name stays: a peer may always use it.
                        apdu.names.remove(1);
                    }
                    apdu.names.push_back((on.clone(), activity.clone()));
                }
            }
            Record::Secured { key, serial, data } => {
                if let Some(apdu) = self.inbound_mut(*key) {
                    apdu.data.extend_from_slice(data);
                    apdu.checkpoints.push((*serial, apdu.data.len()));
                }
            }
            Record::CutBack { key, serial } => {
                if let Some(apdu) = self.inbound_mut(*key) {
                    let offset = apdu.offset(*serial).unwrap_or(0);
                    apdu.checkpoints.retain(|(of, _)| of <= serial);
                    apdu.data.truncate(offset);
                }
            }
            Record::Completed { key, number, data } => {
                self.next_delivery = self.next_delivery.max(number.saturating_add(1));
                if let Some(apdu) = self.inbound_mut(*key) {
                    apdu.data.extend_from_slice(data);
                    apdu.complete = true;
                    apdu.checkpoints = Vec::new();
                    let whole = std::mem::take(&mut apdu.data).freeze();
                    self.deliveries.insert(*number, whole);
                }
                let marks = self.inbound.iter().filter(|apdu| apdu.complete).count();
                if marks > self.completed_marks {
                    self.forget_oldest(true);
                }
            }
            Record::Dropped(key) => {
                self.next_key = self.next_key.max(key.saturating_add(1));
                self.inbound.retain(|apdu| apdu.key != *key);
            }
            Record::Taken(number) => drop(self.deliveries.remove(number)),
        }
    }

    fn begin(&mut self, key: u64, activity: &Bytes, on: &Reference) {
        self.next_key = self.next_key.max(key.saturating_add(1));
        let partial = self.inbound.iter().filter(|apdu| !apdu.complete).count();
        if partial >= self.max_interrupted {
            self.forget_oldest(false);
        }
        // The name is new, whatever had it before.
        self.inbound.retain(|apdu| !apdu.is_named(on, activity));
        self.inbound.push_back(Inbound {
            key,
            names: VecDeque::from([(on.clone(), activity.clone())]),
            data: BytesMut::new(),
            checkpoints: Vec::new(),
            complete: false,
        });
    }

    fn forget_oldest(&mut self, complete: bool) {
        if let Some(at) = self.inbound.iter().position(|apdu| apdu.complete == complete) {
            self.inbound.remove(at);
        }
    }

    /// The fewest records that say the same.
    pub(super) fn snapshot(&self) -> Vec<Record> {
        let number = self.connection_number;
        let mut records: Vec<Record> = self
            .connections
            .iter()
            .map(|reference| Record::Connected { number, reference: reference.clone() })
            .collect();
        if records.is_empty() && number > 0 {
            records.push(Record::Connected { number, reference: Reference::default() });
            records.push(Record::Forgotten);
        }
        records.push(Record::Numbered(self.activity));
        // The highest numbers used, with nothing behind them.
        records.push(Record::Queued { id: self.next_id.saturating_sub(1), priority: 0, data: Bytes::new() });
        records.push(Record::Settled(self.next_id.saturating_sub(1)));
        let before = |next: u64| next.saturating_sub(1);
        records.push(Record::Completed { key: 0, number: before(self.next_delivery), data: Bytes::new() });
        for apdu in &self.outbound {
            self.snapshot_outbound(apdu, &mut records);
        }
        for (number, data) in &self.deliveries {
            // Through an activity that is forgotten again.
            let (key, activity, on) = (before(self.next_key), Bytes::new(), Reference::default());
            records.push(Record::Began { key, activity, on });
            records.push(Record::Completed { key, number: *number, data: data.clone() });
            records.push(Record::Dropped(key));
        }
        for apdu in &self.inbound {
            let key = apdu.key;
            for (at, (on, activity)) in apdu.names.iter().enumerate() {
                let (activity, on) = (activity.clone(), on.clone());
                records.push(match at {
                    0 => Record::Began { key, activity, on },
                    _ => Record::Named { key, activity, on },
                });
            }
            let mut from = 0;
            for (serial, to) in &apdu.checkpoints {
                let data = apdu.data.get(from..*to).unwrap_or_default();
                records.push(Record::Secured { key, serial: *serial, data: Bytes::copy_from_slice(data) });
                from = *to;
            }
            if apdu.complete {
                // Its APDU is among the deliveries, or taken: number 0 never is.
                records.push(Record::Completed { key, number: 0, data: Bytes::new() });
                records.push(Record::Taken(0));
            }
        }
        let key = before(self.next_key);
        if key > 0 && self.inbound(key).is_none() {
            records.push(Record::Dropped(key));
        }
        records
    }

    fn snapshot_outbound(&self, apdu: &Outbound, records: &mut Vec<Record>) {
        let id = apdu.id;
        records.push(Record::Queued { id, priority: apdu.priority, data: apdu.data.clone() });
        if apdu.doubt {
            records.push(Record::Ended(id));
            records.push(Record::Renewed { id, proven: false });
        }
        if let Some((activity, on)) = &apdu.started {
            records.push(Record::Started { id, activity: *activity, on: on.clone() });
        }
        if apdu.confirmed.0 > 0 {
            let (serial, offset) = apdu.confirmed;
            records.push(Record::Confirmed { id, serial, offset: offset as u64 });
        }
        if apdu.ended {
            records.push(Record::Ended(id));
        }
        if apdu.cancelled {
            records.push(Record::Cancelled(id));
        }
    }
}
