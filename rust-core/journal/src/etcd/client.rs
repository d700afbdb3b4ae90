//! Requests to a cluster of etcd by its JSON gateway (the v3 API over HTTP).
//!
//! A request that got no answer may have been carried out. Whatever is sent here can be sent again: see `store.rs`.
use super::{EtcdOptions, EtcdTls};
use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};

/// An answer has at most so many octets. etcd itself limits requests to 1.5 MiB; a range can have more.
const LONGEST_ANSWER: u64 = 64 << 20;
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Codes of gRPC that an answer may carry.
const DEADLINE_EXCEEDED: i64 = 4;
const NOT_FOUND: i64 = 5;
pub(super) const RESOURCE_EXHAUSTED: i64 = 8;
const UNAVAILABLE: i64 = 14;
const UNAUTHENTICATED: i64 = 16;

pub(super) struct Client {
    agent: ureq::Agent,
    endpoints: Vec<String>,
    /// The endpoint that answered last.
    current: AtomicUsize,
    user: Option<(String, String)>,
    token: Mutex<Option<String>>,
    patience: Duration,
}

/// Why a request failed for good.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: i64,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn is_not_found(&self) -> bool {
        self.code == NOT_FOUND
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

enum Attempt {
    Done(Value),
    Refused(Refusal),
    /// No answer, or one that says to try again.
    Again(String),
    /// The token is not valid any more.
    Login,
}

impl Client {
    pub(super) fn new(options: &EtcdOptions) -> Result<Client> {
        if options.endpoints.is_empty() {
            return Err(Error::Invalid("no endpoints of etcd".into()));
        }
        let mut config = ureq::Agent::config_builder()
            .timeout_connect(Some(options.request_timeout.min(Duration::from_secs(2))))
            .timeout_global(Some(options.request_timeout))
            .http_status_as_error(false)
            // Otherwise it would look into the environment.
            .proxy(None);
        if let Some(tls) = &options.tls {
            config = config.tls_config(tls_config(tls)?);
        }
        Ok(Client {
            agent: config.build().into(),
            endpoints: options
                .endpoints
                .iter()
                .map(|endpoint| endpoint.trim_end_matches('/').into())
                .collect(),
            current: AtomicUsize::new(0),
            user: options.user.clone(),
            token: Mutex::new(None),
            patience: options.patience,
        })
    }

    /// Asks one endpoint after the other until one answers or patience ends.
    pub(super) fn ask(&self, path: &str, body: &Value) -> std::result::Result<Value, Refusal> {
        let deadline = Instant::now() + self.patience;
        let mut logins = 0;
        loop {
            let why = match self.attempt(path, body) {
                Attempt::Done(value) => return Ok(value),
                Attempt::Refused(refusal) => return Err(refusal),
                Attempt::Login if self.user.is_some() && logins < 3 => {
                    logins += 1;
                    self.login()?;
                    continue;
                }
                Attempt::Login => {
                    return Err(Refusal { code: UNAUTHENTICATED, text: "etcd: not authenticated".into() });
                }
                Attempt::Again(why) => why,
            };
            self.current.fetch_add(1, Ordering::Relaxed);
            if Instant::now() >= deadline {
                return Err(Refusal { code: UNAVAILABLE, text: why });
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn login(&self) -> std::result::Result<(), Refusal> {
        let Some((name, password)) = &self.user else { return Ok(()) };
        *self.token.lock() = None;
        let answer = self.ask_plain("/v3/auth/authenticate", &json!({"name": name, "password": password}))?;
        *self.token.lock() = answer.get("token").and_then(Value::as_str).map(String::from);
        Ok(())
    }

    /// As `ask`, without a token.
    fn ask_plain(&self, path: &str, body: &Value) -> std::result::Result<Value, Refusal> {
        let deadline = Instant::now() + self.patience;
        loop {
            match self.attempt(path, body) {
                Attempt::Done(value) => return Ok(value),
                Attempt::Refused(refusal) => return Err(refusal),
                Attempt::Login => {
                    return Err(Refusal {
                        code: UNAUTHENTICATED,
                        text: "etcd: authentication failed".into(),
                    });
                }
                Attempt::Again(text) if Instant::now() >= deadline => {
                    return Err(Refusal { code: UNAVAILABLE, text });
                }
                Attempt::Again(_) => {}
            }
            self.current.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(PAUSE);
        }
    }

    fn attempt(&self, path: &str, body: &Value) -> Attempt {
        let current = self.current.load(Ordering::Relaxed) % self.endpoints.len().max(1);
        let Some(endpoint) = self.endpoints.get(current) else { return Attempt::Again("no endpoint".into()) };
        let mut request =
            self.agent.post(format!("{endpoint}{path}")).header("content-type", "application/json");
        if let Some(token) = &*self.token.lock() {
            request = request.header("authorization", token);
        }
        let mut response = match request.send(body.to_string()) {
            Ok(response) => response,
            Err(error) => return Attempt::Again(format!("{endpoint}: {error}")),
        };
        let status = response.status().as_u16();
        let octets = match response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec() {
            Ok(octets) => octets,
            Err(error) => return Attempt::Again(format!("{endpoint}: {error}")),
        };
        let answer: Value = serde_json::from_slice(&octets).unwrap_or(Value::Null);
        if status == 200 && answer.is_object() {
            return Attempt::Done(answer);
        }
        let code = answer.get("code").and_then(Value::as_i64).unwrap_or(-1);
        let text = answer.get("error").or_else(|| answer.get("message")).and_then(Value::as_str);
        let text = format!("{endpoint}: {} (HTTP {status}, code {code})", text.unwrap_or("no JSON"));
        match (code, status) {
            (UNAUTHENTICATED, _) => Attempt::Login,
            // User name is empty: etcd says InvalidArgument to a request without a token where it wants one.
            (3, _) if self.user.is_some() && text.contains("user name is empty") => Attempt::Login,
            (UNAVAILABLE | DEADLINE_EXCEEDED, _) | (_, 502..=504) => Attempt::Again(text),
            _ => Attempt::Refused(Refusal { code, text }),
        }
    }
}

fn tls_config(tls: &EtcdTls) -> Result<TlsConfig> {
    let invalid = |what: &str, error: ureq::Error| Error::Invalid(format!("{what}: {error}"));
    let certificates = |pem: &[u8], what: &str| -> Result<Vec<Certificate<'static>>> {
        let items = ureq::tls::parse_pem(pem).collect::<std::result::Result<Vec<_>, _>>();
        let items = items.map_err(|error| invalid(what, error))?;
        let found: Vec<_> = items
            .into_iter()
            .filter_map(|item| match item {
                ureq::tls::PemItem::Certificate(certificate) => Some(certificate),
                _ => None,
            })
            .collect();
        if found.is_empty() { Err(Error::Invalid(format!("{what}: no certificate"))) } else { Ok(found) }
    };
    let roots = certificates(&tls.roots, "roots of etcd")?;
    let client = match &tls.client {
        None => None,
        Some((chain, key)) => {
            let chain = certificates(chain, "certificate for etcd")?;
            let key = PrivateKey::from_pem(key).map_err(|error| invalid("key for etcd", error))?;
            Some(ClientCert::new_with_certs(&chain, key))
        }
    };
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots))
        .client_cert(client)
        .build())
}

/// Octets as the gateway wants them.
pub(super) fn encode(octets: &[u8]) -> Value {
    Value::String(STANDARD.encode(octets))
}

/// Octets as the gateway sends them; an absent field is empty.
pub(super) fn octets(object: &Value, field: &str) -> Option<Vec<u8>> {
    match object.get(field) {
        None => Some(Vec::new()),
        Some(value) => STANDARD.decode(value.as_str()?).ok(),
    }
}

/// A number as the gateway sends it: in quotes; an absent field is 0.
pub(super) fn number(object: &Value, field: &str) -> Option<i64> {
    match object.get(field) {
        None => Some(0),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_i64(),
    }
}
