//! What lives in an endpoint beside sessions and listeners and looks after some of them: the facades over sessions.
use crate::runtime::Runtime;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// One that lives in an endpoint.
pub(crate) trait Resident: fmt::Debug + Send + Sync {
    /// Its mark that it waits to be run.
    fn queued(&self) -> &AtomicBool;

    /// Does what is due: sessions of its own have events, or its timer went off. Called where handlers are: nothing is locked and the
    /// reactor is free. Several threads may come at once.
    fn run(self: Arc<Self>);

    /// The endpoint is closed.
    fn close(&self);
}

/// Who is told of a session's or a listener's news.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) who: Weak<dyn Resident>,
    /// Nobody else is told.
    pub(crate) alone: bool,
}

impl Runtime {
    /// Has a resident run, once for all that ask before it does.
    pub(crate) fn enqueue_resident(&self, resident: Arc<dyn Resident>) {
        if !resident.queued().swap(true, Ordering::SeqCst) {
            self.enqueue_due(Due::Resident(resident));
            self.wake();
        }
    }
}

/// What runs where handlers run.
#[derive(Debug)]
pub(crate) enum Due {
    /// A session for its handler.
    Session(Arc<crate::session::core::Core>),
    Resident(Arc<dyn Resident>),
}

impl Due {
    pub(crate) fn run(self) {
        match self {
            Due::Session(core) => core.run_handler(),
            Due::Resident(resident) => {
                resident.queued().store(false, Ordering::SeqCst);
                resident.run();
            }
        }
    }
}
