//! One who asks, and keeps its session.
use super::config::{self, ClientConfig, Options};
use super::core::Core;
use super::failure::Failure;
use super::peer::{Call, Peer};
use super::request::Request;
use super::service::Service;
use super::slot::Answer;
use super::state::Connector;
use crate::circuit::{self, Progress};
use crate::{Endpoint, Session};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::rpc::{AssociationId, Engine};
use std::sync::Arc;
use std::time::Duration;

/// What all clones of a [`Client`] and its calls share.
#[derive(Debug)]
pub(super) struct ClientHandle {
    core: Arc<Core>,
    max_open: usize,
    /// Requests that the journal had.
    resumed: Vec<u64>,
}

impl Drop for ClientHandle {
    fn drop(&mut self) {
        self.core.end();
        self.core.service.close();
    }
}

/// One association with a server, over a session that is kept (see [`crate::circuit`]).
///
/// A clone is another handle of the same client. When the last one is dropped, with its calls, the session is aborted.
#[derive(Clone, Debug)]
pub struct Client(Peer);

impl Client {
    /// A client of the server at `address`, which is as for [`Endpoint::connect`]. Nothing is opened before the first request, unless
    /// [`circuit::Config::keep_open`] says so. A host name is looked up each time the session is opened, where the endpoint is driven.
    ///
    /// # Errors
    /// `Invalid`: a limit or a time is zero that must not be. `Closed`: the endpoint is closed. What the journal fails with; `Refused`: it is in use.
    pub fn new(endpoint: &Endpoint, address: &str, config: ClientConfig) -> Result<Client> {
        let mut config = config;
        config::fit(&mut config.session, &mut config.calls);
        let association = config.association.unwrap_or_else(draw);
        let service = Service::new(endpoint.0.runtime.clone(), config.service.clone());
        let connector = Connector::new(address, &config);
        let new = |engine| Core::new(endpoint, engine, Some(connector), service);
        #[cfg(feature = "durable")]
        let (core, resumed) = match &config.journal {
            Some(journal) => {
                let kept = journal.client(&config.calls, association)?;
                let core = new(kept.engine)?;
                core.keep(kept.store);
                let resumed = core.resume();
                (core, resumed)
            }
            None => (new(Engine::new(config.calls.clone(), association)?)?, Vec::new()),
        };
        #[cfg(not(feature = "durable"))]
        let (core, resumed) = (new(Engine::new(config.calls.clone(), association)?)?, Vec::new());
        let keep = Arc::new(ClientHandle { core: core.clone(), max_open: config.calls.max_open, resumed });
        core.pump();
        Ok(Client(Peer::new(core, Some(keep))))
    }

    fn core(&self) -> &Arc<Core> {
        &self.0.core
    }

    /// The name of the association.
    pub fn association(&self) -> AssociationId {
        self.0.association()
    }

    /// Asks, and waits for the response, at most `timeout`; `None` waits for ever. Carried out at most once. Opens the session if it is not there.
    ///
    /// # Errors
    /// [`Failure`] says what is known.
    pub fn request(&self, data: impl Into<Bytes>, timeout: Option<Duration>) -> Answer {
        self.0.request(data, timeout)
    }

    /// As [`Client::request`], with all that can be said of a request.
    ///
    /// # Errors
    /// [`Failure`] says what is known.
    pub fn request_with(&self, data: impl Into<Bytes>, options: Options) -> Answer {
        self.0.request_with(data, options)
    }

    /// Asks and does not wait: for many requests at a time, and for `async` code.
    ///
    /// # Errors
    /// `Failure::Refused`: it never became a request.
    pub fn start(&self, data: impl Into<Bytes>, options: Options) -> std::result::Result<Call, Failure> {
        self.0.start(data, options)
    }

    /// Asks; `done` gets the number of the request and its outcome where the endpoint is driven, with nothing locked: it may call anything. Gives the number of the request for
    /// [`Client::cancel`].
    ///
    /// # Errors
    /// `Failure::Refused`: it never became a request, and `done` is not called.
    pub fn start_with(
        &self,
        data: impl Into<Bytes>,
        options: Options,
        done: impl FnOnce(u64, Answer) + Send + 'static,
    ) -> std::result::Result<u64, Failure> {
        self.0.start_with(data, options, done)
    }

    /// Asks; the outcome goes to a queue ([`Client::next_outcome`]), for programs with an event loop. Gives the number of the request.
    ///
    /// # Errors
    /// `Failure::Refused`: it never became a request; `LimitHit` also if as many outcomes as [`super::Config::max_open`] were not taken.
    pub fn start_queued(
        &self,
        data: impl Into<Bytes>,
        options: Options,
    ) -> std::result::Result<u64, Failure> {
        let most = self.0.handle().map_or(usize::MAX, |handle| handle.max_open);
        self.core().start_kept(data.into(), options, most)
    }

    /// The numbers of the requests that were without outcome in the journal when this client was made. They go on; their outcomes go to the queue
    /// ([`Client::next_outcome`]). They have no deadlines: [`Client::cancel`] ends them.
    pub fn resumed(&self) -> &[u64] {
        self.0.handle().map_or(&[], |handle| &handle.resumed)
    }

    /// The next outcome in the queue, with the number of its request, if there is one.
    pub fn try_next_outcome(&self) -> Option<(u64, Answer)> {
        self.core().try_next_outcome()
    }

    /// Waits for the next outcome in the queue, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the client is closed, and all outcomes were taken.
    pub fn next_outcome(&self, timeout: Option<Duration>) -> Result<(u64, Answer)> {
        self.core().next_outcome(timeout)
    }

    /// Stops a request as far as that is possible: see [`Peer::cancel`].
    ///
    /// # Errors
    /// `Refused`: it has its outcome.
    pub fn cancel(&self, id: u64) -> Result<()> {
        self.0.cancel(id)
    }

    /// Asks for something without response: see [`Peer::one_way`].
    ///
    /// # Errors
    /// As said there.
    pub fn one_way(&self, data: &[u8], timeout: Option<Duration>) -> Result<()> {
        self.0.one_way(data, timeout)
    }

    /// Opens the session, if it is not there, and waits for it.
    ///
    /// # Errors
    /// `TimedOut`. What the last attempt failed with, if no attempt is made now. `Closed`.
    pub fn open(&self, timeout: Option<Duration>) -> Result<()> {
        self.core().open(timeout)
    }

    /// As [`Client::open`] without waiting and without driving: true if the session is there. If not, it is wanted until it comes or is given
    /// up, which the events tell.
    ///
    /// # Errors
    /// What the last attempt failed with, if no attempt is made now. `Closed`.
    pub fn try_open(&self) -> Result<bool> {
        self.core().try_open()
    }

    /// There is a session at present.
    pub fn is_connected(&self) -> bool {
        self.0.is_connected()
    }

    /// The session, if there is one at present: to look at, not to use.
    pub fn session(&self) -> Option<Session> {
        self.core().session()
    }

    /// Where the session stands, and the circuit.
    pub fn progress(&self) -> Progress {
        self.core().progress().expect("a client has its line")
    }

    /// What happened to the session, the oldest first; the last 256 are kept.
    pub fn try_next_event(&self) -> Option<circuit::Event> {
        self.core().next_event()
    }

    /// Waits for the next of these events, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<circuit::Event> {
        self.core().wait_event(timeout)
    }

    /// Makes the next attempt at once, also where the circuit is open or attempts were stopped.
    pub fn reset(&self) {
        self.core().reset();
    }

    /// Carries out what the server asks: see [`super::Server::serve`].
    pub fn serve(&self, handler: impl Fn(Request) + Send + Sync + 'static) {
        self.core().service.serve(Some(Arc::new(handler)));
        self.core().enqueue();
    }

    /// The next request of the server, for one who takes them in place of a handler; from the first call on they wait for it. At most `timeout`;
    /// `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn next_request(&self, timeout: Option<Duration>) -> Result<Request> {
        self.core().service.next(timeout)
    }

    /// The next request of the server, if there is one: see [`Client::next_request`].
    pub fn try_next_request(&self) -> Option<Request> {
        self.core().service.try_next()
    }

    /// The server as one who is asked: the same as this, without what concerns the session.
    pub fn peer(&self) -> Peer {
        self.0.clone()
    }

    /// Begins to release the session in order, without waiting; [`Client::session`] is `None` once that is done. Nothing should be under way.
    pub fn start_release(&self) {
        self.core().start_release();
    }

    /// Releases the session in order and waits for that, at most `timeout`; then as [`Client::close`]. Requests that are under way get no response.
    ///
    /// # Errors
    /// `TimedOut`: the session was aborted.
    pub fn release(&self, timeout: Option<Duration>) -> Result<()> {
        let released = self.core().release(timeout);
        self.close();
        released
    }

    /// Ends the client at once: the session is aborted, and every request without outcome gets one.
    pub fn close(&self) {
        self.core().end();
        self.core().service.close();
    }
}

/// A name that nobody else has: two outputs of a keyed hash whose keys the system drew.
fn draw() -> AssociationId {
    let mut name = [0; 16];
    name[..8].copy_from_slice(&circuit::random().to_be_bytes());
    name[8..].copy_from_slice(&circuit::random().to_be_bytes());
    name
}
