"""TCP connections that were made elsewhere."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import ssl
import threading
from collections.abc import Iterator

import osisession
import pytest
from conftest import WAIT
from osisession import ConnectIndication, DataIndication, aio


@pytest.fixture
def outside() -> Iterator[socket.socket]:
    """A listening socket that is no business of the library."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT)
        yield server


def test_both_ends_over_sockets_of_the_program(endpoint: osisession.Endpoint, outside: socket.socket) -> None:
    listener = endpoint.listen("127.0.0.1:0", session_selector=b"x")
    near = socket.create_connection(outside.getsockname(), WAIT)
    far, address = outside.accept()
    caller = endpoint.connect_over_socket(near, called_selector=b"x", user_data=b"over a socket")
    listener.accept_socket(far)
    # They are taken over, and nothing of them is left in the program's hands.
    assert near.fileno() == far.fileno() == -1
    called = listener.accept(WAIT)
    assert called.peer_address == "%s:%d" % address[:2]
    indication = called.next_event(WAIT)
    assert isinstance(indication, ConnectIndication) and indication.user_data == b"over a socket"
    called.connect_response()
    caller.wait_connected(WAIT)
    caller.data_request(bytes(200_000))
    assert called.next_event(WAIT) == DataIndication(bytes(200_000))
    caller.close()
    assert isinstance(called.next_event(WAIT), osisession.UAbortIndication | osisession.PAbortIndication)
    assert endpoint.counters().callers == 1


def test_the_end_of_the_session_is_the_end_of_the_connection(
    endpoint: osisession.Endpoint, outside: socket.socket
) -> None:
    near = socket.create_connection(outside.getsockname(), WAIT)
    far, _ = outside.accept()
    with far:
        session = endpoint.connect_over_socket(near)
        endpoint.dispatch(0)
        session.close()
        far.settimeout(WAIT)
        received = b""
        while octets := far.recv(4096):
            received += octets
        assert received.startswith(b"\x03\x00")


def test_what_cannot_be_taken_over_is_left_as_it_was(endpoint: osisession.Endpoint, outside: socket.socket) -> None:
    listener = endpoint.listen("127.0.0.1:0")
    closed = socket.socket()
    closed.close()
    one, other = socket.socketpair()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, one, other, socket.socket() as unconnected:
        for wrong in (closed, outside, datagrams, one, unconnected):
            before = wrong.fileno()
            with pytest.raises(osisession.InvalidError):
                endpoint.connect_over_socket(wrong)
            with pytest.raises(osisession.InvalidError):
                listener.accept_socket(wrong)
            assert wrong.fileno() == before
        one.sendall(b"alive")
        assert other.recv(5) == b"alive"
    for nothing in (0, None, "socket", object()):
        with pytest.raises(TypeError):
            endpoint.connect_over_socket(nothing)  # type: ignore[arg-type]
    with socket.create_connection(outside.getsockname(), WAIT) as connection:
        with pytest.raises(osisession.InvalidError):
            endpoint.connect_over_socket(connection, calling_t_selector=bytes(33))
        assert connection.fileno() >= 0
        connection.sendall(b"alive")


def test_tls_sockets_are_not_taken_over(endpoint: osisession.Endpoint, outside: socket.socket) -> None:
    context = ssl.create_default_context()
    with socket.create_connection(outside.getsockname(), WAIT) as connection:
        with context.wrap_socket(connection, server_hostname="x", do_handshake_on_connect=False) as wrapped:
            with pytest.raises(osisession.InvalidError, match="SSLSocket"):
                endpoint.connect_over_socket(wrapped)


def test_a_listener_that_is_closed_or_full_takes_none(endpoint: osisession.Endpoint, outside: socket.socket) -> None:
    listener = endpoint.listen("127.0.0.1:0", max_connecting=1, early_refusal_from=1)
    ends = [(socket.create_connection(outside.getsockname(), WAIT), outside.accept()[0]) for _ in range(2)]
    listener.accept_socket(ends[0][1])
    with pytest.raises(osisession.LimitError, match="max_connecting"):
        listener.accept_socket(ends[1][1])
    assert ends[1][1].fileno() >= 0
    assert endpoint.counters().callers_turned_away == 1
    listener.close()
    with pytest.raises(osisession.ClosedError):
        listener.accept_socket(ends[1][1])
    for near, far in ends:
        near.close()
        far.close()


def test_no_descriptor_is_lost(endpoint: osisession.Endpoint, outside: socket.socket) -> None:
    def descriptors() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    listener = endpoint.listen("127.0.0.1:0")

    def round_trip() -> None:
        near = socket.create_connection(outside.getsockname(), WAIT)
        far, _ = outside.accept()
        caller = endpoint.connect_over_socket(near)
        listener.accept_socket(far)
        called = listener.accept(WAIT)
        called.next_event(WAIT)
        called.connect_response()
        caller.wait_connected(WAIT)
        caller.close()
        called.next_event(WAIT)
        called.close()
        endpoint.dispatch(0)

    round_trip()
    before = descriptors()
    for _ in range(20):
        round_trip()
    assert descriptors() <= before


def test_with_asyncio(outside: socket.socket) -> None:
    async def main() -> None:
        async with aio.Endpoint() as endpoint:
            listener = await endpoint.listen("127.0.0.1", 0)
            near = socket.create_connection(outside.getsockname(), WAIT)
            far, _ = outside.accept()
            connecting = asyncio.create_task(endpoint.connect_over_socket(near, user_data=b"x"))
            listener.accept_socket(far)
            called = await listener.accept()
            assert isinstance(await called.next_event(), ConnectIndication)
            called.connect_response()
            caller = await connecting
            await caller.data_request(b"y")
            assert await called.next_event() == DataIndication(b"y")
            with pytest.raises(osisession.InvalidError):
                await endpoint.connect_over_socket(outside)

    async def bounded() -> None:
        async with asyncio.timeout(WAIT):
            await main()

    asyncio.run(bounded(), debug=True)


def test_a_supervisor_hands_callers_on() -> None:
    """One process listens, another one serves: sockets pass between them."""
    ours, theirs = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as supervisor, ours, theirs, osisession.Endpoint() as endpoint:
        listener = endpoint.listen("memory:behind-the-supervisor")

        def supervise() -> None:
            connection, _ = supervisor.accept()
            with connection:
                socket.send_fds(theirs, [b"x"], [connection.fileno()])

        thread = threading.Thread(target=supervise)
        thread.start()
        with osisession.Endpoint() as calling:
            caller = calling.connect("127.0.0.1:%d" % supervisor.getsockname()[1])
            calling.start()
            _, (descriptor, *_), _, _ = socket.recv_fds(ours, 1, 1)
            listener.accept_socket(socket.socket(fileno=descriptor))
            called = listener.accept(WAIT)
            called.next_event(WAIT)
            called.connect_response()
            caller.wait_connected(WAIT)
            calling.stop()
        thread.join(WAIT)
