//! The state table of a node on a nonextended network (Inside AppleTalk ch. 5).
use super::table::{Action, Cell, Event, START, STOP, State};

/// The cell of a state and an event on a nonextended network. There the routing data and the responses of RTMP tell the network.
pub const fn nonextended(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    const LEARN: &[Action] = &[A::StopAsking, A::LearnRtmp, A::HearRouter, A::TellUp, A::AskMyZone];
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
        S::Ask => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::AskTimer => (&[A::AskEveryone], state),
            E::AskTimerLast => (&[A::StopAsking, A::TellAlone], S::Alone),
            // A node id says nothing of the network: every router is believed while there is none.
            E::RtmpSame | E::RtmpInside | E::RtmpOutside => (LEARN, S::Up),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::ReplyInside
            | E::ReplyOutside
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
            E::RouterTimer => (&[A::LoseRouter, A::TellLost], S::Alone),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside
            | E::RtmpInside
            | E::RtmpOutside
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::Alone => match event {
            E::Start => (START, S::Probe1),
            E::Stop => (STOP, S::Off),
            E::RtmpSame | E::RtmpInside | E::RtmpOutside => (LEARN, S::Up),
            E::Claimed
            | E::Exhausted
            | E::ExhaustedLast
            | E::AskTimer
            | E::AskTimerLast
            | E::ReplyInside
            | E::ReplyOutside
            | E::RouterTimer
            | E::Pick
            | E::PickValid
            | E::PickInvalid
            | E::PickTimer
            | E::PickTimerLast
            | E::Renamed => (&[], state),
        },
        S::Failed => match event {
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
        // A nonextended network never gets here.
        S::Probe2 | S::AskZone | S::Stranded => match event {
            E::Start
            | E::Stop
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
    };
    Cell { actions, next }
}
