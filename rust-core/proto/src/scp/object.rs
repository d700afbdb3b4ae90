//! Objects: what can be called at a node, and who may call it (DNA Session Control 1.0.0, object types and access control).
use super::message::{AccessControl, EndUser, Password};
use super::reason::Reason;
use crate::error::{Error, Result};
use bytes::Bytes;

/// An account that an object verifies callers against.
#[derive(Clone, Debug)]
pub struct Account {
    /// User name, compared without regard to case.
    pub user: Bytes,
    /// Password, compared octet by octet.
    pub password: Password,
    /// The account that the caller has to name, if it has to.
    pub account: Option<Bytes>,
}

/// An object: an end user that can be called, by number, by name or by both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Object {
    /// Its number, 1 to 255. 128 to 255 are free for everybody's use.
    pub number: Option<u8>,
    /// Its name, 1 to 16 octets, compared without regard to case.
    pub name: Option<Bytes>,
    /// Who may call. `None`: anyone; then the object gets the access control fields as they came, the password included.
    pub accounts: Option<Vec<Account>>,
    /// How many links it has at a time; further callers are told "object too busy" (6). Default 256.
    pub max_links: usize,
}

impl Object {
    /// An object by number.
    pub fn numbered(number: u8) -> Object {
        Object { number: Some(number), name: None, accounts: None, max_links: 256 }
    }

    /// An object by name.
    pub fn named(name: impl Into<Bytes>) -> Object {
        Object { number: None, name: Some(name.into()), accounts: None, max_links: 256 }
    }

    /// The same object with a name, too.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Bytes>) -> Object {
        self.name = Some(name.into());
        self
    }

    /// The same object for callers with one of these accounts only.
    #[must_use]
    pub fn with_accounts(mut self, accounts: Vec<Account>) -> Object {
        self.accounts = Some(accounts);
        self
    }

    /// The same object with another number of links at a time.
    #[must_use]
    pub fn with_max_links(mut self, max_links: usize) -> Object {
        self.max_links = max_links;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.number.is_none() && self.name.is_none() {
            return Err(Error::invalid("an object has a number or a name"));
        }
        if self.number == Some(0) {
            return Err(Error::invalid("an object number is 1 to 255; 0 means by name"));
        }
        if let Some(name) = &self.name
            && !(1..=16).contains(&name.len())
        {
            return Err(Error::invalid("the name of an object has 1 to 16 octets"));
        }
        Ok(())
    }

    pub(super) fn answers_to(&self, called: &EndUser) -> bool {
        match called {
            EndUser::Number(number) => self.number == Some(*number),
            EndUser::Name(name) | EndUser::NameWithCodes { name, .. } => {
                self.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name))
            }
        }
    }

    pub(super) fn collides_with(&self, other: &Object) -> bool {
        let number = self.number.is_some() && self.number == other.number;
        let name = match (&self.name, &other.name) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        };
        number || name
    }

    /// Checks access control and takes the password out of it: an object does not see what was checked.
    pub(super) fn verify(
        &self,
        access: Option<AccessControl>,
    ) -> core::result::Result<Option<AccessControl>, Reason> {
        let Some(accounts) = &self.accounts else { return Ok(access) };
        let given = access.ok_or(Reason::ACCESS_REFUSED)?;
        // Every account is compared, so that the time says little about which ones there are.
        let mut found = None;
        for account in accounts {
            let password = account.password.matches(&given.password);
            if account.user.eq_ignore_ascii_case(&given.user) && password {
                found = Some(account);
            }
        }
        let account = found.ok_or(Reason::ACCESS_REFUSED)?;
        match &account.account {
            Some(wanted) if !wanted.eq_ignore_ascii_case(&given.account) => Err(Reason::ACCOUNT_REFUSED),
            _ => Ok(Some(AccessControl { password: Password::default(), ..given })),
        }
    }
}
