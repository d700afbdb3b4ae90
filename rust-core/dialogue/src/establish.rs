//! Connections: made, taken, refused, lost (`docs/dialogue.md`, sections 4 and 5).
use osisession_proto::time::{Duration, Instant};
use osisession_proto::{Bytes, Error, Layer};

use crate::config::{Config, Delivery};
use crate::control::{Block, BlockError, Kind, Status};
use crate::dialogue::{Dialogue, Life, Link, Points, Role, Rule};
use crate::effect::{Agreed, Cause, Connection, Effect, Event, Primitive, Stop};
use crate::record::Record;
use crate::table::{Action, Input, State, cell};

/// An S-CONNECT indication, as the owner of the connection saw it.
#[derive(Clone, Debug)]
pub struct ConnectRequest {
    /// The caller's name for the connection: an incoming one, with a number not used before.
    pub connection: Connection,
    /// User data: a control block, and what the peer's application put behind it.
    pub user_data: Bytes,
    /// The peer's identity as TLS has proved it; empty without.
    pub identity: Bytes,
    /// What this side would agree to.
    pub agreed: Agreed,
}

/// A negative S-CONNECT confirm, as the owner of the connection saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason is one that passes: temporary congestion, user busy (X.225 8.3.5).
    pub temporary: bool,
    /// User data behind reason 2, if there is any.
    pub user_data: Option<Bytes>,
}

impl Dialogue {
    /// Takes a new dialogue, as its responder: for a CN whose control block names one that nobody here knows. The caller has
    /// looked the name up, and minds how many dialogues one peer may have.
    ///
    /// # Errors
    /// The user data of the refusal to send, empty if there was no block that holds: the block does not hold, recovers a dialogue that is not known here, or comes with
    /// positions that a new dialogue cannot have.
    pub fn admit(config: Config, request: &ConnectRequest, now: Instant) -> Result<Dialogue, Bytes> {
        let (block, _) = Block::decode(&request.user_data, config.seal()).map_err(|_| Bytes::new())?;
        if block.kind != Kind::New || block.rcv != 0 || block.low != 1 {
            return Err(block.refuse_unknown().encode(config.seal(), &[]));
        }
        let mut dialogue = Dialogue::new(config, block.did, Role::Responder, now);
        let profile = dialogue.config.profile.clone();
        dialogue.append(&Record::Created { did: block.did, role: Role::Responder, profile }, true);
        dialogue.connect_indication(request, now);
        Ok(dialogue)
    }

    /// S-CONNECT indication for this dialogue.
    pub fn connect_indication(&mut self, request: &ConnectRequest, now: Instant) {
        self.now = now;
        let action = cell(self.state, Input::ConnectIndication);
        debug_assert!(matches!(action, Action::Consider | Action::Collide | Action::Supersede));
        match self.consider(request, action) {
            Ok(block) => self.take(request, &block),
            Err(status) => {
                let block = self.block(Kind::Refuse, self.inbox.durable, status);
                let user_data = block.encode(self.config.seal(), &[]);
                self.effects.push_back(Effect::Refuse { connection: request.connection, user_data });
            }
        }
        self.round();
    }

    /// The checks on a CN, in their order. Until they have passed, a living connection is not touched.
    fn consider(&mut self, request: &ConnectRequest, action: Action) -> Result<Block, Status> {
        let (block, _) =
            Block::decode(&request.user_data, self.config.seal()).map_err(|_| Status::Violation)?;
        if block.did != self.did || self.bound.as_ref().is_some_and(|bound| *bound != request.identity) {
            return Err(Status::Unknown);
        }
        match block.kind {
            Kind::New | Kind::Recover => {}
            Kind::Accept
            | Kind::Refuse
            | Kind::Sync
            | Kind::Confirm
            | Kind::Resume
            | Kind::Release
            | Kind::Released
            | Kind::Please
            | Kind::Abort => return Err(Status::Violation),
        }
        match self.life {
            Life::Open => {}
            Life::Closed => return Err(Status::Closed),
            Life::Broken(status) => return Err(status),
        }
        let living = action == Action::Supersede && self.state != State::Answering;
        let found = self.find_fault(&block, action);
        match found {
            None => {}
            Some(status @ (Status::IRegressed | Status::YouRegressed)) => {
                if !living {
                    self.give_up_attempt();
                    self.broken(status);
                }
                return Err(status);
            }
            Some(status) => return Err(status),
        }
        if self.ledger.stalled || self.ledger.failed {
            return Err(Status::Storage);
        }
        if !request.agreed.minor_sync && !self.config.without_minor_sync {
            return Err(Status::Unfit);
        }
        Ok(block)
    }

    fn find_fault(&self, block: &Block, action: Action) -> Option<Status> {
        let given_up = action == Action::Collide && self.role == Role::Responder;
        if block.epoch < self.epoch || block.epoch == self.epoch && !given_up {
            return Some(Status::Stale);
        }
        if block.epoch - self.epoch > self.config.limits.epoch_jump {
            return Some(Status::Violation);
        }
        if self.forgot_epoch(block) {
            return Some(Status::IRegressed);
        }
        if action == Action::Collide && self.role == Role::Initiator {
            return Some(Status::Collision);
        }
        self.compare(block)
    }

    /// The peer knows an epoch that this side had stored, and this side does not: it runs on an old copy of its journal.
    fn forgot_epoch(&self, block: &Block) -> bool {
        block.seen.is_some_and(|seen| block.epoch.saturating_sub(u64::from(seen)) > self.epoch)
    }

    /// The positions of both sides must fit: nobody may have lost what the other relies on.
    fn compare(&self, block: &Block) -> Option<Status> {
        if block.rcv > self.outbox.reach {
            Some(Status::IRegressed)
        } else if block.rcv < self.outbox.confirmed || block.snd < self.inbox.durable {
            Some(Status::YouRegressed)
        } else {
            None
        }
    }

    /// A CN that passed: it takes the place of whatever there was.
    fn take(&mut self, request: &ConnectRequest, block: &Block) {
        let up = matches!(self.state, State::Leading | State::Following);
        if let Some(old) = self.current
            && (self.holds(Rule::Fence) || !up)
        {
            let user_data = Some(self.octets(Kind::Abort, Status::Superseded));
            self.effects.push_back(Effect::Disconnect { connection: old, user_data });
            self.leave();
        }
        self.epoch = block.epoch;
        self.seen = block.epoch;
        self.current = Some(request.connection);
        self.state = State::Answering;
        self.idle = false;
        let user_data = request.user_data.slice(self.config.seal().length()..);
        self.link = Link {
            peer_rcv: block.rcv,
            agreed: Some(request.agreed),
            identity: request.identity.clone(),
            user_data,
            writable: true,
            ..Link::default()
        };
        self.points = Points::default();
        if self.bound.is_none() {
            self.bind();
        }
        self.link.waits_for = self.append(&Record::Epoch { epoch: self.epoch, seen: self.seen }, true);
    }

    fn bind(&mut self) {
        let identity = self.link.identity.clone();
        self.bound_record = self.append(&Record::Bound { identity: identity.clone() }, true);
        self.bound = Some(identity);
    }

    /// The next attempt: its epoch is stored first (W3).
    pub(crate) fn begin_attempt(&mut self) {
        let Some(epoch) = self.epoch.checked_add(1) else { return self.stop(Stop::Epochs) };
        self.epoch = epoch;
        self.pace.next = None;
        self.pace.attempts = self.pace.attempts.saturating_add(1);
        self.state = State::Preparing;
        self.current = Some(Connection::Outgoing(epoch));
        self.link = Link { writable: true, ..Link::default() };
        self.points = Points::default();
        self.link.waits_for = self.append(&Record::Epoch { epoch, seen: self.seen }, true);
        self.tell(Event::Connecting { epoch, attempt: self.pace.attempts });
        // A journal that stores at once has nothing to wait for.
        self.attend_link();
    }

    /// CN and AC go out when their epoch is durable; FN and DN when W9 and W10 are.
    pub(crate) fn attend_link(&mut self) {
        if !self.is_stored(self.link.waits_for) {
            return;
        }
        match self.state {
            State::Preparing => {
                let Some(connection) = self.current else { return };
                self.link.announced = self.announce();
                let kind = if self.bound.is_some() { Kind::Recover } else { Kind::New };
                let block = self.block(kind, self.link.announced, Status::Ok);
                let user_data = block.encode(self.config.seal(), &self.config.user_data);
                self.effects.push_back(Effect::Connect { connection, user_data });
                self.link.answer_by = Some(self.now + self.config.limits.connect_timeout);
                self.state = State::Connecting;
            }
            State::Answering => {
                let Some(connection) = self.current else { return };
                self.link.announced = self.announce();
                let block = self.block(Kind::Accept, self.link.announced, Status::Ok);
                let user_data = block.encode(self.config.seal(), &self.config.user_data);
                self.effects.push_back(Effect::Accept { connection, user_data });
                self.up(self.link.peer_rcv);
            }
            State::Detached
            | State::Connecting
            | State::Leading
            | State::Following
            | State::Ending
            | State::Interrupting
            | State::Releasing
            | State::Parting => {}
        }
    }

    /// `rcv` of CN and AC.
    fn announce(&self) -> u64 {
        if self.holds(Rule::AnnounceDurable) { self.inbox.durable } else { self.inbox.held() }
    }

    /// S-CONNECT confirm, affirmative.
    pub fn connect_confirm(
        &mut self,
        connection: Connection,
        user_data: Bytes,
        identity: Bytes,
        agreed: Agreed,
        now: Instant,
    ) {
        self.now = now;
        if self.current == Some(connection) {
            let action = cell(self.state, Input::ConnectConfirm);
            if action == Action::Establish {
                self.establish(&user_data, identity, agreed);
            } else if action == Action::Violate {
                self.violate("an accept that nobody waits for");
            }
        }
        self.round();
    }

    fn establish(&mut self, user_data: &Bytes, identity: Bytes, agreed: Agreed) {
        let block = match Block::decode(user_data, self.config.seal()) {
            Ok((block, rest)) => {
                self.link.user_data = rest;
                block
            }
            Err(error) => {
                self.abort(Status::Violation);
                return self.stop(Stop::NotADialogue(error));
            }
        };
        if !block.kind.is_answer() {
            // Our own block, or that of an earlier request: an echo.
            self.abort(Status::Violation);
            return self.stop(Stop::NotADialogue(BlockError::Echo(block.kind)));
        }
        if self.bound.as_ref().is_some_and(|bound| *bound != identity) {
            self.abort(Status::Unknown);
            return self.stop(Stop::Identity);
        }
        if block.kind != Kind::Accept || block.did != self.did || block.epoch != self.epoch {
            return self.violate("an accept of another request");
        }
        if block.status != Status::Ok {
            self.abort(Status::Ok);
            return self.refused_with(&block);
        }
        if !agreed.minor_sync && !self.config.without_minor_sync {
            self.abort(Status::Unfit);
            return self.stop(Stop::Unfit);
        }
        if let Some(status) = self.compare(&block) {
            self.abort(status);
            return self.broken(status);
        }
        self.link.identity = identity;
        self.link.agreed = Some(agreed);
        self.seen = self.epoch;
        if self.bound.is_none() {
            self.bind();
        }
        self.up(block.rcv);
    }

    /// Both sides know both positions: messages flow from there.
    fn up(&mut self, start: u64) {
        self.state = match self.role {
            Role::Initiator => State::Leading,
            Role::Responder => State::Following,
        };
        if self.holds(Rule::StartAtReceiver) {
            self.outbox.sent = start;
            self.confirm(start);
        } else {
            self.outbox.sent = self.outbox.confirmed;
        }
        self.link.answer_by = None;
        self.link.up_since = Some(self.now);
        self.inbox.arrived = self.link.announced;
        self.points.advertised = self.link.announced;
        self.points.marked = self.outbox.sent;
        self.pace.attempts = 0;
        self.pace.next = None;
        self.stopped = false;
        self.detached_since = None;
        self.last_traffic = self.now;
        self.last_heard = self.now;
        let activities = self.link.agreed.is_some_and(|agreed| agreed.activities);
        self.link.open = !activities;
        if activities {
            match self.role {
                Role::Initiator => self.open_activity(true),
                Role::Responder => self.await_peer(),
            }
        }
        self.reading();
        let user_data = core::mem::take(&mut self.link.user_data);
        self.tell(Event::Connected { epoch: self.epoch, user_data });
    }

    /// Only the peer can go on now: AC, AS, AR, AIA, AEA, FN or DN must come in time.
    pub(crate) fn await_peer(&mut self) {
        self.link.answer_by = Some(self.now + self.config.limits.answer_timeout);
    }

    /// AS for a new dialogue, AR for one that goes on.
    pub(crate) fn open_activity(&mut self, of_connection: bool) {
        self.activities = if of_connection { 0 } else { self.activities.wrapping_add(1) };
        let mut activity = [0; 6];
        activity[..4].copy_from_slice(&(self.epoch as u32).to_be_bytes());
        activity[4..].copy_from_slice(&self.activities.to_be_bytes());
        let old = core::mem::replace(&mut self.last_activity, activity);
        if of_connection && self.epoch > 1 {
            let user_data = self.octets(Kind::Resume, Status::Ok);
            self.put(Primitive::Resume { activity, old, user_data });
        } else {
            self.put(Primitive::Start(activity));
        }
        self.points.serials = 0;
        self.link.open = true;
    }

    /// S-CONNECT confirm, negative.
    pub fn connect_refused(&mut self, connection: Connection, refusal: &Refusal, now: Instant) {
        self.now = now;
        if self.current == Some(connection) {
            let action = cell(self.state, Input::ConnectRefusal);
            if action == Action::TakeRefusal {
                self.take_refusal(refusal);
            } else if action == Action::Violate {
                self.violate("a refusal after the accept");
            }
        }
        self.round();
    }

    fn take_refusal(&mut self, refusal: &Refusal) {
        self.leave();
        let block = refusal.user_data.as_ref().and_then(|data| Block::decode(data, self.config.seal()).ok());
        match block {
            Some((block, _)) if block.kind == Kind::Refuse && block.did == self.did => {
                self.refused_with(&block)
            }
            Some(_) | None if refusal.temporary => self.schedule(self.config.retry.busy),
            Some(_) | None => self.stop(Stop::Refused),
        }
    }

    fn refused_with(&mut self, block: &Block) {
        let busy = self.config.retry.busy;
        match block.status {
            Status::Stale | Status::Collision if self.forgot_epoch(block) => {
                return self.broken(Status::IRegressed);
            }
            Status::Stale => self.schedule(Duration::ZERO),
            Status::Collision | Status::Busy | Status::Storage | Status::Superseded | Status::Detach => {
                self.schedule(busy);
            }
            Status::Unknown => self.broken(Status::Unknown),
            Status::IRegressed => self.broken(Status::YouRegressed),
            Status::YouRegressed => self.broken(Status::IRegressed),
            // The closer learns from the tombstone that FN had arrived. One that does not remember closing has lost its state.
            Status::Closed if self.close.recorded => self.finish(),
            Status::Closed => self.broken(Status::IRegressed),
            Status::Ok | Status::Violation | Status::Close | Status::Unfit | Status::Late => {
                self.stop(Stop::RefusedWith(block.status));
            }
        }
        if block.epoch > self.epoch && block.epoch - self.epoch <= self.config.limits.epoch_jump {
            self.epoch = block.epoch;
            self.append(&Record::Epoch { epoch: self.epoch, seen: self.seen }, false);
        }
    }

    /// The connection is gone: T-DISCONNECT, an abort of the provider or of the peer, or it was never made.
    pub fn disconnected(&mut self, connection: Connection, cause: &Cause, now: Instant) {
        self.now = now;
        if self.current == Some(connection) {
            // While the epoch of an attempt is being stored there is nothing yet that could be lost.
            if cell(self.state, Input::Disconnected) == Action::Leave {
                self.leave();
                self.read_cause(cause);
            }
        }
        self.round();
    }

    fn read_cause(&mut self, cause: &Cause) {
        let user_data = match cause {
            Cause::Lost => return,
            Cause::ProtocolError => return self.strike(),
            Cause::Aborted(user_data) => user_data,
        };
        let Ok((block, _)) = Block::decode(user_data, self.config.seal()) else { return };
        if block.kind != Kind::Abort || block.did != self.did || block.epoch != self.epoch {
            return;
        }
        match block.status {
            Status::Violation => self.strike(),
            Status::Unknown => self.broken(Status::Unknown),
            Status::IRegressed => self.broken(Status::YouRegressed),
            Status::YouRegressed => self.broken(Status::IRegressed),
            Status::Unfit => self.stop(Stop::Unfit),
            Status::Busy | Status::Storage | Status::Superseded | Status::Collision => {
                self.schedule(self.config.retry.busy);
            }
            Status::Ok | Status::Stale | Status::Closed | Status::Detach | Status::Close | Status::Late => {}
        }
    }

    fn strike(&mut self) {
        self.violations += 1;
        if self.violations >= self.config.limits.violations {
            self.stop(Stop::Violations);
        }
    }

    /// The peer broke the rules.
    pub(crate) fn violate(&mut self, what: &'static str) {
        self.abort(Status::Violation);
        self.tell(Event::Violation(Error::peer(Layer::Session, what)));
        self.strike();
    }

    /// Ends the connection, if there is one, and says why.
    pub(crate) fn abort(&mut self, status: Status) {
        let Some(connection) = self.current else { return };
        match self.state {
            State::Detached => {}
            State::Preparing => self.leave(),
            State::Connecting => {
                self.effects.push_back(Effect::Disconnect { connection, user_data: None });
                self.leave();
            }
            State::Answering => {
                let block = self.block(Kind::Refuse, self.inbox.durable, status);
                let user_data = block.encode(self.config.seal(), &[]);
                self.effects.push_back(Effect::Refuse { connection, user_data });
                self.leave();
            }
            State::Leading
            | State::Following
            | State::Ending
            | State::Interrupting
            | State::Releasing
            | State::Parting => {
                let user_data = Some(self.octets(Kind::Abort, status));
                self.effects.push_back(Effect::Disconnect { connection, user_data });
                self.leave();
            }
        }
    }

    /// An attempt of this side that a finding has made pointless.
    fn give_up_attempt(&mut self) {
        if matches!(self.state, State::Preparing | State::Connecting | State::Answering) {
            self.abort(Status::Ok);
        }
    }

    /// The connection is over: input that is not durable is dropped, everything that belongs to the connection is forgotten.
    pub(crate) fn leave(&mut self) {
        let was_up = self.link.up_since;
        self.current = None;
        self.state = State::Detached;
        self.link = Link::default();
        self.points = Points::default();
        self.close.agreed = false;
        self.close.next = None;
        self.close.prepared = false;
        if self.config.delivery == Delivery::Inbox && self.holds(Rule::AnnounceDurable) {
            self.ledger.clamp_inbox(self.inbox.durable);
            if self.inbox.drop_volatile() {
                self.append(&Record::Drop { position: self.inbox.durable }, false);
            }
        }
        self.detached_since = self.detached_since.or(Some(self.now));
        self.pace.next = None;
        if let Some(since) = was_up {
            let lived = self.now.saturating_duration_since(since);
            if lived >= self.config.retry.lived && self.role == Role::Initiator {
                self.pace.next = Some(self.now);
            }
            self.tell(Event::Detached { idle: self.idle });
        }
    }
}
