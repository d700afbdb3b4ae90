"""Sessions with libiec61850, a stack that is not ours, both ways. README.md beside this file says what goes over them."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mms
import osisession
import pytest
from osisession import (
    ClosedError,
    ConnectIndication,
    DataIndication,
    Endpoint,
    FunctionalUnits,
    Listener,
    ReleaseConfirm,
    ReleaseIndication,
    Session,
    Versions,
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyiec61850") is None, reason="pyiec61850-ng is not installed"
)

HERE = Path(__file__).parent
WAIT = 20.0
SELECTORS = {
    "calling_t_selector": bytes.fromhex("0001"),
    "called_t_selector": bytes.fromhex("0001"),
    "calling_selector": bytes.fromhex("0001"),
    "called_selector": bytes.fromhex("0001"),
}
"""What libiec61850's own client sends."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of their MMS server."""
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, HERE / "peer_server.py", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        # Somebody else may have taken the port in between.
        if process.stdout.readline().strip() == "running":
            break
        process.wait(WAIT)
    else:
        pytest.fail("their server did not start")
    yield f"127.0.0.1:{port}"
    process.communicate(timeout=WAIT)
    assert process.returncode == 0


def associate(address: str, **parameters: object) -> Session:
    """A session with an MMS association on it. Version 2 alone: libiec61850 hangs up on a choice of versions."""
    arguments: dict[str, object] = {**SELECTORS, "versions": Versions.V2, "user_data": mms.connect_ppdu(), **parameters}
    return osisession.connect(address, timeout=WAIT, **arguments)  # type: ignore[arg-type]


def ask(session: Session, service: bytes) -> bytes:
    """One MMS request; the contents of its confirmed response."""
    session.data_request(mms.request(7, service))
    event = session.next_event(WAIT)
    assert isinstance(event, DataIndication), event
    tag, contents = mms.pdu(event.user_data)
    assert tag == 0xA1, f"not a confirmed response: {event.user_data.hex()}"
    assert mms.find(contents, 0x02) == b"\x07"
    return contents


def test_their_server_exchange_and_release(server: str) -> None:
    with associate(server) as session:
        confirm = session.confirm
        assert confirm is not None
        assert confirm.version == Versions.V2
        assert confirm.functional_units == FunctionalUnits.DUPLEX
        assert confirm.responding_selector == SELECTORS["called_selector"]
        initiate = mms.accepted_initiate(confirm.user_data)
        assert int.from_bytes(mms.find(initiate, 0x80), "big") == 65_000

        vendor = mms.find(ask(session, mms.IDENTIFY), 0xA2, 0x80)
        assert vendor == b"libiec61850.com"
        assert mms.find(ask(session, mms.DOMAIN_NAMES), 0xA1, 0xA0, 0x1A) == b"INTEROPLD0"

        session.data_request(mms.CONCLUDE_REQUEST)
        assert session.next_event(WAIT).user_data == mms.CONCLUDE_RESPONSE  # type: ignore[union-attr]
        session.release_request(mms.RELEASE_REQUEST)
        event = session.next_event(WAIT)
        assert isinstance(event, ReleaseConfirm), event
        assert event.user_data == mms.RELEASE_RESPONSE
        with pytest.raises(ClosedError):
            session.next_event(WAIT)


def test_their_server_goes_on_after_an_abort(server: str) -> None:
    with associate(server) as session:
        session.u_abort_request(mms.ABORT)
        with pytest.raises(ClosedError):
            session.next_event(WAIT)
    with associate(server) as session:
        assert mms.find(ask(session, mms.IDENTIFY), 0xA2, 0x81) == b"LIBIEC61850"


def test_their_server_selects_whatever_is_proposed(server: str) -> None:
    """It repeats the functional units of the CONNECT. What it repeats is then held to."""
    with associate(server, functional_units=FunctionalUnits.HALF_DUPLEX) as session:
        assert session.properties.functional_units == FunctionalUnits.HALF_DUPLEX


@pytest.mark.parametrize("versions", [Versions.V1, Versions.V1 | Versions.V2])
def test_their_server_hangs_up_on_other_versions(server: str, versions: Versions) -> None:
    """No REFUSE comes: the transport connection ends, and the error says in which step."""
    with pytest.raises(osisession.OsisessionError) as caught:
        associate(server, versions=versions)
    assert not isinstance(caught.value, osisession.ConnectRefusedError)
    assert str(caught.value), "the error must say what happened"


def call_us(listener: Listener) -> subprocess.Popen[str]:
    """Their client calls our listener."""
    port = listener.local_address.rpartition(":")[2]
    return subprocess.Popen(
        [sys.executable, HERE / "peer_client.py", port], stdout=subprocess.PIPE, text=True
    )


def connect_indication(session: Session) -> ConnectIndication:
    event = session.next_event(WAIT)
    assert isinstance(event, ConnectIndication), event
    assert event.called_selector == SELECTORS["called_selector"]
    assert event.functional_units == FunctionalUnits.DUPLEX
    assert event.version == Versions.V2
    assert mms.find(mms.requested_initiate(event.user_data), 0x81) == b"\x05"
    return event


def test_their_client_exchange_and_release() -> None:
    with Endpoint() as endpoint, endpoint.listen("127.0.0.1:0", t_selector=bytes.fromhex("0001")) as listener:
        client = call_us(listener)
        session = listener.accept(WAIT)
        connect_indication(session)
        session.connect_response(user_data=mms.connect_accept_ppdu())
        for event in session:
            match event:
                case DataIndication(user_data) if user_data == mms.CONCLUDE_REQUEST:
                    session.data_request(mms.CONCLUDE_RESPONSE)
                case DataIndication(user_data):
                    tag, contents = mms.pdu(user_data)
                    assert tag == 0xA0, f"not a confirmed request: {user_data.hex()}"
                    names = ["OURSLD0"] if mms.DOMAIN_NAMES in contents else ["LLN0"]
                    session.data_request(mms.response(mms.find(contents, 0x02), mms.name_list(*names)))
                case ReleaseIndication(user_data):
                    assert user_data == mms.RELEASE_REQUEST
                    session.release_response(mms.RELEASE_RESPONSE)
                case other:
                    pytest.fail(f"unexpected: {other}")
        said, _ = client.communicate(timeout=WAIT)
    assert said.splitlines() == ["connect 0", "directory 0", "device OURSLD0", "release 0"]
    assert client.returncode == 0


def test_their_client_is_refused() -> None:
    with Endpoint() as endpoint, endpoint.listen("127.0.0.1:0") as listener:
        client = call_us(listener)
        session = listener.accept(WAIT)
        connect_indication(session)
        session.connect_response_negative(reason=1)
        with pytest.raises(ClosedError):
            session.next_event(WAIT)
        said, _ = client.communicate(timeout=WAIT)
    assert said.startswith("connect ") and said.strip() != "connect 0"


@pytest.mark.parametrize("selectors", [{"t_selector": b"other"}, {"session_selector": b"other"}])
def test_their_client_calls_a_selector_that_nobody_has(selectors: dict[str, bytes]) -> None:
    with Endpoint() as endpoint, endpoint.listen("127.0.0.1:0", **selectors) as listener:
        client = call_us(listener)
        while client.poll() is None:
            # Nobody is let in; waiting drives the endpoint, which sends the refusal.
            with pytest.raises(osisession.TimedOutError):
                listener.accept(0.2)
        said, _ = client.communicate(timeout=WAIT)
    assert said.startswith("connect ") and said.strip() != "connect 0"
