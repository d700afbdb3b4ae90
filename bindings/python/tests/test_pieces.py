"""SSDUs in pieces: sent and indicated before they are whole."""

from __future__ import annotations

import asyncio
import hashlib
import threading

import osisession
import pytest
from conftest import WAIT
from osisession import DataIndication, Limits, SessionConfig, TypedDataIndication, aio

UNITS = osisession.FunctionalUnits.DUPLEX | osisession.FunctionalUnits.TYPED_DATA
SMALL = Limits(queued_send_octets=1 << 16, queued_event_octets=1 << 16, tsdu_reassembly=1 << 16)
"""Nothing here could hold a whole SSDU."""
PIECES = SessionConfig(pieces=True, limits=SMALL, max_tpdu_size=2048)


def connect(endpoint: osisession.Endpoint, config: SessionConfig) -> tuple[osisession.Session, osisession.Session]:
    listener = endpoint.listen("127.0.0.1:0", config=config)
    caller = endpoint.connect(listener.local_address, config=config, functional_units=UNITS)
    called = listener.accept(WAIT)
    called.next_event(WAIT)
    called.connect_response(functional_units=UNITS)
    caller.wait_connected(WAIT)
    return caller, called


def test_the_peer_sees_one_ssdu(endpoint: osisession.Endpoint) -> None:
    caller, called = connect(endpoint, SessionConfig())
    caller.data_piece_request(b"one, ", more=True)
    caller.data_piece_request(bytearray(b"two, "), True)
    caller.data_piece_request(b"three", more=False)
    assert called.next_event(WAIT) == DataIndication(b"one, two, three")
    caller.typed_data_piece_request(b"typed", True)
    caller.typed_data_piece_request(b"", False)
    assert called.next_event(WAIT) == TypedDataIndication(b"typed")
    caller.data_piece_request(b"whole", False)
    assert called.next_event(WAIT) == DataIndication(b"whole")


def test_the_user_sees_pieces(endpoint: osisession.Endpoint) -> None:
    caller, called = connect(endpoint, PIECES)
    data = bytes(range(256)) * 64
    caller.data_request(data)
    got = b""
    pieces = 0
    while True:
        event = called.next_event(WAIT)
        assert isinstance(event, DataIndication)
        got += event.user_data
        pieces += 1
        if not event.more:
            break
    assert got == data and pieces > 1
    caller.data_request(b"short")
    assert called.next_event(WAIT) == DataIndication(b"short", more=False)


def test_sixteen_mebibytes_through_queues_of_sixty_four_kibibytes() -> None:
    total = 16 << 20
    piece = bytes(range(256)) * 64
    with osisession.Endpoint() as there, osisession.Endpoint() as here:
        listener = there.listen("127.0.0.1:0", config=PIECES)
        sums = []

        def receive() -> None:
            with listener.accept(WAIT) as called:
                called.next_event(WAIT)
                called.connect_response()
                octets, whole, longest = 0, hashlib.sha256(), 0
                while True:
                    event = called.next_event(WAIT)
                    assert isinstance(event, DataIndication)
                    octets += len(event.user_data)
                    longest = max(longest, len(event.user_data))
                    whole.update(event.user_data)
                    if not event.more:
                        break
                sums.append((octets, longest <= 1 << 16, whole.hexdigest()))
                called.data_request(b"got it")
                called.next_event(WAIT)

        receiver = threading.Thread(target=receive)
        receiver.start()
        with osisession.connect(listener.local_address, endpoint=here, config=PIECES, timeout=WAIT) as caller:
            expected = hashlib.sha256()
            for number in range(total // len(piece)):
                while True:
                    try:
                        caller.data_piece_request(piece, number + 1 < total // len(piece))
                        break
                    except osisession.WouldBlockError:
                        caller.wait_writable(WAIT)
                expected.update(piece)
            assert caller.next_event(WAIT) == DataIndication(b"got it")
        receiver.join(WAIT)
        assert sums == [(total, True, expected.hexdigest())]


def test_what_is_refused_in_the_middle(endpoint: osisession.Endpoint) -> None:
    caller, called = connect(endpoint, SessionConfig())
    with pytest.raises(osisession.InvalidError):
        caller.data_piece_request(b"", True)
    caller.data_piece_request(b"open", True)
    with pytest.raises(osisession.RefusedError, match="in the middle of an SSDU"):
        caller.data_request(b"another")
    with pytest.raises(osisession.RefusedError):
        caller.typed_data_piece_request(b"another", False)
    with pytest.raises(osisession.RefusedError):
        caller.release_request()
    # An ABORT SPDU cannot go into the middle of a TSDU.
    caller.u_abort_request(b"enough")
    assert isinstance(called.next_event(WAIT), osisession.PAbortIndication)


def test_not_over_the_callers_own_transport(endpoint: osisession.Endpoint) -> None:
    session, port = endpoint.open()
    session.connect_request()
    port.next_request()
    port.indication(osisession.TConnectConfirm())
    port.next_request()
    accept = osisession.encode("AC", functional_units=UNITS, versions=osisession.Versions.V2, extended_concatenation=False)
    port.indication(osisession.TDataIndication(accept))
    session.wait_connected(WAIT)
    with pytest.raises(osisession.RefusedError, match="whole TSDUs"):
        session.data_piece_request(b"a", True)


def test_with_asyncio() -> None:
    pieces = 500

    async def main() -> None:
        got = asyncio.Queue[bytes]()

        async def serve(session: aio.Session) -> None:
            async for event in session:
                match event:
                    case osisession.ConnectIndication():
                        session.connect_response(functional_units=UNITS)
                    case DataIndication(user_data, more) | TypedDataIndication(user_data, more):
                        await got.put(user_data)
                        if not more:
                            await got.put(b"")
                    case osisession.ReleaseIndication():
                        session.release_response()

        async with aio.Endpoint() as endpoint, await endpoint.start_server(serve, "127.0.0.1", 0, config=PIECES) as server:
            async with await endpoint.connect("127.0.0.1", server.port, config=PIECES, functional_units=UNITS) as session:
                for send in session.data_piece_request, session.typed_data_piece_request:
                    for number in range(pieces):
                        await send(b"%04d" % number * 256, number + 1 < pieces)
                    whole = b""
                    while octets := await got.get():
                        whole += octets
                    assert whole == b"".join(b"%04d" % number * 256 for number in range(pieces))

    async def bounded() -> None:
        async with asyncio.timeout(WAIT):
            await main()

    asyncio.run(bounded(), debug=True)
