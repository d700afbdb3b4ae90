//! What the two ends say to each other: one message of the dialogue each. Integers are big-endian.
//!
//! | kind | octets behind it |
//! |---|---|
//! | 1 offer | version 1; length of the file, 8; octets of a chunk, 4; SHA-256, 32; name in UTF-8 |
//! | 2 chunk | its place in the file, 8; the octets |
//! | 3 end | |
//! | 4 result | 0 it is there, 1 it is not; where, or why not, in UTF-8 |
//! | 5 abandon | |
use osisession::Bytes;

const VERSION: u8 = 1;
/// Longest name of a file, in octets: what file systems take, less room for a number.
const MAX_NAME: usize = 240;

/// A file that somebody wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) length: u64,
    pub(super) chunk: u32,
    pub(super) hash: [u8; 32],
    pub(super) name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Offer(Offer),
    Chunk { at: u64, octets: Bytes },
    End,
    Result { there: bool, text: String },
    Abandon,
}

impl Message {
    pub(super) fn encode(&self) -> Bytes {
        let mut out = Vec::new();
        match self {
            Message::Offer(offer) => {
                out.extend_from_slice(&[1, VERSION]);
                out.extend_from_slice(&offer.length.to_be_bytes());
                out.extend_from_slice(&offer.chunk.to_be_bytes());
                out.extend_from_slice(&offer.hash);
                out.extend_from_slice(offer.name.as_bytes());
            }
            Message::Chunk { at, octets } => {
                out.push(2);
                out.extend_from_slice(&at.to_be_bytes());
                out.extend_from_slice(octets);
            }
            Message::End => out.push(3),
            Message::Result { there, text } => {
                out.extend_from_slice(&[4, u8::from(!there)]);
                out.extend_from_slice(text.as_bytes());
            }
            Message::Abandon => out.push(5),
        }
        out.into()
    }

    /// The message of these octets, or what is wrong with them.
    pub(super) fn decode(octets: &Bytes) -> Result<Message, String> {
        let short = || format!("a message of {} octets is cut off", octets.len());
        let kind = *octets.first().ok_or_else(short)?;
        match kind {
            1 => {
                let version = *octets.get(1).ok_or_else(short)?;
                if version != VERSION {
                    return Err(format!("an offer of version {version}, {VERSION} expected"));
                }
                let name = octets.get(46..).ok_or_else(short)?;
                let name = core::str::from_utf8(name).map_err(|_| "a name that is not UTF-8".to_owned())?;
                Ok(Message::Offer(Offer {
                    length: u64::from_be_bytes(array(octets, 2).ok_or_else(short)?),
                    chunk: u32::from_be_bytes(array(octets, 10).ok_or_else(short)?),
                    hash: array(octets, 14).ok_or_else(short)?,
                    name: name.to_owned(),
                }))
            }
            2 => {
                let at = u64::from_be_bytes(array(octets, 1).ok_or_else(short)?);
                Ok(Message::Chunk { at, octets: octets.slice(9..) })
            }
            3 if octets.len() == 1 => Ok(Message::End),
            4 => {
                let there = match octets.get(1).ok_or_else(short)? {
                    0 => true,
                    1 => false,
                    other => return Err(format!("a result of {other}")),
                };
                let text = String::from_utf8_lossy(octets.get(2..).unwrap_or_default()).into_owned();
                Ok(Message::Result { there, text })
            }
            5 if octets.len() == 1 => Ok(Message::Abandon),
            _ => Err(format!("a message of kind {kind} with {} octets", octets.len())),
        }
    }
}

fn array<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Why a file must not be called so here; the name comes from whoever calls.
pub(super) fn bad_name(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > MAX_NAME {
        Some("the name of a file has 1 to 240 octets")
    } else if name.starts_with('.') {
        Some("names that begin with a dot are not taken")
    } else if name.contains(['/', '\\', ':']) || name.chars().any(char::is_control) {
        Some("the name is not that of a file in a folder")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_as_they_were_and_cut_ones_do_not() {
        let offer = Offer { length: 7, chunk: 9, hash: [3; 32], name: "a name".into() };
        for message in [
            Message::Offer(offer),
            Message::Chunk { at: 1 << 40, octets: "octets".into() },
            Message::End,
            Message::Result { there: true, text: "there".into() },
            Message::Result { there: false, text: String::new() },
            Message::Abandon,
        ] {
            let octets = message.encode();
            assert_eq!(Message::decode(&octets), Ok(message));
        }
        let octets = Message::Offer(Offer { length: 7, chunk: 9, hash: [3; 32], name: "n".into() }).encode();
        for end in 0..46 {
            assert!(Message::decode(&octets.slice(..end)).is_err(), "{end}");
        }
        for wrong in [&[0][..], &[6], &[3, 0], &[5, 0], &[4], &[4, 2], &[2, 0], &[1, 2]] {
            assert!(Message::decode(&Bytes::copy_from_slice(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_stays_in_its_folder() {
        assert_eq!(bad_name("plan.pdf"), None);
        for name in ["", ".", "..", ".profile", "a/b", "/etc/passwd", "..\\x", "c:x", "a\nb", "a\0b"] {
            assert!(bad_name(name).is_some(), "{name:?}");
        }
        assert!(bad_name(&"x".repeat(241)).is_some());
    }
}
