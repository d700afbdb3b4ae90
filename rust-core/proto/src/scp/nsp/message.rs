//! The messages of NSP (DNA NSP 4.0.1, message formats).
//!
//! What a peer sends that no rule allows is an error, which the engine counts and drops; what real nodes send against the rules
//! without harm is read (the comments say which).
use super::super::message::{encode_user_data, tolerant_user_data};
use super::super::octets::{NSP, Reader};
use super::super::reason::Reason;
use super::number::Number;
use crate::error::Result;
use bytes::{BufMut, Bytes, BytesMut};
use core::fmt;

/// Octets of a data segment before its data: flags, two link addresses, two acknowledgement fields, the number.
pub const DATA_OVERHEAD: usize = 11;

/// First octets (MSGFLG).
mod flag {
    pub(super) const DATA: u8 = 0x00;
    pub(super) const BOM: u8 = 0x20;
    pub(super) const EOM: u8 = 0x40;
    pub(super) const INTERRUPT: u8 = 0x30;
    pub(super) const LINK_SERVICE: u8 = 0x10;
    pub(super) const DATA_ACK: u8 = 0x04;
    pub(super) const OTHER_ACK: u8 = 0x14;
    pub(super) const CONNECT_ACK: u8 = 0x24;
    pub(super) const NO_OPERATION: u8 = 0x08;
    pub(super) const CONNECT_INITIATE: u8 = 0x18;
    pub(super) const CONNECT_INITIATE_AGAIN: u8 = 0x68;
    pub(super) const CONNECT_CONFIRM: u8 = 0x28;
    pub(super) const DISCONNECT_INITIATE: u8 = 0x38;
    pub(super) const DISCONNECT_CONFIRM: u8 = 0x48;
}

/// The two link addresses of a message: the receiver's, then the sender's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Addresses {
    /// DSTADDR: the link as the receiver numbers it.
    pub destination: u16,
    /// SRCADDR: the link as the sender numbers it.
    pub source: u16,
}

/// An acknowledgement: everything up to and including a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ack {
    /// The number.
    pub number: Number,
    /// A negative acknowledgement. It is read as a positive one, and never sent.
    pub negative: bool,
}

impl Ack {
    /// A positive acknowledgement.
    pub const fn positive(number: Number) -> Ack {
        Ack { number, negative: false }
    }
}

/// ACKNUM and ACKOTH or ACKDAT: for the subchannel of the message itself, and for the other one ("cross").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Acks {
    /// For the subchannel of this message.
    pub own: Option<Ack>,
    /// For the other subchannel. Phase IV only.
    pub cross: Option<Ack>,
}

/// How the sender of a CI or CC wants to limit what is sent towards it (SERVICES bits 2-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum FlowControl {
    /// Only stop and go.
    #[default]
    None = 0,
    /// Credits count data segments.
    Segment = 1,
    /// Credits count messages ("session control message flow control").
    Message = 2,
}

/// Version of NSP (INFO bits 0-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Version {
    /// 3.2, Phase III.
    V3_2 = 0,
    /// 3.1, Phase II.
    V3_1 = 1,
    /// 4.0, Phase IV.
    #[default]
    V4_0 = 2,
    /// 4.1, Phase IV.
    V4_1 = 3,
}

impl Version {
    /// Phase IV: cross acknowledgements and delayed ones are understood.
    pub const fn is_phase_iv(self) -> bool {
        matches!(self, Version::V4_0 | Version::V4_1)
    }

    /// Phase II: no connect acknowledgement, a confirm is not acknowledged.
    pub const fn is_phase_ii(self) -> bool {
        matches!(self, Version::V3_1)
    }

    const fn from_bits(bits: u8) -> Version {
        match bits & 3 {
            0 => Version::V3_2,
            1 => Version::V3_1,
            2 => Version::V4_0,
            _ => Version::V4_1,
        }
    }
}

/// What a CI or CC says about its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Services {
    /// Flow control of the direction towards the sender of this message.
    pub flow_control: FlowControl,
    /// Version of NSP.
    pub version: Version,
    /// SEGSIZE: octets of user data in one segment that the sender of this message takes. Not 0.
    pub segment_size: u16,
}

/// Octets that may hold a password: they are not printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hidden(pub Bytes);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} octets)", self.0.len())
    }
}

/// A data segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSegment {
    /// Link addresses.
    pub addresses: Addresses,
    /// Acknowledgements; own is the data subchannel.
    pub acks: Acks,
    /// Number of this segment.
    pub number: Number,
    /// DLY: the acknowledgement may wait for company.
    pub delay: bool,
    /// BOM: the first segment of a message.
    pub begins: bool,
    /// EOM: the last segment of a message.
    pub ends: bool,
    /// User data.
    pub data: Bytes,
}

/// An interrupt message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// Link addresses.
    pub addresses: Addresses,
    /// Acknowledgements; own is the subchannel of other data.
    pub acks: Acks,
    /// Number on the subchannel of other data.
    pub number: Number,
    /// 0 to 16 octets by the rules; more are read, and the engine ends the link.
    pub data: Bytes,
}

/// FCMOD: what a link service message does to the sending of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Flow {
    /// No change.
    #[default]
    NoChange = 0,
    /// Stop sending data.
    Stop = 1,
    /// Send data.
    Go = 2,
}

/// FCVAL INT: what FCVAL counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Counts {
    /// Data requests: segments or messages.
    #[default]
    Data = 0,
    /// Interrupt requests.
    Interrupts = 1,
}

/// A link service message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkService {
    /// Link addresses.
    pub addresses: Addresses,
    /// Acknowledgements; own is the subchannel of other data.
    pub acks: Acks,
    /// Number on the subchannel of other data.
    pub number: Number,
    /// Stop, go, or no change.
    pub flow: Flow,
    /// What the value counts.
    pub counts: Counts,
    /// FCVAL: added to the requests.
    pub value: i8,
}

/// A message of NSP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Data segment.
    Data(DataSegment),
    /// Interrupt.
    Interrupt(Interrupt),
    /// Link service.
    LinkService(LinkService),
    /// Acknowledgement on the data subchannel.
    DataAck {
        /// Link addresses.
        addresses: Addresses,
        /// At least one.
        acks: Acks,
    },
    /// Acknowledgement on the subchannel of other data.
    OtherAck {
        /// Link addresses.
        addresses: Addresses,
        /// At least one.
        acks: Acks,
    },
    /// Connect acknowledgement. It has no source address; octets behind the destination are ignored (VAXELN sends some).
    ConnectAck {
        /// The receiver's link.
        destination: u16,
    },
    /// No operation: ignored, whatever follows.
    NoOperation,
    /// Connect initiate. Its destination address is 0.
    ConnectInitiate {
        /// The sender's link.
        source: u16,
        /// It was sent before.
        again: bool,
        /// What the sender can do.
        services: Services,
        /// Connect data of session control.
        data: Hidden,
    },
    /// Connect confirm.
    ConnectConfirm {
        /// Link addresses.
        addresses: Addresses,
        /// What the sender can do.
        services: Services,
        /// Accept data, up to 16 octets.
        data: Bytes,
    },
    /// Disconnect initiate.
    DisconnectInitiate {
        /// Link addresses.
        addresses: Addresses,
        /// Why.
        reason: Reason,
        /// Reject or disconnect data, up to 16 octets.
        data: Bytes,
    },
    /// Disconnect confirm.
    DisconnectConfirm {
        /// Link addresses; the source is 0 if there never was a port.
        addresses: Addresses,
        /// 1 no resources, 41 no link, 42 complete; others from Phase II.
        reason: Reason,
    },
}

impl Message {
    /// The mnemonic.
    pub const fn name(&self) -> &'static str {
        match self {
            Message::Data(_) => "data segment",
            Message::Interrupt(_) => "interrupt",
            Message::LinkService(_) => "link service",
            Message::DataAck { .. } => "data ack",
            Message::OtherAck { .. } => "other-data ack",
            Message::ConnectAck { .. } => "CA",
            Message::NoOperation => "NOP",
            Message::ConnectInitiate { again: false, .. } => "CI",
            Message::ConnectInitiate { again: true, .. } => "RCI",
            Message::ConnectConfirm { .. } => "CC",
            Message::DisconnectInitiate { .. } => "DI",
            Message::DisconnectConfirm { .. } => "DC",
        }
    }

    /// Reads one message.
    ///
    /// # Errors
    /// `Peer`: a reserved flag octet or value, a field that runs past the end, acknowledgements that name one subchannel twice, a
    /// connect initiate with a destination link. Such a message is dropped without an answer.
    pub fn decode(octets: &Bytes) -> Result<Message> {
        let mut reader = Reader::new(octets, NSP, "NSP");
        let first = reader.u8("MSGFLG")?;
        match first {
            flag::DATA | flag::BOM | flag::EOM | 0x60 => {
                reader.set_pdu("data segment");
                let addresses = addresses(&mut reader)?;
                let acks = acks(&mut reader)?;
                let (number, delay) = number(&mut reader)?;
                Ok(Message::Data(DataSegment {
                    addresses,
                    acks,
                    number,
                    delay,
                    begins: first & flag::BOM != 0,
                    ends: first & flag::EOM != 0,
                    data: reader.rest(),
                }))
            }
            flag::INTERRUPT => {
                reader.set_pdu("interrupt");
                let addresses = addresses(&mut reader)?;
                let acks = acks(&mut reader)?;
                let (number, _) = number(&mut reader)?;
                Ok(Message::Interrupt(Interrupt { addresses, acks, number, data: reader.rest() }))
            }
            flag::LINK_SERVICE => link_service(&mut reader).map(Message::LinkService),
            flag::DATA_ACK => {
                reader.set_pdu("data ack");
                let (addresses, acks) = ack_message(&mut reader)?;
                Ok(Message::DataAck { addresses, acks })
            }
            flag::OTHER_ACK => {
                reader.set_pdu("other-data ack");
                let (addresses, acks) = ack_message(&mut reader)?;
                Ok(Message::OtherAck { addresses, acks })
            }
            flag::CONNECT_ACK => {
                reader.set_pdu("CA");
                Ok(Message::ConnectAck { destination: reader.u16("DSTADDR")? })
            }
            flag::NO_OPERATION => Ok(Message::NoOperation),
            flag::CONNECT_INITIATE | flag::CONNECT_INITIATE_AGAIN => {
                let again = first == flag::CONNECT_INITIATE_AGAIN;
                reader.set_pdu(if again { "RCI" } else { "CI" });
                let addresses = addresses(&mut reader)?;
                if addresses.destination != 0 {
                    return Err(reader
                        .fault(1, "DSTADDR", "a connect initiate has a destination link")
                        .with_expected("0", format!("{}", addresses.destination)));
                }
                if addresses.source == 0 {
                    return Err(reader.fault(3, "SRCADDR", "link address 0"));
                }
                let services = services(&mut reader)?;
                Ok(Message::ConnectInitiate {
                    source: addresses.source,
                    again,
                    services,
                    data: Hidden(reader.rest()),
                })
            }
            flag::CONNECT_CONFIRM => {
                reader.set_pdu("CC");
                let addresses = addresses(&mut reader)?;
                let services = services(&mut reader)?;
                let data = tolerant_user_data(&reader.rest());
                Ok(Message::ConnectConfirm { addresses, services, data })
            }
            flag::DISCONNECT_INITIATE => {
                reader.set_pdu("DI");
                let addresses = addresses(&mut reader)?;
                let reason = Reason::new(reader.u16("REASON")?);
                let data = tolerant_user_data(&reader.rest());
                Ok(Message::DisconnectInitiate { addresses, reason, data })
            }
            flag::DISCONNECT_CONFIRM => {
                reader.set_pdu("DC");
                let addresses = addresses(&mut reader)?;
                let reason = Reason::new(reader.u16("REASON")?);
                Ok(Message::DisconnectConfirm { addresses, reason })
            }
            other => Err(reader
                .fault(0, "MSGFLG", "a message flag octet that is reserved")
                .with_expected("a message of NSP", format!("{other:02x}"))),
        }
    }

    /// Appends the octets of this message.
    ///
    /// # Errors
    /// `Invalid`: user data of more than 16 octets in a confirm or a disconnect.
    pub fn encode(&self, out: &mut BytesMut) -> Result<()> {
        match self {
            Message::Data(segment) => {
                out.put_u8(
                    flag::DATA
                        | if segment.begins { flag::BOM } else { 0 }
                        | if segment.ends { flag::EOM } else { 0 },
                );
                put_addresses(out, segment.addresses);
                put_acks(out, segment.acks);
                out.put_u16_le(segment.number.get() | if segment.delay { DELAY } else { 0 });
                out.put_slice(&segment.data);
            }
            Message::Interrupt(interrupt) => {
                out.put_u8(flag::INTERRUPT);
                put_addresses(out, interrupt.addresses);
                put_acks(out, interrupt.acks);
                out.put_u16_le(interrupt.number.get());
                out.put_slice(&interrupt.data);
            }
            Message::LinkService(service) => {
                out.put_u8(flag::LINK_SERVICE);
                put_addresses(out, service.addresses);
                put_acks(out, service.acks);
                out.put_u16_le(service.number.get());
                out.put_u8(service.flow as u8 | (service.counts as u8) << 2);
                out.put_i8(service.value);
            }
            Message::DataAck { addresses, acks } => {
                out.put_u8(flag::DATA_ACK);
                put_addresses(out, *addresses);
                put_acks(out, *acks);
            }
            Message::OtherAck { addresses, acks } => {
                out.put_u8(flag::OTHER_ACK);
                put_addresses(out, *addresses);
                put_acks(out, *acks);
            }
            Message::ConnectAck { destination } => {
                out.put_u8(flag::CONNECT_ACK);
                out.put_u16_le(*destination);
            }
            Message::NoOperation => out.put_u8(flag::NO_OPERATION),
            Message::ConnectInitiate { source, again, services, data } => {
                out.put_u8(if *again { flag::CONNECT_INITIATE_AGAIN } else { flag::CONNECT_INITIATE });
                put_addresses(out, Addresses { destination: 0, source: *source });
                put_services(out, *services);
                out.put_slice(&data.0);
            }
            Message::ConnectConfirm { addresses, services, data } => {
                out.put_u8(flag::CONNECT_CONFIRM);
                put_addresses(out, *addresses);
                put_services(out, *services);
                encode_user_data(data, out)?;
            }
            Message::DisconnectInitiate { addresses, reason, data } => {
                out.put_u8(flag::DISCONNECT_INITIATE);
                put_addresses(out, *addresses);
                out.put_u16_le(reason.code());
                encode_user_data(data, out)?;
            }
            Message::DisconnectConfirm { addresses, reason } => {
                out.put_u8(flag::DISCONNECT_CONFIRM);
                put_addresses(out, *addresses);
                out.put_u16_le(reason.code());
            }
        }
        Ok(())
    }
}

/// SEGNUM bit 12.
const DELAY: u16 = 0x1000;
/// Bit 15: an acknowledgement field, not a number.
const IS_ACK: u16 = 0x8000;

fn addresses(reader: &mut Reader<'_>) -> Result<Addresses> {
    Ok(Addresses { destination: reader.u16("DSTADDR")?, source: reader.u16("SRCADDR")? })
}

fn number(reader: &mut Reader<'_>) -> Result<(Number, bool)> {
    let at = reader.at();
    let bits = reader.u16("SEGNUM")?;
    if bits & IS_ACK != 0 {
        return Err(reader.fault(at, "SEGNUM", "a third acknowledgement field"));
    }
    Ok((Number::new(bits), bits & DELAY != 0))
}

/// Zero, one or two acknowledgement fields, which bit 15 tells from a number.
fn acks(reader: &mut Reader<'_>) -> Result<Acks> {
    let mut acks = Acks::default();
    for _ in 0..2 {
        let at = reader.at();
        match reader.peek_u16() {
            Some(bits) if bits & IS_ACK != 0 => {}
            _ => break,
        }
        let bits = reader.u16("ACKNUM")?;
        let qual = bits >> 12 & 7;
        let ack = Ack { number: Number::new(bits), negative: qual & 1 != 0 };
        let place = match qual {
            0 | 1 => &mut acks.own,
            2 | 3 => &mut acks.cross,
            // Reserved: skipped, as real nodes do.
            _ => continue,
        };
        if place.replace(ack).is_some() {
            return Err(reader.fault(at, "ACKNUM", "two acknowledgements of one subchannel"));
        }
    }
    Ok(acks)
}

fn ack_message(reader: &mut Reader<'_>) -> Result<(Addresses, Acks)> {
    let addresses = addresses(reader)?;
    let at = reader.at();
    let acks = acks(reader)?;
    if reader.at() == at {
        return Err(reader.fault(at, "ACKNUM", "an acknowledgement without its field"));
    }
    Ok((addresses, acks))
}

fn link_service(reader: &mut Reader<'_>) -> Result<LinkService> {
    reader.set_pdu("link service");
    let addresses = addresses(reader)?;
    let acks = acks(reader)?;
    let (number, _) = number(reader)?;
    let at = reader.at();
    let flags = reader.u8("LSFLAGS")?;
    let reserved = |text| Err(reader.fault(at, "LSFLAGS", text));
    let flow = match flags & 3 {
        0 => Flow::NoChange,
        1 => Flow::Stop,
        2 => Flow::Go,
        _ => return reserved("a flow control modification that is reserved"),
    };
    let counts = match flags >> 2 & 3 {
        0 => Counts::Data,
        1 => Counts::Interrupts,
        _ => return reserved("a type of request that is reserved"),
    };
    if flags & 0xf0 != 0 {
        return reserved("bits 4 to 7 are reserved");
    }
    let value = reader.u8("FCVAL")? as i8;
    Ok(LinkService { addresses, acks, number, flow, counts, value })
}

fn services(reader: &mut Reader<'_>) -> Result<Services> {
    let at = reader.at();
    let bits = reader.u8("SERVICES")?;
    if bits & 3 != 1 || bits & 0xf0 != 0 {
        return Err(reader
            .fault(at, "SERVICES", "reserved bits have another value than the rules say")
            .with_expected("01, 05 or 09", format!("{bits:02x}")));
    }
    let flow_control = match bits >> 2 & 3 {
        0 => FlowControl::None,
        1 => FlowControl::Segment,
        2 => FlowControl::Message,
        _ => return Err(reader.fault(at, "SERVICES", "a flow control that is reserved")),
    };
    let version = Version::from_bits(reader.u8("INFO")?);
    let at = reader.at();
    let segment_size = reader.u16("SEGSIZE")?;
    if segment_size == 0 {
        return Err(reader.fault(at, "SEGSIZE", "a segment size of 0 can carry nothing"));
    }
    Ok(Services { flow_control, version, segment_size })
}

fn put_addresses(out: &mut BytesMut, addresses: Addresses) {
    out.put_u16_le(addresses.destination);
    out.put_u16_le(addresses.source);
}

fn put_acks(out: &mut BytesMut, acks: Acks) {
    for (ack, cross) in [(acks.own, 0), (acks.cross, 2 << 12)] {
        if let Some(ack) = ack {
            let negative = if ack.negative { 1 << 12 } else { 0 };
            out.put_u16_le(IS_ACK | cross | negative | ack.number.get());
        }
    }
}

fn put_services(out: &mut BytesMut, services: Services) {
    out.put_u8(1 | (services.flow_control as u8) << 2);
    out.put_u8(services.version as u8);
    out.put_u16_le(services.segment_size);
}
