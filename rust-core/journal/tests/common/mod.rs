//! What the tests share.
#![allow(dead_code, reason = "each test program uses a part of it")]
use osisession_journal::{Bytes, Durability, Error, Journal, Opened, Progress, Token, Usage};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A folder of its own, gone at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let path = root.join(format!("{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
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

/// Numbers from a seed (xorshift64*): the same on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn texts(records: &[Bytes]) -> Vec<String> {
    records.iter().map(|record| String::from_utf8_lossy(record).into_owned()).collect()
}

/// What whoever writes a store can run against it.
pub(crate) fn keeps_its_promises(journal: &Arc<dyn Journal>) {
    assert!(matches!(journal.open(b""), Err(Error::Invalid(_))));
    assert!(matches!(journal.open(&[1; 256]), Err(Error::Invalid(_))));
    let Opened { records, mut log } = journal.open(b"a").unwrap();
    assert!(records.is_empty());
    assert_eq!(log.progress(), Progress::default());
    let first = log.append(&["1".into(), "2".into()], Durability::Lazy).unwrap();
    let second = log.append(&["3".into()], Durability::Sync).unwrap();
    assert!(second > first);
    log.wait(second, Some(Duration::from_secs(60))).unwrap();
    let progress = log.progress();
    assert_eq!((progress.durable, progress.appended, progress.failed), (second, second, None));
    log.wait(first, Some(Duration::ZERO)).unwrap();
    assert!(matches!(log.wait(Token(second.0 + 1), None), Err(Error::Invalid(_))));
    assert_eq!(log.usage(), Usage { records: 3, octets: 3 });
    assert!(matches!(journal.open(b"a"), Err(Error::InUse { .. })));
    assert!(matches!(journal.remove(b"a"), Err(Error::InUse { .. })));
    // Logs move between threads.
    let mut log = std::thread::spawn(move || {
        log.append(&["4".into()], Durability::Memory).unwrap();
        log
    })
    .join()
    .unwrap();
    assert_eq!(log.sync().unwrap(), log.progress().appended);
    let token = log.progress().appended;
    log.wait(token, Some(Duration::from_secs(60))).unwrap();
    drop(log);
    let Opened { records, mut log } = journal.open(b"a").unwrap();
    assert_eq!(texts(&records), ["1", "2", "3", "4"]);
    let token = log.checkpoint(&["S".into()], Durability::Sync).unwrap();
    log.append(&[], Durability::Sync).unwrap();
    let last = log.append(&["5".into()], Durability::Sync).unwrap();
    assert!(last > token);
    drop(log);
    assert_eq!(texts(&journal.open(b"a").unwrap().records), ["S", "5"]);
    let mut log = journal.open(b"b").unwrap().log;
    log.append(&["x".into()], Durability::Sync).unwrap();
    drop(log);
    drop(journal.open(b"b").unwrap());
    assert_eq!(journal.dialogues().unwrap(), [b"a", b"b"]);
    journal.compact().unwrap();
    journal.remove(b"a").unwrap();
    journal.remove(b"a").unwrap();
    assert_eq!(journal.dialogues().unwrap(), [b"b"]);
    assert!(journal.open(b"a").unwrap().records.is_empty());
}
