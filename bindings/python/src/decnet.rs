//! `osisession.decnet`: nodes, objects and logical links.
use crate::classes::{build, class};
use crate::error::{exception, invalid, raise};
use crate::guard::guarded;
use crate::handle::Handle;
use crate::value::{self, Octets, duration, instance};
use crate::wait::{wait, wait_counted};
use osisession::Bytes;
use osisession::decnet::{
    AccessControl, Account, CircuitEvent, ConnectOptions, DecnetConfig, DecnetEndpoint, DecnetLimits,
    DecnetReady, EndUser, FlowControl, IncomingLink, LinkEvent, LogicalLink, Neighbour, NodeAddress,
    NodeName, Object, ObjectListener, Reason,
};
use osisession_proto::error::Result;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use std::sync::Mutex;

/// The outcome of a call into the library, as Python sees it.
fn done<T: Send>(py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    guarded(py, || Ok(py.detach(call)))?.map_err(|error| raise(py, &error))
}

/// Text or octets.
struct Text(Bytes);

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Text> {
        match object.extract::<String>() {
            Ok(text) => Ok(Text(text.into_bytes().into())),
            Err(_) => object.extract::<Octets>().map(|octets| Text(octets.0)),
        }
    }
}

/// A number, a name, or an `EndUser`.
struct EndUserArgument(EndUser);

impl<'py> FromPyObject<'_, 'py> for EndUserArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<EndUserArgument> {
        if let Ok(number) = object.extract::<i128>() {
            let number = u8::try_from(number).ok().filter(|number| *number > 0);
            let number = number.ok_or_else(|| invalid(object.py(), "an object number is 1 to 255"))?;
            return Ok(EndUserArgument(EndUser::Number(number)));
        }
        if let Ok(Text(name)) = object.extract::<Text>() {
            return Ok(EndUserArgument(EndUser::Name(name)));
        }
        let object = instance(object, class!(object.py(), "decnet", "EndUser")?)?;
        let Text(name) = object.getattr("name")?.extract()?;
        let code = |name: &str| {
            let code = object.getattr(name)?.extract::<i128>()?;
            u16::try_from(code).map_err(|_| invalid(object.py(), format!("{name}={code} is out of range")))
        };
        Ok(EndUserArgument(EndUser::NameWithCodes { group: code("group")?, user: code("user")?, name }))
    }
}

fn end_user<'py>(py: Python<'py>, end_user: &EndUser) -> PyResult<Bound<'py, PyAny>> {
    Ok(match end_user {
        EndUser::Number(number) => number.into_pyobject(py)?.into_any(),
        EndUser::Name(name) => value::octets(py, name).into_any(),
        EndUser::NameWithCodes { group, user, name } => {
            build!(py, "decnet", "EndUser", (value::octets(py, name), *group, *user))?
        }
    })
}

/// `AccessControl`.
struct AccessArgument(AccessControl);

impl<'py> FromPyObject<'_, 'py> for AccessArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<AccessArgument> {
        let object = instance(object, class!(object.py(), "decnet", "AccessControl")?)?;
        let text = |name: &str| object.getattr(name)?.extract::<Text>().map(|text| text.0);
        Ok(AccessArgument(AccessControl {
            user: text("user")?,
            password: text("password")?.into(),
            account: text("account")?,
        }))
    }
}

/// `Account`.
struct AccountArgument(Account);

impl<'py> FromPyObject<'_, 'py> for AccountArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<AccountArgument> {
        let object = instance(object, class!(object.py(), "decnet", "Account")?)?;
        Ok(AccountArgument(Account {
            user: object.getattr("user")?.extract::<Text>()?.0,
            password: object.getattr("password")?.extract::<Text>()?.0.into(),
            account: object.getattr("account")?.extract::<Option<Text>>()?.map(|text| text.0),
        }))
    }
}

/// Changes limits by their names.
fn limits(py: Python<'_>, target: &mut DecnetLimits, given: &Bound<'_, PyDict>) -> PyResult<()> {
    for (key, given) in given.iter() {
        let name = key.extract::<String>()?;
        macro_rules! set {
            (seconds: $($seconds:ident)*; numbers: $($number:ident)*) => {
                match name.as_str() {
                    $(stringify!($seconds) => target.$seconds = duration(py, given.extract()?)?,)*
                    $(stringify!($number) => {
                        let number = given.extract::<i128>()?;
                        target.$number = number
                            .try_into()
                            .map_err(|_| invalid(py, format!("{name}={number} is out of range")))?;
                    })*
                    _ => return Err(invalid(py, format!("there is no limit \"{name}\""))),
                }
            };
        }
        set!(
            seconds: outgoing_timeout incoming_timeout retransmit_initial retransmit_min retransmit_max ack_delay
                inactivity hello listen_max;
            numbers: ports links incoming_links offered_links queued_send_octets queued_send_messages
                queued_receive_octets queued_receive_messages queued_interrupts message_octets send_window
                receive_window receive_credits transmissions queued_replies packet_octets
        );
    }
    Ok(())
}

fn address(py: Python<'_>, text: &str) -> PyResult<NodeAddress> {
    text.parse().map_err(|error| raise(py, &error))
}

fn neighbour<'py>(py: Python<'py>, neighbour: Option<Neighbour>) -> PyResult<Option<Bound<'py, PyAny>>> {
    neighbour
        .map(|n| {
            let kind = format!("{:?}", n.node_type);
            build!(py, "decnet", "Neighbour", (n.address.to_string(), kind, n.block_size))
        })
        .transpose()
}

/// A DECnet Phase IV end node. Methods may be called from any thread.
#[pyclass(module = "osisession.decnet", name = "DecnetEndpoint", frozen, weakref)]
pub(crate) struct PyDecnetEndpoint(Handle<DecnetEndpoint>);

#[pymethods]
impl PyDecnetEndpoint {
    #[new]
    #[pyo3(signature = (address, circuit, *, nodes = None, demand = None, verification = None, block_size = None, flow_control = None, ignore_interrupt_credit = false, retry = None, connect_timeout = None, limits = None))]
    fn new(
        py: Python<'_>,
        address: &str,
        circuit: &str,
        nodes: Option<&Bound<'_, PyDict>>,
        demand: Option<Text>,
        verification: Option<Text>,
        block_size: Option<i128>,
        flow_control: Option<&str>,
        ignore_interrupt_credit: bool,
        retry: Option<f64>,
        connect_timeout: Option<f64>,
        limits: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyDecnetEndpoint> {
        let circuit = circuit.parse().map_err(|error| raise(py, &error))?;
        let mut config = DecnetConfig::new(self::address(py, address)?, circuit);
        for (name, address) in nodes.into_iter().flatten() {
            let name = NodeName::new(&name.extract::<String>()?).map_err(|error| raise(py, &error))?;
            config.nodes.push((name, self::address(py, &address.extract::<String>()?)?));
        }
        config.demand = demand.map(|text| text.0.into());
        config.verification = verification.map(|text| text.0.into()).unwrap_or_default();
        if let Some(size) = block_size {
            config.block_size =
                u16::try_from(size).map_err(|_| invalid(py, format!("block_size={size} is out of range")))?;
        }
        config.flow_control = match flow_control {
            None | Some("none") => FlowControl::None,
            Some("segment") => FlowControl::Segment,
            Some("message") => FlowControl::Message,
            Some(_) => return Err(invalid(py, "flow_control is \"none\", \"segment\" or \"message\"")),
        };
        config.ignore_interrupt_credit = ignore_interrupt_credit;
        if let Some(retry) = retry {
            config.retry = duration(py, retry)?;
        }
        if let Some(timeout) = connect_timeout {
            config.connect_timeout = duration(py, timeout)?;
        }
        if let Some(given) = limits {
            self::limits(py, &mut config.limits, given)?;
        }
        done(py, || DecnetEndpoint::new(config)).map(|endpoint| PyDecnetEndpoint(endpoint.into()))
    }

    /// The node's own address, as "area.node".
    #[getter]
    fn address(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.0.address().to_string()))
    }

    /// Where the circuit listens or has its UDP socket: "127.0.0.1:700"; None where this end opens a TCP connection.
    #[getter]
    fn local_address(&self, py: Python<'_>) -> PyResult<Option<String>> {
        guarded(py, || Ok(self.0.local_address()))
    }

    /// True while packets can flow.
    #[getter]
    fn is_up(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.0.is_up()))
    }

    /// Who is at the other end of the circuit, while it runs.
    #[getter]
    fn neighbour<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        neighbour(py, self.0.neighbour())
    }

    /// How many links there are, those included whose end is not confirmed.
    #[getter]
    fn links(&self, py: Python<'_>) -> PyResult<usize> {
        guarded(py, || Ok(self.0.links()))
    }

    /// Makes the name of a node known, or changes its address.
    fn define_node(&self, py: Python<'_>, name: &str, address: &str) -> PyResult<()> {
        let address = self::address(py, address)?;
        done(py, || self.0.define_node(name, address))
    }

    /// Waits until the circuit runs.
    #[pyo3(signature = (timeout = None))]
    fn wait_up(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.0.wait_up(slice)))
    }

    /// What happened to the circuit, the oldest first, or None.
    fn next_circuit_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let event = guarded(py, || Ok(self.0.next_circuit_event()))?;
        event
            .map(|event| match event {
                CircuitEvent::Up(who) => build!(py, "decnet", "CircuitUp", (neighbour(py, who)?,)),
                CircuitEvent::Down(error) => build!(py, "decnet", "CircuitDown", (exception(py, &error)?,)),
            })
            .transpose()
    }

    /// Calls an object at a node; never blocks, the outcome is an event.
    #[pyo3(signature = (node, object, *, source = None, access = None, user_data = None, proxy = false))]
    fn connect(
        &self,
        py: Python<'_>,
        node: &str,
        object: EndUserArgument,
        source: Option<EndUserArgument>,
        access: Option<AccessArgument>,
        user_data: Option<Text>,
        proxy: bool,
    ) -> PyResult<PyLogicalLink> {
        let options = ConnectOptions {
            source: source.map(|source| source.0),
            access: access.map(|access| access.0),
            user_data: user_data.map(|data| data.0),
            proxy,
            proxy_by_codes: false,
        };
        done(py, || self.0.connect(node, object.0, options)).map(PyLogicalLink::from)
    }

    /// Declares an object by number, by name or by both.
    #[pyo3(signature = (number = None, name = None, *, accounts = None, max_links = None))]
    fn listen(
        &self,
        py: Python<'_>,
        number: Option<i128>,
        name: Option<Text>,
        accounts: Option<Vec<AccountArgument>>,
        max_links: Option<usize>,
    ) -> PyResult<PyObjectListener> {
        let number = number
            .map(|number| u8::try_from(number).map_err(|_| invalid(py, "an object number is 1 to 255")))
            .transpose()?;
        let mut object = match (number, name) {
            (Some(number), None) => Object::numbered(number),
            (Some(number), Some(name)) => Object::numbered(number).with_name(name.0),
            (None, Some(name)) => Object::named(name.0),
            (None, None) => return Err(invalid(py, "an object has a number or a name")),
        };
        object.accounts = accounts.map(|all| all.into_iter().map(|account| account.0).collect());
        object.max_links = max_links.unwrap_or(object.max_links);
        done(py, || self.0.listen(object)).map(|listener| PyObjectListener(listener.into()))
    }

    /// Drives the node until something happened or the time is over; 0 if nothing did.
    #[pyo3(signature = (timeout = None))]
    fn dispatch(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<usize> {
        guarded(py, || wait_counted(py, timeout, |slice| self.0.dispatch(slice)))
    }

    /// Drives the node from a thread of its own, until stop.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || self.0.start())
    }

    /// Stops the thread.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.0.stop();
            Ok(())
        })
    }

    /// The descriptor that is readable when dispatch(0) has something to do.
    #[getter]
    fn descriptor(&self, py: Python<'_>) -> PyResult<i32> {
        guarded(py, || Ok(self.0.descriptor()))
    }

    /// The descriptor, so that selectors take the endpoint itself.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        guarded(py, || Ok(self.0.descriptor()))
    }

    /// Seconds until dispatch is due even if the descriptor is quiet, or None.
    #[getter]
    fn next_timeout(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        guarded(py, || Ok(self.0.next_timeout().map(|timeout| timeout.as_secs_f64())))
    }

    /// The link or listener that got something since last asked, the endpoint itself for its circuit, or None.
    fn next_ready(this: Py<Self>, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let ready = guarded(py, || Ok(this.get().0.next_ready()))?;
        Ok(match ready {
            Some(DecnetReady::Link(link)) => Some(Py::new(py, PyLogicalLink::from(link))?.into_any()),
            Some(DecnetReady::Listener(listener)) => {
                Some(Py::new(py, PyObjectListener(listener.into()))?.into_any())
            }
            Some(_) => Some(this.into_any()),
            None => None,
        })
    }

    /// Aborts all links, ends all objects, closes the circuit and stops the thread.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.0.close_by(DecnetEndpoint::close);
            Ok(())
        })
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(format!("<DecnetEndpoint {}>", self.0.address())))
    }
}

/// An object that can be called. Methods may be called from any thread.
#[pyclass(module = "osisession.decnet", name = "ObjectListener", frozen, weakref)]
pub(crate) struct PyObjectListener(Handle<ObjectListener>);

#[pymethods]
impl PyObjectListener {
    /// Waits for a connect, to be accepted or rejected.
    #[pyo3(signature = (timeout = None))]
    fn accept(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<PyIncomingLink> {
        guarded(py, || wait(py, timeout, |slice| self.0.accept(slice))).map(PyIncomingLink::from)
    }

    /// A connect if one is there already.
    fn try_accept(&self, py: Python<'_>) -> PyResult<Option<PyIncomingLink>> {
        guarded(py, || Ok(self.0.try_next_call().map(PyIncomingLink::from)))
    }

    /// Ends the object; its links go on.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.0.close_by(ObjectListener::close);
            Ok(())
        })
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}

/// A connect from another node. Forgotten without an answer it is rejected with reason 38.
#[pyclass(module = "osisession.decnet", name = "IncomingLink", frozen, weakref)]
pub(crate) struct PyIncomingLink(Mutex<Option<Handle<Option<IncomingLink>>>>);

impl From<IncomingLink> for PyIncomingLink {
    fn from(call: IncomingLink) -> PyIncomingLink {
        PyIncomingLink(Mutex::new(Some(Some(call).into())))
    }
}

impl PyIncomingLink {
    fn look<T>(&self, py: Python<'_>, look: impl FnOnce(&IncomingLink) -> PyResult<T>) -> PyResult<T> {
        let slot = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match slot.as_ref().and_then(|call| call.as_ref()) {
            Some(call) => look(call),
            None => Err(answered(py)),
        }
    }

    fn take(&self, py: Python<'_>) -> PyResult<IncomingLink> {
        let taken = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        taken.and_then(Handle::into_inner).ok_or_else(|| answered(py))
    }
}

fn answered(py: Python<'_>) -> PyErr {
    raise(py, &osisession_proto::Error::refused("the connect was answered already"))
}

#[pymethods]
impl PyIncomingLink {
    /// The node that calls, as "area.node".
    #[getter]
    fn node(&self, py: Python<'_>) -> PyResult<String> {
        self.look(py, |call| Ok(call.node().to_string()))
    }

    /// Its name, if the table of names has it.
    #[getter]
    fn node_name(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.look(py, |call| Ok(call.node_name().map(ToString::to_string)))
    }

    /// The object as it was called: a number, a name, or an EndUser.
    #[getter]
    fn destination<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.look(py, |call| end_user(py, call.destination()))
    }

    /// Who calls, by its own word.
    #[getter]
    fn source<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.look(py, |call| end_user(py, call.source()))
    }

    /// Access control as it was sent; without the password where the object has accounts.
    #[getter]
    fn access<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.look(py, |call| {
            let octets = |octets| value::octets(py, octets);
            call.access()
                .map(|access| {
                    let fields =
                        (octets(&access.user), octets(access.password.reveal()), octets(&access.account));
                    build!(py, "decnet", "AccessControl", (fields.0, fields.1, fields.2))
                })
                .transpose()
        })
    }

    /// User data, up to 16 octets.
    #[getter]
    fn user_data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.look(py, |call| Ok(value::octets(py, call.user_data())))
    }

    /// True if the caller asks to be let in by who it is.
    #[getter]
    fn is_proxy(&self, py: Python<'_>) -> PyResult<bool> {
        self.look(py, |call| Ok(call.is_proxy()))
    }

    /// Accepts, with up to 16 octets.
    #[pyo3(signature = (data = None))]
    fn accept(&self, py: Python<'_>, data: Option<Text>) -> PyResult<PyLogicalLink> {
        let call = self.take(py)?;
        let data = data.map(|data| data.0).unwrap_or_default();
        done(py, || call.accept(data)).map(PyLogicalLink::from)
    }

    /// Rejects, with up to 16 octets.
    #[pyo3(signature = (reason = 0, data = None))]
    fn reject(&self, py: Python<'_>, reason: i128, data: Option<Text>) -> PyResult<()> {
        let reason = u16::try_from(reason).map_err(|_| invalid(py, "a reason is 0 to 65535"))?;
        let call = self.take(py)?;
        let data = data.map(|data| data.0).unwrap_or_default();
        done(py, || call.reject(Reason::new(reason), data))
    }
}

/// One logical link. Methods may be called from any thread.
#[pyclass(module = "osisession.decnet", name = "LogicalLink", frozen, weakref)]
pub(crate) struct PyLogicalLink(Handle<LogicalLink>);

impl From<LogicalLink> for PyLogicalLink {
    fn from(link: LogicalLink) -> PyLogicalLink {
        PyLogicalLink(link.into())
    }
}

/// The event for Python.
fn event<'py>(py: Python<'py>, event: &LinkEvent) -> PyResult<Bound<'py, PyAny>> {
    let octets = |octets| value::octets(py, octets);
    match event {
        LinkEvent::Accepted { data } => build!(py, "decnet", "Accepted", (octets(data),)),
        LinkEvent::Running => build!(py, "decnet", "Running", ()),
        LinkEvent::Message(data) => build!(py, "decnet", "Message", (octets(data),)),
        LinkEvent::Interrupt(data) => build!(py, "decnet", "Interrupt", (octets(data),)),
        LinkEvent::SendReady => build!(py, "decnet", "SendReady", ()),
        LinkEvent::InterruptReady => build!(py, "decnet", "InterruptReady", ()),
        LinkEvent::Rejected { reason, data } => {
            build!(py, "decnet", "Rejected", (reason.code(), octets(data)))
        }
        LinkEvent::Disconnected { reason, data, error } => {
            let error = error.as_ref().map(|error| exception(py, error)).transpose()?;
            build!(py, "decnet", "Disconnected", (reason.code(), octets(data), error))
        }
        LinkEvent::Closed => build!(py, "decnet", "Closed", ()),
    }
}

#[pymethods]
impl PyLogicalLink {
    /// A number that is this link's alone within its node.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<u32> {
        guarded(py, || Ok(self.0.id()))
    }

    /// The node at the other end, as "area.node".
    #[getter]
    fn node(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.0.node().to_string()))
    }

    /// Where the link stands: "CALLING", "RUNNING", "CLOSED" ...
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        guarded(py, || Ok(self.0.state().name()))
    }

    /// True once the link has ended; events may be left to take.
    #[getter]
    fn is_over(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.0.is_over()))
    }

    /// Waits for the answer to a connect; gives the accept data.
    #[pyo3(signature = (timeout = None))]
    fn wait_connected<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyBytes>> {
        let data = guarded(py, || wait(py, timeout, |slice| self.0.wait_connected(slice)))?;
        Ok(value::octets(py, &data))
    }

    /// Sends a message, and waits for room in the queue if there is none.
    #[pyo3(signature = (message, timeout = None))]
    fn send(&self, py: Python<'_>, message: Octets, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.0.send_wait(message.0.clone(), slice)))
    }

    /// Sends a message if there is room; raises WouldBlockError if there is none.
    fn try_send(&self, py: Python<'_>, message: Octets) -> PyResult<()> {
        done(py, || self.0.send(message.0))
    }

    /// Sends an interrupt message of 1 to 16 octets, and waits until the peer takes one.
    #[pyo3(signature = (data, timeout = None))]
    fn interrupt(&self, py: Python<'_>, data: Octets, timeout: Option<f64>) -> PyResult<()> {
        guarded(py, || wait(py, timeout, |slice| self.0.interrupt_wait(data.0.clone(), slice)))
    }

    /// Sends an interrupt message if the peer takes one; raises WouldBlockError if it does not.
    fn try_interrupt(&self, py: Python<'_>, data: Octets) -> PyResult<()> {
        done(py, || self.0.interrupt(data.0))
    }

    /// Waits for the next message; passes over everything that is none.
    #[pyo3(signature = (timeout = None))]
    fn receive<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyBytes>> {
        let message = guarded(py, || wait(py, timeout, |slice| self.0.receive(slice)))?;
        Ok(value::octets(py, &message))
    }

    /// Waits for the next event.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let next = guarded(py, || wait(py, timeout, |slice| self.0.next_event(slice)))?;
        event(py, &next)
    }

    /// The next event if there is one.
    fn try_next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let next = guarded(py, || Ok(py.detach(|| self.0.try_next_event())))?;
        next.map(|next| event(py, &next)).transpose()
    }

    /// Ends the link in order, with up to 16 octets.
    #[pyo3(signature = (data = None))]
    fn disconnect(&self, py: Python<'_>, data: Option<Text>) -> PyResult<()> {
        done(py, || self.0.disconnect(data.map(|data| data.0).unwrap_or_default()))
    }

    /// Ends the link at once, with up to 16 octets.
    #[pyo3(signature = (data = None))]
    fn abort(&self, py: Python<'_>, data: Option<Text>) -> PyResult<()> {
        done(py, || self.0.abort(data.map(|data| data.0).unwrap_or_default()))
    }

    /// Waits for the last event and gives it; what comes before is dropped.
    #[pyo3(signature = (timeout = None))]
    fn wait_ended<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let last = guarded(py, || wait(py, timeout, |slice| self.0.wait_ended(slice)))?;
        event(py, &last)
    }

    /// Aborts the link if it is open, and forgets it.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.0.close_by(LogicalLink::close);
            Ok(())
        })
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<PyLogicalLink>().is_ok_and(|other| {
            let other = &other.get().0;
            other.id() == self.0.id() && other.endpoint().descriptor() == self.0.endpoint().descriptor()
        })
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        guarded(py, || Ok(self.0.id().into()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || {
            Ok(format!("<LogicalLink {} to {} {}>", self.0.id(), self.0.node(), self.0.state().name()))
        })
    }
}
