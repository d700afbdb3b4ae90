//! Everything that two users can do, up to a depth: all orders of requests and arrivals, each place visited once.
use crate::bench::{Pair, Side};
use crate::simulate::quiet_violation;
use osisession_proto::Bytes;
use osisession_proto::x225::parameter::{ExceptionReason, FunctionalUnits, ResyncType, Tokens};
use osisession_proto::x225::primitive::{
    ActivityResume, ConnectRequest, ConnectResponse, Event, PAbortReason, Request, Resync, Resynchronize,
};
use std::collections::HashMap;

use FunctionalUnits as Fu;

/// What a search has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Places: states, variables and what is under way.
    pub places: u64,
    /// Steps from one place to the next.
    pub steps: u64,
    /// Places with nothing under way, at which both sides were compared.
    pub quiet: u64,
}

/// Searches all that users with these functional units can do in `depth` steps after the connection is there.
///
/// # Errors
/// The steps that led to a protocol error, or to two sides that disagree.
pub fn search(units: FunctionalUnits, expedited: bool, depth: u32) -> Result<Seen, String> {
    let request = ConnectRequest {
        functional_units: units,
        initial_serial_number: Some(1),
        second_initial_serial_number: units.contains(Fu::SYMMETRIC_SYNC).then_some(1),
        extended_control: expedited,
        ..ConnectRequest::default()
    };
    let response = ConnectResponse { functional_units: units, ..ConnectResponse::default() };
    let pair = Pair::connected(request, response, expedited, 1);
    let mut search = Search { units, visited: HashMap::new(), path: Vec::new(), seen: Seen::default() };
    search.visit(&pair, depth)?;
    search.seen.places = search.visited.len() as u64;
    Ok(search.seen)
}

struct Search {
    units: FunctionalUnits,
    /// With how many steps left each place was searched.
    visited: HashMap<u64, u32>,
    path: Vec<String>,
    seen: Seen,
}

impl Search {
    fn visit(&mut self, pair: &Pair, left: u32) -> Result<(), String> {
        let known = self.visited.entry(pair.fingerprint()).or_default();
        let is_new = *known == 0;
        if *known > left {
            return Ok(());
        }
        *known = left + 1;
        if is_new && pair.is_quiet() {
            self.seen.quiet += 1;
            if let Some(what) = quiet_violation(pair, self.units) {
                return Err(format!("{what} after\n{}", self.path.join("\n")));
            }
        }
        if left == 0 || pair.machine(Side::Initiator).is_over() && pair.machine(Side::Responder).is_over() {
            return Ok(());
        }
        for arrival in pair.arrivals() {
            let mut next = pair.clone();
            next.arrive(arrival);
            let flow = if arrival.1 { "expedited " } else { "" };
            self.step(next, left, || format!("    {flow}from {:?} arrives", arrival.0))?;
        }
        for side in [Side::Initiator, Side::Responder] {
            for request in self.requests(pair, side) {
                let name = request.name();
                let mut next = pair.clone();
                if next.request(side, request).is_ok() {
                    self.step(next, left, || format!("{side:?}: {name}"))?;
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, mut next: Pair, left: u32, what: impl FnOnce() -> String) -> Result<(), String> {
        self.seen.steps += 1;
        self.path.push(what());
        for side in [Side::Initiator, Side::Responder] {
            for event in next.events(side) {
                if let Event::PAbortIndication(reason, error) = event
                    && reason != PAbortReason::TransportDisconnect
                {
                    return Err(format!("{side:?}: {error:?} after\n{}", self.path.join("\n")));
                }
            }
        }
        self.visit(&next, left - 1)?;
        self.path.pop();
        Ok(())
    }

    /// One request of each kind, as far as its functional unit is there.
    fn requests(&self, pair: &Pair, side: Side) -> Vec<Request> {
        let p = pair.machine(side).properties();
        let has = |unit| self.units.contains(unit);
        let none = Bytes::new;
        let some = || Bytes::from_static(b"x");
        let symmetric = has(Fu::SYMMETRIC_SYNC);
        let mut all = vec![
            Request::Data(some()),
            Request::Release(none()),
            Request::ReleaseResponse(none()),
            Request::UAbort(none()),
        ];
        if has(Fu::NEGOTIATED_RELEASE) {
            all.push(Request::ReleaseResponseNegative(none()));
        }
        if has(Fu::EXPEDITED_DATA) {
            all.push(Request::ExpeditedData(some()));
        }
        if has(Fu::TYPED_DATA) {
            all.push(Request::TypedData(some()));
        }
        if has(Fu::CAPABILITY_DATA) {
            all.extend([Request::CapabilityData(none()), Request::CapabilityDataResponse(none())]);
        }
        if !p.owned_tokens.is_empty() {
            all.push(Request::TokenGive(p.owned_tokens, none()));
            if p.owned_tokens.contains(Tokens::DATA) && p.owned_tokens != Tokens::DATA {
                all.push(Request::TokenGive(Tokens::DATA, none()));
            }
        }
        if has(Fu::ACTIVITY_MANAGEMENT) {
            all.push(Request::ControlGive(none()));
        }
        if has(Fu::MINOR_SYNC) || symmetric {
            all.push(Request::SyncMinor { explicit: true, data_separation: false, user_data: none() });
            let next = p.receiving_serial_numbers;
            if next[1] > 0 {
                all.push(Request::SyncMinorResponse(next[1] - 1, none()));
            }
        }
        if has(Fu::DATA_SEPARATION) {
            all.push(Request::SyncMinor { explicit: true, data_separation: true, user_data: none() });
        }
        if has(Fu::MAJOR_SYNC) {
            all.extend([Request::SyncMajor(none()), Request::SyncMajorResponse(none())]);
        }
        if has(Fu::RESYNCHRONIZE) {
            for kind in [ResyncType::Restart, ResyncType::Abandon, ResyncType::Set] {
                let first = Resync { kind, serial_number: Some(p.serial_numbers[2]) };
                let second = Resync { kind, serial_number: Some(p.receiving_serial_numbers[2]) };
                all.push(Request::Resynchronize(Box::new(Resynchronize {
                    first: Some(first),
                    second: symmetric.then_some(second),
                    ..Resynchronize::default()
                })));
            }
            all.push(Request::ResynchronizeResponse(Box::default()));
        }
        if has(Fu::EXCEPTIONS) {
            all.push(Request::UExceptionReport(ExceptionReason::NonSpecific, none()));
        }
        if has(Fu::ACTIVITY_MANAGEMENT) {
            all.extend([
                Request::ActivityStart(some(), none()),
                Request::ActivityResume(Box::new(ActivityResume {
                    activity_identifier: some(),
                    old_activity_identifier: some(),
                    serial_number: 4,
                    second_serial_number: symmetric.then_some(6),
                    ..ActivityResume::default()
                })),
                Request::ActivityInterrupt(None, none()),
                Request::ActivityInterruptResponse(none()),
                Request::ActivityDiscard(None, none()),
                Request::ActivityDiscardResponse(none()),
                Request::ActivityEnd(none()),
                Request::ActivityEndResponse(none()),
            ]);
        }
        all
    }
}
