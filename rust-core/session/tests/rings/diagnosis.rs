//! Every row of the table of causes, each by a peer that does it.
use crate::support::*;
use osisession::diagnosis::Stage;
use osisession::*;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// ACCEPT of version 2 with duplex.
const AC: &[u8] = b"\x0e\x10\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02\x34\x02\x00\x01";
const GARBAGE: &[u8] = b"\xff\xfe\x00\x01\x02\x03";

/// What a scripted peer does.
#[derive(Clone, Copy, Debug)]
enum Do {
    /// Takes a TPKT.
    Take,
    /// Sends octets as they are.
    Say(&'static [u8]),
    /// Sends a TPDU in a TPKT.
    Tpdu(&'static [u8]),
    /// Sends a TSDU in a DT.
    Tsdu(&'static [u8]),
    /// Answers the CR.
    Cc,
    /// Closes at once, with a reset.
    Reset,
    /// Closes the sending direction.
    Close,
    /// Waits until the other side closes.
    Stay,
}
use Do::*;

fn packet(tpdu: &[u8]) -> Vec<u8> {
    let mut octets = vec![3, 0, 0, 4 + tpdu.len() as u8];
    octets.extend_from_slice(tpdu);
    octets
}

fn take(stream: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; 4];
    stream.read_exact(&mut header).expect("a TPKT");
    let mut rest = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]])) - 4];
    stream.read_exact(&mut rest).expect("a whole TPKT");
    rest
}

fn play(mut stream: TcpStream, script: &[Do]) {
    stream.set_read_timeout(LONG).expect("set");
    let mut taken = Vec::new();
    for step in script {
        // The other side may have enough before the script ends.
        let _ = match step {
            Take => {
                taken = take(&mut stream);
                Ok(())
            }
            Say(octets) => stream.write_all(octets),
            Tpdu(tpdu) => stream.write_all(&packet(tpdu)),
            Tsdu(tsdu) => stream.write_all(&packet(&[&[2, 0xf0, 0x80][..], tsdu].concat())),
            Cc => stream.write_all(&packet(&[6, 0xd0, taken[4], taken[5], 0, 1, 0])),
            Reset => {
                // SO_LINGER of zero: the close is a reset.
                socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))
            }
            Close => stream.shutdown(std::net::Shutdown::Write),
            Stay => stream.read_to_end(&mut Vec::new()).map(drop),
        };
    }
}

fn short() -> SessionConfig {
    let mut config = SessionConfig::default();
    config.limits.connect_timeout = Duration::from_millis(400);
    config.limits.answer_timeout = Duration::from_millis(400);
    config
}

fn patient() -> SessionConfig {
    SessionConfig::default()
}

/// Calls a peer that follows the script; the report, with what passed.
fn diagnose(config: SessionConfig, script: &[Do], release: bool) -> Diagnosis {
    let socket = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = socket.local_addr().expect("bound");
    std::thread::scope(|scope| {
        scope.spawn(move || play(socket.accept().expect("a caller").0, script));
        call(&address.to_string(), config, release)
    })
}

fn call(address: &str, config: SessionConfig, release: bool) -> Diagnosis {
    let witness = Witness::new();
    let mut settings = EndpointConfig::default();
    settings.tap = Some(witness.tap());
    let endpoint = Endpoint::new(settings).expect("an endpoint");
    let session = connect_to(&endpoint, address, config);
    let outcome = session.wait_outcome(LONG).expect("an outcome");
    let report = Diagnosis::of_outcome(&outcome).unwrap_or_else(|| {
        if release {
            session.release_request("").expect("sent");
        }
        loop {
            let event = session.next_event(LONG).expect("an event");
            if let Some(report) = Diagnosis::of_event(&event) {
                return report;
            }
        }
    });
    report.with_packets(&witness, session.id()).with_history(session.history())
}

const TCP: Stage = Stage::Network;
const CR: Stage = Stage::TransportConnect;
const CN: Stage = Stage::SessionConnect;
const UP: Stage = Stage::Open;

const fn dr(reason: u8) -> [u8; 7] {
    [6, 0x80, 0, 1, 0, 0, reason]
}
const fn rf(reason: u8) -> [u8; 8] {
    [12, 6, 17, 1, 1, 50, 1, reason]
}
const fn ab(flags: u8) -> [u8; 5] {
    [25, 3, 17, 1, flags]
}

/// A peer that answers the CR so.
macro_rules! answers_cr {
    ($cause:ident, $stage:ident, $($step:expr),*) => { (Cause::$cause, $stage, &[Take, $($step),*] as &[Do]) };
}
/// A peer that answers the CN so.
macro_rules! answers_cn {
    ($cause:ident, $stage:ident, $($step:expr),*) => { (Cause::$cause, $stage, &[Take, Cc, Take, $($step),*] as &[Do]) };
}

/// What each peer does, and what is said about it.
const ROWS: &[(Cause, Stage, &[Do])] = &[
    answers_cr!(TcpReset, TCP, Reset),
    answers_cr!(PlainToTls, CR, Say(b"\x15\x03\x01\x00\x02\x02\x0a"), Stay),
    answers_cr!(PlainToTls, CR, Say(b"\x16\x03\x01\x00\x02\x02\x0a"), Stay),
    answers_cr!(Http, CR, Say(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"), Close, Stay),
    answers_cr!(Ssh, CR, Say(b"SSH-2.0-OpenSSH_9.2\r\n"), Stay),
    answers_cr!(TextProtocol, CR, Say(b"220 ftp.example ready\r\n"), Stay),
    answers_cr!(NotTpkt, CR, Say(GARBAGE), Stay),
    answers_cr!(BrokenTpkt, CR, Say(b"\x03\x00\x00\x05\x00"), Stay),
    answers_cr!(BrokenTpkt, CR, Say(b"\x03\x00\x00\x0b\x06"), Close, Stay),
    answers_cr!(ClosedInsteadOfCc, CR, Close, Stay),
    answers_cr!(DrNotSpecified, CR, Tpdu(&dr(0)), Stay),
    answers_cr!(DrCongestion, CR, Tpdu(&dr(1)), Stay),
    answers_cr!(DrNotAttached, CR, Tpdu(&dr(2)), Stay),
    answers_cr!(DrAddressUnknown, CR, Tpdu(&dr(3)), Stay),
    answers_cr!(DrNormal, CR, Tpdu(&dr(128)), Stay),
    answers_cr!(DrRemoteCongestion, CR, Tpdu(&dr(129)), Stay),
    answers_cr!(DrNegotiation, CR, Tpdu(&dr(130)), Stay),
    answers_cr!(DrDuplicateReference, CR, Tpdu(&dr(131)), Stay),
    answers_cr!(DrMismatchedReferences, CR, Tpdu(&dr(132)), Stay),
    answers_cr!(DrProtocolError, CR, Tpdu(&dr(133)), Stay),
    answers_cr!(DrReferenceOverflow, CR, Tpdu(&dr(135)), Stay),
    answers_cr!(DrRefusedHere, CR, Tpdu(&dr(136)), Stay),
    answers_cr!(DrLength, CR, Tpdu(&dr(138)), Stay),
    answers_cr!(DrReserved, CR, Tpdu(&dr(134)), Stay),
    answers_cr!(DrReserved, CR, Tpdu(&dr(77)), Stay),
    answers_cr!(Er, CR, Tpdu(&[4, 0x70, 0, 1, 3]), Stay),
    answers_cr!(CcOtherClass, CR, Tpdu(&[6, 0xd0, 0, 1, 0, 1, 0x40]), Stay),
    answers_cr!(BadTpdu, CR, Tpdu(&[6, 0xe0, 0, 0, 0, 1, 0]), Stay),
    answers_cr!(BadTpdu, CR, Tpdu(&[9, 9, 9, 9]), Stay),
    answers_cn!(ClosedInsteadOfAc, CN, Close, Stay),
    answers_cn!(ClosedInsteadOfAc, CN, Reset),
    answers_cn!(DrNormal, CN, Tpdu(&dr(128)), Stay),
    answers_cn!(BrokenTsdu, CN, Tpdu(&[2, 0xf0, 0, 14]), Close, Stay),
    answers_cn!(RefuseUser, CN, Tsdu(&rf(0)), Stay),
    answers_cn!(RefuseUserCongestion, CN, Tsdu(&rf(1)), Stay),
    answers_cn!(RefuseUserData, CN, Tsdu(&[12, 13, 17, 1, 1, 20, 2, 0, 1, 50, 4, 2, b'w', b'h', b'y']), Stay),
    answers_cn!(RefuseSelector, CN, Tsdu(&rf(129)), Stay),
    answers_cn!(RefuseNotAttached, CN, Tsdu(&rf(130)), Stay),
    answers_cn!(RefuseCongestion, CN, Tsdu(&rf(131)), Stay),
    answers_cn!(RefuseVersions, CN, Tsdu(&[12, 9, 17, 1, 1, 22, 1, 1, 50, 1, 132]), Stay),
    answers_cn!(RefuseProvider, CN, Tsdu(&rf(133)), Stay),
    answers_cn!(RefuseRestriction, CN, Tsdu(&rf(134)), Stay),
    answers_cn!(RefuseReserved, CN, Tsdu(&rf(200)), Stay),
    answers_cn!(AcceptUnits, CN, Tsdu(b"\x0e\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x01"), Stay),
    answers_cn!(BadAnswer, CN, Tsdu(b"\x0e\x20\x05"), Stay),
    answers_cn!(BadAnswer, CN, Tsdu(b"\x01\x00\x01\x00too early"), Stay),
    answers_cn!(AbortWhileConnecting, CN, Tsdu(&ab(3)), Stay),
    answers_cn!(ProviderAbortProtocol, CN, Tsdu(&ab(5)), Stay),
    answers_cn!(UserAbort, UP, Tsdu(AC), Tsdu(&ab(3)), Stay),
    answers_cn!(ProviderAbortProtocol, UP, Tsdu(AC), Tsdu(&ab(5)), Stay),
    answers_cn!(ProviderAbortRestriction, UP, Tsdu(AC), Tsdu(&ab(17)), Stay),
    answers_cn!(ProviderAbort, UP, Tsdu(AC), Tsdu(&ab(9)), Stay),
    answers_cn!(PeerViolation, UP, Tsdu(AC), Tsdu(AC), Stay),
    answers_cn!(PeerViolation, UP, Tsdu(AC), Tsdu(GARBAGE), Stay),
    answers_cn!(ClosedWhileOpen, UP, Tsdu(AC), Close, Stay),
    answers_cn!(ClosedWhileOpen, UP, Tsdu(AC), Reset),
    answers_cn!(DrNormal, UP, Tsdu(AC), Tpdu(&dr(128)), Stay),
    answers_cn!(BrokenTpkt, UP, Tsdu(AC), Say(b"\x03\x00\x10\x00\x02\xf0"), Close, Stay),
];

/// Peers that keep silent.
const SILENT: &[(Cause, Stage, &[Do])] =
    &[answers_cr!(NoAnswerToCr, CR, Stay), answers_cn!(NoAnswerToCn, CN, Stay)];

/// A peer that stops inside a header.
const HALF: &[(Cause, Stage, &[Do])] = &[answers_cr!(BrokenTpkt, CR, Say(b"\x03\x00"), Stay)];

#[test]
fn each_peer_has_its_row() {
    let mut half = patient();
    half.limits.tpkt_header_timeout = Duration::from_millis(100);
    for (rows, config) in [(ROWS, patient()), (SILENT, short()), (HALF, half)] {
        for (cause, stage, script) in rows {
            let report = diagnose(config.clone(), script, false);
            assert_eq!(
                (report.cause, report.stage),
                (*cause, *stage),
                "{script:?}: {report} {:?}",
                report.error
            );
            let text = report.to_string();
            assert!(text.contains(cause.word()), "{text}");
            assert!(report.sent.iter().any(|packet| packet.describe().starts_with("CR ")), "{text}");
            assert!(text.contains("\n  try "), "{text}");
            // What came is shown as it came, all but what stopped before its end.
            let came = script.iter().rev().find_map(|step| match step {
                Say(octets) | Tpdu(octets) | Tsdu(octets) => Some(*octets),
                _ => None,
            });
            if let Some(octets) = came {
                let last =
                    report.received.last().unwrap_or_else(|| panic!("{script:?}: nothing came: {text}"));
                assert!(last.octets.ends_with(octets), "{script:?}: {text}");
            }
            assert!(!report.history.is_empty());
        }
    }
}

#[test]
fn the_report_says_where_the_fault_is() {
    let report = diagnose(patient(), &[Take, Say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Stay], false);
    assert_eq!(
        report.to_string(),
        "TPKT version is not 3 (this looks like a text protocol): expected 03 hex, found 48 hex\n  \
         layer    tpkt, while the transport connection was made (CR, CC) [http]\n  \
         sent     CR (Connection Request) src 0002 class 0, TPDU size 2048, preferred TPDU size 65408\n           \
         03 00 00 12 0d e0 00 00 00 02 00 c0 01 0b f0 02 01 ff\n  \
         came     28 octets that are no TPKT\n           \
         48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64 20 52 65 71 75 65 73 74 0d 0a 0d 0a\n  \
         octet    0 (counted from 0)\n  \
         clause   RFC 1006 6\n  \
         peer     probably: it is a web server\n  \
         try      check the port: 102 is ISO transport over TCP\n           \
         look for the device's own setting of its MMS, ICCP or X.400 port\n"
    );
    assert!(report.is_violation());

    let report = diagnose(
        patient(),
        &[Take, Cc, Take, Tsdu(b"\x0e\x0c\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x01"), Stay],
        false,
    );
    assert_eq!((report.layer, report.pdu), (Layer::Session, Some("AC")));
    assert!(report.clause.is_some(), "{report}");
    assert!(report.sent.iter().any(|packet| packet.describe().starts_with("DT with CN")), "{report}");
    assert!(report.received.last().expect("AC").describe().starts_with("DT with AC"), "{report}");

    let report =
        diagnose(patient(), &[Take, Cc, Take, Tsdu(&[12, 9, 17, 1, 1, 22, 1, 1, 50, 1, 132]), Stay], false);
    assert!(report.wants.ends_with("it implements version 1"), "{report}");
    assert!(!report.is_violation(), "to refuse is no violation");
}

#[test]
fn a_version_that_was_not_proposed() {
    // The CN proposes version 1 alone, the AC selects version 2.
    let socket = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = socket.local_addr().expect("bound").to_string();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            play(socket.accept().expect("a caller").0, &[Take, Cc, Take, Tsdu(AC), Stay]);
        });
        let endpoint = endpoint();
        let request = ConnectRequest { versions: Versions::V1, ..ConnectRequest::default() };
        let session = endpoint.connect(&address, request, patient()).expect("an attempt");
        let report =
            Diagnosis::of_outcome(&session.wait_outcome(LONG).expect("an outcome")).expect("a report");
        assert_eq!((report.cause, report.stage), (Cause::AcceptVersion, Stage::SessionConnect), "{report}");
        assert!(report.sent.is_empty(), "nobody looked");
    });
}

#[test]
fn the_end_of_a_release() {
    // Else it is forgiven: the session counts as released.
    let mut strict = patient();
    strict.strict = true;
    let closed = diagnose(strict, &[Take, Cc, Take, Tsdu(AC), Take, Close, Stay], true);
    assert_eq!((closed.cause, closed.stage), (Cause::ClosedWhileReleasing, Stage::Release), "{closed}");
    let silent = diagnose(short(), &[Take, Cc, Take, Tsdu(AC), Take, Stay], true);
    assert_eq!((silent.cause, silent.stage), (Cause::AnswerTimeout, Stage::Release), "{silent}");
}

#[test]
fn below_the_transport() {
    let address = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("bound").to_string();
    let report = call(&address, patient(), false);
    assert_eq!((report.cause, report.stage), (Cause::TcpRefused, Stage::Network), "{report}");
    assert!(report.sent.is_empty() && report.octet.is_none());
    let report = call("memory:nobody", patient(), false);
    assert_eq!(report.cause, Cause::TcpRefused, "{report}");
    let report = call("no-such-host.invalid:102", patient(), false);
    assert_eq!((report.cause, report.stage), (Cause::NameUnknown, Stage::Network), "{report}");
    // An address that no socket of this system may call.
    let report = call("255.255.255.255:102", patient(), false);
    assert_eq!((report.cause, report.stage), (Cause::TcpUnreachable, Stage::Network), "{report}");
}

/// A listener whose queue is full does not answer: Linux drops the SYN.
#[cfg(target_os = "linux")]
#[test]
fn no_answer_to_the_tcp_connect() {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    let any: SocketAddr = ([127, 0, 0, 1], 0).into();
    socket.bind(&any.into()).expect("bound");
    socket.listen(0).expect("listening");
    let address = socket.local_addr().expect("bound").as_socket().expect("IP");
    let in_the_way: Vec<_> =
        (0..4).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100))).collect();
    assert!(in_the_way.iter().any(|call| call.is_err()), "the queue is full");
    let report = call(&address.to_string(), short(), false);
    assert_eq!((report.cause, report.stage), (Cause::TcpTimeout, Stage::Network), "{report}");
}

#[test]
fn limits_and_mistakes_of_this_side() {
    let mut config = patient();
    config.limits.tsdu_reassembly = 256;
    let long = &[0x41; 200];
    let part: &'static [u8] = Box::leak([&[2, 0xf0, 0][..], long].concat().into_boxed_slice());
    let report = diagnose(config, &[Take, Cc, Take, Tsdu(AC), Tpdu(part), Tpdu(part), Stay], false);
    assert_eq!(report.cause, Cause::Limit, "{report}");
    assert!(report.summary.contains("tsdu_reassembly"), "{report}");

    let error = endpoint().connect("", ConnectRequest::default(), patient()).expect_err("no address");
    assert_eq!(Diagnosis::of_error(&error).cause, Cause::Local);
    // Events that end nothing have no report.
    assert!(Diagnosis::of_event(&Event::DataIndication("x".into())).is_none());
    assert!(Diagnosis::of_event(&Event::PAbortIndication(PAbortReason::Undefined, None)).is_some());
}

#[test]
fn a_caller_that_is_refused_here() {
    let endpoint = started();
    let mut config = ListenerConfig::default();
    config.session_selector = Some("right".into());
    let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
    let report = call(&listener.local_address(), patient(), false);
    assert_eq!(report.cause, Cause::RefuseSelector, "{report}");
    let end = std::time::Instant::now() + Duration::from_secs(20);
    let refusal = loop {
        assert!(std::time::Instant::now() < end, "no refusal");
        if let Some(refusal) = endpoint.next_refusal() {
            break refusal;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let report = Diagnosis::of_refusal(&refusal);
    assert_eq!((report.cause, report.stage), (Cause::RefusedHere, Stage::SessionConnect), "{report}");
    assert!(report.summary.starts_with("127.0.0.1:"), "{report}");
}

/// Rows whose peers have tests of their own.
const BY_THEMSELVES: &[Cause] = &[
    Cause::NameUnknown,
    Cause::TcpRefused,
    Cause::TcpUnreachable,
    Cause::TcpTimeout,
    Cause::TlsToPlain,
    Cause::TlsClosed,
    Cause::TlsSilence,
    Cause::TlsAlert,
    Cause::TlsCertificate,
    Cause::TlsNothingInCommon,
    Cause::TlsNoRecord,
    Cause::TlsTruncated,
    Cause::TlsOther,
    Cause::AcceptVersion,
    Cause::ClosedWhileReleasing,
    Cause::AnswerTimeout,
    Cause::Limit,
    Cause::RefusedHere,
    Cause::Local,
];

#[test]
fn no_row_is_without_a_peer() {
    let rows = [ROWS, SILENT, HALF].concat();
    let untested = |cause: &&Cause| {
        !BY_THEMSELVES.contains(cause)
            && !rows.iter().any(|(row, ..)| row == *cause)
            && **cause != Cause::Other
    };
    assert_eq!(Cause::ALL.iter().filter(untested).collect::<Vec<_>>(), Vec::<&Cause>::new());
}

#[test]
fn words_are_distinct_and_every_row_helps() {
    let words: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.word()).collect();
    assert_eq!(words.len(), Cause::ALL.len());
    for cause in Cause::ALL {
        assert!(!cause.tries().is_empty(), "{cause:?}");
        assert!(cause.tries().iter().chain([&cause.wants()]).all(|text| !text.ends_with('.')), "{cause:?}");
    }
}

#[cfg(feature = "tls")]
mod tls {
    use super::*;
    use crate::pki::*;

    #[test]
    fn each_failure_of_tls_has_its_row() {
        let pki = Pki::new();
        let calling = || session_config(&pki.calling());
        let hurried = || {
            let mut config = calling();
            config.limits.connect_timeout = Duration::from_millis(400);
            config
        };
        // A fatal alert, handshake_failure, before anything else (RFC 8446 6).
        const ALERT: &[u8] = b"\x15\x03\x03\x00\x02\x02\x28";
        for (cause, config, script) in [
            (Cause::TlsToPlain, calling(), &[Say(b"\x03\x00\x00\x0b\x06\xd0"), Stay][..]),
            (Cause::TlsAlert, calling(), &[Say(ALERT), Stay]),
            (Cause::TlsNoRecord, calling(), &[Say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Stay]),
            (Cause::TlsClosed, calling(), &[Close, Stay]),
            // A record that is longer than any (RFC 8446 5.1).
            (Cause::TlsOther, calling(), &[Say(b"\x16\x03\x01\xff\xff"), Stay]),
            (Cause::TlsSilence, hurried(), &[Stay]),
        ] {
            let report = diagnose(config, script, false);
            assert_eq!(
                (report.cause, report.stage),
                (cause, Stage::Tls),
                "{script:?}: {report} {:?}",
                report.error
            );
        }

        // Certificates and versions need a peer with TLS.
        let callee = started();
        let listener = listen_tls(&callee, &pki.listening());
        let stranger = config(Some(&pki.centre), &authority("another"));
        let report = call(&listener.local_address(), session_config(&stranger), false);
        assert_eq!((report.cause, report.stage), (Cause::TlsCertificate, Stage::Tls), "{report}");
        let mut old = pki.calling();
        old.max_version = TlsVersion::V1_2;
        let mut new = pki.listening();
        new.min_version = TlsVersion::V1_3;
        let modern = listen_tls(&callee, &new);
        let report = call(&modern.local_address(), session_config(&old), false);
        assert_eq!(report.cause, Cause::TlsAlert, "{report}");
        let end = std::time::Instant::now() + Duration::from_secs(20);
        let mut seen = BTreeSet::new();
        while !seen.contains(Cause::TlsNothingInCommon.word()) {
            assert!(std::time::Instant::now() < end, "{seen:?}");
            seen.extend(callee.next_refusal().map(|refusal| Diagnosis::of_refusal(&refusal).cause.word()));
            std::thread::sleep(Duration::from_millis(2));
        }
        let plain = listen(&callee);
        let report = call(&plain.local_address(), calling(), false);
        assert!(matches!(report.cause, Cause::TlsClosed), "{report}");
    }

    #[test]
    fn tls_that_is_cut_off() {
        let pki = Pki::new();
        let callee = started();
        let listener = listen_tls(&callee, &pki.listening());
        let relay = TcpListener::bind("127.0.0.1:0").expect("bound");
        let mut calling = pki.calling();
        calling.server_name = Some("127.0.0.1".into());
        let caller = started();
        let session =
            connect_to(&caller, &relay.local_addr().expect("bound").to_string(), session_config(&calling));
        let (near, _) = relay.accept().expect("a caller");
        let far = TcpStream::connect(listener.local_address()).expect("connected");
        let _responder = std::thread::scope(|scope| {
            for (mut from, mut to) in [(&near, &far), (&far, &near)] {
                scope.spawn(move || std::io::copy(&mut from, &mut to));
            }
            let responder = listener.accept(LONG).expect("a caller");
            answer(&responder);
            session.wait_connected(LONG).expect("connected");
            for end in [&near, &far] {
                end.shutdown(std::net::Shutdown::Both).expect("cut");
            }
            responder
        });
        let report = Diagnosis::of_event(&session.next_event(LONG).expect("an event")).expect("a report");
        assert_eq!((report.cause, report.stage), (Cause::TlsTruncated, Stage::Open), "{report}");
    }
}
