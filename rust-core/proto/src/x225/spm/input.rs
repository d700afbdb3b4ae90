//! One incoming event with everything that predicates, actions and outgoing events ask of it.
use crate::error::Error;
use crate::x225::names::Incoming;
use crate::x225::parameter::*;
use crate::x225::primitive::*;
use bytes::Bytes;

/// An incoming event of Table A.1 and its parameters. Serial numbers and flows are seen from this machine: `snd` is the
/// flow it sends on, whoever asked.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) event: Incoming,
    /// SS-user data, whole.
    pub(super) user_data: Bytes,
    /// sn: the serial number that the event carries.
    pub(super) serial: Option<SerialNumber>,
    /// snr of MAA and AEA, second number of AR; symmetric synchronize only.
    pub(super) second_serial: Option<SerialNumber>,
    /// GT or RT: the tokens of the event.
    pub(super) tokens: Tokens,
    /// Token Setting Item of RS, RA, S-RESYNCHRONIZE.
    pub(super) assignment: TokenAssignment,
    /// Set N: the resynchronization. Set S: that of the sending flow.
    pub(super) snd: Option<Resync>,
    /// Set S: the resynchronization of the receiving flow.
    pub(super) rcv: Option<Resync>,
    /// Transport Disconnect says that the transport connection is kept.
    pub(super) keep: bool,
    /// Reason Code.
    pub(super) reason: Option<u8>,
    /// Type of a minor point: explicit confirmation wanted.
    pub(super) explicit: bool,
    /// Activity identifier.
    pub(super) activity: Bytes,
    /// p202: this CDO carries the end of the user data.
    pub(super) last: bool,
    /// p204: more than 10240 octets of CONNECT user data.
    pub(super) overflow: bool,
    /// p76: why the SPM cannot accept this CONNECT.
    pub(super) refusal: Option<Error>,
    /// What went wrong below, for S-P-ABORT.
    pub(super) error: Option<Error>,
    /// The parameters of one kind of event only.
    pub(super) extra: Extra,
    /// The octets of the SPDU, for Reflect Parameter Values.
    pub(super) octets: Bytes,
}

/// Parameters of one kind of event only.
#[derive(Clone, Debug)]
pub(super) enum Extra {
    None,
    Connect(Box<ConnectRequest>),
    Response(Box<ConnectResponse>),
    Accepted(Box<ConnectConfirm>),
    Reject(Box<ConnectReject>),
    Rejected(Box<ConnectRejection>),
    Resume(Box<ActivityResume>),
    /// Transport Disconnect of an ABORT.
    Abort(TransportDisconnect),
    /// The transport connection is gone already: nothing can be asked of it.
    Gone,
}

impl Input {
    pub(super) fn new(event: Incoming) -> Input {
        Input {
            event,
            user_data: Bytes::new(),
            serial: None,
            second_serial: None,
            tokens: Tokens::empty(),
            assignment: TokenAssignment::default(),
            snd: None,
            rcv: None,
            keep: false,
            reason: None,
            explicit: false,
            activity: Bytes::new(),
            last: false,
            overflow: false,
            refusal: None,
            error: None,
            extra: Extra::None,
            octets: Bytes::new(),
        }
    }

    pub(super) fn with_user_data(event: Incoming, user_data: Bytes) -> Input {
        Input { user_data, ..Input::new(event) }
    }
}
