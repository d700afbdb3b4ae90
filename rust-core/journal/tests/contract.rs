//! Every store keeps the same promises; so does one that is made of callbacks, as a program in another language brings it.
mod common;

use osisession_journal::{
    Bytes, Compacted, Durability, Error, Journal, Log, MemoryJournal, Notify, Opened, Progress, Result,
    Token, Usage,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn memory() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::default());
    common::keeps_its_promises(&journal);
}

#[cfg(feature = "redb")]
#[test]
fn redb() {
    let folder = common::Folder::new("contract");
    let journal: Arc<dyn Journal> =
        Arc::new(osisession_journal::RedbJournal::open(folder.file("j")).unwrap());
    common::keeps_its_promises(&journal);
}

type Load = dyn Fn(&[u8]) -> Vec<Bytes> + Send + Sync;
type Store = dyn Fn(&[u8], &[Bytes], bool) + Send + Sync;
type Remove = dyn Fn(&[u8]) + Send + Sync;
type List = dyn Fn() -> Vec<Vec<u8>> + Send + Sync;

/// A store of the simplest kind: four functions that a program brings, each of which has done its work when it returns.
struct Callbacks {
    load: Box<Load>,
    store: Box<Store>,
    remove: Box<Remove>,
    list: Box<List>,
    owned: Mutex<BTreeSet<Vec<u8>>>,
}

/// Clones of the journal are the same journal.
#[derive(Clone)]
struct CallbackJournal(Arc<Callbacks>);

struct CallbackLog {
    journal: CallbackJournal,
    name: Vec<u8>,
    appended: u64,
    durable: u64,
    waiting: Vec<(Vec<Bytes>, bool)>,
    usage: Usage,
}

impl CallbackJournal {
    fn in_use(&self, name: &[u8]) -> Result<()> {
        if self.0.owned.lock().unwrap().contains(name) {
            return Err(Error::InUse { what: "dialogue".into(), owner: "this process".into() });
        }
        Ok(())
    }
}

impl Journal for CallbackJournal {
    fn open(&self, dialogue: &[u8]) -> Result<Opened> {
        if !(1..=255).contains(&dialogue.len()) {
            return Err(Error::Invalid("name".into()));
        }
        self.in_use(dialogue)?;
        self.0.owned.lock().unwrap().insert(dialogue.to_vec());
        let records = (self.0.load)(dialogue);
        let usage = Usage::of(&records);
        let (journal, name) = (self.clone(), dialogue.to_vec());
        let log = CallbackLog { journal, name, appended: 0, durable: 0, waiting: Vec::new(), usage };
        Ok(Opened { records, log: Box::new(log) })
    }

    fn remove(&self, dialogue: &[u8]) -> Result<()> {
        self.in_use(dialogue)?;
        (self.0.remove)(dialogue);
        Ok(())
    }

    fn dialogues(&self) -> Result<Vec<Vec<u8>>> {
        Ok((self.0.list)())
    }

    fn compact(&self) -> Result<Compacted> {
        Ok(Compacted::default())
    }
}

impl Log for CallbackLog {
    fn append(&mut self, records: &[Bytes], durability: Durability) -> Result<Token> {
        self.usage = self.usage + Usage::of(records);
        self.put(records, durability, false)
    }

    fn checkpoint(&mut self, snapshot: &[Bytes], durability: Durability) -> Result<Token> {
        self.usage = Usage::of(snapshot);
        self.put(snapshot, durability, true)
    }

    fn sync(&mut self) -> Result<Token> {
        for (records, checkpoint) in self.waiting.drain(..) {
            (self.journal.0.store)(&self.name, &records, checkpoint);
        }
        self.durable = self.appended;
        Ok(Token(self.durable))
    }

    fn progress(&self) -> Progress {
        Progress { durable: Token(self.durable), appended: Token(self.appended), failed: None }
    }

    fn watch(&mut self, _: Option<Notify>) {}

    fn wait(&mut self, token: Token, _: Option<Duration>) -> Result<()> {
        if token.0 > self.appended {
            return Err(Error::Invalid("not appended".into()));
        }
        self.sync().map(|_| ())
    }

    fn usage(&self) -> Usage {
        self.usage
    }
}

impl CallbackLog {
    fn put(&mut self, records: &[Bytes], durability: Durability, checkpoint: bool) -> Result<Token> {
        self.appended += 1;
        self.waiting.push((records.to_vec(), checkpoint));
        if durability == Durability::Sync { self.sync() } else { Ok(Token(self.appended)) }
    }
}

impl Drop for CallbackLog {
    fn drop(&mut self) {
        let _ = self.sync();
        self.journal.0.owned.lock().unwrap().remove(&self.name);
    }
}

#[test]
fn callbacks() {
    type Shelf = Arc<Mutex<BTreeMap<Vec<u8>, Vec<Bytes>>>>;
    let shelf = Shelf::default();
    let of = || shelf.clone();
    let (one, two, three, four) = (of(), of(), of(), of());
    let journal: Arc<dyn Journal> = Arc::new(CallbackJournal(Arc::new(Callbacks {
        load: Box::new(move |name| one.lock().unwrap().get(name).cloned().unwrap_or_default()),
        store: Box::new(move |name, records, checkpoint| {
            let mut shelf = two.lock().unwrap();
            let all = shelf.entry(name.to_vec()).or_default();
            if checkpoint {
                all.clear();
            }
            all.extend_from_slice(records);
        }),
        remove: Box::new(move |name| drop(three.lock().unwrap().remove(name))),
        list: Box::new(move || four.lock().unwrap().keys().cloned().collect()),
        owned: Mutex::default(),
    })));
    common::keeps_its_promises(&journal);
}
