//! Every row of Tables A.8 to A.25 is taken by a running machine, on both sides where both exist; the rows that no machine
//! can take stand in `rows-not-taken.tsv` with the reason. To write that file again: `OSISESSION_BLESS=1 cargo test`.
use crate::statement;
use osisession_proto::x225::parameter::FunctionalUnits as Fu;
use osisession_testkit::explore::{Explorer, ROLES, Role, RowId};
use osisession_testkit::tsv;
use osisession_testkit::unreachable::why_not;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Where to search: everywhere, and then where the rows are that take a long way.
const FOCUSES: [fn(Fu) -> bool; 11] = [
    |_| true,
    |units| units.tokens().is_empty(),
    |units| {
        let wanted =
            Fu::DATA_SEPARATION | Fu::MINOR_SYNC | Fu::MAJOR_SYNC | Fu::RESYNCHRONIZE | Fu::TYPED_DATA;
        units.contains(wanted) && !units.contains(Fu::EXCEPTIONS)
    },
    |units| {
        let wanted =
            Fu::DATA_SEPARATION | Fu::MINOR_SYNC | Fu::MAJOR_SYNC | Fu::RESYNCHRONIZE | Fu::TYPED_DATA;
        units == wanted | Fu::DUPLEX || units == wanted | Fu::HALF_DUPLEX
    },
    |units| units.contains(Fu::SYMMETRIC_SYNC | Fu::RESYNCHRONIZE | Fu::TYPED_DATA | Fu::MAJOR_SYNC),
    |units| units.contains(Fu::ACTIVITY_MANAGEMENT | Fu::MINOR_SYNC | Fu::CAPABILITY_DATA | Fu::TYPED_DATA),
    |units| units == Fu::ACTIVITY_MANAGEMENT | Fu::MINOR_SYNC | Fu::DUPLEX,
    |units| {
        units
            == Fu::ACTIVITY_MANAGEMENT
                | Fu::SYMMETRIC_SYNC
                | Fu::DUPLEX
                | Fu::EXPEDITED_DATA
                | Fu::RESYNCHRONIZE
    },
    |units| units == Fu::ACTIVITY_MANAGEMENT | Fu::SYMMETRIC_SYNC | Fu::DUPLEX | Fu::MAJOR_SYNC,
    |units| units.contains(Fu::EXCEPTIONS | Fu::RESYNCHRONIZE | Fu::TYPED_DATA | Fu::NEGOTIATED_RELEASE),
    |units| units.contains(Fu::EXCEPTIONS) && !units.contains(Fu::ACTIVITY_MANAGEMENT),
];

const STEPS: u64 = 300_000;
const ROUNDS: u64 = 60;

#[test]
fn every_row_is_taken_or_cannot_be() {
    let all: Vec<(RowId, Role)> =
        RowId::all().into_iter().flat_map(|row| ROLES.map(|role| (row, role))).collect();
    let explained: BTreeMap<_, _> =
        all.iter().filter_map(|&(row, role)| Some(((row, role), why_not(row, role)?))).collect();
    let mut searches: Vec<Explorer> =
        (1..).zip(FOCUSES).map(|(seed, focus)| Explorer::new(seed, focus)).collect();
    let mut done: BTreeSet<_> = explained.keys().copied().collect();
    let mut taken = BTreeSet::new();
    let mut sent = BTreeSet::new();
    let blessing = std::env::var_os("OSISESSION_BLESS").is_some();
    for _ in 0..ROUNDS {
        // All begin with what is known after the last round: the outcome does not depend on who is faster.
        std::thread::scope(|scope| {
            for search in &mut searches {
                scope.spawn(|| search.run(STEPS, &done));
            }
        });
        for search in &searches {
            taken.extend(search.fired().keys().copied());
            sent.extend(search.sent().iter().copied());
        }
        done.extend(taken.iter().copied());
        // What was sent depends on chance a little longer than the rows do.
        let statement = || statement::check(&statement::Done { taken: &taken, sent: &sent });
        if done.len() == all.len() && (blessing || statement().is_ok()) {
            break;
        }
    }
    let wrong: Vec<String> = taken
        .iter()
        .filter_map(|row| Some(format!("{} ({:?}): {}", row.0, row.1, explained.get(row)?)))
        .collect();
    assert!(wrong.is_empty(), "taken, though said to be impossible: {wrong:#?}");
    let missing: Vec<String> =
        all.iter().filter(|row| !done.contains(row)).map(|(row, role)| format!("{row} ({role:?})")).collect();
    assert!(missing.is_empty(), "{} rows were not taken: {missing:#?}", missing.len());
    let found = report(&all, &explained);
    let committed = std::fs::read_to_string(REPORT).unwrap_or_default();
    assert_eq!(found, committed, "{REPORT} is not true any more");
    let primitives: BTreeSet<&str> = searches.iter().flat_map(|s| s.primitives().iter().copied()).collect();
    check_primitives(&primitives);
    if let Err(difference) = statement::check(&statement::Done { taken: &taken, sent: &sent }) {
        panic!("{difference}");
    }
}

/// Every primitive of X.215 was issued, or received.
fn check_primitives(seen: &BTreeSet<&str>) {
    for row in tsv::service_primitives() {
        for kind in row["kinds"].split(',').filter(|_| row["service"] != "S-UNIT-DATA") {
            let kind = match kind {
                "req" => "request",
                "ind" => "indication",
                "rsp" => "response",
                _ => "confirm",
            };
            let name = format!("{} {kind}", row["service"]);
            assert!(seen.iter().any(|seen| seen.starts_with(&name)), "{name} was not seen: {seen:?}");
        }
    }
}

const REPORT: &str = "tests/conformance/rows-not-taken.tsv";

/// The rows that cannot be taken, with side and reason.
fn report(all: &[(RowId, Role)], explained: &BTreeMap<(RowId, Role), &str>) -> String {
    let mut text = String::from("row\tside\treason\n");
    for key @ (row, role) in all {
        if let Some(reason) = explained.get(key) {
            let other = (*row, if *role == Role::Initiator { Role::Acceptor } else { Role::Initiator });
            let side = match (explained.get(&other) == Some(reason), role) {
                (true, Role::Initiator) => "both",
                (true, Role::Acceptor) => continue,
                (false, Role::Initiator) => "initiator",
                (false, Role::Acceptor) => "acceptor",
            };
            writeln!(text, "{row}\t{side}\t{reason}").expect("a string");
        }
    }
    if std::env::var_os("OSISESSION_BLESS").is_some() {
        std::fs::write(REPORT, &text).expect("to write the report");
    }
    text
}
