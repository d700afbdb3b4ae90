//! The parts of CONFORMANCE.md that are made from the code and from what running machines did, in the order of a PICS
//! (X.245): functional units, SPDUs, parameters, limits. To write them again: `OSISESSION_BLESS=1 cargo test`.
use osisession_proto::Limits;
use osisession_proto::x225::names::{Incoming, Outgoing};
use osisession_proto::x225::parameter::FunctionalUnits;
use osisession_proto::x225::spdu::Kind;
use osisession_proto::x225::table::{Step, cell};
use osisession_testkit::explore::{Role, RowId};
use osisession_testkit::tsv;
use osisession_testkit::users::selections;
use std::collections::BTreeSet;
use std::fmt::Write;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../CONFORMANCE.md");

/// What running machines did.
pub(crate) struct Done<'a> {
    /// The rows that were taken.
    pub(crate) taken: &'a BTreeSet<(RowId, Role)>,
    /// The SPDUs that were sent, as parameter 0, and their parameters.
    pub(crate) sent: &'a BTreeSet<(Kind, Option<u8>, u8)>,
}

/// Compares each part with what stands in CONFORMANCE.md, or writes it there. The error is the first line that differs.
pub(crate) fn check(done: &Done<'_>) -> Result<(), String> {
    let mut text = std::fs::read_to_string(FILE).expect("CONFORMANCE.md");
    let committed = text.clone();
    for (name, part) in [
        ("functional units", functional_units()),
        ("SPDUs", spdus(done)),
        ("parameters", parameters(done)),
        ("limits", limits()),
    ] {
        let (begin, end) = (format!("<!-- generated: {name} -->\n"), "<!-- end -->\n");
        let from = text.find(&begin).unwrap_or_else(|| panic!("CONFORMANCE.md has no place for {name}"))
            + begin.len();
        let to = from + text[from..].find(end).expect("an end");
        text.replace_range(from..to, &part);
    }
    if std::env::var_os("OSISESSION_BLESS").is_some() {
        std::fs::write(FILE, &text).expect("to write CONFORMANCE.md");
    } else if let Some((line, (found, expected))) =
        (1..).zip(committed.lines().zip(text.lines())).find(|(_, (found, expected))| found != expected)
    {
        return Err(format!("CONFORMANCE.md, line {line}, is not true any more:\n{found}\n{expected}"));
    }
    Ok(())
}

fn functional_units() -> String {
    let all = selections();
    let mut text = String::from(
        "| functional unit | bit of Session User Requirements (PI 20) | supported | legal selections with it |\n|---|---|---|--:|\n",
    );
    let _ = writeln!(text, "| kernel | - | yes | {} |", all.len());
    for unit in FunctionalUnits::ALL.iter() {
        let bit = unit.bits().trailing_zeros() + 1;
        let with = all.iter().filter(|selection| selection.contains(unit)).count();
        let _ = writeln!(text, "| {unit} | {bit} | yes | {with} |");
    }
    text
}

/// The outgoing events that send an SPDU, by its mnemonic: "AB-nr" and "AB-r" are ABORT.
fn sends(outgoing: Outgoing, kind: Kind) -> bool {
    let name = outgoing.name();
    let kind = kind.name();
    name == kind || name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('-'))
}

fn receives(event: Incoming, kind: Kind) -> bool {
    let named = |name: &str| {
        name == kind.name() || name.strip_prefix(kind.name()).is_some_and(|r| r.starts_with('-'))
    };
    event.is_spdu() && event.name().split('/').any(named)
}

fn spdus(done: &Done<'_>) -> String {
    let mut text = String::from(
        "| SPDU | SI | clauses | sent by machines | rows that send it, taken | rows that receive it, taken |\n|---|--:|---|---|--:|--:|\n",
    );
    let rows: BTreeSet<RowId> = done.taken.iter().map(|(row, _)| *row).collect();
    let clauses = tsv::spdus();
    for kind in Kind::ALL {
        let (mut sending, mut receiving) = (0, 0);
        for id in &rows {
            let row = &cell(id.set, id.state, id.event)[usize::from(id.list) - 1];
            let sends = |step: &Step| matches!(step, Step::Out(outgoing, _) if sends(*outgoing, *kind));
            sending += usize::from(row.steps.iter().any(sends));
            receiving += usize::from(receives(id.event, *kind));
        }
        let clauses = clauses.iter().find(|row| row["mnemonic"] == kind.name()).expect("an SPDU")["clauses"];
        let sent = match kind {
            Kind::ER => "never (ERRATA.md)",
            Kind::UD => "no: connectionless",
            _ if done.sent.contains(&(*kind, None, 0)) => "yes",
            // On the wire MAA and AEA are the same without the context.
            Kind::AEA if done.sent.contains(&(Kind::MAA, None, 0)) => "yes",
            _ => "NO",
        };
        let _ = writeln!(
            text,
            "| {} ({kind}) | {} | {clauses} | {sent} | {sending} | {receiving} |",
            kind.title(),
            kind.si()
        );
    }
    text
}

fn parameters(done: &Done<'_>) -> String {
    let mut text = String::from(
        "| SPDU | parameter | group, code | presence | octets | sent by machines | read |\n|---|---|---|---|---|---|---|\n",
    );
    for row in tsv::parameters() {
        // User information is no parameter; later segments have nothing that first ones do not have.
        if row["kind"] == "UIF" || row["spdu"].starts_with("(continuation") {
            continue;
        }
        let number = |text: &str| text.parse::<u8>().ok();
        let kind = Kind::ALL.iter().find(|kind| kind.name() == row["spdu"]).expect("an SPDU");
        let (group, code) = (number(row["parent_pgi"]), number(row["code"]).expect("a code"));
        let kinds = if *kind == Kind::AEA { [Kind::AEA, Kind::MAA] } else { [*kind, *kind] };
        let sent = if row["source"].starts_with("Amd") {
            "no"
        } else if kinds.iter().any(|kind| done.sent.contains(&(*kind, group, code))) {
            "yes"
        } else {
            "not"
        };
        let read = if row["source"].starts_with("Amd") { "skipped as unknown" } else { "yes" };
        let place = group.map_or(code.to_string(), |group| format!("{group}, {code}"));
        let octets = match (row["min_len"], row["max_len"]) {
            (min, max) if min == max => min.to_owned(),
            (min, "-") => format!("from {min}"),
            (min, max) => format!("{min} to {max}"),
        };
        let presence = match row["presence"] {
            "M" => "mandatory",
            "NM" => "not mandatory",
            "C" => "conditional",
            other => other,
        };
        let _ = writeln!(
            text,
            "| {kind} | {} | {place} | {presence} | {octets} | {sent} | {read} |",
            row["name"]
        );
    }
    text
}

/// The limits with their defaults, as the code has them.
fn limits() -> String {
    let mut text = String::from("| limit | default |\n|---|--:|\n");
    let all = format!("{:#?}", Limits::default());
    for line in all.lines().filter_map(|line| line.strip_prefix("    ")) {
        let (name, value) = line.trim_end_matches(',').split_once(": ").expect("a field");
        let _ = writeln!(text, "| `{name}` | {value} |");
    }
    text
}
