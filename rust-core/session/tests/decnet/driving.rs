//! Who drives: the caller, an event loop, a thread; and what closing does to those who wait.
use crate::support::*;
use osisession::ErrorKind;
use osisession::decnet::*;
use std::time::Duration;

#[test]
fn one_thread_drives_both_ends_by_what_is_ready() {
    let there = DecnetEndpoint::new(listening()).expect("an endpoint");
    let here = DecnetEndpoint::new(connecting(&there)).expect("an endpoint");
    let _mirror = there.listen(Object::numbered(25)).expect("an object");
    let link = here.connect("1.1", EndUser::Number(25), ConnectOptions::default()).expect("a call");
    let (mut links, mut circuits, mut echoed) = (Vec::new(), 0, 0);
    drive(&[&there, &here], || {
        while let Some(ready) = there.next_ready() {
            match ready {
                DecnetReady::Listener(listener) => {
                    while let Some(call) = listener.try_next_call() {
                        links.push(call.accept("").expect("accepted"));
                    }
                }
                DecnetReady::Link(link) => {
                    while let Some(event) = link.try_next_event() {
                        if let LinkEvent::Message(message) = event {
                            link.send(message).expect("room");
                        }
                    }
                }
                DecnetReady::Circuit => {
                    while there.next_circuit_event().is_some() {
                        circuits += 1;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        while let Some(ready) = here.next_ready() {
            let DecnetReady::Link(ready) = ready else { continue };
            assert_eq!(ready.id(), link.id());
            while let Some(event) = ready.try_next_event() {
                match event {
                    LinkEvent::Accepted { .. } => link.send(pattern(0, 500)).expect("open"),
                    LinkEvent::Message(message) => {
                        assert_eq!(message, pattern(echoed, 500));
                        echoed += 1;
                        link.send(pattern(echoed, 500)).expect("room");
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        echoed >= 100
    });
    assert_eq!((links.len(), circuits), (1, 1));
}

#[test]
fn the_descriptor_tells_when_to_dispatch() {
    let there = started(listening());
    let here = DecnetEndpoint::new(connecting(&there)).expect("an endpoint");
    let mut poll = mio::Poll::new().expect("a descriptor");
    let descriptor = here.descriptor();
    poll.registry()
        .register(&mut mio::unix::SourceFd(&descriptor), mio::Token(1), mio::Interest::READABLE)
        .expect("watched");
    let mut events = mio::Events::with_capacity(8);
    let end = std::time::Instant::now() + LONG.unwrap();
    while !here.is_up() {
        assert!(std::time::Instant::now() < end, "no circuit");
        poll.poll(&mut events, here.next_timeout().or(LONG)).expect("waited");
        here.dispatch(Some(Duration::ZERO)).expect("dispatched");
    }
}

#[test]
fn closing_wakes_who_waits() {
    let (there, here) = pair();
    let (link, answering) = linked(&there, &here);
    let listener = here.listen(Object::named("WAITS")).expect("an object");
    std::thread::scope(|scope| {
        let receiving = scope.spawn(|| link.receive(LONG).unwrap_err().kind());
        let accepting = scope.spawn(|| listener.accept(LONG).unwrap_err().kind());
        std::thread::sleep(Duration::from_millis(50));
        here.close();
        assert_eq!(receiving.join().unwrap(), ErrorKind::Closed);
        assert_eq!(accepting.join().unwrap(), ErrorKind::Closed);
    });
    // The last words left before the circuit went.
    let end = answering.wait_ended(LONG).expect("an end");
    assert!(matches!(end, LinkEvent::Disconnected { reason: Reason::ABORTED, .. }), "{end:?}");
    for error in [
        here.connect("1.1", EndUser::Number(25), ConnectOptions::default()).unwrap_err(),
        here.listen(Object::numbered(30)).unwrap_err(),
        here.dispatch(Some(Duration::ZERO)).unwrap_err(),
        here.start().unwrap_err(),
        here.wait_up(LONG).unwrap_err(),
        link.send("late").unwrap_err(),
        link.next_event(LONG).unwrap_err(),
        listener.accept(LONG).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    }
    here.close();
    there.stop();
}
