//! Orderly ends: idle close, the next activity, the close of the dialogue (`docs/dialogue.md`, section 6).
use osisession_proto::time::Instant;
use osisession_proto::{Bytes, Error, ErrorKind, Layer};

use crate::control::{Block, Kind, Status};
use crate::dialogue::{Dialogue, Life, Role};
use crate::effect::{Effect, Event, Primitive};
use crate::record::Record;
use crate::table::State;

impl Dialogue {
    /// Closes the dialogue once everything that both sides have accepted is confirmed. Nothing more can be sent;
    /// [`Event::Closed`] follows.
    ///
    /// # Errors
    /// `Closed`: it is over already.
    pub fn close(&mut self, now: Instant) -> Result<(), Error> {
        if self.life != Life::Open {
            return Err(Error::new(ErrorKind::Closed, Layer::Api, "the dialogue is over"));
        }
        self.now = now;
        self.close.wanted = true;
        self.wake();
        self.flush();
        self.round();
        Ok(())
    }

    /// The peer wants to close: by PT from the responder, by MIP from the initiator.
    pub(crate) fn peer_closes(&mut self) {
        if !self.close.peer_told {
            self.close.peer_told = true;
            self.tell(Event::PeerClosing);
        }
        self.close.wanted = true;
        self.flush();
    }

    fn sent_all(&self) -> bool {
        self.outbox.sent == self.outbox.taken()
    }

    /// Leading and closing: waits for the time to place the next sync point that prepares it.
    pub(crate) fn closing_waits(&self) -> bool {
        self.close.wanted
            && self.state == State::Leading
            && !self.close.agreed
            && self.points.open == 0
            && self.sent_all()
    }

    /// A sync point that asks the peer to stop accepting, and tells whether it has everything.
    pub(crate) fn close_point_due(&self) -> bool {
        self.closing_waits() && self.close.next.is_none_or(|at| at <= self.now)
    }

    /// MIA while closing: both sides have everything if what it says is what we have, and it knows so.
    pub(crate) fn close_confirmed(&mut self, block: &Block) {
        self.close.agreed = block.status == Status::Close
            && block.rcv == self.outbox.taken()
            && block.snd == self.inbox.durable
            && block.snd == self.close.told
            && self.points.open == 0;
        if !self.close.agreed {
            // What is still missing comes by itself; ask again when it has had time to.
            self.close.next = Some(self.now + self.config.checkpoint.interval);
        }
    }

    /// The responder asks for the close until the initiator prepares it.
    fn ask_for_close(&mut self) {
        if !self.close.wanted || self.close.prepared || self.state != State::Following || !self.link.open {
            return;
        }
        if self.close.next.is_none_or(|at| at <= self.now) {
            self.close.next = Some(self.now + self.config.limits.answer_timeout);
            let block = self.octets(Kind::Please, Status::Close);
            self.put(Primitive::Please(block));
        }
    }

    pub(crate) fn attend_parting(&mut self) {
        self.ask_for_close();
        match self.state {
            State::Leading => {
                let activities = self.link.agreed.is_some_and(|agreed| agreed.activities);
                if self.close.agreed {
                    self.end_activity(activities);
                } else if self.points.serials >= self.config.checkpoint.per_activity
                    && self.points.open == 0
                    && activities
                {
                    self.end_activity(true);
                } else if self.idle_at().is_some_and(|at| at <= self.now) {
                    self.link.open = false;
                    self.await_peer();
                    if activities {
                        self.state = State::Interrupting;
                        self.put(Primitive::Interrupt);
                    } else {
                        self.interrupted();
                    }
                }
            }
            // FN goes out when W9 is stored, DN when W10 is.
            State::Releasing if self.close.agreed && self.is_stored(self.link.waits_for) => {
                self.close.agreed = false;
                self.await_peer();
                let block = self.octets(Kind::Release, Status::Close);
                self.put(Primitive::Release(block));
            }
            State::Parting if self.is_stored(self.link.waits_for) => {
                let block = self.octets(Kind::Released, Status::Close);
                self.put(Primitive::ReleaseConfirm(block));
                self.leave();
                self.finish();
            }
            State::Detached
            | State::Preparing
            | State::Connecting
            | State::Answering
            | State::Following
            | State::Ending
            | State::Interrupting
            | State::Releasing
            | State::Parting => {}
        }
    }

    fn end_activity(&mut self, activities: bool) {
        self.link.open = false;
        self.state = State::Ending;
        if activities {
            self.await_peer();
            self.put(Primitive::End);
        } else {
            self.ended();
        }
    }

    /// AEA came: the next activity, or W9 and then FN.
    pub(crate) fn ended(&mut self) {
        self.link.answer_by = None;
        if self.close.agreed {
            self.state = State::Releasing;
            self.close.recorded = true;
            self.link.waits_for = self.append(&Record::Closing, true);
        } else {
            self.state = State::Leading;
            self.open_activity(false);
        }
    }

    /// AIA came, or there was no activity: FN, and the dialogue sleeps.
    pub(crate) fn interrupted(&mut self) {
        self.state = State::Releasing;
        self.await_peer();
        let block = self.octets(Kind::Release, Status::Detach);
        self.put(Primitive::Release(block));
    }

    /// FN came: for a while, or for good.
    pub(crate) fn answer_release(&mut self, octets: &Bytes) {
        let Some(block) = self.read(octets, Kind::Release) else { return };
        self.confirm(block.rcv);
        if block.status != Status::Close {
            let block = self.octets(Kind::Released, Status::Detach);
            self.put(Primitive::ReleaseConfirm(block));
            self.idle = self.outbox.taken() == self.outbox.confirmed && !self.close.wanted;
            self.leave();
        } else if self.outbox.taken() == self.outbox.confirmed && self.inbox.durable == block.snd {
            self.close.wanted = true;
            self.link.waits_for = self.append(&Record::Closed, true);
            self.state = State::Parting;
        } else {
            // Nobody may close over messages that are not confirmed.
            self.abort(Status::Busy);
        }
    }

    /// DN came.
    pub(crate) fn released(&mut self, octets: &Bytes) {
        let Some(block) = self.read(octets, Kind::Released) else { return };
        self.confirm(block.rcv);
        if let Some(connection) = self.current {
            self.effects.push_back(Effect::Disconnect { connection, user_data: None });
        }
        if block.status == Status::Close {
            self.leave();
            self.finish();
        } else {
            // The peer may have had something to say that crossed AI, and so may the application here.
            self.idle = self.outbox.taken() == self.outbox.confirmed
                && block.snd <= self.inbox.durable
                && !self.close.wanted;
            let again = !self.idle;
            self.leave();
            if again {
                self.pace.next = Some(self.now);
            }
        }
    }

    /// The dialogue is over in good order; a tombstone is left.
    pub(crate) fn finish(&mut self) {
        if self.life == Life::Open {
            self.life = Life::Closed;
            self.closed_since = Some(self.now);
            // The responder has written it before DN (W10).
            if self.role == Role::Initiator {
                self.append(&Record::Closed, true);
            }
            self.tell(Event::Closed);
        }
    }

    /// When nobody will have had anything to say for long enough.
    pub(crate) fn idle_at(&self) -> Option<Instant> {
        let quiet = self.state == State::Leading
            && self.points.open == 0
            && self.outbox.taken() == self.outbox.confirmed
            && self.inbox.held() <= self.inbox.durable
            && self.rcv() == self.points.advertised
            && self.link.open
            && !self.points.wanted
            && !self.close.wanted
            && !self.held_open;
        Some(self.last_traffic + self.config.idle.filter(|_| quiet)?)
    }
}
