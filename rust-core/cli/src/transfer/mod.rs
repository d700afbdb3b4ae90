//! `osisession send` and `osisession receive`: files over durable dialogues. Either side may be killed at any time and started again.
pub(crate) mod args;
mod message;
mod receive;
mod report;
mod send;
mod store;

pub(crate) use receive::run as receive;
pub(crate) use send::run as send;

use self::args::Durable;
use crate::command::Stop;
use osisession::durable::{Durability, DurableConfig, DurableNode};
use osisession_journal::{Journal, MemoryJournal, Quota, RedbJournal, RedbOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Octets of a file in one message: with what stands around them they fit one TPDU of the usual size.
const CHUNK: u32 = 60 << 10;
/// Octets that wait, each way: what the journal holds of a file.
const WINDOW: usize = 8 << 20;
/// Transfers that are known at the same time, tombstones included: each takes a thread while it lives.
const DIALOGUES: usize = 2_000;
/// How long a closed dialogue is remembered.
const RETENTION: Duration = Duration::from_secs(3600);
/// How long the journal may take when the command ends.
const LAST_SYNC: Duration = Duration::from_secs(5);

/// A node on the journal that the user wants.
fn node(options: &Durable, default: &Path) -> Result<DurableNode, Stop> {
    let mut config = DurableConfig::default();
    config.dialogue.durability = options.durability.level();
    config.dialogue.retention = RETENTION;
    config.dialogue.limits.outbox_octets = WINDOW;
    config.dialogue.limits.inbox_octets = WINDOW;
    config.dialogue.limits.message_octets = CHUNK as usize * 2;
    config.limits.dialogues = DIALOGUES;
    config.session.tls = options.tls.load()?;
    let journal: Arc<dyn Journal> = if options.durability.level() == Durability::MemoryOnly {
        Arc::new(MemoryJournal::default())
    } else {
        let path = options.journal.as_deref().unwrap_or(default);
        let quota = Quota { dialogue_octets: 16 * WINDOW as u64, ..Quota::default() };
        let opened = RedbJournal::with_options(path, RedbOptions { quota, ..RedbOptions::default() });
        Arc::new(opened.map_err(|error| Stop::Usage(format!("{}: {error}", path.display())))?)
    };
    let node = DurableNode::new(config, journal)?;
    match node.left().into_iter().next() {
        None => Ok(node),
        Some(left) => Err(Stop::Usage(format!("dialogue {:?} in the journal: {}", left.id, left.error))),
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
