//! SPDUs for people: one readable line, or a tree of parameters with their meaning.
use super::decode::{Spdu, Unit, find};
use super::kind::Kind;
use super::parameters::{Coding, name_of};
use crate::x225::parameter::*;
use core::fmt;

/// A parameter with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described<'a> {
    /// PGI or PI.
    pub code: u8,
    /// Its name in the standard; `None` if it is unknown.
    pub name: Option<&'static str>,
    /// Octets from the start of the TSDU to its identifier.
    pub offset: usize,
    /// Its value; of a group, all that it encloses.
    pub value: &'a [u8],
    /// What the value says.
    pub meaning: String,
    /// What the group encloses.
    pub inside: Vec<Described<'a>>,
}

impl<'a> Spdu<'a> {
    /// The parameters as a tree, in the order of the wire.
    pub fn describe(&self) -> Vec<Described<'a>> {
        let mut tree: Vec<Described<'a>> = Vec::new();
        for unit in &self.units {
            let described = self.describe_unit(unit);
            match (unit.group, tree.last_mut()) {
                (Some(_), Some(group)) => group.inside.push(described),
                _ => tree.push(described),
            }
        }
        tree
    }

    /// One of the units alone: of a group, without what it encloses.
    pub fn describe_unit(&self, unit: &Unit<'a>) -> Described<'a> {
        Described {
            code: unit.code,
            name: self.name(unit),
            offset: unit.offset,
            value: unit.value,
            meaning: self.meaning(unit),
            inside: Vec::new(),
        }
    }

    fn name(&self, unit: &Unit<'_>) -> Option<&'static str> {
        find(self.kind, unit.group, unit.code).map(|p| p.name).or_else(|| name_of(unit.code))
    }

    fn meaning(&self, unit: &Unit<'_>) -> String {
        let Some(parameter) = find(self.kind, unit.group, unit.code) else { return octets(unit.value) };
        let Some(&octet) = unit.value.first() else { return "absent".into() };
        match parameter.coding {
            Coding::Group => String::new(),
            Coding::Octets if matches!(unit.code, 46 | 193 | 194) => format!("{} octets", unit.value.len()),
            Coding::Octets => octets(unit.value),
            Coding::Serial => String::from_utf8_lossy(unit.value).into_owned(),
            Coding::Digits => match self.upper_limit_serial_number() {
                Some(0) | None => "not limited".into(),
                Some(255) => "255 digits or more".into(),
                Some(digits) => format!("{digits} digits"),
            },
            Coding::Options if octet & 1 != 0 => "extended concatenation".into(),
            Coding::Options => "none".into(),
            Coding::TsduSizes => match *unit.value {
                [a, b, c, d] => {
                    let size = |high, low| match u16::from_be_bytes([high, low]) {
                        0 => "not limited".to_owned(),
                        size => size.to_string(),
                    };
                    format!("i->r {}, r->i {}", size(a, b), size(c, d))
                }
                _ => octets(unit.value),
            },
            Coding::Versions => Versions::from_bits_truncate(octet).to_string(),
            Coding::TokenSetting => token_setting(octet, self.kind),
            Coding::TokenItem => Tokens::from_bits_truncate(octet).to_string(),
            Coding::Requirements => match *unit.value {
                [high, low] => {
                    FunctionalUnits::from_bits_truncate(u16::from_be_bytes([high, low])).to_string()
                }
                _ => octets(unit.value),
            },
            Coding::Enclosure => match Enclosure::from_bits(octet) {
                Enclosure::Middle => "neither beginning nor end",
                Enclosure::First => "beginning",
                Enclosure::Last => "end",
                Enclosure::Single => "beginning and end",
            }
            .into(),
            Coding::TransportDisconnect => transport_disconnect(octet),
            Coding::SyncType if self.kind == Kind::MAP => "major synchronization point".into(),
            Coding::SyncType => {
                let confirm = if octet & 1 == 0 { "explicit" } else { "optional" };
                let separation = if octet & 2 == 0 { "" } else { ", data separation" };
                format!("{confirm} confirmation{separation}")
            }
            Coding::ResyncType => match octet {
                0 => "restart".into(),
                1 => "abandon".into(),
                2 => "set".into(),
                _ => format!("reserved {octet}"),
            },
            Coding::PrepareType => match octet {
                1 => "major sync ack".into(),
                2 => "resynchronize".into(),
                3 => "resynchronize ack".into(),
                4 => "abort".into(),
                _ => format!("reserved {octet}"),
            },
            Coding::RefuseReason if self.is_later_segment() => format!("{} octets", unit.value.len()),
            Coding::RefuseReason => {
                let data = match unit.value.len() - 1 {
                    0 => String::new(),
                    length => format!(", {length} octets of user data"),
                };
                format!("{octet}, {}{data}", refuse_reason::text(octet))
            }
            Coding::ExceptionReason => match ExceptionReason::from_code(octet) {
                Some(reason) => format!("{octet}, {reason:?}"),
                None => format!("reserved {octet}"),
            },
            Coding::DataOverflow => "more than 10240 octets of user data".into(),
        }
    }
}

/// Transparent octets for a person: letters as they are, in quotes, anything else in hexadecimal.
pub(crate) fn octets(value: &[u8]) -> String {
    // One or two printable octets are more likely a number.
    let letters = value.len() > 2 && value.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ');
    if letters && value.len() <= 64 && !value.contains(&b'"') {
        return format!("\"{}\"", String::from_utf8_lossy(value));
    }
    let mut text: String = value.iter().take(16).map(|octet| format!("{octet:02x}")).collect();
    if value.len() > 16 {
        text.push_str(&format!("... ({} octets)", value.len()));
    }
    if value.is_empty() {
        text.push_str("empty");
    }
    text
}

fn token_setting(octet: u8, kind: Kind) -> String {
    let (first, second) = match kind {
        Kind::CN | Kind::AC => ("initiator", "responder"),
        _ => ("requestor", "acceptor"),
    };
    let side = |shift: u8| match octet >> shift & 3 {
        0 => first,
        1 => second,
        2 => "choice",
        _ => "reserved",
    };
    format!("data {}, minor {}, major/activity {}, release {}", side(0), side(2), side(4), side(6))
}

fn transport_disconnect(octet: u8) -> String {
    let bits = TransportDisconnect::from_bits_truncate(octet);
    let mut text = if bits.contains(TransportDisconnect::RELEASE) { "released" } else { "kept" }.to_owned();
    let reasons = [
        (TransportDisconnect::USER_ABORT, "user abort"),
        (TransportDisconnect::PROTOCOL_ERROR, "protocol error"),
        (TransportDisconnect::NO_REASON, "no reason"),
        (TransportDisconnect::IMPLEMENTATION_RESTRICTION, "implementation restriction"),
    ];
    for (bit, reason) in reasons {
        if bits.contains(bit) {
            text.push_str(", ");
            text.push_str(reason);
        }
    }
    text
}

impl fmt::Display for Spdu<'_> {
    /// "MIP (Serial Number 4, User Data 12 octets)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        let mut first = true;
        let mut separate =
            |f: &mut fmt::Formatter<'_>| f.write_str(if core::mem::take(&mut first) { " (" } else { ", " });
        for unit in &self.units {
            let is_group = unit.group.is_none() && super::parameters::is_group(unit.code);
            if is_group || unit.value.is_empty() {
                continue;
            }
            separate(f)?;
            match self.name(unit) {
                Some(name) => write!(f, "{name} {}", self.meaning(unit))?,
                None => write!(f, "unknown parameter {} {}", unit.code, self.meaning(unit))?,
            }
        }
        if self.kind.has_user_information() {
            separate(f)?;
            write!(f, "{} octets", self.user_information.len())?;
        }
        if first { Ok(()) } else { f.write_str(")") }
    }
}
