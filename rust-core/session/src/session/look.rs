//! The waits of a session without the waiting: for event loops that drive the endpoint themselves.
//!
//! None of these drives: what an event loop learns from [`crate::Endpoint::next_ready`] must not be changed by looking.
use super::{Session, ended};
use crate::clock;
use crate::connection::Connection;
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::x225::primitive::Event;

/// The outcome of an S-CONNECT request, if it has come. Any other event stays where it is.
pub(super) fn outcome(connection: &mut Connection) -> Option<Result<Event>> {
    match connection.first_event() {
        Some(
            Event::ConnectConfirm(_)
            | Event::ConnectConfirmNegative(_)
            | Event::UAbortIndication(_)
            | Event::PAbortIndication(..),
        ) => connection.take_event(clock::now()).map(Ok),
        Some(other) => Some(Err(Error::refused("the next event is no S-CONNECT confirm")
            .with_expected("S-CONNECT confirm", other.name()))),
        None if connection.is_drained() => Some(Err(ended())),
        None => None,
    }
}

/// Room in the send queue. Where there is none, the session will be told when there is.
pub(super) fn room(connection: &mut Connection) -> Option<Result<()>> {
    if connection.is_drained() || connection.is_over() {
        Some(Err(ended()))
    } else if connection.is_writable() {
        Some(Ok(()))
    } else {
        connection.want_room();
        None
    }
}

impl Session {
    /// The next event is an S-RELEASE indication. For those who keep sessions that nobody uses.
    pub(crate) fn asks_for_release(&self) -> bool {
        let first = |connection: &mut Connection| {
            matches!(connection.first_event(), Some(Event::ReleaseIndication(_)))
        };
        self.0.core.look(first)
    }

    /// The abort that is the next event, which stays.
    pub(crate) fn ended_by(&self) -> Option<Event> {
        let first = |connection: &mut Connection| connection.first_event().cloned();
        self.0
            .core
            .look(first)
            .filter(|event| matches!(event, Event::UAbortIndication(_) | Event::PAbortIndication(..)))
    }

    /// As [`Session::wait_outcome`] without waiting and without driving: the outcome of the S-CONNECT request if it has
    /// come, `None` if not.
    ///
    /// # Errors
    /// `Closed`: the session has ended and all its events were taken. `Refused` if the next event is something else, which
    /// then stays.
    pub fn try_outcome(&self) -> Result<Option<Event>> {
        self.0.core.look(outcome).transpose()
    }

    /// As [`Session::wait_writable`] without waiting and without driving: true if the send queue has room. If it has none,
    /// [`crate::Endpoint::next_ready`] names the session once there is.
    ///
    /// # Errors
    /// `Closed`: the session has ended.
    pub fn try_writable(&self) -> Result<bool> {
        self.0.core.look(room).transpose().map(|room| room.is_some())
    }

    /// True once the session has ended and all its events were taken: nothing more will come.
    pub fn is_drained(&self) -> bool {
        self.0.core.look(|connection| connection.is_drained())
    }
}
