//! The connection: made, lost, recovered, released; the turn.
use super::config::{Form, UNITS};
use super::engine::{Closing, Engine, Event, Outcome, Role, TURN, Why};
use super::pdu::{AbortReason, Opening, Reference, RefuseReason, decode_priority, encode_priority};
use super::record::Record;
use super::table::{Received, ReceiverState, Sent, Stage};
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::time::{Duration, Instant};
use crate::x225::parameter::{TokenAssignment, TokenSide, Tokens, refuse_reason};
use crate::x225::primitive::{
    ConnectConfirm, ConnectIndication, ConnectReject, ConnectRejection, ConnectRequest, ConnectResponse,
};
use crate::x225::{self, Request};
use bytes::Bytes;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// There is none, and nothing is done about it here.
    Down,
    /// The next attempt waits for its time.
    Waiting,
    /// S-CONNECT is requested.
    Opening,
    /// It is there.
    Up,
    /// S-RELEASE is requested.
    Releasing,
    /// The association is over.
    Closed,
}

impl Engine {
    /// Makes the connection (initiator), and keeps it until `rest` or `close`.
    pub fn open(&mut self, now: Instant) {
        if self.closing == Closing::Rest {
            self.closing = Closing::No;
        }
        self.wake(now);
    }

    /// Lets the connection go although the association does not end: an APDU under way is interrupted as soon as something of it is
    /// confirmed. `open` or `send` takes it up again, and a responder waits to be called.
    pub fn rest(&mut self, now: Instant) {
        if self.closing == Closing::No {
            self.closing = Closing::Rest;
        }
        self.work(now);
    }

    /// Ends the association when all APDUs have their outcome.
    pub fn close(&mut self, now: Instant) {
        self.closing = Closing::Final;
        self.wake(now);
        self.work(now);
    }

    /// Ends it now, whatever is under way.
    pub fn abort(&mut self, now: Instant) {
        if self.is_closed() {
            return;
        }
        let connected = self.link != LinkState::Down && self.link != LinkState::Waiting;
        self.give_up(Some(Error::refused("the association was aborted here")), now);
        if connected {
            self.out.push_back(Request::UAbort(self.config.form.abort(AbortReason::PermanentProblem)));
        }
    }

    pub(super) fn wake(&mut self, now: Instant) {
        if self.link == LinkState::Down && matches!(self.role, Role::Initiator { .. }) {
            if self.closing == Closing::Final && self.store.outbound.is_empty() {
                return self.give_up(None, now);
            }
            self.connect(now);
        } else if self.link == LinkState::Down
            && self.closing == Closing::Final
            && self.store.outbound.is_empty()
        {
            self.give_up(None, now);
        }
    }

    pub(super) fn connect(&mut self, now: Instant) {
        let Role::Initiator { calling, common } = &self.role else { return };
        self.number = self.number.saturating_add(1);
        self.connection = Reference {
            calling: [&calling[..], format!(".{}", self.number).as_bytes()].concat().into(),
            common: common.clone(),
            additional: Bytes::new(),
        };
        let recover = self.store.last_connection().cloned();
        self.recovering = recover.is_some();
        // The turn begins where an interrupted transfer goes on (X.228 7.8.3).
        let peers = self.store.inbound.iter().any(|apdu| !apdu.complete);
        let own = !self.store.outbound.is_empty();
        let responder = if self.recovering && own != peers { peers } else { self.config.responder_first };
        let side = if responder { TokenSide::Acceptor } else { TokenSide::Requestor };
        let user_data = match &self.config.form {
            Form::Rtse { user_data } => Opening {
                checkpoint_size: self.config.checkpoint_size,
                window_size: self.config.window_size,
                two_way: self.config.two_way,
                user_data: user_data.clone(),
                recover,
            }
            .encode_request(),
            Form::Plain(plain) if self.recovering => plain.recover.clone(),
            Form::Plain(plain) => plain.open.clone(),
        };
        self.link = LinkState::Opening;
        self.retry_at = None;
        self.answer_due = Some(now + self.config.answer_within);
        self.give_up_at.get_or_insert(now + self.config.recovery_time);
        self.out.push_back(Request::Connect(Box::new(ConnectRequest {
            connection_identifier: self.connection.identifier(),
            functional_units: UNITS,
            tokens: TokenAssignment::all(side),
            user_data,
            ..ConnectRequest::default()
        })));
    }

    /// An initiator calls (S-CONNECT indication): what it wants is in `opening`, which the owner reads with [`Opening::read`], or in the
    /// plain form knows otherwise. A connection that was thought to be alive is superseded: its session is to be dropped. The
    /// answer follows from [`Engine::poll_session`].
    ///
    /// # Errors
    /// `Peer`: it wants to recover another association, or cannot be served; it is refused. `Refused`: this side calls, or is closed.
    pub fn called(&mut self, indication: &ConnectIndication, opening: &Opening, now: Instant) -> Result<()> {
        if self.role != Role::Responder || self.is_closed() {
            return Err(Error::refused("only a responder that is not closed is called"));
        }
        let unknown = opening.recover.as_ref().is_some_and(|reference| !self.knows(reference));
        let unfit = !indication.functional_units.contains(UNITS);
        if unknown || unfit {
            let reason =
                if unknown { RefuseReason::CannotRecover } else { RefuseReason::UnacceptableDialogueMode };
            let user_data = match &self.config.form {
                Form::Rtse { .. } => reason.encode(),
                Form::Plain(plain) => plain.refuse.clone(),
            };
            let text = if unknown { "the association is not known" } else { "functional units are missing" };
            // An engine with a connection goes on with it.
            if self.link != LinkState::Up && self.link != LinkState::Releasing {
                self.out.push_back(Request::ConnectResponseNegative(Box::new(ConnectReject {
                    reason: refuse_reason::USER_DATA,
                    functional_units: Some(UNITS),
                    user_data,
                    ..ConnectReject::default()
                })));
            }
            return Err(Error::peer(Layer::Session, text).with_pdu("RTORQ").with_clause("X.228 7.8.3"));
        }
        if self.link == LinkState::Up || self.link == LinkState::Releasing {
            self.disconnected(Sent::Lost, now);
        }
        self.recovering = opening.recover.is_some();
        if !self.recovering {
            self.forget(now);
        }
        self.two_way = opening.two_way;
        self.agree(opening.checkpoint_size, opening.window_size);
        let user_data = match &self.config.form {
            Form::Rtse { user_data } => Opening {
                checkpoint_size: (self.segment / 1_024) as u32,
                window_size: self.window as u32,
                two_way: self.two_way,
                recover: None,
                user_data: user_data.clone(),
            }
            .encode_response(),
            Form::Plain(plain) => plain.accept.clone(),
        };
        self.connection = Reference::of_connection(&indication.connection_identifier);
        self.number = self.number.saturating_add(1);
        self.owned = Tokens::empty();
        // A choice that is left to us leaves the turn with the caller.
        let tokens = TokenAssignment::all(TokenSide::Requestor);
        if indication.tokens.side(Tokens::DATA) == TokenSide::Acceptor {
            self.owned = TURN;
        }
        self.out.push_back(Request::ConnectResponse(Box::new(ConnectResponse {
            connection_identifier: indication.connection_identifier.clone(),
            functional_units: UNITS,
            tokens,
            user_data,
            ..ConnectResponse::default()
        })));
        let said = match &self.config.form {
            Form::Rtse { .. } => opening.user_data.clone(),
            Form::Plain(_) => indication.user_data.clone(),
        };
        self.up(said, now);
        Ok(())
    }

    /// The smaller of both sides' (X.228 7.1.5): 0 as a checkpoint size is none, from whomever it comes.
    fn agree(&mut self, checkpoint_size: u32, window_size: u32) {
        let size = match self.config.form {
            Form::Rtse { .. } => self.config.checkpoint_size.min(checkpoint_size),
            Form::Plain(_) => self.config.checkpoint_size,
        };
        self.segment = (size as usize).saturating_mul(1_024);
        self.window = match self.config.form {
            Form::Rtse { .. } => self.config.window_size.min(window_size).max(1) as usize,
            Form::Plain(_) => self.config.window_size as usize,
        };
    }

    fn up(&mut self, user_data: Bytes, now: Instant) {
        self.note(Record::Connected { number: self.number, reference: self.connection.clone() });
        self.link = LinkState::Up;
        (self.give_up_at, self.retry_at, self.answer_due) = (None, None, None);
        (self.wish, self.asked, self.given) = (None, None, false);
        self.tell(Event::Opened { recovered: self.recovering, user_data });
        self.tell(Event::Turn(self.has_turn()));
        self.work(now);
    }

    /// S-CONNECT confirm.
    pub(super) fn confirmed(&mut self, confirm: ConnectConfirm, now: Instant) {
        if self.link != LinkState::Opening {
            return;
        }
        let unfit = !confirm.functional_units.contains(UNITS);
        let answer = match self.config.form {
            Form::Rtse { .. } if !unfit => Opening::decode_response(&confirm.user_data),
            _ => Ok(Opening {
                checkpoint_size: self.config.checkpoint_size,
                window_size: self.config.window_size,
                two_way: self.config.two_way,
                recover: None,
                user_data: confirm.user_data,
            }),
        };
        let answer = match answer {
            Ok(_) if unfit => Err(Error::peer(Layer::Session, "functional units are missing")
                .with_expected(format!("{UNITS:?}"), format!("{:?}", confirm.functional_units))),
            other => other,
        };
        match answer {
            Ok(answer) => {
                self.two_way = self.config.two_way;
                self.agree(answer.checkpoint_size, answer.window_size);
                let here = confirm.tokens.side(Tokens::DATA) != TokenSide::Acceptor;
                self.owned = if here { TURN } else { Tokens::empty() };
                self.up(answer.user_data, now);
            }
            Err(error) => {
                // It would answer the same the next time.
                self.give_up(Some(error), now);
                self.out.push_back(Request::UAbort(self.config.form.abort(AbortReason::ProtocolError)));
            }
        }
    }

    /// S-CONNECT confirm, negative.
    pub(super) fn rejected(&mut self, rejection: &ConnectRejection, now: Instant) {
        if self.link != LinkState::Opening {
            return;
        }
        let error = rejection.error.clone().unwrap_or_else(|| {
            let text = refuse_reason::text(rejection.reason);
            Error::new(ErrorKind::Refused, Layer::Session, text).with_reason(rejection.reason.into())
        });
        let said = match self.config.form {
            Form::Rtse { .. } => RefuseReason::decode(&rejection.user_data),
            Form::Plain(_) => None,
        };
        let by_user = rejection.reason == refuse_reason::USER_DATA;
        match said {
            Some(RefuseReason::ValidationFailure | RefuseReason::UnacceptableDialogueMode) => {
                self.give_up(Some(error), now);
            }
            Some(RefuseReason::Busy) => self.failed(error, true, now),
            // What cannot be read, in the answer to a recovery, is an upper layer's way to say that it does not recover.
            Some(RefuseReason::CannotRecover) | None if self.recovering && by_user => {
                self.forget(now);
                self.connect(now);
            }
            Some(RefuseReason::CannotRecover) | None => {
                let busy = [refuse_reason::USER_CONGESTION, refuse_reason::CONGESTION];
                self.failed(error, busy.contains(&rejection.reason), now);
            }
        }
    }

    /// The peer does not know the association any more: what was under way begins anew.
    fn forget(&mut self, now: Instant) {
        self.sender(Sent::Unrecognized, now);
        if self.store.last_connection().is_some() || !self.store.inbound.is_empty() {
            self.note(Record::Forgotten);
        }
    }

    /// There is no connection from now on: what that means to both directions.
    fn disconnected(&mut self, sent: Sent, now: Instant) {
        self.link = LinkState::Down;
        self.out.clear();
        (self.answer_due, self.wish, self.asked, self.given) = (None, None, None, false);
        self.owned = Tokens::empty();
        self.receive(Received::Lost, now);
        self.sender(sent, now);
    }

    /// Aborts the connection because of what happened on it.
    pub(super) fn break_off(&mut self, reason: AbortReason, error: Error, now: Instant) {
        if matches!(self.link, LinkState::Down | LinkState::Waiting | LinkState::Closed) {
            return;
        }
        let sent = if reason == AbortReason::UnrecognizedActivity { Sent::Unrecognized } else { Sent::Lost };
        let releasing = self.link == LinkState::Releasing;
        self.disconnected(sent, now);
        self.again(error, false, releasing, now);
        self.out.push_front(Request::UAbort(self.config.form.abort(reason)));
    }

    /// An attempt, or the connection, is gone.
    fn failed(&mut self, error: Error, busy: bool, now: Instant) {
        self.disconnected(Sent::Lost, now);
        self.again(error, busy, false, now);
    }

    /// After a loss: try again, wait to be called, or that was the end.
    fn again(&mut self, error: Error, busy: bool, releasing: bool, now: Instant) {
        if self.is_closed() {
            return;
        }
        if self.closing == Closing::Final && self.store.outbound.is_empty() {
            // Released, not confirmed: nothing hung on it.
            return self.give_up(None, now);
        }
        self.give_up_at.get_or_insert(now + self.config.recovery_time);
        if self.role == Role::Responder {
            return self.tell(Event::Down { error: Some(error), next: None });
        }
        if self.closing == Closing::Rest && (releasing || self.stage != Stage::Open) {
            return self.tell(Event::Down { error: Some(error), next: None });
        }
        let mut wait = match self.failures {
            0 => Duration::ZERO,
            failures => self.delay(failures - 1),
        };
        if busy {
            wait = wait.max(self.config.retries.busy_delay);
        }
        self.failures = self.failures.saturating_add(1);
        self.link = LinkState::Waiting;
        let next = now + wait;
        self.retry_at = Some(next);
        self.tell(Event::Down { error: Some(error), next: Some(next) });
    }

    /// The association is over: what has no outcome has one now.
    pub(super) fn give_up(&mut self, error: Option<Error>, now: Instant) {
        if self.is_closed() {
            return;
        }
        if self.link != LinkState::Down {
            self.disconnected(Sent::Lost, now);
        }
        self.out.clear();
        for id in self.store.outbound.iter().map(|apdu| apdu.id).collect::<Vec<_>>() {
            let open = self.store.outbound(id).is_some_and(|apdu| apdu.ended || apdu.doubt);
            let why = self.reasons.get(&id).copied().unwrap_or(Why::GivenUp);
            self.settle(id, if open { Outcome::Unknown(why) } else { Outcome::NotDelivered(why) });
        }
        self.note(Record::Forgotten);
        self.link = LinkState::Closed;
        (self.retry_at, self.give_up_at, self.answer_due) = (None, None, None);
        self.tell(Event::Closed(error));
    }

    /// S-U-ABORT indication.
    pub(super) fn aborted(&mut self, user_data: &Bytes, now: Instant) {
        let reason = match &self.config.form {
            Form::Rtse { .. } => AbortReason::decode(user_data),
            Form::Plain(plain) => {
                let at = plain.aborts.iter().position(|known| !known.is_empty() && known == user_data);
                at.and_then(|at| AbortReason::decode(&Bytes::copy_from_slice(&[0x31, 3, 0x80, 1, at as u8])))
            }
        };
        let error = Error::new(ErrorKind::Closed, Layer::Session, "the peer aborted the connection")
            .with_octets(user_data);
        let error = match reason {
            Some(reason) => error.with_pdu("RTAB").with_reason(reason as u32),
            None => error,
        };
        match reason {
            Some(AbortReason::PermanentProblem | AbortReason::UserError) => {
                self.disconnected(Sent::Lost, now);
                self.give_up(Some(error), now);
            }
            Some(AbortReason::TransferCompleted) => self.gone(Sent::Completed, error, false, now),
            Some(AbortReason::UnrecognizedActivity) => self.gone(Sent::Unrecognized, error, false, now),
            Some(AbortReason::TemporaryProblem) => self.gone(Sent::Lost, error, true, now),
            Some(
                AbortReason::LocalSystemProblem | AbortReason::InvalidParameter | AbortReason::ProtocolError,
            )
            | None => self.gone(Sent::Lost, error, false, now),
        }
    }

    /// The connection is gone; the peer, or the network, did it.
    pub(super) fn gone(&mut self, sent: Sent, error: Error, busy: bool, now: Instant) {
        if matches!(self.link, LinkState::Down | LinkState::Waiting | LinkState::Closed) {
            return;
        }
        let releasing = self.link == LinkState::Releasing;
        self.disconnected(sent, now);
        self.again(error, busy, releasing, now);
    }

    /// S-RELEASE indication.
    pub(super) fn released_by_peer(&mut self, now: Instant) {
        self.out.push_back(Request::ReleaseResponse(Bytes::new()));
        let answer = std::mem::take(&mut self.out);
        self.disconnected(Sent::Lost, now);
        self.out = answer;
        self.give_up_at.get_or_insert(now + self.config.recovery_time);
        if self.closing == Closing::Final && self.store.outbound.is_empty() {
            let answer = std::mem::take(&mut self.out);
            self.give_up(None, now);
            self.out = answer;
            return;
        }
        let wanted = matches!(self.role, Role::Initiator { .. }) && !self.store.outbound.is_empty();
        if wanted {
            (self.link, self.retry_at) = (LinkState::Waiting, Some(now + self.config.retries.busy_delay));
        }
        self.tell(Event::Down { error: None, next: self.retry_at });
    }

    /// S-RELEASE confirm.
    pub(super) fn released(&mut self, now: Instant) {
        if self.link != LinkState::Releasing {
            return;
        }
        self.disconnected(Sent::Lost, now);
        match self.closing {
            Closing::Final => self.give_up(None, now),
            Closing::No | Closing::Rest => {
                self.give_up_at.get_or_insert(now + self.config.recovery_time);
                self.tell(Event::Down { error: None, next: None });
                if self.closing == Closing::No {
                    self.wake(now);
                }
            }
        }
    }

    /// Something could be sent.
    pub(super) fn wants_turn(&self) -> bool {
        self.link == LinkState::Up
            && self.two_way
            && !self.has_turn()
            && self.receiver != ReceiverState::Refusing
            && (!self.store.outbound.is_empty() || self.closing != Closing::No)
    }

    /// The turn is here, and only time is missing.
    pub(super) fn waits_for_time(&self) -> bool {
        self.link == LinkState::Up
            && self.has_turn()
            && matches!(self.stage, Stage::Fresh | Stage::Suspended)
            && !self.store.outbound.is_empty()
    }

    /// Does what can be done now.
    pub(super) fn work(&mut self, now: Instant) {
        if self.link != LinkState::Up {
            return;
        }
        if !self.has_turn() {
            if self.wants_turn() && self.asked.is_none_or(|at| at <= now) {
                let priority = self.pick().and_then(|id| self.store.outbound(id));
                let priority = priority.map_or(0, |apdu| apdu.priority);
                let said = match self.config.form {
                    Form::Rtse { .. } => encode_priority(priority),
                    Form::Plain(_) => Bytes::new(),
                };
                self.asked = Some(now + self.config.ask_again);
                self.out.push_back(Request::TokenPlease(Tokens::DATA, said));
            } else if self.closing == Closing::Final && !self.two_way && self.store.outbound.is_empty() {
                // The turn never comes: no orderly release (X.218 9.2).
                self.give_up(None, now);
                self.out.push_back(Request::UAbort(self.config.form.abort(AbortReason::PermanentProblem)));
            }
            return;
        }
        if self.stage == Stage::Open {
            let urgent = self.config.interrupt_for_turn
                && self.wish.zip(self.apdu()).is_some_and(|(wish, apdu)| wish < apdu.priority);
            if urgent || self.closing == Closing::Rest {
                self.sender(Sent::Yield, now);
            }
            return self.sender(Sent::Go, now);
        }
        if !matches!(self.stage, Stage::Fresh | Stage::Suspended) || self.receiver != ReceiverState::Idle {
            return;
        }
        let next = self.pick();
        let ready = next.is_some() && self.not_before <= now && self.closing != Closing::Rest;
        let priority = next.and_then(|id| self.store.outbound(id)).map(|apdu| apdu.priority);
        match self.wish {
            Some(wish) if self.two_way && (!ready || priority.is_none_or(|own| wish <= own)) => {
                self.wish = None;
                self.owned = Tokens::empty();
                (self.asked, self.given) = (Some(now + self.config.ask_again), true);
                self.out.push_back(Request::ControlGive(Bytes::new()));
                self.tell(Event::Turn(false));
            }
            _ if ready => {
                self.current = next;
                self.sender(Sent::Go, now);
            }
            _ if self.closing == Closing::Rest
                || (self.closing == Closing::Final && self.store.outbound.is_empty()) =>
            {
                self.link = LinkState::Releasing;
                self.answer_due = Some(now + self.config.answer_within);
                self.out.push_back(Request::Release(Bytes::new()));
            }
            _ => {}
        }
    }

    fn take_tokens(&mut self, tokens: Tokens) {
        let before = self.has_turn();
        self.owned |= tokens;
        if self.has_turn() && !before {
            self.asked = None;
            self.tell(Event::Turn(true));
        }
    }

    /// Something happened on the session connection.
    pub fn session(&mut self, event: x225::Event, now: Instant) {
        use x225::Event as Is;
        // It comes after what was sent there before: control has arrived.
        if std::mem::take(&mut self.given) {
            self.asked = None;
        }
        match event {
            Is::ConnectConfirm(confirm) => self.confirmed(*confirm, now),
            Is::ConnectConfirmNegative(rejection) => self.rejected(&rejection, now),
            Is::UAbortIndication(data) => self.aborted(&data, now),
            Is::PAbortIndication(_, error) => {
                let error = error.unwrap_or_else(|| {
                    Error::new(ErrorKind::Transport, Layer::Session, "the connection is lost")
                });
                self.gone(Sent::Lost, error, false, now);
            }
            _ if self.link != LinkState::Up && self.link != LinkState::Releasing => {}
            Is::TokenPleaseIndication(_, data) => {
                let priority = match self.config.form {
                    Form::Rtse { .. } => decode_priority(&data),
                    Form::Plain(_) => 0,
                };
                self.wish = Some(priority);
                self.tell(Event::TurnWanted { priority });
            }
            Is::TokenGiveIndication(tokens, _) => self.take_tokens(tokens),
            Is::ControlGiveIndication(_) => self.take_tokens(TURN),
            Is::ReleaseIndication(_) => self.released_by_peer(now),
            Is::ReleaseConfirm(_) => self.released(now),
            Is::SyncMinorConfirm(serial, _) => {
                self.note_serial(serial);
                self.sender(Sent::Confirmed, now);
            }
            Is::ActivityEndConfirm(..) => self.sender(Sent::EndConfirmed, now),
            Is::ActivityInterruptConfirm(_) => {
                self.take_tokens(TURN);
                self.sender(Sent::InterruptConfirmed, now);
            }
            Is::ActivityDiscardConfirm(_) => {
                self.take_tokens(TURN);
                self.sender(Sent::DiscardConfirmed, now);
            }
            Is::UExceptionReportIndication(reason, _) => self.excepted(Some(reason), now),
            Is::PExceptionReportIndication(_) => self.excepted(None, now),
            Is::DataIndication(octets) | Is::DataPiece { typed: false, octets, .. } => {
                self.data(&octets, now);
            }
            Is::SyncMinorIndication { serial_number, explicit, .. } => {
                self.sync(serial_number, explicit, now);
            }
            Is::ActivityStartIndication(activity, _) => self.start(&activity, now),
            Is::ActivityResumeIndication(resume) => self.resume(&resume, now),
            Is::ActivityEndIndication(..) => self.receive(Received::End, now),
            Is::ActivityInterruptIndication(..) => {
                self.owned = Tokens::empty();
                self.receive(Received::Interrupt, now);
            }
            Is::ActivityDiscardIndication(..) => {
                self.owned = Tokens::empty();
                self.receive(Received::Discard, now);
            }
            other => {
                let error = Error::peer(Layer::Session, "a service that reliable transfer does not use")
                    .with_parameter(other.name())
                    .with_clause("X.228 8");
                self.break_off(AbortReason::ProtocolError, error, now);
            }
        }
        self.work(now);
    }

    /// The session did not take a request.
    pub fn not_sent(&mut self, request: &Request, error: Error, now: Instant) {
        match request {
            // It can be asked for later (X.225 A.14: not while control is on its way).
            Request::TokenPlease(..) => self.asked = Some(now + self.config.ask_again),
            Request::UAbort(_) => {}
            Request::Connect(_) => {
                if self.link == LinkState::Opening {
                    self.failed(error, false, now);
                }
            }
            _ => self.break_off(AbortReason::LocalSystemProblem, error, now),
        }
        self.work(now);
    }

    /// Progress: what failed before does not count any more.
    pub(super) fn progressed(&mut self) {
        (self.failures, self.pauses) = (0, 0);
    }
}
