//! The commands that call and answer, as a user calls them, on loopback.
mod manual;
mod ping;
mod probe;
mod rest;
mod sessions;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod tls;
