//! What is worth a line in a log. Noted under the node's lock, told outside it, to whoever listens to `tracing`.
//!
//! | level | what |
//! |---|---|
//! | error | a fault of this library |
//! | warn | a peer's violation, a circuit or a link lost, a caller of the circuit turned away |
//! | info | circuits up and down, links up and ended |
//! | debug | connects, rejects, network connections |
//! | trace | messages, by their length |
//!
//! The fields: `node` (this one), `link` (the number of [`super::LogicalLink::id`]; 0 for the circuit), `peer` and `error`. User data, access control
//! and verifications are never in it.
use osisession_proto::scp::{LinkId, NodeAddress};
use osisession_proto::{Error, ErrorKind};
use std::borrow::Cow;
use tracing::Level;

/// One line, until it can be told.
#[derive(Debug)]
pub(super) struct Note {
    level: Level,
    text: Cow<'static, str>,
    link: u32,
    peer: String,
    error: Option<Box<Error>>,
}

impl Note {
    /// About the circuit.
    pub(super) fn circuit(level: Level, text: impl Into<Cow<'static, str>>, peer: String) -> Note {
        Note { level, text: text.into(), link: 0, peer, error: None }
    }

    /// About a link.
    pub(super) fn link(
        level: Level,
        text: impl Into<Cow<'static, str>>,
        link: LinkId,
        peer: Option<NodeAddress>,
    ) -> Note {
        let peer = peer.map(|node| node.to_string()).unwrap_or_default();
        Note { level, text: text.into(), link: link.get(), peer, error: None }
    }

    pub(super) fn with_error(mut self, error: Option<&Error>) -> Note {
        self.error = error.cloned().map(Box::new);
        if self.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Internal) {
            self.level = Level::ERROR;
        }
        self
    }

    pub(super) fn tell(&self, node: NodeAddress) {
        let (text, link, peer) = (&*self.text, self.link, &*self.peer);
        let error = self.error.as_ref().map(tracing::field::display);
        let node = tracing::field::display(node);
        macro_rules! tell {
            ($level:expr) => {
                tracing::event!(target: "osisession::decnet", $level, node, link, peer, error, "{text}")
            };
        }
        match self.level {
            Level::ERROR => tell!(Level::ERROR),
            Level::WARN => tell!(Level::WARN),
            Level::INFO => tell!(Level::INFO),
            Level::DEBUG => tell!(Level::DEBUG),
            Level::TRACE => tell!(Level::TRACE),
        }
    }
}
