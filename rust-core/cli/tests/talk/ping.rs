//! `osisession ping`.
use crate::support::*;
use osisession::*;
use osisession_cli::{INVALID, USAGE, VALID};

#[test]
fn rounds_and_statistics() {
    let peer = responder(ListenerConfig::default());
    let done = osisession(&["ping", "-c", "3", "-i", "10ms", &peer.address]);
    assert_eq!((done.code, done.err.as_str()), (VALID, ""), "{}", done.out);
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!(
        lines[0],
        format!("PING {}: T-selector none, session selector none, version 1 and 2, duplex", peer.address)
    );
    for (seq, line) in (1..).zip(&lines[1..4]) {
        assert!(line.starts_with(&format!("seq={seq} connected in ")), "{line}");
        assert!(line.contains("(network ") && line.contains("released in "), "{line}");
        assert!(line.ends_with("version 2, duplex"), "{line}");
    }
    assert_eq!(lines[5], format!("--- {} ping statistics ---", peer.address));
    assert!(
        lines[6].starts_with("3 sessions, 3 connected, 0 failed (0%), 3 released, time "),
        "{}",
        lines[6]
    );
    assert!(lines[7].starts_with("connect min/avg/max/stddev = ") && lines[7].ends_with(" ms"));
    assert!(lines[8].starts_with("release min/avg/max/stddev = "));
    assert_eq!(lines.len(), 9);

    let quiet = osisession(&["ping", "-q", "-c", "1", &peer.address]);
    assert_eq!(quiet.out.trim_start().lines().count(), 4, "{}", quiet.out);
}

#[test]
fn in_json() {
    let peer = responder(ListenerConfig::default());
    let done = osisession(&["ping", "--json", "-c", "2", "-i", "0", &peer.address]);
    let objects = done.objects();
    assert_eq!((done.code, objects.len()), (VALID, 3), "{}", done.out);
    assert_eq!((&objects[0]["type"], &objects[0]["seq"]), (&"round".into(), &1.into()));
    assert_eq!(objects[1]["ok"], true);
    assert_eq!(objects[1]["functional_units"][0], "DUPLEX");
    assert!(objects[1]["connect_ms"].as_f64().expect("a number") > 0.0);
    assert!(objects[1]["diagnosis"].is_null());
    assert_eq!(objects[2]["type"], "statistics");
    assert_eq!((&objects[2]["connected"], &objects[2]["released"]), (&2.into(), &2.into()));
}

#[test]
fn failures_are_explained_once() {
    let address = nobody();
    let done = osisession(&["ping", "-c", "2", "-i", "0", &address]);
    assert_eq!(done.code, INVALID);
    assert!(done.out.contains(&format!("seq=1 connection refused by {address}\n")), "{}", done.out);
    assert!(done.out.contains("  try      check the port"), "{}", done.out);
    assert!(
        done.out.contains(&format!("seq=2 connection refused by {address} [tcp-refused]\n")),
        "{}",
        done.out
    );
    assert!(done.out.contains("2 sessions, 0 connected, 2 failed (100%)"), "{}", done.out);
    assert!(!done.out.contains("min/avg"), "{}", done.out);

    let web = says(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let done = osisession(&["ping", "--json", "-c", "1", &web]);
    let report = &done.objects()[0]["diagnosis"];
    assert_eq!((done.code, &report["cause"], &report["layer"]), (INVALID, &"http".into(), &"tpkt".into()));
    assert_eq!((&report["octet"], &report["clause"]), (&0.into(), &"RFC 1006 6".into()));
    assert!(report["sent"][0]["meaning"].as_str().expect("text").starts_with("CR "), "{report}");
    assert!(report["received"][0]["hex"].as_str().expect("text").starts_with("48545450"), "{report}");

    let mut picky = ListenerConfig::default();
    picky.session_selector = Some("\0\x01".into());
    let peer = responder(picky);
    let done = osisession(&["ping", "-c", "1", &peer.address]);
    assert!(done.out.contains("session selector unknown"), "{}", done.out);
    assert!(done.out.contains("[refuse-selector]"), "{}", done.out);
    let done = osisession(&["ping", "-c", "1", "-S", "0001", &peer.address]);
    assert_eq!(done.code, VALID, "{}", done.out);
}

#[test]
fn wrong_use() {
    for args in [
        &["ping"][..],
        &["ping", "-S", "xyz", "127.0.0.1"],
        &["ping", "-i", "5 parsecs", "127.0.0.1"],
        &["ping", "-u", "triplex", "127.0.0.1"],
        &["ping", "--tpdu-size", "12", "127.0.0.1"],
        &["ping", "--tls-cert", "x.pem", "127.0.0.1"],
        &["ping", "--tls-ca", "/no/such/file", "127.0.0.1"],
        &["ping", "no host"],
        &["ping", "-S", "000102030405060708090a0b0c0d0e0f10", "127.0.0.1:1"],
    ] {
        let done = osisession(args);
        assert_eq!(done.code, USAGE, "{args:?}: {}{}", done.out, done.err);
        assert!(!done.err.is_empty(), "{args:?}");
    }
}
