//! Events: what the SS-user is told, as one tagged struct.
use crate::boundary::{Failure, Result, call, read_sized, sized, write_sized};
use crate::config::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Values};
use crate::octets::osisession_octets;
use crate::record;
use crate::status::{OSISESSION_E_INVALID, OSISESSION_E_NOT_FREED};
use osisession::{Error, Event, ExceptionReason, Resync, SerialNumber};
use std::cell::RefCell;
use std::ffi::c_char;
use std::sync::Arc;

/// No event.
pub const OSISESSION_EVENT_NONE: u32 = 0;
/// S-CONNECT indication: `calling_selector`, `called_selector`, `connection_identifier`, `functional_units`, `versions`
/// (the one that an acceptance would select), serial numbers if present, `upper_limit_serial_number`, `token_sides`,
/// TSDU sizes, `flags`, `user_data`. Answer with `osisession_connect_response` or `osisession_connect_response_negative`.
pub const OSISESSION_CONNECT_INDICATION: u32 = 1;
/// S-CONNECT confirm, accepted: the same as selected; `called_selector` is the responding selector.
pub const OSISESSION_CONNECT_CONFIRM: u32 = 2;
/// S-CONNECT confirm, rejected: `reason` (OSISESSION_REFUSE_...), `connection_identifier`, `functional_units` if present,
/// `versions` that the responder implements (0: not said), `user_data`, `error`. The session is over.
pub const OSISESSION_CONNECT_CONFIRM_NEGATIVE: u32 = 3;
/// S-DATA indication: `user_data`.
pub const OSISESSION_DATA_INDICATION: u32 = 4;
/// S-EXPEDITED-DATA indication: `user_data`.
pub const OSISESSION_EXPEDITED_DATA_INDICATION: u32 = 5;
/// S-TYPED-DATA indication: `user_data`.
pub const OSISESSION_TYPED_DATA_INDICATION: u32 = 6;
/// S-CAPABILITY-DATA indication: `user_data`. Answer with `osisession_capability_data_response`.
pub const OSISESSION_CAPABILITY_DATA_INDICATION: u32 = 7;
/// S-CAPABILITY-DATA confirm: `user_data`.
pub const OSISESSION_CAPABILITY_DATA_CONFIRM: u32 = 8;
/// S-TOKEN-GIVE indication: `tokens` are now here; `user_data`.
pub const OSISESSION_TOKEN_GIVE_INDICATION: u32 = 9;
/// S-TOKEN-PLEASE indication: the peer asks for `tokens`; `user_data`.
pub const OSISESSION_TOKEN_PLEASE_INDICATION: u32 = 10;
/// S-CONTROL-GIVE indication: all available tokens are now here; `user_data`.
pub const OSISESSION_CONTROL_GIVE_INDICATION: u32 = 11;
/// S-SYNC-MINOR indication: `serial_number`, `flags` (EXPLICIT, DATA_SEPARATION), `user_data`. Answer with
/// `osisession_sync_minor_response` if explicit.
pub const OSISESSION_SYNC_MINOR_INDICATION: u32 = 12;
/// S-SYNC-MINOR confirm: every point up to `serial_number` is confirmed; `user_data`.
pub const OSISESSION_SYNC_MINOR_CONFIRM: u32 = 13;
/// S-SYNC-MAJOR indication: `serial_number`, `user_data`. Answer with `osisession_sync_major_response`.
pub const OSISESSION_SYNC_MAJOR_INDICATION: u32 = 14;
/// S-SYNC-MAJOR confirm: `second_serial_number` if present (symmetric synchronize), `user_data`.
pub const OSISESSION_SYNC_MAJOR_CONFIRM: u32 = 15;
/// S-RESYNCHRONIZE indication: `resync_type`, `serial_number`, their second ones, as present; `token_sides`, `user_data`.
/// Answer with `osisession_resynchronize_response`.
pub const OSISESSION_RESYNCHRONIZE_INDICATION: u32 = 16;
/// S-RESYNCHRONIZE confirm: the same fields.
pub const OSISESSION_RESYNCHRONIZE_CONFIRM: u32 = 17;
/// S-P-EXCEPTION-REPORT indication: `error` if it is known.
pub const OSISESSION_P_EXCEPTION_REPORT_INDICATION: u32 = 18;
/// S-U-EXCEPTION-REPORT indication: `reason` (OSISESSION_EXCEPTION_...), `user_data`.
pub const OSISESSION_U_EXCEPTION_REPORT_INDICATION: u32 = 19;
/// S-ACTIVITY-START indication: `activity_identifier`, `user_data`.
pub const OSISESSION_ACTIVITY_START_INDICATION: u32 = 20;
/// S-ACTIVITY-RESUME indication: `activity_identifier`, `old_activity_identifier`, `serial_number`,
/// `second_serial_number` and `old_connection` if present, `user_data`.
pub const OSISESSION_ACTIVITY_RESUME_INDICATION: u32 = 21;
/// S-ACTIVITY-INTERRUPT indication: `reason` if present, `user_data`. Answer with
/// `osisession_activity_interrupt_response`.
pub const OSISESSION_ACTIVITY_INTERRUPT_INDICATION: u32 = 22;
/// S-ACTIVITY-INTERRUPT confirm: `user_data`.
pub const OSISESSION_ACTIVITY_INTERRUPT_CONFIRM: u32 = 23;
/// S-ACTIVITY-DISCARD indication: `reason` if present, `user_data`. Answer with `osisession_activity_discard_response`.
pub const OSISESSION_ACTIVITY_DISCARD_INDICATION: u32 = 24;
/// S-ACTIVITY-DISCARD confirm: `user_data`.
pub const OSISESSION_ACTIVITY_DISCARD_CONFIRM: u32 = 25;
/// S-ACTIVITY-END indication: `serial_number`, `user_data`. Answer with `osisession_activity_end_response`.
pub const OSISESSION_ACTIVITY_END_INDICATION: u32 = 26;
/// S-ACTIVITY-END confirm: `second_serial_number` if present (symmetric synchronize), `user_data`.
pub const OSISESSION_ACTIVITY_END_CONFIRM: u32 = 27;
/// S-RELEASE indication: `user_data`. Answer with `osisession_release_response` or, under negotiated release,
/// `osisession_release_response_negative`.
pub const OSISESSION_RELEASE_INDICATION: u32 = 28;
/// S-RELEASE confirm, affirmative: `user_data`. The session is over.
pub const OSISESSION_RELEASE_CONFIRM: u32 = 29;
/// S-RELEASE confirm, negative: `user_data`. The session goes on.
pub const OSISESSION_RELEASE_CONFIRM_NEGATIVE: u32 = 30;
/// S-U-ABORT indication: `user_data`. The session is over.
pub const OSISESSION_U_ABORT_INDICATION: u32 = 31;
/// S-P-ABORT indication: `reason` (OSISESSION_P_ABORT_...), `error` if it is known. The session is over.
pub const OSISESSION_P_ABORT_INDICATION: u32 = 32;

/// Event flag: the peer wants an explicit confirmation.
pub const OSISESSION_EVENT_EXPLICIT: u32 = 0x01;
/// Event flag: data separation.
pub const OSISESSION_EVENT_DATA_SEPARATION: u32 = 0x02;
/// Event flag: the transport expedited flow is available.
pub const OSISESSION_EVENT_TRANSPORT_EXPEDITED: u32 = 0x04;
/// Event flag: the peer can receive extended concatenation.
pub const OSISESSION_EVENT_EXTENDED_CONCATENATION: u32 = 0x08;
/// Event flag: a piece of an SSDU; the next indication of the same type has more of it (OSISESSION_SESSION_PIECES). Should something
/// come in between that purges data (resynchronization, interruption, discard, exception, abort), the rest does not come.
pub const OSISESSION_EVENT_MORE: u32 = 0x10;

/// S-P-ABORT reason: the transport connection is gone or never came up (X.215 S-P-ABORT).
pub const OSISESSION_P_ABORT_TRANSPORT_DISCONNECT: u32 = 0;
/// S-P-ABORT reason: protocol error, found here or reported by the peer.
pub const OSISESSION_P_ABORT_PROTOCOL_ERROR: u32 = 1;
/// S-P-ABORT reason: the peer gave none.
pub const OSISESSION_P_ABORT_UNDEFINED: u32 = 2;
/// S-P-ABORT reason: a restriction of this implementation or of the peer's.
pub const OSISESSION_P_ABORT_IMPLEMENTATION_RESTRICTION: u32 = 3;

/// Rejected by the called SS-user, reason not specified (X.225 8.3.5, PI 50).
pub const OSISESSION_REFUSE_USER: u32 = 0;
/// Rejected by the called SS-user, temporary congestion.
pub const OSISESSION_REFUSE_USER_CONGESTION: u32 = 1;
/// Rejected by the called SS-user, see the user data.
pub const OSISESSION_REFUSE_USER_DATA: u32 = 2;
/// Session selector unknown.
pub const OSISESSION_REFUSE_SELECTOR_UNKNOWN: u32 = 129;
/// SS-user not attached to the SSAP.
pub const OSISESSION_REFUSE_USER_NOT_ATTACHED: u32 = 130;
/// SPM congestion at connect time.
pub const OSISESSION_REFUSE_CONGESTION: u32 = 131;
/// Proposed protocol versions not supported.
pub const OSISESSION_REFUSE_VERSIONS: u32 = 132;
/// Rejected by the SPM, reason not specified.
pub const OSISESSION_REFUSE_SPM: u32 = 133;
/// Rejected by the SPM, implementation restriction.
pub const OSISESSION_REFUSE_RESTRICTION: u32 = 134;

/// Exception reason: non-specific error (X.225 8.3.28, PI 50).
pub const OSISESSION_EXCEPTION_NON_SPECIFIC: u32 = 0;
/// Exception reason: SS-user receiving ability jeopardized.
pub const OSISESSION_EXCEPTION_RECEIVING_ABILITY_JEOPARDIZED: u32 = 1;
/// Exception reason: sequence error.
pub const OSISESSION_EXCEPTION_SEQUENCE_ERROR: u32 = 3;
/// Exception reason: local SS-user error.
pub const OSISESSION_EXCEPTION_LOCAL_USER_ERROR: u32 = 5;
/// Exception reason: unrecoverable procedural error.
pub const OSISESSION_EXCEPTION_UNRECOVERABLE_PROCEDURAL_ERROR: u32 = 6;
/// Exception reason: demand data token.
pub const OSISESSION_EXCEPTION_DEMAND_DATA_TOKEN: u32 = 128;

/// An indication or confirm of X.215. Which fields are meant is said at each type; the others are 0.
///
/// What `osisession_next_event` fills owns its octets until `osisession_event_free`: free it, and it can be filled again. A
/// copy of the struct is the same event: free one of them. What a callback is given is lent until the callback returns, and
/// is not to be freed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_event {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// Which primitive (OSISESSION_..._INDICATION, OSISESSION_..._CONFIRM).
    pub r#type: u32,
    /// The library's own: who owns the octets. 0: nothing to free.
    pub owner: u64,
    /// SS-user data.
    pub user_data: osisession_octets,
    /// Which optional fields are there (OSISESSION_HAS_...).
    pub present: u32,
    /// OSISESSION_EVENT_... flags.
    pub flags: u32,
    /// Tokens (OSISESSION_TOKEN_...).
    pub tokens: u32,
    /// Sides of the tokens (see OSISESSION_TOKEN_SIDE).
    pub token_sides: u32,
    /// Reason code.
    pub reason: u32,
    /// Functional units (OSISESSION_FU_...).
    pub functional_units: u32,
    /// Protocol versions (OSISESSION_VERSION_...).
    pub versions: u32,
    /// Upper limit of serial numbers in decimal digits; 0: six.
    pub upper_limit_serial_number: u32,
    /// Maximum TSDU size from initiator to responder, octets; 0: not limited.
    pub tsdu_maximum_to_responder: u32,
    /// Maximum TSDU size from responder to initiator, octets; 0: not limited.
    pub tsdu_maximum_to_initiator: u32,
    /// OSISESSION_RESYNC_...
    pub resync_type: u32,
    /// OSISESSION_RESYNC_... of the second flow.
    pub second_resync_type: u32,
    /// Serial number.
    pub serial_number: u64,
    /// Serial number of the second flow.
    pub second_serial_number: u64,
    /// Calling session selector.
    pub calling_selector: osisession_octets,
    /// Called session selector; in a confirm the responding one.
    pub called_selector: osisession_octets,
    /// Session connection identifier.
    pub connection_identifier: osisession_connection_identifier,
    /// Activity identifier.
    pub activity_identifier: osisession_octets,
    /// Old activity identifier.
    pub old_activity_identifier: osisession_octets,
    /// The session connection on which the activity was started.
    pub old_connection: osisession_old_connection,
    /// Why, in full; NULL if nothing more is known. It lives as long as the octets.
    pub error: *const osisession_error_info,
}
sized!(osisession_event, error: *const osisession_error_info);

/// An event with everything that its C struct points to. All of that is behind shared pointers (octets too), so that it stays where it
/// is when this moves.
pub(crate) struct EventObject {
    event: Event,
    error: Option<Arc<osisession_error_info>>,
}

static EVENTS: Values<EventObject> = Values::new(Kind::Event);

impl EventObject {
    pub(crate) fn new(event: Event) -> EventObject {
        let error = match &event {
            Event::ConnectConfirmNegative(rejection) => rejection.error.as_ref(),
            Event::PExceptionReportIndication(error) | Event::PAbortIndication(_, error) => error.as_ref(),
            _ => None,
        };
        let error = error.map(|error: &Error| Arc::new(osisession_error_info::of_error(error)));
        EventObject { event, error }
    }

    /// The event as C sees it; it points to what `self` keeps.
    pub(crate) fn lend(&self) -> osisession_event {
        let mut c = EMPTY;
        c.user_data = osisession_octets::lend(self.event.user_data());
        c.error = self.error.as_deref().map_or(std::ptr::null(), std::ptr::from_ref);
        c.r#type = match &self.event {
            Event::ConnectIndication(e) => {
                c.calling_selector = osisession_octets::lend(&e.calling_selector);
                c.called_selector = osisession_octets::lend(&e.called_selector);
                c.connection_identifier = osisession_connection_identifier::lend(&e.connection_identifier);
                c.functional_units = e.functional_units.bits().into();
                c.versions = e.version.bits().into();
                c.serial_number(e.initial_serial_number);
                c.second_serial_number(e.second_initial_serial_number);
                c.upper_limit_serial_number = e.upper_limit_serial_number.unwrap_or(0).into();
                c.token_sides = sides_number(e.tokens);
                c.tsdu_maximum_to_responder = e.tsdu_maximum_size.initiator_to_responder.into();
                c.tsdu_maximum_to_initiator = e.tsdu_maximum_size.responder_to_initiator.into();
                c.flag(OSISESSION_EVENT_TRANSPORT_EXPEDITED, e.transport_expedited);
                c.flag(OSISESSION_EVENT_EXTENDED_CONCATENATION, e.extended_concatenation);
                OSISESSION_CONNECT_INDICATION
            }
            Event::ConnectConfirm(e) => {
                c.called_selector = osisession_octets::lend(&e.responding_selector);
                c.connection_identifier = osisession_connection_identifier::lend(&e.connection_identifier);
                c.functional_units = e.functional_units.bits().into();
                c.versions = e.version.bits().into();
                c.serial_number(e.initial_serial_number);
                c.second_serial_number(e.second_initial_serial_number);
                c.token_sides = sides_number(e.tokens);
                c.tsdu_maximum_to_responder = e.tsdu_maximum_size.initiator_to_responder.into();
                c.tsdu_maximum_to_initiator = e.tsdu_maximum_size.responder_to_initiator.into();
                c.flag(OSISESSION_EVENT_TRANSPORT_EXPEDITED, e.transport_expedited);
                c.flag(OSISESSION_EVENT_EXTENDED_CONCATENATION, e.extended_concatenation);
                OSISESSION_CONNECT_CONFIRM
            }
            Event::ConnectConfirmNegative(e) => {
                c.reason = e.reason.into();
                c.present |= OSISESSION_HAS_REASON;
                c.connection_identifier = osisession_connection_identifier::lend(&e.connection_identifier);
                if let Some(units) = e.functional_units {
                    c.functional_units = units.bits().into();
                    c.present |= OSISESSION_HAS_FUNCTIONAL_UNITS;
                }
                c.versions = e.versions.map_or(0, |versions| versions.bits().into());
                OSISESSION_CONNECT_CONFIRM_NEGATIVE
            }
            Event::DataPiece { typed, end, .. } => {
                c.flag(OSISESSION_EVENT_MORE, !end);
                if *typed { OSISESSION_TYPED_DATA_INDICATION } else { OSISESSION_DATA_INDICATION }
            }
            Event::DataIndication(_) => OSISESSION_DATA_INDICATION,
            Event::ExpeditedDataIndication(_) => OSISESSION_EXPEDITED_DATA_INDICATION,
            Event::TypedDataIndication(_) => OSISESSION_TYPED_DATA_INDICATION,
            Event::CapabilityDataIndication(_) => OSISESSION_CAPABILITY_DATA_INDICATION,
            Event::CapabilityDataConfirm(_) => OSISESSION_CAPABILITY_DATA_CONFIRM,
            Event::TokenGiveIndication(tokens, _) => {
                c.tokens = tokens.bits().into();
                OSISESSION_TOKEN_GIVE_INDICATION
            }
            Event::TokenPleaseIndication(tokens, _) => {
                c.tokens = tokens.bits().into();
                OSISESSION_TOKEN_PLEASE_INDICATION
            }
            Event::ControlGiveIndication(_) => OSISESSION_CONTROL_GIVE_INDICATION,
            Event::SyncMinorIndication { serial_number, explicit, data_separation, .. } => {
                c.serial_number(Some(*serial_number));
                c.flag(OSISESSION_EVENT_EXPLICIT, *explicit);
                c.flag(OSISESSION_EVENT_DATA_SEPARATION, *data_separation);
                OSISESSION_SYNC_MINOR_INDICATION
            }
            Event::SyncMinorConfirm(serial_number, _) => {
                c.serial_number(Some(*serial_number));
                OSISESSION_SYNC_MINOR_CONFIRM
            }
            Event::SyncMajorIndication(serial_number, _) => {
                c.serial_number(Some(*serial_number));
                OSISESSION_SYNC_MAJOR_INDICATION
            }
            Event::SyncMajorConfirm(second, _) => {
                c.second_serial_number(*second);
                OSISESSION_SYNC_MAJOR_CONFIRM
            }
            Event::ResynchronizeIndication(e) => {
                c.resync(e.first, e.second);
                c.token_sides = sides_number(e.tokens);
                OSISESSION_RESYNCHRONIZE_INDICATION
            }
            Event::ResynchronizeConfirm(e) => {
                c.resync(e.first, e.second);
                c.token_sides = sides_number(e.tokens);
                OSISESSION_RESYNCHRONIZE_CONFIRM
            }
            Event::PExceptionReportIndication(_) => OSISESSION_P_EXCEPTION_REPORT_INDICATION,
            Event::UExceptionReportIndication(reason, _) => {
                c.reason(Some(*reason));
                OSISESSION_U_EXCEPTION_REPORT_INDICATION
            }
            Event::ActivityStartIndication(identifier, _) => {
                c.activity_identifier = osisession_octets::lend(identifier);
                OSISESSION_ACTIVITY_START_INDICATION
            }
            Event::ActivityResumeIndication(e) => {
                c.activity_identifier = osisession_octets::lend(&e.activity_identifier);
                c.old_activity_identifier = osisession_octets::lend(&e.old_activity_identifier);
                c.serial_number(Some(e.serial_number));
                c.second_serial_number(e.second_serial_number);
                if let Some(old) = &e.old_connection {
                    c.old_connection = osisession_old_connection::lend(old);
                    c.present |= OSISESSION_HAS_OLD_CONNECTION;
                }
                OSISESSION_ACTIVITY_RESUME_INDICATION
            }
            Event::ActivityInterruptIndication(reason, _) => {
                c.reason(*reason);
                OSISESSION_ACTIVITY_INTERRUPT_INDICATION
            }
            Event::ActivityInterruptConfirm(_) => OSISESSION_ACTIVITY_INTERRUPT_CONFIRM,
            Event::ActivityDiscardIndication(reason, _) => {
                c.reason(*reason);
                OSISESSION_ACTIVITY_DISCARD_INDICATION
            }
            Event::ActivityDiscardConfirm(_) => OSISESSION_ACTIVITY_DISCARD_CONFIRM,
            Event::ActivityEndIndication(serial_number, _) => {
                c.serial_number(Some(*serial_number));
                OSISESSION_ACTIVITY_END_INDICATION
            }
            Event::ActivityEndConfirm(second, _) => {
                c.second_serial_number(*second);
                OSISESSION_ACTIVITY_END_CONFIRM
            }
            Event::ReleaseIndication(_) => OSISESSION_RELEASE_INDICATION,
            Event::ReleaseConfirm(_) => OSISESSION_RELEASE_CONFIRM,
            Event::ReleaseConfirmNegative(_) => OSISESSION_RELEASE_CONFIRM_NEGATIVE,
            Event::UAbortIndication(_) => OSISESSION_U_ABORT_INDICATION,
            Event::PAbortIndication(reason, _) => {
                c.reason = *reason as u32;
                c.present |= OSISESSION_HAS_REASON;
                OSISESSION_P_ABORT_INDICATION
            }
            // `Event` may grow; what this library does not know how to hand on is no event of this ABI.
            _ => OSISESSION_EVENT_NONE,
        };
        c
    }

    /// True if the C struct would point to something.
    fn has_octets(&self, c: &osisession_event) -> bool {
        self.error.is_some()
            || [
                c.user_data,
                c.calling_selector,
                c.called_selector,
                c.connection_identifier.ss_user_reference,
                c.connection_identifier.common_reference,
                c.connection_identifier.additional_reference,
                c.activity_identifier,
                c.old_activity_identifier,
                c.old_connection.called_reference,
                c.old_connection.calling_reference,
                c.old_connection.common_reference,
                c.old_connection.additional_reference,
            ]
            .iter()
            .any(|octets| octets.length != 0)
    }
}

const EMPTY: osisession_event = {
    let none = osisession_octets::NONE;
    osisession_event {
        struct_size: size_of::<osisession_event>() as u32,
        r#type: OSISESSION_EVENT_NONE,
        owner: 0,
        user_data: none,
        present: 0,
        flags: 0,
        tokens: 0,
        token_sides: 0,
        reason: 0,
        functional_units: 0,
        versions: 0,
        upper_limit_serial_number: 0,
        tsdu_maximum_to_responder: 0,
        tsdu_maximum_to_initiator: 0,
        resync_type: 0,
        second_resync_type: 0,
        serial_number: 0,
        second_serial_number: 0,
        calling_selector: none,
        called_selector: none,
        connection_identifier: osisession_connection_identifier {
            ss_user_reference: none,
            common_reference: none,
            additional_reference: none,
        },
        activity_identifier: none,
        old_activity_identifier: none,
        old_connection: osisession_old_connection {
            called_reference: none,
            calling_reference: none,
            common_reference: none,
            additional_reference: none,
        },
        error: std::ptr::null(),
    }
};

impl osisession_event {
    fn flag(&mut self, flag: u32, on: bool) {
        if on {
            self.flags |= flag;
        }
    }

    fn serial_number(&mut self, number: Option<SerialNumber>) {
        if let Some(number) = number {
            self.serial_number = number;
            self.present |= OSISESSION_HAS_SERIAL_NUMBER;
        }
    }

    fn second_serial_number(&mut self, number: Option<SerialNumber>) {
        if let Some(number) = number {
            self.second_serial_number = number;
            self.present |= OSISESSION_HAS_SECOND_SERIAL_NUMBER;
        }
    }

    fn resync(&mut self, first: Option<Resync>, second: Option<Resync>) {
        if let Some(first) = first {
            self.resync_type = first.kind as u32;
            self.present |= OSISESSION_HAS_RESYNC;
            self.serial_number(first.serial_number);
        }
        if let Some(second) = second {
            self.second_resync_type = second.kind as u32;
            self.present |= OSISESSION_HAS_SECOND_RESYNC;
            self.second_serial_number(second.serial_number);
        }
    }

    fn reason(&mut self, reason: Option<ExceptionReason>) {
        if let Some(reason) = reason {
            self.reason = reason as u32;
            self.present |= OSISESSION_HAS_REASON;
        }
    }
}

/// Checks that the caller's event can be filled, before one is taken.
///
/// # Safety
/// `event` is NULL or points to as many octets as its `struct_size` says.
pub(crate) unsafe fn check(event: *mut osisession_event) -> Result {
    // SAFETY: the caller's promise; the smallest size reaches beyond `owner`.
    unsafe {
        crate::boundary::check_sized_out(event, "the event")?;
        if (&raw const (*event).owner).read_unaligned() != 0 {
            return Err(Failure::new(
                OSISESSION_E_NOT_FREED,
                "the event still owns octets: osisession_event_free first (or OSISESSION_INIT a struct never filled)",
            ));
        }
    }
    Ok(())
}

/// Fills the caller's event.
///
/// # Safety
/// As [`check`], which was called.
pub(crate) unsafe fn fill(to: *mut osisession_event, event: Event) -> Result {
    let object = EventObject::new(event);
    let mut c = object.lend();
    if object.has_octets(&c) {
        c.owner = EVENTS.put(object)? as u64;
    }
    // SAFETY: the caller's promise.
    unsafe { write_sized(to, &c) };
    Ok(())
}

thread_local! {
    /// The events that callbacks of this thread are looking at, innermost last.
    static SHOWN: RefCell<Vec<(*const osisession_event, Event)>> = const { RefCell::new(Vec::new()) };
}

/// An event is lent to a callback, for as long as this lives.
pub(crate) struct Shown;

impl Shown {
    pub(crate) fn new(object: &EventObject, lent: *const osisession_event) -> Shown {
        let _ = SHOWN.try_with(|shown| shown.borrow_mut().push((lent, object.event.clone())));
        Shown
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = SHOWN.try_with(|shown| shown.borrow_mut().pop());
    }
}

/// Keeps an event without copying its octets: for one that is lent to a callback, before the callback returns, and for a
/// second owner of one that was taken.
///
/// `event`: lent to a callback that is running in this thread, or filled by `osisession_next_event` and not yet freed.
/// `kept` receives the same event with an owner of its own, to be freed by `osisession_event_free`; what `event` is stays
/// as it was.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (`event` is neither), OSISESSION_E_STALE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_event_retain(
    event: *const osisession_event,
    kept: *mut osisession_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_event_retain", |a| {
        a.out(event).out(kept).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            if event.is_null() {
                return Err(Failure::null("event"));
            }
            crate::boundary::check_sized_out(kept, "kept")?;
            let lent = SHOWN.with(|shown| {
                let shown = shown.borrow();
                shown.iter().find(|(at, _)| *at == event).map(|(_, event)| event.clone())
            });
            if let Some(lent) = lent {
                return fill(kept, lent);
            }
            let given = read_sized(event, "the event")?;
            if given.owner == 0 {
                return Err(Failure::new(
                    OSISESSION_E_INVALID,
                    "the event is not lent to a callback of this thread and has no octets of its own",
                ));
            }
            let owner = usize::try_from(given.owner).unwrap_or(usize::MAX);
            fill(kept, EVENTS.look(owner, |object| object.event.clone())?)
        })
    }
}

/// Frees the octets of an event and makes it ready to be filled again.
///
/// NULL, a zeroed event, an event without octets and an event that was freed are all fine. Freeing a second copy of the
/// same event returns OSISESSION_E_STALE and does no harm. Any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_event_free(event: *mut osisession_event) -> i32 {
    let _recorded = record::call("osisession_event_free", |a| {
        a.out(event);
    });
    // SAFETY: the caller's promise: NULL, zeroed, or initialized with its size.
    unsafe {
        call(std::ptr::null_mut(), || {
            if event.is_null() || event.cast::<u32>().read_unaligned() == 0 {
                return Ok(());
            }
            crate::boundary::check_sized_out(event, "the event")?;
            let owner = (&raw const (*event).owner).read_unaligned();
            write_sized(event, &EMPTY);
            match owner {
                0 => Ok(()),
                owner => EVENTS.remove(usize::try_from(owner).unwrap_or(usize::MAX)).map(drop),
            }
        })
    }
}

/// The name of an event type as X.215 spells it, such as "S-SYNC-MINOR indication"; "no event" for any other number.
///
/// The string is static. Never fails; any thread; also inside callbacks.
#[unsafe(no_mangle)]
pub extern "C" fn osisession_event_name(event_type: u32) -> *const c_char {
    let name = match event_type {
        OSISESSION_CONNECT_INDICATION => c"S-CONNECT indication",
        OSISESSION_CONNECT_CONFIRM => c"S-CONNECT confirm (accept)",
        OSISESSION_CONNECT_CONFIRM_NEGATIVE => c"S-CONNECT confirm (reject)",
        OSISESSION_DATA_INDICATION => c"S-DATA indication",
        OSISESSION_EXPEDITED_DATA_INDICATION => c"S-EXPEDITED-DATA indication",
        OSISESSION_TYPED_DATA_INDICATION => c"S-TYPED-DATA indication",
        OSISESSION_CAPABILITY_DATA_INDICATION => c"S-CAPABILITY-DATA indication",
        OSISESSION_CAPABILITY_DATA_CONFIRM => c"S-CAPABILITY-DATA confirm",
        OSISESSION_TOKEN_GIVE_INDICATION => c"S-TOKEN-GIVE indication",
        OSISESSION_TOKEN_PLEASE_INDICATION => c"S-TOKEN-PLEASE indication",
        OSISESSION_CONTROL_GIVE_INDICATION => c"S-CONTROL-GIVE indication",
        OSISESSION_SYNC_MINOR_INDICATION => c"S-SYNC-MINOR indication",
        OSISESSION_SYNC_MINOR_CONFIRM => c"S-SYNC-MINOR confirm",
        OSISESSION_SYNC_MAJOR_INDICATION => c"S-SYNC-MAJOR indication",
        OSISESSION_SYNC_MAJOR_CONFIRM => c"S-SYNC-MAJOR confirm",
        OSISESSION_RESYNCHRONIZE_INDICATION => c"S-RESYNCHRONIZE indication",
        OSISESSION_RESYNCHRONIZE_CONFIRM => c"S-RESYNCHRONIZE confirm",
        OSISESSION_P_EXCEPTION_REPORT_INDICATION => c"S-P-EXCEPTION-REPORT indication",
        OSISESSION_U_EXCEPTION_REPORT_INDICATION => c"S-U-EXCEPTION-REPORT indication",
        OSISESSION_ACTIVITY_START_INDICATION => c"S-ACTIVITY-START indication",
        OSISESSION_ACTIVITY_RESUME_INDICATION => c"S-ACTIVITY-RESUME indication",
        OSISESSION_ACTIVITY_INTERRUPT_INDICATION => c"S-ACTIVITY-INTERRUPT indication",
        OSISESSION_ACTIVITY_INTERRUPT_CONFIRM => c"S-ACTIVITY-INTERRUPT confirm",
        OSISESSION_ACTIVITY_DISCARD_INDICATION => c"S-ACTIVITY-DISCARD indication",
        OSISESSION_ACTIVITY_DISCARD_CONFIRM => c"S-ACTIVITY-DISCARD confirm",
        OSISESSION_ACTIVITY_END_INDICATION => c"S-ACTIVITY-END indication",
        OSISESSION_ACTIVITY_END_CONFIRM => c"S-ACTIVITY-END confirm",
        OSISESSION_RELEASE_INDICATION => c"S-RELEASE indication",
        OSISESSION_RELEASE_CONFIRM => c"S-RELEASE confirm (affirmative)",
        OSISESSION_RELEASE_CONFIRM_NEGATIVE => c"S-RELEASE confirm (negative)",
        OSISESSION_U_ABORT_INDICATION => c"S-U-ABORT indication",
        OSISESSION_P_ABORT_INDICATION => c"S-P-ABORT indication",
        _ => c"no event",
    };
    name.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::*;
    use osisession::{
        ActivityResume, Bytes, ConnectConfirm, ConnectIndication, ConnectRejection, OldConnection,
        PAbortReason, ResyncType, Resynchronize, Tokens,
    };
    use std::ffi::CStr;

    fn data() -> Bytes {
        Bytes::from_static(b"user data")
    }

    /// One of each, in the order of their numbers.
    fn all() -> Vec<Event> {
        use Event::*;
        let resync = Resynchronize {
            first: Some(Resync { kind: ResyncType::Set, serial_number: Some(9) }),
            second: Some(Resync { kind: ResyncType::Abandon, serial_number: None }),
            user_data: data(),
            ..Resynchronize::default()
        };
        vec![
            ConnectIndication(Box::new(self::ConnectIndication { user_data: data(), ..Default::default() })),
            ConnectConfirm(Box::new(self::ConnectConfirm { user_data: data(), ..Default::default() })),
            ConnectConfirmNegative(Box::new(ConnectRejection {
                reason: 129,
                user_data: data(),
                ..Default::default()
            })),
            DataIndication(data()),
            ExpeditedDataIndication(data()),
            TypedDataIndication(data()),
            CapabilityDataIndication(data()),
            CapabilityDataConfirm(data()),
            TokenGiveIndication(Tokens::DATA, data()),
            TokenPleaseIndication(Tokens::RELEASE, data()),
            ControlGiveIndication(data()),
            SyncMinorIndication {
                serial_number: 5,
                explicit: true,
                data_separation: false,
                user_data: data(),
            },
            SyncMinorConfirm(5, data()),
            SyncMajorIndication(6, data()),
            SyncMajorConfirm(Some(7), data()),
            ResynchronizeIndication(Box::new(resync.clone())),
            ResynchronizeConfirm(Box::new(resync)),
            PExceptionReportIndication(None),
            UExceptionReportIndication(ExceptionReason::DemandDataToken, data()),
            ActivityStartIndication(Bytes::from_static(b"act"), data()),
            ActivityResumeIndication(Box::new(ActivityResume {
                activity_identifier: Bytes::from_static(b"new"),
                old_activity_identifier: Bytes::from_static(b"old"),
                serial_number: 3,
                second_serial_number: None,
                old_connection: Some(OldConnection::default()),
                user_data: data(),
            })),
            ActivityInterruptIndication(Some(ExceptionReason::SequenceError), data()),
            ActivityInterruptConfirm(data()),
            ActivityDiscardIndication(None, data()),
            ActivityDiscardConfirm(data()),
            ActivityEndIndication(8, data()),
            ActivityEndConfirm(None, data()),
            ReleaseIndication(data()),
            ReleaseConfirm(data()),
            ReleaseConfirmNegative(data()),
            UAbortIndication(data()),
            PAbortIndication(PAbortReason::ProtocolError, Some(Error::invalid("why"))),
        ]
    }

    #[test]
    fn every_event_has_its_number_its_name_and_its_user_data() {
        for (event, number) in all().into_iter().zip(1u32..) {
            let (name, octets) = (event.name(), event.user_data().to_vec());
            let object = EventObject::new(event);
            let c = object.lend();
            assert_eq!(c.r#type, number, "{name}");
            let c_name = unsafe { CStr::from_ptr(osisession_event_name(number)) };
            assert_eq!(c_name.to_str().unwrap(), name);
            assert_eq!(c.user_data.length, octets.len(), "{name}");
            if !octets.is_empty() {
                let lent = unsafe { std::slice::from_raw_parts(c.user_data.data, c.user_data.length) };
                assert_eq!(lent, octets, "{name}");
            }
        }
        assert_eq!(all().len() as u32, OSISESSION_P_ABORT_INDICATION);
    }

    #[test]
    fn parameters_arrive_in_their_fields() {
        let lend = |index: u32| EventObject::new(all().remove(index as usize - 1)).lend();
        let minor = lend(OSISESSION_SYNC_MINOR_INDICATION);
        assert_eq!((minor.serial_number, minor.flags), (5, OSISESSION_EVENT_EXPLICIT));
        let resync = lend(OSISESSION_RESYNCHRONIZE_INDICATION);
        assert_eq!(
            resync.present,
            OSISESSION_HAS_RESYNC | OSISESSION_HAS_SECOND_RESYNC | OSISESSION_HAS_SERIAL_NUMBER
        );
        assert_eq!(
            (resync.resync_type, resync.second_resync_type, resync.serial_number),
            (OSISESSION_RESYNC_SET, OSISESSION_RESYNC_ABANDON, 9)
        );
        assert_eq!(lend(OSISESSION_TOKEN_PLEASE_INDICATION).tokens, OSISESSION_TOKEN_RELEASE);
        assert_eq!(lend(OSISESSION_CONNECT_CONFIRM_NEGATIVE).reason, OSISESSION_REFUSE_SELECTOR_UNKNOWN);
        let report = lend(OSISESSION_U_EXCEPTION_REPORT_INDICATION);
        assert_eq!(report.reason, OSISESSION_EXCEPTION_DEMAND_DATA_TOKEN);
        assert_eq!(lend(OSISESSION_ACTIVITY_DISCARD_INDICATION).present & OSISESSION_HAS_REASON, 0);
        assert_eq!(lend(OSISESSION_P_ABORT_INDICATION).reason, OSISESSION_P_ABORT_PROTOCOL_ERROR);
    }

    #[test]
    fn an_event_is_freed_once_and_its_copy_is_stale() {
        let mut c = EMPTY;
        unsafe {
            check(&raw mut c).unwrap();
            fill(&raw mut c, Event::DataIndication(data())).unwrap();
            assert_eq!(std::slice::from_raw_parts(c.user_data.data, c.user_data.length), b"user data");
            assert_eq!(check(&raw mut c).map_err(|failure| failure.status()), Err(OSISESSION_E_NOT_FREED));
            let mut copy = c;
            assert_eq!(osisession_event_free(&raw mut c), OSISESSION_OK);
            assert_eq!((c.owner, c.user_data.length, c.r#type), (0, 0, OSISESSION_EVENT_NONE));
            assert_eq!(osisession_event_free(&raw mut c), OSISESSION_OK);
            assert_eq!(osisession_event_free(&raw mut copy), OSISESSION_E_STALE);
            let mut zeroed: osisession_event = std::mem::zeroed();
            assert_eq!(osisession_event_free(&raw mut zeroed), OSISESSION_OK);
            assert_eq!(osisession_event_free(std::ptr::null_mut()), OSISESSION_OK);
        }
    }

    #[test]
    fn an_event_without_octets_needs_no_freeing() {
        let mut c = EMPTY;
        unsafe { fill(&raw mut c, Event::ReleaseConfirm(Bytes::new())).unwrap() };
        assert_eq!((c.r#type, c.owner), (OSISESSION_RELEASE_CONFIRM, 0));
    }
}
