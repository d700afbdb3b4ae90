//! Names: their octets, their character set, and when two of them are the same.
//!
//! A name is 0 to 32 octets of Mac OS Roman. It is kept as it came; it is compared without case by the table of Inside AppleTalk app. D
//! (table D-2) and by nothing else, so that diacritics count and that every router computes the same multicast address.
use super::address::Mac;
use crate::error::{Error, Result};
use core::fmt;

/// Octets of the longest name.
pub const MAX_NAME: usize = 32;

/// Mac OS Roman above 7F. DB is the euro sign today and was the currency sign in 1990: both are taken, the first is shown.
const ROMAN: [char; 128] = [
    'Ä', 'Å', 'Ç', 'É', 'Ñ', 'Ö', 'Ü', 'á', 'à', 'â', 'ä', 'ã', 'å', 'ç', 'é', 'è', 'ê', 'ë', 'í', 'ì', 'î',
    'ï', 'ñ', 'ó', 'ò', 'ô', 'ö', 'õ', 'ú', 'ù', 'û', 'ü', '†', '°', '¢', '£', '§', '•', '¶', 'ß', '®', '©',
    '™', '´', '¨', '≠', 'Æ', 'Ø', '∞', '±', '≤', '≥', '¥', 'µ', '∂', '∑', '∏', 'π', '∫', 'ª', 'º', 'Ω', 'æ',
    'ø', '¿', '¡', '¬', '√', 'ƒ', '≈', '∆', '«', '»', '…', '\u{a0}', 'À', 'Ã', 'Õ', 'Œ', 'œ', '–', '—', '“',
    '”', '‘', '’', '÷', '◊', 'ÿ', 'Ÿ', '⁄', '€', '‹', '›', 'ﬁ', 'ﬂ', '‡', '·', '‚', '„', '‰', 'Â', 'Ê', 'Á',
    'Ë', 'È', 'Í', 'Î', 'Ï', 'Ì', 'Ó', 'Ô', '\u{f8ff}', 'Ò', 'Ú', 'Û', 'Ù', 'ı', 'ˆ', '˜', '¯', '˘', '˙',
    '˚', '¸', '˝', '˛', 'ˇ',
];

/// The upper case of an octet (Inside AppleTalk table D-2): 39 octets have one, every other one is its own.
pub const fn fold(octet: u8) -> u8 {
    match octet {
        0x61..=0x7a => octet - 0x20,
        0x88 => 0xcb,
        0x8a => 0x80,
        0x8b => 0xcc,
        0x8c => 0x81,
        0x8d => 0x82,
        0x8e => 0x83,
        0x96 => 0x84,
        0x9a => 0x85,
        0x9b => 0xcd,
        0x9f => 0x86,
        0xbe => 0xae,
        0xbf => 0xaf,
        0xcf => 0xce,
        other => other,
    }
}

/// The checksum of DDP (Inside AppleTalk ch. 4), which is also the hash of zone names: add, rotate left; 0 becomes FFFF.
pub fn checksum(octets: &[u8]) -> u16 {
    let sum = octets.iter().fold(0u16, |sum, octet| sum.wrapping_add(u16::from(*octet)).rotate_left(1));
    if sum == 0 { 0xffff } else { sum }
}

/// A name of 0 to 32 octets: a zone that may be left out, or an object or type of NBP.
///
/// `==` compares octets; [`Name::matches`] compares as AppleTalk does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    octets: [u8; MAX_NAME],
    length: u8,
}

impl Name {
    /// No name.
    pub const EMPTY: Name = Name { octets: [0; MAX_NAME], length: 0 };
    /// "The zone of the asker", in NBP.
    pub const HERE: Name = Name::of(b"*");
    /// "Any object", "any type", in NBP.
    pub const ANY: Name = Name::of(b"=");

    const fn of(octet: &[u8; 1]) -> Name {
        let mut octets = [0; MAX_NAME];
        octets[0] = octet[0];
        Name { octets, length: 1 }
    }

    /// A name of octets in Mac OS Roman.
    ///
    /// # Errors
    /// `Invalid`: more than 32 octets.
    pub fn new(octets: &[u8]) -> Result<Name> {
        let mut own = [0; MAX_NAME];
        match own.get_mut(..octets.len()) {
            Some(place) => place.copy_from_slice(octets),
            None => {
                return Err(Error::invalid("a name has at most 32 octets")
                    .with_expected("at most 32 octets", format!("{}", octets.len())));
            }
        }
        Ok(Name { octets: own, length: octets.len() as u8 })
    }

    /// A name of text.
    ///
    /// # Errors
    /// `Invalid`: a character that Mac OS Roman does not have, or more than 32 of them.
    pub fn from_text(text: &str) -> Result<Name> {
        let octets = text.chars().map(roman).collect::<Result<Vec<u8>>>()?;
        Name::new(&octets)
    }

    /// The octets, as they came.
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// How many octets.
    pub fn len(&self) -> usize {
        usize::from(self.length)
    }

    /// True if there is no name.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// True for `*` and for no name: in NBP both mean the zone of the asker (Inside AppleTalk ch. 7).
    pub fn is_here(&self) -> bool {
        self.is_empty() || *self == Name::HERE
    }

    /// The name in upper case: equal for names that match.
    #[must_use]
    pub fn folded(&self) -> Name {
        let mut folded = *self;
        for octet in &mut folded.octets {
            *octet = fold(*octet);
        }
        folded
    }

    /// True if both are the same name: case does not count, diacritics do.
    pub fn matches(&self, other: &Name) -> bool {
        self.folded() == other.folded()
    }

    /// True if this name, as a pattern of object or type, matches `name`: `=` alone matches all, one octet C5 any run of octets.
    pub fn finds(&self, name: &Name) -> bool {
        if *self == Name::ANY {
            return true;
        }
        let (pattern, name) = (self.folded(), name.folded());
        let (pattern, name) = (pattern.octets(), name.octets());
        match pattern.iter().position(|octet| *octet == WILD) {
            None => pattern == name,
            Some(at) => {
                let (head, tail) = (&pattern[..at], &pattern[at + 1..]);
                name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
            }
        }
    }
}

/// The wildcard inside of an object or type: an approximately-equal sign.
pub const WILD: u8 = 0xc5;

fn roman(character: char) -> Result<u8> {
    let code = u32::from(character);
    if code < 0x80 {
        return Ok(code as u8);
    }
    let character = if character == '¤' { '€' } else { character };
    ROMAN.iter().position(|known| *known == character).map(|at| 0x80 + at as u8).ok_or_else(|| {
        Error::invalid("Mac OS Roman does not have this character").with_parameter(character.to_string())
    })
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        self.octets().iter().try_for_each(|octet| {
            let high = usize::from(*octet).checked_sub(0x80).and_then(|at| ROMAN.get(at));
            f.write_char(high.copied().unwrap_or(char::from(*octet)))
        })
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// The name of a zone: 1 to 32 octets, not `*`. A first octet FF is reserved and tolerated (Inside AppleTalk ch. 7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneName(Name);

impl ZoneName {
    /// A zone name of octets in Mac OS Roman.
    ///
    /// # Errors
    /// `Invalid`: no octets, more than 32, or `*`.
    pub fn new(octets: &[u8]) -> Result<ZoneName> {
        ZoneName::from_name(Name::new(octets)?)
    }

    /// A zone name of text.
    ///
    /// # Errors
    /// `Invalid`: as [`ZoneName::new`], or a character that Mac OS Roman does not have.
    pub fn from_text(text: &str) -> Result<ZoneName> {
        ZoneName::from_name(Name::from_text(text)?)
    }

    /// A zone name of a name.
    ///
    /// # Errors
    /// `Invalid`: no octets, or `*`.
    pub fn from_name(name: Name) -> Result<ZoneName> {
        if name.is_empty() {
            return Err(Error::invalid("a zone name has 1 to 32 octets"));
        }
        if name == Name::HERE {
            return Err(Error::invalid("* is not the name of a zone"));
        }
        Ok(ZoneName(name))
    }

    /// The name.
    pub fn name(&self) -> &Name {
        &self.0
    }

    /// The octets, as they came.
    pub fn octets(&self) -> &[u8] {
        self.0.octets()
    }

    /// True if both are the same zone.
    pub fn matches(&self, other: &ZoneName) -> bool {
        self.0.matches(&other.0)
    }

    /// The hash of the zone: the checksum of its name in upper case.
    pub fn hash_value(&self) -> u16 {
        checksum(self.0.folded().octets())
    }

    /// The zone's multicast address on EtherTalk. A node uses the one it is given by a router, never this one.
    pub fn ethertalk_multicast(&self) -> Mac {
        Mac([0x09, 0, 7, 0, 0, (self.hash_value() % 253) as u8])
    }

    /// The zone's functional address on TokenTalk.
    pub fn tokentalk_multicast(&self) -> Mac {
        let [a, b, c, d] = (0x800u32 << (self.hash_value() % 19)).to_be_bytes();
        Mac([0xc0, 0, a, b, c, d])
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
