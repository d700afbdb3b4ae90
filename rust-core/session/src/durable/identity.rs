//! Who a peer is, by its certificate (RFC 5280): what a dialogue is bound to.
use super::config::IdentityRule;
use crate::session::Session;
use bytes::Bytes;

/// The peer's identity; empty without TLS, and for a caller that showed no certificate.
#[cfg(feature = "tls")]
pub(super) fn of(session: &Session, rule: &IdentityRule) -> Bytes {
    let chain = session.peer_certificates();
    let Some(own) = chain.first() else { return Bytes::new() };
    match rule {
        // What cannot be read is bound as a whole: never less than what was asked for.
        IdentityRule::Name => names(own).map_or_else(|| own.clone(), Bytes::from),
        IdentityRule::Certificate => own.clone(),
        IdentityRule::With(identify) => identify(&chain),
    }
}

#[cfg(not(feature = "tls"))]
pub(super) fn of(_: &Session, _: &IdentityRule) -> Bytes {
    Bytes::new()
}

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]` version and `[3]` extensions of a TBSCertificate, constructed.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// id-ce-subjectAltName, 2.5.29.17.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Issuer, subject and the extension with the alternative names, as they stand in the certificate (RFC 5280 4.1).
#[cfg_attr(not(feature = "tls"), allow(dead_code))]
fn names(certificate: &[u8]) -> Option<Vec<u8>> {
    let (tag, certificate, _) = element(certificate)?;
    let (tbs_tag, tbs, _) = element(certificate.contents)?;
    if tag != SEQUENCE || tbs_tag != SEQUENCE {
        return None;
    }
    let mut rest = tbs.contents;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (tag, field, after) = element(rest)?;
        fields.push((tag, field));
        rest = after;
    }
    let first = usize::from(fields.first().is_some_and(|(tag, _)| *tag == VERSION));
    // serialNumber, signature, issuer, validity, subject.
    let issuer = fields.get(first + 2)?;
    let subject = fields.get(first + 4)?;
    if issuer.0 != SEQUENCE || subject.0 != SEQUENCE {
        return None;
    }
    let mut out = issuer.1.whole.to_vec();
    out.extend_from_slice(subject.1.whole);
    let extensions = fields.iter().find(|(tag, _)| *tag == EXTENSIONS);
    if let Some((_, extensions)) = extensions {
        let (_, list, _) = element(extensions.contents)?;
        let mut rest = list.contents;
        while !rest.is_empty() {
            let (_, extension, after) = element(rest)?;
            let (tag, identifier, _) = element(extension.contents)?;
            if tag == OBJECT_IDENTIFIER && identifier.contents == SUBJECT_ALT_NAME {
                out.extend_from_slice(extension.whole);
            }
            rest = after;
        }
    }
    Some(out)
}

#[derive(Clone, Copy)]
struct Element<'a> {
    whole: &'a [u8],
    contents: &'a [u8],
}

/// The first element of these octets, in DER with a definite length (X.690 10.1), and what stands behind it.
fn element(octets: &[u8]) -> Option<(u8, Element<'_>, &[u8])> {
    let (&tag, &first) = (octets.first()?, octets.get(1)?);
    let (length, start) = match first {
        0..=0x7f => (usize::from(first), 2),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let digits = octets.get(2..2 + count)?;
            (digits.iter().fold(0, |sum, &digit| sum << 8 | usize::from(digit)), 2 + count)
        }
        _ => return None,
    };
    let end = start.checked_add(length)?;
    let element = Element { whole: octets.get(..end)?, contents: octets.get(start..end)? };
    Some((tag, element, octets.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    fn certificate(subject: &str, host: &str) -> Vec<u8> {
        let mut params = CertificateParams::new([host.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, subject);
        let key = KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("signed").der().to_vec()
    }

    #[test]
    fn a_renewed_certificate_is_the_same_peer() {
        let one = names(&certificate("plant", "plant.example")).expect("names");
        // Another key, another serial number.
        assert_eq!(names(&certificate("plant", "plant.example")), Some(one.clone()));
        assert_ne!(names(&certificate("other", "plant.example")), Some(one.clone()));
        assert_ne!(names(&certificate("plant", "other.example")), Some(one));
    }

    #[test]
    fn damaged_octets_have_no_names_or_others_but_never_panic() {
        let whole = certificate("plant", "plant.example");
        for end in 0..whole.len() {
            assert!(names(&whole[..end]).is_none(), "{end}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                let _ = names(&damaged);
            }
        }
    }
}
