//! Durable dialogues: what is sent arrives exactly once and in order, whatever happens to connections and processes.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::rpc::nothing;
use crate::status::*;
use osisession::durable::{Dialogue, DialogueEvent, Peer, Role};
use osisession::{Bytes, Error, ErrorKind};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// One end of a durable dialogue. Made by `osisession_durable_dial`, `_accept`, `_find` and `_dialogue`, each time another handle; ended by `osisession_dialogue_free`, which leaves
/// the dialogue itself where it is. All its functions may be called from any thread.
pub struct osisession_dialogue {
    _never: (),
}

/// Messages flow.
pub const OSISESSION_DIALOGUE_CONNECTED: u32 = 0;
/// An attempt to connect is under way.
pub const OSISESSION_DIALOGUE_CONNECTING: u32 = 1;
/// There is no connection; attempts go on, or the peer connects.
pub const OSISESSION_DIALOGUE_DETACHED: u32 = 2;
/// There is no connection because nobody has anything to say.
pub const OSISESSION_DIALOGUE_IDLE: u32 = 3;
/// No more attempts before `osisession_dialogue_reconnect`.
pub const OSISESSION_DIALOGUE_STOPPED: u32 = 4;
/// It is being closed.
pub const OSISESSION_DIALOGUE_CLOSING: u32 = 5;
/// It was closed in good order.
pub const OSISESSION_DIALOGUE_CLOSED: u32 = 6;
/// It can never go on: one side has lost what the other relies on.
pub const OSISESSION_DIALOGUE_BROKEN: u32 = 7;

/// Waited for: the message is stored here, at the level of durability. It will arrive.
pub const OSISESSION_DIALOGUE_ACCEPTED: u32 = 0;
/// Waited for: the peer has the message on its stable storage.
pub const OSISESSION_DIALOGUE_CONFIRMED: u32 = 1;
/// Waited for: the commit of a message of the peer is durable here.
pub const OSISESSION_DIALOGUE_COMMITTED: u32 = 2;

/// An attempt to connect begins (`epoch`, `attempt`).
pub const OSISESSION_DIALOGUE_EVENT_CONNECTING: u32 = 1;
/// Messages flow (`epoch`).
pub const OSISESSION_DIALOGUE_EVENT_CONNECTED: u32 = 2;
/// The connection is gone; the dialogue is not.
pub const OSISESSION_DIALOGUE_EVENT_DETACHED: u32 = 3;
/// The connection was closed because nobody had anything to say.
pub const OSISESSION_DIALOGUE_EVENT_IDLE: u32 = 4;
/// There was no connection for long. Attempts go on.
pub const OSISESSION_DIALOGUE_EVENT_OVERDUE: u32 = 5;
/// The journal takes very long; the connection was given back meanwhile.
pub const OSISESSION_DIALOGUE_EVENT_STORAGE_STALLED: u32 = 6;
/// The peer wants to close: nothing more can be sent.
pub const OSISESSION_DIALOGUE_EVENT_PEER_CLOSING: u32 = 7;
/// It has ended in good order.
pub const OSISESSION_DIALOGUE_EVENT_CLOSED: u32 = 8;
/// No more attempts before `osisession_dialogue_reconnect`.
pub const OSISESSION_DIALOGUE_EVENT_STOPPED: u32 = 9;
/// It can never go on (`position`: up to here the peer had messages on stable storage).
pub const OSISESSION_DIALOGUE_EVENT_BROKEN: u32 = 10;
/// The peer did what is forbidden, and lost its connection for it (`error`).
pub const OSISESSION_DIALOGUE_EVENT_VIOLATION: u32 = 11;
/// Messages up to `position` are stored here.
pub const OSISESSION_DIALOGUE_EVENT_ACCEPTED: u32 = 12;
/// Messages up to `position` are on the peer's stable storage.
pub const OSISESSION_DIALOGUE_EVENT_CONFIRMED: u32 = 13;
/// Messages of the peer up to `position` are not handed out again.
pub const OSISESSION_DIALOGUE_EVENT_COMMITTED: u32 = 14;
/// Something else that this version of the interface has no number for.
pub const OSISESSION_DIALOGUE_EVENT_OTHER: u32 = 15;

/// Where a dialogue stands.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_dialogue_state {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_DIALOGUE_CONNECTED to OSISESSION_DIALOGUE_BROKEN.
    pub state: u32,
    /// Its name.
    pub id: [u8; 16],
    /// 1: it was begun here. 0: the peer began it.
    pub initiator: u32,
    /// Attempts since the last connection.
    pub attempts: u32,
    /// Number of the last connection or attempt.
    pub epoch: u64,
    /// Milliseconds until the next attempt; -1: none is due.
    pub next_ms: i64,
    /// Position of the last message that was given to the dialogue.
    pub sent: u64,
    /// Last position that is stored here.
    pub accepted: u64,
    /// Last position that is stored at the peer.
    pub confirmed: u64,
    /// Octets of messages that the peer confirmed, since this process began.
    pub confirmed_octets: u64,
    /// Octets of messages that are not confirmed.
    pub unconfirmed_octets: u64,
    /// Last position of the peer that is stored here.
    pub received: u64,
    /// Last position of the peer that the application has committed.
    pub committed: u64,
    /// Events that were dropped because nobody took them.
    pub events_lost: u64,
    /// Why the last connection was not made, or how it ended, or why nothing more will happen; its status is 0 where there is nothing to say.
    pub error: osisession_error_info,
}
sized!(osisession_dialogue_state, error: osisession_error_info);

/// A message of the peer. Initialized by OSISESSION_INIT, freed by `osisession_dialogue_message_free`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_dialogue_message {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The library's own.
    pub owner: u64,
    /// Its place among all messages of the peer, from 1.
    pub position: u64,
    /// The message; valid until it is freed.
    pub data: osisession_octets,
}
sized!(osisession_dialogue_message, data: osisession_octets);

/// What happened to a dialogue.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_dialogue_event {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_DIALOGUE_EVENT_...
    pub r#type: u32,
    /// Number of the connection.
    pub epoch: u64,
    /// A position, where one is told.
    pub position: u64,
    /// Attempts since the last connection.
    pub attempt: u32,
    /// 0.
    pub reserved: u32,
    /// Why; its status is 0 where there is nothing to say.
    pub error: osisession_error_info,
}
sized!(osisession_dialogue_event, error: osisession_error_info);

static DIALOGUES: Table<Dialogue> = Table::new(Kind::Dialogue);
static MESSAGES: Table<Bytes> = Table::new(Kind::DialogueMessage);

fn find(handle: *mut osisession_dialogue) -> Result<Arc<Dialogue>> {
    DIALOGUES.get(handle as usize)
}

/// # Safety
/// `to` is NULL or can be written.
pub(crate) unsafe fn hand_out(to: *mut *mut osisession_dialogue, dialogue: Dialogue) -> Result {
    let (handle, _) = DIALOGUES.insert_value(dialogue)?;
    // SAFETY: the caller's promise.
    unsafe { write_out(to, handle as *mut osisession_dialogue) };
    Ok(())
}

/// With a timeout of 0 nobody has waited: there was nothing.
pub(crate) fn at_once<T>(
    timeout_ms: i64,
    text: &'static str,
    found: std::result::Result<T, Error>,
) -> Result<T> {
    match found {
        Err(error) if timeout_ms == 0 && error.kind() == ErrorKind::TimedOut => Err(nothing(text)),
        found => Ok(found?),
    }
}

/// Ends a handle of a dialogue. The dialogue goes on in its node.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_free(dialogue: *mut osisession_dialogue) -> i32 {
    let _recorded = record::call("osisession_dialogue_free", |a| {
        a.handle(dialogue);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !dialogue.is_null() {
                drop(DIALOGUES.remove(dialogue as usize)?);
            }
            Ok(())
        })
    }
}

/// Gives a message to the dialogue, waiting only while the outbox is full. It is accepted, confirmed and delivered by and by: `osisession_dialogue_wait`. Many can be
/// under way, and a wait for the last is a wait for all.
///
/// `data`, `length`: the message, copied; not empty. `timeout_ms`: milliseconds; 0 does not wait, negative waits for ever. `position` (may be NULL) receives its position, from 1.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_INVALID (empty or too long), OSISESSION_E_WOULD_BLOCK (no room, `timeout_ms` 0),
/// OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (it is closing), OSISESSION_E_CLOSED, OSISESSION_E_INTERNAL (what the journal says). With none of them was the message taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_send(
    dialogue: *mut osisession_dialogue,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    position: *mut u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_send", |a| {
        a.handle(dialogue).octets(data, length).number(timeout_ms).out_u64("position", position).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        call(error, || {
            let dialogue = find(dialogue)?;
            let data = octets(data, length, "data")?;
            let sent = at_once(timeout_ms, "the outbox is full", dialogue.submit(data, timeout(timeout_ms)))?;
            write_out(position, sent);
            Ok(())
        })
    }
}

/// Waits until the message at this position, and so all before it, is accepted, confirmed or committed.
///
/// `what`: OSISESSION_DIALOGUE_ACCEPTED, _CONFIRMED or _COMMITTED. `position`: with _CONFIRMED, 0 stands for all that was sent so far. `timeout_ms`: milliseconds; 0
/// looks, negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_INVALID, OSISESSION_E_WOULD_BLOCK (not yet, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_REFUSED (it was not taken, because the dialogue
/// was closing), OSISESSION_E_CLOSED (it is broken, or the node closed: nobody knows what became of the message), OSISESSION_E_INTERNAL (what the journal says).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_wait(
    dialogue: *mut osisession_dialogue,
    what: u32,
    position: u64,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_wait", |a| {
        a.handle(dialogue).number(what).number(position).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let dialogue = find(dialogue)?;
            let time = timeout(timeout_ms);
            let waited = match what {
                OSISESSION_DIALOGUE_ACCEPTED => dialogue.wait_accepted(position, time),
                OSISESSION_DIALOGUE_CONFIRMED if position == 0 => dialogue.flush(time),
                OSISESSION_DIALOGUE_CONFIRMED => dialogue.wait_confirmed(position, time),
                OSISESSION_DIALOGUE_COMMITTED => dialogue.wait_committed(position, time),
                other => {
                    return Err(Failure::owned(OSISESSION_E_INVALID, format!("what {other} means nothing")));
                }
            };
            at_once(timeout_ms, "not yet", waited)
        })
    }
}

/// Takes the next message of the peer. After a restart it is handed out again unless it was committed.
///
/// `timeout_ms`: milliseconds; 0 takes what is there, negative waits for ever. `message`: initialized by OSISESSION_INIT or freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT,
/// OSISESSION_E_CLOSED (it is over, and all messages were taken), OSISESSION_E_INTERNAL (what the journal says).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_receive(
    dialogue: *mut osisession_dialogue,
    timeout_ms: i64,
    message: *mut osisession_dialogue_message,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_receive", |a| {
        a.handle(dialogue).number(timeout_ms).out(message).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let dialogue = find(dialogue)?;
            check_sized_out(message, "the message")?;
            let taken = at_once(timeout_ms, "no message is there", dialogue.receive(timeout(timeout_ms)))?;
            let position = taken.position();
            let (owner, data) = MESSAGES.insert_value(taken.into_data())?;
            let c = osisession_dialogue_message {
                struct_size: 0,
                reserved: 0,
                owner: owner as u64,
                position,
                data: osisession_octets::lend(&data),
            };
            write_sized(message, &c);
            Ok(())
        })
    }
}

/// Frees a message and makes the struct ready to be filled again. It does not commit it.
///
/// NULL, a zeroed message, and one that was freed are all fine. Freeing a second copy of the same message returns OSISESSION_E_STALE and does no harm. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_message_free(message: *mut osisession_dialogue_message) -> i32 {
    let _recorded = record::call("osisession_dialogue_message_free", |a| {
        a.out(message);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(std::ptr::null_mut(), || {
            if message.is_null() || message.cast::<u32>().read_unaligned() == 0 {
                return Ok(());
            }
            check_sized_out(message, "the message")?;
            let owner = (&raw const (*message).owner).read_unaligned();
            let empty = osisession_dialogue_message {
                struct_size: 0,
                reserved: 0,
                owner: 0,
                position: 0,
                data: osisession_octets::NONE,
            };
            write_sized(message, &empty);
            match owner {
                0 => Ok(()),
                owner => MESSAGES.remove(usize::try_from(owner).unwrap_or(usize::MAX)).map(drop),
            }
        })
    }
}

/// The application is done with the peer's messages up to this position: they are not handed out again, once that is durable (`osisession_dialogue_wait`). Does not wait.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_commit(
    dialogue: *mut osisession_dialogue,
    position: u64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_commit", |a| {
        a.handle(dialogue).number(position).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(dialogue)?.commit(position)?)) }
}

/// Where the dialogue stands.
///
/// `state`: initialized by OSISESSION_INIT.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_look(
    dialogue: *mut osisession_dialogue,
    state: *mut osisession_dialogue_state,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_look", |a| {
        a.handle(dialogue).out(state).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let dialogue = find(dialogue)?;
            check_sized_out(state, "the state")?;
            let progress = dialogue.progress();
            let why = dialogue.failure().or(progress.last_error);
            let next = progress.next_try.map(|next| i64::try_from(next.as_millis()).unwrap_or(i64::MAX));
            let c = osisession_dialogue_state {
                struct_size: 0,
                state: state_number(progress.state),
                id: dialogue.id().0,
                initiator: (dialogue.role() == Role::Initiator).into(),
                attempts: progress.attempts,
                epoch: progress.epoch,
                next_ms: next.unwrap_or(-1),
                sent: progress.sent,
                accepted: progress.accepted,
                confirmed: progress.confirmed,
                confirmed_octets: progress.confirmed_octets,
                unconfirmed_octets: progress.unconfirmed_octets as u64,
                received: progress.received,
                committed: progress.committed,
                events_lost: progress.events_lost,
                error: told(why.as_ref()),
            };
            write_sized(state, &c);
            Ok(())
        })
    }
}

fn told(error: Option<&Error>) -> osisession_error_info {
    error.map_or_else(osisession_error_info::empty, osisession_error_info::of_error)
}

fn state_number(state: &str) -> u32 {
    match state {
        "connected" => OSISESSION_DIALOGUE_CONNECTED,
        "connecting" => OSISESSION_DIALOGUE_CONNECTING,
        "detached" => OSISESSION_DIALOGUE_DETACHED,
        "idle" => OSISESSION_DIALOGUE_IDLE,
        "stopped" => OSISESSION_DIALOGUE_STOPPED,
        "closing" => OSISESSION_DIALOGUE_CLOSING,
        "closed" => OSISESSION_DIALOGUE_CLOSED,
        _ => OSISESSION_DIALOGUE_BROKEN,
    }
}

/// The label that the dialogue was begun with; empty where the peer began it.
///
/// `buffer`, `capacity`, `length`: as for other octets; `length` (may be NULL) receives how many there are, also if the buffer is too small. `buffer` NULL with `capacity` 0 asks for
/// `length` alone.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_label(
    dialogue: *mut osisession_dialogue,
    buffer: *mut c_void,
    capacity: usize,
    length: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_label", |a| {
        a.handle(dialogue).buffer(buffer, capacity).out(length).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || write_octets(&find(dialogue)?.label(), buffer.cast(), capacity, length)) }
}

/// Takes what happened to the dialogue next: nobody has to, and the oldest are dropped.
///
/// `timeout_ms`: milliseconds; 0 takes what is there, negative waits for ever. `event`: initialized by OSISESSION_INIT; nothing in it is to be freed.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_next_event(
    dialogue: *mut osisession_dialogue,
    timeout_ms: i64,
    event: *mut osisession_dialogue_event,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_next_event", |a| {
        a.handle(dialogue).number(timeout_ms).out(event).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let dialogue = find(dialogue)?;
            check_sized_out(event, "the event")?;
            let happened =
                at_once(timeout_ms, "no event is there", dialogue.next_event(timeout(timeout_ms)))?;
            write_sized(event, &event_for_c(&happened));
            Ok(())
        })
    }
}

fn event_for_c(event: &DialogueEvent) -> osisession_dialogue_event {
    let mut c = osisession_dialogue_event {
        struct_size: 0,
        r#type: OSISESSION_DIALOGUE_EVENT_OTHER,
        epoch: 0,
        position: 0,
        attempt: 0,
        reserved: 0,
        error: osisession_error_info::empty(),
    };
    c.r#type = match event {
        DialogueEvent::Connecting { epoch, attempt } => {
            (c.epoch, c.attempt) = (*epoch, *attempt);
            OSISESSION_DIALOGUE_EVENT_CONNECTING
        }
        DialogueEvent::Connected { epoch, .. } => {
            c.epoch = *epoch;
            OSISESSION_DIALOGUE_EVENT_CONNECTED
        }
        DialogueEvent::Detached { idle: false } => OSISESSION_DIALOGUE_EVENT_DETACHED,
        DialogueEvent::Detached { idle: true } => OSISESSION_DIALOGUE_EVENT_IDLE,
        DialogueEvent::Overdue => OSISESSION_DIALOGUE_EVENT_OVERDUE,
        DialogueEvent::StorageStalled => OSISESSION_DIALOGUE_EVENT_STORAGE_STALLED,
        DialogueEvent::PeerClosing => OSISESSION_DIALOGUE_EVENT_PEER_CLOSING,
        DialogueEvent::Closed => OSISESSION_DIALOGUE_EVENT_CLOSED,
        DialogueEvent::Stopped(_) => OSISESSION_DIALOGUE_EVENT_STOPPED,
        DialogueEvent::Broken { confirmed, .. } => {
            c.position = *confirmed;
            OSISESSION_DIALOGUE_EVENT_BROKEN
        }
        DialogueEvent::Violation(error) => {
            c.error = osisession_error_info::of_error(error);
            OSISESSION_DIALOGUE_EVENT_VIOLATION
        }
        DialogueEvent::Accepted(position) => {
            c.position = *position;
            OSISESSION_DIALOGUE_EVENT_ACCEPTED
        }
        DialogueEvent::Confirmed(position) => {
            c.position = *position;
            OSISESSION_DIALOGUE_EVENT_CONFIRMED
        }
        DialogueEvent::Committed(position) => {
            c.position = *position;
            OSISESSION_DIALOGUE_EVENT_COMMITTED
        }
        _ => OSISESSION_DIALOGUE_EVENT_OTHER,
    };
    c
}

/// Tries to connect now: after the dialogue has stopped, or without waiting for the next attempt.
///
/// `address`: where the peer is from now on, as for `osisession_connect`; it holds until the node ends. NULL: where it was.
///
/// Errors: those of the handle, OSISESSION_E_INVALID, OSISESSION_E_REFUSED (this side does not connect, it waits for the peer), OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_reconnect(
    dialogue: *mut osisession_dialogue,
    address: *const c_char,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_reconnect", |a| {
        a.handle(dialogue).text(address).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let dialogue = find(dialogue)?;
            match address.is_null() {
                true => dialogue.reconnect()?,
                false => dialogue.set_peer(Peer::new(string(address, "address")?))?,
            }
            Ok(())
        })
    }
}

/// Says whether the application has something open, such as a question without answer: the connection is not closed as idle then.
///
/// `hold`: 0 or 1.
///
/// Errors: those of the handle, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_hold_open(
    dialogue: *mut osisession_dialogue,
    hold: i32,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_hold_open", |a| {
        a.handle(dialogue).number(hold).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe { call(error, || Ok(find(dialogue)?.hold_open(hold != 0)?)) }
}

/// Closes the dialogue for good and waits for that: all messages of both sides are delivered and confirmed first. Nothing more can be sent from now on, whether this call waits
/// long enough or not. The handle stays valid.
///
/// `timeout_ms`: milliseconds; 0 does not wait, negative waits for ever.
///
/// Errors: those of the handle, OSISESSION_E_WOULD_BLOCK (not closed yet, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED (it is broken, or the node closed), OSISESSION_E_INTERNAL
/// (what the journal says).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_dialogue_close(
    dialogue: *mut osisession_dialogue,
    timeout_ms: i64,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_dialogue_close", |a| {
        a.handle(dialogue).number(timeout_ms).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            at_once(timeout_ms, "it is not closed yet", find(dialogue)?.close(timeout(timeout_ms)))
        })
    }
}
