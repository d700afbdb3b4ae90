//! The state tables of a node: how it learns its network and its zone, on an extended network and on a nonextended one
//! (Inside AppleTalk ch. 4, 5 and 8; Phase 2 specification).
//!
//! States and events are those of an extended network. A nonextended one needs fewer: its cells for the others are blank.

pub use super::nonextended::nonextended;

/// State of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Not started.
    Off,
    /// Wants an address, provisional on an extended network.
    Probe1,
    /// Asks who is a router and which network this is.
    Ask,
    /// Wants an address in the range of its network.
    Probe2,
    /// Knows its network and a router.
    Up,
    /// Knows no router.
    Alone,
    /// A router has come back, or has come late: asks it for the zone.
    AskZone,
    /// A router has come that does not route for this node's address: local until it is started again.
    Stranded,
    /// There is no address to be had.
    Failed,
}

/// What happens to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The user starts it, or starts it again.
    Start,
    /// The user stops it.
    Stop,
    /// An address is its own.
    Claimed,
    /// Every address that was tried is taken; there are other networks to try.
    Exhausted,
    /// Every address that was tried is taken, and there is nothing else to try.
    ExhaustedLast,
    /// No answer, and there are tries left.
    AskTimer,
    /// No answer to any try.
    AskTimerLast,
    /// A router says which network this is; the node's address is in its range.
    ReplyInside,
    /// A router says which network this is; the node's address is not in its range.
    ReplyOutside,
    /// Routing data about the network as it is known.
    RtmpSame,
    /// Routing data about another network, one that the node's address is in.
    RtmpInside,
    /// Routing data about a network that the node's address is not in.
    RtmpOutside,
    /// The router was not heard for too long.
    RouterTimer,
    /// The user picks a zone.
    Pick,
    /// The picked zone is one of the network.
    PickValid,
    /// The picked zone is none of the network.
    PickInvalid,
    /// No answer about the picked zone, and there are tries left.
    PickTimer,
    /// No answer about the picked zone at all.
    PickTimerLast,
    /// The node's zone has another name.
    Renamed,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Want the address of the last run, or else a provisional one.
    ClaimFirst,
    /// Want a provisional address, in the startup range.
    ClaimStartup,
    /// Want an address in the range that the reply gave.
    ClaimInRange,
    /// Give the address back.
    Release,
    /// The address is one's own.
    TakeAddress,
    /// Begin to count tries.
    ResetTries,
    /// Ask everybody for the network and the zone (GetNetInfo, RTMP on a nonextended network), and start the timer.
    AskEveryone,
    /// Ask the router for the zone (GetNetInfo), and start the timer.
    AskRouter,
    /// Stop the timer of that.
    StopAsking,
    /// Learn router and range from the reply.
    LearnReply,
    /// Learn router and range from the routing data.
    LearnRtmp,
    /// Start the timer of the router.
    HearRouter,
    /// There is no router, no range and no zone.
    ForgetRouter,
    /// There is no router; the network keeps its number.
    LoseRouter,
    /// Take the zone of the reply, or the default zone.
    DecideZone,
    /// On a nonextended network: ask for its zone (GetMyZone).
    AskMyZone,
    /// Ask about the picked zone, and start the timer.
    AskPick,
    /// Ask again.
    RepeatPick,
    /// Take the picked zone.
    TakePick,
    /// Take the new name of the zone.
    Rename,
    /// Forget everything that was learned.
    Forget,
    /// Tell the user that the node is up.
    TellUp,
    /// Tell the user that there is no router.
    TellAlone,
    /// Tell the user that the router is lost.
    TellLost,
    /// Tell the user that the node stays local.
    TellStranded,
    /// Tell the user that there is no address.
    TellFailed,
    /// Tell the user that the zone is the picked one.
    TellPicked,
    /// Tell the user that the zone is not the picked one.
    TellPickFailed,
    /// Tell the user that the zone has another name.
    TellRenamed,
}

/// A cell of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is done, in this order.
    pub actions: &'static [Action],
    /// The state after it.
    pub next: State,
}

impl State {
    /// Every state.
    pub const ALL: [State; 9] = [
        State::Off,
        State::Probe1,
        State::Ask,
        State::Probe2,
        State::Up,
        State::Alone,
        State::AskZone,
        State::Stranded,
        State::Failed,
    ];

    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            State::Off => "OFF",
            State::Probe1 => "PROBE1",
            State::Ask => "ASK",
            State::Probe2 => "PROBE2",
            State::Up => "UP",
            State::Alone => "ALONE",
            State::AskZone => "ASKZ",
            State::Stranded => "STRANDED",
            State::Failed => "FAILED",
        }
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 19] = [
        Event::Start,
        Event::Stop,
        Event::Claimed,
        Event::Exhausted,
        Event::ExhaustedLast,
        Event::AskTimer,
        Event::AskTimerLast,
        Event::ReplyInside,
        Event::ReplyOutside,
        Event::RtmpSame,
        Event::RtmpInside,
        Event::RtmpOutside,
        Event::RouterTimer,
        Event::Pick,
        Event::PickValid,
        Event::PickInvalid,
        Event::PickTimer,
        Event::PickTimerLast,
        Event::Renamed,
    ];
}

pub(super) const START: &[Action] = &[Action::Forget, Action::ClaimFirst];
pub(super) const STOP: &[Action] = &[Action::Forget, Action::Release];
const UP: &[Action] =
    &[Action::StopAsking, Action::LearnReply, Action::HearRouter, Action::DecideZone, Action::TellUp];
const NO_PICK: &[Action] = &[Action::TellPickFailed];

/// The cell of a state and an event on an extended network.
pub const fn extended(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    let (actions, next): (&'static [Action], State) = match state {
        S::Off => match event {
            E::Start => (START, S::Probe1),
            E::Stop
            | E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside
            | E::RtmpSame
            | E::RtmpInside
            | E::RtmpOutside
            | E::RouterTimer
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::Probe1 => match event {
            E::Start => (START, state),
            E::Stop => (STOP, S::Off),
            E::Claimed => (&[A::TakeAddress, A::ResetTries, A::AskEveryone], S::Ask),
            E::Exhausted => (&[A::ClaimStartup], state),
            E::ExhaustedLast => (&[A::TellFailed], S::Failed),
            E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside
            | E::RtmpSame
            | E::RtmpInside
            | E::RtmpOutside
            | E::RouterTimer
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::Ask => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::AskTimer => (&[A::AskEveryone], state),
            E::AskTimerLast => (&[A::StopAsking, A::TellAlone], S::Alone),
            E::ReplyInside => (UP, S::Up),
            E::ReplyOutside => (&[A::StopAsking, A::LearnReply, A::ClaimInRange], S::Probe2),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::RtmpSame
            | E::RtmpInside
            | E::RtmpOutside
            | E::RouterTimer
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::Probe2 => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::Claimed => (&[A::TakeAddress, A::HearRouter, A::DecideZone, A::TellUp], S::Up),
            E::Exhausted | E::ExhaustedLast => (&[A::TellFailed], S::Failed),
            E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside
            | E::RtmpSame
            | E::RtmpInside
            | E::RtmpOutside
            | E::RouterTimer
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::Up => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::RtmpSame => (&[A::LearnRtmp, A::HearRouter], state),
            // Another range is not believed while the known one is confirmed: it ages out, then the new one is learned.
            E::RtmpInside | E::RtmpOutside => (&[], state),
            E::RouterTimer => (&[A::TellPickFailed, A::ForgetRouter, A::TellLost], S::Alone),
            E::Pick => (&[A::AskPick], state),
            E::PickValid => (&[A::TakePick, A::TellPicked], state),
            E::PickInvalid | E::PickTimerLast => (NO_PICK, state),
            E::PickTimer => (&[A::RepeatPick], state),
            E::Renamed => (&[A::Rename, A::TellRenamed], state),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside => (&[], state),
        },
        S::Alone => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::RtmpSame | E::RtmpInside => {
                (&[A::LearnRtmp, A::HearRouter, A::ResetTries, A::AskRouter], S::AskZone)
            }
            E::RtmpOutside => (&[A::TellStranded], S::Stranded),
            // After a router that routes but does not answer about zones.
            E::RouterTimer => (&[A::ForgetRouter, A::TellLost], state),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::AskZone => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::AskTimer => (&[A::AskRouter], state),
            E::AskTimerLast => (&[A::StopAsking], S::Alone),
            E::ReplyInside => (UP, S::Up),
            // A range that is not the one just learned from the same network: not believed.
            E::ReplyOutside => (&[], state),
            E::RtmpSame => (&[A::LearnRtmp, A::HearRouter], state),
            E::RtmpInside | E::RtmpOutside => (&[], state),
            E::RouterTimer => (&[A::StopAsking, A::ForgetRouter, A::TellLost], S::Alone),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::Stranded | S::Failed => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside
            | E::RtmpSame
            | E::RtmpInside
            | E::RtmpOutside
            | E::RouterTimer
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
    };
    Cell { actions, next }
}
