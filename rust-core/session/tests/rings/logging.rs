//! What is told to those who listen to `tracing`.
use crate::support::*;
use osisession::*;
use std::cell::RefCell;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata};

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

impl tracing::Subscriber for Lines {
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
        let level = *event.metadata().level();
        LINES.with_borrow_mut(|lines| lines.push(format!("{level} {}", line.0)));
    }
}

/// The lines of one level while something happens, which this thread alone drives.
fn lines(level: Level, happens: impl FnOnce(&Endpoint, &Endpoint)) -> Vec<String> {
    LINES.take();
    tracing::subscriber::with_default(Lines, || happens(&endpoint(), &endpoint()));
    let start = format!("{level} ");
    LINES.take().into_iter().filter_map(|line| line.strip_prefix(&start).map(str::to_owned)).collect()
}

/// Both ends of a session, in one thread.
fn pair(caller: &Endpoint, callee: &Endpoint) -> (Session, Session) {
    let listener = listen(callee);
    let initiator = connect(caller, &listener);
    let mut responder = None;
    drive(&[caller, callee], || {
        responder = responder.take().or_else(|| listener.try_accept());
        responder.is_some()
    });
    let responder = responder.expect("a caller");
    answer(&responder);
    drive(&[caller, callee], || initiator.state() == State::STA713);
    assert!(matches!(initiator.try_next_event(), Some(Event::ConnectConfirm(_))));
    (initiator, responder)
}

#[test]
fn sessions_are_told_and_their_data_is_not() {
    let mut all = Vec::new();
    let told = lines(Level::INFO, |caller, callee| {
        let (initiator, responder) = pair(caller, callee);
        initiator.data_request("a secret").expect("sent");
        drive(&[caller, callee], || responder.try_next_event().is_some());
        initiator.u_abort_request("another").expect("sent");
        drive(&[caller, callee], || responder.try_next_event().is_some());
        all = LINES.with_borrow(Clone::clone);
    });
    let texts: Vec<_> = told.iter().map(|line| line.split(" session=").next().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "the session connection is accepted",
            "the session connection is up",
            "the session connection is aborted by this user",
            "the session connection is aborted by the peer's user"
        ]
    );
    assert!(told.iter().all(|line| line.contains(" peer=\"127.0.0.1:")), "{told:?}");
    assert!(all.iter().any(|line| line.starts_with("TRACE S-DATA request")), "{all:?}");
    assert!(!all.iter().any(|line| line.contains("secret") || line.contains("another")), "{all:?}");
}

#[test]
fn losses_and_refusals_are_warnings_with_their_errors() {
    let told = lines(Level::WARN, |caller, callee| {
        // A peer that goes away, and a caller that wants what is not there.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let session = connect_to(caller, &gone.local_addr().unwrap().to_string(), SessionConfig::default());
        drop(gone.accept().expect("accepted"));
        drive(&[caller], || session.try_next_event().is_some());
        let mut config = ListenerConfig::default();
        config.session_selector = Some("here".into());
        let listener = callee.listen("127.0.0.1:0", config).expect("a listener");
        let session = connect(caller, &listener);
        drive(&[caller, callee], || session.try_next_event().is_some());
    });
    let texts: Vec<_> = told.iter().map(|line| line.split(" session=").next().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "the session connection is aborted or lost",
            "a caller is refused",
            "the session connection is refused by the peer"
        ]
    );
    assert!(told[0].contains(" error=") && told[1].contains(" error="), "{told:?}");
    let told = lines(Level::DEBUG, |caller, _| {
        let session = connect_to(caller, "127.0.0.1:1", SessionConfig::default());
        drive(&[caller], || session.try_next_event().is_some());
        assert!(session.data_request("x").is_err());
    });
    assert!(told[0].starts_with("an address cannot be reached"), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("S-DATA request is refused")), "{told:?}");
}
