//! Rows of Annex A that a machine cannot take on one side or on both, each with the reason. The test of the rows holds every
//! other row to be taken, and none of these.
use crate::explore::{Role, RowId};
use osisession_proto::x225::names::{Incoming, Predicate, Set, State};
use osisession_proto::x225::table::{Row, cell};

use Predicate::*;

/// Why this row cannot be taken on this side; `None` if it can.
pub fn why_not(id: RowId, role: Role) -> Option<&'static str> {
    let row = &cell(id.set, id.state, id.event)[usize::from(id.list) - 1];
    REASONS.iter().find(|reason| (reason.applies)(id, row, role)).map(|reason| reason.text)
}

struct Reason {
    text: &'static str,
    applies: fn(RowId, &Row, Role) -> bool,
}

fn asks(row: &Row, any_of: &[Predicate]) -> bool {
    any_of.iter().any(|predicate| row.condition.contains(&(*predicate, true)))
}

fn asks_not(row: &Row, any_of: &[Predicate]) -> bool {
    any_of.iter().any(|predicate| row.condition.contains(&(*predicate, false)))
}

/// SPDUs of the transport expedited flow.
fn is_expedited(event: Incoming) -> bool {
    event == Incoming::EX || event.name().starts_with("PR-")
}

const REASONS: &[Reason] = &[
    Reason {
        text: "set S, and the condition is false with symmetric synchronize: p178 holds, p19, p20, p21, p43 and p49 are of the \
               other set, and p14 and p15 want the synchronize-minor token, which does not exist",
        applies: |id, row, _| {
            id.set == Set::S && (asks_not(row, &[p178]) || asks(row, &[p14, p15, p19, p20, p21, p43, p49]))
        },
    },
    Reason {
        text: "an event of the other side: T-CONNECT indication goes to the acceptor of the transport connection, S-CONNECT \
               request to its initiator; so do p01 and p64 (X.225 A.5.4.7)",
        applies: |id, row, role| match role {
            Role::Initiator => id.event == Incoming::TCONind || asks_not(row, &[p01]),
            Role::Acceptor => id.event == Incoming::SCONreq || asks(row, &[p01, p64]),
        },
    },
    Reason {
        text: "a state of the other side: the initiator calls (STA01B, 02A, 02B), the acceptor is called (STA01D, 08)",
        applies: |id, _, role| match role {
            Role::Initiator => matches!(id.state, State::STA01D | State::STA08),
            Role::Acceptor => matches!(id.state, State::STA01B | State::STA02A | State::STA02B),
        },
    },
    Reason {
        text: "a transport connection is kept only without its expedited flow (p02, p64): in STA01A, and in STA01C of the \
               initiator, nothing comes on that flow, and p02 holds",
        applies: |id, row, role| {
            id.state == State::STA01A && is_expedited(id.event)
                || id.state == State::STA01C
                    && role == Role::Initiator
                    && (is_expedited(id.event) || asks_not(row, &[p02]))
        },
    },
    Reason {
        text: "Vtrr is set by the FINISH with which the initiator asks to keep the transport connection (p64)",
        applies: |id, row, role| {
            asks(row, &[p66])
                && match role {
                    Role::Initiator => id.event == Incoming::SRELrsp_pos,
                    Role::Acceptor => id.event == Incoming::DN,
                }
        },
    },
    Reason {
        text: "against an abandon only the initiator wins (X.225 A.5.4.6.1)",
        applies: |id, row, role| {
            id.event == Incoming::RS_a && asks_not(row, &[p24]) && role == Role::Acceptor
        },
    },
    Reason {
        text: "the data token is here in STA20 (p51, p52) and does not move: what wants it on the other side, or any \
               token given with it, is impossible",
        applies: |id, row, _| id.state == State::STA20 && asks(row, &[p05, p12, p14, p61, p68, p72]),
    },
    Reason {
        text: "data separation and activity management exclude each other (X.215), and the state belongs to an activity",
        applies: |id, row, _| {
            let activity = matches!(id.state, State::STA04B | State::STA05B | State::STA05C | State::STA10B);
            activity && asks(row, &[p82])
        },
    },
    Reason {
        text: "an activity is in progress in STA15B where activities are used: PREPARE is held back before one (p26)",
        applies: |id, row, _| id.state == State::STA15B && asks(row, &[p44]),
    },
    Reason {
        text: "STA15C is entered by a PREPARE, that is with the expedited flow, and p16 is false",
        applies: |id, row, _| id.state == State::STA15C && asks(row, &[p16]),
    },
];
