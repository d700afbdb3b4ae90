//! `encode`: one SPDU from its parameters, checked or deliberately wrong.
use crate::error::{invalid, raise};
use crate::guard::guarded;
use crate::value::{
    AssignmentArgument, Octets, OldConnectionArgument, TokensArgument, UnitsArgument, VersionsArgument,
    connection_identifier_argument, octets, resync_type, tsdu_sizes_argument,
};
use osisession_proto::x225::parameter::{Enclosure, PrepareType, TransportDisconnect, Versions};
use osisession_proto::x225::spdu::{EncodeContext, Flow, Kind, SpduBuilder};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// The octets of one SPDU.
#[pyfunction]
#[pyo3(signature = (kind, /, *, user_data = None, units = Vec::new(), check = true, canonical = true,
    version = None, symmetric = false, expedited = false, upper_limit = 6, **parameters))]
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn encode<'py>(
    py: Python<'py>,
    kind: &str,
    user_data: Option<Octets>,
    units: Vec<(Option<u8>, u8, Octets)>,
    check: bool,
    canonical: bool,
    version: Option<VersionsArgument>,
    symmetric: bool,
    expedited: bool,
    upper_limit: u8,
    parameters: Option<Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let Some(kind) = Kind::ALL.iter().copied().find(|known| known.name() == kind) else {
        return Err(invalid(py, format!("no SPDU is called {kind:?}")));
    };
    let mut spdu = SpduBuilder::new(kind);
    // The Upper Limit comes first: it decides which serial numbers are large ones.
    let mut named: Vec<(String, Bound<'py, PyAny>)> = Vec::new();
    for (name, value) in parameters.iter().flat_map(|dict| dict.iter()) {
        named.push((name.extract()?, value));
    }
    named.sort_by_key(|(name, _)| name != "upper_limit_serial_number");
    for (name, value) in &named {
        spdu = set(py, spdu, name, value)?;
    }
    for (group, code, value) in &units {
        spdu = spdu.unit(*group, *code, &value.0);
    }
    if let Some(data) = user_data {
        spdu = spdu.user_data(data.0);
    }
    let context = EncodeContext {
        version: version.map_or(Versions::V2, |version| version.0),
        flow: if expedited { Flow::Expedited } else { Flow::Normal },
        symmetric,
        upper_limit,
        ..EncodeContext::default()
    };
    guarded(py, || {
        let encoded = match (check, canonical) {
            (true, _) => spdu.encode(&context).map_err(|error| raise(py, &error))?,
            (false, true) => spdu.encode_unchecked(),
            (false, false) => spdu.encode_as_set(),
        };
        Ok(octets(py, &encoded))
    })
}

/// Sets one parameter by its name in the codec.
fn set(py: Python<'_>, spdu: SpduBuilder, name: &str, value: &Bound<'_, PyAny>) -> PyResult<SpduBuilder> {
    let number = || value.extract::<u64>();
    let octet = || value.extract::<u8>();
    let raw = || value.extract::<Octets>().map(|octets| octets.0);
    Ok(match name {
        "connection_identifier" => {
            let identifier = connection_identifier_argument(value.as_borrowed())?;
            if spdu.kind() == Kind::CN {
                spdu.connection_identifier_calling(&identifier)
            } else {
                spdu.connection_identifier_called(&identifier)
            }
        }
        "extended_concatenation" => spdu.extended_concatenation(value.extract()?),
        "tsdu_maximum_size" => spdu.tsdu_maximum_size(tsdu_sizes_argument(value.as_borrowed())?),
        "versions" => spdu.versions(value.extract::<VersionsArgument>()?.0),
        "initial_serial_number" => spdu.initial_serial_number(number()?),
        "second_initial_serial_number" => spdu.second_initial_serial_number(number()?),
        "upper_limit_serial_number" => spdu.upper_limit_serial_number(octet()?),
        "token_setting" => spdu.token_setting(value.extract::<AssignmentArgument>()?.0),
        "token_item" => spdu.token_item(value.extract::<TokensArgument>()?.0),
        "functional_units" => spdu.functional_units(value.extract::<UnitsArgument>()?.0),
        "enclosure" => spdu.enclosure(Enclosure::from_bits(octet()?)),
        "calling_selector" => spdu.calling_selector(&raw()?),
        "called_selector" => spdu.called_selector(&raw()?),
        "data_overflow" if value.extract()? => spdu.data_overflow(),
        "data_overflow" => spdu,
        "transport_disconnect" => spdu.transport_disconnect(TransportDisconnect::from_bits_retain(octet()?)),
        "reason" => spdu.reason(octet()?),
        "sync_type" => spdu.sync_type(octet()?),
        "serial_number" => spdu.serial_number(number()?),
        "second_serial_number" => spdu.second_serial_number(number()?),
        "resync_type" => spdu.resync_type(resync_type(value)?),
        "second_resync_type" => spdu.second_resync_type(resync_type(value)?),
        "prepare_type" => spdu.prepare_type(match octet()? {
            1 => PrepareType::MajorSyncAck,
            2 => PrepareType::Resynchronize,
            3 => PrepareType::ResynchronizeAck,
            4 => PrepareType::Abort,
            other => return Err(invalid(py, format!("{other} is not a Prepare Type"))),
        }),
        "activity_identifier" => spdu.activity_identifier(&raw()?),
        "old_activity_identifier" => spdu.old_activity_identifier(&raw()?),
        "old_connection" => spdu.old_connection(&value.extract::<OldConnectionArgument>()?.0),
        "reflected" => spdu.reflected(&raw()?),
        other => {
            return Err(PyTypeError::new_err(format!(
                "encode() got an unexpected keyword argument '{other}'"
            )));
        }
    })
}
