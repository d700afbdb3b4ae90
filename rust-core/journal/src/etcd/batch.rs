//! Records and heads as values of keys.
use crate::frame::{checksum, take, take_u32, take_u64};
use bytes::Bytes;

/// Records of a dialogue that follow each other, as one value: checksum, number of records, then each with its length in front. The
/// checksum covers the dialogue and the place of the first record.
pub(super) fn encode(name: &[u8], place: u64, records: &[Bytes]) -> Vec<u8> {
    let mut body = (records.len() as u32).to_le_bytes().to_vec();
    for record in records {
        body.extend((record.len() as u32).to_le_bytes());
        body.extend_from_slice(record);
    }
    let mut value = checksum(&[name, &place.to_le_bytes(), &body]).to_le_bytes().to_vec();
    value.append(&mut body);
    value
}

/// The records, if all is right.
pub(super) fn decode(name: &[u8], place: u64, value: &[u8]) -> Option<Vec<Bytes>> {
    let mut rest = value;
    let crc = take_u32(&mut rest)?;
    if crc != checksum(&[name, &place.to_le_bytes(), rest]) {
        return None;
    }
    let count = take_u32(&mut rest)?;
    let mut records = Vec::new();
    for _ in 0..count {
        let length = take_u32(&mut rest)? as usize;
        let (record, tail) = rest.split_at_checked(length)?;
        records.push(Bytes::copy_from_slice(record));
        rest = tail;
    }
    rest.is_empty().then_some(records)
}

/// What stands for a dialogue as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// Counts heads: no two of a dialogue are alike.
    pub(super) version: u64,
    /// Place of the first record; those before it do not count.
    pub(super) first: u64,
    /// A checkpoint that takes several steps is being written from here on: until it is done, these records do not count.
    pub(super) staged: Option<u64>,
}

impl Head {
    pub(super) fn encode(&self, name: &[u8]) -> Vec<u8> {
        let mut value = self.version.to_le_bytes().to_vec();
        value.extend(self.first.to_le_bytes());
        value.push(u8::from(self.staged.is_some()));
        value.extend(self.staged.unwrap_or(0).to_le_bytes());
        value.extend(checksum(&[name, &value]).to_le_bytes());
        value
    }

    pub(super) fn decode(name: &[u8], value: &[u8]) -> Option<Head> {
        let (mut fields, mut crc) = value.split_at_checked(25)?;
        if crc.len() != 4 || take_u32(&mut crc)? != checksum(&[name, fields]) {
            return None;
        }
        let (version, first) = (take_u64(&mut fields)?, take_u64(&mut fields)?);
        let staged = take::<1>(&mut fields)? != [0];
        let place = take_u64(&mut fields)?;
        Some(Head { version, first, staged: staged.then_some(place) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_another_place_or_another_name_is_found_out() {
        let records = [Bytes::from_static(b"one"), Bytes::new(), Bytes::from_static(b"three")];
        let value = encode(b"d", 7, &records);
        assert_eq!(decode(b"d", 7, &value).unwrap(), records);
        assert_eq!(decode(b"d", 8, &value), None);
        assert_eq!(decode(b"e", 7, &value), None);
        for bit in 0..value.len() * 8 {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(b"d", 7, &flipped), None);
        }
        for length in 0..value.len() {
            assert_eq!(decode(b"d", 7, &value[..length]), None);
        }
        for staged in [None, Some(9)] {
            let head = Head { version: 3, first: 4, staged };
            let value = head.encode(b"d");
            assert_eq!(Head::decode(b"d", &value), Some(head));
            assert_eq!(Head::decode(b"e", &value), None);
            for bit in 0..value.len() * 8 {
                let mut flipped = value.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Head::decode(b"d", &flipped), None);
            }
        }
    }
}
