"""Durable dialogues with asyncio."""

from __future__ import annotations

import asyncio
from pathlib import Path

import osisession
import pytest
from osisession import aio, durable

WAIT = 30.0


async def pair(there: aio.DurableNode, here: aio.DurableNode) -> tuple[aio.Dialogue, aio.Dialogue]:
    dialogue = await here.dial(there.listen("127.0.0.1:0"), label=b"the one")
    return dialogue, await there.accept()


def test_messages_both_ways_at_once(tmp_path: Path) -> None:
    async def give(dialogue: aio.Dialogue) -> None:
        for number in range(500):
            await dialogue.send(str(number).encode())
        await dialogue.wait_confirmed()

    async def take(dialogue: aio.Dialogue) -> None:
        for number in range(500):
            message = await dialogue.receive()
            assert (message.position, message.data) == (number + 1, str(number).encode())
            message.commit()
        await dialogue.wait_committed(500)

    async def main() -> None:
        async with asyncio.timeout(WAIT), await aio.DurableNode.open(tmp_path / "there") as there:
            async with await aio.DurableNode.open(tmp_path / "here", durability="checkpoint") as here:
                ours, theirs = await pair(there, here)
                assert here.find(b"the one") is ours and here.dialogues() == [ours] and here.find(b"x") is None
                assert (ours.id, ours.label, ours.is_initiator) == (theirs.id, b"the one", True)
                await asyncio.gather(give(ours), give(theirs), take(ours), take(theirs))
                assert ours.progress.confirmed == 500
                closing = asyncio.create_task(ours.close())
                assert [message async for message in theirs] == []
                await closing
                assert ours.is_closed and ours.failure is None
                with pytest.raises(osisession.ClosedError):
                    await ours.send(b"late")

    asyncio.run(main())


def test_cancellation_takes_nothing_away() -> None:
    async def main() -> None:
        async with asyncio.timeout(WAIT), await aio.DurableNode.open() as there, await aio.DurableNode.open() as here:
            ours, theirs = await pair(there, here)
            received: list[int] = []

            async def give() -> None:
                for number in range(300):
                    await ours.send(str(number).encode())
                    if number % 10 == 0:
                        await asyncio.sleep(0.001)

            giving = asyncio.create_task(give())
            cancelled = 0
            while len(received) < 300:
                task = asyncio.create_task(theirs.receive())
                await asyncio.sleep(0)
                if not task.done():
                    task.cancel()
                try:
                    received.append(int((await task).data))
                except asyncio.CancelledError:
                    cancelled += 1
                    await asyncio.sleep(0)
            await giving
            assert received == list(range(300)) and cancelled > 0

    asyncio.run(main())


def test_a_cancelled_submit_is_not_sent() -> None:
    async def main() -> None:
        async with asyncio.timeout(WAIT), await aio.DurableNode.open(limits={"outbox_messages": 1}) as node:
            dialogue = await node.dial("127.0.0.1:1")
            await dialogue.submit(b"1")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await dialogue.submit(b"2")
            assert dialogue.progress.sent == 1
            async with await aio.DurableNode.open() as there:
                dialogue.reconnect(there.listen("127.0.0.1:0"))
                theirs = await there.accept()
                assert (await theirs.receive()).data == b"1"
                await dialogue.send(b"3")
                assert (await theirs.receive()).data == b"3"

    asyncio.run(main())


def test_events_wake_the_right_ones() -> None:
    async def main() -> None:
        async with asyncio.timeout(WAIT), await aio.DurableNode.open() as there, await aio.DurableNode.open() as here:
            address = there.listen("127.0.0.1:0")
            dialogues = [await here.dial(address, label=b"%d" % number) for number in range(50)]
            accepted = [await there.accept() for _ in dialogues]
            by_name = {dialogue.id: dialogue for dialogue in accepted}
            waiting = [asyncio.create_task(by_name[dialogue.id].receive()) for dialogue in dialogues]
            for dialogue in reversed(dialogues):
                await dialogue.send(dialogue.label)
            assert [message.data for message in await asyncio.gather(*waiting)] == [b"%d" % n for n in range(50)]
            assert isinstance(await dialogues[0].next_event(), durable.Connecting)
            assert isinstance(await dialogues[0].next_event(), durable.Connected)

    asyncio.run(main())


def test_the_node_ends_while_tasks_wait(tmp_path: Path) -> None:
    async def main() -> None:
        node = await aio.DurableNode.open(tmp_path / "journal")
        dialogue = await node.dial("127.0.0.1:1")
        tasks = [asyncio.create_task(call) for call in (node.accept(), dialogue.receive(), dialogue.wait_confirmed(1))]
        await asyncio.sleep(0.05)
        await node.close()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [osisession.ClosedError] * 3
        await node.close()
        assert node.is_closed and "closed" in repr(node)
        # The journal is free again.
        async with await aio.DurableNode.open(tmp_path / "journal") as again:
            assert [one.id for one in again.dialogues()] == [dialogue.id] and again.left == []

    asyncio.run(main())


def test_a_cancelled_open_leaves_the_journal_free(tmp_path: Path) -> None:
    async def main() -> None:
        opening = asyncio.create_task(aio.DurableNode.open(tmp_path / "journal"))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        async with asyncio.timeout(WAIT):
            while True:
                try:
                    node = await aio.DurableNode.open(tmp_path / "journal")
                    break
                except osisession.RefusedError:
                    await asyncio.sleep(0.01)
            await node.close()

    asyncio.run(main())


def test_they_are_made_by_nodes_and_open() -> None:
    with pytest.raises(TypeError):
        aio.DurableNode()
    with pytest.raises(TypeError):
        aio.Dialogue()
