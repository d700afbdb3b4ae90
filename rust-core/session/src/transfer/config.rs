//! What can be set.
use crate::config::{ListenerConfig, SessionConfig};
use bytes::Bytes;
#[cfg(feature = "durable")]
use osisession_journal::Journal;
#[cfg(feature = "durable")]
use osisession_proto::transfer::Role;
use osisession_proto::transfer::{Config, Opening};
use osisession_proto::x225::primitive::ConnectIndication;
#[cfg(feature = "durable")]
use osisession_proto::{Error, error::Result};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How an association is called.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallConfig {
    /// The engine's own.
    pub transfer: Config,
    /// How its sessions behave. SSDUs are indicated in pieces whatever stands here.
    pub session: SessionConfig,
    /// Calling session selector, 0 to 16 octets.
    pub calling_selector: Bytes,
    /// Called session selector, 0 to 16 octets.
    pub called_selector: Bytes,
    /// Where the association is kept, and under what name: one that is there goes on. `None`: in memory alone.
    #[cfg(feature = "durable")]
    pub journal: Option<(Arc<dyn Journal>, Vec<u8>)>,
}

impl fmt::Debug for CallConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallConfig").field("transfer", &self.transfer).finish_non_exhaustive()
    }
}

/// Reads what a caller wants from SS-user data of the user's own; `None` refuses it.
pub type Classify = Arc<dyn Fn(&ConnectIndication) -> Option<Opening> + Send + Sync>;

/// How associations are accepted.
#[derive(Clone)]
#[non_exhaustive]
pub struct AcceptorConfig {
    /// The engines' own.
    pub transfer: Config,
    /// How it listens, and how the sessions behave. SSDUs are indicated in pieces whatever stands here.
    pub listener: ListenerConfig,
    /// In the plain form: what a caller wants. Without it every caller wants a new association.
    pub classify: Option<Classify>,
    /// Associations that are known, connected or not; a caller for one more is refused as busy. Default 1,024.
    pub max_associations: usize,
    /// Associations that wait to be accepted; a caller for one more is refused as busy. Default 128.
    pub backlog: usize,
    /// Where the associations are kept: those that are there go on, and are accepted again. Nothing else may be in it. `None`: in
    /// memory alone.
    #[cfg(feature = "durable")]
    pub journal: Option<Arc<dyn Journal>>,
}

impl Default for AcceptorConfig {
    fn default() -> AcceptorConfig {
        AcceptorConfig {
            transfer: Config::default(),
            listener: ListenerConfig::default(),
            classify: None,
            max_associations: 1_024,
            backlog: 128,
            #[cfg(feature = "durable")]
            journal: None,
        }
    }
}

impl fmt::Debug for AcceptorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorConfig").field("transfer", &self.transfer).finish_non_exhaustive()
    }
}

/// How one APDU is sent.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// 0 is most urgent, and what a wish to release the association has. Default 1.
    pub priority: u32,
    /// When it is not wanted any more. `None`: never. Default: never.
    pub timeout: Option<Duration>,
}

impl Default for SendOptions {
    fn default() -> SendOptions {
        SendOptions { priority: 1, timeout: None }
    }
}

/// Sessions take what the engine may send and receive.
pub(super) fn fit(session: &mut SessionConfig, transfer: &Config) {
    session.pieces = true;
    let limits = &mut session.limits;
    limits.ssdu_reassembly = limits.ssdu_reassembly.max(transfer.max_apdu);
}

/// The first record of a log: the version, the end of the association, its names; or the certificate of its peer.
#[cfg(feature = "durable")]
pub(super) fn write_first(role: &Role, certificate: Option<&Bytes>) -> Bytes {
    match role {
        Role::Responder => [&[1, 1][..], certificate.map_or(&[], |octets| octets)].concat().into(),
        Role::Initiator { calling, common } => {
            [&[1, 0, calling.len() as u8][..], calling, common].concat().into()
        }
    }
}

#[cfg(feature = "durable")]
pub(super) fn read_first(octets: &Bytes) -> Result<(Role, Option<Bytes>)> {
    let wrong = || Error::invalid("the log is not that of an association of this version");
    match octets.get(..2) {
        Some([1, 1]) => Ok((Role::Responder, Some(octets.slice(2..)).filter(|octets| !octets.is_empty()))),
        Some([1, 0]) => {
            let end = 3 + usize::from(*octets.get(2).ok_or_else(wrong)?);
            if octets.len() < end {
                return Err(wrong());
            }
            Ok((Role::Initiator { calling: octets.slice(3..end), common: octets.slice(end..) }, None))
        }
        _ => Err(wrong()),
    }
}
