//! Loss of connections and processes: each request at most once, each outcome true.
use crate::world::{A, B, World};
use osisession_proto::rpc::*;
use osisession_proto::x225::{self, FunctionalUnits as Fu};
use osisession_proto::{Bytes, Instant};
use osisession_testkit::bench::Rng;
use std::collections::BTreeMap;
use std::time::Duration;

fn data(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn asked(id: u64, text: &'static str) -> Event {
    Event::Request { id, data: data(text) }
}

fn outcome(id: u64, outcome: Outcome) -> Event {
    Event::Outcome { id, outcome }
}

fn ask(world: &mut World, retry: Retry) -> u64 {
    let options = Options { deadline: None, retry };
    let now = world.now();
    world.engines[A].request(data("q"), options, now).unwrap()
}

#[test]
fn a_repeated_request_gets_the_stored_answer() {
    let mut world = World::new(Fu::DUPLEX, Default::default(), 1);
    let id = ask(&mut world, Retry::AtMostOnce);
    world.settle();
    assert_eq!(world.take(B), [asked(id, "q")]);
    let now = world.now();
    world.engines[B].respond(id, data("a"), now).unwrap();
    world.pump();
    // The response is lost.
    world.cut();
    assert_eq!(world.take(A), []);
    world.connect();
    world.settle();
    assert_eq!(world.take(B), [], "not carried out again");
    assert_eq!(world.take(A), [outcome(id, Outcome::Response(data("a")))]);
}

#[test]
fn a_request_under_way_is_answered_on_the_next_connection() {
    let mut world = World::new(Fu::HALF_DUPLEX, Default::default(), 1);
    let id = ask(&mut world, Retry::AtMostOnce);
    world.settle();
    world.cut();
    let now = world.now();
    world.connect();
    world.settle();
    world.engines[B].respond(id, data("a"), now).unwrap();
    world.settle();
    assert_eq!(world.take(B), [asked(id, "q")]);
    assert_eq!(world.take(A), [outcome(id, Outcome::Response(data("a")))]);
}

#[test]
fn a_peer_that_forgot_is_asked_again_only_what_does_no_harm() {
    let mut world = World::new(Fu::DUPLEX, Default::default(), 1);
    let ids = [ask(&mut world, Retry::AtMostOnce), ask(&mut world, Retry::Idempotent)];
    world.settle();
    assert_eq!(world.take(B).len(), 2);
    world.cut();
    world.restart(B);
    let fresh = ask(&mut world, Retry::AtMostOnce);
    world.connect();
    world.settle();
    assert_eq!(world.take(A), [outcome(ids[0], Outcome::Unknown(Why::PeerForgot))]);
    assert_eq!(world.take(B), [asked(ids[1], "q"), asked(fresh, "q")]);
}

#[test]
fn a_peer_from_an_old_backup_is_not_trusted() {
    let mut config = Config::default();
    config.journal = true;
    let mut world = World::new(Fu::DUPLEX, [config.clone(), config], 1);
    let backup = world.stored[B].clone();
    let first = ask(&mut world, Retry::AtMostOnce);
    world.settle();
    let now = world.now();
    world.engines[B].respond(first, data("a"), now).unwrap();
    let second = ask(&mut world, Retry::AtMostOnce);
    world.settle();
    world.take(A);
    world.take(B);
    world.stored[B] = backup;
    world.restart(B);
    world.connect();
    world.settle();
    assert_eq!(world.take(B), []);
    assert_eq!(world.take(A), [outcome(second, Outcome::Unknown(Why::PeerForgot))]);
}

#[test]
fn nothing_is_taken_before_the_journal_has_its_records() {
    let mut config = Config::default();
    config.journal = true;
    let mut engine = Engine::new(config, [1; 16]).unwrap();
    let link = Link { duplex: true, token_here: false, typed_data: false };
    let hello = Hello { association: [1; 16], resumed: false, low: 1, seen: 0 };
    engine.attach(link, &hello, Instant::ZERO).unwrap();
    engine.request(data("q"), Options::default(), Instant::ZERO).unwrap();
    let message = Header { kind: Kind::Request, flags: Flags::empty(), code: 0, id: 1 }.encode(b"r");
    engine.session(x225::Event::DataIndication(message), Instant::ZERO);
    let mut records = Vec::new();
    loop {
        assert!(engine.poll_session().is_none() && engine.poll_event().is_none(), "{records:?}");
        records.extend(engine.poll_journal());
        if records.len() == 3 {
            break;
        }
    }
    let question = Record::Asked { id: 1, retry: Retry::AtMostOnce, data: data("q") };
    assert_eq!(records, [Record::Attached, question, Record::Began(1)]);
    assert!(engine.poll_session().is_some());
    assert_eq!(engine.poll_event(), Some(asked(1, "r")));
}

#[test]
fn a_process_that_ends_in_the_middle_does_not_carry_out_twice() {
    let mut config = Config::default();
    config.journal = true;
    let mut world = World::new(Fu::DUPLEX, [config.clone(), config], 1);
    let ids = [ask(&mut world, Retry::AtMostOnce), ask(&mut world, Retry::AtMostOnce)];
    world.settle();
    world.take(B);
    let now = world.now();
    world.engines[B].respond(ids[0], data("a"), now).unwrap();
    world.pump();
    world.restart(B);
    // The asking process ends too, and finds its questions again.
    world.restart(A);
    assert_eq!(world.engines[A].open().collect::<Vec<_>>(), ids);
    world.connect();
    world.settle();
    assert_eq!(world.take(B), []);
    assert_eq!(
        world.take(A),
        [outcome(ids[0], Outcome::Response(data("a"))), outcome(ids[1], Outcome::Unknown(Why::Interrupted))]
    );
    // New requests do not get old identifiers.
    assert!(ask(&mut world, Retry::AtMostOnce) > ids[1]);
}

#[test]
fn what_is_too_old_is_forgotten_and_said_so() {
    let mut config = Config::default();
    config.results = 2;
    config.acknowledge_every = 1000;
    let mut world = World::new(Fu::DUPLEX, [Config::default(), config], 1);
    let ids: Vec<u64> = (0..4).map(|_| ask(&mut world, Retry::AtMostOnce)).collect();
    world.settle();
    world.take(B);
    let now = world.now();
    for id in &ids {
        world.engines[B].respond(*id, data("a"), now).unwrap();
    }
    world.pump();
    world.cut();
    world.connect();
    world.settle();
    assert_eq!(world.take(B), []);
    let expected = ids.iter().map(|id| {
        let known = *id > ids[1];
        outcome(*id, if known { Outcome::Response(data("a")) } else { Outcome::Unknown(Why::PeerForgot) })
    });
    assert_eq!(world.take(A), expected.collect::<Vec<_>>());
}

#[test]
fn what_is_settled_is_not_kept() {
    let mut config = Config::default();
    config.journal = true;
    config.acknowledge_every = 4;
    let mut world = World::new(Fu::DUPLEX, [config.clone(), config], 1);
    for _ in 0..50 {
        let id = ask(&mut world, Retry::AtMostOnce);
        world.settle();
        let now = world.now();
        world.engines[B].respond(id, Bytes::from(vec![7; 1000]), now).unwrap();
        world.settle();
    }
    let kept: usize = world.engines[B].snapshot().iter().map(|record| record.encode().len()).sum();
    assert!(kept < 6_000, "{kept} octets");
}

/// What both sides know of the requests of one of them.
#[derive(Default)]
struct Ledger {
    retry: BTreeMap<u64, Retry>,
    begun: BTreeMap<u64, u32>,
    outcomes: BTreeMap<u64, Outcome>,
}

/// Both ask, answer, cancel, lose connections and processes at random. Checked: every request has one outcome, and what it says is true.
fn survive(seed: u64) -> [u64; 4] {
    let mut rng = Rng::new(seed);
    let units = *rng.pick(&[Fu::DUPLEX, Fu::HALF_DUPLEX, Fu::HALF_DUPLEX | Fu::TYPED_DATA]);
    let journal = rng.one_in(2);
    let mut config = Config::default();
    config.journal = journal;
    config.max_open = 1 + rng.below(8);
    config.max_executing = 1 + rng.below(8);
    config.results = 1 + rng.below(12);
    config.acknowledge_every = 1 + rng.below(5) as u32;
    config.turn_messages = 1 + rng.below(4) as u32;
    let mut world = World::new(units, [config.clone(), config], seed);
    let mut ledgers: [Ledger; 2] = Default::default();
    let mut executing: [Vec<u64>; 2] = Default::default();
    let mut counts = [0; 4];
    let steps = 150;
    for step in 0..steps + 60 {
        let closing = step >= steps;
        let at = rng.below(2);
        let now = world.now();
        match rng.below(if closing { 6 } else { 16 }) {
            0..=2 if !executing[at].is_empty() => {
                let position = rng.below(executing[at].len());
                let id = executing[at].swap_remove(position);
                let text = Bytes::from(format!("answer {id}"));
                // Refused if it is settled or took too long.
                let _ = world.engines[at].respond(id, text, now);
            }
            3..=5 if !world.connected => world.connect(),
            0..=5 => {
                world.pump();
                world.pair.deliver();
            }
            6..=9 => {
                let retry = if rng.one_in(3) { Retry::Idempotent } else { Retry::AtMostOnce };
                let deadline = rng.one_in(4).then(|| now + Duration::from_millis(1 + rng.below(400) as u64));
                let options = Options { deadline, retry };
                if let Ok(id) = world.engines[at].request(Bytes::from_static(b"q"), options, now) {
                    ledgers[at].retry.insert(id, retry);
                }
            }
            10 => {
                let open: Vec<u64> = world.engines[at].open().collect();
                if !open.is_empty() {
                    world.engines[at].cancel(*rng.pick(&open), now).unwrap();
                }
            }
            11 if world.connected => {
                for _ in 0..rng.below(6) {
                    world.pair.deliver();
                }
                world.cut();
                counts[0] += 1;
            }
            // Without a journal a process that starts again must not use the association again: only the responder does.
            12 if journal || at == B => {
                world.pump();
                collect(&mut world, &mut ledgers, &mut executing, &mut counts);
                if !journal {
                    // Its own requests are gone with it, and its new ones would get their identifiers again.
                    if world.engines[B].open().next().is_some() || !ledgers[B].retry.is_empty() {
                        continue;
                    }
                }
                world.restart(at);
                executing[at].clear();
                counts[1] += 1;
            }
            _ => world.advance(Duration::from_millis(50)),
        }
        if rng.one_in(3) {
            world.settle();
        }
        world.pump();
        collect(&mut world, &mut ledgers, &mut executing, &mut counts);
    }
    // Everything that can be answered is.
    for _ in 0..40 {
        if !world.connected {
            world.connect();
        }
        world.settle();
        collect(&mut world, &mut ledgers, &mut executing, &mut counts);
        let now = world.now();
        for at in [A, B] {
            for id in executing[at].drain(..) {
                let _ = world.engines[at].respond(id, Bytes::from(format!("answer {id}")), now);
            }
        }
    }
    for (at, ledger) in ledgers.iter().enumerate() {
        for (id, retry) in &ledger.retry {
            let begun = ledger.begun.get(id).copied().unwrap_or(0);
            let outcome =
                ledger.outcomes.get(id).unwrap_or_else(|| panic!("seed {seed}: {at}, {id} has no outcome"));
            assert!(
                *retry == Retry::Idempotent || begun <= 1,
                "seed {seed}: {at}, {id} was begun {begun} times"
            );
            match outcome {
                Outcome::Response(text) => {
                    assert_eq!(*text, format!("answer {id}"), "seed {seed}");
                    assert!(begun >= 1, "seed {seed}: {at}, {id} was answered and not begun");
                }
                Outcome::NotDone(_) if *retry == Retry::AtMostOnce => {
                    assert_eq!(begun, 0, "seed {seed}: {at}, {id} was not done: {outcome:?}");
                }
                Outcome::NotDone(_) | Outcome::Error { .. } | Outcome::Unknown(_) => {}
            }
        }
    }
    assert!(world.engines.iter().all(Engine::is_idle), "seed {seed}");
    counts
}

fn collect(
    world: &mut World,
    ledgers: &mut [Ledger; 2],
    executing: &mut [Vec<u64>; 2],
    counts: &mut [u64; 4],
) {
    for at in [A, B] {
        for event in world.take(at) {
            match event {
                Event::Request { id, .. } => {
                    *ledgers[1 - at].begun.entry(id).or_default() += 1;
                    executing[at].push(id);
                }
                Event::Outcome { id, outcome } => {
                    counts[if matches!(outcome, Outcome::Response(_)) { 2 } else { 3 }] += 1;
                    assert_eq!(ledgers[at].outcomes.insert(id, outcome), None, "two outcomes of {id}");
                }
                Event::Cancelled(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn at_most_once_under_four_thousand_seeds() {
    let mut sum = [0; 4];
    for seed in 0..4_000 {
        let counts = survive(seed);
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    println!("cuts, restarts, responses, other outcomes: {sum:?}");
    assert!(sum.iter().all(|count| *count > 1_000), "{sum:?}");
}
