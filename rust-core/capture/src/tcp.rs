//! One direction of a TCP connection: order, retransmission, overlap, gaps.
use std::collections::BTreeMap;

/// Octets that may wait for what is missing before them. Then it counts as lost.
const MAX_WAITING: usize = 1 << 20;
/// Segments that may wait.
const MAX_SEGMENTS: usize = 1_024;

/// What comes out, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    Data(Vec<u8>),
    /// Octets that the capture does not have.
    Gap,
    /// FIN: nothing follows.
    End,
}

/// Puts the segments of one direction into order. Octets that were delivered once stay as they were: a later segment that
/// says otherwise is not believed.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// Position of the next octet, counted from a base that makes all positions positive; its lowest 32 bits are the
    /// sequence number.
    next: Option<u64>,
    waiting: BTreeMap<u64, Vec<u8>>,
    octets: usize,
    fin: Option<u64>,
    ended: bool,
}

impl Order {
    /// The first sequence number is known.
    pub(crate) fn is_started(&self) -> bool {
        self.next.is_some()
    }

    /// SYN was seen: the next octet has the number after it.
    pub(crate) fn start(&mut self, sequence: u32) {
        *self = Order { next: Some(1 << 32 | u64::from(sequence.wrapping_add(1))), ..Order::default() };
    }

    /// The position of a sequence number, near the next one.
    fn position(next: u64, sequence: u32) -> u64 {
        // The difference of two sequence numbers is signed (RFC 9293 3.4).
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        let distance = sequence.wrapping_sub(next as u32) as i32;
        next.saturating_add_signed(i64::from(distance))
    }

    /// Takes a segment.
    pub(crate) fn segment(&mut self, sequence: u32, fin: bool, payload: &[u8], out: &mut Vec<Chunk>) {
        let next = *self.next.get_or_insert(1 << 32 | u64::from(sequence));
        let start = Self::position(next, sequence);
        let end = start + payload.len() as u64;
        if fin && self.fin.is_none() && end >= next {
            self.fin = Some(end);
        }
        if end > next && !self.ended {
            let skip = usize::try_from(next.saturating_sub(start)).unwrap_or(usize::MAX);
            let fresh = &payload[skip.min(payload.len())..];
            if start <= next && self.waiting.is_empty() {
                self.next = Some(end);
                out.push(Chunk::Data(fresh.to_vec()));
            } else {
                self.keep(start.max(next), fresh);
            }
        }
        self.deliver(out);
        while self.octets > MAX_WAITING || self.waiting.len() > MAX_SEGMENTS {
            self.give_up(out);
        }
    }

    fn keep(&mut self, start: u64, payload: &[u8]) {
        let known = self.waiting.entry(start).or_default();
        if payload.len() > known.len() {
            self.octets += payload.len() - known.len();
            known.extend_from_slice(&payload[known.len()..]);
        }
    }

    /// Delivers what is in order now.
    fn deliver(&mut self, out: &mut Vec<Chunk>) {
        let Some(mut next) = self.next else { return };
        while let Some(first) = self.waiting.first_entry() {
            if *first.key() > next {
                break;
            }
            let (start, payload) = first.remove_entry();
            self.octets -= payload.len();
            let skip = usize::try_from(next - start).unwrap_or(usize::MAX);
            if let Some(fresh) = payload.get(skip..).filter(|fresh| !fresh.is_empty()) {
                next += fresh.len() as u64;
                out.push(Chunk::Data(fresh.to_vec()));
            }
        }
        self.next = Some(next);
        if self.fin.is_some_and(|fin| next >= fin) && !self.ended {
            self.ended = true;
            out.push(Chunk::End);
        }
    }

    /// What stands before the first waiting segment is lost.
    fn give_up(&mut self, out: &mut Vec<Chunk>) {
        let Some((&start, _)) = self.waiting.first_key_value() else { return };
        if self.next.is_some_and(|next| start > next) {
            self.next = Some(start);
            out.push(Chunk::Gap);
        }
        self.deliver(out);
    }

    /// The receiver acknowledged what was sent up to here: what is missing before it came to the receiver, not to the
    /// capture.
    pub(crate) fn acknowledged(&mut self, acknowledgment: u32, out: &mut Vec<Chunk>) {
        while let (Some(next), Some((&start, payload))) = (self.next, self.waiting.first_key_value()) {
            if Self::position(next, acknowledgment) < start + payload.len() as u64 {
                break;
            }
            self.give_up(out);
        }
    }

    /// The capture or the connection is over: delivers what still waits.
    pub(crate) fn flush(&mut self, out: &mut Vec<Chunk>) {
        while !self.waiting.is_empty() {
            self.give_up(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(order: &mut Order, segments: &[(u32, &[u8])]) -> Vec<Chunk> {
        let mut out = Vec::new();
        for (sequence, payload) in segments {
            order.segment(*sequence, false, payload, &mut out);
        }
        out
    }

    fn text(chunks: &[Chunk]) -> String {
        chunks
            .iter()
            .map(|chunk| match chunk {
                Chunk::Data(data) => String::from_utf8_lossy(data).into_owned(),
                Chunk::Gap => "<gap>".into(),
                Chunk::End => "<end>".into(),
            })
            .collect()
    }

    #[test]
    fn order_retransmission_overlap() {
        let mut order = Order::default();
        order.start(99);
        let out = feed(
            &mut order,
            &[(100, b"ab"), (104, b"ef"), (100, b"XX"), (103, b"Def"), (102, b"cd"), (101, b"XXXXXgh")],
        );
        assert_eq!(text(&out), "abcdefgh");
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut order = Order::default();
        order.start(u32::MAX - 2);
        let out = feed(&mut order, &[(1, b"de"), (u32::MAX - 1, b"abc"), (3, b"f")]);
        assert_eq!(text(&out), "abcdef");
    }

    #[test]
    fn what_the_receiver_has_is_a_gap_of_the_capture() {
        let mut order = Order::default();
        order.start(0);
        let mut out = feed(&mut order, &[(1, b"a"), (4, b"de")]);
        order.acknowledged(4, &mut out);
        assert_eq!(text(&out), "a");
        order.acknowledged(6, &mut out);
        assert_eq!(text(&out), "a<gap>de");
        out = feed(&mut order, &[(2, b"bc"), (6, b"f")]);
        assert_eq!(text(&out), "f");
    }

    #[test]
    fn what_waits_is_limited() {
        let mut order = Order::default();
        order.start(0);
        let large = vec![b'x'; 60_000];
        let mut out = Vec::new();
        for index in 1..40 {
            order.segment(index * 60_000, false, &large, &mut out);
            assert!(order.octets <= MAX_WAITING);
        }
        assert_eq!(out[0], Chunk::Gap);
        let mut order = Order::default();
        order.start(0);
        out.clear();
        for index in 1..3_000 {
            order.segment(index * 2, false, b"x", &mut out);
            assert!(order.waiting.len() <= MAX_SEGMENTS);
        }
        assert!(out.contains(&Chunk::Gap));
    }

    #[test]
    fn fin_counts_when_all_before_it_is_there() {
        let mut order = Order::default();
        order.start(0);
        let mut out = Vec::new();
        order.segment(3, true, b"c", &mut out);
        assert_eq!(text(&out), "");
        order.segment(1, false, b"ab", &mut out);
        assert_eq!(text(&out), "abc<end>");
        order.segment(3, true, b"c", &mut out);
        assert_eq!(text(&out), "abc<end>");
    }

    #[test]
    fn begins_in_the_middle() {
        let mut order = Order::default();
        assert_eq!(text(&feed(&mut order, &[(500, b"a"), (400, b"zz"), (501, b"b")])), "ab");
    }

    #[test]
    fn flush_delivers_what_waits() {
        let mut order = Order::default();
        order.start(0);
        let mut out = feed(&mut order, &[(3, b"c"), (5, b"e"), (6, b"f")]);
        order.flush(&mut out);
        assert_eq!(text(&out), "<gap>c<gap>ef");
    }
}
