//! Kept sessions for any protocol and any peer.
use crate::support::*;
use osisession::circuit::{Circuit, ConnectHook, Event, Failure, Keeper, KeeperConfig, Retry, State};
use osisession::{
    Bytes, ConnectConfirm, ConnectRequest, ConnectResponse, Endpoint, Error, ErrorKind, Event as Indication,
    Layer, Listener, ListenerConfig, Result, Session,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// What a plain peer saw of one session.
#[derive(Debug, PartialEq)]
enum Seen {
    Connect(Bytes),
    Data(Bytes),
    Release,
    Abort,
}

/// A peer that knows nothing of ours: it answers each S-DATA with another, and aborts when it is told to.
fn plain(endpoint: &Endpoint) -> (Listener, mpsc::Receiver<Seen>) {
    let listener = endpoint.listen("127.0.0.1:0", ListenerConfig::default()).expect("a listener");
    let (send, seen) = mpsc::channel();
    let accepting = listener.clone();
    std::thread::spawn(move || {
        while let Ok(session) = accepting.accept(None) {
            let send = send.clone();
            std::thread::spawn(move || {
                while let Ok(event) = session.next_event(None) {
                    let what = match event {
                        Indication::ConnectIndication(connect) => {
                            let _ = session.connect_response(ConnectResponse {
                                user_data: "welcome".into(),
                                ..ConnectResponse::default()
                            });
                            Seen::Connect(connect.user_data)
                        }
                        Indication::DataIndication(data) => {
                            match &data[..] {
                                b"abort" => drop(session.u_abort_request("")),
                                b"release" => drop(session.release_request("")),
                                _ => drop(session.data_request(data.clone())),
                            }
                            Seen::Data(data)
                        }
                        Indication::ReleaseIndication(_) => {
                            let _ = session.release_response("");
                            Seen::Release
                        }
                        Indication::UAbortIndication(_) => Seen::Abort,
                        _ => continue,
                    };
                    let _ = send.send(what);
                }
            });
        }
    });
    (listener, seen)
}

fn ask(session: &Session, text: &'static str) -> Result<Bytes> {
    session.data_request(text)?;
    match session.next_event(Some(LONG))? {
        Indication::DataIndication(data) => Ok(data),
        other => Err(Error::peer(Layer::Session, format!("{other:?}"))),
    }
}

/// Counts attempts in what it says, and looks at the answer.
struct Hook(AtomicU32, &'static str);

impl ConnectHook for Hook {
    fn request(&self) -> ConnectRequest {
        let count = self.0.fetch_add(1, Ordering::SeqCst);
        ConnectRequest { user_data: format!("attempt {count}").into(), ..ConnectRequest::default() }
    }

    fn confirmed(&self, session: &Session, confirm: &ConnectConfirm) -> Result<()> {
        assert!(session.peer_address().is_some());
        match confirm.user_data == self.1 {
            true => Ok(()),
            false => Err(Error::peer(Layer::Api, "an answer that nobody can live with")),
        }
    }
}

fn hasty_keeper() -> KeeperConfig {
    let mut config = KeeperConfig::default();
    config.circuit = hasty().circuit;
    config
}

fn wait_for(keeper: &Keeper, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = keeper.next_event(Some(LONG)).expect("an event");
        if wanted(&event) {
            return event;
        }
    }
}

#[test]
fn opened_on_demand_closed_when_idle_opened_again() {
    let (near, far) = (started(), started());
    let (listener, seen) = plain(&far);
    let mut config = hasty_keeper();
    config.connect = Arc::new(Hook(AtomicU32::new(0), "welcome"));
    config.circuit.idle_after = Some(Duration::from_millis(30));
    let keeper = Keeper::new(&near, &listener.local_address(), config).expect("a keeper");
    assert_eq!(keeper.progress().state, State::Idle);
    for attempt in 0..3 {
        {
            let lease = keeper.lease(Some(LONG)).expect("a session");
            assert_eq!(ask(&lease, "hello"), Ok("hello".into()));
            let another = keeper.lease(Some(LONG)).expect("the same session");
            assert_eq!(another.id(), lease.id());
            std::thread::sleep(Duration::from_millis(60));
            assert!(!lease.is_over(), "it is held, and so it is not idle");
        }
        assert_eq!(wait_for(&keeper, |e| matches!(e, Event::Down { .. })), Event::Down { error: None });
        let words = format!("attempt {attempt}");
        let expected = [Seen::Connect(words.into()), Seen::Data("hello".into()), Seen::Release];
        for expected in expected {
            assert_eq!(seen.recv_timeout(LONG).expect("something"), expected);
        }
    }
}

#[test]
fn done_again_or_not() {
    let (near, far) = (started(), started());
    let (listener, _seen) = plain(&far);
    let keeper = Keeper::new(&near, &listener.local_address(), hasty_keeper()).expect("a keeper");
    let mut count = 0;
    let done = keeper.run(Retry::Idempotent, Some(LONG), |session| {
        count += 1;
        ask(session, if count < 3 { "abort" } else { "hello" })
    });
    assert_eq!((done, count), (Ok("hello".into()), 3));

    let mut count = 0;
    let done = keeper.run(Retry::AtMostOnce, Some(LONG), |session| {
        count += 1;
        ask(session, "abort")
    });
    assert!(matches!(done, Err(Failure::Unknown(_))), "{done:?}");
    assert_eq!(count, 1);

    let failed = Error::invalid("the application's own");
    let done = keeper.run(Retry::Idempotent, Some(LONG), |_| Err::<(), _>(failed.clone()));
    assert_eq!(done, Err(Failure::Failed(failed)));

    let alone = Keeper::new(&near, "127.0.0.1:1", hasty_keeper()).expect("a keeper");
    let done = alone.run(Retry::Idempotent, Some(Duration::from_millis(30)), |_| Ok(()));
    assert!(matches!(&done, Err(Failure::NotDone(error)) if error.kind() == ErrorKind::TimedOut), "{done:?}");
    assert_eq!(alone.progress().waiting, 0, "nobody waits any more");
}

#[test]
fn a_release_by_the_peer_is_answered_while_nobody_uses_it() {
    let (near, far) = (started(), started());
    let (listener, _seen) = plain(&far);
    let keeper = Keeper::new(&near, &listener.local_address(), hasty_keeper()).expect("a keeper");
    let lease = keeper.lease(Some(LONG)).expect("a session");
    lease.data_request("release").expect("sent");
    drop(lease);
    let down = wait_for(&keeper, |event| matches!(event, Event::Down { .. }));
    assert!(matches!(&down, Event::Down { error: Some(error) } if error.kind() == ErrorKind::Transport));
    // And while somebody does, it is his.
    let lease = keeper.lease(Some(LONG)).expect("another session");
    lease.data_request("release").expect("sent");
    let event = lease.next_event(Some(LONG)).expect("an event");
    assert_eq!(event, Indication::ReleaseIndication(Bytes::new()));
    lease.release_response("").expect("answered");
    wait_for(&keeper, |event| matches!(event, Event::Down { .. }));
}

#[test]
fn an_answer_that_nobody_can_live_with() {
    let (near, far) = (started(), started());
    let (listener, seen) = plain(&far);
    let mut config = hasty_keeper();
    config.connect = Arc::new(Hook(AtomicU32::new(0), "something else"));
    let keeper = Keeper::new(&near, &listener.local_address(), config).expect("a keeper");
    let error = keeper.lease(Some(LONG)).expect_err("no session");
    assert_eq!(error, Error::peer(Layer::Api, "an answer that nobody can live with"));
    assert_eq!(keeper.progress().state, State::Stopped);
    assert_eq!(seen.recv_timeout(LONG).expect("something"), Seen::Connect("attempt 0".into()));
    assert_eq!(seen.recv_timeout(LONG).expect("something"), Seen::Abort);
    assert_eq!(keeper.lease(Some(LONG)).expect_err("still not"), error);
}

#[test]
fn a_dead_peer_opens_the_circuit() {
    let near = started();
    let mut config = hasty_keeper();
    config.circuit.trip_after = Some(2);
    let keeper = Keeper::new(&near, "127.0.0.1:1", config).expect("a keeper");
    let error = keeper.lease(Some(LONG)).expect_err("nobody is there");
    assert_eq!((error.kind(), error.layer()), (ErrorKind::Transport, Layer::Network));
    assert_eq!(keeper.progress().circuit, Circuit::Open);
    assert_eq!(keeper.lease(None).expect_err("not now"), error);
    keeper.reset();
    assert_eq!(keeper.progress().circuit, Circuit::HalfOpen);
    keeper.close();
    assert_eq!(keeper.lease(None).expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(keeper.progress().state, State::Stopped);
}

#[test]
fn it_goes_with_its_last_lease() {
    let (near, far) = (started(), started());
    let (listener, seen) = plain(&far);
    let keeper = Keeper::new(&near, &listener.local_address(), hasty_keeper()).expect("a keeper");
    let lease = keeper.lease(Some(LONG)).expect("a session");
    drop(keeper);
    assert_eq!(ask(&lease, "hello"), Ok("hello".into()));
    drop(lease);
    assert!(matches!(seen.recv_timeout(LONG), Ok(Seen::Connect(_))));
    assert_eq!(seen.recv_timeout(LONG).expect("something"), Seen::Data("hello".into()));
    assert_eq!(seen.recv_timeout(LONG).expect("something"), Seen::Abort);
}
