//! The state table of a port. Session control has no messages of its own, so its states follow those of NSP; what NSP does by itself (the
//! acknowledgement of a connect, the confirm of a disconnect, answers for links that do not exist) is in
//! [`nsp::table`](crate::scp::nsp::table).

/// State of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// No link; the port may be gone.
    Closed,
    /// A connect was sent and is not acknowledged.
    Calling,
    /// The connect was acknowledged; no answer yet.
    Delivered,
    /// An incoming connect was given to the object.
    Offered,
    /// The object has accepted; the caller has not been heard since.
    Confirming,
    /// Data may flow.
    Running,
    /// The user wants an orderly disconnect; own data are not yet acknowledged.
    Draining,
    /// A disconnect was sent and is not confirmed.
    Clearing,
}

/// What happens to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The user connects.
    ConnectRequest,
    /// The user accepts.
    Accept,
    /// The user rejects.
    Reject,
    /// The user sends a message.
    Data,
    /// The user sends an interrupt message.
    Interrupt,
    /// The user disconnects; nothing of its data is outstanding.
    Disconnect,
    /// The user disconnects; own data are queued or not acknowledged.
    DisconnectOutstanding,
    /// The user aborts.
    Abort,
    /// NSP announces a connect, and every check was passed.
    ConnectIndication,
    /// NSP announces a connect, and a check was failed.
    ConnectRefused,
    /// The connect was delivered.
    ConnectAcknowledged,
    /// The connect came back.
    ConnectReturned,
    /// The peer accepts.
    ConnectConfirmed,
    /// NSP says that data may flow.
    RunningIndication,
    /// The peer rejects or disconnects.
    Disconnected,
    /// The remote NSP has no such link, or ended it (41, 42).
    NoLink,
    /// The remote NSP refuses or ends the link for another reason.
    DisconnectConfirmed,
    /// NSP has lost the peer.
    Lost,
    /// NSP ends the link: the peer broke a rule.
    Failed,
    /// A message came.
    DataIndication,
    /// An interrupt message came.
    InterruptIndication,
    /// The peer takes further interrupt messages.
    InterruptCredit,
    /// Part of the own data was acknowledged.
    Acknowledged,
    /// All own data are acknowledged.
    AllAcknowledged,
    /// The outgoing timer has run out.
    OutgoingTimer,
    /// The incoming timer has run out.
    IncomingTimer,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Start the outgoing timer.
    StartOutgoingTimer,
    /// Start the incoming timer.
    StartIncomingTimer,
    /// Stop the timer.
    StopTimer,
    /// Ask NSP for a link.
    RequestConnect,
    /// Tell NSP to accept.
    RequestAccept,
    /// Tell NSP to disconnect, with the reason and data of the event.
    RequestDisconnect,
    /// Tell NSP to disconnect, with the reason and data that were remembered.
    RequestRemembered,
    /// Tell NSP to forget the link.
    RequestForget,
    /// Give NSP a message.
    RequestData,
    /// Give NSP an interrupt message.
    RequestInterrupt,
    /// Remember reason and data of the disconnect.
    Remember,
    /// Drop what was received and not taken.
    DropReceived,
    /// Keep a message for the user.
    KeepData,
    /// Keep an interrupt message for the user.
    KeepInterrupt,
    /// Count a credit for interrupt messages.
    CountCredit,
    /// Count what was acknowledged.
    CountAcknowledged,
    /// Offer the connect to the object.
    TellOffered,
    /// Tell the user that the peer accepts.
    TellAccepted,
    /// Tell the user that data may flow.
    TellRunning,
    /// Tell the user that its connect was rejected.
    TellRejected,
    /// Tell the user that the link has ended.
    TellDisconnected,
    /// Tell the user that the end it asked for is complete, unless it was told of an end already.
    TellClosed,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is done, in this order.
    pub actions: &'static [Action],
    /// The state after it.
    pub next: State,
}

impl Cell {
    /// True if nothing is done: a request is refused, anything else is ignored.
    pub const fn is_blank(&self) -> bool {
        self.actions.is_empty()
    }
}

impl State {
    /// Every state.
    pub const ALL: [State; 8] = [
        State::Closed,
        State::Calling,
        State::Delivered,
        State::Offered,
        State::Confirming,
        State::Running,
        State::Draining,
        State::Clearing,
    ];

    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::Calling => "CALLING",
            State::Delivered => "DELIVERED",
            State::Offered => "OFFERED",
            State::Confirming => "CONFIRMING",
            State::Running => "RUNNING",
            State::Draining => "DRAINING",
            State::Clearing => "CLEARING",
        }
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 26] = [
        Event::ConnectRequest,
        Event::Accept,
        Event::Reject,
        Event::Data,
        Event::Interrupt,
        Event::Disconnect,
        Event::DisconnectOutstanding,
        Event::Abort,
        Event::ConnectIndication,
        Event::ConnectRefused,
        Event::ConnectAcknowledged,
        Event::ConnectReturned,
        Event::ConnectConfirmed,
        Event::RunningIndication,
        Event::Disconnected,
        Event::NoLink,
        Event::DisconnectConfirmed,
        Event::Lost,
        Event::Failed,
        Event::DataIndication,
        Event::InterruptIndication,
        Event::InterruptCredit,
        Event::Acknowledged,
        Event::AllAcknowledged,
        Event::OutgoingTimer,
        Event::IncomingTimer,
    ];

    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Event::ConnectRequest => "connect",
            Event::Accept => "accept",
            Event::Reject => "reject",
            Event::Data => "data",
            Event::Interrupt => "interrupt",
            Event::Disconnect => "disconnect",
            Event::DisconnectOutstanding => "disconnect, data outstanding",
            Event::Abort => "abort",
            Event::ConnectIndication => "connect indication",
            Event::ConnectRefused => "connect indication, refused",
            Event::ConnectAcknowledged => "connect acknowledged",
            Event::ConnectReturned => "connect returned",
            Event::ConnectConfirmed => "connect confirmed",
            Event::RunningIndication => "running",
            Event::Disconnected => "disconnected",
            Event::NoLink => "no link",
            Event::DisconnectConfirmed => "disconnect confirmed",
            Event::Lost => "lost",
            Event::Failed => "failed",
            Event::DataIndication => "data indication",
            Event::InterruptIndication => "interrupt indication",
            Event::InterruptCredit => "interrupt credit",
            Event::Acknowledged => "acknowledged",
            Event::AllAcknowledged => "all acknowledged",
            Event::OutgoingTimer => "outgoing timer",
            Event::IncomingTimer => "incoming timer",
        }
    }
}

/// The cell of a state and an event. A blank cell refuses a request and ignores anything else.
pub const fn cell(state: State, event: Event) -> Cell {
    use Action as A;
    use Event as E;
    use State as S;
    let (actions, next): (&'static [Action], State) = match state {
        S::Closed => match event {
            E::ConnectRequest => (&[A::RequestConnect, A::StartOutgoingTimer], S::Calling),
            E::ConnectIndication => (&[A::StartIncomingTimer, A::TellOffered], S::Offered),
            E::ConnectRefused => (&[A::RequestDisconnect], S::Clearing),
            E::Accept
            | E::Reject
            | E::Data
            | E::Interrupt
            | E::Disconnect
            | E::DisconnectOutstanding
            | E::Abort
            | E::ConnectAcknowledged
            | E::ConnectReturned
            | E::ConnectConfirmed
            | E::RunningIndication
            | E::Disconnected
            | E::NoLink
            | E::DisconnectConfirmed
            | E::Lost
            | E::Failed
            | E::DataIndication
            | E::InterruptIndication
            | E::InterruptCredit
            | E::Acknowledged
            | E::AllAcknowledged
            | E::OutgoingTimer
            | E::IncomingTimer => (&[], state),
        },
        S::Calling | S::Delivered => match event {
            // The remote link address is not known: nothing can be sent.
            E::Disconnect | E::DisconnectOutstanding | E::Abort => {
                (&[A::StopTimer, A::RequestForget, A::TellClosed], S::Closed)
            }
            E::ConnectAcknowledged if matches!(state, S::Calling) => (&[], S::Delivered),
            E::ConnectReturned if matches!(state, S::Calling) => {
                (&[A::StopTimer, A::TellRejected], S::Closed)
            }
            E::ConnectConfirmed => (&[A::StopTimer, A::TellAccepted], S::Running),
            E::Disconnected | E::DisconnectConfirmed | E::Lost => {
                (&[A::StopTimer, A::TellRejected], S::Closed)
            }
            E::OutgoingTimer => (&[A::RequestForget, A::TellRejected], S::Closed),
            E::ConnectAcknowledged
            | E::ConnectReturned
            | E::ConnectRequest
            | E::Accept
            | E::Reject
            | E::Data
            | E::Interrupt
            | E::ConnectIndication
            | E::ConnectRefused
            | E::RunningIndication
            | E::NoLink
            | E::Failed
            | E::DataIndication
            | E::InterruptIndication
            | E::InterruptCredit
            | E::Acknowledged
            | E::AllAcknowledged
            | E::IncomingTimer => (&[], state),
        },
        S::Offered => match event {
            E::Accept => (&[A::StopTimer, A::RequestAccept], S::Confirming),
            E::Reject => (&[A::StopTimer, A::RequestDisconnect], S::Clearing),
            E::Disconnected | E::NoLink | E::DisconnectConfirmed | E::Lost => {
                (&[A::StopTimer, A::TellDisconnected], S::Closed)
            }
            E::IncomingTimer => (&[A::RequestDisconnect, A::TellDisconnected], S::Clearing),
            E::ConnectRequest
            | E::Data
            | E::Interrupt
            | E::Disconnect
            | E::DisconnectOutstanding
            | E::Abort
            | E::ConnectIndication
            | E::ConnectRefused
            | E::ConnectAcknowledged
            | E::ConnectReturned
            | E::ConnectConfirmed
            | E::RunningIndication
            | E::Failed
            | E::DataIndication
            | E::InterruptIndication
            | E::InterruptCredit
            | E::Acknowledged
            | E::AllAcknowledged
            | E::OutgoingTimer => (&[], state),
        },
        S::Confirming => match event {
            // NSP keeps them until the link runs.
            E::Data => (&[A::RequestData], state),
            E::Interrupt => (&[A::RequestInterrupt], state),
            E::Disconnect | E::Abort => (&[A::DropReceived, A::RequestDisconnect], S::Clearing),
            E::DisconnectOutstanding => (&[A::Remember], S::Draining),
            E::RunningIndication => (&[A::TellRunning], S::Running),
            E::Disconnected | E::NoLink | E::DisconnectConfirmed | E::Lost => {
                (&[A::TellDisconnected], S::Closed)
            }
            E::ConnectRequest
            | E::Accept
            | E::Reject
            | E::ConnectIndication
            | E::ConnectRefused
            | E::ConnectAcknowledged
            | E::ConnectReturned
            | E::ConnectConfirmed
            | E::Failed
            | E::DataIndication
            | E::InterruptIndication
            | E::InterruptCredit
            | E::Acknowledged
            | E::AllAcknowledged
            | E::OutgoingTimer
            | E::IncomingTimer => (&[], state),
        },
        S::Running => match event {
            E::Data => (&[A::RequestData], state),
            E::Interrupt => (&[A::RequestInterrupt], state),
            E::Disconnect | E::Abort => (&[A::DropReceived, A::RequestDisconnect], S::Clearing),
            E::DisconnectOutstanding => (&[A::Remember], S::Draining),
            E::Disconnected | E::NoLink | E::DisconnectConfirmed | E::Lost => {
                (&[A::TellDisconnected], S::Closed)
            }
            E::Failed => (&[A::TellDisconnected], S::Clearing),
            E::DataIndication => (&[A::KeepData], state),
            E::InterruptIndication => (&[A::KeepInterrupt], state),
            E::InterruptCredit => (&[A::CountCredit], state),
            E::Acknowledged | E::AllAcknowledged => (&[A::CountAcknowledged], state),
            E::ConnectRequest
            | E::Accept
            | E::Reject
            | E::ConnectIndication
            | E::ConnectRefused
            | E::ConnectAcknowledged
            | E::ConnectReturned
            | E::ConnectConfirmed
            | E::RunningIndication
            | E::OutgoingTimer
            | E::IncomingTimer => (&[], state),
        },
        S::Draining => match event {
            E::Abort => (&[A::DropReceived, A::RequestDisconnect], S::Clearing),
            E::Disconnected | E::NoLink | E::DisconnectConfirmed | E::Lost => {
                (&[A::TellDisconnected], S::Closed)
            }
            E::Failed => (&[A::TellDisconnected], S::Clearing),
            E::DataIndication => (&[A::KeepData], state),
            E::InterruptIndication => (&[A::KeepInterrupt], state),
            E::InterruptCredit => (&[A::CountCredit], state),
            E::Acknowledged => (&[A::CountAcknowledged], state),
            E::AllAcknowledged => {
                (&[A::CountAcknowledged, A::DropReceived, A::RequestRemembered], S::Clearing)
            }
            E::ConnectRequest
            | E::Accept
            | E::Reject
            | E::Data
            | E::Interrupt
            | E::Disconnect
            | E::DisconnectOutstanding
            | E::ConnectIndication
            | E::ConnectRefused
            | E::ConnectAcknowledged
            | E::ConnectReturned
            | E::ConnectConfirmed
            | E::RunningIndication
            | E::OutgoingTimer
            | E::IncomingTimer => (&[], state),
        },
        S::Clearing => match event {
            E::Disconnected | E::NoLink | E::DisconnectConfirmed | E::Lost => (&[A::TellClosed], S::Closed),
            E::ConnectRequest
            | E::Accept
            | E::Reject
            | E::Data
            | E::Interrupt
            | E::Disconnect
            | E::DisconnectOutstanding
            | E::Abort
            | E::ConnectIndication
            | E::ConnectRefused
            | E::ConnectAcknowledged
            | E::ConnectReturned
            | E::ConnectConfirmed
            | E::RunningIndication
            | E::Failed
            | E::DataIndication
            | E::InterruptIndication
            | E::InterruptCredit
            | E::Acknowledged
            | E::AllAcknowledged
            | E::OutgoingTimer
            | E::IncomingTimer => (&[], state),
        },
    };
    Cell { actions, next }
}
