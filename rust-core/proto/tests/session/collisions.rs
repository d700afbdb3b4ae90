//! Services that cross: both users ask before either has heard of the other (X.225 7.6.3, 7.24.2.3, 7.24.3.3, A.5.4.6).
//!
//! Each test is a story: what is selected, who has the tokens, who asks for what, what each user is told in the end. Users
//! answer as soon as they are told. Every order of arrivals is tried, with and without the transport expedited flow where it
//! makes a difference, and all must end the same way.
use osisession_proto::Bytes;
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::{
    ExceptionReason, ResyncType, SerialNumber, TokenAssignment, TokenSide,
};
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::*;
use osisession_testkit::bench::{Pair, Side};
use std::collections::BTreeSet;

use FunctionalUnits as Fu;

const A: Side = Side::Initiator;
const B: Side = Side::Responder;

/// A session with these functional units, all tokens at the initiator or all at the responder.
fn session(units: Fu, tokens: Side, expedited: bool) -> Pair {
    let side = if tokens == A { TokenSide::Requestor } else { TokenSide::Acceptor };
    let request = ConnectRequest {
        functional_units: units,
        initial_serial_number: Some(10),
        second_initial_serial_number: units.contains(Fu::SYMMETRIC_SYNC).then_some(50),
        tokens: TokenAssignment::all(side),
        extended_control: expedited,
        ..ConnectRequest::default()
    };
    let response = ConnectResponse { functional_units: units, ..ConnectResponse::default() };
    Pair::connected(request, response, expedited, 1)
}

fn none() -> Bytes {
    Bytes::new()
}

fn resynchronize(kind: ResyncType, serial_number: Option<SerialNumber>) -> Request {
    let first = Some(Resync { kind, serial_number });
    Request::Resynchronize(Box::new(Resynchronize { first, ..Resynchronize::default() }))
}

fn both_flows(kind: ResyncType, serial_number: Option<SerialNumber>) -> Request {
    let resync = Some(Resync { kind, serial_number });
    Request::Resynchronize(Box::new(Resynchronize {
        first: resync,
        second: resync,
        ..Resynchronize::default()
    }))
}

/// What a user is told, in short.
fn in_short(event: &Event) -> String {
    let name = event.name().trim_start_matches("S-").to_lowercase();
    match event {
        Event::ResynchronizeIndication(resync) | Event::ResynchronizeConfirm(resync) => {
            let kind = resync.first.map(|first| format!(" {:?}", first.kind).to_lowercase());
            format!("{name}{}", kind.unwrap_or_default())
        }
        _ => name,
    }
}

/// A user who answers everything.
fn answer(event: &Event) -> Option<Request> {
    Some(match event {
        Event::ReleaseIndication(_) => Request::ReleaseResponse(none()),
        Event::SyncMajorIndication(..) => Request::SyncMajorResponse(none()),
        Event::ActivityEndIndication(..) => Request::ActivityEndResponse(none()),
        Event::ResynchronizeIndication(_) => Request::ResynchronizeResponse(Box::default()),
        Event::ActivityInterruptIndication(..) => Request::ActivityInterruptResponse(none()),
        Event::ActivityDiscardIndication(..) => Request::ActivityDiscardResponse(none()),
        Event::CapabilityDataIndication(_) => Request::CapabilityDataResponse(none()),
        _ => return None,
    })
}

/// How a story ended: what each user was told, and where the machines stand.
type Ending = [(String, State); 2];

#[derive(Clone)]
struct Told {
    pair: Pair,
    told: [Vec<String>; 2],
}

/// Everything that can come of it.
fn every_order(mut now: Told, endings: &mut BTreeSet<String>, found: &mut Vec<Ending>) {
    for (at, side) in [A, B].into_iter().enumerate() {
        let mut open: std::collections::VecDeque<_> = now.pair.events(side).into();
        while let Some(event) = open.pop_front() {
            now.told[at].push(in_short(&event));
            if let Some(answer) = answer(&event) {
                // After a collision of releases the initiator answers first (p69, p75): the other side is asked again below.
                let _ = now.pair.request(side, answer);
                open.extend(now.pair.events(side));
            }
        }
    }
    // Whoever could not answer a release at once does so when the answer of the other side has come.
    for side in [A, B] {
        if now.pair.machine(side).state() == State::STA09 {
            let _ = now.pair.request(side, Request::ReleaseResponse(none()));
        }
    }
    let arrivals = now.pair.arrivals();
    if arrivals.is_empty() {
        let ending = [A, B].map(|side| {
            let at = usize::from(side == B);
            (now.told[at].join(", "), now.pair.machine(side).state())
        });
        if endings.insert(format!("{ending:?}")) {
            found.push(ending);
        }
        return;
    }
    for arrival in arrivals {
        let mut next = now.clone();
        next.pair.arrive(arrival);
        every_order(next, endings, found);
    }
}

/// Both ask at once; the one ending that there may be.
fn cross(mut pair: Pair, of_a: Request, of_b: Request) -> Ending {
    for (side, request) in [(A, of_a), (B, of_b)] {
        let name = request.name();
        pair.request(side, request).unwrap_or_else(|error| panic!("{side:?}: {name}: {error}"));
    }
    let mut found = Vec::new();
    every_order(Told { pair, told: Default::default() }, &mut BTreeSet::new(), &mut found);
    assert_eq!(found.len(), 1, "it depends on the order of arrivals: {found:#?}");
    found.remove(0)
}

/// The same with and without the transport expedited flow: what A and B are told, and where both stand.
fn always(
    units: Fu,
    tokens: Side,
    prepare: impl Fn(&mut Pair),
    of_a: Request,
    of_b: Request,
    ends: [&str; 2],
    state: State,
) {
    for expedited in [false, true] {
        let mut pair = session(units, tokens, expedited);
        prepare(&mut pair);
        pair.settle();
        for side in [A, B] {
            pair.events(side);
        }
        let ending = cross(pair, of_a.clone(), of_b.clone());
        let told = ending.clone().map(|(told, _)| told);
        assert_eq!(told, ends.map(str::to_owned), "told, expedited flow {expedited}");
        assert_eq!(ending.map(|(_, state)| state), [state; 2], "expedited flow {expedited}");
    }
}

fn nothing(_: &mut Pair) {}

fn in_activity(pair: &mut Pair) {
    let owner = if pair.machine(A).properties().owned_tokens.is_empty() { B } else { A };
    pair.request(owner, Request::ActivityStart(Bytes::from_static(b"work"), none()))
        .expect("S-ACTIVITY-START");
}

/// Points, and going back to them.
const SYNC: Fu = Fu::MINOR_SYNC.union(Fu::RESYNCHRONIZE);

fn exception() -> Request {
    Request::UExceptionReport(ExceptionReason::NonSpecific, none())
}

/// Points 10 to 12 were set by the initiator; none is confirmed.
fn three_points(pair: &mut Pair) {
    for _ in 0..3 {
        let point = Request::SyncMinor { explicit: true, data_separation: false, user_data: none() };
        pair.request(A, point).expect("S-SYNC-MINOR");
    }
}

/// Without tokens both may release. Each answers the other; the initiator's DISCONNECT goes first (X.225 7.6.3, 7.7.2).
#[test]
fn two_releases_cross_and_both_are_confirmed() {
    always(
        Fu::DUPLEX,
        A,
        nothing,
        Request::Release(none()),
        Request::Release(none()),
        [
            "release indication, release confirm (affirmative)",
            "release indication, release confirm (affirmative)",
        ],
        State::STA01,
    );
}

/// Who owns all tokens releases; the other goes back to a point first, and the dialogue goes on.
#[test]
fn a_resynchronization_overrides_a_release() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        nothing,
        Request::Release(none()),
        resynchronize(ResyncType::Restart, Some(10)),
        ["resynchronize indication restart", "resynchronize confirm restart"],
        State::STA713,
    );
}

#[test]
fn an_abort_overrides_a_release() {
    always(
        Fu::DUPLEX,
        A,
        nothing,
        Request::Release(none()),
        Request::UAbort(none()),
        ["u-abort indication", ""],
        State::STA01,
    );
}

#[test]
fn a_release_crosses_the_wish_for_its_token() {
    always(
        Fu::DUPLEX | Fu::NEGOTIATED_RELEASE,
        A,
        nothing,
        Request::Release(none()),
        Request::TokenPlease(Tokens::RELEASE, none()),
        ["token-please indication, release confirm (affirmative)", "release indication"],
        State::STA01,
    );
}

#[test]
fn two_aborts_cross_and_nobody_is_told_twice() {
    always(Fu::DUPLEX, A, nothing, Request::UAbort(none()), Request::UAbort(none()), ["", ""], State::STA01);
}

#[test]
fn of_two_restarts_the_one_that_goes_back_further_wins() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        three_points,
        resynchronize(ResyncType::Restart, Some(11)),
        resynchronize(ResyncType::Restart, Some(10)),
        ["resynchronize indication restart", "resynchronize confirm restart"],
        State::STA713,
    );
}

#[test]
fn of_two_restarts_at_the_same_point_the_initiator_wins() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        three_points,
        resynchronize(ResyncType::Restart, Some(10)),
        resynchronize(ResyncType::Restart, Some(10)),
        ["resynchronize confirm restart", "resynchronize indication restart"],
        State::STA713,
    );
}

#[test]
fn set_wins_against_restart() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        three_points,
        resynchronize(ResyncType::Restart, Some(10)),
        resynchronize(ResyncType::Set, Some(5)),
        ["resynchronize indication set", "resynchronize confirm set"],
        State::STA713,
    );
}

#[test]
fn abandon_wins_against_restart() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        three_points,
        resynchronize(ResyncType::Restart, Some(10)),
        resynchronize(ResyncType::Abandon, None),
        ["resynchronize indication abandon", "resynchronize confirm abandon"],
        State::STA713,
    );
}

#[test]
fn abandon_wins_against_set() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        three_points,
        resynchronize(ResyncType::Set, Some(5)),
        resynchronize(ResyncType::Abandon, None),
        ["resynchronize indication abandon", "resynchronize confirm abandon"],
        State::STA713,
    );
}

/// Whatever the numbers are.
#[test]
fn of_two_sets_the_initiator_wins() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        three_points,
        resynchronize(ResyncType::Set, Some(7)),
        resynchronize(ResyncType::Set, Some(5)),
        ["resynchronize confirm set", "resynchronize indication set"],
        State::STA713,
    );
}

#[test]
fn of_two_abandons_the_initiator_wins() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        three_points,
        resynchronize(ResyncType::Abandon, None),
        resynchronize(ResyncType::Abandon, None),
        ["resynchronize confirm abandon", "resynchronize indication abandon"],
        State::STA713,
    );
}

/// Even against abandon.
#[test]
fn an_interruption_wins_against_a_resynchronization() {
    always(
        Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT | SYNC,
        A,
        in_activity,
        Request::ActivityInterrupt(None, none()),
        resynchronize(ResyncType::Abandon, None),
        ["activity-interrupt confirm", "activity-interrupt indication"],
        State::STA713,
    );
}

#[test]
fn an_interruption_of_the_responder_wins_too() {
    always(
        Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT | SYNC,
        B,
        in_activity,
        resynchronize(ResyncType::Abandon, None),
        Request::ActivityInterrupt(None, none()),
        ["activity-interrupt indication", "activity-interrupt confirm"],
        State::STA713,
    );
}

#[test]
fn a_discarded_activity_wins_against_a_resynchronization() {
    always(
        Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT | SYNC,
        A,
        in_activity,
        Request::ActivityDiscard(None, none()),
        resynchronize(ResyncType::Abandon, None),
        ["activity-discard confirm", "activity-discard indication"],
        State::STA713,
    );
}

/// The point is not confirmed, whether its indication was given or not.
#[test]
fn a_resynchronization_overrides_a_major_point() {
    always(
        Fu::DUPLEX | SYNC | Fu::MAJOR_SYNC,
        A,
        nothing,
        Request::SyncMajor(none()),
        resynchronize(ResyncType::Restart, Some(10)),
        ["resynchronize indication restart", "resynchronize confirm restart"],
        State::STA713,
    );
}

#[test]
fn a_resynchronization_overrides_the_end_of_an_activity() {
    always(
        Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT | SYNC,
        A,
        in_activity,
        Request::ActivityEnd(none()),
        resynchronize(ResyncType::Restart, Some(1)),
        ["resynchronize indication restart", "resynchronize confirm restart"],
        State::STA713,
    );
}

#[test]
fn an_abort_overrides_a_major_point() {
    always(
        Fu::DUPLEX | Fu::MAJOR_SYNC,
        A,
        nothing,
        Request::SyncMajor(none()),
        Request::UAbort(none()),
        ["u-abort indication", ""],
        State::STA01,
    );
}

#[test]
fn an_abort_overrides_a_resynchronization() {
    always(
        Fu::DUPLEX | SYNC,
        A,
        nothing,
        resynchronize(ResyncType::Restart, Some(10)),
        Request::UAbort(none()),
        ["u-abort indication", ""],
        State::STA01,
    );
}

#[test]
fn an_abort_overrides_an_interruption() {
    always(
        Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT,
        A,
        in_activity,
        Request::ActivityInterrupt(None, none()),
        Request::UAbort(none()),
        ["u-abort indication", ""],
        State::STA01,
    );
}

#[test]
fn an_abort_overrides_a_discard() {
    always(
        Fu::DUPLEX | Fu::ACTIVITY_MANAGEMENT,
        A,
        in_activity,
        Request::ActivityDiscard(None, none()),
        Request::UAbort(none()),
        ["u-abort indication", ""],
        State::STA01,
    );
}

/// The responder owns the data token.
#[test]
fn an_abort_overrides_an_exception() {
    always(
        Fu::HALF_DUPLEX | Fu::EXCEPTIONS,
        B,
        nothing,
        exception(),
        Request::UAbort(none()),
        ["u-abort indication", ""],
        State::STA01,
    );
}

/// The exception is dropped by the side that is already resynchronizing.
#[test]
fn a_resynchronization_ends_an_exception_that_crosses_it() {
    always(
        Fu::HALF_DUPLEX | Fu::EXCEPTIONS | SYNC,
        A,
        nothing,
        resynchronize(ResyncType::Restart, Some(10)),
        exception(),
        ["resynchronize confirm restart", "resynchronize indication restart"],
        State::STA713,
    );
}

#[test]
fn an_interruption_ends_an_exception_that_crosses_it() {
    always(
        Fu::HALF_DUPLEX | Fu::EXCEPTIONS | Fu::ACTIVITY_MANAGEMENT,
        A,
        in_activity,
        Request::ActivityInterrupt(None, none()),
        exception(),
        ["activity-interrupt confirm", "activity-interrupt indication"],
        State::STA713,
    );
}

#[test]
fn a_discard_ends_an_exception_that_crosses_it() {
    always(
        Fu::HALF_DUPLEX | Fu::EXCEPTIONS | Fu::ACTIVITY_MANAGEMENT,
        A,
        in_activity,
        Request::ActivityDiscard(None, none()),
        exception(),
        ["activity-discard confirm", "activity-discard indication"],
        State::STA713,
    );
}

/// Symmetric synchronize.
#[test]
fn of_two_abandons_of_both_flows_the_initiator_wins() {
    always(
        Fu::DUPLEX | Fu::SYMMETRIC_SYNC | Fu::RESYNCHRONIZE,
        A,
        nothing,
        both_flows(ResyncType::Abandon, None),
        both_flows(ResyncType::Abandon, None),
        ["resynchronize confirm abandon", "resynchronize indication abandon"],
        State::STA713,
    );
}

/// Symmetric synchronize.
#[test]
fn abandon_of_both_flows_wins_against_set() {
    always(
        Fu::DUPLEX | Fu::SYMMETRIC_SYNC | Fu::RESYNCHRONIZE,
        A,
        nothing,
        both_flows(ResyncType::Set, Some(3)),
        both_flows(ResyncType::Abandon, None),
        ["resynchronize indication abandon", "resynchronize confirm abandon"],
        State::STA713,
    );
}

/// An exception that the data token's owner hears of while a release, a major point or the end of an activity of its own is
/// open: it must recover, and the other side waits for that (STA19, STA20). Only then may the dialogue go on.
#[test]
fn an_exception_stops_what_the_owner_of_the_data_token_asked_for() {
    let units = Fu::HALF_DUPLEX | Fu::EXCEPTIONS | Fu::RESYNCHRONIZE;
    let in_nothing: fn(&mut Pair) = nothing;
    for (more, prepare, request) in [
        (Fu::empty(), in_nothing, Request::Release(none())),
        (Fu::MAJOR_SYNC, in_nothing, Request::SyncMajor(none())),
        (Fu::ACTIVITY_MANAGEMENT, in_activity, Request::ActivityEnd(none())),
    ] {
        for expedited in [false, true] {
            let mut pair = session(units | more, A, expedited);
            prepare(&mut pair);
            pair.settle();
            pair.events(B);
            let [(a, at_a), (b, at_b)] = cross(pair, request.clone(), exception());
            assert_eq!((a.as_str(), b.as_str()), ("u-exception-report indication", ""), "{}", request.name());
            assert_eq!((at_a, at_b), (State::STA20, State::STA19), "{}", request.name());
        }
    }
}
