//! The checksum of a record. It covers the record's place as well, so that a record that is whole but stands where another belongs
//! is found out.

/// CRC32C over these parts, one behind the other.
pub(crate) fn checksum(parts: &[&[u8]]) -> u32 {
    parts.iter().fold(0, |crc, part| crc32c::crc32c_append(crc, part))
}

/// Takes `N` octets from the front.
pub(crate) fn take<const N: usize>(octets: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = octets.split_first_chunk::<N>()?;
    *octets = tail;
    Some(*head)
}

/// Takes a number, low octet first, from the front.
pub(crate) fn take_u64(octets: &mut &[u8]) -> Option<u64> {
    take(octets).map(u64::from_le_bytes)
}

/// Takes a number, low octet first, from the front.
pub(crate) fn take_u32(octets: &mut &[u8]) -> Option<u32> {
    take(octets).map(u32::from_le_bytes)
}
