//! Log lines for C: what `tracing` tells, handed to one function of the program.
use crate::boundary::*;
use crate::error_info::osisession_error_info;
use crate::record;
use crate::status::*;
use parking_lot::Mutex;
use std::ffi::{CString, c_char, c_void};
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};

/// Log level: a fault of this library.
pub const OSISESSION_LOG_ERROR: u32 = 1;
/// Log level: a peer's violation, a connection lost, a caller refused.
pub const OSISESSION_LOG_WARNING: u32 = 2;
/// Log level: session connections up, released, aborted by a user.
pub const OSISESSION_LOG_INFO: u32 = 3;
/// Log level: network connections, TLS, requests that were refused.
pub const OSISESSION_LOG_DEBUG: u32 = 4;
/// Log level: every primitive.
pub const OSISESSION_LOG_TRACE: u32 = 5;

/// A line of the log. It lives until the function that is given it returns. User data is never in it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_log_line {
    /// Octets of this struct as the library knows it.
    pub struct_size: u32,
    /// OSISESSION_LOG_...
    pub level: u32,
    /// The number of the session within its endpoint, see `osisession_session_number`; 0: of none.
    pub session: u64,
    /// What happened.
    pub text: *const c_char,
    /// The peer's address; empty if it is not known.
    pub peer: *const c_char,
    /// Why, in a sentence; NULL if there is no more to say.
    pub error: *const c_char,
}
sized!(osisession_log_line, error: *const c_char);

/// Gets the lines of the log, see `osisession_set_log`.
pub type osisession_log_fn =
    Option<unsafe extern "C-unwind" fn(line: *const osisession_log_line, user_data: *mut c_void)>;

#[derive(Clone, Copy)]
struct Sink {
    log: unsafe extern "C-unwind" fn(*const osisession_log_line, *mut c_void),
    user_data: *mut c_void,
}

// SAFETY: the caller promises (header) that the function with its user data may be called from any thread that uses the library.
unsafe impl Send for Sink {}

static SINK: Mutex<Option<Sink>> = Mutex::new(None);
static LEVEL: AtomicU32 = AtomicU32::new(0);

/// The one subscriber of this process's copy of the library.
struct ToC;

fn number(level: Level) -> u32 {
    match level {
        Level::ERROR => OSISESSION_LOG_ERROR,
        Level::WARN => OSISESSION_LOG_WARNING,
        Level::INFO => OSISESSION_LOG_INFO,
        Level::DEBUG => OSISESSION_LOG_DEBUG,
        Level::TRACE => OSISESSION_LOG_TRACE,
    }
}

impl Subscriber for ToC {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match LEVEL.load(Ordering::Relaxed) {
            0 => LevelFilter::OFF,
            OSISESSION_LOG_ERROR => LevelFilter::ERROR,
            OSISESSION_LOG_WARNING => LevelFilter::WARN,
            OSISESSION_LOG_INFO => LevelFilter::INFO,
            OSISESSION_LOG_DEBUG => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        })
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        number(*metadata.level()) <= LEVEL.load(Ordering::Relaxed)
            && metadata.target().starts_with("osisession")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let sink = *SINK.lock();
        let Some(sink) = sink else { return };
        let mut line = Line::default();
        event.record(&mut line);
        let text = |text: String| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default();
        let (shown, peer, error) = (text(line.text), text(line.peer), line.error.map(text));
        let line = osisession_log_line {
            struct_size: size_of::<osisession_log_line>() as u32,
            level: number(*event.metadata().level()),
            session: line.session,
            text: shown.as_ptr(),
            peer: peer.as_ptr(),
            error: error.as_ref().map_or(std::ptr::null(), |error| error.as_ptr()),
        };
        // SAFETY: the caller's promise; the line and its texts live until it returns.
        unsafe { (sink.log)(&raw const line, sink.user_data) };
    }
}

#[derive(Default)]
struct Line {
    text: String,
    peer: String,
    error: Option<String>,
    session: u64,
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "session" {
            self.session = value;
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "peer" {
            self.peer = value.to_owned();
        }
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => {
                let _ = write!(self.text, "{value:?}");
            }
            "error" => self.error = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

/// Sets the function that gets the lines of the log, for all endpoints of the process. There is no output anywhere else.
///
/// `log`: called with nothing locked, from the threads that drive endpoints or make requests, by several at once; it may call
/// anything. NULL ends the log; a call that runs in another thread meanwhile may still come to its end. `level`: OSISESSION_LOG_...; lines of
/// this level and the more important ones. `user_data` is handed to it.
///
/// Errors: OSISESSION_E_INVALID (no such level), OSISESSION_E_REFUSED (a Rust program around this library has its own subscriber of
/// `tracing`, which gets the lines). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_set_log(
    log: osisession_log_fn,
    level: u32,
    user_data: *mut c_void,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_set_log", |a| {
        a.function(log.is_some()).number(level).own(user_data).error(error);
    });
    // SAFETY: the caller's promises.
    unsafe {
        call(error, || {
            if log.is_some() && !(OSISESSION_LOG_ERROR..=OSISESSION_LOG_TRACE).contains(&level) {
                return Err(Failure::owned(OSISESSION_E_INVALID, format!("level {level} is not 1 to 5")));
            }
            subscribe()?;
            *SINK.lock() = log.map(|log| Sink { log, user_data });
            LEVEL.store(if log.is_some() { level } else { 0 }, Ordering::Relaxed);
            tracing::callsite::rebuild_interest_cache();
            Ok(())
        })
    }
}

/// Once: a subscriber cannot be taken away.
fn subscribe() -> Result {
    static SUBSCRIBED: Mutex<bool> = Mutex::new(false);
    let mut subscribed = SUBSCRIBED.lock();
    if !*subscribed {
        tracing::subscriber::set_global_default(ToC).map_err(|_| {
            Failure::new(
                OSISESSION_E_REFUSED,
                "a Rust program around this library subscribes to tracing itself",
            )
        })?;
        *subscribed = true;
    }
    Ok(())
}
