//! Messages a second into the journal at each level of durability, beside a bare append and sync of a file, and beside a bare
//! loop of commits of the store below. What is compared is measured in turns, so that a busy disk is busy for all.
//!
//! `journal [FOLDER [ROUNDS]]`: the file goes where you say, because the disk decides.
use bytes::Bytes;
use osisession_journal::{Durability, Journal, Log, RedbJournal, Token};
use redb::{Database, TableDefinition};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const RECORD: usize = 256;
const FLIGHT: usize = 64;
/// How long one thing is measured in one round.
const TURN: Duration = Duration::from_millis(400);
const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");

/// Something that is measured: does some messages and says how many.
struct Case {
    name: &'static str,
    /// What it is compared with, by name.
    beside: &'static str,
    run: Box<dyn FnMut() -> usize>,
    rates: Vec<f64>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let rounds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(7);
    let folder = folder.join(format!("osisession-journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder to write to");
    let mut cases = cases(&folder);
    for _ in 0..rounds {
        for case in &mut cases {
            (case.run)();
            let (begun, mut messages) = (Instant::now(), 0);
            while begun.elapsed() < TURN {
                messages += (case.run)();
            }
            case.rates.push(messages as f64 / begun.elapsed().as_secs_f64());
        }
    }
    println!("{RECORD} octets a message, {rounds} rounds of {} ms each; medians", TURN.as_millis());
    println!("{:<58}{:>12}{:>10}  beside", "", "messages/s", "ratio");
    for case in &cases {
        let base = cases.iter().find(|other| other.name == case.beside).unwrap_or(case);
        // Round by round: what disturbs both does not count.
        let ratios = case.rates.iter().zip(&base.rates).map(|(rate, base)| rate / base).collect();
        println!(
            "{:<58}{:>12.0}{:>10.2}  {}",
            case.name,
            median(case.rates.clone()),
            median(ratios),
            case.beside
        );
    }
    drop(cases);
    recovery(&folder);
    let _ = std::fs::remove_dir_all(&folder);
}

/// How long it takes to open a journal and the one dialogue in it: closed in order, and as a dead process leaves it.
fn recovery(folder: &Path) {
    println!("\n{:<24}{:>14}{:>16}{:>16}", "records", "file, MiB", "closed, ms", "crashed, ms");
    for records in [1_000, 10_000, 100_000, 250_000] {
        let (path, copy) = (folder.join("recovery"), folder.join("copy"));
        let journal = RedbJournal::open(&path).expect("a journal");
        let mut log = journal.open(b"d").expect("a dialogue").log;
        for _ in 0..records / 1000 {
            let token = log.append(&vec![record(); 1000], Durability::Sync).expect("room");
            log.wait(token, None).expect("a commit");
        }
        std::fs::copy(&path, &copy).expect("room");
        drop(log);
        journal.close().expect("a commit");
        let octets = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let [closed, crashed] = [&path, &copy].map(|path| {
            let begun = Instant::now();
            let journal = RedbJournal::open(path).expect("a journal");
            let opened = journal.open(b"d").expect("a dialogue");
            assert_eq!(opened.records.len(), records);
            begun.elapsed().as_secs_f64() * 1000.0
        });
        println!("{records:<24}{:>14.1}{closed:>16.1}{crashed:>16.1}", octets as f64 / f64::from(1 << 20));
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_file(copy);
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn record() -> Bytes {
    Bytes::from(vec![0x5a; RECORD])
}

/// Messages are taken away again now and then, as a dialogue does whose peer confirms.
const CHECKPOINT: u64 = 20_000;

fn cases(folder: &Path) -> Vec<Case> {
    let case = |name, beside, run| Case { name, beside, run, rates: Vec::new() };
    let mut all = vec![
        case("file: append, sync", "file: append, sync", bare_file(folder, "f1", 1)),
        case("redb: insert, commit", "file: append, sync", bare_redb(folder, "r1", 1)),
        case("journal: sync, 1 in flight", "redb: insert, commit", window(folder, "j1", 1)),
        case("file: 64 appends, sync", "file: 64 appends, sync", bare_file(folder, "f64", FLIGHT)),
        case("redb: 64 inserts, commit", "file: 64 appends, sync", bare_redb(folder, "r64", FLIGHT)),
        case(
            "journal: sync, 64 in flight, 1 dialogue",
            "redb: 64 inserts, commit",
            window(folder, "j64", FLIGHT),
        ),
        case(
            "journal: sync, 64 dialogues, 1 in flight each",
            "redb: 64 inserts, commit",
            dialogues(folder, "d64"),
        ),
        case("journal: sync, 64 dialogues, 64 threads", "redb: 64 inserts, commit", threads(folder, "t64")),
    ];
    for (name, level, file) in
        [("journal: lazy", Durability::Lazy, "lazy"), ("journal: memory", Durability::Memory, "memory")]
    {
        all.push(case(name, "redb: 64 inserts, commit", level_of(folder, file, level)));
    }
    all
}

fn bare_file(folder: &Path, name: &str, batch: usize) -> Box<dyn FnMut() -> usize> {
    let mut file = File::create(folder.join(name)).expect("a file");
    let octets = vec![0x5a; RECORD * batch];
    Box::new(move || {
        file.write_all(&octets).expect("room");
        file.sync_data().expect("a sync");
        batch
    })
}

fn bare_redb(folder: &Path, name: &str, batch: usize) -> Box<dyn FnMut() -> usize> {
    let database = Database::create(folder.join(name)).expect("a database");
    let octets = vec![0x5a; RECORD];
    let mut key = 0;
    Box::new(move || {
        let transaction = database.begin_write().expect("a transaction");
        {
            let mut table = transaction.open_table(TABLE).expect("a table");
            for _ in 0..batch {
                table.insert(key, octets.as_slice()).expect("room");
                key += 1;
            }
        }
        transaction.commit().expect("a commit");
        batch
    })
}

fn journal(folder: &Path, name: &str) -> &'static RedbJournal {
    // As long as the program: logs refer to it from closures.
    Box::leak(Box::new(RedbJournal::open(folder.join(name)).expect("a journal")))
}

fn put(log: &mut dyn Log, record: &Bytes, level: Durability) -> Token {
    let token = log.append(std::slice::from_ref(record), level).expect("room");
    if token.0.is_multiple_of(CHECKPOINT) {
        return log.checkpoint(&[], level).expect("room");
    }
    token
}

/// One dialogue, so many messages on their way.
fn window(folder: &Path, name: &str, flight: usize) -> Box<dyn FnMut() -> usize> {
    let mut log = journal(folder, name).open(b"d").expect("a dialogue").log;
    let record = record();
    Box::new(move || {
        for _ in 0..flight {
            let last = put(&mut *log, &record, Durability::Sync);
            // The one that left the window.
            log.wait(Token(last.0.saturating_sub(flight as u64 - 1)), None).expect("a commit");
        }
        flight
    })
}

/// Many dialogues, one thread that looks after them all, as an endpoint does.
fn dialogues(folder: &Path, name: &str) -> Box<dyn FnMut() -> usize> {
    let journal = journal(folder, name);
    let mut logs: Vec<Box<dyn Log>> = (0..FLIGHT as u32)
        .map(|number| journal.open(&number.to_le_bytes()).expect("a dialogue").log)
        .collect();
    let record = record();
    Box::new(move || {
        for log in &mut logs {
            let token = log.progress().appended;
            log.wait(token, None).expect("a commit");
            put(&mut **log, &record, Durability::Sync);
        }
        FLIGHT
    })
}

/// Many dialogues, each with a thread that waits for its message.
fn threads(folder: &Path, name: &str) -> Box<dyn FnMut() -> usize> {
    const EACH: usize = 50;
    let journal = journal(folder, name);
    let mut logs: Vec<Box<dyn Log>> = (0..FLIGHT as u32)
        .map(|number| journal.open(&number.to_le_bytes()).expect("a dialogue").log)
        .collect();
    Box::new(move || {
        std::thread::scope(|scope| {
            for log in &mut logs {
                scope.spawn(move || {
                    let record = record();
                    for _ in 0..EACH {
                        let token = put(&mut **log, &record, Durability::Sync);
                        log.wait(token, None).expect("a commit");
                    }
                });
            }
        });
        EACH * FLIGHT
    })
}

fn level_of(folder: &Path, name: &str, level: Durability) -> Box<dyn FnMut() -> usize> {
    let mut log = journal(folder, name).open(b"d").expect("a dialogue").log;
    let record = record();
    Box::new(move || {
        for _ in 0..FLIGHT {
            match log.append(std::slice::from_ref(&record), level) {
                Ok(token) if !token.0.is_multiple_of(CHECKPOINT) => {}
                // As fast as the disk in the end: wait when more waits than may.
                _ => {
                    let token = log.checkpoint(&[], level).or_else(|_| log.sync()).expect("a journal");
                    if level != Durability::Memory {
                        log.wait(token, None).expect("a commit");
                    }
                }
            }
        }
        FLIGHT
    })
}
