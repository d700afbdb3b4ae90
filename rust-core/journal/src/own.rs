//! A journal over a store of the user's own: group commit, quotas, ownership within the process, checksums and the watch for gaps are here,
//! and the store only has to keep octets.
use crate::error::{Damage, Error, Result};
use crate::frame::{checksum, take_u32, take_u64};
use crate::group::{Change, Group, Loaded, Pace, Store};
use crate::journal::{Compacted, Journal, Opened, Quota, Usage};
use bytes::Bytes;
use std::collections::HashMap;
use std::time::Duration;

/// Octets in front of each record: its place, low octet first, and a checksum over the name of the dialogue, the place and the record.
const HEAD: usize = 12;
/// How long something lazy waits for company.
const LAZY: Duration = Duration::from_millis(200);
/// Octets of one commit, at most, unless a single append has more.
const COMMIT: u64 = 8 << 20;

/// What a dialogue gets in one commit.
#[derive(Clone, Copy, Debug)]
pub struct OwnChange<'a> {
    /// The name of the dialogue.
    pub dialogue: &'a [u8],
    /// The records take the place of all that is there; otherwise they come behind it.
    pub replaces: bool,
    /// The records, each with 12 octets of the journal's in front.
    pub records: &'a [Bytes],
}

/// A store of the user's own. One thread of the library uses it, and every call may block.
///
/// Three things are asked of it: a commit is there as a whole or not at all, and once it has returned, whatever happens; records come back in their
/// order; and no other process has the dialogue meanwhile. Records that were changed, doubled or left out in the middle are found by the journal.
pub trait OwnStore: Send + 'static {
    /// Takes a dialogue and gives its records in their order; none if there is no such dialogue.
    ///
    /// # Errors
    /// `InUse`: another process has it. `Storage`.
    fn open(&mut self, dialogue: &[u8]) -> Result<Vec<Bytes>>;

    /// Gives a dialogue back.
    fn close(&mut self, dialogue: &[u8]);

    /// Keeps all of this. The dialogues are open.
    ///
    /// # Errors
    /// Final for the journal: what of it is there nobody knows.
    fn commit(&mut self, changes: &[OwnChange<'_>]) -> Result<()>;

    /// Removes a dialogue that is not open, and its records. It is no error if there is none.
    ///
    /// # Errors
    /// `Storage`.
    fn remove(&mut self, dialogue: &[u8]) -> Result<()>;

    /// The names of all dialogues that have records.
    ///
    /// # Errors
    /// `Storage`.
    fn dialogues(&mut self) -> Result<Vec<Vec<u8>>>;
}

/// A journal over an [`OwnStore`], with a thread of its own that writes.
pub struct OwnJournal {
    group: Group,
}

impl OwnJournal {
    /// A journal over this store. Quotas count the dialogues that are open.
    ///
    /// # Errors
    /// `Storage`: the system gives no thread.
    pub fn new(store: impl OwnStore, quota: Quota) -> Result<OwnJournal> {
        let adapter = Adapter { store, logs: HashMap::new(), next: 0 };
        Ok(OwnJournal {
            group: Group::new(adapter, Pace { quota, lazy_delay: LAZY, commit_octets: COMMIT })?,
        })
    }

    /// What the dialogues that are open hold, with what is not durable yet.
    pub fn usage(&self) -> Usage {
        self.group.usage()
    }
}

impl Journal for OwnJournal {
    fn open(&self, dialogue: &[u8]) -> Result<Opened> {
        self.group.open(dialogue)
    }

    fn remove(&self, dialogue: &[u8]) -> Result<()> {
        self.group.remove(dialogue)
    }

    fn dialogues(&self) -> Result<Vec<Vec<u8>>> {
        self.group.dialogues()
    }

    fn compact(&self) -> Result<Compacted> {
        self.group.compact()
    }
}

/// A dialogue that is open.
struct OpenLog {
    name: Vec<u8>,
    /// The place of the next record; it goes on across checkpoints.
    next: u64,
    usage: Usage,
}

struct Adapter<S> {
    store: S,
    logs: HashMap<u64, OpenLog>,
    next: u64,
}

fn frame(name: &[u8], place: u64, record: &[u8]) -> Bytes {
    let place = place.to_le_bytes();
    let sum = checksum(&[name, &place, record]).to_le_bytes();
    [&place[..], &sum, record].concat().into()
}

/// The place of a record, and the record.
fn unframe(name: &[u8], octets: &Bytes) -> Option<(u64, Bytes)> {
    let mut rest = &octets[..];
    let (place, sum) = (take_u64(&mut rest)?, take_u32(&mut rest)?);
    (sum == checksum(&[name, &place.to_le_bytes(), rest])).then(|| (place, octets.slice(HEAD..)))
}

fn read(name: &[u8], stored: &[Bytes]) -> Result<(u64, Vec<Bytes>)> {
    let damaged = |index: usize, what: String, expected: Option<String>| {
        Error::damaged(Damage {
            place: "a store of the program's own".into(),
            dialogue: Some(name.to_vec()),
            record: Some(index as u64),
            what,
            expected,
            ..Damage::default()
        })
    };
    let mut records = Vec::with_capacity(stored.len());
    let mut next = None;
    for (index, octets) in stored.iter().enumerate() {
        let Some((place, record)) = unframe(name, octets) else {
            return Err(damaged(index, "its checksum is wrong".into(), None));
        };
        if next.is_some_and(|next| next != place) {
            let expected = next.map(|next| format!("number {next}"));
            return Err(damaged(index, format!("it has the number {place}"), expected));
        }
        next = Some(place.wrapping_add(1));
        records.push(record);
    }
    Ok((next.unwrap_or(0), records))
}

impl<S: OwnStore> Store for Adapter<S> {
    const COUNTS_ALL: bool = false;

    fn load(&mut self, dialogue: &[u8]) -> Result<Loaded> {
        let stored = self.store.open(dialogue)?;
        let (next, records) = read(dialogue, &stored).inspect_err(|_| self.store.close(dialogue))?;
        let id = self.next;
        self.next += 1;
        self.logs.insert(id, OpenLog { name: dialogue.to_vec(), next, usage: Usage::of(&records) });
        Ok(Loaded { id, records })
    }

    fn release(&mut self, id: u64) -> Usage {
        let Some(log) = self.logs.remove(&id) else { return Usage::default() };
        self.store.close(&log.name);
        log.usage
    }

    fn commit(&mut self, changes: &[Change]) -> Result<Vec<(u64, Error)>> {
        let mut framed = Vec::with_capacity(changes.len());
        for change in changes {
            let Some(log) = self.logs.get_mut(&change.id) else { continue };
            let mut records = Vec::with_capacity(change.records.len());
            for record in &change.records {
                records.push(frame(&log.name, log.next, record));
                log.next = log.next.wrapping_add(1);
            }
            let added = Usage::of(&change.records);
            log.usage = if change.checkpoint { added } else { log.usage + added };
            framed.push((change.id, change.checkpoint, records));
        }
        let changes: Vec<OwnChange<'_>> = framed
            .iter()
            .filter_map(|(id, replaces, records)| {
                let log = self.logs.get(id)?;
                Some(OwnChange { dialogue: &log.name, replaces: *replaces, records })
            })
            .collect();
        if !changes.is_empty() {
            self.store.commit(&changes)?;
        }
        Ok(Vec::new())
    }

    fn remove(&mut self, dialogue: &[u8]) -> Result<Usage> {
        self.store.remove(dialogue)?;
        Ok(Usage::default())
    }

    fn dialogues(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut names = self.store.dialogues()?;
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn compact(&mut self) -> Result<Compacted> {
        Ok(Compacted::default())
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Durability;
    use parking_lot::Mutex;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Shelf(Arc<Mutex<BTreeMap<Vec<u8>, Vec<Bytes>>>>);

    impl OwnStore for Shelf {
        fn open(&mut self, dialogue: &[u8]) -> Result<Vec<Bytes>> {
            Ok(self.0.lock().get(dialogue).cloned().unwrap_or_default())
        }

        fn close(&mut self, _: &[u8]) {}

        fn commit(&mut self, changes: &[OwnChange<'_>]) -> Result<()> {
            let mut shelf = self.0.lock();
            for change in changes {
                if change.records.iter().any(|record| record.ends_with(b"refuse")) {
                    return Err(Error::storage("commit", "it does not want to"));
                }
                let log = shelf.entry(change.dialogue.to_vec()).or_default();
                if change.replaces {
                    log.clear();
                }
                log.extend(change.records.iter().cloned());
            }
            Ok(())
        }

        fn remove(&mut self, dialogue: &[u8]) -> Result<()> {
            self.0.lock().remove(dialogue);
            Ok(())
        }

        fn dialogues(&mut self) -> Result<Vec<Vec<u8>>> {
            Ok(self.0.lock().keys().cloned().collect())
        }
    }

    fn append(opened: &mut Opened, records: &[&'static str]) -> Result<()> {
        let records: Vec<Bytes> = records.iter().map(|record| Bytes::from(*record)).collect();
        let token = opened.log.append(&records, Durability::Sync)?;
        opened.log.wait(token, None)
    }

    #[test]
    fn what_was_committed_comes_back() {
        let shelf = Shelf::default();
        let journal = OwnJournal::new(shelf.clone(), Quota::default()).unwrap();
        let mut opened = journal.open(b"a").unwrap();
        assert!(opened.records.is_empty());
        append(&mut opened, &["one", "two"]).unwrap();
        assert!(matches!(journal.open(b"a"), Err(Error::InUse { .. })));
        let token = opened.log.checkpoint(&["both".into()], Durability::Sync).unwrap();
        opened.log.wait(token, None).unwrap();
        append(&mut opened, &["three"]).unwrap();
        drop(opened);
        drop(journal);
        let journal = OwnJournal::new(shelf, Quota::default()).unwrap();
        assert_eq!(journal.dialogues().unwrap(), [b"a".to_vec()]);
        let opened = journal.open(b"a").unwrap();
        assert_eq!(opened.records, ["both", "three"]);
        drop(opened);
        journal.remove(b"a").unwrap();
        assert!(journal.dialogues().unwrap().is_empty());
    }

    #[test]
    fn what_is_not_as_it_was_is_found() {
        type Harm = fn(&mut Vec<Bytes>);
        let harms: [(&str, Harm); 5] = [
            ("flipped", |log| {
                let mut octets = log[1].to_vec();
                *octets.last_mut().unwrap() ^= 1;
                log[1] = octets.into();
            }),
            ("cut", |log| log[1] = log[1].slice(..HEAD - 1)),
            ("left out", |log| drop(log.remove(1))),
            ("doubled", |log| log.insert(1, log[1].clone())),
            ("in another order", |log| log.swap(1, 2)),
        ];
        for (what, harm) in harms {
            let shelf = Shelf::default();
            let journal = OwnJournal::new(shelf.clone(), Quota::default()).unwrap();
            append(&mut journal.open(b"a").unwrap(), &["one", "two", "three"]).unwrap();
            drop(journal);
            harm(shelf.0.lock().get_mut(&b"a"[..]).unwrap());
            let journal = OwnJournal::new(shelf, Quota::default()).unwrap();
            assert!(matches!(journal.open(b"a"), Err(Error::Damaged(_))), "{what}");
        }
    }

    #[test]
    fn records_of_another_dialogue_are_not_believed() {
        let shelf = Shelf::default();
        let journal = OwnJournal::new(shelf.clone(), Quota::default()).unwrap();
        append(&mut journal.open(b"a").unwrap(), &["one"]).unwrap();
        let records = shelf.0.lock()[&b"a"[..]].clone();
        shelf.0.lock().insert(b"b".to_vec(), records);
        assert!(matches!(journal.open(b"b"), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_commit_that_fails_is_final() {
        let journal = OwnJournal::new(Shelf::default(), Quota::default()).unwrap();
        let mut opened = journal.open(b"a").unwrap();
        append(&mut opened, &["one"]).unwrap();
        assert!(matches!(append(&mut opened, &["refuse"]), Err(Error::Storage { .. })));
        assert!(append(&mut opened, &["two"]).is_err());
        assert!(journal.open(b"b").is_err());
    }
}
