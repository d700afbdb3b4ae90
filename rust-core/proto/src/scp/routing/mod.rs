//! The routing layer of a Phase IV end node (DNA Routing 2.0.0).
pub mod control;
pub mod packet;

pub use control::{Control, EndNodeHello, Initialization, NodeType, RouterHello};
pub use packet::DataPacket;
