//! A kept session for any protocol and any peer.
use super::line::{Errand, Line, Told, own};
use super::{Config, Event, Progress, Retry};
use crate::resident::{Owner, Resident};
use crate::runtime::Source;
use crate::session::Session;
use crate::{Endpoint, SessionConfig, clock, connect_failure, errors};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::reconnect::{Ticket, Wanted};
use osisession_proto::x225::primitive::{ConnectConfirm, ConnectRequest, Event as Indication};
use osisession_proto::{Error, ErrorKind, Instant, Layer};
use parking_lot::Mutex;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What the user says to each new session connection: an upper layer's negotiation cannot be said again blindly.
pub trait ConnectHook: Send + Sync {
    /// The S-CONNECT request of the next attempt. Called where the endpoint is driven, with nothing locked.
    fn request(&self) -> ConnectRequest;

    /// Whether the peer's answer can be lived with.
    ///
    /// # Errors
    /// It cannot: the session is aborted, and no attempt is made any more before [`Keeper::reset`].
    fn confirmed(&self, session: &Session, confirm: &ConnectConfirm) -> Result<()>;
}

/// The same request each time, and any answer.
impl ConnectHook for ConnectRequest {
    fn request(&self) -> ConnectRequest {
        self.clone()
    }

    fn confirmed(&self, _: &Session, _: &ConnectConfirm) -> Result<()> {
        Ok(())
    }
}

/// How a session is kept.
#[derive(Clone)]
#[non_exhaustive]
pub struct KeeperConfig {
    /// What is said when it is opened. Default: an S-CONNECT request without user data, duplex.
    pub connect: Arc<dyn ConnectHook>,
    /// The session. Default: as always.
    pub session: SessionConfig,
    /// When it is opened, closed and let be.
    pub circuit: Config,
}

impl Default for KeeperConfig {
    fn default() -> KeeperConfig {
        KeeperConfig {
            connect: Arc::new(ConnectRequest::default()),
            session: SessionConfig::default(),
            circuit: Config::default(),
        }
    }
}

impl fmt::Debug for KeeperConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeeperConfig").field("circuit", &self.circuit).finish_non_exhaustive()
    }
}

/// Why something was not done on a kept session ([`Keeper::run`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was not begun: there was no session.
    NotDone(Error),
    /// The session was lost while it was done: nobody knows how far the peer came.
    Unknown(Error),
    /// It failed by itself, on a session that is still there.
    Failed(Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotDone(error) => write!(f, "not begun: {error}"),
            Failure::Unknown(error) => write!(f, "nobody knows how far it came: {error}"),
            Failure::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

struct State {
    line: Line,
    session: Option<Session>,
    /// Leases that are out.
    leases: usize,
    /// It is being released: its events are not the user's any more.
    leaving: bool,
    pumping: bool,
    again: bool,
    armed: Option<Instant>,
    closed: bool,
}

struct Core {
    id: u64,
    me: Weak<Core>,
    endpoint: Endpoint,
    address: String,
    config: KeeperConfig,
    queued: AtomicBool,
    state: Mutex<State>,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("id", &self.id).field("address", &self.address).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct KeeperHandle {
    core: Arc<Core>,
}

impl Drop for KeeperHandle {
    fn drop(&mut self) {
        self.core.end();
    }
}

/// Keeps one session to a peer of any kind: there when it is wanted, closed when it is not.
///
/// [`Keeper::lease`] gives the session for as long as its lease is held; without leases it is idle, and [`Config::idle_after`] runs. While no
/// lease is out, a peer that releases the session is answered. A clone is another handle; when the last one is dropped, with its leases, the session
/// is aborted.
#[derive(Clone, Debug)]
pub struct Keeper(Arc<KeeperHandle>);

/// The session, for as long as this is held.
#[derive(Debug)]
pub struct Lease {
    session: Session,
    keeper: Arc<KeeperHandle>,
}

impl Deref for Lease {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let core = &self.keeper.core;
        let unused = {
            let mut state = core.state.lock();
            state.leases -= 1;
            let is_current = state.session.as_ref().is_some_and(|now| now.id() == self.session.id());
            if state.leases == 0 {
                state.line.engine.busy(false, clock::now());
            }
            state.leases == 0 && is_current
        };
        if unused {
            core.own(&self.session, false);
        }
        core.pump();
    }
}

/// A wish for the session: while it is not fulfilled and not dropped, the session is wanted. For those who wait in pieces, or in an event loop.
#[derive(Debug)]
pub struct Wish {
    keeper: Arc<KeeperHandle>,
    ticket: Option<Ticket>,
}

impl Wish {
    /// The session, if it is there; otherwise it is wanted from here on. Does not wait and does not drive: look again when the endpoint was driven.
    ///
    /// # Errors
    /// What the last attempt failed with, if no attempt is made now. `LimitHit`: too many wait. `Closed`.
    pub fn try_lease(&mut self) -> Result<Option<Lease>> {
        let core = &self.keeper.core;
        let found = core.state.lock().lease(&mut self.ticket, clock::now());
        core.pump();
        let session = found?;
        Ok(session.map(|session| {
            core.own(&session, true);
            Lease { session, keeper: self.keeper.clone() }
        }))
    }

    /// Waits for the session at most `timeout`; `None` waits for ever. After `TimedOut` it is still wanted.
    ///
    /// # Errors
    /// `TimedOut`, and as [`Wish::try_lease`].
    pub fn lease(&mut self, timeout: Option<Duration>) -> Result<Lease> {
        let keeper = self.keeper.clone();
        let runtime = &keeper.core.endpoint.0.runtime;
        runtime.wait(clock::deadline(timeout), "session", || self.try_lease().transpose())
    }
}

/// Takes it back.
impl Drop for Wish {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let core = &self.keeper.core;
            core.state.lock().line.engine.forget(ticket, clock::now());
            core.pump();
        }
    }
}

impl Keeper {
    /// Keeps a session to the peer at `address`, which is as for [`Endpoint::connect`]. Nothing is opened before it is wanted, unless
    /// [`Config::keep_open`] says so.
    ///
    /// # Errors
    /// `Invalid`: a limit or a time is zero that must not be. `Closed`: the endpoint is closed.
    pub fn new(endpoint: &Endpoint, address: &str, config: KeeperConfig) -> Result<Keeper> {
        let runtime = &endpoint.0.runtime;
        let state = State {
            line: Line::new(config.circuit.clone(), clock::now())?,
            session: None,
            leases: 0,
            leaving: false,
            pumping: false,
            again: false,
            armed: None,
            closed: false,
        };
        let core = Arc::new_cyclic(|me| Core {
            id: runtime.next_id(),
            me: me.clone(),
            endpoint: endpoint.clone(),
            address: address.to_owned(),
            config,
            queued: AtomicBool::new(false),
            state: Mutex::new(state),
        });
        let resident: Weak<dyn Resident> = core.me.clone();
        if !runtime.remember(core.id, Source::Resident(resident)) {
            runtime.forget(core.id);
            return Err(errors::closed("the endpoint is closed"));
        }
        let keeper = Keeper(Arc::new(KeeperHandle { core: core.clone() }));
        core.pump();
        Ok(keeper)
    }

    /// The session, opened if it is not there; waits for it at most `timeout`, `None` waits for ever. Several leases of one session may be out: it is the
    /// users' business that they do not get in each other's way.
    ///
    /// # Errors
    /// `TimedOut`. What the last attempt failed with, if no attempt is made now. `LimitHit`: too many wait. `Closed`.
    pub fn lease(&self, timeout: Option<Duration>) -> Result<Lease> {
        self.wish().lease(timeout)
    }

    /// A wish for the session, which wants nothing before it is asked.
    pub fn wish(&self) -> Wish {
        Wish { keeper: self.0.clone(), ticket: None }
    }

    /// Does something with the session, and does it again on a new one if the session is lost meanwhile and `retry` allows it: at most once, or as
    /// often as need be within `timeout`.
    ///
    /// # Errors
    /// [`Failure`] says what is known. `work` fails with what the session's calls gave it; whether the session was lost is seen from the session.
    pub fn run<T>(
        &self,
        retry: Retry,
        timeout: Option<Duration>,
        mut work: impl FnMut(&Session) -> Result<T>,
    ) -> std::result::Result<T, Failure> {
        let deadline = clock::deadline(timeout);
        let mut begun = None;
        loop {
            let lease = match (self.lease(clock::remaining(deadline)), begun) {
                (Ok(lease), _) => lease,
                (Err(error), None) => return Err(Failure::NotDone(error)),
                (Err(_), Some(error)) => return Err(Failure::Unknown(error)),
            };
            match work(&lease) {
                Ok(done) => return Ok(done),
                Err(error) if !lease.is_over() => return Err(Failure::Failed(error)),
                Err(error) if retry == Retry::AtMostOnce => return Err(Failure::Unknown(error)),
                Err(error) => begun = Some(error),
            }
        }
    }

    /// Where the session stands, and the circuit.
    pub fn progress(&self) -> Progress {
        Progress::of(&self.0.core.state.lock().line)
    }

    /// What happened to the session, the oldest first; the last 256 are kept.
    pub fn try_next_event(&self) -> Option<Event> {
        self.0.core.state.lock().line.next_event()
    }

    /// Waits for the next of these events, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<Event> {
        let core = &self.0.core;
        core.endpoint.0.runtime.wait(clock::deadline(timeout), "event", || {
            let mut state = core.state.lock();
            match state.line.next_event() {
                Some(event) => Some(Ok(event)),
                None if state.closed => Some(Err(closed())),
                None => None,
            }
        })
    }

    /// Makes the next attempt at once, also where the circuit is open or attempts were stopped.
    pub fn reset(&self) {
        let core = &self.0.core;
        core.state.lock().line.engine.reset(clock::now());
        core.pump();
    }

    /// Ends it at once: the session is aborted.
    pub fn close(&self) {
        self.0.core.end();
    }
}

fn closed() -> Error {
    errors::closed("it is closed")
}

impl State {
    fn lease(&mut self, wish: &mut Option<Ticket>, now: Instant) -> Result<Option<Session>> {
        if self.closed {
            return Err(closed());
        }
        let session = self.session.clone().filter(|session| !self.leaving && !session.is_over());
        if let Some(session) = session {
            self.leases += 1;
            self.line.engine.busy(true, now);
            *wish = None;
            return Ok(Some(session));
        }
        if wish.is_none()
            && let Wanted::Wait(ticket) = self.line.engine.want(None, now)?
        {
            *wish = Some(ticket);
        } else if wish.is_some() && self.line.engine.progress().waiting == 0 {
            // It was turned away, or the session came and went.
            *wish = None;
            if let Wanted::Wait(ticket) = self.line.engine.want(None, now)? {
                *wish = Some(ticket);
            }
        }
        Ok(None)
    }

    fn next_timeout(&self) -> Option<Instant> {
        if self.closed { None } else { self.line.engine.next_timeout() }
    }
}

impl Core {
    /// Who is told of the session: its user, too, while there is one.
    fn own(&self, session: &Session, used: bool) {
        own(session, Owner { who: self.me.clone(), alone: !used });
    }

    fn end(&self) {
        let sessions = {
            let mut state = self.state.lock();
            if std::mem::replace(&mut state.closed, true) {
                return;
            }
            let mut sessions: Vec<Session> = state.session.take().into_iter().collect();
            sessions.extend(state.line.opening().cloned());
            state.line.engine.stop(clock::now());
            sessions
        };
        for session in sessions {
            session.close();
        }
        if let Some(core) = self.me.upgrade() {
            core.pump();
        }
        let runtime = &self.endpoint.0.runtime;
        let armed = self.state.lock().armed.take();
        if let Some(at) = armed {
            runtime.disarm(self.id, at);
        }
        runtime.forget(self.id);
        runtime.announce();
    }

    /// Passes on what happened, one thread at a time.
    fn pump(self: &Arc<Self>) {
        {
            let mut state = self.state.lock();
            if state.pumping {
                state.again = true;
                return;
            }
            state.pumping = true;
        }
        let mut told = false;
        loop {
            self.look_at_opening();
            self.look_at_session();
            told |= self.step();
            let busy = self.run_errands();
            let wake = {
                let mut state = self.state.lock();
                if std::mem::take(&mut state.again) || busy {
                    continue;
                }
                state.pumping = false;
                let due = state.next_timeout();
                self.endpoint.0.runtime.arm(self.id, &mut state.armed, due)
            };
            if wake {
                self.endpoint.0.runtime.wake();
            }
            break;
        }
        if told {
            self.endpoint.0.runtime.announce();
        }
    }

    fn look_at_opening(self: &Arc<Self>) {
        let Some(session) = self.state.lock().line.opening().cloned() else { return };
        let Some(event) = session.try_next_event() else { return };
        let usable = match &event {
            Indication::ConnectConfirm(confirm) => Some(self.config.connect.confirmed(&session, confirm)),
            _ => None,
        };
        let now = clock::now();
        let unwanted = {
            let mut state = self.state.lock();
            if state.line.opening().is_none_or(|opening| opening.id() != session.id()) {
                return;
            }
            match usable {
                Some(usable) => {
                    let unwanted = state.line.opened(usable, now);
                    if state.line.engine.session().is_some_and(|up| up.id() == session.id()) {
                        state.session = Some(session.clone());
                        state.leaving = false;
                    }
                    unwanted
                }
                None => state.line.failed(&event, now),
            }
        };
        if let Some(unwanted) = unwanted {
            unwanted.close();
        }
    }

    /// Whether the session still is, and what comes while nobody uses it.
    fn look_at_session(self: &Arc<Self>) {
        let (session, leaving, used) = {
            let state = self.state.lock();
            let Some(session) = state.session.clone() else { return };
            (session, state.leaving, state.leases > 0)
        };
        let mut error = None;
        if leaving {
            // Nobody else takes its events.
            while let Some(event) = session.try_next_event() {
                if let Indication::ReleaseIndication(_) = event {
                    // Both at once.
                    let _ = session.release_response(Bytes::new());
                }
            }
        } else if !used && session.asks_for_release() {
            let _ = session.try_next_event();
            let _ = session.release_response(Bytes::new());
            let text = "the peer released the session";
            error = Some(Error::new(ErrorKind::Transport, Layer::Session, text));
        } else if !used && let Some(event) = session.ended_by() {
            error = Some(connect_failure(&event));
        }
        if !session.is_over() {
            return;
        }
        let mut state = self.state.lock();
        if state.session.as_ref().is_none_or(|current| current.id() != session.id()) {
            return;
        }
        state.session = None;
        let now = clock::now();
        if std::mem::take(&mut state.leaving) {
            state.line.engine.closed(now);
        } else {
            let error = error
                .unwrap_or_else(|| Error::new(ErrorKind::Transport, Layer::Session, "the session has ended"));
            state.line.engine.lost(error, now);
        }
    }

    /// True if somebody who waits should look.
    fn step(&self) -> bool {
        let mut state = self.state.lock();
        let now = clock::now();
        if state.armed.is_some_and(|at| at <= now) {
            state.armed = None;
        }
        if !state.closed {
            state.line.engine.handle_timeout(now);
        }
        let before = state.line.news();
        let told = state.line.told();
        let news = state.line.news() != before;
        news || told.iter().any(|told| matches!(told, Told::Ready(_) | Told::GivenUp(..)))
    }

    fn run_errands(self: &Arc<Self>) -> bool {
        let mut busy = false;
        loop {
            let errand = self.state.lock().line.errand();
            let Some(errand) = errand else { return busy };
            busy = true;
            match errand {
                Errand::Connect(attempt) => {
                    let request = self.config.connect.request();
                    let made = self.endpoint.connect(&self.address, request, self.config.session.clone());
                    if let Ok(session) = &made {
                        self.own(session, false);
                    }
                    let unwanted = {
                        let mut state = self.state.lock();
                        if state.closed {
                            made.ok()
                        } else {
                            state.line.connecting(attempt, made, clock::now())
                        }
                    };
                    if let Some(session) = unwanted {
                        session.close();
                    }
                }
                Errand::Release(session) => {
                    let leaves = {
                        let mut state = self.state.lock();
                        state.leaving = state.leases == 0;
                        state.leaving
                    };
                    // Where a token is missing for a release, an abort does it, too.
                    if leaves && session.release_request(Bytes::new()).is_err() {
                        session.close();
                    }
                }
                Errand::Drop(session) => {
                    {
                        let mut state = self.state.lock();
                        if state.session.as_ref().is_some_and(|current| current.id() == session.id()) {
                            state.session = None;
                            state.leaving = false;
                        }
                    }
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
    }

    fn close(&self) {
        self.end();
    }
}
