//! The machines of a transfer as tables: state by what happens. Each cell names what is done; nothing else decides it.

/// Where the APDU stands whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Nothing of it is at the peer that could count.
    Fresh,
    /// Its activity is open on this connection.
    Open,
    /// S-ACTIVITY-END is requested.
    Ending,
    /// S-ACTIVITY-INTERRUPT is requested.
    Interrupting,
    /// S-ACTIVITY-DISCARD is requested.
    Discarding,
    /// Its activity was begun, and is not open now.
    Suspended,
}

/// What happens to an APDU on its way to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The turn is here and the connection is up: go on.
    Go,
    /// S-SYNC-MINOR confirm.
    Confirmed,
    /// S-ACTIVITY-END confirm.
    EndConfirmed,
    /// S-ACTIVITY-INTERRUPT confirm.
    InterruptConfirmed,
    /// S-ACTIVITY-DISCARD confirm.
    DiscardConfirmed,
    /// S-U-EXCEPTION-REPORT or S-P-EXCEPTION-REPORT indication that says: not now.
    NotNow,
    /// The same, with "unrecoverable procedural error": not this way.
    NotSo,
    /// The connection is lost, and that is all that is known.
    Lost,
    /// The connection is lost with "transfer completed".
    Completed,
    /// The peer knows nothing of the activity, or of the association.
    Unrecognized,
    /// The user does not want it any more.
    Cancel,
    /// The peer asks for the turn with a more urgent priority.
    Yield,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DoSend {
    /// Nothing.
    Nothing,
    /// Start the activity.
    Start,
    /// Resume it, or ask what became of it.
    Resume,
    /// Send what the window allows.
    Advance,
    /// A checkpoint is confirmed: note it, and send on.
    Note,
    /// It has arrived.
    Finish,
    /// It has arrived, if its end was requested; otherwise send it anew.
    FinishIfEnded,
    /// Interrupt the activity if something of it is confirmed, discard it otherwise; later again.
    Pause,
    /// Interrupt the activity if something of it is confirmed.
    Interrupt,
    /// Discard it.
    Discard,
    /// It waits for the next occasion.
    Suspend,
    /// The peer has it not: settle it if it is not wanted, send it anew otherwise.
    Discarded,
    /// The peer may have it, and does not know the activity any more: send it anew.
    Renew,
    /// It never left: settle it.
    Withdraw,
    /// It is discarded when that can be done.
    Mark,
    /// The peer answers what it was not asked.
    Violation,
}

impl Stage {
    pub(super) fn on(self, sent: Sent) -> DoSend {
        use Sent as On;
        match (self, sent) {
            (Stage::Fresh, On::Go) => DoSend::Start,
            (Stage::Fresh, On::Cancel) => DoSend::Withdraw,
            (Stage::Fresh, On::Lost | On::Completed | On::Unrecognized | On::Yield) => DoSend::Nothing,
            // A report crosses what it was about.
            (Stage::Fresh | Stage::Suspended, On::NotNow | On::NotSo) => DoSend::Nothing,
            (
                Stage::Fresh | Stage::Suspended,
                On::Confirmed | On::EndConfirmed | On::InterruptConfirmed | On::DiscardConfirmed,
            ) => DoSend::Violation,

            (Stage::Open, On::Go) => DoSend::Advance,
            (Stage::Open, On::Confirmed) => DoSend::Note,
            (Stage::Open, On::EndConfirmed | On::InterruptConfirmed | On::DiscardConfirmed) => {
                DoSend::Violation
            }
            (Stage::Open, On::NotNow) => DoSend::Pause,
            (Stage::Open, On::NotSo | On::Cancel) => DoSend::Discard,
            (Stage::Open, On::Lost) => DoSend::Suspend,
            (Stage::Open, On::Completed) => DoSend::FinishIfEnded,
            (Stage::Open, On::Unrecognized) => DoSend::Renew,
            (Stage::Open, On::Yield) => DoSend::Interrupt,

            (Stage::Ending, On::Go | On::Yield) => DoSend::Nothing,
            (Stage::Ending, On::Confirmed) => DoSend::Note,
            (Stage::Ending, On::EndConfirmed) => DoSend::Finish,
            (Stage::Ending, On::InterruptConfirmed | On::DiscardConfirmed) => DoSend::Violation,
            (Stage::Ending, On::NotNow) => DoSend::Pause,
            (Stage::Ending, On::NotSo | On::Cancel) => DoSend::Discard,
            (Stage::Ending, On::Lost) => DoSend::Suspend,
            (Stage::Ending, On::Completed) => DoSend::FinishIfEnded,
            (Stage::Ending, On::Unrecognized) => DoSend::Renew,

            // What was on its way is purged (X.225 7.31, 7.33).
            (
                Stage::Interrupting | Stage::Discarding,
                On::Go | On::Confirmed | On::NotNow | On::NotSo | On::Yield,
            ) => DoSend::Nothing,
            (Stage::Interrupting | Stage::Discarding, On::EndConfirmed) => DoSend::Violation,
            (Stage::Interrupting, On::InterruptConfirmed) => DoSend::Suspend,
            (Stage::Interrupting, On::DiscardConfirmed) => DoSend::Violation,
            (Stage::Discarding, On::InterruptConfirmed) => DoSend::Violation,
            (Stage::Discarding, On::DiscardConfirmed) => DoSend::Discarded,
            (Stage::Interrupting | Stage::Discarding, On::Lost) => DoSend::Suspend,
            (Stage::Interrupting | Stage::Discarding, On::Completed) => DoSend::FinishIfEnded,
            (Stage::Interrupting | Stage::Discarding, On::Unrecognized) => DoSend::Renew,
            (Stage::Interrupting | Stage::Discarding, On::Cancel) => DoSend::Mark,

            (Stage::Suspended, On::Go) => DoSend::Resume,
            (Stage::Suspended, On::Lost | On::Completed | On::Yield) => DoSend::Nothing,
            (Stage::Suspended, On::Unrecognized) => DoSend::Renew,
            (Stage::Suspended, On::Cancel) => DoSend::Mark,
        }
    }
}

/// Where an activity of the peer's stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceiverState {
    /// None is open.
    Idle,
    /// One is open.
    Receiving,
    /// One is open that had been completed before: it is confirmed and not delivered again.
    Repeating,
    /// One is open, and an exception is reported: the peer has to interrupt or discard it.
    Refusing,
}

/// What happens to an activity of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// S-ACTIVITY-START indication.
    Start,
    /// S-ACTIVITY-RESUME indication: of one that is complete.
    ResumeComplete,
    /// The same: of one that is here as far as that checkpoint, or from its beginning.
    ResumeHere,
    /// The same: of one that is not here so far.
    ResumeUnknown,
    /// S-DATA indication.
    Data,
    /// S-SYNC-MINOR indication.
    Sync,
    /// S-ACTIVITY-END indication.
    End,
    /// S-ACTIVITY-INTERRUPT indication.
    Interrupt,
    /// S-ACTIVITY-DISCARD indication.
    Discard,
    /// The connection is gone.
    Lost,
    /// It cannot be taken, now or at all.
    CannotStore,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DoReceive {
    /// Nothing.
    Nothing,
    /// It begins.
    Begin,
    /// It goes on at the checkpoint.
    Continue,
    /// It comes again.
    Repeat,
    /// S-U-EXCEPTION-REPORT: there is no such activity.
    Reject,
    /// Take the octets.
    Collect,
    /// Secure what came, and confirm it.
    Secure,
    /// Confirm what had been secured before.
    Confirm,
    /// Secure the whole, confirm and deliver it.
    Complete,
    /// Confirm the end of what had been delivered before.
    ConfirmEnd,
    /// Answer; what is secured stays.
    Keep,
    /// Answer; nothing stays.
    Drop,
    /// S-U-ABORT: it cannot be discarded, it is complete.
    TooLate,
    /// What is not secured goes.
    Rest,
    /// S-U-EXCEPTION-REPORT: it cannot be taken.
    Report,
    /// The session layer lets this not happen (X.225 A.13, A.11); if it does, the peer is at fault.
    Violation,
}

impl ReceiverState {
    pub(super) fn on(self, received: Received) -> DoReceive {
        use Received as On;
        use ReceiverState as State;
        match (self, received) {
            (State::Idle, On::Start) => DoReceive::Begin,
            (State::Idle, On::ResumeComplete) => DoReceive::Repeat,
            (State::Idle, On::ResumeHere) => DoReceive::Continue,
            (State::Idle, On::ResumeUnknown) => DoReceive::Reject,
            (State::Idle, On::Data | On::Sync | On::End) => DoReceive::Violation,
            // It crossed the confirmation of the end (X.225 7.31, 7.33).
            (State::Idle, On::Interrupt) => DoReceive::Keep,
            (State::Idle, On::Discard) => DoReceive::TooLate,
            (State::Idle, On::Lost | On::CannotStore) => DoReceive::Nothing,

            (
                State::Receiving | State::Repeating | State::Refusing,
                On::Start | On::ResumeComplete | On::ResumeHere | On::ResumeUnknown,
            ) => DoReceive::Violation,

            (State::Receiving, On::Data) => DoReceive::Collect,
            (State::Receiving, On::Sync) => DoReceive::Secure,
            (State::Receiving, On::End) => DoReceive::Complete,
            (State::Receiving | State::Repeating | State::Refusing, On::Interrupt) => DoReceive::Keep,
            (State::Receiving | State::Refusing, On::Discard) => DoReceive::Drop,
            (State::Receiving | State::Repeating | State::Refusing, On::Lost) => DoReceive::Rest,
            (State::Receiving, On::CannotStore) => DoReceive::Report,

            (State::Repeating, On::Data | On::CannotStore) => DoReceive::Nothing,
            (State::Repeating, On::Sync) => DoReceive::Confirm,
            (State::Repeating, On::End) => DoReceive::ConfirmEnd,
            (State::Repeating, On::Discard) => DoReceive::TooLate,

            (State::Refusing, On::Data | On::Sync | On::End | On::CannotStore) => DoReceive::Nothing,
        }
    }
}
