"""Values, events and exceptions, without a session."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import typing

import osisession
import pytest
from osisession import _native

EVENTS = typing.get_args(osisession.Event)


def test_limits_are_those_of_the_library() -> None:
    assert _native._default_limits() == osisession.Limits()


def test_every_event_is_frozen_and_matchable() -> None:
    assert len(EVENTS) == 32
    for event in EVENTS:
        assert issubclass(event, osisession.Primitive)
        assert event.__match_args__ == tuple(field.name for field in dataclasses.fields(event))
        assert event.name.startswith("S-") and event.name.split()[1] in ("indication", "confirm")
        assert not hasattr(event(*[None] * len(event.__match_args__)), "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        osisession.DataIndication(b"").user_data = b"x"  # type: ignore[misc]


def test_match_by_position_and_by_name() -> None:
    event: osisession.Event = osisession.SyncMinorIndication(7, True, False, b"x")
    match event:
        case osisession.SyncMinorIndication(serial_number, explicit=True, user_data=data):
            assert (serial_number, data) == (7, b"x")
        case _:
            pytest.fail("no match")


def test_public_names_live_in_the_package() -> None:
    for name in osisession.__all__:
        value = getattr(osisession, name)
        if inspect.isclass(value):
            assert value.__module__ == "osisession", name


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (osisession.InvalidError, ValueError),
        (osisession.TransportError, ConnectionError),
        (osisession.TimedOutError, TimeoutError),
        (osisession.WouldBlockError, BlockingIOError),
        (osisession.ConnectRefusedError, ConnectionRefusedError),
        (osisession.AbortedError, ConnectionAbortedError),
        (osisession.RefusedError, Exception),
        (osisession.LimitError, Exception),
        (osisession.ClosedError, Exception),
        (osisession.InternalError, Exception),
    ],
)
def test_exceptions_keep_what_they_know(error: type[osisession.OsisessionError], builtin: type[Exception]) -> None:
    assert issubclass(error, osisession.OsisessionError) and issubclass(error, builtin)
    first = error("all of it", text="text", layer="tpkt", offset=3, reason=129, octets=b"\x03")
    for exception in (first, pickle.loads(pickle.dumps(first)), copy.copy(first)):
        assert type(exception) is error
        assert str(exception) == "all of it"
        assert (exception.text, exception.layer, exception.offset) == ("text", osisession.Layer.TPKT, 3)
        assert (exception.reason, exception.octets, exception.spdu) == (129, b"\x03", None)
        assert exception.kind == error("x").kind


def test_a_panic_is_an_exception_that_handlers_catch(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(osisession.InternalError, match="on purpose at .*lib.rs:") as caught:
        _native._panic("on purpose")
    assert caught.value.kind == osisession.ErrorKind.INTERNAL
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "parameters",
    [
        {"functional_units": 0x2000},
        {"functional_units": -1},
        {"versions": 4},
        {"tsdu_maximum_size": osisession.TsduSizes(65536, 0)},
        {"tokens": osisession.TokenAssignment(data=3)},  # type: ignore[arg-type]
    ],
)
def test_values_out_of_range_are_invalid(parameters: dict[str, object]) -> None:
    with pytest.raises(osisession.InvalidError) as caught:
        osisession.Spm().connect_request(**parameters)  # type: ignore[arg-type]
    assert caught.value.kind == osisession.ErrorKind.INVALID


def test_wrong_types_are_named() -> None:
    spm = osisession.Spm()
    with pytest.raises(TypeError, match="argument 'user_data'"):
        spm.connect_request(user_data="text")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="argument 'tokens': expected TokenAssignment, not 'int'"):
        spm.connect_request(tokens=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected keyword argument 'selector'"):
        spm.connect_request(selector=b"x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="user_data"):
        spm.data_request("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        spm.transport_indication(b"octets")  # type: ignore[arg-type]
