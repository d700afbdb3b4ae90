//! TLS of one connection. It does no input or output: records go in as octets and come out as octets, under the
//! session's lock.
use super::config::TlsVersion;
use super::failure;
use crate::config::SessionConfig;
use crate::port::{MAX_AHEAD, Wire};
use bytes::{Buf, Bytes};
use osisession_proto::error::Result;
use osisession_proto::{Error, ErrorKind};
use rustls::{ClientConnection, Connection, HandshakeKind, ProtocolVersion, ServerConnection};
use std::collections::VecDeque;
use std::io::{IoSlice, Read, Write};

/// Octets of user data that are encrypted at a time: several records, so that small pieces share one.
const BATCH: usize = 64 * 1024;
/// Pieces that are encrypted at a time.
const MAX_PIECES: usize = 64;
/// Octets that rustls may hold to be sent. It is emptied after every step; a batch fits in whatever its last piece.
const BUFFER_LIMIT: usize = 4 * BATCH;

/// What TLS came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The version.
    pub version: TlsVersion,
    /// The cipher suite by its registered name, as `TLS13_AES_256_GCM_SHA384`.
    pub cipher_suite: String,
    /// An earlier session was resumed.
    pub resumed: bool,
}

/// TLS of one connection.
#[derive(Debug)]
pub(crate) struct Layer {
    tls: Box<Connection>,
    is_server: bool,
    /// Nothing came from the peer yet.
    is_new: bool,
    /// Our close_notify, or the alert of a failure, is on its way: nothing may follow.
    finished: bool,
}

impl Layer {
    /// TLS for a connection that has just come up; `None` if it is to be plain. A failure is one of the configuration.
    pub(crate) fn new(config: &SessionConfig, is_server: bool, host: &str) -> Option<Result<Layer>> {
        let tls = config.tls.as_ref()?;
        Some(Layer::start(tls, is_server, host))
    }

    fn start(tls: &super::Tls, is_server: bool, host: &str) -> Result<Layer> {
        let failed = |error: rustls::Error| Error::invalid(format!("TLS: {error}"));
        let missing = || Error::invalid("TLS: the configuration is for the other role");
        let mut connection: Connection = if is_server {
            let config = tls.0.server.clone().ok_or_else(missing)?;
            ServerConnection::new(config).map_err(failed)?.into()
        } else {
            let config = tls.0.client.clone().ok_or_else(missing)?;
            let name = tls.name(Some(host))?;
            ClientConnection::new(config, name).map_err(failed)?.into()
        };
        connection.set_buffer_limit(Some(BUFFER_LIMIT));
        Ok(Layer { tls: Box::new(connection), is_server, is_new: true, finished: false })
    }

    /// The handshake is complete.
    pub(crate) fn is_up(&self) -> bool {
        !self.tls.is_handshaking()
    }

    /// Octets from the network. What they carry is appended to the wire's input. True: the peer ended TLS (close_notify).
    pub(crate) fn received(&mut self, mut octets: &[u8], wire: &mut Wire, peer: &str) -> Result<bool> {
        if let (true, Some(&first)) = (self.is_new, octets.first()) {
            self.is_new = false;
            if let Some(error) = failure::plain(first, peer, self.is_server) {
                self.finished = true;
                return Err(error);
            }
        }
        let mut ended = false;
        while !octets.is_empty() && !ended {
            // Fails only if what was read before was not taken.
            self.tls.read_tls(&mut octets).map_err(|error| {
                Error::new(ErrorKind::Internal, osisession_proto::Layer::Network, format!("TLS: {error}"))
            })?;
            let handshaking = self.tls.is_handshaking();
            let state = self.tls.process_new_packets().map_err(|error| {
                self.finished = true;
                failure::describe(&error, peer, handshaking)
            })?;
            self.take_plaintext(wire);
            ended = state.peer_has_closed();
        }
        Ok(ended)
    }

    fn take_plaintext(&mut self, wire: &mut Wire) {
        let mut buffer = [0; 4096];
        // Neither "nothing now" nor the end are of interest: the state tells.
        while let Ok(count @ 1..) = self.tls.reader().read(&mut buffer) {
            wire.input.extend_from_slice(&buffer[..count]);
        }
    }

    /// The network connection ended: what is wrong with that, if the peer did not end TLS before.
    pub(crate) fn truncated(&self, peer: &str) -> Error {
        failure::truncated(peer, self.tls.is_handshaking())
    }

    /// Encrypts pieces until a write is worth its while.
    pub(crate) fn fill(&mut self, wire: &mut Wire, mut next: impl FnMut() -> Option<Bytes>) {
        self.flush(wire);
        while self.is_up() && !self.finished && wire.output_octets < MAX_AHEAD {
            let mut batch = VecDeque::new();
            let mut octets = 0;
            while octets < BATCH && batch.len() < MAX_PIECES {
                let Some(piece) = next() else { break };
                octets += piece.len();
                batch.push_back(piece);
            }
            if octets == 0 {
                return;
            }
            self.encrypt(batch, wire);
        }
    }

    fn encrypt(&mut self, mut batch: VecDeque<Bytes>, wire: &mut Wire) {
        while batch.iter().any(Bytes::has_remaining) {
            let slices: Vec<IoSlice<'_>> = batch.iter().map(|piece| IoSlice::new(piece)).collect();
            // It takes something as long as its buffer is not full, and that is emptied here.
            let Ok(mut count @ 1..) = self.tls.writer().write_vectored(&slices) else { return };
            while let Some(first) = batch.front_mut() {
                let part = count.min(first.len());
                first.advance(part);
                count -= part;
                if first.has_remaining() {
                    break;
                }
                batch.pop_front();
            }
            self.drain(wire);
        }
    }

    /// Takes handshake messages and alerts along. A peer that makes us send but takes nothing does not get far: beyond
    /// the limit they stay with rustls, which keeps no more than a few.
    pub(crate) fn flush(&mut self, wire: &mut Wire) {
        if self.tls.wants_write() && wire.output_octets < MAX_AHEAD {
            self.drain(wire);
        }
    }

    fn drain(&mut self, wire: &mut Wire) {
        let mut records = Vec::new();
        while self.tls.wants_write() {
            // Writing to memory does not fail.
            if !matches!(self.tls.write_tls(&mut records), Ok(1..)) {
                break;
            }
        }
        wire.push(records.into());
    }

    /// The end of TLS from our side: close_notify, unless a failure said the last word.
    pub(crate) fn finish(&mut self, wire: &mut Wire) {
        if !std::mem::replace(&mut self.finished, true) {
            self.tls.send_close_notify();
        }
        self.flush(wire);
    }

    pub(crate) fn info(&self) -> Option<TlsInfo> {
        let version = match self.tls.protocol_version()? {
            ProtocolVersion::TLSv1_2 => TlsVersion::V1_2,
            ProtocolVersion::TLSv1_3 => TlsVersion::V1_3,
            _ => return None,
        };
        let suite = self.tls.negotiated_cipher_suite()?.suite();
        Some(TlsInfo {
            version,
            cipher_suite: format!("{suite:?}"),
            resumed: self.tls.handshake_kind() == Some(HandshakeKind::Resumed),
        })
    }

    pub(crate) fn peer_certificates(&self) -> Vec<Bytes> {
        let chain = self.tls.peer_certificates().unwrap_or_default();
        chain.iter().map(|certificate| Bytes::copy_from_slice(certificate)).collect()
    }
}
