//! A journal in memory. For tests it can forget what was not synced, as a machine does that loses its power.
use crate::error::{Error, Result, name_text};
use crate::journal::{
    Compacted, Durability, Journal, Log, Notify, Opened, Progress, Quota, Token, Usage, check_name,
};
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a [`MemoryJournal`] behaves.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MemoryOptions {
    /// Limits.
    pub quota: Quota,
    /// Syncs end only when [`MemoryJournal::complete`] is called, not at once.
    pub manual: bool,
}

/// A journal in memory. Clones are the same journal.
#[derive(Clone, Default)]
pub struct MemoryJournal {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    options: MemoryOptions,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    dialogues: BTreeMap<Vec<u8>, Dialogue>,
    /// Counts crashes and owners: a log of an earlier one is not the owner any more.
    owners: u64,
    usage: Usage,
    fail_next: Option<Error>,
}

#[derive(Default)]
struct Dialogue {
    durable: Vec<Bytes>,
    /// What a crash forgets, in order.
    waiting: Vec<Entry>,
    /// Both together.
    usage: Usage,
    owner: Option<Owner>,
}

#[derive(Default)]
struct Owner {
    id: u64,
    appended: u64,
    synced: u64,
    /// A sync was asked for up to here.
    wanted: u64,
    notify: Option<Notify>,
    failed: Option<Error>,
}

struct Entry {
    token: u64,
    records: Vec<Bytes>,
    checkpoint: bool,
}

impl Dialogue {
    /// Makes what waits durable, up to this token.
    fn settle(&mut self, upto: u64) {
        let count = self.waiting.iter().take_while(|entry| entry.token <= upto).count();
        for entry in self.waiting.drain(..count) {
            if entry.checkpoint {
                self.durable.clear();
            }
            self.durable.extend(entry.records);
        }
    }
}

impl MemoryJournal {
    /// A journal that behaves like this.
    pub fn new(options: MemoryOptions) -> MemoryJournal {
        MemoryJournal { inner: Arc::new(Inner { options, ..Inner::default() }) }
    }

    /// Ends the syncs that are under way, as if the disk had answered; returns how many logs went on. For `manual`.
    pub fn complete(&self) -> usize {
        let mut state = self.inner.state.lock();
        let mut told = Vec::new();
        for dialogue in state.dialogues.values_mut() {
            let Some(owner) = &mut dialogue.owner else { continue };
            if owner.failed.is_some() || owner.wanted <= owner.synced {
                continue;
            }
            let upto = owner.wanted;
            owner.synced = upto;
            told.push(owner.notify.clone());
            dialogue.settle(upto);
        }
        drop(state);
        self.inner.changed.notify_all();
        let count = told.len();
        told.into_iter().flatten().for_each(|notify| notify());
        count
    }

    /// The process dies: what is not durable is forgotten, and all logs lose their owners. Logs that still exist fail.
    pub fn crash(&self) {
        self.crash_keeping(|_, _| 0);
    }

    /// As [`MemoryJournal::crash`], but for each dialogue a prefix of what was not synced survives, as it may on a real disk: the
    /// function gets its name and how many appends wait, and says how many of them survive.
    pub fn crash_keeping(&self, mut keep: impl FnMut(&[u8], usize) -> usize) {
        let mut state = self.inner.state.lock();
        for (name, dialogue) in &mut state.dialogues {
            let count = keep(name, dialogue.waiting.len());
            if let Some(last) = count.checked_sub(1).and_then(|index| dialogue.waiting.get(index)) {
                let token = last.token;
                dialogue.settle(token);
            }
            dialogue.waiting.clear();
            dialogue.usage = Usage::of(&dialogue.durable);
            dialogue.owner = None;
        }
        state.usage = state.dialogues.values().fold(Usage::default(), |sum, dialogue| sum + dialogue.usage);
        drop(state);
        self.inner.changed.notify_all();
    }

    /// The next sync of any log fails with this.
    pub fn fail_next_sync(&self, error: Error) {
        self.inner.state.lock().fail_next = Some(error);
    }

    /// What a crash would leave of a dialogue.
    pub fn durable_records(&self, dialogue: &[u8]) -> Vec<Bytes> {
        self.inner.state.lock().dialogues.get(dialogue).map(|found| found.durable.clone()).unwrap_or_default()
    }
}

impl Journal for MemoryJournal {
    fn open(&self, dialogue: &[u8]) -> Result<Opened> {
        check_name(dialogue)?;
        let mut state = self.inner.state.lock();
        let limit = self.inner.options.quota.dialogues;
        let count = state.dialogues.len() as u64;
        if !state.dialogues.contains_key(dialogue) && count >= limit {
            return Err(Error::Quota { limit: "dialogues", value: limit, wanted: count + 1 });
        }
        state.owners += 1;
        let id = state.owners;
        let entry = state.dialogues.entry(dialogue.to_vec()).or_default();
        if entry.owner.is_some() {
            return Err(in_use(dialogue));
        }
        entry.owner = Some(Owner { id, ..Owner::default() });
        let records = entry.durable.clone();
        let log = MemoryLog { inner: self.inner.clone(), name: dialogue.to_vec(), id };
        Ok(Opened { records, log: Box::new(log) })
    }

    fn remove(&self, dialogue: &[u8]) -> Result<()> {
        check_name(dialogue)?;
        let mut state = self.inner.state.lock();
        if state.dialogues.get(dialogue).is_some_and(|found| found.owner.is_some()) {
            return Err(in_use(dialogue));
        }
        if let Some(removed) = state.dialogues.remove(dialogue) {
            state.usage = state.usage - removed.usage;
        }
        Ok(())
    }

    fn dialogues(&self) -> Result<Vec<Vec<u8>>> {
        Ok(self.inner.state.lock().dialogues.keys().cloned().collect())
    }

    fn compact(&self) -> Result<Compacted> {
        Ok(Compacted::default())
    }
}

fn in_use(dialogue: &[u8]) -> Error {
    Error::InUse { what: format!("dialogue {}", name_text(dialogue)), owner: "this process".into() }
}

struct MemoryLog {
    inner: Arc<Inner>,
    name: Vec<u8>,
    id: u64,
}

impl MemoryLog {
    fn with<T>(&self, act: impl FnOnce(&mut State, &MemoryOptions) -> Result<T>) -> Result<T> {
        act(&mut self.inner.state.lock(), &self.inner.options)
    }

    fn put(&mut self, records: &[Bytes], durability: Durability, checkpoint: bool) -> Result<Token> {
        let token = self.with(|state, options| {
            let total = state.usage;
            let (dialogue, id) = owned(state, &self.name, self.id)?;
            let (old, more) = (dialogue.usage, Usage::of(records));
            let new = if checkpoint { more } else { old + more };
            let total = total - old + new;
            options.quota.check(new, total, records)?;
            let waiting: u64 = dialogue.waiting.iter().map(|entry| Usage::of(&entry.records).octets).sum();
            if options.manual && waiting + more.octets > options.quota.waiting_octets {
                return Err(Error::Busy { waiting, limit: options.quota.waiting_octets });
            }
            let owner = dialogue.owner.as_mut().filter(|owner| owner.id == id).ok_or(Error::Closed)?;
            owner.appended += 1;
            let token = owner.appended;
            dialogue.waiting.push(Entry { token, records: records.to_vec(), checkpoint });
            dialogue.usage = new;
            state.usage = total;
            Ok(Token(token))
        })?;
        match durability {
            Durability::Sync => self.sync(),
            Durability::Lazy | Durability::Memory => Ok(token),
        }
    }
}

/// The dialogue, if this owner still has it and it has not failed.
fn owned<'a>(state: &'a mut State, name: &[u8], id: u64) -> Result<(&'a mut Dialogue, u64)> {
    let dialogue = state.dialogues.get_mut(name).ok_or(Error::Closed)?;
    match &dialogue.owner {
        Some(owner) if owner.id == id => match &owner.failed {
            Some(error) => Err(error.clone()),
            None => Ok((dialogue, id)),
        },
        _ => Err(Error::Closed),
    }
}

impl Log for MemoryLog {
    fn append(&mut self, records: &[Bytes], durability: Durability) -> Result<Token> {
        self.put(records, durability, false)
    }

    fn checkpoint(&mut self, snapshot: &[Bytes], durability: Durability) -> Result<Token> {
        self.put(snapshot, durability, true)
    }

    fn sync(&mut self) -> Result<Token> {
        self.with(|state, options| {
            let failure = state.fail_next.take();
            let (dialogue, _) = owned(state, &self.name, self.id)?;
            let Some(owner) = &mut dialogue.owner else { return Err(Error::Closed) };
            if let Some(error) = failure {
                owner.failed = Some(error.clone());
                return Err(error);
            }
            let upto = owner.appended;
            owner.wanted = upto;
            if !options.manual {
                owner.synced = upto;
                dialogue.settle(upto);
            }
            Ok(Token(upto))
        })
    }

    fn progress(&self) -> Progress {
        let mut state = self.inner.state.lock();
        match state.dialogues.get_mut(&self.name).and_then(|dialogue| dialogue.owner.as_ref()) {
            Some(owner) if owner.id == self.id => Progress {
                durable: Token(owner.synced),
                appended: Token(owner.appended),
                failed: owner.failed.clone(),
            },
            _ => Progress { failed: Some(Error::Closed), ..Progress::default() },
        }
    }

    fn watch(&mut self, notify: Option<Notify>) {
        let _ = self.with(|state, _| {
            let (dialogue, _) = owned(state, &self.name, self.id)?;
            if let Some(owner) = &mut dialogue.owner {
                owner.notify = notify;
            }
            Ok(())
        });
    }

    fn wait(&mut self, token: Token, timeout: Option<Duration>) -> Result<()> {
        let progress = self.progress();
        if progress.durable >= token {
            return Ok(());
        }
        if token > progress.appended && progress.failed.is_none() {
            return Err(Error::Invalid(format!("{} were appended, not {}", progress.appended.0, token.0)));
        }
        self.sync()?;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.inner.state.lock();
        loop {
            let (dialogue, _) = owned(&mut state, &self.name, self.id)?;
            if dialogue.owner.as_ref().is_some_and(|owner| owner.synced >= token.0) {
                return Ok(());
            }
            match deadline {
                None => self.inner.changed.wait(&mut state),
                Some(deadline) => {
                    if self.inner.changed.wait_until(&mut state, deadline).timed_out() {
                        return Err(Error::TimedOut);
                    }
                }
            }
        }
    }

    fn usage(&self) -> Usage {
        self.inner.state.lock().dialogues.get(&self.name).map(|found| found.usage).unwrap_or_default()
    }

    fn capacity(&self) -> Option<Usage> {
        Some(self.inner.options.quota.of_dialogue())
    }
}

impl Drop for MemoryLog {
    fn drop(&mut self) {
        let mut state = self.inner.state.lock();
        let Some(dialogue) = state.dialogues.get_mut(&self.name) else { return };
        if dialogue.owner.as_ref().is_none_or(|owner| owner.id != self.id) {
            return;
        }
        // An orderly end: what a file would have got on its own is there. A crash comes as `crash`.
        dialogue.settle(u64::MAX);
        dialogue.owner = None;
    }
}
