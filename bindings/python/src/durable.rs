//! `osisession.durable`: nodes and dialogues that survive.
use crate::classes::{build, class};
use crate::config::SessionConfigArgument;
use crate::error::{exception, invalid, raise};
use crate::guard::guarded;
use crate::handle::Handle;
use crate::value::{self, Octets, duration};
use crate::wait::wait;
use osisession::Bytes;
use osisession::durable::{
    Accept, Caller, Delivery, DialOptions, Dialogue, DialogueConfig, DialogueEvent, DialogueId, Durability,
    DurableConfig, DurableNode, Role, Stop,
};
use osisession::journal::{Journal, MemoryJournal, RedbJournal};
use osisession_proto::error::Result;
use osisession_proto::{Error, ErrorKind, Layer};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use std::collections::BTreeSet;
use std::io::Write;
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a close waits for the journal unless it is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// The outcome of a call into the library, as Python sees it.
fn done<T: Send>(py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    guarded(py, || Ok(py.detach(call)))?.map_err(|error| raise(py, &error))
}

fn failure(error: &osisession::journal::Error) -> Error {
    osisession::durable::journal_error(error)
}

fn durability(py: Python<'_>, word: &str) -> PyResult<Durability> {
    match word {
        "message" => Ok(Durability::EveryMessage),
        "checkpoint" => Ok(Durability::EveryCheckpoint),
        "memory" => Ok(Durability::MemoryOnly),
        _ => Err(invalid(py, "durability is \"message\", \"checkpoint\" or \"memory\"")),
    }
}

/// Changes limits of dialogues and nodes by their names.
fn limits(py: Python<'_>, target: &mut DurableConfig, given: &Bound<'_, PyDict>) -> PyResult<()> {
    for (key, given) in given.iter() {
        let name = key.extract::<String>()?;
        macro_rules! set {
            (seconds: $($seconds:ident)*; numbers: $($number:ident)*; node: $($of_node:ident)*) => {
                match name.as_str() {
                    $(stringify!($seconds) => {
                        target.dialogue.limits.$seconds = duration(py, given.extract()?)?;
                    })*
                    $(stringify!($number) => {
                        let number = given.extract::<i128>()?;
                        target.dialogue.limits.$number = number
                            .try_into()
                            .map_err(|_| invalid(py, format!("{name}={number} is out of range")))?;
                    })*
                    $(stringify!($of_node) => {
                        let number = given.extract::<i128>()?;
                        target.limits.$of_node = number
                            .try_into()
                            .map_err(|_| invalid(py, format!("{name}={number} is out of range")))?;
                    })*
                    _ => return Err(invalid(py, format!("there is no limit \"{name}\""))),
                }
            };
        }
        set!(
            seconds: connect_timeout answer_timeout storage_timeout;
            numbers: message_octets outbox_messages outbox_octets inbox_messages inbox_octets violations;
            node: dialogues dialogues_per_peer backlog opening events
        );
    }
    Ok(())
}

/// What has changed since Python last asked, and how it is told that something has.
struct Watching {
    changed: Mutex<BTreeSet<Option<DialogueId>>>,
    wake: UnixStream,
}

impl Watching {
    fn tell(&self, id: Option<DialogueId>) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.is_empty() {
            // Full: then it is readable anyway. Closed: nobody asks any more.
            let _ = (&self.wake).write(&[1]);
        }
        changed.insert(id);
    }
}

/// A Python function that decides about callers.
fn filter(function: Py<PyAny>) -> osisession::durable::AcceptFilter {
    Arc::new(move |caller: &Caller| {
        Python::try_attach(|py| {
            let ask = || -> PyResult<bool> {
                let octets = |octets: &[u8]| value::octets(py, octets);
                let caller = build!(
                    py,
                    "durable",
                    "Caller",
                    (
                        octets(&caller.id.0),
                        caller.address.as_deref(),
                        octets(&caller.identity),
                        octets(&caller.called_selector),
                        octets(&caller.calling_selector),
                        octets(&caller.user_data),
                    )
                )?;
                function.bind(py).call1((caller,))?.is_truthy()
            };
            match ask() {
                Ok(true) => Accept::Yes,
                Ok(false) => Accept::No,
                Err(error) => {
                    error.write_unraisable(py, Some(function.bind(py)));
                    Accept::Busy
                }
            }
        })
        .unwrap_or(Accept::Busy)
    })
}

/// A Python function that says where the application is.
fn cursor(function: Py<PyAny>, failed: Arc<Mutex<Option<PyErr>>>) -> osisession::durable::Cursor {
    Arc::new(move |id: DialogueId, label: &[u8]| {
        Python::attach(|py| {
            let ask =
                || function.bind(py).call1((value::octets(py, &id.0), value::octets(py, label)))?.extract();
            ask().unwrap_or_else(|error: PyErr| {
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                0
            })
        })
    })
}

/// One process's end of its durable dialogues. Methods may be called from any thread.
#[pyclass(module = "osisession.durable", name = "DurableNode", frozen, weakref)]
pub(crate) struct PyDurableNode {
    /// `None` once it is closed: the journal is free again.
    node: Handle<Mutex<Option<Arc<DurableNode>>>>,
    config: DialogueConfig,
    watching: Mutex<Option<Arc<Watching>>>,
}

impl PyDurableNode {
    fn node(&self) -> Result<Arc<DurableNode>> {
        let node = self.node.lock().unwrap_or_else(PoisonError::into_inner).clone();
        node.ok_or_else(|| Error::new(ErrorKind::Closed, Layer::Api, "the node is closed"))
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&DurableNode) -> Result<T> + Send,
    ) -> PyResult<T> {
        done(py, || call(&*self.node()?))
    }
}

#[pymethods]
impl PyDurableNode {
    #[new]
    #[pyo3(signature = (journal = None, *, durability = "message", delivery = "inbox", cursor = None, allow = None, idle_close = None, keepalive = 60.0, overdue = 300.0, retention = 86_400.0, user_data = None, config = None, limits = None))]
    fn new(
        py: Python<'_>,
        journal: Option<PathBuf>,
        durability: &str,
        delivery: &str,
        cursor: Option<Py<PyAny>>,
        allow: Option<Py<PyAny>>,
        idle_close: Option<f64>,
        keepalive: f64,
        overdue: f64,
        retention: f64,
        user_data: Option<Octets>,
        config: Option<SessionConfigArgument>,
        limits: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyDurableNode> {
        let seconds = |seconds: Option<f64>| seconds.map(|seconds| duration(py, seconds)).transpose();
        let mut node = DurableConfig::default();
        node.dialogue.durability = self::durability(py, durability)?;
        node.dialogue.delivery = match delivery {
            "inbox" => Delivery::Inbox,
            "application" => Delivery::Application,
            _ => return Err(invalid(py, "delivery is \"inbox\" or \"application\"")),
        };
        node.dialogue.idle = seconds(idle_close)?;
        node.dialogue.keepalive = value::timeout(py, Some(keepalive))?;
        node.dialogue.overdue = value::timeout(py, Some(overdue))?;
        node.dialogue.retention = duration(py, retention)?;
        node.dialogue.user_data = user_data.map(|octets| octets.0).unwrap_or_default();
        node.session = config.map(|config| config.0).unwrap_or_default();
        let failed = Arc::new(Mutex::new(None));
        node.cursor = cursor.map(|function| self::cursor(function, failed.clone()));
        node.accept = allow.map(filter);
        if let Some(given) = limits {
            self::limits(py, &mut node, given)?;
        }
        let dialogue = node.dialogue.clone();
        let made = done(py, || {
            let journal: Arc<dyn Journal> = match &journal {
                None => Arc::new(MemoryJournal::default()),
                Some(path) => Arc::new(RedbJournal::open(path).map_err(|error| failure(&error))?),
            };
            DurableNode::new(node, journal)
        });
        let asked = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(error) = asked {
            // It would go on from the wrong place.
            drop(made.map(Handle::from));
            return Err(error);
        }
        Ok(PyDurableNode {
            node: Mutex::new(Some(Arc::new(made?))).into(),
            config: dialogue,
            watching: Mutex::new(None),
        })
    }

    /// Listens for peers; gives the address with the port that the system chose.
    fn listen(&self, py: Python<'_>, address: &str) -> PyResult<String> {
        self.with(py, |node| node.listen(address))
    }

    /// Begins a dialogue with the peer at an address. It connects, and connects again, by itself.
    #[pyo3(signature = (address, *, label = None, durability = None, called_t_selector = None, calling_t_selector = None, called_selector = None, calling_selector = None))]
    fn dial(
        &self,
        py: Python<'_>,
        address: &str,
        label: Option<Octets>,
        durability: Option<&str>,
        called_t_selector: Option<Octets>,
        calling_t_selector: Option<Octets>,
        called_selector: Option<Octets>,
        calling_selector: Option<Octets>,
    ) -> PyResult<PyDialogue> {
        let octets = |octets: Option<Octets>| octets.map(|octets| octets.0).unwrap_or_default();
        let mut options = DialOptions::new(address).label(octets(label));
        options.peer.called_t_selector = octets(called_t_selector);
        options.peer.calling_t_selector = octets(calling_t_selector);
        options.peer.called_selector = octets(called_selector);
        options.peer.calling_selector = octets(calling_selector);
        if let Some(word) = durability {
            let mut config = self.config.clone();
            config.durability = self::durability(py, word)?;
            options = options.config(config);
        }
        self.with(py, |node| node.dial(options)).map(PyDialogue::from)
    }

    /// Waits for a dialogue that a caller began.
    #[pyo3(signature = (timeout = None))]
    fn accept(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<PyDialogue> {
        let node = done(py, || self.node())?;
        guarded(py, || wait(py, timeout, |slice| node.accept(slice))).map(PyDialogue::from)
    }

    /// All dialogues that live here: begun, taken up again, accepted or not, closed ones that still answer included.
    fn dialogues(&self, py: Python<'_>) -> PyResult<Vec<PyDialogue>> {
        let all = self.with(py, |node| Ok(node.dialogues()))?;
        Ok(all.into_iter().map(PyDialogue::from).collect())
    }

    /// The dialogue that was begun here under this label and is neither closed nor broken, or None.
    fn find(&self, py: Python<'_>, label: Octets) -> PyResult<Option<PyDialogue>> {
        self.with(py, |node| Ok(node.find(&label.0))).map(|found| found.map(PyDialogue::from))
    }

    /// Dialogues of the journal that this node could not take up, each with the reason.
    #[getter]
    fn left<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyBytes>, Bound<'py, PyAny>)>> {
        let left = self.with(py, |node| Ok(node.left().to_vec()))?;
        left.iter().map(|left| Ok((value::octets(py, &left.id.0), exception(py, &left.error)?))).collect()
    }

    /// True once it is closed.
    #[getter]
    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        done(py, || Ok(self.node().map_or(true, |node| node.is_closed())))
    }

    /// Makes the journal durable, for which it waits at most `patience` seconds, and ends. The dialogues go on with the next node on the journal.
    #[pyo3(signature = (patience = None))]
    fn close(&self, py: Python<'_>, patience: Option<f64>) -> PyResult<()> {
        let patience = patience.map(|seconds| duration(py, seconds)).transpose()?.unwrap_or(PATIENCE);
        done(py, || {
            self.node.close_by(|slot| {
                let node = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(node) = node {
                    node.close(patience);
                }
            });
            Ok(())
        })
    }

    /// For event loops: a descriptor that is readable when `_changed` has something to tell. It is the caller's to close.
    fn _watch(&self, py: Python<'_>) -> PyResult<i32> {
        self.with(py, |node| {
            let system = |error: std::io::Error| {
                Error::new(ErrorKind::Internal, Layer::Api, format!("making a pair of sockets: {error}"))
            };
            let (ours, theirs) = UnixStream::pair().map_err(system)?;
            ours.set_nonblocking(true).and_then(|()| theirs.set_nonblocking(true)).map_err(system)?;
            let watching = Arc::new(Watching { changed: Mutex::default(), wake: ours });
            *self.watching.lock().unwrap_or_else(PoisonError::into_inner) = Some(watching.clone());
            node.watch(Some(Arc::new(move |id| watching.tell(id))));
            Ok(theirs.into_raw_fd())
        })
    }

    /// The names of the dialogues whose waits may find something; None stands for `accept`.
    fn _changed<'py>(&self, py: Python<'py>) -> PyResult<Vec<Option<Bound<'py, PyBytes>>>> {
        let watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let changed = watching.map(|watching| {
            std::mem::take(&mut *watching.changed.lock().unwrap_or_else(PoisonError::into_inner))
        });
        let names = changed.into_iter().flatten();
        Ok(names.map(|id| id.map(|id| value::octets(py, &id.0))).collect())
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py, None)
    }
}

/// One end of a durable dialogue. Methods may be called from any thread.
#[pyclass(module = "osisession.durable", name = "Dialogue", frozen, weakref)]
pub(crate) struct PyDialogue(Handle<Dialogue>);

impl From<Dialogue> for PyDialogue {
    fn from(dialogue: Dialogue) -> PyDialogue {
        PyDialogue(dialogue.into())
    }
}

/// The event for Python.
fn event<'py>(py: Python<'py>, event: &DialogueEvent) -> PyResult<Bound<'py, PyAny>> {
    use DialogueEvent as E;
    match event {
        E::Accepted(position) => build!(py, "durable", "Accepted", (*position,)),
        E::Confirmed(position) => build!(py, "durable", "Confirmed", (*position,)),
        E::Committed(position) => build!(py, "durable", "Committed", (*position,)),
        E::Message { position, .. } => build!(py, "durable", "Received", (*position,)),
        E::Writable => build!(py, "durable", "Writable", ()),
        E::Connecting { epoch, attempt } => build!(py, "durable", "Connecting", (*epoch, *attempt)),
        E::Connected { epoch, user_data } => {
            build!(py, "durable", "Connected", (*epoch, value::octets(py, user_data)))
        }
        E::Detached { idle } => build!(py, "durable", "Detached", (*idle,)),
        E::Overdue => build!(py, "durable", "Overdue", ()),
        E::StorageStalled => build!(py, "durable", "StorageStalled", ()),
        E::PeerClosing => build!(py, "durable", "PeerClosing", ()),
        E::Closed => build!(py, "durable", "Closed", ()),
        E::Forget => build!(py, "durable", "Forgotten", ()),
        E::Stopped(stop) => build!(py, "durable", "Stopped", (why(stop),)),
        E::Broken { status, confirmed, unconfirmed } => {
            let unconfirmed = unconfirmed.as_ref().map(|range| (*range.start(), *range.end()));
            build!(py, "durable", "Broken", (status.to_string(), *confirmed, unconfirmed))
        }
        E::Violation(error) => build!(py, "durable", "Violation", (exception(py, error)?,)),
    }
}

/// Why no more attempts are made, for people.
fn why(stop: &Stop) -> String {
    match stop {
        Stop::Refused => "the peer refused: wrong selector, or version".into(),
        Stop::RefusedWith(status) => format!("the peer refused: {status}"),
        Stop::NotADialogue(error) => format!("the peer does not speak of dialogues: {error}"),
        Stop::Identity => "another identity answered than the one the dialogue is bound to".into(),
        Stop::Unfit => "what was agreed for the session does not suffice".into(),
        Stop::Violations => "too many protocol errors with nothing achieved in between".into(),
        Stop::Storage => "the journal failed".into(),
        Stop::Epochs => "the numbers of the epochs are used up".into(),
    }
}

#[pymethods]
impl PyDialogue {
    /// Its name, 16 octets.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let id = guarded(py, || Ok(self.0.id()))?;
        Ok(value::octets(py, &id.0))
    }

    /// True on the side that began it.
    #[getter]
    fn is_initiator(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.0.role() == Role::Initiator))
    }

    /// The label it was begun with; empty on the other side.
    #[getter]
    fn label<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let label = guarded(py, || Ok(self.0.label()))?;
        Ok(value::octets(py, &label))
    }

    /// What the application that began it sent along.
    #[getter]
    fn user_data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let data = guarded(py, || Ok(self.0.user_data()))?;
        Ok(value::octets(py, &data))
    }

    /// Gives a message to the dialogue and waits until it is stored; gives its position.
    #[pyo3(signature = (message, timeout = None))]
    fn send(&self, py: Python<'_>, message: Octets, timeout: Option<f64>) -> PyResult<u64> {
        let begun = std::time::Instant::now();
        let position = self.submit(py, message, timeout)?;
        let left = timeout.map(|seconds| (seconds - begun.elapsed().as_secs_f64()).max(0.0));
        self.wait_accepted(py, position, left)?;
        Ok(position)
    }

    /// Gives a message to the dialogue, waiting only for room in the outbox; gives the position that it will have.
    #[pyo3(signature = (message, timeout = None))]
    fn submit(&self, py: Python<'_>, message: Octets, timeout: Option<f64>) -> PyResult<u64> {
        guarded(py, || wait(py, timeout, |slice| self.0.submit(message.0.clone(), slice)))
    }

    /// Waits until the message at this position, and all before it, are stored here.
    #[pyo3(signature = (position, timeout = None))]
    fn wait_accepted(&self, py: Python<'_>, position: u64, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.0.wait_accepted(position, slice)))
    }

    /// Waits until the message at this position, and all before it, are stored at the peer; without a position, all that was sent.
    #[pyo3(signature = (position = None, timeout = None))]
    fn wait_confirmed(&self, py: Python<'_>, position: Option<u64>, timeout: Option<f64>) -> PyResult<()> {
        let position = match position {
            Some(position) => position,
            None => guarded(py, || Ok(py.detach(|| self.0.progress().sent)))?,
        };
        guarded(py, || wait(py, timeout, |slice| self.0.wait_confirmed(position, slice)))
    }

    /// Waits for the next message of the peer.
    #[pyo3(signature = (timeout = None))]
    fn receive<'py>(slf: &Bound<'py, Self>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let message = guarded(py, || wait(py, timeout, |slice| this.0.receive(slice)))?;
        let (position, data): (u64, &Bytes) = (message.position(), message.data());
        build!(py, "durable", "Message", (position, value::octets(py, data), slf))
    }

    /// Says that the application is done with the peer's messages up to this position.
    fn commit(&self, py: Python<'_>, position: u64) -> PyResult<()> {
        done(py, || self.0.commit(position))
    }

    /// Waits until a commit of this position is durable.
    #[pyo3(signature = (position, timeout = None))]
    fn wait_committed(&self, py: Python<'_>, position: u64, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.0.wait_committed(position, slice)))
    }

    /// Where it stands.
    #[getter]
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let p = guarded(py, || Ok(py.detach(|| self.0.progress())))?;
        let fields = PyDict::new(py);
        fields.set_item("state", p.state)?;
        fields.set_item("epoch", p.epoch)?;
        fields.set_item("attempts", p.attempts)?;
        fields.set_item("next_try", p.next_try.map(|time| time.as_secs_f64()))?;
        fields.set_item("sent", p.sent)?;
        fields.set_item("accepted", p.accepted)?;
        fields.set_item("confirmed", p.confirmed)?;
        fields.set_item("confirmed_octets", p.confirmed_octets)?;
        fields.set_item("unconfirmed_octets", p.unconfirmed_octets)?;
        fields.set_item("received", p.received)?;
        fields.set_item("committed", p.committed)?;
        fields.set_item("events_lost", p.events_lost)?;
        fields.set_item("last_error", p.last_error.map(|error| exception(py, &error)).transpose()?)?;
        fields.set_item("peer", p.peer)?;
        class!(py, "durable", "Progress")?.call((), Some(&fields))
    }

    /// Waits for the next event.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let next = guarded(py, || wait(py, timeout, |slice| self.0.next_event(slice)))?;
        event(py, &next)
    }

    /// Tries to connect now.
    #[pyo3(signature = (address = None))]
    fn reconnect(&self, py: Python<'_>, address: Option<&str>) -> PyResult<()> {
        done(py, || match address {
            None => self.0.reconnect(),
            Some(address) => self.0.set_peer(osisession::durable::Peer::new(address)),
        })
    }

    /// Whether the application has something open: no idle close then.
    #[pyo3(signature = (hold = true))]
    fn hold_open(&self, py: Python<'_>, hold: bool) -> PyResult<()> {
        done(py, || self.0.hold_open(hold))
    }

    /// Closes the dialogue for good, once all messages of both sides are delivered and confirmed, and waits for that.
    #[pyo3(signature = (timeout = None))]
    fn close(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.0.close(slice)))
    }

    /// True once it was closed in good order.
    #[getter]
    fn is_closed(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(py.detach(|| self.0.is_closed())))
    }

    /// Why nothing more will happen, or None.
    #[getter]
    fn failure<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let failure = guarded(py, || Ok(py.detach(|| self.0.failure())))?;
        failure.map(|error| exception(py, &error)).transpose()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PyDialogue>().is_ok_and(|other| {
            let (one, other) = (self.0.anywhere(), other.get().0.anywhere());
            one.id() == other.id() && one.role() == other.role()
        })
    }

    fn __hash__(&self) -> u64 {
        let octets = self.0.anywhere().id().0;
        octets.iter().take(8).fold(0, |sum, octet| sum << 8 | u64::from(*octet))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || {
            let state = py.detach(|| self.0.progress().state);
            Ok(format!("<Dialogue {:?} {state}>", self.0.id()))
        })
    }
}
