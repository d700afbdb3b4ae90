//! Log lines of what this thread drives.
use osisession::Endpoint;
use std::cell::RefCell;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata};

thread_local!(static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

struct Lines;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.0.insert_str(0, &format!("{value:?}")),
            name => self.0.push_str(&format!(" {name}={value:?}")),
        }
    }
}

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.push(line.0));
    }
}

/// What was told since this was last asked.
pub(crate) fn take() -> Vec<String> {
    LINES.take()
}

/// Drives the endpoint once, in this thread, with its log kept.
pub(crate) fn dispatch(endpoint: &Endpoint, timeout: std::time::Duration) {
    tracing::subscriber::with_default(Lines, || endpoint.dispatch(Some(timeout)).expect("dispatched"));
}
