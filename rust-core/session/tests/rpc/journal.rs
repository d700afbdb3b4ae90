//! Requests that are kept in a journal: what holds when processes end.
use crate::support::*;
use osisession::rpc::*;
use osisession::{Endpoint, ErrorKind};
use osisession_journal::{Error as Failed, Journal, MemoryJournal, MemoryOptions, RedbJournal};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

fn server_at(endpoint: &Endpoint, address: &str, journal: Arc<dyn Journal>) -> Server {
    let mut config = ServerConfig::default();
    config.journal = Some(RequestJournal::new(journal, "server"));
    let mut made = None;
    until(|| {
        made = Server::new(endpoint, address, config.clone()).ok();
        made.is_some()
    });
    made.expect("a server")
}

fn kept(journal: &Arc<MemoryJournal>) -> ClientConfig {
    let mut config = hasty();
    config.journal = Some(RequestJournal::new(journal.clone(), "client"));
    config
}

#[test]
fn a_server_that_starts_again_carries_nothing_out_twice() {
    let (near, far) = (started(), started());
    let journal = Arc::new(MemoryJournal::default());
    let server = server_at(&far, "127.0.0.1:0", journal.clone());
    let address = server.local_address();
    let cable = Cable::to(address.clone());
    let client = Client::new(&near, &cable.address, hasty()).expect("a client");
    let interrupted = client.start("begun", Options::default()).expect("asked");
    let begun = server.next_request(Some(LONG)).expect("a request");
    let answered = client.start("answered", Options::default()).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    // The answer is stored, and gets lost on its way.
    cable.refuse(true);
    cable.cut();
    until(|| !server.clients()[0].is_connected());
    request.respond("the answer").expect("answered");
    std::thread::sleep(Duration::from_millis(50));
    journal.crash();
    drop(server);
    far.close();
    drop(begun);
    let far = started();
    let server = server_at(&far, &address, journal);
    assert_eq!(server.clients().len(), 1, "it knows its client");
    cable.refuse(false);
    assert_eq!(answered.wait(), Ok("the answer".into()));
    let failure = interrupted.wait().expect_err("nobody knows");
    assert!(matches!(failure, Failure::Unknown { why: Why::Interrupted, .. }), "{failure:?}");
    assert!(server.try_next_request().is_none());
    let next = client.start("next", Options::default()).expect("asked");
    server.next_request(Some(LONG)).expect("a request").respond("done").expect("answered");
    assert_eq!(next.wait(), Ok("done".into()));
}

#[test]
fn a_client_that_starts_again_gets_the_outcomes_of_what_it_asked() {
    let (near, far) = (started(), started());
    let server = Server::new(&far, "127.0.0.1:0", ServerConfig::default()).expect("a server");
    let address = server.local_address();
    let journal = Arc::new(MemoryJournal::default());
    let client = Client::new(&near, &address, kept(&journal)).expect("a client");
    assert!(client.resumed().is_empty());
    let association = client.association();
    let id = client.start_queued("once", Options::default()).expect("asked");
    let request = server.next_request(Some(LONG)).expect("a request");
    journal.crash();
    drop(client);
    near.close();
    let near = started();
    let client = Client::new(&near, &address, kept(&journal)).expect("a client");
    assert_eq!(client.association(), association);
    assert_eq!(client.resumed(), [id]);
    request.respond("the answer").expect("answered");
    assert_eq!(client.next_outcome(Some(LONG)), Ok((id, Ok("the answer".into()))));
    assert!(server.try_next_request().is_none(), "it was asked once");
    // What was told is settled.
    journal.crash();
    drop(client);
    let client = Client::new(&near, &address, kept(&journal)).expect("a client");
    assert!(client.resumed().is_empty());
    assert_ne!(client.start_queued("another", Options::default()), Ok(id), "no number comes twice");
}

#[test]
fn a_journal_has_one_owner() {
    let near = started();
    let journal = Arc::new(MemoryJournal::default());
    let client = Client::new(&near, "127.0.0.1:1", kept(&journal)).expect("a client");
    let error = Client::new(&near, "127.0.0.1:1", kept(&journal)).expect_err("in use");
    assert_eq!(error.kind(), ErrorKind::Refused);
    client.close();
    Client::new(&near, "127.0.0.1:1", kept(&journal)).expect("it is free");
    let mut config = kept(&journal);
    config.journal = Some(RequestJournal::new(journal, vec![b'x'; 201]));
    assert_eq!(
        Client::new(&near, "127.0.0.1:1", config).expect_err("a long label").kind(),
        ErrorKind::Invalid
    );
}

#[test]
fn nothing_is_sent_or_told_before_it_is_durable() {
    let (near, far) = (started(), started());
    let (server, _) = echo(&far);
    let options = MemoryOptions { manual: true, ..MemoryOptions::default() };
    let journal = Arc::new(MemoryJournal::new(options));
    let client = Client::new(&near, &server.local_address(), kept(&journal)).expect("a client");
    client.open(Some(LONG)).expect("a session");
    let asked = client.start("x", Options::default()).expect("asked");
    std::thread::sleep(Duration::from_millis(100));
    assert!(!asked.is_settled());
    // Each step of it waits for the one before: asked, then settled.
    let mut syncs = 0;
    until(|| {
        syncs += journal.complete();
        asked.is_settled()
    });
    assert!(syncs >= 2, "{syncs} syncs");
    assert_eq!(asked.wait(), Ok("x".into()));
}

#[test]
fn a_journal_that_fails_ends_the_client_and_says_so() {
    let (near, far) = (started(), started());
    let (server, count) = echo(&far);
    let journal = Arc::new(MemoryJournal::default());
    let client = Client::new(&near, &server.local_address(), kept(&journal)).expect("a client");
    assert_eq!(client.request("first", Some(LONG)), Ok("first".into()));
    journal.fail_next_sync(Failed::Storage { operation: "sync", cause: "the disk is gone".into() });
    let failure = client.request("second", Some(LONG)).expect_err("it cannot be kept");
    assert!(failure.to_string().contains("the disk is gone"), "{failure}");
    let failure = client.request("third", Some(LONG)).expect_err("it is closed");
    assert!(matches!(&failure, Failure::Refused(error) if error.to_string().contains("the disk is gone")));
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[test]
fn a_server_whose_journal_failed_takes_the_client_up_again() {
    let (near, far) = (started(), started());
    let journal = Arc::new(MemoryJournal::default());
    let server = server_at(&far, "127.0.0.1:0", journal.clone());
    server.serve(|request| {
        let data = request.data().clone();
        let _ = request.respond(data);
    });
    let client = Client::new(&near, &server.local_address(), hasty()).expect("a client");
    assert_eq!(client.request("first", Some(LONG)), Ok("first".into()));
    journal.fail_next_sync(Failed::Storage { operation: "sync", cause: "the disk is gone".into() });
    let second = client.request("second", Some(LONG));
    assert!(second.is_ok() || second.as_ref().is_err_and(Failure::is_unknown), "{second:?}");
    assert_eq!(client.request("third", Some(LONG)), Ok("third".into()));
    let mut told = false;
    while let Some(event) = server.try_next_event() {
        told |= matches!(event, ServerEvent::Down(_, Some(error)) if error.to_string().contains("the disk is gone"));
    }
    assert!(told);
}

#[test]
fn who_is_forgotten_is_gone_from_the_journal() {
    let (near, far) = (started(), started());
    let journal = Arc::new(MemoryJournal::default());
    let mut config = ServerConfig::default();
    config.remember = Duration::from_millis(20);
    config.journal = Some(RequestJournal::new(journal.clone(), "server"));
    let server = Server::new(&far, "127.0.0.1:0", config).expect("a server");
    let client = Client::new(&near, &server.local_address(), hasty()).expect("a client");
    client.open(Some(LONG)).expect("a session");
    assert_eq!(journal.dialogues().expect("names").len(), 1);
    client.release(Some(LONG)).expect("released");
    until(|| journal.dialogues().expect("names").is_empty());
}

#[test]
fn a_long_life_does_not_let_the_journal_grow() {
    let (near, far) = (started(), started());
    let journal = Arc::new(MemoryJournal::default());
    let server = server_at(&far, "127.0.0.1:0", journal.clone());
    server.serve(|request| {
        let _ = request.respond("done");
    });
    let client = Client::new(&near, &server.local_address(), kept(&journal)).expect("a client");
    for _ in 0..200 {
        client.request(vec![7; 100_000], Some(LONG)).expect("answered");
    }
    for name in journal.dialogues().expect("names") {
        let octets: usize = journal.durable_records(&name).iter().map(|record| record.len()).sum();
        assert!(octets < 5 << 20, "{octets} octets for {}", String::from_utf8_lossy(&name));
    }
}

// Processes that are killed.

/// Kills of either side.
const KILLS: u64 = 15;
const FOLDER: &str = "OSISESSION_TEST_RPC_FOLDER";
const ADDRESS: &str = "OSISESSION_TEST_RPC_ADDRESS";

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn lines(folder: &Path, name: &str) -> File {
    OpenOptions::new().create(true).append(true).open(folder.join(name)).expect("a file")
}

/// What the process of a server does; nothing in an ordinary run.
#[test]
fn child_that_is_asked() {
    let Some(folder) = folder() else { return };
    let journal = Arc::new(RedbJournal::open(folder.join("server.journal")).expect("a journal"));
    let endpoint = started();
    let server = server_at(&endpoint, &std::env::var(ADDRESS).expect("an address"), journal);
    let mut done = lines(&folder, "done");
    loop {
        let request = server.next_request(None).expect("a request");
        // One line, one write.
        done.write_all(&[request.data(), &b"\n"[..]].concat()).expect("written");
        let data = request.data().clone();
        let _ = request.respond(data);
    }
}

/// What the process of a client does; nothing in an ordinary run.
#[test]
fn child_that_asks() {
    let Some(folder) = folder() else { return };
    let journal = Arc::new(RedbJournal::open(folder.join("client.journal")).expect("a journal"));
    let endpoint = started();
    let mut config = hasty();
    config.journal = Some(RequestJournal::new(journal, "client"));
    let client =
        Client::new(&endpoint, &std::env::var(ADDRESS).expect("an address"), config).expect("a client");
    let mut outcomes = lines(&folder, "outcomes");
    let tell = |outcomes: &mut File, (id, answer): (u64, Answer)| {
        let said = match answer {
            Ok(data) => format!("{id} answered {}\n", String::from_utf8_lossy(&data)),
            Err(failure) if failure.is_unknown() => format!("{id} unknown\n"),
            Err(_) => format!("{id} not-done\n"),
        };
        outcomes.write_all(said.as_bytes()).expect("written");
    };
    for _ in client.resumed() {
        let outcome = client.next_outcome(Some(LONG)).expect("an outcome");
        tell(&mut outcomes, outcome);
    }
    loop {
        for _ in 0..8 {
            client.start_queued(unique(), Options::default()).expect("asked");
        }
        for _ in 0..8 {
            let outcome = client.next_outcome(Some(LONG)).expect("an outcome");
            tell(&mut outcomes, outcome);
        }
    }
}

/// A text that no other process makes.
fn unique() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

struct Process(Child);

impl Process {
    fn start(folder: &Path, address: &str, test: &str) -> Process {
        let me = std::env::current_exe().expect("a path");
        let child = Command::new(me)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .env(ADDRESS, address)
            .stdout(std::process::Stdio::null())
            .spawn();
        Process(child.expect("a process"))
    }
}

impl Process {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn killed_processes_carry_nothing_out_twice() {
    let folder = std::env::temp_dir().join(format!("osisession-rpc-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("bound").to_string()
    };
    let count =
        |name: &str| std::fs::read_to_string(folder.join(name)).map_or(0, |text| text.lines().count());
    let asked = || Process::start(&folder, &address, "journal::child_that_is_asked");
    let asks = || Process::start(&folder, &address, "journal::child_that_asks");
    let (mut server, mut client) = (asked(), asks());
    for kill in 0..2 * KILLS {
        // Each life does something before it ends.
        let before = count("outcomes");
        until(|| count("outcomes") > before + 8);
        std::thread::sleep(Duration::from_millis(kill * 7 % 40));
        if kill % 2 == 0 {
            server.kill();
            server = asked();
        } else {
            client.kill();
            client = asks();
        }
    }
    let before = count("outcomes");
    until(|| count("outcomes") > before + 50);
    drop(client);
    drop(server);

    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let mut done: BTreeMap<String, u32> = BTreeMap::new();
    for line in text("done").lines() {
        *done.entry(line.to_owned()).or_default() += 1;
    }
    let twice: Vec<_> = done.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "carried out twice: {twice:?}");
    let mut answered = 0;
    for line in text("outcomes").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if let [_, "answered", data] = words[..] {
            answered += 1;
            assert!(done.contains_key(data), "{data} was answered and not carried out");
        }
    }
    assert!(answered > 100, "{answered} answered");
    std::fs::remove_dir_all(&folder).expect("removed");
}
