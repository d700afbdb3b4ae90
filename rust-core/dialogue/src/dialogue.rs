//! The engine: its state, and what the user and the journal may ask.
use std::collections::VecDeque;

use osisession_proto::time::Instant;
use osisession_proto::{Bytes, Error, ErrorKind, Layer};

use crate::config::{Config, Delivery, Durability};
use crate::control::{DialogueId, Status};
use crate::effect::{Agreed, Connection, Effect, Event, Progress, Stop, Timer, Token};
use crate::inbox::Inbox;
use crate::ledger::Ledger;
use crate::outbox::Outbox;
use crate::record::Record;
use crate::retry::Pace;
use crate::round::earliest;
use crate::table::State;

/// Which side began the dialogue. It keeps the tokens and places the sync points, whoever opens a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Began it.
    Initiator,
    /// Took it.
    Responder,
}

/// What is left of a dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Open,
    Closed,
    /// What was found; the speaker is this side.
    Broken(Status),
}

/// The rules of which each is needed: tests remove one at a time and see the promise break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// W2: send what is durable.
    SendDurable,
    /// W5: confirm what is durable.
    ConfirmDurable,
    /// W6: trim what is confirmed, not what is sent.
    TrimConfirmed,
    /// A connection starts at the receiver's position, not at one's own last confirmation.
    StartAtReceiver,
    /// CN and AC announce what is durable, not what is in memory.
    AnnounceDurable,
    /// Only the current connection delivers.
    Fence,
}

/// State of the current connection beyond its [`State`].
#[derive(Debug, Default)]
pub(crate) struct Link {
    /// The record that must be durable before CN, AC, FN or DN goes out.
    pub(crate) waits_for: u64,
    /// `rcv` of our CN or AC: where the peer starts.
    pub(crate) announced: u64,
    /// `rcv` of the peer's CN.
    pub(crate) peer_rcv: u64,
    pub(crate) agreed: Option<Agreed>,
    /// Messages may go: an activity is open, or activities were not agreed.
    pub(crate) open: bool,
    pub(crate) writable: bool,
    pub(crate) paused: bool,
    /// The peer's answer to CN, AI, AE or FN is due.
    pub(crate) answer_by: Option<Instant>,
    pub(crate) up_since: Option<Instant>,
    pub(crate) identity: Bytes,
    pub(crate) user_data: Bytes,
}

/// Sync points of the current connection.
#[derive(Debug, Default)]
pub(crate) struct Points {
    /// Ours without answer (leading).
    pub(crate) open: usize,
    pub(crate) answer_by: Option<Instant>,
    /// The peer's without answer, each with the position it covers (following).
    pub(crate) owed: VecDeque<(u64, bool)>,
    /// Last `rcv` that we told.
    pub(crate) advertised: u64,
    /// `sent` at the last one placed (leading) or asked for (following).
    pub(crate) marked: u64,
    /// A PT is out that no MIP has answered (following).
    pub(crate) asked: bool,
    /// The peer asked (leading).
    pub(crate) wanted: bool,
    pub(crate) due: bool,
    /// A sign of life is due (leading).
    pub(crate) probe: bool,
    pub(crate) due_at: Option<Instant>,
    /// Messages and octets, both ways, since the last one.
    pub(crate) messages: u64,
    pub(crate) octets: usize,
    /// In the current activity.
    pub(crate) serials: u64,
}

/// How far the close has come.
#[derive(Debug, Default)]
pub(crate) struct Close {
    /// One side wants it: nothing more is taken.
    pub(crate) wanted: bool,
    /// Both sides have everything (leading).
    pub(crate) agreed: bool,
    /// W9 is written.
    pub(crate) recorded: bool,
    /// `rcv` of the last MIP that prepared it.
    pub(crate) told: u64,
    /// When to prepare again.
    pub(crate) next: Option<Instant>,
    /// The application knows that the peer wants it.
    pub(crate) peer_told: bool,
    /// On this connection the initiator prepares it (following).
    pub(crate) prepared: bool,
}

/// One side of a dialogue. See the crate's page for how it is driven.
#[derive(Debug)]
pub struct Dialogue {
    pub(crate) config: Config,
    pub(crate) did: DialogueId,
    pub(crate) role: Role,
    pub(crate) life: Life,
    pub(crate) state: State,
    pub(crate) current: Option<Connection>,
    pub(crate) epoch: u64,
    /// Highest epoch that the peer is known to have stored.
    pub(crate) seen: u64,
    /// The peer's identity, once it has taken the dialogue.
    pub(crate) bound: Option<Bytes>,
    pub(crate) bound_record: u64,
    pub(crate) link: Link,
    pub(crate) points: Points,
    pub(crate) close: Close,
    pub(crate) outbox: Outbox,
    pub(crate) inbox: Inbox,
    pub(crate) ledger: Ledger,
    pub(crate) pace: Pace,
    pub(crate) stopped: bool,
    /// Closed on purpose until someone has something to say.
    pub(crate) idle: bool,
    /// The application has something open: no idle close.
    pub(crate) held_open: bool,
    pub(crate) last_traffic: Instant,
    pub(crate) last_heard: Instant,
    pub(crate) detached_since: Option<Instant>,
    pub(crate) closed_since: Option<Instant>,
    pub(crate) violations: u32,
    pub(crate) activities: u16,
    pub(crate) last_activity: [u8; 6],
    pub(crate) now: Instant,
    pub(crate) effects: VecDeque<Effect>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) events_lost: u64,
    told_accepted: u64,
    told_confirmed: u64,
    told_committed: u64,
    blocked: bool,
    #[cfg(test)]
    pub(crate) removed: Option<Rule>,
}

impl Dialogue {
    pub(crate) fn new(config: Config, did: DialogueId, role: Role, now: Instant) -> Dialogue {
        let pace = Pace::new(config.seed);
        Dialogue {
            config,
            did,
            role,
            life: Life::Open,
            state: State::Detached,
            current: None,
            epoch: 0,
            seen: 0,
            bound: None,
            bound_record: 0,
            link: Link::default(),
            points: Points::default(),
            close: Close::default(),
            outbox: Outbox::default(),
            inbox: Inbox::default(),
            ledger: Ledger::default(),
            pace,
            stopped: false,
            idle: false,
            held_open: false,
            last_traffic: now,
            last_heard: now,
            detached_since: Some(now),
            closed_since: None,
            violations: 0,
            activities: 0,
            last_activity: [0; 6],
            now,
            effects: VecDeque::new(),
            events: VecDeque::new(),
            events_lost: 0,
            told_accepted: 0,
            told_confirmed: 0,
            told_committed: 0,
            blocked: false,
            #[cfg(test)]
            removed: None,
        }
    }

    /// Begins a dialogue, as its initiator. `did` must be 16 octets from a random source.
    pub fn open(config: Config, did: DialogueId, now: Instant) -> Dialogue {
        let mut dialogue = Dialogue::new(config, did, Role::Initiator, now);
        let profile = dialogue.config.profile.clone();
        dialogue.append(&Record::Created { did, role: Role::Initiator, profile }, true);
        dialogue.pace.next = Some(now);
        dialogue.round();
        dialogue
    }

    /// Its name.
    pub fn id(&self) -> DialogueId {
        self.did
    }

    /// Which side this is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Takes a message; its position. It is accepted once [`Event::Accepted`] says so, and not before may anyone rely on it.
    ///
    /// # Errors
    /// `Invalid`: empty (S-DATA carries at least one octet), or longer than [`crate::DialogueLimits::message_octets`].
    /// `WouldBlock`: the outbox is full; [`Event::Writable`] follows. `Refused`: the dialogue is closing, or its journal failed.
    /// `Closed`: it is closed or broken. Nothing changes then.
    pub fn send(&mut self, data: Bytes, now: Instant) -> Result<u64, Error> {
        let limits = &self.config.limits;
        match self.life {
            Life::Open => {}
            Life::Closed => return Err(Error::new(ErrorKind::Closed, Layer::Api, "the dialogue is closed")),
            Life::Broken(status) => {
                return Err(Error::new(
                    ErrorKind::Closed,
                    Layer::Api,
                    format!("the dialogue is broken: {status}"),
                ));
            }
        }
        if self.close.wanted {
            return Err(Error::refused("the dialogue is closing"));
        }
        if self.ledger.failed {
            return Err(Error::refused("the journal failed"));
        }
        if data.is_empty() {
            return Err(Error::invalid("an empty message").with_clause("X.225 8.3.11"));
        }
        if data.len() > limits.message_octets {
            return Err(Error::invalid(format!(
                "a message of {} octets, at most {}",
                data.len(),
                limits.message_octets
            )));
        }
        if self.outbox.len() >= limits.outbox_messages
            || self.outbox.octets.saturating_add(data.len()) > limits.outbox_octets.max(limits.message_octets)
        {
            self.blocked = true;
            return Err(Error::new(ErrorKind::WouldBlock, Layer::Api, "the outbox is full"));
        }
        self.now = now;
        let octets = data.len();
        let position = self.outbox.push(data.clone());
        self.append_message(&Record::Out { position, data }, octets);
        self.wake();
        self.round();
        Ok(position)
    }

    /// The application is done with the peer's messages up to this position.
    ///
    /// # Errors
    /// `Invalid`: a position that was not handed out.
    pub fn commit(&mut self, position: u64, now: Instant) -> Result<(), Error> {
        if position > self.inbox.handed {
            return Err(Error::invalid(format!(
                "position {position}, handed out were {}",
                self.inbox.handed
            )));
        }
        self.now = now;
        if position > self.inbox.committed {
            self.inbox.commit(position);
            if self.config.delivery == Delivery::Application {
                self.inbox.durable = self.inbox.durable.max(position);
                self.inbox.cursor = self.inbox.committed;
            }
            let urgent = self.config.durability == Durability::EveryMessage;
            self.append(&Record::Cursor { position }, urgent);
            self.reading();
        }
        self.round();
        Ok(())
    }

    /// Tries again at once: after [`Event::Stopped`], or without waiting for the next attempt.
    ///
    /// # Errors
    /// `Closed`, `Refused`: the dialogue is over, or its journal failed.
    pub fn reconnect(&mut self, now: Instant) -> Result<(), Error> {
        if self.life != Life::Open {
            return Err(Error::new(ErrorKind::Closed, Layer::Api, "the dialogue is over"));
        }
        if self.ledger.failed {
            return Err(Error::refused("the journal failed"));
        }
        self.now = now;
        self.stopped = false;
        self.violations = 0;
        self.wake();
        if self.state == State::Detached {
            self.pace.next = Some(now);
        }
        self.round();
        Ok(())
    }

    /// Whether the application has something open, such as a request without response: no idle close then.
    pub fn hold_open(&mut self, hold: bool, now: Instant) {
        self.now = now;
        self.held_open = hold;
        self.last_traffic = now;
        self.round();
    }

    /// Whether the connection takes more octets. It does when it is made.
    pub fn set_writable(&mut self, connection: Connection, writable: bool, now: Instant) {
        self.now = now;
        if self.current == Some(connection) {
            self.link.writable = writable;
        }
        self.round();
    }

    /// A sync has ended well.
    pub fn stored(&mut self, token: Token, now: Instant) {
        self.now = now;
        if let Some(marks) = self.ledger.finish(token) {
            self.apply(marks);
        }
        self.round();
    }

    /// A write or a sync has failed. That is final: nothing is confirmed or sent from now on that was not durable before. Make the
    /// dialogue again from what the journal holds.
    pub fn storage_failed(&mut self, now: Instant) {
        self.now = now;
        if !self.ledger.failed {
            self.ledger.failed = true;
            self.abort(Status::Storage);
            self.stop(Stop::Storage);
        }
        self.round();
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.round();
    }

    /// The earliest deadline, and what for.
    pub fn next_timeout(&self) -> Option<(Instant, Timer)> {
        let detached = self.state == State::Detached;
        let storage = self.ledger.flight.filter(|_| !self.ledger.stalled && !self.ledger.failed);
        let flows = matches!(self.state, State::Leading | State::Following);
        let checkpoint = if self.points.due || !flows { None } else { self.points.due_at };
        let checkpoint =
            if self.closing_waits() { earliest(checkpoint, self.close.next) } else { checkpoint };
        [
            (self.pace.next.filter(|_| detached && self.wants_connection()), Timer::Retry),
            (self.link.answer_by, Timer::Answer),
            (self.points.answer_by, Timer::SyncAnswer),
            (checkpoint, Timer::Checkpoint),
            (
                self.ledger.flush_at.filter(|_| self.ledger.flight.is_none() && !self.ledger.failed),
                Timer::Flush,
            ),
            (storage.map(|(_, _, since)| since + self.config.limits.storage_timeout), Timer::Storage),
            (self.idle_at(), Timer::Idle),
            (self.probe_at(), Timer::Keepalive),
            (self.overdue_at(), Timer::Overdue),
            (self.closed_since.map(|since| since + self.config.retention), Timer::Retention),
        ]
        .into_iter()
        .filter_map(|(at, timer)| Some((at?, timer)))
        .min()
    }

    /// The next thing to do, in order. Messages and sync points are made when they are asked for, so that no queue of them stands
    /// between the outbox and the transport.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        if self.effects.is_empty() {
            self.transmit();
        }
        self.effects.pop_front()
    }

    /// The next thing to hear.
    pub fn poll_event(&mut self) -> Option<Event> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        if self.told_accepted < self.outbox.durable {
            self.told_accepted = self.outbox.durable;
            return Some(Event::Accepted(self.told_accepted));
        }
        if self.told_confirmed < self.outbox.confirmed {
            self.told_confirmed = self.outbox.confirmed;
            return Some(Event::Confirmed(self.told_confirmed));
        }
        if self.told_committed < self.inbox.cursor {
            self.told_committed = self.inbox.cursor;
            return Some(Event::Committed(self.told_committed));
        }
        if self.blocked && self.life == Life::Open && !self.close.wanted && self.outbox_has_room() {
            self.blocked = false;
            return Some(Event::Writable);
        }
        let limit = match self.config.delivery {
            Delivery::Inbox => self.inbox.durable,
            Delivery::Application => self.inbox.held(),
        };
        let (position, data) = self.inbox.hand_out(limit)?;
        Some(Event::Message { position, data })
    }

    /// Messages that the peer has not confirmed, with their positions. For a broken dialogue: those whose outcome is not known.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (u64, &Bytes)> {
        self.outbox.waiting()
    }

    /// Where the dialogue stands.
    pub fn progress(&self) -> Progress {
        let state = match (self.life, self.state) {
            (Life::Closed, _) => "closed",
            (Life::Broken(_), _) => "broken",
            (Life::Open, _) if self.close.wanted => "closing",
            (Life::Open, State::Detached) if self.stopped => "stopped",
            (Life::Open, State::Detached) if self.idle => "idle",
            (Life::Open, State::Detached) => "detached",
            (Life::Open, State::Preparing | State::Connecting | State::Answering) => "connecting",
            (
                Life::Open,
                State::Leading
                | State::Following
                | State::Ending
                | State::Interrupting
                | State::Releasing
                | State::Parting,
            ) => "connected",
        };
        Progress {
            state,
            epoch: self.epoch,
            attempts: self.pace.attempts,
            next_try: self.pace.next.filter(|_| self.state == State::Detached && self.wants_connection()),
            sent: self.outbox.taken(),
            accepted: self.outbox.durable,
            confirmed: self.outbox.confirmed,
            confirmed_octets: self.outbox.confirmed_octets,
            unconfirmed_octets: self.outbox.octets,
            received: self.inbox.durable,
            committed: self.inbox.committed,
            events_lost: self.events_lost,
        }
    }
}
