//! What can be set, each with its default.
use crate::error::{Error, Result};
use crate::time::{Duration, Instant};

/// What happens to a request whose connection is lost before its response came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Retry {
    /// It is carried out at most once: sent again only to a peer that still knows which requests it has seen, and otherwise
    /// reported as [`super::Outcome::Unknown`].
    #[default]
    AtMostOnce,
    /// To carry it out twice does no harm: sent again to any peer.
    Idempotent,
}

/// How one request is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// When the caller stops waiting; `None` waits for ever. Reaching it settles the request.
    pub deadline: Option<Instant>,
    /// What a loss of the connection means.
    pub retry: Retry,
}

/// How an engine behaves. The limits hold against a hostile peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Own requests without an outcome; one more is refused. Default 64.
    pub max_open: usize,
    /// Requests of the peer that may be under way here; one more is answered with [`super::code::BUSY`] and not carried out.
    /// Default 64.
    pub max_executing: usize,
    /// Octets of one message without its header, both ways. Default 1 MiB.
    pub max_message: usize,
    /// Responses kept for requests that may come again, at least 1. The oldest go first. Should be no less than the peer's
    /// `max_open`. Default 1,024.
    pub results: usize,
    /// Octets in these responses. Default 16 MiB.
    pub result_octets: usize,
    /// Messages that wait for the session; more is what only a peer can cause that asks and does not read. Default 4,096.
    pub max_queued: usize,
    /// How long a request of the peer may be under way before it is answered with [`super::code::OVERDUE`]. `None`: for ever.
    /// Default 5 min.
    pub answer_within: Option<Duration>,
    /// Tell the peer when the caller stopped waiting, as for a cancellation. Default: true.
    pub cancel_at_deadline: bool,
    /// Outcomes after which the peer is told what it need not keep any more, at least 1. Default 32.
    pub acknowledge_every: u32,
    /// Over half-duplex: messages in one turn while the peer asks for the token, at least 1. Default 16.
    pub turn_messages: u32,
    /// Make records for a journal ([`super::Engine::poll_journal`]). Default: false.
    pub journal: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            max_open: 64,
            max_executing: 64,
            max_message: 1 << 20,
            results: 1_024,
            result_octets: 16 << 20,
            max_queued: 4_096,
            answer_within: Some(Duration::from_secs(300)),
            cancel_at_deadline: true,
            acknowledge_every: 32,
            turn_messages: 16,
            journal: false,
        }
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<()> {
        let least = [
            ("max_open", self.max_open),
            ("max_executing", self.max_executing),
            ("results", self.results),
            ("max_queued", self.max_queued),
            ("acknowledge_every", self.acknowledge_every as usize),
            ("turn_messages", self.turn_messages as usize),
        ];
        match least.into_iter().find(|(_, value)| *value == 0) {
            None => Ok(()),
            Some((name, _)) => Err(Error::invalid(format!("{name} is zero"))
                .with_parameter(name)
                .with_expected("at least 1", "0")),
        }
    }
}
