//! Talks with PyDECnet that were recorded, played again: with what it sent, at the times at which it did, our node sends and tells the same,
//! octet by octet (`data/scp/README.md`; recorded by `interop/pydecnet.py CHECKOUT --tapes`).
use osisession_testkit::tape::{Replayed, replay};

fn play(name: &str, tape: &str) -> Replayed {
    replay(tape).unwrap_or_else(|error| panic!("{name}: {error}"))
}

macro_rules! tapes {
    ($($test:ident, $name:literal: $check:expr;)*) => {
        $(#[test]
        fn $test() {
            let tape = include_str!(concat!("../data/scp/tapes/", $name, ".tsv"));
            let check: fn(&Replayed) -> bool = $check;
            let replayed = play($name, tape);
            // A tape is worth something only if it has what its name says.
            assert!(replayed.came > 0 && replayed.sent > 0, "{replayed:?}");
            assert!(check(&replayed), "{replayed:?}");
        })*

        const ALL: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../data/scp/tapes/", $name, ".tsv")))),*];
    };
}

fn has(replayed: &Replayed, parts: &[&str]) -> bool {
    replayed.events.iter().any(|event| parts.iter().all(|part| event.contains(part)))
}

fn count(replayed: &Replayed, part: &str) -> usize {
    replayed.events.iter().filter(|event| event.contains(part)).count()
}

tapes! {
    mirror, "mirror": |tape| tape.taken == 40 && has(tape, &["Accepted"]) && has(tape, &["Closed"]);
    accept_reject_disconnect_and_abort_with_data, "echo": |tape| {
        has(tape, &["Rejected", "no thanks"])
            && has(tape, &["Accepted", "hello"])
            && has(tape, &["Disconnected", "reason 0", "646f6e65"])
            && has(tape, &["Disconnected", "reason 9", "6f6f7073"])
            && count(tape, "Closed") == 2
    };
    interrupts, "interrupts": |tape| tape.taken == 13 && count(tape, "Closed") == 2;
    refusals, "refused": |tape| count(tape, "Rejected") == 2;
    loss_and_return, "loss": |tape| {
        count(tape, "CircuitUp") == 2 && count(tape, "circuit down") == 1 && tape.taken == 2
    };
    a_lossy_circuit, "lossy": |tape| tape.taken == 40 && has(tape, &["Closed"]);
    verification, "verification": |tape| tape.taken == 5;
    a_wrong_verification, "unproven": |tape| {
        count(tape, "circuit down") == 3 && count(tape, "Accepted") == 0
    };
    an_ethernet, "ethernet": |tape| tape.taken == 20;
    they_call_us, "serve": |tape| {
        count(tape, "Offered") == 4 && tape.taken > 15 && has(tape, &["Offered", "SMITH", "USER"])
    };
}

/// The comparison notices: an octet that is not what the node sends is found.
#[test]
fn a_changed_tape_is_refused() {
    for (name, tape) in ALL {
        let sent = tape.lines().position(|line| line.contains("\tout\t")).expect("something was sent");
        let mut lines: Vec<String> = tape.lines().map(str::to_owned).collect();
        lines[sent].push_str("00");
        let error = replay(&lines.join("\n")).expect_err(name);
        assert!(error.starts_with("line ") && error.contains("expected"), "{name}: {error}");
    }
}

/// No tape shows the password that the peer sent to us in the text of an event.
#[test]
fn events_show_no_password() {
    for (name, tape) in ALL {
        for line in tape.lines().filter(|line| line.contains("\tevent\t")) {
            assert!(!line.contains("PASSWORD"), "{name}: {line}");
        }
    }
    // It was there: these are the digits of its octets.
    assert!(ALL.iter().any(|(name, tape)| *name == "serve" && tape.contains("50415353574f5244")));
}
