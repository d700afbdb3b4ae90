//! AppleTalk zone information over real networks: a node ([`ZoneClient`]) and a router ([`ZoneRouter`]) on LocalTalk over UDP
//! ([`LocalTalkUdp`]) and, on Linux, EtherTalk ([`EtherTalk`]).
//!
//! The engines are those of [`osisession_proto::zip`]; here they get sockets, a clock and random numbers. A node or router belongs to
//! one thread at a time and has none of its own: calls that wait drive it, and so does [`ZoneClient::dispatch`] from an event loop that
//! watches [`ZoneClient::descriptor`] and [`ZoneClient::next_timeout`]. [`Shared`] is one that several threads use.
//!
//! LocalTalk over UDP is a multicast group that every station of the host or of the link shares. Nobody is authenticated there, nor on
//! EtherTalk: whoever can send to the group or the link can claim to be a router.
mod client;
mod driver;
mod notation;
mod router;
mod segment;
mod shared;
mod wire;

pub use client::{ClientOptions, Joined, ZoneClient};
pub use osisession_proto::zip::nbp::Tuple;
pub use osisession_proto::zip::node::{EchoId, LookupId, NodeEvent, RequestId};
pub use osisession_proto::zip::router::{PortId, RouterEvent, Seed};
pub use osisession_proto::zip::{Address, Entity, Name, NetworkRange, NodeAddress, ZoneCall, ZoneName};
pub use router::{RouterOptions, RouterPort, ZoneRouter};
pub use segment::{EtherTalk, Segment};
pub use shared::{Driven, Pending, Shared};
pub use wire::LocalTalkUdp;
