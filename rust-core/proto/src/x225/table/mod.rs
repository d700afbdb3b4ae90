//! The state tables of X.225 Annex A, in the standard's own words.
//!
//! | file | X.225 | what |
//! |---|---|---|
//! | `connect.rs` | Tables A.8, A.17 | connection establishment |
//! | `data.rs` | Tables A.9, A.18 | data transfer |
//! | `sync.rs` | Tables A.10, A.19 | synchronization points |
//! | `resync.rs` | Tables A.11, A.20 | resynchronization |
//! | `activity.rs` | Tables A.12, A.21 | activity interrupt and discard |
//! | `activity_start.rs` | Tables A.13, A.22 | activity start and resume, capability data |
//! | `token.rs` | Tables A.14, A.23 | tokens and exceptions |
//! | `release.rs` | Tables A.15, A.24 | release |
//! | `abort.rs` | Tables A.16, A.25 | abort |
//!
//! The notation is explained in `lines.rs`; `grid.rs` makes the lookup. Where a line departs from the published table it says
//! `fix` and the entry of ERRATA.md. Machines run what stands here and nothing else; tests compare every cell, blank ones
//! too, with an independent transcription.
mod abort;
mod activity;
mod activity_start;
mod connect;
mod data;
mod grid;
mod lines;
pub mod print;
mod release;
mod resync;
mod sync;
mod token;

pub use grid::{cell, is_impossible};

use super::names::{Action, Note, Outgoing, Predicate, State};

/// Every pair of tables, in the order of the standard.
const TABLES: &[&lines::Table] = &[
    &connect::TABLE,
    &data::TABLE,
    &sync::TABLE,
    &resync::TABLE,
    &activity::TABLE,
    &activity_start::TABLE,
    &token::TABLE,
    &release::TABLE,
    &abort::TABLE,
];

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
