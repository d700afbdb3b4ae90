//! AppleTalk zone information: ZIP as a node and as a router speaks it, and what it needs below.
//!
//! | module | what it is | source |
//! |---|---|---|
//! | [`node`] | a node: on a link of its own, or over somebody's DDP | Inside AppleTalk ch. 4, 5, 7, 8 |
//! | [`router`] | a router: ports, routes, zone information, answers | Inside AppleTalk ch. 4, 5, 7, 8 |
//! | [`message`] | the packets of ZIP | Inside AppleTalk ch. 8 |
//! | [`call`] | GetMyZone, GetZoneList, GetLocalZones | Inside AppleTalk ch. 8 |
//! | [`name`] | names of zones and entities, their character set, their case | Inside AppleTalk ch. 7, app. D |
//! | [`atp`], [`nbp`], [`rtmp`], [`aep`], [`ddp`] | as much of the protocols around it as it needs | Inside AppleTalk ch. 4 to 9 |
//! | [`link`] | LocalTalk, over UDP too, and EtherTalk with AARP | Inside AppleTalk ch. 1 to 3 |
//! | [`limits`] | every limit and timer | |
//! | [`address`] | networks, nodes, sockets | Inside AppleTalk ch. 4 |
//!
//! A node and a router on one segment of LocalTalk, no network needed:
//!
//! ```
//! use osisession_proto::Instant;
//! use osisession_proto::zip::link::Medium;
//! use osisession_proto::zip::{
//!     ClientConfig, NetworkRange, NodeEvent, PortConfig, PortId, RouterConfig, ZoneCall, ZoneClient, ZoneName, ZoneRouter,
//! };
//!
//! let (segment, zone) = (NetworkRange::single(1000)?, ZoneName::from_text("Ground Floor")?);
//! let ports = vec![PortConfig::seeded(Medium::LocalTalk, segment, vec![zone])];
//! let mut router = ZoneRouter::new(RouterConfig::new(ports, 1))?;
//! let mut node = ZoneClient::new(ClientConfig::new(Medium::LocalTalk, 2));
//! router.start(Instant::ZERO);
//! node.start(Instant::ZERO);
//! let mut asked = None;
//! for second in 1..60 {
//!     let now = Instant::from_millis(1_000 * second);
//!     router.handle_timeout(now);
//!     node.handle_timeout(now);
//!     loop {
//!         if let Some((_, frame)) = router.poll_frame() {
//!             node.frame(&frame, now);
//!         } else if let Some(frame) = node.poll_frame() {
//!             router.frame(PortId(0), &frame, now)?;
//!         } else {
//!             break;
//!         }
//!     }
//!     match node.poll_event() {
//!         Some(NodeEvent::Up { .. }) => asked = Some(node.call(ZoneCall::GetZoneList, now)?),
//!         Some(NodeEvent::Zones { request, zones, .. }) if Some(request) == asked => {
//!             assert_eq!(zones, [zone]);
//!             return Ok(());
//!         }
//!         _ => {}
//!     }
//! }
//! panic!("no zones");
//! # #[allow(unreachable_code)]
//! # Ok::<(), osisession_proto::Error>(())
//! ```
//!
//! A caller with a DDP of its own uses [`ZoneMachine`] instead: it takes and gives datagrams, and asks for an address.
//!
//! "Phase 2 specification" is the AppleTalk Phase 2 Protocol Specification of June 1989.
pub mod address;
pub mod aep;
pub mod atp;
pub mod call;
pub mod ddp;
pub mod limits;
pub mod link;
pub mod message;
pub mod name;
pub mod nbp;
pub mod node;
mod octets;
mod random;
pub mod router;
pub mod rtmp;

pub use address::{Address, Mac, NetworkRange, NodeAddress};
pub use bytes::Bytes;
pub use call::ZoneCall;
pub use ddp::Datagram;
pub use message::Message;
pub use name::{Name, ZoneName};
pub use nbp::Entity;
pub use node::{ClientConfig, MachineConfig, NodeEvent, ZoneClient, ZoneMachine};
pub use router::{PortConfig, PortId, RouterConfig, RouterEvent, ZoneRouter};
