//! The routing layer of a Phase IV end node (DNA Routing 2.0.0).
//!
//! | module | what it is |
//! |---|---|
//! | [`packet`] | data packets, short and long |
//! | [`control`] | initialization, verification, hellos |
//! | [`table`] | the state table of a circuit from point to point |
//! | [`circuit`] | that circuit |
//! | [`broadcast`] | an Ethernet |
pub mod broadcast;
pub mod circuit;
pub mod control;
pub mod packet;
pub mod table;

pub use broadcast::Broadcast;
pub use circuit::{Circuit, Neighbour};
pub use control::{Control, EndNodeHello, Initialization, NodeType, RouterHello};
pub use packet::DataPacket;
