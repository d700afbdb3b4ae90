//! A node: on datagrams, as [`ZoneMachine`], and on a link of its own, as [`ZoneClient`].
mod client;
mod event;
mod incoming;
mod machine;
mod names;
mod nonextended;
mod steps;
pub mod table;
mod zones;

pub use client::{ClientConfig, ZoneClient};
pub use event::{Counters, EchoId, LookupId, NodeEvent, Output, RequestId};
pub use machine::{MachineConfig, NotifyPolicy, Stored, ZoneMachine};
