//! The recorder: every call from C with its arguments and its outcome, the callbacks, and the octets of connections, as a
//! text that `cargo xtask replay` runs again. docs/record.md describes the format.
//!
//! It is off unless the program asks for it ([`osisession_record`]) or the environment does (`OSISESSION_RECORD=FILE`). While
//! it is off, a call pays for one load of an atomic.
pub(crate) mod show;

use crate::boundary::{self, Failure};
use crate::error_info::osisession_error_info;
use crate::status::*;
use osisession::{CaptureWriter, Tap, Tapped, Witness};
use parking_lot::Mutex;
use std::cell::RefCell;
use std::ffi::{OsString, c_char};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use show::{Arguments, Outcome};

/// Nobody has looked at the environment yet.
const UNKNOWN: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
static NEXT: AtomicU64 = AtomicU64::new(1);
static RECORDING: Mutex<Option<Recording>> = Mutex::new(None);

struct Recording {
    file: File,
    since: Instant,
}

/// The process that records: a child of fork shares the file, and must not write to it. Looked at before the lock, which
/// a thread of the parent may have held.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Whether calls are recorded.
pub(crate) fn is_on() -> bool {
    match STATE.load(Ordering::Relaxed) {
        UNKNOWN => ask_environment(),
        state => state == ON,
    }
}

#[cold]
fn ask_environment() -> bool {
    let mut recording = RECORDING.lock();
    if STATE.load(Ordering::Relaxed) == UNKNOWN {
        *recording = from_environment().and_then(|path| Recording::new(path).ok());
        STATE.store(if recording.is_some() { ON } else { OFF }, Ordering::Relaxed);
    }
    recording.is_some()
}

fn from_environment() -> Option<OsString> {
    // A program with more rights than its caller does not write where its caller likes.
    #[cfg(target_os = "linux")]
    // SAFETY: no pointer is passed.
    if unsafe { libc::getauxval(libc::AT_SECURE) } != 0 {
        return None;
    }
    std::env::var_os("OSISESSION_RECORD").filter(|path| !path.is_empty())
}

impl Recording {
    fn new(path: OsString) -> std::io::Result<Recording> {
        // What it holds is for its owner alone: user data is in it.
        let mut options = File::options();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
        writeln!(file, "osisession-record 1 {}", env!("CARGO_PKG_VERSION"))?;
        PROCESS.store(std::process::id(), Ordering::Relaxed);
        Ok(Recording { file, since: Instant::now() })
    }
}

/// Writes a line. One write each, so that what a program did before it crashed is there.
fn write(text: &str) {
    if PROCESS.load(Ordering::Relaxed) != std::process::id() {
        return;
    }
    let mut recording = RECORDING.lock();
    let Some(open) = &mut *recording else { return };
    let line = format!("{:.6} t{} {text}\n", open.since.elapsed().as_secs_f64(), thread());
    if open.file.write_all(line.as_bytes()).is_err() {
        // A full disk ends the recording, not the program.
        *recording = None;
        STATE.store(OFF, Ordering::Relaxed);
    }
}

fn thread() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(1);
    thread_local!(static HERE: u64 = THREADS.fetch_add(1, Ordering::Relaxed));
    HERE.try_with(|here| *here).unwrap_or(0)
}

/// A call under way.
struct Frame {
    number: u64,
    /// Of the function's own pass through the boundary; what it calls afterwards (releases) has frames of its own.
    status: Option<i32>,
}

thread_local! {
    static FRAMES: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// The boundary was passed: this is the outcome of the innermost call.
pub(crate) fn passed(status: i32) {
    if STATE.load(Ordering::Relaxed) == ON {
        let _ = FRAMES.try_with(|frames| {
            if let Some(frame) = frames.borrow_mut().last_mut() {
                frame.status.get_or_insert(status);
            }
        });
    }
}

/// A recorded call; its end is written when this is dropped.
pub(crate) struct Recorded {
    outcomes: Vec<Outcome>,
}

/// Writes down a call, if calls are recorded.
///
/// The closure names the arguments in the order of the declaration. What they point to is looked at under the promise of every
/// function of the ABI: NULL or valid.
pub(crate) fn call(name: &str, arguments: impl FnOnce(&mut Arguments)) -> Option<Recorded> {
    if !is_on() {
        return None;
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut shown = Arguments::default();
    arguments(&mut shown);
    FRAMES.try_with(|frames| frames.borrow_mut().push(Frame { number, status: None })).ok()?;
    write(&format!("{number} > {name}{}", shown.text));
    Some(Recorded { outcomes: shown.outcomes })
}

impl Drop for Recorded {
    fn drop(&mut self) {
        let Ok(Some(frame)) = FRAMES.try_with(|frames| frames.borrow_mut().pop()) else { return };
        let status = frame.status.unwrap_or(OSISESSION_E_INTERNAL);
        let mut text = format!("{} < {status}", frame.number);
        for outcome in &self.outcomes {
            outcome.show(status, &mut text);
        }
        write(&text);
    }
}

/// Writes down a callback with its event; the end of the callback when the value is dropped.
pub(crate) fn callback(
    session: usize,
    event: *const crate::event::osisession_event,
) -> Option<impl Drop + use<>> {
    struct End(u64);
    impl Drop for End {
        fn drop(&mut self) {
            write(&format!("{} ]", self.0));
        }
    }
    if !is_on() {
        return None;
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut text = format!("{number} [ on_event {session:#x} ");
    // SAFETY: made by the library just now.
    unsafe { show::sized(event, &mut text) };
    write(&text);
    Some(End(number))
}

/// A number for an endpoint.
pub(crate) fn endpoint_number() -> u64 {
    static ENDPOINTS: AtomicU64 = AtomicU64::new(1);
    ENDPOINTS.fetch_add(1, Ordering::Relaxed)
}

/// What an endpoint's connections carry, for the recording, for a capture file and for reports.
pub(crate) fn tap(
    endpoint: u64,
    mut capture: Option<CaptureWriter<BufWriter<File>>>,
    witness: Option<Witness>,
) -> Option<Tap> {
    let recorded = is_on();
    if !recorded && capture.is_none() && witness.is_none() {
        return None;
    }
    Some(Tap::new(move |tapped| {
        if recorded {
            octets(endpoint, &tapped);
        }
        if let Some(witness) = &witness {
            witness.see(&tapped);
        }
        if let Some(open) = &mut capture
            && open.write(tapped, SystemTime::now()).is_err()
        {
            capture = None;
        }
    }))
}

fn octets(endpoint: u64, tapped: &Tapped) {
    let mut text = format!("~ {endpoint}/{} ", tapped.session());
    match tapped {
        Tapped::Up { calling, local, peer, .. } => {
            let _ = write!(text, "up {} {local:?} {peer:?}", if *calling { "calling" } else { "called" });
        }
        Tapped::Octets { sent, octets, .. } => {
            text.push_str(if *sent { "sent " } else { "got " });
            show::hexadecimal(octets, &mut text);
        }
        Tapped::End { .. } => text.push_str("end"),
        Tapped::Gone { .. } => text.push_str("gone"),
        _ => return,
    }
    write(&text);
}

/// Records every call of this process into a file, with arguments, outcomes, callbacks and the octets of connections: the
/// support case of a program that cannot be changed. The environment variable OSISESSION_RECORD with the name of a file does the
/// same from the first call on, except in programs that run with more rights than their caller.
///
/// `path`: a file to be written anew, readable by its owner alone: user data is in it as it was sent (secrets of TLS are not). NULL
/// ends the recording. Endpoints that exist already are recorded without the octets of their connections, so begin before the first.
/// What octets come inside TLS are recorded in the clear. A file that cannot be written any more ends the recording, not the program.
///
/// Errors: OSISESSION_E_TRANSPORT (the file cannot be written). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_record(path: *const c_char, error: *mut osisession_error_info) -> i32 {
    // SAFETY: the caller's promises.
    unsafe {
        boundary::call(error, || {
            let new = if path.is_null() {
                None
            } else {
                let path = std::ffi::CStr::from_ptr(path).to_bytes().to_vec();
                let path = OsString::from_vec(path);
                Some(Recording::new(path.clone()).map_err(|cause| {
                    let text = format!("{} cannot be written: {cause}", path.to_string_lossy());
                    Failure::owned(OSISESSION_E_TRANSPORT, text)
                })?)
            };
            let state = if new.is_some() { ON } else { OFF };
            let before = std::mem::replace(&mut *RECORDING.lock(), new);
            STATE.store(state, Ordering::Relaxed);
            drop(before);
            Ok(())
        })
    }
}
