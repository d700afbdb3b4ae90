//! Where transport connections leave and enter: TCP, memory, the caller's own.
pub(crate) mod user;
