"""The scripts in examples/python that a tester runs, against devices of several kinds."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import osisession
import pytest
from conftest import WAIT
from osisession import ConnectIndication, DataIndication, EndpointConfig, FunctionalUnits, Profile, ReleaseIndication, SessionConfig
from test_failures import raw_peer

EXAMPLES = Path(__file__).parents[3] / "examples" / "python"


def run(script: str, *arguments: str) -> tuple[int, str]:
    """Its exit status and what it printed; a warning is a failure."""
    command = [sys.executable, "-X", "dev", "-W", "error", str(EXAMPLES / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3 * WAIT)
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout


@contextmanager
def device(
    behave: Callable[[osisession.Session, osisession.Event], None],
    config: SessionConfig | None = None,
    t_selector: bytes | None = None,
    session_selector: bytes | None = None,
) -> Iterator[str]:
    """A device at this address that behaves so, for any number of sessions."""
    with osisession.Endpoint() as endpoint:
        listener = endpoint.listen("127.0.0.1:0", t_selector=t_selector, session_selector=session_selector, config=config)
        failed: list[BaseException] = []

        def serve() -> None:
            while True:
                try:
                    session = listener.accept()
                except osisession.ClosedError:
                    return
                try:
                    for event in session:
                        behave(session, event)
                except BaseException as error:
                    failed.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.local_address
        finally:
            endpoint.close()
            thread.join(WAIT)
            assert not thread.is_alive() and failed == []


def nowhere() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "127.0.0.1:%d" % server.getsockname()[1]


def echo(session: osisession.Session, event: osisession.Event) -> None:
    match event:
        case ConnectIndication(functional_units=units):
            if FunctionalUnits.DUPLEX in units:
                units &= ~(FunctionalUnits.HALF_DUPLEX | FunctionalUnits.EXCEPTIONS)
            session.connect_response(functional_units=units, user_data=b"here")
        case DataIndication(user_data):
            session.data_request(user_data.upper())
        case ReleaseIndication():
            session.release_response(b"bye")


def test_they_are_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11"]
    done = subprocess.run(
        command + sorted(str(script) for script in EXAMPLES.glob("*.py")), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# probe_device.py


def probe(address: str) -> tuple[int, dict[str, str], str]:
    status, output = run("probe_device.py", address, "--pause", "0", "--timeout", "2")
    lines = output.splitlines()
    return status, dict(line.split(": ", 1) for line in lines[:-1]), lines[-1]


def test_probing_a_device_of_mms() -> None:
    with device(echo, SessionConfig.profile("mms"), t_selector=b"\0\1", session_selector=b"\0\1") as address:
        status, found, last = probe(address)
    assert status == 0
    assert found["profile mms"] == "accepted, version V2, then S-RELEASE confirm (affirmative)"
    assert found["profile iccp"].startswith("transport: ")
    assert found["T-selector 00 01"].startswith("accepted")
    assert found["T-selector 00 00"].startswith("transport: ")
    assert found["S-selector 00 01"].startswith("accepted")
    assert "(reason 129)" in found["S-selector none"]
    assert found["version V2"].startswith("accepted")
    assert "(reason 132)" in found["version V1"]
    assert found["functional units, all proposed"] == "selected DUPLEX"
    assert int(last.split()[0]) <= 20


def test_probing_a_device_that_takes_anything() -> None:
    with device(echo) as address:
        status, found, _ = probe(address)
    assert status == 0
    assert (found["T-selectors"], found["S-selectors"]) == ("any", "any")
    assert found["version V1"].startswith("accepted, version V1")
    assert "MINOR_SYNC" in found["functional units, all proposed"]
    assert "DUPLEX" in found["functional units, all proposed"]


def test_probing_a_device_whose_user_refuses() -> None:
    def refuse(session: osisession.Session, event: osisession.Event) -> None:
        if isinstance(event, ConnectIndication):
            session.connect_response_negative(reason=2, user_data=b"no presentation here")

    with device(refuse, session_selector=b"\0\0\0\1") as address:
        status, found, _ = probe(address)
    assert "(reason 129)" in found["profile mms"]
    # It is told from one that nobody has, though nothing is accepted.
    assert "(reason 129)" in found["S-selector 00 01"]
    assert "(reason 2)" in found["S-selector 00 00 00 01"]
    assert "(reason 2)" in found["functional units, all proposed"]
    assert status == 0


def test_probing_where_nothing_is() -> None:
    status, found, last = probe(nowhere())
    assert status == 1
    assert found["profile mms"].startswith("network: ")
    assert found["the rest"].startswith("not asked")
    assert int(last.split()[0]) <= 10


# explain_failure.py


def test_explaining_a_refusal(tmp_path: Path) -> None:
    capture = tmp_path / "refused.pcap"
    with device(echo, session_selector=b"elsewhere") as address:
        status, output = run("explain_failure.py", address, str(capture))
    assert status == 1
    assert f"no session with {address}" in output
    assert "reason: 129" in output
    assert "[refuse-selector]" in output and "peer, session layer" in output
    assert "clause   X.225" in output
    assert "try      " in output and "selector" in output
    assert "ladder: " in output and "RF" in output and "CN" in output
    # The capture has it, too.
    decoded = subprocess.run(
        [sys.executable, "-m", "osisession", "decode", str(capture)], capture_output=True, text=True, check=False, timeout=WAIT
    )
    assert decoded.returncode == 0 and "RF" in decoded.stdout


def test_explaining_a_wrong_octet(tmp_path: Path) -> None:
    # A CC, and an ACCEPT whose User Data is longer than what encloses it.
    answer = bytes.fromhex("0300000b06d00001000100" "0300000f02f080" "0e06c109616263ff")
    with raw_peer(answer) as address:
        status, output = run("explain_failure.py", address, str(tmp_path / "odd.pcap"))
    assert status == 1
    assert "octet    3 of AC" in output and "clause   X.225 8.2.5" in output and "expected: " in output
    assert "0e 06 c1 09" in output


@pytest.mark.parametrize(
    "answer, layer, hint",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "tpkt", "[http]"),
        (bytes.fromhex("0300000b0680000100 0003".replace(" ", "")), "transport", "[dr-address-unknown]"),
    ],
)
def test_explaining_what_answers(tmp_path: Path, answer: bytes, layer: str, hint: str) -> None:
    with raw_peer(answer) as address:
        status, output = run("explain_failure.py", address, str(tmp_path / "what.pcap"))
    assert status == 1
    assert f", {layer} layer" in output and hint in output


def test_explaining_where_nothing_listens(tmp_path: Path) -> None:
    status, output = run("explain_failure.py", nowhere(), str(tmp_path / "none.pcap"))
    assert status == 1 and ", network layer" in output and "[tcp-refused]" in output


def test_there_is_nothing_to_explain(tmp_path: Path) -> None:
    with device(echo, t_selector=b"\0\1", session_selector=b"\0\1") as address:
        status, output = run("explain_failure.py", address, str(tmp_path / "well.pcap"), "--profile", "mms")
        assert status == 0, output
        assert f"a session with {address}" in output and "S-RELEASE confirm" in output
        arguments = [address, str(tmp_path / "well.pcap"), "--profile", "iccp", "--t-selector", "0001", "--s-selector", "0001"]
        assert run("explain_failure.py", *arguments)[0] == 0


# replay_capture.py


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A session with an echo, as its caller saw it."""
    path = tmp_path / "session.pcap"
    with device(echo, t_selector=b"\0\1") as address, osisession.Endpoint(EndpointConfig(capture_file=path)) as endpoint:
        profile = Profile.MMS
        config = SessionConfig.profile(profile)
        with osisession.connect(address, endpoint=endpoint, config=config, **profile.connect_parameters) as session:
            for data in b"one", b"two" * 10_000, b"three":
                session.data_request(data)
                assert session.next_event(WAIT) == DataIndication(data.upper())
            session.release_request(b"enough")
            assert session.next_event(WAIT) == osisession.ReleaseConfirm(b"bye")
    return path


def test_replaying_against_the_same_device(capture: Path) -> None:
    with device(echo, t_selector=b"\0\1") as address:
        status, output = run("replay_capture.py", str(capture), address)
    assert status == 0, output
    assert output.count("<- GT DT: the same") == 3
    assert "<- AC: the same" in output and "<- DN: the same" in output
    assert output.endswith("all answers are the same\n")


def test_replaying_against_another_device(capture: Path) -> None:
    def other(session: osisession.Session, event: osisession.Event) -> None:
        match event:
            case DataIndication(b"three"):
                session.data_request(b"drei")
            case _:
                echo(session, event)

    with device(other) as address:
        status, output = run("replay_capture.py", str(capture), address)
    assert status == 1
    assert output.count("<- GT DT: different") == 1
    assert f"DT user data: {b'THREE'.hex()} then, {b'drei'.hex()} now" in output
    assert output.endswith("1 answers differ\n")


def test_replaying_against_a_device_that_refuses(capture: Path) -> None:
    with device(echo, session_selector=b"elsewhere") as address:
        status, output = run("replay_capture.py", str(capture), address)
    assert status == 1
    assert "<- AC: different" in output and "RF Reason Code: absent then" in output


def test_replaying_what_is_no_capture(tmp_path: Path) -> None:
    path = tmp_path / "nothing.pcap"
    path.write_bytes(b"")
    command = [sys.executable, str(EXAMPLES / "replay_capture.py"), str(path), "127.0.0.1:1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WAIT)
    assert done.returncode == 1 and "no session in connection 1" in done.stderr
