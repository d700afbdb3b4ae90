//! `osisession connect` and `osisession listen`, with each other.
use crate::support::*;
use osisession_cli::{INVALID, USAGE, VALID};

/// Runs a script against an address.
fn script(name: &str, text: &str, address: &str, more: &[&str]) -> Outcome {
    let file = Scratch::new(name, text);
    osisession(&[&["connect", "--script", file.path(), "-w", "10s"], more, &[address]].concat())
}

#[test]
fn a_dialogue_with_echo() {
    let peer = listening(&["--count", "1"]);
    let done = script(
        "echo",
        "# every line is checked\n\
         expect accepted\n\
         data hello\n\
         expect data hello\n\
         data \"two words\"\n\
         expect data prefix:two length:9\n\
         typed hex:0001ff\n\
         expect typed hex:0001ff\n\
         minor explicit\n\
         expect minor-confirm\n\
         major\n\
         expect major-confirm\n\
         status\n\
         expect nothing 20ms\n\
         release bye\n\
         expect release-confirm\n\
         expect closed\n",
        &peer.address,
        &["-u", "half-duplex,duplex,minor-sync,major-sync,typed-data"],
    );
    assert_eq!(done.code, VALID, "{}{}", done.out, done.err);
    assert!(done.out.contains("<- S-DATA indication 5 octets \"hello\"\n"), "{}", done.out);
    assert!(done.out.contains("<- S-TYPED-DATA indication 3 octets hex:0001ff\n"), "{}", done.out);
    assert!(
        done.out.contains("\nSTA713, version 2, duplex, minor-sync, major-sync, typed-data, "),
        "{}",
        done.out
    );
    let (code, told) = peer.finish();
    assert_eq!(code, Some(VALID));
    assert_eq!(told[0]["type"], "caller");
    let words: Vec<_> = told.iter().filter_map(|object| object["event"]["word"].as_str()).collect();
    assert_eq!(words, ["connect", "data", "data", "typed", "minor", "major", "release"]);
    assert_eq!(told.last().expect("the end")["ok"], true);
}

#[test]
fn a_script_that_fails_says_where() {
    let peer = listening(&[]);
    let done = script("wrong", "data hello\n\nexpect data \"good bye\"\ndata never\n", &peer.address, &[]);
    assert_eq!(done.code, INVALID);
    let line = "line 3: expected data \"good bye\", came S-DATA indication 5 octets \"hello\"\n";
    assert!(done.out.contains(line), "{}", done.out);
    assert_eq!(
        done.out.matches("-> S-DATA request").count(),
        1,
        "it stops at the first failure: {}",
        done.out
    );
    assert!(done.out.ends_with("<- S-RELEASE confirm (affirmative)\n"), "polite to the end: {}", done.out);

    let done = script("late", "timeout 50ms\nexpect data\n", &peer.address, &["--json"]);
    let failed = done.objects().into_iter().find(|object| object["type"] == "failed").expect("a failure");
    assert_eq!((done.code, &failed["line"]), (INVALID, &2.into()));
    assert_eq!(failed["text"], "expected data, nothing came within 50ms");
    assert_eq!(done.objects().last().expect("an end")["ok"], false);

    // What the machine refuses is a failure, unless that is what is expected.
    let done = script("refused", "refused give data\nrefused expedited x\n", &peer.address, &[]);
    assert_eq!(done.code, VALID, "{}", done.out);
    let done = script("give", "give data\n", &peer.address, &[]);
    assert!(done.out.contains("line 1: S-TOKEN-GIVE request is not possible now: "), "{}", done.out);
    assert_eq!(done.code, INVALID);
    let done = script("not-refused", "refused data x\n", &peer.address, &[]);
    assert!(done.out.contains("line 1: S-DATA request was not refused"), "{}", done.out);

    let done = script("unreadable", "data x\ndance\n", &peer.address, &[]);
    assert_eq!(done.code, USAGE);
    assert!(done.err.contains("line 2: \"dance\" is unknown"), "{}", done.err);
    assert!(done.out.is_empty(), "nobody is called before the script was read: {}", done.out);
    assert_eq!(osisession(&["connect", "--script", "/no/such/file", &peer.address]).code, USAGE);
}

#[test]
fn a_script_on_both_sides() {
    let answers = Scratch::new(
        "answers",
        "expect connect\naccept half-duplex\nexpect data question\nplease data\nexpect give\ndata answer\n\
         give data\nexpect release\nrelease-response\n",
    );
    let peer = listening(&["--script", answers.path(), "--count", "1"]);
    let done = script(
        "questions",
        "data question\nexpect please\ngive data\nexpect data answer\nexpect give\nrelease\nexpect release-confirm\n",
        &peer.address,
        &["-u", "half-duplex"],
    );
    let (code, told) = peer.finish();
    assert_eq!((done.code, code), (VALID, Some(VALID)), "{}\n{told:?}", done.out);

    // What the caller does otherwise is the listener's failure.
    let answers = Scratch::new("otherwise", "expect data question\n");
    let peer = listening(&["--script", answers.path(), "--count", "1"]);
    script("statement", "data statement\n", &peer.address, &[]);
    let (code, told) = peer.finish();
    assert_eq!(code, Some(INVALID));
    let failed = told.iter().find(|object| object["type"] == "failed").expect("a failure");
    assert_eq!(failed["text"], "expected data \"question\", came S-DATA indication 9 octets \"statement\"");
}

#[test]
fn every_faulty_behaviour_is_diagnosed() {
    for (behaviour, more, cause, stage) in [
        ("refuse", &["--reason", "1"][..], "refuse-user-congestion", "session-connect"),
        ("abort", &[], "abort-while-connecting", "session-connect"),
        ("dr", &["--reason", "3"], "dr-address-unknown", "transport-connect"),
        ("silent", &[], "no-answer-to-cr", "transport-connect"),
        ("mute", &[], "no-answer-to-cn", "session-connect"),
        ("close-on-cr", &[], "closed-instead-of-cc", "transport-connect"),
        ("close-on-cn", &[], "closed-instead-of-ac", "session-connect"),
        ("half-ac", &[], "no-answer-to-cn", "session-connect"),
        ("bad-ac", &[], "bad-answer", "session-connect"),
        ("garbage", &[], "not-tpkt", "transport-connect"),
        ("http", &[], "http", "transport-connect"),
    ] {
        let peer = listening(&[&["--behaviour", behaviour, "--count", "1"], more].concat());
        let patience = if matches!(behaviour, "silent" | "mute" | "half-ac") { "1s" } else { "20s" };
        let done = osisession(&["connect", "--json", "-w", patience, &peer.address]);
        let objects = done.objects();
        let report =
            &objects.iter().find(|object| object["type"] == "diagnosis").expect("a report")["diagnosis"];
        assert_eq!((done.code, &report["cause"]), (INVALID, &cause.into()), "{behaviour}: {report}");
        assert_eq!(report["stage"], stage, "{behaviour}: {report}");
        assert!(!report["try"].as_array().expect("hints").is_empty());
        let (code, told) = peer.finish();
        assert_eq!(
            told.last().map(|object| object["type"].clone()),
            Some("gone".into()),
            "{behaviour}: {told:?}"
        );
        assert_eq!(code, Some(VALID), "{behaviour}");
    }
    // Which of the two is seen is a matter of the network: the end, or the reset that follows what was sent into it.
    let peer = listening(&["--behaviour", "close", "--count", "1"]);
    let done = script("close", "expect abort\n", &peer.address, &[]);
    assert_eq!(done.code, VALID, "{}", done.out);
}

#[test]
fn a_script_may_expect_a_failure() {
    let peer = listening(&["--behaviour", "refuse", "--reason", "1"]);
    let good = "expect rejected reason:1 cause:refuse-user-congestion\nexpect closed\n";
    let done = script("rejected", good, &peer.address, &[]);
    assert_eq!(done.code, VALID, "{}", done.out);
    let done = script("reason", "expect rejected reason:2\n", &peer.address, &[]);
    assert_eq!(done.code, INVALID);
    assert!(
        done.out.contains("line 1: expected rejected reason:2, came S-CONNECT confirm (reject)"),
        "{}",
        done.out
    );
    let done = script("nothing", "data x\n", &peer.address, &[]);
    assert_eq!(done.code, INVALID, "without an expectation a refusal is a failure");
    let done = script("refused-tcp", "expect abort cause:tcp-refused\n", &nobody(), &[]);
    assert_eq!(done.code, VALID, "{}", done.out);
}

#[test]
fn an_interrupt_ends_a_listener_in_order() {
    let peer = listening(&[]);
    script("one", "data x\nexpect data x\n", &peer.address, &[]);
    peer.interrupt();
    let (code, told) = peer.finish();
    assert_eq!(code, Some(VALID));
    assert!(told.iter().any(|object| object["type"] == "gone" && object["caller"] == 1), "{told:?}");
}

#[test]
fn a_refused_caller_is_told_to_the_listener() {
    let peer = listening(&["-S", "0001"]);
    let done = osisession(&["connect", "-S", "0002", &peer.address]);
    assert!(done.out.contains("[refuse-selector]"), "{}", done.out);
    peer.interrupt();
    let (_, told) = peer.finish();
    let refusal = told.iter().find(|object| object["type"] == "refusal").expect("a refusal");
    assert_eq!(refusal["diagnosis"]["cause"], "refused-here");
}

#[test]
fn wrong_use() {
    for args in [
        &["listen", "no address"][..],
        &["listen", "--behaviour", "dance"],
        &["listen", "--behaviour", "script"],
        &["listen", "--behaviour", "refuse", "--reason", "129"],
        &["listen", "--behaviour", "garbage", "--tls-ca", "x.pem"],
        &["listen", "--script", "/no/such/file"],
        &["listen", "--behaviour", "echo", "--script", "x"],
        &["connect"],
    ] {
        let done = osisession(args);
        assert_eq!(done.code, USAGE, "{args:?}: {}{}", done.out, done.err);
    }
}
