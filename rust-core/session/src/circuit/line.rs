//! A session that is kept, without a lock: the engine of [`osisession_proto::reconnect`], and the session that is being opened.
use super::Event;
use crate::resident::Owner;
use crate::{Session, connect_failure};
use osisession_proto::error::Result;
use osisession_proto::reconnect::{self, Action, Reconnect};
use osisession_proto::x225::parameter::refuse_reason;
use osisession_proto::x225::primitive;
use osisession_proto::{Error, Instant};
use std::collections::VecDeque;

/// Events that are kept for the user; of more, the oldest go.
const KEPT: usize = 256;

/// What is to be done unlocked.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Open a session, and give it to [`Line::connecting`].
    Connect(u64),
    /// Release this one.
    Release(Session),
    /// Drop this one, which aborts it.
    Drop(Session),
}

/// One session that is kept.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) engine: Reconnect<Session>,
    opening: Option<(u64, Session)>,
    /// For the user.
    events: VecDeque<Event>,
    count: u64,
    /// Why the last attempt failed.
    pub(crate) last: Option<Error>,
}

/// What the engine says to one who waits.
#[derive(Debug)]
pub(crate) enum Told {
    Ready(reconnect::Ticket),
    GivenUp(reconnect::Ticket),
}

impl Line {
    pub(crate) fn new(config: reconnect::Config, now: Instant) -> Result<Line> {
        Ok(Line {
            engine: Reconnect::new(config, super::random(), now)?,
            opening: None,
            events: VecDeque::new(),
            count: 0,
            last: None,
        })
    }

    pub(crate) fn errand(&mut self) -> Option<Errand> {
        while let Some(action) = self.engine.poll_action() {
            match action {
                Action::Open { attempt } => return Some(Errand::Connect(attempt)),
                Action::Abandon { attempt } => {
                    if let Some((_, session)) = self.opening.take_if(|(of, _)| *of == attempt) {
                        return Some(Errand::Drop(session));
                    }
                }
                Action::Close => {
                    if let Some(session) = self.engine.session() {
                        return Some(Errand::Release(session.clone()));
                    }
                }
                Action::Abort(session) => return Some(Errand::Drop(session)),
            }
        }
        None
    }

    /// The attempt is on its way, or could not even begin. Gives back a session that is of no use any more.
    pub(crate) fn connecting(
        &mut self,
        attempt: u64,
        made: Result<Session>,
        now: Instant,
    ) -> Option<Session> {
        match made {
            Ok(session) => self.opening.replace((attempt, session)).map(|(_, session)| session),
            Err(error) => {
                self.engine.refused(attempt, error, now);
                None
            }
        }
    }

    /// The session that is being opened.
    pub(crate) fn opening(&self) -> Option<&Session> {
        self.opening.as_ref().map(|(_, session)| session)
    }

    /// It is established, or is not: `usable` says whether the answer of the peer can be lived with. Gives back the session where it is
    /// of no use.
    pub(crate) fn opened(&mut self, usable: Result<()>, now: Instant) -> Option<Session> {
        let (attempt, session) = self.opening.take()?;
        match usable {
            Ok(()) => {
                self.engine.opened(attempt, session, now);
                None
            }
            Err(error) => {
                self.engine.refused(attempt, error, now);
                Some(session)
            }
        }
    }

    /// There will be no session of this attempt.
    pub(crate) fn failed(&mut self, event: &primitive::Event, now: Instant) -> Option<Session> {
        let (attempt, session) = self.opening.take()?;
        let error = connect_failure(event);
        let reason = match event {
            primitive::Event::ConnectConfirmNegative(rejection) => Some(rejection.reason),
            _ => None,
        };
        match reason {
            // It would be refused the next time, too.
            Some(refuse_reason::VERSIONS | refuse_reason::RESTRICTION) => {
                self.engine.refused(attempt, error, now);
            }
            Some(refuse_reason::USER_CONGESTION | refuse_reason::CONGESTION) => {
                self.engine.failed(attempt, error, true, now);
            }
            _ => self.engine.failed(attempt, error, false, now),
        }
        Some(session)
    }

    /// Takes what the engine tells: the user's events are kept, the others given.
    pub(crate) fn told(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while let Some(event) = self.engine.poll_event() {
            match event {
                reconnect::Event::Ready(ticket) => told.push(Told::Ready(ticket)),
                reconnect::Event::GivenUp { ticket, .. } => told.push(Told::GivenUp(ticket)),
                reconnect::Event::Failed { ref error, .. } | reconnect::Event::Stopped(ref error) => {
                    self.last = Some(error.clone());
                    self.keep(&event);
                }
                reconnect::Event::Up => {
                    self.last = None;
                    self.keep(&event);
                }
                _ => self.keep(&event),
            }
        }
        told
    }

    fn keep(&mut self, event: &reconnect::Event) {
        let Some(event) = Event::of(event) else { return };
        if self.events.len() >= KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event);
        self.count += 1;
    }

    /// How many events were told; it only grows.
    pub(crate) fn news(&self) -> u64 {
        self.count
    }

    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

/// Says who is told of a session's news.
pub(crate) fn own(session: &Session, owner: Owner) {
    session.0.core.set_owner(Some(owner));
}
