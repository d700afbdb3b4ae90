//! Nodes and routers that several threads use, and requests that do not wait.
use super::*;
use osisession::appletalk::{Shared, ZoneCall};

/// A router of networks 100 and 200 with a thread of its own.
fn running(segments: &[LocalTalkUdp]) -> Shared<ZoneRouter> {
    let router = Shared::new(router(segments)).expect("a poll");
    router.start().expect("a thread");
    router.start().expect("the same thread");
    router
}

#[test]
fn threads_that_ask_one_node() {
    let segments = [segment(), segment()];
    let router = running(&segments);
    let node =
        Shared::new(ZoneClient::open(segments[0].clone(), options()).expect("a node")).expect("a poll");
    let joined = node.join(Some(LONG)).expect("a router");
    assert_eq!(joined.address.network, 100);
    std::thread::scope(|scope| {
        for asker in 0..4 {
            let node = &node;
            scope.spawn(move || {
                for _ in 0..20 {
                    let (call, wanted) = match asker {
                        0 => (ZoneCall::GetMyZone, vec![zone("Near")]),
                        1 => (ZoneCall::GetLocalZones, vec![zone("Near")]),
                        _ => (ZoneCall::GetZoneList, vec![zone("Near"), zone("Fär")]),
                    };
                    assert_eq!(node.zones(call, Some(LONG)).expect("zones"), wanted);
                }
            });
        }
        // Whoever takes events takes no answers of others.
        let mut seen = Vec::new();
        while let Some(event) = node.next_event(Some(Duration::from_millis(300))).expect("the network") {
            seen.push(event);
        }
        assert!(matches!(seen[..], [NodeEvent::Up { .. }, NodeEvent::Zone { .. }]), "{seen:?}");
    });
    assert_eq!(node.failures(), (0, None));
    let (port, _) = router.with(|router| (router.engine().route_count(), ())).expect("open");
    assert_eq!(port, 2);
}

#[test]
fn names_and_echoes_of_shared_nodes() {
    let segments = [segment(), segment()];
    let _router = running(&segments);
    let far = Shared::new(ZoneClient::open(segments[1].clone(), options()).expect("a node")).expect("a poll");
    let address = far.join(Some(LONG)).expect("a router").address;
    far.register(name("Printer"), name("LaserWriter"), 130, Some(LONG)).expect("the name");
    let twice = far.register(name("PRINTER"), name("LaserWriter"), 131, Some(LONG)).expect_err("twice");
    assert_eq!(twice.kind(), ErrorKind::Refused);
    far.start().expect("a thread");
    let near =
        Shared::new(ZoneClient::open(segments[0].clone(), options()).expect("a node")).expect("a poll");
    near.join(Some(LONG)).expect("a router");
    let entity = Entity::from_text("=:LaserWriter@Fär").expect("an entity");
    let (found, more) = near.look_up(entity, Some(LONG)).expect("a look-up");
    assert_eq!((found.len(), found[0].address, more), (1, address.socket(130), false));
    assert!(near.echo(address, b"hello", Some(LONG)).expect("an echo") < LONG);
    far.stop();
    far.stop();
    // Nobody drives it any more: nobody answers.
    let lost = near.echo(address, b"hello", Some(Duration::from_millis(50))).expect_err("nobody there");
    assert_eq!(lost.kind(), ErrorKind::TimedOut);
}

#[test]
fn requests_that_do_not_wait() {
    let segments = [segment(), segment()];
    let _router = running(&segments);
    let node =
        Shared::new(ZoneClient::open(segments[0].clone(), options()).expect("a node")).expect("a poll");
    node.join(Some(LONG)).expect("a router");
    let calls = node
        .with(|client| {
            let zones = client.begin_call(ZoneCall::GetZoneList)?;
            let name = client.begin_register(name("Own"), name("Test"), 130)?;
            let nobody = client.begin_look_up(Entity::from_text("=:Nothing@*")?)?;
            client.cancel(nobody);
            let own = client.engine().machine().address().expect("an address");
            let echo = client.begin_echo(NodeAddress::new(own.network, 254), b"1")?;
            assert!(client.pick(zone("Fär")).is_err(), "a nonextended network has one zone");
            Ok::<_, Error>((zones, name, nobody, echo))
        })
        .expect("open")
        .expect("requests");
    let (mut zones, mut registered, mut echoed) = (None, false, false);
    while zones.is_none() || !registered || !echoed {
        match node.next_event(Some(LONG)).expect("the network").expect("an event") {
            NodeEvent::Zones { request, zones: list, .. } if request == calls.0 => zones = Some(list),
            NodeEvent::Registered { lookup, .. } if lookup == calls.1 => registered = true,
            NodeEvent::LookedUp { lookup, .. } => assert_ne!(lookup, calls.2),
            NodeEvent::Echoed { echo, data, .. } if echo == calls.3 => {
                assert_eq!(&data[..], b"1");
                echoed = true;
            }
            NodeEvent::Up { .. } | NodeEvent::Zone { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(zones, Some(vec![zone("Near"), zone("Fär")]));
    let lookup = node
        .with(|client| client.begin_look_up(Entity::from_text("=:test").expect("an entity")))
        .expect("open")
        .expect("a look-up");
    let found = node.next_event(Some(LONG)).expect("the network");
    assert!(matches!(found, Some(NodeEvent::Found { lookup: of, .. }) if of == lookup), "{found:?}");
}

#[test]
fn the_callers_event_loop() {
    let segments = [segment(), segment()];
    let _router = running(&segments);
    let node =
        Shared::new(ZoneClient::open(segments[0].clone(), options()).expect("a node")).expect("a poll");
    let descriptor = node.descriptor();
    let mut poll = mio::Poll::new().expect("a poll");
    let mut ready = mio::Events::with_capacity(1);
    let source = &mut mio::unix::SourceFd(&descriptor);
    poll.registry().register(source, mio::Token(0), mio::Interest::READABLE).expect("watched");
    let until = Instant::now() + LONG;
    loop {
        match node.next_event(Some(Duration::ZERO)).expect("the network") {
            Some(NodeEvent::Zone { zone: of }) => {
                assert_eq!(of, zone("Near"));
                break;
            }
            Some(_) => continue,
            None => {}
        }
        assert!(Instant::now() < until, "no zone");
        let due = node.next_timeout().expect("open");
        poll.poll(&mut ready, due).expect("a wait");
        node.dispatch(Some(Duration::ZERO)).expect("the network");
    }
}

#[test]
fn closing_ends_every_wait() {
    let segment = segment();
    let node = Shared::new(ZoneClient::open(segment, options()).expect("a node")).expect("a poll");
    node.join(Some(LONG)).expect("an address");
    node.next_event(Some(LONG)).expect("the network").expect("that it is alone");
    std::thread::scope(|scope| {
        let waits: Vec<_> = (0..3).map(|_| scope.spawn(|| node.next_event(None))).collect();
        std::thread::sleep(Duration::from_millis(50));
        node.close();
        for wait in waits {
            let error = wait.join().expect("no panic").expect_err("closed");
            assert_eq!(error.kind(), ErrorKind::Closed);
        }
    });
    assert_eq!(node.start().expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(node.dispatch(None).expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(node.next_timeout().expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(node.with(|_| ()).expect_err("closed").kind(), ErrorKind::Closed);
    node.close();
}
