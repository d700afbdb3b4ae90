//! The network services protocol: logical links over a network that loses, doubles and reorders (DNA NSP 4.0.1).
//!
//! | module | what it is |
//! |---|---|
//! | [`message`] | the messages and their octets |
//! | [`number`] | segment numbers, modulo 4096 |
//! | [`service`] | what session control asks and is told: the port between the two |
//! | [`table`] | the state table of a link |
//! | [`Nsp`] | all links of a node |
mod actions;
mod config;
mod engine;
mod incoming;
mod link;
pub mod message;
pub mod number;
mod receiver;
mod sender;
pub mod service;
pub mod table;

pub use config::{Config, Counters, Packet};
pub use engine::Nsp;
pub use message::{FlowControl, Message, Version};
pub use number::Number;
pub use service::{LinkId, NspIndication, NspRequest};
