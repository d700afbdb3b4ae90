//! Durable dialogues over loopback sockets: the whole ring, with journals on disk and in memory.
#![cfg(feature = "durable")]

mod cuts;
#[cfg(feature = "tls")]
mod identity;
mod life;
#[cfg(feature = "tls")]
#[path = "../rings/pki.rs"]
#[allow(dead_code)]
mod pki;
mod proxy;
mod support;
mod trouble;
