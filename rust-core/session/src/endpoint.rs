//! The endpoint: one user of the library, with everything that lives in it.
use crate::address::Address;
use crate::config::{EndpointConfig, ListenerConfig, SessionConfig};
use crate::connection::{Connection, Origin};
use crate::counters::{self, Counters};
use crate::listener::{Acceptor, Joined, Listener, Socket};
use crate::port::tcp::{self, Attempts};
use crate::port::user::TransportPort;
use crate::port::{Port, memory};
use crate::refusal::Refusal;
use crate::runtime::{Job, Runtime, Source};
use crate::session::core::Core;
use crate::session::{Session, SessionHandle};
use crate::stream::OctetStream;
use crate::{clock, errors, reactor};
use mio::net::TcpListener;
use osisession_proto::error::Result;
use osisession_proto::transport::Class0;
use osisession_proto::x225::primitive::{ConnectRequest, Request};
use osisession_proto::{Error, ErrorKind, Layer};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What all clones of an [`Endpoint`], its listeners and its sessions share.
#[derive(Debug)]
pub(crate) struct EndpointHandle {
    pub(crate) runtime: Arc<Runtime>,
}

impl Drop for EndpointHandle {
    fn drop(&mut self) {
        self.runtime.close();
    }
}

/// One user of the library: its reactor, its listeners and its sessions.
///
/// A clone is another handle of the same endpoint. It lives until the last handle of it, of its listeners and of its
/// sessions is dropped; then everything is closed, as by [`Endpoint::close`].
#[derive(Clone, Debug)]
pub struct Endpoint(pub(crate) Arc<EndpointHandle>);

/// Who got something, from [`Endpoint::next_ready`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Ready {
    /// A session has events, or is writable again, or has requests for its [`TransportPort`].
    Session(Session),
    /// A listener has sessions to accept.
    Listener(Listener),
}

impl Endpoint {
    /// An endpoint. Nothing runs until it is driven.
    ///
    /// # Errors
    /// `Transport`: the system gives no descriptor.
    pub fn new(config: EndpointConfig) -> Result<Endpoint> {
        let EndpointConfig { tap } = config;
        let runtime = Runtime::new(tap).map_err(|error| errors::system(&error, "making an endpoint"))?;
        Ok(Endpoint(Arc::new(EndpointHandle { runtime })))
    }

    /// Listens at `address`: `127.0.0.1:102`, `[::1]:0` (any free port), `*:102`-style wildcards as `0.0.0.0:102` or
    /// `[::]:102`, a name with or without a port (102, RFC 1006; 3782 with TLS), or `memory:NAME` within this process.
    ///
    /// Several listeners of one endpoint may share an address. Callers are routed by T-selector, then by session
    /// selector; an unknown T-selector is answered with DR reason 3, an unknown session selector with REFUSE reason 129.
    ///
    /// # Errors
    /// `Invalid`: the address cannot be read, a selector is too long, or another listener at this address has the same
    /// selectors. `Transport`: the system refuses. `Closed`: the endpoint is closed.
    pub fn listen(&self, address: &str, config: ListenerConfig) -> Result<Listener> {
        config.check()?;
        self.must_be_open()?;
        let address = Address::parse(address, config.session.has_tls())?;
        let runtime = &self.0.runtime;
        let id = runtime.next_id();
        let tcp =
            address.resolve().map_err(|error| errors::network(&error, "looking up", &address.to_string()))?;
        let local = match (&address, tcp.first()) {
            (Address::Memory(_), _) => address.to_string(),
            (_, Some(tcp)) => tcp.to_string(),
            (_, None) => return Err(Error::invalid(format!("{address} has no address"))),
        };
        for acceptor in runtime.acceptors().iter().filter(|acceptor| acceptor.local == local) {
            match Listener::join(acceptor, id, config.clone(), self.0.clone()) {
                Joined::Yes(listener) => return Ok(listener),
                Joined::Taken => return Err(taken(&local)),
                Joined::OtherTls => return Err(other_tls(&local)),
                Joined::Gone => {}
            }
        }
        let acceptor = match address {
            Address::Memory(name) => self.memory_acceptor(name, local)?,
            Address::Tcp(_) | Address::Name(..) => {
                self.tcp_acceptor(&tcp, &local, config.session.keepalive)?
            }
        };
        let Joined::Yes(listener) = Listener::join(&acceptor, id, config, self.0.clone()) else {
            return Err(Error::new(ErrorKind::Internal, Layer::Api, "a new acceptor has no room"));
        };
        if !runtime.remember(acceptor.id, Source::Acceptor(acceptor.clone())) {
            runtime.forget(acceptor.id);
            return Err(closed());
        }
        // Callers may have come before the number was known.
        runtime.enqueue(acceptor.id, Job::READ);
        Ok(listener)
    }

    /// Connects: TCP, T-CONNECT, S-CONNECT. The address is as for [`Endpoint::listen`]. The call does not wait; the outcome
    /// is an event: `ConnectConfirm`, `ConnectConfirmNegative`, or `PAbortIndication` with an error that says how far it
    /// came. Only the resolution of a host name may block, as the system's resolver does: use numbers where that matters.
    ///
    /// # Errors
    /// `Invalid`: the address cannot be read or a parameter can never be right. `Closed`: the endpoint is closed.
    pub fn connect(&self, address: &str, request: ConnectRequest, config: SessionConfig) -> Result<Session> {
        config.check()?;
        self.must_be_open()?;
        let address = Address::parse(address, config.has_tls())?;
        let host = address.host();
        config.check_calling(host.as_deref())?;
        let origin = match &address {
            Address::Memory(_) => Origin::Given,
            _ => Origin::Connecting(Some(match address.resolve() {
                Ok(addresses) => Attempts::new(addresses, address.to_string()),
                Err(error) => Attempts::failed_lookup(&error, address.to_string()),
            })),
        };
        let runtime = &self.0.runtime;
        counters::add(&runtime.counting.calls, 1);
        let id = runtime.next_id();
        let class0 = Class0::initiator(config.transport(), reactor::reference(id));
        let mut connection = Connection::new(class0, config, origin, address.to_string(), clock::now());
        connection.host = host.unwrap_or_default();
        let core = Core::new(id, runtime.clone(), connection);
        let request = Request::Connect(Box::new(request));
        core.act(|connection, now| connection.request(request, now)).inspect_err(|_| core.disarm())?;
        let session = Session(SessionHandle::new(core.clone(), self.0.clone()));
        if !runtime.remember(id, Source::Session(core.clone())) {
            runtime.forget(id);
            return Err(closed());
        }
        match address {
            Address::Memory(name) => self.connect_memory(&core, &name),
            Address::Tcp(_) | Address::Name(..) => core.attempt(),
        }
        Ok(session)
    }

    /// Connects over a stream of octets that the caller carries: T-CONNECT, S-CONNECT, in TPKT (RFC 1006), with no socket of
    /// ours. The call does not wait; the outcome is an event, as with [`Endpoint::connect`]. `peer` names the other side in
    /// errors.
    ///
    /// # Errors
    /// `Invalid`: a parameter can never be right. `Closed`: the endpoint is closed.
    pub fn connect_over_stream(
        &self,
        peer: &str,
        request: ConnectRequest,
        config: SessionConfig,
    ) -> Result<(Session, OctetStream)> {
        config.check()?;
        config.check_calling(None)?;
        self.must_be_open()?;
        let runtime = &self.0.runtime;
        counters::add(&runtime.counting.calls, 1);
        let id = runtime.next_id();
        let class0 = Class0::initiator(config.transport(), reactor::reference(id));
        let connection = Connection::new(class0, config, Origin::Given, peer.to_owned(), clock::now());
        let core = Core::new(id, runtime.clone(), connection);
        let request = Request::Connect(Box::new(request));
        core.act(|connection, now| connection.request(request, now)).inspect_err(|_| core.disarm())?;
        let session = Session(SessionHandle::new(core.clone(), self.0.clone()));
        if !runtime.remember(id, Source::Session(core.clone())) {
            runtime.forget(id);
            return Err(closed());
        }
        let (near, far) = memory::pipe((Arc::downgrade(runtime), id), (Weak::new(), 0));
        core.act(|connection, now| {
            connection.wire.port = Some(Port::Memory(Arc::new(near)));
            connection.network_connected(now);
        });
        Ok((session, OctetStream(far)))
    }

    /// Connects over a TCP connection that exists already: T-CONNECT, S-CONNECT. The outcome is an event, as with
    /// [`Endpoint::connect`]. For programs whose sockets come from elsewhere: a proxy, a supervisor, options of their own. With
    /// TLS, the name to verify is [`crate::TlsConfig::server_name`].
    ///
    /// # Errors
    /// As of [`Endpoint::connect`]; `Invalid`: it is no connected TCP socket.
    pub fn connect_over_socket(
        &self,
        socket: OwnedFd,
        request: ConnectRequest,
        config: SessionConfig,
    ) -> Result<Session> {
        config.check()?;
        config.check_calling(None)?;
        self.must_be_open()?;
        let (mut stream, peer) = tcp::adopt(socket)?;
        let runtime = &self.0.runtime;
        counters::add(&runtime.counting.calls, 1);
        let id = runtime.next_id();
        let class0 = Class0::initiator(config.transport(), reactor::reference(id));
        let connection = Connection::new(class0, config, Origin::Given, peer.to_string(), clock::now());
        let core = Core::new(id, runtime.clone(), connection);
        let request = Request::Connect(Box::new(request));
        core.act(|connection, now| connection.request(request, now)).inspect_err(|_| core.disarm())?;
        let session = Session(SessionHandle::new(core.clone(), self.0.clone()));
        if !runtime.remember(id, Source::Session(core.clone())) {
            runtime.forget(id);
            return Err(closed());
        }
        let interests = mio::Interest::READABLE | mio::Interest::WRITABLE;
        let watched = runtime.registry().register(&mut stream, mio::Token(id as usize), interests);
        core.act(|connection, now| match watched {
            Ok(()) => connection.wire.port = Some(Port::Tcp(Arc::new(stream))),
            Err(error) => connection.network_lost(errors::system(&error, "watching a socket"), now),
        });
        runtime.enqueue(id, Job::BOTH);
        Ok(session)
    }

    /// A session over a transport of the caller's own. It becomes the initiator by [`Session::connect_request`], the
    /// responder by a T-CONNECT indication at the port.
    ///
    /// # Errors
    /// `Closed`: the endpoint is closed. `Invalid`: the configuration asks for TLS.
    pub fn open(&self, config: SessionConfig) -> Result<(Session, TransportPort)> {
        self.must_be_open()?;
        if config.has_tls() {
            let text = "TLS is the caller's own where the transport is: the configuration must be without";
            return Err(Error::invalid(text).with_parameter("tls"));
        }
        let runtime = &self.0.runtime;
        let id = runtime.next_id();
        let core = Core::new(id, runtime.clone(), Connection::over_user_transport(config));
        let session = Session(SessionHandle::new(core.clone(), self.0.clone()));
        let port = TransportPort(core.clone());
        if !runtime.remember(id, Source::Session(core)) {
            runtime.forget(id);
            return Err(closed());
        }
        Ok((session, port))
    }

    /// Drives the endpoint once: waits for something to do, at most `timeout` (`Some(Duration::ZERO)` does not wait, `None`
    /// waits for ever), does it, runs handlers. Returns how many sessions and listeners got something.
    ///
    /// # Errors
    /// `Closed`: the endpoint is closed. `Transport`: the system refuses to wait.
    pub fn dispatch(&self, timeout: Option<Duration>) -> Result<usize> {
        self.0.runtime.dispatch(clock::deadline(timeout))
    }

    /// Starts a background thread that drives the endpoint. Does nothing if it runs already.
    ///
    /// # Errors
    /// `Transport`: the system gives no thread. `Closed`: the endpoint is closed.
    pub fn start(&self) -> Result<()> {
        self.0.runtime.start()
    }

    /// Stops the background thread, and waits for its end unless called from it. Does nothing if there is none.
    pub fn stop(&self) {
        self.0.runtime.stop();
    }

    /// A descriptor that is readable when `dispatch(Some(Duration::ZERO))` has something to do. To be watched, not read. It
    /// belongs to the endpoint and is valid as long as the endpoint lives.
    pub fn descriptor(&self) -> RawFd {
        self.0.runtime.descriptor
    }

    /// Makes a call that waits in [`Endpoint::dispatch`] return whenever this descriptor becomes readable anew (edge
    /// triggered), for as long as the descriptor is open: for wake-ups from where nothing else can be called, such as a
    /// signal handler that writes to an eventfd. It is never read.
    ///
    /// # Errors
    /// `Transport`: the system cannot watch it.
    pub fn wake_on(&self, descriptor: BorrowedFd<'_>) -> Result<()> {
        let raw = descriptor.as_raw_fd();
        let registry = self.0.runtime.registry();
        registry
            .register(&mut mio::unix::SourceFd(&raw), reactor::WAKER, mio::Interest::READABLE)
            .map_err(|error| errors::system(&error, "watching a descriptor"))
    }

    /// When [`Endpoint::dispatch`] is due even though the descriptor is quiet; `None` if nothing waits for time.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.0.runtime.next_timeout()
    }

    /// The next session or listener that got something since it was last returned here. Take all its events, or all its
    /// sessions, before you wait again: it is returned again only when it gets more. A session with a handler does not appear
    /// for events, only for room to write.
    pub fn next_ready(&self) -> Option<Ready> {
        self.0.runtime.next_ready()
    }

    /// The next caller that was refused, lost or given up before any listener saw it: for an unknown selector, a version that is
    /// not there, a CONNECT that cannot be accepted (X.225 8.3.5); for octets that are no TPKT, no CR or no CONNECT; for TLS that
    /// did not come about; for silence beyond a deadline. Not who comes and leaves without a word. The last 64 are kept.
    pub fn next_refusal(&self) -> Option<Refusal> {
        self.0.runtime.next_refusal()
    }

    /// What this endpoint has done so far.
    pub fn counters(&self) -> Counters {
        self.0.runtime.counting.read()
    }

    /// Closes all listeners, aborts all sessions and stops the background thread. ABORT SPDUs are given to the network as
    /// far as it takes them at once. Calling it again does nothing.
    pub fn close(&self) {
        self.0.runtime.close();
    }

    /// True after [`Endpoint::close`].
    pub fn is_closed(&self) -> bool {
        self.0.runtime.is_closed()
    }

    fn must_be_open(&self) -> Result<()> {
        if self.is_closed() { Err(closed()) } else { Ok(()) }
    }

    fn tcp_acceptor(
        &self,
        addresses: &[SocketAddr],
        asked: &str,
        keepalive: Option<Duration>,
    ) -> Result<Arc<Acceptor>> {
        let runtime = &self.0.runtime;
        let failed = |error: io::Error| {
            let text = match error.kind() {
                io::ErrorKind::AddrInUse => format!("cannot listen at {asked}: the address is in use"),
                io::ErrorKind::PermissionDenied => {
                    format!("cannot listen at {asked}: not permitted (ports below 1024 need a privilege)")
                }
                _ => format!("cannot listen at {asked}: {error}"),
            };
            Error::new(ErrorKind::Transport, Layer::Network, text)
        };
        let address = *addresses.first().ok_or_else(|| failed(io::ErrorKind::AddrNotAvailable.into()))?;
        let mut socket = TcpListener::bind(address).map_err(failed)?;
        let local = socket.local_addr().map_err(failed)?.to_string();
        if tcp::INHERITS {
            tcp::settle_listener(&socket, keepalive);
        }
        let id = runtime.next_id();
        let token = mio::Token(id as usize);
        runtime.registry().register(&mut socket, token, mio::Interest::READABLE).map_err(failed)?;
        Ok(Arc::new(Acceptor::new(id, Arc::downgrade(runtime), Socket::Tcp(Arc::new(socket)), local)))
    }

    fn memory_acceptor(&self, name: String, local: String) -> Result<Arc<Acceptor>> {
        let runtime = &self.0.runtime;
        let socket = Socket::Memory(name.clone());
        let acceptor =
            Arc::new(Acceptor::new(runtime.next_id(), Arc::downgrade(runtime), socket, local.clone()));
        if memory::bind(&name, &acceptor) { Ok(acceptor) } else { Err(taken(&local)) }
    }

    fn connect_memory(&self, core: &Arc<Core>, name: &str) {
        let mut mine = None;
        if let Some(acceptor) = memory::find(name) {
            let here = (Arc::downgrade(&self.0.runtime), core.id);
            let peer = acceptor.local.clone();
            if !acceptor.admit(None) {
                return;
            }
            reactor::welcome(&acceptor, peer, None, false, |id| {
                let (near, far) = memory::pipe(here, (acceptor.runtime.clone(), id));
                mine = Some(Port::Memory(Arc::new(near)));
                Port::Memory(Arc::new(far))
            });
        }
        core.act(|connection, now| match mine {
            Some(port) => {
                connection.wire.port = Some(port);
                connection.network_connected(now);
            }
            None => {
                let error = io::ErrorKind::ConnectionRefused.into();
                let peer = format!("memory:{name}");
                connection.network_lost(errors::network(&error, "connecting to", &peer), now);
            }
        });
    }
}

fn closed() -> Error {
    errors::closed("the endpoint is closed")
}

fn other_tls(local: &str) -> Error {
    Error::invalid(format!(
        "another listener at {local} is without TLS or has other settings: all at an address share one"
    ))
    .with_parameter("tls")
}

fn taken(local: &str) -> Error {
    Error::invalid(format!(
        "another listener at {local} has the same selectors, or another endpoint has the name"
    ))
}
