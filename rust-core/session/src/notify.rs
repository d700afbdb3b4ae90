//! Who drives, and how the others learn what happened: the leader holds the reactor, followers wait on a condition
//! variable; between leading, handlers and the caller's own code, nobody holds it.
use crate::reactor::Reactor;
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The driver's seat.
#[derive(Debug)]
pub(crate) struct Seat {
    inner: Mutex<Inner>,
    changed: Condvar,
    /// Counts what happened. A follower reads it before it looks for what it waits for, and sleeps only if it did not move.
    generation: AtomicU64,
}

#[derive(Debug)]
struct Inner {
    reactor: Option<Box<Reactor>>,
    followers: usize,
}

/// What a wait for the seat came to.
pub(crate) enum Turn<'a> {
    /// The caller drives.
    Lead(Lead<'a>),
    /// Something happened: look again.
    Changed,
    /// The time is over.
    TimedOut,
}

/// The reactor in the hands of the leader; goes back when dropped, whatever happens.
pub(crate) struct Lead<'a> {
    seat: &'a Seat,
    reactor: Option<Box<Reactor>>,
}

impl Lead<'_> {
    pub(crate) fn reactor(&mut self) -> &mut Reactor {
        self.reactor.as_mut().expect("it is there until the drop")
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut inner = self.seat.inner.lock();
        inner.reactor = self.reactor.take();
        self.seat.generation.fetch_add(1, Ordering::SeqCst);
        if inner.followers > 0 {
            self.seat.changed.notify_all();
        }
    }
}

impl Seat {
    pub(crate) fn new(reactor: Reactor) -> Seat {
        Seat {
            inner: Mutex::new(Inner { reactor: Some(Box::new(reactor)), followers: 0 }),
            changed: Condvar::new(),
            generation: AtomicU64::new(0),
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Tells followers that something happened outside the reactor.
    pub(crate) fn announce(&self) {
        let inner = self.inner.lock();
        self.generation.fetch_add(1, Ordering::SeqCst);
        if inner.followers > 0 {
            self.changed.notify_all();
        }
    }

    /// Takes the seat, or waits until something happened since `seen` or the time is over. A caller that waits for nothing
    /// in particular has no `seen`, and takes the seat whenever it is free.
    pub(crate) fn take(&self, seen: Option<u64>, deadline: Option<Instant>) -> Turn<'_> {
        let mut inner = self.inner.lock();
        let before = self.generation();
        loop {
            // First: what the caller waits for may have come since it looked, and nothing would come again for it.
            if seen.is_some_and(|seen| self.generation() != seen) {
                return Turn::Changed;
            }
            if let Some(reactor) = inner.reactor.take() {
                return Turn::Lead(Lead { seat: self, reactor: Some(reactor) });
            }
            if self.generation() != before {
                return Turn::Changed;
            }
            inner.followers += 1;
            let late = match deadline {
                Some(at) => self.changed.wait_until(&mut inner, at).timed_out(),
                None => {
                    self.changed.wait(&mut inner);
                    false
                }
            };
            inner.followers -= 1;
            if late {
                return Turn::TimedOut;
            }
        }
    }
}
