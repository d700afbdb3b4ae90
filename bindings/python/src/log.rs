//! Log lines for Python: what `tracing` tells, handed to one function of the program.
use crate::classes::build;
use crate::error::invalid;
use pyo3::prelude::*;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};

/// The function that gets the lines.
static SINK: Mutex<Option<Arc<Py<PyAny>>>> = Mutex::new(None);
/// 0: none; 1 (errors) to 5 (everything).
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// The one subscriber of this module. It is set once and listens only while somebody wants lines.
struct ToPython;

/// Of the line of this level, by the numbers of Python's `logging`; what is below DEBUG there is 5.
fn python_level(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

fn filter() -> LevelFilter {
    match LEVEL.load(Ordering::Relaxed) {
        0 => LevelFilter::OFF,
        1 => LevelFilter::ERROR,
        2 => LevelFilter::WARN,
        3 => LevelFilter::INFO,
        4 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

impl Subscriber for ToPython {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(filter())
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= filter() && metadata.target().starts_with("osisession")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        // The function is called with nothing locked: it may change what is set here.
        let sink = SINK.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sink) = sink else { return };
        let mut line = Line::default();
        event.record(&mut line);
        let level = python_level(*event.metadata().level());
        // None: the interpreter is going away, and nobody is left to be told.
        Python::try_attach(|py| {
            let sink = sink.bind(py);
            if let Err(error) = line.to_python(py, level).and_then(|line| sink.call1((line,))) {
                error.write_unraisable(py, Some(sink));
            }
        });
    }
}

#[derive(Default)]
struct Line {
    text: String,
    peer: Option<String>,
    error: Option<String>,
    session: Option<u64>,
}

impl Line {
    fn to_python<'py>(&self, py: Python<'py>, level: u8) -> PyResult<Bound<'py, PyAny>> {
        let (peer, error) = (self.peer.as_deref(), self.error.as_deref());
        build!(py, "_watch", "LogLine", (level, self.text.as_str(), self.session, peer, error))
    }
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "session" && value != 0 {
            self.session = Some(value);
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "peer" && !value.is_empty() {
            self.peer = Some(value.to_owned());
        }
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => {
                let _ = write!(self.text, "{value:?}");
            }
            "error" => self.error = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

/// Sets the function that gets the lines, from errors alone (1) to everything (5); `None` ends it.
#[pyfunction]
pub(crate) fn _set_log(py: Python<'_>, log: Option<Py<PyAny>>, level: u8) -> PyResult<()> {
    if log.is_some() && !(1..=5).contains(&level) {
        return Err(invalid(py, format!("level {level} is not 1 to 5")));
    }
    let level = if log.is_some() { level } else { 0 };
    // Whatever is dropped here may run Python code: after the lock.
    let before = {
        let mut sink = SINK.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *sink, log.map(Arc::new))
    };
    drop(before);
    LEVEL.store(level, Ordering::Relaxed);
    // This module is alone with its copy of `tracing`: the first call wins, the others find it done.
    let _ = tracing::subscriber::set_global_default(ToPython);
    tracing::callsite::rebuild_interest_cache();
    Ok(())
}
