//! The session protocol machine (X.225 clause 7 and Annex A).
//!
//! The user acts through [`Spm::request`], the network through [`Spm::transport`], time through [`Spm::handle_timeout`].
//! After each of them: take [`Spm::poll_transport`] and [`Spm::poll_event`] until both are dry, then ask
//! [`Spm::next_timeout`].
//!
//! | file | what it is | X.225 |
//! |---|---|---|
//! | `requests.rs` | a primitive of the user becomes an incoming event | Table A.1 |
//! | `incoming.rs` | a TSDU of the peer becomes incoming events; blank cells | 6.3, Table A.1, A.4 |
//! | `predicates.rs` | the conditions | Table A.7 |
//! | `actions.rs` | the specific actions | Table A.6 |
//! | `outgoing.rs` | the outgoing events | Table A.3 |
//! | `variables.rs` | the variables and the functions over tokens | A.5.2 to A.5.4 |
//! | `contention.rs` | who wins a collision | 7.24.2.3, 7.24.3.3, A.5.4.6 |
//! | `establishment.rs` | CONNECT to ACCEPT, what is negotiated | 7.1 to 7.5 |
//! | `trace.rs` | what happened | |
//! | `queue.rs` | a queue that costs nothing while it is empty | |
mod actions;
mod contention;
mod establishment;
mod incoming;
mod input;
mod outgoing;
mod pieces;
mod predicates;
mod queue;
mod requests;
mod trace;
mod variables;

pub use trace::{Trace, TraceRecord, Transition};

use super::names::{Incoming, Set, State};
use super::parameter::*;
use super::port::{TransportIndication, TransportRequest};
use super::primitive::{Event, PAbortReason, Request};
use super::spdu::{Flow, Kind, Leniency, Reassembly};
use super::table::{self, Row, Step};
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::limits::Limits;
use crate::time::Instant;
use bytes::Bytes;
use establishment::{Establishment, MAX_CONNECT_DATA, Negotiated};
use input::{Extra, Input};
use pieces::Arriving;
use predicates::View;
use queue::Queue;
use std::collections::VecDeque;
use std::sync::Arc;
use trace::Kept;
use variables::Variables;

/// A session selector that a responder answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSelector {
    /// The called session selector, 0 to 16 octets.
    pub selector: Bytes,
    /// A user is attached; otherwise callers are refused with reason 130.
    pub attached: bool,
}

/// How a machine behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Limits and timers.
    pub limits: Limits,
    /// Functional units that this user can provide; a responder's user is shown no others. Default: all.
    pub functional_units: FunctionalUnits,
    /// Protocol versions that may be selected. Default: both.
    pub versions: Versions,
    /// Session selectors that a responder answers to; `None` answers to any.
    pub selectors: Option<Vec<LocalSelector>>,
    /// Refuse what real stacks send but the standard forbids (each leniency off). Default: false.
    pub strict: bool,
    /// Offer and accept reuse of the transport connection (X.225 6.2.4; `local_choice` of p02 and p64). Default: false.
    pub reuse_transport: bool,
    /// The transport takes and indicates TSDUs in parts, so that SSDUs can be sent ([`Request::DataPiece`]) and are indicated
    /// ([`Event::DataPiece`]) in pieces. Default: false.
    pub pieces: bool,
    /// Keep trace records for [`Spm::poll_trace`]. Default: false.
    pub trace: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            limits: Limits::default(),
            functional_units: FunctionalUnits::ALL,
            versions: Versions::default(),
            selectors: None,
            strict: false,
            reuse_transport: false,
            pieces: false,
            trace: false,
        }
    }
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deadline {
    /// [`Limits::connect_timeout`].
    Connect,
    /// TIM (X.225 Table A.6 \[4\]).
    Tim,
    /// [`Limits::answer_timeout`].
    Answer,
}

/// A snapshot of one session: what was negotiated, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// State of Annex A.
    pub state: State,
    /// This side sent CONNECT.
    pub initiator: bool,
    /// Functional units selected; empty before the ACCEPT.
    pub functional_units: FunctionalUnits,
    /// Protocol version selected; before the ACCEPT those that are possible.
    pub version: Versions,
    /// Maximum TSDU sizes selected.
    pub tsdu_maximum_size: TsduSizes,
    /// The transport expedited flow is available (TEXP).
    pub transport_expedited: bool,
    /// Extended concatenation may be sent to the peer.
    pub extended_concatenation: bool,
    /// Tokens that exist (AV).
    pub available_tokens: Tokens,
    /// Tokens that are here (OWNED).
    pub owned_tokens: Tokens,
    /// V(A), V(M), V(R); with symmetric synchronize V(As), V(Ms), V(Rs).
    pub serial_numbers: [SerialNumber; 3],
    /// V(Ar), V(Mr), V(Rr) with symmetric synchronize; otherwise equal to `serial_numbers`.
    pub receiving_serial_numbers: [SerialNumber; 3],
    /// V(Ado), V(Adi): the highest minor point sent, and received, with data separation.
    pub separated_serial_numbers: [Option<SerialNumber>; 2],
    /// The right to confirm minor points is here (Vsc).
    pub may_confirm_minor: bool,
    /// An activity is in progress (Vact).
    pub activity_in_progress: bool,
    /// The deviations of the peer that were accepted so far.
    pub leniencies: Leniency,
    /// TSDUs sent and received.
    pub tsdus: [u64; 2],
    /// Octets in TSDUs sent and received.
    pub octets: [u64; 2],
}

/// What a request gave back at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Accepted {
    /// The serial number that the provider chose (S-SYNC-MINOR, S-SYNC-MAJOR, S-ACTIVITY-END request).
    pub serial_number: Option<SerialNumber>,
}

/// A session protocol machine: one session connection and the transport connection below it. A clone goes its own way: for
/// looking ahead, and for following a connection from outside.
#[derive(Clone, Debug)]
pub struct Spm {
    config: Arc<Config>,
    state: State,
    v: Variables,
    negotiated: Negotiated,
    establishment: Option<Box<Establishment>>,
    /// The token sides that the RESYNCHRONIZE in effect proposes.
    resync_tokens: TokenAssignment,
    /// Events from the expedited flow held back by \[10\].
    #[expect(clippy::box_collection, reason = "a pointer in each of many sessions instead of four words")]
    held_back: Option<Box<VecDeque<Input>>>,
    recall_pending: bool,
    /// A DISCONNECT that came too early and waits for ours ([`Leniency::EARLY_DISCONNECT`]).
    early_disconnect: Option<Box<Input>>,
    reassembly: Reassembly,
    /// Data whose reassembly was broken off: its late segments are dropped.
    broken_off: Option<Kind>,
    leniencies: Leniency,
    now: Instant,
    tim: Option<Instant>,
    connect_deadline: Option<Instant>,
    answer_deadline: Option<Instant>,
    transport_out: Queue<TransportRequest>,
    events: Queue<Event>,
    traces: VecDeque<TraceRecord>,
    history: VecDeque<Kept>,
    accepted: Accepted,
    /// Why this SPM refused the last CONNECT, or what came instead, by itself.
    refused: Option<Error>,
    /// A session connection began on this transport connection.
    had_session: bool,
    /// Something happened at all.
    started: bool,
    control_credit: u64,
    control_at: Instant,
    sent: [u64; 2],
    received: [u64; 2],
    /// An SSDU that is sent in pieces is open; true: of S-TYPED-DATA.
    sending: Option<bool>,
    /// The request under way opens one.
    opening: Option<bool>,
    /// The TSDU under way is the beginning of one that comes in pieces.
    indicating: Option<bool>,
    arriving: Option<Box<Arriving>>,
}

/// Where to go back to when a request fails half way.
struct Mark {
    state: State,
    v: Variables,
    negotiated: Negotiated,
    tim: Option<Instant>,
    connect_deadline: Option<Instant>,
    answer_deadline: Option<Instant>,
    transport_out: usize,
    events: usize,
    traces: usize,
    history: usize,
    calling: bool,
    had_session: bool,
    started: bool,
    sent: [u64; 2],
}

impl Spm {
    /// A machine in STA01. Many machines may share one configuration (`Arc<Config>`). It becomes the initiator by an S-CONNECT request, the responder by a T-CONNECT indication.
    pub fn new(config: impl Into<Arc<Config>>) -> Spm {
        let config = config.into();
        Spm {
            state: State::STA01,
            v: Variables::default(),
            negotiated: Negotiated { version: config.versions, ..Negotiated::default() },
            establishment: None,
            resync_tokens: TokenAssignment::default(),
            held_back: None,
            recall_pending: false,
            early_disconnect: None,
            reassembly: Reassembly::new(config.limits.ssdu_reassembly),
            broken_off: None,
            leniencies: Leniency::empty(),
            now: Instant::ZERO,
            tim: None,
            connect_deadline: None,
            answer_deadline: None,
            transport_out: Queue::new(),
            events: Queue::new(),
            traces: VecDeque::new(),
            history: VecDeque::new(),
            accepted: Accepted::default(),
            refused: None,
            had_session: false,
            sending: None,
            opening: None,
            indicating: None,
            arriving: None,
            started: false,
            control_credit: u64::from(config.limits.control_spdu_burst) * 1_000_000_000,
            control_at: Instant::ZERO,
            sent: [0; 2],
            received: [0; 2],
            config,
        }
    }

    /// The user acts. A refused request changes nothing and sends nothing (X.225 A.4.1.1).
    ///
    /// # Errors
    /// `Invalid`: a parameter can never be right. `Refused`: not in this state, or not without this token. `LimitHit`.
    pub fn request(&mut self, mut request: Request, now: Instant) -> Result<Accepted> {
        self.now = now;
        self.opening = None;
        if let Some(outcome) = self.piece_request(&mut request) {
            return outcome;
        }
        self.accepted = Accepted::default();
        let mark = self.mark();
        let text = self.config.trace.then(|| trace::describe_request(&request));
        let name = request.name();
        let outcome = self.input_of(request).and_then(|mut input| {
            if let Some(text) = text {
                self.trace(Trace::Request(text));
            }
            if self.fire(&mut input)? { Ok(()) } else { Err(self.refuse(name, &input)) }
        });
        match outcome {
            Ok(()) => {
                self.started = true;
                self.sending = self.sending.or(self.opening.take());
                if self.state == State::STA03
                    && let Some(disconnect) = self.early_disconnect.take()
                {
                    self.peer_event(*disconnect);
                }
                Ok(self.accepted)
            }
            Err(error) => {
                self.back_to(mark);
                // What the codec cannot write, the caller should not have asked for.
                let kind = if error.kind() == ErrorKind::Peer { ErrorKind::Invalid } else { error.kind() };
                Err(error.with_kind(kind))
            }
        }
    }

    /// The transport acts. What the peer did wrong is not an error of this call: it arrives as an event.
    pub fn transport(&mut self, indication: TransportIndication, now: Instant) {
        self.now = now;
        match indication {
            TransportIndication::Connect { expedited } => {
                self.trace_transport("T-CONNECT indication", expedited);
                self.started = true;
                if self.state == State::STA01 {
                    self.v.texp = expedited;
                }
                self.provider_event(Input::new(Incoming::TCONind));
            }
            TransportIndication::ConnectConfirm { expedited } => {
                self.trace_transport("T-CONNECT confirm", expedited);
                if self.state == State::STA01B {
                    self.v.texp = expedited;
                }
                let overflow = match self.establishment.as_deref() {
                    Some(Establishment::Calling { request, .. }) => {
                        request.user_data.len() > MAX_CONNECT_DATA
                    }
                    _ => false,
                };
                self.provider_event(Input { overflow, ..Input::new(Incoming::TCONcnf) });
            }
            TransportIndication::Data(tsdu) => self.take_tsdu(tsdu, Flow::Normal),
            TransportIndication::DataPart { octets, end } => self.take_part(octets, end),
            TransportIndication::ExpeditedData(tsdu) => self.take_tsdu(tsdu, Flow::Expedited),
            TransportIndication::Disconnect(error) => {
                if error.is_none() && self.may_be_released_by_close() {
                    self.leniencies |= Leniency::RELEASE_BY_CLOSE;
                    self.peer_event(Input { extra: Extra::Gone, ..Input::new(Incoming::DN) });
                }
                if self.config.trace {
                    let why = error.as_ref().map(|e| format!(": {e}")).unwrap_or_default();
                    self.trace(Trace::Transport(format!("T-DISCONNECT indication{why}")));
                }
                let error = error.unwrap_or_else(|| {
                    Error::new(
                        ErrorKind::Transport,
                        Layer::Network,
                        format!("the transport connection was closed by the peer in {}", self.state.name()),
                    )
                });
                let mut error = error;
                error.details_mut().state.get_or_insert(self.state.name());
                error.details_mut().event.get_or_insert("TDISind");
                self.provider_event(Input { error: Some(error), ..Input::new(Incoming::TDISind) });
            }
        }
    }

    /// True if a T-DISCONNECT indication without an error would be taken for the DISCONNECT that is awaited ([`Leniency::RELEASE_BY_CLOSE`]):
    /// some stacks answer a FINISH by closing the connection. Not with negotiated release, where the peer may have wished to go
    /// on, and not after a collision, where it may not have answered.
    pub fn may_be_released_by_close(&self) -> bool {
        self.state == State::STA03
            && !self.config.strict
            && !self.v.coll
            && !self.v.fu.contains(FunctionalUnits::NEGOTIATED_RELEASE)
    }

    /// Time passes. Calling early or late does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        if self.tim.is_some_and(|at| at <= now) {
            self.tim = None;
            self.provider_event(Input::new(Incoming::TIM));
        }
        if self.connect_deadline.is_some_and(|at| at <= now) {
            self.connect_deadline = None;
            self.give_up_connecting();
        }
        if self.answer_deadline.is_some_and(|at| at <= now) {
            self.answer_deadline = None;
            self.give_up_waiting();
        }
    }

    /// The next thing to do for the transport, in order.
    pub fn poll_transport(&mut self) -> Option<TransportRequest> {
        self.transport_out.pop_front()
    }

    /// The next thing to tell the user, in order.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next trace record, if tracing is on. Past [`Limits::trace`] records the oldest are lost.
    pub fn poll_trace(&mut self) -> Option<TraceRecord> {
        self.traces.pop_front()
    }

    /// When to call [`Spm::handle_timeout`], and what for.
    pub fn next_timeout(&self) -> Option<(Instant, Deadline)> {
        let tim = self.tim.map(|at| (at, Deadline::Tim));
        let connect = self.connect_deadline.map(|at| (at, Deadline::Connect));
        let answer = self.answer_deadline.map(|at| (at, Deadline::Answer));
        [tim, connect, answer].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// The state of Annex A.
    pub fn state(&self) -> State {
        self.state
    }

    /// True once a session connection has ended and its last event is queued or taken; requests are refused from then
    /// on. With a reused transport connection it is false again when the next session connection begins.
    pub fn is_over(&self) -> bool {
        match self.state {
            State::STA01 => self.started,
            State::STA01A | State::STA16 => true,
            State::STA01C => self.had_session,
            _ => false,
        }
    }

    /// True if the transport connection has come to its end as far as this machine is concerned.
    pub fn is_idle(&self) -> bool {
        self.state == State::STA01
    }

    /// Why this machine refused a caller by itself, if it did: what was wrong with its CONNECT (p76), or with what it sent instead.
    pub fn refusal(&self) -> Option<&Error> {
        self.refused.as_ref()
    }

    /// Everything that was negotiated, and where the session stands.
    pub fn properties(&self) -> Properties {
        let v = &self.v;
        let snd = [v.snd.a, v.snd.m, v.snd.r];
        let rcv = [v.rcv.a, v.rcv.m, v.rcv.r];
        Properties {
            state: self.state,
            initiator: !v.tca,
            functional_units: v.fu,
            version: self.negotiated.version,
            tsdu_maximum_size: self.negotiated.sizes,
            transport_expedited: v.texp,
            extended_concatenation: self.negotiated.may_concatenate,
            available_tokens: v.available(),
            owned_tokens: v.owned,
            serial_numbers: snd,
            receiving_serial_numbers: if v.symmetric() { rcv } else { snd },
            separated_serial_numbers: [v.ado, v.adi],
            may_confirm_minor: v.sc,
            activity_in_progress: v.act,
            leniencies: self.leniencies,
            tsdus: [self.sent[0], self.received[0]],
            octets: [self.sent[1], self.received[1]],
        }
    }

    /// The limits and timers that hold for this machine.
    pub fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// A number for where the machine stands: state, variables, what is held back and which timers run, but not the clock,
    /// counters, queues to take from and history. For programs that search all that can happen.
    pub fn fingerprint(&self) -> u64 {
        use core::hash::{Hash, Hasher};
        let mut hasher = std::hash::DefaultHasher::new();
        (self.state, self.v, self.resync_tokens.to_octet(), self.broken_off).hash(&mut hasher);
        (self.tim.is_some(), self.connect_deadline.is_some(), self.had_session).hash(&mut hasher);
        for input in self.held_back.iter().flat_map(|held| held.iter()) {
            (input.event, input.serial, input.tokens, format!("{:?}", (input.snd, input.rcv)))
                .hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The last transitions, oldest first.
    pub fn history(&self) -> impl Iterator<Item = Transition> {
        self.history.iter().map(|kept| kept.transition())
    }
}

/// The machine itself.
impl Spm {
    /// An event meets the table. `false`: no row applies; nothing was done. An error: a row applied, and a step of it could
    /// not be carried out.
    fn fire(&mut self, input: &mut Input) -> Result<bool> {
        let Some((set, list, row)) = self.row(input) else { return Ok(false) };
        let from = self.state;
        for step in row.steps {
            match *step {
                Step::Out(outgoing, note) => self.out(outgoing, note, input)?,
                Step::Do(action) => self.act(action, input)?,
            }
        }
        self.enter(row.next);
        self.record(input.event, from, row.next, Some((set, list)));
        if matches!(from, State::STA01C | State::STA01D) && row.next == State::STA01 {
            self.no_connect(input.event, from);
        }
        for action in row.post {
            self.act(*action, input)?;
        }
        if self.recall_pending {
            self.recall();
        }
        if matches!(input.event, Incoming::MIP | Incoming::MIP_d) {
            self.limit_sync_points();
        }
        Ok(true)
    }

    /// A caller said something else where its CONNECT, or the rest of it, was awaited.
    fn no_connect(&mut self, event: Incoming, from: State) {
        if matches!(event, Incoming::TDISind | Incoming::TIM) {
            return;
        }
        let error =
            Error::peer(Layer::Session, format!("the caller sent {} instead of CONNECT", event.name()))
                .with_cell(from.name(), event.name())
                .with_clause("X.225 A.4.1.2");
        self.refuse_caller(error);
    }

    /// A peer that sets points which nobody confirms.
    fn limit_sync_points(&mut self) {
        let numbers = if self.v.symmetric() { self.v.rcv } else { self.v.snd };
        let limit = self.config.limits.open_sync_points;
        if numbers.m.saturating_sub(numbers.a) > limit {
            let text = format!("more than {limit} minor synchronization points are not confirmed");
            let error = Error::limit(Layer::Session, text).with_pdu("MIP").with_parameter("Serial Number");
            self.provider_abort(error, &[]);
        }
    }

    /// The action list whose condition holds, its set and its place in the cell, from 1. Conditions are evaluated before any
    /// step (X.225 A.4.2.2).
    fn row(&self, input: &Input) -> Option<(Set, u8, &'static Row)> {
        let set = self.set(input.event);
        let rows = table::cell(set, self.state, input.event);
        let view = self.view(input);
        let mut holding =
            (1..).zip(rows).filter(|(_, row)| view.all(row.condition) && self.number_fits(row, input));
        let row = holding.next();
        debug_assert!(
            holding.next().is_none(),
            "two action lists of ({}, {}) hold at once",
            self.state.name(),
            input.event.name()
        );
        row.map(|(list, row)| (set, list, row))
    }

    fn view<'a>(&'a self, input: &'a Input) -> View<'a> {
        let establishing = matches!(input.event, Incoming::AC | Incoming::SCONrsp_pos);
        View {
            v: &self.v,
            input,
            local_choice: self.config.reuse_transport,
            selected: if establishing { self.negotiated.selected } else { self.v.fu },
            tolerant: !self.config.strict,
            more_connect_data: self.more_connect_data(),
        }
    }

    /// The cells of AC and SCONrsp+ go by what this very ACCEPT selects (ERRATA A1).
    fn set(&self, event: Incoming) -> Set {
        let establishing = matches!(event, Incoming::AC | Incoming::SCONrsp_pos);
        if establishing && self.negotiated.selected.contains(FunctionalUnits::SYMMETRIC_SYNC) {
            return Set::S;
        }
        self.v.set()
    }

    /// The serial numbers that no cell tests (X.225 7.20.3, 7.21.3, 7.24): a wrong one counts as a condition that does not
    /// hold.
    fn number_fits(&self, row: &Row, input: &Input) -> bool {
        use super::names::{Action, Outgoing};
        let v = &self.v;
        match input.event {
            Incoming::MIP | Incoming::MIP_d => {
                let counts = row.steps.iter().any(|step| {
                    matches!(step, Step::Out(Outgoing::SSYNmind, _) | Step::Do(Action::a23 | Action::a62))
                });
                let next = if v.symmetric() { v.rcv.m } else { v.snd.m };
                !counts || input.serial == Some(next)
            }
            Incoming::MIA if v.symmetric() => {
                let outstanding = matches!(self.state, State::STA04A | State::STA04B | State::STA15A);
                !outstanding || input.serial.is_some_and(|sn| sn + 1 != v.snd.m)
            }
            Incoming::SRSYNreq => {
                let below = |flow: Option<crate::x225::primitive::Resync>, next: SerialNumber| {
                    flow.is_none_or(|r| {
                        r.kind != ResyncType::Restart || r.serial_number.is_some_and(|n| n <= next)
                    })
                };
                below(input.snd, v.snd.m) && below(input.rcv, v.rcv.m)
            }
            _ => true,
        }
    }

    /// Why no row of the cell holds, as the end of a sentence.
    fn unmet(&self, input: &Input) -> String {
        let rows = table::cell(self.set(input.event), self.state, input.event);
        let view = self.view(input);
        // The row that comes closest: the one whose first failing predicate stands last.
        let failure = rows
            .iter()
            .filter_map(|row| {
                let failure = view.first_failure(row.condition)?;
                Some((row.condition.iter().position(|c| *c == failure), failure))
            })
            .max_by_key(|(position, _)| *position);
        match failure {
            Some((_, (predicate, wanted))) => {
                format!(" ({}{} does not hold)", if wanted { "" } else { "~" }, predicate.name())
            }
            None => String::new(),
        }
    }

    /// A request of the user that the table does not allow now (X.225 A.4.1.1).
    fn refuse(&self, name: &'static str, input: &Input) -> Error {
        let rows = table::cell(self.set(input.event), self.state, input.event);
        let view = self.view(input);
        let why = rows.iter().find_map(|row| view.first_failure(row.condition));
        let text = match why {
            _ if self.is_over() => format!("{name} is not possible: the session is over"),
            Some((predicate, wanted)) => {
                format!("{name} is not possible now: {}", predicates::refusal(predicate, wanted))
            }
            None => format!("{name} is not allowed in {}", self.state.name()),
        };
        let kind = if self.is_over() { ErrorKind::Closed } else { ErrorKind::Refused };
        let table = rows.first().map_or("X.225 A.4.1.1", |row| row.table);
        let clause = if rows.is_empty() { table.into() } else { format!("X.225 Table {table}") };
        Error::new(kind, Layer::Session, text)
            .with_cell(self.state.name(), input.event.name())
            .with_clause(clause)
    }

    /// An event of the transport or of the timer; in a wrong state it is ignored (X.225 A.4.1.3).
    fn provider_event(&mut self, mut input: Input) {
        let from = self.state;
        match self.fire(&mut input) {
            Ok(true) => {}
            Ok(false) => self.record(input.event, from, from, None),
            Err(error) => {
                // A step that only this side can be blamed for, such as a CONNECT that cannot be written.
                if from == State::STA01B {
                    self.tell_user(Event::PAbortIndication(
                        PAbortReason::ImplementationRestriction,
                        Some(error.with_kind(ErrorKind::Invalid)),
                    ));
                }
                self.disconnect();
            }
        }
    }

    fn take_tsdu(&mut self, tsdu: Bytes, flow: Flow) {
        self.received[0] += 1;
        self.received[1] += tsdu.len() as u64;
        if self.config.trace {
            self.trace(Trace::Received(flow == Flow::Expedited, tsdu.clone()));
        }
        self.receive(&tsdu, flow);
    }

    /// The time to establish is over.
    fn give_up_connecting(&mut self) {
        let what = match self.state {
            State::STA01B => "the T-CONNECT confirm",
            State::STA02A => "the ACCEPT",
            State::STA02B => "the OVERFLOW ACCEPT",
            State::STA01D => "the rest of the CONNECT user data",
            _ => "the CONNECT",
        };
        if matches!(self.state, State::STA01B | State::STA02A | State::STA02B) {
            let seconds = self.config.limits.connect_timeout.as_secs_f64();
            let error = Error::new(
                ErrorKind::TimedOut,
                Layer::Session,
                format!("the peer kept silent for {seconds} s while {what} was awaited"),
            )
            .with_cell(self.state.name(), "connect timeout")
            .with_clause("X.225 A.4.1.3");
            self.tell_user(Event::PAbortIndication(PAbortReason::TransportDisconnect, Some(error)));
        }
        self.disconnect();
    }

    /// The peer has left something unanswered for too long (a local matter: X.225 A.4.1.3).
    fn give_up_waiting(&mut self) {
        let seconds = self.config.limits.answer_timeout.as_secs_f64();
        let state = self.state.name();
        let error = Error::new(
            ErrorKind::TimedOut,
            Layer::Session,
            format!("the peer left what it has to answer in {state} unanswered for {seconds} s"),
        )
        .with_cell(state, "answer timeout")
        .with_clause("X.225 A.4.1.3");
        self.provider_abort(error, &[]);
    }

    /// The states in which the next move is the peer's, be it its user or its SPM (column "waits for" of the states in the
    /// test data).
    fn awaits_peer(state: State) -> bool {
        use State::*;
        matches!(
            state,
            STA03
                | STA04A
                | STA04B
                | STA05A
                | STA05B
                | STA05C
                | STA06
                | STA15A
                | STA15B
                | STA15C
                | STA18
                | STA19
                | STA21
        )
    }

    /// T-DISCONNECT request, STA01.
    fn disconnect(&mut self) {
        self.ask_transport(TransportRequest::Disconnect { reason: 0 });
        self.enter(State::STA01);
    }

    /// The only place where the state changes.
    fn enter(&mut self, next: State) {
        let changed = next != self.state;
        self.state = next;
        match next {
            State::STA01B | State::STA01D | State::STA02A | State::STA02B => {
                let deadline = self.now + self.config.limits.connect_timeout;
                self.connect_deadline.get_or_insert(deadline);
            }
            State::STA01C if !self.had_session => {
                self.connect_deadline = Some(self.now + self.config.limits.connect_timeout);
            }
            _ => self.connect_deadline = None,
        }
        // From one such state to another the time runs on: a peer cannot prolong it by collisions.
        if !Spm::awaits_peer(next) {
            self.answer_deadline = None;
        } else if !self.config.limits.answer_timeout.is_zero() {
            self.answer_deadline.get_or_insert(self.now + self.config.limits.answer_timeout);
        }
        if next == State::STA15D && self.tim.is_none() {
            // The announced ABORT may never come; the table lets TIM expire here.
            self.tim = Some(self.now + self.config.limits.tim);
        }
        if changed && matches!(next, State::STA01 | State::STA01A | State::STA01C | State::STA16) {
            self.held_back = None;
            self.early_disconnect = None;
            self.reassembly.cancel();
            self.sending = None;
            self.arriving = None;
            self.broken_off = None;
            self.establishment = None;
            if next == State::STA01 {
                self.tim = None;
            }
        }
        if changed && next == State::STA713 {
            self.establishment = None;
        }
    }

    fn ask_transport(&mut self, request: TransportRequest) {
        match &request {
            TransportRequest::Data(tsdu) => {
                self.sent[0] += 1;
                self.sent[1] += tsdu.len() as u64;
                if self.config.trace {
                    let octets = tsdu.to_bytes();
                    self.trace(Trace::Sent(false, octets));
                }
            }
            TransportRequest::DataPart { tsdu, end } => {
                self.sent[0] += u64::from(*end);
                self.sent[1] += tsdu.len() as u64;
                if self.config.trace && !tsdu.is_empty() {
                    let octets = tsdu.to_bytes();
                    self.trace(Trace::Sent(false, octets));
                }
            }
            TransportRequest::ExpeditedData(octets) => {
                self.sent[0] += 1;
                self.sent[1] += octets.len() as u64;
                if self.config.trace {
                    let octets = octets.clone();
                    self.trace(Trace::Sent(true, octets));
                }
            }
            TransportRequest::Connect { expedited } => {
                self.trace_transport("T-CONNECT request", *expedited);
            }
            TransportRequest::ConnectResponse { expedited } => {
                self.trace_transport("T-CONNECT response", *expedited);
            }
            TransportRequest::Disconnect { .. } => {
                if self.config.trace {
                    self.trace(Trace::Transport("T-DISCONNECT request".into()));
                }
            }
        }
        self.transport_out.push_back(request);
    }

    fn tell_user(&mut self, event: Event) {
        if self.config.trace {
            let text = trace::describe_event(&event);
            self.trace(Trace::Event(text));
        }
        self.events.push_back(event);
    }

    fn trace_transport(&mut self, name: &str, expedited: bool) {
        if self.config.trace {
            let flow = if expedited { " with expedited flow" } else { "" };
            self.trace(Trace::Transport(format!("{name}{flow}")));
        }
    }

    fn trace_part(&mut self, octets: &Bytes) {
        self.trace(Trace::Received(false, octets.clone()));
    }

    fn trace(&mut self, what: Trace) {
        if self.traces.len() >= self.config.limits.trace.max(1) {
            self.traces.pop_front();
        }
        self.traces.push_back(TraceRecord { at: self.now, what });
    }

    fn record(&mut self, event: Incoming, from: State, to: State, row: Option<(Set, u8)>) {
        if self.config.limits.history == 0 {
            return;
        }
        if self.history.len() >= self.config.limits.history {
            self.history.pop_front();
        }
        self.history.push_back(Kept::new(self.now, from, event, to, row));
    }

    fn mark(&self) -> Mark {
        Mark {
            state: self.state,
            v: self.v,
            negotiated: self.negotiated,
            tim: self.tim,
            connect_deadline: self.connect_deadline,
            answer_deadline: self.answer_deadline,
            transport_out: self.transport_out.len(),
            events: self.events.len(),
            traces: self.traces.len(),
            history: self.history.len(),
            calling: self.establishment.is_some(),
            had_session: self.had_session,
            started: self.started,
            sent: self.sent,
        }
    }

    fn back_to(&mut self, mark: Mark) {
        self.state = mark.state;
        self.v = mark.v;
        self.negotiated = mark.negotiated;
        self.tim = mark.tim;
        self.connect_deadline = mark.connect_deadline;
        self.answer_deadline = mark.answer_deadline;
        self.transport_out.truncate(mark.transport_out);
        self.events.truncate(mark.events);
        self.traces.truncate(mark.traces);
        self.history.truncate(mark.history);
        if !mark.calling {
            self.establishment = None;
        }
        self.had_session = mark.had_session;
        self.started = mark.started;
        self.sent = mark.sent;
    }
}
