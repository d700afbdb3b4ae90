//! Follows both machines of a connection that is only listened to, and says where the dialogue left the standard.
//!
//! Fed with the items of [`super::passive`], it holds two machines of its own and lets their users do what explains each TSDU
//! that was seen. What a party had received when it sent something is not known: the other's SPDUs may have been under way.
//! So it keeps several worlds that differ in how far each party had listened, and drops those that come to contradict
//! themselves. Between two parties that keep to the standard at least one world remains, whatever crosses; if none does,
//! somebody has left the standard, and the world in which everything had arrived tells how.
//!
//! How many worlds there are, and how much is under way in them, is limited; when a limit was met, nothing is reported until
//! the next CONNECT, for it could be wrong.
//!
//! User data is not looked at. Octets on one TCP connection arrive in their order, and the expedited flow with them.
//! CONNECT begins a dialogue; what is seen before one, or after a violation or a loss, is not followed.
use super::names::State;
use super::parameter::*;
use super::passive::{Content, Direction, Item, Observed, Properties};
use super::port::{TransportIndication, TransportRequest};
use super::primitive::*;
use super::spdu::{DecodeContext, Flow, Kind, Segmenting, Spdu, decode};
use super::spm::{Config, Spm};
use crate::error::{Error, ErrorKind, Layer};
use crate::time::Instant;
use crate::transport::tpdu::Tpdu;
use bytes::Bytes;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Worlds that are kept.
const MAX_WORLDS: usize = 16;
/// SPDUs under way in one direction of a world; above it the oldest has arrived.
const MAX_UNDER_WAY: usize = 16;

/// Where both parties stand, if all that was seen has arrived. The first is the party from which [`Direction::Forward`] goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The states.
    pub states: [State; 2],
    /// The tokens that each has.
    pub owned_tokens: [Tokens; 2],
    /// V(A), V(M), V(R) of each; with symmetric synchronize those of its sending flow.
    pub serial_numbers: [[SerialNumber; 3]; 2],
    /// An activity is in progress.
    pub activity_in_progress: [bool; 2],
}

#[derive(Clone, Debug)]
struct World {
    machines: [Spm; 2],
    /// TSDUs by sender.
    under_way: [VecDeque<(Flow, Bytes)>; 2],
    /// What the machines send by themselves, and was not seen yet.
    automatic: [Vec<Kind>; 2],
}

/// Follows one connection.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    worlds: Vec<World>,
    /// The CONNECT, until ACCEPT or REFUSE.
    connecting: bool,
    /// The transport expedited flow was agreed, if that was seen.
    expedited: Option<bool>,
    /// A world was given up for want of room: that none remains proves nothing any more.
    uncertain: bool,
    /// The ACCEPT in this direction is explained when what it selects is known.
    accepting: Option<usize>,
}

fn index(direction: Direction) -> usize {
    match direction {
        Direction::Forward => 0,
        Direction::Backward => 1,
    }
}

fn config() -> Arc<Config> {
    let mut config = Config { reuse_transport: true, ..Config::default() };
    config.limits.history = 0;
    config.limits.control_spdu_burst = u32::MAX;
    config.limits.open_sync_points = u64::MAX;
    config.limits.connect_user_data = usize::MAX;
    Arc::new(config)
}

const NOW: Instant = Instant::ZERO;

/// What does not fit, in one world.
type Misfit = Error;

impl Follower {
    /// Nothing is followed until a CONNECT is seen.
    pub fn new() -> Follower {
        Follower::default()
    }

    /// True while a dialogue is being followed.
    pub fn is_following(&self) -> bool {
        !self.worlds.is_empty()
    }

    /// Where both stand; `None` if nothing is followed.
    pub fn standing(&self) -> Option<Standing> {
        let mut world = self.worlds.first()?.clone();
        world.deliver_all().ok()?;
        let [a, b] = [world.machines[0].properties(), world.machines[1].properties()];
        Some(Standing {
            states: [a.state, b.state],
            owned_tokens: [a.owned_tokens, b.owned_tokens],
            serial_numbers: [a.serial_numbers, b.serial_numbers],
            activity_in_progress: [a.activity_in_progress, b.activity_in_progress],
        })
    }

    /// Takes the next item. An error says where the dialogue left the standard: who, in which state, against which clause.
    /// After one, nothing is followed until the next CONNECT.
    pub fn item(&mut self, item: &Item) -> Option<Error> {
        let from = index(item.direction);
        let outcome = match &item.content {
            Content::Tpdu(Tpdu::Cr(_)) => {
                *self = Follower::default();
                return None;
            }
            Content::Tpdu(Tpdu::Cc(cc)) => {
                self.expedited = Some(cc.additional_options("CC").is_ok_and(|options| options & 1 != 0));
                return None;
            }
            Content::Tsdu(observed) => self.tsdu(from, observed),
            Content::Negotiated(properties) => match self.accepting.take() {
                Some(responder) => self.accept(responder, properties),
                None => return None,
            },
            Content::Lost | Content::Skipped { .. } | Content::Fault(_) => {
                self.worlds.clear();
                return None;
            }
            _ => return None,
        };
        match outcome {
            Ok(()) => None,
            Err(error) => {
                self.worlds.clear();
                Some(*error)
            }
        }
    }

    fn tsdu(&mut self, from: usize, observed: &Observed) -> Result<(), Box<Error>> {
        if observed.fault.is_some() {
            // Said already, and nobody knows what the receiver makes of it.
            self.worlds.clear();
            return Ok(());
        }
        let Ok(decoded) = observed.decode() else { return Ok(()) };
        let kinds = observed.kinds.iter().copied();
        let kind_at = |offset: usize| {
            let at = decoded.spdus().iter().position(|spdu| spdu.offset() == offset);
            at.and_then(|at| kinds.clone().nth(at))
        };
        for spdu in decoded.processing_order() {
            let kind = kind_at(spdu.offset()).unwrap_or(spdu.kind());
            self.spdu(from, spdu, kind)?;
        }
        Ok(())
    }

    fn spdu(&mut self, from: usize, spdu: &Spdu<'_>, kind: Kind) -> Result<(), Box<Error>> {
        let is_prefix = matches!(kind, Kind::GT | Kind::PT) && spdu.token_item().is_none_or(|t| t.is_empty());
        let is_later = matches!(spdu.enclosure(), Some(Enclosure::Middle | Enclosure::Last));
        match kind {
            // PREPARE announces what follows, and says what it is: nothing more.
            Kind::OA | Kind::CDO | Kind::PR | Kind::UD => return Ok(()),
            _ if is_prefix || is_later => return Ok(()),
            Kind::CN => {
                self.connect(from, spdu);
                return Ok(());
            }
            Kind::AC if self.connecting => {
                self.accepting = Some(from);
                return Ok(());
            }
            Kind::ER => {
                // The provider at fault is nobody's user: what it saw cannot be known.
                self.worlds.clear();
                return Ok(());
            }
            _ => {}
        }
        if self.worlds.is_empty() {
            return Ok(());
        }
        self.step(from, spdu.offset(), kind, |world| world.send(from, spdu, kind))
    }

    /// Takes every world on by one SPDU of this party, however far it had listened.
    fn step(
        &mut self,
        from: usize,
        offset: usize,
        kind: Kind,
        send: impl Fn(&mut World) -> Result<(), Misfit>,
    ) -> Result<(), Box<Error>> {
        let mut next: Vec<World> = Vec::new();
        let mut known = BTreeSet::new();
        let mut why = None;
        for world in &self.worlds {
            let mut world = world.clone();
            let mut heard = Vec::new();
            loop {
                heard.push(world.clone());
                if world.under_way[1 - from].is_empty() || world.deliver(1 - from).is_err() {
                    break;
                }
            }
            // Who had heard everything is the likeliest.
            for mut world in heard.into_iter().rev() {
                let outcome = send(&mut world).and_then(|()| {
                    while world.under_way[from].len() > MAX_UNDER_WAY {
                        world.deliver(from)?;
                    }
                    world.clone().deliver_all()
                });
                match outcome {
                    Ok(()) if next.len() < MAX_WORLDS && known.insert(world.fingerprint()) => {
                        next.push(world)
                    }
                    Ok(()) => {}
                    Err(error) => why = why.or(Some(error)),
                }
            }
        }
        match why {
            Some(error) if next.is_empty() && !self.uncertain => {
                Err(Box::new(blame(error, from, offset, kind)))
            }
            _ => {
                self.worlds = next;
                Ok(())
            }
        }
    }

    /// CONNECT: a dialogue begins.
    fn connect(&mut self, from: usize, spdu: &Spdu<'_>) {
        self.worlds.clear();
        self.accepting = None;
        self.connecting = true;
        self.uncertain = false;
        let units = spdu.functional_units().unwrap_or(FunctionalUnits::DEFAULT_WHEN_ABSENT);
        let expedited = self.expedited.unwrap_or(units.contains(FunctionalUnits::EXPEDITED_DATA));
        let request = ConnectRequest {
            functional_units: units,
            versions: spdu.versions().unwrap_or(Versions::V1),
            initial_serial_number: spdu.initial_serial_number(),
            second_initial_serial_number: spdu.second_initial_serial_number(),
            upper_limit_serial_number: spdu.upper_limit_serial_number(),
            tokens: spdu.token_setting().unwrap_or_default(),
            extended_control: expedited,
            ..ConnectRequest::default()
        };
        let config = config();
        let mut world = World {
            machines: [Spm::new(config.clone()), Spm::new(config)],
            under_way: Default::default(),
            automatic: Default::default(),
        };
        let (to, begun) = (1 - from, Request::Connect(Box::new(request)));
        if world.machines[from].request(begun, NOW).is_err() {
            return;
        }
        world.machines[to].transport(TransportIndication::Connect { expedited }, NOW);
        world.machines[from].transport(TransportIndication::ConnectConfirm { expedited }, NOW);
        world.collect(to);
        world.collect(from);
        world.automatic = Default::default();
        self.worlds.push(world);
    }

    /// ACCEPT, and what it selects.
    fn accept(&mut self, from: usize, selected: &Properties) -> Result<(), Box<Error>> {
        self.connecting = false;
        let response = ConnectResponse {
            functional_units: selected.functional_units,
            initial_serial_number: selected.initial_serial_number,
            second_initial_serial_number: selected.second_initial_serial_number,
            upper_limit_serial_number: Some(selected.upper_limit_serial_number).filter(|limit| *limit != 6),
            tokens: selected.tokens,
            ..ConnectResponse::default()
        };
        self.step(from, 0, Kind::AC, |world| {
            world.request(from, Request::ConnectResponse(Box::new(response.clone())), Kind::AC, None)
        })
    }
}

/// The error as the one who listens tells it.
fn blame(error: Error, from: usize, offset: usize, kind: Kind) -> Error {
    let party = if from == 0 { "the first party" } else { "the second party" };
    let details = error.details();
    let place = match (details.state, details.event) {
        (Some(state), Some(event)) => (Some(state), Some(event)),
        _ => (None, None),
    };
    let mut told = Error::new(ErrorKind::Peer, Layer::Session, format!("{party} sent {kind}, but {error}"))
        .with_pdu(kind.name())
        .with_offset(offset);
    if let (Some(state), Some(event)) = place {
        told = told.with_cell(state, event);
    }
    match details.clause.clone() {
        Some(clause) => told.with_clause(clause),
        None => told,
    }
}

impl World {
    fn fingerprint(&self) -> (u64, u64, [usize; 2]) {
        let [a, b] = &self.machines;
        (a.fingerprint(), b.fingerprint(), [self.under_way[0].len(), self.under_way[1].len()])
    }

    /// What a machine wants sent is under way; what its user is told, nobody hears, but for an abort by the provider.
    fn collect(&mut self, at: usize) -> Option<Error> {
        while let Some(request) = self.machines[at].poll_transport() {
            let (flow, octets) = match request {
                TransportRequest::Data(tsdu) => (Flow::Normal, tsdu.to_bytes()),
                TransportRequest::ExpeditedData(octets) => (Flow::Expedited, octets),
                _ => continue,
            };
            if let Some(kind) = main_kind(&octets, flow).filter(|_| self.automatic[at].len() < MAX_UNDER_WAY)
            {
                self.automatic[at].push(kind);
            }
            self.under_way[at].push_back((flow, octets));
        }
        let mut aborted = None;
        while let Some(event) = self.machines[at].poll_event() {
            if let Event::PAbortIndication(PAbortReason::ProtocolError, Some(error)) = event {
                aborted = Some(error);
            }
        }
        aborted
    }

    /// The oldest SPDU of this party arrives.
    fn deliver(&mut self, from: usize) -> Result<(), Misfit> {
        let Some((flow, octets)) = self.under_way[from].pop_front() else { return Ok(()) };
        let to = 1 - from;
        let indication = match flow {
            Flow::Normal => TransportIndication::Data(octets),
            Flow::Expedited => TransportIndication::ExpeditedData(octets),
        };
        self.machines[to].transport(indication, NOW);
        match self.collect(to) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Everything arrives: in a world without contradictions nobody finds a fault in it.
    fn deliver_all(&mut self) -> Result<(), Misfit> {
        for _ in 0..4 * MAX_UNDER_WAY {
            let Some(from) = (0..2).find(|from| !self.under_way[*from].is_empty()) else { break };
            self.deliver(from)?;
        }
        Ok(())
    }

    /// The user of a machine asks for what makes it send an SPDU of this kind, with this serial number if there is one.
    fn request(
        &mut self,
        from: usize,
        request: Request,
        kind: Kind,
        serial: Option<SerialNumber>,
    ) -> Result<(), Misfit> {
        let expected = self.machines[from].request(request, NOW)?.serial_number;
        // What it sends for this is what was seen, and PREPARE before it.
        let unseen = core::mem::take(&mut self.automatic[from]);
        self.collect(from);
        self.automatic[from] = unseen;
        match (serial, expected) {
            (Some(found), Some(expected)) if found != expected => {
                Err(Error::peer(Layer::Session, "the serial number is not the next one")
                    .with_parameter("Serial Number")
                    .with_clause(if kind == Kind::MIP { "X.225 7.20" } else { "X.225 7.22, 7.35" })
                    .with_expected(expected.to_string(), found.to_string())
                    .with_cell(self.machines[from].state().name(), "its own numbering"))
            }
            _ => Ok(()),
        }
    }

    /// This party sent an SPDU: its machine does so, too.
    fn send(&mut self, from: usize, spdu: &Spdu<'_>, kind: Kind) -> Result<(), Misfit> {
        if let Some(at) = self.automatic[from].iter().position(|sent| *sent == kind) {
            // Its machine had sent this by itself.
            self.automatic[from].remove(at);
            return Ok(());
        }
        let serial = spdu.serial_number();
        let data = || Bytes::from_static(b"x");
        let none = Bytes::new;
        let reason = || spdu.reason().and_then(ExceptionReason::from_code);
        let request = match kind {
            Kind::RF => Request::ConnectResponseNegative(Box::default()),
            Kind::FN => Request::Release(none()),
            Kind::DN => Request::ReleaseResponse(none()),
            Kind::NF => Request::ReleaseResponseNegative(none()),
            Kind::AB => return self.abort(from),
            Kind::DT => Request::Data(data()),
            Kind::EX => Request::ExpeditedData(data()),
            Kind::TD => Request::TypedData(data()),
            Kind::CD => Request::CapabilityData(none()),
            Kind::CDA => Request::CapabilityDataResponse(none()),
            Kind::GT => Request::TokenGive(spdu.token_item().unwrap_or_default(), none()),
            Kind::PT => Request::TokenPlease(spdu.token_item().unwrap_or_default(), none()),
            Kind::GTC => Request::ControlGive(none()),
            Kind::MIP => {
                let sync_type = spdu.sync_type().unwrap_or_default();
                Request::SyncMinor {
                    explicit: sync_type & 1 == 0,
                    data_separation: sync_type & 2 != 0,
                    user_data: none(),
                }
            }
            Kind::MIA => Request::SyncMinorResponse(serial.unwrap_or_default(), none()),
            Kind::MAP => Request::SyncMajor(none()),
            Kind::MAA => Request::SyncMajorResponse(none()),
            Kind::AE => Request::ActivityEnd(none()),
            Kind::AEA => Request::ActivityEndResponse(none()),
            Kind::RS | Kind::RA => {
                let flow = |kind: Option<ResyncType>, serial_number: Option<SerialNumber>| {
                    Some(Resync { kind: kind?, serial_number })
                };
                let resync = Box::new(Resynchronize {
                    first: flow(spdu.resync_type(), serial),
                    second: flow(spdu.second_resync_type(), spdu.second_serial_number()),
                    tokens: spdu.token_setting().unwrap_or_default(),
                    user_data: none(),
                });
                if kind == Kind::RS {
                    Request::Resynchronize(resync)
                } else {
                    // Types and numbers are those that its machine knows.
                    Request::ResynchronizeResponse(Box::new(Resynchronize {
                        first: None,
                        second: None,
                        ..*resync
                    }))
                }
            }
            Kind::ED => Request::UExceptionReport(reason().unwrap_or_default(), none()),
            Kind::AS => Request::ActivityStart(identifier(spdu.activity_identifier()), none()),
            Kind::AR => Request::ActivityResume(Box::new(ActivityResume {
                activity_identifier: identifier(spdu.activity_identifier()),
                old_activity_identifier: identifier(spdu.old_activity_identifier()),
                serial_number: serial.unwrap_or_default(),
                second_serial_number: spdu.second_serial_number(),
                old_connection: None,
                user_data: none(),
            })),
            Kind::AI => Request::ActivityInterrupt(reason(), none()),
            Kind::AIA => Request::ActivityInterruptResponse(none()),
            Kind::AD => Request::ActivityDiscard(reason(), none()),
            Kind::ADA => Request::ActivityDiscardResponse(none()),
            // An answer of the machine itself that its machine here did not give.
            _ => {
                let state = self.machines[from].state();
                return Err(Error::peer(Layer::Session, format!("nothing asks for {kind} in {state}"))
                    .with_cell(state.name(), kind.name())
                    .with_clause("X.225 Table A.3"));
            }
        };
        self.request(from, request, kind, serial)
    }

    /// An ABORT, of the user or of the provider: allowed as long as there is a session.
    fn abort(&mut self, from: usize) -> Result<(), Misfit> {
        if self.machines[from].is_over() {
            let state = self.machines[from].state();
            // Both sides may have found an end of their own: nothing is left to be followed.
            return if matches!(state, State::STA01 | State::STA01C) {
                Err(Error::peer(Layer::Session, "the session is over")
                    .with_cell(state.name(), "SUABreq")
                    .with_clause("X.225 7.9.2"))
            } else {
                Ok(())
            };
        }
        self.request(from, Request::UAbort(Bytes::new()), Kind::AB, None)
    }
}

fn identifier(value: Option<&[u8]>) -> Bytes {
    value.map(Bytes::copy_from_slice).unwrap_or_default()
}

/// The SPDU that a TSDU of ours is about: the last one, behind its prefix.
fn main_kind(octets: &[u8], flow: Flow) -> Option<Kind> {
    let context = DecodeContext { flow, segmenting: Segmenting::Unknown, ..DecodeContext::unknown() };
    decode(octets, &context).ok()?.spdus().last().map(Spdu::kind)
}
