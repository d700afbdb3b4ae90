"""Why there is no session, or no longer one: a report for people and programs.

::

    try:
        osisession.connect("192.0.2.1")
    except osisession.OsisessionError as error:
        print(osisession.diagnose(error))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._errors import Layer, OsisessionError
from ._native import _diagnose

if TYPE_CHECKING:
    from ._events import ConnectConfirmNegative, PAbortIndication, UAbortIndication
    from ._native import Session, Witness
    from ._watch import Refusal


@dataclass(frozen=True, slots=True)
class Packet:
    """A TPKT that a :class:`Witness` saw."""

    octets: bytes
    """Its octets, from the TPKT header on; at most 1,024 of them, and 64 of what is no TPKT."""
    length: int
    """How many octets it has in all."""
    description: str
    """What it is, on one line: the TPDU, and the SPDUs in it."""

    def __str__(self) -> str:
        return self.description


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A report on a failed connect, a refusal or an abort. ``str(diagnosis)`` has some lines for people."""

    cause: str
    """A word for programs, which stays as it is: "tcp-refused", "refuse-selector"."""
    layer: Layer
    """The layer whose question it is."""
    stage: str
    """How far it had come: "network", "tls", "transport-connect", "session-connect", "open", "release", "unknown"."""
    summary: str
    """One sentence."""
    sent: tuple[Packet, ...]
    """The last packets that were sent, oldest first; empty without a witness."""
    received: tuple[Packet, ...]
    """The last packets that came."""
    octet: int | None
    """The octet at fault, from the start of the TSDU, TPDU or TPKT that ``pdu`` names."""
    pdu: str | None
    """The SPDU or TPDU."""
    clause: str | None
    """The clause that speaks of it."""
    wants: str
    """What the peer probably wants; empty where that is not the question."""
    tries: tuple[str, ...]
    """What to try, the most promising first."""
    is_violation: bool
    """The peer broke a rule, or said that we did."""
    text: str = field(repr=False)
    """All of it for people."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "layer", Layer(self.layer))

    def __str__(self) -> str:
        return self.text


def diagnose(
    failure: OsisessionError | ConnectConfirmNegative | UAbortIndication | PAbortIndication | Refusal,
    session: Session | None = None,
    witness: Witness | None = None,
) -> Diagnosis:
    """The report on what went wrong: an exception of this package, an event that ends a session, or a refused caller.

    With the session and a witness that its endpoint was made with (``EndpointConfig(witness=...)``) it has the last packets.
    """
    return _diagnose(failure, session, witness)
