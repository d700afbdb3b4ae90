//! Sessions in pcap and pcapng files.
//!
//! [`Capture`] reads a capture from any stream, puts the TCP connections in it together and feeds them to the
//! [passive decoder](osisession_proto::x225::passive). The file is never held as a whole.
//!
//! | file | what it is |
//! |---|---|
//! | `file.rs` | pcap and pcapng: packets, their link type and time |
//! | `packet.rs` | Ethernet, Linux cooked, loopback and raw IP, down to a TCP segment |
//! | `tcp.rs` | one direction of a TCP connection: order, retransmission, overlap, gaps |
//! | `follow.rs` | connections and their decoders |
//!
//! IP fragments are not put together: TCP stacks do not send them.
#![forbid(unsafe_code)]

mod file;
mod follow;
mod packet;
mod tcp;

pub use file::{CaptureError, is_capture};
pub use follow::{Capture, Connection, Options, Seen, Statistics};
