//! Durable dialogues held to account by `kill -9`: two processes send each other numbered messages, both ways at once, and are killed at
//! moments that a seed chooses. Each keeps what it received in a file of its own, together with how far it is. At the end every octet of both files is compared.
//!
//! `durable --kills 1000 --seed 7` uses a journal in a file for each process; with `--etcd` both use one cluster of three
//! members on loopback, and members are killed too, the leader among them.
use bytes::Bytes;
use osisession::ErrorKind;
use osisession::durable::{
    Delivery, DialOptions, Dialogue, Durability, DurableConfig, DurableNode, Peer, Role,
};
use osisession_journal::{EtcdJournal, EtcdOptions, Journal, RedbJournal};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Long enough that only a fault reaches it.
const PATIENCE: Duration = Duration::from_secs(240);
const SLICE: Duration = Duration::from_millis(20);
/// Longest message, in octets, but for a few.
const LONGEST: u64 = 600;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.first().map(String::as_str) {
        Some("node") => node(&args[1..]),
        _ => hold(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("durable: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The value behind an option.
fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    let at = args.iter().position(|arg| arg == name)?;
    args.get(at + 1).map(String::as_str)
}

fn needed<'a>(args: &'a [String], name: &str) -> Done<&'a str> {
    option(args, name).ok_or_else(|| format!("{name} is missing").into())
}

/// splitmix64 of a seed and a number: the same in all processes.
fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The message that a side sends at a position.
fn message(side: u64, position: u64) -> Vec<u8> {
    let seed = mixed(side, position);
    let mut length = 8 + seed % LONGEST;
    if seed.is_multiple_of(211) {
        length = 8 + seed % 150_000;
    }
    let mut octets = position.to_be_bytes().to_vec();
    let mut number = 0;
    while (octets.len() as u64) < length {
        octets.extend_from_slice(&mixed(seed, number).to_be_bytes());
        number += 1;
    }
    octets.truncate(length as usize);
    octets
}

// One process.

/// What an application keeps: each message with its length, and so how far it is.
struct Kept {
    file: File,
    count: u64,
}

impl Kept {
    /// What is there; a record that a kill has cut off is none.
    fn open(path: &Path) -> Done<Kept> {
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut octets = Vec::new();
        file.read_to_end(&mut octets)?;
        let (count, end) = whole(&octets);
        file.set_len(end as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Kept { file, count })
    }

    fn put(&mut self, octets: &[u8]) -> Done {
        let mut record = (octets.len() as u32).to_be_bytes().to_vec();
        record.extend_from_slice(octets);
        self.file.write_all(&record)?;
        self.count += 1;
        Ok(())
    }
}

/// Whole records, and where they end.
fn whole(octets: &[u8]) -> (u64, usize) {
    let (mut count, mut at) = (0, 0);
    while let Some(length) = octets.get(at..at + 4).and_then(|octets| octets.try_into().ok()) {
        let end = at + 4 + u32::from_be_bytes(length) as usize;
        if end > octets.len() {
            break;
        }
        at = end;
        count += 1;
    }
    (count, at)
}

/// `node --side 0|1 --journal FILE|--etcd URLS --prefix TEXT --address ADDRESS --kept FILE --count N --level LEVEL`
fn node(args: &[String]) -> Done {
    let side: u64 = needed(args, "--side")?.parse()?;
    let count: u64 = needed(args, "--count")?.parse()?;
    let address = needed(args, "--address")?;
    let mut kept = Kept::open(Path::new(needed(args, "--kept")?))?;
    let journal: Arc<dyn Journal> = match option(args, "--etcd") {
        None => Arc::new(RedbJournal::open(needed(args, "--journal")?)?),
        Some(urls) => {
            let mut options = EtcdOptions::new(urls.split(','));
            options.prefix = needed(args, "--prefix")?.to_owned();
            options.lease = Duration::from_secs(2);
            options.patience = PATIENCE;
            options.request_timeout = Duration::from_secs(3);
            Arc::new(EtcdJournal::open(options)?)
        }
    };
    let mut config = DurableConfig::default();
    config.dialogue.durability = match needed(args, "--level")? {
        "message" => Durability::EveryMessage,
        _ => Durability::EveryCheckpoint,
    };
    // The application's own file says how far it is: each effect exactly once.
    config.dialogue.delivery = Delivery::Application;
    config.dialogue.retry.longest = Duration::from_millis(500);
    config.dialogue.limits.outbox_messages = 256;
    config.limits.take_over = Duration::from_millis(200);
    // Checkpoints of the log come often, so that kills meet them.
    config.limits.compact_octets = 64 << 10;
    config.limits.compact_records = 256;
    let cursor = kept.count;
    config.cursor = Some(Arc::new(move |_, _| cursor));
    let node = DurableNode::new(config, journal)?;
    while !node.left().is_empty() {
        // A process that was killed holds its lease for a while.
        if node.left().iter().any(|left| left.error.kind() != ErrorKind::Refused) {
            return Err(format!("{:?}", node.left()).into());
        }
        std::thread::sleep(SLICE);
    }
    let role = if side == 0 { Role::Initiator } else { Role::Responder };
    let found = node.dialogues().into_iter().find(|dialogue| dialogue.role() == role);
    let dialogue = match (found, side) {
        (Some(dialogue), 0) => {
            let _ = dialogue.set_peer(Peer::new(address));
            dialogue
        }
        (None, 0) => node.dial(DialOptions::new(address))?,
        (found, _) => {
            node.listen(address)?;
            match found {
                Some(dialogue) => dialogue,
                None => node.accept(None)?,
            }
        }
    };
    talk(&dialogue, side, count, &mut kept)?;
    if side == 0 && kept.count == count {
        dialogue.close(None)?;
    }
    while !dialogue.is_closed() {
        std::thread::sleep(SLICE);
        alive(&dialogue)?;
    }
    println!("done");
    // The tombstone answers as long as the closer may ask: it may have been killed before it heard.
    while side == 1 {
        std::thread::sleep(SLICE);
    }
    Ok(())
}

fn alive(dialogue: &Dialogue) -> Done {
    dialogue.failure().map_or(Ok(()), |error| Err(format!("the dialogue is over: {error}").into()))
}

fn talk(dialogue: &Dialogue, side: u64, count: u64, kept: &mut Kept) -> Done {
    let sending = dialogue.clone();
    let sender = std::thread::spawn(move || -> Result<(), osisession::Error> {
        if sending.is_closed() {
            return Ok(());
        }
        for position in sending.progress().sent + 1..=count {
            let given = sending.submit(message(side, position), None)?;
            assert_eq!(given, position);
        }
        sending.flush(None)
    });
    while kept.count < count {
        match dialogue.receive(Some(SLICE)) {
            Ok(message) => {
                if message.position() != kept.count + 1 {
                    return Err(format!("{} came behind {}", message.position(), kept.count).into());
                }
                kept.put(message.data())?;
                message.commit()?;
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => alive(dialogue)?,
            Err(error) => return Err(error.into()),
        }
    }
    sender.join().map_err(|_| "the sender panicked")??;
    Ok(())
}

// The one who kills.

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mixed(0x5eed, self.0) % limit.max(1)
    }
}

struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    fn ended(&mut self) -> Done<Option<bool>> {
        Ok(self.child.try_wait()?.map(|status| status.success()))
    }

    fn kill(&mut self) -> Done {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn said(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        said.lines().rev().take(20).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What all that is started here has in common.
struct Setting {
    folder: PathBuf,
    address: String,
    round: u64,
    count: u64,
    level: &'static str,
    etcd: Option<String>,
}

impl Setting {
    fn file(&self, what: &str, side: usize) -> PathBuf {
        self.folder.join(format!("{what}-{}-{side}", self.round))
    }

    fn start(&self, side: usize) -> Done<Process> {
        let log = self.file("log", side);
        let output = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["node", "--side", &side.to_string(), "--address", &self.address]);
        command.args(["--count", &self.count.to_string(), "--level", self.level]);
        command.arg("--kept").arg(self.file("kept", side));
        match &self.etcd {
            None => command.arg("--journal").arg(self.file("journal", side)),
            Some(urls) => command.args(["--etcd", urls, "--prefix", &format!("r{}/{side}/", self.round)]),
        };
        let child = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
        Ok(Process { child, log })
    }

    /// Every octet that a side received, against every octet that the other one sent.
    fn compare(&self, side: usize) -> Done<u64> {
        let mut expected = Vec::new();
        for position in 1..=self.count {
            let octets = message(1 - side as u64, position);
            expected.extend_from_slice(&(octets.len() as u32).to_be_bytes());
            expected.extend_from_slice(&octets);
        }
        let found = fs::read(self.file("kept", side))?;
        if found != expected {
            let (count, _) = whole(&found);
            let at = found.iter().zip(&expected).position(|(one, other)| one != other);
            return Err(format!(
                "side {side} holds {count} messages, {} were sent; the first difference is at octet {at:?}",
                self.count
            )
            .into());
        }
        Ok(expected.len() as u64)
    }
}

/// What happened in all rounds.
#[derive(Default)]
struct Tally {
    kills: [u64; 2],
    members: u64,
    leaders: u64,
    rounds: u64,
    messages: u64,
    octets: u64,
}

fn hold(args: &[String]) -> Done {
    let kills: u64 = option(args, "--kills").unwrap_or("50").parse()?;
    let seed: u64 = option(args, "--seed").unwrap_or("1").parse()?;
    let with_etcd = args.iter().any(|arg| arg == "--etcd");
    let count: u64 = option(args, "--count").unwrap_or(if with_etcd { "1500" } else { "4000" }).parse()?;
    let folder = std::env::temp_dir().join(format!("osisession-durable-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let mut random = Random(seed << 20);
    let mut cluster = if with_etcd { Some(Cluster::start(&folder)?) } else { None };
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut setting = Setting { folder, address, round: 0, count, level: "message", etcd: None };
    setting.etcd = cluster.as_ref().map(Cluster::urls);
    while tally.kills.iter().sum::<u64>() < kills {
        setting.round = tally.rounds;
        setting.level = if tally.rounds.is_multiple_of(2) { "message" } else { "checkpoint" };
        let outcome = round(&setting, &mut random, &mut tally, cluster.as_mut(), kills);
        outcome.map_err(|error| {
            format!("seed {seed}, round {}: {error}; see {}", setting.round, setting.folder.display())
        })?;
        for side in 0..2 {
            for what in ["log", "kept", "journal"] {
                let _ = fs::remove_file(setting.file(what, side));
            }
        }
        tally.rounds += 1;
    }
    drop(cluster);
    fs::remove_dir_all(&setting.folder)?;
    println!(
        "seed {seed}, {}: {} kills of the initiator, {} of the responder, {} of members of etcd ({} of them leaders); {} dialogues, \
         {} messages, {} octets: 0 lost, 0 doubled, every octet compared; {:.0} s",
        if with_etcd { "journal in etcd" } else { "journals in files" },
        tally.kills[0],
        tally.kills[1],
        tally.members,
        tally.leaders,
        tally.rounds,
        tally.messages,
        tally.octets,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One dialogue from its beginning to its end.
fn round(
    setting: &Setting,
    random: &mut Random,
    tally: &mut Tally,
    mut cluster: Option<&mut Cluster>,
    kills: u64,
) -> Done {
    let mut processes = [Some(setting.start(0)?), Some(setting.start(1)?)];
    let pause = if cluster.is_some() { 4_000_000 } else { 300_000 };
    let mut strike = Instant::now() + Duration::from_micros(random.below(pause));
    let mut deadline = Instant::now() + PATIENCE;
    loop {
        if processes[0].is_none()
            && let Some(responder) = &mut processes[1]
            && responder.said().contains("done")
        {
            responder.kill()?;
            break;
        }
        for (side, process) in processes.iter_mut().enumerate() {
            let Some(running) = process else { continue };
            match running.ended()? {
                Some(true) if side == 0 => *process = None,
                Some(_) => return Err(format!("side {side} failed: {}", running.said()).into()),
                None => {}
            }
        }
        if Instant::now() > deadline {
            let said: Vec<_> = processes.iter().flatten().map(Process::said).collect();
            return Err(format!("no end: {said:?}").into());
        }
        if Instant::now() < strike {
            std::thread::sleep(Duration::from_micros(500));
            continue;
        }
        strike = Instant::now() + Duration::from_micros(random.below(pause));
        if tally.kills.iter().sum::<u64>() >= kills {
            continue;
        }
        deadline = Instant::now() + PATIENCE;
        if let Some(cluster) = cluster.as_deref_mut()
            && random.below(2) == 0
        {
            cluster.strike(random, tally)?;
            continue;
        }
        // One side, the other, or both at once; and one may stay away for a while.
        let who = random.below(3);
        let mut back = Vec::new();
        for (side, process) in processes.iter_mut().enumerate() {
            if let Some(running) = process
                && (who == 2 || who == side as u64)
            {
                running.kill()?;
                tally.kills[side] += 1;
                back.push(side);
            }
        }
        if random.below(4) == 0 {
            std::thread::sleep(Duration::from_micros(random.below(200_000)));
        }
        for side in back {
            processes[side] = Some(setting.start(side)?);
        }
    }
    for side in 0..2 {
        tally.octets += setting.compare(side)?;
    }
    tally.messages += 2 * setting.count;
    Ok(())
}

// A cluster of etcd.

struct Member {
    client: String,
    peer: String,
    child: Option<Child>,
}

struct Cluster {
    folder: PathBuf,
    members: Vec<Member>,
}

impl Cluster {
    fn start(folder: &Path) -> Done<Cluster> {
        Command::new("etcd").arg("--version").output().map_err(|_| "etcd is not installed")?;
        // Ports that were free a moment ago; all at once, so that no two are the same.
        let listeners = (0..6).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
        let mut ports = Vec::new();
        for listener in &listeners {
            ports.push(listener.local_addr()?.to_string());
        }
        drop(listeners);
        let members = ports
            .chunks(2)
            .map(|pair| Member { client: pair[0].clone(), peer: pair[1].clone(), child: None })
            .collect();
        let mut cluster = Cluster { folder: folder.to_owned(), members };
        for number in 0..3 {
            cluster.run(number)?;
        }
        cluster.await_leader()?;
        Ok(cluster)
    }

    fn urls(&self) -> String {
        let urls: Vec<_> = self.members.iter().map(|member| format!("http://{}", member.client)).collect();
        urls.join(",")
    }

    fn run(&mut self, number: usize) -> Done {
        let all: Vec<_> = self
            .members
            .iter()
            .enumerate()
            .map(|(number, member)| format!("m{number}=http://{}", member.peer))
            .collect();
        let log = File::options().create(true).append(true).open(self.folder.join("etcd.log"))?;
        let data = self.folder.join(format!("m{number}"));
        let member = &mut self.members[number];
        let (client, peer) = (format!("http://{}", member.client), format!("http://{}", member.peer));
        let child = Command::new("etcd")
            .args(["--name", &format!("m{number}"), "--listen-client-urls", &client])
            .args(["--advertise-client-urls", &client, "--listen-peer-urls", &peer])
            .args(["--initial-advertise-peer-urls", &peer, "--initial-cluster", &all.join(",")])
            .args(["--initial-cluster-state", "new", "--heartbeat-interval", "100"])
            .args(["--election-timeout", "1000", "--auto-compaction-retention", "1m"])
            .arg("--data-dir")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        member.child = Some(child);
        Ok(())
    }

    /// Which member leads, as it says itself.
    fn leader(&self) -> Option<usize> {
        (0..self.members.len()).find(|&number| {
            let status = status(&self.members[number].client).unwrap_or_default();
            let own = word(&status, "\"member_id\":\"");
            own.is_some() && own == word(&status, "\"leader\":\"")
        })
    }

    fn await_leader(&self) -> Done<usize> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(leader) = self.leader() {
                return Ok(leader);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("the cluster has no leader".into())
    }

    /// Kills a member, every other time the leader, and starts it again after a while; the other two go on.
    fn strike(&mut self, random: &mut Random, tally: &mut Tally) -> Done {
        let leader = self.await_leader()?;
        let number = if random.below(2) == 0 { leader } else { random.below(3) as usize };
        let Some(mut child) = self.members[number].child.take() else { return Ok(()) };
        child.kill()?;
        child.wait()?;
        tally.members += 1;
        tally.leaders += u64::from(number == leader);
        std::thread::sleep(Duration::from_micros(random.below(2_000_000)));
        self.run(number)?;
        self.await_leader()?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.members.iter_mut().filter_map(|member| member.child.as_mut()) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a member says of itself.
fn status(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address.parse().ok()?, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let request = Bytes::from(format!(
        "POST /v3/maintenance/status HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    ));
    stream.write_all(&request).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// What stands behind a key, up to the quote.
fn word<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text.find(key)? + key.len();
    text.get(at..)?.split('"').next()
}
