//! End user descriptors: who is called, who calls (DNA Session Control 1.0.0, DSTNAME and SRCNAME).
use super::super::octets::{Reader, put_image};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};
use core::fmt;

/// Octets of a name in format 1.
const MAX_NAME: usize = 16;
/// Octets of a name in format 2, as sent. Up to [`MAX_NAME`] are read.
const MAX_NAME_WITH_CODES: usize = 12;

/// An end user of session control: an object that can be called, or the program that calls.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum EndUser {
    /// Format 0: an object by its number, 1 to 255.
    Number(u8),
    /// Format 1: by name, 1 to 16 octets. Names are compared without regard to case.
    Name(Bytes),
    /// Format 2: by name with group and user code. As source it says who calls (a UIC); as destination it is rarely accepted.
    NameWithCodes {
        /// Group code.
        group: u16,
        /// User code.
        user: u16,
        /// Name, 1 to 12 octets; up to 16 are accepted from a peer.
        name: Bytes,
    },
}

impl EndUser {
    /// An end user by name.
    pub fn named(name: impl Into<Bytes>) -> EndUser {
        EndUser::Name(name.into())
    }

    /// The object number, if it is called by number.
    pub fn number(&self) -> Option<u8> {
        match self {
            EndUser::Number(number) => Some(*number),
            EndUser::Name(_) | EndUser::NameWithCodes { .. } => None,
        }
    }

    /// The name, as it was sent.
    pub fn name(&self) -> Option<&Bytes> {
        match self {
            EndUser::Number(_) => None,
            EndUser::Name(name) | EndUser::NameWithCodes { name, .. } => Some(name),
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>, field: &'static str) -> Result<EndUser> {
        let at = reader.at();
        let format = reader.u8(field)?;
        if format > 2 {
            return Err(reader
                .fault(at, field, "unknown format of an end user descriptor")
                .with_expected("0, 1 or 2", format!("{format}")));
        }
        let number = reader.u8(field)?;
        match (format, number) {
            (0, 0) => return Err(reader.fault(at + 1, field, "object number 0 in a descriptor by number")),
            (0, number) => return Ok(EndUser::Number(number)),
            (_, 0) => {}
            (_, number) => {
                return Err(reader
                    .fault(at + 1, field, "a descriptor by name has an object number")
                    .with_expected("0", format!("{number}")));
            }
        }
        let codes = if format == 2 { Some((reader.u16(field)?, reader.u16(field)?)) } else { None };
        let at = reader.at();
        let name = reader.image(MAX_NAME, field, None)?;
        if name.is_empty() {
            return Err(reader.fault(at, field, "the name of an end user is empty"));
        }
        Ok(match codes {
            None => EndUser::Name(name),
            Some((group, user)) => EndUser::NameWithCodes { group, user, name },
        })
    }

    pub(super) fn encode(&self, out: &mut BytesMut, field: &'static str) -> Result<()> {
        let empty = || Error::invalid("the name of an end user is empty").with_parameter(field);
        match self {
            EndUser::Number(0) => {
                Err(Error::invalid("an object number is 1 to 255; 0 means by name").with_parameter(field))
            }
            EndUser::Number(number) => {
                out.put_slice(&[0, *number]);
                Ok(())
            }
            EndUser::Name(name) if name.is_empty() => Err(empty()),
            EndUser::Name(name) => {
                out.put_slice(&[1, 0]);
                put_image(out, name, MAX_NAME, field)
            }
            EndUser::NameWithCodes { name, .. } if name.is_empty() => Err(empty()),
            EndUser::NameWithCodes { group, user, name } => {
                out.put_slice(&[2, 0]);
                out.put_u16_le(*group);
                out.put_u16_le(*user);
                put_image(out, name, MAX_NAME_WITH_CODES, field)
            }
        }
    }
}

impl fmt::Display for EndUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndUser::Number(number) => write!(f, "{number}"),
            EndUser::Name(name) => write!(f, "\"{}\"", name.escape_ascii()),
            EndUser::NameWithCodes { group, user, name } => {
                write!(f, "[{group:o},{user:o}]\"{}\"", name.escape_ascii())
            }
        }
    }
}

impl fmt::Debug for EndUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
