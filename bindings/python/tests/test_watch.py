"""Log, counters, captures, taps, refusals, and who may come."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import osisession
import pytest
from conftest import WAIT
from osisession import EndpointConfig, LogLine, SessionConfig, Tapped, TappedEnd, TappedGone, TappedOctets, TappedUp, aio

TPKT_OF_CR = bytes.fromhex("0300001611e00000000100c0010dc2020001c1020001")
"""A connection request that is never followed by a CONNECT."""


@pytest.fixture(autouse=True)
def no_log_afterwards() -> Iterator[None]:
    yield
    osisession.set_log(None)


def until(condition: Callable[[], bool], endpoint: osisession.Endpoint) -> None:
    """Drives the endpoint until it is so."""
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        endpoint.dispatch(0.05)


def talk(
    endpoint: osisession.Endpoint,
    address: str = "127.0.0.1:0",
    data: bytes = b"secret",
    there: osisession.Endpoint | None = None,
) -> None:
    """One whole session, from CONNECT to DISCONNECT; the responder is there, or in the same endpoint."""
    if there is not None:
        there.start()
        endpoint.start()
    with (there or endpoint).listen(address, session_selector=b"here") as listener:
        caller = endpoint.connect(listener.local_address, called_selector=b"here")
        called = listener.accept(WAIT)
        called.next_event(WAIT)
        called.connect_response()
        caller.wait_connected(WAIT)
        caller.data_request(data)
        called.next_event(WAIT)
        caller.release_request()
        called.next_event(WAIT)
        called.release_response()
        caller.next_event(WAIT)
        caller.close()
        called.close()


# Log.


def test_a_function_gets_lines(endpoint: osisession.Endpoint) -> None:
    lines: list[LogLine] = []
    osisession.set_log(lines.append, osisession.LOG_TRACE)
    talk(endpoint)
    assert {line.level for line in lines} >= {logging.INFO, logging.DEBUG, osisession.LOG_TRACE}
    assert all(isinstance(line.session, int) and line.text for line in lines)
    assert any(line.peer is not None and line.peer.startswith("127.0.0.1:") for line in lines)
    assert not any("secret" in repr(line) for line in lines)
    assert f"session {lines[0].session}" in str(lines[0])
    osisession.set_log(lines.append, logging.INFO)
    lines.clear()
    talk(endpoint)
    assert lines and {line.level for line in lines} == {logging.INFO}
    osisession.set_log(None)
    lines.clear()
    talk(endpoint)
    assert lines == []


def test_a_logger_gets_records(endpoint: osisession.Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("test.osisession")
    with caplog.at_level(logging.DEBUG, "test.osisession"):
        osisession.set_log(logger)
        talk(endpoint)
    assert {record.levelno for record in caplog.records} == {logging.DEBUG, logging.INFO}
    for record in caplog.records:
        line = getattr(record, "osisession")
        assert isinstance(line, LogLine)
        assert (record.name, record.getMessage(), record.levelno) == ("test.osisession", str(line), line.level)


def test_a_refused_caller_is_a_warning_with_its_reason(endpoint: osisession.Endpoint) -> None:
    lines: list[LogLine] = []
    osisession.set_log(lines.append, logging.WARNING)
    with endpoint.listen("127.0.0.1:0", session_selector=b"here") as listener:
        caller = endpoint.connect(listener.local_address, called_selector=b"there")
        with pytest.raises(osisession.ConnectRefusedError):
            caller.wait_connected(WAIT)
    assert lines and lines[0].level == logging.WARNING and lines[0].error is not None
    assert "selector" in lines[0].error


@pytest.mark.parametrize(
    "level, expected",
    [
        (logging.CRITICAL, set()),
        (logging.ERROR, set()),
        (25, set()),
        (logging.INFO, {20}),
        (11, {20}),
        (logging.DEBUG, {20, 10}),
        (0, {20, 10, 5}),
    ],
)
def test_levels_are_those_of_logging(endpoint: osisession.Endpoint, level: int, expected: set[int]) -> None:
    lines: list[LogLine] = []
    osisession.set_log(lines.append, level)
    talk(endpoint)
    assert {line.level for line in lines} == expected


def test_a_log_function_that_fails_disturbs_nobody(
    endpoint: osisession.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: failures.append(unraisable.exc_value))

    def fail(line: LogLine) -> None:
        raise LookupError(line.text)

    osisession.set_log(fail)
    talk(endpoint)
    assert failures and all(isinstance(failure, LookupError) for failure in failures)


def test_a_log_function_may_call_and_may_end_the_log(endpoint: osisession.Endpoint) -> None:
    lines: list[LogLine] = []

    def once(line: LogLine) -> None:
        lines.append(line)
        endpoint.counters()
        osisession.set_log(None)

    osisession.set_log(once)
    talk(endpoint)
    assert len(lines) == 1


def test_lines_from_many_threads(endpoint: osisession.Endpoint) -> None:
    lines: list[LogLine] = []
    osisession.set_log(lines.append)

    def run() -> None:
        with osisession.Endpoint() as own:
            for _ in range(5):
                talk(own)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads)
    assert sum("release" in line.text for line in lines) >= 20, {line.text for line in lines}


def test_a_program_ends_while_lines_come() -> None:
    program = """
        import osisession
        osisession.set_log(print, 0)
        endpoint = osisession.Endpoint(osisession.EndpointConfig(tap=lambda seen: None))
        endpoint.start()
        listener = endpoint.listen("127.0.0.1:0")
        caller = endpoint.connect(listener.local_address)
        called = listener.accept(20)
    """
    child = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=WAIT
    )
    assert (child.returncode, child.stderr) == (0, "")
    assert "the network connection is up" in child.stdout


# Counters.


def test_counters(endpoint: osisession.Endpoint) -> None:
    assert set(osisession.Counters.__slots__) == set(osisession.Counters.__dataclass_fields__)
    before = endpoint.counters()
    assert before == osisession.Counters(0, 0, 0, 0, 0, 0, 0, 0, 0)
    talk(endpoint)
    after = endpoint.counters()
    assert (after.calls, after.callers, after.established, after.released, after.aborted) == (1, 1, 2, 2, 0)
    assert after.octets_sent == after.octets_received > 100
    with endpoint.listen("127.0.0.1:0") as listener:
        caller = endpoint.connect(listener.local_address)
        called = listener.accept(WAIT)
        called.next_event(WAIT)
        called.connect_response()
        caller.wait_connected(WAIT)
        called.u_abort_request()
        assert caller.next_event(WAIT) == osisession.UAbortIndication(b"")
    counters = endpoint.counters()
    assert (counters.callers, counters.established, counters.released, counters.aborted) == (2, 4, 2, 2)


# Captures.


def tshark(path: Path, *arguments: str) -> str:
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is missing (Debian: tshark)")
    # What is in the user data here is no presentation layer.
    command = [program, "-n", "-r", str(path), "--disable-protocol", "pres", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=WAIT * 3
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("address", ["127.0.0.1:0", "[::1]:0", "memory:captured"])
def test_wireshark_opens_a_capture_and_shows_the_spdus(tmp_path: Path, address: str) -> None:
    if address.startswith("[") and not socket.has_ipv6:
        pytest.skip("no IPv6")
    path = tmp_path / "talk.pcap"
    config = EndpointConfig(capture_file=path)
    with osisession.Endpoint() as there, osisession.Endpoint(config) as endpoint:
        talk(endpoint, address, bytes(100_000), there)
    fields = ["-T", "fields", "-e", "tcp.dstport", "-e", "ses.type"]
    shown = []
    for line in tshark(path, "-Y", "ses", *fields).splitlines():
        port, _, types = line.partition("\t")
        shown.append((port == "102", [int(each, 0) for each in types.split(",")]))
    # Who sent what: CONNECT 13, ACCEPT 14, GIVE TOKENS and DATA TRANSFER 1, FINISH 9, DISCONNECT 10.
    assert shown == [(True, [13]), (False, [14]), (True, [1, 1]), (True, [9]), (False, [10])]
    wrong = "_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.expert.severity >= 6291456"
    assert tshark(path, "-o", "tcp.check_checksum:TRUE", "-Y", wrong) == ""
    for protocol in "tpkt", "cotp", "ses":
        assert protocol in tshark(path, "-q", "-z", "io,phs"), protocol


def test_our_own_decoder_reads_a_capture(tmp_path: Path) -> None:
    path = tmp_path / "talk.pcap"
    with osisession.Endpoint(EndpointConfig(capture_file=str(path))) as endpoint:
        talk(endpoint)
    done = subprocess.run(
        [sys.executable, "-m", "osisession", "decode", str(path)], capture_output=True, text=True, check=False, timeout=WAIT
    )
    assert done.returncode == 0, done.stderr
    assert all(kind in done.stdout for kind in ("CN", "AC", "DT", "FN", "DN"))


def test_a_capture_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        osisession.Endpoint(EndpointConfig(capture_file=tmp_path / "no" / "where"))
    assert caught.value.filename == str(tmp_path / "no" / "where")
    with pytest.raises(TypeError):
        osisession.Endpoint(EndpointConfig(capture_file=1))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        osisession.Endpoint({"capture_file": "x"})  # type: ignore[arg-type]


def test_a_tap_sees_all_octets_in_order(tmp_path: Path) -> None:
    seen: list[Tapped] = []
    with osisession.Endpoint(EndpointConfig(tap=seen.append, capture_file=tmp_path / "too.pcap")) as endpoint:
        talk(endpoint, data=b"data in between")
        counters = endpoint.counters()
    ups = [each for each in seen if isinstance(each, TappedUp)]
    assert sorted(up.calling for up in ups) == [False, True]
    caller = next(up for up in ups if up.calling)
    called = next(up for up in ups if not up.calling)
    assert caller.peer == called.local

    def octets(session: int, sent: bool) -> bytes:
        return b"".join(
            each.octets for each in seen if isinstance(each, TappedOctets) and (each.session, each.sent) == (session, sent)
        )

    assert octets(caller.session, True) == octets(called.session, False) != b""
    assert octets(called.session, True) == octets(caller.session, False) != b""
    assert b"data in between" in octets(caller.session, True)
    assert len(octets(caller.session, True) + octets(called.session, True)) == counters.octets_sent
    for session in caller.session, called.session:
        own = [each for each in seen if each.session == session]
        assert isinstance(own[0], TappedUp) and isinstance(own[-1], TappedGone)
        assert sum(isinstance(each, TappedEnd) for each in own) <= 1
    assert (tmp_path / "too.pcap").stat().st_size > counters.octets_sent


def test_a_tap_that_fails_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: failures.append(unraisable.exc_value))

    def fail(seen: Tapped) -> None:
        raise LookupError(seen.session)

    with osisession.Endpoint(EndpointConfig(tap=fail)) as endpoint:
        talk(endpoint)
    assert failures and all(isinstance(failure, LookupError) for failure in failures)


# Refusals.


def test_why_a_caller_was_refused(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0", session_selector=b"here", config=SessionConfig(trace=True))
    assert endpoint.next_refusal() is None
    caller = endpoint.connect(listener.local_address, called_selector=b"there")
    with pytest.raises(osisession.ConnectRefusedError) as caught:
        caller.wait_connected(WAIT)
    assert caught.value.reason == 129
    refusal = endpoint.next_refusal()
    assert isinstance(refusal, osisession.Refusal)
    assert refusal.local_address == listener.local_address
    assert refusal.peer_address.startswith("127.0.0.1:")
    assert isinstance(refusal.error, osisession.OsisessionError)
    assert refusal.error.reason == 129
    assert any("RF" in line for line in refusal.trace)
    assert endpoint.next_refusal() is None
    assert endpoint.counters().callers_refused == 1


# Who may come.


@pytest.mark.parametrize("limit", ["max_connecting", "max_connecting_per_source"])
def test_callers_without_a_connect_are_limited(endpoint: osisession.Endpoint, limit: str) -> None:
    limits = {"max_connecting": 100, "max_connecting_per_source": 100, "early_refusal_from": 100, limit: 2}
    listener = endpoint.listen("127.0.0.1:0", **limits)
    host, _, port = listener.local_address.rpartition(":")
    silent = [socket.create_connection((host, int(port)), WAIT) for _ in range(3)]
    until(lambda: endpoint.counters().callers == 3, endpoint)
    assert endpoint.counters().callers_turned_away == 1
    closed = 0
    for connection in silent:
        connection.settimeout(0.2)
        try:
            closed += connection.recv(1) == b""
        except (TimeoutError, ConnectionResetError) as error:
            closed += isinstance(error, ConnectionResetError)
    assert closed == 1
    for connection in silent:
        connection.close()
    # Whoever is gone counts no more.
    until(lambda: not socket_waits(endpoint, listener), endpoint)


def socket_waits(endpoint: osisession.Endpoint, listener: osisession.Listener) -> bool:
    try:
        caller = osisession.connect(listener.local_address, endpoint=endpoint, timeout=0.05)
    except osisession.TimedOutError:
        # It was let in, and waits for an answer.
        return False
    except osisession.OsisessionError:
        return True
    caller.close()
    return False


def test_early_refusal_is_a_matter_of_chance(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0", max_connecting=40, max_connecting_per_source=1000, early_refusal_from=0)
    host, _, port = listener.local_address.rpartition(":")
    silent = [socket.create_connection((host, int(port)), WAIT) for _ in range(40)]
    until(lambda: endpoint.counters().callers == 40, endpoint)
    # The chance that nobody is turned away is the product of (40 - n) / 40: below 10^-16.
    assert 0 < endpoint.counters().callers_turned_away < 40
    for connection in silent:
        connection.close()


@pytest.mark.parametrize("name", ["max_connecting", "max_connecting_per_source", "early_refusal_from", "backlog"])
def test_limits_are_not_negative(endpoint: osisession.Endpoint, name: str) -> None:
    with pytest.raises(OverflowError):
        endpoint.listen("127.0.0.1:0", **{name: -1})


# With asyncio.


def test_all_of_it_with_asyncio(tmp_path: Path) -> None:
    async def serve(session: aio.Session) -> None:
        async for event in session:
            match event:
                case osisession.ConnectIndication():
                    session.connect_response()
                case osisession.ReleaseIndication():
                    session.release_response()

    async def main() -> None:
        seen: list[Tapped] = []
        config = EndpointConfig(tap=seen.append, capture_file=tmp_path / "aio.pcap")
        async with aio.Endpoint(config) as endpoint:
            async with await endpoint.start_server(serve, "127.0.0.1", 0, session_selector=b"x") as server:
                with pytest.raises(osisession.ConnectRefusedError):
                    await endpoint.connect("127.0.0.1", server.port, called_selector=b"y")
                refusal = endpoint.next_refusal()
                assert refusal is not None and refusal.error.reason == 129
                async with await endpoint.connect("127.0.0.1", server.port, called_selector=b"x") as session:
                    session.release_request()
                    assert await session.next_event() == osisession.ReleaseConfirm(b"")
            counters = endpoint.counters()
            assert (counters.calls, counters.callers, counters.callers_refused) == (2, 2, 1)
        assert any(isinstance(each, TappedOctets) for each in seen)
        assert (tmp_path / "aio.pcap").stat().st_size > 500

    asyncio.run(main(), debug=True)
