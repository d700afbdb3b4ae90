"""Never run: mypy reads it in strict mode. A wrong stub shows as an error here or as an ignore that is not needed."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import assert_never, assert_type

import osisession
from osisession import aio
from osisession import (
    ConnectConfirm,
    DataIndication,
    Event,
    FunctionalUnits,
    OsisessionError,
    PAbortIndication,
    Session,
    Spm,
    SyncMinorIndication,
    TokenSide,
    TransportRequest,
)


def call() -> None:
    with osisession.connect(
        "192.0.2.1:102",
        called_t_selector=b"\0\1",
        called_selector=bytearray(b"x"),
        functional_units=FunctionalUnits.DUPLEX | FunctionalUnits.TYPED_DATA,
        user_data=memoryview(b"x"),
        tokens=osisession.TokenAssignment(data=TokenSide.ACCEPTOR),
        timeout=1,
    ) as session:
        assert_type(session, Session)
        assert_type(session.confirm, ConnectConfirm | None)
        assert_type(session.sync_minor_request(b"x", explicit=True), int)
        session.data_request("text")  # type: ignore[arg-type]
        session.connect_response(selector=b"x")  # type: ignore[call-arg]
        for event in session:
            assert_type(event, Event)
            handle(event)
        for line in session.trace():
            assert_type(line, str)


def handle(event: Event) -> str | int | bytes:
    match event:
        case DataIndication(user_data):
            assert_type(user_data, bytes)
            return user_data
        case SyncMinorIndication(serial_number, explicit=True):
            assert_type(serial_number, int)
            return serial_number
        case PAbortIndication(error=error):
            assert_type(error, OsisessionError | None)
            return str(error)
        case _:
            return event.name


def carry(spm: Spm) -> bytes | None:
    request: TransportRequest | None = spm.next_transport_request()
    match request:
        case None:
            return None
        case osisession.TDataRequest(tsdu) | osisession.TExpeditedDataRequest(tsdu):
            assert_type(tsdu, bytes)
            return tsdu
        case osisession.TConnectRequest() | osisession.TConnectResponse() | osisession.TDisconnectRequest():
            return b""
        case _:
            assert_never(request)


def look(tsdu: bytes) -> None:
    for spdu in osisession.decode(tsdu, strict=True):
        assert_type(spdu.parameters, tuple[osisession.Parameter, ...])


def watch(sock: socket.socket) -> None:
    osisession.set_log(logging.getLogger("x"))
    osisession.set_log(lambda line: print(line.level, line.session), logging.DEBUG)
    osisession.set_log(print, "INFO")  # type: ignore[arg-type]
    osisession.set_log(lambda line: line.nothing)  # type: ignore[attr-defined]

    def tap(seen: osisession.Tapped) -> None:
        match seen:
            case osisession.TappedOctets(session, sent, octets):
                assert_type(session, int)
                assert_type(sent, bool)
                assert_type(octets, bytes)
            case osisession.TappedUp() | osisession.TappedEnd() | osisession.TappedGone():
                pass
            case _:
                assert_never(seen)

    with osisession.Endpoint(osisession.EndpointConfig(capture_file=Path("x.pcap"), tap=tap)) as endpoint:
        assert_type(endpoint.counters().established, int)
        if (refusal := endpoint.next_refusal()) is not None:
            assert_type(refusal.error, OsisessionError)
        listener = endpoint.listen("127.0.0.1:0", max_connecting_per_source=5, early_refusal_from=1)
        listener.accept_socket(sock)
        profile = osisession.Profile("mms")
        config = osisession.SessionConfig.profile(profile)
        session = endpoint.connect_over_socket(sock, config=config, **profile.connect_parameters)
        endpoint.connect_over_socket(3)  # type: ignore[arg-type]
        session.data_piece_request(b"x", more=True)
        session.data_piece_request(b"x")  # type: ignore[call-arg]
        session.typed_data_piece_request(b"x", False)
        session.connect_response(**profile.response_parameters)
        assert_type(session.forgiven, tuple[OsisessionError, ...])


async def with_asyncio() -> None:
    async def serve(session: aio.Session) -> None:
        async for event in session:
            assert_type(event, Event)
            handle(event)

    async with await aio.start_server(serve, "127.0.0.1", 0, session_selector=b"x", max_sessions=2) as server:
        assert_type(server.port, int | None)
        async with await aio.open_session("127.0.0.1", server.port, called_selector=b"x", user_data=b"") as session:
            assert_type(session, aio.Session)
            assert_type(await session.next_event(), Event)
            assert_type(await session.wait_connected(), ConnectConfirm)
            await session.data_request(memoryview(b"x"))
            await session.data_request("text")  # type: ignore[arg-type]
            assert_type(session.sync_minor_request(), int)
    async with aio.Endpoint(osisession.EndpointConfig()) as endpoint:
        assert_type(endpoint.counters(), osisession.Counters)
        over = await endpoint.connect_over_socket(socket.socket())
        await over.data_piece_request(b"x", more=True)
        listener = await endpoint.listen("127.0.0.1", 0)
        async for accepted in listener:
            assert_type(accepted, aio.Session)
