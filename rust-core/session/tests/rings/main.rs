//! The rings over real sockets, pipes and callers' own transports.
mod diagnosis;
mod driving;
mod failures;
mod logging;
mod pieces;
#[cfg(feature = "tls")]
mod pki;
mod pressure;
mod routing;
mod support;
mod taps;
mod threads;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod tls_peers;
mod transports;
