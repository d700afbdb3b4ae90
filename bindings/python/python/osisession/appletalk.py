"""AppleTalk: zones, names and routers, over LocalTalk in UDP or EtherTalk.

A :class:`ZoneClient` is a node: it takes an address, finds a router, and asks it for zones and names::

    from osisession import appletalk

    with appletalk.ZoneClient("ltoudp:192.0.2.7") as node:
        node.join(10)
        print(node.zones(10))
        for found in node.look_up("=:LaserWriter@*", 10):
            print(found.entity, found.address, found.socket)

A :class:`ZoneRouter` routes between its ports and serves zone information (Inside AppleTalk, chapters 5, 7 and 8).

A segment is written ``ltoudp``, ``ltoudp:INTERFACE`` or ``ltoudp:INTERFACE:PORT`` (LocalTalk over UDP, the interface by its IPv4 address), or
``ethertalk:INTERFACE`` (EtherTalk phase 2, the interface by its name: Linux and the capability CAP_NET_RAW). Nobody is authenticated there: whoever can
send to it can claim to be a router.

Calls that wait drive the node meanwhile; while nothing drives it, it answers nobody. A program that does other things gives it a thread with ``start()``,
or watches ``fileno()`` and ``next_timeout`` in an event loop of its own and calls ``dispatch()``; :mod:`osisession.aio` does that with asyncio. Times are in
seconds; ``None`` waits for ever. Errors are those of :mod:`osisession`.

Names travel in Mac OS Roman. A :class:`Name` is text that keeps its octets; arguments may be text or octets. Limits (the keyword ``limits``, a ``dict``) have the names
of the library's: ``request_tries``, ``request_interval``, ``lookup_tries``, ``lookup_interval``, ``enquiry_interval``, ``zones``, ``answers_per_second`` and so on; docs/appletalk.md lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from ._errors import OsisessionError
from ._native import ZoneClient, ZoneRouter
from ._native import name_octets as _name_octets
from ._native import same_name as _same_name

__all__ = [
    "Alone",
    "Call",
    "EchoLost",
    "Echoed",
    "Entity",
    "Failed",
    "Found",
    "Joined",
    "Limited",
    "LookedUp",
    "Name",
    "NameTaken",
    "NamedSocket",
    "NetworkRange",
    "NodeAddress",
    "NodeEvent",
    "NodeState",
    "OtherEvent",
    "PickFailed",
    "Picked",
    "Port",
    "PortActive",
    "PortConflict",
    "PortDown",
    "PortFailed",
    "PortState",
    "Registered",
    "RenameHint",
    "Renamed",
    "RequestFailed",
    "Route",
    "RouteGained",
    "RouteLost",
    "RouteOverlaps",
    "RouterEvent",
    "RouterLost",
    "Stranded",
    "Up",
    "Zone",
    "ZoneClient",
    "ZoneRouter",
    "Zones",
    "ZonesKnown",
    "same_name",
]

Call: TypeAlias = Literal["zones"] | Literal["local-zones"] | Literal["my-zone"]
"""GetZoneList, GetLocalZones, GetMyZone (Inside AppleTalk, chapter 8)."""


class Name(str):
    """A name of AppleTalk, of at most 32 octets: its text, and in ``octets`` what travels."""

    octets: bytes
    """The name in Mac OS Roman."""

    def __new__(cls, text: str, octets: bytes | None = None) -> Name:
        """Of a text; raises :class:`~osisession.InvalidError` if Mac OS Roman does not have it or it is too long."""
        self = super().__new__(cls, text)
        self.octets = _name_octets(text) if octets is None else octets
        return self

    def __reduce__(self) -> tuple[type[Name], tuple[str, bytes]]:
        return (Name, (str(self), self.octets))


def same_name(one: str | bytes, other: str | bytes) -> bool:
    """True if two names are the same to AppleTalk, which does not tell capital letters from small ones."""
    return _same_name(one, other)


class NodeAddress(NamedTuple):
    """A node of a network."""

    network: int
    node: int

    def __str__(self) -> str:
        return f"{self.network}.{self.node}"


class NetworkRange(NamedTuple):
    """The numbers of a network, both included."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start}-{self.end}" if self.start != self.end else f"{self.start}"


class Entity(NamedTuple):
    """A name on the network (NBP). In questions ``=`` is every object or type, and the zone ``*`` is one's own."""

    object: str | bytes
    type: str | bytes
    zone: str | bytes = "*"

    def __str__(self) -> str:
        return "{}:{}@{}".format(*(part if isinstance(part, str) else part.decode("mac_roman") for part in self))


class NamedSocket(NamedTuple):
    """An entity and where it is."""

    entity: Entity
    address: NodeAddress
    socket: int
    enumerator: int


class Joined(NamedTuple):
    """What a node knows when it has joined. Without a router there is no network."""

    address: NodeAddress
    network: NetworkRange | None
    router: NodeAddress | None


@dataclass(frozen=True, slots=True)
class NodeState:
    """Where a node stands."""

    state: str
    """``Off``, ``Probe1``, ``Ask``, ``Probe2`` while it joins; ``Up``, ``Alone``, ``AskZone``, ``Stranded`` or ``Failed``."""
    address: NodeAddress | None
    network: NetworkRange | None
    router: NodeAddress | None
    zone: Name | None
    names: int
    """Names that are registered."""
    received: int
    malformed: int
    ignored: int
    limited: int


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a router. Without a ``network`` (first and last number) it learns network and zones from other routers."""

    segment: str
    network: tuple[int, int] | None = None
    zones: tuple[str | bytes, ...] = ()
    """The first is the default one."""
    node: int | None = None


@dataclass(frozen=True, slots=True)
class PortState:
    """Where a port stands."""

    state: str
    """``Active`` when it routes; ``Conflict``, ``Failed``, ``Down``, ``Waiting``, or a state of its start."""
    address: NodeAddress | None


@dataclass(frozen=True, slots=True)
class Route:
    """A network in the routing table."""

    network: NetworkRange
    distance: int
    port: int
    next: NodeAddress | None
    """The next router; None if the network is the port's own."""
    state: str
    """``Direct``, ``Good``, ``Suspect``, ``Bad``, ``Worse``, ``Gone``."""
    zones: tuple[Name, ...] | None
    """None until all of them are known."""


@dataclass(frozen=True, slots=True)
class Up:
    """The node knows its network and a router. Keep address and zone for the next start."""

    address: NodeAddress
    network: NetworkRange
    router: NodeAddress
    zone: Name | None
    """None on a nonextended network, until :class:`Zone` tells it."""
    choice: bool
    """The zone is the default one, and others can be picked."""


@dataclass(frozen=True, slots=True)
class Alone:
    """No router has answered. The address is final."""

    address: NodeAddress


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone of the nonextended network."""

    zone: Name


@dataclass(frozen=True, slots=True)
class RouterLost:
    """No router is heard any more."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """A router has come that does not route for this node's address."""

    network: NetworkRange


@dataclass(frozen=True, slots=True)
class Failed:
    """Every address that was tried is taken."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The zone that was picked is the node's zone now. Register names again: they may clash with others of this zone."""

    zone: Name


@dataclass(frozen=True, slots=True)
class PickFailed:
    """The zone is not one of this network, or no router has said so."""

    zone: Name
    error: OsisessionError


@dataclass(frozen=True, slots=True)
class Renamed:
    """The node's zone has another name."""

    old: Name
    new: Name


@dataclass(frozen=True, slots=True)
class RenameHint:
    """A router says that the node's zone has another name."""

    old: Name
    new: Name


@dataclass(frozen=True, slots=True)
class Zones:
    """The answer to :meth:`ZoneClient.begin_zones`."""

    number: int
    call: Call
    zones: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """:meth:`ZoneClient.begin_zones` has no answer, or none that can be used."""

    number: int
    error: OsisessionError


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up has found something. Each one is told once."""

    number: int
    found: NamedSocket


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A look-up is over. ``more``: a limit was reached, there may be more."""

    number: int
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A name is registered."""

    number: int
    entity: Entity


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Somebody has the name already."""

    number: int
    holder: NamedSocket


@dataclass(frozen=True, slots=True)
class Echoed:
    """An echo has come back."""

    number: int
    address: NodeAddress
    data: bytes


@dataclass(frozen=True, slots=True)
class EchoLost:
    """An echo has not come back."""

    number: int


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Something that this version of the package has no class for."""

    text: str


@dataclass(frozen=True, slots=True)
class PortActive:
    """A port routes."""

    port: int
    address: NodeAddress
    network: NetworkRange


@dataclass(frozen=True, slots=True)
class PortConflict:
    """Another router of the network says something else about it."""

    port: int
    error: OsisessionError


@dataclass(frozen=True, slots=True)
class PortFailed:
    """There is no address for a port."""

    port: int


@dataclass(frozen=True, slots=True)
class PortDown:
    """A port was taken down."""

    port: int


@dataclass(frozen=True, slots=True)
class RouteGained:
    """A network has come into the routing table."""

    network: NetworkRange


@dataclass(frozen=True, slots=True)
class RouteLost:
    """A network has gone out of the routing table, and its zones with it."""

    network: NetworkRange


@dataclass(frozen=True, slots=True)
class RouteOverlaps:
    """A neighbour tells of a network whose numbers are partly those of another one. It is not taken."""

    told: NetworkRange
    known: NetworkRange


@dataclass(frozen=True, slots=True)
class ZonesKnown:
    """All zones of a network are known."""

    network: NetworkRange
    count: int


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit was reached, and something was not taken."""

    error: OsisessionError


NodeEvent: TypeAlias = (
    Up
    | Alone
    | Zone
    | RouterLost
    | Stranded
    | Failed
    | Picked
    | PickFailed
    | Renamed
    | RenameHint
    | Zones
    | RequestFailed
    | Found
    | LookedUp
    | Registered
    | NameTaken
    | Echoed
    | EchoLost
    | OtherEvent
)
"""What a node tells."""

RouterEvent: TypeAlias = (
    PortActive
    | PortConflict
    | PortFailed
    | PortDown
    | RouteGained
    | RouteLost
    | RouteOverlaps
    | ZonesKnown
    | Limited
    | OtherEvent
)
"""What a router tells."""
