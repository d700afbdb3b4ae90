//! `osisession bench`, `completions`, `man`, and the help of all.
use crate::support::*;
use osisession_cli::{INVALID, USAGE, VALID};
use std::io::Write;
use std::process::{Command, Stdio};

const COMMANDS: &[&str] = &["decode", "ping", "probe", "connect", "listen", "bench", "completions", "man"];

#[test]
fn a_measurement() {
    let done = osisession(&["bench", "--json", "-t", "50ms"]);
    let objects = done.objects();
    assert_eq!((done.code, objects.len()), (VALID, 3), "{}{}", done.out, done.err);
    for (object, what) in objects.iter().zip(["connects", "round-trips", "throughput"]) {
        assert_eq!(object["what"], what);
        assert!(object["count"].as_u64() >= Some(1) && object["per_second"].as_f64() > Some(0.0), "{object}");
    }
    assert!(objects[1]["latency_us"]["median"].as_f64() > Some(0.0));
    assert!(objects[2]["megabytes_per_second"].as_f64() > Some(0.0));
    assert_eq!(objects[1]["octets"].as_u64(), objects[1]["count"].as_u64().map(|count| count * 64));

    let peer = listening(&["--quiet"]);
    let done = osisession(&["bench", "-t", "20ms", "--max-connects", "3", "--block", "1000", &peer.address]);
    assert_eq!(done.code, VALID, "{}", done.out);
    let lines: Vec<&str> =
        done.out.lines().map(|line| line.split_whitespace().next().unwrap_or_default()).collect();
    assert_eq!(lines, ["Measuring", "connects", "round-trips", "throughput"]);
}

#[test]
fn what_cannot_be_measured_is_said() {
    let peer = listening(&["--behaviour", "sink", "--quiet"]);
    let done = osisession(&["bench", "-t", "20ms", "-w", "200ms", &peer.address]);
    assert_eq!(done.code, INVALID);
    assert!(done.out.contains("no echo within 200ms: a peer that sends data back is needed"), "{}", done.out);
    let done = osisession(&["bench", "--json", "-t", "20ms", &nobody()]);
    assert_eq!(done.objects()[0]["diagnosis"]["cause"], "tcp-refused");
    assert_eq!(done.code, INVALID);
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let done = osisession(&["completions", shell]);
        assert_eq!(done.code, VALID);
        for word in COMMANDS.iter().chain(&["max-connections", "half-ac"]) {
            assert!(done.out.contains(word), "{word} in {shell}");
        }
        // Whoever has the shell can say whether it reads the script.
        let Ok(mut reader) = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn() else { continue };
        reader.stdin.take().expect("piped").write_all(done.out.as_bytes()).expect("written");
        assert!(reader.wait().expect("it ends").success(), "{shell} cannot read it");
    }
    assert_eq!(osisession(&["completions", "tcsh"]).code, USAGE);
}

#[test]
fn pages_for_man() {
    let whole = osisession(&["man"]);
    assert!(whole.out.contains(".TH osisession 1"), "{}", whole.out);
    for command in COMMANDS {
        let page = osisession(&["man", command]);
        assert_eq!(page.code, VALID);
        assert!(page.out.contains(&format!(".TH osisession-{command} 1")), "{command}");
        assert!(page.out.contains("Examples:"), "{command}");
    }
    assert_eq!(osisession(&["man", "dance"]).code, USAGE);
}

#[test]
fn every_command_helps() {
    let help = osisession(&["--help"]);
    for command in COMMANDS {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}");
        let help = osisession(&[command, "--help"]);
        assert_eq!(help.code, VALID);
        assert!(help.out.contains("Usage: osisession ") && help.out.contains("Examples:"), "{}", help.out);
        let speaks_json = !matches!(*command, "completions" | "man");
        assert_eq!(help.out.contains("--json"), speaks_json, "{command}");
        assert_eq!(help.out.contains("Exit code: 0 "), speaks_json, "{command}");
    }
}
