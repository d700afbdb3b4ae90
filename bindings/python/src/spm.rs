//! `Spm`: the session protocol machine without input or output.
use crate::config::LimitsArgument;
use crate::error::raise;
use crate::event::event;
use crate::guard::guarded;
use crate::primitives::{or_none, primitives, resynchronize, serial_number};
use crate::snapshot;
use crate::transport::{self, IndicationArgument};
use crate::value::{
    self, AssignmentArgument, Now, Octets, OldConnectionArgument, ReasonArgument, ResyncArgument,
    TokensArgument, UnitsArgument, VersionsArgument,
};
use osisession_proto::time::Instant;
use osisession_proto::x225::primitive::{ActivityResume, Request};
use osisession_proto::x225::spm::{Accepted, Config, LocalSelector, Spm};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::{Mutex, PoisonError};

struct Machine {
    spm: Spm,
    /// The latest time that the caller gave.
    now: Instant,
}

/// The session protocol machine of one session connection: requests, TSDUs and time go in, events and TSDUs come out.
#[pyclass(module = "osisession", name = "Spm", frozen)]
pub(crate) struct PySpm {
    machine: Mutex<Machine>,
}

impl PySpm {
    /// Runs `body` on the machine; a panic in it becomes `InternalError`.
    ///
    /// `body` must not touch Python: whatever runs Python code may hand the interpreter lock to a thread that waits here.
    fn with<T>(&self, py: Python<'_>, body: impl FnOnce(&mut Machine) -> T) -> PyResult<T> {
        guarded(py, || Ok(body(&mut self.machine.lock().unwrap_or_else(PoisonError::into_inner))))
    }

    fn ask(&self, py: Python<'_>, request: Request, now: Option<Now>) -> PyResult<Accepted> {
        let result = self.with(py, |machine| {
            let now = machine.at(now);
            machine.spm.request(request, now)
        })?;
        result.map_err(|error| raise(py, &error))
    }
}

impl Machine {
    fn at(&mut self, now: Option<Now>) -> Instant {
        if let Some(now) = now {
            self.now = now.0;
        }
        self.now
    }
}

primitives! { PySpm, now;
    #[new]
    #[pyo3(signature = (*, functional_units = None, versions = None, selectors = None, unattached_selectors = None,
        strict = false, reuse_transport = false, trace = false, limits = None))]
    fn new(
        py: Python<'_>,
        functional_units: Option<UnitsArgument>,
        versions: Option<VersionsArgument>,
        selectors: Option<Vec<Octets>>,
        unattached_selectors: Option<Vec<Octets>>,
        strict: bool,
        reuse_transport: bool,
        trace: bool,
        limits: Option<LimitsArgument>,
    ) -> PyResult<PySpm> {
        guarded(py, || {
            let mut config = Config::default();
            if let Some(units) = functional_units {
                config.functional_units = units.0;
            }
            if let Some(versions) = versions {
                config.versions = versions.0;
            }
            if let Some(limits) = limits {
                config.limits = limits.0;
            }
            if selectors.is_some() || unattached_selectors.is_some() {
                let mark = |attached| move |octets: Octets| LocalSelector { selector: octets.0, attached };
                let attached = selectors.into_iter().flatten().map(mark(true));
                let unattached = unattached_selectors.into_iter().flatten().map(mark(false));
                config.selectors = Some(attached.chain(unattached).collect());
            }
            config.strict = strict;
            config.reuse_transport = reuse_transport;
            config.trace = trace;
            Ok(PySpm { machine: Mutex::new(Machine { spm: Spm::new(config), now: Instant::ZERO }) })
        })
    }

    /// The transport acts.
    #[pyo3(signature = (indication, *, now = None))]
    fn transport_indication(&self, py: Python<'_>, indication: IndicationArgument, now: Option<Now>) -> PyResult<()> {
        self.with(py, |machine| {
            let now = machine.at(now);
            machine.spm.transport(indication.0, now);
        })
    }

    /// The next thing to do for the transport, in order, or None.
    fn next_transport_request<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let request = self.with(py, |machine| machine.spm.poll_transport())?;
        request.map(|request| transport::request(py, &request)).transpose()
    }

    /// The next thing to tell the user, in order, or None.
    fn next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.with(py, |machine| machine.spm.poll_event())?.map(|e| event(py, &e)).transpose()
    }

    /// When handle_timeout is due and what for, or None.
    #[getter]
    fn next_timeout<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let next = self.with(py, |machine| machine.spm.next_timeout())?;
        next.map(|(at, purpose)| snapshot::deadline(py, at, purpose)).transpose()
    }

    /// Time passes. Calling early or late does no harm.
    fn handle_timeout(&self, py: Python<'_>, now: Now) -> PyResult<()> {
        self.with(py, |machine| {
            let now = machine.at(Some(now));
            machine.spm.handle_timeout(now);
        })
    }

    /// The state of Annex A: "STA713".
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.with(py, |machine| machine.spm.state().name())
    }

    /// True once the session connection has ended.
    #[getter]
    fn is_over(&self, py: Python<'_>) -> PyResult<bool> {
        self.with(py, |machine| machine.spm.is_over())
    }

    /// What was negotiated, and where the session stands.
    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        snapshot::properties(py, &self.with(py, |machine| machine.spm.properties())?)
    }

    /// The limits and timers that hold.
    #[getter]
    fn limits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::config::limits(py, &self.with(py, |machine| machine.spm.limits().clone())?)
    }

    /// The last transitions, oldest first.
    fn history<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let history: Vec<_> = self.with(py, |machine| machine.spm.history().collect())?;
        history.iter().map(|t| snapshot::transition(py, t)).collect()
    }

    /// The lines of the ladder since the last call, oldest first; empty without tracing.
    fn trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let records: Vec<_> = self.with(py, |machine| std::iter::from_fn(|| machine.spm.poll_trace()).collect())?;
        snapshot::ladder(py, &records)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |machine| format!("<Spm {}>", machine.spm.state()))
    }
}
