//! The ways to drive an endpoint: by waiting, by a background thread, by dispatch, by the descriptor.
use crate::support::*;
use mio::unix::SourceFd;
use osisession::*;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn waiting_callers_drive() {
    let (caller, callee) = (endpoint(), endpoint());
    let listener = listen(&callee);
    for _ in 0..3 {
        // Each side waits in a thread of its own; nobody else drives.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let session = listener.accept(LONG).expect("a caller");
                answer(&session);
                assert_eq!(data(&session), "ping");
                session.data_request("pong").expect("sent");
                assert_eq!(session.next_event(LONG), Ok(Event::ReleaseIndication(Bytes::new())));
                session.release_response(Bytes::new()).expect("sent");
                assert_eq!(session.next_event(LONG).expect_err("over").kind(), ErrorKind::Closed);
            });
            let session = connect(&caller, &listener);
            session.wait_connected(LONG).expect("connected");
            session.data_request("ping").expect("sent");
            assert_eq!(data(&session), "pong");
            session.release_request(Bytes::new()).expect("sent");
            assert_eq!(session.next_event(LONG), Ok(Event::ReleaseConfirm(Bytes::new())));
        });
    }
}

#[test]
fn one_endpoint_calls_itself() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    // One thread, nobody else: whoever waits drives both ends.
    let initiator = connect(&endpoint, &listener);
    let responder = listener.accept(LONG).expect("a caller");
    answer(&responder);
    initiator.wait_connected(LONG).expect("connected");
    initiator.data_request("ping").expect("sent");
    assert_eq!(data(&responder), "ping");
    initiator.u_abort_request("enough").expect("sent");
    assert_eq!(responder.next_event(LONG), Ok(Event::UAbortIndication("enough".into())));
}

#[test]
fn background_threads_drive() {
    let (caller, callee) = (started(), started());
    let listener = listen(&callee);
    for _ in 0..3 {
        whole_life(&caller, &listener);
    }
    // Stopping leaves waiting callers to themselves.
    caller.stop();
    callee.stop();
    caller.stop();
    whole_life(&caller, &listener);
    callee.start().expect("again");
    callee.start().expect("it runs already");
    whole_life(&caller, &listener);
}

#[test]
fn a_waiter_takes_over_when_the_thread_stops() {
    let callee = started();
    let listener = listen(&callee);
    let caller = started();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| listener.accept(LONG).expect("a caller"));
        std::thread::sleep(Duration::from_millis(20));
        callee.stop();
        let session = connect(&caller, &listener);
        let other = waiter.join().expect("no panic");
        answer(&other);
        session.wait_connected(LONG).expect("connected");
    });
}

#[test]
fn dispatch_drives() {
    let (caller, callee) = (endpoint(), endpoint());
    let listener = listen(&callee);
    let initiator = connect(&caller, &listener);
    let mut responder = None;
    drive(&[&caller, &callee], || {
        responder = responder.take().or_else(|| listener.try_accept());
        responder.is_some()
    });
    let responder = responder.expect("just seen");
    assert!(matches!(responder.try_next_event(), Some(Event::ConnectIndication(_))));
    assert_eq!(responder.try_next_event(), None);
    responder.connect_response(ConnectResponse::default()).expect("accepted");
    let mut event = None;
    drive(&[&caller, &callee], || {
        event = event.take().or_else(|| initiator.try_next_event());
        event.is_some()
    });
    assert!(matches!(event, Some(Event::ConnectConfirm(_))));
    // Nothing to do: dispatch says so and does not wait.
    drive(&[&caller, &callee], || {
        let nothing = [&caller, &callee].map(|endpoint| endpoint.dispatch(Some(Duration::ZERO)) == Ok(0));
        nothing == [true, true]
    });
}

#[test]
fn ready_names_who_got_something_once() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    let initiator = connect(&endpoint, &listener);
    let mut seen = Vec::new();
    let mut responder = None;
    drive(&[&endpoint], || {
        while let Some(ready) = endpoint.next_ready() {
            match ready {
                Ready::Listener(ready) => {
                    assert_eq!(ready.id(), listener.id());
                    seen.push("caller");
                    responder = ready.try_accept();
                }
                Ready::Session(session) if session.id() == initiator.id() => {
                    assert!(matches!(session.try_next_event(), Some(Event::ConnectConfirm(_))));
                    seen.push("confirm");
                }
                Ready::Session(session) => {
                    assert!(matches!(session.try_next_event(), Some(Event::ConnectIndication(_))));
                    seen.push("indication");
                    session.connect_response(ConnectResponse::default()).expect("accepted");
                }
                other => panic!("{other:?}"),
            }
        }
        seen.len() == 3
    });
    assert_eq!(seen, ["caller", "indication", "confirm"]);
    assert!(endpoint.next_ready().is_none());
    drop(responder);
}

#[test]
fn the_descriptor_drives() {
    let (caller, callee) = (endpoint(), endpoint());
    let listener = listen(&callee);
    let mut poll = mio::Poll::new().expect("a poll");
    let interest = mio::Interest::READABLE;
    for (token, endpoint) in [&caller, &callee].into_iter().enumerate() {
        let source = endpoint.descriptor();
        poll.registry().register(&mut SourceFd(&source), mio::Token(token), interest).expect("registered");
    }
    // A loop that knows nothing but descriptors and deadlines.
    let log = Arc::new(Mutex::new(Vec::new()));
    let initiator = connect(&caller, &listener);
    let push = log.clone();
    initiator.set_handler(Some(Box::new(move |session, event| {
        push.lock().unwrap().push(event.name());
        if matches!(event, Event::ConnectConfirm(_)) {
            session.data_request("ping").expect("sent");
        }
    })));
    let mut responders = Vec::new();
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while log.lock().unwrap().len() < 4 {
        assert!(std::time::Instant::now() < end, "{log:?}");
        let timeout = [&caller, &callee].iter().filter_map(|endpoint| endpoint.next_timeout()).min();
        let mut events = mio::Events::with_capacity(4);
        poll.poll(&mut events, timeout).expect("polled");
        for endpoint in [&caller, &callee] {
            // The descriptor is watched by edges here, so everything must be taken.
            while endpoint.dispatch(Some(Duration::ZERO)).expect("dispatched") > 0 {}
        }
        while let Some(session) = listener.try_accept() {
            let push = log.clone();
            session.set_handler(Some(Box::new(move |session, event| {
                push.lock().unwrap().push(event.name());
                match event {
                    Event::ConnectIndication(_) => {
                        session.connect_response(ConnectResponse::default()).expect("accepted");
                    }
                    Event::DataIndication(_) => session.close(),
                    other => panic!("{other:?}"),
                }
            })));
            responders.push(session);
        }
    }
    let log = log.lock().unwrap();
    assert_eq!(
        log[..],
        ["S-CONNECT indication", "S-CONNECT confirm (accept)", "S-DATA indication", "S-U-ABORT indication"]
    );
}

#[test]
fn a_request_from_another_thread_makes_the_descriptor_readable() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    while endpoint.dispatch(Some(Duration::ZERO)).expect("dispatched") > 0 {}
    let mut poll = mio::Poll::new().expect("a poll");
    let source = endpoint.descriptor();
    poll.registry()
        .register(&mut SourceFd(&source), mio::Token(0), mio::Interest::READABLE)
        .expect("registered");
    let mut events = mio::Events::with_capacity(4);
    std::thread::scope(|scope| {
        scope.spawn(|| listener.close());
        poll.poll(&mut events, LONG).expect("polled");
    });
    assert!(!events.is_empty());
}

#[test]
fn handlers_may_wait_and_close() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    let (caller, _rest) = (started(), ());
    let (initiator, responder) = connected(&caller, &listener);
    let (second, third) = connected(&caller, &listener);
    let (sender, done) = mpsc::channel();
    responder.set_handler(Some(Box::new(move |session, event| {
        let Event::DataIndication(_) = event else { panic!("{event:?}") };
        // A wait within a handler, on another session of the same endpoint: it drives the endpoint itself.
        third.data_request("from the handler").expect("sent");
        let answer = data(&third);
        session.close();
        assert_eq!(session.next_event(LONG).expect_err("closed").kind(), ErrorKind::Closed);
        sender.send(answer).expect("somebody listens");
    })));
    initiator.data_request("go").expect("sent");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(data(&second), "from the handler");
            second.data_request("answer").expect("sent");
        });
        let mut answer = None;
        drive(&[&endpoint], || {
            answer = done.try_recv().ok();
            answer.is_some()
        });
        assert_eq!(answer, Some("answer".into()));
    });
    assert!(matches!(initiator.next_event(LONG), Ok(Event::UAbortIndication(_))));
}

#[test]
fn a_handler_gets_what_waits_and_can_be_replaced() {
    let endpoint = endpoint();
    let listener = listen(&endpoint);
    let (initiator, responder) = connected(&started(), &listener);
    initiator.data_request("1").expect("sent");
    let log = Arc::new(Mutex::new(Vec::new()));
    // It is there before the handler is.
    drive(&[&endpoint], || endpoint.next_ready().is_some_and(|ready| matches!(ready, Ready::Session(_))));
    let push = log.clone();
    responder.set_handler(Some(Box::new(move |session, event| {
        push.lock().unwrap().push(format!("first {:?}", event.user_data()));
        let push = push.clone();
        session.set_handler(Some(Box::new(move |_, event| {
            push.lock().unwrap().push(format!("second {:?}", event.user_data()));
        })));
    })));
    drive(&[&endpoint], || log.lock().unwrap().len() == 1);
    initiator.data_request("2").expect("sent");
    drive(&[&endpoint], || log.lock().unwrap().len() == 2);
    assert_eq!(log.lock().unwrap()[..], ["first [49]", "second [50]"]);
    responder.set_handler(None);
    // The log is held by nobody else any more: handlers were dropped.
    assert_eq!(Arc::strong_count(&log), 1);
}

#[test]
fn a_panic_in_a_handler_costs_its_session_only() {
    let callee = started();
    let listener = listen(&callee);
    let caller = started();
    let (initiator, responder) = connected(&caller, &listener);
    responder.set_handler(Some(Box::new(|_, _| panic!("on purpose"))));
    initiator.data_request("x").expect("sent");
    assert!(matches!(initiator.next_event(LONG), Ok(Event::UAbortIndication(_))));
    assert!(responder.is_over());
    whole_life(&caller, &listener);
}

#[test]
fn a_handler_goes_with_its_session() {
    let endpoint = started();
    let listener = listen(&endpoint);
    let token = Arc::new(());
    let hold = |session: &Session| {
        let (token, held) = (token.clone(), session.clone());
        session.set_handler(Some(Box::new(move |_, _| {
            let _ = (&token, &held);
        })));
    };
    // By an end that the peer makes, by one of our own, and by a close; and one that comes too late.
    let (initiator, responder) = connected(&endpoint, &listener);
    hold(&initiator);
    hold(&responder);
    initiator.u_abort_request(Bytes::new()).expect("sent");
    let (initiator, responder) = connected(&endpoint, &listener);
    hold(&initiator);
    initiator.close();
    assert!(matches!(responder.next_event(LONG), Ok(Event::UAbortIndication(_))));
    hold(&responder);
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while Arc::strong_count(&token) > 1 {
        assert!(std::time::Instant::now() < end, "{} handlers are left", Arc::strong_count(&token) - 1);
        std::thread::sleep(Duration::from_millis(1));
    }
}
