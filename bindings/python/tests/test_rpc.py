"""Requests and responses: blocking, with callbacks, and with asyncio."""

from __future__ import annotations

import asyncio
import gc
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import osisession
import pytest
from osisession import aio, rpc

WAIT = 20.0

HASTY = rpc.ClientConfig(
    circuit=rpc.CircuitConfig(first_delay=0.005, longest_delay=0.02, trip_after=None)
)


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


@pytest.fixture
def server() -> Iterator[rpc.Server]:
    with rpc.Server("127.0.0.1:0") as server:
        yield server


@pytest.fixture
def client(server: rpc.Server) -> Iterator[rpc.Client]:
    with rpc.Client(server.local_address, HASTY) as client:
        yield client


def test_the_shortest_program() -> None:
    with rpc.Server("127.0.0.1:0", lambda request: request.data.upper()) as server:
        with rpc.Client(server.local_address) as client:
            assert not client.is_connected
            assert client.request(b"hello", timeout=WAIT) == b"HELLO"
            assert client.is_connected
            assert len(client.association) == 16
            assert client.request(bytearray(1 << 20), WAIT) == bytes(1 << 20)
            client.release(WAIT)
            with pytest.raises(osisession.ClosedError):
                client.request(b"later", WAIT)


def test_one_endpoint_that_nobody_drives_but_those_who_wait(endpoint: osisession.Endpoint) -> None:
    config = rpc.ServerConfig(service=rpc.ServiceConfig(threads=0))
    threads = []

    def handler(request: rpc.Request) -> bytes:
        threads.append(threading.get_ident())
        return request.data

    with rpc.Server("127.0.0.1:0", handler, config, endpoint=endpoint) as server:
        with rpc.Client(server.local_address, endpoint=endpoint) as client:
            for number in range(20):
                assert client.request(bytes([number]), WAIT) == bytes([number])
    assert threads == [threading.get_ident()] * 20


def test_answers_in_another_order(server: rpc.Server, client: rpc.Client) -> None:
    calls = [client.start(bytes([number]), WAIT) for number in range(10)]
    requests = [server.next_request(WAIT) for _ in calls]
    assert not any(call.is_settled for call in calls)
    assert server.try_next_request() is None
    for request in reversed(requests):
        assert request.id is not None and not request.is_one_way
        request.respond(request.data + b"!")
        with pytest.raises(osisession.RefusedError):
            request.respond(b"twice")
    assert [call.wait(WAIT) for call in calls] == [bytes([number]) + b"!" for number in range(10)]
    with pytest.raises(osisession.RefusedError):
        calls[0].wait(WAIT)
    with pytest.raises(osisession.RefusedError):
        calls[0].cancel()


def test_callbacks(server: rpc.Server, client: rpc.Client) -> None:
    outcomes: list[bytes | osisession.OsisessionError] = []
    client.start_with(b"first", outcomes.append, WAIT)
    server.next_request(WAIT).respond(b"one")
    until(lambda: len(outcomes) == 1)
    client.start_with(b"second", outcomes.append, 0.02)
    until(lambda: len(outcomes) == 2)
    assert outcomes[0] == b"one"
    assert isinstance(outcomes[1], rpc.UnknownInTime)


def test_errors_of_the_application(server: rpc.Server, client: rpc.Client) -> None:
    reported: list[object] = []
    hook, sys.unraisablehook = sys.unraisablehook, lambda what: reported.append(what.exc_type)

    def handler(request: rpc.Request) -> bytes | None:
        match request.data:
            case b"fail":
                raise rpc.Fail(rpc.Code.APPLICATION + 1, b"because")
            case b"wrong":
                raise KeyError("the handler's own fault")
            case b"type":
                return "text"  # type: ignore[return-value]
            case b"code":
                raise rpc.Fail(1)
            case b"by hand":
                request.fail(300, b"by hand")
                return None
        return b"well"

    try:
        server.serve(handler)
        assert client.request(b"", WAIT) == b"well"
        for data, code, text in [
            (b"fail", 257, b"because"),
            (b"by hand", 300, b"by hand"),
            (b"wrong", rpc.Code.UNANSWERED, b""),
            (b"type", rpc.Code.UNANSWERED, b""),
            (b"code", rpc.Code.UNANSWERED, b""),
        ]:
            with pytest.raises(rpc.Answered) as caught:
                client.request(data, WAIT)
            assert (caught.value.code, caught.value.data, caught.value.why) == (code, text, None)
            assert isinstance(caught.value, osisession.PeerError) and caught.value.reason == code
        until(lambda: len(reported) == 3)
    finally:
        sys.unraisablehook = hook
    assert reported == [KeyError, TypeError, osisession.InvalidError]


def test_what_is_known(server: rpc.Server, client: rpc.Client) -> None:
    with pytest.raises(TimeoutError) as late:
        client.request(b"slow", 0.03)
    error = late.value
    assert isinstance(error, rpc.UnknownInTime) and isinstance(error, rpc.Unknown)
    assert error.why is rpc.Why.DEADLINE and error.kind == "timed-out"
    assert pickle.loads(pickle.dumps(error)).why is rpc.Why.DEADLINE
    request = server.next_request(WAIT)
    until(lambda: request.is_cancelled)
    request.respond(b"late")

    call = client.start(b"cancelled")
    request = server.next_request(WAIT)
    call.cancel()
    until(lambda: request.is_cancelled)
    request.fail(rpc.Code.CANCELLED)
    with pytest.raises(rpc.Answered):
        call.wait(WAIT)

    call = client.start(b"forgotten")
    request = server.next_request(WAIT)
    del call
    gc.collect()
    until(lambda: request.is_cancelled)
    del request

    with rpc.Client("127.0.0.1:1", HASTY) as alone:
        with pytest.raises(rpc.NotDoneInTime):
            alone.request(b"nobody", 0.03)
        call = alone.start(b"nobody")
        with pytest.raises(osisession.TimedOutError) as not_yet:
            call.wait(0.01)
        assert not isinstance(not_yet.value, rpc.RequestFailed)
        call.cancel()
        with pytest.raises(rpc.NotDone) as off:
            call.wait(WAIT)
        assert off.value.why is rpc.Why.CANCELLED
        with pytest.raises(osisession.InvalidError):
            alone.request(bytes((1 << 20) + 1), WAIT)


def test_one_way(server: rpc.Server, client: rpc.Client) -> None:
    client.one_way(b"fire", WAIT)
    request = server.next_request(WAIT)
    assert request.is_one_way and request.id is None and request.data == b"fire"
    request.respond(b"nobody hears it")


def test_both_sides_ask(server: rpc.Server, client: rpc.Client) -> None:
    server.serve(lambda request: b"hello " + request.peer.request(b"who is it?", WAIT))
    client.serve(lambda request: b"me")
    assert client.request(b"knock", WAIT) == b"hello me"
    [peer] = server.clients
    assert peer.association == client.association
    assert peer.is_connected and peer.address is not None and peer == server.clients[0]
    assert hash(peer) == hash(server.clients[0])


def test_idle_close_and_open_again(server: rpc.Server) -> None:
    server.serve(lambda request: request.data)
    for half_duplex in (False, True):
        circuit = replace(HASTY.circuit, idle_after=0.03)
        config = replace(HASTY, circuit=circuit, half_duplex=half_duplex)
        with rpc.Client(server.local_address, config) as client:
            for _ in range(2):
                assert client.request(b"hello", WAIT) == b"hello"
                while not isinstance(event := client.next_event(WAIT), rpc.Down):
                    assert isinstance(event, rpc.Attempt | rpc.Up)
                assert event.error is None
                assert client.progress.state is rpc.State.IDLE


def test_the_circuit() -> None:
    circuit = replace(HASTY.circuit, trip_after=2)
    with rpc.Client("127.0.0.1:1", replace(HASTY, circuit=circuit)) as client:
        assert client.progress == rpc.Progress(rpc.State.IDLE, rpc.Circuit.CLOSED, 0, None, 0, None)
        with pytest.raises(rpc.NotDone) as caught:
            client.request(b"hello", WAIT)
        assert caught.value.why is rpc.Why.UNREACHABLE and caught.value.kind == "transport"
        progress = client.progress
        assert progress.state is rpc.State.TRIPPED and progress.circuit is rpc.Circuit.OPEN
        assert progress.failures == 2 and progress.next is not None and 20 < progress.next <= 30
        assert isinstance(progress.last, osisession.TransportError)
        with pytest.raises(osisession.TransportError):
            client.request(b"hello", WAIT)
        with pytest.raises(osisession.TransportError):
            client.open(WAIT)
        events = []
        while (event := client.try_next_event()) is not None:
            events.append(event)
        assert [type(event) for event in events] == [
            rpc.Attempt,
            rpc.AttemptFailed,
            rpc.Attempt,
            rpc.AttemptFailed,
            rpc.CircuitChanged,
        ]
        client.reset()
        assert client.progress.circuit is rpc.Circuit.HALF_OPEN


def test_events_of_a_server(server: rpc.Server) -> None:
    caller = osisession.connect
    with rpc.Client(server.local_address, HASTY) as client:
        client.open(WAIT)
        up = server.next_event(WAIT)
        assert isinstance(up, rpc.ClientUp) and up.peer.association == client.association
    down = server.next_event(WAIT)
    assert isinstance(down, rpc.ClientDown) and down.error is not None
    with pytest.raises(osisession.PeerError):
        caller(server.local_address, timeout=WAIT)
    refused = server.next_event(WAIT)
    assert isinstance(refused, rpc.CallerRefused) and refused.error.parameter == "hello"
    assert server.try_next_event() is None


def test_what_cannot_be_right(endpoint: osisession.Endpoint) -> None:
    for config in [
        rpc.ClientConfig(association=b"short"),
        rpc.ClientConfig(calls=rpc.CallLimits(max_open=0)),
        rpc.ClientConfig(calls=rpc.CallLimits(max_open=-1)),
        rpc.ClientConfig(circuit=rpc.CircuitConfig(first_delay=0)),
        rpc.ClientConfig(circuit=rpc.CircuitConfig(idle_after=-1)),
    ]:
        with pytest.raises(osisession.InvalidError):
            rpc.Client("127.0.0.1:1", config, endpoint=endpoint)
    with pytest.raises(TypeError):
        rpc.Client("127.0.0.1:1", rpc.ServerConfig(), endpoint=endpoint)  # type: ignore[arg-type]
    with pytest.raises(osisession.InvalidError):
        rpc.Server("nonsense:port", endpoint=endpoint)


def test_the_defaults_are_those_of_the_library() -> None:
    """What nobody sets must behave as the documentation of the dataclasses says: the library reads every field of them."""
    limits, circuit = rpc.CallLimits(), rpc.CircuitConfig()
    assert (limits.max_open, limits.max_message, limits.answer_within) == (64, 1 << 20, 300.0)
    assert (circuit.first_delay, circuit.trip_after, circuit.open_circuit) == (0.2, 5, 30.0)


def test_many_threads(server: rpc.Server, client: rpc.Client) -> None:
    server.serve(lambda request: request.data)
    wrong: list[object] = []

    def work(caller: int) -> None:
        for number in range(50):
            data = b"%d %d" % (caller, number)
            answer = client.request(data, WAIT)
            if answer != data:
                wrong.append(answer)

    threads = [threading.Thread(target=work, args=(caller,)) for caller in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_program_that_just_ends() -> None:
    """Threads of a handler, a server and a client that nobody closes do not keep a program, nor crash it."""
    program = """
from osisession import rpc
server = rpc.Server("127.0.0.1:0", lambda request: request.data)
client = rpc.Client(server.local_address)
print(client.request(b"hello", 20))
call = client.start(b"again")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "b'hello'\n", "")


# With asyncio.


def test_aio_one_after_the_other_and_all_at_once() -> None:
    async def main() -> None:
        async def handler(request: rpc.Request) -> bytes:
            await asyncio.sleep(0.001 * (request.data[0] % 3))
            return request.data + b"!"

        async with aio.Endpoint() as endpoint:
            server = await aio.start_rpc_server(handler, "127.0.0.1", 0, endpoint=endpoint)
            host, port = server.local_address.rsplit(":", 1)
            async with await aio.open_rpc_client(host, int(port), endpoint=endpoint) as client:
                assert await client.request(b"\0", WAIT) == b"\0!"
                answers = await asyncio.gather(*(client.request(bytes([n]), WAIT) for n in range(50)))
                assert answers == [bytes([n]) + b"!" for n in range(50)]
                assert client.is_connected and client.progress.circuit is rpc.Circuit.CLOSED
                assert isinstance(await client.next_event(), rpc.Attempt)
                assert isinstance(await client.next_event(), rpc.Up)
                assert isinstance(await server.next_event(), rpc.ClientUp)
                await client.release()
            assert isinstance(await server.next_event(), rpc.ClientDown)

    asyncio.run(asyncio.wait_for(main(), WAIT))


def test_aio_failures_and_cancellation() -> None:
    async def main() -> None:
        reported: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
        held: list[rpc.Request] = []

        async def handler(request: rpc.Request) -> bytes | None:
            match request.data:
                case b"fail":
                    raise rpc.Fail(256, b"because")
                case b"wrong":
                    raise KeyError("the handler's own fault")
            held.append(request)
            return None

        async with aio.Endpoint() as endpoint:
            server = await aio.start_rpc_server(handler, "127.0.0.1", 0, endpoint=endpoint)
            host, port = server.local_address.rsplit(":", 1)
            client = await aio.open_rpc_client(host, int(port), endpoint=endpoint)
            with pytest.raises(rpc.Answered) as answered:
                await client.request(b"fail", WAIT)
            assert (answered.value.code, answered.value.data) == (256, b"because")
            with pytest.raises(rpc.Answered) as answered:
                await client.request(b"wrong", WAIT)
            assert answered.value.code == rpc.Code.UNANSWERED
            assert [type(error) for error in reported] == [KeyError]
            with pytest.raises(rpc.UnknownInTime):
                await client.request(b"slow", 0.03)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.03):
                    await client.request(b"slow")
            while not (len(held) == 2 and all(request.is_cancelled for request in held)):
                await asyncio.sleep(0.001)
            await client.one_way(b"fire")
            while len(held) < 3:
                await asyncio.sleep(0.001)
            assert held[2].is_one_way
            task = asyncio.create_task(client.request(b"never"))
            while len(held) < 4:
                await asyncio.sleep(0.001)
            client.close()
            with pytest.raises(rpc.Unknown) as unknown:
                await task
            assert unknown.value.why is rpc.Why.CLOSED
            another = await aio.open_rpc_client("127.0.0.1", 1, endpoint=endpoint, config=HASTY)
            task = asyncio.create_task(another.request(b"never"))
            await asyncio.sleep(0.01)
        with pytest.raises(rpc.NotDone) as not_done:
            await task
        assert not_done.value.why is rpc.Why.CLOSED
        with pytest.raises(osisession.ClosedError):
            while True:
                await another.next_event()

    asyncio.run(asyncio.wait_for(main(), WAIT))


def test_aio_both_sides_ask_and_few_at_a_time() -> None:
    async def main() -> None:
        now = most = 0

        async def handler(request: rpc.Request) -> bytes:
            nonlocal now, most
            now += 1
            most = max(most, now)
            name = await server.request(request.peer, b"who is it?", WAIT)
            now -= 1
            return b"hello " + name

        async def who(request: rpc.Request) -> bytes:
            return b"me"

        async with aio.Endpoint() as endpoint:
            server = await aio.start_rpc_server(handler, "127.0.0.1", 0, endpoint=endpoint, max_requests=3)
            host, port = server.local_address.rsplit(":", 1)
            client = await aio.open_rpc_client(host, int(port), endpoint=endpoint)
            client.serve(who)
            answers = await asyncio.gather(*(client.request(b"knock", WAIT) for _ in range(30)))
            assert answers == [b"hello me"] * 30
            assert most == 3
            assert len(server.clients) == 1
            with pytest.raises(osisession.InvalidError):
                client.serve(who, max_requests=0)

    asyncio.run(asyncio.wait_for(main(), WAIT))


ASKS_AND_DIES = """
import os, sys
from osisession import rpc
client = rpc.Client(sys.argv[1], rpc.ClientConfig(journal=sys.argv[2]))
call = client.start(b"once")
client.request(b"seen", 30)
os._exit(9)
"""


def dies(server: rpc.Server, journal: Path) -> rpc.Request:
    """A process asks and is gone; its request."""
    process = subprocess.Popen([sys.executable, "-c", ASKS_AND_DIES, server.local_address, str(journal)])
    once = server.next_request(30)
    assert once.data == b"once"
    server.next_request(30).respond(b"")
    assert process.wait(30) == 9
    return once


def test_what_a_process_asked_that_is_gone(server: rpc.Server, tmp_path: Path) -> None:
    once = dies(server, tmp_path / "client.journal")
    once.respond(b"the answer")
    with rpc.Client(server.local_address, rpc.ClientConfig(journal=tmp_path / "client.journal")) as client:
        assert client.resumed == (1,)
        assert client.next_outcome(30) == (1, b"the answer")
        assert client.try_next_outcome() is None
        assert server.try_next_request() is None
        with pytest.raises(osisession.RefusedError):
            rpc.Client(server.local_address, rpc.ClientConfig(journal=tmp_path / "client.journal"))


def test_aio_what_a_process_asked_that_is_gone(server: rpc.Server, tmp_path: Path) -> None:
    once = dies(server, tmp_path / "client.journal")

    async def main() -> None:
        config = rpc.ClientConfig(journal=tmp_path / "client.journal")
        host, port = server.local_address.rsplit(":", 1)
        async with await aio.open_rpc_client(host, int(port), config=config) as client:
            assert client.resumed == (1,)
            waiting = asyncio.ensure_future(client.next_outcome())
            await asyncio.sleep(0.05)
            once.fail(300, b"no")
            number, outcome = await asyncio.wait_for(waiting, 30)
            assert number == 1
            assert isinstance(outcome, rpc.Answered)
            assert (outcome.code, outcome.data) == (300, b"no")

    asyncio.run(main())


def test_a_server_that_starts_again_knows_its_clients(tmp_path: Path) -> None:
    config = rpc.ServerConfig(journal=tmp_path / "server.journal")
    quick = rpc.ClientConfig(circuit=rpc.CircuitConfig(first_delay=0.01, longest_delay=0.05, trip_after=None))
    with rpc.Server("127.0.0.1:0", config=config) as first:
        address = first.local_address
        with rpc.Client(address, quick) as client:
            call = client.start(b"begun")
            begun = first.next_request(30)
            first.close()
            del begun
            with rpc.Server(address, config=config) as second:
                assert [peer.association for peer in second.clients] == [client.association]
                with pytest.raises(rpc.Unknown) as caught:
                    call.wait(30)
                assert caught.value.why is rpc.Why.INTERRUPTED
                assert second.try_next_request() is None
