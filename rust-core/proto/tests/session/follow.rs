//! The follower: whatever well-behaved parties do, and wherever between them the tap is, it finds nothing; what they do wrong
//! it names.
use osisession_proto::x225::follow::Follower;
use osisession_proto::x225::names::State;
use osisession_proto::x225::passive::{Direction, Passive};
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::x225::primitive::*;
use osisession_proto::x225::spdu::Flow;
use osisession_proto::x225::spm::{Config, Spm};
use osisession_proto::x225::*;
use osisession_proto::{Bytes, Error, Instant};
use osisession_testkit::bench::Rng;
use osisession_testkit::users::{selections, some_request, some_sides};
use std::collections::VecDeque;
use std::time::Duration;

use FunctionalUnits as Fu;

/// Where the tap is.
#[derive(Clone, Copy, Debug)]
enum Tap {
    AtInitiator,
    Between,
    AtResponder,
}

/// Two parties on one TCP connection, and somebody who listens somewhere between them.
struct Line {
    machines: [Spm; 2],
    /// By sender: before the tap, and behind it.
    hops: [[VecDeque<(Flow, Bytes)>; 2]; 2],
    tap: Tap,
    passive: Passive,
    follower: Follower,
    now: Instant,
}

impl Line {
    fn new(units: Fu, tap: Tap, rng: &mut Rng) -> Line {
        let expedited = units.contains(Fu::EXPEDITED_DATA);
        let mut line = Line {
            machines: [Spm::new(Config::default()), Spm::new(Config::default())],
            hops: Default::default(),
            tap,
            passive: Passive::default(),
            follower: Follower::new(),
            now: Instant::from_millis(1),
        };
        let request = ConnectRequest {
            functional_units: units,
            initial_serial_number: Some(1),
            second_initial_serial_number: units.contains(Fu::SYMMETRIC_SYNC).then_some(50),
            tokens: some_sides(rng),
            ..ConnectRequest::default()
        };
        line.machines[0].request(Request::Connect(Box::new(request)), line.now).expect("S-CONNECT");
        while line.machines[0].poll_transport().is_some() {}
        line.machines[1].transport(TransportIndication::Connect { expedited }, line.now);
        line.machines[0].transport(TransportIndication::ConnectConfirm { expedited }, line.now);
        line.settle();
        let response = ConnectResponse { functional_units: units, ..ConnectResponse::default() };
        line.machines[1].request(Request::ConnectResponse(Box::new(response)), line.now).expect("accepted");
        line.settle();
        assert_eq!(line.machines[0].state(), State::STA713);
        line
    }

    /// Takes what a machine wants sent; a tap at its side sees it at once.
    fn collect(&mut self, at: usize) -> Option<Error> {
        while let Some(request) = self.machines[at].poll_transport() {
            match request {
                TransportRequest::Data(tsdu) => self.hops[at][0].push_back((Flow::Normal, tsdu.to_bytes())),
                TransportRequest::ExpeditedData(octets) => {
                    self.hops[at][0].push_back((Flow::Expedited, octets));
                }
                _ => {}
            }
        }
        while self.machines[at].poll_event().is_some() {}
        let immediately = matches!((self.tap, at), (Tap::AtInitiator, 0) | (Tap::AtResponder, 1));
        while immediately && !self.hops[at][0].is_empty() {
            if let Some(error) = self.pass(at) {
                return Some(error);
            }
        }
        None
    }

    /// The oldest item of a party passes the tap.
    fn pass(&mut self, from: usize) -> Option<Error> {
        let (flow, octets) = self.hops[from][0].pop_front()?;
        self.hops[from][1].push_back((flow, octets.clone()));
        let direction = if from == 0 { Direction::Forward } else { Direction::Backward };
        self.passive.tsdu(direction, flow, octets, self.now);
        let mut found = None;
        while let Some(item) = self.passive.poll() {
            found = found.or(self.follower.item(&item));
        }
        found
    }

    /// The oldest item of a party behind the tap arrives.
    fn arrive(&mut self, from: usize) -> Option<Error> {
        let (flow, octets) = self.hops[from][1].pop_front()?;
        let indication = match flow {
            Flow::Normal => TransportIndication::Data(octets),
            Flow::Expedited => TransportIndication::ExpeditedData(octets),
        };
        self.machines[1 - from].transport(indication, self.now);
        self.collect(1 - from)
    }

    /// One item moves, if one can.
    fn carry(&mut self, from: usize, rng: &mut Rng) -> Option<Error> {
        let near_receiver = matches!((self.tap, from), (Tap::AtInitiator, 1) | (Tap::AtResponder, 0));
        if self.hops[from][1].is_empty() || (rng.one_in(2) && !self.hops[from][0].is_empty()) {
            let found = self.pass(from);
            if found.is_some() || !near_receiver {
                return found;
            }
        }
        self.arrive(from)
    }

    fn settle(&mut self) {
        for at in [0, 1] {
            assert_eq!(self.collect(at), None);
        }
        while self.hops.iter().flatten().any(|hop| !hop.is_empty()) {
            for from in [0, 1] {
                assert_eq!(self.pass(from), None);
                assert_eq!(self.arrive(from), None);
            }
        }
    }

    /// A party sends something that its machine did not.
    fn forge(&mut self, from: usize, octets: &[u8]) -> Option<Error> {
        self.hops[from][0].push_back((Flow::Normal, Bytes::copy_from_slice(octets)));
        self.pass(from)
    }
}

/// `false` if the follower lost its way, which it may when too much crosses.
fn hold(seed: u64, units: Fu, tap: Tap) -> bool {
    let mut rng = Rng::new(seed);
    let mut line = Line::new(units, tap, &mut rng);
    for _ in 0..800 {
        line.now = line.now + Duration::from_micros(1);
        let at = rng.below(2);
        let found = if rng.one_in(2) {
            line.carry(at, &mut rng)
        } else {
            let request = some_request(&mut rng, &line.machines[at].properties());
            let _ = line.machines[at].request(request, line.now);
            line.collect(at)
        };
        if let Some(error) = found {
            let histories: Vec<Vec<String>> = line
                .machines
                .iter()
                .map(|m| m.history().map(|t| format!("{} {} {}", t.from, t.event, t.to)).collect())
                .collect();
            panic!("seed {seed}, {units} ({:#x}), {tap:?}: {error}\n{histories:#?}", units.bits());
        }
        if line.machines.iter().any(Spm::is_over) {
            return true;
        }
        let quiet = line.hops.iter().flatten().all(VecDeque::is_empty);
        if let (true, Some(standing)) = (quiet, line.follower.standing()) {
            let p = [line.machines[0].properties(), line.machines[1].properties()];
            assert_eq!(standing.states, [p[0].state, p[1].state], "seed {seed}, {units}");
            if standing.states == [State::STA713; 2] {
                let owned = [p[0].owned_tokens, p[1].owned_tokens];
                assert_eq!(standing.owned_tokens, owned, "seed {seed}, {units} {tap:?}");
            }
        }
    }
    line.follower.is_following()
}

#[test]
fn between_well_behaved_parties_nothing_is_found() {
    let holes = Fu::SYMMETRIC_SYNC | Fu::DATA_SEPARATION;
    let units: Vec<_> = selections().into_iter().filter(|units| !units.contains(holes)).collect();
    for (seed, units) in (0..).zip(units) {
        for tap in [Tap::AtInitiator, Tap::Between, Tap::AtResponder] {
            hold(seed, units, tap);
        }
    }
}

fn line(units: Fu) -> Line {
    let mut line = Line::new(units, Tap::Between, &mut Rng::new(1));
    // All tokens at the initiator, whatever the seed says.
    let owned = line.machines[1].properties().owned_tokens;
    if !owned.is_empty() {
        line.machines[1].request(Request::TokenGive(owned, Bytes::new()), line.now).expect("S-TOKEN-GIVE");
        line.settle();
    }
    line
}

fn ask(line: &mut Line, at: usize, request: Request) {
    let name = request.name();
    line.machines[at].request(request, line.now).unwrap_or_else(|error| panic!("{name}: {error}"));
    line.settle();
}

fn names(error: &Error) -> (Option<&str>, Option<&str>, Option<&str>, Option<&str>) {
    let details = error.details();
    (details.pdu, details.state, details.event, details.clause.as_deref())
}

#[test]
fn data_without_the_data_token() {
    let mut line = line(Fu::HALF_DUPLEX);
    assert_eq!(line.forge(0, b"\x01\x00\x01\x00fine"), None);
    let error = line.forge(1, b"\x01\x00\x01\x00mine").expect("a violation");
    assert_eq!(names(&error), (Some("DT"), Some("STA713"), Some("SDTreq"), Some("X.225 Table A.9")));
    assert_eq!(error.details().offset, Some(2));
    assert!(error.to_string().contains("the second party sent DT"), "{error}");
    assert!(error.to_string().contains("the data token is not here"), "{error}");
    assert!(!line.follower.is_following());
    // What comes after it is not judged.
    assert_eq!(line.forge(1, b"\x01\x00\x01\x00again"), None);
}

#[test]
fn a_token_given_by_who_does_not_have_it() {
    let mut line = line(Fu::HALF_DUPLEX);
    let error = line.forge(1, b"\x01\x03\x10\x01\x01").expect("a violation");
    assert_eq!(names(&error).0, Some("GT"));
    assert!(error.to_string().contains("a token to be given is not here"), "{error}");
}

#[test]
fn a_serial_number_that_is_not_the_next() {
    let mut line = line(Fu::DUPLEX | Fu::MINOR_SYNC);
    // MIP 1 is the first point, 3 is not the second.
    assert_eq!(line.forge(0, b"\x01\x00\x31\x03\x2a\x011"), None);
    let error = line.forge(0, b"\x01\x00\x31\x03\x2a\x013").expect("a violation");
    assert_eq!((names(&error).0, error.details().clause.as_deref()), (Some("MIP"), Some("X.225 7.20")));
    assert!(error.to_string().contains("expected 2, found 3"), "{error}");
}

#[test]
fn an_answer_to_nothing() {
    let mut line = line(Fu::DUPLEX);
    let error = line.forge(1, &[10, 0]).expect("a violation");
    assert_eq!(names(&error).0, Some("DN"));
    assert_eq!(names(&error).1, Some("STA713"));
}

#[test]
fn an_answer_that_came_twice() {
    let mut line = line(Fu::DUPLEX | Fu::MAJOR_SYNC);
    ask(&mut line, 0, Request::SyncMajor(Bytes::new()));
    ask(&mut line, 1, Request::SyncMajorResponse(Bytes::new()));
    let error = line.forge(1, b"\x02\x00\x2a\x03\x2a\x011").expect("a violation");
    assert_eq!(names(&error).0, Some("MAA"));
}

#[test]
fn data_after_the_request_to_release() {
    let mut line = line(Fu::DUPLEX);
    ask(&mut line, 0, Request::Release(Bytes::new()));
    // The other side may still send.
    assert_eq!(line.forge(1, b"\x01\x00\x01\x00late"), None);
    let error = line.forge(0, b"\x01\x00\x01\x00too late").expect("a violation");
    assert_eq!(names(&error).1, Some("STA03"));
}

#[test]
fn a_functional_unit_that_was_not_selected() {
    let mut line = line(Fu::DUPLEX);
    let error = line.forge(0, b"\x21\x00typed").expect("a violation");
    assert_eq!(names(&error).0, Some("TD"));
    assert!(error.to_string().contains("typed data functional unit is not selected"), "{error}");
}

#[test]
fn a_second_connect_begins_anew_and_what_is_unknown_is_not_judged() {
    let mut follower = Follower::new();
    let mut passive = Passive::default();
    let mut see = |octets: &[u8]| {
        passive.tsdu(Direction::Forward, Flow::Normal, Bytes::copy_from_slice(octets), Instant::ZERO);
        std::iter::from_fn(|| passive.poll()).find_map(|item| follower.item(&item))
    };
    // The middle of a dialogue that nobody saw begin.
    assert_eq!(see(&[10, 0]), None);
    assert_eq!(see(b"\x01\x00\x01\x00data"), None);
    assert!(!follower.is_following() && follower.standing().is_none());
}
