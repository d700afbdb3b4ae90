//! `osisession scp` as a user calls it, against itself and against a node of the library.
use osisession::decnet::*;
use osisession_cli::{INVALID, USAGE, VALID, run};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

const LONG: Option<Duration> = Some(Duration::from_secs(20));

struct Outcome {
    code: i32,
    out: String,
    err: String,
}

fn osisession(args: &[&str]) -> Outcome {
    let args = ["osisession", "scp"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(args, &mut out, &mut err);
    Outcome { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// Lines of a command that runs in another thread.
struct Lines(Sender<String>, String);

impl Write for Lines {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.1.push_str(std::str::from_utf8(octets).expect("text"));
        while let Some((line, rest)) = self.1.split_once('\n') {
            let (line, rest) = (line.to_owned(), rest.to_owned());
            self.1 = rest;
            let _ = self.0.send(line);
        }
        Ok(octets.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// `osisession scp listen`, and what it says; the circuit to it.
fn listening(args: &[&str]) -> (std::thread::JoinHandle<i32>, Receiver<String>, String) {
    let (sender, receiver) = channel();
    let args: Vec<String> = ["osisession", "scp", "listen"]
        .iter()
        .chain(args)
        .chain(&["--address", "1.1", "--circuit", "listen:127.0.0.1:0", "--json"])
        .map(|arg| (*arg).to_owned())
        .collect();
    let command =
        std::thread::spawn(move || run(args, &mut Lines(sender, String::new()), &mut std::io::sink()));
    let first: serde_json::Value =
        serde_json::from_str(&receiver.recv_timeout(LONG.unwrap()).expect("a line")).expect("JSON");
    assert_eq!((&first["event"], &first["node"]), (&"listening".into(), &"1.1".into()));
    let circuit = format!("tcp:{}", first["circuit"].as_str().expect("an address"));
    (command, receiver, circuit)
}

fn events(receiver: &Receiver<String>) -> Vec<serde_json::Value> {
    receiver.try_iter().map(|line| serde_json::from_str(&line).expect("JSON")).collect()
}

#[test]
fn ping_against_listen() {
    let (command, lines, circuit) =
        listening(&["25", "--name", "MIRROR", "--answer", "mirror", "--count", "2"]);
    let common = ["--address", "1.2", "--circuit", &circuit, "--interval", "0"];
    let ping = |more: &[&str]| osisession(&[&["ping"], more, &common].concat());
    let text = ping(&["1.1", "--count", "3", "--size", "2000"]);
    assert_eq!((text.code, text.err.as_str()), (VALID, ""), "{}", text.out);
    let shown: Vec<&str> = text.out.lines().collect();
    assert_eq!(shown.len(), 4, "{}", text.out);
    assert!(shown[2].starts_with("2000 octets from 1.1: number 3, "), "{}", text.out);
    assert!(shown[3].starts_with("3 of 3 returned; least "), "{}", text.out);
    let json = ping(&["THERE", "--node", "THERE=1.1", "--count", "1", "--json"]);
    assert_eq!(json.code, VALID, "{}", json.err);
    let last: serde_json::Value = serde_json::from_str(json.out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["sent"], &last["received"]), (&"summary".into(), &1.into(), &1.into()));
    assert_eq!(command.join().expect("no panic"), VALID);
    let events = events(&lines);
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("call"), count("disconnected"), count("message")), (2, 2, 0), "{events:?}");
    assert!(count("circuit-up") >= 1);
}

#[test]
fn connect_against_listen() {
    let (command, lines, circuit) =
        listening(&["ECHO", "--answer", "echo", "--data", "welcome", "--count", "1"]);
    let secret = std::env::temp_dir().join(format!("osisession-{}-password", std::process::id()));
    std::fs::write(&secret, "SECRET\n").unwrap();
    let outcome = osisession(&[
        "connect",
        "1.1",
        "echo",
        "--address",
        "1.2",
        "--circuit",
        &circuit,
        "--message",
        "one",
        "--message",
        "two",
        "--until",
        "2",
        "--user",
        "SMITH",
        "--password-file",
        secret.to_str().unwrap(),
        "--data",
        "hi",
    ]);
    std::fs::remove_file(&secret).unwrap();
    assert_eq!((outcome.code, outcome.err.as_str()), (VALID, ""), "{}", outcome.out);
    assert_eq!(outcome.out, "accepted, \"welcome\"\nmessage: one\nmessage: two\nclosed\n");
    assert_eq!(command.join().expect("no panic"), VALID);
    let events = events(&lines);
    let call = events.iter().find(|event| event["event"] == "call").expect("a call");
    assert_eq!(
        (&call["user"], &call["data"], &call["node"]),
        (&"SMITH".into(), &"6869".into(), &"1.2".into())
    );
    let messages: Vec<_> = events.iter().filter(|event| event["event"] == "message").collect();
    assert_eq!(messages[1]["data"], "74776f");
    assert!(!format!("{events:?}").contains("SECRET"));
}

/// The keys of each event, as the document has them: no more, no less.
#[test]
fn json_is_as_documented() {
    let document = include_str!("../../../docs/decnet.md");
    let (_, table) = document.split_once("| event | of | other keys |").expect("the table");
    let names = |text: &'static str| text.split('`').skip(1).step_by(2).filter(|word| *word != "null");
    let mut documented: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').collect();
        for event in names(cells[1]) {
            documented.insert(event, names(cells[3]).collect());
        }
    }
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut take = |text: &str| {
        for line in text.lines() {
            let serde_json::Value::Object(object) = serde_json::from_str(line).expect("JSON") else {
                panic!("{line}")
            };
            let event = object["event"].as_str().expect("a text").to_owned();
            let keys = object.keys().filter(|key| *key != "event").cloned();
            seen.entry(event).or_default().extend(keys);
        }
    };
    let mut config = DecnetConfig::new("1.1".parse().unwrap(), Circuit::listen("127.0.0.1:0"));
    config.retry = Duration::from_millis(10);
    let there = DecnetEndpoint::new(config).unwrap();
    there.start().unwrap();
    let circuit = format!("tcp:{}", there.local_address().unwrap());
    let here = ["--address", "1.2", "--circuit", &circuit, "--json", "--timeout", "2"];
    let mute = there.listen(Object::numbered(25)).unwrap();
    let other = there.listen(Object::named("OTHER")).unwrap();
    let answering = std::thread::spawn(move || {
        // A mirror that returns nothing, an object that interrupts and leaves.
        mute.accept(LONG).expect("a call").accept("").expect("accepted").wait_ended(LONG).expect("an end");
        let link = other.accept(LONG).expect("a call").accept("").expect("accepted");
        assert!(matches!(link.next_event(LONG), Ok(LinkEvent::Running)));
        link.interrupt("now").expect("one is free");
        link.send("message").expect("open");
        assert_eq!(link.receive(LONG).expect("a message"), "x");
        link.disconnect("bye").expect("open");
        link.wait_ended(LONG).expect("an end");
    });
    take(&osisession(&[&["ping", "1.1", "--count", "1", "--timeout", "0.5"], &here[..5]].concat()).out);
    take(
        &osisession(&[&["connect", "1.1", "OTHER", "--until", "9", "--message", "x"], &here[..]].concat())
            .out,
    );
    take(&osisession(&[&["connect", "1.1", "NOBODY", "--message", "x"], &here[..]].concat()).out);
    answering.join().expect("no panic");
    drop(there);
    let (command, lines, circuit) = listening(&["25", "--answer", "mirror", "--count", "3"]);
    let here = ["--address", "1.2", "--circuit", &circuit, "--json", "--interval", "0"];
    take(&osisession(&[&["ping", "1.1", "--count", "1"], &here[..]].concat()).out);
    take(
        &osisession(&[&["connect", "1.1", "25", "--message", "x", "--until", "1"], &here[..5]].concat()).out,
    );
    let config = DecnetConfig::new("1.2".parse().unwrap(), circuit.parse().unwrap());
    let node = DecnetEndpoint::new(config).unwrap();
    node.start().unwrap();
    let (link, _) = node.connect_wait("1.1", EndUser::Number(25), ConnectOptions::default(), LONG).unwrap();
    link.interrupt("now").unwrap();
    link.disconnect("").unwrap();
    link.wait_ended(LONG).unwrap();
    assert_eq!(command.join().expect("no panic"), VALID);
    for line in lines.try_iter() {
        take(&line);
    }
    // The first line of `listen`, which the fixture took.
    seen.insert("listening".into(), ["node", "circuit"].map(str::to_owned).into());
    let seen: BTreeMap<&str, BTreeSet<&str>> = seen
        .iter()
        .map(|(event, keys)| (event.as_str(), keys.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(seen, documented);
}

/// Passwords and verifications come from files, and are shown nowhere: not as text, not as JSON, not in errors, not in hexadecimal digits.
#[test]
fn secrets_are_shown_nowhere() {
    let file = |name: &str, secret: &str| {
        let path = std::env::temp_dir().join(format!("osisession-{}-{name}", std::process::id()));
        std::fs::write(&path, secret).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (right, wrong) = (file("right", "SESAME\n"), file("wrong", "GUESSED\n"));
    let (proof, bad_proof) = (file("proof", "PROVEN\n"), file("bad-proof", "BELIEVED\n"));
    let mut config = DecnetConfig::new("1.1".parse().unwrap(), Circuit::listen("127.0.0.1:0"));
    config.demand = Some("PROVEN".into());
    let there = DecnetEndpoint::new(config).unwrap();
    there.start().unwrap();
    let account = Account { user: "SMITH".into(), password: "SESAME".into(), account: None };
    let safe = there.listen(Object::named("SAFE").with_accounts(vec![account])).unwrap();
    let open = there.listen(Object::named("OPEN")).unwrap();
    let circuit = format!("tcp:{}", there.local_address().unwrap());
    let serving = std::thread::spawn(move || {
        for listener in [&safe, &open, &safe, &open] {
            let call = listener.accept(LONG).expect("a call");
            call.accept("").expect("accepted").wait_ended(LONG).expect("an end");
        }
        // Nobody could be rejected by an object that is gone.
        (safe, open)
    });
    let mut shown = String::new();
    for json in [&[][..], &["--json"]] {
        for (object, password, proof, code) in [
            ("SAFE", &right, &proof, VALID),
            ("OPEN", &right, &proof, VALID),
            ("SAFE", &wrong, &proof, INVALID),
            ("SAFE", &right, &bad_proof, INVALID),
        ] {
            let args = ["connect", "1.1", object, "--user", "SMITH", "--message", "x"];
            let more = ["--password-file", password, "--verification-file", proof];
            let common = ["--address", "1.2", "--circuit", &circuit, "--timeout", "2"];
            let outcome = osisession(&[&args[..], &more, &common, json].concat());
            assert_eq!(outcome.code, code, "{object} {}{}", outcome.out, outcome.err);
            shown.push_str(&outcome.out);
            shown.push_str(&outcome.err);
        }
    }
    drop(serving.join().expect("no panic"));
    for path in [right, wrong, proof, bad_proof] {
        std::fs::remove_file(path).unwrap();
    }
    assert!(shown.contains("rejected: 34") && shown.contains("\"reason\":34"), "{shown}");
    for secret in ["SESAME", "GUESSED", "PROVEN", "BELIEVED"] {
        let hex: String = secret.bytes().map(|octet| format!("{octet:02x}")).collect();
        assert!(!shown.contains(secret) && !shown.contains(&hex), "{shown}");
    }
}

#[test]
fn what_others_refuse_is_exit_code_1() {
    let there =
        DecnetEndpoint::new(DecnetConfig::new("1.1".parse().unwrap(), Circuit::listen("127.0.0.1:0")))
            .unwrap();
    there.start().unwrap();
    let mute = there.listen(Object::numbered(25)).unwrap();
    let circuit = format!("tcp:{}", there.local_address().unwrap());
    let common = ["--address", "1.2", "--circuit", &circuit];
    let outcome = osisession(&[&["connect", "1.1", "NOBODY", "--message", "x"], &common[..]].concat());
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (INVALID, "rejected: 4 (no such object)\n"),
        "{}",
        outcome.err
    );
    // A mirror that accepts and returns nothing.
    let answering = std::thread::spawn(move || {
        let link = mute.accept(LONG).expect("a connect").accept("").expect("accepted");
        link.wait_ended(LONG)
    });
    let outcome = osisession(&[&["ping", "1.1", "--timeout", "0.5"], &common[..]].concat());
    assert_eq!(outcome.code, INVALID, "{}", outcome.out);
    assert_eq!(outcome.out, "no answer from 1.1: number 1\nnothing was returned\n");
    drop(answering.join());
    let outcome = osisession(&[
        "ping",
        "1.1",
        "--timeout",
        "0.2",
        "--address",
        "1.2",
        "--circuit",
        "listen:127.0.0.1:0",
    ]);
    assert_eq!(outcome.code, INVALID);
    assert!(outcome.err.starts_with("osisession: ") && outcome.err.contains("circuit"), "{}", outcome.err);
}

#[test]
fn usage() {
    let here = ["--address", "1.2", "--circuit", "listen:127.0.0.1:0"];
    for wrong in [
        &["ping"][..],
        &["ping", "1.1"],
        &["ping", "1.1", "--address", "64.1", "--circuit", "tcp:x"],
        &["ping", "1.1", "--address", "1.2", "--circuit", "x"],
        &[&["ping", "1.1", "--interval", "-1"], &here[..]].concat(),
        &[&["ping", "1.1", "--node", "x"], &here[..]].concat(),
        &[&["connect", "1.1", "0"], &here[..]].concat(),
        &[&["connect", "1.1", "25", "--password-file", "/no/such/file"], &here[..]].concat(),
        &[&["listen", "seventeen-octets-"], &here[..]].concat(),
        &[&["listen", "1", "--verification-file", "/no/such/file"], &here[..]].concat(),
    ] {
        let outcome = osisession(wrong);
        assert_eq!(outcome.code, USAGE, "{wrong:?}: {} {}", outcome.out, outcome.err);
        assert!(!outcome.err.is_empty(), "{wrong:?}");
    }
    assert_eq!(osisession(&["--help"]).code, VALID);
}
