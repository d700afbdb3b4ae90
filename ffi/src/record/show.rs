//! Arguments and outcomes as text.
//!
//! Numbers in decimal; handles in hexadecimal; `NULL`; octets as `x"0102"`; texts in quotes as Rust and C write them; structs as
//! `{field=value ...}` with the fields that are not zero; `&` and an address for what is to be written
//! (a program that uses the same variable again is so understood); `buffer`, `error`, `function`, `own`.
use crate::boundary::{Sized32, read_sized};
use crate::config::*;
use crate::diagnosis::*;
use crate::dialogue::*;
use crate::durable::*;
use crate::endpoint::*;
use crate::error_info::*;
use crate::event::*;
use crate::log::*;
use crate::octets::*;
use crate::rpc::*;
use crate::rpc_server::*;
use crate::scp::*;
use crate::scp_link::*;
use crate::session::*;
use crate::spdu::*;
use crate::status::OSISESSION_OK;
use crate::structs::structs;
use crate::tls::*;
use crate::transport::*;
use crate::zip::*;
use crate::zip_router::*;
use std::ffi::{CStr, c_char, c_void};
use std::fmt::Write;

/// Longer octet strings are no argument but a mistake, which the function itself will refuse: they are not looked at.
const LONGEST: usize = 1 << 30;

pub(super) fn hexadecimal(octets: &[u8], text: &mut String) {
    text.push_str("x\"");
    for octet in octets {
        let _ = write!(text, "{octet:02x}");
    }
    text.push('"');
}

/// What a function writes through a pointer.
pub(crate) enum Outcome {
    Handle(&'static str, *const usize),
    U32(&'static str, *const u32),
    I64(&'static str, *const i64),
    U64(&'static str, *const u64),
    Event(*const osisession_event),
}

impl Outcome {
    pub(super) fn show(&self, status: i32, text: &mut String) {
        if status != OSISESSION_OK {
            return;
        }
        // SAFETY: the call succeeded, so the pointer is NULL or was written through.
        unsafe {
            match *self {
                Outcome::Handle(name, at) if !at.is_null() => show_handle(name, at.read_unaligned(), text),
                Outcome::U32(name, at) if !at.is_null() => {
                    let _ = write!(text, " {name}={}", at.read_unaligned());
                }
                Outcome::I64(name, at) if !at.is_null() => {
                    let _ = write!(text, " {name}={}", at.read_unaligned());
                }
                Outcome::U64(name, at) if !at.is_null() => {
                    let _ = write!(text, " {name}={}", at.read_unaligned());
                }
                Outcome::Event(at) if !at.is_null() => {
                    text.push_str(" event=");
                    sized(at, text);
                }
                _ => {}
            }
        }
    }
}

/// A handle with what is behind it: for a session the number that its octets are recorded under, for a listener its address.
fn show_handle(name: &str, handle: usize, text: &mut String) {
    let _ = write!(text, " {name}={handle:#x}");
    if let Some((endpoint, id)) = crate::session::identity(handle) {
        let _ = write!(text, ":{endpoint}/{id}");
    }
    if let Some(address) = crate::listener::address(handle) {
        let _ = write!(text, "@{address:?}");
    }
}

/// The arguments of a call, as far as they are told.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(super) text: String,
    pub(super) outcomes: Vec<Outcome>,
}

impl Arguments {
    pub(crate) fn handle<T>(&mut self, handle: *mut T) -> &mut Self {
        let _ = write!(self.text, " {:#x}", handle as usize);
        self
    }

    pub(crate) fn number(&mut self, number: impl Into<i128>) -> &mut Self {
        let _ = write!(self.text, " {}", number.into());
        self
    }

    pub(crate) fn size(&mut self, size: usize) -> &mut Self {
        self.number(size as u128 as i128)
    }

    /// Octets and their number: two arguments.
    pub(crate) fn octets(&mut self, data: *const c_void, length: usize) -> &mut Self {
        self.text.push(' ');
        // SAFETY: NULL or as many octets as it says.
        unsafe { show_octets(data.cast(), length, &mut self.text) };
        self.size(length)
    }

    pub(crate) fn text(&mut self, text: *const c_char) -> &mut Self {
        self.text.push(' ');
        // SAFETY: NULL or a text with its NUL.
        unsafe { text.show(&mut self.text) };
        self
    }

    pub(crate) fn params<T: Sized32 + Show>(&mut self, params: *const T) -> &mut Self {
        self.text.push(' ');
        // SAFETY: NULL or as large as its size says.
        unsafe { sized(params, &mut self.text) };
        self
    }

    /// Structs without a size of their own, and their number: two arguments.
    pub(crate) fn list<T: Show>(&mut self, first: *const T, count: usize) -> &mut Self {
        const MOST: usize = 1 << 16;
        if first.is_null() || count > MOST {
            self.text.push_str(if first.is_null() { " NULL" } else { " []" });
        } else {
            self.text.push_str(" [");
            for at in 0..count {
                if at > 0 {
                    self.text.push(' ');
                }
                // SAFETY: as many as it says.
                unsafe { (*first.add(at)).show(&mut self.text) };
            }
            self.text.push(']');
        }
        self.size(count)
    }

    fn pointer<T>(&mut self, pointer: *const T, what: &str) -> &mut Self {
        self.text.push(' ');
        self.text.push_str(if pointer.is_null() { "NULL" } else { what });
        self
    }

    pub(crate) fn error(&mut self, error: *mut osisession_error_info) -> &mut Self {
        self.pointer(error, "error")
    }

    /// A place for octets or text, and its size: two arguments.
    pub(crate) fn buffer<T>(&mut self, buffer: *mut T, capacity: usize) -> &mut Self {
        self.pointer(buffer, "buffer").size(capacity)
    }

    pub(crate) fn function(&mut self, is_there: bool) -> &mut Self {
        self.text.push_str(if is_there { " function" } else { " NULL" });
        self
    }

    /// The caller's pointer, which the library only hands back.
    pub(crate) fn own(&mut self, pointer: *mut c_void) -> &mut Self {
        self.pointer(pointer, "own")
    }

    /// A place for a struct or a number whose content is not recorded.
    pub(crate) fn out<T>(&mut self, to: *const T) -> &mut Self {
        if to.is_null() {
            return self.pointer(to, "");
        }
        let _ = write!(self.text, " &{:#x}", to as usize);
        self
    }

    pub(crate) fn out_handle<T>(&mut self, name: &'static str, to: *mut *mut T) -> &mut Self {
        self.outcomes.push(Outcome::Handle(name, to.cast()));
        self.out(to)
    }

    pub(crate) fn out_u32(&mut self, name: &'static str, to: *mut u32) -> &mut Self {
        self.outcomes.push(Outcome::U32(name, to));
        self.out(to)
    }

    pub(crate) fn out_i64(&mut self, name: &'static str, to: *mut i64) -> &mut Self {
        self.outcomes.push(Outcome::I64(name, to));
        self.out(to)
    }

    pub(crate) fn out_u64(&mut self, name: &'static str, to: *mut u64) -> &mut Self {
        self.outcomes.push(Outcome::U64(name, to));
        self.out(to)
    }

    pub(crate) fn out_event(&mut self, to: *mut osisession_event) -> &mut Self {
        self.outcomes.push(Outcome::Event(to));
        self.out(to)
    }
}

/// A value as text.
pub(crate) trait Show {
    /// # Safety
    /// Pointers in it are NULL or valid.
    unsafe fn show(&self, text: &mut String);
    /// Not worth a word in a struct.
    fn is_zero(&self) -> bool {
        false
    }
}

/// A struct as far as its size goes.
///
/// # Safety
/// NULL or valid.
pub(super) unsafe fn sized<T: Sized32 + Show>(at: *const T, text: &mut String) {
    if at.is_null() {
        text.push_str("NULL");
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        match read_sized(at, "") {
            Ok(value) => value.show(text),
            // The function will refuse it; that it does is seen again with this size.
            Err(_) => {
                let _ = write!(text, "{{struct_size={}}}", at.cast::<u32>().read_unaligned());
            }
        }
    }
}

unsafe fn show_octets(data: *const u8, length: usize, text: &mut String) {
    if data.is_null() {
        text.push_str("NULL");
    } else if length > LONGEST {
        text.push_str("\"\"");
    } else {
        // SAFETY: the caller's promise.
        hexadecimal(unsafe { std::slice::from_raw_parts(data, length) }, text);
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Show for $number {
            unsafe fn show(&self, text: &mut String) {
                let _ = write!(text, "{self}");
            }
            fn is_zero(&self) -> bool {
                *self == 0
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 usize i32 i64);

impl Show for *const c_char {
    unsafe fn show(&self, text: &mut String) {
        if self.is_null() {
            text.push_str("NULL");
        } else {
            // SAFETY: the caller's promise.
            show_text(unsafe { CStr::from_ptr(*self) }.to_bytes(), text);
        }
    }
    fn is_zero(&self) -> bool {
        self.is_null()
    }
}

/// In quotes; what is not printable ASCII as `\x..`, for every language.
fn show_text(octets: &[u8], text: &mut String) {
    text.push('"');
    for octet in octets {
        match octet {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(*octet as char);
            }
            b' '..=b'~' => text.push(*octet as char),
            _ => {
                let _ = write!(text, "\\x{octet:02x}");
            }
        }
    }
    text.push('"');
}

impl<const N: usize> Show for [c_char; N] {
    unsafe fn show(&self, text: &mut String) {
        let octets: Vec<u8> = self.iter().map(|c| *c as u8).take_while(|c| *c != 0).collect();
        show_text(&octets, text);
    }
    fn is_zero(&self) -> bool {
        self.iter().all(|c| *c == 0)
    }
}

impl<const N: usize> Show for [u8; N] {
    unsafe fn show(&self, text: &mut String) {
        hexadecimal(self, text);
    }
    fn is_zero(&self) -> bool {
        self.iter().all(|c| *c == 0)
    }
}

impl<const N: usize> Show for [u64; N] {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(text, "{self:?}");
    }
}

impl Show for osisession_octets {
    unsafe fn show(&self, text: &mut String) {
        if self.length != 0 && (self.data.is_null() || self.length > LONGEST) {
            let data = if self.data.is_null() { "NULL" } else { "\"\"" };
            let _ = write!(text, "{{data={data} length={}}}", self.length);
            return;
        }
        // SAFETY: the caller's promise.
        unsafe { show_octets(self.data, self.length, text) };
    }
    fn is_zero(&self) -> bool {
        self.data.is_null() && self.length == 0
    }
}

impl<T: Show + Sized32> Show for *const T {
    unsafe fn show(&self, text: &mut String) {
        // SAFETY: the caller's promise.
        unsafe { sized(*self, text) };
    }
    fn is_zero(&self) -> bool {
        self.is_null()
    }
}

impl Show for *const osisession_error_info {
    unsafe fn show(&self, text: &mut String) {
        if self.is_null() {
            text.push_str("NULL");
        } else {
            // SAFETY: the caller's promise; it is the library's own.
            unsafe { (**self).show(text) };
        }
    }
    fn is_zero(&self) -> bool {
        self.is_null()
    }
}

impl Show for *mut osisession_tls {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(text, "{:#x}", *self as usize);
    }
    fn is_zero(&self) -> bool {
        self.is_null()
    }
}

impl Show for *mut c_void {
    unsafe fn show(&self, text: &mut String) {
        text.push_str("own");
    }
    fn is_zero(&self) -> bool {
        self.is_null()
    }
}

impl<F: Functions> Show for Option<F> {
    unsafe fn show(&self, text: &mut String) {
        text.push_str("function");
    }
    fn is_zero(&self) -> bool {
        self.is_none()
    }
}

/// Functions that a caller gives.
pub(crate) trait Functions {}
impl Functions for unsafe extern "C-unwind" fn(*mut c_void) {}
impl Functions
    for unsafe extern "C-unwind" fn(*mut osisession_session, *const osisession_event, *mut c_void)
{
}
impl Functions for unsafe extern "C-unwind" fn(*const osisession_rpc_outcome, *mut c_void) {}
impl Functions for unsafe extern "C-unwind" fn(*const osisession_durable_caller, *mut c_void) -> i32 {}
impl Functions for unsafe extern "C-unwind" fn(*const u8, *const c_void, usize, *mut c_void) -> u64 {}

macro_rules! show_fields {
    (osisession_octets { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_error_info { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_tls_config { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_journal_change { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_journal_store { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_scp_config { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_scp_account { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_scp_object { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_scp_connect_params { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_scp_event { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_zip_name { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_zip_entity { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_zip_event { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_zip_port { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_zip_router_config { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_zip_route { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    (osisession_zip_tables { $($ignored:tt)* } $($rest:tt)*) => { show_fields! { $($rest)* } };
    ($name:ident { $($field:ident),* } $($rest:tt)*) => {
        impl Show for $name {
            unsafe fn show(&self, text: &mut String) {
                text.push('{');
                $(
                    let field = stringify!($field).trim_start_matches("r#");
                    if field != "owner" && !self.$field.is_zero() {
                        if !text.ends_with('{') {
                            text.push(' ');
                        }
                        text.push_str(field);
                        text.push('=');
                        // SAFETY: the caller's promise.
                        unsafe { self.$field.show(text) };
                    }
                )*
                text.push('}');
            }
            fn is_zero(&self) -> bool {
                true $(&& self.$field.is_zero())*
            }
        }
        show_fields! { $($rest)* }
    };
    () => {};
}
structs!(show_fields);

/// Status and text, which say most.
impl Show for osisession_error_info {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(text, "{{status={} text=", self.status);
        // SAFETY: no pointer.
        unsafe { self.text.show(text) };
        text.push('}');
    }
}

/// Keys and certificates are secrets, or as good as.
impl Show for osisession_tls_config {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(text, "{{struct_size={} flags={}}}", self.struct_size, self.flags);
    }
}

/// Without what proves a circuit.
impl Show for osisession_scp_config {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(text, "{{struct_size={} flags={} address=", self.struct_size, self.flags);
        // SAFETY: the caller's promise.
        unsafe {
            self.address.show(text);
            text.push_str(" circuit=");
            self.circuit.show(text);
        }
        text.push('}');
    }
}

/// Without the accounts.
impl Show for osisession_scp_object {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(text, "{{struct_size={} number={} name=", self.struct_size, self.number);
        // SAFETY: the caller's promise.
        unsafe { self.name.show(text) };
        let _ = write!(text, " account_count={}}}", self.account_count);
    }
}

/// Without user, password and account.
impl Show for osisession_scp_connect_params {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(
            text,
            "{{struct_size={} flags={} object_number={} object_name=",
            self.struct_size, self.flags, self.object_number
        );
        // SAFETY: the caller's promise.
        unsafe {
            self.object_name.show(text);
            text.push_str(" user_data=");
            self.user_data.show(text);
        }
        text.push('}');
    }
}

/// With the segments of its ports alone: seeds are known from the tables.
impl Show for osisession_zip_router_config {
    unsafe fn show(&self, text: &mut String) {
        let _ = write!(
            text,
            "{{struct_size={} flags={} port_count={}",
            self.struct_size, self.flags, self.port_count
        );
        if !self.ports.is_null() && self.port_count <= 256 {
            for at in 0..self.port_count {
                text.push_str(" segment=");
                // SAFETY: the caller's promise: as many as it says.
                unsafe { self.ports.add(at).read_unaligned().segment.show(text) };
            }
        }
        text.push('}');
    }
}
