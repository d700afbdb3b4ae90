"""DECnet Phase IV: an end node, its objects, its logical links.

A :class:`DecnetEndpoint` is a node (``area.node``) with one circuit, Multinet over TCP or UDP. It calls objects at nodes by number or
name (:meth:`DecnetEndpoint.connect`) and answers to objects of its own (:meth:`DecnetEndpoint.listen`); what comes of it is a
:class:`LogicalLink`::

    from osisession import decnet

    with decnet.DecnetEndpoint("1.2", "tcp:router.example:700") as node:
        link = node.connect("1.1", 25)
        link.wait_connected(10)
        link.send(b"\\0hello")
        print(link.receive(10))
        link.disconnect()
        link.wait_ended(10)

Calls that wait drive the node meanwhile. A program that does other things between them gives it a thread with :meth:`DecnetEndpoint.start`. Errors are
those of :mod:`osisession`; where a peer's reason code is known, it is their ``reason``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from ._errors import OsisessionError
from ._native import DecnetEndpoint, IncomingLink, LogicalLink, ObjectListener

__all__ = [
    "AccessControl",
    "Accepted",
    "Account",
    "CircuitDown",
    "CircuitEvent",
    "CircuitUp",
    "Closed",
    "DecnetEndpoint",
    "Disconnected",
    "EndUser",
    "IncomingLink",
    "Interrupt",
    "InterruptReady",
    "LinkEvent",
    "LogicalLink",
    "Message",
    "Neighbour",
    "ObjectListener",
    "Reason",
    "Rejected",
    "Running",
    "SendReady",
]


class Reason(IntEnum):
    """Reasons of rejects and disconnects that have a meaning. Others may come: events have them as plain numbers."""

    BY_END_USER = 0
    NO_RESOURCES = 1
    NODE_NAME_UNKNOWN = 2
    NODE_SHUTTING_DOWN = 3
    NO_SUCH_OBJECT = 4
    CONNECT_DATA_INVALID = 5
    OBJECT_BUSY = 6
    UNSPECIFIED = 7
    BY_THIRD_PARTY = 8
    ABORTED = 9
    NODE_NAME_INVALID = 10
    LOCAL_SHUTTING_DOWN = 11
    NODE_RESOURCES = 32
    END_USER_RESOURCES = 33
    ACCESS_REFUSED = 34
    ACCOUNT_REFUSED = 36
    NO_ANSWER = 38
    UNREACHABLE = 39
    NO_LINK = 41
    COMPLETE = 42
    FIELD_TOO_LONG = 43


@dataclass(frozen=True, slots=True)
class EndUser:
    """An end user by name with group and user code (format 2): as source it says who calls."""

    name: str | bytes
    group: int = 0
    user: int = 0


@dataclass(frozen=True, slots=True)
class AccessControl:
    """User name, password, account: up to 39 octets each. They travel in clear. ``repr`` does not show the password."""

    user: str | bytes = b""
    password: str | bytes = field(default=b"", repr=False)
    account: str | bytes = b""


@dataclass(frozen=True, slots=True)
class Account:
    """An account that an object checks its callers against. ``repr`` does not show the password."""

    user: str | bytes
    password: str | bytes = field(repr=False)
    account: str | bytes | None = None
    """The account that the caller has to name, if it has to."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Who is at the other end of a circuit."""

    address: str
    """"area.node"."""
    node_type: str
    """"EndNode", "Level1Router", "Level2Router"."""
    block_size: int
    """The largest packet that it takes, in octets."""


@dataclass(frozen=True, slots=True)
class CircuitUp:
    """The circuit runs."""

    neighbour: Neighbour | None


@dataclass(frozen=True, slots=True)
class CircuitDown:
    """The circuit does not run, or could not be brought up. Links stay, and go on if it comes back in time."""

    error: OsisessionError


CircuitEvent: TypeAlias = CircuitUp | CircuitDown


@dataclass(frozen=True, slots=True)
class Accepted:
    """The connect was accepted; the link is open."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Running:
    """The caller has our acceptance; the link is open."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message; it may be empty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Interrupt:
    """An interrupt message, 1 to 16 octets. It may have overtaken messages."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SendReady:
    """There is room for messages again."""


@dataclass(frozen=True, slots=True)
class InterruptReady:
    """The peer takes an interrupt message again."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The connect was rejected, or could not be delivered. The last event."""

    reason: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The link ended without our asking for it, after everything that came before. The last event."""

    reason: int
    """0 for an end by the peer's user, 9 for its abort, 39 if the peer is lost."""
    data: bytes
    error: OsisessionError | None
    """The peer's fault, if it broke a rule."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The end that was asked for here is complete. The last event."""


LinkEvent: TypeAlias = (
    Accepted | Running | Message | Interrupt | SendReady | InterruptReady | Rejected | Disconnected | Closed
)
