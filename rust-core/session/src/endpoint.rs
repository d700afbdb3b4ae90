//! The endpoint: one user of the library, with everything that lives in it.
use crate::config::{EndpointConfig, ListenerConfig, SessionConfig};
use crate::listener::Listener;
use crate::port::user::TransportPort;
use crate::session::Session;
use osisession_proto::Error;
use osisession_proto::error::Result;
use osisession_proto::x225::primitive::ConnectRequest;
use std::os::fd::RawFd;
use std::time::Duration;

/// One user of the library: its reactor, its listeners and its sessions.
///
/// A clone is another handle of the same endpoint. It lives until the last handle of it, of its listeners and of its
/// sessions is dropped; then everything is closed, as by [`Endpoint::close`].
#[derive(Clone, Debug)]
pub struct Endpoint {}

/// Who got something, from [`Endpoint::next_ready`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Ready {
    /// A session has events, or is writable again, or has requests for its [`TransportPort`].
    Session(Session),
    /// A listener has sessions to accept.
    Listener(Listener),
}

fn interim() -> Error {
    Error::refused("not there yet")
}

impl Endpoint {
    /// An endpoint. Nothing runs until it is driven.
    ///
    /// # Errors
    /// `Transport`: the system gives no descriptor.
    pub fn new(config: EndpointConfig) -> Result<Endpoint> {
        let _ = config;
        Err(interim())
    }

    /// Listens at `address`: `127.0.0.1:102`, `[::1]:0` (any free port), `*:102`-style wildcards as `0.0.0.0:102` or
    /// `[::]:102`, a name with or without a port (102, RFC 1006), or `memory:NAME` within this process.
    ///
    /// Several listeners of one endpoint may share an address. Callers are routed by T-selector, then by session
    /// selector; an unknown T-selector is answered with DR reason 3, an unknown session selector with REFUSE reason 129.
    ///
    /// # Errors
    /// `Invalid`: the address cannot be read, a selector is too long, or another listener at this address has the same
    /// selectors. `Transport`: the system refuses. `Closed`: the endpoint is closed.
    pub fn listen(&self, address: &str, config: ListenerConfig) -> Result<Listener> {
        let _ = (address, config);
        Err(interim())
    }

    /// Connects: TCP, T-CONNECT, S-CONNECT. The address is as for [`Endpoint::listen`]. The call does not wait; the outcome
    /// is an event: `ConnectConfirm`, `ConnectConfirmNegative`, or `PAbortIndication` with an error that says how far it
    /// came. Only the resolution of a host name may block, as the system's resolver does: use numbers where that matters.
    ///
    /// # Errors
    /// `Invalid`: the address cannot be read or a parameter can never be right. `Closed`: the endpoint is closed.
    pub fn connect(&self, address: &str, request: ConnectRequest, config: SessionConfig) -> Result<Session> {
        let _ = (address, request, config);
        Err(interim())
    }

    /// A session over a transport of the caller's own. It becomes the initiator by [`Session::connect_request`], the
    /// responder by a T-CONNECT indication at the port.
    ///
    /// # Errors
    /// `Closed`: the endpoint is closed.
    pub fn open(&self, config: SessionConfig) -> Result<(Session, TransportPort)> {
        let _ = config;
        Err(interim())
    }

    /// Drives the endpoint once: waits for something to do, at most `timeout` (`Some(Duration::ZERO)` does not wait, `None`
    /// waits for ever), does it, runs handlers. Returns how many sessions and listeners got something.
    ///
    /// # Errors
    /// `Closed`: the endpoint is closed. `Transport`: the system refuses to wait.
    pub fn dispatch(&self, timeout: Option<Duration>) -> Result<usize> {
        let _ = timeout;
        Err(interim())
    }

    /// Starts a background thread that drives the endpoint. Does nothing if it runs already.
    ///
    /// # Errors
    /// `Transport`: the system gives no thread. `Closed`: the endpoint is closed.
    pub fn start(&self) -> Result<()> {
        Err(interim())
    }

    /// Stops the background thread, and waits for its end unless called from it. Does nothing if there is none.
    pub fn stop(&self) {}

    /// A descriptor that is readable when `dispatch(Some(Duration::ZERO))` has something to do. To be watched, not read. It
    /// belongs to the endpoint and is valid as long as the endpoint lives.
    pub fn descriptor(&self) -> RawFd {
        -1
    }

    /// When [`Endpoint::dispatch`] is due even though the descriptor is quiet; `None` if nothing waits for time.
    pub fn next_timeout(&self) -> Option<Duration> {
        None
    }

    /// The next session or listener that got something since it was last returned here. Take all its events, or all its
    /// sessions, before you wait again: it is returned again only when it gets more. Sessions with a handler do not appear
    /// for events.
    pub fn next_ready(&self) -> Option<Ready> {
        None
    }

    /// Closes all listeners, aborts all sessions and stops the background thread. ABORT SPDUs are given to the network as
    /// far as it takes them at once. Calling it again does nothing.
    pub fn close(&self) {}

    /// True after [`Endpoint::close`].
    pub fn is_closed(&self) -> bool {
        false
    }
}
