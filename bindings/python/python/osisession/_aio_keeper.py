"""Sessions that are kept, with asyncio: part of :mod:`osisession.aio`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ._errors import ClosedError, InvalidError
from ._native import Keeper as _Keeper
from ._waiters import Waiters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import Unpack

    from typing_extensions import Buffer, Self

    from . import aio as _aio
    from ._native import ConnectParameters
    from ._values import SessionConfig
    from .rpc import CircuitConfig, CircuitEvent, Progress

__all__ = ["Keeper", "open_keeper"]


class Keeper:
    """Keeps a session to a peer of any kind: :class:`osisession.circuit.Keeper` in the running loop. Made by :func:`open_keeper`."""

    def __init__(self, endpoint: _aio.Endpoint, native: _Keeper) -> None:
        self._endpoint = endpoint
        self._native = native
        self._waiters = Waiters(asyncio.get_running_loop())
        endpoint._residents.add(self)

    def _news(self) -> None:
        self._waiters.wake()

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[_aio.Session]:
        """The session, opened if it is not there, for as long as the ``async with`` runs. Several leases of one session may be out.

        Raises what the last attempt failed with if no attempt is made now; :func:`asyncio.timeout` bounds the wait.
        """
        # It is made of what stands here.
        from . import aio

        wish = self._native._wish()
        try:
            lease = await self._waiters.until(wish.try_lease)
        finally:
            wish.close()
        with lease as native:
            session = self._endpoint._sessions.get(native.id)
            yield aio.Session._adopt(self._endpoint, native) if session is None else session

    @property
    def progress(self) -> Progress:
        """Where the session stands, and the circuit."""
        return self._native.progress

    async def next_event(self) -> CircuitEvent:
        """What happens to the session next; the last 256 events are kept."""

        def look() -> CircuitEvent | None:
            event = self._native.try_next_event()
            if event is None and self._endpoint.is_closed:
                raise ClosedError("the keeper is closed")
            return event

        return await self._waiters.until(look)

    def reset(self) -> None:
        """Make the next attempt at once, also where the circuit is open or attempts were stopped."""
        self._native.reset()

    def close(self) -> None:
        """End it at once: the session is aborted."""
        self._native.close()
        self._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()


async def open_keeper(
    host: str,
    port: int | None = None,
    *,
    endpoint: _aio.Endpoint | None = None,
    circuit: CircuitConfig | None = None,
    config: SessionConfig | None = None,
    calling_t_selector: Buffer | None = None,
    called_t_selector: Buffer | None = None,
    **parameters: Unpack[ConnectParameters],
) -> Keeper:
    """Keep a session to the peer at ``host`` (a number, a name, ``"memory:NAME"``) and ``port``; ``parameters`` are those of its S-CONNECT request.

    A name is looked up once, now, by the loop; nothing is opened before the first lease, unless ``circuit.keep_open`` says so. Without an
    ``endpoint`` it lives in the one that belongs to the loop.
    """
    from . import aio

    if endpoint is None:
        endpoint = aio._shared()
    addresses = await endpoint._addresses(host, port, config)
    if not addresses:
        raise InvalidError(f"{host} has no address")
    native = _Keeper(
        addresses[0],
        circuit=circuit,
        config=config,
        calling_t_selector=calling_t_selector,
        called_t_selector=called_t_selector,
        endpoint=endpoint._native,
        **parameters,
    )
    return Keeper(endpoint, native)
