//! Push mode: handlers, and who runs them.
use crate::resident::Due;
use crate::runtime::{Handling, Runtime, flush_now};
use crate::session::core::Core;
use crate::session::{Handler, Session};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Events that one session may get before the others have their turn.
const EVENTS_PER_TURN: usize = 64;

/// The handler of a session.
#[derive(Default)]
pub(crate) struct HandlerSlot {
    handler: Option<Handler>,
    /// It is being called, and therefore not in `handler`.
    running: bool,
    /// Set while it was being called; takes its place afterwards.
    replacement: Option<Option<Handler>>,
    /// It is in the runtime's queue.
    queued: bool,
}

impl std::fmt::Debug for HandlerSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandlerSlot").field("running", &self.running).finish_non_exhaustive()
    }
}

impl Core {
    pub(crate) fn set_handler(self: &Arc<Self>, handler: Option<Handler>) {
        let old = {
            let mut slot = self.handler.lock();
            if slot.running {
                slot.replacement.replace(handler).flatten()
            } else {
                std::mem::replace(&mut slot.handler, handler)
            }
        };
        // It is the user's: whatever its drop does happens unlocked.
        drop(old);
        self.tell_waiting();
    }

    /// The session is closed: nothing is to be handled any more.
    pub(crate) fn drop_handler(self: &Arc<Self>) {
        let old = {
            let mut slot = self.handler.lock();
            if slot.running { slot.replacement.replace(None).flatten() } else { slot.handler.take() }
        };
        drop(old);
    }

    /// Queues the session for its handler. False if it has none.
    pub(crate) fn enqueue_handler(self: &Arc<Self>) -> bool {
        {
            let mut slot = self.handler.lock();
            let has_one = match &slot.replacement {
                Some(replacement) => replacement.is_some(),
                None => slot.running || slot.handler.is_some(),
            };
            if !has_one || slot.queued {
                return has_one;
            }
            slot.queued = true;
        }
        self.runtime.enqueue_due(Due::Session(self.clone()));
        true
    }

    /// Calls the handler for what is there.
    pub(crate) fn run_handler(self: &Arc<Self>) {
        let mut handler = {
            let mut slot = self.handler.lock();
            slot.queued = false;
            if slot.running {
                // Whoever runs it looks again afterwards.
                return;
            }
            let Some(handler) = slot.handler.take() else { return };
            slot.running = true;
            handler
        };
        let mut panic = None;
        let mut orphan = false;
        for _ in 0..EVENTS_PER_TURN {
            let Some(session) = self.handle().map(Session) else {
                orphan = true;
                break;
            };
            let Some(event) = session.try_next_event() else { break };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| handler(&session, event))) {
                panic = Some(payload);
                break;
            }
            if self.handler.lock().replacement.is_some() {
                break;
            }
        }
        let drained = self.look(|connection| connection.is_drained());
        let old = {
            let mut slot = self.handler.lock();
            slot.running = false;
            match slot.replacement.take() {
                Some(replacement) => {
                    slot.handler = replacement;
                    Some(handler)
                }
                None if orphan || drained || panic.is_some() => Some(handler),
                None => {
                    slot.handler = Some(handler);
                    None
                }
            }
        };
        drop(old);
        if let Some(payload) = panic {
            self.close();
            resume_unwind(payload);
        }
        // Events that came meanwhile, or were more than one turn's.
        if self.look(|connection| connection.has_events()) {
            self.enqueue_handler();
        }
    }
}

impl Runtime {
    pub(crate) fn enqueue_due(&self, due: Due) {
        self.handlers.lock().push_back(due);
        if self.is_closed() {
            self.drop_handlers();
        }
    }

    /// Nobody will run them any more; and a queue that holds sessions which hold the endpoint would never go.
    pub(crate) fn drop_handlers(&self) {
        let due = std::mem::take(&mut *self.handlers.lock());
        drop(due);
    }

    /// Runs the handlers that are due, each session once. Nothing is locked, and the reactor is free: a handler may wait.
    pub(crate) fn run_handlers(&self) {
        let handling = Handling::of(self);
        let due = self.handlers.lock().len();
        for _ in 0..due {
            let Some(due) = self.handlers.lock().pop_front() else { break };
            let panic = catch_unwind(AssertUnwindSafe(|| due.run()));
            flush_now();
            if let Err(payload) = panic {
                resume_unwind(payload);
            }
        }
        drop(handling);
        if self.has_work() {
            // A caller's event loop must come back even though nothing else happens.
            self.wake();
        }
    }
}
