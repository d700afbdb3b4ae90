"""Sessions that are kept: opened when they are wanted, closed when they are not, not tried when that is in vain."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import osisession
import pytest
from osisession import aio, circuit

WAIT = 30.0
HASTY = circuit.CircuitConfig(first_delay=0.01, longest_delay=0.05, trip_after=None)


class Peer:
    """Answers each session's data, releases when asked to."""

    def __init__(self) -> None:
        self.endpoint = osisession.Endpoint()
        self.endpoint.start()
        self.listener = self.endpoint.listen("127.0.0.1:0")
        self.sessions: list[osisession.Session] = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        try:
            while True:
                session = self.listener.accept()
                assert isinstance(session.next_event(WAIT), osisession.ConnectIndication)
                session.connect_response()
                self.sessions.append(session)
                threading.Thread(target=self._answer, args=(session,), daemon=True).start()
        except osisession.OsisessionError:
            pass

    @staticmethod
    def _answer(session: osisession.Session) -> None:
        try:
            while True:
                event = session.next_event()
                if isinstance(event, osisession.DataIndication):
                    session.data_request(event.user_data)
                elif isinstance(event, osisession.ReleaseIndication):
                    session.release_response()
        except osisession.OsisessionError:
            pass

    def close(self) -> None:
        self.endpoint.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


def ask(session: osisession.Session, text: bytes) -> bytes:
    session.data_request(text)
    event = session.next_event(WAIT)
    assert isinstance(event, osisession.DataIndication)
    return bytes(event.user_data)


def until(keeper: circuit.Keeper, wanted: Callable[[circuit.CircuitEvent], bool]) -> circuit.CircuitEvent:
    while not wanted(event := keeper.next_event(WAIT)):
        pass
    return event


def test_opened_on_demand_closed_when_idle_opened_again(peer: Peer) -> None:
    config = circuit.CircuitConfig(idle_after=0.05)
    with circuit.Keeper(peer.listener.local_address, circuit=config, user_data=b"who I am") as keeper:
        assert keeper.progress.state is circuit.State.IDLE
        for round in range(2):
            with keeper.lease(WAIT) as session:
                assert ask(session, b"hello") == b"hello"
                assert keeper.progress.state is circuit.State.UP
            event = until(keeper, lambda event: isinstance(event, circuit.Down))
            assert isinstance(event, circuit.Down) and event.error is None
            assert len(peer.sessions) == round + 1


def test_a_lease_is_held_and_given_back(peer: Peer) -> None:
    with circuit.Keeper(peer.listener.local_address, circuit=HASTY) as keeper:
        first, second = keeper.lease(WAIT), keeper.lease(WAIT)
        assert first.session.id == second.session.id
        first.close()
        first.close()
        with pytest.raises(osisession.ClosedError):
            _ = first.session
        assert ask(second.session, b"x") == b"x"
        second.session.close()
        second.close()
        with keeper.lease(WAIT) as session:
            assert ask(session, b"again") == b"again"
    with pytest.raises(osisession.ClosedError):
        keeper.lease(1)


def test_a_dead_peer_opens_the_circuit() -> None:
    config = circuit.CircuitConfig(first_delay=0.01, longest_delay=0.02, trip_after=2, open_circuit=60)
    with circuit.Keeper("127.0.0.1:1", circuit=config) as keeper:
        with pytest.raises(osisession.TransportError):
            keeper.lease(WAIT)
        assert keeper.progress.circuit is circuit.Circuit.OPEN
        with pytest.raises(osisession.TransportError):
            keeper.lease(WAIT)
        assert keeper.progress.failures == 2


def test_a_wait_in_slices_is_one_wish() -> None:
    """The delays grow although Python looks for signals in between."""
    config = circuit.CircuitConfig(first_delay=0.05, longest_delay=60, trip_after=None)
    with circuit.Keeper("127.0.0.1:1", circuit=config) as keeper:
        with pytest.raises(osisession.TimedOutError):
            keeper.lease(1.0)
        failures = 0
        while (event := keeper.try_next_event()) is not None:
            failures += isinstance(event, circuit.AttemptFailed)
        assert 2 <= failures <= 7


def test_an_answer_that_nobody_can_live_with(peer: Peer) -> None:
    seen: list[object] = []

    def check(session: osisession.Session, confirm: osisession.ConnectConfirm) -> None:
        seen.append(confirm)
        if len(seen) == 1:
            raise ValueError("not this one")

    with circuit.Keeper(peer.listener.local_address, circuit=HASTY, check=check) as keeper:
        with pytest.raises(osisession.OsisessionError, match="not this one"):
            keeper.lease(WAIT)
        until(keeper, lambda event: isinstance(event, circuit.Stopped))
        keeper.reset()
        with keeper.lease(WAIT) as session:
            assert ask(session, b"x") == b"x"
    assert len(seen) == 2 and all(isinstance(confirm, osisession.ConnectConfirm) for confirm in seen)


def test_what_cannot_be_right() -> None:
    with pytest.raises(osisession.InvalidError):
        circuit.Keeper("127.0.0.1:1", check=7)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        circuit.Keeper("127.0.0.1:1", circuit={})  # type: ignore[arg-type]
    with pytest.raises((TypeError, osisession.InvalidError)):
        circuit.Keeper("127.0.0.1:1", no_parameter=1)  # type: ignore[call-arg]


def test_aio(peer: Peer) -> None:
    host, port = peer.listener.local_address.rsplit(":", 1)

    async def use(keeper: aio.Keeper, text: bytes) -> bytes:
        async with keeper.lease() as session:
            await session.data_request(text)
            event = await session.next_event()
            assert isinstance(event, osisession.DataIndication)
            return bytes(event.user_data)

    async def main() -> None:
        config = circuit.CircuitConfig(idle_after=0.05)
        async with aio.Endpoint() as endpoint:
            async with await aio.open_keeper(host, int(port), endpoint=endpoint, circuit=config) as keeper:
                for _ in range(2):
                    assert await use(keeper, b"hello") == b"hello"
                    while not isinstance(await keeper.next_event(), circuit.Down):
                        pass
                async with keeper.lease() as one, keeper.lease() as two:
                    assert one is two
            async with await aio.open_keeper("127.0.0.1", 1, endpoint=endpoint, circuit=HASTY) as keeper:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2), keeper.lease():
                        raise AssertionError
                assert keeper.progress.waiting == 0

    asyncio.run(asyncio.wait_for(main(), WAIT))
    assert len(peer.sessions) == 3
