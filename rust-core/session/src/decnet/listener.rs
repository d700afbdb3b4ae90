//! Objects of this node, and the connects to them.
use super::endpoint::{DecnetEndpoint, NodeHandle, closed};
use super::link::{LinkHandle, LogicalLink};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::scp::{AccessControl, EndUser, NodeAddress, NodeName, ObjectId, Offer, Reason};
use std::sync::{Arc, Weak};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct ListenerHandle {
    id: ObjectId,
    endpoint: Arc<NodeHandle>,
}

impl ListenerHandle {
    fn close(&self) {
        self.endpoint.core.act(|state, now| state.forget_object(self.id, now));
    }
}

impl Drop for ListenerHandle {
    fn drop(&mut self) {
        self.close();
    }
}

/// An object that can be called. A clone is another handle of it; with the last one it ends, and connects that nobody has taken are rejected with reason 38. Its
/// links stay.
#[derive(Clone, Debug)]
pub struct ObjectListener(pub(super) Arc<ListenerHandle>);

impl ObjectListener {
    pub(super) fn new(id: ObjectId, endpoint: Arc<NodeHandle>) -> (ObjectListener, Weak<ListenerHandle>) {
        let handle = Arc::new(ListenerHandle { id, endpoint });
        let weak = Arc::downgrade(&handle);
        (ObjectListener(handle), weak)
    }

    /// A number that no other object of this node has.
    pub fn id(&self) -> u32 {
        self.0.id.get()
    }

    /// The node in which the object lives.
    pub fn endpoint(&self) -> DecnetEndpoint {
        DecnetEndpoint(self.0.endpoint.clone())
    }

    /// The next connect, if there is one.
    pub fn try_next_call(&self) -> Option<IncomingLink> {
        self.take().ok().flatten()
    }

    fn take(&self) -> Result<Option<IncomingLink>> {
        let core = &self.0.endpoint.core;
        core.look(|state| {
            let record = state.objects.get_mut(&self.0.id).ok_or_else(closed)?;
            if state.closed {
                return Err(closed());
            }
            let Some(offer) = record.offers.pop_front() else { return Ok(None) };
            if !record.offers.is_empty() {
                // Another thread may ask for the rest.
                state.list_object(self.0.id);
            }
            let handle = Arc::new(LinkHandle::new(offer.link, offer.node, self.0.endpoint.clone()));
            if let Some(record) = state.links.get_mut(&offer.link) {
                record.handle = Arc::downgrade(&handle);
            }
            Ok(Some(IncomingLink { link: LogicalLink(handle), offer }))
        })
    }

    /// Waits for the next connect, at most `timeout`; `None` waits for ever. An object that leaves a caller without an answer for
    /// [`DecnetLimits::incoming_timeout`](super::DecnetLimits::incoming_timeout) loses it: it is rejected with reason 38.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn accept(&self, timeout: Option<Duration>) -> Result<IncomingLink> {
        self.0.endpoint.wait(timeout, "connect", || self.take().transpose())
    }

    /// Ends the object.
    pub fn close(&self) {
        self.0.close();
    }
}

/// A connect from another node, to be accepted or rejected. Dropped without an answer it is rejected with reason 38.
#[derive(Debug)]
pub struct IncomingLink {
    link: LogicalLink,
    offer: Box<Offer>,
}

impl IncomingLink {
    /// The number of the link.
    pub fn id(&self) -> u32 {
        self.link.id()
    }

    /// The node that calls. Nothing proves it but the network.
    pub fn node(&self) -> NodeAddress {
        self.offer.node
    }

    /// Its name, if the table has it.
    pub fn node_name(&self) -> Option<&NodeName> {
        self.offer.node_name.as_ref()
    }

    /// The object as it was called.
    pub fn destination(&self) -> &EndUser {
        &self.offer.destination
    }

    /// Who calls, by its own word.
    pub fn source(&self) -> &EndUser {
        &self.offer.source
    }

    /// Access control as it was sent; without the password where the object has accounts, which were checked. `None`: there was none.
    pub fn access(&self) -> Option<&AccessControl> {
        self.offer.access.as_ref()
    }

    /// User data, up to 16 octets.
    pub fn user_data(&self) -> &Bytes {
        &self.offer.user_data
    }

    /// True if the caller asks to be let in by who it is. Nothing has been granted for it.
    pub fn is_proxy(&self) -> bool {
        self.offer.proxy
    }

    /// Accepts, with up to 16 octets. Messages can be sent at once; they leave when the caller has the acceptance ([`LinkEvent::Running`](super::LinkEvent)).
    ///
    /// # Errors
    /// `Invalid`: more than 16 octets; the call is rejected. `Closed`: the caller has given up.
    pub fn accept(self, data: impl Into<Bytes>) -> Result<LogicalLink> {
        self.link.accept(data.into())?;
        Ok(self.link)
    }

    /// Rejects; the usual reason is [`Reason::BY_END_USER`], with up to 16 octets.
    ///
    /// # Errors
    /// `Invalid`: more than 16 octets, or a reason that only NSP may send (1, 41, 42); then the reason is 38. `Closed`: the caller has given
    /// up.
    pub fn reject(self, reason: Reason, data: impl Into<Bytes>) -> Result<()> {
        self.link.reject(reason, data.into())
    }
}
