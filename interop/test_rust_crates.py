"""Sessions with stacks from published Rust crates, both ways. README.md beside this file says what goes over them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mms
import mms_server
import osisession
import pytest
from osisession import (
    ClosedError,
    DataIndication,
    Endpoint,
    FunctionalUnits,
    ReleaseConfirm,
    ReleaseIndication,
    Versions,
)

HERE = Path(__file__).parent
WAIT = 20.0
CARGO = os.environ.get("CARGO") or shutil.which("cargo")

pytestmark = pytest.mark.skipif(CARGO is None, reason="there is no cargo")


@pytest.fixture(scope="module")
def peers() -> Path:
    """The program that holds them all."""
    assert CARGO is not None
    target = HERE.parent / "target" / "interop-peers"
    subprocess.run(
        [CARGO, "build", "--quiet", "--locked", "--manifest-path", HERE / "peers/Cargo.toml", "--target-dir", target],
        check=True,
    )
    return target / "debug" / "osisession-interop-peers"


@contextmanager
def serving(peers: Path, stack: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        process = subprocess.Popen([peers, stack, "serve", str(port)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        if process.stdout.readline() == "running\n":
            break
    else:
        pytest.fail("their server did not start")
    try:
        yield f"127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def call(peers: Path, stack: str, address: str) -> subprocess.Popen[str]:
    port = address.rpartition(":")[2]
    return subprocess.Popen([peers, stack, "call", port], stdout=subprocess.PIPE, text=True)


def test_we_call_rusty_cosp(peers: Path) -> None:
    with serving(peers, "rusty-cosp") as (address, server):
        with osisession.connect(address, timeout=WAIT, versions=Versions.V2, user_data=b"hello") as session:
            assert session.confirm is not None
            assert session.confirm.functional_units == FunctionalUnits.DUPLEX
            assert session.confirm.user_data == b"welcome"
            for size in (1, 1_000, 100_000):
                session.data_request(b"x" * size)
                got = b""
                while len(got) < size:
                    event = session.next_event(WAIT)
                    assert isinstance(event, DataIndication), event
                    got += event.user_data
                assert got == b"x" * size
            session.release_request()
            assert session.next_event(WAIT) == ReleaseConfirm(b"farewell")
        assert server.stdout is not None
        assert server.stdout.readline() == "released\n"


def test_we_abort_rusty_cosp(peers: Path) -> None:
    with serving(peers, "rusty-cosp") as (address, server):
        with osisession.connect(address, timeout=WAIT, versions=Versions.V2) as session:
            session.u_abort_request(b"enough")
            with pytest.raises(ClosedError):
                session.next_event(WAIT)
        assert server.stdout is not None
        assert server.stdout.readline().strip() not in ("", "released")


def test_rusty_cosp_calls_us(peers: Path) -> None:
    with Endpoint() as endpoint, endpoint.listen("127.0.0.1:0") as listener:
        client = call(peers, "rusty-cosp", listener.local_address)
        session = listener.accept(WAIT)
        called = session.next_event(WAIT)
        assert called.user_data == b"hello"  # type: ignore[union-attr]
        session.connect_response(user_data=b"welcome")
        for event in session:
            match event:
                case DataIndication(user_data):
                    session.data_request(user_data)
                case ReleaseIndication(user_data):
                    assert user_data == b"bye"
                    session.release_response()
        said, _ = client.communicate(timeout=WAIT)
    assert said.splitlines() == ["connected welcome", "echo 1", "echo 1000", "echo 100000", "released"]


def test_we_call_iec61850_rs(peers: Path) -> None:
    with serving(peers, "iec61850-rs") as (address, _):
        selectors = {"calling_t_selector": b"\0\1", "called_t_selector": b"\0\1"}
        with osisession.connect(
            address,
            timeout=WAIT,
            versions=Versions.V2,
            calling_selector=b"\0\1",
            called_selector=b"\0\1",
            user_data=mms.connect_ppdu(),
            **selectors,
        ) as session:
            session.data_request(mms.request(7, mms.IDENTIFY))
            event = session.next_event(WAIT)
            assert isinstance(event, DataIndication), event
            _, contents = mms.pdu(event.user_data)
            assert mms.find(contents, 0xA2, 0x81) == b"iec61850-rs"
            session.release_request(mms.RELEASE_REQUEST)
            assert isinstance(session.next_event(WAIT), ReleaseConfirm)


def test_iec61850_rs_calls_us(peers: Path) -> None:
    with Endpoint() as endpoint, endpoint.listen("127.0.0.1:0") as listener:
        client = call(peers, "iec61850-rs", listener.local_address)
        _, called, asked = mms_server.answer(listener)
        said, _ = client.communicate(timeout=WAIT)
    assert called.functional_units == FunctionalUnits.DUPLEX
    assert said.splitlines() == ["connected", "identity ours osisession 0", "device OURSLD0", "released"]
    assert asked == ["identify", "names", "release"]
