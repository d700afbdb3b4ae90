//! Access control information: user name, password, account (DNA Session Control 1.0.0, RQSTRID, PASSWRD, ACCOUNT).
use bytes::Bytes;
use core::fmt;

/// A password. Nothing prints it, its length included.
#[derive(Clone, Default)]
pub struct Password(Bytes);

impl Password {
    /// A password of up to 39 octets.
    pub fn new(password: impl Into<Bytes>) -> Password {
        Password(password.into())
    }

    /// The octets themselves, to be compared or sent; never to be written down.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Compares without saying by its duration where two passwords of one length differ.
    pub fn matches(&self, other: &Password) -> bool {
        let differ = self.0.iter().zip(other.0.iter()).fold(0, |seen, (a, b)| seen | (a ^ b));
        core::hint::black_box(differ) == 0 && self.0.len() == other.0.len()
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Password) -> bool {
        self.matches(other)
    }
}

impl Eq for Password {}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl<T: Into<Bytes>> From<T> for Password {
    fn from(password: T) -> Password {
        Password::new(password)
    }
}

/// The three fields of access control. They travel together; a field that is not used is empty. They travel in clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessControl {
    /// RQSTRID: the user's name, up to 39 octets.
    pub user: Bytes,
    /// PASSWRD: up to 39 octets.
    pub password: Password,
    /// ACCOUNT: up to 39 octets.
    pub account: Bytes,
}
