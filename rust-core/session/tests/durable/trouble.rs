//! The bad days: lost and old journals, two processes, strangers, limits.
use crate::support::*;
use osisession::durable::*;
use osisession::{ConnectRequest, ErrorKind, Event, SessionConfig};
use osisession_journal::{Journal, MemoryJournal, MemoryOptions, Quota, RedbJournal};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_restored_backup_is_found_and_broken_on_both_sides() {
    for side in 0..2 {
        let folder = Folder::new("backup");
        let files = [folder.file("one"), folder.file("two")];
        let proxy = Proxy::new(None);
        let start = |side: usize| node(quick(), &on_disk(&files[side]));
        let called = start(1);
        proxy.aim(&called.listen("127.0.0.1:0").expect("a listener"));
        let caller = start(0);
        let dial = DialOptions::new(proxy.address.to_string()).label("old");
        let initiator = caller.dial(dial).expect("a dialogue");
        let responder = called.accept(LONG).expect("a caller");
        give(&initiator, 'a', 1, 10);
        give(&responder, 'b', 1, 10);
        take(&responder, 'a', 1, 10);
        take(&initiator, 'b', 1, 10);
        initiator.flush(LONG).expect("confirmed");
        responder.flush(LONG).expect("confirmed");
        drop((initiator, responder, caller, called));
        // The copy is taken while nobody has the file.
        drop(on_disk(&files[side]));
        std::fs::copy(&files[side], folder.file("copy")).expect("a copy");

        let called = start(1);
        proxy.aim(&called.listen("127.0.0.1:0").expect("a listener"));
        let caller = start(0);
        let initiator = caller.find(b"old").expect("the dialogue");
        let responder = called.dialogues().pop().expect("the dialogue");
        give(&initiator, 'a', 11, 20);
        give(&responder, 'b', 11, 20);
        take(&responder, 'a', 11, 20);
        take(&initiator, 'b', 11, 20);
        initiator.flush(LONG).expect("confirmed");
        responder.flush(LONG).expect("confirmed");
        drop((initiator, responder, caller, called));

        drop(on_disk(&files[side]));
        std::fs::copy(folder.file("copy"), &files[side]).expect("restored");
        let called = start(1);
        proxy.aim(&called.listen("127.0.0.1:0").expect("a listener"));
        let caller = start(0);
        let initiator = caller.find(b"old").expect("the dialogue");
        let responder = called.dialogues().pop().expect("the dialogue");
        for dialogue in [&initiator, &responder] {
            state(dialogue, "broken");
            let error = dialogue.send("more", LONG).expect_err("broken");
            assert_eq!(error.kind(), ErrorKind::Closed);
            assert!(error.to_string().contains("broken"), "{error}");
            assert!(dialogue.failure().is_some());
            assert!(dialogue.try_receive().is_none(), "nothing is delivered any more");
        }
        // It stays so.
        drop((initiator, responder, caller, called));
        let caller = start(0);
        assert!(caller.find(b"old").is_none());
        assert_eq!(caller.dialogues().pop().expect("it is remembered").progress().state, "broken");
    }
}

#[test]
fn a_journal_that_another_process_has_is_refused() {
    let folder = Folder::new("two");
    let journal = on_disk(&folder.file("one"));
    let first = node(quick(), &journal);
    let error = RedbJournal::open(folder.file("one")).err().expect("in use");
    assert!(matches!(error, osisession_journal::Error::InUse { .. }), "{error}");
    // And within the process: a second node on the same journal serves none of its dialogues.
    let called = node(quick(), &memory());
    let (initiator, responder) = connected(&first, &called);
    initiator.send_wait(text('a', 1), LONG).expect("confirmed");
    let mut config = quick();
    config.limits.take_over = Duration::from_millis(20);
    let second = node(config, &journal);
    assert_eq!(second.left().len(), 1);
    assert_eq!(second.left()[0].error.kind(), ErrorKind::Refused);
    assert!(second.dialogues().is_empty());
    // Until the first lets go of it: then it goes on there.
    drop((initiator, first));
    let end = std::time::Instant::now() + Duration::from_secs(30);
    let initiator = loop {
        if let Some(initiator) = second.find(b"test") {
            break initiator;
        }
        assert!(std::time::Instant::now() < end, "{second:?}");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(second.left().is_empty());
    initiator.send_wait(text('a', 2), LONG).expect("confirmed");
    take(&responder, 'a', 1, 2);
}

#[test]
fn a_dialogue_in_memory_survives_connections_but_no_process() {
    let mut config = quick();
    config.dialogue.durability = Durability::MemoryOnly;
    let (one, two) = (memory(), memory());
    let caller = node(config.clone(), &one);
    let called = node(config.clone(), &two);
    let proxy = Proxy::new(Some(&called.listen("127.0.0.1:0").expect("a listener")));
    let initiator = caller.dial(DialOptions::new(proxy.address.to_string())).expect("a dialogue");
    let responder = called.accept(LONG).expect("a caller");
    for round in 0..10 {
        give(&initiator, 'a', round * 10 + 1, round * 10 + 10);
        proxy.cut_now();
    }
    take(&responder, 'a', 1, 100);
    initiator.flush(LONG).expect("confirmed");
    drop((responder, called));
    let called = node(config, &two);
    assert!(called.dialogues().is_empty());
    proxy.aim(&called.listen("127.0.0.1:0").expect("a listener"));
    state(&initiator, "broken");
    let error = initiator.failure().expect("broken");
    assert!(error.to_string().contains("unknown dialogue"), "{error}");
}

#[test]
fn a_peer_that_is_not_there_yet_is_tried_until_it_is() {
    let (one, two) = (memory(), memory());
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    let proxy = Proxy::new(None);
    let initiator = caller.dial(DialOptions::new(proxy.address.to_string())).expect("a dialogue");
    give(&initiator, 'a', 1, 5);
    initiator.wait_until(LONG, |progress| progress.attempts > 3).expect("attempts");
    assert!(initiator.progress().last_error.is_some());
    let mut attempts = 0;
    while attempts < 3 {
        if let DialogueEvent::Connecting { .. } = initiator.next_event(LONG).expect("an event") {
            attempts += 1;
        }
    }
    let error = initiator.wait_confirmed(1, Some(Duration::from_millis(50))).expect_err("nobody there");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    proxy.aim(&called.listen("127.0.0.1:0").expect("a listener"));
    take(&called.accept(LONG).expect("a caller"), 'a', 1, 5);
    initiator.flush(LONG).expect("confirmed");
}

#[test]
fn a_peer_may_move() {
    let (one, two) = (memory(), memory());
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    // Nobody listens at the discard port here.
    let initiator = caller.dial(DialOptions::new("127.0.0.1:9")).expect("a dialogue");
    initiator.send(text('a', 1), LONG).expect("accepted");
    let address = called.listen("127.0.0.1:0").expect("a listener");
    initiator.set_peer(Peer::new(address.clone())).expect("moved");
    take(&called.accept(LONG).expect("a caller"), 'a', 1, 1);
    assert_eq!(initiator.progress().peer, Some(address));
}

#[test]
fn a_name_is_looked_up_while_others_go_on() {
    let (one, two) = (memory(), memory());
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    let address = called.listen("127.0.0.1:0").expect("a listener");
    let port = address.rsplit_once(':').expect("a port").1;
    let unknown = caller.dial(DialOptions::new("does-not-exist.invalid:1")).expect("a dialogue");
    let known = caller.dial(DialOptions::new(format!("localhost:{port}"))).expect("a dialogue");
    known.send(text('a', 1), LONG).expect("accepted");
    take(&called.accept(LONG).expect("a caller"), 'a', 1, 1);
    unknown.wait_until(LONG, |progress| progress.attempts > 1).expect("attempts");
    assert_eq!(unknown.progress().confirmed, 0);
}

#[test]
fn a_filter_decides_who_may_begin() {
    let (one, two) = (memory(), memory());
    let mut config = quick();
    config.accept = Some(Arc::new(|caller: &Caller| match &caller.user_data[..] {
        b"friend" => Accept::Yes,
        b"later" => Accept::Busy,
        _ => Accept::No,
    }));
    let called = node(config, &two);
    let address = called.listen("127.0.0.1:0").expect("a listener");
    let caller = node(quick(), &one);
    let dial = |word: &'static str| {
        let mut config = quick().dialogue;
        config.user_data = word.into();
        caller.dial(DialOptions::new(address.clone()).config(config)).expect("a dialogue")
    };
    let (friend, later, stranger) = (dial("friend"), dial("later"), dial("stranger"));
    friend.send_wait("hello", LONG).expect("confirmed");
    let taken = called.accept(LONG).expect("the friend");
    assert_eq!(&taken.user_data()[..], b"friend");
    state(&stranger, "stopped");
    later.wait_until(LONG, |progress| progress.attempts > 2).expect("it tries again");
    assert_eq!(called.dialogues().len(), 1);
    assert_eq!(two.dialogues().expect("names").len(), 1);
}

#[test]
fn limits_of_dialogues_hold() {
    let (one, two) = (memory(), memory());
    let mut config = quick();
    config.limits.dialogues_per_peer = 2;
    let called = node(config, &two);
    let address = called.listen("127.0.0.1:0").expect("a listener");
    let mut config = quick();
    config.limits.dialogues = 3;
    let caller = node(config, &one);
    let all: Vec<_> =
        (0..3).map(|_| caller.dial(DialOptions::new(address.clone())).expect("a dialogue")).collect();
    let error = caller.dial(DialOptions::new(address)).expect_err("one too many");
    assert_eq!(error.kind(), ErrorKind::LimitHit);
    let connected = || all.iter().filter(|dialogue| dialogue.progress().state == "connected").count();
    for _ in 0..1_000 {
        if connected() == 2 && all.iter().any(|dialogue| dialogue.progress().attempts > 3) {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(connected(), 2);
    assert_eq!(called.dialogues().len(), 2);
}

#[test]
fn strangers_are_refused_and_cost_nothing() {
    let two = memory();
    let called = node(quick(), &two);
    let address = called.listen("127.0.0.1:0").expect("a listener");
    let endpoint = osisession::Endpoint::new(Default::default()).expect("an endpoint");
    for user_data in [&b""[..], b"not a control block", &[0x4f; 62]] {
        let request = ConnectRequest { user_data: user_data.into(), ..ConnectRequest::default() };
        let session = endpoint.connect(&address, request, SessionConfig::default()).expect("an attempt");
        let outcome = session.wait_outcome(LONG).expect("an outcome");
        assert!(matches!(outcome, Event::ConnectConfirmNegative(_)), "{outcome:?}");
    }
    // A block of a dialogue that nobody knows, and one with another key, by way of real nodes.
    assert!(called.dialogues().is_empty());
    assert!(two.dialogues().expect("names").is_empty());
}

#[test]
fn a_full_log_holds_the_sender_back_and_loses_nothing() {
    let two = memory();
    let small = MemoryOptions {
        quota: Quota { dialogue_octets: 200_000, ..Quota::default() },
        ..MemoryOptions::default()
    };
    let one: Arc<dyn Journal> = Arc::new(MemoryJournal::new(small));
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    let (initiator, responder) = connected(&caller, &called);
    let body = vec![b'x'; 1_000];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=500u64 {
                let mut data = number.to_be_bytes().to_vec();
                data.extend_from_slice(&body);
                initiator.submit(data, LONG).expect("room");
            }
        });
        for number in 1..=500u64 {
            let message = responder.receive(LONG);
            let message = message.unwrap_or_else(|error| {
                panic!("{error}: {:?} {:?}", initiator.progress(), responder.progress())
            });
            assert_eq!(message.data()[..8], number.to_be_bytes());
            message.commit().expect("committed");
        }
    });
    initiator.flush(LONG).expect("confirmed");
    assert_eq!(initiator.progress().epoch, 1);
}

#[test]
fn a_journal_that_fails_ends_its_dialogues_and_promises_nothing() {
    let one = MemoryJournal::default();
    let (shared, two): (Arc<dyn Journal>, _) = (Arc::new(one.clone()), memory());
    let (caller, called) = (node(quick(), &shared), node(quick(), &two));
    let (initiator, responder) = connected(&caller, &called);
    give(&initiator, 'a', 1, 5);
    take(&responder, 'a', 1, 5);
    initiator.flush(LONG).expect("confirmed");
    one.fail_next_sync(osisession_journal::Error::storage("sync", "no space left on device"));
    let error = initiator.send(text('a', 6), LONG).expect_err("not stored");
    assert!(error.to_string().contains("no space left"), "{error}");
    assert!(initiator.failure().is_some());
    assert!(
        responder.receive(Some(Duration::from_millis(100))).is_err(),
        "it was not durable: it must not leave"
    );
    // The journal itself lives on: the node takes the dialogue up again from what it holds, with a new handle.
    let end = std::time::Instant::now() + Duration::from_secs(30);
    let initiator = loop {
        if let Some(initiator) = caller.find(b"test") {
            break initiator;
        }
        assert!(std::time::Instant::now() < end, "{caller:?}");
        std::thread::sleep(Duration::from_millis(5));
    };
    let position = initiator.send_wait("again", LONG).expect("confirmed");
    // Whether the sixth is there is not known after such a failure; what is there is in order.
    assert!(position == 6 || position == 7);
    for number in 6..=position {
        assert_eq!(responder.receive(LONG).expect("a message").position(), number);
    }
}

#[test]
fn a_message_that_the_journal_can_never_take_is_an_error_and_no_silence() {
    let small = MemoryOptions {
        quota: Quota { record_octets: 1_000, ..Quota::default() },
        ..MemoryOptions::default()
    };
    let one: Arc<dyn Journal> = Arc::new(MemoryJournal::new(small));
    let two = memory();
    let (caller, called) = (node(quick(), &one), node(quick(), &two));
    let (initiator, _responder) = connected(&caller, &called);
    let error = initiator.send(vec![1; 2_000], LONG).expect_err("too long for the journal");
    assert_eq!(error.kind(), ErrorKind::LimitHit);
    assert!(error.to_string().contains("octets of a record"), "{error}");
}

/// No cryptography, but a key: what is tested is who gets in.
struct Key(u8);

impl Authenticator for Key {
    fn tag(&self, octets: &[u8]) -> [u8; 16] {
        let mut tag = [self.0; 16];
        for (at, octet) in octets.iter().enumerate() {
            tag[at % 16] = tag[at % 16].rotate_left(3) ^ octet;
        }
        tag
    }
}

#[test]
fn without_the_shared_key_nobody_gets_in_and_nothing_is_kept() {
    let keyed = |key: Option<u8>| {
        let mut config = quick();
        config.dialogue.key = key.map(|key| Arc::new(Key(key)) as _);
        config
    };
    let two = memory();
    let called = node(keyed(Some(7)), &two);
    let address = called.listen("127.0.0.1:0").expect("a listener");
    for key in [None, Some(8)] {
        let one = memory();
        let caller = node(keyed(key), &one);
        let stranger = caller.dial(DialOptions::new(address.clone())).expect("a dialogue");
        state(&stranger, "stopped");
        assert!(two.dialogues().expect("names").is_empty());
    }
    let one = memory();
    let caller = node(keyed(Some(7)), &one);
    let initiator = caller.dial(DialOptions::new(address)).expect("a dialogue");
    initiator.send_wait(text('a', 1), LONG).expect("confirmed");
    take(&called.accept(LONG).expect("a caller"), 'a', 1, 1);
}

#[test]
fn a_plain_peer_is_not_taken_for_a_dialogue() {
    let endpoint = osisession::Endpoint::new(Default::default()).expect("an endpoint");
    let listener = endpoint.listen("127.0.0.1:0", Default::default()).expect("a listener");
    endpoint.start().expect("a thread");
    let one = memory();
    let caller = node(quick(), &one);
    let initiator = caller.dial(DialOptions::new(listener.local_address())).expect("a dialogue");
    initiator.send(text('a', 1), LONG).expect("accepted");
    let session = listener.accept(LONG).expect("a caller");
    let Ok(Event::ConnectIndication(indication)) = session.next_event(LONG) else { panic!("no caller") };
    // It echoes what it got, as some do.
    session
        .connect_response(osisession::ConnectResponse {
            functional_units: indication.functional_units,
            user_data: indication.user_data,
            ..Default::default()
        })
        .expect("accepted");
    state(&initiator, "stopped");
    assert!(matches!(session.next_event(LONG), Ok(Event::UAbortIndication(_))));
    // It is tried again when the application says so.
    initiator.reconnect().expect("told");
    let again = listener.accept(LONG).expect("it calls again");
    assert!(matches!(again.next_event(LONG), Ok(Event::ConnectIndication(_))));
}
