//! The state table of a router's port (Inside AppleTalk ch. 5 and 8): a port with a seed verifies it, one without discovers.

/// State of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Not started.
    Off,
    /// Wants an address.
    Claiming,
    /// Compares its seed with what other routers of the network say.
    Verifying,
    /// Has no seed, and has heard no router of the network.
    Waiting,
    /// Wants an address in the range it has heard.
    Moving,
    /// Knows the range, and asks for zones.
    Learning,
    /// Routes.
    Active,
    /// Its seed is not what other routers say.
    Conflict,
    /// There is no address to be had.
    Failed,
    /// Taken down.
    Down,
}

/// What happens to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The user starts it.
    Start,
    /// The user takes it down.
    TakeDown,
    /// It has an address, and a seed.
    ClaimedSeed,
    /// It has an address, and no seed.
    Claimed,
    /// Every address that was tried is taken.
    Exhausted,
    /// Time to ask again.
    AskTimer,
    /// Nobody who knows the network has said anything else.
    AskTimerLast,
    /// Another router says something else about the network.
    Differs,
    /// A router of the network was heard; the port's address is in its range.
    HeardInside,
    /// A router of the network was heard; the port's address is not in its range.
    HeardOutside,
    /// Range, zones and default zone are known.
    Known,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Forget what was learned.
    Forget,
    /// Want an address.
    Claim,
    /// Want an address in the range.
    ClaimInRange,
    /// Give the address back.
    Release,
    /// Begin to count tries.
    ResetTries,
    /// Ask other routers of the network, and start the timer.
    Ask,
    /// Stop the timer.
    StopAsking,
    /// Learn the range.
    LearnRange,
    /// Route.
    Activate,
    /// Do not route any more.
    Deactivate,
    /// Tell the user.
    TellActive,
    /// Tell the user.
    TellConflict,
    /// Tell the user.
    TellFailed,
    /// Tell the user.
    TellDown,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is done, in this order.
    pub actions: &'static [Action],
    /// The state after it.
    pub next: State,
}

impl State {
    /// Every state.
    pub const ALL: [State; 10] = [
        State::Off,
        State::Claiming,
        State::Verifying,
        State::Waiting,
        State::Moving,
        State::Learning,
        State::Active,
        State::Conflict,
        State::Failed,
        State::Down,
    ];
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 11] = [
        Event::Start,
        Event::TakeDown,
        Event::ClaimedSeed,
        Event::Claimed,
        Event::Exhausted,
        Event::AskTimer,
        Event::AskTimerLast,
        Event::Differs,
        Event::HeardInside,
        Event::HeardOutside,
        Event::Known,
    ];
}

/// The cell of a state and an event.
pub const fn cell(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    const STOP: &[Action] = &[Action::StopAsking, Action::Release, Action::TellDown];
    let (actions, next): (&'static [Action], State) = match state {
        S::Off | S::Down => match event {
            E::Start => (&[A::Forget, A::Claim], S::Claiming),
            E::TakeDown
            | E::ClaimedSeed
            | E::Claimed
            | E::Exhausted
            | E::AskTimer
            | E::AskTimerLast
            | E::Differs
            | E::HeardInside
            | E::HeardOutside
            | E::Known => (&[], state),
        },
        S::Conflict | S::Failed => match event {
            E::Start => (&[A::Forget, A::Claim], S::Claiming),
            E::TakeDown => (&[A::TellDown], S::Down),
            E::ClaimedSeed
            | E::Claimed
            | E::Exhausted
            | E::AskTimer
            | E::AskTimerLast
            | E::Differs
            | E::HeardInside
            | E::HeardOutside
            | E::Known => (&[], state),
        },
        S::Claiming => match event {
            E::TakeDown => (STOP, S::Down),
            E::ClaimedSeed => (&[A::ResetTries, A::Ask], S::Verifying),
            E::Claimed => (&[A::ResetTries, A::Ask], S::Waiting),
            E::Exhausted => (&[A::TellFailed], S::Failed),
            E::Start
            | E::AskTimer
            | E::AskTimerLast
            | E::Differs
            | E::HeardInside
            | E::HeardOutside
            | E::Known => (&[], state),
        },
        S::Verifying => match event {
            E::TakeDown => (STOP, S::Down),
            E::AskTimer => (&[A::Ask], state),
            E::AskTimerLast => (&[A::StopAsking, A::Activate, A::TellActive], S::Active),
            E::Differs => (&[A::StopAsking, A::Release, A::TellConflict], S::Conflict),
            E::Start
            | E::ClaimedSeed
            | E::Claimed
            | E::Exhausted
            | E::HeardInside
            | E::HeardOutside
            | E::Known => (&[], state),
        },
        S::Waiting => match event {
            E::TakeDown => (STOP, S::Down),
            // A port without a seed waits for as long as it takes.
            E::AskTimer | E::AskTimerLast => (&[A::Ask], state),
            E::HeardInside => (&[A::LearnRange, A::Ask], S::Learning),
            E::HeardOutside => (&[A::StopAsking, A::LearnRange, A::ClaimInRange], S::Moving),
            E::Start | E::ClaimedSeed | E::Claimed | E::Exhausted | E::Differs | E::Known => (&[], state),
        },
        S::Moving => match event {
            E::TakeDown => (STOP, S::Down),
            E::ClaimedSeed | E::Claimed => (&[A::Ask], S::Learning),
            E::Exhausted => (&[A::TellFailed], S::Failed),
            E::Start
            | E::AskTimer
            | E::AskTimerLast
            | E::Differs
            | E::HeardInside
            | E::HeardOutside
            | E::Known => (&[], state),
        },
        S::Learning => match event {
            E::TakeDown => (STOP, S::Down),
            E::AskTimer | E::AskTimerLast => (&[A::Ask], state),
            E::Known => (&[A::StopAsking, A::Activate, A::TellActive], S::Active),
            E::Start
            | E::ClaimedSeed
            | E::Claimed
            | E::Exhausted
            | E::Differs
            | E::HeardInside
            | E::HeardOutside => (&[], state),
        },
        S::Active => match event {
            E::TakeDown => (&[A::Deactivate, A::Release, A::TellDown], S::Down),
            // Too late to give way: nodes depend on it. The user has to see to it.
            E::Differs => (&[A::TellConflict], state),
            E::Start
            | E::ClaimedSeed
            | E::Claimed
            | E::Exhausted
            | E::AskTimer
            | E::AskTimerLast
            | E::HeardInside
            | E::HeardOutside
            | E::Known => (&[], state),
        },
    };
    Cell { actions, next }
}
