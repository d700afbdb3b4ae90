//! Reliable transfer of whole APDUs to and from any peer that speaks RTSE over the session service (X.218, X.228 in X.410-1984 mode),
//! or its use of activities under SS-user data of the user's own. A transfer goes on where the peer has confirmed it, on another
//! connection if need be. `docs/transfer.md` says what is promised with which peer.
//!
//! ```no_run
//! use osisession::Endpoint;
//! use osisession::transfer::{Acceptor, AcceptorConfig, Association, CallConfig, Outcome, SendOptions};
//! use std::time::Duration;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::new(Default::default())?;
//! let acceptor = Acceptor::listen(&endpoint, "127.0.0.1:0", AcceptorConfig::default())?;
//! let sender = Association::call(&endpoint, &acceptor.local_address(), CallConfig::default())?;
//! let id = sender.send("a large report", SendOptions::default())?;
//! let receiver = acceptor.accept(Some(Duration::from_secs(5)))?;
//! let delivery = receiver.receive(Some(Duration::from_secs(5)))?;
//! receiver.taken(delivery.number);
//! assert_eq!(sender.wait_outcome(id, None)?, Outcome::Delivered);
//! # Ok(())
//! # }
//! ```
//!
//! Everything here happens while the endpoint is driven, as with sessions.
mod acceptor;
mod association;
mod config;
mod core;
mod keep;

pub use acceptor::Acceptor;
pub use association::{Association, Delivery};
pub use config::{AcceptorConfig, CallConfig, Classify, SendOptions};
pub use osisession_proto::transfer::{
    AbortReason, Config, Event, Form, LinkState, Opening, Outcome, Plain, Progress, ReceiverState, Reference,
    RefuseReason, Retries, Stage, UNITS, Why,
};
