//! A session that is there when it is wanted: opened on demand, opened again after a loss with growing delays, closed when it is not
//! used, and not tried any more for a while when it keeps failing.
//!
//! A [`Reconnect`] decides when; its caller opens and closes. What a session is, it does not know: it keeps a value of the caller's while
//! the session is up.
//!
//! | verb | [`Reconnect`] |
//! |---|---|
//! | the user acts | `want`, `forget`, `used`, `busy`, `stop`, `reset`, all with `now` |
//! | the session acts | `opened`, `failed`, `refused`, `lost`, `closed` |
//! | time passes | `handle_timeout(now)` |
//! | to the session | `poll_action()` |
//! | to the user | `poll_event()` |
//! | next deadline | `next_timeout()` |
mod config;
mod engine;
mod table;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use engine::{Action, Circuit, Event, Progress, Reconnect, Ticket, Wanted};
pub use table::State;
