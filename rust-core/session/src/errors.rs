//! What the system says, in words that help.
use osisession_proto::{Error, ErrorKind, Layer};
use std::io;

/// The network failed while `doing` something with `peer`.
pub(crate) fn network(error: &io::Error, doing: &str, peer: &str) -> Error {
    use io::ErrorKind as Kind;
    let text = match error.kind() {
        Kind::ConnectionRefused => format!("connection refused by {peer}"),
        Kind::ConnectionReset => format!("connection reset by {peer}"),
        Kind::BrokenPipe | Kind::UnexpectedEof => format!("connection closed by {peer}"),
        Kind::HostUnreachable => format!("host of {peer} is unreachable"),
        Kind::NetworkUnreachable => format!("network of {peer} is unreachable"),
        Kind::TimedOut => format!("{peer} stopped answering (the network gave up)"),
        _ => format!("{doing} {peer}: {error}"),
    };
    Error::new(ErrorKind::Transport, Layer::Network, text)
}

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
