//! `cargo xtask table`: the state tables of X.225 Annex A as the library runs them.
use crate::Result;
use osisession_proto::x225::names::{Incoming, Set, State};
use osisession_proto::x225::table::{Row, Step, cell, is_impossible};
use std::fmt::Write;

/// The published tables, in their order: without and with symmetric synchronize.
const TABLES: [(&str, Set); 18] = [
    ("A.8", Set::N),
    ("A.9", Set::N),
    ("A.10", Set::N),
    ("A.11", Set::N),
    ("A.12", Set::N),
    ("A.13", Set::N),
    ("A.14", Set::N),
    ("A.15", Set::N),
    ("A.16", Set::N),
    ("A.17", Set::S),
    ("A.18", Set::S),
    ("A.19", Set::S),
    ("A.20", Set::S),
    ("A.21", Set::S),
    ("A.22", Set::S),
    ("A.23", Set::S),
    ("A.24", Set::S),
    ("A.25", Set::S),
];

/// Prints a table, a cell, or everything.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let tsv = arguments.contains(&"--tsv");
    let names: Vec<&str> = arguments.iter().copied().filter(|a| *a != "--tsv").collect();
    match names.as_slice() {
        [] => TABLES.iter().for_each(|table| print!("{}", print_table(*table, tsv))),
        [name] => {
            let table = TABLES.iter().find(|(table, _)| table.eq_ignore_ascii_case(name));
            print!("{}", print_table(*table.ok_or("no such table: A.8 to A.25")?, tsv));
        }
        [state, event] => {
            let state =
                State::from_name(state).ok_or("no such state: STA01 to STA713, as Annex A spells them")?;
            let event = Incoming::from_name(event)
                .ok_or("no such event: SCONreq, SCONrsp+, CN ... as Annex A spells them")?;
            print!("{}", print_cell(state, event));
        }
        _ => return Err("give one table, or a state and an event".into()),
    }
    Ok(())
}

/// All cells of a table, event by event.
fn print_table((name, set): (&str, Set), tsv: bool) -> String {
    let mut text = String::new();
    if !tsv {
        let _ = writeln!(text, "Table {name}");
    }
    for event in Incoming::ALL {
        let mut first = true;
        for state in State::ALL {
            for row in cell(set, *state, *event).iter().filter(|row| row.table == name) {
                let [condition, steps, next, fix] = words(row);
                if tsv {
                    let _ = writeln!(text, "{name}\t{state}\t{event}\t{condition}\t{steps}\t{next}\t{fix}");
                    continue;
                }
                if std::mem::take(&mut first) {
                    let _ = writeln!(text, "{event}");
                }
                let line = format!("    {:<7} {condition:<28} {steps:<44} {next} {fix}", state.name());
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
    }
    text
}

/// One cell, without and with symmetric synchronize.
fn print_cell(state: State, event: Incoming) -> String {
    let mut text = String::new();
    for (set, which) in
        [(Set::N, "symmetric synchronize not selected"), (Set::S, "symmetric synchronize selected")]
    {
        let _ = writeln!(text, "({state}, {event}), {which}:");
        let rows = cell(set, state, event);
        for row in rows {
            let [condition, steps, next, fix] = words(row);
            let line = format!("    Table {}: [{condition}] {steps} -> {next} {fix}", row.table);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        if rows.is_empty() {
            let what =
                if is_impossible(set, state, event) { "cannot happen" } else { "blank: X.225 A.4.1, A.4.3" };
            let _ = writeln!(text, "    {what}");
        }
    }
    text
}

/// Condition, steps, resultant state with what follows it, and the erratum, as Annex A writes them.
fn words(row: &Row) -> [String; 4] {
    let condition = match row.condition {
        [] => "-".to_owned(),
        all => all
            .iter()
            .map(|(predicate, holds)| format!("{}{predicate}", if *holds { "" } else { "~" }))
            .collect::<Vec<_>>()
            .join(" & "),
    };
    let steps: Vec<String> = row
        .steps
        .iter()
        .map(|step| match step {
            Step::Out(event, None) => event.to_string(),
            Step::Out(event, Some(note)) => format!("{event}({note})"),
            Step::Do(action) => action.to_string(),
        })
        .collect();
    let next = row.post.iter().fold(row.next.to_string(), |text, action| format!("{text} {action}"));
    let fix = row.fix.map_or_else(String::new, |fix| format!("(ERRATA {fix})"));
    [condition, if steps.is_empty() { "-".into() } else { steps.join(" ") }, next, fix]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_that_everybody_looks_for() {
        let text = print_cell(State::STA08, Incoming::from_name("SCONrsp+").unwrap());
        assert!(text.contains("Table A.8: [-] AC [5] [11] -> STA713"), "{text}");
        assert!(text.contains("Table A.17: [p178] AC [71] [11] -> STA713"), "{text}");
    }

    #[test]
    fn every_table_prints_and_together_they_have_every_row() {
        let mut printed = 0;
        for table in TABLES {
            let lines = print_table(table, true).lines().count();
            assert!(lines > 20, "{} has {lines} rows", table.0);
            printed += lines;
        }
        let mut rows = 0;
        for set in [Set::N, Set::S] {
            for state in State::ALL {
                rows += Incoming::ALL.iter().map(|event| cell(set, *state, *event).len()).sum::<usize>();
            }
        }
        assert_eq!(printed, rows);
    }
}
