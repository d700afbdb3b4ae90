//! What is accepted though the standard calls it invalid: each a named switch.
use bitflags::bitflags;

bitflags! {
    /// Deviations of real stacks that do no harm.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Leniency: u32 {
        /// A DATA TRANSFER without the GIVE TOKENS before it (X.225 6.3.7).
        const BARE_DATA = 1 << 0;
        /// Any other category 2 SPDU without its prefix, where its identifier is unambiguous (X.225 6.3.7).
        const MISSING_PREFIX = 1 << 1;
        /// GIVE TOKENS where PLEASE TOKENS is right, or the other way round (X.225 Table 7).
        const WRONG_PREFIX = 1 << 2;
        /// Extended concatenation from a peer that was not told it may (X.225 6.3.7).
        const EXTENDED_NOT_AGREED = 1 << 3;
        /// A parameter that is defined, but not for this SPDU (X.225 8.2.6): skipped.
        const MISPLACED_PARAMETER = 1 << 4;
        /// Parameters out of ascending order (X.225 8.2.6).
        const ORDER = 1 << 5;
        /// The same parameter twice: the first counts (X.225 8.2.6).
        const DUPLICATE = 1 << 6;
        /// A REFUSE whose inner lengths do not fit: what can be read counts.
        const REFUSE_LENGTHS = 1 << 7;
        /// Enclosure Item 03 on a complete SPDU that needs none (X.225 8.3.4).
        const ENCLOSURE_SINGLE = 1 << 8;
        /// A data SPDU without its Enclosure Item though a maximum TSDU size was selected: counts as complete.
        const ENCLOSURE_MISSING = 1 << 9;
        /// An ABORT without Transport Disconnect (X.225 8.3.9).
        const ABORT_WITHOUT_REASON = 1 << 10;
        /// User data in an ABORT that is not a user abort, or more of it than the version allows (X.225 8.3.9).
        const ABORT_DATA = 1 << 11;
        /// An ACCEPT without Session User Requirements, or with none of them: as proposed (X.225 8.3.4).
        const ABSENT_REQUIREMENTS = 1 << 12;
        /// Resync Type in a RESYNCHRONIZE ACK without symmetric synchronize (X.225 8.3.25): ignored.
        const RESYNC_TYPE_IN_ACK = 1 << 13;
        /// RESYNCHRONIZE without Token Setting Item though tokens exist: all to the requestor.
        const TOKEN_SETTING_MISSING = 1 << 14;
        /// Session User Requirements in a REFUSE whose reason is not 2 (X.225 8.3.5).
        const REFUSE_REQUIREMENTS = 1 << 15;
        /// More user data in a FINISH or a DISCONNECT than version 1 allows (X.225 8.3.6, 8.3.7).
        const RELEASE_DATA = 1 << 16;
        /// A RESYNCHRONIZE ACK to an abandon whose serial number is below V(M) (X.225 7.25.1, Table A.7 p49): both sides go on with it.
        const ABANDON_NUMBER = 1 << 17;
        /// After a collision of releases, a DISCONNECT before the session initiator sent its own (X.225 Table A.15, p69, p01): it waits.
        const EARLY_DISCONNECT = 1 << 18;
        /// An ACCEPT whose length indicator is one too large, or whose User Data has length 0 with the data behind it (X.225 8.2.5):
        /// the end of the TSDU counts.
        const ACCEPT_LENGTH = 1 << 19;
        /// A FINISH that is answered by closing the transport connection instead of a DISCONNECT (X.225 7.7, Table A.15): released.
        const RELEASE_BY_CLOSE = 1 << 20;
    }
}

impl Leniency {
    /// None: everything that the standard calls invalid is refused.
    pub const STRICT: Leniency = Leniency::empty();
    /// All of them.
    pub const TOLERANT: Leniency = Leniency::all();
}

/// A leniency that was needed, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Which.
    pub leniency: Leniency,
    /// Octets from the start of the TSDU.
    pub offset: usize,
}
