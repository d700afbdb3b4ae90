//! Why there is no session: the report of the facade for Python.
use crate::classes::{build, class};
use crate::error::from_python;
use crate::guard::guarded;
use crate::session::PySession;
use crate::value::{Octets, UnitsArgument, VersionsArgument, octets};
use osisession::diagnosis::Packet;
use osisession::{Diagnosis, Tapped, Witness};
use osisession_proto::x225::primitive::{ConnectRejection, Event, PAbortReason};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// Remembers the last packets of each session of the endpoints that it is given to, for reports.
#[pyclass(module = "osisession", name = "Witness", frozen)]
pub(crate) struct PyWitness(pub(crate) Witness);

#[pymethods]
impl PyWitness {
    #[new]
    fn new() -> PyWitness {
        PyWitness(Witness::new())
    }
}

impl PyWitness {
    pub(crate) fn see(&self, seen: &Tapped) {
        self.0.see(seen);
    }
}

/// The report on an exception, an event that ends a session, or a refusal.
#[pyfunction]
#[pyo3(signature = (failure, session = None, witness = None))]
pub(crate) fn _diagnose<'py>(
    py: Python<'py>,
    failure: &Bound<'py, PyAny>,
    session: Option<&Bound<'py, PySession>>,
    witness: Option<&Bound<'py, PyWitness>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut diagnosis = read(py, failure)?;
    if let Some(session) = session {
        let (id, history) = session.get().id_and_history();
        diagnosis = diagnosis.with_history(history);
        if let Some(witness) = witness {
            diagnosis = diagnosis.with_packets(&witness.get().0, id);
        }
    }
    report(py, &guarded(py, || Ok(diagnosis))?)
}

fn read(py: Python<'_>, failure: &Bound<'_, PyAny>) -> PyResult<Diagnosis> {
    macro_rules! is {
        ($module:literal, $name:literal) => {
            failure.is_instance(class!(py, $module, $name)?)?
        };
    }
    if is!("_watch", "Refusal") {
        let mut diagnosis = Diagnosis::of_error(&from_python(&failure.getattr("error")?)?);
        let caller = failure.getattr("peer_address")?.extract::<String>()?;
        diagnosis.summary = format!("{caller}: {}", diagnosis.summary);
        return Ok(diagnosis);
    }
    if is!("_errors", "OsisessionError") {
        // What the exception was made of says more.
        for name in ["confirm", "indication"] {
            if let Some(event) = failure.getattr_opt(name)?.filter(|event| !event.is_none())
                && let Some(diagnosis) = Diagnosis::of_outcome(&event_of(py, &event)?)
            {
                return Ok(diagnosis);
            }
        }
        return Ok(Diagnosis::of_error(&from_python(failure)?));
    }
    let event = event_of(py, failure)?;
    Diagnosis::of_event(&event).ok_or_else(|| PyTypeError::new_err("this event ends nothing"))
}

/// One of the events that end a session or an attempt.
fn event_of(py: Python<'_>, object: &Bound<'_, PyAny>) -> PyResult<Event> {
    let error = || {
        let error = object.getattr("error")?;
        if error.is_none() { Ok(None) } else { from_python(&error).map(Some) }
    };
    if object.is_instance(class!(py, "_events", "UAbortIndication")?)? {
        return Ok(Event::UAbortIndication(object.getattr("user_data")?.extract::<Octets>()?.0));
    }
    if object.is_instance(class!(py, "_events", "PAbortIndication")?)? {
        let reason = match object.getattr("reason")?.extract::<u8>()? {
            0 => PAbortReason::TransportDisconnect,
            1 => PAbortReason::ProtocolError,
            3 => PAbortReason::ImplementationRestriction,
            _ => PAbortReason::Undefined,
        };
        return Ok(Event::PAbortIndication(reason, error()?));
    }
    if object.is_instance(class!(py, "_events", "ConnectConfirmNegative")?)? {
        let units = object.getattr("functional_units")?.extract::<Option<UnitsArgument>>()?;
        let versions = object.getattr("versions")?.extract::<Option<VersionsArgument>>()?;
        return Ok(Event::ConnectConfirmNegative(Box::new(ConnectRejection {
            reason: object.getattr("reason")?.extract()?,
            functional_units: units.map(|units| units.0),
            versions: versions.map(|versions| versions.0),
            user_data: object.getattr("user_data")?.extract::<Octets>()?.0,
            error: error()?,
            ..ConnectRejection::default()
        })));
    }
    let name = object.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "expected an exception of this package, an event that ends a session or a Refusal, not '{name}'"
    )))
}

fn packets<'py>(py: Python<'py>, packets: &[Packet]) -> PyResult<Bound<'py, PyTuple>> {
    let packet = |packet: &Packet| {
        let described = packet.describe();
        build!(py, "_diagnosis", "Packet", (octets(py, &packet.octets), packet.length, described))
    };
    PyTuple::new(py, packets.iter().map(packet).collect::<PyResult<Vec<_>>>()?)
}

fn report<'py>(py: Python<'py>, diagnosis: &Diagnosis) -> PyResult<Bound<'py, PyAny>> {
    let keywords = PyDict::new(py);
    keywords.set_item("cause", diagnosis.cause.word())?;
    keywords.set_item("layer", diagnosis.layer.name())?;
    keywords.set_item("stage", diagnosis.stage.word())?;
    keywords.set_item("summary", &diagnosis.summary)?;
    keywords.set_item("sent", packets(py, &diagnosis.sent)?)?;
    keywords.set_item("received", packets(py, &diagnosis.received)?)?;
    keywords.set_item("octet", diagnosis.octet)?;
    keywords.set_item("pdu", diagnosis.pdu)?;
    keywords.set_item("clause", diagnosis.clause.as_deref())?;
    keywords.set_item("wants", &diagnosis.wants)?;
    keywords.set_item("tries", PyTuple::new(py, diagnosis.tries)?)?;
    keywords.set_item("is_violation", diagnosis.is_violation())?;
    keywords.set_item("text", diagnosis.to_string())?;
    class!(py, "_diagnosis", "Diagnosis")?.call((), Some(&keywords))
}
