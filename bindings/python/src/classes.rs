//! The Python side's own classes, each looked up once.

/// A class of the package's Python modules.
macro_rules! class {
    ($py:expr, $module:literal, $name:literal) => {{
        static CLASS: pyo3::sync::PyOnceLock<pyo3::Py<pyo3::types::PyType>> = pyo3::sync::PyOnceLock::new();
        CLASS.import($py, concat!("osisession.", $module), $name)
    }};
}

/// Calls a class of the package's Python modules with these arguments.
macro_rules! build {
    ($py:expr, $module:literal, $name:literal, ($($argument:expr),* $(,)?)) => {{
        let class = $crate::classes::class!($py, $module, $name)?;
        pyo3::types::PyAnyMethods::call1(class.as_any(), ($($argument,)*))
    }};
}

pub(crate) use {build, class};
