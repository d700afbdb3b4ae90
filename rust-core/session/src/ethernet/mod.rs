//! Packet sockets, where there are any: Linux, with the feature `ethernet`.
use crate::errors;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use osisession_proto::Error;
use std::io;
use std::os::fd::AsRawFd;

#[cfg(all(feature = "ethernet", target_os = "linux"))]
pub(crate) use osisession_packet::{Frames, PacketSocket};
#[cfg(not(all(feature = "ethernet", target_os = "linux")))]
mod without;
#[cfg(not(all(feature = "ethernet", target_os = "linux")))]
pub(crate) use without::{Frames, PacketSocket};

/// Octets of the largest frame that is taken, a check sequence and tags of VLANs included.
pub(crate) const FRAME: usize = 1_530;

/// Opens a socket and has it watched; it can be read at once.
pub(crate) fn open(
    name: &str,
    frames: Frames,
    registry: &Registry,
    token: Token,
) -> io::Result<PacketSocket> {
    let socket = PacketSocket::open(name, frames)?;
    let interests = Interest::READABLE | Interest::WRITABLE;
    registry.register(&mut SourceFd(&socket.as_raw_fd()), token, interests)?;
    Ok(socket)
}

/// True if the interface is down or gone: the socket has to be opened anew.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NetworkDown
        || matches!(error.raw_os_error(), Some(libc::ENETDOWN | libc::ENXIO | libc::ENODEV))
}

/// What went wrong: a name that cannot be one is the caller's mistake, all else is the system's word.
pub(crate) fn failed(error: &io::Error, name: &str) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidInput => Error::invalid(error.to_string()).with_parameter("interface"),
        io::ErrorKind::NetworkDown if error.raw_os_error().is_some() => {
            let down = io::Error::new(io::ErrorKind::NetworkDown, "the interface went down");
            errors::system(&down, &format!("Ethernet at {name}"))
        }
        _ => errors::system(error, &format!("Ethernet at {name}")),
    }
}
