"""AppleTalk nodes and routers: LocalTalk over UDP on the loopback interface."""

from __future__ import annotations

import pickle
import select
import socket
import threading
import time
from collections.abc import Iterator

import osisession
import pytest
from osisession import appletalk

WAIT = 30.0
QUICK = {"enquiry_interval": 0.02, "net_info_interval": 0.3, "lookup_interval": 0.2, "lookup_tries": 2}


def segment() -> str:
    """One that nobody else of this host has: its UDP port was free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return f"ltoudp:127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def segments() -> Iterator[tuple[str, str]]:
    """Networks 100 (zone Near) and 200 (zone Fär), with a router between that has a thread."""
    near, far = segment(), segment()
    ports = [appletalk.Port(near, (100, 100), ("Near",)), appletalk.Port(far, (200, 200), ("Fär",))]
    with appletalk.ZoneRouter(ports, limits={"enquiry_interval": 0.02, "verify_interval": 0.1, "send_interval": 1.0}) as router:
        router.start()
        active = 0
        while active < 2:
            active += isinstance(router.next_event(WAIT), appletalk.PortActive)
        yield near, far


def node(at: str, **keywords: object) -> appletalk.ZoneClient:
    return appletalk.ZoneClient(at, limits=QUICK, **keywords)  # type: ignore[arg-type]


def test_zones_and_names_through_a_router(segments: tuple[str, str]) -> None:
    near, far = segments
    with node(near, node=7) as here, node(far, server=True) as there:
        there.start()
        joined = here.join(WAIT)
        assert joined.address == (100, 7) and joined.network == (100, 100) and joined.router is not None
        assert str(joined.address) == "100.7" and str(joined.network) == "100"
        assert sorted(here.zones(WAIT)) == ["Fär", "Near"]
        assert here.local_zones(WAIT) == ["Near"] and here.my_zone(WAIT) == "Near"
        at = there.join(WAIT).address
        assert at.network == 200 and at.node >= 128
        there.register("Prüfer", "LaserWriter", 130, WAIT)
        (found,) = here.look_up("=:LaserWriter@Fär", WAIT)
        assert (found.address, found.socket) == (at, 130)
        assert str(found.entity) == "Prüfer:LaserWriter@Fär"
        assert isinstance(found.entity.object, appletalk.Name) and found.entity.object.octets == "Prüfer".encode("mac_roman")
        entity = appletalk.Entity(b"pr\x9ffer", "laserWRITER", found.entity.zone)
        assert here.look_up(entity, WAIT) == [found]
        assert 0 < here.echo(at, b"data", WAIT) < WAIT
        assert there.unregister("Prüfer", "LaserWriter") and not there.unregister("Prüfer", "LaserWriter")
        assert here.look_up("=:LaserWriter@Fär", WAIT) == []
        state = here.state
        assert (state.state, state.address, state.zone, state.names) == ("Up", joined.address, "Near", 0)
        assert state.received > 0 and state.malformed == 0


def test_requests_that_do_not_wait(segments: tuple[str, str]) -> None:
    near, _ = segments
    with node(near) as here, node(near) as other:
        other.start()
        there = other.join(WAIT).address
        other.register("Ours", "Thing", 200, WAIT)
        here.join(WAIT)
        zones, look_up = here.begin_zones("zones"), here.begin_look_up("=:Thing")
        register, echo = here.begin_register("Ours", "Thing", 201), here.begin_echo(there, b"?")
        told: dict[tuple[type, int], object] = {}
        wanted = {(appletalk.Zones, zones), (appletalk.LookedUp, look_up), (appletalk.NameTaken, register), (appletalk.Echoed, echo)}
        while not wanted <= told.keys():
            event = here.next_event(WAIT)
            told[type(event), getattr(event, "number", 0)] = event
        answer = told[appletalk.Zones, zones]
        assert isinstance(answer, appletalk.Zones) and (answer.call, set(answer.zones)) == ("zones", {"Near", "Fär"})
        assert told[appletalk.LookedUp, look_up] == appletalk.LookedUp(look_up, 1, False)
        found = told[appletalk.Found, look_up]
        assert isinstance(found, appletalk.Found) and found.found.address == there
        # On LocalTalk the network of a neighbour is not said: 0 is the node's own.
        assert told[appletalk.Echoed, echo] == appletalk.Echoed(echo, appletalk.NodeAddress(0, there.node), b"?")
        here.cancel(here.begin_look_up("=:="))
        with pytest.raises(osisession.InvalidError):
            here.begin_zones("all")  # type: ignore[arg-type]


def test_an_event_loop_of_ones_own(segments: tuple[str, str]) -> None:
    near, _ = segments
    with node(near) as here:
        end = time.monotonic() + WAIT
        number = None
        while time.monotonic() < end:
            select.select([here], [], [], here.next_timeout)
            here.dispatch()
            while (event := here.poll_event()) is not None:
                if isinstance(event, appletalk.Up):
                    number = here.begin_zones("my-zone")
                elif isinstance(event, appletalk.Zones):
                    assert (event.number, event.zones) == (number, ("Near",))
                    return
    pytest.fail("no answer")


def test_alone_and_refused() -> None:
    with node(segment()) as here:
        joined = here.join(WAIT)
        assert (joined.network, joined.router) == (None, None)
        assert here.next_event(WAIT) == appletalk.Alone(joined.address)
        with pytest.raises(osisession.RefusedError):
            here.zones(WAIT)
        with pytest.raises(osisession.TimedOutError):
            here.next_event(0)
        with pytest.raises(osisession.TimedOutError):
            here.echo((0, joined.address.node ^ 1), timeout=0.2)
        here.register("One", "Thing", 129, WAIT)
        with pytest.raises(osisession.RefusedError):
            here.pick("Elsewhere")
        assert here.state.names == 1 and here.failures == (0, None)


def test_what_a_router_knows_and_does() -> None:
    ports = [appletalk.Port(segment(), (5, 5), ("A", b"B\x8a")[:1]), appletalk.Port(segment(), (9, 9), (b"B\x8a",), 200)]
    with appletalk.ZoneRouter(ports, limits={"enquiry_interval": 0.01, "verify_interval": 0.05, "bringback": 0.0}) as router:
        router.start()
        told: list[appletalk.RouterEvent] = []
        while sum(isinstance(event, appletalk.PortActive) for event in told) < 2:
            told.append(router.next_event(WAIT))
        assert {port.state for port in router.ports} == {"Active"}
        assert router.ports[1].address == (9, 200)
        routes = {route.network: route for route in router.routes}
        assert routes[appletalk.NetworkRange(5, 5)].zones == ("A",)
        route = routes[appletalk.NetworkRange(9, 9)]
        assert (route.distance, route.port, route.next, route.state) == (0, 1, None, "Direct")
        assert route.zones == ("Bä",) and route.zones[0].octets == b"B\x8a"
        assert sorted(router.zones) == ["A", "Bä"]
        router.rename_zone(5, "A", "C")
        assert sorted(router.zones) == ["Bä", "C"]
        with pytest.raises(osisession.RefusedError):
            router.rename_zone(6, "A", "C")
        with pytest.raises(osisession.RefusedError):
            router.bring_up(0)
        router.take_down(0)
        while not isinstance(event := router.next_event(WAIT), appletalk.PortDown):
            pass
        assert event.port == 0 and router.ports[0].state == "Down"
        with pytest.raises(osisession.InvalidError):
            router.take_down(2)
        assert router.counters["malformed"] == 0


def test_names_keep_their_octets() -> None:
    name = appletalk.Name("Zürich")
    assert (name, name.octets) == ("Zürich", b"Z\x9frich")
    assert pickle.loads(pickle.dumps(name)).octets == name.octets
    assert appletalk.same_name("ZÜRICH", name) and appletalk.same_name(b"z\x9frich", name)
    assert not appletalk.same_name("Zurich", name)
    for wrong in ("日本", "x" * 33):
        with pytest.raises(osisession.InvalidError):
            appletalk.Name(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: appletalk.ZoneClient("udp"),
        lambda: appletalk.ZoneClient("ltoudp:127.0.0.1:0"),
        lambda: appletalk.ZoneClient("ethertalk:"),
        lambda: appletalk.ZoneClient(zone=""),
        lambda: appletalk.ZoneClient(limits={"enquiries": -1}),
        lambda: appletalk.ZoneClient(limits={"nothing": 1}),  # type: ignore[arg-type]
        lambda: appletalk.ZoneClient(limits={"router_age": -1.0}),
        lambda: appletalk.ZoneRouter([]),
        lambda: appletalk.ZoneRouter([appletalk.Port(segment(), None, ("A",))]),
        lambda: appletalk.ZoneRouter([appletalk.Port(segment(), (9, 8), ("A",))]),
        lambda: appletalk.ZoneRouter([appletalk.Port(segment(), (9, 9), ("x" * 33,))]),
        lambda: appletalk.ZoneRouter([appletalk.Port(segment(), (9, 9))]),
    ],
)
def test_what_cannot_be(wrong: object) -> None:
    with pytest.raises(osisession.InvalidError):
        wrong()  # type: ignore[operator]


def test_wrong_types() -> None:
    with pytest.raises(TypeError):
        appletalk.ZoneRouter(["ltoudp"])  # type: ignore[list-item]
    with pytest.raises(OverflowError):
        appletalk.ZoneClient(node=256)
    with node(segment()) as here, pytest.raises(TypeError):
        here.look_up(7)  # type: ignore[arg-type]


def test_closed() -> None:
    here = node(segment())
    here.start()
    waiting: list[BaseException] = []

    def wait() -> None:
        try:
            here.next_event()
            here.next_event()
        except osisession.ClosedError as error:
            waiting.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    here.join(WAIT)
    time.sleep(0.1)
    here.close()
    thread.join(WAIT)
    assert len(waiting) == 1
    here.close()
    for use in (here.join, here.zones, here.start, here.dispatch, lambda: here.state, lambda: here.next_timeout):
        with pytest.raises(osisession.ClosedError):
            use()
    router = appletalk.ZoneRouter([appletalk.Port(segment())])
    router.close()
    with pytest.raises(osisession.ClosedError):
        _ = router.routes
