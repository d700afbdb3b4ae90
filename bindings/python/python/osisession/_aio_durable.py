"""Durable dialogues with asyncio: see :mod:`osisession.durable` for what they are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from . import _native, durable
from ._errors import ClosedError, TimedOutError
from ._waiters import Waiters

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from typing_extensions import Buffer, Self

    from ._errors import OsisessionError

_T = TypeVar("_T")


def _now(look: Callable[[], _T]) -> Callable[[], tuple[_T] | None]:
    """What ``look``, which has a timeout of zero, finds."""

    def found() -> tuple[_T] | None:
        try:
            return (look(),)
        except TimedOutError:
            return None

    return found


class DurableNode:
    """A :class:`osisession.durable.DurableNode` in the running loop::

        async with await DurableNode.open("orders.journal") as node:
            dialogue = node.find(b"orders") or await node.dial("192.0.2.7:10102", label=b"orders")

    What touches the disk (``open``, ``dial``, ``close``) is done in a thread of the loop's executor. Nothing here may be used from another thread than the
    loop's. Cancellation is safe: a dialogue or a message is taken only in the step that returns it.
    """

    def __init__(self) -> None:
        raise TypeError("use 'await DurableNode.open(...)'")

    @classmethod
    async def open(cls, *arguments: Any, **keywords: Any) -> Self:
        """Makes a node; arguments are those of :class:`osisession.durable.DurableNode`. ``cursor`` is called in another thread, ``allow`` in the node's."""
        making = asyncio.ensure_future(asyncio.to_thread(partial(_native.DurableNode, *arguments, **keywords)))
        try:
            native = await asyncio.shield(making)
        except asyncio.CancelledError:
            # It has the journal, or will have it: nobody else could open that.
            making.add_done_callback(_drop)
            raise
        self = cls.__new__(cls)
        self._native = native
        self._loop = asyncio.get_running_loop()
        self._callers = Waiters(self._loop)
        self._dialogues = WeakValueDictionary()
        self._wake = socket.socket(fileno=native._watch())
        self._loop.add_reader(self._wake, self._drive)
        return self

    _native: _native.DurableNode
    _loop: asyncio.AbstractEventLoop
    _callers: Waiters
    _dialogues: WeakValueDictionary[bytes, Dialogue]
    _wake: socket.socket

    def _drive(self) -> None:
        """Something changed."""
        try:
            while self._wake.recv(4096):
                pass
        except (BlockingIOError, InterruptedError):
            pass
        for name in self._native._changed():
            if name is None:
                self._callers.wake()
            elif (dialogue := self._dialogues.get(name)) is not None:
                dialogue._waiters.wake()

    def _adopt(self, native: durable.Dialogue) -> Dialogue:
        dialogue = self._dialogues.get(native.id)
        if dialogue is None:
            dialogue = Dialogue.__new__(Dialogue)
            dialogue._native = native
            dialogue._node = self
            dialogue._waiters = Waiters(self._loop)
            self._dialogues[native.id] = dialogue
        return dialogue

    def listen(self, address: str) -> str:
        """Listens for peers; gives the address with the port that the system chose."""
        return self._native.listen(address)

    async def dial(self, address: str, **keywords: Any) -> Dialogue:
        """Begins a dialogue; keywords are those of :meth:`osisession.durable.DurableNode.dial`.

        If it is cancelled the dialogue may exist all the same: :meth:`find` has it if it has a label.
        """
        return self._adopt(await asyncio.to_thread(self._native.dial, address, **keywords))

    async def accept(self) -> Dialogue:
        """Waits for a dialogue that a caller began. Raises :class:`~osisession.ClosedError` once the node is closed."""
        (native,) = await self._callers.until(_now(lambda: self._native.accept(0)))
        return self._adopt(native)

    def dialogues(self) -> list[Dialogue]:
        """All dialogues that live here."""
        return [self._adopt(native) for native in self._native.dialogues()]

    def find(self, label: Buffer) -> Dialogue | None:
        """The dialogue that was begun here under this label and is neither closed nor broken, or None."""
        native = self._native.find(label)
        return None if native is None else self._adopt(native)

    @property
    def left(self) -> list[tuple[bytes, OsisessionError]]:
        """Dialogues of the journal that this node could not take up, each with the reason."""
        return self._native.left

    @property
    def is_closed(self) -> bool:
        """True once it is closed."""
        return self._native.is_closed

    async def close(self, patience: float | None = None) -> None:
        """Makes the journal durable, for which it waits at most ``patience`` seconds, and ends. The dialogues go on with the next node on the journal."""
        closing = asyncio.ensure_future(asyncio.to_thread(self._native.close, patience))
        try:
            await asyncio.shield(closing)
        finally:
            if self._wake.fileno() >= 0:
                self._loop.remove_reader(self._wake)
                self._wake.close()
            self._callers.wake()
            for dialogue in list(self._dialogues.values()):
                dialogue._waiters.wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<DurableNode{' closed' if self.is_closed else ''}>"


def _drop(making: asyncio.Future[_native.DurableNode]) -> None:
    if not making.cancelled() and making.exception() is None:
        making.get_loop().run_in_executor(None, making.result().close)


class Dialogue:
    """A :class:`osisession.durable.Dialogue` in the loop of its node."""

    def __init__(self) -> None:
        raise TypeError("nodes make dialogues: dial, accept, find, dialogues")

    _native: durable.Dialogue
    _node: DurableNode
    _waiters: Waiters

    @property
    def id(self) -> bytes:
        """Its name, 16 octets."""
        return self._native.id

    @property
    def is_initiator(self) -> bool:
        """True on the side that began it."""
        return self._native.is_initiator

    @property
    def label(self) -> bytes:
        """The label it was begun with; empty on the other side."""
        return self._native.label

    @property
    def user_data(self) -> bytes:
        """What the application that began it sent along."""
        return self._native.user_data

    @property
    def progress(self) -> durable.Progress:
        """Where it stands."""
        return self._native.progress

    @property
    def is_closed(self) -> bool:
        """True once it was closed in good order."""
        return self._native.is_closed

    @property
    def failure(self) -> OsisessionError | None:
        """Why nothing more will happen, or None."""
        return self._native.failure

    async def _until(self, look: Callable[[], _T]) -> _T:
        # A node that closed in the meantime wakes nobody any more, but `look` says so.
        (found,) = await self._waiters.until(_now(look))
        return found

    async def submit(self, message: Buffer) -> int:
        """Gives a message to the dialogue, waiting only for room in the outbox; gives the position that it will have. Cancelled, it is not sent."""
        return await self._until(lambda: self._native.submit(message, 0))

    async def send(self, message: Buffer) -> int:
        """Gives a message to the dialogue and waits until it is stored; gives its position.

        If it is cancelled the message may be sent all the same: ``progress.sent`` counts it then. With :meth:`submit` there is no doubt.
        """
        position = await self.submit(message)
        await self.wait_accepted(position)
        return position

    async def wait_accepted(self, position: int) -> None:
        """Waits until the message at this position, and all before it, are stored here."""
        await self._until(lambda: self._native.wait_accepted(position, 0))

    async def wait_confirmed(self, position: int | None = None) -> None:
        """Waits until the message at this position, and all before it, are stored at the peer; without a position, all that was sent."""
        last = self._native.progress.sent if position is None else position
        await self._until(lambda: self._native.wait_confirmed(last, 0))

    async def receive(self) -> durable.Message:
        """Waits for the next message of the peer. ``commit()`` of the message says that the application is done with it."""
        return await self._until(lambda: self._native.receive(0))

    async def __aiter__(self) -> AsyncIterator[durable.Message]:
        """Messages until the dialogue is closed in good order."""
        while True:
            try:
                message = await self.receive()
            except ClosedError:
                if self.is_closed:
                    return
                raise
            yield message

    def commit(self, position: int) -> None:
        """Says that the application is done with the peer's messages up to this position. Does not wait."""
        self._native.commit(position)

    async def wait_committed(self, position: int) -> None:
        """Waits until a commit of this position is durable."""
        await self._until(lambda: self._native.wait_committed(position, 0))

    async def next_event(self) -> durable.DialogueEvent:
        """Waits for the next event: :class:`~osisession.durable.Connected`, :class:`~osisession.durable.Detached` ..."""
        return await self._until(lambda: self._native.next_event(0))

    def reconnect(self, address: str | None = None) -> None:
        """Tries to connect now, perhaps elsewhere."""
        self._native.reconnect(address)

    def hold_open(self, hold: bool = True) -> None:
        """Whether the application has something open: no idle close then."""
        self._native.hold_open(hold)

    async def close(self) -> None:
        """Closes the dialogue for good, once all messages of both sides are delivered and confirmed. It goes on if it is cancelled."""
        await self._until(lambda: self._native.close(0))

    def __repr__(self) -> str:
        return repr(self._native)
