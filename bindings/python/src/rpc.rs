//! `osisession.rpc`: clients, servers, requests.
use crate::classes::{build, class};
use crate::config::{SessionConfigArgument, number};
use crate::endpoint::PyEndpoint;
use crate::error::{details, exception, invalid, raise};
use crate::guard::guarded;
use crate::handle::Handle;
use crate::value::{self, Octets, duration, instance};
use crate::wait::{handler_failed, wait};
use osisession::circuit::{self, Circuit, State};
use osisession::durable::journal_error;
use osisession::journal::RedbJournal;
use osisession::rpc::{
    Answer, Call, Client, ClientConfig, Config, Failure, Options, Peer, Request, RequestJournal, Retry,
    Server, ServerConfig, ServerEvent, ServiceConfig, Why,
};
use osisession::{Endpoint, EndpointConfig};
use osisession_proto::error::Result;
use osisession_proto::{Error, ErrorKind, Layer};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The outcome of a call into the library, as Python sees it.
pub(crate) fn done<T: Send>(py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    guarded(py, || Ok(py.detach(call)))?.map_err(|error| raise(py, &error))
}

// Values.

fn calls(object: &Bound<'_, PyAny>) -> PyResult<Config> {
    let py = object.py();
    let object = instance(object.as_borrowed(), class!(py, "rpc", "CallLimits")?)?;
    let mut config = Config::default();
    macro_rules! read {
        ($($name:ident)*) => { $(config.$name = number(&object, stringify!($name))?;)* };
    }
    read!(max_open max_executing max_message results result_octets max_queued acknowledge_every turn_messages);
    let within = object.getattr("answer_within")?.extract::<Option<f64>>()?;
    config.answer_within = within.map(|seconds| duration(py, seconds)).transpose()?;
    config.cancel_at_deadline = object.getattr("cancel_at_deadline")?.extract()?;
    Ok(config)
}

pub(crate) fn circuit_config(object: &Bound<'_, PyAny>) -> PyResult<circuit::Config> {
    let py = object.py();
    let object = instance(object.as_borrowed(), class!(py, "rpc", "CircuitConfig")?)?;
    let mut config = circuit::Config::default();
    macro_rules! read {
        ($($name:ident)*) => { $(config.$name = duration(py, object.getattr(stringify!($name))?.extract()?)?;)* };
    }
    read!(first_delay longest_delay busy_delay stable_after open_within close_within open_circuit longest_open_circuit);
    config.keep_open = object.getattr("keep_open")?.extract()?;
    let idle = object.getattr("idle_after")?.extract::<Option<f64>>()?;
    config.idle_after = idle.map(|seconds| duration(py, seconds)).transpose()?;
    config.trip_after = match object.getattr("trip_after")?.is_none() {
        true => None,
        false => Some(number(&object, "trip_after")?),
    };
    config.max_waiting = number(&object, "max_waiting")?;
    Ok(config)
}

fn service(object: &Bound<'_, PyAny>) -> PyResult<ServiceConfig> {
    let object = instance(object.as_borrowed(), class!(object.py(), "rpc", "ServiceConfig")?)?;
    let mut config = ServiceConfig::default();
    config.threads = number(&object, "threads")?;
    config.max_waiting = number(&object, "max_waiting")?;
    config.max_waiting_octets = number(&object, "max_waiting_octets")?;
    Ok(config)
}

/// The file that a client or a server keeps its requests in.
fn journal(object: &Bound<'_, PyAny>) -> PyResult<Option<RequestJournal>> {
    let py = object.py();
    let Some(path) = object.getattr("journal")?.extract::<Option<PathBuf>>()? else { return Ok(None) };
    let opened = done(py, || RedbJournal::open(path).map_err(|error| journal_error(&error)))?;
    Ok(Some(RequestJournal::new(Arc::new(opened), "")))
}

/// `ClientConfig`.
pub(crate) struct ClientArgument(ClientConfig);

impl<'py> FromPyObject<'_, 'py> for ClientArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<ClientArgument> {
        let py = object.py();
        let object = instance(object, class!(py, "rpc", "ClientConfig")?)?;
        let octets = |name: &str| object.getattr(name)?.extract::<Octets>().map(|octets| octets.0);
        let mut config = ClientConfig::default();
        config.session = object.getattr("session")?.extract::<SessionConfigArgument>()?.0;
        config.calling_selector = octets("calling_selector")?;
        config.called_selector = octets("called_selector")?;
        config.half_duplex = object.getattr("half_duplex")?.extract()?;
        config.user_data = octets("user_data")?;
        config.calls = calls(&object.getattr("calls")?)?;
        config.circuit = circuit_config(&object.getattr("circuit")?)?;
        config.service = service(&object.getattr("service")?)?;
        config.journal = journal(&object)?;
        if let Some(name) = object.getattr("association")?.extract::<Option<Octets>>()? {
            let name = <[u8; 16]>::try_from(&name.0[..]);
            config.association = Some(name.map_err(|_| invalid(py, "an association has 16 octets"))?);
        }
        Ok(ClientArgument(config))
    }
}

/// `ServerConfig`.
pub(crate) struct ServerArgument(ServerConfig);

impl<'py> FromPyObject<'_, 'py> for ServerArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<ServerArgument> {
        let py = object.py();
        let object = instance(object, class!(py, "rpc", "ServerConfig")?)?;
        let octets = |name: &str| object.getattr(name)?.extract::<Option<Octets>>();
        let mut config = ServerConfig::default();
        config.listener.session = object.getattr("session")?.extract::<SessionConfigArgument>()?.0;
        config.listener.t_selector = octets("t_selector")?.map(|octets| octets.0);
        config.listener.session_selector = octets("session_selector")?.map(|octets| octets.0);
        config.calls = calls(&object.getattr("calls")?)?;
        config.service = service(&object.getattr("service")?)?;
        config.journal = journal(&object)?;
        config.max_clients = number(&object, "max_clients")?;
        config.max_connecting = number(&object, "max_connecting")?;
        config.remember = duration(py, object.getattr("remember")?.extract()?)?;
        config.user_data = octets("user_data")?.map(|octets| octets.0).unwrap_or_default();
        Ok(ServerArgument(config))
    }
}

fn circuit_name(circuit: Circuit) -> &'static str {
    match circuit {
        Circuit::Closed => "closed",
        Circuit::Open => "open",
        Circuit::HalfOpen => "half-open",
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Opening => "opening",
        State::Waiting => "waiting",
        State::Up => "up",
        State::Closing => "closing",
        State::Tripped => "tripped",
        State::Armed => "armed",
        State::Trial => "trial",
        State::Stopped => "stopped",
    }
}

fn why_name(why: Why) -> &'static str {
    match why {
        Why::Deadline => "deadline",
        Why::Cancelled => "cancelled",
        Why::Busy => "busy",
        Why::PeerForgot => "peer-forgot",
        Why::Interrupted => "interrupted",
        Why::Closed => "closed",
        Why::Unreachable => "unreachable",
    }
}

fn maybe<'py>(py: Python<'py>, error: Option<&Error>) -> PyResult<Option<Bound<'py, PyAny>>> {
    error.map(|error| exception(py, error)).transpose()
}

pub(crate) fn progress<'py>(py: Python<'py>, progress: &circuit::Progress) -> PyResult<Bound<'py, PyAny>> {
    let circuit::Progress { state, circuit, failures, next, waiting, last } = progress;
    let state = build!(py, "rpc", "State", (state_name(*state),))?;
    let circuit = build!(py, "rpc", "Circuit", (circuit_name(*circuit),))?;
    let next = next.map(|next| next.as_secs_f64());
    build!(py, "rpc", "Progress", (state, circuit, *failures, next, *waiting, maybe(py, last.as_ref())?))
}

pub(crate) fn circuit_event<'py>(py: Python<'py>, event: &circuit::Event) -> PyResult<Bound<'py, PyAny>> {
    match event {
        circuit::Event::Circuit(circuit) => {
            let circuit = build!(py, "rpc", "Circuit", (circuit_name(*circuit),))?;
            build!(py, "rpc", "CircuitChanged", (circuit,))
        }
        circuit::Event::Attempt { failures } => build!(py, "rpc", "Attempt", (*failures,)),
        circuit::Event::Failed { error, next } => {
            let next = next.map(|next| next.as_secs_f64());
            build!(py, "rpc", "AttemptFailed", (exception(py, error)?, next))
        }
        circuit::Event::Up => build!(py, "rpc", "Up", ()),
        circuit::Event::Down { error } => build!(py, "rpc", "Down", (maybe(py, error.as_ref())?,)),
        circuit::Event::Stopped(error) => build!(py, "rpc", "Stopped", (exception(py, error)?,)),
        _ => Err(invalid(py, "an event that this package does not know")),
    }
}

/// The exception that says what is known of a request.
fn failure<'py>(py: Python<'py>, failure: &Failure) -> PyResult<Bound<'py, PyAny>> {
    let error = failure.error();
    let late = error.kind() == ErrorKind::TimedOut;
    let (class, why) = match failure {
        Failure::Refused(error) => return exception(py, error),
        Failure::Answered { .. } => (class!(py, "rpc", "Answered")?, None),
        Failure::NotDone { why, .. } if late => (class!(py, "rpc", "NotDoneInTime")?, Some(why)),
        Failure::NotDone { why, .. } => (class!(py, "rpc", "NotDone")?, Some(why)),
        Failure::Unknown { why, .. } if late => (class!(py, "rpc", "UnknownInTime")?, Some(why)),
        Failure::Unknown { why, .. } => (class!(py, "rpc", "Unknown")?, Some(why)),
        _ => return exception(py, &error),
    };
    let made = class.call((failure.to_string(),), Some(&details(py, &error)?))?;
    if let Some(why) = why {
        made.setattr("why", build!(py, "rpc", "Why", (why_name(*why),))?)?;
    }
    if let Failure::Answered { code, data } = failure {
        made.setattr("code", *code)?;
        made.setattr("data", value::octets(py, data))?;
    }
    Ok(made)
}

fn failed(py: Python<'_>, of: &Failure) -> PyErr {
    failure(py, of).map_or_else(|error| error, PyErr::from_value)
}

fn answer<'py>(py: Python<'py>, answer: Answer) -> PyResult<Bound<'py, PyBytes>> {
    answer.map(|data| value::octets(py, &data)).map_err(|of| failed(py, &of))
}

/// The number of a request, and what became of it: the response or the exception.
fn outcome(py: Python<'_>, (id, outcome): (u64, Answer)) -> PyResult<Bound<'_, PyTuple>> {
    let outcome = match outcome {
        Ok(data) => value::octets(py, &data).into_any(),
        Err(of) => failure(py, &of)?,
    };
    (id, outcome).into_pyobject(py)
}

// Asking.

fn options(py: Python<'_>, timeout: Option<f64>, idempotent: bool) -> PyResult<Options> {
    let retry = if idempotent { Retry::Idempotent } else { Retry::AtMostOnce };
    Ok(Options { timeout: value::timeout(py, timeout)?, retry })
}

fn start(py: Python<'_>, peer: &Peer, data: Octets, options: Options) -> PyResult<Call> {
    let call = guarded(py, || Ok(py.detach(|| peer.start(data.0, options))))?;
    call.map_err(|of| failed(py, &of))
}

fn wait_for<'py>(py: Python<'py>, call: &Call, timeout: Option<f64>) -> PyResult<Bound<'py, PyBytes>> {
    let found = guarded(py, || {
        wait(py, timeout, |slice| {
            if call.is_settled() {
                return Ok(call.wait());
            }
            call.wait_timeout(slice.unwrap_or_default()).ok_or_else(|| {
                Error::new(ErrorKind::TimedOut, Layer::Api, "no outcome within the time given")
            })
        })
    })?;
    answer(py, found)
}

fn request<'py>(
    py: Python<'py>,
    peer: &Peer,
    data: Octets,
    timeout: Option<f64>,
    idempotent: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    // The deadline settles it; whoever is interrupted cancels it.
    let call = start(py, peer, data, options(py, timeout, idempotent)?)?;
    let found = wait_for(py, &call, None);
    py.detach(|| drop(call));
    found
}

fn start_with(
    py: Python<'_>,
    peer: &Peer,
    data: Octets,
    callback: Py<PyAny>,
    timeout: Option<f64>,
    idempotent: bool,
) -> PyResult<u64> {
    let options = options(py, timeout, idempotent)?;
    let callback = move |_, outcome: Answer| {
        Python::attach(|py| {
            let callback = callback.bind(py);
            let call = || {
                let outcome = match outcome {
                    Ok(data) => value::octets(py, &data).into_any(),
                    Err(of) => failure(py, &of)?,
                };
                callback.call1((outcome,)).map(drop)
            };
            call().unwrap_or_else(|error| handler_failed(py, error, callback));
        });
    };
    let id = guarded(py, || Ok(py.detach(|| peer.start_with(data.0, options, callback))))?;
    id.map_err(|of| failed(py, &of))
}

fn one_way(py: Python<'_>, peer: &Peer, data: Octets, timeout: Option<f64>) -> PyResult<()> {
    guarded(py, || wait(py, timeout, |slice| peer.one_way(&data.0, slice)))
}

/// What a handler of Python's makes of a request.
fn handler(function: Py<PyAny>) -> impl Fn(Request) + Send + Sync + 'static {
    move |request| {
        // Without an interpreter the request is answered as one without answer.
        let mut request = Some(request);
        let _ = Python::try_attach(|py| {
            let Some(request) = request.take() else { return };
            let function = function.bind(py);
            let call = || {
                let held = Py::new(py, PyRpcRequest::from(request))?;
                let answer = match function.call1((&held,)) {
                    Ok(answer) => answer,
                    Err(error) if error.is_instance(py, class!(py, "rpc", "Fail")?) => {
                        let error = error.value(py);
                        let code = error.getattr("code")?.extract::<u16>()?;
                        let data = error.getattr("data")?.extract::<Octets>()?;
                        return held.get().finish_if_wanted(py, |request| request.fail(code, data.0));
                    }
                    Err(error) => {
                        // Nobody answers it any more.
                        held.get().forget(py);
                        return Err(error);
                    }
                };
                if answer.is_none() {
                    return Ok(());
                }
                let data = answer.extract::<Octets>();
                match data {
                    Ok(data) => held.get().finish_if_wanted(py, |request| request.respond(data.0)),
                    Err(error) => {
                        held.get().forget(py);
                        Err(error)
                    }
                }
            };
            call().unwrap_or_else(|error| handler_failed(py, error, function));
        });
    }
}

/// The other side of an association, to be asked. Methods may be called from any thread.
#[pyclass(module = "osisession._native", name = "RpcPeer", frozen, weakref)]
pub(crate) struct PyRpcPeer(Handle<Peer>);

impl From<Peer> for PyRpcPeer {
    fn from(peer: Peer) -> PyRpcPeer {
        PyRpcPeer(peer.into())
    }
}

#[pymethods]
impl PyRpcPeer {
    /// The name of the association, 16 octets.
    #[getter]
    fn association<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        guarded(py, || Ok(PyBytes::new(py, &self.0.association())))
    }

    /// True while there is a session.
    #[getter]
    fn is_connected(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.0.is_connected()))
    }

    /// The peer's address, while there is a session.
    #[getter]
    fn address(&self, py: Python<'_>) -> PyResult<Option<String>> {
        guarded(py, || Ok(self.0.address()))
    }

    /// Asks and waits for the response.
    #[pyo3(signature = (data, timeout = None, *, idempotent = false))]
    fn request<'py>(
        &self,
        py: Python<'py>,
        data: Octets,
        timeout: Option<f64>,
        idempotent: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        guarded(py, || request(py, &self.0, data, timeout, idempotent))
    }

    /// Asks and does not wait.
    #[pyo3(signature = (data, timeout = None, *, idempotent = false))]
    fn start(
        &self,
        py: Python<'_>,
        data: Octets,
        timeout: Option<f64>,
        idempotent: bool,
    ) -> PyResult<PyRpcCall> {
        guarded(py, || start(py, &self.0, data, options(py, timeout, idempotent)?)).map(PyRpcCall::from)
    }

    /// Asks; done(outcome) is called where the endpoint is driven. Gives the number of the request.
    #[pyo3(signature = (data, done, timeout = None, *, idempotent = false))]
    fn start_with(
        &self,
        py: Python<'_>,
        data: Octets,
        done: Py<PyAny>,
        timeout: Option<f64>,
        idempotent: bool,
    ) -> PyResult<u64> {
        guarded(py, || start_with(py, &self.0, data, done, timeout, idempotent))
    }

    /// Stops a request as far as that is possible.
    fn cancel(&self, py: Python<'_>, id: u64) -> PyResult<()> {
        done(py, || self.0.cancel(id))
    }

    /// Asks for something without response.
    #[pyo3(signature = (data, timeout = None))]
    fn one_way(&self, py: Python<'_>, data: Octets, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || one_way(py, &self.0, data, timeout))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast::<PyRpcPeer>()
            .is_ok_and(|other| other.get().0.anywhere().association() == self.0.anywhere().association())
    }

    fn __hash__(&self) -> u64 {
        let name = self.0.anywhere().association();
        name.iter().fold(0, |hash: u64, octet| hash.rotate_left(8) ^ u64::from(*octet))
    }
}

/// A request without an outcome as yet; cancelled when it is forgotten.
#[pyclass(module = "osisession._native", name = "RpcCall", frozen, weakref)]
pub(crate) struct PyRpcCall(Handle<Call>);

impl From<Call> for PyRpcCall {
    fn from(call: Call) -> PyRpcCall {
        PyRpcCall(call.into())
    }
}

#[pymethods]
impl PyRpcCall {
    /// The number of the request.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<u64> {
        guarded(py, || Ok(self.0.id()))
    }

    /// True once the outcome is there, or was taken.
    #[getter]
    fn is_settled(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.0.is_settled()))
    }

    /// Waits for the response.
    #[pyo3(signature = (timeout = None))]
    fn wait<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyBytes>> {
        guarded(py, || wait_for(py, &self.0, timeout))
    }

    /// Stops it as far as that is possible; the outcome still comes.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || self.0.cancel())
    }
}

/// A request of the peer, to be answered once.
#[pyclass(module = "osisession._native", name = "RpcRequest", frozen, weakref)]
pub(crate) struct PyRpcRequest {
    held: Mutex<Option<Handle<Option<Request>>>>,
    data: Vec<u8>,
    id: Option<u64>,
    peer: Handle<Peer>,
}

impl From<Request> for PyRpcRequest {
    fn from(request: Request) -> PyRpcRequest {
        PyRpcRequest {
            data: request.data().to_vec(),
            id: request.id(),
            peer: request.peer().into(),
            held: Mutex::new(Some(Some(request).into())),
        }
    }
}

impl PyRpcRequest {
    fn take(&self) -> Option<Request> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        held.and_then(Handle::into_inner)
    }

    fn finish(&self, py: Python<'_>, finish: impl FnOnce(Request) -> Result<()> + Send) -> PyResult<()> {
        let Some(request) = guarded(py, || Ok(self.take()))? else {
            return Err(raise(py, &Error::refused("the request was answered")));
        };
        done(py, || finish(request))
    }

    /// The same for one who cannot know that it was answered as overdue, or that nobody is there any more.
    fn finish_if_wanted(
        &self,
        py: Python<'_>,
        finish: impl FnOnce(Request) -> Result<()> + Send,
    ) -> PyResult<()> {
        let Some(request) = guarded(py, || Ok(self.take()))? else { return Ok(()) };
        done(py, || match finish(request) {
            Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::Closed) => Ok(()),
            other => other,
        })
    }

    fn forget(&self, py: Python<'_>) {
        let request = self.take();
        py.detach(|| drop(request));
    }
}

#[pymethods]
impl PyRpcRequest {
    /// What is asked.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.data)
    }

    /// Its number; None for one that wants no response.
    #[getter]
    fn id(&self) -> Option<u64> {
        self.id
    }

    /// True if no response is wanted.
    #[getter]
    fn is_one_way(&self) -> bool {
        self.id.is_none()
    }

    /// True once the peer does not wait any more.
    #[getter]
    fn is_cancelled(&self) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().and_then(|held| held.anywhere().as_ref()).is_some_and(Request::is_cancelled)
    }

    /// Who asks.
    #[getter]
    fn peer(&self, py: Python<'_>) -> PyResult<PyRpcPeer> {
        guarded(py, || Ok(PyRpcPeer::from((*self.peer).clone())))
    }

    /// Gives it up: it is answered as one without answer, if it was not answered.
    fn _forget(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || {
            self.forget(py);
            Ok(())
        })
    }

    /// Answers.
    fn respond(&self, py: Python<'_>, data: Octets) -> PyResult<()> {
        self.finish(py, |request| request.respond(data.0))
    }

    /// Answers with an error.
    #[pyo3(signature = (code, data = None))]
    fn fail(&self, py: Python<'_>, code: i128, data: Option<Octets>) -> PyResult<()> {
        let code = u16::try_from(code).map_err(|_| invalid(py, "a code is 256 to 65535"))?;
        let data = data.map(|data| data.0).unwrap_or_default();
        self.finish(py, |request| request.fail(code, data))
    }
}

/// The endpoint that was given, or one with a thread of its own.
pub(crate) fn endpoint(py: Python<'_>, given: Option<Py<PyEndpoint>>) -> PyResult<(Endpoint, bool)> {
    match given {
        Some(endpoint) => Ok((guarded(py, || Ok(endpoint.get().facade()))?, false)),
        None => done(py, || {
            let endpoint = Endpoint::new(EndpointConfig::default())?;
            endpoint.start()?;
            Ok((endpoint, true))
        }),
    }
}

/// Asks a server, over a session that it keeps. Methods may be called from any thread.
#[pyclass(module = "osisession._native", name = "RpcClient", frozen, weakref)]
pub(crate) struct PyRpcClient {
    client: Handle<Client>,
    endpoint: Handle<Endpoint>,
    own: bool,
}

#[pymethods]
impl PyRpcClient {
    #[new]
    #[pyo3(signature = (address, config = None, *, endpoint = None))]
    fn new(
        py: Python<'_>,
        address: &str,
        config: Option<ClientArgument>,
        endpoint: Option<Py<PyEndpoint>>,
    ) -> PyResult<PyRpcClient> {
        let config = config.map(|config| config.0).unwrap_or_default();
        let (endpoint, own) = self::endpoint(py, endpoint)?;
        let client = done(py, || Client::new(&endpoint, address, config))?;
        Ok(PyRpcClient { client: client.into(), endpoint: endpoint.into(), own })
    }

    /// The name of the association, 16 octets.
    #[getter]
    fn association<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        guarded(py, || Ok(PyBytes::new(py, &self.client.association())))
    }

    /// True while there is a session.
    #[getter]
    fn is_connected(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.client.is_connected()))
    }

    /// Asks and waits for the response.
    #[pyo3(signature = (data, timeout = None, *, idempotent = false))]
    fn request<'py>(
        &self,
        py: Python<'py>,
        data: Octets,
        timeout: Option<f64>,
        idempotent: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        guarded(py, || request(py, &self.client.peer(), data, timeout, idempotent))
    }

    /// Asks and does not wait.
    #[pyo3(signature = (data, timeout = None, *, idempotent = false))]
    fn start(
        &self,
        py: Python<'_>,
        data: Octets,
        timeout: Option<f64>,
        idempotent: bool,
    ) -> PyResult<PyRpcCall> {
        guarded(py, || start(py, &self.client.peer(), data, options(py, timeout, idempotent)?))
            .map(PyRpcCall::from)
    }

    /// Asks; done(outcome) is called where the endpoint is driven. Gives the number of the request.
    #[pyo3(signature = (data, done, timeout = None, *, idempotent = false))]
    fn start_with(
        &self,
        py: Python<'_>,
        data: Octets,
        done: Py<PyAny>,
        timeout: Option<f64>,
        idempotent: bool,
    ) -> PyResult<u64> {
        guarded(py, || start_with(py, &self.client.peer(), data, done, timeout, idempotent))
    }

    /// Stops a request as far as that is possible.
    fn cancel(&self, py: Python<'_>, id: u64) -> PyResult<()> {
        done(py, || self.client.cancel(id))
    }

    /// Asks for something without response.
    #[pyo3(signature = (data, timeout = None))]
    fn one_way(&self, py: Python<'_>, data: Octets, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || one_way(py, &self.client.peer(), data, timeout))
    }

    /// Opens the session if it is not there, and waits for it.
    #[pyo3(signature = (timeout = None))]
    fn open(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.client.open(slice)))
    }

    /// The same without waiting: True if it is there.
    fn try_open(&self, py: Python<'_>) -> PyResult<bool> {
        done(py, || self.client.try_open())
    }

    /// Where the session stands, and the circuit.
    #[getter]
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let found = guarded(py, || Ok(py.detach(|| self.client.progress())))?;
        progress(py, &found)
    }

    /// The numbers of the requests that were without outcome in the journal.
    #[getter]
    fn resumed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let resumed = guarded(py, || Ok(self.client.resumed().to_vec()))?;
        PyTuple::new(py, resumed)
    }

    /// Waits for the next outcome of one of these.
    #[pyo3(signature = (timeout = None))]
    fn next_outcome<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyTuple>> {
        let outcome = guarded(py, || wait(py, timeout, |slice| self.client.next_outcome(slice)))?;
        self::outcome(py, outcome)
    }

    /// The next outcome of one of these, or None.
    fn try_next_outcome<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let outcome = guarded(py, || Ok(py.detach(|| self.client.try_next_outcome())))?;
        outcome.map(|outcome| self::outcome(py, outcome)).transpose()
    }

    /// Waits for what happens to the session next.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let event = guarded(py, || wait(py, timeout, |slice| self.client.next_event(slice)))?;
        circuit_event(py, &event)
    }

    /// What happened to the session, the oldest first, or None.
    fn try_next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let event = guarded(py, || Ok(py.detach(|| self.client.try_next_event())))?;
        event.map(|event| circuit_event(py, &event)).transpose()
    }

    /// Makes the next attempt at once, also where the circuit is open.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.client.reset();
            Ok(())
        })
    }

    /// Carries out what the server asks.
    #[pyo3(signature = (handler))]
    fn serve(&self, py: Python<'_>, handler: Py<PyAny>) -> PyResult<()> {
        done(py, || {
            self.client.serve(self::handler(handler));
            Ok(())
        })
    }

    /// Waits for the next request of the server.
    #[pyo3(signature = (timeout = None))]
    fn next_request(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<PyRpcRequest> {
        guarded(py, || wait(py, timeout, |slice| self.client.next_request(slice))).map(PyRpcRequest::from)
    }

    /// The next request of the server, or None.
    fn try_next_request(&self, py: Python<'_>) -> PyResult<Option<PyRpcRequest>> {
        guarded(py, || Ok(py.detach(|| self.client.try_next_request()).map(PyRpcRequest::from)))
    }

    /// Begins to release the session; False once there is none.
    fn _release(&self, py: Python<'_>) -> PyResult<bool> {
        done(py, || {
            self.client.start_release();
            Ok(self.client.session().is_some())
        })
    }

    /// Releases the session in order, then closes.
    #[pyo3(signature = (timeout = None))]
    fn release(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        let timeout = value::timeout(py, timeout)?;
        let released = done(py, || self.client.release(timeout));
        self.close(py)?;
        released
    }

    /// Ends the client at once.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.client.close_by(Client::close);
            if self.own {
                self.endpoint.close_by(Endpoint::close);
            }
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
}

/// Is asked by many clients. Methods may be called from any thread.
#[pyclass(module = "osisession._native", name = "RpcServer", frozen, weakref)]
pub(crate) struct PyRpcServer {
    server: Handle<Server>,
    endpoint: Handle<Endpoint>,
    own: bool,
}

fn server_event<'py>(py: Python<'py>, event: ServerEvent) -> PyResult<Bound<'py, PyAny>> {
    match event {
        ServerEvent::Up(peer) => build!(py, "rpc", "ClientUp", (PyRpcPeer::from(peer),)),
        ServerEvent::Down(peer, error) => {
            build!(py, "rpc", "ClientDown", (PyRpcPeer::from(peer), maybe(py, error.as_ref())?))
        }
        ServerEvent::Violation(peer, error) => {
            build!(py, "rpc", "Violation", (PyRpcPeer::from(peer), exception(py, &error)?))
        }
        ServerEvent::Refused(error) => build!(py, "rpc", "CallerRefused", (exception(py, &error)?,)),
        ServerEvent::Forgotten(name) => build!(py, "rpc", "Forgotten", (PyBytes::new(py, &name),)),
        _ => Err(invalid(py, "an event that this package does not know")),
    }
}

#[pymethods]
impl PyRpcServer {
    #[new]
    #[pyo3(signature = (address, handler = None, config = None, *, endpoint = None))]
    fn new(
        py: Python<'_>,
        address: &str,
        handler: Option<Py<PyAny>>,
        config: Option<ServerArgument>,
        endpoint: Option<Py<PyEndpoint>>,
    ) -> PyResult<PyRpcServer> {
        let config = config.map(|config| config.0).unwrap_or_default();
        let (endpoint, own) = self::endpoint(py, endpoint)?;
        let server = done(py, || {
            let server = Server::new(&endpoint, address, config)?;
            if let Some(handler) = handler {
                server.serve(self::handler(handler));
            }
            Ok(server)
        })?;
        Ok(PyRpcServer { server: server.into(), endpoint: endpoint.into(), own })
    }

    /// Where it listens, with the port that it got.
    #[getter]
    fn local_address(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.server.local_address()))
    }

    /// Gives requests to this function.
    fn serve(&self, py: Python<'_>, handler: Py<PyAny>) -> PyResult<()> {
        done(py, || {
            self.server.serve(self::handler(handler));
            Ok(())
        })
    }

    /// Waits for the next request.
    #[pyo3(signature = (timeout = None))]
    fn next_request(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<PyRpcRequest> {
        guarded(py, || wait(py, timeout, |slice| self.server.next_request(slice))).map(PyRpcRequest::from)
    }

    /// The next request, or None.
    fn try_next_request(&self, py: Python<'_>) -> PyResult<Option<PyRpcRequest>> {
        guarded(py, || Ok(py.detach(|| self.server.try_next_request()).map(PyRpcRequest::from)))
    }

    /// Waits for what happens to a client next.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let event = guarded(py, || wait(py, timeout, |slice| self.server.next_event(slice)))?;
        server_event(py, event)
    }

    /// What happened to clients, the oldest first, or None.
    fn try_next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let event = guarded(py, || Ok(py.detach(|| self.server.try_next_event())))?;
        event.map(|event| server_event(py, event)).transpose()
    }

    /// The clients that are known, connected or not.
    #[getter]
    fn clients(&self, py: Python<'_>) -> PyResult<Vec<PyRpcPeer>> {
        guarded(py, || Ok(self.server.clients().into_iter().map(PyRpcPeer::from).collect()))
    }

    /// Stops listening, aborts all sessions, forgets all clients.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.server.close_by(Server::close);
            if self.own {
                self.endpoint.close_by(Endpoint::close);
            }
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

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(format!("<Server on {}>", self.server.local_address())))
    }
}
