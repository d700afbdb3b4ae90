//! The clock: engines count from an epoch, which is the first question to this module in a process.
use osisession_proto::Instant;
use std::sync::LazyLock;
use std::time::{Duration, Instant as SystemInstant};

/// One epoch for all endpoints of a process, so that their traces can be laid side by side.
static EPOCH: LazyLock<SystemInstant> = LazyLock::new(SystemInstant::now);

/// Now, for engines.
pub(crate) fn now() -> Instant {
    Instant::ZERO + EPOCH.elapsed()
}

/// The end of a wait; `None` is for ever.
pub(crate) fn deadline(timeout: Option<Duration>) -> Option<SystemInstant> {
    timeout.and_then(|timeout| SystemInstant::now().checked_add(timeout))
}

/// What is left until then.
pub(crate) fn remaining(deadline: Option<SystemInstant>) -> Option<Duration> {
    deadline.map(|at| at.saturating_duration_since(SystemInstant::now()))
}
