//! The reference tables and vectors as data (see `data/README.md`).
use std::collections::BTreeMap;

/// A row by the names of its columns.
pub type Row = BTreeMap<&'static str, &'static str>;

/// The rows of a table with a header line; lines that begin with `#` are comments.
pub fn rows(text: &'static str) -> Vec<Row> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines.map(|line| header.iter().copied().zip(line.split('\t')).collect()).collect()
}

/// Octets from hexadecimal digits, where `{ab*9}` stands for the octets `ab` repeated 9 times.
///
/// # Panics
/// If the text is anything else.
pub fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, times, after) = match rest.strip_prefix('{') {
            Some(inner) => {
                let (inside, after) = inner.split_once('}').expect("a closing brace");
                let (piece, times) = inside.split_once('*').expect("a star");
                (piece, times.parse().expect("a number"), after)
            }
            None => {
                rest.split_at_checked(2).map(|(piece, after)| (piece, 1, after)).expect("pairs of digits")
            }
        };
        let unit: Vec<u8> = (0..piece.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&piece[at..at + 2], 16).expect("a hexadecimal digit"))
            .collect();
        octets.extend(unit.repeat(times));
        rest = after;
    }
    octets
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {
        $($(#[$doc])* pub fn $name() -> Vec<Row> {
            rows(include_str!(concat!("../data/", $path)))
        })*
    };
}

tables! {
    /// States of Annex A.
    states = "x225/states.tsv";
    /// Incoming and outgoing events.
    events = "x225/events.tsv";
    /// Predicates.
    predicates = "x225/predicates.tsv";
    /// Specific actions.
    actions = "x225/actions.tsv";
    /// Notes under the tables.
    notes = "x225/notes.tsv";
    /// The state tables, a row for each action list.
    transitions = "x225/transitions.tsv";
    /// Cells that are marked as impossible.
    impossible = "x225/impossible.tsv";
    /// SPDUs.
    spdus = "x225/spdus.tsv";
    /// Parameters of SPDUs.
    parameters = "x225/parameters.tsv";
    /// Bits and values.
    values = "x225/values.tsv";
    /// Valid concatenations.
    concatenation = "x225/concatenation.tsv";
    /// TSDUs, valid and malformed.
    vectors = "x225/vectors.tsv";
    /// Service primitives and their parameters.
    service_primitives = "x225/service-primitives.tsv";
    /// TPKT and COTP octets, valid and malformed.
    transport_vectors = "transport/vectors.tsv";
    /// Sessions with ISODE, as they were recorded.
    isode_exchange = "isode-exchange.tsv";
}
