//! Errors of the library as Python exceptions, and back.
use crate::classes::class;
use osisession_proto::error::{Details, Error, ErrorKind, Layer};
use osisession_proto::x225::names::{Incoming, State};
use osisession_proto::x225::spdu::Kind;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};

fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid => "invalid",
        ErrorKind::Refused => "refused",
        ErrorKind::Peer => "peer",
        ErrorKind::LimitHit => "limit-hit",
        ErrorKind::Transport => "transport",
        ErrorKind::Closed => "closed",
        ErrorKind::TimedOut => "timed-out",
        ErrorKind::WouldBlock => "would-block",
        _ => "internal",
    }
}

fn kind_class(py: Python<'_>, kind: ErrorKind) -> PyResult<&Bound<'_, PyType>> {
    match kind {
        ErrorKind::Invalid => class!(py, "_errors", "InvalidError"),
        ErrorKind::Refused => class!(py, "_errors", "RefusedError"),
        ErrorKind::Peer => class!(py, "_errors", "PeerError"),
        ErrorKind::LimitHit => class!(py, "_errors", "LimitError"),
        ErrorKind::Transport => class!(py, "_errors", "TransportError"),
        ErrorKind::Closed => class!(py, "_errors", "ClosedError"),
        ErrorKind::TimedOut => class!(py, "_errors", "TimedOutError"),
        ErrorKind::WouldBlock => class!(py, "_errors", "WouldBlockError"),
        _ => class!(py, "_errors", "InternalError"),
    }
}

/// The keyword arguments of an exception with everything that is known.
pub(crate) fn details<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyDict>> {
    let Details { text, pdu, parameter, offset, clause, state, event, reason, expected, found, octets } =
        error.details();
    let keywords = PyDict::new(py);
    keywords.set_item("text", &**text)?;
    keywords.set_item("kind", kind_name(error.kind()))?;
    keywords.set_item("layer", error.layer().name())?;
    keywords.set_item("spdu", pdu)?;
    keywords.set_item("parameter", parameter.as_deref())?;
    keywords.set_item("offset", offset)?;
    keywords.set_item("clause", clause.as_deref())?;
    keywords.set_item("state", state)?;
    keywords.set_item("event", event)?;
    keywords.set_item("reason", reason)?;
    keywords.set_item("expected", expected.as_deref())?;
    keywords.set_item("found", found.as_deref())?;
    keywords.set_item("octets", PyBytes::new(py, octets))?;
    Ok(keywords)
}

/// The exception as a value, such as an event carries it.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    kind_class(py, error.kind())?.call((error.to_string(),), Some(&details(py, error)?))
}

/// The exception to raise.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).map_or_else(|error| error, PyErr::from_value)
}

/// `InvalidError` for an argument of the right type whose value can never be right.
pub(crate) fn invalid(py: Python<'_>, text: impl Into<String>) -> PyErr {
    raise(py, &Error::invalid(text.into()))
}

/// An exception of this package, or a sentence, as an error that a transport reports.
pub(crate) fn from_python(value: &Bound<'_, PyAny>) -> PyResult<Error> {
    if let Ok(text) = value.extract::<String>() {
        return Ok(Error::new(ErrorKind::Transport, Layer::Network, text));
    }
    let kind = match value.getattr("kind")?.extract::<String>()?.as_str() {
        "invalid" => ErrorKind::Invalid,
        "refused" => ErrorKind::Refused,
        "peer" => ErrorKind::Peer,
        "limit-hit" => ErrorKind::LimitHit,
        "closed" => ErrorKind::Closed,
        "timed-out" => ErrorKind::TimedOut,
        "would-block" => ErrorKind::WouldBlock,
        "internal" => ErrorKind::Internal,
        _ => ErrorKind::Transport,
    };
    let layer = match value.getattr("layer")?.extract::<String>()?.as_str() {
        "api" => Layer::Api,
        "session" => Layer::Session,
        "transport" => Layer::Transport,
        "tpkt" => Layer::Tpkt,
        _ => Layer::Network,
    };
    let mut error = Error::new(kind, layer, value.getattr("text")?.extract::<String>()?);
    let text = |name| Ok::<_, PyErr>(value.getattr(name)?.extract::<Option<String>>()?.map(Into::into));
    let details = error.details_mut();
    details.parameter = text("parameter")?;
    details.clause = text("clause")?;
    details.expected = text("expected")?;
    details.found = text("found")?;
    details.offset = value.getattr("offset")?.extract()?;
    details.reason = value.getattr("reason")?.extract()?;
    let word = |name| value.getattr(name)?.extract::<Option<String>>();
    details.pdu = word("spdu")?.as_deref().and_then(pdu);
    details.state = word("state")?.and_then(|name| State::from_name(&name)).map(State::name);
    details.event = word("event")?.and_then(|name| Incoming::from_name(&name)).map(Incoming::name);
    let octets = value.getattr("octets")?.extract::<Vec<u8>>()?;
    Ok(error.with_octets(&octets))
}

/// The mnemonic of an SPDU or TPDU, as one that lives for ever.
fn pdu(name: &str) -> Option<&'static str> {
    const TPDUS: [&str; 10] = ["CR", "CC", "DR", "DC", "DT", "ED", "AK", "EA", "RJ", "ER"];
    let spdus = Kind::ALL.iter().map(|kind| kind.name());
    spdus.chain(TPDUS).find(|known| *known == name)
}
