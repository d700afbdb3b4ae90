//! `osisession.appletalk`: nodes and routers of AppleTalk.
use crate::classes::{build, class};
use crate::error::{exception, invalid, raise};
use crate::guard::guarded;
use crate::handle::Handle;
use crate::value::{self, Octets, duration};
use crate::wait::wait;
use osisession::appletalk::{
    ClientOptions, Driven, Entity, Name, NetworkRange, NodeAddress, NodeEvent, PortId, RouterEvent,
    RouterOptions, RouterPort, Seed, Segment, Shared, Tuple, ZoneCall, ZoneClient, ZoneName, ZoneRouter,
};
use osisession::proto::zip::limits::{LinkLimits, NodeLimits, RouterLimits};
use osisession::proto::zip::node::LookupId;
use osisession_proto::error::Result;
use osisession_proto::{Error, ErrorKind, Layer};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

/// The outcome of a call into the library, as Python sees it.
fn done<T: Send>(py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    guarded(py, || Ok(py.detach(call)))?.map_err(|error| raise(py, &error))
}

/// A name: text, or its octets in Mac OS Roman. A `Name` is known by its octets.
pub(crate) struct NameArgument(Name);

impl<'py> FromPyObject<'_, 'py> for NameArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<NameArgument> {
        let py = object.py();
        let name = if object.is_instance(class!(py, "appletalk", "Name")?)? {
            Name::new(&object.getattr("octets")?.extract::<Octets>()?.0)
        } else if let Ok(text) = object.cast::<PyString>() {
            Name::from_text(text.to_str()?)
        } else {
            Name::new(&object.extract::<Octets>()?.0)
        };
        name.map(NameArgument).map_err(|error| raise(py, &error))
    }
}

/// A zone's name.
struct ZoneArgument(ZoneName);

impl<'py> FromPyObject<'_, 'py> for ZoneArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<ZoneArgument> {
        let name = object.extract::<NameArgument>()?.0;
        ZoneName::from_name(name).map(ZoneArgument).map_err(|error| raise(object.py(), &error))
    }
}

/// `Entity`, or its text.
struct EntityArgument(Entity);

impl<'py> FromPyObject<'_, 'py> for EntityArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<EntityArgument> {
        let py = object.py();
        if let Ok(text) = object.cast::<PyString>() {
            let entity = Entity::from_text(text.to_str()?);
            return entity.map(EntityArgument).map_err(|error| raise(py, &error));
        }
        let object = value::instance(object, class!(py, "appletalk", "Entity")?)?;
        let name = |field: &str| object.getattr(field)?.extract::<NameArgument>().map(|name| name.0);
        Ok(EntityArgument(Entity { object: name("object")?, kind: name("type")?, zone: name("zone")? }))
    }
}

/// A network and a node, as a tuple.
struct AddressArgument(NodeAddress);

impl<'py> FromPyObject<'_, 'py> for AddressArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<AddressArgument> {
        let (network, node) = object.extract::<(u16, u8)>()?;
        Ok(AddressArgument(NodeAddress::new(network, node)))
    }
}

fn name<'py>(py: Python<'py>, name: &Name) -> PyResult<Bound<'py, PyAny>> {
    build!(py, "appletalk", "Name", (name.to_string(), value::octets(py, name.octets())))
}

fn zone<'py>(py: Python<'py>, zone: &ZoneName) -> PyResult<Bound<'py, PyAny>> {
    self::name(py, zone.name())
}

fn zones<'py>(py: Python<'py>, zones: &[ZoneName]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    zones.iter().map(|name| zone(py, name)).collect()
}

fn address(py: Python<'_>, address: NodeAddress) -> PyResult<Bound<'_, PyAny>> {
    build!(py, "appletalk", "NodeAddress", (address.network, address.node))
}

fn range(py: Python<'_>, range: NetworkRange) -> PyResult<Bound<'_, PyAny>> {
    build!(py, "appletalk", "NetworkRange", (range.start(), range.end()))
}

fn entity<'py>(py: Python<'py>, entity: &Entity) -> PyResult<Bound<'py, PyAny>> {
    let (object, kind) = (name(py, &entity.object)?, name(py, &entity.kind)?);
    build!(py, "appletalk", "Entity", (object, kind, name(py, &entity.zone)?))
}

fn tuple<'py>(py: Python<'py>, tuple: &Tuple) -> PyResult<Bound<'py, PyAny>> {
    let node = address(py, NodeAddress::new(tuple.address.network, tuple.address.node))?;
    build!(
        py,
        "appletalk",
        "NamedSocket",
        (entity(py, &tuple.entity)?, node, tuple.address.socket, tuple.enumerator)
    )
}

fn call_word(call: ZoneCall) -> &'static str {
    match call {
        ZoneCall::GetMyZone => "my-zone",
        ZoneCall::GetZoneList => "zones",
        ZoneCall::GetLocalZones => "local-zones",
    }
}

fn call_of(py: Python<'_>, word: &str) -> PyResult<ZoneCall> {
    let all = [ZoneCall::GetMyZone, ZoneCall::GetZoneList, ZoneCall::GetLocalZones];
    all.into_iter()
        .find(|call| call_word(*call) == word)
        .ok_or_else(|| invalid(py, "a call is \"zones\", \"local-zones\" or \"my-zone\""))
}

/// Changes limits by their names: of a link, and of a node or a router.
macro_rules! limits {
    ($function:ident($target:ident: $type:ty, $link:ident); seconds: $($seconds:ident)*; numbers: $($number:ident)*) => {
        fn $function(
            py: Python<'_>,
            $target: &mut $type,
            $link: &mut LinkLimits,
            given: &Bound<'_, PyDict>,
        ) -> PyResult<()> {
            for (key, given) in given.iter() {
                let name = key.extract::<String>()?;
                let number = || -> PyResult<i128> { given.extract() };
                let range = || invalid(py, format!("{name} is out of range"));
                match name.as_str() {
                    $(stringify!($seconds) => $target.$seconds = duration(py, given.extract()?)?,)*
                    $(stringify!($number) => $target.$number = number()?.try_into().map_err(|_| range())?,)*
                    "enquiry_interval" => $link.enquiry_interval = duration(py, given.extract()?)?,
                    "probe_interval" => $link.probe_interval = duration(py, given.extract()?)?,
                    "station_age" => $link.station_age = duration(py, given.extract()?)?,
                    "enquiries" => $link.enquiries = number()?.try_into().map_err(|_| range())?,
                    "probes" => $link.probes = number()?.try_into().map_err(|_| range())?,
                    "candidates" => $link.candidates = number()?.try_into().map_err(|_| range())?,
                    "stations" => $link.stations = number()?.try_into().map_err(|_| range())?,
                    _ => return Err(invalid(py, format!("there is no limit \"{name}\""))),
                }
            }
            Ok(())
        }
    };
}

limits!(node_limits(node: NodeLimits, link);
    seconds: net_info_interval router_age request_interval lookup_interval echo_timeout;
    numbers: net_info_tries request_tries requests pages zones lookup_tries lookups found names echoes answers_per_second
        queued_events queued_outputs);

limits!(router_limits(router: RouterLimits, link);
    seconds: send_interval validity query_interval verify_interval bringback;
    numbers: queries_per_interval verify_tries routes zones_per_network zones memberships part_zones parts
        answers_per_second queued_events);

/// What nodes and routers have in common.
struct Driving<T: Driven>(Handle<Shared<T>>);

impl<T: Driven> Driving<T> {
    fn new(py: Python<'_>, open: impl FnOnce() -> Result<T> + Send) -> PyResult<Driving<T>> {
        let shared = done(py, || Shared::new(open()?))?;
        Ok(Driving(shared.into()))
    }

    fn with<R: Send>(&self, py: Python<'_>, f: impl FnOnce(&mut T) -> R + Send) -> PyResult<R> {
        done(py, || self.0.with(f))
    }

    fn dispatch(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        let timeout = value::timeout(py, timeout)?;
        done(py, || self.0.dispatch(timeout))
    }

    fn next_timeout(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        Ok(done(py, || self.0.next_timeout())?.map(|time| time.as_secs_f64()))
    }

    fn failures<'py>(&self, py: Python<'py>) -> PyResult<(u64, Option<Bound<'py, PyAny>>)> {
        let (count, last) = done(py, || Ok(self.0.failures()))?;
        Ok((count, last.map(|error| exception(py, &error)).transpose()?))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.0.close_by(Shared::close);
            Ok(())
        })
    }
}

/// `None` in time for an event is an error to Python.
fn told<E>(event: Option<E>) -> Result<E> {
    event.ok_or_else(|| Error::new(ErrorKind::TimedOut, Layer::Session, "no event within the time given"))
}

/// A node of AppleTalk. Methods may be called from any thread.
#[pyclass(module = "osisession.appletalk", name = "ZoneClient", frozen, weakref)]
pub(crate) struct PyZoneClient(Driving<ZoneClient>);

impl PyZoneClient {
    fn zones_by(&self, py: Python<'_>, call: ZoneCall, timeout: Option<f64>) -> PyResult<Vec<ZoneName>> {
        guarded(py, || {
            let mut pending = py.detach(|| self.0.0.ask_zones(call)).map_err(|error| raise(py, &error))?;
            wait(py, timeout, |slice| pending.wait(slice))
        })
    }
}

#[pymethods]
impl PyZoneClient {
    #[new]
    #[pyo3(signature = (segment = "ltoudp", *, node = None, network = None, zone = None, server = false, limits = None))]
    fn new(
        py: Python<'_>,
        segment: &str,
        node: Option<u8>,
        network: Option<u16>,
        zone: Option<ZoneArgument>,
        server: bool,
        limits: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyZoneClient> {
        let mut options = ClientOptions::default();
        (options.node, options.network, options.server) = (node, network, server);
        options.zone = zone.map(|zone| zone.0);
        if let Some(given) = limits {
            node_limits(py, &mut options.limits, &mut options.link, given)?;
        }
        let segment: Segment = segment.parse().map_err(|error| raise(py, &error))?;
        Driving::new(py, || ZoneClient::open(segment, options)).map(PyZoneClient)
    }

    /// Waits until the node has an address, and knows a router or that there is none.
    #[pyo3(signature = (timeout = None))]
    fn join<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let joined = guarded(py, || wait(py, timeout, |slice| self.0.0.join(slice)))?;
        let network = joined.network.map(|network| range(py, network)).transpose()?;
        let router = joined.router.map(|router| address(py, router)).transpose()?;
        build!(py, "appletalk", "Joined", (address(py, joined.address)?, network, router))
    }

    /// Where it stands.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let read = self.0.with(py, |client| {
            let machine = client.engine().machine();
            let counters = machine.counters();
            let counts = (counters.received, counters.malformed, counters.ignored, counters.limited);
            let where_to = (machine.address(), machine.range(), machine.router(), machine.zone());
            (format!("{:?}", machine.state()), where_to, counts, machine.names().count())
        })?;
        let (state, (address, range, router, zone), (received, malformed, ignored, limited), names) = read;
        let fields = PyDict::new(py);
        fields.set_item("state", state)?;
        fields.set_item("address", address.map(|it| self::address(py, it)).transpose()?)?;
        fields.set_item("network", range.map(|it| self::range(py, it)).transpose()?)?;
        fields.set_item("router", router.map(|it| self::address(py, it)).transpose()?)?;
        fields.set_item("zone", zone.map(|it| self::zone(py, &it)).transpose()?)?;
        fields.set_item("names", names)?;
        fields.set_item("received", received)?;
        fields.set_item("malformed", malformed)?;
        fields.set_item("ignored", ignored)?;
        fields.set_item("limited", limited)?;
        class!(py, "appletalk", "NodeState")?.call((), Some(&fields))
    }

    /// Every zone of the internet, in the router's order.
    #[pyo3(signature = (timeout = None))]
    fn zones<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        zones(py, &self.zones_by(py, ZoneCall::GetZoneList, timeout)?)
    }

    /// The zones of the node's network.
    #[pyo3(signature = (timeout = None))]
    fn local_zones<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        zones(py, &self.zones_by(py, ZoneCall::GetLocalZones, timeout)?)
    }

    /// The node's zone.
    #[pyo3(signature = (timeout = None))]
    fn my_zone<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        // On an extended network a node knows it, and the call is for the others.
        let known = self.0.with(py, |client| {
            let link = client.engine().link();
            link.medium().is_extended().then(|| client.engine().machine().zone()).flatten()
        })?;
        match known {
            Some(known) => zone(py, &known),
            None => match self.zones_by(py, ZoneCall::GetMyZone, timeout)?.first() {
                Some(first) => zone(py, first),
                None => Err(invalid(py, "the router does not know the zone of this network")),
            },
        }
    }

    /// Entities with a name such as `=:LaserWriter@*`, and whether a limit was reached.
    #[pyo3(signature = (entity, timeout = None))]
    fn look_up<'py>(
        &self,
        py: Python<'py>,
        entity: EntityArgument,
        timeout: Option<f64>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let (found, _) = guarded(py, || {
            let asked = py.detach(|| self.0.0.ask_look_up(entity.0));
            let mut pending = asked.map_err(|error| raise(py, &error))?;
            wait(py, timeout, |slice| pending.wait(slice))
        })?;
        found.iter().map(|found| tuple(py, found)).collect()
    }

    /// Registers a name at a socket of this node, if nobody in the zone has it.
    #[pyo3(signature = (object, r#type, socket, timeout = None))]
    fn register(
        &self,
        py: Python<'_>,
        object: NameArgument,
        r#type: NameArgument,
        socket: u8,
        timeout: Option<f64>,
    ) -> PyResult<()> {
        guarded(py, || {
            let asked = py.detach(|| self.0.0.ask_register(object.0, r#type.0, socket));
            let mut pending = asked.map_err(|error| raise(py, &error))?;
            wait(py, timeout, |slice| pending.wait(slice))
        })
    }

    /// Takes a name back; false if it is not registered.
    fn unregister(&self, py: Python<'_>, object: NameArgument, r#type: NameArgument) -> PyResult<bool> {
        self.0.with(py, |client| client.unregister(&object.0, &r#type.0))
    }

    /// Moves the node to another zone of its extended network; an event says whether the router knows it.
    fn pick(&self, py: Python<'_>, zone: ZoneArgument) -> PyResult<()> {
        done(py, || self.0.0.with(|client| client.pick(zone.0))?)
    }

    /// Sends an echo request; the seconds until it came back.
    #[pyo3(signature = (to, data = None, timeout = None))]
    fn echo(
        &self,
        py: Python<'_>,
        to: AddressArgument,
        data: Option<Octets>,
        timeout: Option<f64>,
    ) -> PyResult<f64> {
        let data = data.map(|octets| octets.0).unwrap_or_default();
        let took = guarded(py, || {
            let asked = py.detach(|| self.0.0.ask_echo(to.0, &data));
            let mut pending = asked.map_err(|error| raise(py, &error))?;
            wait(py, timeout, |slice| pending.wait(slice))
        })?;
        Ok(took.as_secs_f64())
    }

    /// Asks for zones and does not wait: the number of the event `Zones` or `RequestFailed`.
    fn begin_zones(&self, py: Python<'_>, call: &str) -> PyResult<u32> {
        let call = call_of(py, call)?;
        done(py, || Ok(self.0.0.with(|client| client.begin_call(call))??.0))
    }

    /// Begins a look-up and does not wait: the number of the events `Found` and `LookedUp`.
    fn begin_look_up(&self, py: Python<'_>, entity: EntityArgument) -> PyResult<u32> {
        done(py, || Ok(self.0.0.with(|client| client.begin_look_up(entity.0))??.0))
    }

    /// Begins to register a name and does not wait: the number of the event `Registered` or `NameTaken`.
    fn begin_register(
        &self,
        py: Python<'_>,
        object: NameArgument,
        r#type: NameArgument,
        socket: u8,
    ) -> PyResult<u32> {
        done(py, || Ok(self.0.0.with(|client| client.begin_register(object.0, r#type.0, socket))??.0))
    }

    /// Sends an echo request and does not wait: the number of the event `Echoed` or `EchoLost`.
    #[pyo3(signature = (to, data = None))]
    fn begin_echo(&self, py: Python<'_>, to: AddressArgument, data: Option<Octets>) -> PyResult<u32> {
        let data = data.map(|octets| octets.0).unwrap_or_default();
        done(py, || Ok(self.0.0.with(|client| client.begin_echo(to.0, &data))??.0))
    }

    /// Gives up a look-up or a registration that was begun.
    fn cancel(&self, py: Python<'_>, number: u32) -> PyResult<()> {
        self.0.with(py, |client| client.cancel(LookupId(number)))
    }

    /// Waits for the next event.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let next = guarded(py, || wait(py, timeout, |slice| told(self.0.0.next_event(slice)?)))?;
        node_event(py, &next)
    }

    /// Drives the node once.
    #[pyo3(signature = (timeout = 0.0))]
    fn dispatch(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        self.0.dispatch(py, timeout)
    }

    /// Takes an event that is there, or None.
    fn poll_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let event = self.0.with(py, ZoneClient::poll_event)?;
        event.map(|event| node_event(py, &event)).transpose()
    }

    /// A descriptor that is readable when `dispatch` has something to do.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        guarded(py, || Ok(self.0.0.descriptor()))
    }

    /// Seconds until `dispatch` is due though the descriptor is quiet, or None.
    #[getter]
    fn next_timeout(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.0.next_timeout(py)
    }

    /// How often the network has failed the thread, and how it did the last time.
    #[getter]
    fn failures<'py>(&self, py: Python<'py>) -> PyResult<(u64, Option<Bound<'py, PyAny>>)> {
        self.0.failures(py)
    }

    /// Starts a thread that drives it.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || self.0.0.start())
    }

    /// Ends the thread.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.0.0.stop();
            Ok(())
        })
    }

    /// Closes it. Calls that wait end with `ClosedError`.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.close(py)
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}

/// The event for Python.
fn node_event<'py>(py: Python<'py>, event: &NodeEvent) -> PyResult<Bound<'py, PyAny>> {
    use NodeEvent as E;
    match event {
        E::Up { address, range, router, zone, choice } => {
            let zone = zone.as_ref().map(|zone| self::zone(py, zone)).transpose()?;
            let router = self::address(py, *router)?;
            let address = self::address(py, *address)?;
            build!(py, "appletalk", "Up", (address, self::range(py, *range)?, router, zone, *choice))
        }
        E::Alone { address } => build!(py, "appletalk", "Alone", (self::address(py, *address)?,)),
        E::Zone { zone } => build!(py, "appletalk", "Zone", (self::zone(py, zone)?,)),
        E::RouterLost => build!(py, "appletalk", "RouterLost", ()),
        E::Stranded { range } => build!(py, "appletalk", "Stranded", (self::range(py, *range)?,)),
        E::Failed => build!(py, "appletalk", "Failed", ()),
        E::Picked { zone } => build!(py, "appletalk", "Picked", (self::zone(py, zone)?,)),
        E::PickFailed { zone, error } => {
            build!(py, "appletalk", "PickFailed", (self::zone(py, zone)?, exception(py, error)?))
        }
        E::Renamed { old, new } => {
            build!(py, "appletalk", "Renamed", (zone(py, old)?, zone(py, new)?))
        }
        E::RenameHint(hint) => {
            build!(py, "appletalk", "RenameHint", (zone(py, &hint.old_zone)?, zone(py, &hint.new_zone)?))
        }
        E::Zones { request, call, zones } => {
            let zones = PyTuple::new(py, self::zones(py, zones)?)?;
            build!(py, "appletalk", "Zones", (request.0, call_word(*call), zones))
        }
        E::RequestFailed { request, error } => {
            build!(py, "appletalk", "RequestFailed", (request.0, exception(py, error)?))
        }
        E::Found { lookup, tuple } => {
            build!(py, "appletalk", "Found", (lookup.0, self::tuple(py, tuple)?))
        }
        E::LookedUp { lookup, count, more } => {
            build!(py, "appletalk", "LookedUp", (lookup.0, *count, *more))
        }
        E::Registered { lookup, entity } => {
            build!(py, "appletalk", "Registered", (lookup.0, self::entity(py, entity)?))
        }
        E::NameTaken { lookup, holder } => {
            build!(py, "appletalk", "NameTaken", (lookup.0, tuple(py, holder)?))
        }
        E::Echoed { echo, from, data } => {
            let from = address(py, NodeAddress::new(from.network, from.node))?;
            build!(py, "appletalk", "Echoed", (echo.0, from, value::octets(py, data)))
        }
        E::EchoLost { echo } => build!(py, "appletalk", "EchoLost", (echo.0,)),
        // Of a newer engine.
        other => build!(py, "appletalk", "OtherEvent", (format!("{other:?}"),)),
    }
}

/// `Port`.
struct PortArgument(RouterPort);

impl<'py> FromPyObject<'_, 'py> for PortArgument {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<PortArgument> {
        let py = object.py();
        let object = value::instance(object, class!(py, "appletalk", "Port")?)?;
        let segment = object.getattr("segment")?.extract::<String>()?;
        let segment = segment.parse::<Segment>().map_err(|error| raise(py, &error))?;
        let node = object.getattr("node")?.extract()?;
        let network = object.getattr("network")?.extract::<Option<(u16, u16)>>()?;
        let zones = object.getattr("zones")?.extract::<Vec<ZoneArgument>>()?;
        let zones: Vec<ZoneName> = zones.into_iter().map(|zone| zone.0).collect();
        let seed = match network {
            None if zones.is_empty() => None,
            None => return Err(invalid(py, "zones of a port without its network")),
            Some((start, end)) => {
                let range = NetworkRange::new(start, end).map_err(|error| raise(py, &error))?;
                Some(Seed { range, zones })
            }
        };
        Ok(PortArgument(RouterPort { segment, seed, node }))
    }
}

/// A router of AppleTalk. Methods may be called from any thread.
#[pyclass(module = "osisession.appletalk", name = "ZoneRouter", frozen, weakref)]
pub(crate) struct PyZoneRouter(Driving<ZoneRouter>);

#[pymethods]
impl PyZoneRouter {
    #[new]
    #[pyo3(signature = (ports, *, pack_replies = false, limits = None))]
    fn new(
        py: Python<'_>,
        ports: Vec<PortArgument>,
        pack_replies: bool,
        limits: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyZoneRouter> {
        if ports.is_empty() || ports.len() > 256 {
            return Err(invalid(py, format!("a router cannot have {} ports", ports.len())));
        }
        let mut options = RouterOptions::default();
        options.pack_replies = pack_replies;
        if let Some(given) = limits {
            let mut link = options.limits.link.clone();
            router_limits(py, &mut options.limits, &mut link, given)?;
            options.limits.link = link;
        }
        let ports = ports.into_iter().map(|port| port.0).collect();
        Driving::new(py, || ZoneRouter::open(ports, options)).map(PyZoneRouter)
    }

    /// Where each port stands.
    #[getter]
    fn ports<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let read = self.0.with(py, |router| {
            let engine = router.engine();
            let mut read = Vec::new();
            while let Some(state) = engine.state(PortId(read.len())) {
                let link = engine.link(PortId(read.len()));
                read.push((format!("{state:?}"), link.and_then(|link| link.address())));
            }
            read
        })?;
        let state = |(state, at): (String, Option<NodeAddress>)| {
            build!(py, "appletalk", "PortState", (state, at.map(|at| address(py, at)).transpose()?))
        };
        read.into_iter().map(state).collect()
    }

    /// The routing table, each network with its zones as far as they are known.
    #[getter]
    fn routes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let read = self.0.with(py, |router| {
            let engine = router.engine();
            let routes = engine.routes();
            let with_zones = routes.map(|route| {
                let zones = engine.zones_of(route.range.start()).map(<[ZoneName]>::to_vec);
                let how = (route.distance, route.port, route.next, format!("{:?}", route.state));
                (route.range, how, zones)
            });
            with_zones.collect::<Vec<_>>()
        })?;
        let route =
            |(range, (distance, port, next, state), zones): (_, (_, _, Option<NodeAddress>, _), _)| {
                let next = next.map(|next| address(py, next)).transpose()?;
                let zones: Option<Vec<ZoneName>> = zones;
                let zones = zones.map(|zones| PyTuple::new(py, self::zones(py, &zones)?)).transpose()?;
                let distance: u8 = distance;
                let port: usize = port;
                let state: String = state;
                build!(
                    py,
                    "appletalk",
                    "Route",
                    (self::range(py, range)?, distance, port, next, state, zones)
                )
            };
        read.into_iter().map(route).collect()
    }

    /// All zones that it knows.
    #[getter]
    fn zones<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let all = self.0.with(py, |router| router.engine().zones().copied().collect::<Vec<_>>())?;
        zones(py, &all)
    }

    /// What it counted since its start.
    #[getter]
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counters = self.0.with(py, |router| router.engine().counters())?;
        let fields = PyDict::new(py);
        fields.set_item("received", counters.received)?;
        fields.set_item("malformed", counters.malformed)?;
        fields.set_item("ignored", counters.ignored)?;
        fields.set_item("forwarded", counters.forwarded)?;
        fields.set_item("unroutable", counters.unroutable)?;
        fields.set_item("hops_exceeded", counters.hops_exceeded)?;
        fields.set_item("limited", counters.limited)?;
        fields.set_item("queries", counters.queries)?;
        fields.set_item("answered", counters.answered)?;
        Ok(fields)
    }

    /// Takes a port down.
    fn take_down(&self, py: Python<'_>, port: usize) -> PyResult<()> {
        done(py, || self.0.0.with(|router| router.take_down(PortId(port)))?)
    }

    /// Starts a port again.
    fn bring_up(&self, py: Python<'_>, port: usize) -> PyResult<()> {
        done(py, || self.0.0.with(|router| router.bring_up(PortId(port)))?)
    }

    /// Gives a zone of a network another name.
    fn rename_zone(
        &self,
        py: Python<'_>,
        network: u16,
        old: ZoneArgument,
        new: ZoneArgument,
    ) -> PyResult<()> {
        done(py, || self.0.0.with(|router| router.rename_zone(network, old.0, new.0))?)
    }

    /// Waits for the next event.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let next = guarded(py, || wait(py, timeout, |slice| told(self.0.0.next_event(slice)?)))?;
        router_event(py, &next)
    }

    /// Drives the router once.
    #[pyo3(signature = (timeout = 0.0))]
    fn dispatch(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        self.0.dispatch(py, timeout)
    }

    /// Takes an event that is there, or None.
    fn poll_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let event = self.0.with(py, ZoneRouter::poll_event)?;
        event.map(|event| router_event(py, &event)).transpose()
    }

    /// A descriptor that is readable when `dispatch` has something to do.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        guarded(py, || Ok(self.0.0.descriptor()))
    }

    /// Seconds until `dispatch` is due though the descriptor is quiet, or None.
    #[getter]
    fn next_timeout(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.0.next_timeout(py)
    }

    /// How often the network has failed the thread, and how it did the last time.
    #[getter]
    fn failures<'py>(&self, py: Python<'py>) -> PyResult<(u64, Option<Bound<'py, PyAny>>)> {
        self.0.failures(py)
    }

    /// Starts a thread that drives it.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || self.0.0.start())
    }

    /// Ends the thread.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        done(py, || {
            self.0.0.stop();
            Ok(())
        })
    }

    /// Closes it. Calls that wait end with `ClosedError`.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.0.close(py)
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}

/// The event for Python.
fn router_event<'py>(py: Python<'py>, event: &RouterEvent) -> PyResult<Bound<'py, PyAny>> {
    use RouterEvent as E;
    match event {
        E::PortActive { port, address, range } => build!(
            py,
            "appletalk",
            "PortActive",
            (port.0, self::address(py, *address)?, self::range(py, *range)?)
        ),
        E::PortConflict { port, error } => {
            build!(py, "appletalk", "PortConflict", (port.0, exception(py, error)?))
        }
        E::PortFailed { port } => build!(py, "appletalk", "PortFailed", (port.0,)),
        E::PortDown { port } => build!(py, "appletalk", "PortDown", (port.0,)),
        E::RouteGained { range } => build!(py, "appletalk", "RouteGained", (self::range(py, *range)?,)),
        E::RouteLost { range } => build!(py, "appletalk", "RouteLost", (self::range(py, *range)?,)),
        E::RouteOverlaps { told, known } => {
            build!(py, "appletalk", "RouteOverlaps", (range(py, *told)?, range(py, *known)?))
        }
        E::ZonesKnown { range, zones: count } => {
            build!(py, "appletalk", "ZonesKnown", (self::range(py, *range)?, *count))
        }
        E::Limited(error) => build!(py, "appletalk", "Limited", (exception(py, error)?,)),
        // Of a newer engine.
        other => build!(py, "appletalk", "OtherEvent", (format!("{other:?}"),)),
    }
}

/// True if two names are the same to AppleTalk.
#[pyfunction]
pub(crate) fn same_name(one: NameArgument, other: NameArgument) -> bool {
    one.0.matches(&other.0)
}

/// The octets of a name of text.
#[pyfunction]
pub(crate) fn name_octets<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyBytes>> {
    let name = Name::from_text(text).map_err(|error| raise(py, &error))?;
    Ok(value::octets(py, name.octets()))
}
