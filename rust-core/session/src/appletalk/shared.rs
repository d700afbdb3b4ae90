//! A node or a router that several threads use.
//!
//! One lock, which is never held while somebody waits. Of the threads that wait one leads: it waits for the sockets and drives; the
//! others wait for what it does, and one of them takes over when it has what it wanted. A request of another thread wakes the leader,
//! for it may have made the next deadline earlier.
use super::client::{Asked, Joined, ZoneClient, first};
use super::router::ZoneRouter;
use crate::{clock, errors};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};
use osisession_proto::error::{Error, Result};
use osisession_proto::zip::nbp::Tuple;
use osisession_proto::zip::node::NodeEvent;
use osisession_proto::zip::router::RouterEvent;
use osisession_proto::zip::{Entity, Name, NodeAddress, ZoneCall, ZoneName};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::fmt;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant as SystemInstant};

const SOCKETS: Token = Token(0);
const WAKE: Token = Token(1);
/// Pause of the background thread after a failure of the network.
const PAUSE: Duration = Duration::from_millis(100);

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::ZoneClient {}
    impl Sealed for super::ZoneRouter {}
}

/// What can be shared: [`ZoneClient`] and [`ZoneRouter`].
pub trait Driven: sealed::Sealed + Send + 'static {
    /// Does what there is to do, without waiting.
    ///
    /// # Errors
    /// `Transport`: the network fails.
    fn turn(&mut self) -> Result<()>;
    /// A descriptor that is readable when there is something to do.
    fn descriptor(&self) -> RawFd;
    /// How long nothing has to be done but for what the descriptor tells; `None` for ever.
    fn next_timeout(&self) -> Option<Duration>;
}

impl Driven for ZoneClient {
    fn turn(&mut self) -> Result<()> {
        self.dispatch(Duration::ZERO)
    }

    fn descriptor(&self) -> RawFd {
        ZoneClient::descriptor(self)
    }

    fn next_timeout(&self) -> Option<Duration> {
        ZoneClient::next_timeout(self)
    }
}

impl Driven for ZoneRouter {
    fn turn(&mut self) -> Result<()> {
        self.dispatch(Duration::ZERO)
    }

    fn descriptor(&self) -> RawFd {
        ZoneRouter::descriptor(self)
    }

    fn next_timeout(&self) -> Option<Duration> {
        ZoneRouter::next_timeout(self)
    }
}

/// A node or a router that several threads use. Its calls take `&self`; a call that waits drives it if nobody else does.
///
/// Dropping it closes it.
pub struct Shared<T: Driven> {
    inner: Arc<Inner<T>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Inner<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// The leader's.
    wait: Mutex<(Poll, Events)>,
    waker: Waker,
    descriptor: RawFd,
}

struct State<T> {
    /// `None`: closed.
    value: Option<T>,
    /// Somebody leads.
    led: bool,
    /// The background thread is to end.
    stop: bool,
    failures: u64,
    last_failure: Option<Error>,
}

impl<T: Driven> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("descriptor", &self.inner.descriptor).finish_non_exhaustive()
    }
}

impl<T: Driven> Drop for Shared<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T: Driven> Shared<T> {
    /// Shares it.
    ///
    /// # Errors
    /// `Transport`: the system gives no descriptor.
    pub fn new(value: T) -> Result<Shared<T>> {
        let refused = |error: std::io::Error| errors::system(&error, "making a poll");
        let poll = Poll::new().map_err(refused)?;
        let waker = Waker::new(poll.registry(), WAKE).map_err(refused)?;
        let sockets = value.descriptor();
        poll.registry().register(&mut SourceFd(&sockets), SOCKETS, Interest::READABLE).map_err(refused)?;
        let state = State { value: Some(value), led: false, stop: false, failures: 0, last_failure: None };
        let inner = Inner {
            state: Mutex::new(state),
            changed: Condvar::new(),
            waker,
            descriptor: poll.as_raw_fd(),
            wait: Mutex::new((poll, Events::with_capacity(2))),
        };
        Ok(Shared { inner: Arc::new(inner), thread: Mutex::new(None) })
    }

    /// Does something with it that does not wait.
    ///
    /// # Errors
    /// `Closed`.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> Result<R> {
        let mut state = self.inner.state.lock();
        let result = f(state.value.as_mut().ok_or_else(closed)?);
        let led = state.led;
        drop(state);
        self.inner.changed.notify_all();
        if led {
            self.inner.wake();
        }
        Ok(result)
    }

    /// Waits until something is so, and drives if nobody else does. `what` names it in the error.
    fn wait<R>(
        &self,
        timeout: Option<Duration>,
        what: &'static str,
        mut done: impl FnMut(&mut T) -> Option<Result<R>>,
    ) -> Result<R> {
        let end = clock::deadline(timeout);
        let mut state = self.inner.state.lock();
        let mut last = false;
        loop {
            if let Some(result) = done(state.value.as_mut().ok_or_else(closed)?) {
                return result;
            }
            if last {
                return Err(errors::timed_out(what));
            }
            last = clock::remaining(end) == Some(Duration::ZERO);
            self.inner.step(&mut state, end)?;
        }
    }

    /// Drives once: does what there is to do; waits for it, at most this long. `None` waits for ever.
    ///
    /// # Errors
    /// `Closed`. `Transport`: the network fails.
    pub fn dispatch(&self, timeout: Option<Duration>) -> Result<()> {
        let mut state = self.inner.state.lock();
        self.inner.step(&mut state, clock::deadline(timeout))?;
        state.value.as_ref().map(|_| ()).ok_or_else(closed)
    }

    /// Starts a thread that drives it. Does nothing if it runs.
    ///
    /// # Errors
    /// `Closed`. `Transport`: the system gives no thread.
    pub fn start(&self) -> Result<()> {
        let mut thread = self.thread.lock();
        if thread.is_some() {
            return Ok(());
        }
        {
            let mut state = self.inner.state.lock();
            state.value.as_ref().ok_or_else(closed)?;
            state.stop = false;
        }
        let inner = self.inner.clone();
        let builder = std::thread::Builder::new().name("osisession-zip".into());
        let started = builder.spawn(move || inner.drive());
        *thread = Some(started.map_err(|error| errors::system(&error, "starting a thread"))?);
        Ok(())
    }

    /// Ends the thread and waits for its end. Does nothing if there is none.
    pub fn stop(&self) {
        let mut thread = self.thread.lock();
        self.inner.state.lock().stop = true;
        self.inner.wake_all();
        if let Some(thread) = thread.take() {
            // A panic of the thread has been told by the hook; there is nothing of it to pass on.
            let _ = thread.join();
        }
    }

    /// Closes it: sockets and thread go, and calls that wait end with `Closed`. Calling it again does nothing.
    pub fn close(&self) {
        let value = self.inner.state.lock().value.take();
        self.inner.wake_all();
        drop(value);
        self.stop();
    }

    /// A descriptor that is readable when [`Shared::dispatch`] has something to do. It is valid until this is dropped.
    pub fn descriptor(&self) -> RawFd {
        self.inner.descriptor
    }

    /// How long nothing has to be done but for what the descriptor tells; `None` for ever.
    ///
    /// # Errors
    /// `Closed`.
    pub fn next_timeout(&self) -> Result<Option<Duration>> {
        Ok(self.inner.state.lock().value.as_ref().ok_or_else(closed)?.next_timeout())
    }

    /// How often the network has failed the background thread, and how it did the last time. The thread goes on.
    pub fn failures(&self) -> (u64, Option<Error>) {
        let state = self.inner.state.lock();
        (state.failures, state.last_failure.clone())
    }
}

fn closed() -> Error {
    errors::closed("it is closed")
}

impl<T: Driven> Inner<T> {
    fn wake(&self) {
        // The counter of the system's object is full at worst, which wakes as well.
        let _ = self.waker.wake();
    }

    fn wake_all(&self) {
        self.changed.notify_all();
        self.wake();
    }

    /// Leads for one turn, or waits while somebody else does.
    fn step(&self, state: &mut MutexGuard<'_, State<T>>, end: Option<SystemInstant>) -> Result<()> {
        if state.led {
            match end {
                Some(end) => drop(self.changed.wait_until(state, end)),
                None => self.changed.wait(state),
            }
            return Ok(());
        }
        let Some(due) = state.value.as_ref().map(Driven::next_timeout) else { return Err(closed()) };
        let most = due.into_iter().chain(clock::remaining(end)).min();
        state.led = true;
        let waited = MutexGuard::unlocked(state, || {
            let mut wait = self.wait.lock();
            let (poll, ready) = &mut *wait;
            poll.poll(ready, most)
        });
        state.led = false;
        let result = match waited {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                Err(errors::system(&error, "waiting for sockets"))
            }
            _ => state.value.as_mut().map_or(Ok(()), Driven::turn),
        };
        self.changed.notify_all();
        result
    }

    /// The background thread.
    fn drive(&self) {
        let mut state = self.state.lock();
        while !state.stop && state.value.is_some() {
            if let Err(error) = self.step(&mut state, None) {
                state.failures += 1;
                state.last_failure = Some(error);
                let _ = self.changed.wait_for(&mut state, PAUSE);
            }
        }
    }
}

impl Shared<ZoneClient> {
    /// Takes an event; `None` if there is none in this time. What calls of other threads wait for is no event.
    ///
    /// # Errors
    /// `Closed`. `Transport`: the network fails.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<Option<NodeEvent>> {
        none_in_time(self.wait(timeout, "event", |client| client.poll_event().map(Ok)))
    }

    /// As [`ZoneClient::join`].
    ///
    /// # Errors
    /// As there, and `Closed`.
    pub fn join(&self, timeout: Option<Duration>) -> Result<Joined> {
        self.wait(timeout, "answer of a router", |client| client.joined())
    }

    /// Asks the router for zones: the zones in its order; one for GetMyZone.
    ///
    /// # Errors
    /// As [`ZoneClient::zone_list`] and [`ZoneClient::my_zone`], and `Closed`.
    pub fn zones(&self, call: ZoneCall, timeout: Option<Duration>) -> Result<Vec<ZoneName>> {
        self.ask_zones(call)?.wait(timeout)
    }

    /// As [`Shared::zones`], for those who wait in several steps.
    ///
    /// # Errors
    /// `Refused`, `LimitHit`, `Transport`, `Closed`.
    pub fn ask_zones(&self, call: ZoneCall) -> Result<Pending<'_, Vec<ZoneName>>> {
        let request = self.ask(|client| client.ask_zones(call), Asked::Zones)?;
        let look = move |client: &mut ZoneClient| {
            let result = client.zones_answer(request)?;
            Some(match call {
                ZoneCall::GetMyZone => result.and_then(first).map(|zone| vec![zone]),
                ZoneCall::GetZoneList | ZoneCall::GetLocalZones => result,
            })
        };
        Ok(self.pending(Asked::Zones(request), "answer of the router", look))
    }

    /// As [`ZoneClient::look_up`]; with it whether a limit was reached, so that there may be more.
    ///
    /// # Errors
    /// As there, and `Closed`.
    pub fn look_up(&self, entity: Entity, timeout: Option<Duration>) -> Result<(Vec<Tuple>, bool)> {
        self.ask_look_up(entity)?.wait(timeout)
    }

    /// As [`Shared::look_up`], for those who wait in several steps.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`, `Transport`, `Closed`.
    pub fn ask_look_up(&self, entity: Entity) -> Result<Pending<'_, (Vec<Tuple>, bool)>> {
        let lookup = self.ask(|client| client.ask_look_up(entity), Asked::Names)?;
        let mut found = Vec::new();
        let look = move |client: &mut ZoneClient| {
            let end = client.lookup_answer(lookup, &mut found)?;
            Some(end.map(|more| (std::mem::take(&mut found), more)))
        };
        Ok(self.pending(Asked::Names(lookup), "end of the look-up", look))
    }

    /// As [`ZoneClient::register`].
    ///
    /// # Errors
    /// As there, and `Closed`.
    pub fn register(&self, object: Name, kind: Name, socket: u8, timeout: Option<Duration>) -> Result<()> {
        self.ask_register(object, kind, socket)?.wait(timeout)
    }

    /// As [`Shared::register`], for those who wait in several steps.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`, `Transport`, `Closed`.
    pub fn ask_register(&self, object: Name, kind: Name, socket: u8) -> Result<Pending<'_, ()>> {
        let lookup = self.ask(|client| client.ask_register(object, kind, socket), Asked::Names)?;
        let look = move |client: &mut ZoneClient| client.register_answer(lookup);
        Ok(self.pending(Asked::Names(lookup), "end of the registration", look))
    }

    /// As [`ZoneClient::echo`].
    ///
    /// # Errors
    /// As there, and `Closed`.
    pub fn echo(&self, to: NodeAddress, data: &[u8], timeout: Option<Duration>) -> Result<Duration> {
        self.ask_echo(to, data)?.wait(timeout)
    }

    /// As [`Shared::echo`], for those who wait in several steps.
    ///
    /// # Errors
    /// `Refused`, `Invalid`, `LimitHit`, `Transport`, `Closed`.
    pub fn ask_echo(&self, to: NodeAddress, data: &[u8]) -> Result<Pending<'_, Duration>> {
        let began = SystemInstant::now();
        let echo = self.ask(|client| client.ask_echo(to, data), Asked::Echo)?;
        let look = move |client: &mut ZoneClient| Some(client.echo_answer(echo)?.map(|()| began.elapsed()));
        Ok(self.pending(Asked::Echo(echo), "echo", look))
    }

    /// Asks, and keeps the answers.
    fn ask<I: Copy>(
        &self,
        ask: impl FnOnce(&mut ZoneClient) -> Result<I>,
        name: impl FnOnce(I) -> Asked,
    ) -> Result<I> {
        self.with(|client| {
            let id = ask(client)?;
            client.reserved(name(id)).map(|()| id)
        })?
    }

    fn pending<T>(
        &self,
        asked: Asked,
        what: &'static str,
        look: impl FnMut(&mut ZoneClient) -> Option<Result<T>> + Send + 'static,
    ) -> Pending<'_, T> {
        Pending { node: self, asked, what, look: Box::new(look) }
    }
}

/// Something that was asked of a node and has no answer yet. Dropping it gives it up.
pub struct Pending<'a, T> {
    node: &'a Shared<ZoneClient>,
    asked: Asked,
    what: &'static str,
    look: Box<Look<T>>,
}

/// Takes the answer if it is there.
type Look<T> = dyn FnMut(&mut ZoneClient) -> Option<Result<T>> + Send;

impl<T> fmt::Debug for Pending<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("what", &self.what).finish_non_exhaustive()
    }
}

impl<T> Pending<'_, T> {
    /// Waits for the answer, and drives the node if nobody else does. It is given once.
    ///
    /// # Errors
    /// `TimedOut`: it may be waited for again. What the answer says. `Transport`: the network fails. `Closed`.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Result<T> {
        self.node.wait(timeout, self.what, &mut self.look)
    }
}

impl<T> Drop for Pending<'_, T> {
    fn drop(&mut self) {
        let asked = self.asked;
        let _ = self.node.with(|client| {
            client.release(asked);
            if let Asked::Names(lookup) = asked {
                client.cancel(lookup);
            }
        });
    }
}

impl Shared<ZoneRouter> {
    /// Takes an event; `None` if there is none in this time.
    ///
    /// # Errors
    /// `Closed`. `Transport`: the network fails.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<Option<RouterEvent>> {
        none_in_time(self.wait(timeout, "event", |router| router.poll_event().map(Ok)))
    }
}

fn none_in_time<E>(result: Result<E>) -> Result<Option<E>> {
    match result {
        Ok(event) => Ok(Some(event)),
        Err(late) if late.kind() == osisession_proto::ErrorKind::TimedOut => Ok(None),
        Err(error) => Err(error),
    }
}
