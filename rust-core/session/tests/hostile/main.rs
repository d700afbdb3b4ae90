//! Peers that are slow, broken or hostile: every limit at its edge, and what is left of a listener that they called.
mod conversation;
mod faults;
mod limits;
mod log;
#[cfg(feature = "tls")]
#[path = "../rings/pki.rs"]
#[allow(dead_code, reason = "made for the tests of TLS, which use all of it")]
mod pki;
mod places;
mod resets;
mod strangers;
mod support;
