//! What can be set, each with its default.
use crate::admission::Allowed;
use crate::tap::Tap;
use osisession_proto::error::Result;
use osisession_proto::transport;
use osisession_proto::x225::parameter::{FunctionalUnits, Versions};
use osisession_proto::x225::spm;
use osisession_proto::{Bytes, Error, Limits};
use std::time::Duration;

/// How an endpoint behaves.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EndpointConfig {
    /// Sees the octets of all connections of this endpoint, for captures ([`crate::CaptureWriter`]). Default: none.
    pub tap: Option<Tap>,
}

/// How a session behaves, and the transport connection below it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionConfig {
    /// Calling T-selector, 0 to 32 octets; initiator only. Default: none.
    pub calling_t_selector: Bytes,
    /// Called T-selector, 0 to 32 octets; initiator only. Default: none.
    pub called_t_selector: Bytes,
    /// The largest TPDU to propose or agree to, 128 to 65531 octets. Default: 65531 (RFC 1006).
    pub max_tpdu_size: usize,
    /// Functional units that this user can provide; a responder's user is shown no others. Default: all.
    pub functional_units: FunctionalUnits,
    /// Protocol versions that may be selected. Default: both.
    pub versions: Versions,
    /// Refuse what real stacks send but the standards forbid. Default: false.
    pub strict: bool,
    /// Keep trace records for [`crate::Session::next_trace`]. Default: false.
    pub trace: bool,
    /// Agree to the transport expedited flow (RFC 1006 5). Default: false, as deployed.
    pub transport_expedited: bool,
    /// Offer and accept reuse of the transport connection (X.225 6.2.4). Default: false.
    pub reuse_transport: bool,
    /// SSDUs that are longer than a TPDU are indicated in pieces as they come ([`crate::Event::DataPiece`]), so that nothing holds the
    /// whole; `limits.tsdu_reassembly` does not hold for them. Sending in pieces ([`crate::Session::data_piece_request`]) needs no
    /// permission. Default: false.
    pub pieces: bool,
    /// TCP keepalive: how long a connection is silent before the system asks whether the peer is still there (RFC 1006 has
    /// no probe of its own). `None`: never. Default: 60 s.
    pub keepalive: Option<Duration>,
    /// TLS below TPKT (IEC 62351-3): in a listener's configuration for those who call, who must then speak TLS. The
    /// default port is 3782 with it. Default: none.
    #[cfg(feature = "tls")]
    pub tls: Option<crate::tls::Tls>,
    /// Limits and timers.
    pub limits: Limits,
}

impl Default for SessionConfig {
    fn default() -> SessionConfig {
        SessionConfig {
            calling_t_selector: Bytes::new(),
            called_t_selector: Bytes::new(),
            max_tpdu_size: 65_531,
            functional_units: FunctionalUnits::ALL,
            versions: Versions::default(),
            strict: false,
            trace: false,
            transport_expedited: false,
            reuse_transport: false,
            pieces: false,
            keepalive: Some(Duration::from_secs(60)),
            #[cfg(feature = "tls")]
            tls: None,
            limits: Limits::default(),
        }
    }
}

/// How a listener behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListenerConfig {
    /// The T-selector that is answered; `None` answers any. Default: any.
    pub t_selector: Option<Bytes>,
    /// The session selector that is answered, 0 to 16 octets; `None` answers any. Default: any.
    pub session_selector: Option<Bytes>,
    /// How its sessions behave. Where several listeners answer to one T-selector, the configuration of the one that was
    /// made first holds (one that names the T-selector before one that answers any).
    pub session: SessionConfig,
    /// Sessions that may wait for [`crate::Listener::accept`]; further callers are refused with reason 1, temporary
    /// congestion. Default: 128.
    pub backlog: usize,
    /// Connections at this address that may be without their CONNECT SPDU; one more is closed at once. A flood
    /// of silent peers cannot take more descriptors than this. Default: 100.
    pub max_connecting: usize,
    /// The same, for those from one IP address. Default: 10.
    pub max_connecting_per_source: usize,
    /// With more connections than this without their CONNECT SPDU, a new one is closed at random: never at this number, always at
    /// [`ListenerConfig::max_connecting`], in proportion between them. So a flood does not shut out everybody else. Default: 10.
    pub early_refusal_from: usize,
}

impl Default for ListenerConfig {
    fn default() -> ListenerConfig {
        ListenerConfig {
            t_selector: None,
            session_selector: None,
            session: SessionConfig::default(),
            backlog: 128,
            max_connecting: 100,
            max_connecting_per_source: 10,
            early_refusal_from: 10,
        }
    }
}

impl SessionConfig {
    /// For the session machine; `selectors` are those of the listeners that may get a caller.
    pub(crate) fn spm(&self, selectors: Option<Vec<spm::LocalSelector>>, pieces: bool) -> spm::Config {
        let mut config = spm::Config::default();
        config.limits = self.limits.clone();
        config.functional_units = self.functional_units;
        config.versions = self.versions;
        config.selectors = selectors;
        config.strict = self.strict;
        config.reuse_transport = self.reuse_transport;
        config.trace = self.trace;
        config.pieces = pieces;
        config
    }

    /// For the class 0 engine.
    pub(crate) fn transport(&self) -> transport::Config {
        let mut config = transport::Config::default();
        config.limits = self.limits.clone();
        config.calling_t_selector = self.calling_t_selector.clone();
        config.called_t_selector = self.called_t_selector.clone();
        config.max_tpdu_size = self.max_tpdu_size;
        config.expedited = self.transport_expedited;
        config.parts = self.pieces;
        config.tolerant = !self.strict;
        config
    }
}

/// Octets of the longest T-selector that deployed stacks take.
const MAX_T_SELECTOR: usize = 32;
/// Octets of the longest session selector (X.225 8.3.1, PI 51 and 52).
pub(crate) const MAX_SESSION_SELECTOR: usize = 16;

pub(crate) fn check_length(name: &'static str, value: &[u8], limit: usize) -> Result<()> {
    if value.len() <= limit {
        return Ok(());
    }
    Err(Error::invalid(format!("{name} is too long"))
        .with_parameter(name)
        .with_expected(format!("at most {limit} octets"), value.len().to_string()))
}

/// What the rest of the library asks about TLS, whether the feature is there or not.
#[cfg(feature = "tls")]
impl SessionConfig {
    pub(crate) fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Callers of the two can be at one address: TLS comes before they say whom they want.
    pub(crate) fn shares_tls(&self, other: &SessionConfig) -> bool {
        match (&self.tls, &other.tls) {
            (Some(one), Some(other)) => one.is_same(other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    /// For an initiator that calls this host.
    pub(crate) fn check_calling(&self, host: Option<&str>) -> Result<()> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.check_initiator(host))
    }

    pub(crate) fn check_listening(&self) -> Result<()> {
        self.tls.as_ref().map_or(Ok(()), crate::tls::Tls::check_listener)
    }
}

#[cfg(not(feature = "tls"))]
impl SessionConfig {
    pub(crate) fn has_tls(&self) -> bool {
        false
    }

    pub(crate) fn shares_tls(&self, _: &SessionConfig) -> bool {
        true
    }

    pub(crate) fn check_calling(&self, _: Option<&str>) -> Result<()> {
        Ok(())
    }

    pub(crate) fn check_listening(&self) -> Result<()> {
        Ok(())
    }
}

impl SessionConfig {
    pub(crate) fn check(&self) -> Result<()> {
        check_length("calling_t_selector", &self.calling_t_selector, MAX_T_SELECTOR)?;
        check_length("called_t_selector", &self.called_t_selector, MAX_T_SELECTOR)
    }
}

impl ListenerConfig {
    pub(crate) fn allowed(&self) -> Allowed {
        Allowed {
            in_all: self.max_connecting.max(1),
            per_source: self.max_connecting_per_source.max(1),
            early_refusal_from: self.early_refusal_from,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.session.check_listening()?;
        check_length("t_selector", self.t_selector.as_deref().unwrap_or_default(), MAX_T_SELECTOR)?;
        let selector = self.session_selector.as_deref().unwrap_or_default();
        check_length("session_selector", selector, MAX_SESSION_SELECTOR)
    }
}
