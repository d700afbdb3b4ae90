//! The packets of the name binding protocol (Inside AppleTalk ch. 7).
use super::address::Address;
use super::name::Name;
use super::octets::{NBP, Reader, put_name};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};
use core::fmt;

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// BrRq: a node asks its router to look up.
    BroadcastRequest,
    /// LkUp: every node of a zone is asked.
    LookUp,
    /// LkUp-Reply.
    LookUpReply,
    /// FwdReq: a router asks a router of another network to look up there.
    ForwardRequest,
}

/// `object:type@zone`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// The object; in a request `=` is every one.
    pub object: Name,
    /// The type; in a request `=` is every one.
    pub kind: Name,
    /// The zone; `*` or nothing is that of the asker.
    pub zone: Name,
}

impl Entity {
    /// An entity of text: `object:type@zone`; without `@zone` the zone is `*`.
    ///
    /// # Errors
    /// `Invalid`: no colon, or a part that is no name.
    pub fn from_text(text: &str) -> Result<Entity> {
        let (object, rest) =
            text.split_once(':').ok_or_else(|| Error::invalid("an entity is written object:type@zone"))?;
        let (kind, zone) = rest.split_once('@').unwrap_or((rest, "*"));
        Ok(Entity {
            object: Name::from_text(object)?,
            kind: Name::from_text(kind)?,
            zone: Name::from_text(zone)?,
        })
    }

    /// True if object and type of this one, as patterns, match those of `other`. Zones are not looked at.
    pub fn finds(&self, other: &Entity) -> bool {
        self.object.finds(&other.object) && self.kind.finds(&other.kind)
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}@{}", self.object, self.kind, self.zone)
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Where an entity is, or where the answer to a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuple {
    /// The address.
    pub address: Address,
    /// Tells apart entities of one socket; 0 in requests.
    pub enumerator: u8,
    /// The entity.
    pub entity: Entity,
}

/// A packet of NBP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it is.
    pub function: Function,
    /// Copied into the answers.
    pub id: u8,
    /// One in requests, 1 to 15 in answers.
    pub tuples: Vec<Tuple>,
}

impl Packet {
    /// Reads the data of a datagram of type 2.
    ///
    /// # Errors
    /// `Peer`: not a packet of NBP; with the field and its offset.
    pub fn decode(octets: &Bytes) -> Result<Packet> {
        let mut reader = Reader::new(octets, NBP, "NBP");
        let first = reader.u8("function")?;
        let (function, pdu) = match first >> 4 {
            1 => (Function::BroadcastRequest, "BrRq"),
            2 => (Function::LookUp, "LkUp"),
            3 => (Function::LookUpReply, "LkUp-Reply"),
            4 => (Function::ForwardRequest, "FwdReq"),
            _ => return Err(reader.fault(0, "function", "no function of NBP")),
        };
        reader.set_pdu(pdu);
        let count = usize::from(first & 0x0f);
        let id = reader.u8("id")?;
        let asks = function != Function::LookUpReply;
        if count == 0 || asks && count != 1 {
            return Err(reader
                .fault(0, "tuple count", "a request has one tuple, an answer one at least")
                .with_expected("1", format!("{count}")));
        }
        let mut tuples = Vec::with_capacity(count);
        for _ in 0..count {
            let (network, node, socket) = (reader.u16("network")?, reader.u8("node")?, reader.u8("socket")?);
            let enumerator = reader.u8("enumerator")?;
            let at = reader.at();
            let entity = Entity {
                object: reader.name("object")?,
                kind: reader.name("type")?,
                zone: reader.name("zone")?,
            };
            if entity.object.is_empty() || entity.kind.is_empty() {
                return Err(reader.fault(at, "object", "object and type have 1 to 32 octets"));
            }
            tuples.push(Tuple { address: Address { network, node, socket }, enumerator, entity });
        }
        reader.end()?;
        Ok(Packet { function, id, tuples })
    }

    /// Writes the packet.
    ///
    /// # Errors
    /// `Invalid`: no tuple, more than 15, or more than a datagram takes.
    pub fn encode(&self) -> Result<Bytes> {
        let function: u8 = match self.function {
            Function::BroadcastRequest => 1,
            Function::LookUp => 2,
            Function::LookUpReply => 3,
            Function::ForwardRequest => 4,
        };
        let count = match u8::try_from(self.tuples.len()) {
            Ok(count @ 1..=15) => count,
            _ => return Err(Error::invalid("a packet of NBP has 1 to 15 tuples").with_clause(NBP.document)),
        };
        let mut out = BytesMut::with_capacity(2 + 104 * self.tuples.len());
        out.put_slice(&[function << 4 | count, self.id]);
        for tuple in &self.tuples {
            out.put_u16(tuple.address.network);
            out.put_slice(&[tuple.address.node, tuple.address.socket, tuple.enumerator]);
            put_name(&mut out, &tuple.entity.object);
            put_name(&mut out, &tuple.entity.kind);
            put_name(&mut out, &tuple.entity.zone);
        }
        if out.len() > super::ddp::MAX_DATA {
            return Err(Error::invalid("more tuples than a datagram takes").with_clause(NBP.document));
        }
        Ok(out.freeze())
    }
}
