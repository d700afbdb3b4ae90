//! Messages and the sync points that confirm them (`docs/dialogue.md`, section 4).
use osisession_proto::Bytes;
use osisession_proto::time::Instant;

use crate::config::Delivery;
use crate::control::{Block, Kind, Status};
use crate::dialogue::{Dialogue, Role, Rule};
use crate::effect::{Connection, Effect, Primitive};
use crate::record::Record;
use crate::table::{Action, Input, State, cell};

impl Dialogue {
    /// What came in on an established connection. A connection that is not the current one is not listened to.
    pub fn network(&mut self, connection: Connection, primitive: Primitive, now: Instant) {
        self.now = now;
        let up = matches!(self.state, State::Leading | State::Following);
        if self.current == Some(connection) {
            self.incoming(primitive);
        } else if let Primitive::Data(data) = primitive
            && up
            && !self.holds(Rule::Fence)
        {
            self.receive(data);
        }
        self.round();
    }

    fn incoming(&mut self, primitive: Primitive) {
        self.last_heard = self.now;
        let (input, octets) = match primitive {
            Primitive::Data(data) => (Input::Data, data),
            Primitive::Sync(block) => (Input::Sync, block),
            Primitive::SyncConfirm(block) => (Input::SyncConfirm, block),
            Primitive::Please(block) => (Input::Please, block),
            Primitive::Start(_) => (Input::Activity, Bytes::new()),
            Primitive::Resume { user_data, .. } => (Input::Activity, user_data),
            Primitive::End => (Input::End, Bytes::new()),
            Primitive::EndConfirm => (Input::EndConfirm, Bytes::new()),
            Primitive::Interrupt => (Input::Interrupt, Bytes::new()),
            Primitive::InterruptConfirm => (Input::InterruptConfirm, Bytes::new()),
            Primitive::Release(block) => (Input::Release, block),
            Primitive::ReleaseConfirm(block) => (Input::ReleaseConfirm, block),
        };
        match cell(self.state, input) {
            Action::Ignore => {}
            Action::Violate => self.violate("a service that is not expected in this state"),
            Action::Receive => self.receive(octets),
            Action::Owe => self.owe(&octets),
            Action::Confirm => self.confirmed_by(&octets),
            Action::Want => self.want(&octets),
            Action::OpenActivity => self.activity_opened(&octets),
            Action::AnswerEnd => {
                self.link.open = false;
                self.await_peer();
                self.put(Primitive::EndConfirm);
            }
            Action::AnswerInterrupt => {
                self.link.open = false;
                self.await_peer();
                self.put(Primitive::InterruptConfirm);
            }
            Action::Ended => self.ended(),
            Action::Interrupted => self.interrupted(),
            Action::AnswerRelease => self.answer_release(&octets),
            Action::Released => self.released(&octets),
            // Connections have calls of their own.
            Action::Consider
            | Action::Collide
            | Action::Supersede
            | Action::Establish
            | Action::TakeRefusal
            | Action::Leave => {}
        }
    }

    /// The block of a service on the current connection; anything else is a violation.
    pub(crate) fn read(&mut self, octets: &Bytes, kind: Kind) -> Option<Block> {
        match Block::decode(octets, self.config.seal()) {
            Ok((block, _))
                if block.kind == kind
                    && block.did == self.did
                    && block.epoch == self.epoch
                    && block.rcv <= self.outbox.sent =>
            {
                Some(block)
            }
            Ok(_) => {
                self.violate("a control block of another kind, dialogue or epoch, or one that confirms what was not sent");
                None
            }
            Err(_) => {
                self.violate("no control block, or a damaged one");
                None
            }
        }
    }

    fn receive(&mut self, data: Bytes) {
        let limits = self.config.limits;
        if data.len() > limits.message_octets {
            return self.violate("a message that is longer than the limit");
        }
        if data.is_empty() {
            return self.violate("an empty message (X.225 8.3.11)");
        }
        self.last_traffic = self.now;
        self.points.messages += 1;
        self.points.octets = self.points.octets.saturating_add(data.len());
        if let Some(position) = self.inbox.receive(data.clone())
            && self.config.delivery == Delivery::Inbox
        {
            let octets = data.len();
            self.append_message(&Record::In { position, data }, octets);
        }
        if self.inbox.len() > limits.inbox_messages.saturating_mul(2)
            || self.inbox.octets > limits.inbox_octets.saturating_mul(2).max(limits.message_octets)
        {
            // The owner of the connection did not stop reading.
            return self.abort(Status::Busy);
        }
        self.reading();
    }

    /// Back pressure: stops reading when the application does not keep up, reads again when half is committed.
    pub(crate) fn reading(&mut self) {
        let Some(connection) = self.current else { return };
        if !matches!(self.state, State::Leading | State::Following) {
            return;
        }
        let limits = &self.config.limits;
        let (messages, octets) = (self.inbox.len(), self.inbox.octets);
        if !self.link.paused && (messages >= limits.inbox_messages || octets >= limits.inbox_octets) {
            self.link.paused = true;
            self.effects.push_back(Effect::Pause(connection));
        } else if self.link.paused
            && messages <= limits.inbox_messages / 2
            && octets <= limits.inbox_octets / 2
        {
            self.link.paused = false;
            self.effects.push_back(Effect::Unpause(connection));
        }
    }

    /// The peer has our messages up to here (W6): an older value is only slower, so it is written lazily.
    pub(crate) fn confirm(&mut self, position: u64) {
        if self.outbox.confirm(position) {
            self.pace.progress();
            self.violations = 0;
            self.append(&Record::Confirmed { position: self.outbox.confirmed }, false);
        }
    }

    fn owe(&mut self, octets: &Bytes) {
        let Some(block) = self.read(octets, Kind::Sync) else { return };
        if self.points.owed.len() >= self.config.checkpoint.open.max(4) * 4 {
            return self.violate("more sync points than the limit wait for their answer");
        }
        self.confirm(block.rcv);
        self.points.asked = false;
        self.points.answer_by = None;
        let close = block.status == Status::Close;
        if close {
            self.close.prepared = true;
            self.peer_closes();
        }
        self.points.owed.push_back((self.inbox.arrived, close));
    }

    fn confirmed_by(&mut self, octets: &Bytes) {
        let Some(block) = self.read(octets, Kind::Confirm) else { return };
        if self.points.open == 0 {
            return self.violate("a confirmation of a sync point that was not placed");
        }
        self.points.open -= 1;
        let more = self.points.open > 0;
        self.points.answer_by = more.then(|| self.now + self.config.limits.answer_timeout);
        self.confirm(block.rcv);
        if self.close.wanted {
            self.close_confirmed(&block);
        }
    }

    fn want(&mut self, octets: &Bytes) {
        // What it says as received comes again with the sync point that answers it.
        let Some(block) = self.read(octets, Kind::Please) else { return };
        if block.status == Status::Close {
            self.peer_closes();
        }
        self.points.wanted = true;
        if self.config.delivery == Delivery::Inbox && self.inbox.held() > self.inbox.durable {
            self.flush();
        }
    }

    fn activity_opened(&mut self, octets: &Bytes) {
        // AR brings a block, AS does not.
        if octets.is_empty() || self.read(octets, Kind::Resume).is_some() {
            self.link.open = true;
            self.link.answer_by = None;
        }
    }

    /// When a sign of life is due.
    pub(crate) fn probe_at(&self) -> Option<Instant> {
        let quiet = self.state == State::Leading
            && self.link.open
            && self.minor_sync()
            && self.points.open == 0
            && !self.points.probe;
        Some(self.last_heard + self.config.keepalive.filter(|_| quiet)?)
    }

    fn minor_sync(&self) -> bool {
        self.link.agreed.is_some_and(|agreed| agreed.minor_sync)
    }

    /// Whether there is news that a sync point would tell or bring.
    fn point_needed(&self) -> bool {
        let points = &self.points;
        let news = self.outbox.sent > points.marked.max(self.outbox.confirmed);
        match self.role {
            Role::Initiator => {
                // The open sync point may answer a PT that crossed it: asked is asked when its answer is here. An application
                // that keeps its own cursor may be slow: then a PT is answered though there is no news.
                let late =
                    self.config.delivery == Delivery::Application || self.outbox.sent > self.outbox.confirmed;
                let asked = points.wanted && points.open == 0 && late;
                news || self.rcv() > points.advertised || asked || points.probe
            }
            Role::Responder => {
                // What the application commits late is news that no sync point of the peer waits for.
                let late = self.config.delivery == Delivery::Application && self.rcv() > points.advertised;
                !points.asked && (self.outbox.sent > self.outbox.confirmed || late)
            }
        }
    }

    pub(crate) fn attend_points(&mut self) {
        if !matches!(self.state, State::Leading | State::Following) || !self.minor_sync() {
            return;
        }
        self.answer_points();
        if self.probe_at().is_some_and(|at| at <= self.now) {
            self.points.probe = true;
            self.points.due = true;
        }
        let checkpoint = self.config.checkpoint;
        if self.point_needed() {
            let at = *self.points.due_at.get_or_insert(self.now + checkpoint.interval);
            let points = &mut self.points;
            points.due = points.due
                || points.wanted
                || at <= self.now
                || points.messages >= checkpoint.messages
                || points.octets >= checkpoint.octets;
        } else {
            self.points.due = false;
            self.points.due_at = None;
            // A PT that crossed the sync point it asks for. While input is still being stored, it asks for the next one.
            let storing = self.config.delivery == Delivery::Inbox && self.inbox.held() > self.inbox.durable;
            self.points.wanted &= storing || self.points.open > 0;
        }
        if self.state == State::Following && self.points.due && self.link.open {
            self.points.asked = true;
            self.points.answer_by = Some(self.now + self.config.limits.answer_timeout);
            self.points.due = false;
            self.points.due_at = None;
            self.points.messages = 0;
            self.points.octets = 0;
            let status = if self.close.wanted { Status::Close } else { Status::Ok };
            let block = self.octets(Kind::Please, status);
            self.put(Primitive::Please(block));
        }
    }

    /// MIA, as soon as what it covers is durable (W5).
    fn answer_points(&mut self) {
        while let Some(&(covers, close)) = self.points.owed.front() {
            let stored = self.config.delivery == Delivery::Application || self.inbox.durable >= covers;
            if !stored && self.holds(Rule::ConfirmDurable) {
                return self.flush();
            }
            self.points.owed.pop_front();
            let rcv = if self.holds(Rule::ConfirmDurable) { self.rcv() } else { self.inbox.arrived };
            let complete =
                self.outbox.durable == self.outbox.taken() && self.outbox.sent == self.outbox.durable;
            let status = if close && complete { Status::Close } else { Status::Ok };
            let block = self.block(Kind::Confirm, rcv, status).encode(self.config.seal(), &[]);
            self.points.advertised = rcv;
            self.points.messages = 0;
            self.points.octets = 0;
            self.put(Primitive::SyncConfirm(block));
        }
    }

    /// Makes the next message or sync point, if one may go.
    pub(crate) fn transmit(&mut self) {
        if !matches!(self.state, State::Leading | State::Following) || !self.link.open {
            return;
        }
        if self.state == State::Leading
            && self.minor_sync()
            && self.points.open < self.config.checkpoint.open.max(1)
        {
            let close = self.close_point_due();
            if close || self.points.due && self.point_needed() {
                return self.place_point(close);
            }
        }
        if !self.link.writable || !self.is_stored(self.bound_record) {
            return;
        }
        let limit = if self.holds(Rule::SendDurable) { self.outbox.durable } else { self.outbox.taken() };
        if self.outbox.sent < limit
            && let Some(data) = self.outbox.get(self.outbox.sent + 1).cloned()
        {
            self.outbox.sent += 1;
            self.outbox.reach = self.outbox.reach.max(self.outbox.sent);
            self.last_traffic = self.now;
            self.points.messages += 1;
            self.points.octets = self.points.octets.saturating_add(data.len());
            self.put(Primitive::Data(data));
            if !self.holds(Rule::TrimConfirmed) {
                self.confirm(self.outbox.sent);
            }
            self.attend_points();
        }
    }

    fn place_point(&mut self, close: bool) {
        let status = if close { Status::Close } else { Status::Ok };
        let block = self.octets(Kind::Sync, status);
        let points = &mut self.points;
        points.open += 1;
        points.serials += 1;
        points.marked = self.outbox.sent;
        points.wanted = false;
        points.probe = false;
        points.due = false;
        points.due_at = None;
        points.messages = 0;
        points.octets = 0;
        if points.answer_by.is_none() {
            points.answer_by = Some(self.now + self.config.limits.answer_timeout);
        }
        self.points.advertised = self.rcv();
        if close {
            self.close.told = self.points.advertised;
            self.close.next = None;
        }
        self.put(Primitive::Sync(block));
    }
}
