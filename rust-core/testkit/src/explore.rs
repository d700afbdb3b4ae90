//! One machine between a user and a peer who do anything: a search for the rows of Annex A that it can take.
//!
//! Machines that took a row for the first time, or stand as none stood before, are kept; the search goes on from clones of
//! them. It is a walk under a seed: the same seed and the same number of steps fire the same rows.
use crate::bench::Rng;
use crate::forge::some_tsdu;
use crate::users::{selections, some_accept, some_connect, some_data, some_reject, some_request};
use osisession_proto::x225::names::{Incoming, Set, State};
use osisession_proto::x225::parameter::FunctionalUnits;
use osisession_proto::x225::port::{TransportIndication, TransportRequest};
use osisession_proto::x225::primitive::Request;
use osisession_proto::x225::spdu::{DecodeContext, Flow, Kind, decode};
use osisession_proto::x225::spm::{Config, LocalSelector, Properties, Spm, Transition};
use osisession_proto::x225::table::cell;
use osisession_proto::{Bytes, Instant};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

/// An action list of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    /// Which set of tables.
    pub set: Set,
    /// The state.
    pub state: State,
    /// The incoming event.
    pub event: Incoming,
    /// Its place in the cell, from 1.
    pub list: u8,
}

impl fmt::Display for RowId {
    /// As the transcription numbers it: "N/STA01/SCONreq/1".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = if self.set == Set::N { "N" } else { "S" };
        write!(f, "{set}/{}/{}/{}", self.state, self.event, self.list)
    }
}

impl RowId {
    /// The row that a transition took; `None` if it met a blank cell.
    pub fn of(transition: &Transition) -> Option<RowId> {
        let number: u8 = transition.table.strip_prefix("A.")?.parse().ok()?;
        let set = if number < 17 { Set::N } else { Set::S };
        Some(RowId { set, state: transition.from, event: transition.event, list: transition.list })
    }

    /// Every row of all tables.
    pub fn all() -> Vec<RowId> {
        let mut rows = Vec::new();
        for set in [Set::N, Set::S] {
            for &state in State::ALL {
                for &event in Incoming::ALL {
                    let lists = 1..=u8::try_from(cell(set, state, event).len()).expect("few lists");
                    rows.extend(lists.map(|list| RowId { set, state, event, list }));
                }
            }
        }
        rows
    }
}

/// On which side of the transport connection the machine stands, which is its side of the session connection, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It opened the transport connection.
    Initiator,
    /// It accepted the transport connection.
    Acceptor,
}

/// Both.
pub const ROLES: [Role; 2] = [Role::Initiator, Role::Acceptor];

fn role(p: &Properties) -> Role {
    if p.initiator { Role::Initiator } else { Role::Acceptor }
}

#[derive(Clone)]
struct Stand {
    spm: Spm,
    units: FunctionalUnits,
    expedited: bool,
    now: Instant,
}

/// What distinguishes where machines stand, as far as it can be asked: besides state, side, functional units and tokens, how
/// many points are unconfirmed on each flow (0, 1, more), and some flags.
type Signature = (State, Role, u16, u8, [u64; 2], [bool; 5]);

/// The search.
pub struct Explorer {
    rng: Rng,
    selections: Vec<FunctionalUnits>,
    kept: Vec<Stand>,
    by_place: BTreeMap<(Set, State, Role), Vec<usize>>,
    seen: HashSet<Signature>,
    fired: BTreeMap<(RowId, Role), u64>,
    sent: BTreeSet<(Kind, Option<u8>, u8)>,
    primitives: BTreeSet<&'static str>,
    missing: Vec<(RowId, Role)>,
    steps: u64,
}

impl Explorer {
    /// A search under this seed, among the selections of functional units that fulfil `focus`.
    pub fn new(seed: u64, focus: impl Fn(FunctionalUnits) -> bool) -> Explorer {
        let missing = RowId::all().into_iter().flat_map(|row| ROLES.map(|role| (row, role))).collect();
        Explorer {
            rng: Rng::new(seed),
            selections: selections().into_iter().filter(|units| focus(*units)).collect(),
            kept: Vec::new(),
            by_place: BTreeMap::new(),
            seen: HashSet::new(),
            fired: BTreeMap::new(),
            sent: BTreeSet::new(),
            primitives: BTreeSet::new(),
            missing,
            steps: 0,
        }
    }

    /// The rows taken so far, each with the number of steps after which it first was.
    pub fn fired(&self) -> &BTreeMap<(RowId, Role), u64> {
        &self.fired
    }

    /// The SPDUs that the machine sent (as parameter 0), and their parameters: group and code.
    pub fn sent(&self) -> &BTreeSet<(Kind, Option<u8>, u8)> {
        &self.sent
    }

    /// The primitives that were issued and accepted, and those that were received.
    pub fn primitives(&self) -> &BTreeSet<&'static str> {
        &self.primitives
    }

    /// Goes on for so many steps, or until only these rows are missing.
    pub fn run(&mut self, steps: u64, but: &BTreeSet<(RowId, Role)>) {
        let end = self.steps + steps;
        while self.steps < end {
            self.walk();
            if self.steps % 1024 < 8 {
                let fired = &self.fired;
                self.missing.retain(|row| !fired.contains_key(row) && !but.contains(row));
                if self.missing.is_empty() {
                    return;
                }
            }
        }
    }

    /// Some steps on from one of the machines that were kept, or from a fresh one.
    fn walk(&mut self) {
        let (mut stand, mut wanted) = self.start();
        for _ in 0..1 + self.rng.below(8) {
            self.steps += 1;
            stand.now = stand.now + core::time::Duration::from_millis(20);
            let units = stand.units;
            if !step(&mut self.rng, &mut stand, wanted.take(), &mut self.primitives) {
                continue;
            }
            while let Some(request) = stand.spm.poll_transport() {
                self.note(&request);
            }
            while let Some(event) = stand.spm.poll_event() {
                self.primitives.insert(event.name());
            }
            let p = stand.spm.properties();
            let mut is_new = false;
            for transition in stand.spm.history().filter(|transition| transition.at == stand.now) {
                if let Some(row) = RowId::of(&transition) {
                    self.fired.entry((row, role(&p))).or_insert_with(|| {
                        is_new = true;
                        self.steps
                    });
                }
            }
            let signature = (
                p.state,
                role(&p),
                units.bits() & 0x1b3d,
                p.owned_tokens.bits() | p.available_tokens.bits() << 1,
                [p.serial_numbers, p.receiving_serial_numbers].map(|[a, m, _]| m.saturating_sub(a).min(2)),
                [
                    p.activity_in_progress,
                    p.may_confirm_minor,
                    p.transport_expedited,
                    p.separated_serial_numbers[0].is_some_and(|sent| sent >= p.serial_numbers[0]),
                    p.separated_serial_numbers[1].is_some_and(|received| received >= p.serial_numbers[0]),
                ],
            );
            if self.seen.insert(signature) || is_new {
                let set = if p.functional_units.contains(FunctionalUnits::SYMMETRIC_SYNC) {
                    Set::S
                } else {
                    Set::N
                };
                self.by_place.entry((set, p.state, role(&p))).or_default().push(self.kept.len());
                self.kept.push(stand.clone());
            }
        }
    }

    /// The parameters of what the machine sends.
    fn note(&mut self, request: &TransportRequest) {
        let (octets, flow) = match request {
            TransportRequest::Data(tsdu) => (tsdu.to_bytes(), Flow::Normal),
            TransportRequest::ExpeditedData(octets) => (octets.clone(), Flow::Expedited),
            _ => return,
        };
        let context = DecodeContext { flow, ..DecodeContext::unknown() };
        // The later segments of some SPDUs say nothing about themselves.
        let Ok(decoded) = decode(&octets, &context) else { return };
        for spdu in decoded.spdus() {
            self.sent.insert((spdu.kind(), None, 0));
            self.sent.extend(spdu.units().iter().map(|unit| (spdu.kind(), unit.group, unit.code)));
        }
    }

    /// Where to go on: mostly where a row that is missing may be taken, and then by which SPDU.
    fn start(&mut self) -> (Stand, Option<Kind>) {
        let rng = &mut self.rng;
        if !self.missing.is_empty() && rng.one_in(2) {
            let (row, role) = *rng.pick(&self.missing);
            if let Some(places) = self.by_place.get(&(row.set, row.state, role)) {
                let name = row.event.name().split(['-', '/']).next().unwrap_or_default();
                let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == name);
                return (self.kept[*rng.pick(places)].clone(), kind.filter(|_| rng.one_in(2)));
            }
        }
        if !self.by_place.is_empty() && rng.one_in(2) {
            let place = rng.below(self.by_place.len());
            let places = self.by_place.values().nth(place).expect("below its length");
            return (self.kept[*rng.pick(places)].clone(), None);
        }
        if self.kept.is_empty() || rng.one_in(16) {
            let mut config = Config::default();
            config.reuse_transport = rng.one_in(2);
            config.selectors =
                rng.one_in(2).then(|| vec![LocalSelector { selector: Bytes::new(), attached: true }]);
            let units = *rng.pick(&self.selections);
            let expedited = rng.one_in(2);
            let spm = Spm::new(config);
            return (Stand { spm, units, expedited, now: Instant::from_millis(1) }, None);
        }
        (self.kept[rng.below(self.kept.len())].clone(), None)
    }
}

/// A TSDU of a forged peer arrives.
fn deliver(rng: &mut Rng, stand: &mut Stand, p: &Properties, kind: Option<Kind>) -> bool {
    match some_tsdu(rng, p, stand.units, kind) {
        Some((true, tsdu)) => {
            stand.spm.transport(TransportIndication::ExpeditedData(tsdu), stand.now);
            true
        }
        Some((false, tsdu)) => {
            stand.spm.transport(TransportIndication::Data(tsdu), stand.now);
            true
        }
        None => false,
    }
}

/// As [`some_request`], and now and then a resynchronization of one flow only.
fn odd_request(rng: &mut Rng, p: &Properties) -> Request {
    let mut request = some_request(rng, p);
    if let Request::Resynchronize(resync) = &mut request
        && resync.second.is_some()
    {
        match rng.below(3) {
            0 => resync.first = None,
            1 => resync.second = None,
            _ => {}
        }
    }
    request
}

/// The user, the peer, the transport or the clock does something. `false` if it came to nothing.
fn step(
    rng: &mut Rng,
    stand: &mut Stand,
    wanted: Option<Kind>,
    primitives: &mut BTreeSet<&'static str>,
) -> bool {
    let p = stand.spm.properties();
    let now = stand.now;
    match rng.below(20) {
        0..=8 if wanted.is_none() => {
            let responding = matches!(p.state, State::STA08 | State::STA15D) && !rng.one_in(4);
            let establishing = responding || matches!(p.state, State::STA01 | State::STA01C);
            let request = match rng.below(3) {
                _ if rng.one_in(12) => Request::UAbort(some_data(rng)),
                _ if !establishing => odd_request(rng, &p),
                0 if responding => Request::ConnectResponseNegative(Box::new(some_reject(rng))),
                _ if responding => Request::ConnectResponse(Box::new(some_accept(rng, stand.units))),
                _ => {
                    let mut request = some_connect(rng, stand.units, stand.expedited);
                    if rng.one_in(4) {
                        request.user_data = vec![7; 10_300].into();
                    }
                    Request::Connect(Box::new(request))
                }
            };
            let name = request.name();
            let accepted = stand.spm.request(request, now).is_ok();
            if accepted {
                primitives.insert(name);
            }
            accepted
        }
        _ if wanted.is_some() => deliver(rng, stand, &p, wanted),
        9..=17 => deliver(rng, stand, &p, None),
        18 => {
            let expedited = stand.expedited;
            let indication = match p.state {
                State::STA01 => TransportIndication::Connect { expedited },
                State::STA01B if !rng.one_in(4) => TransportIndication::ConnectConfirm { expedited },
                _ if rng.one_in(3) => TransportIndication::Disconnect(None),
                _ if rng.one_in(2) => TransportIndication::Connect { expedited },
                _ => TransportIndication::ConnectConfirm { expedited },
            };
            stand.spm.transport(indication, now);
            true
        }
        _ => match stand.spm.next_timeout() {
            Some((at, _)) if rng.one_in(2) => {
                stand.now = at.max(now);
                stand.spm.handle_timeout(stand.now);
                true
            }
            _ => false,
        },
    }
}
