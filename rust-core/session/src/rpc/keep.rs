//! What an association keeps in a journal, and what follows from it and waits until it is there (`docs/rpc.md`, section 6).
//!
//! Records are appended as they come. What the engine says behind them is taken at once and marked with that place of the log; it goes out when the log is
//! durable up to there. So records that come meanwhile delay nothing, and are synced together.
use osisession_proto::Bytes;
use osisession_proto::error::Result;
use osisession_proto::rpc::{Engine, Event, Record};
use osisession_proto::x225::primitive::Request as Primitive;
use std::collections::VecDeque;

/// Primitives that are taken from the engine before their records are durable.
const PRIMITIVES: usize = 256;
/// Events that wait; with more, nothing is read from the session.
const EVENTS: usize = 1_024;

/// What became of an append.
pub(super) enum Appended {
    /// It is in the log, up to this place.
    Upto(u64),
    /// There is no room now.
    Full,
}

/// The place where records go.
pub(super) trait Store: Send {
    /// Puts records at the end and begins to make them durable.
    fn append(&mut self, records: &[Bytes]) -> Result<Appended>;
    /// Puts these in the place of all that is there.
    fn checkpoint(&mut self, records: &[Bytes]) -> Result<Appended>;
    /// It has grown so much that a checkpoint is worth its while.
    fn has_grown(&self) -> bool;
    /// All up to here survives.
    fn durable(&self) -> Result<u64>;
}

/// The store of one association, and what waits for it.
pub(super) struct Keep {
    store: Box<dyn Store>,
    /// Records that found no room.
    unwritten: Vec<Bytes>,
    /// The place behind what was appended last.
    upto: u64,
    durable: u64,
    primitives: VecDeque<(u64, Primitive)>,
    events: VecDeque<(u64, Event)>,
}

impl Keep {
    pub(super) fn new(store: Box<dyn Store>) -> Keep {
        Keep {
            store,
            unwritten: Vec::new(),
            upto: 0,
            durable: 0,
            primitives: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Writes what the engine wants kept, and takes what it says behind that.
    pub(super) fn turn(&mut self, engine: &mut Engine) -> Result<()> {
        while let Some(record) = engine.poll_journal() {
            self.unwritten.push(record.encode());
        }
        self.write(engine)?;
        self.durable = self.store.durable()?;
        if self.is_blocked() {
            return Ok(());
        }
        while let Some(event) = engine.poll_event() {
            self.events.push_back((self.upto, event));
        }
        while self.primitives.len() < PRIMITIVES
            && let Some(primitive) = engine.poll_session()
        {
            self.primitives.push_back((self.upto, primitive));
        }
        Ok(())
    }

    fn write(&mut self, engine: &Engine) -> Result<()> {
        if !self.unwritten.is_empty() {
            let appended = match self.store.append(&self.unwritten)? {
                // A checkpoint takes the place of what is there and of what waits.
                Appended::Full => self.store.checkpoint(&snapshot(engine))?,
                appended @ Appended::Upto(_) => appended,
            };
            let Appended::Upto(place) = appended else { return Ok(()) };
            self.upto = place;
            self.unwritten.clear();
        }
        if self.store.has_grown()
            && let Appended::Upto(place) = self.store.checkpoint(&snapshot(engine))?
        {
            self.upto = place;
        }
        Ok(())
    }

    /// There was no room for records: it is tried again.
    pub(super) fn is_blocked(&self) -> bool {
        !self.unwritten.is_empty()
    }

    /// Nothing more is to be read from the session for now.
    pub(super) fn is_full(&self) -> bool {
        self.is_blocked() || self.events.len() >= EVENTS
    }

    /// There is nothing on its way to the session.
    pub(super) fn is_quiet(&self) -> bool {
        self.primitives.is_empty()
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        next(&mut self.events, self.durable)
    }

    pub(super) fn next_primitive(&mut self) -> Option<Primitive> {
        next(&mut self.primitives, self.durable)
    }

    /// The session is another one, or none.
    pub(super) fn forget_session(&mut self) {
        self.primitives.clear();
    }

    /// It is the end: writes what there is, and gives the outcomes that were not told.
    pub(super) fn end(mut self, engine: &mut Engine) -> impl Iterator<Item = Event> {
        while let Some(record) = engine.poll_journal() {
            self.unwritten.push(record.encode());
        }
        // Whatever comes of it: the outcomes are what is known.
        let _ = self.write(engine);
        self.events.into_iter().map(|(_, event)| event).filter(|event| matches!(event, Event::Outcome { .. }))
    }
}

fn next<T>(queue: &mut VecDeque<(u64, T)>, durable: u64) -> Option<T> {
    if queue.front().is_none_or(|(place, _)| *place > durable) {
        return None;
    }
    queue.pop_front().map(|(_, next)| next)
}

fn snapshot(engine: &Engine) -> Vec<Bytes> {
    engine.snapshot().iter().map(Record::encode).collect()
}
