//! The reactor: waits for the network and for time, and looks after what is due. One thread at a time has it.
use crate::clock;
use crate::connection::{Connection, Origin};
use crate::counters;
use crate::errors;
use crate::listener::{Acceptor, Socket};
use crate::log::{self, Note};
use crate::port::{Port, tcp};
use crate::runtime::{Job, Runtime, Source};
use crate::session::core::Core;
use mio::{Events, Interest, Poll, Registry, Token};
use osisession_proto::transport::Class0;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Duration;
use tracing::Level;

/// The waker's token. Sessions and acceptors are numbered from 1.
pub(crate) const WAKER: Token = Token(0);

/// Octets per read.
const READ_SIZE: usize = 64 * 1024;
/// Reads for one connection before the others have their turn: a flood from one peer does not starve them.
const READS_PER_TURN: usize = 4;
/// Callers taken from one socket before the others have their turn.
const ACCEPTS_PER_TURN: usize = 64;
/// When the system has no descriptor for a caller: how long until the next attempt.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Reactor {
    poll: Poll,
    events: Events,
    scratch: Box<[u8]>,
}

impl Reactor {
    pub(crate) fn new() -> io::Result<Reactor> {
        Ok(Reactor {
            poll: Poll::new()?,
            events: Events::with_capacity(256),
            scratch: vec![0; READ_SIZE].into_boxed_slice(),
        })
    }

    pub(crate) fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.poll.as_raw_fd()
    }

    /// Waits at most `timeout`, and looks after everything that is due.
    pub(crate) fn drive(&mut self, runtime: &Runtime, timeout: Option<Duration>) -> io::Result<()> {
        // First: whoever makes work from now on wakes.
        runtime.polling(true);
        let timeout = match (timeout, runtime.next_timeout()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let outcome = self.poll.poll(&mut self.events, timeout);
        runtime.polling(false);
        match outcome {
            // A signal: its handler may want the caller to look around.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.events.clear(),
            outcome => outcome?,
        }
        runtime.noticed();
        let mut jobs = runtime.take_inbox();
        for event in self.events.iter().filter(|event| event.token() != WAKER) {
            let reads = event.is_readable() || event.is_read_closed() || event.is_error();
            let writes = event.is_writable() || event.is_write_closed() || event.is_error();
            let job = match (reads, writes, event.is_read_closed() || event.is_error()) {
                (true, false, false) => Job::READ_NEWS,
                (true, true, false) => Job::NEWS,
                (true, false, true) => Job::READ,
                (false, true, _) => Job::WRITE,
                _ => Job::BOTH,
            };
            jobs.push((event.token().0 as u64, job));
        }
        for (id, job) in jobs {
            let more = match runtime.source(id) {
                Some(Source::Session(core)) => self.look_after(&core, job),
                Some(Source::Acceptor(acceptor)) => accept(runtime, &acceptor),
                Some(Source::Decnet(core)) => core.look_after(id, job, &mut self.scratch),
                Some(Source::Resident(_)) | None => false,
            };
            if more {
                runtime.enqueue(id, Job::READ);
            }
        }
        for id in runtime.expired(clock::now()) {
            match runtime.source(id) {
                Some(Source::Session(core)) => core.expired(),
                Some(Source::Acceptor(_)) => runtime.enqueue(id, Job::READ),
                Some(Source::Decnet(core)) => core.expired(),
                Some(Source::Resident(resident)) => {
                    resident.upgrade().into_iter().for_each(|resident| runtime.enqueue_resident(resident));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// True if there is more to read.
    fn look_after(&mut self, core: &Arc<Core>, job: Job) -> bool {
        if !connect(core) {
            return false;
        }
        if job.writes() {
            core.flush();
        }
        job.reads() && self.read(core, job.reads_to_the_end())
    }

    fn read(&mut self, core: &Arc<Core>, to_the_end: bool) -> bool {
        for _ in 0..READS_PER_TURN {
            let Some(port) = core.look(|connection| connection.reading_port()) else { return false };
            let outcome = port.read(&mut self.scratch);
            drop(port);
            match outcome {
                Ok(0) => {
                    core.act(Connection::end_of_file);
                    return false;
                }
                Ok(count) => {
                    counters::add(&core.runtime.counting.octets_received, count);
                    core.act(|connection, now| connection.received(&self.scratch[..count], now));
                    if count < self.scratch.len() && !to_the_end {
                        return false;
                    }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return false,
                    io::ErrorKind::Interrupted => {}
                    _ => {
                        core.act(|connection, now| {
                            let error = errors::network(&error, "reading from", connection.peer_name());
                            connection.network_lost(error, now);
                        });
                        return false;
                    }
                },
            }
        }
        true
    }
}

/// Sees to it that the network connection is up. False if it is not.
fn connect(core: &Arc<Core>) -> bool {
    let pending = core
        .look(|connection| if connection.wire.connected { None } else { Some(connection.wire.port.clone()) });
    let port = match pending {
        None => return true,
        Some(None) => return false,
        Some(Some(port)) => port,
    };
    let Port::Tcp(stream) = &port else {
        core.act(Connection::network_connected);
        return true;
    };
    let Some(outcome) = tcp::outcome(stream) else { return false };
    if outcome.is_ok() {
        tcp::settle(stream, core.look(|connection| connection.keepalive()));
    }
    core.act(|connection, now| {
        let same = matches!(&connection.wire.port, Some(Port::Tcp(current)) if Arc::ptr_eq(current, stream));
        match outcome {
            _ if !same => false,
            Ok(()) => {
                connection.network_connected(now);
                true
            }
            Err(error) => {
                connection.attempt_failed(&error);
                false
            }
        }
    })
}

/// Takes callers from a socket. True if there may be more.
fn accept(runtime: &Runtime, acceptor: &Arc<Acceptor>) -> bool {
    let Some(Socket::Tcp(socket)) = acceptor.socket() else { return false };
    for _ in 0..ACCEPTS_PER_TURN {
        match socket.accept() {
            Ok((stream, address)) => {
                let peer = address.to_string();
                if acceptor.admit(Some(address.ip())) {
                    welcome(acceptor, peer, Some(address.ip()), tcp::INHERITS, |_| {
                        Port::Tcp(Arc::new(stream))
                    });
                } else {
                    counters::add(&runtime.counting.callers, 1);
                    counters::add(&runtime.counting.callers_turned_away, 1);
                    // One line for each would help a flood.
                    if log::wants(Level::DEBUG) {
                        Note::new(Level::DEBUG, "a caller is turned away: too many are without CONNECT")
                            .tell(0, &peer);
                    }
                }
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return false,
                io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                _ => {
                    // Out of descriptors or memory. Callers wait in the system's queue meanwhile.
                    let _ = runtime.arm(acceptor.id, &mut None, Some(clock::now() + ACCEPT_PAUSE));
                    return false;
                }
            },
        }
    }
    true
}

/// Begins to serve a caller. The port is made for its number.
///
/// The caller was admitted before; `source` is what it was counted under. `settled`: the socket has its settings.
pub(crate) fn welcome(
    acceptor: &Arc<Acceptor>,
    peer: String,
    source: Option<IpAddr>,
    settled: bool,
    port: impl FnOnce(u64) -> Port,
) {
    let (Some(runtime), Some((config, t_selectors))) = (acceptor.runtime.upgrade(), acceptor.welcome())
    else {
        acceptor.settled(None, source);
        return;
    };
    counters::add(&runtime.counting.callers, 1);
    let id = runtime.next_id();
    let mut port = port(id);
    let keepalive = config.keepalive;
    let mut transport = config.transport();
    transport.local_t_selectors = t_selectors;
    let class0 = Class0::responder(transport, reference(id));
    let origin = Origin::Accepted(acceptor.clone());
    let connection = Connection::new(class0, config, origin, peer, clock::now());
    let core = Core::new(id, runtime.clone(), connection);
    if !runtime.remember(id, Source::Session(core.clone())) {
        runtime.forget(id);
        acceptor.settled(None, source);
        return;
    }
    let registered = match &mut port {
        Port::Tcp(stream) => match Arc::get_mut(stream) {
            Some(stream) => {
                let interests = Interest::READABLE | Interest::WRITABLE;
                runtime.registry().register(stream, Token(id as usize), interests)
            }
            None => Ok(()),
        },
        Port::Memory(_) => Ok(()),
    };
    let waits = registered.is_ok() && acceptor.connecting(&core, source);
    if !waits {
        // The system cannot watch it, or the last listener left just now.
        runtime.forget(id);
        core.disarm();
        acceptor.settled(None, source);
        return;
    }
    if let Port::Tcp(stream) = &port
        && !settled
    {
        tcp::settle(stream, keepalive);
    }
    core.act(|connection, now| {
        connection.wire.port = Some(port);
        connection.network_connected(now);
    });
}

/// A reference for CR or CC: it differs between connections that exist at a time, as far as 16 bits allow.
pub(crate) fn reference(id: u64) -> u16 {
    (id % u64::from(u16::MAX)) as u16 + 1
}
