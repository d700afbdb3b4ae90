//! Packet sockets of Linux: whole Ethernet frames of one protocol, to and from one interface.
//!
//! The rings of `osisession` have no `unsafe`; what a packet socket needs of it is here, in `sys.rs`, each with its proof. On other
//! systems the crate is empty.
//!
//! A socket needs the capability CAP_NET_RAW in the network namespace of the interface. It changes nothing of the interface: the
//! addresses that it hears besides the interface's own go when it is closed.
#![cfg(target_os = "linux")]

mod filter;
mod sys;

use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

pub use filter::Frames;

/// Octets that wait in the system for a reader who is busy; less, if the system allows less.
const RECEIVE_BUFFER: usize = 1 << 20;

/// A non-blocking socket for the frames of one protocol at one interface.
#[derive(Debug)]
pub struct PacketSocket {
    socket: Socket,
    interface: sys::Interface,
    name: String,
}

impl PacketSocket {
    /// Opens a socket at an interface, such as `eth0`. It hears what the interface takes: frames to its own address, to everyone, and
    /// what [`PacketSocket::join`] and [`PacketSocket::hear`] add. It does not hear what this machine sends through that interface.
    ///
    /// # Errors
    /// `PermissionDenied`: without the capability CAP_NET_RAW. `NotFound`: there is no such interface. `InvalidInput`: it is no
    /// Ethernet. `NetworkDown`: it is down. Each says so with the interface's name.
    pub fn open(name: &str, frames: Frames) -> io::Result<PacketSocket> {
        let index = sys::index_of(name).map_err(|error| in_words(&error, name))?;
        // Protocol 0 hears nothing: no frame comes before the filter is in place.
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(0)))
            .map_err(|error| in_words(&error, name))?;
        socket.set_nonblocking(true)?;
        socket.attach_filter(frames.filter())?;
        // The default does as well, if this is more than the system allows.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        socket.bind(&sys::address(index, frames.protocol())).map_err(|error| in_words(&error, name))?;
        // An interface that is down is an error of the socket, not of the bind.
        if let Some(error) = socket.take_error()? {
            return Err(in_words(&error, name));
        }
        let interface = sys::Interface::of(&socket)?;
        if !interface.is_ethernet() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name} is no Ethernet")));
        }
        Ok(PacketSocket { socket, interface, name: name.to_owned() })
    }

    /// The interface's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The interface's own station address, as it was when the socket was opened.
    pub fn station(&self) -> [u8; 6] {
        self.interface.station
    }

    /// Hears a multicast group as well, until the socket is closed.
    ///
    /// # Errors
    /// What the system says: `InvalidInput` for an address that is no group, or memory.
    pub fn join(&self, group: [u8; 6]) -> io::Result<()> {
        sys::membership(&self.socket, &self.interface, libc::PACKET_ADD_MEMBERSHIP, sys::Kind::Group, group)
    }

    /// Hears a multicast group no more.
    ///
    /// # Errors
    /// What the system says; a group that was not joined is an error.
    pub fn leave(&self, group: [u8; 6]) -> io::Result<()> {
        sys::membership(&self.socket, &self.interface, libc::PACKET_DROP_MEMBERSHIP, sys::Kind::Group, group)
    }

    /// Hears frames to another station address as well, until the socket is closed. An interface that cannot filter several takes
    /// everything meanwhile (promiscuous), which the system sees to.
    ///
    /// # Errors
    /// What the system says: `InvalidInput` for a group, or memory.
    pub fn hear(&self, station: [u8; 6]) -> io::Result<()> {
        sys::membership(
            &self.socket,
            &self.interface,
            libc::PACKET_ADD_MEMBERSHIP,
            sys::Kind::Station,
            station,
        )
    }

    /// Sends a frame, addresses and type included, without a check sequence.
    ///
    /// # Errors
    /// `WouldBlock`; `NetworkDown` if the interface is down; what the system says of frames longer than the interface takes.
    pub fn send(&self, frame: &[u8]) -> io::Result<usize> {
        (&self.socket).write(frame)
    }

    /// Takes a frame. Of one that is longer than `buffer` the rest is lost.
    ///
    /// # Errors
    /// `WouldBlock`; `NetworkDown` once when the interface goes down.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.socket).read(buffer)
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for PacketSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// What the system's refusal means, in words that help.
fn in_words(error: &io::Error, name: &str) -> io::Error {
    let (kind, text) = match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => (
            io::ErrorKind::PermissionDenied,
            format!(
                "frames of {name} need the capability CAP_NET_RAW (or root), which this process does not have"
            ),
        ),
        Some(libc::ENODEV | libc::ENXIO) => {
            (io::ErrorKind::NotFound, format!("there is no interface {name} in this network namespace"))
        }
        Some(libc::ENETDOWN) => (io::ErrorKind::NetworkDown, format!("the interface {name} is down")),
        Some(libc::EAFNOSUPPORT) => {
            (io::ErrorKind::Unsupported, "this system has no packet sockets (CONFIG_PACKET)".to_owned())
        }
        _ => (error.kind(), format!("{name}: {error}")),
    };
    io::Error::new(kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_precisely() {
        // Names are looked at before permissions, so this holds for everyone.
        for name in ["", "osisession-no-such-interface", "no\0name", "0123456789abcdef"] {
            let error = PacketSocket::open(name, Frames::Decnet).expect_err(name);
            assert!(matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput), "{error}");
        }
        let error = PacketSocket::open("osi0none", Frames::Decnet).expect_err("no such interface");
        assert_eq!(error.to_string(), "there is no interface osi0none in this network namespace");
        // The loopback interface is there everywhere: without the capability that is what is missing, with it the Ethernet.
        let error = PacketSocket::open("lo", Frames::EtherTalk).expect_err("no Ethernet").to_string();
        let without =
            "frames of lo need the capability CAP_NET_RAW (or root), which this process does not have";
        assert!([without, "lo is no Ethernet", "the interface lo is down"].contains(&&error[..]), "{error}");
        for (code, kind) in [
            (libc::EPERM, io::ErrorKind::PermissionDenied),
            (libc::ENODEV, io::ErrorKind::NotFound),
            (libc::ENETDOWN, io::ErrorKind::NetworkDown),
            (libc::EAFNOSUPPORT, io::ErrorKind::Unsupported),
        ] {
            assert_eq!(in_words(&io::Error::from_raw_os_error(code), "eth0").kind(), kind);
        }
    }
}
