//! A stream of octets in the caller's hands: TPKT in and out without a socket of ours.
use crate::errors;
use crate::port::memory::PipeEnd;
use osisession_proto::error::Result;
use std::io;

/// The far side of a connection whose octets (TPKT, RFC 1006) the caller carries: over a socket of its own, a serial line,
/// another process. Made by [`crate::Endpoint::connect_over_stream`] and [`crate::Listener::accept_stream`].
///
/// Never blocks. What is fed is looked at when the endpoint is driven, and that may make something to drain. Dropping it ends
/// the connection as a lost network does. Any thread.
#[derive(Debug)]
pub struct OctetStream(pub(crate) PipeEnd);

impl OctetStream {
    /// Gives octets that came from the peer. Returns how many were taken: fewer than all while the session's user does not
    /// take its events, or the endpoint is not driven.
    ///
    /// # Errors
    /// `Closed`: the connection is over, or [`OctetStream::finish`] was called.
    pub fn feed(&self, octets: &[u8]) -> Result<usize> {
        if octets.is_empty() {
            return Ok(0);
        }
        match self.0.write_vectored(&[io::IoSlice::new(octets)]) {
            Ok(taken) => Ok(taken),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(_) => Err(errors::closed("the connection is over")),
        }
    }

    /// Takes octets that go to the peer. 0: nothing to send now.
    ///
    /// # Errors
    /// `Closed`: all was taken, and nothing more will come.
    pub fn drain(&self, buffer: &mut [u8]) -> Result<usize> {
        match self.0.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(errors::closed("the connection is over")),
            Ok(count) => Ok(count),
            Err(_) => Ok(0),
        }
    }

    /// Octets that wait to be drained.
    pub fn pending(&self) -> usize {
        self.0.readable()
    }

    /// The peer will send nothing more.
    pub fn finish(&self) {
        self.0.shutdown_write();
    }
}
