//! Handles of the facade inside Python objects.
use crate::guard::Forked;
use pyo3::prelude::*;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts forks: which process this is, seen from the first.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Runs in the child of a fork (`os.register_at_fork`).
pub(crate) fn after_fork() {
    PROCESS.fetch_add(1, Ordering::Relaxed);
}

/// A handle that is dropped without the interpreter lock.
///
/// Dropping the last one of an endpoint waits for its thread, and that thread may wait for the interpreter lock to run a
/// handler.
///
/// In the child of a fork it is dead: its sockets are those of the parent, its locks may be held by threads that are not here. Using it
/// throws [`Forked`], which [`crate::guard::guarded`] makes an exception of; dropping it does nothing.
pub(crate) struct Handle<T: Send> {
    handle: Option<T>,
    process: u32,
}

impl<T: Send> Handle<T> {
    /// False in the child of a fork.
    fn is_ours(&self) -> bool {
        self.process == PROCESS.load(Ordering::Relaxed)
    }

    /// For what takes no lock and sends nothing, in whatever process.
    pub(crate) fn anywhere(&self) -> &T {
        self.handle.as_ref().expect("taken by drop alone")
    }

    /// Closes it; in the child of a fork there is nothing to close.
    pub(crate) fn close_by(&self, close: impl FnOnce(&T)) {
        if self.is_ours() {
            close(self);
        }
    }
}

impl<T: Send> From<T> for Handle<T> {
    fn from(handle: T) -> Handle<T> {
        Handle { handle: Some(handle), process: PROCESS.load(Ordering::Relaxed) }
    }
}

impl<T: Send> Handle<Option<T>> {
    /// The handle itself, if it is still there.
    pub(crate) fn into_inner(mut self) -> Option<T> {
        if !self.is_ours() {
            std::panic::panic_any(Forked);
        }
        self.handle.as_mut()?.take()
    }
}

impl<T: Send> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        if !self.is_ours() {
            std::panic::panic_any(Forked);
        }
        self.handle.as_ref().expect("taken by drop alone")
    }
}

impl<T: Send> Drop for Handle<T> {
    fn drop(&mut self) {
        let handle = self.handle.take();
        if !self.is_ours() {
            return std::mem::forget(handle);
        }
        // Without an interpreter there is no lock to release: then it is dropped here and now.
        let mut handle = Some(handle);
        let _ = Python::try_attach(|py| {
            let handle = handle.take();
            py.detach(move || drop(handle));
        });
    }
}
