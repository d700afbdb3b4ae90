//! The lease: as long as it lives, the dialogues of this process are its own.
//!
//! Time decides nothing here. A process that believes that its lease lives, and is wrong, finds the owner's key gone or changed when
//! it writes: each write says which one it must be.
use super::client::{Client, number};
use crate::error::{Error, Result};
use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

pub(super) struct Lease {
    client: Arc<Client>,
    wanted: Duration,
    shared: Arc<Shared>,
    keeper: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// `None`: there is none, or it has ended.
    id: Option<i64>,
    closing: bool,
}

impl Lease {
    pub(super) fn new(client: Arc<Client>, wanted: Duration) -> Result<Lease> {
        let shared = Arc::new(Shared::default());
        let (for_keeper, asking) = (shared.clone(), client.clone());
        // Three chances before it ends.
        let interval = wanted.max(Duration::from_secs(1)) / 3;
        let keeper = std::thread::Builder::new()
            .name("osisession-lease".into())
            .spawn(move || keep(&for_keeper, &asking, interval))
            .map_err(|error| Error::storage("start the keeper of the lease", error))?;
        Ok(Lease { client, wanted, shared, keeper: Some(keeper) })
    }

    /// The lease; a new one if the last one has ended.
    pub(super) fn id(&self) -> Result<i64> {
        if let Some(id) = self.shared.state.lock().id {
            return Ok(id);
        }
        let seconds = self.wanted.as_secs().max(1);
        let body = json!({"TTL": seconds.to_string(), "ID": "0"});
        let answer = self
            .client
            .ask("/v3/lease/grant", &body)
            .map_err(|why| Error::storage("get a lease from etcd", why))?;
        let id = number(&answer, "ID").filter(|id| *id != 0);
        let id = id.ok_or_else(|| Error::storage("get a lease from etcd", answer.to_string()))?;
        self.shared.state.lock().id = Some(id);
        self.shared.changed.notify_all();
        Ok(id)
    }

    /// It has ended, as a write has found out.
    pub(super) fn forget(&self) {
        self.shared.state.lock().id = None;
    }

    /// Ends it: all owners' keys of this process go.
    pub(super) fn close(&mut self) -> Result<()> {
        let Some(keeper) = self.keeper.take() else { return Ok(()) };
        let id = {
            let mut state = self.shared.state.lock();
            state.closing = true;
            state.id.take()
        };
        self.shared.changed.notify_all();
        let _ = keeper.join();
        let Some(id) = id else { return Ok(()) };
        match self.client.ask("/v3/lease/revoke", &json!({"ID": id.to_string()})) {
            Ok(_) => Ok(()),
            Err(why) if why.is_not_found() => Ok(()),
            Err(why) => Err(Error::storage("end the lease", why)),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

fn keep(shared: &Shared, client: &Client, interval: Duration) {
    let mut state = shared.state.lock();
    while !state.closing {
        match state.id {
            None => shared.changed.wait(&mut state),
            Some(id) => {
                shared.changed.wait_for(&mut state, interval);
                if state.closing || state.id != Some(id) {
                    continue;
                }
                let body = json!({"ID": id.to_string()});
                let answer = parking_lot::MutexGuard::unlocked(&mut state, || {
                    client.ask("/v3/lease/keepalive", &body)
                });
                // An answer without time left: it has ended. No answer says nothing.
                let ended = match &answer {
                    Ok(answer) => answer
                        .get("result")
                        .is_some_and(|result: &Value| number(result, "TTL").unwrap_or(0) <= 0),
                    Err(why) => why.is_not_found(),
                };
                if ended && state.id == Some(id) {
                    state.id = None;
                }
            }
        }
    }
}
