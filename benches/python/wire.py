"""The client of benches/src/bin/wire in Python: wire.py ADDRESS WORK COUNT SIZE. Prints seconds."""

import sys
from time import perf_counter

import osisession

address, work, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
endpoint = osisession.Endpoint()


def connect() -> osisession.Session:
    session = endpoint.connect(address)
    session.wait_connected()
    return session


def send(session: osisession.Session, message: bytes) -> None:
    while True:
        try:
            return session.data_request(message)
        except osisession.WouldBlockError:
            session.wait_writable()


def release(session: osisession.Session) -> None:
    session.release_request()
    session.next_event()
    session.close()


if work == "connect":
    begin = perf_counter()
    for _ in range(count):
        release(connect())
    print(perf_counter() - begin)
else:
    session = connect()
    message = (b"e" if work == "echo" else b"\x07") + b"\x07" * (size - 1)
    begin = perf_counter()
    for _ in range(count):
        send(session, message)
        if work == "echo":
            session.next_event()
    if work != "echo":
        send(session, b"a")
        session.next_event()
    print(perf_counter() - begin)
    release(session)
