//! Where a node or a port of a router is, whatever carries its frames there.
use super::wire::{self, LocalTalkUdp};
use crate::{errors, ethernet};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use osisession_proto::Bytes;
use osisession_proto::error::Result;
use osisession_proto::zip::link::Medium;
use osisession_proto::zip::{Mac, NetworkRange, NodeAddress};
use std::fmt;
use std::io;
use std::net::SocketAddr;

/// EtherTalk phase 2 at an interface, through a packet socket: Linux with the feature `ethernet`, and the capability CAP_NET_RAW.
///
/// The station is that of the interface; groups of zones are joined while the node lives. While the interface is down frames are lost,
/// as with a cable that is pulled out. Nodes of one machine do not hear each other through the same interface, nor does one whose
/// system speaks AppleTalk itself at that interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EtherTalk {
    interface: String,
}

impl EtherTalk {
    /// At an interface, such as `eth0`.
    pub fn at(interface: &str) -> EtherTalk {
        EtherTalk { interface: interface.into() }
    }

    /// The interface's name.
    pub fn interface(&self) -> &str {
        &self.interface
    }
}

/// Where a node or a port of a router is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Segment {
    /// LocalTalk over UDP: a nonextended network.
    LocalTalkUdp(LocalTalkUdp),
    /// EtherTalk phase 2: an extended network.
    EtherTalk(EtherTalk),
}

impl From<LocalTalkUdp> for Segment {
    fn from(segment: LocalTalkUdp) -> Segment {
        Segment::LocalTalkUdp(segment)
    }
}

impl From<EtherTalk> for Segment {
    fn from(segment: EtherTalk) -> Segment {
        Segment::EtherTalk(segment)
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Segment::LocalTalkUdp(segment) => segment.fmt(f),
            Segment::EtherTalk(segment) => segment.fmt(f),
        }
    }
}

impl Segment {
    /// True for a network with a range of numbers and many zones.
    pub fn is_extended(&self) -> bool {
        matches!(self, Segment::EtherTalk(_))
    }

    /// The address that a node would like here, of a node id and a network; the network counts on extended ones alone.
    pub(super) fn hint(&self, node: Option<u8>, network: Option<NetworkRange>) -> Option<NodeAddress> {
        let network = if self.is_extended() { network?.start() } else { 0 };
        node.map(|node| NodeAddress::new(network, node))
    }
}

#[derive(Debug)]
enum Socket {
    Udp { socket: UdpSocket, destination: SocketAddr },
    Ethernet { socket: ethernet::PacketSocket, joined: Vec<Mac> },
}

/// A socket on a segment.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Socket,
    segment: Segment,
    /// There may be more to read: the poll tells it once only.
    pub(super) readable: bool,
}

impl Wire {
    /// A socket that is watched, and what the engine has to know of it.
    pub(super) fn open(segment: Segment, registry: &Registry, token: Token) -> Result<(Wire, Medium)> {
        let (socket, medium) = match &segment {
            Segment::LocalTalkUdp(place) => {
                let mut socket = place.open()?;
                registry
                    .register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)
                    .map_err(|error| errors::system(&error, "watching a socket"))?;
                let sender = super::driver::random() as u32;
                let destination = place.destination();
                (Socket::Udp { socket, destination }, Medium::LocalTalkUdp { sender })
            }
            Segment::EtherTalk(EtherTalk { interface }) => {
                let failed = |error: io::Error| ethernet::failed(&error, interface);
                let frames = ethernet::Frames::EtherTalk;
                let socket = ethernet::open(interface, frames, registry, token).map_err(failed)?;
                socket.join(Mac::BROADCAST.0).map_err(failed)?;
                let mac = Mac(socket.station());
                (Socket::Ethernet { socket, joined: Vec::new() }, Medium::EtherTalk { mac })
            }
        };
        Ok((Wire { socket, segment, readable: true }, medium))
    }

    /// Sends a frame. True if it is gone, or lost as on a wire; false if it has to wait.
    pub(super) fn send(&self, frame: &[u8]) -> Result<bool> {
        loop {
            let sent = match &self.socket {
                Socket::Udp { socket, destination } => socket.send_to(frame, *destination),
                Socket::Ethernet { socket, .. } => socket.send(frame),
            };
            return match sent {
                Ok(_) => Ok(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if self.is_lost(&error) => Ok(true),
                Err(error) => Err(errors::network(&error, "sending to", &self.segment.to_string())),
            };
        }
    }

    /// What is there to read; `None` if there is nothing now.
    pub(super) fn receive(&self) -> Result<Option<Bytes>> {
        let Socket::Ethernet { socket, .. } = &self.socket else {
            let Socket::Udp { socket, .. } = &self.socket else { return Ok(None) };
            return wire::receive(socket)
                .map_err(|error| errors::system(&error, "receiving from LocalTalk over UDP"));
        };
        let mut buffer = [0; ethernet::FRAME];
        loop {
            return match socket.receive(&mut buffer) {
                Ok(length) => Ok(Some(Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default()))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted || self.is_lost(&error) => continue,
                Err(error) => Err(errors::system(&error, &format!("receiving from {}", self.segment))),
            };
        }
    }

    /// True for what a wire does as well: it is cut for a while, or too busy.
    fn is_lost(&self, error: &io::Error) -> bool {
        let lost = [libc::ENETDOWN, libc::ENOBUFS, libc::EMSGSIZE];
        self.segment.is_extended() && error.raw_os_error().is_some_and(|code| lost.contains(&code))
    }

    /// Hears the groups that the engine wants, and no others.
    pub(super) fn join(&mut self, groups: &[Mac]) -> Result<()> {
        let Socket::Ethernet { socket, joined } = &mut self.socket else { return Ok(()) };
        if joined == groups {
            return Ok(());
        }
        let failed = |error: io::Error| errors::system(&error, "joining the multicast group of a zone");
        for group in groups.iter().filter(|group| !joined.contains(group)) {
            socket.join(group.0).map_err(failed)?;
        }
        for group in joined.iter().filter(|group| !groups.contains(group)) {
            socket.leave(group.0).map_err(failed)?;
        }
        *joined = groups.to_vec();
        Ok(())
    }
}
