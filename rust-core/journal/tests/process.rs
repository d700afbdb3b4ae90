//! Real processes: killed at any moment, and with the disk full. What was reported as durable is there.
#![cfg(all(feature = "redb", unix))]
mod common;

use common::{Folder, Random};
use osisession_journal::{Bytes, Durability, Error, Inspection, Journal, RedbJournal, RedbOptions, Token};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Tells this program, started again by itself, what to do and with which file.
const ROLE: &str = "JOURNAL_TEST_ROLE";
const FILE: &str = "JOURNAL_TEST_FILE";
const THREADS: usize = 4;

/// The program that is started again. In an ordinary run there is nothing to do.
#[test]
fn child() {
    let (Ok(role), Some(file)) = (std::env::var(ROLE), std::env::var_os(FILE)) else { return };
    match role.as_str() {
        "append" => append(Path::new(&file)),
        "fill" => fill(Path::new(&file)),
        "dump" => dump(Path::new(&file)),
        other => panic!("{other}"),
    }
    std::process::exit(0);
}

fn say(text: &str) {
    // One write for a line: several threads speak, and the process may die at any time.
    std::io::stdout().lock().write_all(format!("\n{text}\n").as_bytes()).unwrap();
}

fn number(record: &Bytes) -> u64 {
    std::str::from_utf8(&record[1..]).unwrap().split(' ').next().unwrap().parse().unwrap()
}

/// The last number of these records: one snapshot, maybe, then every number behind it, each with its octets.
fn last(records: &[Bytes]) -> u64 {
    let mut expected = match records.first() {
        Some(first) if first[0] == b'S' => number(first),
        _ => 0,
    };
    for record in records {
        if record[0] == b'S' {
            assert_eq!(number(record), expected);
        } else {
            expected += 1;
            assert_eq!(*record, message(expected));
        }
    }
    expected
}

fn message(number: u64) -> Bytes {
    format!("M{number} {}", "m".repeat((number * 37 % 900) as usize)).into()
}

/// Appends for ever, and says what is durable.
fn append(path: &Path) {
    let journal = RedbJournal::open(path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let journal = &journal;
            scope.spawn(move || {
                let name = format!("d{thread}");
                let mut opened = journal.open(name.as_bytes()).unwrap();
                let mut at = last(&opened.records);
                say(&format!("ack {name} {at}"));
                loop {
                    let from = at;
                    let mut token = Token::default();
                    for _ in 0..1 + at % 5 {
                        at += 1;
                        token = opened.log.append(&[message(at)], Durability::Sync).unwrap();
                    }
                    if from / 100 != at / 100 {
                        let snapshot = Bytes::from(format!("S{at}"));
                        token = opened.log.checkpoint(&[snapshot], Durability::Lazy).unwrap();
                    }
                    opened.log.wait(token, None).unwrap();
                    say(&format!("ack {name} {at}"));
                }
            });
        }
    });
}

/// Appends until the disk is full.
fn fill(path: &Path) {
    let options = RedbOptions { create: true, ..RedbOptions::default() };
    let journal = RedbJournal::with_options(path, options).unwrap();
    let mut log = journal.open(b"d0").unwrap().log;
    let mut at = 0;
    let error = loop {
        let done = log.append(&[message(at + 1)], Durability::Sync).and_then(|token| log.wait(token, None));
        match done {
            Ok(()) => {
                at += 1;
                say(&format!("ack d0 {at}"));
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Storage { .. }), "{error}");
    // Final, and what was durable is still called so.
    assert_eq!(log.append(&[message(at + 1)], Durability::Sync), Err(error.clone()));
    assert_eq!(log.progress().durable, Token(at));
    assert!(journal.open(b"other").is_err());
    say(&format!("full {error}"));
}

fn dump(path: &Path) {
    let journal = RedbJournal::open(path).unwrap();
    say(&format!("found d0 {}", last(&journal.open(b"d0").unwrap().records)));
}

fn command(role: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]).env(ROLE, role).env(FILE, path);
    command
}

/// The highest number that each dialogue was told.
fn acknowledged(lines: impl Iterator<Item = String>, word: &str) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for line in lines {
        let mut words = line.split(' ');
        if words.next() != Some(word) {
            continue;
        }
        let (Some(name), Some(Ok(number))) = (words.next(), words.next().map(str::parse)) else { continue };
        all.insert(name.to_string(), number);
    }
    all
}

#[test]
fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    let rounds = if std::env::var_os("JOURNAL_TEST_LONG").is_some() { 1000 } else { 20 };
    let folder = Folder::new("kill");
    let path = folder.file("j");
    let mut random = Random(0x5eed);
    let mut total = 0;
    for round in 0..rounds {
        let mut child = command("append", &path).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || acknowledged(output.lines().map_while(Result::ok), "ack"));
        std::thread::sleep(Duration::from_micros(random.below(250_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let acknowledged = reader.join().unwrap();
        if !path.exists() {
            assert!(acknowledged.is_empty());
            continue;
        }
        if std::fs::metadata(&path).unwrap().len() == 0 {
            assert!(acknowledged.is_empty());
            continue;
        }
        let inspection = Inspection::open(&path).unwrap();
        assert!(inspection.damages().is_empty());
        for (name, number) in &acknowledged {
            let found = last(&inspection.records(name.as_bytes()).unwrap());
            assert!(found >= *number, "round {round}: {name} was told {number}, {found} are there");
            total = total.max(found);
        }
    }
    println!("{rounds} kills, up to {total} messages in a dialogue");
    assert!(total > 0);
}

fn check_full(output: &str, found: u64) {
    let told = acknowledged(output.lines().map(String::from), "ack").get("d0").copied().unwrap_or(0);
    assert!(told > 0, "{output}");
    assert!(output.contains("\nfull "), "{output}");
    // The commit that failed may have reached the disk: one more.
    assert!(found == told || found == told + 1, "told {told}, found {found}");
    println!("{told} before the disk was full, {found} found");
}

#[test]
fn a_file_that_may_not_grow_loses_nothing_that_was_acknowledged() {
    let folder = Folder::new("limit");
    let path = folder.file("j");
    for blocks in [400, 2100, 9000] {
        let shell = Command::new("sh")
            .arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""))
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(ROLE, "fill")
            .env(FILE, &path)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&shell.stdout).into_owned();
        assert!(shell.status.success(), "{output}{}", String::from_utf8_lossy(&shell.stderr));
        let journal = RedbJournal::open(&path).unwrap();
        let mut opened = journal.open(b"d0").unwrap();
        check_full(&output, last(&opened.records));
        // It goes on where it stopped.
        let next = last(&opened.records) + 1;
        let token = opened.log.append(&[message(next)], Durability::Sync).unwrap();
        opened.log.wait(token, None).unwrap();
        drop(opened);
        drop(journal);
        std::fs::remove_file(&path).unwrap();
    }
}

/// A file system that is full. It needs a mount of its own, so a kernel that gives users one; elsewhere it says that it was not run.
#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let folder = Folder::new("full");
    let place: PathBuf = folder.file("mount");
    std::fs::create_dir(&place).unwrap();
    let script = "mount -t tmpfs -o size=6m tmpfs \"$0\" || exit 77
        head -c 1000000 /dev/zero > \"$0/filler\"
        JOURNAL_TEST_ROLE=fill \"$@\" || exit 1
        rm \"$0/filler\"
        JOURNAL_TEST_ROLE=dump \"$@\" || exit 2";
    let run = Command::new("unshare")
        .args(["-rm", "sh", "-c", script])
        .arg(&place)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(FILE, place.join("j"))
        .output();
    let run = match run {
        Ok(run) if run.status.code() != Some(77) && !run.stderr.starts_with(b"unshare:") => run,
        other => {
            println!("not run: no mount of its own: {other:?}");
            return;
        }
    };
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{output}{}", String::from_utf8_lossy(&run.stderr));
    let found = acknowledged(output.lines().map(String::from), "found")["d0"];
    assert!(output.contains("No space left on device"), "{output}");
    check_full(&output, found);
}

#[test]
fn a_second_process_is_told_who_has_the_file() {
    let folder = Folder::new("two");
    let path = folder.file("j");
    let mut child = command("append", &path).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("ack ")));
    let drain = std::thread::spawn(move || lines.map_while(Result::ok).count());
    match RedbJournal::open(&path) {
        Err(Error::InUse { owner, .. }) => assert_eq!(owner, format!("process {}", child.id())),
        other => panic!("{:?}", other.err()),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drain.join().unwrap();
    RedbJournal::open(&path).unwrap();
}
