//! DECnet Phase IV: session control, and what an end node needs below it.
pub mod address;
pub mod ethernet;
pub mod message;
pub mod multinet;
pub mod nsp;
mod octets;
pub mod reason;
pub mod routing;

pub use address::{NodeAddress, NodeName};
pub use message::{AccessControl, ConnectData, EndUser, Password};
pub use reason::Reason;
