//! Configuration and the parameters of primitives that have many: sized structs in which zero is the default.
use crate::boundary::{Failure, Result, read_sized, sized};
use crate::octets::osisession_octets;
use crate::status::OSISESSION_E_INVALID;
use crate::tls::{self, osisession_tls};
use osisession::proto::x225::parameter::{
    ConnectionIdentifier, FunctionalUnits, ResyncType, TokenAssignment, TokenSide, Tokens, TsduSizes,
    Versions,
};
use osisession::proto::x225::primitive::{
    ActivityResume, ConnectReject, ConnectRequest, ConnectResponse, OldConnection, Resync, Resynchronize,
};
use osisession::{Limits, ListenerConfig, SessionConfig};
use std::time::Duration;

/// Functional unit half-duplex: the data token says who may send. Numbers of functional units are the bits of Session
/// User Requirements (X.225 8.3.1, PI 20).
pub const OSISESSION_FU_HALF_DUPLEX: u32 = 0x0001;
/// Functional unit duplex.
pub const OSISESSION_FU_DUPLEX: u32 = 0x0002;
/// Functional unit expedited data.
pub const OSISESSION_FU_EXPEDITED_DATA: u32 = 0x0004;
/// Functional unit minor synchronize.
pub const OSISESSION_FU_MINOR_SYNC: u32 = 0x0008;
/// Functional unit major synchronize.
pub const OSISESSION_FU_MAJOR_SYNC: u32 = 0x0010;
/// Functional unit resynchronize.
pub const OSISESSION_FU_RESYNCHRONIZE: u32 = 0x0020;
/// Functional unit activity management.
pub const OSISESSION_FU_ACTIVITY_MANAGEMENT: u32 = 0x0040;
/// Functional unit negotiated release.
pub const OSISESSION_FU_NEGOTIATED_RELEASE: u32 = 0x0080;
/// Functional unit capability data exchange.
pub const OSISESSION_FU_CAPABILITY_DATA: u32 = 0x0100;
/// Functional unit exceptions.
pub const OSISESSION_FU_EXCEPTIONS: u32 = 0x0200;
/// Functional unit typed data.
pub const OSISESSION_FU_TYPED_DATA: u32 = 0x0400;
/// Functional unit symmetric synchronize.
pub const OSISESSION_FU_SYMMETRIC_SYNC: u32 = 0x0800;
/// Functional unit data separation.
pub const OSISESSION_FU_DATA_SEPARATION: u32 = 0x1000;

/// The data token. Numbers of tokens are the bits of the Token Item (X.225 8.3.16, PI 16).
pub const OSISESSION_TOKEN_DATA: u32 = 0x01;
/// The synchronize-minor token.
pub const OSISESSION_TOKEN_SYNCHRONIZE_MINOR: u32 = 0x04;
/// The major/activity token.
pub const OSISESSION_TOKEN_MAJOR_ACTIVITY: u32 = 0x10;
/// The release token.
pub const OSISESSION_TOKEN_RELEASE: u32 = 0x40;

/// The token starts with the side that sends CONNECT or RESYNCHRONIZE (X.225 8.3.1, PI 26).
pub const OSISESSION_SIDE_REQUESTOR: u32 = 0;
/// The token starts with the side that answers.
pub const OSISESSION_SIDE_ACCEPTOR: u32 = 1;
/// The user of the side that answers chooses.
pub const OSISESSION_SIDE_ACCEPTOR_CHOOSES: u32 = 2;

/// Protocol version 1 (X.225 8.3.1, PI 22).
pub const OSISESSION_VERSION_1: u32 = 1;
/// Protocol version 2: user data without limit, segmentation of every SPDU.
pub const OSISESSION_VERSION_2: u32 = 2;

/// `initial_serial_number`, or `serial_number` of an event, is there.
pub const OSISESSION_HAS_SERIAL_NUMBER: u32 = 0x01;
/// `second_initial_serial_number`, or `second_serial_number`, is there.
pub const OSISESSION_HAS_SECOND_SERIAL_NUMBER: u32 = 0x02;
/// `functional_units` of a rejection are there.
pub const OSISESSION_HAS_FUNCTIONAL_UNITS: u32 = 0x04;
/// `resync_type` is there.
pub const OSISESSION_HAS_RESYNC: u32 = 0x08;
/// `second_resync_type` is there (symmetric synchronize).
pub const OSISESSION_HAS_SECOND_RESYNC: u32 = 0x10;
/// `old_connection` is there.
pub const OSISESSION_HAS_OLD_CONNECTION: u32 = 0x20;
/// `reason` is there.
pub const OSISESSION_HAS_REASON: u32 = 0x40;

/// Resync Type restart: go back to a point that was used before (X.225 8.3.24, PI 27).
pub const OSISESSION_RESYNC_RESTART: u32 = 0;
/// Resync Type abandon: give up what is under way, go on with an unused number.
pub const OSISESSION_RESYNC_ABANDON: u32 = 1;
/// Resync Type set: go on with any number.
pub const OSISESSION_RESYNC_SET: u32 = 2;

/// Session flag: refuse what real stacks send but the standard forbids.
pub const OSISESSION_SESSION_STRICT: u32 = 0x01;
/// Session flag: keep trace records for `osisession_session_next_trace`.
pub const OSISESSION_SESSION_TRACE: u32 = 0x02;
/// Session flag: agree to the transport expedited flow (RFC 1006 5).
pub const OSISESSION_SESSION_TRANSPORT_EXPEDITED: u32 = 0x04;
/// Session flag: offer and accept reuse of the transport connection (X.225 6.2.4).
pub const OSISESSION_SESSION_REUSE_TRANSPORT: u32 = 0x08;
/// Session flag: SSDUs that are longer than a TPDU are indicated in pieces as they come (OSISESSION_EVENT_MORE).
pub const OSISESSION_SESSION_PIECES: u32 = 0x10;

/// Connect flag: ask for the transport expedited flow (X.215 extended control). Implied by the expedited data unit.
pub const OSISESSION_CONNECT_EXTENDED_CONTROL: u32 = 0x01;
/// Connect flag: do not say that extended concatenation can be received here.
pub const OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION: u32 = 0x02;

/// How a session behaves. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_session_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_SESSION_... flags.
    pub flags: u32,
    /// Functional units that this user can provide (OSISESSION_FU_...); a responder's user is shown no others. 0: all.
    pub functional_units: u32,
    /// Protocol versions that may be selected (OSISESSION_VERSION_...). 0: both.
    pub versions: u32,
    /// Calling transport selector (X.224 13.3.4), at most 32 octets. Initiator.
    pub calling_t_selector: osisession_octets,
    /// Called transport selector, at most 32 octets. Initiator.
    pub called_t_selector: osisession_octets,
    /// Largest TPDU, octets (X.224 13.3.4; RFC 1006 5). 128 to 65,531. 0: 65,531.
    pub max_tpdu_size: u32,
    /// Milliseconds from the start of a connection to the S-CONNECT confirm (initiator), or from its acceptance to the
    /// CONNECT SPDU (responder). 0: 10 s.
    pub connect_timeout_ms: u32,
    /// TIM, milliseconds to wait for ABORT ACCEPT or T-DISCONNECT (X.225 4.3, 7.9.2). 0: 30 s.
    pub tim_ms: u32,
    /// Milliseconds from the first octet of a TPKT header to its last. 0: 5 s.
    pub tpkt_header_timeout_ms: u32,
    /// Milliseconds from the first octet of a TSDU to its last; to this some time for each KiB is added. 0: 30 s.
    pub tsdu_timeout_ms: u32,
    /// The oldest transitions are forgotten when more than this many are kept for `osisession_session_history`. 0: 32.
    pub history: u32,
    /// Octets of one reassembled TSDU. 0: 1 MiB.
    pub tsdu_reassembly: u64,
    /// Octets of one reassembled SSDU. 0: 16 MiB.
    pub ssdu_reassembly: u64,
    /// Octets of user data in one S-CONNECT. 0: 64 KiB.
    pub connect_user_data: u64,
    /// Octets in events that the user has not taken; above it reading stops. 0: 1 MiB.
    pub queued_event_octets: u64,
    /// Octets to send that the transport has not taken; above it data requests answer OSISESSION_E_WOULD_BLOCK. 0: 1 MiB.
    pub queued_send_octets: u64,
    /// Milliseconds that the peer may leave something unanswered that only it can answer: a release, a major point, a
    /// resynchronization, an interrupted activity, the recovery after an exception. 0: 5 min; UINT32_MAX: for ever.
    pub answer_timeout_ms: u32,
    /// Milliseconds added to `tsdu_timeout_ms` for each KiB received. 0: 1 s.
    pub tsdu_timeout_per_kib_ms: u32,
    /// Control SPDUs without user data in a burst, before `control_spdu_rate` holds. 0: 1,000.
    pub control_spdu_burst: u32,
    /// Control SPDUs without user data per second in the long run. 0: 100.
    pub control_spdu_rate: u32,
    /// Events from the expedited flow that may wait for a recall (X.225 Table A.6 \[10\]). 0: 64.
    pub queued_expedited: u32,
    /// The lowest maximum TSDU size, octets, that is accepted for a direction we send in; at most 65,535. 0: 128.
    pub min_tsdu_size: u32,
    /// Minor synchronization points of the peer that are not confirmed. 0: 1,000,000.
    pub open_sync_points: u64,
    /// Trace records kept until they are taken; the oldest go first. 0: 1,024.
    pub trace: u64,
    /// TLS below TPKT (IEC 62351-3); in a listener's configuration for those who call, who must then speak TLS. NULL: none.
    /// Listeners at one address share one. With it the default port is 3782.
    pub tls: *mut osisession_tls,
}
sized!(osisession_session_config, trace: u64);

/// What a listener answers to. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_listener_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// Sessions that may wait for `osisession_listener_accept`; further callers are refused with reason 1, temporary
    /// congestion. 0: 128.
    pub backlog: u32,
    /// Connections at this address that may be without their CONNECT SPDU; one more is closed at once. 0: 100.
    pub max_connecting: u32,
    /// 0.
    pub reserved: u32,
    /// Called transport selector that this listener answers to. `data` NULL: any; length 0 with `data` not NULL: the null
    /// selector.
    pub t_selector: osisession_octets,
    /// Called session selector that this listener answers to; NULL and length 0 as above. Others are refused with reason
    /// 129 (X.225 8.3.5).
    pub session_selector: osisession_octets,
    /// How accepted sessions behave; NULL: the defaults. Copied.
    pub session: *const osisession_session_config,
    /// As `max_connecting`, for those from one IP address. 0: 10.
    pub max_connecting_per_source: u32,
    /// With more connections than this without their CONNECT SPDU, a new one is closed at random: never at this number, always
    /// at `max_connecting`, in proportion between them. 0: 10.
    pub early_refusal_from: u32,
}
sized!(osisession_listener_config, session: *const osisession_session_config);

/// Session connection identifier (X.225 8.3.1, PGI 1): transparent to the session layer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_connection_identifier {
    /// Calling SS-user Reference in a request, called in a response; 0 to 64 octets.
    pub ss_user_reference: osisession_octets,
    /// Common Reference, 0 to 64 octets.
    pub common_reference: osisession_octets,
    /// Additional Reference Information, 0 to 4 octets.
    pub additional_reference: osisession_octets,
}

/// An earlier session connection (X.225 8.3.30, PGI 33).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_old_connection {
    /// Called SS-user Reference, 0 to 64 octets.
    pub called_reference: osisession_octets,
    /// Calling SS-user Reference, 0 to 64 octets.
    pub calling_reference: osisession_octets,
    /// Common Reference, 0 to 64 octets.
    pub common_reference: osisession_octets,
    /// Additional Reference Information, 0 to 4 octets.
    pub additional_reference: osisession_octets,
}

/// Parameters of the S-CONNECT request (X.215 Table 4; X.225 7.1). All zero: duplex, both versions, null selectors.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_connect_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_CONNECT_... flags.
    pub flags: u32,
    /// Which optional fields are there: OSISESSION_HAS_SERIAL_NUMBER, OSISESSION_HAS_SECOND_SERIAL_NUMBER.
    pub present: u32,
    /// Functional units proposed (OSISESSION_FU_...); half-duplex or duplex at least. 0: duplex.
    pub functional_units: u32,
    /// Protocol versions proposed (OSISESSION_VERSION_...). 0: both.
    pub versions: u32,
    /// Initial sides of the tokens (OSISESSION_TOKEN_SIDES). 0: all here.
    pub token_sides: u32,
    /// Maximum TSDU size proposed from initiator to responder, octets, at most 65,535. 0: not limited.
    pub tsdu_maximum_to_responder: u32,
    /// Maximum TSDU size proposed from responder to initiator. 0: not limited.
    pub tsdu_maximum_to_initiator: u32,
    /// Upper limit of serial numbers in decimal digits (PI 56), 7 to 18. 0: six digits.
    pub upper_limit_serial_number: u32,
    /// 0.
    pub reserved: u32,
    /// First initial serial number; needed when minor, major, symmetric synchronize or resynchronize is proposed without
    /// activity management.
    pub initial_serial_number: u64,
    /// Second initial serial number; needed when symmetric synchronize is proposed.
    pub second_initial_serial_number: u64,
    /// Calling session selector, 0 to 16 octets.
    pub calling_selector: osisession_octets,
    /// Called session selector, 0 to 16 octets.
    pub called_selector: osisession_octets,
    /// Session connection identifier.
    pub connection_identifier: osisession_connection_identifier,
    /// SS-user data.
    pub user_data: osisession_octets,
}
sized!(osisession_connect_params, user_data: osisession_octets);

/// Parameters of the S-CONNECT response, accept (X.225 7.4). All zero: duplex, nothing else.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_connect_response_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION or 0.
    pub flags: u32,
    /// Which optional fields are there: OSISESSION_HAS_SERIAL_NUMBER, OSISESSION_HAS_SECOND_SERIAL_NUMBER. One that is
    /// needed and not there is taken from the caller's proposal.
    pub present: u32,
    /// Functional units of this user; selected is what both name. Exactly one of half-duplex and duplex must remain.
    /// 0: duplex.
    pub functional_units: u32,
    /// Sides of the tokens that the caller left to this user (OSISESSION_TOKEN_SIDES); the others are ignored.
    pub token_sides: u32,
    /// Tokens to ask for in the same breath (OSISESSION_TOKEN_...).
    pub please_tokens: u32,
    /// Maximum TSDU size of this side from initiator to responder, octets, at most 65,535. 0: not limited.
    pub tsdu_maximum_to_responder: u32,
    /// Maximum TSDU size of this side from responder to initiator. 0: not limited.
    pub tsdu_maximum_to_initiator: u32,
    /// Upper limit of serial numbers in decimal digits (PI 56), 7 to 18. 0: six digits.
    pub upper_limit_serial_number: u32,
    /// 0.
    pub reserved: u32,
    /// First initial serial number.
    pub initial_serial_number: u64,
    /// Second initial serial number.
    pub second_initial_serial_number: u64,
    /// Responding session selector, 0 to 16 octets; `data` NULL: the called selector.
    pub responding_selector: osisession_octets,
    /// Session connection identifier.
    pub connection_identifier: osisession_connection_identifier,
    /// SS-user data.
    pub user_data: osisession_octets,
}
sized!(osisession_connect_response_params, user_data: osisession_octets);

/// Parameters of the S-CONNECT response, reject (X.225 7.5). All zero: reason not specified.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_connect_reject_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_HAS_FUNCTIONAL_UNITS or 0.
    pub present: u32,
    /// Reason of the user (OSISESSION_REFUSE_...): 0 not specified, 1 temporary congestion, 2 see the user data.
    pub reason: u32,
    /// Functional units that this user would have required; reason 2 only.
    pub functional_units: u32,
    /// Session connection identifier.
    pub connection_identifier: osisession_connection_identifier,
    /// SS-user data; reason 2 only.
    pub user_data: osisession_octets,
}
sized!(osisession_connect_reject_params, user_data: osisession_octets);

/// Parameters of S-RESYNCHRONIZE request and response (X.225 7.24, 7.25).
///
/// In a request at least one of OSISESSION_HAS_RESYNC and OSISESSION_HAS_SECOND_RESYNC is needed; in a response the types
/// are those of the indication and may be left out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_resynchronize_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_HAS_RESYNC, OSISESSION_HAS_SECOND_RESYNC, OSISESSION_HAS_SERIAL_NUMBER,
    /// OSISESSION_HAS_SECOND_SERIAL_NUMBER.
    pub present: u32,
    /// Without symmetric synchronize the only one; with it that of the requestor's sending flow (OSISESSION_RESYNC_...).
    pub resync_type: u32,
    /// With symmetric synchronize, that of the requestor's receiving flow.
    pub second_resync_type: u32,
    /// Sides of the tokens afterwards (OSISESSION_TOKEN_SIDES).
    pub token_sides: u32,
    /// 0.
    pub reserved: u32,
    /// Serial number; not needed in a request to abandon.
    pub serial_number: u64,
    /// Serial number of the second flow.
    pub second_serial_number: u64,
    /// SS-user data.
    pub user_data: osisession_octets,
}
sized!(osisession_resynchronize_params, user_data: osisession_octets);

/// Parameters of S-ACTIVITY-RESUME request (X.225 7.30).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_activity_resume_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_HAS_SECOND_SERIAL_NUMBER (symmetric synchronize only), OSISESSION_HAS_OLD_CONNECTION.
    pub present: u32,
    /// New activity identifier, 1 to 6 octets.
    pub activity_identifier: osisession_octets,
    /// Old activity identifier, 1 to 6 octets.
    pub old_activity_identifier: osisession_octets,
    /// The last serial number that counts: the next point gets this plus one.
    pub serial_number: u64,
    /// The same for the second flow.
    pub second_serial_number: u64,
    /// The session connection on which the activity was started, if it was another one.
    pub old_connection: osisession_old_connection,
    /// SS-user data.
    pub user_data: osisession_octets,
}
sized!(osisession_activity_resume_params, user_data: osisession_octets);

fn invalid(text: String) -> Failure {
    Failure::owned(OSISESSION_E_INVALID, text)
}

fn check_bits(value: u32, known: u32, what: &str) -> Result {
    match value & !known {
        0 => Ok(()),
        other => Err(invalid(format!("{what} has bits {other:#x} that mean nothing"))),
    }
}

pub(crate) fn functional_units(bits: u32) -> Result<FunctionalUnits> {
    u16::try_from(bits).ok().and_then(FunctionalUnits::from_bits).ok_or_else(|| {
        invalid(format!("functional_units {bits:#x} has bits that mean nothing (X.225 8.3.1, PI 20)"))
    })
}

pub(crate) fn tokens(bits: u32) -> Result<Tokens> {
    u8::try_from(bits)
        .ok()
        .and_then(Tokens::from_bits)
        .ok_or_else(|| invalid(format!("tokens {bits:#x} has bits that mean nothing (X.225 8.3.16, PI 16)")))
}

fn versions(bits: u32) -> Result<Versions> {
    if bits == 0 {
        return Ok(Versions::default());
    }
    u8::try_from(bits)
        .ok()
        .and_then(Versions::from_bits)
        .ok_or_else(|| invalid(format!("versions {bits:#x} has bits that mean nothing (X.225 8.3.1, PI 22)")))
}

fn token_sides(sides: u32) -> Result<TokenAssignment> {
    let octet =
        u8::try_from(sides).map_err(|_| invalid(format!("token_sides {sides:#x} is not an octet")))?;
    match TokenAssignment::from_octet(octet) {
        (assignment, reserved) if reserved.is_empty() => Ok(assignment),
        (_, reserved) => Err(invalid(format!("token_sides has the reserved value 3 for {reserved}"))),
    }
}

/// A token's sides as C sees them.
pub(crate) fn sides_number(assignment: TokenAssignment) -> u32 {
    const _: () = assert!(TokenSide::AcceptorChooses as u32 == OSISESSION_SIDE_ACCEPTOR_CHOOSES);
    u32::from(assignment.to_octet())
}

fn tsdu_sizes(to_responder: u32, to_initiator: u32) -> Result<TsduSizes> {
    let narrow = |size: u32| {
        u16::try_from(size)
            .map_err(|_| invalid(format!("maximum TSDU size {size} is more than 65,535 (PI 21)")))
    };
    Ok(TsduSizes {
        initiator_to_responder: narrow(to_responder)?,
        responder_to_initiator: narrow(to_initiator)?,
    })
}

fn digits(upper_limit: u32) -> Result<Option<u8>> {
    match upper_limit {
        0 => Ok(None),
        digits => match u8::try_from(digits) {
            Ok(digits) => Ok(Some(digits)),
            Err(_) => Err(invalid(format!("upper_limit_serial_number {digits} is not 7 to 18 (PI 56)"))),
        },
    }
}

fn when<T>(present: u32, bit: u32, value: T) -> Option<T> {
    (present & bit != 0).then_some(value)
}

fn resync(present: u32, bit: u32, kind: u32, serial_number: Option<u64>) -> Result<Option<Resync>> {
    if present & bit == 0 {
        return Ok(None);
    }
    let kind = match kind {
        OSISESSION_RESYNC_RESTART => ResyncType::Restart,
        OSISESSION_RESYNC_ABANDON => ResyncType::Abandon,
        OSISESSION_RESYNC_SET => ResyncType::Set,
        other => return Err(invalid(format!("resync type {other} is none (X.225 8.3.24, PI 27)"))),
    };
    Ok(Some(Resync { kind, serial_number }))
}

/// A 64-bit count that fits this machine.
fn count(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// What C passed as a pointer to a sized struct, as the library's own value.
///
/// # Safety
/// Of every function here: the pointer is NULL or points to as many octets as its `struct_size` says, and so on for the
/// pointers inside.
pub(crate) unsafe fn session_config(from: *const osisession_session_config) -> Result<SessionConfig> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the session configuration")? };
    let known = OSISESSION_SESSION_STRICT
        | OSISESSION_SESSION_TRACE
        | OSISESSION_SESSION_TRANSPORT_EXPEDITED
        | OSISESSION_SESSION_REUSE_TRANSPORT
        | OSISESSION_SESSION_PIECES;
    check_bits(c.flags, known, "flags of the session configuration")?;
    let mut config = SessionConfig::default();
    config.strict |= c.flags & OSISESSION_SESSION_STRICT != 0;
    config.trace |= c.flags & OSISESSION_SESSION_TRACE != 0;
    config.transport_expedited |= c.flags & OSISESSION_SESSION_TRANSPORT_EXPEDITED != 0;
    config.reuse_transport |= c.flags & OSISESSION_SESSION_REUSE_TRANSPORT != 0;
    config.pieces |= c.flags & OSISESSION_SESSION_PIECES != 0;
    if c.functional_units != 0 {
        config.functional_units = functional_units(c.functional_units)?;
    }
    if c.versions != 0 {
        config.versions = versions(c.versions)?;
    }
    // SAFETY: the caller's promise.
    unsafe {
        config.calling_t_selector = c.calling_t_selector.copy("calling_t_selector")?;
        config.called_t_selector = c.called_t_selector.copy("called_t_selector")?;
    }
    if c.max_tpdu_size != 0 {
        config.max_tpdu_size = c.max_tpdu_size as usize;
    }
    config.tls = tls::find(c.tls)?;
    let limits = &mut config.limits;
    if c.answer_timeout_ms == u32::MAX {
        limits.answer_timeout = Duration::ZERO;
    } else if c.answer_timeout_ms != 0 {
        limits.answer_timeout = Duration::from_millis(u64::from(c.answer_timeout_ms));
    }
    for (value, limit) in [
        (c.connect_timeout_ms, &mut limits.connect_timeout),
        (c.tim_ms, &mut limits.tim),
        (c.tpkt_header_timeout_ms, &mut limits.tpkt_header_timeout),
        (c.tsdu_timeout_ms, &mut limits.tsdu_timeout),
        (c.tsdu_timeout_per_kib_ms, &mut limits.tsdu_timeout_per_kib),
    ] {
        if value != 0 {
            *limit = Duration::from_millis(u64::from(value));
        }
    }
    for (value, limit) in [
        (u64::from(c.history), &mut limits.history),
        (c.tsdu_reassembly, &mut limits.tsdu_reassembly),
        (c.ssdu_reassembly, &mut limits.ssdu_reassembly),
        (c.connect_user_data, &mut limits.connect_user_data),
        (c.queued_event_octets, &mut limits.queued_event_octets),
        (c.queued_send_octets, &mut limits.queued_send_octets),
        (u64::from(c.queued_expedited), &mut limits.queued_expedited),
        (c.trace, &mut limits.trace),
    ] {
        if value != 0 {
            *limit = count(value);
        }
    }
    if c.control_spdu_burst != 0 {
        limits.control_spdu_burst = c.control_spdu_burst;
    }
    if c.control_spdu_rate != 0 {
        limits.control_spdu_rate = c.control_spdu_rate;
    }
    if c.min_tsdu_size != 0 {
        limits.min_tsdu_size =
            u16::try_from(c.min_tsdu_size).map_err(|_| invalid("min_tsdu_size is above 65,535".into()))?;
    }
    if c.open_sync_points != 0 {
        limits.open_sync_points = c.open_sync_points;
    }
    Ok(config)
}

/// Limits in the fields of the configuration.
pub(crate) fn limits_of(limits: &Limits) -> osisession_session_config {
    // SAFETY: all zero is a value of it (`Sized32`).
    let mut c: osisession_session_config = unsafe { std::mem::zeroed() };
    let milliseconds = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    c.struct_size = size_of::<osisession_session_config>() as u32;
    c.connect_timeout_ms = milliseconds(limits.connect_timeout);
    c.tim_ms = milliseconds(limits.tim);
    c.tpkt_header_timeout_ms = milliseconds(limits.tpkt_header_timeout);
    c.tsdu_timeout_ms = milliseconds(limits.tsdu_timeout);
    c.tsdu_timeout_per_kib_ms = milliseconds(limits.tsdu_timeout_per_kib);
    c.answer_timeout_ms =
        if limits.answer_timeout.is_zero() { u32::MAX } else { milliseconds(limits.answer_timeout) };
    c.history = u32::try_from(limits.history).unwrap_or(u32::MAX);
    c.tsdu_reassembly = limits.tsdu_reassembly as u64;
    c.ssdu_reassembly = limits.ssdu_reassembly as u64;
    c.connect_user_data = limits.connect_user_data as u64;
    c.queued_event_octets = limits.queued_event_octets as u64;
    c.queued_send_octets = limits.queued_send_octets as u64;
    c.queued_expedited = u32::try_from(limits.queued_expedited).unwrap_or(u32::MAX);
    c.control_spdu_burst = limits.control_spdu_burst;
    c.control_spdu_rate = limits.control_spdu_rate;
    c.min_tsdu_size = limits.min_tsdu_size.into();
    c.open_sync_points = limits.open_sync_points;
    c.trace = limits.trace as u64;
    c
}

/// # Safety
/// As [`session_config`].
pub(crate) unsafe fn listener_config(from: *const osisession_listener_config) -> Result<ListenerConfig> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the listener configuration")? };
    let mut config = ListenerConfig::default();
    // SAFETY: the caller's promise.
    unsafe {
        config.t_selector = c.t_selector.copy_optional("t_selector")?;
        config.session_selector = c.session_selector.copy_optional("session_selector")?;
        config.session = session_config(c.session)?;
    }
    if c.backlog != 0 {
        config.backlog = c.backlog as usize;
    }
    if c.max_connecting != 0 {
        config.max_connecting = c.max_connecting as usize;
    }
    if c.max_connecting_per_source != 0 {
        config.max_connecting_per_source = c.max_connecting_per_source as usize;
    }
    if c.early_refusal_from != 0 {
        config.early_refusal_from = c.early_refusal_from as usize;
    }
    Ok(config)
}

impl osisession_connection_identifier {
    /// # Safety
    /// As [`session_config`].
    unsafe fn copy(&self) -> Result<ConnectionIdentifier> {
        // SAFETY: the caller's promise.
        unsafe {
            Ok(ConnectionIdentifier {
                ss_user_reference: self.ss_user_reference.copy("ss_user_reference")?,
                common_reference: self.common_reference.copy("common_reference")?,
                additional_reference: self.additional_reference.copy("additional_reference")?,
            })
        }
    }

    pub(crate) fn lend(identifier: &ConnectionIdentifier) -> osisession_connection_identifier {
        osisession_connection_identifier {
            ss_user_reference: osisession_octets::lend(&identifier.ss_user_reference),
            common_reference: osisession_octets::lend(&identifier.common_reference),
            additional_reference: osisession_octets::lend(&identifier.additional_reference),
        }
    }
}

impl osisession_old_connection {
    /// # Safety
    /// As [`session_config`].
    unsafe fn copy(&self) -> Result<OldConnection> {
        // SAFETY: the caller's promise.
        unsafe {
            Ok(OldConnection {
                called_reference: self.called_reference.copy("called_reference")?,
                calling_reference: self.calling_reference.copy("calling_reference")?,
                common_reference: self.common_reference.copy("common_reference")?,
                additional_reference: self.additional_reference.copy("additional_reference")?,
            })
        }
    }

    pub(crate) fn lend(old: &OldConnection) -> osisession_old_connection {
        osisession_old_connection {
            called_reference: osisession_octets::lend(&old.called_reference),
            calling_reference: osisession_octets::lend(&old.calling_reference),
            common_reference: osisession_octets::lend(&old.common_reference),
            additional_reference: osisession_octets::lend(&old.additional_reference),
        }
    }
}

/// # Safety
/// As [`session_config`].
pub(crate) unsafe fn connect_request(from: *const osisession_connect_params) -> Result<ConnectRequest> {
    // SAFETY: the caller's promise, here and below.
    let c = unsafe { read_sized(from, "the connect parameters")? };
    let known = OSISESSION_CONNECT_EXTENDED_CONTROL | OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION;
    check_bits(c.flags, known, "flags of the connect parameters")?;
    let known = OSISESSION_HAS_SERIAL_NUMBER | OSISESSION_HAS_SECOND_SERIAL_NUMBER;
    check_bits(c.present, known, "present of the connect parameters")?;
    let mut request = ConnectRequest::default();
    if c.functional_units != 0 {
        request.functional_units = functional_units(c.functional_units)?;
    }
    request.versions = versions(c.versions)?;
    request.initial_serial_number = when(c.present, OSISESSION_HAS_SERIAL_NUMBER, c.initial_serial_number);
    request.second_initial_serial_number =
        when(c.present, OSISESSION_HAS_SECOND_SERIAL_NUMBER, c.second_initial_serial_number);
    request.upper_limit_serial_number = digits(c.upper_limit_serial_number)?;
    request.tokens = token_sides(c.token_sides)?;
    request.tsdu_maximum_size = tsdu_sizes(c.tsdu_maximum_to_responder, c.tsdu_maximum_to_initiator)?;
    request.extended_control = c.flags & OSISESSION_CONNECT_EXTENDED_CONTROL != 0;
    request.extended_concatenation = c.flags & OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION == 0;
    // SAFETY: the caller's promise.
    unsafe {
        request.calling_selector = c.calling_selector.copy("calling_selector")?;
        request.called_selector = c.called_selector.copy("called_selector")?;
        request.connection_identifier = c.connection_identifier.copy()?;
        request.user_data = c.user_data.copy("user_data")?;
    }
    Ok(request)
}

/// # Safety
/// As [`session_config`].
pub(crate) unsafe fn connect_response(
    from: *const osisession_connect_response_params,
) -> Result<ConnectResponse> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the connect response parameters")? };
    let known = OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION;
    check_bits(c.flags, known, "flags of the connect response parameters")?;
    let known = OSISESSION_HAS_SERIAL_NUMBER | OSISESSION_HAS_SECOND_SERIAL_NUMBER;
    check_bits(c.present, known, "present of the connect response parameters")?;
    let mut response = ConnectResponse::default();
    if c.functional_units != 0 {
        response.functional_units = functional_units(c.functional_units)?;
    }
    response.initial_serial_number = when(c.present, OSISESSION_HAS_SERIAL_NUMBER, c.initial_serial_number);
    response.second_initial_serial_number =
        when(c.present, OSISESSION_HAS_SECOND_SERIAL_NUMBER, c.second_initial_serial_number);
    response.upper_limit_serial_number = digits(c.upper_limit_serial_number)?;
    response.tokens = token_sides(c.token_sides)?;
    response.please_tokens = tokens(c.please_tokens)?;
    response.tsdu_maximum_size = tsdu_sizes(c.tsdu_maximum_to_responder, c.tsdu_maximum_to_initiator)?;
    response.extended_concatenation = c.flags & OSISESSION_CONNECT_NO_EXTENDED_CONCATENATION == 0;
    // SAFETY: the caller's promise.
    unsafe {
        response.responding_selector = c.responding_selector.copy_optional("responding_selector")?;
        response.connection_identifier = c.connection_identifier.copy()?;
        response.user_data = c.user_data.copy("user_data")?;
    }
    Ok(response)
}

/// # Safety
/// As [`session_config`].
pub(crate) unsafe fn connect_reject(from: *const osisession_connect_reject_params) -> Result<ConnectReject> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the connect reject parameters")? };
    check_bits(c.present, OSISESSION_HAS_FUNCTIONAL_UNITS, "present of the connect reject parameters")?;
    let reason = u8::try_from(c.reason)
        .map_err(|_| invalid(format!("reason {} is not one of 0, 1, 2 (X.225 8.3.5)", c.reason)))?;
    let units = match c.present & OSISESSION_HAS_FUNCTIONAL_UNITS {
        0 => None,
        _ => Some(functional_units(c.functional_units)?),
    };
    // SAFETY: the caller's promise.
    let (connection_identifier, user_data) =
        unsafe { (c.connection_identifier.copy()?, c.user_data.copy("user_data")?) };
    Ok(ConnectReject { reason, connection_identifier, functional_units: units, user_data })
}

/// # Safety
/// As [`session_config`].
pub(crate) unsafe fn resynchronize(from: *const osisession_resynchronize_params) -> Result<Resynchronize> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the resynchronize parameters")? };
    let known = OSISESSION_HAS_RESYNC
        | OSISESSION_HAS_SECOND_RESYNC
        | OSISESSION_HAS_SERIAL_NUMBER
        | OSISESSION_HAS_SECOND_SERIAL_NUMBER;
    check_bits(c.present, known, "present of the resynchronize parameters")?;
    let first = when(c.present, OSISESSION_HAS_SERIAL_NUMBER, c.serial_number);
    let second = when(c.present, OSISESSION_HAS_SECOND_SERIAL_NUMBER, c.second_serial_number);
    Ok(Resynchronize {
        first: resync(c.present, OSISESSION_HAS_RESYNC, c.resync_type, first)?,
        second: resync(c.present, OSISESSION_HAS_SECOND_RESYNC, c.second_resync_type, second)?,
        tokens: token_sides(c.token_sides)?,
        // SAFETY: the caller's promise.
        user_data: unsafe { c.user_data.copy("user_data")? },
    })
}

/// # Safety
/// As [`session_config`].
pub(crate) unsafe fn activity_resume(
    from: *const osisession_activity_resume_params,
) -> Result<ActivityResume> {
    // SAFETY: the caller's promise.
    let c = unsafe { read_sized(from, "the activity resume parameters")? };
    let known = OSISESSION_HAS_SECOND_SERIAL_NUMBER | OSISESSION_HAS_OLD_CONNECTION;
    check_bits(c.present, known, "present of the activity resume parameters")?;
    // SAFETY: the caller's promise.
    unsafe {
        Ok(ActivityResume {
            activity_identifier: c.activity_identifier.copy("activity_identifier")?,
            old_activity_identifier: c.old_activity_identifier.copy("old_activity_identifier")?,
            serial_number: c.serial_number,
            second_serial_number: when(
                c.present,
                OSISESSION_HAS_SECOND_SERIAL_NUMBER,
                c.second_serial_number,
            ),
            old_connection: match c.present & OSISESSION_HAS_OLD_CONNECTION {
                0 => None,
                _ => Some(c.old_connection.copy()?),
            },
            user_data: c.user_data.copy("user_data")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_protocol() {
        let units = [
            OSISESSION_FU_HALF_DUPLEX,
            OSISESSION_FU_DUPLEX,
            OSISESSION_FU_EXPEDITED_DATA,
            OSISESSION_FU_MINOR_SYNC,
            OSISESSION_FU_MAJOR_SYNC,
            OSISESSION_FU_RESYNCHRONIZE,
            OSISESSION_FU_ACTIVITY_MANAGEMENT,
            OSISESSION_FU_NEGOTIATED_RELEASE,
            OSISESSION_FU_CAPABILITY_DATA,
            OSISESSION_FU_EXCEPTIONS,
            OSISESSION_FU_TYPED_DATA,
            OSISESSION_FU_SYMMETRIC_SYNC,
            OSISESSION_FU_DATA_SEPARATION,
        ];
        let bits: Vec<u32> = FunctionalUnits::ALL.iter().map(|unit| u32::from(unit.bits())).collect();
        assert_eq!(bits, units);
        let tokens: Vec<u32> = Tokens::all().iter().map(|token| u32::from(token.bits())).collect();
        assert_eq!(
            tokens,
            [
                OSISESSION_TOKEN_DATA,
                OSISESSION_TOKEN_SYNCHRONIZE_MINOR,
                OSISESSION_TOKEN_MAJOR_ACTIVITY,
                OSISESSION_TOKEN_RELEASE
            ]
        );
        assert_eq!(
            (OSISESSION_VERSION_1, OSISESSION_VERSION_2),
            (u32::from(Versions::V1.bits()), u32::from(Versions::V2.bits()))
        );
    }

    #[test]
    fn all_zero_and_null_are_the_defaults() {
        unsafe {
            assert_eq!(connect_request(std::ptr::null()).unwrap(), ConnectRequest::default());
            assert_eq!(connect_response(std::ptr::null()).unwrap(), ConnectResponse::default());
            assert_eq!(connect_reject(std::ptr::null()).unwrap(), ConnectReject::default());
            assert_eq!(session_config(std::ptr::null()).unwrap().limits, SessionConfig::default().limits);
        }
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        let status = |failure: Failure| failure.status();
        assert_eq!(functional_units(0x2000).map_err(status), Err(OSISESSION_E_INVALID));
        assert_eq!(tokens(2).map_err(status), Err(OSISESSION_E_INVALID));
        assert_eq!(versions(4).map_err(status), Err(OSISESSION_E_INVALID));
        assert_eq!(token_sides(3).map_err(status), Err(OSISESSION_E_INVALID));
        assert_eq!(token_sides(0x100).map_err(status), Err(OSISESSION_E_INVALID));
        assert_eq!(tsdu_sizes(65_536, 0).map_err(status), Err(OSISESSION_E_INVALID));
        assert_eq!(digits(300).map_err(status), Err(OSISESSION_E_INVALID));
        assert!(
            matches!(resync(OSISESSION_HAS_RESYNC, OSISESSION_HAS_RESYNC, 3, None), Err(f) if f.status() == OSISESSION_E_INVALID)
        );
    }
}
