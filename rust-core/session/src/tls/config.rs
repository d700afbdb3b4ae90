//! What can be set, and what is made of it: once, for many connections.
use bytes::Bytes;
use osisession_proto::Error;
use osisession_proto::error::Result;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName};
use std::path::Path;
use std::sync::Arc;

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// RFC 5246.
    V1_2,
    /// RFC 8446.
    V1_3,
}

impl TlsVersion {
    /// `TLS 1.2`, `TLS 1.3`.
    pub const fn name(self) -> &'static str {
        match self {
            TlsVersion::V1_2 => "TLS 1.2",
            TlsVersion::V1_3 => "TLS 1.3",
        }
    }
}

/// How connections are secured, and who the peer may be. From it a [`Tls`] is made.
///
/// Both roles need [`trust_anchors`](TlsConfig::trust_anchors), unless a listener takes callers without a certificate.
/// A listener needs a certificate and its key; an initiator needs them where the peer asks for them, as IEC 62351-3 has
/// it. Only cipher suites with forward secrecy and authenticated encryption are negotiated; ALPN is not used.
///
/// ```no_run
/// use osisession::{ConnectRequest, Endpoint, EndpointConfig, SessionConfig, Tls, TlsConfig};
///
/// let endpoint = Endpoint::new(EndpointConfig::default())?;
/// let mut config = SessionConfig::default();
/// config.tls = Some(Tls::new(&TlsConfig::from_files("chain.pem", "key.pem", "authorities.pem")?)?);
/// // Port 3782; the certificate must be for this name.
/// let session = endpoint.connect("plc-7.example", ConnectRequest::default(), config)?;
/// # Ok::<(), osisession::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct TlsConfig {
    /// Our certificate first, then those of the authorities between it and the peer's trust anchor: PEM. Default: none.
    pub certificate_chain: Bytes,
    /// The key of our certificate: PEM, as PKCS #8, SEC 1 or PKCS #1. Default: none.
    pub private_key: Bytes,
    /// Certificates of the authorities that may vouch for a peer: PEM. Default: none.
    pub trust_anchors: Bytes,
    /// Certificate revocation lists, each in DER, or one or more in PEM. If there is one, every certificate between the
    /// peer's and the trust anchor must be covered by one; a list that is past its nextUpdate still counts.
    /// Default: none, nothing is looked up.
    pub crls: Vec<Bytes>,
    /// A peer whose certificate is covered by none of the lists is accepted. Default: false.
    pub allow_unknown_revocation: bool,
    /// A caller must show a certificate. Default: true. False takes no certificate from anybody.
    pub require_client_certificate: bool,
    /// The name or IP address that the certificate of a peer whom we call must be for. Default: the host of the address.
    pub server_name: Option<String>,
    /// The lowest version that is negotiated. Default: TLS 1.2.
    pub min_version: TlsVersion,
    /// The highest version that is negotiated. Default: TLS 1.3.
    pub max_version: TlsVersion,
    /// Later connections to a peer may begin where an earlier one was, without certificates being sent or examined
    /// again. Default: true.
    pub resumption: bool,
}

impl Default for TlsConfig {
    fn default() -> TlsConfig {
        TlsConfig {
            certificate_chain: Bytes::new(),
            private_key: Bytes::new(),
            trust_anchors: Bytes::new(),
            crls: Vec::new(),
            allow_unknown_revocation: false,
            require_client_certificate: true,
            server_name: None,
            min_version: TlsVersion::V1_2,
            max_version: TlsVersion::V1_3,
            resumption: true,
        }
    }
}

/// Without the private key.
impl std::fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsConfig")
            .field("require_client_certificate", &self.require_client_certificate)
            .field("server_name", &self.server_name)
            .field("min_version", &self.min_version)
            .field("max_version", &self.max_version)
            .field("resumption", &self.resumption)
            .finish_non_exhaustive()
    }
}

impl TlsConfig {
    /// The defaults, with a certificate chain, its key and the trust anchors from PEM files.
    ///
    /// # Errors
    /// `Invalid`: a file cannot be read.
    pub fn from_files(
        certificate_chain: impl AsRef<Path>,
        private_key: impl AsRef<Path>,
        trust_anchors: impl AsRef<Path>,
    ) -> Result<TlsConfig> {
        Ok(TlsConfig {
            certificate_chain: read("certificate_chain", certificate_chain.as_ref())?,
            private_key: read("private_key", private_key.as_ref())?,
            trust_anchors: read("trust_anchors", trust_anchors.as_ref())?,
            ..TlsConfig::default()
        })
    }
}

fn read(parameter: &'static str, path: &Path) -> Result<Bytes> {
    match std::fs::read(path) {
        Ok(octets) => Ok(octets.into()),
        Err(error) => Err(invalid(parameter, format!("reading {}: {error}", path.display()))),
    }
}

/// TLS, ready for use: a [`TlsConfig`] that was read and found right. A clone is the same: sessions are resumed among
/// connections that share one.
#[derive(Clone)]
pub struct Tls(pub(super) Arc<Roles>);

/// Nothing of what it holds.
impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

pub(super) struct Roles {
    /// `None` without trust anchors: nobody could be called.
    pub(super) client: Option<Arc<ClientConfig>>,
    /// `None` without a certificate of our own.
    pub(super) server: Option<Arc<ServerConfig>>,
    pub(super) server_name: Option<ServerName<'static>>,
}

impl Tls {
    /// Reads certificates, key and lists.
    ///
    /// # Errors
    /// `Invalid`: one of them cannot be read, the key is not that of the certificate, or neither role has what it needs.
    pub fn new(config: &TlsConfig) -> Result<Tls> {
        Tls::with_provider(config, ring::default_provider())
    }

    pub(super) fn with_provider(config: &TlsConfig, provider: CryptoProvider) -> Result<Tls> {
        if config.min_version > config.max_version {
            return Err(invalid("min_version", "above max_version".into()));
        }
        let provider = Arc::new(provider);
        let identity = identity(config)?;
        let anchors = anchors(&config.trust_anchors)?;
        let crls = crls(&config.crls)?;
        if anchors.is_empty() && (identity.is_none() || config.require_client_certificate) {
            let why = "no trust anchor: no peer could be believed";
            return Err(invalid("trust_anchors", why.into()));
        }
        let anchors = Arc::new(anchors);
        let client = if anchors.is_empty() {
            None
        } else {
            Some(Arc::new(client(config, &provider, &anchors, crls.clone(), identity.as_ref())?))
        };
        let server = match identity {
            Some(identity) => Some(Arc::new(server(config, &provider, anchors, crls, identity)?)),
            None => None,
        };
        let server_name = match &config.server_name {
            Some(name) => Some(ServerName::try_from(name.clone()).map_err(|_| {
                invalid("server_name", format!("\"{name}\" is neither a host name nor an IP address"))
            })?),
            None => None,
        };
        Ok(Tls(Arc::new(Roles { client, server, server_name })))
    }

    /// Whether the two are one: made by the same [`Tls::new`].
    pub(crate) fn is_same(&self, other: &Tls) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether an initiator can use it, at an address with this host.
    pub(crate) fn check_initiator(&self, host: Option<&str>) -> Result<()> {
        if self.0.client.is_none() {
            return Err(invalid("tls", "no trust anchor to verify a called peer by".into()));
        }
        self.name(host).map(drop)
    }

    /// Whether a listener can use it.
    pub(crate) fn check_listener(&self) -> Result<()> {
        if self.0.server.is_none() {
            return Err(invalid("tls", "a listener needs a certificate chain and its private key".into()));
        }
        Ok(())
    }

    /// What the certificate of a called peer must be for.
    pub(super) fn name(&self, host: Option<&str>) -> Result<ServerName<'static>> {
        if let Some(name) = &self.0.server_name {
            return Ok(name.clone());
        }
        let Some(host) = host else {
            return Err(invalid("server_name", "an address without a host needs one".into()));
        };
        ServerName::try_from(host.to_owned())
            .map_err(|_| invalid("server_name", format!("\"{host}\" is no name that a certificate can have")))
    }
}

fn invalid(parameter: &'static str, why: String) -> Error {
    Error::invalid(format!("TLS: {parameter}: {why}")).with_parameter(parameter)
}

/// What is to be used of our own.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn identity(config: &TlsConfig) -> Result<Option<Identity>> {
    if config.certificate_chain.is_empty() && config.private_key.is_empty() {
        return Ok(None);
    }
    let chain = certificates("certificate_chain", &config.certificate_chain)?;
    if chain.is_empty() {
        return Err(invalid("certificate_chain", "no certificate in PEM".into()));
    }
    let key = PrivateKeyDer::from_pem_slice(&config.private_key).map_err(|error| {
        invalid(
            "private_key",
            match error {
                pem::Error::NoItemsFound => "no private key in PEM (an encrypted one cannot be read)".into(),
                error => error.to_string(),
            },
        )
    })?;
    Ok(Some(Identity { chain, key }))
}

fn certificates(parameter: &'static str, octets: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let all: std::result::Result<_, _> = CertificateDer::pem_slice_iter(octets).collect();
    all.map_err(|error| invalid(parameter, error.to_string()))
}

fn anchors(octets: &[u8]) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    for (index, certificate) in certificates("trust_anchors", octets)?.into_iter().enumerate() {
        store
            .add(certificate)
            .map_err(|error| invalid("trust_anchors", format!("certificate {}: {error}", index + 1)))?;
    }
    if store.is_empty() && !octets.is_empty() {
        return Err(invalid("trust_anchors", "no certificate in PEM".into()));
    }
    Ok(store)
}

fn crls(given: &[Bytes]) -> Result<Vec<CertificateRevocationListDer<'static>>> {
    /// Of a SEQUENCE, with which every list in DER begins.
    const SEQUENCE: u8 = 0x30;
    let mut all = Vec::new();
    for octets in given {
        if octets.first() == Some(&SEQUENCE) {
            all.push(CertificateRevocationListDer::from(octets.to_vec()));
            continue;
        }
        let before = all.len();
        for list in CertificateRevocationListDer::pem_slice_iter(octets) {
            all.push(list.map_err(|error| invalid("crls", error.to_string()))?);
        }
        if all.len() == before {
            return Err(invalid("crls", "no revocation list in PEM or DER".into()));
        }
    }
    Ok(all)
}

fn versions(config: &TlsConfig) -> Vec<&'static SupportedProtocolVersion> {
    let range = config.min_version..=config.max_version;
    let known = [(TlsVersion::V1_3, &version::TLS13), (TlsVersion::V1_2, &version::TLS12)];
    known.into_iter().filter(|(version, _)| range.contains(version)).map(|(_, version)| version).collect()
}

fn client(
    config: &TlsConfig,
    provider: &Arc<CryptoProvider>,
    anchors: &Arc<RootCertStore>,
    crls: Vec<CertificateRevocationListDer<'static>>,
    identity: Option<&Identity>,
) -> Result<ClientConfig> {
    let mut verifier =
        WebPkiServerVerifier::builder_with_provider(anchors.clone(), provider.clone()).with_crls(crls);
    if config.allow_unknown_revocation {
        verifier = verifier.allow_unknown_revocation_status();
    }
    let verifier = verifier.build().map_err(|error| invalid("crls", error.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions(config))
        .map_err(unusable)?
        .with_webpki_verifier(verifier);
    let mut made = match identity {
        Some(Identity { chain, key }) => {
            builder.with_client_auth_cert(chain.clone(), key.clone_key()).map_err(unusable)?
        }
        None => builder.with_no_client_auth(),
    };
    if !config.resumption {
        made.resumption = Resumption::disabled();
    }
    Ok(made)
}

fn server(
    config: &TlsConfig,
    provider: &Arc<CryptoProvider>,
    anchors: Arc<RootCertStore>,
    crls: Vec<CertificateRevocationListDer<'static>>,
    Identity { chain, key }: Identity,
) -> Result<ServerConfig> {
    let verifier = if config.require_client_certificate {
        let mut verifier =
            WebPkiClientVerifier::builder_with_provider(anchors, provider.clone()).with_crls(crls);
        if config.allow_unknown_revocation {
            verifier = verifier.allow_unknown_revocation_status();
        }
        verifier.build().map_err(|error| invalid("crls", error.to_string()))?
    } else {
        WebPkiClientVerifier::no_client_auth()
    };
    let mut made = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions(config))
        .map_err(unusable)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    if !config.resumption {
        made.session_storage = Arc::new(NoServerSessionStorage {});
        made.send_tls13_tickets = 0;
    }
    Ok(made)
}

/// The certificate and the key do not fit each other, or are of no use.
fn unusable(error: rustls::Error) -> Error {
    let why = match error {
        rustls::Error::InconsistentKeys(_) => "the private key is not that of the certificate".into(),
        error => error.to_string(),
    };
    invalid("certificate_chain", why)
}
