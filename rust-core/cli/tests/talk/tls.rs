//! TLS on the command line, with certificates that are made here.
use crate::support::*;
use osisession_cli::{INVALID, USAGE, VALID};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// An authority, and a certificate of it for 127.0.0.1, in files.
struct Files {
    authority: Scratch,
    certificate: Scratch,
    key: Scratch,
}

fn files(name: &str) -> Files {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed");
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, &authority).expect("signed");
    Files {
        authority: Scratch::new(&format!("{name}-ca.pem"), &authority.pem()),
        certificate: Scratch::new(&format!("{name}-cert.pem"), &certificate.pem()),
        key: Scratch::new(&format!("{name}-key.pem"), &key.serialize_pem()),
    }
}

impl Files {
    fn options(&self) -> [&str; 6] {
        [
            "--tls-ca",
            self.authority.path(),
            "--tls-cert",
            self.certificate.path(),
            "--tls-key",
            self.key.path(),
        ]
    }
}

#[test]
fn both_sides_show_certificates() {
    let (ours, theirs) = (files("ours"), files("theirs"));
    let peer = listening(&ours.options());
    let ping =
        |options: &[&str]| osisession(&[&["ping", "-c", "1", "--json"], options, &[&peer.address]].concat());
    let done = ping(&ours.options());
    assert_eq!(done.code, VALID, "{}", done.out);
    assert_eq!(done.objects()[0]["ok"], true);

    // Somebody else's certificate, none, and no TLS at all.
    let done = ping(&theirs.options());
    assert_eq!((done.code, &done.objects()[0]["diagnosis"]["cause"]), (INVALID, &"tls-certificate".into()));
    let done = ping(&["--tls-ca", ours.authority.path()]);
    assert_eq!(
        (done.code, &done.objects()[0]["diagnosis"]["layer"]),
        (INVALID, &"network".into()),
        "{}",
        done.out
    );
    let done = ping(&[]);
    // Our listener closes without an alert. The caller can only guess; the listener knows.
    let report = &done.objects()[0]["diagnosis"];
    assert_eq!((done.code, &report["cause"]), (INVALID, &"closed-instead-of-cc".into()), "{report}");
    assert!(report["try"].to_string().contains("try with TLS"), "{report}");
    peer.interrupt();
    let (_, told) = peer.finish();
    let refused: Vec<_> = told.iter().filter_map(|object| object["diagnosis"]["cause"].as_str()).collect();
    assert_eq!(refused.last(), Some(&"tls-to-plain"), "{refused:?}");

    // TLS to a plain listener.
    let plain = listening(&[]);
    let done = osisession(&[&["ping", "-c", "1", "--json"], &ours.options()[..], &[&plain.address]].concat());
    assert_eq!(done.objects()[0]["diagnosis"]["cause"], "tls-closed", "{}", done.out);

    // A listener without a certificate of its own, and files that are none.
    assert_eq!(osisession(&["listen", "127.0.0.1:0", "--tls-ca", ours.authority.path()]).code, USAGE);
    assert_eq!(osisession(&["ping", "--tls-ca", ours.key.path(), "127.0.0.1:1"]).code, USAGE);
}
