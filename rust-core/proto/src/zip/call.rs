//! The three calls of ZIP over ATP, which list zones (Inside AppleTalk ch. 8, figure 8-2).
use super::atp::{Function, MAX_DATA, Packet};
use super::name::ZoneName;
use super::octets::{Reader, ZIP, put_name};
use crate::error::{Error, Result};
use bytes::BytesMut;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZoneCall {
    /// The zone of a nonextended network.
    GetMyZone,
    /// Every zone of the internet.
    GetZoneList,
    /// The zones of the network that the request comes in on.
    GetLocalZones,
}

impl ZoneCall {
    /// The function in the first user byte.
    pub const fn code(self) -> u8 {
        match self {
            ZoneCall::GetMyZone => 7,
            ZoneCall::GetZoneList => 8,
            ZoneCall::GetLocalZones => 9,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            ZoneCall::GetMyZone => "GetMyZone",
            ZoneCall::GetZoneList => "GetZoneList",
            ZoneCall::GetLocalZones => "GetLocalZones",
        }
    }
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneRequest {
    /// What is asked for.
    pub call: ZoneCall,
    /// The first zone wanted, from 1; 0 is as 1. GetMyZone has 0.
    pub start: u16,
}

impl ZoneRequest {
    /// The packet that asks.
    pub fn packet(&self, tid: u16) -> Packet {
        let [high, low] = self.start.to_be_bytes();
        Packet::request(tid, [self.call.code(), 0, high, low])
    }

    /// Reads a request. One with XO is as good: the calls can be repeated.
    ///
    /// # Errors
    /// `Peer`: not a request of ZIP, or none that wants the first response packet.
    pub fn decode(packet: &Packet) -> Result<ZoneRequest> {
        let user = bytes::Bytes::copy_from_slice(&packet.user);
        let mut reader = Reader::new(&user, ZIP, "zone request");
        if packet.function != Function::Request {
            return Err(reader.fault(0, "control", "not a request"));
        }
        let call = match reader.u8("function")? {
            7 => ZoneCall::GetMyZone,
            8 => ZoneCall::GetZoneList,
            9 => ZoneCall::GetLocalZones,
            other => {
                return Err(reader
                    .fault(4, "function", "no call of ZIP")
                    .with_expected("7, 8 or 9", format!("{other}")));
            }
        };
        reader.set_pdu(call.name());
        if reader.u8("reserved")? != 0 {
            return Err(reader.fault(5, "reserved", "an octet that has to be 0"));
        }
        if packet.bitmap & 1 == 0 {
            return Err(reader.fault(1, "bitmap", "the answer is the first response packet"));
        }
        if !packet.data.is_empty() {
            return Err(reader.fault(8, "data", "a request has no data"));
        }
        Ok(ZoneRequest { call, start: reader.u16("start index")? })
    }
}

/// A page of zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZonePage {
    /// True if no zones follow. Means nothing in the answer to GetMyZone.
    pub last: bool,
    /// The zones.
    pub zones: Vec<ZoneName>,
}

impl ZonePage {
    /// The packet that answers.
    ///
    /// # Errors
    /// `Invalid`: more zones than a packet takes.
    pub fn packet(&self, tid: u16) -> Result<Packet> {
        let mut data = BytesMut::new();
        self.zones.iter().for_each(|zone| put_name(&mut data, zone.name()));
        let count = u16::try_from(self.zones.len()).unwrap_or(u16::MAX);
        if data.len() > MAX_DATA {
            return Err(Error::invalid("more zones than a page takes").with_clause(ZIP.document));
        }
        let [high, low] = count.to_be_bytes();
        Ok(Packet::response(tid, [u8::from(self.last), 0, high, low], data.freeze()))
    }

    /// As many zones of an iterator as one page takes; `last` if it takes all.
    pub fn fill<'a>(zones: impl Iterator<Item = &'a ZoneName>) -> ZonePage {
        let mut page = ZonePage { last: true, zones: Vec::new() };
        let mut room = MAX_DATA;
        for zone in zones {
            match room.checked_sub(1 + zone.octets().len()) {
                Some(left) => room = left,
                None => {
                    page.last = false;
                    break;
                }
            }
            page.zones.push(*zone);
        }
        page
    }

    /// Reads a response.
    ///
    /// # Errors
    /// `Peer`: not a response, a count that is not that of the names, or a name that is none.
    pub fn decode(packet: &Packet) -> Result<ZonePage> {
        let mut reader = Reader::new(&packet.data, ZIP, "zone page");
        if packet.function != Function::Response || packet.bitmap != 0 {
            return Err(reader.fault(1, "sequence number", "not the response packet that was asked for"));
        }
        let [last, _, high, low] = packet.user;
        let count = usize::from(u16::from_be_bytes([high, low]));
        let mut zones = Vec::new();
        while reader.left() > 0 {
            zones.push(reader.zone("zone name")?);
        }
        if zones.len() != count {
            return Err(reader
                .fault(6, "count", "the count disagrees with the names")
                .with_expected(format!("{count}"), format!("{}", zones.len())));
        }
        Ok(ZonePage { last: last != 0, zones })
    }
}
