//! Properties, history and deadlines for Python.
use crate::classes::build;
use crate::value::{functional_units, leniency, tokens, tsdu_sizes, versions};
use osisession_proto::time::Instant;
use osisession_proto::x225::spm::{Deadline, Properties, TraceRecord, Transition};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Seconds of the clock that the instant was read from.
pub(crate) fn seconds(at: Instant) -> f64 {
    at.saturating_duration_since(Instant::ZERO).as_secs_f64()
}

pub(crate) fn properties<'py>(py: Python<'py>, p: &Properties) -> PyResult<Bound<'py, PyAny>> {
    let fields: [Bound<'py, PyAny>; 17] = [
        p.state.name().into_pyobject(py)?.into_any(),
        p.initiator.into_pyobject(py)?.to_owned().into_any(),
        functional_units(py, p.functional_units)?,
        versions(py, p.version)?,
        tsdu_sizes(py, p.tsdu_maximum_size)?,
        p.transport_expedited.into_pyobject(py)?.to_owned().into_any(),
        p.extended_concatenation.into_pyobject(py)?.to_owned().into_any(),
        tokens(py, p.available_tokens)?,
        tokens(py, p.owned_tokens)?,
        PyTuple::new(py, p.serial_numbers)?.into_any(),
        PyTuple::new(py, p.receiving_serial_numbers)?.into_any(),
        PyTuple::new(py, p.separated_serial_numbers)?.into_any(),
        p.may_confirm_minor.into_pyobject(py)?.to_owned().into_any(),
        p.activity_in_progress.into_pyobject(py)?.to_owned().into_any(),
        leniency(py, p.leniencies)?,
        PyTuple::new(py, p.tsdus)?.into_any(),
        PyTuple::new(py, p.octets)?.into_any(),
    ];
    let class = crate::classes::class!(py, "_values", "Properties")?;
    class.call1(PyTuple::new(py, fields)?)
}

pub(crate) fn transition<'py>(py: Python<'py>, t: &Transition) -> PyResult<Bound<'py, PyAny>> {
    build!(
        py,
        "_values",
        "Transition",
        (seconds(t.at), t.from.name(), t.event.name(), t.to.name(), t.table, t.list)
    )
}

pub(crate) fn deadline(py: Python<'_>, at: Instant, purpose: Deadline) -> PyResult<Bound<'_, PyAny>> {
    let purpose = match purpose {
        Deadline::Connect => "connect",
        Deadline::Tim => "TIM",
        Deadline::Answer => "answer",
        _ => "other",
    };
    build!(py, "_values", "Deadline", (seconds(at), at.as_nanos(), purpose))
}

/// An iterator of the lines of the ladder.
pub(crate) fn ladder<'py>(py: Python<'py>, records: &[TraceRecord]) -> PyResult<Bound<'py, PyAny>> {
    let lines = PyTuple::new(py, records.iter().map(|record| record.to_line()))?;
    Ok(lines.try_iter()?.into_any())
}
