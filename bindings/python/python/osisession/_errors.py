"""What can go wrong: whose fault it is, where, and which clause says so."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._events import ConnectConfirmNegative, PAbortIndication, UAbortIndication


class ErrorKind(StrEnum):
    """Whose fault it is."""

    INVALID = "invalid"
    REFUSED = "refused"
    PEER = "peer"
    LIMIT_HIT = "limit-hit"
    TRANSPORT = "transport"
    CLOSED = "closed"
    TIMED_OUT = "timed-out"
    WOULD_BLOCK = "would-block"
    INTERNAL = "internal"


class Layer(StrEnum):
    """The layer that speaks."""

    API = "api"
    SESSION = "session"
    TRANSPORT = "transport"
    TPKT = "tpkt"
    NETWORK = "network"


class OsisessionError(Exception):
    """Base class of everything this package raises on its own.

    ``str(error)`` is one line with all that is known. The attributes are the same facts one by one; what is not known is
    ``None``.
    """

    kind: ErrorKind
    """Whose fault it is."""
    layer: Layer
    """The layer that speaks."""
    text: str
    """A sentence that a person can act on."""
    spdu: str | None
    """The SPDU or TPDU concerned, by its mnemonic: "CN", "MIP", "CR"."""
    parameter: str | None
    """The parameter concerned: "Connect/Accept Item.Version Number"."""
    offset: int | None
    """Octets from the start of the TSDU, TPDU or TPKT to the fault."""
    clause: str | None
    """The clause or table that was violated or applied: "X.225 8.3.1"."""
    state: str | None
    """The state of the machine: "STA713"."""
    event: str | None
    """The event in that state: "SDTreq"."""
    reason: int | None
    """The reason code of the protocol, where it has one (REFUSE, DR, ABORT)."""
    expected: str | None
    """What was expected."""
    found: str | None
    """What was found."""
    octets: bytes
    """The peer's first octets, at most 16."""

    _kind = ErrorKind.INTERNAL

    def __init__(
        self,
        message: str = "",
        *,
        text: str | None = None,
        kind: str | None = None,
        layer: str = "api",
        spdu: str | None = None,
        parameter: str | None = None,
        offset: int | None = None,
        clause: str | None = None,
        state: str | None = None,
        event: str | None = None,
        reason: int | None = None,
        expected: str | None = None,
        found: str | None = None,
        octets: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.text = message if text is None else text
        self.kind = self._kind if kind is None else ErrorKind(kind)
        self.layer = Layer(layer)
        self.spdu = spdu
        self.parameter = parameter
        self.offset = offset
        self.clause = clause
        self.state = state
        self.event = event
        self.reason = reason
        self.expected = expected
        self.found = found
        self.octets = octets

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would lose the attributes: they are not in `args`.
        return (type(self), self.args, self.__dict__)


class InvalidError(OsisessionError, ValueError):
    """The caller passed something that can never be right. Nothing was sent, nothing changed."""

    _kind = ErrorKind.INVALID


class RefusedError(OsisessionError):
    """The request is well formed but not allowed in this state, or without this token (X.225 A.4.1.1).

    Nothing was sent, nothing changed.
    """

    _kind = ErrorKind.REFUSED


class PeerError(OsisessionError):
    """The peer sent something that the protocol forbids, or ended the session."""

    _kind = ErrorKind.PEER


class LimitError(OsisessionError):
    """A configured limit was reached."""

    _kind = ErrorKind.LIMIT_HIT


class TransportError(OsisessionError, ConnectionError):
    """The transport below failed: refused, lost, timed out."""

    _kind = ErrorKind.TRANSPORT


class ClosedError(OsisessionError):
    """The session, listener or endpoint is closed."""

    _kind = ErrorKind.CLOSED


class ForkedError(ClosedError):
    """The object belongs to the process that this one was forked from.

    In the child of :func:`os.fork` (which :mod:`multiprocessing` may use) endpoints, listeners and sessions of the parent are dead: every call
    but ``close`` raises this, nothing is sent, and the parent's sessions go on. Endpoints that the child makes are its own. If threads of the parent were
    inside this library during the fork, start children another way (``spawn``).
    """


class TimedOutError(OsisessionError, TimeoutError):
    """A wait ended because its time was over."""

    _kind = ErrorKind.TIMED_OUT


class WouldBlockError(OsisessionError, BlockingIOError):
    """The send queue is full: try again when the session is writable."""

    _kind = ErrorKind.WOULD_BLOCK


class InternalError(OsisessionError):
    """A fault of this library; please report it."""

    _kind = ErrorKind.INTERNAL


class ConnectRefusedError(PeerError, ConnectionRefusedError):
    """The called user or its provider rejected the session connection (S-CONNECT confirm, reject).

    ``reason`` is the code of the REFUSE SPDU (see :class:`RefuseReason`), ``confirm`` is the event itself.
    """

    confirm: ConnectConfirmNegative | None
    """The S-CONNECT confirm: user data, functional units and versions of the other side."""

    def __init__(self, message: str = "", *, confirm: ConnectConfirmNegative | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.confirm = confirm


class AbortedError(PeerError, ConnectionAbortedError):
    """The session was aborted before it was established (S-U-ABORT or S-P-ABORT indication)."""

    user_data: bytes
    """SS-user data of an S-U-ABORT."""
    indication: UAbortIndication | PAbortIndication | None
    """The event itself."""

    def __init__(
        self,
        message: str = "",
        *,
        user_data: bytes = b"",
        indication: UAbortIndication | PAbortIndication | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.user_data = user_data
        self.indication = indication
