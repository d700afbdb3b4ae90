//! TCP: attempts to connect, one address after the other.
use crate::errors;
use mio::net::TcpStream;
use osisession_proto::Error;
use socket2::{SockRef, Socket, TcpKeepalive, Type};
use std::collections::VecDeque;
use std::ffi::c_int;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Between probes of a silent connection.
const PROBE_INTERVAL: Duration = Duration::from_secs(10);

/// Systems without the flag have the socket option SO_NOSIGPIPE, which the standard library and mio set.
#[cfg(target_vendor = "apple")]
const MSG_NOSIGNAL: c_int = 0;
#[cfg(not(target_vendor = "apple"))]
const MSG_NOSIGNAL: c_int = libc::MSG_NOSIGNAL;

/// The addresses that are left to try, and what became of the last one.
#[derive(Debug)]
pub(crate) struct Attempts {
    left: VecDeque<SocketAddr>,
    current: Option<SocketAddr>,
    name: String,
    last: Error,
}

impl Attempts {
    /// Tries these, in order. `name` is what the caller wrote.
    pub(crate) fn new(addresses: Vec<SocketAddr>, name: String) -> Attempts {
        let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let last = errors::network(&error, errors::LOOKING_UP, &name);
        Attempts { left: addresses.into(), current: None, name, last }
    }

    /// None to try: the name could not be looked up.
    pub(crate) fn failed_lookup(error: &io::Error, name: String) -> Attempts {
        let last = errors::network(error, errors::LOOKING_UP, &name);
        Attempts { left: VecDeque::new(), current: None, name, last }
    }

    /// Starts the next attempt; the last error if none is left.
    pub(crate) fn next(&mut self) -> Result<TcpStream, Error> {
        while let Some(address) = self.left.pop_front() {
            self.current = Some(address);
            match TcpStream::connect(address) {
                Ok(stream) => return Ok(stream),
                Err(error) => self.failed(&error),
            }
        }
        Err(self.last.clone())
    }

    /// The current attempt failed.
    pub(crate) fn failed(&mut self, error: &io::Error) {
        let peer = self.peer();
        self.last = errors::network(error, "connecting to", &peer);
    }

    /// The address that is tried now, as a number if there is one.
    pub(crate) fn address(&self) -> String {
        self.current.map_or_else(|| self.name.clone(), |address| address.to_string())
    }

    /// The address that is tried now, with the name that the caller wrote.
    pub(crate) fn peer(&self) -> String {
        match self.current {
            Some(address) if address.to_string() == self.name => self.name.clone(),
            Some(address) => format!("{} ({address})", self.name),
            None => self.name.clone(),
        }
    }
}

/// Takes over a connection that somebody else made.
pub(crate) fn adopt(socket: OwnedFd) -> Result<(TcpStream, SocketAddr), Error> {
    let socket = Socket::from(socket);
    let wrong = |what: &str| Error::invalid(format!("the descriptor is {what}")).with_parameter("socket");
    match (socket.local_addr(), socket.r#type()) {
        (Ok(local), Ok(Type::STREAM)) if local.is_ipv4() || local.is_ipv6() => {}
        _ => return Err(wrong("no TCP socket")),
    }
    let peer = socket.peer_addr().ok().and_then(|peer| peer.as_socket());
    let peer = peer.ok_or_else(|| wrong("a socket that is not connected"))?;
    socket.set_nonblocking(true).map_err(|error| errors::system(&error, "setting a socket"))?;
    Ok((TcpStream::from_std(socket.into()), peer))
}

/// Whether an attempt under way has come to an end.
pub(crate) fn outcome(stream: &TcpStream) -> Option<io::Result<()>> {
    match stream.take_error() {
        Ok(None) => {}
        Ok(Some(error)) | Err(error) => return Some(Err(error)),
    }
    match stream.peer_addr() {
        Ok(_) => Some(Ok(())),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => None,
        Err(error) => Some(Err(error)),
    }
}

/// Settings of a listening socket that Linux gives to the connections that come through it, which saves four system calls for each.
pub(crate) fn settle_listener(socket: &mio::net::TcpListener, keepalive: Option<Duration>) {
    let socket = SockRef::from(socket);
    let _ = socket.set_tcp_nodelay(true);
    if let Some(idle) = keepalive {
        let probes = TcpKeepalive::new().with_time(idle).with_interval(PROBE_INTERVAL);
        let _ = socket.set_tcp_keepalive(&probes);
    }
}

/// Whether accepted connections have the settings already.
pub(crate) const INHERITS: bool = cfg!(target_os = "linux");

/// Settings of a connection that has just come up. Should one of them fail, the first write shows what is wrong.
pub(crate) fn settle(stream: &TcpStream, keepalive: Option<Duration>) {
    // Small SPDUs must not wait for each other.
    let _ = stream.set_nodelay(true);
    if let Some(idle) = keepalive {
        // Class 0 has no probe of its own: without this a peer that vanished is never missed.
        let probes = TcpKeepalive::new().with_time(idle).with_interval(PROBE_INTERVAL);
        let _ = SockRef::from(stream).set_tcp_keepalive(&probes);
    }
}

/// Writes without a signal: SIGPIPE would end a program that does not know this library's sockets.
pub(crate) fn write_vectored(stream: &TcpStream, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
    SockRef::from(stream).send_vectored_with_flags(pieces, MSG_NOSIGNAL)
}
