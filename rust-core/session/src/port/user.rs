//! A transport of the caller's own, as values (X.214).
use crate::errors;
use crate::session::core::Core;
use osisession_proto::error::Result;
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::{Error, ErrorKind, Layer};
use std::collections::VecDeque;
use std::sync::Arc;

/// What waits for the caller's transport.
#[derive(Debug, Default)]
pub(crate) struct UserTransport {
    requests: VecDeque<TransportRequest>,
    octets: usize,
    /// T-DISCONNECT came or went: nothing more is indicated.
    pub(crate) over: bool,
}

impl UserTransport {
    pub(crate) fn request(&mut self, request: TransportRequest) {
        self.octets += octets(&request);
        self.over |= matches!(request, TransportRequest::Disconnect { .. });
        self.requests.push_back(request);
    }

    pub(crate) fn take(&mut self) -> Option<TransportRequest> {
        let request = self.requests.pop_front()?;
        self.octets -= octets(&request);
        Some(request)
    }

    pub(crate) fn octets(&self) -> usize {
        self.octets
    }
}

fn octets(request: &TransportRequest) -> usize {
    match request {
        TransportRequest::Data(tsdu) | TransportRequest::DataPart { tsdu, .. } => tsdu.len(),
        TransportRequest::ExpeditedData(data) => data.len(),
        _ => 0,
    }
}

/// The caller's side of a session that was made by [`crate::Endpoint::open`]: what happens on the caller's transport goes
/// in, what the session wants from it comes out.
///
/// After every call on the session or on the port, and after every [`crate::Endpoint::dispatch`], take
/// [`TransportPort::next_request`] until it is dry. Dropping the port is a T-DISCONNECT indication.
#[derive(Debug)]
pub struct TransportPort(pub(crate) Arc<Core>);

impl TransportPort {
    /// Tells the session what happened: T-CONNECT, T-DATA, T-EXPEDITED-DATA, T-DISCONNECT.
    ///
    /// # Errors
    /// `Closed`: the transport connection is over, by a T-DISCONNECT request or indication.
    pub fn indication(&self, indication: TransportIndication) -> Result<()> {
        let accepted = self.0.act(|connection, now| connection.user_indication(indication, now));
        if accepted { Ok(()) } else { Err(errors::closed("the transport connection is over")) }
    }

    /// The next thing that the session asks of the transport, in order. Octets in requests that were not taken count
    /// against `limits.queued_send_octets`.
    pub fn next_request(&self) -> Option<TransportRequest> {
        self.0.look(|connection| connection.next_transport_request())
    }

    /// False while the user has `limits.queued_event_octets` unread: stop reading from the transport.
    pub fn wants_data(&self) -> bool {
        self.0.look(|connection| connection.wants_data())
    }
}

impl Drop for TransportPort {
    fn drop(&mut self) {
        let error = Error::new(ErrorKind::Transport, Layer::Network, "the transport port was dropped");
        self.0.act(|connection, now| {
            connection.user_indication(TransportIndication::Disconnect(Some(error)), now)
        });
    }
}
