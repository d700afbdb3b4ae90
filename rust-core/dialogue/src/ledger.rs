//! What the journal was given and what it has stored. One sync is under way at a time; all that is appended meanwhile goes with
//! the next one: group commit.
use osisession_proto::time::Instant;

use crate::effect::Token;

/// Positions that a sync makes durable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    /// Records appended.
    pub(crate) records: u64,
    pub(crate) out: u64,
    pub(crate) inbox: u64,
    pub(crate) cursor: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) appended: u64,
    pub(crate) durable: u64,
    /// Everything up to this record should be stored without waiting for more.
    pub(crate) urgent: u64,
    /// Messages since the last sync, for the level that syncs at checkpoints.
    pub(crate) messages: u64,
    pub(crate) octets: usize,
    pub(crate) flush_at: Option<Instant>,
    pub(crate) flight: Option<(Token, Marks, Instant)>,
    pub(crate) stalled: bool,
    pub(crate) failed: bool,
    tokens: u64,
}

impl Ledger {
    /// Begins a sync if one is wanted and none is under way.
    pub(crate) fn begin(&mut self, marks: Marks, now: Instant) -> Option<Token> {
        if self.flight.is_some() || self.failed || self.urgent <= self.durable {
            return None;
        }
        self.tokens += 1;
        self.flight = Some((Token(self.tokens), marks, now));
        self.messages = 0;
        self.octets = 0;
        self.flush_at = None;
        self.flight.map(|(token, ..)| token)
    }

    /// What a finished sync has made durable; `None` for one that nobody waits for.
    pub(crate) fn finish(&mut self, token: Token) -> Option<Marks> {
        let (expected, marks, _) = self.flight?;
        if expected != token {
            return None;
        }
        self.flight = None;
        self.stalled = false;
        self.durable = self.durable.max(marks.records);
        Some(marks)
    }

    /// Input above this position is dropped: a sync that still runs must not count it.
    pub(crate) fn clamp_inbox(&mut self, position: u64) {
        if let Some((_, marks, _)) = &mut self.flight {
            marks.inbox = marks.inbox.min(position);
        }
    }
}
