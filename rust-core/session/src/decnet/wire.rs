//! The sockets of a circuit: made here, watched by the reactor.
use crate::address::Address;
use crate::{errors, ethernet};
use mio::net::{TcpListener, UdpSocket};
use mio::{Registry, Token};
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::scp::NodeAddress;
use osisession_proto::scp::ethernet::{ALL_END_NODES, ALL_ROUTERS};
use std::io;
use std::net::SocketAddr;

/// Multinet's port, TCP and UDP.
const MULTINET: u16 = 700;

/// The addresses of a text, at least one. Looking up a name blocks.
pub(super) fn resolve(text: &str) -> Result<Vec<SocketAddr>> {
    let address = Address::parse_with_port(text, MULTINET)?;
    if matches!(address, Address::Memory(_)) {
        return Err(Error::invalid("a circuit does not run over memory").with_parameter("circuit"));
    }
    let found = address.resolve().map_err(|error| errors::network(&error, "looking up", text))?;
    if found.is_empty() {
        return Err(Error::invalid(format!("{address} has no address")).with_parameter("circuit"));
    }
    Ok(found)
}

/// A socket that listens at the first address that the system takes.
pub(super) fn listen(text: &str) -> Result<TcpListener> {
    first(text, TcpListener::bind)
}

/// A socket for datagrams or frames.
#[derive(Debug)]
pub(super) enum Datagrams {
    Udp(UdpSocket),
    Ethernet(ethernet::PacketSocket),
}

impl Datagrams {
    pub(super) fn send(&self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Datagrams::Udp(socket) => socket.send(octets),
            Datagrams::Ethernet(socket) => socket.send(octets),
        }
    }

    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Datagrams::Udp(socket) => socket.recv(buffer),
            Datagrams::Ethernet(socket) => socket.receive(buffer),
        }
    }

    /// True if an error means that the socket is of no use any more. With UDP none does: the neighbour's port is not open at present,
    /// or a signal came.
    pub(super) fn is_gone(&self, error: &io::Error) -> bool {
        match self {
            Datagrams::Udp(_) => false,
            Datagrams::Ethernet(_) => ethernet::is_gone(error),
        }
    }

    pub(super) fn failed(&self, error: &io::Error) -> Error {
        match self {
            Datagrams::Udp(_) => errors::system(error, "the circuit's UDP socket"),
            Datagrams::Ethernet(socket) => ethernet::failed(error, socket.name()),
        }
    }
}

/// A socket for the frames of a node at an interface, watched.
pub(super) fn station(
    interface: &str,
    node: NodeAddress,
    registry: &Registry,
    token: Token,
) -> io::Result<ethernet::PacketSocket> {
    let socket = ethernet::open(interface, ethernet::Frames::Decnet, registry, token)?;
    socket.hear(node.station())?;
    // Routers speak to each other on theirs, and are heard sooner there.
    socket.join(ALL_END_NODES)?;
    socket.join(ALL_ROUTERS)?;
    Ok(socket)
}

/// A socket for datagrams to and from `remote` alone.
pub(super) fn datagrams(local: &str, remote: &str) -> Result<UdpSocket> {
    let local = first(local, UdpSocket::bind)?;
    let family = local.local_addr().map(|address| address.is_ipv4());
    let mut last = None;
    for address in resolve(remote)? {
        if family.as_ref().is_ok_and(|ipv4| *ipv4 != address.is_ipv4()) {
            continue;
        }
        match local.connect(address) {
            Ok(()) => return Ok(local),
            Err(error) => last = Some(errors::network(&error, "sending to", remote)),
        }
    }
    Err(last.unwrap_or_else(|| {
        Error::invalid("one end of the circuit is IPv4, the other IPv6").with_parameter("circuit")
    }))
}

fn first<S>(text: &str, open: impl Fn(SocketAddr) -> std::io::Result<S>) -> Result<S> {
    let mut last = None;
    for address in resolve(text)? {
        match open(address) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = Some(errors::network(&error, "listening at", text)),
        }
    }
    Err(last.unwrap_or_else(|| Error::invalid("no address").with_parameter("circuit")))
}
