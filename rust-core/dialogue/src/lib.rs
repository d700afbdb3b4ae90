//! A dialogue between two applications that survives the loss of connections, restarts and long silences: each message exactly
//! once and in order into the peer's inbox, both ways. The protocol is told in `docs/dialogue.md`.
//!
//! The engine does no input or output. Service requests, what the network brings, what the journal has stored, and time go in;
//! ordered [`Effect`]s, [`Event`]s and the next deadline come out:
//!
//! | verb | [`Dialogue`] |
//! |---|---|
//! | the user acts | `send`, `commit`, `close`, `reconnect`, all with `now` |
//! | the network acts | `connect_indication`, `connect_confirm`, `connect_refused`, `network`, `disconnected` |
//! | the journal acts | `stored`, `storage_failed` |
//! | time passes | `handle_timeout(now)` |
//! | to network and journal | `poll_effect()` |
//! | to the user | `poll_event()` |
//! | next deadline | `next_timeout()`: when, and what for |
//!
//! After a restart the dialogue is made again from the records of its journal: [`Dialogue::restore`].
#![forbid(unsafe_code)]

pub mod config;
pub mod control;
mod crc;
mod dialogue;
mod effect;
mod establish;
mod inbox;
mod ledger;
mod outbox;
mod parting;
pub mod record;
mod restore;
mod retry;
mod round;
mod table;
#[cfg(test)]
mod tests;
mod traffic;

pub use config::{Checkpoint, Config, Delivery, DialogueLimits, Durability, Retry};
pub use control::{Authenticator, Block, BlockError, DialogueId, Kind, Seal, Status};
pub use crc::crc32c;
pub use dialogue::{Dialogue, Role};
pub use effect::{
    ActivityId, Agreed, Cause, Connection, Effect, Event, Primitive, Progress, Stop, Timer, Token,
};
pub use establish::{ConnectRequest, Refusal};
pub use record::{Record, RecordError};
pub use restore::RestoreError;
