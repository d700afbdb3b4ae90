//! From an SPDU to TSDUs: the prefix of basic concatenation, segmentation (X.225 6.3.5, 6.3.7).
use super::build::{EncodeContext, MAX_SPDU, SpduBuilder, unit};
use super::decode::{DecodeContext, fault};
use super::kind::{Category, Kind};
use super::leniency::Leniency;
use crate::error::{ErrorKind, Result};
use crate::x225::parameter::{Enclosure, Tokens, Versions};
use crate::x225::port::Tsdu;
use bytes::Bytes;
use smallvec::SmallVec;

/// GT and DT without parameters.
const PLAIN_DATA: &[u8] = &[1, 0, 1, 0];

/// Gives the TSDUs of one SPDU to `out`: a category 2 SPDU behind its GT or PT, with `prefix_tokens` in the Token Item of the
/// last one; in as many segments as the maximum TSDU size and the version make necessary and possible. User information is
/// not copied.
///
/// # Errors
/// Kind `Invalid`, and nothing was given to `out`.
pub fn emit(
    prefix_tokens: Tokens,
    spdu: SpduBuilder,
    context: &EncodeContext,
    out: &mut impl FnMut(Tsdu),
) -> Result<()> {
    if spdu.kind().is_data() {
        return emit_data(prefix_tokens, &spdu, context, out);
    }
    if spdu.kind().category() == Category::Zero && !spdu.has(16) {
        return Err(fault(spdu.kind(), 0, "alone and without a Token Item it has no effect")
            .with_kind(ErrorKind::Invalid)
            .with_parameter("Token Item")
            .with_clause("X.225 7.16"));
    }
    let prefix_kind = spdu.kind().basic_prefix();
    let prefix = |last: bool| -> SmallVec<[u8; 8]> {
        match prefix_kind {
            None => SmallVec::new(),
            Some(kind) if last && !prefix_tokens.is_empty() => {
                SmallVec::from_slice(&[kind.si(), 3, 16, 1, prefix_tokens.bits()])
            }
            Some(kind) => SmallVec::from_slice(&[kind.si(), 0]),
        }
    };
    if !prefix_tokens.is_empty() && (prefix_kind.is_none() || spdu.kind().prefix_without_tokens()) {
        return Err(fault(spdu.kind(), 0, "no tokens can move with this SPDU")
            .with_kind(ErrorKind::Invalid)
            .with_clause("X.225 Table 7"));
    }
    let limit = if context.max_tsdu == 0 { usize::MAX } else { context.max_tsdu };
    let room = |last: bool| limit.saturating_sub(prefix(last).len()).min(MAX_SPDU);
    let whole = |parameters: usize| unit(parameters);
    let tsdu = |last: bool, octets: Vec<u8>| {
        let prefix = prefix(last);
        if prefix.is_empty() {
            return Tsdu { header: octets.into(), user_data: Bytes::new() };
        }
        let mut header = Vec::with_capacity(prefix.len() + octets.len());
        header.extend_from_slice(&prefix);
        header.extend_from_slice(&octets);
        Tsdu { header: header.into(), user_data: Bytes::new() }
    };
    let length = spdu.data().len();
    if whole(spdu.parameter_octets(length)) <= room(true) {
        let octets = spdu.encode(context)?;
        out(tsdu(true, octets));
        return Ok(());
    }
    let too_large = |text: &'static str| {
        Err(fault(spdu.kind(), 0, text)
            .with_kind(ErrorKind::Invalid)
            .with_clause("X.225 6.3.5")
            .with_expected(format!("at most {} octets", room(true)), format!("{length} octets of user data")))
    };
    if !spdu.kind().is_segmentable() {
        return too_large("the SPDU does not fit, and cannot be segmented");
    }
    if !context.version.contains(Versions::V2) {
        return too_large("the SPDU does not fit, and version 1 does not segment it");
    }
    if context.flow == super::kind::Flow::Expedited {
        return too_large("the SPDU does not fit the expedited flow");
    }
    let version_2 = EncodeContext { version: Versions::V2, ..*context };
    // The most user data that `segment` has room for.
    let largest = |segment: &SpduBuilder, last: bool| {
        let mut data = room(last).saturating_sub(segment.parameter_octets(0));
        while data > 0
            && (whole(segment.parameter_octets(data)) > room(last) || segment.parameter_octets(data) > 65_535)
        {
            data -= 1;
        }
        data
    };
    let first = spdu.clone().enclosure(Enclosure::First);
    let middle = spdu.bare(Bytes::new()).enclosure(Enclosure::Middle);
    let (in_first, in_middle) = (largest(&first, false), largest(&middle, true));
    if in_first == 0 || in_middle == 0 {
        return too_large("the maximum TSDU size is too small for a segment");
    }
    let in_first = in_first.min(length);
    let mut tsdus: Vec<Tsdu> = Vec::new();
    tsdus.push(tsdu(false, first.with_data(spdu.data().slice(..in_first)).encode(&version_2)?));
    let mut sent = in_first;
    loop {
        let end = length.min(sent + in_middle);
        let last = end == length;
        let enclosure = if last { Enclosure::Last } else { Enclosure::Middle };
        let segment = spdu.bare(spdu.data().slice(sent..end)).enclosure(enclosure);
        tsdus.push(tsdu(last, segment.encode(&version_2)?));
        sent = end;
        if last {
            break;
        }
    }
    tsdus.into_iter().for_each(out);
    Ok(())
}

/// DT and TD: an Enclosure Item if and only if a maximum TSDU size was selected (X.225 8.3.11, 8.3.13).
fn emit_data(
    prefix_tokens: Tokens,
    spdu: &SpduBuilder,
    context: &EncodeContext,
    out: &mut impl FnMut(Tsdu),
) -> Result<()> {
    let data = spdu.data();
    if data.is_empty() {
        return Err(fault(spdu.kind(), 0, "there is no user data")
            .with_kind(ErrorKind::Invalid)
            .with_parameter("User Information Field"));
    }
    let is_dt = spdu.kind() == Kind::DT;
    if !prefix_tokens.is_empty() && !is_dt {
        return Err(fault(spdu.kind(), 0, "no tokens can move with this SPDU")
            .with_kind(ErrorKind::Invalid)
            .with_clause("X.225 Table 7"));
    }
    let header = |last: bool, enclosure: Option<Enclosure>| -> Bytes {
        let mut header: SmallVec<[u8; 12]> = SmallVec::new();
        if is_dt {
            if last && !prefix_tokens.is_empty() {
                header.extend_from_slice(&[1, 3, 16, 1, prefix_tokens.bits()]);
            } else if enclosure.is_none() {
                return Bytes::from_static(PLAIN_DATA);
            } else {
                header.extend_from_slice(&[1, 0]);
            }
        }
        header.push(spdu.kind().si());
        match enclosure {
            None => header.push(0),
            Some(enclosure) => header.extend_from_slice(&[3, 25, 1, enclosure as u8]),
        }
        Bytes::copy_from_slice(&header)
    };
    if context.max_tsdu == 0 {
        out(Tsdu { header: header(true, None), user_data: data.clone() });
        return Ok(());
    }
    let overhead = |last: bool| header(last, Some(Enclosure::Middle)).len();
    let (room, last_room) =
        (context.max_tsdu.saturating_sub(overhead(false)), context.max_tsdu.saturating_sub(overhead(true)));
    if room == 0 || last_room == 0 {
        return Err(fault(spdu.kind(), 0, "the maximum TSDU size is too small for a segment")
            .with_kind(ErrorKind::Invalid)
            .with_clause("X.225 6.3.5")
            .with_expected(format!("more than {} octets", overhead(true)), format!("{}", context.max_tsdu)));
    }
    if data.len() <= last_room {
        out(Tsdu { header: header(true, Some(Enclosure::Single)), user_data: data.clone() });
        return Ok(());
    }
    let mut sent = 0;
    while sent < data.len() {
        let left = data.len() - sent;
        let last = left <= last_room;
        // What would fit a middle segment but not the last one still needs a last segment behind it.
        let take = if last { left } else { room.min(left) };
        let enclosure = match (sent == 0, last) {
            (true, _) => Enclosure::First,
            (false, false) => Enclosure::Middle,
            (false, true) => Enclosure::Last,
        };
        out(Tsdu { header: header(last, Some(enclosure)), user_data: data.slice(sent..sent + take) });
        sent += take;
        if sent == data.len() && !last {
            // The last segment may be empty (X.225 8.3.11).
            out(Tsdu { header: header(true, Some(Enclosure::Last)), user_data: Bytes::new() });
        }
    }
    Ok(())
}

/// SPDUs in one TSDU, in the order of the wire: basic or extended concatenation as X.225 6.3.7 allows. The first is GT or PT.
///
/// # Errors
/// Kind `Invalid`: the combination or one of the SPDUs is not valid, or the TSDU is too large.
pub fn emit_concatenated(spdus: &[SpduBuilder], context: &EncodeContext) -> Result<Tsdu> {
    let mut octets = Vec::new();
    for spdu in spdus {
        octets.extend_from_slice(&spdu.encode(context)?);
    }
    let invalid = |error: crate::error::Error| error.with_kind(ErrorKind::Invalid);
    let reader = DecodeContext {
        version: context.version,
        symmetric: Some(context.symmetric),
        upper_limit: context.upper_limit,
        leniency: Leniency::STRICT,
        ..DecodeContext::default()
    };
    let read = super::decode(&octets, &reader).map_err(invalid)?.spdus().len();
    if read != spdus.len() || spdus.first().is_none_or(|first| first.kind().category() != Category::Zero) {
        let kind = spdus.first().map_or(Kind::GT, SpduBuilder::kind);
        return Err(invalid(fault(kind, 0, "this is no concatenation").with_clause("X.225 6.3.7")));
    }
    if context.max_tsdu != 0 && octets.len() > context.max_tsdu {
        return Err(invalid(
            fault(spdus[0].kind(), 0, "the concatenation is larger than the maximum TSDU size")
                .with_clause("X.225 6.3.7")
                .with_expected(format!("at most {} octets", context.max_tsdu), format!("{}", octets.len())),
        ));
    }
    Ok(Tsdu { header: octets.into(), user_data: Bytes::new() })
}
