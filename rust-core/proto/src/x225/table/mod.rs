//! The state tables of X.225 Annex A.
use super::names::{Action, Incoming, Note, Outgoing, Predicate, Set, State};

/// One step of a cell, in the order of the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An outgoing event, with the note that restricts it.
    Out(Outgoing, Option<Note>),
    /// A specific action.
    Do(Action),
}

/// One action list of a cell: if the condition holds, run the steps, enter the next state, run `post`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Conjunction of predicates; `false` negates. Empty: always.
    pub condition: &'static [(Predicate, bool)],
    /// Outgoing events and specific actions in the order of the cell.
    pub steps: &'static [Step],
    /// The resultant state.
    pub next: State,
    /// Actions taken after the state was entered.
    pub post: &'static [Action],
    /// The published table: "A.8".
    pub table: &'static str,
    /// The entry of ERRATA.md, if this row corrects or adds to the published table.
    pub fix: Option<&'static str>,
}

/// The action lists of a cell; empty for a blank or impossible cell (X.225 A.4).
pub fn cell(_set: Set, _state: State, _event: Incoming) -> &'static [Row] {
    &[]
}

/// True for a cell that the standard marks as impossible.
pub fn is_impossible(_set: Set, _state: State, _event: Incoming) -> bool {
    false
}
