//! The contract of `Journal` and `Log`, on the store in memory.
use osisession_journal::{
    Bytes, Durability, Error, Journal, MemoryJournal, MemoryOptions, Quota, Token, Usage,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn records(texts: &[&'static str]) -> Vec<Bytes> {
    texts.iter().map(|text| Bytes::from_static(text.as_bytes())).collect()
}

fn manual() -> MemoryJournal {
    MemoryJournal::new(MemoryOptions { manual: true, ..MemoryOptions::default() })
}

#[test]
fn what_was_synced_survives_a_crash_and_nothing_else_does() {
    let journal = MemoryJournal::default();
    let mut log = journal.open(b"d").unwrap().log;
    log.append(&records(&["a", "b"]), Durability::Sync).unwrap();
    log.append(&records(&["c"]), Durability::Memory).unwrap();
    assert_eq!(log.usage(), Usage { records: 3, octets: 3 });
    journal.crash();
    assert_eq!(log.append(&records(&["x"]), Durability::Sync), Err(Error::Closed));
    let opened = journal.open(b"d").unwrap();
    assert_eq!(opened.records, records(&["a", "b"]));
    assert_eq!(opened.log.usage().records, 2);
    drop(log);
    assert!(matches!(journal.open(b"d"), Err(Error::InUse { .. })), "a log of before the crash is no owner");
}

#[test]
fn a_sync_is_durable_when_the_disk_says_so() {
    let journal = manual();
    let calls = Arc::new(AtomicUsize::new(0));
    let mut log = journal.open(b"d").unwrap().log;
    let counter = calls.clone();
    log.watch(Some(Arc::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    })));
    let first = log.append(&records(&["a"]), Durability::Sync).unwrap();
    let second = log.append(&records(&["b"]), Durability::Lazy).unwrap();
    assert!(second > first);
    assert_eq!(log.progress().durable, Token(0));
    assert_eq!(log.wait(first, Some(Duration::from_millis(5))), Err(Error::TimedOut));
    assert_eq!(journal.complete(), 1);
    assert_eq!(log.progress().durable, second, "what was waited for begins a sync of all");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert!(matches!(log.wait(Token(99), None), Err(Error::Invalid(_))));
}

#[test]
fn a_crash_keeps_a_prefix_and_a_checkpoint_is_one_step() {
    for keep in 0..4 {
        let journal = manual();
        let mut log = journal.open(b"d").unwrap().log;
        log.append(&records(&["a"]), Durability::Sync).unwrap();
        journal.complete();
        log.append(&records(&["b"]), Durability::Lazy).unwrap();
        log.checkpoint(&records(&["S", "T"]), Durability::Lazy).unwrap();
        log.append(&records(&["c"]), Durability::Lazy).unwrap();
        journal.crash_keeping(|_, waiting| {
            assert_eq!(waiting, 3);
            keep
        });
        let expected = [&["a"][..], &["a", "b"], &["S", "T"], &["S", "T", "c"]][keep];
        assert_eq!(journal.open(b"d").unwrap().records, records(expected));
    }
}

#[test]
fn a_failed_sync_is_final() {
    let journal = MemoryJournal::default();
    let mut log = journal.open(b"d").unwrap().log;
    let safe = log.append(&records(&["a"]), Durability::Sync).unwrap();
    let error = Error::storage("sync", "no space left");
    journal.fail_next_sync(error.clone());
    assert_eq!(log.append(&records(&["b"]), Durability::Sync), Err(error.clone()));
    assert_eq!(log.append(&records(&["c"]), Durability::Sync), Err(error.clone()));
    assert_eq!(log.progress().durable, safe);
    assert_eq!(log.progress().failed, Some(error));
}

#[test]
fn quotas_refuse_whole_appends() {
    let quota =
        Quota { dialogue_records: 3, journal_octets: 10, record_octets: 6, dialogues: 2, ..Quota::default() };
    let journal = MemoryJournal::new(MemoryOptions { quota, manual: false });
    let mut one = journal.open(b"1").unwrap().log;
    let mut two = journal.open(b"2").unwrap().log;
    assert!(matches!(journal.open(b"3"), Err(Error::Quota { limit: "dialogues", value: 2, wanted: 3 })));
    one.append(&records(&["aa", "bb"]), Durability::Sync).unwrap();
    let refused = one.append(&records(&["c", "d"]), Durability::Sync);
    assert_eq!(refused, Err(Error::Quota { limit: "records per dialogue", value: 3, wanted: 4 }));
    assert!(matches!(
        two.append(&records(&["1234567"]), Durability::Sync),
        Err(Error::Quota { limit: "octets of a record", .. })
    ));
    two.append(&records(&["123456"]), Durability::Sync).unwrap();
    let refused = one.append(&records(&["c"]), Durability::Sync);
    assert_eq!(refused, Err(Error::Quota { limit: "octets of the journal", value: 10, wanted: 11 }));
    assert_eq!(one.usage(), Usage { records: 2, octets: 4 });
    one.checkpoint(&records(&["abc"]), Durability::Sync).unwrap();
    one.append(&records(&["c"]), Durability::Sync).unwrap();
    drop(one);
    journal.remove(b"1").unwrap();
    assert!(matches!(journal.remove(b"2"), Err(Error::InUse { .. })));
    assert_eq!(journal.dialogues().unwrap(), [b"2"]);
    two.append(&records(&["1234"]), Durability::Sync).unwrap();
}

#[test]
fn names_have_1_to_255_octets() {
    let journal = MemoryJournal::default();
    assert!(matches!(journal.open(b""), Err(Error::Invalid(_))));
    assert!(matches!(journal.open(&[0; 256]), Err(Error::Invalid(_))));
    journal.open(&[0; 255]).unwrap();
}
