//! The side of a connection that has TLS in it: between the octets of the network and those of TPKT.
use super::tapped::octets_of;
use super::{Connection, Origin, Transport};
use crate::tls;
use osisession_proto::{Error, Instant};
use tracing::Level;

impl Connection {
    /// TLS begins if it is to be there: the network is not up for the class 0 engine yet.
    pub(super) fn begin_tls(&mut self, now: Instant) -> bool {
        let is_server = matches!(self.origin, Origin::Accepted(_));
        match tls::Layer::new(&self.config, is_server, &self.host) {
            None => return false,
            Some(Err(error)) => self.network_lost(error, now),
            Some(Ok(mut tls)) => {
                tls.flush(&mut self.wire);
                self.effects.output = true;
                self.tls = Some(tls);
            }
        }
        true
    }

    /// Octets of TLS came.
    pub(super) fn received_tls(&mut self, octets: &[u8], now: Instant) {
        let (Some(tls), Transport::Class0(class0)) = (&mut self.tls, &mut self.transport) else { return };
        let peer = if self.peer.is_empty() { "the peer" } else { &self.peer };
        let was_up = tls.is_up();
        let known = self.wire.input.len();
        let outcome = tls.received(octets, &mut self.wire, peer);
        if let (Some((tap, session)), Some(new @ [_, ..])) = (&self.tap, self.wire.input.get(known..)) {
            tap.see(octets_of(*session, false, bytes::Bytes::copy_from_slice(new)));
        }
        tls.flush(&mut self.wire);
        self.effects.output |= !self.wire.output.is_empty();
        let came_up = !was_up && tls.is_up();
        if came_up {
            class0.network_connected(now);
        }
        // What came before a failure or the end counts.
        class0.received(&mut self.wire.input, now);
        self.keep_no_buffer();
        if came_up {
            self.note(Level::DEBUG, "TLS is up", None);
        }
        match outcome {
            Ok(false) => {}
            Ok(true) => {
                self.wire.eof = true;
                self.tap_end();
                if let Transport::Class0(class0) = &mut self.transport {
                    class0.network_closed(None, now);
                }
            }
            Err(error) => self.tls_failed(error, now),
        }
    }

    /// TLS is over, but the peer shall get the alert that says why: the port stays for a while.
    fn tls_failed(&mut self, error: Error, now: Instant) {
        if self.session.is_none() {
            self.refused(error.clone());
        }
        if let Transport::Class0(class0) = &mut self.transport {
            class0.network_closed(Some(error), now);
        }
    }

    /// What is wrong with the peer's end of file: TLS has an end of its own, which must come first (RFC 8446 6.1).
    pub(super) fn truncated(&self) -> Option<Error> {
        let (Some(tls), Transport::Class0(class0)) = (&self.tls, &self.transport) else { return None };
        // Once we are through with the peer there is nothing that it could cut off.
        if class0.is_closed() { None } else { Some(tls.truncated(self.peer_name())) }
    }

    /// Our end of TLS, if a last word can still be written.
    pub(super) fn end_tls(&mut self) {
        if let Some(tls) = &mut self.tls
            && self.wire.connected
            && !self.wire.broken
        {
            tls.finish(&mut self.wire);
        }
    }
}

#[cfg(feature = "tls")]
impl Connection {
    pub(crate) fn peer_certificates(&self) -> Vec<bytes::Bytes> {
        self.tls.as_ref().map(tls::Layer::peer_certificates).unwrap_or_default()
    }

    pub(crate) fn tls_info(&self) -> Option<crate::TlsInfo> {
        self.tls.as_ref().filter(|tls| tls.is_up())?.info()
    }
}
