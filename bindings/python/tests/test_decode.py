"""SPDUs read by `decode`."""

from __future__ import annotations

import osisession
import pytest
from osisession import FunctionalUnits, Versions, decode

CONNECT = bytes.fromhex("0d180506130100160102140200023302000134020001c1024142")
"""Version 2, duplex, session selectors 0001, user data "AB": what MMS stacks send."""


def test_a_connect_as_a_tree() -> None:
    (spdu,) = decode(CONNECT)
    assert (spdu.kind, spdu.name, spdu.offset, spdu.octets) == ("CN", "CONNECT", 0, CONNECT)
    assert spdu.user_data == b"AB"
    assert spdu.leniencies == ()
    assert str(spdu.parameters[1]) == "Session User Requirements duplex"
    assert [parameter.code for parameter in spdu.parameters] == [5, 20, 51, 52, 193]
    group = spdu.parameters[0]
    assert [parameter.code for parameter in group.parameters] == [19, 22]
    assert group.raw == bytes.fromhex("130100160102")
    version = spdu.parameter(22, group=5)
    assert version is not None
    assert (version.offset, version.raw) == (7, b"\2")
    assert Versions(version.raw[0]) == Versions.V2
    units = spdu.parameter(20)
    assert units is not None
    assert FunctionalUnits(int.from_bytes(units.raw)) == FunctionalUnits.DUPLEX
    assert "duplex" in units.meaning
    assert spdu.parameter(99) is None


def test_one_line_for_people() -> None:
    (spdu,) = decode(CONNECT)
    line = str(spdu)
    assert "\n" not in line
    assert line.startswith("CN (") and "Session User Requirements duplex" in line


def test_concatenated_spdus_in_wire_order() -> None:
    spdus = decode(bytes.fromhex("010310010101007a"))
    assert [(spdu.kind, spdu.offset) for spdu in spdus] == [("GT", 0), ("DT", 5)]
    assert spdus[1].user_data == b"z"


@pytest.mark.parametrize(
    ("tsdu", "kind"),
    [
        ("0d00", "CN"),
        ("0c09110100160103320181", "RF"),
        ("190711010531020e00", "AB"),
        ("1a00", "AA"),
        ("0a00", "DN"),
    ],
)
def test_vectors(tsdu: str, kind: str) -> None:
    (spdu,) = decode(bytes.fromhex(tsdu), strict=True)
    assert spdu.kind == kind


def test_the_expedited_flow() -> None:
    (spdu,) = decode(bytes.fromhex("0500") + bytes(14), expedited=True)
    assert (spdu.kind, spdu.user_data) == ("EX", bytes(14))


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_buffers(make: type) -> None:
    assert decode(make(CONNECT)) == decode(CONNECT)


@pytest.mark.parametrize(
    "tsdu",
    [
        "0d0b0507130100160200021400",  # Version Number of 2 octets.
        "0d03140102",  # Session User Requirements of 1 octet.
        "0d05",  # Cut off.
        "01000103190100"[:5],  # Half an octet less than a header.
    ],
)
def test_malformed_tsdus_say_where(tsdu: str) -> None:
    octets = bytes.fromhex(tsdu if len(tsdu) % 2 == 0 else tsdu[:-1])
    with pytest.raises(osisession.PeerError) as caught:
        decode(octets, strict=True)
    error = caught.value
    assert error.layer == osisession.Layer.SESSION
    assert error.offset is not None and 0 <= error.offset <= len(octets)
    assert error.text
    assert error.octets and octets.startswith(error.octets) or error.octets in octets


def test_a_leniency_is_reported_and_strict_refuses_it() -> None:
    bare = bytes.fromhex("1903c10141")  # ABORT without its Transport Disconnect.
    (spdu,) = decode(bare)
    assert spdu.kind == "AB"
    assert [used.leniency for used in spdu.leniencies] == [osisession.Leniency.ABORT_WITHOUT_REASON]
    with pytest.raises(osisession.PeerError):
        decode(bare, strict=True)


def test_no_octets() -> None:
    with pytest.raises(osisession.PeerError):
        decode(b"")


def test_any_octets_are_read_or_refused() -> None:
    for first in range(256):
        for second in (0, 1, 2, 254, 255):
            for tail in (b"", b"\0", b"\x05\x06\x13\x01\x00\x16", bytes(range(200))):
                octets = bytes((first, second)) + tail
                try:
                    for spdu in decode(octets):
                        assert octets[spdu.offset :].startswith(spdu.octets)
                except osisession.PeerError as error:
                    assert error.text
