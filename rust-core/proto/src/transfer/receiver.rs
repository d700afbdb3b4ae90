//! APDUs of the peer's (X.228 7.3, 7.8).
use super::engine::{Engine, Event};
use super::pdu::{AbortReason, Reference};
use super::record::Record;
use super::table::{DoReceive, Received, ReceiverState};
use crate::error::{Error, Layer};
use crate::time::Instant;
use crate::x225::Request;
use crate::x225::parameter::{ExceptionReason, SerialNumber};
use crate::x225::primitive::ActivityResume;
use bytes::Bytes;

impl Engine {
    /// Something happens to the incoming activity that needs no more to be known.
    pub(super) fn receive(&mut self, input: Received, now: Instant) {
        let what = self.receiver.on(input);
        self.act(what, input, now);
    }

    fn act(&mut self, what: DoReceive, input: Received, now: Instant) {
        match what {
            // These have their parameters where they come from.
            DoReceive::Nothing
            | DoReceive::Begin
            | DoReceive::Continue
            | DoReceive::Repeat
            | DoReceive::Reject
            | DoReceive::Collect
            | DoReceive::Secure
            | DoReceive::Confirm
            | DoReceive::Report => {}
            DoReceive::Complete => self.complete(),
            DoReceive::ConfirmEnd => {
                self.rest_receiver();
                self.out.push_back(Request::ActivityEndResponse(Bytes::new()));
            }
            DoReceive::Keep => {
                self.rest_receiver();
                self.out.push_back(Request::ActivityInterruptResponse(Bytes::new()));
            }
            DoReceive::Drop => {
                if let Some(key) = self.incoming {
                    self.note(Record::Dropped(key));
                }
                self.rest_receiver();
                self.out.push_back(Request::ActivityDiscardResponse(Bytes::new()));
            }
            DoReceive::TooLate => {
                // X.228 B.1.6: what is complete cannot be discarded.
                let error = Error::refused("the peer discards what had been completed");
                self.break_off(AbortReason::TransferCompleted, error, now);
            }
            DoReceive::Rest => self.rest_receiver(),
            DoReceive::Violation => {
                let error = Error::peer(Layer::Session, "not at this point of a transfer")
                    .with_parameter(format!("{input:?} while {:?}", self.receiver))
                    .with_clause("X.228 7.3");
                self.break_off(AbortReason::ProtocolError, error, now);
            }
        }
    }

    fn rest_receiver(&mut self) {
        (self.receiver, self.incoming) = (ReceiverState::Idle, None);
        self.tail.clear();
    }

    /// S-ACTIVITY-START indication.
    pub(super) fn start(&mut self, activity: &Bytes, now: Instant) {
        match self.receiver.on(Received::Start) {
            DoReceive::Begin => {
                self.begin_incoming(activity);
                self.check_room(now);
            }
            other => self.act(other, Received::Start, now),
        }
    }

    fn begin_incoming(&mut self, activity: &Bytes) {
        let key = self.store.next_key;
        self.note(Record::Began { key, activity: activity.clone(), on: self.connection.clone() });
        (self.receiver, self.incoming) = (ReceiverState::Receiving, Some(key));
        self.tail.clear();
    }

    /// Nobody takes what is delivered: the peer may come again.
    fn check_room(&mut self, now: Instant) {
        if self.held || self.store.deliveries.len() >= self.config.max_untaken {
            self.cannot_store(ExceptionReason::ReceivingAbilityJeopardized, now);
        }
    }

    pub(super) fn cannot_store(&mut self, reason: ExceptionReason, now: Instant) {
        match self.receiver.on(Received::CannotStore) {
            DoReceive::Report => self.report(reason),
            other => self.act(other, Received::CannotStore, now),
        }
    }

    fn report(&mut self, reason: ExceptionReason) {
        self.receiver = ReceiverState::Refusing;
        self.tail.clear();
        self.out.push_back(Request::UExceptionReport(reason, Bytes::new()));
    }

    /// S-ACTIVITY-RESUME indication. The linking references name the connection on which the activity was started (X.225 8.3.30); without
    /// them it was this one.
    pub(super) fn resume(&mut self, resume: &ActivityResume, now: Instant) {
        let on = match &resume.old_connection {
            Some(old) => {
                Reference::of(&old.calling_reference, &old.common_reference, &old.additional_reference)
            }
            None => self.connection.clone(),
        };
        let found = self.store.find(&on, &resume.old_activity_identifier);
        let key = found.map(|apdu| apdu.key);
        let serial = resume.serial_number;
        let input = match found {
            Some(apdu) if apdu.complete => Received::ResumeComplete,
            Some(apdu) if apdu.offset(serial).is_some() => Received::ResumeHere,
            None if serial == 0 => Received::ResumeHere,
            Some(_) | None => Received::ResumeUnknown,
        };
        let name = |key| Record::Named {
            key,
            activity: resume.activity_identifier.clone(),
            on: self.connection.clone(),
        };
        match (self.receiver.on(input), key) {
            (DoReceive::Continue, Some(key)) => {
                let name = name(key);
                self.note(Record::CutBack { key, serial });
                self.note(name);
                (self.receiver, self.incoming) = (ReceiverState::Receiving, Some(key));
                self.tail.clear();
                self.check_room(now);
            }
            (DoReceive::Continue, None) => {
                // Its start was lost: this is its beginning, and its old name stays good.
                self.begin_incoming(&resume.activity_identifier);
                if let Some(key) = self.incoming {
                    let activity = resume.old_activity_identifier.clone();
                    self.note(Record::Named { key, activity, on });
                }
                self.check_room(now);
            }
            (DoReceive::Repeat, Some(key)) => {
                let name = name(key);
                self.note(name);
                (self.receiver, self.incoming) = (ReceiverState::Repeating, Some(key));
            }
            (DoReceive::Reject, _) => {
                self.incoming = None;
                self.report(ExceptionReason::UnrecoverableProceduralError);
            }
            (other, _) => self.act(other, input, now),
        }
    }

    /// S-DATA indication.
    pub(super) fn data(&mut self, octets: &Bytes, now: Instant) {
        match self.receiver.on(Received::Data) {
            DoReceive::Collect => {
                let here = self.incoming.and_then(|key| self.store.inbound(key)).map_or(0, |i| i.data.len());
                let whole = here.saturating_add(self.tail.len()).saturating_add(octets.len());
                if whole > self.config.max_apdu {
                    return self.cannot_store(ExceptionReason::UnrecoverableProceduralError, now);
                }
                self.tail.extend_from_slice(octets);
            }
            other => self.act(other, Received::Data, now),
        }
    }

    /// S-SYNC-MINOR indication.
    pub(super) fn sync(&mut self, serial: SerialNumber, explicit: bool, now: Instant) {
        match (self.receiver.on(Received::Sync), self.incoming) {
            (DoReceive::Secure, Some(key)) => {
                let points = self.store.inbound(key).map_or(0, |apdu| apdu.checkpoints.len());
                if points >= self.config.max_checkpoints {
                    return self.cannot_store(ExceptionReason::UnrecoverableProceduralError, now);
                }
                let data = self.tail.split().freeze();
                self.note(Record::Secured { key, serial, data });
                let secured = self.store.inbound(key).map_or(0, |apdu| apdu.data.len() as u64);
                self.progressed();
                self.tell(Event::Incoming { secured });
                self.confirm(serial, explicit);
            }
            (DoReceive::Confirm, _) => self.confirm(serial, explicit),
            (other, _) => self.act(other, Received::Sync, now),
        }
    }

    fn confirm(&mut self, serial: SerialNumber, explicit: bool) {
        if explicit {
            self.out.push_back(Request::SyncMinorResponse(serial, Bytes::new()));
        }
    }

    fn complete(&mut self) {
        let Some(key) = self.incoming else { return };
        let number = self.store.next_delivery;
        let data = self.tail.split().freeze();
        self.note(Record::Completed { key, number, data });
        self.progressed();
        self.rest_receiver();
        self.out.push_back(Request::ActivityEndResponse(Bytes::new()));
        if let Some(data) = self.store.deliveries.get(&number).cloned() {
            self.tell(Event::Arrived { number, data });
        }
    }
}
