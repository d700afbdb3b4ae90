//! Control packets: initialization, verification, hello (DNA Routing 2.0.0, control messages).
use super::super::address::NodeAddress;
use super::super::message::Password;
use super::super::octets::{ROUTING, Reader, put_image};
use super::packet::{node, station};
use crate::error::Result;
use bytes::{BufMut, Bytes, BytesMut};

/// Octets of the value of a verification.
pub const MAX_VERIFICATION: usize = 64;
/// Octets of test data in a hello.
pub const MAX_TEST_DATA: usize = 128;
/// Each octet of test data.
pub const TEST_OCTET: u8 = 0xaa;

const INITIALIZATION: u8 = 0x01;
const VERIFICATION: u8 = 0x03;
const HELLO: u8 = 0x05;
const LEVEL_1_ROUTING: u8 = 0x07;
const LEVEL_2_ROUTING: u8 = 0x09;
const ROUTER_HELLO: u8 = 0x0b;
const END_NODE_HELLO: u8 = 0x0d;

/// What a node is (TIINFO bits 0-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NodeType {
    /// Level 2 router: between areas.
    Level2Router = 1,
    /// Level 1 router: within its area.
    Level1Router = 2,
    /// End node.
    EndNode = 3,
}

impl NodeType {
    fn from_bits(bits: u8) -> Option<NodeType> {
        match bits & 3 {
            1 => Some(NodeType::Level2Router),
            2 => Some(NodeType::Level1Router),
            3 => Some(NodeType::EndNode),
            _ => None,
        }
    }
}

/// The version of the routing layer that this library speaks.
pub const VERSION: [u8; 3] = [2, 0, 0];

/// Initialization: how a neighbour introduces itself on a circuit from point to point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initialization {
    /// Who it is. Phase III neighbours have no area, which makes it `None` there; their number is in `phase_iii_node`.
    pub source: Option<NodeAddress>,
    /// The number of 8 bits of a Phase III neighbour, else 0.
    pub phase_iii_node: u8,
    /// What it is.
    pub node_type: NodeType,
    /// It wants to be sent a verification.
    pub verification: bool,
    /// The largest packet that it takes, in octets.
    pub block_size: u16,
    /// Version, edition, user edition; only the first decides. 2 is Phase IV, 1 is Phase III.
    pub version: [u8; 3],
    /// Seconds between its hellos; absent in Phase III.
    pub timer: Option<u16>,
    /// The reserved image field, up to 64 octets.
    pub reserved: Bytes,
}

/// An Ethernet end node's hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndNodeHello {
    /// Who it is.
    pub id: NodeAddress,
    /// The largest packet that it takes, in octets.
    pub block_size: u16,
    /// The designated router that it knows, if any.
    pub neighbor: Option<NodeAddress>,
    /// Seconds between its hellos.
    pub timer: u16,
    /// Test data, up to 128 octets of aa.
    pub test_data: Bytes,
}

/// What an end node needs of an Ethernet router's hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterHello {
    /// Who it is.
    pub id: NodeAddress,
    /// What it is: a router of level 1 or 2.
    pub node_type: NodeType,
    /// The largest packet that it takes, in octets.
    pub block_size: u16,
    /// Priority among routers.
    pub priority: u8,
    /// Seconds between its hellos.
    pub timer: u16,
}

/// A control packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Initialization.
    Initialization(Initialization),
    /// Verification.
    Verification {
        /// Who it is.
        source: NodeAddress,
        /// What proves it.
        value: Password,
    },
    /// Hello and test.
    Hello {
        /// Who it is.
        source: NodeAddress,
        /// Test data, up to 128 octets; every octet has to be aa.
        test_data: Bytes,
    },
    /// A routing message, which an end node ignores.
    Routing,
    /// Ethernet router hello.
    RouterHello(RouterHello),
    /// Ethernet end node hello.
    EndNodeHello(EndNodeHello),
}

impl Control {
    /// The mnemonic.
    pub const fn name(&self) -> &'static str {
        match self {
            Control::Initialization(_) => "initialization",
            Control::Verification { .. } => "verification",
            Control::Hello { .. } => "hello",
            Control::Routing => "routing message",
            Control::RouterHello(_) => "router hello",
            Control::EndNodeHello(_) => "end node hello",
        }
    }

    /// Reads a control packet, without padding.
    ///
    /// # Errors
    /// `Peer`: an unknown type, a value that is not allowed, or the end before the end of a field.
    pub fn decode(packet: &Bytes) -> Result<Control> {
        let mut reader = Reader::new(packet, ROUTING, "control packet");
        match reader.u8("CTLFLG")? {
            INITIALIZATION => initialization(&mut reader).map(Control::Initialization),
            VERIFICATION => {
                reader.set_pdu("verification");
                let source = node(&mut reader, "SRCNODE")?;
                let value = Password::new(reader.image(MAX_VERIFICATION, "FCNVAL", None)?);
                Ok(Control::Verification { source, value })
            }
            HELLO => {
                reader.set_pdu("hello");
                let source = node(&mut reader, "SRCNODE")?;
                Ok(Control::Hello { source, test_data: reader.image(MAX_TEST_DATA, "TEST DATA", None)? })
            }
            LEVEL_1_ROUTING | LEVEL_2_ROUTING => Ok(Control::Routing),
            ROUTER_HELLO => router_hello(&mut reader).map(Control::RouterHello),
            END_NODE_HELLO => end_node_hello(&mut reader).map(Control::EndNodeHello),
            other => Err(reader
                .fault(0, "CTLFLG", "a control packet of unknown type")
                .with_expected("01, 03, 05, 07, 09, 0b or 0d", format!("{other:02x}"))),
        }
    }

    /// Appends the octets of this packet.
    ///
    /// # Errors
    /// `Invalid`: a field above its limit, or a packet that an end node never sends.
    pub fn encode(&self, out: &mut BytesMut) -> Result<()> {
        match self {
            Control::Initialization(init) => {
                out.put_u8(INITIALIZATION);
                let phase_iii = u16::from(init.phase_iii_node);
                out.put_u16_le(init.source.map_or(phase_iii, NodeAddress::bits));
                out.put_u8(init.node_type as u8 | if init.verification { 4 } else { 0 });
                out.put_u16_le(init.block_size);
                out.put_slice(&init.version);
                if let Some(timer) = init.timer {
                    out.put_u16_le(timer);
                }
                put_image(out, &init.reserved, 64, "reserved")
            }
            Control::Verification { source, value } => {
                out.put_u8(VERIFICATION);
                out.put_u16_le(source.bits());
                put_image(out, value.reveal(), MAX_VERIFICATION, "FCNVAL")
            }
            Control::Hello { source, test_data } => {
                out.put_u8(HELLO);
                out.put_u16_le(source.bits());
                put_image(out, test_data, MAX_TEST_DATA, "TEST DATA")
            }
            Control::EndNodeHello(hello) => {
                out.put_u8(END_NODE_HELLO);
                out.put_slice(&VERSION);
                out.put_slice(&hello.id.station());
                out.put_u8(NodeType::EndNode as u8);
                out.put_u16_le(hello.block_size);
                out.put_bytes(0, 1 + 8);
                out.put_slice(&hello.neighbor.map_or([0; 6], NodeAddress::station));
                out.put_u16_le(hello.timer);
                out.put_u8(0);
                put_image(out, &hello.test_data, MAX_TEST_DATA, "TEST DATA")
            }
            Control::Routing | Control::RouterHello(_) => {
                Err(crate::Error::invalid("an end node does not send the messages of a router"))
            }
        }
    }
}

fn initialization(reader: &mut Reader<'_>) -> Result<Initialization> {
    reader.set_pdu("initialization");
    let bits = reader.u16("SRCNODE")?;
    let info = reader.u8("TIINFO")?;
    let block_size = reader.u16("BLKSIZE")?;
    let mut version = [0; 3];
    for part in &mut version {
        *part = reader.u8("TIVER")?;
    }
    let (source, phase_iii_node, timer) = match version {
        [2, ..] => {
            let source = NodeAddress::from_bits(bits)
                .ok_or_else(|| reader.fault(1, "SRCNODE", "not the address of a node"))?;
            (Some(source), 0, Some(reader.u16("TIMER")?))
        }
        [1, ..] => match u8::try_from(bits) {
            Ok(number) if number != 0 => (None, number, None),
            _ => return Err(reader.fault(1, "SRCNODE", "not the address of a Phase III node")),
        },
        [other, ..] => {
            return Err(reader
                .fault(6, "TIVER", "an unknown version of the routing layer")
                .with_expected("2", format!("{other}")));
        }
    };
    let node_type =
        NodeType::from_bits(info).ok_or_else(|| reader.fault(3, "TIINFO", "a node type that is reserved"))?;
    if info & 8 != 0 {
        return Err(reader.fault(3, "TIINFO", "blocking is asked for"));
    }
    let reserved = reader.image(64, "reserved", None)?;
    Ok(Initialization {
        source,
        phase_iii_node,
        node_type,
        verification: info & 4 != 0,
        block_size,
        version,
        timer,
        reserved,
    })
}

/// Version and id, which both hellos of an Ethernet begin with.
fn hello_id(reader: &mut Reader<'_>) -> Result<NodeAddress> {
    let at = reader.at();
    let version = reader.take(3, "TIVER")?;
    if version.first() != Some(&2) {
        return Err(reader.fault(at, "TIVER", "an unknown version of the routing layer"));
    }
    station(reader, "ID")
}

fn router_hello(reader: &mut Reader<'_>) -> Result<RouterHello> {
    reader.set_pdu("router hello");
    let id = hello_id(reader)?;
    let at = reader.at();
    let node_type = match NodeType::from_bits(reader.u8("IINFO")?) {
        Some(NodeType::EndNode) | None => return Err(reader.fault(at, "IINFO", "not a router")),
        Some(router) => router,
    };
    let block_size = reader.u16("BLKSIZE")?;
    let priority = reader.u8("PRIORITY")?;
    reader.u8("AREA")?;
    let timer = reader.u16("TIMER")?;
    reader.u8("MPD")?;
    reader.image(244, "E-LIST", None)?;
    Ok(RouterHello { id, node_type, block_size, priority, timer })
}

fn end_node_hello(reader: &mut Reader<'_>) -> Result<EndNodeHello> {
    reader.set_pdu("end node hello");
    let id = hello_id(reader)?;
    let at = reader.at();
    if NodeType::from_bits(reader.u8("IINFO")?) != Some(NodeType::EndNode) {
        return Err(reader.fault(at, "IINFO", "not an end node"));
    }
    let block_size = reader.u16("BLKSIZE")?;
    reader.u8("AREA")?;
    reader.take(8, "SEED")?;
    let at = reader.at();
    let neighbor = reader.take(6, "NEIGHBOR")?;
    let neighbor = match neighbor[..] {
        [0, 0, 0, 0, 0, 0] => None,
        [a, b, c, d, e, f] => match NodeAddress::from_station([a, b, c, d, e, f]) {
            // AA-00-04-00-00-00 is how some nodes write "none".
            None if [a, b, c, d] == [0xaa, 0, 4, 0] => None,
            None => return Err(reader.fault(at, "NEIGHBOR", "not the station address of a node")),
            some => some,
        },
        _ => None,
    };
    let timer = reader.u16("TIMER")?;
    reader.u8("MPD")?;
    let test_data = reader.image(MAX_TEST_DATA, "TEST DATA", None)?;
    Ok(EndNodeHello { id, block_size, neighbor, timer, test_data })
}
