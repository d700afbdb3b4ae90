//! ERRATA.md names every corrected cell of the tables, and no other.
use osisession_testkit::tsv;
use std::collections::{BTreeMap, BTreeSet};

const ERRATA: &str = include_str!("../../../../ERRATA.md");

/// The columns of the rows of the tables whose first column begins with this letter and a digit.
fn entries(letter: char) -> BTreeMap<&'static str, Vec<&'static str>> {
    let rows = ERRATA.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").collect::<Vec<_>>())
        .filter(|row| row[0].starts_with(letter) && row[0][1..].starts_with(|c: char| c.is_ascii_digit()))
        .map(|row| (row[0], row))
        .collect()
}

/// "PR-RS in STA03, 04A; MIA in STA20": the events and states of each part. The typed events of set N count as one.
fn cells(text: &'static str) -> BTreeSet<(&'static str, &'static str)> {
    let mut cells = BTreeSet::new();
    for part in text.split("; ") {
        let (events, states) = part.split_once(" in STA").unwrap_or_else(|| panic!("{part}: no states"));
        for event in events.split([',', ' ']).filter(|word| !word.is_empty() && *word != "and") {
            cells.extend(states.split(", ").map(|state| (event, state)));
        }
    }
    cells
}

/// What an entry corrects.
#[derive(Default)]
struct Corrected {
    sets: BTreeSet<&'static str>,
    cells: BTreeSet<(&'static str, &'static str)>,
}

#[test]
fn every_correction_names_its_cells() {
    let mut corrected: BTreeMap<&str, Corrected> = BTreeMap::new();
    for row in tsv::transitions().iter().filter(|row| matches!(row["status"], "fix" | "std-x")) {
        let correction = corrected.entry(row["ref"]).or_default();
        correction.sets.insert(row["set"]);
        let event = row["event"].strip_suffix("-a").or(row["event"].strip_suffix("-r"));
        let event = event.or(row["event"].strip_suffix("-s")).filter(|event| *event == "RS");
        correction.cells.insert((event.unwrap_or(row["event"]), row["state"].trim_start_matches("STA")));
    }
    let entries = entries('D');
    assert!(entries.keys().eq(corrected.keys()), "{:?}", entries.keys());
    for (entry, Corrected { sets, cells: expected }) in corrected {
        let row = &entries[entry];
        let set = if sets.len() == 2 { "both" } else { sets.first().expect("a set") };
        assert_eq!(row[1], set, "{entry}: sets");
        assert_eq!(cells(row[2]), expected, "{entry}: cells");
        let [printed, here, why, confidence] = row[3..] else { panic!("{entry} has other columns") };
        assert!(!printed.is_empty() && !here.is_empty() && !why.is_empty(), "{entry}");
        assert!(["high", "medium", "low"].iter().any(|word| confidence.starts_with(word)), "{entry}");
    }
}

#[test]
fn every_changed_action_and_predicate_has_an_entry() {
    let entries = entries('A');
    let changed: BTreeSet<_> = tsv::actions()
        .iter()
        .filter(|row| row["recommended_change"] != "=" && row["ref_or_note"].starts_with('A'))
        .map(|row| (row["ref_or_note"], row["id"]))
        .collect();
    assert!(changed.len() >= 7);
    for (entry, action) in changed {
        let escaped = action.replace('[', "\\[").replace(']', "\\]");
        assert!(entries[entry][1].contains(&escaped), "{entry} does not name {action}");
    }
    for predicate in ["p27", "p41", "p42"] {
        assert!(entries["A3"][1].contains(predicate), "A3 does not name {predicate}");
    }
    for (entry, row) in entries {
        assert_eq!(row.len(), 6, "{entry} has other columns");
        assert!(["high", "medium", "low"].contains(&row[5]), "{entry}");
    }
}
