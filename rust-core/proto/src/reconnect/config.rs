//! What can be set, each with its default.
use crate::error::{Error, Result};
use crate::time::Duration;

/// How a session is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Open it although nobody wants it, and again after a loss. Default: false.
    pub keep_open: bool,
    /// The delay before the second attempt; it doubles for each that follows. The first is made at once. Default 0.2 s.
    pub first_delay: Duration,
    /// The longest delay. Default 30 s.
    pub longest_delay: Duration,
    /// The least delay after the peer said that it is busy. Default 1 s.
    pub busy_delay: Duration,
    /// A session that was up so long begins with the first delay again when it is lost. Default 60 s.
    pub stable_after: Duration,
    /// How long an attempt may take. Default 10 s.
    pub open_within: Duration,
    /// How long an orderly close may take before the session is aborted. Default 5 s.
    pub close_within: Duration,
    /// Close the session when it was not used for so long. `None`: never. Default: never, because what the peer keeps for the session
    /// ends with it.
    pub idle_after: Option<Duration>,
    /// Attempts that fail one after the other until the circuit opens. `None`: it never does. Default 5.
    pub trip_after: Option<u32>,
    /// How long the circuit stays open before one attempt is made; it doubles with each that fails. Default 30 s.
    pub open_circuit: Duration,
    /// The longest time that it stays open. Default 10 min.
    pub longest_open_circuit: Duration,
    /// Those who may wait for the session. Default 1,024.
    pub max_waiting: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            keep_open: false,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(30),
            busy_delay: Duration::from_secs(1),
            stable_after: Duration::from_secs(60),
            open_within: Duration::from_secs(10),
            close_within: Duration::from_secs(5),
            idle_after: None,
            trip_after: Some(5),
            open_circuit: Duration::from_secs(30),
            longest_open_circuit: Duration::from_secs(600),
            max_waiting: 1_024,
        }
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<()> {
        let times = [
            ("first_delay", Some(self.first_delay)),
            ("longest_delay", Some(self.longest_delay)),
            ("open_within", Some(self.open_within)),
            ("close_within", Some(self.close_within)),
            ("idle_after", self.idle_after),
            ("open_circuit", Some(self.open_circuit)),
            ("longest_open_circuit", Some(self.longest_open_circuit)),
            ("trip_after", self.trip_after.map(|count| Duration::from_secs(count.into()))),
            ("max_waiting", Some(Duration::from_secs(self.max_waiting.min(1) as u64))),
        ];
        match times.into_iter().find(|(_, value)| *value == Some(Duration::ZERO)) {
            None => Ok(()),
            Some((name, _)) => Err(Error::invalid(format!("{name} is zero")).with_parameter(name)),
        }
    }
}
