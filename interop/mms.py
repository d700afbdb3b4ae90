"""Just enough of presentation (X.226), ACSE (X.227) and MMS (ISO 9506) to say something real over a session.

Every value is built from its fields: what goes over the session can be read here. The values are those that libiec61850
sends; its server and its client check them.
"""

from __future__ import annotations

from collections.abc import Iterator

BER = bytes.fromhex("5101")  # 2.1.1, the basic encoding rules
ACSE = bytes.fromhex("52010001")  # 2.2.1.0.1, ACSE version 1
MMS = bytes.fromhex("28ca220201")  # 1.0.9506.2.1, the MMS abstract syntax
MMS_CONTEXT = bytes.fromhex("28ca220203")  # 1.0.9506.2.3, the MMS application context

ACSE_CONTEXT_ID, MMS_CONTEXT_ID = 1, 3


def tlv(tag: int, *parts: bytes) -> bytes:
    """One value: tag, definite length, contents."""
    contents = b"".join(parts)
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + contents


def integer(tag: int, value: int) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def values(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """The values in a row: tag and contents."""
    at = 0
    while at < len(octets):
        tag, size = octets[at], octets[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(octets[at : at + count], "big")
            at += count
        if at + size > len(octets):
            raise ValueError(f"value {tag:#x} at octet {at} is longer than what holds it")
        yield tag, octets[at : at + size]
        at += size


def find(octets: bytes, *path: int) -> bytes:
    """The contents of the first value with each of these tags, one inside the other."""
    for wanted in path:
        for tag, contents in values(octets):
            if tag == wanted:
                octets = contents
                break
        else:
            raise ValueError(f"no value {wanted:#x} in {octets.hex()}")
    return octets


def fully_encoded(context: int, value: bytes) -> bytes:
    """fully-encoded-data with one PDV-list: [APPLICATION 1]."""
    return tlv(0x61, tlv(0x30, integer(0x02, context), tlv(0xA0, value)))


def association_information(value: bytes) -> bytes:
    """The MMS value in the user information of an ACSE APDU: an EXTERNAL."""
    return tlv(0xBE, tlv(0x28, integer(0x02, MMS_CONTEXT_ID), tlv(0xA0, value)))


def initiate(tag: int) -> bytes:
    """MMS initiate: request (0xa8) or response (0xa9)."""
    detail = tlv(
        0xA4,
        integer(0x80, 1),  # version
        tlv(0x81, bytes.fromhex("05f100")),  # parameter CBB
        tlv(0x82, bytes.fromhex("03ee1c00000408000079ef18")),  # services
    )
    return tlv(tag, integer(0x80, 65_000), integer(0x81, 5), integer(0x82, 5), integer(0x83, 10), detail)


NORMAL_MODE = tlv(0xA0, integer(0x80, 1))


def connect_ppdu() -> bytes:
    """CP: the two contexts, and an AARQ with an MMS initiate request. User data of S-CONNECT request."""

    def context(identifier: int, syntax: bytes) -> bytes:
        return tlv(0x30, integer(0x02, identifier), tlv(0x06, syntax), tlv(0x30, tlv(0x06, BER)))

    aarq = tlv(
        0x60,
        tlv(0xA1, tlv(0x06, MMS_CONTEXT)),
        tlv(0xA2, tlv(0x06, bytes.fromhex("2901876701"))),  # called AP title
        tlv(0xA3, integer(0x02, 12)),  # called AE qualifier
        tlv(0xA6, tlv(0x06, bytes.fromhex("29018767"))),  # calling AP title
        tlv(0xA7, integer(0x02, 12)),  # calling AE qualifier
        association_information(initiate(0xA8)),
    )
    return tlv(
        0x31,
        NORMAL_MODE,
        tlv(
            0xA2,
            tlv(0x81, bytes.fromhex("00000001")),  # calling presentation selector
            tlv(0x82, bytes.fromhex("00000001")),  # called presentation selector
            tlv(0xA4, context(ACSE_CONTEXT_ID, ACSE), context(MMS_CONTEXT_ID, MMS)),
            fully_encoded(ACSE_CONTEXT_ID, aarq),
        ),
    )


def connect_accept_ppdu() -> bytes:
    """CPA: both contexts accepted, and an AARE with an MMS initiate response. User data of S-CONNECT response."""
    accepted = tlv(0x30, integer(0x80, 0), tlv(0x81, BER))
    aare = tlv(
        0x61,
        tlv(0xA1, tlv(0x06, MMS_CONTEXT)),
        tlv(0xA2, integer(0x02, 0)),  # accepted
        tlv(0xA3, tlv(0xA1, integer(0x02, 0))),  # no diagnostic
        association_information(initiate(0xA9)),
    )
    return tlv(
        0x31,
        NORMAL_MODE,
        tlv(
            0xA2,
            tlv(0x83, bytes.fromhex("00000001")),  # responding presentation selector
            tlv(0xA5, accepted, accepted),
            fully_encoded(ACSE_CONTEXT_ID, aare),
        ),
    )


def accepted_initiate(cpa: bytes) -> bytes:
    """The MMS initiate response in a CPA whose AARE accepts."""
    aare = find(cpa, 0x31, 0xA2, 0x61, 0x30, 0xA0, 0x61)
    if find(aare, 0xA2, 0x02) != b"\0":
        raise ValueError("the association was not accepted")
    return find(aare, 0xBE, 0x28, 0xA0, 0xA9)


def requested_initiate(cp: bytes) -> bytes:
    """The MMS initiate request in the AARQ of a CP."""
    return find(cp, 0x31, 0xA2, 0x61, 0x30, 0xA0, 0x60, 0xBE, 0x28, 0xA0, 0xA8)


def request(invoke: int, service: bytes) -> bytes:
    """An MMS confirmed request in S-DATA."""
    return fully_encoded(MMS_CONTEXT_ID, tlv(0xA0, integer(0x02, invoke), service))


def response(invoke: bytes, service: bytes) -> bytes:
    """An MMS confirmed response in S-DATA."""
    return fully_encoded(MMS_CONTEXT_ID, tlv(0xA1, tlv(0x02, invoke), service))


def pdu(user_data: bytes) -> tuple[int, bytes]:
    """Tag and contents of the MMS PDU in S-DATA."""
    return next(values(find(user_data, 0x61, 0x30, 0xA0)))


IDENTIFY = tlv(0x82)

DOMAIN_NAMES = tlv(0xA1, tlv(0xA0, integer(0x80, 9)), tlv(0xA1, tlv(0x80)))
"""getNameList: object class domain, scope VMD."""


def name_list(*names: str) -> bytes:
    """getNameList response; more does not follow."""
    return tlv(0xA1, tlv(0xA0, *(tlv(0x1A, name.encode()) for name in names)), tlv(0x81, b"\0"))


CONCLUDE_REQUEST = fully_encoded(MMS_CONTEXT_ID, tlv(0x8B))
CONCLUDE_RESPONSE = fully_encoded(MMS_CONTEXT_ID, tlv(0x8C))

RELEASE_REQUEST = fully_encoded(ACSE_CONTEXT_ID, tlv(0x62, integer(0x80, 0)))
"""RLRQ, reason normal. User data of S-RELEASE request."""

RELEASE_RESPONSE = fully_encoded(ACSE_CONTEXT_ID, tlv(0x63))
"""RLRE. User data of S-RELEASE response."""

ABORT = fully_encoded(ACSE_CONTEXT_ID, tlv(0x64, integer(0x80, 0)))
"""ABRT, source ACSE service user. User data of S-U-ABORT."""
