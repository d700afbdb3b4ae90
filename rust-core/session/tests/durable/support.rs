//! What the tests share: nodes, messages that say who they are, and a proxy that cuts.
pub(crate) use crate::proxy::Proxy;
use osisession::durable::*;
use osisession_journal::{Journal, MemoryJournal, RedbJournal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Long enough that only a fault reaches it.
pub(crate) const LONG: Option<Duration> = Some(Duration::from_secs(30));

/// Attempts come quickly, sync points too.
pub(crate) fn quick() -> DurableConfig {
    let mut config = DurableConfig::default();
    config.dialogue.retry.first = Duration::from_millis(10);
    config.dialogue.retry.longest = Duration::from_millis(50);
    config.dialogue.retry.busy = Duration::from_millis(20);
    config.dialogue.checkpoint.interval = Duration::from_millis(5);
    config
}

pub(crate) fn memory() -> Arc<dyn Journal> {
    Arc::new(MemoryJournal::default())
}

/// A folder that goes away with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("osisession-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A journal in a file. Whoever let go of it a moment ago may still be about to.
pub(crate) fn on_disk(path: &Path) -> Arc<dyn Journal> {
    for _ in 0..500 {
        match RedbJournal::open(path) {
            Ok(journal) => return Arc::new(journal),
            Err(osisession_journal::Error::InUse { .. }) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the journal stays in use");
}

pub(crate) fn node(config: DurableConfig, journal: &Arc<dyn Journal>) -> DurableNode {
    DurableNode::new(config, journal.clone()).expect("a node")
}

/// A dialogue between two nodes: initiator, responder.
pub(crate) fn connected(caller: &DurableNode, called: &DurableNode) -> (Dialogue, Dialogue) {
    let address = called.listen("127.0.0.1:0").expect("a listener");
    let initiator = caller.dial(DialOptions::new(address).label("test")).expect("a dialogue");
    (initiator, called.accept(LONG).expect("a caller"))
}

pub(crate) fn text(who: char, number: u64) -> String {
    format!("{who}{number}")
}

/// Receives and commits messages from `first` on, and checks that each is the one that follows.
pub(crate) fn take(dialogue: &Dialogue, who: char, first: u64, last: u64) {
    for number in first..=last {
        let message = dialogue.receive(LONG);
        let message = message.unwrap_or_else(|error| panic!("{error}: {number} {:?}", dialogue.progress()));
        assert_eq!(message.position(), number);
        assert_eq!(&message.data()[..], text(who, number).as_bytes());
        message.commit().expect("committed");
    }
}

pub(crate) fn give(dialogue: &Dialogue, who: char, first: u64, last: u64) {
    for number in first..=last {
        assert_eq!(dialogue.submit(text(who, number), LONG).expect("room"), number);
    }
    dialogue.wait_accepted(last, LONG).expect("accepted");
}

pub(crate) fn state(dialogue: &Dialogue, wanted: &str) {
    let done = dialogue.wait_until(LONG, |progress| progress.state == wanted);
    done.unwrap_or_else(|error| panic!("{error}: {:?}", dialogue.progress()));
}
