//! What a tap sees of a connection.
use super::{Connection, Origin, Transport};
use crate::port::Port;
use crate::tap::Tapped;
use bytes::Bytes;
use osisession_proto::x225::port::{TransportIndication, TransportRequest};

/// Octets of the TPDU in one TPKT, at most: its length field has 16 bits (RFC 1006 6).
const LARGEST: usize = 0xffff - HEADERS;
/// TPKT and DT (RFC 1006 6, X.224 13.7).
const HEADERS: usize = 4 + 3;

pub(super) fn octets_of(session: u64, sent: bool, octets: Bytes) -> Tapped {
    Tapped::Octets { session, sent, octets }
}

impl Connection {
    pub(super) fn tap_up(&mut self) {
        let Some((tap, session)) = &self.tap else { return };
        let (calling, local) = match (&self.origin, &self.wire.port) {
            (Origin::Accepted(acceptor), _) => (false, acceptor.local.clone()),
            (_, Some(Port::Tcp(stream))) => {
                (true, stream.local_addr().map(|local| local.to_string()).unwrap_or_default())
            }
            _ => (true, String::new()),
        };
        let peer = self.peer_address().unwrap_or_default();
        tap.see(Tapped::Up { session: *session, calling, local, peer });
    }

    pub(super) fn tap_end(&mut self) {
        if let Some((tap, session)) = &self.tap {
            tap.see(Tapped::End { session: *session });
        }
    }

    /// The last one: the number is given up with it.
    pub(super) fn tap_gone(&mut self) {
        if let Some((tap, session)) = self.tap.take() {
            tap.see(Tapped::Gone { session });
        }
    }

    /// What the caller's transport told, as TPKT.
    pub(super) fn tap_indication(&mut self, indication: &TransportIndication) {
        match indication {
            TransportIndication::Connect { .. } => self.tap_user_up(false),
            TransportIndication::ConnectConfirm { .. } => self.tap_user_up(true),
            TransportIndication::Data(tsdu) => self.tap_tsdu(false, 0xf0, tsdu, true),
            TransportIndication::DataPart { octets, end } => self.tap_tsdu(false, 0xf0, octets, *end),
            TransportIndication::ExpeditedData(tsdu) => self.tap_tsdu(false, 0x10, tsdu, true),
            TransportIndication::Disconnect(_) => self.tap_end(),
        }
    }

    /// What is asked of the caller's transport, as TPKT.
    pub(super) fn tap_request(&mut self, request: &TransportRequest) {
        match request {
            TransportRequest::Data(tsdu) if self.tap.is_some() => {
                self.tap_tsdu(true, 0xf0, &tsdu.to_bytes(), true)
            }
            TransportRequest::ExpeditedData(tsdu) => self.tap_tsdu(true, 0x10, tsdu, true),
            _ => {}
        }
    }

    fn tap_user_up(&mut self, calling: bool) {
        debug_assert!(matches!(self.transport, Transport::User(_)));
        if let Some((tap, session)) = &self.tap {
            let (local, peer) = (String::new(), String::new());
            tap.see(Tapped::Up { session: *session, calling, local, peer });
        }
    }

    /// A TSDU in as many DT (or ED, RFC 1006 6) TPDUs as it takes.
    fn tap_tsdu(&mut self, sent: bool, code: u8, tsdu: &Bytes, whole: bool) {
        let Some((tap, session)) = &self.tap else { return };
        let mut pieces = tsdu.chunks(LARGEST).peekable();
        while let Some(piece) = pieces.next() {
            let length = (piece.len() + HEADERS) as u16;
            let end = if pieces.peek().is_none() && whole { 0x80 } else { 0 };
            let mut octets = vec![3, 0, (length >> 8) as u8, length as u8, 2, code, end];
            octets.extend_from_slice(piece);
            tap.see(octets_of(*session, sent, octets.into()));
        }
    }
}
