//! In place of packet sockets where there are none: nothing can be opened.
use std::io;
use std::os::fd::{AsRawFd, RawFd};

/// The frames of a protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Frames {
    Decnet,
    EtherTalk,
}

/// Has no value.
#[derive(Debug)]
pub(crate) enum PacketSocket {}

impl PacketSocket {
    pub(crate) fn open(_: &str, frames: Frames) -> io::Result<PacketSocket> {
        let what = match frames {
            Frames::Decnet => "DECnet",
            Frames::EtherTalk => "AppleTalk",
        };
        let text =
            format!("this build has no {what} over Ethernet: it needs Linux and the feature `ethernet`");
        Err(io::Error::new(io::ErrorKind::Unsupported, text))
    }

    pub(crate) fn name(&self) -> &str {
        match *self {}
    }

    pub(crate) fn station(&self) -> [u8; 6] {
        match *self {}
    }

    pub(crate) fn join(&self, _: [u8; 6]) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn leave(&self, _: [u8; 6]) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn hear(&self, _: [u8; 6]) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn send(&self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(crate) fn receive(&self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

impl AsRawFd for PacketSocket {
    fn as_raw_fd(&self) -> RawFd {
        match *self {}
    }
}
