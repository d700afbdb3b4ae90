//! `docs/cli.md` says what the commands do.
use crate::support::*;
use std::collections::BTreeSet;

fn manual() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md")).expect("docs/cli.md")
}

/// Every key of an object, and of those in it.
fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                found.insert(key.clone());
                keys(value, found);
            }
            found.extend(object.get("type").and_then(|kind| kind.as_str()).map(str::to_owned));
        }
        serde_json::Value::Array(all) => all.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_key_is_documented() {
    let script = Scratch::new(
        "keys",
        "data x\nexpect data x\nminor\nexpect minor-confirm\nsay done\nexpect data never\n",
    );
    let mut found = BTreeSet::new();
    let peer = listening(&["-S", "0001"]);
    let address = peer.address.as_str();
    for args in [
        &["ping", "-c", "1", "-S", "0001"][..],
        &["ping", "-c", "1"],
        &["probe", "--delay", "0", "--max-connections", "8"],
        &["connect", "-S", "0001", "-u", "duplex,minor-sync", "-w", "300ms", "--script", script.path()],
        &["bench", "-t", "10ms", "-S", "0001"],
        &["bench", "-t", "10ms"],
    ] {
        let done = osisession(&[args, &["--json", address]].concat());
        done.objects().iter().for_each(|object| keys(object, &mut found));
    }
    peer.interrupt();
    peer.finish().1.iter().for_each(|object| keys(object, &mut found));
    for kind in [
        "round",
        "statistics",
        "finding",
        "stack",
        "summary",
        "caller",
        "refusal",
        "gone",
        "request",
        "event",
    ] {
        assert!(found.contains(kind), "{kind} was not seen");
    }
    let manual = manual();
    for key in found {
        assert!(manual.contains(&format!("`{key}`")), "{key} is not in docs/cli.md");
    }
}

#[test]
fn every_behaviour_and_event_is_documented() {
    let manual = manual();
    let help = osisession(&["listen", "--help"]).out;
    let behaviours: Vec<&str> =
        help.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next()).collect();
    assert_eq!(behaviours.len(), 15, "{behaviours:?}");
    let script = Scratch::new("words", "help\n");
    let peer = listening(&["--quiet"]);
    let help = osisession(&["connect", "--script", script.path(), &peer.address]).out;
    let events = help.lines().find_map(|line| line.trim().strip_prefix("Events: ")).expect("the events");
    for word in behaviours.into_iter().chain(events.split(", ")) {
        assert!(manual.contains(&format!("`{word}`")), "{word} is not in docs/cli.md");
    }
}
