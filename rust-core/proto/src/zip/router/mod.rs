//! A router: ports, routes, zone information, and the answers to nodes.
mod config;
mod forward;
mod names;
mod port;
pub mod port_table;
pub mod route;
mod routing;
mod service;
mod zip;
pub mod zit;

pub use config::{Counters, PortConfig, PortId, RouterConfig, RouterEvent, Seed};
pub use service::ZoneRouter;
