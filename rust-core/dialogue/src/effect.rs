//! What the engine asks of its surroundings, what these tell it, and what the application hears.
use core::ops::RangeInclusive;

use osisession_proto::time::Instant;
use osisession_proto::{Bytes, Error};

use crate::control::{BlockError, Status};

/// Names one connection within a dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Connection {
    /// Made here, for this epoch.
    Outgoing(u64),
    /// Made by the peer: a number of the caller's choice, never used twice for one dialogue in one process.
    Incoming(u64),
}

/// Names a request for a sync of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub(crate) u64);

/// Identifier of an activity: at most 6 octets (X.215), here always 6.
pub type ActivityId = [u8; 6];

/// What to do. Effects are carried out in the order in which they are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Put this record at the end of the journal. It need not be durable yet.
    Append(Bytes),
    /// Make all that was appended durable, then call [`crate::Dialogue::stored`] with the token; or
    /// [`crate::Dialogue::storage_failed`].
    Sync(Token),
    /// Open a transport connection to the peer and send S-CONNECT request: kernel, duplex, minor synchronize, resynchronize and
    /// activity management; the dialogue initiator holds the tokens for minor synchronize and major/activity.
    Connect {
        /// The name of the connection from now on.
        connection: Connection,
        /// User data.
        user_data: Bytes,
    },
    /// S-CONNECT response, affirmative.
    Accept {
        /// Which.
        connection: Connection,
        /// User data.
        user_data: Bytes,
    },
    /// S-CONNECT response, negative, reason 2 (X.225 8.3.5). The connection is forgotten.
    Refuse {
        /// Which.
        connection: Connection,
        /// User data.
        user_data: Bytes,
    },
    /// Send this on the current connection.
    Send {
        /// Which.
        connection: Connection,
        /// What.
        primitive: Primitive,
    },
    /// Stop reading from the transport.
    Pause(Connection),
    /// Read again.
    Unpause(Connection),
    /// End the connection: with S-U-ABORT if there is user data, silently if there is none. It is forgotten: whatever still
    /// comes from it must not matter, and does not.
    Disconnect {
        /// Which.
        connection: Connection,
        /// User data of the abort.
        user_data: Option<Bytes>,
    },
}

/// What travels on an established connection, by the names of X.215.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Primitive {
    /// S-DATA: one message.
    Data(Bytes),
    /// S-SYNC-MINOR request or indication, explicit: a control block.
    Sync(Bytes),
    /// S-SYNC-MINOR response or confirm: a control block.
    SyncConfirm(Bytes),
    /// S-TOKEN-PLEASE for the minor synchronize token: a control block. The token is not given; a sync point answers.
    Please(Bytes),
    /// S-ACTIVITY-START.
    Start(ActivityId),
    /// S-ACTIVITY-RESUME: a control block. The serial to resume at does not matter, positions decide.
    Resume {
        /// The new identifier.
        activity: ActivityId,
        /// The old one.
        old: ActivityId,
        /// User data.
        user_data: Bytes,
    },
    /// S-ACTIVITY-END request or indication.
    End,
    /// S-ACTIVITY-END response or confirm.
    EndConfirm,
    /// S-ACTIVITY-INTERRUPT request or indication.
    Interrupt,
    /// S-ACTIVITY-INTERRUPT response or confirm.
    InterruptConfirm,
    /// S-RELEASE request or indication: a control block.
    Release(Bytes),
    /// S-RELEASE response or confirm: a control block. Once it is given out as a response the engine has forgotten the
    /// connection; the session ends by itself.
    ReleaseConfirm(Bytes),
}

/// What was agreed for a session connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Activity management.
    pub activities: bool,
    /// Minor synchronize.
    pub minor_sync: bool,
}

impl Agreed {
    /// All that a dialogue proposes.
    pub const ALL: Agreed = Agreed { activities: true, minor_sync: true };
}

/// Why a connection ended, as its owner saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The transport is gone, or never came.
    Lost,
    /// The session provider aborted: one side broke the session protocol.
    ProtocolError,
    /// The peer aborted, with this user data.
    Aborted(Bytes),
}

/// Why the dialogue does not try any more until it is told to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The peer refused for good, without a control block: wrong selector, version.
    Refused,
    /// The peer refused with this status.
    RefusedWith(Status),
    /// The peer took the connection without a control block that holds: not a dialogue of this library.
    NotADialogue(BlockError),
    /// Another identity answered than the one the dialogue is bound to.
    Identity,
    /// What was agreed for the session does not suffice.
    Unfit,
    /// Too many protocol errors with nothing achieved in between.
    Violations,
    /// The journal failed. Restart from what it holds.
    Storage,
    /// The numbers of the epochs are used up.
    Epochs,
}

/// What the application hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Messages up to this position are in the outbox for good.
    Accepted(u64),
    /// The peer has messages up to this position on stable storage.
    Confirmed(u64),
    /// A message of the peer. Commit its position when it is dealt with.
    Message {
        /// Its place among all messages of the peer, from 1.
        position: u64,
        /// The message.
        data: Bytes,
    },
    /// What was committed up to here will not be handed out again, whatever happens.
    Committed(u64),
    /// There was no room in the outbox; now there is.
    Writable,
    /// An attempt begins.
    Connecting {
        /// Its epoch.
        epoch: u64,
        /// Attempts since the last connection, this one included.
        attempt: u32,
    },
    /// Messages flow.
    Connected {
        /// Number of the connection.
        epoch: u64,
        /// The peer application's user data.
        user_data: Bytes,
    },
    /// The connection is gone; the dialogue is not.
    Detached {
        /// On purpose, because nobody had anything to say.
        idle: bool,
    },
    /// No connection for longer than [`crate::Config::overdue`]. Attempts go on.
    Overdue,
    /// A sync of the journal takes longer than [`crate::DialogueLimits::storage_timeout`]; the connection was given back.
    StorageStalled,
    /// The peer wants to close: nothing more can be sent.
    PeerClosing,
    /// The dialogue has ended in good order; all messages of both sides are confirmed.
    Closed,
    /// The tombstone has served its time: the journal can be removed.
    Forget,
    /// No more attempts. [`crate::Dialogue::reconnect`] tries again.
    Stopped(Stop),
    /// The dialogue can never go on: one side has lost what the other relies on.
    Broken {
        /// What was found. The speaker is this side.
        status: Status,
        /// Messages up to here were on the peer's stable storage.
        confirmed: u64,
        /// What became of these is not known. [`crate::Dialogue::unconfirmed`] has them.
        unconfirmed: Option<RangeInclusive<u64>>,
    },
    /// The peer did something that is forbidden, and lost its connection for it.
    Violation(Error),
}

/// Why a deadline is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// The next attempt to connect.
    Retry,
    /// The peer's answer to a connect request, an interrupt, an end or a release.
    Answer,
    /// The peer's answer to a sync point.
    SyncAnswer,
    /// A sync point is due.
    Checkpoint,
    /// A sync of the journal is due.
    Flush,
    /// A sync of the journal takes too long.
    Storage,
    /// Nobody has anything to say.
    Idle,
    /// A sign of life is due.
    Keepalive,
    /// No connection for too long.
    Overdue,
    /// The tombstone has served its time.
    Retention,
}

/// Where a dialogue stands: for progress bars and people who wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// In one word: `connected`, `connecting`, `detached`, `idle`, `stopped`, `closing`, `closed`, `broken`.
    pub state: &'static str,
    /// Epoch of the last attempt or connection.
    pub epoch: u64,
    /// Attempts since the last connection.
    pub attempts: u32,
    /// When the next one is due.
    pub next_try: Option<Instant>,
    /// Last position that `send` took.
    pub sent: u64,
    /// Last position that is durable here.
    pub accepted: u64,
    /// Last position that is durable at the peer.
    pub confirmed: u64,
    /// Octets of messages that the peer confirmed, since this process began.
    pub confirmed_octets: u64,
    /// Octets of messages that wait for confirmation.
    pub unconfirmed_octets: usize,
    /// Last position of the peer that is durable here.
    pub received: u64,
    /// Last position of the peer that the application committed.
    pub committed: u64,
    /// Events that were dropped because nobody took them.
    pub events_lost: u64,
}
