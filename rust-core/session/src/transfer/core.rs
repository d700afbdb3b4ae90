//! One association over its sessions: what is asked and what comes goes through its engine, and the engine decides.
//!
//! One lock, and nothing of a session or of the system is called while it is held, but the journal. One thread at a time pumps: it passes what
//! came in to the engine and what the engine wants to the session. Who comes meanwhile leaves a mark, and the pumping thread looks again.
use super::keep::Keep;
use crate::circuit::line::own;
use crate::config::SessionConfig;
use crate::resident::{Owner, Resident};
use crate::runtime::{Runtime, Source};
use crate::{Endpoint, Session, clock, errors};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::transfer::{Engine, Event, LinkState, Opening, Outcome, Progress};
use osisession_proto::x225::primitive::{
    ConnectIndication, ConnectRequest, Event as Indication, PAbortReason, Request,
};
use osisession_proto::{Error, ErrorKind, Instant};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Rounds of a pump before others have their turn.
const ROUNDS: usize = 16;
/// Events of a session, or requests to it, in a round.
const PER_ROUND: usize = 64;
/// Events that are kept for the user; of more, the oldest go.
const KEPT: usize = 1_024;
/// Outcomes that are kept for who waits for them; of more, the oldest go.
const OUTCOMES: usize = 4_096;
/// How soon a journal that had no room is tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// How the sessions of one who calls are opened.
pub(super) struct Connector {
    pub(super) address: String,
    pub(super) session: SessionConfig,
    pub(super) calling_selector: Bytes,
    pub(super) called_selector: Bytes,
}

impl Connector {
    fn connect(&self, endpoint: &Endpoint, mut request: ConnectRequest) -> Result<Session> {
        request.calling_selector = self.calling_selector.clone();
        request.called_selector = self.called_selector.clone();
        endpoint.connect(&self.address, request, self.session.clone())
    }
}

struct State {
    engine: Engine,
    keep: Keep,
    session: Option<Session>,
    /// One that was aborted or released: it ends by itself.
    leaving: Option<Session>,
    /// What the session did not take.
    held: Option<Request>,
    arrived: VecDeque<(u64, Bytes)>,
    outcomes: BTreeMap<u64, Outcome>,
    events: VecDeque<Event>,
    /// Why it is over, if it is not simply closed.
    error: Option<Error>,
    pumping: bool,
    again: bool,
    armed: Option<Instant>,
    /// Everything is durable that is to be.
    durable: bool,
    ended: bool,
}

/// One association without its handles.
pub(super) struct Core {
    pub(super) id: u64,
    me: Weak<Core>,
    endpoint: Endpoint,
    connector: Option<Connector>,
    queued: AtomicBool,
    state: Mutex<State>,
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
        keep: Keep,
    ) -> Result<Arc<Core>> {
        let runtime = &endpoint.0.runtime;
        let id = runtime.next_id();
        let state = State {
            engine,
            keep,
            session: None,
            leaving: None,
            held: None,
            arrived: VecDeque::new(),
            outcomes: BTreeMap::new(),
            events: VecDeque::new(),
            error: None,
            pumping: false,
            again: false,
            armed: None,
            durable: false,
            ended: false,
        };
        let core = Arc::new_cyclic(|me| Core {
            id,
            me: me.clone(),
            endpoint: endpoint.clone(),
            connector,
            queued: AtomicBool::new(false),
            state: Mutex::new(state),
        });
        #[cfg(feature = "durable")]
        {
            let me = core.me.clone();
            core.state.lock().keep.watch(Arc::new(move || {
                if let Some(core) = me.upgrade() {
                    core.enqueue();
                }
            }));
        }
        let resident: Weak<dyn Resident> = core.me.clone();
        if !runtime.remember(id, Source::Resident(resident)) {
            runtime.forget(id);
            return Err(errors::closed("the endpoint is closed"));
        }
        Ok(core)
    }

    fn runtime(&self) -> &Arc<Runtime> {
        &self.endpoint.0.runtime
    }

    fn owner(&self) -> Owner {
        Owner { who: self.me.clone(), alone: true }
    }

    fn enqueue(self: &Arc<Self>) {
        self.runtime().enqueue_resident(self.clone());
    }

    // The user.

    /// Does something with the engine, and what follows from it.
    pub(super) fn act<R>(self: &Arc<Self>, act: impl FnOnce(&mut Engine, Instant) -> R) -> R {
        let done = act(&mut self.state.lock().engine, clock::now());
        self.pump();
        done
    }

    pub(super) fn progress(&self) -> Progress {
        self.state.lock().engine.progress()
    }

    /// It had a connection of this name.
    pub(super) fn knows(&self, reference: &osisession_proto::transfer::Reference) -> bool {
        self.state.lock().engine.knows(reference)
    }

    pub(super) fn is_over(&self) -> bool {
        let state = self.state.lock();
        state.ended || state.engine.is_closed()
    }

    /// Waits until `look` finds something. What is over has nothing new.
    pub(super) fn wait<R>(
        self: &Arc<Self>,
        timeout: Option<Duration>,
        what: &'static str,
        mut look: impl FnMut(&mut Look<'_>) -> Option<R>,
    ) -> Result<R> {
        self.runtime().wait(clock::deadline(timeout), what, || {
            let mut state = self.state.lock();
            let over = state.ended || (state.engine.is_closed() && state.durable);
            if let Some(found) = look(&mut Look(&mut state)) {
                return Some(Ok(found));
            }
            over.then(|| {
                Err(state.error.clone().unwrap_or_else(|| errors::closed("the association is over")))
            })
        })
    }

    pub(super) fn look<R>(&self, look: impl FnOnce(&mut Look<'_>) -> R) -> R {
        look(&mut Look(&mut self.state.lock()))
    }

    /// Ends it here at once. What a journal has of it goes on another time: the peer is told nothing. Without a journal it is over.
    pub(super) fn end(self: &Arc<Self>) {
        if !self.state.lock().keep.is_kept() {
            self.act(|engine, now| engine.abort(now));
        }
        let (armed, sessions) = {
            let mut state = self.state.lock();
            state.ended = true;
            // What was appended is still written.
            state.keep = Keep::default();
            (state.armed.take(), [state.session.take(), state.leaving.take()])
        };
        for session in sessions.into_iter().flatten() {
            session.close();
        }
        if let Some(at) = armed {
            self.runtime().disarm(self.id, at);
        }
        self.runtime().forget(self.id);
        self.runtime().announce();
    }

    /// A session of the peer's, with what it wants.
    pub(super) fn called(
        self: &Arc<Self>,
        session: &Session,
        indication: &ConnectIndication,
        opening: &Opening,
    ) -> Result<()> {
        let (called, before) = {
            let mut state = self.state.lock();
            state.held = None;
            let before = state.session.replace(session.clone());
            (state.engine.called(indication, opening, clock::now()), before)
        };
        if let Some(before) = before {
            before.close();
        }
        own(session, self.owner());
        self.pump();
        called
    }
}

/// What is there for the user.
pub(super) struct Look<'a>(&'a mut State);

impl Look<'_> {
    pub(super) fn arrived(&mut self) -> Option<(u64, Bytes)> {
        self.0.arrived.pop_front()
    }

    pub(super) fn outcome(&mut self, id: u64) -> Option<Outcome> {
        self.0.outcomes.remove(&id)
    }

    pub(super) fn event(&mut self) -> Option<Event> {
        self.0.events.pop_front()
    }

    pub(super) fn is_durable(&self) -> bool {
        self.0.durable
    }

    pub(super) fn progress(&self) -> Progress {
        self.0.engine.progress()
    }

    /// The user has taken all that arrived.
    #[cfg(feature = "durable")]
    pub(super) fn nothing_untaken(&self) -> bool {
        self.0.engine.untaken() == 0
    }

    /// There is no connection, and nothing under way that one would be needed for.
    pub(super) fn is_away(&self) -> bool {
        self.0.engine.progress().link == LinkState::Down && self.0.engine.is_idle()
    }

    /// No session is there any more, not even one that ends.
    pub(super) fn has_left(&self) -> bool {
        let left = |session: &Option<Session>| session.as_ref().is_none_or(Session::is_over);
        self.0.engine.is_closed() && left(&self.0.session) && left(&self.0.leaving)
    }
}

/// The pump.
impl Core {
    pub(super) fn pump(self: &Arc<Self>) {
        {
            let mut state = self.state.lock();
            if state.ended {
                return;
            }
            if state.pumping {
                state.again = true;
                return;
            }
            state.pumping = true;
        }
        for round in 0.. {
            let mut busy = self.take_events();
            busy |= self.step();
            busy |= self.send();
            let enough = round >= ROUNDS;
            if busy && !enough {
                continue;
            }
            let wake = {
                let mut state = self.state.lock();
                if std::mem::take(&mut state.again) && !enough {
                    continue;
                }
                state.pumping = false;
                let due = state.due();
                !state.ended && self.runtime().arm(self.id, &mut state.armed, due)
            };
            if wake {
                self.runtime().wake();
            }
            if enough {
                self.enqueue();
            }
            return;
        }
    }

    fn current(&self) -> Option<Session> {
        self.state.lock().session.clone()
    }

    /// What the session tells.
    fn take_events(&self) -> bool {
        for count in 0..PER_ROUND {
            let Some(session) = self.current() else { return count > 0 };
            let event = match session.try_next_event() {
                Some(event) => event,
                None if session.is_drained() => {
                    // It has ended without a word, or with one that nobody wanted.
                    let mut state = self.state.lock();
                    state.session.take_if(|current| current.id() == session.id());
                    Indication::PAbortIndication(PAbortReason::TransportDisconnect, None)
                }
                None => return count > 0,
            };
            self.state.lock().engine.session(event, clock::now());
        }
        true
    }

    /// Time, the journal, the user's events.
    fn step(&self) -> bool {
        let told = {
            let mut state = self.state.lock();
            if state.ended {
                return false;
            }
            let now = clock::now();
            if state.armed.is_some_and(|at| at <= now) {
                state.armed = None;
            }
            state.engine.handle_timeout(now);
            let state = &mut *state;
            let durable = state.keep.store(&mut state.engine);
            let before = std::mem::replace(&mut state.durable, matches!(durable, Ok(true)));
            if let Err(error) = durable {
                // What cannot be kept cannot be promised.
                state.error.get_or_insert(error);
                state.engine.abort(now);
                state.keep = Keep::default();
                state.engine.poll_journal();
                return true;
            }
            (state.durable && !before) | (state.durable && state.tell())
        };
        if told {
            self.runtime().announce();
        }
        told
    }

    /// What the engine wants of the session.
    fn send(&self) -> bool {
        for count in 0..PER_ROUND {
            let next = {
                let mut state = self.state.lock();
                if !state.durable || state.ended {
                    return count > 0;
                }
                match state.held.take() {
                    Some(held) => Some(held),
                    None => state.engine.poll_session(),
                }
            };
            let Some(request) = next else { return count > 0 };
            match request {
                Request::Connect(request) => self.connect(*request),
                request => {
                    let Some(session) = self.current() else { continue };
                    if !self.request(&session, request) {
                        return session.is_writable();
                    }
                }
            }
        }
        true
    }

    fn connect(&self, request: ConnectRequest) {
        let Some(connector) = &self.connector else { return };
        let kept = Request::Connect(Box::new(request.clone()));
        let made = connector.connect(&self.endpoint, request);
        let old = match made {
            Ok(session) => {
                own(&session, self.owner());
                let mut state = self.state.lock();
                let before = state.session.replace(session);
                [before, state.leaving.take()]
            }
            Err(error) => {
                self.state.lock().engine.not_sent(&kept, error, clock::now());
                [None, None]
            }
        };
        for session in old.into_iter().flatten() {
            session.close();
        }
    }

    /// `false`: it waits until the session is writable.
    fn request(&self, session: &Session, request: Request) -> bool {
        let last = matches!(
            request,
            Request::UAbort(_) | Request::ReleaseResponse(_) | Request::ConnectResponseNegative(_)
        );
        let made = session.request(request.clone());
        let mut state = self.state.lock();
        match made {
            Ok(_) if last => {
                let gone = state.session.take_if(|current| current.id() == session.id());
                let before = std::mem::replace(&mut state.leaving, gone);
                drop(state);
                if let Some(before) = before {
                    before.close();
                }
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                state.held = Some(request);
                return false;
            }
            // It has ended, and its events say how.
            Err(error) if error.kind() == ErrorKind::Closed && !session.is_drained() => {}
            Err(error) => state.engine.not_sent(&request, error, clock::now()),
        }
        true
    }
}

impl State {
    fn due(&self) -> Option<Instant> {
        let again = self.keep.is_blocked().then(|| clock::now() + AGAIN);
        [self.engine.next_timeout(), again].into_iter().flatten().min()
    }

    /// Gives what the engine tells to whom it concerns.
    fn tell(&mut self) -> bool {
        let mut told = false;
        while let Some(event) = self.engine.poll_event() {
            told = true;
            match &event {
                Event::Arrived { number, data } => self.arrived.push_back((*number, data.clone())),
                Event::Settled { id, outcome } => {
                    if self.outcomes.len() >= OUTCOMES {
                        self.outcomes.pop_first();
                    }
                    self.outcomes.insert(*id, *outcome);
                }
                Event::Down { .. } => self.held = None,
                Event::Closed(error) => {
                    self.held = None;
                    if self.error.is_none() {
                        self.error.clone_from(error);
                    }
                }
                _ => {}
            }
            if self.events.len() >= KEPT {
                self.events.pop_front();
            }
            self.events.push_back(event);
        }
        told
    }
}

impl Resident for Core {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn run(self: Arc<Self>) {
        self.pump();
    }

    fn close(&self) {
        if let Some(core) = self.me.upgrade() {
            core.end();
        }
    }
}

/// Whether a connection is there.
pub(super) fn is_up(progress: &Progress) -> bool {
    progress.link == LinkState::Up
}
