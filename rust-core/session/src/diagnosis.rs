//! Why there is no session: a report for people and for programs.
//!
//! Every failed connect, refusal and abort has a [`Cause`], and every cause a row in a table: what the peer probably wants, what to try.
//! [`Diagnosis::of_event`] and [`Diagnosis::of_error`] find it from what the library says anyway; a [`Witness`] adds the packets that
//! passed.
//!
//! ```
//! use osisession::{ConnectRequest, Diagnosis, Endpoint, EndpointConfig, SessionConfig, Witness};
//! use std::time::Duration;
//!
//! let witness = Witness::new();
//! let mut config = EndpointConfig::default();
//! config.tap = Some(witness.tap());
//! let endpoint = Endpoint::new(config)?;
//! let session = endpoint.connect("memory:nobody", ConnectRequest::default(), SessionConfig::default())?;
//! let outcome = session.wait_outcome(Some(Duration::from_secs(5)))?;
//! if let Some(report) = Diagnosis::of_event(&outcome) {
//!     println!("{}", report.with_packets(&witness, session.id()));
//! }
//! # Ok::<(), osisession::Error>(())
//! ```
mod cause;
mod classify;
mod json;
mod witness;

pub use cause::Cause;
pub use witness::{Packet, Witness};

use crate::refusal::Refusal;
use crate::session::connect_failure;
use osisession_proto::x225::primitive::{ConnectRejection, Event};
use osisession_proto::x225::spm::Transition;
use osisession_proto::{Error, ErrorKind, Layer};
use std::fmt;

/// What failures of TLS are marked with.
#[cfg_attr(not(feature = "tls"), allow(dead_code))]
pub(crate) mod tls {
    pub(crate) const ALERT: &str = "alert";
    pub(crate) const CERTIFICATE: &str = "certificate";
    pub(crate) const NOTHING_IN_COMMON: &str = "nothing in common";
    pub(crate) const NO_RECORD: &str = "no TLS record";
    pub(crate) const PLAIN: &str = "03 hex";
}

/// How far it had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// TCP, or what stands for it, was not up.
    Network,
    /// During the TLS handshake, or in TLS.
    Tls,
    /// CR was sent or awaited, CC not there (X.224 6.5).
    TransportConnect,
    /// CONNECT was sent or awaited, ACCEPT not there (X.225 7.1).
    SessionConnect,
    /// The session was open.
    Open,
    /// FINISH was sent or received (X.225 7.6).
    Release,
    /// It cannot be told.
    Unknown,
}

impl Stage {
    /// In a word for programs: `session-connect`.
    pub const fn word(self) -> &'static str {
        match self {
            Stage::Network => "network",
            Stage::Tls => "tls",
            Stage::TransportConnect => "transport-connect",
            Stage::SessionConnect => "session-connect",
            Stage::Open => "open",
            Stage::Release => "release",
            Stage::Unknown => "unknown",
        }
    }

    /// In words for people.
    pub const fn text(self) -> &'static str {
        match self {
            Stage::Network => "while the network connection was made",
            Stage::Tls => "in TLS",
            Stage::TransportConnect => "while the transport connection was made (CR, CC)",
            Stage::SessionConnect => "while the session was made (CONNECT, ACCEPT)",
            Stage::Open => "in an open session",
            Stage::Release => "while the session was released (FINISH, DISCONNECT)",
            Stage::Unknown => "at a stage that is not known",
        }
    }
}

/// A report on a failed connect, a refusal or an abort. As text ([`fmt::Display`]) it has some lines.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The row of the table.
    pub cause: Cause,
    /// The layer whose question it is: a connection that is closed in the middle of S-CONNECT is one of the session, not of the network.
    pub layer: Layer,
    /// How far it had come.
    pub stage: Stage,
    /// One sentence.
    pub summary: String,
    /// The last packets that were sent, oldest first; empty without a [`Witness`].
    pub sent: Vec<Packet>,
    /// The last packets that came.
    pub received: Vec<Packet>,
    /// The octet at fault, from the start of the TSDU, TPDU or TPKT that is named by `pdu`.
    pub octet: Option<usize>,
    /// The SPDU or TPDU.
    pub pdu: Option<&'static str>,
    /// The clause that speaks of it.
    pub clause: Option<String>,
    /// What the peer probably wants; empty where that is not the question.
    pub wants: String,
    /// What to try, the most promising first.
    pub tries: &'static [&'static str],
    /// The last transitions of the session machine, oldest first, if they were added.
    pub history: Vec<Transition>,
    /// The error itself.
    pub error: Error,
}

impl Diagnosis {
    /// Of an error: of [`crate::Session::wait_connected`], of a [`crate::Refusal`], or inside an event.
    pub fn of_error(error: &Error) -> Diagnosis {
        Diagnosis::new(classify::error(error), error.clone())
    }

    /// Of an event that ends a session or an attempt (`ConnectConfirmNegative`, `UAbortIndication`, `PAbortIndication`); `None` for every
    /// other. An abort by the peer's user counts as one of an open session: see [`Diagnosis::of_outcome`].
    pub fn of_event(event: &Event) -> Option<Diagnosis> {
        Diagnosis::of(event, false)
    }

    /// As [`Diagnosis::of_event`], of the outcome of an S-CONNECT request ([`crate::Session::wait_outcome`]).
    pub fn of_outcome(event: &Event) -> Option<Diagnosis> {
        Diagnosis::of(event, true)
    }

    /// Of a caller that was refused here.
    pub fn of_refusal(refusal: &Refusal) -> Diagnosis {
        let mut diagnosis = Diagnosis::of_error(&refusal.error);
        diagnosis.summary = format!("{}: {}", refusal.peer_address, diagnosis.summary);
        diagnosis
    }

    fn of(event: &Event, connecting: bool) -> Option<Diagnosis> {
        let cause = classify::event(event, connecting)?;
        let mut error = connect_failure(event);
        if matches!(event, Event::UAbortIndication(_)) {
            error = Error::peer(Layer::Session, "the peer's SS-user aborted (S-U-ABORT)")
                .with_pdu("AB")
                .with_clause("X.225 7.9");
        }
        let mut diagnosis = Diagnosis::new(cause, error);
        if diagnosis.stage == Stage::Unknown || matches!(event, Event::UAbortIndication(_)) {
            diagnosis.stage = if connecting { Stage::SessionConnect } else { Stage::Open };
        }
        if let Event::ConnectConfirmNegative(rejection) = event {
            diagnosis.wants = wanted(cause, rejection);
        }
        Some(diagnosis)
    }

    fn new(cause: Cause, error: Error) -> Diagnosis {
        let details = error.details();
        let mut diagnosis = Diagnosis {
            cause,
            layer: match cause {
                Cause::Limit | Cause::Local | Cause::Other => error.layer(),
                _ => cause.layer(),
            },
            stage: classify::stage(&error),
            summary: details.text.to_string(),
            sent: Vec::new(),
            received: Vec::new(),
            octet: details.offset,
            pdu: details.pdu,
            clause: details.clause.as_deref().map(str::to_owned),
            wants: cause.wants().to_owned(),
            tries: cause.tries(),
            history: Vec::new(),
            error,
        };
        let details = diagnosis.error.details();
        // Alone, what was found is a mark and no sentence.
        if let (Some(expected), Some(found)) = (&details.expected, &details.found) {
            diagnosis.summary.push_str(&format!(": expected {expected}, found {found}"));
        }
        diagnosis
    }

    /// Adds the packets that a witness saw in this session ([`crate::Session::id`]).
    #[must_use]
    pub fn with_packets(mut self, witness: &Witness, session: u64) -> Diagnosis {
        self.sent = witness.sent(session);
        self.received = witness.received(session);
        self
    }

    /// Adds the last transitions ([`crate::Session::history`]).
    #[must_use]
    pub fn with_history(mut self, history: Vec<Transition>) -> Diagnosis {
        self.history = history;
        self
    }

    /// The peer broke a rule, or said that we did; otherwise it is a matter of configuration, of the network, or of this program.
    pub fn is_violation(&self) -> bool {
        self.error.kind() == ErrorKind::Peer
            && !matches!(self.cause, Cause::UserAbort | Cause::AbortWhileConnecting | Cause::RefusedHere)
            && self.pdu != Some("RF")
    }
}

/// What a REFUSE says about what it wants.
fn wanted(cause: Cause, rejection: &ConnectRejection) -> String {
    let mut text = cause.wants().to_owned();
    if let Some(versions) = rejection.versions {
        text.push_str(&format!("; it implements version {versions}"));
    }
    if let Some(units) = rejection.functional_units {
        text.push_str(&format!("; it would have required: {units}"));
    }
    if !rejection.user_data.is_empty() {
        text.push_str(&format!("; its user data has {} octets", rejection.user_data.len()));
    }
    text
}

/// Octets of a packet that are shown.
const SHOWN: usize = 32;

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary)?;
        writeln!(f, "  layer    {}, {} [{}]", self.layer.name(), self.stage.text(), self.cause.word())?;
        for (name, packets) in [("sent", &self.sent), ("came", &self.received)] {
            if let Some(packet) = packets.last() {
                writeln!(f, "  {name}     {}", packet.describe())?;
                writeln!(f, "           {}", packet.hex(SHOWN))?;
            } else if !self.sent.is_empty() || !self.received.is_empty() {
                writeln!(f, "  {name}     nothing")?;
            }
        }
        let octets = &self.error.details().octets;
        if self.received.is_empty() && !octets.is_empty() {
            let packet = Packet { octets: octets.clone().into(), length: octets.len() };
            writeln!(f, "  octets   {}", packet.hex(SHOWN))?;
        }
        if let Some(octet) = self.octet {
            let of = self.pdu.map_or(String::new(), |pdu| format!(" of {pdu}"));
            writeln!(f, "  octet    {octet}{of} (counted from 0)")?;
        }
        if let Some(clause) = &self.clause {
            writeln!(f, "  clause   {clause}")?;
        }
        if !self.wants.is_empty() {
            writeln!(f, "  peer     probably: {}", self.wants)?;
        }
        for (index, line) in self.tries.iter().enumerate() {
            writeln!(f, "  {}      {line}", if index == 0 { "try" } else { "   " })?;
        }
        Ok(())
    }
}
