"""Durable dialogues: nodes over loopback sockets, restarts, processes that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import osisession
import pytest
from osisession import durable
from osisession.durable import Dialogue, DurableNode

WAIT = 30.0


def pair(there: DurableNode, here: DurableNode) -> tuple[Dialogue, Dialogue]:
    dialogue = here.dial(there.listen("127.0.0.1:0"), label=b"the one")
    return dialogue, there.accept(WAIT)


def test_messages_both_ways_and_the_end() -> None:
    with DurableNode() as there, DurableNode(user_data=b"who") as here:
        ours, theirs = pair(there, here)
        assert ours.id == theirs.id and ours.is_initiator and not theirs.is_initiator
        assert (ours.label, theirs.label, theirs.user_data) == (b"the one", b"", b"who")
        assert [ours.send(b"one", WAIT), ours.send(bytearray(b"two"), WAIT)] == [1, 2]
        ours.wait_confirmed(timeout=WAIT)
        first = theirs.receive(WAIT)
        assert (first.position, first.data, first.dialogue) == (1, b"one", theirs)
        second = theirs.receive(WAIT)
        second.commit()
        theirs.wait_committed(2, WAIT)
        assert theirs.send(b"three", WAIT) == 1
        assert ours.receive(WAIT).data == b"three"
        assert here.find(b"the one") == ours and here.find(b"another") is None
        theirs.close(WAIT)
        with pytest.raises(osisession.ClosedError):
            ours.receive(WAIT)
        assert ours.is_closed and ours.failure is None and ours.progress.state == "closed"
        assert here.find(b"the one") is None and here.dialogues() == [ours]
        with pytest.raises(osisession.ClosedError):
            ours.send(b"late", WAIT)


def test_events_and_progress_tell_what_goes_on() -> None:
    with DurableNode() as there, DurableNode() as here:
        ours, theirs = pair(there, here)
        assert ours.next_event(WAIT) == durable.Connecting(epoch=1, attempt=1)
        assert ours.next_event(WAIT) == durable.Connected(epoch=1, user_data=b"")
        position = ours.send(b"hello", WAIT)
        while ours.next_event(WAIT) != durable.Confirmed(position):
            pass
        progress = ours.progress
        assert (progress.state, progress.epoch, progress.confirmed, progress.confirmed_octets) == ("connected", 1, 1, 5)
        assert progress.last_error is None and progress.next_try is None and progress.peer
        with pytest.raises(osisession.TimedOutError):
            theirs.next_event(0) and [theirs.next_event(0) for _ in range(10)]


def test_nobody_answers_and_then_somebody_does() -> None:
    with DurableNode() as there, DurableNode() as here:
        address = there.listen("127.0.0.1:0")
        there.close()
        ours = here.dial(address)
        assert ours.send(b"patience", WAIT) == 1
        with pytest.raises(osisession.TimedOutError):
            ours.wait_confirmed(timeout=0.3)
        progress = ours.progress
        assert progress.attempts >= 1 and progress.confirmed == 0 and progress.unconfirmed_octets == 8
        assert isinstance(progress.last_error, osisession.TransportError)
        with DurableNode() as later:
            ours.reconnect(later.listen("127.0.0.1:0"))
            assert later.accept(WAIT).receive(WAIT).data == b"patience"
            ours.wait_confirmed(1, WAIT)


def test_a_restart_on_the_same_journal(tmp_path: Path) -> None:
    with DurableNode(tmp_path / "there") as there:
        with DurableNode(tmp_path / "here") as here:
            ours, theirs = pair(there, here)
            name = ours.id
            ours.send(b"committed", WAIT)
            ours.send(b"not committed", WAIT)
            theirs.receive(WAIT).commit()
            theirs.wait_committed(1, WAIT)
            assert theirs.receive(WAIT).data == b"not committed"
            ours.wait_confirmed(2, WAIT)
        with pytest.raises(osisession.ClosedError):
            ours.send(b"to a closed node", WAIT)
        there.close()
    with DurableNode(str(tmp_path / "there")) as there, DurableNode(tmp_path / "here") as here:
        again = here.find(b"the one")
        assert again is not None and again.id == name and again.progress.confirmed == 2
        again.reconnect(there.listen("127.0.0.1:0"))
        [theirs] = there.dialogues()
        message = theirs.receive(WAIT)
        assert (message.position, message.data) == (2, b"not committed")
        assert again.send(b"third", WAIT) == 3
        assert theirs.receive(WAIT).data == b"third"


def test_a_journal_has_one_owner(tmp_path: Path) -> None:
    with DurableNode(tmp_path / "journal"):
        with pytest.raises(osisession.RefusedError, match="process"):
            DurableNode(tmp_path / "journal")
    DurableNode(tmp_path / "journal").close()


def test_a_lost_journal_breaks_the_dialogue(tmp_path: Path) -> None:
    with DurableNode(tmp_path / "here") as here:
        with DurableNode(tmp_path / "there") as there:
            ours, theirs = pair(there, here)
            ours.send(b"gone with the file", WAIT)
            ours.wait_confirmed(1, WAIT)
            ours.send(b"on its way", WAIT)
        (tmp_path / "there").unlink()
        with DurableNode(tmp_path / "there") as there:
            ours.reconnect(there.listen("127.0.0.1:0"))
            while not isinstance(event := ours.next_event(WAIT), durable.Broken):
                pass
            assert event.status and event.confirmed >= 1
            assert isinstance(ours.failure, osisession.ClosedError) and not ours.is_closed


def test_callers_are_let_in_or_not() -> None:
    seen: list[durable.Caller] = []

    def allow(caller: durable.Caller) -> bool:
        seen.append(caller)
        return caller.user_data == b"friend"

    with DurableNode(allow=allow) as there:
        address = there.listen("127.0.0.1:0")
        with DurableNode(user_data=b"stranger") as here:
            stranger = here.dial(address)
            while not isinstance(event := stranger.next_event(WAIT), durable.Stopped):
                pass
            assert "refused" in event.reason
        with DurableNode(user_data=b"friend") as here:
            friend = here.dial(address)
            friend.send(b"hello", WAIT)
            assert there.accept(WAIT).receive(WAIT).data == b"hello"
            assert seen[-1].id == friend.id and seen[-1].address


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_error_of_the_filter_is_reported_and_means_not_now() -> None:
    failing = threading.Event()
    failing.set()

    def allow(_caller: durable.Caller) -> bool:
        if failing.is_set():
            raise ValueError("a fault of the application")
        return True

    with DurableNode(allow=allow) as there, DurableNode() as here:
        ours = here.dial(there.listen("127.0.0.1:0"))
        ours.send(b"hello", WAIT)
        with pytest.raises(osisession.TimedOutError):
            there.accept(0.3)
        failing.clear()
        assert there.accept(WAIT).receive(WAIT).data == b"hello"


def test_an_application_with_a_cursor_of_its_own(tmp_path: Path) -> None:
    asked: list[tuple[bytes, bytes]] = []

    def cursor(name: bytes, label: bytes) -> int:
        asked.append((name, label))
        return 1

    def node() -> DurableNode:
        return DurableNode(tmp_path / "there", delivery="application", cursor=cursor)

    with node() as there, DurableNode(tmp_path / "here") as here:
        ours, theirs = pair(there, here)
        assert asked == []
        for text in (b"one", b"two"):
            ours.send(text, WAIT)
        assert [theirs.receive(WAIT).data for _ in range(2)] == [b"one", b"two"]
        with pytest.raises(osisession.TimedOutError):
            ours.wait_confirmed(1, 0.3)
        theirs.commit(1)
        ours.wait_confirmed(1, WAIT)
        there.close()
        with node() as again:
            assert asked == [(ours.id, b"")]
            ours.reconnect(again.listen("127.0.0.1:0"))
            [theirs] = again.dialogues()
            assert theirs.receive(WAIT).position == 2
    with pytest.raises(ZeroDivisionError):
        DurableNode(tmp_path / "there", delivery="application", cursor=lambda _name, _label: 1 // 0)


def test_wrong_arguments(tmp_path: Path) -> None:
    wrong = osisession.InvalidError
    with pytest.raises(wrong, match="durability"):
        DurableNode(durability="always")  # type: ignore[arg-type]
    with pytest.raises(wrong, match="delivery"):
        DurableNode(delivery="post")  # type: ignore[arg-type]
    with pytest.raises(wrong, match="there is no limit"):
        DurableNode(limits={"mesage_octets": 1})  # type: ignore[arg-type]
    with pytest.raises(wrong, match="out of range"):
        DurableNode(limits={"outbox_messages": -1})
    with pytest.raises(wrong):
        DurableNode(idle_close=-1)
    with pytest.raises(osisession.OsisessionError):
        DurableNode(tmp_path)
    with DurableNode(limits={"message_octets": 100}) as node:
        dialogue = node.dial("127.0.0.1:1", called_selector=b"s", called_t_selector=b"t")
        with pytest.raises(wrong):
            dialogue.send(b"")
        with pytest.raises(wrong, match="101 octets"):
            dialogue.send(bytes(101))
        with pytest.raises(wrong):
            node.dial("127.0.0.1:1", called_selector=bytes(17))
        with pytest.raises(wrong):
            node.dial("127.0.0.1:1", durability="never")  # type: ignore[arg-type]
    with pytest.raises(osisession.ClosedError):
        node.dial("127.0.0.1:1")
    with pytest.raises(osisession.ClosedError):
        node.accept()
    assert node.is_closed
    node.close()


def test_the_outbox_is_bounded() -> None:
    with DurableNode(limits={"outbox_messages": 2}) as node:
        dialogue = node.dial("127.0.0.1:1")
        dialogue.send(b"1", WAIT)
        dialogue.send(b"2", WAIT)
        with pytest.raises(osisession.TimedOutError):
            dialogue.send(b"3", 0.1)
        assert dialogue.progress.sent == 2


def test_the_node_ends_while_others_wait() -> None:
    node = DurableNode()
    dialogue = node.dial("127.0.0.1:1")
    outcomes: list[object] = []

    def wait(call: object) -> None:
        try:
            outcomes.append(call(WAIT))  # type: ignore[operator]
        except osisession.OsisessionError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=wait, args=(call,)) for call in (node.accept, dialogue.receive, dialogue.close)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    node.close()
    for thread in threads:
        thread.join(WAIT)
    assert outcomes == [osisession.ClosedError] * 3


COUNT = 400

RECEIVER = """
import sys
from osisession.durable import DurableNode

journal, file, address = sys.argv[1:]
with DurableNode(journal) as node, open(file, "a") as out:
    known = node.dialogues()
    print(node.listen(address), flush=True)
    dialogue = known[0] if known else node.accept()
    while dialogue.progress.committed < %d:
        message = dialogue.receive()
        print(message.position, message.data.decode(), file=out, flush=True)
        if message.position == %d:
            dialogue.wait_confirmed(dialogue.send(b"all"))
        message.commit()
        if message.position == %d:
            dialogue.wait_committed(%d)
    dialogue.close(20)
""" % (COUNT, COUNT, COUNT, COUNT)


def test_processes_that_are_killed(tmp_path: Path) -> None:
    """The receiver is killed again and again: each message comes, in order, and again only if its commit was not stored."""
    chance = random.Random(26)
    arguments = [sys.executable, "-c", RECEIVER, str(tmp_path / "there"), str(tmp_path / "seen")]

    def receiver(address: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen([*arguments, address], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    process, address = receiver("127.0.0.1:0")
    kills = 0
    with DurableNode(tmp_path / "here") as node:
        dialogue = node.dial(address)
        sender = threading.Thread(target=lambda: [dialogue.send(str(number).encode()) for number in range(COUNT)])
        sender.start()
        while kills < 8:
            time.sleep(chance.uniform(0, 0.05))
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            kills += 1
            process, address = receiver("127.0.0.1:0")
            dialogue.reconnect(address)
        assert dialogue.receive(WAIT).data == b"all"
        sender.join(WAIT)
        process.communicate(timeout=WAIT)
        assert process.returncode == 0
    lines = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert all(int(position) == int(data) + 1 for position, data in lines)
    assert sorted({int(position) for position, _ in lines}) == list(range(1, COUNT + 1))
    # Within the life of one process they come in order; one that is killed may repeat what it had not committed.
    falls = sum(int(after[0]) <= int(before[0]) for before, after in zip(lines, lines[1:]))
    assert falls <= kills
