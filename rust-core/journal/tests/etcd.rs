//! The journal in a real cluster of etcd: three members on loopback, killed while appends run. Without `etcd` in the path (Debian:
//! etcd-server) nothing is run, and it says so; with CI in the environment that is a failure.
#![cfg(feature = "etcd")]
mod common;

use common::{Folder, Random};
use osisession_journal::{
    Bytes, Durability, Error, EtcdJournal, EtcdOptions, EtcdTls, Journal, Log, Opened, Token,
};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(90);

struct Member {
    name: String,
    client: String,
    peer: String,
    process: Option<Child>,
}

struct Cluster {
    folder: Folder,
    members: Vec<Member>,
    /// More arguments.
    extra: Vec<String>,
}

impl Cluster {
    /// `None`: there is no etcd here.
    fn start(name: &str, size: usize) -> Option<Cluster> {
        if Command::new("etcd").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "etcd is not installed");
            println!("not run: etcd is not installed");
            return None;
        }
        // Ports that were free a moment ago; all at once, so that no two are the same.
        let listeners: Vec<TcpListener> =
            (0..2 * size).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let urls: Vec<String> =
            listeners.iter().map(|listener| format!("http://{}", listener.local_addr().unwrap())).collect();
        drop(listeners);
        let members = urls
            .chunks(2)
            .enumerate()
            .map(|(number, pair)| Member {
                name: format!("m{number}"),
                client: pair[0].clone(),
                peer: pair[1].clone(),
                process: None,
            })
            .collect();
        let mut cluster = Cluster { folder: Folder::new(name), members, extra: Vec::new() };
        (0..size).for_each(|number| cluster.run(number));
        cluster.await_leader();
        Some(cluster)
    }

    fn run(&mut self, number: usize) {
        let all: Vec<String> =
            self.members.iter().map(|member| format!("{}={}", member.name, member.peer)).collect();
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.file(&format!("log{number}")))
            .unwrap();
        let member = &self.members[number];
        let data = self.folder.file(&member.name);
        let process = Command::new("etcd")
            .args(["--name", &member.name, "--data-dir", data.to_str().unwrap()])
            .args(["--listen-client-urls", &member.client, "--advertise-client-urls", &member.client])
            .args(["--listen-peer-urls", &member.peer, "--initial-advertise-peer-urls", &member.peer])
            .args(["--initial-cluster", &all.join(","), "--initial-cluster-state", "new"])
            .args(["--heartbeat-interval", "100", "--election-timeout", "1000"])
            .args(&self.extra)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.members[number].process = Some(process);
    }

    fn kill(&mut self, number: usize) {
        let mut process = self.members[number].process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    fn alive(&self) -> usize {
        self.members.iter().filter(|member| member.process.is_some()).count()
    }

    /// Which member leads, as it says itself.
    fn leader(&self) -> Option<usize> {
        (0..self.members.len()).filter(|number| self.members[*number].process.is_some()).find(|number| {
            let Some(answer) = post(&self.members[*number].client, "/v3/maintenance/status") else {
                return false;
            };
            let leader = answer["leader"].as_str();
            leader.is_some() && leader == answer["header"]["member_id"].as_str()
        })
    }

    fn await_leader(&self) -> usize {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(leader) = self.leader() {
                return leader;
            }
            assert!(Instant::now() < deadline, "no leader");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn options(&self) -> EtcdOptions {
        let mut options = EtcdOptions::new(self.members.iter().map(|member| member.client.clone()));
        // The machine may be busy: what is tested is that nothing is lost, not that it is fast.
        options.patience = PATIENCE;
        options.request_timeout = Duration::from_secs(5);
        options
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for member in &mut self.members {
            if let Some(mut process) = member.process.take() {
                let _ = process.kill();
                let _ = process.wait();
            }
        }
    }
}

fn post(endpoint: &str, path: &str) -> Option<serde_json::Value> {
    post_body(endpoint, path, "{}")
}

fn post_body(endpoint: &str, path: &str, body: &str) -> Option<serde_json::Value> {
    ask(endpoint, path, body).filter(|(status, _)| *status == 200).map(|(_, answer)| answer)
}

/// The status of HTTP and the answer, whatever the status is.
fn ask(endpoint: &str, path: &str, body: &str) -> Option<(u16, serde_json::Value)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(5)))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    let mut answer = agent.post(format!("{endpoint}{path}")).send(body).ok()?;
    let octets = answer.body_mut().read_to_vec().ok()?;
    Some((answer.status().as_u16(), serde_json::from_slice(&octets).ok()?))
}

fn records(texts: &[&str]) -> Vec<Bytes> {
    texts.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect()
}

fn put(log: &mut dyn Log, texts: &[&str]) -> Token {
    let token = log.append(&records(texts), Durability::Sync).unwrap();
    log.wait(token, None).unwrap();
    token
}

#[test]
fn it_keeps_the_promises_of_all_journals() {
    let Some(cluster) = Cluster::start("contract", 1) else { return };
    let journal: Arc<dyn Journal> = Arc::new(EtcdJournal::open(cluster.options()).unwrap());
    common::keeps_its_promises(&journal);
}

#[test]
fn records_owners_and_checkpoints() {
    let Some(cluster) = Cluster::start("one", 1) else { return };
    let journal = EtcdJournal::open(cluster.options()).unwrap();
    let mut log = journal.open(b"d/1").unwrap().log;
    put(&mut *log, &["a", ""]);
    put(&mut *log, &["b"]);
    put(&mut *journal.open(&[0, 255]).unwrap().log, &["other"]);
    assert_eq!(journal.dialogues().unwrap(), [&[0, 255][..], b"d/1"]);
    assert!(matches!(journal.open(b"d/1"), Err(Error::InUse { .. })));

    // Another process, as far as etcd can tell.
    let mut options = cluster.options();
    options.owner = "the other one".into();
    let second = EtcdJournal::open(options).unwrap();
    match second.open(b"d/1") {
        Err(Error::InUse { what, owner }) => {
            assert_eq!(what, "dialogue d/1");
            assert!(owner.starts_with(&format!("process {} (lease ", std::process::id())), "{owner}");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(second.remove(b"d/1"), Err(Error::InUse { .. })));
    drop(log);
    // Given back when the first has got to it.
    let Opened { records: found, mut log } = take(&second, b"d/1");
    assert_eq!(found, records(&["a", "", "b"]));
    assert!(
        matches!(journal.open(b"d/1"), Err(Error::InUse { owner, .. }) if owner.starts_with("the other one"))
    );

    let token = log.checkpoint(&records(&["S"]), Durability::Lazy).unwrap();
    log.wait(token, None).unwrap();
    put(&mut *log, &["c"]);
    drop(log);
    assert_eq!(take(&second, b"d/1").records, records(&["S", "c"]));
    second.close().unwrap();
    assert_eq!(take(&journal, b"d/1").records, records(&["S", "c"]));
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = journal.remove(b"d/1") {
        assert!(matches!(error, Error::InUse { .. }) && Instant::now() < deadline, "{error}");
    }
    assert_eq!(journal.dialogues().unwrap(), [&[0, 255][..]]);
    assert!(take(&journal, b"d/1").records.is_empty());
}

/// Opens it once whoever had it has given it back.
fn take(journal: &EtcdJournal, name: &[u8]) -> Opened {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match journal.open(name) {
            Ok(opened) => return opened,
            Err(Error::InUse { .. }) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20))
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn large_records_and_checkpoints_of_several_transactions() {
    let Some(cluster) = Cluster::start("large", 1) else { return };
    let journal = EtcdJournal::open(cluster.options()).unwrap();
    let mut random = Random(5);
    let mut expected: Vec<Bytes> = (0..1500)
        .map(|number| {
            let length = if number % 300 == 7 { 900_000 } else { random.below(2000) as usize };
            Bytes::from(vec![number as u8; length])
        })
        .collect();
    let mut log = journal.open(b"d").unwrap().log;
    let token = log.append(&expected, Durability::Sync).unwrap();
    log.wait(token, None).unwrap();
    drop(log);
    let Opened { records: found, mut log } = take(&journal, b"d");
    assert!(found == expected, "{} of {}", found.len(), expected.len());
    expected.truncate(1400);
    expected.extend((0..3000_u32).map(|number| Bytes::copy_from_slice(&number.to_be_bytes())));
    let token = log.checkpoint(&expected, Durability::Sync).unwrap();
    log.wait(token, None).unwrap();
    let more = put(&mut *log, &["more"]);
    assert_eq!(log.progress().durable, more);
    expected.extend(records(&["more"]));
    drop(log);
    assert!(take(&journal, b"d").records == expected);
    let too_long = Bytes::from(vec![0; (1 << 20) + 1]);
    let refused = take(&journal, b"e").log.append(&[too_long], Durability::Sync);
    assert!(matches!(refused, Err(Error::Quota { limit: "octets of a record", .. })));
}

/// The lease ends behind the owner's back; somebody else takes the dialogue, and what the first still writes does not get in.
#[test]
fn whoever_lost_the_lease_writes_nothing() {
    let Some(cluster) = Cluster::start("fence", 1) else { return };
    let first = EtcdJournal::open(cluster.options()).unwrap();
    let second = EtcdJournal::open(cluster.options()).unwrap();
    let mut log = first.open(b"d").unwrap().log;
    let mut other = first.open(b"x").unwrap().log;
    put(&mut *log, &["a"]);
    put(&mut *other, &["x"]);
    let owner = match second.open(b"d") {
        Err(Error::InUse { owner, .. }) => owner,
        other => panic!("{other:?}"),
    };
    let lease = owner.rsplit("lease ").next().unwrap().trim_end_matches(')');
    let lease = i64::from_str_radix(lease, 16).unwrap();
    let endpoint = &cluster.members[0].client;
    post_body(endpoint, "/v3/lease/revoke", &format!("{{\"ID\":\"{lease}\"}}")).unwrap();

    let mut taken = second.open(b"d").unwrap();
    assert_eq!(taken.records, records(&["a"]));
    put(&mut *taken.log, &["b"]);
    let token = log.append(&records(&["from the grave"]), Durability::Sync).unwrap();
    match log.wait(token, None) {
        Err(Error::Lost { dialogue, cause }) => {
            assert_eq!(dialogue, "d");
            assert!(cause.starts_with("its owner is process "), "{cause}");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(log.checkpoint(&[], Durability::Sync), Err(Error::Lost { .. })));
    // Each dialogue finds out for itself.
    let token = other.checkpoint(&[], Durability::Sync).unwrap();
    assert!(
        matches!(other.wait(token, None), Err(Error::Lost { cause, .. }) if cause == "its lease has ended")
    );
    drop((log, other));
    // With a new lease the first can take what is free.
    assert_eq!(take(&first, b"x").records, records(&["x"]));
    put(&mut *taken.log, &["c"]);
    drop(taken);
    assert_eq!(take(&first, b"d").records, records(&["a", "b", "c"]));
}

const CHILD: &str = "JOURNAL_TEST_ETCD";
/// Long enough for a busy machine to renew it.
const CHILD_LEASE: Duration = Duration::from_secs(6);

/// The program that is started again and killed. In an ordinary run there is nothing to do.
#[test]
fn child() {
    let Ok(endpoint) = std::env::var(CHILD) else { return };
    let mut options = EtcdOptions::new([endpoint]);
    options.lease = CHILD_LEASE;
    let journal = EtcdJournal::open(options).unwrap();
    let Opened { records, mut log } = journal.open(b"d").unwrap();
    let mut at = records.len();
    loop {
        at += 1;
        put(&mut *log, &[&format!("M{at}")]);
        std::io::stdout().lock().write_all(format!("\nack {at}\n").as_bytes()).unwrap();
    }
}

#[test]
fn a_process_that_is_killed_gives_its_dialogues_back_when_its_lease_ends() {
    let Some(cluster) = Cluster::start("lease", 1) else { return };
    let second = EtcdJournal::open(cluster.options()).unwrap();
    let mut random = Random(3);
    for round in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, &cluster.members[0].client)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let number = |line: String| line.strip_prefix("ack ").and_then(|number| number.parse::<usize>().ok());
        let first = lines.by_ref().find_map(number).unwrap();
        let reader = std::thread::spawn(move || lines.filter_map(number).last());
        // The first time it is kept alive for longer than the lease lasts.
        let longer = if round == 0 { CHILD_LEASE + Duration::from_secs(2) } else { Duration::ZERO };
        let until = Instant::now() + longer + Duration::from_millis(random.below(1000));
        while Instant::now() < until {
            assert!(matches!(second.open(b"d"), Err(Error::InUse { .. })));
            std::thread::sleep(Duration::from_millis(100));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let told = reader.join().unwrap().unwrap_or(first);
        let found = take(&second, b"d").records;
        assert!(found.len() >= told, "told {told}, found {}", found.len());
        let expected: Vec<Bytes> = (1..=found.len()).map(|number| format!("M{number}").into()).collect();
        assert!(found == expected);
        // Given back, for the next round.
        drop(take(&second, b"d"));
        second.dialogues().unwrap();
    }
}

#[test]
fn damage_is_reported() {
    let Some(cluster) = Cluster::start("damage", 1) else { return };
    let journal = EtcdJournal::open(cluster.options()).unwrap();
    let mut log = journal.open(b"d").unwrap().log;
    put(&mut *log, &["a"]);
    put(&mut *log, &["b"]);
    put(&mut *log, &["c"]);
    put(&mut *journal.open(b"e").unwrap().log, &["e"]);
    drop(log);
    drop(take(&journal, b"d"));
    // The second record goes, behind the journal's back: osisession/log/64/0000000000000001.
    let endpoint = &cluster.members[0].client;
    let key = "b3Npc2Vzc2lvbi9sb2cvNjQvMDAwMDAwMDAwMDAwMDAwMQ==";
    let answer = post_body(endpoint, "/v3/kv/deleterange", &format!("{{\"key\":\"{key}\"}}")).unwrap();
    assert_eq!(answer["deleted"].as_str(), Some("1"));
    match retry(&journal, b"d") {
        Err(Error::Damaged(damage)) => {
            assert_eq!(damage.dialogue.as_deref(), Some(&b"d"[..]));
            assert_eq!(damage.record, Some(1));
        }
        other => panic!("{other:?}"),
    }
    // Something else is there instead: "x".
    post_body(endpoint, "/v3/kv/put", &format!("{{\"key\":\"{key}\",\"value\":\"eA==\"}}")).unwrap();
    match retry(&journal, b"d") {
        Err(Error::Damaged(damage)) => assert_eq!(damage.what, "checksum of the records"),
        other => panic!("{other:?}"),
    }
    assert_eq!(take(&journal, b"e").records, records(&["e"]));
}

fn retry(journal: &EtcdJournal, name: &[u8]) -> Result<Opened, Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match journal.open(name) {
            Err(Error::InUse { .. }) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20))
            }
            other => return other,
        }
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_an_error() {
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut options = EtcdOptions::new([format!("http://{endpoint}")]);
    options.patience = Duration::from_millis(200);
    match EtcdJournal::open(options.clone()) {
        Err(Error::Storage { operation: "get a lease from etcd", .. }) => {}
        other => panic!("{:?}", other.err()),
    }
    options.prefix = "no slash".into();
    assert!(matches!(EtcdJournal::open(options), Err(Error::Invalid(_))));
    assert!(matches!(EtcdJournal::open(EtcdOptions::new([""; 0])), Err(Error::Invalid(_))));
}

/// Stands between the journal and a member, and behaves as networks do: some requests get lost, some answers, and some requests arrive
/// again when nobody thinks of them any more.
struct Proxy {
    endpoint: String,
    faults: Arc<[AtomicU64; 3]>,
}

impl Proxy {
    fn start(member: String, seed: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let faults: Arc<[AtomicU64; 3]> = Arc::default();
        let counted = faults.clone();
        let shared = Arc::new(Mutex::new((Random(seed), Vec::new())));
        // Ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (member, shared, counted) = (member.clone(), shared.clone(), counted.clone());
                std::thread::spawn(move || while pass(&stream, &member, &shared, &counted).is_some() {});
            }
        });
        Proxy { endpoint, faults }
    }
}

/// Requests that arrive late: after so many others, path and body.
type Late = Vec<(u64, String, String)>;

/// One request. `None`: the connection ends.
fn pass(
    stream: &TcpStream,
    member: &str,
    shared: &Mutex<(Random, Late)>,
    faults: &[AtomicU64; 3],
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let path = line.split(' ').nth(1)?.to_string();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        if line == "\r\n" {
            break;
        }
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    // One request at a time: what comes late comes between others, not among them.
    let mut guard = shared.lock().unwrap();
    let (random, late) = &mut *guard;
    late.iter_mut().for_each(|one| one.0 -= 1);
    while let Some(at) = late.iter().position(|one| one.0 == 0) {
        let (_, path, body) = late.swap_remove(at);
        faults[2].fetch_add(1, Ordering::Relaxed);
        post_body(member, &path, &body);
    }
    let fate = random.below(10);
    if path == "/v3/kv/txn" && random.below(4) == 0 {
        late.push((1 + random.below(30), path.clone(), body.clone()));
    }
    if fate == 0 {
        faults[0].fetch_add(1, Ordering::Relaxed);
        return None;
    }
    let (status, answer) = ask(member, &path, &body)?;
    let answer = answer.to_string();
    if fate == 1 {
        faults[1].fetch_add(1, Ordering::Relaxed);
        return None;
    }
    let head = format!(
        "HTTP/1.1 {status} \r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        answer.len()
    );
    let mut writer = stream;
    writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(answer.as_bytes())).ok()
}

#[test]
fn lost_answers_and_late_requests_do_no_harm() {
    let Some(cluster) = Cluster::start("proxy", 1) else { return };
    let proxy = Proxy::start(cluster.members[0].client.clone(), 77);
    let mut options = cluster.options();
    options.endpoints = vec![proxy.endpoint.clone()];
    options.lease = Duration::from_secs(60);
    let mut random = Random(78);
    let names = [&b"a"[..], b"b"];
    let mut expected = [Vec::<Bytes>::new(), Vec::new()];
    for _ in 0..4 {
        let journal = EtcdJournal::open(options.clone()).unwrap();
        let mut logs = Vec::new();
        for (name, expected) in names.iter().zip(&expected) {
            let Opened { records, log } = journal.open(name).unwrap();
            assert!(records == *expected, "{} and {}", records.len(), expected.len());
            logs.push(log);
        }
        for _ in 0..50 {
            let which = random.below(2) as usize;
            let (log, expected) = (&mut logs[which], &mut expected[which]);
            let large = random.below(12) == 0;
            let records: Vec<Bytes> = (0..1 + random.below(4))
                .map(|_| Bytes::from(vec![random.below(256) as u8; if large { 400_000 } else { 20 }]))
                .collect();
            let token = if random.below(5) == 0 {
                expected.clear();
                log.checkpoint(&records, Durability::Sync).unwrap()
            } else {
                log.append(&records, Durability::Sync).unwrap()
            };
            expected.extend(records);
            if random.below(3) > 0 {
                log.wait(token, None).unwrap();
            }
            if random.below(15) == 0 {
                let Opened { records, log } = {
                    drop(logs.swap_remove(which));
                    journal.open(names[which]).unwrap()
                };
                assert!(records == *expected, "{} and {}", records.len(), expected.len());
                logs.push(log);
                let last = logs.len() - 1;
                logs.swap(which, last);
            }
        }
        drop(logs);
        journal.close().unwrap();
    }
    let faults = proxy.faults.each_ref().map(|count| count.load(Ordering::Relaxed));
    println!("{} requests lost, {} answers lost, {} requests late", faults[0], faults[1], faults[2]);
    assert!(faults.iter().all(|count| *count > 10));
    let journal = EtcdJournal::open(options).unwrap();
    journal.remove(b"a").unwrap();
    assert_eq!(journal.dialogues().unwrap(), [b"b"]);
    assert!(journal.open(b"b").unwrap().records == expected[1]);
}

/// An authority, and a certificate with its key for the members or for us.
struct Pki {
    authority: rcgen::CertifiedIssuer<'static, rcgen::KeyPair>,
}

impl Pki {
    fn new() -> Pki {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        Pki { authority: rcgen::CertifiedIssuer::self_signed(params, key).unwrap() }
    }

    fn issue(&self, name: &str) -> (String, String) {
        let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_string()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        if !name.is_empty() {
            params.distinguished_name.push(rcgen::DnType::OrganizationName, name);
        }
        params.extended_key_usages =
            vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth, rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let key = rcgen::KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.authority).unwrap().pem(), key.serialize_pem())
    }
}

#[test]
fn with_tls_certificates_on_both_sides_and_a_user() {
    let Some(mut cluster) = Cluster::start("tls", 1) else { return };
    // Users are made while it still listens without TLS.
    let endpoint = cluster.members[0].client.clone();
    for (path, body) in [
        ("/v3/auth/user/add", r#"{"name":"root","password":"secret"}"#),
        ("/v3/auth/role/add", r#"{"name":"root"}"#),
        ("/v3/auth/user/grant", r#"{"user":"root","role":"root"}"#),
        ("/v3/auth/enable", "{}"),
    ] {
        post_body(&endpoint, path, body).unwrap();
    }
    let mut options = cluster.options();
    options.patience = Duration::from_secs(2);
    // A lease is for everybody, keys are not.
    let refused = |options: &EtcdOptions| match EtcdJournal::open(options.clone())
        .and_then(|journal| journal.open(b"d"))
    {
        Err(Error::Storage { cause, .. }) => cause,
        other => panic!("{other:?}"),
    };
    let cause = refused(&options);
    assert!(cause.contains("user name is empty"), "{cause}");
    options.user = Some(("root".into(), "wrong".into()));
    let cause = refused(&options);
    assert!(cause.contains("authentication failed"), "{cause}");
    options.patience = PATIENCE;
    options.user = Some(("root".into(), "secret".into()));
    let journal = EtcdJournal::open(options.clone()).unwrap();
    put(&mut *journal.open(b"d").unwrap().log, &["a"]);
    journal.close().unwrap();

    let pki = Pki::new();
    let (authority, (certificate, key)) = (pki.authority.pem(), pki.issue("members"));
    for (name, pem) in [("ca.pem", &authority), ("member.pem", &certificate), ("member.key", &key)] {
        std::fs::write(cluster.folder.file(name), pem).unwrap();
    }
    cluster.kill(0);
    let member = &mut cluster.members[0];
    member.client = member.client.replace("http:", "https:");
    for (flag, name) in
        [("--cert-file", "member.pem"), ("--key-file", "member.key"), ("--trusted-ca-file", "ca.pem")]
    {
        let path = cluster.folder.file(name).to_str().unwrap().to_string();
        cluster.extra.extend([flag.to_string(), path]);
    }
    cluster.extra.push("--client-cert-auth".into());
    cluster.run(0);
    options.endpoints = vec![cluster.members[0].client.clone()];
    let (ours, our_key) = pki.issue("");
    let roots = authority.into_bytes();
    options.tls =
        Some(EtcdTls { roots: roots.clone(), client: Some((ours.into_bytes(), our_key.into_bytes())) });
    let journal = EtcdJournal::open(options.clone()).unwrap();
    assert_eq!(take(&journal, b"d").records, records(&["a"]));
    put(&mut *take(&journal, b"d").log, &["b"]);
    journal.close().unwrap();

    options.patience = Duration::from_secs(1);
    options.tls = Some(EtcdTls { roots, client: None });
    assert!(
        matches!(EtcdJournal::open(options.clone()), Err(Error::Storage { .. })),
        "without our certificate"
    );
    options.tls = Some(EtcdTls { roots: Pki::new().authority.pem().into_bytes(), client: None });
    match EtcdJournal::open(options.clone()) {
        Err(Error::Storage { cause, .. }) => assert!(cause.contains("certificate"), "{cause}"),
        other => panic!("another authority: {:?}", other.err()),
    }
    options.tls = Some(EtcdTls { roots: b"no certificate".to_vec(), client: None });
    assert!(matches!(EtcdJournal::open(options), Err(Error::Invalid(_))));
}

/// One member after the other dies and comes back, the leader among them, while four dialogues append.
#[test]
fn members_and_leaders_die_and_nothing_acknowledged_is_lost() {
    const DIALOGUES: usize = 4;
    let rounds = if std::env::var_os("JOURNAL_TEST_LONG").is_some() { 30 } else { 4 };
    let Some(mut cluster) = Cluster::start("three", 3) else { return };
    let journal = EtcdJournal::open(cluster.options()).unwrap();
    let stop = AtomicBool::new(false);
    let mut leaders = BTreeSet::new();
    let told: Vec<u64> = std::thread::scope(|scope| {
        let (journal, stop) = (&journal, &stop);
        let writers: Vec<_> = (0..DIALOGUES)
            .map(|number| {
                scope.spawn(move || {
                    let mut log = journal.open(format!("d{number}").as_bytes()).unwrap().log;
                    let mut at = 0_u64;
                    while !stop.load(Ordering::Relaxed) {
                        let token = if at % 97 == 96 {
                            log.checkpoint(&[Bytes::from(format!("S{at}"))], Durability::Sync).unwrap()
                        } else {
                            log.append(&[Bytes::from(format!("M{at}"))], Durability::Sync).unwrap()
                        };
                        log.wait(token, None).unwrap();
                        at += 1;
                    }
                    at
                })
            })
            .collect();
        let mut random = Random(99);
        for round in 0..rounds {
            std::thread::sleep(Duration::from_millis(300 + random.below(700)));
            let leader = cluster.await_leader();
            leaders.insert(leader);
            let victim = if round % 2 == 0 { leader } else { (leader + 1) % 3 };
            cluster.kill(victim);
            assert_eq!(cluster.alive(), 2);
            std::thread::sleep(Duration::from_millis(random.below(1500)));
            cluster.await_leader();
            cluster.run(victim);
            let deadline = Instant::now() + PATIENCE;
            while post(&cluster.members[victim].client, "/v3/kv/range").is_none()
                && post(&cluster.members[victim].client, "/v3/maintenance/status").is_none()
            {
                assert!(Instant::now() < deadline);
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        std::thread::sleep(Duration::from_millis(500));
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    journal.close().unwrap();
    let journal = EtcdJournal::open(cluster.options()).unwrap();
    for (number, told) in told.iter().enumerate() {
        let found = take(&journal, format!("d{number}").as_bytes()).records;
        let first = found[0].clone();
        let text = std::str::from_utf8(&first).unwrap();
        let begin: u64 = text[1..].parse().unwrap();
        assert_eq!(begin + found.len() as u64, *told, "{text} and {} behind it", found.len());
        for (record, number) in found.iter().zip(begin..) {
            let letter = if number % 97 == 96 { 'S' } else { 'M' };
            assert_eq!(*record, Bytes::from(format!("{letter}{number}")));
        }
    }
    println!("{told:?} appends acknowledged, {rounds} members killed, leaders {leaders:?}");
    assert!(told.iter().all(|told| *told > 0));
}
