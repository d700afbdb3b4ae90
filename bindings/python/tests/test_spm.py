"""The protocol machine without input or output: two of them, and the test is the network."""

from __future__ import annotations

import array
import sys
from typing import Any

import osisession
import pytest
from osisession import (
    ConnectConfirm,
    ConnectConfirmNegative,
    ConnectIndication,
    DataIndication,
    FunctionalUnits,
    PAbortIndication,
    PAbortReason,
    RefuseReason,
    ReleaseConfirm,
    ReleaseIndication,
    Spm,
    SyncMinorConfirm,
    SyncMinorIndication,
    TConnectConfirm,
    TConnectIndication,
    TConnectRequest,
    TConnectResponse,
    TDataIndication,
    TDataRequest,
    TDisconnectIndication,
    TDisconnectRequest,
    TExpeditedDataIndication,
    TExpeditedDataRequest,
    Tokens,
)

HALF = FunctionalUnits.HALF_DUPLEX | FunctionalUnits.MINOR_SYNC


class Network:
    """Carries what each machine asks of its transport to the other."""

    def __init__(self, **config: Any) -> None:
        self.caller = Spm(trace=True, **config)
        self.called = Spm(trace=True, **config)
        self.now = 0

    def run(self) -> None:
        moved = True
        while moved:
            moved = False
            for here, there in ((self.caller, self.called), (self.called, self.caller)):
                while (request := here.next_transport_request()) is not None:
                    moved = True
                    match request:
                        case TConnectRequest(expedited):
                            there.transport_indication(TConnectIndication(expedited), now=self.now)
                        case TConnectResponse(expedited):
                            there.transport_indication(TConnectConfirm(expedited), now=self.now)
                        case TDataRequest(tsdu):
                            there.transport_indication(TDataIndication(tsdu), now=self.now)
                        case TExpeditedDataRequest(tsdu):
                            there.transport_indication(TExpeditedDataIndication(tsdu), now=self.now)
                        case TDisconnectRequest():
                            there.transport_indication(TDisconnectIndication(), now=self.now)

    def connect(self, functional_units: FunctionalUnits = FunctionalUnits.DUPLEX, **parameters: Any) -> None:
        self.caller.connect_request(functional_units=functional_units, **parameters)
        self.run()
        assert isinstance(self.called.next_event(), ConnectIndication)
        self.called.connect_response(functional_units=functional_units)
        self.run()
        assert isinstance(self.caller.next_event(), ConnectConfirm)


def test_a_whole_session() -> None:
    net = Network()
    net.caller.connect_request(called_selector=b"\0\1", calling_selector=b"me", user_data=b"hi", now=0.5)
    net.run()
    indication = net.called.next_event()
    assert isinstance(indication, ConnectIndication)
    assert (indication.called_selector, indication.calling_selector, indication.user_data) == (b"\0\1", b"me", b"hi")
    assert indication.functional_units == FunctionalUnits.DUPLEX
    net.called.connect_response(user_data=b"welcome")
    net.run()
    confirm = net.caller.next_event()
    assert isinstance(confirm, ConnectConfirm)
    assert (confirm.user_data, confirm.responding_selector) == (b"welcome", b"\0\1")
    assert net.caller.state == net.called.state == "STA713"

    net.caller.data_request(b"question")
    net.called.data_request(b"answer")
    net.run()
    assert net.called.next_event() == DataIndication(b"question")
    assert net.caller.next_event() == DataIndication(b"answer")

    net.caller.release_request(b"bye")
    net.run()
    assert net.called.next_event() == ReleaseIndication(b"bye")
    net.called.release_response()
    net.run()
    assert net.caller.next_event() == ReleaseConfirm(b"")
    assert net.caller.next_event() is None
    assert net.caller.is_over


def test_properties_history_and_trace() -> None:
    net = Network()
    net.connect(HALF, initial_serial_number=1)
    properties = net.caller.properties
    assert properties.initiator and not net.called.properties.initiator
    assert properties.functional_units == HALF
    assert properties.available_tokens == Tokens.DATA | Tokens.SYNCHRONIZE_MINOR
    assert properties.owned_tokens == properties.available_tokens
    assert properties.serial_numbers[1] == 1
    history = net.caller.history()
    assert history[-1].to_state == net.caller.state
    assert history[-1].event in str(history[-1])
    lines = list(net.caller.trace())
    assert any("CN" in line for line in lines) and any("AC" in line for line in lines)
    assert list(net.caller.trace()) == []


def test_the_limits_can_be_asked() -> None:
    limits = osisession.Limits(answer_timeout=7, open_sync_points=3)
    network = Network(limits=limits)
    assert network.caller.limits == limits
    assert Spm().limits == osisession.Limits()


def test_synchronization_returns_the_serial_number() -> None:
    net = Network()
    net.connect(HALF, initial_serial_number=41)
    assert net.caller.sync_minor_request(b"here", explicit=True) == 41
    assert net.caller.sync_minor_request(explicit=False) == 42
    net.run()
    assert net.called.next_event() == SyncMinorIndication(41, True, False, b"here")
    assert net.called.next_event() == SyncMinorIndication(42, False, False, b"")
    net.called.sync_minor_response(42)
    net.run()
    assert net.caller.next_event() == SyncMinorConfirm(42, b"")


def test_a_request_without_the_token_is_refused_and_changes_nothing() -> None:
    net = Network()
    net.connect(HALF, initial_serial_number=1)
    before = net.called.properties
    with pytest.raises(osisession.RefusedError) as caught:
        net.called.data_request(b"x")
    assert caught.value.kind == osisession.ErrorKind.REFUSED
    assert caught.value.state == net.called.state
    assert caught.value.event == "SDTreq"
    assert net.called.properties == before
    assert net.called.next_transport_request() is None


def test_a_rejection() -> None:
    net = Network(selectors=[b"known"], unattached_selectors=[b"away"])
    for selector, reason in ((b"other", RefuseReason.SELECTOR_UNKNOWN), (b"away", RefuseReason.USER_NOT_ATTACHED)):
        net = Network(selectors=[b"known"], unattached_selectors=[b"away"])
        net.caller.connect_request(called_selector=selector)
        net.run()
        assert net.called.next_event() is None
        confirm = net.caller.next_event()
        assert isinstance(confirm, ConnectConfirmNegative)
        assert confirm.reason == reason


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda octets: array.array("B", octets)])
@pytest.mark.parametrize("size", [3, 10_000])
def test_buffers(make: Any, size: int) -> None:
    octets = bytes(range(256)) * 40
    net = Network()
    net.connect()
    net.caller.data_request(make(octets[:size]))
    net.run()
    assert net.called.next_event() == DataIndication(octets[:size])


def test_a_buffer_may_be_changed_after_the_request() -> None:
    net = Network()
    net.connect()
    octets = bytearray(b"a" * 8192)
    net.caller.data_request(octets)
    octets[:] = b"b" * len(octets)
    net.run()
    assert net.called.next_event() == DataIndication(b"a" * 8192)
    octets.append(0)  # No export is left behind.


def test_what_was_lent_is_given_back() -> None:
    net = Network()
    net.connect()
    octets = bytes(100_000)
    before = sys.getrefcount(octets)
    net.caller.data_request(octets)
    assert sys.getrefcount(octets) > before
    net.run()
    assert net.called.next_event() == DataIndication(octets)
    list(net.caller.trace()), list(net.called.trace())
    assert sys.getrefcount(octets) == before


def test_a_memoryview_with_gaps() -> None:
    net = Network()
    net.connect()
    net.caller.data_request(memoryview(b"a-b-c")[::2])
    net.run()
    assert net.called.next_event() == DataIndication(b"abc")


def test_what_the_peer_does_wrong_is_an_event_that_says_where() -> None:
    net = Network()
    net.connect()
    net.caller.transport_indication(TDataIndication(bytes.fromhex("ff00")), now=1.0)
    event = net.caller.next_event()
    assert isinstance(event, PAbortIndication)
    assert event.reason == PAbortReason.PROTOCOL_ERROR
    assert event.error is not None
    assert event.error.kind == osisession.ErrorKind.PEER
    assert event.error.layer == osisession.Layer.SESSION
    assert event.error.text
    with pytest.raises(osisession.PeerError):
        raise event.error


def test_a_lost_transport_says_why() -> None:
    net = Network()
    net.connect()
    net.caller.transport_indication(TDisconnectIndication("the cable was pulled"), now=1.0)
    event = net.caller.next_event()
    assert isinstance(event, PAbortIndication)
    assert event.reason == PAbortReason.TRANSPORT_DISCONNECT
    assert event.error is not None and event.error.text == "the cable was pulled"


@pytest.mark.parametrize("start", [100.0, 100_000_000_000])
def test_time_is_the_callers(start: float | int) -> None:
    spm = Spm(limits=osisession.Limits(connect_timeout=2.5))
    assert spm.next_timeout is None
    spm.connect_request(now=start)
    deadline = spm.next_timeout
    assert deadline is not None
    assert (deadline.at, deadline.at_ns, deadline.purpose) == (102.5, 102_500_000_000, "connect")
    spm.handle_timeout(deadline.at_ns - 1)
    assert spm.next_event() is None
    spm.handle_timeout(deadline.at_ns)
    event = spm.next_event()
    assert isinstance(event, PAbortIndication)
    assert spm.is_over


@pytest.mark.parametrize("now", [-1.0, float("nan"), float("inf")])
def test_time_that_is_no_time(now: float) -> None:
    with pytest.raises(osisession.InvalidError):
        Spm().handle_timeout(now)
