//! One association over its sessions: what is asked and answered goes through its engine, and the engine decides.
//!
//! One lock, and nothing of the user's, of a session or of the system is called while it is held. One thread at a time pumps: it passes what
//! came in to the engine and what the engine wants to the session. Who comes meanwhile leaves a mark, and the pumping thread looks again.
use super::config::Options;
use super::failure::Failure;
use super::keep::Keep;
use super::service::Service;
use super::slot::{Answer, Callback, Slot};
use super::state::{Connector, Duty, News, State};
use crate::circuit::line::{Errand, own};
use crate::circuit::{Event, Progress};
use crate::resident::{Owner, Resident};
use crate::runtime::{Runtime, Source};
use crate::{Endpoint, Session, clock, errors};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::rpc::{AssociationId, Engine, Link};
use osisession_proto::x225::primitive::Request as Primitive;
use osisession_proto::{Error, ErrorKind, Layer};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant as SystemInstant};

/// Rounds of a pump before others have their turn.
const ROUNDS: usize = 16;
/// Events of a session, or messages to it, in a round.
const PER_ROUND: usize = 64;
/// How long a waiting caller believes that the background thread drives.
const BELIEF: Duration = Duration::from_secs(1);

/// One association without its handles.
pub(super) struct Core {
    pub(super) id: u64,
    pub(super) association: AssociationId,
    me: Weak<Core>,
    pub(super) endpoint: Endpoint,
    pub(super) service: Arc<Service>,
    /// How its sessions are opened; `None` where the peer opens them.
    connector: Option<Connector>,
    queued: AtomicBool,
    /// Callers who wait in the driver's seat, or behind it.
    at_seat: AtomicUsize,
    state: Mutex<State>,
    callbacks: Mutex<VecDeque<(u64, Callback, Answer)>>,
    /// For one who takes them.
    outcomes: Mutex<VecDeque<(u64, Answer)>>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Core {
    pub(super) fn new(
        endpoint: &Endpoint,
        engine: Engine,
        connector: Option<Connector>,
        service: Arc<Service>,
    ) -> Result<Arc<Core>> {
        let runtime = &endpoint.0.runtime;
        let id = runtime.next_id();
        let association = engine.association();
        let line = connector.as_ref().map(|connector| connector.line(clock::now())).transpose()?;
        let core = Arc::new_cyclic(|me| Core {
            id,
            association,
            me: me.clone(),
            endpoint: endpoint.clone(),
            service,
            connector,
            queued: AtomicBool::new(false),
            at_seat: AtomicUsize::new(0),
            state: Mutex::new(State::new(engine, line)),
            callbacks: Mutex::default(),
            outcomes: Mutex::default(),
        });
        let resident: Weak<dyn Resident> = core.me.clone();
        if !runtime.remember(id, Source::Resident(resident)) {
            runtime.forget(id);
            return Err(errors::closed("the endpoint is closed"));
        }
        Ok(core)
    }

    pub(super) fn runtime(&self) -> &Arc<Runtime> {
        &self.endpoint.0.runtime
    }

    fn owner(&self) -> Owner {
        Owner { who: self.me.clone(), alone: true }
    }

    /// Has it run where handlers run.
    pub(super) fn enqueue(self: &Arc<Self>) {
        self.runtime().enqueue_resident(self.clone());
    }

    // The user.

    pub(super) fn start(
        self: &Arc<Self>,
        data: Bytes,
        options: Options,
        slot: Arc<Slot>,
    ) -> std::result::Result<u64, Failure> {
        let id = self.state.lock().start(data, options, slot, clock::now()).map_err(Failure::Refused);
        self.pump();
        id
    }

    /// Asks; the outcome goes to the queue, which holds no more than `most`.
    pub(super) fn start_kept(
        self: &Arc<Self>,
        data: Bytes,
        options: Options,
        most: usize,
    ) -> std::result::Result<u64, Failure> {
        if self.outcomes.lock().len() >= most {
            let error = Error::limit(Layer::Api, "too many outcomes were not taken")
                .with_expected(format!("at most {most} (max_open)"), "one more");
            return Err(Failure::Refused(error));
        }
        self.start(data, options, Slot::kept())
    }

    pub(super) fn try_next_outcome(&self) -> Option<(u64, Answer)> {
        self.outcomes.lock().pop_front()
    }

    pub(super) fn next_outcome(&self, timeout: Option<Duration>) -> Result<(u64, Answer)> {
        let deadline = clock::deadline(timeout);
        self.wait_at_seat(|core| {
            core.runtime().wait(deadline, "outcome", || match core.try_next_outcome() {
                Some(outcome) => Some(Ok(outcome)),
                None => core.end_error().map(Err),
            })
        })
    }

    pub(super) fn cancel(self: &Arc<Self>, id: u64) -> Result<()> {
        self.state.lock().engine.cancel(id, clock::now())?;
        self.pump();
        Ok(())
    }

    pub(super) fn answer(self: &Arc<Self>, id: u64, code: u16, data: Bytes) -> Result<()> {
        self.state.lock().answer(id, code, data, clock::now())?;
        self.pump();
        Ok(())
    }

    pub(super) fn one_way(self: &Arc<Self>, data: &[u8], timeout: Option<Duration>) -> Result<()> {
        let deadline = clock::deadline(timeout);
        let found = self.wait_at_seat(|core| {
            core.runtime().wait(deadline, "session", || {
                let said = core.state.lock().one_way(data, clock::now());
                core.pump();
                said.transpose()
            })
        });
        self.state.lock().stop_wanting(clock::now());
        self.pump();
        found
    }

    /// Waits for the outcome; `None` if it does not come in time, or was taken.
    pub(super) fn wait(&self, slot: &Slot, timeout: Option<Duration>) -> Option<Answer> {
        let deadline = clock::deadline(timeout);
        self.wait_at_seat(|core| {
            let runtime = core.runtime();
            loop {
                let seen = runtime.generation();
                if let Some(answer) = slot.take() {
                    return Some(answer);
                }
                let late = deadline.is_some_and(|at| SystemInstant::now() >= at);
                if late || slot.is_settled() {
                    return None;
                }
                let mut until = deadline;
                if runtime.is_started() && !runtime.is_handling() {
                    // Of many who wait here, one is woken for each outcome.
                    let time = clock::remaining(deadline).unwrap_or(BELIEF).min(BELIEF);
                    if let Some(answer) = slot.take_within(time) {
                        return Some(answer);
                    }
                    until = Some(SystemInstant::now());
                }
                if let Err(error) = runtime.turn(seen, until) {
                    return Some(Err(Failure::Refused(error)));
                }
            }
        })
    }

    fn wait_at_seat<R>(&self, f: impl FnOnce(&Arc<Core>) -> R) -> R {
        struct AtSeat<'a>(&'a AtomicUsize);
        impl Drop for AtSeat<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        self.at_seat.fetch_add(1, Ordering::SeqCst);
        let _at_seat = AtSeat(&self.at_seat);
        let core = self.me.upgrade().expect("it is borrowed from its Arc");
        f(&core)
    }

    /// Why there is nothing more to come.
    pub(super) fn end_error(&self) -> Option<Error> {
        let state = self.state.lock();
        state.closed.then(|| state.end_error())
    }

    pub(super) fn is_attached(&self) -> bool {
        self.state.lock().engine.is_attached()
    }

    pub(super) fn session(&self) -> Option<Session> {
        self.state.lock().session.clone()
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        self.state.lock().progress()
    }

    pub(super) fn next_event(&self) -> Option<Event> {
        self.state.lock().line.as_mut()?.next_event()
    }

    pub(super) fn wait_event(&self, timeout: Option<Duration>) -> Result<Event> {
        let deadline = clock::deadline(timeout);
        self.wait_at_seat(|core| {
            core.runtime().wait(deadline, "event", || match core.next_event() {
                Some(event) => Some(Ok(event)),
                None => core.end_error().map(Err),
            })
        })
    }

    /// Opens the session although there is nothing to ask as yet.
    pub(super) fn open(self: &Arc<Self>, timeout: Option<Duration>) -> Result<()> {
        let deadline = clock::deadline(timeout);
        let found = self.wait_at_seat(|core| {
            core.runtime().wait(deadline, "session", || {
                let opened = core.state.lock().open(clock::now());
                core.pump();
                opened.transpose()
            })
        });
        self.state.lock().stop_wanting(clock::now());
        self.pump();
        found
    }

    /// The same without waiting: whether it is there. It stays wanted until it comes or is given up.
    pub(super) fn try_open(self: &Arc<Self>) -> Result<bool> {
        let opened = self.state.lock().open(clock::now());
        self.pump();
        opened.map(|opened| opened.is_some())
    }

    /// Begins to release the session; it is none once that is done.
    pub(super) fn start_release(self: &Arc<Self>) {
        self.state.lock().leave();
        self.pump();
    }

    /// Tries again at once what waits, and what was stopped.
    pub(super) fn reset(self: &Arc<Self>) {
        if let Some(line) = &mut self.state.lock().line {
            line.engine.reset(clock::now());
        }
        self.pump();
    }

    /// Releases the session, and waits until that is done. Nothing may be under way.
    pub(super) fn release(self: &Arc<Self>, timeout: Option<Duration>) -> Result<()> {
        self.start_release();
        let deadline = clock::deadline(timeout);
        self.wait_at_seat(|core| {
            core.runtime().wait(deadline, "end of the session", || {
                core.state.lock().session.is_none().then_some(Ok(()))
            })
        })
    }

    /// Ends the association at once.
    pub(super) fn end(self: &Arc<Self>) {
        let sessions = self.state.lock().close(clock::now());
        for session in sessions {
            session.close();
        }
        self.pump();
        let armed = self.state.lock().armed.take();
        if let Some(at) = armed {
            self.runtime().disarm(self.id, at);
        }
        self.runtime().forget(self.id);
        self.runtime().announce();
        if self.runtime().is_closed() {
            // Nobody drives any more.
            self.call_back();
        }
    }

    // A server.

    /// The peer has opened a session, and its answer was sent: gives the one that was there before.
    pub(super) fn attach(
        self: &Arc<Self>,
        session: &Session,
        link: Link,
        hello: &osisession_proto::rpc::Hello,
    ) -> Result<()> {
        let before = self.state.lock().attach(session, link, hello, clock::now())?;
        if let Some(before) = before {
            before.close();
        }
        own(session, self.owner());
        self.pump();
        Ok(())
    }

    /// From here on it keeps what it asks and answers.
    #[cfg(feature = "durable")]
    pub(super) fn keep(self: &Arc<Self>, mut store: Box<super::journal::LogStore>) {
        store.watch(self.me.clone());
        self.state.lock().keep = Some(Keep::new(store));
    }

    /// Goes on with the requests that the journal has. Gives their numbers.
    #[cfg(feature = "durable")]
    pub(super) fn resume(&self) -> Vec<u64> {
        self.state.lock().resume()
    }

    /// Whom to tell of its sessions.
    pub(super) fn belongs_to(&self, server: Weak<dyn Resident>) {
        self.state.lock().server = Some(server);
    }

    pub(super) fn hello(&self, question: bool) -> Bytes {
        self.state.lock().engine.hello(question)
    }

    /// Since when there is no session.
    pub(super) fn idle_since(&self) -> Option<osisession_proto::Instant> {
        self.state.lock().detached
    }

    /// There is none: it comes from a journal.
    #[cfg(feature = "durable")]
    pub(super) fn away_since(&self, now: osisession_proto::Instant) {
        self.state.lock().detached = Some(now);
    }

    /// What happened to its sessions that a server tells.
    pub(super) fn take_news(&self) -> Vec<News> {
        std::mem::take(&mut self.state.lock().news)
    }
}

pub(super) fn closed() -> Error {
    errors::closed("it is closed")
}

/// The pump.
impl Core {
    pub(super) fn pump(self: &Arc<Self>) {
        /// Takes the mark away also when unwinding: a waker is the user's.
        struct Pumping<'a>(&'a Core);
        impl Drop for Pumping<'_> {
            fn drop(&mut self) {
                if std::thread::panicking() {
                    self.0.state.lock().pumping = false;
                }
            }
        }
        {
            let mut state = self.state.lock();
            if state.pumping {
                state.again = true;
                return;
            }
            state.pumping = true;
        }
        let _pumping = Pumping(self);
        for round in 0.. {
            let mut busy = self.take_opening();
            busy |= self.take_events();
            busy |= self.step();
            busy |= self.send();
            busy |= self.run_errands();
            let enough = round >= ROUNDS;
            if busy && !enough {
                continue;
            }
            let (wake, more) = {
                let mut state = self.state.lock();
                if std::mem::take(&mut state.again) && !enough {
                    continue;
                }
                state.pumping = false;
                let due = state.next_timeout();
                (self.runtime().arm(self.id, &mut state.armed, due), enough)
            };
            if wake {
                self.runtime().wake();
            }
            if more {
                self.enqueue();
            }
            return;
        }
    }

    /// What came of an attempt to open a session.
    fn take_opening(self: &Arc<Self>) -> bool {
        let opening = self.state.lock().line.as_ref().and_then(|line| line.opening().cloned());
        let Some(session) = opening else { return false };
        let Some(event) = session.try_next_event() else { return false };
        let link = Link::of(&session.properties());
        let unwanted = self.state.lock().opening_event(&session, event, link, clock::now());
        if let Some(unwanted) = unwanted {
            unwanted.close();
        }
        true
    }

    /// What the session tells.
    fn take_events(self: &Arc<Self>) -> bool {
        for count in 0..PER_ROUND {
            let Some(session) = self.session() else { return count > 0 };
            if self.service.is_full(self) || self.state.lock().keep.as_ref().is_some_and(Keep::is_full) {
                return count > 0;
            }
            let Some(event) = session.try_next_event() else { return count > 0 };
            let answer = self.state.lock().session_event(&session, event, clock::now());
            if let Some(answer) = answer {
                // The peer may be gone meanwhile.
                let _ = session.request(answer);
            }
        }
        true
    }

    /// Time, outcomes, requests of the peer.
    fn step(self: &Arc<Self>) -> bool {
        let duties = self.state.lock().step(clock::now());
        let busy = !duties.is_empty();
        let (mut callback, mut settled, mut end) = (false, false, false);
        for duty in duties {
            match duty {
                Duty::Wake(waker) => {
                    waker.wake();
                    settled = true;
                }
                Duty::Call(id, done, answer) => {
                    self.callbacks.lock().push_back((id, done, answer));
                    callback = true;
                }
                Duty::Keep(id, answer) => {
                    self.outcomes.lock().push_back((id, answer));
                    settled = true;
                }
                Duty::Settled => settled = true,
                Duty::End => end = true,
                Duty::Request(id, data, cancelled) => {
                    let request = super::Request::new(self.clone(), id, data, cancelled);
                    self.carry_out(request);
                }
                Duty::OneWay(data) => self.carry_out(super::Request::one_way(self.clone(), data)),
                Duty::News(owner) => {
                    if let Some(owner) = owner.upgrade() {
                        self.runtime().enqueue_resident(owner);
                    }
                }
            }
        }
        if end {
            self.end();
        }
        if callback {
            self.enqueue();
        }
        if settled && self.at_seat.load(Ordering::SeqCst) > 0 {
            self.runtime().announce();
        }
        busy
    }

    fn call_back(&self) {
        loop {
            let Some((id, done, answer)) = self.callbacks.lock().pop_front() else { break };
            done(id, answer);
        }
    }

    fn carry_out(self: &Arc<Self>, request: super::Request) {
        if self.service.is_there() {
            self.service.push(request);
            self.enqueue();
        } else {
            drop(request);
        }
    }

    /// What the engine wants of the session.
    fn send(self: &Arc<Self>) -> bool {
        for count in 0..PER_ROUND {
            let next = self.state.lock().next_primitive(clock::now());
            let Some((session, primitive)) = next else { return count > 0 };
            let is_abort = matches!(primitive, Primitive::UAbort(_));
            match session.request(primitive.clone()) {
                Ok(_) if is_abort => self.state.lock().aborted(&session, clock::now()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.state.lock().hold(&session, primitive);
                    // It may have become writable just now; otherwise it tells.
                    return session.is_writable();
                }
                // It has ended, and its events say how.
                Err(error) if error.kind() == ErrorKind::Closed && !session.is_drained() => return count > 0,
                Err(error) => {
                    session.close();
                    self.state.lock().lost(&session, error, clock::now());
                }
            }
        }
        true
    }

    /// What the line wants.
    fn run_errands(self: &Arc<Self>) -> bool {
        let mut busy = false;
        loop {
            let errand = self.state.lock().line.as_mut().and_then(|line| line.errand());
            let Some(errand) = errand else { return busy };
            busy = true;
            match errand {
                Errand::Connect(attempt) => {
                    let Some(connector) = &self.connector else { continue };
                    let made = connector.connect(&self.endpoint, &self.hello(true));
                    if let Ok(session) = &made {
                        own(session, self.owner());
                    }
                    let unwanted = self.state.lock().connecting(attempt, made, clock::now());
                    if let Some(session) = unwanted {
                        session.close();
                    }
                }
                Errand::Release(_) => self.state.lock().leave(),
                Errand::Drop(session) => {
                    self.state.lock().dropped(&session, clock::now());
                    session.close();
                }
            }
        }
    }
}

impl Resident for Core {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn run(self: Arc<Self>) {
        self.pump();
        self.call_back();
        if self.service.run_here() {
            self.enqueue();
        }
    }

    fn close(&self) {
        if let Some(core) = self.me.upgrade() {
            core.end();
            core.service.close();
        }
    }
}

/// The session went against the protocol, or ended in a way that is no abort.
pub(super) fn ended(text: &'static str) -> Error {
    Error::new(ErrorKind::Transport, Layer::Session, text)
}
