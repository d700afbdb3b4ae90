//! Handles of the facade inside Python objects.
use pyo3::prelude::*;
use std::ops::Deref;

/// A handle that is dropped without the interpreter lock.
///
/// Dropping the last one of an endpoint waits for its thread, and that thread may wait for the interpreter lock to run a
/// handler.
pub(crate) struct Handle<T: Send>(Option<T>);

impl<T: Send> From<T> for Handle<T> {
    fn from(handle: T) -> Handle<T> {
        Handle(Some(handle))
    }
}

impl<T: Send> Handle<Option<T>> {
    /// The handle itself, if it is still there.
    pub(crate) fn into_inner(mut self) -> Option<T> {
        self.0.as_mut()?.take()
    }
}

impl<T: Send> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("taken by drop alone")
    }
}

impl<T: Send> Drop for Handle<T> {
    fn drop(&mut self) {
        let handle = self.0.take();
        // Without an interpreter there is no lock to release: then it is dropped here and now.
        let mut handle = Some(handle);
        let _ = Python::try_attach(|py| {
            let handle = handle.take();
            py.detach(move || drop(handle));
        });
    }
}
