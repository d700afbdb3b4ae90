//! What lies under the handles of a node: how a change to it takes effect.
//!
//! One lock, and no system call while it is held: what follows from a change is carried out after the release.
use super::circuit::{Line, Wire, Writing};
use super::config::{Circuit, DecnetConfig};
use super::endpoint::CircuitEvent;
use super::log::Note;
use super::records::{Key, LinkRecord, ObjectRecord};
use super::wire::{self, Datagrams};
use crate::counters;
use crate::log::wants;
use crate::port::tcp;
use crate::runtime::{Job, Runtime, Source};
use crate::{clock, errors, ethernet};
use bytes::{Bytes, BytesMut};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Token};
use osisession_proto::error::Result;
use osisession_proto::scp::port::table::State as LinkState;
use osisession_proto::scp::{LinkId, Medium, Node, NodeAddress, NodeConfig, ObjectId, Reason};
use osisession_proto::{Error, Instant};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tracing::Level;

/// Reads before others have their turn.
const READS_PER_TURN: usize = 16;
/// Callers of a listening circuit that are looked at in a turn.
const ACCEPTS_PER_TURN: usize = 16;
/// Probes of a silent connection: hellos find a dead neighbour, this frees the socket behind a listening circuit.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// A node without its handles.
pub(crate) struct Core {
    pub(super) id: u64,
    pub(super) address: NodeAddress,
    pub(super) runtime: Arc<Runtime>,
    acceptor: Option<Acceptor>,
    /// Where the frames of an Ethernet pass.
    interface: Option<String>,
    pub(super) local: Option<SocketAddr>,
    connect_timeout: Duration,
    state: Mutex<State>,
    /// The last drive in which something happened.
    round: AtomicU64,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the state: it is locked, and users' data are in it.
        f.debug_struct("Core").field("address", &self.address).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Acceptor {
    id: u64,
    socket: TcpListener,
    from: Vec<IpAddr>,
}

/// What the lock holds.
pub(super) struct State {
    pub(super) node: Node,
    pub(super) line: Line,
    pub(super) links: HashMap<LinkId, LinkRecord>,
    pub(super) objects: HashMap<ObjectId, ObjectRecord>,
    pub(super) circuit_events: VecDeque<CircuitEvent>,
    pub(super) circuit_listed: bool,
    pub(super) ready: VecDeque<Key>,
    pub(super) last_failure: Option<Error>,
    pub(super) closed: bool,
    // What follows, until it is carried out.
    pub(super) notes: Vec<Note>,
    pub(super) changed: bool,
    unwanted: Vec<Wire>,
    attempt: bool,
    armed: Option<Instant>,
}

impl Core {
    /// A node whose circuit is being made.
    pub(super) fn new(config: DecnetConfig, runtime: &Arc<Runtime>) -> Result<Arc<Core>> {
        let medium = match &config.circuit {
            Circuit::Connect(_) | Circuit::Listen { .. } => Medium::MultinetTcp,
            Circuit::Udp { .. } => Medium::MultinetUdp,
            Circuit::Ethernet(_) | Circuit::EthernetUdp { .. } => Medium::Ethernet,
        };
        let mut engine = NodeConfig::new(config.address, medium);
        engine.limits = config.limits;
        engine.block_size = config.block_size;
        engine.demand = config.demand;
        engine.verification = config.verification;
        engine.flow_control = config.flow_control;
        engine.ignore_interrupt_credit = config.ignore_interrupt_credit;
        engine.seed = config.seed.unwrap_or_else(somewhere);
        let mut node = Node::new(engine)?;
        for (name, address) in config.nodes {
            node.define_node(name, address);
        }
        let id = runtime.next_id();
        let (mut remotes, mut acceptor, mut socket, mut interface) = (Vec::new(), None, None, None);
        let mut down = None;
        match config.circuit {
            Circuit::Connect(address) => remotes = wire::resolve(&address)?,
            Circuit::Listen { address, from } => {
                let mut socket = wire::listen(&address)?;
                let id = runtime.next_id();
                watch(runtime, &mut socket, id, Interest::READABLE)?;
                acceptor = Some(Acceptor { id, socket, from });
            }
            Circuit::Udp { local, remote } | Circuit::EthernetUdp { local, remote } => {
                let mut made = wire::datagrams(&local, &remote)?;
                watch(runtime, &mut made, id, Interest::READABLE | Interest::WRITABLE)?;
                socket = Some(Datagrams::Udp(made));
            }
            Circuit::Ethernet(name) => {
                match wire::station(&name, config.address, runtime.registry(), Token(id as usize)) {
                    Ok(made) => socket = Some(Datagrams::Ethernet(made)),
                    // It may come up; everything else would still be so when it is tried again.
                    Err(error) if ethernet::is_gone(&error) => down = Some(ethernet::failed(&error, &name)),
                    Err(error) => return Err(ethernet::failed(&error, &name)),
                }
                interface = Some(name);
            }
        }
        let local = match (&acceptor, &socket) {
            (Some(acceptor), _) => acceptor.socket.local_addr().ok(),
            (None, Some(Datagrams::Udp(socket))) => socket.local_addr().ok(),
            (None, Some(Datagrams::Ethernet(_)) | None) => None,
        };
        let attempt = !remotes.is_empty();
        let state = State {
            node,
            line: Line::new(remotes, interface.is_some(), config.retry),
            links: HashMap::new(),
            objects: HashMap::new(),
            circuit_events: VecDeque::new(),
            circuit_listed: false,
            ready: VecDeque::new(),
            last_failure: None,
            closed: false,
            notes: Vec::new(),
            changed: false,
            unwanted: Vec::new(),
            attempt,
            armed: None,
        };
        let core = Arc::new(Core {
            id,
            address: config.address,
            runtime: runtime.clone(),
            local,
            connect_timeout: config.connect_timeout,
            state: Mutex::new(state),
            round: AtomicU64::new(0),
            acceptor,
            interface,
        });
        for id in [Some(id), core.acceptor.as_ref().map(|acceptor| acceptor.id)].into_iter().flatten() {
            runtime.remember(id, Source::Decnet(core.clone()));
            // What came before the number was known.
            runtime.enqueue(id, Job::BOTH);
        }
        core.act(|state, now| {
            if let Some(socket) = socket {
                let peer = match &socket {
                    Datagrams::Udp(socket) => socket.peer_addr().ok(),
                    Datagrams::Ethernet(_) => None,
                };
                state.line.up(Wire::Datagrams(Arc::new(socket)), peer);
                state.node.network_connected(now);
            }
            if let Some(error) = down {
                state.attempt_failed(error, now);
            }
        });
        Ok(core)
    }

    /// Does something, passes on what follows from it, and carries that out unlocked.
    pub(super) fn act<R>(self: &Arc<Self>, f: impl FnOnce(&mut State, Instant) -> R) -> R {
        let result = self.change(f);
        self.flush();
        result
    }

    /// Reads, or takes something out that the engine does not miss.
    pub(super) fn look<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock())
    }

    fn change<R>(self: &Arc<Self>, f: impl FnOnce(&mut State, Instant) -> R) -> R {
        let mut state = self.state.lock();
        // Under the lock, so that the engine's time does not go backwards.
        let now = clock::now();
        let result = f(&mut state, now);
        state.pump(now);
        let due = if state.closed { None } else { state.next_timeout() };
        let mut armed = state.armed;
        let wake = self.runtime.arm(self.id, &mut armed, due);
        state.armed = armed;
        let notes = std::mem::take(&mut state.notes);
        let unwanted = std::mem::take(&mut state.unwanted);
        let changed = std::mem::take(&mut state.changed);
        let attempt = std::mem::take(&mut state.attempt) && !state.closed;
        drop(state);
        notes.iter().for_each(|note| note.tell(self.address));
        drop(unwanted);
        if wake {
            self.runtime.wake();
        }
        if changed {
            self.runtime.ready(self.id, None, &self.round);
        }
        if attempt {
            self.attempt();
        }
        result
    }

    /// Opens the interface anew.
    fn open(self: &Arc<Self>, interface: &str) {
        let token = Token(self.id as usize);
        let opened = wire::station(interface, self.address, self.runtime.registry(), token);
        self.change(|state, now| match opened {
            _ if state.closed => {}
            Ok(socket) => {
                let before = state.line.up(Wire::Datagrams(Arc::new(Datagrams::Ethernet(socket))), None);
                state.unwanted.push(before);
                state.line.succeeded();
                state.node.network_connected(now);
            }
            Err(error) => state.attempt_failed(ethernet::failed(&error, interface), now),
        });
        // What came before the socket had its place, and the first hello.
        self.runtime.enqueue(self.id, Job::BOTH);
    }

    /// Opens the connection.
    fn attempt(self: &Arc<Self>) {
        if let Some(interface) = &self.interface {
            return self.open(interface);
        }
        let Some(remote) = self.look(|state| state.line.next_remote()) else { return };
        let stream = TcpStream::connect(remote).and_then(|mut stream| {
            let interests = Interest::READABLE | Interest::WRITABLE;
            self.runtime.registry().register(&mut stream, Token(self.id as usize), interests)?;
            Ok(Arc::new(stream))
        });
        let until = self.connect_timeout;
        self.change(|state, now| match stream {
            Ok(_) if state.closed => {}
            Ok(stream) => {
                let before = state.line.up(Wire::Connecting(stream), Some(remote));
                state.unwanted.push(before);
                state.line.at = Some(now + until);
            }
            Err(error) => {
                let error = errors::network(&error, "connecting to", &remote.to_string());
                state.attempt_failed(error, now);
            }
        });
    }

    /// Something happened at a socket. True if there is more to read.
    pub(crate) fn look_after(self: &Arc<Self>, id: u64, job: Job, scratch: &mut [u8]) -> bool {
        if let Some(acceptor) = self.acceptor.as_ref().filter(|acceptor| acceptor.id == id) {
            return self.accept(acceptor);
        }
        self.finish_connecting();
        if job.writes() {
            self.look(|state| state.line.is_writable_again());
            self.flush();
        }
        job.reads() && self.read(scratch, job.reads_to_the_end())
    }

    fn finish_connecting(self: &Arc<Self>) {
        let connecting = self.look(|state| match &state.line.wire {
            Wire::Connecting(stream) => Some(stream.clone()),
            Wire::Down | Wire::Tcp { .. } | Wire::Datagrams(_) => None,
        });
        let Some(stream) = connecting else { return };
        let Some(outcome) = tcp::outcome(&stream) else { return };
        let peer = stream.peer_addr().ok();
        if outcome.is_ok() {
            tcp::settle(&stream, Some(KEEPALIVE));
        }
        self.act(|state, now| {
            if !state.line.is(&stream) {
                return;
            }
            match outcome {
                Ok(()) => state.connected(stream, peer, now),
                Err(error) => {
                    let error = errors::network(&error, "connecting to", &state.line.peer());
                    state.attempt_failed(error, now);
                }
            }
        });
    }

    /// Takes callers of a listening circuit. True if there may be more.
    fn accept(self: &Arc<Self>, acceptor: &Acceptor) -> bool {
        for _ in 0..ACCEPTS_PER_TURN {
            let (mut stream, peer) = match acceptor.socket.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // Somebody who has gone already, or no descriptor: the next hello of a neighbour that waits comes to the same.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(_) => return false,
            };
            let welcome = acceptor.from.is_empty() || acceptor.from.contains(&peer.ip().to_canonical());
            let free = self.look(|state| !state.closed && matches!(state.line.wire, Wire::Down));
            if !welcome || !free {
                let text =
                    if welcome { "another neighbour is served" } else { "it is none of those expected" };
                if wants(Level::DEBUG) {
                    let text = format!("a caller of the circuit is turned away: {text}");
                    Note::circuit(Level::DEBUG, text, peer.to_string()).tell(self.address);
                }
                continue;
            }
            tcp::settle(&stream, Some(KEEPALIVE));
            let interests = Interest::READABLE | Interest::WRITABLE;
            let token = Token(self.id as usize);
            if self.runtime.registry().register(&mut stream, token, interests).is_err() {
                continue;
            }
            self.act(|state, now| state.connected(Arc::new(stream), Some(peer), now));
            // What came before the socket had its place.
            self.runtime.enqueue(self.id, Job::READ);
        }
        true
    }

    fn read(self: &Arc<Self>, scratch: &mut [u8], to_the_end: bool) -> bool {
        enum From {
            Tcp(Arc<TcpStream>),
            Datagrams(Arc<Datagrams>),
        }
        for _ in 0..READS_PER_TURN {
            let source = self.look(|state| match &state.line.wire {
                Wire::Tcp { stream, .. } => Some(From::Tcp(stream.clone())),
                Wire::Datagrams(socket) => Some(From::Datagrams(socket.clone())),
                Wire::Down | Wire::Connecting(_) => None,
            });
            match source {
                None => return false,
                Some(From::Tcp(stream)) => {
                    let outcome = io::Read::read(&mut &*stream, scratch);
                    match outcome {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Ok(count @ 1..) => {
                            counters::add(&self.runtime.counting.octets_received, count);
                            self.act(|state, now| state.received(&stream, &scratch[..count], now));
                            if count < scratch.len() && !to_the_end {
                                return false;
                            }
                        }
                        Ok(0) => {
                            self.act(|state, now| state.lost(&stream, None, now));
                            return false;
                        }
                        Err(error) => {
                            self.act(|state, now| state.lost(&stream, Some((&error, "reading from")), now));
                            return false;
                        }
                    }
                }
                Some(From::Datagrams(socket)) => return self.read_datagrams(&socket, scratch),
            }
        }
        true
    }

    /// Takes datagrams or frames: as many as there are for a turn at once, so that what answers them goes out together.
    fn read_datagrams(self: &Arc<Self>, socket: &Arc<Datagrams>, scratch: &mut [u8]) -> bool {
        let (mut datagrams, mut gone, mut more) = (Vec::new(), None, true);
        for _ in 0..READS_PER_TURN {
            match socket.receive(scratch) {
                Ok(count) => {
                    counters::add(&self.runtime.counting.octets_received, count);
                    datagrams.push(Bytes::copy_from_slice(&scratch[..count]));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    more = false;
                    break;
                }
                Err(error) if socket.is_gone(&error) => {
                    (gone, more) = (Some(error), false);
                    break;
                }
                // The neighbour's port is not open at present, or a signal came.
                Err(_) => {}
            }
        }
        if !datagrams.is_empty() || gone.is_some() {
            self.act(|state, now| {
                // The circuit may have been closed meanwhile.
                if state.line.is_of(socket) {
                    datagrams.iter().for_each(|datagram| state.node.datagram(datagram, now));
                }
                if let Some(error) = gone {
                    state.gone(socket, &error, now);
                }
            });
        }
        more
    }

    /// Writes what there is to write. Any thread may come; one at a time writes.
    fn flush(self: &Arc<Self>) {
        loop {
            match self.change(|state, _| state.line.start_writing(&mut state.node)) {
                Writing::Nothing => return,
                Writing::Tcp(stream, mut octets) => {
                    let result = tcp::write_vectored(&stream, &[IoSlice::new(&octets)]);
                    let mut lost = None;
                    let mut full = false;
                    match result {
                        Ok(count) => {
                            counters::add(&self.runtime.counting.octets_sent, count);
                            octets = octets.slice(count..);
                        }
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => full = true,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => lost = Some(error),
                    }
                    self.change(|state, now| {
                        let same = state.line.is(&stream);
                        let rest = if octets.is_empty() { VecDeque::new() } else { VecDeque::from([octets]) };
                        state.line.written(same, rest, full);
                        if let Some(error) = lost {
                            state.lost(&stream, Some((&error, "writing to")), now);
                        }
                    });
                }
                Writing::Datagrams(socket, mut datagrams) => {
                    let (mut full, mut gone) = (false, None);
                    while let Some(datagram) = datagrams.front() {
                        match socket.send(datagram) {
                            Ok(count) => counters::add(&self.runtime.counting.octets_sent, count),
                            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                                full = true;
                                break;
                            }
                            Err(error) if socket.is_gone(&error) => {
                                gone = Some(error);
                                break;
                            }
                            // A datagram may be lost; NSP repeats what matters.
                            Err(_) => {}
                        }
                        datagrams.pop_front();
                    }
                    self.change(|state, now| {
                        let same = state.line.is_of(&socket);
                        state.line.written(same, datagrams, full);
                        if let Some(error) = gone {
                            state.gone(&socket, &error, now);
                        }
                    });
                }
            }
        }
    }

    /// The reactor's timer went off.
    pub(crate) fn expired(self: &Arc<Self>) {
        self.act(|state, now| {
            state.armed = None;
            if state.closed {
                return;
            }
            if state.node.next_timeout().is_some_and(|at| at <= now) {
                state.node.handle_timeout(now);
            }
            if state.line.at.is_some_and(|at| at <= now) {
                state.line.at = None;
                if matches!(state.line.wire, Wire::Connecting(_)) {
                    let error = io::Error::from(io::ErrorKind::TimedOut);
                    let error = errors::network(&error, "connecting to", &state.line.peer());
                    state.attempt_failed(error, now);
                } else {
                    state.attempt = true;
                }
            }
        });
    }

    /// The endpoint ends: links are aborted as far as the network takes it, the circuit is closed.
    pub(crate) fn close(self: &Arc<Self>) {
        let was = self.act(|state, now| {
            if state.closed {
                return true;
            }
            let links: Vec<LinkId> = state.links.keys().copied().collect();
            for link in links {
                // Those that are at their end already refuse; the end of the circuit ends them.
                let _ = match state.node.state(link) {
                    LinkState::Offered => state.node.reject(link, Reason::NODE_SHUTTING_DOWN, "", now),
                    LinkState::Closed
                    | LinkState::Calling
                    | LinkState::Delivered
                    | LinkState::Confirming
                    | LinkState::Running
                    | LinkState::Draining
                    | LinkState::Clearing => state.node.abort(link, "", now),
                };
            }
            false
        });
        if was {
            return;
        }
        let wire = self.change(|state, now| {
            state.closed = true;
            state.changed = true;
            let wire = state.line.down(now);
            state.line.at = None;
            state.node.network_closed(None, now);
            wire
        });
        if let Wire::Tcp { stream, .. } = wire {
            let _ = stream.shutdown(std::net::Shutdown::Write);
            // Octets left unread would turn the close into a reset, which can destroy our last messages at the peer.
            let mut scratch = [0; 4096];
            for _ in 0..READS_PER_TURN {
                if !matches!(io::Read::read(&mut &*stream, &mut scratch), Ok(1..)) {
                    break;
                }
            }
        }
        let armed = self.look(|state| state.armed.take());
        if let Some(at) = armed {
            self.runtime.disarm(self.id, at);
        }
        self.runtime.forget(self.id);
        if let Some(acceptor) = &self.acceptor {
            self.runtime.forget(acceptor.id);
        }
    }
}

impl State {
    fn next_timeout(&self) -> Option<Instant> {
        [self.node.next_timeout(), self.line.at].into_iter().flatten().min()
    }

    /// What follows from any change.
    fn pump(&mut self, now: Instant) {
        self.take_engine_events(now);
        if self.node.wants_restart() && !self.closed {
            let wire = self.line.down(now);
            self.unwanted.push(wire);
            self.node.network_closed(None, now);
            self.take_engine_events(now);
        }
    }

    fn connected(&mut self, stream: Arc<TcpStream>, peer: Option<SocketAddr>, now: Instant) {
        if self.closed {
            return;
        }
        let wire = self.line.up(Wire::Tcp { stream, incoming: BytesMut::new() }, peer);
        self.unwanted.push(wire);
        let peer = self.line.peer();
        self.note(Level::DEBUG, || Note::circuit(Level::DEBUG, "the circuit is connected", peer));
        self.node.network_connected(now);
    }

    fn received(&mut self, from: &Arc<TcpStream>, octets: &[u8], now: Instant) {
        if let Wire::Tcp { stream, incoming } = &mut self.line.wire
            && Arc::ptr_eq(stream, from)
        {
            incoming.extend_from_slice(octets);
            self.node.received(incoming, now);
        }
    }

    fn lost(&mut self, stream: &Arc<TcpStream>, error: Option<(&io::Error, &str)>, now: Instant) {
        if !self.line.is(stream) {
            return;
        }
        let error = error.map(|(error, doing)| errors::network(error, doing, &self.line.peer()));
        let wire = self.line.down(now);
        self.unwanted.push(wire);
        self.node.network_closed(error, now);
    }

    /// The socket of an interface is of no use any more.
    fn gone(&mut self, socket: &Arc<Datagrams>, error: &io::Error, now: Instant) {
        if !self.line.is_of(socket) {
            return;
        }
        let error = socket.failed(error);
        let wire = self.line.down(now);
        self.unwanted.push(wire);
        self.node.network_closed(Some(error), now);
    }

    fn attempt_failed(&mut self, error: Error, now: Instant) {
        let wire = self.line.down(now);
        self.unwanted.push(wire);
        self.circuit_down(error);
    }
}

fn watch(
    runtime: &Runtime,
    socket: &mut impl mio::event::Source,
    id: u64,
    interests: Interest,
) -> Result<()> {
    let registry = runtime.registry();
    registry
        .register(socket, Token(id as usize), interests)
        .map_err(|error| errors::system(&error, "watching a socket"))
}

/// A number that differs from start to start.
fn somewhere() -> u16 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id()) as u16
}
