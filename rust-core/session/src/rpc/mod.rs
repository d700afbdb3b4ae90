//! Requests and responses over sessions, for users: `docs/rpc.md`, section 7.
//!
//! A [`Client`] keeps one session to a server: it is opened by the first request, opened again after a loss, and closed when idle if that is
//! wanted. A [`Server`] gives the requests of all its clients to a handler, or to whoever takes them. Each request gets exactly one outcome, and a
//! failure says whether the request was carried out, was not, or nobody knows ([`Failure`]).
//!
//! Three ways to ask: [`Client::request`] waits; [`Client::start`] gives a [`Call`], which is waited for later or is awaited as a future;
//! [`Client::start_with`] calls back. Many requests may be under way at once, and responses come in any order. Both sides may ask: a server by
//! [`Request::peer`], a client carries out what [`Client::serve`] says.
//!
//! As with sessions, everything happens while the endpoint is driven: by [`crate::Endpoint::start`], by the caller's loop, or by the call that
//! waits.
//!
//! ```
//! use osisession::rpc::{Client, ClientConfig, Server, ServerConfig};
//! use osisession::{Endpoint, EndpointConfig};
//! use std::time::Duration;
//!
//! let endpoint = Endpoint::new(EndpointConfig::default())?;
//! endpoint.start()?;
//! let server = Server::new(&endpoint, "127.0.0.1:0", ServerConfig::default())?;
//! server.serve(|request| {
//!     let answer = request.data().to_ascii_uppercase();
//!     let _ = request.respond(answer);
//! });
//! let client = Client::new(&endpoint, &server.local_address(), ClientConfig::default())?;
//! assert_eq!(client.request("hello", Some(Duration::from_secs(10)))?, "HELLO");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
mod client;
mod config;
mod core;
mod failure;
#[cfg(feature = "durable")]
mod journal;
#[cfg_attr(not(feature = "durable"), allow(dead_code, reason = "without journals nothing is kept"))]
mod keep;
mod peer;
mod request;
mod server;
mod service;
mod slot;
mod state;

pub use client::Client;
pub use config::{ClientConfig, Options, ServerConfig, ServiceConfig};
pub use failure::Failure;
#[cfg(feature = "durable")]
pub use journal::RequestJournal;
pub use osisession_proto::rpc::{AssociationId, Config, Retry, Why, code};
pub use peer::{Call, Peer};
pub use request::Request;
pub use server::{Server, ServerEvent};
pub use slot::Answer;
