//! Journals: in a file, in memory, or in a store of the program's own by callbacks.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::handle::{Kind, Table};
use crate::octets::osisession_octets;
use crate::record;
use crate::status::*;
use osisession::Bytes;
use osisession::durable::journal_error;
use osisession::journal::{
    self, Journal, MemoryJournal, OwnChange, OwnJournal, OwnStore, Quota, RedbJournal,
};
use parking_lot::Mutex;
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// Where dialogues keep what must survive. Made by `osisession_journal_open`, `osisession_journal_memory` or `osisession_journal_own`, ended by
/// `osisession_journal_free`. All its functions may be called from any thread.
pub struct osisession_journal {
    _never: (),
}

/// Takes octets from a callback of a store; `context` is what the callback was given. It copies them. To be called only before that callback returns, and in
/// its thread. Returns OSISESSION_OK; OSISESSION_E_NULL or OSISESSION_E_LENGTH if `data` and `length` cannot be; OSISESSION_E_LIMIT if it was given more
/// than a journal holds: the callback may as well return then.
pub type osisession_journal_give =
    Option<unsafe extern "C-unwind" fn(context: *mut c_void, data: *const c_void, length: usize) -> i32>;

/// What a dialogue gets in one commit.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_journal_change {
    /// The name of the dialogue.
    pub dialogue: osisession_octets,
    /// The records, to be kept in their order and octet by octet.
    pub records: *const osisession_octets,
    /// How many.
    pub record_count: usize,
    /// 1: they take the place of all that is there. 0: they come behind it.
    pub replaces: u32,
    /// 0.
    pub reserved: u32,
}

/// A store of the program's own. The library gives each record a number and a checksum, finds what was changed, doubled or left out in between, gathers what
/// many dialogues write, and keeps quotas; the store only keeps octets.
///
/// The functions are called from one thread of the library at a time, and may block: dialogues go on meanwhile. A function returns OSISESSION_OK, or a
/// negative number of its own: the call that needed it fails with OSISESSION_E_INTERNAL, and with `commit` so does the journal, for good. Pointers are valid until
/// the function returns. No function may call into this journal or its node. A C++ exception must not leave them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_journal_store {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// 0.
    pub flags: u32,
    /// Handed to every function.
    pub user_data: *mut c_void,
    /// Takes a dialogue: gives its records in their order, each by one call of `give` with `context`; none if there is no such dialogue. From here to `close` no other
    /// process may have it: OSISESSION_E_REFUSED says that one has. Must not be NULL.
    pub open: Option<
        unsafe extern "C-unwind" fn(
            user_data: *mut c_void,
            dialogue: *const c_void,
            length: usize,
            give: osisession_journal_give,
            context: *mut c_void,
        ) -> i32,
    >,
    /// Gives a dialogue back. NULL: there is nothing to do.
    pub close:
        Option<unsafe extern "C-unwind" fn(user_data: *mut c_void, dialogue: *const c_void, length: usize)>,
    /// Keeps all these changes: as a whole or not at all, and once it returns OSISESSION_OK, whatever happens. The dialogues are open. Must not be NULL.
    pub commit: Option<
        unsafe extern "C-unwind" fn(
            user_data: *mut c_void,
            changes: *const osisession_journal_change,
            count: usize,
        ) -> i32,
    >,
    /// Removes a dialogue that is not open; it is no error if there is none. Must not be NULL.
    pub remove: Option<
        unsafe extern "C-unwind" fn(user_data: *mut c_void, dialogue: *const c_void, length: usize) -> i32,
    >,
    /// Gives the names of all dialogues that have records, each by one call of `give` with `context`. Must not be NULL.
    pub dialogues: Option<
        unsafe extern "C-unwind" fn(
            user_data: *mut c_void,
            give: osisession_journal_give,
            context: *mut c_void,
        ) -> i32,
    >,
    /// The journal is at its end: no function is called any more. NULL: there is nothing to do.
    pub end: Option<unsafe extern "C-unwind" fn(user_data: *mut c_void)>,
}
sized!(osisession_journal_store, end: Option<unsafe extern "C-unwind" fn(*mut c_void)>);

pub(crate) struct JournalObject(pub(crate) Arc<dyn Journal>);

static JOURNALS: Table<JournalObject> = Table::new(Kind::Journal);

pub(crate) fn find(handle: *mut osisession_journal) -> Result<Arc<dyn Journal>> {
    Ok(JOURNALS.get(handle as usize)?.0.clone())
}

/// # Safety
/// `to` is NULL or valid.
unsafe fn hand_out(to: *mut *mut osisession_journal, journal: Arc<dyn Journal>) -> Result {
    let (handle, _) = JOURNALS.insert_value(JournalObject(journal))?;
    // SAFETY: the caller's promise.
    unsafe { write_out(to, handle as *mut osisession_journal) };
    Ok(())
}

/// Opens the journal in a file, or makes it. One process at a time has it; the system lets go of it when the process dies.
///
/// `path`: UTF-8. `journal` receives the handle.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_REFUSED (a process has it), OSISESSION_E_INTERNAL (it is damaged, or the system says no: the text says it).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_journal_open(
    path: *const c_char,
    journal: *mut *mut osisession_journal,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_journal_open", |a| {
        a.text(path).out_handle("journal", journal).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid (as in every function of this ABI).
    unsafe {
        call(error, || {
            let path = string(path, "path")?;
            check_out(journal, "journal")?;
            let opened = RedbJournal::open(path).map_err(|failure| journal_error(&failure))?;
            hand_out(journal, Arc::new(opened))
        })
    }
}

/// A journal in memory: dialogues in it survive the loss of connections, and nothing else.
///
/// `journal` receives the handle.
///
/// Errors: OSISESSION_E_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_journal_memory(
    journal: *mut *mut osisession_journal,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_journal_memory", |a| {
        a.out_handle("journal", journal).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            check_out(journal, "journal")?;
            hand_out(journal, Arc::new(MemoryJournal::default()))
        })
    }
}

/// A journal over a store of the program's own.
///
/// `store`: copied; its functions are called until its `end` was. `journal` receives the handle.
///
/// Errors: OSISESSION_E_NULL (also of a function that must be there), OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (flags), OSISESSION_E_INTERNAL (no thread).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_journal_own(
    store: *const osisession_journal_store,
    journal: *mut *mut osisession_journal,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_journal_own", |a| {
        a.own(store.cast_mut().cast()).out_handle("journal", journal).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            if store.is_null() {
                return Err(Failure::null("store"));
            }
            let c = read_sized(store, "the store")?;
            if c.flags != 0 {
                return Err(Failure::new(OSISESSION_E_INVALID, "flags of a store are 0"));
            }
            let functions = Functions {
                open: c.open.ok_or_else(|| Failure::null("open"))?,
                commit: c.commit.ok_or_else(|| Failure::null("commit"))?,
                remove: c.remove.ok_or_else(|| Failure::null("remove"))?,
                dialogues: c.dialogues.ok_or_else(|| Failure::null("dialogues"))?,
                close: c.close,
                end: c.end,
                user_data: c.user_data,
            };
            check_out(journal, "journal")?;
            let made =
                OwnJournal::new(functions, Quota::default()).map_err(|failure| journal_error(&failure))?;
            hand_out(journal, Arc::new(made))
        })
    }
}

/// Ends the handle of a journal. The journal itself ends, with what was appended written, when no node uses it any more.
///
/// NULL is fine; a second call returns OSISESSION_E_STALE and does no harm. Any thread, but none of a store's functions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_journal_free(journal: *mut osisession_journal) -> i32 {
    let _recorded = record::call("osisession_journal_free", |a| {
        a.handle(journal);
    });
    // SAFETY: no pointer is used.
    unsafe {
        call(std::ptr::null_mut(), || {
            if !journal.is_null() {
                drop(JOURNALS.remove(journal as usize)?);
            }
            Ok(())
        })
    }
}

type Open = unsafe extern "C-unwind" fn(
    *mut c_void,
    *const c_void,
    usize,
    osisession_journal_give,
    *mut c_void,
) -> i32;
type Commit = unsafe extern "C-unwind" fn(*mut c_void, *const osisession_journal_change, usize) -> i32;
type Remove = unsafe extern "C-unwind" fn(*mut c_void, *const c_void, usize) -> i32;
type Dialogues = unsafe extern "C-unwind" fn(*mut c_void, osisession_journal_give, *mut c_void) -> i32;

/// The caller's functions, all there.
struct Functions {
    open: Open,
    close: Option<unsafe extern "C-unwind" fn(*mut c_void, *const c_void, usize)>,
    commit: Commit,
    remove: Remove,
    dialogues: Dialogues,
    end: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
    user_data: *mut c_void,
}

// SAFETY: the caller promises (header) that they may be called from a thread of the library.
unsafe impl Send for Functions {}

/// What `give` collects. The lock: a callback may break its promise and call from another thread.
struct Given(Mutex<(Vec<Bytes>, usize)>);

/// Records and names that one callback may give, and their octets.
const MOST: usize = 16_000_000;
const MOST_OCTETS: usize = 8 << 30;

unsafe extern "C-unwind" fn give(context: *mut c_void, data: *const c_void, length: usize) -> i32 {
    // SAFETY: nothing unwinds out of `call`, and the context is the one that `collect` made, as the caller promises.
    unsafe {
        call(std::ptr::null_mut(), || {
            if context.is_null() {
                return Err(Failure::null("context"));
            }
            let octets = octets(data, length, "data")?;
            let mut given = (*context.cast::<Given>()).0.lock();
            if given.0.len() >= MOST || octets.len() > MOST_OCTETS - given.1.min(MOST_OCTETS) {
                return Err(Failure::new(OSISESSION_E_LIMIT, "a journal does not hold so much"));
            }
            given.1 += octets.len();
            given.0.push(octets);
            Ok(())
        })
    }
}

fn outcome(operation: &'static str, status: i32) -> journal::Result<()> {
    match status {
        OSISESSION_OK => Ok(()),
        OSISESSION_E_REFUSED => Err(journal::Error::InUse {
            what: "the dialogue".into(),
            owner: "another process, the store says".into(),
        }),
        status => Err(journal::Error::storage(operation, format!("the program's store says {status}"))),
    }
}

fn collect(
    operation: &'static str,
    ask: impl FnOnce(osisession_journal_give, *mut c_void) -> i32,
) -> journal::Result<Vec<Bytes>> {
    let given = Given(Mutex::default());
    let status = ask(Some(give), (&raw const given).cast_mut().cast());
    outcome(operation, status)?;
    Ok(given.0.into_inner().0)
}

impl OwnStore for Functions {
    fn open(&mut self, dialogue: &[u8]) -> journal::Result<Vec<Bytes>> {
        let name = dialogue.as_ptr().cast();
        collect("open a dialogue", |give, context| {
            // SAFETY: the caller's function, with what the header promises it.
            unsafe { (self.open)(self.user_data, name, dialogue.len(), give, context) }
        })
    }

    fn close(&mut self, dialogue: &[u8]) {
        if let Some(close) = self.close {
            // SAFETY: as above.
            unsafe { close(self.user_data, dialogue.as_ptr().cast(), dialogue.len()) };
        }
    }

    fn commit(&mut self, changes: &[OwnChange<'_>]) -> journal::Result<()> {
        let records: Vec<Vec<osisession_octets>> = changes
            .iter()
            .map(|change| change.records.iter().map(|record| osisession_octets::lend(record)).collect())
            .collect();
        let changes: Vec<osisession_journal_change> = changes
            .iter()
            .zip(&records)
            .map(|(change, records)| osisession_journal_change {
                dialogue: osisession_octets::lend(change.dialogue),
                records: records.as_ptr(),
                record_count: records.len(),
                replaces: change.replaces.into(),
                reserved: 0,
            })
            .collect();
        // SAFETY: as above; what it points to lives until it returns.
        let status = unsafe { (self.commit)(self.user_data, changes.as_ptr(), changes.len()) };
        outcome("commit", status)
    }

    fn remove(&mut self, dialogue: &[u8]) -> journal::Result<()> {
        // SAFETY: as above.
        let status = unsafe { (self.remove)(self.user_data, dialogue.as_ptr().cast(), dialogue.len()) };
        outcome("remove a dialogue", status)
    }

    fn dialogues(&mut self) -> journal::Result<Vec<Vec<u8>>> {
        let names = collect("list the dialogues", |give, context| {
            // SAFETY: as above.
            unsafe { (self.dialogues)(self.user_data, give, context) }
        })?;
        Ok(names.iter().map(|name| name.to_vec()).collect())
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        if let Some(end) = self.end {
            // SAFETY: as above; nothing is called behind this.
            unsafe { end(self.user_data) };
        }
    }
}
