//! `osisession.circuit`: a session to any peer that is there when it is wanted.
use crate::config::SessionConfigArgument;
use crate::endpoint::{PyEndpoint, calling_config};
use crate::error::{invalid, raise};
use crate::event::connect_confirm;
use crate::guard::guarded;
use crate::handle::Handle;
use crate::rpc::{circuit_config, circuit_event, done, endpoint, progress};
use crate::session::PySession;
use crate::value::{self, Octets};
use crate::wait::{handler_failed, wait};
use osisession::circuit::{ConnectHook, Keeper, KeeperConfig, Lease, Wish};
use osisession::{Endpoint, Session};
use osisession_proto::error::Result;
use osisession_proto::x225::primitive::{ConnectConfirm, ConnectRequest};
use osisession_proto::{Error, ErrorKind, Layer};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::{Arc, Mutex, PoisonError};

/// The same request each time, and a function that looks at the answer.
struct Hook {
    request: ConnectRequest,
    check: Option<Py<PyAny>>,
}

impl ConnectHook for Hook {
    fn request(&self) -> ConnectRequest {
        self.request.clone()
    }

    fn confirmed(&self, session: &Session, confirm: &ConnectConfirm) -> Result<()> {
        let Some(check) = &self.check else { return Ok(()) };
        let refused = |text: String| Err(Error::new(ErrorKind::Refused, Layer::Api, text));
        let asked = Python::try_attach(|py| {
            let check = check.bind(py);
            let call = || {
                let session = PySession::from(session.clone());
                check.call1((session, connect_confirm(py, confirm)?)).map(drop)
            };
            match call() {
                Ok(()) => Ok(()),
                Err(error) => {
                    let text = format!("the answer was turned down here: {}", error.value(py));
                    if !error.is_instance_of::<PyException>(py) {
                        // Nothing that a check says: an interrupt, an exit.
                        handler_failed(py, error, check);
                    }
                    refused(text)
                }
            }
        });
        asked.unwrap_or_else(|| refused("the interpreter is ending".to_owned()))
    }
}

/// Keeps a session to a peer of any kind. Methods may be called from any thread.
#[pyclass(module = "osisession._native", name = "Keeper", frozen, weakref)]
pub(crate) struct PyKeeper {
    keeper: Handle<Keeper>,
    endpoint: Handle<Endpoint>,
    own: bool,
}

#[pymethods]
impl PyKeeper {
    #[new]
    #[pyo3(signature = (address, *, circuit = None, check = None, config = None, calling_t_selector = None, called_t_selector = None, endpoint = None, **parameters))]
    #[allow(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        py: Python<'_>,
        address: &str,
        circuit: Option<Bound<'_, PyAny>>,
        check: Option<Py<PyAny>>,
        config: Option<SessionConfigArgument>,
        calling_t_selector: Option<Octets>,
        called_t_selector: Option<Octets>,
        endpoint: Option<Py<PyEndpoint>>,
        parameters: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyKeeper> {
        if let Some(check) = &check
            && !check.bind(py).is_callable()
        {
            return Err(invalid(py, "check is a function"));
        }
        let mut keeper = KeeperConfig::default();
        keeper.connect = Arc::new(Hook { request: value::connect_request(parameters)?, check });
        keeper.session = calling_config(config, calling_t_selector, called_t_selector);
        if let Some(circuit) = circuit {
            keeper.circuit = circuit_config(&circuit)?;
        }
        let (endpoint, own) = self::endpoint(py, endpoint)?;
        let keeper = done(py, || Keeper::new(&endpoint, address, keeper))?;
        Ok(PyKeeper { keeper: keeper.into(), endpoint: endpoint.into(), own })
    }

    /// The session, opened if it is not there.
    #[pyo3(signature = (timeout = None))]
    fn lease(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<PyLease> {
        // One wish for all slices of the wait.
        let mut wish = guarded(py, || Ok(self.keeper.wish()))?;
        let lease = guarded(py, || wait(py, timeout, |slice| wish.lease(slice)));
        py.detach(|| drop(wish));
        lease.map(PyLease::from)
    }

    /// A wish that is looked at again and again, by an event loop.
    fn _wish(&self, py: Python<'_>) -> PyResult<PyWish> {
        guarded(py, || Ok(PyWish(Handle::from(Mutex::new(Some(self.keeper.wish()))))))
    }

    /// Where the session stands, and the circuit.
    #[getter]
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let found = guarded(py, || Ok(py.detach(|| self.keeper.progress())))?;
        progress(py, &found)
    }

    /// Waits for what happens to the session next.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let event = guarded(py, || wait(py, timeout, |slice| self.keeper.next_event(slice)))?;
        circuit_event(py, &event)
    }

    /// What happened to the session, the oldest first, or None.
    fn try_next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let event = guarded(py, || Ok(py.detach(|| self.keeper.try_next_event())))?;
        event.map(|event| circuit_event(py, &event)).transpose()
    }

    /// Makes the next attempt at once, also where the circuit is open.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.keeper.reset();
            Ok(())
        })
    }

    /// Ends it at once: the session is aborted.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.keeper.close_by(Keeper::close);
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

/// What is gone once it was given back.
type Slot<T> = Handle<Mutex<Option<T>>>;

fn take<T: Send>(slot: &Slot<T>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// A wish for the session.
#[pyclass(module = "osisession._native", name = "_KeeperWish", frozen)]
pub(crate) struct PyWish(Slot<Wish>);

#[pymethods]
impl PyWish {
    /// The session if it is there, or None.
    fn try_lease(&self, py: Python<'_>) -> PyResult<Option<PyLease>> {
        let look = || match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(wish) => wish.try_lease(),
            None => Ok(None),
        };
        Ok(done(py, look)?.map(PyLease::from))
    }

    /// Nobody wants it any more.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            drop(take(&self.0));
            Ok(())
        })
    }
}

/// The session, for as long as it is not given back.
#[pyclass(module = "osisession._native", name = "Lease", frozen, weakref)]
pub(crate) struct PyLease(Slot<Lease>);

impl From<Lease> for PyLease {
    fn from(lease: Lease) -> PyLease {
        PyLease(Handle::from(Mutex::new(Some(lease))))
    }
}

#[pymethods]
impl PyLease {
    /// The session.
    #[getter]
    fn session(&self, py: Python<'_>) -> PyResult<PySession> {
        let session = guarded(py, || {
            let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(held.as_ref().map(|lease| Session::clone(lease)))
        })?;
        let gone = || Error::new(ErrorKind::Closed, Layer::Api, "it was given back");
        session.map(PySession::from).ok_or_else(|| raise(py, &gone()))
    }

    /// Gives it back.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            drop(take(&self.0));
            Ok(())
        })
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<PySession> {
        self.session(py)
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}
