"""AppleTalk nodes and routers with asyncio: part of :mod:`osisession.aio`."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from . import appletalk
from ._errors import ClosedError, OsisessionError, RefusedError, TimedOutError
from ._waiters import Waiters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from typing_extensions import Buffer, Self

    from ._native import ZoneClientLimits, ZoneRouterLimits

__all__ = ["ZoneClient", "ZoneRouter"]

_Native = TypeVar("_Native", appletalk.ZoneClient, appletalk.ZoneRouter)
_Event = TypeVar("_Event")
_EVENTS = 1024
"""Events that nobody took; of more, the oldest go."""
_Asked: TypeAlias = tuple[str, int]
"""A kind of question, and its number among its kind."""


class _Driven(Generic[_Native, _Event]):
    """What the running loop drives."""

    def __init__(self, native: _Native) -> None:
        self._loop = asyncio.get_running_loop()
        self._native: _Native = native
        self._waiters = Waiters(self._loop)
        self._events: deque[_Event] = deque(maxlen=_EVENTS)
        self._timer: asyncio.TimerHandle | None = None
        self._descriptor = native.fileno()
        self._is_closed = False
        self._loop.add_reader(self._descriptor, self._drive)
        self._drive()

    def _take(self) -> None:
        raise NotImplementedError

    def _drive(self) -> None:
        """The descriptor is readable, it is time, or something was asked."""
        if self._is_closed:
            return
        try:
            self._native.dispatch(0)
        except OsisessionError as error:
            # The system cannot wait for the network any more. Without an end the loop would spin.
            self._loop.call_exception_handler({"message": "an AppleTalk station cannot be driven", "exception": error})
            self.close()
            return
        self._take()
        self._waiters.wake()
        if self._timer is not None:
            self._timer.cancel()
        timeout = self._native.next_timeout
        self._timer = None if timeout is None else self._loop.call_later(timeout, self._drive)

    def _end(self) -> ClosedError:
        return ClosedError("it is closed")

    async def next_event(self) -> _Event:
        """Wait for the next event. What the calls here wait for is none; the last 1,024 are kept. Raises :class:`ClosedError` when it is closed."""

        def look() -> _Event | None:
            if self._events:
                return self._events.popleft()
            if self._is_closed:
                raise self._end()
            return None

        return await self._waiters.until(look)

    @property
    def is_closed(self) -> bool:
        """True once it is closed."""
        return self._is_closed

    def close(self) -> None:
        """Close it. Tasks that wait get :class:`ClosedError`. Calling it again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        if not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
        self._native.close()
        self._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()


class ZoneClient(_Driven[appletalk.ZoneClient, "appletalk.NodeEvent"]):
    """A node in the running loop: :class:`osisession.appletalk.ZoneClient`, whose arguments these are.

    Any number of tasks may ask at once, up to the limits. A cancellation, :func:`asyncio.timeout` included, ends a call; the node forgets it.
    """

    def __init__(
        self,
        segment: str = "ltoudp",
        *,
        node: int | None = None,
        network: int | None = None,
        zone: str | bytes | None = None,
        server: bool = False,
        limits: ZoneClientLimits | None = None,
    ) -> None:
        self._asked: dict[_Asked, deque[appletalk.NodeEvent]] = {}
        self._is_extended = segment.startswith("ethertalk")
        native = appletalk.ZoneClient(segment, node=node, network=network, zone=zone, server=server, limits=limits)
        super().__init__(native)

    def _take(self) -> None:
        while (event := self._native.poll_event()) is not None:
            asked = _asked_by(event)
            if asked is None:
                self._events.append(event)
            elif asked in self._asked:
                self._asked[asked].append(event)
            # What nobody waits for any more is dropped.

    async def _answers(self, asked: _Asked, take: Callable[[appletalk.NodeEvent], bool]) -> None:
        """Hands the events of a question to ``take`` until it says that it was the last."""
        answers = self._asked[asked] = deque()

        def look() -> bool | None:
            while answers:
                if take(answers.popleft()):
                    return True
            if self._is_closed:
                raise self._end()
            return None

        try:
            self._drive()
            await self._waiters.until(look)
        finally:
            del self._asked[asked]
            if asked[0] == "names":
                with suppress(OsisessionError):
                    self._native.cancel(asked[1])

    @property
    def state(self) -> appletalk.NodeState:
        """Where it stands."""
        return self._native.state

    async def join(self) -> appletalk.Joined:
        """Wait until it has an address, and knows a router or that there is none. Raises :class:`TransportError` if every address is taken."""

        def look() -> appletalk.Joined | None:
            if self._is_closed:
                raise self._end()
            try:
                return self._native.join(0)
            except TimedOutError:
                return None

        return await self._waiters.until(look)

    async def _zones(self, call: appletalk.Call) -> list[appletalk.Name]:
        found: list[appletalk.Name] = []

        def take(event: appletalk.NodeEvent) -> bool:
            match event:
                case appletalk.Zones():
                    found.extend(event.zones)
                case appletalk.RequestFailed():
                    raise event.error
            return True

        await self._answers(("zones", self._native.begin_zones(call)), take)
        return found

    async def zones(self) -> list[appletalk.Name]:
        """Every zone of the internet, in the router's order (GetZoneList). Raises :class:`RefusedError` without a router, and what its answers are worth:
        :class:`TimedOutError`, :class:`PeerError`, :class:`LimitError`."""
        return await self._zones("zones")

    async def local_zones(self) -> list[appletalk.Name]:
        """The zones of the node's network (GetLocalZones)."""
        return await self._zones("local-zones")

    async def my_zone(self) -> appletalk.Name:
        """The node's zone (GetMyZone; on EtherTalk what it has picked)."""
        if self._is_extended:
            return self._native.my_zone(0)
        return (await self._zones("my-zone"))[0]

    async def look_up(self, entity: str | appletalk.Entity) -> list[appletalk.NamedSocket]:
        """Who has a name such as ``=:LaserWriter@*``; takes as long as the limits say (3 s)."""
        found: list[appletalk.NamedSocket] = []

        def take(event: appletalk.NodeEvent) -> bool:
            if isinstance(event, appletalk.Found):
                found.append(event.found)
            return isinstance(event, appletalk.LookedUp)

        await self._answers(("names", self._native.begin_look_up(entity)), take)
        return found

    async def register(self, object: str | bytes, type: str | bytes, socket: int) -> None:
        """Register a name at a socket of this node. Raises :class:`RefusedError` if somebody in the zone has it."""

        def take(event: appletalk.NodeEvent) -> bool:
            if isinstance(event, appletalk.NameTaken):
                raise RefusedError(f"{event.holder.address} has the name", parameter=str(event.holder.entity))
            return isinstance(event, appletalk.Registered)

        await self._answers(("names", self._native.begin_register(object, type, socket)), take)

    def unregister(self, object: str | bytes, type: str | bytes) -> bool:
        """Take a name back; False if it is not registered."""
        return self._native.unregister(object, type)

    def pick(self, zone: str | bytes) -> None:
        """Move to another zone of the extended network: :class:`~osisession.appletalk.Picked` or ``PickFailed`` tells."""
        self._native.pick(zone)
        self._drive()

    async def echo(self, to: tuple[int, int], data: Buffer | None = None) -> float:
        """Send an echo request; the seconds until it came back. Raises :class:`TimedOutError` if it does not."""
        began = time.monotonic()

        def take(event: appletalk.NodeEvent) -> bool:
            if isinstance(event, appletalk.EchoLost):
                raise TimedOutError("no echo within the time of the limits")
            return isinstance(event, appletalk.Echoed)

        await self._answers(("echo", self._native.begin_echo(to, data)), take)
        return time.monotonic() - began


def _asked_by(event: appletalk.NodeEvent) -> _Asked | None:
    match event:
        case appletalk.Zones(number=number) | appletalk.RequestFailed(number=number):
            return ("zones", number)
        case (
            appletalk.Found(number=number)
            | appletalk.LookedUp(number=number)
            | appletalk.Registered(number=number)
            | appletalk.NameTaken(number=number)
        ):
            return ("names", number)
        case appletalk.Echoed(number=number) | appletalk.EchoLost(number=number):
            return ("echo", number)
        case _:
            return None


class ZoneRouter(_Driven[appletalk.ZoneRouter, "appletalk.RouterEvent"]):
    """A router in the running loop: :class:`osisession.appletalk.ZoneRouter`, whose arguments these are."""

    def __init__(
        self,
        ports: Iterable[appletalk.Port],
        *,
        pack_replies: bool = False,
        limits: ZoneRouterLimits | None = None,
    ) -> None:
        super().__init__(appletalk.ZoneRouter(ports, pack_replies=pack_replies, limits=limits))

    def _take(self) -> None:
        while (event := self._native.poll_event()) is not None:
            self._events.append(event)

    @property
    def ports(self) -> list[appletalk.PortState]:
        """Where each port stands."""
        return self._native.ports

    @property
    def routes(self) -> list[appletalk.Route]:
        """The routing table, each network with its zones."""
        return self._native.routes

    @property
    def zones(self) -> list[appletalk.Name]:
        """All zones that it knows."""
        return self._native.zones

    @property
    def counters(self) -> dict[str, int]:
        """What it counted since its start."""
        return self._native.counters

    def take_down(self, port: int) -> None:
        """Take a port down: its network is told to be unreachable, its zones go."""
        self._native.take_down(port)
        self._drive()

    def bring_up(self, port: int) -> None:
        """Start a port again. Raises :class:`RefusedError` if it is up, or the bringback time is not over."""
        self._native.bring_up(port)
        self._drive()

    def rename_zone(self, network: int, old: str | bytes, new: str | bytes) -> None:
        """Give a zone of a network another name, and tell the nodes there (ZIP Notify)."""
        self._native.rename_zone(network, old, new)
        self._drive()
