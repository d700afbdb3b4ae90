//! Durable dialogues over loopback sockets: the whole ring, with journals on disk and in memory.
#![cfg(feature = "durable")]

mod cuts;
mod life;
mod support;
mod trouble;
