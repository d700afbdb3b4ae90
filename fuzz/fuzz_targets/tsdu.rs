//! Two machines, with TSDUs that neither sent put in between: no panic, no fault of our own, and everything comes to rest.
//!
//! Input: an octet of settings, then steps: an octet that says what, an octet of length, octets.
#![no_main]
use libfuzzer_sys::fuzz_target;
use osisession_proto::error::ErrorKind;
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::*;
use osisession_proto::x225::port::TransportIndication;
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::spm::Config;
use osisession_proto::{Bytes, Error};
use osisession_testkit::bench::{Pair, Side};
use std::time::Duration;

use FunctionalUnits as Fu;

fn units(choice: u8) -> FunctionalUnits {
    match choice & 3 {
        0 => Fu::DUPLEX | Fu::TYPED_DATA | Fu::EXPEDITED_DATA,
        1 => Fu::from_bits_truncate(0x07ff) - Fu::DUPLEX,
        2 => Fu::HALF_DUPLEX | Fu::MINOR_SYNC | Fu::MAJOR_SYNC | Fu::RESYNCHRONIZE | Fu::DATA_SEPARATION,
        _ => Fu::DUPLEX | Fu::SYMMETRIC_SYNC | Fu::MAJOR_SYNC | Fu::RESYNCHRONIZE | Fu::NEGOTIATED_RELEASE,
    }
}

/// The machines at the start: fresh, half connected or connected.
fn start(settings: u8) -> Pair {
    let mut config = Config::default();
    config.strict = settings & 4 != 0;
    config.reuse_transport = settings & 8 != 0;
    config.limits.ssdu_reassembly = 4_096;
    let expedited = settings & 16 != 0;
    let size = if settings & 32 != 0 { 200 } else { 0 };
    let sizes = TsduSizes { initiator_to_responder: size, responder_to_initiator: size };
    let request = ConnectRequest {
        functional_units: units(settings) - if expedited { Fu::empty() } else { Fu::EXPEDITED_DATA },
        initial_serial_number: Some(5),
        second_initial_serial_number: (settings & 3 == 3).then_some(7),
        tsdu_maximum_size: sizes,
        extended_control: expedited,
        ..ConnectRequest::default()
    };
    let response = ConnectResponse {
        functional_units: request.functional_units,
        initial_serial_number: request.initial_serial_number,
        second_initial_serial_number: request.second_initial_serial_number,
        tsdu_maximum_size: sizes,
        ..ConnectResponse::default()
    };
    let mut pair = Pair::new(config.clone(), config, expedited, u64::from(settings));
    if settings & 64 != 0 {
        pair.establish(request, response);
    } else {
        let connect = Request::Connect(Box::new(request));
        pair.request(Side::Initiator, connect).expect("S-CONNECT request");
        let deliveries = if settings & 128 != 0 { 4 } else { 2 };
        for _ in 0..deliveries {
            pair.deliver();
        }
    }
    pair
}

fn act(pair: &mut Pair, side: Side, what: u8, data: Bytes) -> Result<(), Error> {
    let p = pair.machine(side).properties();
    let number = p.serial_numbers[0].wrapping_sub(u64::from(what >> 6));
    let number = data.first().map_or(number, |octet| u64::from(*octet % 16));
    let resync = Resync { kind: ResyncType::Restart, serial_number: Some(number) };
    let reason = Some(ExceptionReason::NonSpecific);
    let request = match what & 31 {
        0 => Request::Data(data),
        1 => Request::TypedData(data),
        2 => Request::ExpeditedData(data),
        3 => Request::CapabilityData(data),
        4 => Request::CapabilityDataResponse(data),
        5 => Request::TokenGive(p.owned_tokens, data),
        6 => Request::TokenPlease(p.available_tokens, data),
        7 => Request::ControlGive(data),
        8 => Request::SyncMinor { explicit: true, data_separation: what & 128 != 0, user_data: data },
        9 => Request::SyncMinorResponse(number, data),
        10 => Request::SyncMajor(data),
        11 => Request::SyncMajorResponse(data),
        12 => {
            let second = p.functional_units.contains(Fu::SYMMETRIC_SYNC).then_some(resync);
            let both = Resynchronize { first: Some(resync), second, ..Resynchronize::default() };
            Request::Resynchronize(Box::new(both))
        }
        13 => Request::ResynchronizeResponse(Box::default()),
        14 => Request::UExceptionReport(ExceptionReason::NonSpecific, data),
        15 => Request::ActivityStart(data, Bytes::new()),
        16 => Request::ActivityResume(Box::new(ActivityResume {
            activity_identifier: data.clone(),
            old_activity_identifier: data,
            serial_number: number,
            ..ActivityResume::default()
        })),
        17 => Request::ActivityInterrupt(reason, data),
        18 => Request::ActivityInterruptResponse(data),
        19 => Request::ActivityDiscard(reason, data),
        20 => Request::ActivityDiscardResponse(data),
        21 => Request::ActivityEnd(data),
        22 => Request::ActivityEndResponse(data),
        23 => Request::Release(data),
        24 => Request::ReleaseResponse(data),
        25 => Request::ReleaseResponseNegative(data),
        26 => Request::UAbort(data),
        27 => Request::ConnectResponse(Box::default()),
        _ => Request::TokenGive(Tokens::from_bits_truncate(what), data),
    };
    pair.request(side, request).map(drop)
}

fn told(pair: &mut Pair) {
    for side in [Side::Initiator, Side::Responder] {
        for event in pair.events(side) {
            if let Event::PAbortIndication(_, error) = &event {
                assert!(error.as_ref().is_none_or(|error| error.kind() != ErrorKind::Internal), "{event:?}");
            }
        }
    }
}

fn settle(pair: &mut Pair) {
    for _ in 0..10_000 {
        if !pair.deliver() {
            return;
        }
    }
    panic!("the machines never come to rest");
}

fuzz_target!(|input: &[u8]| {
    let Some((settings, mut left)) = input.split_first() else { return };
    let mut pair = start(*settings);
    let mut steps = 0;
    while let [what, length, rest @ ..] = left {
        let (octets, after) = rest.split_at(rest.len().min(usize::from(*length)));
        left = after;
        steps += 1;
        if steps > 64 {
            break;
        }
        let side = if what & 1 == 0 { Side::Initiator } else { Side::Responder };
        match what >> 1 & 7 {
            0..=2 => pair.inject(side, octets),
            3 => {
                let indication = TransportIndication::ExpeditedData(Bytes::copy_from_slice(octets));
                let now = pair.now;
                pair.machine_mut(side).transport(indication, now);
                pair.collect(side);
            }
            4 => drop(pair.deliver()),
            5 => settle(&mut pair),
            _ => {
                let (choice, data) = octets.split_first().unwrap_or((what, &[]));
                if let Err(error) = act(&mut pair, side, *choice, Bytes::copy_from_slice(data)) {
                    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
                }
            }
        }
        if what & 0xf0 == 0xf0 {
            pair.advance(Duration::from_secs(5));
        }
        told(&mut pair);
    }
    settle(&mut pair);
    told(&mut pair);
    // Without a transport connection both machines are back where they began.
    for side in [Side::Initiator, Side::Responder] {
        let now = pair.now;
        pair.machine_mut(side).transport(TransportIndication::Disconnect(None), now);
        pair.collect(side);
    }
    for _ in 0..8 {
        pair.advance(Duration::from_secs(60));
    }
    settle(&mut pair);
    told(&mut pair);
    for side in [Side::Initiator, Side::Responder] {
        assert_eq!(pair.machine(side).state(), State::STA01, "{side:?}");
        assert!(pair.machine(side).next_timeout().is_none(), "{side:?}");
    }
});
