//! What one subchannel has received (DNA NSP 4.0.1, receiving and acknowledging).
use super::message::Ack;
use super::number::Number;
use crate::time::Instant;

/// The receiving half of a subchannel: order, duplicates, and the acknowledgement that is owed.
#[derive(Debug)]
pub(super) struct Receiver<T> {
    /// Number of the last message that was accepted.
    last: Number,
    /// Messages that came before their turn. Few: a window of them at most.
    early: Vec<(Number, T)>,
    /// An acknowledgement is owed at once.
    owed: bool,
    /// An acknowledgement is owed at this time at the latest.
    owed_by: Option<Instant>,
}

/// Where a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It was accepted before.
    Duplicate,
    /// It is the next one.
    Next,
    /// A gap is before it.
    Early,
    /// It is beyond the window.
    Beyond,
}

impl<T> Receiver<T> {
    pub(super) fn new() -> Receiver<T> {
        Receiver { last: Number::default(), early: Vec::new(), owed: false, owed_by: None }
    }

    pub(super) fn turn(&self, number: Number, window: u16) -> Turn {
        match number.distance_from(self.last) {
            1 => Turn::Next,
            2..=Number::HALF if number.distance_from(self.last) <= window => Turn::Early,
            2..=Number::HALF => Turn::Beyond,
            _ => Turn::Duplicate,
        }
    }

    /// Keeps a message that is early; a second one of that number is dropped.
    pub(super) fn keep(&mut self, number: Number, item: T) {
        if !self.early.iter().any(|(have, _)| *have == number) {
            self.early.push((number, item));
        }
    }

    /// The next message was accepted.
    pub(super) fn accepted(&mut self) {
        self.last = self.last.next();
        // A copy of it may have come early and been put back.
        let last = self.last;
        self.early.retain(|(number, _)| *number != last);
    }

    /// The message whose turn it is, if it came early.
    pub(super) fn take_next(&mut self) -> Option<T> {
        let next = self.last.next();
        let at = self.early.iter().position(|(number, _)| *number == next)?;
        Some(self.early.swap_remove(at).1)
    }

    /// Puts back what [`Receiver::take_next`] gave: there is no room for it.
    pub(super) fn put_back(&mut self, item: T) {
        self.early.push((self.last.next(), item));
    }

    pub(super) fn has_early(&self) -> bool {
        !self.early.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.early.clear();
        self.owed = false;
        self.owed_by = None;
    }

    /// Owes an acknowledgement: at once, or by a time.
    pub(super) fn owe(&mut self, by: Option<Instant>) {
        match by {
            None => self.owed = true,
            Some(by) => self.owed_by = Some(self.owed_by.map_or(by, |before| before.min(by))),
        }
    }

    pub(super) fn is_owed_now(&self) -> bool {
        self.owed
    }

    pub(super) fn owed_by(&self) -> Option<Instant> {
        self.owed_by
    }

    /// Time has passed.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.owed_by.is_some_and(|by| by <= now) {
            self.owed = true;
        }
    }

    /// The acknowledgement that is owed, to be sent now.
    pub(super) fn pay(&mut self) -> Option<Ack> {
        if !self.owed && self.owed_by.is_none() {
            return None;
        }
        self.owed = false;
        self.owed_by = None;
        Some(Ack::positive(self.last))
    }
}
