//! Sessions that are there when they are wanted: opened on demand, opened again after a loss with growing delays and some chance in
//! them, closed when nobody uses them, and not tried for a while when they keep failing (a circuit breaker).
//!
//! [`crate::rpc::Client`] keeps its session so. For other protocols there is the [`Keeper`]: any peer, any use of the session.
//! Everything here happens while the endpoint is driven, as with sessions.
mod keeper;
pub(crate) mod line;

pub use keeper::{ConnectHook, Failure, Keeper, KeeperConfig, Lease, Wish};
pub use osisession_proto::reconnect::{Circuit, Config, State};
pub use osisession_proto::rpc::Retry;

use crate::clock;
use osisession_proto::reconnect;
use osisession_proto::{Error, Instant};
use std::time::Duration;

/// What happens to a session that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The circuit opened (no attempts for now), is tried (half open), or closed (all is well).
    Circuit(Circuit),
    /// An attempt is made, after so many that failed one after the other.
    Attempt {
        /// How many.
        failures: u32,
    },
    /// An attempt failed.
    Failed {
        /// Why.
        error: Error,
        /// In what time the next one is made; `None` if somebody has to want that.
        next: Option<Duration>,
    },
    /// The session is up.
    Up,
    /// The session is gone.
    Down {
        /// Why; `None` if it was closed because nobody used it.
        error: Option<Error>,
    },
    /// Refused for good, or stopped: no attempt is made any more before a reset.
    Stopped(Error),
}

impl Event {
    fn of(event: &reconnect::Event) -> Option<Event> {
        Some(match event {
            reconnect::Event::Circuit(circuit) => Event::Circuit(*circuit),
            reconnect::Event::Attempt { failures } => Event::Attempt { failures: *failures },
            reconnect::Event::Failed { error, next } => {
                Event::Failed { error: error.clone(), next: next.map(from_now) }
            }
            reconnect::Event::Up => Event::Up,
            reconnect::Event::Down { error } => Event::Down { error: error.clone() },
            reconnect::Event::Stopped(error) => Event::Stopped(error.clone()),
            _ => return None,
        })
    }
}

/// Where a session that is kept stands, for a person who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The state.
    pub state: State,
    /// The circuit.
    pub circuit: Circuit,
    /// Attempts that failed, one after the other.
    pub failures: u32,
    /// In what time the next attempt is made, or may be made.
    pub next: Option<Duration>,
    /// Those who wait for the session, or requests without an outcome.
    pub waiting: usize,
    /// Why the last attempt failed; `None` since it is up.
    pub last: Option<Error>,
}

impl Progress {
    pub(crate) fn of(line: &line::Line) -> Progress {
        let reconnect::Progress { state, circuit, failures, next, waiting } = line.engine.progress();
        Progress { state, circuit, failures, next: next.map(from_now), waiting, last: line.last.clone() }
    }
}

fn from_now(at: Instant) -> Duration {
    at.saturating_duration_since(clock::now())
}

/// A number that differs from start to start and from call to call.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}
