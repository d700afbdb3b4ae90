//! The listener: where callers arrive.
use crate::session::Session;
use osisession_proto::Error;
use osisession_proto::error::Result;
use std::time::Duration;

/// Where callers arrive. A clone is another handle of the same listener; when the last one is dropped, it is closed.
#[derive(Clone, Debug)]
pub struct Listener {}

impl Listener {
    /// A number that no other listener or session of this endpoint has.
    pub fn id(&self) -> u64 {
        0
    }

    /// Where it listens, with the port that the system chose: `127.0.0.1:40123`, `memory:NAME`.
    pub fn local_address(&self) -> String {
        String::new()
    }

    /// Waits for a caller, at most `timeout`; `None` waits for ever. The session's next event is the S-CONNECT indication.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn accept(&self, timeout: Option<Duration>) -> Result<Session> {
        let _ = timeout;
        Err(Error::refused("not there yet"))
    }

    /// A caller that has arrived, if there is one.
    pub fn try_accept(&self) -> Option<Session> {
        None
    }

    /// Stops listening. Callers that were not accepted are refused. Calling it again does nothing.
    pub fn close(&self) {}

    /// True after [`Listener::close`].
    pub fn is_closed(&self) -> bool {
        false
    }
}
