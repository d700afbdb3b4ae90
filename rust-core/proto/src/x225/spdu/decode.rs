//! From the octets of a TSDU to its SPDUs (X.225 6.3.7, 8.2).
use super::check;
use super::concatenation;
use super::kind::{Category, Flow, Kind};
use super::leniency::{Leniency, Used};
use super::parameters::{Coding, Parameter, is_defined, is_group, name_of, parameters};
use crate::error::{Error, Layer, Result};
use crate::x225::parameter::{Enclosure, Tokens, Versions};
use smallvec::SmallVec;

/// Whether DT and TD carry an Enclosure Item in this direction (X.225 8.3.1, TSDU Maximum Size).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segmenting {
    /// A maximum TSDU size was selected: they do.
    Selected,
    /// None was: they do not.
    NotSelected,
    /// Not known.
    Unknown,
}

/// What is known about the connection, for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeContext {
    /// The flow on which the TSDU came.
    pub flow: Flow,
    /// The version selected, or the versions that are possible.
    pub version: Versions,
    /// Segmenting of data in this direction.
    pub segmenting: Segmenting,
    /// This side said that it can receive extended concatenation.
    pub extended_concatenation: bool,
    /// Symmetric synchronize is selected; `None`: not known.
    pub symmetric: Option<bool>,
    /// The tokens that exist; `None`: not known.
    pub available_tokens: Option<Tokens>,
    /// Digits of a serial number; 6 unless more was agreed, 0: not limited (read are up to 18).
    pub upper_limit: u8,
    /// Which deviations are accepted.
    pub leniency: Leniency,
    /// An SSDU of this kind is being reassembled.
    pub continuing: Option<Kind>,
}

impl Default for DecodeContext {
    /// Before anything is known: the normal flow, both versions, strict.
    fn default() -> DecodeContext {
        DecodeContext {
            flow: Flow::Normal,
            version: Versions::default(),
            segmenting: Segmenting::Unknown,
            extended_concatenation: true,
            symmetric: None,
            available_tokens: None,
            upper_limit: 6,
            leniency: Leniency::STRICT,
            continuing: None,
        }
    }
}

impl DecodeContext {
    /// For a reader who knows nothing of the connection and wants to see as much as can be seen.
    pub fn unknown() -> DecodeContext {
        DecodeContext { upper_limit: 18, leniency: Leniency::TOLERANT, ..DecodeContext::default() }
    }
}

/// A parameter as it stands in the TSDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    /// The PGI around it.
    pub group: Option<u8>,
    /// PGI or PI.
    pub code: u8,
    /// Octets from the start of the TSDU to its identifier.
    pub offset: usize,
    /// The value; of a group, all that it encloses.
    pub value: &'a [u8],
}

/// An SPDU as it stands in a TSDU. Nothing is copied; unknown parameters are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spdu<'a> {
    pub(super) kind: Kind,
    pub(super) offset: usize,
    pub(super) octets: &'a [u8],
    pub(super) units: SmallVec<[Unit<'a>; 4]>,
    pub(super) user_information: &'a [u8],
}

/// A TSDU and the SPDUs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    pub(super) spdus: SmallVec<[Spdu<'a>; 2]>,
    pub(super) used: SmallVec<[Used; 1]>,
}

impl<'a> Decoded<'a> {
    /// The SPDUs as they stand on the wire; at least one, at most four.
    pub fn spdus(&self) -> &[Spdu<'a>] {
        &self.spdus
    }

    /// The SPDUs in the order in which they are to be processed (X.225 6.3.7): a category 2 SPDU before its GT or PT; in
    /// extended concatenation AS or AR, then DT, then the synchronization SPDU, then GT.
    pub fn processing_order(&self) -> impl Iterator<Item = &Spdu<'a>> {
        let rank = |spdu: &Spdu<'_>| match spdu.kind {
            Kind::AS | Kind::AR => 0,
            Kind::DT => 1,
            Kind::GT | Kind::PT => 3,
            _ => 2,
        };
        (0..4).flat_map(move |wanted| self.spdus.iter().filter(move |spdu| rank(spdu) == wanted))
    }

    /// The leniencies that were needed.
    pub fn leniencies(&self) -> &[Used] {
        &self.used
    }
}

/// Collects what was forgiven, and refuses what is not.
pub(super) struct Judge<'c> {
    pub(super) context: &'c DecodeContext,
    pub(super) used: SmallVec<[Used; 1]>,
}

impl Judge<'_> {
    /// True if this deviation is accepted; it is then noted.
    pub(super) fn forgives(&mut self, leniency: Leniency, offset: usize) -> bool {
        let forgiven = self.context.leniency.contains(leniency);
        if forgiven {
            self.used.push(Used { leniency, offset });
        }
        forgiven
    }
}

/// An error about an SPDU, at an octet.
pub(super) fn fault(kind: Kind, offset: usize, text: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::peer(Layer::Session, text).with_pdu(kind.name()).with_offset(offset).with_clause(kind.clause())
}

/// The name of a parameter with that of its group.
pub(super) fn path(group: Option<u8>, code: u8, kind: Kind) -> String {
    let own = parameters(kind).iter().find(|p| p.group == group && p.code == code).map(|p| p.name);
    let name = own.or_else(|| name_of(code)).map_or_else(|| format!("parameter {code}"), str::to_owned);
    match group.and_then(name_of) {
        Some(group) => format!("{group}.{name}"),
        None => name,
    }
}

/// Length indicator (X.225 8.2.5): the length, and the octets that the indicator takes itself.
fn length(octets: &[u8], at: usize) -> core::result::Result<(usize, usize), &'static str> {
    match octets.get(at..) {
        None | Some([]) => Err("the length indicator is missing"),
        Some([255, high, low, ..]) => {
            let length = usize::from(*high) << 8 | usize::from(*low);
            if length < 255 {
                return Err("a length below 255 has a length indicator of one octet");
            }
            Ok((length, 3))
        }
        Some([255, ..]) => Err("the length indicator of three octets is cut off"),
        Some([length, ..]) => Ok((usize::from(*length), 1)),
    }
}

/// Reads a TSDU.
///
/// Work is linear in the octets, and so is memory: some 40 octets for each parameter, none for user data.
///
/// # Errors
/// Kind `Peer`: the SPDU, the parameter, the octet, what was expected and found, the clause.
pub fn decode<'a>(tsdu: &'a [u8], context: &DecodeContext) -> Result<Decoded<'a>> {
    if let Some(decoded) = plain_data(tsdu, context) {
        debug_assert_eq!(decode_any(tsdu, context).as_ref(), Ok(&decoded), "the short way is the long way");
        return Ok(decoded);
    }
    decode_any(tsdu, context)
}

/// GT and DT without parameters, as nearly every TSDU is where no maximum TSDU size was selected.
#[inline]
fn plain_data<'a>(tsdu: &'a [u8], context: &DecodeContext) -> Option<Decoded<'a>> {
    let [1, 0, 1, 0, user_information @ ..] = tsdu else { return None };
    if user_information.is_empty()
        || context.flow != Flow::Normal
        || context.segmenting == Segmenting::Selected
    {
        return None;
    }
    let spdu = |kind, offset, octets, user_information| Spdu {
        kind,
        offset,
        octets,
        units: SmallVec::new(),
        user_information,
    };
    let mut spdus = SmallVec::new();
    spdus.push(spdu(Kind::GT, 0, &tsdu[..2], &[]));
    spdus.push(spdu(Kind::DT, 2, &tsdu[2..], user_information));
    Some(Decoded { spdus, used: SmallVec::new() })
}

fn decode_any<'a>(tsdu: &'a [u8], context: &DecodeContext) -> Result<Decoded<'a>> {
    let mut judge = Judge { context, used: SmallVec::new() };
    let outcome = match decode_spdus(tsdu, &mut judge) {
        Ok(spdus) => check_spdus(&spdus, &mut judge).map(|()| spdus),
        Err(error) => match bare_data(tsdu, context).or_else(|| long_accept(tsdu, context)) {
            Some(decoded) => return Ok(decoded),
            None => Err(error),
        },
    };
    match outcome {
        Ok(spdus) => Ok(Decoded { spdus, used: judge.used }),
        Err(error) => Err(error.with_octets(tsdu)),
    }
}

fn check_spdus(spdus: &[Spdu<'_>], judge: &mut Judge<'_>) -> Result<()> {
    concatenation::check(spdus, judge)?;
    spdus.iter().enumerate().try_for_each(|(index, spdu)| check::spdu(spdu, spdus, index, judge))
}

/// A DT whose sender left out the GT (a leniency): what follows its header is no SPDU.
fn bare_data<'a>(tsdu: &'a [u8], context: &DecodeContext) -> Option<Decoded<'a>> {
    if context.flow != Flow::Normal || tsdu.first() != Some(&1) || is_concatenation(tsdu) {
        return None;
    }
    let mut judge = Judge { context, used: SmallVec::new() };
    judge.forgives(Leniency::BARE_DATA, 0).then_some(())?;
    let spdu = read(tsdu, 0, Kind::DT, &mut judge).ok()?;
    let data = [spdu];
    check::spdu(&data[0], &data, 0, &mut judge).ok()?;
    Some(Decoded { spdus: SmallVec::from_iter(data), used: judge.used })
}

/// An ACCEPT whose length indicator is one too large (a leniency). One such stack leaves the length of User Data 0 besides, counts
/// one octet of the data into the SPDU, and sends the rest behind it.
fn long_accept<'a>(tsdu: &'a [u8], context: &DecodeContext) -> Option<Decoded<'a>> {
    const USER_DATA: u8 = 193;
    if context.flow != Flow::Normal || tsdu.first() != Some(&14) {
        return None;
    }
    let mut judge = Judge { context, used: SmallVec::new() };
    judge.forgives(Leniency::ACCEPT_LENGTH, 1).then_some(())?;
    let (claimed, indicator) = length(tsdu, 1).ok()?;
    let start = 1 + indicator;
    // Where the parameters end, and where User Data without a length begins.
    let mut at = start;
    let mut headless = None;
    while let Some(&code) = tsdu.get(at) {
        let (length, indicator) = length(tsdu, at + 1).ok()?;
        if code == USER_DATA && length == 0 {
            headless = Some(at);
            at += 1 + indicator;
            break;
        }
        at += 1 + indicator + length;
    }
    if claimed != (at - start).checked_add(1)? || at > tsdu.len() {
        return None;
    }
    let mut units = SmallVec::new();
    let parameters_end = headless.unwrap_or(at);
    walk(tsdu, start, parameters_end, None, Kind::AC, &mut judge, &mut units).ok()?;
    if let Some(offset) = headless {
        units.push(Unit { group: None, code: USER_DATA, offset, value: &tsdu[at..] });
    }
    let accept = [Spdu { kind: Kind::AC, offset: 0, octets: tsdu, units, user_information: &[] }];
    check::spdu(&accept[0], &accept, 0, &mut judge).ok()?;
    Some(Decoded { spdus: SmallVec::from_iter(accept), used: judge.used })
}

/// By its lengths, a category 2 SPDU stands behind the first SPDU. Then a fault in it is a fault, and no user data.
fn is_concatenation(tsdu: &[u8]) -> bool {
    let field = |at: usize| {
        let (length, indicator) = length(tsdu, at + 1).ok()?;
        let start = at + 1 + indicator;
        tsdu.get(start..start + length).map(|field| (field, start + length))
    };
    let Some((_, second)) = field(0) else { return false };
    let Some(kind) = tsdu.get(second).and_then(|si| Kind::from_si(*si, false)) else { return false };
    let Some((mut units, _)) = field(second) else { return false };
    while let [_, rest @ ..] = units {
        let Ok((length, indicator)) = length(rest, 0) else { return false };
        let Some(after) = rest.get(indicator + length..) else { return false };
        units = after;
    }
    kind.category() == Category::Two
}

fn decode_spdus<'a>(tsdu: &'a [u8], judge: &mut Judge<'_>) -> Result<SmallVec<[Spdu<'a>; 2]>> {
    let mut spdus: SmallVec<[Spdu<'a>; 2]> = SmallVec::new();
    let mut at = 0;
    let Some(&si) = tsdu.first() else {
        return Err(Error::peer(Layer::Session, "the TSDU is empty").with_offset(0).with_clause("X.225 8.1"));
    };
    let mut next = Some(si);
    while let Some(si) = next {
        let first = spdus.is_empty();
        let Some(kind) = Kind::from_si(si, first || judge.context.flow == Flow::Expedited) else {
            return Err(Error::peer(Layer::Session, format!("SPDU Identifier {si} is not assigned"))
                .with_offset(at)
                .with_clause("X.225 8.2.4")
                .with_expected("an SPDU Identifier", format!("{si}")));
        };
        if !first && kind.category() != Category::Two {
            return Err(
                fault(kind, at, format!("{kind} stands behind another SPDU")).with_clause("X.225 6.3.7")
            );
        }
        if spdus.len() == 4 {
            return Err(fault(kind, at, "more than four SPDUs in one TSDU").with_clause("X.225 6.3.7"));
        }
        let spdu = read(tsdu, at, kind, judge)?;
        at += spdu.octets.len();
        let alone = spdu.kind.category() == Category::One;
        next = tsdu.get(at).copied();
        if alone && next.is_some() {
            return Err(fault(kind, at, format!("octets follow {kind}, which stands alone in its TSDU"))
                .with_clause("X.225 6.3.7")
                .with_expected("the end of the TSDU", format!("{} more octets", tsdu.len() - at)));
        }
        spdus.push(spdu);
    }
    Ok(spdus)
}

/// Reads one SPDU, whose identifier says that it is `kind`.
pub(super) fn read<'a>(tsdu: &'a [u8], at: usize, kind: Kind, judge: &mut Judge<'_>) -> Result<Spdu<'a>> {
    let (length, indicator) = length(tsdu, at + 1).map_err(|text| {
        fault(kind, at + 1, text).with_parameter("Length Indicator").with_clause("X.225 8.2.5")
    })?;
    let start = at + 1 + indicator;
    let Some(end) = Some(start + length).filter(|end| *end <= tsdu.len()) else {
        return Err(fault(kind, at + 1, "the SPDU is longer than the TSDU")
            .with_parameter("Length Indicator")
            .with_clause("X.225 8.2.5")
            .with_expected(format!("at most {} octets", tsdu.len() - start), format!("{length}")));
    };
    let mut units = SmallVec::new();
    let mut kind = kind;
    if length > 0 {
        walk(tsdu, start, end, None, kind, judge, &mut units)?;
        kind = settle(kind, &units, judge.context);
    } else if kind == Kind::MAP {
        kind = Kind::AE;
    }
    let whole = if kind.has_user_information() { tsdu.len() } else { end };
    Ok(Spdu { kind, offset: at, octets: &tsdu[at..whole], units, user_information: &tsdu[end..whole] })
}

/// SI 41 is MAP with a Sync Type Item, AE without; a later segment belongs to what the first one was (X.225 8.3.22, 8.3.35).
fn settle(kind: Kind, units: &[Unit<'_>], context: &DecodeContext) -> Kind {
    if kind != Kind::MAP {
        return kind;
    }
    let later = units.iter().any(|u| u.code == 25 && u.value.len() == 1 && u.value[0] & 1 == 0);
    if later && context.continuing == Some(Kind::MAP) || units.iter().any(|u| u.code == 15) {
        return Kind::MAP;
    }
    Kind::AE
}

/// The most units of one SPDU. Codes ascend, so no level can have more than 256, and no SPDU has more than three levels
/// (CN: its own, PGI 1, PGI 5). A bound is needed only where disorder is forgiven.
const MAX_UNITS: usize = 1024;

/// Walks the units between two octets, descending into groups.
fn walk<'a>(
    tsdu: &'a [u8],
    start: usize,
    end: usize,
    group: Option<u8>,
    kind: Kind,
    judge: &mut Judge<'_>,
    units: &mut SmallVec<[Unit<'a>; 4]>,
) -> Result<()> {
    let mut at = start;
    let mut last: Option<u8> = None;
    while at < end {
        let code = tsdu[at];
        let read = length(&tsdu[..end], at + 1);
        let (length, value_at) = match read {
            Ok((length, indicator)) => (length, at + 1 + indicator),
            Err(_) if kind == Kind::RF && judge.forgives(Leniency::REFUSE_LENGTHS, at) => return Ok(()),
            Err(text) => {
                return Err(fault(kind, at + 1, text)
                    .with_parameter(path(group, code, kind))
                    .with_clause("X.225 8.2.5"));
            }
        };
        let mut value_end = value_at + length;
        let cut_off = value_end > end;
        if cut_off {
            if kind == Kind::RF && judge.forgives(Leniency::REFUSE_LENGTHS, at) {
                value_end = end;
            } else {
                return Err(fault(kind, at + 1, "the parameter is longer than what encloses it")
                    .with_parameter(path(group, code, kind))
                    .with_clause("X.225 8.2.5")
                    .with_expected(format!("at most {} octets", end - value_at), format!("{length}")));
            }
        }
        let value = &tsdu[value_at..value_end];
        let unit = Unit { group, code, offset: at, value };
        let keep = match admit(&unit, kind, &mut last, judge) {
            Ok(keep) => keep,
            // What is left of it is no value of this parameter.
            Err(_) if cut_off => return Ok(()),
            Err(error) => return Err(error),
        };
        if units.len() == MAX_UNITS {
            return Err(fault(kind, at, "more parameters than there are codes for them")
                .with_clause("X.225 8.2.6")
                .with_expected(format!("at most {MAX_UNITS}"), "more"));
        }
        units.push(unit);
        if keep && group.is_none() && is_group(code) {
            walk(tsdu, value_at, value_end, Some(code), kind, judge, units)?;
        }
        at = value_end;
    }
    Ok(())
}

/// The most digits of a serial number that this library computes with.
const MAX_DIGITS: usize = 18;

/// Order, duplicates, place, length (X.225 8.2.5, 8.2.6, 8.3). `false`: the unit is unknown or skipped.
fn admit(unit: &Unit<'_>, kind: Kind, last: &mut Option<u8>, judge: &mut Judge<'_>) -> Result<bool> {
    let Unit { group, code, offset, value } = *unit;
    let named = |error: Error| error.with_parameter(path(group, code, kind));
    if let Some(last) = *last {
        if code == last && !judge.forgives(Leniency::DUPLICATE, offset) {
            return Err(named(
                fault(kind, offset, "the parameter is there twice").with_clause("X.225 8.2.6"),
            ));
        }
        if code < last && !judge.forgives(Leniency::ORDER, offset) {
            return Err(named(fault(kind, offset, "parameters are not in ascending order"))
                .with_clause("X.225 8.2.6")
                .with_expected(format!("a code above {last}"), format!("{code}")));
        }
    }
    *last = Some(last.map_or(code, |last| last.max(code)));
    let Some(parameter) = find(kind, group, code) else {
        if is_defined(code) && !judge.forgives(Leniency::MISPLACED_PARAMETER, offset) {
            return Err(named(fault(kind, offset, format!("{kind} has no such parameter")))
                .with_clause("X.225 8.2.6"));
        }
        return Ok(false);
    };
    if value.is_empty() {
        // Of length 0 a parameter that is not mandatory counts as absent (X.225 8.2.6).
        return Ok(true);
    }
    let max = match (parameter.coding, code) {
        (Coding::Serial, 23 | 55) => parameter.max,
        (Coding::Serial, 57 | 58) => MAX_DIGITS,
        (Coding::Serial, _) => match usize::from(judge.context.upper_limit) {
            0 => MAX_DIGITS,
            digits => digits.clamp(6, MAX_DIGITS),
        },
        _ => parameter.max,
    };
    if value.len() < parameter.min || value.len() > max {
        let expected = if parameter.min == max {
            format!("{max} octets")
        } else {
            format!("{} to {max} octets", parameter.min)
        };
        return Err(named(fault(kind, offset, "the length of the parameter is wrong"))
            .with_expected(expected, format!("{}", value.len())));
    }
    Ok(true)
}

/// The definition of a parameter in an SPDU.
pub(super) fn find(kind: Kind, group: Option<u8>, code: u8) -> Option<&'static Parameter> {
    let kind = if kind == Kind::AE && code == 15 { Kind::MAP } else { kind };
    parameters(kind).iter().find(|p| p.group == group && p.code == code)
}

impl<'a> Spdu<'a> {
    /// The unit with this code. One of length 0 counts as absent, and one that this SPDU does not have says nothing.
    pub(super) fn unit(&self, group: Option<u8>, code: u8) -> Option<Unit<'a>> {
        let is_it = |unit: &&Unit<'_>| unit.group == group && unit.code == code && !unit.value.is_empty();
        self.units.iter().find(is_it).filter(|_| find(self.kind, group, code).is_some()).copied()
    }

    /// The value of the unit with this code.
    pub(super) fn value(&self, group: Option<u8>, code: u8) -> Option<&'a [u8]> {
        self.unit(group, code).map(|unit| unit.value)
    }

    /// A later segment of an SSDU: only Enclosure Item and user data (X.225 8.4.2).
    pub(super) fn is_later_segment(&self) -> bool {
        !self.kind.is_data()
            && self.kind != Kind::CDO
            && matches!(self.enclosure(), Some(Enclosure::Middle | Enclosure::Last))
    }
}
