//! Session control of a node: its objects, its ports, its two timers (DNA Session Control 1.0.0).
//!
//! It stands on an NSP through a port of values: [`NspRequest`] goes out, [`NspIndication`](super::nsp::NspIndication) comes in.
//! [`Node`](super::Node) has an NSP of ours below it; any other one will do, such as an operating system's or another stack's.
//!
//! # An NSP of your own
//!
//! Whoever has one carries out what [`SessionControl::poll_nsp`] asks for, and tells [`SessionControl::nsp`] what it hears. Names of links are
//! shared: those of its own calls session control makes, those of calls from outside the NSP makes with [`LinkId::of_provider`]. Connect data and
//! accept, reject and disconnect data are octets that NSP carries and does not read. What stays NSP's own: segments, acknowledgements, flow
//! control, and that [`NspRequest::Taken`] makes room.
//!
//! Here the NSP is a function that answers every connect itself, and echoes.
//!
//! ```
//! use osisession_proto::Instant;
//! use osisession_proto::scp::nsp::{NspIndication, NspRequest};
//! use osisession_proto::scp::session::{Config, ConnectOptions, Event, Received, SessionControl};
//! use osisession_proto::scp::{EndUser, NodeAddress, Reason};
//!
//! /// What my NSP makes of a request.
//! fn my_nsp(request: NspRequest) -> Vec<NspIndication> {
//!     match request {
//!         // `data` are the octets of the Connect Initiate behind SEGSIZE; they may hold a password.
//!         NspRequest::Connect { link, data, .. } => {
//!             assert!(data.0.len() <= 176);
//!             vec![
//!                 NspIndication::ConnectAcknowledged { link },
//!                 NspIndication::ConnectConfirmed { link, data: "welcome".into() },
//!             ]
//!         }
//!         // Acknowledged at the other end, and its answer.
//!         NspRequest::Data { link, message } => vec![
//!             NspIndication::Acknowledged { link, messages: 1, octets: message.len() },
//!             NspIndication::Data { link, message },
//!         ],
//!         NspRequest::Interrupt { link, data } => vec![NspIndication::Interrupt { link, data }],
//!         NspRequest::InterruptTaken { link } => vec![NspIndication::InterruptCredit { link, count: 1 }],
//!         NspRequest::Disconnect { link, .. } => {
//!             vec![NspIndication::DisconnectConfirmed { link, reason: Reason::COMPLETE }]
//!         }
//!         // There is room again: a real NSP lets the peer go on. Forgotten links, and accepts, which this one never asks for.
//!         NspRequest::Taken { .. } | NspRequest::Forget { .. } | NspRequest::Accept { .. } => vec![],
//!     }
//! }
//!
//! /// After each call: until neither has anything for the other.
//! fn settle(control: &mut SessionControl, now: Instant) {
//!     while let Some(request) = control.poll_nsp() {
//!         for indication in my_nsp(request) {
//!             control.nsp(indication, now);
//!         }
//!     }
//! }
//!
//! let now = Instant::ZERO;
//! let mut control = SessionControl::new(Config::default());
//! let node = NodeAddress::new(1, 1).expect("an address");
//! let link = control.connect(node, EndUser::named("ECHO"), ConnectOptions::default(), now)?;
//! settle(&mut control, now);
//! assert!(matches!(control.poll_event(), Some(Event::Accepted { data, .. }) if data == "welcome"));
//!
//! control.send(link, "hello", now)?;
//! settle(&mut control, now);
//! assert!(matches!(control.poll_event(), Some(Event::Readable { .. })));
//! assert_eq!(control.receive(link, now)?, Some(Received::Message("hello".into())));
//!
//! control.disconnect(link, "bye", now)?;
//! settle(&mut control, now);
//! assert!(matches!(control.poll_event(), Some(Event::Closed { .. })));
//! assert_eq!((control.ports(), control.next_timeout()), (0, None));
//! # Ok::<(), osisession_proto::Error>(())
//! ```
//!
//! Calls from outside are [`NspIndication::Connect`](super::nsp::NspIndication::Connect); form, object and access control are checked here, and a
//! rejected one is an [`NspRequest::Disconnect`] with its reason. The two timers are asked for with [`SessionControl::next_timeout`].
mod event;
mod indication;

pub use event::{ConnectOptions, Destination, Event, ObjectId, Offer, Received};

use super::address::{NodeAddress, NodeName};
use super::limits::Limits;
use super::message::{ConnectData, EndUser, MAX_USER_DATA};
use super::nsp::message::Hidden;
use super::nsp::service::{LinkId, NspRequest};
use super::object::Object;
use super::port::table::{self, Action, Event as Cause, State};
use super::reason::Reason;
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::time::Instant;
use bytes::Bytes;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How session control behaves.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// Limits and timers.
    pub limits: Limits,
    /// Send interrupt messages without credit: for peers that never give one. Default: false.
    pub ignore_interrupt_credit: bool,
}

struct Port {
    state: State,
    node: NodeAddress,
    object: Option<ObjectId>,
    /// The user knows of it.
    shown: bool,
    timer: Option<Instant>,
    /// Messages and octets that NSP has not reported as acknowledged.
    sending: (usize, usize),
    credit: u8,
    /// A send was refused; its user waits for `SendReady`.
    send_blocked: bool,
    interrupt_blocked: bool,
    messages: VecDeque<Bytes>,
    interrupts: VecDeque<Bytes>,
    /// `Readable` was told and not everything is taken.
    readable: bool,
    /// Reason and data of an orderly disconnect.
    remembered: Option<(Reason, Bytes)>,
    /// The last event, which waits until everything received is taken.
    last: Option<Event>,
    /// The last event was queued.
    ended: bool,
}

/// What led to an event of a port.
#[derive(Default)]
struct Input {
    reason: Option<Reason>,
    data: Bytes,
    connect: Hidden,
    offer: Option<Box<Offer>>,
    error: Option<Error>,
    messages: usize,
    octets: usize,
    count: u8,
}

/// The session control of one node.
///
/// After each call take [`SessionControl::poll_nsp`] and [`SessionControl::poll_event`] until both are dry, then ask
/// [`SessionControl::next_timeout`].
pub struct SessionControl {
    config: Config,
    nodes: BTreeMap<NodeName, NodeAddress>,
    objects: BTreeMap<ObjectId, Object>,
    ports: BTreeMap<LinkId, Port>,
    timers: BTreeSet<(Instant, LinkId)>,
    requests: VecDeque<NspRequest>,
    events: VecDeque<Event>,
    last_link: u32,
    last_object: u32,
}

impl fmt::Debug for SessionControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionControl")
            .field("ports", &self.ports.len())
            .field("objects", &self.objects.len())
            .finish_non_exhaustive()
    }
}

impl SessionControl {
    /// A session control without objects and links.
    pub fn new(config: Config) -> SessionControl {
        SessionControl {
            config,
            nodes: BTreeMap::new(),
            objects: BTreeMap::new(),
            ports: BTreeMap::new(),
            timers: BTreeSet::new(),
            requests: VecDeque::new(),
            events: VecDeque::new(),
            last_link: 0,
            last_object: 0,
        }
    }

    /// Makes the name of a node known, or changes its address.
    pub fn define_node(&mut self, name: NodeName, address: NodeAddress) {
        self.nodes.insert(name, address);
    }

    /// The name of a node, if one is known.
    pub fn name_of(&self, address: NodeAddress) -> Option<&NodeName> {
        self.nodes.iter().find(|(_, known)| **known == address).map(|(name, _)| name)
    }

    /// Declares an object: from now on it can be called.
    ///
    /// # Errors
    /// `Invalid`: it has neither number nor name, or one that cannot be. `Refused`: another object has its number or its name.
    pub fn listen(&mut self, object: Object) -> Result<ObjectId> {
        object.check()?;
        if self.objects.values().any(|other| other.collides_with(&object)) {
            return Err(Error::refused("another object has this number or this name"));
        }
        let id = loop {
            self.last_object = self.last_object.wrapping_add(1);
            if !self.objects.contains_key(&ObjectId(self.last_object)) {
                break ObjectId(self.last_object);
            }
        };
        self.objects.insert(id, object);
        Ok(id)
    }

    /// Ends an object: it cannot be called any more. Its links stay.
    pub fn unlisten(&mut self, object: ObjectId) {
        self.objects.remove(&object);
    }

    /// The state of a port; `Closed` if there is none.
    pub fn state(&self, link: LinkId) -> State {
        self.ports.get(&link).map_or(State::Closed, |port| port.state)
    }

    /// The node at the other end of a link.
    pub fn node_of(&self, link: LinkId) -> Option<NodeAddress> {
        self.ports.get(&link).map(|port| port.node)
    }

    /// How many ports there are, those included whose last event was not taken.
    pub fn ports(&self) -> usize {
        self.ports.len()
    }

    /// Calls an object at a node. The answer is an event: `Accepted` or `Rejected`.
    ///
    /// # Errors
    /// `Invalid`: a field that cannot be sent; a node name that cannot be (reason 10) or is not known (reason 2). `LimitHit`: there are as many
    /// ports as [`Limits::ports`] allows.
    pub fn connect(
        &mut self,
        node: impl Into<Destination>,
        object: EndUser,
        options: ConnectOptions,
        now: Instant,
    ) -> Result<LinkId> {
        let node = match node.into() {
            Destination::Address(address) => address,
            Destination::Name(name) => {
                let name = NodeName::new(&name)?;
                *self.nodes.get(&name).ok_or_else(|| {
                    Error::invalid(format!("the node name {name} is not known"))
                        .with_reason(u32::from(Reason::NODE_NAME_UNKNOWN.code()))
                })?
            }
        };
        let connect = ConnectData {
            destination: object,
            source: options.source.unwrap_or_else(|| EndUser::named("OSISESSION")),
            access: options.access,
            user_data: options.user_data,
            proxy: options.proxy,
            proxy_by_codes: options.proxy_by_codes,
            version: 0,
        };
        let connect = Hidden(connect.encode()?);
        if self.ports.len() >= self.config.limits.ports {
            return Err(Error::limit(Layer::Session, "there are as many logical links as the limit allows"));
        }
        let link = loop {
            self.last_link = self.last_link.wrapping_add(1);
            let link = LinkId::of_user(self.last_link);
            if !self.ports.contains_key(&link) {
                break link;
            }
        };
        self.ports.insert(link, Port::new(node, None, true));
        self.run(link, Cause::ConnectRequest, Input { connect, ..Input::default() }, now)?;
        Ok(link)
    }

    /// Accepts an offered link.
    ///
    /// # Errors
    /// `Invalid`: more than 16 octets of data. `Refused`: the link is not offered. `Closed`: it is gone.
    pub fn accept(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = user_data(data.into())?;
        self.run(link, Cause::Accept, Input { data, ..Input::default() }, now)
    }

    /// Rejects an offered link; the usual reason is [`Reason::BY_END_USER`].
    ///
    /// # Errors
    /// `Invalid`: more than 16 octets of data, or a reason that only NSP may send (1, 41, 42). `Refused`: the link is not offered. `Closed`: it
    /// is gone.
    pub fn reject(
        &mut self,
        link: LinkId,
        reason: Reason,
        data: impl Into<Bytes>,
        now: Instant,
    ) -> Result<()> {
        let data = user_data(data.into())?;
        if !reason.may_be_sent() {
            return Err(Error::invalid("this reason belongs to NSP").with_reason(u32::from(reason.code())));
        }
        self.run(link, Cause::Reject, Input { reason: Some(reason), data, ..Input::default() }, now)
    }

    /// Sends a message of any length, which may be empty.
    ///
    /// # Errors
    /// `WouldBlock`: what waits to be acknowledged is at its limit; `SendReady` will tell when to try again. `Refused`: the link is not open.
    /// `Closed`: it is gone.
    pub fn send(&mut self, link: LinkId, message: impl Into<Bytes>, now: Instant) -> Result<()> {
        let limits = &self.config.limits;
        let (messages, octets) = (limits.queued_send_messages, limits.queued_send_octets);
        let port = self.ports.get_mut(&link).ok_or_else(gone)?;
        if !table::cell(port.state, Cause::Data).is_blank()
            && (port.sending.0 >= messages || port.sending.1 >= octets)
        {
            port.send_blocked = true;
            return Err(would_block("the link's send queue is full"));
        }
        self.run(link, Cause::Data, Input { data: message.into(), ..Input::default() }, now)
    }

    /// Sends an interrupt message of 1 to 16 octets. It may overtake data.
    ///
    /// # Errors
    /// `Invalid`: no octet, or more than 16. `WouldBlock`: the peer has given no credit; `InterruptReady` will tell. `Refused`: the link is not
    /// open. `Closed`: it is gone.
    pub fn interrupt(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = user_data(data.into())?;
        if data.is_empty() {
            return Err(Error::invalid("an interrupt message has 1 to 16 octets"));
        }
        let ignore = self.config.ignore_interrupt_credit;
        let port = self.ports.get_mut(&link).ok_or_else(gone)?;
        if !table::cell(port.state, Cause::Interrupt).is_blank() && port.credit == 0 && !ignore {
            port.interrupt_blocked = true;
            return Err(would_block("the peer has given no credit for an interrupt message"));
        }
        self.run(link, Cause::Interrupt, Input { data, ..Input::default() }, now)
    }

    /// Ends the link in order: what was sent is acknowledged first. What the peer sends meanwhile can still be received.
    ///
    /// # Errors
    /// `Invalid`: more than 16 octets of data. `Refused`: the link is offered, or its end was asked for. `Closed`: it is gone.
    pub fn disconnect(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = user_data(data.into())?;
        let port = self.ports.get(&link).ok_or_else(gone)?;
        let cause = if port.sending == (0, 0) { Cause::Disconnect } else { Cause::DisconnectOutstanding };
        self.run(link, cause, Input { reason: Some(Reason::BY_END_USER), data, ..Input::default() }, now)
    }

    /// Ends the link at once: what was not sent is dropped. On a link whose peer has ended it, it drops what was not received.
    ///
    /// # Errors
    /// `Invalid`: more than 16 octets of data. `Refused`: the link is offered, or a disconnect is on its way. `Closed`: it is gone.
    pub fn abort(&mut self, link: LinkId, data: impl Into<Bytes>, now: Instant) -> Result<()> {
        let data = user_data(data.into())?;
        let port = self.ports.get_mut(&link).ok_or_else(gone)?;
        if let Some(last) = port.last.take() {
            port.drop_received();
            self.finish(link, last);
            return Ok(());
        }
        self.run(link, Cause::Abort, Input { reason: Some(Reason::ABORTED), data, ..Input::default() }, now)
    }

    /// Takes what came on a link: interrupt messages first, then messages in their order. `None`: nothing is there.
    ///
    /// # Errors
    /// `Closed`: the link is gone.
    pub fn receive(&mut self, link: LinkId, now: Instant) -> Result<Option<Received>> {
        let _ = now;
        let port = self.ports.get_mut(&link).ok_or_else(gone)?;
        let open = matches!(port.state, State::Running | State::Draining);
        let received = if let Some(data) = port.interrupts.pop_front() {
            if open {
                self.requests.push_back(NspRequest::InterruptTaken { link });
            }
            Some(Received::Interrupt(data))
        } else if let Some(message) = port.messages.pop_front() {
            if open {
                self.requests.push_back(NspRequest::Taken { link, messages: 1, octets: message.len() });
            }
            Some(Received::Message(message))
        } else {
            None
        };
        if port.messages.is_empty() && port.interrupts.is_empty() {
            port.readable = false;
            if let Some(last) = port.last.take() {
                self.finish(link, last);
            }
        }
        Ok(received)
    }

    /// Does what the cell says.
    fn run(&mut self, link: LinkId, cause: Cause, input: Input, now: Instant) -> Result<()> {
        let port = self.ports.get_mut(&link).ok_or_else(gone)?;
        let state = port.state;
        let cell = table::cell(state, cause);
        if cell.is_blank() && cell.next == state {
            return Err(Error::refused("not in this state of the logical link")
                .with_cell(state.name(), cause.name())
                .with_clause("DNA Session Control 1.0.0"));
        }
        port.state = cell.next;
        let mut input = input;
        for action in cell.actions {
            self.perform(*action, link, cause, &mut input, now);
        }
        // A port that nobody knows of ends without a word.
        if cell.next == State::Closed
            && let Some(port) = self.ports.get(&link)
            && !port.shown
        {
            self.ports.remove(&link);
        }
        Ok(())
    }

    fn perform(&mut self, action: Action, link: LinkId, cause: Cause, input: &mut Input, now: Instant) {
        let limits = &self.config.limits;
        let Some(port) = self.ports.get_mut(&link) else { return };
        let data = || input.data.clone();
        let reason = input.reason.unwrap_or(match cause {
            Cause::OutgoingTimer | Cause::IncomingTimer => Reason::NO_ANSWER,
            _ => Reason::UNSPECIFIED,
        });
        match action {
            Action::StartOutgoingTimer => {
                let at = now + limits.outgoing_timeout;
                self.start_timer(link, at);
            }
            Action::StartIncomingTimer => {
                let at = now + limits.incoming_timeout;
                self.start_timer(link, at);
            }
            Action::StopTimer => {
                if let Some(at) = port.timer.take() {
                    self.timers.remove(&(at, link));
                }
            }
            Action::RequestConnect => {
                let data = core::mem::take(&mut input.connect);
                self.requests.push_back(NspRequest::Connect { link, destination: port.node, data });
            }
            Action::RequestAccept => self.requests.push_back(NspRequest::Accept { link, data: data() }),
            Action::RequestDisconnect => {
                self.requests.push_back(NspRequest::Disconnect { link, reason, data: data() });
            }
            Action::RequestRemembered => {
                let (reason, data) = port.remembered.take().unwrap_or_default();
                self.requests.push_back(NspRequest::Disconnect { link, reason, data });
            }
            Action::RequestForget => self.requests.push_back(NspRequest::Forget { link }),
            Action::RequestData => {
                port.sending.0 += 1;
                port.sending.1 += input.data.len();
                self.requests.push_back(NspRequest::Data { link, message: data() });
            }
            Action::RequestInterrupt => {
                port.credit = port.credit.saturating_sub(1);
                self.requests.push_back(NspRequest::Interrupt { link, data: data() });
            }
            Action::Remember => port.remembered = Some((reason, data())),
            Action::DropReceived => port.drop_received(),
            Action::KeepData => {
                port.messages.push_back(data());
                self.readable(link);
            }
            Action::KeepInterrupt => {
                port.interrupts.push_back(data());
                self.readable(link);
            }
            Action::CountCredit => {
                // No count may exceed 127 (DNA NSP 4.0.1); what would is ignored.
                if let Some(sum) = port.credit.checked_add(input.count).filter(|sum| *sum <= 127) {
                    port.credit = sum;
                }
                if core::mem::take(&mut port.interrupt_blocked) {
                    self.events.push_back(Event::InterruptReady { link });
                }
            }
            Action::CountAcknowledged => {
                port.sending.0 = port.sending.0.saturating_sub(input.messages);
                port.sending.1 = port.sending.1.saturating_sub(input.octets);
                // Half empty: then there is something to gain from sending again.
                let room = port.sending.0 <= limits.queued_send_messages / 2
                    && port.sending.1 <= limits.queued_send_octets / 2;
                if room && port.state == State::Running && core::mem::take(&mut port.send_blocked) {
                    self.events.push_back(Event::SendReady { link });
                }
            }
            Action::TellOffered => {
                if let Some(offer) = input.offer.take() {
                    self.events.push_back(Event::Offered(offer));
                }
            }
            Action::TellAccepted => self.events.push_back(Event::Accepted { link, data: data() }),
            Action::TellRunning => self.events.push_back(Event::Running { link }),
            Action::TellRejected => self.finish(link, Event::Rejected { link, reason, data: data() }),
            Action::TellDisconnected => {
                let event = Event::Disconnected { link, reason, data: data(), error: input.error.take() };
                if port.messages.is_empty() && port.interrupts.is_empty() {
                    self.finish(link, event);
                } else {
                    port.last = Some(event);
                }
            }
            Action::TellClosed => {
                if port.last.is_none() {
                    self.finish(link, Event::Closed { link });
                }
            }
        }
    }

    fn readable(&mut self, link: LinkId) {
        if let Some(port) = self.ports.get_mut(&link)
            && !core::mem::replace(&mut port.readable, true)
        {
            self.events.push_back(Event::Readable { link });
        }
    }

    /// Queues the last event of a port, once, if the user knows of the port.
    fn finish(&mut self, link: LinkId, event: Event) {
        if let Some(port) = self.ports.get_mut(&link)
            && port.shown
            && !core::mem::replace(&mut port.ended, true)
        {
            self.events.push_back(event);
        }
    }

    fn start_timer(&mut self, link: LinkId, at: Instant) {
        if let Some(port) = self.ports.get_mut(&link) {
            port.timer = Some(at);
            self.timers.insert((at, link));
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(&(at, link)) = self.timers.first() {
            if at > now {
                break;
            }
            self.timers.remove(&(at, link));
            let Some(port) = self.ports.get_mut(&link) else { continue };
            port.timer = None;
            let cause = if link.is_incoming() { Cause::IncomingTimer } else { Cause::OutgoingTimer };
            self.indicate(link, cause, Input::default(), now);
        }
    }

    /// When [`SessionControl::handle_timeout`] has something to do next.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// What NSP is asked next.
    pub fn poll_nsp(&mut self) -> Option<NspRequest> {
        self.requests.pop_front()
    }

    /// What the user is told next. After the last event of a link its name means nothing any more.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        if event.is_last()
            && let Some(port) = self.ports.get_mut(&event.link())
        {
            // NSP may still be clearing: then the port goes when that is over.
            port.shown = false;
            port.object = None;
            if port.state == State::Closed {
                self.ports.remove(&event.link());
            }
        }
        Some(event)
    }
}

impl Port {
    fn new(node: NodeAddress, object: Option<ObjectId>, shown: bool) -> Port {
        Port {
            state: State::Closed,
            node,
            object,
            shown,
            timer: None,
            sending: (0, 0),
            // One interrupt message may be sent without a credit.
            credit: 1,
            send_blocked: false,
            interrupt_blocked: false,
            messages: VecDeque::new(),
            interrupts: VecDeque::new(),
            readable: false,
            remembered: None,
            last: None,
            ended: false,
        }
    }

    fn drop_received(&mut self) {
        self.messages.clear();
        self.interrupts.clear();
        self.readable = false;
    }
}

fn user_data(data: Bytes) -> Result<Bytes> {
    if data.len() <= MAX_USER_DATA {
        return Ok(data);
    }
    Err(Error::invalid(format!("at most {MAX_USER_DATA} octets go with this request"))
        .with_expected(format!("at most {MAX_USER_DATA} octets"), format!("{}", data.len())))
}

fn gone() -> Error {
    Error::new(ErrorKind::Closed, Layer::Api, "there is no such logical link any more")
}

fn would_block(text: &'static str) -> Error {
    Error::new(ErrorKind::WouldBlock, Layer::Session, text)
}
