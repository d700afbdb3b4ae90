//! What is known of links and objects besides the engine: who holds them, and what waits for their users.
use super::core::State;
use super::endpoint::{CircuitEvent, DecnetReady};
use super::link::{LinkEvent, LinkHandle, LogicalLink};
use super::listener::{ListenerHandle, ObjectListener};
use super::log::Note;
use crate::log::wants;
use osisession_proto::scp::port::table::State as LinkState;
use osisession_proto::scp::{Event, LinkId, NodeAddress, NodeEvent, ObjectId, Offer, Reason, Received};
use osisession_proto::{Error, ErrorKind, Instant};
use std::collections::VecDeque;
use std::sync::Weak;
use tracing::Level;

/// Events of the circuit that wait for the user; of more, the oldest go.
const CIRCUIT_EVENTS: usize = 16;

#[derive(Debug)]
pub(super) struct LinkRecord {
    pub(super) handle: Weak<LinkHandle>,
    pub(super) node: NodeAddress,
    /// At most one of each kind but data, which stay in the engine until they are asked for: so its flow control works.
    events: VecDeque<LinkEvent>,
    readable: bool,
    /// The last event was queued.
    pub(super) ended: bool,
    pub(super) reason: Option<Reason>,
    listed: bool,
}

#[derive(Debug)]
pub(super) struct ObjectRecord {
    pub(super) handle: Weak<ListenerHandle>,
    pub(super) offers: VecDeque<Box<Offer>>,
    listed: bool,
}

/// Who is listed as ready, once: a user that never asks does not let the list grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Link(LinkId),
    Object(ObjectId),
    Circuit,
}

impl LinkRecord {
    pub(super) fn new(node: NodeAddress) -> LinkRecord {
        LinkRecord {
            handle: Weak::new(),
            node,
            events: VecDeque::new(),
            readable: false,
            ended: false,
            reason: None,
            listed: false,
        }
    }

    pub(super) fn is_drained(&self) -> bool {
        self.ended && self.events.is_empty()
    }

    pub(super) fn has_news(&self) -> bool {
        self.readable || !self.events.is_empty()
    }

    /// The outcome of a connect, if it is next.
    pub(super) fn take_outcome(&mut self) -> Option<LinkEvent> {
        let outcome = matches!(
            self.events.front()?,
            LinkEvent::Accepted { .. } | LinkEvent::Rejected { .. } | LinkEvent::Closed
        );
        if outcome { self.events.pop_front() } else { None }
    }

    /// An event that carries no data, if one is next.
    pub(super) fn take_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }
}

impl ObjectRecord {
    pub(super) fn new() -> ObjectRecord {
        ObjectRecord { handle: Weak::new(), offers: VecDeque::new(), listed: false }
    }
}

impl State {
    /// Sorts what the engine tells.
    pub(super) fn take_engine_events(&mut self, now: Instant) {
        while let Some(event) = self.node.poll_event() {
            self.changed = true;
            match event {
                NodeEvent::CircuitUp(neighbour) => {
                    self.line.succeeded();
                    let who = neighbour.map_or_else(String::new, |neighbour| neighbour.address.to_string());
                    self.note(Level::INFO, || Note::circuit(Level::INFO, "the circuit is up", who));
                    self.tell_circuit(CircuitEvent::Up(neighbour));
                }
                NodeEvent::CircuitDown(error) => self.circuit_down(error),
                NodeEvent::Link(event) => self.link_event(event, now),
            }
        }
    }

    pub(super) fn circuit_down(&mut self, error: Error) {
        let peer = self.line.peer();
        self.note(Level::WARN, || {
            Note::circuit(Level::WARN, "the circuit is down", peer).with_error(Some(&error))
        });
        self.last_failure = Some(error.clone());
        self.tell_circuit(CircuitEvent::Down(error));
    }

    fn tell_circuit(&mut self, event: CircuitEvent) {
        self.changed = true;
        if self.circuit_events.len() >= CIRCUIT_EVENTS {
            self.circuit_events.pop_front();
        }
        self.circuit_events.push_back(event);
        if !std::mem::replace(&mut self.circuit_listed, true) {
            self.ready.push_back(Key::Circuit);
        }
    }

    fn link_event(&mut self, event: Event, now: Instant) {
        let link = event.link();
        let event = match event {
            Event::Offered(offer) => return self.offered(offer, now),
            Event::Readable { .. } => {
                match self.links.get_mut(&link) {
                    Some(record) => {
                        record.readable = true;
                        self.list_link(link);
                    }
                    None => self.drain(link, now),
                }
                return;
            }
            Event::Accepted { data, .. } => LinkEvent::Accepted { data },
            Event::Running { .. } => LinkEvent::Running,
            Event::SendReady { .. } => LinkEvent::SendReady,
            Event::InterruptReady { .. } => LinkEvent::InterruptReady,
            Event::Rejected { reason, data, .. } => LinkEvent::Rejected { reason, data },
            Event::Disconnected { reason, data, error, .. } => {
                LinkEvent::Disconnected { reason, data, error }
            }
            Event::Closed { .. } => LinkEvent::Closed,
        };
        self.note_event(link, &event);
        let Some(record) = self.links.get_mut(&link) else { return };
        if event.is_last() {
            record.ended = true;
            record.reason = event.reason();
            if record.handle.strong_count() == 0 {
                // An offer that nobody has taken: it is in no list yet.
                self.links.remove(&link);
                for object in self.objects.values_mut() {
                    object.offers.retain(|offer| offer.link != link);
                }
                return;
            }
        }
        let again = matches!(event, LinkEvent::SendReady | LinkEvent::InterruptReady)
            && record
                .events
                .iter()
                .any(|queued| std::mem::discriminant(queued) == std::mem::discriminant(&event));
        if !again {
            record.events.push_back(event);
            self.list_link(link);
        }
    }

    fn offered(&mut self, offer: Box<Offer>, now: Instant) {
        let link = offer.link;
        let Some(object) = self.objects.get_mut(&offer.object) else {
            // The object went while the connect was on its way through.
            let _ = self.node.reject(link, Reason::NO_SUCH_OBJECT, "", now);
            return;
        };
        let text = format!("a connect to object {} is offered", offer.destination);
        let (node, id) = (offer.node, offer.object);
        object.offers.push_back(offer);
        self.list_object(id);
        self.links.insert(link, LinkRecord::new(node));
        self.note(Level::DEBUG, || Note::link(Level::DEBUG, text, link, Some(node)));
    }

    fn note_event(&mut self, link: LinkId, event: &LinkEvent) {
        let node = self.links.get(&link).map(|record| record.node);
        let (level, text, error) = match event {
            LinkEvent::Accepted { .. } | LinkEvent::Running => {
                (Level::INFO, "the logical link is up".to_owned(), None)
            }
            LinkEvent::Rejected { reason, .. } => (Level::DEBUG, format!("rejected: {reason}"), None),
            LinkEvent::Disconnected { reason, error, .. } => {
                let lost = error.is_some() || matches!(*reason, Reason::UNREACHABLE | Reason::NO_ANSWER);
                let level = if lost { Level::WARN } else { Level::INFO };
                (level, format!("the logical link has ended: {reason}"), error.as_ref())
            }
            LinkEvent::Closed => (Level::INFO, "the logical link is closed".to_owned(), None),
            LinkEvent::SendReady
            | LinkEvent::InterruptReady
            | LinkEvent::Message(_)
            | LinkEvent::Interrupt(_) => return,
        };
        self.note(level, || Note::link(level, text, link, node).with_error(error));
    }

    pub(super) fn note(&mut self, level: Level, note: impl FnOnce() -> Note) {
        if wants(level) {
            self.notes.push(note());
        }
    }

    fn list_link(&mut self, link: LinkId) {
        if let Some(record) = self.links.get_mut(&link)
            && !std::mem::replace(&mut record.listed, true)
        {
            self.ready.push_back(Key::Link(link));
        }
    }

    pub(super) fn list_object(&mut self, object: ObjectId) {
        if let Some(record) = self.objects.get_mut(&object)
            && !std::mem::replace(&mut record.listed, true)
        {
            self.ready.push_back(Key::Object(object));
        }
    }

    /// Marks a link whose user has just got its handle.
    pub(super) fn list_if_news(&mut self, link: LinkId) {
        if self.links.get(&link).is_some_and(LinkRecord::has_news) {
            self.list_link(link);
        }
    }

    pub(super) fn next_ready(&mut self) -> Option<DecnetReady> {
        while let Some(key) = self.ready.pop_front() {
            let ready = match key {
                Key::Circuit => {
                    self.circuit_listed = false;
                    (!self.circuit_events.is_empty()).then_some(DecnetReady::Circuit)
                }
                Key::Link(link) => self.links.get_mut(&link).and_then(|record| {
                    record.listed = false;
                    record.handle.upgrade().map(|handle| DecnetReady::Link(LogicalLink(handle)))
                }),
                Key::Object(object) => self.objects.get_mut(&object).and_then(|record| {
                    record.listed = false;
                    record.handle.upgrade().map(|handle| DecnetReady::Listener(ObjectListener(handle)))
                }),
            };
            if ready.is_some() {
                return ready;
            }
        }
        None
    }

    /// The next event of a link; data are taken from the engine only now.
    pub(super) fn next_event(&mut self, link: LinkId, now: Instant) -> Option<LinkEvent> {
        let record = self.links.get_mut(&link)?;
        if let Some(event) = record.take_event() {
            return Some(event);
        }
        if !record.readable {
            return None;
        }
        match self.node.receive(link, now) {
            Ok(Some(Received::Message(data))) => {
                self.note(Level::TRACE, || {
                    Note::link(Level::TRACE, format!("message received, {} octets", data.len()), link, None)
                });
                Some(LinkEvent::Message(data))
            }
            Ok(Some(Received::Interrupt(data))) => Some(LinkEvent::Interrupt(data)),
            Ok(None) | Err(_) => {
                self.take_engine_events(now);
                let record = self.links.get_mut(&link)?;
                record.readable = false;
                record.take_event()
            }
        }
    }

    /// Nobody will ask for what came on this link.
    fn drain(&mut self, link: LinkId, now: Instant) {
        while let Ok(Some(_)) = self.node.receive(link, now) {}
    }

    /// The last handle of a link is gone.
    pub(super) fn forget_link(&mut self, link: LinkId, now: Instant) {
        let Some(record) = self.links.remove(&link) else { return };
        if record.listed {
            self.ready.retain(|key| *key != Key::Link(link));
        }
        if record.ended {
            return;
        }
        match self.node.state(link) {
            LinkState::Offered => {
                let _ = self.node.reject(link, Reason::NO_ANSWER, "", now);
            }
            // Its end is on the way.
            LinkState::Draining | LinkState::Clearing => self.drain(link, now),
            LinkState::Closed
            | LinkState::Calling
            | LinkState::Delivered
            | LinkState::Confirming
            | LinkState::Running => {
                let _ = self.node.abort(link, "", now);
                let node = record.node;
                self.note(Level::INFO, || {
                    Note::link(
                        Level::INFO,
                        "the logical link is aborted: its user let go of it",
                        link,
                        Some(node),
                    )
                });
            }
        }
    }

    /// The last handle of a listener is gone.
    pub(super) fn forget_object(&mut self, object: ObjectId, now: Instant) {
        self.node.unlisten(object);
        let Some(record) = self.objects.remove(&object) else { return };
        if record.listed {
            self.ready.retain(|key| *key != Key::Object(object));
        }
        for offer in record.offers {
            self.links.remove(&offer.link);
            let _ = self.node.reject(offer.link, Reason::NO_ANSWER, "", now);
        }
    }
}

/// Why there is no link, as an error.
pub(super) fn failure(reason: Reason, what: &str) -> Error {
    let kind = if reason == Reason::UNREACHABLE { ErrorKind::Transport } else { ErrorKind::Peer };
    Error::new(kind, osisession_proto::Layer::Session, format!("{what}: {reason}"))
        .with_reason(u32::from(reason.code()))
}
