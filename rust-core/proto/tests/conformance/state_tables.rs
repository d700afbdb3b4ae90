//! Every cell of Tables A.8 to A.25, blank and impossible ones too (recommended view: corrections of ERRATA.md applied).
use osisession_proto::x225::names::{Action, Incoming, Note, Outgoing, Predicate, Set, State};
use osisession_proto::x225::table::{Row, Step, cell, is_impossible, print};
use osisession_testkit::tsv;
use std::collections::{BTreeMap, BTreeSet};

fn set_name(set: Set) -> &'static str {
    match set {
        Set::N => "N",
        Set::S => "S",
    }
}

/// A row of the code in the words of the data file.
fn spelled(row: &Row) -> [String; 5] {
    let join = |items: Vec<String>, between: &str| {
        if items.is_empty() { "-".to_owned() } else { items.join(between) }
    };
    let condition = row
        .condition
        .iter()
        .map(|(predicate, value)| format!("{}{}", if *value { "" } else { "~" }, predicate.name()))
        .collect();
    let steps = row
        .steps
        .iter()
        .map(|step| match step {
            Step::Out(out, None) => out.name().to_owned(),
            Step::Out(out, Some(note)) => format!("{}{{{}}}", out.name(), note.name()),
            Step::Do(action) => action.name().to_owned(),
        })
        .collect();
    let post = row.post.iter().map(|action| action.name().to_owned()).collect();
    [
        join(condition, "&"),
        join(steps, " "),
        row.next.name().to_owned(),
        join(post, " "),
        format!("{} {}", row.table, row.fix.unwrap_or("-")),
    ]
}

#[test]
fn every_cell_is_as_transcribed() {
    let mut expected: BTreeMap<(&str, &str, &str), Vec<[String; 5]>> = BTreeMap::new();
    let mut rows = 0;
    for row in tsv::transitions() {
        if !matches!(row["status"], "std" | "fix") {
            continue;
        }
        rows += 1;
        let fix = if row["status"] == "fix" { row["ref"] } else { "-" };
        let list = [
            row["condition"].to_owned(),
            row["steps"].to_owned(),
            row["next_state"].to_owned(),
            row["post"].to_owned(),
            format!("{} {fix}", row["std_table"]),
        ];
        let lists = expected.entry((row["set"], row["state"], row["event"])).or_default();
        assert!(!lists.contains(&list), "{} is there twice", row["id"]);
        lists.push(list);
    }
    assert_eq!((rows, expected.len()), (1843, 1496));
    let mut filled = 0;
    for set in [Set::N, Set::S] {
        for state in State::ALL {
            for event in Incoming::ALL {
                let rows = cell(set, *state, *event);
                let found: Vec<_> = rows.iter().map(spelled).collect();
                let key = (set_name(set), state.name(), event.name());
                let expected = expected.get(&key).cloned().unwrap_or_default();
                assert_eq!(found, expected, "set {}, ({state}, {event}), lists in order", set_name(set));
                filled += usize::from(!rows.is_empty());
            }
        }
    }
    assert_eq!(filled, 1496);
}

#[test]
fn impossible_cells_are_as_transcribed() {
    let expected: BTreeSet<_> =
        tsv::impossible().iter().map(|row| (row["set"], row["state"], row["event"])).collect();
    assert_eq!(expected.len(), 142);
    for set in [Set::N, Set::S] {
        for state in State::ALL {
            for event in Incoming::ALL {
                let key = (set_name(set), state.name(), event.name());
                assert_eq!(is_impossible(set, *state, *event), expected.contains(&key), "{key:?}");
            }
        }
    }
}

#[test]
fn names_are_those_of_annex_a() {
    let column = |rows: Vec<tsv::Row>| rows.iter().map(|row| row["id"]).collect::<Vec<_>>();
    assert_eq!(State::ALL.iter().map(|s| s.name()).collect::<Vec<_>>(), column(tsv::states()));
    assert_eq!(Predicate::ALL.iter().map(|p| p.name()).collect::<Vec<_>>(), column(tsv::predicates()));
    assert_eq!(Action::ALL.iter().map(|a| a.name()).collect::<Vec<_>>(), column(tsv::actions()));
    assert_eq!(Note::ALL.iter().map(|n| n.name()).collect::<Vec<_>>(), column(tsv::notes()));
    let events = tsv::events();
    let incoming: Vec<_> =
        events.iter().filter(|row| row["direction"] != "out").map(|row| row["id"]).collect();
    assert_eq!(Incoming::ALL.iter().map(|e| e.name()).collect::<Vec<_>>(), incoming);
    assert_eq!((State::COUNT, Incoming::COUNT), (32, 83));
    let known: BTreeSet<_> = events.iter().map(|row| row["id"]).collect();
    for out in Outgoing::ALL {
        assert!(known.contains(out.name()), "{out}");
    }
    for name in incoming {
        assert_eq!(Incoming::from_name(name).map(Incoming::name), Some(name));
    }
}

#[test]
fn incoming_events_are_of_the_kinds_of_table_a_1() {
    for row in tsv::events().iter().filter(|row| row["direction"] != "out") {
        let event = Incoming::from_name(row["id"]).expect("an event");
        assert_eq!(event.is_user_request(), row["kind"] == "SS-user primitive", "{event}");
        assert_eq!(event.is_spdu(), row["kind"] == "SPDU", "{event}");
    }
}

/// Clause 7 has a part for each SPDU; the request of the user is treated with the SPDU that it sends.
#[test]
fn incoming_events_name_the_clause_of_their_spdu() {
    let spdus = tsv::spdus();
    let clause = |row: &tsv::Row| row["clauses"].split(' ').next().expect("a clause");
    for row in tsv::events().iter().filter(|row| row["direction"] != "out") {
        let event = Incoming::from_name(row["id"]).expect("an event");
        let expected = if event.is_spdu() {
            let name = row["id"].split(['-', '/']).next().expect("a mnemonic");
            spdus.iter().find(|spdu| spdu["mnemonic"] == name).map(clause)
        } else if event.is_user_request() {
            // "S-CONNECT response, accept" is "S-CONNECT rsp+/cnf+" there; a type or flavour does not change the clause.
            let (service, rest) = row["meaning"].split_once(' ').expect("a service and a kind");
            let kind = match rest {
                "response, accept" => "rsp+",
                "response, reject" => "rsp-",
                _ if rest.starts_with("response") => "rsp",
                _ => "req",
            };
            let primitive = format!("{service} {kind}/");
            spdus.iter().find(|spdu| spdu["primitives"].starts_with(&primitive)).map(clause)
        } else {
            None
        };
        assert_eq!(event.is_spdu() || event.is_user_request(), expected.is_some(), "{event}");
        assert_eq!(event.clause(), expected, "{event}");
    }
}

#[test]
fn the_printed_rows_are_those_of_the_transcription() {
    let columns = [
        "id",
        "set",
        "std_table",
        "table",
        "state",
        "event",
        "condition",
        "steps",
        "outgoing",
        "actions",
        "next_state",
        "post",
        "status",
        "ref",
    ];
    let expected: BTreeSet<String> = tsv::transitions()
        .iter()
        .filter(|row| matches!(row["status"], "std" | "fix"))
        .map(|row| {
            let fix = row["status"] == "fix";
            // Ids number published and corrected lists apart; a published row may carry a remark.
            let column = |c: &&str| if *c == "ref" && !fix { "-" } else { row[c] };
            columns.iter().filter(|c| **c != "id").map(column).collect::<Vec<_>>().join("\t")
        })
        .collect();
    let printed = print::to_tsv();
    let mut lines = printed.lines();
    assert_eq!(lines.next(), Some(columns.join("\t").as_str()));
    let found: BTreeSet<String> =
        lines.map(|line| line.split_once('\t').expect("an id and more").1.to_owned()).collect();
    let different: Vec<_> = found.symmetric_difference(&expected).take(5).collect();
    assert!(different.is_empty() && found.len() == 1843, "{different:#?}");
}

#[test]
fn a_table_is_printed_in_its_own_layout() {
    assert_eq!(print::names().len(), 18);
    assert_eq!(print::print("A.7"), None);
    let text = print::print("A.15").expect("a table");
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("Table A.15/X.225: release state table without the symmetric synchronize functional unit")
    );
    let head: Vec<&str> = lines.next().expect("the states").split('|').map(str::trim).collect();
    let column = |text: &str, state: &str| {
        let at = head.iter().position(|item| *item == state).expect("a state");
        text.split('|').nth(at).unwrap_or_default().trim().to_owned()
    };
    // (STA03, DN): without reuse, and with it.
    let cell: Vec<String> = text
        .lines()
        .skip_while(|line| !line.starts_with(" DN "))
        .take_while(|line| !line.starts_with("--"))
        .map(|line| column(line, "STA03"))
        .collect();
    assert_eq!(cell, ["~p66", "SRELcnf+", "TDISreq", "STA01", "", "p66", "SRELcnf+", "STA01C"]);
}

#[test]
fn every_list_is_in_a_printed_table() {
    let lists: usize = print::names()
        .into_iter()
        .map(|name| {
            let text = print::print(name).expect("a table");
            // Every list ends in a state, and states begin no other line of a cell but the head.
            let cells = text.lines().skip(2).flat_map(|line| line.split('|').skip(1));
            cells.filter(|cell| cell.trim().starts_with("STA")).count()
        })
        .sum();
    assert_eq!(lists, 1843);
}

#[test]
fn the_cell_that_everybody_looks_for() {
    let text = print::print_cell(State::STA08, Incoming::SCONrsp_pos);
    assert!(text.contains("Table A.8: [-] AC [5] [11] -> STA713"), "{text}");
    assert!(text.contains("Table A.17: [p178] AC [71] [11] -> STA713"), "{text}");
}
