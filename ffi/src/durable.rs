//! Nodes of durable dialogues. The dialogues themselves are in `dialogue.rs`, journals in `journal.rs`.
use crate::boundary::*;
use crate::config::{self, osisession_session_config};
use crate::dialogue::{self, osisession_dialogue};
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::journal::{self, osisession_journal};
use crate::octets::osisession_octets;
use crate::record;
use crate::rpc::{milliseconds, nothing, size};
use crate::status::*;
use osisession::durable::{
    Accept, Caller, Delivery, DialOptions, DialogueId, Durability, DurableConfig, DurableNode, Peer,
};
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

/// One process's end of any number of durable dialogues. Made by `osisession_durable_node_new`, ended by `osisession_durable_node_free`. It has a thread of its own.
/// All its functions may be called from any thread.
pub struct osisession_durable_node {
    _never: (),
}

/// Every message is on stable storage before it counts as accepted.
pub const OSISESSION_DURABLE_MESSAGE: u32 = 0;
/// What is sent is stored at checkpoints; a message that is not confirmed may be lost with the process.
pub const OSISESSION_DURABLE_CHECKPOINT: u32 = 1;
/// Dialogues survive the loss of connections, not the end of the process.
pub const OSISESSION_DURABLE_MEMORY: u32 = 2;

/// Node flag: the application keeps with the effects of messages how far it is, and says so by `cursor`; the journal's own count does not hold.
pub const OSISESSION_DURABLE_APPLICATION: u32 = 0x01;

/// A caller that wants to begin a dialogue is taken.
pub const OSISESSION_DURABLE_ACCEPT: i32 = 0;
/// Not now: it tries again.
pub const OSISESSION_DURABLE_BUSY: i32 = 1;
/// Not at all: it stops until its application asks again.
pub const OSISESSION_DURABLE_REFUSE: i32 = 2;

/// How long `osisession_durable_node_free` waits for the journal.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who wants to begin a dialogue. What it points to is valid until the function returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_durable_caller {
    /// Octets of this struct.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The name that the caller gave the dialogue.
    pub id: [u8; 16],
    /// Its address as text, not ended by NUL; empty if there is none.
    pub address: osisession_octets,
    /// Its identity as TLS has proved it; empty without.
    pub identity: osisession_octets,
    /// The session selector that it called.
    pub called_selector: osisession_octets,
    /// Its own session selector.
    pub calling_selector: osisession_octets,
    /// What its application says.
    pub user_data: osisession_octets,
}
sized!(osisession_durable_caller, user_data: osisession_octets);

/// Decides about a caller: OSISESSION_DURABLE_ACCEPT, _BUSY or _REFUSE; anything else is _REFUSE. Called in the node's thread: all dialogues wait for it, and it must not
/// wait for the node. A C++ exception must not leave it.
pub type osisession_durable_on_caller = Option<
    unsafe extern "C-unwind" fn(caller: *const osisession_durable_caller, user_data: *mut c_void) -> i32,
>;

/// Says how far the application is with a dialogue that is taken up again: the last position whose effects it has stored. `id`: 16 octets. Called within
/// `osisession_durable_node_new` and in the node's thread.
pub type osisession_durable_cursor = Option<
    unsafe extern "C-unwind" fn(
        id: *const u8,
        label: *const c_void,
        label_length: usize,
        user_data: *mut c_void,
    ) -> u64,
>;

/// Is told that something may be found by calls with a timeout of 0: for event loops, which write to a pipe here. Called in the node's thread or within a call; it must be short
/// and must not wait.
pub type osisession_durable_on_news = Option<unsafe extern "C-unwind" fn(user_data: *mut c_void)>;

/// How a node behaves. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_durable_config {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_DURABLE_APPLICATION.
    pub flags: u32,
    /// OSISESSION_DURABLE_MESSAGE, _CHECKPOINT or _MEMORY.
    pub durability: u32,
    /// Quiet for so many milliseconds: the connection is closed until somebody has something to say. 0: never.
    pub idle_after_ms: u32,
    /// The sessions below, TLS included; NULL: as always.
    pub session: *const osisession_session_config,
    /// Octets of one message, both ways. 0: 1 MiB less 64.
    pub max_message: u64,
    /// Octets of messages that the peer has not confirmed; above it sending waits. 0: 64 MiB.
    pub outbox_octets: u64,
    /// Messages that the peer has not confirmed; above it sending waits. 0: 4,096.
    pub outbox_messages: u32,
    /// Messages of the peer that the application has not committed; at it reading stops. 0: 4,096.
    pub inbox_messages: u32,
    /// Dialogues that the node may have. 0: 10,000.
    pub max_dialogues: u32,
    /// Of them, begun by one peer. 0: 1,000.
    pub max_dialogues_per_peer: u32,
    /// Milliseconds before the second attempt to connect; more before those that follow. 0: 200.
    pub first_delay_ms: u32,
    /// The longest of these delays. 0: 30,000.
    pub longest_delay_ms: u32,
    /// Decides about callers; NULL: everybody who can connect may begin a dialogue.
    pub on_caller: osisession_durable_on_caller,
    /// With OSISESSION_DURABLE_APPLICATION; must not be NULL then.
    pub cursor: osisession_durable_cursor,
    /// Told of news; may be NULL.
    pub on_news: osisession_durable_on_news,
    /// Handed to the three.
    pub user_data: *mut c_void,
}
sized!(osisession_durable_config, user_data: *mut c_void);

/// A dialogue to begin. Every field: zero is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_durable_dial_params {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// By what `osisession_durable_find` finds it again after a restart, at most 1,024 octets.
    pub label: osisession_octets,
    /// Called T-selector, at most 32 octets.
    pub called_t_selector: osisession_octets,
    /// Calling T-selector, at most 32 octets.
    pub calling_t_selector: osisession_octets,
    /// Called session selector, at most 16 octets.
    pub called_selector: osisession_octets,
    /// Calling session selector, at most 16 octets.
    pub calling_selector: osisession_octets,
}
sized!(osisession_durable_dial_params, calling_selector: osisession_octets);

static NODES: Table<DurableNode> = Table::new(Kind::DurableNode);

fn find(handle: *mut osisession_durable_node) -> Result<Arc<DurableNode>> {
    NODES.get(handle as usize)
}

/// The caller's functions.
#[derive(Clone, Copy)]
struct Functions {
    on_caller: osisession_durable_on_caller,
    cursor: osisession_durable_cursor,
    on_news: osisession_durable_on_news,
    user_data: *mut c_void,
}

// SAFETY: the caller promises (header) that they may be called from the node's thread and from those that call.
unsafe impl Send for Functions {}
// SAFETY: as above.
unsafe impl Sync for Functions {}

impl Functions {
    fn accept(&self, caller: &Caller) -> Accept {
        let Some(on_caller) = self.on_caller else { return Accept::Yes };
        let c = osisession_durable_caller {
            struct_size: size_of::<osisession_durable_caller>() as u32,
            reserved: 0,
            id: caller.id.0,
            address: osisession_octets::lend(caller.address.as_deref().unwrap_or_default().as_bytes()),
            identity: osisession_octets::lend(&caller.identity),
            called_selector: osisession_octets::lend(&caller.called_selector),
            calling_selector: osisession_octets::lend(&caller.calling_selector),
            user_data: osisession_octets::lend(&caller.user_data),
        };
        // SAFETY: the caller's promise; the struct lives until it returns.
        match unsafe { on_caller(&raw const c, self.user_data) } {
            OSISESSION_DURABLE_ACCEPT => Accept::Yes,
            OSISESSION_DURABLE_BUSY => Accept::Busy,
            _ => Accept::No,
        }
    }

    fn position(&self, id: DialogueId, label: &[u8]) -> u64 {
        // SAFETY: as above.
        self.cursor.map_or(0, |cursor| unsafe {
            cursor(id.0.as_ptr(), label.as_ptr().cast(), label.len(), self.user_data)
        })
    }

    fn news(&self) {
        if let Some(on_news) = self.on_news {
            // SAFETY: as above.
            unsafe { on_news(self.user_data) };
        }
    }
}

fn invalid(text: String) -> Failure {
    Failure::owned(OSISESSION_E_INVALID, text)
}

/// # Safety
/// As every function of this ABI.
unsafe fn node_config(from: *const osisession_durable_config) -> Result<(DurableConfig, Functions)> {
    // SAFETY: the caller's promises.
    let (c, session) = unsafe {
        let c = read_sized(from, "the configuration of the node")?;
        (c, config::session_config(c.session)?)
    };
    if c.flags & !OSISESSION_DURABLE_APPLICATION != 0 {
        return Err(invalid(format!("flags {:#x} mean nothing", c.flags & !OSISESSION_DURABLE_APPLICATION)));
    }
    let mut config = DurableConfig::default();
    config.session = session;
    config.dialogue.durability = match c.durability {
        OSISESSION_DURABLE_MESSAGE => Durability::EveryMessage,
        OSISESSION_DURABLE_CHECKPOINT => Durability::EveryCheckpoint,
        OSISESSION_DURABLE_MEMORY => Durability::MemoryOnly,
        other => return Err(invalid(format!("durability {other} means nothing"))),
    };
    config.dialogue.idle = (c.idle_after_ms != 0).then(|| Duration::from_millis(c.idle_after_ms.into()));
    let limits = &mut config.dialogue.limits;
    size(&mut limits.message_octets, c.max_message);
    size(&mut limits.outbox_octets, c.outbox_octets);
    size(&mut limits.outbox_messages, c.outbox_messages.into());
    size(&mut limits.inbox_messages, c.inbox_messages.into());
    size(&mut config.limits.dialogues, c.max_dialogues.into());
    size(&mut config.limits.dialogues_per_peer, c.max_dialogues_per_peer.into());
    milliseconds(&mut config.dialogue.retry.first, c.first_delay_ms);
    milliseconds(&mut config.dialogue.retry.longest, c.longest_delay_ms);
    let functions =
        Functions { on_caller: c.on_caller, cursor: c.cursor, on_news: c.on_news, user_data: c.user_data };
    if c.flags & OSISESSION_DURABLE_APPLICATION != 0 {
        if c.cursor.is_none() {
            return Err(Failure::null("cursor"));
        }
        config.dialogue.delivery = Delivery::Application;
        config.cursor = Some(Arc::new(move |id, label: &[u8]| functions.position(id, label)));
    }
    if c.on_caller.is_some() {
        config.accept = Some(Arc::new(move |caller: &Caller| functions.accept(caller)));
    }
    Ok((config, functions))
}

/// Makes a node on a journal, and takes up again every dialogue that the journal holds: it connects, and hands out messages again.
///
/// `journal`: its handle may be freed at once; a journal has one node. `config`: copied; NULL is all zero. `node` receives the handle.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT (no descriptor, no thread), OSISESSION_E_INTERNAL (what
/// the journal says).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_durable_node_new(
    journal: *mut osisession_journal,
    config: *const osisession_durable_config,
    node: *mut *mut osisession_durable_node,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_durable_node_new", |a| {
        a.handle(journal).params(config).out_handle("node", node).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        call(error, || {
            let journal = journal::find(journal)?;
            let (config, functions) = node_config(config)?;
            check_out(node, "node")?;
            let made = DurableNode::new(config, journal)?;
            if functions.on_news.is_some() {
                made.watch(Some(Arc::new(move |_| functions.news())));
            }
            let (handle, _) = NODES.insert_value(made)?;
            write_out(node, handle as *mut osisession_durable_node);
            Ok(())
        })
    }
}

/// Ends a node and its handle: listeners close, connections are aborted, what was appended to the journal is made durable, for which it waits at most 10 s. The
/// dialogues go on when a node is made with the journal again; handles of dialogues fail from here on, and are still to be freed.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread, but none of the node's functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_durable_node_free(node: *mut osisession_durable_node) -> i32 {
    let _recorded = record::call("osisession_durable_node_free", |a| {
        a.handle(node);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !node.is_null() {
                NODES.remove(node as usize)?.close(PATIENCE);
            }
            Ok(())
        })
    }
}

/// Listens for peers. May be called again, for other addresses.
///
/// `address`: as for `osisession_listen`. `buffer`, `capacity`, `needed`: receive where it listens, with the port that the system chose, as for
/// `osisession_listener_local_address`; with a buffer that is too small it listens all the same. `buffer` may be NULL with `capacity` 0, and `needed` NULL: nobody wants to know.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_INVALID, OSISESSION_E_TRANSPORT, OSISESSION_E_BUFFER_TOO_SMALL, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_durable_listen(
    node: *mut osisession_durable_node,
    address: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_durable_listen", |a| {
        a.handle(node).text(address).buffer(buffer, capacity).out(needed).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let address = string(address, "address")?;
            if buffer.is_null() && capacity > 0 {
                return Err(Failure::null("buffer"));
            }
            let local = node.listen(&address)?;
            match buffer.is_null() && needed.is_null() {
                true => Ok(()),
                false => write_text(&local, buffer, capacity, needed),
            }
        })
    }
}

/// Begins a dialogue with the peer at `address`, which is as for `osisession_connect`. It connects, and connects again, by itself.
///
/// `params`: NULL is all zero. `dialogue` receives the handle, to be ended by `osisession_dialogue_free`.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (something is too long), OSISESSION_E_LIMIT (too many dialogues),
/// OSISESSION_E_CLOSED, OSISESSION_E_INTERNAL (what the journal says).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_durable_dial(
    node: *mut osisession_durable_node,
    address: *const c_char,
    params: *const osisession_durable_dial_params,
    dialogue: *mut *mut osisession_dialogue,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_durable_dial", |a| {
        a.handle(node).text(address).params(params).out_handle("dialogue", dialogue).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let mut peer = Peer::new(string(address, "address")?);
            let c = read_sized(params, "the parameters of the dialogue")?;
            peer.called_t_selector = c.called_t_selector.copy("called_t_selector")?;
            peer.calling_t_selector = c.calling_t_selector.copy("calling_t_selector")?;
            peer.called_selector = c.called_selector.copy("called_selector")?;
            peer.calling_selector = c.calling_selector.copy("calling_selector")?;
            let label = c.label.copy("label")?;
            check_out(dialogue, "dialogue")?;
            let mut options = DialOptions::new("").label(label);
            options.peer = peer;
            dialogue::hand_out(dialogue, node.dial(options)?)
        })
    }
}

/// Takes a dialogue that a caller began. Those that were begun before a restart are found by `osisession_durable_dialogue`.
///
/// `timeout_ms`: how long to wait, milliseconds; 0 takes what is there, negative waits for ever. `dialogue` receives the handle.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK (nothing there, `timeout_ms` 0), OSISESSION_E_TIMED_OUT, OSISESSION_E_CLOSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_durable_accept(
    node: *mut osisession_durable_node,
    timeout_ms: i64,
    dialogue: *mut *mut osisession_dialogue,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_durable_accept", |a| {
        a.handle(node).number(timeout_ms).out_handle("dialogue", dialogue).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            check_out(dialogue, "dialogue")?;
            let taken =
                dialogue::at_once(timeout_ms, "no caller is there", node.accept(timeout(timeout_ms)))?;
            dialogue::hand_out(dialogue, taken)
        })
    }
}

/// Finds a dialogue that was begun here under this label and is neither closed nor broken.
///
/// `label`, `length`: the label. `dialogue` receives a handle.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK: there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_durable_find(
    node: *mut osisession_durable_node,
    label: *const c_void,
    length: usize,
    dialogue: *mut *mut osisession_dialogue,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_durable_find", |a| {
        a.handle(node).octets(label, length).out_handle("dialogue", dialogue).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            let label = view(label, length, "label")?;
            check_out(dialogue, "dialogue")?;
            let found = node.find(label).ok_or_else(|| nothing("there is no dialogue of this label"))?;
            dialogue::hand_out(dialogue, found)
        })
    }
}

/// Takes one of the dialogues that live here: begun, taken up again, accepted or not, closed ones that still answer included.
///
/// `index`: from 0, in the order of their names, which are 16 octets; what is there changes as dialogues begin and end. `dialogue` receives a handle.
///
/// Errors: those of the handle, OSISESSION_E_NULL, OSISESSION_E_WOULD_BLOCK: there are not so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_durable_dialogue(
    node: *mut osisession_durable_node,
    index: usize,
    dialogue: *mut *mut osisession_dialogue,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_durable_dialogue", |a| {
        a.handle(node).size(index).out_handle("dialogue", dialogue).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            let node = find(node)?;
            check_out(dialogue, "dialogue")?;
            let mut all = node.dialogues();
            all.sort_by_key(|dialogue| dialogue.id());
            let found =
                all.into_iter().nth(index).ok_or_else(|| nothing("there are not so many dialogues"))?;
            dialogue::hand_out(dialogue, found)
        })
    }
}
