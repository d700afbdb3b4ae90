//! The machine as a table: state by what happens. Each cell names what is done; nothing else decides it.

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It is not there, and nobody wants it.
    Idle,
    /// An attempt is under way.
    Opening,
    /// The next attempt waits for its time.
    Waiting,
    /// It is there.
    Up,
    /// It is being closed because it is not used.
    Closing,
    /// The circuit is open: no attempt for now.
    Tripped,
    /// The circuit is half open: who wants the session next makes the attempt that decides.
    Armed,
    /// That attempt is under way.
    Trial,
    /// It was refused for good, or stopped.
    Stopped,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Somebody wants the session.
    Want,
    /// Nobody waits for it any more.
    Unwanted,
    /// The attempt succeeded.
    Opened,
    /// The attempt failed.
    Failed,
    /// It was refused for good.
    Refused,
    /// The session is gone.
    Lost,
    /// It was not used for long enough.
    Quiet,
    /// The time of this state is over.
    Due,
    /// The user has enough.
    Stop,
    /// The user wants another try.
    Reset,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Do {
    /// Nothing.
    Nothing,
    /// Make an attempt, or wait until one may be made.
    Open,
    /// Make the attempt at once.
    OpenNow,
    /// Make the attempt that decides.
    Try,
    /// Let them wait.
    Queue,
    /// It is there: say so.
    Serve,
    /// Say that it cannot be had now.
    Reject,
    /// It is there now.
    Rise,
    /// One more failure: wait, or open the circuit.
    Fail,
    /// Open the circuit again, for longer.
    TripAgain,
    /// The circuit may be tried.
    Arm,
    /// Give up for good.
    GiveUp,
    /// Take the attempt back, and give up.
    Halt,
    /// Take the attempt back, and count it as failed.
    Abandon,
    /// It went down; open it again if it is wanted.
    Fall,
    /// Close it.
    Close,
    /// Abort what would not close.
    Abort,
    /// It is closed; open it again if somebody came meanwhile.
    Rest,
    /// Rest, unless it is to be kept open.
    Cease,
    /// Begin anew.
    Begin,
    /// The engine never lets this happen.
    Impossible,
}

impl State {
    pub(super) fn on(self, input: Input) -> Do {
        use Input as On;
        match (self, input) {
            (State::Idle, On::Want) => Do::Open,
            (State::Idle, On::Unwanted | On::Reset) => Do::Nothing,
            (State::Idle, On::Opened | On::Failed | On::Refused | On::Lost | On::Quiet | On::Due) => {
                Do::Impossible
            }
            (State::Idle, On::Stop) => Do::GiveUp,

            (State::Opening, On::Want) => Do::Queue,
            (State::Opening, On::Unwanted | On::Reset) => Do::Nothing,
            (State::Opening, On::Opened) => Do::Rise,
            (State::Opening, On::Failed) => Do::Fail,
            (State::Opening, On::Refused) => Do::GiveUp,
            (State::Opening, On::Stop) => Do::Halt,
            (State::Opening, On::Lost | On::Quiet) => Do::Impossible,
            (State::Opening, On::Due) => Do::Abandon,

            (State::Waiting, On::Want) => Do::Queue,
            (State::Waiting, On::Unwanted) => Do::Cease,
            (State::Waiting, On::Opened | On::Failed | On::Refused | On::Lost | On::Quiet) => Do::Impossible,
            (State::Waiting, On::Due | On::Reset) => Do::OpenNow,
            (State::Waiting, On::Stop) => Do::GiveUp,

            (State::Up, On::Want) => Do::Serve,
            (State::Up, On::Unwanted | On::Reset) => Do::Nothing,
            (State::Up, On::Opened | On::Failed | On::Refused | On::Due) => Do::Impossible,
            (State::Up, On::Lost) => Do::Fall,
            (State::Up, On::Quiet) => Do::Close,
            (State::Up, On::Stop) => Do::GiveUp,

            (State::Closing, On::Want) => Do::Queue,
            (State::Closing, On::Unwanted | On::Reset) => Do::Nothing,
            (State::Closing, On::Opened | On::Failed | On::Refused | On::Quiet) => Do::Impossible,
            (State::Closing, On::Lost) => Do::Rest,
            (State::Closing, On::Due) => Do::Abort,
            (State::Closing, On::Stop) => Do::GiveUp,

            (State::Tripped, On::Want) => Do::Reject,
            (State::Tripped, On::Unwanted) => Do::Nothing,
            (State::Tripped, On::Opened | On::Failed | On::Refused | On::Lost | On::Quiet) => Do::Impossible,
            (State::Tripped, On::Due | On::Reset) => Do::Arm,
            (State::Tripped, On::Stop) => Do::GiveUp,

            (State::Armed, On::Want) => Do::Try,
            (State::Armed, On::Unwanted | On::Reset) => Do::Nothing,
            (State::Armed, On::Opened | On::Failed | On::Refused | On::Lost | On::Quiet | On::Due) => {
                Do::Impossible
            }
            (State::Armed, On::Stop) => Do::GiveUp,

            (State::Trial, On::Want) => Do::Queue,
            (State::Trial, On::Unwanted | On::Reset) => Do::Nothing,
            (State::Trial, On::Opened) => Do::Rise,
            (State::Trial, On::Failed) => Do::TripAgain,
            (State::Trial, On::Refused) => Do::GiveUp,
            (State::Trial, On::Stop) => Do::Halt,
            (State::Trial, On::Lost | On::Quiet) => Do::Impossible,
            (State::Trial, On::Due) => Do::Abandon,

            (State::Stopped, On::Want) => Do::Reject,
            (State::Stopped, On::Unwanted | On::Stop) => Do::Nothing,
            (State::Stopped, On::Opened | On::Failed | On::Refused | On::Lost | On::Quiet | On::Due) => {
                Do::Impossible
            }
            (State::Stopped, On::Reset) => Do::Begin,
        }
    }
}
