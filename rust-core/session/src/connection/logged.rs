//! What happens on a connection, for the log and the counters.
use super::Connection;
use crate::log::{self, Note};
use osisession_proto::Error;
use osisession_proto::x225::primitive::{Event, Request};
use tracing::Level;

/// What a request means for the counters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Accept,
    Release,
    Abort,
    Other,
}

impl Asked {
    pub(super) fn of(request: &Request) -> Asked {
        match request {
            Request::ConnectResponse(_) => Asked::Accept,
            Request::ReleaseResponse(_) => Asked::Release,
            Request::UAbort(_) => Asked::Abort,
            _ => Asked::Other,
        }
    }
}

impl Connection {
    pub(super) fn note(&mut self, level: Level, text: &'static str, error: Option<&Error>) {
        if log::wants(level) {
            self.effects.notes.push(Note::new(level, text).with_error(error));
        }
    }

    /// A request was accepted.
    pub(super) fn asked(&mut self, name: &'static str, asked: Asked) {
        self.note(Level::TRACE, name, None);
        match asked {
            Asked::Accept => {
                self.effects.established = true;
                self.note(Level::INFO, "the session connection is accepted", None);
            }
            Asked::Release => {
                self.effects.released = true;
                self.note(Level::INFO, "the session connection is released", None);
            }
            Asked::Abort => {
                self.effects.aborted = true;
                self.note(Level::INFO, "the session connection is aborted by this user", None);
            }
            Asked::Other => {}
        }
    }

    /// An event goes to the user.
    pub(super) fn told(&mut self, event: &Event) {
        self.note(Level::TRACE, event.name(), None);
        match event {
            Event::ConnectConfirm(_) => {
                self.effects.established = true;
                self.note(Level::INFO, "the session connection is up", None);
            }
            Event::ConnectConfirmNegative(rejection) => {
                self.note(
                    Level::WARN,
                    "the session connection is refused by the peer",
                    rejection.error.as_ref(),
                );
            }
            Event::ReleaseConfirm(_) => {
                self.effects.released = true;
                self.note(Level::INFO, "the session connection is released", None);
            }
            Event::UAbortIndication(_) => {
                self.effects.aborted = true;
                self.note(Level::INFO, "the session connection is aborted by the peer's user", None);
            }
            Event::PAbortIndication(_, error) => {
                self.effects.aborted = true;
                self.note(Level::WARN, "the session connection is aborted or lost", error.as_ref());
            }
            Event::PExceptionReportIndication(error) => {
                self.note(Level::WARN, "the provider reports an exception", error.as_ref());
            }
            _ => {}
        }
    }
}
