//! From a TSDU of the peer to incoming events (X.225 6.3, Table A.1): decoding, order of processing, reassembly, and what to do with what is wrong (A.4).
use super::Spm;
use super::input::{Extra, Input};
use super::variables::Vrsp;
use crate::error::{Error, Layer, Result};
use crate::x225::names::{Incoming, Set, State};
use crate::x225::parameter::*;
use crate::x225::primitive::{ActivityResume, Resync};
use crate::x225::spdu::{self, DecodeContext, Flow, Kind, Leniency, Segmenting, Spdu};
use bytes::Bytes;

impl Spm {
    /// What is known about the connection for reading.
    pub(super) fn decode_context(&self, flow: Flow) -> DecodeContext {
        let selected = !self.v.fu.is_empty();
        DecodeContext {
            flow,
            version: self.negotiated.version,
            segmenting: match self.receiving_limit() {
                _ if !selected => Segmenting::Unknown,
                0 => Segmenting::NotSelected,
                _ => Segmenting::Selected,
            },
            extended_concatenation: self.negotiated.can_receive_concatenation || !selected,
            symmetric: selected.then(|| self.v.symmetric()),
            available_tokens: selected.then(|| self.v.available()),
            upper_limit: self.negotiated.upper_limit,
            leniency: if self.config.strict { Leniency::STRICT } else { Leniency::TOLERANT },
            continuing: self.reassembly.in_progress(),
        }
    }

    /// One TSDU of the peer.
    pub(super) fn receive(&mut self, tsdu: &Bytes, flow: Flow) {
        if self.state == State::STA01 {
            return;
        }
        let decoded = match spdu::decode(tsdu, &self.decode_context(flow)) {
            Ok(decoded) => decoded,
            Err(error) => return self.invalid_spdu(error, tsdu, flow),
        };
        for used in decoded.leniencies() {
            self.leniencies |= used.leniency;
        }
        if decoded.spdus().iter().all(|spdu| spdu.user_data().is_empty()) && !self.within_control_rate() {
            let rate = self.config.limits.control_spdu_rate;
            let error = Error::limit(
                Layer::Session,
                format!("the peer sends more than {rate} SPDUs without user data per second"),
            );
            return self.provider_abort(self.placed(error, decoded.spdus()[0].kind().name()), &[]);
        }
        for spdu in decoded.processing_order() {
            self.receive_spdu(spdu, tsdu, flow);
        }
    }

    /// A token bucket against floods of control SPDUs.
    fn within_control_rate(&mut self) -> bool {
        let limits = &self.config.limits;
        let burst = u64::from(limits.control_spdu_burst) * 1_000_000_000;
        let earned = self
            .now
            .saturating_duration_since(self.control_at)
            .as_nanos()
            .saturating_mul(u128::from(limits.control_spdu_rate));
        let credit = self.control_credit.saturating_add(u64::try_from(earned).unwrap_or(u64::MAX)).min(burst);
        self.control_at = self.now;
        self.control_credit = credit.saturating_sub(1_000_000_000);
        credit >= 1_000_000_000
    }

    fn receive_spdu(&mut self, spdu: &Spdu<'_>, tsdu: &Bytes, flow: Flow) {
        let kind = spdu.kind();
        let prefix = matches!(kind, Kind::GT | Kind::PT) && spdu.token_item().is_none();
        if prefix {
            // Without a Token Item it only announces what follows (X.225 6.3.7).
            return;
        }
        self.break_off(kind);
        if flow == Flow::Expedited || self.is_concatenated_token(spdu) {
            return self.dispatch(spdu, None, tsdu, flow);
        }
        if self.late_segment(spdu) {
            return;
        }
        match self.reassembly.push(spdu, tsdu) {
            Ok(None) => {}
            Ok(Some(whole)) => {
                if spdu.enclosure().is_none_or(|e| e == Enclosure::Single) {
                    return self.dispatch(spdu, None, tsdu, flow);
                }
                // The parameters stand in the first segment.
                match spdu::decode(&whole.first, &self.decode_context(flow)) {
                    Ok(first) => {
                        if let Some(first) = first.spdus().iter().find(|first| first.kind() == kind) {
                            self.dispatch(first, Some(whole.user_data), &whole.first, flow);
                        }
                    }
                    Err(error) => self.invalid_spdu(error, tsdu, flow),
                }
            }
            Err(error) => {
                self.reassembly.cancel();
                let error = self.placed(error, kind.name());
                self.provider_abort(error, spdu.octets());
            }
        }
    }

    /// A GT or PT with tokens behind a category 2 SPDU in the same TSDU: it ends nothing and interrupts nothing.
    fn is_concatenated_token(&self, spdu: &Spdu<'_>) -> bool {
        matches!(spdu.kind(), Kind::GT | Kind::PT) && self.reassembly.in_progress().is_none()
    }

    /// What breaks off the reassembly of data (procedures of segmented SSDUs, X.225 7.37.3): its late segments are dropped.
    fn break_off(&mut self, kind: Kind) {
        let breaks = matches!(
            kind,
            Kind::RS
                | Kind::RA
                | Kind::ER
                | Kind::ED
                | Kind::AI
                | Kind::AIA
                | Kind::AD
                | Kind::ADA
                | Kind::AB
        );
        if breaks {
            self.cancel_reassembly();
        }
    }

    /// Gives up an SSDU that is being reassembled; what still comes of it will be dropped.
    pub(super) fn cancel_reassembly(&mut self) {
        self.drop_arriving();
        if let Some(kind @ (Kind::DT | Kind::TD)) = self.reassembly.in_progress() {
            self.broken_off = Some(kind);
            self.reassembly.cancel();
        }
    }

    /// A middle or last segment of an SSDU that was broken off.
    fn late_segment(&mut self, spdu: &Spdu<'_>) -> bool {
        if self.broken_off != Some(spdu.kind()) || self.reassembly.in_progress().is_some() {
            return false;
        }
        match spdu.enclosure() {
            Some(Enclosure::Middle) => true,
            Some(Enclosure::Last) => {
                self.broken_off = None;
                true
            }
            _ => {
                self.broken_off = None;
                false
            }
        }
    }

    /// A whole SPDU meets the state.
    fn dispatch(&mut self, spdu: &Spdu<'_>, user_data: Option<Bytes>, tsdu: &Bytes, flow: Flow) {
        let user_data = user_data.unwrap_or_else(|| slice(tsdu, spdu.user_data()));
        match self.input_from(spdu, user_data, flow) {
            Ok(mut input) => {
                input.octets = slice(tsdu, spdu.octets());
                if self.is_early_disconnect(&input) {
                    self.leniencies |= Leniency::EARLY_DISCONNECT;
                    self.early_disconnect = Some(Box::new(input));
                    return;
                }
                let please = (input.event == Incoming::AC).then(|| spdu.token_item()).flatten();
                if matches!(input.event, Incoming::PR_RS | Incoming::PR_AB) {
                    self.cancel_reassembly();
                }
                self.peer_event(input);
                // The Token Item of an ACCEPT acts as a PLEASE TOKENS right behind it (X.225 7.4.3).
                if let Some(tokens) = please.filter(|_| self.state == State::STA713) {
                    let tokens = tokens & self.v.available();
                    if !tokens.is_empty() {
                        self.peer_event(Input { tokens, ..Input::new(Incoming::PT) });
                    }
                }
            }
            Err(error) => {
                let error = self.placed(error, spdu.kind().name());
                self.provider_abort(error, spdu.octets());
            }
        }
    }

    /// The DISCONNECT of an ISODE that was called: it does not wait for the initiator's when two FINISH cross.
    fn is_early_disconnect(&self, input: &Input) -> bool {
        input.event == Incoming::DN
            && self.state == State::STA09
            && self.v.coll
            && !self.v.tca
            && !self.config.strict
            && self.early_disconnect.is_none()
    }

    /// The incoming event of an SPDU (X.225 Table A.1). An error is a negotiation that cannot stand.
    fn input_from(&mut self, spdu: &Spdu<'_>, user_data: Bytes, flow: Flow) -> Result<Input> {
        use Incoming as I;
        let plain = |event| Input::with_user_data(event, user_data.clone());
        let numbered = |event| Input { serial: spdu.serial_number(), ..plain(event) };
        let disconnect = spdu.transport_disconnect();
        let keep = disconnect.is_some_and(|bits| !bits.contains(TransportDisconnect::RELEASE));
        let resync =
            |kind: Option<ResyncType>, number| kind.map(|kind| Resync { kind, serial_number: number });
        let first = resync(spdu.resync_type(), spdu.serial_number());
        let second = resync(spdu.second_resync_type(), spdu.second_serial_number());
        Ok(match spdu.kind() {
            Kind::CN if self.state == State::STA01C && self.v.tca => self.receive_connect(spdu),
            Kind::CN => plain(I::CN),
            Kind::OA => {
                if self.state == State::STA02B {
                    self.negotiated.version = Versions::V2;
                    self.negotiated.sizes =
                        self.negotiated.sizes.select(spdu.tsdu_maximum_size().unwrap_or_default());
                }
                plain(I::OA)
            }
            Kind::CDO => Input { last: spdu.enclosure() == Some(Enclosure::Last), ..plain(I::CDO) },
            Kind::AC if self.state == State::STA02A => {
                let mut leniencies = self.leniencies;
                let (negotiated, confirm) =
                    self.negotiate_accept(spdu, user_data.clone(), &mut leniencies)?;
                self.leniencies = leniencies;
                self.negotiated = negotiated;
                Input { extra: Extra::Accepted(Box::new(confirm)), ..plain(I::AC) }
            }
            Kind::AC => plain(I::AC),
            Kind::RF => {
                let event = if keep { I::RF_r } else { I::RF_nr };
                let rejection = self.rejection(spdu, user_data.clone(), event);
                Input { keep, extra: Extra::Rejected(Box::new(rejection)), ..plain(event) }
            }
            Kind::FN => Input { keep, ..plain(if keep { I::FN_r } else { I::FN_nr }) },
            Kind::DN => plain(I::DN),
            Kind::NF => plain(I::NF),
            Kind::AB => {
                let event = if keep && flow == Flow::Normal { I::AB_r } else { I::AB_nr };
                let bits = disconnect.unwrap_or_default();
                Input {
                    keep,
                    extra: Extra::Abort(bits),
                    activity: Bytes::copy_from_slice(spdu.reflected().unwrap_or_default()),
                    ..plain(event)
                }
            }
            Kind::AA => plain(I::AA),
            Kind::DT => plain(I::DT),
            Kind::EX => plain(I::EX),
            Kind::TD => plain(I::TD),
            Kind::CD => plain(I::CD),
            Kind::CDA => plain(I::CDA),
            Kind::GT => Input { tokens: spdu.token_item().unwrap_or_default(), ..plain(I::GT) },
            Kind::PT => Input { tokens: spdu.token_item().unwrap_or_default(), ..plain(I::PT) },
            Kind::GTC => plain(I::GTC),
            Kind::GTA => plain(I::GTA),
            Kind::MIP => {
                let bits = spdu.sync_type().unwrap_or_default();
                let event = if bits & 2 == 0 { I::MIP } else { I::MIP_d };
                Input { explicit: bits & 1 == 0, ..numbered(event) }
            }
            Kind::MIA => numbered(I::MIA),
            Kind::MAP => numbered(I::MAP),
            Kind::AE => numbered(I::AE),
            Kind::MAA | Kind::AEA => {
                Input { second_serial: spdu.second_serial_number(), ..numbered(I::MAA_AEA) }
            }
            Kind::RS => {
                let assignment = spdu.token_setting().unwrap_or_default();
                match self.v.set() {
                    Set::N => {
                        let snd = first.or(second);
                        let event = match snd.map(|r| r.kind) {
                            Some(ResyncType::Restart) => I::RS_r,
                            Some(ResyncType::Set) => I::RS_s,
                            Some(ResyncType::Abandon) | None => I::RS_a,
                        };
                        Input { snd, assignment, ..numbered(event) }
                    }
                    // The first pair is the requestor's sending flow: our receiving flow (X.225 7.24.3.2).
                    Set::S => Input { rcv: first, snd: second, assignment, ..numbered(I::RS) },
                }
            }
            // The pairs keep the orientation of the requestor: us.
            Kind::RA => {
                let waiting = matches!(self.state, State::STA05A | State::STA15C);
                let abandoned = waiting && !self.v.symmetric() && self.v.rsp.kind == Vrsp::Abandon;
                // ISODE acknowledges with its V(A). Both machines take the number over, so nothing but its novelty is lost.
                if abandoned
                    && !self.config.strict
                    && spdu.serial_number().is_some_and(|sn| sn < self.v.snd.m)
                {
                    self.leniencies |= Leniency::ABANDON_NUMBER;
                }
                Input {
                    snd: first,
                    rcv: second,
                    assignment: spdu.token_setting().unwrap_or_default(),
                    ..numbered(I::RA)
                }
            }
            Kind::PR => match spdu.prepare_type() {
                Some(PrepareType::MajorSyncAck) => plain(I::PR_MAA),
                Some(PrepareType::ResynchronizeAck) => plain(I::PR_RA),
                Some(PrepareType::Abort) => plain(I::PR_AB),
                Some(PrepareType::Resynchronize) | None => {
                    Input { rcv: first, snd: second, ..plain(I::PR_RS) }
                }
            },
            Kind::ER => {
                let reflected = spdu.reflected().unwrap_or_default();
                let error = Error::peer(
                    Layer::Session,
                    "the peer's session provider found a protocol error and reports an exception",
                )
                .with_pdu("ER")
                .with_clause("X.225 7.27.3")
                .with_octets(reflected);
                Input { error: Some(error), ..plain(I::ER) }
            }
            Kind::ED => Input { reason: spdu.reason(), ..plain(I::ED) },
            Kind::AS => Input {
                activity: Bytes::copy_from_slice(spdu.activity_identifier().unwrap_or_default()),
                ..plain(I::AS)
            },
            Kind::AR => {
                let resume = ActivityResume {
                    activity_identifier: Bytes::copy_from_slice(
                        spdu.activity_identifier().unwrap_or_default(),
                    ),
                    old_activity_identifier: Bytes::copy_from_slice(
                        spdu.old_activity_identifier().unwrap_or_default(),
                    ),
                    serial_number: spdu.serial_number().unwrap_or_default(),
                    second_serial_number: spdu.second_serial_number(),
                    old_connection: spdu.old_connection(),
                    user_data: user_data.clone(),
                };
                Input {
                    second_serial: spdu.second_serial_number(),
                    extra: Extra::Resume(Box::new(resume)),
                    ..numbered(I::AR)
                }
            }
            Kind::AI => Input { reason: spdu.reason(), ..plain(I::AI) },
            Kind::AD => Input { reason: spdu.reason(), ..plain(I::AD) },
            Kind::AIA => plain(I::AIA),
            Kind::ADA => plain(I::ADA),
            Kind::UD => {
                return Err(Error::peer(Layer::Session, "UNIT DATA belongs to the connectionless protocol")
                    .with_pdu("UD")
                    .with_clause("X.235"));
            }
        })
    }

    /// An event of the peer meets the table; a blank cell gets what A.4.1.2 says.
    pub(super) fn peer_event(&mut self, mut input: Input) {
        self.cut_off(input.event);
        match self.fire(&mut input) {
            Ok(true) => {}
            Ok(false) => self.invalid_intersection(&input),
            Err(error) => {
                let error = self.placed(error, input.event.name());
                self.provider_abort(error, &input.octets);
            }
        }
    }

    /// X.225 A.4.1.2: a valid SPDU that is not allowed in this state. Option a (ERRATA: an EXCEPTION REPORT can deadlock).
    fn invalid_intersection(&mut self, input: &Input) {
        let why = self.unmet(input);
        let error = Error::peer(
            Layer::Session,
            format!(
                "the peer sent {}, which is not allowed in {}{why}",
                input.event.name(),
                self.state.name()
            ),
        )
        .with_clause("X.225 A.4.1.2")
        .with_octets(&input.octets);
        self.record(input.event, self.state, self.state, None);
        let error = self.placed(error, input.event.name());
        self.provider_abort(error, &input.octets);
    }

    /// Completes an error with the cell where it arose.
    fn placed(&self, mut error: Error, event: &'static str) -> Error {
        let details = error.details_mut();
        details.state.get_or_insert(self.state.name());
        details.event.get_or_insert(event);
        error
    }

    /// X.225 A.4.3: a TSDU that cannot be read, or that breaks a rule of clause 8.
    fn invalid_spdu(&mut self, error: Error, tsdu: &Bytes, flow: Flow) {
        let si = tsdu.first().copied();
        let error = self.placed(error, "invalid SPDU");
        match self.state {
            // Nothing but the end of the transport connection is awaited.
            State::STA01 | State::STA01A | State::STA15D | State::STA16 => {}
            State::STA01C if self.v.tca && si == Some(13) => {
                // A caller deserves an answer: REFUSE, reason not specified.
                self.had_session = true;
                let mut input = Input::new(Incoming::CN);
                input.refusal = Some(error.with_reason(u32::from(refuse_reason::SPM)));
                self.peer_event(input);
            }
            // An ABORT is never answered by an ABORT.
            _ if si == Some(25) => {
                let mut input = Input::new(Incoming::AB_nr);
                input.extra = Extra::Abort(TransportDisconnect::RELEASE);
                input.error = Some(error);
                self.peer_event(input);
            }
            // ABORT ACCEPT when none is awaited, or a lone GT or PT: no effect (X.225 7.10.3, 7.16.3).
            _ if si == Some(26) => {}
            _ if flow == Flow::Normal && (tsdu[..] == [1, 0] || tsdu[..] == [2, 0]) => {}
            _ => self.provider_abort(error, tsdu),
        }
    }
}

/// A part of the TSDU as a shared buffer.
fn slice(tsdu: &Bytes, part: &[u8]) -> Bytes {
    if part.is_empty() { Bytes::new() } else { tsdu.slice_ref(part) }
}
