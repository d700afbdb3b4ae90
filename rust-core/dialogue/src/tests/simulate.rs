//! Stories under a seed: everything may go wrong, nothing is lost, nothing comes twice. And with one rule removed, something does.
use super::compare;
use super::world::{Failure, Faults, Tally, World};
use crate::dialogue::Rule;

fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("DIALOGUE_FIRST_SEED").unwrap_or(0);
    first..first + number("DIALOGUE_SEEDS").unwrap_or(default)
}

fn tell(seeds: std::ops::Range<u64>, faults: Faults) -> Vec<Tally> {
    seeds
        .map(|seed| {
            let mut world = World::new(seed, faults, None);
            if let Err(failure) = world.run() {
                let (kind, what) = match failure {
                    Failure::Promise(what) => ("promise", what),
                    Failure::Conduct(what) => ("conduct", what),
                };
                panic!("seed {seed}: {kind}: {what}");
            }
            world.tally
        })
        .collect()
}

/// `DIALOGUE_SEEDS=1000000 cargo test --release -p osisession-dialogue --lib nothing_is_lost -- --nocapture` for the long run.
#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    let seeds = seeds(10_000);
    let tallies = tell(seeds.clone(), Faults::ALL);
    macro_rules! sum {
        ($($field:ident),+) => {
            $(
                let total: u64 = tallies.iter().map(|tally| tally.$field).sum();
                println!("{:>12} {}", total, stringify!($field));
                // Every kind of trouble has to have happened, or the test says less than it seems to.
                assert!(total >= (seeds.end - seeds.start) / 100, "{} happened {total} times", stringify!($field));
            )+
        };
    }
    sum!(
        delivered,
        connections,
        crashes,
        lost_records,
        breaks,
        half_open,
        connects_lost,
        stalls,
        disk_failures,
        clock_jumps,
        replays,
        superseded,
        collisions,
        stale,
        idle_closes,
        activities_ended,
        pauses,
        blocked,
        snapshots,
        closed
    );
    println!("{} seeds: 0 lost, 0 doubled", tallies.len());
}

/// Without faults there is one connection, but for idle closes, and everybody closes.
#[test]
fn calm_stories_end() {
    let tallies = tell(0..300, Faults::default());
    assert!(tallies.iter().all(|tally| tally.closed == 1 && tally.crashes == 0 && tally.breaks == 0));
}

/// An old copy of a journal is restored: either nothing that counts was lost, or both sides say that they are broken.
#[test]
fn restored_backups_are_never_continued() {
    let faults = Faults { crash: 30, backup: 500, ..Faults::ALL };
    let tallies = tell(0..5_000, faults);
    let sum = |f: fn(&Tally) -> u64| tallies.iter().map(f).sum::<u64>();
    let (backups, diverged, broken) = (sum(|t| t.backups), sum(|t| t.diverged), sum(|t| t.broken));
    println!("{backups} backups restored, {diverged} with loss, {broken} times broken was said");
    assert!(diverged > 200, "{diverged}");
}

/// The checker finds a broken promise when a rule is removed: how many seeds it takes.
fn hunt(rule: Rule) -> u64 {
    for seed in 0..3_000 {
        if let Err(Failure::Promise(what)) = World::new(seed, Faults::ALL, Some(rule)).run() {
            println!("{rule:?} removed: seed {seed}: {what}");
            return seed;
        }
    }
    panic!("{rule:?} removed, and nobody noticed");
}

/// The comparison with the model finds it as well.
fn compare(rule: Rule) {
    let noticed =
        (0..300).any(|seed| std::panic::catch_unwind(|| compare::run_without(seed, 200, rule)).is_err());
    assert!(noticed, "{rule:?} removed, and the model agrees");
}

macro_rules! mutants {
    ($($name:ident: $rule:ident;)+) => {
        $(
            #[test]
            fn $name() {
                hunt(Rule::$rule);
                compare(Rule::$rule);
            }
        )+
    };
}

mutants! {
    sending_before_the_outbox_is_durable_is_noticed: SendDurable;
    confirming_before_the_inbox_is_durable_is_noticed: ConfirmDurable;
    trimming_what_is_only_sent_is_noticed: TrimConfirmed;
    starting_at_the_own_confirmation_is_noticed: StartAtReceiver;
    announcing_what_is_only_in_memory_is_noticed: AnnounceDurable;
    listening_to_old_connections_is_noticed: Fence;
}
