"""SPDUs from their parameters."""

import pytest

import osisession
from osisession import FunctionalUnits, Tokens, TokenAssignment, TokenSide, TsduSizes, Versions


def test_a_connect_is_what_it_says() -> None:
    octets = osisession.encode(
        "CN",
        extended_concatenation=False,
        versions=Versions.V2,
        functional_units=FunctionalUnits.DUPLEX,
        calling_selector=b"\0\1",
        called_selector=b"\0\1",
        user_data=b"AB",
    )
    assert octets.hex() == "0d180506130100160102140200023302000134020001c1024142"
    (spdu,) = osisession.decode(octets, strict=True)
    assert (spdu.kind, spdu.user_data) == ("CN", b"AB")


def test_every_kind_of_value() -> None:
    octets = osisession.encode(
        "AC",
        tsdu_maximum_size=TsduSizes(1024, 512),
        token_setting=TokenAssignment(data=TokenSide.ACCEPTOR),
        token_item=Tokens.DATA,
        upper_limit_serial_number=9,
        initial_serial_number=1234567,
        functional_units=FunctionalUnits.HALF_DUPLEX | FunctionalUnits.MINOR_SYNC,
    )
    (spdu,) = osisession.decode(octets, strict=True, upper_limit=9)
    parameter = spdu.parameter(57, group=5)
    assert parameter is not None
    assert parameter.meaning == "1234567"


def test_what_breaks_a_rule_is_refused_with_the_clause() -> None:
    with pytest.raises(osisession.InvalidError) as caught:
        osisession.encode("EX", user_data=bytes(15), expedited=True)
    assert caught.value.spdu == "EX"
    assert caught.value.clause
    with pytest.raises(osisession.InvalidError):
        osisession.encode("XY")
    with pytest.raises(TypeError):
        osisession.encode("CN", nonsense=1)  # type: ignore[call-arg]


def test_deliberately_wrong_octets() -> None:
    wrong = osisession.encode("RS", units=[(None, 27, b"\3"), (None, 26, b"\0")], check=False, canonical=False)
    assert wrong.hex() == "35061b01031a0100"
    with pytest.raises(osisession.PeerError) as caught:
        osisession.decode(b"\1\0" + wrong, strict=True)
    assert caught.value.offset is not None
