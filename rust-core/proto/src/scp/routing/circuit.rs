//! A circuit from point to point: how two neighbours find each other and stay in touch (DNA Routing 2.0.0).
//!
//! Over datagrams there is no sign of a neighbour's start, and the first initialization is easily lost. So, there:
//! until an initialization has come, ours is repeated every second; one that comes to a running circuit is answered with ours and then taken
//! as usual; but if the last thing we sent was an initialization and nothing else has come since, one is ignored, or both ends
//! would answer each other for ever. Whatever else comes before an initialization is ignored.
use super::super::address::NodeAddress;
use super::super::limits::Limits;
use super::super::message::Password;
use super::super::octets::{ROUTING, Reader};
use super::control::{Control, Initialization, NodeType, TEST_OCTET, VERSION};
use super::packet::{DataPacket, SHORT_HEADER, strip_padding};
use super::table::{self, Action, Event as Cause, State};
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::time::{Duration, Instant};
use bytes::{Bytes, BytesMut};
use core::fmt;
use std::collections::VecDeque;

/// Octets of test data in our hellos.
const TEST_DATA: usize = 10;
/// How often an initialization is repeated over datagrams.
const REPEAT: Duration = Duration::from_secs(1);

/// How a circuit behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// This node.
    pub address: NodeAddress,
    /// Limits and timers.
    pub limits: Limits,
    /// The largest packet that this node takes, in octets. Default 576.
    pub block_size: u16,
    /// The link below carries datagrams, as UDP does, and has no start and no end. Default: false.
    pub datagrams: bool,
    /// What the neighbour has to prove itself with, up to 64 octets. Default: nothing.
    pub demand: Option<Password>,
    /// What we prove ourselves with if the neighbour asks, up to 64 octets. Default: empty.
    pub verification: Password,
}

impl Config {
    /// The usual circuit of a node.
    pub fn new(address: NodeAddress) -> Config {
        Config {
            address,
            limits: Limits::default(),
            block_size: 576,
            datagrams: false,
            demand: None,
            verification: Password::default(),
        }
    }
}

/// Who is at the other end of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its address.
    pub address: NodeAddress,
    /// What it is.
    pub node_type: NodeType,
    /// The largest packet that it takes, in octets.
    pub block_size: u16,
}

/// What a circuit tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// Packets may flow.
    Up(Neighbour),
    /// No more packets; why.
    Down(Error),
    /// Make the link below anew, then call [`Circuit::link_up`]; why. Not over datagrams.
    Restart(Error),
    /// A packet for this node.
    Packet(DataPacket),
}

/// A circuit from point to point.
///
/// After each call take [`Circuit::poll_event`] and [`Circuit::poll_packet`] until both are dry, then ask [`Circuit::next_timeout`].
pub struct Circuit {
    config: Config,
    state: State,
    neighbour: Option<Neighbour>,
    /// The neighbour asks for a verification.
    asked: bool,
    listen: Duration,
    init_timer: Option<Instant>,
    repeat_timer: Option<Instant>,
    hello_timer: Option<Instant>,
    listen_timer: Option<Instant>,
    /// The last thing sent was an initialization, and nothing has come since.
    init_was_last: bool,
    out: VecDeque<Bytes>,
    events: VecDeque<Event>,
    dropped: u64,
}

impl fmt::Debug for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circuit").field("state", &self.state).field("neighbour", &self.neighbour).finish()
    }
}

impl Circuit {
    /// A circuit whose link is down.
    pub fn new(config: Config) -> Circuit {
        Circuit {
            config,
            state: State::Off,
            neighbour: None,
            asked: false,
            listen: Duration::ZERO,
            init_timer: None,
            repeat_timer: None,
            hello_timer: None,
            listen_timer: None,
            init_was_last: false,
            out: VecDeque::new(),
            events: VecDeque::new(),
            dropped: 0,
        }
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// The neighbour, while the circuit runs.
    pub fn neighbour(&self) -> Option<Neighbour> {
        self.neighbour.filter(|_| self.state == State::Run)
    }

    /// Packets that were dropped: for other nodes, or while the circuit did not run.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The link below is up.
    pub fn link_up(&mut self, now: Instant) {
        self.run(Cause::LinkUp, None, None, now);
    }

    /// The link below is lost.
    pub fn link_lost(&mut self, error: Error, now: Instant) {
        self.run(Cause::LinkLost, None, Some(error), now);
    }

    /// The link below cannot be followed any more, such as a stream with an impossible length.
    pub fn link_bad(&mut self, error: Error, now: Instant) {
        self.run(Cause::Bad, None, Some(error), now);
    }

    /// A packet came.
    pub fn received(&mut self, packet: &Bytes, now: Instant) {
        if self.state == State::Off {
            self.dropped += 1;
            return;
        }
        match self.classify(packet) {
            Ok(Some((cause, input))) => {
                if !matches!(input, Some(Input::Initialization(_))) {
                    self.init_was_last = false;
                }
                self.run(cause, input, None, now);
            }
            Ok(None) => self.dropped += 1,
            Err(error) => {
                self.init_was_last = false;
                if self.config.datagrams && self.state == State::Init {
                    // Left over from before a restart, ours or the neighbour's.
                    self.dropped += 1;
                    return;
                }
                self.run(Cause::Bad, None, Some(error), now);
            }
        }
    }

    /// What a packet means in this state; `None`: nothing.
    fn classify(&mut self, packet: &Bytes) -> Result<Option<(Cause, Option<Input>)>> {
        let packet = strip_padding(packet)?;
        if packet.first().is_some_and(|first| first & 1 == 0) {
            let data = DataPacket::decode(&packet)?;
            return self.allowed(Cause::Packet, Some(Input::Packet(data)));
        }
        match Control::decode(&packet)? {
            Control::Initialization(init) => {
                self.check_initialization(&init)?;
                let again = self.config.datagrams && matches!(self.state, State::Verify | State::Run);
                if again && core::mem::take(&mut self.init_was_last) {
                    return Ok(None);
                }
                let cause = match (again, self.config.demand.is_some()) {
                    (false, false) => Cause::Initialization,
                    (false, true) => Cause::InitializationToVerify,
                    (true, false) => Cause::InitializationAgain,
                    (true, true) => Cause::InitializationAgainToVerify,
                };
                Ok(Some((cause, Some(Input::Initialization(init)))))
            }
            Control::Verification { source, value } => {
                let right = self.neighbour.is_some_and(|neighbour| neighbour.address == source)
                    && self.config.demand.as_ref().is_none_or(|demand| demand.matches(&value));
                if !right {
                    return Err(fault("verification", "FCNVAL", "the neighbour has not proven who it is"));
                }
                // Over datagrams it may come late or twice.
                if self.config.datagrams && self.state == State::Run {
                    return Ok(None);
                }
                self.allowed(Cause::Verification, None)
            }
            Control::Hello { source, test_data } => {
                if self.state == State::Run {
                    if self.neighbour.is_none_or(|neighbour| neighbour.address != source) {
                        return Err(fault("hello", "SRCNODE", "a hello of another node"));
                    }
                    if test_data.iter().any(|octet| *octet != TEST_OCTET) {
                        return Err(fault("hello", "TEST DATA", "test data are not what they should be"));
                    }
                }
                self.allowed(Cause::Hello, None)
            }
            Control::Routing => self.allowed(Cause::Packet, None),
            Control::RouterHello(_) | Control::EndNodeHello(_) => {
                Err(fault("hello", "CTLFLG", "a hello of an Ethernet on a circuit from point to point"))
            }
        }
    }

    /// Over datagrams, what comes before its time is ignored: the order is not sure.
    fn allowed(&mut self, cause: Cause, input: Option<Input>) -> Result<Option<(Cause, Option<Input>)>> {
        let early = match self.state {
            State::Off | State::Init => true,
            State::Verify => cause != Cause::Verification,
            State::Run => false,
        };
        if early && self.config.datagrams {
            self.init_was_last = false;
            return Ok(None);
        }
        Ok(Some((cause, input)))
    }

    fn check_initialization(&self, init: &Initialization) -> Result<()> {
        let own = self.config.address;
        let Some(source) = init.source else {
            return Err(fault("initialization", "TIVER", "a neighbour of Phase III is not supported"));
        };
        if source == own {
            return Err(fault("initialization", "SRCNODE", "the neighbour has our own address"));
        }
        // Only two level 2 routers may differ in area, and we are an end node.
        if source.area() != own.area() {
            return Err(fault("initialization", "SRCNODE", "the neighbour is of another area")
                .with_expected(format!("{}", own.area()), format!("{}", source.area())));
        }
        if init.block_size < self.config.limits.min_block_size {
            return Err(fault("initialization", "BLKSIZE", "the neighbour's block size is too small")
                .with_expected(
                    format!("at least {}", self.config.limits.min_block_size),
                    format!("{}", init.block_size),
                ));
        }
        if init.timer == Some(0) {
            return Err(fault("initialization", "TIMER", "a hello timer of 0 seconds"));
        }
        Ok(())
    }

    fn run(&mut self, cause: Cause, input: Option<Input>, error: Option<Error>, now: Instant) {
        let cell = table::cell(self.state, cause);
        let before = self.state;
        self.state = cell.next;
        for action in cell.actions {
            self.perform(*action, before, cause, input.as_ref(), error.as_ref(), now);
        }
    }

    fn perform(
        &mut self,
        action: Action,
        before: State,
        cause: Cause,
        input: Option<&Input>,
        error: Option<&Error>,
        now: Instant,
    ) {
        let limits = &self.config.limits;
        let why = || error.cloned().unwrap_or_else(|| reason(before, cause));
        match action {
            Action::SendInitialization => {
                if before == State::Off {
                    // Left over from a link that is gone.
                    self.out.clear();
                }
                let init = Initialization {
                    source: Some(self.config.address),
                    phase_iii_node: 0,
                    node_type: NodeType::EndNode,
                    verification: self.config.demand.is_some(),
                    block_size: self.config.block_size,
                    version: VERSION,
                    timer: Some(seconds(limits.hello)),
                    reserved: Bytes::new(),
                };
                self.send(&Control::Initialization(init));
                self.init_was_last = true;
            }
            Action::SendVerification => {
                if self.asked {
                    let value = self.config.verification.clone();
                    // It belongs to the initialization before it: `init_was_last` stays.
                    self.send(&Control::Verification { source: self.config.address, value });
                }
            }
            Action::SendHello => {
                self.init_was_last = false;
                let test_data = Bytes::from_static(&[TEST_OCTET; TEST_DATA]);
                self.send(&Control::Hello { source: self.config.address, test_data });
            }
            Action::StartInitTimer => {
                self.init_timer =
                    (!self.config.datagrams || self.state == State::Verify).then(|| now + limits.hello);
            }
            Action::StartRepeatTimer => self.repeat_timer = self.config.datagrams.then(|| now + REPEAT),
            Action::StartHelloTimer => {
                self.hello_timer = Some(now + limits.hello.max(Duration::from_secs(1)))
            }
            Action::StartListenTimer => self.listen_timer = Some(now + self.listen),
            Action::StopTimers => {
                self.init_timer = None;
                self.repeat_timer = None;
                self.hello_timer = None;
                self.listen_timer = None;
            }
            Action::LearnNeighbour => {
                if let Some(Input::Initialization(init)) = input
                    && let Some(address) = init.source
                {
                    self.neighbour =
                        Some(Neighbour { address, node_type: init.node_type, block_size: init.block_size });
                    self.asked = init.verification;
                    let timer = Duration::from_secs(u64::from(init.timer.unwrap_or(15)));
                    self.listen = timer.saturating_mul(2).min(limits.listen_max);
                }
            }
            Action::Deliver => {
                if let Some(Input::Packet(packet)) = input {
                    // An end node never forwards.
                    if packet.destination == self.config.address {
                        self.events.push_back(Event::Packet(packet.clone()));
                    } else {
                        self.dropped += 1;
                    }
                }
            }
            Action::TellUp => {
                if let Some(neighbour) = self.neighbour {
                    self.events.push_back(Event::Up(neighbour));
                }
            }
            Action::TellDown => self.events.push_back(Event::Down(why())),
            Action::RestartLink => {
                self.out.clear();
                if self.config.datagrams {
                    self.link_up(now);
                } else {
                    self.events.push_back(Event::Restart(why()));
                }
            }
        }
    }

    fn send(&mut self, control: &Control) {
        let mut out = BytesMut::with_capacity(24);
        // Only a verification above 64 octets cannot be written: then the neighbour does not get one.
        if control.encode(&mut out).is_ok() {
            self.out.push_back(out.freeze());
        }
    }

    /// A packet of ours, in the form for this circuit.
    pub fn frame(&self, packet: &DataPacket) -> Bytes {
        let mut out = BytesMut::with_capacity(SHORT_HEADER + packet.payload.len());
        packet.encode_short(&mut out);
        out.freeze()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let due = |timer: &mut Option<Instant>| match *timer {
            Some(at) if at <= now => timer.take().is_some(),
            _ => false,
        };
        if due(&mut self.listen_timer) {
            self.run(Cause::ListenTimer, None, None, now);
        }
        if due(&mut self.init_timer) {
            self.run(Cause::InitTimer, None, None, now);
        }
        if due(&mut self.repeat_timer) {
            self.run(Cause::RepeatTimer, None, None, now);
        }
        if due(&mut self.hello_timer) {
            self.run(Cause::HelloTimer, None, None, now);
        }
    }

    /// When [`Circuit::handle_timeout`] has something to do next.
    pub fn next_timeout(&self) -> Option<Instant> {
        [self.init_timer, self.repeat_timer, self.hello_timer, self.listen_timer].into_iter().flatten().min()
    }

    /// What the link below is to send next.
    pub fn poll_packet(&mut self) -> Option<Bytes> {
        self.out.pop_front()
    }

    /// What has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

enum Input {
    Initialization(Initialization),
    Packet(DataPacket),
}

fn fault(pdu: &'static str, field: &'static str, text: &'static str) -> Error {
    let octets = Bytes::new();
    Reader::new(&octets, ROUTING, pdu).fault(0, field, text)
}

/// Why a circuit goes down when no packet is to blame.
fn reason(state: State, cause: Cause) -> Error {
    let text = match (state, cause) {
        (State::Init, Cause::InitTimer) => "the neighbour has sent no initialization",
        (State::Verify, Cause::InitTimer) => "the neighbour has sent no verification",
        (_, Cause::ListenTimer) => "the neighbour was silent for twice its hello timer",
        (_, Cause::LinkLost) => "the link of the circuit is lost",
        (State::Run, Cause::InitializationAgain | Cause::InitializationAgainToVerify) => {
            "the neighbour has started again"
        }
        (_, Cause::Initialization | Cause::InitializationToVerify) => {
            "the neighbour has sent a second initialization"
        }
        (_, _) => "the neighbour has sent what this state of the circuit does not allow",
    };
    Error::new(ErrorKind::Transport, Layer::Network, text)
        .with_clause(ROUTING.document)
        .with_cell(state.name(), "circuit")
}

/// A timer as packets have it: whole seconds, 1 to 65535.
pub(super) fn seconds(duration: Duration) -> u16 {
    u16::try_from(duration.as_secs()).unwrap_or(u16::MAX).max(1)
}
