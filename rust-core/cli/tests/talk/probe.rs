//! `osisession probe`.
use crate::support::*;
use osisession::*;
use osisession_cli::{INVALID, USAGE, VALID};

/// Without pauses: nobody else is on loopback.
fn probe(args: &[&str]) -> Outcome {
    osisession(&[&["probe", "--delay", "0"], args].concat())
}

fn answers<'a>(objects: &'a [serde_json::Value], question: &str) -> Vec<(&'a str, &'a str, &'a str)> {
    let text = |value: &'a serde_json::Value| value.as_str().expect("text");
    objects
        .iter()
        .filter(|object| object["question"] == question)
        .map(|object| (text(&object["proposed"]), text(&object["answer"]), text(&object["text"])))
        .collect()
}

#[test]
fn a_system_with_everything() {
    let peer = responder(ListenerConfig::default());
    let done = probe(&["--json", &peer.address]);
    let objects = done.objects();
    assert_eq!(done.code, VALID, "{}", done.out);
    assert_eq!(answers(&objects, "connect"), [("T-selector none", "accepted", "accepted")]);
    assert_eq!(
        answers(&objects, "t-selector"),
        [("0001", "accepted", "accepted"), ("fedc5a17", "accepted", "accepted")]
    );
    assert_eq!(
        answers(&objects, "tpdu-size"),
        [
            ("65531", "accepted", "CC says 65408 (preferred maximum TPDU size)"),
            ("8192", "accepted", "CC says 8192 (preferred maximum TPDU size)"),
            ("1024", "accepted", "CC says 1024"),
            ("128", "accepted", "CC says 128"),
        ]
    );
    assert_eq!(
        answers(&objects, "version"),
        [
            ("1 and 2", "accepted", "selects 2"),
            ("2", "accepted", "selects 2"),
            ("1", "accepted", "selects 1")
        ]
    );
    let units = answers(&objects, "units");
    assert_eq!(units[0], ("duplex", "accepted", "selects duplex"));
    assert_eq!(units[2], ("all with duplex", "accepted", "selects duplex"));
    let end = &objects[objects.len() - 1];
    assert_eq!((&end["type"], &end["complete"]), (&"summary".into(), &true.into()));
    let stack = &objects[objects.len() - 2];
    assert_eq!((&stack["name"], &stack["certainty"]), (&"osisession".into(), &"likely".into()), "{stack}");
}

#[test]
fn a_system_that_wants_selectors() {
    let mut config = ListenerConfig::default();
    config.t_selector = Some("\0\x01".into());
    config.session_selector = Some("\0\x01".into());
    let peer = responder(config);
    let done = probe(&["--json", &peer.address]);
    let objects = done.objects();
    assert_eq!(done.code, VALID, "{}", done.out);
    // Found by itself: the T-selector. The session selector is refused until it is given.
    let selectors = answers(&objects, "t-selector");
    assert_eq!(selectors[0], ("0001", "transport-only", "accepted by the transport"));
    assert!(
        selectors.iter().any(|found| found.0 == "fedc5a17"
            && found.1 == "refused"
            && found.2.contains("[dr-address-unknown]")),
        "{selectors:?}"
    );
    assert!(answers(&objects, "version").iter().all(|found| found.2.contains("[refuse-selector]")));

    let done = probe(&["-T", "0001", "-S", "0001", &peer.address]);
    assert_eq!(done.code, VALID, "{}", done.out);
    for line in [
        "connect      T-selector 0001              accepted",
        "version      1 and 2                      selects 2",
        "s-selector   0001                         accepted, responding 0001",
        "stack        osisession (likely)",
    ] {
        assert!(done.out.lines().any(|found| found == line), "{line}\nin\n{}", done.out);
    }
}

#[test]
fn it_is_polite_and_bounded() {
    let counting = Endpoint::new(EndpointConfig::default()).expect("an endpoint");
    counting.start().expect("a thread");
    let listener = counting.listen("127.0.0.1:0", ListenerConfig::default()).expect("a listener");
    let accepting = listener.clone();
    std::thread::spawn(move || {
        while let Ok(session) = accepting.accept(None) {
            while let Ok(event) = session.next_event(LONG) {
                let _ = match event {
                    Event::ConnectIndication(_) => session.connect_response(ConnectResponse::default()),
                    Event::ReleaseIndication(_) => session.release_response(""),
                    _ => Ok(()),
                };
            }
        }
    });
    let done = probe(&["--json", "--max-connections", "3", &listener.local_address()]);
    let end = done.objects().pop().expect("a summary");
    assert_eq!(
        (done.code, &end["connections"], &end["stopped_by"]),
        (INVALID, &3.into(), &"connections".into())
    );
    let counters = counting.counters();
    assert_eq!(counters.callers, 3);
    assert_eq!((counters.established, counters.aborted), (3, 0), "each was released in order");

    let begin = std::time::Instant::now();
    let done = osisession(&["probe", "--delay", "150ms", "--time", "400ms", &listener.local_address()]);
    assert_eq!(done.code, INVALID);
    assert!(done.out.contains("stopped early: no time left (--time)"), "{}", done.out);
    assert!(begin.elapsed() < std::time::Duration::from_secs(15));
    // At 0, 150 and 300 ms at the earliest: the pauses are kept.
    assert!(counting.counters().callers - 3 <= 3, "{}", done.out);
}

#[test]
fn nobody_of_that_kind() {
    let done = probe(&[&nobody()]);
    assert_eq!(done.code, INVALID);
    assert!(done.out.contains("[tcp-refused]") && done.out.contains("1 connection in "), "{}", done.out);
    let done = probe(&["--json", &says(b"HTTP/1.1 400 Bad Request\r\n\r\n")]);
    let objects = done.objects();
    assert_eq!(objects[1]["diagnosis"]["cause"], "http", "{}", done.out);
    assert_eq!(objects.last().expect("a summary")["stopped_by"], "unreachable");
    assert_eq!(done.code, INVALID);
    assert_eq!(probe(&["--max-connections", "0", "127.0.0.1"]).code, USAGE);
}
