//! Where requests of peers wait, and who carries them out.
use super::config::ServiceConfig;
use super::core::Core;
use super::request::Request;
use crate::runtime::Runtime;
use crate::{clock, errors};
use osisession_proto::error::Result;
use parking_lot::{Condvar, Mutex};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A function that gets the requests of peers. It answers each, at once or later ([`Request::respond`], [`Request::fail`]).
pub(super) type Handler = Arc<dyn Fn(Request) + Send + Sync>;

/// Requests that the driving thread carries out before others have their turn.
const PER_TURN: usize = 64;
/// What a request costs besides its data.
const COST: usize = 128;

/// The requests of one client's peer, or of all clients of a server.
pub(super) struct Service {
    runtime: Arc<Runtime>,
    config: ServiceConfig,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Request>,
    octets: usize,
    handler: Option<Handler>,
    /// Somebody takes requests, or did.
    pulled: bool,
    threads: usize,
    idle: usize,
    /// The driving thread is in the handler.
    here: bool,
    closed: bool,
    /// Those that do not read because too much waits.
    held: HashMap<u64, Weak<Core>>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Service {
    pub(super) fn new(runtime: Arc<Runtime>, config: ServiceConfig) -> Arc<Service> {
        Arc::new(Service { runtime, config, state: Mutex::default(), work: Condvar::new() })
    }

    /// Whether anybody carries requests out.
    pub(super) fn is_there(&self) -> bool {
        let state = self.state.lock();
        !state.closed && (state.handler.is_some() || state.pulled)
    }

    /// From now on requests are for whoever takes them.
    pub(super) fn pull(&self) {
        self.state.lock().pulled = true;
    }

    pub(super) fn serve(self: &Arc<Self>, handler: Option<Handler>) {
        let old = std::mem::replace(&mut self.state.lock().handler, handler);
        drop(old);
        self.employ();
    }

    /// True if too much waits; then this one is run again when there is room.
    pub(super) fn is_full(&self, core: &Arc<Core>) -> bool {
        let mut state = self.state.lock();
        let full = state.queue.len() >= self.config.max_waiting.max(1)
            || state.octets >= self.config.max_waiting_octets.max(1);
        if full {
            state.held.insert(core.id, Arc::downgrade(core));
        }
        full
    }

    pub(super) fn push(self: &Arc<Self>, request: Request) {
        let refused = {
            let mut state = self.state.lock();
            if state.closed {
                Some(request)
            } else {
                state.octets += request.data().len() + COST;
                state.queue.push_back(request);
                None
            }
        };
        drop(refused);
        self.employ();
    }

    /// Has somebody look at the queue.
    fn employ(self: &Arc<Self>) {
        let missing = {
            let mut state = self.state.lock();
            if state.queue.is_empty() {
                return;
            }
            if state.handler.is_none() {
                drop(state);
                return self.runtime.announce();
            }
            let room = state.threads < self.config.threads;
            let missing = room && state.idle < state.queue.len();
            if missing {
                state.threads += 1;
            } else {
                self.work.notify_one();
            }
            missing
        };
        if missing {
            let service = self.clone();
            let thread = std::thread::Builder::new().name("osisession-rpc".into());
            if thread.spawn(move || service.work()).is_err() {
                // Those that are there do it; without any, the next request tries again.
                self.state.lock().threads -= 1;
            }
        }
    }

    fn work(self: Arc<Self>) {
        loop {
            let (handler, request) = {
                let mut state = self.state.lock();
                loop {
                    if state.closed {
                        state.threads -= 1;
                        return;
                    }
                    if let Some(handler) = state.handler.clone()
                        && let Some(request) = state.queue.pop_front()
                    {
                        state.octets -= request.data().len() + COST;
                        break (handler, request);
                    }
                    state.idle += 1;
                    self.work.wait(&mut state);
                    state.idle -= 1;
                }
            };
            self.make_room();
            // A request that a panic takes along is answered by its drop.
            let _ = catch_unwind(AssertUnwindSafe(|| handler(request)));
        }
    }

    /// Carries requests out where the endpoint is driven, if that is the way. True if more are left.
    pub(super) fn run_here(&self) -> bool {
        /// Takes the mark away also when unwinding.
        struct Here<'a>(&'a Service);
        impl Drop for Here<'_> {
            fn drop(&mut self) {
                self.0.state.lock().here = false;
            }
        }
        if self.config.threads > 0 || std::mem::replace(&mut self.state.lock().here, true) {
            return false;
        }
        let here = Here(self);
        for _ in 0..PER_TURN {
            let Some(handler) = self.state.lock().handler.clone() else { break };
            let Some(request) = self.take() else { break };
            handler(request);
        }
        drop(here);
        let state = self.state.lock();
        state.handler.is_some() && !state.queue.is_empty()
    }

    fn take(&self) -> Option<Request> {
        let request = {
            let mut state = self.state.lock();
            let request = state.queue.pop_front()?;
            state.octets -= request.data().len() + COST;
            request
        };
        self.make_room();
        Some(request)
    }

    /// Those that do not read because too much waited do so again.
    fn make_room(&self) {
        let held = {
            let mut state = self.state.lock();
            let room = state.queue.len() <= self.config.max_waiting / 2
                && state.octets <= self.config.max_waiting_octets / 2;
            if room { std::mem::take(&mut state.held) } else { HashMap::new() }
        };
        for core in held.into_values().filter_map(|core| core.upgrade()) {
            self.runtime.enqueue_resident(core);
        }
    }

    /// The next request for one who takes them.
    pub(super) fn next(&self, timeout: Option<Duration>) -> Result<Request> {
        self.pull();
        self.runtime.wait(clock::deadline(timeout), "request", || match self.try_next() {
            Some(request) => Some(Ok(request)),
            None if self.state.lock().closed => Some(Err(errors::closed("it is closed"))),
            None => None,
        })
    }

    pub(super) fn try_next(&self) -> Option<Request> {
        self.pull();
        self.take()
    }

    pub(super) fn close(&self) {
        let (queue, handler) = {
            let mut state = self.state.lock();
            state.closed = true;
            (std::mem::take(&mut state.queue), state.handler.take())
        };
        self.work.notify_all();
        drop((queue, handler));
        self.runtime.announce();
    }
}
