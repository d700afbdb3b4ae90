//! The engine.
use super::config::Config;
use super::table::{Do, Input, State};
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::time::{Duration, Instant};
use std::collections::{BTreeMap, VecDeque};

/// Somebody who waits for the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// The answer to one who wants the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It is there.
    Ready,
    /// An event will say: [`Event::Ready`] or [`Event::GivenUp`].
    Wait(Ticket),
}

/// Whether attempts are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Circuit {
    /// They are.
    Closed,
    /// Too many failed: none is made for now.
    Open,
    /// One is made, and decides.
    HalfOpen,
}

/// What is to be done with the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<S> {
    /// Open one; answer with [`Reconnect::opened`], [`Reconnect::failed`] or [`Reconnect::refused`].
    Open {
        /// Number of the attempt, never used again.
        attempt: u64,
    },
    /// Take this attempt back: it took too long, or is not wanted any more.
    Abandon {
        /// Its number.
        attempt: u64,
    },
    /// Close the session in order ([`Reconnect::session`]); answer with [`Reconnect::closed`].
    Close,
    /// Abort this one.
    Abort(S),
}

/// What the user is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The circuit opened, closed, or is tried.
    Circuit(Circuit),
    /// An attempt is made.
    Attempt {
        /// How many failed before it, one after the other.
        failures: u32,
    },
    /// An attempt failed.
    Failed {
        /// Why.
        error: Error,
        /// When the next one is made; `None` if that has to be wanted.
        next: Option<Instant>,
    },
    /// The session is up.
    Up,
    /// The session is gone.
    Down {
        /// Why; `None` if it was closed because it was not used.
        error: Option<Error>,
    },
    /// No attempt is made any more before [`Reconnect::reset`].
    Stopped(Error),
    /// The session is there for one who waited.
    Ready(Ticket),
    /// The session is not there for one who waited.
    GivenUp {
        /// Who.
        ticket: Ticket,
        /// Why: `TimedOut`, or why the last attempt failed.
        error: Error,
    },
}

/// Where things stand, for a person who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The state.
    pub state: State,
    /// The circuit.
    pub circuit: Circuit,
    /// Attempts that failed, one after the other.
    pub failures: u32,
    /// When the next attempt is made, or may be made.
    pub next: Option<Instant>,
    /// Those who wait.
    pub waiting: usize,
}

/// When to open a session, when to close it, when to let it be.
#[derive(Clone, Debug)]
pub struct Reconnect<S> {
    config: Config,
    state: State,
    circuit: Circuit,
    session: Option<S>,
    attempt: u64,
    failures: u32,
    /// Doublings of the delay, and of the time the circuit stays open.
    doublings: u32,
    trips: u32,
    /// No attempt before this.
    not_before: Instant,
    /// The time of this state is over.
    due: Option<Instant>,
    up_since: Instant,
    used: Instant,
    busy: bool,
    waiting: BTreeMap<Ticket, Option<Instant>>,
    tickets: u64,
    last: Option<Error>,
    random: u64,
    actions: VecDeque<Action<S>>,
    events: VecDeque<Event>,
}

impl<S> Reconnect<S> {
    /// One whose session is not there. The jitter follows from the seed.
    ///
    /// # Errors
    /// `Invalid`: a time or a limit is zero.
    pub fn new(config: Config, seed: u64, now: Instant) -> Result<Reconnect<S>> {
        config.check()?;
        let mut made = Reconnect {
            config,
            state: State::Idle,
            circuit: Circuit::Closed,
            session: None,
            attempt: 0,
            failures: 0,
            doublings: 0,
            trips: 0,
            not_before: now,
            due: None,
            up_since: now,
            used: now,
            busy: false,
            waiting: BTreeMap::new(),
            tickets: 0,
            last: None,
            random: seed,
            actions: VecDeque::new(),
            events: VecDeque::new(),
        };
        if made.config.keep_open {
            made.open(now);
        }
        Ok(made)
    }

    /// Where things stand.
    pub fn progress(&self) -> Progress {
        let next = match self.state {
            State::Waiting | State::Tripped => self.due,
            State::Idle
            | State::Opening
            | State::Up
            | State::Closing
            | State::Armed
            | State::Trial
            | State::Stopped => None,
        };
        let (state, circuit, failures) = (self.state, self.circuit, self.failures);
        Progress { state, circuit, failures, next, waiting: self.waiting.len() }
    }

    /// The session, while it is up or being closed.
    pub fn session(&mut self) -> Option<&mut S> {
        self.session.as_mut()
    }

    /// Somebody wants the session, and waits for it until `deadline`. It counts as use.
    ///
    /// # Errors
    /// `Transport` or what the last attempt failed with: no attempt is made now. `TimedOut`: the deadline has passed.
    /// `LimitHit`: too many wait.
    pub fn want(&mut self, deadline: Option<Instant>, now: Instant) -> Result<Wanted> {
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(timed_out());
        }
        self.used = now;
        let what = self.state.on(Input::Want);
        match what {
            Do::Serve => return Ok(Wanted::Ready),
            Do::Reject => return Err(self.why_not()),
            _ if self.waiting.len() >= self.config.max_waiting => {
                return Err(Error::limit(Layer::Api, "too many wait for the session").with_expected(
                    format!("at most {} (max_waiting)", self.config.max_waiting),
                    "one more",
                ));
            }
            _ => {}
        }
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.waiting.insert(ticket, deadline);
        self.act(what, None, now);
        Ok(Wanted::Wait(ticket))
    }

    /// One who waited does not any more.
    pub fn forget(&mut self, ticket: Ticket, now: Instant) {
        if self.waiting.remove(&ticket).is_some() && self.waiting.is_empty() {
            self.on(Input::Unwanted, None, now);
        }
    }

    /// The session was used: it is not idle now.
    pub fn used(&mut self, now: Instant) {
        self.used = now;
    }

    /// Something is under way on the session (`true`): it is not idle until that is over.
    pub fn busy(&mut self, busy: bool, now: Instant) {
        self.used = now;
        self.busy = busy;
    }

    /// An attempt succeeded. One that was taken back is aborted by an action.
    pub fn opened(&mut self, attempt: u64, session: S, now: Instant) {
        if !self.is_current(attempt) {
            return self.actions.push_back(Action::Abort(session));
        }
        self.session = Some(session);
        self.on(Input::Opened, None, now);
    }

    /// An attempt failed. `busy`: the peer says that it has too much to do.
    pub fn failed(&mut self, attempt: u64, error: Error, busy: bool, now: Instant) {
        if self.is_current(attempt) {
            if busy {
                self.not_before = self.not_before.max(now + self.config.busy_delay);
            }
            self.on(Input::Failed, Some(error), now);
        }
    }

    /// An attempt was refused in a way that the next one would be, too.
    pub fn refused(&mut self, attempt: u64, error: Error, now: Instant) {
        if self.is_current(attempt) {
            self.on(Input::Refused, Some(error), now);
        }
    }

    /// The session is gone. Gives it back.
    pub fn lost(&mut self, error: Error, now: Instant) -> Option<S> {
        let session = self.session.take()?;
        self.on(Input::Lost, Some(error), now);
        Some(session)
    }

    /// The session that was to be closed is closed. Gives it back.
    pub fn closed(&mut self, now: Instant) -> Option<S> {
        let session = self.session.take()?;
        self.on(Input::Lost, None, now);
        Some(session)
    }

    /// Makes no attempt any more, aborts the session.
    pub fn stop(&mut self, now: Instant) {
        let error = Error::new(ErrorKind::Closed, Layer::Api, "stopped");
        self.on(Input::Stop, Some(error), now);
    }

    /// Tries again at once what waits, and what was stopped.
    pub fn reset(&mut self, now: Instant) {
        self.not_before = now;
        self.on(Input::Reset, None, now);
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Instant) {
        let late: Vec<Ticket> = self
            .waiting
            .iter()
            .filter(|(_, deadline)| deadline.is_some_and(|deadline| deadline <= now))
            .map(|(ticket, _)| *ticket)
            .collect();
        let mut nobody = false;
        for ticket in late {
            self.waiting.remove(&ticket);
            nobody = self.waiting.is_empty();
            self.events.push_back(Event::GivenUp { ticket, error: timed_out() });
        }
        if nobody {
            self.on(Input::Unwanted, None, now);
        }
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            let error = Error::new(ErrorKind::TimedOut, Layer::Session, "the attempt took too long");
            self.on(Input::Due, Some(error), now);
        }
        if self.quiet_at().is_some_and(|at| at <= now) {
            self.on(Input::Quiet, None, now);
        }
    }

    /// When to call [`Reconnect::handle_timeout`].
    pub fn next_timeout(&self) -> Option<Instant> {
        let deadline = self.waiting.values().flatten().min().copied();
        [deadline, self.due, self.quiet_at()].into_iter().flatten().min()
    }

    /// The next thing to do with the session.
    pub fn poll_action(&mut self) -> Option<Action<S>> {
        self.actions.pop_front()
    }

    /// The next thing to tell the user.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

fn timed_out() -> Error {
    Error::new(ErrorKind::TimedOut, Layer::Api, "the session did not come up in time")
}

/// What the table says.
impl<S> Reconnect<S> {
    fn on(&mut self, input: Input, error: Option<Error>, now: Instant) {
        self.act(self.state.on(input), error, now);
    }

    fn act(&mut self, what: Do, error: Option<Error>, now: Instant) {
        match what {
            Do::Nothing | Do::Queue | Do::Serve | Do::Reject => {}
            Do::Open => self.open(now),
            Do::OpenNow => self.attempt(State::Opening, now),
            Do::Try => self.attempt(State::Trial, now),
            Do::Rise => self.rise(now),
            Do::Fail => self.fail(error, now),
            Do::TripAgain => self.trip(error, now),
            Do::Arm => {
                self.state = State::Armed;
                self.due = None;
                self.turn_circuit(Circuit::HalfOpen);
                if self.config.keep_open {
                    self.attempt(State::Trial, now);
                }
            }
            Do::GiveUp => self.give_up(error),
            Do::Halt => {
                self.actions.push_back(Action::Abandon { attempt: self.attempt });
                self.give_up(error);
            }
            Do::Abandon => {
                self.actions.push_back(Action::Abandon { attempt: self.attempt });
                self.on(Input::Failed, error, now);
            }
            Do::Fall => {
                self.events.push_back(Event::Down { error });
                self.delay_after_loss(now);
                self.rest(now);
            }
            Do::Close => {
                self.state = State::Closing;
                self.due = Some(now + self.config.close_within);
                self.actions.push_back(Action::Close);
            }
            Do::Abort => {
                self.actions.extend(self.session.take().map(Action::Abort));
                self.on(Input::Lost, None, now);
            }
            Do::Rest => {
                // However it ended: its end was wanted.
                self.events.push_back(Event::Down { error: None });
                self.rest(now);
            }
            Do::Cease if self.config.keep_open => {}
            Do::Cease => {
                self.state = State::Idle;
                self.due = None;
            }
            Do::Begin => {
                self.failures = 0;
                self.doublings = 0;
                self.trips = 0;
                self.state = State::Idle;
                if self.config.keep_open {
                    self.open(now);
                }
            }
            Do::Impossible => debug_assert!(false, "{:?}", self.state),
        }
    }

    fn is_current(&self, attempt: u64) -> bool {
        attempt == self.attempt && matches!(self.state, State::Opening | State::Trial)
    }

    fn quiet_at(&self) -> Option<Instant> {
        let after = self.config.idle_after.filter(|_| self.state == State::Up && !self.busy)?;
        Some(self.used + after)
    }

    fn why_not(&self) -> Error {
        self.last.clone().unwrap_or_else(|| Error::refused("no attempt is made now"))
    }

    fn turn_circuit(&mut self, circuit: Circuit) {
        if self.circuit != circuit {
            self.circuit = circuit;
            self.events.push_back(Event::Circuit(circuit));
        }
    }

    /// Opens now, or as soon as that is allowed.
    fn open(&mut self, now: Instant) {
        if now < self.not_before {
            self.state = State::Waiting;
            self.due = Some(self.not_before);
        } else {
            self.attempt(State::Opening, now);
        }
    }

    fn attempt(&mut self, state: State, now: Instant) {
        self.state = state;
        self.attempt += 1;
        self.due = Some(now + self.config.open_within);
        self.actions.push_back(Action::Open { attempt: self.attempt });
        self.events.push_back(Event::Attempt { failures: self.failures });
    }

    fn rise(&mut self, now: Instant) {
        self.state = State::Up;
        self.due = None;
        self.failures = 0;
        self.trips = 0;
        self.up_since = now;
        self.used = now;
        self.busy = false;
        self.turn_circuit(Circuit::Closed);
        self.events.push_back(Event::Up);
        for ticket in core::mem::take(&mut self.waiting).into_keys() {
            self.events.push_back(Event::Ready(ticket));
        }
    }

    fn fail(&mut self, error: Option<Error>, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.config.trip_after.is_some_and(|most| self.failures >= most) {
            return self.trip(error, now);
        }
        self.back_off(now);
        self.last.clone_from(&error);
        let again = self.config.keep_open || !self.waiting.is_empty();
        let next = again.then_some(self.not_before);
        self.events.extend(error.map(|error| Event::Failed { error, next }));
        self.rest(now);
    }

    /// The circuit opens: who waits is told, and nobody waits for it.
    fn trip(&mut self, error: Option<Error>, now: Instant) {
        let longest = self.config.longest_open_circuit;
        let time = self.config.open_circuit.saturating_mul(power(self.trips)).min(longest);
        self.trips = self.trips.saturating_add(1);
        self.last.clone_from(&error);
        self.state = State::Tripped;
        self.due = Some(now + time);
        let next = self.due.filter(|_| self.config.keep_open);
        self.events.extend(error.map(|error| Event::Failed { error, next }));
        self.turn_circuit(Circuit::Open);
        self.turn_away();
    }

    fn give_up(&mut self, error: Option<Error>) {
        let error = error.unwrap_or_else(|| Error::refused("no attempt is made now"));
        self.actions.extend(self.session.take().map(Action::Abort));
        self.state = State::Stopped;
        self.due = None;
        self.last = Some(error.clone());
        self.turn_circuit(Circuit::Closed);
        self.events.push_back(Event::Stopped(error));
        self.turn_away();
    }

    fn turn_away(&mut self) {
        let error = self.why_not();
        for ticket in core::mem::take(&mut self.waiting).into_keys() {
            self.events.push_back(Event::GivenUp { ticket, error: error.clone() });
        }
    }

    /// It is not there; opens it if somebody wants it.
    fn rest(&mut self, now: Instant) {
        self.state = State::Idle;
        self.due = None;
        if self.config.keep_open || !self.waiting.is_empty() {
            self.open(now);
        }
    }

    fn delay_after_loss(&mut self, now: Instant) {
        if now.saturating_duration_since(self.up_since) >= self.config.stable_after {
            self.doublings = 0;
            self.not_before = now;
        } else {
            self.back_off(now);
        }
    }

    /// The next delay, between half of it and the whole, so that many do not come back at once.
    fn back_off(&mut self, now: Instant) {
        let whole = self.config.first_delay.saturating_mul(power(self.doublings));
        let whole = whole.min(self.config.longest_delay);
        self.doublings = self.doublings.saturating_add(1);
        let half = whole / 2;
        let span = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX - 1);
        let delay = half + Duration::from_nanos(self.draw() % (span + 1));
        self.not_before = self.not_before.max(now + delay);
    }

    /// SplitMix64.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn power(doublings: u32) -> u32 {
    1u32.checked_shl(doublings).unwrap_or(u32::MAX)
}
