"""Requests and responses with asyncio: what :mod:`osisession.aio` gives of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ._errors import ClosedError, InvalidError, OsisessionError, RefusedError
from ._native import RpcClient as _Client
from ._native import RpcServer as _Server
from ._waiters import Waiters
from .rpc import Fail

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Buffer, Self

    from . import aio as _aio
    from .rpc import CircuitEvent, ClientConfig, Peer, Progress, Request, ServerConfig, ServerEvent

MAX_REQUESTS: Final = 1024
"""Requests that a handler carries out at once, if nothing else is said."""


class _Serving:
    """Runs a handler in tasks, so many at a time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        take: Callable[[], Request | None],
        handler: Callable[[Request], Awaitable[Buffer | None]],
        most: int,
    ) -> None:
        if most < 1:
            raise InvalidError("max_requests must be 1 at least", parameter="max_requests")
        self._loop = loop
        self._take = take
        self._handler = handler
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self) -> None:
        while len(self._tasks) < self._most:
            try:
                request = self._take()
            except ClosedError:
                return
            if request is None:
                return
            task = self._loop.create_task(self._carry_out(request))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self._loop.is_closed():
            self.look()

    async def _carry_out(self, request: Request) -> None:
        try:
            try:
                answer = await self._handler(request)
            except Fail as fail:
                # It may be overdue, or nobody is there any more.
                with suppress(RefusedError, ClosedError):
                    request.fail(fail.code, fail.data)
                return
            if answer is not None:
                with suppress(RefusedError, ClosedError):
                    request.respond(answer)
        except asyncio.CancelledError:
            request._forget()
            raise
        except Exception as error:
            request._forget()
            self._loop.call_exception_handler({"message": "a handler of requests failed", "exception": error})


class RpcClient:
    """Asks a server, over a session that it keeps: :class:`osisession.rpc.Client` in the running loop. Made by :func:`open_rpc_client`."""

    def __init__(self, endpoint: _aio.Endpoint, native: _Client) -> None:
        self._endpoint = endpoint
        self._native = native
        self._loop = asyncio.get_running_loop()
        self._waiters = Waiters(self._loop)
        self._serving: _Serving | None = None
        endpoint._residents.add(self)

    def _news(self) -> None:
        self._waiters.wake()
        if self._serving is not None:
            self._serving.look()

    @property
    def association(self) -> bytes:
        """The name of the association, 16 octets."""
        return self._native.association

    @property
    def is_connected(self) -> bool:
        """True while there is a session."""
        return self._native.is_connected

    @property
    def progress(self) -> Progress:
        """Where the session stands, and the circuit."""
        return self._native.progress

    async def request(self, data: Buffer, timeout: float | None = None, *, idempotent: bool = False) -> bytes:
        """Ask, and wait for the response: see :meth:`osisession.rpc.Client.request`.

        Any number of tasks may ask at once. With ``timeout`` the library gives up by itself; a cancellation, :func:`asyncio.timeout`
        included, cancels the request.
        """
        return await _request(self._native, data, timeout, idempotent)

    async def one_way(self, data: Buffer) -> None:
        """Ask for something without response: at most once, and perhaps not at all."""
        await self.open()
        self._native.one_way(data, 0)

    async def open(self) -> None:
        """Open the session if it is not there, and wait for it."""
        await self._waiters.until(lambda: self._native.try_open() or None)

    async def next_event(self) -> CircuitEvent:
        """What happens to the session next; the last 256 events are kept."""

        def look() -> CircuitEvent | None:
            event = self._native.try_next_event()
            if event is None and self._endpoint.is_closed:
                raise ClosedError("the client is closed")
            return event

        return await self._waiters.until(look)

    @property
    def resumed(self) -> tuple[int, ...]:
        """The numbers of the requests that were without outcome in the journal: see :attr:`osisession.rpc.Client.resumed`."""
        return self._native.resumed

    async def next_outcome(self) -> tuple[int, bytes | OsisessionError]:
        """What becomes of the next of these: its number, and the response or the exception."""

        def look() -> tuple[int, bytes | OsisessionError] | None:
            outcome = self._native.try_next_outcome()
            if outcome is None and self._endpoint.is_closed:
                raise ClosedError("the client is closed")
            return outcome

        return await self._waiters.until(look)

    def reset(self) -> None:
        """Make the next attempt at once, also where the circuit is open or attempts were stopped."""
        self._native.reset()

    def serve(self, handler: Callable[[Request], Awaitable[Buffer | None]], *, max_requests: int = MAX_REQUESTS) -> None:
        """Carry out what the server asks: see :func:`start_rpc_server`."""
        self._serving = _Serving(self._loop, self._native.try_next_request, handler, max_requests)
        self._serving.look()

    async def release(self) -> None:
        """Release the session in order, then :meth:`close`."""
        try:
            await self._waiters.until(lambda: None if self._native._release() else True)
        finally:
            self.close()

    def close(self) -> None:
        """End the client at once: the session is aborted, every request without outcome gets one."""
        self._native.close()
        if self._serving is not None:
            self._serving.stop()
        self._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()


async def _request(native: _Client | Peer, data: Buffer, timeout: float | None, idempotent: bool) -> bytes:
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def done(outcome: bytes | OsisessionError) -> None:
        if answer.done():
            return
        if isinstance(outcome, OsisessionError):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    number = native.start_with(data, done, timeout, idempotent=idempotent)
    try:
        return await answer
    except asyncio.CancelledError:
        with suppress(RefusedError, ClosedError):
            native.cancel(number)
        raise


class RpcServer:
    """Is asked by many clients: :class:`osisession.rpc.Server` in the running loop. Made by :func:`start_rpc_server`."""

    def __init__(
        self,
        endpoint: _aio.Endpoint,
        native: _Server,
        handler: Callable[[Request], Awaitable[Buffer | None]],
        max_requests: int,
    ) -> None:
        self._endpoint = endpoint
        self._native = native
        self._waiters = Waiters(asyncio.get_running_loop())
        self._serving = _Serving(
            asyncio.get_running_loop(), native.try_next_request, handler, max_requests
        )
        endpoint._residents.add(self)

    def _news(self) -> None:
        self._waiters.wake()
        self._serving.look()

    @property
    def local_address(self) -> str:
        """Where it listens, with the port that it got: "127.0.0.1:40123"."""
        return self._native.local_address

    @property
    def clients(self) -> list[Peer]:
        """The clients that are known, connected or not. To ask one, use :meth:`request`: the methods of a peer would block the loop."""
        return self._native.clients

    async def request(
        self, peer: Peer, data: Buffer, timeout: float | None = None, *, idempotent: bool = False
    ) -> bytes:
        """Ask a client, such as ``request.peer``."""
        return await _request(peer, data, timeout, idempotent)

    async def next_event(self) -> ServerEvent:
        """What happens to a client next; the last 256 events are kept."""

        def look() -> ServerEvent | None:
            event = self._native.try_next_event()
            if event is None and self._endpoint.is_closed:
                raise ClosedError("the server is closed")
            return event

        return await self._waiters.until(look)

    def close(self) -> None:
        """Stop listening, abort all sessions, forget all clients, cancel what handlers do."""
        self._native.close()
        self._serving.stop()
        self._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()


def _shared() -> _aio.Endpoint:
    # It is made of what stands here.
    from . import aio

    return aio._shared()


async def open_rpc_client(
    host: str,
    port: int | None = None,
    *,
    endpoint: _aio.Endpoint | None = None,
    config: ClientConfig | None = None,
) -> RpcClient:
    """A client of the server at ``host`` (a number, a name, ``"memory:NAME"``) and ``port``.

    A name is looked up once, now, by the loop; nothing is opened before the first request. Without an ``endpoint`` it lives in the one that belongs to
    the loop.
    """
    if endpoint is None:
        endpoint = _shared()
    session = config.session if config is not None else None
    addresses = await endpoint._addresses(host, port, session)
    if not addresses:
        raise InvalidError(f"{host} has no address")
    return RpcClient(endpoint, _Client(addresses[0], config, endpoint=endpoint._native))


async def start_rpc_server(
    handler: Callable[[Request], Awaitable[Buffer | None]],
    host: str,
    port: int | None = None,
    *,
    endpoint: _aio.Endpoint | None = None,
    max_requests: int = MAX_REQUESTS,
    config: ServerConfig | None = None,
) -> RpcServer:
    """Listen, and await ``handler(request)`` in a task of its own for each request, at most ``max_requests`` at a time.

    What it returns is the response; ``None`` says that it has answered, or will answer later. :class:`osisession.rpc.Fail` makes an error of
    the application's; any other exception goes to the loop's exception handler, and the request is answered as unanswered.
    """
    if endpoint is None:
        endpoint = _shared()
    session = config.session if config is not None else None
    addresses = await endpoint._addresses(host, port, session)
    if not addresses:
        raise InvalidError(f"{host} has no address")
    native = _Server(addresses[0], None, config, endpoint=endpoint._native)
    return RpcServer(endpoint, native, handler, max_requests)
