//! Where transport connections leave and enter: TCP, memory, the caller's own.
pub(crate) mod memory;
pub(crate) mod tcp;
pub(crate) mod user;

use bytes::{Bytes, BytesMut};
use osisession_proto::Instant;
use std::collections::VecDeque;
use std::io::{self, IoSlice, Read};
use std::sync::Arc;
use std::time::Duration;

/// Pieces in one vectored write.
const MAX_PIECES: usize = 64;
/// Octets taken from the transport engine ahead of the network. Little, because expedited data cannot overtake them.
pub(crate) const MAX_AHEAD: usize = 256 * 1024;

/// A stream of octets to the peer. Never blocks.
#[derive(Clone, Debug)]
pub(crate) enum Port {
    /// A TCP connection.
    Tcp(Arc<mio::net::TcpStream>),
    /// A pipe within this process.
    Memory(Arc<memory::PipeEnd>),
}

impl Port {
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Port::Tcp(stream) => (&**stream).read(buffer),
            Port::Memory(pipe) => pipe.read(buffer),
        }
    }

    fn write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Port::Tcp(stream) => tcp::write_vectored(stream, pieces),
            Port::Memory(pipe) => pipe.write_vectored(pieces),
        }
    }

    pub(crate) fn write(&self, batch: &VecDeque<Bytes>) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); MAX_PIECES];
        let mut count = 0;
        for (slice, piece) in slices.iter_mut().zip(batch) {
            *slice = IoSlice::new(piece);
            count += 1;
        }
        self.write_vectored(&slices[..count])
    }

    pub(crate) fn shutdown_write(&self) {
        // Failing means that the connection is gone already.
        let _ = match self {
            Port::Tcp(stream) => stream.shutdown(std::net::Shutdown::Write),
            Port::Memory(pipe) => {
                pipe.shutdown_write();
                Ok(())
            }
        };
    }
}

/// The octet stream of a connection: what is under way in both directions.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    /// `None` before the connection is attempted and after it is closed.
    pub(crate) port: Option<Port>,
    /// The network connection is up.
    pub(crate) connected: bool,
    /// The beginning of a packet.
    pub(crate) input: BytesMut,
    /// Taken from the transport engine, not yet by the network.
    pub(crate) output: VecDeque<Bytes>,
    /// Octets in `output`, and in a batch that a writer has in its hands.
    pub(crate) output_octets: usize,
    /// A thread is writing; nobody else does.
    pub(crate) writing: bool,
    /// Somebody wanted to write meanwhile: the writer goes on.
    pub(crate) again: bool,
    /// Reading rests because the user does not consume.
    pub(crate) paused: bool,
    /// The peer's end of file came.
    pub(crate) eof: bool,
    /// Writing failed: nothing more is written; reading finds out what happened.
    pub(crate) broken: bool,
    /// Our end of file was sent.
    pub(crate) finished: bool,
    /// When patience with a peer that does not take or does not close ends.
    pub(crate) linger: Option<Instant>,
    /// When the end began.
    pub(crate) closing_since: Option<Instant>,
}

impl Wire {
    /// Takes pieces until a write is worth its while.
    pub(crate) fn fill(&mut self, mut next: impl FnMut() -> Option<Bytes>) {
        while self.output.len() < MAX_PIECES && self.output_octets < MAX_AHEAD {
            let Some(piece) = next() else { return };
            self.push(piece);
        }
    }

    /// Puts octets behind what is there, whatever the limit.
    pub(crate) fn push(&mut self, octets: Bytes) {
        if !octets.is_empty() {
            self.output_octets += octets.len();
            self.output.push_back(octets);
        }
    }

    /// `written` octets of `batch` are gone; the rest comes back to the front.
    pub(crate) fn put_back(&mut self, mut batch: VecDeque<Bytes>, mut written: usize) {
        while let Some(first) = batch.front_mut() {
            if written < first.len() {
                let _ = first.split_to(written);
                break;
            }
            written -= first.len();
            batch.pop_front();
        }
        batch.append(&mut self.output);
        self.output = batch;
        self.output_octets = self.output.iter().map(Bytes::len).sum();
    }

    pub(crate) fn drop_output(&mut self) {
        self.output.clear();
        self.output_octets = 0;
    }

    /// Extends the patience with a closing peer, within bounds.
    pub(crate) fn be_patient(&mut self, now: Instant, patience: Duration) {
        /// A peer that takes octets one by one gets no longer than this.
        const WHOLE_CLOSE: Duration = Duration::from_secs(60);
        let since = *self.closing_since.get_or_insert(now);
        self.linger = Some((now + patience).min(since + WHOLE_CLOSE));
    }
}
