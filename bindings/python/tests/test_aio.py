"""Sessions with asyncio."""

from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import osisession
import pytest
from conftest import WAIT
from osisession import aio
from test_failures import raw_peer

T = TypeVar("T")

SMALL = osisession.SessionConfig(limits=osisession.Limits(queued_send_octets=1 << 15, queued_event_octets=1 << 15))
"""Queues that are full soon."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs it in a loop of its own, in debug mode; a hang is a failure."""

    async def bounded() -> T:
        async with asyncio.timeout(WAIT):
            return await main

    return asyncio.run(bounded(), debug=True)


async def echo(session: aio.Session) -> None:
    """What the servers here do."""
    async for event in session:
        match event:
            case osisession.ConnectIndication(functional_units=units):
                session.connect_response(functional_units=units)
            case osisession.DataIndication(user_data):
                await session.data_request(user_data)
            case osisession.TypedDataIndication(user_data):
                await session.typed_data_request(user_data)
            case osisession.ReleaseIndication():
                session.release_response()


async def pair(endpoint: aio.Endpoint, config: osisession.SessionConfig | None = None) -> tuple[aio.Session, aio.Session]:
    """An initiator and its responder, connected over TCP; with small queues in memory, where the system holds little."""
    host, port = ("127.0.0.1", 0) if config is None else ("memory:pair", None)
    listener = await endpoint.listen(host, port, config=config)
    opening = asyncio.create_task(endpoint.connect(host, listener.port, config=config))
    called = await listener.accept()
    assert isinstance(await called.next_event(), osisession.ConnectIndication)
    called.connect_response()
    caller = await opening
    listener.close()
    return caller, called


async def release(session: aio.Session) -> None:
    session.release_request()
    assert isinstance(await session.next_event(), osisession.ReleaseConfirm)


def test_five_lines() -> None:
    async def main() -> None:
        async with await aio.start_server(echo, "127.0.0.1", 0) as server:
            async with await aio.open_session("127.0.0.1", server.port) as session:
                await session.data_request(b"hello")
                assert await session.next_event() == osisession.DataIndication(b"hello")
                await release(session)

    run(main())


def test_names_are_looked_up_by_the_loop() -> None:
    async def main() -> None:
        async with await aio.start_server(echo, "localhost", 0) as server:
            async with await aio.open_session("localhost", server.port) as session:
                assert session.confirm is not None and session.peer_address is not None
                assert session.peer_address.endswith(str(server.port))
        with pytest.raises(osisession.TransportError) as caught:
            await aio.open_session("no-such-host.invalid", 102)
        assert caught.value.layer == osisession.Layer.NETWORK

    run(main())


@pytest.mark.parametrize("port", [-1, 65536])
def test_ports_that_are_none(port: int) -> None:
    with pytest.raises(osisession.InvalidError):
        run(aio.open_session("127.0.0.1", port))


def test_in_memory() -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            async with await endpoint.start_server(echo, "memory:aio") as server:
                assert server.port is None
                session = await endpoint.connect("memory:aio")
                await release(session)
                with pytest.raises(osisession.InvalidError):
                    await endpoint.connect("memory:aio", 102)

    run(main())


def test_fifty_sessions_in_one_program() -> None:
    turns = 20

    async def call(number: int, port: int | None) -> None:
        async with await aio.open_session("127.0.0.1", port, functional_units=BOTH) as session:
            for turn in range(turns):
                data = b"%d/%d" % (number, turn) * (1 + number)
                if turn % 2:
                    await session.data_request(data)
                    assert await session.next_event() == osisession.DataIndication(data)
                else:
                    await session.typed_data_request(data)
                    assert await session.next_event() == osisession.TypedDataIndication(data)
            together.add(session.id)
            if len(together) == 50:
                all_here.set()
            await all_here.wait()
            await release(session)

    BOTH = osisession.FunctionalUnits.DUPLEX | osisession.FunctionalUnits.TYPED_DATA
    together: set[int] = set()

    async def main() -> None:
        nonlocal all_here
        all_here = asyncio.Event()
        threads = threading.active_count()
        # They all come at once, from one address: as a flood would.
        async with await aio.start_server(
            echo, "127.0.0.1", 0, max_connecting_per_source=50, early_refusal_from=50
        ) as server:
            async with asyncio.TaskGroup() as group:
                for number in range(50):
                    group.create_task(call(number, server.port))
            assert len(together) == 50
            assert threading.active_count() == threads
            server.close()
            await server.wait_closed()
            assert server.sessions == 0

    all_here: asyncio.Event
    run(main())


class At:
    """Awaits a coroutine and cancels it at its n-th suspension, counted from 1. ``reached`` tells if there was one."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], n: int) -> None:
        self.coroutine, self.n, self.count = coroutine, n, 0

    def __await__(self):  # type: ignore[no-untyped-def]
        inner = self.coroutine.__await__()
        step, value = inner.send, None
        while True:
            try:
                future = step(value)  # type: ignore[arg-type]
            except StopIteration as done:
                return done.value
            self.count += 1
            if self.count == self.n:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                value, step = (yield future), inner.send
            except BaseException as error:
                value, step = error, inner.throw  # type: ignore[assignment]

    @property
    def reached(self) -> bool:
        return self.count >= self.n

    async def outcome(self) -> Any:
        """What the coroutine returns; ``None`` if it was cancelled."""

        async def inside() -> Any:
            return await self

        try:
            return await asyncio.create_task(inside())
        except asyncio.CancelledError:
            assert self.reached, "cancelled by somebody else"
            return None


def test_cancelled_at_every_await_while_receiving() -> None:
    messages = [b"%d" % n for n in range(40)]

    async def main(n: int) -> bool:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint)
            received: list[bytes] = []

            async def receive() -> None:
                while len(received) < len(messages):
                    event = await called.next_event()
                    assert isinstance(event, osisession.DataIndication)
                    received.append(event.user_data)

            async def send() -> None:
                for message in messages:
                    await caller.data_request(message)
                    await asyncio.sleep(0)

            sending = asyncio.create_task(send())
            at = At(receive(), n)
            await at.outcome()
            await receive()
            await sending
            assert received == messages
            return at.reached

    runs = 1
    while run(main(runs)):
        runs += 1
    assert runs > 10, "there was hardly anything to cancel"


def test_cancelled_at_every_await_while_sending() -> None:
    messages = [bytes([n]) * 60_000 for n in range(24)]

    async def main(n: int) -> bool:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint, SMALL)
            sent = 0

            async def send() -> None:
                nonlocal sent
                while sent < len(messages):
                    await caller.data_request(messages[sent])
                    sent += 1

            async def receive() -> list[bytes]:
                received = []
                while len(received) < len(messages):
                    event = await called.next_event()
                    assert isinstance(event, osisession.DataIndication)
                    received.append(event.user_data)
                    await asyncio.sleep(0)
                return received

            receiving = asyncio.create_task(receive())
            at = At(send(), n)
            await at.outcome()
            await send()
            assert await receiving == messages
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.005):
                    await called.next_event()
            return at.reached

    runs = 1
    while run(main(runs)):
        runs += 1
    assert runs > 3, "the queue was never full"


def test_cancelled_at_every_await_while_opening() -> None:
    async def main(n: int) -> bool:
        async with aio.Endpoint() as endpoint, aio.Endpoint() as there:
            server = await there.start_server(echo, "127.0.0.1", 0)
            async with server:
                at = At(endpoint.connect("localhost", server.port), n)
                session = await at.outcome()
                assert (session is None) == at.reached
                if session is not None:
                    await session.data_request(b"alive")
                    assert await session.next_event() == osisession.DataIndication(b"alive")
                    await release(session)
                assert all(left.is_over for left in endpoint._sessions.values()), "a session was left open"
                while server.sessions:
                    await asyncio.sleep(0.001)
            return at.reached

    runs = 1
    while run(main(runs)):
        runs += 1
    assert runs > 2


def test_cancelled_at_every_await_while_accepting() -> None:
    async def main(n: int) -> bool:
        async with aio.Endpoint() as endpoint, aio.Endpoint() as there:
            listener = await there.listen("127.0.0.1", 0)
            accepted: list[aio.Session] = []

            async def accept() -> None:
                while len(accepted) < 5:
                    session = await listener.accept()
                    accepted.append(session)
                    session.connect_response()

            async def call() -> None:
                for number in range(5):
                    session = await endpoint.connect("127.0.0.1", listener.port, user_data=b"%d" % number)
                    await session.data_request(b"%d" % number)

            calling = asyncio.create_task(call())
            at = At(accept(), n)
            await at.outcome()
            await accept()
            await calling
            seen = []
            for session in accepted:
                indication = await session.next_event()
                assert isinstance(indication, osisession.ConnectIndication)
                seen.append(indication.user_data)
            assert seen == [b"0", b"1", b"2", b"3", b"4"]
            return at.reached

    runs = 1
    while run(main(runs)):
        runs += 1
    assert runs > 3


@pytest.mark.parametrize("what", ["wait_writable", "wait_connected", "iteration", "wait_closed", "serve_forever"])
def test_cancelled_at_every_await_elsewhere(what: str) -> None:
    async def main(n: int) -> bool:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint, SMALL)
            server = await endpoint.start_server(echo, "127.0.0.1", 0)

            async def iterate() -> int:
                count = 0
                async for _ in called:
                    count += 1
                return count

            async def sometime(act: Any) -> None:
                await asyncio.sleep(0.002)
                act()

            match what:
                case "wait_writable":
                    with pytest.raises(osisession.WouldBlockError):
                        while True:
                            caller._native.data_request(bytes(4096))
                    # Nobody drives here, so the queue is full until the loop runs.
                    at = At(caller.wait_writable(), n)
                    await at.outcome()
                    await caller.wait_writable()
                    assert caller.is_writable
                case "wait_connected":
                    session = aio.Session._adopt(endpoint, endpoint._native.connect(server.local_address))
                    at = At(session.wait_connected(), n)
                    await at.outcome()
                    assert await session.wait_connected() == session.confirm
                case "iteration":
                    caller.u_abort_request(b"x")
                    at = At(iterate(), n)
                    first = await at.outcome() or 0
                    assert first + await iterate() == 1
                case "wait_closed":
                    later = asyncio.create_task(sometime(server.close))
                    at = At(server.wait_closed(), n)
                    await at.outcome()
                    await later
                    await server.wait_closed()
                case _:
                    later = asyncio.create_task(sometime(server.close))
                    at = At(server.serve_forever(), n)
                    await at.outcome()
                    assert not server.is_serving()
                    await later
            return at.reached

    runs = 1
    while run(main(runs)):
        runs += 1
    assert runs > 1


def test_back_pressure() -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint, SMALL)
            sent = 0

            async def send() -> None:
                nonlocal sent
                buffer = bytearray(8192)
                for number in range(4096):
                    buffer[:] = bytes([number % 251]) * 8192
                    request = asyncio.ensure_future(caller.data_request(buffer))
                    await asyncio.sleep(0)
                    # The caller's buffer is its own again as soon as it was asked for.
                    buffer[:] = bytes(8192)
                    await request
                    sent += 1

            sending = asyncio.create_task(send())
            stalled = -1
            while stalled != sent:
                stalled = sent
                await asyncio.sleep(0.1)
            assert 0 < sent < 4096, "nobody reads, and yet everything was sent"
            assert not sending.done()
            for number in range(4096):
                event = await called.next_event()
                assert event == osisession.DataIndication(bytes([number % 251]) * 8192)
            await sending
            assert sent == 4096

    run(main())


def test_several_tasks_send_in_their_order() -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint, SMALL)
            data = [bytes([number]) * 60_000 for number in range(30)]
            tasks = [asyncio.create_task(caller.data_request(each)) for each in data]
            received = []
            while len(received) < len(data):
                event = await called.next_event()
                assert isinstance(event, osisession.DataIndication)
                received.append(event.user_data)
            await asyncio.gather(*tasks)
            assert received == data

    run(main())


def test_two_readers_share_the_events() -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint)

            async def read() -> list[osisession.Event]:
                return [event async for event in called]

            readers = [asyncio.create_task(read()) for _ in range(3)]
            for number in range(100):
                await caller.data_request(b"%d" % number)
            caller.release_request()
            while called.state != "STA09":
                await asyncio.sleep(0.001)
            called.release_response()
            assert isinstance(await caller.next_event(), osisession.ReleaseConfirm)
            events = [event for events in await asyncio.gather(*readers) for event in events]
            assert len(events) == len(set(map(str, events))) == 101

    run(main())


def test_waits_end_with_the_session() -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint)
            waiting = asyncio.create_task(caller.next_event())
            await asyncio.sleep(0)
            caller.close()
            with pytest.raises(osisession.ClosedError):
                await waiting
            assert isinstance(await called.next_event(), osisession.UAbortIndication | osisession.PAbortIndication)
            with pytest.raises(osisession.ClosedError):
                await called.next_event()
            with pytest.raises(osisession.ClosedError):
                await called.data_request(b"x")
            with pytest.raises(osisession.ClosedError):
                await called.wait_writable()
            listener = await endpoint.listen("127.0.0.1", 0)
            accepting = asyncio.create_task(listener.accept())
            await asyncio.sleep(0)
            listener.close()
            with pytest.raises(osisession.ClosedError):
                await accepting
            assert [session async for session in listener] == []
            caller, called = await pair(endpoint)
            waiting = asyncio.create_task(called.next_event())
            await asyncio.sleep(0)
            endpoint.close()
            endpoint.close()
            with pytest.raises(osisession.ClosedError):
                await waiting
            with pytest.raises(osisession.ClosedError):
                await endpoint.connect("127.0.0.1", 9)

    run(main())


def test_the_last_reference_aborts() -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            caller, called = await pair(endpoint)
            del caller
            gc.collect()
            assert isinstance(await called.next_event(), osisession.UAbortIndication | osisession.PAbortIndication)

    run(main())


def test_a_server_holds_so_many_sessions_and_no_more() -> None:
    async def main() -> None:
        most = 0

        async def serve(session: aio.Session) -> None:
            nonlocal most
            most = max(most, server.sessions)
            await echo(session)

        server = await aio.start_server(
            serve, "127.0.0.1", 0, max_sessions=3, max_connecting_per_source=12, early_refusal_from=12
        )

        async def call() -> None:
            async with await aio.open_session("127.0.0.1", server.port) as session:
                await asyncio.sleep(0.01)
                await release(session)

        async with server:
            await asyncio.gather(*(call() for _ in range(12)))
        assert most == 3
        with pytest.raises(osisession.InvalidError):
            await aio.start_server(serve, "127.0.0.1", 0, max_sessions=0)

    run(main())


def test_a_callback_that_fails() -> None:
    async def main() -> None:
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

        async def serve(session: aio.Session) -> None:
            session.connect_response()
            if await session.next_event() and await session.next_event() == osisession.DataIndication(b"fail"):
                raise ZeroDivisionError("on demand")
            await echo(session)

        async with await aio.start_server(serve, "127.0.0.1", 0) as server:
            async with await aio.open_session("127.0.0.1", server.port) as session:
                await session.data_request(b"fail")
                assert isinstance(await session.next_event(), osisession.UAbortIndication | osisession.PAbortIndication)
            async with await aio.open_session("127.0.0.1", server.port) as session:
                await session.data_request(b"work")
                await session.data_request(b"again")
                assert await session.next_event() == osisession.DataIndication(b"again")
        assert [type(context["exception"]) for context in told] == [ZeroDivisionError]
        assert isinstance(told[0]["session"], aio.Session)

    run(main())


def test_closing_a_server_lets_callbacks_end() -> None:
    async def main() -> None:
        server = await aio.start_server(echo, "127.0.0.1", 0)
        session = await aio.open_session("127.0.0.1", server.port)
        server.close()
        await session.data_request(b"still here")
        assert await session.next_event() == osisession.DataIndication(b"still here")
        await release(session)
        await server.wait_closed()
        with pytest.raises(osisession.TransportError):
            await aio.open_session("127.0.0.1", server.port)

    run(main())


def test_loops_have_endpoints_of_their_own() -> None:
    async def once() -> int:
        async with await aio.start_server(echo, "127.0.0.1", 0) as server:
            one = await aio.open_session("127.0.0.1", server.port)
            two = await aio.open_session("127.0.0.1", server.port)
            assert one.endpoint is two.endpoint is server.listener.endpoint
            await release(one)
            await release(two)
            return id(one.endpoint)

    run(once())
    run(once())
    gc.collect()
    assert not any(isinstance(each, aio.Endpoint) for each in gc.get_objects())


def test_not_outside_a_loop() -> None:
    with pytest.raises(RuntimeError):
        aio.Endpoint()
    for kind in (aio.Session, aio.Listener):
        with pytest.raises(TypeError):
            kind()


def test_another_loop_is_told_so() -> None:
    async def make() -> tuple[aio.Endpoint, aio.Session]:
        endpoint = aio.Endpoint()
        caller, called = await pair(endpoint)
        keep.append(called)
        return endpoint, caller

    keep: list[aio.Session] = []
    endpoint, session = run(make())
    with pytest.raises(RuntimeError, match="another event loop"):
        run(session.next_event())
    endpoint.close()


# Failures: the same facts as in blocking calls.


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(osisession.TransportError) as caught:
        run(aio.open_session("127.0.0.1", port))
    assert caught.value.layer == osisession.Layer.NETWORK


def test_refused_with_all_that_is_known() -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            listener = await endpoint.listen("127.0.0.1", 0, session_selector=b"here", t_selector=b"t")
            with pytest.raises(osisession.ConnectRefusedError) as refused:
                await aio.open_session("127.0.0.1", listener.port, called_selector=b"there", called_t_selector=b"t")
            assert refused.value.reason == osisession.RefuseReason.SELECTOR_UNKNOWN
            assert refused.value.layer == osisession.Layer.SESSION
            assert refused.value.confirm is not None
            with pytest.raises(osisession.TransportError) as no_selector:
                await aio.open_session("127.0.0.1", listener.port, called_selector=b"here", called_t_selector=b"u")
            assert (no_selector.value.layer, no_selector.value.spdu, no_selector.value.reason) == ("transport", "DR", 3)

    run(main())


def test_the_peer_breaks_the_protocol() -> None:
    # CC, then an ACCEPT whose Version Number has two octets.
    confirm = bytes.fromhex("0300000b06d00001000100")
    broken = bytes.fromhex("0300001602f080" + "0e0d" + "0507130100" + "16020002" + "14020002")
    with raw_peer(confirm + broken) as address:
        host, port = address.split(":")
        with pytest.raises(osisession.OsisessionError) as caught:
            run(aio.open_session(host, int(port)))
    error = caught.value
    assert error.layer == osisession.Layer.SESSION
    assert error.spdu == "AC"
    assert error.parameter is not None and "Version Number" in error.parameter
    assert error.offset is not None
    assert error.clause is not None and error.clause.startswith("X.225 8.")


def test_a_silent_peer_is_given_up() -> None:
    config = osisession.SessionConfig(limits=osisession.Limits(connect_timeout=0.2))
    with raw_peer(None) as address:
        host, port = address.split(":")
        with pytest.raises(osisession.TimedOutError):
            run(aio.open_session(host, int(port), config=config))


PROGRAM = """
import asyncio
import osisession
from osisession import aio

async def serve(session):
    async for event in session:
        match event:
            case osisession.ConnectIndication():
                session.connect_response()
            case osisession.DataIndication(user_data):
                await session.data_request(user_data)
            case osisession.ReleaseIndication():
                session.release_response()

async def main():
    # How slow the machine is is no warning of ours.
    asyncio.get_running_loop().slow_callback_duration = 60
    server = await aio.start_server(serve, "127.0.0.1", 0)
    released = await aio.open_session("127.0.0.1", server.port)
    await released.data_request(b"x")
    await released.next_event()
    released.release_request()
    await released.next_event()
    async with await aio.open_session("127.0.0.1", server.port):
        pass
    left = await aio.open_session("127.0.0.1", server.port)
    waiting = asyncio.create_task(left.next_event())
    try:
        async with asyncio.timeout(0.01):
            await left.next_event()
    except TimeoutError:
        pass
    {end}

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "end",
    [
        "pass",
        "server.close(); left.close(); await asyncio.gather(waiting, return_exceptions=True); await server.wait_closed()",
        "await server.__aexit__(None, None, None)",
        "left.endpoint.close(); await asyncio.gather(waiting, return_exceptions=True)",
        "globals().update(locals())",
    ],
)
def test_no_warning_in_development_mode(end: str) -> None:
    program = textwrap.dedent(PROGRAM).replace("{end}", end)
    child = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=3 * WAIT,
        check=False,
    )
    assert (child.stdout, child.stderr, child.returncode) == ("", "", 0)
