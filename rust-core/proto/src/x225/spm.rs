//! The session protocol machine (X.225 Annex A).
//!
//! The user acts through [`Spm::request`], the network through [`Spm::transport`], time through [`Spm::handle_timeout`].
//! After each of them: take [`Spm::poll_transport`] and [`Spm::poll_event`] until both are dry, then ask
//! [`Spm::next_timeout`].
use super::names::State;
use super::parameter::*;
use super::port::{TransportIndication, TransportRequest};
use super::primitive::{Event, Request};
use crate::error::Result;
use crate::limits::Limits;
use crate::time::Instant;
use bytes::Bytes;

/// A session selector that a responder answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSelector {
    /// The called session selector, 0 to 16 octets.
    pub selector: Bytes,
    /// A user is attached; otherwise callers are refused with reason 130.
    pub attached: bool,
}

/// How a machine behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Limits and timers.
    pub limits: Limits,
    /// Functional units that this user can provide; a responder's user is shown no others. Default: all.
    pub functional_units: FunctionalUnits,
    /// Protocol versions that may be selected. Default: both.
    pub versions: Versions,
    /// Session selectors that a responder answers to; `None` answers to any.
    pub selectors: Option<Vec<LocalSelector>>,
    /// Refuse what real stacks send but the standard forbids (each leniency off). Default: false.
    pub strict: bool,
    /// Offer and accept reuse of the transport connection (X.225 6.2.4; `local_choice` of p02 and p64). Default: false.
    pub reuse_transport: bool,
    /// Keep trace records for [`Spm::poll_trace`]. Default: false.
    pub trace: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            limits: Limits::default(),
            functional_units: FunctionalUnits::ALL,
            versions: Versions::default(),
            selectors: None,
            strict: false,
            reuse_transport: false,
            trace: false,
        }
    }
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deadline {
    /// [`Limits::connect_timeout`].
    Connect,
    /// TIM (X.225 5.5.2, Table A.4 [4]).
    Tim,
}

/// A snapshot of one session: what was negotiated, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// State of Annex A.
    pub state: State,
    /// This side sent CONNECT.
    pub initiator: bool,
    /// Functional units selected; empty before the ACCEPT.
    pub functional_units: FunctionalUnits,
    /// Protocol version selected; empty before the ACCEPT.
    pub version: Versions,
    /// Maximum TSDU sizes selected.
    pub tsdu_maximum_size: TsduSizes,
    /// The transport expedited flow is available (TEXP).
    pub transport_expedited: bool,
    /// Extended concatenation may be sent to the peer.
    pub extended_concatenation: bool,
    /// Tokens that exist (AV).
    pub available_tokens: Tokens,
    /// Tokens that are here (OWNED).
    pub owned_tokens: Tokens,
    /// V(A), V(M), V(R); with symmetric synchronize those of the sending flow.
    pub serial_numbers: [SerialNumber; 3],
    /// V(Ar), V(Mr), V(Rr); symmetric synchronize only, otherwise equal to `serial_numbers`.
    pub receiving_serial_numbers: [SerialNumber; 3],
    /// An activity is in progress (Vact).
    pub activity_in_progress: bool,
    /// TSDUs sent and received.
    pub tsdus: [u64; 2],
    /// Octets in TSDUs sent and received.
    pub octets: [u64; 2],
}

/// One line of "what happened": an event met a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: Instant,
    /// State before.
    pub from: State,
    /// The event as Annex A spells it.
    pub event: &'static str,
    /// State after.
    pub to: State,
    /// The published table of the row: "A.8"; empty if no row applied.
    pub table: &'static str,
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
    /// A TSDU was handed to the transport: normal (false) or expedited (true) flow.
    Sent(bool, Bytes),
    /// A TSDU came from the transport: normal (false) or expedited (true) flow.
    Received(bool, Bytes),
    /// A transport primitive: "T-CONNECT confirm".
    Transport(String),
}

/// What a request gave back at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Accepted {
    /// The serial number that the provider chose (S-SYNC-MINOR, S-SYNC-MAJOR, S-ACTIVITY-END request).
    pub serial_number: Option<SerialNumber>,
}

/// A session protocol machine: one session connection and the transport connection below it.
#[derive(Debug)]
pub struct Spm {
    config: Config,
}

impl Spm {
    /// A machine in STA01. It becomes the initiator by an S-CONNECT request, the responder by a T-CONNECT indication.
    pub fn new(config: Config) -> Spm {
        Spm { config }
    }

    /// The user acts. A refused request changes nothing and sends nothing (X.225 A.4.1.1).
    ///
    /// # Errors
    /// `Invalid`: a parameter can never be right. `Refused`: not in this state, or not without this token. `LimitHit`.
    pub fn request(&mut self, request: Request, now: Instant) -> Result<Accepted> {
        let _ = (request, now, &self.config);
        Ok(Accepted::default())
    }

    /// The transport acts. What the peer did wrong is not an error of this call: it arrives as an event.
    pub fn transport(&mut self, indication: TransportIndication, now: Instant) {
        let _ = (indication, now);
    }

    /// Time passes. Calling early or late does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = now;
    }

    /// The next thing to do for the transport, in order.
    pub fn poll_transport(&mut self) -> Option<TransportRequest> {
        None
    }

    /// The next thing to tell the user, in order.
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// The next trace record, if tracing is on.
    pub fn poll_trace(&mut self) -> Option<TraceRecord> {
        None
    }

    /// When to call [`Spm::handle_timeout`], and what for.
    pub fn next_timeout(&self) -> Option<(Instant, Deadline)> {
        None
    }

    /// The state of Annex A.
    pub fn state(&self) -> State {
        State::STA01
    }

    /// True once a session connection has ended and its last event is queued or taken; requests are refused from then
    /// on. With a reused transport connection it is false again when the next session connection begins.
    pub fn is_over(&self) -> bool {
        false
    }

    /// Everything that was negotiated, and where the session stands.
    pub fn properties(&self) -> Properties {
        unreachable!()
    }

    /// The last transitions, oldest first.
    pub fn history(&self) -> impl Iterator<Item = &Transition> {
        [].iter()
    }
}
