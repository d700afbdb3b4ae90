//! Requests and responses over a session, in both directions at once: correlation, deadlines, cancellation, and each request
//! carried out at most once, also across the loss of the connection. The format is told in `docs/rpc.md`.
//!
//! An [`Engine`] is one *association* of two parties. It outlives its session connections: it is attached to one after the other.
//! It speaks service primitives of X.215 and no octets of X.225, so that any session machine may lie below it.
//!
//! | verb | [`Engine`] |
//! |---|---|
//! | the user acts | `request`, `one_way`, `cancel`, `respond`, `fail`, `close`, all with `now` |
//! | the session acts | `attach`, `session(event, now)`, `detach` |
//! | time passes | `handle_timeout(now)` |
//! | to the journal | `poll_journal()`: to be stored before anything else is taken |
//! | to the session | `poll_session()` |
//! | to the user | `poll_event()` |
//! | next deadline | `next_timeout()` |
//!
//! Over half-duplex the engine passes the data token: it asks for it when there is something to say (S-TOKEN-PLEASE) and gives it
//! away when it has said it (S-TOKEN-GIVE).
mod config;
mod engine;
mod message;
mod record;
mod results;
mod table;
#[cfg(test)]
mod tests;
mod turn;

pub use config::{Config, Options, Retry};
pub use engine::{Engine, Event, Link, Outcome, Why};
pub use message::{AssociationId, Flags, Header, Hello, Kind, code};
pub use record::Record;
