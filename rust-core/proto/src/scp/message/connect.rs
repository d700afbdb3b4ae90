//! Connect data: what a Connect Initiate carries for session control (DNA Session Control 1.0.0, connect message).
use super::super::octets::{Reader, SESSION_CONTROL, put_image};
use super::super::reason::Reason;
use super::{AccessControl, EndUser, MAX_ACCESS, MAX_CONNECT_DATA, MAX_USER_DATA, Password};
use crate::error::{Error, Result};
use bytes::{BufMut, Bytes, BytesMut};

/// MENUVER bit 0: access control follows.
const WITH_ACCESS: u8 = 0x01;
/// MENUVER bit 1: user data follow.
const WITH_USER_DATA: u8 = 0x02;
/// MENUVER bit 2: proxy access is asked for.
const PROXY: u8 = 0x04;
/// MENUVER bit 3: the codes of the source descriptor count for proxy access.
const PROXY_BY_CODES: u8 = 0x08;
/// MENUVER bit 7 must be zero.
const MUST_BE_ZERO: u8 = 0x80;

/// Connect data. [`ConnectData::decode`] is strict, as a connect has to be rejected with the right reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectData {
    /// DSTNAME: who is called.
    pub destination: EndUser,
    /// SRCNAME: who calls.
    pub source: EndUser,
    /// RQSTRID, PASSWRD, ACCOUNT: all three or none.
    pub access: Option<AccessControl>,
    /// USRDATA, up to 16 octets. Absent and empty are different on the wire.
    pub user_data: Option<Bytes>,
    /// The caller asks to be let in by who it is.
    pub proxy: bool,
    /// For a proxy: group and user code of the source descriptor count.
    pub proxy_by_codes: bool,
    /// Version of session control, two bits: 0 is 1.0, 1 is 2.0. Ours sends 0; any is accepted.
    pub version: u8,
}

impl ConnectData {
    /// A connect without options.
    pub fn new(destination: EndUser, source: EndUser) -> ConnectData {
        ConnectData {
            destination,
            source,
            access: None,
            user_data: None,
            proxy: false,
            proxy_by_codes: false,
            version: 0,
        }
    }

    /// Reads connect data: what follows SEGSIZE in a Connect Initiate. Octets after the last announced field are ignored.
    ///
    /// # Errors
    /// `Peer`, with the reason code of the reject: 43 if an access control field or the user data are too long, else 5.
    pub fn decode(octets: &Bytes) -> Result<ConnectData> {
        ConnectData::read(octets).map_err(|error| match error.details().reason {
            Some(_) => error,
            None => error.with_reason(u32::from(Reason::CONNECT_DATA_INVALID.code())),
        })
    }

    fn read(octets: &Bytes) -> Result<ConnectData> {
        let mut reader = Reader::new(octets, SESSION_CONTROL, "connect data");
        let destination = EndUser::decode(&mut reader, "DSTNAME")?;
        let source = EndUser::decode(&mut reader, "SRCNAME")?;
        let at = reader.at();
        let menuver = reader.u8("MENUVER")?;
        if menuver & MUST_BE_ZERO != 0 {
            return Err(reader.fault(at, "MENUVER", "bit 7 of MENUVER is set"));
        }
        let too_long = Some(u32::from(Reason::FIELD_TOO_LONG.code()));
        let access = if menuver & WITH_ACCESS != 0 {
            Some(AccessControl {
                user: reader.image(MAX_ACCESS, "RQSTRID", too_long)?,
                password: Password::new(reader.image(MAX_ACCESS, "PASSWRD", too_long)?),
                account: reader.image(MAX_ACCESS, "ACCOUNT", too_long)?,
            })
        } else {
            None
        };
        let user_data = if menuver & WITH_USER_DATA != 0 {
            Some(reader.image(MAX_USER_DATA, "USRDATA", too_long)?)
        } else {
            None
        };
        Ok(ConnectData {
            destination,
            source,
            access,
            user_data,
            proxy: menuver & PROXY != 0,
            proxy_by_codes: menuver & PROXY_BY_CODES != 0,
            version: menuver >> 5 & 3,
        })
    }

    /// Writes connect data.
    ///
    /// # Errors
    /// `Invalid`: an object number of 0, an empty name, a version above 3, or a field above its limit.
    pub fn encode(&self) -> Result<Bytes> {
        let mut out = BytesMut::with_capacity(MAX_CONNECT_DATA);
        self.destination.encode(&mut out, "DSTNAME")?;
        self.source.encode(&mut out, "SRCNAME")?;
        if self.version > 3 {
            return Err(
                Error::invalid("the version of session control has two bits").with_parameter("MENUVER")
            );
        }
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        out.put_u8(
            bit(self.access.is_some(), WITH_ACCESS)
                | bit(self.user_data.is_some(), WITH_USER_DATA)
                | bit(self.proxy, PROXY)
                | bit(self.proxy_by_codes, PROXY_BY_CODES)
                | self.version << 5,
        );
        if let Some(access) = &self.access {
            put_image(&mut out, &access.user, MAX_ACCESS, "RQSTRID")?;
            put_image(&mut out, access.password.reveal(), MAX_ACCESS, "PASSWRD")?;
            put_image(&mut out, &access.account, MAX_ACCESS, "ACCOUNT")?;
        }
        if let Some(user_data) = &self.user_data {
            put_image(&mut out, user_data, MAX_USER_DATA, "USRDATA")?;
        }
        Ok(out.freeze())
    }
}
