//! The machine of one connection as a table: state by what comes in. Each cell names what is done; nothing else decides it.

/// Where the current connection stands. In every state but the first there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// None.
    Detached,
    /// An epoch is being stored; then CN goes out (W3).
    Preparing,
    /// CN is out.
    Connecting,
    /// CN came in, its epoch is being stored; then AC goes out (W4).
    Answering,
    /// Messages flow; this side is the dialogue initiator and places the sync points.
    Leading,
    /// Messages flow; this side is the dialogue responder and confirms them.
    Following,
    /// Leading, and AE is out: between two activities, or before the close.
    Ending,
    /// Leading, and AI is out.
    Interrupting,
    /// Leading, and FN is out, or will be as soon as W9 is stored.
    Releasing,
    /// Following, FN for good came in; DN goes out as soon as W10 is stored.
    Parting,
}

impl State {
    #[cfg(test)]
    pub(crate) const ALL: [State; 10] = [
        State::Detached,
        State::Preparing,
        State::Connecting,
        State::Answering,
        State::Leading,
        State::Following,
        State::Ending,
        State::Interrupting,
        State::Releasing,
        State::Parting,
    ];
}

/// What comes in from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    ConnectIndication,
    ConnectConfirm,
    ConnectRefusal,
    Data,
    Sync,
    SyncConfirm,
    Please,
    Activity,
    End,
    EndConfirm,
    Interrupt,
    InterruptConfirm,
    Release,
    ReleaseConfirm,
    Disconnected,
}

impl Input {
    #[cfg(test)]
    pub(crate) const ALL: [Input; 15] = [
        Input::ConnectIndication,
        Input::ConnectConfirm,
        Input::ConnectRefusal,
        Input::Data,
        Input::Sync,
        Input::SyncConfirm,
        Input::Please,
        Input::Activity,
        Input::End,
        Input::EndConfirm,
        Input::Interrupt,
        Input::InterruptConfirm,
        Input::Release,
        Input::ReleaseConfirm,
        Input::Disconnected,
    ];
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A late word of a connection that is over: nothing.
    Ignore,
    /// The peer broke the rules: abort, leave.
    Violate,
    /// Check the CN; store its epoch, or refuse.
    Consider,
    /// Both connect at once: the initiator refuses, the responder gives up its own attempt and considers.
    Collide,
    /// Check the CN; if it is good, it takes the place of this connection, if not, nothing happened.
    Supersede,
    /// Check the AC; messages flow.
    Establish,
    /// Read why; leave.
    TakeRefusal,
    /// Count and keep a message.
    Receive,
    /// A confirmation is owed.
    Owe,
    /// Trim.
    Confirm,
    /// Place a sync point soon, or begin to close.
    Want,
    /// The peer has opened an activity: messages may go.
    OpenActivity,
    /// Answer AE: no messages until the next activity.
    AnswerEnd,
    /// AEA came: next activity, or W9 and FN.
    Ended,
    /// Answer AI: no messages any more.
    AnswerInterrupt,
    /// AIA came: FN.
    Interrupted,
    /// FN came: leave, or W10 first.
    AnswerRelease,
    /// DN came.
    Released,
    /// The connection is gone.
    Leave,
}

/// The cell.
pub(crate) const fn cell(state: State, input: Input) -> Action {
    TABLE[state as usize][input as usize]
}

use Action::{
    AnswerEnd, AnswerInterrupt, AnswerRelease, Collide, Confirm, Consider, Ended, Establish, Ignore,
    Interrupted, Leave, OpenActivity, Owe, Receive, Released, Supersede, TakeRefusal, Violate, Want,
};

/// Rows in the order of [`State`], columns in the order of [`Input`].
#[rustfmt::skip]
const TABLE: [[Action; 15]; 10] = [
    //  ConnectIndication ConnectConfirm ConnectRefusal Data Sync SyncConfirm Please Activity
    //      End EndConfirm Interrupt InterruptConfirm Release ReleaseConfirm Disconnected
    [Consider, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore,                         // Detached
        Ignore, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore],
    [Collide, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore,                          // Preparing
        Ignore, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore],
    [Collide, Establish, TakeRefusal, Violate, Violate, Violate, Violate, Violate,             // Connecting
        Violate, Violate, Violate, Violate, Violate, Violate, Leave],
    [Supersede, Violate, Violate, Violate, Violate, Violate, Violate, Violate,                 // Answering
        Violate, Violate, Violate, Violate, Violate, Violate, Leave],
    [Supersede, Violate, Violate, Receive, Violate, Confirm, Want, Violate,                    // Leading
        Violate, Violate, Violate, Violate, Violate, Violate, Leave],
    [Supersede, Violate, Violate, Receive, Owe, Violate, Violate, OpenActivity,                // Following
        AnswerEnd, Violate, AnswerInterrupt, Violate, AnswerRelease, Violate, Leave],
    [Supersede, Violate, Violate, Receive, Violate, Confirm, Want, Violate,                    // Ending
        Violate, Ended, Violate, Violate, Violate, Violate, Leave],
    [Supersede, Violate, Violate, Ignore, Violate, Confirm, Ignore, Violate,                   // Interrupting
        Violate, Violate, Violate, Interrupted, Violate, Violate, Leave],
    [Supersede, Violate, Violate, Receive, Violate, Confirm, Ignore, Violate,                  // Releasing
        Violate, Violate, Violate, Violate, Violate, Released, Leave],
    [Supersede, Violate, Violate, Violate, Violate, Violate, Violate, Violate,                 // Parting
        Violate, Violate, Violate, Violate, Violate, Violate, Leave],
];
