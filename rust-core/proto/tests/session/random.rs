//! Two well-behaved users who do whatever the machine lets them do, under a seed (`testkit/src/simulate.rs` says what is
//! checked). A sample of every legal selection of functional units; `cargo xtask simulate` makes longer runs and replays.
use osisession_proto::x225::FunctionalUnits as Fu;
use osisession_testkit::simulate::{Plan, run};
use osisession_testkit::users::selections;

/// So many dialogues with each selection.
const DIALOGUES: u64 = 6;

fn hold_all(which: impl Fn(Fu) -> bool) {
    let selections: Vec<_> = selections().into_iter().filter(|units| which(*units)).collect();
    assert!(selections.len() > 100, "{} selections", selections.len());
    for units in selections {
        for seed in 0..DIALOGUES {
            let plan = Plan { seed: seed << 16 | u64::from(units.bits()), units, steps: 200, trace: false };
            if let Err(failure) = run(plan) {
                panic!("{}", failure.0);
            }
        }
    }
}

#[test]
fn two_well_behaved_users_never_meet_a_protocol_error() {
    hold_all(|units| !units.contains(Fu::SYMMETRIC_SYNC));
}

/// Data separation with symmetric synchronize is left out: the published cells have known holes there (ERRATA.md, known
/// weaknesses).
#[test]
fn nor_do_they_with_symmetric_synchronize() {
    hold_all(|units| units.contains(Fu::SYMMETRIC_SYNC) && !units.contains(Fu::DATA_SEPARATION));
}
