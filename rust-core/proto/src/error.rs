//! Whose fault it is, where, and which clause says so.
//!
//! Four kinds are never mixed: the caller's mistake ([`ErrorKind::Invalid`]), a request that is not allowed now
//! ([`ErrorKind::Refused`]), the peer's violation ([`ErrorKind::Peer`], which arrives inside an event and never as the
//! result of a call), and a limit that was hit ([`ErrorKind::LimitHit`]). The outer rings add two of their own: the
//! network failed ([`ErrorKind::Transport`]), and a fault of this library ([`ErrorKind::Internal`]).
use core::fmt;
use std::borrow::Cow;

/// Result of a call that can fail.
pub type Result<T> = core::result::Result<T, Error>;

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller passed something that can never be right. Nothing was sent, nothing changed.
    Invalid,
    /// The request is well formed but not allowed in this state, or without this token. Nothing was sent, nothing
    /// changed (X.225 A.4.1.1).
    Refused,
    /// The peer sent something that the protocol forbids (X.225 A.4.1.2, A.4.3).
    Peer,
    /// A configured limit was reached.
    LimitHit,
    /// The transport below failed: refused, lost, timed out.
    Transport,
    /// The handle, session or endpoint is closed.
    Closed,
    /// A wait ended because its time was over.
    TimedOut,
    /// The send queue is full: try again when the session is writable.
    WouldBlock,
    /// A fault of this library.
    Internal,
}

/// The layer that speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Layer {
    /// The calling program's use of this library.
    #[default]
    Api,
    /// The session protocol (X.225).
    Session,
    /// The transport protocol (X.224 class 0, COTP).
    Transport,
    /// Framing over TCP (RFC 1006, TPKT).
    Tpkt,
    /// The network below: TCP, TLS, or the caller's own.
    Network,
}

impl Layer {
    /// The layer's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Layer::Api => "api",
            Layer::Session => "session",
            Layer::Transport => "transport",
            Layer::Tpkt => "tpkt",
            Layer::Network => "network",
        }
    }
}

/// Where and why, as far as it is known. All fields are optional; the text always says something useful by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// A sentence that a person can act on.
    pub text: Cow<'static, str>,
    /// The SPDU or TPDU concerned, by its mnemonic: "CN", "MIP", "CR".
    pub pdu: Option<&'static str>,
    /// The parameter concerned: "Connect/Accept Item.Version Number".
    pub parameter: Option<Cow<'static, str>>,
    /// Octets from the start of the TSDU, TPDU or TPKT to the fault.
    pub offset: Option<usize>,
    /// The clause or table that was violated or applied: "X.225 8.3.1".
    pub clause: Option<Cow<'static, str>>,
    /// The state of the machine: "STA713".
    pub state: Option<&'static str>,
    /// The event in that state: "SDTreq".
    pub event: Option<&'static str>,
    /// The reason code of the protocol, where it has one (REFUSE, DR, ABORT).
    pub reason: Option<u32>,
    /// What was expected.
    pub expected: Option<Cow<'static, str>>,
    /// What was found.
    pub found: Option<Cow<'static, str>>,
    /// The peer's first octets, at most 16.
    pub octets: Vec<u8>,
}

/// An error: its kind, its layer, and where and why.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    layer: Layer,
    details: Box<Details>,
}

impl Error {
    /// An error with a sentence; the `with_` methods add what else is known.
    pub fn new(kind: ErrorKind, layer: Layer, text: impl Into<Cow<'static, str>>) -> Error {
        Error { kind, layer, details: Box::new(Details { text: text.into(), ..Details::default() }) }
    }

    /// The caller's mistake.
    pub fn invalid(text: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Invalid, Layer::Api, text)
    }

    /// Not now: refused in this state.
    pub fn refused(text: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Refused, Layer::Session, text)
    }

    /// The peer's violation.
    pub fn peer(layer: Layer, text: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Peer, layer, text)
    }

    /// A limit was hit.
    pub fn limit(layer: Layer, text: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::LimitHit, layer, text)
    }

    /// Whose fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The layer that speaks.
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// Where and why.
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// Where and why, to be completed by an outer layer that knows more.
    pub fn details_mut(&mut self) -> &mut Details {
        &mut self.details
    }

    /// The same fault seen as another kind, such as a codec's refusal of what a caller built.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.kind = kind;
        self
    }

    /// Names the SPDU or TPDU.
    #[must_use]
    pub fn with_pdu(mut self, pdu: &'static str) -> Error {
        self.details.pdu = Some(pdu);
        self
    }

    /// Names the parameter.
    #[must_use]
    pub fn with_parameter(mut self, parameter: impl Into<Cow<'static, str>>) -> Error {
        self.details.parameter = Some(parameter.into());
        self
    }

    /// Gives the octet offset of the fault.
    #[must_use]
    pub fn with_offset(mut self, offset: usize) -> Error {
        self.details.offset = Some(offset);
        self
    }

    /// Cites the clause.
    #[must_use]
    pub fn with_clause(mut self, clause: impl Into<Cow<'static, str>>) -> Error {
        self.details.clause = Some(clause.into());
        self
    }

    /// Names the cell of the state table.
    #[must_use]
    pub fn with_cell(mut self, state: &'static str, event: &'static str) -> Error {
        self.details.state = Some(state);
        self.details.event = Some(event);
        self
    }

    /// Gives the protocol's reason code.
    #[must_use]
    pub fn with_reason(mut self, reason: u32) -> Error {
        self.details.reason = Some(reason);
        self
    }

    /// Says what was expected and what was found.
    #[must_use]
    pub fn with_expected(
        mut self,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<Cow<'static, str>>,
    ) -> Error {
        self.details.expected = Some(expected.into());
        self.details.found = Some(found.into());
        self
    }

    /// Keeps the peer's first octets (at most 16 of them).
    #[must_use]
    pub fn with_octets(mut self, octets: &[u8]) -> Error {
        self.details.octets = octets[..octets.len().min(16)].to_vec();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = &*self.details;
        f.write_str(&d.text)?;
        if let (Some(expected), Some(found)) = (&d.expected, &d.found) {
            write!(f, ": expected {expected}, found {found}")?;
        }
        let mut open = false;
        let mut item = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            f.write_str(if core::mem::replace(&mut open, true) { ", " } else { " [" })?;
            f.write_fmt(text)
        };
        if let Some(pdu) = d.pdu {
            item(f, format_args!("{pdu}"))?;
        }
        if let Some(parameter) = &d.parameter {
            item(f, format_args!("{parameter}"))?;
        }
        if let Some(offset) = d.offset {
            item(f, format_args!("octet {offset}"))?;
        }
        if let (Some(state), Some(event)) = (d.state, d.event) {
            item(f, format_args!("({state}, {event})"))?;
        }
        if let Some(reason) = d.reason {
            item(f, format_args!("reason {reason}"))?;
        }
        if let Some(clause) = &d.clause {
            item(f, format_args!("{clause}"))?;
        }
        if open { f.write_str("]") } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({}): {self}", self.kind, self.layer.name())
    }
}

impl core::error::Error for Error {}
