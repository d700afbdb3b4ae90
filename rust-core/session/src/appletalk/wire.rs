//! Sockets of LocalTalk over UDP.
use crate::errors;
use mio::net::UdpSocket;
use osisession_proto::Bytes;
use osisession_proto::error::Result;
use osisession_proto::zip::link::llap::{LTOUDP_GROUP, LTOUDP_PORT};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};

/// Octets of the largest payload, and one more to see what is larger.
const BUFFER: usize = 608;

/// Where a segment of LocalTalk over UDP is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalTalkUdp {
    /// The address of the interface; 0.0.0.0 leaves the choice to the system.
    pub interface: Ipv4Addr,
    /// The multicast group. Default 239.192.76.84.
    pub group: Ipv4Addr,
    /// The UDP port, of source and destination. Default 1954. Another one is another segment.
    pub port: u16,
}

impl Default for LocalTalkUdp {
    fn default() -> LocalTalkUdp {
        LocalTalkUdp {
            interface: Ipv4Addr::UNSPECIFIED,
            group: Ipv4Addr::from(LTOUDP_GROUP),
            port: LTOUDP_PORT,
        }
    }
}

impl LocalTalkUdp {
    /// The usual segment at an interface.
    pub fn at(interface: Ipv4Addr) -> LocalTalkUdp {
        LocalTalkUdp { interface, ..LocalTalkUdp::default() }
    }

    /// The same with another UDP port.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> LocalTalkUdp {
        self.port = port;
        self
    }

    /// A socket that hears the group, its own datagrams as well: other stations of this host hear them the same way.
    pub(super) fn open(&self) -> Result<UdpSocket> {
        self.bind().map_err(|error| {
            errors::system(&error, &format!("joining {}:{} at {}", self.group, self.port, self.interface))
        })
    }

    fn bind(&self) -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(true)?;
        // A socket that is bound to an address of its own hears no multicasts on Linux.
        socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, self.port).into())?;
        socket.join_multicast_v4(&self.group, &self.interface)?;
        if !self.interface.is_unspecified() {
            socket.set_multicast_if_v4(&self.interface)?;
        }
        socket.set_multicast_loop_v4(true)?;
        socket.set_multicast_ttl_v4(1)?;
        socket.set_nonblocking(true)?;
        Ok(UdpSocket::from_std(socket.into()))
    }

    pub(super) fn destination(&self) -> std::net::SocketAddr {
        SocketAddrV4::new(self.group, self.port).into()
    }
}

/// What is there to read; `None` if there is nothing now.
pub(super) fn receive(socket: &UdpSocket) -> io::Result<Option<Bytes>> {
    let mut buffer = [0; BUFFER];
    loop {
        return match socket.recv_from(&mut buffer) {
            Ok((length, _)) => Ok(Some(Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default()))),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
    }
}
