//! `Endpoint` and `Listener`.
use crate::config::SessionConfigArgument;
use crate::error::raise;
use crate::guard::guarded;
use crate::handle::Handle;
use crate::session::{PySession, PyTransportPort};
use crate::socket::SocketArgument;
use crate::value::{self, Octets};
use crate::wait::{wait, wait_counted};
use crate::watch::{self, EndpointConfigArgument};
use osisession::{Endpoint, Listener, ListenerConfig, Ready, SessionConfig};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// One user of the library: its reactor, its listeners, its sessions. Methods may be called from any thread.
#[pyclass(module = "osisession", name = "Endpoint", frozen, weakref)]
pub(crate) struct PyEndpoint {
    endpoint: Handle<Endpoint>,
}

impl From<Endpoint> for PyEndpoint {
    fn from(endpoint: Endpoint) -> PyEndpoint {
        PyEndpoint { endpoint: endpoint.into() }
    }
}

impl PyEndpoint {
    /// The endpoint itself.
    pub(crate) fn facade(&self) -> Endpoint {
        (*self.endpoint).clone()
    }
}

fn session_config(config: Option<SessionConfigArgument>) -> SessionConfig {
    config.map(|config| config.0).unwrap_or_default()
}

/// The transport selectors that are given go before those of the configuration.
pub(crate) fn calling_config(
    config: Option<SessionConfigArgument>,
    calling_t_selector: Option<Octets>,
    called_t_selector: Option<Octets>,
) -> SessionConfig {
    let mut config = session_config(config);
    if let Some(selector) = calling_t_selector {
        config.calling_t_selector = selector.0;
    }
    if let Some(selector) = called_t_selector {
        config.called_t_selector = selector.0;
    }
    config
}

#[pymethods]
impl PyEndpoint {
    #[new]
    #[pyo3(signature = (config = None))]
    fn new(py: Python<'_>, config: Option<EndpointConfigArgument>) -> PyResult<PyEndpoint> {
        let config = config.map(|config| config.0).unwrap_or_default();
        let endpoint = guarded(py, || Ok(Endpoint::new(config)))?;
        endpoint.map(PyEndpoint::from).map_err(|error| raise(py, &error))
    }

    /// Listens on "host:port" (port 0: any free one) or "memory:name".
    #[pyo3(signature = (address, *, t_selector = None, session_selector = None, backlog = None, max_connecting = None,
        max_connecting_per_source = None, early_refusal_from = None, config = None))]
    fn listen(
        &self,
        py: Python<'_>,
        address: &str,
        t_selector: Option<Octets>,
        session_selector: Option<Octets>,
        backlog: Option<usize>,
        max_connecting: Option<usize>,
        max_connecting_per_source: Option<usize>,
        early_refusal_from: Option<usize>,
        config: Option<SessionConfigArgument>,
    ) -> PyResult<PyListener> {
        let mut listener = ListenerConfig::default();
        listener.t_selector = t_selector.map(|selector| selector.0);
        listener.session_selector = session_selector.map(|selector| selector.0);
        listener.session = session_config(config);
        if let Some(backlog) = backlog {
            listener.backlog = backlog;
        }
        if let Some(max_connecting) = max_connecting {
            listener.max_connecting = max_connecting;
        }
        if let Some(max_connecting) = max_connecting_per_source {
            listener.max_connecting_per_source = max_connecting;
        }
        if let Some(early_refusal_from) = early_refusal_from {
            listener.early_refusal_from = early_refusal_from;
        }
        let result = guarded(py, || Ok(py.detach(|| self.endpoint.listen(address, listener))))?;
        result.map(PyListener::from).map_err(|error| raise(py, &error))
    }

    /// Connects to "host:port" or "memory:name"; never blocks, the outcome is an event.
    #[pyo3(signature = (address, *, config = None, calling_t_selector = None, called_t_selector = None, **parameters))]
    fn connect(
        &self,
        py: Python<'_>,
        address: &str,
        config: Option<SessionConfigArgument>,
        calling_t_selector: Option<Octets>,
        called_t_selector: Option<Octets>,
        parameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PySession> {
        let request = value::connect_request(parameters)?;
        let config = calling_config(config, calling_t_selector, called_t_selector);
        let result = guarded(py, || Ok(py.detach(|| self.endpoint.connect(address, request, config))))?;
        result.map(PySession::from).map_err(|error| raise(py, &error))
    }

    /// Connects over a connected TCP socket, which is taken over; never blocks, the outcome is an event.
    #[pyo3(signature = (socket, *, config = None, calling_t_selector = None, called_t_selector = None, **parameters))]
    fn connect_over_socket(
        &self,
        py: Python<'_>,
        socket: SocketArgument<'_>,
        config: Option<SessionConfigArgument>,
        calling_t_selector: Option<Octets>,
        called_t_selector: Option<Octets>,
        parameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PySession> {
        let request = value::connect_request(parameters)?;
        let config = calling_config(config, calling_t_selector, called_t_selector);
        let (descriptor, socket) = socket.split();
        let connect = || self.endpoint.connect_over_socket(descriptor, request, config);
        let session = guarded(py, || Ok(py.detach(connect)))?.map_err(|error| raise(py, &error))?;
        socket.call_method0("close")?;
        Ok(session.into())
    }

    /// A session over the caller's own transport.
    #[pyo3(signature = (*, config = None))]
    fn open(
        &self,
        py: Python<'_>,
        config: Option<SessionConfigArgument>,
    ) -> PyResult<(PySession, PyTransportPort)> {
        let result = guarded(py, || Ok(py.detach(|| self.endpoint.open(session_config(config)))))?;
        let (session, port) = result.map_err(|error| raise(py, &error))?;
        Ok((session.into(), PyTransportPort(port.into())))
    }

    /// Drives the endpoint until something happened or the time is over; returns how many sessions and listeners got
    /// something.
    #[pyo3(signature = (timeout = None))]
    fn dispatch(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<usize> {
        guarded(py, || wait_counted(py, timeout, |slice| self.endpoint.dispatch(slice)))
    }

    /// Drives the endpoint from a thread of its own, until stop.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || Ok(py.detach(|| self.endpoint.start())))?.map_err(|error| raise(py, &error))
    }

    /// Stops the thread.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || {
            py.detach(|| self.endpoint.stop());
            Ok(())
        })
    }

    /// The descriptor that is readable when dispatch(0) has something to do.
    #[getter]
    fn descriptor(&self, py: Python<'_>) -> PyResult<i32> {
        guarded(py, || Ok(self.endpoint.descriptor()))
    }

    /// The descriptor, so that selectors take the endpoint itself.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        guarded(py, || Ok(self.endpoint.descriptor()))
    }

    /// Seconds until dispatch is due even if the descriptor is quiet, or None.
    #[getter]
    fn next_timeout(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        guarded(py, || Ok(self.endpoint.next_timeout().map(|timeout| timeout.as_secs_f64())))
    }

    /// Who got events since last asked, each once until drained, or None.
    fn next_ready(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let ready = guarded(py, || Ok(self.endpoint.next_ready()))?;
        Ok(match ready {
            Some(Ready::Session(session)) => Some(Py::new(py, PySession::from(session))?.into_any()),
            Some(Ready::Listener(listener)) => Some(Py::new(py, PyListener::from(listener))?.into_any()),
            _ => None,
        })
    }

    /// The next caller that was refused before any listener saw it, or None; the last 64 are kept.
    fn next_refusal<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let refusal = guarded(py, || Ok(self.endpoint.next_refusal()))?;
        refusal.map(|refusal| watch::refusal(py, &refusal)).transpose()
    }

    /// What this endpoint has done so far, in numbers.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let counters = guarded(py, || Ok(self.endpoint.counters()))?;
        watch::counters(py, &counters)
    }

    /// True after close.
    #[getter]
    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.endpoint.is_closed()))
    }

    /// Closes all listeners and sessions, and stops the thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || {
            py.detach(|| self.endpoint.close_by(Endpoint::close));
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

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PyEndpoint>().is_ok_and(|other| {
            other.get().endpoint.anywhere().descriptor() == self.endpoint.anywhere().descriptor()
        })
    }

    fn __hash__(&self) -> u64 {
        self.endpoint.anywhere().descriptor().unsigned_abs().into()
    }

    fn __repr__(&self) -> String {
        let closed = if self.endpoint.anywhere().is_closed() { " closed" } else { "" };
        format!("<Endpoint {}{closed}>", self.endpoint.anywhere().descriptor())
    }
}

/// Waits for sessions from peers. Methods may be called from any thread.
#[pyclass(module = "osisession", name = "Listener", frozen, weakref)]
pub(crate) struct PyListener(Handle<Listener>);

impl From<Listener> for PyListener {
    fn from(listener: Listener) -> PyListener {
        PyListener(listener.into())
    }
}

#[pymethods]
impl PyListener {
    /// A number that is this listener's alone within its endpoint.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<u64> {
        guarded(py, || Ok(self.0.id()))
    }

    /// Where it listens, with the port that it got: "127.0.0.1:40123".
    #[getter]
    fn local_address(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.0.local_address()))
    }

    /// True once it is closed.
    #[getter]
    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.0.is_closed()))
    }

    /// Waits for a session; its next event is a ConnectIndication.
    #[pyo3(signature = (timeout = None))]
    fn accept(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<PySession> {
        guarded(py, || wait(py, timeout, |slice| self.0.accept(slice))).map(PySession::from)
    }

    /// A session if one is there already.
    fn try_accept(&self, py: Python<'_>) -> PyResult<Option<PySession>> {
        guarded(py, || Ok(self.0.try_accept().map(PySession::from)))
    }

    /// Takes over a TCP connection that was accepted elsewhere: its caller comes out of accept like the others.
    fn accept_socket(&self, py: Python<'_>, socket: SocketArgument<'_>) -> PyResult<()> {
        let (descriptor, socket) = socket.split();
        let result = guarded(py, || Ok(py.detach(|| self.0.accept_socket(descriptor))))?;
        result.map_err(|error| raise(py, &error))?;
        socket.call_method0("close")?;
        Ok(())
    }

    /// Stops listening; sessions that were accepted go on.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || {
            py.detach(|| self.0.close_by(Listener::close));
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
        guarded(py, || Ok(format!("<Listener {} on {}>", self.0.id(), self.0.local_address())))
    }
}
