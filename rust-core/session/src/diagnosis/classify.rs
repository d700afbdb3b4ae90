//! From an error or an event to its row.
use super::Stage;
use super::cause::Cause;
use super::tls;
use crate::errors;
use osisession_proto::x225::primitive::{Event, PAbortReason};
use osisession_proto::{Error, ErrorKind, Layer};

/// Where the attempt stood.
pub(super) fn stage(error: &Error) -> Stage {
    let details = error.details();
    if details.pdu == Some("RF") {
        return Stage::SessionConnect;
    }
    match details.state {
        Some("STA01" | "STA01A" | "STA01B") | None => match error.layer() {
            Layer::Network if is_tls(error) => Stage::Tls,
            Layer::Network => Stage::Network,
            Layer::Transport | Layer::Tpkt => Stage::TransportConnect,
            Layer::Session if details.pdu == Some("CN") => Stage::SessionConnect,
            _ => Stage::Unknown,
        },
        Some("STA01C" | "STA01D" | "STA02A" | "STA02B" | "STA08" | "STA15D") => Stage::SessionConnect,
        Some("STA03" | "STA09" | "STA16") => Stage::Release,
        Some(_) => Stage::Open,
    }
}

fn is_tls(error: &Error) -> bool {
    let details = error.details();
    details.parameter.as_deref().is_some_and(|step| step.starts_with("TLS"))
        || details.clause.as_deref().is_some_and(|clause| clause.starts_with("RFC 8446"))
}

/// The row of an event that ends a session or an attempt; `None` if it is no such event.
pub(super) fn event(event: &Event, connecting: bool) -> Option<Cause> {
    Some(match event {
        Event::ConnectConfirmNegative(rejection) => refuse(rejection.reason),
        Event::UAbortIndication(_) if connecting => Cause::AbortWhileConnecting,
        Event::UAbortIndication(_) => Cause::UserAbort,
        Event::PAbortIndication(reason, Some(found)) => match found.details().pdu {
            Some("AB") => abort(*reason),
            _ => error(found),
        },
        Event::PAbortIndication(reason, None) => abort(*reason),
        _ => return None,
    })
}

fn abort(reason: PAbortReason) -> Cause {
    match reason {
        PAbortReason::ProtocolError => Cause::ProviderAbortProtocol,
        PAbortReason::ImplementationRestriction => Cause::ProviderAbortRestriction,
        PAbortReason::TransportDisconnect => Cause::ClosedWhileOpen,
        _ => Cause::ProviderAbort,
    }
}

fn refuse(reason: u8) -> Cause {
    use osisession_proto::x225::parameter::refuse_reason as r;
    match reason {
        r::USER => Cause::RefuseUser,
        r::USER_CONGESTION => Cause::RefuseUserCongestion,
        r::USER_DATA => Cause::RefuseUserData,
        r::SELECTOR_UNKNOWN => Cause::RefuseSelector,
        r::USER_NOT_ATTACHED => Cause::RefuseNotAttached,
        r::CONGESTION => Cause::RefuseCongestion,
        r::VERSIONS => Cause::RefuseVersions,
        r::SPM => Cause::RefuseProvider,
        r::RESTRICTION => Cause::RefuseRestriction,
        _ => Cause::RefuseReserved,
    }
}

/// X.224 13.5.3.
fn disconnect(reason: u32) -> Cause {
    match reason {
        0x00 => Cause::DrNotSpecified,
        0x01 => Cause::DrCongestion,
        0x02 => Cause::DrNotAttached,
        0x03 => Cause::DrAddressUnknown,
        0x80 => Cause::DrNormal,
        0x81 => Cause::DrRemoteCongestion,
        0x82 => Cause::DrNegotiation,
        0x83 => Cause::DrDuplicateReference,
        0x84 => Cause::DrMismatchedReferences,
        0x85 => Cause::DrProtocolError,
        0x87 => Cause::DrReferenceOverflow,
        0x88 => Cause::DrRefusedHere,
        0x8a => Cause::DrLength,
        _ => Cause::DrReserved,
    }
}

/// The row of an error.
pub(super) fn error(error: &Error) -> Cause {
    match error.kind() {
        ErrorKind::LimitHit => return Cause::Limit,
        ErrorKind::Invalid | ErrorKind::Refused | ErrorKind::WouldBlock | ErrorKind::Internal => {
            return Cause::Local;
        }
        ErrorKind::Closed => return Cause::Local,
        ErrorKind::Peer | ErrorKind::Transport | ErrorKind::TimedOut => {}
        _ => return Cause::Other,
    }
    match error.layer() {
        Layer::Network => network(error),
        Layer::Tpkt => framing(error),
        Layer::Transport => transport(error),
        Layer::Session => session(error),
        _ => Cause::Other,
    }
}

fn network(error: &Error) -> Cause {
    let details = error.details();
    let found = details.found.as_deref();
    if is_tls(error) {
        return match (found, details.clause.as_deref()) {
            (Some(tls::PLAIN), _) => Cause::TlsToPlain,
            (Some(tls::ALERT), _) => Cause::TlsAlert,
            (Some(tls::CERTIFICATE), _) => Cause::TlsCertificate,
            (Some(tls::NOTHING_IN_COMMON), _) => Cause::TlsNothingInCommon,
            (Some(tls::NO_RECORD), _) => Cause::TlsNoRecord,
            (Some(errors::SILENCE), _) => Cause::TlsSilence,
            (_, Some("RFC 8446 4")) => Cause::TlsClosed,
            (_, Some("RFC 8446 6.1")) => Cause::TlsTruncated,
            _ => Cause::TlsOther,
        };
    }
    match (found, stage(error)) {
        (Some(errors::NAME_UNKNOWN), _) => Cause::NameUnknown,
        (Some(errors::REFUSED), _) => Cause::TcpRefused,
        (Some(errors::UNREACHABLE), _) => Cause::TcpUnreachable,
        (Some(errors::SILENCE), Stage::Network) => Cause::TcpTimeout,
        (Some(errors::RESET), Stage::Network) => Cause::TcpReset,
        (_, Stage::SessionConnect) => Cause::ClosedInsteadOfAc,
        (_, Stage::Release) => Cause::ClosedWhileReleasing,
        (_, Stage::Open) => Cause::ClosedWhileOpen,
        _ => Cause::Other,
    }
}

/// What the first octets say when they are no TPKT.
fn framing(error: &Error) -> Cause {
    let details = error.details();
    if details.parameter.as_deref() != Some("version") {
        return Cause::BrokenTpkt;
    }
    match details.octets.as_slice() {
        // Handshake, or alert, of TLS: content type, then version 3.x (RFC 8446 5.1).
        [0x15 | 0x16] | [0x15 | 0x16, 0x03, ..] => Cause::PlainToTls,
        octets if octets.starts_with(b"HTTP") => Cause::Http,
        octets if octets.starts_with(b"SSH-") => Cause::Ssh,
        // 220 of FTP and SMTP, "+OK" of POP3, "* OK" of IMAP, or a request in capitals.
        [b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'+' | b'*' | b'<', rest @ ..]
            if rest.iter().all(|octet| matches!(octet, b' '..=b'~' | b'\r' | b'\n' | b'\t')) =>
        {
            Cause::TextProtocol
        }
        _ => Cause::NotTpkt,
    }
}

fn transport(error: &Error) -> Cause {
    let details = error.details();
    let connecting = stage(error) == Stage::TransportConnect;
    match (details.pdu, error.kind()) {
        (Some("DR"), ErrorKind::Transport) => disconnect(details.reason.unwrap_or(u32::MAX)),
        (Some("ER"), ErrorKind::Transport) => Cause::Er,
        (Some("CC"), ErrorKind::Peer) if details.parameter.as_deref() == Some("class") => Cause::CcOtherClass,
        (_, ErrorKind::Peer) => Cause::BadTpdu,
        (_, ErrorKind::TimedOut) => Cause::NoAnswerToCr,
        _ if connecting => Cause::ClosedInsteadOfCc,
        _ => Cause::BrokenTsdu,
    }
}

fn session(error: &Error) -> Cause {
    let details = error.details();
    match (error.kind(), details.pdu, stage(error)) {
        (ErrorKind::TimedOut, _, Stage::SessionConnect) => Cause::NoAnswerToCn,
        (ErrorKind::TimedOut, _, _) if details.state == Some("STA01B") => Cause::NoAnswerToCr,
        (ErrorKind::TimedOut, ..) => Cause::AnswerTimeout,
        (_, Some("RF"), _) => {
            refuse(details.reason.and_then(|reason| reason.try_into().ok()).unwrap_or(u8::MAX))
        }
        (_, Some("CN"), _) if details.reason.is_some() => Cause::RefusedHere,
        (_, Some("AC"), _) => match details.parameter.as_deref() {
            Some(name) if name.ends_with("Version Number") => Cause::AcceptVersion,
            Some(name) if name.ends_with("Session User Requirements") => Cause::AcceptUnits,
            _ => Cause::BadAnswer,
        },
        (_, _, Stage::SessionConnect) => Cause::BadAnswer,
        _ => Cause::PeerViolation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn what_the_system_says_of_the_network() {
        use io::ErrorKind as Kind;
        for (kind, cause) in [
            (Kind::ConnectionRefused, Cause::TcpRefused),
            (Kind::HostUnreachable, Cause::TcpUnreachable),
            (Kind::NetworkUnreachable, Cause::TcpUnreachable),
            (Kind::AddrNotAvailable, Cause::TcpUnreachable),
            (Kind::TimedOut, Cause::TcpTimeout),
            (Kind::ConnectionReset, Cause::TcpReset),
            (Kind::PermissionDenied, Cause::Other),
        ] {
            let found = errors::network(&kind.into(), "connecting to", "192.0.2.1:102");
            assert_eq!(error(&found), cause, "{kind:?}");
            assert_eq!(stage(&found), Stage::Network);
        }
        let lost = errors::network(&Kind::NotFound.into(), errors::LOOKING_UP, "nowhere");
        assert_eq!(error(&lost), Cause::NameUnknown);
        assert_eq!(error(&errors::closed("the session is closed")), Cause::Local);
    }
}
