//! What goes with a connect, and what a user of session control is told.
use super::super::address::{NodeAddress, NodeName};
use super::super::message::{AccessControl, EndUser};
use super::super::nsp::service::LinkId;
use super::super::reason::Reason;
use crate::error::Error;
use bytes::Bytes;

/// A node to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// By its address.
    Address(NodeAddress),
    /// By a name that [`SessionControl::define_node`](super::SessionControl::define_node) has made known.
    Name(String),
}

impl From<NodeAddress> for Destination {
    fn from(address: NodeAddress) -> Destination {
        Destination::Address(address)
    }
}

impl From<&str> for Destination {
    /// `area.node` is an address, anything else a name.
    fn from(text: &str) -> Destination {
        match text.parse() {
            Ok(address) => Destination::Address(address),
            Err(_) => Destination::Name(text.into()),
        }
    }
}

/// What a connect has besides the node and the object.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// Who calls. `None`: by the name "OSISESSION".
    pub source: Option<EndUser>,
    /// User name, password, account: up to 39 octets each.
    pub access: Option<AccessControl>,
    /// User data, up to 16 octets.
    pub user_data: Option<Bytes>,
    /// Ask to be let in by who we are.
    pub proxy: bool,
    /// For a proxy: the codes of the source descriptor count.
    pub proxy_by_codes: bool,
}

/// A connect from outside, offered to an object.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The link, to accept or reject.
    pub link: LinkId,
    /// The object that is called: what [`SessionControl::listen`](super::SessionControl::listen) returned.
    pub object: ObjectId,
    /// The node that calls.
    pub node: NodeAddress,
    /// Its name, if it is known.
    pub node_name: Option<NodeName>,
    /// The object as it was called.
    pub destination: EndUser,
    /// Who calls.
    pub source: EndUser,
    /// Access control; without the password if session control has checked it.
    pub access: Option<AccessControl>,
    /// User data, up to 16 octets.
    pub user_data: Bytes,
    /// The caller asks to be let in by who it is. Nothing has been granted for it.
    pub proxy: bool,
    /// For a proxy: the codes of the source descriptor count.
    pub proxy_by_codes: bool,
}

/// What the user is told. Of each link, one of `Rejected`, `Disconnected` and `Closed` is the last event.
#[derive(Clone, Debug)]
pub enum Event {
    /// A connect from outside.
    Offered(Box<Offer>),
    /// Our connect was accepted; the link is open.
    Accepted {
        /// The link.
        link: LinkId,
        /// Accept data.
        data: Bytes,
    },
    /// The caller has our acceptance; the link is open.
    Running {
        /// The link.
        link: LinkId,
    },
    /// There is something to [`receive`](super::SessionControl::receive): told once, until everything is taken.
    Readable {
        /// The link.
        link: LinkId,
    },
    /// What would have blocked can be sent now.
    SendReady {
        /// The link.
        link: LinkId,
    },
    /// An interrupt message that would have blocked can be sent now.
    InterruptReady {
        /// The link.
        link: LinkId,
    },
    /// Our connect was rejected, or could not be delivered.
    Rejected {
        /// The link.
        link: LinkId,
        /// Why.
        reason: Reason,
        /// Reject data.
        data: Bytes,
    },
    /// The link ended without our asking for it. It comes after everything that was received before.
    Disconnected {
        /// The link.
        link: LinkId,
        /// Why.
        reason: Reason,
        /// Disconnect data.
        data: Bytes,
        /// The peer's fault, if it broke a rule.
        error: Option<Error>,
    },
    /// The end that we asked for is complete.
    Closed {
        /// The link.
        link: LinkId,
    },
}

impl Event {
    /// The link.
    pub fn link(&self) -> LinkId {
        match self {
            Event::Offered(offer) => offer.link,
            Event::Accepted { link, .. }
            | Event::Running { link }
            | Event::Readable { link }
            | Event::SendReady { link }
            | Event::InterruptReady { link }
            | Event::Rejected { link, .. }
            | Event::Disconnected { link, .. }
            | Event::Closed { link } => *link,
        }
    }

    /// True if the link has no further event.
    pub fn is_last(&self) -> bool {
        matches!(self, Event::Rejected { .. } | Event::Disconnected { .. } | Event::Closed { .. })
    }
}

/// What was received on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message; it may be empty.
    Message(Bytes),
    /// An interrupt message.
    Interrupt(Bytes),
}

/// An object that is listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub(super) u32);

impl ObjectId {
    /// The number under which the node knows the object.
    pub const fn get(self) -> u32 {
        self.0
    }
}
