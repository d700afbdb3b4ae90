//! Which frames a socket takes: a filter that the system runs, so that other frames cost no wake-up.
use socket2::SockFilter;

/// The frames of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// DECnet Phase IV: Ethernet II, type 60-03.
    Decnet,
    /// AppleTalk phase 2: 802.3 with 802.2 and SNAP, protocols 08-00-07-80-9B (DDP) and 00-00-00-80-F3 (AARP).
    EtherTalk,
}

// Instructions of the classic filter machine: word or half word from an offset, compare, return.
const WORD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const HALF: u16 = (libc::BPF_LD | libc::BPF_H | libc::BPF_ABS) as u16;
const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const ABOVE: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Not 0 if the frame carried a tag of a VLAN, which the system has taken off by now: SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT.
const TAGGED: u32 = (-0x1000_i32 + 48) as u32;
/// All of a frame.
const ALL: u32 = 0x4_0000;

const fn op(code: u16, value: u32) -> SockFilter {
    SockFilter::new(code, 0, 0, value)
}

/// A comparison; how many instructions to pass over if it holds, and if it does not.
const fn test(code: u16, value: u32, yes: u8, no: u8) -> SockFilter {
    SockFilter::new(code, yes, no, value)
}

/// A VLAN is an Ethernet of its own: its tagged frames are not those of the interface below it.
static DECNET: [SockFilter; 6] = [
    op(WORD, TAGGED),
    test(EQUAL, 0, 0, 3),
    op(HALF, 12),
    test(EQUAL, 0x6003, 0, 1),
    op(RETURN, ALL),
    op(RETURN, 0),
];

static ETHERTALK: [SockFilter; 13] = [
    op(WORD, TAGGED),
    test(EQUAL, 0, 0, 10),
    op(HALF, 12),
    test(ABOVE, 1_500, 8, 0),
    op(WORD, 14),
    test(EQUAL, 0xaaaa_0308, 0, 2),
    op(WORD, 18),
    test(EQUAL, 0x0007_809b, 3, 4),
    test(EQUAL, 0xaaaa_0300, 0, 3),
    op(WORD, 18),
    test(EQUAL, 0x0000_80f3, 0, 1),
    op(RETURN, ALL),
    op(RETURN, 0),
];

impl Frames {
    /// What the system calls the frames: an Ethernet type, or 802.2.
    pub(crate) fn protocol(self) -> u16 {
        match self {
            Frames::Decnet => libc::ETH_P_DNA_RT as u16,
            Frames::EtherTalk => libc::ETH_P_802_2 as u16,
        }
    }

    pub(crate) fn filter(self) -> &'static [SockFilter] {
        match self {
            Frames::Decnet => &DECNET,
            Frames::EtherTalk => &ETHERTALK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::Socket;
    use std::io::ErrorKind;
    use std::os::unix::net::UnixDatagram;

    fn frame(octets: &str) -> Vec<u8> {
        let octets: Vec<u8> =
            octets.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).expect("an octet")).collect();
        [&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12][..], &octets].concat()
    }

    /// The system itself runs the filters here: any socket for datagrams takes one, without privileges.
    fn passes(frames: Frames, octets: &[u8]) -> bool {
        let (here, there) = UnixDatagram::pair().expect("a pair of sockets");
        let there = Socket::from(std::os::fd::OwnedFd::from(there));
        there.attach_filter(frames.filter()).expect("a filter that the system accepts");
        there.set_nonblocking(true).expect("a socket");
        match here.send(octets) {
            Ok(count) => assert_eq!(count, octets.len()),
            // How this kind of socket tells of a filter that says no.
            Err(error) => assert_eq!(error.kind(), ErrorKind::PermissionDenied),
        }
        let mut buffer = [0; 128];
        match std::io::Read::read(&mut &there, &mut buffer) {
            Ok(count) => {
                assert_eq!(&buffer[..count], octets, "whole");
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                false
            }
        }
    }

    #[test]
    fn the_system_lets_through_what_the_protocols_are_known_by() {
        let decnet = "60 03 22 00 0d 02 00 00";
        let (ddp, aarp) = ("00 20 aa aa 03 08 00 07 80 9b 00 18", "00 24 aa aa 03 00 00 00 80 f3 00 01");
        for (octets, is_decnet, is_ethertalk) in [
            (decnet, true, false),
            (ddp, false, true),
            (aarp, false, true),
            // IPv4; DECnet's other types; EtherTalk of phase 1, with types of Ethernet II.
            ("08 00 45 00 00 14 00 00 00 00 00 00", false, false),
            ("60 02 45 00 00 14", false, false),
            ("80 9b aa aa 03 08 00 07 80 9b 00 18", false, false),
            ("80 f3 aa aa 03 00 00 00 80 f3 00 01", false, false),
            // The protocols under each other's organization; a spanning tree; SNAP of IPv4; another control octet.
            ("00 20 aa aa 03 00 00 00 80 9b 00 18", false, false),
            ("00 20 aa aa 03 08 00 07 80 f3 00 18", false, false),
            ("00 26 42 42 03 00 00 00 00 00 00 00", false, false),
            ("00 20 aa aa 03 00 00 00 08 00 45 00", false, false),
            ("00 20 aa aa 07 08 00 07 80 9b 00 18", false, false),
            // The largest length of 802.3, and the next.
            ("05 dc aa aa 03 08 00 07 80 9b 00 18", false, true),
            ("05 dd aa aa 03 08 00 07 80 9b 00 18", false, false),
            // Cut off.
            ("60", false, false),
            ("00 20 aa aa 03 08 00 07 80", false, false),
            ("", false, false),
        ] {
            let octets = frame(octets);
            assert_eq!(passes(Frames::Decnet, &octets), is_decnet, "DECnet: {octets:02x?}");
            assert_eq!(passes(Frames::EtherTalk, &octets), is_ethertalk, "EtherTalk: {octets:02x?}");
        }
    }
}
