"""Requests and responses over sessions: a client that keeps its session, a server with a handler.

::

    from osisession import rpc

    with rpc.Server("127.0.0.1:0", lambda request: request.data.upper()) as server:
        with rpc.Client(server.local_address) as client:
            print(client.request(b"hello", timeout=10))

A :class:`Client` opens its session with the first request, opens it again after a loss, closes it when idle if
:attr:`CircuitConfig.idle_after` says so, and does not try for a while when attempts keep failing. Each request has exactly one outcome: the response, or
an exception that says what is known:

* :class:`Answered`: the peer answered with an error,
* :class:`NotDone`: it certainly was not carried out (:class:`NotDoneInTime` after a deadline, also a ``TimeoutError``),
* :class:`Unknown`: nobody knows whether it was carried out (:class:`UnknownInTime` after a deadline, also a ``TimeoutError``),
* any other error of :mod:`osisession`: it never became a request, and was not carried out.

A request is carried out at most once, across losses of the connection too, unless it is said to be ``idempotent``.

Without an ``endpoint`` client and server have one of their own with a thread. Calls may be made from any thread; with asyncio use
:class:`osisession.aio.RpcClient` and :class:`osisession.aio.RpcServer`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias

from ._errors import OsisessionError, PeerError, TimedOutError
from ._native import RpcCall as Call
from ._native import RpcClient as Client
from ._native import RpcPeer as Peer
from ._native import RpcRequest as Request
from ._native import RpcServer as Server
from ._values import SessionConfig

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "Answered",
    "Attempt",
    "AttemptFailed",
    "Call",
    "CallLimits",
    "CallerRefused",
    "Circuit",
    "CircuitChanged",
    "CircuitConfig",
    "CircuitEvent",
    "Client",
    "ClientConfig",
    "ClientDown",
    "ClientUp",
    "Code",
    "Down",
    "Fail",
    "Forgotten",
    "NotDone",
    "NotDoneInTime",
    "Peer",
    "Progress",
    "Request",
    "RequestFailed",
    "Server",
    "ServerConfig",
    "ServerEvent",
    "ServiceConfig",
    "State",
    "Stopped",
    "Unknown",
    "UnknownInTime",
    "Up",
    "Violation",
    "Why",
]


class Code(IntEnum):
    """Codes of errors that are the library's. From ``APPLICATION`` on they are the application's own."""

    CANCELLED = 4
    """It was stopped because its caller cancelled it."""
    OVERDUE = 5
    """It was not answered within the peer's own time."""
    UNANSWERED = 6
    """The peer's application gave no answer."""
    APPLICATION = 256
    """The first code of the application."""


class Why(StrEnum):
    """Why a request has no response."""

    DEADLINE = "deadline"
    """Its deadline passed."""
    CANCELLED = "cancelled"
    """It was cancelled."""
    BUSY = "busy"
    """The peer had too much under way."""
    PEER_FORGOT = "peer-forgot"
    """The connection was lost, and the peer does not know any more what it was asked."""
    INTERRUPTED = "interrupted"
    """The peer's process ended while it carried it out."""
    CLOSED = "closed"
    """The association was closed here."""
    UNREACHABLE = "unreachable"
    """There is no connection, and no attempt is made for now."""


class RequestFailed(OsisessionError):
    """A request has no response."""

    why: Why | None = None
    """Why; ``None`` where the peer answered."""


class Answered(RequestFailed, PeerError):
    """The peer answered with an error."""

    code: int = 0
    """The application's own from :attr:`Code.APPLICATION` on."""
    data: bytes = b""
    """What the peer says about it."""


class NotDone(RequestFailed):
    """It certainly was not carried out."""


class NotDoneInTime(NotDone, TimedOutError):
    """Its deadline passed before it left: it certainly was not carried out."""


class Unknown(RequestFailed):
    """Nobody knows whether it was carried out."""


class UnknownInTime(Unknown, TimedOutError):
    """Its deadline passed after it left: nobody knows whether it was carried out."""


class Fail(Exception):
    """Raised by a handler: the request is answered with this error."""

    def __init__(self, code: int, data: Buffer = b"") -> None:
        super().__init__(code, data)
        self.code = code
        """From :attr:`Code.APPLICATION` on, or :attr:`Code.CANCELLED`."""
        self.data = bytes(data)
        """What there is to say about it."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Limits of requests and responses; they hold against a hostile peer."""

    max_open: int = 64
    """Own requests without an outcome; one more is refused."""
    max_executing: int = 64
    """Requests of a peer under way; one more is answered as busy, and not carried out."""
    max_message: int = 1 << 20
    """Octets of one message, both ways."""
    results: int = 1024
    """Responses kept for requests that may come again."""
    result_octets: int = 16 << 20
    """Octets in these."""
    max_queued: int = 4096
    """Messages that wait for the session."""
    answer_within: float | None = 300.0
    """Seconds that a request of the peer may be under way before it is answered as overdue; ``None``: for ever."""
    cancel_at_deadline: bool = True
    """Tell the peer when the caller stopped waiting."""
    acknowledge_every: int = 32
    """Outcomes after which the peer is told what it need not keep any more."""
    turn_messages: int = 16
    """Over half-duplex: messages in one turn while the peer asks for the token."""


@dataclass(frozen=True, slots=True)
class CircuitConfig:
    """When a session is opened, closed and let be. Times are in seconds."""

    keep_open: bool = False
    """Open it although nobody asks for anything, and again after a loss."""
    first_delay: float = 0.2
    """The delay before the second attempt; it doubles for each that follows, and is shortened by chance to no less than half."""
    longest_delay: float = 30.0
    """The longest delay."""
    busy_delay: float = 1.0
    """The least delay after the peer said that it is busy."""
    stable_after: float = 60.0
    """A session that was up so long begins with the first delay again."""
    open_within: float = 10.0
    """How long an attempt may take."""
    close_within: float = 5.0
    """How long an orderly close may take."""
    idle_after: float | None = None
    """Close the session when nothing was under way for so long; ``None``: never."""
    trip_after: int | None = 5
    """Attempts that fail one after the other until the circuit opens; ``None``: it never does."""
    open_circuit: float = 30.0
    """How long the circuit stays open; it doubles with each attempt that fails then."""
    longest_open_circuit: float = 600.0
    """The longest time that it stays open."""
    max_waiting: int = 1024
    """Those who may wait for the session."""


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """How requests of peers are carried out."""

    threads: int = 4
    """Threads that run the handler at the same time. 0: it runs where the endpoint is driven, and must not wait long."""
    max_waiting: int = 1024
    """Requests that may wait for the handler; while there are more, nothing is read from their sessions."""
    max_waiting_octets: int = 64 << 20
    """Octets in these."""


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """How a client behaves."""

    session: SessionConfig = field(default_factory=SessionConfig)
    """The session below. ``limits.tsdu_reassembly`` is raised to what ``calls.max_message`` needs."""
    calling_selector: bytes = b""
    """Calling session selector, 0 to 16 octets."""
    called_selector: bytes = b""
    """Called session selector, 0 to 16 octets."""
    half_duplex: bool = False
    """Only one side speaks at a time; the token is passed by itself."""
    user_data: bytes = b""
    """What the application says in S-CONNECT."""
    calls: CallLimits = field(default_factory=CallLimits)
    """Limits of requests and responses."""
    circuit: CircuitConfig = field(default_factory=CircuitConfig)
    """When the session is opened, closed and let be."""
    service: ServiceConfig = field(default_factory=ServiceConfig)
    """How requests of the server are carried out, if it makes any."""
    association: bytes | None = None
    """The name of the association, 16 octets; ``None``: drawn at random."""
    journal: str | PathLike[str] | None = None
    """A file where requests are kept, so that none is carried out twice and each gets its outcome also when this process ends meanwhile. The
    association is then the one of the file. See :attr:`Client.resumed`. Default: they are not kept."""


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """How a server behaves."""

    session: SessionConfig = field(default_factory=SessionConfig)
    """The sessions below. ``limits.tsdu_reassembly`` is raised to what ``calls.max_message`` needs."""
    t_selector: bytes | None = None
    """The T-selector that is answered; ``None`` answers any."""
    session_selector: bytes | None = None
    """The session selector that is answered; ``None`` answers any."""
    calls: CallLimits = field(default_factory=CallLimits)
    """Limits of requests and responses, for each client."""
    service: ServiceConfig = field(default_factory=ServiceConfig)
    """How requests are carried out, of all clients together."""
    max_clients: int = 1024
    """Clients that may be known at a time, connected or not."""
    max_connecting: int = 128
    """Connections that are being answered."""
    remember: float = 600.0
    """Seconds that a client that is not connected is remembered, with the responses to its requests."""
    user_data: bytes = b""
    """What the application says in S-CONNECT."""
    journal: str | PathLike[str] | None = None
    """A file where it is kept what clients have asked and were answered, so that nothing is carried out twice also when this process ends meanwhile.
    Default: it is not kept."""


class State(StrEnum):
    """Where a session that is kept stands."""

    IDLE = "idle"
    """It is not there, and nobody wants it."""
    OPENING = "opening"
    """An attempt is under way."""
    WAITING = "waiting"
    """The next attempt waits for its time."""
    UP = "up"
    """It is there."""
    CLOSING = "closing"
    """It is being closed because it is not used."""
    TRIPPED = "tripped"
    """The circuit is open: no attempt for now."""
    ARMED = "armed"
    """The circuit is half open: who wants the session next makes the attempt that decides."""
    TRIAL = "trial"
    """That attempt is under way."""
    STOPPED = "stopped"
    """It was refused for good, or stopped."""


class Circuit(StrEnum):
    """Whether attempts are made."""

    CLOSED = "closed"
    """They are."""
    OPEN = "open"
    """Too many failed: none is made for now."""
    HALF_OPEN = "half-open"
    """One is made, and decides."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a session that is kept stands, for a person who waits."""

    state: State
    """The state."""
    circuit: Circuit
    """The circuit."""
    failures: int
    """Attempts that failed, one after the other."""
    next: float | None
    """In how many seconds the next attempt is made, or may be made."""
    waiting: int
    """Requests without an outcome."""
    last: OsisessionError | None
    """Why the last attempt failed; ``None`` since the session is up."""


@dataclass(frozen=True, slots=True)
class CircuitChanged:
    """The circuit opened, is tried, or closed."""

    circuit: Circuit


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt is made, after so many that failed."""

    failures: int


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """An attempt failed; the next one is made in so many seconds, or when somebody wants it."""

    error: OsisessionError
    next: float | None


@dataclass(frozen=True, slots=True)
class Up:
    """The session is up."""


@dataclass(frozen=True, slots=True)
class Down:
    """The session is gone; without an error it was closed because nobody used it."""

    error: OsisessionError | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """No attempt is made any more before :meth:`Client.reset`."""

    error: OsisessionError


CircuitEvent: TypeAlias = CircuitChanged | Attempt | AttemptFailed | Up | Down | Stopped


@dataclass(frozen=True, slots=True)
class ClientUp:
    """A client has a session."""

    peer: Peer


@dataclass(frozen=True, slots=True)
class ClientDown:
    """A client has no session any more. What is under way for it goes on."""

    peer: Peer
    error: OsisessionError | None


@dataclass(frozen=True, slots=True)
class Violation:
    """A client did what it must not; its session is aborted."""

    peer: Peer
    error: OsisessionError


@dataclass(frozen=True, slots=True)
class CallerRefused:
    """A caller was refused: it does not speak of requests and responses, or there are too many."""

    error: OsisessionError


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A client that was away for long is forgotten."""

    association: bytes


ServerEvent: TypeAlias = ClientUp | ClientDown | Violation | CallerRefused | Forgotten
