//! The transport service as values, for callers with a transport of their own.
use crate::classes::{build, class};
use crate::error::from_python;
use crate::value::{Octets, octets};
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// One of the package's transport indications.
pub(crate) struct IndicationArgument(pub(crate) TransportIndication);

impl<'py> FromPyObject<'_, 'py> for IndicationArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<IndicationArgument> {
        let py = object.py();
        macro_rules! is {
            ($name:literal) => {
                object.is_instance(class!(py, "_transport", $name)?)?
            };
        }
        let expedited = || object.getattr("expedited")?.extract::<bool>();
        let tsdu = || Ok::<_, PyErr>(object.getattr("tsdu")?.extract::<Octets>()?.0);
        let indication = if is!("TDataIndication") {
            TransportIndication::Data(tsdu()?)
        } else if is!("TExpeditedDataIndication") {
            TransportIndication::ExpeditedData(tsdu()?)
        } else if is!("TConnectIndication") {
            TransportIndication::Connect { expedited: expedited()? }
        } else if is!("TConnectConfirm") {
            TransportIndication::ConnectConfirm { expedited: expedited()? }
        } else if is!("TDisconnectIndication") {
            let error = object.getattr("error")?;
            let error = if error.is_none() { None } else { Some(from_python(&error)?) };
            TransportIndication::Disconnect(error)
        } else {
            let name = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!("expected a transport indication, not '{name}'")));
        };
        Ok(IndicationArgument(indication))
    }
}

/// A transport request for Python.
pub(crate) fn request<'py>(py: Python<'py>, request: &TransportRequest) -> PyResult<Bound<'py, PyAny>> {
    match request {
        TransportRequest::Connect { expedited } => build!(py, "_transport", "TConnectRequest", (*expedited)),
        TransportRequest::ConnectResponse { expedited } => {
            build!(py, "_transport", "TConnectResponse", (*expedited))
        }
        // A caller's transport is not asked for parts.
        TransportRequest::Data(tsdu) | TransportRequest::DataPart { tsdu, .. } => {
            build!(py, "_transport", "TDataRequest", (octets(py, &tsdu.to_bytes())))
        }
        TransportRequest::ExpeditedData(tsdu) => {
            build!(py, "_transport", "TExpeditedDataRequest", (octets(py, tsdu)))
        }
        TransportRequest::Disconnect { reason } => {
            build!(py, "_transport", "TDisconnectRequest", (*reason))
        }
    }
}
