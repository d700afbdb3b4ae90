"""The calling half of `cargo xtask demo`; the other half is examples/c/demo_responder.c.

Usage: demo_initiator.py ADDRESS FILE RETURNED

Three sessions over RFC 1006. In the first FILE goes to the responder and comes back, in duplex, and is compared and written
to RETURNED. In the second, in half-duplex, both sides pass the data token back and forth to ask and to answer. The third
calls a session selector that nobody has.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeVar

import osisession
from osisession import (
    ConnectRefusedError,
    DataIndication,
    FunctionalUnits,
    ReleaseConfirm,
    Session,
    SessionConfig,
    TokenGiveIndication,
    TokenPleaseIndication,
    Tokens,
    TsduSizes,
    Versions,
)

WAIT = 20.0
Kind = TypeVar("Kind")
"""Seconds to wait for anything."""

CHUNK = 4096
"""Octets of one S-DATA."""

WINDOW = 16
"""So many S-DATA are on their way before one has come back: neither side's queues fill up."""


class DemoError(Exception):
    """Something is not as it must be."""


def check(holds: bool, what: str) -> None:
    if not holds:
        raise DemoError(what)


def show(session: Session) -> None:
    """Prints what the session has noted since the last time: primitives, SPDUs, transport."""
    for line in session.trace():
        print(line)


def call(address: str, called: bytes, functional_units: FunctionalUnits, subject: bytes) -> Session:
    """An S-CONNECT, as far as it goes."""
    session = osisession.Endpoint().connect(
        address,
        config=SessionConfig(trace=True),
        calling_t_selector=b"py",
        called_t_selector=b"demo",
        calling_selector=b"initiator",
        called_selector=called,
        functional_units=functional_units,
        versions=Versions.V1 | Versions.V2,
        tsdu_maximum_size=TsduSizes(initiator_to_responder=2048, responder_to_initiator=1024),
        user_data=subject,
    )
    try:
        session.wait_connected(WAIT)
    finally:
        show(session)
    return session


def wait_for(session: Session, kind: type[Kind]) -> Kind:
    """The next event, which must be of this kind."""
    event = session.next_event(WAIT)
    show(session)
    if not isinstance(event, kind):
        raise DemoError(f"expected {kind.__name__}, got {event}")
    return event


def release(session: Session, user_data: bytes) -> bytes:
    """An orderly release; gives what the responder says to it."""
    session.release_request(user_data)
    confirm = wait_for(session, ReleaseConfirm)
    try:
        session.next_event(WAIT)  # the transport connection ends; nothing else may come
        raise DemoError("an event after the release")
    except osisession.ClosedError:
        show(session)
    session.close()
    return confirm.user_data


def transfer(address: str, path: Path, returned: Path) -> None:
    print("== Session 1: duplex, the file goes and comes back")
    octets = path.read_bytes()
    proposed = FunctionalUnits.HALF_DUPLEX | FunctionalUnits.DUPLEX | FunctionalUnits.TYPED_DATA
    session = call(address, b"file", proposed, f"{len(octets)} {path.name}".encode())
    selected = session.properties
    print(
        f"negotiated: version {selected.version.name}, functional units {selected.functional_units!r}, "
        f"TSDUs of at most {selected.tsdu_maximum_size.initiator_to_responder} octets there "
        f"and {selected.tsdu_maximum_size.responder_to_initiator} back"
    )
    check(selected.version == Versions.V2, "version 2 was not selected")
    check(selected.functional_units == FunctionalUnits.DUPLEX, "not what both sides can do")
    check(selected.tsdu_maximum_size == TsduSizes(1024, 512), "not the smaller of both sides' TSDU sizes")
    chunks = [octets[at : at + CHUNK] for at in range(0, len(octets), CHUNK)]
    back = bytearray()
    for number, chunk in enumerate(chunks):
        session.data_request(chunk)
        if number >= WINDOW:
            back += wait_for(session, DataIndication).user_data
    while len(back) < len(octets):
        back += wait_for(session, DataIndication).user_data
    returned.write_bytes(back)
    for at, (sent, came) in enumerate(zip(octets, back, strict=False)):
        check(sent == came, f"octet {at} went as {sent:#04x} and came back as {came:#04x}")
    check(len(octets) == len(back), f"{len(octets)} octets went, {len(back)} came back")
    print(f"compared: {len(octets)} octets in {len(chunks)} SSDUs came back identical")
    said = release(session, b"thank you")
    check(said == f"{len(octets)} octets".encode(), f"the responder counted {said!r}")


def questions(address: str, path: Path) -> None:
    print("== Session 2: half-duplex, the data token goes back and forth")
    octets = path.read_bytes()
    asked = {
        b"LENGTH": b"%d" % len(octets),
        b"SUM": b"%d" % (sum(octets) % 65536),
        b"LINE 1": b"1: " + octets.split(b"\n")[0][:60],
        b"LINE 9999999": b"no such line",
    }
    units = FunctionalUnits.HALF_DUPLEX
    session = call(address, b"ask", units | FunctionalUnits.DUPLEX, b"questions about the file")
    check(session.properties.functional_units == units, "half-duplex was not selected")
    for question, expected in asked.items():
        check(Tokens.DATA in session.properties.owned_tokens, "the data token is not here")
        session.data_request(question)
        wait_for(session, TokenPleaseIndication)  # the responder wants to answer
        session.token_give_request(Tokens.DATA)
        answer = wait_for(session, DataIndication).user_data
        try:
            session.data_request(b"out of turn")
            raise DemoError("data went without the token")
        except osisession.RefusedError as refused:
            if question == b"LENGTH":
                print(f"refused, as it must be without the token: {refused}")
        session.token_please_request(Tokens.DATA)
        wait_for(session, TokenGiveIndication)
        print(f"asked {question.decode()}: {answer.decode(errors='replace')}")
        check(answer == expected, f"{question!r}: expected {expected!r}, got {answer!r}")
    release(session, b"no more questions")


def wrong_selector(address: str) -> None:
    print("== Session 3: a session selector that nobody has")
    try:
        call(address, b"nobody", FunctionalUnits.DUPLEX, b"")
    except ConnectRefusedError as error:
        print(f"refused: {error}")
        print(f"  kind {error.kind}, layer {error.layer}, SPDU {error.spdu}, reason {error.reason}, clause {error.clause}")
        check(error.reason == osisession.RefuseReason.SELECTOR_UNKNOWN, "not refused for its selector")
        check(error.clause is not None, "no clause")
        return
    raise DemoError("the wrong selector was accepted")


def main() -> int:
    address, path, returned = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    try:
        transfer(address, path, returned)
        questions(address, path)
        wrong_selector(address)
    except (DemoError, osisession.OsisessionError) as error:
        print(f"FAILED: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
