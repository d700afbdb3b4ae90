//! What can be set, each with its default.
#[cfg(feature = "durable")]
use super::journal::RequestJournal;
use crate::circuit;
use crate::config::{ListenerConfig, SessionConfig};
use bytes::Bytes;
use osisession_proto::rpc::{self, AssociationId, Header, Hello, Retry};
use std::time::Duration;

/// How one request is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// When the caller stops waiting, counted from the request; `None` waits for ever. Reaching it settles the request.
    pub timeout: Option<Duration>,
    /// What a loss of the connection means: carried out at most once (the default), or as often as need be.
    pub retry: Retry,
}

impl Options {
    /// At most once, within this time.
    pub fn within(timeout: Duration) -> Options {
        Options { timeout: Some(timeout), retry: Retry::AtMostOnce }
    }

    /// The same request may be carried out more than once: it is sent again to any peer.
    #[must_use]
    pub fn idempotent(mut self) -> Options {
        self.retry = Retry::Idempotent;
        self
    }
}

/// How requests of a peer are carried out here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// Threads that run the handler at the same time. They are started when there is work for them, and end with the server or client. 0: it
    /// runs where the endpoint is driven, and must not wait long. Default 4.
    pub threads: usize,
    /// Requests that may wait for the handler; while there are more, nothing is read from their sessions. Default 1,024.
    pub max_waiting: usize,
    /// Octets in these requests. Default 64 MiB.
    pub max_waiting_octets: usize,
}

impl Default for ServiceConfig {
    fn default() -> ServiceConfig {
        ServiceConfig { threads: 4, max_waiting: 1_024, max_waiting_octets: 64 << 20 }
    }
}

/// How a client behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The session below. `limits.tsdu_reassembly` is raised to what [`rpc::Config::max_message`] needs.
    pub session: SessionConfig,
    /// Calling session selector, 0 to 16 octets. Default: none.
    pub calling_selector: Bytes,
    /// Called session selector, 0 to 16 octets. Default: none.
    pub called_selector: Bytes,
    /// Only one side speaks at a time; the token is passed by itself. Default: false.
    pub half_duplex: bool,
    /// What the application says in S-CONNECT, behind the 40 octets of `docs/rpc.md`, section 3. Default: nothing.
    pub user_data: Bytes,
    /// Limits of requests and responses. [`rpc::Config::journal`] is without meaning: [`ClientConfig::journal`] says it.
    pub calls: rpc::Config,
    /// Where requests are kept, so that none is carried out twice and each gets its outcome also when this process ends meanwhile. The association is
    /// then the one of the journal. Default: nowhere.
    #[cfg(feature = "durable")]
    pub journal: Option<RequestJournal>,
    /// When the session is opened, closed and let be. With [`circuit::Config::idle_after`] it is closed when nothing is under way, and opened again
    /// by the next request.
    pub circuit: circuit::Config,
    /// How requests of the server are carried out, if it makes any.
    pub service: ServiceConfig,
    /// The name of the association. Default: drawn at random.
    pub association: Option<AssociationId>,
}

impl Default for ClientConfig {
    fn default() -> ClientConfig {
        ClientConfig {
            session: SessionConfig::default(),
            calling_selector: Bytes::new(),
            called_selector: Bytes::new(),
            half_duplex: false,
            user_data: Bytes::new(),
            calls: rpc::Config::default(),
            #[cfg(feature = "durable")]
            journal: None,
            circuit: circuit::Config::default(),
            service: ServiceConfig::default(),
            association: None,
        }
    }
}

/// How a server behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The listener below, and its sessions.
    pub listener: ListenerConfig,
    /// Limits of requests and responses, for each client. [`rpc::Config::journal`] is without meaning: [`ServerConfig::journal`] says it.
    pub calls: rpc::Config,
    /// Where it is kept what clients have asked and were answered, so that nothing is carried out twice also when this process ends meanwhile. Default:
    /// nowhere.
    #[cfg(feature = "durable")]
    pub journal: Option<RequestJournal>,
    /// How requests are carried out, of all clients together.
    pub service: ServiceConfig,
    /// Clients that may be known at a time, connected or not; one more is refused with reason 1, temporary congestion, unless one that is not
    /// connected can be forgotten. Default 1,024.
    pub max_clients: usize,
    /// Connections whose S-CONNECT indication is awaited or being answered. Default 128.
    pub max_connecting: usize,
    /// How long a client that is not connected is remembered with the responses to its requests: as long, a request that was lost with the
    /// connection is not carried out twice and gets its response. Default 10 min.
    pub remember: Duration,
    /// What the application says in S-CONNECT, behind the 40 octets of `docs/rpc.md`, section 3. Default: nothing.
    pub user_data: Bytes,
}

impl Default for ServerConfig {
    fn default() -> ServerConfig {
        ServerConfig {
            listener: ListenerConfig::default(),
            calls: rpc::Config::default(),
            #[cfg(feature = "durable")]
            journal: None,
            service: ServiceConfig::default(),
            max_clients: 1_024,
            max_connecting: 128,
            remember: Duration::from_secs(600),
            user_data: Bytes::new(),
        }
    }
}

/// Turns of a half-duplex dialogue are SPDUs without user data: as many as requests.
const TURNS_PER_SECOND: u32 = 100_000;

/// What the sessions need for messages of this size.
pub(super) fn fit(session: &mut SessionConfig, calls: &mut rpc::Config) {
    /// What is around a message in a TSDU: SPDU headers.
    const AROUND: usize = 64;
    calls.journal = false;
    session.pieces = false;
    let limits = &mut session.limits;
    let needed = calls.max_message.saturating_add(Header::LENGTH);
    limits.tsdu_reassembly = limits.tsdu_reassembly.max(needed.saturating_add(AROUND));
    limits.ssdu_reassembly = limits.ssdu_reassembly.max(needed);
    limits.connect_user_data = limits.connect_user_data.max(Hello::LENGTH);
    limits.control_spdu_burst = limits.control_spdu_burst.max(TURNS_PER_SECOND);
    limits.control_spdu_rate = limits.control_spdu_rate.max(TURNS_PER_SECOND);
}
