//! The thread of a node: it alone touches engines, logs and sessions. Handles and journals leave it word and wake it.
use super::config::{Accept, Caller, DurableConfig};
use super::dialogue::Dialogue;
use super::node::{self, Left};
use super::profile::Profile;
use super::shared::{Command, Mailbox, Shared};
use super::store::{Compaction, Store};
use super::unit::{Surroundings, Unit, storage};
use super::{identity, wire};
use crate::endpoint::Ready;
use crate::listener::Listener;
use crate::runtime::Handling;
use crate::session::Session;
use crate::{clock, errors};
use osisession_dialogue::{
    Block, Config, ConnectRequest, Connection, Dialogue as Engine, DialogueId, Durability, Kind, Status,
};
use osisession_journal::{Journal, Opened};
use osisession_proto::x225::primitive::{ConnectIndication, Event};
use osisession_proto::{Bytes, Error, Instant};
use parking_lot::{Condvar, Mutex};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant as SystemInstant};

/// What the handles of the node share with its thread.
pub(super) struct Board {
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) state: Mutex<Posted>,
    pub(super) changed: Condvar,
}

#[derive(Default)]
pub(super) struct Posted {
    /// Every dialogue that lives here, and every tombstone.
    pub(super) dialogues: HashMap<DialogueId, Arc<Shared>>,
    /// Begun by callers, not yet accepted by the application.
    pub(super) arrived: VecDeque<Arc<Shared>>,
    /// In the journal, and not served here.
    pub(super) left: HashMap<DialogueId, Left>,
    pub(super) over: bool,
}

/// A caller whose dialogue is being put into the journal.
pub(super) struct Opening {
    request: ConnectRequest,
    session: Session,
    config: Config,
    source: Bytes,
    opened: Option<Result<Opened, osisession_journal::Error>>,
}

pub(super) struct Runner {
    pub(super) around: Surroundings,
    pub(super) config: Arc<DurableConfig>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) board: Arc<Board>,
    pub(super) units: HashMap<DialogueId, Unit>,
    /// Dialogues in the journal that cannot be served here, and what callers are told about them.
    pub(super) left: HashMap<DialogueId, Status>,
    pub(super) listeners: HashMap<u64, Listener>,
    /// Being put into the journal, each with whom it is counted under.
    opening: HashMap<DialogueId, Bytes>,
    timers: BTreeSet<(Instant, DialogueId)>,
    /// When dialogues that another process has are asked for again; none while they are being asked for.
    take_over: Option<Instant>,
    incoming: u64,
}

/// Nobody may wait for ever because the thread is gone, whatever ended it.
struct Ending(Arc<Board>);

impl Drop for Ending {
    fn drop(&mut self) {
        let refused = self.0.mailbox.end();
        drop(refused);
        let mut state = self.0.state.lock();
        state.over = true;
        let all: Vec<_> = state.dialogues.values().cloned().collect();
        drop(state);
        let error = errors::closed("the node is closed");
        all.iter().for_each(|shared| shared.end(&error));
        self.0.changed.notify_all();
        self.0.mailbox.changed(None);
    }
}

/// Refuses who wants a dialogue that no engine here answers for.
fn turn_away(session: &Session, block: &Block, status: Status, config: &Config) {
    let block = Block { status, ..block.refuse_unknown() };
    wire::refuse(session, block.encode(config.seal(), &[]));
}

/// Makes the log tell the node when something became durable.
pub(super) fn watched(
    mut opened: Opened,
    id: DialogueId,
    mailbox: &Arc<Mailbox>,
    config: &DurableConfig,
) -> Store {
    let mailbox = mailbox.clone();
    opened.log.watch(Some(Arc::new(move || mailbox.stored(id))));
    Store::new(Some(opened.log), compaction(config))
}

pub(super) fn compaction(config: &DurableConfig) -> Compaction {
    Compaction { octets: config.limits.compact_octets, records: config.limits.compact_records }
}

impl Runner {
    pub(super) fn new(
        around: Surroundings,
        config: Arc<DurableConfig>,
        journal: Arc<dyn Journal>,
        board: Arc<Board>,
    ) -> Runner {
        Runner {
            around,
            config,
            journal,
            board,
            units: HashMap::new(),
            left: HashMap::new(),
            listeners: HashMap::new(),
            opening: HashMap::new(),
            timers: BTreeSet::new(),
            take_over: None,
            incoming: 0,
        }
    }

    /// Until the end.
    pub(super) fn run(mut self) {
        let ending = Ending(self.board.clone());
        let all: Vec<_> = self.units.keys().copied().collect();
        for id in all {
            self.attend(id);
        }
        loop {
            // Many small requests are one write, when the endpoint is driven next.
            let handling = Handling::of(&self.around.endpoint.0.runtime);
            let (commands, stored) = self.around.mailbox.take();
            for command in commands {
                if let Command::End(patience) = command {
                    self.end(patience);
                    return;
                }
                self.obey(command);
            }
            for id in stored {
                if let Some(unit) = self.units.get_mut(&id) {
                    unit.resume(&mut self.around);
                }
                self.attend(id);
            }
            while let Some(ready) = self.around.endpoint.next_ready() {
                match ready {
                    Ready::Session(session) => self.listen(&session),
                    Ready::Listener(listener) => {
                        while let Some(session) = listener.try_accept() {
                            self.called(session);
                        }
                    }
                }
            }
            self.expire();
            drop(handling);
            let now = clock::now();
            let next = self.timers.first().map(|(at, _)| *at);
            let next = next.into_iter().chain(self.take_over).min().map(|at| at - now);
            // What this thread leaves itself wakes nobody.
            let next = if self.around.mailbox.has_work() { Some(Duration::ZERO) } else { next };
            if self.around.endpoint.dispatch(next).is_err() {
                break;
            }
        }
        drop(ending);
    }

    fn expire(&mut self) {
        let now = clock::now();
        if self.take_over.is_some_and(|at| at <= now) {
            self.take_over = None;
            self.ask_again();
        }
        while let Some((at, id)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.pop_first();
            if let Some(unit) = self.units.get_mut(&id) {
                unit.armed = None;
                unit.engine.handle_timeout(now);
            }
            self.attend(id);
        }
    }

    /// Does what has become possible for one dialogue, and sets its timer.
    fn attend(&mut self, id: DialogueId) {
        let Some(unit) = self.units.get_mut(&id) else { return };
        unit.pump(&mut self.around);
        if unit.forgotten {
            return self.forget(id);
        }
        if let Some(failure) = &unit.store.failed {
            // Its handles know. Where the journal itself lives on (a lease was lost, a cluster was away), it is taken up again.
            let error = storage(failure);
            let status = unit.store.retry_status();
            if let Some(at) = unit.armed.take() {
                self.timers.remove(&(at, id));
            }
            self.units.remove(&id);
            return self.leave_out(id, Some((error, status)));
        }
        let due = unit.engine.next_timeout().map(|(at, _)| at);
        let again = unit.store.due(clock::now());
        let due = match (due, again) {
            (Some(due), Some(again)) => Some(due.min(again)),
            (due, again) => due.or(again),
        };
        if unit.armed != due {
            if let Some(at) = unit.armed.take() {
                self.timers.remove(&(at, id));
            }
            unit.armed = due;
            self.timers.extend(due.map(|at| (at, id)));
        }
    }

    fn listen(&mut self, session: &Session) {
        let Some((id, connection)) = self.around.sessions.get(&session.id()).copied() else { return };
        if let Some(unit) = self.units.get_mut(&id) {
            unit.listen(connection, &mut self.around);
        }
        self.attend(id);
    }

    fn obey(&mut self, command: Command) {
        let now = clock::now();
        match command {
            Command::Attend(id) => self.attend(id),
            Command::Close(id) => {
                if let Some(unit) = self.units.get_mut(&id) {
                    unit.closing = true;
                }
                self.attend(id);
            }
            Command::Reconnect(id, peer) => {
                if let Some(unit) = self.units.get_mut(&id) {
                    if let Some(peer) = peer {
                        unit.peer = Some(peer);
                    }
                    let _ = unit.engine.reconnect(now);
                }
                self.attend(id);
            }
            Command::HoldOpen(id, hold) => {
                if let Some(unit) = self.units.get_mut(&id) {
                    unit.engine.hold_open(hold, now);
                }
                self.attend(id);
            }
            Command::Adopt(unit) => {
                let id = unit.engine.id();
                self.units.insert(id, *unit);
                self.attend(id);
            }
            Command::Made(id, epoch, session) => {
                if let Some(unit) = self.units.get_mut(&id) {
                    unit.made(epoch, session, &mut self.around);
                }
                self.attend(id);
            }
            Command::Opened(opening) => self.admit(*opening),
            Command::TakenOver(all) => {
                for (id, opened) in all {
                    node::take(self, id, opened);
                    self.attend(id);
                }
            }
            Command::Listen(listener) => {
                while let Some(session) = listener.try_accept() {
                    self.called(session);
                }
                self.listeners.insert(listener.id(), listener);
            }
            Command::End(_) => {}
        }
    }

    /// A caller: for a dialogue that is known, for a new one, or for neither.
    fn called(&mut self, session: Session) {
        let Some(Event::ConnectIndication(indication)) = session.try_next_event() else { return };
        let seal = self.config.dialogue.seal();
        let Ok((block, user_data)) = Block::decode(&indication.user_data, seal) else {
            // Not a dialogue of this library, or not under our key.
            return wire::refuse(&session, Bytes::new());
        };
        self.incoming += 1;
        let request = ConnectRequest {
            connection: Connection::Incoming(self.incoming),
            user_data: indication.user_data.clone(),
            identity: identity::of(&session, &self.around.identity),
            agreed: wire::agreed(indication.functional_units),
        };
        if let Some(unit) = self.units.get_mut(&block.did) {
            unit.called(&request, session, &mut self.around);
            return self.attend(block.did);
        }
        match self.consider(&block, &request, &indication, &session, user_data) {
            Ok((config, source)) => self.open(block.did, request, session, config, source),
            Err(status) => turn_away(&session, &block, status, &self.config.dialogue),
        }
    }

    /// Whether a caller may begin a dialogue, and how it then behaves.
    fn consider(
        &self,
        block: &Block,
        request: &ConnectRequest,
        indication: &ConnectIndication,
        session: &Session,
        user_data: Bytes,
    ) -> Result<(Config, Bytes), Status> {
        if let Some(status) = self.left.get(&block.did) {
            return Err(*status);
        }
        if block.kind != Kind::New || block.rcv != 0 || block.low != 1 {
            return Err(Status::Unknown);
        }
        let limits = &self.config.limits;
        let address = session.peer_address();
        let source = source(&request.identity, address.as_deref());
        let sources = self.units.values().map(|unit| &unit.source).chain(self.opening.values());
        let from_there = sources.filter(|other| **other == source).count();
        let backlog = self.board.state.lock().arrived.len();
        if self.units.len() + self.opening.len() >= limits.dialogues
            || self.opening.len() >= limits.opening
            || self.opening.contains_key(&block.did)
            || from_there >= limits.dialogues_per_peer
            || backlog + self.opening.len() >= limits.backlog
        {
            return Err(Status::Busy);
        }
        let caller = Caller {
            id: block.did,
            address,
            identity: request.identity.clone(),
            called_selector: indication.called_selector.clone(),
            calling_selector: indication.calling_selector.clone(),
            user_data,
        };
        let decision = self.config.accept.as_ref().map_or(Accept::Yes, |accept| accept(&caller));
        let mut config = match decision {
            Accept::Yes => self.config.dialogue.clone(),
            Accept::With(config) => *config,
            Accept::Busy => return Err(Status::Busy),
            Accept::No => return Err(Status::Unfit),
        };
        config.can_connect = false;
        node::clamp(&mut config, &self.config);
        config.key.clone_from(&self.config.dialogue.key);
        config.seed = super::node::random();
        config.profile = Profile::of(&Bytes::new(), None, &config).encode().unwrap_or_default();
        Ok((config, source))
    }

    /// Opens the log of a caller's dialogue: in a thread of its own, because the journal may take its time.
    fn open(
        &mut self,
        id: DialogueId,
        request: ConnectRequest,
        session: Session,
        config: Config,
        source: Bytes,
    ) {
        let mut opening = Opening { request, session, config, source: source.clone(), opened: None };
        if opening.config.durability == Durability::MemoryOnly {
            return self.admit(opening);
        }
        self.opening.insert(id, source);
        let (journal, mailbox) = (self.journal.clone(), self.around.mailbox.clone());
        let open = move || {
            opening.opened = Some(journal.open(&id.0));
            mailbox.post(Command::Opened(Box::new(opening)));
        };
        if std::thread::Builder::new().name("osisession-open".into()).spawn(open).is_err() {
            // The session went with the closure: the caller tries again.
            self.opening.remove(&id);
        }
    }

    /// The log of a caller's dialogue is open.
    fn admit(&mut self, opening: Opening) {
        let Opening { request, session, mut config, source, opened } = opening;
        let Ok((block, user_data)) = Block::decode(&request.user_data, self.config.dialogue.seal()) else {
            return;
        };
        let id = block.did;
        self.opening.remove(&id);
        let store = match opened {
            None => Store::new(None, compaction(&self.config)),
            Some(Ok(opened)) if opened.records.is_empty() => {
                node::fit(&mut config, opened.log.capacity());
                watched(opened, id, &self.around.mailbox, &self.config)
            }
            // Somebody else began it meanwhile in the same journal, or has it.
            Some(Ok(_)) | Some(Err(osisession_journal::Error::InUse { .. })) => {
                return turn_away(&session, &block, Status::Busy, &config);
            }
            Some(Err(_)) => return turn_away(&session, &block, Status::Storage, &config),
        };
        match Engine::admit(config.clone(), &request, clock::now()) {
            Ok(engine) => {
                let events = self.config.limits.events;
                let mailbox = &self.around.mailbox;
                let mut config = config;
                config.user_data = user_data;
                let mut unit = Unit::new(engine, store, &config, Bytes::new(), None, mailbox, events);
                unit.source = source;
                unit.attach(request.connection, session, &mut self.around);
                // It may have come, or gone, while nobody knew whose it was.
                unit.listen(request.connection, &mut self.around);
                let shared = unit.shared.clone();
                self.units.insert(id, unit);
                let mut state = self.board.state.lock();
                state.dialogues.insert(id, shared.clone());
                state.arrived.push_back(shared);
                drop(state);
                self.board.changed.notify_all();
                self.board.mailbox.changed(None);
                self.attend(id);
            }
            Err(user_data) => wire::refuse(&session, user_data),
        }
    }

    /// Remembers why a dialogue in the journal is not served here; or that it is.
    pub(super) fn leave_out(&mut self, id: DialogueId, why: Option<(Error, Status)>) {
        let Some((error, status)) = why else {
            self.left.remove(&id);
            self.board.state.lock().left.remove(&id);
            return;
        };
        self.left.insert(id, status);
        self.board.state.lock().left.insert(id, Left { id, error });
        if status == Status::Busy {
            self.take_over.get_or_insert(clock::now() + self.config.limits.take_over);
        }
    }

    /// Asks the journal again for what another process had: in a thread of its own, because the journal may take its time.
    fn ask_again(&mut self) {
        let busy = self.left.iter().filter(|(_, status)| **status == Status::Busy);
        let wanted: Vec<_> = busy.map(|(id, _)| *id).collect();
        if wanted.is_empty() {
            return;
        }
        let (journal, mailbox) = (self.journal.clone(), self.around.mailbox.clone());
        let ask = move || {
            let all = wanted.into_iter().map(|id| (id, journal.open(&id.0))).collect();
            mailbox.post(Command::TakenOver(all));
        };
        if std::thread::Builder::new().name("osisession-open".into()).spawn(ask).is_err() {
            self.take_over = Some(clock::now() + self.config.limits.take_over);
        }
    }

    /// Removes a dialogue from the journal. What is not removed now is found, and forgotten, when the journal is opened next.
    pub(super) fn remove(&self, id: DialogueId) {
        let journal = self.journal.clone();
        let remove = move || drop(journal.remove(&id.0));
        drop(std::thread::Builder::new().name("osisession-forget".into()).spawn(remove));
    }

    /// The tombstone has served its time.
    fn forget(&mut self, id: DialogueId) {
        let Some(unit) = self.units.remove(&id) else { return };
        if let Some(at) = unit.armed {
            self.timers.remove(&(at, id));
        }
        let has_log = unit.store.has_log();
        self.board.state.lock().dialogues.remove(&id);
        drop(unit);
        if has_log {
            self.remove(id);
        }
    }

    /// The end: what was appended is made durable, connections are aborted; dialogues go on when the journal is opened again.
    fn end(&mut self, patience: Duration) {
        let deadline = SystemInstant::now() + patience;
        let syncs: Vec<_> = self.units.iter_mut().map(|(id, unit)| (*id, unit.store.flush())).collect();
        for (id, token) in syncs {
            let left = deadline.saturating_duration_since(SystemInstant::now());
            if let (Some(token), Some(unit)) = (token, self.units.get_mut(&id))
                && let Err(error) = unit.store.wait(token, left)
            {
                unit.shared.view.lock().last_error = Some(storage(&error));
            }
        }
        self.listeners.clear();
        self.around.endpoint.close();
        self.units.clear();
    }
}

/// Under what the limit of dialogues counts a caller.
fn source(identity: &Bytes, address: Option<&str>) -> Bytes {
    if !identity.is_empty() {
        return identity.clone();
    }
    // Without the port.
    let host = address.and_then(|address| address.rsplit_once(':')).map_or("", |(host, _)| host);
    Bytes::copy_from_slice(host.as_bytes())
}

/// A handle of each dialogue.
pub(super) fn handle(shared: &Arc<Shared>) -> Dialogue {
    Dialogue(shared.clone())
}

/// As errors of a wait for a dialogue.
pub(super) fn node_closed() -> Error {
    errors::closed("the node is closed")
}
