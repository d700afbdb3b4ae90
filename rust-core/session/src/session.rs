//! The session handle: one method per primitive, and three ways to get events.
pub(crate) mod core;
mod look;

use self::core::Core;
use crate::connection::Connection;
use crate::endpoint::{Endpoint, EndpointHandle};
use crate::{clock, errors};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::x225::Spm;
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::{ExceptionReason, SerialNumber, Tokens, refuse_reason};
use osisession_proto::x225::primitive::{
    ActivityResume, ConnectConfirm, ConnectReject, ConnectRequest, ConnectResponse, Event, PAbortReason,
    Request, Resynchronize,
};
use osisession_proto::x225::spm::{Accepted, Properties, TraceRecord, Transition};
use osisession_proto::{Error, ErrorKind, Layer, Limits};
use std::sync::Arc;
use std::time::Duration;

/// A function that gets the events of a session (see [`Session::set_handler`]).
pub type Handler = Box<dyn FnMut(&Session, Event) + Send>;

/// What all clones of a [`Session`] share.
#[derive(Debug)]
pub(crate) struct SessionHandle {
    pub(crate) core: Arc<Core>,
    endpoint: Arc<EndpointHandle>,
}

impl SessionHandle {
    pub(crate) fn new(core: Arc<Core>, endpoint: Arc<EndpointHandle>) -> Arc<SessionHandle> {
        let handle = Arc::new(SessionHandle { core, endpoint });
        handle.core.set_handle(&handle);
        handle.core.tell_waiting();
        handle
    }
}

impl Drop for SessionHandle {
    fn drop(&mut self) {
        self.core.close();
    }
}

/// One session connection.
///
/// A clone is another handle of the same session. When the last handle is dropped while the session is open, it is aborted.
#[derive(Clone, Debug)]
pub struct Session(pub(crate) Arc<SessionHandle>);

impl Session {
    /// A number that no other session or listener of this endpoint has.
    pub fn id(&self) -> u64 {
        self.0.core.id
    }

    /// The endpoint in which the session lives.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint(self.0.endpoint.clone())
    }

    /// The peer's address as text; `None` for a transport of the caller's own.
    pub fn peer_address(&self) -> Option<String> {
        self.0.core.look(|connection| connection.peer_address())
    }

    /// The peer's certificate and those that it sent with it, in DER, its own first; empty without TLS, until the handshake
    /// is over, and for a caller that showed none.
    #[cfg(feature = "tls")]
    pub fn peer_certificates(&self) -> Vec<Bytes> {
        self.0.core.look(|connection| connection.peer_certificates())
    }

    /// What TLS came to; `None` without TLS and until the handshake is over.
    #[cfg(feature = "tls")]
    pub fn tls(&self) -> Option<crate::TlsInfo> {
        self.0.core.look(|connection| connection.tls_info())
    }

    /// True once the session has ended; events may be left to take.
    pub fn is_over(&self) -> bool {
        self.0.core.look(|connection| connection.is_over())
    }

    /// The state of Annex A.
    pub fn state(&self) -> State {
        self.machine(|spm| spm.state())
    }

    /// Everything that was negotiated, and where the session stands.
    pub fn properties(&self) -> Properties {
        self.machine(|spm| spm.properties())
    }

    /// What the peer did in TPKT and COTP against the standards and was forgiven, unless [`crate::SessionConfig::strict`]: one entry
    /// for each kind of fault, at most 16. What was forgiven in SPDUs is in [`Properties::leniencies`].
    pub fn forgiven(&self) -> Vec<Error> {
        self.0.core.look(|connection| connection.forgiven())
    }

    /// The limits and timers that hold for this session.
    pub fn limits(&self) -> Limits {
        self.machine(|spm| spm.limits().clone())
    }

    /// The last transitions, oldest first.
    pub fn history(&self) -> Vec<Transition> {
        self.machine(|spm| spm.history().collect())
    }

    /// The next trace record, if [`crate::SessionConfig::trace`] is on.
    pub fn next_trace(&self) -> Option<TraceRecord> {
        self.machine(Spm::poll_trace)
    }

    /// Makes a request or response. From any thread; never blocks.
    ///
    /// # Errors
    /// `Invalid`: a parameter can never be right. `Refused`: not in this state, or not without this token. `LimitHit`.
    /// `WouldBlock`: the send queue is full (S-DATA and S-TYPED-DATA only), see [`Session::wait_writable`]. `Closed`: the
    /// session has ended. In each case nothing was sent and nothing changed.
    pub fn request(&self, request: Request) -> Result<Accepted> {
        self.0.core.act(|connection, now| connection.request(request, now))
    }

    /// The next event, if there is one.
    pub fn try_next_event(&self) -> Option<Event> {
        self.0.core.look(|connection| connection.take_event(clock::now()))
    }

    /// Waits for the next event, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the session has ended and all its events were taken.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<Event> {
        self.wait(timeout, "event", |connection| match connection.take_event(clock::now()) {
            Some(event) => Some(Ok(event)),
            None if connection.is_drained() => Some(Err(ended())),
            None => None,
        })
    }

    /// Waits for the S-CONNECT confirm of a session made by [`Endpoint::connect`]. A rejection or an abort becomes an error
    /// with all that is known: kind `Peer` or `Transport`, the reason code, the text.
    ///
    /// # Errors
    /// As said, and `TimedOut`, `Closed`; `Refused` if the next event is something else, which then stays.
    pub fn wait_connected(&self, timeout: Option<Duration>) -> Result<ConnectConfirm> {
        match self.wait_outcome(timeout)? {
            Event::ConnectConfirm(confirm) => Ok(*confirm),
            other => Err(connect_failure(&other)),
        }
    }

    /// As [`Session::wait_connected`], for a caller who wants the event of a rejection or an abort with all that it carries:
    /// `ConnectConfirm`, `ConnectConfirmNegative`, `UAbortIndication` or `PAbortIndication` (see [`connect_failure`]).
    ///
    /// # Errors
    /// `TimedOut`, `Closed`; `Refused` if the next event is something else, which then stays.
    pub fn wait_outcome(&self, timeout: Option<Duration>) -> Result<Event> {
        self.wait(timeout, "S-CONNECT confirm", look::outcome)
    }

    /// Waits until the send queue has room, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the session has ended.
    pub fn wait_writable(&self, timeout: Option<Duration>) -> Result<()> {
        self.wait(timeout, "room in the send queue", look::room)
    }

    /// True while a data request would not be answered with `WouldBlock`.
    pub fn is_writable(&self) -> bool {
        self.0.core.look(|connection| connection.is_writable())
    }

    /// Sets the function that gets the events from now on, those that wait included; `None` takes it away. It is called
    /// from [`Endpoint::dispatch`] (also that of the background thread) and from calls that wait and so drive the endpoint,
    /// never by two threads at once, with nothing locked: it may call anything, also wait or close. A session has
    /// either a handler or a caller of [`Session::next_event`], not both: each event goes to one of them.
    ///
    /// What a handler asks for is written when it has had the events that are there: many small requests are one write. A
    /// handler that waits (with a call of this library) writes first.
    ///
    /// The handler is dropped when the session is closed, or has ended and all its events were handled. If it panics, the
    /// session is closed and the panic goes on in the caller of `dispatch`; the background thread survives it.
    pub fn set_handler(&self, handler: Option<Handler>) {
        self.0.core.set_handler(handler);
    }

    /// Aborts the session if it is still open, and forgets it: events that were not taken are dropped.
    pub fn close(&self) {
        self.0.core.close();
    }

    /// Asks the machine, which is there as soon as a handle is.
    fn machine<R>(&self, f: impl FnOnce(&mut Spm) -> R) -> R {
        self.0
            .core
            .look(|connection| f(connection.session().expect("a session with a handle has its machine")))
    }

    fn wait<T>(
        &self,
        timeout: Option<Duration>,
        what: &'static str,
        mut find: impl FnMut(&mut Connection) -> Option<Result<T>>,
    ) -> Result<T> {
        let deadline = clock::deadline(timeout);
        self.0.endpoint.runtime.wait(deadline, what, || self.0.core.look(&mut find))
    }
}

fn ended() -> Error {
    errors::closed("the session has ended")
}

/// Why there is no session, as an error: what [`Session::wait_connected`] makes of the event of a rejection or an abort.
pub fn connect_failure(event: &Event) -> Error {
    match event {
        Event::ConnectConfirmNegative(rejection) => {
            let text = refuse_reason::text(rejection.reason);
            let mut error = rejection.error.clone().unwrap_or_else(|| Error::peer(Layer::Session, text));
            error.details_mut().reason.get_or_insert(rejection.reason.into());
            error
        }
        Event::PAbortIndication(_, Some(error)) => error.clone(),
        Event::PAbortIndication(PAbortReason::TransportDisconnect, None) => {
            Error::new(ErrorKind::Transport, Layer::Transport, "the transport connection is gone")
        }
        Event::PAbortIndication(reason, None) => {
            Error::peer(Layer::Session, format!("the provider aborted: {reason:?}"))
        }
        _ => Error::peer(Layer::Session, "the called SS-user aborted"),
    }
}

fn serial_number(accepted: Accepted) -> SerialNumber {
    accepted.serial_number.unwrap_or_default()
}

/// The primitives of X.215. Errors are those of [`Session::request`].
impl Session {
    /// S-CONNECT request, for a session made by [`Endpoint::open`].
    pub fn connect_request(&self, request: ConnectRequest) -> Result<()> {
        self.request(Request::Connect(Box::new(request))).map(drop)
    }

    /// S-CONNECT response, accept.
    pub fn connect_response(&self, response: ConnectResponse) -> Result<()> {
        self.request(Request::ConnectResponse(Box::new(response))).map(drop)
    }

    /// S-CONNECT response, reject. The session is over.
    pub fn connect_response_negative(&self, reject: ConnectReject) -> Result<()> {
        self.request(Request::ConnectResponseNegative(Box::new(reject))).map(drop)
    }

    /// S-DATA request; at least one octet.
    pub fn data_request(&self, data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::Data(data.into())).map(drop)
    }

    /// A piece of an S-DATA request, sent as it is given: nothing here holds the whole SSDU, and the peer sees one. Until the piece
    /// with `end` nothing else can be asked for but expedited data and an abort, which then is a T-DISCONNECT.
    ///
    /// # Errors
    /// As of [`Session::request`]; `Refused` also over a transport of the caller's own, and where SSDUs are segmented.
    pub fn data_piece_request(&self, octets: impl Into<Bytes>, end: bool) -> Result<()> {
        self.request(Request::DataPiece { typed: false, octets: octets.into(), end }).map(drop)
    }

    /// As [`Session::data_piece_request`], of an S-TYPED-DATA request.
    pub fn typed_data_piece_request(&self, octets: impl Into<Bytes>, end: bool) -> Result<()> {
        self.request(Request::DataPiece { typed: true, octets: octets.into(), end }).map(drop)
    }

    /// S-EXPEDITED-DATA request; 1 to 14 octets.
    pub fn expedited_data_request(&self, data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::ExpeditedData(data.into())).map(drop)
    }

    /// S-TYPED-DATA request; at least one octet.
    pub fn typed_data_request(&self, data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::TypedData(data.into())).map(drop)
    }

    /// S-CAPABILITY-DATA request.
    pub fn capability_data_request(&self, data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::CapabilityData(data.into())).map(drop)
    }

    /// S-CAPABILITY-DATA response.
    pub fn capability_data_response(&self, data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::CapabilityDataResponse(data.into())).map(drop)
    }

    /// S-TOKEN-GIVE request.
    pub fn token_give_request(&self, tokens: Tokens, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::TokenGive(tokens, user_data.into())).map(drop)
    }

    /// S-TOKEN-PLEASE request.
    pub fn token_please_request(&self, tokens: Tokens, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::TokenPlease(tokens, user_data.into())).map(drop)
    }

    /// S-CONTROL-GIVE request: all available tokens.
    pub fn control_give_request(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::ControlGive(user_data.into())).map(drop)
    }

    /// S-SYNC-MINOR request. Returns the serial number of the point.
    pub fn sync_minor_request(
        &self,
        explicit: bool,
        data_separation: bool,
        user_data: impl Into<Bytes>,
    ) -> Result<SerialNumber> {
        let request = Request::SyncMinor { explicit, data_separation, user_data: user_data.into() };
        self.request(request).map(serial_number)
    }

    /// S-SYNC-MINOR response: confirms every point up to this one.
    pub fn sync_minor_response(
        &self,
        serial_number: SerialNumber,
        user_data: impl Into<Bytes>,
    ) -> Result<()> {
        self.request(Request::SyncMinorResponse(serial_number, user_data.into())).map(drop)
    }

    /// S-SYNC-MAJOR request. Returns the serial number of the point.
    pub fn sync_major_request(&self, user_data: impl Into<Bytes>) -> Result<SerialNumber> {
        self.request(Request::SyncMajor(user_data.into())).map(serial_number)
    }

    /// S-SYNC-MAJOR response.
    pub fn sync_major_response(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::SyncMajorResponse(user_data.into())).map(drop)
    }

    /// S-RESYNCHRONIZE request.
    pub fn resynchronize_request(&self, resynchronize: Resynchronize) -> Result<()> {
        self.request(Request::Resynchronize(Box::new(resynchronize))).map(drop)
    }

    /// S-RESYNCHRONIZE response.
    pub fn resynchronize_response(&self, resynchronize: Resynchronize) -> Result<()> {
        self.request(Request::ResynchronizeResponse(Box::new(resynchronize))).map(drop)
    }

    /// S-U-EXCEPTION-REPORT request.
    pub fn u_exception_report_request(
        &self,
        reason: ExceptionReason,
        user_data: impl Into<Bytes>,
    ) -> Result<()> {
        self.request(Request::UExceptionReport(reason, user_data.into())).map(drop)
    }

    /// S-ACTIVITY-START request; the identifier has 1 to 6 octets.
    pub fn activity_start_request(
        &self,
        activity_identifier: impl Into<Bytes>,
        user_data: impl Into<Bytes>,
    ) -> Result<()> {
        self.request(Request::ActivityStart(activity_identifier.into(), user_data.into())).map(drop)
    }

    /// S-ACTIVITY-RESUME request.
    pub fn activity_resume_request(&self, resume: ActivityResume) -> Result<()> {
        self.request(Request::ActivityResume(Box::new(resume))).map(drop)
    }

    /// S-ACTIVITY-INTERRUPT request.
    pub fn activity_interrupt_request(
        &self,
        reason: Option<ExceptionReason>,
        user_data: impl Into<Bytes>,
    ) -> Result<()> {
        self.request(Request::ActivityInterrupt(reason, user_data.into())).map(drop)
    }

    /// S-ACTIVITY-INTERRUPT response.
    pub fn activity_interrupt_response(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::ActivityInterruptResponse(user_data.into())).map(drop)
    }

    /// S-ACTIVITY-DISCARD request.
    pub fn activity_discard_request(
        &self,
        reason: Option<ExceptionReason>,
        user_data: impl Into<Bytes>,
    ) -> Result<()> {
        self.request(Request::ActivityDiscard(reason, user_data.into())).map(drop)
    }

    /// S-ACTIVITY-DISCARD response.
    pub fn activity_discard_response(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::ActivityDiscardResponse(user_data.into())).map(drop)
    }

    /// S-ACTIVITY-END request. Returns the serial number of its major synchronization point.
    pub fn activity_end_request(&self, user_data: impl Into<Bytes>) -> Result<SerialNumber> {
        self.request(Request::ActivityEnd(user_data.into())).map(serial_number)
    }

    /// S-ACTIVITY-END response.
    pub fn activity_end_response(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::ActivityEndResponse(user_data.into())).map(drop)
    }

    /// S-RELEASE request.
    pub fn release_request(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::Release(user_data.into())).map(drop)
    }

    /// S-RELEASE response, affirmative. The session is over.
    pub fn release_response(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::ReleaseResponse(user_data.into())).map(drop)
    }

    /// S-RELEASE response, negative; only with the negotiated release functional unit.
    pub fn release_response_negative(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::ReleaseResponseNegative(user_data.into())).map(drop)
    }

    /// S-U-ABORT request. The session is over.
    pub fn u_abort_request(&self, user_data: impl Into<Bytes>) -> Result<()> {
        self.request(Request::UAbort(user_data.into())).map(drop)
    }
}
