//! `decode`: SPDUs for tools and people.
use crate::classes::{build, class};
use crate::error::{invalid, raise};
use crate::guard::guarded;
use crate::value::{Octets, TokensArgument, VersionsArgument, leniency, octets};
use osisession_proto::x225::spdu::{
    self, DecodeContext, Described, Flow, Kind, Leniency, Segmenting, Spdu, Used,
};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The SPDUs of one TSDU, as they stand on the wire.
#[pyfunction]
#[pyo3(signature = (tsdu, *, strict = false, expedited = false, version = None, segmenting = None,
    extended_concatenation = true, symmetric = None, available_tokens = None, upper_limit = None, continuing = None))]
pub(crate) fn decode<'py>(
    py: Python<'py>,
    tsdu: Octets,
    strict: bool,
    expedited: bool,
    version: Option<VersionsArgument>,
    segmenting: Option<bool>,
    extended_concatenation: bool,
    symmetric: Option<bool>,
    available_tokens: Option<TokensArgument>,
    upper_limit: Option<u8>,
    continuing: Option<&str>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut context = DecodeContext::unknown();
    if strict {
        context.leniency = Leniency::STRICT;
    }
    if expedited {
        context.flow = Flow::Expedited;
    }
    if let Some(version) = version {
        context.version = version.0;
    }
    context.segmenting = match segmenting {
        None => Segmenting::Unknown,
        Some(true) => Segmenting::Selected,
        Some(false) => Segmenting::NotSelected,
    };
    context.extended_concatenation = extended_concatenation;
    context.symmetric = symmetric;
    context.available_tokens = available_tokens.map(|tokens| tokens.0);
    if let Some(digits) = upper_limit {
        context.upper_limit = digits;
    }
    if let Some(name) = continuing {
        let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == name);
        context.continuing = Some(kind.ok_or_else(|| invalid(py, format!("no SPDU is called {name:?}")))?);
    }
    guarded(py, || {
        let decoded = spdu::decode(&tsdu.0, &context).map_err(|error| raise(py, &error))?;
        decoded.spdus().iter().map(|spdu| to_python(py, spdu, decoded.leniencies())).collect()
    })
}

fn to_python<'py>(py: Python<'py>, spdu: &Spdu<'_>, used: &[Used]) -> PyResult<Bound<'py, PyAny>> {
    let extent = spdu.offset()..spdu.offset() + spdu.octets().len().max(1);
    let leniencies = used
        .iter()
        .filter(|used| extent.contains(&used.offset))
        .map(|used| build!(py, "_spdu", "UsedLeniency", (leniency(py, used.leniency)?, used.offset)))
        .collect::<PyResult<Vec<_>>>()?;
    build!(
        py,
        "_spdu",
        "Spdu",
        (
            spdu.kind().name(),
            spdu.kind().title(),
            spdu.offset(),
            octets(py, spdu.octets()),
            parameters(py, &spdu.describe())?,
            octets(py, spdu.user_data()),
            PyTuple::new(py, leniencies)?,
            spdu.to_string(),
        )
    )
}

fn parameters<'py>(py: Python<'py>, described: &[Described<'_>]) -> PyResult<Bound<'py, PyTuple>> {
    let tree = described
        .iter()
        .map(|parameter| {
            // Groups hold parameters, never groups: this goes one level deep.
            let inside = parameters(py, &parameter.inside)?;
            class!(py, "_spdu", "Parameter")?.call1((
                parameter.code,
                parameter.name,
                parameter.offset,
                octets(py, parameter.value),
                &parameter.meaning,
                inside,
            ))
        })
        .collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, tree)
}
