"""Tasks that wait for something to change."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class Waiters:
    """Tasks of one loop that wait for anything to change. Each looks for itself when it is woken, and waits again."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[asyncio.Future[None]] = deque()

    def wake(self) -> None:
        waiting = self._waiting
        while waiting:
            waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, look: Callable[[], _T | None]) -> _T:
        """What ``look`` finds, in the very step in which it finds it: a cancellation comes before that or not at all."""
        while (found := look()) is None:
            if asyncio.get_running_loop() is not self._loop:
                raise RuntimeError("it belongs to another event loop")
            waiter = self._loop.create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            finally:
                if not waiter.done() or waiter.cancelled():
                    # Still in the queue: nobody woke it.
                    try:
                        self._waiting.remove(waiter)
                    except ValueError:
                        pass
        return found
