//! TLS with stacks that are not ours: the program of OpenSSL, and the ssl module of Python. What they carry is made by hand.
use crate::pki::*;
use crate::support::*;
use osisession::*;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const VERSIONS: [(TlsVersion, &str, &str); 2] =
    [(TlsVersion::V1_2, "-tls1_2", "TLSv1_2"), (TlsVersion::V1_3, "-tls1_3", "TLSv1_3")];

/// A program that carries its standard streams over TLS.
struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
}

impl Peer {
    fn start(command: &mut Command) -> Peer {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("piped");
        Peer { child, input, output }
    }

    fn send(&mut self, octets: &[u8]) {
        let input = self.input.as_mut().expect("not closed");
        input.write_all(octets).expect("taken");
        input.flush().expect("taken");
    }

    /// TPKT and DT around a TSDU.
    fn send_tsdu(&mut self, tsdu: &[u8]) {
        self.send(&[&[3, 0, 0, 7 + tsdu.len() as u8, 2, 0xf0, 0x80], tsdu].concat());
    }

    /// The TPDU of the next TPKT.
    fn tpdu(&mut self) -> Vec<u8> {
        let mut header = [0; 4];
        self.output.read_exact(&mut header).expect("TPKT");
        assert_eq!(header[..2], [3, 0]);
        let mut tpdu = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]])) - 4];
        self.output.read_exact(&mut tpdu).expect("TPDU");
        tpdu
    }

    fn tsdu(&mut self) -> Vec<u8> {
        let tpdu = self.tpdu();
        assert_eq!(tpdu[..3], [2, 0xf0, 0x80], "DT");
        tpdu[3..].to_vec()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CN or AC: version 2, duplex (X.225 8.3.1, 8.3.4).
fn connect_or_accept(si: u8) -> Vec<u8> {
    vec![si, 0x0c, 5, 6, 0x13, 1, 0, 0x16, 1, 2, 0x14, 2, 0, 2]
}

/// The peer calls, and lives a whole life.
fn called_by(mut peer: Peer, listener: &Listener, version: TlsVersion, pki: &Pki) -> Peer {
    peer.send(b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00");
    assert_eq!(peer.tpdu()[1], 0xd0, "CC");
    peer.send_tsdu(&connect_or_accept(0x0d));
    let session = listener.accept(LONG).expect("a caller");
    assert_eq!(session.tls().expect("TLS").version, version);
    // OpenSSL sends the authority's along.
    assert_eq!(session.peer_certificates()[0], pki.centre.certificate.der().to_vec());
    answer(&session);
    assert_eq!(peer.tsdu()[0], 0x0e, "AC");
    peer.send_tsdu(b"\x01\x00\x01\x00ping");
    assert_eq!(data(&session), "ping");
    session.data_request("pong").expect("sent");
    assert_eq!(peer.tsdu(), b"\x01\x00\x01\x00pong");
    // More than a record, in more than a TPDU.
    let large: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
    session.data_request(large.clone()).expect("sent");
    let mut received = Vec::new();
    while received.len() < large.len() + 4 {
        let tpdu = peer.tpdu();
        received.extend_from_slice(&tpdu[3..]);
    }
    assert_eq!(received[4..], large);
    peer.send_tsdu(&[9, 0]);
    assert!(matches!(session.next_event(LONG), Ok(Event::ReleaseIndication(_))));
    session.release_response(Bytes::new()).expect("sent");
    assert_eq!(peer.tsdu(), [0x0a, 0], "DN");
    peer
}

/// The peer is called, and accepts.
fn reached(peer: &mut Peer, caller: &Endpoint, port: u16, tls: &TlsConfig) -> Session {
    let mut config = SessionConfig::default();
    config.tls = Some(Tls::new(tls).expect("a usable configuration"));
    let end = Instant::now() + Duration::from_secs(20);
    let address = format!("127.0.0.1:{port}");
    // Until the program listens.
    let session = loop {
        let session = connect_to(caller, &address, config.clone());
        match session.next_event(Some(Duration::from_millis(100))) {
            Err(error) if error.kind() == ErrorKind::TimedOut => break session,
            other => assert!(Instant::now() < end, "{other:?}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let cr = peer.tpdu();
    assert_eq!(cr[1], 0xe0, "CR");
    peer.send(&[3, 0, 0, 11, 6, 0xd0, cr[4], cr[5], 0, 1, 0]);
    assert_eq!(peer.tsdu()[0], 0x0d, "CN");
    peer.send_tsdu(&connect_or_accept(0x0e));
    session.wait_connected(LONG).expect("connected");
    session
}

/// The peer is called, and lives a whole life.
fn calls(mut peer: Peer, caller: &Endpoint, port: u16, tls: &TlsConfig, version: TlsVersion) -> Peer {
    let session = reached(&mut peer, caller, port, tls);
    assert_eq!(session.tls().expect("TLS").version, version);
    peer.send_tsdu(b"\x01\x00\x01\x00ping");
    assert_eq!(data(&session), "ping");
    session.release_request(Bytes::new()).expect("sent");
    assert_eq!(peer.tsdu()[0], 9, "FN");
    peer.send_tsdu(&[0x0a, 0]);
    assert!(matches!(session.next_event(LONG), Ok(Event::ReleaseConfirm(_))));
    peer
}

/// A directory with what the programs want to read.
struct Files(PathBuf);

impl Files {
    fn of(name: &str, config: &TlsConfig) -> Files {
        let directory = std::env::temp_dir().join(format!("osisession-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        for (name, octets) in [
            ("chain.pem", &config.certificate_chain),
            ("key.pem", &config.private_key),
            ("anchors.pem", &config.trust_anchors),
        ] {
            std::fs::write(directory.join(name), octets).expect("written");
        }
        Files(directory)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether the program is there. Where nothing may be skipped its absence is a failure.
fn has(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&paths).any(|directory| directory.join(program).is_file());
    let ci = std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0");
    assert!(there || !ci, "{program} is missing; CI must not skip");
    if !there {
        eprintln!("skipped: {program} is missing");
    }
    there
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("bound");
    socket.local_addr().expect("bound").port()
}

fn openssl(role: &str, address: &str, version: &str, files: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args([role, "-quiet", version, "-verify_return_error"]);
    match role {
        "s_client" => command.args(["-verify_ip", "127.0.0.1", "-connect", address]),
        _ => command.args(["-Verify", "2", "-naccept", "1", "-accept", address]),
    };
    for (option, name) in [("-CAfile", "anchors.pem"), ("-cert", "chain.pem"), ("-key", "key.pem")] {
        command.arg(option).arg(files.join(name));
    }
    command
}

fn python(role: &str, port: &str, version: &str, files: &Path) -> Command {
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rings/ssl_pipe.py"));
    command.args([role, port, version]).arg(files);
    command
}

fn tls_listener(endpoint: &Endpoint, pki: &Pki) -> (Listener, String) {
    let mut config = ListenerConfig::default();
    config.session.tls = Some(Tls::new(&pki.listening()).expect("a usable configuration"));
    let listener = endpoint.listen("127.0.0.1:0", config).expect("a listener");
    let port = listener.local_address().rsplit_once(':').expect("a port").1.to_owned();
    (listener, port)
}

#[test]
fn openssl_calls_and_is_called() {
    if !has("openssl") {
        return;
    }
    let pki = Pki::new();
    let (station, centre) = (Files::of("s_server", &pki.listening()), Files::of("s_client", &pki.calling()));
    let endpoint = started();
    for (version, option, _) in VERSIONS {
        let (listener, _) = tls_listener(&endpoint, &pki);
        let peer = Peer::start(&mut openssl("s_client", &listener.local_address(), option, &centre.0));
        called_by(peer, &listener, version, &pki);

        let port = free_port();
        let peer = Peer::start(&mut openssl("s_server", &format!("127.0.0.1:{port}"), option, &station.0));
        calls(peer, &endpoint, port, &pki.calling(), version);
    }
}

#[test]
fn python_calls_and_is_called() {
    if !has("python3") {
        return;
    }
    let pki = Pki::new();
    let (station, centre) = (Files::of("listen", &pki.listening()), Files::of("call", &pki.calling()));
    let endpoint = started();
    for (version, _, option) in VERSIONS {
        let (listener, port) = tls_listener(&endpoint, &pki);
        let peer = Peer::start(&mut python("call", &port, option, &centre.0));
        let mut peer = called_by(peer, &listener, version, &pki);
        // Who sent DN waits for the peer's end (X.225 7.11); it is an orderly one on both sides.
        drop(peer.input.take());
        let mut rest = Vec::new();
        peer.output.read_to_end(&mut rest).expect("the end");
        assert_eq!(rest, b"close_notify");

        let port = free_port();
        let peer = Peer::start(&mut python("listen", &port.to_string(), option, &station.0));
        let mut peer = calls(peer, &endpoint, port, &pki.calling(), version);
        let mut rest = Vec::new();
        peer.output.read_to_end(&mut rest).expect("the end");
        assert_eq!(rest, b"close_notify");
    }
}

#[test]
fn a_python_that_dies_truncates_the_stream() {
    if !has("python3") {
        return;
    }
    let pki = Pki::new();
    let files = Files::of("die", &pki.calling());
    let endpoint = started();
    let (listener, port) = tls_listener(&endpoint, &pki);
    let mut peer = Peer::start(&mut python("call", &port, "TLSv1_3", &files.0));
    peer.send(b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x01\x00");
    assert_eq!(peer.tpdu()[1], 0xd0, "CC");
    peer.send_tsdu(&connect_or_accept(0x0d));
    let session = listener.accept(LONG).expect("a caller");
    answer(&session);
    assert_eq!(peer.tsdu()[0], 0x0e, "AC");
    drop(peer);
    let (reason, error) = abort(&session);
    assert_eq!((reason, error.kind()), (PAbortReason::TransportDisconnect, ErrorKind::Transport));
    assert!(error.to_string().contains("without close_notify"), "{error}");
}

#[test]
fn a_python_that_is_called_and_dies_does_so_too() {
    if !has("python3") {
        return;
    }
    let pki = Pki::new();
    let files = Files::of("called-and-dies", &pki.listening());
    let endpoint = started();
    for (_, _, option) in VERSIONS {
        let port = free_port();
        let mut peer = Peer::start(&mut python("listen", &port.to_string(), option, &files.0));
        let session = reached(&mut peer, &endpoint, port, &pki.calling());
        peer.send_tsdu(b"\x01\x00\x01\x00last");
        assert_eq!(data(&session), "last");
        drop(peer);
        let (reason, error) = abort(&session);
        assert_eq!((reason, error.kind()), (PAbortReason::TransportDisconnect, ErrorKind::Transport));
        assert!(error.to_string().contains("without close_notify"), "{error}");
    }
}
