//! A logical link: what can be asked of it, and what it tells.
use super::core::State;
use super::endpoint::{DecnetEndpoint, NodeHandle, closed};
use super::log::Note;
use super::records::{LinkRecord, failure};
use crate::errors;
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::scp::port::table::State as LinkState;
use osisession_proto::scp::{LinkId, NodeAddress, Reason};
use osisession_proto::{Error, ErrorKind, Instant};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tracing::Level;

/// What a link tells. `Rejected`, `Disconnected` or `Closed` is the last event.
#[derive(Clone, Debug)]
pub enum LinkEvent {
    /// Our connect was accepted; the link is open.
    Accepted {
        /// Accept data, up to 16 octets.
        data: Bytes,
    },
    /// The caller has our acceptance; the link is open. Sending was possible before.
    Running,
    /// A message came; it may be empty.
    Message(Bytes),
    /// An interrupt message came, 1 to 16 octets. It may have overtaken messages.
    Interrupt(Bytes),
    /// A send was answered with `WouldBlock`; now there is room.
    SendReady,
    /// An interrupt was answered with `WouldBlock`; now the peer takes one.
    InterruptReady,
    /// Our connect was rejected, or could not be delivered.
    Rejected {
        /// Why.
        reason: Reason,
        /// Reject data, up to 16 octets.
        data: Bytes,
    },
    /// The link ended without our asking for it, after everything that was received before.
    Disconnected {
        /// Why: 0 for an end by the peer's user, 9 for its abort, 39 if the peer is lost.
        reason: Reason,
        /// Disconnect data, up to 16 octets.
        data: Bytes,
        /// The peer's fault, if it broke a rule.
        error: Option<Error>,
    },
    /// The end that was asked for here is complete.
    Closed,
}

impl LinkEvent {
    /// True if no other event follows.
    pub fn is_last(&self) -> bool {
        matches!(self, LinkEvent::Rejected { .. } | LinkEvent::Disconnected { .. } | LinkEvent::Closed)
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        match self {
            LinkEvent::Rejected { reason, .. } | LinkEvent::Disconnected { reason, .. } => Some(*reason),
            _ => None,
        }
    }
}

/// What all clones of a [`LogicalLink`] share.
#[derive(Debug)]
pub(super) struct LinkHandle {
    id: LinkId,
    node: NodeAddress,
    endpoint: Arc<NodeHandle>,
}

impl LinkHandle {
    pub(super) fn new(id: LinkId, node: NodeAddress, endpoint: Arc<NodeHandle>) -> LinkHandle {
        LinkHandle { id, node, endpoint }
    }

    fn close(&self) {
        self.endpoint.core.act(|state, now| state.forget_link(self.id, now));
    }
}

impl Drop for LinkHandle {
    fn drop(&mut self) {
        self.close();
    }
}

/// One logical link.
///
/// A clone is another handle of the same link. When the last handle is dropped while the link is open, it is aborted; a disconnect that was
/// asked for goes on as long as the endpoint lives.
#[derive(Clone)]
pub struct LogicalLink(pub(super) Arc<LinkHandle>);

impl fmt::Debug for LogicalLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogicalLink").field("id", &self.id()).field("node", &self.node()).finish()
    }
}

impl LogicalLink {
    /// A number that no other link of this node has.
    pub fn id(&self) -> u32 {
        self.0.id.get()
    }

    /// The node in which the link lives.
    pub fn endpoint(&self) -> DecnetEndpoint {
        DecnetEndpoint(self.0.endpoint.clone())
    }

    /// The node at the other end.
    pub fn node(&self) -> NodeAddress {
        self.0.node
    }

    /// Where the link stands; `Closed` once it has ended.
    pub fn state(&self) -> LinkState {
        self.look(|state| state.node.state(self.0.id))
    }

    /// True once the link has ended; events may be left to take.
    pub fn is_over(&self) -> bool {
        self.look(|state| state.closed || state.links.get(&self.0.id).is_none_or(|record| record.ended))
    }

    fn look<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        self.0.endpoint.core.look(f)
    }

    fn request<R>(&self, f: impl FnOnce(&mut State, LinkId, Instant) -> Result<R>) -> Result<R> {
        self.0.endpoint.core.act(|state, now| {
            if state.closed {
                return Err(closed());
            }
            match state.links.get(&self.0.id) {
                Some(record) if !record.ended => f(state, self.0.id, now),
                Some(record) => Err(ended(record.reason)),
                None => Err(ended(None)),
            }
        })
    }

    pub(super) fn accept(&self, data: Bytes) -> Result<()> {
        self.request(|state, link, now| {
            state.node.accept(link, data, now)?;
            state.list_if_news(link);
            Ok(())
        })
    }

    pub(super) fn reject(&self, reason: Reason, data: Bytes) -> Result<()> {
        self.request(|state, link, now| {
            state.node.reject(link, reason, data, now)?;
            let node = self.0.node;
            state.note(Level::DEBUG, || {
                Note::link(Level::DEBUG, format!("a connect is rejected here: {reason}"), link, Some(node))
            });
            Ok(())
        })
    }

    /// Sends a message of any length, which may be empty. Never blocks.
    ///
    /// # Errors
    /// `WouldBlock`: what waits to be acknowledged is at its limit; `SendReady` will tell when to try again, or wait with
    /// [`LogicalLink::send_wait`]. `Refused`: the link is not open yet, or its end was asked for. `Closed`: it has ended, with the reason.
    pub fn send(&self, message: impl Into<Bytes>) -> Result<()> {
        let message = message.into();
        let length = message.len();
        self.request(|state, link, now| {
            state.node.send(link, message, now)?;
            let node = self.0.node;
            state.note(Level::TRACE, || {
                Note::link(Level::TRACE, format!("message sent, {length} octets"), link, Some(node))
            });
            Ok(())
        })
    }

    /// As [`LogicalLink::send`], and waits for room, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`: there was no room, nothing was sent. `Refused`, `Closed`.
    pub fn send_wait(&self, message: impl Into<Bytes>, timeout: Option<Duration>) -> Result<()> {
        let message = message.into();
        self.retry(timeout, "room in the send queue", || self.send(message.clone()))
    }

    /// Sends an interrupt message of 1 to 16 octets. It may overtake messages. Never blocks.
    ///
    /// # Errors
    /// `Invalid`: no octet, or more than 16. `WouldBlock`: the peer has given no credit; `InterruptReady` will tell. `Refused`, `Closed`.
    pub fn interrupt(&self, data: impl Into<Bytes>) -> Result<()> {
        let data = data.into();
        self.request(|state, link, now| state.node.interrupt(link, data, now))
    }

    /// As [`LogicalLink::interrupt`], and waits for credit, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`: there was no credit, nothing was sent. `Invalid`, `Refused`, `Closed`.
    pub fn interrupt_wait(&self, data: impl Into<Bytes>, timeout: Option<Duration>) -> Result<()> {
        let data = data.into();
        self.retry(timeout, "credit for an interrupt message", || self.interrupt(data.clone()))
    }

    fn retry(
        &self,
        timeout: Option<Duration>,
        what: &'static str,
        mut request: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        self.0.endpoint.wait(timeout, what, || match request() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            outcome => Some(outcome),
        })
    }

    /// Ends the link in order, with up to 16 octets: what was sent is acknowledged first, and what the peer sends meanwhile can still be
    /// received. `Closed` is the last event, see [`LogicalLink::wait_ended`].
    ///
    /// # Errors
    /// `Invalid`: more than 16 octets. `Refused`: the link is offered, or its end was asked for. `Closed`: it has ended.
    pub fn disconnect(&self, data: impl Into<Bytes>) -> Result<()> {
        let data = data.into();
        self.request(|state, link, now| state.node.disconnect(link, data, now))
    }

    /// Ends the link at once, with up to 16 octets: what was not sent is dropped.
    ///
    /// # Errors
    /// As of [`LogicalLink::disconnect`].
    pub fn abort(&self, data: impl Into<Bytes>) -> Result<()> {
        let data = data.into();
        self.request(|state, link, now| state.node.abort(link, data, now))
    }

    /// The next event, if there is one.
    pub fn try_next_event(&self) -> Option<LinkEvent> {
        self.0.endpoint.core.act(|state, now| state.next_event(self.0.id, now))
    }

    /// Waits for the next event, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the link has ended and all its events were taken.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<LinkEvent> {
        self.0.endpoint.wait(timeout, "event", || {
            let event = self.0.endpoint.core.act(|state, now| {
                let event = state.next_event(self.0.id, now);
                event.ok_or_else(|| over(state, self.0.id))
            });
            match event {
                Ok(event) => Some(Ok(event)),
                Err(Some(error)) => Some(Err(error)),
                Err(None) => None,
            }
        })
    }

    /// Waits for the answer to a connect, at most `timeout`; `None` waits for ever (the node gives up after
    /// [`DecnetLimits::outgoing_timeout`](super::DecnetLimits::outgoing_timeout)). Gives the accept data.
    ///
    /// # Errors
    /// `Peer`: rejected, with the reason code, the reject data as the octets of the error. `Transport`: the node cannot be reached (39). `TimedOut`: then the
    /// call goes on, until the link is dropped or aborted. `Refused`: it was not waited for first, the answer is taken. `Closed`.
    pub fn wait_connected(&self, timeout: Option<Duration>) -> Result<Bytes> {
        match self.wait_outcome(timeout)? {
            LinkEvent::Accepted { data } => Ok(data),
            LinkEvent::Rejected { reason, data } => {
                Err(failure(reason, "the connect was rejected").with_octets(&data))
            }
            _ => Err(errors::closed("the connect was taken back")),
        }
    }

    /// As [`LogicalLink::wait_connected`], for a caller who wants the event: `Accepted`, `Rejected`, or `Closed` if the call was taken back.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`, `Refused`.
    pub fn wait_outcome(&self, timeout: Option<Duration>) -> Result<LinkEvent> {
        self.0.endpoint.wait(timeout, "answer to the connect", || {
            self.look(|state| {
                let outcome = state.links.get_mut(&self.0.id).and_then(LinkRecord::take_outcome);
                match (outcome, state.node.state(self.0.id)) {
                    (Some(outcome), _) => Some(Ok(outcome)),
                    (None, LinkState::Calling | LinkState::Delivered) if !state.closed => None,
                    (None, _) => Some(Err(over(state, self.0.id)
                        .unwrap_or_else(|| Error::refused("the answer to the connect was taken already")))),
                }
            })
        })
    }

    /// Waits for the next message, at most `timeout`; `None` waits for ever. Events without data that come before it are passed over, and
    /// so are interrupt messages: a caller that wants them takes events.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the link was closed from here, or disconnected by the peer's user (reason 0). `Peer`, `Transport`: it ended for another
    /// reason. Each has the reason and, as its octets, the disconnect data.
    pub fn receive(&self, timeout: Option<Duration>) -> Result<Bytes> {
        let deadline = timeout.map(|timeout| (std::time::Instant::now(), timeout));
        loop {
            let left = deadline.map(|(start, timeout)| timeout.saturating_sub(start.elapsed()));
            match self.next_event(left)? {
                LinkEvent::Message(message) => return Ok(message),
                LinkEvent::Rejected { reason, data } => {
                    return Err(failure(reason, "the connect was rejected").with_octets(&data));
                }
                LinkEvent::Disconnected { reason, data, error } => {
                    return Err(match error {
                        Some(error) => error,
                        None if reason == Reason::BY_END_USER => ended(Some(reason)).with_octets(&data),
                        None => failure(reason, "the logical link has ended").with_octets(&data),
                    });
                }
                LinkEvent::Closed => return Err(ended(None)),
                LinkEvent::Accepted { .. }
                | LinkEvent::Running
                | LinkEvent::Interrupt(_)
                | LinkEvent::SendReady
                | LinkEvent::InterruptReady => {}
            }
        }
    }

    /// Waits until the link has ended, at most `timeout`; `None` waits for ever. What comes meanwhile is dropped; the last event is given.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the last event was taken already, or the endpoint is closed.
    pub fn wait_ended(&self, timeout: Option<Duration>) -> Result<LinkEvent> {
        let deadline = timeout.map(|timeout| (std::time::Instant::now(), timeout));
        loop {
            let left = deadline.map(|(start, timeout)| timeout.saturating_sub(start.elapsed()));
            let event = self.next_event(left)?;
            if event.is_last() {
                return Ok(event);
            }
        }
    }

    /// Aborts the link if it is still open, and forgets it: events that were not taken are dropped.
    pub fn close(&self) {
        self.0.close();
    }
}

/// Why nothing more comes, if so.
fn over(state: &State, link: LinkId) -> Option<Error> {
    match state.links.get(&link) {
        _ if state.closed => Some(closed()),
        Some(record) if record.is_drained() => Some(ended(record.reason)),
        Some(_) => None,
        None => Some(ended(None)),
    }
}

fn ended(reason: Option<Reason>) -> Error {
    match reason {
        None => errors::closed("the logical link has ended"),
        Some(reason) => failure(reason, "the logical link has ended").with_kind(ErrorKind::Closed),
    }
}
