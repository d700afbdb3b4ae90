"""Waiting lets other threads run, and signals through."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
import threading

import osisession
import pytest
from conftest import WAIT, Pair


def test_other_threads_run_while_one_waits(pair: Pair) -> None:
    caller, called = pair
    steps = 0
    waiting = threading.Event()

    def work() -> None:
        nonlocal steps
        waiting.wait(WAIT)
        for _ in range(1000):
            steps += 1
        caller.data_request(b"wake up")

    worker = threading.Thread(target=work)
    worker.start()
    waiting.set()
    # If the wait kept the interpreter lock, the worker could never send what ends it.
    assert called.next_event(WAIT) == osisession.DataIndication(b"wake up")
    worker.join(WAIT)
    assert steps == 1000


def test_many_threads_wait_in_one_endpoint(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0", session_selector=b"many")
    accepted: list[osisession.Session] = []

    def serve() -> None:
        session = listener.accept(WAIT)
        accepted.append(session)
        for event in session:
            match event:
                case osisession.ConnectIndication():
                    session.connect_response()
                case osisession.DataIndication(user_data):
                    session.data_request(user_data)
                case osisession.ReleaseIndication():
                    session.release_response()

    def call(number: int) -> None:
        with osisession.connect(
            listener.local_address, endpoint=endpoint, called_selector=b"many", timeout=WAIT
        ) as session:
            for turn in range(20):
                data = b"%d.%d" % (number, turn)
                session.data_request(data)
                assert session.next_event(WAIT) == osisession.DataIndication(data)
            session.release_request()
            assert session.next_event(WAIT) == osisession.ReleaseConfirm(b"")

    failed: list[BaseException] = []

    def run(target: object, *arguments: object) -> None:
        try:
            target(*arguments)  # type: ignore[operator]
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(serve,)) for _ in range(4)]
    threads += [threading.Thread(target=run, args=(call, number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert failed == []
    assert not any(thread.is_alive() for thread in threads)
    assert len(accepted) == 4


@pytest.mark.parametrize(
    "wait",
    [
        "endpoint.listen('127.0.0.1:0').accept()",
        "endpoint.dispatch()",
        "endpoint.open()[0].next_event()",
        "endpoint.start(); endpoint.listen('127.0.0.1:0').accept()",
    ],
)
def test_ctrl_c_ends_a_wait(wait: str) -> None:
    # The thread needs the interpreter lock for its signal, too: a wait that kept it would never end.
    program = textwrap.dedent(
        f"""
        import os, osisession, signal, threading
        endpoint = osisession.Endpoint()
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            {wait}
        except KeyboardInterrupt:
            print("interrupted")
        """
    )
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WAIT, check=False)
    assert (child.stdout, child.stderr, child.returncode) == ("interrupted\n", "", 0)


@pytest.mark.parametrize("end", ["pass", "raise SystemExit(0)", "endpoint.close(); endpoint.close()", "del endpoint, listener, caller, called"])
def test_a_program_ends_while_its_endpoint_runs(end: str) -> None:
    program = textwrap.dedent(
        f"""
        import osisession
        endpoint = osisession.Endpoint()
        endpoint.start()
        listener = endpoint.listen("127.0.0.1:0")
        caller = endpoint.connect(listener.local_address)
        called = listener.accept(20)
        called.set_handler(lambda session, event: session.state)
        called.connect_response()
        caller.wait_connected(20)
        caller.data_request(b"x")
        {end}
        """
    )
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WAIT, check=False)
    assert (child.stdout, child.stderr, child.returncode) == ("", "", 0)


def test_timeouts(pair: Pair) -> None:
    caller, _ = pair
    for timeout in (0, 0.0, 0.01, 0.25):
        with pytest.raises(osisession.TimedOutError) as caught:
            caller.next_event(timeout)
        assert isinstance(caught.value, TimeoutError)
    for timeout in (-1.0, math.nan):
        with pytest.raises(osisession.InvalidError):
            caller.next_event(timeout)
    assert caller.state == "STA713"


def test_a_full_send_queue_would_block(endpoint: osisession.Endpoint) -> None:
    limits = osisession.Limits(queued_send_octets=1 << 16, queued_event_octets=1 << 16)
    config = osisession.SessionConfig(limits=limits)
    listener = endpoint.listen("127.0.0.1:0", config=config)
    caller = endpoint.connect(listener.local_address, config=config)
    called = listener.accept(WAIT)
    called.next_event(WAIT)
    called.connect_response()
    caller.wait_connected(WAIT)
    sent = 0
    with pytest.raises(BlockingIOError) as caught:
        for _ in range(100_000):
            caller.data_request(bytes(1 << 14))
            sent += 1 << 14
            endpoint.dispatch(0)
    assert isinstance(caught.value, osisession.WouldBlockError)
    assert not caller.is_writable
    received = 0
    while received < sent:
        event = called.next_event(WAIT)
        assert isinstance(event, osisession.DataIndication)
        received += len(event.user_data)
    caller.wait_writable(WAIT)
    assert caller.is_writable


def test_dropping_the_last_handle_aborts(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0")
    caller = endpoint.connect(listener.local_address)
    called = listener.accept(WAIT)
    called.next_event(WAIT)
    called.connect_response()
    caller.wait_connected(WAIT)
    del called
    assert isinstance(caller.next_event(WAIT), osisession.UAbortIndication | osisession.PAbortIndication)
