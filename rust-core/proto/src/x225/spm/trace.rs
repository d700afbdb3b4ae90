//! What happened: trace records for a ladder, transitions for the history.
use super::establishment::shown;
use crate::time::Instant;
use crate::x225::names::{Incoming, Set, State};
use crate::x225::primitive::{Event, Request};
use crate::x225::spdu::{self, DecodeContext, Flow};
use crate::x225::table;
use bytes::Bytes;
use core::fmt::Write;

/// One line of "what happened": an event met a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: Instant,
    /// State before.
    pub from: State,
    /// The event as Annex A spells it.
    pub event: Incoming,
    /// State after.
    pub to: State,
    /// The published table of the row: "A.8"; empty if the cell is blank or no condition held.
    pub table: &'static str,
    /// Which action list of the cell was taken, from 1 in the order of the table; 0 if none.
    pub list: u8,
}

/// A transition as it is kept: a session has some dozens, and there may be many sessions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// The two halves of the instant.
    at: [u32; 2],
    from: State,
    event: Incoming,
    to: State,
    /// The list of the cell, and above it a bit for set S; 0: no row.
    list: u8,
}

const SET_S: u8 = 0x80;

impl Kept {
    pub(super) fn new(at: Instant, from: State, event: Incoming, to: State, row: Option<(Set, u8)>) -> Kept {
        let nanos = at.as_nanos();
        let list = match row {
            None => 0,
            Some((Set::N, list)) => list,
            Some((Set::S, list)) => list | SET_S,
        };
        Kept { at: [(nanos >> 32) as u32, nanos as u32], from, event, to, list }
    }

    pub(super) fn transition(self) -> Transition {
        let Kept { at: [high, low], from, event, to, list } = self;
        let set = if list & SET_S == 0 { Set::N } else { Set::S };
        let list = list & !SET_S;
        let rows = table::cell(set, from, event);
        let table = list.checked_sub(1).and_then(|at| rows.get(usize::from(at))).map_or("", |row| row.table);
        let at = Instant::from_nanos(u64::from(high) << 32 | u64::from(low));
        Transition { at, from, event, to, table, list }
    }
}

/// One record of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRecord {
    /// When.
    pub at: Instant,
    /// What.
    pub what: Trace,
}

/// What a trace record says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trace {
    /// The user asked for this primitive; the text has its main parameters.
    Request(String),
    /// The user was told this primitive.
    Event(String),
    /// A TSDU was handed to the transport, on the expedited flow if true.
    Sent(bool, Bytes),
    /// A TSDU came from the transport, on the expedited flow if true.
    Received(bool, Bytes),
    /// A transport primitive: "T-CONNECT confirm".
    Transport(String),
}

impl TraceRecord {
    /// One line of a ladder: seconds, then the direction (`-->` to the peer, `<--` from it, `==>` the user asks, `<==` the
    /// user is told, `...` the transport), then the SPDUs with their parameters or the primitive.
    pub fn to_line(&self) -> String {
        let nanos = self.at.as_nanos();
        let mut line = format!("{:>5}.{:06}  ", nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000);
        match &self.what {
            Trace::Request(text) => line.push_str(&format!("==> {text}")),
            Trace::Event(text) => line.push_str(&format!("<== {text}")),
            Trace::Transport(text) => line.push_str(&format!("... {text}")),
            Trace::Sent(expedited, tsdu) => spdus(&mut line, "-->", *expedited, tsdu),
            Trace::Received(expedited, tsdu) => spdus(&mut line, "<--", *expedited, tsdu),
        }
        line
    }
}

fn spdus(line: &mut String, arrow: &str, expedited: bool, tsdu: &Bytes) {
    let flow = if expedited { Flow::Expedited } else { Flow::Normal };
    line.push_str(arrow);
    if expedited {
        line.push_str(" (expedited)");
    }
    let context = DecodeContext { flow, ..DecodeContext::unknown() };
    match spdu::decode(tsdu, &context) {
        Ok(decoded) => {
            for (index, spdu) in decoded.spdus().iter().enumerate() {
                let _ = write!(line, "{} {spdu}", if index == 0 { "" } else { " +" });
            }
        }
        Err(error) => {
            let _ = write!(line, " {} octets {}: {error}", tsdu.len(), spdu::octets(tsdu));
        }
    }
}

/// A request for the trace, with what a reader wants to see of it.
pub(super) fn describe_request(request: &Request) -> String {
    let mut text = String::from(request.name());
    match request {
        Request::Connect(c) => {
            let _ = write!(
                text,
                " calling {} called {}, propose {}, version {}",
                shown(&c.calling_selector),
                shown(&c.called_selector),
                c.functional_units,
                c.versions
            );
        }
        Request::ConnectResponse(c) => {
            let _ = write!(text, " functional units {}", c.functional_units);
        }
        Request::ConnectResponseNegative(c) => {
            let _ = write!(text, " reason {}", c.reason);
        }
        Request::TokenGive(tokens, _) | Request::TokenPlease(tokens, _) => {
            let _ = write!(text, " {tokens}");
        }
        Request::SyncMinorResponse(number, _) => {
            let _ = write!(text, " {number}");
        }
        Request::DataPiece { octets: data, .. }
        | Request::Data(data)
        | Request::TypedData(data)
        | Request::ExpeditedData(data) => {
            let _ = write!(text, " {} octets", data.len());
        }
        _ => {}
    }
    text
}

/// An event for the trace, with what a reader wants to see of it.
pub(super) fn describe_event(event: &Event) -> String {
    let mut text = String::from(event.name());
    match event {
        Event::ConnectIndication(c) => {
            let _ = write!(
                text,
                " calling {} called {}, proposed {}",
                shown(&c.calling_selector),
                shown(&c.called_selector),
                c.functional_units
            );
        }
        Event::ConnectConfirm(c) => {
            let _ = write!(text, " selected {}, version {}", c.functional_units, c.version);
            if !c.tsdu_maximum_size.is_unlimited() {
                let _ = write!(
                    text,
                    ", TSDUs up to {} and {} octets",
                    c.tsdu_maximum_size.initiator_to_responder, c.tsdu_maximum_size.responder_to_initiator
                );
            }
        }
        Event::ConnectConfirmNegative(c) => {
            if let Some(error) = &c.error {
                let _ = write!(text, " {error}");
            }
        }
        Event::TokenGiveIndication(tokens, _) | Event::TokenPleaseIndication(tokens, _) => {
            let _ = write!(text, " {tokens}");
        }
        Event::SyncMinorIndication { serial_number, .. } => {
            let _ = write!(text, " {serial_number}");
        }
        Event::SyncMinorConfirm(number, _)
        | Event::SyncMajorIndication(number, _)
        | Event::ActivityEndIndication(number, _) => {
            let _ = write!(text, " {number}");
        }
        Event::PAbortIndication(reason, error) => {
            let _ = write!(text, " {reason:?}");
            if let Some(error) = error {
                let _ = write!(text, ": {error}");
            }
        }
        _ => {}
    }
    let octets = event.user_data().len();
    if octets > 0 {
        let _ = write!(text, " {octets} octets");
    }
    text
}
