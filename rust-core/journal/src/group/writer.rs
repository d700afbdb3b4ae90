//! The thread that writes.
use super::{Change, Command, LogState, Shared, State, Store, in_use};
use crate::error::{Error, Result};
use crate::journal::{Notify, Usage};
use parking_lot::MutexGuard;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Longest time that the writer waits for as many appends as it had the last time. It waits at most half of what a commit takes.
const LONGEST_GATHER: Duration = Duration::from_millis(2);

/// One commit: what goes into it, and what is true when it has succeeded.
#[derive(Default)]
struct Batch {
    changes: Vec<Change>,
    /// For each change the token up to which its log is durable then.
    tokens: Vec<u64>,
    octets: u64,
    appends: u64,
}

/// Runs until the journal is closed.
pub(super) fn run<S: Store>(shared: &Shared, mut store: S) -> Result<()> {
    let mut last = Duration::ZERO;
    let mut state = shared.state.lock();
    loop {
        await_work(shared, &mut state, last);
        let closing = state.closing;
        collect_lazy(&mut state, closing);
        let (batch, released) = take(&mut state, shared.pace.commit_octets);
        // As many as now are expected the next time: those who wait for this commit come back when it has ended.
        state.target = batch.appends;
        if !batch.changes.is_empty() {
            let begun = Instant::now();
            let result = MutexGuard::unlocked(&mut state, || guarded(|| store.commit(&batch.changes)));
            last = begun.elapsed();
            let notify = settle(&mut state, &batch, result);
            MutexGuard::unlocked(&mut state, || tell(&notify));
        }
        for id in released {
            release(&mut state, &mut store, id);
        }
        // More than one commit may take is ready: commands wait until it is written, so that a log that was dropped is complete
        // before it is opened again.
        if !state.ready.is_empty() {
            continue;
        }
        while let Some(command) = state.commands.pop_front() {
            serve(&mut state, &mut store, command);
        }
        if closing && state.ready.is_empty() && state.commands.is_empty() {
            let already = state.failed.clone();
            let notify = state.fail(&Error::Closed);
            drop(state);
            tell(&notify);
            let closed = guarded(|| store.close());
            return already.map_or(closed, Err);
        }
    }
}

/// Tells them. One that panics is its own affair: the others are told, and the writer goes on.
pub(super) fn tell(all: &[Notify]) {
    for notify in all {
        let _ = catch_unwind(AssertUnwindSafe(|| notify()));
    }
}

/// A store that panics (one that reads a damaged file may) has failed; its words are kept.
fn guarded<T>(act: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Error::storage("use the store", text.unwrap_or_else(|| "it panicked".into())))
    })
}

/// Waits for something to do; then a moment for as many appends as the last commit had, because they tend to come back together.
fn await_work(shared: &Shared, state: &mut MutexGuard<'_, State>, last: Duration) {
    let expected = std::mem::take(&mut state.target);
    let idle = |state: &State| state.ready.is_empty() && state.commands.is_empty() && !state.closing;
    while idle(state) {
        match state.lazy_at {
            None => shared.work.wait(state),
            Some(at) if at <= Instant::now() => return,
            Some(at) => {
                shared.work.wait_until(state, at);
            }
        }
    }
    let until = Instant::now() + (last / 2).min(LONGEST_GATHER);
    state.target = expected;
    while state.gathered < expected && state.commands.is_empty() && !state.closing {
        if shared.work.wait_until(state, until).timed_out() {
            break;
        }
    }
}

/// What is lazy goes with the commit that is made anyway, or is due.
fn collect_lazy(state: &mut State, closing: bool) {
    let due = closing || !state.ready.is_empty() || state.lazy_at.is_some_and(|at| at <= Instant::now());
    if !due {
        return;
    }
    state.lazy_at = None;
    for id in std::mem::take(&mut state.lazy) {
        if let Some(log) = state.logs.get_mut(&id) {
            log.wanted = log.wanted.max(log.lazy);
            state.make_ready(id);
        }
    }
}

/// Takes what is ready, up to about this many octets, and the logs that were dropped and have nothing left to write.
fn take(state: &mut State, limit: u64) -> (Batch, Vec<u64>) {
    let (mut batch, mut released) = (Batch::default(), Vec::new());
    state.gathered = 0;
    while batch.octets < limit {
        let Some(id) = state.ready.pop_front() else { break };
        let Some(log) = state.logs.get_mut(&id) else { continue };
        log.ready = false;
        let more = take_log(log, id, limit, &mut batch);
        if more {
            state.make_ready(id);
        } else if log.closing {
            released.push(id);
        }
    }
    (batch, released)
}

/// Takes what of one log is ready. Returns whether some of it is left.
fn take_log(log: &mut LogState, id: u64, limit: u64, batch: &mut Batch) -> bool {
    let mut change = Change { id, checkpoint: false, records: Vec::new() };
    let mut token = None;
    while let Some(entry) = log.entries.front().filter(|entry| entry.token <= log.wanted) {
        if token.is_some() && batch.octets.saturating_add(entry.octets) > limit {
            break;
        }
        let Some(entry) = log.entries.pop_front() else { break };
        if entry.checkpoint {
            change.checkpoint = true;
            change.records.clear();
        }
        change.records.extend(entry.records);
        batch.octets += entry.octets;
        batch.appends += 1;
        token = Some(entry.token);
    }
    if let Some(token) = token {
        batch.changes.push(change);
        batch.tokens.push(token);
    }
    log.entries.front().is_some_and(|entry| entry.token <= log.wanted)
}

/// Says what a commit has made durable, or that it failed. Returns who is to be told.
fn settle(state: &mut State, batch: &Batch, result: Result<Vec<(u64, Error)>>) -> Vec<Notify> {
    let refused = match result {
        Ok(refused) => refused,
        Err(error) => return state.fail(&error),
    };
    state.waiting = state.waiting.saturating_sub(batch.octets);
    let mut notify = Vec::new();
    for (change, token) in batch.changes.iter().zip(&batch.tokens) {
        let Some(log) = state.logs.get_mut(&change.id) else { continue };
        match refused.iter().find(|(id, _)| *id == change.id) {
            None => log.durable = *token,
            Some((_, error)) => {
                log.failed.get_or_insert_with(|| error.clone());
                let left: u64 = log.entries.drain(..).map(|entry| entry.octets).sum();
                state.waiting = state.waiting.saturating_sub(left);
            }
        }
        log.changed.notify_all();
        notify.extend(log.notify.clone());
    }
    notify
}

fn release<S: Store>(state: &mut MutexGuard<'_, State>, store: &mut S, id: u64) {
    let Some(log) = state.logs.remove(&id) else { return };
    // What was to stay in memory ends here.
    let left: u64 = log.entries.iter().map(|entry| entry.octets).sum();
    state.waiting = state.waiting.saturating_sub(left);
    state.names.remove(&log.name);
    let stored = MutexGuard::unlocked(state, || guarded(|| Ok(store.release(id)))).unwrap_or_default();
    state.usage = state.usage - log.usage + if S::COUNTS_ALL { stored } else { Usage::default() };
}

fn serve<S: Store>(state: &mut MutexGuard<'_, State>, store: &mut S, command: Command) {
    // Whoever asked may have gone: nobody to tell.
    match command {
        Command::Open(name, reply) => {
            let result = open(state, store, &name);
            if let Err(error) = reply.send(result)
                && let Ok((id, _)) = error.0
            {
                release(state, store, id);
            }
        }
        Command::Remove(name, reply) => {
            let result = if let Some(error) = &state.failed {
                Err(error.clone())
            } else if state.names.contains_key(&name) {
                Err(in_use(&name))
            } else {
                MutexGuard::unlocked(state, || guarded(|| store.remove(&name)))
            };
            if S::COUNTS_ALL
                && let Ok(removed) = result
            {
                state.usage = state.usage - removed;
            }
            let _ = reply.send(result.map(|_| ()));
        }
        Command::Dialogues(reply) => {
            let result = MutexGuard::unlocked(state, || guarded(|| store.dialogues()));
            let _ = reply.send(result);
        }
        Command::Compact(reply) => {
            let result = MutexGuard::unlocked(state, || guarded(|| store.compact()));
            let _ = reply.send(result);
        }
    }
}

fn open<S: Store>(
    state: &mut MutexGuard<'_, State>,
    store: &mut S,
    name: &[u8],
) -> Result<(u64, super::Loaded)> {
    if let Some(error) = &state.failed {
        return Err(error.clone());
    }
    if state.names.contains_key(name) {
        return Err(in_use(name));
    }
    let loaded = MutexGuard::unlocked(state, || guarded(|| store.load(name)))?;
    if !S::COUNTS_ALL {
        state.usage = state.usage + Usage::of(&loaded.records);
    }
    state.names.insert(name.to_vec(), loaded.id);
    state.logs.insert(loaded.id, LogState::new(name.to_vec(), &loaded.records));
    Ok((loaded.id, loaded))
}
