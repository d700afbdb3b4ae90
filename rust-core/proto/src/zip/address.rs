//! Networks, nodes, sockets, and the addresses of an Ethernet.
use crate::error::{Error, Result};
use core::fmt;

/// The last number that a network may have; 0 is "this network", FFFF is nothing (Phase 2 specification).
pub const LAST_NETWORK: u16 = 0xfeff;
/// Numbers of the startup range, which are never those of a network.
pub const STARTUP: NetworkRange = NetworkRange { start: 0xff00, end: 0xfffe };
/// The node that means every node.
pub const BROADCAST: u8 = 0xff;

/// Static sockets (Inside AppleTalk app. C).
pub mod socket {
    /// Routing table maintenance.
    pub const RTMP: u8 = 1;
    /// Names information.
    pub const NBP: u8 = 2;
    /// Echoer.
    pub const AEP: u8 = 4;
    /// Zone information.
    pub const ZIP: u8 = 6;
}

/// Types of DDP (Inside AppleTalk app. C).
pub mod ddp_type {
    /// Routing data and responses.
    pub const RTMP: u8 = 1;
    /// Name binding.
    pub const NBP: u8 = 2;
    /// Transactions.
    pub const ATP: u8 = 3;
    /// Echo.
    pub const AEP: u8 = 4;
    /// Requests for routing data.
    pub const RTMP_REQUEST: u8 = 5;
    /// Zone information.
    pub const ZIP: u8 = 6;
}

/// The numbers of a network: many on an extended network, one on a nonextended one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkRange {
    start: u16,
    end: u16,
}

impl NetworkRange {
    /// Every number: what a node without a router takes for its range.
    pub const ANY: NetworkRange = NetworkRange { start: 0, end: 0xfffe };

    /// No number that is known: LocalTalk before a router was heard.
    pub(super) const NONE: NetworkRange = NetworkRange { start: 0, end: 0 };

    /// A range of network numbers.
    ///
    /// # Errors
    /// `Invalid`: not 1 <= start <= end <= FEFF.
    pub fn new(start: u16, end: u16) -> Result<NetworkRange> {
        if start == 0 || start > end || end > LAST_NETWORK {
            return Err(Error::invalid("a network range has 1 <= start <= end <= 65279")
                .with_parameter("network range")
                .with_expected("1 <= start <= end <= 65279", format!("{start}-{end}")));
        }
        Ok(NetworkRange { start, end })
    }

    /// One number.
    ///
    /// # Errors
    /// `Invalid`: 0, or above FEFF.
    pub fn single(network: u16) -> Result<NetworkRange> {
        NetworkRange::new(network, network)
    }

    /// The first number.
    pub fn start(&self) -> u16 {
        self.start
    }

    /// The last number.
    pub fn end(&self) -> u16 {
        self.end
    }

    /// True if the number is one of them.
    pub fn contains(&self, network: u16) -> bool {
        (self.start..=self.end).contains(&network)
    }

    /// True if both have a number in common.
    pub fn overlaps(&self, other: &NetworkRange) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

impl fmt::Display for NetworkRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start == self.end {
            write!(f, "{}", self.start)
        } else {
            write!(f, "{}-{}", self.start, self.end)
        }
    }
}

impl fmt::Debug for NetworkRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A node: its network, 0 if that is not known or is "this one", and its number on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeAddress {
    /// The network.
    pub network: u16,
    /// The node.
    pub node: u8,
}

impl NodeAddress {
    /// Every node of this network.
    pub const EVERYONE: NodeAddress = NodeAddress { network: 0, node: BROADCAST };

    /// A node.
    pub const fn new(network: u16, node: u8) -> NodeAddress {
        NodeAddress { network, node }
    }

    /// A socket of it.
    pub const fn socket(self, socket: u8) -> Address {
        Address { network: self.network, node: self.node, socket }
    }

    /// True if both may be the same node: a network 0 matches every network (Inside AppleTalk ch. 4).
    pub fn matches(&self, other: &NodeAddress) -> bool {
        self.node == other.node && (self.network == other.network || self.network == 0 || other.network == 0)
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.network, self.node)
    }
}

impl fmt::Debug for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A socket of a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address {
    /// The network.
    pub network: u16,
    /// The node.
    pub node: u8,
    /// The socket.
    pub socket: u8,
}

impl Address {
    /// A socket.
    pub const fn new(network: u16, node: u8, socket: u8) -> Address {
        Address { network, node, socket }
    }

    /// The node.
    pub const fn at(&self) -> NodeAddress {
        NodeAddress { network: self.network, node: self.node }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}:{}", self.network, self.node, self.socket)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// An address of an Ethernet or a token ring.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Every AppleTalk node of an Ethernet.
    pub const BROADCAST: Mac = Mac([0x09, 0, 7, 0xff, 0xff, 0xff]);

    /// True for a group of stations.
    pub fn is_group(&self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
