//! The network services protocol: logical links (DNA NSP 4.0.1).
pub mod message;
pub mod number;

pub use message::{FlowControl, Message, Version};
pub use number::Number;
