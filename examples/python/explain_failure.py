"""Associates with a device, records what passed, and explains a failure: who, where, by which rule, and what to try.

Usage: explain_failure.py ADDRESS CAPTURE.pcap [--profile mms|iccp|x400|strict] [--t-selector HEX] [--s-selector HEX] [--user-data HEX]

The capture opens in Wireshark. The exit status is 0 if there was a session, 1 if not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace

from osisession import (
    AbortedError,
    ConnectRefusedError,
    Endpoint,
    EndpointConfig,
    Layer,
    OsisessionError,
    Profile,
    Session,
    SessionConfig,
    TimedOutError,
)

REASONS = {
    0: "the program behind the session layer does not want this: see its user data, often a presentation CPR",
    1: "it is busy: try again later",
    2: "the program behind the session layer does not want this: see its user data, often a presentation CPR",
    129: "no program has this called session selector: try none, 0001, or what the device's description says",
    130: "the program with this session selector is not running",
    131: "it has no room for one more session: close others, try again later",
    132: "it does not speak the versions proposed: try --profile x400, which proposes version 1 too",
    133: "it gives no reason: compare functional units, versions and selectors with a capture of what works",
    134: "it cannot provide what was proposed: propose fewer functional units (--profile mms)",
}
"""What a reason of a REFUSE asks for (X.225 8.3.5)."""


def advice(error: OsisessionError) -> Iterator[str]:
    """What to try next."""
    if isinstance(error, ConnectRefusedError):
        yield REASONS.get(error.reason or 0, "a reason that X.225 does not list: ask who made the device")
    elif isinstance(error, AbortedError) and error.layer == Layer.SESSION and error.offset is None:
        yield "it understood the session layer and ended it: its user data says why, often a presentation ARU"
    elif isinstance(error, TimedOutError):
        yield "it is silent: an old connection may still be open there, or a firewall swallows the answer"
    elif error.layer == Layer.NETWORK:
        yield "nothing listens there, or a firewall refuses: check address and port (102; 3782 with TLS)"
    elif error.layer == Layer.TRANSPORT:
        yield "the T-selector is not known there, or COTP is refused: try --t-selector with 0001, or an empty one"
    elif error.layer == Layer.TPKT:
        yield "what answers is no TPKT: it may be another protocol, or TLS"
    else:
        yield "the device breaks a rule, and there is no leniency for it: please report it, with the capture"
    if error.octets:
        yield f"its first octets were {error.octets.hex(' ')}"


def explain(error: OsisessionError, session: Session | None) -> Iterator[tuple[str, str]]:
    """The facts, one by one."""
    yield "what", error.text
    yield "whose", f"{error.kind}, {error.layer} layer"
    for name in "spdu", "parameter", "offset", "expected", "found", "reason", "clause", "state", "event":
        value = getattr(error, name)
        if value is not None:
            yield name, str(value)
    if isinstance(error, AbortedError) and error.user_data:
        yield "user data", error.user_data.hex()
    if isinstance(error, ConnectRefusedError) and error.confirm is not None:
        if error.confirm.user_data:
            yield "user data", error.confirm.user_data.hex()
        if error.confirm.functional_units is not None:
            yield "it would take", str(error.confirm.functional_units)
    for line in advice(error):
        yield "try", line
    if session is not None:
        for transition in session.history():
            yield "state", str(transition)
        for line in session.trace():
            yield "ladder", line


def main() -> int:
    parser = argparse.ArgumentParser(description="Record and explain an association.")
    parser.add_argument("address", help="HOST[:PORT]")
    parser.add_argument("capture", help="the pcap file to write")
    parser.add_argument("--profile", choices=list(Profile), type=Profile, default=Profile.MMS)
    parser.add_argument("--t-selector", type=bytes.fromhex, metavar="HEX")
    parser.add_argument("--s-selector", type=bytes.fromhex, metavar="HEX")
    parser.add_argument("--user-data", type=bytes.fromhex, metavar="HEX", default=b"")
    options = parser.parse_args()

    config = replace(SessionConfig.profile(options.profile), trace=True)
    parameters = options.profile.connect_parameters
    if options.t_selector is not None:
        config = replace(config, called_t_selector=options.t_selector)
    if options.s_selector is not None:
        parameters["called_selector"] = options.s_selector
    parameters["user_data"] = options.user_data

    with Endpoint(EndpointConfig(capture_file=options.capture)) as endpoint:
        session = None
        try:
            session = endpoint.connect(options.address, config=config, **parameters)
            confirm = session.wait_connected()
        except OsisessionError as error:
            print(f"no session with {options.address}")
            for name, fact in explain(error, session):
                print(f"{name:>9}: {fact}")
            print(f"the capture is {options.capture}")
            return 1
        print(f"a session with {options.address}: {confirm.functional_units}, version {confirm.version}")
        for line in session.trace():
            print(line)
        if session.properties.leniencies:
            print(f"it deviates, and was forgiven: {session.properties.leniencies}")
        for fault in session.forgiven:
            print(f"it deviates, and was forgiven: {fault}")
        session.release_request()
        print(session.next_event(config.limits.connect_timeout).name)
        return 0


if __name__ == "__main__":
    sys.exit(main())
