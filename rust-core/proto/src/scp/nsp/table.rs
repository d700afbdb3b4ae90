//! The state table of a logical link (DNA NSP 4.0.1, states of a port). Names in brackets are those of that document.
//!
//! Its states O, RJ, NR, NC, DN, DIC, DRC, CN and CL only say that a user has not polled yet or that a port is closed; a queue of
//! indications makes them unnecessary. Its DR is the same here as DI: what was sent, and what ends it, is the same message.

/// State of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// No link.
    Closed,
    /// Connect Initiate sent (CI).
    ConnectInitiated,
    /// Connect Initiate acknowledged (CD).
    ConnectDelivered,
    /// Connect Initiate received, and acknowledged (CR).
    ConnectReceived,
    /// Connect Confirm sent (CC).
    ConnectConfirmed,
    /// Data may flow (RUN).
    Running,
    /// Disconnect Initiate sent (DI, DR).
    DisconnectInitiated,
}

/// What happens to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A first or repeated Connect Initiate came, and there is room.
    ConnectInitiate,
    /// A first Connect Initiate came, and there is no room.
    ConnectInitiateNoRoom,
    /// Our own Connect Initiate came back.
    ConnectReturned,
    /// Connect Acknowledgement.
    ConnectAck,
    /// Connect Confirm.
    ConnectConfirm,
    /// Disconnect Initiate.
    DisconnectInitiate,
    /// Disconnect Confirm with 41 (no link) or 42 (complete).
    NoLink,
    /// Disconnect Confirm with another reason.
    DisconnectConfirm,
    /// Data segment.
    Data,
    /// Interrupt.
    Interrupt,
    /// Link service.
    LinkService,
    /// Acknowledgement on the data subchannel.
    DataAck,
    /// Acknowledgement on the subchannel of other data.
    OtherAck,
    /// Session control asks for a link.
    ConnectRequest,
    /// Session control accepts; the peer is Phase III or IV.
    AcceptRequest,
    /// Session control accepts; the peer is Phase II.
    AcceptRequestPhaseII,
    /// Session control rejects or disconnects.
    DisconnectRequest,
    /// Session control forgets the link.
    ForgetRequest,
    /// Session control gives a message.
    DataRequest,
    /// Session control gives an interrupt message.
    InterruptRequest,
    /// The peer broke a rule of segmentation or of interrupts.
    PeerFault,
    /// A message was sent as often as the limit allows and is not acknowledged.
    RetransmissionLimit,
    /// Nothing was heard for the inactivity time.
    Inactivity,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make a port and give it an address.
    Open,
    /// Send Connect Initiate, return to sender asked for; repeat it until acknowledged.
    SendConnectInitiate,
    /// Send Connect Acknowledgement, unless the peer is Phase II.
    SendConnectAck,
    /// Send Connect Confirm; repeat it until something comes.
    SendConnectConfirm,
    /// Send Connect Confirm once.
    SendConnectConfirmOnce,
    /// Drop all queues, send Disconnect Initiate; repeat it until it is confirmed.
    SendDisconnectInitiate,
    /// Answer Disconnect Confirm 1.
    ReplyNoResources,
    /// Answer Disconnect Confirm 41.
    ReplyNoLink,
    /// Answer Disconnect Confirm 42.
    ReplyComplete,
    /// Send a data acknowledgement at once.
    SendDataAck,
    /// Stop repeating a Connect Initiate or a Connect Confirm.
    StopRepeating,
    /// Learn the remote link address, its services, version and segment size.
    LearnPeer,
    /// Learn the remote link address.
    LearnAddress,
    /// Process the acknowledgements that the message carries.
    TakeAcks,
    /// Process a data segment.
    ReceiveData,
    /// Process an interrupt.
    ReceiveInterrupt,
    /// Process a link service message.
    ReceiveLinkService,
    /// Queue a message to be sent.
    QueueData,
    /// Queue an interrupt to be sent.
    QueueInterrupt,
    /// Send a link service message that changes nothing.
    SendKeepAlive,
    /// Tell session control of the connect.
    IndicateConnect,
    /// Tell it that the connect is delivered.
    IndicateAcknowledged,
    /// Tell it that the connect came back.
    IndicateReturned,
    /// Tell it that the peer accepts.
    IndicateConfirmed,
    /// Tell it that data may flow.
    IndicateRunning,
    /// Tell it of the Disconnect Initiate.
    IndicateDisconnected,
    /// Tell it of the Disconnect Confirm.
    IndicateDisconnectConfirmed,
    /// Tell it that the link is lost.
    IndicateLost,
    /// Tell it what the peer did.
    IndicateFailed,
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
    pub const ALL: [State; 7] = [
        State::Closed,
        State::ConnectInitiated,
        State::ConnectDelivered,
        State::ConnectReceived,
        State::ConnectConfirmed,
        State::Running,
        State::DisconnectInitiated,
    ];

    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            State::Closed => "Closed",
            State::ConnectInitiated => "CI",
            State::ConnectDelivered => "CD",
            State::ConnectReceived => "CR",
            State::ConnectConfirmed => "CC",
            State::Running => "RUN",
            State::DisconnectInitiated => "DI",
        }
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 23] = [
        Event::ConnectInitiate,
        Event::ConnectInitiateNoRoom,
        Event::ConnectReturned,
        Event::ConnectAck,
        Event::ConnectConfirm,
        Event::DisconnectInitiate,
        Event::NoLink,
        Event::DisconnectConfirm,
        Event::Data,
        Event::Interrupt,
        Event::LinkService,
        Event::DataAck,
        Event::OtherAck,
        Event::ConnectRequest,
        Event::AcceptRequest,
        Event::AcceptRequestPhaseII,
        Event::DisconnectRequest,
        Event::ForgetRequest,
        Event::DataRequest,
        Event::InterruptRequest,
        Event::PeerFault,
        Event::RetransmissionLimit,
        Event::Inactivity,
    ];
}

/// The cell of a state and an event. A cell without actions that stays in its state ignores the event.
pub const fn cell(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    let (actions, next): (&'static [Action], State) = match state {
        S::Closed => match event {
            E::ConnectRequest => (&[A::Open, A::SendConnectInitiate], S::ConnectInitiated),
            E::ConnectInitiate => {
                (&[A::Open, A::LearnPeer, A::SendConnectAck, A::IndicateConnect], S::ConnectReceived)
            }
            E::ConnectInitiateNoRoom => (&[A::ReplyNoResources], state),
            E::ConnectConfirm | E::DisconnectInitiate | E::Data | E::Interrupt | E::LinkService => {
                (&[A::ReplyNoLink], state)
            }
            E::ConnectReturned
            | E::ConnectAck
            | E::NoLink
            | E::DisconnectConfirm
            | E::DataAck
            | E::OtherAck
            | E::AcceptRequest
            | E::AcceptRequestPhaseII
            | E::DisconnectRequest
            | E::ForgetRequest
            | E::DataRequest
            | E::InterruptRequest
            | E::PeerFault
            | E::RetransmissionLimit
            | E::Inactivity => (&[], state),
        },
        S::ConnectInitiated | S::ConnectDelivered => match event {
            E::ConnectAck if matches!(state, S::ConnectInitiated) => {
                (&[A::StopRepeating, A::IndicateAcknowledged], S::ConnectDelivered)
            }
            E::ConnectReturned if matches!(state, S::ConnectInitiated) => (&[A::IndicateReturned], S::Closed),
            E::ConnectConfirm => {
                (&[A::StopRepeating, A::LearnPeer, A::SendDataAck, A::IndicateConfirmed], S::Running)
            }
            E::DisconnectInitiate => {
                (&[A::LearnAddress, A::ReplyComplete, A::IndicateDisconnected], S::Closed)
            }
            E::DisconnectConfirm => (&[A::IndicateDisconnectConfirmed], S::Closed),
            E::ForgetRequest | E::DisconnectRequest => (&[], S::Closed),
            // A Phase II node never acknowledges a connect: go on waiting for its answer, without sending.
            E::RetransmissionLimit => (&[A::StopRepeating], state),
            E::ConnectAck
            | E::ConnectReturned
            | E::ConnectInitiate
            | E::ConnectInitiateNoRoom
            | E::NoLink
            | E::Data
            | E::Interrupt
            | E::LinkService
            | E::DataAck
            | E::OtherAck
            | E::ConnectRequest
            | E::AcceptRequest
            | E::AcceptRequestPhaseII
            | E::DataRequest
            | E::InterruptRequest
            | E::PeerFault
            | E::Inactivity => (&[], state),
        },
        S::ConnectReceived => match event {
            E::ConnectInitiate => (&[A::SendConnectAck], state),
            E::AcceptRequest => (&[A::SendConnectConfirm], S::ConnectConfirmed),
            E::AcceptRequestPhaseII => (&[A::SendConnectConfirmOnce, A::IndicateRunning], S::Running),
            E::DisconnectRequest => (&[A::SendDisconnectInitiate], S::DisconnectInitiated),
            E::ForgetRequest => (&[], S::Closed),
            E::DisconnectInitiate => (&[A::ReplyComplete, A::IndicateDisconnected], S::Closed),
            E::NoLink | E::DisconnectConfirm => (&[A::IndicateDisconnectConfirmed], S::Closed),
            E::ConnectInitiateNoRoom
            | E::ConnectReturned
            | E::ConnectAck
            | E::ConnectConfirm
            | E::Data
            | E::Interrupt
            | E::LinkService
            | E::DataAck
            | E::OtherAck
            | E::ConnectRequest
            | E::DataRequest
            | E::InterruptRequest
            | E::PeerFault
            | E::RetransmissionLimit
            | E::Inactivity => (&[], state),
        },
        S::ConnectConfirmed => match event {
            E::ConnectInitiate => (&[A::SendConnectAck], state),
            E::Data => (&[A::StopRepeating, A::IndicateRunning, A::TakeAcks, A::ReceiveData], S::Running),
            E::Interrupt => {
                (&[A::StopRepeating, A::IndicateRunning, A::TakeAcks, A::ReceiveInterrupt], S::Running)
            }
            E::LinkService => {
                (&[A::StopRepeating, A::IndicateRunning, A::TakeAcks, A::ReceiveLinkService], S::Running)
            }
            E::DataAck | E::OtherAck => (&[A::StopRepeating, A::IndicateRunning, A::TakeAcks], S::Running),
            // They wait until the link runs.
            E::DataRequest => (&[A::QueueData], state),
            E::InterruptRequest => (&[A::QueueInterrupt], state),
            E::DisconnectRequest => (&[A::SendDisconnectInitiate], S::DisconnectInitiated),
            E::ForgetRequest => (&[], S::Closed),
            E::DisconnectInitiate => (&[A::ReplyComplete, A::IndicateDisconnected], S::Closed),
            E::NoLink | E::DisconnectConfirm => (&[A::IndicateDisconnectConfirmed], S::Closed),
            E::RetransmissionLimit => (&[A::IndicateLost], S::Closed),
            E::ConnectInitiateNoRoom
            | E::ConnectReturned
            | E::ConnectAck
            | E::ConnectConfirm
            | E::ConnectRequest
            | E::AcceptRequest
            | E::AcceptRequestPhaseII
            | E::PeerFault
            | E::Inactivity => (&[], state),
        },
        S::Running => match event {
            E::ConnectConfirm => (&[A::SendDataAck], state),
            E::Data => (&[A::TakeAcks, A::ReceiveData], state),
            E::Interrupt => (&[A::TakeAcks, A::ReceiveInterrupt], state),
            E::LinkService => (&[A::TakeAcks, A::ReceiveLinkService], state),
            E::DataAck | E::OtherAck => (&[A::TakeAcks], state),
            E::DataRequest => (&[A::QueueData], state),
            E::InterruptRequest => (&[A::QueueInterrupt], state),
            E::DisconnectRequest => (&[A::SendDisconnectInitiate], S::DisconnectInitiated),
            E::ForgetRequest => (&[], S::Closed),
            E::DisconnectInitiate => (&[A::ReplyComplete, A::IndicateDisconnected], S::Closed),
            E::NoLink | E::DisconnectConfirm => (&[A::IndicateDisconnectConfirmed], S::Closed),
            E::PeerFault => (&[A::SendDisconnectInitiate, A::IndicateFailed], S::DisconnectInitiated),
            E::RetransmissionLimit => (&[A::IndicateLost], S::Closed),
            E::Inactivity => (&[A::SendKeepAlive], state),
            E::ConnectInitiate
            | E::ConnectInitiateNoRoom
            | E::ConnectReturned
            | E::ConnectAck
            | E::ConnectRequest
            | E::AcceptRequest
            | E::AcceptRequestPhaseII => (&[], state),
        },
        S::DisconnectInitiated => match event {
            // Both sides disconnect.
            E::DisconnectInitiate => (&[A::ReplyComplete, A::IndicateDisconnected], S::Closed),
            E::NoLink | E::DisconnectConfirm => (&[A::IndicateDisconnectConfirmed], S::Closed),
            E::RetransmissionLimit => (&[A::IndicateLost], S::Closed),
            E::ForgetRequest => (&[], S::Closed),
            E::ConnectInitiate
            | E::ConnectInitiateNoRoom
            | E::ConnectReturned
            | E::ConnectAck
            | E::ConnectConfirm
            | E::Data
            | E::Interrupt
            | E::LinkService
            | E::DataAck
            | E::OtherAck
            | E::ConnectRequest
            | E::AcceptRequest
            | E::AcceptRequestPhaseII
            | E::DisconnectRequest
            | E::DataRequest
            | E::InterruptRequest
            | E::PeerFault
            | E::Inactivity => (&[], state),
        },
    };
    Cell { actions, next }
}
