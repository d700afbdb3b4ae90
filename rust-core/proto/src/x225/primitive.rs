//! The service primitives of X.215: what the SS-user asks ([`Request`]) and what it is told ([`Event`]).
//!
//! Requests and responses go in, indications and confirms come out (X.225 Tables A.1 and A.3). Every primitive is spelled
//! as X.215 spells it: S-SYNC-MINOR request is [`Request::SyncMinor`], its indication is [`Event::SyncMinorIndication`].
use super::parameter::*;
use crate::error::Error;
use bytes::Bytes;

/// S-CONNECT request (X.215 Table 4; X.225 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectRequest {
    /// Calling session selector, 0 to 16 octets; empty is the null selector.
    pub calling_selector: Bytes,
    /// Called session selector, 0 to 16 octets.
    pub called_selector: Bytes,
    /// Session connection identifier.
    pub connection_identifier: ConnectionIdentifier,
    /// The functional units proposed; one of half-duplex and duplex at least.
    pub functional_units: FunctionalUnits,
    /// The protocol versions proposed. More than 512 octets of user data are possible with version 2 alone, which is then
    /// proposed whatever stands here, if it stands here.
    pub versions: Versions,
    /// First initial serial number; needed when SY, SS, MA or RESYN is proposed without ACT.
    pub initial_serial_number: Option<SerialNumber>,
    /// Second initial serial number; needed when SS is proposed.
    pub second_initial_serial_number: Option<SerialNumber>,
    /// Upper limit of serial numbers in decimal digits (PI 56), if not 6. 7 to 18.
    pub upper_limit_serial_number: Option<u8>,
    /// Initial sides of the tokens.
    pub tokens: TokenAssignment,
    /// Maximum TSDU sizes proposed; 0 is "not limited".
    pub tsdu_maximum_size: TsduSizes,
    /// Extended control (quality of service): ask for the transport expedited flow. Implied by the EX functional unit.
    pub extended_control: bool,
    /// Optimized dialogue transfer (quality of service): say that extended concatenation can be received here.
    pub extended_concatenation: bool,
    /// SS-user data.
    pub user_data: Bytes,
}

impl Default for ConnectRequest {
    /// Duplex, both versions, null selectors, nothing else.
    fn default() -> ConnectRequest {
        ConnectRequest {
            calling_selector: Bytes::new(),
            called_selector: Bytes::new(),
            connection_identifier: ConnectionIdentifier::default(),
            functional_units: FunctionalUnits::DUPLEX,
            versions: Versions::default(),
            initial_serial_number: None,
            second_initial_serial_number: None,
            upper_limit_serial_number: None,
            tokens: TokenAssignment::default(),
            tsdu_maximum_size: TsduSizes::default(),
            extended_control: false,
            extended_concatenation: true,
            user_data: Bytes::new(),
        }
    }
}

/// S-CONNECT indication.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConnectIndication {
    /// Calling session selector.
    pub calling_selector: Bytes,
    /// Called session selector.
    pub called_selector: Bytes,
    /// Session connection identifier.
    pub connection_identifier: ConnectionIdentifier,
    /// The functional units proposed, less those that this side or the transport connection cannot provide.
    pub functional_units: FunctionalUnits,
    /// The protocol version that an acceptance would select.
    pub version: Versions,
    /// First initial serial number.
    pub initial_serial_number: Option<SerialNumber>,
    /// Second initial serial number.
    pub second_initial_serial_number: Option<SerialNumber>,
    /// Upper limit of serial numbers in digits, if the caller proposed one.
    pub upper_limit_serial_number: Option<u8>,
    /// Initial sides of the tokens.
    pub tokens: TokenAssignment,
    /// Maximum TSDU sizes proposed.
    pub tsdu_maximum_size: TsduSizes,
    /// The transport expedited flow is available on this connection.
    pub transport_expedited: bool,
    /// The caller can receive extended concatenation.
    pub extended_concatenation: bool,
    /// SS-user data.
    pub user_data: Bytes,
}

/// S-CONNECT response, result "accept".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectResponse {
    /// Responding session selector; `None` returns the called selector.
    pub responding_selector: Option<Bytes>,
    /// Session connection identifier.
    pub connection_identifier: ConnectionIdentifier,
    /// The functional units of this user. Selected is what both sides name; exactly one of half-duplex and duplex must
    /// remain.
    pub functional_units: FunctionalUnits,
    /// First initial serial number; `None` takes the caller's where one is needed.
    pub initial_serial_number: Option<SerialNumber>,
    /// Second initial serial number; `None` takes the caller's where one is needed.
    pub second_initial_serial_number: Option<SerialNumber>,
    /// Upper limit of serial numbers in decimal digits, if not 6.
    pub upper_limit_serial_number: Option<u8>,
    /// Sides of the tokens that the caller left to this user's choice; the others are ignored.
    pub tokens: TokenAssignment,
    /// Tokens to ask for in the same breath (Token Item of ACCEPT).
    pub please_tokens: Tokens,
    /// Maximum TSDU sizes of this side; 0 is "not limited".
    pub tsdu_maximum_size: TsduSizes,
    /// Extended concatenation can be received here.
    pub extended_concatenation: bool,
    /// SS-user data.
    pub user_data: Bytes,
}

impl Default for ConnectResponse {
    /// Duplex, nothing else.
    fn default() -> ConnectResponse {
        ConnectResponse {
            responding_selector: None,
            connection_identifier: ConnectionIdentifier::default(),
            functional_units: FunctionalUnits::DUPLEX,
            initial_serial_number: None,
            second_initial_serial_number: None,
            upper_limit_serial_number: None,
            tokens: TokenAssignment::default(),
            please_tokens: Tokens::empty(),
            tsdu_maximum_size: TsduSizes::default(),
            extended_concatenation: true,
            user_data: Bytes::new(),
        }
    }
}

/// S-CONNECT confirm, result "accept".
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConnectConfirm {
    /// Responding session selector.
    pub responding_selector: Bytes,
    /// Session connection identifier.
    pub connection_identifier: ConnectionIdentifier,
    /// The functional units selected.
    pub functional_units: FunctionalUnits,
    /// The protocol version selected.
    pub version: Versions,
    /// First initial serial number.
    pub initial_serial_number: Option<SerialNumber>,
    /// Second initial serial number.
    pub second_initial_serial_number: Option<SerialNumber>,
    /// Initial sides of the tokens.
    pub tokens: TokenAssignment,
    /// Maximum TSDU sizes selected.
    pub tsdu_maximum_size: TsduSizes,
    /// The transport expedited flow is available on this connection.
    pub transport_expedited: bool,
    /// The peer can receive extended concatenation.
    pub extended_concatenation: bool,
    /// SS-user data.
    pub user_data: Bytes,
}

/// S-CONNECT response, result "reject".
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConnectReject {
    /// Reason code of the user: 0 not specified, 1 temporary congestion, 2 with user data (see [`refuse_reason`]).
    pub reason: u8,
    /// Session connection identifier.
    pub connection_identifier: ConnectionIdentifier,
    /// What this user would have required; sent with reason 2 only.
    pub functional_units: Option<FunctionalUnits>,
    /// SS-user data; reason 2 only.
    pub user_data: Bytes,
}

/// S-CONNECT confirm, result "reject", by the called user or by the provider.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConnectRejection {
    /// Reason code (see [`refuse_reason`]); 128 and above come from the provider.
    pub reason: u8,
    /// Session connection identifier.
    pub connection_identifier: ConnectionIdentifier,
    /// What the called user would have required (reason 2).
    pub functional_units: Option<FunctionalUnits>,
    /// The versions that the responder implements.
    pub versions: Option<Versions>,
    /// SS-user data.
    pub user_data: Bytes,
    /// Why, in full.
    pub error: Option<Error>,
}

/// The resynchronization of one flow, or of both when symmetric synchronize is not selected (X.225 7.24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resync {
    /// Abandon, restart or set.
    pub kind: ResyncType,
    /// The serial number; not needed in a request to abandon.
    pub serial_number: Option<SerialNumber>,
}

/// S-RESYNCHRONIZE request, indication, response, confirm (X.225 7.24, 7.25).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resynchronize {
    /// Without symmetric synchronize the only one; with it, the requestor's sending flow.
    pub first: Option<Resync>,
    /// With symmetric synchronize, the requestor's receiving flow.
    pub second: Option<Resync>,
    /// Sides of the tokens afterwards.
    pub tokens: TokenAssignment,
    /// SS-user data.
    pub user_data: Bytes,
}

/// S-ACTIVITY-RESUME request and indication (X.225 7.30).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ActivityResume {
    /// New activity identifier, 1 to 6 octets.
    pub activity_identifier: Bytes,
    /// Old activity identifier, 1 to 6 octets.
    pub old_activity_identifier: Bytes,
    /// The last serial number that counts: the next point gets this plus one.
    pub serial_number: SerialNumber,
    /// The same for the second flow; symmetric synchronize only.
    pub second_serial_number: Option<SerialNumber>,
    /// References of the session connection on which the activity was started, if it was another one.
    pub old_connection: Option<OldConnection>,
    /// SS-user data.
    pub user_data: Bytes,
}

/// Linking Information (X.225 8.3.30, PGI 33): an earlier session connection.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OldConnection {
    /// Called SS-user Reference, 0 to 64 octets.
    pub called_reference: Bytes,
    /// Calling SS-user Reference, 0 to 64 octets.
    pub calling_reference: Bytes,
    /// Common Reference, 0 to 64 octets.
    pub common_reference: Bytes,
    /// Additional Reference Information, 0 to 4 octets.
    pub additional_reference: Bytes,
}

/// What the SS-user asks: every request and response of X.215.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// S-CONNECT request.
    Connect(Box<ConnectRequest>),
    /// S-CONNECT response, accept.
    ConnectResponse(Box<ConnectResponse>),
    /// S-CONNECT response, reject.
    ConnectResponseNegative(Box<ConnectReject>),
    /// S-DATA request; at least one octet.
    Data(Bytes),
    /// A piece of the SSDU of an S-DATA or S-TYPED-DATA request: sent as it is given, so that nothing needs to hold the whole. The
    /// first one is the request; until the one with `end` nothing else may be asked for but expedited data on its own flow and
    /// an abort, which then is a T-DISCONNECT. Needs [`crate::x225::spm::Config::pieces`], and a direction without
    /// segmenting.
    DataPiece {
        /// Of an S-TYPED-DATA request.
        typed: bool,
        /// The next octets of the SSDU: at least one, but for the last piece behind others.
        octets: Bytes,
        /// The SSDU is whole with it.
        end: bool,
    },
    /// S-EXPEDITED-DATA request; 1 to 14 octets.
    ExpeditedData(Bytes),
    /// S-TYPED-DATA request; at least one octet.
    TypedData(Bytes),
    /// S-CAPABILITY-DATA request.
    CapabilityData(Bytes),
    /// S-CAPABILITY-DATA response.
    CapabilityDataResponse(Bytes),
    /// S-TOKEN-GIVE request: the tokens, SS-user data.
    TokenGive(Tokens, Bytes),
    /// S-TOKEN-PLEASE request: the tokens, SS-user data.
    TokenPlease(Tokens, Bytes),
    /// S-CONTROL-GIVE request.
    ControlGive(Bytes),
    /// S-SYNC-MINOR request.
    SyncMinor {
        /// Explicit confirmation is wanted.
        explicit: bool,
        /// Data separation; only if that functional unit is selected.
        data_separation: bool,
        /// SS-user data.
        user_data: Bytes,
    },
    /// S-SYNC-MINOR response: the serial number, SS-user data.
    SyncMinorResponse(SerialNumber, Bytes),
    /// S-SYNC-MAJOR request.
    SyncMajor(Bytes),
    /// S-SYNC-MAJOR response.
    SyncMajorResponse(Bytes),
    /// S-RESYNCHRONIZE request.
    Resynchronize(Box<Resynchronize>),
    /// S-RESYNCHRONIZE response; the types are those of the indication and may be left out.
    ResynchronizeResponse(Box<Resynchronize>),
    /// S-U-EXCEPTION-REPORT request.
    UExceptionReport(ExceptionReason, Bytes),
    /// S-ACTIVITY-START request: the activity identifier, SS-user data.
    ActivityStart(Bytes, Bytes),
    /// S-ACTIVITY-RESUME request.
    ActivityResume(Box<ActivityResume>),
    /// S-ACTIVITY-INTERRUPT request.
    ActivityInterrupt(Option<ExceptionReason>, Bytes),
    /// S-ACTIVITY-INTERRUPT response.
    ActivityInterruptResponse(Bytes),
    /// S-ACTIVITY-DISCARD request.
    ActivityDiscard(Option<ExceptionReason>, Bytes),
    /// S-ACTIVITY-DISCARD response.
    ActivityDiscardResponse(Bytes),
    /// S-ACTIVITY-END request.
    ActivityEnd(Bytes),
    /// S-ACTIVITY-END response.
    ActivityEndResponse(Bytes),
    /// S-RELEASE request.
    Release(Bytes),
    /// S-RELEASE response, affirmative.
    ReleaseResponse(Bytes),
    /// S-RELEASE response, negative; only with the negotiated release functional unit.
    ReleaseResponseNegative(Bytes),
    /// S-U-ABORT request.
    UAbort(Bytes),
}

/// Why the provider aborted (X.215 S-P-ABORT).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PAbortReason {
    /// The transport connection is gone.
    TransportDisconnect = 0,
    /// Protocol error, found here or reported by the peer.
    ProtocolError = 1,
    /// The peer gave no reason.
    Undefined = 2,
    /// A restriction of this implementation or of the peer's.
    ImplementationRestriction = 3,
}

/// What the SS-user is told: every indication and confirm of X.215.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// S-CONNECT indication.
    ConnectIndication(Box<ConnectIndication>),
    /// S-CONNECT confirm, accepted.
    ConnectConfirm(Box<ConnectConfirm>),
    /// S-CONNECT confirm, rejected. The session is over.
    ConnectConfirmNegative(Box<ConnectRejection>),
    /// S-DATA indication.
    DataIndication(Bytes),
    /// A piece of the SSDU of an S-DATA or S-TYPED-DATA indication that is longer than a TPDU, where SSDUs are indicated in pieces.
    /// The first one begins it. Should something come in between that purges data (resynchronization, interruption, discard,
    /// exception, abort), the rest does not come.
    DataPiece {
        /// Of an S-TYPED-DATA indication.
        typed: bool,
        /// The next octets of the SSDU.
        octets: Bytes,
        /// The SSDU is whole with it.
        end: bool,
    },
    /// S-EXPEDITED-DATA indication.
    ExpeditedDataIndication(Bytes),
    /// S-TYPED-DATA indication.
    TypedDataIndication(Bytes),
    /// S-CAPABILITY-DATA indication.
    CapabilityDataIndication(Bytes),
    /// S-CAPABILITY-DATA confirm.
    CapabilityDataConfirm(Bytes),
    /// S-TOKEN-GIVE indication: these tokens are now here.
    TokenGiveIndication(Tokens, Bytes),
    /// S-TOKEN-PLEASE indication: the peer asks for these tokens.
    TokenPleaseIndication(Tokens, Bytes),
    /// S-CONTROL-GIVE indication: all available tokens are now here.
    ControlGiveIndication(Bytes),
    /// S-SYNC-MINOR indication.
    SyncMinorIndication {
        /// The serial number of the point.
        serial_number: SerialNumber,
        /// The peer wants an explicit confirmation.
        explicit: bool,
        /// Data separation.
        data_separation: bool,
        /// SS-user data.
        user_data: Bytes,
    },
    /// S-SYNC-MINOR confirm: every point up to this number is confirmed.
    SyncMinorConfirm(SerialNumber, Bytes),
    /// S-SYNC-MAJOR indication.
    SyncMajorIndication(SerialNumber, Bytes),
    /// S-SYNC-MAJOR confirm: the second serial number (symmetric synchronize only), SS-user data.
    SyncMajorConfirm(Option<SerialNumber>, Bytes),
    /// S-RESYNCHRONIZE indication.
    ResynchronizeIndication(Box<Resynchronize>),
    /// S-RESYNCHRONIZE confirm.
    ResynchronizeConfirm(Box<Resynchronize>),
    /// S-P-EXCEPTION-REPORT indication.
    PExceptionReportIndication(Option<Error>),
    /// S-U-EXCEPTION-REPORT indication.
    UExceptionReportIndication(ExceptionReason, Bytes),
    /// S-ACTIVITY-START indication: the activity identifier, SS-user data.
    ActivityStartIndication(Bytes, Bytes),
    /// S-ACTIVITY-RESUME indication.
    ActivityResumeIndication(Box<ActivityResume>),
    /// S-ACTIVITY-INTERRUPT indication.
    ActivityInterruptIndication(Option<ExceptionReason>, Bytes),
    /// S-ACTIVITY-INTERRUPT confirm.
    ActivityInterruptConfirm(Bytes),
    /// S-ACTIVITY-DISCARD indication.
    ActivityDiscardIndication(Option<ExceptionReason>, Bytes),
    /// S-ACTIVITY-DISCARD confirm.
    ActivityDiscardConfirm(Bytes),
    /// S-ACTIVITY-END indication.
    ActivityEndIndication(SerialNumber, Bytes),
    /// S-ACTIVITY-END confirm: the second serial number (symmetric synchronize only), SS-user data.
    ActivityEndConfirm(Option<SerialNumber>, Bytes),
    /// S-RELEASE indication.
    ReleaseIndication(Bytes),
    /// S-RELEASE confirm, affirmative. The session is over.
    ReleaseConfirm(Bytes),
    /// S-RELEASE confirm, negative. The session goes on.
    ReleaseConfirmNegative(Bytes),
    /// S-U-ABORT indication. The session is over.
    UAbortIndication(Bytes),
    /// S-P-ABORT indication: why, and where the fault is if that is known. The session is over.
    PAbortIndication(PAbortReason, Option<Error>),
}

macro_rules! primitive_names {
    ($type:ident, $($pattern:pat => $name:literal,)*) => {
        impl $type {
            /// The primitive as X.215 spells it.
            pub const fn name(&self) -> &'static str {
                match self { $($pattern => $name,)* }
            }
        }
    };
}

primitive_names! { Request,
    Request::Connect(..) => "S-CONNECT request",
    Request::ConnectResponse(..) => "S-CONNECT response (accept)",
    Request::ConnectResponseNegative(..) => "S-CONNECT response (reject)",
    Request::Data(..) => "S-DATA request",
    Request::DataPiece { typed: false, .. } => "S-DATA request, a piece",
    Request::DataPiece { typed: true, .. } => "S-TYPED-DATA request, a piece",
    Request::ExpeditedData(..) => "S-EXPEDITED-DATA request",
    Request::TypedData(..) => "S-TYPED-DATA request",
    Request::CapabilityData(..) => "S-CAPABILITY-DATA request",
    Request::CapabilityDataResponse(..) => "S-CAPABILITY-DATA response",
    Request::TokenGive(..) => "S-TOKEN-GIVE request",
    Request::TokenPlease(..) => "S-TOKEN-PLEASE request",
    Request::ControlGive(..) => "S-CONTROL-GIVE request",
    Request::SyncMinor { .. } => "S-SYNC-MINOR request",
    Request::SyncMinorResponse(..) => "S-SYNC-MINOR response",
    Request::SyncMajor(..) => "S-SYNC-MAJOR request",
    Request::SyncMajorResponse(..) => "S-SYNC-MAJOR response",
    Request::Resynchronize(..) => "S-RESYNCHRONIZE request",
    Request::ResynchronizeResponse(..) => "S-RESYNCHRONIZE response",
    Request::UExceptionReport(..) => "S-U-EXCEPTION-REPORT request",
    Request::ActivityStart(..) => "S-ACTIVITY-START request",
    Request::ActivityResume(..) => "S-ACTIVITY-RESUME request",
    Request::ActivityInterrupt(..) => "S-ACTIVITY-INTERRUPT request",
    Request::ActivityInterruptResponse(..) => "S-ACTIVITY-INTERRUPT response",
    Request::ActivityDiscard(..) => "S-ACTIVITY-DISCARD request",
    Request::ActivityDiscardResponse(..) => "S-ACTIVITY-DISCARD response",
    Request::ActivityEnd(..) => "S-ACTIVITY-END request",
    Request::ActivityEndResponse(..) => "S-ACTIVITY-END response",
    Request::Release(..) => "S-RELEASE request",
    Request::ReleaseResponse(..) => "S-RELEASE response (affirmative)",
    Request::ReleaseResponseNegative(..) => "S-RELEASE response (negative)",
    Request::UAbort(..) => "S-U-ABORT request",
}

primitive_names! { Event,
    Event::ConnectIndication(..) => "S-CONNECT indication",
    Event::ConnectConfirm(..) => "S-CONNECT confirm (accept)",
    Event::ConnectConfirmNegative(..) => "S-CONNECT confirm (reject)",
    Event::DataIndication(..) => "S-DATA indication",
    Event::DataPiece { typed: false, .. } => "S-DATA indication, a piece",
    Event::DataPiece { typed: true, .. } => "S-TYPED-DATA indication, a piece",
    Event::ExpeditedDataIndication(..) => "S-EXPEDITED-DATA indication",
    Event::TypedDataIndication(..) => "S-TYPED-DATA indication",
    Event::CapabilityDataIndication(..) => "S-CAPABILITY-DATA indication",
    Event::CapabilityDataConfirm(..) => "S-CAPABILITY-DATA confirm",
    Event::TokenGiveIndication(..) => "S-TOKEN-GIVE indication",
    Event::TokenPleaseIndication(..) => "S-TOKEN-PLEASE indication",
    Event::ControlGiveIndication(..) => "S-CONTROL-GIVE indication",
    Event::SyncMinorIndication { .. } => "S-SYNC-MINOR indication",
    Event::SyncMinorConfirm(..) => "S-SYNC-MINOR confirm",
    Event::SyncMajorIndication(..) => "S-SYNC-MAJOR indication",
    Event::SyncMajorConfirm(..) => "S-SYNC-MAJOR confirm",
    Event::ResynchronizeIndication(..) => "S-RESYNCHRONIZE indication",
    Event::ResynchronizeConfirm(..) => "S-RESYNCHRONIZE confirm",
    Event::PExceptionReportIndication(..) => "S-P-EXCEPTION-REPORT indication",
    Event::UExceptionReportIndication(..) => "S-U-EXCEPTION-REPORT indication",
    Event::ActivityStartIndication(..) => "S-ACTIVITY-START indication",
    Event::ActivityResumeIndication(..) => "S-ACTIVITY-RESUME indication",
    Event::ActivityInterruptIndication(..) => "S-ACTIVITY-INTERRUPT indication",
    Event::ActivityInterruptConfirm(..) => "S-ACTIVITY-INTERRUPT confirm",
    Event::ActivityDiscardIndication(..) => "S-ACTIVITY-DISCARD indication",
    Event::ActivityDiscardConfirm(..) => "S-ACTIVITY-DISCARD confirm",
    Event::ActivityEndIndication(..) => "S-ACTIVITY-END indication",
    Event::ActivityEndConfirm(..) => "S-ACTIVITY-END confirm",
    Event::ReleaseIndication(..) => "S-RELEASE indication",
    Event::ReleaseConfirm(..) => "S-RELEASE confirm (affirmative)",
    Event::ReleaseConfirmNegative(..) => "S-RELEASE confirm (negative)",
    Event::UAbortIndication(..) => "S-U-ABORT indication",
    Event::PAbortIndication(..) => "S-P-ABORT indication",
}

impl Event {
    /// Octets of SS-user data in this event.
    pub fn user_data(&self) -> &[u8] {
        match self {
            Event::ConnectIndication(e) => &e.user_data,
            Event::ConnectConfirm(e) => &e.user_data,
            Event::ConnectConfirmNegative(e) => &e.user_data,
            Event::ResynchronizeIndication(e) | Event::ResynchronizeConfirm(e) => &e.user_data,
            Event::ActivityResumeIndication(e) => &e.user_data,
            Event::DataIndication(d)
            | Event::DataPiece { octets: d, .. }
            | Event::ExpeditedDataIndication(d)
            | Event::TypedDataIndication(d)
            | Event::CapabilityDataIndication(d)
            | Event::CapabilityDataConfirm(d)
            | Event::TokenGiveIndication(_, d)
            | Event::TokenPleaseIndication(_, d)
            | Event::ControlGiveIndication(d)
            | Event::SyncMinorIndication { user_data: d, .. }
            | Event::SyncMinorConfirm(_, d)
            | Event::SyncMajorIndication(_, d)
            | Event::SyncMajorConfirm(_, d)
            | Event::UExceptionReportIndication(_, d)
            | Event::ActivityStartIndication(_, d)
            | Event::ActivityInterruptIndication(_, d)
            | Event::ActivityInterruptConfirm(d)
            | Event::ActivityDiscardIndication(_, d)
            | Event::ActivityDiscardConfirm(d)
            | Event::ActivityEndIndication(_, d)
            | Event::ActivityEndConfirm(_, d)
            | Event::ReleaseIndication(d)
            | Event::ReleaseConfirm(d)
            | Event::ReleaseConfirmNegative(d)
            | Event::UAbortIndication(d) => d,
            Event::PExceptionReportIndication(_) | Event::PAbortIndication(..) => &[],
        }
    }
}
