//! TLS of one connection. It does no input or output: records go in as octets and come out as octets, under the
//! session's lock.
use super::config::TlsVersion;
use super::failure;
use crate::config::SessionConfig;
use crate::port::{MAX_AHEAD, Wire};
use bytes::{Buf, Bytes};
use osisession_proto::Error;
use osisession_proto::error::Result;
use rustls::{
    ClientConnection, Connection, HandshakeKind, ProtocolVersion, ServerConnection, SupportedCipherSuite,
};
use std::collections::VecDeque;
use std::io::{BufRead, IoSlice, Write};

/// Octets of user data that are encrypted at a time: several records, so that small pieces share one.
const BATCH: usize = 64 * 1024;
/// Pieces that are encrypted at a time.
const MAX_PIECES: usize = 64;
/// Octets that rustls may hold to be sent. It is emptied after every step; a batch fits in whatever its last piece.
const BUFFER_LIMIT: usize = 4 * BATCH;

/// Octets of user data in one record (RFC 8446 5.1).
const RECORD: usize = 16 * 1024;
/// What a record adds to its plaintext, at most (RFC 5246 6.2.3).
const RECORD_OVERHEAD: usize = 64;
/// Records of the handshake and alerts, which count too.
const OTHER_RECORDS: u64 = 16;

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
    /// Records with user data that were sent.
    records: u64,
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
        Ok(Layer { tls: Box::new(connection), is_server, is_new: true, finished: false, records: 0 })
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
            self.tls.read_tls(&mut octets).map_err(|error| failure::internal(&error.to_string()))?;
            let handshaking = self.tls.is_handshaking();
            let outcome = self.tls.process_new_packets().map(|state| state.peer_has_closed());
            // Also what came before a failure.
            self.take_plaintext(wire);
            ended = outcome.map_err(|error| {
                self.finished = true;
                failure::describe(&error, peer, handshaking)
            })?;
        }
        Ok(ended)
    }

    fn take_plaintext(&mut self, wire: &mut Wire) {
        // Neither "nothing now" nor the end are of interest: the state tells.
        let mut reader = self.tls.reader();
        while let Ok(octets @ [_, ..]) = reader.fill_buf() {
            wire.input.extend_from_slice(octets);
            let count = octets.len();
            reader.consume(count);
        }
    }

    /// The network connection ended: what is wrong with that, if the peer did not end TLS before.
    pub(crate) fn truncated(&self, peer: &str) -> Error {
        failure::truncated(peer, self.tls.is_handshaking())
    }

    /// Encrypts pieces until a write is worth its while.
    ///
    /// # Errors
    /// Nothing more can be sent: the key is worn out.
    pub(crate) fn fill(&mut self, wire: &mut Wire, mut next: impl FnMut() -> Option<Bytes>) -> Result<()> {
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
                break;
            }
            self.encrypt(batch, wire)?;
        }
        Ok(())
    }

    /// How many records the key may protect for all; `None` where a new key comes by itself (RFC 8446 4.6.3).
    fn last_record(&self) -> Option<u64> {
        match self.tls.negotiated_cipher_suite()? {
            SupportedCipherSuite::Tls12(suite) => Some(suite.common.confidentiality_limit),
            SupportedCipherSuite::Tls13(_) => None,
        }
    }

    fn encrypt(&mut self, mut batch: VecDeque<Bytes>, wire: &mut Wire) -> Result<()> {
        // Beyond the limit rustls would drop what it is given, without a word.
        let octets: usize = batch.iter().map(Bytes::len).sum();
        self.records += octets.div_ceil(RECORD) as u64;
        if self.last_record().is_some_and(|last| self.records.saturating_add(OTHER_RECORDS) > last) {
            return Err(failure::worn_out());
        }
        while batch.iter().any(Bytes::has_remaining) {
            let slices: Vec<IoSlice<'_>> = batch.iter().map(|piece| IoSlice::new(piece)).collect();
            // It takes something as long as its buffer is not full, and that is emptied here.
            let Ok(mut count @ 1..) = self.tls.writer().write_vectored(&slices) else {
                return Err(failure::internal("nothing is taken"));
            };
            while let Some(first) = batch.front_mut() {
                let part = count.min(first.len());
                first.advance(part);
                count -= part;
                if first.has_remaining() {
                    break;
                }
                batch.pop_front();
            }
            self.drain(wire, octets);
        }
        Ok(())
    }

    /// Takes handshake messages and alerts along. A peer that makes us send but takes nothing does not get far: beyond
    /// the limit they stay with rustls, which keeps no more than a few.
    pub(crate) fn flush(&mut self, wire: &mut Wire) {
        if self.tls.wants_write() && wire.output_octets < MAX_AHEAD {
            self.drain(wire, 0);
        }
    }

    /// `octets`: about how many of the user's are in it.
    fn drain(&mut self, wire: &mut Wire, octets: usize) {
        let mut records = Vec::with_capacity(octets + octets.div_ceil(RECORD) * RECORD_OVERHEAD);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::{Tls, TlsConfig};
    use rustls::crypto::ring;
    use rustls::{CipherSuiteCommon, Tls12CipherSuite};

    /// TLS 1.2 with a key that wears out after some records, instead of 2^24.
    fn tls(limit: u64) -> Tls {
        let mut provider = ring::default_provider();
        let SupportedCipherSuite::Tls12(suite) = ring::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        else {
            panic!("one of TLS 1.2");
        };
        let common = CipherSuiteCommon { confidentiality_limit: limit, ..suite_common(suite) };
        let short = Tls12CipherSuite { common, ..*suite };
        provider.cipher_suites = vec![SupportedCipherSuite::Tls12(Box::leak(Box::new(short)))];
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(["peer".to_owned()]).expect("a name");
        let certificate = params.self_signed(&key).expect("signed").pem();
        let config = TlsConfig {
            certificate_chain: certificate.clone().into(),
            private_key: key.serialize_pem().into(),
            trust_anchors: certificate.into(),
            max_version: TlsVersion::V1_2,
            ..TlsConfig::default()
        };
        Tls::with_provider(&config, provider).expect("usable")
    }

    fn suite_common(suite: &Tls12CipherSuite) -> CipherSuiteCommon {
        let CipherSuiteCommon { suite, hash_provider, confidentiality_limit } = suite.common;
        CipherSuiteCommon { suite, hash_provider, confidentiality_limit }
    }

    /// Carries what each has written to the other, until nothing moves.
    fn carry(a: (&mut Layer, &mut Wire), b: (&mut Layer, &mut Wire)) {
        let (mut from, mut to) = (a, b);
        let mut idle = 0;
        while idle < 2 {
            from.0.flush(from.1);
            idle += 1;
            while let Some(octets) = from.1.output.pop_front() {
                from.1.output_octets -= octets.len();
                to.0.received(&octets, to.1, "peer").expect("right");
                idle = 0;
            }
            std::mem::swap(&mut from, &mut to);
        }
    }

    #[test]
    fn a_key_that_is_worn_out_is_an_error_and_nothing_is_lost_before() {
        let tls = tls(50);
        let mut client = Layer::start(&tls, false, "peer").expect("started");
        let mut server = Layer::start(&tls, true, "").expect("started");
        let (mut near, mut far) = (Wire::default(), Wire::default());
        carry((&mut client, &mut near), (&mut server, &mut far));
        assert!(client.is_up() && server.is_up());
        let mut sent = 0;
        let error = loop {
            let mut piece = Some(Bytes::from_static(b"octets"));
            match client.fill(&mut near, || piece.take()) {
                Ok(()) => sent += 1,
                Err(error) => break error,
            }
            carry((&mut client, &mut near), (&mut server, &mut far));
        };
        assert!(error.to_string().contains("one key of TLS 1.2"), "{error}");
        assert_eq!(sent, 50 - OTHER_RECORDS);
        assert_eq!(far.input, b"octets".repeat(sent as usize)[..]);
        // The end of TLS still fits.
        client.finish(&mut near);
        let mut ended = false;
        for octets in std::mem::take(&mut near.output) {
            ended |= server.received(&octets, &mut far, "peer").expect("right");
        }
        assert!(ended);
    }
}
