//! The handle of a dialogue: blocking calls that any thread may make.
use super::config::Peer;
use super::shared::{Command, Shared, View, until};
use crate::clock;
use bytes::Bytes;
use osisession_dialogue::{DialogueId, Event, Role};
use osisession_proto::error::Result;
use osisession_proto::{Error, ErrorKind, Layer};
use std::sync::Arc;
use std::time::Duration;

/// One end of a durable dialogue. Clones are handles of the same end; dropping them detaches from it, and it goes on in its node.
///
/// Each wait takes a timeout; `None` waits for ever, also while there is no connection: that is what the dialogue is for.
/// [`Dialogue::progress`] and [`Dialogue::next_event`] say what goes on meanwhile.
#[derive(Clone)]
pub struct Dialogue(pub(super) Arc<Shared>);

impl std::fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialogue")
            .field("id", &self.0.id)
            .field("role", &self.0.role)
            .field("state", &self.0.view.lock().progress.state)
            .finish_non_exhaustive()
    }
}

/// A message of the peer.
#[derive(Clone, Debug)]
pub struct Message {
    dialogue: Dialogue,
    position: u64,
    data: Bytes,
}

impl Message {
    /// Its place among all messages of the peer, from 1.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The message.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// The message itself.
    pub fn into_data(self) -> Bytes {
        self.data
    }

    /// Commits this message and all before it: see [`Dialogue::commit`].
    ///
    /// # Errors
    /// As of [`Dialogue::commit`].
    pub fn commit(&self) -> Result<()> {
        self.dialogue.commit(self.position)
    }
}

/// Where a dialogue stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DialogueProgress {
    /// In one word: `connected`, `connecting`, `detached`, `idle`, `stopped`, `closing`, `closed`, `broken`.
    pub state: &'static str,
    /// Number of the last connection or attempt.
    pub epoch: u64,
    /// Attempts since the last connection.
    pub attempts: u32,
    /// Until the next attempt; `None` if none is planned.
    pub next_try: Option<Duration>,
    /// Position of the last message that was given to the dialogue.
    pub sent: u64,
    /// Last position that is stored here.
    pub accepted: u64,
    /// Last position that is stored at the peer.
    pub confirmed: u64,
    /// Octets of messages that the peer confirmed, since this process began.
    pub confirmed_octets: u64,
    /// Octets of messages that are not confirmed.
    pub unconfirmed_octets: usize,
    /// Last position of the peer that is stored here.
    pub received: u64,
    /// Last position of the peer that the application has committed.
    pub committed: u64,
    /// Events that were dropped because nobody took them.
    pub events_lost: u64,
    /// Why the last connection was not made, or how it ended.
    pub last_error: Option<Error>,
    /// Where the peer is, if this side knows.
    pub peer: Option<String>,
}

impl Dialogue {
    /// Its name.
    pub fn id(&self) -> DialogueId {
        self.0.id
    }

    /// Which side this is.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// The label it was begun with; empty at the responder.
    pub fn label(&self) -> Bytes {
        self.0.label.clone()
    }

    /// At the responder: what the peer's application put behind the control block when it began the dialogue; not kept over a restart.
    /// At the initiator: its own.
    pub fn user_data(&self) -> Bytes {
        self.0.user_data.clone()
    }

    /// Gives a message to the dialogue and waits until it is accepted: stored, at the level of durability. It will then arrive, whatever
    /// happens. Returns its position.
    ///
    /// # Errors
    /// As of [`Dialogue::submit`] and [`Dialogue::wait_accepted`]. After `TimedOut` the message may still be sent: with `submit` its
    /// position is known.
    pub fn send(&self, data: impl Into<Bytes>, timeout: Option<Duration>) -> Result<u64> {
        let deadline = clock::deadline(timeout);
        let position = self.submit(data, timeout)?;
        self.wait_accepted(position, clock::remaining(deadline))?;
        Ok(position)
    }

    /// As [`Dialogue::send`], and waits until the peer has confirmed it.
    ///
    /// # Errors
    /// As of [`Dialogue::send`] and [`Dialogue::wait_confirmed`].
    pub fn send_wait(&self, data: impl Into<Bytes>, timeout: Option<Duration>) -> Result<u64> {
        let deadline = clock::deadline(timeout);
        let position = self.submit(data, timeout)?;
        self.wait_confirmed(position, clock::remaining(deadline))?;
        Ok(position)
    }

    /// Gives a message to the dialogue, waiting only while the outbox is full. Returns the position that it will have once it is
    /// accepted: many can be under way, and one wait for the last is a wait for all.
    ///
    /// # Errors
    /// `Invalid`: empty, or longer than [`osisession_dialogue::DialogueLimits::message_octets`]. `TimedOut`: no room in time; the
    /// message was not taken. `Refused`: the dialogue is closing. `Closed`: it is closed or broken, or the node is. What made the
    /// journal fail.
    pub fn submit(&self, data: impl Into<Bytes>, timeout: Option<Duration>) -> Result<u64> {
        let data = data.into();
        let (messages, octets, longest) = self.0.room;
        if data.is_empty() {
            return Err(Error::invalid("an empty message").with_clause("X.225 8.3.11"));
        }
        if data.len() > longest {
            let text = format!("a message of {} octets, at most {longest}", data.len());
            return Err(Error::invalid(text));
        }
        let mut data = Some(data);
        let (position, first) = self.0.wait(clock::deadline(timeout), "room in the outbox", |view| {
            if let Some(error) = &view.shut {
                return Some(Err(error.clone()));
            }
            let waiting = usize::try_from(view.taken - view.progress.confirmed).unwrap_or(usize::MAX);
            let held = view.outgoing_octets.saturating_add(view.progress.unconfirmed_octets);
            let length = data.as_ref().map_or(0, Bytes::len);
            if waiting >= messages || held.saturating_add(length) > octets.max(longest) {
                return None;
            }
            view.outgoing.extend(data.take());
            view.outgoing_octets = view.outgoing_octets.saturating_add(length);
            view.taken += 1;
            Some(Ok((view.taken, !std::mem::replace(&mut view.told, true))))
        })?;
        if first {
            // If the node has ended, whoever waits for the message is told.
            self.0.mailbox.post(Command::Attend(self.0.id));
        }
        Ok(position)
    }

    /// Waits until the message at this position, and so all before it, is accepted.
    ///
    /// # Errors
    /// `TimedOut`. `Refused`, `Closed`: it was not taken, because the dialogue was closing or is over. What made the journal fail.
    pub fn wait_accepted(&self, position: u64, timeout: Option<Duration>) -> Result<()> {
        self.0.wait(clock::deadline(timeout), "acceptance", |view| {
            if view.progress.accepted >= position {
                return Some(Ok(()));
            }
            view.never(position).map(Err)
        })
    }

    /// Waits until the peer has the message at this position, and so all before it, on its stable storage.
    ///
    /// # Errors
    /// `TimedOut`. `Refused`: it was not taken, because the dialogue was closing. `Closed`: the dialogue is broken or the node closed, and what became of the message is not
    /// known. What made the journal fail.
    pub fn wait_confirmed(&self, position: u64, timeout: Option<Duration>) -> Result<()> {
        self.0.wait(clock::deadline(timeout), "confirmation", |view| {
            if view.progress.confirmed >= position {
                return Some(Ok(()));
            }
            view.never(position).map(Err)
        })
    }

    /// Waits until all that was sent here so far is confirmed.
    ///
    /// # Errors
    /// As of [`Dialogue::wait_confirmed`].
    pub fn flush(&self, timeout: Option<Duration>) -> Result<()> {
        let last = self.0.view.lock().taken;
        self.wait_confirmed(last, timeout)
    }

    /// The next message of the peer. It is handed out again after a restart unless it was committed.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the dialogue is over and all messages were received. What made the journal fail.
    pub fn receive(&self, timeout: Option<Duration>) -> Result<Message> {
        self.0.wait(clock::deadline(timeout), "message", |view| match view.inbox.pop_front() {
            Some((position, data)) => Some(Ok(Message { dialogue: self.clone(), position, data })),
            None => view.over.clone().map(Err),
        })
    }

    /// The next message if it is there.
    pub fn try_receive(&self) -> Option<Message> {
        let (position, data) = self.0.view.lock().inbox.pop_front()?;
        Some(Message { dialogue: self.clone(), position, data })
    }

    /// The application is done with the peer's messages up to this position: they are not handed out again, once that is durable
    /// ([`Dialogue::wait_committed`]). Does not wait.
    ///
    /// # Errors
    /// `Closed`: the node is closed, or its journal failed.
    pub fn commit(&self, position: u64) -> Result<()> {
        let mut view = self.0.view.lock();
        if let Some(error) = view.over.as_ref().filter(|_| !view.closed) {
            return Err(error.clone());
        }
        if position > view.commit {
            view.commit = position;
            self.0.attend(view);
        }
        Ok(())
    }

    /// Waits until a commit of this position is durable.
    ///
    /// # Errors
    /// `TimedOut`. What [`Dialogue::commit`] would say. With [`osisession_dialogue::Durability::EveryCheckpoint`] a commit may wait for
    /// the next thing that is stored.
    pub fn wait_committed(&self, position: u64, timeout: Option<Duration>) -> Result<()> {
        self.0.wait(clock::deadline(timeout), "durable commit", |view| {
            if view.committed >= position {
                return Some(Ok(()));
            }
            view.over.clone().filter(|_| !view.closed).map(Err)
        })
    }

    /// Where it stands.
    pub fn progress(&self) -> DialogueProgress {
        let view = self.0.view.lock();
        let progress = &view.progress;
        DialogueProgress {
            state: progress.state,
            epoch: progress.epoch,
            attempts: progress.attempts,
            next_try: until(progress.next_try, clock::now()),
            sent: view.taken,
            accepted: progress.accepted,
            confirmed: progress.confirmed,
            confirmed_octets: progress.confirmed_octets,
            unconfirmed_octets: progress.unconfirmed_octets.saturating_add(view.outgoing_octets),
            received: progress.received,
            committed: progress.committed,
            events_lost: progress.events_lost.saturating_add(view.events_lost),
            last_error: view.last_error.clone(),
            peer: Some(view.address.clone()).filter(|address| !address.is_empty()),
        }
    }

    /// The next event: connecting, connected, detached, confirmed ... Nobody has to take them; the oldest are dropped.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the dialogue is over and all events were taken.
    pub fn next_event(&self, timeout: Option<Duration>) -> Result<Event> {
        self.0.wait(clock::deadline(timeout), "event", |view| match view.events.pop_front() {
            Some(event) => Some(Ok(event)),
            None => view.over.clone().map(Err),
        })
    }

    /// Waits until `done` says so; it is asked whenever something has changed.
    ///
    /// # Errors
    /// `TimedOut`. `Closed`: the dialogue is over, and `done` did not say so.
    pub fn wait_until(
        &self,
        timeout: Option<Duration>,
        mut done: impl FnMut(&DialogueProgress) -> bool,
    ) -> Result<()> {
        let deadline = clock::deadline(timeout);
        loop {
            // Asked without the lock: it is the application's.
            let seen = self.mark();
            if done(&self.progress()) {
                return Ok(());
            }
            self.0.wait(deadline, "change", |view| {
                if mark(view) != seen {
                    return Some(Ok(()));
                }
                view.over.clone().map(Err)
            })?;
        }
    }

    fn mark(&self) -> Mark {
        mark(&self.0.view.lock())
    }

    /// Closes the dialogue for good and waits for that: all messages of both sides are delivered and confirmed first. Nothing more can
    /// be sent from now on, whether this call waits long enough or not.
    ///
    /// # Errors
    /// `TimedOut`: not closed yet; it goes on. `Closed`: the dialogue is broken, or the node closed. What made the journal fail.
    pub fn close(&self, timeout: Option<Duration>) -> Result<()> {
        {
            let mut view = self.0.view.lock();
            if view.closed {
                return Ok(());
            }
            if view.over.is_none() {
                view.shut.get_or_insert_with(|| Error::refused("the dialogue is closing"));
            }
        }
        self.0.announce();
        if !self.0.mailbox.post(Command::Close(self.0.id)) {
            return Err(super::run::node_closed());
        }
        self.0.wait(clock::deadline(timeout), "close", |view| {
            if view.closed {
                return Some(Ok(()));
            }
            view.over.clone().map(Err)
        })
    }

    /// True once it was closed in good order.
    pub fn is_closed(&self) -> bool {
        self.0.view.lock().closed
    }

    /// Why nothing more will happen; `None` while the dialogue lives, and when it was closed in good order.
    pub fn failure(&self) -> Option<Error> {
        let view = self.0.view.lock();
        view.over.clone().filter(|_| !view.closed)
    }

    /// Tries to connect now: after the dialogue has stopped, or without waiting for the next attempt.
    ///
    /// # Errors
    /// `Closed`: the node is closed.
    pub fn reconnect(&self) -> Result<()> {
        self.post(Command::Reconnect(self.0.id, None))
    }

    /// From now on the peer is somewhere else. Holds until the node ends; the journal keeps what the dialogue was begun with.
    ///
    /// # Errors
    /// `Closed`: the node is closed. `Refused`: this side began without an address; it waits for the peer.
    pub fn set_peer(&self, peer: Peer) -> Result<()> {
        {
            let mut view = self.0.view.lock();
            if view.address.is_empty() {
                return Err(Error::refused("this side does not connect: it waits for the peer"));
            }
            view.address.clone_from(&peer.address);
        }
        self.post(Command::Reconnect(self.0.id, Some(peer)))
    }

    /// Whether the application has something open, such as a request without response: no idle close then.
    ///
    /// # Errors
    /// `Closed`: the node is closed.
    pub fn hold_open(&self, hold: bool) -> Result<()> {
        self.post(Command::HoldOpen(self.0.id, hold))
    }

    fn post(&self, command: Command) -> Result<()> {
        if self.0.mailbox.post(command) {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::Closed, Layer::Api, "the node is closed"))
        }
    }
}

/// What a wait compares to see that something has changed.
type Mark = (osisession_dialogue::Progress, u64, u64, usize, bool);

fn mark(view: &View) -> Mark {
    (view.progress.clone(), view.taken, view.committed, view.inbox.len(), view.over.is_some())
}
