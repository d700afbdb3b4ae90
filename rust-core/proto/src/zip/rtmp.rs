//! The packets of the routing table maintenance protocol (Inside AppleTalk ch. 5).
use super::address::{NetworkRange, NodeAddress};
use super::octets::{RTMP, Reader};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};

/// The version of phase 2.
const VERSION: u8 = 0x82;
/// The distance that says a network cannot be reached ("notify neighbor", Phase 2 specification).
pub const UNREACHABLE: u8 = 31;
/// The first distance that no route has.
pub const TOO_FAR: u8 = 15;

/// What is asked of a router: the data of a datagram of type 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Which network is this, and who is a router?
    Network,
    /// The routes that split horizon leaves.
    Routes,
    /// Every route.
    AllRoutes,
}

impl Request {
    /// Reads the data of a datagram of type 5.
    ///
    /// # Errors
    /// `Peer`: no such request.
    pub fn decode(octets: &Bytes) -> Result<Request> {
        let mut reader = Reader::new(octets, RTMP, "RTMP Request");
        let request = match reader.u8("function")? {
            1 => Request::Network,
            2 => Request::Routes,
            3 => Request::AllRoutes,
            other => {
                return Err(reader
                    .fault(0, "function", "no request of RTMP")
                    .with_expected("1, 2 or 3", format!("{other}")));
            }
        };
        reader.end()?;
        Ok(request)
    }

    /// Writes the request.
    pub fn encode(self) -> Bytes {
        Bytes::from_static(match self {
            Request::Network => &[1],
            Request::Routes => &[2],
            Request::AllRoutes => &[3],
        })
    }
}

/// A network and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The network.
    pub range: NetworkRange,
    /// True if the tuple has a range, as those of extended networks do.
    pub extended: bool,
    /// Routers between the sender and the network, 0 to 31.
    pub distance: u8,
}

/// How the sender's own network is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// A nonextended network without the version, as in figure 5-6: responses only.
    NonextendedBare,
    /// A nonextended network.
    Nonextended,
    /// An extended network with its numbers.
    Extended(NetworkRange),
}

/// Data and responses: the data of a datagram of type 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// The sender.
    pub sender: NodeAddress,
    /// The network it was sent on.
    pub link: Link,
    /// Networks it knows a way to.
    pub routes: Vec<Route>,
}

impl Data {
    /// The numbers of the network that it was sent on. `None` if a nonextended sender does not know its network.
    pub fn range(&self) -> Option<NetworkRange> {
        match self.link {
            Link::Extended(range) => Some(range),
            Link::NonextendedBare | Link::Nonextended => NetworkRange::single(self.sender.network).ok(),
        }
    }

    /// Reads the data of a datagram of type 1.
    ///
    /// # Errors
    /// `Peer`: not a packet of version 82, or not a whole one; with the field and its offset.
    pub fn decode(octets: &Bytes) -> Result<Data> {
        let mut reader = Reader::new(octets, RTMP, "RTMP Data");
        let network = reader.u16("network")?;
        let length = reader.u8("id length")?;
        if length != 8 {
            return Err(reader
                .fault(2, "id length", "node numbers have 8 bits")
                .with_expected("8", format!("{length}")));
        }
        let sender = NodeAddress::new(network, reader.u8("node")?);
        if reader.left() == 0 {
            return Ok(Data { sender, link: Link::NonextendedBare, routes: Vec::new() });
        }
        let first = reader.array::<3>("first tuple")?;
        let link = match first {
            [0, 0, VERSION] => Link::Nonextended,
            [0, 0, other] => {
                return Err(reader
                    .fault(6, "version", "another version of RTMP")
                    .with_expected("82", format!("{other:02x}")));
            }
            [_, _, distance] if distance & 0x80 == 0 => {
                return Err(reader.fault(6, "first tuple", "neither a version nor a range"));
            }
            _ => Link::Extended(range(&mut reader, first, 4)?.range),
        };
        let mut routes = Vec::new();
        while reader.left() > 0 {
            let at = reader.at();
            let tuple = reader.array::<3>("tuple")?;
            routes.push(if tuple[2] & 0x80 != 0 {
                range(&mut reader, tuple, at)?
            } else {
                let [high, low, distance] = tuple;
                let range = NetworkRange::single(u16::from_be_bytes([high, low]))
                    .map_err(|_| reader.fault(at, "tuple", "no network number"))?;
                Route { range, extended: false, distance: distance & 0x1f }
            });
        }
        Ok(Data { sender, link, routes })
    }

    /// Writes the packet.
    ///
    /// # Errors
    /// `Invalid`: more routes than a datagram takes, or a distance above 31.
    pub fn encode(&self) -> Result<Bytes> {
        let mut out = BytesMut::with_capacity(16 + 6 * self.routes.len());
        out.put_u16(self.sender.network);
        out.put_slice(&[8, self.sender.node]);
        match self.link {
            Link::NonextendedBare => {}
            Link::Nonextended => out.put_slice(&[0, 0, VERSION]),
            Link::Extended(range) => put_range(&mut out, range, 0),
        }
        for route in &self.routes {
            if route.distance > UNREACHABLE {
                return Err(Error::invalid("a distance is at most 31").with_clause(RTMP.document));
            }
            if route.extended {
                put_range(&mut out, route.range, route.distance);
            } else {
                out.put_u16(route.range.start());
                out.put_u8(route.distance);
            }
        }
        if out.len() > super::ddp::MAX_DATA {
            return Err(Error::invalid("more routes than a datagram takes").with_clause(RTMP.document));
        }
        Ok(out.freeze())
    }
}

fn range(reader: &mut Reader<'_>, [high, low, distance]: [u8; 3], at: usize) -> Result<Route> {
    let end = reader.u16("range end")?;
    let version = reader.u8("version")?;
    if version != VERSION {
        return Err(reader
            .fault(at + 5, "version", "another version of RTMP")
            .with_expected("82", format!("{version:02x}")));
    }
    let start = u16::from_be_bytes([high, low]);
    let range = NetworkRange::new(start, end).map_err(|_| {
        reader
            .fault(at, "network range", "no network range")
            .with_expected("1 <= start <= end <= 65279", format!("{start}-{end}"))
    })?;
    Ok(Route { range, extended: true, distance: distance & 0x1f })
}

fn put_range(out: &mut BytesMut, range: NetworkRange, distance: u8) {
    out.put_u16(range.start());
    out.put_u8(0x80 | distance);
    out.put_u16(range.end());
    out.put_u8(VERSION);
}
