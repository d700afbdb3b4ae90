//! A look at the octets of connections as they pass: for captures, recordings, teaching.
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// What a [`Tap`] sees. `session` is the number of [`crate::Session::id`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tapped {
    /// The network connection is up; with TLS, its handshake may still fail.
    Up {
        /// The session.
        session: u64,
        /// We called.
        calling: bool,
        /// Our address as far as it is known: that of the listener, or that of our socket.
        local: String,
        /// The peer's address.
        peer: String,
    },
    /// Octets of TPKT went or came, in pieces of any size. With TLS: those inside it.
    Octets {
        /// The session.
        session: u64,
        /// We sent them.
        sent: bool,
        /// The octets.
        octets: Bytes,
    },
    /// The peer will send nothing more: its end of file, or the loss of the network connection.
    End {
        /// The session.
        session: u64,
    },
    /// The network connection is closed, or never came up; nothing more follows for this session.
    Gone {
        /// The session.
        session: u64,
    },
}

impl Tapped {
    /// The session that it is about.
    pub fn session(&self) -> u64 {
        match self {
            Tapped::Up { session, .. }
            | Tapped::Octets { session, .. }
            | Tapped::End { session }
            | Tapped::Gone { session } => *session,
        }
    }
}

type Sink = Box<dyn FnMut(Tapped) + Send>;

struct Inner {
    /// What was seen under a session's lock, and waits until that is released.
    seen: Mutex<VecDeque<Tapped>>,
    sink: Mutex<Sink>,
}

/// A function that sees what passes between sessions and the network, in the order in which it passed in each session
/// (see [`crate::EndpointConfig::tap`]). Sessions over a transport of the caller's own and over TCP, TLS, memory and
/// streams are seen alike, the first as if they were in TPKT, from their first TSDU on.
///
/// The function is called by the threads that drive or request, one at a time; it must not call this library.
#[derive(Clone)]
pub struct Tap(Arc<Inner>);

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

impl Tap {
    /// A tap that gives what it sees to `sink`.
    pub fn new(sink: impl FnMut(Tapped) + Send + 'static) -> Tap {
        Tap(Arc::new(Inner { seen: Mutex::default(), sink: Mutex::new(Box::new(sink)) }))
    }

    /// Under the session's lock: remembers what passed.
    pub(crate) fn see(&self, tapped: Tapped) {
        self.0.seen.lock().push_back(tapped);
    }

    /// Outside all locks: hands on what was seen. A thread that finds another one at it leaves the rest to it.
    pub(crate) fn hand_on(&self) {
        loop {
            let Some(mut sink) = self.0.sink.try_lock() else { return };
            loop {
                let next = self.0.seen.lock().pop_front();
                let Some(next) = next else { break };
                sink(next);
            }
            drop(sink);
            // Somebody may have found the sink taken just before it was free.
            if self.0.seen.lock().is_empty() {
                return;
            }
        }
    }
}
