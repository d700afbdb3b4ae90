//! Normal life: opening, transfers both ways, the turn, interruption, rest and end.
use crate::world::{A, B, World};
use osisession_proto::Bytes;
use osisession_proto::transfer::{Config, Event, LinkState, Outcome, Stage, Why};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

fn small() -> Config {
    let mut config = Config::default();
    config.checkpoint_size = 1;
    config
}

fn world(configs: [Config; 2]) -> World {
    World::new(configs, 1)
}

fn apdu(length: usize, salt: u8) -> Bytes {
    (0..length).map(|at| (at % 251) as u8 ^ salt).collect::<Vec<_>>().into()
}

fn send(world: &mut World, at: usize, data: &Bytes, priority: u32) -> u64 {
    let now = world.now();
    world.engines[at].send(data.clone(), priority, None, now).unwrap()
}

fn outcomes(events: &[Event]) -> Vec<(u64, Outcome)> {
    let settled = |event: &Event| match event {
        Event::Settled { id, outcome } => Some((*id, *outcome)),
        _ => None,
    };
    events.iter().filter_map(settled).collect()
}

/// Until so many octets are confirmed.
fn until_confirmed(world: &mut World, octets: u64) {
    world.pump();
    while world.engines[A].progress().sending.is_none_or(|(_, _, confirmed, _)| confirmed < octets) {
        assert!(world.pair.deliver());
        world.pump();
    }
}

#[test]
fn apdus_of_all_lengths_arrive_whole() {
    for length in [1, 1_023, 1_024, 1_025, 2_048, 10_000] {
        let mut world = world([small(), small()]);
        let data = apdu(length, 0);
        let id = send(&mut world, A, &data, 0);
        world.settle();
        assert_eq!(world.arrived(B), [data]);
        assert_eq!(outcomes(&world.take(A)), [(id, Outcome::Delivered)]);
        let points = world.said[A].iter().filter(|name| **name == "S-SYNC-MINOR request").count();
        assert_eq!(points, (length - 1) / 1_024);
    }
}

#[test]
fn the_smaller_sizes_are_agreed() {
    let (mut large, mut none) = (small(), small());
    large.checkpoint_size = 4;
    none.checkpoint_size = 0;
    for (mine, theirs, points) in [(small(), large.clone(), 9), (large, small(), 9), (small(), none, 0)] {
        let mut world = world([mine, theirs]);
        let data = apdu(10_000, 0);
        send(&mut world, A, &data, 0);
        world.settle();
        assert_eq!(world.arrived(B), [data]);
        assert_eq!(world.said[A].iter().filter(|name| **name == "S-SYNC-MINOR request").count(), points);
    }
}

#[test]
fn no_more_checkpoints_are_open_than_the_window() {
    let mut world = world([small(), small()]);
    let now = world.now();
    world.engines[A].open(now);
    world.settle();
    send(&mut world, A, &apdu(100_000, 0), 0);
    world.pump();
    let points = world.said[A].iter().filter(|name| **name == "S-SYNC-MINOR request").count();
    assert_eq!(points, 3);
    world.settle();
    assert_eq!(world.arrived(B).len(), 1);
}

#[test]
fn both_sides_send_by_turns() {
    let mut world = world([small(), small()]);
    for salt in 0..3 {
        send(&mut world, A, &apdu(3_000, salt), 1);
        send(&mut world, B, &apdu(2_000, salt), 1);
    }
    world.settle();
    assert_eq!(world.arrived(B), [apdu(3_000, 0), apdu(3_000, 1), apdu(3_000, 2)]);
    assert_eq!(world.arrived(A), [apdu(2_000, 0), apdu(2_000, 1), apdu(2_000, 2)]);
    let given = world.said[A].iter().filter(|name| **name == "S-CONTROL-GIVE request").count();
    assert!(given >= 2, "{given}: turns alternate");
}

#[test]
fn urgent_apdus_go_first() {
    let mut world = world([small(), small()]);
    send(&mut world, A, &apdu(10, 1), 5);
    send(&mut world, A, &apdu(10, 2), 5);
    send(&mut world, A, &apdu(10, 3), 0);
    world.settle();
    assert_eq!(world.arrived(B), [apdu(10, 3), apdu(10, 1), apdu(10, 2)]);
}

/// The turn is wanted inside a transfer: interrupted, given, and resumed when it is back.
#[test]
fn a_transfer_is_interrupted_for_the_turn() {
    let mut config = small();
    config.interrupt_for_turn = true;
    let mut world = world([config, small()]);
    send(&mut world, A, &apdu(50_000, 0), 5);
    until_confirmed(&mut world, 5_000);
    send(&mut world, B, &apdu(100, 1), 0);
    world.settle();
    assert_eq!(world.arrived(A), [apdu(100, 1)]);
    assert!(world.said[A].contains(&"S-ACTIVITY-INTERRUPT request"));
    world.run(HOUR);
    assert_eq!(world.arrived(B), [apdu(50_000, 0)]);
    assert!(world.said[A].contains(&"S-ACTIVITY-RESUME request"));
    assert_eq!(world.connections, 1);
}

/// Without that, or with a wish that is less urgent, the APDU comes first.
#[test]
fn a_transfer_is_not_interrupted_without_need() {
    for (allowed, wish) in [(false, 0), (true, 5), (true, 9)] {
        let mut config = small();
        config.interrupt_for_turn = allowed;
        let mut world = world([config, small()]);
        send(&mut world, A, &apdu(50_000, 0), 5);
        world.pump();
        for _ in 0..10 {
            world.pair.deliver();
            world.pump();
        }
        send(&mut world, B, &apdu(100, 1), wish);
        world.settle();
        assert!(!world.said[A].contains(&"S-ACTIVITY-INTERRUPT request"));
        assert_eq!((world.arrived(A).len(), world.arrived(B).len()), (1, 1));
    }
}

#[test]
fn one_way_means_one_way() {
    let mut config = small();
    config.two_way = false;
    let mut world = world([config, small()]);
    send(&mut world, A, &apdu(10, 0), 0);
    world.settle();
    let now = world.now();
    let refused = world.engines[B].send(apdu(1, 0), 0, None, now).unwrap_err();
    assert_eq!(refused.details().clause.as_deref(), Some("X.218 9.1.1.1"));
    world.engines[B].close(now);
    world.settle();
    assert!(world.engines.iter().all(|engine| engine.is_closed()));
}

#[test]
fn the_responder_may_be_first() {
    let mut config = small();
    (config.responder_first, config.two_way) = (true, false);
    let mut world = world([config, small()]);
    let now = world.now();
    world.engines[A].open(now);
    world.settle();
    send(&mut world, B, &apdu(5_000, 0), 0);
    world.settle();
    assert_eq!(world.arrived(A), [apdu(5_000, 0)]);
}

#[test]
fn either_side_closes() {
    for at in [A, B] {
        let mut world = world([small(), small()]);
        send(&mut world, A, &apdu(3_000, 0), 0);
        world.settle();
        let now = world.now();
        world.engines[at].close(now);
        world.settle();
        assert!(world.engines[at].is_closed(), "{at}");
        assert!(world.take(at).contains(&Event::Closed(None)));
        assert_eq!(world.engines[1 - at].progress().link, LinkState::Down);
        let refused = world.engines[at].send(apdu(1, 0), 0, None, now);
        assert_eq!(refused.unwrap_err().kind(), osisession_proto::ErrorKind::Refused);
    }
}

#[test]
fn closing_waits_for_what_is_queued() {
    let mut world = world([small(), small()]);
    let id = send(&mut world, A, &apdu(30_000, 0), 0);
    let now = world.now();
    world.engines[A].close(now);
    world.settle();
    assert_eq!(outcomes(&world.take(A)), [(id, Outcome::Delivered)]);
    assert!(world.engines[A].is_closed());
}

/// Idle close in mid-activity: interrupted, released, and resumed on another connection.
#[test]
fn an_association_rests_in_the_middle() {
    let mut world = world([small(), small()]);
    let id = send(&mut world, A, &apdu(50_000, 0), 0);
    until_confirmed(&mut world, 5_000);
    let now = world.now();
    world.engines[A].rest(now);
    world.settle();
    assert_eq!(world.engines[A].progress().link, LinkState::Down);
    assert!(world.said[A].contains(&"S-RELEASE request"));
    assert!(matches!(world.engines[A].progress().sending, Some((_, Stage::Suspended, 5_000.., _))));
    let starts = world.said[A].iter().filter(|name| **name == "S-ACTIVITY-START request").count();
    world.engines[A].open(now);
    world.settle();
    assert_eq!(outcomes(&world.take(A)), [(id, Outcome::Delivered)]);
    assert_eq!(world.arrived(B), [apdu(50_000, 0)]);
    assert_eq!(world.connections, 2);
    assert_eq!(world.said[A].iter().filter(|name| **name == "S-ACTIVITY-START request").count(), starts);
}

#[test]
fn cancelled_apdus_do_not_arrive() {
    let mut world = world([small(), small()]);
    let first = send(&mut world, A, &apdu(50_000, 0), 0);
    let second = send(&mut world, A, &apdu(10, 1), 0);
    let third = send(&mut world, A, &apdu(10, 2), 0);
    world.pump();
    for _ in 0..12 {
        world.pair.deliver();
        world.pump();
    }
    let now = world.now();
    world.engines[A].cancel(first, now);
    world.engines[A].cancel(second, now);
    world.settle();
    assert_eq!(world.arrived(B), [apdu(10, 2)]);
    let not = Outcome::NotDelivered(Why::Cancelled);
    assert_eq!(outcomes(&world.take(A)), [(second, not), (first, not), (third, Outcome::Delivered)]);
    assert!(world.is_up());
}

#[test]
fn a_deadline_ends_a_transfer() {
    let mut world = world([small(), small()]);
    let now = world.now();
    let deadline = now + Duration::from_secs(5);
    world.engines[B].hold(true, now);
    let id = world.engines[A].send(apdu(5_000, 0), 0, Some(deadline), now).unwrap();
    world.run(Duration::from_secs(10));
    assert_eq!(outcomes(&world.take(A)), [(id, Outcome::NotDelivered(Why::Deadline))]);
    assert!(world.arrived(B).is_empty());
    let late = world.engines[A].send(apdu(1, 0), 0, Some(deadline), world.pair.now).unwrap_err();
    assert_eq!(late.kind(), osisession_proto::ErrorKind::TimedOut);
}

/// The receiver cannot store: interrupted if something was confirmed, discarded if not, and tried again.
#[test]
fn a_receiver_that_cannot_store_is_tried_again() {
    for confirmed in [0, 5_000] {
        let mut world = world([small(), small()]);
        let id = send(&mut world, A, &apdu(50_000, 0), 0);
        until_confirmed(&mut world, confirmed);
        let now = world.now();
        world.engines[B].hold(true, now);
        world.settle();
        let name = if confirmed == 0 { "S-ACTIVITY-DISCARD request" } else { "S-ACTIVITY-INTERRUPT request" };
        assert!(world.said[A].contains(&name), "{:?}", world.said[A]);
        world.run(Duration::from_secs(5));
        assert!(world.arrived(B).is_empty());
        let now = world.now();
        world.engines[B].hold(false, now);
        world.run(HOUR);
        assert_eq!(world.arrived(B), [apdu(50_000, 0)]);
        assert_eq!(outcomes(&world.take(A)), [(id, Outcome::Delivered)]);
        assert_eq!(world.connections, 1);
    }
}

#[test]
fn what_nobody_takes_holds_the_peer_back() {
    let mut config = small();
    config.max_untaken = 2;
    let mut world = world([small(), config]);
    for salt in 0..4 {
        send(&mut world, A, &apdu(10, salt), 0);
    }
    world.run(Duration::from_secs(20));
    assert_eq!(world.engines[A].progress().queued, 2);
    assert_eq!(world.arrived(B).len(), 2);
    world.run(HOUR);
    assert_eq!(world.arrived(B), [apdu(10, 2), apdu(10, 3)]);
}

#[test]
fn limits_on_the_own_side() {
    let mut config = small();
    (config.max_apdu, config.max_queued) = (100, 2);
    let mut world = world([config, small()]);
    let now = world.now();
    let engine = &mut world.engines[A];
    assert_eq!(
        engine.send(Bytes::new(), 0, None, now).unwrap_err().kind(),
        osisession_proto::ErrorKind::Invalid
    );
    let long = engine.send(apdu(101, 0), 0, None, now).unwrap_err();
    assert_eq!(long.details().parameter.as_deref(), Some("max_apdu"));
    engine.send(apdu(1, 0), 0, None, now).unwrap();
    engine.send(apdu(1, 0), 0, None, now).unwrap();
    let many = engine.send(apdu(1, 0), 0, None, now).unwrap_err();
    assert_eq!(many.kind(), osisession_proto::ErrorKind::LimitHit);
}

#[test]
fn an_apdu_that_is_too_long_there_is_refused_for_good() {
    let mut config = small();
    config.max_apdu = 4_000;
    let mut world = world([small(), config]);
    let id = send(&mut world, A, &apdu(5_000, 0), 0);
    let next = send(&mut world, A, &apdu(3_000, 0), 0);
    world.run(HOUR);
    let not = (id, Outcome::NotDelivered(Why::Refused));
    assert_eq!(outcomes(&world.take(A)), [not, (next, Outcome::Delivered)]);
    assert_eq!(world.arrived(B), [apdu(3_000, 0)]);
}
