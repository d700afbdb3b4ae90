//! Why a request has no response, and what is known of it then.
use bytes::Bytes;
use osisession_proto::rpc::{Outcome, Why, code};
use osisession_proto::{Error, ErrorKind, Layer};
use std::fmt;

/// Why a request has no response. Each says what is known: carried out, not carried out, or nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The peer answered with an error of its application, or one of [`code`].
    Answered {
        /// From [`code::APPLICATION`] on the application's own.
        code: u16,
        /// What it says about it.
        data: Bytes,
    },
    /// It certainly was not carried out.
    NotDone {
        /// Why.
        why: Why,
        /// The same with all that is known.
        error: Error,
    },
    /// Nobody knows whether it was carried out.
    Unknown {
        /// Why.
        why: Why,
        /// The same with all that is known.
        error: Error,
    },
    /// It never became a request: a caller's mistake, a limit, the circuit is open, or the client is closed. Not carried out.
    Refused(Error),
}

impl Failure {
    /// It certainly was not carried out: to ask again does no harm.
    pub fn is_not_done(&self) -> bool {
        matches!(self, Failure::NotDone { .. } | Failure::Refused(_))
    }

    /// Nobody knows whether it was carried out.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Failure::Unknown { .. })
    }

    /// As an error of the library: its kind is `TimedOut` after a deadline, `Closed`, `Transport`, `LimitHit`, `Refused`, `Peer` where the
    /// peer answered with an error (the code is its reason), or what the request was refused with.
    pub fn error(&self) -> Error {
        match self {
            Failure::Answered { code, data } => {
                let mut error = Error::peer(Layer::Session, answered(*code)).with_reason((*code).into());
                if !data.is_empty() {
                    error = error.with_octets(data);
                }
                error
            }
            Failure::NotDone { error, .. } | Failure::Unknown { error, .. } | Failure::Refused(error) => {
                error.clone()
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Answered { .. } => self.error().fmt(f),
            Failure::NotDone { error, .. } => write!(f, "not carried out: {error}"),
            Failure::Unknown { error, .. } => write!(f, "nobody knows whether it was carried out: {error}"),
            Failure::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        failure.error()
    }
}

fn answered(code: u16) -> &'static str {
    match code {
        code::CANCELLED => "the peer stopped it as cancelled",
        code::OVERDUE => "the peer's application took too long",
        code::UNANSWERED => "the peer's application gave no answer",
        _ => "the peer answered with an error",
    }
}

/// What the engine says of a request, with the error of the line or of the journal where that is the cause.
pub(super) fn result(
    outcome: Outcome,
    line: Option<&Error>,
    journal: Option<&Error>,
) -> Result<Bytes, Failure> {
    let explained = |why| explained(why, line, journal);
    match outcome {
        Outcome::Response(data) => Ok(data),
        Outcome::Error { code, data } => Err(Failure::Answered { code, data }),
        Outcome::NotDone(why) => Err(Failure::NotDone { why, error: explained(why) }),
        Outcome::Unknown(why) => Err(Failure::Unknown { why, error: explained(why) }),
    }
}

fn explained(why: Why, line: Option<&Error>, journal: Option<&Error>) -> Error {
    let error = |kind, layer, text: &'static str| Error::new(kind, layer, text);
    match why {
        Why::Deadline => error(ErrorKind::TimedOut, Layer::Api, "no response before the deadline"),
        Why::Cancelled => error(ErrorKind::Refused, Layer::Api, "it was cancelled"),
        Why::Busy => error(ErrorKind::LimitHit, Layer::Session, "the peer has too much under way"),
        Why::PeerForgot => {
            let text = "the connection was lost, and the peer does not know any more what it was asked";
            error(ErrorKind::Transport, Layer::Session, text)
        }
        Why::Interrupted => {
            error(ErrorKind::Peer, Layer::Session, "the peer's process ended while it carried it out")
        }
        Why::Closed => journal
            .cloned()
            .unwrap_or_else(|| error(ErrorKind::Closed, Layer::Api, "the association was closed here")),
        Why::Unreachable => line.cloned().unwrap_or_else(|| {
            error(ErrorKind::Transport, Layer::Session, "there is no connection, and none is tried for now")
        }),
    }
}
