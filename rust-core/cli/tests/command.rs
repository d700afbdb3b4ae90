//! The command as a user calls it.
use osisession_cli::{INVALID, USAGE, VALID, run};
use osisession_testkit::pcap::{Link, Talk, flags, pcap, pcapng};
use std::path::{Path, PathBuf};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

struct Outcome {
    code: i32,
    out: String,
    err: String,
}

fn osisession(args: &[&str]) -> Outcome {
    let args = ["osisession"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(args, &mut out, &mut err);
    Outcome { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// A file for the length of a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, octets: &[u8]) -> Scratch {
        let path = std::env::temp_dir().join(format!("osisession-{}-{name}", std::process::id()));
        std::fs::write(&path, octets).unwrap();
        Scratch(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Compares with a file; with OSISESSION_BLESS in the environment, writes it.
fn golden(name: &str, found: &str) {
    let path = Path::new(GOLDEN).join(name);
    if std::env::var_os("OSISESSION_BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    for (number, (expected, found)) in (1..).zip(expected.lines().zip(found.lines())) {
        assert_eq!(expected, found, "{name}, line {number}");
    }
    assert_eq!(expected.len(), found.len(), "{name}: one of the two goes on");
}

fn dialogue() -> String {
    format!("{GOLDEN}/dialogue.hex")
}

fn capture() -> Vec<u8> {
    let mut talk = Talk::open("192.0.2.1:40001", "192.0.2.2:102");
    talk.transport();
    talk.tsdu(
        0,
        b"\x0d\x18\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02\x33\x02\x00\x01\x34\x02\x00\x01\xc1\x02AB",
        9,
    );
    talk.tsdu(1, b"\x0e\x10\x05\x06\x13\x01\x00\x16\x01\x02\x14\x02\x00\x02\x34\x02\x00\x01", 9);
    talk.tsdu(0, b"\x01\x00\x01\x00to the server", 9);
    talk.tsdu(1, b"\x01\x00\x01\x00to the client", 100);
    talk.tsdu(1, b"\x19\x03\x11\x01\x03", 100);
    talk.segment(1, flags::FIN | flags::ACK, b"");
    talk.segment(0, flags::RST, b"");
    // The client's data came twice.
    let again = talk.segments[11].clone();
    talk.segments.insert(13, again);
    pcap(Link::Ethernet, &talk.segments)
}

#[test]
fn dialogue_as_text() {
    let outcome = osisession(&["decode", &dialogue()]);
    assert_eq!((outcome.code, outcome.err.as_str()), (INVALID, ""));
    golden("dialogue.txt", &outcome.out);
}

#[test]
fn dialogue_as_json() {
    let outcome = osisession(&["decode", "--json", &dialogue()]);
    assert_eq!((outcome.code, outcome.err.as_str()), (INVALID, ""));
    golden("dialogue.jsonl", &outcome.out);
    for line in outcome.out.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["type"].is_string());
    }
}

/// All keys in a JSON value.
fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, inner) in object {
                found.insert(key.clone());
                keys(inner, found);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

#[test]
fn every_key_is_documented() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md")).unwrap();
    let file = Scratch::new("keys.pcap", &{
        let mut talk = Talk::resume("192.0.2.1:1", "192.0.2.2:102");
        talk.send(0, b"junk", 100);
        talk.transport();
        talk.send(0, b"junk again", 100);
        talk.tsdu(0, b"\x1a\x00", 100);
        talk.tsdu(0, b"\x1a\x00", 100);
        talk.tsdu(0, b"\x1a\x00", 100);
        talk.segments.remove(5);
        pcap(Link::Raw, &talk.segments)
    });
    let outcome = osisession(&["decode", "--json", "--tpdu", "--states", &dialogue(), file.path()]);
    let mut found = std::collections::BTreeSet::new();
    let mut types = std::collections::BTreeSet::new();
    let violation = osisession(&[&["decode", "--json"][..], &OUT_OF_STEP].concat());
    for line in outcome.out.lines().chain(violation.out.lines()) {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        keys(&object, &mut found);
        types.insert(object["type"].as_str().unwrap().to_owned());
    }
    for word in found.iter().chain(&types) {
        assert!(text.contains(&format!("`{word}`")), "{word} is not in docs/json.md");
    }
    let all = ["fault", "lost", "negotiated", "skipped", "spdu", "ssdu", "state", "tpdu", "violation"];
    assert_eq!(types.iter().map(String::as_str).collect::<Vec<_>>(), all);
    for (name, _) in osisession_proto::x225::spdu::Leniency::TOLERANT.iter_names() {
        assert!(text.contains(&format!("`{name}`")), "{name} is not in docs/json.md");
    }
}

#[test]
fn strict_refuses_what_is_tolerated() {
    let outcome = osisession(&["decode", "--strict", "31032a0133"]);
    assert_eq!(outcome.code, INVALID);
    // The SPDU is shown all the same.
    assert!(outcome.out.contains("MIP MINOR SYNC POINT"), "{}", outcome.out);
    assert!(outcome.out.contains("! error: MIP needs a GIVE or PLEASE TOKENS before it"), "{}", outcome.out);
    let outcome = osisession(&["decode", "31032a0133"]);
    assert_eq!(outcome.code, VALID);
    assert!(outcome.out.contains("~ tolerated at 0: MISSING_PREFIX"), "{}", outcome.out);
}

#[test]
fn capture_as_text_and_json() {
    let file = Scratch::new("capture.pcap", &capture());
    let outcome = osisession(&["decode", file.path()]);
    assert_eq!((outcome.code, outcome.err.as_str()), (VALID, ""));
    golden("capture.txt", &outcome.out);
    let outcome = osisession(&["decode", "--json", "--tpdu", file.path()]);
    golden("capture.jsonl", &outcome.out);
}

#[test]
fn hex_in_many_forms() {
    let plain = osisession(&["decode", "0100010068656c6c6f"]).out;
    for form in [
        "01 00 01 00 68 65 6c 6c 6f",
        "0x01,0x00,0x01,0x00,0x68,0x65,0x6C,0x6c,0x6f",
        "01:00:01:00:68:65:6c:6c:6f",
    ] {
        let outcome = osisession(&["decode", form]);
        assert_eq!((outcome.code, outcome.out.as_str()), (VALID, plain.as_str()), "{form}");
    }
    // The same in a TPKT.
    let tpkt = osisession(&["decode", "0300001002f0800100010068656c6c6f"]);
    assert_eq!((tpkt.code, tpkt.out.as_str()), (VALID, plain.as_str()));
}

#[test]
fn a_raw_tsdu_is_taken_as_it_is() {
    let file = Scratch::new("raw", b"\x01\x00\x01\x00hello");
    assert!(osisession(&["decode", file.path()]).out.contains("|hello|"));
    let digits = Scratch::new("digits", b"!\x00hi");
    let outcome = osisession(&["decode", "--tsdu", digits.path()]);
    assert_eq!(outcome.code, VALID);
    assert!(outcome.out.contains("TD TYPED DATA"), "{}", outcome.out);
}

#[test]
fn expedited() {
    let outcome = osisession(&["decode", "--json", "0500ff"]);
    assert_eq!(outcome.code, VALID);
    assert!(outcome.out.contains("\"flow\":\"expedited\""), "{}", outcome.out);
    let outcome = osisession(&["decode", "--expedited", "190e110103c109010203040506070809"]);
    assert_eq!(outcome.code, VALID, "{}", outcome.out);
}

#[test]
fn what_came_on_the_wrong_flow_is_shown_and_refused() {
    // FINISH on the expedited flow.
    let outcome = osisession(&["decode", "--expedited", "0900"]);
    assert_eq!(outcome.code, INVALID);
    assert!(outcome.out.contains("FN FINISH"), "{}", outcome.out);
    assert!(outcome.out.contains("wrong flow"), "{}", outcome.out);
}

#[test]
fn usage() {
    for args in [
        &[][..],
        &["frobnicate"],
        &["decode", "--port", "70000", "0900"],
        &["decode", "no-such-file"],
        &["decode", "090"],
        &["decode", "--tsdu", "/no/such/file"],
        &["decode", "0900", "--ladder", "/no/such/directory/ladder.svg"],
    ] {
        let outcome = osisession(args);
        assert_eq!(outcome.code, USAGE, "{args:?}");
        assert!(!outcome.err.is_empty(), "{args:?}");
    }
    let help = osisession(&["decode", "--help"]);
    assert_eq!(help.code, VALID);
    assert!(help.out.contains("--ladder <FILE>"));
}

#[test]
fn a_capture_without_sessions_says_where_it_looked() {
    let file = Scratch::new("empty.pcap", &pcap(Link::Raw, &[]));
    let outcome = osisession(&["decode", file.path()]);
    assert_eq!(outcome.code, INVALID);
    assert!(outcome.err.contains("no data on TCP port 102 in 0 packets"), "{}", outcome.err);
}

#[test]
fn a_capture_that_is_cut_off_is_shown_up_to_there() {
    let whole = capture();
    let file = Scratch::new("short.pcap", &whole[..whole.len() - 3]);
    let outcome = osisession(&["decode", file.path()]);
    assert_eq!(outcome.code, INVALID);
    assert!(outcome.out.contains("AB ABORT"));
    assert!(outcome.err.contains("cut off"), "{}", outcome.err);
}

#[test]
fn two_captures_and_hex_are_numbered_together() {
    let one = Scratch::new("one.pcap", &capture());
    let two = Scratch::new("two.pcap", &capture());
    let outcome = osisession(&["decode", "--json", one.path(), "1a00", two.path()]);
    for number in 1..=3 {
        assert!(outcome.out.contains(&format!("\"connection\":{number},")), "{number}");
    }
    assert!(!outcome.out.contains("\"connection\":4,"));
}

/// Every tag that is opened is closed, in order.
fn assert_well_formed(xml: &str) {
    let mut open = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap().to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new());
}

#[test]
fn ladder_as_svg() {
    let svg = Scratch::new("ladder.svg", b"");
    osisession(&["decode", &dialogue(), "--ladder", svg.path()]);
    let text = std::fs::read_to_string(svg.path()).unwrap();
    assert_well_formed(&text);
    for part in [">CN<", ">GT [DS] + DT<", ">MIP 1<", ">minor sync 1<", ">major sync 2<", ">AEA 2<"] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(text.matches('\u{2716}').count(), 1, "the ACCEPT that is cut off");
    golden("dialogue.svg", &text);
}

#[test]
fn ladder_as_html() {
    let html = Scratch::new("ladder.html", b"");
    let file = Scratch::new("ladder.pcapng", &{
        let mut talk = Talk::open("[2001:db8::1]:1234", "[2001:db8::2]:102");
        talk.transport();
        talk.tsdu(0, b"<script>", 100);
        pcapng(Link::Cooked2, &talk.segments)
    });
    let outcome = osisession(&["decode", file.path(), "--ladder", html.path()]);
    assert_eq!(outcome.code, INVALID);
    let text = std::fs::read_to_string(html.path()).unwrap();
    let body = text.split_once("<body>").unwrap().1.replace("</body></html>", "");
    assert_well_formed(&body);
    assert!(text.contains("[2001:db8::1]:1234"));
    assert!(text.contains("1 in error"));
    for outside in ["http://", "https://", "<script", "<link", "<img"] {
        let found = text.replace("http://www.w3.org/2000/svg", "").contains(outside);
        assert!(!found, "{outside}");
    }
}

/// A generator of numbers that are always the same (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

#[test]
fn hostile_tsdus() {
    let valid = std::fs::read_to_string(dialogue()).unwrap();
    let mut numbers = Numbers(0x5eed);
    let mut hostile = String::new();
    for line in valid.lines().filter(|line| !line.starts_with('#')) {
        let (direction, hex) = line.split('#').next().unwrap().trim().split_once(' ').unwrap();
        for _ in 0..20 {
            let mut octets: Vec<char> = hex.chars().collect();
            for _ in 0..=numbers.next(4) {
                let at = numbers.next(octets.len());
                octets[at] = char::from_digit(u32::try_from(numbers.next(16)).unwrap(), 16).unwrap();
            }
            octets.truncate(2 + numbers.next(octets.len()) / 2 * 2);
            hostile.push_str(&format!("{direction} {}\n", octets.iter().collect::<String>()));
        }
    }
    let file = Scratch::new("hostile.hex", hostile.as_bytes());
    let svg = Scratch::new("hostile.svg", b"");
    let outcome = osisession(&["decode", file.path(), "--ladder", svg.path()]);
    assert_eq!(outcome.code, INVALID);
    assert!(!outcome.out.chars().any(|c| c.is_control() && c != '\n'), "no control characters on a terminal");
    assert_well_formed(&std::fs::read_to_string(svg.path()).unwrap());
    let outcome = osisession(&["decode", "--json", "--strict", file.path()]);
    for line in outcome.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    for _ in 0..300 {
        let noise: Vec<u8> =
            (0..1 + numbers.next(200)).map(|_| u8::try_from(numbers.next(256)).unwrap()).collect();
        let file = Scratch::new("noise", &noise);
        let outcome = osisession(&["decode", "--json", file.path()]);
        assert!(outcome.code == VALID || outcome.code == INVALID || outcome.code == USAGE);
    }
}

/// CONNECT, ACCEPT (half-duplex, the data token at the caller), data of the caller, data of the called side.
const OUT_OF_STEP: [&str; 4] = [
    "0d 0f 05 09 13 01 00 16 01 02 1a 01 00 14 02 00 01",
    "< 0e 0f 05 09 13 01 00 16 01 02 1a 01 00 14 02 00 01",
    "01 00 01 00 61",
    "< 01 00 01 00 62",
];

#[test]
fn where_a_dialogue_leaves_the_standard() {
    let outcome = osisession(&[&["decode", "--states"][..], &OUT_OF_STEP].concat());
    assert_eq!((outcome.code, outcome.err.as_str()), (INVALID, ""));
    let wanted = [
        "    = first in STA713, tokens data, V(A) 0, V(M) 0, V(R) 0",
        "    = second in STA713, tokens none, V(A) 0, V(M) 0, V(R) 0",
        "    !! the dialogue leaves the standard: the second party sent DT, but S-DATA request is not possible now: the data \
         token is not here",
    ];
    for line in wanted {
        assert!(outcome.out.lines().any(|found| found.starts_with(line)), "{line}\n{}", outcome.out);
    }
    // The same without the last line is in order.
    let outcome = osisession(&[&["decode"][..], &OUT_OF_STEP[..3]].concat());
    assert_eq!((outcome.code, outcome.out.contains("!!")), (0, false), "{}", outcome.out);
}

#[test]
fn the_ladder_shows_where_a_dialogue_leaves_the_standard() {
    let file = Scratch::new("out-of-step.svg", b"");
    osisession(&[&["decode", "--ladder", file.path()][..], &OUT_OF_STEP].concat());
    let svg = std::fs::read_to_string(file.path()).unwrap();
    assert_well_formed(&svg);
    assert!(svg.contains("the dialogue leaves the standard"), "{svg}");
}
