//! Reliable transfer: whole APDUs, one after the other, each in an activity of its own with checkpoints (X.218, X.228 in their use of
//! the session service). After a loss the transfer goes on at the last checkpoint that the peer has confirmed.
//!
//! An [`Engine`] is one end of an association. It makes session requests and takes session events; the session connections are its
//! owner's.
//!
//! | verb | [`Engine`] |
//! |---|---|
//! | the user acts | `open`, `send`, `cancel`, `hold`, `taken`, `rest`, `close`, all with `now` |
//! | a caller comes | [`Opening::read`], `called`, or [`refuse`] |
//! | the session acts | `session(event, now)`, `not_sent` |
//! | time passes | `handle_timeout(now)` |
//! | to stable storage | `poll_journal()`, before the next |
//! | to the session | `poll_session()` |
//! | to the user | `poll_event()` |
//! | next deadline | `next_timeout()` |
//!
//! What `poll_journal` gives has to be durable before what `poll_session` and `poll_event` give is acted upon: the confirmation of a
//! checkpoint then says what is true, and no APDU is given twice. Who keeps no journal may throw the records away; the promises then
//! end with the process.
//!
//! `docs/transfer.md` says what is promised with which peer.
mod ber;
mod config;
mod engine;
mod link;
mod pdu;
mod receiver;
mod record;
mod sender;
mod store;
mod table;
#[cfg(test)]
mod tests;

pub use config::{Config, Form, Plain, Retries, UNITS};
pub use engine::{Engine, Event, Outcome, Progress, Role, Why};
pub use link::LinkState;
pub use pdu::{AbortReason, Opening, Reference, RefuseReason, refuse};
pub use record::Record;
pub use table::{ReceiverState, Stage};
