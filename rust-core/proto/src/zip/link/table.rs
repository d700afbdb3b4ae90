//! The state table of an address: how a station gets one and keeps it (Inside AppleTalk ch. 1 for LocalTalk, ch. 2 and 3 for EtherTalk).

/// State of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// None, and none wanted.
    Idle,
    /// One is being tried.
    Trying,
    /// One is held.
    Held,
    /// Every address that was tried is somebody else's.
    Exhausted,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The user wants an address.
    Claim,
    /// The user gives it back.
    Release,
    /// Nobody has answered, and there are tries left.
    TryTimer,
    /// Nobody has answered any try.
    TryTimerLast,
    /// The address is somebody else's; another one can be tried.
    Conflict,
    /// The address is somebody else's, and it was the last one.
    ConflictLast,
    /// A station asks who has this address.
    Asked,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Choose the first address to try.
    ChooseFirst,
    /// Choose another one.
    ChooseNext,
    /// Send an ENQ or a probe, and start the timer.
    Try,
    /// Stop the timer.
    StopTimer,
    /// Hold the address that was tried.
    Take,
    /// Forget the address.
    Drop,
    /// Send an ACK or a response to the one who asks.
    Defend,
    /// Tell the user that the address is its own.
    TellClaimed,
    /// Tell the user that there is none.
    TellExhausted,
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
    pub const ALL: [State; 4] = [State::Idle, State::Trying, State::Held, State::Exhausted];
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 7] = [
        Event::Claim,
        Event::Release,
        Event::TryTimer,
        Event::TryTimerLast,
        Event::Conflict,
        Event::ConflictLast,
        Event::Asked,
    ];
}

/// The cell of a state and an event.
pub const fn cell(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    let (actions, next): (&'static [Action], State) = match state {
        S::Idle | S::Exhausted => match event {
            E::Claim => (&[A::ChooseFirst, A::Try], S::Trying),
            E::Release => (&[], S::Idle),
            E::TryTimer | E::TryTimerLast | E::Conflict | E::ConflictLast | E::Asked => (&[], state),
        },
        S::Trying => match event {
            E::Claim => (&[A::ChooseFirst, A::Try], state),
            E::Release => (&[A::StopTimer], S::Idle),
            E::TryTimer => (&[A::Try], state),
            E::TryTimerLast => (&[A::StopTimer, A::Take, A::TellClaimed], S::Held),
            E::Conflict => (&[A::ChooseNext, A::Try], state),
            E::ConflictLast => (&[A::StopTimer, A::TellExhausted], S::Exhausted),
            // While it is tried an address is nobody's: nothing is answered.
            E::Asked => (&[], state),
        },
        S::Held => match event {
            E::Claim => (&[A::Drop, A::ChooseFirst, A::Try], S::Trying),
            E::Release => (&[A::Drop], S::Idle),
            E::Asked => (&[A::Defend], state),
            // Whoever has it too comes late: an ACK for one's own node id is ignored.
            E::TryTimer | E::TryTimerLast | E::Conflict | E::ConflictLast => (&[], state),
        },
    };
    Cell { actions, next }
}
