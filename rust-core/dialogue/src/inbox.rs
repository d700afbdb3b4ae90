//! Messages that came in: counted, held, durable, handed out, committed. Positions count from 1; a field holds the last position
//! that is so.
use std::collections::VecDeque;

use osisession_proto::Bytes;

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// The application is done with them; they are forgotten.
    pub(crate) committed: u64,
    /// Committed, and the journal knows.
    pub(crate) cursor: u64,
    /// Handed to the application in this process.
    pub(crate) handed: u64,
    /// What may be announced (W5).
    pub(crate) durable: u64,
    /// Count of the current connection, started at what was announced when it was made.
    pub(crate) arrived: u64,
    pub(crate) octets: usize,
    /// From `committed + 1` on.
    queue: VecDeque<Bytes>,
}

impl Inbox {
    pub(crate) fn at(committed: u64) -> Inbox {
        Inbox {
            committed,
            cursor: committed,
            handed: committed,
            durable: committed,
            arrived: committed,
            ..Inbox::default()
        }
    }

    /// Last position that is in memory or was committed.
    pub(crate) fn held(&self) -> u64 {
        self.committed + self.queue.len() as u64
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Counts a message of the current connection; its position if it is new.
    pub(crate) fn receive(&mut self, data: Bytes) -> Option<u64> {
        self.arrived += 1;
        if self.arrived != self.held() + 1 {
            return None;
        }
        self.octets += data.len();
        self.queue.push_back(data);
        Some(self.arrived)
    }

    /// Forgets what is not durable; whether there was any.
    pub(crate) fn drop_volatile(&mut self) -> bool {
        let dropped = self.held() > self.durable;
        while self.held() > self.durable {
            let Some(data) = self.queue.pop_back() else { break };
            self.octets -= data.len();
        }
        self.arrived = self.durable;
        dropped
    }

    /// The next message for the application, up to `limit`.
    pub(crate) fn hand_out(&mut self, limit: u64) -> Option<(u64, Bytes)> {
        if self.handed >= limit {
            return None;
        }
        let data = self.queue.get(usize::try_from(self.handed.checked_sub(self.committed)?).ok()?)?.clone();
        self.handed += 1;
        Some((self.handed, data))
    }

    pub(crate) fn commit(&mut self, position: u64) {
        while self.committed < position {
            let Some(data) = self.queue.pop_front() else { break };
            self.octets -= data.len();
            self.committed += 1;
        }
        self.handed = self.handed.max(self.committed);
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = (u64, &Bytes)> {
        (self.committed + 1..).zip(&self.queue)
    }
}
