//! What the tests share: nodes, messages that say who they are, and a proxy that cuts.
use osisession::durable::*;
use osisession_journal::{Journal, MemoryJournal, RedbJournal};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
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

/// Passes octets on between callers and a target, and cuts where it is told to.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    target: Mutex<Option<String>>,
    /// Octets, both ways together, after which the next connection is cut; then 0 until it is set again.
    cut: AtomicU64,
    /// It was.
    was_cut: AtomicBool,
    passed: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
    connections: AtomicU64,
    over: AtomicBool,
}

impl Proxy {
    pub(crate) fn new(target: Option<&str>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            target: Mutex::new(target.map(str::to_owned)),
            cut: AtomicU64::new(u64::MAX),
            was_cut: AtomicBool::new(false),
            passed: AtomicU64::new(0),
            open: Mutex::default(),
            connections: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let shared = inner.clone();
        std::thread::spawn(move || {
            for near in listener.incoming() {
                if shared.over.load(Ordering::SeqCst) {
                    return;
                }
                let target = shared.target.lock().expect("a target").clone();
                let far = target.and_then(|target| TcpStream::connect(target).ok());
                if let (Ok(near), Some(far)) = (near, far) {
                    Inner::carry(&shared, near, far);
                }
            }
        });
        Proxy { address, inner }
    }

    pub(crate) fn aim(&self, target: &str) {
        *self.inner.target.lock().expect("a target") = Some(target.to_owned());
    }

    /// Cuts after so many octets from now on; all that pass count.
    pub(crate) fn cut_after(&self, octets: u64) {
        self.inner.passed.store(0, Ordering::SeqCst);
        self.inner.was_cut.store(false, Ordering::SeqCst);
        self.inner.cut.store(octets, Ordering::SeqCst);
    }

    pub(crate) fn was_cut(&self) -> bool {
        self.inner.was_cut.load(Ordering::SeqCst)
    }

    pub(crate) fn passed(&self) -> u64 {
        self.inner.passed.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.inner.connections.load(Ordering::SeqCst)
    }

    /// Cuts what is open now.
    pub(crate) fn cut_now(&self) {
        self.inner.cut_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.inner.over.store(true, Ordering::SeqCst);
        self.inner.cut_all();
        let _ = TcpStream::connect(self.address);
    }
}

impl Inner {
    fn cut_all(&self) {
        for stream in self.open.lock().expect("streams").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn carry(inner: &Arc<Inner>, near: TcpStream, far: TcpStream) {
        inner.connections.fetch_add(1, Ordering::SeqCst);
        for stream in [&near, &far] {
            stream.set_nodelay(true).expect("an option");
            inner.open.lock().expect("streams").push(stream.try_clone().expect("a clone"));
        }
        let back = (far.try_clone().expect("a clone"), near.try_clone().expect("a clone"));
        for (mut from, mut to) in [(near, far), back] {
            let inner = inner.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = from.read(&mut buffer) {
                    let before = inner.passed.fetch_add(count as u64, Ordering::SeqCst);
                    let cut = inner.cut.load(Ordering::SeqCst);
                    let allowed = cut.saturating_sub(before).min(count as u64) as usize;
                    let written = to.write_all(&buffer[..allowed]).is_ok();
                    if allowed < count && inner.cut.swap(u64::MAX, Ordering::SeqCst) != u64::MAX {
                        inner.was_cut.store(true, Ordering::SeqCst);
                        inner.cut_all();
                    }
                    if !written || allowed < count {
                        break;
                    }
                }
                let _ = from.shutdown(Shutdown::Both);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }
}
