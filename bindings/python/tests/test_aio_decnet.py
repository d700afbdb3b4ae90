"""DECnet with asyncio: two nodes in one loop, over loopback sockets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import osisession
import pytest
from osisession import aio, decnet

WAIT = 30.0


def run(story: Callable[[aio.DecnetEndpoint, aio.DecnetEndpoint], Awaitable[None]]) -> None:
    """1.1, whose circuit listens, and 1.2."""

    async def main() -> None:
        async with aio.DecnetEndpoint("1.1", "listen:127.0.0.1:0") as there:
            async with aio.DecnetEndpoint("1.2", f"tcp:{there.local_address}", nodes={"THERE": "1.1"}) as here:
                await asyncio.gather(here.wait_up(), there.wait_up())
                await story(there, here)

    asyncio.run(asyncio.wait_for(main(), WAIT))


async def link_between(
    there: aio.DecnetEndpoint, here: aio.DecnetEndpoint
) -> tuple[aio.LogicalLink, aio.LogicalLink]:
    async def answer() -> aio.LogicalLink:
        async with there.listen(name="PEER") as listener:
            return (await listener.accept()).accept("welcome")

    link, answering = await asyncio.gather(here.connect("there", "peer"), answer())
    assert link.accept_data == b"welcome"
    assert await answering.next_event() == decnet.Running()
    return link, answering


def test_a_call_with_everything() -> None:
    async def story(there: aio.DecnetEndpoint, here: aio.DecnetEndpoint) -> None:
        assert isinstance(await here.next_circuit_event(), decnet.CircuitUp)
        assert here.neighbour == decnet.Neighbour("1.1", "EndNode", 576)
        link, answering = await link_between(there, here)
        assert (link.node, link.state, here.links) == ("1.1", "RUNNING", 1)

        async def send() -> None:
            for number in range(300):
                await link.send(bytes([number % 256]) * (number * 40))

        async def receive() -> None:
            for number in range(300):
                assert await answering.receive() == bytes([number % 256]) * (number * 40)

        await asyncio.gather(send(), receive())
        await answering.interrupt(b"now")
        assert await link.next_event() == decnet.Interrupt(b"now")
        await answering.send(b"message")
        assert await link.next_event() == decnet.Message(b"message")
        link.disconnect("bye")
        ends = await asyncio.gather(link.wait_ended(), answering.wait_ended())
        assert ends == [decnet.Closed(), decnet.Disconnected(decnet.Reason.BY_END_USER, b"bye", None)]
        assert link.is_over
        with pytest.raises(osisession.ClosedError):
            await link.send(b"late")

    run(story)


def test_rejects() -> None:
    async def story(there: aio.DecnetEndpoint, here: aio.DecnetEndpoint) -> None:
        with pytest.raises(osisession.PeerError) as caught:
            await here.connect("1.1", 99)
        assert caught.value.reason == decnet.Reason.NO_SUCH_OBJECT
        async with there.listen(200) as listener:
            calling = asyncio.ensure_future(here.connect("1.1", 200, user_data="who"))
            incoming = await listener.accept()
            assert (incoming.call.node, incoming.call.user_data) == ("1.2", b"who")
            incoming.reject(33, "not now")
            with pytest.raises(osisession.PeerError) as caught:
                await calling
            assert (caught.value.reason, caught.value.octets) == (33, b"not now")

    run(story)


def test_cancellation_takes_nothing() -> None:
    async def story(there: aio.DecnetEndpoint, here: aio.DecnetEndpoint) -> None:
        link, answering = await link_between(there, here)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await answering.receive()
        await link.send(b"first")
        await link.send(b"second")
        assert [await answering.receive(), await answering.receive()] == [b"first", b"second"]
        listener = there.listen(7)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await here.connect("1.1", 7)
        # It was aborted: nobody has to answer it.
        assert here.links == 1
        listener.close()

    run(story)


def test_closing_ends_what_waits() -> None:
    async def story(there: aio.DecnetEndpoint, here: aio.DecnetEndpoint) -> None:
        link, answering = await link_between(there, here)
        listener = there.listen(9)
        waiting = [asyncio.ensure_future(task) for task in (answering.receive(), answering.wait_ended())]
        accepting = asyncio.ensure_future(listener.accept())
        await asyncio.sleep(0.05)
        there.close()
        there.close()
        for result in await asyncio.gather(*waiting, accepting, return_exceptions=True):
            assert isinstance(result, osisession.ClosedError)
        assert there.is_closed
        assert isinstance(await here.next_circuit_event(), decnet.CircuitUp)
        assert isinstance(await here.next_circuit_event(), decnet.CircuitDown)
        link.close()

    run(story)


def test_the_child_of_a_fork_has_none() -> None:
    with decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0") as there:
        there.start()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                there.listen(7)
            except osisession.OsisessionError as error:
                status = 0 if "fork" in str(error) else 2
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        there.listen(7).close()
