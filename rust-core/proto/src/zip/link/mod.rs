//! Links: LocalTalk, LocalTalk over UDP and EtherTalk, as one engine that has an address and carries datagrams.
mod candidates;
pub mod elap;
mod engine;
pub mod llap;
mod receive;
mod resolver;
pub mod table;

pub use engine::{Arrival, Claim, Counters, Hop, Link, Medium};
