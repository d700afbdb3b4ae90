//! As much of BER (X.690) as the PDUs of reliable transfer need: definite and indefinite lengths are read, definite ones written.
use crate::error::{Error, Layer, Result};
use bytes::Bytes;

/// Nesting that is looked into to find the end of an indefinite length.
const DEEPEST: u8 = 16;

/// Tags, as their identifier octet.
pub(super) mod tag {
    pub(in super::super) const INTEGER: u8 = 0x02;
    pub(in super::super) const OCTET_STRING: u8 = 0x04;
    pub(in super::super) const T61_STRING: u8 = 0x14;
    pub(in super::super) const UTC_TIME: u8 = 0x17;
    pub(in super::super) const SET: u8 = 0x31;
}

/// Context-specific, primitive.
pub(super) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// Context-specific, constructed.
pub(super) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

fn wrong(text: &'static str, at: usize) -> Error {
    Error::peer(Layer::Session, text).with_pdu("RTSE").with_offset(at).with_clause("X.690 8.1")
}

/// One data value: its identifier octet and its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) tag: u8,
    pub(super) contents: Bytes,
    /// The whole of it, identifier and length included.
    pub(super) whole: Bytes,
}

impl Value {
    /// A non-negative integer of at most 32 bits.
    pub(super) fn number(&self) -> Result<u32> {
        let octets = &self.contents[..];
        match octets {
            [] => Err(wrong("an INTEGER without octets", 0)),
            [first, ..] if first & 0x80 != 0 => Err(wrong("an INTEGER below zero", 0)),
            _ => {
                let used = octets.iter().position(|o| *o != 0).map_or(&[][..], |at| &octets[at..]);
                if used.len() > 4 {
                    return Err(wrong("an INTEGER of more than 32 bits", 0));
                }
                Ok(used.iter().fold(0, |n, octet| n << 8 | u32::from(*octet)))
            }
        }
    }

    /// The values inside.
    pub(super) fn inside(&self) -> Result<Vec<Value>> {
        read_all(&self.contents)
    }
}

/// The identifier and the length at the start: identifier, octets of both, length of the contents (`None`: indefinite).
fn header(octets: &[u8], at: usize) -> Result<(u8, usize, Option<usize>)> {
    let rest = octets.get(at..).unwrap_or_default();
    let (tag, length) = match rest {
        [tag, length, ..] => (*tag, *length),
        _ => return Err(wrong("the octets end in the middle of a header", at)),
    };
    if tag & 0x1f == 0x1f {
        return Err(wrong("a tag number above 30", at));
    }
    match length {
        0..=0x7f => Ok((tag, 2, Some(length.into()))),
        0x80 => Ok((tag, 2, None)),
        0x81..=0x84 => {
            let count = usize::from(length & 0x7f);
            let digits = rest
                .get(2..2 + count)
                .ok_or_else(|| wrong("the octets end in the middle of a length", at))?;
            Ok((tag, 2 + count, Some(digits.iter().fold(0, |n, octet| n << 8 | usize::from(*octet)))))
        }
        _ => Err(wrong("a length of more than four octets", at)),
    }
}

/// The end of the value at `at`, and where its contents begin and end.
fn extent(octets: &[u8], at: usize, depth: u8) -> Result<(usize, usize, usize)> {
    let (tag, size, length) = header(octets, at)?;
    let from = at + size;
    if let Some(length) = length {
        let end = from.checked_add(length).filter(|end| *end <= octets.len());
        let end = end.ok_or_else(|| wrong("a length beyond the end", at))?;
        return Ok((from, end, end));
    }
    if tag & 0x20 == 0 {
        return Err(wrong("a primitive value of indefinite length", at));
    }
    if depth == 0 {
        return Err(wrong("values nested too deep", at));
    }
    let mut next = from;
    while octets.get(next..next + 2) != Some(&[0, 0]) {
        next = extent(octets, next, depth - 1)?.2;
    }
    Ok((from, next, next + 2))
}

/// All values, one after the other, up to the end.
pub(super) fn read_all(octets: &Bytes) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    let mut at = 0;
    while at < octets.len() {
        let (from, to, end) = extent(octets, at, DEEPEST)?;
        let tag = octets.get(at).copied().unwrap_or_default();
        values.push(Value { tag, contents: octets.slice(from..to), whole: octets.slice(at..end) });
        at = end;
    }
    Ok(values)
}

/// The one value that these octets are.
pub(super) fn read_one(octets: &Bytes) -> Result<Value> {
    let mut values = read_all(octets)?;
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok(value),
        (None, _) => Err(wrong("there is nothing", 0)),
        (Some(_), false) => Err(wrong("something follows the value", values[0].whole.len())),
    }
}

/// Writes a value.
pub(super) fn write(out: &mut Vec<u8>, tag: u8, contents: &[u8]) {
    out.push(tag);
    let length = contents.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let octets = (length as u64).to_be_bytes();
        let used = &octets[octets.iter().position(|octet| *octet != 0).unwrap_or(7)..];
        out.push(0x80 | used.len() as u8);
        out.extend_from_slice(used);
    }
    out.extend_from_slice(contents);
}

/// Writes a non-negative integer.
pub(super) fn write_number(out: &mut Vec<u8>, tag: u8, number: u32) {
    let octets = number.to_be_bytes();
    let mut used = &octets[octets.iter().position(|octet| *octet != 0).unwrap_or(3)..];
    let padded;
    if used[0] & 0x80 != 0 {
        padded = [&[0], used].concat();
        used = &padded;
    }
    write(out, tag, used);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            let mut octets = Vec::new();
            write_number(&mut octets, tag::INTEGER, number);
            assert_eq!(read_one(&octets.into()).unwrap().number().unwrap(), number);
        }
        assert!(read_one(&Bytes::from_static(&[2, 1, 0x80])).unwrap().number().is_err());
        assert!(read_one(&Bytes::from_static(&[2, 5, 1, 0, 0, 0, 0])).unwrap().number().is_err());
        assert!(read_one(&Bytes::from_static(&[2, 0])).unwrap().number().is_err());
    }

    #[test]
    fn lengths_of_every_form() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let mut octets = Vec::new();
            write(&mut octets, tag::OCTET_STRING, &vec![7; length]);
            assert_eq!(read_one(&octets.into()).unwrap().contents.len(), length);
        }
        let indefinite = Bytes::from_static(&[0x31, 0x80, 0x31, 0x80, 2, 1, 5, 0, 0, 2, 1, 6, 0, 0]);
        let inside = read_one(&indefinite).unwrap().inside().unwrap();
        assert_eq!(inside.len(), 2);
        assert_eq!(inside[1].number().unwrap(), 6);
    }

    #[test]
    fn damage_is_an_error() {
        for octets in [
            &[][..],
            &[2],
            &[2, 1],
            &[2, 0x81],
            &[2, 0x85, 0, 0, 0, 0, 1, 0],
            &[2, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x1f, 0x20, 0],
            &[2, 0x80, 0, 0],
            &[0x31, 0x80, 0],
            &[2, 1, 1, 2],
            &[2, 1, 1, 2, 1, 1],
        ] {
            assert!(read_one(&Bytes::copy_from_slice(octets)).is_err(), "{octets:?}");
        }
        assert!(read_one(&[0x31, 0x80].repeat(40).into()).is_err());
    }
}
