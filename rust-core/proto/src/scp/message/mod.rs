//! What session control puts into the messages of NSP (DNA Session Control 1.0.0, messages).
//!
//! Session control has no header of its own on data. Connect data fill the rest of a Connect Initiate; accept data, reject data and
//! disconnect data are image fields of up to 16 octets in a Connect Confirm or a Disconnect Initiate.
mod access;
mod connect;
mod descriptor;

pub use access::{AccessControl, Password};
pub use connect::ConnectData;
pub use descriptor::EndUser;

use super::octets::{Reader, SESSION_CONTROL, put_image};
use crate::error::Result;
use bytes::{Bytes, BytesMut};

/// Octets of user data in a connect, an accept, a reject, a disconnect or an abort, and of an interrupt message.
pub const MAX_USER_DATA: usize = 16;
/// Octets of each access control field: user name, password, account.
pub const MAX_ACCESS: usize = 39;
/// Octets of connect data at most, with every field at its limit.
pub const MAX_CONNECT_DATA: usize = 2 * 19 + 1 + 3 * (MAX_ACCESS + 1) + MAX_USER_DATA + 1;

/// Reads accept, reject or disconnect data by the letter.
///
/// # Errors
/// `Peer`: the length octet is missing, above 16, or runs past the end. What arrives in a Connect Confirm or a Disconnect
/// Initiate is read by [`tolerant_user_data`] instead.
pub fn decode_user_data(octets: &Bytes) -> Result<Bytes> {
    Reader::new(octets, SESSION_CONTROL, "user data").image(MAX_USER_DATA, "DATA-CTL", None)
}

/// Reads accept, reject or disconnect data as it comes from real nodes: what [`decode_user_data`] refuses is empty data.
pub fn tolerant_user_data(octets: &Bytes) -> Bytes {
    decode_user_data(octets).unwrap_or_default()
}

/// Writes accept, reject or disconnect data; the length octet is always there.
///
/// # Errors
/// `Invalid`: more than 16 octets.
pub fn encode_user_data(data: &[u8], out: &mut BytesMut) -> Result<()> {
    put_image(out, data, MAX_USER_DATA, "user data")
}
