//! The command line `osisession`, which comes with the wheel.
use crate::guard;
use pyo3::prelude::*;

/// Runs the command with these arguments, the program's name first, on the output of this process; gives its exit code.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, arguments: Vec<String>) -> PyResult<i32> {
    guard::guarded(py, || Ok(py.detach(|| osisession_cli::main_from(arguments))))
}
