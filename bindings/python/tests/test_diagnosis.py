"""Reports on what went wrong."""

from __future__ import annotations

import dataclasses
import pickle

import osisession
import pytest
from conftest import WAIT, Pair
from osisession import EndpointConfig, SessionConfig, Witness, diagnose
from test_examples import nowhere
from test_failures import raw_peer

ACCEPT = bytes.fromhex("0300000b06d00001000100")
"""A CC."""


def data(tsdu: str) -> bytes:
    octets = bytes.fromhex(tsdu)
    return bytes([3, 0, 0, 7 + len(octets), 2, 0xF0, 0x80]) + octets


@pytest.mark.parametrize(
    "answer, cause, layer, stage",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http", "tpkt", "transport-connect"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "plain-to-tls", "network", "transport-connect"),
        (bytes.fromhex("0300000b06800001000003"), "dr-address-unknown", "transport", "transport-connect"),
        (ACCEPT + data("0c03320181"), "refuse-selector", "session", "session-connect"),
        (ACCEPT + data("190311010b"), "abort-while-connecting", "session", "session-connect"),
        (ACCEPT + data("1903110105"), "provider-abort-protocol", "session", "session-connect"),
        (ACCEPT + data("0e06c109616263ff"), "bad-answer", "session", "session-connect"),
    ],
)
def test_what_answers(answer: bytes, cause: str, layer: str, stage: str) -> None:
    witness = Witness()
    with raw_peer(answer) as address, osisession.Endpoint(EndpointConfig(witness=witness)) as endpoint:
        session = endpoint.connect(address)
        with pytest.raises(osisession.OsisessionError) as caught:
            session.wait_connected(WAIT)
        report = diagnose(caught.value, session, witness)
    assert (report.cause, report.stage) == (cause, stage), str(report)
    assert report.tries
    assert report.sent[0].octets[:2] == b"\x03\0" and "CR" in report.sent[0].description
    assert b"".join(packet.octets for packet in report.received) == answer
    text = str(report)
    assert report.summary in text and f"[{cause}]" in text and report.tries[0] in text
    assert pickle.loads(pickle.dumps(report)) == report
    # The same of the exception alone, and after it went through a pickle: but for the packets.
    alone = diagnose(pickle.loads(pickle.dumps(caught.value)))
    assert dataclasses.replace(report, sent=(), received=(), text=alone.text) == alone


def test_where_nobody_listens() -> None:
    with pytest.raises(osisession.TransportError) as caught:
        osisession.connect(nowhere(), timeout=WAIT)
    report = diagnose(caught.value)
    assert (report.cause, report.layer, report.stage) == ("tcp-refused", "network", "network")
    assert not report.is_violation


def test_events_that_end_a_session(pair: Pair) -> None:
    caller, called = pair
    called.u_abort_request(b"enough")
    event = caller.next_event(WAIT)
    assert isinstance(event, osisession.UAbortIndication)
    report = diagnose(event, caller)
    assert (report.cause, report.stage) == ("user-abort", "open")
    with pytest.raises(TypeError, match="ends nothing|not 'DataIndication'"):
        diagnose(osisession.DataIndication(b"x"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not 'ValueError'"):
        diagnose(ValueError("x"))  # type: ignore[arg-type]


def test_a_caller_that_was_refused(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0", config=SessionConfig.profile("mms"))
    caller = endpoint.connect(listener.local_address, **osisession.Profile.X400.connect_parameters)
    with pytest.raises(osisession.ConnectRefusedError) as caught:
        caller.wait_connected(WAIT)
    assert diagnose(caught.value).cause == "refuse-restriction"
    refusal = endpoint.next_refusal()
    assert refusal is not None
    report = diagnose(refusal)
    assert report.cause == "refused-here" and report.summary.startswith(refusal.peer_address)
