//! Messages on their way out: taken, durable, sent, confirmed. Positions count from 1; a field holds the last position that is so.
use std::collections::VecDeque;

use osisession_proto::Bytes;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Durable at the peer; everything up to here is forgotten.
    pub(crate) confirmed: u64,
    /// Durable here (W2).
    pub(crate) durable: u64,
    /// Given to the current connection.
    pub(crate) sent: u64,
    /// Given to some connection, or in the journal when this process began: the peer cannot have more. Were the limit what is
    /// durable, messages accepted after an old copy of the journal was restored could hide that it is old.
    pub(crate) reach: u64,
    pub(crate) octets: usize,
    pub(crate) confirmed_octets: u64,
    /// From `confirmed + 1` on.
    queue: VecDeque<Bytes>,
}

impl Outbox {
    pub(crate) fn at(confirmed: u64) -> Outbox {
        Outbox { confirmed, durable: confirmed, sent: confirmed, reach: confirmed, ..Outbox::default() }
    }

    /// Last position taken from the application.
    pub(crate) fn taken(&self) -> u64 {
        self.confirmed + self.queue.len() as u64
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn push(&mut self, data: Bytes) -> u64 {
        self.octets += data.len();
        self.queue.push_back(data);
        self.taken()
    }

    /// The message at a position that is not confirmed.
    pub(crate) fn get(&self, position: u64) -> Option<&Bytes> {
        self.queue.get(usize::try_from(position.checked_sub(self.confirmed + 1)?).ok()?)
    }

    /// The peer has them up to here; whether that is news (W6).
    pub(crate) fn confirm(&mut self, position: u64) -> bool {
        let news = position > self.confirmed;
        while self.confirmed < position {
            let Some(data) = self.queue.pop_front() else { break };
            self.octets -= data.len();
            self.confirmed_octets += data.len() as u64;
            self.confirmed += 1;
        }
        news
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = (u64, &Bytes)> {
        (self.confirmed + 1..).zip(&self.queue)
    }
}
