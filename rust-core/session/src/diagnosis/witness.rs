//! The last packets in both directions, for a report.
use crate::tap::{Tap, Tapped};
use bytes::Bytes;
use osisession_proto::transport::{Tpdu, tpkt};
use osisession_proto::x225::spdu::{DecodeContext, Flow, decode};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Arc;

/// Sessions that are remembered; the oldest are forgotten first.
const MAX_SESSIONS: usize = 256;
/// Packets that are remembered in each direction.
const MAX_PACKETS: usize = 8;
/// Octets that are remembered of a packet.
const MAX_OCTETS: usize = 1024;
/// Octets that are remembered of what is no TPKT.
const MAX_FOREIGN: usize = 64;

/// A packet that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Packet {
    /// Its octets, from the TPKT header on; at most 1,024 of them, and 64 of what is no TPKT.
    pub octets: Bytes,
    /// How many octets it has in all.
    pub length: usize,
}

impl Packet {
    /// What it is, on one line: the TPDU, and the SPDUs in it.
    pub fn describe(&self) -> String {
        match tpkt::packet_length(&self.octets) {
            Err(_) => return format!("{} that are no TPKT", octets(self.length)),
            Ok(None) => return "the beginning of a TPKT header".into(),
            Ok(Some(_)) => {}
        }
        if self.octets.len() < self.length {
            return format!("the beginning of a TPKT of {}", octets(self.length));
        }
        let tpdu = self.octets.slice(tpkt::HEADER..);
        match Tpdu::decode(tpdu) {
            Err(error) => format!("a TPDU that cannot be read: {error}"),
            Ok(Tpdu::Dt(data)) => spdus(&data.user_data, Flow::Normal),
            Ok(Tpdu::Ed(data)) => spdus(&data.user_data, Flow::Expedited),
            Ok(other) => other.to_string(),
        }
    }

    /// Its first octets in hex, at most `count` of them.
    pub fn hex(&self, count: usize) -> String {
        let mut text = String::new();
        for octet in self.octets.iter().take(count) {
            let _ = write!(text, "{}{octet:02x}", if text.is_empty() { "" } else { " " });
        }
        if self.length > count {
            text.push_str(" ...");
        }
        text
    }
}

fn octets(count: usize) -> String {
    if count == 1 { "1 octet".into() } else { format!("{count} octets") }
}

fn spdus(tsdu: &[u8], flow: Flow) -> String {
    match decode(tsdu, &DecodeContext { flow, ..DecodeContext::unknown() }) {
        Ok(decoded) => {
            let all: Vec<String> = decoded.spdus().iter().map(ToString::to_string).collect();
            format!("DT with {}", all.join(" + "))
        }
        Err(_) => format!("DT with {} that are no SPDU, or the middle of one", octets(tsdu.len())),
    }
}

/// One direction of a connection.
#[derive(Debug, Default)]
struct Side {
    packets: VecDeque<Packet>,
    /// The beginning of a packet.
    partial: Vec<u8>,
    /// Octets of the packet under way that were not kept.
    skipped: usize,
    foreign: bool,
}

impl Side {
    fn see(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            if self.foreign {
                return;
            }
            let needed = match tpkt::packet_length(&self.partial) {
                Err(_) => {
                    self.foreign = true;
                    return;
                }
                Ok(None) => tpkt::HEADER - self.partial.len(),
                Ok(Some(length)) => length.saturating_sub(self.partial.len() + self.skipped),
            };
            let taken = octets.split_at(needed.min(octets.len()));
            let room = MAX_OCTETS.saturating_sub(self.partial.len()).min(taken.0.len());
            self.partial.extend_from_slice(&taken.0[..room]);
            self.skipped += taken.0.len() - room;
            octets = taken.1;
            match tpkt::packet_length(&self.partial) {
                Ok(Some(length)) if self.partial.len() + self.skipped >= length => {
                    self.skipped = 0;
                    let octets = std::mem::take(&mut self.partial).into();
                    self.push(Packet { octets, length });
                }
                Ok(_) => {}
                Err(_) => {
                    // What is no TPKT has no end: some of it is kept, and nothing after it.
                    self.foreign = true;
                    let room = MAX_FOREIGN.saturating_sub(self.partial.len()).min(octets.len());
                    self.partial.extend_from_slice(&octets[..room]);
                    return;
                }
            }
        }
    }

    fn push(&mut self, packet: Packet) {
        if self.packets.len() == MAX_PACKETS {
            self.packets.pop_front();
        }
        self.packets.push_back(packet);
    }

    fn packets(&self) -> Vec<Packet> {
        let mut all: Vec<Packet> = self.packets.iter().cloned().collect();
        if !self.partial.is_empty() {
            let known = tpkt::packet_length(&self.partial).ok().flatten();
            let length = known.unwrap_or(self.partial.len());
            all.push(Packet { octets: Bytes::copy_from_slice(&self.partial), length });
        }
        all
    }
}

#[derive(Debug, Default)]
struct Seen {
    session: u64,
    sides: [Side; 2],
}

/// Remembers the last packets of the sessions of an endpoint, so that a [`crate::Diagnosis`] can show them: give
/// [`Witness::tap`] to [`crate::EndpointConfig::tap`], or pass on to [`Witness::see`] what a tap of yours sees. Of the last 256
/// sessions it keeps 8 packets in each direction, 1,024 octets of each at most. All clones are the same witness.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<VecDeque<Seen>>>);

impl Witness {
    /// One that has seen nothing.
    pub fn new() -> Witness {
        Witness::default()
    }

    /// A tap that shows everything to this witness.
    pub fn tap(&self) -> Tap {
        let witness = self.clone();
        Tap::new(move |tapped| witness.see(&tapped))
    }

    /// Takes a look.
    pub fn see(&self, tapped: &Tapped) {
        let mut all = self.0.lock();
        match tapped {
            Tapped::Up { session, .. } => {
                if all.len() == MAX_SESSIONS {
                    all.pop_front();
                }
                all.push_back(Seen { session: *session, sides: Default::default() });
            }
            Tapped::Octets { session, sent, octets } => {
                if let Some(seen) = all.iter_mut().rev().find(|seen| seen.session == *session) {
                    seen.sides[usize::from(*sent)].see(octets);
                }
            }
            Tapped::End { .. } | Tapped::Gone { .. } => {}
        }
    }

    /// The last packets that were sent in this session ([`crate::Session::id`]), oldest first.
    pub fn sent(&self, session: u64) -> Vec<Packet> {
        self.packets(session, 1)
    }

    /// The last packets that came.
    pub fn received(&self, session: u64) -> Vec<Packet> {
        self.packets(session, 0)
    }

    fn packets(&self, session: u64, side: usize) -> Vec<Packet> {
        let all = self.0.lock();
        all.iter()
            .rev()
            .find(|seen| seen.session == session)
            .map_or_else(Vec::new, |seen| seen.sides[side].packets())
    }
}
