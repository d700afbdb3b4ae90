//! Links that misbehave, on virtual time: delay, pieces, short writes, resets, ends, silence, garbage.
use crate::conversation::{End, User, answers, questions};
use osisession::*;
use osisession_proto::transport::Config as TransportConfig;
use osisession_proto::x225::spm::Config;
use osisession_testkit::bench::{Rng, Side};
use osisession_testkit::fault::Faults;
use osisession_testkit::stack::Stacks;
use std::collections::BTreeMap;
use std::time::Duration;

const SIDES: [Side; 2] = [Side::Initiator, Side::Responder];

/// Small TPDUs, so that SSDUs are more than one.
fn transport() -> TransportConfig {
    let mut config = TransportConfig::default();
    config.max_tpdu_size = 128;
    config
}

/// What became of a talk.
struct Outcome {
    ends: [End; 2],
    arrived: [u64; 2],
    took: Duration,
}

/// Holds the talk over links with these faults, to its end.
fn hold(faults: [Faults; 2], seed: u64) -> Outcome {
    let garbled = faults.iter().any(|faults| faults.garbage.is_some());
    let mut stacks = Stacks::new([Config::default(), Config::default()], &transport(), faults, seed);
    let begin = stacks.now;
    let mut users = SIDES.map(User::new);
    stacks.request(Side::Initiator, Request::Connect(Box::default())).expect("asked");
    let mut impatient = false;
    for steps in 0.. {
        assert!(steps < 100_000, "it does not come to an end");
        let mut happened = stacks.step();
        for side in SIDES {
            while let Some(event) = stacks.side(side).events.pop_front() {
                happened = true;
                users[side as usize].act(event, |request| stacks.request(side, request).map(drop));
            }
        }
        if happened || stacks.wait() {
            continue;
        }
        if impatient || SIDES.into_iter().all(|side| stacks.side(side).gone) {
            break;
        }
        // Nothing is due, and somebody waits for data that nobody owes: that is a user's to end.
        impatient = true;
        for side in SIDES {
            if users[side as usize].end.is_none()
                && stacks.request(side, Request::UAbort(Bytes::new())).is_ok()
            {
                users[side as usize].end = Some(End::UserAbort);
            }
        }
    }
    for side in SIDES {
        let stack = stacks.side(side);
        assert!(stack.gone, "the connection of the {side:?} is left behind");
        assert!(stack.spm.is_idle(), "the {side:?} is in {}", stack.spm.state());
        if !garbled {
            users[side as usize].check_data();
        }
    }
    assert_eq!(stacks.next_timeout(), None, "a timer is left behind");
    let ends = [users[0].outcome(), users[1].outcome()];
    // A connection that closes instead of a DISCONNECT is forgiven, and then the other side may not know.
    let leniencies = stacks.side(Side::Initiator).spm.properties().leniencies;
    if !garbled && ends[0] == End::Released && !leniencies.contains(Leniency::RELEASE_BY_CLOSE) {
        // Who was told that it is released has got all, and so has the other one.
        assert_eq!((users[0].data.len(), users[1].data.len()), (answers().len(), questions().len()));
        assert_eq!(ends[1], End::Released);
    }
    Outcome { ends, arrived: stacks.arrived(), took: stacks.now - begin }
}

/// Octets in each direction of a talk that nothing disturbs.
fn lengths() -> [u64; 2] {
    let outcome = hold(Default::default(), 1);
    assert_eq!(outcome.ends, [End::Released; 2]);
    assert!(outcome.arrived.iter().all(|&length| length > 250), "{:?}", outcome.arrived);
    outcome.arrived
}

/// One fault in one direction, at each octet of it; how often it ended how.
fn at_each_octet(set: fn(&mut Faults, u64)) -> BTreeMap<[End; 2], usize> {
    let mut ends = BTreeMap::new();
    for (direction, length) in lengths().into_iter().enumerate() {
        for at in 0..=length {
            for split in [0, 1] {
                let mut faults = [Faults::default(), Faults::default()];
                faults[direction].split = split;
                set(&mut faults[direction], at);
                *ends.entry(hold(faults, at).ends).or_default() += 1;
            }
        }
    }
    ends
}

#[test]
fn a_reset_at_every_octet() {
    let ends = at_each_octet(|faults, at| faults.reset_at = Some(at));
    // Before the CONNECT nobody is told but the initiator; at the end the responder is through already.
    assert!(ends.contains_key(&[End::ProviderAbort, End::Uncalled]), "{ends:?}");
    assert!(ends.contains_key(&[End::ProviderAbort, End::ProviderAbort]), "{ends:?}");
    assert!(ends.contains_key(&[End::ProviderAbort, End::Released]), "{ends:?}");
    assert!(ends.keys().all(|ends| !ends.contains(&End::Rejected)), "{ends:?}");
}

#[test]
fn an_end_at_every_octet() {
    let ends = at_each_octet(|faults, at| faults.end_at = Some(at));
    assert!(ends.contains_key(&[End::ProviderAbort, End::ProviderAbort]), "{ends:?}");
}

#[test]
fn silence_from_every_octet_on() {
    let ends = at_each_octet(|faults, at| faults.stall_at = Some(at));
    assert!(ends.keys().all(|ends| ends[0] != End::Uncalled), "{ends:?}");
}

#[test]
fn garbage_at_every_octet() {
    at_each_octet(|faults, at| faults.garbage = Some((at, 1)));
    at_each_octet(|faults, at| faults.garbage = Some((at, 20)));
}

#[test]
fn pieces_and_delays_alone_change_nothing() {
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let faults = [(); 2].map(|()| Faults {
            // Less than the deadlines, whatever adds up: connecting takes four of them.
            delay: Duration::from_millis(rng.next_u64() % 500),
            split: rng.below(40),
            short_write: rng.below(40),
            ..Faults::default()
        });
        let outcome = hold(faults, seed);
        assert_eq!(outcome.ends, [End::Released; 2], "seed {seed}");
    }
}

#[test]
fn any_mixture_has_a_defined_end() {
    let lengths = lengths();
    let mut ends = BTreeMap::<_, usize>::new();
    let mut longest = Duration::ZERO;
    for seed in 0..5_000 {
        let mut rng = Rng::new(seed);
        let faults = lengths.map(|length| Faults::some(&mut rng, length));
        let outcome = hold(faults, seed);
        longest = longest.max(outcome.took);
        *ends.entry(outcome.ends).or_default() += 1;
    }
    assert!(ends.len() >= 5, "{ends:?}");
    assert!(ends.get(&[End::Released; 2]).is_some_and(|&count| count > 500), "{ends:?}");
    // The longest wait that a peer can impose: an answer that never comes, then TIM, each once, and what was slow before.
    let limits = Limits::default();
    let most = limits.connect_timeout + limits.answer_timeout + limits.tim * 3 + Duration::from_secs(120);
    assert!(longest < most, "{longest:?}");
    println!("{ends:?}, at most {longest:?}");
}
