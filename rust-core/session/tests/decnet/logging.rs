//! What is told to those who listen to `tracing`, and what never is.
use crate::support::*;
use osisession::decnet::*;
use std::cell::RefCell;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

thread_local!(static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

/// Keeps what this thread is told.
struct Lines;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.0.insert_str(0, &format!("{value:?}")),
            name => self.0.push_str(&format!(" {name}={value:?}")),
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.push(format!("{} {}", event.metadata().level(), line.0)));
    }
}

#[test]
fn links_are_told_and_their_secrets_are_not() {
    let mut printed = String::new();
    // With one subscriber alone `tracing` asks the thread that comes first to a line whether anybody wants it: other tests' threads do not.
    let _second = tracing::Dispatch::new(Lines);
    tracing::subscriber::with_default(Lines, || {
        let mut config = listening();
        config.demand = Some("SECRET-circuit".into());
        printed.push_str(&format!("{config:?}"));
        let there = DecnetEndpoint::new(config).expect("an endpoint");
        let mut config = connecting(&there);
        config.verification = "SECRET-circuit".into();
        printed.push_str(&format!("{config:?}"));
        let here = DecnetEndpoint::new(config).expect("an endpoint");
        let accounts = vec![Account { user: "SMITH".into(), password: "SECRET-link".into(), account: None }];
        let safe = there.listen(Object::named("SAFE").with_accounts(accounts)).expect("an object");
        let open = there.listen(Object::named("OPEN")).expect("an object");
        for (object, password) in [("SAFE", "SECRET-link"), ("OPEN", "SECRET-link"), ("SAFE", "SECRET-wrong")]
        {
            let access =
                AccessControl { user: "SMITH".into(), password: password.into(), account: "".into() };
            let options = ConnectOptions { access: Some(access), ..ConnectOptions::default() };
            printed.push_str(&format!("{options:?}"));
            let link = here.connect("1.1", EndUser::named(object), options).expect("a call");
            let mut answering = None;
            drive(&[&there, &here], || {
                for listener in [&safe, &open] {
                    if let Some(call) = listener.try_next_call() {
                        printed.push_str(&format!("{call:?} {listener:?}"));
                        answering = Some(call.accept("").expect("accepted"));
                    }
                }
                link.is_over() || link.state() == LinkState::Running
            });
            let Some(answering) = answering else {
                printed.push_str(&format!("{:?}", link.wait_connected(LONG).unwrap_err()));
                continue;
            };
            link.send("SECRET-data").expect("open");
            drive(&[&there, &here], || {
                let event = answering.try_next_event();
                event.is_some_and(|event| matches!(event, LinkEvent::Message(_)))
            });
            link.disconnect("SECRET-bye").expect("open");
            drive(&[&there, &here], || link.is_over() && answering.is_over());
            printed.push_str(&format!("{link:?} {answering:?}"));
        }
        printed.push_str(&format!("{there:?} {here:?}"));
    });
    let lines = LINES.take();
    assert!(!printed.contains("SECRET"), "{printed}");
    for line in &lines {
        assert!(!line.contains("SECRET"), "{line}");
    }
    for (level, text) in [
        ("INFO", "the circuit is up"),
        ("INFO", "the logical link is up"),
        ("INFO", "the logical link has ended: 0"),
        ("DEBUG", "rejected: 34"),
        ("DEBUG", "connecting to object \"OPEN\""),
        ("TRACE", "message sent, 11 octets"),
        ("TRACE", "message received, 11 octets"),
    ] {
        let found = lines.iter().find(|line| line.starts_with(level) && line.contains(text));
        let found = found.unwrap_or_else(|| panic!("{text}: {lines:#?}"));
        assert!(found.contains(" node=1."), "{found}");
    }
}
