//! The machine loses its power: of what was written since the last sync any part may be on the disk, sector by sector, in any order.
use super::disk::Step;
use super::file::Mode;
use super::store::RedbStore;
use crate::error::{Error, Result};
use crate::group::{Change, Store};
use crate::journal::Quota;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

type Content = BTreeMap<Vec<u8>, Vec<Bytes>>;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % limit
    }
}

/// A file of its own, gone at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("osisession-power-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn open(path: &Path) -> Result<RedbStore> {
    RedbStore::open(path, Mode::Create, Quota::default(), 1 << 20)
}

fn content(store: &RedbStore) -> Content {
    let names = store.index().dialogues.keys();
    names.map(|name| (name.clone(), store.read(name).unwrap())).collect()
}

/// Some commit, and what is there afterwards.
fn change(store: &mut RedbStore, random: &mut Random, expected: &mut Content) -> Result<()> {
    let names = [b"a".to_vec(), b"b".to_vec(), b"c".to_vec()];
    match random.below(20) {
        0 => {
            let name = &names[random.below(3) as usize];
            store.remove(name)?;
            expected.remove(name);
            return Ok(());
        }
        1 => return store.compact().map(|_| ()),
        _ => {}
    }
    let mut changes = Vec::new();
    for name in names {
        if random.below(2) == 0 {
            continue;
        }
        let id = store.load(&name)?.id;
        let checkpoint = random.below(6) == 0;
        let records: Vec<Bytes> = (0..1 + random.below(4))
            .map(|_| Bytes::from(vec![random.below(256) as u8; random.below(3000) as usize]))
            .collect();
        let all = expected.entry(name).or_default();
        if checkpoint {
            all.clear();
        }
        all.extend_from_slice(&records);
        changes.push(Change { id, checkpoint, records });
    }
    store.commit(&changes).map(|_| ())
}

/// What the disk may hold when the power goes after this many steps.
fn image(base: &[u8], steps: &[Step], cut: usize, random: &mut Random) -> Vec<u8> {
    let synced = steps[..cut].iter().rposition(|step| matches!(step, Step::Sync)).map_or(0, |at| at + 1);
    let mut disk = base.to_vec();
    for (number, step) in steps[..cut].iter().enumerate() {
        let certain = number < synced;
        match step {
            Step::Sync => {}
            Step::Length(length) => {
                if certain || random.below(2) == 0 {
                    disk.resize(*length as usize, 0);
                }
            }
            Step::Write(offset, data) => {
                let whole = random.below(2) == 0;
                let mut at = 0;
                while at < data.len() {
                    let sector = 512 - (*offset as usize + at) % 512;
                    let end = (at + sector).min(data.len());
                    if certain || (whole && random.below(8) > 0) || random.below(3) == 0 {
                        let (from, to) = (*offset as usize + at, *offset as usize + end);
                        disk.resize(disk.len().max(to), 0);
                        disk[from..to].copy_from_slice(&data[at..end]);
                    }
                    at = end;
                }
            }
        }
    }
    disk
}

#[test]
fn what_was_committed_survives_a_loss_of_power_at_any_moment() {
    let (original, victim) = (Scratch::new("original"), Scratch::new("victim"));
    let mut random = Random(0x00C0_FFEE);
    for life in 0..4 {
        let base = std::fs::read(&original.0).unwrap_or_default();
        let mut store = open(&original.0).unwrap();
        let mut expected = content(&store);
        let disk = store.disk();
        // After so many steps this was reported.
        let mut reported = vec![(disk.trace().steps.lock().len(), expected.clone())];
        for _ in 0..40 {
            change(&mut store, &mut random, &mut expected).unwrap();
            reported.push((disk.trace().steps.lock().len(), expected.clone()));
        }
        if life % 2 == 0 {
            store.close().unwrap();
        }
        drop(store);
        let steps = disk.trace().steps.lock().clone();
        assert!(steps.len() > 300, "{}", steps.len());
        drop(disk);
        let mut survived = [0, 0];
        for _ in 0..400 {
            let cut = random.below(steps.len() as u64 + 1) as usize;
            std::fs::write(&victim.0, image(&base, &steps, cut, &mut random)).unwrap();
            let last = reported.iter().rposition(|(step, _)| *step <= cut);
            let found = match open(&victim.0) {
                Ok(store) => content(&store),
                // The file itself was being made; nothing was reported.
                Err(Error::Damaged(_)) if last.is_none() && base.is_empty() => continue,
                Err(error) => panic!("life {life}, cut {cut}: {error}"),
            };
            // What was reported, or with it the commit that was under way.
            let before = last.map(|last| &reported[last].1);
            let under_way = reported.get(last.map_or(0, |last| last + 1)).map(|(_, content)| content);
            if Some(&found) == before {
                survived[0] += 1;
            } else {
                assert_eq!(Some(&found), under_way, "life {life}, cut {cut}");
                survived[1] += 1;
            }
        }
        println!(
            "life {life}: {} steps; as reported {}, one commit more {}",
            steps.len(),
            survived[0],
            survived[1]
        );
        assert!(survived[0] > 100);
    }
}

#[test]
fn a_sync_that_fails_is_never_tried_again() {
    let file = Scratch::new("sync");
    let mut random = Random(5);
    let mut expected = Content::new();
    let mut store = open(&file.0).unwrap();
    for _ in 0..5 {
        change(&mut store, &mut random, &mut expected).unwrap();
    }
    let before = expected.clone();
    let id = store.load(b"a").unwrap().id;
    let record = [Bytes::from_static(b"not durable")];
    let more = || Change { id, checkpoint: false, records: record.to_vec() };
    let disk = store.disk();
    disk.trace().fail_syncs.store(true, Ordering::Relaxed);
    assert!(matches!(store.commit(&[more()]), Err(Error::Storage { .. })));
    disk.trace().fail_syncs.store(false, Ordering::Relaxed);
    // The disk says that it is well again. Nobody believes it.
    assert!(matches!(store.commit(&[more()]), Err(Error::Storage { .. })));
    drop((store, disk));
    expected.entry(b"a".to_vec()).or_default().extend_from_slice(&record);
    let found = content(&open(&file.0).unwrap());
    assert!(found == before || found == expected);
}
