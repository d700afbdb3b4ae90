//! `osisession send` and `receive` as processes that are killed.
//!
//! With `TRANSFER_KILLS` in the environment it is so many kills instead of 50; `TRANSFER_SEED` chooses the moments.
#![cfg(unix)]
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Long enough that only a fault reaches it.
const LONG: Duration = Duration::from_secs(60);

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn octets(&mut self, count: usize) -> Vec<u8> {
        let mut octets = Vec::with_capacity(count + 8);
        while octets.len() < count {
            octets.extend_from_slice(&self.below(u64::MAX).to_be_bytes());
        }
        octets.truncate(count);
        octets
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("osisession-transfer-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that is free now.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").to_string()
}

/// A process of the command, with what it says in a file.
struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    fn start(log: PathBuf, args: &[&str]) -> Process {
        let output = File::options().create(true).append(true).open(&log).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_osisession"))
            .args(args)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a clone"))
            .stderr(output)
            .spawn()
            .expect("a process");
        Process { child, log }
    }

    fn send(folder: &Folder, file: &Path, address: &str) -> Process {
        Process::send_with(folder, file, address, &[])
    }

    fn send_with(folder: &Folder, file: &Path, address: &str, more: &[&str]) -> Process {
        let file = file.to_str().expect("UTF-8");
        Process::start(folder.file("send.log"), &[&["send", "--json", file, address], more].concat())
    }

    fn receive(folder: &Folder, address: &str, more: &[&str]) -> Process {
        let into = folder.file("into");
        let into = into.to_str().expect("UTF-8");
        let args = [&["receive", "--json", into, "--listen", address], more].concat();
        Process::start(folder.file("receive.log"), &args)
    }

    /// `kill -9`, and the body is taken away: what it had locked is free.
    fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("taken away");
    }

    /// The exit code if it has ended.
    fn ended(&mut self) -> Option<i32> {
        let status = self.child.try_wait().expect("a status")?;
        Some(status.code().unwrap_or(-1))
    }

    fn wait(&mut self) -> i32 {
        let end = Instant::now() + LONG;
        loop {
            if let Some(code) = self.ended() {
                return code;
            }
            assert!(Instant::now() < end, "it does not end: {}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn same(one: &Path, other: &Path) -> bool {
    fs::read(one).expect("sent") == fs::read(other).expect("received")
}

/// How often a sender has said that a file is there.
fn ends(sender: &Process) -> u64 {
    let said = sender.said();
    let ends = said.lines().filter(|line| line.contains("\"type\":\"end\"") && line.contains("\"ok\":true"));
    ends.count() as u64
}

#[test]
fn files_of_all_sizes_arrive_and_leave_nothing_behind() {
    let (folder, address) = (Folder::new("sizes"), free_address());
    let mut random = Random(7);
    let sizes = [0usize, 1, 61_439, 61_440, 61_441, 200_000, 1 << 20];
    let mut receiver = Process::receive(&folder, &address, &["--count", "7"]);
    for (number, size) in sizes.into_iter().enumerate() {
        let file = folder.file(&format!("f{number}"));
        fs::write(&file, random.octets(size)).expect("written");
        let mut sender = Process::send(&folder, &file, &address);
        assert_eq!(sender.wait(), 0, "{}", sender.said());
        assert!(same(&file, &folder.file("into").join(format!("f{number}"))));
    }
    assert_eq!(receiver.wait(), 0, "{}", receiver.said());
    every_key_is_documented(&folder);
    let mut left: Vec<_> = fs::read_dir(folder.file("into"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.') && name != ".osisession-journal")
        .collect();
    left.sort();
    assert!(left.is_empty(), "{left:?}");
    let journals = fs::read_dir(&folder.0).expect("a folder").filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().ends_with("journal")
    });
    assert_eq!(journals.count(), 0);
}

fn every_key_is_documented(folder: &Folder) {
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    let manual = fs::read_to_string(manual).expect("docs/json.md");
    let mut types = std::collections::BTreeSet::new();
    for log in ["send.log", "receive.log"] {
        for line in fs::read_to_string(folder.file(log)).expect("a log").lines() {
            let object: serde_json::Value = serde_json::from_str(line).expect("an object on each line");
            types.insert(object["type"].as_str().expect("a type").to_owned());
            for key in object.as_object().expect("an object").keys().chain(&types) {
                assert!(manual.contains(&format!("`{key}`")), "{key} is not in docs/json.md");
            }
        }
    }
    let all = ["end", "progress", "received", "receiving", "transfer"];
    assert!(types.iter().map(String::as_str).eq(all), "{types:?}");
}

#[test]
fn what_is_not_wanted_is_refused_and_said_so() {
    let (folder, address) = (Folder::new("refused"), free_address());
    let file = folder.file("long");
    fs::write(&file, vec![1; 5_000]).expect("written");
    let receiver = Process::receive(&folder, &address, &["--max-size", "4999"]);
    let mut sender = Process::send(&folder, &file, &address);
    assert_eq!(sender.wait(), 1);
    assert!(sender.said().contains("4999 are taken"), "{}", sender.said());
    assert!(!folder.file("into").join("long").exists());
    // It may be asked again, and then be taken.
    drop(receiver);
    let _receiver = Process::receive(&folder, &address, &[]);
    let mut sender = Process::send(&folder, &file, &address);
    assert_eq!(sender.wait(), 0, "{}", sender.said());
    assert!(same(&file, &folder.file("into").join("long")));
}

#[test]
fn a_file_that_changed_meanwhile_is_sent_anew() {
    let (folder, address) = (Folder::new("changed"), free_address());
    let file = folder.file("draft");
    fs::write(&file, vec![1; 500_000]).expect("written");
    // Nobody is there: it waits, and is killed.
    let mut sender = Process::send(&folder, &file, &address);
    let end = Instant::now() + LONG;
    while !sender.said().contains("progress") {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(5));
    }
    sender.kill();
    fs::write(&file, vec![2; 400_000]).expect("written");
    let mut receiver = Process::receive(&folder, &address, &[]);
    let mut sender = Process::send(&folder, &file, &address);
    assert_eq!(sender.wait(), 0, "{}", sender.said());
    assert!(same(&file, &folder.file("into").join("draft")), "{}", receiver.said());
    receiver.kill();
}

/// Options of TLS for somebody with this name; all have their certificates from the same authority.
fn identity(folder: &Folder, authority: &CertifiedIssuer<'_, KeyPair>, name: &str) -> Vec<String> {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, authority).expect("signed");
    let put = |what: &str, text: String| {
        let path = folder.file(&format!("{name}-{what}.pem"));
        fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let (authority, certificate) = (put("ca", authority.pem()), put("cert", certificate.pem()));
    let key = put("key", key.serialize_pem());
    ["--tls-ca", &authority, "--tls-cert", &certificate, "--tls-key", &key].map(str::to_owned).to_vec()
}

#[test]
fn with_tls_a_transfer_belongs_to_who_began_it() {
    let (folder, address) = (Folder::new("tls"), free_address());
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed");
    let [there, owner, other] =
        ["127.0.0.1", "owner.example", "other.example"].map(|name| identity(&folder, &authority, name));
    let _receiver = Process::receive(&folder, &address, &borrowed(&there));
    let file = folder.file("secret");
    let mut random = Random(99);
    for (second, anew) in [(&owner, false), (&other, true)] {
        fs::write(&file, random.octets(40 << 20)).expect("written");
        let before = connects(&folder);
        let mut sender = Process::send_with(&folder, &file, &address, &borrowed(&owner));
        let end = Instant::now() + LONG;
        while connects(&folder) == before {
            assert!(Instant::now() < end, "{}", sender.said());
            std::thread::sleep(Duration::from_millis(1));
        }
        sender.kill();
        let mut sender = Process::send_with(&folder, &file, &address, &borrowed(second));
        let code = sender.wait();
        if anew {
            assert_eq!(code, 1, "{}", sender.said());
            assert!(sender.said().contains("unknown dialogue"), "{}", sender.said());
            let again = [&borrowed(second)[..], &["--anew"]].concat();
            sender = Process::send_with(&folder, &file, &address, &again);
            assert_eq!(sender.wait(), 0, "{}", sender.said());
            assert!(same(&file, &folder.file("into").join("secret (1)")));
        } else {
            assert_eq!(code, 0, "{}", sender.said());
            assert!(same(&file, &folder.file("into").join("secret")));
        }
    }
}

fn borrowed(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// How often senders have said that they are connected.
fn connects(folder: &Folder) -> usize {
    let said = fs::read_to_string(folder.file("send.log")).unwrap_or_default();
    said.matches("\"state\":\"connected\"").count()
}

#[test]
fn killed_at_any_time_and_started_again_they_lose_and_double_nothing() {
    let kills = from_environment("TRANSFER_KILLS", 50);
    let seed = from_environment("TRANSFER_SEED", 20_261_123);
    let (folder, address) = (Folder::new("kills"), free_address());
    let mut random = Random(seed);
    let (mut killed, mut files, mut octets) = ([0u64; 2], 0u64, 0u64);
    let started = Instant::now();
    let mut receiver = Process::receive(&folder, &address, &[]);
    while killed.iter().sum::<u64>() < kills {
        let size = random.below(12 << 20) as usize;
        let file = folder.file(&format!("file-{files}"));
        fs::write(&file, random.octets(size)).expect("written");
        let mut sender = Process::send(&folder, &file, &address);
        let deadline = Instant::now() + LONG * 10;
        let mut strike = Instant::now() + Duration::from_micros(random.below(150_000));
        loop {
            assert!(Instant::now() < deadline, "seed {seed}: no end\n{}\n{}", sender.said(), receiver.said());
            match sender.ended() {
                Some(0) => break,
                Some(code) => panic!("seed {seed}: exit code {code}: {}", sender.said()),
                None => {}
            }
            if let Some(code) = receiver.ended() {
                panic!("seed {seed}: the receiver ended with {code}: {}", receiver.said());
            }
            if Instant::now() < strike || killed.iter().sum::<u64>() >= kills {
                std::thread::sleep(Duration::from_micros(500));
                continue;
            }
            let who = random.below(5);
            if who != 1 {
                sender.kill();
                killed[0] += 1;
            }
            if who == 1 || who == 2 || who == 3 {
                receiver.kill();
                killed[1] += 1;
            }
            if who == 1 || who == 2 || who == 3 {
                receiver = Process::receive(&folder, &address, &[]);
            }
            // One that has said that the file is there has let go of its journal: nobody starts it again.
            if who != 1 {
                if ends(&sender) > files {
                    break;
                }
                sender = Process::send(&folder, &file, &address);
            }
            strike = Instant::now() + Duration::from_micros(random.below(400_000));
        }
        let there = folder.file("into").join(format!("file-{files}"));
        assert!(same(&file, &there), "seed {seed}: file-{files} differs");
        // Once, and under no other name.
        assert!(!folder.file("into").join(format!("file-{files} (1)")).exists(), "seed {seed}: doubled");
        fs::remove_file(&file).expect("removed");
        fs::remove_file(&there).expect("removed");
        files += 1;
        octets += size as u64;
    }
    let resumed = fs::read_to_string(folder.file("send.log")).unwrap_or_default();
    let resumed = resumed
        .lines()
        .filter(|line| line.contains("\"resumed_at\":") && !line.contains("\"resumed_at\":null"));
    println!(
        "seed {seed}: {} kills of the sender, {} of the receiver; {} transfers taken up again; {files} files, {octets} octets, \
         all the same; {:.0} s",
        killed[0],
        killed[1],
        resumed.count(),
        started.elapsed().as_secs_f64()
    );
}
