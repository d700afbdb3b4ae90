//! The endpoint: a node with its circuit, its objects and its links.
use super::config::DecnetConfig;
use super::core::Core;
use super::link::{LinkHandle, LogicalLink};
use super::listener::ObjectListener;
use super::log::Note;
use super::records::{LinkRecord, ObjectRecord};
use crate::counters::Counters;
use crate::endpoint::EndpointHandle;
use crate::reactor;
use crate::runtime::Runtime;
use crate::{clock, errors};
use osisession_proto::error::Result;
use osisession_proto::scp::nsp::Counters as NspCounters;
use osisession_proto::scp::routing::circuit::Neighbour;
use osisession_proto::scp::{ConnectOptions, Destination, EndUser, NodeAddress, NodeName, Object};
use osisession_proto::{Error, ErrorKind, Layer};
use std::fmt;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;
use tracing::Level;

/// What all clones of a [`DecnetEndpoint`], its listeners and its links share.
#[derive(Debug)]
pub(super) struct NodeHandle {
    pub(super) core: Arc<Core>,
    pub(super) endpoint: EndpointHandle,
}

/// A DECnet Phase IV end node.
///
/// A clone is another handle of the same node. It lives until the last handle of it, of its listeners and of its links is dropped; then
/// everything is closed, as by [`DecnetEndpoint::close`].
#[derive(Clone)]
pub struct DecnetEndpoint(pub(super) Arc<NodeHandle>);

impl fmt::Debug for DecnetEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DecnetEndpoint").field(&self.0.core.address).finish()
    }
}

/// What happens to the circuit.
#[derive(Clone, Debug)]
pub enum CircuitEvent {
    /// It runs; the neighbour.
    Up(Option<Neighbour>),
    /// It does not run, or could not be brought up; why. Links stay, and go on if it comes back before their retransmission limit. Where this end opens the
    /// connection, it tries again by itself.
    Down(Error),
}

/// Who got something, from [`DecnetEndpoint::next_ready`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DecnetReady {
    /// A link has events.
    Link(LogicalLink),
    /// A listener has connects to accept or reject.
    Listener(ObjectListener),
    /// The circuit went up or down.
    Circuit,
}

impl DecnetEndpoint {
    /// A node. Its circuit is being opened; nothing happens until it is driven. Looking up host names blocks.
    ///
    /// # Errors
    /// `Invalid`: an address that cannot be read, a verification above 64 octets, a block size out of range. `Transport`: a name that is not
    /// found, a port that is taken, no descriptor.
    pub fn new(config: DecnetConfig) -> Result<DecnetEndpoint> {
        let runtime = Runtime::new(None).map_err(|error| errors::system(&error, "making an endpoint"))?;
        let endpoint = EndpointHandle { runtime: runtime.clone() };
        let core = Core::new(config, &runtime)?;
        Ok(DecnetEndpoint(Arc::new(NodeHandle { core, endpoint })))
    }

    fn runtime(&self) -> &Runtime {
        &self.0.endpoint.runtime
    }

    /// The node's own address.
    pub fn address(&self) -> NodeAddress {
        self.0.core.address
    }

    /// Where the circuit listens, or its UDP socket is: `HOST:PORT` in numbers; `None` where this end opens a TCP connection.
    pub fn local_address(&self) -> Option<String> {
        self.local_socket_address().map(|address| address.to_string())
    }

    /// The same as numbers.
    pub fn local_socket_address(&self) -> Option<SocketAddr> {
        self.0.core.local
    }

    /// Makes the name of a node known, or changes its address.
    ///
    /// # Errors
    /// `Invalid`: not 1 to 6 letters and digits with at least one letter.
    pub fn define_node(&self, name: &str, address: NodeAddress) -> Result<()> {
        let name = NodeName::new(name)?;
        self.0.core.look(|state| state.node.define_node(name, address));
        Ok(())
    }

    /// True while packets can flow.
    pub fn is_up(&self) -> bool {
        self.0.core.look(|state| state.node.is_up())
    }

    /// Who is at the other end of the circuit, while it runs.
    pub fn neighbour(&self) -> Option<Neighbour> {
        self.0.core.look(|state| state.node.neighbour())
    }

    /// Waits until the circuit runs, at most `timeout`; `None` waits for ever. Links can be asked for before.
    ///
    /// # Errors
    /// `TimedOut`, with the last failure of the circuit as what was found. `Closed`.
    pub fn wait_up(&self, timeout: Option<Duration>) -> Result<()> {
        let found = self.0.wait(timeout, "circuit", || {
            self.0.core.look(|state| match (state.node.is_up(), state.closed) {
                (true, _) => Some(Ok(())),
                (false, true) => Some(Err(closed())),
                (false, false) => None,
            })
        });
        found.map_err(|error| match self.0.core.look(|state| state.last_failure.clone()) {
            Some(last) if error.kind() == ErrorKind::TimedOut => {
                error.with_expected("a circuit that runs", last.to_string())
            }
            _ => error,
        })
    }

    /// What happened to the circuit, the oldest first; the last 16 are kept.
    pub fn next_circuit_event(&self) -> Option<CircuitEvent> {
        self.0.core.look(|state| state.circuit_events.pop_front())
    }

    /// Calls an object at a node: by address (`1.1` as text or a [`NodeAddress`]) or by a name of the table. The call does not wait, not even for the circuit; the
    /// outcome is an event ([`LogicalLink::wait_connected`]).
    ///
    /// # Errors
    /// `Invalid`: a field that cannot be sent; a node name that cannot be (reason 10) or is not known (reason 2). `LimitHit`: there are as many
    /// links as the limit allows. `Closed`.
    pub fn connect(
        &self,
        node: impl Into<Destination>,
        object: EndUser,
        options: ConnectOptions,
    ) -> Result<LogicalLink> {
        let (node, text) = (node.into(), format!("connecting to object {object}"));
        self.0.core.act(|state, now| {
            if state.closed {
                return Err(closed());
            }
            let link = state.node.connect(node, object, options, now)?;
            let at = state.node.node_of(link).unwrap_or(self.0.core.address);
            state.note(Level::DEBUG, || Note::link(Level::DEBUG, text, link, Some(at)));
            let mut record = LinkRecord::new(at);
            let handle = Arc::new(LinkHandle::new(link, at, self.0.clone()));
            record.handle = Arc::downgrade(&handle);
            state.links.insert(link, record);
            Ok(LogicalLink(handle))
        })
    }

    /// Calls an object and waits for its answer, at most `timeout`. Gives the link and the accept data.
    ///
    /// # Errors
    /// As of [`DecnetEndpoint::connect`] and [`LogicalLink::wait_connected`]; after `TimedOut` the call is taken back.
    pub fn connect_wait(
        &self,
        node: impl Into<Destination>,
        object: EndUser,
        options: ConnectOptions,
        timeout: Option<Duration>,
    ) -> Result<(LogicalLink, crate::Bytes)> {
        let link = self.connect(node, object, options)?;
        let data = link.wait_connected(timeout)?;
        Ok((link, data))
    }

    /// Declares an object: from now on it can be called. It ends with the last handle of the listener.
    ///
    /// # Errors
    /// `Invalid`: it has neither number nor name, or one that cannot be. `Refused`: another object has its number or its name. `Closed`.
    pub fn listen(&self, object: Object) -> Result<ObjectListener> {
        let listener = self.0.core.act(|state, _| {
            if state.closed {
                return Err(closed());
            }
            let id = state.node.listen(object)?;
            let (listener, weak) = ObjectListener::new(id, self.0.clone());
            let mut record = ObjectRecord::new();
            record.handle = weak;
            state.objects.insert(id, record);
            Ok(listener)
        })?;
        Ok(listener)
    }

    /// How many links there are, those included whose end is not confirmed.
    pub fn links(&self) -> usize {
        self.0.core.look(|state| state.node.links())
    }

    /// What NSP counted since the start.
    pub fn nsp_counters(&self) -> NspCounters {
        self.0.core.look(|state| state.node.counters())
    }

    /// The octets that passed; the other counters are about OSI sessions.
    pub fn counters(&self) -> Counters {
        self.runtime().counting.read()
    }

    /// Drives the node once: waits for something to do, at most `timeout` (`Some(Duration::ZERO)` does not wait, `None` waits for
    /// ever), and does it. Returns 1 if links, listeners or the circuit got something, else 0.
    ///
    /// # Errors
    /// `Closed`. `Transport`: the system refuses to wait.
    pub fn dispatch(&self, timeout: Option<Duration>) -> Result<usize> {
        self.runtime().dispatch(clock::deadline(timeout))
    }

    /// Starts a background thread that drives the node. Does nothing if it runs already.
    ///
    /// # Errors
    /// `Transport`: the system gives no thread. `Closed`.
    pub fn start(&self) -> Result<()> {
        self.0.endpoint.runtime.start()
    }

    /// Stops the background thread, and waits for its end unless called from it. Does nothing if there is none.
    pub fn stop(&self) {
        self.runtime().stop();
    }

    /// A descriptor that is readable when `dispatch(Some(Duration::ZERO))` has something to do. To be watched, not read. It belongs
    /// to the endpoint and is valid as long as the endpoint lives.
    pub fn descriptor(&self) -> RawFd {
        self.runtime().descriptor
    }

    /// Makes a call that waits in [`DecnetEndpoint::dispatch`] return whenever this descriptor becomes readable anew, as
    /// [`Endpoint::wake_on`](crate::Endpoint::wake_on) does.
    ///
    /// # Errors
    /// `Transport`: the system cannot watch it.
    pub fn wake_on(&self, descriptor: BorrowedFd<'_>) -> Result<()> {
        let raw = descriptor.as_raw_fd();
        let registry = self.runtime().registry();
        registry
            .register(&mut mio::unix::SourceFd(&raw), reactor::WAKER, mio::Interest::READABLE)
            .map_err(|error| errors::system(&error, "watching a descriptor"))
    }

    /// When [`DecnetEndpoint::dispatch`] is due even though the descriptor is quiet; `None` if nothing waits for time.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.runtime().next_timeout()
    }

    /// The next link or listener that got something since it was last returned here, or the circuit. Take all its events, or all its
    /// connects, before you wait again: it is returned again only when it gets more.
    pub fn next_ready(&self) -> Option<DecnetReady> {
        self.0.core.look(|state| state.next_ready())
    }

    /// Aborts all links, rejects connects that nobody has answered with reason 3, ends all objects, closes the circuit and stops the background thread. What the network does not take at once is
    /// lost: wait for the end of links that matter first ([`LogicalLink::wait_ended`]). Handles answer `Closed` from now on.
    pub fn close(&self) {
        self.runtime().close();
    }
}

impl NodeHandle {
    /// Waits until `look` finds something, and drives meanwhile unless somebody else does.
    pub(super) fn wait<T>(
        &self,
        timeout: Option<Duration>,
        what: &'static str,
        look: impl FnMut() -> Option<Result<T>>,
    ) -> Result<T> {
        self.endpoint.runtime.wait(clock::deadline(timeout), what, look)
    }
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, Layer::Api, "the endpoint is closed")
}
