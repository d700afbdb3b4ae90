//! Waiting without the interpreter lock, in slices, so that signals are heard.
use crate::error::raise;
use crate::guard::guarded;
use crate::value;
use osisession_proto::error::Result;
use osisession_proto::time::Duration;
use osisession_proto::{Error, ErrorKind};
use pyo3::prelude::*;
use std::cell::RefCell;
use std::time::Instant;

/// Ctrl-C is heard within this time.
const SLICE: Duration = Duration::from_millis(100);

enum Waiting {
    /// Nobody waits on this thread: it is not Python's, or it is Python's and runs something else.
    No,
    /// A call of Python's is driving sessions; the first exception of a handler will be its result.
    Yes(Option<PyErr>),
}

thread_local! {
    static WAITING: RefCell<Waiting> = const { RefCell::new(Waiting::No) };
}

/// Takes the exception of a handler. On a thread that Python waits on it is raised from the wait, elsewhere it can only be
/// reported.
pub(crate) fn handler_failed(py: Python<'_>, error: PyErr, handler: &Bound<'_, PyAny>) {
    let left = WAITING.with_borrow_mut(|waiting| match waiting {
        Waiting::Yes(first @ None) => {
            *first = Some(error);
            None
        }
        _ => Some(error),
    });
    if let Some(error) = left {
        error.write_unraisable(py, Some(handler));
    }
}

/// Calls `step` without the interpreter lock; handlers may run inside. The first exception of one comes second.
fn driven<T: Send>(py: Python<'_>, step: impl FnOnce() -> Result<T> + Send) -> (Result<T>, Option<PyErr>) {
    /// What was there before comes back even if `step` panics.
    struct Restore(Waiting);
    impl Drop for Restore {
        fn drop(&mut self) {
            WAITING.set(std::mem::replace(&mut self.0, Waiting::No));
        }
    }
    let restore = Restore(WAITING.replace(Waiting::Yes(None)));
    let result = py.detach(step);
    let waiting = WAITING.replace(Waiting::No);
    drop(restore);
    match waiting {
        Waiting::Yes(failed) => (result, failed),
        Waiting::No => (result, None),
    }
}

/// Calls `step` again and again, each time with at most a slice of the time that is left, until it answers something else
/// than `None` or the time is over. Signal handlers run in between; what they raise ends the wait.
///
/// `report` is true if what `step` found would be lost by raising the exception of a handler, which is then only reported.
fn sliced<T: Send>(
    py: Python<'_>,
    seconds: Option<f64>,
    report: bool,
    mut step: impl FnMut(Duration) -> Result<Option<T>> + Send,
) -> PyResult<Option<T>> {
    let deadline = value::timeout(py, seconds)?.map(|timeout| Instant::now() + timeout);
    loop {
        let left = deadline.map_or(SLICE, |deadline| deadline.saturating_duration_since(Instant::now()));
        let (result, failed) = guarded(py, || Ok(driven(py, || step(left.min(SLICE)))))?;
        match (result, failed) {
            (Ok(Some(found)), Some(failed)) if report => {
                failed.write_unraisable(py, None);
                return Ok(Some(found));
            }
            (_, Some(failed)) => return Err(failed),
            (Err(error), None) => return Err(raise(py, &error)),
            (Ok(Some(found)), None) => return Ok(Some(found)),
            (Ok(None), None) => {}
        }
        py.check_signals()?;
        if left.is_zero() {
            return Ok(None);
        }
    }
}

/// Waits for what `step` gives; raises `TimedOutError` when the time is over.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    seconds: Option<f64>,
    mut step: impl FnMut(Option<Duration>) -> Result<T> + Send,
) -> PyResult<T> {
    let mut last: Option<Error> = None;
    let found = sliced(py, seconds, true, |slice| match step(Some(slice)) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::TimedOut => {
            last = Some(error);
            Ok(None)
        }
        Err(error) => Err(error),
    })?;
    found.ok_or_else(|| {
        let error = last.unwrap_or_else(|| Error::new(ErrorKind::TimedOut, Default::default(), "timed out"));
        raise(py, &error)
    })
}

/// Waits until `step` counts more than nothing; 0 when the time is over.
pub(crate) fn wait_counted(
    py: Python<'_>,
    seconds: Option<f64>,
    mut step: impl FnMut(Option<Duration>) -> Result<usize> + Send,
) -> PyResult<usize> {
    let found = sliced(py, seconds, false, |slice| Ok(Some(step(Some(slice))?).filter(|count| *count > 0)))?;
    Ok(found.unwrap_or(0))
}
