//! The engine: both roles of one association.
use super::config::{Config, Options, Retry};
use super::message::{AssociationId, Flags, Header, Hello, Kind, code};
use super::record::Record;
use super::results::Results;
use super::table::{Answer, AnswerAction, AnswerEvent, Call, CallAction, CallEvent};
use super::turn::{Turn, TurnAction, TurnEvent};
use crate::error::{Error, Layer, Result};
use crate::time::Instant;
use crate::x225;
use crate::x225::parameter::{FunctionalUnits, Tokens};
use crate::x225::spm::Properties;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Why a request has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Its deadline passed.
    Deadline,
    /// It was cancelled.
    Cancelled,
    /// The peer had too much under way.
    Busy,
    /// The connection was lost, and the peer does not know any more what it was asked.
    PeerForgot,
    /// The peer's process ended while it carried the request out.
    Interrupted,
    /// The association was closed here.
    Closed,
    /// There is no connection, and no attempt is made for now.
    Unreachable,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The response.
    Response(Bytes),
    /// The peer answered with an error.
    Error {
        /// See [`super::code`].
        code: u16,
        /// What it says about it.
        data: Bytes,
    },
    /// It certainly was not carried out.
    NotDone(Why),
    /// Nobody knows whether it was carried out.
    Unknown(Why),
}

/// What the user is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An own request has its outcome: exactly one for each.
    Outcome {
        /// The request.
        id: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// The peer requests: to be answered with [`Engine::respond`] or [`Engine::fail`].
    Request {
        /// The request.
        id: u64,
        /// What is asked.
        data: Bytes,
    },
    /// The peer requests and wants no response.
    OneWay(Bytes),
    /// The peer does not wait for this request any more, or it took too long here. It may be answered nevertheless.
    Cancelled(u64),
    /// The peer did what it must not, or a limit was hit. The session is aborted; the association may go on with another one.
    Violation(Error),
}

/// What the engine has to know of a session connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Both sides may send at any time.
    pub duplex: bool,
    /// The data token is here; over duplex without meaning.
    pub token_here: bool,
    /// S-TYPED-DATA is there: a cancellation then need not wait for the token.
    pub typed_data: bool,
}

impl Link {
    /// Of a session that has been established.
    pub fn of(properties: &Properties) -> Link {
        Link {
            duplex: !properties.functional_units.contains(FunctionalUnits::HALF_DUPLEX),
            token_here: properties.owned_tokens.contains(Tokens::DATA),
            typed_data: properties.functional_units.contains(FunctionalUnits::TYPED_DATA),
        }
    }
}

#[derive(Clone, Debug)]
struct Open {
    state: Call,
    data: Bytes,
    options: Options,
}

/// What waits for the session.
#[derive(Clone, Debug)]
enum Out {
    Call(u64),
    Cancel(u64),
    Message(Bytes),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Call(u64),
    Answer(u64),
}

/// One association: own requests, the peer's, and what is remembered of them.
#[derive(Clone, Debug)]
pub struct Engine {
    config: Config,
    association: AssociationId,
    /// There was a connection.
    known: bool,
    link: Option<Link>,
    turn: Turn,
    /// Messages sent in this turn.
    said: u32,
    next: u64,
    calls: BTreeMap<u64, Open>,
    /// The highest own request, not idempotent, that the peer answered.
    answered: u64,
    unacknowledged: u32,
    results: Results,
    timers: BTreeSet<(Instant, Timer)>,
    out: VecDeque<Out>,
    controls: VecDeque<x225::Request>,
    events: VecDeque<Event>,
    journal: VecDeque<Record>,
}

impl Engine {
    /// A new association, not connected. The initiator draws `association` at random; the responder takes it from the
    /// [`Hello`] of its caller.
    ///
    /// # Errors
    /// `Invalid`: a limit is zero that must not be.
    pub fn new(config: Config, association: AssociationId) -> Result<Engine> {
        config.check()?;
        Ok(Engine {
            config,
            association,
            known: false,
            link: None,
            turn: Turn::Nobody,
            said: 0,
            next: 1,
            calls: BTreeMap::new(),
            answered: 0,
            unacknowledged: 0,
            results: Results::default(),
            timers: BTreeSet::new(),
            out: VecDeque::new(),
            controls: VecDeque::new(),
            events: VecDeque::new(),
            journal: VecDeque::new(),
        })
    }

    /// An association as it stands in a journal: the records of [`Engine::snapshot`], then those of [`Engine::poll_journal`], in their
    /// order. Open requests are there again, without deadlines.
    ///
    /// # Errors
    /// `Invalid`: a record cannot be read, or a limit is zero that must not be.
    pub fn restore(
        config: Config,
        association: AssociationId,
        records: impl IntoIterator<Item = Bytes>,
    ) -> Result<Engine> {
        let mut engine = Engine::new(config, association)?;
        for octets in records {
            let record = Record::decode(&octets)?;
            engine.results.replay(&record);
            match record {
                Record::Attached => engine.known = true,
                Record::Asked { id, retry, data } => {
                    engine.next = engine.next.max(id + 1);
                    let options = Options { deadline: None, retry };
                    engine.calls.insert(id, Open { state: Call::Queued, data, options });
                }
                Record::Settled(id) => drop(engine.calls.remove(&id)),
                Record::Next(id) => engine.next = engine.next.max(id),
                Record::Began(_) | Record::Finished { .. } | Record::Floor(_) => {}
            }
        }
        engine.results.replayed();
        if engine.known {
            // Whether they were sent is not in the journal: they may have been.
            engine.calls.values_mut().for_each(|call| call.state = Call::Unsure);
        }
        Ok(engine)
    }

    /// The association.
    pub fn association(&self) -> AssociationId {
        self.association
    }

    /// Own requests without outcome, lowest first.
    pub fn open(&self) -> impl Iterator<Item = u64> {
        self.calls.keys().copied()
    }

    /// Nothing is under way, in either direction, and nothing waits to be taken: the session may be closed for now.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
            && self.results.executing() == 0
            && self.out.is_empty()
            && self.events.is_empty()
            && self.controls.is_empty()
    }

    /// There is a connection.
    pub fn is_attached(&self) -> bool {
        self.link.is_some()
    }

    /// What to say in the SS-user data of the S-CONNECT request (`question`) or response.
    pub fn hello(&self, question: bool) -> Bytes {
        let (low, seen) = (self.low(), self.results.seen());
        Hello { association: self.association, resumed: self.known, low, seen }.encode(question)
    }

    /// A session of this association is established; the peer's SS-user data began with `hello`. One that was attached before is
    /// forgotten. A responder makes its own hello first.
    ///
    /// # Errors
    /// `Peer`: it speaks of another association. The session is of no use then.
    pub fn attach(&mut self, link: Link, hello: &Hello, now: Instant) -> Result<()> {
        if hello.association != self.association {
            return Err(Error::peer(Layer::Session, "the peer speaks of another association")
                .with_parameter("association")
                .with_octets(&hello.association)
                .with_clause("docs/rpc.md 3"));
        }
        self.detach(now);
        self.controls.clear();
        if !self.known {
            self.known = true;
            self.record(Record::Attached);
        }
        self.link = Some(link);
        self.said = 0;
        self.turn = match (link.duplex, link.token_here) {
            (true, _) => Turn::Both,
            (false, true) => Turn::Here,
            (false, false) => Turn::There,
        };
        self.settled_by_peer(hello.low);
        // A peer that has not seen what it has answered stands on an older state than its own.
        let remembers = hello.resumed && hello.seen >= self.answered;
        if !remembers {
            self.answered = 0;
        }
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.call(id, CallEvent::Attached { remembers });
            if self.calls.get(&id).is_some_and(|call| call.state == Call::Queued) {
                self.out.push_back(Out::Call(id));
            }
        }
        Ok(())
    }

    /// The session is gone, however it went.
    pub fn detach(&mut self, _now: Instant) {
        if self.link.take().is_none() {
            return;
        }
        self.turn = Turn::Nobody;
        self.out.clear();
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.call(id, CallEvent::Lost);
        }
    }

    /// Asks the peer. Sent as soon as there is a connection and the turn is here; the outcome is an event.
    ///
    /// # Errors
    /// `Invalid`: the data is too long. `TimedOut`: the deadline has passed. `LimitHit`: too many requests are open.
    pub fn request(&mut self, data: Bytes, options: Options, now: Instant) -> Result<u64> {
        self.check_length(&data)?;
        if options.deadline.is_some_and(|deadline| deadline <= now) {
            return Err(Error::new(crate::ErrorKind::TimedOut, Layer::Api, "the deadline has passed"));
        }
        if self.calls.len() >= self.config.max_open {
            return Err(Error::limit(Layer::Api, "too many requests are open").with_expected(
                format!("at most {} (max_open)", self.config.max_open),
                "one more".to_owned(),
            ));
        }
        let id = self.next;
        self.next += 1;
        if let Some(deadline) = options.deadline {
            self.timers.insert((deadline, Timer::Call(id)));
        }
        self.record(Record::Asked { id, retry: options.retry, data: data.clone() });
        self.calls.insert(id, Open { state: Call::Queued, data, options });
        if self.link.is_some() {
            self.out.push_back(Out::Call(id));
        }
        Ok(id)
    }

    /// Asks the peer for something without response: at most once, and if this connection is lost perhaps not at all.
    ///
    /// # Errors
    /// `Invalid`: the data is too long. `Refused`: there is no connection. `LimitHit`: too much waits for the session.
    pub fn one_way(&mut self, data: &[u8], _now: Instant) -> Result<()> {
        self.check_length(data)?;
        if self.link.is_none() {
            return Err(Error::refused("there is no connection"));
        }
        if self.out.len() >= self.config.max_queued {
            return Err(Error::limit(Layer::Api, "too much waits for the session")
                .with_expected(format!("at most {} (max_queued)", self.config.max_queued), "one more"));
        }
        let id = self.next;
        self.next += 1;
        let header = Header { kind: Kind::OneWay, flags: Flags::empty(), code: 0, id };
        self.out.push_back(Out::Message(header.encode(data)));
        Ok(())
    }

    /// Sets another deadline, for instance after [`Engine::restore`].
    ///
    /// # Errors
    /// `Refused`: the request has its outcome.
    pub fn set_deadline(&mut self, id: u64, deadline: Option<Instant>) -> Result<()> {
        let call = self.calls.get_mut(&id).ok_or_else(not_open)?;
        if let Some(old) = core::mem::replace(&mut call.options.deadline, deadline) {
            self.timers.remove(&(old, Timer::Call(id)));
        }
        if let Some(deadline) = deadline {
            self.timers.insert((deadline, Timer::Call(id)));
        }
        Ok(())
    }

    /// Stops an own request as far as that is possible. It still gets its outcome: one that was not sent is not done; otherwise
    /// what the peer says, or that nobody knows.
    ///
    /// # Errors
    /// `Refused`: the request has its outcome.
    pub fn cancel(&mut self, id: u64, _now: Instant) -> Result<()> {
        if !self.calls.contains_key(&id) {
            return Err(not_open());
        }
        self.call(id, CallEvent::Cancel);
        Ok(())
    }

    /// Answers a request of the peer.
    ///
    /// # Errors
    /// `Invalid`: the data is too long. `Refused`: the request was answered, or never asked.
    pub fn respond(&mut self, id: u64, data: Bytes, _now: Instant) -> Result<()> {
        self.finish(id, 0, data)
    }

    /// Answers a request of the peer with an error: [`super::code::CANCELLED`], [`super::code::UNANSWERED`], or a code of the application's own.
    ///
    /// # Errors
    /// As of [`Engine::respond`]; `Invalid`: the code is neither.
    pub fn fail(&mut self, id: u64, error: u16, data: Bytes, _now: Instant) -> Result<()> {
        if error < code::APPLICATION && !matches!(error, code::CANCELLED | code::UNANSWERED) {
            return Err(Error::invalid("this code is the library's own")
                .with_parameter("code")
                .with_expected("4, 6, or 256 and above", error.to_string()));
        }
        self.finish(id, error, data)
    }

    /// Ends the association: every own request gets its outcome, and nothing is remembered of it.
    pub fn close(&mut self, now: Instant) {
        self.detach(now);
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            let outcome = match self.calls.get(&id).map(|call| call.state) {
                Some(Call::Queued) => Outcome::NotDone(Why::Closed),
                Some(Call::Sent | Call::Cancelling | Call::Unsure | Call::Again) | None => {
                    Outcome::Unknown(Why::Closed)
                }
            };
            self.settle(id, outcome);
        }
    }

    /// There is no connection, and none is tried for now: every own request gets its outcome. The association goes on with the next
    /// connection. Does nothing while there is one.
    pub fn give_up(&mut self, _now: Instant) {
        if self.link.is_none() {
            for id in self.calls.keys().copied().collect::<Vec<_>>() {
                self.call(id, CallEvent::GivenUp);
            }
        }
    }

    /// The session may be released as far as tokens go: there is no data token, or it is here (X.215 Table 3). See [`Engine::please`].
    pub fn may_release(&self) -> bool {
        matches!(self.turn, Turn::Both | Turn::Here | Turn::Wanted)
    }

    /// Asks for the data token although there is nothing to say, such as for a release.
    pub fn please(&mut self, _now: Instant) {
        if self.turn == Turn::There {
            self.turn = Turn::Asked;
            self.controls.push_back(x225::Request::TokenPlease(Tokens::DATA, Bytes::new()));
        }
    }

    /// The session tells something. What is not of this engine's is given back: the end of the session, which it has seen, and
    /// primitives that it does not use, such as a release.
    pub fn session(&mut self, event: x225::Event, now: Instant) -> Option<x225::Event> {
        use x225::Event as On;
        match event {
            On::UAbortIndication(_)
            | On::PAbortIndication(..)
            | On::ReleaseConfirm(_)
            | On::ConnectConfirmNegative(_) => {
                self.detach(now);
                return Some(event);
            }
            _ if self.link.is_none() => return Some(event),
            On::DataIndication(message) => self.message(&message, false, now),
            On::TypedDataIndication(message) => self.message(&message, true, now),
            On::TokenGiveIndication(tokens, _) if tokens.contains(Tokens::DATA) => {
                self.turn(TurnEvent::Given)
            }
            On::ControlGiveIndication(_) if self.turn != Turn::Both => self.turn(TurnEvent::Given),
            On::TokenPleaseIndication(tokens, _) if tokens.contains(Tokens::DATA) => {
                self.turn(TurnEvent::Please);
            }
            other => return Some(other),
        }
        None
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, timer)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.remove(&(at, timer));
            match timer {
                Timer::Call(id) => self.call(id, CallEvent::Deadline),
                Timer::Answer(id) => self.answer(id, AnswerEvent::Overdue, false),
            }
        }
    }

    /// When to call [`Engine::handle_timeout`].
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// The next record. All records are to be stored before anything else is taken: until they are, [`Engine::poll_session`]
    /// and [`Engine::poll_event`] give nothing. Always `None` without [`Config::journal`].
    pub fn poll_journal(&mut self) -> Option<Record> {
        self.journal.pop_front()
    }

    /// Records from which the association can be made again as it stands, in place of all earlier ones.
    pub fn snapshot(&self) -> Vec<Record> {
        let mut records = Vec::new();
        if self.known {
            records.push(Record::Attached);
        }
        records.push(Record::Next(self.next));
        for (id, call) in &self.calls {
            records.push(Record::Asked { id: *id, retry: call.options.retry, data: call.data.clone() });
        }
        self.results.records(&mut records);
        records
    }

    /// The next primitive for the session. What it does not take now is to be offered to it again, first.
    pub fn poll_session(&mut self) -> Option<x225::Request> {
        if !self.journal.is_empty() {
            return None;
        }
        if let Some(control) = self.controls.pop_front() {
            return Some(control);
        }
        let link = self.link?;
        let ready = self.has_something_to_say();
        let enough = self.turn == Turn::Wanted && self.said >= self.config.turn_messages;
        let event = match (ready && !enough, self.said > 0) {
            (true, _) => TurnEvent::Ready,
            (false, true) if !enough => TurnEvent::Said,
            (false, _) => TurnEvent::Enough,
        };
        if !matches!(self.turn, Turn::Both | Turn::Here | Turn::Wanted)
            && link.typed_data
            && let Some(at) = self.out.iter().position(|out| matches!(out, Out::Cancel(_)))
            && let Some(Out::Cancel(id)) = self.out.remove(at)
        {
            return Some(x225::Request::TypedData(withdrawal(id)));
        }
        match self.turn.on(event) {
            TurnAction::Become(turn) => {
                self.turn = turn;
                self.said = 0;
                None
            }
            TurnAction::Speak => {
                self.said = self.said.saturating_add(1);
                self.next_message().map(x225::Request::Data)
            }
            TurnAction::Ask => {
                self.turn = Turn::Asked;
                Some(x225::Request::TokenPlease(Tokens::DATA, Bytes::new()))
            }
            TurnAction::Give => {
                self.turn = Turn::There;
                self.said = 0;
                Some(x225::Request::TokenGive(Tokens::DATA, Bytes::new()))
            }
            TurnAction::Impossible => None,
        }
    }

    /// The next thing to tell the user.
    pub fn poll_event(&mut self) -> Option<Event> {
        if self.journal.is_empty() { self.events.pop_front() } else { None }
    }
}

fn not_open() -> Error {
    Error::refused("there is no such open request")
}

fn withdrawal(id: u64) -> Bytes {
    Header { kind: Kind::Cancel, flags: Flags::empty(), code: 0, id }.encode(&[])
}

/// What the tables say.
impl Engine {
    fn record(&mut self, record: Record) {
        if self.config.journal {
            self.journal.push_back(record);
        }
    }

    /// The lowest own request without outcome, or the next one.
    fn low(&self) -> u64 {
        self.calls.first_key_value().map_or(self.next, |(id, _)| *id)
    }

    fn check_length(&self, data: &[u8]) -> Result<()> {
        if data.len() <= self.config.max_message {
            return Ok(());
        }
        Err(Error::invalid("the data is too long").with_expected(
            format!("at most {} octets (max_message)", self.config.max_message),
            data.len().to_string(),
        ))
    }

    fn call(&mut self, id: u64, event: CallEvent) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match call.state.on(event, call.options.retry) {
            CallAction::Become(state) => call.state = state,
            // The two that come with more than the event say are done where they are known.
            CallAction::Send | CallAction::Answered => call.state = Call::Sent,
            CallAction::Repeat => {
                call.state = Call::Again;
                self.out.push_back(Out::Call(id));
            }
            CallAction::Withdraw => {
                call.state = Call::Cancelling;
                self.out.push_back(Out::Cancel(id));
            }
            CallAction::NotDone(why) => self.settle(id, Outcome::NotDone(why)),
            CallAction::Unknown(why) => self.settle(id, Outcome::Unknown(why)),
            CallAction::UnknownWithdraw(why) => {
                if self.config.cancel_at_deadline {
                    self.out.push_back(Out::Cancel(id));
                }
                self.settle(id, Outcome::Unknown(why));
            }
            CallAction::Violation => {
                self.violation(
                    Error::peer(Layer::Session, "the peer answers a request before it was sent")
                        .with_pdu("RPC")
                        .with_parameter("identifier")
                        .with_clause("docs/rpc.md 4"),
                );
            }
            CallAction::Impossible => debug_assert!(false, "{event:?} in {:?}", call.state),
        }
    }

    fn settle(&mut self, id: u64, outcome: Outcome) {
        let Some(call) = self.calls.remove(&id) else { return };
        if let Some(deadline) = call.options.deadline {
            self.timers.remove(&(deadline, Timer::Call(id)));
        }
        self.unacknowledged = self.unacknowledged.saturating_add(1);
        self.record(Record::Settled(id));
        self.events.push_back(Event::Outcome { id, outcome });
    }

    fn turn(&mut self, event: TurnEvent) {
        match self.turn.on(event) {
            TurnAction::Become(turn) => {
                if turn == Turn::Here {
                    self.said = 0;
                }
                self.turn = turn;
            }
            TurnAction::Impossible => self.violation(
                Error::peer(Layer::Session, "the peer gives or wants a token that it cannot give or want")
                    .with_clause("docs/rpc.md 5"),
            ),
            TurnAction::Speak | TurnAction::Ask | TurnAction::Give => {}
        }
    }

    /// Something is to be sent, apart from requests that were settled meanwhile.
    fn has_something_to_say(&mut self) -> bool {
        while let Some(Out::Call(id)) = self.out.front() {
            match self.calls.get(id).map(|call| call.state) {
                Some(Call::Queued | Call::Again) => return true,
                Some(Call::Sent | Call::Cancelling | Call::Unsure) | None => drop(self.out.pop_front()),
            }
        }
        !self.out.is_empty()
    }

    fn next_message(&mut self) -> Option<Bytes> {
        let id = match self.out.pop_front()? {
            Out::Message(message) => return Some(message),
            Out::Cancel(id) => return Some(withdrawal(id)),
            Out::Call(id) => id,
        };
        let call = self.calls.get(&id)?;
        let mut flags = Flags::empty();
        flags.set(Flags::REPEATED, call.state == Call::Again);
        flags.set(Flags::IDEMPOTENT, call.options.retry == Retry::Idempotent);
        let message = Header { kind: Kind::Request, flags, code: 0, id }.encode(&call.data);
        self.call(id, CallEvent::Left);
        if self.unacknowledged >= self.config.acknowledge_every {
            self.unacknowledged = 0;
            let header = Header { kind: Kind::Acknowledge, flags: Flags::empty(), code: 0, id: self.low() };
            self.out.push_front(Out::Message(header.encode(&[])));
        }
        Some(message)
    }

    /// The session cannot go on.
    fn violation(&mut self, error: Error) {
        let was = self.link.is_some();
        self.detach(Instant::ZERO);
        if was {
            self.controls.clear();
            self.controls.push_back(x225::Request::UAbort(Bytes::new()));
            self.events.push_back(Event::Violation(error));
        }
    }

    fn say(&mut self, message: Bytes) {
        if self.out.len() >= self.config.max_queued {
            return self.violation(
                Error::limit(Layer::Session, "the peer asks and does not take the answers")
                    .with_expected(format!("at most {} (max_queued)", self.config.max_queued), "one more"),
            );
        }
        self.out.push_back(Out::Message(message));
    }

    fn message(&mut self, message: &Bytes, typed: bool, now: Instant) {
        let (header, data) = match Header::decode(message) {
            Ok(decoded) => decoded,
            Err(error) => return self.violation(error.with_octets(message)),
        };
        if data.len() > self.config.max_message {
            return self.violation(
                Error::limit(Layer::Session, "a message of the peer is too long")
                    .with_pdu("RPC")
                    .with_expected(
                        format!("at most {} octets (max_message)", self.config.max_message),
                        data.len().to_string(),
                    ),
            );
        }
        if typed && header.kind != Kind::Cancel {
            return self.violation(
                Error::peer(Layer::Session, "only a cancellation comes as typed data")
                    .with_pdu("RPC")
                    .with_parameter("kind")
                    .with_clause("docs/rpc.md 5"),
            );
        }
        let id = header.id;
        match header.kind {
            Kind::Request => self.requested(id, header.flags.contains(Flags::IDEMPOTENT), data, now),
            Kind::OneWay => self.events.push_back(Event::OneWay(data)),
            Kind::Cancel => self.answer(id, AnswerEvent::Cancel, false),
            Kind::Acknowledge => self.settled_by_peer(id),
            Kind::Response => self.answered(id, Outcome::Response(data)),
            Kind::Error => self.answered(
                id,
                match header.code {
                    code::BUSY => Outcome::NotDone(Why::Busy),
                    code::FORGOTTEN => Outcome::Unknown(Why::PeerForgot),
                    code::INTERRUPTED => Outcome::Unknown(Why::Interrupted),
                    code => Outcome::Error { code, data },
                },
            ),
        }
    }

    /// The peer answers.
    fn answered(&mut self, id: u64, outcome: Outcome) {
        if id >= self.next {
            return self.violation(
                Error::peer(Layer::Session, "the peer answers what it was never asked")
                    .with_pdu("RPC")
                    .with_parameter("identifier")
                    .with_expected(format!("below {}", self.next), id.to_string())
                    .with_clause("docs/rpc.md 4"),
            );
        }
        // Late: the request has its outcome.
        let Some(call) = self.calls.get(&id) else { return };
        match call.state.on(CallEvent::Answer, call.options.retry) {
            CallAction::Answered => {
                if call.options.retry == Retry::AtMostOnce && !matches!(outcome, Outcome::NotDone(_)) {
                    self.answered = self.answered.max(id);
                }
                self.settle(id, outcome);
            }
            _ => self.call(id, CallEvent::Answer),
        }
    }

    fn requested(&mut self, id: u64, idempotent: bool, data: Bytes, now: Instant) {
        let state = self.results.state(id, idempotent);
        match state.on(AnswerEvent::Request) {
            AnswerAction::Begin if self.results.executing() >= self.config.max_executing => {
                self.say_answer(id, code::BUSY, &[]);
            }
            AnswerAction::Begin => {
                let due = self.config.answer_within.map(|within| now + within);
                if let Some(due) = due {
                    self.timers.insert((due, Timer::Answer(id)));
                }
                self.results.begin(id, idempotent, due);
                if !idempotent {
                    self.record(Record::Began(id));
                }
                self.events.push_back(Event::Request { id, data });
            }
            _ => self.answer(id, AnswerEvent::Request, idempotent),
        }
    }

    fn say_answer(&mut self, id: u64, code: u16, data: &[u8]) {
        let kind = if code == 0 { Kind::Response } else { Kind::Error };
        if self.link.is_some() {
            self.say(Header { kind, flags: Flags::empty(), code, id }.encode(data));
        }
    }

    fn stop_timer(&mut self, id: u64) {
        if let Some(due) = self.results.due(id) {
            self.timers.remove(&(due, Timer::Answer(id)));
        }
    }

    /// Something happens to a request of the peer that needs nothing but the table.
    fn answer(&mut self, id: u64, event: AnswerEvent, idempotent: bool) {
        match self.results.state(id, idempotent).on(event) {
            AnswerAction::Nothing => {}
            AnswerAction::Resend => {
                if let Some((code, data)) = self.results.kept(id) {
                    self.say_answer(id, code, &data);
                }
            }
            AnswerAction::Refuse(code) => self.say_answer(id, code, &[]),
            AnswerAction::TellCancelled => self.events.push_back(Event::Cancelled(id)),
            AnswerAction::Abandon => {
                self.results.abandon(id);
                self.events.push_back(Event::Cancelled(id));
            }
            AnswerAction::StoreOverdue => {
                self.store(id, code::OVERDUE, Bytes::new());
                self.events.push_back(Event::Cancelled(id));
            }
            AnswerAction::Drop => {
                self.stop_timer(id);
                self.results.drop(id);
            }
            AnswerAction::Begin | AnswerAction::Store | AnswerAction::Refused | AnswerAction::Impossible => {
                debug_assert!(false, "{event:?}");
            }
        }
    }

    fn store(&mut self, id: u64, code: u16, data: Bytes) {
        self.stop_timer(id);
        if self.results.is_idempotent(id) {
            self.results.drop(id);
        } else {
            self.record(Record::Finished { id, code, data: data.clone() });
            if let Some(floor) = self.results.store(id, code, data.clone(), &self.config) {
                self.record(Record::Floor(floor));
            }
        }
        self.say_answer(id, code, &data);
    }

    fn finish(&mut self, id: u64, code: u16, data: Bytes) -> Result<()> {
        self.check_length(&data)?;
        let state: Answer = self.results.state(id, false);
        match state.on(AnswerEvent::Finish) {
            AnswerAction::Store => self.store(id, code, data),
            AnswerAction::Drop => {
                self.stop_timer(id);
                self.results.drop(id);
            }
            _ => return Err(Error::refused("the request was answered, or never asked")),
        }
        Ok(())
    }

    /// The peer needs nothing below this one any more.
    fn settled_by_peer(&mut self, low: u64) {
        for id in self.results.below(low) {
            self.answer(id, AnswerEvent::Settled, false);
        }
        if let Some(floor) = self.results.raise(low) {
            self.record(Record::Floor(floor));
        }
    }
}
