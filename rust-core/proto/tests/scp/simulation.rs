//! Two parties under a seed: every message once and in order, every link closed in the end.
use crate::world::{End, Outcome, Scene, World};
use osisession_proto::scp::nsp::FlowControl;
use osisession_proto::scp::{Limits, Reason};
use osisession_proto::time::Duration;

/// Limits under which a bad network is not given up.
fn patient() -> Limits {
    let mut limits = Limits::default();
    limits.transmissions = 60;
    limits.outgoing_timeout = Duration::from_secs(900);
    limits.incoming_timeout = Duration::from_secs(900);
    limits
}

/// A caller and one callee each had everything; further callees of the pair are ghosts of a connect that came late.
fn check_complete(outcome: &Outcome, scene: &Scene) {
    for pair in 1..=scene.links as u32 {
        let of_pair = || outcome.done.iter().filter(|talk| talk.pair == pair);
        let callers: Vec<_> = of_pair().filter(|talk| talk.caller).collect();
        let [caller] = callers[..] else { panic!("pair {pair}: {} callers", callers.len()) };
        if pair % 7 == 3 {
            let rejected = End::Rejected(Reason::BY_END_USER, "no thanks".into());
            assert_eq!(caller.end, Some(rejected), "pair {pair}");
            continue;
        }
        assert_eq!(caller.end, Some(End::Closed), "pair {pair}");
        assert_eq!((caller.sent, caller.received), (scene.messages, scene.messages), "pair {pair}");
        let mut real = 0;
        for callee in of_pair().filter(|talk| !talk.caller) {
            if callee.received == 0 && scene.messages > 0 {
                let end = callee.end.as_ref().expect("an end");
                assert!(
                    matches!(end, End::Disconnected(Reason::NO_LINK | Reason::UNREACHABLE, _)),
                    "{end:?}"
                );
                continue;
            }
            real += 1;
            assert_eq!((callee.sent, callee.received), (scene.messages, scene.messages), "pair {pair}");
            let done = End::Disconnected(Reason::BY_END_USER, "done".into());
            let end = callee.end.clone().expect("an end");
            // The disconnect itself may be lost as often as the limit allows.
            assert!(end == done || end == End::Disconnected(Reason::NO_LINK, "".into()), "{end:?}");
            assert!(callee.interrupts_received <= caller.interrupts_sent);
        }
        assert_eq!(real, 1, "pair {pair}");
    }
}

fn run(scene: &Scene, seeds: u64) -> u64 {
    let mut repeated = 0;
    for seed in 1..=seeds {
        let outcome = World::new(scene.clone(), seed).run();
        check_complete(&outcome, scene);
        repeated += outcome.counters.iter().map(|counters| counters.repeated).sum::<u64>();
    }
    repeated
}

#[test]
fn a_perfect_network_needs_no_repetition() {
    let scene =
        Scene { loss: 0, double: 0, jitter_millis: 0, limits: patient(), lazy: 0, ..Scene::default() };
    let mut worlds = Vec::new();
    for seed in 1..=20 {
        let outcome = World::new(scene.clone(), seed).run();
        check_complete(&outcome, &scene);
        worlds.push(outcome.elapsed);
    }
    assert!(worlds.iter().all(|elapsed| *elapsed < Duration::from_secs(120)), "{worlds:?}");
}

#[test]
fn every_message_arrives_once_and_in_order() {
    let scene = Scene { limits: patient(), ..Scene::default() };
    assert!(run(&scene, 300) > 10_000, "nothing was lost?");
}

#[test]
fn a_bad_network_is_overcome() {
    let scene = Scene {
        loss: 35,
        double: 20,
        jitter_millis: 900,
        links: 3,
        messages: 15,
        limits: patient(),
        ..Scene::default()
    };
    run(&scene, 100);
}

#[test]
fn credits_of_segments_and_of_messages_limit_and_do_not_block() {
    for flow_control in [
        [FlowControl::Segment; 2],
        [FlowControl::Message; 2],
        [FlowControl::Segment, FlowControl::Message],
        [FlowControl::None, FlowControl::Segment],
    ] {
        let mut limits = patient();
        limits.receive_credits = 3;
        run(&Scene { flow_control, limits, ..Scene::default() }, 40);
        run(&Scene { flow_control, limits: patient(), segment: [50, 1_200], ..Scene::default() }, 20);
    }
}

#[test]
fn small_queues_and_lazy_users_only_slow_down() {
    let mut limits = patient();
    limits.queued_receive_octets = 2_000;
    limits.queued_receive_messages = 4;
    limits.queued_send_octets = 4_000;
    limits.queued_send_messages = 5;
    limits.queued_interrupts = 1;
    limits.send_window = 6;
    limits.receive_window = 3;
    for flow_control in [[FlowControl::None; 2], [FlowControl::Segment; 2], [FlowControl::Message; 2]] {
        let scene =
            Scene { limits: limits.clone(), flow_control, lazy: 90, loss: 5, links: 3, ..Scene::default() };
        run(&scene, 8);
    }
}

#[test]
fn receivers_that_keep_nothing_early_are_served() {
    let mut limits = patient();
    limits.receive_window = 0;
    run(&Scene { limits, messages: 20, links: 2, ..Scene::default() }, 8);
}

#[test]
fn numbers_wrap_around() {
    let scene = Scene {
        links: 1,
        messages: 4_500,
        largest: 20,
        loss: 1,
        double: 1,
        jitter_millis: 5,
        limits: patient(),
        ..Scene::default()
    };
    run(&scene, 2);
}

/// Default limits on a network that is too bad for them, and users that abort: what arrives is a beginning of what was sent (the world compares
/// each message), and every link ends.
#[test]
fn every_link_ends() {
    let mut ends = std::collections::BTreeMap::new();
    for seed in 1..=400 {
        let scene = Scene { loss: 45, aborts: 40, messages: 30, jitter_millis: 300, ..Scene::default() };
        let outcome = World::new(scene, seed).run();
        for talk in outcome.done {
            *ends.entry(format!("{:?}", talk.end.expect("an end"))).or_insert(0) += 1;
        }
    }
    // The run is worth something only if links ended in many ways.
    assert!(ends.len() >= 6, "{ends:?}");
}

/// Connects that are doubled and repeated while their link lives make no second link.
#[test]
fn a_repeated_connect_makes_one_link() {
    for seed in 1..=150 {
        let scene = Scene {
            loss: 30,
            double: 60,
            jitter_millis: 0,
            messages: 20,
            links: 4,
            limits: patient(),
            ..Scene::default()
        };
        let outcome = World::new(scene.clone(), seed).run();
        check_complete(&outcome, &scene);
        for pair in 1..=scene.links as u32 {
            let callees = outcome.done.iter().filter(|talk| talk.pair == pair && !talk.caller).count();
            assert_eq!(callees, 1, "seed {seed}, pair {pair}");
        }
    }
}
