//! What an endpoint's handles, its reactor and its sessions share, and how a change to a session takes effect.
use crate::clock;
use crate::counters::Counting;
use crate::decnet;
use crate::errors;
use crate::listener::Acceptor;
use crate::notify::{Seat, Turn};
use crate::reactor::{Reactor, WAKER};
use crate::ready::{ReadyList, Who};
use crate::refusal::{self, Refusal};
use crate::resident::{Due, Resident};
use crate::session::core::Core;
use crate::tap::Tap;
use osisession_proto::Instant;
use osisession_proto::error::Result;
use parking_lot::Mutex;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as SystemInstant};

/// What the reactor should do for a connection or an acceptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job(u8);

impl Job {
    /// Reads until there is nothing: events may have been missed.
    pub(crate) const READ: Job = Job(1 | 4);
    pub(crate) const WRITE: Job = Job(2);
    pub(crate) const BOTH: Job = Job(1 | 2 | 4);
    /// Reads what an event told of: a short read has taken it all, and what comes later is another event.
    pub(crate) const READ_NEWS: Job = Job(1);
    pub(crate) const NEWS: Job = Job(1 | 2);

    pub(crate) fn reads(self) -> bool {
        self.0 & 1 != 0
    }

    pub(crate) fn writes(self) -> bool {
        self.0 & 2 != 0
    }

    pub(crate) fn reads_to_the_end(self) -> bool {
        self.0 & 4 != 0
    }
}

/// What a number stands for.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Session(Arc<Core>),
    Acceptor(Arc<Acceptor>),
    Decnet(Arc<decnet::Core>),
    /// Its timer. It is held by its handles.
    Resident(Weak<dyn Resident>),
}

/// One endpoint without its handles.
#[derive(Debug)]
pub(crate) struct Runtime {
    registry: mio::Registry,
    waker: mio::Waker,
    /// The waker was used and the reactor has not yet noticed.
    awake: AtomicBool,
    /// The thread that drives, outside handlers: it needs no waking.
    driver: AtomicUsize,
    /// Somebody sleeps in the reactor, or is about to.
    polling: AtomicBool,
    pub(crate) descriptor: RawFd,
    seat: Seat,
    sources: Mutex<HashMap<u64, Source>>,
    inbox: Mutex<Vec<(u64, Job)>>,
    timers: Mutex<BTreeSet<(Instant, u64)>>,
    ready: Mutex<ReadyList>,
    refusals: Mutex<VecDeque<Refusal>>,
    pub(crate) handlers: Mutex<VecDeque<Due>>,
    next_id: AtomicU64,
    /// Counts drives, and the sessions and listeners that got something in the current one.
    round: AtomicU64,
    touched: AtomicUsize,
    closed: AtomicBool,
    thread: Mutex<Option<Background>>,
    pub(crate) tap: Option<Tap>,
    pub(crate) counting: Counting,
}

#[derive(Debug)]
struct Background {
    stop: Arc<AtomicBool>,
    handle: JoinHandle<()>,
}

/// Marks this thread as one that runs the handlers of a runtime.
pub(crate) struct Handling(usize);

thread_local! {
    static HANDLING: Cell<usize> = const { Cell::new(0) };
    /// Sessions that handlers of this thread made write: it happens once, when the handler has had its events.
    static TO_FLUSH: RefCell<Vec<Arc<Core>>> = const { RefCell::new(Vec::new()) };
}

/// Writes what handlers of this thread have made to write.
pub(crate) fn flush_now() {
    let cores = TO_FLUSH.try_with(RefCell::take).unwrap_or_default();
    cores.iter().for_each(Core::flush);
}

impl Handling {
    pub(crate) fn of(runtime: &Runtime) -> Handling {
        Handling(HANDLING.replace(std::ptr::from_ref(runtime).addr()))
    }

    fn is_here(runtime: &Runtime) -> bool {
        HANDLING.get() == std::ptr::from_ref(runtime).addr()
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        HANDLING.set(self.0);
    }
}

/// A number for this thread; never 0.
fn this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    thread_local!(static HERE: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    HERE.with(|here| *here)
}

impl Runtime {
    pub(crate) fn new(tap: Option<Tap>) -> io::Result<Arc<Runtime>> {
        let reactor = Reactor::new()?;
        let registry = reactor.registry()?;
        let waker = mio::Waker::new(&registry, WAKER)?;
        Ok(Arc::new(Runtime {
            registry,
            waker,
            awake: AtomicBool::new(false),
            driver: AtomicUsize::new(0),
            polling: AtomicBool::new(false),
            descriptor: reactor.descriptor(),
            seat: Seat::new(reactor),
            sources: Mutex::default(),
            inbox: Mutex::default(),
            timers: Mutex::default(),
            ready: Mutex::default(),
            refusals: Mutex::default(),
            handlers: Mutex::default(),
            // 0 is the waker's token.
            next_id: AtomicU64::new(1),
            round: AtomicU64::new(1),
            touched: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            thread: Mutex::default(),
            tap,
            counting: Counting::default(),
        }))
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn registry(&self) -> &mio::Registry {
        &self.registry
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    // Numbers.

    /// Remembers what a number stands for. False if the endpoint was closed meanwhile.
    pub(crate) fn remember(&self, id: u64, source: Source) -> bool {
        self.sources.lock().insert(id, source);
        !self.is_closed()
    }

    pub(crate) fn forget(&self, id: u64) {
        // Dropping it may close a socket: not under the lock.
        let source = self.sources.lock().remove(&id);
        drop(source);
    }

    pub(crate) fn source(&self, id: u64) -> Option<Source> {
        self.sources.lock().get(&id).cloned()
    }

    pub(crate) fn acceptors(&self) -> Vec<Arc<Acceptor>> {
        let sources = self.sources.lock();
        let acceptors = sources.values().filter_map(|source| match source {
            Source::Acceptor(acceptor) => Some(acceptor.clone()),
            Source::Session(_) | Source::Decnet(_) | Source::Resident(_) => None,
        });
        acceptors.collect()
    }

    // Work for the reactor.

    /// Asks the reactor to look after a connection.
    pub(crate) fn enqueue(&self, id: u64, job: Job) {
        self.inbox.lock().push((id, job));
        self.wake();
    }

    pub(crate) fn take_inbox(&self) -> Vec<(u64, Job)> {
        std::mem::take(&mut *self.inbox.lock())
    }

    /// Makes the descriptor readable, unless it is the driving thread that asks, or one that runs handlers for it while nobody
    /// else sleeps: they look anyway before they return.
    pub(crate) fn wake(&self) {
        if !self.polling.load(Ordering::SeqCst) && Handling::is_here(self) {
            return;
        }
        if self.driver.load(Ordering::SeqCst) != this_thread() && !self.awake.swap(true, Ordering::SeqCst) {
            // An eventfd takes it always; and the worst of a failure would be a late wake-up.
            let _ = self.waker.wake();
        }
    }

    /// Leaves writing to the end of the handler that runs in this thread; false if none does.
    pub(crate) fn flush_later(&self, core: &Arc<Core>) -> bool {
        if !Handling::is_here(self) {
            return false;
        }
        let queued = TO_FLUSH.try_with(|cores| {
            let mut cores = cores.borrow_mut();
            if !cores.last().is_some_and(|last| Arc::ptr_eq(last, core)) {
                cores.push(core.clone());
            }
        });
        queued.is_ok()
    }

    /// The reactor noticed the waker: what comes from now on needs another wake-up.
    pub(crate) fn noticed(&self) {
        self.awake.store(false, Ordering::SeqCst);
    }

    /// The reactor sleeps from now on, unless there is work; or it is awake.
    pub(crate) fn polling(&self, polling: bool) {
        self.polling.store(polling, Ordering::SeqCst);
    }

    pub(crate) fn has_work(&self) -> bool {
        !self.inbox.lock().is_empty() || !self.handlers.lock().is_empty()
    }

    pub(crate) fn next_timeout(&self) -> Option<Duration> {
        if self.has_work() {
            return Some(Duration::ZERO);
        }
        let (at, _) = *self.timers.lock().first()?;
        Some(at - clock::now())
    }

    /// Sets the timer of a connection or an acceptor; `armed` is what it was set to.
    ///
    /// A timer is only ever moved forward. One that turns out to be early does no harm, and connections that are
    /// busy need not touch the list at every packet. True: it is the next one, and the reactor must be woken to see it.
    #[must_use]
    pub(crate) fn arm(&self, id: u64, armed: &mut Option<Instant>, due: Option<Instant>) -> bool {
        let Some(due) = due else { return false };
        if armed.is_some_and(|at| at <= due) {
            return false;
        }
        let mut timers = self.timers.lock();
        if let Some(at) = armed.replace(due) {
            timers.remove(&(at, id));
        }
        timers.insert((due, id));
        timers.first() == Some(&(due, id))
    }

    pub(crate) fn disarm(&self, id: u64, at: Instant) {
        self.timers.lock().remove(&(at, id));
    }

    /// Takes the timers that are due.
    pub(crate) fn expired(&self, now: Instant) -> Vec<u64> {
        let mut timers = self.timers.lock();
        let mut expired = Vec::new();
        while let Some((at, id)) = timers.first().copied()
            && at <= now
        {
            timers.pop_first();
            expired.push(id);
        }
        expired
    }

    // News for the user.

    pub(crate) fn generation(&self) -> u64 {
        self.seat.generation()
    }

    /// Tells everybody who waits: followers, and the leader or the caller's event loop.
    pub(crate) fn announce(&self) {
        if self.driver.load(Ordering::SeqCst) != this_thread() {
            self.seat.announce();
            self.wake();
        }
    }

    /// Names who got something. `round` is that of its last news: in one drive it counts once.
    pub(crate) fn ready(&self, id: u64, who: Option<Who>, round: &AtomicU64) {
        if let Some(who) = who {
            self.ready.lock().mark(id, who);
        }
        let current = self.round.load(Ordering::Relaxed);
        if round.swap(current, Ordering::Relaxed) != current {
            self.touched.fetch_add(1, Ordering::Relaxed);
        }
        self.announce();
    }

    pub(crate) fn not_ready(&self, id: u64) {
        self.ready.lock().remove(id);
    }

    pub(crate) fn refused(&self, refusal: Refusal) {
        let oldest = {
            let mut refusals = self.refusals.lock();
            refusals.push_back(refusal);
            if refusals.len() > refusal::KEPT { refusals.pop_front() } else { None }
        };
        drop(oldest);
        self.touched.fetch_add(1, Ordering::Relaxed);
        self.announce();
    }

    pub(crate) fn next_refusal(&self) -> Option<Refusal> {
        self.refusals.lock().pop_front()
    }

    pub(crate) fn next_ready(&self) -> Option<crate::Ready> {
        self.ready.lock().pop()
    }

    // Driving.

    /// Drives once, or waits for another thread that drives. False if the time is over and nothing happened.
    pub(crate) fn turn(&self, seen: u64, deadline: Option<SystemInstant>) -> Result<bool> {
        flush_now();
        match self.seat.take(Some(seen), deadline) {
            Turn::Lead(mut lead) => {
                let over = deadline.is_some_and(|at| SystemInstant::now() >= at);
                self.drive(lead.reactor(), clock::remaining(deadline))?;
                drop(lead);
                self.run_handlers();
                Ok(!over)
            }
            Turn::Changed => Ok(true),
            Turn::TimedOut => Ok(false),
        }
    }

    /// Waits until `look` finds something.
    pub(crate) fn wait<T>(
        &self,
        deadline: Option<SystemInstant>,
        what: &'static str,
        mut look: impl FnMut() -> Option<Result<T>>,
    ) -> Result<T> {
        let mut late = false;
        loop {
            let seen = self.generation();
            if let Some(found) = look() {
                return found;
            }
            if late {
                return Err(errors::timed_out(what));
            }
            late = !self.turn(seen, deadline)?;
        }
    }

    /// As [`Runtime::turn`], for a caller that waits for nothing in particular: how many got something.
    pub(crate) fn dispatch(&self, deadline: Option<SystemInstant>) -> Result<usize> {
        if self.is_closed() {
            return Err(errors::closed("the endpoint is closed"));
        }
        flush_now();
        match self.seat.take(None, deadline) {
            Turn::Lead(mut lead) => {
                let touched = self.drive(lead.reactor(), clock::remaining(deadline))?;
                drop(lead);
                self.run_handlers();
                Ok(touched)
            }
            Turn::Changed | Turn::TimedOut => Ok(0),
        }
    }

    fn drive(&self, reactor: &mut Reactor, timeout: Option<Duration>) -> Result<usize> {
        /// Takes the mark away also when unwinding.
        struct Driving<'a>(&'a AtomicUsize);
        impl Drop for Driving<'_> {
            fn drop(&mut self) {
                self.0.store(0, Ordering::SeqCst);
            }
        }
        self.driver.store(this_thread(), Ordering::SeqCst);
        let driving = Driving(&self.driver);
        self.round.fetch_add(1, Ordering::Relaxed);
        self.touched.store(0, Ordering::Relaxed);
        let outcome = reactor.drive(self, timeout);
        drop(driving);
        // Handlers are run next; whatever work is left then makes the descriptor readable.
        outcome.map_err(|error| errors::system(&error, "waiting for the network"))?;
        Ok(self.touched.load(Ordering::Relaxed))
    }

    pub(crate) fn start(self: &Arc<Self>) -> Result<()> {
        if self.is_closed() {
            return Err(errors::closed("the endpoint is closed"));
        }
        let mut thread = self.thread.lock();
        if thread.is_some() {
            return Ok(());
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (runtime, stopped) = (self.clone(), stop.clone());
        let drive = move || {
            while !stopped.load(Ordering::SeqCst) {
                let seen = runtime.generation();
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let turn =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.turn(seen, None)));
                if matches!(turn, Ok(Err(_))) {
                    // The system cannot even wait. Do not spin.
                    thread::sleep(Duration::from_millis(100));
                }
            }
        };
        let handle = thread::Builder::new()
            .name("osisession".into())
            .spawn(drive)
            .map_err(|error| errors::system(&error, "starting a thread"))?;
        *thread = Some(Background { stop, handle });
        Ok(())
    }

    /// A background thread drives.
    pub(crate) fn is_started(&self) -> bool {
        self.thread.lock().is_some()
    }

    /// This thread runs handlers of this endpoint.
    pub(crate) fn is_handling(&self) -> bool {
        Handling::is_here(self)
    }

    pub(crate) fn stop(&self) {
        let Some(Background { stop, handle }) = self.thread.lock().take() else { return };
        stop.store(true, Ordering::SeqCst);
        self.announce();
        if handle.thread().id() != thread::current().id() {
            // A panic of a handler was caught in the thread itself.
            let _ = handle.join();
        }
    }

    /// Closes everything.
    pub(crate) fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.stop();
        let (mut acceptors, mut cores, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
        let mut residents = Vec::new();
        for source in self.sources.lock().values() {
            match source {
                Source::Acceptor(acceptor) => acceptors.push(acceptor.clone()),
                Source::Session(core) => cores.push(core.clone()),
                Source::Decnet(node) => nodes.push(node.clone()),
                Source::Resident(resident) => residents.extend(resident.upgrade()),
            }
        }
        for resident in residents {
            resident.close();
        }
        for node in nodes {
            node.close();
        }
        for acceptor in acceptors {
            for listener in acceptor.listeners() {
                listener.close();
            }
        }
        for core in cores {
            core.close();
            flush_now();
            core.hang_up();
        }
        self.drop_handlers();
        self.timers.lock().clear();
        let rest = std::mem::take(&mut *self.sources.lock());
        drop(rest);
        self.announce();
    }
}
