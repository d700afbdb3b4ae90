//! What the lock of an association holds, and what happens under it.
use super::config::{ClientConfig, Options};
use super::core::{closed, ended};
use super::failure;
use super::keep::Keep;
use super::slot::{Answer, Callback, Slot, Tell};
use crate::circuit::Progress;
use crate::circuit::line::{Line, Told};
use crate::resident::Resident;
use crate::{Endpoint, Session, SessionConfig, connect_failure};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::reconnect::{self, Ticket, Wanted};
use osisession_proto::rpc::{self, Engine, Event, Hello, Link};
use osisession_proto::x225::parameter::{FunctionalUnits, TokenAssignment, TokenSide};
use osisession_proto::x225::primitive::{ConnectRequest, Event as Indication, Request as Primitive};
use osisession_proto::{Error, Instant, Layer};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Duration;

/// News for a server's user that are kept; more is not told.
const NEWS: usize = 64;

/// How soon a journal that had no room is tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// How sessions are opened.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) address: String,
    pub(super) session: SessionConfig,
    pub(super) circuit: reconnect::Config,
    pub(super) request: ConnectRequest,
}

impl Connector {
    pub(super) fn new(address: &str, config: &ClientConfig) -> Connector {
        let units = match config.half_duplex {
            true => FunctionalUnits::HALF_DUPLEX | FunctionalUnits::TYPED_DATA,
            false => FunctionalUnits::DUPLEX,
        };
        let request = ConnectRequest {
            calling_selector: config.calling_selector.clone(),
            called_selector: config.called_selector.clone(),
            functional_units: units,
            tokens: TokenAssignment::all(TokenSide::Requestor),
            user_data: config.user_data.clone(),
            ..ConnectRequest::default()
        };
        let (session, circuit) = (config.session.clone(), config.circuit.clone());
        Connector { address: address.to_owned(), session, circuit, request }
    }

    pub(super) fn line(&self, now: Instant) -> Result<Line> {
        Line::new(self.circuit.clone(), now)
    }

    pub(super) fn connect(&self, endpoint: &Endpoint, hello: &[u8]) -> Result<Session> {
        let mut request = self.request.clone();
        request.user_data = [hello, &self.request.user_data].concat().into();
        endpoint.connect(&self.address, request, self.session.clone())
    }
}

/// What is to be done unlocked.
pub(super) enum Duty {
    Wake(Waker),
    Call(u64, Callback, Answer),
    /// An outcome is there, or an event, for one who waits.
    Settled,
    /// An outcome is there, for the queue.
    Keep(u64, Answer),
    /// The peer asks.
    Request(u64, Bytes, Arc<AtomicBool>),
    OneWay(Bytes),
    /// The server has something to tell.
    News(Weak<dyn Resident>),
    /// Nothing can be kept any more: it is the end.
    End,
}

/// What a server tells of one of its clients.
#[derive(Clone, Debug)]
pub(super) enum News {
    Up,
    Down(Option<Error>),
    Violation(Error),
}

/// One association under its lock.
pub(super) struct State {
    pub(super) engine: Engine,
    /// Of one who opens sessions.
    pub(super) line: Option<Line>,
    pub(super) session: Option<Session>,
    /// What the session did not take.
    held: Option<Primitive>,
    /// Where it is kept what was asked and answered, if it is.
    pub(super) keep: Option<Keep>,
    /// When the journal is tried again.
    again_at: Option<Instant>,
    /// Outcomes that were not told when it ended.
    left: VecDeque<Event>,
    /// Why it ended.
    failure: Option<Error>,
    calls: HashMap<u64, Arc<Slot>>,
    /// Requests of the peer under way: their marks that nobody waits.
    under_way: HashMap<u64, Arc<AtomicBool>>,
    ticket: Option<Ticket>,
    /// Somebody wants the session for something that is no request.
    wanted: bool,
    busy: bool,
    /// The session is to be released.
    leaving: bool,
    violation: Option<Error>,
    /// Of one whose peer opens sessions: since when there is none.
    pub(super) detached: Option<Instant>,
    pub(super) news: Vec<News>,
    /// There are new ones.
    untold: bool,
    pub(super) server: Option<Weak<dyn Resident>>,
    pub(super) pumping: bool,
    pub(super) again: bool,
    pub(super) armed: Option<Instant>,
    pub(super) closed: bool,
}

impl State {
    pub(super) fn new(engine: Engine, line: Option<Line>) -> State {
        State {
            engine,
            line,
            session: None,
            held: None,
            keep: None,
            again_at: None,
            left: VecDeque::new(),
            failure: None,
            calls: HashMap::new(),
            under_way: HashMap::new(),
            ticket: None,
            wanted: false,
            busy: false,
            leaving: false,
            violation: None,
            detached: None,
            news: Vec::new(),
            untold: false,
            server: None,
            pumping: false,
            again: false,
            armed: None,
            closed: false,
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let line = self.line.as_ref().and_then(|line| line.engine.next_timeout());
        let times = [self.engine.next_timeout(), line, self.again_at];
        if self.closed { None } else { times.into_iter().flatten().min() }
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        let mut progress = Progress::of(self.line.as_ref()?);
        progress.waiting = self.engine.open().count();
        Some(progress)
    }

    /// What is told of one that is closed.
    pub(super) fn end_error(&self) -> Error {
        self.failure.clone().unwrap_or_else(closed)
    }

    /// Goes on with the requests that the journal has: their outcomes go to the queue. Gives their numbers.
    #[cfg(feature = "durable")]
    pub(super) fn resume(&mut self) -> Vec<u64> {
        let open: Vec<u64> = self.engine.open().collect();
        self.calls.extend(open.iter().map(|id| (*id, Slot::kept())));
        open
    }

    // The user.

    pub(super) fn start(
        &mut self,
        data: Bytes,
        options: Options,
        slot: Arc<Slot>,
        now: Instant,
    ) -> Result<u64> {
        if self.closed {
            return Err(self.end_error());
        }
        self.want(now)?;
        let deadline = options.timeout.map(|timeout| now + timeout);
        let id = self.engine.request(data, rpc::Options { deadline, retry: options.retry }, now)?;
        self.calls.insert(id, slot);
        Ok(id)
    }

    /// Sees to it that there will be a session.
    fn want(&mut self, now: Instant) -> Result<()> {
        let Some(line) = &mut self.line else { return Ok(()) };
        if self.engine.is_attached() {
            line.engine.used(now);
        } else if self.ticket.is_none()
            && let Wanted::Wait(ticket) = line.engine.want(None, now)?
        {
            self.ticket = Some(ticket);
        }
        Ok(())
    }

    /// The session is there: `Some`; otherwise it is wanted.
    pub(super) fn open(&mut self, now: Instant) -> Result<Option<()>> {
        if self.closed {
            return Err(self.end_error());
        }
        if self.engine.is_attached() {
            return Ok(Some(()));
        }
        if self.line.is_none() {
            return Err(Error::refused("there is no session, and the peer opens it"));
        }
        self.wanted = true;
        self.want(now).map(|()| None)
    }

    pub(super) fn stop_wanting(&mut self, _now: Instant) {
        self.wanted = false;
    }

    pub(super) fn one_way(&mut self, data: &[u8], now: Instant) -> Result<Option<()>> {
        match self.open(now)? {
            Some(()) => self.engine.one_way(data, now).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn answer(&mut self, id: u64, code: u16, data: Bytes, now: Instant) -> Result<()> {
        if self.closed {
            return Err(self.end_error());
        }
        self.under_way.remove(&id);
        match code {
            0 => self.engine.respond(id, data, now),
            code => self.engine.fail(id, code, data, now),
        }
    }

    /// Ends it; gives the sessions to be closed.
    pub(super) fn close(&mut self, now: Instant) -> Vec<Session> {
        self.closed = true;
        self.engine.close(now);
        if let Some(keep) = self.keep.take() {
            self.left.extend(keep.end(&mut self.engine));
        }
        let mut sessions: Vec<Session> = self.session.take().into_iter().collect();
        if let Some(line) = &mut self.line {
            sessions.extend(line.opening().cloned());
            line.engine.stop(now);
        }
        self.held = None;
        sessions
    }

    /// The session is to be released.
    pub(super) fn leave(&mut self) {
        self.leaving = self.session.is_some();
    }

    // Sessions.

    fn is_current(&self, session: &Session) -> bool {
        self.session.as_ref().is_some_and(|current| current.id() == session.id())
    }

    /// An attempt is on its way. Gives back what is of no use.
    pub(super) fn connecting(
        &mut self,
        attempt: u64,
        made: Result<Session>,
        now: Instant,
    ) -> Option<Session> {
        if self.closed {
            return made.ok();
        }
        self.line.as_mut()?.connecting(attempt, made, now)
    }

    /// What came of an attempt. Gives back a session that is of no use.
    pub(super) fn opening_event(
        &mut self,
        session: &Session,
        event: Indication,
        link: Link,
        now: Instant,
    ) -> Option<Session> {
        let line = self.line.as_mut()?;
        if line.opening().is_none_or(|opening| opening.id() != session.id()) {
            return None;
        }
        let confirm = match &event {
            Indication::ConnectConfirm(confirm) => confirm,
            Indication::ConnectConfirmNegative(_)
            | Indication::UAbortIndication(_)
            | Indication::PAbortIndication(..) => return line.failed(&event, now),
            _ => return None,
        };
        let hello = Hello::decode(&confirm.user_data, false).and_then(|hello| {
            // The engine would say so; but then the line has it already.
            match hello.association == self.engine.association() {
                true => Ok(hello),
                false => Err(Error::peer(Layer::Session, "the peer speaks of another association")
                    .with_parameter("association")
                    .with_octets(&hello.association)
                    .with_clause("docs/rpc.md 3")),
            }
        });
        let hello = match hello {
            Ok(hello) => hello,
            Err(error) => return line.opened(Err(error), now),
        };
        line.opened(Ok(()), now);
        if line.engine.session().is_none_or(|up| up.id() != session.id()) {
            // It was taken back meanwhile, and is aborted by an errand.
            return None;
        }
        self.attach(session, link, &hello, now).err().map(|_| session.clone())
    }

    /// A session is there. Gives the one before it.
    pub(super) fn attach(
        &mut self,
        session: &Session,
        link: Link,
        hello: &Hello,
        now: Instant,
    ) -> Result<Option<Session>> {
        if self.closed {
            return Err(self.end_error());
        }
        self.engine.attach(link, hello, now)?;
        self.drop_held();
        self.leaving = false;
        self.violation = None;
        self.wanted = false;
        self.detached = None;
        self.busy = false;
        self.tell(News::Up);
        Ok(self.session.replace(session.clone()))
    }

    fn tell(&mut self, news: News) {
        if self.server.is_some() && self.news.len() < NEWS {
            self.news.push(news);
            self.untold = true;
        }
    }

    /// Something came. Gives what is to be answered to the session.
    pub(super) fn session_event(
        &mut self,
        session: &Session,
        event: Indication,
        now: Instant,
    ) -> Option<Primitive> {
        if !self.is_current(session) {
            return None;
        }
        match self.engine.session(event, now)? {
            Indication::ReleaseIndication(_) => {
                let leaving = self.leaving;
                let error = if leaving { None } else { Some(ended("the peer released the session")) };
                self.over(session, error, now);
                return Some(Primitive::ReleaseResponse(Bytes::new()));
            }
            Indication::ReleaseConfirm(_) => self.over(session, None, now),
            event @ (Indication::UAbortIndication(_) | Indication::PAbortIndication(..)) => {
                let error = match &event {
                    Indication::UAbortIndication(_) => {
                        Error::peer(Layer::Session, "the peer aborted the session")
                    }
                    event => connect_failure(event),
                };
                self.over(session, Some(error), now);
            }
            // What was not selected cannot come, and what comes after a violation is of no use.
            _ => {}
        }
        None
    }

    pub(super) fn lost(&mut self, session: &Session, error: Error, now: Instant) {
        self.over(session, Some(error), now);
    }

    /// The abort that follows a violation was sent.
    pub(super) fn aborted(&mut self, session: &Session, now: Instant) {
        let error = self.violation.take().unwrap_or_else(|| ended("it was aborted here"));
        self.over(session, Some(error), now);
    }

    /// The line dropped it.
    pub(super) fn dropped(&mut self, session: &Session, now: Instant) {
        if self.is_current(session) {
            self.engine.detach(now);
            self.session = None;
            self.drop_held();
            self.leaving = false;
        }
    }

    /// The session is at its end; without an error, in order.
    fn over(&mut self, session: &Session, error: Option<Error>, now: Instant) {
        if !self.is_current(session) {
            return;
        }
        self.engine.detach(now);
        self.session = None;
        self.drop_held();
        self.leaving = false;
        match &mut self.line {
            Some(line) => {
                let _ = match error {
                    Some(error) => line.engine.lost(error, now),
                    None => line.engine.closed(now),
                };
            }
            None => {
                self.detached = Some(now);
                self.tell(News::Down(error));
            }
        }
    }

    /// What was on its way to the session has nowhere to go.
    fn drop_held(&mut self) {
        self.held = None;
        if let Some(keep) = &mut self.keep {
            keep.forget_session();
        }
    }

    /// The session did not take it now.
    pub(super) fn hold(&mut self, session: &Session, primitive: Primitive) {
        if self.is_current(session) {
            self.held = Some(primitive);
        }
    }

    /// The next primitive for the session.
    pub(super) fn next_primitive(&mut self, now: Instant) -> Option<(Session, Primitive)> {
        let session = self.session.clone()?;
        if let Some(held) = self.held.take() {
            return Some((session, held));
        }
        if self.leaving && self.engine.is_attached() {
            if self.engine.may_release() && self.keep.as_ref().is_none_or(Keep::is_quiet) {
                self.engine.detach(now);
                return Some((session, Primitive::Release(Bytes::new())));
            }
            self.engine.please(now);
        }
        let next = match &mut self.keep {
            Some(keep) => keep.next_primitive(),
            None => self.engine.poll_session(),
        };
        next.map(|primitive| (session, primitive))
    }

    // Time, and what the engines tell.

    pub(super) fn step(&mut self, now: Instant) -> Vec<Duty> {
        if self.armed.is_some_and(|at| at <= now) {
            self.armed = None;
        }
        let mut duties = Vec::new();
        let news = |state: &State| state.line.as_ref().map_or(0, Line::news);
        let before = news(self);
        if !self.closed {
            self.engine.handle_timeout(now);
            if let Some(line) = &mut self.line {
                line.engine.handle_timeout(now);
            }
        }
        loop {
            self.look_after_line(now);
            if let Err(error) = self.keep_records(now) {
                self.untold = true;
                self.failure = Some(error);
                duties.push(Duty::End);
                break;
            }
            let Some(event) = self.next_event() else { break };
            self.engine_event(event, &mut duties);
        }
        if news(self) != before {
            duties.push(Duty::Settled);
        }
        if std::mem::take(&mut self.untold) {
            duties.extend(self.server.clone().map(Duty::News));
        }
        duties
    }

    /// Writes what is to be kept.
    fn keep_records(&mut self, now: Instant) -> Result<()> {
        self.again_at = None;
        let Some(keep) = &mut self.keep else { return Ok(()) };
        keep.turn(&mut self.engine)?;
        self.again_at = keep.is_blocked().then(|| now + AGAIN);
        Ok(())
    }

    fn next_event(&mut self) -> Option<Event> {
        if let Some(event) = self.left.pop_front() {
            return Some(event);
        }
        match &mut self.keep {
            Some(keep) => keep.next_event(),
            None => self.engine.poll_event(),
        }
    }

    fn engine_event(&mut self, event: Event, duties: &mut Vec<Duty>) {
        match event {
            Event::Outcome { id, outcome } => {
                let Some(slot) = self.calls.remove(&id) else { return };
                let last = self.line.as_ref().and_then(|line| line.last.as_ref());
                let tell = slot.settle(failure::result(outcome, last, self.failure.as_ref()));
                duties.push(match tell {
                    Some(Tell::Keep(answer)) => Duty::Keep(id, answer),
                    Some(Tell::Call(done, answer)) => Duty::Call(id, done, answer),
                    Some(Tell::Wake(waker)) => Duty::Wake(waker),
                    None => Duty::Settled,
                });
            }
            Event::Request { id, data } => {
                let mark = Arc::new(AtomicBool::new(false));
                self.under_way.insert(id, mark.clone());
                duties.push(Duty::Request(id, data, mark));
            }
            Event::OneWay(data) => duties.push(Duty::OneWay(data)),
            Event::Cancelled(id) => {
                if let Some(mark) = self.under_way.get(&id) {
                    mark.store(true, Ordering::SeqCst);
                }
            }
            Event::Violation(error) => {
                self.violation = Some(error.clone());
                self.tell(News::Violation(error));
            }
            _ => {}
        }
    }

    /// Whether the session is wanted, and used; who waits for it is told when it cannot be had.
    fn look_after_line(&mut self, now: Instant) {
        if self.closed {
            return;
        }
        let wanted = self.wanted || self.engine.open().next().is_some();
        let attached = self.engine.is_attached();
        if wanted && !attached && self.want(now).is_err() {
            self.wanted = false;
            self.engine.give_up(now);
        }
        let busy = !self.engine.is_idle();
        let Some(line) = &mut self.line else { return };
        if !wanted && let Some(ticket) = self.ticket.take() {
            line.engine.forget(ticket, now);
        }
        if attached && self.busy != busy {
            self.busy = busy;
            line.engine.busy(busy, now);
        }
        for told in line.told() {
            match told {
                Told::Ready(ticket) | Told::GivenUp(ticket) if self.ticket != Some(ticket) => {}
                Told::Ready(_) => self.ticket = None,
                Told::GivenUp(..) => {
                    self.ticket = None;
                    self.wanted = false;
                    self.engine.give_up(now);
                }
            }
        }
    }
}
