//! What an endpoint tells besides events: taps, capture files, counters, refusals.
use crate::classes::{build, class};
use crate::diagnosis::PyWitness;
use crate::error::exception;
use crate::value::{instance, octets};
use osisession::{CaptureWriter, Counters, EndpointConfig, Refusal, Tap, Tapped};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// `EndpointConfig`, with its capture file begun.
pub(crate) struct EndpointConfigArgument(pub(crate) EndpointConfig);

impl<'py> FromPyObject<'_, 'py> for EndpointConfigArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<EndpointConfigArgument> {
        let object = instance(object, class!(object.py(), "_watch", "EndpointConfig")?)?;
        let capture = object.getattr("capture_file")?.extract::<Option<PathBuf>>()?;
        let function = object.getattr("tap")?;
        let function = (!function.is_none()).then(|| function.unbind());
        let witness =
            object.getattr("witness")?.extract::<Option<Bound<'_, PyWitness>>>()?.map(Bound::unbind);
        let mut capture = capture.map(|path| begin(&path)).transpose()?;
        let mut config = EndpointConfig::default();
        if capture.is_some() || function.is_some() || witness.is_some() {
            config.tap = Some(Tap::new(move |seen| {
                if let Some(witness) = &witness {
                    witness.get().see(&seen);
                }
                if let Some(function) = &function {
                    call(function, &seen);
                }
                if let Some(writer) = &mut capture
                    && writer.write(seen, SystemTime::now()).is_err()
                {
                    capture = None;
                }
            }));
        }
        Ok(EndpointConfigArgument(config))
    }
}

fn begin(path: &Path) -> PyResult<CaptureWriter<BufWriter<File>>> {
    let writer = File::create(path).and_then(|file| CaptureWriter::new(BufWriter::new(file)));
    writer.map_err(|error| os_error(&error, path))
}

/// As Python's own `open` raises it: the class follows from the number.
fn os_error(error: &io::Error, path: &Path) -> PyErr {
    let path = path.to_string_lossy().into_owned();
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((number, text, path))
        }
        None => PyOSError::new_err(format!("{path}: {error}")),
    }
}

/// Whoever looks on must not disturb: what the function raises is reported, and nothing else.
fn call(function: &Py<PyAny>, seen: &Tapped) {
    // None: the interpreter is going away, and nobody looks on any more.
    Python::try_attach(|py| {
        let function = function.bind(py);
        if let Err(error) = tapped(py, seen).and_then(|seen| function.call1((seen,))) {
            error.write_unraisable(py, Some(function));
        }
    });
}

fn tapped<'py>(py: Python<'py>, seen: &Tapped) -> PyResult<Bound<'py, PyAny>> {
    match seen {
        Tapped::Up { session, calling, local, peer } => {
            build!(py, "_watch", "TappedUp", (*session, *calling, local.as_str(), peer.as_str()))
        }
        Tapped::Octets { session, sent, octets: passed } => {
            build!(py, "_watch", "TappedOctets", (*session, *sent, octets(py, passed)))
        }
        Tapped::End { session } => build!(py, "_watch", "TappedEnd", (*session)),
        // What is not known to this package yet ends what it is about no earlier than the last of them.
        other => build!(py, "_watch", "TappedGone", (other.session())),
    }
}

/// `Counters`.
pub(crate) fn counters<'py>(py: Python<'py>, counters: &Counters) -> PyResult<Bound<'py, PyAny>> {
    let keywords = PyDict::new(py);
    macro_rules! write {
        ($($name:ident)*) => { $(keywords.set_item(stringify!($name), counters.$name)?;)* };
    }
    write!(calls callers callers_turned_away callers_refused established released aborted octets_received octets_sent);
    class!(py, "_watch", "Counters")?.call((), Some(&keywords))
}

/// `Refusal`.
pub(crate) fn refusal<'py>(py: Python<'py>, refusal: &Refusal) -> PyResult<Bound<'py, PyAny>> {
    let trace = PyTuple::new(py, refusal.trace.iter().map(|record| record.to_line()))?;
    let (peer, local) = (refusal.peer_address.as_str(), refusal.local_address.as_str());
    build!(py, "_watch", "Refusal", (peer, local, exception(py, &refusal.error)?, trace))
}
