//! One dialogue in the node's thread: its engine, its log, its connections, and the view of its handles.
use super::config::{IdentityRule, Peer};
use super::identity;
use super::shared::{Command, Mailbox, Shared, View};
use super::store::Store;
use super::wire::{self, Conn, Heard};
use crate::config::SessionConfig;
use crate::endpoint::Endpoint;
use crate::session::Session;
use crate::{clock, errors};
use osisession_dialogue::{
    Cause, Config, ConnectRequest, Connection, Dialogue as Engine, Effect, Event, Stop,
};
use osisession_proto::{Bytes, Error, ErrorKind, Layer};
use parking_lot::{Condvar, Mutex};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Octets that the engine is given before the log has taken them.
const INTAKE: usize = 64 << 10;

/// What dialogues need of their node.
pub(super) struct Surroundings {
    pub(super) endpoint: Endpoint,
    pub(super) session: SessionConfig,
    pub(super) identity: IdentityRule,
    pub(super) mailbox: Arc<Mailbox>,
    /// Whose the sessions are.
    pub(super) sessions: HashMap<u64, (osisession_dialogue::DialogueId, Connection)>,
}

pub(super) struct Unit {
    pub(super) engine: Engine,
    pub(super) store: Store,
    pub(super) shared: Arc<Shared>,
    /// Where the peer is, if that is known.
    pub(super) peer: Option<Peer>,
    /// Whom the limit of dialogues counts it under; empty for those begun here.
    pub(super) source: Bytes,
    conns: HashMap<Connection, Conn>,
    /// The attempt for which a name is being looked up.
    looking_up: Option<Connection>,
    /// Messages that the engine had no room for.
    backlog: VecDeque<Bytes>,
    /// The application wants to close, once the engine has taken what stands before.
    pub(super) closing: bool,
    /// What the engine was told as committed.
    commit: u64,
    events: usize,
    /// What the node's timer is set to.
    pub(super) armed: Option<osisession_proto::Instant>,
    /// The tombstone has served its time.
    pub(super) forgotten: bool,
}

impl Unit {
    pub(super) fn new(
        engine: Engine,
        store: Store,
        config: &Config,
        label: Bytes,
        peer: Option<Peer>,
        mailbox: &Arc<Mailbox>,
        events: usize,
    ) -> Unit {
        let progress = engine.progress();
        let commit = progress.committed;
        let view = View {
            inbox: VecDeque::new(),
            outgoing: VecDeque::new(),
            outgoing_octets: 0,
            taken: progress.sent,
            commit,
            committed: 0,
            events: VecDeque::new(),
            events_lost: 0,
            shut: None,
            refused: None,
            over: None,
            closed: false,
            last_error: None,
            told: false,
            address: peer.as_ref().map(|peer| peer.address.clone()).unwrap_or_default(),
            progress,
        };
        let limits = &config.limits;
        let room = (limits.outbox_messages, limits.outbox_octets, limits.message_octets);
        let shared = Shared {
            id: engine.id(),
            role: engine.role(),
            label,
            user_data: config.user_data.clone(),
            room,
            mailbox: mailbox.clone(),
            view: Mutex::new(view),
            changed: Condvar::new(),
        };
        Unit {
            commit,
            engine,
            store,
            shared: Arc::new(shared),
            peer,
            source: Bytes::new(),
            conns: HashMap::new(),
            looking_up: None,
            backlog: VecDeque::new(),
            closing: false,
            events: events.max(1),
            armed: None,
            forgotten: false,
        }
    }

    /// Takes a session on as a connection of this dialogue.
    pub(super) fn attach(&mut self, connection: Connection, session: Session, around: &mut Surroundings) {
        around.sessions.insert(session.id(), (self.engine.id(), connection));
        self.conns.insert(connection, Conn::new(session));
    }

    /// A caller's S-CONNECT indication for this dialogue.
    pub(super) fn called(&mut self, request: &ConnectRequest, session: Session, around: &mut Surroundings) {
        self.attach(request.connection, session, around);
        self.engine.connect_indication(request, clock::now());
        self.pump(around);
    }

    /// A session for an attempt, or why there is none.
    pub(super) fn made(&mut self, epoch: u64, session: Result<Session, Error>, around: &mut Surroundings) {
        let connection = Connection::Outgoing(epoch);
        if self.looking_up != Some(connection) {
            return;
        }
        self.looking_up = None;
        match session {
            Ok(session) => {
                self.attach(connection, session, around);
                // It may have come while it had no name.
                self.listen(connection, around);
            }
            Err(error) => self.lost(connection, Cause::Lost, Some(error)),
        }
        self.pump(around);
    }

    /// Something came on a connection, or there is room again.
    pub(super) fn listen(&mut self, connection: Connection, around: &mut Surroundings) {
        while let Some(conn) = self.conns.get_mut(&connection) {
            if conn.full && conn.session.try_writable().unwrap_or(true) {
                conn.full = false;
                self.engine.set_writable(connection, true, clock::now());
                continue;
            }
            let Some(heard) = conn.hear() else {
                if conn.mute && !conn.ending && !conn.paused {
                    // Nothing that the peer did explains the refusal.
                    self.drop_connection(connection, around);
                    self.lost(connection, Cause::ProtocolError, None);
                }
                break;
            };
            self.take(connection, heard, around);
            // The engine may want to stop reading before it hears more.
            self.carry_out_all(around);
        }
    }

    fn take(&mut self, connection: Connection, heard: Heard, around: &mut Surroundings) {
        let now = clock::now();
        match heard {
            Heard::Primitive(primitive) => self.engine.network(connection, primitive, now),
            Heard::Confirmed { user_data, agreed } => {
                let identity =
                    self.conns.get(&connection).map(|conn| identity::of(&conn.session, &around.identity));
                let identity = identity.unwrap_or_default();
                self.engine.connect_confirm(connection, user_data, identity, agreed, now);
            }
            Heard::Refused(refusal, error) => {
                self.drop_connection(connection, around);
                self.note(error);
                self.engine.connect_refused(connection, &refusal, now);
            }
            Heard::Gone(cause, error) => {
                self.drop_connection(connection, around);
                self.lost(connection, cause, Some(error));
            }
            Heard::Foreign(name) => {
                self.drop_connection(connection, around);
                let error = Error::peer(Layer::Session, format!("{name}, which a dialogue does not use"));
                self.lost(connection, Cause::ProtocolError, Some(error));
            }
        }
    }

    fn note(&mut self, error: Error) {
        self.shared.view.lock().last_error = Some(error);
    }

    fn lost(&mut self, connection: Connection, cause: Cause, error: Option<Error>) {
        if let Some(error) = error {
            self.note(error);
        }
        self.engine.disconnected(connection, &cause, clock::now());
    }

    /// Forgets a connection; what is still open of it is aborted.
    fn drop_connection(&mut self, connection: Connection, around: &mut Surroundings) {
        if let Some(conn) = self.conns.remove(&connection) {
            around.sessions.remove(&conn.session.id());
        }
    }

    /// What has become possible: until nobody has anything to do.
    pub(super) fn pump(&mut self, around: &mut Surroundings) {
        loop {
            let mut busy = self.take_wishes();
            busy |= self.carry_out_all(around);
            busy |= self.store.settle(&mut self.engine, clock::now());
            if !busy {
                break;
            }
        }
        self.publish();
    }

    /// What the handles have put into their view; true if some of it is left for the next turn.
    fn take_wishes(&mut self) -> bool {
        let (fresh, commit) = {
            let mut view = self.shared.view.lock();
            view.told = false;
            (std::mem::take(&mut view.outgoing), view.commit)
        };
        self.backlog.extend(fresh);
        let now = clock::now();
        if commit > self.commit {
            self.commit = commit;
            // Only what was handed out can be committed.
            let _ = self.engine.commit(commit, now);
        }
        let mut octets = 0;
        // A log without room is given no more than it can hold once what it holds is confirmed.
        while !self.store.blocked
            && let Some(data) = self.backlog.front()
        {
            if octets >= INTAKE {
                return true;
            }
            match self.engine.send(data.clone(), now) {
                Ok(_) => {
                    octets += data.len();
                    drop(self.backlog.pop_front());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => {
                    // Closing, closed, broken: nothing more is taken, and those who wait are told.
                    self.backlog.clear();
                    let mut view = self.shared.view.lock();
                    view.shut.get_or_insert_with(|| error.clone());
                    view.refused.get_or_insert(error);
                }
            }
        }
        if self.closing && self.backlog.is_empty() {
            self.closing = false;
            // Over already: the view says so.
            let _ = self.engine.close(now);
        }
        false
    }

    fn carry_out_all(&mut self, around: &mut Surroundings) -> bool {
        let mut busy = false;
        while let Some(effect) = self.engine.poll_effect() {
            busy = true;
            self.carry_out(effect, around);
        }
        busy
    }

    fn carry_out(&mut self, effect: Effect, around: &mut Surroundings) {
        match effect {
            Effect::Append(record) => self.store.append(record),
            Effect::Sync(token) => self.store.sync(token),
            Effect::Connect { connection, user_data } => self.connect(connection, user_data, around),
            Effect::Accept { connection, user_data } => {
                let done = self.conns.get(&connection).map(|conn| wire::accept(&conn.session, user_data));
                if let Some(Err(error)) = done {
                    // Whoever called has gone meanwhile, or proposed what cannot be.
                    self.drop_connection(connection, around);
                    self.lost(connection, Cause::Lost, Some(error));
                }
            }
            Effect::Refuse { connection, user_data } => {
                if let Some(conn) = self.conns.get(&connection) {
                    wire::refuse(&conn.session, user_data);
                }
                self.drop_connection(connection, around);
            }
            Effect::Send { connection, primitive } => self.send(connection, primitive, around),
            Effect::Pause(connection) => {
                if let Some(conn) = self.conns.get_mut(&connection) {
                    conn.paused = true;
                }
            }
            Effect::Unpause(connection) => {
                if let Some(conn) = self.conns.get_mut(&connection) {
                    conn.paused = false;
                    // What waits there is named by nobody a second time.
                    around.mailbox.stored(self.engine.id());
                }
            }
            Effect::Disconnect { connection, user_data } => {
                if let (Some(conn), Some(user_data)) = (self.conns.get(&connection), user_data) {
                    // Version 1 has no room for a block; then it ends without a word.
                    let _ = conn.session.u_abort_request(user_data);
                }
                if self.looking_up == Some(connection) {
                    self.looking_up = None;
                }
                self.drop_connection(connection, around);
            }
        }
    }

    fn send(
        &mut self,
        connection: Connection,
        primitive: osisession_dialogue::Primitive,
        around: &mut Surroundings,
    ) {
        use osisession_dialogue::Primitive as P;
        let Some(conn) = self.conns.get_mut(&connection) else { return };
        let (is_data, last) = (matches!(primitive, P::Data(_)), matches!(primitive, P::ReleaseConfirm(_)));
        if conn.mute {
            return;
        }
        match conn.send(primitive) {
            Ok(()) if is_data => {
                if matches!(conn.session.try_writable(), Ok(false)) {
                    conn.full = true;
                    self.engine.set_writable(connection, false, clock::now());
                }
            }
            Ok(()) if last => self.drop_connection(connection, around),
            Ok(()) => {}
            // Over, or the peer has done something that explains it: that is among the events which were not taken yet.
            Err(error) => {
                conn.mute = true;
                self.note(error);
                around.mailbox.stored(self.engine.id());
            }
        }
    }

    fn connect(&mut self, connection: Connection, user_data: Bytes, around: &mut Surroundings) {
        let Connection::Outgoing(epoch) = connection else { return };
        let Some(peer) = self.peer.clone() else {
            return self.lost(connection, Cause::Lost, None);
        };
        let role = self.engine.role();
        if needs_no_lookup(&peer.address) {
            match wire::call(&around.endpoint, &peer, role, &around.session, user_data) {
                Ok(session) => self.attach(connection, session, around),
                Err(error) => self.lost(connection, Cause::Lost, Some(error)),
            }
            return;
        }
        if self.looking_up.is_some() {
            // The system is still busy with the name of the last attempt; two threads would not make it faster.
            return self.lost(connection, Cause::Lost, None);
        }
        self.looking_up = Some(connection);
        let (endpoint, session) = (around.endpoint.clone(), around.session.clone());
        let (mailbox, id) = (around.mailbox.clone(), self.engine.id());
        let look_up = move || {
            let made = wire::call(&endpoint, &peer, role, &session, user_data);
            mailbox.post(Command::Made(id, epoch, made));
        };
        let started = std::thread::Builder::new().name("osisession-lookup".into()).spawn(look_up);
        if let Err(error) = started {
            self.looking_up = None;
            self.lost(connection, Cause::Lost, Some(errors::system(&error, "starting a thread")));
        }
    }

    /// Connections that were not listened to while the engine had enough.
    pub(super) fn resume(&mut self, around: &mut Surroundings) {
        let open: Vec<_> =
            self.conns.iter().filter(|(_, conn)| !conn.paused).map(|(name, _)| *name).collect();
        for connection in open {
            self.listen(connection, around);
        }
    }

    /// Tells the handles where the dialogue stands.
    pub(super) fn publish(&mut self) {
        let mut events = Vec::new();
        let mut messages = Vec::new();
        while let Some(event) = self.engine.poll_event() {
            match event {
                Event::Message { position, data } => messages.push((position, data)),
                event => {
                    self.forgotten |= event == Event::Forget;
                    events.push(event);
                }
            }
        }
        let waiting: usize = self.backlog.iter().map(Bytes::len).sum();
        let failed = self.store.failed.as_ref().map(storage);
        let mut view = self.shared.view.lock();
        for event in &events {
            Self::hear(event, &mut view, failed.as_ref());
        }
        if let Some(error) = failed {
            view.shut.get_or_insert_with(|| error.clone());
            view.over.get_or_insert(error);
        }
        let mut progress = self.engine.progress();
        progress.accepted = progress.accepted.max(self.store.accepted);
        match progress.state {
            "closed" if view.over.is_none() => {
                view.closed = true;
                view.over = Some(errors::closed("the dialogue is closed"));
                view.shut = Some(errors::closed("the dialogue is closed"));
            }
            "broken" if view.over.is_none() => {
                // One that was found broken in the journal says no more than that.
                let error =
                    errors::closed("the dialogue is broken: one side has lost what the other relies on");
                view.shut = Some(error.clone());
                view.over = Some(error);
            }
            _ => {}
        }
        let queued: usize = view.outgoing.iter().map(Bytes::len).sum();
        view.outgoing_octets = queued + waiting;
        view.progress = progress;
        view.inbox.extend(messages);
        for event in events {
            if view.events.len() >= self.events {
                view.events.pop_front();
                view.events_lost += 1;
            }
            view.events.push_back(event);
        }
        drop(view);
        self.shared.announce();
    }

    fn hear(event: &Event, view: &mut View, failed: Option<&Error>) {
        match event {
            Event::Committed(position) => view.committed = *position,
            Event::PeerClosing => {
                view.shut.get_or_insert_with(|| Error::refused("the peer closes the dialogue"));
            }
            Event::Stopped(Stop::Storage) => {
                let error = failed.cloned().unwrap_or_else(|| Error::refused("the journal failed"));
                view.shut.get_or_insert_with(|| error.clone());
                view.over.get_or_insert(error);
            }
            Event::Broken { status, confirmed, unconfirmed } => {
                let unknown = unconfirmed.as_ref().map_or(String::new(), |range| {
                    format!("; what became of {} to {} is not known", range.start(), range.end())
                });
                let text = format!("the dialogue is broken: {status}; confirmed up to {confirmed}{unknown}");
                let error = Error::new(ErrorKind::Closed, Layer::Api, text);
                view.shut = Some(error.clone());
                view.over = Some(error);
            }
            _ => {}
        }
    }
}

/// Numbers, and names within the process, need no answer of anybody.
fn needs_no_lookup(address: &str) -> bool {
    use std::net::{IpAddr, SocketAddr};
    let host = address.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(address);
    address.starts_with("memory:") || address.parse::<SocketAddr>().is_ok() || host.parse::<IpAddr>().is_ok()
}

/// A failure of the journal, as this library says it.
pub(super) fn storage(failure: &osisession_journal::Error) -> Error {
    use osisession_journal::Error as Failure;
    let kind = match failure {
        Failure::Invalid(_) => ErrorKind::Invalid,
        Failure::InUse { .. } => ErrorKind::Refused,
        Failure::Quota { .. } | Failure::Busy { .. } => ErrorKind::LimitHit,
        Failure::Closed | Failure::Lost { .. } => ErrorKind::Closed,
        Failure::TimedOut => ErrorKind::TimedOut,
        _ => ErrorKind::Internal,
    };
    Error::new(kind, Layer::Api, failure.to_string())
}
