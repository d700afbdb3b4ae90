//! What a tap sees, as a capture file: TPKT in made-up TCP segments, which Wireshark opens and `osisession decode` reads.
use crate::tap::{Tap, Tapped};
use bytes::Bytes;
use etherparse::PacketBuilder;
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The called side's port in the file, whatever it was: the one by which Wireshark knows TPKT (RFC 1006 5).
const PORT: u16 = 102;
/// The first of the calling side's ports where the true one is not known.
const FIRST_EPHEMERAL: u16 = 49_152;
/// Octets in a segment: an IP packet holds 65,535.
const SEGMENT: usize = 60_000;
/// Link type of packets that begin with their IP header.
const LINKTYPE_RAW: u32 = 101;
const FIN: u8 = 1;
const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// Writes what passes in sessions to a capture file (pcap, microseconds, raw IP). TCP is made up around it: a handshake, octets without
/// loss, an end. Addresses are the true ones where they are known, and 127.0.0.1 otherwise; the called side's port is
/// always 102, so that no dissector needs to be told what is in it. What came inside TLS is written as it was in there, in the clear.
///
/// An error of the writer ends the capture; sessions go on. [`CaptureWriter::tap`] is the short way from a file to
/// [`crate::EndpointConfig::tap`].
#[derive(Debug)]
pub struct CaptureWriter<W> {
    to: W,
    flows: HashMap<u64, Flow>,
    packet: Vec<u8>,
}

/// One session: what each side has sent, by number of octets.
#[derive(Debug)]
struct Flow {
    ours: SocketAddr,
    peers: SocketAddr,
    sent: u32,
    received: u32,
    ended: bool,
}

impl<W: Write> CaptureWriter<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(mut to: W) -> io::Result<CaptureWriter<W>> {
        let mut header = Vec::with_capacity(24);
        header.extend_from_slice(&0xa1b2_c3d4_u32.to_le_bytes());
        header.extend_from_slice(&2_u16.to_le_bytes());
        header.extend_from_slice(&4_u16.to_le_bytes());
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(&0x0004_0000_u32.to_le_bytes());
        header.extend_from_slice(&LINKTYPE_RAW.to_le_bytes());
        to.write_all(&header)?;
        Ok(CaptureWriter { to, flows: HashMap::new(), packet: Vec::new() })
    }

    /// Writes what a tap saw, `at` this time.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&mut self, tapped: Tapped, at: SystemTime) -> io::Result<()> {
        match tapped {
            Tapped::Up { session, calling, local, peer } => {
                let flow = Flow::new(session, calling, &local, &peer);
                self.flows.insert(session, flow);
                self.segment(session, calling, SYN, &[], at)?;
                self.segment(session, !calling, SYN | ACK, &[], at)?;
                self.segment(session, calling, ACK, &[], at)
            }
            Tapped::Octets { session, sent, octets } => self.octets(session, sent, &octets, at),
            Tapped::End { session } => self.end(session, false, at),
            Tapped::Gone { session } => {
                self.end(session, true, at)?;
                self.flows.remove(&session);
                self.to.flush()
            }
        }
    }

    fn octets(&mut self, session: u64, sent: bool, octets: &Bytes, at: SystemTime) -> io::Result<()> {
        for piece in octets.chunks(SEGMENT) {
            self.segment(session, sent, PSH | ACK, piece, at)?;
        }
        self.to.flush()
    }

    fn end(&mut self, session: u64, sent: bool, at: SystemTime) -> io::Result<()> {
        match self.flows.get_mut(&session) {
            // The peer's end, or ours; each once. Ours alone is told by the close of both.
            Some(flow) if sent || !flow.ended => flow.ended |= !sent,
            _ => return Ok(()),
        }
        self.segment(session, sent, FIN | ACK, &[], at)
    }

    fn segment(
        &mut self,
        session: u64,
        sent: bool,
        flags: u8,
        payload: &[u8],
        at: SystemTime,
    ) -> io::Result<()> {
        let Some(flow) = self.flows.get_mut(&session) else { return Ok(()) };
        let (from, to) = if sent { (flow.ours, flow.peers) } else { (flow.peers, flow.ours) };
        let (number, other) =
            if sent { (&mut flow.sent, flow.received) } else { (&mut flow.received, flow.sent) };
        let builder = match (from.ip(), to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
            (from, to) => PacketBuilder::ipv6(wide(from), wide(to), 64),
        };
        let mut tcp = builder.tcp(from.port(), to.port(), *number, 0xffff);
        if flags & SYN != 0 {
            tcp = tcp.syn();
        }
        if flags & ACK != 0 {
            tcp = tcp.ack(other);
        }
        if flags & PSH != 0 {
            tcp = tcp.psh();
        }
        if flags & FIN != 0 {
            tcp = tcp.fin();
        }
        *number = number.wrapping_add(payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0));
        self.packet.clear();
        tcp.write(&mut self.packet, payload).map_err(io::Error::other)?;
        let since = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        for field in [
            since.as_secs() as u32,
            since.subsec_micros(),
            self.packet.len() as u32,
            self.packet.len() as u32,
        ] {
            self.to.write_all(&field.to_le_bytes())?;
        }
        self.to.write_all(&self.packet)
    }
}

impl<W: Write + Send + 'static> CaptureWriter<W> {
    /// A tap that writes everything it sees, with the time of the system's clock.
    pub fn tap(self) -> Tap {
        let mut writer = Some(self);
        Tap::new(move |tapped| {
            if let Some(open) = &mut writer
                && open.write(tapped, SystemTime::now()).is_err()
            {
                writer = None;
            }
        })
    }
}

impl Flow {
    fn new(session: u64, calling: bool, local: &str, peer: &str) -> Flow {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (mut ours, mut peers) = (local.parse().unwrap_or(here), peer.parse().unwrap_or(here));
        let (caller, called) = if calling { (&mut ours, &mut peers) } else { (&mut peers, &mut ours) };
        called.set_port(PORT);
        if caller.port() == 0 {
            caller.set_port(FIRST_EPHEMERAL + (session % u64::from(u16::MAX - FIRST_EPHEMERAL)) as u16);
        }
        Flow { ours, peers, sent: 0, received: 0, ended: false }
    }
}

fn wide(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => Ipv6Addr::octets(&address),
    }
}
