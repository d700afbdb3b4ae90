//! What primitives carry, from Python and to Python.
use crate::classes::{build, class};
use crate::error::invalid;
use bytes::Bytes;
use osisession_proto::time::{Duration, Instant};
use osisession_proto::x225::parameter::{
    ConnectionIdentifier, ExceptionReason, FunctionalUnits, ResyncType, TokenAssignment, TokenSide, Tokens,
    TsduSizes, Versions,
};
use osisession_proto::x225::primitive::{
    ConnectReject, ConnectRequest, ConnectResponse, OldConnection, Resync,
};
use osisession_proto::x225::spdu::Leniency;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyFloat};

/// Octets from anything with a buffer: bytes, bytearray, memoryview, array, mmap.
pub(crate) struct Octets(pub(crate) Bytes);

/// From here on a `bytes` object is kept alive rather than copied.
const SHARED_FROM: usize = 4096;

impl<'py> FromPyObject<'_, 'py> for Octets {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Octets> {
        if let Ok(octets) = object.cast::<PyBytes>() {
            let slice = octets.as_bytes();
            return Ok(Octets(if slice.len() < SHARED_FROM {
                Bytes::copy_from_slice(slice)
            } else {
                // `bytes` never change, so the session may send from them. Everything else may, so it is copied.
                Bytes::from_owner(PyBackedBytes::from(octets.to_owned()))
            }));
        }
        let py = object.py();
        let buffer = PyBuffer::<u8>::get(&object).map_err(|error| {
            if error.is_instance_of::<PyBufferError>(py) {
                PyTypeError::new_err(error.value(py).to_string())
            } else {
                error
            }
        })?;
        Ok(Octets(buffer.to_vec(py)?.into()))
    }
}

/// Octets for Python.
pub(crate) fn octets<'py>(py: Python<'py>, octets: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, octets)
}

/// A point in the caller's time: seconds as float, or nanoseconds as int.
pub(crate) struct Now(pub(crate) Instant);

impl<'py> FromPyObject<'_, 'py> for Now {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Now> {
        let instant = if object.is_instance_of::<PyFloat>() {
            let seconds = object.extract::<f64>()?;
            duration(object.py(), seconds).map(|since| Instant::ZERO + since)
        } else {
            object.extract::<u64>().map(Instant::from_nanos)
        };
        instant.map(Now)
    }
}

/// Seconds as a duration.
pub(crate) fn duration(py: Python<'_>, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| invalid(py, format!("a time of {seconds} s: it must be a number, and not below zero")))
}

/// How long to wait: seconds, or `None` for ever. What no clock can count to is for ever.
pub(crate) fn timeout(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    match seconds {
        None => Ok(None),
        Some(seconds) if seconds > 1e9 => Ok(None),
        Some(seconds) => duration(py, seconds).map(Some),
    }
}

macro_rules! flags {
    ($($type:ident: $bits:ident, $wrap:ident, $to_python:ident, $module:literal, $name:literal;)*) => {$(
        pub(crate) struct $wrap(pub(crate) $type);

        impl<'py> FromPyObject<'_, 'py> for $wrap {
            type Error = PyErr;

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<$wrap> {
                let bits = object.extract::<i64>()?;
                $bits::try_from(bits).ok().and_then($type::from_bits).map($wrap).ok_or_else(|| {
                    invalid(object.py(), format!(concat!("{:#x} is not a set of ", $name), bits))
                })
            }
        }

        pub(crate) fn $to_python<'py>(py: Python<'py>, flags: $type) -> PyResult<Bound<'py, PyAny>> {
            build!(py, $module, $name, (flags.bits(),))
        }
    )*};
}

flags! {
    FunctionalUnits: u16, UnitsArgument, functional_units, "_values", "FunctionalUnits";
    Tokens: u8, TokensArgument, tokens, "_values", "Tokens";
    Versions: u8, VersionsArgument, versions, "_values", "Versions";
}

/// Leniencies for Python, which only reads them.
pub(crate) fn leniency(py: Python<'_>, leniency: Leniency) -> PyResult<Bound<'_, PyAny>> {
    build!(py, "_values", "Leniency", (leniency.bits(),))
}

fn token_side(object: &Bound<'_, PyAny>) -> PyResult<TokenSide> {
    Ok(match object.extract::<i64>()? {
        0 => TokenSide::Requestor,
        1 => TokenSide::Acceptor,
        2 => TokenSide::AcceptorChooses,
        other => return Err(invalid(object.py(), format!("{other} is not a TokenSide"))),
    })
}

/// `TokenAssignment`.
pub(crate) struct AssignmentArgument(pub(crate) TokenAssignment);

impl<'py> FromPyObject<'_, 'py> for AssignmentArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<AssignmentArgument> {
        let object = instance(object, class!(object.py(), "_values", "TokenAssignment")?)?;
        Ok(AssignmentArgument(TokenAssignment {
            data: token_side(&object.getattr("data")?)?,
            synchronize_minor: token_side(&object.getattr("synchronize_minor")?)?,
            major_activity: token_side(&object.getattr("major_activity")?)?,
            release: token_side(&object.getattr("release")?)?,
        }))
    }
}

/// The object itself, if it is an instance of the class.
pub(crate) fn instance<'py>(
    object: Borrowed<'_, 'py, PyAny>,
    class: &Bound<'py, pyo3::types::PyType>,
) -> PyResult<Bound<'py, PyAny>> {
    if object.is_instance(class)? {
        return Ok(object.to_owned());
    }
    Err(PyTypeError::new_err(format!("expected {}, not '{}'", class.name()?, object.get_type().name()?)))
}

fn token_side_to_python(py: Python<'_>, side: TokenSide) -> PyResult<Bound<'_, PyAny>> {
    build!(py, "_values", "TokenSide", (side as u8,))
}

pub(crate) fn assignment<'py>(py: Python<'py>, tokens: &TokenAssignment) -> PyResult<Bound<'py, PyAny>> {
    build!(
        py,
        "_values",
        "TokenAssignment",
        (
            token_side_to_python(py, tokens.data)?,
            token_side_to_python(py, tokens.synchronize_minor)?,
            token_side_to_python(py, tokens.major_activity)?,
            token_side_to_python(py, tokens.release)?,
        )
    )
}

pub(crate) fn connection_identifier_argument(
    object: Borrowed<'_, '_, PyAny>,
) -> PyResult<ConnectionIdentifier> {
    let object = instance(object, class!(object.py(), "_values", "ConnectionIdentifier")?)?;
    Ok(ConnectionIdentifier {
        ss_user_reference: object.getattr("ss_user_reference")?.extract::<Octets>()?.0,
        common_reference: object.getattr("common_reference")?.extract::<Octets>()?.0,
        additional_reference: object.getattr("additional_reference")?.extract::<Octets>()?.0,
    })
}

pub(crate) fn connection_identifier<'py>(
    py: Python<'py>,
    id: &ConnectionIdentifier,
) -> PyResult<Bound<'py, PyAny>> {
    build!(
        py,
        "_values",
        "ConnectionIdentifier",
        (
            octets(py, &id.ss_user_reference),
            octets(py, &id.common_reference),
            octets(py, &id.additional_reference)
        )
    )
}

/// `OldConnection`.
pub(crate) struct OldConnectionArgument(pub(crate) OldConnection);

impl<'py> FromPyObject<'_, 'py> for OldConnectionArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<OldConnectionArgument> {
        let object = instance(object, class!(object.py(), "_values", "OldConnection")?)?;
        Ok(OldConnectionArgument(OldConnection {
            called_reference: object.getattr("called_reference")?.extract::<Octets>()?.0,
            calling_reference: object.getattr("calling_reference")?.extract::<Octets>()?.0,
            common_reference: object.getattr("common_reference")?.extract::<Octets>()?.0,
            additional_reference: object.getattr("additional_reference")?.extract::<Octets>()?.0,
        }))
    }
}

pub(crate) fn old_connection<'py>(py: Python<'py>, old: &OldConnection) -> PyResult<Bound<'py, PyAny>> {
    build!(
        py,
        "_values",
        "OldConnection",
        (
            octets(py, &old.called_reference),
            octets(py, &old.calling_reference),
            octets(py, &old.common_reference),
            octets(py, &old.additional_reference)
        )
    )
}

pub(crate) fn tsdu_sizes_argument(object: Borrowed<'_, '_, PyAny>) -> PyResult<TsduSizes> {
    let object = instance(object, class!(object.py(), "_values", "TsduSizes")?)?;
    let size = |name| {
        let size = object.getattr(name)?.extract::<i64>()?;
        u16::try_from(size)
            .map_err(|_| invalid(object.py(), format!("{name}={size}: a TSDU maximum size is 0 to 65535")))
    };
    Ok(TsduSizes {
        initiator_to_responder: size("initiator_to_responder")?,
        responder_to_initiator: size("responder_to_initiator")?,
    })
}

pub(crate) fn tsdu_sizes(py: Python<'_>, sizes: TsduSizes) -> PyResult<Bound<'_, PyAny>> {
    build!(py, "_values", "TsduSizes", (sizes.initiator_to_responder, sizes.responder_to_initiator))
}

/// `ResyncType`.
pub(crate) fn resync_type(object: &Bound<'_, PyAny>) -> PyResult<ResyncType> {
    Ok(match object.extract::<i64>()? {
        0 => ResyncType::Restart,
        1 => ResyncType::Abandon,
        2 => ResyncType::Set,
        other => return Err(invalid(object.py(), format!("{other} is not a ResyncType"))),
    })
}

/// `Resync`.
pub(crate) struct ResyncArgument(pub(crate) Resync);

impl<'py> FromPyObject<'_, 'py> for ResyncArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<ResyncArgument> {
        let object = instance(object, class!(object.py(), "_values", "Resync")?)?;
        let kind = resync_type(&object.getattr("kind")?)?;
        Ok(ResyncArgument(Resync { kind, serial_number: object.getattr("serial_number")?.extract()? }))
    }
}

pub(crate) fn resync(py: Python<'_>, resync: Option<Resync>) -> PyResult<Option<Bound<'_, PyAny>>> {
    resync
        .map(|r| {
            let kind = build!(py, "_values", "ResyncType", (r.kind as u8,))?;
            build!(py, "_values", "Resync", (kind, r.serial_number))
        })
        .transpose()
}

/// `ExceptionReason`.
pub(crate) struct ReasonArgument(pub(crate) ExceptionReason);

impl<'py> FromPyObject<'_, 'py> for ReasonArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<ReasonArgument> {
        let code = object.extract::<i64>()?;
        u8::try_from(code)
            .ok()
            .and_then(ExceptionReason::from_code)
            .map(ReasonArgument)
            .ok_or_else(|| invalid(object.py(), format!("{code} is not an ExceptionReason")))
    }
}

pub(crate) fn exception_reason(py: Python<'_>, reason: ExceptionReason) -> PyResult<Bound<'_, PyAny>> {
    build!(py, "_values", "ExceptionReason", (reason as u8,))
}

/// Reads the keyword arguments of a primitive with many parameters into its struct, field by field.
macro_rules! keywords {
    ($keywords:expr, $target:ident, $function:literal, { $($name:ident: $read:expr,)* }) => {
        if let Some(keywords) = $keywords {
            for (key, value) in keywords.iter() {
                let name = key.extract::<String>()?;
                let value = value.as_borrowed();
                match name.as_str() {
                    $(stringify!($name) => {
                        $target.$name = ($read)(value).map_err(|error| named(value.py(), &name, error))?;
                    })*
                    _ => {
                        let text = format!(concat!($function, "() got an unexpected keyword argument '{}'"), name);
                        return Err(PyTypeError::new_err(text));
                    }
                }
            }
        }
    };
}

type Value<'a, 'py> = Borrowed<'a, 'py, PyAny>;

/// Puts the argument's name before a message about its type, as Python's own functions do.
fn named(py: Python<'_>, name: &str, error: PyErr) -> PyErr {
    if error.get_type(py).is(py.get_type::<PyTypeError>()) {
        return PyTypeError::new_err(format!("argument '{name}': {}", error.value(py)));
    }
    error
}

fn bytes_of(value: Value<'_, '_>) -> PyResult<Bytes> {
    value.extract::<Octets>().map(|octets| octets.0)
}

fn assignment_of(value: Value<'_, '_>) -> PyResult<TokenAssignment> {
    value.extract::<AssignmentArgument>().map(|tokens| tokens.0)
}

fn units_of(value: Value<'_, '_>) -> PyResult<FunctionalUnits> {
    value.extract::<UnitsArgument>().map(|units| units.0)
}

fn plain<'a, 'py, T: FromPyObject<'a, 'py>>(value: Value<'a, 'py>) -> PyResult<T> {
    value.extract::<T>().map_err(Into::into)
}

/// Parameters of the S-CONNECT request.
pub(crate) fn connect_request(parameters: Option<&Bound<'_, PyDict>>) -> PyResult<ConnectRequest> {
    let mut request = ConnectRequest::default();
    keywords!(parameters, request, "connect_request", {
        calling_selector: bytes_of,
        called_selector: bytes_of,
        connection_identifier: connection_identifier_argument,
        functional_units: units_of,
        versions: |v: Value<'_, '_>| v.extract::<VersionsArgument>().map(|versions| versions.0),
        initial_serial_number: plain,
        second_initial_serial_number: plain,
        upper_limit_serial_number: plain,
        tokens: assignment_of,
        tsdu_maximum_size: tsdu_sizes_argument,
        extended_control: plain,
        extended_concatenation: plain,
        user_data: bytes_of,
    });
    Ok(request)
}

/// Parameters of the S-CONNECT response (accept).
pub(crate) fn connect_response(parameters: Option<&Bound<'_, PyDict>>) -> PyResult<ConnectResponse> {
    let mut response = ConnectResponse::default();
    keywords!(parameters, response, "connect_response", {
        responding_selector: |v: Value<'_, '_>| v.extract::<Option<Octets>>().map(|octets| octets.map(|o| o.0)),
        connection_identifier: connection_identifier_argument,
        functional_units: units_of,
        initial_serial_number: plain,
        second_initial_serial_number: plain,
        upper_limit_serial_number: plain,
        tokens: assignment_of,
        please_tokens: |v: Value<'_, '_>| v.extract::<TokensArgument>().map(|tokens| tokens.0),
        tsdu_maximum_size: tsdu_sizes_argument,
        extended_concatenation: plain,
        user_data: bytes_of,
    });
    Ok(response)
}

/// Parameters of the S-CONNECT response (reject).
pub(crate) fn connect_reject(parameters: Option<&Bound<'_, PyDict>>) -> PyResult<ConnectReject> {
    let mut reject = ConnectReject::default();
    keywords!(parameters, reject, "connect_response_negative", {
        reason: plain,
        connection_identifier: connection_identifier_argument,
        functional_units: |v: Value<'_, '_>| v.extract::<Option<UnitsArgument>>().map(|units| units.map(|u| u.0)),
        user_data: bytes_of,
    });
    Ok(reject)
}
