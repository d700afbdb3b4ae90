//! What a node tells its user, and what it wants of the layers below.
use crate::error::Error;
use crate::zip::address::{Address, Mac, NetworkRange, NodeAddress};
use crate::zip::call::ZoneCall;
use crate::zip::ddp::Datagram;
use crate::zip::link::Hop;
use crate::zip::message::Notify;
use crate::zip::name::ZoneName;
use crate::zip::nbp::{Entity, Tuple};
use bytes::Bytes;

/// A call about zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);

/// A look-up or a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupId(pub u32);

/// An echo request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EchoId(pub u32);

/// What a node tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NodeEvent {
    /// The node knows its network and a router. Keep address and zone for the next start.
    Up {
        /// Its address.
        address: NodeAddress,
        /// Its network.
        range: NetworkRange,
        /// The router.
        router: NodeAddress,
        /// Its zone; `None` on a nonextended network until [`NodeEvent::Zone`].
        zone: Option<ZoneName>,
        /// True if the zone is the default one and others can be picked.
        choice: bool,
    },
    /// No router has answered. The node's address is final; keep it for the next start.
    Alone {
        /// Its address.
        address: NodeAddress,
    },
    /// The zone of the nonextended network.
    Zone {
        /// The zone.
        zone: ZoneName,
    },
    /// No router is heard any more.
    RouterLost,
    /// A router has come that does not route for this node's address. The node stays local until it is started again.
    Stranded {
        /// The network as the router says it.
        range: NetworkRange,
    },
    /// Every address that was tried is taken.
    Failed,
    /// The picked zone is the node's zone now. Names registered before may clash with names of this zone: register them again.
    Picked {
        /// The zone.
        zone: ZoneName,
    },
    /// The picked zone is not one of this network, or no router has said so.
    PickFailed {
        /// The zone.
        zone: ZoneName,
        /// Why.
        error: Error,
    },
    /// The node's zone has another name.
    Renamed {
        /// The name until now.
        old: ZoneName,
        /// The name from now on.
        new: ZoneName,
    },
    /// A router says that the node's zone has another name, and the configuration leaves it to the user what to make of it.
    RenameHint(Notify),
    /// A call has its answer.
    Zones {
        /// The call.
        request: RequestId,
        /// What was asked.
        call: ZoneCall,
        /// The zones, each once, in the router's order.
        zones: Vec<ZoneName>,
    },
    /// A call has no answer, or none that can be used.
    RequestFailed {
        /// The call.
        request: RequestId,
        /// Why.
        error: Error,
    },
    /// A look-up has found an entity. Each one is told once.
    Found {
        /// The look-up.
        lookup: LookupId,
        /// The entity and where it is.
        tuple: Tuple,
    },
    /// A look-up is over.
    LookedUp {
        /// The look-up.
        lookup: LookupId,
        /// Entities that were found.
        count: usize,
        /// True if a limit was reached: there may be more.
        more: bool,
    },
    /// A name is registered: look-ups find it from now on.
    Registered {
        /// The registration.
        lookup: LookupId,
        /// The name.
        entity: Entity,
    },
    /// Somebody has the name already.
    NameTaken {
        /// The registration.
        lookup: LookupId,
        /// The name and who has it.
        holder: Tuple,
    },
    /// An echo has come back.
    Echoed {
        /// The request.
        echo: EchoId,
        /// Who has answered.
        from: Address,
        /// The data as they came.
        data: Bytes,
    },
    /// An echo has not come back.
    EchoLost {
        /// The request.
        echo: EchoId,
    },
}

/// What a node wants of the layers below it. Whoever has them does it, in this order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// Wants an address; answer with [`ZoneMachine::claimed`](super::ZoneMachine::claimed) or
    /// [`ZoneMachine::exhausted`](super::ZoneMachine::exhausted). A caller whose DDP has an address answers with that one.
    Claim {
        /// Networks that it may be in; [`NetworkRange::ANY`] for the startup range. On a nonextended network they do not count.
        networks: NetworkRange,
        /// Nodes that it may be, both included.
        nodes: (u8, u8),
        /// The address that it would like.
        hint: Option<NodeAddress>,
    },
    /// Gives the address back.
    Release,
    /// The number of the nonextended network.
    Network(u16),
    /// Sends a datagram.
    Send(Datagram, Hop),
    /// Listens to a zone multicast.
    Join(Mac),
    /// Listens to it no more.
    Leave(Mac),
}

/// What a node counted since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams received.
    pub received: u64,
    /// Datagrams that could not be read.
    pub malformed: u64,
    /// Datagrams that were not for this node, or that nobody had asked for.
    pub ignored: u64,
    /// What limits have cost: answers, events, datagrams.
    pub limited: u64,
}
