//! The tables for a reader: in the layout of Annex A, and as tab-separated rows for a `diff`.
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

fn spell(step: &Step) -> String {
    match step {
        Step::Out(out, None) => out.to_string(),
        Step::Out(out, Some(note)) => format!("{out}{{{note}}}"),
        Step::Do(action) => action.to_string(),
    }
}

/// The steps in the order of the cell: `MAP [13] [24]`.
pub fn steps(row: &Row) -> String {
    row.steps.iter().map(spell).collect::<Vec<_>>().join(" ")
}

/// The resultant state and what follows it: `STA713 [6]`.
pub fn next(row: &Row) -> String {
    row.post.iter().fold(row.next.to_string(), |text, action| format!("{text} {action}"))
}

/// The lines of a cell as they stand in a column: condition, outgoing events, specific actions, resultant state.
fn column(rows: &[&Row], impossible: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(Some(condition(row)).filter(|condition| !condition.is_empty()));
        let outgoing = row.steps.iter().filter(|step| matches!(step, Step::Out(..)));
        lines.extend(outgoing.map(spell));
        let actions: String =
            row.steps.iter().filter(|step| matches!(step, Step::Do(_))).map(spell).collect();
        lines.extend(Some(actions).filter(|actions| !actions.is_empty()));
        lines.push(next(row));
        lines.extend(row.fix.map(|fix| format!("({fix})")));
    }
    if impossible {
        lines.push("//".into());
    }
    lines
}

/// A published table in its own layout: a column for each state, a row for each incoming event; `//` marks cells that
/// cannot happen, `(D01)` the entry of ERRATA.md of a cell that departs from the page. `None` if there is no such table.
pub fn print(table: &str) -> Option<String> {
    let (index, at) = TABLES
        .iter()
        .enumerate()
        .find_map(|(index, t)| Some((index, t.names.iter().position(|name| *name == table)?)))?;
    let (set, _) = SETS[at];
    let events: Vec<Incoming> = Incoming::ALL
        .iter()
        .copied()
        .filter(|event| TABLES[index].blocks.iter().any(|block| block.event == *event))
        .filter(|event| State::ALL.iter().any(|state| !in_table(set, *state, *event, table).is_empty()))
        .collect();
    let states: Vec<State> = State::ALL
        .iter()
        .copied()
        .filter(|state| {
            let filled = |event: &Incoming| !in_table(set, *state, *event, table).is_empty();
            events.iter().any(|event| filled(event) || is_impossible(set, *state, *event))
        })
        .collect();
    let cells: Vec<Vec<Vec<String>>> = events
        .iter()
        .map(|event| {
            let of = |state: &State| {
                column(&in_table(set, *state, *event, table), is_impossible(set, *state, *event))
            };
            states.iter().map(of).collect()
        })
        .collect();
    let width = |column: usize| {
        let lines = cells.iter().flat_map(|row| row[column].iter()).map(String::len);
        lines.chain([states[column].name().len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..states.len()).map(width).collect();
    let first = events.iter().map(|event| event.name().len()).max().unwrap_or_default();
    let rule: String = core::iter::once(first)
        .chain(widths.iter().copied())
        .map(|width| "-".repeat(width + 2))
        .collect::<Vec<_>>()
        .join("+");
    let line = |head: &str, items: &mut dyn Iterator<Item = &str>| {
        let mut text = format!(" {head:<first$} ");
        for (item, width) in items.zip(&widths) {
            let _ = write!(text, "| {item:<width$} ");
        }
        format!("{}\n", text.trim_end())
    };
    let without = if set == Set::N { "without" } else { "with" };
    let title = TABLES[index].title;
    let mut text = format!(
        "Table {table}/X.225: {title} state table {without} the symmetric synchronize functional unit\n"
    );
    text.push_str(&line("", &mut states.iter().map(|state| state.name())));
    for (event, row) in events.iter().zip(&cells) {
        let _ = writeln!(text, "{rule}");
        let height = row.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..height {
            let head = if at == 0 { event.name() } else { "" };
            text.push_str(&line(head, &mut row.iter().map(|cell| cell.get(at).map_or("", String::as_str))));
        }
    }
    Some(text)
}

fn in_table(set: Set, state: State, event: Incoming, table: &str) -> Vec<&'static Row> {
    cell(set, state, event).iter().filter(|row| row.table == table).collect()
}

/// One cell without and with symmetric synchronize, each list with its table.
pub fn print_cell(state: State, event: Incoming) -> String {
    let mut text = String::new();
    for (set, which) in
        [(Set::N, "symmetric synchronize not selected"), (Set::S, "symmetric synchronize selected")]
    {
        let _ = writeln!(text, "({state}, {event}), {which}:");
        let rows = cell(set, state, event);
        for row in rows {
            let fix = row.fix.map(|fix| format!(" (ERRATA {fix})")).unwrap_or_default();
            let (condition, steps) = (or_dash(condition(row)), or_dash(steps(row)));
            let _ = writeln!(text, "    Table {}: [{condition}] {steps} -> {}{fix}", row.table, next(row));
        }
        if rows.is_empty() {
            let what =
                if is_impossible(set, state, event) { "cannot happen" } else { "blank: X.225 A.4.1, A.4.3" };
            let _ = writeln!(text, "    {what}");
        }
    }
    text
}

fn or_dash(item: String) -> String {
    if item.is_empty() { "-".to_owned() } else { item }
}

/// Every action list as a row, `-` for none. `id` numbers the lists of a cell from 1, as `Transition::list` does.
pub fn to_tsv() -> String {
    let mut text = String::from(
        "id\tset\tstd_table\ttable\tstate\tevent\tcondition\tsteps\toutgoing\tactions\tnext_state\tpost\tstatus\tref\n",
    );
    let joined = |items: Vec<String>| or_dash(items.join(" "));
    for (set, set_name) in SETS {
        for state in State::ALL {
            for event in Incoming::ALL {
                for (number, row) in (1..).zip(cell(set, *state, *event)) {
                    let outgoing = row.steps.iter().filter_map(|step| match step {
                        Step::Out(out, _) => Some(out.to_string()),
                        Step::Do(_) => None,
                    });
                    let actions = row.steps.iter().filter(|step| matches!(step, Step::Do(_))).map(spell);
                    let title = TABLES.iter().find(|t| t.names.contains(&row.table)).map_or("-", |t| t.title);
                    let columns = [
                        format!("{set_name}/{state}/{event}/{number}"),
                        set_name.to_owned(),
                        row.table.to_owned(),
                        title.to_owned(),
                        state.to_string(),
                        event.to_string(),
                        or_dash(condition(row)),
                        or_dash(steps(row)),
                        joined(outgoing.collect()),
                        joined(actions.collect()),
                        row.next.to_string(),
                        joined(row.post.iter().map(|action| action.to_string()).collect()),
                        if row.fix.is_some() { "fix" } else { "std" }.to_owned(),
                        row.fix.unwrap_or("-").to_owned(),
                    ];
                    let _ = writeln!(text, "{}", columns.join("\t"));
                }
            }
        }
    }
    text
}
