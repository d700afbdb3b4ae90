//! Events as instances of the package's event classes.
use crate::classes::build;
use crate::error::exception;
use crate::value::{
    assignment, connection_identifier, exception_reason, functional_units, octets, old_connection, resync,
    tokens, tsdu_sizes, versions,
};
use osisession_proto::Error;
use osisession_proto::x225::primitive::{
    ActivityResume, ConnectConfirm, ConnectIndication, ConnectRejection, Event, PAbortReason, Resynchronize,
};
use pyo3::prelude::*;

type Object<'py> = PyResult<Bound<'py, PyAny>>;

macro_rules! event {
    ($py:expr, $name:literal, ($($field:expr),* $(,)?)) => { build!($py, "_events", $name, ($($field),*)) };
}

fn cause<'py>(py: Python<'py>, error: Option<&Error>) -> PyResult<Option<Bound<'py, PyAny>>> {
    error.map(|error| exception(py, error)).transpose()
}

fn connect_indication<'py>(py: Python<'py>, e: &ConnectIndication) -> Object<'py> {
    // A tuple of arguments has at most twelve elements.
    let arguments: [Bound<'py, PyAny>; 13] = [
        octets(py, &e.calling_selector).into_any(),
        octets(py, &e.called_selector).into_any(),
        connection_identifier(py, &e.connection_identifier)?,
        functional_units(py, e.functional_units)?,
        versions(py, e.version)?,
        e.initial_serial_number.into_pyobject(py)?,
        e.second_initial_serial_number.into_pyobject(py)?,
        e.upper_limit_serial_number.into_pyobject(py)?,
        assignment(py, &e.tokens)?,
        tsdu_sizes(py, e.tsdu_maximum_size)?,
        e.transport_expedited.into_pyobject(py)?.to_owned().into_any(),
        e.extended_concatenation.into_pyobject(py)?.to_owned().into_any(),
        octets(py, &e.user_data).into_any(),
    ];
    let arguments = pyo3::types::PyTuple::new(py, arguments)?;
    crate::classes::class!(py, "_events", "ConnectIndication")?.call1(arguments)
}

pub(crate) fn connect_confirm<'py>(py: Python<'py>, e: &ConnectConfirm) -> Object<'py> {
    event!(
        py,
        "ConnectConfirm",
        (
            octets(py, &e.responding_selector),
            connection_identifier(py, &e.connection_identifier)?,
            functional_units(py, e.functional_units)?,
            versions(py, e.version)?,
            e.initial_serial_number,
            e.second_initial_serial_number,
            assignment(py, &e.tokens)?,
            tsdu_sizes(py, e.tsdu_maximum_size)?,
            e.transport_expedited,
            e.extended_concatenation,
            octets(py, &e.user_data),
        )
    )
}

fn connect_confirm_negative<'py>(py: Python<'py>, e: &ConnectRejection) -> Object<'py> {
    event!(
        py,
        "ConnectConfirmNegative",
        (
            e.reason,
            connection_identifier(py, &e.connection_identifier)?,
            e.functional_units.map(|units| functional_units(py, units)).transpose()?,
            e.versions.map(|v| versions(py, v)).transpose()?,
            octets(py, &e.user_data),
            cause(py, e.error.as_ref())?,
        )
    )
}

fn activity_resume<'py>(py: Python<'py>, e: &ActivityResume) -> Object<'py> {
    event!(
        py,
        "ActivityResumeIndication",
        (
            octets(py, &e.activity_identifier),
            octets(py, &e.old_activity_identifier),
            e.serial_number,
            e.second_serial_number,
            e.old_connection.as_ref().map(|old| old_connection(py, old)).transpose()?,
            octets(py, &e.user_data),
        )
    )
}

pub(crate) fn p_abort<'py>(py: Python<'py>, reason: PAbortReason, error: Option<&Error>) -> Object<'py> {
    let reason = build!(py, "_values", "PAbortReason", (reason as u8,))?;
    event!(py, "PAbortIndication", (reason, cause(py, error)?))
}

/// The event for Python.
pub(crate) fn event<'py>(py: Python<'py>, event: &Event) -> Object<'py> {
    macro_rules! resynchronize {
        ($name:literal, $e:expr) => {{
            let e: &Resynchronize = $e;
            event!(
                py,
                $name,
                (
                    resync(py, e.first)?,
                    resync(py, e.second)?,
                    assignment(py, &e.tokens)?,
                    octets(py, &e.user_data)
                )
            )
        }};
    }
    match event {
        Event::ConnectIndication(e) => connect_indication(py, e),
        Event::ConnectConfirm(e) => connect_confirm(py, e),
        Event::ConnectConfirmNegative(e) => connect_confirm_negative(py, e),
        Event::DataPiece { typed: false, octets: d, end } => {
            event!(py, "DataIndication", (octets(py, d), !end))
        }
        Event::DataPiece { typed: true, octets: d, end } => {
            event!(py, "TypedDataIndication", (octets(py, d), !end))
        }
        Event::DataIndication(d) => event!(py, "DataIndication", (octets(py, d))),
        Event::ExpeditedDataIndication(d) => event!(py, "ExpeditedDataIndication", (octets(py, d))),
        Event::TypedDataIndication(d) => event!(py, "TypedDataIndication", (octets(py, d))),
        Event::CapabilityDataIndication(d) => event!(py, "CapabilityDataIndication", (octets(py, d))),
        Event::CapabilityDataConfirm(d) => event!(py, "CapabilityDataConfirm", (octets(py, d))),
        Event::TokenGiveIndication(t, d) => {
            event!(py, "TokenGiveIndication", (tokens(py, *t)?, octets(py, d)))
        }
        Event::TokenPleaseIndication(t, d) => {
            event!(py, "TokenPleaseIndication", (tokens(py, *t)?, octets(py, d)))
        }
        Event::ControlGiveIndication(d) => event!(py, "ControlGiveIndication", (octets(py, d))),
        Event::SyncMinorIndication { serial_number, explicit, data_separation, user_data } => {
            event!(
                py,
                "SyncMinorIndication",
                (*serial_number, *explicit, *data_separation, octets(py, user_data))
            )
        }
        Event::SyncMinorConfirm(n, d) => event!(py, "SyncMinorConfirm", (*n, octets(py, d))),
        Event::SyncMajorIndication(n, d) => event!(py, "SyncMajorIndication", (*n, octets(py, d))),
        Event::SyncMajorConfirm(n, d) => event!(py, "SyncMajorConfirm", (*n, octets(py, d))),
        Event::ResynchronizeIndication(e) => resynchronize!("ResynchronizeIndication", e),
        Event::ResynchronizeConfirm(e) => resynchronize!("ResynchronizeConfirm", e),
        Event::PExceptionReportIndication(e) => {
            event!(py, "PExceptionReportIndication", (cause(py, e.as_ref())?))
        }
        Event::UExceptionReportIndication(r, d) => {
            event!(py, "UExceptionReportIndication", (exception_reason(py, *r)?, octets(py, d)))
        }
        Event::ActivityStartIndication(id, d) => {
            event!(py, "ActivityStartIndication", (octets(py, id), octets(py, d)))
        }
        Event::ActivityResumeIndication(e) => activity_resume(py, e),
        Event::ActivityInterruptIndication(r, d) => {
            let reason = r.map(|reason| exception_reason(py, reason)).transpose()?;
            event!(py, "ActivityInterruptIndication", (reason, octets(py, d)))
        }
        Event::ActivityInterruptConfirm(d) => event!(py, "ActivityInterruptConfirm", (octets(py, d))),
        Event::ActivityDiscardIndication(r, d) => {
            let reason = r.map(|reason| exception_reason(py, reason)).transpose()?;
            event!(py, "ActivityDiscardIndication", (reason, octets(py, d)))
        }
        Event::ActivityDiscardConfirm(d) => event!(py, "ActivityDiscardConfirm", (octets(py, d))),
        Event::ActivityEndIndication(n, d) => event!(py, "ActivityEndIndication", (*n, octets(py, d))),
        Event::ActivityEndConfirm(n, d) => event!(py, "ActivityEndConfirm", (*n, octets(py, d))),
        Event::ReleaseIndication(d) => event!(py, "ReleaseIndication", (octets(py, d))),
        Event::ReleaseConfirm(d) => event!(py, "ReleaseConfirm", (octets(py, d))),
        Event::ReleaseConfirmNegative(d) => event!(py, "ReleaseConfirmNegative", (octets(py, d))),
        Event::UAbortIndication(d) => event!(py, "UAbortIndication", (octets(py, d))),
        Event::PAbortIndication(reason, error) => p_abort(py, *reason, error.as_ref()),
        other => {
            let text = format!("the Python package does not know {}", other.name());
            Err(crate::error::raise(
                py,
                &Error::new(osisession_proto::ErrorKind::Internal, osisession_proto::Layer::Api, text),
            ))
        }
    }
}
