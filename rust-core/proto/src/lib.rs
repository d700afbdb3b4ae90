//! Sans-I/O engines and codecs of the OSI session layer.
//!
//! Octets, service requests and time go in; events, octets and the next deadline come out. There is no socket,
//! thread, clock, lock, file or environment below this line: `clippy.toml` beside this crate forbids them.
//!
//! | module | what it is | source |
//! |---|---|---|
//! | [`x225`] | the session protocol machine, its SPDUs and its state tables | X.215, X.225 |
//! | [`scp`] | DECnet session control, NSP, routing of an end node, Multinet | DNA Session Control, NSP, Routing |
//! | [`zip`] | AppleTalk zone information, node and router | Inside AppleTalk, 2nd edition; AppleTalk Phase 2 |
//! | [`reconnect`] | a session opened on demand, and again, and closed when idle | |
//! | [`rpc`] | requests and responses over a session | `docs/rpc.md` |
//! | [`transfer`] | reliable transfer of whole APDUs in activities, with recovery | X.218, X.228 |
//! | [`transport`] | TPKT and COTP class 0 | RFC 1006, RFC 2126, X.224 |
//! | [`error`] | whose fault it is, and where | |
//! | [`limits`] | every limit, with its reason | |
//! | [`time`] | an instant that nobody can ask the system for | |
#![forbid(unsafe_code)]

pub mod error;
pub mod limits;
pub mod reconnect;
pub mod rpc;
pub mod scp;
pub mod time;
pub mod transfer;
pub mod transport;
pub mod x225;
pub mod zip;

pub use bytes::Bytes;
pub use error::{Error, ErrorKind, Layer};
pub use limits::Limits;
pub use time::Instant;
