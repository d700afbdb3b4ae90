//! Where the circuit's socket stands, and what waits to be written to it. No system call is made here.
use super::wire::Datagrams;
use bytes::{Bytes, BytesMut};
use mio::net::TcpStream;
use osisession_proto::Instant;
use osisession_proto::scp::Node;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Octets for one write.
const BATCH: usize = 64 * 1024;
/// Datagrams for one turn.
const DATAGRAMS: usize = 64;
/// The longest wait between attempts, in powers of two of the first.
const DOUBLINGS: u32 = 4;

#[derive(Debug)]
pub(super) enum Wire {
    Down,
    Connecting(Arc<TcpStream>),
    Tcp { stream: Arc<TcpStream>, incoming: BytesMut },
    Datagrams(Arc<Datagrams>),
}

/// What is to be written, by whoever asked, without the lock.
pub(super) enum Writing {
    Nothing,
    Tcp(Arc<TcpStream>, Bytes),
    Datagrams(Arc<Datagrams>, VecDeque<Bytes>),
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) wire: Wire,
    /// Where to connect to; empty if the neighbour does, or over UDP.
    remotes: Vec<SocketAddr>,
    /// True if the socket is opened anew when it is lost: that of an interface.
    reopens: bool,
    tried: usize,
    retry: Duration,
    failures: u32,
    /// When to connect again, or to give up connecting.
    pub(super) at: Option<Instant>,
    writing: bool,
    /// The socket takes nothing at present.
    blocked: bool,
    /// Counts the times that the socket was told to take something.
    writable: u64,
    seen: u64,
    rest: VecDeque<Bytes>,
    peer: Option<SocketAddr>,
}

impl Line {
    pub(super) fn new(remotes: Vec<SocketAddr>, reopens: bool, retry: Duration) -> Line {
        Line {
            wire: Wire::Down,
            remotes,
            reopens,
            tried: 0,
            retry,
            failures: 0,
            at: None,
            writing: false,
            blocked: false,
            writable: 0,
            seen: 0,
            rest: VecDeque::new(),
            peer: None,
        }
    }

    /// Who is at the other end, as far as it is known.
    pub(super) fn peer(&self) -> String {
        self.peer.or_else(|| self.remote()).map(|peer| peer.to_string()).unwrap_or_default()
    }

    fn remote(&self) -> Option<SocketAddr> {
        self.remotes.get(self.tried.checked_rem(self.remotes.len())?).copied()
    }

    /// The address to try now.
    pub(super) fn next_remote(&mut self) -> Option<SocketAddr> {
        self.tried = self.tried.wrapping_add(1);
        self.remote()
    }

    pub(super) fn is(&self, other: &Arc<TcpStream>) -> bool {
        match &self.wire {
            Wire::Connecting(stream) | Wire::Tcp { stream, .. } => Arc::ptr_eq(stream, other),
            Wire::Down | Wire::Datagrams(_) => false,
        }
    }

    pub(super) fn is_of(&self, other: &Arc<Datagrams>) -> bool {
        matches!(&self.wire, Wire::Datagrams(socket) if Arc::ptr_eq(socket, other))
    }

    /// The socket is there.
    pub(super) fn up(&mut self, wire: Wire, peer: Option<SocketAddr>) -> Wire {
        self.rest.clear();
        self.blocked = false;
        self.at = None;
        self.peer = peer;
        std::mem::replace(&mut self.wire, wire)
    }

    /// The circuit came up.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The socket is of no use any more; it is to be dropped without the lock. The next attempt is set if there is one to make.
    pub(super) fn down(&mut self, now: Instant) -> Wire {
        self.rest.clear();
        self.blocked = false;
        let wire = std::mem::replace(&mut self.wire, Wire::Down);
        self.peer = None;
        let again = !self.remotes.is_empty() || self.reopens;
        self.at = again.then(|| now + self.retry * (1 << self.failures.min(DOUBLINGS)));
        self.failures = self.failures.saturating_add(1);
        wire
    }

    pub(super) fn is_writable_again(&mut self) {
        self.writable = self.writable.wrapping_add(1);
        self.blocked = false;
    }

    /// Takes what there is to write, if it can be written and nobody else is at it.
    pub(super) fn start_writing(&mut self, node: &mut Node) -> Writing {
        if self.writing || self.blocked {
            return Writing::Nothing;
        }
        let writing = match &self.wire {
            Wire::Down | Wire::Connecting(_) => {
                // What is for this node itself is delivered; anything else is lost, as in any network.
                while node.poll_output().is_some() {}
                Writing::Nothing
            }
            Wire::Tcp { stream, .. } => match self.rest.pop_front().or_else(|| batch(node)) {
                Some(octets) => Writing::Tcp(stream.clone(), octets),
                None => Writing::Nothing,
            },
            Wire::Datagrams(socket) => {
                let mut datagrams = std::mem::take(&mut self.rest);
                while datagrams.len() < DATAGRAMS
                    && let Some(datagram) = node.poll_output()
                {
                    datagrams.push_back(datagram);
                }
                if datagrams.is_empty() {
                    Writing::Nothing
                } else {
                    Writing::Datagrams(socket.clone(), datagrams)
                }
            }
        };
        self.writing = !matches!(writing, Writing::Nothing);
        self.seen = self.writable;
        writing
    }

    /// Somebody has written; `rest` could not be. `full`: the socket takes no more for now.
    pub(super) fn written(&mut self, same: bool, rest: VecDeque<Bytes>, full: bool) {
        self.writing = false;
        if same {
            self.rest = rest;
            // It may have been emptied since.
            self.blocked = full && self.seen == self.writable;
        }
    }
}

/// Packets in one piece: a write for each would cost more than the copy.
fn batch(node: &mut Node) -> Option<Bytes> {
    let first = node.poll_output()?;
    let Some(second) = node.poll_output() else { return Some(first) };
    let mut batch = BytesMut::with_capacity(first.len() + second.len() + 4_096);
    batch.extend_from_slice(&first);
    batch.extend_from_slice(&second);
    while batch.len() < BATCH
        && let Some(next) = node.poll_output()
    {
        batch.extend_from_slice(&next);
    }
    Some(batch.freeze())
}
