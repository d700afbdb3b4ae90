//! What can be set, each with its default.
use super::pdu::AbortReason;
use crate::error::{Error, Result};
use crate::time::Duration;
use crate::x225::parameter::FunctionalUnits;
use bytes::Bytes;

/// The functional units of reliable transfer: half-duplex, minor synchronize, activity management, exceptions; 0x0249.
pub const UNITS: FunctionalUnits = FunctionalUnits::HALF_DUPLEX
    .union(FunctionalUnits::MINOR_SYNC)
    .union(FunctionalUnits::ACTIVITY_MANAGEMENT)
    .union(FunctionalUnits::EXCEPTIONS);

/// The SS-user data of an upper layer that makes its own, where RTSE's PDUs are wrapped in those of ACSE and presentation.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Plain {
    /// Of a S-CONNECT request that opens.
    pub open: Bytes,
    /// Of a S-CONNECT request that recovers.
    pub recover: Bytes,
    /// Of a S-CONNECT response.
    pub accept: Bytes,
    /// Of a S-CONNECT response, negative.
    pub refuse: Bytes,
    /// Of S-U-ABORT, for each [`AbortReason`] by its number. One that comes is known by being equal to one of these.
    pub aborts: [Bytes; 8],
}

/// What travels in SS-user data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// RTSE's own PDUs, as in X.410-1984 mode, where it sits on the session service itself. `user_data` is what its user says in RTORQ
    /// and RTOAC: one value in BER, or empty.
    Rtse {
        /// One value in BER, or empty.
        user_data: Bytes,
    },
    /// Octets of the user's. Checkpoint size, window and mode are then agreed by them, and set here to what was agreed.
    Plain(Box<Plain>),
}

impl Form {
    pub(super) fn abort(&self, reason: AbortReason) -> Bytes {
        match self {
            Form::Rtse { .. } => reason.encode(),
            Form::Plain(plain) => plain.aborts[reason as usize].clone(),
        }
    }
}

/// When something is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// The first delay; it doubles with each failure that follows, with some chance in it. Default 0.2 s.
    pub first_delay: Duration,
    /// The longest delay. Default 30 s.
    pub longest_delay: Duration,
    /// The least delay after the peer said that it is busy, or has a temporary problem. Default 1 s.
    pub busy_delay: Duration,
}

/// How an engine behaves. The limits hold against a hostile peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What travels in SS-user data. Default: RTSE's own PDUs, nothing said by their user.
    pub form: Form,
    /// KiB between two checkpoints, 0 for none. What is agreed is the smaller of both sides'. Default 63, so that a segment with its
    /// header fits a TPKT.
    pub checkpoint_size: u32,
    /// Checkpoints that may be unconfirmed, at least 1. What is agreed is the smaller of both sides'. Default 3.
    pub window_size: u32,
    /// Both sides may send, by turns (X.218 9.1.1.1); otherwise only the one that has the turn first. The initiator decides. Default:
    /// true.
    pub two_way: bool,
    /// The responder has the turn first. The initiator decides. Default: false.
    pub responder_first: bool,
    /// Octets of one APDU, both ways. Default 64 MiB.
    pub max_apdu: usize,
    /// Own APDUs without an outcome; one more is refused. Default 64.
    pub max_queued: usize,
    /// Checkpoints of one incoming APDU. Default 65,536.
    pub max_checkpoints: usize,
    /// APDUs of the peer that are kept although their transfer was interrupted. The oldest goes first. Default 4.
    pub max_interrupted: usize,
    /// Completed transfers of the peer that are remembered, at least 1, so that one whose last confirmation was lost is not delivered
    /// twice. Default 16.
    pub completed_marks: usize,
    /// APDUs of the peer that were delivered and not yet taken ([`super::Engine::taken`]): with so many, transfers are refused with an
    /// exception until some are. Default 64.
    pub max_untaken: usize,
    /// How often an APDU is sent anew from its first octet, because the peer has forgotten it or reports an error that does not pass,
    /// before it is given up. Default 5.
    pub max_renewals: u32,
    /// When a connection, or a transfer that the peer had to refuse, is tried again.
    pub retries: Retries,
    /// How long recovery is tried before the association is given up. At a responder: how long it may be recovered. Default 1 h.
    pub recovery_time: Duration,
    /// How long an answer of the peer (to a connection, a checkpoint, an end, an interruption, a discard, a release) may take before the
    /// connection is aborted and recovered. Default 60 s.
    pub answer_within: Duration,
    /// A wish for the turn that had no effect is repeated after this time. Default 5 s.
    pub ask_again: Duration,
    /// An APDU under way is interrupted, if something of it was confirmed, when the peer asks for the turn with a priority that is
    /// more urgent. Default: false.
    pub interrupt_for_turn: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            form: Form::Rtse { user_data: Bytes::new() },
            checkpoint_size: 63,
            window_size: 3,
            two_way: true,
            responder_first: false,
            max_apdu: 64 << 20,
            max_queued: 64,
            max_checkpoints: 65_536,
            max_interrupted: 4,
            completed_marks: 16,
            max_untaken: 64,
            max_renewals: 5,
            retries: Retries {
                first_delay: Duration::from_millis(200),
                longest_delay: Duration::from_secs(30),
                busy_delay: Duration::from_secs(1),
            },
            recovery_time: Duration::from_secs(3_600),
            answer_within: Duration::from_secs(60),
            ask_again: Duration::from_secs(5),
            interrupt_for_turn: false,
        }
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<()> {
        let least = [
            ("window_size", self.window_size as usize),
            ("max_apdu", self.max_apdu),
            ("max_queued", self.max_queued),
            ("max_checkpoints", self.max_checkpoints),
            ("max_interrupted", self.max_interrupted),
            ("completed_marks", self.completed_marks),
            ("max_untaken", self.max_untaken),
            ("first_delay", usize::from(!self.retries.first_delay.is_zero())),
            ("longest_delay", usize::from(!self.retries.longest_delay.is_zero())),
            ("recovery_time", usize::from(!self.recovery_time.is_zero())),
            ("answer_within", usize::from(!self.answer_within.is_zero())),
            ("ask_again", usize::from(!self.ask_again.is_zero())),
        ];
        match least.into_iter().find(|(_, value)| *value == 0) {
            None => Ok(()),
            Some((name, _)) => Err(Error::invalid(format!("{name} is zero")).with_parameter(name)),
        }
    }
}
