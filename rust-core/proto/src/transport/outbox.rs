//! What waits to be written: whole TPDUs first, then TSDUs that become DTs one at a time (X.224 6.3).
use super::tpdu::{DATA_HEADER, Tpdu};
use super::tpkt;
use crate::x225::port::Tsdu;
use bytes::{Buf, Bytes, BytesMut};
use std::collections::VecDeque;

/// SPDU headers up to this size share a buffer with the TPKT and DT headers: fewer pieces to write.
const COALESCE: usize = 512;

/// Octets before the user data of a DT.
const OVERHEAD: usize = tpkt::HEADER + DATA_HEADER;

/// A TSDU, or what is known of it.
#[derive(Debug)]
struct Waiting {
    header: Bytes,
    user_data: VecDeque<Bytes>,
    /// Octets in both.
    length: usize,
    /// More is to come. Until then its last octet stays here, so that there is one to go with the end of the TSDU.
    open: bool,
}

/// The output queue. DTs are made as late as possible, so that an ED given now still goes before them.
#[derive(Debug)]
pub(super) struct Outbox {
    /// The rest of the TPDU of which the first piece was taken; nothing may come in between.
    current: VecDeque<Bytes>,
    /// Whole packets: CR, CC, DR, ER, ED.
    packets: VecDeque<Bytes>,
    /// TSDUs, the first of them perhaps sent in part.
    tsdus: VecDeque<Waiting>,
    /// User data per DT.
    segment: usize,
    octets: usize,
}

impl Outbox {
    pub(super) fn new() -> Outbox {
        Outbox {
            current: VecDeque::new(),
            packets: VecDeque::new(),
            tsdus: VecDeque::new(),
            segment: tpkt::MAX_TPDU - DATA_HEADER,
            octets: 0,
        }
    }

    /// Sets the agreed TPDU size, before the first TSDU.
    pub(super) fn set_tpdu_size(&mut self, size: usize) {
        self.segment = size - DATA_HEADER;
    }

    /// Queues a TPDU before all normal data.
    pub(super) fn push(&mut self, tpdu: &Tpdu) {
        let octets = tpdu.encode().expect("the engine builds only TPDUs that fit their fields");
        let header = tpkt::header(octets.len()).expect("control TPDUs and ED are short");
        let packet: Bytes = [&header[..], &octets].concat().into();
        self.octets += packet.len();
        self.packets.push_back(packet);
    }

    /// Queues a TSDU, which is not empty.
    pub(super) fn push_tsdu(&mut self, tsdu: Tsdu) {
        self.octets += tsdu.len() + tsdu.len().div_ceil(self.segment) * OVERHEAD;
        let length = tsdu.len();
        let user_data = VecDeque::from([tsdu.user_data]);
        self.tsdus.push_back(Waiting { header: tsdu.header, user_data, length, open: false });
    }

    /// Queues a part of a TSDU: of the one that is open, or the first of another one.
    pub(super) fn push_part(&mut self, tsdu: Tsdu, end: bool) {
        let segment = self.segment;
        let overhead = |length: usize| length.div_ceil(segment) * OVERHEAD;
        let length = tsdu.len();
        match self.tsdus.back_mut() {
            Some(waiting) if waiting.open => {
                self.octets += length + overhead(waiting.length + length) - overhead(waiting.length);
                waiting.length += length;
                waiting
                    .user_data
                    .extend([tsdu.header, tsdu.user_data].into_iter().filter(|part| !part.is_empty()));
                waiting.open = !end;
            }
            _ if length == 0 => {}
            _ => {
                self.push_tsdu(tsdu);
                if let Some(waiting) = self.tsdus.back_mut() {
                    waiting.open = !end;
                }
            }
        }
    }

    /// A TSDU that is open will never be whole: what is left of it is dropped.
    pub(super) fn drop_open(&mut self) {
        if self.tsdus.back().is_some_and(|waiting| waiting.open)
            && let Some(open) = self.tsdus.pop_back()
        {
            self.octets -= open.length + open.length.div_ceil(self.segment) * OVERHEAD;
        }
    }

    /// The next piece to write.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        if self.current.is_empty() {
            match self.packets.pop_front() {
                Some(packet) => self.current.push_back(packet),
                None => self.next_dt(),
            }
        }
        let piece = self.current.pop_front()?;
        self.octets -= piece.len();
        Some(piece)
    }

    /// Cuts the next DT from the first TSDU.
    fn next_dt(&mut self) {
        let Some(tsdu) = self.tsdus.front_mut() else { return };
        if tsdu.open && tsdu.length <= self.segment {
            return;
        }
        let length = tsdu.length.min(self.segment);
        let last = length == tsdu.length;
        tsdu.length -= length;
        let from_header = tsdu.header.len().min(length);
        let coalesce = from_header <= COALESCE;

        let tpkt = tpkt::header(DATA_HEADER + length).expect("a segment fits the agreed TPDU size");
        let mut head = BytesMut::with_capacity(OVERHEAD + if coalesce { from_header } else { 0 });
        head.extend_from_slice(&tpkt);
        head.extend_from_slice(&[2, 0xf0, if last { 0x80 } else { 0 }]);
        if coalesce {
            head.extend_from_slice(&tsdu.header[..from_header]);
            tsdu.header.advance(from_header);
        }
        self.current.push_back(head.freeze());
        if !coalesce {
            self.current.push_back(tsdu.header.split_to(from_header));
        }
        let mut left = length - from_header;
        while left > 0
            && let Some(part) = tsdu.user_data.front_mut()
        {
            let piece = part.split_to(left.min(part.len()));
            left -= piece.len();
            if part.is_empty() {
                tsdu.user_data.pop_front();
            }
            self.current.push_back(piece);
        }
        if last {
            self.tsdus.pop_front();
        }
    }

    /// Drops what was not begun; the rest of a TPDU that was begun stays, so that the peer can still follow.
    pub(super) fn drop_unsent(&mut self) {
        self.packets.clear();
        self.tsdus.clear();
        self.octets = self.current.iter().map(Bytes::len).sum();
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.current.clear();
        self.drop_unsent();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.octets == 0
    }

    /// Octets that were not taken yet, headers included.
    pub(super) fn octets(&self) -> usize {
        self.octets
    }
}
