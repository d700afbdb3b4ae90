//! The table of causes: what the peer probably wants, and what to try.

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $word:literal $layer:ident $wants:literal [$($try:literal),* $(,)?])*) => {
        /// Why there is no session, or no longer one. Each has a row in the table of hints.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Cause {
            $($(#[$doc])* $name,)*
        }

        impl Cause {
            /// All of them.
            pub const ALL: &[Cause] = &[$(Cause::$name),*];

            /// A word for programs, which stays as it is: `tcp-refused`.
            pub const fn word(self) -> &'static str {
                match self { $(Cause::$name => $word,)* }
            }

            /// The layer in which it lies.
            pub const fn layer(self) -> Layer {
                match self { $(Cause::$name => Layer::$layer,)* }
            }

            /// What the peer probably wants; empty where that is not the question.
            pub const fn wants(self) -> &'static str {
                match self { $(Cause::$name => $wants,)* }
            }

            /// What to try, the most promising first.
            pub const fn tries(self) -> &'static [&'static str] {
                match self { $(Cause::$name => &[$($try),*],)* }
            }
        }
    };
}

use osisession_proto::Layer;

causes! {
    // The network.

    /// The name has no address.
    NameUnknown "name-unknown" Network
        "" ["check the spelling of the host name", "use the numeric address"]
    /// TCP: nobody listens at this port.
    TcpRefused "tcp-refused" Network
        "nothing listens at this port, or a firewall answers for the host"
        ["check the port: 102 is ISO transport over TCP, 3782 is the same with TLS",
         "check that the server runs, and at which address it listens",
         "check the firewall of the server"]
    /// TCP: the host or its network cannot be reached.
    TcpUnreachable "tcp-unreachable" Network
        "a router or this system says that there is no way to the host"
        ["check the address, the route and the network mask", "check that the device is on and connected"]
    /// TCP: no answer at all.
    TcpTimeout "tcp-timeout" Network
        "a firewall may drop what is sent to this port, or no such host is there"
        ["check the address and that the device answers to a ping of ICMP",
         "look for a firewall between the two that drops packets",
         "some devices take a few connections only: close others and try again"]
    /// TCP: a reset.
    TcpReset "tcp-reset" Network
        "the peer, or something between the two, ended the connection at once"
        ["look into the log of the peer: its program may have crashed or closed with octets unread",
         "look for a list of addresses that the peer admits",
         "some devices take a few connections only: close others and try again"]

    // TLS.

    /// We speak TLS, the peer answers with plain TPKT; or the other way round, seen by a listener with TLS.
    TlsToPlain "tls-to-plain" Network
        "the other side speaks plain TPKT at this port (RFC 1006), without TLS"
        ["leave out TLS", "use the port for TLS, usually 3782"]
    /// We speak TLS, the connection is closed during the handshake.
    TlsClosed "tls-closed" Network
        "a peer that does not know TLS often closes when it sees a ClientHello; one that does may dislike our certificate"
        ["try without TLS", "use the port for TLS, usually 3782", "look into the log of the peer: does it want a certificate of ours?"]
    /// We speak TLS, and no answer comes during the handshake.
    TlsSilence "tls-silence" Network
        "a peer without TLS may be waiting for the rest of what it takes for a TPKT"
        ["try without TLS", "use the port for TLS, usually 3782"]
    /// The peer sent a TLS alert.
    TlsAlert "tls-alert" Network
        "the alert names what it dislikes: usually our certificate, or the version of TLS"
        ["check that the peer trusts the authority of our certificate, and the date of both systems",
         "check the versions of TLS and the cipher suites of both"]
    /// The peer's certificate is not accepted here.
    TlsCertificate "tls-certificate" Network
        "it shows a certificate that our configuration does not trust"
        ["add the authority of the peer's certificate to the trust anchors", "check names, dates and revocation lists"]
    /// No common version, suite or group.
    TlsNothingInCommon "tls-nothing-in-common" Network
        "it supports other versions of TLS or other cipher suites" ["allow TLS 1.2 as well as TLS 1.3 on both sides"]
    /// What the peer sends during the handshake is no TLS at all.
    TlsNoRecord "tls-no-record" Network
        "another protocol is spoken at this port" ["check the port", "try without TLS"]
    /// The end of TCP without the end of TLS.
    TlsTruncated "tls-truncated" Network
        "the peer, or an attacker, cut the connection without close_notify"
        ["look into the log of the peer: its program may have ended", "tell the vendor: TLS asks for close_notify (RFC 8446 6.1)"]
    /// TLS failed otherwise.
    TlsOther "tls-other" Network "" ["look at the sentence above", "record the connection and look at it with another tool"]
    /// We speak plain TPKT, the peer TLS.
    PlainToTls "plain-to-tls" Tpkt
        "it wants TLS at this port" ["connect with TLS", "use the port for plain TPKT, usually 102"]

    // TPKT.

    /// The peer speaks HTTP.
    Http "http" Tpkt "it is a web server" ["check the port: 102 is ISO transport over TCP", "look for the device's own setting of its MMS, ICCP or X.400 port"]
    /// The peer speaks SSH.
    Ssh "ssh" Tpkt "it is an SSH server" ["check the port: 102 is ISO transport over TCP"]
    /// The peer speaks another text protocol.
    TextProtocol "text-protocol" Tpkt "it speaks a protocol of text lines, such as FTP or SMTP" ["check the port: 102 is ISO transport over TCP"]
    /// What comes is no TPKT.
    NotTpkt "not-tpkt" Tpkt
        "another protocol is spoken at this port" ["check the port: 102 is ISO transport over TCP", "look for a gateway or proxy between the two"]
    /// A TPKT with a length that cannot be, or one that ends or stops in its middle.
    BrokenTpkt "broken-tpkt" Tpkt
        "its framing is out of step, or its program ended in the middle of a packet"
        ["record the connection and look at the last packets with 'osisession decode --tpdu'", "tell the vendor"]

    // COTP, while connecting.

    /// The peer closed TCP instead of answering the CR.
    ClosedInsteadOfCc "closed-instead-of-cc" Transport
        "it may not know the T-selectors, may want TLS at this port, may admit other addresses only, or has all its connections in use"
        ["set the called T-selector that the peer is configured with (often 0001 hex, or none)",
         "set a calling T-selector: some check it", "try with TLS: some ports that want it close at once",
         "look for a list of addresses that the peer admits",
         "close other connections to it and try again"]
    /// No answer to the CR.
    NoAnswerToCr "no-answer-to-cr" Transport
        "TCP is up, but nothing answers the CR: a wrong port, a stuck program, or a T-selector that is silently ignored"
        ["set the called T-selector that the peer is configured with", "check the port: another protocol may wait there for something else",
         "raise the connect timeout if the device is slow"]
    /// DR, reason 0: not specified.
    DrNotSpecified "dr-not-specified" Transport
        "it refuses without saying why: often an unknown T-selector, or no connection left"
        ["set the T-selectors that the peer is configured with", "close other connections to it and try again"]
    /// DR, reason 1: congestion at the TSAP.
    DrCongestion "dr-congestion" Transport
        "it has no room for another connection now" ["close other connections to it", "try again later"]
    /// DR, reason 2: session entity not attached to the TSAP.
    DrNotAttached "dr-not-attached" Transport
        "it knows the T-selector, but the program behind it does not run"
        ["start the application on the peer", "check the called T-selector: another one may be served"]
    /// DR, reason 3: address unknown.
    DrAddressUnknown "dr-address-unknown" Transport
        "another called T-selector" ["set the called T-selector that the peer is configured with (in its SCL file: OSI-TSEL)",
         "try 0001 hex, 0000 hex and none: these are common"]
    /// DR, reason 128: normal disconnect by the session entity.
    DrNormal "dr-normal" Transport
        "its session layer wanted the end: it may have found something it dislikes" ["look at the last SPDU before it", "look into the log of the peer"]
    /// DR, reason 129: remote transport entity congested.
    DrRemoteCongestion "dr-remote-congestion" Transport
        "it has no room for another connection now" ["close other connections to it", "try again later"]
    /// DR, reason 130: connection negotiation failed.
    DrNegotiation "dr-negotiation" Transport
        "a transport class other than 0, or a parameter of the CR that it cannot take"
        ["propose a smaller TPDU size: 1024, or 512", "check that the peer supports class 0 over TCP (RFC 1006)"]
    /// DR, reason 131: duplicate source reference.
    DrDuplicateReference "dr-duplicate-reference" Transport
        "it believes that this connection exists already" ["wait until it has forgotten the old connection, then try again"]
    /// DR, reason 132: mismatched references.
    DrMismatchedReferences "dr-mismatched-references" Transport
        "a reference in the CR or CC is not what it remembers" ["try again on a new connection", "record the connection and compare the references"]
    /// DR, reason 133: protocol error.
    DrProtocolError "dr-protocol-error" Transport
        "it takes something that was sent for a violation of X.224"
        ["propose a smaller TPDU size: 1024", "look at the last TPDU that was sent", "tell the vendor, with a capture"]
    /// DR, reason 135: reference overflow.
    DrReferenceOverflow "dr-reference-overflow" Transport
        "it has no reference left for another connection" ["close other connections to it", "restart the peer"]
    /// DR, reason 136: connection request refused on this network connection.
    DrRefusedHere "dr-refused-here" Transport
        "it does not take calls from this address" ["look for a list of addresses that the peer admits"]
    /// DR, reason 138: header or parameter length invalid.
    DrLength "dr-length" Transport
        "it cannot take the length of a parameter, usually of a T-selector"
        ["use T-selectors of the length that the peer is configured with (often 2 octets)", "propose a smaller TPDU size: 1024"]
    /// DR with a reason that X.224 does not have.
    DrReserved "dr-reserved" Transport
        "the reason code is none of X.224 13.5.3: the vendor's own" ["ask the vendor what this reason means", "set the T-selectors that the peer is configured with"]
    /// ER: the peer rejects a TPDU.
    Er "er" Transport
        "it cannot read a TPDU that was sent; parameter C1 of the ER shows how far it came"
        ["propose a TPDU size of 8192 or less", "leave out the T-selectors, or set those of the peer", "tell the vendor, with a capture"]
    /// CC with a class other than 0.
    CcOtherClass "cc-other-class" Transport
        "a transport class that was not proposed; over TCP there is class 0 (RFC 1006) alone"
        ["look in the peer's configuration for the transport class, and set 0", "this may be no RFC 1006 server: check the port"]
    /// A TPDU that cannot be read or is not allowed here.
    BadTpdu "bad-tpdu" Transport
        "its transport protocol differs from X.224" ["leave out 'strict' if it is set", "record the connection and look at it with 'osisession decode --tpdu'", "tell the vendor"]
    /// The transport connection stopped inside a TSDU.
    BrokenTsdu "broken-tsdu" Transport
        "its program ended or waits inside a TSDU" ["look into the log of the peer", "raise the limit tsdu_timeout if the network is slow"]

    // The session, while connecting.

    /// The transport connection ended instead of an answer to the CONNECT.
    ClosedInsteadOfAc "closed-instead-of-ac" Session
        "it dislikes the CONNECT but sends no REFUSE: versions, selectors, or user data (presentation, ACSE) that it cannot read"
        ["propose version 2 alone: libiec61850 closes when versions 1 and 2 are proposed", "propose duplex alone",
         "set the session selectors that the peer is configured with (often 0001 hex)",
         "send the presentation and ACSE octets that the application expects as user data"]
    /// No answer to the CONNECT.
    NoAnswerToCn "no-answer-to-cn" Session
        "its transport layer answers, its session layer or application does not"
        ["check the session selectors", "send the user data that the application expects: some wait for it for ever",
         "raise the connect timeout if the device is slow"]
    /// REFUSE, reason 0: by the called user, not specified.
    RefuseUser "refuse-user" Session
        "the application refuses and does not say why" ["check the user data: titles, selectors and authentication of ACSE", "look into the log of the peer"]
    /// REFUSE, reason 1: by the called user, temporary congestion.
    RefuseUserCongestion "refuse-user-congestion" Session
        "the application has no room now" ["close other associations to it", "try again later"]
    /// REFUSE, reason 2: by the called user, with user data.
    RefuseUserData "refuse-user-data" Session
        "the user data of the REFUSE says it: usually an AARE of ACSE, or a CPR of presentation"
        ["decode the user data of the REFUSE", "propose the functional units that it would have required"]
    /// REFUSE, reason 129: session selector unknown.
    RefuseSelector "refuse-selector" Session
        "another called session selector" ["set the called session selector that the peer is configured with (in its SCL file: OSI-SSEL)", "try 0001 hex and none: these are common"]
    /// REFUSE, reason 130: user not attached to the SSAP.
    RefuseNotAttached "refuse-not-attached" Session
        "it knows the selector, but the application behind it does not run" ["start the application on the peer"]
    /// REFUSE, reason 131: congestion of the provider.
    RefuseCongestion "refuse-congestion" Session
        "its session layer has no room for another connection" ["close other sessions to it", "try again later"]
    /// REFUSE, reason 132: versions not supported.
    RefuseVersions "refuse-versions" Session
        "another protocol version" ["propose the version that the REFUSE names, or version 1 as well as version 2"]
    /// REFUSE, reason 133: by the provider, not specified.
    RefuseProvider "refuse-provider" Session
        "its session layer cannot read the CONNECT, or cannot do what it proposes"
        ["propose duplex alone, without other functional units", "propose one version alone", "leave out references and TSDU sizes"]
    /// REFUSE, reason 134: restriction of the implementation.
    RefuseRestriction "refuse-restriction" Session
        "it cannot do what was proposed; its PICS says what it can"
        ["propose duplex alone, without other functional units", "shorten the user data to 512 octets"]
    /// REFUSE with a reason that X.225 does not have.
    RefuseReserved "refuse-reserved" Session
        "the reason code is none of X.225 8.3.5: the vendor's own" ["ask the vendor what this reason means"]
    /// ACCEPT with a version that was not proposed.
    AcceptVersion "accept-version" Session
        "it selects a version that was not proposed" ["propose both versions, or the one that it selects"]
    /// ACCEPT with functional units that cannot be.
    AcceptUnits "accept-units" Session
        "it answers with its own functional units without a look at the proposal, or repeats the proposal"
        ["propose exactly one of half-duplex and duplex", "propose what the ACCEPT names", "leave out 'strict' if it is set"]
    /// The answer to the CONNECT cannot be read, or breaks a rule.
    BadAnswer "bad-answer" Session
        "its session layer differs from X.225 in the place that is named" ["leave out 'strict' if it is set", "tell the vendor, with the octets above"]
    /// ABORT from the called user instead of ACCEPT or REFUSE.
    AbortWhileConnecting "abort-while-connecting" Session
        "the application dislikes the CONNECT, usually its user data"
        ["decode the user data of the ABORT: an ABRT of ACSE or an ARU of presentation", "check presentation contexts, titles and authentication"]

    // After the session is there.

    /// ABORT by the peer's user.
    UserAbort "user-abort" Session
        "the application on the peer wanted the end at once" ["decode the user data of the ABORT", "look into the log of the peer"]
    /// ABORT by the peer's provider: protocol error.
    ProviderAbortProtocol "provider-abort-protocol" Session
        "it takes the last SPDU that was sent for a violation of X.225"
        ["look at the last SPDU that was sent, and at Reflect Parameter Values", "use only functional units that were selected", "keep user data to 512 octets outside of S-DATA, as version 1 has it"]
    /// ABORT by the peer's provider: restriction of its implementation.
    ProviderAbortRestriction "provider-abort-restriction" Session
        "the last thing that was asked is beyond what it can do" ["send shorter user data", "ask for less at once"]
    /// ABORT by the peer's provider without a reason.
    ProviderAbort "provider-abort" Session
        "it does not say" ["look at the last SPDU that was sent", "look into the log of the peer"]
    /// The peer violated the session protocol, and this side aborted.
    PeerViolation "peer-violation" Session
        "its session layer differs from X.225 in the place that is named" ["leave out 'strict' if it is set", "tell the vendor, with the octets above"]
    /// The connection ended in the middle of an open session.
    ClosedWhileOpen "closed-while-open" Session
        "it left without S-RELEASE or S-U-ABORT: its program ended, a timer of inactivity ran out, or a box between cut an idle connection"
        ["send something from time to time, or shorten the TCP keepalive", "look into the log of the peer"]
    /// The connection ended instead of an answer to the release.
    ClosedWhileReleasing "closed-while-releasing" Session
        "it takes a close of TCP for an answer to FINISH; nothing that was sent before is known to have arrived"
        ["send S-U-ABORT instead of S-RELEASE if the answer does not matter", "tell the vendor: FINISH is answered by DISCONNECT (X.225 7.7)"]
    /// The peer left something unanswered for too long.
    AnswerTimeout "answer-timeout" Session
        "its application does not answer" ["raise the limit answer_timeout", "look into the log of the peer"]

    // This side.

    /// A limit of this side was hit.
    Limit "limit" Api "" ["raise the limit that is named, if the peer is trusted"]
    /// This side refused a caller.
    RefusedHere "refused-here" Session
        "the caller wants something that this listener does not offer; see the sentence above"
        ["set up a listener with the selectors and versions that the caller uses", "correct the configuration of the caller"]
    /// This side closed, or asked for something that can never be right.
    Local "local" Api "" ["look at the sentence above: this program is at fault, not the peer"]
    /// Nothing of the above.
    Other "other" Api "" ["record the connection and look at it with 'osisession decode --tpdu'"]
}
