//! The outgoing events of Table A.3, one arm each: primitives to the SS-user, requests to the transport, SPDUs to the peer.
use super::Spm;
use super::input::{Extra, Input};
use super::variables::Flow;
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::x225::names::{Incoming, Note, Outgoing};
use crate::x225::parameter::*;
use crate::x225::port::{TransportRequest, Tsdu};
use crate::x225::primitive::{Event, PAbortReason, Resync, Resynchronize};
use crate::x225::spdu::{self, EncodeContext, Flow as SpduFlow, Kind, SpduBuilder};
use bytes::Bytes;

/// The most user data an ABORT may have on the expedited flow, and in version 1 anywhere (X.225 8.3.9).
pub(super) const MAX_SHORT_ABORT: usize = 9;

impl Spm {
    /// True if the note under the tables lets the outgoing event happen.
    fn note_holds(&self, note: Option<Note>, input: &Input) -> bool {
        match note {
            None | Some(Note::n2 | Note::n3 | Note::n6) => true,
            Some(Note::n1) => self.v.texp,
            Some(Note::n4) => self.v.texp && input.user_data.len() > MAX_SHORT_ABORT,
            // With data separation a PREPARE is a local choice; none is sent, because a point may be open (X.225 7.24.2.1).
            Some(Note::n5) => {
                self.v.texp
                    && !self.v.fu(FunctionalUnits::DATA_SEPARATION)
                    && self.v.ado.is_none_or(|ado| ado < self.v.snd.a)
            }
        }
    }

    /// Runs one outgoing event.
    pub(super) fn out(&mut self, outgoing: Outgoing, note: Option<Note>, input: &mut Input) -> Result<()> {
        use Outgoing as O;
        if !self.note_holds(note, input) {
            return Ok(());
        }
        let data = || input.user_data.clone();
        let separation = note == Some(Note::n6);
        match outgoing {
            // To the transport.
            O::TCONreq => {
                let expedited = match &input.extra {
                    Extra::Connect(request) => {
                        request.extended_control
                            || request.functional_units.contains(FunctionalUnits::EXPEDITED_DATA)
                    }
                    _ => false,
                };
                if let Extra::Connect(request) = core::mem::replace(&mut input.extra, Extra::None) {
                    self.begin_connect(request);
                }
                self.ask_transport(TransportRequest::Connect { expedited });
            }
            O::TCONrsp => {
                let expedited = self.v.texp;
                self.ask_transport(TransportRequest::ConnectResponse { expedited });
            }
            O::TDISreq if matches!(input.extra, Extra::Gone) => {}
            O::TDISreq => {
                let reason = u8::from(input.error.is_none());
                self.ask_transport(TransportRequest::Disconnect { reason });
            }

            // SPDUs of connection establishment and release (X.225 7.1 to 7.10).
            O::CN => {
                if let Extra::Connect(request) = core::mem::replace(&mut input.extra, Extra::None) {
                    self.begin_connect(request);
                }
                self.send_connect()?;
            }
            O::OA => self.send_overflow_accept()?,
            O::CDO => self.send_connect_data_overflow()?,
            O::AC => {
                if let Extra::Response(response) = core::mem::replace(&mut input.extra, Extra::None) {
                    self.send_accept(&response)?;
                }
            }
            O::RF_nr => self.send_refuse(input, TransportDisconnect::RELEASE)?,
            O::RF_r => self.send_refuse(input, TransportDisconnect::empty())?,
            // An absent Transport Disconnect means "released" (X.225 8.3.6).
            O::FN_nr => self.send(SpduBuilder::new(Kind::FN).user_data(data()))?,
            O::FN_r => self.send(
                SpduBuilder::new(Kind::FN)
                    .transport_disconnect(TransportDisconnect::empty())
                    .user_data(data()),
            )?,
            O::DN => self.send(SpduBuilder::new(Kind::DN).user_data(data()))?,
            O::NF => self.send(SpduBuilder::new(Kind::NF).user_data(data()))?,
            O::AB_nr => self.send_abort(
                SpduBuilder::new(Kind::AB)
                    .transport_disconnect(TransportDisconnect::RELEASE | TransportDisconnect::USER_ABORT)
                    .user_data(data()),
                input.user_data.len(),
            )?,
            O::AB_r => self.send_abort(
                SpduBuilder::new(Kind::AB)
                    .transport_disconnect(TransportDisconnect::USER_ABORT)
                    .user_data(data()),
                input.user_data.len(),
            )?,
            O::AA => self.send(SpduBuilder::new(Kind::AA))?,

            // Data (X.225 7.11 to 7.15).
            O::DT => self.send(SpduBuilder::new(Kind::DT).user_data(data()))?,
            O::EX => self.send_expedited(SpduBuilder::new(Kind::EX).user_data(data()))?,
            O::TD => self.send(SpduBuilder::new(Kind::TD).user_data(data()))?,
            O::CD => self.send(SpduBuilder::new(Kind::CD).user_data(data()))?,
            O::CDA => self.send(SpduBuilder::new(Kind::CDA).user_data(data()))?,

            // Tokens (X.225 7.16 to 7.19).
            O::GT => self.send(SpduBuilder::new(Kind::GT).token_item(input.tokens).user_data(data()))?,
            O::PT => self.send(SpduBuilder::new(Kind::PT).token_item(input.tokens).user_data(data()))?,
            O::GTC => self.send(SpduBuilder::new(Kind::GTC).user_data(data()))?,
            O::GTA => self.send(SpduBuilder::new(Kind::GTA))?,

            // Synchronization points (X.225 7.20 to 7.23).
            O::MIP => {
                let sync_type = u8::from(!input.explicit) | u8::from(separation) << 1;
                let mut spdu = SpduBuilder::new(Kind::MIP).serial_number(self.v.snd.m).user_data(data());
                if sync_type != 0 {
                    spdu = spdu.sync_type(sync_type);
                }
                self.send(spdu)?;
                self.accepted.serial_number = Some(self.v.snd.m);
            }
            O::MIA => {
                let number = input.serial.unwrap_or_default();
                self.send(SpduBuilder::new(Kind::MIA).serial_number(number).user_data(data()))?;
            }
            O::MAP => {
                let number = self.v.snd.m;
                self.send(SpduBuilder::new(Kind::MAP).sync_type(1).serial_number(number).user_data(data()))?;
                self.accepted.serial_number = Some(number);
            }
            O::AE => {
                let number = self.v.snd.m;
                self.send(SpduBuilder::new(Kind::AE).serial_number(number).user_data(data()))?;
                self.accepted.serial_number = Some(number);
            }
            O::MAA | O::AEA => {
                let kind = if outgoing == O::MAA { Kind::MAA } else { Kind::AEA };
                let spdu = SpduBuilder::new(kind).user_data(data());
                let spdu = if self.v.symmetric() {
                    spdu.second_serial_number(self.v.snd.m)
                } else {
                    spdu.serial_number(self.v.snd.m.saturating_sub(1))
                };
                self.send(spdu)?;
            }

            // Resynchronization (X.225 7.24 to 7.26).
            O::RS_a | O::RS_r | O::RS_s | O::RS => {
                self.resync_tokens = input.assignment;
                // The first pair is the requestor's sending flow: ours.
                let spdu = self.resync_spdu(Kind::RS, input.snd, input.rcv);
                self.send(spdu.token_setting(self.existing(input.assignment)).user_data(data()))?;
            }
            O::RA => {
                let assignment = super::actions::chosen(self.resync_tokens, input.assignment);
                // The pairs keep the orientation of the requestor: its sending flow is our receiving flow.
                let spdu = if self.v.symmetric() {
                    self.resync_spdu(Kind::RA, input.rcv, input.snd)
                } else {
                    SpduBuilder::new(Kind::RA).serial_number(input.serial.unwrap_or_default())
                };
                self.send(spdu.token_setting(self.existing(assignment)).user_data(data()))?;
            }
            O::PR_RS => {
                let mut spdu = SpduBuilder::new(Kind::PR).prepare_type(PrepareType::Resynchronize);
                // Symmetric synchronize: the Resync Types of the RS are repeated, none before AI or AD (X.225 7.26).
                if self.v.symmetric() && input.event == Incoming::SRSYNreq {
                    if let Some(snd) = input.snd {
                        spdu = spdu.resync_type(snd.kind);
                    }
                    if let Some(rcv) = input.rcv {
                        spdu = spdu.second_resync_type(rcv.kind);
                    }
                }
                self.send_expedited(spdu)?;
            }
            O::PR_RA => self.prepare(PrepareType::ResynchronizeAck)?,
            O::PR_MAA => self.prepare(PrepareType::MajorSyncAck)?,
            O::PR_AB => self.prepare(PrepareType::Abort)?,

            // Exceptions (X.225 7.28).
            O::ED => {
                let reason = input.reason.unwrap_or_default();
                self.send(SpduBuilder::new(Kind::ED).reason(reason).user_data(data()))?;
            }

            // Activities (X.225 7.29 to 7.36).
            O::AS => {
                self.send(SpduBuilder::new(Kind::AS).activity_identifier(&input.activity).user_data(data()))?
            }
            O::AR => {
                if let Extra::Resume(resume) = &input.extra {
                    let mut spdu = SpduBuilder::new(Kind::AR)
                        .activity_identifier(&resume.activity_identifier)
                        .old_activity_identifier(&resume.old_activity_identifier)
                        .serial_number(resume.serial_number);
                    if let Some(old) = &resume.old_connection {
                        spdu = spdu.old_connection(old);
                    }
                    if let Some(second) = resume.second_serial_number {
                        spdu = spdu.second_serial_number(second);
                    }
                    let spdu = spdu.user_data(resume.user_data.clone());
                    self.send(spdu)?;
                }
            }
            O::AI | O::AD => {
                let kind = if outgoing == O::AI { Kind::AI } else { Kind::AD };
                let mut spdu = SpduBuilder::new(kind).user_data(data());
                if let Some(reason) = input.reason {
                    spdu = spdu.reason(reason);
                }
                self.send(spdu)?;
            }
            O::AIA => self.send(SpduBuilder::new(Kind::AIA).user_data(data()))?,
            O::ADA => self.send(SpduBuilder::new(Kind::ADA).user_data(data()))?,

            // To the SS-user.
            O::SCONind => self.indicate_connect(input)?,
            O::SCONcnf_pos => {
                if let Extra::Accepted(confirm) = core::mem::replace(&mut input.extra, Extra::None) {
                    self.tell_user(Event::ConnectConfirm(confirm));
                }
            }
            O::SCONcnf_neg => {
                if let Extra::Rejected(rejection) = core::mem::replace(&mut input.extra, Extra::None) {
                    self.tell_user(Event::ConnectConfirmNegative(rejection));
                }
            }
            O::SDTind | O::STDind if self.indicating.is_some() => {
                let typed = outgoing == O::STDind;
                self.tell_user(Event::DataPiece { typed, octets: data(), end: false });
            }
            O::SDTind => self.tell_user(Event::DataIndication(data())),
            O::SEXind => self.tell_user(Event::ExpeditedDataIndication(data())),
            O::STDind => self.tell_user(Event::TypedDataIndication(data())),
            O::SCDind => self.tell_user(Event::CapabilityDataIndication(data())),
            O::SCDcnf => self.tell_user(Event::CapabilityDataConfirm(data())),
            O::SGTind => self.tell_user(Event::TokenGiveIndication(input.tokens, data())),
            O::SPTind => self.tell_user(Event::TokenPleaseIndication(input.tokens, data())),
            O::SCGind => self.tell_user(Event::ControlGiveIndication(data())),
            O::SSYNmind => self.tell_user(Event::SyncMinorIndication {
                serial_number: input.serial.unwrap_or_default(),
                explicit: input.explicit,
                data_separation: separation,
                user_data: data(),
            }),
            O::SSYNmcnf => {
                self.tell_user(Event::SyncMinorConfirm(input.serial.unwrap_or_default(), data()));
            }
            O::SSYNMind => {
                self.tell_user(Event::SyncMajorIndication(input.serial.unwrap_or_default(), data()));
            }
            O::SSYNMcnf => self.tell_user(Event::SyncMajorConfirm(input.second_serial, data())),
            O::SRSYNind => self.indicate_resynchronize(input, note == Some(Note::n2)),
            O::SRSYNcnf => {
                // The confirm names the flows as the request did: the requestor's sending flow first.
                let event = Resynchronize {
                    first: self.confirmed(self.v.rsp, input.snd, input.serial),
                    second: if self.v.symmetric() {
                        self.confirmed(self.v.rspr, input.rcv, None)
                    } else {
                        None
                    },
                    tokens: input.assignment,
                    user_data: data(),
                };
                self.tell_user(Event::ResynchronizeConfirm(Box::new(event)));
            }
            O::SPERind => self.tell_user(Event::PExceptionReportIndication(input.error.take())),
            O::SUERind => {
                let reason = input.reason.and_then(ExceptionReason::from_code).unwrap_or_default();
                self.tell_user(Event::UExceptionReportIndication(reason, data()));
            }
            O::SACTSind => {
                self.tell_user(Event::ActivityStartIndication(input.activity.clone(), data()));
            }
            O::SACTRind => {
                if let Extra::Resume(resume) = core::mem::replace(&mut input.extra, Extra::None) {
                    self.tell_user(Event::ActivityResumeIndication(resume));
                }
            }
            O::SACTIind => {
                let reason = input.reason.and_then(ExceptionReason::from_code);
                self.tell_user(Event::ActivityInterruptIndication(reason, data()));
            }
            O::SACTIcnf => self.tell_user(Event::ActivityInterruptConfirm(data())),
            O::SACTDind => {
                let reason = input.reason.and_then(ExceptionReason::from_code);
                self.tell_user(Event::ActivityDiscardIndication(reason, data()));
            }
            O::SACTDcnf => self.tell_user(Event::ActivityDiscardConfirm(data())),
            O::SACTEind => {
                self.tell_user(Event::ActivityEndIndication(input.serial.unwrap_or_default(), data()));
            }
            O::SACTEcnf => self.tell_user(Event::ActivityEndConfirm(input.second_serial, data())),
            O::SRELind => self.tell_user(Event::ReleaseIndication(data())),
            O::SRELcnf_pos => self.tell_user(Event::ReleaseConfirm(data())),
            O::SRELcnf_neg => self.tell_user(Event::ReleaseConfirmNegative(data())),
            O::SPABind => {
                let error = input.error.take();
                self.tell_user(Event::PAbortIndication(PAbortReason::TransportDisconnect, error));
            }
            O::SxABind => self.indicate_abort(input),
        }
        Ok(())
    }

    /// n3: S-U-ABORT if bit 2 of Transport Disconnect is set, else S-P-ABORT with the reason of the other bits.
    fn indicate_abort(&mut self, input: &mut Input) {
        let bits = match input.extra {
            Extra::Abort(bits) => bits,
            _ => TransportDisconnect::empty(),
        };
        if bits.contains(TransportDisconnect::USER_ABORT) {
            return self.tell_user(Event::UAbortIndication(input.user_data.clone()));
        }
        let (reason, text) = if bits.contains(TransportDisconnect::PROTOCOL_ERROR) {
            (PAbortReason::ProtocolError, "the peer's session provider aborted: it found a protocol error")
        } else if bits.contains(TransportDisconnect::IMPLEMENTATION_RESTRICTION) {
            (
                PAbortReason::ImplementationRestriction,
                "the peer's session provider aborted: restriction of its implementation",
            )
        } else {
            (PAbortReason::Undefined, "the peer's session provider aborted without a reason")
        };
        let mut error = input.error.take().unwrap_or_else(|| Error::peer(Layer::Session, text));
        let details = error.details_mut();
        details.pdu = Some("AB");
        details.clause = Some("X.225 7.9".into());
        details.state = Some(self.state.name());
        details.event = Some(input.event.name());
        details.reason = Some(u32::from(bits.bits()));
        if details.octets.is_empty() {
            // Reflect Parameter Values: what the peer objects to.
            details.octets = input.activity.to_vec();
        }
        self.tell_user(Event::PAbortIndication(reason, Some(error)));
    }

    fn indicate_resynchronize(&mut self, input: &Input, abandoned_numbers: bool) {
        let shown = |resync: Option<Resync>, next: SerialNumber| {
            resync.map(|r| Resync {
                // n2: an abandoned flow goes on with V(M) as it stands after [19].
                serial_number: if abandoned_numbers && r.kind == ResyncType::Abandon {
                    Some(next)
                } else {
                    r.serial_number
                },
                ..r
            })
        };
        self.resync_tokens = input.assignment;
        // First is the requestor's sending flow: with symmetric synchronize our receiving flow.
        let (first, second) = if self.v.symmetric() {
            (shown(input.rcv, self.v.rcv.m), shown(input.snd, self.v.snd.m))
        } else {
            (shown(input.snd, self.v.snd.m), None)
        };
        let event =
            Resynchronize { first, second, tokens: input.assignment, user_data: input.user_data.clone() };
        self.tell_user(Event::ResynchronizeIndication(Box::new(event)));
    }

    /// The kind this side asked for with the number that was agreed.
    fn confirmed(&self, flow: Flow, answer: Option<Resync>, serial: Option<SerialNumber>) -> Option<Resync> {
        let kind = flow.kind.resync_type()?;
        Some(Resync { kind, serial_number: answer.and_then(|r| r.serial_number).or(serial) })
    }

    /// Resync Type and Serial Number pairs, first and second on the wire (X.225 8.3.24).
    fn resync_spdu(&self, kind: Kind, first: Option<Resync>, second: Option<Resync>) -> SpduBuilder {
        let mut spdu = SpduBuilder::new(kind);
        if let Some(first) = first {
            spdu = spdu.resync_type(first.kind).serial_number(first.serial_number.unwrap_or_default());
        }
        if let Some(second) = second.filter(|_| self.v.symmetric()) {
            spdu = spdu
                .second_resync_type(second.kind)
                .second_serial_number(second.serial_number.unwrap_or_default());
        }
        spdu
    }

    /// Sides of the tokens that exist; the pairs of the others are sent as 00 (X.225 8.3.1).
    pub(super) fn existing(&self, assignment: TokenAssignment) -> TokenAssignment {
        let mut result = TokenAssignment::default();
        for token in super::variables::TOKENS {
            if self.v.available().contains(token) {
                result.set(token, assignment.side(token));
            }
        }
        result
    }

    fn prepare(&mut self, kind: PrepareType) -> Result<()> {
        self.send_expedited(SpduBuilder::new(Kind::PR).prepare_type(kind))
    }

    /// An ABORT travels on the expedited flow if there is one and its data is short, otherwise on the normal flow.
    pub(super) fn send_abort(&mut self, spdu: SpduBuilder, octets: usize) -> Result<()> {
        if self.v.texp && octets <= MAX_SHORT_ABORT { self.send_expedited(spdu) } else { self.send(spdu) }
    }

    /// What is known about the connection for writing.
    pub(super) fn encode_context(&self, flow: SpduFlow) -> EncodeContext {
        EncodeContext {
            version: self.negotiated.version,
            max_tsdu: usize::from(self.sending_limit()),
            flow,
            symmetric: self.v.symmetric(),
            upper_limit: self.negotiated.upper_limit,
        }
    }

    /// Sends an SPDU on the normal flow, with its prefix, in as many segments as it takes.
    pub(super) fn send(&mut self, spdu: SpduBuilder) -> Result<()> {
        let context = self.encode_context(SpduFlow::Normal);
        let mut tsdus: smallvec::SmallVec<[Tsdu; 1]> = smallvec::SmallVec::new();
        spdu::emit(Tokens::empty(), spdu, &context, &mut |tsdu| tsdus.push(tsdu))?;
        for tsdu in tsdus {
            let open = self.opening.is_some();
            self.ask_transport(match open {
                true => TransportRequest::DataPart { tsdu, end: false },
                false => TransportRequest::Data(tsdu),
            });
        }
        Ok(())
    }

    /// Sends an SPDU on the transport expedited flow.
    pub(super) fn send_expedited(&mut self, spdu: SpduBuilder) -> Result<()> {
        let octets = spdu.encode(&self.encode_context(SpduFlow::Expedited))?;
        self.ask_transport(TransportRequest::ExpeditedData(Bytes::from(octets)));
        Ok(())
    }

    /// What the peer did wrong, as the abort of this side: S-P-ABORT indication, ABORT SPDU, TIM (X.225 A.4.1.2, option a).
    pub(super) fn provider_abort(&mut self, error: Error, octets: &[u8]) {
        use crate::x225::names::State;
        if self.sending.take().is_some() {
            // No ABORT SPDU fits into the middle of a TSDU.
            self.tell_user(Event::PAbortIndication(PAbortReason::ProtocolError, Some(error)));
            return self.disconnect();
        }
        match self.state {
            // Only the end is awaited, and TIM bounds the wait: a peer that goes on must not prolong it.
            State::STA01 | State::STA01A | State::STA15D | State::STA16 => return,
            // No user was told of a session, and no ABORT can be sent for one (X.225 A.4.1.2).
            State::STA01B | State::STA01C | State::STA01D => {
                self.refuse_caller(error);
                return self.disconnect();
            }
            _ => {}
        }
        let restriction = matches!(error.kind(), ErrorKind::LimitHit | ErrorKind::TimedOut);
        let (reason, bit) = if restriction {
            (PAbortReason::ImplementationRestriction, TransportDisconnect::IMPLEMENTATION_RESTRICTION)
        } else {
            (PAbortReason::ProtocolError, TransportDisconnect::PROTOCOL_ERROR)
        };
        self.tell_user(Event::PAbortIndication(reason, Some(error)));
        let mut spdu = SpduBuilder::new(Kind::AB).transport_disconnect(TransportDisconnect::RELEASE | bit);
        if !restriction && !octets.is_empty() {
            spdu = spdu.reflected(&octets[..octets.len().min(MAX_SHORT_ABORT)]);
        }
        if self.send_abort(spdu, 0).is_err() {
            // No ABORT could be sent, such as under a tiny maximum TSDU size: the octet says so (X.225 A.4.1.2).
            self.ask_transport(TransportRequest::Disconnect { reason: 0 });
            return self.enter(State::STA01);
        }
        self.tim = Some(self.now + self.config.limits.tim);
        self.enter(State::STA16);
    }
}
