//! What can be set for a node, each with its default.
use crate::config::SessionConfig;
use bytes::Bytes;
use osisession_dialogue::{Config, Delivery, DialogueId, Durability};
use std::fmt;
use std::sync::Arc;

/// Who wants to begin a dialogue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Caller {
    /// The name that the caller gave the dialogue.
    pub id: DialogueId,
    /// Its address as text, if the transport has one.
    pub address: Option<String>,
    /// Its identity as TLS has proved it (see [`IdentityRule`]); empty without.
    pub identity: Bytes,
    /// The session selector that it called.
    pub called_selector: Bytes,
    /// Its own session selector.
    pub calling_selector: Bytes,
    /// What its application put behind the control block.
    pub user_data: Bytes,
}

/// What becomes of a caller that wants to begin a dialogue.
#[derive(Clone, Debug)]
pub enum Accept {
    /// It is taken, with [`DurableConfig::dialogue`].
    Yes,
    /// It is taken with other settings; those of the node that concern all (key, profile, seed) hold nevertheless.
    With(Box<Config>),
    /// Not now: it tries again.
    Busy,
    /// Not at all: it stops until its application asks again.
    No,
}

/// Decides about callers that want to begin a dialogue. Runs in the node's thread: all dialogues wait for it.
pub type AcceptFilter = Arc<dyn Fn(&Caller) -> Accept + Send + Sync>;

/// Where an application with [`Delivery::Application`] is, when a dialogue is taken up again: the last position whose effects it
/// has stored. Arguments are name and label of the dialogue.
pub type Cursor = Arc<dyn Fn(DialogueId, &[u8]) -> u64 + Send + Sync>;

/// Makes an identity of the peer's certificates.
pub type Identify = Arc<dyn Fn(&[Bytes]) -> Bytes + Send + Sync>;

/// Is told that waits may find something: those of this dialogue, or, without a name, [`crate::durable::DurableNode::accept`]. Runs in the node's
/// thread or in that of a call; it must be short, and must not wait. For event loops: write to a pipe, then look with timeouts of zero.
pub type Watch = Arc<dyn Fn(Option<DialogueId>) + Send + Sync>;

/// What of a peer's certificate a dialogue is bound to. Only the same identity may take the dialogue up again.
#[derive(Clone, Default)]
pub enum IdentityRule {
    /// Issuer, subject and subject alternative names: a renewed certificate is the same peer.
    #[default]
    Name,
    /// The whole certificate: a renewed one is another peer.
    Certificate,
    /// What this function makes of the certificates (DER, the peer's own first). Empty: no identity.
    With(Identify),
}

impl fmt::Debug for IdentityRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IdentityRule::Name => "Name",
            IdentityRule::Certificate => "Certificate",
            IdentityRule::With(_) => "With(..)",
        })
    }
}

/// Limits of a node. Those of one dialogue are in [`osisession_dialogue::DialogueLimits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DurableLimits {
    /// Dialogues, tombstones included; a caller that wants to begin one more is told "busy". Default 10,000.
    pub dialogues: usize,
    /// Of them, those begun by one peer: by its identity, without TLS by its IP address. Default 1,000.
    pub dialogues_per_peer: usize,
    /// Dialogues that wait for [`crate::durable::DurableNode::accept`]. Default 128.
    pub backlog: usize,
    /// Callers whose new dialogue is being put into the journal. Default 64.
    pub opening: usize,
    /// Events of one dialogue that nobody took; the oldest are dropped and counted. Default 256.
    pub events: usize,
    /// A log that has more octets than this, and three times what its last checkpoint had, is replaced by a checkpoint.
    /// Default 4 MiB.
    pub compact_octets: u64,
    /// The same for records. Default 16,384.
    pub compact_records: u64,
    /// How often a dialogue that another process has is asked for. Default 1 s.
    pub take_over: std::time::Duration,
}

impl Default for DurableLimits {
    fn default() -> DurableLimits {
        DurableLimits {
            dialogues: 10_000,
            dialogues_per_peer: 1_000,
            backlog: 128,
            opening: 64,
            events: 256,
            compact_octets: 4 << 20,
            compact_records: 16_384,
            take_over: std::time::Duration::from_secs(1),
        }
    }
}

/// Longest message by default: with its record's head it fits what every journal of this library takes.
const MESSAGE_OCTETS: usize = (1 << 20) - 64;

/// How a node behaves.
#[derive(Clone)]
#[non_exhaustive]
pub struct DurableConfig {
    /// For dialogues that are not given settings of their own. `profile` and `seed` are the node's; `can_connect` is set by whether
    /// an address is known; `key` holds for all dialogues of the node. `limits.message_octets` is 64 octets less than 1 MiB by default, which every
    /// journal takes; whoever raises it gives the journal a quota for records that has 16 octets more. No dialogue of the node may have
    /// longer messages than this.
    pub dialogue: Config,
    /// For sessions of both directions, TLS included. Functional units, versions and T-selectors are the node's; the limits of what is
    /// reassembled are raised to the longest message where they are lower.
    pub session: SessionConfig,
    /// Limits.
    pub limits: DurableLimits,
    /// What a dialogue is bound to where there is TLS. Default: names.
    pub identity: IdentityRule,
    /// Who may begin a dialogue here. Default: everybody who can connect.
    pub accept: Option<AcceptFilter>,
    /// Needed to take up dialogues with [`Delivery::Application`] again.
    pub cursor: Option<Cursor>,
}

impl Default for DurableConfig {
    fn default() -> DurableConfig {
        let mut dialogue = Config::default();
        dialogue.limits.message_octets = MESSAGE_OCTETS;
        DurableConfig {
            dialogue,
            session: SessionConfig::default(),
            limits: DurableLimits::default(),
            identity: IdentityRule::default(),
            accept: None,
            cursor: None,
        }
    }
}

impl fmt::Debug for DurableConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableConfig")
            .field("dialogue", &self.dialogue)
            .field("limits", &self.limits)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

/// Where a peer is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// As for [`crate::Endpoint::connect`]: `192.0.2.7:10102`, `host`, `memory:NAME`.
    pub address: String,
    /// Called T-selector, 0 to 32 octets. Default: none.
    pub called_t_selector: Bytes,
    /// Calling T-selector, 0 to 32 octets. Default: none.
    pub calling_t_selector: Bytes,
    /// Called session selector, 0 to 16 octets. Default: none.
    pub called_selector: Bytes,
    /// Calling session selector, 0 to 16 octets. Default: none.
    pub calling_selector: Bytes,
}

impl Peer {
    /// A peer at this address, without selectors.
    pub fn new(address: impl Into<String>) -> Peer {
        Peer { address: address.into(), ..Peer::default() }
    }
}

/// A dialogue to begin.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DialOptions {
    /// Where the peer is.
    pub peer: Peer,
    /// By what [`crate::durable::DurableNode::find`] finds it again after a restart; at most 1,024 octets. Default: empty.
    pub label: Bytes,
    /// Settings of its own; `None` takes [`DurableConfig::dialogue`]. After a restart the node's settings hold, with the level of
    /// durability, the delivery and the idle time of this dialogue.
    pub config: Option<Config>,
}

impl DialOptions {
    /// A dialogue with the peer at this address.
    pub fn new(address: impl Into<String>) -> DialOptions {
        DialOptions { peer: Peer::new(address), label: Bytes::new(), config: None }
    }

    /// With this label.
    #[must_use]
    pub fn label(mut self, label: impl Into<Bytes>) -> DialOptions {
        self.label = label.into();
        self
    }

    /// With these settings.
    #[must_use]
    pub fn config(mut self, config: Config) -> DialOptions {
        self.config = Some(config);
        self
    }
}

/// The settings that are kept with a dialogue.
pub(super) struct Kept {
    pub(super) durability: Durability,
    pub(super) delivery: Delivery,
    pub(super) idle: Option<std::time::Duration>,
}
