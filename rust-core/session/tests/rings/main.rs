//! The rings over real sockets, pipes and callers' own transports.
mod driving;
mod failures;
mod pressure;
mod routing;
mod support;
mod threads;
#[cfg(feature = "tls")]
mod tls;
mod transports;
