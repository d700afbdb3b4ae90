//! The tables for a reader: event by event in the words of Annex A, and as tab-separated rows for a `diff`.
use super::{Row, Step, TABLES, cell, is_impossible};
use crate::x225::names::{Incoming, Set, State};
use core::fmt::Write;

/// The sets with their names in the data.
const SETS: [(Set, &str); 2] = [(Set::N, "N"), (Set::S, "S")];

/// The names of all tables, "A.8" to "A.25".
pub fn names() -> Vec<&'static str> {
    let column = |set: usize| TABLES.iter().map(move |table| table.names[set]);
    column(0).chain(column(1)).collect()
}

/// One condition in the standard's spelling: `p13&~p185`; empty if always.
pub fn condition(row: &Row) -> String {
    let terms: Vec<String> = row
        .condition
        .iter()
        .map(|(predicate, value)| format!("{}{predicate}", if *value { "" } else { "~" }))
        .collect();
    terms.join("&")
}

/// The steps in the order of the cell: `MAP [13] [24]`.
pub fn steps(row: &Row) -> String {
    let steps: Vec<String> = row
        .steps
        .iter()
        .map(|step| match step {
            Step::Out(out, None) => out.to_string(),
            Step::Out(out, Some(note)) => format!("{out}{{{note}}}"),
            Step::Do(action) => action.to_string(),
        })
        .collect();
    steps.join(" ")
}

fn post(row: &Row) -> String {
    row.post.iter().map(|action| action.name()).collect::<Vec<_>>().join(" ")
}

/// A published table: a block for each event, a line for each state and action list:
/// condition, steps, resultant state. `//` marks impossible cells. `None` if there is no table of this name.
pub fn print(table: &str) -> Option<String> {
    let (index, at) = TABLES
        .iter()
        .enumerate()
        .find_map(|(index, t)| Some((index, t.names.iter().position(|name| *name == table)?)))?;
    let (set, _) = SETS[at];
    let mut text = format!("Table {table}/X.225\n");
    for event in Incoming::ALL {
        let in_table = TABLES[index].blocks.iter().any(|block| block.event == *event);
        if !in_table {
            continue;
        }
        let mut head = false;
        for state in State::ALL {
            let rows: Vec<&Row> = cell(set, *state, *event).iter().filter(|row| row.table == table).collect();
            let impossible = is_impossible(set, *state, *event);
            if rows.is_empty() && !impossible {
                continue;
            }
            if !core::mem::replace(&mut head, true) {
                let _ = write!(text, "\n{event}\n");
            }
            if rows.is_empty() {
                let _ = writeln!(text, "    {:<7} //", state.name());
            }
            for row in rows {
                let then = if row.post.is_empty() { String::new() } else { format!(" {}", post(row)) };
                let fix = row.fix.map(|fix| format!("    (ERRATA {fix})")).unwrap_or_default();
                let line = format!(
                    "    {:<7} {:<24} {:<40} {}{then}{fix}",
                    state.name(),
                    condition(row),
                    steps(row),
                    row.next
                );
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
    }
    Some(text)
}

/// Every action list as a row: set, std_table, state, event, condition, steps, next_state, post, status, ref; `-` for none.
pub fn to_tsv() -> String {
    let mut text =
        String::from("set\tstd_table\tstate\tevent\tcondition\tsteps\tnext_state\tpost\tstatus\tref\n");
    let or_dash = |item: String| if item.is_empty() { "-".to_owned() } else { item };
    for (set, set_name) in SETS {
        for state in State::ALL {
            for event in Incoming::ALL {
                for row in cell(set, *state, *event) {
                    let _ = writeln!(
                        text,
                        "{set_name}\t{}\t{state}\t{event}\t{}\t{}\t{}\t{}\t{}\t{}",
                        row.table,
                        or_dash(condition(row)),
                        or_dash(steps(row)),
                        row.next,
                        or_dash(post(row)),
                        if row.fix.is_some() { "fix" } else { "std" },
                        row.fix.unwrap_or("-"),
                    );
                }
            }
        }
    }
    text
}
