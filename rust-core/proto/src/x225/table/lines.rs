//! The notation of the tables: a block for an event, a line for an action list of one or more states.
//!
//! ```text
//! both SRELreq {
//!     STA713 [p63 & p64] { FN_r [7] } STA03;
//! //  states  condition    steps       resultant state, or `same`; then [6]: actions after it; fix D19: see ERRATA.md
//! }
//! #impossible both { STA01 STA01B } { AC CN }
//! ```
//!
//! `both` means both sets of tables, `N` and `S` one of them. `(PR_RS n5)` is an outgoing event under note n5, `!` negates,
//! `[-]` is "always".
use super::{Row, Step};
use crate::x225::names::{Incoming, State};

/// The sets a block belongs to.
#[derive(Clone, Copy)]
pub(super) enum Sets {
    /// Both, where their cells are equal.
    Both,
    /// Tables A.8 to A.16.
    N,
    /// Tables A.17 to A.25.
    S,
}

/// A line: an action list, and the states whose cells have it. `next` of the row counts only if `same` is false.
pub(super) struct Line {
    pub(super) states: &'static [State],
    pub(super) condition: &'static [(crate::x225::names::Predicate, bool)],
    pub(super) steps: &'static [Step],
    pub(super) next: Option<State>,
    pub(super) post: &'static [crate::x225::names::Action],
    pub(super) fix: Option<&'static str>,
}

/// The cells of one event.
pub(super) struct Block {
    pub(super) sets: Sets,
    pub(super) event: Incoming,
    pub(super) lines: &'static [Line],
}

/// Cells that cannot be met.
pub(super) struct Impossible {
    pub(super) sets: Sets,
    pub(super) states: &'static [State],
    pub(super) events: &'static [Incoming],
}

/// A pair of tables.
pub(super) struct Table {
    /// Names of the tables of set N and of set S.
    pub(super) names: [&'static str; 2],
    /// What it is about.
    pub(super) title: &'static str,
    pub(super) blocks: &'static [Block],
    pub(super) impossible: &'static [Impossible],
}

impl Line {
    /// The row of this line in the cell of one state.
    pub(super) const fn row(&self, state: State, table: &'static str) -> Row {
        let next = match self.next {
            Some(next) => next,
            None => state,
        };
        Row { condition: self.condition, steps: self.steps, next, post: self.post, table, fix: self.fix }
    }
}

macro_rules! table {
    (
        $n:literal $s:literal $title:literal;
        $(
            $sets:ident $event:ident {
                $(
                    $($state:ident)+ [$($condition:tt)+] { $($step:tt)* } $next:ident
                    $(then $([$post:tt])+)? $(fix $fix:ident)?;
                )+
            }
        )+
        $(#impossible $isets:ident { $($istate:ident)+ } { $($ievent:ident)+ })*
    ) => {
        pub(super) const TABLE: $crate::x225::table::lines::Table = $crate::x225::table::lines::Table {
            names: [$n, $s],
            title: $title,
            blocks: &[$(
                $crate::x225::table::lines::Block {
                    sets: $crate::x225::table::lines::sets!($sets),
                    event: $crate::x225::names::Incoming::$event,
                    lines: &[$(
                        $crate::x225::table::lines::Line {
                            states: &[$($crate::x225::names::State::$state),+],
                            condition: $crate::x225::table::lines::condition!([] $($condition)+),
                            steps: &[$($crate::x225::table::lines::step!($step)),*],
                            next: $crate::x225::table::lines::next!($next),
                            post: &[$($($crate::x225::table::lines::action!($post)),+)?],
                            fix: $crate::x225::table::lines::fix!($($fix)?),
                        },
                    )+],
                },
            )+],
            impossible: &[$(
                $crate::x225::table::lines::Impossible {
                    sets: $crate::x225::table::lines::sets!($isets),
                    states: &[$($crate::x225::names::State::$istate),+],
                    events: &[$($crate::x225::names::Incoming::$ievent),+],
                },
            )*],
        };
    };
}

macro_rules! sets {
    (both) => {
        $crate::x225::table::lines::Sets::Both
    };
    ($set:ident) => {
        $crate::x225::table::lines::Sets::$set
    };
}

macro_rules! condition {
    ([] -) => { &[] };
    ([$($done:tt)*] ! $p:ident & $($rest:tt)+) => {
        $crate::x225::table::lines::condition!([$($done)* ($p, false),] $($rest)+)
    };
    ([$($done:tt)*] $p:ident & $($rest:tt)+) => {
        $crate::x225::table::lines::condition!([$($done)* ($p, true),] $($rest)+)
    };
    ([$($done:tt)*] ! $p:ident) => {
        $crate::x225::table::lines::condition!(@ $($done)* ($p, false),)
    };
    ([$($done:tt)*] $p:ident) => {
        $crate::x225::table::lines::condition!(@ $($done)* ($p, true),)
    };
    (@ $(($p:ident, $value:literal),)+) => { &[$(($crate::x225::names::Predicate::$p, $value)),+] };
}

macro_rules! step {
    ([$action:tt]) => {
        $crate::x225::table::Step::Do($crate::x225::table::lines::action!($action))
    };
    (($out:ident $note:ident)) => {
        $crate::x225::table::Step::Out(
            $crate::x225::names::Outgoing::$out,
            Some($crate::x225::names::Note::$note),
        )
    };
    ($out:ident) => {
        $crate::x225::table::Step::Out($crate::x225::names::Outgoing::$out, None)
    };
}

macro_rules! next {
    (same) => {
        None
    };
    ($state:ident) => {
        Some($crate::x225::names::State::$state)
    };
}

macro_rules! fix {
    () => {
        None
    };
    ($fix:ident) => {
        Some(stringify!($fix))
    };
}

macro_rules! actions {
    ($d:tt $($number:tt $action:ident,)+) => {
        macro_rules! action {
            $(($number) => { $crate::x225::names::Action::$action };)+
        }
    };
}
actions! { $
    1 a1, 2 a2, 3 a3, 4 a4, 5 a5, 6 a6, 7 a7, 8 a8, 9 a9, 10 a10, 11 a11, 12 a12, 13 a13, 14 a14, 15
    a15, 16 a16, 17 a17, 18 a18, 19 a19, 20 a20, 21 a21, 22 a22, 23 a23, 24 a24, 25 a25, 26 a26, 27 a27,
    28 a28, 29 a29, 30 a30, 31 a31, 32 a32, 41 a41, 42 a42, 43 a43, 44 a44, 45 a45, 50 a50, 51 a51, 62
    a62, 63 a63, 64 a64, 65 a65, 66 a66, 67 a67, 68 a68, 69 a69, 70 a70, 71 a71, 72 a72, 901 a901,
}

pub(super) use {action, condition, fix, next, sets, step, table};
