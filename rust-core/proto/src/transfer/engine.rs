//! The engine: what both directions of one association share, and the verbs.
use super::config::Config;
use super::link::LinkState;
use super::pdu::{AbortReason, Reference};
use super::record::Record;
use super::store::Store;
use super::table::{ReceiverState, Sent, Stage};
use crate::error::{Error, ErrorKind, Layer, Result};
use crate::time::{Duration, Instant};
use crate::x225::Request;
use crate::x225::parameter::{ExceptionReason, Tokens};
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, VecDeque};

/// The three tokens that together are the turn (X.218 9.4).
pub(super) const TURN: Tokens = Tokens::DATA.union(Tokens::SYNCHRONIZE_MINOR).union(Tokens::MAJOR_ACTIVITY);
/// Most checkpoints of one activity: a minor synchronization point is a number below 999,999 (X.225 7.20.1).
const MAX_SERIAL: usize = 900_000;

/// Which end of the association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Makes the connections, and alone recovers (X.228 7.8.3).
    Initiator {
        /// With what the names of the connections begin: unique to this association, 1 to 40 octets, T.61.
        calling: Bytes,
        /// Their common reference: UTC time as `YYMMDDhhmmssZ`.
        common: Bytes,
    },
    /// Is called.
    Responder,
}

/// Why an APDU was not delivered, or nobody knows whether.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The user did not want it any more.
    Cancelled,
    /// Its time was over.
    Deadline,
    /// The peer refused it too often.
    Refused,
    /// The association could not be recovered in time, was refused for good, or was aborted.
    GivenUp,
}

/// What became of an APDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The peer has it, once as far as this side can know.
    Delivered,
    /// The peer has it; and perhaps twice, because it forgot how a transfer before had ended.
    DeliveredPerhapsTwice,
    /// The peer certainly has not completed it.
    NotDelivered(Why),
    /// Nobody knows.
    Unknown(Why),
}

/// What the user is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The association is there.
    Opened {
        /// It was there before, and goes on.
        recovered: bool,
        /// What the peer's user says (RTORQ, RTOAC); in the plain form all of the SS-user data.
        user_data: Bytes,
    },
    /// There is no connection.
    Down {
        /// Why; `None` if it was released to rest, here or by the peer.
        error: Option<Error>,
        /// When the next attempt is made; `None` if that is the peer's business, or nothing wants it.
        next: Option<Instant>,
    },
    /// The association is over.
    Closed(Option<Error>),
    /// The peer has confirmed so much of an APDU.
    Progress {
        /// Its number.
        id: u64,
        /// Octets confirmed.
        confirmed: u64,
        /// Octets of the whole.
        total: u64,
    },
    /// The transfer of an APDU was refused by the peer for now, and will be tried again.
    Postponed {
        /// Its number.
        id: u64,
        /// What the peer reported; `None` if its provider did.
        reason: Option<ExceptionReason>,
    },
    /// An APDU begins anew, from its first octet.
    Again {
        /// Its number.
        id: u64,
        /// The peer may have completed it before.
        perhaps_twice: bool,
    },
    /// An APDU has its outcome: exactly one for each.
    Settled {
        /// Its number.
        id: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// So much of an APDU of the peer's is secured.
    Incoming {
        /// Octets.
        secured: u64,
    },
    /// An APDU of the peer's. It is given again after a restart until it is taken ([`Engine::taken`]).
    Arrived {
        /// Its number.
        number: u64,
        /// The APDU.
        data: Bytes,
    },
    /// The peer asks for the turn; 0 is most urgent.
    TurnWanted {
        /// Its priority: 0 if it names none (X.218 9.4.1.1), `u32::MAX` if that cannot be read.
        priority: u32,
    },
    /// The turn is here (`true`) or there.
    Turn(bool),
}

/// Where things stand, for a person who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The connection.
    pub link: LinkState,
    /// The turn is here.
    pub turn: bool,
    /// The APDU under way: its number, where it stands, octets confirmed, octets of the whole.
    pub sending: Option<(u64, Stage, u64, u64)>,
    /// Own APDUs without an outcome.
    pub queued: usize,
    /// The incoming activity.
    pub receiver: ReceiverState,
    /// Connections and attempts that failed since the last progress.
    pub failures: u32,
    /// When the next attempt is made.
    pub next: Option<Instant>,
}

/// Whether the association is to end, or to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    No,
    Rest,
    Final,
}

/// One end of an association.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) config: Config,
    pub(super) role: Role,
    pub(super) store: Store,
    pub(super) link: LinkState,
    pub(super) closing: Closing,
    /// The connection: its name, its number, what it was to recover, how the acceptor named it.
    pub(super) connection: Reference,
    pub(super) number: u64,
    pub(super) recovering: bool,
    /// Agreed: octets between checkpoints (0: none), checkpoints unconfirmed, both sides send.
    pub(super) segment: usize,
    pub(super) window: usize,
    pub(super) two_way: bool,
    pub(super) failures: u32,
    pub(super) retry_at: Option<Instant>,
    pub(super) give_up_at: Option<Instant>,
    pub(super) answer_due: Option<Instant>,
    /// Tokens here.
    pub(super) owned: Tokens,
    /// The peer asks for the turn.
    pub(super) wish: Option<u32>,
    /// The turn was asked for: not again before this.
    pub(super) asked: Option<Instant>,
    /// Control was given: whether the peer has noticed is not known.
    pub(super) given: bool,
    /// The APDU under way.
    pub(super) current: Option<u64>,
    pub(super) stage: Stage,
    /// Octets sent of it.
    pub(super) sent: usize,
    pub(super) next_serial: u64,
    /// Checkpoints unconfirmed, and the octets before each.
    pub(super) unconfirmed: VecDeque<(u64, usize)>,
    /// No APDU is begun or resumed before this.
    pub(super) not_before: Instant,
    pub(super) pauses: u32,
    pub(super) deadlines: BTreeMap<u64, Instant>,
    pub(super) reasons: BTreeMap<u64, Why>,
    /// How often an APDU was refused in a way that does not pass.
    pub(super) refusals: BTreeMap<u64, u32>,
    pub(super) receiver: ReceiverState,
    /// The activity of the peer's that is open, by our number.
    pub(super) incoming: Option<u64>,
    /// What came since the last checkpoint.
    pub(super) tail: BytesMut,
    /// The user takes nothing for now.
    pub(super) held: bool,
    random: u64,
    pub(super) out: VecDeque<Request>,
    events: VecDeque<Event>,
    journal: VecDeque<Record>,
}

impl Engine {
    /// A new association, not connected. The chance in delays follows from the seed.
    ///
    /// # Errors
    /// `Invalid`: a limit is zero that must not be, or a reference is too long.
    pub fn new(config: Config, role: Role, seed: u64) -> Result<Engine> {
        config.check()?;
        if let Role::Initiator { calling, common } = &role
            && (!(1..=40).contains(&calling.len()) || common.len() > 62)
        {
            return Err(Error::invalid("a calling reference has 1 to 40 octets, a common one at most 62")
                .with_parameter("reference")
                .with_clause("X.225 8.3.1"));
        }
        let store = Store::new(config.max_interrupted, config.completed_marks);
        Ok(Engine {
            two_way: config.two_way,
            segment: 0,
            window: 1,
            config,
            role,
            store,
            link: LinkState::Down,
            closing: Closing::No,
            connection: Reference::default(),
            number: 0,
            recovering: false,
            failures: 0,
            retry_at: None,
            give_up_at: None,
            answer_due: None,
            owned: Tokens::empty(),
            wish: None,
            asked: None,
            given: false,
            current: None,
            stage: Stage::Fresh,
            sent: 0,
            next_serial: 1,
            unconfirmed: VecDeque::new(),
            not_before: Instant::ZERO,
            pauses: 0,
            deadlines: BTreeMap::new(),
            reasons: BTreeMap::new(),
            refusals: BTreeMap::new(),
            receiver: ReceiverState::Idle,
            incoming: None,
            tail: BytesMut::new(),
            held: false,
            random: seed,
            out: VecDeque::new(),
            events: VecDeque::new(),
            journal: VecDeque::new(),
        })
    }

    /// An association as it stands in a journal: the records of [`Engine::snapshot`], then those of [`Engine::poll_journal`], in their
    /// order. APDUs are under way again, without deadlines; those of the peer's that were not taken are given again.
    ///
    /// # Errors
    /// `Invalid`: a record cannot be read, or as for [`Engine::new`].
    pub fn restore(
        config: Config,
        role: Role,
        seed: u64,
        records: impl IntoIterator<Item = Bytes>,
        now: Instant,
    ) -> Result<Engine> {
        let mut engine = Engine::new(config, role, seed)?;
        for octets in records {
            engine.store.apply(&Record::decode(&octets)?);
        }
        engine.number = engine.store.connection_number;
        if let Some(apdu) = engine.store.outbound.iter().find(|apdu| apdu.started.is_some()) {
            (engine.current, engine.stage) = (Some(apdu.id), Stage::Suspended);
        }
        for (number, data) in &engine.store.deliveries {
            engine.events.push_back(Event::Arrived { number: *number, data: data.clone() });
        }
        if engine.store.last_connection().is_some() {
            engine.give_up_at = Some(now + engine.config.recovery_time);
        }
        Ok(engine)
    }

    /// The fewest records that say where the association stands: they may take the place of all before.
    pub fn snapshot(&self) -> Vec<Record> {
        self.store.snapshot()
    }

    /// Where things stand.
    pub fn progress(&self) -> Progress {
        let sending =
            self.apdu().map(|apdu| (apdu.id, self.stage, apdu.confirmed.1 as u64, apdu.data.len() as u64));
        Progress {
            link: self.link,
            turn: self.has_turn(),
            sending,
            queued: self.store.outbound.len(),
            receiver: self.receiver,
            failures: self.failures,
            next: self.retry_at,
        }
    }

    /// This association had a connection of this name: a caller that wants to recover it wants this engine.
    pub fn knows(&self, reference: &Reference) -> bool {
        self.store.knows(reference)
    }

    /// It is over: nothing happens any more.
    pub fn is_closed(&self) -> bool {
        self.link == LinkState::Closed
    }

    /// Sends an APDU to the peer, when its turn comes: the lower the number, the more urgent; 0 is what a wish
    /// to release the association has (X.218 9.4.1.1). Connects if there is no
    /// connection. The outcome is an event.
    ///
    /// # Errors
    /// `Invalid`: nothing, or more than `max_apdu`, or more checkpoints than an activity has. `LimitHit`: too many are queued. `Refused`:
    /// the association is over, or only the peer sends. `TimedOut`: the deadline has passed.
    pub fn send(
        &mut self,
        data: Bytes,
        priority: u32,
        deadline: Option<Instant>,
        now: Instant,
    ) -> Result<u64> {
        let checkpoints = match self.config.checkpoint_size as usize {
            0 => 0,
            size => data.len() / size.saturating_mul(1_024),
        };
        if data.is_empty() || data.len() > self.config.max_apdu || checkpoints > MAX_SERIAL {
            return Err(Error::invalid(format!(
                "an APDU of {} octets, 1 to {} are possible",
                data.len(),
                self.config.max_apdu
            ))
            .with_parameter("max_apdu"));
        }
        if self.store.outbound.len() >= self.config.max_queued {
            return Err(Error::limit(Layer::Api, "too many APDUs are queued")
                .with_expected(format!("at most {} (max_queued)", self.config.max_queued), "one more"));
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(Error::new(ErrorKind::TimedOut, Layer::Api, "the deadline has passed"));
        }
        if self.is_closed() || self.closing == Closing::Final {
            return Err(Error::refused("the association is over"));
        }
        if self.link == LinkState::Up && !self.two_way && !self.has_turn() {
            return Err(
                Error::refused("only the peer sends on this association").with_clause("X.218 9.1.1.1")
            );
        }
        let id = self.store.next_id;
        self.note(Record::Queued { id, priority, data });
        if let Some(deadline) = deadline {
            self.deadlines.insert(id, deadline);
        }
        self.closing = Closing::No;
        self.wake(now);
        self.work(now);
        Ok(id)
    }

    /// An APDU is not wanted any more. It has its outcome when that is known: it may have arrived.
    pub fn cancel(&mut self, id: u64, now: Instant) {
        self.cancel_because(id, Why::Cancelled, now);
    }

    fn cancel_because(&mut self, id: u64, why: Why, now: Instant) {
        self.deadlines.remove(&id);
        if self.store.outbound(id).is_none_or(|apdu| apdu.cancelled) {
            return;
        }
        self.reasons.insert(id, why);
        if self.current == Some(id) {
            self.note(Record::Cancelled(id));
            self.sender(Sent::Cancel, now);
            self.work(now);
        } else {
            self.withdraw(id);
        }
    }

    /// The user takes nothing for now (`true`): transfers of the peer are refused with an exception, "receiving ability jeopardized",
    /// and come again later.
    pub fn hold(&mut self, held: bool, now: Instant) {
        self.held = held;
        if held {
            self.cannot_store(ExceptionReason::ReceivingAbilityJeopardized, now);
        }
    }

    /// The user has a delivery where it is safe.
    pub fn taken(&mut self, number: u64) {
        if self.store.deliveries.contains_key(&number) {
            self.note(Record::Taken(number));
        }
    }

    /// The peer can recover it: it had a connection, and did not end since.
    pub fn is_recoverable(&self) -> bool {
        !self.is_closed() && self.store.last_connection().is_some()
    }

    /// Nothing is under way in either direction, and all that arrived is taken.
    pub fn is_idle(&self) -> bool {
        self.store.outbound.is_empty()
            && self.store.deliveries.is_empty()
            && self.store.inbound.iter().all(|apdu| apdu.complete)
    }

    /// Deliveries that were not taken.
    pub fn untaken(&self) -> usize {
        self.store.deliveries.len()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let late: Vec<u64> = self.deadlines.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        for id in late {
            self.cancel_because(id, Why::Deadline, now);
        }
        if due(self.answer_due) {
            self.answer_due = None;
            let error = Error::new(ErrorKind::TimedOut, Layer::Session, "the peer does not answer")
                .with_parameter("answer_within");
            self.break_off(AbortReason::LocalSystemProblem, error, now);
        }
        if due(self.give_up_at) {
            self.give_up_at = None;
            let error = Error::new(ErrorKind::TimedOut, Layer::Session, "the association was not recovered")
                .with_parameter("recovery_time")
                .with_clause("X.228 7.8.3");
            self.give_up(Some(error), now);
        }
        if due(self.retry_at) {
            self.retry_at = None;
            self.connect(now);
        }
        self.work(now);
    }

    /// When [`Engine::handle_timeout`] is wanted.
    pub fn next_timeout(&self) -> Option<Instant> {
        let paused = self.waits_for_time().then_some(self.not_before);
        let asked = self.asked.filter(|_| self.wants_turn());
        let own = [self.answer_due, self.give_up_at, self.retry_at, paused, asked];
        own.into_iter().flatten().chain(self.deadlines.values().copied()).min()
    }

    /// What is to be requested of the session. S-CONNECT request wants a new session connection, its selectors filled in; events of
    /// one before must not be given any more. After S-U-ABORT there is none.
    pub fn poll_session(&mut self) -> Option<Request> {
        self.out.pop_front()
    }

    /// What is to be durable before anything is requested of the session, or told to the user.
    pub fn poll_journal(&mut self) -> Option<Record> {
        self.journal.pop_front()
    }

    /// What the user is told.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn note(&mut self, record: Record) {
        self.store.apply(&record);
        self.journal.push_back(record);
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(super) fn has_turn(&self) -> bool {
        self.owned.contains(TURN)
    }

    /// A delay after so many failures: doubled for each, up to the longest, less up to a quarter by chance.
    pub(super) fn delay(&mut self, failures: u32) -> Duration {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = (self.random >> 56) as u32;
        let first = self.config.retries.first_delay;
        let whole = first.saturating_mul(1_u32.checked_shl(failures.min(20)).unwrap_or(u32::MAX));
        let whole = whole.min(self.config.retries.longest_delay);
        whole - whole / 1_024 * chance
    }
}
