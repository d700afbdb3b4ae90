//! SPDUs for tools: one by one out of a TSDU, and one from its parameters. Nothing is kept between calls.
use crate::boundary::*;
use crate::error_info::{osisession_error_info, put};
use crate::octets::osisession_octets;
use crate::record;
use crate::status::*;
use osisession::Bytes;
use osisession::proto::x225::parameter::{Tokens, Versions};
use osisession::proto::x225::spdu::{
    DecodeContext, Decoded, EncodeContext, Flow, Kind, Leniency, Segmenting, SpduBuilder, decode,
};
use std::ffi::{c_char, c_void};

/// The TSDU came, or the SPDU goes, on the transport expedited flow.
pub const OSISESSION_SPDU_EXPEDITED: u32 = 0x01;
/// Refuse all that the standard calls invalid.
pub const OSISESSION_SPDU_STRICT: u32 = 0x02;
/// Symmetric synchronize is selected.
pub const OSISESSION_SPDU_SYMMETRIC: u32 = 0x04;
/// Symmetric synchronize is not selected. Without either flag it is not known, when reading.
pub const OSISESSION_SPDU_NOT_SYMMETRIC: u32 = 0x08;
/// Data carries an Enclosure Item: a maximum TSDU size was selected.
pub const OSISESSION_SPDU_SEGMENTING: u32 = 0x10;
/// Data carries none. Without either flag it is not known.
pub const OSISESSION_SPDU_NOT_SEGMENTING: u32 = 0x20;
/// Extended concatenation was not agreed.
pub const OSISESSION_SPDU_NOT_EXTENDED: u32 = 0x40;

/// What is known about a connection, for reading and writing SPDUs. All zero, or NULL: nothing; reading is then tolerant,
/// and writing is for version 2 on the normal flow.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_spdu_context {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// OSISESSION_SPDU_... flags.
    pub flags: u32,
    /// The protocol version selected, or those that may be (OSISESSION_VERSION_...); 0: reading both, writing 2.
    pub version: u32,
    /// Digits of a serial number, 6 to 18; 0: reading 18, writing 6.
    pub upper_limit: u32,
    /// 1 if `available_tokens` is known.
    pub tokens_known: u32,
    /// The tokens that exist (OSISESSION_TOKEN_...).
    pub available_tokens: u32,
}
sized!(osisession_spdu_context, available_tokens: u32);

/// One SPDU of a TSDU. Offsets are octets from the start of the TSDU.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_spdu {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// SPDUs in this TSDU, 1 to 4.
    pub count: u32,
    /// SPDU Identifier. What it means here is in `mnemonic`.
    pub si: u32,
    /// The order in which the SPDUs are processed, the first is 0 (X.225 6.3.7).
    pub order: u32,
    /// Where it begins.
    pub offset: usize,
    /// Its octets, user information included.
    pub length: usize,
    /// Where its SS-user data begins; 0 if there is none.
    pub user_data_offset: usize,
    /// Octets of SS-user data.
    pub user_data_length: usize,
    /// Its parameters: units and groups, what groups enclose included.
    pub unit_count: u32,
    /// Deviations in this TSDU that were accepted, one bit each as in the documentation of leniencies; 0: none.
    pub leniencies: u32,
    /// Its mnemonic, such as "CN"; ends with NUL. SI 42 is "MAA": an AEA looks the same.
    pub mnemonic: [c_char; 8],
    /// Its name, such as "CONNECT"; ends with NUL.
    pub name: [c_char; 32],
}
sized!(osisession_spdu, name: [c_char; 32]);

/// One parameter of an SPDU.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_spdu_unit {
    /// Octets of this struct as the caller knows it (OSISESSION_INIT).
    pub struct_size: u32,
    /// The PGI around it, or -1.
    pub group: i32,
    /// PGI or PI.
    pub code: u32,
    /// 1 if X.225 knows this parameter in this SPDU or elsewhere.
    pub known: u32,
    /// Where its identifier stands, octets from the start of the TSDU.
    pub offset: usize,
    /// Where its value begins; of a group, what it encloses.
    pub value_offset: usize,
    /// Octets of the value.
    pub value_length: usize,
    /// Its name in the standard; ends with NUL; empty if unknown.
    pub name: [c_char; 48],
    /// What the value says, cut to fit; ends with NUL.
    pub meaning: [c_char; 160],
}
sized!(osisession_spdu_unit, meaning: [c_char; 160]);

/// A parameter to write.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct osisession_spdu_value {
    /// The PGI around it, or -1.
    pub group: i32,
    /// PI, or a PGI without PI units in it.
    pub code: u32,
    /// Its value.
    pub value: osisession_octets,
}

fn reading(context: &osisession_spdu_context) -> Result<DecodeContext> {
    let flag = |flag: u32| context.flags & flag != 0;
    let mut reading = DecodeContext::unknown();
    if flag(OSISESSION_SPDU_EXPEDITED) {
        reading.flow = Flow::Expedited;
    }
    if flag(OSISESSION_SPDU_STRICT) {
        reading.leniency = Leniency::STRICT;
    }
    reading.symmetric = match (flag(OSISESSION_SPDU_SYMMETRIC), flag(OSISESSION_SPDU_NOT_SYMMETRIC)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    reading.segmenting = match (flag(OSISESSION_SPDU_SEGMENTING), flag(OSISESSION_SPDU_NOT_SEGMENTING)) {
        (true, _) => Segmenting::Selected,
        (_, true) => Segmenting::NotSelected,
        _ => Segmenting::Unknown,
    };
    reading.extended_concatenation = !flag(OSISESSION_SPDU_NOT_EXTENDED);
    if context.version != 0 {
        reading.version = versions(context.version)?;
    }
    if context.upper_limit != 0 {
        reading.upper_limit = digits(context.upper_limit)?;
    }
    if context.tokens_known != 0 {
        let bits = u8::try_from(context.available_tokens).ok().and_then(Tokens::from_bits);
        reading.available_tokens = Some(
            bits.ok_or_else(|| Failure::new(OSISESSION_E_INVALID, "available_tokens is no set of tokens"))?,
        );
    }
    Ok(reading)
}

fn versions(bits: u32) -> Result<Versions> {
    let versions = u8::try_from(bits).ok().and_then(Versions::from_bits);
    versions.ok_or_else(|| Failure::new(OSISESSION_E_INVALID, "version is no set of protocol versions"))
}

fn digits(number: u32) -> Result<u8> {
    u8::try_from(number)
        .ok()
        .filter(|digits| (6..=18).contains(digits))
        .ok_or_else(|| Failure::new(OSISESSION_E_INVALID, "upper_limit is 6 to 18 digits"))
}

/// Reads a TSDU of the caller and picks one of its SPDUs.
///
/// # Safety
/// As for the functions below.
unsafe fn with_spdu(
    tsdu: *const c_void,
    length: usize,
    context: *const osisession_spdu_context,
    index: u32,
    then: impl FnOnce(&[u8], &Decoded<'_>, usize) -> Result,
) -> Result {
    // SAFETY: the caller's promises.
    let (tsdu, context) = unsafe { (octets(tsdu, length, "tsdu")?, read_sized(context, "context")?) };
    let decoded = decode(&tsdu, &reading(&context)?)?;
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    if index >= decoded.spdus().len() {
        let text = format!("the TSDU has {} SPDUs, index is {index}", decoded.spdus().len());
        return Err(Failure::owned(OSISESSION_E_INVALID, text));
    }
    then(&tsdu, &decoded, index)
}

fn offset_in(tsdu: &[u8], part: &[u8]) -> usize {
    if part.is_empty() { 0 } else { part.as_ptr() as usize - tsdu.as_ptr() as usize }
}

/// Reads a TSDU and describes one of its SPDUs (X.225 8.2, 8.3). Begin with `index` 0; `count` says how many there are.
///
/// `tsdu`, `length`: one whole TSDU, which is not kept. `context`: NULL or what is known of the connection. `index`: in the order
/// of the wire. `spdu`: initialized by OSISESSION_INIT.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no such index),
/// OSISESSION_E_PEER (it is no valid TSDU: the SPDU, the parameter, the octet and the clause are in `error`). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_spdu_decode(
    tsdu: *const c_void,
    length: usize,
    context: *const osisession_spdu_context,
    index: u32,
    spdu: *mut osisession_spdu,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_spdu_decode", |a| {
        a.octets(tsdu, length).params(context).number(index).out(spdu).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid.
    unsafe {
        call(error, || {
            check_sized_out(spdu, "spdu")?;
            with_spdu(tsdu, length, context, index, |tsdu, decoded, index| {
                let one = &decoded.spdus()[index];
                let order = decoded.processing_order().position(|other| other.offset() == one.offset());
                let leniencies = decoded.leniencies().iter().fold(0, |all, used| all | used.leniency.bits());
                let mut out: osisession_spdu = std::mem::zeroed();
                out.count = decoded.spdus().len() as u32;
                out.si = one.kind().si().into();
                out.order = order.unwrap_or_default() as u32;
                out.offset = one.offset();
                out.length = one.octets().len();
                out.user_data_offset = offset_in(tsdu, one.user_data());
                out.user_data_length = one.user_data().len();
                out.unit_count = one.units().len() as u32;
                out.leniencies = leniencies;
                put(&mut out.mnemonic, one.kind().name());
                put(&mut out.name, one.kind().title());
                write_sized(spdu, &out);
                Ok(())
            })
        })
    }
}

/// Reads a TSDU and describes one parameter of one of its SPDUs (X.225 8.3). A group comes before what it encloses.
///
/// Every call reads the whole TSDU again: for all parameters at once as text, `osisession_decode` is cheaper.
///
/// `tsdu`, `length`, `context`, `index`: as for `osisession_spdu_decode`. `unit_index`: below its `unit_count`. `unit`: initialized by
/// OSISESSION_INIT.
///
/// Errors: as for `osisession_spdu_decode`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_spdu_decode_unit(
    tsdu: *const c_void,
    length: usize,
    context: *const osisession_spdu_context,
    index: u32,
    unit_index: u32,
    unit: *mut osisession_spdu_unit,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_spdu_decode_unit", |a| {
        a.octets(tsdu, length).params(context).number(index).number(unit_index).out(unit).error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid.
    unsafe {
        call(error, || {
            check_sized_out(unit, "unit")?;
            with_spdu(tsdu, length, context, index, |tsdu, decoded, index| {
                let spdu = &decoded.spdus()[index];
                let at = usize::try_from(unit_index).unwrap_or(usize::MAX);
                let Some(one) = spdu.units().get(at) else {
                    let text = format!("the SPDU has {} units, index is {at}", spdu.units().len());
                    return Err(Failure::owned(OSISESSION_E_INVALID, text));
                };
                let described = spdu.describe_unit(one);
                let mut out: osisession_spdu_unit = std::mem::zeroed();
                out.group = one.group.map_or(-1, i32::from);
                out.code = one.code.into();
                out.known = described.name.is_some().into();
                out.offset = one.offset;
                // A value is behind its identifier and length indicator even if it is empty.
                let indicator = if tsdu.get(one.offset + 1) == Some(&255) { 3 } else { 1 };
                out.value_offset = one.offset + 1 + indicator;
                out.value_length = one.value.len();
                put(&mut out.name, described.name.unwrap_or_default());
                put(&mut out.meaning, &described.meaning);
                write_sized(unit, &out);
                Ok(())
            })
        })
    }
}

/// Checked against every rule of X.225 8.3, in canonical order.
pub const OSISESSION_ENCODE_CHECKED: u32 = 0;
/// Not checked, in canonical order. More than 65535 octets of parameters, or of one value, get the length indicator 65535.
pub const OSISESSION_ENCODE_UNCHECKED: u32 = 1;
/// The same in the order given: for deliberately wrong SPDUs.
pub const OSISESSION_ENCODE_AS_GIVEN: u32 = 2;

/// Writes one SPDU from its parameters (X.225 8.2, 8.3).
///
/// `mnemonic`: such as "MIP". `values`, `count`: its parameters; groups arise from what names them. `user_data`: in whatever carries
/// it in this SPDU. `context`: NULL or what is known of the connection. `mode`: OSISESSION_ENCODE_.... `buffer`, `capacity`: where to
/// write; `needed`: NULL, or receives the octets of the SPDU, also when the buffer is too small.
///
/// Errors: OSISESSION_E_NULL, OSISESSION_E_LENGTH, OSISESSION_E_STRUCT_SIZE, OSISESSION_E_INVALID (no such SPDU, or a rule is broken:
/// the parameter, the limit and the clause are in `error`), OSISESSION_E_BUFFER_TOO_SMALL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn osisession_spdu_encode(
    mnemonic: *const c_char,
    values: *const osisession_spdu_value,
    count: usize,
    user_data: *const c_void,
    user_data_length: usize,
    context: *const osisession_spdu_context,
    mode: u32,
    buffer: *mut c_void,
    capacity: usize,
    needed: *mut usize,
    error: *mut osisession_error_info,
) -> i32 {
    let _recorded = record::call("osisession_spdu_encode", |a| {
        a.text(mnemonic)
            .list(values, count)
            .octets(user_data, user_data_length)
            .params(context)
            .number(mode)
            .buffer(buffer, capacity)
            .out(needed)
            .error(error);
    });
    // SAFETY: the caller's promises: pointers are NULL or valid.
    unsafe {
        call(error, || {
            let name = string(mnemonic, "mnemonic")?;
            let context = read_sized(context, "context")?;
            let user_data = octets(user_data, user_data_length, "user_data")?;
            let Some(kind) = Kind::ALL.iter().copied().find(|kind| kind.name() == name) else {
                return Err(Failure::owned(OSISESSION_E_INVALID, format!("no SPDU is called {name:?}")));
            };
            if values.is_null() && count > 0 {
                return Err(Failure::null("values"));
            }
            if count > 1_024 {
                return Err(Failure::new(OSISESSION_E_LENGTH, "more than 1024 parameters"));
            }
            let mut spdu = SpduBuilder::new(kind);
            for index in 0..count {
                let value = values.add(index).read_unaligned();
                let code = u8::try_from(value.code);
                let group = if value.group == -1 { Ok(None) } else { u8::try_from(value.group).map(Some) };
                let (Ok(code), Ok(group)) = (code, group) else {
                    return Err(Failure::new(OSISESSION_E_INVALID, "a code or a group is no octet"));
                };
                spdu = spdu.unit(group, code, &value.value.copy("a value")?);
            }
            if !user_data.is_empty() {
                spdu = spdu.user_data(user_data);
            }
            let octets: Bytes = match mode {
                OSISESSION_ENCODE_CHECKED => spdu.encode(&writing(&context)?)?.into(),
                OSISESSION_ENCODE_UNCHECKED => spdu.encode_unchecked().into(),
                OSISESSION_ENCODE_AS_GIVEN => spdu.encode_as_set().into(),
                _ => return Err(Failure::new(OSISESSION_E_INVALID, "no such mode of encoding")),
            };
            write_octets(&octets, buffer, capacity, needed)
        })
    }
}

fn writing(context: &osisession_spdu_context) -> Result<EncodeContext> {
    let mut writing = EncodeContext {
        symmetric: context.flags & OSISESSION_SPDU_SYMMETRIC != 0,
        ..EncodeContext::default()
    };
    if context.flags & OSISESSION_SPDU_EXPEDITED != 0 {
        writing.flow = Flow::Expedited;
    }
    if context.version != 0 {
        writing.version = versions(context.version)?;
    }
    if context.upper_limit != 0 {
        writing.upper_limit = digits(context.upper_limit)?;
    }
    Ok(writing)
}

/// Copies octets to the caller's buffer; `needed` is written also when the buffer is too small.
///
/// # Safety
/// `buffer` is NULL or has `capacity` writable octets; `needed` is NULL or can be written.
unsafe fn write_octets(octets: &[u8], buffer: *mut c_void, capacity: usize, needed: *mut usize) -> Result {
    if buffer.is_null() && capacity > 0 {
        return Err(Failure::null("the buffer"));
    }
    // SAFETY: the caller's promise.
    unsafe { write_out(needed, octets.len()) };
    if capacity < octets.len() {
        return Err(Failure::owned(
            OSISESSION_E_BUFFER_TOO_SMALL,
            format!("the buffer has {capacity} octets, {} are needed", octets.len()),
        ));
    }
    // SAFETY: an SPDU has octets, so the capacity is not 0 and the buffer not NULL; they fit.
    unsafe { std::ptr::copy_nonoverlapping(octets.as_ptr(), buffer.cast::<u8>(), octets.len()) };
    Ok(())
}
