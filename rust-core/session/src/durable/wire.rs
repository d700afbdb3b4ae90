//! Between the engine's primitives and the session service: one connection of a dialogue.
use super::config::Peer;
use crate::config::SessionConfig;
use crate::endpoint::Endpoint;
use crate::session::{Session, connect_failure};
use bytes::Bytes;
use osisession_dialogue::{ActivityId, Agreed, Cause, Primitive, Refusal, Role};
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::x225::parameter::{
    FunctionalUnits, SerialNumber, TokenAssignment, TokenSide, Tokens, refuse_reason,
};
use osisession_proto::x225::primitive::{
    ActivityResume, ConnectReject, ConnectRequest, ConnectResponse, Event, PAbortReason,
};
use std::collections::VecDeque;

/// What a dialogue uses of the session protocol: 0x006A.
pub(super) const UNITS: FunctionalUnits = FunctionalUnits::DUPLEX
    .union(FunctionalUnits::MINOR_SYNC)
    .union(FunctionalUnits::RESYNCHRONIZE)
    .union(FunctionalUnits::ACTIVITY_MANAGEMENT);

/// One session connection of a dialogue.
pub(super) struct Conn {
    pub(super) session: Session,
    /// Sync points of the peer that want an answer, in order.
    owed: VecDeque<SerialNumber>,
    /// The engine does not want to hear more for now.
    pub(super) paused: bool,
    /// The session takes no more data for now.
    pub(super) full: bool,
    /// The session has refused a request: nothing more is sent, so that no message can be missing between two others.
    pub(super) mute: bool,
    /// The peer has begun to end the connection: a refused request is no fault.
    pub(super) ending: bool,
}

/// What an event means to the engine.
pub(super) enum Heard {
    Confirmed {
        user_data: Bytes,
        agreed: Agreed,
    },
    Refused(Refusal, Error),
    Primitive(Primitive),
    Gone(Cause, Error),
    /// A service that dialogues do not use.
    Foreign(&'static str),
}

/// S-CONNECT request to the peer. May look a name up.
pub(super) fn call(
    endpoint: &Endpoint,
    peer: &Peer,
    role: Role,
    config: &SessionConfig,
    user_data: Bytes,
) -> Result<Session> {
    let side = match role {
        Role::Initiator => TokenSide::Requestor,
        Role::Responder => TokenSide::Acceptor,
    };
    let request = ConnectRequest {
        calling_selector: peer.calling_selector.clone(),
        called_selector: peer.called_selector.clone(),
        functional_units: UNITS,
        // Not needed with activity management, but a peer may agree to minor synchronize alone.
        initial_serial_number: Some(1),
        tokens: TokenAssignment::all(side),
        user_data,
        ..ConnectRequest::default()
    };
    let mut config = config.clone();
    config.called_t_selector = peer.called_t_selector.clone();
    config.calling_t_selector = peer.calling_t_selector.clone();
    endpoint.connect(&peer.address, request, config)
}

/// What is agreed with a peer that proposed, or selected, these functional units.
pub(super) fn agreed(units: FunctionalUnits) -> Agreed {
    Agreed {
        activities: units.contains(FunctionalUnits::ACTIVITY_MANAGEMENT),
        minor_sync: units.contains(FunctionalUnits::MINOR_SYNC),
    }
}

/// S-CONNECT response, affirmative.
pub(super) fn accept(session: &Session, user_data: Bytes) -> Result<()> {
    session.connect_response(ConnectResponse { functional_units: UNITS, user_data, ..Default::default() })
}

/// S-CONNECT response, negative, reason 2: with a control block, or for good without one.
pub(super) fn refuse(session: &Session, user_data: Bytes) {
    let reason = refuse_reason::USER_DATA;
    // Where it cannot be said any more, nobody listens.
    let _ = session.connect_response_negative(ConnectReject { reason, user_data, ..Default::default() });
}

impl Conn {
    pub(super) fn new(session: Session) -> Conn {
        Conn { session, owed: VecDeque::new(), paused: false, full: false, mute: false, ending: false }
    }

    /// Makes the request.
    pub(super) fn send(&mut self, primitive: Primitive) -> Result<()> {
        let session = &self.session;
        match primitive {
            Primitive::Data(data) => session.data_request(data),
            Primitive::Sync(block) => session.sync_minor_request(true, false, block).map(drop),
            Primitive::SyncConfirm(block) => match self.owed.pop_front() {
                Some(serial) => session.sync_minor_response(serial, block),
                None => Err(Error::refused("no sync point waits for an answer")),
            },
            Primitive::Please(block) => session.token_please_request(Tokens::SYNCHRONIZE_MINOR, block),
            Primitive::Start(activity) => session.activity_start_request(activity.to_vec(), Bytes::new()),
            Primitive::Resume { activity, old, user_data } => {
                session.activity_resume_request(ActivityResume {
                    activity_identifier: activity.to_vec().into(),
                    old_activity_identifier: old.to_vec().into(),
                    user_data,
                    ..ActivityResume::default()
                })
            }
            Primitive::End => session.activity_end_request(Bytes::new()).map(drop),
            Primitive::EndConfirm => session.activity_end_response(Bytes::new()),
            Primitive::Interrupt => session.activity_interrupt_request(None, Bytes::new()),
            Primitive::InterruptConfirm => session.activity_interrupt_response(Bytes::new()),
            Primitive::Release(block) => session.release_request(block),
            Primitive::ReleaseConfirm(block) => session.release_response(block),
        }
    }

    /// The next event, unless the engine has stopped reading.
    pub(super) fn hear(&mut self) -> Option<Heard> {
        if self.paused {
            return None;
        }
        let heard = match self.session.try_next_event()? {
            Event::DataIndication(data) => Heard::Primitive(Primitive::Data(data)),
            Event::SyncMinorIndication { serial_number, user_data, .. } => {
                self.owed.push_back(serial_number);
                Heard::Primitive(Primitive::Sync(user_data))
            }
            Event::SyncMinorConfirm(_, user_data) => Heard::Primitive(Primitive::SyncConfirm(user_data)),
            Event::TokenPleaseIndication(_, user_data) => Heard::Primitive(Primitive::Please(user_data)),
            Event::ActivityStartIndication(activity, _) => {
                Heard::Primitive(Primitive::Start(identifier(&activity)))
            }
            Event::ActivityResumeIndication(resume) => Heard::Primitive(Primitive::Resume {
                activity: identifier(&resume.activity_identifier),
                old: identifier(&resume.old_activity_identifier),
                user_data: resume.user_data,
            }),
            Event::ActivityEndIndication(..) => Heard::Primitive(Primitive::End),
            Event::ActivityEndConfirm(..) => Heard::Primitive(Primitive::EndConfirm),
            Event::ActivityInterruptIndication(..) => Heard::Primitive(Primitive::Interrupt),
            Event::ActivityInterruptConfirm(_) => Heard::Primitive(Primitive::InterruptConfirm),
            Event::ReleaseIndication(block) => Heard::Primitive(Primitive::Release(block)),
            Event::ReleaseConfirm(block) => Heard::Primitive(Primitive::ReleaseConfirm(block)),
            Event::ConnectConfirm(confirm) => {
                Heard::Confirmed { agreed: agreed(confirm.functional_units), user_data: confirm.user_data }
            }
            Event::ConnectConfirmNegative(rejection) => {
                let refusal = Refusal {
                    temporary: passes(rejection.reason),
                    user_data: Some(rejection.user_data.clone()).filter(|data| !data.is_empty()),
                };
                Heard::Refused(refusal, connect_failure(&Event::ConnectConfirmNegative(rejection)))
            }
            Event::UAbortIndication(data) => {
                let error = connect_failure(&Event::UAbortIndication(data.clone()));
                Heard::Gone(Cause::Aborted(data), error)
            }
            Event::PAbortIndication(reason, error) => {
                let cause = match reason {
                    PAbortReason::ProtocolError | PAbortReason::ImplementationRestriction => {
                        Cause::ProtocolError
                    }
                    _ => Cause::Lost,
                };
                Heard::Gone(cause, connect_failure(&Event::PAbortIndication(reason, error)))
            }
            other => Heard::Foreign(other.name()),
        };
        self.ending |= matches!(
            heard,
            Heard::Primitive(Primitive::Interrupt | Primitive::End | Primitive::Release(_))
                | Heard::Gone(..)
                | Heard::Refused(..)
        );
        Some(heard)
    }
}

/// Whether a refusal passes (X.225 8.3.5). "Not specified" is what a listener says that is being closed: its process may be about to
/// start again, and whoever refuses a dialogue for good says so in a control block.
fn passes(reason: u8) -> bool {
    matches!(reason, refuse_reason::USER | refuse_reason::USER_CONGESTION | refuse_reason::CONGESTION)
}

/// The identifier that a peer chose, cut or filled to our length: nothing depends on it.
fn identifier(octets: &[u8]) -> ActivityId {
    let mut identifier = ActivityId::default();
    identifier.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
    identifier
}
