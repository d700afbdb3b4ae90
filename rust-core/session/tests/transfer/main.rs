//! Reliable transfer over TCP on loopback: whole lives, cuts, restarts, hostile callers.
#![cfg(feature = "durable")]
mod cuts;
mod life;
#[allow(dead_code, reason = "what other tests use of it")]
#[path = "../durable/proxy.rs"]
mod proxy;
mod support;
