//! Two machines whose well-behaved users do whatever the machines let them do, under a seed, on virtual time, over a transport
//! whose expedited flow may overtake. What must hold whatever they do is checked on the way and at the end.
use crate::bench::{Pair, Rng, Side};
use crate::explore::RowId;
use crate::users::{some_request, some_sides};
use osisession_proto::Bytes;
use osisession_proto::x225::names::State;
use osisession_proto::x225::parameter::{
    ExceptionReason, FunctionalUnits, ResyncType, Tokens, TsduSizes, Versions,
};
use osisession_proto::x225::primitive::{
    ConnectRequest, ConnectResponse, Event, PAbortReason, Request, Resync, Resynchronize,
};
use osisession_proto::x225::spm::{Config, Spm};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use FunctionalUnits as Fu;

const SIDES: [Side; 2] = [Side::Initiator, Side::Responder];

/// One dialogue to be held: everything else follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The seed of all choices.
    pub seed: u64,
    /// What is selected.
    pub units: FunctionalUnits,
    /// Steps at most: requests that are accepted, and arrivals. A release or an abort ends it sooner.
    pub steps: u64,
    /// Keep a ladder of both sides.
    pub trace: bool,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Requests that were tried.
    pub tried: u64,
    /// Requests that were accepted.
    pub accepted: u64,
    /// TSDUs and transport primitives delivered.
    pub delivered: u64,
    /// The rows that either machine took.
    pub rows: BTreeSet<RowId>,
    /// The dialogue ended by release or abort.
    pub ended: bool,
    /// Both ladders, if asked for.
    pub ladder: String,
}

impl Outcome {
    /// Requests that were accepted, and arrivals.
    pub fn steps(&self) -> u64 {
        self.accepted + self.delivered
    }
}

/// What did not hold, with the seed, the functional units and both histories.
#[derive(Debug)]
pub struct Failure(pub String);

/// Data as it goes: every request has a number of its own, so that loss, doubling, disorder and what a purge let through show.
#[derive(Default)]
struct Flow {
    /// Number of the last data request accepted.
    sent: u64,
    /// Number of the last data indication.
    received: u64,
    /// The purge that the receiver has been told of: nothing up to this number may arrive any more.
    purged: u64,
    /// `sent` when the sender last asked for a purge, and when it last answered one.
    marks: [u64; 2],
}

struct Dialogue {
    plan: Plan,
    rng: Rng,
    pair: Pair,
    /// By sender: normal data, then expedited.
    flows: [[Flow; 2]; 2],
    outcome: Outcome,
}

fn at(side: Side) -> usize {
    match side {
        Side::Initiator => 0,
        Side::Responder => 1,
    }
}

/// What does not hold between two machines in data transfer with nothing under way.
pub fn quiet_violation(pair: &Pair, units: FunctionalUnits) -> Option<String> {
    let [a, b] = SIDES.map(|side| pair.machine(side));
    if a.state() != State::STA713 || b.state() != State::STA713 {
        return None;
    }
    let [a, b] = [a.properties(), b.properties()];
    if a.owned_tokens | b.owned_tokens != a.available_tokens || !(a.owned_tokens & b.owned_tokens).is_empty()
    {
        return Some(format!("tokens: {} and {}", a.owned_tokens, b.owned_tokens));
    }
    // Between activities the numbers mean nothing: the next start or resume sets them (X.225 7.29.3, 7.30.3).
    if a.activity_in_progress || !units.contains(Fu::ACTIVITY_MANAGEMENT) {
        for (index, name) in [(1, "V(M)"), (2, "V(R)")] {
            let sent = [a.serial_numbers[index], b.serial_numbers[index]];
            let received = [b.receiving_serial_numbers[index], a.receiving_serial_numbers[index]];
            if sent != received {
                return Some(format!("{name}: {sent:?} and {received:?}"));
            }
        }
        for [va, vm, vr] in [a.serial_numbers, b.serial_numbers] {
            if va > vm || vr > vm {
                return Some(format!("V(A) {va}, V(M) {vm}, V(R) {vr}"));
            }
        }
    }
    if a.activity_in_progress != b.activity_in_progress {
        return Some("Vact differs".into());
    }
    (a.may_confirm_minor && b.may_confirm_minor).then(|| "both may confirm minor points".into())
}

/// Holds the dialogue of a plan.
///
/// # Errors
/// Something that must hold does not.
pub fn run(plan: Plan) -> Result<Outcome, Failure> {
    let mut dialogue = Dialogue::begin(plan);
    let held = dialogue.talk().and_then(|()| dialogue.conclude());
    let mut ladder = String::new();
    if plan.trace {
        for side in SIDES {
            let _ = writeln!(ladder, "{side:?}");
            while let Some(record) = dialogue.pair.machine_mut(side).poll_trace() {
                let _ = writeln!(ladder, "{}", record.to_line());
            }
        }
    }
    match held {
        Ok(()) => {
            dialogue.outcome.ended = dialogue.pair.machine(Side::Initiator).is_over();
            dialogue.outcome.ladder = ladder;
            Ok(dialogue.outcome)
        }
        Err(Failure(what)) => Err(Failure(what + &ladder)),
    }
}

impl Dialogue {
    fn begin(plan: Plan) -> Dialogue {
        let mut rng = Rng::new(plan.seed);
        let symmetric = plan.units.contains(Fu::SYMMETRIC_SYNC);
        let expedited = plan.units.contains(Fu::EXPEDITED_DATA) || rng.one_in(2);
        let size = if rng.one_in(2) { 0 } else { 300 };
        let sizes = TsduSizes { initiator_to_responder: size, responder_to_initiator: size };
        let request = ConnectRequest {
            functional_units: plan.units,
            initial_serial_number: Some(1),
            second_initial_serial_number: symmetric.then_some(50),
            tokens: some_sides(&mut rng),
            tsdu_maximum_size: sizes,
            extended_control: expedited,
            versions: Versions::V2,
            ..ConnectRequest::default()
        };
        let response = ConnectResponse {
            functional_units: plan.units,
            tsdu_maximum_size: sizes,
            ..ConnectResponse::default()
        };
        let config = || {
            let mut config = Config::default();
            config.trace = plan.trace;
            config.limits.trace = 1 << 20;
            config
        };
        let mut pair = Pair::new(config(), config(), expedited, rng.next_u64());
        pair.establish(request, response);
        Dialogue { plan, rng, pair, flows: Default::default(), outcome: Outcome::default() }
    }

    /// The users talk.
    fn talk(&mut self) -> Result<(), Failure> {
        while self.outcome.steps() < self.plan.steps && self.outcome.tried < 16 * self.plan.steps {
            // Every step has an instant of its own: this is how its transitions are found.
            self.pair.now = self.pair.now + Duration::from_micros(1);
            if self.rng.one_in(2) && !self.pair.is_quiet() {
                self.outcome.delivered += u64::from(self.pair.deliver());
            } else {
                let side = *self.rng.pick(&SIDES);
                let request = some_request(&mut self.rng, &self.pair.machine(side).properties());
                self.ask(side, request);
            }
            self.look()?;
            if SIDES.iter().any(|side| self.pair.machine(*side).is_over()) {
                break;
            }
            if self.pair.is_quiet() {
                self.check_quiet()?;
            }
        }
        Ok(())
    }

    /// The user of one side asks; the machine may refuse.
    fn ask(&mut self, side: Side, request: Request) -> bool {
        let flow = match &request {
            Request::Data(_) | Request::TypedData(_) => Some(0),
            Request::ExpeditedData(_) => Some(1),
            _ => None,
        };
        let purges = match request {
            Request::Resynchronize(_) | Request::ActivityInterrupt(..) | Request::ActivityDiscard(..) => {
                Some(0)
            }
            Request::ResynchronizeResponse(_)
            | Request::ActivityInterruptResponse(_)
            | Request::ActivityDiscardResponse(_) => Some(1),
            _ => None,
        };
        let flows = &mut self.flows[at(side)];
        let next = flow.map_or(0, |flow| flows[flow].sent + 1);
        let numbered = |data: Bytes| {
            let mut octets = next.to_be_bytes().to_vec();
            octets.extend_from_slice(&data);
            Bytes::from(octets)
        };
        let request = match request {
            Request::Data(data) => Request::Data(numbered(data)),
            Request::TypedData(data) => Request::TypedData(numbered(data)),
            Request::ExpeditedData(_) => Request::ExpeditedData(numbered(Bytes::new())),
            other => other,
        };
        let accepted = self.pair.request(side, request).is_ok();
        self.outcome.tried += 1;
        self.outcome.accepted += u64::from(accepted);
        let flows = &mut self.flows[at(side)];
        if let (true, Some(flow)) = (accepted, flow) {
            flows[flow].sent = next;
        }
        if let (true, Some(mark)) = (accepted, purges) {
            flows.iter_mut().for_each(|flow| flow.marks[mark] = flow.sent);
        }
        accepted
    }

    /// What the users are told, and the rows that were taken.
    fn look(&mut self) -> Result<(), Failure> {
        for side in SIDES {
            let now = self.pair.now;
            let transitions = self.pair.machine(side).history().filter(|t| t.at == now);
            let rows: Vec<_> = transitions.map(|t| (t.from, t.event, RowId::of(&t))).collect();
            for (_, _, row) in rows {
                self.outcome.rows.extend(row);
            }
            for event in self.pair.events(side) {
                self.told(side, &event)?;
            }
        }
        Ok(())
    }

    fn told(&mut self, side: Side, event: &Event) -> Result<(), Failure> {
        let peer = at(side.other());
        let (flow, data) = match event {
            Event::PAbortIndication(reason, error) if *reason != PAbortReason::TransportDisconnect => {
                return Err(self.failure(&format!("{side:?}: {reason:?} {error:?}")));
            }
            Event::DataIndication(data) | Event::TypedDataIndication(data) => (0, data),
            Event::ExpeditedDataIndication(data) => (1, data),
            Event::ResynchronizeIndication(_)
            | Event::ActivityInterruptIndication(..)
            | Event::ActivityDiscardIndication(..) => return self.purged(peer, 0),
            Event::ResynchronizeConfirm(_)
            | Event::ActivityInterruptConfirm(_)
            | Event::ActivityDiscardConfirm(_) => return self.purged(peer, 1),
            _ => return Ok(()),
        };
        let number = data.get(..8).and_then(|octets| octets.try_into().ok()).map_or(0, u64::from_be_bytes);
        let Flow { sent, received, purged, .. } = self.flows[peer][flow];
        if number <= received || number > sent {
            return Err(self.failure(&format!(
                "{side:?} got data {number} after {received}; {sent} was the last sent: doubled, or out of order"
            )));
        }
        if number <= purged {
            return Err(self.failure(&format!("{side:?} got data {number}, which was purged up to {purged}")));
        }
        self.flows[peer][flow].received = number;
        Ok(())
    }

    /// The receiver was told of a purge; this mark of the sender counts.
    fn purged(&mut self, sender: usize, mark: usize) -> Result<(), Failure> {
        // With data separation the data of an unconfirmed point is not purged (p81).
        if !self.plan.units.contains(Fu::DATA_SEPARATION) {
            self.flows[sender].iter_mut().for_each(|flow| flow.purged = flow.marks[mark]);
        }
        Ok(())
    }

    /// What holds when nothing is under way.
    fn check_quiet(&self) -> Result<(), Failure> {
        match quiet_violation(&self.pair, self.plan.units) {
            Some(what) => Err(self.failure(&what)),
            None => Ok(()),
        }
    }

    /// Both users answer what is open, and recover from exceptions. Then both machines must be in data transfer, or over.
    fn conclude(&mut self) -> Result<(), Failure> {
        self.settle()?;
        for _ in 0..32 {
            let open = SIDES.into_iter().find(|side| {
                let machine = self.pair.machine(*side);
                !machine.is_over() && machine.state() != State::STA713 && self.answer(*side).is_some()
            });
            let Some(side) = open else { break };
            let answers = self.answer(side).unwrap_or_default();
            self.pair.now = self.pair.now + Duration::from_micros(1);
            if !answers.into_iter().any(|answer| self.ask(side, answer)) {
                return Err(self.failure(&format!("{side:?} cannot answer")));
            }
            self.settle()?;
        }
        let over = SIDES.map(|side| self.pair.machine(side).is_over());
        if over[0] || over[1] {
            self.pair.advance(Duration::from_secs(31));
            self.settle()?;
            if SIDES.iter().any(|side| self.pair.machine(*side).state() != State::STA01) {
                return Err(self.failure("one side did not end"));
            }
            return Ok(());
        }
        if SIDES.iter().any(|side| self.pair.machine(*side).state() != State::STA713) {
            return Err(self.failure("stuck: nothing is under way, and nothing is left to answer"));
        }
        self.check_quiet()
    }

    fn settle(&mut self) -> Result<(), Failure> {
        loop {
            self.pair.now = self.pair.now + Duration::from_micros(1);
            if !self.pair.deliver() {
                return self.look();
            }
            self.outcome.delivered += 1;
            self.look()?;
        }
    }

    /// What the user of this side may do to go on, best first; `None` if it is the other side's turn.
    fn answer(&self, side: Side) -> Option<Vec<Request>> {
        let machine: &Spm = self.pair.machine(side);
        let none = Bytes::new;
        let resynchronize = || {
            let resync = Resync { kind: ResyncType::Abandon, serial_number: None };
            Request::Resynchronize(Box::new(Resynchronize {
                first: Some(resync),
                second: self.plan.units.contains(Fu::SYMMETRIC_SYNC).then_some(resync),
                ..Resynchronize::default()
            }))
        };
        Some(match machine.state() {
            State::STA09 => vec![Request::ReleaseResponse(none())],
            State::STA10A => vec![Request::SyncMajorResponse(none())],
            State::STA10B => vec![Request::ActivityEndResponse(none())],
            State::STA11A => vec![Request::ResynchronizeResponse(Box::default())],
            State::STA11B => vec![Request::ActivityInterruptResponse(none())],
            State::STA11C => vec![Request::ActivityDiscardResponse(none())],
            State::STA22 => vec![Request::CapabilityDataResponse(none())],
            State::STA20 => vec![
                resynchronize(),
                Request::ActivityDiscard(Some(ExceptionReason::NonSpecific), none()),
                Request::TokenGive(Tokens::DATA, none()),
                Request::UAbort(none()),
            ],
            _ => return None,
        })
    }

    fn failure(&self, what: &str) -> Failure {
        let Plan { seed, units, .. } = self.plan;
        let mut text = format!(
            "{what}\nseed {seed}, functional units {units} ({:#06x}); to see it again:\n    \
             cargo xtask simulate --seed {seed} --units {:#x}\n",
            units.bits(),
            units.bits()
        );
        for side in SIDES {
            let _ = writeln!(text, "{side:?} in {}", self.pair.machine(side).state());
            for t in self.pair.machine(side).history() {
                let _ = writeln!(text, "    {} {} -> {} {}/{}", t.from, t.event, t.to, t.table, t.list);
            }
        }
        Failure(text)
    }
}
