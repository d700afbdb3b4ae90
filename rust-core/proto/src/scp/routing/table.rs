//! The state table of a circuit from point to point (DNA Routing 2.0.0, circuit initialization), seen from an end node.

/// State of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The link below is down.
    Off,
    /// Our initialization was sent; the neighbour's has not come.
    Init,
    /// The neighbour has to prove who it is.
    Verify,
    /// Packets may flow.
    Run,
}

/// What happens to a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The link below came up.
    LinkUp,
    /// The link below is lost.
    LinkLost,
    /// A good initialization; nothing has to be proven.
    Initialization,
    /// A good initialization; the neighbour has to prove who it is.
    InitializationToVerify,
    /// Over datagrams: the same again, from a neighbour that has started again.
    InitializationAgain,
    /// Over datagrams: the same again, to be verified.
    InitializationAgainToVerify,
    /// The right verification.
    Verification,
    /// A good hello.
    Hello,
    /// A data packet, or a routing message, which an end node ignores.
    Packet,
    /// Anything that this state does not allow or that cannot be read.
    Bad,
    /// The timer of the initialization or the verification.
    InitTimer,
    /// Over datagrams: a second has passed without an initialization.
    RepeatTimer,
    /// T3: time for a hello.
    HelloTimer,
    /// The neighbour was silent too long.
    ListenTimer,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Send an initialization.
    SendInitialization,
    /// Send a verification, if the neighbour asked for it.
    SendVerification,
    /// Send a hello.
    SendHello,
    /// Start the timer of initialization and verification.
    StartInitTimer,
    /// Over datagrams: repeat the initialization in a second.
    StartRepeatTimer,
    /// Start T3.
    StartHelloTimer,
    /// Start the listen timer, at twice the neighbour's hello timer.
    StartListenTimer,
    /// Stop all timers.
    StopTimers,
    /// Learn who the neighbour is and what it takes.
    LearnNeighbour,
    /// Deliver what is addressed to this node.
    Deliver,
    /// Tell that the circuit is up.
    TellUp,
    /// Tell that the circuit is down.
    TellDown,
    /// Have the link below made anew; over datagrams, begin again at once.
    RestartLink,
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
    pub const ALL: [State; 4] = [State::Off, State::Init, State::Verify, State::Run];

    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            State::Off => "OFF",
            State::Init => "INIT",
            State::Verify => "VERIFY",
            State::Run => "RUN",
        }
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 14] = [
        Event::LinkUp,
        Event::LinkLost,
        Event::Initialization,
        Event::InitializationToVerify,
        Event::InitializationAgain,
        Event::InitializationAgainToVerify,
        Event::Verification,
        Event::Hello,
        Event::Packet,
        Event::Bad,
        Event::InitTimer,
        Event::RepeatTimer,
        Event::HelloTimer,
        Event::ListenTimer,
    ];
}

/// What makes a circuit run.
const UP: &[Action] = &[
    Action::LearnNeighbour,
    Action::SendVerification,
    Action::StopTimers,
    Action::SendHello,
    Action::StartHelloTimer,
    Action::StartListenTimer,
    Action::TellUp,
];

/// The cell of a state and an event.
pub const fn cell(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    let (actions, next): (&'static [Action], State) = match state {
        S::Off => match event {
            E::LinkUp => (&[A::SendInitialization, A::StartInitTimer, A::StartRepeatTimer], S::Init),
            E::LinkLost
            | E::Initialization
            | E::InitializationToVerify
            | E::InitializationAgain
            | E::InitializationAgainToVerify
            | E::Verification
            | E::Hello
            | E::Packet
            | E::Bad
            | E::InitTimer
            | E::RepeatTimer
            | E::HelloTimer
            | E::ListenTimer => (&[], state),
        },
        S::Init => match event {
            E::Initialization => (UP, S::Run),
            E::InitializationToVerify => {
                (&[A::LearnNeighbour, A::SendVerification, A::StopTimers, A::StartInitTimer], S::Verify)
            }
            E::RepeatTimer => (&[A::SendInitialization, A::StartRepeatTimer], state),
            E::LinkLost => (&[A::StopTimers], S::Off),
            E::Verification | E::Hello | E::Packet | E::Bad | E::InitTimer => {
                (&[A::StopTimers, A::RestartLink], S::Off)
            }
            E::LinkUp
            | E::InitializationAgain
            | E::InitializationAgainToVerify
            | E::HelloTimer
            | E::ListenTimer => (&[], state),
        },
        S::Verify => match event {
            E::Verification => {
                (&[A::StopTimers, A::SendHello, A::StartHelloTimer, A::StartListenTimer, A::TellUp], S::Run)
            }
            E::InitializationAgain | E::InitializationAgainToVerify => (
                &[
                    A::SendInitialization,
                    A::LearnNeighbour,
                    A::SendVerification,
                    A::StopTimers,
                    A::StartInitTimer,
                ],
                state,
            ),
            E::LinkLost => (&[A::StopTimers], S::Off),
            E::Initialization | E::InitializationToVerify | E::Hello | E::Packet | E::Bad | E::InitTimer => {
                (&[A::StopTimers, A::RestartLink], S::Off)
            }
            E::LinkUp | E::RepeatTimer | E::HelloTimer | E::ListenTimer => (&[], state),
        },
        S::Run => match event {
            E::Hello => (&[A::StartListenTimer], state),
            E::Packet => (&[A::StartListenTimer, A::Deliver], state),
            E::HelloTimer => (&[A::SendHello, A::StartHelloTimer], state),
            // No hello behind this initialization: it has to stay the last thing that was sent, see `circuit`.
            E::InitializationAgain => (
                &[
                    A::TellDown,
                    A::SendInitialization,
                    A::LearnNeighbour,
                    A::SendVerification,
                    A::StopTimers,
                    A::StartHelloTimer,
                    A::StartListenTimer,
                    A::TellUp,
                ],
                state,
            ),
            E::InitializationAgainToVerify => (
                &[
                    A::TellDown,
                    A::SendInitialization,
                    A::LearnNeighbour,
                    A::SendVerification,
                    A::StopTimers,
                    A::StartInitTimer,
                ],
                S::Verify,
            ),
            E::LinkLost => (&[A::StopTimers, A::TellDown], S::Off),
            E::Initialization | E::InitializationToVerify | E::Verification | E::Bad | E::ListenTimer => {
                (&[A::StopTimers, A::TellDown, A::RestartLink], S::Off)
            }
            E::LinkUp | E::InitTimer | E::RepeatTimer => (&[], state),
        },
    };
    Cell { actions, next }
}
