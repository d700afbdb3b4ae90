"""The programs of the README run."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import osisession
import pytest

README = Path(__file__).parent.parent / "README.md"
PROGRAMS = dict(re.findall(r"^## ([^\n]+)\n.*?^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def test_which_programs_there_are() -> None:
    assert list(PROGRAMS) == ["Call", "Answer", "With asyncio", "Decode", "Look on", "Large data", "Bring a transport of your own"]


def test_call_and_answer(capsys: pytest.CaptureFixture[str]) -> None:
    call = PROGRAMS["Call"].replace('"192.0.2.1:102"', '"memory:readme"')
    answer = PROGRAMS["Answer"].replace('"127.0.0.1:10102"', '"memory:readme"')
    assert "memory:" in call and "memory:" in answer
    server = threading.Thread(target=exec, args=(answer, {}))
    server.start()
    for _ in range(1_000):
        try:
            exec(call, {})
            break
        except osisession.TransportError:
            server.join(0.01)  # It does not listen yet.
    server.join(20)
    assert not server.is_alive()
    assert capsys.readouterr().out == "DataIndication(user_data=b'hello', more=False)\n"


def test_with_asyncio(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    program = PROGRAMS["With asyncio"].replace("10102", str(port))
    exec(program, {})
    assert capsys.readouterr().out == "DataIndication(user_data=b'hello', more=False)\n"


def test_decode(capsys: pytest.CaptureFixture[str]) -> None:
    exec(PROGRAMS["Decode"], {})
    assert capsys.readouterr().out.splitlines()[-1].endswith("b'abc'")


def test_look_on(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        exec(PROGRAMS["Look on"].replace(":10102", ":0"), {})
    finally:
        osisession.set_log(None)
    *report, why, count = capsys.readouterr().out.splitlines()
    assert report[0].endswith("session selector unknown") and "[refuse-selector]" in report[1]
    assert why == 'session selector "there" is unknown here'
    assert count == "1"
    assert (tmp_path / "talk.pcap").stat().st_size > 24


def test_large_data(capsys: pytest.CaptureFixture[str]) -> None:
    exec(PROGRAMS["Large data"], {})
    assert capsys.readouterr().out == "1000000\n"


def test_bring_a_transport(capsys: pytest.CaptureFixture[str]) -> None:
    exec(PROGRAMS["Bring a transport of your own"], {})
    first, second = capsys.readouterr().out.splitlines()
    assert first == "TConnectRequest(expedited=False)"
    assert second.startswith("TDataRequest(tsdu=b'\\r")
