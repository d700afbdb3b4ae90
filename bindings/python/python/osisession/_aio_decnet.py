"""DECnet nodes with asyncio: part of :mod:`osisession.aio`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from . import decnet
from ._errors import ClosedError, OsisessionError, TimedOutError, WouldBlockError
from ._waiters import Waiters

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Buffer, Self

    from ._native import DecnetLimits

__all__ = ["DecnetEndpoint", "IncomingLink", "LogicalLink", "ObjectListener"]

_T = TypeVar("_T")


class DecnetEndpoint:
    """A DECnet end node in the running loop: :class:`osisession.decnet.DecnetEndpoint`, whose arguments these are.

    Waits are bounded by :func:`asyncio.timeout`; a wait that is cancelled has taken nothing.
    """

    def __init__(
        self,
        address: str,
        circuit: str,
        *,
        nodes: dict[str, str] | None = None,
        demand: str | Buffer | None = None,
        verification: str | Buffer | None = None,
        block_size: int | None = None,
        flow_control: Literal["none", "segment", "message"] | None = None,
        ignore_interrupt_credit: bool = False,
        retry: float | None = None,
        connect_timeout: float | None = None,
        limits: DecnetLimits | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._native = decnet.DecnetEndpoint(
            address,
            circuit,
            nodes=nodes,
            demand=demand,
            verification=verification,
            block_size=block_size,
            flow_control=flow_control,
            ignore_interrupt_credit=ignore_interrupt_credit,
            retry=retry,
            connect_timeout=connect_timeout,
            limits=limits,
        )
        self._waiters = Waiters(self._loop)
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        self._is_closed = False
        self._descriptor = self._native.fileno()
        self._loop.add_reader(self._descriptor, self._drive)
        self._drive()

    def _drive(self) -> None:
        """The descriptor is readable, it is time, or something was asked."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._is_closed:
            return
        try:
            self._native.dispatch(0)
        except OsisessionError as error:
            # The system cannot wait for the network any more. Without an end the loop would spin.
            self._loop.call_exception_handler({"message": "a DECnet node cannot be driven", "exception": error})
            self.close()
            return
        # Each task that waits looks for itself.
        while self._native.next_ready() is not None:
            pass
        self._waiters.wake()
        if self._timer is not None:
            self._timer.cancel()
        timeout = self._native.next_timeout
        self._timer = None if timeout is None else self._loop.call_later(timeout, self._drive)

    def _drive_soon(self) -> None:
        """Something was asked; once for all that is asked in this turn of the loop."""
        if self._soon is None and not self._is_closed:
            self._soon = self._loop.call_soon(self._drive)

    async def _until(self, look: Callable[[], _T]) -> _T:
        """What ``look`` gives once it does not say that it is too early."""

        def found() -> tuple[_T] | None:
            if self._is_closed:
                raise ClosedError("the endpoint is closed")
            try:
                return (look(),)
            except (TimedOutError, WouldBlockError):
                return None

        (result,) = await self._waiters.until(found)
        self._drive_soon()
        return result

    @property
    def address(self) -> str:
        """The node: ``"1.2"``."""
        return self._native.address

    @property
    def local_address(self) -> str | None:
        """Where a circuit that listens does so, with the port that the system chose."""
        return self._native.local_address

    @property
    def is_up(self) -> bool:
        """True while the circuit runs."""
        return self._native.is_up

    @property
    def neighbour(self) -> decnet.Neighbour | None:
        """The neighbour on the circuit, while it runs."""
        return self._native.neighbour

    @property
    def links(self) -> int:
        """Logical links that are not over."""
        return self._native.links

    @property
    def is_closed(self) -> bool:
        """True once it is closed."""
        return self._is_closed

    def define_node(self, name: str, address: str) -> None:
        """Give a node a name in the table of this one."""
        self._native.define_node(name, address)

    async def wait_up(self) -> None:
        """Wait until the circuit runs."""
        await self._until(lambda: self._native.wait_up(0))

    async def next_circuit_event(self) -> decnet.CircuitEvent:
        """Wait for what happens to the circuit next."""

        def look() -> decnet.CircuitEvent:
            event = self._native.next_circuit_event()
            if event is None:
                raise WouldBlockError("nothing has happened")
            return event

        return await self._until(look)

    async def connect(
        self,
        node: str,
        object: int | str | Buffer | decnet.EndUser,
        *,
        source: int | str | Buffer | decnet.EndUser | None = None,
        access: decnet.AccessControl | None = None,
        user_data: str | Buffer | None = None,
        proxy: bool = False,
    ) -> LogicalLink:
        """Call an object at a node, and wait until it accepts; ``link.accept_data`` is what it says then.

        Raises :class:`PeerError` with reason and data if it rejects, and as :meth:`osisession.decnet.DecnetEndpoint.connect`. A cancellation aborts
        the link.
        """
        native = self._native.connect(node, object, source=source, access=access, user_data=user_data, proxy=proxy)
        link = LogicalLink(self, native)
        self._drive_soon()
        try:
            link._accept_data = await self._until(lambda: native.wait_connected(0))
        except BaseException:
            link.close()
            raise
        return link

    def listen(
        self,
        number: int | None = None,
        name: str | Buffer | None = None,
        *,
        accounts: list[decnet.Account] | None = None,
        max_links: int | None = None,
    ) -> ObjectListener:
        """Be an object that can be called, by number, name, or both: see :meth:`osisession.decnet.DecnetEndpoint.listen`."""
        return ObjectListener(self, self._native.listen(number, name, accounts=accounts, max_links=max_links))

    def close(self) -> None:
        """Close it: links are aborted, tasks that wait get :class:`ClosedError`. Calling it again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        for handle in (self._timer, self._soon):
            if handle is not None:
                handle.cancel()
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


class ObjectListener:
    """An object that can be called. Made by :meth:`DecnetEndpoint.listen`."""

    def __init__(self, endpoint: DecnetEndpoint, native: decnet.ObjectListener) -> None:
        self._endpoint = endpoint
        self._native = native

    async def accept(self) -> IncomingLink:
        """Wait for a connect, to be accepted or rejected."""
        return IncomingLink(self._endpoint, await self._endpoint._until(lambda: self._native.accept(0)))

    def close(self) -> None:
        """End the object; its links go on."""
        self._native.close()
        self._endpoint._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()


class IncomingLink:
    """A connect from another node: ``call`` says what it is. Forgotten without an answer it is rejected with reason 38."""

    def __init__(self, endpoint: DecnetEndpoint, native: decnet.IncomingLink) -> None:
        self._endpoint = endpoint
        self.call = native
        """Who calls, whom, and with what: to look at."""

    def accept(self, data: str | Buffer | None = None) -> LogicalLink:
        """Accept, with up to 16 octets."""
        link = LogicalLink(self._endpoint, self.call.accept(data))
        self._endpoint._drive_soon()
        return link

    def reject(self, reason: int = 0, data: str | Buffer | None = None) -> None:
        """Reject, with up to 16 octets."""
        self.call.reject(reason, data)
        self._endpoint._drive_soon()


class LogicalLink:
    """One logical link. Made by :meth:`DecnetEndpoint.connect` and :meth:`IncomingLink.accept`."""

    def __init__(self, endpoint: DecnetEndpoint, native: decnet.LogicalLink) -> None:
        self._endpoint = endpoint
        self._native = native
        self._accept_data = b""

    @property
    def accept_data(self) -> bytes:
        """Of one that was called from here: what the object said when it accepted."""
        return self._accept_data

    @property
    def node(self) -> str:
        """The other node."""
        return self._native.node

    @property
    def state(self) -> str:
        """The state of the port, in the words of the specification."""
        return self._native.state

    @property
    def is_over(self) -> bool:
        """True once it has ended."""
        return self._native.is_over

    async def send(self, message: Buffer) -> None:
        """Send a message, and wait for room in the queue if there is none."""
        await self._endpoint._until(lambda: self._native.try_send(message))

    async def interrupt(self, data: Buffer) -> None:
        """Send an interrupt message of 1 to 16 octets, and wait until the peer takes one."""
        await self._endpoint._until(lambda: self._native.try_interrupt(data))

    async def receive(self) -> bytes:
        """Wait for the next message; passes over everything that is none. Raises :class:`ClosedError` or what ended the link."""
        return await self._endpoint._until(lambda: self._native.receive(0))

    async def next_event(self) -> decnet.LinkEvent:
        """Wait for the next event. That there is room again is none: :meth:`send` and :meth:`interrupt` wait for that."""

        def look() -> decnet.LinkEvent:
            while isinstance(event := self._native.next_event(0), decnet.SendReady | decnet.InterruptReady):
                pass
            return event

        return await self._endpoint._until(look)

    def disconnect(self, data: str | Buffer | None = None) -> None:
        """End the link after everything that was sent, with up to 16 octets: :meth:`wait_ended`."""
        self._native.disconnect(data)
        self._endpoint._drive_soon()

    def abort(self, data: str | Buffer | None = None) -> None:
        """End the link at once, with up to 16 octets; what was not sent is dropped."""
        self._native.abort(data)
        self._endpoint._drive_soon()

    async def wait_ended(self) -> decnet.LinkEvent:
        """Wait for the last event and return it; what comes before is dropped."""
        return await self._endpoint._until(lambda: self._native.wait_ended(0))

    def close(self) -> None:
        """Abort the link if it is open, and forget it."""
        self._native.close()
        self._endpoint._waiters.wake()
        self._endpoint._drive_soon()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()
