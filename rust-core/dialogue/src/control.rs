//! The control block: 62 octets (74 with a key) in front of any user data of the application
//! (`docs/dialogue.md`, section 2).
//!
//! | octets | field |
//! |---|---|
//! | 4 | magic: `OSDQ` in a request, `OSDA` in an answer, so that an echo cannot pass for an answer |
//! | 1 | kind |
//! | 1 | flags: see [`Block::seen`] |
//! | 2 | length of the block |
//! | 16 | identifier of the dialogue |
//! | 8 | epoch |
//! | 8 | `rcv`: highest position of the peer that is durable here |
//! | 8 | `snd`: highest position of the speaker's own that is durable here |
//! | 8 | `low`: lowest position that the speaker can still send again |
//! | 2 | status |
//! | 4 or 16 | CRC32C of all that stands before, or the tag made with a shared key |
//!
//! Integers are big-endian.
use core::fmt;

use osisession_proto::Bytes;

use crate::crc::crc32c;

/// Octets of a control block with a checksum. It fits where version 1 of the session protocol leaves 512.
pub const LENGTH: usize = 62;
/// Octets of a control block with a tag.
pub const KEYED_LENGTH: usize = 74;
/// Octets before the checksum or the tag.
const BODY: usize = 58;
const REQUEST: [u8; 4] = *b"OSDQ";
const ANSWER: [u8; 4] = *b"OSDA";
/// In the flags: the other seven bits are meant.
const SEEN: u8 = 0x80;

/// The name of a dialogue: 16 random octets. A name, not a proof: it travels in clear unless TLS is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogueId(pub [u8; 16]);

impl fmt::Debug for DialogueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident: $repr:ty { $($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant),+ }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The number on the wire and in the journal.
            pub const fn code(self) -> $repr { match self { $($name::$variant => $code),+ } }
            /// What this number means; `None` if nothing.
            pub const fn from_code(code: $repr) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
            /// In words.
            pub const fn text(self) -> &'static str { match self { $($name::$variant => $text),+ } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.text()) }
        }
    };
}

codes! {
    /// What carries the block.
    Kind: u8 {
        /// CN: the first connection of a dialogue.
        New = 1, "new (CN)";
        /// CN: any later connection.
        Recover = 2, "recover (CN)";
        /// AC.
        Accept = 3, "accept (AC)";
        /// RF, reason 2.
        Refuse = 4, "refuse (RF)";
        /// MIP.
        Sync = 5, "sync (MIP)";
        /// MIA.
        Confirm = 6, "confirm (MIA)";
        /// AR.
        Resume = 7, "resume (AR)";
        /// FN.
        Release = 8, "release (FN)";
        /// DN.
        Released = 9, "released (DN)";
        /// PT.
        Please = 10, "please (PT)";
        /// AB.
        Abort = 11, "abort (AB)";
    }
}

impl Kind {
    /// Whether the block answers another one.
    pub const fn is_answer(self) -> bool {
        match self {
            Kind::Accept | Kind::Refuse | Kind::Confirm | Kind::Released => true,
            Kind::New
            | Kind::Recover
            | Kind::Sync
            | Kind::Resume
            | Kind::Release
            | Kind::Please
            | Kind::Abort => false,
        }
    }
}

codes! {
    /// What the block says besides positions.
    Status: u16 {
        /// Nothing special.
        Ok = 0, "ok";
        /// No dialogue of this name, or not for this peer.
        Unknown = 1, "unknown dialogue";
        /// The epoch was used or seen before.
        Stale = 2, "stale epoch";
        /// The speaker has lost what the listener relies on.
        IRegressed = 3, "the speaker regressed";
        /// The listener has lost what the speaker relies on.
        YouRegressed = 4, "the listener regressed";
        /// Both connected at once; the dialogue initiator's connection wins.
        Collision = 5, "collision";
        /// Not now.
        Busy = 6, "busy";
        /// The dialogue is over.
        Closed = 7, "closed";
        /// A newer connection has taken the place of this one.
        Superseded = 8, "superseded";
        /// The speaker cannot store.
        Storage = 9, "storage";
        /// The peer broke the rules.
        Violation = 10, "protocol violation";
        /// A release that only ends the connection: the dialogue sleeps.
        Detach = 11, "detach";
        /// The end of the dialogue: wanted (PT), prepared (MIP, MIA), done (FN, DN).
        Close = 12, "close";
        /// What was agreed for the session does not suffice.
        Unfit = 13, "functional units do not suffice";
        /// The speaker waited too long for an answer.
        Late = 14, "no answer in time";
    }
}

/// One control block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// What carries it.
    pub kind: Kind,
    /// Which dialogue.
    pub did: DialogueId,
    /// Number of the connection within the dialogue; in a refusal the highest that the speaker has used or seen.
    pub epoch: u64,
    /// Highest position of the listener that is durable at the speaker.
    pub rcv: u64,
    /// Highest position of the speaker that is durable at the speaker.
    pub snd: u64,
    /// Lowest position that the speaker can still send again; at least 1.
    pub low: u64,
    /// What else.
    pub status: Status,
    /// In CN and RF: so many epochs before [`Block::epoch`] the speaker knows one that *the listener* had on stable storage.
    /// A listener that remembers only lower ones runs on an old copy of its journal. `None` when not known or above 127.
    pub seen: Option<u8>,
}

/// Makes the tag of a keyed control block.
pub trait Authenticator {
    /// The first 128 bits of HMAC-SHA-256 of these octets under the shared key.
    fn tag(&self, octets: &[u8]) -> [u8; 16];
}

/// What protects a control block.
#[derive(Clone, Copy)]
pub enum Seal<'a> {
    /// CRC32C, against accidents.
    Checksum,
    /// A tag under a shared key, against people.
    Key(&'a dyn Authenticator),
}

impl Seal<'_> {
    /// Octets of a block under this seal.
    pub const fn length(&self) -> usize {
        match self {
            Seal::Checksum => LENGTH,
            Seal::Key(_) => KEYED_LENGTH,
        }
    }
}

/// Why octets are not a control block (`docs/dialogue.md`, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// Fewer octets than a block has.
    Short {
        /// What a block needs.
        expected: usize,
        /// What is there.
        found: usize,
    },
    /// Octets 0..4 are no magic: not this library, or no dialogue.
    Magic([u8; 4]),
    /// Octet 4 is no kind.
    Kind(u8),
    /// A request with the magic of an answer, or an answer with that of a request: an echo.
    Echo(Kind),
    /// Octets 6..8 are not the length of a block under the seal that is configured.
    Length {
        /// The length under the seal.
        expected: usize,
        /// What the block says.
        found: u16,
    },
    /// Octets 48..56: the lowest position is 1.
    Low,
    /// `low` lies more than one above `snd`: the speaker cannot have forgotten what it never had.
    Window {
        /// Lowest position that can be sent again.
        low: u64,
        /// Highest position.
        snd: u64,
    },
    /// Octets 56..58 are no status.
    Status(u16),
    /// The CRC32C or the tag is wrong.
    Seal,
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockError::Short { expected, found } => {
                write!(f, "control block: {found} octets, {expected} expected")
            }
            BlockError::Magic(found) => write!(f, "control block, octet 0: magic {found:02x?}"),
            BlockError::Kind(found) => write!(f, "control block, octet 4: kind {found}"),
            BlockError::Echo(kind) => write!(f, "control block, octet 0: wrong magic for {kind}, an echo"),
            BlockError::Length { expected, found } => {
                write!(f, "control block, octet 6: length {found}, {expected} expected")
            }
            BlockError::Low => f.write_str("control block, octet 48: lowest position 0"),
            BlockError::Window { low, snd } => {
                write!(
                    f,
                    "control block, octet 48: lowest position {low} above highest {snd} by more than one"
                )
            }
            BlockError::Status(found) => write!(f, "control block, octet 56: status {found}"),
            BlockError::Seal => f.write_str("control block, octet 58: wrong checksum or tag"),
        }
    }
}

impl core::error::Error for BlockError {}

impl Block {
    /// The octets, under a seal, with the application's user data behind them.
    pub fn encode(&self, seal: Seal<'_>, user_data: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(seal.length() + user_data.len());
        out.extend_from_slice(if self.kind.is_answer() { &ANSWER } else { &REQUEST });
        out.push(self.kind.code());
        out.push(self.seen.filter(|&seen| seen < SEEN).map_or(0, |seen| SEEN | seen));
        out.extend_from_slice(&(seal.length() as u16).to_be_bytes());
        out.extend_from_slice(&self.did.0);
        for number in [self.epoch, self.rcv, self.snd, self.low] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.status.code().to_be_bytes());
        match seal {
            Seal::Checksum => out.extend_from_slice(&crc32c(&out).to_be_bytes()),
            Seal::Key(key) => {
                let tag = key.tag(&out);
                out.extend_from_slice(&tag);
            }
        }
        out.extend_from_slice(user_data);
        out.into()
    }

    /// The block at the start of these octets, and the application's user data behind it.
    ///
    /// # Errors
    /// The first thing that is wrong, the seal last: so a peer without the key learns nothing more than one without the format.
    pub fn decode(octets: &Bytes, seal: Seal<'_>) -> Result<(Block, Bytes), BlockError> {
        let short = BlockError::Short { expected: seal.length(), found: octets.len() };
        let magic: [u8; 4] = array(octets, 0).ok_or(short)?;
        if magic != REQUEST && magic != ANSWER {
            return Err(BlockError::Magic(magic));
        }
        if octets.len() < seal.length() {
            return Err(short);
        }
        let [code, flags] = array(octets, 4).ok_or(short)?;
        let kind = Kind::from_code(code).ok_or(BlockError::Kind(code))?;
        if kind.is_answer() != (magic == ANSWER) {
            return Err(BlockError::Echo(kind));
        }
        let found = u16::from_be_bytes(array(octets, 6).ok_or(short)?);
        if usize::from(found) != seal.length() {
            return Err(BlockError::Length { expected: seal.length(), found });
        }
        let number = |at| array(octets, at).map(u64::from_be_bytes).ok_or(short);
        let status = u16::from_be_bytes(array(octets, 56).ok_or(short)?);
        let good = match seal {
            Seal::Checksum => array(octets, BODY).map(u32::from_be_bytes) == octets.get(..BODY).map(crc32c),
            Seal::Key(key) => {
                let expected = octets.get(..BODY).map(|body| key.tag(body)).ok_or(short)?;
                let found: [u8; 16] = array(octets, BODY).ok_or(short)?;
                // No early exit: the time taken says nothing about where they differ.
                expected.iter().zip(found).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
            }
        };
        if !good {
            return Err(BlockError::Seal);
        }
        let block = Block {
            kind,
            did: DialogueId(array(octets, 8).ok_or(short)?),
            epoch: number(24)?,
            rcv: number(32)?,
            snd: number(40)?,
            low: number(48)?,
            status: Status::from_code(status).ok_or(BlockError::Status(status))?,
            seen: (flags & SEEN != 0).then_some(flags & !SEEN),
        };
        if block.low == 0 {
            return Err(BlockError::Low);
        }
        if block.low - 1 > block.snd {
            return Err(BlockError::Window { low: block.low, snd: block.snd });
        }
        Ok((block, octets.slice(seal.length()..)))
    }

    /// The refusal of a CN that names a dialogue nobody here knows. It costs one look-up and no state.
    pub fn refuse_unknown(&self) -> Block {
        Block { kind: Kind::Refuse, rcv: 0, snd: 0, low: 1, status: Status::Unknown, seen: None, ..*self }
    }
}

pub(crate) fn array<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..at.checked_add(N)?)?.try_into().ok()
}
