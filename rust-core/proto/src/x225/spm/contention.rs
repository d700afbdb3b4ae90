//! Who wins when two requests to resynchronize, interrupt or discard meet (X.225 7.24.2.3, 7.24.3.3, A.5.4.6 SPMwinner).
use super::input::Input;
use super::variables::{Flow, Variables, Vrsp};
use crate::x225::names::Incoming;
use core::cmp::Ordering;

/// What the event would put into Vrsp and Vrspnb (set N), or Vrsps/Vrspr (set S): sending flow first.
pub(super) fn colliding(input: &Input) -> (Flow, Flow) {
    use Incoming::*;
    let whole = |kind| (Flow { kind, number: 0 }, Flow { kind, number: 0 });
    match input.event {
        AI | SACTIreq => whole(Vrsp::Interrupt),
        AD | SACTDreq => whole(Vrsp::Discard),
        _ => {
            let flow = |resync: Option<crate::x225::primitive::Resync>| {
                resync.map_or(Flow::default(), |r| Flow {
                    kind: r.kind.into(),
                    number: r.serial_number.unwrap_or_default(),
                })
            };
            (flow(input.snd), flow(input.rcv))
        }
    }
}

/// True if the event comes from the session initiator: our own request there, the peer's SPDU here.
fn from_initiator(v: &Variables, input: &Input) -> bool {
    let own_request = input.event.is_user_request();
    own_request != v.tca
}

/// Compares two resynchronizations of one flow; `Greater` if the current one prevails by itself.
fn compare(current: Flow, colliding: Flow) -> Ordering {
    current.kind.cmp(&colliding.kind).then_with(|| match current.kind {
        // Two restarts: the lower number prevails.
        Vrsp::Restart => colliding.number.cmp(&current.number),
        _ => Ordering::Equal,
    })
}

/// SPMwinner: the resynchronization in progress prevails over the colliding event.
pub(super) fn spm_winner(v: &Variables, input: &Input) -> bool {
    let (snd, rcv) = colliding(input);
    let sending = compare(v.rsp, snd);
    if !v.symmetric() {
        return match sending {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => !from_initiator(v, input),
        };
    }
    // Set S: a flow on which both are equal decides nothing.
    match (sending, compare(v.rspr, rcv)) {
        (Ordering::Greater, Ordering::Greater | Ordering::Equal) | (Ordering::Equal, Ordering::Greater) => {
            true
        }
        (Ordering::Less, Ordering::Less | Ordering::Equal) | (Ordering::Equal, Ordering::Less) => false,
        _ => !from_initiator(v, input),
    }
}

/// The prevailing type and number of one flow when two resynchronizations collide (X.225 7.24.2.3, 7.24.3.3; actions [16] and [72]).
pub(super) fn prevailing(v: &Variables, current: Flow, other: Flow, input: &Input) -> Flow {
    match current.kind.cmp(&other.kind) {
        Ordering::Greater => current,
        Ordering::Less => other,
        Ordering::Equal => match current.kind {
            Vrsp::Abandon if other.number > current.number => other,
            Vrsp::Restart if other.number < current.number => other,
            // Two sets: the calling side's number.
            Vrsp::Set if from_initiator(v, input) => other,
            _ => current,
        },
    }
}
