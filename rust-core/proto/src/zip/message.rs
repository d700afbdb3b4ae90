//! The packets of ZIP over DDP type 6 (Inside AppleTalk ch. 8, figures 8-1, 8-4, 8-5).
use super::address::{Mac, NetworkRange};
use super::name::{Name, ZoneName};
use super::octets::{Reader, ZIP, put_name};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};

/// Octets of the largest packet: what DDP carries.
pub const MAX_MESSAGE: usize = 586;

/// Flags of GetNetInfo replies and of Notify.
pub mod flag {
    /// The zone asked for is not on this network, or none was asked for.
    pub const ZONE_INVALID: u8 = 0x80;
    /// The link has no zone multicasts.
    pub const USE_BROADCAST: u8 = 0x40;
    /// The network has one zone.
    pub const ONLY_ONE_ZONE: u8 = 0x20;
    /// All of them; the others are 0 when sent and ignored when received.
    pub const ALL: u8 = ZONE_INVALID | USE_BROADCAST | ONLY_ONE_ZONE;
}

/// What a router says of the network of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetInfo {
    /// [`flag`]s.
    pub flags: u8,
    /// The numbers of the network.
    pub range: NetworkRange,
    /// The zone that was asked for, octet for octet; empty if none was.
    pub zone: Name,
    /// The multicast address of the zone, or of the default zone if the one asked for is invalid.
    pub multicast: Option<Mac>,
    /// The default zone, if the zone asked for is invalid.
    pub default_zone: Option<ZoneName>,
}

impl NetInfo {
    /// True if the zone asked for is one of the network.
    pub fn is_valid(&self) -> bool {
        self.flags & flag::ZONE_INVALID == 0
    }

    /// The address that a node of the zone listens to; `None` if it is the broadcast address.
    pub fn multicast_to_join(&self) -> Option<Mac> {
        if self.flags & flag::USE_BROADCAST == 0 { self.multicast } else { None }
    }
}

/// A zone has another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// [`flag`]s.
    pub flags: u8,
    /// The name until now.
    pub old_zone: ZoneName,
    /// The multicast address from now on.
    pub multicast: Option<Mac>,
    /// The name from now on.
    pub new_zone: ZoneName,
}

/// A packet of ZIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Which zones have these networks? 1 to 255 of them, each by the first number of its range.
    Query {
        /// The networks.
        networks: Vec<u16>,
    },
    /// Whole zones lists of one network or more.
    Reply {
        /// What the sender counted: tuples or lists, sources differ. The tuples are read to the end of the packet.
        count: u8,
        /// Network and zone.
        tuples: Vec<(u16, ZoneName)>,
    },
    /// Part of the zones list of one network.
    ExtendedReply {
        /// How many zones the whole list has.
        count: u8,
        /// The network.
        network: u16,
        /// Zones of it, one at least.
        zones: Vec<ZoneName>,
    },
    /// What is my network, and is this zone on it?
    GetNetInfo {
        /// The zone; empty for none.
        zone: Name,
    },
    /// The answer to it.
    NetInfoReply(NetInfo),
    /// A zone has another name.
    Notify(Notify),
}

impl Message {
    /// The name of the packet.
    pub fn name(&self) -> &'static str {
        match self {
            Message::Query { .. } => "Query",
            Message::Reply { .. } => "Reply",
            Message::ExtendedReply { .. } => "Extended Reply",
            Message::GetNetInfo { .. } => "GetNetInfo",
            Message::NetInfoReply(_) => "GetNetInfo Reply",
            Message::Notify(_) => "Notify",
        }
    }

    /// Reads the data of a datagram of type 6.
    ///
    /// # Errors
    /// `Peer`: not a packet of phase 2, or not a whole one; with the packet, the field and its offset.
    pub fn decode(octets: &Bytes) -> Result<Message> {
        let mut reader = Reader::new(octets, ZIP, "ZIP");
        match reader.u8("function")? {
            1 => query(reader),
            2 => reply(reader),
            3 => Err(phase_1(reader, "Takedown")),
            4 => Err(phase_1(reader, "Bringup")),
            5 => get_net_info(reader),
            6 => net_info_reply(reader),
            7 => notify(reader),
            8 => extended_reply(reader),
            other => Err(reader
                .fault(0, "function", "no function of ZIP")
                .with_expected("1, 2, 5, 6, 7 or 8", format!("{other}"))),
        }
    }

    /// Writes the packet.
    ///
    /// # Errors
    /// `Invalid`: no or too many networks, tuples or zones, or a packet above 586 octets.
    pub fn encode(&self) -> Result<Bytes> {
        let mut out = BytesMut::with_capacity(64);
        match self {
            Message::Query { networks } => {
                out.put_u8(1);
                match u8::try_from(networks.len()) {
                    Ok(count @ 1..) => out.put_u8(count),
                    _ => return Err(invalid("Query", "a Query has 1 to 255 networks")),
                }
                networks.iter().for_each(|network| out.put_u16(*network));
            }
            Message::Reply { count, tuples } => {
                out.put_slice(&[2, *count]);
                if tuples.is_empty() {
                    return Err(invalid("Reply", "a Reply has one tuple at least"));
                }
                for (network, zone) in tuples {
                    out.put_u16(*network);
                    put_name(&mut out, zone.name());
                }
            }
            Message::ExtendedReply { count, network, zones } => {
                out.put_slice(&[8, *count]);
                if zones.is_empty() || zones.len() > usize::from(*count) {
                    return Err(invalid("Extended Reply", "an Extended Reply has 1 to `count` zones"));
                }
                for zone in zones {
                    out.put_u16(*network);
                    put_name(&mut out, zone.name());
                }
            }
            Message::GetNetInfo { zone } => {
                out.put_slice(&[5, 0, 0, 0, 0, 0]);
                put_name(&mut out, zone);
            }
            Message::NetInfoReply(info) => {
                if info.is_valid() != info.default_zone.is_none() {
                    return Err(invalid("GetNetInfo Reply", "a default zone stands behind an invalid zone"));
                }
                out.put_slice(&[6, info.flags & flag::ALL]);
                out.put_u16(info.range.start());
                out.put_u16(info.range.end());
                put_name(&mut out, &info.zone);
                put_multicast(&mut out, info.multicast);
                if let Some(zone) = &info.default_zone {
                    put_name(&mut out, zone.name());
                }
            }
            Message::Notify(notify) => {
                let flags = notify.flags & flag::ALL & !flag::ZONE_INVALID;
                out.put_slice(&[7, flags, 0, 0, 0, 0]);
                put_name(&mut out, notify.old_zone.name());
                put_multicast(&mut out, notify.multicast);
                put_name(&mut out, notify.new_zone.name());
            }
        }
        if out.len() > MAX_MESSAGE {
            return Err(invalid(self.name(), "a packet of ZIP has at most 586 octets"));
        }
        Ok(out.freeze())
    }
}

fn invalid(pdu: &'static str, text: &'static str) -> Error {
    Error::invalid(text).with_pdu(pdu).with_clause(ZIP.document)
}

fn phase_1(mut reader: Reader<'_>, pdu: &'static str) -> Error {
    reader.set_pdu(pdu);
    reader.fault(0, "function", "phase 1, not supported").with_clause("Phase 2 addendum")
}

fn query(mut reader: Reader<'_>) -> Result<Message> {
    reader.set_pdu("Query");
    let count = usize::from(reader.u8("network count")?);
    if count == 0 {
        return Err(reader.fault(1, "network count", "a Query without networks"));
    }
    if reader.left() != 2 * count {
        let found = format!("{}", reader.left());
        return Err(reader
            .fault(1, "network count", "the count disagrees with the length")
            .with_expected(format!("{} octets", 2 * count), found));
    }
    let networks = (0..count).map(|_| reader.u16("network")).collect::<Result<Vec<u16>>>()?;
    Ok(Message::Query { networks })
}

fn reply(mut reader: Reader<'_>) -> Result<Message> {
    reader.set_pdu("Reply");
    let count = reader.u8("count")?;
    let mut tuples = Vec::new();
    while reader.left() > 0 {
        tuples.push((reader.u16("network")?, reader.zone("zone name")?));
    }
    if tuples.is_empty() {
        return Err(reader.fault(2, "network", "a Reply without tuples"));
    }
    Ok(Message::Reply { count, tuples })
}

fn extended_reply(mut reader: Reader<'_>) -> Result<Message> {
    reader.set_pdu("Extended Reply");
    let count = reader.u8("count")?;
    if count == 0 {
        return Err(reader.fault(1, "count", "a list of 0 zones"));
    }
    let network = reader.u16("network")?;
    let mut zones = vec![reader.zone("zone name")?];
    while reader.left() > 0 {
        let at = reader.at();
        let other = reader.u16("network")?;
        if other != network {
            return Err(reader
                .fault(at, "network", "an Extended Reply is about one network")
                .with_expected(format!("{network}"), format!("{other}")));
        }
        zones.push(reader.zone("zone name")?);
        if zones.len() > usize::from(count) {
            return Err(reader.fault(at, "zone name", "more zones than the list has"));
        }
    }
    Ok(Message::ExtendedReply { count, network, zones })
}

fn get_net_info(mut reader: Reader<'_>) -> Result<Message> {
    reader.set_pdu("GetNetInfo");
    for at in 1..6 {
        if reader.u8("reserved")? != 0 {
            return Err(reader.fault(at, "reserved", "an octet that has to be 0"));
        }
    }
    Ok(Message::GetNetInfo { zone: reader.name("zone name")? })
}

/// An address of 0 or 6 octets with its length before it.
fn multicast(reader: &mut Reader<'_>) -> Result<Option<Mac>> {
    let at = reader.at();
    match reader.u8("multicast length")? {
        0 => Ok(None),
        6 => Ok(Some(Mac(reader.array("multicast")?))),
        other => Err(reader
            .fault(at, "multicast length", "a multicast address of another length")
            .with_expected("0 or 6", format!("{other}"))),
    }
}

fn put_multicast(out: &mut BytesMut, multicast: Option<Mac>) {
    match multicast {
        None => out.put_u8(0),
        Some(mac) => {
            out.put_u8(6);
            out.put_slice(&mac.0);
        }
    }
}

fn net_info_reply(mut reader: Reader<'_>) -> Result<Message> {
    reader.set_pdu("GetNetInfo Reply");
    let flags = reader.u8("flags")? & flag::ALL;
    let (start, end) = (reader.u16("range start")?, reader.u16("range end")?);
    let range = NetworkRange::new(start, end).map_err(|_| {
        reader
            .fault(2, "network range", "no network range")
            .with_expected("1 <= start <= end <= 65279", format!("{start}-{end}"))
    })?;
    let zone = reader.name("zone name")?;
    let multicast = multicast(&mut reader)?;
    let invalid = flags & flag::ZONE_INVALID != 0;
    let default_zone = if invalid { Some(reader.zone("default zone")?) } else { None };
    Ok(Message::NetInfoReply(NetInfo { flags, range, zone, multicast, default_zone }))
}

fn notify(mut reader: Reader<'_>) -> Result<Message> {
    reader.set_pdu("Notify");
    let flags = reader.u8("flags")? & flag::ALL;
    reader.take(4, "network range")?;
    let old_zone = reader.zone("zone name")?;
    let multicast = multicast(&mut reader)?;
    let new_zone = reader.zone("new zone name")?;
    Ok(Message::Notify(Notify { flags, old_zone, multicast, new_zone }))
}
