//! The node, as its application holds it.
use super::config::{DialOptions, DurableConfig, Watch};
use super::dialogue::Dialogue;
use super::profile::Profile;
use super::run::{Board, Posted, Runner, compaction, handle, node_closed, watched};
use super::shared::{Command, Mailbox};
use super::store::Store;
use super::unit::{Surroundings, Unit, storage};
use crate::config::{EndpointConfig, ListenerConfig, MAX_SESSION_SELECTOR, check_length};
use crate::endpoint::Endpoint;
use crate::{clock, errors};
use osisession_dialogue::{
    Config, Delivery, Dialogue as Engine, DialogueId, Durability, Record, Role, Status,
};
use osisession_journal::{Journal, Opened, Usage};
use osisession_proto::error::Result;
use osisession_proto::x225::parameter::Versions;
use osisession_proto::{Error, ErrorKind, Layer};
use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long dropping a node waits for its journal.
const LAST_SYNC: Duration = Duration::from_secs(5);
/// What a message costs in a TSDU besides its octets: SI, LI and parameters of the SPDUs around it.
const ENVELOPE: usize = 1 << 10;

/// A dialogue in the journal that this node does not serve.
#[derive(Clone, Debug)]
pub struct Left {
    /// Its name.
    pub id: DialogueId,
    /// Why: it is damaged, or another process has it.
    pub error: Error,
}

/// One process's end of its durable dialogues: a thread, a journal, sockets. Dropping it ends the thread; what was appended to the
/// journal is made durable first (at most 5 s), and the dialogues go on when a node is made with that journal again.
pub struct DurableNode {
    endpoint: Endpoint,
    board: Arc<Board>,
    config: Arc<DurableConfig>,
    journal: Arc<dyn Journal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for DurableNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DurableNode")
            .field("dialogues", &self.board.state.lock().dialogues.len())
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}

/// 64 random bits.
pub(super) fn random() -> u64 {
    u64::from_be_bytes(random_octets())
}

/// Random octets: keys of the system's (once per thread), and the process and its time, because a fork copies the keys.
fn random_octets<const N: usize>() -> [u8; N] {
    use std::hash::{BuildHasher, RandomState};
    let state = RandomState::new();
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let salt = (std::process::id(), time.map_or(0, |time| time.as_nanos()));
    let mut out = [0; N];
    for (index, chunk) in out.chunks_mut(8).enumerate() {
        let octets = state.hash_one((salt, index)).to_be_bytes();
        chunk.iter_mut().zip(octets).for_each(|(to, from)| *to = from);
    }
    out
}

impl DurableNode {
    /// A node on this journal. Takes up every dialogue that the journal holds: it connects and hands out messages again.
    ///
    /// # Errors
    /// What the journal says when it is asked for its dialogues; `Transport`: the system gives no descriptor or thread. A single
    /// dialogue that cannot be taken up is no error: see [`DurableNode::left`].
    pub fn new(config: DurableConfig, journal: Arc<dyn Journal>) -> Result<DurableNode> {
        let mut config = config;
        prepare(&mut config);
        let endpoint = Endpoint::new(EndpointConfig::default())?;
        let mailbox = Arc::new(Mailbox::new(&endpoint.0.runtime));
        let board = Arc::new(Board {
            mailbox: mailbox.clone(),
            state: Mutex::new(Posted::default()),
            changed: Condvar::new(),
        });
        let config = Arc::new(config);
        let around = Surroundings {
            endpoint: endpoint.clone(),
            session: config.session.clone(),
            identity: config.identity.clone(),
            mailbox,
            sessions: HashMap::new(),
        };
        let mut runner = Runner::new(around, config.clone(), journal.clone(), board.clone());
        take_up(&mut runner)?;
        let thread = std::thread::Builder::new()
            .name("osisession-node".into())
            .spawn(move || runner.run())
            .map_err(|error| errors::system(&error, "starting a thread"))?;
        Ok(DurableNode { endpoint, board, config, journal, thread: Mutex::new(Some(thread)) })
    }

    /// Begins a dialogue with a peer. It connects, and connects again, by itself.
    ///
    /// # Errors
    /// `Invalid`: label or selectors are too long, or a limit allows no message. `LimitHit`: too many dialogues. What the journal says. `Closed`.
    pub fn dial(&self, options: DialOptions) -> Result<Dialogue> {
        let DialOptions { peer, label, config } = options;
        let mut engine_config = config.unwrap_or_else(|| self.config.dialogue.clone());
        let mut session = self.config.session.clone();
        session.called_t_selector = peer.called_t_selector.clone();
        session.calling_t_selector = peer.calling_t_selector.clone();
        session.check()?;
        check_length("called_selector", &peer.called_selector, MAX_SESSION_SELECTOR)?;
        check_length("calling_selector", &peer.calling_selector, MAX_SESSION_SELECTOR)?;
        if self.board.state.lock().dialogues.len() >= self.config.limits.dialogues {
            return Err(Error::limit(Layer::Api, "too many dialogues")
                .with_expected(format!("at most {}", self.config.limits.dialogues), "one more"));
        }
        engine_config.profile = Profile::of(&label, Some(&peer), &engine_config).encode()?;
        engine_config.can_connect = true;
        clamp(&mut engine_config, &self.config);
        engine_config.key.clone_from(&self.config.dialogue.key);
        engine_config.seed = random();
        let id = DialogueId(random_octets());
        let mailbox = &self.board.mailbox;
        let store = if engine_config.durability == Durability::MemoryOnly {
            Store::new(None, compaction(&self.config))
        } else {
            let opened = self.journal.open(&id.0).map_err(|failure| storage(&failure))?;
            fit(&mut engine_config, opened.log.capacity());
            watched(opened, id, mailbox, &self.config)
        };
        let engine = Engine::open(engine_config.clone(), id, clock::now());
        let events = self.config.limits.events;
        let unit = Unit::new(engine, store, &engine_config, label, Some(peer), mailbox, events);
        let shared = unit.shared.clone();
        self.board.state.lock().dialogues.insert(id, shared.clone());
        if !mailbox.post(Command::Adopt(Box::new(unit))) {
            self.board.state.lock().dialogues.remove(&id);
            return Err(node_closed());
        }
        Ok(handle(&shared))
    }

    /// Listens for peers; returns the address with the port that the system chose. May be called again, for other addresses. The
    /// address is as for [`Endpoint::listen`].
    ///
    /// # Errors
    /// As of [`Endpoint::listen`]; `Closed`.
    pub fn listen(&self, address: &str) -> Result<String> {
        self.listen_with(address, ListenerConfig::default())
    }

    /// As [`DurableNode::listen`], with selectors and limits of the listener. How its sessions behave is the node's affair:
    /// `session` of this configuration does not count.
    ///
    /// # Errors
    /// As of [`Endpoint::listen`]; `Closed`.
    pub fn listen_with(&self, address: &str, mut config: ListenerConfig) -> Result<String> {
        config.session = self.config.session.clone();
        let listener = self.endpoint.listen(address, config)?;
        let local = listener.local_address();
        if self.board.mailbox.post(Command::Listen(listener)) { Ok(local) } else { Err(node_closed()) }
    }

    /// Waits for a dialogue that a caller began, at most `timeout`; `None` waits for ever. Those that were begun before a restart are
    /// among [`DurableNode::dialogues`], whether they had been accepted or not.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn accept(&self, timeout: Option<Duration>) -> Result<Dialogue> {
        let deadline = clock::deadline(timeout);
        let mut state = self.board.state.lock();
        loop {
            if let Some(shared) = state.arrived.pop_front() {
                return Ok(handle(&shared));
            }
            if state.over {
                return Err(node_closed());
            }
            match deadline {
                None => self.board.changed.wait(&mut state),
                Some(deadline) => {
                    if self.board.changed.wait_until(&mut state, deadline).timed_out()
                        && state.arrived.is_empty()
                    {
                        return Err(errors::timed_out("caller"));
                    }
                }
            }
        }
    }

    /// Handles of all dialogues that live here: begun, taken up again, accepted or not, tombstones included.
    pub fn dialogues(&self) -> Vec<Dialogue> {
        self.board.state.lock().dialogues.values().map(handle).collect()
    }

    /// The dialogue of this name, if it lives here.
    pub fn dialogue(&self, id: DialogueId) -> Option<Dialogue> {
        self.board.state.lock().dialogues.get(&id).map(handle)
    }

    /// A dialogue that was begun here under this label and is neither closed nor broken.
    pub fn find(&self, label: &[u8]) -> Option<Dialogue> {
        let state = self.board.state.lock();
        let mut all = state.dialogues.values().filter(|shared| shared.role == Role::Initiator);
        all.find(|shared| shared.label == label && shared.view.lock().over.is_none()).map(handle)
    }

    /// Dialogues that the journal holds and this node does not serve: damaged ones, and those that another process has. Their peers are
    /// told to try later. The node takes up the latter once the other process has let go of them, which it tries every
    /// [`crate::durable::DurableLimits::take_over`].
    pub fn left(&self) -> Vec<Left> {
        self.board.state.lock().left.values().cloned().collect()
    }

    /// From now on this function is told that waits may find something; `None`: nobody is. It may be called once more after it was replaced.
    pub fn watch(&self, watch: Option<Watch>) {
        self.board.mailbox.watch(watch);
    }

    /// Ends the node: listeners close, connections are aborted, what was appended to the journal is made durable, for which
    /// it waits at most `patience`. The dialogues go on when a node is made with the journal again. Calling it again does nothing.
    pub fn close(&self, patience: Duration) {
        self.board.mailbox.post(Command::End(patience));
        if let Some(thread) = self.thread.lock().take() {
            // A panic in a filter of the application has ended it: the handles know.
            let _ = thread.join();
        }
    }

    /// True after [`DurableNode::close`].
    pub fn is_closed(&self) -> bool {
        self.board.mailbox.is_over()
    }
}

impl Drop for DurableNode {
    fn drop(&mut self) {
        self.close(LAST_SYNC);
    }
}

/// Sessions of the node take no longer messages than the node's own settings say.
pub(super) fn clamp(config: &mut Config, node: &DurableConfig) {
    let longest = node.dialogue.limits.message_octets;
    config.limits.message_octets = config.limits.message_octets.min(longest);
}

/// Nothing that has to be kept may ever be more than its log can hold: it would wait for room that only what stands behind it can
/// make. A quarter of the log is for the outbox, another one for the inbox, which may double; the rest is for what a checkpoint would remove.
pub(super) fn fit(config: &mut Config, capacity: Option<Usage>) {
    let Some(Usage { records, octets }) = capacity else { return };
    let number = |wanted: u64| usize::try_from(wanted).unwrap_or(usize::MAX).max(1);
    let limits = &mut config.limits;
    limits.message_octets = limits.message_octets.min(number(octets / 8));
    limits.outbox_octets = limits.outbox_octets.min(number(octets / 4));
    limits.inbox_octets = limits.inbox_octets.min(number(octets / 8));
    // The head of a record counts as well.
    limits.outbox_messages = limits.outbox_messages.min(number((records / 4).min(octets / 128)));
    limits.inbox_messages = limits.inbox_messages.min(number((records / 8).min(octets / 256)));
}

/// What all sessions of a node have in common.
fn prepare(config: &mut DurableConfig) {
    let longest = config.dialogue.limits.message_octets.saturating_add(ENVELOPE);
    let session = &mut config.session;
    session.functional_units = super::wire::UNITS;
    session.versions = Versions::default();
    session.pieces = false;
    session.reuse_transport = false;
    let limits = &mut session.limits;
    limits.tsdu_reassembly = limits.tsdu_reassembly.max(longest);
    limits.ssdu_reassembly = limits.ssdu_reassembly.max(longest);
    // The engine has deadlines of its own for each of these.
    limits.answer_timeout = Duration::ZERO;
}

/// Takes up what the journal holds.
fn take_up(runner: &mut Runner) -> Result<()> {
    let names = runner.journal.dialogues().map_err(|failure| storage(&failure))?;
    for name in names {
        // Others may keep other things in the same journal.
        let Ok(name) = <[u8; 16]>::try_from(&name[..]) else { continue };
        let opened = runner.journal.open(&name);
        take(runner, DialogueId(name), opened);
    }
    Ok(())
}

/// Takes up one dialogue, or remembers why not.
pub(super) fn take(
    runner: &mut Runner,
    id: DialogueId,
    opened: std::result::Result<Opened, osisession_journal::Error>,
) {
    let taken = match opened {
        // Begun, and not a record of it durable: nobody has heard of it.
        Ok(opened) if opened.records.is_empty() => {
            drop(opened);
            runner.leave_out(id, None);
            return runner.remove(id);
        }
        Ok(opened) => restore(runner, id, opened).map_err(|error| (error, Status::Storage)),
        Err(failure @ osisession_journal::Error::InUse { .. }) => Err((storage(&failure), Status::Busy)),
        Err(failure) => Err((storage(&failure), Status::Storage)),
    };
    match taken {
        Ok(mut unit) => {
            // What the journal says of it, before anybody asks.
            unit.publish();
            runner.leave_out(id, None);
            runner.board.state.lock().dialogues.insert(id, unit.shared.clone());
            runner.units.insert(id, unit);
        }
        Err((error, status)) => runner.leave_out(id, Some((error, status))),
    }
}

fn restore(runner: &Runner, id: DialogueId, opened: Opened) -> Result<Unit> {
    let damaged = |text: String| Error::new(ErrorKind::Internal, Layer::Api, text);
    let first = opened.records.first().ok_or_else(|| damaged("the journal has no records".into()))?;
    let Ok(Record::Created { did, profile, .. }) = Record::decode(first) else {
        return Err(damaged("the first record of the journal is not the beginning of a dialogue".into()));
    };
    if did != id {
        return Err(damaged(format!("the records are those of another dialogue, {did:?}")));
    }
    let profile = Profile::decode(&profile)
        .ok_or_else(|| damaged("the profile of the dialogue is of another version".into()))?;
    let peer = Some(profile.peer).filter(|peer| !peer.address.is_empty());
    let mut config = Config {
        durability: profile.kept.durability,
        delivery: profile.kept.delivery,
        idle: profile.kept.idle,
        can_connect: peer.is_some(),
        seed: random(),
        ..runner.config.dialogue.clone()
    };
    fit(&mut config, opened.log.capacity());
    let cursor = match (config.delivery, &runner.config.cursor) {
        (Delivery::Inbox, _) => None,
        (Delivery::Application, Some(cursor)) => Some(cursor(id, &profile.label)),
        (Delivery::Application, None) => {
            return Err(Error::invalid(
                "the application keeps its own cursor, and the node was not given it",
            )
            .with_parameter("cursor"));
        }
    };
    let engine = Engine::restore(config.clone(), &opened.records, cursor, clock::now())
        .map_err(|error| damaged(error.to_string()))?;
    let mailbox = &runner.board.mailbox;
    let store = watched(opened, id, mailbox, &runner.config);
    let events = runner.config.limits.events;
    Ok(Unit::new(engine, store, &config, profile.label, peer, mailbox, events))
}
