//! Stories under a seed: everything may go wrong, no APDU is lost, none comes twice; or it may come twice, and that is said.
use crate::world::{A, B, World};
use osisession_proto::Bytes;
use osisession_proto::transfer::{Config, Event, Outcome};
use osisession_testkit::bench::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[allow(clippy::disallowed_methods, reason = "a test may be told how long to run")]
fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("TRANSFER_FIRST_SEED").unwrap_or(0);
    first..first + number("TRANSFER_SEEDS").unwrap_or(default)
}

/// What may go wrong.
#[derive(Clone, Copy)]
struct Faults {
    cuts: bool,
    restarts: bool,
    /// The responder forgets everything.
    amnesia: bool,
}

/// What one side's user has.
#[derive(Default)]
struct User {
    /// Sent, by number.
    sent: BTreeMap<u64, Bytes>,
    outcomes: BTreeMap<u64, Outcome>,
    /// Delivered, by number and life of the receiver: a delivery that comes again has the number it had.
    store: BTreeMap<(u32, u64), Bytes>,
    life: u32,
    cancelled: BTreeSet<u64>,
}

#[derive(Default, Debug)]
struct Tally {
    connections: u64,
    cuts: u64,
    silent: u64,
    restarts: u64,
    amnesia: u64,
    resumed: u64,
    discarded: u64,
    interrupted: u64,
    exceptions: u64,
    aborts: u64,
    perhaps_twice: u64,
    twice: u64,
    delivered: u64,
    cancelled: u64,
}

struct Story {
    world: World,
    rng: Rng,
    users: [User; 2],
    tally: Tally,
}

fn config(rng: &mut Rng) -> Config {
    let mut config = Config::default();
    config.checkpoint_size = *rng.pick(&[0, 1, 1, 1, 2]);
    config.window_size = 1 + rng.below(3) as u32;
    config.interrupt_for_turn = rng.one_in(2);
    config.recovery_time = Duration::from_secs(1_000_000);
    config.answer_within = Duration::from_secs(10);
    config.completed_marks = 1 + rng.below(3);
    config
}

impl Story {
    fn new(seed: u64) -> Story {
        let mut rng = Rng::new(seed);
        let configs = [config(&mut rng), config(&mut rng)];
        let mut world = World::new(configs, rng.next_u64());
        let now = world.now();
        world.engines[A].open(now);
        Story { world, rng, users: Default::default(), tally: Tally::default() }
    }

    fn listen(&mut self) {
        for at in [A, B] {
            for event in self.world.take(at) {
                match event {
                    Event::Settled { id, outcome } => {
                        let before = self.users[at].outcomes.insert(id, outcome);
                        assert!(before.is_none(), "{id} of {at} has a second outcome {outcome:?}");
                    }
                    Event::Arrived { number, data } => {
                        let life = self.users[at].life;
                        let again = self.users[at].store.insert((life, number), data.clone());
                        assert!(again.is_none_or(|before| before == data), "delivery {number} changed");
                        if self.rng.one_in(2) {
                            self.world.engines[at].taken(number);
                        }
                    }
                    Event::Closed(error) => panic!("{at} closed: {error:?}"),
                    _ => {}
                }
            }
        }
    }

    fn send(&mut self) {
        let at = self.rng.below(2);
        if self.world.engines[at].progress().queued >= 6 {
            return;
        }
        let length = match self.rng.below(4) {
            0 => 16 + self.rng.below(100),
            1 => 1_024 * (1 + self.rng.below(4)),
            _ => 16 + self.rng.below(9_000),
        };
        let name = self.rng.next_u64().to_be_bytes();
        let data: Bytes = name.iter().copied().cycle().take(length).collect::<Vec<_>>().into();
        let (priority, now) = (self.rng.below(3) as u32, self.world.now());
        let id = self.world.engines[at].send(data.clone(), priority, None, now).expect("room");
        self.users[at].sent.insert(id, data);
        // Accepted is what is in the journal.
        self.world.pump();
    }

    fn cancel(&mut self) {
        let at = self.rng.below(2);
        let open: Vec<u64> = self.users[at]
            .sent
            .keys()
            .filter(|id| !self.users[at].outcomes.contains_key(id))
            .copied()
            .collect();
        if !open.is_empty() {
            let id = *self.rng.pick(&open);
            self.users[at].cancelled.insert(id);
            let now = self.world.now();
            self.world.engines[at].cancel(id, now);
            self.world.pump();
        }
    }

    fn trouble(&mut self, faults: Faults) {
        match self.rng.below(6) {
            0 | 1 if faults.cuts => {
                self.tally.cuts += 1;
                self.world.cut();
            }
            2 if faults.cuts => {
                self.tally.silent += 1;
                let side = *self.rng.pick(&[None, Some(A), Some(B)]);
                self.world.cut_silently(side);
            }
            3 if faults.restarts => {
                self.tally.restarts += 1;
                let at = self.rng.below(2);
                self.world.restart(at);
            }
            4 if faults.amnesia && self.rng.one_in(4) => {
                self.tally.amnesia += 1;
                self.listen();
                self.users[B].life += 1;
                // What it had to send is forgotten with it.
                self.users[B].sent.clear();
                self.users[B].outcomes.clear();
                self.users[B].cancelled.clear();
                self.world.lose_memory(B);
            }
            5 if faults.cuts => self.world.busy = self.rng.below(3) as u32,
            _ => {}
        }
    }

    fn run(mut self, faults: Faults) -> Tally {
        for _ in 0..400 {
            match self.rng.below(64) {
                0..4 => self.send(),
                4 if self.rng.one_in(3) => self.cancel(),
                5 | 6 => self.trouble(faults),
                7 => {
                    let (held, now) = (self.rng.one_in(3), self.world.now());
                    let at = self.rng.below(2);
                    self.world.engines[at].hold(held, now);
                    self.world.pump();
                }
                // An answer that takes too long is trouble, too.
                8 | 9 if faults.cuts => self.world.advance(Duration::from_secs(20)),
                _ => {
                    if !self.world.deliver() {
                        self.world.advance(Duration::from_secs(5));
                    }
                }
            }
            self.listen();
        }
        // From here on all is well.
        self.world.busy = 0;
        for _ in 0..400 {
            let now = self.world.now();
            for at in [A, B] {
                self.world.engines[at].hold(false, now);
            }
            if self.world.deaf {
                self.world.cut();
            }
            self.world.run(Duration::from_secs(120));
            self.listen();
            for at in [A, B] {
                let life = self.users[at].life;
                for (_, number) in self.users[at].store.keys().filter(|(of, _)| *of == life) {
                    self.world.engines[at].taken(*number);
                }
            }
            self.world.pump();
            if self.world.engines.iter().all(|engine| engine.progress().queued == 0) {
                break;
            }
        }
        self.check(faults);
        self.tally
    }

    fn check(&mut self, faults: Faults) {
        self.tally.connections = self.world.connections;
        let count = |name: &str| {
            let said = self.world.said.iter().flatten();
            said.filter(|said| **said == name).count() as u64
        };
        self.tally.resumed = count("S-ACTIVITY-RESUME request");
        self.tally.discarded = count("S-ACTIVITY-DISCARD request");
        self.tally.interrupted = count("S-ACTIVITY-INTERRUPT request");
        self.tally.exceptions = count("S-U-EXCEPTION-REPORT request");
        self.tally.aborts = count("S-U-ABORT request");
        for at in [A, B] {
            let (user, peer) = (&self.users[at], &self.users[1 - at]);
            for (id, data) in &user.sent {
                let outcome = user.outcomes.get(id);
                let copies = peer.store.values().filter(|stored| *stored == data).count();
                let wanted = !user.cancelled.contains(id);
                let what = format!("{id} of {at}: {outcome:?}, {copies} copies");
                match outcome {
                    Some(Outcome::Delivered) => assert_eq!(copies, 1, "{what}"),
                    Some(Outcome::DeliveredPerhapsTwice) => {
                        self.tally.perhaps_twice += 1;
                        self.tally.twice += u64::from(copies == 2);
                        assert!(faults.amnesia && copies >= 1, "{what}");
                    }
                    Some(Outcome::NotDelivered(_)) => assert!(!wanted && copies == 0, "{what}"),
                    Some(Outcome::Unknown(_)) => assert!(!wanted && faults.amnesia, "{what}"),
                    None => panic!("{what}: {:?}", self.world.engines.each_ref().map(|e| e.progress())),
                }
                self.tally.delivered += u64::from(copies > 0);
                self.tally.cancelled += u64::from(!wanted);
            }
            // Nothing arrives that nobody sent, or only a part of it.
            if !faults.amnesia {
                assert!(peer.store.values().all(|data| user.sent.values().any(|sent| sent == data)));
            }
        }
    }
}

fn tell(seeds: std::ops::Range<u64>, faults: Faults) -> Tally {
    let mut sum = Tally::default();
    for seed in seeds {
        let told = std::panic::catch_unwind(|| Story::new(seed).run(faults));
        let told = told.unwrap_or_else(|_| panic!("seed {seed}"));
        sum.connections += told.connections;
        sum.cuts += told.cuts;
        sum.silent += told.silent;
        sum.restarts += told.restarts;
        sum.amnesia += told.amnesia;
        sum.resumed += told.resumed;
        sum.discarded += told.discarded;
        sum.interrupted += told.interrupted;
        sum.exceptions += told.exceptions;
        sum.aborts += told.aborts;
        sum.perhaps_twice += told.perhaps_twice;
        sum.twice += told.twice;
        sum.delivered += told.delivered;
        sum.cancelled += told.cancelled;
    }
    println!("{sum:?}");
    sum
}

/// `TRANSFER_SEEDS=100000 cargo test --release -p osisession-proto --test transfer -- --nocapture exactly_once` for the long run.
#[test]
fn exactly_once_while_both_keep_their_state() {
    let seeds = seeds(1_000);
    let number = seeds.end - seeds.start;
    let sum = tell(seeds, Faults { cuts: true, restarts: true, amnesia: false });
    println!("{number} seeds: 0 lost, 0 doubled");
    for happened in [sum.cuts, sum.silent, sum.restarts, sum.resumed, sum.discarded, sum.interrupted] {
        assert!(happened > number / 2, "{sum:?}");
    }
    assert!(sum.delivered > 5 * number && sum.cancelled > number / 10 && sum.exceptions > number / 2);
    assert_eq!((sum.perhaps_twice, sum.amnesia), (0, 0));
}

/// A peer that forgets: nothing is lost, and what may have come twice is named.
#[test]
fn at_least_once_with_a_peer_that_forgets() {
    let seeds = seeds(600);
    let number = seeds.end - seeds.start;
    let sum = tell(seeds, Faults { cuts: true, restarts: false, amnesia: true });
    assert!(sum.amnesia > number / 2 && sum.perhaps_twice > 0 && sum.twice > 0, "{sum:?}");
}

#[test]
fn calm_stories_need_one_connection() {
    let sum = tell(0..100, Faults { cuts: false, restarts: false, amnesia: false });
    // What is cancelled may be complete already: that is said with an abort (X.228 B.1.6).
    assert_eq!((sum.connections, sum.perhaps_twice), (100 + sum.aborts, 0), "{sum:?}");
    assert!(sum.aborts <= sum.cancelled, "{sum:?}");
}
