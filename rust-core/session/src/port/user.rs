//! A transport of the caller's own, as values (X.214).
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::x225::port::{TransportIndication, TransportRequest};

/// The caller's side of a session that was made by [`crate::Endpoint::open`]: what happens on the caller's transport goes
/// in, what the session wants from it comes out.
///
/// After every call on the session or on the port, and after every [`crate::Endpoint::dispatch`], take
/// [`TransportPort::next_request`] until it is dry. Dropping the port is a T-DISCONNECT indication.
#[derive(Debug)]
pub struct TransportPort {}

impl TransportPort {
    /// Tells the session what happened: T-CONNECT, T-DATA, T-EXPEDITED-DATA, T-DISCONNECT.
    ///
    /// # Errors
    /// `Closed`: the session has no transport connection any more.
    pub fn indication(&self, indication: TransportIndication) -> Result<()> {
        let _ = indication;
        Err(Error::refused("not there yet"))
    }

    /// The next thing that the session asks of the transport, in order. Octets in requests that were not taken count
    /// against `limits.queued_send_octets`.
    pub fn next_request(&self) -> Option<TransportRequest> {
        None
    }

    /// False while the user has `limits.queued_event_octets` unread: stop reading from the transport.
    pub fn wants_data(&self) -> bool {
        true
    }
}
