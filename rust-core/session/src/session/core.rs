//! What lies under the handles of a session: how a change to it takes effect.
//!
//! One lock, and nothing is called while it is held: what follows from a change comes out as [`Effects`] and is carried out
//! after the release.
use super::SessionHandle;
use crate::clock;
use crate::connection::{Connection, Effects, Writing};
use crate::counters;
use crate::handler::HandlerSlot;
use crate::log::{self, Note};
use crate::port::Port;
use crate::ready::Who;
use crate::resident::Owner;
use crate::runtime::{Job, Runtime};
use osisession_proto::Instant;
use parking_lot::Mutex;
use std::os::fd::AsRawFd;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Weak};
use tracing::Level;

/// One session without its handles: its connection, and who is to be told.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) id: u64,
    pub(crate) runtime: Arc<Runtime>,
    connection: Mutex<Connection>,
    handle: Mutex<Weak<SessionHandle>>,
    pub(crate) handler: Mutex<HandlerSlot>,
    owner: Mutex<Option<Owner>>,
    /// The last drive in which it got something.
    round: AtomicU64,
}

impl Core {
    pub(crate) fn new(id: u64, runtime: Arc<Runtime>, mut connection: Connection) -> Arc<Core> {
        connection.tap = runtime.tap.clone().map(|tap| (tap, id));
        Arc::new(Core {
            id,
            runtime,
            connection: Mutex::new(connection),
            handle: Mutex::default(),
            handler: Mutex::default(),
            owner: Mutex::default(),
            round: AtomicU64::new(0),
        })
    }

    pub(crate) fn set_handle(&self, handle: &Arc<SessionHandle>) {
        *self.handle.lock() = Arc::downgrade(handle);
    }

    /// Sets who is told of its news, and tells of those that are there.
    pub(crate) fn set_owner(self: &Arc<Self>, owner: Option<Owner>) {
        *self.owner.lock() = owner;
        self.tell_waiting();
    }

    pub(crate) fn handle(&self) -> Option<Arc<SessionHandle>> {
        self.handle.lock().upgrade()
    }

    /// Does something to the connection, passes on what follows from it, and carries out the effects unlocked.
    pub(crate) fn act<R>(self: &Arc<Self>, f: impl FnOnce(&mut Connection, Instant) -> R) -> R {
        let (result, effects) = {
            let mut connection = self.connection.lock();
            // Under the lock, so that the engines' time does not go backwards.
            let now = clock::now();
            let result = f(&mut connection, now);
            connection.pump(now);
            (result, self.effects(&mut connection))
        };
        self.carry_out(effects);
        result
    }

    fn effects(&self, connection: &mut Connection) -> Effects {
        let due = connection.next_timeout();
        let wake = self.runtime.arm(self.id, &mut connection.armed, due);
        Effects { wake, ..connection.take_effects() }
    }

    /// Reads, or takes something out: nothing follows for the machines.
    pub(crate) fn look<R>(self: &Arc<Self>, f: impl FnOnce(&mut Connection) -> R) -> R {
        let (result, effects) = {
            let mut connection = self.connection.lock();
            (f(&mut connection), connection.take_effects())
        };
        self.carry_out(effects);
        result
    }

    fn carry_out(self: &Arc<Self>, effects: Effects) {
        self.count_and_tell(&effects);
        let Effects {
            output,
            changed,
            call,
            resume,
            arrived,
            settled,
            gone,
            port,
            attempt,
            refusal,
            wake,
            ..
        } = effects;
        if let Some(tap) = &self.runtime.tap {
            tap.hand_on();
        }
        drop(port);
        if let Some(acceptor) = settled {
            acceptor.settled(Some(self.id), None);
        }
        if let Some(listener) = arrived {
            listener.arrived(self, &self.runtime);
        }
        if attempt {
            self.attempt();
        }
        if let Some(refusal) = refusal {
            self.runtime.refused(*refusal);
        }
        if output && !self.runtime.flush_later(self) {
            self.flush();
        }
        if resume {
            self.runtime.enqueue(self.id, Job::READ);
        }
        if gone {
            self.runtime.forget(self.id);
            self.disarm();
        }
        if wake {
            self.runtime.wake();
        }
        if changed {
            self.tell(call);
        }
    }

    fn count_and_tell(&self, effects: &Effects) {
        let counting = &self.runtime.counting;
        for (happened, counter) in [
            (effects.established, &counting.established),
            (effects.released, &counting.released),
            (effects.aborted, &counting.aborted),
            (effects.refusal.is_some(), &counting.callers_refused),
        ] {
            if happened {
                counters::add(counter, 1);
            }
        }
        if !effects.notes.is_empty() {
            let peer = self.connection.lock().peer_name().to_owned();
            effects.notes.iter().for_each(|note| note.tell(self.id, &peer));
        }
        if let Some(refusal) = &effects.refusal
            && log::wants(Level::WARN)
        {
            let note = Note::new(Level::WARN, "a caller is refused").with_error(Some(&refusal.error));
            note.tell(self.id, &refusal.peer_address);
        }
    }

    /// Tells the user: by the handler if there is one, by the list of those that are ready, by waking who waits.
    /// `call` says that it is nothing for a handler.
    fn tell(self: &Arc<Self>, call: bool) {
        let owner = self.owner.lock().clone();
        if let Some(owner) = owner
            && let Some(resident) = owner.who.upgrade()
        {
            self.runtime.enqueue_resident(resident);
            if owner.alone {
                return;
            }
        }
        let handle = self.handle.lock().clone();
        if handle.strong_count() == 0 {
            // Not accepted yet, or forgotten by its user.
            return;
        }
        // Without events the handler still has to learn that the session is over and it is not needed any more.
        let listed = !self.enqueue_handler() || call;
        self.runtime.ready(self.id, listed.then_some(Who::Session(handle)), &self.round);
    }

    /// Tells about what is there already, to a user that has just come.
    pub(crate) fn tell_waiting(self: &Arc<Self>) {
        if self.look(|connection| connection.has_events() || connection.is_drained()) {
            self.tell(false);
        }
    }

    /// Writes what there is to write. Any thread may come; one at a time writes.
    pub(crate) fn flush(self: &Arc<Self>) {
        loop {
            match self.act_on_output(|connection, now| connection.start_writing(now)) {
                Writing::Nothing => return,
                Writing::Batch(port, batch) => {
                    let result = port.write(&batch);
                    if let Ok(count) = result {
                        counters::add(&self.runtime.counting.octets_sent, count);
                    }
                    drop(port);
                    if !self.act_on_output(|connection, now| connection.wrote(batch, result, now)) {
                        return;
                    }
                }
                Writing::Finish(port) => port.shutdown_write(),
            }
        }
    }

    /// As [`Core::act`], from within writing.
    fn act_on_output<R>(self: &Arc<Self>, f: impl FnOnce(&mut Connection, Instant) -> R) -> R {
        let (result, mut effects) = {
            let mut connection = self.connection.lock();
            let now = clock::now();
            let result = f(&mut connection, now);
            connection.pump(now);
            (result, self.effects(&mut connection))
        };
        // The caller goes on writing by itself.
        effects.output = false;
        self.carry_out(effects);
        result
    }

    /// Starts the next attempt to connect.
    pub(crate) fn attempt(self: &Arc<Self>) {
        let Some(mut attempts) = self.look(Connection::take_attempts) else { return };
        let port = attempts.next().map(|stream| Port::Tcp(Arc::new(stream)));
        let watched = port.as_ref().ok().cloned();
        let unwanted = self.act(|connection, now| connection.attempt(attempts, port, now));
        if let (Some(Port::Tcp(stream)), None) = (&watched, &unwanted) {
            // Only now: what is told of a port that nobody knows yet would be lost.
            let interests = mio::Interest::READABLE | mio::Interest::WRITABLE;
            let token = mio::Token(self.id as usize);
            let descriptor = stream.as_raw_fd();
            let registry = self.runtime.registry();
            if let Err(error) = registry.register(&mut mio::unix::SourceFd(&descriptor), token, interests) {
                self.act(|connection, _| connection.attempt_failed(&error));
            }
        }
        drop(unwanted);
    }

    /// The user closed it, or its last handle is gone.
    pub(crate) fn close(self: &Arc<Self>) {
        self.act(|connection, now| connection.close(now));
        self.drop_handler();
        self.runtime.not_ready(self.id);
        self.runtime.announce();
    }

    /// The endpoint ends: no time for the peer to close first.
    pub(crate) fn hang_up(self: &Arc<Self>) {
        /// A peer that goes on sending does not keep us here.
        const READS: usize = 64;
        let Some((port, last)) = self.act(Connection::hang_up) else { return };
        if !last.is_empty() {
            // As far as the network takes it.
            let _ = port.write(&last);
        }
        port.shutdown_write();
        // Octets left unread would turn the close into a reset, which can destroy our ABORT at the peer.
        let mut scratch = [0; 4096];
        for _ in 0..READS {
            if !matches!(port.read(&mut scratch), Ok(1..)) {
                break;
            }
        }
    }

    /// Nothing waits for time any more.
    pub(crate) fn disarm(&self) {
        let armed = self.connection.lock().armed.take();
        if let Some(at) = armed {
            self.runtime.disarm(self.id, at);
        }
    }

    /// The reactor's timer went off.
    pub(crate) fn expired(self: &Arc<Self>) {
        self.act(|connection, now| {
            connection.armed = None;
            connection.handle_timeout(now);
        });
    }
}
