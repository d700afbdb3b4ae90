//! Captures written by hand: TCP segments in pcap and pcapng files.
use std::net::{IpAddr, SocketAddr};

/// TCP flags.
pub mod flags {
    /// No more octets follow.
    pub const FIN: u8 = 0x01;
    /// Opens.
    pub const SYN: u8 = 0x02;
    /// Resets.
    pub const RST: u8 = 0x04;
    /// The acknowledgment number counts.
    pub const ACK: u8 = 0x10;
}

/// What carries the IP packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Ethernet.
    Ethernet,
    /// Ethernet with a VLAN tag.
    Vlan,
    /// Linux cooked, version 1.
    Cooked,
    /// Linux cooked, version 2.
    Cooked2,
    /// BSD loopback.
    Null,
    /// Raw IP.
    Raw,
}

impl Link {
    /// All of them.
    pub const ALL: [Link; 6] =
        [Link::Ethernet, Link::Vlan, Link::Cooked, Link::Cooked2, Link::Null, Link::Raw];

    /// The number in the file.
    pub const fn number(self) -> u32 {
        match self {
            Link::Ethernet | Link::Vlan => 1,
            Link::Cooked => 113,
            Link::Cooked2 => 276,
            Link::Null => 0,
            Link::Raw => 101,
        }
    }

    fn frame(self, ip: &[u8]) -> Vec<u8> {
        let six = ip[0] >> 4 == 6;
        let ether_type: [u8; 2] = if six { [0x86, 0xdd] } else { [0x08, 0x00] };
        let mut frame = Vec::new();
        match self {
            Link::Ethernet => {
                frame.extend([2; 12]);
                frame.extend(ether_type);
            }
            Link::Vlan => {
                frame.extend([2; 12]);
                frame.extend([0x81, 0x00, 0x00, 0x07]);
                frame.extend(ether_type);
            }
            Link::Cooked => {
                frame.extend([0; 14]);
                frame.extend(ether_type);
            }
            Link::Cooked2 => {
                frame.extend(ether_type);
                frame.extend([0; 18]);
            }
            Link::Null => frame.extend(if six { [30, 0, 0, 0] } else { [2, 0, 0, 0] }),
            Link::Raw => {}
        }
        frame.extend(ip);
        if matches!(self, Link::Ethernet) {
            // Padding of short frames belongs to nothing.
            while frame.len() < 60 {
                frame.push(0xee);
            }
        }
        frame
    }
}

/// One TCP segment.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Microseconds since the epoch.
    pub time: u64,
    /// Source.
    pub from: SocketAddr,
    /// Destination.
    pub to: SocketAddr,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgment number.
    pub acknowledgment: u32,
    /// See [`flags`].
    pub flags: u8,
    /// Payload.
    pub payload: Vec<u8>,
}

impl Segment {
    fn ip(&self) -> Vec<u8> {
        let mut tcp = Vec::new();
        tcp.extend(self.from.port().to_be_bytes());
        tcp.extend(self.to.port().to_be_bytes());
        tcp.extend(self.sequence.to_be_bytes());
        tcp.extend(self.acknowledgment.to_be_bytes());
        tcp.extend([0x50, self.flags, 0x10, 0, 0, 0, 0, 0]);
        tcp.extend(&self.payload);
        let length = u16::try_from(tcp.len()).expect("segments of tests are small");
        let mut ip = Vec::new();
        match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                ip.extend([0x45, 0]);
                ip.extend((length + 20).to_be_bytes());
                ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
                ip.extend(from.octets());
                ip.extend(to.octets());
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                ip.extend([0x60, 0, 0, 0]);
                ip.extend(length.to_be_bytes());
                ip.extend([6, 64]);
                ip.extend(from.octets());
                ip.extend(to.octets());
            }
            _ => panic!("both addresses are of one family"),
        }
        ip.extend(tcp);
        ip
    }
}

/// A pcap file, little-endian, microseconds.
pub fn pcap(link: Link, segments: &[Segment]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend(65_535_u32.to_le_bytes());
    file.extend(link.number().to_le_bytes());
    for segment in segments {
        let frame = link.frame(&segment.ip());
        let length = u32::try_from(frame.len()).expect("frames of tests are small").to_le_bytes();
        for word in [segment.time / 1_000_000, segment.time % 1_000_000] {
            file.extend(u32::try_from(word).expect("times of tests are early").to_le_bytes());
        }
        file.extend(length);
        file.extend(length);
        file.extend(frame);
    }
    file
}

/// A pcapng file of one section and one interface, big-endian, microseconds.
pub fn pcapng(link: Link, segments: &[Segment]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let length = u32::try_from(body.len() + 12).expect("blocks of tests are small").to_be_bytes();
        file.extend(kind.to_be_bytes());
        file.extend(length);
        file.extend(body);
        file.extend(length);
    };
    let mut section = 0x1a2b_3c4d_u32.to_be_bytes().to_vec();
    section.extend([0, 1, 0, 0]);
    section.extend([0xff; 8]);
    block(0x0a0d_0d0a, &section);
    let mut interface = u16::try_from(link.number()).expect("16 bits").to_be_bytes().to_vec();
    interface.extend([0, 0, 0, 0, 0xff, 0xff]);
    block(1, &interface);
    for segment in segments {
        let frame = link.frame(&segment.ip());
        let length = u32::try_from(frame.len()).expect("frames of tests are small").to_be_bytes();
        let mut packet = vec![0; 4];
        packet.extend(segment.time.to_be_bytes());
        packet.extend(length);
        packet.extend(length);
        packet.extend(&frame);
        packet.resize(packet.len().next_multiple_of(4), 0);
        block(6, &packet);
    }
    file
}

/// A TCP connection between two parties, written segment by segment.
#[derive(Clone, Debug)]
pub struct Talk {
    ends: [SocketAddr; 2],
    next: [u32; 2],
    time: u64,
    /// What was written.
    pub segments: Vec<Segment>,
}

impl Talk {
    /// Opens a connection: SYN, SYN and ACK, ACK.
    pub fn open(first: &str, second: &str) -> Talk {
        let mut talk = Talk::resume(first, second);
        talk.segment(0, flags::SYN, b"");
        talk.segment(1, flags::SYN | flags::ACK, b"");
        talk.segment(0, flags::ACK, b"");
        talk
    }

    /// A connection whose beginning nobody wrote down. The sequence numbers are about to wrap.
    pub fn resume(first: &str, second: &str) -> Talk {
        let end = |text: &str| text.parse().expect("an address with a port");
        Talk {
            ends: [end(first), end(second)],
            next: [u32::MAX - 20, 7_000],
            time: 1_700_000_000_000_000,
            segments: Vec::new(),
        }
    }

    /// Party 0 or 1 sends.
    pub fn segment(&mut self, from: usize, flags: u8, payload: &[u8]) {
        self.time += 1_000;
        self.segments.push(Segment {
            time: self.time,
            from: self.ends[from],
            to: self.ends[1 - from],
            sequence: self.next[from],
            acknowledgment: self.next[1 - from],
            flags,
            payload: payload.to_vec(),
        });
        let control = u32::from(flags & (flags::SYN | flags::FIN) != 0);
        let length = u32::try_from(payload.len()).expect("payloads of tests are small") + control;
        self.next[from] = self.next[from].wrapping_add(length);
    }

    /// Party 0 or 1 sends data, in segments of so many octets.
    pub fn send(&mut self, from: usize, octets: &[u8], cut: usize) {
        for part in octets.chunks(cut) {
            self.segment(from, flags::ACK, part);
        }
    }

    /// A TSDU in one DT TPDU in one TPKT.
    pub fn tsdu(&mut self, from: usize, tsdu: &[u8], cut: usize) {
        self.send(from, &tpkt(&[&[2, 0xf0, 0x80][..], tsdu].concat()), cut);
    }

    /// CR and CC of class 0.
    pub fn transport(&mut self) {
        self.send(0, &tpkt(&[6, 0xe0, 0, 0, 0, 1, 0]), usize::MAX);
        self.send(1, &tpkt(&[6, 0xd0, 0, 1, 0, 2, 0]), usize::MAX);
    }
}

/// A TPKT around a TPDU.
pub fn tpkt(tpdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tpdu.len() + 4).expect("TPDUs of tests are small");
    [&[3, 0][..], &length.to_be_bytes(), tpdu].concat()
}
