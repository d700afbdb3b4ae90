//! `osisession journal` as a user calls it.
use osisession_cli::{INVALID, USAGE, VALID, run};
use osisession_journal::{Bytes, Durability, Journal, RedbJournal};
use std::path::{Path, PathBuf};

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("osisession-journal-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn journal(args: &[&str], path: &Path) -> (i32, String, String) {
    let path = path.to_str().unwrap();
    let args = ["osisession", "journal", args[0], path].into_iter().chain(args[1..].iter().copied());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(args.map(|arg| (*arg).to_owned()).collect(), &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn make(path: &Path) {
    let journal = RedbJournal::open(path).unwrap();
    for (name, records) in [(&b"orders"[..], &["one", "two"][..]), (&[0x8f, 0, 1], &["snapshot"])] {
        let mut log = journal.open(name).unwrap().log;
        if name.len() == 3 {
            log.append(&[Bytes::from_static(b"before")], Durability::Sync).unwrap();
            log.checkpoint(&[], Durability::Sync).unwrap();
        }
        let records: Vec<Bytes> =
            records.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect();
        let token = log.append(&records, Durability::Sync).unwrap();
        log.wait(token, None).unwrap();
    }
    journal.close().unwrap();
}

#[test]
fn show_lists_dialogues_and_records() {
    let file = Scratch::new("show");
    make(&file.0);
    let (code, out, _) = journal(&["show"], &file.0);
    assert_eq!(code, VALID);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "orders: 2 records, 6 octets");
    assert!(lines[1].starts_with("0x8f0001: 1 records, 8 octets"), "{out}");
    let (code, out, _) = journal(&["show", "--dialogue", "orders", "--records"], &file.0);
    assert_eq!(code, VALID);
    assert!(out.contains("\n       1       3  74776f\n"), "{out}");
    let (_, out, _) = journal(&["show", "--dialogue", "0x8f0001", "--records", "--json"], &file.0);
    assert_eq!(
        out.lines().last().unwrap(),
        r#"{"type":"record","name":"8f0001","index":0,"length":8,"hex":"736e617073686f74"}"#
    );
    for (name, word) in [("none", "no dialogue none"), ("0x1", "not hex")] {
        let (code, _, err) = journal(&["show", "--dialogue", name], &file.0);
        assert_eq!(code, USAGE);
        assert!(err.contains(word), "{err}");
    }
}

#[test]
fn verify_says_whole_or_damaged() {
    let file = Scratch::new("verify");
    make(&file.0);
    let (code, out, _) = journal(&["verify"], &file.0);
    assert_eq!(code, VALID);
    assert!(out.starts_with("whole: 2 dialogues, 3 records, 14 octets, "), "{out}");
    let (code, out, _) = journal(&["verify", "--json"], &file.0);
    assert_eq!(code, VALID);
    assert!(
        out.starts_with(
            r#"{"type":"journal","whole":true,"dialogues":2,"damaged":0,"records":3,"octets":14,"#
        )
    );

    let mut octets = std::fs::read(&file.0).unwrap();
    let at = octets.windows(8).position(|window| window == b"snapshot").unwrap();
    octets[at] ^= 4;
    std::fs::write(&file.0, &octets).unwrap();
    for command in ["verify", "show", "compact"] {
        let (code, out, _) = journal(&[command], &file.0);
        assert_eq!(code, INVALID, "{command}: {out}");
        assert!(out.starts_with("damaged: "), "{out}");
        let (code, out, _) = journal(&[command, "--json"], &file.0);
        assert_eq!(code, INVALID);
        assert!(out.starts_with(r#"{"type":"damage","name":null,"place":""#), "{out}");
    }
    assert_eq!(std::fs::read(&file.0).unwrap(), octets, "left as it was found");
}

#[test]
fn compact_makes_it_smaller_and_a_journal_in_use_is_left_alone() {
    let file = Scratch::new("compact");
    make(&file.0);
    let served = RedbJournal::open(&file.0).unwrap();
    for command in ["verify", "show", "compact"] {
        let (code, _, err) = journal(&[command], &file.0);
        assert_eq!(code, USAGE);
        assert!(err.contains("is in use by"), "{err}");
    }
    let mut log = served.open(b"large").unwrap().log;
    log.append(&vec![Bytes::from(vec![1; 100_000]); 40], Durability::Sync).unwrap();
    log.checkpoint(&[], Durability::Sync).unwrap();
    log.append(&[Bytes::from_static(b"x")], Durability::Sync).unwrap();
    drop(log);
    served.close().unwrap();
    let before = std::fs::metadata(&file.0).unwrap().len();
    let (code, out, _) = journal(&["compact", "--json"], &file.0);
    assert_eq!(code, VALID);
    let after = std::fs::metadata(&file.0).unwrap().len();
    assert!(out.starts_with(&format!(r#"{{"type":"compacted","before":{before},"after":"#)), "{out}");
    assert!(after <= before);
    assert_eq!(journal(&["verify"], &file.0).0, VALID);
    let (code, _, err) = journal(&["show"], &file.0.with_extension("none"));
    assert_eq!(code, USAGE);
    assert!(err.contains("cannot open the journal"), "{err}");
}
