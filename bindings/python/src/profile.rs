//! Presets for Python: what differs from the defaults, as keyword arguments.
use crate::error::raise;
use crate::value::{functional_units, octets, versions};
use osisession::{Profile, SessionConfig};
use osisession_proto::x225::primitive::{ConnectRequest, ConnectResponse};
use pyo3::prelude::*;
use pyo3::types::PyDict;

type Keywords<'py> = Bound<'py, PyDict>;

/// Of the profile with this name: keywords of `SessionConfig`, of the S-CONNECT request, of the S-CONNECT response.
#[pyfunction]
pub(crate) fn _profile<'py>(
    py: Python<'py>,
    name: &str,
) -> PyResult<(Keywords<'py>, Keywords<'py>, Keywords<'py>)> {
    let profile = name.parse::<Profile>().map_err(|error| raise(py, &error))?;
    let (config, plain) = (SessionConfig::profile(profile), SessionConfig::default());
    let keywords = PyDict::new(py);
    if config.calling_t_selector != plain.calling_t_selector {
        keywords.set_item("calling_t_selector", octets(py, &config.calling_t_selector))?;
    }
    if config.called_t_selector != plain.called_t_selector {
        keywords.set_item("called_t_selector", octets(py, &config.called_t_selector))?;
    }
    if config.max_tpdu_size != plain.max_tpdu_size {
        keywords.set_item("max_tpdu_size", config.max_tpdu_size)?;
    }
    if config.functional_units != plain.functional_units {
        keywords.set_item("functional_units", functional_units(py, config.functional_units)?)?;
    }
    if config.versions != plain.versions {
        keywords.set_item("versions", versions(py, config.versions)?)?;
    }
    if config.strict != plain.strict {
        keywords.set_item("strict", config.strict)?;
    }
    Ok((keywords, request(py, &profile.connect_request())?, response(py, &profile.connect_response())?))
}

fn request<'py>(py: Python<'py>, request: &ConnectRequest) -> PyResult<Keywords<'py>> {
    let plain = ConnectRequest::default();
    let keywords = PyDict::new(py);
    if request.calling_selector != plain.calling_selector {
        keywords.set_item("calling_selector", octets(py, &request.calling_selector))?;
    }
    if request.called_selector != plain.called_selector {
        keywords.set_item("called_selector", octets(py, &request.called_selector))?;
    }
    if request.functional_units != plain.functional_units {
        keywords.set_item("functional_units", functional_units(py, request.functional_units)?)?;
    }
    if request.versions != plain.versions {
        keywords.set_item("versions", versions(py, request.versions)?)?;
    }
    if request.extended_concatenation != plain.extended_concatenation {
        keywords.set_item("extended_concatenation", request.extended_concatenation)?;
    }
    Ok(keywords)
}

fn response<'py>(py: Python<'py>, response: &ConnectResponse) -> PyResult<Keywords<'py>> {
    let plain = ConnectResponse::default();
    let keywords = PyDict::new(py);
    if response.functional_units != plain.functional_units {
        keywords.set_item("functional_units", functional_units(py, response.functional_units)?)?;
    }
    if response.extended_concatenation != plain.extended_concatenation {
        keywords.set_item("extended_concatenation", response.extended_concatenation)?;
    }
    Ok(keywords)
}
