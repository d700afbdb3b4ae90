//! The good days: messages both ways, idle close, restarts, the close.
use crate::support::*;
use osisession::ErrorKind;
use osisession::durable::*;
use std::time::Duration;

#[test]
fn messages_arrive_once_and_in_order_both_ways() {
    let (one, two) = (memory(), memory());
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    let (initiator, responder) = connected(&caller, &called);
    assert_eq!((initiator.role(), responder.role()), (Role::Initiator, Role::Responder));
    assert_eq!(initiator.id(), responder.id());
    std::thread::scope(|scope| {
        scope.spawn(|| give(&initiator, 'a', 1, 2_000));
        scope.spawn(|| give(&responder, 'b', 1, 2_000));
        scope.spawn(|| take(&initiator, 'b', 1, 2_000));
        scope.spawn(|| take(&responder, 'a', 1, 2_000));
    });
    initiator.flush(LONG).expect("confirmed");
    responder.flush(LONG).expect("confirmed");
    let progress = initiator.progress();
    assert_eq!((progress.state, progress.epoch, progress.confirmed), ("connected", 1, 2_000));
    assert_eq!(progress.unconfirmed_octets, 0);
    assert!(progress.confirmed_octets > 2_000);
    initiator.wait_committed(2_000, LONG).expect("durable");
    responder.close(LONG).expect("closed");
    state(&initiator, "closed");
    assert!(initiator.is_closed());
    let error = initiator.submit("too late", LONG).expect_err("closed");
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(initiator.receive(LONG).expect_err("over").kind(), ErrorKind::Closed);
    assert_eq!(initiator.failure(), None);
}

#[test]
fn every_level_of_durability_carries_messages() {
    for durability in [Durability::EveryMessage, Durability::EveryCheckpoint, Durability::MemoryOnly] {
        let folder = Folder::new("levels");
        let (one, two) = (on_disk(&folder.file("one")), on_disk(&folder.file("two")));
        let mut config = quick();
        config.dialogue.durability = durability;
        let (caller, called) = (node(config.clone(), &one), node(config, &two));
        let (initiator, responder) = connected(&caller, &called);
        give(&initiator, 'a', 1, 300);
        give(&responder, 'b', 1, 300);
        take(&initiator, 'b', 1, 300);
        take(&responder, 'a', 1, 300);
        initiator.close(LONG).expect("closed");
        let logs = one.dialogues().expect("names").len();
        assert_eq!(logs, usize::from(durability != Durability::MemoryOnly), "{durability:?}");
    }
}

#[test]
fn long_messages_pass_and_too_long_ones_do_not_leave() {
    let (one, two) = (memory(), memory());
    let mut config = quick();
    config.dialogue.limits.message_octets = 3 << 20;
    let (caller, called) = (node(config.clone(), &one), node(config, &two));
    let (initiator, responder) = connected(&caller, &called);
    let long: Vec<u8> = (0..3 << 20).map(|at: u32| (at % 251) as u8).collect();
    initiator.send(long.clone(), LONG).expect("accepted");
    assert!(responder.receive(LONG).expect("a message").data() == &long[..]);
    let too_long = vec![0; (3 << 20) + 1];
    assert_eq!(initiator.send(too_long, LONG).expect_err("too long").kind(), ErrorKind::Invalid);
    assert_eq!(initiator.send("", LONG).expect_err("empty").kind(), ErrorKind::Invalid);
    assert_eq!(responder.progress().epoch, 1);
}

#[test]
fn a_dialogue_that_nobody_uses_is_closed_and_opens_again_with_the_next_message() {
    let (one, two) = (memory(), memory());
    let mut config = quick();
    config.dialogue.idle = Some(Duration::from_millis(100));
    let (caller, called) = (node(config.clone(), &one), node(config, &two));
    let (initiator, responder) = connected(&caller, &called);
    for round in 1..=3 {
        initiator.send(text('a', round), LONG).expect("accepted");
        take(&responder, 'a', round, round);
        state(&initiator, "idle");
        state(&responder, "idle");
        assert_eq!(initiator.progress().epoch, round);
    }
    // Something open keeps it open.
    initiator.hold_open(true).expect("held");
    initiator.send(text('a', 4), LONG).expect("accepted");
    take(&responder, 'a', 4, 4);
    initiator.flush(LONG).expect("confirmed");
    let idle = initiator.wait_until(Some(Duration::from_millis(500)), |progress| progress.state == "idle");
    assert_eq!(idle.expect_err("stays").kind(), ErrorKind::TimedOut);
    initiator.hold_open(false).expect("let go");
    state(&initiator, "idle");
    initiator.close(LONG).expect("closed");
    state(&responder, "closed");
}

#[test]
fn what_a_responder_without_an_address_says_waits_for_the_initiator() {
    let (one, two) = (memory(), memory());
    let mut config = quick();
    config.dialogue.idle = Some(Duration::from_millis(50));
    let (caller, called) = (node(config.clone(), &one), node(config, &two));
    let (initiator, responder) = connected(&caller, &called);
    state(&responder, "idle");
    responder.send(text('b', 1), LONG).expect("accepted");
    assert_eq!(
        initiator.receive(Some(Duration::from_millis(300))).expect_err("asleep").kind(),
        ErrorKind::TimedOut
    );
    assert_eq!(
        responder.set_peer(Peer::new("127.0.0.1:1")).expect_err("no address").kind(),
        ErrorKind::Refused
    );
    initiator.send(text('a', 1), LONG).expect("accepted");
    take(&initiator, 'b', 1, 1);
    take(&responder, 'a', 1, 1);
}

#[test]
fn either_side_may_be_started_again_with_its_journal() {
    let folder = Folder::new("restart");
    let files = [folder.file("one"), folder.file("two")];
    let proxy = Proxy::new(None);
    let (mut given, mut taken) = (0, 0);
    let mut called = Some(node(quick(), &on_disk(&files[1])));
    proxy.aim(&called.as_ref().expect("a node").listen("127.0.0.1:0").expect("a listener"));
    let mut caller = Some(node(quick(), &on_disk(&files[0])));
    let dial = DialOptions::new(proxy.address.to_string()).label("orders");
    caller.as_ref().expect("a node").dial(dial).expect("a dialogue");
    called.as_ref().expect("a node").accept(LONG).expect("a caller");
    for round in 0..6 {
        let initiator = caller.as_ref().and_then(|node| node.find(b"orders")).expect("the dialogue");
        give(&initiator, 'a', given + 1, given + 50);
        given += 50;
        let responder = called.as_ref().expect("a node").dialogues().pop().expect("the dialogue");
        // Half of them are left for the next process.
        let upto = taken + 25 + round * 5;
        take(&responder, 'a', taken + 1, upto);
        responder.wait_committed(upto, LONG).expect("durable");
        taken = upto;
        drop((initiator, responder));
        match round % 3 {
            0 => caller = None,
            1 => called = None,
            _ => (caller, called) = (None, None),
        }
        let responder = called.as_ref().and_then(|node| node.dialogues().pop());
        if let Some(responder) = responder {
            // What was handed out and not committed stays with the process that has it.
            while taken < given {
                take(&responder, 'a', taken + 1, taken + 1);
                taken += 1;
            }
            responder.wait_committed(taken, LONG).expect("durable");
        } else {
            let node = node(quick(), &on_disk(&files[1]));
            assert!(node.left().is_empty());
            proxy.aim(&node.listen("127.0.0.1:0").expect("a listener"));
            called = Some(node);
        }
        if caller.is_none() {
            caller = Some(node(quick(), &on_disk(&files[0])));
        }
    }
    let initiator = caller.as_ref().and_then(|node| node.find(b"orders")).expect("the dialogue");
    let responder = called.as_ref().expect("a node").dialogues().pop().expect("the dialogue");
    take(&responder, 'a', taken + 1, given);
    assert!(responder.try_receive().is_none());
    initiator.close(LONG).expect("closed");
    state(&responder, "closed");
}

#[test]
fn a_tombstone_answers_until_its_time_is_over_and_is_then_removed() {
    let (one, two) = (memory(), memory());
    let mut config = quick();
    config.dialogue.retention = Duration::from_millis(300);
    let (caller, called) = (node(config.clone(), &one), node(config, &two));
    let (initiator, responder) = connected(&caller, &called);
    initiator.send("last words", LONG).expect("accepted");
    initiator.close(LONG).expect("closed");
    state(&responder, "closed");
    assert!(caller.find(b"test").is_none(), "a tombstone is not found by its label");
    let gone = |node: &DurableNode, journal: &std::sync::Arc<dyn osisession_journal::Journal>| {
        node.dialogues().is_empty() && journal.dialogues().expect("names").is_empty()
    };
    for _ in 0..1_000 {
        if gone(&caller, &one) && gone(&called, &two) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the tombstones stay: {:?} {:?}", caller, called);
}

#[test]
fn an_application_that_keeps_its_own_cursor_gets_each_message_once() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    let (one, two) = (memory(), memory());
    // The application's own store: what it has done, and how far, in one.
    let done = Arc::new(AtomicU64::new(0));
    let mut config = quick();
    config.dialogue.delivery = Delivery::Application;
    let cursor = done.clone();
    config.cursor = Some(Arc::new(move |_, _| cursor.load(Ordering::SeqCst)));
    let proxy = Proxy::new(None);
    let mut called = node(config.clone(), &two);
    proxy.aim(&called.listen("127.0.0.1:0").expect("a listener"));
    let caller = node(quick(), &one);
    let initiator = caller.dial(DialOptions::new(proxy.address.to_string())).expect("a dialogue");
    give(&initiator, 'a', 1, 100);
    let mut responder = called.accept(LONG).expect("a caller");
    for number in 1..=100 {
        let message = responder.receive(LONG).expect("a message");
        assert_eq!(message.position(), number);
        assert_eq!(&message.data()[..], text('a', number).as_bytes());
        done.store(number, Ordering::SeqCst);
        if number % 10 == 5 {
            // It dies after the effect and before the commit.
            drop((message, responder));
            drop(called);
            called = node(config.clone(), &two);
            proxy.aim(&called.listen("127.0.0.1:0").expect("a listener"));
            responder = called.dialogues().pop().expect("the dialogue");
        } else {
            message.commit().expect("committed");
        }
    }
    initiator.flush(LONG).expect("confirmed");
}

#[test]
fn who_watches_needs_no_thread_to_wait() {
    let (one, two) = (memory(), memory());
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    let (tell, news) = std::sync::mpsc::channel();
    let watch = |who: &'static str| -> Option<Watch> {
        let tell = tell.clone();
        Some(std::sync::Arc::new(move |id| tell.send((who, id)).unwrap_or_default()))
    };
    called.watch(watch("called"));
    caller.watch(watch("caller"));
    let initiator =
        caller.dial(DialOptions::new(called.listen("127.0.0.1:0").expect("listens"))).expect("dials");
    let now = Some(Duration::ZERO);
    // Looks whenever it was told of this one, and only then.
    let until = |who, id, found: &mut dyn FnMut() -> bool| {
        while !found() {
            while news.recv_timeout(LONG.unwrap()).expect("told") != (who, id) {}
        }
    };
    let mut accepted = None;
    until("called", None, &mut || {
        accepted = called.accept(now).ok();
        accepted.is_some()
    });
    let responder = accepted.expect("accepted");
    let id = Some(initiator.id());
    let position = initiator.submit("hello", now).expect("room");
    until("called", id, &mut || responder.receive(now).is_ok_and(|message| message.data() == "hello"));
    until("caller", id, &mut || initiator.wait_confirmed(position, now).is_ok());
    drop(called);
    until("called", id, &mut || responder.receive(now).is_err_and(|error| error.kind() == ErrorKind::Closed));
}
