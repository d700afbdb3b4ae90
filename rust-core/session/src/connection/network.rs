//! The side of a connection that looks at the network and the clock: attempts, octets, the end, deadlines.
use super::tapped::octets_of;
use super::{Connection, Origin, Transport};
use crate::errors;
use crate::log;
use crate::port::Port;
use crate::port::tcp::Attempts;
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::transport::Class0;
use osisession_proto::x225::Spm;
use osisession_proto::{Error, ErrorKind, Instant, Layer};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tracing::Level;

/// After our end of file: how long to wait for the peer's (RFC 1006 6 needs the last TSDU to arrive, not more).
const LINGER: Duration = Duration::from_secs(2);
/// While the last TSDUs are still to be written: how long without progress.
const LAST_WRITES: Duration = Duration::from_secs(10);
/// What to write next.
pub(crate) enum Writing {
    Nothing,
    Batch(Port, VecDeque<Bytes>),
    /// Our end of file.
    Finish(Port),
}

impl Connection {
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

    pub(crate) fn keepalive(&self) -> Option<Duration> {
        self.config.keepalive
    }

    /// The network connection is up.
    pub(crate) fn network_connected(&mut self, now: Instant) {
        self.wire.connected = true;
        self.note(Level::DEBUG, "the network connection is up", None);
        self.tap_up();
        if !self.begin_tls(now)
            && let Transport::Class0(class0) = &mut self.transport
        {
            class0.network_connected(now);
        }
    }

    /// The attempt under way failed.
    pub(crate) fn attempt_failed(&mut self, error: &io::Error) {
        self.effects.port = self.wire.port.take();
        if log::wants(Level::DEBUG) {
            let error = errors::network(error, "connecting to", &self.peer);
            self.note(Level::DEBUG, "an address cannot be reached", Some(&error));
        }
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
        self.heard = true;
        if self.tls.is_some() {
            return self.received_tls(octets, now);
        }
        if let Some((tap, session)) = &self.tap {
            tap.see(octets_of(*session, false, Bytes::copy_from_slice(octets)));
        }
        self.wire.input.extend_from_slice(octets);
        class0.received(&mut self.wire.input, now);
        self.keep_no_buffer();
    }

    pub(super) fn keep_no_buffer(&mut self) {
        if self.wire.input.is_empty() {
            // What was cut off lives on in its slices; an idle connection keeps no buffer.
            self.wire.input = bytes::BytesMut::new();
        }
    }

    /// The peer's end of file.
    pub(crate) fn end_of_file(&mut self, now: Instant) {
        self.wire.eof = true;
        self.tap_end();
        let error = self.truncated();
        if let Transport::Class0(class0) = &mut self.transport {
            class0.network_closed(error, now);
        }
    }

    /// The network connection is over, at once.
    pub(crate) fn network_lost(&mut self, error: Error, now: Instant) {
        if !self.wire.eof {
            self.tap_end();
        }
        if let Transport::Class0(class0) = &mut self.transport {
            class0.network_closed(Some(error), now);
        }
        self.drop_port();
    }

    /// The endpoint ends. The port comes back, for a last look, with last octets for it.
    pub(crate) fn hang_up(&mut self, now: Instant) -> Option<(Port, VecDeque<Bytes>)> {
        self.end_tls();
        let last = if self.wire.writing { VecDeque::new() } else { std::mem::take(&mut self.wire.output) };
        let port = self.wire.port.take().map(|port| (port, last));
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
            let tap = &self.tap;
            let next = |class0: &mut Class0| {
                let piece = class0.poll_output()?;
                if let Some((tap, session)) = tap {
                    tap.see(octets_of(*session, true, piece.clone()));
                }
                Some(piece)
            };
            match &mut self.tls {
                Some(tls) => {
                    if let Err(error) = tls.fill(&mut self.wire, || next(class0)) {
                        class0.network_closed(Some(error), now);
                    }
                    if class0.wants_close() {
                        tls.finish(&mut self.wire);
                    }
                }
                None => self.wire.fill(|| next(class0)),
            }
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
            _ if self.tls.as_ref().is_some_and(|tls| !tls.is_up()) => Some("end of the TLS handshake with"),
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
            _ if self.tls.as_ref().is_some_and(|tls| !tls.is_up()) => Layer::Network,
            Transport::Class0(class0) if class0.is_connecting() => Layer::Transport,
            _ => Layer::Session,
        };
        let mut error = Error::new(ErrorKind::TimedOut, layer, text);
        error.details_mut().found = Some(errors::SILENCE.into());
        if self.wire.connected && layer == Layer::Network {
            error = error.with_parameter("TLS handshake");
        }
        self.at_state(error)
    }

    /// Adds the state of the machine.
    pub(super) fn at_state(&self, mut error: Error) -> Error {
        if let Some(spm) = &self.session {
            error.details_mut().state.get_or_insert(spm.state().name());
        }
        error
    }
}
