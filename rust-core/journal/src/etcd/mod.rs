//! A journal in a cluster of etcd.
mod batch;
mod client;
mod lease;
mod store;

use crate::error::Result;
use crate::group::{Group, Pace};
use crate::journal::{Compacted, Journal, Opened, Quota};
use std::time::Duration;
use store::EtcdStore;

/// Octets of one record that etcd takes: its limit of a request is 1.5 MiB.
const LONGEST_RECORD: u64 = 1 << 20;

/// How an [`EtcdJournal`] works.
#[derive(Clone)]
pub struct EtcdOptions {
    /// Where the members listen for clients: "http://192.0.2.1:2379". All of them: when one does not answer, the next is asked.
    pub endpoints: Vec<String>,
    /// What all keys begin with. Two journals with one prefix are one journal. Default "osisession/".
    pub prefix: String,
    /// Limits. Those of the journal count the dialogues that are open here. A record has at most 1 MiB.
    pub quota: Quota,
    /// How long after the death of a process its dialogues are not given to another one. Default 10 s; etcd has a lowest value of its own.
    pub lease: Duration,
    /// How long one request to one member may take. Default 3 s.
    pub request_timeout: Duration,
    /// How long to go on asking when no member answers; then the journal has failed. Default 30 s.
    pub patience: Duration,
    /// How long something at [`crate::Durability::Lazy`] waits for company. Default 200 ms.
    pub lazy_delay: Duration,
    /// Who this process is, for whoever finds a dialogue in use. Default: the number of the process.
    pub owner: String,
    /// Name and password of a user of etcd.
    pub user: Option<(String, String)>,
    /// For endpoints that begin with "https:".
    pub tls: Option<EtcdTls>,
}

/// TLS to etcd. All in PEM.
#[derive(Clone)]
pub struct EtcdTls {
    /// Certificates of the authorities that are trusted.
    pub roots: Vec<u8>,
    /// Our certificate chain and its key, if the members want one.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
}

impl EtcdOptions {
    /// The defaults, with these endpoints.
    pub fn new(endpoints: impl IntoIterator<Item = impl Into<String>>) -> EtcdOptions {
        EtcdOptions {
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            prefix: "osisession/".into(),
            quota: Quota { record_octets: LONGEST_RECORD, ..Quota::default() },
            lease: Duration::from_secs(10),
            request_timeout: Duration::from_secs(3),
            patience: Duration::from_secs(30),
            lazy_delay: Duration::from_millis(200),
            owner: format!("process {}", std::process::id()),
            user: None,
            tls: None,
        }
    }
}

/// Without password and key.
impl std::fmt::Debug for EtcdOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EtcdOptions")
            .field("endpoints", &self.endpoints)
            .field("prefix", &self.prefix)
            .field("lease", &self.lease)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// A journal in a cluster of etcd (v3 API), for dialogues that must outlive the machine. Durable is what a majority of its members
/// has stored. Two processes never serve one dialogue: each dialogue has a key of its owner that lives as long as the owner's lease, and
/// each write holds only while that key is the one that the writer made.
///
/// A thread of its own writes, another one keeps the lease. History that is not needed any more is removed by the cluster itself, as
/// its operator has set it (`--auto-compaction-retention`).
pub struct EtcdJournal {
    group: Group,
}

impl EtcdJournal {
    /// Opens the journal.
    ///
    /// # Errors
    /// `Invalid`: options. `Storage`: no member answers, or it refuses.
    pub fn open(options: EtcdOptions) -> Result<EtcdJournal> {
        let mut quota = options.quota.clone();
        quota.record_octets = quota.record_octets.min(LONGEST_RECORD);
        let pace = Pace { quota, lazy_delay: options.lazy_delay, commit_octets: 4 << 20 };
        let store = EtcdStore::open(&options)?;
        Ok(EtcdJournal { group: Group::new(store, pace)? })
    }

    /// Writes what was appended at [`crate::Durability::Sync`] and [`crate::Durability::Lazy`], and gives all dialogues back. Logs
    /// that are still open fail with `Closed`. Dropping the journal does the same and keeps the error to itself.
    ///
    /// # Errors
    /// `Storage`: not all could be written.
    pub fn close(mut self) -> Result<()> {
        self.group.close()
    }
}

impl Journal for EtcdJournal {
    fn open(&self, dialogue: &[u8]) -> Result<Opened> {
        self.group.open(dialogue)
    }

    fn remove(&self, dialogue: &[u8]) -> Result<()> {
        self.group.remove(dialogue)
    }

    fn dialogues(&self) -> Result<Vec<Vec<u8>>> {
        self.group.dialogues()
    }

    /// Nothing to do: see [`EtcdJournal`].
    fn compact(&self) -> Result<Compacted> {
        self.group.compact()
    }
}
