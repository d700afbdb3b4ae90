//! `Session`: one session connection over a transport connection.
use crate::error::{details, exception, raise};
use crate::event::event;
use crate::guard::guarded;
use crate::handle::Handle;
use crate::primitives::{or_none, primitives, resynchronize, serial_number};
use crate::snapshot;
use crate::tls;
use crate::transport::{self, IndicationArgument};
use crate::value::{
    self, AssignmentArgument, Octets, OldConnectionArgument, ReasonArgument, ResyncArgument, TokensArgument,
};
use crate::wait::{handler_failed, wait};
use crate::{classes::class, endpoint::PyEndpoint};
use osisession::{Session, Transition, TransportPort, connect_failure};
use osisession_proto::error::ErrorKind;
use osisession_proto::x225::primitive::{ActivityResume, Event, Request};
use osisession_proto::x225::spm::Accepted;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use std::hash::{DefaultHasher, Hash, Hasher};

/// One session connection. Methods may be called from any thread.
#[pyclass(module = "osisession", name = "Session", frozen, weakref)]
pub(crate) struct PySession {
    session: Handle<Session>,
    confirm: PyOnceLock<Py<PyAny>>,
}

impl From<Session> for PySession {
    fn from(session: Session) -> PySession {
        PySession { session: session.into(), confirm: PyOnceLock::new() }
    }
}

impl PySession {
    /// What tells sessions apart: two objects may be handles of the same one.
    fn key(&self) -> (i32, u64) {
        (self.session.anywhere().endpoint().descriptor(), self.session.anywhere().id())
    }

    pub(crate) fn id_and_history(&self) -> (u64, Vec<Transition>) {
        (self.session.id(), self.session.history())
    }

    /// The S-CONNECT confirm, or what came instead of it as an exception.
    fn connected(&self, py: Python<'_>, next: &Event) -> PyResult<Py<PyAny>> {
        let confirm = match next {
            Event::ConnectConfirm(_) => event(py, next)?.unbind(),
            _ => return Err(not_connected(py, next)?),
        };
        Ok(self.confirm.get_or_init(py, || confirm).clone_ref(py))
    }

    fn ask(&self, py: Python<'_>, request: Request) -> PyResult<Accepted> {
        let result = guarded(py, || Ok(py.detach(|| self.session.request(request))))?;
        result.map_err(|error| raise(py, &error))
    }
}

primitives! { PySession;
    /// A number that is this session's alone within its endpoint.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<u64> {
        guarded(py, || Ok(self.session.id()))
    }

    /// The endpoint it belongs to.
    #[getter]
    fn endpoint(&self, py: Python<'_>) -> PyResult<PyEndpoint> {
        guarded(py, || Ok(self.session.endpoint().into()))
    }

    /// Where the peer is: "192.0.2.1:102", or None.
    #[getter]
    fn peer_address(&self, py: Python<'_>) -> PyResult<Option<String>> {
        guarded(py, || Ok(self.session.peer_address()))
    }

    /// The peer's certificate and those that it sent with it, in DER, its own first; empty without TLS.
    #[getter]
    fn peer_certificates<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let all = guarded(py, || Ok(self.session.peer_certificates()))?;
        PyTuple::new(py, all.iter().map(|certificate| value::octets(py, certificate)))
    }

    /// What TLS came to; None without TLS and until the handshake is over.
    #[getter]
    fn tls<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let info = guarded(py, || Ok(self.session.tls()))?;
        info.map(|info| tls::info(py, &info)).transpose()
    }

    /// True once the session connection has ended.
    #[getter]
    fn is_over(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.session.is_over()))
    }

    /// The state of Annex A: "STA713".
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        guarded(py, || Ok(self.session.state().name()))
    }

    /// What was negotiated, and where the session stands.
    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let properties = guarded(py, || Ok(self.session.properties()))?;
        snapshot::properties(py, &properties)
    }

    /// What the peer did in TPKT and COTP against the standards and was forgiven: one error for each kind of fault.
    #[getter]
    fn forgiven<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let all = guarded(py, || Ok(self.session.forgiven()))?;
        let all: Vec<_> = all.iter().map(|fault| exception(py, fault)).collect::<PyResult<_>>()?;
        PyTuple::new(py, all)
    }

    /// The limits and timers that hold.
    #[getter]
    fn limits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let limits = guarded(py, || Ok(self.session.limits()))?;
        crate::config::limits(py, &limits)
    }

    /// The S-CONNECT confirm that wait_connected saw, or None.
    #[getter]
    fn confirm(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.confirm.get(py).map(|confirm| confirm.clone_ref(py))
    }

    /// The last transitions, oldest first.
    fn history<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let history = guarded(py, || Ok(self.session.history()))?;
        history.iter().map(|t| snapshot::transition(py, t)).collect()
    }

    /// The lines of the ladder since the last call, oldest first; empty without tracing.
    fn trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let records = guarded(py, || Ok(std::iter::from_fn(|| self.session.next_trace()).collect::<Vec<_>>()))?;
        snapshot::ladder(py, &records)
    }

    /// The next event; waits for it. Raises TimedOutError, and ClosedError after the last event.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let next = guarded(py, || wait(py, timeout, |slice| self.session.next_event(slice)))?;
        event(py, &next)
    }

    /// The next event if there is one already.
    fn try_next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let next = guarded(py, || Ok(self.session.try_next_event()))?;
        next.map(|e| event(py, &e)).transpose()
    }

    /// True once the session has ended and all its events were taken: nothing more will come.
    #[getter]
    fn is_drained(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.session.is_drained()))
    }

    /// Waits for the S-CONNECT confirm; a rejection or abort is raised.
    #[pyo3(signature = (timeout = None))]
    fn wait_connected(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Py<PyAny>> {
        let next = guarded(py, || wait(py, timeout, |slice| self.session.wait_outcome(slice)))?;
        self.connected(py, &next)
    }

    /// As wait_connected without waiting and without driving: the S-CONNECT confirm if it has come, or None.
    fn try_connected(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let next = guarded(py, || Ok(self.session.try_outcome()))?.map_err(|error| raise(py, &error))?;
        next.map(|next| self.connected(py, &next)).transpose()
    }

    /// True if the send queue takes data; if it does not, the endpoint's next_ready names the session once it does. Raises
    /// ClosedError if the session has ended.
    fn try_writable(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.session.try_writable()))?.map_err(|error| raise(py, &error))
    }

    /// Waits until data can be sent again.
    #[pyo3(signature = (timeout = None))]
    fn wait_writable(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.session.wait_writable(slice)))
    }

    /// True if the send queue takes data.
    #[getter]
    fn is_writable(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.session.is_writable()))
    }

    /// Has each event handed to `handler(session, event)` while the endpoint is driven, or goes back to next_event.
    fn set_handler(&self, py: Python<'_>, handler: Option<Py<PyAny>>) -> PyResult<()> {
        let handler = handler.map(|handler| {
            Box::new(move |session: &Session, happened: Event| {
                // None: the interpreter is going away, and nobody is left to be told.
                Python::try_attach(|py| {
                    let handler = handler.bind(py);
                    let call = || {
                        let session = PySession::from(session.clone());
                        handler.call1((session, event(py, &happened)?)).map(drop)
                    };
                    call().unwrap_or_else(|error| handler_failed(py, error, handler));
                });
            }) as Box<dyn FnMut(&Session, Event) + Send>
        });
        guarded(py, || {
            py.detach(|| self.session.set_handler(handler));
            Ok(())
        })
    }

    /// A piece of an S-DATA request, sent as it is given; with more=False the SSDU is whole.
    fn data_piece_request(&self, py: Python<'_>, user_data: Octets, more: bool) -> PyResult<()> {
        self.ask(py, Request::DataPiece { typed: false, octets: user_data.0, end: !more }).map(drop)
    }

    /// A piece of an S-TYPED-DATA request, sent as it is given; with more=False the SSDU is whole.
    fn typed_data_piece_request(&self, py: Python<'_>, user_data: Octets, more: bool) -> PyResult<()> {
        self.ask(py, Request::DataPiece { typed: true, octets: user_data.0, end: !more }).map(drop)
    }

    /// Aborts the session if it is open, and forgets it.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || {
            py.detach(|| self.session.close_by(Session::close));
            Ok(())
        })
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    /// The next event; the iteration ends when the session is over.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.next_event(py, None) {
            Ok(event) => Ok(Some(event)),
            Err(error) if error.is_instance(py, class!(py, "_errors", "ClosedError")?) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PySession>().is_ok_and(|other| other.get().key() == self.key())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.key().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || {
            let peer = self.session.peer_address().map(|peer| format!(" with {peer}")).unwrap_or_default();
            Ok(format!("<Session {}{peer} {}>", self.session.id(), self.session.state()))
        })
    }
}

/// The exception for what came instead of an accepting S-CONNECT confirm.
fn not_connected(py: Python<'_>, instead: &Event) -> PyResult<PyErr> {
    let error = connect_failure(instead);
    let keywords = details(py, &error)?;
    let class = match instead {
        Event::ConnectConfirmNegative(_) => {
            keywords.set_item("confirm", event(py, instead)?)?;
            class!(py, "_errors", "ConnectRefusedError")?
        }
        _ if error.kind() == ErrorKind::Peer => {
            keywords.set_item("user_data", value::octets(py, instead.user_data()))?;
            keywords.set_item("indication", event(py, instead)?)?;
            class!(py, "_errors", "AbortedError")?
        }
        _ => return Ok(raise(py, &error)),
    };
    Ok(PyErr::from_value(class.call((error.to_string(),), Some(&keywords))?))
}

/// The transport side of a session over the caller's own transport.
#[pyclass(module = "osisession", name = "TransportPort", frozen)]
pub(crate) struct PyTransportPort(pub(crate) Handle<TransportPort>);

#[pymethods]
impl PyTransportPort {
    /// The transport acts.
    fn indication(&self, py: Python<'_>, indication: IndicationArgument) -> PyResult<()> {
        guarded(py, || Ok(py.detach(|| self.0.indication(indication.0))))?.map_err(|error| raise(py, &error))
    }

    /// The next thing to do for the transport, in order, or None.
    fn next_request<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let next = guarded(py, || Ok(self.0.next_request()))?;
        next.map(|request| transport::request(py, &request)).transpose()
    }

    /// False while so many events are unread that the caller should stop reading from the transport.
    #[getter]
    fn wants_data(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.0.wants_data()))
    }
}
