//! The machines of requests and responses as tables: state by what happens. Each cell names what is done; nothing else decides it.
use super::config::Retry;
use super::engine::Why;

/// An own request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Waits to be sent for the first time.
    Queued,
    /// Sent on this connection.
    Sent,
    /// Sent, and cancelled since.
    Cancelling,
    /// Sent on a connection that is lost.
    Unsure,
    /// Waits to be sent again.
    Again,
}

/// What happens to an own request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallEvent {
    /// The session takes it.
    Left,
    /// Its response or error comes.
    Answer,
    /// The caller cancels it.
    Cancel,
    /// Its deadline passes.
    Deadline,
    /// The connection is lost.
    Lost,
    /// A new connection: the peer remembers, or it does not.
    Attached { remembers: bool },
    /// There is no connection, and none is tried for now.
    GivenUp,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallAction {
    /// Nothing but the new state.
    Become(Call),
    /// Send it, as new or as repeated.
    Send,
    /// Send it again, and become [`Call::Again`].
    Repeat,
    /// Tell the peer that nobody waits, and become [`Call::Cancelling`].
    Withdraw,
    /// It has its outcome: what the peer said.
    Answered,
    /// It has its outcome: it was certainly not carried out.
    NotDone(Why),
    /// It has its outcome: nobody knows.
    Unknown(Why),
    /// The same, and the peer is told.
    UnknownWithdraw(Why),
    /// The peer answers what it was not asked.
    Violation,
    /// The engine never lets this happen.
    Impossible,
}

impl Call {
    pub(super) fn on(self, event: CallEvent, retry: Retry) -> CallAction {
        use CallAction as Do;
        use CallEvent as On;
        match (self, event) {
            (Call::Queued, On::Left) => Do::Send,
            (Call::Queued, On::Answer) => Do::Violation,
            (Call::Queued, On::Cancel) => Do::NotDone(Why::Cancelled),
            (Call::Queued, On::Deadline) => Do::NotDone(Why::Deadline),
            (Call::Queued, On::Lost | On::Attached { .. }) => Do::Become(Call::Queued),
            (Call::Queued, On::GivenUp) => Do::NotDone(Why::Unreachable),

            (Call::Sent, On::Left | On::Attached { .. } | On::GivenUp) => Do::Impossible,
            (Call::Sent, On::Answer) => Do::Answered,
            (Call::Sent, On::Cancel) => Do::Withdraw,
            (Call::Sent, On::Deadline) => Do::UnknownWithdraw(Why::Deadline),
            (Call::Sent, On::Lost) => Do::Become(Call::Unsure),

            (Call::Cancelling, On::Left | On::Attached { .. } | On::GivenUp) => Do::Impossible,
            (Call::Cancelling, On::Answer) => Do::Answered,
            (Call::Cancelling, On::Cancel) => Do::Become(Call::Cancelling),
            (Call::Cancelling, On::Deadline) => Do::Unknown(Why::Deadline),
            (Call::Cancelling, On::Lost) => Do::Unknown(Why::Cancelled),

            // There is no connection on which an answer could come.
            (Call::Unsure, On::Left | On::Answer) => Do::Impossible,
            (Call::Unsure, On::Cancel) => Do::Unknown(Why::Cancelled),
            (Call::Unsure, On::Deadline) => Do::Unknown(Why::Deadline),
            (Call::Unsure, On::Lost) => Do::Become(Call::Unsure),
            (Call::Unsure, On::GivenUp) => Do::Unknown(Why::Unreachable),
            (Call::Unsure, On::Attached { remembers: true }) => Do::Repeat,
            (Call::Unsure, On::Attached { remembers: false }) => match retry {
                Retry::AtMostOnce => Do::Unknown(Why::PeerForgot),
                Retry::Idempotent => Do::Repeat,
            },

            (Call::Again, On::Left) => Do::Send,
            // What was asked on the old connection is answered on the new one before it was asked again.
            (Call::Again, On::Answer) => Do::Answered,
            (Call::Again, On::Cancel) => Do::Unknown(Why::Cancelled),
            (Call::Again, On::Deadline) => Do::Unknown(Why::Deadline),
            (Call::Again, On::Lost) => Do::Become(Call::Unsure),
            (Call::Again, On::Attached { .. } | On::GivenUp) => Do::Impossible,
        }
    }
}

/// A request of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Never seen.
    New,
    /// The application carries it out.
    Executing,
    /// The same, and the caller needs no response any more.
    Unwanted,
    /// Its response is kept.
    Done,
    /// It was begun by a process that ended.
    Interrupted,
    /// It is too old to know.
    Forgotten,
}

/// What happens to a request of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerEvent {
    /// It comes.
    Request,
    /// Its caller cancels it.
    Cancel,
    /// The application answers it.
    Finish,
    /// It took too long.
    Overdue,
    /// Its caller has settled it.
    Settled,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerAction {
    /// Nothing.
    Nothing,
    /// Give it to the application, unless too much is under way.
    Begin,
    /// Send the response that is kept.
    Resend,
    /// Answer with this error, and keep nothing.
    Refuse(u16),
    /// Tell the application that nobody waits.
    TellCancelled,
    /// The same, and become [`Answer::Unwanted`].
    Abandon,
    /// Keep the response and send it.
    Store,
    /// Answer with [`super::code::OVERDUE`], keep that, and tell the application.
    StoreOverdue,
    /// Forget it.
    Drop,
    /// The application answers what it was not asked.
    Refused,
    /// The engine never lets this happen.
    Impossible,
}

impl Answer {
    pub(super) fn on(self, event: AnswerEvent) -> AnswerAction {
        use super::message::code;
        use AnswerAction as Do;
        use AnswerEvent as On;
        match (self, event) {
            (Answer::New, On::Request) => Do::Begin,
            (Answer::New, On::Cancel) => Do::Nothing,
            (Answer::New, On::Finish) => Do::Refused,
            (Answer::New, On::Overdue | On::Settled) => Do::Impossible,

            // The answer comes when it is there.
            (Answer::Executing, On::Request) => Do::Nothing,
            (Answer::Executing, On::Cancel) => Do::TellCancelled,
            (Answer::Executing, On::Finish) => Do::Store,
            (Answer::Executing, On::Overdue) => Do::StoreOverdue,
            (Answer::Executing, On::Settled) => Do::Abandon,

            (Answer::Unwanted, On::Request) => Do::Refuse(code::FORGOTTEN),
            (Answer::Unwanted, On::Cancel | On::Settled) => Do::Nothing,
            (Answer::Unwanted, On::Finish | On::Overdue) => Do::Drop,

            (Answer::Done, On::Request) => Do::Resend,
            (Answer::Done, On::Cancel) => Do::Nothing,
            (Answer::Done, On::Finish) => Do::Refused,
            (Answer::Done, On::Overdue) => Do::Impossible,
            (Answer::Done, On::Settled) => Do::Drop,

            (Answer::Interrupted, On::Request) => Do::Refuse(code::INTERRUPTED),
            (Answer::Interrupted, On::Cancel) => Do::Nothing,
            (Answer::Interrupted, On::Finish) => Do::Refused,
            (Answer::Interrupted, On::Overdue) => Do::Impossible,
            (Answer::Interrupted, On::Settled) => Do::Drop,

            (Answer::Forgotten, On::Request) => Do::Refuse(code::FORGOTTEN),
            (Answer::Forgotten, On::Cancel) => Do::Nothing,
            (Answer::Forgotten, On::Finish) => Do::Refused,
            (Answer::Forgotten, On::Overdue | On::Settled) => Do::Impossible,
        }
    }
}

#[cfg(test)]
impl Call {
    pub(super) const ALL: [Call; 5] = [Call::Queued, Call::Sent, Call::Cancelling, Call::Unsure, Call::Again];
}

#[cfg(test)]
impl Answer {
    pub(super) const ALL: [Answer; 6] = [
        Answer::New,
        Answer::Executing,
        Answer::Unwanted,
        Answer::Done,
        Answer::Interrupted,
        Answer::Forgotten,
    ];
}
