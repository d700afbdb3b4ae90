//! One transport connection and the session on it: the class 0 engine and the session machine, glued.
//!
//! Everything here happens under the session's lock and does no input or output: what is to be done outside is noted in
//! [`Effects`].
mod logged;
mod network;
mod secure;
mod tapped;

pub(crate) use network::Writing;

use self::logged::Asked;

use crate::config::SessionConfig;
use crate::errors;
use crate::listener::{Acceptor, ListenerCore};
use crate::log::{self, Note};
use crate::port::tcp::Attempts;
use crate::port::user::UserTransport;
use crate::port::{Port, Wire};
use crate::refusal::Refusal;
use crate::tap::Tap;
use crate::tls;
use bytes::{Buf, Bytes};
use osisession_proto::error::Result;
use osisession_proto::transport::Class0;
use osisession_proto::x225::Spm;
use osisession_proto::x225::names::State;
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::x225::primitive::{ConnectReject, Event, Request};
use osisession_proto::x225::spm::Accepted;
use osisession_proto::{Error, ErrorKind, Instant, Layer};
use std::collections::VecDeque;
use std::sync::Arc;
use tracing::Level;

/// What an event costs besides its user data, so that empty ones count too.
const EVENT_COST: usize = 128;
/// DR: session entity not attached to the TSAP (X.224 13.5.3).
const NOT_ATTACHED: u8 = 2;

/// Where the transport connection comes from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// We connect, to one address after the other; the attempts are away while one is started.
    Connecting(Option<Attempts>),
    /// A caller came to this acceptor.
    Accepted(Arc<Acceptor>),
    /// The pipe or the caller's transport was there from the beginning.
    Given,
}

#[derive(Debug)]
enum Transport {
    Class0(Box<Class0>),
    User(UserTransport),
}

/// What is to be done once the lock is released.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// There is something to write, or an end to be made of it.
    pub(crate) output: bool,
    /// The user should look: events, the end, room to write, requests for its own transport.
    pub(crate) changed: bool,
    /// What changed is nothing that a handler is called for.
    pub(crate) call: bool,
    /// Reading goes on: the network may have been ready all the time.
    pub(crate) resume: bool,
    /// A caller's S-CONNECT indication goes to this listener.
    pub(crate) arrived: Option<Arc<ListenerCore>>,
    /// A caller's CONNECT came, or it is gone: it no longer counts among those that are connecting.
    pub(crate) settled: Option<Arc<Acceptor>>,
    /// The network connection is over.
    pub(crate) gone: bool,
    /// To be dropped outside the lock: that closes it.
    pub(crate) port: Option<Port>,
    /// The next address is to be tried.
    pub(crate) attempt: bool,
    /// The machine refused a caller by itself.
    pub(crate) refusal: Option<Box<Refusal>>,
    /// The next deadline came nearer.
    pub(crate) wake: bool,
    /// Lines for the log.
    pub(crate) notes: Vec<Note>,
    /// For the endpoint's counters.
    pub(crate) established: bool,
    pub(crate) released: bool,
    pub(crate) aborted: bool,
}

/// One transport connection and its session.
#[derive(Debug)]
pub(crate) struct Connection {
    /// `None` until it is known which listener a caller wants.
    session: Option<Spm>,
    transport: Transport,
    config: SessionConfig,
    origin: Origin,
    peer: String,
    /// The caller went to its listener.
    delivered: bool,
    /// The machine refused the caller, and that was told.
    refusal_told: bool,
    /// The peer sent something.
    heard: bool,
    events: VecDeque<Event>,
    event_octets: usize,
    pub(crate) wire: Wire,
    /// TLS below the class 0 engine, once the network connection is up.
    tls: Option<tls::Layer>,
    /// Whom we call, for TLS to verify.
    pub(crate) host: String,
    /// End of [`osisession_proto::Limits::connect_timeout`], until S-CONNECT is confirmed or indicated.
    connect_deadline: Option<Instant>,
    /// What the reactor's timer is set to.
    pub(crate) armed: Option<Instant>,
    /// The user closed it, or nobody is left who could use it.
    closed: bool,
    was_over: bool,
    /// A data request was answered with `WouldBlock`.
    refused_data: bool,
    effects: Effects,
    /// Who looks at the octets, and under which number.
    pub(crate) tap: Option<(Tap, u64)>,
}

impl Connection {
    /// Over TCP or a pipe.
    pub(crate) fn new(
        transport: Class0,
        config: SessionConfig,
        origin: Origin,
        peer: String,
        now: Instant,
    ) -> Connection {
        let deadline = Some(now + config.limits.connect_timeout);
        Connection::over(Transport::Class0(Box::new(transport)), config, origin, peer, deadline)
    }

    /// Over a transport of the caller's own.
    pub(crate) fn over_user_transport(config: SessionConfig) -> Connection {
        let transport = Transport::User(UserTransport::default());
        Connection::over(transport, config, Origin::Given, String::new(), None)
    }

    fn over(
        transport: Transport,
        config: SessionConfig,
        origin: Origin,
        peer: String,
        connect_deadline: Option<Instant>,
    ) -> Connection {
        let session = match origin {
            Origin::Accepted(_) => None,
            _ => Some(Spm::new(config.spm(None, matches!(transport, Transport::Class0(_))))),
        };
        Connection {
            session,
            transport,
            config,
            origin,
            peer,
            delivered: false,
            refusal_told: false,
            heard: false,
            events: VecDeque::new(),
            event_octets: 0,
            wire: Wire::default(),
            tls: None,
            host: String::new(),
            connect_deadline,
            armed: None,
            closed: false,
            was_over: false,
            refused_data: false,
            effects: Effects::default(),
            tap: None,
        }
    }

    // The user.

    /// Whether the user is beyond the end: nothing more can come or be asked.
    fn is_ended(&self) -> bool {
        // A transport connection kept for reuse (STA01C) can carry another session connection.
        self.closed || self.session.as_ref().is_some_and(|spm| spm.is_over() && spm.state() != State::STA01C)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.closed || self.session.as_ref().is_some_and(Spm::is_over)
    }

    pub(crate) fn request(&mut self, request: Request, now: Instant) -> Result<Accepted> {
        if self.closed {
            return Err(errors::closed("the session is closed"));
        }
        let is_data = matches!(request, Request::Data(_) | Request::TypedData(_) | Request::DataPiece { .. });
        if is_data && !self.is_ended() && !self.is_writable() {
            self.refused_data = true;
            let text = format!("{} octets wait for the network", self.queued_octets());
            return Err(Error::new(ErrorKind::WouldBlock, Layer::Api, text).with_expected(
                "fewer than queued_send_octets",
                self.config.limits.queued_send_octets.to_string(),
            ));
        }
        let ended = self.is_ended();
        let Some(spm) = &mut self.session else { return Err(Error::refused("no caller yet")) };
        let (name, kind) = (request.name(), Asked::of(&request));
        match spm.request(request, now) {
            Err(error) if ended && error.kind() == ErrorKind::Refused => {
                Err(error.with_kind(ErrorKind::Closed))
            }
            Ok(accepted) => {
                self.asked(name, kind);
                Ok(accepted)
            }
            Err(error) => {
                if log::wants(Level::DEBUG) {
                    let note = Note::new(Level::DEBUG, format!("{name} is refused"));
                    self.effects.notes.push(note.with_error(Some(&error)));
                }
                Err(error)
            }
        }
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.queued_octets() < self.config.limits.queued_send_octets
    }

    /// Asks to be told about room.
    pub(crate) fn want_room(&mut self) {
        self.refused_data = true;
    }

    fn queued_octets(&self) -> usize {
        match &self.transport {
            Transport::Class0(class0) => class0.pending_output_octets() + self.wire.output_octets,
            Transport::User(user) => user.octets(),
        }
    }

    /// Tells about room, with some distance from the limit: not at every octet.
    fn check_room(&mut self) {
        if self.refused_data && self.queued_octets() <= self.config.limits.queued_send_octets / 2 {
            self.refused_data = false;
            self.effects.changed = true;
            self.effects.call = true;
        }
    }

    pub(crate) fn take_event(&mut self, now: Instant) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.event_octets -= cost(&event);
        if self.wire.paused && self.event_octets <= self.config.limits.queued_event_octets / 2 {
            self.wire.paused = false;
            if let Transport::Class0(class0) = &mut self.transport {
                class0.set_reading(true, now);
            }
            self.effects.resume = true;
        }
        Some(event)
    }

    pub(crate) fn first_event(&self) -> Option<&Event> {
        self.events.front()
    }

    pub(crate) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// Nothing more will come.
    pub(crate) fn is_drained(&self) -> bool {
        self.is_ended() && self.events.is_empty()
    }

    /// Aborts what is open; nobody listens any more.
    pub(crate) fn close(&mut self, now: Instant) {
        if self.closed {
            return;
        }
        self.closed = true;
        self.drop_events(now);
        let aborted = match &mut self.session {
            Some(spm) if spm.is_over() => spm.state() != State::STA01C,
            Some(spm) => spm.request(Request::UAbort(Bytes::new()), now).is_ok(),
            None => false,
        };
        if !aborted {
            self.disconnect(None, now);
        }
    }

    /// Answers a caller that nobody will ever accept.
    pub(crate) fn refuse(&mut self, reason: u8, now: Instant) {
        if self.closed {
            return;
        }
        let reject = ConnectReject { reason, ..ConnectReject::default() };
        let answered = self
            .session
            .as_mut()
            .is_some_and(|spm| spm.request(Request::ConnectResponseNegative(Box::new(reject)), now).is_ok());
        if answered {
            self.closed = true;
            self.drop_events(now);
        } else {
            self.close(now);
        }
    }

    fn drop_events(&mut self, now: Instant) {
        while self.take_event(now).is_some() {}
    }

    pub(crate) fn session(&mut self) -> Option<&mut Spm> {
        self.session.as_mut()
    }

    /// The peer's address; `None` over the user's own transport.
    pub(crate) fn peer_address(&self) -> Option<String> {
        match (&self.transport, &self.origin) {
            (Transport::User(_), _) => None,
            (_, Origin::Connecting(Some(attempts))) => Some(attempts.address()),
            _ => Some(self.peer.clone()),
        }
    }

    /// The peer as errors name it.
    pub(crate) fn peer_name(&self) -> &str {
        if self.peer.is_empty() { "the peer" } else { &self.peer }
    }

    // The caller's own transport.

    /// The next thing for the caller's transport to do.
    pub(crate) fn next_transport_request(&mut self) -> Option<TransportRequest> {
        let Transport::User(user) = &mut self.transport else { return None };
        let request = user.take();
        self.check_room();
        request
    }

    pub(crate) fn user_indication(&mut self, indication: TransportIndication, now: Instant) -> bool {
        let Transport::User(user) = &mut self.transport else { return false };
        if user.over {
            return false;
        }
        user.over = matches!(indication, TransportIndication::Disconnect(_));
        self.tap_indication(&indication);
        self.indication(indication, now);
        true
    }

    pub(crate) fn wants_data(&self) -> bool {
        self.event_octets < self.config.limits.queued_event_octets
    }

    // Between the two machines.

    /// Ends the transport connection from here, without a word of the session protocol.
    fn disconnect(&mut self, error: Option<Error>, now: Instant) {
        if let Some(error) = &error {
            self.caller_failed(error);
        }
        match &mut self.transport {
            Transport::Class0(class0) => class0.refuse(0, now),
            Transport::User(user) if !user.over => {
                user.request(TransportRequest::Disconnect { reason: 0 });
                self.effects.changed = true;
                self.effects.call = true;
            }
            Transport::User(_) => {}
        }
        if let Some(spm) = &mut self.session {
            spm.transport(TransportIndication::Disconnect(error), now);
        }
    }

    /// Passes values between the machines until both are dry. To be called after everything that acts on either.
    pub(crate) fn pump(&mut self, now: Instant) {
        loop {
            if let Transport::Class0(class0) = &mut self.transport
                && let Some(indication) = class0.poll_indication()
            {
                self.indication(indication, now);
                continue;
            }
            let Some(spm) = &mut self.session else { break };
            if let Some(request) = spm.poll_transport() {
                self.transport_request(request, now);
            } else if let Some(event) = spm.poll_event() {
                self.event(event, now);
            } else {
                break;
            }
        }
        let over = self.is_over();
        if over != self.was_over {
            self.was_over = over;
            self.effects.changed = true;
        }
        self.tell_refusal();
        match &self.transport {
            Transport::Class0(class0) => {
                let pending = class0.pending_output_octets() > 0 || class0.wants_close();
                self.effects.output |= pending && self.wire.port.is_some();
                self.effects.gone |= class0.is_closed() && self.wire.port.is_none();
            }
            Transport::User(user) => self.effects.gone |= user.over,
        }
        if self.effects.gone {
            self.settle();
            self.tap_gone();
        }
    }

    fn transport_request(&mut self, request: TransportRequest, now: Instant) {
        if matches!(self.transport, Transport::User(_)) {
            self.tap_request(&request);
        }
        match &mut self.transport {
            Transport::User(user) => {
                user.request(request);
                self.effects.changed = true;
                self.effects.call = true;
            }
            Transport::Class0(class0) => {
                let is_connect = matches!(request, TransportRequest::Connect { .. });
                let Err(error) = class0.request(request, now) else { return };
                // Refused after the end means that the T-DISCONNECT indication is on its way already.
                if is_connect && let Some(spm) = &mut self.session {
                    spm.transport(TransportIndication::Disconnect(Some(error)), now);
                }
            }
        }
    }

    fn indication(&mut self, mut indication: TransportIndication, now: Instant) {
        if let (TransportIndication::Connect { .. }, Origin::Accepted(acceptor), None) =
            (&indication, &self.origin, &self.session)
        {
            let Transport::Class0(class0) = &mut self.transport else { return };
            let Some((config, selectors)) = acceptor.route(class0.called_t_selector()) else {
                class0.refuse(NOT_ATTACHED, now);
                return;
            };
            self.session = Some(Spm::new(config.spm(selectors, true)));
            self.config = config;
        }
        // A machine that awaits nothing but the end takes an orderly end of the connection for it.
        let awaited = self.session.as_ref().is_some_and(Spm::may_be_released_by_close);
        if let TransportIndication::Disconnect(error) = &mut indication
            && (error.is_some() || !awaited)
        {
            let known = error.take().unwrap_or_else(|| {
                let text = format!("connection closed by {}", self.peer_name());
                let mut error = Error::new(ErrorKind::Transport, Layer::Network, text);
                error.details_mut().found = Some(errors::CLOSED.into());
                error
            });
            let known = self.at_state(known);
            self.caller_failed(&known);
            *error = Some(known);
        }
        if let Some(spm) = &mut self.session {
            spm.transport(indication, now);
        }
    }

    /// What the peer's transport did against X.224 and RFC 1006 and was forgiven.
    pub(crate) fn forgiven(&self) -> Vec<Error> {
        match &self.transport {
            Transport::Class0(class0) => class0.forgiven().to_vec(),
            Transport::User(_) => Vec::new(),
        }
    }

    fn event(&mut self, event: Event, now: Instant) {
        match &event {
            Event::ConnectIndication(connect) => {
                self.connect_deadline = None;
                if let (Origin::Accepted(acceptor), Transport::Class0(class0), false) =
                    (&self.origin, &self.transport, self.delivered)
                {
                    self.delivered = true;
                    let recipient = acceptor.recipient(class0.called_t_selector(), &connect.called_selector);
                    let vanished = recipient.is_none();
                    self.effects.arrived = recipient;
                    if vanished {
                        self.closed = true;
                        self.refuse_vanished(now);
                    }
                    self.settle();
                }
            }
            Event::ConnectConfirm(_)
            | Event::ConnectConfirmNegative(_)
            | Event::UAbortIndication(_)
            | Event::PAbortIndication(..) => self.connect_deadline = None,
            _ => {}
        }
        self.told(&event);
        if self.closed {
            return;
        }
        self.event_octets += cost(&event);
        self.events.push_back(event);
        self.effects.changed = true;
        if !self.wants_data() && !self.wire.paused {
            self.wire.paused = true;
            if let Transport::Class0(class0) = &mut self.transport {
                class0.set_reading(false, now);
            }
        }
    }

    /// The listener was closed between the T-CONNECT and the CONNECT: REFUSE.
    fn refuse_vanished(&mut self, now: Instant) {
        let reject = ConnectReject::default();
        if let Some(spm) = &mut self.session {
            let _ = spm.request(Request::ConnectResponseNegative(Box::new(reject)), now);
        }
    }

    /// A caller that the machine refused has no session whose events could say so.
    fn tell_refusal(&mut self) {
        let (Origin::Accepted(_), Some(spm), false) = (&self.origin, &self.session, self.refusal_told) else {
            return;
        };
        if let Some(error) = spm.refusal().cloned() {
            self.refused(error);
        }
    }

    /// Nor has one that was lost, or given up, before a listener saw it.
    fn caller_failed(&mut self, error: &Error) {
        if self.delivered || self.refusal_told || self.closed || error.kind() == ErrorKind::Closed {
            return;
        }
        if !self.heard && error.kind() == ErrorKind::Transport {
            // Somebody tried whether the port is open.
            if matches!(self.origin, Origin::Accepted(_)) {
                self.note(Level::DEBUG, "a caller left without a word", Some(error));
            }
            return;
        }
        self.refused(error.clone());
    }

    /// For [`crate::Endpoint::next_refusal`].
    fn refused(&mut self, error: Error) {
        let Origin::Accepted(acceptor) = &self.origin else { return };
        self.refusal_told = true;
        let trace = match &mut self.session {
            Some(spm) => std::iter::from_fn(|| spm.poll_trace()).collect(),
            None => Vec::new(),
        };
        self.effects.refusal = Some(Box::new(Refusal {
            peer_address: self.peer.clone(),
            local_address: acceptor.local.clone(),
            error,
            trace,
        }));
    }

    fn settle(&mut self) {
        if let Origin::Accepted(acceptor) = &self.origin {
            self.effects.settled = Some(acceptor.clone());
        }
    }

    pub(crate) fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }
}

fn cost(event: &Event) -> usize {
    event.user_data().remaining() + EVENT_COST
}
