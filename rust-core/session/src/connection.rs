//! One transport connection and the session on it: the class 0 engine and the session machine, glued.
//!
//! Everything here happens under the session's lock and does no input or output: what is to be done outside is noted in
//! [`Effects`].
use crate::clock;
use crate::config::SessionConfig;
use crate::errors;
use crate::listener::{Acceptor, ListenerCore};
use crate::port::tcp::Attempts;
use crate::port::user::UserTransport;
use crate::port::{Port, Wire};
use crate::refusal::Refusal;
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
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// After our end of file: how long to wait for the peer's (RFC 1006 6 needs the last TSDU to arrive, not more).
const LINGER: Duration = Duration::from_secs(2);
/// While the last TSDUs are still to be written: how long without progress.
const LAST_WRITES: Duration = Duration::from_secs(10);
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
    /// The user should look: events, the end, room to write.
    pub(crate) changed: bool,
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
    events: VecDeque<Event>,
    event_octets: usize,
    pub(crate) wire: Wire,
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
            _ => Some(Spm::new(config.spm(None))),
        };
        Connection {
            session,
            transport,
            config,
            origin,
            peer,
            delivered: false,
            refusal_told: false,
            events: VecDeque::new(),
            event_octets: 0,
            wire: Wire::default(),
            connect_deadline,
            armed: None,
            closed: false,
            was_over: false,
            refused_data: false,
            effects: Effects::default(),
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
        let is_data = matches!(request, Request::Data(_) | Request::TypedData(_));
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
        match spm.request(request, now) {
            Err(error) if ended && error.kind() == ErrorKind::Refused => {
                Err(error.with_kind(ErrorKind::Closed))
            }
            result => result,
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

    pub(crate) fn peer(&self) -> Option<&str> {
        match self.transport {
            Transport::Class0(_) => Some(&self.peer),
            Transport::User(_) => None,
        }
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
        self.indication(indication, now);
        true
    }

    pub(crate) fn wants_data(&self) -> bool {
        self.event_octets < self.config.limits.queued_event_octets
    }

    // The network.

    /// The attempts, to start the next one outside the lock; `None` if nobody wants it any more.
    pub(crate) fn take_attempts(&mut self) -> Option<Attempts> {
        match (&mut self.origin, &self.transport) {
            (Origin::Connecting(attempts), Transport::Class0(class0)) if !class0.is_closed() => {
                attempts.take()
            }
            _ => None,
        }
    }

    /// An attempt was started on this port, or none is left. The port comes back if nobody wants it any more.
    pub(crate) fn attempt(&mut self, attempts: Attempts, port: Result<Port>, now: Instant) -> Option<Port> {
        self.peer = attempts.peer();
        self.origin = Origin::Connecting(Some(attempts));
        match port {
            Err(error) => self.network_lost(error, now),
            Ok(port) if matches!(&self.transport, Transport::Class0(class0) if class0.is_closed()) => {
                return Some(port);
            }
            Ok(port) => self.wire.port = Some(port),
        }
        None
    }

    /// The network connection is up.
    pub(crate) fn network_connected(&mut self, now: Instant) {
        self.wire.connected = true;
        if let Transport::Class0(class0) = &mut self.transport {
            class0.network_connected(now);
        }
    }

    /// The attempt under way failed.
    pub(crate) fn attempt_failed(&mut self, error: &io::Error) {
        self.effects.port = self.wire.port.take();
        if let Origin::Connecting(Some(attempts)) = &mut self.origin {
            attempts.failed(error);
            self.effects.attempt = true;
        }
    }

    /// Octets came.
    pub(crate) fn received(&mut self, octets: &[u8], now: Instant) {
        let Transport::Class0(class0) = &mut self.transport else { return };
        if class0.is_closed() {
            return;
        }
        self.wire.input.extend_from_slice(octets);
        class0.received(&mut self.wire.input, now);
        if self.wire.input.is_empty() {
            // What was cut off lives on in its slices; an idle connection keeps no buffer.
            self.wire.input = bytes::BytesMut::new();
        }
    }

    /// The peer's end of file.
    pub(crate) fn end_of_file(&mut self, now: Instant) {
        self.wire.eof = true;
        if let Transport::Class0(class0) = &mut self.transport {
            class0.network_closed(None, now);
        }
    }

    /// The network connection is over, at once.
    pub(crate) fn network_lost(&mut self, error: Error, now: Instant) {
        if let Transport::Class0(class0) = &mut self.transport {
            class0.network_closed(Some(error), now);
        }
        self.drop_port();
    }

    /// The endpoint ends. The port comes back, for a last look.
    pub(crate) fn hang_up(&mut self, now: Instant) -> Option<Port> {
        let port = self.wire.port.take();
        self.network_lost(errors::closed("the endpoint is closed"), now);
        port
    }

    fn drop_port(&mut self) {
        if let Some(port) = self.wire.port.take() {
            self.effects.port = Some(port);
        }
        self.wire.drop_output();
        self.wire.input.clear();
        self.wire.eof = true;
        self.wire.finished = true;
    }

    /// Reading makes sense now.
    pub(crate) fn reading_port(&self) -> Option<Port> {
        let open = self.wire.connected && !self.wire.eof && !self.wire.paused;
        if open { self.wire.port.clone() } else { None }
    }

    /// Takes a batch to write; the caller is the writer from now on. The second value asks for our end of file.
    pub(crate) fn start_writing(&mut self, now: Instant) -> Writing {
        let Transport::Class0(class0) = &mut self.transport else { return Writing::Nothing };
        if self.wire.writing {
            self.wire.again = true;
            return Writing::Nothing;
        }
        if !self.wire.connected {
            if class0.is_closed() && self.wire.port.is_some() {
                // Given up before the network was there.
                self.drop_port();
            }
            return Writing::Nothing;
        }
        let Some(port) = self.wire.port.clone() else { return Writing::Nothing };
        if self.wire.broken {
            while class0.poll_output().is_some() {}
            self.wire.drop_output();
        } else {
            self.wire.fill(|| class0.poll_output());
            if !self.wire.output.is_empty() {
                if class0.is_closed() {
                    self.wire.linger.get_or_insert(now + LAST_WRITES);
                }
                self.wire.writing = true;
                self.wire.again = false;
                return Writing::Batch(port, std::mem::take(&mut self.wire.output));
            }
        }
        if !class0.wants_close() {
            return Writing::Nothing;
        }
        if self.wire.eof || self.wire.broken {
            self.drop_port();
            return Writing::Nothing;
        }
        if self.wire.finished {
            return Writing::Nothing;
        }
        self.wire.finished = true;
        self.wire.be_patient(now, LINGER);
        // From now on everything read is dropped, so the user's queue does not matter.
        self.effects.resume |= std::mem::take(&mut self.wire.paused);
        Writing::Finish(port)
    }

    /// The outcome of writing a batch. True: go on writing.
    pub(crate) fn wrote(&mut self, batch: VecDeque<Bytes>, result: io::Result<usize>, now: Instant) -> bool {
        self.wire.writing = false;
        if self.wire.port.is_none() {
            self.wire.drop_output();
            return false;
        }
        let more = match result {
            Ok(count) => {
                self.wire.put_back(batch, count);
                if self.wire.linger.is_some() {
                    self.wire.be_patient(now, LAST_WRITES);
                }
                true
            }
            Err(error) => {
                self.wire.put_back(batch, 0);
                match error.kind() {
                    io::ErrorKind::WouldBlock => self.wire.again,
                    io::ErrorKind::Interrupted => true,
                    _ => {
                        // The peer may have said why before it went: read first.
                        self.wire.broken = true;
                        self.effects.resume = true;
                        true
                    }
                }
            }
        };
        self.check_room();
        more
    }

    // Time.

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let transport = match &self.transport {
            Transport::Class0(class0) => class0.next_timeout(),
            Transport::User(_) => None,
        };
        let session = self.session.as_ref().and_then(Spm::next_timeout).map(|(at, _)| at);
        [transport, session, self.connect_deadline, self.wire.linger].into_iter().flatten().min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.wire.linger.is_some_and(|at| now >= at) {
            self.wire.linger = None;
            self.drop_port();
        }
        let waited = self.connect_deadline.is_some_and(|at| now >= at);
        if waited && let Some(step) = self.step_below_session() {
            self.connect_deadline = None;
            let error = self.too_late(step);
            self.network_lost(error, now);
        }
        if let Transport::Class0(class0) = &mut self.transport {
            class0.handle_timeout(now);
        }
        // What happened below goes before the session's own deadline, which may be over at the same time.
        self.pump(now);
        if let Some(spm) = &mut self.session {
            spm.handle_timeout(now);
        }
        self.pump(now);
        if waited && self.connect_deadline.take().is_some() {
            // The machine has its own deadline for an initiator; a caller that does not send CONNECT ends here.
            let error = self.too_late(match self.origin {
                Origin::Accepted(_) => "CONNECT from",
                _ => "answer to CONNECT from",
            });
            self.disconnect(Some(error), now);
        }
    }

    /// What the transport connection still waits for; `None` once it is open.
    fn step_below_session(&self) -> Option<&'static str> {
        let Transport::Class0(class0) = &self.transport else { return None };
        match self.origin {
            _ if !class0.is_connecting() => None,
            Origin::Accepted(_) => Some("CR from"),
            _ if !self.wire.connected => Some("answer to the TCP connect from"),
            _ => Some("answer to the CR (T-CONNECT) from"),
        }
    }

    fn too_late(&self, waiting_for: &str) -> Error {
        let limit = self.config.limits.connect_timeout;
        let text = format!("no {waiting_for} {} within {limit:?} (connect_timeout)", self.peer);
        let layer = match &self.transport {
            Transport::Class0(_) if !self.wire.connected => Layer::Network,
            Transport::Class0(class0) if class0.is_connecting() => Layer::Transport,
            _ => Layer::Session,
        };
        self.at_state(Error::new(ErrorKind::TimedOut, layer, text))
    }

    /// Adds the state of the machine.
    fn at_state(&self, mut error: Error) -> Error {
        if let Some(spm) = &self.session {
            error.details_mut().state.get_or_insert(spm.state().name());
        }
        error
    }

    // Between the two machines.

    /// Ends the transport connection from here, without a word of the session protocol.
    fn disconnect(&mut self, error: Option<Error>, now: Instant) {
        match &mut self.transport {
            Transport::Class0(class0) => class0.refuse(0, now),
            Transport::User(user) if !user.over => {
                user.request(TransportRequest::Disconnect { reason: 0 });
                self.effects.changed = true;
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
                self.event(event);
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
        }
    }

    fn transport_request(&mut self, request: TransportRequest, now: Instant) {
        match &mut self.transport {
            Transport::User(user) => {
                user.request(request);
                self.effects.changed = true;
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
            self.session = Some(Spm::new(config.spm(selectors)));
            self.config = config;
        }
        if let TransportIndication::Disconnect(error) = &mut indication {
            let known = error.take().unwrap_or_else(|| {
                let text = format!("connection closed by {}", self.peer_name());
                Error::new(ErrorKind::Transport, Layer::Network, text)
            });
            *error = Some(self.at_state(known));
        }
        if let Some(spm) = &mut self.session {
            spm.transport(indication, now);
        }
    }

    fn peer_name(&self) -> &str {
        if self.peer.is_empty() { "the peer" } else { &self.peer }
    }

    fn event(&mut self, event: Event) {
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
                        self.refuse_vanished();
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
        if self.closed {
            return;
        }
        self.event_octets += cost(&event);
        self.events.push_back(event);
        self.effects.changed = true;
        if !self.wants_data() && !self.wire.paused {
            self.wire.paused = true;
            if let Transport::Class0(class0) = &mut self.transport {
                class0.set_reading(false, clock::now());
            }
        }
    }

    /// The listener was closed between the T-CONNECT and the CONNECT: REFUSE.
    fn refuse_vanished(&mut self) {
        let reject = ConnectReject::default();
        if let Some(spm) = &mut self.session {
            let _ = spm.request(Request::ConnectResponseNegative(Box::new(reject)), clock::now());
        }
    }

    /// A caller that the machine refused has no session whose events could say so.
    fn tell_refusal(&mut self) {
        let (Origin::Accepted(acceptor), Some(spm), false) =
            (&self.origin, &mut self.session, self.refusal_told)
        else {
            return;
        };
        let Some(error) = spm.refusal().cloned() else { return };
        self.refusal_told = true;
        self.effects.refusal = Some(Box::new(Refusal {
            peer_address: self.peer.clone(),
            local_address: acceptor.local.clone(),
            error,
            trace: std::iter::from_fn(|| spm.poll_trace()).collect(),
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

/// What to write next.
pub(crate) enum Writing {
    Nothing,
    Batch(Port, VecDeque<Bytes>),
    /// Our end of file.
    Finish(Port),
}

fn cost(event: &Event) -> usize {
    event.user_data().remaining() + EVENT_COST
}
