//! Requests and responses, and sessions that are kept, over sockets of this machine.
mod calls;
mod hostile;
#[cfg(feature = "durable")]
mod journal;
mod keeping;
mod losses;
mod support;
mod turns;
