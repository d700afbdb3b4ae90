//! APDUs on their way to the peer (X.228 7.3, 7.7, 7.8).
use super::engine::{Engine, Event, Outcome, Why};
use super::link::LinkState;
use super::pdu::{self, AbortReason};
use super::record::Record;
use super::store::Outbound;
use super::table::{DoSend, Sent, Stage};
use crate::error::{Error, Layer};
use crate::time::Instant;
use crate::x225::Request;
use crate::x225::parameter::{ExceptionReason, SerialNumber};
use crate::x225::primitive::{ActivityResume, OldConnection};
use bytes::Bytes;

impl Engine {
    /// The APDU under way.
    pub(super) fn apdu(&self) -> Option<&Outbound> {
        self.current.and_then(|id| self.store.outbound(id))
    }

    /// The APDU whose turn is next: the one under way, then the most urgent, then the oldest.
    pub(super) fn pick(&self) -> Option<u64> {
        let next = || self.store.outbound.iter().min_by_key(|apdu| (apdu.priority, apdu.id));
        match self.stage {
            Stage::Fresh => next().map(|apdu| apdu.id),
            Stage::Open | Stage::Ending | Stage::Interrupting | Stage::Discarding | Stage::Suspended => {
                self.current
            }
        }
    }

    /// Something happens to the APDU under way.
    pub(super) fn sender(&mut self, input: Sent, now: Instant) {
        let what = self.stage.on(input);
        if what == DoSend::Renew || (what == DoSend::Discard && input == Sent::NotSo) {
            self.count_refusal();
        }
        match what {
            DoSend::Nothing | DoSend::Mark => {}
            DoSend::Start => self.begin(now),
            DoSend::Resume => self.resume_own(now),
            DoSend::Advance => self.advance(now),
            DoSend::Note => {
                self.expect_answer(now);
                if self.stage == Stage::Open {
                    self.advance(now);
                }
            }
            DoSend::Finish => self.finish(),
            DoSend::FinishIfEnded => {
                if self.apdu().is_some_and(|apdu| apdu.ended) {
                    self.finish();
                } else {
                    // It speaks of something else: what is here cannot be complete there.
                    self.count_refusal();
                    self.begin_anew(true);
                }
            }
            DoSend::Pause => {
                self.postpone(now);
                if self.has_confirmed() { self.interrupt(now) } else { self.discard(now) }
            }
            DoSend::Interrupt => {
                if self.has_confirmed() {
                    self.interrupt(now);
                }
            }
            DoSend::Discard => {
                if input == Sent::NotSo {
                    self.postpone(now);
                }
                self.discard(now);
            }
            DoSend::Suspend => self.suspend(),
            DoSend::Discarded => self.begin_anew(true),
            DoSend::Renew => self.begin_anew(false),
            DoSend::Withdraw => {
                if let Some(id) = self.current {
                    self.withdraw(id);
                }
            }
            DoSend::Violation => {
                let error = Error::peer(Layer::Session, "the peer answers what it was not asked")
                    .with_parameter(format!("{input:?} while {:?}", self.stage))
                    .with_clause("X.228 7.3");
                self.break_off(AbortReason::ProtocolError, error, now);
            }
        }
    }

    fn count_refusal(&mut self) {
        if let Some(id) = self.current {
            let count = self.refusals.entry(id).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn has_confirmed(&self) -> bool {
        self.apdu().is_some_and(|apdu| apdu.confirmed.0 > 0 && !apdu.cancelled)
    }

    fn begin(&mut self, now: Instant) {
        let Some(id) = self.current else { return };
        let activity = self.next_activity();
        self.note(Record::Started { id, activity, on: self.connection.clone() });
        self.out.push_back(Request::ActivityStart(pdu::activity(activity), Bytes::new()));
        (self.stage, self.sent, self.next_serial) = (Stage::Open, 0, 1);
        self.unconfirmed.clear();
        self.advance(now);
    }

    /// Activities have numbers of their own; when these are used up they begin again, long after the first is forgotten.
    fn next_activity(&self) -> u32 {
        if self.store.activity >= 0x7fff_fffe { 1 } else { self.store.activity + 1 }
    }

    /// Resumes the activity where it is confirmed (X.228 7.8.1). Where nothing is, and where it is not wanted any more, it is resumed
    /// and discarded: the answer says whether the peer had completed it (X.228 B.1.6).
    fn resume_own(&mut self, now: Instant) {
        let Some(apdu) = self.apdu() else { return };
        let Some((old, on)) = apdu.started.clone() else { return };
        let ((serial, offset), go_on) = (apdu.confirmed, self.has_confirmed());
        let activity = self.next_activity();
        self.note(Record::Numbered(activity));
        let old_connection = (on != self.connection).then(|| {
            let identifier = on.identifier();
            OldConnection {
                // The called reference of that connection only repeated its calling one, or was the peer's own affair.
                called_reference: identifier.ss_user_reference.clone(),
                calling_reference: identifier.ss_user_reference,
                common_reference: identifier.common_reference,
                additional_reference: identifier.additional_reference,
            }
        });
        self.out.push_back(Request::ActivityResume(Box::new(ActivityResume {
            activity_identifier: pdu::activity(activity),
            old_activity_identifier: pdu::activity(old),
            serial_number: serial,
            old_connection,
            ..ActivityResume::default()
        })));
        self.unconfirmed.clear();
        (self.stage, self.sent, self.next_serial) = (Stage::Open, offset, serial + 1);
        if go_on {
            self.advance(now);
        } else {
            self.discard(now);
        }
    }

    /// Segments and checkpoints, as many as the window allows; the end in place of the last checkpoint.
    fn advance(&mut self, now: Instant) {
        let Some(apdu) = self.apdu() else { return };
        let (id, data) = (apdu.id, apdu.data.clone());
        while self.stage == Stage::Open && self.unconfirmed.len() < self.window {
            let step = if self.segment == 0 { data.len() } else { self.segment };
            let end = self.sent.saturating_add(step).min(data.len());
            if end > self.sent {
                self.out.push_back(Request::Data(data.slice(self.sent..end)));
            }
            self.sent = end;
            if end == data.len() {
                self.note(Record::Ended(id));
                self.out.push_back(Request::ActivityEnd(Bytes::new()));
                self.stage = Stage::Ending;
            } else {
                self.out.push_back(Request::SyncMinor {
                    explicit: true,
                    data_separation: false,
                    user_data: Bytes::new(),
                });
                self.unconfirmed.push_back((self.next_serial, end));
                self.next_serial += 1;
            }
            self.answer_due = Some(now + self.config.answer_within);
        }
    }

    fn expect_answer(&mut self, now: Instant) {
        let waits = !self.unconfirmed.is_empty() || self.stage == Stage::Ending;
        self.answer_due = waits.then(|| now + self.config.answer_within);
    }

    /// A checkpoint is confirmed, and all before it (Table A-4/X.225).
    pub(super) fn note_serial(&mut self, serial: SerialNumber) {
        if !matches!(self.stage, Stage::Open | Stage::Ending) {
            return;
        }
        let mut last = None;
        while self.unconfirmed.front().is_some_and(|(open, _)| *open <= serial) {
            last = self.unconfirmed.pop_front();
        }
        // One that was confirmed before says nothing new.
        let (Some((serial, offset)), Some(apdu)) = (last, self.apdu()) else { return };
        let (id, total) = (apdu.id, apdu.data.len() as u64);
        self.note(Record::Confirmed { id, serial, offset: offset as u64 });
        self.progressed();
        self.tell(Event::Progress { id, confirmed: offset as u64, total });
    }

    /// The peer reports an exception (X.228 7.6): what is unrecoverable is not worth a second try at the same place.
    pub(super) fn excepted(&mut self, reason: Option<ExceptionReason>, now: Instant) {
        if let (Some(apdu), Stage::Open | Stage::Ending) = (self.apdu(), self.stage) {
            let id = apdu.id;
            self.tell(Event::Postponed { id, reason });
        }
        let fatal = reason == Some(ExceptionReason::UnrecoverableProceduralError);
        self.sender(if fatal { Sent::NotSo } else { Sent::NotNow }, now);
    }

    fn postpone(&mut self, now: Instant) {
        let wait = self.delay(self.pauses).max(self.config.retries.first_delay / 2);
        self.pauses = self.pauses.saturating_add(1);
        self.not_before = now + wait;
    }

    fn interrupt(&mut self, now: Instant) {
        self.stage = Stage::Interrupting;
        self.unconfirmed.clear();
        self.answer_due = Some(now + self.config.answer_within);
        self.out.push_back(Request::ActivityInterrupt(Some(ExceptionReason::NonSpecific), Bytes::new()));
    }

    fn discard(&mut self, now: Instant) {
        self.stage = Stage::Discarding;
        self.unconfirmed.clear();
        self.answer_due = Some(now + self.config.answer_within);
        self.out.push_back(Request::ActivityDiscard(Some(ExceptionReason::NonSpecific), Bytes::new()));
    }

    fn suspend(&mut self) {
        self.stage = Stage::Suspended;
        self.unconfirmed.clear();
        self.answer_due = None;
    }

    fn finish(&mut self) {
        let Some(apdu) = self.apdu() else { return };
        let (id, doubt) = (apdu.id, apdu.doubt);
        self.progressed();
        self.settle(id, if doubt { Outcome::DeliveredPerhapsTwice } else { Outcome::Delivered });
    }

    /// The peer has nothing of it (`proven`), or nobody knows.
    fn begin_anew(&mut self, proven: bool) {
        let Some(apdu) = self.apdu() else { return };
        let (id, cancelled) = (apdu.id, apdu.cancelled);
        let doubt = apdu.doubt || (apdu.ended && !proven);
        // A receiver that cannot store now is no refusal: it is tried until the deadline.
        let spent = self.refusals.get(&id).is_some_and(|count| *count > self.config.max_renewals);
        if cancelled || spent {
            let why = if cancelled { Why::Cancelled } else { Why::Refused };
            let why = self.reasons.get(&id).copied().unwrap_or(why);
            return self.settle(id, if doubt { Outcome::Unknown(why) } else { Outcome::NotDelivered(why) });
        }
        self.note(Record::Renewed { id, proven });
        self.stage = Stage::Fresh;
        self.current = None;
        self.unconfirmed.clear();
        self.answer_due = None;
        self.tell(Event::Again { id, perhaps_twice: doubt });
    }

    /// One that never left.
    pub(super) fn withdraw(&mut self, id: u64) {
        let doubt = self.store.outbound(id).is_some_and(|apdu| apdu.doubt);
        let why = self.reasons.get(&id).copied().unwrap_or(Why::Cancelled);
        self.settle(id, if doubt { Outcome::Unknown(why) } else { Outcome::NotDelivered(why) });
    }

    pub(super) fn settle(&mut self, id: u64, outcome: Outcome) {
        if self.current == Some(id) {
            (self.current, self.stage) = (None, Stage::Fresh);
            self.unconfirmed.clear();
            if self.link != LinkState::Releasing && self.link != LinkState::Opening {
                self.answer_due = None;
            }
        }
        self.deadlines.remove(&id);
        self.reasons.remove(&id);
        self.refusals.remove(&id);
        self.note(Record::Settled(id));
        self.tell(Event::Settled { id, outcome });
    }
}
