//! One log of a [`super::Group`].
use super::{Entry, LogState, Shared, State};
use crate::error::{Error, Result};
use crate::journal::{Durability, Log, Notify, Progress, Token, Usage};
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) struct GroupLog {
    pub(super) shared: Arc<Shared>,
    pub(super) id: u64,
}

/// The log, if it has not failed.
fn sound(state: &mut State, id: u64) -> Result<&mut LogState> {
    if let Some(error) = &state.failed {
        return Err(error.clone());
    }
    let log = state.logs.get_mut(&id).ok_or(Error::Closed)?;
    match &log.failed {
        Some(error) => Err(error.clone()),
        None => Ok(log),
    }
}

impl GroupLog {
    fn put(&mut self, records: &[Bytes], durability: Durability, checkpoint: bool) -> Result<Token> {
        let quota = &self.shared.pace.quota;
        let more = Usage::of(records);
        let mut guard = self.shared.state.lock();
        let state = &mut *guard;
        let (total, waiting) = (state.usage, state.waiting);
        let log = sound(state, self.id)?;
        let new = if checkpoint { more } else { log.usage + more };
        let total = total - log.usage + new;
        quota.check(new, total, records)?;
        // What nobody has asked to write yet, and a checkpoint takes the place of, need never be written.
        let asked = log.wanted.max(log.lazy);
        let asked = if checkpoint {
            log.entries.partition_point(|entry| entry.token <= asked)
        } else {
            log.entries.len()
        };
        let waiting = waiting - log.entries.iter().skip(asked).map(|entry| entry.octets).sum::<u64>();
        if waiting > 0 && waiting + more.octets > quota.waiting_octets {
            return Err(Error::Busy { waiting, limit: quota.waiting_octets });
        }
        log.entries.truncate(asked);
        log.appended += 1;
        log.usage = new;
        let token = log.appended;
        log.entries.push_back(Entry { token, records: records.to_vec(), octets: more.octets, checkpoint });
        state.waiting = waiting + more.octets;
        state.usage = total;
        match durability {
            Durability::Sync => Self::want(&self.shared, state, self.id, 1),
            Durability::Lazy => {
                log_lazy(state, self.id, token);
                if state.lazy_at.is_none() {
                    state.lazy_at = Instant::now().checked_add(self.shared.pace.lazy_delay);
                    self.shared.work.notify_one();
                }
            }
            Durability::Memory => {}
        }
        Ok(Token(token))
    }

    /// All that was appended is to be written now.
    fn want(shared: &Shared, state: &mut State, id: u64, appends: u64) {
        if let Some(log) = state.logs.get_mut(&id)
            && log.wanted < log.appended
            && log.durable < log.appended
        {
            log.wanted = log.appended;
            state.make_ready(id);
            state.gathered += appends;
            if state.gathered >= state.target {
                shared.work.notify_one();
            }
        }
    }
}

fn log_lazy(state: &mut State, id: u64, token: u64) {
    if let Some(log) = state.logs.get_mut(&id) {
        if log.lazy <= log.wanted.max(log.durable) {
            state.lazy.push(id);
        }
        log.lazy = token;
    }
}

impl Log for GroupLog {
    fn append(&mut self, records: &[Bytes], durability: Durability) -> Result<Token> {
        self.put(records, durability, false)
    }

    fn checkpoint(&mut self, snapshot: &[Bytes], durability: Durability) -> Result<Token> {
        self.put(snapshot, durability, true)
    }

    fn sync(&mut self) -> Result<Token> {
        let mut state = self.shared.state.lock();
        let token = sound(&mut state, self.id)?.token();
        Self::want(&self.shared, &mut state, self.id, 1);
        Ok(token)
    }

    fn progress(&self) -> Progress {
        let state = self.shared.state.lock();
        let Some(log) = state.logs.get(&self.id) else {
            return Progress { failed: Some(Error::Closed), ..Progress::default() };
        };
        let failed = log.failed.clone().or_else(|| state.failed.clone());
        Progress { durable: Token(log.durable), appended: Token(log.appended), failed }
    }

    fn watch(&mut self, notify: Option<Notify>) {
        if let Some(log) = self.shared.state.lock().logs.get_mut(&self.id) {
            log.notify = notify;
        }
    }

    fn wait(&mut self, token: Token, timeout: Option<Duration>) -> Result<()> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.shared.state.lock();
        if let Some(log) = state.logs.get(&self.id) {
            if log.durable >= token.0 {
                return Ok(());
            }
            if token.0 > log.appended && log.failed.is_none() {
                return Err(Error::Invalid(format!("{} were appended, not {}", log.appended, token.0)));
            }
        }
        let log = sound(&mut state, self.id)?;
        let changed = log.changed.clone();
        if log.wanted < token.0 {
            Self::want(&self.shared, &mut state, self.id, 1);
        }
        loop {
            if state.logs.get(&self.id).is_some_and(|log| log.durable >= token.0) {
                return Ok(());
            }
            sound(&mut state, self.id)?;
            match deadline {
                None => changed.wait(&mut state),
                Some(deadline) => {
                    if changed.wait_until(&mut state, deadline).timed_out() {
                        return Err(Error::TimedOut);
                    }
                }
            }
        }
    }

    fn usage(&self) -> Usage {
        self.shared.state.lock().logs.get(&self.id).map(|log| log.usage).unwrap_or_default()
    }

    fn capacity(&self) -> Option<Usage> {
        Some(self.shared.pace.quota.of_dialogue())
    }
}

impl Drop for GroupLog {
    fn drop(&mut self) {
        let mut guard = self.shared.state.lock();
        let state = &mut *guard;
        let Some(log) = state.logs.get_mut(&self.id) else { return };
        log.closing = true;
        log.notify = None;
        log.wanted = log.wanted.max(log.lazy);
        state.make_ready(self.id);
        state.gathered += state.target;
        self.shared.work.notify_one();
    }
}
