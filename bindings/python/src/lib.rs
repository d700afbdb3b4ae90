//! The Python package `osisession`: a shim over the facade and the protocol machine.
//!
//! Nothing of the protocol is decided here. Values, events and exceptions are classes of the package's Python modules; this
//! crate builds and reads them, releases the interpreter lock while it waits, and lets no panic through.
// Keyword arguments of Python are arguments here.
#![allow(clippy::too_many_arguments)]

mod appletalk;
mod classes;
mod command;
mod config;
mod decnet;
mod decode;
mod diagnosis;
mod durable;
mod encode;
mod endpoint;
mod error;
mod event;
mod guard;
mod handle;
mod keeper;
mod log;
mod primitives;
mod profile;
mod rpc;
mod session;
mod snapshot;
mod socket;
mod spm;
mod tls;
mod transport;
mod value;
mod wait;
mod watch;

use pyo3::prelude::*;

/// The compiled part of the package.
#[pymodule]
mod _native {
    use super::*;

    #[pymodule_export]
    use super::appletalk::{PyZoneClient, PyZoneRouter, name_octets, same_name};
    #[pymodule_export]
    use super::command::command;
    #[pymodule_export]
    use super::decnet::{PyDecnetEndpoint, PyIncomingLink, PyLogicalLink, PyObjectListener};
    #[pymodule_export]
    use super::decode::decode;
    #[pymodule_export]
    use super::diagnosis::{_diagnose, PyWitness};
    #[pymodule_export]
    use super::durable::{PyDialogue, PyDurableNode};
    #[pymodule_export]
    use super::encode::encode;
    #[pymodule_export]
    use super::endpoint::{PyEndpoint, PyListener};
    #[pymodule_export]
    use super::keeper::{PyKeeper, PyLease, PyWish};
    #[pymodule_export]
    use super::log::_set_log;
    #[pymodule_export]
    use super::profile::_profile;
    #[pymodule_export]
    use super::rpc::{PyRpcCall, PyRpcClient, PyRpcPeer, PyRpcRequest, PyRpcServer};
    #[pymodule_export]
    use super::session::{PySession, PyTransportPort};
    #[pymodule_export]
    use super::spm::PySpm;
    #[pymodule_export]
    use super::tls::PyTls;

    /// Panics inside the guard; for the test of the guard.
    #[pyfunction]
    fn _panic(py: Python<'_>, text: String) -> PyResult<()> {
        guard::guarded(py, || panic!("{text}"))
    }

    /// For `os.register_at_fork`.
    #[pyfunction]
    fn _after_fork() {
        handle::after_fork();
    }

    /// The library's own limits; for the test that the package documents them truly.
    #[pyfunction]
    fn _default_limits(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        config::limits(py, &osisession_proto::Limits::default())
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        guard::install_hook();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
