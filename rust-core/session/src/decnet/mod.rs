//! DECnet Phase IV: an end node with its circuit, its objects and its logical links.
//!
//! A [`DecnetEndpoint`] is a node (`area.node`) with one circuit: Multinet over TCP or UDP, to a router or to another end node, or an
//! Ethernet. Programs call objects at
//! nodes by number or name ([`DecnetEndpoint::connect`]) and answer to objects of their own ([`DecnetEndpoint::listen`]); what comes of it is a
//! [`LogicalLink`], which carries messages, interrupt messages and a disconnect with data.
//!
//! It is driven as an [`Endpoint`](crate::Endpoint) is: by calls that wait, by [`DecnetEndpoint::dispatch`], by a background thread
//! ([`DecnetEndpoint::start`]), or from an event loop that watches [`DecnetEndpoint::descriptor`]. A link whose endpoint nobody drives stands still: its
//! peer's node will give it up.
//!
//! The engine below is [`osisession_proto::scp::Node`](crate::proto::scp::Node); nothing of the protocol is decided here.
//!
//! ```
//! use osisession::decnet::{Circuit, ConnectOptions, DecnetConfig, DecnetEndpoint, EndUser, LinkEvent, Object};
//! use std::time::Duration;
//!
//! let wait = Some(Duration::from_secs(10));
//! let there = DecnetEndpoint::new(DecnetConfig::new("1.1".parse()?, Circuit::listen("127.0.0.1:0")))?;
//! let mirror = there.listen(Object::numbered(25).with_name("MIRROR"))?;
//! there.start()?;
//!
//! let circuit = Circuit::connect(&there.local_address().expect("it listens"));
//! let here = DecnetEndpoint::new(DecnetConfig::new("1.2".parse()?, circuit).with_node("THERE", "1.1".parse()?)?)?;
//! here.start()?;
//! let link = here.connect("there", EndUser::named("mirror"), ConnectOptions::default())?;
//! let call = mirror.accept(wait)?;
//! let answering = call.accept("welcome")?;
//! assert_eq!(link.wait_connected(wait)?, "welcome");
//! link.send("hello")?;
//! assert_eq!(answering.receive(wait)?, "hello");
//! link.disconnect("bye")?;
//! assert!(matches!(answering.next_event(wait)?, LinkEvent::Disconnected { data, .. } if data == "bye"));
//! # Ok::<(), osisession::Error>(())
//! ```
mod circuit;
mod config;
mod core;
mod endpoint;
mod link;
mod listener;
mod log;
mod records;
mod wire;

pub use config::{Circuit, DecnetConfig};
pub use endpoint::{CircuitEvent, DecnetEndpoint, DecnetReady};
pub use link::{LinkEvent, LogicalLink};
pub use listener::{IncomingLink, ObjectListener};
pub use osisession_proto::scp::nsp::{Counters as NspCounters, FlowControl};
pub use osisession_proto::scp::port::table::State as LinkState;
pub use osisession_proto::scp::routing::circuit::Neighbour;
pub use osisession_proto::scp::{
    AccessControl, Account, ConnectOptions, Destination, EndUser, Limits as DecnetLimits, NodeAddress,
    NodeName, Object, Password, Reason,
};

pub(crate) use self::core::Core;
