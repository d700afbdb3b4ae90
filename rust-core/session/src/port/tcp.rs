//! TCP: attempts to connect, one address after the other.
use crate::errors;
use mio::net::TcpStream;
use osisession_proto::Error;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;

/// The addresses that are left to try, and what became of the last one.
#[derive(Debug)]
pub(crate) struct Attempts {
    left: VecDeque<SocketAddr>,
    current: Option<SocketAddr>,
    name: String,
    last: Error,
}

impl Attempts {
    /// Tries these, in order. `name` is what the caller wrote.
    pub(crate) fn new(addresses: Vec<SocketAddr>, name: String) -> Attempts {
        let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let last = errors::network(&error, "looking up", &name);
        Attempts { left: addresses.into(), current: None, name, last }
    }

    /// None to try: the name could not be looked up.
    pub(crate) fn failed_lookup(error: &io::Error, name: String) -> Attempts {
        let last = errors::network(error, "looking up", &name);
        Attempts { left: VecDeque::new(), current: None, name, last }
    }

    /// Starts the next attempt; the last error if none is left.
    pub(crate) fn next(&mut self) -> Result<TcpStream, Error> {
        while let Some(address) = self.left.pop_front() {
            self.current = Some(address);
            match TcpStream::connect(address) {
                Ok(stream) => return Ok(stream),
                Err(error) => self.failed(&error),
            }
        }
        Err(self.last.clone())
    }

    /// The current attempt failed.
    pub(crate) fn failed(&mut self, error: &io::Error) {
        let peer = self.peer();
        self.last = errors::network(error, "connecting to", &peer);
    }

    /// The address that is tried now.
    pub(crate) fn peer(&self) -> String {
        match self.current {
            Some(address) if address.to_string() == self.name => self.name.clone(),
            Some(address) => format!("{} ({address})", self.name),
            None => self.name.clone(),
        }
    }
}

/// Whether an attempt under way has come to an end.
pub(crate) fn outcome(stream: &TcpStream) -> Option<io::Result<()>> {
    match stream.take_error() {
        Ok(None) => {}
        Ok(Some(error)) | Err(error) => return Some(Err(error)),
    }
    match stream.peer_addr() {
        Ok(_) => {
            // Small SPDUs must not wait for each other. A failure here would show at the first write.
            let _ = stream.set_nodelay(true);
            Some(Ok(()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotConnected => None,
        Err(error) => Some(Err(error)),
    }
}
