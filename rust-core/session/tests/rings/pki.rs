//! Authorities, certificates and revocation lists, made when the tests run.
use osisession::*;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationList,
    CertificateRevocationListParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, date_time_ymd,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// An authority that vouches for certificates.
pub(crate) struct Authority(pub(crate) CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, in PEM.
pub(crate) struct Identity {
    pub(crate) certificate: Certificate,
    pub(crate) key: String,
    pub(crate) serial_number: u64,
}

pub(crate) fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed"))
}

impl Authority {
    pub(crate) fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        static NEXT: AtomicU64 = AtomicU64::new(1_000);
        let serial_number = NEXT.fetch_add(1, Ordering::Relaxed);
        params.serial_number = Some(serial_number.into());
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("signed");
        Identity { certificate, key: key.serialize_pem(), serial_number }
    }

    pub(crate) fn pem(&self) -> Bytes {
        self.0.pem().into()
    }

    pub(crate) fn crl(&self, revoked: &[&Identity]) -> CertificateRevocationList {
        let revoked_certs = revoked.iter().map(|identity| RevokedCertParams {
            serial_number: identity.serial_number.into(),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(4000, 1, 1),
            crl_number: 1_u64.into(),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&self.0)
        .expect("signed")
    }
}

/// What one side has: its certificate, and whom it trusts.
pub(crate) fn config(identity: Option<&Identity>, trusted: &Authority) -> TlsConfig {
    let mut config = TlsConfig::default();
    if let Some(identity) = identity {
        config.certificate_chain = identity.certificate.pem().into();
        config.private_key = identity.key.clone().into();
    }
    config.trust_anchors = trusted.pem();
    config
}

/// Both sides of an ordinary network: one authority, a substation and a control centre.
pub(crate) struct Pki {
    pub(crate) authority: Authority,
    pub(crate) station: Identity,
    pub(crate) centre: Identity,
}

impl Pki {
    pub(crate) fn new() -> Pki {
        let authority = authority("grid");
        let station = authority.issue("127.0.0.1", |_| {});
        let centre = authority.issue("centre.example", |_| {});
        Pki { authority, station, centre }
    }

    pub(crate) fn listening(&self) -> TlsConfig {
        config(Some(&self.station), &self.authority)
    }

    pub(crate) fn calling(&self) -> TlsConfig {
        config(Some(&self.centre), &self.authority)
    }
}

pub(crate) fn session_config(tls: &TlsConfig) -> SessionConfig {
    let mut config = SessionConfig::default();
    config.tls = Some(Tls::new(tls).expect("a usable configuration"));
    config
}

pub(crate) fn listen_with(endpoint: &Endpoint, session: SessionConfig) -> Listener {
    let mut config = ListenerConfig::default();
    config.session = session;
    endpoint.listen("127.0.0.1:0", config).expect("a listener")
}

pub(crate) fn listen_tls(endpoint: &Endpoint, tls: &TlsConfig) -> Listener {
    listen_with(endpoint, session_config(tls))
}
