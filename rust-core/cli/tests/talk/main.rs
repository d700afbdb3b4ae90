//! The commands that call and answer, as a user calls them, on loopback.
mod ping;
mod probe;
mod sessions;
mod support;
