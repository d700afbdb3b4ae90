//! When to connect again: backoff with jitter, and the responder after the initiator (`docs/dialogue.md`, section 5).
use osisession_proto::time::{Duration, Instant};

use crate::config;

#[derive(Debug)]
pub(crate) struct Pace {
    /// Attempts since the last connection.
    pub(crate) attempts: u32,
    /// Doublings of the delay.
    exponent: u32,
    pub(crate) next: Option<Instant>,
    random: u64,
}

impl Pace {
    pub(crate) fn new(seed: u64) -> Pace {
        // Zero is the fixed point of the generator.
        Pace { attempts: 0, exponent: 0, next: None, random: seed.max(1) }
    }

    /// Something was achieved: the next delay is the first again.
    pub(crate) fn progress(&mut self) {
        self.exponent = 0;
    }

    /// Sets the next attempt, no sooner than `floor` from now.
    pub(crate) fn schedule(&mut self, now: Instant, floor: Duration, retry: &config::Retry) {
        let factor = 1u32.checked_shl(self.exponent).unwrap_or(u32::MAX);
        self.exponent = self.exponent.saturating_add(1);
        let delay = retry.first.saturating_mul(factor).min(retry.longest);
        let half = delay / 2;
        let span = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX - 1);
        let jitter = Duration::from_nanos(self.draw() % (span + 1));
        self.next = Some(now + (half + jitter).max(floor));
    }

    /// xorshift64: jitter needs no more.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
