//! ISO transport over TCP.
