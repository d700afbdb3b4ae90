//! Stories under a seed: everything may go wrong, nothing is lost, nothing comes twice. And with one rule removed, something does.
use super::compare;
use super::world::{Failure, Faults, Tally, World};
use crate::dialogue::Rule;

#[allow(clippy::disallowed_methods, reason = "a test may be told how long to run")]
fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("DIALOGUE_FIRST_SEED").unwrap_or(0);
    first..first + number("DIALOGUE_SEEDS").unwrap_or(default)
}

fn tell(seeds: std::ops::Range<u64>, faults: Faults) -> Tally {
    let mut sum = Tally::default();
    for seed in seeds {
        let mut world = World::new(seed, faults, None);
        if let Err(failure) = world.run() {
            let (kind, what) = match failure {
                Failure::Promise(what) => ("promise", what),
                Failure::Conduct(what) => ("conduct", what),
            };
            panic!("seed {seed}: {kind}: {what}");
        }
        sum.add(&world.tally);
    }
    sum
}

/// `DIALOGUE_SEEDS=1000000 cargo test --release -p osisession-dialogue --lib nothing_is_lost -- --nocapture` for the long run.
#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    let seeds = seeds(10_000);
    let number = seeds.end - seeds.start;
    let sum = tell(seeds, Faults::ALL);
    for (what, total) in sum.all() {
        println!("{total:>12} {what}");
        // Every kind of trouble has to have happened, or the test says less than it seems to.
        let backup = ["backups", "diverged", "broken"].contains(&what);
        assert!(backup == (total == 0) && (backup || total >= number / 100), "{what} happened {total} times");
    }
    println!("{number} seeds: 0 lost, 0 doubled");
    assert_eq!(sum.closed, number);
}

/// Without faults nobody crashes, and everybody closes.
#[test]
fn calm_stories_end() {
    let sum = tell(0..300, Faults::default());
    assert_eq!((sum.closed, sum.crashes, sum.breaks, sum.lost_records), (300, 0, 0, 0));
}

/// An old copy of a journal is restored: either nothing that counts was lost, or it is said to be broken (or had been closed).
#[test]
fn restored_backups_are_never_continued() {
    let faults = Faults { crash: 30, backup: 500, ..Faults::ALL };
    let sum = tell(0..4_000, faults);
    let (backups, diverged, broken) = (sum.backups, sum.diverged, sum.broken);
    println!("{backups} backups restored, {diverged} with loss, {broken} stories ended broken");
    assert!(diverged > 150 && broken > diverged / 2, "{diverged} {broken}");
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
