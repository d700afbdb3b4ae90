"""Sessions with asyncio: no second runtime, no thread.

An :class:`Endpoint` hangs its one descriptor into the running loop; all its sessions and listeners live in the loop's thread.

* :func:`open_session` connects and returns a :class:`Session` that is established,
* :func:`start_server` calls a coroutine function for each caller,
* ``await session.next_event()`` or ``async for event in session`` takes events,
* ``await session.data_request(data)`` waits while the send queue is full,
* :func:`open_rpc_client` and :func:`start_rpc_server` ask and answer requests (:mod:`osisession.rpc`),
* :func:`open_keeper` keeps a session to any peer (:mod:`osisession.circuit`),
* :class:`DurableNode` and :class:`Dialogue` are those of :mod:`osisession.durable`, but for ``await``,
* :class:`DecnetEndpoint`, :class:`ZoneClient` and :class:`ZoneRouter` are those of :mod:`osisession.decnet` and :mod:`osisession.appletalk`, each with a
  descriptor of its own.

Cancellation, :func:`asyncio.timeout` included, is safe at every ``await``: an event or a caller is taken only in the step that
returns it, and data is sent wholly or not at all. Waits have no timeouts of their own: use :func:`asyncio.timeout`.

Requests that never wait (everything but S-DATA and S-TYPED-DATA) are plain methods. Nothing here may be used from another
thread than the loop's, as with asyncio itself.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary, ref

from ._aio_appletalk import ZoneClient, ZoneRouter
from ._aio_decnet import DecnetEndpoint, IncomingLink, LogicalLink, ObjectListener
from ._aio_durable import Dialogue, DurableNode
from ._aio_keeper import Keeper, open_keeper
from ._aio_rpc import RpcClient, RpcServer, open_rpc_client, start_rpc_server
from ._errors import ClosedError, InvalidError, Layer, OsisessionError, TransportError, WouldBlockError
from ._native import Endpoint as _Endpoint
from ._native import Listener as _Listener
from ._native import Session as _Session
from ._values import SessionConfig
from ._waiters import Waiters as _Waiters

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Unpack

    from typing_extensions import Buffer, Self

    from ._events import ConnectConfirm, Event
    from ._native import ConnectParameters, ConnectRejectParameters, ConnectResponseParameters
    from ._watch import Counters, EndpointConfig, Refusal
    from ._values import (
        ExceptionReason,
        Limits,
        OldConnection,
        Properties,
        Resync,
        TlsConfig,
        TlsInfo,
        TokenAssignment,
        Tokens,
        Transition,
    )

__all__ = [
    "DecnetEndpoint",
    "Dialogue",
    "DurableNode",
    "Endpoint",
    "IncomingLink",
    "Keeper",
    "Listener",
    "LogicalLink",
    "ObjectListener",
    "RpcClient",
    "RpcServer",
    "Server",
    "Session",
    "ZoneClient",
    "ZoneRouter",
    "open_keeper",
    "open_rpc_client",
    "open_session",
    "start_rpc_server",
    "start_server",
]

PORT: Final = 102
"""The port of RFC 1006."""
TLS_PORT: Final = 3782
"""The port with TLS (IEC 62351-3)."""
MAX_SESSIONS: Final = 1024
"""Sessions that a server holds at once, if nothing else is said."""
_NAMED_TLS: Final = 16
"""TLS configurations that an endpoint keeps with the names of the hosts they were used for."""


class Endpoint:
    """One user of the library in the running event loop, with any number of sessions and listeners.

    Leaving ``async with``, or :meth:`close`, ends them all.
    """

    def __init__(self, config: EndpointConfig | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._native = _Endpoint(config)
        self._sessions: WeakValueDictionary[int, Session] = WeakValueDictionary()
        self._listeners: WeakValueDictionary[int, Listener] = WeakValueDictionary()
        self._residents: WeakSet[Keeper | RpcClient | RpcServer] = WeakSet()
        self._timer: asyncio.TimerHandle | None = None
        self._tls: Callable[[TlsConfig, str], TlsConfig] = functools.lru_cache(_NAMED_TLS)(_with_name)
        self._loop.add_reader(self._native.fileno(), self._drive)

    async def connect(
        self,
        host: str,
        port: int | None = None,
        *,
        config: SessionConfig | None = None,
        calling_t_selector: Buffer | None = None,
        called_t_selector: Buffer | None = None,
        **parameters: Unpack[ConnectParameters],
    ) -> Session:
        """As :func:`open_session`, in this endpoint."""
        addresses = await self._addresses(host, port, config)
        if config is not None and config.tls is not None and config.tls.server_name is None and not _is_plain(host):
            # The session is called by number: what the certificate must be for is still the name.
            config = replace(config, tls=self._tls(config.tls, host))
        failed: TransportError | None = None
        for address in addresses:
            native = self._native.connect(
                address,
                config=config,
                calling_t_selector=calling_t_selector,
                called_t_selector=called_t_selector,
                **parameters,
            )
            session = Session._adopt(self, native)
            try:
                await session.wait_connected()
            except TransportError as error:
                session.close()
                if error.layer != Layer.NETWORK:
                    raise
                failed = error
            except BaseException:
                session.close()
                raise
            else:
                return session
        if failed is None:
            raise InvalidError(f"{host} has no address")
        raise failed

    async def connect_over_socket(
        self,
        sock: socket.socket,
        *,
        config: SessionConfig | None = None,
        calling_t_selector: Buffer | None = None,
        called_t_selector: Buffer | None = None,
        **parameters: Unpack[ConnectParameters],
    ) -> Session:
        """As :meth:`connect`, over a TCP connection that exists already, which is taken over: closed for the program, unless this
        raises :class:`InvalidError` because it is no connected TCP socket. With TLS, the name to verify is
        ``TlsConfig.server_name``."""
        native = self._native.connect_over_socket(
            sock,
            config=config,
            calling_t_selector=calling_t_selector,
            called_t_selector=called_t_selector,
            **parameters,
        )
        session = Session._adopt(self, native)
        try:
            await session.wait_connected()
        except BaseException:
            session.close()
            raise
        return session

    async def listen(
        self,
        host: str,
        port: int | None = None,
        *,
        t_selector: Buffer | None = None,
        session_selector: Buffer | None = None,
        backlog: int | None = None,
        max_connecting: int | None = None,
        max_connecting_per_source: int | None = None,
        early_refusal_from: int | None = None,
        config: SessionConfig | None = None,
    ) -> Listener:
        """Listen at ``host`` (a number, a name, ``"memory:NAME"``) and ``port`` (0: any free one).

        The limits are those of :meth:`osisession.Endpoint.listen`.
        """
        addresses = await self._addresses(host, port, config)
        if not addresses:
            raise InvalidError(f"{host} has no address")
        native = self._native.listen(
            addresses[0],
            t_selector=t_selector,
            session_selector=session_selector,
            backlog=backlog,
            max_connecting=max_connecting,
            max_connecting_per_source=max_connecting_per_source,
            early_refusal_from=early_refusal_from,
            config=config,
        )
        return Listener._adopt(self, native)

    async def start_server(
        self,
        callback: Callable[[Session], Awaitable[object]],
        host: str,
        port: int | None = None,
        *,
        max_sessions: int = MAX_SESSIONS,
        t_selector: Buffer | None = None,
        session_selector: Buffer | None = None,
        backlog: int | None = None,
        max_connecting: int | None = None,
        max_connecting_per_source: int | None = None,
        early_refusal_from: int | None = None,
        config: SessionConfig | None = None,
    ) -> Server:
        """As :func:`start_server`, in this endpoint."""
        if max_sessions < 1:
            raise InvalidError("max_sessions must be 1 at least", parameter="max_sessions")
        listener = await self.listen(
            host,
            port,
            t_selector=t_selector,
            session_selector=session_selector,
            backlog=backlog,
            max_connecting=max_connecting,
            max_connecting_per_source=max_connecting_per_source,
            early_refusal_from=early_refusal_from,
            config=config,
        )
        return Server(listener, callback, max_sessions)

    def counters(self) -> Counters:
        """What this endpoint has done so far."""
        return self._native.counters()

    def next_refusal(self) -> Refusal | None:
        """The next caller that was refused before any listener saw it; the last 64 are kept."""
        return self._native.next_refusal()

    @property
    def is_closed(self) -> bool:
        """True after :meth:`close`."""
        return self._native.is_closed

    def close(self) -> None:
        """Close all listeners, abort all sessions. Whoever waits for one of them gets :class:`ClosedError`."""
        if self._native.is_closed:
            return
        if not self._loop.is_closed():
            self._loop.remove_reader(self._native.fileno())
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._native.close()
        for session in list(self._sessions.values()):
            session._waiters.wake()
        for listener in list(self._listeners.values()):
            listener._waiters.wake()
        for resident in list(self._residents):
            resident._news()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = " closed" if self.is_closed else ""
        return f"<osisession.aio.Endpoint with {len(self._sessions)} sessions{closed}>"

    def _drive(self) -> None:
        """The descriptor is readable, or it is time."""
        native = self._native
        try:
            native.dispatch(0)
        except ClosedError:
            return
        except OsisessionError as error:
            # The system cannot wait for the network any more. Without an end the loop would spin.
            self._loop.call_exception_handler({"message": "an endpoint cannot be driven", "exception": error})
            self.close()
            return
        while (ready := native.next_ready()) is not None:
            if isinstance(ready, _Session):
                session = self._sessions.get(ready.id)
                if session is not None:
                    session._waiters.wake()
            else:
                listener = self._listeners.get(ready.id)
                if listener is not None:
                    listener._waiters.wake()
        for resident in list(self._residents):
            resident._news()
        timeout = native.next_timeout
        if timeout is None:
            return
        # A deadline that moved away is met once in vain; that is cheaper than moving the timer at every packet.
        when = self._loop.time() + timeout
        if self._timer is not None and not self._timer.cancelled():
            if self._loop.time() < self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._drive)

    async def _addresses(self, host: str, port: int | None, config: SessionConfig | None) -> list[str]:
        """What the library takes without asking the system's resolver, which would block."""
        if host.startswith("memory:"):
            if port is not None:
                raise InvalidError("an address in memory has no port", parameter="port")
            return [host]
        if port is None:
            port = TLS_PORT if config is not None and config.tls is not None else PORT
        if not 0 <= port <= 65_535:
            raise InvalidError(f"{port} is no port", parameter="port")
        if _is_plain(host):
            return [_numbers(host, port)]
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise TransportError(f"looking up {host}: {error}", layer="network") from error
        return list(dict.fromkeys(_numbers(str(address[0]), port) for *_, address in found))


def _is_plain(host: str) -> bool:
    """It is a number, or in memory: there is nothing to look up."""
    if host.startswith("memory:"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _numbers(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _with_name(tls: TlsConfig, host: str) -> TlsConfig:
    return replace(tls, server_name=host)


_endpoints: WeakKeyDictionary[asyncio.AbstractEventLoop, ref[Endpoint]] = WeakKeyDictionary()
"""The endpoint that a loop's sessions share if none is given. The loop itself keeps it alive, by its reader."""


def _shared() -> Endpoint:
    loop = asyncio.get_running_loop()
    known = _endpoints.get(loop)
    endpoint = known() if known is not None else None
    if endpoint is None or endpoint.is_closed:
        endpoint = Endpoint()
        _endpoints[loop] = ref(endpoint)
    return endpoint


async def open_session(
    host: str,
    port: int | None = None,
    *,
    endpoint: Endpoint | None = None,
    config: SessionConfig | None = None,
    calling_t_selector: Buffer | None = None,
    called_t_selector: Buffer | None = None,
    **parameters: Unpack[ConnectParameters],
) -> Session:
    """Connect to ``host`` and return the session once it is established.

    ``host`` is a number, a name (looked up by the loop) or ``"memory:NAME"``; ``port`` is 102 if not given, 3782 with TLS. The
    parameters are those of the S-CONNECT request. Without an ``endpoint`` the session lives in one that belongs to the loop.

    Raises what :func:`osisession.connect` raises. A cancellation closes what was begun.
    """
    if endpoint is None:
        endpoint = _shared()
    return await endpoint.connect(
        host,
        port,
        config=config,
        calling_t_selector=calling_t_selector,
        called_t_selector=called_t_selector,
        **parameters,
    )


async def start_server(
    callback: Callable[[Session], Awaitable[object]],
    host: str,
    port: int | None = None,
    *,
    endpoint: Endpoint | None = None,
    max_sessions: int = MAX_SESSIONS,
    t_selector: Buffer | None = None,
    session_selector: Buffer | None = None,
    backlog: int | None = None,
    max_connecting: int | None = None,
    max_connecting_per_source: int | None = None,
    early_refusal_from: int | None = None,
    config: SessionConfig | None = None,
) -> Server:
    """Listen, and await ``callback(session)`` in a task of its own for each caller.

    The first event of the session is the S-CONNECT indication; answer it with :meth:`Session.connect_response`. When the
    callback is done the session is closed: aborted, if it was not released. What the callback raises goes to the loop's
    exception handler, and the server goes on. While ``max_sessions`` callbacks run, further callers wait, ``backlog`` of them
    at most; then they are refused with reason 1, temporary congestion.
    """
    if endpoint is None:
        endpoint = _shared()
    return await endpoint.start_server(
        callback,
        host,
        port,
        max_sessions=max_sessions,
        t_selector=t_selector,
        session_selector=session_selector,
        backlog=backlog,
        max_connecting=max_connecting,
        max_connecting_per_source=max_connecting_per_source,
        early_refusal_from=early_refusal_from,
        config=config,
    )


class Listener:
    """Waits for sessions from peers: :meth:`accept`, or ``async for session in listener``. Made by :meth:`Endpoint.listen`."""

    def __init__(self) -> None:
        raise TypeError("listeners come from Endpoint.listen")

    _endpoint: Endpoint
    _native: _Listener
    _waiters: _Waiters

    @classmethod
    def _adopt(cls, endpoint: Endpoint, native: _Listener) -> Self:
        self = cls.__new__(cls)
        self._endpoint = endpoint
        self._native = native
        self._waiters = _Waiters(endpoint._loop)
        endpoint._listeners[native.id] = self
        return self

    @property
    def id(self) -> int:
        """A number that is this listener's alone within its endpoint."""
        return self._native.id

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint it belongs to."""
        return self._endpoint

    @property
    def local_address(self) -> str:
        """Where it listens, with the port that it got: "127.0.0.1:40123"."""
        return self._native.local_address

    @property
    def port(self) -> int | None:
        """The port that it got; ``None`` in memory."""
        address = self._native.local_address
        return None if address.startswith("memory:") else int(address.rpartition(":")[2])

    @property
    def is_closed(self) -> bool:
        """True once it is closed."""
        return self._native.is_closed

    async def accept(self) -> Session:
        """The next caller; its next event is a ConnectIndication. Raises :class:`ClosedError` once it is closed."""
        return await self._waiters.until(self._accept)

    def _accept(self) -> Session | None:
        native = self._native.try_accept()
        if native is not None:
            return Session._adopt(self._endpoint, native)
        if self._native.is_closed or self._endpoint.is_closed:
            raise ClosedError("the listener is closed")
        return None

    def accept_socket(self, sock: socket.socket) -> None:
        """Take over a TCP connection that was accepted elsewhere: its caller comes out of :meth:`accept` like the others. The
        socket is closed for the program; see :meth:`osisession.Listener.accept_socket`."""
        self._native.accept_socket(sock)

    def close(self) -> None:
        """Stop listening; sessions that were accepted go on, callers that were not are refused."""
        self._native.close()
        self._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()

    async def __aiter__(self) -> AsyncIterator[Session]:
        while True:
            try:
                session = await self.accept()
            except ClosedError:
                return
            yield session

    def __repr__(self) -> str:
        return f"<osisession.aio.Listener {self.id} on {self.local_address}>"


class Server:
    """Callers and the callbacks that serve them. Made by :func:`start_server`.

    Leaving ``async with`` stops listening and cancels the callbacks that still run. To let them end by themselves, :meth:`close`
    and then ``await`` :meth:`wait_closed`.
    """

    def __init__(
        self, listener: Listener, callback: Callable[[Session], Awaitable[object]], max_sessions: int = MAX_SESSIONS
    ) -> None:
        self._listener = listener
        self._callback = callback
        self._room = asyncio.Semaphore(max_sessions)
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting = listener.endpoint._loop.create_task(self._accept())

    @property
    def listener(self) -> Listener:
        """What it listens with."""
        return self._listener

    @property
    def local_address(self) -> str:
        """Where it listens, with the port that it got."""
        return self._listener.local_address

    @property
    def port(self) -> int | None:
        """The port that it got; ``None`` in memory."""
        return self._listener.port

    @property
    def sessions(self) -> int:
        """Callbacks that run."""
        return len(self._tasks)

    def is_serving(self) -> bool:
        """True until it is closed."""
        return not self._listener.is_closed

    async def serve_forever(self) -> None:
        """Wait until it is closed; a cancellation closes it."""
        try:
            await asyncio.shield(self._accepting)
        except asyncio.CancelledError:
            self.close()
            if self._accepting.cancelled():
                return
            raise

    def close(self) -> None:
        """Stop listening. Callbacks that run go on."""
        self._listener.close()

    async def wait_closed(self) -> None:
        """Wait until it is closed and all callbacks have ended."""
        await asyncio.gather(self._accepting, return_exceptions=True)
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()
        for task in self._tasks:
            task.cancel()
        await self.wait_closed()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                session = await self._listener.accept()
            except ClosedError:
                return
            task = loop.create_task(self._serve(session))
            self._tasks.add(task)
            task.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    async def _serve(self, session: Session) -> None:
        try:
            await self._callback(session)
        except Exception as error:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"the callback for {session!r} failed", "exception": error, "session": session}
            )
        finally:
            session.close()

    def __repr__(self) -> str:
        return f"<osisession.aio.Server on {self.local_address} with {self.sessions} sessions>"


class Session:
    """One session connection. Made by :func:`open_session`, :meth:`Listener.accept`, or for the callback of a server.

    ``async with`` closes it, which aborts it if it is open; so does dropping the last reference.
    """

    def __init__(self) -> None:
        raise TypeError("sessions come from open_session, from Listener.accept or from a server")

    _endpoint: Endpoint
    _native: _Session
    _waiters: _Waiters
    _sending: asyncio.Lock

    @classmethod
    def _adopt(cls, endpoint: Endpoint, native: _Session) -> Self:
        self = cls.__new__(cls)
        self._endpoint = endpoint
        self._native = native
        self._waiters = _Waiters(endpoint._loop)
        self._sending = asyncio.Lock()
        endpoint._sessions[native.id] = self
        return self

    # What is known of it.

    @property
    def id(self) -> int:
        """A number that is this session's alone within its endpoint."""
        return self._native.id

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint it belongs to."""
        return self._endpoint

    @property
    def peer_address(self) -> str | None:
        """Where the peer is: "192.0.2.1:102"."""
        return self._native.peer_address

    @property
    def peer_certificates(self) -> tuple[bytes, ...]:
        """The peer's certificate and those that it sent with it, in DER, its own first; empty without TLS."""
        return self._native.peer_certificates

    @property
    def tls(self) -> TlsInfo | None:
        """What TLS came to; ``None`` without TLS."""
        return self._native.tls

    @property
    def is_over(self) -> bool:
        """True once the session connection has ended; events may be left to take."""
        return self._native.is_over

    @property
    def is_drained(self) -> bool:
        """True once the session has ended and all its events were taken."""
        return self._native.is_drained

    @property
    def is_writable(self) -> bool:
        """True while :meth:`data_request` would not have to wait for the network."""
        return self._native.is_writable

    @property
    def state(self) -> str:
        """The state of Annex A: "STA713"."""
        return self._native.state

    @property
    def properties(self) -> Properties:
        """What was negotiated, and where the session stands."""
        return self._native.properties

    @property
    def forgiven(self) -> tuple[OsisessionError, ...]:
        """What the peer did in TPKT and COTP against the standards and was forgiven: one error for each kind of fault."""
        return self._native.forgiven

    @property
    def limits(self) -> Limits:
        """The limits and timers that hold."""
        return self._native.limits

    @property
    def confirm(self) -> ConnectConfirm | None:
        """The S-CONNECT confirm of a session that was opened here."""
        return self._native.confirm

    def history(self) -> list[Transition]:
        """The last transitions, oldest first."""
        return self._native.history()

    def trace(self) -> Iterator[str]:
        """The lines of the ladder since the last call, oldest first; empty without tracing."""
        return self._native.trace()

    # What waits.

    async def next_event(self) -> Event:
        """The next event. Raises :class:`ClosedError` after the last one."""
        return await self._waiters.until(self._event)

    def try_next_event(self) -> Event | None:
        """The next event if there is one already."""
        return self._native.try_next_event()

    def _event(self) -> Event | None:
        event = self._native.try_next_event()
        if event is None and self._native.is_drained:
            raise ClosedError("the session has ended")
        return event

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        try:
            return await self.next_event()
        except ClosedError:
            raise StopAsyncIteration from None

    async def wait_connected(self) -> ConnectConfirm:
        """The S-CONNECT confirm of a session that is being opened; a rejection or abort is raised."""
        if (confirm := self._native.confirm) is not None:
            return confirm
        return await self._waiters.until(self._native.try_connected)

    async def wait_writable(self) -> None:
        """Wait until the send queue has room. Raises :class:`ClosedError` if the session ends."""
        await self._waiters.until(lambda: self._native.try_writable() or None)

    async def data_request(self, user_data: Buffer) -> None:
        """S-DATA request. Waits while the send queue is full; cancelled while it waits, nothing was sent.

        Several tasks send in the order in which they called.
        """
        await self._send(self._native.data_request, user_data)

    async def typed_data_request(self, user_data: Buffer) -> None:
        """S-TYPED-DATA request; waits as :meth:`data_request` does, and keeps the order with it."""
        await self._send(self._native.typed_data_request, user_data)

    async def data_piece_request(self, user_data: Buffer, more: bool) -> None:
        """A piece of an S-DATA request, sent as it is given; ``more`` is false with the last one. Waits while the send queue is
        full; cancelled while it waits, this piece was not sent, and the SSDU still wants its end.

        Until the last piece nothing else can be asked for but expedited data and an abort, by no task of the session. See
        :meth:`osisession.Session.data_piece_request`.
        """
        await self._send(lambda octets: self._native.data_piece_request(octets, more), user_data)

    async def typed_data_piece_request(self, user_data: Buffer, more: bool) -> None:
        """As :meth:`data_piece_request`, of an S-TYPED-DATA request."""
        await self._send(lambda octets: self._native.typed_data_piece_request(octets, more), user_data)

    async def _send(self, request: Callable[[Buffer], None], user_data: Buffer) -> None:
        async with self._sending:
            try:
                return request(user_data)
            except WouldBlockError:
                # The caller may change its buffer while we wait.
                user_data = bytes(user_data)
            while True:
                await self.wait_writable()
                try:
                    return request(user_data)
                except WouldBlockError:
                    pass

    # Primitives that never wait.

    def connect_response(self, **parameters: Unpack[ConnectResponseParameters]) -> None:
        """S-CONNECT response, accept."""
        self._native.connect_response(**parameters)

    def connect_response_negative(self, **parameters: Unpack[ConnectRejectParameters]) -> None:
        """S-CONNECT response, reject. The session is over."""
        self._native.connect_response_negative(**parameters)

    def expedited_data_request(self, user_data: Buffer) -> None:
        """S-EXPEDITED-DATA request; 1 to 14 octets."""
        self._native.expedited_data_request(user_data)

    def capability_data_request(self, user_data: Buffer | None = None) -> None:
        """S-CAPABILITY-DATA request."""
        self._native.capability_data_request(user_data)

    def capability_data_response(self, user_data: Buffer | None = None) -> None:
        """S-CAPABILITY-DATA response."""
        self._native.capability_data_response(user_data)

    def token_give_request(self, tokens: Tokens, user_data: Buffer | None = None) -> None:
        """S-TOKEN-GIVE request."""
        self._native.token_give_request(tokens, user_data)

    def token_please_request(self, tokens: Tokens, user_data: Buffer | None = None) -> None:
        """S-TOKEN-PLEASE request."""
        self._native.token_please_request(tokens, user_data)

    def control_give_request(self, user_data: Buffer | None = None) -> None:
        """S-CONTROL-GIVE request: all available tokens."""
        self._native.control_give_request(user_data)

    def sync_minor_request(
        self, user_data: Buffer | None = None, *, explicit: bool = True, data_separation: bool = False
    ) -> int:
        """S-SYNC-MINOR request; gives the serial number of the point."""
        return self._native.sync_minor_request(user_data, explicit=explicit, data_separation=data_separation)

    def sync_minor_response(self, serial_number: int, user_data: Buffer | None = None) -> None:
        """S-SYNC-MINOR response: confirms every point up to this one."""
        self._native.sync_minor_response(serial_number, user_data)

    def sync_major_request(self, user_data: Buffer | None = None) -> int:
        """S-SYNC-MAJOR request; gives the serial number of the point."""
        return self._native.sync_major_request(user_data)

    def sync_major_response(self, user_data: Buffer | None = None) -> None:
        """S-SYNC-MAJOR response."""
        self._native.sync_major_response(user_data)

    def resynchronize_request(
        self,
        first: Resync | None = None,
        second: Resync | None = None,
        *,
        tokens: TokenAssignment | None = None,
        user_data: Buffer | None = None,
    ) -> None:
        """S-RESYNCHRONIZE request."""
        self._native.resynchronize_request(first, second, tokens=tokens, user_data=user_data)

    def resynchronize_response(
        self,
        first: Resync | None = None,
        second: Resync | None = None,
        *,
        tokens: TokenAssignment | None = None,
        user_data: Buffer | None = None,
    ) -> None:
        """S-RESYNCHRONIZE response."""
        self._native.resynchronize_response(first, second, tokens=tokens, user_data=user_data)

    def u_exception_report_request(
        self, reason: ExceptionReason | None = None, user_data: Buffer | None = None
    ) -> None:
        """S-U-EXCEPTION-REPORT request."""
        self._native.u_exception_report_request(reason, user_data)

    def activity_start_request(self, activity_identifier: Buffer, user_data: Buffer | None = None) -> None:
        """S-ACTIVITY-START request; the identifier has 1 to 6 octets."""
        self._native.activity_start_request(activity_identifier, user_data)

    def activity_resume_request(
        self,
        activity_identifier: Buffer,
        old_activity_identifier: Buffer,
        serial_number: int,
        *,
        second_serial_number: int | None = None,
        old_connection: OldConnection | None = None,
        user_data: Buffer | None = None,
    ) -> None:
        """S-ACTIVITY-RESUME request."""
        self._native.activity_resume_request(
            activity_identifier,
            old_activity_identifier,
            serial_number,
            second_serial_number=second_serial_number,
            old_connection=old_connection,
            user_data=user_data,
        )

    def activity_interrupt_request(
        self, reason: ExceptionReason | None = None, user_data: Buffer | None = None
    ) -> None:
        """S-ACTIVITY-INTERRUPT request."""
        self._native.activity_interrupt_request(reason, user_data)

    def activity_interrupt_response(self, user_data: Buffer | None = None) -> None:
        """S-ACTIVITY-INTERRUPT response."""
        self._native.activity_interrupt_response(user_data)

    def activity_discard_request(self, reason: ExceptionReason | None = None, user_data: Buffer | None = None) -> None:
        """S-ACTIVITY-DISCARD request."""
        self._native.activity_discard_request(reason, user_data)

    def activity_discard_response(self, user_data: Buffer | None = None) -> None:
        """S-ACTIVITY-DISCARD response."""
        self._native.activity_discard_response(user_data)

    def activity_end_request(self, user_data: Buffer | None = None) -> int:
        """S-ACTIVITY-END request; gives the serial number of its major synchronization point."""
        return self._native.activity_end_request(user_data)

    def activity_end_response(self, user_data: Buffer | None = None) -> None:
        """S-ACTIVITY-END response."""
        self._native.activity_end_response(user_data)

    def release_request(self, user_data: Buffer | None = None) -> None:
        """S-RELEASE request."""
        self._native.release_request(user_data)

    def release_response(self, user_data: Buffer | None = None) -> None:
        """S-RELEASE response, affirmative. The session is over."""
        self._native.release_response(user_data)

    def release_response_negative(self, user_data: Buffer | None = None) -> None:
        """S-RELEASE response, negative; only with the negotiated release functional unit."""
        self._native.release_response_negative(user_data)

    def u_abort_request(self, user_data: Buffer | None = None) -> None:
        """S-U-ABORT request. The session is over."""
        self._native.u_abort_request(user_data)
        self._waiters.wake()

    def close(self) -> None:
        """Abort the session if it is open, and forget it. Whoever waits for it gets :class:`ClosedError`."""
        self._native.close()
        self._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        peer = f" with {self.peer_address}" if self.peer_address else ""
        return f"<osisession.aio.Session {self.id}{peer} {self.state}>"
