//! The journal in one file: what survives, who may have it, what it refuses.
#![cfg(feature = "redb")]
mod common;

use common::Folder;
use osisession_journal::{
    Bytes, Durability, Error, Inspection, Journal, Quota, RedbJournal, RedbOptions, Token, Usage,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn records(texts: &[&str]) -> Vec<Bytes> {
    texts.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect()
}

#[test]
fn records_come_back_in_order_until_a_checkpoint_takes_their_place() {
    let folder = Folder::new("order");
    let path = folder.file("j");
    let journal = RedbJournal::open(&path).unwrap();
    let mut one = journal.open(b"one").unwrap().log;
    let mut two = journal.open(b"two").unwrap().log;
    for round in 0..50 {
        one.append(&records(&[&format!("one {round}"), ""]), Durability::Sync).unwrap();
        two.append(&records(&[&format!("two {round}")]), Durability::Lazy).unwrap();
    }
    two.checkpoint(&records(&["snapshot", "of two"]), Durability::Sync).unwrap();
    let token = two.append(&records(&["after"]), Durability::Sync).unwrap();
    two.wait(token, None).unwrap();
    assert_eq!(two.usage(), Usage { records: 3, octets: 19 });
    drop((one, two));
    journal.close().unwrap();

    let journal = RedbJournal::open(&path).unwrap();
    assert_eq!(journal.dialogues().unwrap(), [b"one", b"two"]);
    let opened = journal.open(b"one").unwrap();
    let expected: Vec<String> = (0..50).flat_map(|round| [format!("one {round}"), String::new()]).collect();
    assert_eq!(opened.records, expected.iter().map(|text| Bytes::from(text.clone())).collect::<Vec<_>>());
    assert_eq!(journal.open(b"two").unwrap().records, records(&["snapshot", "of two", "after"]));
    assert!(journal.open(b"three").unwrap().records.is_empty());
}

#[test]
fn a_dialogue_has_one_owner_and_is_free_when_its_log_is_dropped() {
    let folder = Folder::new("owner");
    let journal = RedbJournal::open(folder.file("j")).unwrap();
    let mut opened = journal.open(b"d").unwrap();
    assert!(matches!(journal.open(b"d"), Err(Error::InUse { .. })));
    assert!(matches!(journal.remove(b"d"), Err(Error::InUse { .. })));
    opened.log.append(&records(&["lazy"]), Durability::Lazy).unwrap();
    opened.log.append(&records(&["in memory"]), Durability::Memory).unwrap();
    drop(opened);
    assert_eq!(journal.open(b"d").unwrap().records, records(&["lazy"]), "complete when it is opened again");
    assert_eq!(journal.usage(), Usage { records: 1, octets: 4 });
    journal.remove(b"d").unwrap();
    journal.remove(b"d").unwrap();
    assert_eq!(journal.usage(), Usage::default());
    assert!(journal.open(b"d").unwrap().records.is_empty());
}

#[test]
fn a_file_that_another_has_open_says_who() {
    let folder = Folder::new("lock");
    let path = folder.file("j");
    let journal = RedbJournal::open(&path).unwrap();
    match RedbJournal::open(&path) {
        Err(Error::InUse { what, owner }) => {
            assert!(what.ends_with("/j"), "{what}");
            assert_eq!(owner, "this process");
        }
        other => panic!("{:?}", other.err()),
    }
    assert!(matches!(Inspection::open(&path), Err(Error::InUse { .. })));
    journal.close().unwrap();
    let (one, two) = (Inspection::open(&path).unwrap(), Inspection::open(&path).unwrap());
    assert!(matches!(RedbJournal::open(&path), Err(Error::InUse { .. })));
    drop((one, two));
    RedbJournal::open(&path).unwrap();
}

#[test]
fn memory_waits_for_what_is_behind_it_and_lazy_for_its_time() {
    let folder = Folder::new("levels");
    let options = RedbOptions { lazy_delay: Duration::from_millis(20), ..RedbOptions::default() };
    let journal = RedbJournal::with_options(folder.file("j"), options).unwrap();
    let mut log = journal.open(b"d").unwrap().log;
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    log.watch(Some(Arc::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    })));
    let memory = log.append(&records(&["m"]), Durability::Memory).unwrap();
    // A commit of another dialogue does not take it along.
    let mut other = journal.open(b"o").unwrap().log;
    let token = other.append(&records(&["o"]), Durability::Sync).unwrap();
    other.wait(token, None).unwrap();
    assert_eq!(log.progress().durable, Token(0));
    let lazy = log.append(&records(&["l"]), Durability::Lazy).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while log.progress().durable < lazy {
        assert!(Instant::now() < deadline, "lazy, not never");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(memory < lazy);
    while calls.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    let behind = log.append(&records(&["x"]), Durability::Memory).unwrap();
    log.wait(behind, Some(Duration::from_secs(30))).unwrap();
    let last = log.append(&records(&["y"]), Durability::Memory).unwrap();
    assert_eq!(log.sync().unwrap(), last);
    log.wait(last, Some(Duration::from_secs(30))).unwrap();
    assert!(matches!(log.wait(Token(99), None), Err(Error::Invalid(_))));
}

#[test]
fn many_threads_share_commits() {
    const THREADS: usize = 16;
    const EACH: usize = 40;
    let folder = Folder::new("group");
    let path = folder.file("j");
    let journal = RedbJournal::open(&path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let journal = &journal;
            scope.spawn(move || {
                let mut log = journal.open(format!("d{thread}").as_bytes()).unwrap().log;
                for number in 0..EACH {
                    let text = format!("{thread}/{number}");
                    let token = log.append(&records(&[&text]), Durability::Sync).unwrap();
                    log.wait(token, None).unwrap();
                }
            });
        }
    });
    journal.close().unwrap();
    let inspection = Inspection::open(&path).unwrap();
    assert!(inspection.damages().is_empty());
    assert_eq!(inspection.usage().records, (THREADS * EACH) as u64);
    let commits = inspection.commits();
    assert!(commits < (THREADS * EACH) as u64, "{commits} commits: nothing was shared");
    for thread in 0..THREADS {
        let expected: Vec<Bytes> = (0..EACH).map(|number| format!("{thread}/{number}").into()).collect();
        assert_eq!(inspection.records(format!("d{thread}").as_bytes()).unwrap(), expected);
    }
}

#[test]
fn quotas_count_what_is_on_the_disk_as_well() {
    let folder = Folder::new("quota");
    let path = folder.file("j");
    let quota = Quota {
        dialogue_octets: 8,
        journal_records: 5,
        dialogues: 2,
        waiting_octets: 20,
        ..Quota::default()
    };
    let options = RedbOptions { quota, lazy_delay: Duration::from_secs(3600), ..RedbOptions::default() };
    let journal = RedbJournal::with_options(&path, options.clone()).unwrap();
    let mut one = journal.open(b"1").unwrap().log;
    one.append(&records(&["aaaa", "bb"]), Durability::Sync).unwrap();
    drop(one);
    journal.close().unwrap();

    let journal = RedbJournal::with_options(&path, options).unwrap();
    let mut two = journal.open(b"2").unwrap().log;
    assert!(matches!(journal.open(b"3"), Err(Error::Quota { limit: "dialogues", value: 2, wanted: 3 })));
    let mut one = journal.open(b"1").unwrap().log;
    assert_eq!(
        one.append(&records(&["ccc"]), Durability::Sync),
        Err(Error::Quota { limit: "octets per dialogue", value: 8, wanted: 9 })
    );
    two.append(&records(&["", "", ""]), Durability::Sync).unwrap();
    assert_eq!(
        one.append(&records(&["c"]), Durability::Sync),
        Err(Error::Quota { limit: "records of the journal", value: 5, wanted: 6 })
    );
    let token = one.checkpoint(&records(&["cccccccc"]), Durability::Sync).unwrap();
    one.wait(token, None).unwrap();
    assert_eq!(journal.usage(), Usage { records: 4, octets: 8 });
    two.append(&records(&["12345678"]), Durability::Memory).unwrap();
    for _ in 0..10 {
        // Each takes the place of the one before, which need never be written.
        two.checkpoint(&records(&["12345678"]), Durability::Memory).unwrap();
    }
    one.checkpoint(&records(&["12345678"]), Durability::Memory).unwrap();
    assert_eq!(
        two.append(&records(&["12345"]), Durability::Memory),
        Err(Error::Quota { limit: "octets per dialogue", value: 8, wanted: 13 })
    );
    two.checkpoint(&records(&["1234"]), Durability::Lazy).unwrap();
    assert_eq!(
        two.checkpoint(&records(&["12345678"]), Durability::Memory),
        Ok(Token(14)),
        "4 and 8 and 8 are not more than 20"
    );
    assert_eq!(two.checkpoint(&records(&["12345678"]), Durability::Lazy), Ok(Token(15)));
    assert_eq!(
        two.checkpoint(&records(&["1"]), Durability::Lazy),
        Err(Error::Busy { waiting: 20, limit: 20 })
    );
    let token = two.sync().unwrap();
    two.wait(token, None).unwrap();
    two.checkpoint(&records(&["12345"]), Durability::Memory).unwrap();
}

#[test]
fn compaction_gives_space_back_and_keeps_the_records() {
    let folder = Folder::new("compact");
    let path = folder.file("j");
    let journal = RedbJournal::open(&path).unwrap();
    let mut log = journal.open(b"d").unwrap().log;
    let large = Bytes::from(vec![7; 1 << 20]);
    for _ in 0..16 {
        log.append(std::slice::from_ref(&large), Durability::Sync).unwrap();
    }
    log.checkpoint(&records(&["small"]), Durability::Sync).unwrap();
    let token = log.append(&records(&["after"]), Durability::Sync).unwrap();
    log.wait(token, None).unwrap();
    let done = journal.compact().unwrap();
    assert!(done.after * 4 < done.before, "{done:?}");
    let token = log.append(&records(&["later"]), Durability::Sync).unwrap();
    log.wait(token, None).unwrap();
    drop(log);
    journal.close().unwrap();
    let journal = RedbJournal::open(&path).unwrap();
    assert_eq!(journal.open(b"d").unwrap().records, records(&["small", "after", "later"]));
}

#[test]
fn whoever_panics_when_told_does_no_harm_to_the_others() {
    let folder = Folder::new("panic");
    let journal = RedbJournal::open(folder.file("j")).unwrap();
    let mut one = journal.open(b"1").unwrap().log;
    let mut two = journal.open(b"2").unwrap().log;
    one.watch(Some(Arc::new(|| panic!("on purpose"))));
    for _ in 0..3 {
        one.append(&records(&["a"]), Durability::Sync).unwrap();
        let token = two.append(&records(&["b"]), Durability::Sync).unwrap();
        two.wait(token, Some(Duration::from_secs(30))).unwrap();
        let token = one.progress().appended;
        one.wait(token, Some(Duration::from_secs(30))).unwrap();
    }
    journal.close().unwrap();
}

#[test]
fn logs_of_a_closed_journal_fail() {
    let folder = Folder::new("closed");
    let path = folder.file("j");
    let journal = RedbJournal::open(&path).unwrap();
    let mut log = journal.open(b"d").unwrap().log;
    log.append(&records(&["a"]), Durability::Lazy).unwrap();
    journal.close().unwrap();
    assert_eq!(log.append(&records(&["b"]), Durability::Sync), Err(Error::Closed));
    assert_eq!(log.progress().durable, Token(1), "closing writes what is lazy");
    let options = RedbOptions { create: false, ..RedbOptions::default() };
    assert!(RedbJournal::with_options(&path, options.clone()).is_ok());
    assert!(matches!(
        RedbJournal::with_options(folder.file("none"), options),
        Err(Error::Storage { operation: "open the journal", .. })
    ));
}
