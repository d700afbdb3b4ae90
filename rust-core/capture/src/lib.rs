//! Sessions in pcap and pcapng files.
#![forbid(unsafe_code)]

/// The first four octets of a pcap (either byte order, micro or nanoseconds) or pcapng file.
pub fn is_capture(octets: &[u8]) -> bool {
    matches!(
        octets,
        [0x0a, 0x0d, 0x0d, 0x0a, ..]
            | [0xa1, 0xb2, 0xc3 | 0x3c, 0xd4 | 0x4d, ..]
            | [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1, ..]
    )
}
