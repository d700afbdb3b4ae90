//! A stream of octets that misbehaves: late, in pieces, cut off, falsified, all by a seed.
use crate::bench::Rng;
use osisession_proto::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// What happens to the octets of one direction. The default: nothing, they arrive at once and as they were given.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Each piece is late by up to this; none overtakes another.
    pub delay: Duration,
    /// Pieces of 1 to so many octets arrive; 0: as they were given.
    pub split: usize,
    /// At most so many octets are taken at a time; 0: all.
    pub short_write: usize,
    /// The connection is reset, for both directions, when so many octets have arrived.
    pub reset_at: Option<u64>,
    /// Nothing arrives after so many octets but the end of the stream.
    pub end_at: Option<u64>,
    /// Nothing arrives after so many octets, and no end either.
    pub stall_at: Option<u64>,
    /// So many octets (the second number) are replaced by others from this one on (the first).
    pub garbage: Option<(u64, u64)>,
}

impl Faults {
    /// Any mixture, for a stream of about `length` octets.
    pub fn some(rng: &mut Rng, length: u64) -> Faults {
        let at = |rng: &mut Rng| rng.next_u64() % (length + 1);
        let mut faults = Faults::default();
        if rng.one_in(2) {
            faults.delay = Duration::from_millis(rng.next_u64() % 3_000);
        }
        if rng.one_in(2) {
            faults.split = 1 + rng.below(40);
        }
        if rng.one_in(2) {
            faults.short_write = 1 + rng.below(30);
        }
        match rng.below(8) {
            0 | 1 => faults.reset_at = Some(at(rng)),
            2 => faults.end_at = Some(at(rng)),
            3 => faults.stall_at = Some(at(rng)),
            4 | 5 => faults.garbage = Some((at(rng), 1 + rng.next_u64() % 20)),
            _ => {}
        }
        faults
    }
}

/// What comes out of a [`Link`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Octets.
    Octets(Vec<u8>),
    /// The end of the stream.
    End,
    /// The connection is gone, in both directions.
    Reset,
}

/// One direction of a connection.
#[derive(Clone, Debug)]
pub struct Link {
    faults: Faults,
    rng: Rng,
    under_way: VecDeque<(Instant, Vec<u8>)>,
    taken: u64,
    arrived: u64,
    last: Instant,
    finished: bool,
    /// The end, or the reset, was told.
    over: bool,
}

impl Link {
    /// A link with these faults.
    pub fn new(faults: Faults, seed: u64) -> Link {
        Link {
            faults,
            rng: Rng::new(seed),
            under_way: VecDeque::new(),
            taken: 0,
            arrived: 0,
            last: Instant::ZERO,
            finished: false,
            over: false,
        }
    }

    /// Octets that have arrived so far.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Gives octets; returns how many were taken (a short write). After the end all are taken, and lost.
    pub fn offer(&mut self, octets: &[u8], now: Instant) -> usize {
        if self.over || self.finished {
            return octets.len();
        }
        let count = match self.faults.short_write {
            0 => octets.len(),
            most => octets.len().min(1 + self.rng.below(most)),
        };
        let mut octets = octets[..count].to_vec();
        if let Some((from, length)) = self.faults.garbage {
            for (at, octet) in (self.taken..).zip(&mut octets) {
                if (from..from + length).contains(&at) {
                    *octet = self.rng.next_u64() as u8;
                }
            }
        }
        self.taken += count as u64;
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let length = match self.faults.split {
                0 => rest.len(),
                most => rest.len().min(1 + self.rng.below(most)),
            };
            let delay = self.faults.delay.as_nanos() as u64;
            let late = if delay == 0 { 0 } else { self.rng.next_u64() % (delay + 1) };
            let at = (now + Duration::from_nanos(late)).max(self.last);
            self.last = at;
            self.under_way.push_back((at, rest[..length].to_vec()));
            rest = &rest[length..];
        }
        count
    }

    /// The sender has no more.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Nothing arrives any more: the connection was reset.
    pub fn cut(&mut self) {
        self.over = true;
        self.under_way.clear();
    }

    fn is_stalled(&self) -> bool {
        self.faults.stall_at.is_some_and(|at| self.arrived >= at)
    }

    /// How many octets may arrive before something happens.
    fn room(&self) -> u64 {
        let faults = &self.faults;
        let events = [faults.reset_at, faults.end_at, faults.stall_at];
        let next = events.into_iter().flatten().min();
        next.map_or(u64::MAX, |at| at.saturating_sub(self.arrived))
    }

    /// What arrives now, if anything does.
    pub fn poll(&mut self, now: Instant) -> Option<Arrival> {
        if self.over {
            return None;
        }
        if self.faults.reset_at.is_some_and(|at| self.arrived >= at) {
            self.cut();
            return Some(Arrival::Reset);
        }
        if self.faults.end_at.is_some_and(|at| self.arrived >= at) {
            self.cut();
            return Some(Arrival::End);
        }
        if self.is_stalled() {
            return None;
        }
        match self.under_way.front_mut() {
            None if self.finished => {
                self.over = true;
                return Some(Arrival::End);
            }
            None => return None,
            Some((at, _)) if *at > now => return None,
            Some(_) => {}
        }
        let room = self.room();
        let (at, mut octets) = self.under_way.pop_front()?;
        if octets.len() as u64 > room {
            let rest = octets.split_off(room as usize);
            self.under_way.push_front((at, rest));
        }
        self.arrived += octets.len() as u64;
        Some(Arrival::Octets(octets))
    }

    /// When to ask again; `None` if nothing is under way.
    pub fn next_arrival(&self) -> Option<Instant> {
        if self.over || self.is_stalled() {
            return None;
        }
        let due =
            [self.faults.reset_at, self.faults.end_at].into_iter().flatten().any(|at| self.arrived >= at);
        match self.under_way.front() {
            _ if due => Some(Instant::ZERO),
            Some((at, _)) => Some(*at),
            None => self.finished.then_some(Instant::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(link: &mut Link) -> (Vec<u8>, Vec<Arrival>, usize) {
        let (mut octets, mut others, mut pieces) = (Vec::new(), Vec::new(), 0);
        while let Some(at) = link.next_arrival() {
            match link.poll(at).expect("it was announced") {
                Arrival::Octets(piece) => {
                    octets.extend(piece);
                    pieces += 1;
                }
                other => others.push(other),
            }
        }
        (octets, others, pieces)
    }

    fn give(link: &mut Link, mut octets: &[u8]) {
        while !octets.is_empty() {
            let taken = link.offer(octets, Instant::from_millis(7));
            octets = &octets[taken..];
        }
        link.finish();
    }

    #[test]
    fn without_faults_it_is_a_pipe() {
        let mut link = Link::new(Faults::default(), 1);
        give(&mut link, b"octets");
        assert_eq!(all(&mut link), (b"octets".to_vec(), vec![Arrival::End], 1));
    }

    #[test]
    fn pieces_come_late_and_in_order() {
        let delay = Duration::from_secs(1);
        let faults = Faults { delay, split: 3, short_write: 5, ..Faults::default() };
        let mut link = Link::new(faults, 1);
        let octets: Vec<u8> = (0..200).collect();
        give(&mut link, &octets);
        let (came, others, pieces) = all(&mut link);
        assert_eq!((came, others), (octets, vec![Arrival::End]));
        assert!(pieces > 60, "{pieces}");
    }

    #[test]
    fn each_fault_is_where_it_is_set() {
        for at in 0..=8 {
            let with = |set: fn(&mut Faults, u64)| {
                let mut faults = Faults { split: 3, ..Faults::default() };
                set(&mut faults, at);
                let mut link = Link::new(faults, at);
                give(&mut link, b"octets!!");
                let (octets, others, _) = all(&mut link);
                assert_eq!(link.arrived(), octets.len() as u64);
                (octets, others)
            };
            let before = b"octets!!"[..at as usize].to_vec();
            assert_eq!(with(|f, at| f.reset_at = Some(at)), (before.clone(), vec![Arrival::Reset]));
            assert_eq!(with(|f, at| f.end_at = Some(at)), (before.clone(), vec![Arrival::End]));
            assert_eq!(with(|f, at| f.stall_at = Some(at)), (before.clone(), vec![]));
            let (octets, _) = with(|f, at| f.garbage = Some((at, 2)));
            assert_eq!(octets[..at as usize], before);
            assert_eq!(octets.len(), 8);
            assert_eq!(
                octets.get(at as usize + 2..).unwrap_or_default(),
                b"octets!!".get(at as usize + 2..).unwrap_or_default()
            );
        }
    }
}
