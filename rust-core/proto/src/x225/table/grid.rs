//! The grid: from a cell to its action lists, filled when the library is built.
use super::lines::{Sets, Table};
use super::{Row, TABLES};
use crate::x225::names::{Incoming, Predicate, Set, State};

const STATES: usize = State::COUNT;
const EVENTS: usize = Incoming::COUNT;
const CELLS: usize = 2 * STATES * EVENTS;

/// The action lists of all cells, cell after cell.
struct Grid {
    rows: [Row; ROWS],
    /// Where the lists of a cell begin; they end where those of the next cell begin.
    starts: [u16; CELLS + 1],
    impossible: [bool; CELLS],
}

const fn index(set: usize, state: State, event: Incoming) -> usize {
    (set * STATES + state as usize) * EVENTS + event as usize
}

const fn in_set(sets: Sets, set: usize) -> bool {
    match sets {
        Sets::Both => true,
        Sets::N => set == 0,
        Sets::S => set == 1,
    }
}

/// How many action lists all cells have together.
const ROWS: usize = {
    let mut rows = 0;
    let mut t = 0;
    while t < TABLES.len() {
        let mut b = 0;
        while b < TABLES[t].blocks.len() {
            let block = &TABLES[t].blocks[b];
            let sets = if let Sets::Both = block.sets { 2 } else { 1 };
            let mut l = 0;
            while l < block.lines.len() {
                rows += sets * block.lines[l].states.len();
                l += 1;
            }
            b += 1;
        }
        t += 1;
    }
    rows
};

/// Counts the lists of every cell. The build stops if two blocks write the same cell.
const fn count(tables: &[&Table]) -> [u16; CELLS + 1] {
    let mut counts = [0u16; CELLS + 1];
    let mut owner = [0u16; CELLS];
    let mut block_number = 0u16;
    let mut t = 0;
    while t < tables.len() {
        let mut b = 0;
        while b < tables[t].blocks.len() {
            let block = &tables[t].blocks[b];
            block_number += 1;
            let mut l = 0;
            while l < block.lines.len() {
                let mut s = 0;
                while s < block.lines[l].states.len() {
                    let mut set = 0;
                    while set < 2 {
                        if in_set(block.sets, set) {
                            let cell = index(set, block.lines[l].states[s], block.event);
                            assert!(
                                owner[cell] == 0 || owner[cell] == block_number,
                                "a cell of the state tables is written twice"
                            );
                            owner[cell] = block_number;
                            counts[cell + 1] += 1;
                        }
                        set += 1;
                    }
                    s += 1;
                }
                l += 1;
            }
            b += 1;
        }
        t += 1;
    }
    counts
}

const fn fill(tables: &[&Table]) -> Grid {
    let mut starts = count(tables);
    let mut cell = 0;
    while cell < CELLS {
        starts[cell + 1] += starts[cell];
        cell += 1;
    }
    let mut next = starts;
    let mut rows = [TABLES[0].blocks[0].lines[0].row(State::STA01, ""); ROWS];
    let mut impossible = [false; CELLS];
    let mut t = 0;
    while t < tables.len() {
        let table = tables[t];
        let mut set = 0;
        while set < 2 {
            let mut b = 0;
            while b < table.blocks.len() {
                let block = &table.blocks[b];
                let mut l = 0;
                while in_set(block.sets, set) && l < block.lines.len() {
                    let line = &block.lines[l];
                    let mut s = 0;
                    while s < line.states.len() {
                        let cell = index(set, line.states[s], block.event);
                        rows[next[cell] as usize] = line.row(line.states[s], table.names[set]);
                        next[cell] += 1;
                        s += 1;
                    }
                    l += 1;
                }
                b += 1;
            }
            let mut i = 0;
            while i < table.impossible.len() {
                let list = &table.impossible[i];
                let mut s = 0;
                while in_set(list.sets, set) && s < list.states.len() {
                    let mut e = 0;
                    while e < list.events.len() {
                        let cell = index(set, list.states[s], list.events[e]);
                        impossible[cell] = true;
                        e += 1;
                    }
                    s += 1;
                }
                i += 1;
            }
            set += 1;
        }
        t += 1;
    }
    let mut cell = 0;
    while cell < CELLS {
        check_cell(&rows, starts[cell] as usize, starts[cell + 1] as usize, impossible[cell]);
        cell += 1;
    }
    Grid { rows, starts, impossible }
}

/// Stops the build on a cell that contradicts itself. Within a block one cell may take several lines, so a list that was
/// written twice there, or beside one that always holds, shows only here.
const fn check_cell(rows: &[Row], start: usize, end: usize, impossible: bool) {
    let mut a = start;
    while a < end {
        assert!(!impossible || rows[a].fix.is_some(), "a cell that is marked // has a published list");
        let mut b = a + 1;
        while b < end {
            assert!(
                !rows[a].condition.is_empty() && !rows[b].condition.is_empty(),
                "a list of the state tables always holds and has another beside it"
            );
            assert!(
                !same_condition(rows[a].condition, rows[b].condition),
                "two lists of a cell of the state tables have the same condition"
            );
            b += 1;
        }
        a += 1;
    }
}

const fn same_condition(a: &[(Predicate, bool)], b: &[(Predicate, bool)]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at].0 as u8 != b[at].0 as u8 || a[at].1 != b[at].1 {
            return false;
        }
        at += 1;
    }
    true
}

static GRID: Grid = fill(TABLES);

/// The action lists of a cell; empty for a blank or impossible cell (X.225 A.4).
pub fn cell(set: Set, state: State, event: Incoming) -> &'static [Row] {
    let cell = index(set as usize, state, event);
    &GRID.rows[usize::from(GRID.starts[cell])..usize::from(GRID.starts[cell + 1])]
}

/// True for a cell that the standard marks as impossible. (D15: two of them can be met all the same, and have a list.)
pub fn is_impossible(set: Set, state: State, event: Incoming) -> bool {
    GRID.impossible[index(set as usize, state, event)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const P01: &[(Predicate, bool)] = &[(Predicate::p01, true)];
    const NOT_P01: &[(Predicate, bool)] = &[(Predicate::p01, false)];

    fn row(condition: &'static [(Predicate, bool)], fix: Option<&'static str>) -> Row {
        Row { condition, steps: &[], next: State::STA01, post: &[], table: "A.8", fix }
    }

    #[test]
    fn lists_that_leave_room_for_each_other_stand() {
        check_cell(&[row(P01, None), row(NOT_P01, None)], 0, 2, false);
        check_cell(&[row(&[], None)], 0, 1, false);
        check_cell(&[row(&[], Some("D15"))], 0, 1, true);
        // Only the lists of the cell itself are looked at.
        check_cell(&[row(P01, None), row(P01, None)], 0, 1, false);
    }

    #[test]
    #[should_panic(expected = "the same condition")]
    fn a_list_written_twice_is_refused() {
        check_cell(&[row(P01, None), row(NOT_P01, None), row(P01, None)], 0, 3, false);
    }

    #[test]
    #[should_panic(expected = "always holds")]
    fn a_list_beside_one_that_always_holds_is_refused() {
        check_cell(&[row(P01, None), row(&[], None)], 0, 2, false);
    }

    #[test]
    #[should_panic(expected = "marked //")]
    fn a_published_list_in_an_impossible_cell_is_refused() {
        check_cell(&[row(P01, None)], 0, 1, true);
    }
}
