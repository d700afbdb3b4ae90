//! No panic of this library reaches Python as anything but `InternalError`.
//!
//! PyO3 alone would raise `PanicException`, which is a `BaseException`: `except Exception` does not see it, and a program
//! that handles every error of one session would still die of it.
use crate::classes::class;
use pyo3::prelude::*;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the place of a guarded panic for its exception instead of printing it; other panics are reported as before.
pub(crate) fn install_hook() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if DEPTH.get() == 0 {
            return before(info);
        }
        PLACE.with_borrow_mut(|place| *place = info.location().map(ToString::to_string));
    }));
}

/// Runs `body`; a panic in it becomes `InternalError`.
pub(crate) fn guarded<T>(py: Python<'_>, body: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    DEPTH.set(DEPTH.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(body));
    DEPTH.set(DEPTH.get() - 1);
    result.unwrap_or_else(|panic| match panic.downcast::<Forked>() {
        Ok(_) => Err(forked(py)),
        Err(panic) => Err(internal(py, &*panic)),
    })
}

/// What is thrown when a handle is used in the child of a fork.
pub(crate) struct Forked;

fn forked(py: Python<'_>) -> PyErr {
    let text = "it belongs to the process that this one was forked from; make endpoints of your own here";
    match class!(py, "_errors", "ForkedError") {
        Ok(class) => PyErr::from_type(class.clone(), text),
        Err(error) => error,
    }
}

fn internal(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let what = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place = PLACE.take().map(|place| format!(" at {place}")).unwrap_or_default();
    match class!(py, "_errors", "InternalError") {
        Ok(class) => PyErr::from_type(class.clone(), format!("a fault of this library: {what}{place}")),
        Err(error) => error,
    }
}
