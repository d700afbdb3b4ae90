"""What can be watched: log lines, counters, refused callers, and the octets themselves.

Capture a whole endpoint for Wireshark, and have its log where the program's own is::

    osisession.set_log(logging.getLogger("osisession"))
    endpoint = osisession.Endpoint(osisession.EndpointConfig(capture_file="talk.pcap"))
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from ._errors import OsisessionError
from ._native import _set_log

if TYPE_CHECKING:
    from ._native import Witness

LOG_TRACE: Final = 5
"""The level of log lines that tell every primitive; below ``logging.DEBUG``, which has no name for it."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log. User data is never in it."""

    level: int
    """Its level by the numbers of :mod:`logging`: ERROR a fault of this library, WARNING a peer's violation, a connection lost,
    a caller refused, INFO session connections up, released, aborted, DEBUG network connections, TLS, requests that were
    refused, :data:`LOG_TRACE` every primitive."""
    text: str
    """What happened."""
    session: int | None
    """The :attr:`Session.id` that it is about."""
    peer: str | None
    """The peer's address, if it is known."""
    error: str | None
    """Why, in a sentence."""

    def __str__(self) -> str:
        about = "" if self.session is None else f"session {self.session}"
        if self.peer is not None:
            about = f"{about} with {self.peer}" if about else self.peer
        why = "" if self.error is None else f": {self.error}"
        return f"{about}: {self.text}{why}" if about else f"{self.text}{why}"


def set_log(log: logging.Logger | Callable[[LogLine], object] | None, level: int | None = None) -> None:
    """Have the log of all endpoints of this process handed to a logger or a function; ``None`` ends it.

    A logger gets records whose message is ``str(line)`` and whose attribute ``osisession`` is the :class:`LogLine`. A function
    gets the line; it is called from the threads that drive endpoints or make requests, perhaps by several at once, with nothing
    locked, and what it raises goes to :func:`sys.unraisablehook`.

    ``level``: lines of this level and above, by the numbers of :mod:`logging`; if not given, the logger's effective level of
    now, or ``logging.INFO`` for a function. What is below it costs nothing. There is no output anywhere else.
    """
    if isinstance(log, logging.Logger):
        logger = log
        if level is None:
            level = logger.getEffectiveLevel()

        def tell(line: LogLine) -> None:
            logger.log(line.level, "%s", line, extra={"osisession": line})

        log = tell
    if level is None:
        level = logging.INFO
    if log is None or level > logging.ERROR:
        _set_log(None, 0)
        return
    wanted = [logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, LOG_TRACE]
    # A level between two of them wants those above it; one below all wants all.
    _set_log(log, sum(each >= level for each in wanted) or len(wanted))


@dataclass(frozen=True, slots=True)
class Counters:
    """What an endpoint has done so far: each number only ever grows. From :meth:`Endpoint.counters`."""

    calls: int
    """Sessions that were asked for from here."""
    callers: int
    """Connections that callers opened to listeners."""
    callers_turned_away: int
    """Callers that were closed at once: too many were without their CONNECT (``max_connecting`` and what stands beside it)."""
    callers_refused: int
    """Callers that were answered with a refusal: unknown selectors, nothing in common, TLS that did not come about, a full backlog."""
    established: int
    """Session connections that were established, in either role."""
    released: int
    """Session connections that were released in order (X.225 7.6 to 7.8)."""
    aborted: int
    """Session connections that were aborted, by either user or provider, or lost."""
    octets_received: int
    """Octets read from networks and pipes."""
    octets_sent: int
    """Octets written to them."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A caller that was refused before any listener saw it. From :meth:`Endpoint.next_refusal`."""

    peer_address: str
    """Where the caller is: "192.0.2.7:40123"."""
    local_address: str
    """Where it called: "127.0.0.1:102", "memory:NAME"."""
    error: OsisessionError
    """Why, with the reason code of the REFUSE SPDU (X.225 8.3.5) if there was one."""
    trace: tuple[str, ...]
    """The lines of the ladder, if the listener's ``SessionConfig.trace`` is on."""


@dataclass(frozen=True, slots=True)
class TappedUp:
    """A network connection is up; with TLS, its handshake may still fail."""

    session: int
    """The :attr:`Session.id`."""
    calling: bool
    """We called."""
    local: str
    """Our address as far as it is known."""
    peer: str
    """The peer's address."""


@dataclass(frozen=True, slots=True)
class TappedOctets:
    """Octets of TPKT went or came, in pieces of any size. With TLS: those inside it."""

    session: int
    """The :attr:`Session.id`."""
    sent: bool
    """We sent them."""
    octets: bytes
    """The octets."""


@dataclass(frozen=True, slots=True)
class TappedEnd:
    """The peer will send nothing more: its end of file, or the loss of the network connection."""

    session: int
    """The :attr:`Session.id`."""


@dataclass(frozen=True, slots=True)
class TappedGone:
    """The network connection is closed, or never came up; nothing more follows for this session."""

    session: int
    """The :attr:`Session.id`."""


Tapped: TypeAlias = TappedUp | TappedOctets | TappedEnd | TappedGone
"""What a tap sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointConfig:
    """How an endpoint behaves."""

    capture_file: str | os.PathLike[str] | None = None
    """A file, written anew, that receives what passes in all sessions as a capture (pcap): TPKT in made-up TCP segments to port
    102, which Wireshark opens. What was in TLS is in it in the clear. Should it not be writable later on, the capture ends and
    the sessions go on; if it cannot be made, ``Endpoint()`` raises :class:`OSError`."""
    tap: Callable[[Tapped], object] | None = None
    """Called with what passes between sessions and the network, in the order in which it passed in each session: by the threads
    that drive or request, one at a time. It must not call this package. What it raises goes to :func:`sys.unraisablehook`."""
    witness: Witness | None = None
    """Remembers the last packets of each session, for :func:`diagnose`."""
