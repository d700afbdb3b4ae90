"""DECnet nodes over loopback sockets."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator

import osisession
import pytest
from osisession import decnet

WAIT = 20.0
Nodes = tuple[decnet.DecnetEndpoint, decnet.DecnetEndpoint]


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    """1.1, whose circuit listens, and 1.2; each has a thread."""
    with decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0") as there:
        there.start()
        with decnet.DecnetEndpoint("1.2", f"tcp:{there.local_address}", nodes={"THERE": "1.1"}) as here:
            here.start()
            here.wait_up(WAIT)
            there.wait_up(WAIT)
            yield there, here


def link_between(there: decnet.DecnetEndpoint, here: decnet.DecnetEndpoint) -> tuple[decnet.LogicalLink, decnet.LogicalLink]:
    with there.listen(name="PEER") as listener:
        link = here.connect("there", "peer")
        answering = listener.accept(WAIT).accept()
    assert link.wait_connected(WAIT) == b""
    assert answering.next_event(WAIT) == decnet.Running()
    return link, answering


def test_a_call_with_everything(nodes: Nodes) -> None:
    there, here = nodes
    assert here.neighbour == decnet.Neighbour("1.1", "EndNode", 576)
    assert isinstance(here.next_circuit_event(), decnet.CircuitUp)
    assert here.next_circuit_event() is None
    there.define_node("HERE", "1.2")
    listener = there.listen(200, "OBJECT")
    access = decnet.AccessControl("user", "password", "account")
    assert "password'" not in repr(access) and "'password" not in repr(access)
    link = here.connect("1.1", 200, source=decnet.EndUser("ME", 1, 2), access=access, user_data="data")
    call = listener.accept(WAIT)
    assert (call.node, call.node_name, call.destination) == ("1.2", "HERE", 200)
    assert call.source == decnet.EndUser(b"ME", 1, 2)
    assert call.access == decnet.AccessControl(b"user", b"password", b"account")
    assert (call.user_data, call.is_proxy) == (b"data", False)
    answering = call.accept(b"welcome")
    with pytest.raises(osisession.RefusedError):
        call.accept()
    with pytest.raises(osisession.RefusedError):
        _ = call.node
    assert link.wait_connected(WAIT) == b"welcome"
    assert (link.node, link.state) == ("1.1", "RUNNING")
    assert link != answering and link == link
    for number in range(50):
        link.send(bytes([number]) * number * 40, WAIT)
    for number in range(50):
        assert answering.receive(WAIT) == bytes([number]) * number * 40
    answering.interrupt(b"now", WAIT)
    assert link.next_event(WAIT) == decnet.Interrupt(b"now")
    answering.send(bytearray(b"message"))
    assert link.next_event(WAIT) == decnet.Message(b"message")
    link.disconnect("bye")
    assert link.wait_ended(WAIT) == decnet.Closed()
    assert answering.wait_ended(WAIT) == decnet.Disconnected(decnet.Reason.BY_END_USER, b"bye", None)
    assert link.is_over and link.state == "CLOSED"
    with pytest.raises(osisession.ClosedError):
        link.send(b"late")
    with pytest.raises(osisession.ClosedError):
        answering.next_event(WAIT)


def test_rejects(nodes: Nodes) -> None:
    there, here = nodes
    listener = there.listen(name=b"NO")
    link = here.connect("1.1", b"NO")
    listener.accept(WAIT).reject(33, "not now")
    with pytest.raises(osisession.PeerError) as caught:
        link.wait_connected(WAIT)
    assert (caught.value.reason, caught.value.octets) == (33, b"not now")
    link = here.connect("1.1", 99)
    assert link.next_event(WAIT) == decnet.Rejected(decnet.Reason.NO_SUCH_OBJECT, b"")
    link = here.connect("1.1", "NO")
    del call_of(listener)[:]
    assert link.next_event(WAIT) == decnet.Rejected(decnet.Reason.NO_ANSWER, b"")


def call_of(listener: decnet.ObjectListener) -> list[decnet.IncomingLink]:
    return [listener.accept(WAIT)]


def test_accounts(nodes: Nodes) -> None:
    there, here = nodes
    account = decnet.Account("SMITH", "sesame")
    assert "sesame" not in repr(account)
    listener = there.listen(name="SAFE", accounts=[account])
    link = here.connect("1.1", "SAFE", access=decnet.AccessControl("smith", "guess"))
    assert link.next_event(WAIT) == decnet.Rejected(decnet.Reason.ACCESS_REFUSED, b"")
    link = here.connect("1.1", "SAFE", access=decnet.AccessControl("smith", "sesame"))
    call = listener.accept(WAIT)
    assert call.access == decnet.AccessControl(b"smith", b"", b"")
    call.accept()
    link.wait_connected(WAIT)


def test_back_pressure() -> None:
    with decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0", limits={"queued_receive_octets": 20_000}) as there:
        there.start()
        circuit = f"tcp:{there.local_address}"
        with decnet.DecnetEndpoint("1.2", circuit, nodes={"THERE": "1.1"}, limits={"queued_send_octets": 10_000}) as here:
            here.start()
            link, answering = link_between(there, here)
            sent = 0
            with pytest.raises(osisession.TimedOutError):
                while True:
                    link.send(b"x" * 1_000, 0.3)
                    sent += 1
            assert 10 <= sent <= 50
            with pytest.raises(osisession.WouldBlockError):
                link.try_send(b"x")
            for _ in range(sent):
                answering.receive(WAIT)
            assert link.next_event(WAIT) == decnet.SendReady()
            link.try_interrupt(b"one")
            with pytest.raises(osisession.WouldBlockError):
                link.try_interrupt(b"two")


def test_what_cannot_be(nodes: Nodes) -> None:
    _there, here = nodes
    for node, object, reason in [("NOBODY", 25, 2), ("no name", 25, 10), ("1.1", "x" * 17, None)]:
        with pytest.raises(osisession.InvalidError) as caught:
            here.connect(node, object)
        assert caught.value.reason == reason
    for number in (0, 256, -1):
        with pytest.raises(osisession.InvalidError):
            here.connect("1.1", number)
        with pytest.raises(osisession.InvalidError):
            here.listen(number)
    with pytest.raises(osisession.InvalidError):
        here.listen()
    with pytest.raises(TypeError):
        here.connect("1.1", 1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        here.connect("1.1", 25, access="user")  # type: ignore[arg-type]
    for address, circuit in [("64.1", "listen:127.0.0.1:0"), ("1.1", "nothing"), ("1.1", "listen:memory:x")]:
        with pytest.raises(osisession.InvalidError):
            decnet.DecnetEndpoint(address, circuit)
    for limits in ({"ports": -1}, {"no_such": 1}, {"hello": -1.0}):
        with pytest.raises(osisession.InvalidError):
            decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0", limits=limits)  # type: ignore[arg-type]
    for wrong in ({"flow_control": "some"}, {"block_size": 70_000}, {"verification": "x" * 65}, {"retry": -1.0}):
        with pytest.raises(osisession.InvalidError):
            decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0", **wrong)  # type: ignore[arg-type]


def test_no_circuit() -> None:
    with decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0") as node:
        assert not node.is_up and node.neighbour is None
        with pytest.raises(osisession.TimedOutError):
            node.wait_up(0.05)


def test_an_event_loop_of_the_callers(nodes: Nodes) -> None:
    there, _ = nodes
    there.close()
    with decnet.DecnetEndpoint("1.1", "listen:127.0.0.1:0") as node:
        listener = node.listen(name="SELF")
        link = node.connect("1.1", "SELF")
        answering: list[decnet.LogicalLink] = []
        echoed = b""
        while not echoed:
            ready = node.next_ready()
            if ready is None:
                select.select([node], [], [], node.next_timeout)
                node.dispatch(0)
            elif isinstance(ready, decnet.ObjectListener):
                call = listener.try_accept()
                assert call is not None
                answering.append(call.accept())
            elif isinstance(ready, decnet.LogicalLink):
                while (event := ready.try_next_event()) is not None:
                    if isinstance(event, decnet.Accepted):
                        link.try_send(b"hello")
                    elif isinstance(event, decnet.Message) and ready == link:
                        echoed = event.data
                    elif isinstance(event, decnet.Message):
                        ready.try_send(event.data)
        assert echoed == b"hello"


def test_closing_ends_waits(nodes: Nodes) -> None:
    there, here = nodes
    link, answering = link_between(there, here)
    caught: list[BaseException] = []

    def receive() -> None:
        try:
            link.receive(WAIT)
        except osisession.OsisessionError as error:
            caught.append(error)

    thread = threading.Thread(target=receive)
    thread.start()
    here.close()
    thread.join(WAIT)
    assert isinstance(caught[0], osisession.ClosedError)
    last = answering.wait_ended(WAIT)
    assert isinstance(last, decnet.Disconnected) and last.reason == decnet.Reason.ABORTED


def test_a_link_that_is_forgotten_is_aborted(nodes: Nodes) -> None:
    link, answering = link_between(*nodes)
    del link
    last = answering.wait_ended(WAIT)
    assert isinstance(last, decnet.Disconnected) and last.reason == decnet.Reason.ABORTED
