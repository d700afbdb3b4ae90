//! The C ABI of osisession, as libosisession. Its documentation is the header, `include/osisession.h`, which is generated
//! from the comments here.
//!
//! | module | what it is |
//! |---|---|
//! | `boundary` | the one place where calls come in: panics stop here, pointers are checked here |
//! | `handle` | handles: looked up, never dereferenced |
//! | `status`, `error_info` | status codes, and errors by value |
//! | `config`, `event`, `octets` | what goes in and what comes out, as sized structs |
//! | `endpoint`, `listener`, `session`, `primitive`, `transport` | the functions |
//! | `diagnosis`, `cause` | why there is no session: cause, hints, what passed |
//! | `data` | S-DATA from pieces and from lent memory |
//! | `stream` | TPKT that the caller carries |
//! | `log` | log lines |
//! | `process` | fork, signals |
//! | `record` | every call as a text that can be run again |
//! | `scp`, `scp_link` | DECnet: nodes, objects, logical links |
//! | `rpc`, `rpc_server` | requests and responses |
//! | `spdu` | the codec for tools |
//! | `tls` | TLS below TPKT |
//! | `zip`, `zip_event`, `zip_request`, `zip_router` | AppleTalk zone information: nodes and routers |
//! | `table`, `library` | the table of functions for dlopen, versions |
#![allow(non_camel_case_types)]
// The promises of every function are in the header, and the same for all: pointers are NULL or valid.
#![allow(clippy::missing_safety_doc)]

mod boundary;
pub mod cause;
pub mod config;
pub mod data;
pub mod diagnosis;
pub mod dialogue;
pub mod durable;
pub mod endpoint;
pub mod error_info;
pub mod event;
mod handle;
pub mod journal;
#[cfg(test)]
mod layout;
pub mod library;
pub mod listener;
pub mod log;
pub mod octets;
pub mod primitive;
pub mod process;
pub mod profile;
pub mod record;
pub mod rpc;
pub mod rpc_server;
pub mod scp;
pub mod scp_link;
pub mod session;
pub mod spdu;
pub mod status;
pub mod stream;
mod structs;
pub mod table;
pub mod tls;
pub mod transport;
pub mod zip;
pub mod zip_event;
pub mod zip_request;
pub mod zip_router;
