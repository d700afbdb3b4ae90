//! CRC32C (Castagnoli, reflected polynomial 0x82F63B78): the checksum of a control block.

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut value = i as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0x82F6_3B78 } else { value >> 1 };
            bit += 1;
        }
        table[i] = value;
        i += 1;
    }
    table
}

/// The CRC32C of these octets (RFC 3720 B.4 has vectors).
pub fn crc32c(octets: &[u8]) -> u32 {
    !octets.iter().fold(!0, |crc, octet| TABLE[usize::from(crc as u8 ^ octet)] ^ crc >> 8)
}
