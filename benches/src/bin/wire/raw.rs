//! The floor: blocking sockets, a thread for each connection, four octets of length before each message.
use crate::Link;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Octets per read.
const READ: usize = 64 * 1024;
/// Connections at a time.
const THREADS: usize = 16;

/// A stream of messages.
struct Messages<S> {
    stream: S,
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
}

impl<S: Read + Write> Messages<S> {
    fn new(stream: S) -> Messages<S> {
        Messages { stream, buffer: vec![0; 2 * READ + 4], begin: 0, end: 0 }
    }

    fn send(&mut self, message: &[u8]) {
        let length = (message.len() as u32).to_be_bytes();
        let mut slices = [IoSlice::new(&length), IoSlice::new(message)];
        let mut rest = &mut slices[..];
        while !rest.is_empty() {
            let count = self.stream.write_vectored(rest).unwrap();
            IoSlice::advance_slices(&mut rest, count);
        }
        self.stream.flush().unwrap();
    }

    /// `None` at the end.
    fn receive(&mut self) -> Option<&[u8]> {
        loop {
            let have = self.end - self.begin;
            if have >= 4 {
                let length = u32::from_be_bytes(self.buffer[self.begin..][..4].try_into().unwrap()) as usize;
                if have >= 4 + length {
                    let at = self.begin + 4;
                    self.begin = at + length;
                    return Some(&self.buffer[at..at + length]);
                }
            }
            if self.begin > 0 {
                self.buffer.copy_within(self.begin..self.end, 0);
                (self.begin, self.end) = (0, have);
            }
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => return None,
                Ok(count) => self.end += count,
                // A TLS peer that goes without a word.
                Err(error)
                    if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) =>
                {
                    return None;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn answer(&mut self) {
        let mut echo = Vec::new();
        while let Some(message) = self.receive() {
            match message.first() {
                Some(b'e') => {
                    echo.clear();
                    echo.extend_from_slice(message);
                }
                Some(b'a') => echo = vec![0],
                _ => continue,
            }
            let answer = std::mem::take(&mut echo);
            self.send(&answer);
            echo = answer;
        }
    }
}

pub(crate) fn serve(folder: Option<&Path>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let config = folder.map(listening);
    // Threads that accept by themselves: making one for each connection would be most of its cost.
    let listener = Arc::new(listener);
    for _ in 0..THREADS {
        let (listener, config) = (listener.clone(), config.clone());
        std::thread::spawn(move || {
            loop {
                let (stream, _) = listener.accept().unwrap();
                stream.set_nodelay(true).unwrap();
                match config.clone() {
                    None => Messages::new(stream).answer(),
                    Some(config) => {
                        let tls = ServerConnection::new(config).unwrap();
                        Messages::new(StreamOwned::new(tls, stream)).answer();
                    }
                }
            }
        });
    }
    address
}

pub(crate) fn connects(address: &str, count: usize) -> Duration {
    let begin = Instant::now();
    for _ in 0..count {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
    begin.elapsed()
}

pub(crate) struct Plain(Messages<TcpStream>);

impl Plain {
    pub(crate) fn connect(address: &str) -> Plain {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Plain(Messages::new(stream))
    }

    /// As many octets there and back as CR, CC, CN, AC, FN, DN have.
    pub(crate) fn exchange(&mut self) {
        for size in [18, 40, 11] {
            self.send(&[&b"e"[..], &[0; 64][..size - 1]].concat());
            self.receive();
        }
    }
}

impl Link for Plain {
    fn send(&mut self, message: &[u8]) {
        self.0.send(message);
    }
    fn receive(&mut self) -> usize {
        self.0.receive().unwrap().len()
    }
    fn release(self) {}
}

pub(crate) struct Secure(Messages<StreamOwned<ClientConnection, TcpStream>>);

impl Secure {
    pub(crate) fn connect(address: &str, config: &Arc<ClientConfig>) -> Secure {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let tls = ClientConnection::new(config.clone(), name).unwrap();
        Secure(Messages::new(StreamOwned::new(tls, stream)))
    }

    pub(crate) fn exchange(&mut self) {
        for size in [18, 40, 11] {
            self.send(&[&b"e"[..], &[0; 64][..size - 1]].concat());
            self.receive();
        }
    }
}

impl Link for Secure {
    fn send(&mut self, message: &[u8]) {
        self.0.send(message);
    }
    fn receive(&mut self) -> usize {
        self.0.receive().unwrap().len()
    }
    fn release(mut self) {
        self.0.stream.conn.send_close_notify();
        let _ = self.0.stream.flush();
    }
}

fn identity(folder: &Path) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, Arc<RootCertStore>) {
    let certificate = CertificateDer::from_pem_file(folder.join("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("authority.pem")).unwrap()).unwrap();
    (vec![certificate], key, Arc::new(roots))
}

fn listening(folder: &Path) -> Arc<ServerConfig> {
    let (certificates, key, roots) = identity(folder);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_client_cert_verifier(verifier).with_single_cert(certificates, key).unwrap())
}

pub(crate) fn calling(folder: &Path) -> Arc<ClientConfig> {
    let (certificates, key, roots) = identity(folder);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_client_auth_cert(certificates, key).unwrap())
}
