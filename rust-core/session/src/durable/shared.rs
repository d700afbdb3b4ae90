//! What the handles of a dialogue and the node's thread share: a view of where the dialogue stands, and what goes each way. Locks
//! are held for a few moves of memory, never over a call.
use super::config::{Peer, Watch};
use crate::errors;
use crate::runtime::Runtime;
use osisession_dialogue::{DialogueId, Event, Progress, Role};
use osisession_proto::{Bytes, Error, Instant};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Instant as SystemInstant;

/// What a handle asks the node for.
pub(super) enum Command {
    /// Look at what the handle has put into its view.
    Attend(DialogueId),
    /// Close for good.
    Close(DialogueId),
    /// Try again now, perhaps elsewhere.
    Reconnect(DialogueId, Option<Peer>),
    /// Whether something is open.
    HoldOpen(DialogueId, bool),
    /// A dialogue that was begun here.
    Adopt(Box<super::unit::Unit>),
    /// A session for an attempt, made by a thread of its own because a name had to be looked up.
    Made(DialogueId, u64, Result<crate::Session, Error>),
    /// The log of a caller's dialogue is open.
    Opened(Box<super::run::Opening>),
    /// What came of asking again for dialogues that another process had.
    TakenOver(Vec<(DialogueId, Result<osisession_journal::Opened, osisession_journal::Error>)>),
    /// Callers come here from now on.
    Listen(crate::Listener),
    /// End the thread; what was appended is made durable for at most so long.
    End(std::time::Duration),
}

/// What the node's thread is to look after.
#[derive(Default)]
struct Work {
    commands: VecDeque<Command>,
    /// Logs that have news.
    stored: Vec<DialogueId>,
    /// The thread has ended: nobody looks any more.
    over: bool,
}

/// The way to the node's thread, from handles and from journals.
pub(super) struct Mailbox {
    work: Mutex<Work>,
    runtime: Weak<Runtime>,
    watch: Mutex<Option<Watch>>,
}

impl Mailbox {
    pub(super) fn new(runtime: &Arc<Runtime>) -> Mailbox {
        Mailbox { work: Mutex::default(), runtime: Arc::downgrade(runtime), watch: Mutex::new(None) }
    }

    pub(super) fn watch(&self, watch: Option<Watch>) {
        // What was there before may be dropped by now, or is in its last call.
        let before = std::mem::replace(&mut *self.watch.lock(), watch);
        drop(before);
    }

    /// Tells who watches that waits may find something; `None`: waits for callers.
    pub(super) fn changed(&self, id: Option<DialogueId>) {
        let watch = self.watch.lock().clone();
        if let Some(watch) = watch {
            watch(id);
        }
    }

    /// False if the node has ended.
    pub(super) fn post(&self, command: Command) -> bool {
        {
            let mut work = self.work.lock();
            if work.over {
                drop(work);
                drop(command);
                return false;
            }
            work.commands.push_back(command);
        }
        self.wake();
        true
    }

    pub(super) fn stored(&self, id: DialogueId) {
        let first = {
            let mut work = self.work.lock();
            let first = work.stored.last() != Some(&id);
            if first {
                work.stored.push(id);
            }
            first
        };
        if first {
            self.wake();
        }
    }

    pub(super) fn take(&self) -> (VecDeque<Command>, Vec<DialogueId>) {
        let mut work = self.work.lock();
        (std::mem::take(&mut work.commands), std::mem::take(&mut work.stored))
    }

    pub(super) fn has_work(&self) -> bool {
        let work = self.work.lock();
        !work.commands.is_empty() || !work.stored.is_empty()
    }

    pub(super) fn end(&self) -> VecDeque<Command> {
        let mut work = self.work.lock();
        work.over = true;
        std::mem::take(&mut work.commands)
    }

    pub(super) fn is_over(&self) -> bool {
        self.work.lock().over
    }

    fn wake(&self) {
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.wake();
        }
    }
}

/// Where a dialogue stands, as its handles see it.
pub(super) struct View {
    pub(super) progress: Progress,
    /// Messages of the peer that nobody has received.
    pub(super) inbox: VecDeque<(u64, Bytes)>,
    /// Messages that the engine has not taken, and their octets.
    pub(super) outgoing: VecDeque<Bytes>,
    pub(super) outgoing_octets: usize,
    /// The last position that was given to a message.
    pub(super) taken: u64,
    /// What the application committed, and how far that is durable.
    pub(super) commit: u64,
    pub(super) committed: u64,
    pub(super) events: VecDeque<Event>,
    pub(super) events_lost: u64,
    /// Nothing more is taken, and why.
    pub(super) shut: Option<Error>,
    /// The engine has refused a message, and why: none behind it is taken.
    pub(super) refused: Option<Error>,
    /// Nothing more happens at all, and why; a dialogue that was closed in good order has ended too.
    pub(super) over: Option<Error>,
    pub(super) closed: bool,
    /// Why the last connection was not made, or ended.
    pub(super) last_error: Option<Error>,
    /// The node's thread knows that there is something to look at.
    pub(super) told: bool,
    pub(super) address: String,
}

impl View {
    /// Why nothing more will be heard of the message at this position.
    pub(super) fn never(&self, position: u64) -> Option<Error> {
        let refused = self.refused.as_ref().filter(|_| self.progress.sent < position);
        refused.or(self.over.as_ref()).cloned()
    }
}

/// One dialogue, shared by its handles and the node.
pub(super) struct Shared {
    pub(super) id: DialogueId,
    pub(super) role: Role,
    pub(super) label: Bytes,
    pub(super) user_data: Bytes,
    /// Limits of the outbox: messages, octets, octets of one.
    pub(super) room: (usize, usize, usize),
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) view: Mutex<View>,
    pub(super) changed: Condvar,
}

impl Shared {
    /// Waits may find something.
    pub(super) fn announce(&self) {
        self.changed.notify_all();
        self.mailbox.changed(Some(self.id));
    }

    /// Waits until `look` finds something.
    pub(super) fn wait<T>(
        &self,
        deadline: Option<SystemInstant>,
        what: &'static str,
        mut look: impl FnMut(&mut View) -> Option<Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut view = self.view.lock();
        loop {
            if let Some(found) = look(&mut view) {
                return found;
            }
            match deadline {
                None => self.changed.wait(&mut view),
                Some(deadline) if SystemInstant::now() >= deadline => return Err(errors::timed_out(what)),
                Some(deadline) => drop(self.changed.wait_until(&mut view, deadline)),
            }
        }
    }

    /// Tells the node, once, that there is something to look at. To be called with the view locked before it is released.
    pub(super) fn attend(&self, mut view: MutexGuard<'_, View>) {
        if !std::mem::replace(&mut view.told, true) {
            drop(view);
            self.mailbox.post(Command::Attend(self.id));
        }
    }

    /// The node is gone.
    pub(super) fn end(&self, error: &Error) {
        let mut view = self.view.lock();
        view.shut.get_or_insert_with(|| error.clone());
        view.over.get_or_insert_with(|| error.clone());
        drop(view);
        self.announce();
    }
}

/// Time until then, for people.
pub(super) fn until(at: Option<Instant>, now: Instant) -> Option<std::time::Duration> {
    at.map(|at| at - now)
}
