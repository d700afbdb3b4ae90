//! Causes of failure as numbers: what `switch` wants. The words and the hints are in the table of the facade.
use osisession::diagnosis::Cause;

// By hundreds: network, TLS, TPKT, transport, session while it is made, session afterwards, this side. A new one goes to the end
// of its hundred; no number changes.

/// Nothing is known to have failed.
pub const OSISESSION_CAUSE_NONE: u32 = 0;
/// The name has no address. ("name-unknown")
pub const OSISESSION_CAUSE_NAME_UNKNOWN: u32 = 100;
/// TCP: nobody listens at this port. ("tcp-refused")
pub const OSISESSION_CAUSE_TCP_REFUSED: u32 = 101;
/// TCP: the host or its network cannot be reached. ("tcp-unreachable")
pub const OSISESSION_CAUSE_TCP_UNREACHABLE: u32 = 102;
/// TCP: no answer at all. ("tcp-timeout")
pub const OSISESSION_CAUSE_TCP_TIMEOUT: u32 = 103;
/// TCP: a reset. ("tcp-reset")
pub const OSISESSION_CAUSE_TCP_RESET: u32 = 104;
/// We speak TLS, the peer answers with plain TPKT; or the other way round, seen by a listener with TLS. ("tls-to-plain")
pub const OSISESSION_CAUSE_TLS_TO_PLAIN: u32 = 200;
/// We speak TLS, the connection is closed during the handshake. ("tls-closed")
pub const OSISESSION_CAUSE_TLS_CLOSED: u32 = 201;
/// We speak TLS, and no answer comes during the handshake. ("tls-silence")
pub const OSISESSION_CAUSE_TLS_SILENCE: u32 = 202;
/// The peer sent a TLS alert. ("tls-alert")
pub const OSISESSION_CAUSE_TLS_ALERT: u32 = 203;
/// The peer's certificate is not accepted here. ("tls-certificate")
pub const OSISESSION_CAUSE_TLS_CERTIFICATE: u32 = 204;
/// No common version, suite or group. ("tls-nothing-in-common")
pub const OSISESSION_CAUSE_TLS_NOTHING_IN_COMMON: u32 = 205;
/// What the peer sends during the handshake is no TLS at all. ("tls-no-record")
pub const OSISESSION_CAUSE_TLS_NO_RECORD: u32 = 206;
/// The end of TCP without the end of TLS. ("tls-truncated")
pub const OSISESSION_CAUSE_TLS_TRUNCATED: u32 = 207;
/// TLS failed otherwise. ("tls-other")
pub const OSISESSION_CAUSE_TLS_OTHER: u32 = 208;
/// We speak plain TPKT, the peer TLS. ("plain-to-tls")
pub const OSISESSION_CAUSE_PLAIN_TO_TLS: u32 = 300;
/// The peer speaks HTTP. ("http")
pub const OSISESSION_CAUSE_HTTP: u32 = 301;
/// The peer speaks SSH. ("ssh")
pub const OSISESSION_CAUSE_SSH: u32 = 302;
/// The peer speaks another text protocol. ("text-protocol")
pub const OSISESSION_CAUSE_TEXT_PROTOCOL: u32 = 303;
/// What comes is no TPKT. ("not-tpkt")
pub const OSISESSION_CAUSE_NOT_TPKT: u32 = 304;
/// A TPKT with a length that cannot be, or one that ends or stops in its middle. ("broken-tpkt")
pub const OSISESSION_CAUSE_BROKEN_TPKT: u32 = 305;
/// The peer closed TCP instead of answering the CR. ("closed-instead-of-cc")
pub const OSISESSION_CAUSE_CLOSED_INSTEAD_OF_CC: u32 = 400;
/// No answer to the CR. ("no-answer-to-cr")
pub const OSISESSION_CAUSE_NO_ANSWER_TO_CR: u32 = 401;
/// DR, reason 0: not specified. ("dr-not-specified")
pub const OSISESSION_CAUSE_DR_NOT_SPECIFIED: u32 = 402;
/// DR, reason 1: congestion at the TSAP. ("dr-congestion")
pub const OSISESSION_CAUSE_DR_CONGESTION: u32 = 403;
/// DR, reason 2: session entity not attached to the TSAP. ("dr-not-attached")
pub const OSISESSION_CAUSE_DR_NOT_ATTACHED: u32 = 404;
/// DR, reason 3: address unknown. ("dr-address-unknown")
pub const OSISESSION_CAUSE_DR_ADDRESS_UNKNOWN: u32 = 405;
/// DR, reason 128: normal disconnect by the session entity. ("dr-normal")
pub const OSISESSION_CAUSE_DR_NORMAL: u32 = 406;
/// DR, reason 129: remote transport entity congested. ("dr-remote-congestion")
pub const OSISESSION_CAUSE_DR_REMOTE_CONGESTION: u32 = 407;
/// DR, reason 130: connection negotiation failed. ("dr-negotiation")
pub const OSISESSION_CAUSE_DR_NEGOTIATION: u32 = 408;
/// DR, reason 131: duplicate source reference. ("dr-duplicate-reference")
pub const OSISESSION_CAUSE_DR_DUPLICATE_REFERENCE: u32 = 409;
/// DR, reason 132: mismatched references. ("dr-mismatched-references")
pub const OSISESSION_CAUSE_DR_MISMATCHED_REFERENCES: u32 = 410;
/// DR, reason 133: protocol error. ("dr-protocol-error")
pub const OSISESSION_CAUSE_DR_PROTOCOL_ERROR: u32 = 411;
/// DR, reason 135: reference overflow. ("dr-reference-overflow")
pub const OSISESSION_CAUSE_DR_REFERENCE_OVERFLOW: u32 = 412;
/// DR, reason 136: connection request refused on this network connection. ("dr-refused-here")
pub const OSISESSION_CAUSE_DR_REFUSED_HERE: u32 = 413;
/// DR, reason 138: header or parameter length invalid. ("dr-length")
pub const OSISESSION_CAUSE_DR_LENGTH: u32 = 414;
/// DR with a reason that X.224 does not have. ("dr-reserved")
pub const OSISESSION_CAUSE_DR_RESERVED: u32 = 415;
/// ER: the peer rejects a TPDU. ("er")
pub const OSISESSION_CAUSE_ER: u32 = 416;
/// CC with a class other than 0. ("cc-other-class")
pub const OSISESSION_CAUSE_CC_OTHER_CLASS: u32 = 417;
/// A TPDU that cannot be read or is not allowed here. ("bad-tpdu")
pub const OSISESSION_CAUSE_BAD_TPDU: u32 = 418;
/// The transport connection stopped inside a TSDU. ("broken-tsdu")
pub const OSISESSION_CAUSE_BROKEN_TSDU: u32 = 419;
/// The transport connection ended instead of an answer to the CONNECT. ("closed-instead-of-ac")
pub const OSISESSION_CAUSE_CLOSED_INSTEAD_OF_AC: u32 = 500;
/// No answer to the CONNECT. ("no-answer-to-cn")
pub const OSISESSION_CAUSE_NO_ANSWER_TO_CN: u32 = 501;
/// REFUSE, reason 0: by the called user, not specified. ("refuse-user")
pub const OSISESSION_CAUSE_REFUSE_USER: u32 = 502;
/// REFUSE, reason 1: by the called user, temporary congestion. ("refuse-user-congestion")
pub const OSISESSION_CAUSE_REFUSE_USER_CONGESTION: u32 = 503;
/// REFUSE, reason 2: by the called user, with user data. ("refuse-user-data")
pub const OSISESSION_CAUSE_REFUSE_USER_DATA: u32 = 504;
/// REFUSE, reason 129: session selector unknown. ("refuse-selector")
pub const OSISESSION_CAUSE_REFUSE_SELECTOR: u32 = 505;
/// REFUSE, reason 130: user not attached to the SSAP. ("refuse-not-attached")
pub const OSISESSION_CAUSE_REFUSE_NOT_ATTACHED: u32 = 506;
/// REFUSE, reason 131: congestion of the provider. ("refuse-congestion")
pub const OSISESSION_CAUSE_REFUSE_CONGESTION: u32 = 507;
/// REFUSE, reason 132: versions not supported. ("refuse-versions")
pub const OSISESSION_CAUSE_REFUSE_VERSIONS: u32 = 508;
/// REFUSE, reason 133: by the provider, not specified. ("refuse-provider")
pub const OSISESSION_CAUSE_REFUSE_PROVIDER: u32 = 509;
/// REFUSE, reason 134: restriction of the implementation. ("refuse-restriction")
pub const OSISESSION_CAUSE_REFUSE_RESTRICTION: u32 = 510;
/// REFUSE with a reason that X.225 does not have. ("refuse-reserved")
pub const OSISESSION_CAUSE_REFUSE_RESERVED: u32 = 511;
/// ACCEPT with a version that was not proposed. ("accept-version")
pub const OSISESSION_CAUSE_ACCEPT_VERSION: u32 = 512;
/// ACCEPT with functional units that cannot be. ("accept-units")
pub const OSISESSION_CAUSE_ACCEPT_UNITS: u32 = 513;
/// The answer to the CONNECT cannot be read, or breaks a rule. ("bad-answer")
pub const OSISESSION_CAUSE_BAD_ANSWER: u32 = 514;
/// ABORT from the called user instead of ACCEPT or REFUSE. ("abort-while-connecting")
pub const OSISESSION_CAUSE_ABORT_WHILE_CONNECTING: u32 = 515;
/// ABORT by the peer's user. ("user-abort")
pub const OSISESSION_CAUSE_USER_ABORT: u32 = 600;
/// ABORT by the peer's provider: protocol error. ("provider-abort-protocol")
pub const OSISESSION_CAUSE_PROVIDER_ABORT_PROTOCOL: u32 = 601;
/// ABORT by the peer's provider: restriction of its implementation. ("provider-abort-restriction")
pub const OSISESSION_CAUSE_PROVIDER_ABORT_RESTRICTION: u32 = 602;
/// ABORT by the peer's provider without a reason. ("provider-abort")
pub const OSISESSION_CAUSE_PROVIDER_ABORT: u32 = 603;
/// The peer violated the session protocol, and this side aborted. ("peer-violation")
pub const OSISESSION_CAUSE_PEER_VIOLATION: u32 = 604;
/// The connection ended in the middle of an open session. ("closed-while-open")
pub const OSISESSION_CAUSE_CLOSED_WHILE_OPEN: u32 = 605;
/// The connection ended instead of an answer to the release. ("closed-while-releasing")
pub const OSISESSION_CAUSE_CLOSED_WHILE_RELEASING: u32 = 606;
/// The peer left something unanswered for too long. ("answer-timeout")
pub const OSISESSION_CAUSE_ANSWER_TIMEOUT: u32 = 607;
/// A limit of this side was hit. ("limit")
pub const OSISESSION_CAUSE_LIMIT: u32 = 900;
/// This side refused a caller. ("refused-here")
pub const OSISESSION_CAUSE_REFUSED_HERE: u32 = 901;
/// This side closed, or asked for something that can never be right. ("local")
pub const OSISESSION_CAUSE_LOCAL: u32 = 902;
/// Nothing of the above. ("other")
pub const OSISESSION_CAUSE_OTHER: u32 = 903;

const NUMBERS: &[(Cause, u32)] = &[
    (Cause::NameUnknown, OSISESSION_CAUSE_NAME_UNKNOWN),
    (Cause::TcpRefused, OSISESSION_CAUSE_TCP_REFUSED),
    (Cause::TcpUnreachable, OSISESSION_CAUSE_TCP_UNREACHABLE),
    (Cause::TcpTimeout, OSISESSION_CAUSE_TCP_TIMEOUT),
    (Cause::TcpReset, OSISESSION_CAUSE_TCP_RESET),
    (Cause::TlsToPlain, OSISESSION_CAUSE_TLS_TO_PLAIN),
    (Cause::TlsClosed, OSISESSION_CAUSE_TLS_CLOSED),
    (Cause::TlsSilence, OSISESSION_CAUSE_TLS_SILENCE),
    (Cause::TlsAlert, OSISESSION_CAUSE_TLS_ALERT),
    (Cause::TlsCertificate, OSISESSION_CAUSE_TLS_CERTIFICATE),
    (Cause::TlsNothingInCommon, OSISESSION_CAUSE_TLS_NOTHING_IN_COMMON),
    (Cause::TlsNoRecord, OSISESSION_CAUSE_TLS_NO_RECORD),
    (Cause::TlsTruncated, OSISESSION_CAUSE_TLS_TRUNCATED),
    (Cause::TlsOther, OSISESSION_CAUSE_TLS_OTHER),
    (Cause::PlainToTls, OSISESSION_CAUSE_PLAIN_TO_TLS),
    (Cause::Http, OSISESSION_CAUSE_HTTP),
    (Cause::Ssh, OSISESSION_CAUSE_SSH),
    (Cause::TextProtocol, OSISESSION_CAUSE_TEXT_PROTOCOL),
    (Cause::NotTpkt, OSISESSION_CAUSE_NOT_TPKT),
    (Cause::BrokenTpkt, OSISESSION_CAUSE_BROKEN_TPKT),
    (Cause::ClosedInsteadOfCc, OSISESSION_CAUSE_CLOSED_INSTEAD_OF_CC),
    (Cause::NoAnswerToCr, OSISESSION_CAUSE_NO_ANSWER_TO_CR),
    (Cause::DrNotSpecified, OSISESSION_CAUSE_DR_NOT_SPECIFIED),
    (Cause::DrCongestion, OSISESSION_CAUSE_DR_CONGESTION),
    (Cause::DrNotAttached, OSISESSION_CAUSE_DR_NOT_ATTACHED),
    (Cause::DrAddressUnknown, OSISESSION_CAUSE_DR_ADDRESS_UNKNOWN),
    (Cause::DrNormal, OSISESSION_CAUSE_DR_NORMAL),
    (Cause::DrRemoteCongestion, OSISESSION_CAUSE_DR_REMOTE_CONGESTION),
    (Cause::DrNegotiation, OSISESSION_CAUSE_DR_NEGOTIATION),
    (Cause::DrDuplicateReference, OSISESSION_CAUSE_DR_DUPLICATE_REFERENCE),
    (Cause::DrMismatchedReferences, OSISESSION_CAUSE_DR_MISMATCHED_REFERENCES),
    (Cause::DrProtocolError, OSISESSION_CAUSE_DR_PROTOCOL_ERROR),
    (Cause::DrReferenceOverflow, OSISESSION_CAUSE_DR_REFERENCE_OVERFLOW),
    (Cause::DrRefusedHere, OSISESSION_CAUSE_DR_REFUSED_HERE),
    (Cause::DrLength, OSISESSION_CAUSE_DR_LENGTH),
    (Cause::DrReserved, OSISESSION_CAUSE_DR_RESERVED),
    (Cause::Er, OSISESSION_CAUSE_ER),
    (Cause::CcOtherClass, OSISESSION_CAUSE_CC_OTHER_CLASS),
    (Cause::BadTpdu, OSISESSION_CAUSE_BAD_TPDU),
    (Cause::BrokenTsdu, OSISESSION_CAUSE_BROKEN_TSDU),
    (Cause::ClosedInsteadOfAc, OSISESSION_CAUSE_CLOSED_INSTEAD_OF_AC),
    (Cause::NoAnswerToCn, OSISESSION_CAUSE_NO_ANSWER_TO_CN),
    (Cause::RefuseUser, OSISESSION_CAUSE_REFUSE_USER),
    (Cause::RefuseUserCongestion, OSISESSION_CAUSE_REFUSE_USER_CONGESTION),
    (Cause::RefuseUserData, OSISESSION_CAUSE_REFUSE_USER_DATA),
    (Cause::RefuseSelector, OSISESSION_CAUSE_REFUSE_SELECTOR),
    (Cause::RefuseNotAttached, OSISESSION_CAUSE_REFUSE_NOT_ATTACHED),
    (Cause::RefuseCongestion, OSISESSION_CAUSE_REFUSE_CONGESTION),
    (Cause::RefuseVersions, OSISESSION_CAUSE_REFUSE_VERSIONS),
    (Cause::RefuseProvider, OSISESSION_CAUSE_REFUSE_PROVIDER),
    (Cause::RefuseRestriction, OSISESSION_CAUSE_REFUSE_RESTRICTION),
    (Cause::RefuseReserved, OSISESSION_CAUSE_REFUSE_RESERVED),
    (Cause::AcceptVersion, OSISESSION_CAUSE_ACCEPT_VERSION),
    (Cause::AcceptUnits, OSISESSION_CAUSE_ACCEPT_UNITS),
    (Cause::BadAnswer, OSISESSION_CAUSE_BAD_ANSWER),
    (Cause::AbortWhileConnecting, OSISESSION_CAUSE_ABORT_WHILE_CONNECTING),
    (Cause::UserAbort, OSISESSION_CAUSE_USER_ABORT),
    (Cause::ProviderAbortProtocol, OSISESSION_CAUSE_PROVIDER_ABORT_PROTOCOL),
    (Cause::ProviderAbortRestriction, OSISESSION_CAUSE_PROVIDER_ABORT_RESTRICTION),
    (Cause::ProviderAbort, OSISESSION_CAUSE_PROVIDER_ABORT),
    (Cause::PeerViolation, OSISESSION_CAUSE_PEER_VIOLATION),
    (Cause::ClosedWhileOpen, OSISESSION_CAUSE_CLOSED_WHILE_OPEN),
    (Cause::ClosedWhileReleasing, OSISESSION_CAUSE_CLOSED_WHILE_RELEASING),
    (Cause::AnswerTimeout, OSISESSION_CAUSE_ANSWER_TIMEOUT),
    (Cause::Limit, OSISESSION_CAUSE_LIMIT),
    (Cause::RefusedHere, OSISESSION_CAUSE_REFUSED_HERE),
    (Cause::Local, OSISESSION_CAUSE_LOCAL),
    (Cause::Other, OSISESSION_CAUSE_OTHER),
];

/// The number of a cause. One that is younger than this list, which the test does not let pass, is "other".
pub(crate) fn number(cause: Cause) -> u32 {
    NUMBERS.iter().find(|(known, _)| *known == cause).map_or(OSISESSION_CAUSE_OTHER, |(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_cause_has_a_number_of_its_own_named_by_its_word() {
        let source = include_str!("cause.rs");
        let mut numbers = BTreeSet::new();
        for cause in Cause::ALL {
            let number = number(*cause);
            assert!(number != OSISESSION_CAUSE_NONE && numbers.insert(number), "{cause:?}");
            let name = cause.word().to_uppercase().replace('-', "_");
            assert!(
                source.contains(&format!("pub const OSISESSION_CAUSE_{name}: u32 = {number};")),
                "{cause:?}"
            );
        }
        assert_eq!(NUMBERS.len(), Cause::ALL.len());
    }
}
