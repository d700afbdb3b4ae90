//! The OSI session protocol, X.225 (ISO/IEC 8327-1), and its service, X.215 (ISO/IEC 8326).
//!
//! | module | what it is | source |
//! |---|---|---|
//! | [`parameter`] | functional units, tokens, serial numbers, selectors | X.225 8.3, X.215 |
//! | [`primitive`] | the service primitives | X.215, X.225 Tables A.1, A.3 |
//! | [`spdu`] | structure and encoding of SPDUs | X.225 clause 8 |
//! | [`passive`] | a decoder that only listens | |
//! | [`follow`] | both machines of a connection that is listened to | |
//! | [`port`] | the transport service as the machine uses it | X.214 |
//! | [`table`] | the state tables | X.225 Annex A, Tables A.8 to A.25 |
//! | [`spm`] | the session protocol machine | X.225 clause 7, Annex A |
#![allow(clippy::module_inception)]

pub mod follow;
pub mod names;
pub mod parameter;
pub mod passive;
pub mod port;
pub mod primitive;
pub mod spdu;
pub mod spm;
pub mod table;

pub use parameter::{
    ConnectionIdentifier, FunctionalUnits, SerialNumber, TokenAssignment, TokenSide, Tokens, TsduSizes,
    Versions,
};
pub use primitive::{Event, Request};
pub use spm::Spm;
