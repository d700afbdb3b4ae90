//! The Python package `osisession`: a shim over the facade and the protocol machine.
//!
//! Nothing of the protocol is decided here. Values, events and exceptions are classes of the package's Python modules; this
//! crate builds and reads them, releases the interpreter lock while it waits, and lets no panic through.
mod classes;
mod config;
mod error;
mod event;
mod guard;
mod primitives;
mod snapshot;
mod spm;
mod transport;
mod value;

use pyo3::prelude::*;

/// The compiled part of the package.
#[pymodule]
mod _native {
    use super::*;

    #[pymodule_export]
    use super::spm::PySpm;

    /// Panics inside the guard; for the test of the guard.
    #[pyfunction]
    fn _panic(py: Python<'_>, text: String) -> PyResult<()> {
        guard::guarded(py, || panic!("{text}"))
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        guard::install_hook();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
