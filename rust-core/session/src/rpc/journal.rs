//! Associations in a journal: each has a log of its own, which begins with whose it is.
use super::core::Core;
use super::keep::{Appended, Store};
use crate::durable::journal_error;
use osisession_journal::{Durability, Error as Failure, Journal, Log, Usage};
use osisession_proto::error::Result;
use osisession_proto::rpc::{AssociationId, Config, Engine};
use osisession_proto::{Bytes, Error, ErrorKind, Layer};
use std::fmt;
use std::sync::{Arc, Weak};

/// How the first record of a log begins: what it is, and its version.
const MARK: &[u8; 5] = b"ORPC\x01";
/// Longest label: with what is put around it, it is the name of a log.
const MAX_LABEL: usize = 200;
/// A log that grew by less than this needs no checkpoint.
const SMALL: u64 = 1 << 20;
/// And to this many times its last one.
const GROWTH: u64 = 3;

/// Where a client or a server keeps what it has asked, was asked, and answered, so that nothing is carried out twice even when its process
/// ends in between (`docs/rpc.md`, section 6).
///
/// The journal should be one of its own: a [`crate::durable::DurableNode`] takes every log of its journal for a dialogue.
#[derive(Clone)]
pub struct RequestJournal {
    journal: Arc<dyn Journal>,
    label: Bytes,
}

impl fmt::Debug for RequestJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestJournal").field("label", &self.label).finish_non_exhaustive()
    }
}

impl RequestJournal {
    /// In this journal under this label of 0 to 200 octets. Clients that share a journal need different ones, and so do servers; a client
    /// or server that is made again with the same label goes on where it was.
    pub fn new(journal: Arc<dyn Journal>, label: impl Into<Bytes>) -> RequestJournal {
        RequestJournal { journal, label: label.into() }
    }

    /// The log of a client, or what the names of those of a server begin with.
    fn name(&self, whose: &str) -> Result<Vec<u8>> {
        if self.label.len() > MAX_LABEL {
            return Err(Error::invalid("the label of the journal is too long")
                .with_expected(format!("at most {MAX_LABEL} octets"), self.label.len().to_string()));
        }
        Ok([whose.as_bytes(), b" ", &self.label].concat())
    }

    fn client_of(&self, association: AssociationId) -> Result<Vec<u8>> {
        Ok([&self.name("rpc server")?[..], &association].concat())
    }

    /// The association of a client: what is there, or a new one.
    pub(super) fn client(&self, config: &Config, new: AssociationId) -> Result<Kept> {
        self.open(&self.name("rpc client")?, config, new, None)
    }

    /// An association with a client: what is there, or a new one.
    pub(super) fn server(
        &self,
        config: &Config,
        association: AssociationId,
        certificate: Option<Bytes>,
    ) -> Result<Kept> {
        self.open(&self.client_of(association)?, config, association, certificate)
    }

    /// The associations that a server has.
    pub(super) fn associations(&self) -> Result<Vec<AssociationId>> {
        let prefix = self.name("rpc server")?;
        let names = self.journal.dialogues().map_err(|failure| journal_error(&failure))?;
        Ok(names.iter().filter_map(|name| name.strip_prefix(&prefix[..])?.try_into().ok()).collect())
    }

    /// A server has forgotten this one. It must have no owner any more.
    pub(super) fn forget(&self, association: AssociationId) -> Result<()> {
        let name = self.client_of(association)?;
        self.journal.remove(&name).map_err(|failure| journal_error(&failure))
    }

    fn open(
        &self,
        name: &[u8],
        config: &Config,
        new: AssociationId,
        certificate: Option<Bytes>,
    ) -> Result<Kept> {
        let mut config = config.clone();
        config.journal = true;
        let opened = self.journal.open(name).map_err(|failure| journal_error(&failure))?;
        let mut records = opened.records.into_iter();
        let Some(first) = records.next() else {
            let head: Bytes = [&MARK[..], &new, &certificate.clone().unwrap_or_default()].concat().into();
            let mut log =
                LogStore { log: opened.log, _journal: self.journal.clone(), head, base: Usage::default() };
            // Nothing says yet that there is such an association: who is too early finds none.
            if let Appended::Full = log.checkpoint(&[])? {
                return Err(Error::limit(Layer::Api, "the journal has no room for another association"));
            }
            return Ok(Kept { store: Box::new(log), engine: Engine::new(config, new)?, certificate });
        };
        let whose = first.strip_prefix(&MARK[..]).and_then(|rest| rest.split_first_chunk::<16>());
        let Some((association, certificate)) = whose else {
            return Err(damaged(&first));
        };
        let certificate = (!certificate.is_empty()).then(|| Bytes::copy_from_slice(certificate));
        let engine = Engine::restore(config, *association, records)?;
        let base = opened.log.usage();
        let store = LogStore { log: opened.log, _journal: self.journal.clone(), head: first.clone(), base };
        Ok(Kept { store: Box::new(store), engine, certificate })
    }
}

fn damaged(first: &[u8]) -> Error {
    Error::new(ErrorKind::Invalid, Layer::Api, "the log is not that of requests and responses")
        .with_expected("a record that begins with ORPC and version 1", "another one")
        .with_octets(first)
        .with_clause("docs/rpc.md 6")
}

/// An association as the journal has it.
pub(super) struct Kept {
    pub(super) store: Box<LogStore>,
    pub(super) engine: Engine,
    /// The certificate that it belongs to.
    pub(super) certificate: Option<Bytes>,
}

/// The log of one association.
pub(super) struct LogStore {
    log: Box<dyn Log>,
    /// It lives as long as its logs are used.
    _journal: Arc<dyn Journal>,
    head: Bytes,
    /// What the last checkpoint had.
    base: Usage,
}

impl LogStore {
    /// Has the association run when something has become durable.
    pub(super) fn watch(&mut self, core: Weak<Core>) {
        let notify = move || {
            if let Some(core) = core.upgrade() {
                core.enqueue();
            }
        };
        self.log.watch(Some(Arc::new(notify)));
    }
}

impl Store for LogStore {
    fn append(&mut self, records: &[Bytes]) -> Result<Appended> {
        appended(self.log.append(records, Durability::Sync))
    }

    fn checkpoint(&mut self, records: &[Bytes]) -> Result<Appended> {
        let records: Vec<Bytes> = [self.head.clone()].into_iter().chain(records.iter().cloned()).collect();
        let done = appended(self.log.checkpoint(&records, Durability::Sync))?;
        if let Appended::Upto(_) = done {
            self.base = Usage::of(&records);
        }
        Ok(done)
    }

    fn has_grown(&self) -> bool {
        self.log.usage().octets > self.base.octets.saturating_mul(GROWTH).max(SMALL)
    }

    fn durable(&self) -> Result<u64> {
        let progress = self.log.progress();
        match progress.failed {
            Some(failure) => Err(journal_error(&failure)),
            None => Ok(progress.durable.0),
        }
    }
}

fn appended(token: std::result::Result<osisession_journal::Token, Failure>) -> Result<Appended> {
    match token {
        Ok(token) => Ok(Appended::Upto(token.0)),
        // No checkpoint makes room for a record that is longer than the journal takes.
        Err(failure @ Failure::Quota { limit: "octets of a record", .. }) => Err(journal_error(&failure)),
        Err(Failure::Quota { .. } | Failure::Busy { .. }) => Ok(Appended::Full),
        Err(failure) => Err(journal_error(&failure)),
    }
}
