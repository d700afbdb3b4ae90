//! One who is called.
use super::association::Association;
use super::config::{self, AcceptorConfig};
use super::core::Core;
use super::keep::Keep;
use crate::circuit::random;
use crate::resident::{Owner, Resident};
use crate::runtime::Source;
use crate::{Endpoint, Listener, Session, clock, errors};
use bytes::Bytes;
use osisession_proto::error::Result;
use osisession_proto::transfer::{Engine, Form, Opening, RefuseReason, Role, UNITS, refuse};
use osisession_proto::x225::parameter::refuse_reason;
use osisession_proto::x225::primitive::{ConnectIndication, ConnectReject, Event, Request};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Callers taken before others have their turn.
const PER_TURN: usize = 64;

struct Known {
    core: Arc<Core>,
    /// The certificate of its first session: only who has it may recover the association.
    certificate: Option<Bytes>,
    /// The name of its log.
    #[cfg(feature = "durable")]
    log: Option<Vec<u8>>,
}

#[derive(Default)]
struct State {
    known: Vec<Known>,
    arrived: VecDeque<Arc<Core>>,
    closed: bool,
}

struct AcceptorCore {
    id: u64,
    me: Weak<AcceptorCore>,
    endpoint: Endpoint,
    listener: Listener,
    config: AcceptorConfig,
    queued: AtomicBool,
    state: Mutex<State>,
}

impl std::fmt::Debug for AcceptorCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AcceptorCore").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Handle(Arc<AcceptorCore>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Takes callers: for associations that are known and recovered, and for new ones.
///
/// A clone is another handle of the same; when the last one is dropped, its associations are aborted; those in a journal are only left,
/// and taken up by the next one on it.
#[derive(Clone, Debug)]
pub struct Acceptor(Arc<Handle>);

impl Acceptor {
    /// Listens at `address`, which is as for [`Endpoint::listen`].
    ///
    /// # Errors
    /// As of [`Endpoint::listen`]. `Invalid`: a limit is zero that must not be. Of the journal: it cannot be opened, or what is in it cannot
    /// be read.
    pub fn listen(endpoint: &Endpoint, address: &str, config: AcceptorConfig) -> Result<Acceptor> {
        let mut config = config;
        config::fit(&mut config.listener.session, &config.transfer);
        // Whether its limits can be lived with, before the first caller.
        Engine::new(config.transfer.clone(), Role::Responder, 0)?;
        let mut state = State::default();
        restore(endpoint, &config, &mut state)?;
        let listener = endpoint.listen(address, config.listener.clone())?;
        let runtime = &endpoint.0.runtime;
        let core = Arc::new_cyclic(|me| AcceptorCore {
            id: runtime.next_id(),
            me: me.clone(),
            endpoint: endpoint.clone(),
            listener,
            config,
            queued: AtomicBool::new(false),
            state: Mutex::new(state),
        });
        let resident: Weak<dyn Resident> = core.me.clone();
        core.listener.0.core.set_owner(Owner { who: resident.clone(), alone: true });
        if !runtime.remember(core.id, Source::Resident(resident)) {
            runtime.forget(core.id);
            return Err(errors::closed("the endpoint is closed"));
        }
        // Callers may have come before the owner was known.
        runtime.enqueue_resident(core.clone());
        Ok(Acceptor(Arc::new(Handle(core))))
    }

    /// Where it listens, with the port that the system chose.
    pub fn local_address(&self) -> String {
        self.0.0.listener.local_address()
    }

    /// Waits for an association that was not accepted before, at most `timeout`; `None` waits for ever. One that is recovered is still the
    /// same, and is not given again.
    ///
    /// # Errors
    /// `TimedOut`, `Closed`.
    pub fn accept(&self, timeout: Option<Duration>) -> Result<Association> {
        let core = &self.0.0;
        core.endpoint.0.runtime.wait(clock::deadline(timeout), "association", || {
            let mut state = core.state.lock();
            match state.arrived.pop_front() {
                Some(found) => Some(Ok(Association::accepted(found))),
                None if state.closed => Some(Err(errors::closed("it is closed"))),
                None => None,
            }
        })
    }

    /// Associations that are known, connected or not.
    pub fn associations(&self) -> usize {
        let mut state = self.0.0.state.lock();
        state.known.retain(|known| !known.core.is_over());
        state.known.len()
    }

    /// Stops listening, and aborts all associations; those in a journal are only left. Calling it again does nothing.
    pub fn close(&self) {
        self.0.0.end();
    }
}

impl AcceptorCore {
    fn end(&self) {
        let known = {
            let mut state = self.state.lock();
            if std::mem::replace(&mut state.closed, true) {
                return;
            }
            std::mem::take(&mut state.known)
        };
        self.listener.close();
        for known in known {
            known.core.end();
        }
        let runtime = &self.endpoint.0.runtime;
        runtime.forget(self.id);
        runtime.announce();
    }

    fn take_callers(self: &Arc<Self>) {
        for _ in 0..PER_TURN {
            let Some(session) = self.listener.try_accept() else { return };
            match session.try_next_event() {
                Some(Event::ConnectIndication(indication)) => self.called(&session, &indication),
                // It is gone already.
                _ => session.close(),
            }
        }
        self.endpoint.0.runtime.enqueue_resident(self.clone());
    }

    /// A caller: for an association that is known, for a new one, or for neither.
    fn called(&self, session: &Session, indication: &ConnectIndication) {
        let opening = match (&self.config.transfer.form, &self.config.classify) {
            (Form::Rtse { .. }, _) => Opening::read(indication).ok(),
            (Form::Plain(_), Some(classify)) => classify(indication),
            (Form::Plain(_), None) => Some(Opening {
                checkpoint_size: self.config.transfer.checkpoint_size,
                window_size: self.config.transfer.window_size,
                two_way: self.config.transfer.two_way,
                recover: None,
                user_data: Bytes::new(),
            }),
        };
        let Some(opening) = opening else {
            // It speaks of something else.
            let reject = ConnectReject { reason: refuse_reason::USER, ..ConnectReject::default() };
            return finish(session, session.connect_response_negative(reject));
        };
        if !indication.functional_units.contains(UNITS) {
            let refusal = self.refusal(RefuseReason::UnacceptableDialogueMode);
            return finish(session, session.request(refusal).map(drop));
        }
        let certificate = certificate(session);
        let found = match &opening.recover {
            Some(reference) => self.find(reference, &certificate).ok_or(RefuseReason::CannotRecover),
            None => self.make(certificate),
        };
        match found {
            // What it does not like, it has refused.
            Ok(core) => drop(core.called(session, indication, &opening)),
            Err(reason) => finish(session, session.request(self.refusal(reason)).map(drop)),
        }
    }

    fn refusal(&self, reason: RefuseReason) -> Request {
        match &self.config.transfer.form {
            Form::Rtse { .. } => refuse(reason),
            Form::Plain(plain) => Request::ConnectResponseNegative(Box::new(ConnectReject {
                reason: refuse_reason::USER_DATA,
                user_data: plain.refuse.clone(),
                ..ConnectReject::default()
            })),
        }
    }

    fn find(
        &self,
        reference: &osisession_proto::transfer::Reference,
        certificate: &Option<Bytes>,
    ) -> Option<Arc<Core>> {
        let state = self.state.lock();
        let known = state.known.iter().find(|known| !known.core.is_over() && known.core.knows(reference))?;
        (known.certificate == *certificate).then(|| known.core.clone())
    }

    fn make(&self, certificate: Option<Bytes>) -> std::result::Result<Arc<Core>, RefuseReason> {
        let mut over = Vec::new();
        let mut state = self.state.lock();
        let mut at = 0;
        while at < state.known.len() {
            if state.known[at].core.is_over() { over.push(state.known.remove(at)) } else { at += 1 }
        }
        let mut full = |state: &mut State| {
            let many = state.known.len() >= self.config.max_associations;
            if !many && state.arrived.len() < self.config.backlog {
                return false;
            }
            // The oldest of those that are away and have nothing under way is not missed.
            let arrived = |core: &Arc<Core>| state.arrived.iter().any(|other| other.id == core.id);
            let away = state
                .known
                .iter()
                .position(|known| known.core.look(|look| look.is_away()) && (many || arrived(&known.core)));
            let Some(at) = away else { return true };
            let known = state.known.remove(at);
            state.arrived.retain(|other| other.id != known.core.id);
            over.push(known);
            false
        };
        let full = state.closed || full(&mut state);
        drop(state);
        self.forget(over);
        if full {
            return Err(RefuseReason::Busy);
        }
        let made = self.new_association(certificate.clone()).map_err(|_| RefuseReason::Busy)?;
        let core = made.core.clone();
        let mut state = self.state.lock();
        state.known.push(made);
        state.arrived.push_back(core.clone());
        drop(state);
        self.endpoint.0.runtime.announce();
        Ok(core)
    }

    #[cfg(feature = "durable")]
    fn new_association(&self, certificate: Option<Bytes>) -> Result<Known> {
        let engine = Engine::new(self.config.transfer.clone(), Role::Responder, random())?;
        let Some(journal) = &self.config.journal else {
            let core = Core::new(&self.endpoint, engine, None, Keep::default())?;
            return Ok(Known { core, certificate, log: None });
        };
        let name = [random().to_be_bytes(), random().to_be_bytes()].concat();
        let failed = |failure: osisession_journal::Error| crate::durable::journal_error(&failure);
        let mut opened = journal.open(&name).map_err(failed)?;
        let first = config::write_first(&Role::Responder, certificate.as_ref());
        opened
            .log
            .append(std::slice::from_ref(&first), osisession_journal::Durability::Sync)
            .map_err(failed)?;
        let core = Core::new(&self.endpoint, engine, None, Keep::new(opened.log, first))?;
        Ok(Known { core, certificate, log: Some(name) })
    }

    #[cfg(not(feature = "durable"))]
    fn new_association(&self, certificate: Option<Bytes>) -> Result<Known> {
        let engine = Engine::new(self.config.transfer.clone(), Role::Responder, random())?;
        Ok(Known { core: Core::new(&self.endpoint, engine, None, Keep::default())?, certificate })
    }

    /// Those that are over have nothing to keep, once their user has what arrived.
    fn forget(&self, over: Vec<Known>) {
        for known in over {
            known.core.end();
            #[cfg(feature = "durable")]
            if let (Some(journal), Some(name)) = (&self.config.journal, known.log)
                && known.core.look(|look| look.nothing_untaken())
            {
                let journal = journal.clone();
                drop(known.core);
                // It may wait for the disk, and for who still has a handle: what is not removed is found when the journal is opened next.
                let remove = move || drop(journal.remove(&name));
                drop(std::thread::Builder::new().name("osisession-forget".into()).spawn(remove));
            }
        }
    }
}

/// What TLS has proved of the caller.
fn certificate(session: &Session) -> Option<Bytes> {
    #[cfg(feature = "tls")]
    return session.peer_certificates().into_iter().next();
    #[cfg(not(feature = "tls"))]
    {
        let _ = session;
        None
    }
}

/// Where it cannot be said any more, nobody listens.
fn finish(session: &Session, said: Result<()>) {
    if said.is_err() {
        session.close();
    }
}

#[cfg(feature = "durable")]
fn restore(endpoint: &Endpoint, config: &AcceptorConfig, state: &mut State) -> Result<()> {
    let Some(journal) = &config.journal else { return Ok(()) };
    let failed = |failure: osisession_journal::Error| crate::durable::journal_error(&failure);
    for name in journal.dialogues().map_err(failed)? {
        let opened = journal.open(&name).map_err(failed)?;
        let mut records = opened.records.into_iter();
        let Some(first) = records.next() else { continue };
        let (role, certificate) = config::read_first(&first)?;
        if role != Role::Responder {
            continue;
        }
        let engine = Engine::restore(config.transfer.clone(), role, random(), records, clock::now())?;
        if !engine.is_recoverable() && engine.is_idle() {
            // It was over.
            drop(opened.log);
            journal.remove(&name).map_err(failed)?;
            continue;
        }
        let core = Core::new(endpoint, engine, None, Keep::new(opened.log, first))?;
        core.pump();
        state.arrived.push_back(core.clone());
        state.known.push(Known { core, certificate, log: Some(name) });
    }
    Ok(())
}

#[cfg(not(feature = "durable"))]
fn restore(_: &Endpoint, _: &AcceptorConfig, _: &mut State) -> Result<()> {
    Ok(())
}

impl Resident for AcceptorCore {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn run(self: Arc<Self>) {
        self.take_callers();
    }

    fn close(&self) {
        self.end();
    }
}
