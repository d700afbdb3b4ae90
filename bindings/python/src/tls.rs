//! TLS from Python and for Python.
use crate::classes::{build, class};
use crate::error::{invalid, raise};
use crate::guard::guarded;
use crate::value::{Octets, instance};
use osisession::{Tls, TlsConfig, TlsInfo, TlsVersion};
use pyo3::prelude::*;

/// What a `TlsConfig` keeps: it was read once, and sessions are resumed among those who share it.
#[pyclass(module = "osisession._native", name = "_Tls", frozen)]
pub(crate) struct PyTls(Tls);

#[pymethods]
impl PyTls {
    /// Reads certificates, key and revocation lists.
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<PyTls> {
        let config = read(config)?;
        let result = guarded(py, || Ok(py.detach(|| Tls::new(&config))))?;
        result.map(PyTls).map_err(|error| raise(py, &error))
    }
}

fn read(object: &Bound<'_, PyAny>) -> PyResult<TlsConfig> {
    let octets = |name: &str| object.getattr(name)?.extract::<Octets>().map(|octets| octets.0);
    let mut config = TlsConfig::default();
    config.certificate_chain = octets("certificate_chain")?;
    config.private_key = octets("private_key")?;
    config.trust_anchors = octets("trust_anchors")?;
    for list in object.getattr("crls")?.try_iter()? {
        config.crls.push(list?.extract::<Octets>()?.0);
    }
    config.allow_unknown_revocation = object.getattr("allow_unknown_revocation")?.extract()?;
    config.require_client_certificate = object.getattr("require_client_certificate")?.extract()?;
    config.server_name = object.getattr("server_name")?.extract()?;
    config.min_version = version(object, "min_version")?;
    config.max_version = version(object, "max_version")?;
    config.resumption = object.getattr("resumption")?.extract()?;
    Ok(config)
}

fn version(object: &Bound<'_, PyAny>, name: &str) -> PyResult<TlsVersion> {
    match object.getattr(name)?.extract::<i64>()? {
        0x0303 => Ok(TlsVersion::V1_2),
        0x0304 => Ok(TlsVersion::V1_3),
        other => Err(invalid(object.py(), format!("{name}={other:#x} is not a TlsVersion"))),
    }
}

/// `TlsConfig`.
pub(crate) struct TlsArgument(pub(crate) Tls);

impl<'py> FromPyObject<'_, 'py> for TlsArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<TlsArgument> {
        let object = instance(object, class!(object.py(), "_values", "TlsConfig")?)?;
        let ready = object.getattr("_ready")?;
        Ok(TlsArgument(ready.cast::<PyTls>()?.get().0.clone()))
    }
}

/// `TlsInfo`.
pub(crate) fn info<'py>(py: Python<'py>, info: &TlsInfo) -> PyResult<Bound<'py, PyAny>> {
    let number = match info.version {
        TlsVersion::V1_2 => 0x0303,
        _ => 0x0304,
    };
    let version = build!(py, "_values", "TlsVersion", (number,))?;
    build!(py, "_values", "TlsInfo", (version, info.cipher_suite.as_str(), info.resumed))
}
