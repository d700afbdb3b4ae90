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
    OsisessionError,
    Profile,
    Session,
    SessionConfig,
    Witness,
    diagnose,
)


def facts(error: OsisessionError, session: Session | None) -> Iterator[tuple[str, str]]:
    """What is known besides the report, one by one."""
    yield "whose", f"{error.kind}, {error.layer} layer"
    for name in "parameter", "expected", "found", "reason", "state", "event":
        value = getattr(error, name)
        if value is not None:
            yield name, str(value)
    if isinstance(error, AbortedError) and error.user_data:
        yield "user data", error.user_data.hex()
    if isinstance(error, ConnectRefusedError) and error.confirm is not None and error.confirm.user_data:
        yield "user data", error.confirm.user_data.hex()
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

    witness = Witness()
    with Endpoint(EndpointConfig(capture_file=options.capture, witness=witness)) as endpoint:
        session = None
        try:
            session = endpoint.connect(options.address, config=config, **parameters)
            confirm = session.wait_connected()
        except OsisessionError as error:
            print(f"no session with {options.address}")
            print(diagnose(error, session, witness))
            for name, fact in facts(error, session):
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
