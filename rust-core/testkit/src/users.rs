//! Users who ask for anything, and what can be selected: the choices behind the random runs.
use crate::bench::Rng;
use osisession_proto::Bytes;
use osisession_proto::x225::parameter::{
    ConnectionIdentifier, ExceptionReason, FunctionalUnits, ResyncType, TokenAssignment, TokenSide, Tokens,
    TsduSizes, Versions, refuse_reason,
};
use osisession_proto::x225::primitive::{
    ActivityResume, ConnectReject, ConnectRequest, ConnectResponse, OldConnection, Request, Resync,
    Resynchronize,
};
use osisession_proto::x225::spm::Properties;

use FunctionalUnits as Fu;

/// User data: mostly some octets, now and then more than one small TSDU (300 octets) holds.
pub fn some_data(rng: &mut Rng) -> Bytes {
    let length = if rng.one_in(6) { 600 } else { 1 + rng.below(12) };
    vec![rng.below(256) as u8; length].into()
}

/// Any sides for the tokens.
pub fn some_sides(rng: &mut Rng) -> TokenAssignment {
    let side =
        |rng: &mut Rng| *rng.pick(&[TokenSide::Requestor, TokenSide::Acceptor, TokenSide::AcceptorChooses]);
    TokenAssignment {
        data: side(rng),
        synchronize_minor: side(rng),
        major_activity: side(rng),
        release: side(rng),
    }
}

/// Some of the tokens that exist; all of them rather than none.
pub fn some_tokens(rng: &mut Rng, p: &Properties) -> Tokens {
    let tokens = Tokens::from_bits_truncate(rng.below(256) as u8) & p.available_tokens;
    if tokens.is_empty() { p.available_tokens } else { tokens }
}

/// Any request in data transfer or release; the machine refuses what does not fit.
pub fn some_request(rng: &mut Rng, p: &Properties) -> Request {
    let tokens = some_tokens(rng, p);
    let number = p.receiving_serial_numbers[0] + rng.below(3) as u64;
    let resync = |rng: &mut Rng| {
        let kind = *rng.pick(&[ResyncType::Restart, ResyncType::Abandon, ResyncType::Set]);
        let low = p.serial_numbers[2];
        let span = p.serial_numbers[1].saturating_sub(low) as usize + 1;
        Resync { kind, serial_number: Some(low + rng.below(span) as u64) }
    };
    let data = some_data(rng);
    // Where version 1 has no user data, version 2 has.
    let more = if rng.one_in(3) { data.clone() } else { Bytes::new() };
    let symmetric = p.functional_units.contains(Fu::SYMMETRIC_SYNC);
    match rng.below(36) {
        0..=3 => Request::Data(data),
        4 => Request::ExpeditedData(data.slice(..data.len().min(14))),
        5 => Request::TypedData(data),
        6 => Request::CapabilityData(data),
        7 | 8 => Request::CapabilityDataResponse(data),
        9 | 10 => Request::TokenGive(tokens, more),
        11 => Request::TokenPlease(tokens, data),
        12 => Request::ControlGive(more),
        13 | 14 => {
            Request::SyncMinor { explicit: rng.one_in(2), data_separation: rng.one_in(3), user_data: data }
        }
        15 | 16 => Request::SyncMinorResponse(number, data),
        17 => Request::SyncMajor(data),
        18 | 19 => Request::SyncMajorResponse(data),
        20 => {
            let first = resync(rng);
            Request::Resynchronize(Box::new(Resynchronize {
                first: Some(first),
                second: symmetric.then_some(first),
                tokens: some_sides(rng),
                user_data: data,
            }))
        }
        21 | 22 => Request::ResynchronizeResponse(Box::new(Resynchronize {
            tokens: some_sides(rng),
            user_data: data,
            ..Resynchronize::default()
        })),
        23 => Request::UExceptionReport(ExceptionReason::NonSpecific, data),
        24 => Request::ActivityStart(Bytes::from_static(b"act"), data),
        25 => Request::ActivityResume(Box::new(ActivityResume {
            activity_identifier: Bytes::from_static(b"new"),
            old_activity_identifier: Bytes::from_static(b"old"),
            serial_number: rng.below(20) as u64,
            second_serial_number: symmetric.then_some(7),
            user_data: more,
            old_connection: rng.one_in(2).then(|| OldConnection {
                called_reference: data.clone().slice(..1),
                calling_reference: data.clone().slice(..1),
                common_reference: data.clone().slice(..1),
                additional_reference: data.clone().slice(..1),
            }),
        })),
        26 => Request::ActivityInterrupt(rng.one_in(2).then_some(ExceptionReason::LocalUserError), more),
        27 | 28 => Request::ActivityInterruptResponse(more),
        29 => Request::ActivityDiscard(Some(ExceptionReason::SequenceError), more),
        30 | 31 => Request::ActivityDiscardResponse(more),
        32 => Request::ActivityEnd(data),
        33 | 34 => Request::ActivityEndResponse(data),
        _ => match rng.below(8) {
            0 => Request::Release(data),
            1 | 2 => Request::ReleaseResponse(data),
            3 => Request::ReleaseResponseNegative(data),
            4 if rng.one_in(8) => Request::UAbort(data),
            _ => Request::Data(data),
        },
    }
}

/// An S-CONNECT request for these functional units, other parameters at random.
pub fn some_connect(rng: &mut Rng, units: FunctionalUnits, expedited: bool) -> ConnectRequest {
    let symmetric = units.contains(Fu::SYMMETRIC_SYNC);
    let size = *rng.pick(&[0, 0, 300]);
    ConnectRequest {
        functional_units: units,
        initial_serial_number: Some(1 + rng.below(3) as u64),
        second_initial_serial_number: symmetric.then(|| 50 + rng.below(3) as u64),
        tokens: some_sides(rng),
        tsdu_maximum_size: TsduSizes { initiator_to_responder: size, responder_to_initiator: size },
        extended_control: expedited,
        versions: *rng.pick(&[Versions::V2, Versions::default()]),
        calling_selector: if rng.one_in(2) { Bytes::from_static(b"me") } else { Bytes::new() },
        called_selector: if rng.one_in(8) { Bytes::from_static(b"you") } else { Bytes::new() },
        connection_identifier: some_identifier(rng),
        upper_limit_serial_number: rng.one_in(8).then_some(9),
        extended_concatenation: rng.one_in(2),
        user_data: if rng.one_in(2) { some_data(rng) } else { Bytes::new() },
    }
}

fn some_identifier(rng: &mut Rng) -> ConnectionIdentifier {
    let part = |rng: &mut Rng| if rng.one_in(4) { Bytes::from_static(b"ref") } else { Bytes::new() };
    ConnectionIdentifier {
        ss_user_reference: part(rng),
        common_reference: part(rng),
        additional_reference: part(rng),
    }
}

/// The S-CONNECT response that selects these functional units.
pub fn some_accept(rng: &mut Rng, units: FunctionalUnits) -> ConnectResponse {
    let size = *rng.pick(&[0, 300]);
    ConnectResponse {
        functional_units: units,
        tokens: TokenAssignment::all(*rng.pick(&[TokenSide::Requestor, TokenSide::Acceptor])),
        tsdu_maximum_size: TsduSizes { initiator_to_responder: size, responder_to_initiator: size },
        responding_selector: rng.one_in(4).then(|| Bytes::from_static(b"me")),
        connection_identifier: some_identifier(rng),
        please_tokens: if rng.one_in(4) { units.tokens() } else { Tokens::empty() },
        extended_concatenation: rng.one_in(2),
        user_data: if rng.one_in(2) { some_data(rng) } else { Bytes::new() },
        ..ConnectResponse::default()
    }
}

/// A rejection by the user.
pub fn some_reject(rng: &mut Rng) -> ConnectReject {
    let reason = *rng.pick(&[refuse_reason::USER, refuse_reason::USER_CONGESTION, refuse_reason::USER_DATA]);
    let user_data = if reason == refuse_reason::USER_DATA { some_data(rng) } else { Bytes::new() };
    let functional_units =
        (reason == refuse_reason::USER_DATA && rng.one_in(2)).then_some(Fu::DUPLEX | Fu::TYPED_DATA);
    ConnectReject { reason, user_data, functional_units, connection_identifier: some_identifier(rng) }
}

/// Every legal selection of functional units (X.225 5.8.1).
pub fn selections() -> Vec<FunctionalUnits> {
    (0..=Fu::ALL.bits())
        .map(Fu::from_bits_truncate)
        .filter(|units| units.why_not_selected().is_none() && units.why_not_proposed().is_none())
        .collect()
}
