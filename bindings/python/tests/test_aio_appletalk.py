"""AppleTalk with asyncio: LocalTalk over UDP on the loopback interface."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import osisession
import pytest
from osisession import aio, appletalk

WAIT = 30.0
QUICK = {"enquiry_interval": 0.02, "net_info_interval": 0.3, "lookup_interval": 0.2, "lookup_tries": 2, "echo_timeout": 0.3}


def segment() -> str:
    """One that nobody else of this host has: its UDP port was free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return f"ltoudp:127.0.0.1:{probe.getsockname()[1]}"


def node(at: str, **keywords: object) -> aio.ZoneClient:
    return aio.ZoneClient(at, limits=QUICK, **keywords)  # type: ignore[arg-type]


def run(story: Callable[[str, str, aio.ZoneRouter], Awaitable[None]]) -> None:
    """Networks 100 (zone Near) and 200 (zone Fär), with a router between in the same loop."""

    async def main() -> None:
        near, far = segment(), segment()
        ports = [appletalk.Port(near, (100, 100), ("Near",)), appletalk.Port(far, (200, 200), ("Fär",))]
        limits = {"enquiry_interval": 0.02, "verify_interval": 0.1, "send_interval": 1.0}
        async with aio.ZoneRouter(ports, limits=limits) as router:  # type: ignore[arg-type]
            active = 0
            while active < 2:
                active += isinstance(await router.next_event(), appletalk.PortActive)
            await story(near, far, router)

    asyncio.run(asyncio.wait_for(main(), WAIT))


def test_zones_and_names_through_a_router() -> None:
    async def story(near: str, far: str, router: aio.ZoneRouter) -> None:
        async with node(near, node=7) as here, node(far, server=True) as there:
            joined, at = await asyncio.gather(here.join(), there.join())
            assert joined.address == (100, 7) and joined.router is not None
            zones, local, own = await asyncio.gather(here.zones(), here.local_zones(), here.my_zone())
            assert (sorted(zones), local, own) == (["Fär", "Near"], ["Near"], "Near")
            await there.register("Prüfer", "LaserWriter", 130)
            first, second = await asyncio.gather(here.look_up("=:LaserWriter@Fär"), here.look_up("=:=@Near"))
            assert [(found.address, found.socket) for found in first] == [(at.address, 130)]
            assert second == []
            with pytest.raises(osisession.RefusedError, match=str(at.address)):
                async with node(far) as third:
                    await third.join()
                    await third.register("prüfer", "laserwriter", 140)
            assert 0 < await here.echo(at.address, b"hello") < WAIT
            assert there.unregister("Prüfer", "LaserWriter")
            assert not there.unregister("Prüfer", "LaserWriter")
            assert sorted(router.zones) == ["Fär", "Near"] and len(router.routes) == 2
            assert router.counters["malformed"] == 0 and [port.state for port in router.ports] == ["Active", "Active"]

    run(story)


def test_events_and_what_the_router_does() -> None:
    async def story(near: str, far: str, router: aio.ZoneRouter) -> None:
        async with node(near) as here:
            await here.join()
            while not isinstance(event := await here.next_event(), appletalk.Up):
                pass
            assert event.router.network == 100
            router.rename_zone(100, "Near", "Nearer")
            assert sorted(router.zones) == ["Fär", "Nearer"]
            router.take_down(1)
            while not isinstance(event := await router.next_event(), appletalk.PortDown):
                pass
            assert event.port == 1

    run(story)


def test_a_cancelled_call_is_forgotten() -> None:
    async def story(near: str, far: str, router: aio.ZoneRouter) -> None:
        async with node(near) as here:
            await here.join()
            for _ in range(100):  # more than the limit of look-ups at the same time
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0):
                        await here.look_up("=:=@*")
            assert await here.look_up("=:=@*") == []
            with pytest.raises(osisession.TimedOutError):
                await here.echo((100, 99))
            assert await here.zones()

    run(story)


def test_closing_ends_what_waits() -> None:
    async def story(near: str, far: str, router: aio.ZoneRouter) -> None:
        here = node(near)
        await here.join()
        while not isinstance(await here.next_event(), appletalk.Zone):
            pass
        waiting: list[asyncio.Future[object]]
        waiting = [asyncio.ensure_future(here.look_up("=:=@*")), asyncio.ensure_future(here.next_event())]
        await asyncio.sleep(0.05)
        here.close()
        here.close()
        for result in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(result, osisession.ClosedError)
        assert here.is_closed
        with pytest.raises(osisession.ClosedError):
            await here.zones()
        with pytest.raises(osisession.ClosedError):
            await here.join()

    run(story)


def test_alone() -> None:
    async def main() -> None:
        async with node(segment()) as here:
            joined = await here.join()
            assert joined.router is None
            with pytest.raises(osisession.RefusedError):
                await here.zones()

    asyncio.run(asyncio.wait_for(main(), WAIT))


def test_the_child_of_a_fork_has_none() -> None:
    with appletalk.ZoneClient(segment(), limits=QUICK) as here:  # type: ignore[arg-type]
        here.start()
        here.join(WAIT)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                here.zones(1)
            except osisession.OsisessionError as error:
                status = 0 if "fork" in str(error) else 2
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert here.state.address is not None
