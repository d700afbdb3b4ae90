"""Dialogues that survive: the loss of connections, restarts of either process, long silences.

A :class:`DurableNode` is one process's end of any number of dialogues, with a file, the journal, for what must survive. A
:class:`Dialogue` carries messages both ways, each exactly once and in order::

    from osisession.durable import DurableNode

    with DurableNode("orders.journal") as node:
        dialogue = node.find(b"orders") or node.dial("192.0.2.7:10102", label=b"orders")
        position = dialogue.send(b"an order")  # stored: from here on it will arrive
        dialogue.wait_confirmed(position)  # stored at the peer
        message = dialogue.receive()
        print(message.data)
        message.commit()  # not handed out again after a restart

The node has a thread of its own; calls wait with the interpreter lock released, and Ctrl-C ends them. A wait without timeout waits as long as it takes, also
while there is no connection: :attr:`Dialogue.progress` and :meth:`Dialogue.next_event` say what goes on. The protocol and its promises are described in
``docs/dialogue.md`` of the sources.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ._errors import OsisessionError
from ._native import Dialogue, DurableNode

__all__ = [
    "Accepted",
    "Broken",
    "Caller",
    "Closed",
    "Committed",
    "Confirmed",
    "Connected",
    "Connecting",
    "Detached",
    "Dialogue",
    "DialogueEvent",
    "DurableNode",
    "Forgotten",
    "Message",
    "Overdue",
    "PeerClosing",
    "Progress",
    "Received",
    "Stopped",
    "StorageStalled",
    "Violation",
    "Writable",
]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the peer."""

    position: int
    """Its place among all messages of the peer, from 1."""
    data: bytes
    dialogue: Dialogue = field(repr=False, compare=False)

    def commit(self) -> None:
        """Says that the application is done with this message and all before it. Does not wait.

        Without it the message is handed out again after a restart. Raises :class:`~osisession.ClosedError` if the node is closed.
        """
        self.dialogue.commit(self.position)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wants to begin a dialogue, for the ``allow`` function of a node."""

    id: bytes
    """The name that it gave the dialogue, 16 octets."""
    address: str | None
    identity: bytes
    """What TLS has proved; empty without TLS."""
    called_selector: bytes
    calling_selector: bytes
    user_data: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a dialogue stands."""

    state: str
    """"connected", "connecting", "detached", "idle", "stopped", "closing", "closed", "broken"."""
    epoch: int
    """Number of the last connection or attempt."""
    attempts: int
    """Attempts since the last connection."""
    next_try: float | None
    """Seconds until the next attempt, or None if none is planned."""
    sent: int
    """Position of the last message that was given to the dialogue."""
    accepted: int
    """Last position that is stored here."""
    confirmed: int
    """Last position that is stored at the peer."""
    confirmed_octets: int
    """Octets that the peer confirmed since this process began."""
    unconfirmed_octets: int
    received: int
    """Last position of the peer that is stored here."""
    committed: int
    """Last position of the peer that the application has committed."""
    events_lost: int
    """Events that were dropped because nobody took them."""
    last_error: OsisessionError | None
    """Why the last connection was not made, or how it ended."""
    peer: str | None
    """Where the peer is, if this side knows."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Messages up to this position are stored here."""

    position: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Messages up to this position are stored at the peer."""

    position: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the peer is there."""

    position: int


@dataclass(frozen=True, slots=True)
class Committed:
    """What was committed up to here will not be handed out again, whatever happens."""

    position: int


@dataclass(frozen=True, slots=True)
class Writable:
    """There is room in the outbox again."""


@dataclass(frozen=True, slots=True)
class Connecting:
    """An attempt begins."""

    epoch: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Connected:
    """Messages flow."""

    epoch: int
    user_data: bytes


@dataclass(frozen=True, slots=True)
class Detached:
    """The connection is gone; the dialogue is not."""

    idle: bool
    """On purpose, because nobody had anything to say."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """There has been no connection for long. Attempts go on."""


@dataclass(frozen=True, slots=True)
class StorageStalled:
    """The journal takes too long; the connection was given back."""


@dataclass(frozen=True, slots=True)
class PeerClosing:
    """The peer wants to close: nothing more can be sent."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The dialogue has ended in good order; all messages of both sides are confirmed."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The time for which a closed dialogue still answers is over."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """No more attempts are made; :meth:`Dialogue.reconnect` tries again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The dialogue can never go on: one side has lost what the other relies on."""

    status: str
    confirmed: int
    """Messages up to here were stored at the peer."""
    unconfirmed: tuple[int, int] | None
    """The first and the last message of which it is not known what became of them."""


@dataclass(frozen=True, slots=True)
class Violation:
    """The peer did something that is forbidden, and lost its connection for it."""

    error: OsisessionError


DialogueEvent: TypeAlias = (
    Accepted
    | Confirmed
    | Received
    | Committed
    | Writable
    | Connecting
    | Connected
    | Detached
    | Overdue
    | StorageStalled
    | PeerClosing
    | Closed
    | Forgotten
    | Stopped
    | Broken
    | Violation
)
