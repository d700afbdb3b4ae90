//! What primitives and SPDUs carry: functional units, tokens, serial numbers, selectors.
use bitflags::bitflags;
use bytes::Bytes;
use core::fmt;

bitflags! {
    /// Functional units by their bits in Session User Requirements (X.225 8.3.1, PI 20).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct FunctionalUnits: u16 {
        /// Half-duplex (HD): the data token says who may send.
        const HALF_DUPLEX = 0x0001;
        /// Duplex (FD).
        const DUPLEX = 0x0002;
        /// Expedited data (EX).
        const EXPEDITED_DATA = 0x0004;
        /// Minor synchronize (SY).
        const MINOR_SYNC = 0x0008;
        /// Major synchronize (MA).
        const MAJOR_SYNC = 0x0010;
        /// Resynchronize (RESYN).
        const RESYNCHRONIZE = 0x0020;
        /// Activity management (ACT).
        const ACTIVITY_MANAGEMENT = 0x0040;
        /// Negotiated release (NR).
        const NEGOTIATED_RELEASE = 0x0080;
        /// Capability data exchange (CD).
        const CAPABILITY_DATA = 0x0100;
        /// Exceptions (EXCEP).
        const EXCEPTIONS = 0x0200;
        /// Typed data (TD).
        const TYPED_DATA = 0x0400;
        /// Symmetric synchronize (SS).
        const SYMMETRIC_SYNC = 0x0800;
        /// Data separation (DS).
        const DATA_SEPARATION = 0x1000;
    }
}

impl FunctionalUnits {
    /// What an absent Session User Requirements means: half-duplex, minor synchronize, activity management, capability
    /// data, exceptions (X.225 8.3.1). A trap: it does not mean duplex.
    pub const DEFAULT_WHEN_ABSENT: FunctionalUnits = FunctionalUnits::from_bits_truncate(0x0349);

    /// Every functional unit of X.225 (1995).
    pub const ALL: FunctionalUnits = FunctionalUnits::from_bits_truncate(0x1fff);

    /// AV(t): the tokens that exist with these functional units (X.225 5.7, A.5.2).
    pub fn tokens(self) -> Tokens {
        let mut tokens = Tokens::empty();
        tokens.set(Tokens::DATA, self.contains(FunctionalUnits::HALF_DUPLEX));
        tokens.set(Tokens::SYNCHRONIZE_MINOR, self.contains(FunctionalUnits::MINOR_SYNC));
        tokens.set(
            Tokens::MAJOR_ACTIVITY,
            self.intersects(FunctionalUnits::MAJOR_SYNC | FunctionalUnits::ACTIVITY_MANAGEMENT),
        );
        tokens.set(Tokens::RELEASE, self.contains(FunctionalUnits::NEGOTIATED_RELEASE));
        tokens
    }

    /// Why these cannot be proposed together (X.225 5.8.1, 7.1.1).
    pub fn why_not_proposed(self) -> Option<&'static str> {
        use FunctionalUnits as Fu;
        if !self.intersects(Fu::HALF_DUPLEX | Fu::DUPLEX) {
            return Some("one of half-duplex and duplex is needed");
        }
        if self.contains(Fu::CAPABILITY_DATA) && !self.contains(Fu::ACTIVITY_MANAGEMENT) {
            return Some("capability data needs activity management");
        }
        if self.contains(Fu::EXCEPTIONS) && !self.contains(Fu::HALF_DUPLEX) {
            return Some("exceptions needs half-duplex");
        }
        if self.contains(Fu::DATA_SEPARATION) && !self.intersects(Fu::MINOR_SYNC | Fu::SYMMETRIC_SYNC) {
            return Some("data separation needs minor or symmetric synchronize");
        }
        None
    }

    /// Why these cannot be selected together (X.225 5.8.1, 7.4.1).
    pub fn why_not_selected(self) -> Option<&'static str> {
        use FunctionalUnits as Fu;
        if self.contains(Fu::HALF_DUPLEX | Fu::DUPLEX) {
            return Some("only one of half-duplex and duplex can be selected");
        }
        if self.contains(Fu::MINOR_SYNC | Fu::SYMMETRIC_SYNC) {
            return Some("only one of minor and symmetric synchronize can be selected");
        }
        if self.contains(Fu::DATA_SEPARATION | Fu::ACTIVITY_MANAGEMENT) {
            return Some("data separation and activity management exclude each other");
        }
        self.why_not_proposed()
    }

    /// True if initial serial numbers are needed: a synchronize functional unit, and no activities, which set the numbers
    /// themselves (X.225 5.8.3).
    pub fn needs_initial_serial_number(self) -> bool {
        use FunctionalUnits as Fu;
        self.intersects(Fu::MINOR_SYNC | Fu::SYMMETRIC_SYNC | Fu::MAJOR_SYNC | Fu::RESYNCHRONIZE)
            && !self.contains(Fu::ACTIVITY_MANAGEMENT)
    }
}

bitflags! {
    /// Tokens by their bits in the Token Item (X.225 8.3.16, PI 16).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct Tokens: u8 {
        /// The data token.
        const DATA = 0x01;
        /// The synchronize-minor token.
        const SYNCHRONIZE_MINOR = 0x04;
        /// The major/activity token.
        const MAJOR_ACTIVITY = 0x10;
        /// The release token.
        const RELEASE = 0x40;
    }
}

bitflags! {
    /// Protocol versions by their bits in Version Number (X.225 8.3.1, PI 22).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Versions: u8 {
        /// Protocol version 1.
        const V1 = 0x01;
        /// Protocol version 2: unlimited user data, segmentation of every SPDU.
        const V2 = 0x02;
    }
}

impl Default for Versions {
    /// Both.
    fn default() -> Versions {
        Versions::V1 | Versions::V2
    }
}

/// A synchronization point serial number. The protocol carries decimal digits; this library computes with up to 18 of
/// them (X.225 8.3.1 PI 23, and PI 56 for more than 6).
pub type SerialNumber = u64;

/// The side a token starts on (X.225 8.3.1 and 8.3.24, Token Setting Item, PI 26).
///
/// The numbers are the bit pairs of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum TokenSide {
    /// The side that sent CONNECT or RESYNCHRONIZE.
    #[default]
    Requestor = 0,
    /// The side that answers.
    Acceptor = 1,
    /// The user of the side that answers chooses.
    AcceptorChooses = 2,
}

/// One side for each token (X.225 8.3.1, Token Setting Item). Sides of tokens that do not exist are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct TokenAssignment {
    /// The data token.
    pub data: TokenSide,
    /// The synchronize-minor token.
    pub synchronize_minor: TokenSide,
    /// The major/activity token.
    pub major_activity: TokenSide,
    /// The release token.
    pub release: TokenSide,
}

impl TokenAssignment {
    /// Every token on the same side.
    pub const fn all(side: TokenSide) -> TokenAssignment {
        TokenAssignment { data: side, synchronize_minor: side, major_activity: side, release: side }
    }

    /// The side of one token; `token` must be a single bit, otherwise the data token's side is returned.
    pub fn side(&self, token: Tokens) -> TokenSide {
        match token {
            Tokens::SYNCHRONIZE_MINOR => self.synchronize_minor,
            Tokens::MAJOR_ACTIVITY => self.major_activity,
            Tokens::RELEASE => self.release,
            _ => self.data,
        }
    }

    /// Sets the side of each of these tokens.
    pub fn set(&mut self, tokens: Tokens, side: TokenSide) {
        if tokens.contains(Tokens::DATA) {
            self.data = side;
        }
        if tokens.contains(Tokens::SYNCHRONIZE_MINOR) {
            self.synchronize_minor = side;
        }
        if tokens.contains(Tokens::MAJOR_ACTIVITY) {
            self.major_activity = side;
        }
        if tokens.contains(Tokens::RELEASE) {
            self.release = side;
        }
    }

    /// The octet of the protocol: bit pairs release, major/activity, synchronize-minor, data.
    pub const fn to_octet(self) -> u8 {
        (self.release as u8) << 6
            | (self.major_activity as u8) << 4
            | (self.synchronize_minor as u8) << 2
            | self.data as u8
    }

    /// Reads the octet of the protocol. The tokens whose pair has the reserved value 11 come second; their side in the
    /// result is the requestor's.
    pub fn from_octet(octet: u8) -> (TokenAssignment, Tokens) {
        let mut assignment = TokenAssignment::default();
        let mut reserved = Tokens::empty();
        for (shift, token) in [
            (0, Tokens::DATA),
            (2, Tokens::SYNCHRONIZE_MINOR),
            (4, Tokens::MAJOR_ACTIVITY),
            (6, Tokens::RELEASE),
        ] {
            match octet >> shift & 3 {
                0 => {}
                1 => assignment.set(token, TokenSide::Acceptor),
                2 => assignment.set(token, TokenSide::AcceptorChooses),
                _ => reserved |= token,
            }
        }
        (assignment, reserved)
    }
}

/// Session connection identifier (X.225 8.3.1, PGI 1). Transparent to the session layer; an empty field is absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct ConnectionIdentifier {
    /// Calling SS-user Reference in CONNECT, Called SS-user Reference in ACCEPT and REFUSE; 0 to 64 octets.
    pub ss_user_reference: Bytes,
    /// Common Reference, 0 to 64 octets.
    pub common_reference: Bytes,
    /// Additional Reference Information, 0 to 4 octets.
    pub additional_reference: Bytes,
}

impl ConnectionIdentifier {
    /// True if nothing is there.
    pub fn is_empty(&self) -> bool {
        self.ss_user_reference.is_empty()
            && self.common_reference.is_empty()
            && self.additional_reference.is_empty()
    }
}

/// TSDU Maximum Size (X.225 8.3.1, PI 21), both directions seen from the initiator; 0 is "not limited".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct TsduSizes {
    /// From the initiator to the responder, octets.
    pub initiator_to_responder: u16,
    /// From the responder to the initiator, octets.
    pub responder_to_initiator: u16,
}

impl TsduSizes {
    /// What two proposals select, per direction: not limited if either says so, otherwise the smaller (X.225 5.8.6, 6.3.6).
    pub fn select(self, other: TsduSizes) -> TsduSizes {
        let pick = |a: u16, b: u16| if a == 0 || b == 0 { 0 } else { a.min(b) };
        TsduSizes {
            initiator_to_responder: pick(self.initiator_to_responder, other.initiator_to_responder),
            responder_to_initiator: pick(self.responder_to_initiator, other.responder_to_initiator),
        }
    }

    /// True if neither direction is limited.
    pub fn is_unlimited(self) -> bool {
        self == TsduSizes::default()
    }
}

/// Enclosure Item (X.225 8.3.4, PI 25): which part of an SSDU this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enclosure {
    /// 00: neither beginning nor end.
    Middle = 0,
    /// 01: beginning, not end.
    First = 1,
    /// 02: end, not beginning.
    Last = 2,
    /// 03: beginning and end. DT and TD only.
    Single = 3,
}

impl Enclosure {
    /// From bits 1 and 2; reserved bits are ignored.
    pub const fn from_bits(octet: u8) -> Enclosure {
        match octet & 3 {
            0 => Enclosure::Middle,
            1 => Enclosure::First,
            2 => Enclosure::Last,
            _ => Enclosure::Single,
        }
    }
}

/// Resync Type (X.225 8.3.24, PI 27 and 53).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResyncType {
    /// Go back to a synchronization point that was used before.
    Restart = 0,
    /// Give up what is under way; go on with an unused number.
    Abandon = 1,
    /// Go on with any number.
    Set = 2,
}

/// Prepare Type (X.225 8.3.26, PI 24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrepareType {
    /// MAJOR SYNC ACK or ACTIVITY END ACK follows.
    MajorSyncAck = 1,
    /// RESYNCHRONIZE, ACTIVITY INTERRUPT or ACTIVITY DISCARD follows.
    Resynchronize = 2,
    /// The acknowledgement of one of these follows.
    ResynchronizeAck = 3,
    /// ABORT follows.
    Abort = 4,
}

bitflags! {
    /// Transport Disconnect (X.225 8.3.9, PI 17). RF and FN know only the first bit.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct TransportDisconnect: u8 {
        /// The transport connection is to be released; without this bit it is kept for reuse.
        const RELEASE = 0x01;
        /// User abort.
        const USER_ABORT = 0x02;
        /// Protocol error.
        const PROTOCOL_ERROR = 0x04;
        /// No reason.
        const NO_REASON = 0x08;
        /// Implementation restriction stated in the PICS.
        const IMPLEMENTATION_RESTRICTION = 0x10;
    }
}

/// Reason codes of REFUSE (X.225 8.3.5, PI 50), each with what it means to a person.
pub mod refuse_reason {
    /// Rejection by the called SS-user, reason not specified.
    pub const USER: u8 = 0;
    /// Rejection by the called SS-user, temporary congestion.
    pub const USER_CONGESTION: u8 = 1;
    /// Rejection by the called SS-user, user data may follow.
    pub const USER_DATA: u8 = 2;
    /// Session selector unknown.
    pub const SELECTOR_UNKNOWN: u8 = 129;
    /// SS-user not attached to the SSAP.
    pub const USER_NOT_ATTACHED: u8 = 130;
    /// SPM congestion at connect time.
    pub const CONGESTION: u8 = 131;
    /// Proposed protocol versions not supported.
    pub const VERSIONS: u8 = 132;
    /// Rejection by the SPM, reason not specified.
    pub const SPM: u8 = 133;
    /// Rejection by the SPM, implementation restriction stated in the PICS.
    pub const RESTRICTION: u8 = 134;

    /// The reason in words.
    pub const fn text(code: u8) -> &'static str {
        match code {
            USER => "rejected by the called SS-user, reason not specified",
            USER_CONGESTION => "rejected by the called SS-user, temporary congestion",
            USER_DATA => "rejected by the called SS-user, see its user data",
            SELECTOR_UNKNOWN => "session selector unknown",
            USER_NOT_ATTACHED => "SS-user not attached to the SSAP",
            CONGESTION => "SPM congestion at connect time",
            VERSIONS => "proposed protocol versions not supported",
            SPM => "rejected by the SPM, reason not specified",
            RESTRICTION => "rejected by the SPM, implementation restriction",
            _ => "reserved reason code",
        }
    }
}

/// Reason codes of EXCEPTION DATA, ACTIVITY INTERRUPT and ACTIVITY DISCARD (X.225 8.3.28, PI 50; X.215 S-U-EXCEPTION-REPORT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ExceptionReason {
    /// Non-specific error.
    #[default]
    NonSpecific = 0,
    /// SS-user receiving ability jeopardized.
    ReceivingAbilityJeopardized = 1,
    /// Sequence error.
    SequenceError = 3,
    /// Local SS-user error.
    LocalUserError = 5,
    /// Unrecoverable procedural error.
    UnrecoverableProceduralError = 6,
    /// Demand data token.
    DemandDataToken = 128,
}

impl ExceptionReason {
    /// From the code of the protocol; reserved codes give `None`.
    pub const fn from_code(code: u8) -> Option<ExceptionReason> {
        Some(match code {
            0 => ExceptionReason::NonSpecific,
            1 => ExceptionReason::ReceivingAbilityJeopardized,
            3 => ExceptionReason::SequenceError,
            5 => ExceptionReason::LocalUserError,
            6 => ExceptionReason::UnrecoverableProceduralError,
            128 => ExceptionReason::DemandDataToken,
            _ => return None,
        })
    }
}

fn names<T: Copy>(f: &mut fmt::Formatter<'_>, all: impl Iterator<Item = (&'static str, T)>) -> fmt::Result {
    let mut first = true;
    for (name, _) in all {
        if !core::mem::take(&mut first) {
            f.write_str(", ")?;
        }
        for c in name.chars() {
            fmt::Write::write_char(f, if c == '_' { '-' } else { c.to_ascii_lowercase() })?;
        }
    }
    if first { f.write_str("none") } else { Ok(()) }
}

impl fmt::Display for FunctionalUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        names(f, self.iter_names())
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        names(f, self.iter_names())
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bits() {
            1 => f.write_str("1"),
            2 => f.write_str("2"),
            3 => f.write_str("1 and 2"),
            _ => f.write_str("none"),
        }
    }
}
