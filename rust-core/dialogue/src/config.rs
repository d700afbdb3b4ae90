//! Every choice and every limit, with its unit, its default and the reason.
use std::sync::Arc;

use osisession_proto::Bytes;
use osisession_proto::time::Duration;

use crate::control::{Authenticator, Seal};

/// When a record is on stable storage, and so what a restart can lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// Each message asks for a sync as soon as the one before has ended (group commit). Least delay.
    #[default]
    EveryMessage,
    /// One sync for each checkpoint's worth of messages ([`Checkpoint`]): fewer syncs, and as much delay. The promises are the
    /// same: a message leaves, and counts as accepted, only when it is stored.
    EveryCheckpoint,
    /// No journal. The dialogue survives connections, not processes: after a restart the peer reports it as broken.
    MemoryOnly,
}

/// Whose store says up to where the peer's messages have arrived (W5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Delivery {
    /// The journal's inbox. A message is confirmed to the peer when the journal has it; what the application has not
    /// committed is handed out again after a restart: at least once for effects that are not stored with the position.
    #[default]
    Inbox,
    /// The application's own cursor: a message is confirmed when the application has committed it. One that stores its effects
    /// and the position in one transaction has each effect exactly once.
    Application,
}

/// When a sync point is placed: whatever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Messages that are not confirmed. Default 64.
    pub messages: u64,
    /// Octets that are not confirmed. Default 64 KiB.
    pub octets: usize,
    /// Time since the first that is not confirmed. Default 50 ms.
    pub interval: Duration,
    /// Sync points that wait for the peer's answer. Default 4.
    pub open: usize,
    /// Sync points in one activity before it is ended and another one started: serial numbers end at 999,998
    /// (X.225 8.2). Default 900,000.
    pub per_activity: u64,
}

impl Default for Checkpoint {
    fn default() -> Checkpoint {
        Checkpoint {
            messages: 64,
            octets: 64 << 10,
            interval: Duration::from_millis(50),
            open: 4,
            per_activity: 900_000,
        }
    }
}

/// How connecting again is paced: `min(longest, first * 2^k)`, times a random factor from 0.5 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Default 200 ms.
    pub first: Duration,
    /// Default 30 s.
    pub longest: Duration,
    /// After a refusal that says "busy" or "collision": no sooner. Default 1 s.
    pub busy: Duration,
    /// The dialogue responder leaves the first tries to the initiator. Default 5 s.
    pub responder: Duration,
    /// A connection that lived so long is connected again at once. Default 60 s.
    pub lived: Duration,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            first: Duration::from_millis(200),
            longest: Duration::from_secs(30),
            busy: Duration::from_secs(1),
            responder: Duration::from_secs(5),
            lived: Duration::from_secs(60),
        }
    }
}

/// Limits against peers that lie, stall or flood, and against an application that does not listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialogueLimits {
    /// Octets of one message, both ways. A longer one from the peer ends the connection. Default 16 MiB.
    pub message_octets: usize,
    /// Messages in the outbox that the peer has not confirmed; above it `send` would block. Default 4,096.
    pub outbox_messages: usize,
    /// Octets of the same. Default 64 MiB.
    pub outbox_octets: usize,
    /// Messages in the inbox that the application has not committed; at it reading stops. What the transport had already
    /// read may double it; beyond that the connection is ended. Default 4,096.
    pub inbox_messages: usize,
    /// Octets of the same. Default 64 MiB.
    pub inbox_octets: usize,
    /// Events of connections that nobody took; the oldest are dropped and counted. Default 256.
    pub events: usize,
    /// How far an epoch from the peer may lie above the highest known: a peer must not use the numbers up. Default 2^32.
    pub epoch_jump: u64,
    /// From the request for a connection to its answer. Default 10 s.
    pub connect_timeout: Duration,
    /// How long the peer may leave a sync point, an interrupt or a release unanswered. Default 30 s.
    pub answer_timeout: Duration,
    /// How long a sync of the journal may take before the connection is given back. Default 30 s.
    pub storage_timeout: Duration,
    /// Connections in a row that end in a protocol error without anything achieved: a poisoned message must not loop.
    /// Default 2.
    pub violations: u32,
}

impl Default for DialogueLimits {
    fn default() -> DialogueLimits {
        DialogueLimits {
            message_octets: 16 << 20,
            outbox_messages: 4_096,
            outbox_octets: 64 << 20,
            inbox_messages: 4_096,
            inbox_octets: 64 << 20,
            events: 256,
            epoch_jump: 1 << 32,
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(30),
            storage_timeout: Duration::from_secs(30),
            violations: 2,
        }
    }
}

/// How one dialogue behaves on this side.
#[derive(Clone)]
pub struct Config {
    /// When messages are stored. Default: every message.
    pub durability: Durability,
    /// Whose cursor counts. Default: the journal's inbox.
    pub delivery: Delivery,
    /// When sync points are placed.
    pub checkpoint: Checkpoint,
    /// How connecting again is paced.
    pub retry: Retry,
    /// Limits.
    pub limits: DialogueLimits,
    /// Whether this side knows an address of the peer. A responder often does not. Default true.
    pub can_connect: bool,
    /// Quiet for so long, everything confirmed: the connection is closed until someone has something to say. Only the dialogue
    /// initiator acts on it; choose it below the shortest timeout of a firewall on the path, and only where the responder can
    /// connect or never speaks first. Default: none.
    pub idle: Option<Duration>,
    /// Nothing heard of the peer for so long: the dialogue initiator places a sync point that tells nothing new. So a connection
    /// that is dead without anybody having been told is noticed, also when the responder knows no address. Default 60 s.
    pub keepalive: Option<Duration>,
    /// Without a connection for so long, the application is told once. Default 5 min.
    pub overdue: Option<Duration>,
    /// How long the tombstone of a closed dialogue answers. Default 24 h.
    pub retention: Duration,
    /// Go on with a peer that has no minor synchronize: confirmation then comes only with each new connection. Default
    /// false: such a peer is refused.
    pub without_minor_sync: bool,
    /// Behind the control block of CN and AC, for the application at the other end.
    pub user_data: Bytes,
    /// Kept in the first record of the journal, opaque: address of the peer and the like.
    pub profile: Bytes,
    /// Seeds the jitter. Take it from a random source, or from a test.
    pub seed: u64,
    /// A key shared with the peer, where there is no TLS. Default: none, a checksum.
    pub key: Option<Arc<dyn Authenticator + Send + Sync>>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            durability: Durability::default(),
            delivery: Delivery::default(),
            checkpoint: Checkpoint::default(),
            retry: Retry::default(),
            limits: DialogueLimits::default(),
            can_connect: true,
            idle: None,
            keepalive: Some(Duration::from_secs(60)),
            overdue: Some(Duration::from_secs(300)),
            retention: Duration::from_secs(24 * 3600),
            without_minor_sync: false,
            user_data: Bytes::new(),
            profile: Bytes::new(),
            seed: 1,
            key: None,
        }
    }
}

impl Config {
    /// What protects the control blocks.
    pub fn seal(&self) -> Seal<'_> {
        match &self.key {
            None => Seal::Checksum,
            Some(key) => Seal::Key(&**key),
        }
    }
}

impl core::fmt::Debug for Config {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Config")
            .field("durability", &self.durability)
            .field("delivery", &self.delivery)
            .field("keyed", &self.key.is_some())
            .finish_non_exhaustive()
    }
}
