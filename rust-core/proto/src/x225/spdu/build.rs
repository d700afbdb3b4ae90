//! From parameters to the octets of an SPDU (X.225 8.2, 8.3).
use super::check;
use super::decode::{DecodeContext, Judge, Segmenting, fault, find, path, read};
use super::kind::{Category, Flow, Kind};
use super::leniency::Leniency;
use super::parameters::Coding;
use crate::error::{ErrorKind, Result};
use crate::x225::parameter::*;
use crate::x225::primitive::OldConnection;
use bytes::Bytes;
use smallvec::SmallVec;

/// The largest SPDU: SI, length indicator of three octets, 65535 octets of parameters (X.225 8.2.5).
pub const MAX_SPDU: usize = 65_539;

/// The largest TSDU on the expedited flow (X.214).
const MAX_EXPEDITED: usize = 16;

/// What is known about the connection, for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeContext {
    /// The version selected, or the versions that are possible.
    pub version: Versions,
    /// Maximum TSDU size in this direction; 0: not limited, and then data carries no Enclosure Item.
    pub max_tsdu: usize,
    /// The flow.
    pub flow: Flow,
    /// Symmetric synchronize is selected.
    pub symmetric: bool,
    /// Digits of a serial number.
    pub upper_limit: u8,
}

impl Default for EncodeContext {
    /// Version 2, no limit, the normal flow.
    fn default() -> EncodeContext {
        EncodeContext {
            version: Versions::V2,
            max_tsdu: 0,
            flow: Flow::Normal,
            symmetric: false,
            upper_limit: 6,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Value {
    group: Option<u8>,
    code: u8,
    octets: SmallVec<[u8; 8]>,
}

/// An SPDU to be written: set what it says, then [`SpduBuilder::encode`] it or give it to [`super::emit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpduBuilder {
    kind: Kind,
    values: SmallVec<[Value; 4]>,
    user_data: Bytes,
}

/// Octets of a length indicator (X.225 8.2.5).
pub(super) const fn indicator(length: usize) -> usize {
    if length < 255 { 1 } else { 3 }
}

/// Octets of a unit with a value of this length.
pub(super) const fn unit(length: usize) -> usize {
    1 + indicator(length) + length
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    if length < 255 {
        out.push(length as u8);
    } else {
        out.push(255);
        out.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    }
}

fn put_unit(out: &mut Vec<u8>, code: u8, value: &[u8]) {
    out.push(code);
    put_length(out, value.len());
    out.extend_from_slice(value);
}

impl SpduBuilder {
    /// An SPDU without parameters.
    pub fn new(kind: Kind) -> SpduBuilder {
        SpduBuilder { kind, values: SmallVec::new(), user_data: Bytes::new() }
    }

    /// Which SPDU.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Any parameter, in octets: for odd peers and for tests. Twice is possible; a group (PGI 1, 5, 33) arises from what is
    /// put into it.
    #[must_use]
    pub fn unit(mut self, group: Option<u8>, code: u8, value: &[u8]) -> SpduBuilder {
        self.values.push(Value { group, code, octets: SmallVec::from_slice(value) });
        self
    }

    fn number(self, group: Option<u8>, code: u8, number: SerialNumber) -> SpduBuilder {
        self.unit(group, code, number.to_string().as_bytes())
    }

    fn group5(&self) -> Option<u8> {
        matches!(self.kind, Kind::CN | Kind::AC).then_some(5)
    }

    fn group33(&self) -> Option<u8> {
        (self.kind == Kind::AR).then_some(33)
    }

    fn references(mut self, user_code: u8, identifier: &ConnectionIdentifier) -> SpduBuilder {
        let parts = [
            (user_code, &identifier.ss_user_reference),
            (11, &identifier.common_reference),
            (12, &identifier.additional_reference),
        ];
        for (code, value) in parts {
            if !value.is_empty() {
                self = self.unit(Some(1), code, value);
            }
        }
        self
    }

    /// Connection Identifier of a CONNECT.
    #[must_use]
    pub fn connection_identifier_calling(self, identifier: &ConnectionIdentifier) -> SpduBuilder {
        self.references(10, identifier)
    }

    /// Connection Identifier of an ACCEPT or a REFUSE.
    #[must_use]
    pub fn connection_identifier_called(self, identifier: &ConnectionIdentifier) -> SpduBuilder {
        self.references(9, identifier)
    }

    /// Protocol Options.
    #[must_use]
    pub fn extended_concatenation(self, can_receive: bool) -> SpduBuilder {
        self.unit(Some(5), 19, &[u8::from(can_receive)])
    }

    /// TSDU Maximum Size.
    #[must_use]
    pub fn tsdu_maximum_size(self, sizes: TsduSizes) -> SpduBuilder {
        let group = self.group5();
        let [a, b] = sizes.initiator_to_responder.to_be_bytes();
        let [c, d] = sizes.responder_to_initiator.to_be_bytes();
        self.unit(group, 21, &[a, b, c, d])
    }

    /// Version Number.
    #[must_use]
    pub fn versions(self, versions: Versions) -> SpduBuilder {
        let group = self.group5();
        self.unit(group, 22, &[versions.bits()])
    }

    /// Initial Serial Number; with an Upper Limit set before, its large form.
    #[must_use]
    pub fn initial_serial_number(self, number: SerialNumber) -> SpduBuilder {
        let code = if self.has_upper_limit() { 57 } else { 23 };
        self.number(Some(5), code, number)
    }

    /// Second Initial Serial Number; with an Upper Limit set before, its large form.
    #[must_use]
    pub fn second_initial_serial_number(self, number: SerialNumber) -> SpduBuilder {
        let code = if self.has_upper_limit() { 58 } else { 55 };
        self.number(Some(5), code, number)
    }

    fn has_upper_limit(&self) -> bool {
        self.values.iter().any(|value| value.group == Some(5) && value.code == 56)
    }

    /// Upper Limit Serial Number, digits.
    #[must_use]
    pub fn upper_limit_serial_number(self, digits: u8) -> SpduBuilder {
        self.unit(Some(5), 56, &[digits])
    }

    /// Token Setting Item.
    #[must_use]
    pub fn token_setting(self, assignment: TokenAssignment) -> SpduBuilder {
        let group = self.group5();
        self.unit(group, 26, &[assignment.to_octet()])
    }

    /// Token Item.
    #[must_use]
    pub fn token_item(self, tokens: Tokens) -> SpduBuilder {
        self.unit(None, 16, &[tokens.bits()])
    }

    /// Session User Requirements.
    #[must_use]
    pub fn functional_units(self, units: FunctionalUnits) -> SpduBuilder {
        self.unit(None, 20, &units.bits().to_be_bytes())
    }

    /// Enclosure Item. [`super::emit`] sets it by itself.
    #[must_use]
    pub fn enclosure(self, enclosure: Enclosure) -> SpduBuilder {
        self.unit(None, 25, &[enclosure as u8])
    }

    /// Calling Session Selector.
    #[must_use]
    pub fn calling_selector(self, selector: &[u8]) -> SpduBuilder {
        self.unit(None, 51, selector)
    }

    /// Called or Responding Session Selector.
    #[must_use]
    pub fn called_selector(self, selector: &[u8]) -> SpduBuilder {
        self.unit(None, 52, selector)
    }

    /// Data Overflow.
    #[must_use]
    pub fn data_overflow(self) -> SpduBuilder {
        self.unit(None, 60, &[1])
    }

    /// Transport Disconnect.
    #[must_use]
    pub fn transport_disconnect(self, bits: TransportDisconnect) -> SpduBuilder {
        self.unit(None, 17, &[bits.bits()])
    }

    /// Reason Code.
    #[must_use]
    pub fn reason(self, reason: u8) -> SpduBuilder {
        self.unit(None, 50, &[reason])
    }

    /// Sync Type Item.
    #[must_use]
    pub fn sync_type(self, bits: u8) -> SpduBuilder {
        self.unit(None, 15, &[bits])
    }

    /// Serial Number.
    #[must_use]
    pub fn serial_number(self, number: SerialNumber) -> SpduBuilder {
        let group = self.group33();
        self.number(group, 42, number)
    }

    /// Second Serial Number.
    #[must_use]
    pub fn second_serial_number(self, number: SerialNumber) -> SpduBuilder {
        let group = self.group33();
        self.number(group, 54, number)
    }

    /// Resync Type.
    #[must_use]
    pub fn resync_type(self, kind: ResyncType) -> SpduBuilder {
        self.unit(None, 27, &[kind as u8])
    }

    /// Second Resync Type.
    #[must_use]
    pub fn second_resync_type(self, kind: ResyncType) -> SpduBuilder {
        self.unit(None, 53, &[kind as u8])
    }

    /// Prepare Type.
    #[must_use]
    pub fn prepare_type(self, kind: PrepareType) -> SpduBuilder {
        self.unit(None, 24, &[kind as u8])
    }

    /// Activity Identifier, in AR the new one.
    #[must_use]
    pub fn activity_identifier(self, identifier: &[u8]) -> SpduBuilder {
        self.unit(None, 41, identifier)
    }

    /// Old Activity Identifier.
    #[must_use]
    pub fn old_activity_identifier(self, identifier: &[u8]) -> SpduBuilder {
        self.unit(Some(33), 41, identifier)
    }

    /// The references of Linking Information.
    #[must_use]
    pub fn old_connection(mut self, old: &OldConnection) -> SpduBuilder {
        let parts = [
            (9, &old.called_reference),
            (10, &old.calling_reference),
            (11, &old.common_reference),
            (12, &old.additional_reference),
        ];
        for (code, value) in parts {
            if !value.is_empty() {
                self = self.unit(Some(33), code, value);
            }
        }
        self
    }

    /// Reflect Parameter Values.
    #[must_use]
    pub fn reflected(self, octets: &[u8]) -> SpduBuilder {
        self.unit(None, 49, octets)
    }

    /// SS-user data, in whatever carries it in this SPDU. It is not copied before it is written.
    #[must_use]
    pub fn user_data(mut self, data: impl Into<Bytes>) -> SpduBuilder {
        self.user_data = data.into();
        self
    }

    /// The user data set so far.
    pub(super) fn data(&self) -> &Bytes {
        &self.user_data
    }

    /// The same SPDU with other user data.
    pub(super) fn with_data(&self, data: Bytes) -> SpduBuilder {
        SpduBuilder { user_data: data, ..self.clone() }
    }

    /// A later segment: nothing but what is set now.
    pub(super) fn bare(&self, data: Bytes) -> SpduBuilder {
        SpduBuilder { kind: self.kind, values: SmallVec::new(), user_data: data }
    }

    /// True if this parameter was set, outside of a group.
    pub(super) fn has(&self, code: u8) -> bool {
        self.values.iter().any(|value| value.group.is_none() && value.code == code)
    }

    fn is_later_segment(&self) -> bool {
        !self.kind.is_data()
            && self
                .values
                .iter()
                .any(|v| v.code == 25 && v.octets.first().is_some_and(|octet| octet & 1 == 0))
    }

    /// The PGI or PI that carries user data, if it is not user information.
    fn carrier(&self) -> Option<u8> {
        match self.kind {
            kind if kind.has_user_information() => None,
            Kind::MIA => Some(46),
            Kind::RF => Some(50),
            Kind::CN if self.user_data.len() > 512 => Some(194),
            _ => Some(193),
        }
    }

    /// Octets of the parameter field with user data of this length.
    pub(super) fn parameter_octets(&self, data: usize) -> usize {
        let mut octets = 0;
        for group in [1, 5, 33] {
            let inside: usize =
                self.values.iter().filter(|v| v.group == Some(group)).map(|v| unit(v.octets.len())).sum();
            if inside > 0 {
                octets += unit(inside);
            }
        }
        let reason = self.values.iter().find(|v| v.group.is_none() && v.code == 50);
        for value in self.values.iter().filter(|v| v.group.is_none()) {
            if self.kind == Kind::RF && value.code == 50 {
                octets += unit(value.octets.len() + data);
            } else {
                octets += unit(value.octets.len());
            }
        }
        let carried_by_reason = self.kind == Kind::RF && reason.is_some();
        if data > 0 && self.carrier().is_some() && !carried_by_reason {
            octets += unit(data);
        }
        octets
    }

    /// The SPDU in octets, parameters in the order of transmission, without any check.
    pub fn encode_unchecked(&self) -> Vec<u8> {
        self.write(true)
    }

    /// The same with the parameters in the order in which they were set: for deliberately wrong SPDUs.
    pub fn encode_as_set(&self) -> Vec<u8> {
        self.write(false)
    }

    fn write(&self, canonical: bool) -> Vec<u8> {
        let mut field = Vec::with_capacity(self.parameter_octets(self.user_data.len()));
        let mut order: SmallVec<[(usize, u8); 8]> = SmallVec::new();
        let mut groups: SmallVec<[u8; 2]> = SmallVec::new();
        for (index, value) in self.values.iter().enumerate() {
            match value.group {
                None => order.push((index, value.code)),
                Some(group) if !groups.contains(&group) => {
                    groups.push(group);
                    order.push((index, group));
                }
                Some(_) => {}
            }
        }
        let carrier = self.carrier().filter(|code| {
            let in_reason = *code == 50 && order.iter().any(|(_, c)| *c == 50);
            !self.user_data.is_empty() && !in_reason
        });
        if let Some(code) = carrier {
            order.push((usize::MAX, code));
        }
        if canonical {
            order.sort_by_key(|(_, code)| *code);
        }
        for (index, code) in order {
            let Some(value) = self.values.get(index) else {
                put_unit(&mut field, code, &self.user_data);
                continue;
            };
            match value.group {
                Some(group) => {
                    let mut inside: SmallVec<[&Value; 8]> =
                        self.values.iter().filter(|v| v.group == Some(group)).collect();
                    if canonical {
                        inside.sort_by_key(|v| v.code);
                    }
                    let mut content = Vec::new();
                    for value in inside {
                        put_unit(&mut content, value.code, &value.octets);
                    }
                    put_unit(&mut field, group, &content);
                }
                None if self.kind == Kind::RF && code == 50 => {
                    let mut content = value.octets.to_vec();
                    content.extend_from_slice(&self.user_data);
                    put_unit(&mut field, code, &content);
                }
                None => put_unit(&mut field, code, &value.octets),
            }
        }
        let information: &[u8] = if self.kind.has_user_information() { &self.user_data } else { &[] };
        let mut out = Vec::with_capacity(4 + field.len() + information.len());
        out.push(self.kind.si());
        put_length(&mut out, field.len());
        out.extend_from_slice(&field);
        out.extend_from_slice(information);
        out
    }

    /// The SPDU in octets, in the order of transmission, checked against every rule of clause 8.3 that a strict reader applies.
    ///
    /// # Errors
    /// Kind `Invalid`: the parameter, the limit, the clause.
    pub fn encode(&self, context: &EncodeContext) -> Result<Vec<u8>> {
        let field = self.parameter_octets(self.user_data.len());
        if field > 65_535 {
            return Err(fault(self.kind, 0, "the SPDU does not fit its length indicator")
                .with_kind(ErrorKind::Invalid)
                .with_clause("X.225 8.2.5")
                .with_expected("at most 65535 octets of parameters", format!("{field}")));
        }
        self.check_places()?;
        let octets = self.encode_unchecked();
        if context.flow == Flow::Expedited && octets.len() > MAX_EXPEDITED {
            return Err(fault(self.kind, 0, "the SPDU does not fit the expedited flow")
                .with_kind(ErrorKind::Invalid)
                .with_clause("X.225 6.4.3")
                .with_expected(format!("at most {MAX_EXPEDITED} octets"), octets.len().to_string()));
        }
        let reader = DecodeContext {
            flow: context.flow,
            version: context.version,
            segmenting: Segmenting::Unknown,
            extended_concatenation: true,
            symmetric: Some(context.symmetric),
            available_tokens: None,
            upper_limit: context.upper_limit,
            leniency: Leniency::STRICT,
            continuing: self.is_later_segment().then_some(self.kind),
        };
        self.check_as_read(&octets, &reader).map_err(|error| error.with_kind(ErrorKind::Invalid))?;
        Ok(octets)
    }

    /// What a strict reader would say of our own octets is the caller's mistake.
    fn check_as_read(&self, octets: &[u8], reader: &DecodeContext) -> Result<()> {
        let mut judge = Judge { context: reader, used: SmallVec::new() };
        let as_read = match self.kind {
            Kind::AE => Kind::MAP,
            Kind::AEA => Kind::MAA,
            kind => kind,
        };
        let all = [read(octets, 0, as_read, &mut judge)?];
        // SI 41 with a Sync Type Item is MAP, without it AE (X.225 8.3.22, 8.3.35).
        if as_read == Kind::MAP && all[0].kind != self.kind {
            let text = match self.kind {
                Kind::MAP => "without it the SPDU reads as ACTIVITY END",
                _ => "with it the SPDU reads as MAJOR SYNC POINT",
            };
            return Err(fault(self.kind, 0, text).with_parameter("Sync Type Item"));
        }
        // A GT or PT without parameters is a prefix.
        let index = usize::from(self.kind.category() == Category::Zero && all[0].units.is_empty());
        check::spdu(&all[0], &all, index, &mut judge)
    }

    /// A parameter that this SPDU does not have is refused even if it is of a kind that readers skip.
    fn check_places(&self) -> Result<()> {
        for value in &self.values {
            let Some(parameter) = find(self.kind, value.group, value.code) else {
                return Err(fault(self.kind, 0, format!("{} has no such parameter", self.kind))
                    .with_kind(ErrorKind::Invalid)
                    .with_parameter(path(value.group, value.code, self.kind)));
            };
            let optional_empty = value.octets.is_empty() && parameter.coding != Coding::Octets;
            if optional_empty {
                return Err(fault(self.kind, 0, "an empty value: leave the parameter out")
                    .with_kind(ErrorKind::Invalid)
                    .with_parameter(path(value.group, value.code, self.kind)));
            }
        }
        let is_refuse = self.kind == Kind::RF && !self.is_later_segment();
        if is_refuse && !self.user_data.is_empty() && !self.has(50) {
            return Err(fault(self.kind, 0, "user data goes with reason 2 only")
                .with_kind(ErrorKind::Invalid)
                .with_parameter("Reason Code")
                .with_expected("2", "none"));
        }
        let carried = match self.carrier() {
            Some(code) => find(self.kind, None, code).is_some(),
            None => true,
        };
        let has_reason = self.values.iter().any(|value| value.code == 50);
        if self.kind == Kind::RF && !self.user_data.is_empty() && !has_reason && !self.is_later_segment() {
            return Err(fault(self.kind, 0, "user data stands behind the Reason Code, which is missing")
                .with_kind(ErrorKind::Invalid)
                .with_parameter("Reason Code"));
        }
        if !self.user_data.is_empty() && !carried {
            return Err(fault(self.kind, 0, format!("{} has no user data", self.kind))
                .with_kind(ErrorKind::Invalid)
                .with_parameter("User Data"));
        }
        Ok(())
    }
}
