"""Sessions over loopback, by public names."""

from __future__ import annotations

import selectors
import sys
import threading
from collections.abc import Callable

import osisession
import pytest
from conftest import WAIT, Pair
from osisession import (
    ActivityEndConfirm,
    ActivityEndIndication,
    ActivityStartIndication,
    ConnectConfirm,
    ConnectIndication,
    DataIndication,
    ExceptionReason,
    FunctionalUnits,
    ReleaseConfirm,
    ReleaseIndication,
    Resync,
    ResynchronizeConfirm,
    ResynchronizeIndication,
    ResyncType,
    SyncMajorConfirm,
    SyncMajorIndication,
    TokenGiveIndication,
    TokenPleaseIndication,
    Tokens,
    TypedDataIndication,
    UAbortIndication,
)

FULL = (
    FunctionalUnits.HALF_DUPLEX
    | FunctionalUnits.MINOR_SYNC
    | FunctionalUnits.MAJOR_SYNC
    | FunctionalUnits.RESYNCHRONIZE
    | FunctionalUnits.TYPED_DATA
)


def echo(listener: osisession.Listener) -> None:
    """Answers one caller with its own data until it releases."""
    with listener.accept(WAIT) as session:
        for event in session:
            match event:
                case ConnectIndication(functional_units=functional_units):
                    session.connect_response(functional_units=functional_units, user_data=b"echo")
                case DataIndication(user_data):
                    session.data_request(user_data)
                case ReleaseIndication():
                    session.release_response()


@pytest.mark.parametrize("size", [1, 5_000, 300_000])
def test_two_endpoints_in_two_threads(size: int) -> None:
    with osisession.Endpoint() as there, there.listen("127.0.0.1:0", session_selector=b"echo") as listener:
        server = threading.Thread(target=echo, args=(listener,))
        server.start()
        with osisession.connect(listener.local_address, called_selector=b"echo", timeout=WAIT) as session:
            assert isinstance(session.confirm, ConnectConfirm)
            assert session.confirm.user_data == b"echo"
            assert session.peer_address == listener.local_address
            data = bytes(size)
            session.data_request(data)
            assert session.next_event(WAIT) == DataIndication(data)
            session.release_request(b"done")
            assert session.next_event(WAIT) == ReleaseConfirm(b"")
            with pytest.raises(osisession.ClosedError):
                session.next_event(WAIT)
            assert session.is_over
        server.join(WAIT)
        assert not server.is_alive()


def test_in_memory(endpoint: osisession.Endpoint) -> None:
    with endpoint.listen("memory:python-test") as listener:
        caller = endpoint.connect("memory:python-test", user_data=b"in here")
        called = listener.accept(WAIT)
        indication = called.next_event(WAIT)
        assert isinstance(indication, ConnectIndication) and indication.user_data == b"in here"
        called.connect_response()
        assert caller.wait_connected(WAIT) == caller.confirm


def test_tokens_synchronization_and_resynchronization(connected: Callable[..., Pair]) -> None:
    caller, called = connected(FULL, initial_serial_number=10)
    caller.typed_data_request(b"typed")
    assert called.next_event(WAIT) == TypedDataIndication(b"typed")
    called.token_please_request(Tokens.DATA, b"please")
    assert caller.next_event(WAIT) == TokenPleaseIndication(Tokens.DATA, b"please")
    caller.token_give_request(Tokens.DATA)
    assert called.next_event(WAIT) == TokenGiveIndication(Tokens.DATA, b"")
    called.token_give_request(Tokens.DATA)
    assert caller.next_event(WAIT) == TokenGiveIndication(Tokens.DATA, b"")
    assert caller.sync_major_request(b"point") == 10
    assert called.next_event(WAIT) == SyncMajorIndication(10, b"point")
    called.sync_major_response(b"taken")
    assert caller.next_event(WAIT) == SyncMajorConfirm(None, b"taken")
    caller.resynchronize_request(Resync(ResyncType.SET, 77), user_data=b"again")
    indication = called.next_event(WAIT)
    assert isinstance(indication, ResynchronizeIndication)
    assert (indication.first, indication.user_data) == (Resync(ResyncType.SET, 77), b"again")
    called.resynchronize_response(indication.first, tokens=indication.tokens)
    confirm = caller.next_event(WAIT)
    assert isinstance(confirm, ResynchronizeConfirm) and confirm.first is not None
    assert confirm.first.serial_number == 77


def test_activities(connected: Callable[..., Pair]) -> None:
    units = FunctionalUnits.HALF_DUPLEX | FunctionalUnits.MINOR_SYNC | FunctionalUnits.ACTIVITY_MANAGEMENT
    caller, called = connected(units)
    caller.activity_start_request(b"file-1", b"begin")
    assert called.next_event(WAIT) == ActivityStartIndication(b"file-1", b"begin")
    assert caller.properties.activity_in_progress
    number = caller.activity_end_request(b"end")
    assert called.next_event(WAIT) == ActivityEndIndication(number, b"end")
    called.activity_end_response()
    assert caller.next_event(WAIT) == ActivityEndConfirm(None, b"")
    assert not caller.properties.activity_in_progress
    caller.activity_start_request(b"file-2")
    assert called.next_event(WAIT) == ActivityStartIndication(b"file-2", b"")
    caller.activity_interrupt_request(ExceptionReason.LOCAL_USER_ERROR)
    interrupted = called.next_event(WAIT)
    assert isinstance(interrupted, osisession.ActivityInterruptIndication)
    assert interrupted.reason is ExceptionReason.LOCAL_USER_ERROR


def test_leaving_a_session_aborts_it(pair: Pair) -> None:
    caller, called = pair
    with caller:
        caller.data_request(b"before")
    assert called.next_event(WAIT) == DataIndication(b"before")
    assert isinstance(called.next_event(WAIT), UAbortIndication | osisession.PAbortIndication)
    assert called.is_over and caller.is_over


def test_an_abort_carries_its_data(pair: Pair) -> None:
    caller, called = pair
    called.u_abort_request(b"enough")
    assert list(caller) == [UAbortIndication(b"enough")]


def test_properties_history_and_ladder(pair: Pair) -> None:
    caller, called = pair
    assert caller.properties.state == caller.state == "STA713"
    assert caller.properties.functional_units == FunctionalUnits.DUPLEX
    assert caller.properties.initiator and not called.properties.initiator
    assert caller.history() and caller.history()[-1].to_state == "STA713"
    lines = list(called.trace())
    assert lines and all(isinstance(line, str) for line in lines)
    assert any("CN" in line for line in lines)


def test_handles_of_one_session_are_equal(endpoint: osisession.Endpoint) -> None:
    with endpoint.listen("127.0.0.1:0") as listener:
        caller = endpoint.connect(listener.local_address)
        called = listener.accept(WAIT)
        called.next_event(WAIT)
        called.connect_response()
        ready = None
        while ready != caller:
            assert endpoint.dispatch(WAIT) > 0
            while (found := endpoint.next_ready()) is not None:
                ready = found
                if ready == caller:
                    break
        assert isinstance(ready, osisession.Session) and ready is not caller
        assert hash(ready) == hash(caller) and ready != called
        assert ready.endpoint == endpoint
        assert isinstance(caller.try_next_event(), ConnectConfirm)
        assert ready.try_next_event() is None


def test_driven_by_a_selector() -> None:
    with osisession.Endpoint() as endpoint, selectors.DefaultSelector() as selector:
        assert endpoint.fileno() == endpoint.descriptor
        selector.register(endpoint, selectors.EVENT_READ)
        listener = endpoint.listen("127.0.0.1:0")
        caller = endpoint.connect(listener.local_address)
        seen: list[type] = []
        rounds = 0
        while ConnectConfirm not in seen:
            rounds += 1
            assert rounds < 1_000
            selector.select(min(endpoint.next_timeout or WAIT, WAIT))
            endpoint.dispatch(0)
            while (ready := endpoint.next_ready()) is not None:
                if isinstance(ready, osisession.Listener):
                    while (session := ready.try_accept()) is not None:
                        event = session.try_next_event()
                        assert isinstance(event, ConnectIndication)
                        called = session
                        called.connect_response()
                else:
                    while (event := ready.try_next_event()) is not None:
                        seen.append(type(event))
        assert caller.state == "STA713"


def test_driven_by_a_thread(endpoint: osisession.Endpoint) -> None:
    endpoint.start()
    listener = endpoint.listen("127.0.0.1:0")
    server = threading.Thread(target=echo, args=(listener,))
    server.start()
    with osisession.connect(listener.local_address, endpoint=endpoint, timeout=WAIT) as session:
        session.data_request(b"x")
        assert session.next_event(WAIT) == DataIndication(b"x")
        session.release_request()
        session.next_event(WAIT)
    server.join(WAIT)
    endpoint.stop()
    assert not server.is_alive()


def test_handlers_get_events_and_may_call_anything(connected: Callable[..., Pair], endpoint: osisession.Endpoint) -> None:
    caller, called = connected()
    got: list[osisession.Event] = []

    def answer(session: osisession.Session, event: osisession.Event) -> None:
        assert session == called
        got.append(event)
        if isinstance(event, DataIndication):
            session.data_request(event.user_data.upper())

    called.set_handler(answer)
    caller.data_request(b"quiet")
    assert caller.next_event(WAIT) == DataIndication(b"QUIET")
    assert got == [DataIndication(b"quiet")]
    called.set_handler(None)
    caller.data_request(b"pulled")
    assert called.next_event(WAIT) == DataIndication(b"pulled")


def test_what_a_handler_raises_comes_out_of_dispatch(connected: Callable[..., Pair], endpoint: osisession.Endpoint) -> None:
    caller, called = connected()

    def fail(session: osisession.Session, event: osisession.Event) -> None:
        raise LookupError("in the handler")

    called.set_handler(fail)
    caller.data_request(b"x")
    with pytest.raises(LookupError, match="in the handler"):
        for _ in range(100):
            endpoint.dispatch(WAIT)


def test_what_a_handler_raises_in_the_background_is_reported(
    connected: Callable[..., Pair], endpoint: osisession.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, called = connected()
    reported: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: reported.append(unraisable.exc_value))

    def fail_once(session: osisession.Session, event: osisession.Event) -> None:
        session.data_request(b"called")
        raise LookupError("in the background")

    endpoint.start()
    called.set_handler(fail_once)
    for _ in range(2):
        caller.data_request(b"x")
        assert caller.next_event(WAIT) == DataIndication(b"called")
    endpoint.stop()
    assert [str(error) for error in reported] == ["in the background"] * 2


def test_the_callers_own_transport(endpoint: osisession.Endpoint) -> None:
    session, port = endpoint.open()
    session.connect_request(called_selector=b"x")
    assert port.next_request() == osisession.TConnectRequest(False)
    port.indication(osisession.TConnectConfirm())
    request = port.next_request()
    assert isinstance(request, osisession.TDataRequest)
    (spdu,) = osisession.decode(request.tsdu)
    assert spdu.kind == "CN"
    assert port.wants_data
    port.indication(osisession.TDisconnectIndication("unplugged"))
    event = session.next_event(WAIT)
    assert isinstance(event, osisession.PAbortIndication) and event.error is not None
    assert "unplugged" in str(event.error)


def test_closed_things_say_so(endpoint: osisession.Endpoint) -> None:
    listener = endpoint.listen("127.0.0.1:0")
    listener.close()
    assert listener.is_closed
    with pytest.raises(osisession.ClosedError):
        listener.accept(WAIT)
    endpoint.close()
    assert endpoint.is_closed
    with pytest.raises(osisession.ClosedError) as caught:
        endpoint.listen("127.0.0.1:0")
    assert caught.value.kind == osisession.ErrorKind.CLOSED
