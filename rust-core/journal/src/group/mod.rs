//! Group commit: many logs, many threads, one writer. What all of them append while one commit is under way goes with the next.
//!
//! A store below only has to load and to commit; queues, levels of durability, quotas and ownership within the process are here.
mod log;
mod writer;

use crate::error::{Error, Result, name_text};
use crate::journal::{Compacted, Notify, Opened, Quota, Token, Usage, check_name};
use bytes::Bytes;
use log::GroupLog;
use parking_lot::{Condvar, Mutex};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a dialogue's log gets in one commit.
#[derive(Debug)]
pub(crate) struct Change {
    /// The dialogue, by the number that `load` gave.
    pub(crate) id: u64,
    /// These records take the place of all that is there.
    pub(crate) checkpoint: bool,
    pub(crate) records: Vec<Bytes>,
}

/// A dialogue that was taken.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) id: u64,
    pub(crate) records: Vec<Bytes>,
}

/// What lies below. One thread uses it.
pub(crate) trait Store: Send + 'static {
    /// Quotas of the journal count all that is there. Otherwise they count the dialogues that are open here.
    const COUNTS_ALL: bool;
    /// Takes a dialogue. The caller has seen to it that nobody in this process has it.
    fn load(&mut self, dialogue: &[u8]) -> Result<Loaded>;
    /// Gives it back. Returns what is stored of it.
    fn release(&mut self, id: u64) -> Usage;
    /// Makes all of this durable. Returns the dialogues that got nothing, and why; an `Err` is final for the store, and says
    /// nothing about what of it is there.
    fn commit(&mut self, changes: &[Change]) -> Result<Vec<(u64, Error)>>;
    /// Removes a dialogue that nobody in this process has.
    fn remove(&mut self, dialogue: &[u8]) -> Result<Usage>;
    fn dialogues(&mut self) -> Result<Vec<Vec<u8>>>;
    fn compact(&mut self) -> Result<Compacted>;
    /// What is there, of all dialogues; with `COUNTS_ALL` false, nothing.
    fn usage(&self) -> Usage;
    /// The end.
    fn close(&mut self) -> Result<()>;
}

/// How the writer works.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    pub(crate) quota: Quota,
    /// How long something lazy may wait.
    pub(crate) lazy_delay: Duration,
    /// Octets of one commit, at most, unless a single append has more.
    pub(crate) commit_octets: u64,
}

pub(crate) struct Shared {
    pace: Pace,
    state: Mutex<State>,
    /// The writer waits here.
    work: Condvar,
}

#[derive(Default)]
struct State {
    logs: HashMap<u64, LogState>,
    names: HashMap<Vec<u8>, u64>,
    /// Logs that have something to be written now, or to be given back.
    ready: VecDeque<u64>,
    /// Logs that have something lazy.
    lazy: Vec<u64>,
    lazy_at: Option<Instant>,
    /// Appends that are ready, and how many the writer waits for.
    gathered: u64,
    target: u64,
    commands: VecDeque<Command>,
    /// Octets that wait to be written.
    waiting: u64,
    /// What is there once all that waits is written.
    usage: Usage,
    failed: Option<Error>,
    closing: bool,
}

struct LogState {
    name: Vec<u8>,
    entries: VecDeque<Entry>,
    appended: u64,
    durable: u64,
    /// Up to here it is to be written now; up to here soon.
    wanted: u64,
    lazy: u64,
    usage: Usage,
    notify: Option<Notify>,
    failed: Option<Error>,
    /// The log was dropped.
    closing: bool,
    ready: bool,
    changed: Arc<Condvar>,
}

struct Entry {
    token: u64,
    records: Vec<Bytes>,
    octets: u64,
    checkpoint: bool,
}

enum Command {
    Open(Vec<u8>, SyncSender<Result<(u64, Loaded)>>),
    Remove(Vec<u8>, SyncSender<Result<()>>),
    Dialogues(SyncSender<Result<Vec<Vec<u8>>>>),
    Compact(SyncSender<Result<Compacted>>),
}

/// The journal over a store.
pub(crate) struct Group {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<Result<()>>>,
}

impl Group {
    pub(crate) fn new(store: impl Store, pace: Pace) -> Result<Group> {
        let state = State { usage: store.usage(), ..State::default() };
        let shared = Arc::new(Shared { pace, state: Mutex::new(state), work: Condvar::new() });
        let for_writer = shared.clone();
        let writer = std::thread::Builder::new()
            .name("osisession-journal".into())
            .spawn(move || {
                // Whatever happens to the writer: nobody waits for it for ever.
                let ended = catch_unwind(AssertUnwindSafe(|| writer::run(&for_writer, store)));
                ended.unwrap_or_else(|_| {
                    let error = Error::storage("write", "the writer panicked");
                    let mut state = for_writer.state.lock();
                    let notify = state.fail(&error);
                    state.commands.clear();
                    drop(state);
                    writer::tell(&notify);
                    Err(error)
                })
            })
            .map_err(|error| Error::storage("start the writer", error))?;
        Ok(Group { shared, writer: Some(writer) })
    }

    fn ask<T>(&self, command: impl FnOnce(SyncSender<Result<T>>) -> Command) -> Result<T> {
        let (sender, receiver) = sync_channel(1);
        {
            let mut state = self.shared.state.lock();
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            state.commands.push_back(command(sender));
        }
        self.shared.work.notify_one();
        receiver.recv().unwrap_or(Err(Error::Closed))
    }

    pub(crate) fn open(&self, dialogue: &[u8]) -> Result<Opened> {
        check_name(dialogue)?;
        let (id, loaded) = self.ask(|sender| Command::Open(dialogue.to_vec(), sender))?;
        Ok(Opened { records: loaded.records, log: Box::new(GroupLog { shared: self.shared.clone(), id }) })
    }

    pub(crate) fn remove(&self, dialogue: &[u8]) -> Result<()> {
        check_name(dialogue)?;
        self.ask(|sender| Command::Remove(dialogue.to_vec(), sender))
    }

    pub(crate) fn dialogues(&self) -> Result<Vec<Vec<u8>>> {
        self.ask(Command::Dialogues)
    }

    pub(crate) fn compact(&self) -> Result<Compacted> {
        self.ask(Command::Compact)
    }

    pub(crate) fn usage(&self) -> Usage {
        self.shared.state.lock().usage
    }

    /// Writes what is to be written and ends the writer.
    pub(crate) fn close(&mut self) -> Result<()> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        self.shared.state.lock().closing = true;
        self.shared.work.notify_one();
        writer.join().unwrap_or_else(|_| Err(Error::storage("write", "the writer panicked")))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

fn in_use(dialogue: &[u8]) -> Error {
    Error::InUse { what: format!("dialogue {}", name_text(dialogue)), owner: "this process".into() }
}

impl State {
    /// A log has something to do.
    fn make_ready(&mut self, id: u64) {
        if let Some(log) = self.logs.get_mut(&id)
            && !log.ready
        {
            log.ready = true;
            self.ready.push_back(id);
        }
    }

    /// Everything that waits fails; it goes no further.
    fn fail(&mut self, error: &Error) -> Vec<Notify> {
        self.failed.get_or_insert_with(|| error.clone());
        self.waiting = 0;
        let mut notify = Vec::new();
        for log in self.logs.values_mut() {
            log.entries.clear();
            if log.failed.is_none() {
                log.failed = Some(error.clone());
                notify.extend(log.notify.clone());
                log.changed.notify_all();
            }
        }
        notify
    }
}

impl LogState {
    fn new(name: Vec<u8>, records: &[Bytes]) -> LogState {
        LogState {
            name,
            entries: VecDeque::new(),
            appended: 0,
            durable: 0,
            wanted: 0,
            lazy: 0,
            usage: Usage::of(records),
            notify: None,
            failed: None,
            closing: false,
            ready: false,
            changed: Arc::new(Condvar::new()),
        }
    }

    fn token(&self) -> Token {
        Token(self.appended)
    }
}
