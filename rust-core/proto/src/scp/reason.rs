//! Reasons of a reject or a disconnect (DNA Session Control 1.0.0, reason codes; DNA NSP 4.0.1).
use core::fmt;

/// Why a link was refused or ended: 16 bits. Codes that no table has are kept as they came. The default is 0, by the end user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Reason(u16);

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $text:literal;)+) => {
        impl Reason {
            $($(#[doc = $doc])+ pub const $name: Reason = Reason($code);)+

            /// What the code means; `None` for a code that no table has.
            pub const fn meaning(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($text),)+
                    _ => None,
                }
            }
        }

        /// Every code that has a meaning.
        pub const REASONS: &[Reason] = &[$(Reason::$name),+];
    };
}

reasons! {
    /// Rejected or disconnected by the end user.
    BY_END_USER = 0, "rejected or disconnected by the end user";
    /// The remote NSP has no room for another link (Disconnect Confirm only).
    NO_RESOURCES = 1, "no resources for another link";
    /// The name of the node is in no table here; nothing was sent.
    NODE_NAME_UNKNOWN = 2, "node name not known";
    /// The remote node is shutting down.
    NODE_SHUTTING_DOWN = 3, "the node is shutting down";
    /// Nobody answers to that object.
    NO_SUCH_OBJECT = 4, "no such object";
    /// The connect data or a name in it is badly formed.
    CONNECT_DATA_INVALID = 5, "connect data or object name badly formed";
    /// The object takes no more links.
    OBJECT_BUSY = 6, "object too busy";
    /// No reason was given.
    UNSPECIFIED = 7, "unspecified";
    /// Aborted by management.
    BY_THIRD_PARTY = 8, "aborted by a third party";
    /// Aborted by the end user.
    ABORTED = 9, "aborted by the end user";
    /// The name of the node is badly formed; nothing was sent.
    NODE_NAME_INVALID = 10, "node name badly formed";
    /// This node is shutting down.
    LOCAL_SHUTTING_DOWN = 11, "local node shutting down";
    /// The node lacks resources (old implementations).
    NODE_RESOURCES = 32, "node lacks resources";
    /// The end user lacks resources (old implementations).
    END_USER_RESOURCES = 33, "end user lacks resources";
    /// User name or password not accepted.
    ACCESS_REFUSED = 34, "user name or password not accepted";
    /// Account not accepted.
    ACCOUNT_REFUSED = 36, "account not accepted";
    /// The object did not answer in time, or failed.
    NO_ANSWER = 38, "object did not answer in time, or failed";
    /// The node cannot be reached, or was lost.
    UNREACHABLE = 39, "node unreachable";
    /// No such link (Disconnect Confirm only).
    NO_LINK = 41, "no such link";
    /// The disconnect is complete (Disconnect Confirm only).
    COMPLETE = 42, "disconnect complete";
    /// A field of the connect data is too long.
    FIELD_TOO_LONG = 43, "a field of the connect data is too long";
}

impl Reason {
    /// The reason of a code.
    pub const fn new(code: u16) -> Reason {
        Reason(code)
    }

    /// The code.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// True if session control may send it in a Disconnect Initiate: 1, 41 and 42 belong to NSP.
    pub const fn may_be_sent(self) -> bool {
        !matches!(self, Reason::NO_RESOURCES | Reason::NO_LINK | Reason::COMPLETE)
    }
}

impl From<u16> for Reason {
    fn from(code: u16) -> Reason {
        Reason(code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(text) => write!(f, "{} ({text})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
