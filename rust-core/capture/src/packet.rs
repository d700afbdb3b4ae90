//! From a packet to the TCP segment in it.
use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;
use std::net::{IpAddr, SocketAddr};

/// A TCP segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) sequence: u32,
    pub(crate) acknowledgment: Option<u32>,
    pub(crate) syn: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) payload: &'a [u8],
}

/// The TCP segment of a packet; `None` if it has none that can be read.
pub(crate) fn segment(link: Linktype, packet: &[u8]) -> Option<Segment<'_>> {
    let sliced = match link {
        Linktype::ETHERNET => LaxSlicedPacket::from_ethernet(packet).ok()?,
        Linktype::LINUX_SLL => by_ether_type(packet, 14, 16)?,
        // Version 2 of "cooked" begins with the protocol.
        Linktype::LINUX_SLL2 => by_ether_type(packet, 0, 20)?,
        // An address family in the byte order of the machine or the network; the IP version says it better.
        Linktype::NULL | Linktype::LOOP => LaxSlicedPacket::from_ip(packet.get(4..)?).ok()?,
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => {
            LaxSlicedPacket::from_ip(packet).ok()?
        }
        _ => return None,
    };
    let (source, destination): (IpAddr, IpAddr) = match sliced.net.as_ref()? {
        LaxNetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        LaxNetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        LaxNetSlice::Arp(_) => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = sliced.transport else { return None };
    Some(Segment {
        from: SocketAddr::new(source, tcp.source_port()),
        to: SocketAddr::new(destination, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        payload: tcp.payload(),
    })
}

/// What stands behind a header of `length` octets that has an EtherType at `at`.
fn by_ether_type(packet: &[u8], at: usize, length: usize) -> Option<LaxSlicedPacket<'_>> {
    let [high, low] = *packet.get(at..at + 2)? else { return None };
    let ether_type = EtherType(u16::from_be_bytes([high, low]));
    Some(LaxSlicedPacket::from_ether_type(ether_type, packet.get(length..)?))
}
