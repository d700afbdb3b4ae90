//! Sockets of Python's, taken over.
use crate::error::invalid;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

/// A `socket.socket`. What the library gets is a duplicate of its descriptor, so that a call that fails leaves the socket as
/// it was.
pub(crate) struct SocketArgument<'py> {
    socket: Bound<'py, PyAny>,
    pub(crate) descriptor: OwnedFd,
}

impl<'py> FromPyObject<'_, 'py> for SocketArgument<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<SocketArgument<'py>> {
        static SOCKET: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let py = object.py();
        let socket = crate::value::instance(object, SOCKET.import(py, "socket", "socket")?)?;
        if socket.hasattr("unwrap")? {
            // An SSLSocket: what is on the descriptor is not what the program reads and writes.
            return Err(invalid(
                py,
                "an SSLSocket cannot be taken over: give the plain socket, and SessionConfig.tls",
            ));
        }
        let descriptor = duplicate(socket.call_method0("fileno")?.extract()?)
            .map_err(|error| invalid(py, format!("the socket cannot be taken over: {error}")))?;
        Ok(SocketArgument { socket, descriptor })
    }
}

impl<'py> SocketArgument<'py> {
    /// The duplicate for the library, and what is left to be closed once that was taken.
    pub(crate) fn split(self) -> (OwnedFd, Bound<'py, PyAny>) {
        (self.descriptor, self.socket)
    }
}

fn duplicate(descriptor: RawFd) -> std::io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(std::io::Error::other("it is closed"));
    }
    // SAFETY: only the number -1 must not be borrowed. It is the socket's own, asked a moment ago while the interpreter lock is
    // held; should another thread have closed it without that lock, the call fails or finds another descriptor of this process,
    // which the library then refuses unless it is a connected TCP socket.
    unsafe { BorrowedFd::borrow_raw(descriptor) }.try_clone_to_owned()
}
