//! Limits and configuration from Python.
use crate::classes::class;
use crate::error::invalid;
use crate::tls::TlsArgument;
use crate::value::{Octets, UnitsArgument, VersionsArgument, duration, instance};
use osisession::SessionConfig;
use osisession_proto::Limits;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// `Limits`.
#[derive(Default)]
pub(crate) struct LimitsArgument(pub(crate) Limits);

/// Hands the names of all limits to a macro.
macro_rules! fields {
    ($then:ident) => {
        $then!(
            seconds: connect_timeout tim answer_timeout tpkt_header_timeout tsdu_timeout tsdu_timeout_per_kib;
            numbers: tsdu_reassembly ssdu_reassembly connect_user_data queued_expedited queued_event_octets
                queued_send_octets open_sync_points control_spdu_burst control_spdu_rate min_tsdu_size history trace
        )
    };
}

/// A whole number that fits.
pub(crate) fn number<T: TryFrom<i128>>(object: &Bound<'_, PyAny>, name: &str) -> PyResult<T> {
    let value = object.getattr(name)?.extract::<i128>()?;
    T::try_from(value).map_err(|_| invalid(object.py(), format!("{name}={value} is out of range")))
}

impl<'py> FromPyObject<'_, 'py> for LimitsArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<LimitsArgument> {
        let py = object.py();
        let object = instance(object, class!(py, "_values", "Limits")?)?;
        let mut limits = Limits::default();
        macro_rules! read {
            (seconds: $($seconds:ident)*; numbers: $($number:ident)*) => {{
                $(limits.$seconds = duration(py, object.getattr(stringify!($seconds))?.extract()?)?;)*
                $(limits.$number = number(&object, stringify!($number))?;)*
            }};
        }
        fields!(read);
        Ok(LimitsArgument(limits))
    }
}

/// Limits for Python.
pub(crate) fn limits<'py>(py: Python<'py>, limits: &Limits) -> PyResult<Bound<'py, PyAny>> {
    let keywords = PyDict::new(py);
    macro_rules! write {
        (seconds: $($seconds:ident)*; numbers: $($number:ident)*) => {{
            $(keywords.set_item(stringify!($seconds), limits.$seconds.as_secs_f64())?;)*
            $(keywords.set_item(stringify!($number), limits.$number)?;)*
        }};
    }
    fields!(write);
    class!(py, "_values", "Limits")?.call((), Some(&keywords))
}

/// `SessionConfig`.
pub(crate) struct SessionConfigArgument(pub(crate) SessionConfig);

impl<'py> FromPyObject<'_, 'py> for SessionConfigArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<SessionConfigArgument> {
        let object = instance(object, class!(object.py(), "_values", "SessionConfig")?)?;
        let mut config = SessionConfig::default();
        config.calling_t_selector = object.getattr("calling_t_selector")?.extract::<Octets>()?.0;
        config.called_t_selector = object.getattr("called_t_selector")?.extract::<Octets>()?.0;
        if !object.getattr("max_tpdu_size")?.is_none() {
            config.max_tpdu_size = number(&object, "max_tpdu_size")?;
        }
        if let Some(units) = object.getattr("functional_units")?.extract::<Option<UnitsArgument>>()? {
            config.functional_units = units.0;
        }
        config.versions = object.getattr("versions")?.extract::<VersionsArgument>()?.0;
        config.strict = object.getattr("strict")?.extract()?;
        config.trace = object.getattr("trace")?.extract()?;
        config.transport_expedited = object.getattr("transport_expedited")?.extract()?;
        config.reuse_transport = object.getattr("reuse_transport")?.extract()?;
        config.pieces = object.getattr("pieces")?.extract()?;
        let keepalive = object.getattr("keepalive")?.extract::<Option<f64>>()?;
        config.keepalive = keepalive.map(|seconds| duration(object.py(), seconds)).transpose()?;
        config.tls = object.getattr("tls")?.extract::<Option<TlsArgument>>()?.map(|tls| tls.0);
        config.limits = object.getattr("limits")?.extract::<LimitsArgument>()?.0;
        Ok(SessionConfigArgument(config))
    }
}
