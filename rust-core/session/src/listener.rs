//! Listeners, and the acceptors that several of them may share: one for each address.
use crate::admission::{Admission, Allowed};
use crate::clock;
use crate::config::{ListenerConfig, SessionConfig};
use crate::counters;
use crate::endpoint::EndpointHandle;
use crate::errors;
use crate::port::{Port, memory, tcp};
use crate::reactor;
use crate::ready::Who;
use crate::resident::Owner;
use crate::runtime::Runtime;
use crate::session::core::Core;
use crate::session::{Session, SessionHandle};
use crate::stream::OctetStream;
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::x225::parameter::refuse_reason;
use osisession_proto::x225::spm::LocalSelector;
use osisession_proto::{Error, ErrorKind, Layer};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// One address, and the listeners there.
#[derive(Debug)]
pub(crate) struct Acceptor {
    pub(crate) id: u64,
    pub(crate) runtime: Weak<Runtime>,
    /// `None` once nobody listens: sessions that came through here live on without it.
    socket: Mutex<Option<Socket>>,
    /// The address as text, with the port that the system chose.
    pub(crate) local: String,
    listeners: Mutex<Vec<Arc<ListenerCore>>>,
    /// Callers without their CONNECT, and what they are counted under.
    connecting: Mutex<HashMap<u64, Connecting>>,
    admission: Admission,
}

/// A caller without its CONNECT, and what it is counted under.
type Connecting = (Arc<Core>, Option<IpAddr>);

/// Where callers come from.
#[derive(Clone, Debug)]
pub(crate) enum Socket {
    Tcp(Arc<mio::net::TcpListener>),
    Memory(String),
}

/// What became of a listener that was to join others.
pub(crate) enum Joined {
    Yes(Listener),
    /// Another one has the same selectors.
    Taken,
    /// The others have other settings of TLS, or none.
    OtherTls,
    /// The last listener just left, and the acceptor with it.
    Gone,
}

impl Acceptor {
    pub(crate) fn new(id: u64, runtime: Weak<Runtime>, socket: Socket, local: String) -> Acceptor {
        let socket = Mutex::new(Some(socket));
        Acceptor {
            id,
            runtime,
            socket,
            local,
            listeners: Mutex::default(),
            connecting: Mutex::default(),
            admission: Admission::default(),
        }
    }

    pub(crate) fn socket(&self) -> Option<Socket> {
        self.socket.lock().clone()
    }

    /// Adds a listener, unless another one is in its way: what it is in.
    fn add(&self, listener: Arc<ListenerCore>) -> Option<Joined> {
        let mut listeners = self.listeners.lock();
        let taken = |other: &Arc<ListenerCore>| {
            other.config.t_selector == listener.config.t_selector
                && other.config.session_selector == listener.config.session_selector
        };
        if listeners.iter().any(taken) {
            return Some(Joined::Taken);
        }
        if !listeners.iter().all(|other| other.config.session.shares_tls(&listener.config.session)) {
            return Some(Joined::OtherTls);
        }
        listeners.push(listener);
        None
    }

    /// Removes a listener. The last one ends the acceptor.
    fn remove(&self, id: u64) {
        let socket = {
            let mut listeners = self.listeners.lock();
            listeners.retain(|listener| listener.id != id);
            if listeners.is_empty() { self.socket.lock().take() } else { None }
        };
        let Some(socket) = socket else { return };
        if let Socket::Memory(name) = &socket {
            memory::unbind(name, self);
        }
        drop(socket);
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.forget(self.id);
        }
        let connecting = std::mem::take(&mut *self.connecting.lock());
        for (core, _) in connecting.into_values() {
            core.act(|connection, now| connection.close(now));
        }
    }

    pub(crate) fn listeners(&self) -> Vec<Arc<ListenerCore>> {
        self.listeners.lock().clone()
    }

    /// What a connection is like before its caller has said what it wants: the configuration of the first listener, the
    /// T-selectors of all. `None` if there is no listener any more.
    pub(crate) fn welcome(&self) -> Option<(SessionConfig, Option<Vec<Bytes>>)> {
        let listeners = self.listeners.lock();
        let config = listeners.first()?.config.session.clone();
        let selectors = listeners.iter().map(|listener| listener.config.t_selector.clone()).collect();
        Some((config, selectors))
    }

    /// The listeners that answer to a T-selector: those that name it first.
    fn matching(&self, t_selector: &[u8]) -> Vec<Arc<ListenerCore>> {
        let listeners = self.listeners.lock();
        let named = listeners.iter().filter(|l| l.config.t_selector.as_deref() == Some(t_selector));
        let any = listeners.iter().filter(|l| l.config.t_selector.is_none());
        named.chain(any).cloned().collect()
    }

    /// What the session machine of a caller at this T-selector needs: its configuration, and the session selectors that
    /// exist there (`None`: any).
    pub(crate) fn route(&self, t_selector: &[u8]) -> Option<(SessionConfig, Option<Vec<LocalSelector>>)> {
        let matching = self.matching(t_selector);
        let config = matching.first()?.config.session.clone();
        let selectors = matching
            .iter()
            .map(|listener| {
                let selector = listener.config.session_selector.clone()?;
                Some(LocalSelector { selector, attached: true })
            })
            .collect();
        Some((config, selectors))
    }

    /// Who gets a caller: the listener that names the session selector, otherwise one that answers any.
    pub(crate) fn recipient(&self, t_selector: &[u8], selector: &[u8]) -> Option<Arc<ListenerCore>> {
        let matching = self.matching(t_selector);
        let named = matching.iter().find(|l| l.config.session_selector.as_deref() == Some(selector));
        named.or_else(|| matching.iter().find(|l| l.config.session_selector.is_none())).cloned()
    }

    /// Counts a caller from this source among those without CONNECT; false if there are too many, or nobody listens.
    pub(crate) fn admit(&self, source: Option<IpAddr>) -> bool {
        let listeners = self.listeners.lock();
        let allowed = listeners.iter().map(|l| l.config.allowed()).reduce(Allowed::or);
        drop(listeners);
        allowed.is_some_and(|allowed| self.admission.admit(source, allowed))
    }

    /// Remembers an admitted caller; false if the last listener left just now.
    #[must_use]
    pub(crate) fn connecting(&self, core: &Arc<Core>, source: Option<IpAddr>) -> bool {
        let listeners = self.listeners.lock();
        if !listeners.is_empty() {
            self.connecting.lock().insert(core.id, (core.clone(), source));
        }
        !listeners.is_empty()
    }

    /// The caller with this number came up or is gone; or one that was admitted never got a number.
    pub(crate) fn settled(&self, id: Option<u64>, source: Option<IpAddr>) {
        let Some(id) = id else { return self.admission.settled(source) };
        let settled = self.connecting.lock().remove(&id);
        if let Some((core, source)) = settled {
            self.admission.settled(source);
            drop(core);
        }
    }
}

/// A listener without its handles.
#[derive(Debug)]
pub(crate) struct ListenerCore {
    pub(crate) id: u64,
    config: ListenerConfig,
    acceptor: Arc<Acceptor>,
    queue: Mutex<Queue>,
    /// The last drive in which it got something.
    round: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Arc<Core>>,
    closed: bool,
    handle: Weak<ListenerHandle>,
    /// Who is told of callers in place of the user.
    owner: Option<Owner>,
}

impl ListenerCore {
    /// A caller's S-CONNECT indication has come.
    pub(crate) fn arrived(self: &Arc<Self>, core: &Arc<Core>, runtime: &Runtime) {
        let refusal = {
            let mut queue = self.queue.lock();
            if queue.closed {
                Some(refuse_reason::USER)
            } else if queue.waiting.len() >= self.config.backlog.max(1) {
                Some(refuse_reason::USER_CONGESTION)
            } else {
                queue.waiting.push_back(core.clone());
                None
            }
        };
        if refusal.is_some() {
            counters::add(&runtime.counting.callers_refused, 1);
        }
        match refusal {
            Some(reason) => core.act(|connection, now| connection.refuse(reason, now)),
            None => {
                let (handle, owner) = {
                    let queue = self.queue.lock();
                    (queue.handle.clone(), queue.owner.clone())
                };
                if let Some(resident) = owner.and_then(|owner| owner.who.upgrade()) {
                    return runtime.enqueue_resident(resident);
                }
                runtime.ready(self.id, Some(Who::Listener(handle)), &self.round);
            }
        }
    }

    fn take(&self) -> Option<Arc<Core>> {
        self.queue.lock().waiting.pop_front()
    }

    /// From now on callers are told of to this one alone.
    pub(crate) fn set_owner(&self, owner: Owner) {
        self.queue.lock().owner = Some(owner);
    }

    fn is_closed(&self) -> bool {
        self.queue.lock().closed
    }

    pub(crate) fn close(&self) {
        let waiting = {
            let mut queue = self.queue.lock();
            if std::mem::replace(&mut queue.closed, true) {
                return;
            }
            std::mem::take(&mut queue.waiting)
        };
        self.acceptor.remove(self.id);
        for core in waiting {
            core.act(|connection, now| connection.refuse(refuse_reason::USER, now));
        }
        if let Some(runtime) = self.acceptor.runtime.upgrade() {
            runtime.not_ready(self.id);
            runtime.announce();
        }
    }
}

/// What all clones of a [`Listener`] share.
#[derive(Debug)]
pub(crate) struct ListenerHandle {
    pub(crate) core: Arc<ListenerCore>,
    endpoint: Arc<EndpointHandle>,
}

impl Drop for ListenerHandle {
    fn drop(&mut self) {
        self.core.close();
    }
}

/// Where callers arrive. A clone is another handle of the same listener; when the last one is dropped, it is closed.
#[derive(Clone, Debug)]
pub struct Listener(pub(crate) Arc<ListenerHandle>);

impl Listener {
    /// A listener at an acceptor, perhaps beside others.
    pub(crate) fn join(
        acceptor: &Arc<Acceptor>,
        id: u64,
        config: ListenerConfig,
        endpoint: Arc<EndpointHandle>,
    ) -> Joined {
        let queue = Mutex::default();
        let round = AtomicU64::new(0);
        let core = Arc::new(ListenerCore { id, config, acceptor: acceptor.clone(), queue, round });
        let handle = Arc::new(ListenerHandle { core: core.clone(), endpoint });
        core.queue.lock().handle = Arc::downgrade(&handle);
        if let Some(obstacle) = acceptor.add(core.clone()) {
            // It never was there, and must not be taken away from there.
            core.queue.lock().closed = true;
            return obstacle;
        }
        if acceptor.socket().is_some() { Joined::Yes(Listener(handle)) } else { Joined::Gone }
    }

    /// A number that no other listener or session of this endpoint has.
    pub fn id(&self) -> u64 {
        self.0.core.id
    }

    /// Where it listens, with the port that the system chose: `127.0.0.1:40123`, `memory:NAME`.
    pub fn local_address(&self) -> String {
        self.0.core.acceptor.local.clone()
    }

    /// Waits for a caller, at most `timeout`; `None` waits for ever. The session's next event is the S-CONNECT indication.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn accept(&self, timeout: Option<Duration>) -> Result<Session> {
        let deadline = clock::deadline(timeout);
        self.0.endpoint.runtime.wait(deadline, "caller", || match self.try_accept() {
            Some(session) => Some(Ok(session)),
            None if self.is_closed() => Some(Err(errors::closed("the listener is closed"))),
            None => None,
        })
    }

    /// A caller that has arrived, if there is one.
    pub fn try_accept(&self) -> Option<Session> {
        let core = self.0.core.take()?;
        Some(Session(SessionHandle::new(core, self.0.endpoint.clone())))
    }

    /// A caller whose octets the caller of this function carries (TPKT, RFC 1006), with no socket of ours: it is routed,
    /// limited and accepted as those that come over the network. `peer` names it in errors.
    ///
    /// # Errors
    /// `Closed`: the listener is closed. `LimitHit`: too many callers are without their CONNECT.
    pub fn accept_stream(&self, peer: &str) -> Result<OctetStream> {
        let mut far = None;
        if !self.0.core.acceptor.admit(None) {
            return Err(self.turned_away());
        }
        reactor::welcome(&self.0.core.acceptor, peer.to_owned(), None, false, |id| {
            let acceptor = &self.0.core.acceptor;
            let (here, there) = memory::pipe((acceptor.runtime.clone(), id), (Weak::new(), 0));
            far = Some(there);
            Port::Memory(Arc::new(here))
        });
        let far = far.filter(|_| !self.is_closed());
        far.map(OctetStream).ok_or_else(|| errors::closed("the listener is closed"))
    }

    /// A caller on a TCP connection that was accepted elsewhere (a supervisor, another listener): it is routed, limited and accepted
    /// as those that come here by themselves.
    ///
    /// # Errors
    /// `Invalid`: it is no connected TCP socket. `Closed`: the listener is closed. `LimitHit`: too many callers are
    /// without their CONNECT.
    pub fn accept_socket(&self, socket: OwnedFd) -> Result<()> {
        let (stream, peer) = tcp::adopt(socket)?;
        if !self.0.core.acceptor.admit(Some(peer.ip())) {
            return Err(self.turned_away());
        }
        reactor::welcome(&self.0.core.acceptor, peer.to_string(), Some(peer.ip()), false, |_| {
            Port::Tcp(Arc::new(stream))
        });
        Ok(())
    }

    fn turned_away(&self) -> Error {
        if self.is_closed() {
            return errors::closed("the listener is closed");
        }
        counters::add(&self.0.endpoint.runtime.counting.callers_turned_away, 1);
        let allowed = self.0.core.config.max_connecting;
        Error::new(ErrorKind::LimitHit, Layer::Api, "too many callers are without their CONNECT")
            .with_expected(format!("at most {allowed} (max_connecting)"), "one more")
    }

    /// Stops listening. Callers that were not accepted are refused. Calling it again does nothing.
    pub fn close(&self) {
        self.0.core.close();
    }

    /// True after [`Listener::close`].
    pub fn is_closed(&self) -> bool {
        self.0.core.is_closed()
    }
}
