"""A session to any peer that is there when it is wanted: opened on demand, opened again after a loss, closed when nobody uses it.

For protocols of the program's own, over plain sessions; :mod:`osisession.rpc` keeps its sessions in the same way by itself::

    from osisession import circuit

    with circuit.Keeper("192.0.2.7:102", circuit=circuit.CircuitConfig(idle_after=60)) as keeper:
        with keeper.lease(timeout=10) as session:
            session.data_request(b"hello")
            print(session.next_event(10))

Attempts follow each other with growing delays and some chance in them. After ``trip_after`` of them have failed, the circuit opens: nobody waits any more, a lease
fails at once, until one attempt after ``open_circuit`` decides. Without leases the session is idle, and ``idle_after`` runs; with none out, a peer
that releases the session is answered. What happens is told by :meth:`Keeper.next_event`, where it stands by :attr:`Keeper.progress`. A session that is lost
while it is used is lost: what was under way, the user must know (:mod:`osisession.rpc` and :mod:`osisession.durable` know it).

Methods may be called from any thread. Times are in seconds; ``None`` waits for ever. Errors are those of :mod:`osisession`.
"""

from __future__ import annotations

from ._native import Keeper, Lease
from .rpc import (
    Attempt,
    AttemptFailed,
    Circuit,
    CircuitChanged,
    CircuitConfig,
    CircuitEvent,
    Down,
    Progress,
    State,
    Stopped,
    Up,
)

__all__ = [
    "Attempt",
    "AttemptFailed",
    "Circuit",
    "CircuitChanged",
    "CircuitConfig",
    "CircuitEvent",
    "Down",
    "Keeper",
    "Lease",
    "Progress",
    "State",
    "Stopped",
    "Up",
]
