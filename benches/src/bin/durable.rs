//! Messages a second through durable dialogues over loopback, at each level of durability, beside a bare append and sync of a file, a
//! bare loop of commits of the store below, and plain sessions. What is compared is measured in turns.
//!
//! `durable [FOLDER [ROUNDS]]`: the journal goes where you say, because the disk decides.
use bytes::Bytes;
use osisession::durable::{DialOptions, Dialogue, Durability, DurableConfig, DurableNode};
use osisession::{
    ConnectRequest, ConnectResponse, Endpoint, EndpointConfig, ErrorKind, Event, ListenerConfig, Session,
    SessionConfig,
};
use osisession_journal::{Journal, MemoryJournal, RedbJournal};
use redb::{Database, TableDefinition};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const RECORD: usize = 256;
const FLIGHT: usize = 64;
/// How long one thing is measured in one round.
const TURN: Duration = Duration::from_millis(500);
const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");

/// Something that is measured: does some messages and says how many.
struct Case {
    name: &'static str,
    /// What it is compared with, by name.
    beside: &'static str,
    run: Box<dyn FnMut() -> usize>,
    rates: Vec<f64>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let rounds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(7);
    let folder = folder.join(format!("osisession-durable-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder to write to");
    let mut cases = cases(&folder);
    for _ in 0..rounds {
        for case in &mut cases {
            (case.run)();
            let (begun, mut messages) = (Instant::now(), 0);
            while begun.elapsed() < TURN {
                messages += (case.run)();
            }
            case.rates.push(messages as f64 / begun.elapsed().as_secs_f64());
        }
    }
    println!("{RECORD} octets a message, {rounds} rounds of {} ms each; medians", TURN.as_millis());
    println!("{:<62}{:>12}{:>10}  beside", "", "messages/s", "ratio");
    for case in &cases {
        let base = cases.iter().find(|other| other.name == case.beside).unwrap_or(case);
        // Round by round: what disturbs both does not count.
        let ratios = case.rates.iter().zip(&base.rates).map(|(rate, base)| rate / base).collect();
        println!(
            "{:<62}{:>12.0}{:>10.2}  {}",
            case.name,
            median(case.rates.clone()),
            median(ratios),
            case.beside
        );
    }
    recovery(&folder);
    let _ = std::fs::remove_dir_all(&folder);
    // What the cases have goes with the process: a case is no example of an orderly end.
    std::process::exit(0);
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn record() -> Bytes {
    Bytes::from(vec![0x5a; RECORD])
}

fn cases(folder: &Path) -> Vec<Case> {
    let case = |name, beside, run| Case { name, beside, run, rates: Vec::new() };
    let (file, redb, plain) = ("file: 64 appends, sync", "redb: 64 inserts, commit", "plain session: S-DATA");
    let level = |file: &str, level, flight| dialogue(&folder.join(file), None, level, flight, false);
    let both = [folder.join("both-near"), folder.join("both-far")];
    vec![
        case("file: append, sync", "file: append, sync", bare_file(folder, "f1", 1)),
        case("redb: insert, commit", "file: append, sync", bare_redb(folder, "r1", 1)),
        case("every message, 1 in flight", "redb: insert, commit", level("m1", Durability::EveryMessage, 1)),
        case(file, file, bare_file(folder, "f64", FLIGHT)),
        case(redb, file, bare_redb(folder, "r64", FLIGHT)),
        case("every message, 64 in flight", redb, level("m64", Durability::EveryMessage, FLIGHT)),
        case(
            "every message, 64 in flight, both journals on the disk",
            redb,
            dialogue(&both[0], Some(&both[1]), Durability::EveryMessage, FLIGHT, false),
        ),
        case(
            "every message, 1,024 in flight, until confirmed",
            redb,
            dialogue(&folder.join("confirmed"), None, Durability::EveryMessage, 1_024, true),
        ),
        case("every checkpoint, 1,024 in flight", redb, level("c1024", Durability::EveryCheckpoint, 1_024)),
        case(plain, plain, plain_session()),
        case("memory", plain, level("memory", Durability::MemoryOnly, 1_024)),
    ]
}

fn bare_file(folder: &Path, name: &str, batch: usize) -> Box<dyn FnMut() -> usize> {
    let mut file = File::create(folder.join(name)).expect("a file");
    let octets = vec![0x5a; RECORD * batch];
    Box::new(move || {
        file.write_all(&octets).expect("room");
        file.sync_data().expect("a sync");
        batch
    })
}

fn bare_redb(folder: &Path, name: &str, batch: usize) -> Box<dyn FnMut() -> usize> {
    let database = Database::create(folder.join(name)).expect("a database");
    let octets = vec![0x5a; RECORD];
    let mut key = 0;
    Box::new(move || {
        let transaction = database.begin_write().expect("a transaction");
        {
            let mut table = transaction.open_table(TABLE).expect("a table");
            for _ in 0..batch {
                table.insert(key, octets.as_slice()).expect("room");
                key += 1;
            }
        }
        transaction.commit().expect("a commit");
        batch
    })
}

fn node(journal: Option<&Path>, level: Durability) -> DurableNode {
    let journal: Arc<dyn Journal> = match journal {
        Some(path) => Arc::new(RedbJournal::open(path).expect("a journal")),
        None => Arc::new(MemoryJournal::default()),
    };
    let mut config = DurableConfig::default();
    config.dialogue.durability = level;
    DurableNode::new(config, journal).expect("a node")
}

/// An application that takes what comes.
fn take(dialogue: Dialogue) {
    std::thread::spawn(move || {
        while let Ok(message) = dialogue.receive(None) {
            if message.commit().is_err() {
                break;
            }
        }
    });
}

/// One dialogue, so many messages on their way to acceptance, or to confirmation.
fn dialogue(
    near: &Path,
    far: Option<&Path>,
    level: Durability,
    flight: usize,
    confirmed: bool,
) -> Box<dyn FnMut() -> usize> {
    let called = node(far, level);
    let address = called.listen("127.0.0.1:0").expect("a listener");
    let caller = node(Some(near), level);
    let dialogue = caller.dial(DialOptions::new(address)).expect("a dialogue");
    take(called.accept(None).expect("a caller"));
    let record = record();
    Box::new(move || {
        // The nodes live as long as this.
        let _ = (&caller, &called);
        for _ in 0..FLIGHT {
            let last = dialogue.submit(record.clone(), None).expect("room");
            // The one that left the window.
            let left = last.saturating_sub(flight as u64 - 1);
            if confirmed {
                dialogue.wait_confirmed(left, None).expect("confirmed");
            } else {
                dialogue.wait_accepted(left, None).expect("accepted");
            }
        }
        FLIGHT
    })
}

/// S-DATA over a plain session, as fast as it is taken.
fn plain_session() -> Box<dyn FnMut() -> usize> {
    let endpoints = [(); 2].map(|()| Endpoint::new(EndpointConfig::default()).expect("an endpoint"));
    let listener = endpoints[1].listen("127.0.0.1:0", ListenerConfig::default()).expect("a listener");
    endpoints.iter().for_each(|endpoint| endpoint.start().expect("a thread"));
    let session = endpoints[0]
        .connect(&listener.local_address(), ConnectRequest::default(), SessionConfig::default())
        .expect("an attempt");
    let responder: Session = listener.accept(None).expect("a caller");
    std::thread::spawn(move || {
        while let Ok(event) = responder.next_event(None) {
            if let Event::ConnectIndication(_) = event {
                responder.connect_response(ConnectResponse::default()).expect("accepted");
            }
        }
    });
    session.wait_connected(None).expect("connected");
    let record = record();
    Box::new(move || {
        let _ = (&endpoints, &listener);
        for _ in 0..FLIGHT {
            while let Err(error) = session.data_request(record.clone()) {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                session.wait_writable(None).expect("room");
            }
        }
        FLIGHT
    })
}

/// How long it takes until a node has taken a dialogue up again with so many messages that are not confirmed.
fn recovery(folder: &Path) {
    println!("\n{:<24}{:>14}{:>20}", "messages that wait", "file, MiB", "taken up, ms");
    for messages in [1_000u64, 10_000, 100_000] {
        let path = folder.join(format!("recovery-{messages}"));
        let config = || {
            let mut config = DurableConfig::default();
            config.dialogue.limits.outbox_messages = 1_000_000;
            config.dialogue.limits.outbox_octets = 1 << 30;
            config.limits.compact_octets = 1 << 30;
            config.limits.compact_records = u64::MAX;
            config
        };
        let journal: Arc<dyn Journal> = Arc::new(RedbJournal::open(&path).expect("a journal"));
        let node = DurableNode::new(config(), journal).expect("a node");
        // Nobody listens at the discard port.
        let dialogue = node.dial(DialOptions::new("127.0.0.1:9").label("r")).expect("a dialogue");
        let last = (0..messages).map(|_| dialogue.submit(record(), None).expect("room")).last();
        dialogue.wait_accepted(last.unwrap_or(0), None).expect("accepted");
        drop((dialogue, node));
        let octets = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let begun = Instant::now();
        let journal: Arc<dyn Journal> = Arc::new(RedbJournal::open(&path).expect("a journal"));
        let node = DurableNode::new(config(), journal).expect("a node");
        let dialogue = node.find(b"r").expect("the dialogue");
        assert_eq!(dialogue.progress().accepted, messages);
        let time = begun.elapsed().as_secs_f64() * 1_000.0;
        println!("{messages:<24}{:>14.1}{time:>20.1}", octets as f64 / f64::from(1 << 20));
    }
}
