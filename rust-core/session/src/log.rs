//! What is worth a line in a log. Noted under a session's lock, told outside it, to whoever listens to `tracing`.
//!
//! | level | what |
//! |---|---|
//! | error | a fault of this library |
//! | warn | a peer's violation, a connection lost, a caller refused or turned away |
//! | info | session connections: up, released, aborted by a user |
//! | debug | network connections, TLS, requests that were refused |
//! | trace | every primitive |
//!
//! The fields: `session` (the number of [`crate::Session::id`]), `peer`, and `error`. User data is never in it.
use osisession_proto::{Error, ErrorKind};
use std::borrow::Cow;
use tracing::Level;
use tracing::level_filters::LevelFilter;

/// One line, until it can be told.
#[derive(Debug)]
pub(crate) struct Note {
    level: Level,
    text: Cow<'static, str>,
    error: Option<Box<Error>>,
}

/// Whether anybody wants lines of this level. An atomic load: nothing is called.
pub(crate) fn wants(level: Level) -> bool {
    level <= LevelFilter::current()
}

impl Note {
    pub(crate) fn new(level: Level, text: impl Into<Cow<'static, str>>) -> Note {
        Note { level, text: text.into(), error: None }
    }

    pub(crate) fn with_error(mut self, error: Option<&Error>) -> Note {
        self.error = error.cloned().map(Box::new);
        if self.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Internal) {
            self.level = Level::ERROR;
        }
        self
    }

    pub(crate) fn tell(&self, session: u64, peer: &str) {
        let text = &*self.text;
        let error = self.error.as_ref().map(tracing::field::display);
        macro_rules! tell {
            ($level:expr) => {
                tracing::event!(target: "osisession", $level, session, peer, error, "{text}")
            };
        }
        match self.level {
            Level::ERROR => tell!(Level::ERROR),
            Level::WARN => tell!(Level::WARN),
            Level::INFO => tell!(Level::INFO),
            Level::DEBUG => tell!(Level::DEBUG),
            Level::TRACE => tell!(Level::TRACE),
        }
    }
}
