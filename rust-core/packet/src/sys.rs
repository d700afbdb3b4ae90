//! What has no safe form: addresses of packet sockets, memberships, numbers of interfaces.
use socket2::{SockAddr, SockAddrStorage, Socket};
use std::ffi::CString;
use std::io;
use std::os::fd::AsRawFd;

/// The longest name of an interface, without the NUL behind it.
const NAME: usize = libc::IFNAMSIZ - 1;

/// An interface, as the address of a bound socket tells it.
#[derive(Debug)]
pub(crate) struct Interface {
    index: i32,
    hardware: u16,
    octets: u8,
    /// Its own station address.
    pub(crate) station: [u8; 6],
}

/// What a membership adds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A multicast group.
    Group,
    /// Another station address.
    Station,
}

/// The number of an interface.
pub(crate) fn index_of(name: &str) -> io::Result<i32> {
    if name.is_empty() || name.len() > NAME {
        let text = format!("the name of an interface has 1 to {NAME} octets");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let name = CString::new(name).map_err(io::Error::from)?;
    // SAFETY: `name` is a string that ends with NUL and lives through the call, which only reads it.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    match i32::try_from(index) {
        Ok(index @ 1..) => Ok(index),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Where to bind for frames of a protocol at an interface.
pub(crate) fn address(index: i32, protocol: u16) -> SockAddr {
    let mut storage = SockAddrStorage::zeroed();
    // SAFETY: `sockaddr_ll` is an address type of the system, so the storage is large and aligned enough for it, and every
    // pattern of its bits, zeros included, is one of its values.
    let link = unsafe { storage.view_as::<libc::sockaddr_ll>() };
    link.sll_family = libc::AF_PACKET as u16;
    link.sll_protocol = protocol.to_be();
    link.sll_ifindex = index;
    // SAFETY: the storage holds an address of the family that it names, and the length is that of its type.
    unsafe { SockAddr::new(storage, size_of::<libc::sockaddr_ll>() as libc::socklen_t) }
}

impl Interface {
    /// That which a socket is bound to.
    pub(crate) fn of(socket: &Socket) -> io::Result<Interface> {
        let address = socket.local_addr()?;
        if i32::from(address.family()) != libc::AF_PACKET {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no address of a packet socket"));
        }
        let mut storage = address.as_storage();
        // SAFETY: the family was looked at, the storage is large and aligned enough for every address type of the system, it
        // was zeroed before the system wrote to it, and every pattern of bits is a value of `sockaddr_ll`.
        let link = unsafe { storage.view_as::<libc::sockaddr_ll>() };
        let [a, b, c, d, e, f, _, _] = link.sll_addr;
        Ok(Interface {
            index: link.sll_ifindex,
            hardware: link.sll_hatype,
            octets: link.sll_halen,
            station: [a, b, c, d, e, f],
        })
    }

    pub(crate) fn is_ethernet(&self) -> bool {
        self.hardware == libc::ARPHRD_ETHER && self.octets == 6
    }
}

/// Adds or drops an address that the interface takes for this socket.
pub(crate) fn membership(
    socket: &Socket,
    interface: &Interface,
    option: libc::c_int,
    kind: Kind,
    address: [u8; 6],
) -> io::Result<()> {
    let group = address.first().is_some_and(|first| first & 1 == 1);
    let mr_type = match kind {
        Kind::Group if group => libc::PACKET_MR_MULTICAST,
        Kind::Station if !group => libc::PACKET_MR_UNICAST,
        Kind::Group => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the address of a group"));
        }
        Kind::Station => return Err(io::Error::new(io::ErrorKind::InvalidInput, "the address of a group")),
    };
    let [a, b, c, d, e, f] = address;
    let request = libc::packet_mreq {
        mr_ifindex: interface.index,
        mr_type: mr_type as u16,
        mr_alen: 6,
        mr_address: [a, b, c, d, e, f, 0, 0],
    };
    // SAFETY: the descriptor is that of an open socket, which is borrowed through the call; the option takes a `packet_mreq`,
    // which is whole, initialized, of the length given, and only read.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            option,
            (&raw const request).cast(),
            size_of::<libc::packet_mreq>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
