//! The rules of clause 8.3 on values and on what goes with what.
use super::decode::{Judge, Segmenting, Spdu, Unit, fault, find, path};
use super::kind::{Category, Flow, Kind};
use super::leniency::Leniency;
use super::parameters::{Coding, Presence, parameters};
use crate::error::{Error, Result};
use crate::x225::parameter::*;

/// Checks one SPDU of a TSDU.
pub(super) fn spdu(spdu: &Spdu<'_>, all: &[Spdu<'_>], index: usize, judge: &mut Judge<'_>) -> Result<()> {
    if spdu.units.is_empty() && matches!(spdu.kind, Kind::DT | Kind::TD) {
        return data(spdu, judge);
    }
    let lone = all.len() == 1;
    if spdu.is_later_segment() {
        return later_segment(spdu, judge);
    }
    for unit in &spdu.units {
        value(spdu, unit, judge)?;
    }
    for parameter in parameters(spdu.kind) {
        if parameter.presence != Presence::Mandatory {
            continue;
        }
        // A unit that is mandatory in a group is so only if the group is there; PI 19 and PI 22 have defaults all the same.
        let excused = match parameter.group {
            Some(5) => true,
            Some(group) => spdu.unit(None, group).is_none(),
            None => spdu.kind == Kind::UD,
        };
        if !excused && spdu.unit(parameter.group, parameter.code).is_none() {
            if spdu.kind == Kind::AB && judge.forgives(Leniency::ABORT_WITHOUT_REASON, spdu.offset) {
                continue;
            }
            return Err(fault(spdu.kind, spdu.offset, format!("{} is missing", parameter.name))
                .with_parameter(path(parameter.group, parameter.code, spdu.kind)));
        }
    }
    enclosure(spdu, judge)?;
    user_data(spdu, judge)?;
    match spdu.kind {
        Kind::CN => connect(spdu),
        Kind::AC => large_numbers(spdu),
        Kind::RF => refuse(spdu, judge),
        Kind::DT | Kind::TD => data(spdu, judge),
        Kind::EX => expedited(spdu),
        Kind::AB => abort(spdu, judge),
        Kind::GT | Kind::PT => tokens(spdu, lone && index == 0),
        Kind::RS | Kind::RA | Kind::MAA | Kind::AR | Kind::PR => symmetric(spdu, judge),
        Kind::UD if spdu.user_information.is_empty() => Err(no_user_information(spdu)),
        _ => Ok(()),
    }
}

fn wrong(spdu: &Spdu<'_>, unit: &Unit<'_>, text: &'static str) -> Error {
    fault(spdu.kind, unit.offset, text).with_parameter(path(unit.group, unit.code, spdu.kind))
}

/// What a single value may be. Reserved bits are ignored, reserved values are not (X.225 8.3).
fn value(spdu: &Spdu<'_>, unit: &Unit<'_>, judge: &mut Judge<'_>) -> Result<()> {
    let Some(parameter) = find(spdu.kind, unit.group, unit.code) else { return Ok(()) };
    let Some(&octet) = unit.value.first() else { return Ok(()) };
    match parameter.coding {
        Coding::Serial => {
            if let Some(at) = unit.value.iter().position(|digit| !digit.is_ascii_digit()) {
                return Err(wrong(spdu, unit, "a serial number is decimal digits")
                    .with_offset(unit.offset + 2 + at)
                    .with_expected("30 to 39 hex", format!("{:02x}", unit.value[at])));
            }
        }
        Coding::ResyncType if octet > 2 => {
            return Err(
                wrong(spdu, unit, "a reserved Resync Type").with_expected("0, 1 or 2", octet.to_string())
            );
        }
        Coding::PrepareType if !(1..=4).contains(&octet) => {
            return Err(
                wrong(spdu, unit, "a reserved Prepare Type").with_expected("1 to 4", octet.to_string())
            );
        }
        Coding::ExceptionReason if ExceptionReason::from_code(octet).is_none() => {
            return Err(wrong(spdu, unit, "a reserved Reason Code")
                .with_expected("0, 1, 3, 5, 6 or 128", octet.to_string()));
        }
        Coding::RefuseReason if unit.value.len() > 1 && octet != refuse_reason::USER_DATA => {
            return Err(
                wrong(spdu, unit, "user data goes with reason 2 only").with_expected("2", octet.to_string())
            );
        }
        Coding::Versions if spdu.kind == Kind::OA && octet & 3 != 2 => {
            return Err(wrong(spdu, unit, "OVERFLOW ACCEPT selects version 2")
                .with_expected("02", format!("{octet:02x}")));
        }
        Coding::DataOverflow if octet & 1 == 0 => {
            return Err(wrong(spdu, unit, "Data Overflow is there, but says no")
                .with_expected("01", format!("{octet:02x}")));
        }
        Coding::SyncType if spdu.kind == Kind::MAP && octet & 1 == 0 => {
            return Err(wrong(spdu, unit, "the Sync Type Item of a MAJOR SYNC POINT has bit 1 set")
                .with_expected("01", format!("{octet:02x}")));
        }
        Coding::TokenSetting => token_setting(spdu, unit, octet, judge)?,
        Coding::TokenItem => token_item(spdu, unit, octet, judge)?,
        _ => {}
    }
    Ok(())
}

fn token_setting(spdu: &Spdu<'_>, unit: &Unit<'_>, octet: u8, judge: &Judge<'_>) -> Result<()> {
    let (assignment, reserved) = TokenAssignment::from_octet(octet);
    let available = match (spdu.kind, judge.context.available_tokens) {
        // In CN and AC the SPDU says itself which tokens there are.
        (Kind::CN | Kind::AC, _) => {
            spdu.functional_units().unwrap_or(FunctionalUnits::DEFAULT_WHEN_ABSENT).tokens()
        }
        (_, Some(available)) => available,
        (_, None) => Tokens::empty(),
    };
    if !(reserved & available).is_empty() {
        return Err(
            wrong(spdu, unit, "a token has the reserved setting 11").with_expected("00, 01 or 10", "11")
        );
    }
    if matches!(spdu.kind, Kind::AC | Kind::RA) {
        let all = [Tokens::DATA, Tokens::SYNCHRONIZE_MINOR, Tokens::MAJOR_ACTIVITY, Tokens::RELEASE];
        let open = |t: &Tokens| available.contains(*t) && assignment.side(*t) == TokenSide::AcceptorChooses;
        if all.iter().any(open) {
            return Err(wrong(spdu, unit, "the side of a token is left open").with_expected("00 or 01", "10"));
        }
    }
    Ok(())
}

fn token_item(spdu: &Spdu<'_>, unit: &Unit<'_>, octet: u8, judge: &Judge<'_>) -> Result<()> {
    if spdu.kind == Kind::AC {
        return Ok(());
    }
    let named = Tokens::from_bits_truncate(octet);
    if named.is_empty() {
        return Err(wrong(spdu, unit, "no token is named"));
    }
    if let Some(available) = judge.context.available_tokens
        && !(named - available).is_empty()
    {
        return Err(wrong(spdu, unit, "a token is named that does not exist here")
            .with_expected(available.to_string(), named.to_string()));
    }
    Ok(())
}

/// Enclosure Item of what is not data (X.225 8.4.1, 8.3.4): on a first segment, version 2 only.
fn enclosure(spdu: &Spdu<'_>, judge: &mut Judge<'_>) -> Result<()> {
    let Some(unit) = spdu.unit(None, 25) else { return Ok(()) };
    if spdu.kind.is_data() || find(spdu.kind, None, 25).is_none() {
        return Ok(());
    }
    if judge.context.flow == Flow::Expedited {
        return Err(
            wrong(spdu, &unit, "on the expedited flow nothing is segmented").with_clause("X.225 6.3.5")
        );
    }
    if spdu.kind == Kind::CDO {
        if unit.value[0] & 1 != 0 {
            return Err(wrong(spdu, &unit, "CONNECT DATA OVERFLOW never begins an SSDU")
                .with_expected("00 or 02", format!("{:02x}", unit.value[0])));
        }
        if unit.value[0] & 2 == 0 && spdu.user_data().is_empty() {
            return Err(wrong(spdu, &unit, "not the end, but no user data"));
        }
        return Ok(());
    }
    if judge.context.version == Versions::V1 {
        return Err(wrong(spdu, &unit, "in version 1 only data is segmented").with_clause("X.225 8.4"));
    }
    match Enclosure::from_bits(unit.value[0]) {
        Enclosure::Single if judge.forgives(Leniency::ENCLOSURE_SINGLE, unit.offset) => Ok(()),
        Enclosure::Single => {
            Err(wrong(spdu, &unit, "an SSDU in one SPDU has no Enclosure Item").with_expected("01", "03"))
        }
        _ if spdu.user_data().is_empty() => Err(wrong(spdu, &unit, "a first segment has user data")),
        _ => Ok(()),
    }
}

/// A later segment: Enclosure Item and user data, nothing else (X.225 8.4.2).
fn later_segment(spdu: &Spdu<'_>, judge: &mut Judge<'_>) -> Result<()> {
    let carrier = match spdu.kind {
        Kind::RF => 50,
        Kind::MIA => 46,
        _ => 193,
    };
    for unit in &spdu.units {
        let known = find(spdu.kind, unit.group, unit.code).is_some();
        if known && unit.code != 25 && unit.code != carrier && !unit.value.is_empty() {
            return Err(wrong(spdu, unit, "a later segment has only an Enclosure Item and user data")
                .with_clause("X.225 8.4.2"));
        }
    }
    let Some(unit) = spdu.unit(None, 25) else { return Ok(()) };
    if judge.context.version == Versions::V1 {
        return Err(wrong(spdu, &unit, "in version 1 only data is segmented").with_clause("X.225 8.4"));
    }
    if judge.context.flow == Flow::Expedited {
        return Err(
            wrong(spdu, &unit, "on the expedited flow nothing is segmented").with_clause("X.225 6.3.5")
        );
    }
    if spdu.enclosure() == Some(Enclosure::Middle) && spdu.user_data().is_empty() {
        return Err(wrong(spdu, &unit, "a middle segment has user data").with_clause("X.225 8.4.2"));
    }
    Ok(())
}

/// How much user data the version allows (X.225 8.3, A.4.3.1.2).
fn user_data(spdu: &Spdu<'_>, judge: &mut Judge<'_>) -> Result<()> {
    let length = spdu.user_data().len();
    let limit = match (judge.context.version, spdu.kind) {
        (_, Kind::CN | Kind::AB) => None,
        (Versions::V1, kind) => kind.version_1_user_data(),
        _ => None,
    };
    match limit {
        Some(limit) if length > limit => {
            let is_release = matches!(spdu.kind, Kind::FN | Kind::DN);
            if is_release && judge.forgives(Leniency::RELEASE_DATA, spdu.offset) {
                return Ok(());
            }
            Err(fault(spdu.kind, spdu.offset, "too much user data for version 1")
                .with_parameter("User Data")
                .with_clause("X.225 A.4.3.1.2")
                .with_expected(format!("at most {limit} octets"), format!("{length}")))
        }
        _ => Ok(()),
    }
}

/// CONNECT (X.225 8.3.1).
fn connect(spdu: &Spdu<'_>) -> Result<()> {
    let versions = spdu.versions().unwrap_or(Versions::V1);
    let (short, extended) = (spdu.unit(None, 193), spdu.unit(None, 194));
    if let (Some(_), Some(extended)) = (short, extended) {
        return Err(wrong(spdu, &extended, "User Data and Extended User Data exclude each other"));
    }
    if let Some(extended) = extended
        && versions.contains(Versions::V1)
    {
        return Err(wrong(spdu, &extended, "Extended User Data needs version 2 alone")
            .with_expected("version 2", format!("version {versions}")));
    }
    if let Some(overflow) = spdu.unit(None, 60) {
        let length = extended.map_or(0, |unit| unit.value.len());
        if length != 10_240 {
            return Err(wrong(
                spdu,
                &overflow,
                "with Data Overflow there are 10240 octets of Extended User Data",
            )
            .with_expected("10240 octets", format!("{length}")));
        }
    }
    large_numbers(spdu)
}

/// REFUSE (X.225 8.3.5): what would have been required is said with reason 2 only.
fn refuse(spdu: &Spdu<'_>, judge: &mut Judge<'_>) -> Result<()> {
    match spdu.unit(None, 20) {
        Some(unit)
            if spdu.reason() != Some(refuse_reason::USER_DATA)
                && !judge.forgives(Leniency::REFUSE_REQUIREMENTS, unit.offset) =>
        {
            Err(wrong(spdu, &unit, "Session User Requirements go with reason 2 only"))
        }
        _ => Ok(()),
    }
}

/// Initial serial numbers in CN and AC: in PI 57 and 58 with an Upper Limit, in PI 23 and 55 without (X.225 8.3.1).
fn large_numbers(spdu: &Spdu<'_>) -> Result<()> {
    let limit = spdu.unit(Some(5), 56);
    for code in [23, 55] {
        if let (Some(unit), Some(_)) = (spdu.unit(Some(5), code), limit) {
            return Err(wrong(spdu, &unit, "with an Upper Limit the Large Initial Serial Numbers are used"));
        }
    }
    for code in [57, 58] {
        if let (Some(unit), None) = (spdu.unit(Some(5), code), limit) {
            return Err(wrong(spdu, &unit, "a Large Initial Serial Number goes with an Upper Limit"));
        }
    }
    Ok(())
}

/// DT and TD (X.225 8.3.11, 8.3.13).
fn data(spdu: &Spdu<'_>, judge: &mut Judge<'_>) -> Result<()> {
    let enclosure = spdu.unit(None, 25);
    let empty = spdu.user_information.is_empty();
    match (judge.context.segmenting, enclosure) {
        (Segmenting::NotSelected, Some(unit)) => {
            let single = Enclosure::from_bits(unit.value[0]) == Enclosure::Single;
            if !(single && judge.forgives(Leniency::ENCLOSURE_SINGLE, unit.offset)) {
                return Err(wrong(spdu, &unit, "an Enclosure Item though no maximum TSDU size was selected"));
            }
        }
        (Segmenting::Selected, None) if !judge.forgives(Leniency::ENCLOSURE_MISSING, spdu.offset) => {
            return Err(fault(
                spdu.kind,
                spdu.offset,
                "no Enclosure Item though a maximum TSDU size was selected",
            )
            .with_parameter("Enclosure Item"));
        }
        _ => {}
    }
    let last = enclosure.is_some_and(|u| Enclosure::from_bits(u.value[0]) == Enclosure::Last);
    if empty && !last {
        return Err(no_user_information(spdu));
    }
    Ok(())
}

fn no_user_information(spdu: &Spdu<'_>) -> Error {
    fault(spdu.kind, spdu.offset, "there is no user information")
        .with_parameter("User Information Field")
        .with_expected("at least 1 octet", "0")
}

fn expedited(spdu: &Spdu<'_>) -> Result<()> {
    let length = spdu.user_information.len();
    if (1..=14).contains(&length) {
        return Ok(());
    }
    Err(fault(spdu.kind, spdu.offset, "expedited data has 1 to 14 octets")
        .with_parameter("User Information Field")
        .with_expected("1 to 14 octets", format!("{length}")))
}

/// ABORT (X.225 8.3.9).
fn abort(spdu: &Spdu<'_>, judge: &mut Judge<'_>) -> Result<()> {
    let bits = spdu.transport_disconnect().unwrap_or_default();
    if let Some(unit) = spdu.unit(None, 49)
        && !bits.contains(TransportDisconnect::PROTOCOL_ERROR)
    {
        return Err(wrong(spdu, &unit, "Reflect Parameter Values go with a protocol error only"));
    }
    let data = spdu.user_data();
    if data.is_empty() {
        return Ok(());
    }
    let user = bits.contains(TransportDisconnect::USER_ABORT) || spdu.transport_disconnect().is_none();
    let short = judge.context.flow == Flow::Expedited || judge.context.version == Versions::V1;
    let fits = !short || data.len() <= 9;
    if user && fits || judge.forgives(Leniency::ABORT_DATA, spdu.offset) {
        return Ok(());
    }
    let text = if user {
        "too much user data in an ABORT"
    } else {
        "user data in an ABORT that is not a user abort"
    };
    Err(fault(spdu.kind, spdu.offset, text)
        .with_parameter("User Data")
        .with_expected(if user { "at most 9 octets" } else { "none" }, format!("{} octets", data.len())))
}

/// A GT or PT by itself (X.225 8.3.16, 8.3.17).
fn tokens(spdu: &Spdu<'_>, lone: bool) -> Result<()> {
    if !lone || spdu.token_item().is_some() {
        return Ok(());
    }
    let text = if spdu.user_data().is_empty() {
        "alone and without a Token Item it has no effect"
    } else {
        "user data goes with a Token Item only"
    };
    Err(fault(spdu.kind, spdu.offset, text).with_parameter("Token Item").with_clause("X.225 7.16"))
}

/// Serial numbers and types that depend on symmetric synchronize (X.225 8.3.23 to 8.3.26, 8.3.30).
fn symmetric(spdu: &Spdu<'_>, judge: &mut Judge<'_>) -> Result<()> {
    let group = (spdu.kind == Kind::AR).then_some(33);
    let (number, second) = (spdu.unit(group, 42), spdu.unit(group, 54));
    let (kind, second_kind) = (spdu.unit(None, 27), spdu.unit(None, 53));
    let missing = |name: &'static str| {
        Err(fault(spdu.kind, spdu.offset, format!("{name} is missing")).with_parameter(name))
    };
    let unwanted = |unit: Option<Unit<'_>>, text: &'static str| match unit {
        Some(unit) => Err(wrong(spdu, &unit, text)),
        None => Ok(()),
    };
    let only_symmetric = "this goes with symmetric synchronize only";
    if spdu.kind == Kind::PR {
        let resynchronize = spdu.prepare_type() == Some(PrepareType::Resynchronize);
        if !resynchronize {
            unwanted(kind.or(second_kind), "Resync Types go with Prepare Type 2 only")?;
        }
        return if judge.context.symmetric == Some(false) {
            unwanted(kind.or(second_kind), only_symmetric)
        } else {
            Ok(())
        };
    }
    match (judge.context.symmetric, spdu.kind) {
        (None, _) => {}
        (Some(true), Kind::MAA) => {
            unwanted(number, "with symmetric synchronize there is only a Second Serial Number")?;
            if second.is_none() {
                return missing("Second Serial Number");
            }
        }
        (Some(false), Kind::MAA) => {
            unwanted(second, only_symmetric)?;
            if number.is_none() {
                return missing("Serial Number");
            }
        }
        (Some(true), Kind::AR) => {
            if second.is_none() {
                return missing("Second Serial Number");
            }
        }
        (Some(false), Kind::AR) => unwanted(second, only_symmetric)?,
        (Some(false), _) => {
            unwanted(second, only_symmetric)?;
            unwanted(second_kind, only_symmetric)?;
            if number.is_none() {
                return missing("Serial Number");
            }
            if spdu.kind == Kind::RS && kind.is_none() {
                return missing("Resync Type");
            }
            if let (Kind::RA, Some(unit)) = (spdu.kind, kind)
                && !judge.forgives(Leniency::RESYNC_TYPE_IN_ACK, unit.offset)
            {
                return Err(wrong(spdu, &unit, only_symmetric));
            }
        }
        (Some(true), _) => {
            let pairs = [(kind, number, "Serial Number"), (second_kind, second, "Second Serial Number")];
            for (kind, number, name) in pairs {
                if kind.is_some() != number.is_some() {
                    return missing(if kind.is_some() { name } else { "Resync Type" });
                }
            }
            if kind.is_none() && second_kind.is_none() {
                return missing("Resync Type");
            }
        }
    }
    let tokens_exist = judge.context.available_tokens.is_some_and(|t| !t.is_empty());
    if matches!(spdu.kind, Kind::RS | Kind::RA) && tokens_exist && spdu.token_setting().is_none() {
        if judge.forgives(Leniency::TOKEN_SETTING_MISSING, spdu.offset) {
            return Ok(());
        }
        return missing("Token Setting Item");
    }
    debug_assert!(spdu.kind.category() == Category::Two);
    Ok(())
}

/// The rules of a CONNECT that concern what is proposed (X.225 7.1.1, 8.3.1).
///
/// # Errors
/// Kind `Peer`, with parameter and clause.
pub fn check_connect(spdu: &Spdu<'_>) -> Result<()> {
    let units = spdu.functional_units().unwrap_or(FunctionalUnits::DEFAULT_WHEN_ABSENT);
    if let Some(why) = units.why_not_proposed() {
        let at = spdu.unit(None, 20).map_or(spdu.offset, |unit| unit.offset);
        return Err(fault(spdu.kind, at, why)
            .with_parameter("Session User Requirements")
            .with_clause("X.225 7.1.1")
            .with_expected("a legal combination of functional units", units.to_string()));
    }
    numbers(spdu, units)
}

/// Initial serial numbers where they are needed (X.225 7.1.1, 7.4.1).
fn numbers(spdu: &Spdu<'_>, units: FunctionalUnits) -> Result<()> {
    if !units.needs_initial_serial_number() {
        return Ok(());
    }
    let missing = |name: &'static str| {
        Err(fault(spdu.kind, spdu.offset, format!("{name} is missing with these functional units"))
            .with_parameter(format!("Connect/Accept Item.{name}")))
    };
    if spdu.initial_serial_number().is_none() {
        return missing("Initial Serial Number");
    }
    if units.contains(FunctionalUnits::SYMMETRIC_SYNC) && spdu.second_initial_serial_number().is_none() {
        return missing("Second Initial Serial Number");
    }
    Ok(())
}

/// The rules of an ACCEPT that answers a CONNECT which proposed these functional units (X.225 7.4.1, 8.3.4). Without Session
/// User Requirements, or with none of them, the ACCEPT is not judged: what it means is the machine's to say.
///
/// # Errors
/// Kind `Peer`, with parameter and clause.
pub fn check_accept(spdu: &Spdu<'_>, proposed: FunctionalUnits) -> Result<()> {
    use FunctionalUnits as Fu;
    let Some(units) = spdu.functional_units().filter(|units| !units.is_empty()) else { return Ok(()) };
    let at = spdu.unit(None, 20).map_or(spdu.offset, |unit| unit.offset);
    let illegal = |text: &'static str| {
        Err(fault(spdu.kind, at, text)
            .with_parameter("Session User Requirements")
            .with_clause("X.225 7.4.3")
            .with_expected(format!("a selection from {proposed}"), units.to_string()))
    };
    let duplex = units & (Fu::HALF_DUPLEX | Fu::DUPLEX);
    if duplex.bits().count_ones() != 1 {
        return illegal("exactly one of half-duplex and duplex is selected");
    }
    if !proposed.contains(duplex) {
        return illegal("the ACCEPT selects between half-duplex and duplex what was not proposed");
    }
    if units.contains(Fu::MINOR_SYNC | Fu::SYMMETRIC_SYNC) {
        return illegal("minor and symmetric synchronize exclude each other");
    }
    if units.contains(Fu::ACTIVITY_MANAGEMENT | Fu::DATA_SEPARATION) {
        return illegal("data separation and activity management exclude each other");
    }
    numbers(spdu, units & proposed)
}
