"""Loopback sessions for the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import osisession
import pytest

WAIT = 20.0
"""Far more than anything here takes, so that only a hang reaches it."""

Pair = tuple[osisession.Session, osisession.Session]


@pytest.fixture
def endpoint() -> Iterator[osisession.Endpoint]:
    with osisession.Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def connected(endpoint: osisession.Endpoint) -> Callable[..., Pair]:
    """Makes an initiator and its responder, connected over TCP in one endpoint."""
    listeners = []

    def make(functional_units: osisession.FunctionalUnits = osisession.FunctionalUnits.DUPLEX, **parameters: Any) -> Pair:
        listener = endpoint.listen("127.0.0.1:0", config=osisession.SessionConfig(trace=True))
        listeners.append(listener)
        caller = endpoint.connect(
            listener.local_address,
            config=osisession.SessionConfig(trace=True),
            functional_units=functional_units,
            **parameters,
        )
        called = listener.accept(WAIT)
        indication = called.next_event(WAIT)
        assert isinstance(indication, osisession.ConnectIndication)
        called.connect_response(functional_units=functional_units)
        caller.wait_connected(WAIT)
        return caller, called

    return make


@pytest.fixture
def pair(connected: Callable[..., Pair]) -> Pair:
    return connected()
