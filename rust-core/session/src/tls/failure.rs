//! Why TLS did not come about or broke, in words that help.
use osisession_proto::{Error, ErrorKind, Layer};
use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

use crate::diagnosis::tls::{ALERT, CERTIFICATE, NO_RECORD, NOTHING_IN_COMMON};

/// First octet of a TPKT (RFC 1006 6): its version.
const TPKT: u8 = 3;

/// What failed with this peer.
pub(super) fn describe(error: &rustls::Error, peer: &str, handshaking: bool) -> Error {
    use rustls::Error as E;
    let text = match error {
        E::AlertReceived(alert) => format!("TLS: {peer} sent the alert {}", alert_name(*alert)),
        E::InvalidCertificate(why) => format!("TLS: the certificate of {peer} {}", certificate(why)),
        E::NoCertificatesPresented => format!("TLS: {peer} showed no certificate"),
        E::PeerIncompatible(why) => format!("TLS: nothing in common with {peer}: {}", incompatible(why)),
        E::InvalidMessage(InvalidMessage::InvalidContentType) if handshaking => {
            format!("TLS: what {peer} sent is no TLS record")
        }
        E::DecryptError => format!("TLS: a record from {peer} was changed on its way"),
        other => format!("TLS: {peer}: {other}"),
    };
    let step = if handshaking { "TLS handshake" } else { "TLS record" };
    let mut failure = Error::new(ErrorKind::Transport, Layer::Network, text).with_parameter(step);
    // Alone it is not shown: it is what a diagnosis goes by.
    failure.details_mut().found = match error {
        E::AlertReceived(_) => Some(ALERT.into()),
        E::InvalidCertificate(_) | E::NoCertificatesPresented => Some(CERTIFICATE.into()),
        E::PeerIncompatible(_) => Some(NOTHING_IN_COMMON.into()),
        E::InvalidMessage(InvalidMessage::InvalidContentType) if handshaking => Some(NO_RECORD.into()),
        _ => None,
    };
    failure
}

/// The first octet from the peer, if it shows that the peer does not speak TLS at all.
pub(super) fn plain(first: u8, peer: &str, is_server: bool) -> Option<Error> {
    if first != TPKT {
        return None;
    }
    let text = if is_server {
        format!("{peer} sent plain TPKT (first octet 03 hex) to a TLS port")
    } else {
        format!("{peer} answered TLS with plain TPKT (first octet 03 hex)")
    };
    Some(
        Error::new(ErrorKind::Transport, Layer::Network, text)
            .with_parameter("TLS handshake")
            .with_expected("16 hex", "03 hex"),
    )
}

/// The end of the network connection without that of TLS (RFC 8446 6.1: a truncation attack looks the same).
pub(super) fn truncated(peer: &str, handshaking: bool) -> Error {
    let text = if handshaking {
        format!("connection closed by {peer} during the TLS handshake")
    } else {
        format!("TLS stream truncated: connection closed by {peer} without close_notify")
    };
    let clause = if handshaking { "RFC 8446 4" } else { "RFC 8446 6.1" };
    Error::new(ErrorKind::Transport, Layer::Network, text).with_clause(clause)
}

/// So many records were sent that another one would weaken the key. TLS 1.3 takes a new key by itself (RFC 8446 4.6.3);
/// in TLS 1.2 that would be a renegotiation, which is not there.
pub(super) fn worn_out() -> Error {
    let text =
        "TLS: as many records were sent as one key of TLS 1.2 may protect; connect again, or use TLS 1.3";
    Error::new(ErrorKind::Transport, Layer::Network, text).with_clause("RFC 8446 5.5")
}

/// What cannot happen.
pub(super) fn internal(what: &str) -> Error {
    Error::new(ErrorKind::Internal, Layer::Network, format!("TLS: {what}"))
}

fn certificate(why: &CertificateError) -> String {
    use CertificateError as C;
    match why {
        C::Expired | C::ExpiredContext { .. } => "has expired".into(),
        C::NotValidYet | C::NotValidYetContext { .. } => "is not valid yet".into(),
        C::Revoked => "was revoked".into(),
        C::UnknownIssuer => "has an unknown issuer: no trust anchor vouches for it".into(),
        C::UnknownRevocationStatus => "is covered by no revocation list".into(),
        C::BadSignature => "has a wrong signature".into(),
        C::BadEncoding => "cannot be read".into(),
        C::NotValidForName => "is for another name".into(),
        C::NotValidForNameContext { expected, presented } => {
            // The names are the peer's: not more of them than a line takes.
            let names: String = presented.join(", ").chars().take(200).collect();
            format!("is for another name: expected {}, found {names}", expected.to_str())
        }
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => "is not for this purpose".into(),
        other => format!("is refused: {other}"),
    }
}

fn incompatible(why: &PeerIncompatible) -> String {
    use PeerIncompatible as P;
    match why {
        P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::SupportedVersionsExtensionRequired
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => "no common version of TLS".into(),
        P::NoCipherSuitesInCommon => "no common cipher suite".into(),
        P::NoKxGroupsInCommon => "no common key exchange group".into(),
        P::NoSignatureSchemesInCommon | P::NoCertificateRequestSignatureSchemesInCommon => {
            "no common signature scheme".into()
        }
        other => format!("{other:?}"),
    }
}

/// The name of RFC 8446 6.2, with its number.
fn alert_name(alert: AlertDescription) -> String {
    let number = u8::from(alert);
    let name = match alert {
        AlertDescription::UnexpectedMessage => "unexpected_message",
        AlertDescription::BadRecordMac => "bad_record_mac",
        AlertDescription::RecordOverflow => "record_overflow",
        AlertDescription::HandshakeFailure => "handshake_failure",
        AlertDescription::NoCertificate => "no_certificate",
        AlertDescription::BadCertificate => "bad_certificate",
        AlertDescription::UnsupportedCertificate => "unsupported_certificate",
        AlertDescription::CertificateRevoked => "certificate_revoked",
        AlertDescription::CertificateExpired => "certificate_expired",
        AlertDescription::CertificateUnknown => "certificate_unknown",
        AlertDescription::IllegalParameter => "illegal_parameter",
        AlertDescription::UnknownCA => "unknown_ca",
        AlertDescription::AccessDenied => "access_denied",
        AlertDescription::DecodeError => "decode_error",
        AlertDescription::DecryptError => "decrypt_error",
        AlertDescription::ProtocolVersion => "protocol_version",
        AlertDescription::InsufficientSecurity => "insufficient_security",
        AlertDescription::InternalError => "internal_error",
        AlertDescription::InappropriateFallback => "inappropriate_fallback",
        AlertDescription::UserCanceled => "user_canceled",
        AlertDescription::NoRenegotiation => "no_renegotiation",
        AlertDescription::MissingExtension => "missing_extension",
        AlertDescription::UnsupportedExtension => "unsupported_extension",
        AlertDescription::UnrecognisedName => "unrecognized_name",
        AlertDescription::CertificateRequired => "certificate_required",
        _ => return number.to_string(),
    };
    format!("{name} ({number})")
}
