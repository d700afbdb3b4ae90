//! One who is asked, by many.
use super::config::{self, ServerConfig};
use super::core::Core;
#[cfg(feature = "durable")]
use super::journal::RequestJournal;
use super::peer::Peer;
use super::request::Request;
use super::service::Service;
use super::state::News;
use crate::circuit::line::own;
use crate::log::{self, Note};
use crate::resident::{Owner, Resident};
use crate::runtime::Source;
use crate::{Endpoint, Listener, Session, clock, errors};
use osisession_proto::error::Result;
use osisession_proto::rpc::{AssociationId, Engine, Hello, Link};
use osisession_proto::x225::parameter::{FunctionalUnits, TokenAssignment, TokenSide, refuse_reason};
use osisession_proto::x225::primitive::{ConnectIndication, ConnectReject, ConnectResponse, Event};
use osisession_proto::{Bytes, Error, ErrorKind, Instant, Layer};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tracing::Level;

/// Events that are kept for the user; of more, the oldest go.
const KEPT: usize = 256;
/// Callers taken before others have their turn.
const PER_TURN: usize = 64;

/// What happens to a server's clients.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// A client has a session.
    Up(Peer),
    /// A client has none any more; why, unless it was released. What is under way for it goes on.
    Down(Peer, Option<Error>),
    /// A client did what it must not; its session is aborted.
    Violation(Peer, Error),
    /// A caller was refused: it does not speak of requests and responses, or there are too many.
    Refused(Error),
    /// A client that was away for long is forgotten.
    Forgotten(AssociationId),
}

#[derive(Debug)]
struct Client {
    core: Arc<Core>,
    /// The certificate of its first session: the name of the association is its alone.
    certificate: Option<Bytes>,
}

#[derive(Default)]
struct State {
    clients: HashMap<AssociationId, Client>,
    /// Sessions whose S-CONNECT indication is to be taken.
    callers: Vec<Session>,
    events: VecDeque<ServerEvent>,
    armed: Option<Instant>,
    closed: bool,
}

struct ServerCore {
    id: u64,
    me: Weak<ServerCore>,
    endpoint: Endpoint,
    listener: Listener,
    config: ServerConfig,
    service: Arc<Service>,
    /// Until it is closed: who owns the journal next may be waiting.
    #[cfg(feature = "durable")]
    journal: Mutex<Option<RequestJournal>>,
    queued: AtomicBool,
    running: AtomicBool,
    state: Mutex<State>,
}

impl std::fmt::Debug for ServerCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerCore").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct ServerHandle {
    core: Arc<ServerCore>,
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.core.end();
    }
}

/// Gives the requests of its clients to a handler, or to whoever takes them.
///
/// A clone is another handle of the same server; when the last one is dropped, it is closed.
#[derive(Clone, Debug)]
pub struct Server(Arc<ServerHandle>);

impl Server {
    /// Listens at `address`, which is as for [`Endpoint::listen`]. Requests wait until they are served or taken.
    ///
    /// # Errors
    /// As of [`Endpoint::listen`]; `Invalid`: a limit is zero that must not be. What the journal fails with; `Refused`: it is in use; `LimitHit`: it has
    /// more clients than [`ServerConfig::max_clients`].
    pub fn new(endpoint: &Endpoint, address: &str, config: ServerConfig) -> Result<Server> {
        let mut config = config;
        config::fit(&mut config.listener.session, &mut config.calls);
        // Whether its limits can be lived with, before the first caller.
        Engine::new(config.calls.clone(), [0; 16])?;
        let runtime = &endpoint.0.runtime;
        let service = Service::new(runtime.clone(), config.service.clone());
        service.pull();
        let listener = endpoint.listen(address, config.listener.clone())?;
        #[cfg(feature = "durable")]
        let journal = Mutex::new(config.journal.take());
        let core = Arc::new_cyclic(|me| ServerCore {
            id: runtime.next_id(),
            me: me.clone(),
            endpoint: endpoint.clone(),
            listener,
            config,
            service,
            #[cfg(feature = "durable")]
            journal,
            queued: AtomicBool::new(false),
            running: AtomicBool::new(false),
            state: Mutex::default(),
        });
        let resident: Weak<dyn Resident> = core.me.clone();
        core.listener.0.core.set_owner(Owner { who: resident.clone(), alone: true });
        if !runtime.remember(core.id, Source::Resident(resident)) {
            runtime.forget(core.id);
            return Err(errors::closed("the endpoint is closed"));
        }
        core.take_up().inspect_err(|_| core.end())?;
        // Callers may have come before the owner was known.
        runtime.enqueue_resident(core.clone());
        Ok(Server(Arc::new(ServerHandle { core })))
    }

    /// Where it listens, with the port that the system chose.
    pub fn local_address(&self) -> String {
        self.0.core.listener.local_address()
    }

    /// Gives requests to this function, in place of the one before. With [`config::ServiceConfig::threads`] it is called from so many threads
    /// at once and may wait; with none, where the endpoint is driven. It answers each request, or keeps it and answers later, from any thread. One
    /// that it drops, also by a panic, is answered with [`super::code::UNANSWERED`].
    pub fn serve(&self, handler: impl Fn(Request) + Send + Sync + 'static) {
        let core = &self.0.core;
        core.service.serve(Some(Arc::new(handler)));
        core.endpoint.0.runtime.enqueue_resident(core.clone());
    }

    /// The next request, for one who takes them in place of a handler; at most `timeout`, `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn next_request(&self, timeout: Option<Duration>) -> Result<Request> {
        self.0.core.service.next(timeout)
    }

    /// The next request, if there is one.
    pub fn try_next_request(&self) -> Option<Request> {
        self.0.core.service.try_next()
    }

    /// What happened to its clients, the oldest first; the last 256 are kept.
    pub fn try_next_event(&self) -> Option<ServerEvent> {
        self.0.core.state.lock().events.pop_front()
    }

    /// Waits for the next of these events, at most `timeout`; `None` waits for ever.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<ServerEvent> {
        let core = &self.0.core;
        core.endpoint.0.runtime.wait(clock::deadline(timeout), "event", || {
            let mut state = core.state.lock();
            match state.events.pop_front() {
                Some(event) => Some(Ok(event)),
                None if state.closed => Some(Err(super::core::closed())),
                None => None,
            }
        })
    }

    /// The clients that are known, connected or not.
    pub fn clients(&self) -> Vec<Peer> {
        let state = self.0.core.state.lock();
        state.clients.values().map(|client| Peer::new(client.core.clone(), None)).collect()
    }

    /// Stops listening, aborts all sessions, forgets all clients. Handlers that run go on; their answers are refused. Calling it again does nothing.
    pub fn close(&self) {
        self.0.core.end();
    }
}

impl ServerCore {
    fn end(&self) {
        let clients = {
            let mut state = self.state.lock();
            if std::mem::replace(&mut state.closed, true) {
                return;
            }
            state.callers.clear();
            std::mem::take(&mut state.clients)
        };
        self.listener.close();
        for client in clients.into_values() {
            client.core.end();
        }
        self.service.close();
        #[cfg(feature = "durable")]
        drop(self.journal.lock().take());
        let runtime = &self.endpoint.0.runtime;
        let armed = self.state.lock().armed.take();
        if let Some(at) = armed {
            runtime.disarm(self.id, at);
        }
        runtime.forget(self.id);
        runtime.announce();
    }

    fn tell(&self, event: ServerEvent) {
        {
            let mut state = self.state.lock();
            if state.events.len() >= KEPT {
                state.events.pop_front();
            }
            state.events.push_back(event);
        }
        self.endpoint.0.runtime.announce();
    }

    /// Takes callers, and answers their S-CONNECT indications.
    fn take_callers(&self) {
        for _ in 0..PER_TURN {
            let most = self.config.max_connecting.max(1);
            if self.state.lock().callers.len() >= most {
                break;
            }
            let Some(session) = self.listener.try_accept() else { break };
            own(&session, Owner { who: self.me.clone(), alone: true });
            self.state.lock().callers.push(session);
        }
        let callers = std::mem::take(&mut self.state.lock().callers);
        let mut waiting = Vec::new();
        for session in callers {
            match session.try_next_event() {
                Some(Event::ConnectIndication(indication)) => self.answer(&session, &indication),
                // It is gone already.
                Some(_) => session.close(),
                None if session.is_drained() => {}
                None => waiting.push(session),
            }
        }
        self.state.lock().callers.append(&mut waiting);
    }

    fn answer(&self, session: &Session, indication: &ConnectIndication) {
        if let Err((reason, error)) = self.welcome(session, indication) {
            let reject = ConnectReject { reason, ..ConnectReject::default() };
            if session.connect_response_negative(reject).is_err() {
                session.close();
            }
            if log::wants(Level::WARN) {
                let note = Note::new(Level::WARN, "a caller of requests and responses is refused");
                let peer = session.peer_address().unwrap_or_default();
                note.with_error(Some(&error)).tell(session.id(), &peer);
            }
            self.tell(ServerEvent::Refused(error));
        }
    }

    fn welcome(
        &self,
        session: &Session,
        indication: &ConnectIndication,
    ) -> std::result::Result<(), (u8, Error)> {
        let user = |error: Error| (refuse_reason::USER, error);
        let hello = Hello::decode(&indication.user_data, true).map_err(user)?;
        let proposed = indication.functional_units;
        let units = if proposed.contains(FunctionalUnits::DUPLEX) {
            FunctionalUnits::DUPLEX
        } else if proposed.contains(FunctionalUnits::HALF_DUPLEX) {
            FunctionalUnits::HALF_DUPLEX | (proposed & FunctionalUnits::TYPED_DATA)
        } else {
            let error = Error::peer(Layer::Session, "neither duplex nor half-duplex is proposed");
            return Err(user(error.with_clause("docs/rpc.md 1")));
        };
        let core = self.client(session, &hello)?;
        let response = ConnectResponse {
            functional_units: units,
            tokens: TokenAssignment::all(TokenSide::Requestor),
            user_data: [&core.hello(false)[..], &self.config.user_data].concat().into(),
            ..ConnectResponse::default()
        };
        session.connect_response(response).map_err(user)?;
        let link = Link::of(&session.properties());
        core.attach(session, link, &hello).map_err(user)
    }

    /// The client of this name, or a new one.
    fn client(&self, session: &Session, hello: &Hello) -> std::result::Result<Arc<Core>, (u8, Error)> {
        let certificate = certificate(session);
        let gone = {
            let mut state = self.state.lock();
            match state.clients.get(&hello.association) {
                _ if state.closed => return Err((refuse_reason::USER, super::core::closed())),
                Some(client) if client.certificate != certificate => return Err(belongs_to_another(hello)),
                Some(client) => return Ok(client.core.clone()),
                None if state.clients.len() < self.config.max_clients.max(1) => None,
                None => longest_away(&mut state.clients),
            }
        };
        if let Some(client) = gone {
            self.forget(&client);
        }
        let most = self.config.max_clients.max(1);
        if self.state.lock().clients.len() >= most {
            let error = Error::new(ErrorKind::LimitHit, Layer::Session, "too many clients are connected")
                .with_expected(format!("at most {most} (max_clients)"), "one more");
            return Err((refuse_reason::USER_CONGESTION, error));
        }
        // Nobody else makes one: one thread at a time takes callers.
        let client = self
            .new_client(hello.association, certificate.clone())
            .map_err(|error| (refuse_reason::USER, error))?;
        if client.certificate != certificate {
            client.core.end();
            return Err(belongs_to_another(hello));
        }
        let core = client.core.clone();
        self.state.lock().clients.insert(hello.association, client);
        Ok(core)
    }

    fn new_client(&self, association: AssociationId, certificate: Option<Bytes>) -> Result<Client> {
        let make = |engine| Core::new(&self.endpoint, engine, None, self.service.clone());
        #[cfg(feature = "durable")]
        if let Some(journal) = self.journal() {
            let kept = journal.server(&self.config.calls, association, certificate)?;
            let core = make(kept.engine)?;
            core.keep(kept.store);
            core.belongs_to(self.me.clone());
            return Ok(Client { core, certificate: kept.certificate });
        }
        let core = make(Engine::new(self.config.calls.clone(), association)?)?;
        core.belongs_to(self.me.clone());
        Ok(Client { core, certificate })
    }

    #[cfg(feature = "durable")]
    fn journal(&self) -> Option<RequestJournal> {
        self.journal.lock().clone()
    }

    /// The clients that the journal has.
    fn take_up(&self) -> Result<()> {
        #[cfg(feature = "durable")]
        if let Some(journal) = self.journal() {
            let associations = journal.associations()?;
            if associations.len() > self.config.max_clients {
                return Err(Error::limit(Layer::Api, "the journal has too many clients").with_expected(
                    format!("at most {} (max_clients)", self.config.max_clients),
                    associations.len().to_string(),
                ));
            }
            for association in associations {
                let client = self.new_client(association, None)?;
                client.core.away_since(clock::now());
                self.state.lock().clients.insert(association, client);
            }
        }
        Ok(())
    }

    /// Ends what there is with a client, for good.
    fn forget(&self, client: &Arc<Core>) {
        client.end();
        #[cfg(feature = "durable")]
        if let Some(journal) = self.journal()
            && let Err(error) = journal.forget(client.association)
        {
            // It is there again when the server starts again, and forgotten then.
            let note = Note::new(Level::WARN, "a client could not be removed from the journal");
            note.with_error(Some(&error)).tell(self.id, "");
        }
        self.tell(ServerEvent::Forgotten(client.association));
    }

    /// Tells what happened to clients, and forgets those that were away for long.
    fn look_after_clients(&self) {
        let now = clock::now();
        let clients: Vec<Arc<Core>> =
            self.state.lock().clients.values().map(|client| client.core.clone()).collect();
        let mut due: Option<Instant> = None;
        for core in clients {
            let peer = || Peer::new(core.clone(), None);
            for news in core.take_news() {
                self.tell(match news {
                    News::Up => ServerEvent::Up(peer()),
                    News::Down(error) => ServerEvent::Down(peer(), error),
                    News::Violation(error) => ServerEvent::Violation(peer(), error),
                });
            }
            if let Some(error) = core.end_error() {
                // Its journal failed. When it comes again, the journal is asked again.
                self.state.lock().clients.remove(&core.association);
                self.tell(ServerEvent::Down(peer(), Some(error)));
                continue;
            }
            let Some(since) = core.idle_since() else { continue };
            let until = since + self.config.remember;
            if until > now {
                due = Some(due.map_or(until, |due| due.min(until)));
                continue;
            }
            self.state.lock().clients.remove(&core.association);
            self.forget(&core);
        }
        let wake = {
            let mut state = self.state.lock();
            if state.closed {
                return;
            }
            if state.armed.is_some_and(|at| at <= now) {
                state.armed = None;
            }
            self.endpoint.0.runtime.arm(self.id, &mut state.armed, due)
        };
        if wake {
            self.endpoint.0.runtime.wake();
        }
    }
}

fn belongs_to_another(hello: &Hello) -> (u8, Error) {
    let text = "the association is that of a peer with another certificate";
    let error = Error::peer(Layer::Session, text).with_octets(&hello.association);
    (refuse_reason::USER, error)
}

/// Takes away the client without a session that was away for longest.
fn longest_away(clients: &mut HashMap<AssociationId, Client>) -> Option<Arc<Core>> {
    let away =
        clients.values().filter_map(|client| Some((client.core.idle_since()?, client.core.association)));
    let (_, association) = away.min_by_key(|(since, _)| *since)?;
    clients.remove(&association).map(|client| client.core)
}

#[cfg(feature = "tls")]
fn certificate(session: &Session) -> Option<Bytes> {
    session.peer_certificates().into_iter().next()
}

#[cfg(not(feature = "tls"))]
fn certificate(_: &Session) -> Option<Bytes> {
    None
}

impl Resident for ServerCore {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn run(self: Arc<Self>) {
        // One at a time; whoever comes meanwhile is run again by the queue.
        if self.running.swap(true, Ordering::SeqCst) {
            return self.endpoint.0.runtime.enqueue_resident(self.clone());
        }
        self.take_callers();
        self.look_after_clients();
        self.running.store(false, Ordering::SeqCst);
        if self.service.run_here() {
            self.endpoint.0.runtime.enqueue_resident(self.clone());
        }
    }

    fn close(&self) {
        self.end();
    }
}
