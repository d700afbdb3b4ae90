//! The service of NSP as session control uses it: what it asks for, and what it is told. Session control over another NSP (an operating
//! system's, another stack's) needs no more than these two types.
use super::super::address::NodeAddress;
use super::super::reason::Reason;
use super::message::Hidden;
use crate::error::Error;
use bytes::Bytes;
use core::fmt;

/// A logical link, as the two sides of this port name it. A number is not used again while anyone could still mean the old link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(u32);

impl LinkId {
    const PROVIDER: u32 = 1 << 31;

    /// A link that session control asks for. The top bit of the number does not count.
    pub const fn of_user(number: u32) -> LinkId {
        LinkId(number & !LinkId::PROVIDER)
    }

    /// A link that NSP announces. The top bit of the number does not count.
    pub const fn of_provider(number: u32) -> LinkId {
        LinkId(number | LinkId::PROVIDER)
    }

    /// All 32 bits.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// True if NSP announced it: the link was asked for by the peer.
    pub const fn is_incoming(self) -> bool {
        self.0 & LinkId::PROVIDER != 0
    }
}

impl fmt::Debug for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.is_incoming() { "in" } else { "out" };
        write!(f, "{way}:{}", self.0 & !LinkId::PROVIDER)
    }
}

/// What session control asks of NSP. A request for a link that NSP does not know any more has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NspRequest {
    /// Ask for a link.
    Connect {
        /// Named by session control.
        link: LinkId,
        /// The node to call.
        destination: NodeAddress,
        /// Connect data, which may hold a password.
        data: Hidden,
    },
    /// Accept a link that was announced.
    Accept {
        /// The link.
        link: LinkId,
        /// Accept data, up to 16 octets.
        data: Bytes,
    },
    /// End the link now, or reject it. What is not sent is dropped.
    Disconnect {
        /// The link.
        link: LinkId,
        /// Why.
        reason: Reason,
        /// Disconnect or reject data, up to 16 octets.
        data: Bytes,
    },
    /// Forget the link without a word: its remote address is not known.
    Forget {
        /// The link.
        link: LinkId,
    },
    /// Send a message.
    Data {
        /// The link.
        link: LinkId,
        /// The message, of any length.
        message: Bytes,
    },
    /// Send an interrupt message. Session control has counted the credit.
    Interrupt {
        /// The link.
        link: LinkId,
        /// 1 to 16 octets.
        data: Bytes,
    },
    /// The user has taken messages: there is room again.
    Taken {
        /// The link.
        link: LinkId,
        /// How many messages.
        messages: usize,
        /// How many octets in all.
        octets: usize,
    },
    /// The user has taken an interrupt message: give the peer a new credit.
    InterruptTaken {
        /// The link.
        link: LinkId,
    },
}

/// What NSP tells session control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NspIndication {
    /// A peer asks for a link (Connect Initiate).
    Connect {
        /// Named by NSP.
        link: LinkId,
        /// The node that calls.
        source: NodeAddress,
        /// Connect data, which may hold a password.
        data: Hidden,
    },
    /// The remote NSP has our connect (Connect Acknowledgement).
    ConnectAcknowledged {
        /// The link.
        link: LinkId,
    },
    /// Our connect came back: the node cannot be reached. The link is gone.
    ConnectReturned {
        /// The link.
        link: LinkId,
    },
    /// The peer accepts (Connect Confirm). The link is open.
    ConnectConfirmed {
        /// The link.
        link: LinkId,
        /// Accept data.
        data: Bytes,
    },
    /// The peer has our acceptance: the link is open.
    Running {
        /// The link.
        link: LinkId,
    },
    /// The peer rejects or ends the link (Disconnect Initiate). The link is gone.
    Disconnected {
        /// The link.
        link: LinkId,
        /// Why.
        reason: Reason,
        /// Reject or disconnect data.
        data: Bytes,
    },
    /// The remote NSP knows no such link, or has ended it (Disconnect Confirm). The link is gone.
    DisconnectConfirmed {
        /// The link.
        link: LinkId,
        /// 1, 41, 42, or the reason of a Phase II node.
        reason: Reason,
    },
    /// Nothing is acknowledged any more: the retransmission limit was reached. The link is gone.
    Lost {
        /// The link.
        link: LinkId,
    },
    /// The peer broke a rule that ends the link: a Disconnect Initiate with the reason is on its way.
    Failed {
        /// The link.
        link: LinkId,
        /// What the peer is told.
        reason: Reason,
        /// What it did.
        error: Error,
    },
    /// Own messages were acknowledged.
    Acknowledged {
        /// The link.
        link: LinkId,
        /// How many messages are done.
        messages: usize,
        /// How many octets, those of unfinished messages included.
        octets: usize,
    },
    /// The peer takes further interrupt messages. One may be sent without it.
    InterruptCredit {
        /// The link.
        link: LinkId,
        /// How many more.
        count: u8,
    },
    /// A message came. NSP counts it until [`NspRequest::Taken`].
    Data {
        /// The link.
        link: LinkId,
        /// The message; it may be empty.
        message: Bytes,
    },
    /// An interrupt message came. NSP counts it until [`NspRequest::InterruptTaken`].
    Interrupt {
        /// The link.
        link: LinkId,
        /// Up to 16 octets.
        data: Bytes,
    },
}

impl NspIndication {
    /// The link.
    pub fn link(&self) -> LinkId {
        match self {
            NspIndication::Connect { link, .. }
            | NspIndication::ConnectAcknowledged { link }
            | NspIndication::ConnectReturned { link }
            | NspIndication::ConnectConfirmed { link, .. }
            | NspIndication::Running { link }
            | NspIndication::Disconnected { link, .. }
            | NspIndication::DisconnectConfirmed { link, .. }
            | NspIndication::Lost { link }
            | NspIndication::Failed { link, .. }
            | NspIndication::Acknowledged { link, .. }
            | NspIndication::InterruptCredit { link, .. }
            | NspIndication::Data { link, .. }
            | NspIndication::Interrupt { link, .. } => *link,
        }
    }
}

impl NspRequest {
    /// The link.
    pub fn link(&self) -> LinkId {
        match self {
            NspRequest::Connect { link, .. }
            | NspRequest::Accept { link, .. }
            | NspRequest::Disconnect { link, .. }
            | NspRequest::Forget { link }
            | NspRequest::Data { link, .. }
            | NspRequest::Interrupt { link, .. }
            | NspRequest::Taken { link, .. }
            | NspRequest::InterruptTaken { link } => *link,
        }
    }
}
