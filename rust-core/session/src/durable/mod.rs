//! Dialogues that survive: the loss of connections, restarts of either process, long silences. Each message arrives exactly once and
//! in order in the peer's inbox, both ways (`docs/dialogue.md`; the promises are in its section 7).
//!
//! A [`DurableNode`] is one process's end of any number of dialogues. It has a thread of its own that drives the engines, a
//! [journal](osisession_journal::Journal) where they keep what must survive, and sockets. When it is made it takes up again every
//! dialogue that it finds in the journal. A [`Dialogue`] is a handle: dropping it leaves the dialogue where it is.
//!
//! ```no_run
//! use osisession::durable::{DialOptions, DurableConfig, DurableNode};
//! use std::{sync::Arc, time::Duration};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let journal = Arc::new(osisession_journal::RedbJournal::open("orders.journal")?);
//! let node = DurableNode::new(DurableConfig::default(), journal)?;
//! let dialogue = match node.find(b"orders") {
//!     Some(dialogue) => dialogue,
//!     None => node.dial(DialOptions::new("192.0.2.7:10102").label("orders"))?,
//! };
//! // From here on it is the library's business that this arrives.
//! let position = dialogue.send("an order", Some(Duration::from_secs(5)))?;
//! dialogue.wait_confirmed(position, None)?;
//! let message = dialogue.receive(None)?;
//! println!("{:?}", message.data());
//! message.commit()?;
//! # Ok(())
//! # }
//! ```
//!
//! | word | meaning |
//! |---|---|
//! | accepted | a message is in the outbox for good, at the level of durability: it will arrive. [`Dialogue::send`] waits for this |
//! | confirmed | it is on the peer's stable storage: [`Dialogue::wait_confirmed`] |
//! | committed | the application is done with a message of the peer and will not get it again: [`Dialogue::commit`] |
//!
//! Without a commit a message is handed out again after a restart: at least once for effects outside the library. An application
//! that stores effect and position together sets [`Delivery::Application`] and has each effect exactly once.
mod config;
mod dialogue;
mod identity;
mod node;
mod profile;
mod run;
mod shared;
mod store;
mod unit;
mod wire;

pub use config::{
    Accept, AcceptFilter, Caller, Cursor, DialOptions, DurableConfig, DurableLimits, Identify, IdentityRule,
    Peer, Watch,
};
pub use dialogue::{Dialogue, DialogueProgress, Message};
pub use node::{DurableNode, Left};
pub use osisession_dialogue::{
    Authenticator, Checkpoint, Config as DialogueConfig, Delivery, DialogueId, DialogueLimits, Durability,
    Event as DialogueEvent, Retry, Role, Status, Stop,
};

/// A failure of the journal, as an error of this library.
pub fn journal_error(failure: &osisession_journal::Error) -> osisession_proto::Error {
    unit::storage(failure)
}
