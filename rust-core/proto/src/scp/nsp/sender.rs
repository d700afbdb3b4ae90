//! What one subchannel has sent and not seen acknowledged (DNA NSP 4.0.1, retransmission and delay estimation).
use super::super::limits::Limits;
use super::message::Ack;
use super::number::Number;
use crate::time::{Duration, Instant};
use std::collections::VecDeque;

/// The smoothed round trip of a link.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delay(Option<Duration>);

impl Delay {
    /// Takes a measurement of a message that was sent once, with no leave to delay its acknowledgement.
    pub(super) fn measured(&mut self, sample: Duration, limits: &Limits) {
        let weight = limits.delay_weight.saturating_add(1);
        self.0 = Some(match self.0 {
            None => sample,
            Some(old) if sample >= old => old + (sample - old) / weight,
            Some(old) => old - (old - sample) / weight,
        });
    }

    /// How long to wait for an acknowledgement.
    pub(super) fn retransmission(&self, limits: &Limits) -> Duration {
        let time = match self.0 {
            None => limits.retransmit_initial,
            Some(delay) => delay.saturating_mul(limits.delay_factor),
        };
        time.max(limits.retransmit_min).min(limits.retransmit_max.max(limits.retransmit_min))
    }
}

/// A numbered message that waits for its acknowledgement.
#[derive(Debug)]
pub(super) struct InFlight<T> {
    pub(super) number: Number,
    pub(super) item: T,
    sent: Instant,
    times: u8,
    /// Its acknowledgement may be delayed: nothing can be measured by it.
    delay: bool,
}

/// What is sent next of a subchannel.
pub(super) enum Repeat {
    /// Nothing is to be repeated.
    No,
    /// The first unacknowledged message is due again.
    Due,
    /// It was sent as often as the limit allows.
    Limit,
}

/// The sending half of a subchannel.
#[derive(Debug)]
pub(super) struct Sender<T> {
    /// Number of the last message that was sent.
    last: Number,
    in_flight: VecDeque<InFlight<T>>,
    /// The first unacknowledged message has to be repeated now.
    repeat: bool,
    /// Up to this number, messages may have been lost together with one that had to be repeated: each acknowledgement
    /// that stops short of it calls for the next at once, not after one more retransmission time each.
    recover: Option<Number>,
}

impl<T> Sender<T> {
    pub(super) fn new() -> Sender<T> {
        Sender { last: Number::default(), in_flight: VecDeque::new(), repeat: false, recover: None }
    }

    pub(super) fn outstanding(&self) -> usize {
        self.in_flight.len()
    }

    pub(super) fn clear(&mut self) {
        self.in_flight.clear();
        self.repeat = false;
        self.recover = None;
    }

    /// Numbers a new message and keeps it.
    pub(super) fn send(&mut self, item: T, delay: bool, now: Instant) -> Number {
        self.last = self.last.next();
        self.in_flight.push_back(InFlight { number: self.last, item, sent: now, times: 1, delay });
        self.last
    }

    /// When the first unacknowledged message is due again; `None` while it is being repeated or if there is none.
    pub(super) fn deadline(&self, wait: Duration) -> Option<Instant> {
        self.in_flight.front().filter(|_| !self.repeat).map(|first| first.sent + wait)
    }

    /// Time has passed.
    pub(super) fn expire(&mut self, wait: Duration, limit: u8, now: Instant) -> Repeat {
        let Some(first) = self.in_flight.front() else { return Repeat::No };
        if self.repeat || first.sent + wait > now {
            return Repeat::No;
        }
        if first.times >= limit {
            return Repeat::Limit;
        }
        self.repeat = true;
        self.recover = Some(self.last);
        Repeat::Due
    }

    /// The message that has to be repeated now, if any. It counts as sent.
    pub(super) fn repeat(&mut self, now: Instant) -> Option<&InFlight<T>> {
        if !core::mem::replace(&mut self.repeat, false) {
            return None;
        }
        let first = self.in_flight.front_mut()?;
        first.sent = now;
        first.times = first.times.saturating_add(1);
        Some(first)
    }

    /// Takes an acknowledgement; numbers that were not sent, or are acknowledged already, have no effect. `done` sees each message that is
    /// acknowledged now.
    pub(super) fn acknowledge(
        &mut self,
        ack: Ack,
        now: Instant,
        mut done: impl FnMut(T),
    ) -> Option<Duration> {
        let first = self.in_flight.front()?.number;
        // A negative acknowledgement says what came, too.
        let count = usize::from(ack.number.distance_from(first)) + 1;
        if count > self.in_flight.len() {
            return None;
        }
        let mut sample = None;
        for sent in self.in_flight.drain(..count) {
            sample = (sent.times == 1 && !sent.delay).then(|| now.saturating_duration_since(sent.sent));
            done(sent.item);
        }
        self.repeat = false;
        if let Some(recover) = self.recover {
            if recover.is_after(ack.number) {
                self.repeat = !self.in_flight.is_empty();
            } else {
                self.recover = None;
            }
        }
        sample
    }
}
