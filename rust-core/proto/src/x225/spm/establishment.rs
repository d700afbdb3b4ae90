//! Connection establishment: what CONNECT, OVERFLOW ACCEPT, CONNECT DATA OVERFLOW, ACCEPT and REFUSE carry, and what is negotiated (X.225 7.1 to 7.5).
use super::Spm;
use super::input::{Extra, Input};
use super::variables::TOKENS;
use crate::error::{Error, Layer, Result};
use crate::x225::names::Incoming;
use crate::x225::parameter::*;
use crate::x225::port::{TransportRequest, Tsdu};
use crate::x225::primitive::*;
use crate::x225::spdu::{self, Flow, Kind, Leniency, Spdu, SpduBuilder};
use bytes::{Bytes, BytesMut};

/// The most user data that a CONNECT carries itself (X.225 7.1, p204).
pub(super) const MAX_CONNECT_DATA: usize = 10_240;
/// The most user data of User Data (PGI 193) in a CONNECT (X.225 8.3.1).
const MAX_SHORT_CONNECT_DATA: usize = 512;
/// The most user data in one CONNECT DATA OVERFLOW: 65535, less the Enclosure Item (3), less PGI and LI (4).
const MAX_OVERFLOW_DATA: usize = 65_528;

/// What was negotiated. Before the ACCEPT: what is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Negotiated {
    /// The version selected; before that, the versions that may be.
    pub(super) version: Versions,
    /// The functional units of both CONNECT and ACCEPT.
    pub(super) selected: FunctionalUnits,
    /// Initial sides of the tokens.
    pub(super) tokens: TokenAssignment,
    pub(super) initial_serial_number: Option<SerialNumber>,
    pub(super) second_initial_serial_number: Option<SerialNumber>,
    /// Digits of a serial number.
    pub(super) upper_limit: u8,
    pub(super) sizes: TsduSizes,
    /// The peer can receive extended concatenation.
    pub(super) may_concatenate: bool,
    /// This side said that it can.
    pub(super) can_receive_concatenation: bool,
}

impl Default for Negotiated {
    fn default() -> Negotiated {
        Negotiated {
            version: Versions::default(),
            selected: FunctionalUnits::empty(),
            tokens: TokenAssignment::default(),
            initial_serial_number: None,
            second_initial_serial_number: None,
            upper_limit: 6,
            sizes: TsduSizes::default(),
            may_concatenate: false,
            can_receive_concatenation: false,
        }
    }
}

/// What is kept between CONNECT and ACCEPT.
#[derive(Clone, Debug)]
pub(super) enum Establishment {
    /// The caller's proposal, and how much of its user data was sent.
    Calling { request: Box<ConnectRequest>, sent: usize },
    /// The peer's proposal, and its user data as far as it came.
    Called {
        indication: Box<ConnectIndication>,
        proposed: FunctionalUnits,
        overflow: BytesMut,
        /// An OVERFLOW ACCEPT was sent: its maximum TSDU sizes bind the ACCEPT.
        offered_oa: bool,
    },
}

/// The intersection, without data separation where it broke off its base (procedures: SY, DS against SS, DS).
pub(super) fn select(proposed: FunctionalUnits, accepted: FunctionalUnits, texp: bool) -> FunctionalUnits {
    use FunctionalUnits as Fu;
    let mut selected = proposed & accepted;
    if !selected.intersects(Fu::MINOR_SYNC | Fu::SYMMETRIC_SYNC) {
        selected.remove(Fu::DATA_SEPARATION);
    }
    if !texp {
        selected.remove(Fu::EXPEDITED_DATA);
    }
    selected
}

/// What is left to propose to a user who cannot have every functional unit: those that lost their base go too.
fn prune(mut fu: FunctionalUnits) -> FunctionalUnits {
    use FunctionalUnits as Fu;
    if !fu.contains(Fu::HALF_DUPLEX) {
        fu.remove(Fu::EXCEPTIONS);
    }
    if !fu.contains(Fu::ACTIVITY_MANAGEMENT) {
        fu.remove(Fu::CAPABILITY_DATA);
    }
    fu
}

/// The largest number of so many digits, which only "the next number" may take (X.225 8.3.1).
pub(super) fn largest(upper_limit: u8) -> SerialNumber {
    10u64.saturating_pow(u32::from(upper_limit.min(18))) - 1
}

impl Spm {
    /// [`ConnectRequest`] as the user may give it, or why not.
    pub(super) fn check_connect_request(&self, request: &ConnectRequest) -> Result<()> {
        use FunctionalUnits as Fu;
        let invalid = |text: String, parameter: &'static str| {
            Err(Error::invalid(text).with_pdu("CN").with_parameter(parameter).with_clause("X.225 8.3.1"))
        };
        check_selector(&request.calling_selector, "Calling Session Selector")?;
        check_selector(&request.called_selector, "Called Session Selector")?;
        check_identifier(&request.connection_identifier)?;
        if let Some(why) = request.functional_units.why_not_proposed() {
            return invalid(why.into(), "Session User Requirements");
        }
        if request.versions.is_empty() {
            return invalid("no protocol version is proposed".into(), "Version Number");
        }
        if request.user_data.len() > MAX_SHORT_CONNECT_DATA && !request.versions.contains(Versions::V2) {
            return invalid(
                format!("{} octets of user data need protocol version 2", request.user_data.len()),
                "User Data",
            );
        }
        let limit = self.config.limits.connect_user_data;
        if request.user_data.len() > limit {
            return Err(Error::limit(
                Layer::Api,
                format!("{} octets of user data exceed the limit of {limit}", request.user_data.len()),
            )
            .with_pdu("CN"));
        }
        let digits = request.upper_limit_serial_number.unwrap_or(6);
        if !(6..=18).contains(&digits) {
            return invalid(
                "the upper limit of serial numbers is 6 to 18 digits".into(),
                "Upper Limit Serial Number",
            );
        }
        let numbers = [request.initial_serial_number, request.second_initial_serial_number];
        if numbers.into_iter().flatten().any(|n| n > largest(digits)) {
            return invalid(
                format!("a serial number has more than {digits} digits"),
                "Initial Serial Number",
            );
        }
        if request.functional_units.needs_initial_serial_number() && request.initial_serial_number.is_none() {
            return invalid(
                "an initial serial number is needed with these functional units".into(),
                "Initial Serial Number",
            );
        }
        let symmetric = request.functional_units.contains(Fu::SYMMETRIC_SYNC);
        if symmetric
            && request.functional_units.needs_initial_serial_number()
            && request.second_initial_serial_number.is_none()
        {
            return invalid(
                "symmetric synchronize needs a second initial serial number".into(),
                "Second Initial Serial Number",
            );
        }
        Ok(())
    }

    /// Keeps the caller's proposal until the answer.
    pub(super) fn begin_connect(&mut self, mut request: Box<ConnectRequest>) {
        if request.user_data.len() > MAX_SHORT_CONNECT_DATA {
            request.versions = Versions::V2;
        }
        self.negotiated = Negotiated {
            version: request.versions,
            upper_limit: request.upper_limit_serial_number.unwrap_or(6),
            sizes: request.tsdu_maximum_size,
            can_receive_concatenation: request.extended_concatenation,
            ..Negotiated::default()
        };
        self.had_session = true;
        self.establishment = Some(Box::new(Establishment::Calling { request, sent: 0 }));
    }

    /// CONNECT (X.225 7.1.1, 7.1.2, 8.3.1).
    pub(super) fn send_connect(&mut self) -> Result<()> {
        let texp = self.v.texp;
        let Some(Establishment::Calling { request, sent }) = self.establishment.as_deref_mut() else {
            return Ok(());
        };
        if !texp {
            // Without the transport expedited flow EX must not be selected (X.225 5.6.5).
            request.functional_units.remove(FunctionalUnits::EXPEDITED_DATA);
        }
        let fu = request.functional_units;
        let mut spdu = SpduBuilder::new(Kind::CN)
            .connection_identifier_calling(&request.connection_identifier)
            .extended_concatenation(request.extended_concatenation)
            .versions(request.versions)
            .functional_units(fu);
        if !request.tsdu_maximum_size.is_unlimited() {
            spdu = spdu.tsdu_maximum_size(request.tsdu_maximum_size);
        }
        if !fu.tokens().is_empty() {
            let mut sides = TokenAssignment::default();
            for token in TOKENS.into_iter().filter(|t| fu.tokens().contains(*t)) {
                sides.set(token, request.tokens.side(token));
            }
            spdu = spdu.token_setting(sides);
        }
        spdu = serial_numbers(
            spdu,
            request.upper_limit_serial_number,
            request.initial_serial_number,
            request.second_initial_serial_number,
        );
        if !request.calling_selector.is_empty() {
            spdu = spdu.calling_selector(&request.calling_selector);
        }
        if !request.called_selector.is_empty() {
            spdu = spdu.called_selector(&request.called_selector);
        }
        if request.user_data.len() > MAX_CONNECT_DATA {
            spdu = spdu.data_overflow();
        }
        *sent = request.user_data.len().min(MAX_CONNECT_DATA);
        let spdu = spdu.user_data(request.user_data.slice(..*sent));
        // The limit being negotiated does not bind the CONNECT itself (X.225 8.3.1).
        let mut context = self.encode_context(Flow::Normal);
        context.max_tsdu = 0;
        let octets = spdu.encode(&context)?;
        self.ask_transport(TransportRequest::Data(Tsdu { header: octets.into(), user_data: Bytes::new() }));
        Ok(())
    }

    /// p201.
    pub(super) fn more_connect_data(&self) -> bool {
        match self.establishment.as_deref() {
            Some(Establishment::Calling { request, sent }) => *sent < request.user_data.len(),
            _ => false,
        }
    }

    /// One CONNECT DATA OVERFLOW (X.225 7.3.2).
    pub(super) fn send_connect_data_overflow(&mut self) -> Result<()> {
        let limit = usize::from(self.sending_limit());
        let Some(Establishment::Calling { request, sent }) = self.establishment.as_deref_mut() else {
            return Ok(());
        };
        // SI and LI (up to 4), Enclosure Item (3), PGI and LI (up to 4).
        let room =
            if limit == 0 { MAX_OVERFLOW_DATA } else { limit.saturating_sub(11).clamp(1, MAX_OVERFLOW_DATA) };
        let end = request.user_data.len().min(*sent + room);
        let piece = request.user_data.slice(*sent..end);
        *sent = end;
        let enclosure = if end == request.user_data.len() { Enclosure::Last } else { Enclosure::Middle };
        let spdu = SpduBuilder::new(Kind::CDO).enclosure(enclosure).user_data(piece);
        let octets = spdu.encode(&self.encode_context(Flow::Normal))?;
        self.ask_transport(TransportRequest::Data(Tsdu { header: octets.into(), user_data: Bytes::new() }));
        Ok(())
    }

    /// The CONNECT of a caller: its indication, or why this SPM cannot accept it (p76; X.225 7.1.3).
    pub(super) fn receive_connect(&mut self, spdu: &Spdu<'_>) -> Input {
        let mut input = Input::new(Incoming::CN);
        let proposed = spdu.functional_units().unwrap_or(FunctionalUnits::DEFAULT_WHEN_ABSENT);
        let versions = spdu.versions().unwrap_or(Versions::V1);
        let common = versions & self.config.versions;
        let version = if common.contains(Versions::V2) { Versions::V2 } else { common };
        let digits = spdu.upper_limit_serial_number();
        let indication = ConnectIndication {
            calling_selector: octets(spdu.calling_selector()),
            called_selector: octets(spdu.called_selector()),
            connection_identifier: spdu.connection_identifier(),
            functional_units: prune(select(proposed, self.config.functional_units, self.v.texp)),
            version,
            initial_serial_number: spdu.initial_serial_number(),
            second_initial_serial_number: spdu.second_initial_serial_number(),
            upper_limit_serial_number: digits,
            tokens: spdu.token_setting().unwrap_or_default(),
            tsdu_maximum_size: spdu.tsdu_maximum_size().unwrap_or_default(),
            transport_expedited: self.v.texp,
            extended_concatenation: spdu.extended_concatenation(),
            user_data: Bytes::copy_from_slice(spdu.user_data()),
        };
        input.overflow = spdu.data_overflow();
        input.refusal = self.reason_to_refuse(spdu, &indication, proposed, versions);
        self.negotiated = Negotiated {
            version: if version.is_empty() { versions } else { version },
            sizes: indication.tsdu_maximum_size,
            upper_limit: 6,
            may_concatenate: indication.extended_concatenation,
            ..Negotiated::default()
        };
        self.had_session = true;
        self.establishment = Some(Box::new(Establishment::Called {
            indication: Box::new(indication),
            proposed,
            overflow: BytesMut::new(),
            offered_oa: false,
        }));
        input
    }

    /// The reasons to refuse, tried in order (X.225 8.3.5).
    fn reason_to_refuse(
        &self,
        spdu: &Spdu<'_>,
        indication: &ConnectIndication,
        proposed: FunctionalUnits,
        versions: Versions,
    ) -> Option<Error> {
        let because = |reason: u8, text: String| {
            Some(
                Error::peer(Layer::Session, text)
                    .with_pdu("CN")
                    .with_reason(u32::from(reason))
                    .with_clause("X.225 8.3.5"),
            )
        };
        if indication.version.is_empty() {
            return because(
                refuse_reason::VERSIONS,
                format!(
                    "the caller proposes protocol version {versions}, this side has {}",
                    self.config.versions
                ),
            );
        }
        if let Some(selectors) = &self.config.selectors {
            match selectors.iter().find(|local| local.selector == indication.called_selector) {
                None => {
                    return because(
                        refuse_reason::SELECTOR_UNKNOWN,
                        format!("session selector {} is unknown here", shown(&indication.called_selector)),
                    );
                }
                Some(local) if !local.attached => {
                    return because(
                        refuse_reason::USER_NOT_ATTACHED,
                        format!(
                            "nobody is attached to session selector {}",
                            shown(&indication.called_selector)
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        if let Err(error) = spdu::check_connect(spdu) {
            return Some(error.with_reason(u32::from(refuse_reason::SPM)));
        }
        if let Some(why) = proposed.why_not_proposed() {
            return because(refuse_reason::SPM, why.into());
        }
        if indication.functional_units.why_not_proposed().is_some() {
            return because(
                refuse_reason::RESTRICTION,
                format!("of the functional units proposed ({proposed}) this side cannot provide enough"),
            );
        }
        if spdu.data_overflow() && indication.version != Versions::V2 {
            return because(
                refuse_reason::RESTRICTION,
                "overflow of user data needs protocol version 2".into(),
            );
        }
        if indication.upper_limit_serial_number.is_some_and(|n| n == 0 || n > 18) {
            return because(refuse_reason::RESTRICTION, "serial numbers have up to 18 digits here".into());
        }
        let limit = self.config.limits.connect_user_data;
        if indication.user_data.len() > limit || spdu.data_overflow() && limit <= MAX_CONNECT_DATA {
            return because(refuse_reason::RESTRICTION, format!("more than {limit} octets of user data"));
        }
        None
    }

    /// OVERFLOW ACCEPT (X.225 7.2.2). Its maximum TSDU sizes govern the CDO SPDUs and the later ACCEPT.
    pub(super) fn send_overflow_accept(&mut self) -> Result<()> {
        let Some(Establishment::Called { indication, offered_oa, .. }) = self.establishment.as_deref_mut()
        else {
            return Ok(());
        };
        *offered_oa = true;
        let proposed = indication.tsdu_maximum_size;
        self.negotiated.version = Versions::V2;
        let mut spdu = SpduBuilder::new(Kind::OA).versions(Versions::V2);
        if !proposed.is_unlimited() {
            spdu = spdu.tsdu_maximum_size(proposed);
        }
        let mut context = self.encode_context(Flow::Normal);
        context.max_tsdu = 0;
        let octets = spdu.encode(&context)?;
        self.ask_transport(TransportRequest::Data(Tsdu { header: octets.into(), user_data: Bytes::new() }));
        Ok(())
    }

    /// [50]: user data of CONNECT and CDO is kept for the indication, up to the limit.
    pub(super) fn keep_connect_data(&mut self, input: &Input) -> Result<()> {
        let limit = self.config.limits.connect_user_data;
        if let Some(Establishment::Called { indication, overflow, .. }) = self.establishment.as_deref_mut() {
            if input.event == Incoming::CN {
                overflow.extend_from_slice(&core::mem::take(&mut indication.user_data));
            } else {
                append_connect_data(overflow, &input.user_data, limit)?;
            }
        }
        Ok(())
    }

    /// S-CONNECT indication.
    pub(super) fn indicate_connect(&mut self, input: &Input) -> Result<()> {
        let limit = self.config.limits.connect_user_data;
        let Some(Establishment::Called { indication, overflow, .. }) = self.establishment.as_deref_mut()
        else {
            return Ok(());
        };
        // The cell for the last CDO prints no [50]; its data counts (X.225 7.3.3).
        append_connect_data(overflow, &input.user_data, limit)?;
        let mut shown = (**indication).clone();
        if !overflow.is_empty() {
            shown.user_data = core::mem::take(overflow).freeze();
        }
        // Only what the ACCEPT depends on stays.
        indication.user_data = Bytes::new();
        self.tell_user(Event::ConnectIndication(Box::new(shown)));
        Ok(())
    }

    /// What an S-CONNECT response (accept) would select, or why it cannot be given (X.225 7.4.1).
    pub(super) fn negotiate_response(&self, response: &ConnectResponse) -> Result<Negotiated> {
        use FunctionalUnits as Fu;
        let Some(Establishment::Called { indication, proposed, offered_oa, .. }) =
            self.establishment.as_deref()
        else {
            return Ok(self.negotiated);
        };
        let invalid = |text: String, parameter: &'static str| {
            Err(Error::invalid(text).with_pdu("AC").with_parameter(parameter).with_clause("X.225 7.4.1"))
        };
        if let Some(selector) = &response.responding_selector {
            check_selector(selector, "Responding Session Selector")?;
        }
        check_identifier(&response.connection_identifier)?;
        let selected =
            select(*proposed, response.functional_units & self.config.functional_units, self.v.texp);
        if let Some(why) = selected.why_not_selected() {
            return invalid(
                format!("{why} (proposed: {proposed}; answered: {})", response.functional_units),
                "Session User Requirements",
            );
        }
        if indication.version == Versions::V1 && response.user_data.len() > MAX_SHORT_CONNECT_DATA {
            return invalid(
                format!("{} octets of user data need protocol version 2", response.user_data.len()),
                "User Data",
            );
        }
        let digits = match (indication.upper_limit_serial_number, response.upper_limit_serial_number) {
            (Some(_), Some(digits)) => digits,
            _ => 6,
        };
        if !(6..=18).contains(&digits) {
            return invalid(
                "the upper limit of serial numbers is 6 to 18 digits".into(),
                "Upper Limit Serial Number",
            );
        }
        let mut numbers = (None, None);
        if selected.needs_initial_serial_number() {
            numbers.0 = response.initial_serial_number.or(indication.initial_serial_number);
            if selected.contains(Fu::SYMMETRIC_SYNC) {
                numbers.1 = response.second_initial_serial_number.or(indication.second_initial_serial_number);
                if numbers.1.is_none() {
                    return invalid(
                        "symmetric synchronize needs a second initial serial number".into(),
                        "Second Initial Serial Number",
                    );
                }
            }
            if numbers.0.is_none() {
                return invalid("an initial serial number is needed".into(), "Initial Serial Number");
            }
        }
        if [numbers.0, numbers.1].into_iter().flatten().any(|n| n > largest(digits)) {
            return invalid(
                format!("a serial number has more than {digits} digits"),
                "Initial Serial Number",
            );
        }
        let unavailable = response.please_tokens - selected.tokens();
        if !unavailable.is_empty() {
            return invalid(format!("these tokens do not exist: {unavailable}"), "Token Item");
        }
        let mut offered = if *offered_oa { indication.tsdu_maximum_size } else { response.tsdu_maximum_size };
        if indication.tsdu_maximum_size.responder_to_initiator < self.config.limits.min_tsdu_size {
            // Too small to be of use: "not limited" is always open to the responder (X.225 8.3.4).
            offered.responder_to_initiator = 0;
        }
        Ok(Negotiated {
            version: indication.version,
            selected,
            tokens: super::actions::chosen(indication.tokens, response.tokens),
            initial_serial_number: numbers.0,
            second_initial_serial_number: numbers.1,
            upper_limit: digits,
            sizes: indication.tsdu_maximum_size.select(offered),
            may_concatenate: indication.extended_concatenation,
            can_receive_concatenation: response.extended_concatenation,
        })
    }

    /// ACCEPT (X.225 7.4.1, 7.4.2, 8.3.4). `negotiated` is already what it selects.
    pub(super) fn send_accept(&mut self, response: &ConnectResponse) -> Result<()> {
        let Some(Establishment::Called { indication, .. }) = self.establishment.as_deref() else {
            return Ok(());
        };
        let n = self.negotiated;
        let tokens = n.selected.tokens();
        let mut spdu = SpduBuilder::new(Kind::AC)
            .connection_identifier_called(&response.connection_identifier)
            .extended_concatenation(response.extended_concatenation)
            .versions(n.version)
            .functional_units(n.selected);
        if !n.sizes.is_unlimited() {
            spdu = spdu.tsdu_maximum_size(n.sizes);
        }
        if !tokens.is_empty() {
            let mut sides = TokenAssignment::default();
            for token in TOKENS.into_iter().filter(|t| tokens.contains(*t)) {
                sides.set(token, n.tokens.side(token));
            }
            spdu = spdu.token_setting(sides);
        }
        let limit = (n.upper_limit != 6 && n.initial_serial_number.is_some()).then_some(n.upper_limit);
        spdu = serial_numbers(spdu, limit, n.initial_serial_number, n.second_initial_serial_number);
        if !response.please_tokens.is_empty() {
            spdu = spdu.token_item(response.please_tokens);
        }
        if !indication.calling_selector.is_empty() {
            spdu = spdu.calling_selector(&indication.calling_selector);
        }
        let responding = response.responding_selector.as_ref().unwrap_or(&indication.called_selector);
        if !responding.is_empty() {
            spdu = spdu.called_selector(responding);
        }
        self.send(spdu.user_data(response.user_data.clone()))?;
        self.establishment = None;
        Ok(())
    }

    /// REFUSE (X.225 7.5.2, 8.3.5).
    pub(super) fn send_refuse(&mut self, input: &mut Input, disconnect: TransportDisconnect) -> Result<()> {
        let mut spdu =
            SpduBuilder::new(Kind::RF).transport_disconnect(disconnect).versions(self.config.versions);
        match core::mem::replace(&mut input.extra, Extra::None) {
            Extra::Reject(reject) => {
                spdu = spdu.connection_identifier_called(&reject.connection_identifier).reason(reject.reason);
                if reject.reason == refuse_reason::USER_DATA {
                    if let Some(fu) = reject.functional_units {
                        spdu = spdu.functional_units(fu);
                    }
                    spdu = spdu.user_data(reject.user_data);
                }
            }
            _ => {
                let reason = input.refusal.as_ref().and_then(|e| e.details().reason).unwrap_or(133);
                spdu = spdu.reason(u8::try_from(reason).unwrap_or(refuse_reason::SPM));
            }
        }
        self.establishment = None;
        self.refused = input.refusal.take();
        self.send(spdu)
    }

    /// A caller is sent away without REFUSE: only [`Spm::refusal`] says why.
    pub(super) fn refuse_caller(&mut self, error: Error) {
        if self.v.tca && !self.had_session {
            self.refused.get_or_insert(error);
        }
    }

    /// What the ACCEPT of the peer selects, or what is wrong with it (X.225 7.4.3).
    pub(super) fn negotiate_accept(
        &self,
        spdu: &Spdu<'_>,
        user_data: Bytes,
        leniencies: &mut Leniency,
    ) -> Result<(Negotiated, ConnectConfirm)> {
        let Some(Establishment::Calling { request, .. }) = self.establishment.as_deref() else {
            return Ok((self.negotiated, ConnectConfirm::default()));
        };
        let wrong = |text: String, parameter: &'static str| {
            Error::peer(Layer::Session, text)
                .with_pdu("AC")
                .with_parameter(parameter)
                .with_clause("X.225 7.4.3")
                .with_offset(spdu.offset())
        };
        let versions = spdu.versions().unwrap_or(Versions::V1);
        let common = versions & request.versions;
        let version = match common {
            _ if common.contains(Versions::V2) => Versions::V2,
            _ if common.contains(Versions::V1) => Versions::V1,
            _ => {
                return Err(wrong(
                    format!("version {versions} was selected, {} was proposed", request.versions),
                    "Version Number",
                ));
            }
        };
        let only_duplex = request.functional_units.contains(FunctionalUnits::DUPLEX)
            && !request.functional_units.contains(FunctionalUnits::HALF_DUPLEX);
        let accepted = match spdu.functional_units() {
            Some(units) if !units.is_empty() || self.config.strict => units,
            // Some stacks leave it out, or send none, and mean "as proposed".
            _ if only_duplex && !self.config.strict => {
                *leniencies |= Leniency::ABSENT_REQUIREMENTS;
                request.functional_units
            }
            _ => FunctionalUnits::DEFAULT_WHEN_ABSENT,
        };
        spdu::check_accept(spdu, request.functional_units)?;
        let selected = select(request.functional_units, accepted, self.v.texp);
        if let Some(why) = selected.why_not_selected() {
            return Err(wrong(
                format!("{why} (proposed: {}; answered: {accepted})", request.functional_units),
                "Session User Requirements",
            ));
        }
        let (mut first, mut second) = (spdu.initial_serial_number(), spdu.second_initial_serial_number());
        if selected.needs_initial_serial_number() {
            let symmetric = selected.contains(FunctionalUnits::SYMMETRIC_SYNC);
            if first.is_none() || symmetric && second.is_none() {
                return Err(wrong("an initial serial number is missing".into(), "Initial Serial Number"));
            }
        } else {
            first = None;
            second = None;
        }
        let tokens = match spdu.token_setting() {
            // Absent: the fixed positions of the CONNECT; a choice left open falls to the calling side.
            None => super::actions::chosen(request.tokens, TokenAssignment::default()),
            Some(answer) => {
                for token in TOKENS.into_iter().filter(|t| selected.tokens().contains(*t)) {
                    let (asked, given) = (request.tokens.side(token), answer.side(token));
                    if given == TokenSide::AcceptorChooses {
                        return Err(wrong(
                            format!("the side of the {token} token is left open"),
                            "Token Setting Item",
                        ));
                    }
                    if asked != TokenSide::AcceptorChooses && asked != given && self.config.strict {
                        return Err(wrong(
                            format!("the {token} token is not where the CONNECT put it"),
                            "Token Setting Item",
                        ));
                    }
                }
                super::actions::chosen(request.tokens, answer)
            }
        };
        let sizes = request.tsdu_maximum_size.select(spdu.tsdu_maximum_size().unwrap_or_default());
        let negotiated = Negotiated {
            version,
            selected,
            tokens,
            initial_serial_number: first,
            second_initial_serial_number: second,
            upper_limit: request
                .upper_limit_serial_number
                .and(spdu.upper_limit_serial_number())
                .unwrap_or(6)
                .clamp(6, 18),
            sizes,
            may_concatenate: spdu.extended_concatenation(),
            can_receive_concatenation: request.extended_concatenation,
        };
        let confirm = ConnectConfirm {
            responding_selector: octets(spdu.called_selector()),
            connection_identifier: spdu.connection_identifier(),
            functional_units: selected,
            version,
            initial_serial_number: first,
            second_initial_serial_number: second,
            tokens,
            tsdu_maximum_size: sizes,
            transport_expedited: self.v.texp,
            extended_concatenation: negotiated.may_concatenate,
            user_data,
        };
        Ok((negotiated, confirm))
    }

    /// The REFUSE of the peer.
    pub(super) fn rejection(&self, spdu: &Spdu<'_>, user_data: Bytes, event: Incoming) -> ConnectRejection {
        let reason = spdu.reason().unwrap_or_default();
        let who = if reason >= 128 { "session provider" } else { "user" };
        ConnectRejection {
            reason,
            connection_identifier: spdu.connection_identifier(),
            functional_units: spdu.functional_units(),
            versions: spdu.versions(),
            user_data,
            error: Some(
                Error::peer(
                    Layer::Session,
                    format!("the called {who} refused the connection: {}", refuse_reason::text(reason)),
                )
                .with_pdu("RF")
                .with_parameter("Reason Code")
                .with_reason(u32::from(reason))
                .with_clause("X.225 7.5, 8.3.5")
                .with_cell(self.state.name(), event.name()),
            ),
        }
    }

    /// The maximum TSDU size for what this side sends; 0 is "not limited". Before the ACCEPT: what was proposed.
    pub(super) fn sending_limit(&self) -> u16 {
        let sizes = self.negotiated.sizes;
        if self.v.tca { sizes.responder_to_initiator } else { sizes.initiator_to_responder }
    }

    /// The maximum TSDU size for what the peer sends.
    pub(super) fn receiving_limit(&self) -> u16 {
        let sizes = self.negotiated.sizes;
        if self.v.tca { sizes.initiator_to_responder } else { sizes.responder_to_initiator }
    }
}

fn serial_numbers(
    spdu: SpduBuilder,
    limit: Option<u8>,
    first: Option<SerialNumber>,
    second: Option<SerialNumber>,
) -> SpduBuilder {
    let mut spdu = spdu;
    if let Some(limit) = limit {
        spdu = spdu.upper_limit_serial_number(limit);
    }
    if let Some(first) = first {
        spdu = spdu.initial_serial_number(first);
    }
    if let Some(second) = second {
        spdu = spdu.second_initial_serial_number(second);
    }
    spdu
}

fn octets(value: Option<&[u8]>) -> Bytes {
    Bytes::copy_from_slice(value.unwrap_or_default())
}

/// A selector for a person; "null" for none.
pub(super) fn shown(selector: &[u8]) -> String {
    if selector.is_empty() { "null".into() } else { spdu::octets(selector) }
}

/// User data of a CDO, behind what came before it.
fn append_connect_data(overflow: &mut BytesMut, user_data: &[u8], limit: usize) -> Result<()> {
    if overflow.len().saturating_add(user_data.len()) > limit {
        return Err(Error::limit(
            Layer::Session,
            format!("the caller sends more than {limit} octets of user data in S-CONNECT"),
        )
        .with_pdu("CDO")
        .with_clause("X.225 A.4.3.1.2"));
    }
    overflow.extend_from_slice(user_data);
    Ok(())
}

fn check_selector(selector: &Bytes, name: &'static str) -> Result<()> {
    if selector.len() <= 16 {
        return Ok(());
    }
    Err(Error::invalid(format!("a session selector has at most 16 octets, this one has {}", selector.len()))
        .with_parameter(name)
        .with_clause("X.225 8.3.1"))
}

fn check_identifier(identifier: &ConnectionIdentifier) -> Result<()> {
    let fits = identifier.ss_user_reference.len() <= 64
        && identifier.common_reference.len() <= 64
        && identifier.additional_reference.len() <= 4;
    if fits {
        return Ok(());
    }
    Err(Error::invalid("references have at most 64 octets, additional reference information at most 4")
        .with_parameter("Connection Identifier")
        .with_clause("X.225 8.3.1"))
}
