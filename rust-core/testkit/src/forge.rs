//! A peer that says anything: valid SPDUs, whether the state allows them or not.
use crate::bench::Rng;
use crate::users::{some_data, some_sides, some_tokens};
use osisession_proto::Bytes;
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::{
    Enclosure, FunctionalUnits, PrepareType, ResyncType, SerialNumber, Tokens, TransportDisconnect,
    TsduSizes, Versions,
};
use osisession_proto::x225::spdu::{EncodeContext, Flow, Kind, SpduBuilder, emit};
use osisession_proto::x225::spm::Properties;

use FunctionalUnits as Fu;

/// A number at or near one of the serial numbers of this machine.
fn some_number(rng: &mut Rng, p: &Properties) -> SerialNumber {
    let base = if rng.one_in(2) { p.serial_numbers } else { p.receiving_serial_numbers };
    let near = *rng.pick(&base) + *rng.pick(&[0, 0, 0, 1, 2]);
    near.saturating_sub(*rng.pick(&[0, 0, 1, 1, 2]))
}

/// The kinds that a peer can send while a connection is set up; the others come at any time, too, but less often then.
const ESTABLISHING: &[Kind] =
    &[Kind::CN, Kind::OA, Kind::CDO, Kind::CDO, Kind::AC, Kind::AC, Kind::RF, Kind::AB];

/// One TSDU of a forged peer of this machine with this SPDU or any, and whether it comes on the expedited flow. `units` are
/// what CONNECT or ACCEPT propose or select. `None` if these choices fit no SPDU.
pub fn some_tsdu(
    rng: &mut Rng,
    p: &Properties,
    units: FunctionalUnits,
    kind: Option<Kind>,
) -> Option<(bool, Bytes)> {
    let connecting = matches!(
        p.state,
        State::STA01 | State::STA01B | State::STA01C | State::STA01D | State::STA02A | State::STA02B
    );
    let kind = match kind {
        Some(kind) => kind,
        None if connecting && !rng.one_in(4) => *rng.pick(ESTABLISHING),
        None => *rng.pick(Kind::ALL),
    };
    let expedited = p.transport_expedited
        && match kind {
            Kind::PR | Kind::EX => true,
            Kind::AB | Kind::AA => rng.one_in(2),
            _ => false,
        };
    let symmetric = p.functional_units.contains(Fu::SYMMETRIC_SYNC);
    let data = if expedited { some_data(rng).slice(..1) } else { some_data(rng) };
    let number = some_number(rng, p);
    let resync = |rng: &mut Rng| *rng.pick(&[ResyncType::Restart, ResyncType::Abandon, ResyncType::Set]);
    let mut spdu = SpduBuilder::new(kind);
    match kind {
        Kind::CN | Kind::AC => {
            spdu = spdu.versions(Versions::V2).token_setting(if kind == Kind::CN {
                some_sides(rng)
            } else {
                crate::users::some_accept(rng, units).tokens
            });
            if units.needs_initial_serial_number() || rng.one_in(3) {
                if kind == Kind::CN && rng.one_in(4) {
                    spdu = spdu.upper_limit_serial_number(9);
                }
                spdu = spdu.initial_serial_number(1 + rng.below(3) as u64);
                if units.contains(Fu::SYMMETRIC_SYNC) {
                    spdu = spdu.second_initial_serial_number(50);
                }
            }
            if kind == Kind::CN && rng.one_in(3) {
                let size = *rng.pick(&[300, 4_000]);
                let sizes = TsduSizes { initiator_to_responder: size, responder_to_initiator: size };
                spdu = spdu.tsdu_maximum_size(sizes);
            }
            spdu = spdu.functional_units(units);
            if kind == Kind::CN && rng.one_in(4) {
                spdu = spdu.called_selector(b"nobody");
            }
            if kind == Kind::CN && rng.one_in(4) {
                spdu = spdu.data_overflow().user_data(vec![1; 10_240]);
            }
            if kind == Kind::AC && rng.one_in(4) && !units.tokens().is_empty() {
                spdu = spdu.token_item(units.tokens());
            }
        }
        Kind::OA => spdu = spdu.versions(Versions::V2),
        Kind::CDO => {
            let enclosure = if rng.one_in(2) { Enclosure::Last } else { Enclosure::Middle };
            spdu = spdu.enclosure(enclosure).user_data(data);
        }
        Kind::RF => {
            let bits =
                if rng.one_in(2) { TransportDisconnect::RELEASE } else { TransportDisconnect::empty() };
            spdu = spdu.transport_disconnect(bits).reason(*rng.pick(&[0, 1, 129, 131]));
        }
        Kind::FN => {
            let bits =
                if rng.one_in(2) { TransportDisconnect::RELEASE } else { TransportDisconnect::empty() };
            spdu = spdu.transport_disconnect(bits).user_data(data);
        }
        Kind::DN | Kind::NF | Kind::DT | Kind::TD | Kind::CD | Kind::CDA => spdu = spdu.user_data(data),
        Kind::EX => spdu = spdu.user_data(data.slice(..data.len().min(14))),
        Kind::AB => {
            let mut bits = *rng.pick(&[
                TransportDisconnect::USER_ABORT,
                TransportDisconnect::PROTOCOL_ERROR,
                TransportDisconnect::NO_REASON,
            ]);
            bits.set(TransportDisconnect::RELEASE, rng.one_in(2));
            spdu = spdu.transport_disconnect(bits);
        }
        Kind::GT | Kind::PT => spdu = spdu.token_item(some_tokens(rng, p)),
        Kind::MIP => {
            let bits = *rng.pick(if p.functional_units.contains(Fu::DATA_SEPARATION) {
                &[0, 1, 2, 3]
            } else {
                &[0, 1, 0, 1]
            });
            spdu = spdu.sync_type(bits).serial_number(number);
        }
        Kind::MIA | Kind::AE => spdu = spdu.serial_number(number),
        Kind::MAP => spdu = spdu.sync_type(1).serial_number(number),
        Kind::MAA | Kind::AEA if symmetric => spdu = spdu.second_serial_number(number),
        Kind::MAA | Kind::AEA => spdu = spdu.serial_number(number),
        Kind::RS | Kind::RA => {
            spdu = spdu.token_setting(if kind == Kind::RS {
                some_sides(rng)
            } else {
                crate::users::some_accept(rng, units).tokens
            });
            let both = symmetric && rng.one_in(2);
            let first = !symmetric || both || rng.one_in(2);
            if first {
                if symmetric || kind == Kind::RS {
                    spdu = spdu.resync_type(resync(rng));
                }
                spdu = spdu.serial_number(number);
            }
            if both || !first {
                spdu = spdu.second_resync_type(resync(rng)).second_serial_number(some_number(rng, p));
            }
        }
        Kind::PR => {
            let prepare = *rng.pick(&[
                PrepareType::MajorSyncAck,
                PrepareType::Resynchronize,
                PrepareType::ResynchronizeAck,
                PrepareType::Abort,
            ]);
            spdu = spdu.prepare_type(prepare);
            if symmetric && prepare == PrepareType::Resynchronize {
                if rng.one_in(2) {
                    spdu = spdu.resync_type(resync(rng));
                }
                if rng.one_in(2) {
                    spdu = spdu.second_resync_type(resync(rng));
                }
            }
        }
        Kind::ER => spdu = spdu.reflected(&data),
        Kind::ED => spdu = spdu.reason(*rng.pick(&[0, 1, 3, 5, 6, 128])),
        Kind::AS => spdu = spdu.activity_identifier(b"act"),
        Kind::AR => {
            spdu = spdu.activity_identifier(b"new").old_activity_identifier(b"old").serial_number(number);
            if symmetric {
                spdu = spdu.second_serial_number(some_number(rng, p));
            }
        }
        Kind::UD => return None,
        _ => {}
    }
    let moves = matches!(kind, Kind::DT | Kind::MIP | Kind::MAP | Kind::CD | Kind::AE) && rng.one_in(3);
    let tokens = if moves { some_tokens(rng, p) } else { Tokens::empty() };
    let context = EncodeContext {
        version: Versions::V2,
        flow: if expedited { Flow::Expedited } else { Flow::Normal },
        symmetric,
        max_tsdu: if p.tsdu_maximum_size.is_unlimited() { 0 } else { 4_000 },
        ..EncodeContext::default()
    };
    let mut tsdus = Vec::new();
    emit(tokens, spdu, &context, &mut |tsdu| tsdus.push(tsdu.to_bytes())).ok()?;
    let [tsdu] = &tsdus[..] else { return None };
    Some((expedited, tsdu.clone()))
}
