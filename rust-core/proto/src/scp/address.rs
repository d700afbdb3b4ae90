//! Node addresses and node names (DNA Routing 2.0.0; DNA Session Control 1.0.0, node names).
use crate::error::{Error, Result};
use core::fmt;
use core::str::FromStr;

/// The address of a Phase IV node: an area of 1 to 63 and a node of 1 to 1023.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddress(u16);

impl NodeAddress {
    /// The address `area.node`; `None` if the area is not 1 to 63 or the node not 1 to 1023.
    pub const fn new(area: u8, node: u16) -> Option<NodeAddress> {
        if area == 0 || area > 63 || node == 0 || node > 1023 {
            return None;
        }
        Some(NodeAddress((area as u16) << 10 | node))
    }

    /// The address of 16 bits that a packet carries; `None` if its area or its node is 0.
    pub const fn from_bits(bits: u16) -> Option<NodeAddress> {
        NodeAddress::new((bits >> 10) as u8, bits & 1023)
    }

    /// The 16 bits that a packet carries, little endian on the wire.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The area, 1 to 63.
    pub const fn area(self) -> u8 {
        (self.0 >> 10) as u8
    }

    /// The node within its area, 1 to 1023.
    pub const fn node(self) -> u16 {
        self.0 & 1023
    }

    /// The station address AA-00-04-00-LL-HH that a node has on an Ethernet.
    pub const fn station(self) -> [u8; 6] {
        let [low, high] = self.0.to_le_bytes();
        [0xaa, 0x00, 0x04, 0x00, low, high]
    }

    /// The node of a station address; `None` if it is not of that form.
    pub const fn from_station(station: [u8; 6]) -> Option<NodeAddress> {
        match station {
            [0xaa, 0x00, 0x04, 0x00, low, high] => NodeAddress::from_bits(u16::from_le_bytes([low, high])),
            _ => None,
        }
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.area(), self.node())
    }
}

impl fmt::Debug for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for NodeAddress {
    type Err = Error;

    /// Reads `area.node`.
    ///
    /// # Errors
    /// `Invalid`: anything else, or a number out of its range.
    fn from_str(text: &str) -> Result<NodeAddress> {
        text.split_once('.')
            .and_then(|(area, node)| NodeAddress::new(area.parse().ok()?, node.parse().ok()?))
            .ok_or_else(|| {
                Error::invalid("a node address is area.node: 1 to 63, a dot, 1 to 1023")
                    .with_expected("area.node", text.chars().take(32).collect::<String>())
            })
    }
}

/// The name of a node: 1 to 6 letters and digits with at least one letter, kept in upper case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(String);

impl NodeName {
    /// The name in upper case.
    ///
    /// # Errors
    /// `Invalid`: not 1 to 6 letters and digits of ASCII, or no letter among them. The error has reason 10.
    pub fn new(name: &str) -> Result<NodeName> {
        let good = (1..=6).contains(&name.len())
            && name.bytes().all(|octet| octet.is_ascii_alphanumeric())
            && name.bytes().any(|octet| octet.is_ascii_alphabetic());
        if good {
            return Ok(NodeName(name.to_ascii_uppercase()));
        }
        Err(Error::invalid("a node name has 1 to 6 letters and digits, at least one of them a letter")
            .with_reason(u32::from(super::Reason::NODE_NAME_INVALID.code())))
    }

    /// The name in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for NodeName {
    type Err = Error;
    fn from_str(text: &str) -> Result<NodeName> {
        NodeName::new(text)
    }
}
