//! Files that are torn, cut or have bits flipped: the damage is reported, and what comes out is what was put in.
#![cfg(feature = "redb")]
mod common;

use common::{Folder, Random};
use osisession_journal::{Bytes, Durability, Error, Inspection, Journal, RedbJournal};
use std::collections::BTreeMap;
use std::path::Path;

type Content = BTreeMap<Vec<u8>, Vec<Bytes>>;

/// A file with three dialogues, one of them with a checkpoint, closed or left as a dead process leaves it.
fn make(path: &Path, closed: bool) -> Content {
    let journal = RedbJournal::open(path).unwrap();
    let mut content = Content::new();
    let mut random = Random(7);
    for (name, count) in [("alpha", 60), ("beta", 3), ("gamma", 200)] {
        let mut log = journal.open(name.as_bytes()).unwrap().log;
        if name == "alpha" {
            log.append(&vec![Bytes::from_static(b"old"); 40], Durability::Sync).unwrap();
            log.checkpoint(&[], Durability::Sync).unwrap();
        }
        let mut all = Vec::new();
        for number in 0..count {
            let length = random.below(300) as usize;
            let record = Bytes::from(format!("{name} {number} {}", "x".repeat(length)));
            let token = log.append(std::slice::from_ref(&record), Durability::Sync).unwrap();
            if number % 20 == 0 || number + 1 == count {
                log.wait(token, None).unwrap();
            }
            all.push(record);
        }
        content.insert(name.as_bytes().to_vec(), all);
    }
    if closed {
        journal.close().unwrap();
    } else {
        // A copy of a file that is in use is what a dead process leaves.
        let copy = path.with_extension("copy");
        std::fs::copy(path, &copy).unwrap();
        drop(journal);
        std::fs::rename(copy, path).unwrap();
    }
    content
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Whole,
    Reported,
}

/// Opens the file both ways. What is handed out must be right; the two must say the same.
fn judge(path: &Path, content: &Content) -> Verdict {
    let before = std::fs::read(path).unwrap();
    let look = look(path, content);
    assert!(std::fs::read(path).unwrap() == before, "looking changes nothing");
    let served = serve(path, content);
    assert_eq!(look, served);
    if served == Verdict::Reported {
        assert!(std::fs::read(path).unwrap() == before, "a damaged file is left as it was found");
    }
    look
}

fn look(path: &Path, content: &Content) -> Verdict {
    let inspection = match Inspection::open(path) {
        Ok(inspection) => inspection,
        Err(Error::Damaged(damage)) => {
            assert!(!damage.what.is_empty() && !damage.place.is_empty());
            return Verdict::Reported;
        }
        Err(other) => panic!("{other}"),
    };
    let mut verdict = Verdict::Whole;
    for (name, records) in content {
        let found = inspection.records(name).unwrap();
        let damaged = inspection.damages().iter().any(|damage| damage.dialogue.as_ref() == Some(name));
        if damaged {
            verdict = Verdict::Reported;
            assert_eq!(found.as_slice(), &records[..found.len()], "what is trusted is a prefix");
        } else {
            assert!(&found == records, "{} of {} records", found.len(), records.len());
        }
    }
    verdict
}

fn serve(path: &Path, content: &Content) -> Verdict {
    let journal = match RedbJournal::open(path) {
        Ok(journal) => journal,
        Err(Error::Damaged(_)) => return Verdict::Reported,
        Err(other) => panic!("{other}"),
    };
    let mut verdict = Verdict::Whole;
    for (name, records) in content {
        match journal.open(name) {
            Ok(opened) => assert!(&opened.records == records),
            Err(Error::Damaged(damage)) => {
                assert_eq!(damage.dialogue.as_ref(), Some(name));
                verdict = Verdict::Reported;
            }
            Err(other) => panic!("{other}"),
        }
    }
    verdict
}

fn attack(name: &str, closed: bool, mut damage: impl FnMut(&mut Vec<u8>, usize) -> bool) -> (usize, usize) {
    let folder = Folder::new(name);
    let original = folder.file("original");
    let content = make(&original, closed);
    let octets = std::fs::read(&original).unwrap();
    let victim = folder.file("victim");
    let (mut whole, mut reported, mut round) = (0, 0, 0);
    loop {
        let mut copy = octets.clone();
        if !damage(&mut copy, round) {
            return (whole, reported);
        }
        std::fs::write(&victim, &copy).unwrap();
        match judge(&victim, &content) {
            Verdict::Whole => whole += 1,
            Verdict::Reported => reported += 1,
        }
        round += 1;
    }
}

#[test]
fn a_file_left_by_a_dead_process_is_whole() {
    let folder = Folder::new("dead");
    for closed in [true, false] {
        let path = folder.file("j");
        let content = make(&path, closed);
        assert_eq!(judge(&path, &content), Verdict::Whole);
        assert_eq!(judge(&path, &content), Verdict::Whole, "and again");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_flipped_bit_is_harmless_or_reported() {
    for closed in [true, false] {
        let mut random = Random(if closed { 11 } else { 12 });
        let mut used = Vec::new();
        let (whole, reported) = attack("flip", closed, |octets, round| {
            if used.is_empty() {
                // Where something is written: the rest of the file is empty.
                used = (0..octets.len()).filter(|&at| octets[at] != 0).collect();
            }
            let at = used[random.below(used.len() as u64) as usize];
            octets[at] ^= 1 << random.below(8);
            round < 300
        });
        println!("closed {closed}: {whole} harmless, {reported} reported");
        assert!(reported > 100, "{reported}");
    }
}

#[test]
fn every_bit_of_the_front_page_and_of_the_commit_slots_is_harmless_or_reported() {
    for closed in [true, false] {
        let places: Vec<usize> =
            (0..24).chain(512..520).chain(1024..1036).chain(2048..2060).chain(4096..4416).collect();
        let (whole, reported) = attack("front", closed, |octets, round| {
            let Some(at) = places.get(round) else { return false };
            octets[*at] ^= 1 << (round % 8);
            true
        });
        println!("closed {closed}: {whole} harmless, {reported} reported");
        assert!(reported >= 24, "{reported}");
    }
}

#[test]
fn a_truncated_file_is_reported() {
    for closed in [true, false] {
        let mut random = Random(21);
        let (_, reported) = attack("cut", closed, |octets, round| {
            // Nothing at all is the file of a new journal: whoever has one says `create: false`.
            let length = match round {
                0 => 1,
                1 => 4095,
                2 => 4096,
                3 => 8192,
                4 => octets.len() - 1,
                _ => 1 + random.below(octets.len() as u64 - 1) as usize,
            };
            octets.truncate(length);
            round < 60
        });
        assert!(reported > 5, "{reported}");
    }
}

#[test]
fn a_torn_page_is_harmless_or_reported() {
    for closed in [true, false] {
        let mut random = Random(31);
        let (whole, reported) = attack("torn", closed, |octets, round| {
            let sectors = octets.len() as u64 / 512;
            let first = 512 * random.below(sectors) as usize;
            let count = 1 + random.below(8) as usize;
            let end = (first + 512 * count).min(octets.len());
            match random.below(3) {
                0 => octets[first..end].fill(0),
                1 => octets[first..end].fill(0xff),
                _ => octets[first..end].iter_mut().for_each(|octet| *octet = random.next() as u8),
            }
            round < 150
        });
        println!("closed {closed}: {whole} harmless, {reported} reported");
        assert!(reported > 10, "{reported}");
    }
}

/// Goes back to an older version of the database behind the newer front page, as a file system does that restores half a file.
#[test]
fn a_database_older_than_what_was_acknowledged_is_reported() {
    let folder = Folder::new("older");
    let path = folder.file("j");
    let put = |text: &'static str| {
        let journal = RedbJournal::open(&path).unwrap();
        let mut log = journal.open(b"d").unwrap().log;
        let token = log.append(&[Bytes::from_static(text.as_bytes())], Durability::Sync).unwrap();
        log.wait(token, None).unwrap();
        drop(log);
        journal.close().unwrap();
    };
    put("first");
    let old = std::fs::read(&path).unwrap();
    put("second");
    let mut mixed = std::fs::read(&path).unwrap();
    mixed.truncate(4096);
    mixed.extend_from_slice(&old[4096..]);
    std::fs::write(&path, &mixed).unwrap();
    match RedbJournal::open(&path) {
        Err(Error::Damaged(damage)) => {
            assert_eq!(damage.expected.as_deref(), Some("commit 2"));
            assert_eq!(damage.found.as_deref(), Some("commit 1"));
        }
        other => panic!("{:?}", other.err()),
    }
}

/// The first process died while it made the file: nothing was reported as durable, so nothing is damaged.
#[test]
fn a_file_that_was_never_finished_is_empty() {
    let folder = Folder::new("unborn");
    let path = folder.file("j");
    RedbJournal::open(&path).unwrap().close().unwrap();
    let front = std::fs::read(&path).unwrap()[..4096].to_vec();
    for length in [4096, 4097, 5000, 100_000] {
        let mut octets = front.clone();
        octets.resize(length, 0);
        std::fs::write(&path, &octets).unwrap();
        assert_eq!(Inspection::open(&path).unwrap().usage().records, 0);
        let journal = RedbJournal::open(&path).unwrap();
        let mut log = journal.open(b"d").unwrap().log;
        let token = log.append(&[Bytes::from_static(b"x")], Durability::Sync).unwrap();
        log.wait(token, None).unwrap();
        drop(log);
        journal.close().unwrap();
        // Once something was reported, it is not empty any more.
        let mut octets = std::fs::read(&path).unwrap();
        octets[4096..].fill(0);
        std::fs::write(&path, &octets).unwrap();
        assert!(matches!(RedbJournal::open(&path), Err(Error::Damaged(_))));
    }
}

#[test]
fn other_files_are_no_journals() {
    let folder = Folder::new("other");
    let path = folder.file("j");
    for (octets, word) in [(vec![b'x'; 10_000], "not a journal"), (vec![0; 3], "truncated")] {
        std::fs::write(&path, &octets).unwrap();
        let error = RedbJournal::open(&path).err().unwrap().to_string();
        assert!(error.contains(word), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), octets, "left alone");
    }
}
