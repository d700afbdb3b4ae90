"""Asks a device which selectors, versions and functional units it takes: one connection at a time, one line per finding.

Usage: probe_device.py ADDRESS [--user-data HEX] [--pause SECONDS] [--timeout SECONDS]

The exit status is 0 if a user of the session layer answered, accepting or not.

What is above the session layer decides whether a session is accepted: a server of MMS wants a presentation CP, which can be given as
user data. Without it many refuse, but how they refuse tells as much: who says "user" knows the address.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import osisession
from osisession import ConnectRefusedError, FunctionalUnits, Layer, Limits, OsisessionError, Profile, SessionConfig, Versions

if TYPE_CHECKING:
    from osisession._native import ConnectParameters

SELECTORS = {"none": b"", "00 01": b"\0\1", "00 00": b"\0\0", "00 00 00 01": b"\0\0\0\1"}
NOBODY = b"no such place"
USER_REASONS = range(3)
"""Reason codes of a REFUSE by the called user (X.225 8.3.5): it was reached."""


@dataclass
class Answer:
    """What came of one attempt."""

    depth: int
    """0: no transport connection; 1: a session layer answered; 2: its user did, whether it accepted or not."""
    text: str
    functional_units: FunctionalUnits = FunctionalUnits(0)
    deviations: tuple[str, ...] = ()


class Probe:
    def __init__(self, options: argparse.Namespace) -> None:
        self.address: str = options.address
        self.pause: float = options.pause
        self.timeout: float = options.timeout
        self.user_data: bytes = bytes.fromhex(options.user_data)
        self.asked = 0
        self.deepest = 0

    def ask(self, config: SessionConfig, parameters: ConnectParameters) -> Answer:
        answer = self.connect(config, parameters)
        self.deepest = max(self.deepest, answer.depth)
        return answer

    def connect(self, config: SessionConfig, parameters: ConnectParameters) -> Answer:
        """One connection, ended as soon as it is answered."""
        if self.asked:
            time.sleep(self.pause)
        self.asked += 1
        config = replace(config, limits=Limits(connect_timeout=self.timeout))
        if self.user_data:
            parameters = {**parameters, "user_data": self.user_data}
        try:
            with osisession.connect(self.address, config=config, **parameters) as session:
                properties = session.properties
                units = properties.functional_units
                deviations = [name for name in (each.name for each in properties.leniencies) if name]
                deviations += [fault.text for fault in session.forgiven]
                session.release_request()
                try:
                    ended = session.next_event(self.timeout).name
                except OsisessionError as error:
                    ended = error.text
                text = f"accepted, version {properties.version.name}, then {ended}"
                return Answer(2, text, units, tuple(deviations))
        except ConnectRefusedError as error:
            return Answer(2 if error.reason in USER_REASONS else 1, f"refused: {error.text} (reason {error.reason})")
        except osisession.AbortedError as error:
            depth = 0 if error.layer != Layer.SESSION else 2 if error.offset is None else 1
            return Answer(depth, f"aborted, {error.layer}: {error.text}")
        except OsisessionError as error:
            return Answer(1 if error.layer == Layer.SESSION else 0, f"{error.layer}: {error.text}")

    def findings(self) -> Iterator[tuple[str, str]]:
        best, depth = Profile.MMS, -1
        for profile in Profile.MMS, Profile.ICCP, Profile.X400:
            answer = self.ask(SessionConfig.profile(profile), profile.connect_parameters)
            yield f"profile {profile}", answer.text
            if answer.deviations:
                yield f"profile {profile}", "deviates: " + ", ".join(answer.deviations)
            if answer.depth > depth:
                best, depth = profile, answer.depth
        config, parameters = SessionConfig.profile(best), best.connect_parameters

        # Who takes a selector that nobody can have does not look at it.
        reached = depth > 0
        if self.ask(replace(config, called_t_selector=NOBODY), parameters).depth > 0:
            yield "T-selectors", "any"
            reached = True
        else:
            for name, selector in SELECTORS.items():
                asked = replace(config, called_t_selector=selector)
                answer = self.ask(asked, parameters)
                yield f"T-selector {name}", answer.text
                if answer.depth > 0 and not reached:
                    config, reached = asked, True
        if not reached:
            yield "the rest", "not asked: there is no transport connection"
            return

        reached = depth > 1
        if self.ask(config, {**parameters, "called_selector": NOBODY}).depth > 1:
            yield "S-selectors", "any"
        else:
            for name, selector in SELECTORS.items():
                called: ConnectParameters = {**parameters, "called_selector": selector}
                answer = self.ask(config, called)
                yield f"S-selector {name}", answer.text
                if answer.depth > 1 and not reached:
                    parameters, reached = called, True

        for version in Versions.V1, Versions.V2:
            asked = replace(config, versions=version)
            yield f"version {version.name}", self.ask(asked, {**parameters, "versions": version}).text

        every = ~FunctionalUnits(0) & ~FunctionalUnits.SYMMETRIC_SYNC & ~FunctionalUnits.DATA_SEPARATION
        proposal: ConnectParameters = {**parameters, "functional_units": every, "initial_serial_number": 1}
        answer = self.ask(replace(config, functional_units=None), proposal)
        units = ", ".join(unit.name or "" for unit in answer.functional_units)
        yield "functional units, all proposed", f"selected {units}" if units else answer.text


def main() -> int:
    parser = argparse.ArgumentParser(description="Ask a device what it takes.")
    parser.add_argument("address", help="HOST[:PORT]")
    parser.add_argument("--user-data", default="", metavar="HEX", help="of the S-CONNECT: a presentation CP, say")
    parser.add_argument("--pause", type=float, default=0.5, metavar="SECONDS", help="between connections")
    parser.add_argument("--timeout", type=float, default=5.0, metavar="SECONDS", help="of each connection")
    probe = Probe(parser.parse_args())
    for what, found in probe.findings():
        print(f"{what}: {found}", flush=True)
    print(f"{probe.asked} connections")
    return 0 if probe.deepest > 1 else 1


if __name__ == "__main__":
    sys.exit(main())
