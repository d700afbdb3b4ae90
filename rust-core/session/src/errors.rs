//! What the system says, in words that help.
use osisession_proto::{Error, ErrorKind, Layer};
use std::borrow::Cow;
use std::io;

/// The network failed while `doing` something with `peer`.
pub(crate) fn network(error: &io::Error, doing: &str, peer: &str) -> Error {
    use io::ErrorKind as Kind;
    let kind = error.kind();
    let text = match kind {
        Kind::ConnectionRefused => format!("connection refused by {peer}"),
        Kind::ConnectionReset => format!("connection reset by {peer}"),
        Kind::BrokenPipe | Kind::UnexpectedEof => format!("connection closed by {peer}"),
        Kind::HostUnreachable => format!("host of {peer} is unreachable"),
        Kind::NetworkUnreachable => format!("network of {peer} is unreachable"),
        Kind::TimedOut => format!("{peer} stopped answering (the network gave up)"),
        _ => format!("{doing} {peer}: {error}"),
    };
    let mut error = Error::new(ErrorKind::Transport, Layer::Network, text);
    // Alone it is not shown: it is what a diagnosis goes by.
    error.details_mut().found = found(doing, kind);
    error
}

/// The kind of failure of a network connection, in the words that [`crate::diagnosis`] knows.
fn found(doing: &str, kind: io::ErrorKind) -> Option<Cow<'static, str>> {
    use io::ErrorKind as Kind;
    let words = match kind {
        _ if doing == LOOKING_UP => NAME_UNKNOWN,
        Kind::ConnectionRefused => REFUSED,
        Kind::ConnectionReset | Kind::ConnectionAborted => RESET,
        Kind::BrokenPipe | Kind::UnexpectedEof => CLOSED,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable => UNREACHABLE,
        Kind::TimedOut => SILENCE,
        _ => return None,
    };
    Some(words.into())
}

pub(crate) const LOOKING_UP: &str = "looking up";
pub(crate) const NAME_UNKNOWN: &str = "no such name";
pub(crate) const REFUSED: &str = "connection refused";
pub(crate) const RESET: &str = "connection reset";
pub(crate) const CLOSED: &str = "connection closed";
pub(crate) const UNREACHABLE: &str = "unreachable";
pub(crate) const SILENCE: &str = "silence";

/// The system refuses something that is not about a peer.
pub(crate) fn system(error: &io::Error, doing: &str) -> Error {
    Error::new(ErrorKind::Transport, Layer::Network, format!("{doing}: {error}"))
}

pub(crate) fn closed(what: &'static str) -> Error {
    Error::new(ErrorKind::Closed, Layer::Api, what)
}

pub(crate) fn timed_out(waiting_for: &'static str) -> Error {
    Error::new(ErrorKind::TimedOut, Layer::Api, format!("no {waiting_for} within the time given"))
}
