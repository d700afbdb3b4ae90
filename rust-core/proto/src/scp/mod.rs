//! DECnet Phase IV as an end node speaks it: session control, and what it needs below.
//!
//! [`Node`] is all of it as one engine, from the octets of a circuit to the events of logical links. Its parts can be used alone: session
//! control over another NSP by way of [`nsp::service`], NSP over another routing layer, the codecs by themselves.
//!
//! | module | what it is | source |
//! |---|---|---|
//! | [`node`] | an end node: everything below as one engine | |
//! | [`session`] | session control of a node: objects, ports, timers | DNA Session Control 1.0.0 |
//! | [`port`] | the state table of a port | |
//! | [`object`] | what can be called, and who may call it | |
//! | [`message`] | connect data, accept and disconnect data | |
//! | [`reason`] | reasons of rejects and disconnects | |
//! | [`nsp`] | logical links | DNA NSP 4.0.1 |
//! | [`routing`] | the routing layer of an end node, point to point and Ethernet | DNA Routing 2.0.0 |
//! | [`multinet`] | framing over TCP and UDP | |
//! | [`mod@ethernet`] | frames | |
//! | [`address`] | node addresses and names | |
//! | [`limits`] | every limit and timer | |
//!
//! A node calls itself, no network needed:
//!
//! ```
//! use osisession_proto::Instant;
//! use osisession_proto::scp::{
//!     ConnectOptions, EndUser, Event, Medium, Node, NodeAddress, NodeConfig, NodeEvent, Object,
//! };
//!
//! let now = Instant::ZERO;
//! let here = NodeAddress::new(1, 2).expect("an address");
//! let mut node = Node::new(NodeConfig::new(here, Medium::MultinetTcp))?;
//! node.listen(Object::numbered(200).with_name("ECHO"))?;
//! let call = node.connect(here, EndUser::named("echo"), ConnectOptions::default(), now)?;
//! while node.poll_output().is_some() {}
//! let Some(NodeEvent::Link(Event::Offered(offer))) = node.poll_event() else { panic!("an offer") };
//! node.accept(offer.link, "hello", now)?;
//! while node.poll_output().is_some() {}
//! let Some(NodeEvent::Link(Event::Accepted { link, data })) = node.poll_event() else { panic!("an answer") };
//! assert_eq!((link, &data[..]), (call, &b"hello"[..]));
//! # Ok::<(), osisession_proto::Error>(())
//! ```
pub mod address;
pub mod ethernet;
pub mod limits;
pub mod message;
pub mod multinet;
pub mod node;
pub mod nsp;
pub mod object;
mod octets;
pub mod port;
pub mod reason;
pub mod routing;
pub mod session;

pub use address::{NodeAddress, NodeName};
pub use bytes::{Bytes, BytesMut};
pub use limits::Limits;
pub use message::{AccessControl, ConnectData, EndUser, Password};
pub use node::{Medium, Node, NodeConfig, NodeEvent};
pub use nsp::LinkId;
pub use object::{Account, Object};
pub use reason::Reason;
pub use session::{ConnectOptions, Destination, Event, ObjectId, Offer, Received, SessionControl};
