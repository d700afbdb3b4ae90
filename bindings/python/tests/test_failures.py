"""Every way in which a connection can fail, told apart by class and attributes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import osisession
import pytest
from conftest import WAIT

IMPATIENT = osisession.SessionConfig(limits=osisession.Limits(connect_timeout=0.5, tpkt_header_timeout=0.3))


@contextmanager
def raw_peer(answer: bytes | None, after: int = 1) -> Iterator[str]:
    """A TCP peer that reads once and answers with these octets, or never; it keeps the connection until the test ends."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(WAIT)
                for _ in range(after):
                    connection.recv(4096)
                if answer is not None:
                    connection.sendall(answer)
                done.wait(WAIT)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield "127.0.0.1:%d" % server.getsockname()[1]
        finally:
            done.set()
            thread.join(WAIT)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(osisession.TransportError) as caught:
        osisession.connect(f"127.0.0.1:{port}", timeout=WAIT)
    error = caught.value
    assert error.kind == osisession.ErrorKind.TRANSPORT
    assert error.layer == osisession.Layer.NETWORK
    assert str(port) in error.text and "refused" in error.text.lower()
    assert isinstance(error, ConnectionError)


def test_unknown_t_selector() -> None:
    with osisession.Endpoint() as endpoint:
        endpoint.start()
        listener = endpoint.listen("127.0.0.1:0", t_selector=b"\0\1")
        with pytest.raises(osisession.TransportError) as caught:
            osisession.connect(listener.local_address, called_t_selector=b"\0\2", timeout=WAIT)
    error = caught.value
    assert error.layer == osisession.Layer.TRANSPORT
    assert error.spdu == "DR"
    assert error.reason == 3


def test_unknown_session_selector() -> None:
    with osisession.Endpoint() as endpoint:
        endpoint.start()
        listener = endpoint.listen("127.0.0.1:0", session_selector=b"here")
        with pytest.raises(osisession.ConnectRefusedError) as caught:
            osisession.connect(listener.local_address, called_selector=b"there", timeout=WAIT)
    error = caught.value
    assert error.reason == osisession.RefuseReason.SELECTOR_UNKNOWN
    assert error.layer == osisession.Layer.SESSION
    assert "selector" in error.text
    assert error.confirm is not None and error.confirm.reason == 129
    assert isinstance(error, ConnectionRefusedError)


def test_the_user_rejects() -> None:
    with osisession.Endpoint() as endpoint, osisession.Endpoint() as there:
        listener = there.listen("127.0.0.1:0")

        def reject() -> None:
            session = listener.accept(WAIT)
            session.next_event(WAIT)
            session.connect_response_negative(reason=osisession.RefuseReason.USER_DATA, user_data=b"not today")
            with pytest.raises(osisession.ClosedError):
                while True:
                    session.next_event(WAIT)

        server = threading.Thread(target=reject)
        server.start()
        with pytest.raises(osisession.ConnectRefusedError) as caught:
            osisession.connect(listener.local_address, endpoint=endpoint, timeout=WAIT)
        server.join(WAIT)
    assert caught.value.reason == osisession.RefuseReason.USER_DATA
    assert caught.value.confirm is not None
    assert caught.value.confirm.user_data == b"not today"


def test_the_user_aborts_instead_of_answering(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0")
    caller = endpoint.connect(listener.local_address)
    called = listener.accept(WAIT)
    called.u_abort_request(b"no")
    with pytest.raises(osisession.AbortedError) as caught:
        caller.wait_connected(WAIT)
    assert caught.value.user_data == b"no"
    assert caught.value.kind == osisession.ErrorKind.PEER


def test_a_silent_peer() -> None:
    with raw_peer(None) as address, pytest.raises(osisession.TimedOutError) as caught:
        osisession.connect(address, config=IMPATIENT, timeout=WAIT)
    error = caught.value
    assert error.kind == osisession.ErrorKind.TIMED_OUT
    assert error.state == "STA01B"
    assert "T-CONNECT" in error.text


def test_half_a_tpkt_header() -> None:
    with raw_peer(b"\x03\x00") as address, pytest.raises(osisession.OsisessionError) as caught:
        osisession.connect(address, config=IMPATIENT, timeout=WAIT)
    assert caught.value.layer == osisession.Layer.TPKT
    assert caught.value.octets in (b"", b"\x03\x00")


def test_not_a_tpkt_at_all() -> None:
    with raw_peer(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address, pytest.raises(osisession.OsisessionError) as caught:
        osisession.connect(address, config=IMPATIENT, timeout=WAIT)
    error = caught.value
    assert error.kind == osisession.ErrorKind.PEER
    assert error.layer == osisession.Layer.TPKT
    assert error.octets[:4] == b"HTTP"
    assert error.offset == 0


def test_the_callers_own_patience() -> None:
    with raw_peer(None) as address, pytest.raises(osisession.TimedOutError) as caught:
        osisession.connect(address, timeout=0.2)
    assert caught.value.kind == osisession.ErrorKind.TIMED_OUT
    assert isinstance(caught.value, TimeoutError)


def test_half_a_header_does_not_stop_a_listener(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0", config=IMPATIENT)
    host, port = listener.local_address.split(":")
    with socket.create_connection((host, int(port))) as half:
        half.sendall(b"\x03\x00")
        caller = endpoint.connect(listener.local_address)
        called = listener.accept(WAIT)
        called.next_event(WAIT)
        called.connect_response()
        caller.wait_connected(WAIT)
        half.settimeout(0.05)
        for _ in range(400):
            endpoint.dispatch(0.05)
            try:
                closed = half.recv(100) == b""
            except TimeoutError:
                continue
            except ConnectionResetError:
                closed = True
            assert closed
            break
        else:
            pytest.fail("half a TPKT header held its connection")


def test_a_refused_request_names_its_cell(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0")
    caller = endpoint.connect(listener.local_address)
    called = listener.accept(WAIT)
    called.next_event(WAIT)
    called.connect_response()
    caller.wait_connected(WAIT)
    with pytest.raises(osisession.RefusedError) as caught:
        caller.release_response()
    assert (caught.value.state, caught.value.event) == ("STA713", "SRELrsp+")
    with pytest.raises(osisession.InvalidError):
        caller.data_request(b"")
    called.data_request(b"kept")
    with pytest.raises(osisession.RefusedError):
        caller.wait_connected(WAIT)
    assert caller.next_event(WAIT) == osisession.DataIndication(b"kept")


@pytest.mark.parametrize("address", ["", "127.0.0.1:port", "127.0.0.1:99999", "memory:"])
def test_addresses_that_are_none(endpoint: osisession.Endpoint, address: str) -> None:
    with pytest.raises(osisession.InvalidError):
        endpoint.connect(address)


def test_selectors_that_are_too_long(endpoint: osisession.Endpoint) -> None:
    with pytest.raises(osisession.InvalidError) as caught:
        endpoint.connect("127.0.0.1:9", called_selector=bytes(17))
    assert caught.value.parameter
